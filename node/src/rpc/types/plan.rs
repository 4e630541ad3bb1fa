//! What a run was proposed as: the part of it that never changes.

use guerdon_receipt as receipt;
use guerdon_runtime_api as api;
use guerdon_valuation as valuation;
use pallet_valuation::Method;
use serde::Serialize;

use super::Role;
use crate::rpc::convert::{hex, text};

/// A column of numbers and the range that is mapped to 0 to 255.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Column {
	/// Position in the line, from 0.
	pub index: u16,
	/// Decimals that count.
	pub decimals: u8,
	/// Becomes 0; in units of 10^-decimals.
	pub min: String,
	/// Becomes 255; in units of 10^-decimals.
	pub max: String,
}

/// How records become vectors.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Features {
	/// Lines of comma-separated fields.
	Csv {
		/// The columns that become features.
		columns: Vec<Column>,
		/// The column that holds the label.
		label: u16,
		/// Number of labels.
		classes: u16,
		/// Whether a file begins with a line of column names.
		header: bool,
	},
	/// A label, a tab and a text.
	TextTrigrams {
		/// Number of labels.
		classes: u16,
	},
}

impl From<valuation::FeatureSpec> for Features {
	fn from(spec: valuation::FeatureSpec) -> Self {
		match spec {
			valuation::FeatureSpec::Csv {
				columns,
				label,
				classes,
				header,
			} => Self::Csv {
				columns: columns
					.iter()
					.map(|column| Column {
						index: column.index,
						decimals: column.decimals,
						min: column.min.to_string(),
						max: column.max.to_string(),
					})
					.collect(),
				label,
				classes,
				header,
			},
			valuation::FeatureSpec::TextTrigrams { classes } => Self::TextTrigrams { classes },
		}
	}
}

/// What users are asked to label.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Feedback {
	/// How many batches the sponsor may post.
	pub batches: u32,
	/// How many items a batch has at most.
	pub items_per_batch: u32,
	/// Commitment to the gold answers hidden among the items.
	pub gold_commitment: String,
}

/// How many blocks each part of a run takes at most.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Windows {
	/// For owners to answer.
	pub grant: u32,
	/// For trainers and users to enrol.
	pub enrol: u32,
	/// For one task.
	pub task: u32,
	/// For all rounds together.
	pub work: u32,
	/// For the sponsor to reveal the test set.
	pub test_reveal: u32,
	/// For appraisers to commit.
	pub appraise_commit: u32,
	/// For appraisers to reveal.
	pub appraise_reveal: u32,
	/// Between the appraisal and the division of the money.
	pub challenge: u32,
}

/// What a role is promised.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Split {
	/// The role.
	pub role: Role,
	/// Its part of the budget, per million.
	pub ppm: u32,
	/// The units planned for it; "0" where it is paid whole.
	pub planned_units: String,
}

/// What a run was proposed as.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
	/// Digest of the step program.
	pub program: String,
	/// Digest of its configuration.
	pub config: String,
	/// How records become vectors.
	pub features: Features,
	/// Content root of the public validation set.
	pub validation: String,
	/// Content root of the model that the first round starts from.
	pub initial_model: String,
	/// Commitment to the test set.
	pub test_commitment: String,
	/// Records of one training task.
	pub records_per_task: u32,
	/// How often a task uses each of its records.
	pub passes: u16,
	/// Rounds, each over all datasets.
	pub rounds: u16,
	/// Units of one aggregation.
	pub aggregate_units: u32,
	/// What users are asked, if anything.
	pub feedback: Option<Feedback>,
	/// The asset that budget and bond are in; null for GRD. Licences and tips are in GRD.
	pub asset: Option<u32>,
	/// Divided among the roles.
	pub budget: String,
	/// How.
	pub split: Vec<Split>,
	/// Escrowed for licences.
	pub max_licence: String,
	/// Lost to the publishers if the test set is not revealed.
	pub bond: String,
	/// Escrowed for whoever moves the run on.
	pub tip: String,
	/// Paid out of it for one call.
	pub tip_per_advance: String,
	/// Attestors drawn for each task.
	pub committee: u8,
	/// How many of them must sign.
	pub quorum: u8,
	/// Steps that each attestor re-executes.
	pub samples: u16,
	/// How many accounts may enrol.
	pub max_enrolments: u32,
	/// Appraisers drawn.
	pub appraisers: u8,
	/// How many of them must agree.
	pub appraiser_quorum: u8,
	/// How the data providers' share is divided: `thresholdKnn` or `licencePrice`.
	pub method: &'static str,
	/// How long everything takes at most, in blocks.
	pub windows: Windows,
	/// Where the sponsor serves program, configuration and models.
	pub endpoint: String,
}

impl Plan {
	pub(super) fn new(plan: api::RunPlan, planned_units: [u64; 5]) -> Self {
		let split = receipt::Role::ALL.into_iter().zip(plan.split_ppm);
		Self {
			program: hex(plan.program),
			config: hex(plan.config),
			features: plan.features.into(),
			validation: hex(plan.validation),
			initial_model: hex(plan.initial_model),
			test_commitment: hex(plan.test_commitment),
			records_per_task: plan.records_per_task,
			passes: plan.passes,
			rounds: plan.rounds,
			aggregate_units: plan.aggregate_units,
			feedback: plan.feedback.map(|feedback| Feedback {
				batches: feedback.batches,
				items_per_batch: feedback.items_per_batch,
				gold_commitment: hex(feedback.gold_commitment),
			}),
			asset: plan.asset,
			budget: plan.budget.to_string(),
			split: split
				.zip(planned_units)
				.map(|((role, ppm), units)| Split {
					role: role.into(),
					ppm,
					planned_units: units.to_string(),
				})
				.collect(),
			max_licence: plan.max_licence.to_string(),
			bond: plan.bond.to_string(),
			tip: plan.tip.to_string(),
			tip_per_advance: plan.tip_per_advance.to_string(),
			committee: plan.committee,
			quorum: plan.quorum,
			samples: plan.samples,
			max_enrolments: plan.max_enrolments,
			appraisers: plan.appraisers,
			appraiser_quorum: plan.appraiser_quorum,
			method: match plan.method {
				Method::ThresholdKnn => "thresholdKnn",
				Method::LicencePrice => "licencePrice",
			},
			windows: Windows {
				grant: plan.windows.grant,
				enrol: plan.windows.enrol,
				task: plan.windows.task,
				work: plan.windows.work,
				test_reveal: plan.windows.test_reveal,
				appraise_commit: plan.windows.appraise_commit,
				appraise_reveal: plan.windows.appraise_reveal,
				challenge: plan.windows.challenge,
			},
			endpoint: text(&plan.endpoint),
		}
	}
}
