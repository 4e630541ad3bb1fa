//! Runs: how far they are, their tables and their money.

use guerdon_runtime_api as api;
use pallet_contributions as contributions;
use pallet_settlement as settlement;
use pallet_training as training;
use serde::Serialize;

use super::{Plan, Role};
use crate::rpc::convert::{address, hex};

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

/// Where a run's money of one asset came from and where it is:
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
	/// Where its money came from and where it is, in what it is paid in.
	pub books: Books,
	/// The same of what it has in GRD for licences and tips; null where it is paid in GRD.
	pub grd_books: Option<Books>,
}

impl From<settlement::RunBooks> for Books {
	fn from(books: settlement::RunBooks) -> Self {
		Self {
			budget_in: books.budget_in.to_string(),
			licence_in: books.licence_in.to_string(),
			bond_in: books.bond_in.to_string(),
			tip_in: books.tip_in.to_string(),
			paid: books.paid.to_string(),
			claimable: books.claimable.to_string(),
			escrow: books.escrow.to_string(),
			returned: books.returned.to_string(),
			released: books.released.to_string(),
		}
	}
}

impl From<(u64, api::RunView)> for RunDetail {
	fn from((id, view): (u64, api::RunView)) -> Self {
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
			books: view.books.into(),
			grd_books: view.grd_books.map(Into::into),
		}
	}
}
