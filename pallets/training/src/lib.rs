#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod api;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod impls;
#[cfg(test)]
#[allow(
	missing_docs,
	clippy::as_conversions,
	clippy::arithmetic_side_effects,
	clippy::expect_used,
	clippy::indexing_slicing,
	clippy::panic,
	clippy::unwrap_used
)]
mod mock;
#[cfg(test)]
mod tests;
mod try_state;
#[allow(clippy::as_conversions, reason = "what the derives expand to")]
mod types;
pub mod weights;

pub use api::Forfeits;
pub use impls::read::{DatasetView, TaskPage};
pub use pallet::*;
pub use types::*;
pub use weights::WeightInfo;

#[allow(
	clippy::as_conversions,
	clippy::arithmetic_side_effects,
	clippy::expect_used,
	clippy::indexing_slicing,
	clippy::panic,
	clippy::unwrap_used,
	reason = "what FRAME's macros expand to; the logic is in impls/"
)]
#[frame_support::pallet]
pub mod pallet {
	use super::{Task, *};
	use alloc::boxed::Box;
	use frame_support::{
		pallet_prelude::*,
		traits::fungible::{self, hold, Inspect as _},
	};
	use frame_system::pallet_prelude::*;
	use guerdon_receipt::{
		AccountBytes, DatasetId, Digest, Epoch, PublicKey, Role, Round, RunId, Signature, TaskIndex,
	};
	use pallet_attestors::Draws;
	use pallet_contributions::Ledger;
	use pallet_datasets::Catalogue;
	use pallet_settlement::{Asset, Treasurer};
	use pallet_valuation::{Appraisals, Basis};
	use sp_core::H256;

	/// The plan of a run on this chain.
	pub type PlanOf<T> = RunPlan<BlockNumberFor<T>>;
	/// A run on this chain.
	pub type RunOf<T> = Run<<T as frame_system::Config>::AccountId, BlockNumberFor<T>>;
	/// A task on this chain.
	pub type TaskOf<T> = Task<<T as frame_system::Config>::AccountId, BlockNumberFor<T>>;
	/// A dataset of a run on this chain.
	pub type RunDatasetOf<T> = RunDataset<<T as frame_system::Config>::AccountId>;
	/// An enrolment on this chain.
	pub type EnrolmentOf<T> = Enrolment<<T as frame_system::Config>::AccountId>;
	/// What is held for an enrolment on this chain.
	pub type EnrolmentDepositOf<T> = EnrolmentDeposit<<T as frame_system::Config>::AccountId>;
	/// An invitation on this chain.
	pub type InvitationOf<T> = Invitation<<T as frame_system::Config>::AccountId>;
	/// Waiting work on this chain.
	pub type PendingOf<T> = Pending<<T as frame_system::Config>::AccountId>;

	/// What the pallet needs from the chain.
	#[pallet::config]
	pub trait Config:
		frame_system::Config<
		RuntimeEvent: From<Event<Self>>,
		AccountId: From<AccountBytes> + Into<AccountBytes>,
	>
	{
		/// Weights of the calls.
		type WeightInfo: WeightInfo;
		/// The runtime's reasons for holding money.
		type RuntimeHoldReason: From<HoldReason>;
		/// Holds deposits, and hands out purses.
		type Currency: hold::Mutate<Self::AccountId, Reason = Self::RuntimeHoldReason, Balance = Balance>
			+ fungible::Mutate<Self::AccountId>;
		/// Datasets and their licences.
		type Catalogue: Catalogue<Self::AccountId, Balance, BlockNumberFor<Self>>;
		/// Attestors, epochs and seeds.
		type Draws: Draws<Self::AccountId>;
		/// Books accepted contributions.
		type Ledger: Ledger<Self::AccountId>;
		/// Appraises runs.
		type Appraisals: Appraisals<Self::AccountId, BlockNumberFor<Self>>;
		/// Keeps the escrow and divides it.
		type Treasurer: Treasurer<Self::AccountId, Balance>;
		/// Divides the deposits of who enrolled and never delivered, or asked for another committee in
		/// vain.
		type Forfeits: Forfeits<Self::AccountId>;
		/// Deposit for a run.
		#[pallet::constant]
		type RunDeposit: Get<Balance>;
		/// Deposit for each dataset of a run.
		#[pallet::constant]
		type UseDeposit: Get<Balance>;
		/// Deposit for each attestor that a run may lock.
		#[pallet::constant]
		type LockDeposit: Get<Balance>;
		/// Most attestors there are.
		#[pallet::constant]
		type MaxLocks: Get<u32>;
		/// Deposit for each planned task, with all its attempts, what replaces them, and its receipt.
		#[pallet::constant]
		type TaskDeposit: Get<Balance>;
		/// Deposit for each account that may enrol: its enrolment is kept longer than it.
		#[pallet::constant]
		type PlaceDeposit: Get<Balance>;
		/// Deposit for an enrolment.
		#[pallet::constant]
		type EnrolmentDeposit: Get<Balance>;
		/// Deposit of a contributor for another committee.
		#[pallet::constant]
		type CommitteeDeposit: Get<Balance>;
		/// Most that an invitation can give along.
		#[pallet::constant]
		type MaxPurse: Get<Balance>;
		/// Part of the budget, per million, that goes to whoever enrolled in a run that is then
		/// cancelled.
		#[pallet::constant]
		type KillFeePpm: Get<u32>;
		/// Shortest window in blocks.
		#[pallet::constant]
		type MinWindow: Get<BlockNumberFor<Self>>;
		/// Longest window in blocks.
		#[pallet::constant]
		type MaxWindow: Get<BlockNumberFor<Self>>;
		/// Most training tasks of one round, at most [`MAX_TASKS_PER_ROUND`].
		#[pallet::constant]
		type MaxTasksPerRound: Get<u32>;
		/// Most planned tasks of one run.
		#[pallet::constant]
		type MaxTasksPerRun: Get<u32>;
		/// How often the same work is dealt at most.
		#[pallet::constant]
		type MaxAttempts: Get<u8>;
		/// Tasks missed in a row after which nothing more is dealt to an account.
		#[pallet::constant]
		type MaxStrikes: Get<u8>;
		/// Fewest appraisers of a run.
		#[pallet::constant]
		type MinAppraisers: Get<u8>;
		/// Most appraisers of a run.
		#[pallet::constant]
		type MaxAppraisers: Get<u8>;
		/// Blocks for which a settled run's tasks and receipts are kept before they may be pruned.
		#[pallet::constant]
		type RetentionBlocks: Get<BlockNumberFor<Self>>;
		/// Calls with a smaller `limit` earn no tip.
		#[pallet::constant]
		type MinTippedLimit: Get<u32>;
	}

	/// Why this pallet holds money.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// A sponsor's deposit for a run's storage.
		Run,
		/// A trainer's or user's deposit.
		Enrolment,
		/// A deposit for the enrolment of somebody else.
		Invitation,
		/// A contributor's deposit for another committee.
		Committee,
	}

	#[pallet::pallet]
	pub struct Pallet<T>(_);

	/// Id of the next run.
	#[pallet::storage]
	pub type NextRunId<T> = StorageValue<_, RunId, ValueQuery>;

	/// Runs that have not been pruned.
	#[pallet::storage]
	pub type Runs<T: Config> = StorageMap<_, Twox64Concat, RunId, RunOf<T>>;

	/// What each run's sponsor proposed.
	#[pallet::storage]
	pub type Plans<T: Config> = StorageMap<_, Twox64Concat, RunId, PlanOf<T>>;

	/// The datasets of each run.
	#[pallet::storage]
	pub type RunDatasets<T: Config> =
		StorageDoubleMap<_, Twox64Concat, RunId, Twox64Concat, DatasetId, RunDatasetOf<T>>;

	/// Which training tasks' records were ever used, by position in the round.
	#[pallet::storage]
	pub type UsedChunks<T> = StorageMap<_, Twox64Concat, RunId, Used, ValueQuery>;

	/// Who enrolled in each run.
	#[pallet::storage]
	pub type Enrolments<T: Config> = StorageDoubleMap<
		_,
		Twox64Concat,
		RunId,
		Blake2_128Concat,
		<T as frame_system::Config>::AccountId,
		EnrolmentOf<T>,
	>;

	/// What is held for each enrolment. It goes before the enrolment, whose key and endpoint are
	/// needed for as long as the receipts are kept.
	#[pallet::storage]
	pub type EnrolmentDeposits<T: Config> = StorageDoubleMap<
		_,
		Twox64Concat,
		RunId,
		Blake2_128Concat,
		<T as frame_system::Config>::AccountId,
		EnrolmentDepositOf<T>,
	>;

	/// Enrolments that are paid for and not made yet, by who may make them.
	#[pallet::storage]
	pub type Invitations<T: Config> = StorageDoubleMap<
		_,
		Twox64Concat,
		RunId,
		Blake2_128Concat,
		<T as frame_system::Config>::AccountId,
		InvitationOf<T>,
	>;

	/// To whom tasks are dealt, by role.
	#[pallet::storage]
	pub type Rosters<T: Config> = StorageDoubleMap<
		_,
		Twox64Concat,
		RunId,
		Twox64Concat,
		Role,
		Roster<<T as frame_system::Config>::AccountId>,
		ValueQuery,
	>;

	/// Tasks that were dealt.
	#[pallet::storage]
	pub type Tasks<T: Config> =
		StorageDoubleMap<_, Twox64Concat, RunId, Twox64Concat, TaskIndex, TaskOf<T>>;

	/// What is held from contributors who asked for another committee: under the task that was
	/// replaced while its work waits, under the one that replaces it once that is dealt.
	#[pallet::storage]
	pub type CommitteeDeposits<T> =
		StorageDoubleMap<_, Twox64Concat, RunId, Twox64Concat, TaskIndex, Balance>;

	/// Work that waits to be dealt, first in, first out.
	#[pallet::storage]
	pub type Queue<T: Config> =
		StorageDoubleMap<_, Twox64Concat, RunId, Twox64Concat, u32, PendingOf<T>>;

	/// Receipts that were accepted.
	#[pallet::storage]
	pub type Receipts<T: Config> = StorageDoubleMap<
		_,
		Twox64Concat,
		RunId,
		Identity,
		Digest,
		AcceptedReceipt<BlockNumberFor<T>>,
	>;

	/// The run and the task of an accepted receipt.
	#[pallet::storage]
	pub type ReceiptTasks<T> = StorageMap<_, Identity, Digest, (RunId, TaskIndex)>;

	/// Attestors whose bond a run keeps in place.
	#[pallet::storage]
	pub type Locks<T: Config> = StorageDoubleMap<
		_,
		Twox64Concat,
		RunId,
		Blake2_128Concat,
		<T as frame_system::Config>::AccountId,
		(),
	>;

	/// What happened to runs, tasks and receipts.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A run was proposed and its escrow is in.
		RunProposed {
			/// The run.
			run: RunId,
			/// Who pays.
			sponsor: T::AccountId,
			/// What is divided.
			budget: Balance,
			/// In what.
			asset: Asset,
		},
		/// A run entered a state.
		StateEntered {
			/// The run.
			run: RunId,
			/// The state.
			state: State,
			/// Its last block.
			deadline: BlockNumberFor<T>,
		},
		/// A run goes on with a dataset.
		DatasetAdmitted {
			/// The run.
			run: RunId,
			/// The dataset.
			dataset: DatasetId,
		},
		/// A run goes on without a dataset.
		DatasetDropped {
			/// The run.
			run: RunId,
			/// The dataset.
			dataset: DatasetId,
		},
		/// Somebody enrolled.
		Enrolled {
			/// The run.
			run: RunId,
			/// Who.
			who: T::AccountId,
			/// Trainer or user.
			role: Role,
		},
		/// Somebody can enrol without a deposit of its own, and got a purse for first fees.
		InvitationMade {
			/// The run.
			run: RunId,
			/// Who can.
			who: T::AccountId,
			/// Trainer or user.
			role: Role,
			/// Who pays.
			inviter: T::AccountId,
			/// What was given along.
			purse: Balance,
		},
		/// An invitation that was not used is gone, and its deposit came back.
		InvitationReleased {
			/// The run.
			run: RunId,
			/// Who was invited.
			who: T::AccountId,
			/// Whose deposit it was.
			inviter: T::AccountId,
			/// The deposit.
			amount: Balance,
		},
		/// Somebody left before the work began, and the deposit came back to whoever paid it.
		EnrolmentWithdrawn {
			/// The run.
			run: RunId,
			/// Who.
			who: T::AccountId,
		},
		/// Nothing more is dealt to somebody who missed too many tasks in a row.
		StruckOff {
			/// The run.
			run: RunId,
			/// Who.
			who: T::AccountId,
		},
		/// The run is over and an enrolment's deposit came back.
		EnrolmentReleased {
			/// The run.
			run: RunId,
			/// Who.
			who: T::AccountId,
			/// Whose deposit it was: who enrolled, or who invited it.
			payer: T::AccountId,
			/// The deposit.
			amount: Balance,
		},
		/// The run is over and an enrolment's deposit is lost: tasks were dealt in time, none was done.
		EnrolmentForfeited {
			/// The run.
			run: RunId,
			/// Who.
			who: T::AccountId,
			/// Whose deposit it was: who enrolled, or who invited it.
			payer: T::AccountId,
			/// The deposit.
			amount: Balance,
		},
		/// Somebody enrolled in a cancelled run got a part of the kill fee.
		KillFeePaid {
			/// The run.
			run: RunId,
			/// Who was paid.
			payee: T::AccountId,
			/// How much.
			amount: Balance,
		},
		/// A batch of items waits to be dealt to a user.
		FeedbackPosted {
			/// The run.
			run: RunId,
			/// Number of the batch.
			batch: u32,
			/// How many items it has.
			items: u32,
		},
		/// Nobody dealt while the seed was kept: it is dealt with a later epoch's.
		DrawPutOff {
			/// The run.
			run: RunId,
			/// The epoch.
			epoch: Epoch,
		},
		/// A task was dealt.
		TaskDealt {
			/// The run.
			run: RunId,
			/// The task.
			task: TaskIndex,
			/// Who does it.
			contributor: T::AccountId,
			/// Last block for its receipt.
			deadline: BlockNumberFor<T>,
		},
		/// A task's deadline passed without a receipt.
		TaskMissed {
			/// The run.
			run: RunId,
			/// The task.
			task: TaskIndex,
			/// Who missed it.
			contributor: T::AccountId,
			/// Whether the work is dealt again.
			again: bool,
		},
		/// A contributor asked for another committee: the task is closed, and its work waits to be dealt
		/// to the same contributor again.
		CommitteeRequested {
			/// The run.
			run: RunId,
			/// The task that was closed.
			task: TaskIndex,
			/// Who asked.
			contributor: T::AccountId,
			/// Held until it is known what comes of it.
			deposit: Balance,
		},
		/// The deposit for another committee came back.
		CommitteeDepositReleased {
			/// The run.
			run: RunId,
			/// The task that replaces the other; the one that was closed, if none does.
			task: TaskIndex,
			/// Whose deposit it was.
			contributor: T::AccountId,
			/// The deposit.
			amount: Balance,
		},
		/// The deposit for another committee is lost: the task was missed with that one too.
		CommitteeDepositForfeited {
			/// The run.
			run: RunId,
			/// The task that was missed.
			task: TaskIndex,
			/// Whose deposit it was.
			contributor: T::AccountId,
			/// The deposit.
			amount: Balance,
		},
		/// Waiting work was given up: its dataset may not be used any more, or nobody is left.
		WorkDropped {
			/// The run.
			run: RunId,
			/// Number in the queue.
			queued: u32,
		},
		/// A receipt was accepted and its task is done.
		ReceiptAccepted {
			/// The run.
			run: RunId,
			/// The task.
			task: TaskIndex,
			/// Id of the receipt.
			receipt: Digest,
			/// Who did it.
			contributor: T::AccountId,
			/// What it counts.
			units: u64,
			/// Bit `i` is set when member `i` of the committee signed.
			signers: u16,
		},
		/// A receipt was refused; the others of its batch are not affected.
		ReceiptRefused {
			/// The run.
			run: RunId,
			/// The task that the receipt names.
			task: TaskIndex,
			/// Id of the receipt.
			receipt: Digest,
			/// Why.
			reason: Refusal,
		},
		/// A round has its aggregate.
		RoundFinished {
			/// The run.
			run: RunId,
			/// The round.
			round: Round,
			/// Content root of the new model.
			model: Digest,
		},
		/// The appraisal is over and the weights are final.
		Appraised {
			/// The run.
			run: RunId,
			/// Whether the sponsor revealed the test set in time.
			revealed: bool,
			/// What the weights were computed from.
			basis: Basis,
		},
		/// Somebody moved the run on and was paid for it.
		TipPaid {
			/// The run.
			run: RunId,
			/// Who.
			who: T::AccountId,
			/// How much.
			amount: Balance,
		},
		/// Everything about a run was removed and the sponsor's deposit came back.
		RunPruned {
			/// The run.
			run: RunId,
			/// The deposit.
			deposit: Balance,
		},
	}

	/// Why a call was refused.
	#[pallet::error]
	pub enum Error<T> {
		/// There is no such run, or it was pruned: check the id.
		RunNotFound,
		/// Only the run's sponsor may do this.
		NotAuthorized,
		/// The run is not in the state that this call needs.
		WrongState,
		/// The deadline for this passed.
		TooLate,
		/// Nothing is due now: wait for the deadline, the next epoch or a receipt.
		NothingDue,
		/// `limit` must be at least one.
		ZeroLimit,
		/// A run needs at least one dataset.
		NoDatasets,
		/// Each dataset may be named only once.
		DuplicateDataset,
		/// There is no such dataset.
		DatasetNotFound,
		/// The sponsor must not own a dataset of the run.
		SponsorOwnsDataset,
		/// Datasets below 32 records cannot be valued by threshold-KNN.
		DatasetTooSmall,
		/// The feature spec cannot be meant: see `FeatureSpec::check`.
		BadFeatures,
		/// The split must sum to exactly 1,000,000.
		SplitNotWhole,
		/// The budget must not be zero.
		ZeroBudget,
		/// A run needs at least one round.
		ZeroRounds,
		/// A task needs at least one pass.
		ZeroPasses,
		/// A task needs at least one record.
		ZeroRecordsPerTask,
		/// An aggregation must be worth at least one unit.
		ZeroAggregateUnits,
		/// An attestor must re-execute at least one step.
		ZeroSamples,
		/// The bond must be at least a tenth of the budget.
		BondTooSmall,
		/// A committee has 1 to 15 members.
		CommitteeOutOfBounds,
		/// The quorum must be more than half of the committee, and no more than all of it.
		QuorumOutOfBounds,
		/// Between 1 and 256 accounts can enrol; at least 2, one for each role, if users are asked.
		EnrolmentsOutOfBounds,
		/// The number of appraisers is outside of what the chain allows.
		AppraisersOutOfBounds,
		/// The appraisers' quorum must be more than half of them, and no more than all.
		AppraiserQuorumOutOfBounds,
		/// A feedback plan needs at least one batch of at least one item.
		EmptyFeedback,
		/// One tip must not be more than all tips together.
		TipTooSmall,
		/// A window is shorter or longer than the chain allows.
		WindowOutOfBounds,
		/// The plan has more tasks than the chain allows: take more records per task.
		TooManyTasks,
		/// The plan's numbers are too large to add up.
		PlanTooLarge,
		/// `max_licence` must cover every flat fee and every record's price.
		LicenceCeilingTooLow,
		/// A pot can neither enrol nor be paid: name another account.
		PotNotAllowed,
		/// One enrols as a trainer or as a user.
		RoleNotAllowed,
		/// The run asks users for nothing.
		NoFeedbackPlanned,
		/// The sponsor and the owners of the run's datasets cannot enrol.
		ConflictOfInterest,
		/// This account is enrolled already.
		AlreadyEnrolled,
		/// This account is not enrolled.
		NotEnrolled,
		/// The run takes no more enrolments.
		EnrolmentsExceeded,
		/// The key is of small order or not canonical: make another one.
		BadKey,
		/// The signature does not prove possession of the key for this account on this chain.
		BadPossession,
		/// All planned batches were posted.
		BatchesExceeded,
		/// A batch has at least one item and no more than planned.
		ItemsOutOfBounds,
		/// Nobody is left to whom this could be dealt.
		NobodyEnrolled,
		/// The epoch that deals this work has not begun: try again then.
		SeedPending,
		/// Too few attestors can be drawn: it is tried again with a later epoch's set.
		NotEnoughAttestors,
		/// A batch of submissions needs at least one receipt.
		EmptyBatch,
		/// The run's records are kept until their retention ends.
		StillRetained,
		/// The window for the work must leave time to draw a task and to do it.
		WorkTooShort,
		/// This is not the next batch: a batch that was posted need not be posted again.
		WrongBatch,
		/// Threshold-KNN values 1,048,576 records at most: name fewer datasets, or divide by licence
		/// price.
		TooManyRecords,
		/// No such task was dealt in this run.
		TaskNotFound,
		/// The task was dealt to somebody else: only its contributor can ask for another committee.
		NotYourTask,
		/// The task is done, missed or replaced: only an open one can get another committee.
		TaskClosed,
		/// This attempt has its second committee already: hand the task in, or miss it.
		AlreadyReplaced,
		/// The committee still has time: ask for another one in the second half of the task's window.
		TooEarly,
		/// Only the sponsor and the owners of a run's admitted datasets can invite.
		CannotInvite,
		/// This account has an invitation to this run: it must be used or withdrawn first.
		AlreadyInvited,
		/// This account has no invitation to this run: it was used, or there never was one.
		NotInvited,
		/// Only whoever made an invitation can withdraw it.
		NotYourInvitation,
		/// As many invitations are open as the run has places of that role: withdraw one first.
		InvitationsExceeded,
		/// A purse is between the existential deposit and `MaxPurse`.
		PurseOutOfBounds,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn integrity_test() {
			assert!(
				T::MaxTasksPerRound::get() <= MAX_TASKS_PER_ROUND,
				"one bit per task"
			);
			const {
				assert!(
					MAX_DATASETS <= pallet_valuation::MAX_VESTED
						&& MAX_DATASETS <= pallet_settlement::MAX_LICENCES,
					"every dataset of a run can be valued and paid"
				)
			};
			assert!(
				MAX_ENROLMENTS <= pallet_valuation::MAX_USERS
					&& MAX_ENROLMENTS
						.saturating_add(MAX_DATASETS)
						.saturating_add(1) <= pallet_valuation::MAX_EXCLUDED,
				"everybody with a part in a run can be weighed, and kept from appraising it"
			);
			assert!(
				u32::from(T::MaxAppraisers::get()) <= pallet_valuation::MAX_APPRAISERS,
				"as many appraisers as planned can be drawn"
			);
			const {
				assert!(
					MILLION == pallet_settlement::WHOLE_PPM,
					"a split that is accepted can be paid"
				)
			};
			assert!(
				T::KillFeePpm::get() <= MILLION,
				"a kill fee is part of the budget"
			);
			assert!(T::MinWindow::get() >= 1u32.into(), "no window is empty");
			assert!(
				T::MinWindow::get() <= T::MaxWindow::get(),
				"some window is allowed"
			);
			assert!(
				T::MaxAttempts::get() >= 1 && T::MaxStrikes::get() >= 1,
				"work is dealt"
			);
			assert!(
				T::EnrolmentDeposit::get() >= T::Currency::minimum_balance()
					&& T::CommitteeDeposit::get() >= T::Currency::minimum_balance(),
				"a forfeited deposit can be received"
			);
			assert!(
				T::MaxPurse::get() >= T::Currency::minimum_balance(),
				"some purse is allowed"
			);
			assert!(
				T::MinAppraisers::get() >= 1 && T::MinAppraisers::get() <= T::MaxAppraisers::get(),
				"some number of appraisers is allowed"
			);
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call(weight(<T as Config>::WeightInfo))]
	impl<T: Config> Pallet<T> {
		/// Proposes a run and escrows its money.
		///
		/// The caller becomes its sponsor and pays budget, licence ceiling, bond and tips into the
		/// pot, and a storage deposit that is held. Owners whose datasets need a grant are asked.
		///
		/// Emits `RunProposed`.
		#[pallet::call_index(0)]
		#[pallet::weight(Pallet::<T>::propose_weight(plan))]
		pub fn propose(origin: OriginFor<T>, plan: Box<PlanOf<T>>) -> DispatchResult {
			Self::do_propose(ensure_signed(origin)?, *plan)
		}

		/// Moves a run on: by its deadlines, by what its neighbours have finished, by missed tasks.
		///
		/// Anyone may send it, and gets the run's tip if `limit` is not too small. `limit` bounds
		/// how many tasks, or steps of the settlement, one call looks at.
		///
		/// Emits `StateEntered` when the run enters another state.
		#[pallet::call_index(1)]
		#[pallet::weight(Pallet::<T>::advance_weight(*limit))]
		pub fn advance(origin: OriginFor<T>, run: RunId, limit: u32) -> DispatchResultWithPostInfo {
			let weight = Self::do_advance(ensure_signed(origin)?, run, limit)?;
			Ok(Some(weight).into())
		}

		/// Cancels a run, as its sponsor, before its work has begun.
		///
		/// Free while it is proposed; while it enrols, whoever has enrolled shares a kill fee.
		///
		/// Emits `StateEntered`.
		#[pallet::call_index(2)]
		#[pallet::weight(Pallet::<T>::cancel_weight())]
		pub fn cancel(origin: OriginFor<T>, run: RunId) -> DispatchResult {
			Self::do_cancel(ensure_signed(origin)?, run)
		}

		/// Enrols the caller in a run, as trainer or user.
		///
		/// `possession` is the key's ed25519 signature over `possession_bytes`. A deposit is held,
		/// unless the caller was invited in this role; it is lost if tasks are dealt in time and none
		/// is done.
		///
		/// Emits `Enrolled`.
		#[pallet::call_index(3)]
		pub fn enrol(
			origin: OriginFor<T>,
			run: RunId,
			role: Role,
			key: PublicKey,
			possession: Signature,
			payout: T::AccountId,
			endpoint: Endpoint,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_enrol(who, run, role, key, possession, payout, endpoint)
		}

		/// Takes an enrolment back, in the first half of the time to enrol; the deposit comes back to
		/// whoever paid it.
		///
		/// Emits `EnrolmentWithdrawn`.
		#[pallet::call_index(4)]
		pub fn withdraw_enrolment(origin: OriginFor<T>, run: RunId) -> DispatchResult {
			Self::do_withdraw_enrolment(ensure_signed(origin)?, run)
		}

		/// Posts a batch of items for users to label, as the run's sponsor.
		///
		/// `number` counts the run's batches from 0: a batch that is sent twice is posted once.
		///
		/// Emits `FeedbackPosted`.
		#[pallet::call_index(5)]
		pub fn post_feedback(
			origin: OriginFor<T>,
			run: RunId,
			number: u32,
			items_root: H256,
			items: u32,
		) -> DispatchResult {
			Self::do_post_feedback(ensure_signed(origin)?, run, number, items_root, items)
		}

		/// Deals up to `limit` tasks of a run, each with its committee, by seeds that are fixed.
		///
		/// Anyone may send it, and gets the run's tip if `limit` is not too small.
		///
		/// Emits `TaskDealt` for each.
		#[pallet::call_index(6)]
		#[pallet::weight(Pallet::<T>::deal_weight(*limit))]
		pub fn deal(origin: OriginFor<T>, run: RunId, limit: u32) -> DispatchResult {
			Self::do_deal(ensure_signed(origin)?, run, limit)
		}

		/// Hands in up to 64 attested receipts of one run.
		///
		/// Anyone may carry them: what counts are the signatures in them. Each is accepted or
		/// refused by itself.
		///
		/// Emits `ReceiptAccepted` or `ReceiptRefused` for each.
		#[pallet::call_index(7)]
		#[pallet::weight(Pallet::<T>::submit_weight(items))]
		pub fn submit(origin: OriginFor<T>, run: RunId, items: Submissions) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_submit(run, items)
		}

		/// Removes up to `limit` things of a run that is over, and gives their deposits back.
		///
		/// Anyone may send it. Deposits of enrolments, invitations and requested committees and bonds of
		/// attestors come back at once; tasks, receipts and enrolments go when their retention has
		/// ended; the run itself comes last.
		///
		/// Emits `EnrolmentReleased`, `EnrolmentForfeited`, `InvitationReleased`,
		/// `CommitteeDepositReleased`, `CommitteeDepositForfeited`, `KillFeePaid`, and `RunPruned` at
		/// the end.
		#[pallet::call_index(8)]
		#[pallet::weight(Pallet::<T>::prune_weight(*limit))]
		pub fn prune(origin: OriginFor<T>, run: RunId, limit: u32) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_prune(run, limit)
		}

		/// Asks for another committee for an open task, as its contributor.
		///
		/// In the second half of the task's window, once for an attempt, and while the run has time
		/// for another draw and another window. The task is closed and its work dealt to the
		/// caller again, as another task. A deposit is held; it is lost if that task is missed.
		///
		/// Emits `CommitteeRequested`.
		#[pallet::call_index(9)]
		pub fn request_committee(
			origin: OriginFor<T>,
			run: RunId,
			task: TaskIndex,
		) -> DispatchResult {
			Self::do_request_committee(ensure_signed(origin)?, run, task)
		}

		/// Pays for the enrolment of somebody who owns nothing, as the run's sponsor or the owner of
		/// one of its admitted datasets.
		///
		/// The deposit of the enrolment is held from the caller, and `purse` is given to `who` for
		/// first fees. `role` is what `who` may enrol as. A place is not reserved. Whoever does
		/// not deliver loses the caller's deposit.
		///
		/// Emits `InvitationMade`.
		#[pallet::call_index(10)]
		pub fn invite(
			origin: OriginFor<T>,
			run: RunId,
			who: T::AccountId,
			role: Role,
			purse: Balance,
		) -> DispatchResult {
			Self::do_invite(ensure_signed(origin)?, run, who, role, purse)
		}

		/// Takes back an invitation that `who` has not used; the deposit comes back, the purse does
		/// not.
		///
		/// Emits `InvitationReleased`.
		#[pallet::call_index(11)]
		pub fn withdraw_invitation(
			origin: OriginFor<T>,
			run: RunId,
			who: T::AccountId,
		) -> DispatchResult {
			Self::do_withdraw_invitation(ensure_signed(origin)?, run, who)
		}
	}
}
