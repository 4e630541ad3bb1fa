//! The read contract of the Guerdon runtime: what a wallet, a daemon or an auditor may ask.
//!
//! Every answer is bounded. Lists come in pages: ask again with the `next` of the answer as cursor.
//! Amounts are in units of 10^-12 GRD, or in the units of the asset that stands beside. Everything is as of the block at which it is asked.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

use alloc::vec::Vec;
use codec::{Decode, Encode};
use guerdon_receipt::{DatasetId, Digest, Epoch, PoolId, PublicKey, Role, RunId, TaskIndex};
use guerdon_valuation::{Basis, Score};
use pallet_attestors::Kind;
use pallet_contributions::{Entry, EntryKey, Table};
use pallet_settlement::{AllowedAsset, Asset, AssetId, Conservation, Escrow, LeafView, RunBooks};
use scale_info::TypeInfo;
use sp_core::H256;
use sp_runtime::{traits::Block as BlockT, AccountId32};

/// An account.
pub type AccountId = AccountId32;
/// An amount in units of 10^-12 GRD.
pub type Balance = u128;
/// A height.
pub type BlockNumber = u32;

/// A dataset as it is stored.
pub type Dataset = pallet_datasets::Dataset<AccountId, Balance, BlockNumber>;
/// A request to unlearn as it is stored.
pub type Unlearning = pallet_datasets::Unlearning<AccountId, Balance, BlockNumber>;
/// A run as it is stored.
pub type Run = pallet_training::Run<AccountId, BlockNumber>;
/// What a run was proposed as.
pub type RunPlan = pallet_training::RunPlan<BlockNumber>;
/// A task as it is stored.
pub type Task = pallet_training::Task<AccountId, BlockNumber>;
/// An enrolment as it is stored.
pub type Enrolment = pallet_training::Enrolment<AccountId>;
/// What a run keeps about one of its datasets.
pub type RunDataset = pallet_training::RunDataset<AccountId>;
/// An accepted receipt as it is stored.
pub type AcceptedReceipt = pallet_training::AcceptedReceipt<BlockNumber>;
/// An appraisal as it is stored.
pub type Appraisal = pallet_valuation::Appraisal<AccountId, BlockNumber>;

/// A list of a dataset's members as it is stored.
pub type Cohort = pallet_settlement::Cohort<AccountId, BlockNumber>;
/// The cohorts of a dataset, and what waits for them.
pub type MembersView = pallet_settlement::MembersView<AccountId, BlockNumber>;

/// What a cohort got in an asset.
pub type Share = pallet_settlement::Share;

/// A leaf of a pool.
pub type Leaf = guerdon_share_tree::Leaf<AccountId>;
/// The tree of a pool that can be claimed.
pub type PoolSummary = guerdon_share_tree::Summary;
/// A leaf with what shows that it is one.
pub type Claim = pallet_settlement::Claim<AccountId>;

/// Most entries of one page, whatever is asked for.
pub const MAX_PAGE: u32 = 64;
/// Most leaves of one answer: a page of a share tree.
pub const MAX_LEAVES: u64 = guerdon_share_tree::PAGE_LEAVES;

/// A page of a list.
#[derive(Encode, Decode, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct Page<Item, Cursor> {
	/// The entries.
	pub items: Vec<Item>,
	/// Where to go on; `None` at the end.
	pub next: Option<Cursor>,
}

/// What an account has and is due.
#[derive(Encode, Decode, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct AccountView {
	/// Free balance.
	pub free: Balance,
	/// Held as deposits and bonds.
	pub held: Balance,
	/// Due now: unclaimed leaves of the first page of its history, and dues.
	pub claimable: Balance,
	/// The part of it that could not be paid when it was due.
	pub dues: Balance,
	/// Its contributions by run and role, the first page.
	pub contributions: Vec<Contribution>,
	/// Where its further contributions begin.
	pub next: Option<EntryKey>,
	/// What it has and is due in assets, where that is anything.
	pub assets: Vec<AssetBalance>,
}

/// What an account has and is due in an asset.
#[derive(Encode, Decode, TypeInfo, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct AssetBalance {
	/// The asset.
	pub asset: AssetId,
	/// Its balance.
	pub free: Balance,
	/// Due now, as in [`AccountView`].
	pub claimable: Balance,
	/// The part of it that could not be paid when it was due.
	pub dues: Balance,
}

/// An asset that runs can be paid in, or could.
#[derive(Encode, Decode, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct AssetView {
	/// Its id in the assets pallet.
	pub asset: AssetId,
	/// What settlement knows of it.
	pub allowed: AllowedAsset,
	/// Its name, in UTF-8.
	pub name: Vec<u8>,
	/// Its symbol, in UTF-8.
	pub symbol: Vec<u8>,
	/// The decimals that amounts are shown with.
	pub decimals: u8,
}

/// One contribution that is booked on an account or pays it.
#[derive(Encode, Decode, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct Contribution {
	/// The run.
	pub run: RunId,
	/// In which role.
	pub role: Role,
	/// Index in the table of that run and role.
	pub index: u32,
	/// What is booked.
	pub entry: Entry<AccountId>,
	/// The state that the run is in.
	pub state: pallet_training::State,
	/// The last block of that state; zero once the run was pruned.
	pub deadline: BlockNumber,
	/// The pool that pays it, once there is one.
	pub pool: Option<PoolId>,
	/// What the run is paid in.
	pub asset: Asset,
	/// What it is due in all, once that is known.
	pub entitlement: Option<Balance>,
	/// Whether that was paid.
	pub claimed: bool,
}

/// A request to unlearn a dataset.
#[derive(Encode, Decode, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct UnlearningView {
	/// The run that used the dataset.
	pub run: RunId,
	/// Who asked whom, until when, and what came of it.
	pub request: Unlearning,
	/// Where it stands.
	pub state: pallet_datasets::UnlearningState,
}

/// Something that happened to the leaves of a pool.
#[derive(Encode, Decode, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub enum PoolChange {
	/// Members were added to a cohort.
	Streamed {
		/// The cohort's pool.
		pool: PoolId,
		/// Index of the first one.
		from: u64,
		/// Their leaves.
		leaves: Vec<Leaf>,
	},
	/// A cohort is complete.
	Sealed {
		/// The cohort's pool.
		pool: PoolId,
		/// Its tree.
		summary: PoolSummary,
	},
	/// A cohort that was being built is no more.
	Abandoned {
		/// The cohort's pool.
		pool: PoolId,
	},
	/// A run's pool was completed that has more than 4,096 leaves: `leaves` answers them.
	Settled {
		/// The pool.
		pool: PoolId,
		/// Its tree.
		summary: PoolSummary,
	},
}

/// A run, its plan and its money.
#[derive(Encode, Decode, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct RunView {
	/// What changes.
	pub run: Run,
	/// What does not.
	pub plan: RunPlan,
	/// Its datasets.
	pub datasets: Vec<(DatasetId, RunDataset)>,
	/// Its tables, by role.
	pub tables: Vec<(Role, Table, Option<PoolId>)>,
	/// What its purses hold.
	pub escrow: Escrow,
	/// Where its money came from and where it is, in what it is paid in.
	pub books: RunBooks,
	/// The same of what it has in GRD for licences and tips, where it is paid in an asset.
	pub grd_books: Option<RunBooks>,
}

/// What an appraisal came to.
#[derive(Encode, Decode, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct AppraisalView {
	/// Where it stands.
	pub appraisal: Appraisal,
	/// Who committed, and the digest it revealed.
	pub commitments: Vec<(AccountId, Option<Digest>)>,
	/// The next item that may be streamed hashes to this; `None` while nothing is streamed.
	pub expected: Option<Digest>,
	/// Digest of the accepted appraisal.
	pub digest: Option<Digest>,
	/// Scores in units of 2^-64.
	pub scores: Vec<Score>,
}

/// A seat and how to reach who has it.
#[derive(Encode, Decode, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct SeatView {
	/// The account.
	pub account: AccountId,
	/// Its key.
	pub key: PublicKey,
	/// Its daemon.
	pub endpoint: Vec<u8>,
	/// First epoch in which it can be drawn.
	pub since: Epoch,
	/// First epoch in which it cannot any more.
	pub until: Option<Epoch>,
	/// What it bonded.
	pub bond: Balance,
	/// What is left of that after penalties.
	pub held: Balance,
	/// Whether it equivocated, so that nothing it signs counts any more.
	pub barred: bool,
}

/// A receipt behind a contribution.
#[derive(Encode, Decode, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct ReceiptView {
	/// The run.
	pub run: RunId,
	/// The receipt's id.
	pub id: Digest,
	/// What the chain keeps of it.
	pub receipt: AcceptedReceipt,
	/// Its task.
	pub task: Task,
}

/// Where one credit comes from: receipts, counts, scores, weight, split, credit.
#[derive(Encode, Decode, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct Explanation {
	/// The leaf, its proof and what it is due.
	pub leaf: LeafView<AccountId>,
	/// The contribution that the leaf was made from.
	pub entry: Entry<AccountId>,
	/// The table that it is part of.
	pub table: Table,
	/// The run's budget.
	pub budget: Balance,
	/// The role's part of it, per million.
	pub split_ppm: u32,
	/// The units planned for the role, zero where it is paid whole.
	pub planned_units: u64,
	/// Those that were done, which the role is paid by: for attestors the units of trainers and users.
	pub done_units: u128,
	/// What the pool was funded with.
	pub funded: Balance,
	/// What data providers' weights come from, once it is known.
	pub basis: Option<Basis>,
	/// The dataset's score in units of 2^-64.
	pub score: Option<i128>,
	/// Digest of the appraisal.
	pub appraisal: Option<Digest>,
	/// Receipts that count towards the units, the first [`MAX_PAGE`] of them among the run's first
	/// 4,096 tasks. Of a dataset's receipts those count that used records for the first time.
	pub receipts: Vec<ReceiptView>,
	/// Whether these are all of them.
	pub complete: bool,
}

/// Where a list of duties goes on: a run, and a task of it.
pub type DutyCursor = (RunId, TaskIndex);

/// What an account has to do.
#[derive(Encode, Decode, TypeInfo, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
	/// An owner: open an announcement with `datasets.publish`.
	Publish {
		/// What was announced.
		commitment: H256,
	},
	/// An owner: answer a run's request with `datasets.grant` or `datasets.revoke`.
	AnswerRequest {
		/// The run that asked.
		run: RunId,
		/// For which dataset.
		dataset: DatasetId,
	},
	/// An owner: serve a dataset to those who work with it.
	ServeDataset {
		/// The run.
		run: RunId,
		/// The dataset.
		dataset: DatasetId,
	},
	/// A sponsor: serve program, configuration, models, and the test set once it is revealed.
	ServeRun {
		/// The run.
		run: RunId,
	},
	/// A sponsor: post a batch of items with `training.post_feedback`.
	PostFeedback {
		/// The run.
		run: RunId,
		/// Number of the batch.
		batch: u32,
	},
	/// A sponsor: show the test set with `valuation.reveal_tests`.
	RevealTests {
		/// The run.
		run: RunId,
	},
	/// A trainer or user: have a task's receipt accepted with `training.submit`.
	Deliver {
		/// The run.
		run: RunId,
		/// The task.
		task: TaskIndex,
	},
	/// An attestor: judge the receipt of a task when its contributor asks.
	Attest {
		/// The run.
		run: RunId,
		/// The task.
		task: TaskIndex,
	},
	/// An appraiser: bind itself with `valuation.commit`.
	Commit {
		/// The run.
		run: RunId,
	},
	/// An appraiser: show what it committed to with `valuation.reveal`.
	Reveal {
		/// The run.
		run: RunId,
	},
	/// A sponsor: say whether the model unlearns a dataset with `datasets.answer_unlearning`.
	AnswerUnlearning {
		/// The run.
		run: RunId,
		/// The dataset.
		dataset: DatasetId,
	},
	/// An appraiser that agrees with the quorum: see that somebody brings the counts on chain with
	/// `valuation.stream`.
	Stream {
		/// The run.
		run: RunId,
	},
}

/// What happens when an account does not do it in time, besides losing what is at stake.
#[derive(Encode, Decode, TypeInfo, Clone, Copy, PartialEq, Eq, Debug)]
pub enum IfMissed {
	/// The announcement counts no more: whoever announced in between comes first.
	PriorityLost,
	/// The run goes on without the dataset.
	DatasetDropped,
	/// Work on it is missed, by others too, and what was not done is not paid.
	WorkUndone,
	/// It is not paid for this, and somebody else gets the work.
	NotPaid,
	/// There are no scores: licence prices divide the data providers' share.
	LicencePricesDecide,
	/// It is public that nobody answered.
	Overdue,
}

/// Something that an account owes.
#[derive(Encode, Decode, TypeInfo, Clone, Copy, PartialEq, Eq, Debug)]
pub struct Duty {
	/// What it is.
	pub action: Action,
	/// The last block for it.
	pub deadline: BlockNumber,
	/// What the account loses of what is held from it, or in escrow, if it does nothing.
	pub at_stake: Balance,
	/// What else happens then.
	pub if_missed: IfMissed,
}

sp_api::decl_runtime_apis! {
	/// What a wallet, a daemon or an auditor may ask of Guerdon.
	pub trait GuerdonApi {
		/// What an account has and is due.
		fn account(account: AccountId) -> AccountView;
		/// The leaves that pay an account, with proofs for pools of up to 4,096 leaves. A page may
		/// hold fewer entries than it looked at, and ends early rather than build trees of more than
		/// 4,096 leaves in all.
		fn claims(
			account: AccountId,
			cursor: Option<EntryKey>,
			limit: u32,
		) -> Page<LeafView<AccountId>, EntryKey>;
		/// A dataset.
		fn dataset(id: DatasetId) -> Option<Dataset>;
		/// Datasets by id, from `cursor` on.
		fn datasets(cursor: DatasetId, limit: u32) -> Page<(DatasetId, Dataset), DatasetId>;
		/// A run.
		fn run(id: RunId) -> Option<RunView>;
		/// Runs by id, from `cursor` on.
		fn runs(cursor: RunId, limit: u32) -> Page<(RunId, Run), RunId>;
		/// Tasks of a run by index, from `cursor` on.
		fn tasks(run: RunId, cursor: TaskIndex, limit: u32) -> Page<(TaskIndex, Task), TaskIndex>;
		/// Open tasks of an account in a run.
		fn tasks_for(
			run: RunId,
			account: AccountId,
			cursor: TaskIndex,
			limit: u32,
		) -> Page<(TaskIndex, Task), TaskIndex>;
		/// Who enrolled in a run.
		fn enrolment(run: RunId, account: AccountId) -> Option<Enrolment>;
		/// An accepted receipt.
		fn receipt(id: Digest) -> Option<ReceiptView>;
		/// Contributions that are booked on an account or pay it.
		fn contributions(
			account: AccountId,
			cursor: Option<EntryKey>,
			limit: u32,
		) -> Page<Contribution, EntryKey>;
		/// Entries of a table by index, from `cursor` on.
		fn table(
			run: RunId,
			role: Role,
			cursor: u32,
			limit: u32,
		) -> Page<(u32, Entry<AccountId>), u32>;
		/// A run's pool.
		fn pool(id: PoolId) -> Option<pallet_settlement::Pool>;
		/// The last block in which a run's pool can be claimed for sure; `None` when it cannot be claimed.
		fn pool_expires(id: PoolId) -> Option<BlockNumber>;
		/// A leaf of a run's pool of up to 4,096 leaves with its proof. The members of a cohort are not kept:
		/// proofs come from the events that listed them.
		fn leaf(pool: PoolId, index: u64) -> Option<LeafView<AccountId>>;
		/// Where the credit of a leaf comes from; told until the run is pruned.
		fn explain(pool: PoolId, index: u64) -> Option<Explanation>;
		/// What the pot holds of GRD or an asset, and owes.
		fn conservation(asset: Asset) -> Conservation;
		/// The assets that runs can be paid in, or could, by id.
		fn assets() -> Vec<AssetView>;
		/// Where a run's appraisal stands.
		fn appraisal(run: RunId) -> Option<AppraisalView>;
		/// Seats of a kind in seat order, from `cursor` on.
		fn seats(kind: Kind, cursor: u32, limit: u32) -> Page<SeatView, u32>;
		/// The current epoch.
		fn epoch() -> Epoch;
		/// What an account owes. `limit` bounds the runs and tasks that are looked at, so a page may
		/// hold fewer entries, or none, and still go on. Announcements are on the first page.
		fn duties(
			account: AccountId,
			cursor: Option<DutyCursor>,
			limit: u32,
		) -> Page<Duty, DutyCursor>;
		/// The call that pays a leaf, encoded for a wallet that can only sign. Whether it can be paid is
		/// not asked.
		fn claim_call(claim: Claim) -> Vec<u8>;
		/// The transaction that pays a leaf without a signature and without a fee. Whether the chain takes
		/// it is told by its validity.
		fn free_claim(claim: Claim) -> <Block as BlockT>::Extrinsic;
		/// What the block told of leaves that proofs cannot be made from by `leaf`.
		fn pool_changes() -> Vec<PoolChange>;
		/// The tree of a pool that can be claimed, a run's or a cohort.
		fn pool_summary(pool: PoolId) -> Option<PoolSummary>;
		/// Leaves of a run's sealed pool, from `from` on, at most [`MAX_LEAVES`]; none when there are none.
		fn leaves(pool: PoolId, from: u64) -> Vec<Leaf>;
		/// Requests to unlearn a dataset, after the one to the run `cursor`; the dataset may be retired.
		/// The order is that of storage keys: stable, and meaningless.
		fn unlearnings(
			dataset: DatasetId,
			cursor: Option<RunId>,
			limit: u32,
		) -> Page<UnlearningView, RunId>;
		/// The cohorts of a dataset, and what waits for them. `None` when there is neither.
		fn members(dataset: DatasetId) -> Option<MembersView>;
		/// A cohort by the id of its pool.
		fn cohort(pool: PoolId) -> Option<Cohort>;
		/// What a cohort got in an asset, by the id of the pool of that.
		fn share(pool: PoolId) -> Option<Share>;
		/// What a cohort got in assets, by the ids of its pools.
		fn shares(list: PoolId) -> Vec<(PoolId, Share)>;
		/// Whether a leaf of a run's pool was paid.
		fn is_claimed(pool: PoolId, index: u64) -> bool;
		/// What a leaf of a cohort was paid so far, or of what it got in an asset.
		fn drawn(pool: PoolId, index: u64) -> Balance;
	}
}
