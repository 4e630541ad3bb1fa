//! Plan files: what `guerdon run propose --plan FILE.json` reads. Every complaint names its field.
//!
//! Paths are relative to the plan's folder. Amounts are strings; of GRD, but for budget and bond of a plan
//! that names an asset.

pub mod features;
mod object;

use crate::{amount::Unit, fail::usage, words};
use anyhow::Result;
use guerdon_receipt::Role;
use object::{kind, Object};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The step program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Program {
	/// The one that comes with this software.
	Softmax,
	/// A wasm module.
	Wasm(PathBuf),
}

/// The program's configuration.
#[derive(Clone, Debug, PartialEq)]
pub enum Config {
	/// Of a program that is configured like softmax regression.
	Gradient {
		/// Records in a batch.
		batch: u32,
		/// How far a step goes.
		learning_rate: f32,
		/// How fast weights decay.
		decay: f32,
	},
	/// The bytes themselves.
	File(PathBuf),
}

/// What users are asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feedback {
	/// Items to choose from, in the form of the records.
	pub items: PathBuf,
	/// How many batches.
	pub batches: u32,
	/// How many items each.
	pub items_per_batch: u32,
	/// How many of them have answers that are known.
	pub gold_per_batch: u32,
	/// Decides where gold hides; secret and random when not given.
	pub seed: Option<u64>,
}

/// What a sponsor proposes.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
	/// The step program.
	pub program: Program,
	/// Its configuration.
	pub config: Config,
	/// How records become vectors.
	pub features: PathBuf,
	/// Public validation set.
	pub validation: PathBuf,
	/// Secret test set.
	pub tests: PathBuf,
	/// Datasets by number; `None` for all that may be used.
	pub datasets: Option<Vec<u64>>,
	/// Records of a training task.
	pub records_per_task: u32,
	/// Passes over them.
	pub passes: u16,
	/// Rounds.
	pub rounds: u16,
	/// Units of one aggregation.
	pub aggregate_units: u32,
	/// What users are asked.
	pub feedback: Option<Feedback>,
	/// What budget and bond are in, by symbol or number; `None` for GRD.
	pub asset: Option<String>,
	/// Divided among the roles: as written, for the chain knows an asset's decimals.
	pub budget: String,
	/// Parts per million, in the order of [`Role::ALL`].
	pub split_ppm: [u32; 5],
	/// Most that licences may cost; `None` for just enough.
	pub max_licence: Option<u128>,
	/// Lost if the test set is not revealed; as written.
	pub bond: String,
	/// For whoever moves the run on.
	pub tip: u128,
	/// Of it for one call.
	pub tip_per_advance: u128,
	/// Attestors of a task.
	pub committee: u8,
	/// How many must sign.
	pub quorum: u8,
	/// Steps that each re-executes.
	pub samples: u16,
	/// Accounts that may enrol.
	pub max_enrolments: u32,
	/// Appraisers.
	pub appraisers: u8,
	/// How many must agree.
	pub appraiser_quorum: u8,
	/// Whether data is valued; otherwise licence prices decide.
	pub valued: bool,
	/// grant, enrol, task, work, test_reveal, appraise_commit, appraise_reveal, challenge.
	pub windows: [u32; 8],
	/// Where the sponsor's daemon is.
	pub endpoint: String,
}

/// What is divided and what vouches for it, in smallest units of what the run is paid in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
	/// Divided among the roles.
	pub budget: u128,
	/// Lost if the test set is not revealed.
	pub bond: u128,
}

/// The fields of `split`, in the order of [`Role::ALL`].
fn split_fields() -> [String; 5] {
	Role::ALL.map(|role| words::role(role).replace('-', "_"))
}

const WINDOWS: [&str; 8] = [
	"grant",
	"enrol",
	"task",
	"work",
	"test_reveal",
	"appraise_commit",
	"appraise_reveal",
	"challenge",
];

impl Plan {
	/// Reads a plan file.
	pub fn read(path: &Path) -> Result<Self> {
		let name = path.display();
		let bytes = std::fs::read(path).map_err(|error| usage(format!("{name}: {error}")))?;
		let value = serde_json::from_slice(&bytes)
			.map_err(|error| usage(format!("{name} is no JSON: {error}")))?;
		let folder = path.parent().unwrap_or(Path::new("."));
		Self::parse(&value, folder).map_err(|error| usage(format!("{name}: {error}")))
	}

	/// Budget and bond, counted in what the plan names.
	pub fn money(&self, unit: &Unit) -> Result<Money> {
		let bad = |field: &str, why: String| usage(format!("{field:?}: {why}"));
		let read = |field, text| unit.parse(text).map_err(|why| bad(field, why));
		let money = Money {
			budget: read("budget", &self.budget)?,
			bond: read("bond", &self.bond)?,
		};
		if money.bond < money.budget.div_ceil(10) {
			return Err(bad("bond", "must be at least a tenth of the budget".into()));
		}
		Ok(money)
	}

	fn parse(value: &Value, folder: &Path) -> Result<Self> {
		const MANY: u64 = u32::MAX as u64;
		let plan = Object::new("", value)?;
		let file =
			|object: &Object, field: &str| Ok::<_, anyhow::Error>(folder.join(object.text(field)?));
		let program = match plan.text("program")? {
			"softmax" => Program::Softmax,
			path if path.ends_with(".wasm") => Program::Wasm(folder.join(path)),
			other => {
				let why = format!("expected \"softmax\" or a .wasm file, found {other:?}");
				return Err(plan.bad("program", why));
			}
		};
		let config = match plan.get("config")? {
			Value::String(path) => Config::File(folder.join(path)),
			_ => {
				let config = plan.object("config")?;
				let read = Config::Gradient {
					batch: config.number("batch", 1, MANY)?,
					learning_rate: config.real("learning_rate")?,
					decay: config.real("decay")?,
				};
				config.end()?;
				read
			}
		};
		let datasets = match plan.get("datasets")? {
			Value::String(all) if all == "all" => None,
			Value::Array(list) if !list.is_empty() => {
				let ids: Option<Vec<u64>> = list.iter().map(Value::as_u64).collect();
				Some(ids.ok_or_else(|| plan.bad("datasets", "expected dataset numbers"))?)
			}
			other => {
				let why = format!(
					"expected \"all\" or a list of numbers, found {}",
					kind(other)
				);
				return Err(plan.bad("datasets", why));
			}
		};
		let feedback = match plan.maybe("feedback") {
			None => None,
			Some(_) => {
				let feedback = plan.object("feedback")?;
				let items_per_batch = feedback.number("items_per_batch", 1, MANY)?;
				let read = Feedback {
					items: file(&feedback, "items")?,
					batches: feedback.number("batches", 1, MANY)?,
					items_per_batch,
					gold_per_batch: feedback.number("gold_per_batch", 0, items_per_batch.into())?,
					seed: match feedback.maybe("seed") {
						Some(_) => Some(feedback.number("seed", 0, u64::MAX)?),
						None => None,
					},
				};
				feedback.end()?;
				Some(read)
			}
		};
		let split = plan.object("split")?;
		let mut split_ppm = [0; 5];
		for (field, ppm) in split_fields().iter().zip(&mut split_ppm) {
			*ppm = split.number_or(field, 0, 1_000_000, 0)?;
		}
		split.end()?;
		let sum: u32 = split_ppm.iter().sum();
		if sum != 1_000_000 {
			return Err(plan.bad("split", format!("the parts sum to {sum}, not to 1000000")));
		}
		let max_licence = match plan.get("max_licence")? {
			Value::String(auto) if auto == "auto" => None,
			_ => Some(plan.amount("max_licence")?),
		};
		let valued = match plan
			.maybe("method")
			.map(|_| plan.text("method"))
			.transpose()?
		{
			None | Some("threshold-knn") => true,
			Some("licence-price") => false,
			Some(other) => {
				let why =
					format!("expected \"threshold-knn\" or \"licence-price\", found {other:?}");
				return Err(plan.bad("method", why));
			}
		};
		let spans = plan.object("windows")?;
		let mut windows = [0; 8];
		for (field, window) in WINDOWS.iter().zip(&mut windows) {
			*window = spans.number(field, 1, MANY)?;
		}
		spans.end()?;
		let committee = plan.number("committee", 1, 15)?;
		let appraisers = plan.number("appraisers", 1, 15)?;
		let majority = |of: u8| u64::from(of) / 2 + 1;
		let asset = match plan.maybe("asset") {
			None => None,
			Some(Value::String(name)) if !name.is_empty() => Some(name.clone()),
			Some(Value::Number(number)) if number.is_u64() => Some(number.to_string()),
			Some(other) => {
				let found = kind(other);
				let why = format!("expected an asset's symbol or number, found {found}");
				return Err(plan.bad("asset", why));
			}
		};
		let symbol = asset.as_deref().unwrap_or("GRD");
		let budget = plan.written("budget", symbol)?.into();
		let bond = plan.written("bond", symbol)?.into();
		let read = Plan {
			program,
			config,
			features: file(&plan, "features")?,
			validation: file(&plan, "validation")?,
			tests: file(&plan, "tests")?,
			datasets,
			records_per_task: plan.number("records_per_task", 1, MANY)?,
			passes: plan.number("passes", 1, u16::MAX.into())?,
			rounds: plan.number("rounds", 1, u16::MAX.into())?,
			aggregate_units: plan.number_or("aggregate_units", 1, MANY, 1)?,
			feedback,
			asset,
			budget,
			split_ppm,
			max_licence,
			bond,
			tip: plan.amount("tip")?,
			tip_per_advance: plan.amount("tip_per_advance")?,
			committee,
			quorum: plan.number("quorum", majority(committee), committee.into())?,
			samples: plan.number("samples", 1, u16::MAX.into())?,
			max_enrolments: plan.number("max_enrolments", 1, 256)?,
			appraisers,
			appraiser_quorum: plan.number(
				"appraiser_quorum",
				majority(appraisers),
				appraisers.into(),
			)?,
			valued,
			windows,
			endpoint: plan.text("endpoint")?.into(),
		};
		plan.end()?;
		if read.asset.is_none() {
			read.money(&Unit::grd())?;
		}
		Ok(read)
	}
}

#[cfg(test)]
mod tests;
