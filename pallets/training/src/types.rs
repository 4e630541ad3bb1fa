//! What a run is made of.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use guerdon_receipt::{
	DatasetId, Digest, Epoch, PublicKey, Receipt, Role, Round, RunId, Signature, SignedAttestation,
	TaskIndex, Work,
};
use guerdon_valuation::FeatureSpec;
use pallet_settlement::Asset;
use pallet_valuation::Method;
use scale_info::TypeInfo;
use sp_core::H256;

/// Money, in units of 10^-12 GRD.
pub type Balance = u128;

/// Most datasets of one run.
pub const MAX_DATASETS: u32 = 64;
/// Most attestors of one committee; [`AcceptedReceipt::signers`] has a bit for each.
pub const MAX_COMMITTEE: u32 = 15;
/// Most receipts of one call of `submit`.
pub const MAX_SUBMISSIONS: u32 = 64;
/// Most accounts that can enrol in one run, trainers and users together.
pub const MAX_ENROLMENTS: u32 = 256;
/// Most training tasks of one round: [`Used`] has a bit for each.
pub const MAX_TASKS_PER_ROUND: u32 = 4_096;
/// Parts of a split.
pub const MILLION: u32 = 1_000_000;

/// Where something can be reached, as a URL or a peer address.
pub type Endpoint = BoundedVec<u8, ConstU32<128>>;
/// Accounts that were drawn for one task.
pub type Committee<AccountId> = BoundedVec<AccountId, ConstU32<MAX_COMMITTEE>>;
/// Accounts that tasks of one role are dealt to.
pub type Roster<AccountId> = BoundedVec<AccountId, ConstU32<MAX_ENROLMENTS>>;
/// One bit per training task of a round: whether its records were ever used.
pub type Used = BoundedVec<u8, ConstU32<512>>;
/// The receipts of one call of `submit`.
pub type Submissions = BoundedVec<Submission, ConstU32<MAX_SUBMISSIONS>>;

/// How many blocks each part of a run takes at most.
#[derive(
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
)]
pub struct Windows<BlockNumber> {
	/// For owners to answer.
	pub grant: BlockNumber,
	/// For trainers and users to enrol.
	pub enrol: BlockNumber,
	/// For one task, from being dealt to its accepted receipt.
	pub task: BlockNumber,
	/// For all rounds together.
	pub work: BlockNumber,
	/// For the sponsor to reveal the test set.
	pub test_reveal: BlockNumber,
	/// For appraisers to commit.
	pub appraise_commit: BlockNumber,
	/// For appraisers to reveal.
	pub appraise_reveal: BlockNumber,
	/// Between the appraisal and the division of the money.
	pub challenge: BlockNumber,
}

impl<BlockNumber: Copy> Windows<BlockNumber> {
	/// Every window.
	pub fn all(&self) -> [BlockNumber; 8] {
		[
			self.grant,
			self.enrol,
			self.task,
			self.work,
			self.test_reveal,
			self.appraise_commit,
			self.appraise_reveal,
			self.challenge,
		]
	}
}

/// What users are asked to label.
#[derive(
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
)]
pub struct FeedbackPlan {
	/// How many batches the sponsor may post.
	pub batches: u32,
	/// How many items a batch has at most; also its units.
	pub items_per_batch: u32,
	/// Commitment to the gold answers hidden among the items.
	pub gold_commitment: H256,
}

/// What a sponsor proposes. Nothing of it ever changes.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct RunPlan<BlockNumber> {
	/// Digest of the step program.
	pub program: H256,
	/// Digest of its configuration.
	pub config: H256,
	/// How records become vectors.
	pub features: FeatureSpec,
	/// Content root of the public validation set.
	pub validation: H256,
	/// Content root of the model that the first round starts from.
	pub initial_model: H256,
	/// `blake2_256("guerdon/tests/v1" | salt | test-set root)`.
	pub test_commitment: H256,
	/// Datasets to train on, each once.
	pub datasets: BoundedVec<DatasetId, ConstU32<MAX_DATASETS>>,
	/// Records of one training task; a dataset's last task may have fewer.
	pub records_per_task: u32,
	/// How often a task uses each of its records.
	pub passes: u16,
	/// Rounds, each over all datasets.
	pub rounds: u16,
	/// Units of one aggregation.
	pub aggregate_units: u32,
	/// What users are asked, if anything.
	pub feedback: Option<FeedbackPlan>,
	/// What budget and bond are in: an asset that is allowed, or GRD. Licences and tips are in GRD.
	pub asset: Asset,
	/// Divided among the roles.
	pub budget: Balance,
	/// The budget's split over `Role::ALL`, in parts per million; sums to exactly 1,000,000.
	pub split_ppm: [u32; 5],
	/// Escrowed on top of the budget for flat fees and prices per record.
	pub max_licence: Balance,
	/// Lost to the publishers if the test set is not revealed; at least a tenth of the budget.
	pub bond: Balance,
	/// Escrowed for whoever moves the run on.
	pub tip: Balance,
	/// Paid out of it for one call.
	pub tip_per_advance: Balance,
	/// Attestors drawn for each task.
	pub committee: u8,
	/// How many of them must sign: more than half.
	pub quorum: u8,
	/// Steps that each attestor re-executes.
	pub samples: u16,
	/// How many accounts may enrol. In a run with feedback half of the places are for users; an odd
	/// one is for a trainer.
	pub max_enrolments: u32,
	/// Appraisers drawn.
	pub appraisers: u8,
	/// How many of them must agree: more than half.
	pub appraiser_quorum: u8,
	/// How the data providers' share is divided.
	pub method: Method,
	/// How long everything takes at most.
	pub windows: Windows<BlockNumber>,
	/// Where the sponsor serves program, configuration and models.
	pub endpoint: Endpoint,
}

/// Where a run is in its life.
#[derive(
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
)]
pub enum State {
	/// Owners whose approval is by grant answer.
	Proposed,
	/// Trainers and users enrol.
	Enrolling,
	/// Rounds of tasks.
	Working,
	/// The test set is revealed and appraisers count.
	Appraising,
	/// A pause before the division. Nothing can be challenged yet.
	Challenge,
	/// Tables are closed; pools are built and funded.
	Settling,
	/// Everything is paid into pools.
	Settled,
	/// Ended without a division; the escrow went back.
	Cancelled,
}

/// Where a run in `Working` is in its round.
#[derive(
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
)]
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

/// What is known about a run's size from the day it is proposed.
#[derive(
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
)]
pub struct Planned {
	/// Training tasks of a round.
	pub tasks_per_round: u32,
	/// Units per role, in the order of `Role::ALL`: what trainers and users are to do, and for attestors
	/// both of these together. Zero for data providers and appraisers, whose shares are paid whole.
	pub units: [u64; 5],
}

/// A run: everything about it that changes.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct Run<AccountId, BlockNumber> {
	/// Who proposed it and pays.
	pub sponsor: AccountId,
	/// Where it is in its life.
	pub state: State,
	/// Last block of the state; after it `advance` is due. The block of the end once it is over.
	pub deadline: BlockNumber,
	/// Held from the sponsor for the run's storage.
	pub deposit: Balance,
	/// The size that units and prices come from.
	pub planned: Planned,
	/// Current round, from 0; equal to the plan's `rounds` when all are done.
	pub round: Round,
	/// Where the round is.
	pub stage: Stage,
	/// Epoch whose seed deals the current round's training tasks.
	pub draw_epoch: Epoch,
	/// Epoch whose seed deals this round's aggregation and the next round's training tasks.
	pub next_draw_epoch: Epoch,
	/// Content root of the model that the current round starts from; the run's result in the end.
	pub model: Digest,
	/// Training tasks of this round that are open or wait to be dealt again.
	pub round_open: u32,
	/// Training tasks of this round that are done.
	pub round_done: u32,
	/// Feedback batches posted.
	pub feedback_posted: u32,
	/// Feedback batches that are open or wait to be dealt.
	pub feedback_open: u32,
	/// Receipts accepted.
	pub accepted: u32,
	/// Index of the next task that is dealt.
	pub next_task: TaskIndex,
	/// Every task before this one is done or missed.
	pub sweep: TaskIndex,
	/// Number of the first entry of the queue.
	pub queue_head: u32,
	/// Number that the next entry of the queue gets.
	pub queue_tail: u32,
	/// Accounts enrolled whose deposit is still held.
	pub enrolled: u32,
	/// Invitations that nobody has used or taken back.
	pub invited: Invited,
	/// Due to each account enrolled in a run that was cancelled while enrolling.
	pub kill_fee_each: Balance,
	/// Whether the sponsor revealed the test set in time; `None` before that is known.
	pub revealed: Option<bool>,
}

/// Whether a run uses a dataset.
#[derive(
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
)]
pub enum Standing {
	/// Its owner has not answered yet, or need not.
	Asked,
	/// It is part of the run.
	Admitted,
	/// It was not granted in time or could not be used any more.
	Dropped,
}

/// What a run keeps about one of its datasets.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct RunDataset<AccountId> {
	/// Whether the run uses it.
	pub standing: Standing,
	/// Who published it.
	pub owner: AccountId,
	/// Who is paid: as of the last time that records were used, and from settling on as of then.
	pub payout: AccountId,
	/// Content root.
	pub root: H256,
	/// Number of records.
	pub records: u64,
	/// Due once, as of the proposal.
	pub flat_fee: Balance,
	/// Due per record used, as of the proposal.
	pub price_per_record: Balance,
	/// Number of training tasks of a round before this dataset's first.
	pub offset: u32,
	/// Records used by accepted tasks, each counted once.
	pub used: u64,
	/// Licence price that vested.
	pub vested: Balance,
}

/// A trainer or user of a run.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct Enrolment<AccountId> {
	/// Trainer or user.
	pub role: Role,
	/// Signs the receipts.
	pub key: PublicKey,
	/// Is paid.
	pub payout: AccountId,
	/// Where attestors fetch the work.
	pub endpoint: Endpoint,
	/// Tasks dealt that left the whole window to do them.
	pub dealt: u32,
	/// Receipts accepted.
	pub accepted: u32,
	/// Tasks missed since the last accepted receipt.
	pub strikes: u8,
}

/// What is held for an enrolment.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct EnrolmentDeposit<AccountId> {
	/// From whom: who enrolled, or who invited it.
	pub payer: AccountId,
	/// How much.
	pub amount: Balance,
}

/// A deposit that somebody pays for somebody else's enrolment.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct Invitation<AccountId> {
	/// Who pays.
	pub inviter: AccountId,
	/// As what the invited account may enrol.
	pub role: Role,
	/// Held from the inviter.
	pub deposit: Balance,
}

/// How many invitations of a run are open.
#[derive(
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Clone,
	Copy,
	Default,
	PartialEq,
	Eq,
	Debug,
)]
pub struct Invited {
	/// To train.
	pub trainers: u32,
	/// To give feedback.
	pub users: u32,
}

impl Invited {
	/// The count of a role.
	pub(crate) fn of(&mut self, role: Role) -> &mut u32 {
		match role {
			Role::User => &mut self.users,
			_ => &mut self.trainers,
		}
	}
}

/// Where a task is.
#[derive(
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
)]
pub enum TaskState {
	/// Waits for its receipt.
	Open,
	/// Counted, once and for all.
	Done {
		/// Id of the receipt.
		receipt: Digest,
	},
	/// Its deadline passed.
	Missed,
	/// Its contributor asked for another committee: the work is dealt again, as another task.
	Replaced,
}

/// A fixed piece of work that was dealt to one contributor.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct Task<AccountId, BlockNumber> {
	/// What is asked.
	pub work: Work,
	/// In which round.
	pub round: Round,
	/// What it is worth.
	pub units: u64,
	/// Who does it.
	pub contributor: AccountId,
	/// Who may attest it, in the order drawn.
	pub committee: Committee<AccountId>,
	/// Epoch whose seed drew contributor and committee.
	pub epoch: Epoch,
	/// Content root of the model that the work starts from.
	pub base_model: Digest,
	/// Last block in which its receipt is accepted.
	pub deadline: BlockNumber,
	/// How often the same work was dealt, this time included; a task and the one that replaces it are
	/// one attempt.
	pub attempt: u8,
	/// The task that it replaces with another committee.
	pub replaces: Option<TaskIndex>,
	/// Where it is.
	pub state: TaskState,
}

/// Whom waiting work may be dealt to.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub enum Whom<AccountId> {
	/// Whoever does such work.
	Anyone,
	/// Not who missed it last, if there is anybody else.
	NotBy(AccountId),
	/// The contributor of the task that it replaces, with none of that task's committee if there are
	/// enough others; whoever does such work if that contributor is on the roster no more.
	Again(TaskIndex),
}

/// Work that waits for its epoch's seed to be dealt.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct Pending<AccountId> {
	/// What is asked.
	pub work: Work,
	/// In which round.
	pub round: Round,
	/// What it is worth.
	pub units: u64,
	/// How often it was missed before.
	pub missed: u8,
	/// Whom it may be dealt to.
	pub whom: Whom<AccountId>,
	/// Epoch whose seed deals it.
	pub epoch: Epoch,
}

/// What keeps draws under one seed apart: its encoding is the context of `committee::draw` and
/// `committee::deal`. It is fixed before the seed is known, so nobody can choose a draw by choosing
/// when, or in what order, tasks are dealt. An aggregation is queued when its seed is known already,
/// so its number in the queue is no part of it.
#[derive(Encode, Decode, TypeInfo, Clone, Copy, PartialEq, Eq, Debug)]
pub enum DrawContext {
	/// Which trainer gets which of a round's training tasks (`committee::deal`).
	Round {
		/// The run.
		run: RunId,
		/// The round.
		round: Round,
	},
	/// The committee of a round's training task.
	Chunk {
		/// The run.
		run: RunId,
		/// The round.
		round: Round,
		/// Number of the task within the round.
		position: u32,
	},
	/// Who gets work from the queue.
	Queued {
		/// The run.
		run: RunId,
		/// Number in the queue.
		number: u32,
	},
	/// The committee of work from the queue.
	QueuedCommittee {
		/// The run.
		run: RunId,
		/// Number in the queue.
		number: u32,
	},
	/// Who aggregates a round, at the first attempt.
	Aggregate {
		/// The run.
		run: RunId,
		/// The round.
		round: Round,
	},
	/// The committee of that.
	AggregateCommittee {
		/// The run.
		run: RunId,
		/// The round.
		round: Round,
	},
}

/// One receipt as it is handed in.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct Submission {
	/// The receipt.
	pub receipt: Receipt,
	/// ed25519 over `Receipt::pae` by the contributor's key.
	pub signature: Signature,
	/// Attestations by members of the task's committee.
	pub attestations: BoundedVec<SignedAttestation, ConstU32<MAX_COMMITTEE>>,
}

/// What the chain keeps of a receipt.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct AcceptedReceipt<BlockNumber> {
	/// Its task.
	pub task: TaskIndex,
	/// Content root of what the work produced.
	pub result: Digest,
	/// Block in which it was accepted.
	pub height: BlockNumber,
	/// Bit `i` is set when member `i` of the task's committee signed.
	pub signers: u16,
	/// Correct answers per million on the public validation set, before and after.
	pub metric: (u32, u32),
}

/// Why a receipt was refused. The first check that fails, in this order, is the reason.
#[derive(
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
)]
pub enum Refusal {
	/// It is for another chain: sign with this chain's genesis hash.
	WrongGenesis,
	/// The receipt's version is not known here.
	UnknownVersion,
	/// It is for another run: submit it there.
	WrongRun,
	/// The run takes no receipts: it is not in `Working`.
	RunNotWorking,
	/// No such task was dealt in this run.
	TaskNotFound,
	/// The task is done: it counts once.
	TaskDone,
	/// The task has another committee now, under another index: do the task that replaces it.
	TaskReplaced,
	/// The task was dealt to somebody else.
	NotYourTask,
	/// The task's deadline passed: the work is dealt again.
	DeadlinePassed,
	/// The receipt's own last block passed: sign a new one.
	Expired,
	/// The work did not start from the task's base model.
	WrongBaseModel,
	/// A receipt needs at least one step.
	NoSteps,
	/// A metric is above one million.
	MetricOutOfRange,
	/// The contributor's signature does not hold for these bytes.
	BadSignature,
	/// Fewer than a quorum of distinct, active members of the task's committee signed this receipt.
	QuorumNotReached,
	/// The contribution could not be booked: the ledger refused it.
	LedgerRefused,
}
