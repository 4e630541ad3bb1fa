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
mod types;
pub mod weights;

pub use api::*;
pub use pallet::*;
pub use types::*;
pub use weights::WeightInfo;

/// The appraisal of runs.
#[allow(
	clippy::as_conversions,
	clippy::arithmetic_side_effects,
	clippy::expect_used,
	clippy::indexing_slicing,
	clippy::panic,
	clippy::unwrap_used,
	reason = "what FRAME's macros expand to; the calls only hand over to `do_*`"
)]
#[frame_support::pallet]
pub mod pallet {
	use crate::{types::*, Appraisal, Commitment, Outcome, Stream, WeightInfo};
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;
	use guerdon_receipt::{Digest, RunId};
	use guerdon_valuation::{AppraisalHeader, Basis};
	use pallet_attestors::{Discipline, Draws};
	use pallet_contributions::Ledger;
	use sp_core::H256;

	/// An appraisal of this runtime.
	pub type AppraisalOf<T> = Appraisal<<T as frame_system::Config>::AccountId, BlockNumberFor<T>>;

	/// What the pallet needs of the runtime.
	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
		/// Who can be drawn.
		type Draws: Draws<Self::AccountId>;
		/// Who punishes those that were drawn.
		type Discipline: Discipline<Self::AccountId>;
		/// Where weights are written.
		type Ledger: Ledger<Self::AccountId>;
		/// Weights of the calls.
		type WeightInfo: WeightInfo;
		/// Fewest blocks to bring the accepted counts on chain.
		#[pallet::constant]
		type MinStreamBlocks: Get<BlockNumberFor<Self>>;
	}

	/// The pallet.
	#[pallet::pallet]
	pub struct Pallet<T>(_);

	/// The appraisal of every run that came to it.
	#[pallet::storage]
	pub type Runs<T: Config> = StorageMap<_, Twox64Concat, RunId, AppraisalOf<T>, OptionQuery>;

	/// What the drawn appraisers of a run bound themselves to.
	#[pallet::storage]
	pub type Commitments<T: Config> = StorageDoubleMap<
		_,
		Twox64Concat,
		RunId,
		Blake2_128Concat,
		T::AccountId,
		Commitment,
		OptionQuery,
	>;

	/// Counts on their way onto the chain.
	#[pallet::storage]
	pub type Streams<T: Config> = StorageMap<_, Twox64Concat, RunId, Stream, OptionQuery>;

	/// What accepted appraisals came to.
	#[pallet::storage]
	pub type Results<T: Config> = StorageMap<_, Twox64Concat, RunId, Outcome, OptionQuery>;

	/// What happened to an appraisal.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A run's appraisal began.
		Opened {
			/// The run.
			run: RunId,
		},
		/// The sponsor showed its test set.
		TestsRevealed {
			/// The run.
			run: RunId,
			/// BLAKE3 of the test set.
			root: H256,
			/// BLAKE3 of the gold answers.
			gold: Option<H256>,
		},
		/// Appraisers were drawn.
		Drawn {
			/// The run.
			run: RunId,
			/// Who has to appraise it.
			appraisers: Appraisers<T::AccountId>,
		},
		/// An appraiser bound itself to a digest.
		Committed {
			/// The run.
			run: RunId,
			/// The appraiser.
			appraiser: T::AccountId,
		},
		/// An appraiser showed its digest.
		Uncovered {
			/// The run.
			run: RunId,
			/// The appraiser.
			appraiser: T::AccountId,
			/// The digest.
			digest: Digest,
		},
		/// A quorum of appraisers agrees.
		Agreed {
			/// The run.
			run: RunId,
			/// What they agree on.
			digest: Digest,
			/// How many of them do.
			votes: u32,
		},
		/// Too few appraisers agreed; others are drawn.
		NoQuorum {
			/// The run.
			run: RunId,
		},
		/// Counts arrived.
		Streamed {
			/// The run.
			run: RunId,
			/// Items received so far.
			items: u32,
		},
		/// A user was weighed by its answers to the gold items.
		UserScored {
			/// The run.
			run: RunId,
			/// Index in the run's table of users.
			index: u32,
			/// Gold items that it answered.
			answered: u32,
			/// Those it answered right.
			right: u32,
			/// What its items count, if any user's count for something; otherwise all count as they
			/// are.
			weight: u64,
		},
		/// Scores were computed from the accepted counts.
		Scored {
			/// The run.
			run: RunId,
			/// What the data providers' weights come from.
			basis: Basis,
		},
		/// There are no scores; licence prices or records decide.
		FellBack {
			/// The run.
			run: RunId,
			/// What the data providers' weights come from.
			basis: Basis,
		},
	}

	/// Why an appraisal refused a change.
	#[pallet::error]
	pub enum Error<T> {
		/// There is no appraisal of this run: it has not come to that yet.
		NotFound,
		/// The run is being appraised already.
		AlreadyExists,
		/// Only the run's sponsor can show its test set.
		NotSponsor,
		/// This account was not drawn for the run: nothing is asked of it.
		NotAppraiser,
		/// The appraisal is in another phase: see when it was due.
		WrongPhase,
		/// The deadline has passed.
		DeadlinePassed,
		/// Salt and root are not what was committed to: show the ones used when the run was proposed.
		CommitmentMismatch,
		/// The run has feedback: show its gold answers together with the test set.
		GoldMissing,
		/// The run has no feedback: leave the gold answers out.
		GoldUnexpected,
		/// This appraiser has committed already: the first commitment counts.
		AlreadyCommitted,
		/// This appraiser has not committed.
		NotCommitted,
		/// This appraiser has revealed already.
		AlreadyRevealed,
		/// The item does not lead to the accepted digest: stream the accepted appraisal, last item first.
		DigestMismatch,
		/// The header does not announce the items received: finish with the accepted appraisal's.
		HeaderMismatch,
		/// Users come after points, in ascending order, so they are streamed first, descending.
		WrongOrder,
		/// The counts contradict themselves.
		InvalidCounts,
		/// Terms: at least two classes, and a quorum of more than half of at most 15 appraisers.
		InvalidTerms,
		/// Terms: too many datasets, exclusions or users.
		MaxEntriesExceeded,
		/// A weight does not fit.
		Overflow,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call(weight(<T as Config>::WeightInfo))]
	impl<T: Config> Pallet<T> {
		/// Shows which test set, and which gold answers, the run was committed to.
		///
		/// - `root`: BLAKE3 of the test set; `salt`: the one used for its commitment.
		/// - `gold`: BLAKE3 of the gold answers and the salt of theirs; for a run with feedback.
		/// - `endpoint`: where appraisers get both.
		///
		/// Emits `TestsRevealed`.
		#[pallet::call_index(0)]
		pub fn reveal_tests(
			origin: OriginFor<T>,
			run: RunId,
			root: H256,
			salt: H256,
			gold: Option<(H256, H256)>,
			endpoint: Endpoint,
		) -> DispatchResult {
			Self::do_reveal_tests(ensure_signed(origin)?, run, root, salt, gold, endpoint)
		}

		/// Binds a drawn appraiser to the digest of its appraisal.
		///
		/// - `commitment`: blake2b-256 of domain, run, appraiser, salt and digest.
		///
		/// Emits `Committed`.
		#[pallet::call_index(1)]
		pub fn commit(origin: OriginFor<T>, run: RunId, commitment: H256) -> DispatchResult {
			Self::do_commit(ensure_signed(origin)?, run, commitment)
		}

		/// Shows what a drawn appraiser committed to.
		///
		/// - `salt`, `digest`: those of its commitment.
		///
		/// Emits `Uncovered`, and `Agreed` or `NoQuorum` with the last of them.
		#[pallet::call_index(2)]
		#[pallet::weight(Pallet::<T>::reveal_weight())]
		pub fn reveal(
			origin: OriginFor<T>,
			run: RunId,
			salt: H256,
			digest: Digest,
		) -> DispatchResult {
			Self::do_reveal(ensure_signed(origin)?, run, salt, digest)
		}

		/// Brings accepted counts on chain, the last item first. With the head of them, appraisers that
		/// agreed are paid, and those that revealed something else lose a part of their bond.
		///
		/// - `links`: up to 64 items, each with the digest before it.
		/// - `header`: the appraisal's head, together with the first item of all.
		///
		/// Emits `UserScored` for users, `Streamed`, and `Scored` when the head was given.
		#[pallet::call_index(3)]
		#[pallet::weight(Pallet::<T>::stream_weight(links, header.is_some()))]
		pub fn stream(
			origin: OriginFor<T>,
			run: RunId,
			links: Links,
			header: Option<AppraisalHeader>,
		) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_stream(run, links, header)
		}
	}
}
