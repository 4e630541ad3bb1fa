//! What the `guerdon_v1` group answers.
//!
//! Accounts are SS58 addresses, digests are hex, and what adds up (amounts in units of 10^-12 GRD,
//! units of work, weights and their sums) is a string of decimal digits. Ids, heights, indices and
//! counts are JSON numbers. Enums that carry data have a `kind`.

use guerdon_receipt as receipt;
use guerdon_runtime_api as api;
use guerdon_share_tree as tree;
use guerdon_valuation as valuation;
use pallet_contributions as contributions;
use pallet_datasets as datasets;
use pallet_settlement as settlement;
use pallet_training as training;
use pallet_valuation::Method;
use serde::Serialize;

use super::convert::{address, hex, key_cursor, number_cursor, score_decimal, text, List};

/// The block that an answer is as of.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct At {
	/// Its hash.
	pub hash: String,
	/// Its height.
	pub number: api::BlockNumber,
	/// Whether it can still be undone.
	pub finalized: bool,
}

/// An answer and the block that it is as of.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub struct Answer<T> {
	/// The block.
	pub at: At,
	/// The answer.
	#[serde(flatten)]
	pub result: T,
}

/// A page of a list.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub struct Page<T> {
	/// The entries.
	pub items: Vec<T>,
	/// The cursor of the next page; null at the end.
	pub next: Option<String>,
}

/// In which role somebody contributed.
#[derive(Serialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub enum Role {
	/// Owns a dataset whose records were used.
	DataProvider,
	/// Trained or aggregated.
	Trainer,
	/// Labelled, rated or evaluated.
	User,
	/// Re-executed drawn steps and signed.
	Attestor,
	/// Counted what the scores are computed from.
	Appraiser,
}

impl From<receipt::Role> for Role {
	fn from(role: receipt::Role) -> Self {
		match role {
			receipt::Role::DataProvider => Self::DataProvider,
			receipt::Role::Trainer => Self::Trainer,
			receipt::Role::User => Self::User,
			receipt::Role::Attestor => Self::Attestor,
			receipt::Role::Appraiser => Self::Appraiser,
		}
	}
}

/// Where a run is in its life.
#[derive(Serialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub enum RunState {
	/// Owners whose approval is by grant answer.
	Proposed,
	/// Trainers and users enrol.
	Enrolling,
	/// Rounds of tasks.
	Working,
	/// The test set is revealed and appraisers count.
	Appraising,
	/// A pause before the division.
	Challenge,
	/// Pools are built and funded.
	Settling,
	/// Everything is paid into pools.
	Settled,
	/// Ended without a division; the escrow went back.
	Cancelled,
}

impl From<training::State> for RunState {
	fn from(state: training::State) -> Self {
		match state {
			training::State::Proposed => Self::Proposed,
			training::State::Enrolling => Self::Enrolling,
			training::State::Working => Self::Working,
			training::State::Appraising => Self::Appraising,
			training::State::Challenge => Self::Challenge,
			training::State::Settling => Self::Settling,
			training::State::Settled => Self::Settled,
			training::State::Cancelled => Self::Cancelled,
		}
	}
}

/// Who, or which dataset, a contribution is booked on.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Subject {
	/// A trainer, user, attestor or appraiser.
	Account {
		/// Who.
		account: String,
	},
	/// A dataset.
	Dataset {
		/// Which.
		dataset: u64,
	},
}

/// One line of a table of contributions.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
	/// Whom or what it is booked on.
	pub subject: Subject,
	/// Who is paid.
	pub payee: String,
	/// Units of accepted work.
	pub units: String,
	/// What it counts when money is divided.
	pub weight: String,
}

impl From<contributions::Entry<api::AccountId>> for Entry {
	fn from(entry: contributions::Entry<api::AccountId>) -> Self {
		Self {
			subject: match entry.subject {
				contributions::Subject::Account(account) => Subject::Account {
					account: address(&account),
				},
				contributions::Subject::Dataset(dataset) => Subject::Dataset { dataset },
			},
			payee: address(&entry.payee),
			units: entry.units.to_string(),
			weight: entry.weight.to_string(),
		}
	}
}

/// A contribution of an account.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Contribution {
	/// The run.
	pub run: u64,
	/// The role.
	pub role: Role,
	/// Index in the table of that run and role.
	pub index: u32,
	/// What is booked.
	#[serde(flatten)]
	pub entry: Entry,
	/// The state that the run is in.
	pub state: RunState,
	/// The last block of that state.
	pub deadline: u32,
	/// The pool that pays it, once there is one.
	pub pool: Option<u64>,
	/// What it is due in all, once that is known.
	pub entitlement: Option<String>,
	/// Whether that was paid.
	pub claimed: bool,
}

impl From<api::Contribution> for Contribution {
	fn from(contribution: api::Contribution) -> Self {
		Self {
			run: contribution.run,
			role: contribution.role.into(),
			index: contribution.index,
			entry: contribution.entry.into(),
			state: contribution.state.into(),
			deadline: contribution.deadline,
			pool: contribution.pool,
			entitlement: contribution.entitlement.map(|units| units.to_string()),
			claimed: contribution.claimed,
		}
	}
}

/// What an account has and is due.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Account {
	/// The account.
	pub account: String,
	/// Free balance.
	pub free: String,
	/// Held as deposits and bonds.
	pub held: String,
	/// Due now: unclaimed leaves among `contributions`, and dues.
	pub claimable: String,
	/// The part of it that could not be paid when it was due.
	pub dues: String,
	/// Its contributions, the first page.
	pub contributions: Vec<Contribution>,
	/// The cursor of `guerdon_v1_contributions` for the rest; null if that is all.
	pub next: Option<String>,
}

impl Account {
	/// The view of this account.
	pub fn new(account: &api::AccountId, view: api::AccountView) -> Self {
		Self {
			account: address(account),
			free: view.free.to_string(),
			held: view.held.to_string(),
			claimable: view.claimable.to_string(),
			dues: view.dues.to_string(),
			contributions: view.contributions.into_iter().map(Into::into).collect(),
			next: view.next.map(|key| key_cursor(List::Contributions, key)),
		}
	}
}

/// Who is paid what a leaf is due.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Payee {
	/// An account.
	Account {
		/// Which.
		account: String,
	},
	/// Whoever opens a commitment.
	Hidden {
		/// The commitment.
		commitment: String,
	},
	/// The members of another pool.
	Pool {
		/// Which.
		pool: u64,
	},
}

/// A sibling on the way from a leaf to the root.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub struct ProofNode {
	/// Its hash.
	pub hash: String,
	/// The sum of the weights under it.
	pub sum: String,
}

/// One leaf of a sealed pool.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Leaf {
	/// The pool.
	pub pool: u64,
	/// The pool's run.
	pub run: u64,
	/// The pool's role.
	pub role: Role,
	/// The leaf's index.
	pub index: u64,
	/// Who is paid.
	pub payee: Payee,
	/// What the leaf counts in the pool.
	pub weight: String,
	/// Whether it was paid.
	pub claimed: bool,
	/// What it is due in all, paid or not; null in pools of more than 4,096 leaves.
	pub entitlement: Option<String>,
	/// From the leaf up; null in pools of more than 4,096 leaves.
	pub proof: Option<Vec<ProofNode>>,
}

impl From<settlement::LeafView<api::AccountId>> for Leaf {
	fn from(view: settlement::LeafView<api::AccountId>) -> Self {
		let (entitlement, proof) = view
			.proven
			.map(|proven| {
				let proof = proven.proof.siblings.iter().map(|node| ProofNode {
					hash: hex(node.hash),
					sum: node.sum.to_string(),
				});
				(proven.entitlement.to_string(), proof.collect())
			})
			.unzip();
		Self {
			pool: view.pool,
			run: view.run,
			role: view.role.into(),
			index: view.index,
			payee: match view.leaf.payee {
				tree::Payee::Account(account) => Payee::Account {
					account: address(&account),
				},
				tree::Payee::Hidden(commitment) => Payee::Hidden {
					commitment: hex(commitment),
				},
				tree::Payee::Pool(pool) => Payee::Pool { pool },
			},
			weight: view.leaf.weight.to_string(),
			claimed: view.claimed,
			entitlement,
			proof,
		}
	}
}

/// An account to be paid from a block on.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct PayoutChange {
	/// The account.
	pub account: String,
	/// The block.
	pub from: u32,
}

/// Who is paid for a dataset.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Payout {
	/// Until the change takes effect.
	pub account: String,
	/// The change.
	pub next: Option<PayoutChange>,
}

/// What a dataset consists of.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Content {
	/// BLAKE3 of the stream.
	pub root: String,
	/// Length of the stream in bytes.
	pub length: u64,
	/// Number of records.
	pub records: u64,
}

/// The document that describes a dataset.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
	/// Hash of its canonical form.
	pub hash: String,
	/// Where it is found.
	pub uri: String,
}

/// The terms on which an owner lets runs use a dataset.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Licence {
	/// `train`, `fineTune`, `evaluate`, `retrieve`, `index`.
	pub uses: Vec<&'static str>,
	/// Whether the model may be used commercially.
	pub commercial: bool,
	/// Whether works derived from the records may be passed on.
	pub derivatives: bool,
	/// Whether the owner must be named.
	pub attribution: bool,
	/// SPDX licence id or `LicenseRef`.
	pub spdx: String,
	/// Hash of the full legal text.
	pub terms: String,
	/// First block at which the licence is in force.
	pub valid_from: u32,
	/// First block at which it is in force no more.
	pub valid_until: Option<u32>,
	/// `open` or `byGrant`.
	pub approval: &'static str,
	/// Due once for each run that used the dataset.
	pub flat_fee: String,
	/// Due for each record used.
	pub price_per_record: String,
}

/// Whether runs may use a dataset.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum DatasetStatus {
	/// On the terms of its licence.
	Active,
	/// The owner withdrew consent.
	Withdrawn {
		/// First epoch in which no task is dealt on it.
		from: u64,
	},
}

/// A dataset.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Dataset {
	/// Its id.
	pub id: u64,
	/// Who published it.
	pub owner: String,
	/// Who is paid for it.
	pub payout: Payout,
	/// What it consists of.
	pub content: Content,
	/// What describes it.
	pub metadata: Metadata,
	/// The terms for future runs.
	pub licence: Licence,
	/// Who may fetch the content: `open`.
	pub access: &'static str,
	/// Where the content is fetched.
	pub endpoint: String,
	/// The version before it.
	pub parent: Option<u64>,
	/// Block of the announcement that was opened: earlier wins.
	pub priority: u32,
	/// Whether runs may use it.
	pub status: DatasetStatus,
	/// What is held for it.
	pub deposit: String,
	/// How many open runs use it.
	pub uses: u32,
	/// How many of them wait for the owner's grant.
	pub pending: u32,
}

fn uses(bits: u8) -> Vec<&'static str> {
	[
		(datasets::uses::TRAIN, "train"),
		(datasets::uses::FINE_TUNE, "fineTune"),
		(datasets::uses::EVALUATE, "evaluate"),
		(datasets::uses::RETRIEVE, "retrieve"),
		(datasets::uses::INDEX, "index"),
	]
	.into_iter()
	.filter(|(bit, _)| bits & bit != 0)
	.map(|(_, name)| name)
	.collect()
}

impl From<(u64, api::Dataset)> for Dataset {
	fn from((id, dataset): (u64, api::Dataset)) -> Self {
		let licence = dataset.licence;
		Self {
			id,
			owner: address(&dataset.owner),
			payout: Payout {
				account: address(&dataset.payout.account),
				next: dataset.payout.next.map(|(account, from)| PayoutChange {
					account: address(&account),
					from,
				}),
			},
			content: Content {
				root: hex(dataset.content.root),
				length: dataset.content.length,
				records: dataset.content.records,
			},
			metadata: Metadata {
				hash: hex(dataset.metadata.hash),
				uri: text(&dataset.metadata.uri),
			},
			licence: Licence {
				uses: uses(licence.uses),
				commercial: licence.commercial,
				derivatives: licence.derivatives,
				attribution: licence.attribution,
				spdx: text(&licence.spdx),
				terms: hex(licence.terms),
				valid_from: licence.valid_from,
				valid_until: licence.valid_until,
				approval: match licence.approval {
					datasets::Approval::Open => "open",
					datasets::Approval::ByGrant => "byGrant",
				},
				flat_fee: licence.flat_fee.to_string(),
				price_per_record: licence.price_per_record.to_string(),
			},
			access: match dataset.access {
				datasets::Access::Open => "open",
			},
			endpoint: text(&dataset.endpoint),
			parent: dataset.parent,
			priority: dataset.priority,
			status: match dataset.status {
				datasets::Status::Active => DatasetStatus::Active,
				datasets::Status::Withdrawn { from } => DatasetStatus::Withdrawn { from },
			},
			deposit: dataset.deposit.to_string(),
			uses: dataset.uses,
			pending: dataset.pending,
		}
	}
}

/// Where a working run is in its round.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Stage {
	/// The round's training tasks are being dealt; this is the next one.
	Dealing {
		/// Position in the plan's datasets.
		dataset: u32,
		/// Number of the task within the dataset.
		chunk: u32,
	},
	/// All are dealt; some may be open or wait to be dealt again.
	Training,
	/// The round's results are being averaged.
	Aggregating,
	/// Nobody averaged them in as many attempts as there are.
	Failed,
	/// All rounds are done; feedback may still come in.
	Finishing,
}

/// A run: what changes about it.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Run {
	/// Its id.
	pub id: u64,
	/// Who proposed it and pays.
	pub sponsor: String,
	/// Where it is in its life.
	pub state: RunState,
	/// Last block of the state; the block of the end once it is over.
	pub deadline: u32,
	/// Held from the sponsor for the run's storage.
	pub deposit: String,
	/// Current round, from 0.
	pub round: u16,
	/// Where the round is.
	pub stage: Stage,
	/// Content root of the model that the current round starts from; the result in the end.
	pub model: String,
	/// Training tasks of a round.
	pub tasks_per_round: u32,
	/// Training tasks of this round that are open or wait to be dealt again.
	pub round_open: u32,
	/// Training tasks of this round that are done.
	pub round_done: u32,
	/// Feedback batches posted.
	pub feedback_posted: u32,
	/// Feedback batches that are open or wait to be dealt.
	pub feedback_open: u32,
	/// Tasks dealt.
	pub tasks: u32,
	/// Receipts accepted.
	pub accepted: u32,
	/// Accounts enrolled whose deposit is still held.
	pub enrolled: u32,
	/// Due to each account enrolled in a run that was cancelled while enrolling.
	pub kill_fee_each: String,
	/// Whether the sponsor revealed the test set in time; null before that is known.
	pub revealed: Option<bool>,
}

impl From<(u64, api::Run)> for Run {
	fn from((id, run): (u64, api::Run)) -> Self {
		Self {
			id,
			sponsor: address(&run.sponsor),
			state: run.state.into(),
			deadline: run.deadline,
			deposit: run.deposit.to_string(),
			round: run.round,
			stage: match run.stage {
				training::Stage::Dealing { dataset, chunk } => Stage::Dealing { dataset, chunk },
				training::Stage::Training => Stage::Training,
				training::Stage::Aggregating => Stage::Aggregating,
				training::Stage::Failed => Stage::Failed,
				training::Stage::Finishing => Stage::Finishing,
			},
			model: hex(run.model),
			tasks_per_round: run.planned.tasks_per_round,
			round_open: run.round_open,
			round_done: run.round_done,
			feedback_posted: run.feedback_posted,
			feedback_open: run.feedback_open,
			tasks: run.next_task,
			accepted: run.accepted,
			enrolled: run.enrolled,
			kill_fee_each: run.kill_fee_each.to_string(),
			revealed: run.revealed,
		}
	}
}

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
	fn new(plan: api::RunPlan, planned_units: [u64; 5]) -> Self {
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

/// What a run keeps about one of its datasets.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct RunDataset {
	/// The dataset.
	pub dataset: u64,
	/// `asked`, `admitted` or `dropped`.
	pub standing: &'static str,
	/// Who published it.
	pub owner: String,
	/// Who is paid.
	pub payout: String,
	/// Content root.
	pub root: String,
	/// Number of records.
	pub records: u64,
	/// Due once.
	pub flat_fee: String,
	/// Due per record used.
	pub price_per_record: String,
	/// Records used by accepted tasks, each counted once.
	pub used: u64,
	/// Licence price that vested.
	pub vested: String,
}

impl From<(u64, api::RunDataset)> for RunDataset {
	fn from((dataset, kept): (u64, api::RunDataset)) -> Self {
		Self {
			dataset,
			standing: match kept.standing {
				training::Standing::Asked => "asked",
				training::Standing::Admitted => "admitted",
				training::Standing::Dropped => "dropped",
			},
			owner: address(&kept.owner),
			payout: address(&kept.payout),
			root: hex(kept.root),
			records: kept.records,
			flat_fee: kept.flat_fee.to_string(),
			price_per_record: kept.price_per_record.to_string(),
			used: kept.used,
			vested: kept.vested.to_string(),
		}
	}
}

/// The sums of a table of contributions.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Table {
	/// Number of entries.
	pub count: u32,
	/// Sum of their units.
	pub units: String,
	/// Sum of their weights.
	pub weight: String,
	/// A closed table never changes again.
	pub closed: bool,
}

impl From<contributions::Table> for Table {
	fn from(table: contributions::Table) -> Self {
		Self {
			count: table.count,
			units: table.units.to_string(),
			weight: table.weight.to_string(),
			closed: table.closed,
		}
	}
}

/// The table of one role of a run.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct RoleTable {
	/// The role.
	pub role: Role,
	/// Its sums.
	#[serde(flatten)]
	pub table: Table,
	/// The pool that pays it, once there is one.
	pub pool: Option<u64>,
}

/// What a run's purses hold.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Escrow {
	/// To be divided among the roles.
	pub budget: String,
	/// For licence fees.
	pub licence: String,
	/// The sponsor's bond.
	pub bond: String,
	/// For whoever advances the run.
	pub tip: String,
}

/// Where a run's money came from and where it is:
/// budgetIn + licenceIn + bondIn + tipIn = paid + claimable + escrow + returned + released.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Books {
	/// Ever deposited as budget.
	pub budget_in: String,
	/// Ever deposited for licences.
	pub licence_in: String,
	/// Ever deposited as bond.
	pub bond_in: String,
	/// Ever deposited for tips.
	pub tip_in: String,
	/// Paid out by claims, licence payments and collected dues.
	pub paid: String,
	/// Waiting in pools and as dues.
	pub claimable: String,
	/// Still in the run's purses.
	pub escrow: String,
	/// Returned to the sponsor when the run was settled.
	pub returned: String,
	/// Released out of a purse before that: refunds and tips.
	pub released: String,
}

/// A run, its plan and its money.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct RunDetail {
	/// What changes.
	#[serde(flatten)]
	pub run: Run,
	/// What does not.
	pub plan: Plan,
	/// Its datasets.
	pub datasets: Vec<RunDataset>,
	/// Its tables.
	pub tables: Vec<RoleTable>,
	/// What its purses hold.
	pub escrow: Escrow,
	/// Where its money came from and where it is.
	pub books: Books,
}

impl From<(u64, api::RunView)> for RunDetail {
	fn from((id, view): (u64, api::RunView)) -> Self {
		let books = view.books;
		Self {
			plan: Plan::new(view.plan, view.run.planned.units),
			run: (id, view.run).into(),
			datasets: view.datasets.into_iter().map(Into::into).collect(),
			tables: view
				.tables
				.into_iter()
				.map(|(role, table, pool)| RoleTable {
					role: role.into(),
					table: table.into(),
					pool,
				})
				.collect(),
			escrow: Escrow {
				budget: view.escrow.budget.to_string(),
				licence: view.escrow.licence.to_string(),
				bond: view.escrow.bond.to_string(),
				tip: view.escrow.tip.to_string(),
			},
			books: Books {
				budget_in: books.budget_in.to_string(),
				licence_in: books.licence_in.to_string(),
				bond_in: books.bond_in.to_string(),
				tip_in: books.tip_in.to_string(),
				paid: books.paid.to_string(),
				claimable: books.claimable.to_string(),
				escrow: books.escrow.to_string(),
				returned: books.returned.to_string(),
				released: books.released.to_string(),
			},
		}
	}
}

/// What a task asks for.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(
	tag = "kind",
	rename_all = "camelCase",
	rename_all_fields = "camelCase"
)]
pub enum Work {
	/// Train on some records of a dataset.
	Train {
		/// The dataset.
		dataset: u64,
		/// First record, from 0.
		first: u64,
		/// How many records.
		count: u32,
		/// How often each record is used.
		passes: u16,
	},
	/// Label a batch of items.
	Feedback {
		/// Number of the batch within the run, from 0.
		batch: u32,
		/// How many items it has.
		items: u32,
		/// Content root of the items.
		items_root: String,
	},
	/// Average the round's accepted results.
	Aggregate,
}

impl From<receipt::Work> for Work {
	fn from(work: receipt::Work) -> Self {
		match work {
			receipt::Work::Train {
				dataset,
				first,
				count,
				passes,
			} => Self::Train {
				dataset,
				first,
				count,
				passes,
			},
			receipt::Work::Feedback {
				batch,
				items,
				items_root,
			} => Self::Feedback {
				batch,
				items,
				items_root: hex(items_root),
			},
			receipt::Work::Aggregate => Self::Aggregate,
		}
	}
}

/// A member of a task's committee.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Member {
	/// Who was drawn.
	pub account: String,
	/// Whether it signed the receipt.
	pub signed: bool,
}

/// An accepted receipt and its task.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
	/// Its id.
	pub id: String,
	/// The run.
	pub run: u64,
	/// Index of the task within the run.
	pub task: u32,
	/// What was asked.
	pub work: Work,
	/// In which round.
	pub round: u16,
	/// What it is worth.
	pub units: String,
	/// Who did it.
	pub contributor: String,
	/// Who could attest it, in the order drawn.
	pub committee: Vec<Member>,
	/// Epoch whose seed drew contributor and committee.
	pub epoch: u64,
	/// How often the same work was dealt.
	pub attempt: u8,
	/// Content root of the model that the work started from.
	pub base_model: String,
	/// Content root of what the work produced.
	pub result: String,
	/// Correct answers per million on the public validation set, before.
	pub metric_before: u32,
	/// Correct answers per million on the public validation set, after.
	pub metric_after: u32,
	/// Block in which it was accepted.
	pub height: u32,
}

impl From<api::ReceiptView> for Receipt {
	fn from(view: api::ReceiptView) -> Self {
		let api::ReceiptView { receipt, task, .. } = view;
		let committee = task.committee.iter().enumerate();
		Self {
			id: hex(view.id),
			run: view.run,
			task: receipt.task,
			work: task.work.into(),
			round: task.round,
			units: task.units.to_string(),
			contributor: address(&task.contributor),
			committee: committee
				.map(|(seat, account)| Member {
					account: address(account),
					signed: receipt.signers >> seat & 1 == 1,
				})
				.collect(),
			epoch: task.epoch,
			attempt: task.attempt,
			base_model: hex(task.base_model),
			result: hex(receipt.result),
			metric_before: receipt.metric.0,
			metric_after: receipt.metric.1,
			height: receipt.height,
		}
	}
}

/// How far a pool is.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum PoolState {
	/// Leaves are being added.
	Building {
		/// So far.
		leaves: u64,
		/// Of all of them so far.
		weight: String,
	},
	/// It can be claimed.
	Sealed {
		/// How many.
		leaves: u64,
		/// Of all of them.
		weight: String,
		/// The hash that proofs lead to.
		root: String,
	},
}

/// Money divided by weights.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Pool {
	/// Its id.
	pub id: u64,
	/// The run.
	pub run: u64,
	/// The role.
	pub role: Role,
	/// Ever funded.
	pub funded: String,
	/// Ever paid to leaves.
	pub paid: String,
	/// How far it is.
	pub state: PoolState,
}

impl From<(u64, settlement::Pool)> for Pool {
	fn from((id, pool): (u64, settlement::Pool)) -> Self {
		Self {
			id,
			run: pool.run,
			role: pool.role.into(),
			funded: pool.funded.to_string(),
			paid: pool.paid.to_string(),
			state: match pool.state {
				settlement::PoolState::Building(builder) => PoolState::Building {
					leaves: builder.count(),
					weight: builder.sum().to_string(),
				},
				settlement::PoolState::Sealed(summary) => PoolState::Sealed {
					leaves: summary.count,
					weight: summary.sum.to_string(),
					root: hex(summary.root),
				},
			},
		}
	}
}

/// A score.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Score {
	/// In units of 2^-64.
	pub raw: String,
	/// As a decimal number, to 20 decimals, rounded towards zero.
	pub decimal: String,
}

/// Where the credit of a leaf comes from.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
	/// The trail, one sentence a step.
	pub words: Vec<String>,
	/// The leaf, its proof and what it is due.
	pub leaf: Leaf,
	/// The contribution that the leaf was made from.
	pub contribution: Entry,
	/// The table that it is part of.
	pub table: Table,
	/// The run's budget.
	pub budget: String,
	/// The role's part of it, per million.
	pub split_ppm: u32,
	/// The units planned for the role; "0" where it is paid whole.
	pub planned_units: String,
	/// Those that were done, which the role is paid by: for attestors the units of trainers and users.
	pub done_units: String,
	/// What the pool was funded with.
	pub funded: String,
	/// What data providers' weights come from: `scores`, `licencePrice` or `recordsUsed`; null
	/// before it is known.
	pub basis: Option<&'static str>,
	/// The dataset's score; null for accounts and where nothing was scored.
	pub score: Option<Score>,
	/// Digest of the appraisal; null where nothing was scored.
	pub appraisal: Option<String>,
	/// Receipts that count towards the units, the first 64 of them among the run's first 4,096 tasks.
	pub receipts: Vec<Receipt>,
	/// Whether these are all of them.
	pub complete: bool,
}

impl From<api::Explanation> for Explanation {
	fn from(explanation: api::Explanation) -> Self {
		Self {
			words: super::words::trail(&explanation),
			leaf: explanation.leaf.into(),
			contribution: explanation.entry.into(),
			table: explanation.table.into(),
			budget: explanation.budget.to_string(),
			split_ppm: explanation.split_ppm,
			planned_units: explanation.planned_units.to_string(),
			done_units: explanation.done_units.to_string(),
			funded: explanation.funded.to_string(),
			basis: explanation.basis.map(|basis| match basis {
				valuation::Basis::Scores => "scores",
				valuation::Basis::LicencePrice => "licencePrice",
				valuation::Basis::RecordsUsed => "recordsUsed",
			}),
			score: explanation.score.map(|score| Score {
				raw: score.to_string(),
				decimal: score_decimal(score),
			}),
			appraisal: explanation.appraisal.map(hex),
			receipts: explanation.receipts.into_iter().map(Into::into).collect(),
			complete: explanation.complete,
		}
	}
}

/// What the pot holds and owes:
/// potFree + missing = existentialDeposit + (funded - paid) + escrow + dues + surplus.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Conservation {
	/// The pot's free balance.
	pub pot_free: String,
	/// Endowed at genesis and never paid out.
	pub existential_deposit: String,
	/// Ever put into pools.
	pub funded: String,
	/// Ever claimed from pools.
	pub paid: String,
	/// In all purses.
	pub escrow: String,
	/// Owed to accounts that could not receive it.
	pub dues: String,
	/// What strangers donated. Never payable.
	pub surplus: String,
	/// What the pot lacks. Anything but "0" is a defect.
	pub missing: String,
}

impl From<settlement::Conservation> for Conservation {
	fn from(sums: settlement::Conservation) -> Self {
		Self {
			pot_free: sums.pot_free.to_string(),
			existential_deposit: sums.existential_deposit.to_string(),
			funded: sums.funded.to_string(),
			paid: sums.paid.to_string(),
			escrow: sums.escrow.to_string(),
			dues: sums.dues.to_string(),
			surplus: sums.surplus.to_string(),
			missing: sums.missing.to_string(),
		}
	}
}

/// A page whose entries become `T` and whose cursor is a number.
pub fn by_number<T, Item: Into<T>>(list: List, page: api::Page<Item, u64>) -> Page<T> {
	Page {
		items: page.items.into_iter().map(Into::into).collect(),
		next: page.next.map(|next| number_cursor(list, next)),
	}
}

/// A page whose entries become `T` and whose cursor is a contribution.
pub fn by_key<T, Item: Into<T>>(
	list: List,
	page: api::Page<Item, contributions::EntryKey>,
) -> Page<T> {
	Page {
		items: page.items.into_iter().map(Into::into).collect(),
		next: page.next.map(|next| key_cursor(list, next)),
	}
}
