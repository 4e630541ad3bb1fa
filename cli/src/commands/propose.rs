//! `guerdon run propose`

use crate::{
	amount::{self, Sums, Unit},
	context::{event, included_json, Context},
	fail::{refused, usage},
	feedback,
	output::{self, Rows},
	plan::{self, Config, Money, Plan, Program},
	words,
};
use anyhow::{Context as _, Result};
use guerdon_client::{
	blobs::Store,
	chain::{
		api::{
			self, runtime_types::bounded_collections::bounded_vec::BoundedVec, AccountView,
			Dataset, DatasetStatus, FeedbackPlan, Method, RunPlan, Windows,
		},
		free, AccountId, Chain, Units, View,
	},
	engine::{appraise::encode_gold, data, digest},
	roles::secrets::{encode_items, Batch, RunSecrets},
};
use guerdon_receipt::{Digest, Role};
use guerdon_runner::{Limits, SOFTMAX};
use guerdon_valuation::{FeatureSpec, MIN_RECORDS};
use serde_json::json;
use std::path::{Path, PathBuf};
use subxt::utils::{Static, H256};

/// Most datasets of a run.
const MAX_DATASETS: usize = 64;

/// Options of `propose`.
#[derive(clap::Args)]
pub struct Propose {
	/// The plan: see the README of the command line for its fields.
	#[arg(long, value_name = "FILE")]
	plan: PathBuf,
}

/// What the plan's files hold.
struct Files {
	features: FeatureSpec,
	wasm: Vec<u8>,
	program: guerdon_runner::Program,
	config: Vec<u8>,
	validation: Vec<u8>,
	tests: Vec<u8>,
	initial_model: Vec<u8>,
}

/// What they come to.
struct Material {
	program: Digest,
	config: Digest,
	validation: Digest,
	initial_model: Digest,
	gold: Option<Vec<u8>>,
	secrets: RunSecrets,
}

fn read(path: &Path) -> Result<Vec<u8>> {
	std::fs::read(path).map_err(|error| usage(format!("{}: {error}", path.display())))
}

fn config_bytes(config: &Config, spec: &FeatureSpec) -> Result<Vec<u8>> {
	let wrong = |why: String| usage(format!("\"config\": {why}"));
	let bytes = match config {
		Config::File(path) => read(path)?,
		Config::Gradient {
			batch,
			learning_rate,
			decay,
		} => {
			let mut bytes = Vec::new();
			let features = u16::try_from(spec.features());
			let features = features.map_err(|error| wrong(error.to_string()))?;
			bytes.extend(features.to_le_bytes());
			bytes.extend(spec.classes().to_le_bytes());
			bytes.extend(batch.to_le_bytes());
			bytes.extend(learning_rate.to_le_bytes());
			bytes.extend(decay.to_le_bytes());
			bytes
		}
	};
	let head = data::Head::read(&bytes).map_err(|error| wrong(error.to_string()))?;
	if usize::from(head.features) != spec.features() || head.classes != spec.classes() {
		return Err(usage(format!(
			"\"config\" has {} features and {} classes, \"features\" has {} and {}",
			head.features,
			head.classes,
			spec.features(),
			spec.classes()
		)));
	}
	Ok(bytes)
}

/// Reads the plan's files, before anything else happens: whatever is wrong with them is wrong on
/// every chain.
fn read_files(context: &Context, plan: &Plan) -> Result<Files> {
	let spec = plan::features::read(&plan.features)?;
	let wasm = match &plan.program {
		Program::Softmax => SOFTMAX.to_vec(),
		Program::Wasm(path) => read(path)?,
	};
	let program = guerdon_runner::Program::load(&wasm, Limits::default())
		.map_err(|error| usage(format!("\"program\": {error}")))?;
	let config = config_bytes(&plan.config, &spec)?;
	let validation = read(&plan.validation)?;
	let tests = read(&plan.tests)?;
	for (field, file) in [("validation", &validation), ("tests", &tests)] {
		let readable = data::set(file, &spec).len();
		if readable == 0 {
			return Err(usage(format!(
				"{field:?}: \"features\" reads none of its records"
			)));
		}
		context.say(format!("{readable} records in {field:?}"));
	}
	let initial_model = program
		.init(&config)
		.map_err(|error| usage(format!("\"config\": the program refuses it: {error}")))?;
	Ok(Files {
		features: spec,
		wasm,
		program,
		config,
		validation,
		tests,
		initial_model,
	})
}

/// Everything of the plan that is not on chain: blobs into the store, if there is one, and secrets in
/// memory.
fn prepare(store: Option<&Store>, plan: &Plan, files: &Files) -> Result<Material> {
	let keep = |bytes: &[u8]| match store {
		Some(store) => store.add_bytes(bytes),
		None => Ok(digest(bytes)),
	};
	let Files {
		features: spec,
		program,
		config,
		validation,
		..
	} = files;
	let mut batches = Vec::new();
	let mut gold = None;
	if let Some(asked) = &plan.feedback {
		let items = feedback::items(&read(&asked.items)?, spec);
		let margins = feedback::margins(program, config, &data::set(validation, spec), &items)?;
		let seed = match asked.seed {
			Some(seed) => *blake3::hash(&seed.to_le_bytes()).as_bytes(),
			None => {
				let mut seed = [0; 32];
				getrandom::getrandom(&mut seed).context("the system gives no random bytes")?;
				seed
			}
		};
		let chosen = feedback::choose(&items, &margins, asked, &seed)?;
		for batch in &chosen.batches {
			let blob = encode_items(batch.iter().map(Vec::as_slice));
			let root = keep(&blob)?;
			batches.push(Batch {
				root,
				items: u32::try_from(batch.len())?,
			});
		}
		gold = Some(encode_gold(&chosen.gold));
	}
	Ok(Material {
		program: keep(&files.wasm)?,
		config: keep(config)?,
		validation: keep(validation)?,
		initial_model: keep(&files.initial_model)?,
		secrets: RunSecrets::new(&files.tests, gold.as_deref(), batches)?,
		gold,
	})
}

/// Why a run cannot use a dataset, or `None`.
fn obstacle(dataset: &Dataset, sponsor: &AccountId, block: u32, valued: bool) -> Option<String> {
	let licence = &dataset.licence;
	let until = licence.valid_until.unwrap_or(u32::MAX);
	if !matches!(dataset.status, DatasetStatus::Active) {
		Some("it is withdrawn".into())
	} else if licence.uses & 1 == 0 {
		Some("its licence does not allow training".into())
	} else if !(licence.valid_from..until).contains(&block) {
		Some("its licence is not in force".into())
	} else if dataset.owner == *sponsor {
		Some("the sponsor owns it".into())
	} else if valued && dataset.content.records < MIN_RECORDS {
		Some(format!(
			"it has fewer than {MIN_RECORDS} records and cannot be valued"
		))
	} else {
		None
	}
}

async fn choose_datasets(
	context: &Context,
	view: &View,
	plan: &Plan,
	sponsor: &AccountId,
) -> Result<Vec<(u64, Dataset)>> {
	let mut chosen = Vec::new();
	match &plan.datasets {
		Some(ids) => {
			let mut ids = ids.clone();
			ids.sort_unstable();
			ids.dedup();
			for id in ids {
				let dataset = view.dataset(id).await?;
				if let Some(why) = obstacle(&dataset, sponsor, view.number, plan.valued) {
					return Err(refused(format!("dataset {id} cannot be used: {why}")));
				}
				chosen.push((id, dataset));
			}
		}
		None => {
			for (id, dataset) in view.datasets().await? {
				match obstacle(&dataset, sponsor, view.number, plan.valued) {
					Some(why) => context.say(format!("without dataset {id}: {why}")),
					None => chosen.push((id, dataset)),
				}
			}
		}
	}
	if chosen.is_empty() {
		return Err(refused("there is no dataset that the run could use"));
	}
	if chosen.len() > MAX_DATASETS {
		let count = chosen.len();
		return Err(refused(format!(
			"a run takes {MAX_DATASETS} datasets, {count} are named"
		)));
	}
	Ok(chosen)
}

/// What the licences of these datasets can cost at most.
fn licence_ceiling(datasets: &[(u64, Dataset)]) -> Option<u128> {
	datasets.iter().try_fold(0u128, |sum, (_, dataset)| {
		let records = u128::from(dataset.content.records);
		let price = dataset.licence.price_per_record.checked_mul(records)?;
		sum.checked_add(price)?
			.checked_add(dataset.licence.flat_fee)
	})
}

fn windows(
	[grant, enrol, task, work, test_reveal, appraise_commit, appraise_reveal, challenge]: [u32; 8],
) -> Windows {
	Windows {
		grant,
		enrol,
		task,
		work,
		test_reveal,
		appraise_commit,
		appraise_reveal,
		challenge,
	}
}

/// The money of a run: budget and bond in what it is paid in, licences and tips in GRD.
struct Escrow {
	unit: Unit,
	money: Money,
	max_licence: u128,
	tip: u128,
}

impl Escrow {
	fn sums(&self) -> Result<Sums, String> {
		let Money { budget, bond } = self.money;
		let asset = self.unit.asset;
		Sums::over([
			(asset, budget),
			(asset, bond),
			(None, self.max_licence),
			(None, self.tip),
		])
	}

	/// What is missing of it, where something is.
	fn shortage(
		&self,
		sponsor: &AccountId,
		has: &AccountView,
		units: &Units,
	) -> Result<(), String> {
		for (asset, needed) in self.sums()?.iter() {
			let free = free(has, asset);
			if free < needed {
				return Err(format!(
					"the run needs {}, {} has {}",
					units.show(asset, needed),
					output::address(sponsor),
					units.show(asset, free)
				));
			}
		}
		Ok(())
	}

	/// What is about to be signed, in words.
	fn words(&self, datasets: usize, units: &Units) -> Result<String, String> {
		Ok(format!(
			"propose a run over {datasets} datasets and put {} into escrow: budget {}, licences {}, \
			 bond {}, tips {}",
			units.sums(&self.sums()?),
			self.unit.show(self.money.budget),
			amount::grd(self.max_licence),
			self.unit.show(self.money.bond),
			amount::grd(self.tip)
		))
	}
}

/// What is about to be signed, beside the money that goes into escrow.
fn terms(plan: &Plan, unit: &Unit, datasets: &[u64]) -> Rows {
	let datasets: Vec<String> = datasets.iter().map(u64::to_string).collect();
	let split = Role::ALL
		.into_iter()
		.zip(plan.split_ppm)
		.filter(|(_, ppm)| *ppm > 0)
		.map(|(role, ppm)| format!("{} {}", words::role(role), output::per_cent(ppm)));
	let split: Vec<String> = split.collect();
	Rows::pairs([
		("datasets", datasets.join(", ")),
		("paid in", unit.symbol.clone()),
		("split", split.join(", ")),
		(
			"data is paid by",
			if plan.valued {
				"score".into()
			} else {
				"licence price".into()
			},
		),
		(
			"work",
			format!(
				"{} rounds, {} records a task, {} passes",
				plan.rounds, plan.records_per_task, plan.passes
			),
		),
		(
			"attestors",
			format!("{} a task, {} must sign", plan.committee, plan.quorum),
		),
		(
			"appraisers",
			format!("{}, {} must agree", plan.appraisers, plan.appraiser_quorum),
		),
		("enrolments", format!("{} at most", plan.max_enrolments)),
		("reached at", plan.endpoint.trim_end_matches('/').into()),
	])
}

/// Runs the command.
pub async fn run(context: &Context, args: Propose) -> Result<()> {
	let plan = Plan::read(&args.plan)?;
	let endpoint = words::endpoint(&plan.endpoint)?;
	let files = read_files(context, &plan)?;
	let signer = context.signer()?;
	let sponsor = Chain::account_of(&signer);
	// A dry run leaves nothing behind.
	let store = match context.options.dry_run {
		true => None,
		false => Some(context.store()?),
	};
	let chain = context.chain().await?;
	let view = chain.best().await?;
	let units = view.units().await?;
	let unit = match &plan.asset {
		None => Unit::grd(),
		Some(name) => units
			.allowed(name)
			.map_err(|why| usage(format!("{}: \"asset\": {why}", args.plan.display())))?,
	};
	let money = plan
		.money(&unit)
		.map_err(|error| usage(format!("{}: {error}", args.plan.display())))?;
	let datasets = choose_datasets(context, &view, &plan, &sponsor).await?;
	let ceiling = licence_ceiling(&datasets).context("the licences cost more than there can be")?;
	let max_licence = match plan.max_licence {
		None => ceiling,
		Some(given) if given >= ceiling => given,
		Some(_) => {
			let needed = amount::grd(ceiling);
			return Err(refused(format!(
				"\"max_licence\" must be at least {needed}, or \"auto\""
			)));
		}
	};
	let escrow = Escrow {
		unit,
		money,
		max_licence,
		tip: plan.tip,
	};
	let has = view.account(&sponsor).await?;
	escrow.shortage(&sponsor, &has, &units).map_err(refused)?;
	let words = escrow.words(datasets.len(), &units).map_err(refused)?;
	let Escrow { unit, money, .. } = escrow;

	let mut made = prepare(store.as_ref(), &plan, &files)?;
	let call = api::transactions().training().propose(RunPlan {
		program: H256(made.program),
		config: H256(made.config),
		features: Static(files.features.clone()),
		validation: H256(made.validation),
		initial_model: H256(made.initial_model),
		test_commitment: H256(made.secrets.test_commitment()),
		datasets: BoundedVec(datasets.iter().map(|(id, _)| *id).collect()),
		records_per_task: plan.records_per_task,
		passes: plan.passes,
		rounds: plan.rounds,
		aggregate_units: plan.aggregate_units,
		feedback: plan.feedback.as_ref().map(|asked| FeedbackPlan {
			batches: asked.batches,
			items_per_batch: asked.items_per_batch,
			gold_commitment: H256(made.secrets.gold_commitment()),
		}),
		asset: unit.asset,
		budget: money.budget,
		split_ppm: plan.split_ppm,
		max_licence,
		bond: money.bond,
		tip: plan.tip,
		tip_per_advance: plan.tip_per_advance,
		committee: plan.committee,
		quorum: plan.quorum,
		samples: plan.samples,
		max_enrolments: plan.max_enrolments,
		appraisers: plan.appraisers,
		appraiser_quorum: plan.appraiser_quorum,
		method: if plan.valued {
			Method::ThresholdKnn
		} else {
			Method::LicencePrice
		},
		windows: windows(plan.windows),
		endpoint,
	});
	// Before anything is sent: without its salts the test set can never be shown, and the bond is
	// lost.
	if !context.options.dry_run {
		made.secrets
			.save(&context.home, &files.tests, made.gold.as_deref())?;
	}
	let ids: Vec<u64> = datasets.iter().map(|(id, _)| *id).collect();
	context.say(terms(&plan, &unit, &ids).text());
	let Some(included) = context.send(&chain, &signer, &words, call).await? else {
		return Ok(());
	};
	let proposed: api::training::events::RunProposed = event(&included)?;
	if let Err(error) = made.secrets.adopt(&context.home, proposed.run) {
		// The run is proposed all the same, and its secrets are found without its number.
		context.say(format!("cannot note the run's number: {error}"));
	}
	context.show(
		|| {
			json!({
				"run": proposed.run,
				"sponsor": output::address(&sponsor),
				"datasets": datasets.iter().map(|(id, _)| id).collect::<Vec<_>>(),
				"asset": unit.asset,
				"budget": output::units(money.budget),
				"max_licence": output::units(max_licence),
				"bond": output::units(money.bond),
				"tip": output::units(plan.tip),
				"program": output::hex(made.program),
				"initial_model": output::hex(made.initial_model),
				"test_commitment": output::hex(made.secrets.test_commitment()),
				"secrets": made.secrets.folder(&context.home),
				"included": included_json(&included),
			})
		},
		|| {
			let mut rows = Rows::pairs([
				("run", proposed.run.to_string()),
				("datasets", datasets.len().to_string()),
				("budget", unit.show(money.budget)),
			]);
			for (role, ppm) in Role::ALL.into_iter().zip(plan.split_ppm) {
				rows.add([format!("  {}", words::role(role)), output::per_cent(ppm)]);
			}
			rows.add(["licences up to".into(), amount::grd(max_licence)]);
			rows.add(["bond".into(), unit.show(money.bond)]);
			rows.add([
				"secrets (back them up)".into(),
				made.secrets.folder(&context.home).display().to_string(),
			]);
			rows.text()
		},
	);
	context.say(
		"Now keep `guerdon serve --role sponsor` running: it serves the run and reveals the \
		test set in time.",
	);
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_config_is_what_the_reference_program_reads() {
		let spec = FeatureSpec::TextTrigrams { classes: 3 };
		let config = Config::Gradient {
			batch: 16,
			learning_rate: 0.5,
			decay: 0.25,
		};
		let bytes = config_bytes(&config, &spec).unwrap();
		assert_eq!(bytes.len(), 16);
		assert_eq!(bytes[..8], [0, 1, 3, 0, 16, 0, 0, 0]);
		let program = guerdon_runner::Program::load(SOFTMAX, Limits::default()).unwrap();
		assert_eq!(program.init(&bytes).unwrap().len(), 3 * 257 * 4);
	}

	#[test]
	fn a_config_of_another_shape_is_refused() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("config");
		std::fs::write(&path, [1, 0, 2, 0, 16, 0, 0, 0]).unwrap();
		let spec = FeatureSpec::TextTrigrams { classes: 3 };
		let error = config_bytes(&Config::File(path), &spec).unwrap_err();
		assert!(
			error.to_string().contains("has 1 features and 2 classes"),
			"{error}"
		);
	}
	#[test]
	fn money_is_counted_in_what_the_run_is_paid_in() {
		let units = Units::of(&[]);
		let tusd = Unit {
			asset: Some(1),
			symbol: "TUSD".into(),
			decimals: 6,
		};
		let money = Money {
			budget: 10_000_000,
			bond: 2_500_000,
		};
		let escrow = |unit: Unit| Escrow {
			unit,
			money,
			max_licence: amount::GRD,
			tip: 2 * amount::GRD,
		};
		let words = escrow(Unit::grd()).words(3, &units).unwrap();
		let told =
			"propose a run over 3 datasets and put 3.0000125 GRD into escrow: budget 0.00001 GRD, \
			licences 1 GRD, bond 0.0000025 GRD, tips 2 GRD";
		assert_eq!(words, told);
		let words = escrow(tusd.clone()).words(3, &units).unwrap();
		let told = "put 3 GRD and 12500000 asset-1 into escrow: budget 10 TUSD, licences 1 GRD, bond 2.5 TUSD";
		assert!(words.contains(told), "{words}");
		let mut has = AccountView {
			free: 3 * amount::GRD,
			held: 0,
			claimable: 0,
			dues: 0,
			contributions: Vec::new(),
			next: None,
			assets: vec![api::AssetBalance {
				asset: 1,
				free: 3_000_000,
				claimable: 0,
				dues: 0,
			}],
		};
		let sponsor = AccountId::from([2; 32]);
		let who = output::address(&sponsor);
		let run = escrow(tusd);
		let error = run.shortage(&sponsor, &has, &units).unwrap_err();
		assert_eq!(
			error,
			format!("the run needs 12500000 asset-1, {who} has 3000000 asset-1")
		);
		has.assets[0].free = 12_500_000;
		assert_eq!(run.shortage(&sponsor, &has, &units), Ok(()));
		has.free -= 1;
		let error = run.shortage(&sponsor, &has, &units).unwrap_err();
		assert_eq!(
			error,
			format!("the run needs 3 GRD, {who} has 2.999999999999 GRD")
		);
	}
}
