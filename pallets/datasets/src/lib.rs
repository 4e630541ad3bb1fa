#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[allow(clippy::as_conversions, reason = "what the derives expand to")]
pub mod api;
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
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod try_state;
#[allow(clippy::as_conversions, reason = "what the derives expand to")]
pub mod types;
mod unlearning;
pub mod weights;

pub use api::*;
pub use impls::commitment;
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
	reason = "what FRAME's macros expand to; the logic is in impls.rs"
)]
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use frame_support::{
		pallet_prelude::*,
		traits::{
			fungible::{hold, Inspect},
			Contains,
		},
	};
	use frame_system::pallet_prelude::*;
	use guerdon_receipt::{AccountBytes, Epoch};
	use sp_core::H256;

	/// Amounts, in units of 10^-12 GRD.
	pub type BalanceOf<T> =
		<<T as Config>::Currency as Inspect<<T as frame_system::Config>::AccountId>>::Balance;
	/// A [`Licence`] on this chain.
	pub type LicenceOf<T> = Licence<BalanceOf<T>, BlockNumberFor<T>>;
	/// A [`Dataset`] on this chain.
	pub type DatasetOf<T> =
		Dataset<<T as frame_system::Config>::AccountId, BalanceOf<T>, BlockNumberFor<T>>;
	/// An [`Unlearning`] on this chain.
	pub type UnlearningOf<T> =
		Unlearning<<T as frame_system::Config>::AccountId, BalanceOf<T>, BlockNumberFor<T>>;
	/// [`PublishArgs`] on this chain.
	pub type PublishArgsOf<T> =
		PublishArgs<<T as frame_system::Config>::AccountId, BalanceOf<T>, BlockNumberFor<T>>;

	#[pallet::config]
	pub trait Config:
		frame_system::Config<RuntimeEvent: From<Event<Self>>, AccountId: Into<AccountBytes>>
	{
		/// Weights of the calls.
		type WeightInfo: WeightInfo;
		/// The runtime's hold reasons.
		type RuntimeHoldReason: From<HoldReason>;
		/// Where deposits are held.
		type Currency: hold::Mutate<Self::AccountId, Reason = Self::RuntimeHoldReason>;
		/// The current epoch: withdrawals and revocations take effect at the next one.
		type Epoch: Get<Epoch>;
		/// Accounts that keep money of others and are never paid out to.
		type IsPot: Contains<Self::AccountId>;
		/// What became of datasets in runs.
		type RunHistory: RunHistory<Self::AccountId>;
		/// What an announcement holds until it is opened or expires.
		#[pallet::constant]
		type AnnounceDeposit: Get<BalanceOf<Self>>;
		/// What a dataset holds until it is retired.
		#[pallet::constant]
		type DatasetDeposit: Get<BalanceOf<Self>>;
		/// What a request to unlearn holds until it is closed.
		#[pallet::constant]
		type UnlearningDeposit: Get<BalanceOf<Self>>;
		/// Most announcements of one owner that are not opened or expired.
		#[pallet::constant]
		type MaxAnnouncements: Get<u32>;
		/// Fewest blocks between an announcement and its opening.
		#[pallet::constant]
		type MinAnnounceBlocks: Get<BlockNumberFor<Self>>;
		/// How many blocks after it was made an announcement expires.
		#[pallet::constant]
		type AnnouncementLifetime: Get<BlockNumberFor<Self>>;
		/// How many blocks after it was set a new payout account is paid.
		#[pallet::constant]
		type PayoutDelay: Get<BlockNumberFor<Self>>;
		/// How many blocks a sponsor has to answer a request to unlearn.
		#[pallet::constant]
		type UnlearningWindow: Get<BlockNumberFor<Self>>;
		/// How many blocks a request to unlearn is to be seen after its answer, or after its deadline
		/// when there is none.
		#[pallet::constant]
		type UnlearningRetention: Get<BlockNumberFor<Self>>;
		/// Highest flat fee and highest price per record.
		#[pallet::constant]
		type MaxPrice: Get<BalanceOf<Self>>;
		/// Most requests for a grant that wait for one owner's answer about one dataset.
		#[pallet::constant]
		type MaxPending: Get<u32>;
	}

	#[pallet::pallet]
	pub struct Pallet<T>(_);

	/// Why money of an account is held.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// Deposit of an announcement.
		Announcement,
		/// Deposit of a dataset.
		Dataset,
		/// Deposit of a request to unlearn.
		Unlearning,
	}

	/// The id of the next dataset; ids are never used again.
	#[pallet::storage]
	pub type NextDatasetId<T: Config> = StorageValue<_, DatasetId, ValueQuery>;

	/// Announcements by owner and commitment: somebody else's copy of a commitment is another
	/// announcement, and cannot be opened.
	#[pallet::storage]
	pub type Announcements<T: Config> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		T::AccountId,
		Blake2_128Concat,
		H256,
		Announcement<BalanceOf<T>, BlockNumberFor<T>>,
	>;

	/// How many announcements each owner has.
	#[pallet::storage]
	pub type AnnouncementCounts<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, u32, ValueQuery>;

	/// Every dataset version that is not retired.
	#[pallet::storage]
	pub type Datasets<T: Config> = StorageMap<_, Twox64Concat, DatasetId, DatasetOf<T>>;

	/// Which dataset has a content root. A contested dataset has none.
	#[pallet::storage]
	pub type ByRoot<T: Config> = StorageMap<_, Blake2_128Concat, H256, Holder>;

	/// The open runs of each dataset, and what each may do.
	#[pallet::storage]
	pub type Uses<T: Config> =
		StorageDoubleMap<_, Twox64Concat, DatasetId, Twox64Concat, RunId, Use<BlockNumberFor<T>>>;

	/// Requests to unlearn a dataset, by the run that used it.
	#[pallet::storage]
	pub type Unlearnings<T: Config> =
		StorageDoubleMap<_, Twox64Concat, DatasetId, Twox64Concat, RunId, UnlearningOf<T>>;

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// Somebody committed to a dataset without showing it.
		Announced {
			/// Who will own it.
			owner: T::AccountId,
			/// What binds owner, root, length and salt.
			commitment: H256,
			/// What is held.
			deposit: BalanceOf<T>,
		},
		/// An announcement was not opened in time; its deposit is free.
		AnnouncementExpired {
			/// Who announced.
			owner: T::AccountId,
			/// What was announced.
			commitment: H256,
			/// What is held no more.
			deposit: BalanceOf<T>,
		},
		/// A dataset version exists.
		Published {
			/// Its id.
			dataset: DatasetId,
			/// Who owns it.
			owner: T::AccountId,
			/// Content root.
			root: H256,
			/// Length of the stream in bytes.
			length: u64,
			/// Number of records.
			records: u64,
			/// Block of the announcement that was opened.
			priority: BlockNumberFor<T>,
			/// What is held until it is retired.
			deposit: BalanceOf<T>,
		},
		/// A dataset lost its root to one that was announced earlier: no task is dealt on it from now
		/// on, and who has the root is paid for it.
		Contested {
			/// Which dataset.
			dataset: DatasetId,
			/// Which dataset has its root now.
			by: DatasetId,
		},
		/// A dataset will be paid to another account.
		PayoutScheduled {
			/// Which dataset.
			dataset: DatasetId,
			/// The account that will be paid.
			payout: T::AccountId,
			/// From this block on.
			from: BlockNumberFor<T>,
		},
		/// The licence for future runs changed.
		LicenceChanged {
			/// Which dataset.
			dataset: DatasetId,
			/// Its licence now.
			licence: LicenceOf<T>,
		},
		/// A run waits for the owner's grant.
		GrantRequested {
			/// Which dataset.
			dataset: DatasetId,
			/// For which run.
			run: RunId,
		},
		/// The owner lets a run use the dataset.
		Granted {
			/// Which dataset.
			dataset: DatasetId,
			/// For which run.
			run: RunId,
		},
		/// The owner does not let a run use the dataset.
		Declined {
			/// Which dataset.
			dataset: DatasetId,
			/// For which run.
			run: RunId,
		},
		/// The owner ends a grant.
		Revoked {
			/// Which dataset.
			dataset: DatasetId,
			/// For which run.
			run: RunId,
			/// First epoch in which no task of the run is dealt on it.
			until: Epoch,
		},
		/// The owner withdraws the dataset from every run.
		Withdrawn {
			/// Which dataset.
			dataset: DatasetId,
			/// First epoch in which no task is dealt on it.
			from: Epoch,
		},
		/// A dataset is gone and its deposit is free.
		Retired {
			/// Which dataset it was.
			dataset: DatasetId,
			/// Who owned it.
			owner: T::AccountId,
			/// What is held no more.
			deposit: BalanceOf<T>,
		},
		/// An owner asks the sponsor of a run to unlearn a dataset.
		UnlearningRequested {
			/// Which dataset.
			dataset: DatasetId,
			/// The run that used it.
			run: RunId,
			/// Who asks.
			owner: T::AccountId,
			/// Who is to answer.
			sponsor: T::AccountId,
			/// Last block in which an answer is in time.
			deadline: BlockNumberFor<T>,
			/// What is held until the request is closed.
			deposit: BalanceOf<T>,
		},
		/// A sponsor answered a request to unlearn.
		UnlearningAnswered {
			/// Which dataset.
			dataset: DatasetId,
			/// The run that used it.
			run: RunId,
			/// What the sponsor says.
			answer: Answer,
			/// Whether it came after the deadline.
			late: bool,
		},
		/// A request to unlearn is gone and its deposit is free.
		UnlearningClosed {
			/// Which dataset.
			dataset: DatasetId,
			/// The run that used it.
			run: RunId,
			/// Who had asked.
			owner: T::AccountId,
			/// Whether the sponsor had answered.
			answered: bool,
			/// What is held no more.
			deposit: BalanceOf<T>,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// There is no such dataset: it was never published, or it is retired.
		NotFound,
		/// Only the owner of the dataset may do this.
		NotAuthorized,
		/// The same commitment is announced: use another salt.
		AlreadyAnnounced,
		/// This account has as many announcements as it may: publish some of them, or expire those whose
		/// time is over.
		MaxAnnouncementsExceeded,
		/// No announcement of this owner has this root, length and salt: announce it first.
		NotAnnounced,
		/// The announcement is too young to be opened: wait for the fewest blocks.
		AnnouncementTooYoung,
		/// The announcement expired: announce again.
		AnnouncementOver,
		/// The announcement has not expired yet: wait.
		AnnouncementAlive,
		/// A dataset has this content root, and was not announced later than this one.
		AlreadyExists,
		/// The proof does not belong to the final chunk of this root.
		InvalidFinalChunk,
		/// The final chunk tells another length than was declared.
		LengthMismatch,
		/// The final chunk tells another number of records than was declared.
		RecordsMismatch,
		/// A dataset needs at least one record.
		NoRecords,
		/// The parent must be a dataset of the same owner.
		InvalidParent,
		/// The payout account keeps money of others: name an account of your own.
		PayoutIsPot,
		/// The licence allows nothing, or has bits without a meaning.
		InvalidUses,
		/// The licence ends before it begins.
		InvalidTerm,
		/// The flat fee or the price per record is above the maximum, or the price of the whole
		/// dataset is more than can be counted.
		MaxPriceExceeded,
		/// The dataset is withdrawn.
		DatasetWithdrawn,
		/// Somebody announced the same content earlier, and has its root now: use that dataset. All that
		/// the owner of this one can do is retire it.
		DatasetContested,
		/// The licence does not allow training.
		TrainingNotLicensed,
		/// The licence is not in force at this block.
		LicenceNotInForce,
		/// The run uses the dataset already.
		AlreadyRequested,
		/// Too many requests wait for the owner's answer: wait until some are answered or closed.
		MaxPendingExceeded,
		/// The run has not asked for the dataset, or is over.
		NotRequested,
		/// The owner has answered this request, or it needs no answer.
		AlreadyAnswered,
		/// The run has no grant for the dataset.
		NotGranted,
		/// The grant was revoked.
		GrantRevoked,
		/// Withdraw the dataset first, and wait for the epoch that the withdrawal named.
		NotWithdrawn,
		/// Runs that are not over use the dataset: wait until they are settled.
		InUse,
		/// The chain does not keep who proposed this run: ask while the run's records are kept.
		SponsorUnknown,
		/// The run is not over, or used no record of the dataset: there is nothing to unlearn.
		NotUsed,
		/// The sponsor was asked to unlearn this dataset: wait for the answer, or for the end of the
		/// request.
		AlreadyAsked,
		/// Nobody asks this run to unlearn this dataset.
		NotAsked,
		/// Only the sponsor of the run may answer.
		NotSponsor,
		/// The sponsor has answered: an answer does not change.
		AnswerGiven,
		/// The request is to be seen for longer: wait.
		NotClosable,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn integrity_test() {
			let none = BlockNumberFor::<T>::from(0u32);
			assert!(
				T::MinAnnounceBlocks::get() > none,
				"a root copied out of the transaction pool must come too late"
			);
			assert!(
				T::AnnouncementLifetime::get() > T::MinAnnounceBlocks::get(),
				"an announcement must live long enough to be opened"
			);
			assert!(
				T::PayoutDelay::get() > none,
				"a stolen account key must not redirect a payment at once"
			);
			let free = BalanceOf::<T>::from(0u32);
			assert!(
				T::AnnounceDeposit::get() > free
					&& T::DatasetDeposit::get() > free
					&& T::UnlearningDeposit::get() > free,
				"storage must be paid for"
			);
			assert!(T::MaxAnnouncements::get() > 0, "nothing could be announced");
			assert!(
				T::UnlearningWindow::get() > none,
				"nobody could answer in time"
			);
			assert!(
				T::UnlearningRetention::get() > none,
				"what a sponsor did not answer must be seen"
			);
			assert!(T::MaxPending::get() > 0, "no grant could be asked for");
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_now: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call(weight(<T as Config>::WeightInfo))]
	impl<T: Config> Pallet<T> {
		/// Commit to a dataset without showing it; whoever announced first has priority.
		///
		/// - `commitment`: blake2b-256 of SCALE(("guerdon/announce/v1", owner, root, length, salt)).
		///
		/// Holds the announcement's deposit. Emits `Announced`.
		#[pallet::call_index(0)]
		pub fn announce(origin: OriginFor<T>, commitment: H256) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::do_announce(owner, commitment)
		}

		/// Remove an announcement that was not opened in time. Anyone may.
		///
		/// - `owner`: who announced, and gets the deposit back.
		/// - `commitment`: what was announced.
		///
		/// Emits `AnnouncementExpired`.
		#[pallet::call_index(1)]
		pub fn expire_announcement(
			origin: OriginFor<T>,
			owner: T::AccountId,
			commitment: H256,
		) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_expire_announcement(owner, commitment)
		}

		/// Open an announcement: the dataset version exists from now on. If a dataset has the root that
		/// was announced later, this one takes the root over at once, and the other is contested: no
		/// task is dealt on it any more, and what is not divided yet of its shares is paid for this one.
		///
		/// - `args`: what was announced, the proof of the stream's final chunk, which pins length
		///   and number of records, and the terms.
		///
		/// Frees the announcement's deposit and holds the dataset's. Emits `Published`, and `Contested`
		/// where it took the root over.
		#[pallet::call_index(2)]
		#[pallet::weight(<T as Config>::WeightInfo::publish(args.parents()))]
		pub fn publish(
			origin: OriginFor<T>,
			args: alloc::boxed::Box<PublishArgsOf<T>>,
		) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::do_publish(owner, *args)
		}

		/// Name another account to be paid, after the payout delay and for pools built later.
		///
		/// - `dataset`: which dataset of the caller.
		/// - `payout`: the new account; it replaces a change that has not taken effect.
		///
		/// Emits `PayoutScheduled`.
		#[pallet::call_index(3)]
		pub fn set_payout(
			origin: OriginFor<T>,
			dataset: DatasetId,
			payout: T::AccountId,
		) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::do_set_payout(owner, dataset, payout)
		}

		/// Change the licence for future runs; runs that use the dataset keep theirs.
		///
		/// - `dataset`: which dataset of the caller.
		/// - `licence`: the new terms.
		///
		/// Emits `LicenceChanged`.
		#[pallet::call_index(4)]
		pub fn set_licence(
			origin: OriginFor<T>,
			dataset: DatasetId,
			licence: LicenceOf<T>,
		) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::do_set_licence(owner, dataset, licence)
		}

		/// Let a run that asked use the dataset.
		///
		/// - `dataset`: which dataset of the caller.
		/// - `run`: the run that waits.
		///
		/// Emits `Granted`.
		#[pallet::call_index(5)]
		pub fn grant(origin: OriginFor<T>, dataset: DatasetId, run: RunId) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::do_grant(owner, dataset, run)
		}

		/// Decline a run's request, or end the grant that it has: then no task of the run is dealt on
		/// the dataset from the next epoch on.
		///
		/// - `dataset`: which dataset of the caller.
		/// - `run`: the run that asked, or has the grant.
		///
		/// Emits `Declined` or `Revoked`.
		#[pallet::call_index(6)]
		pub fn revoke(origin: OriginFor<T>, dataset: DatasetId, run: RunId) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::do_revoke(owner, dataset, run)
		}

		/// Withdraw consent: from now on no run can be proposed on the dataset, and from the next
		/// epoch on no task is dealt on it. There is no way back; publish another version instead.
		///
		/// - `dataset`: which dataset of the caller.
		///
		/// Emits `Withdrawn`.
		#[pallet::call_index(7)]
		pub fn withdraw(origin: OriginFor<T>, dataset: DatasetId) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::do_withdraw(owner, dataset)
		}

		/// Remove a dataset that is withdrawn in effect, or contested, and that no open run uses, and
		/// free its deposit.
		///
		/// - `dataset`: which dataset of the caller.
		///
		/// Emits `Retired`.
		#[pallet::call_index(8)]
		pub fn retire(origin: OriginFor<T>, dataset: DatasetId) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::do_retire(owner, dataset)
		}

		/// Ask the sponsor of a run that used a dataset, which is withdrawn in effect, to unlearn it.
		///
		/// - `dataset`: which dataset of the caller.
		/// - `run`: a run that is over and used records of it.
		///
		/// Holds the request's deposit. Emits `UnlearningRequested`.
		#[pallet::call_index(9)]
		pub fn request_unlearning(
			origin: OriginFor<T>,
			dataset: DatasetId,
			run: RunId,
		) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::do_request_unlearning(owner, dataset, run)
		}

		/// Answer a request to unlearn, once; after its deadline the answer is late. The chain does not
		/// look at the answer.
		///
		/// - `dataset`: which dataset is to be unlearnt.
		/// - `run`: which run of the caller used it.
		/// - `answer`: the root of a model that was made without the dataset, or the reason why there is
		///   none.
		///
		/// Emits `UnlearningAnswered`.
		#[pallet::call_index(10)]
		pub fn answer_unlearning(
			origin: OriginFor<T>,
			dataset: DatasetId,
			run: RunId,
			answer: Answer,
		) -> DispatchResult {
			let sponsor = ensure_signed(origin)?;
			Self::do_answer_unlearning(sponsor, dataset, run, answer)
		}

		/// Remove a request to unlearn that was to be seen for long enough after its answer, or after
		/// its deadline when there is none, and free its deposit. Anyone may.
		///
		/// - `dataset`: which dataset was to be unlearnt.
		/// - `run`: the run that used it.
		///
		/// Emits `UnlearningClosed`.
		#[pallet::call_index(11)]
		pub fn close_unlearning(
			origin: OriginFor<T>,
			dataset: DatasetId,
			run: RunId,
		) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_close_unlearning(dataset, run)
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// The account that is paid for a dataset now; for a contested one that of who has its root.
		pub fn payout_of(dataset: DatasetId) -> Option<T::AccountId> {
			Datasets::<T>::get(dataset).map(|it| Self::payee_of(dataset, &it))
		}

		/// Whether a run could be proposed on a dataset now.
		pub fn is_usable(dataset: DatasetId) -> bool {
			Self::ensure_usable(dataset).is_ok()
		}

		/// Whether a task of a run could be dealt on a dataset now.
		pub fn is_dealable(dataset: DatasetId, run: RunId) -> bool {
			Self::ensure_dealable(dataset, run).is_ok()
		}

		/// A request to a run to unlearn a dataset, and where it stands now.
		pub fn unlearning_of(
			dataset: DatasetId,
			run: RunId,
		) -> Option<(UnlearningOf<T>, UnlearningState)> {
			let it = Unlearnings::<T>::get(dataset, run)?;
			let state = it.state(frame_system::Pallet::<T>::block_number());
			Some((it, state))
		}
	}
}
