#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[allow(clippy::as_conversions, reason = "what the derives expand to")]
mod api;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod impls;
#[cfg(test)]
mod mock;
mod settle;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod try_state;
#[allow(clippy::as_conversions, reason = "what the derives expand to")]
mod types;
mod views;
pub mod weights;

pub use api::*;
pub use pallet::*;
pub use types::*;
pub use views::Trees;
pub use weights::WeightInfo;

/// Escrow, pools and exact claims.
#[allow(
	clippy::as_conversions,
	clippy::arithmetic_side_effects,
	clippy::expect_used,
	clippy::indexing_slicing,
	clippy::unwrap_used,
	reason = "what the macros expand to; the calls only hand over to `do_*`"
)]
#[frame_support::pallet]
pub mod pallet {
	use frame_support::{
		pallet_prelude::*,
		traits::fungible::{Inspect, Mutate},
		PalletId,
	};
	use frame_system::pallet_prelude::*;
	use guerdon_receipt::{DatasetId, PoolId, Role, RunId};
	use guerdon_share_tree::{Leaf, Proof};
	use pallet_contributions::{History, Ledger};

	use crate::{
		Balance, Cause, Claim, ClaimedPage, Claims, Escrow, Pool, Purse, RunBooks, Settlement,
		Totals, WeightInfo, MAX_DUES,
	};

	/// What the pot's account is derived from.
	pub const POT_ID: PalletId = PalletId(*b"guerdon/");

	/// What the pallet needs of the runtime.
	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
		/// The native balance, in which everything is paid.
		type Currency: Inspect<Self::AccountId, Balance = Balance> + Mutate<Self::AccountId>;
		/// The contributions that pools are built from.
		type Ledger: Ledger<Self::AccountId> + History<Self::AccountId>;
		/// The weights of the calls.
		type WeightInfo: WeightInfo;
	}

	/// The pallet.
	#[pallet::pallet]
	pub struct Pallet<T>(_);

	/// What the purses of a run hold. All of it lies in the pot.
	#[pallet::storage]
	pub type Escrows<T> = StorageMap<_, Twox64Concat, RunId, Escrow, ValueQuery>;

	/// Where a run's money came from and where it is. Kept for ever.
	#[pallet::storage]
	pub type Books<T> = StorageMap<_, Twox64Concat, RunId, RunBooks, ValueQuery>;

	/// The sums over all runs.
	#[pallet::storage]
	pub type Total<T> = StorageValue<_, Totals, ValueQuery>;

	/// How far the settlement of a run is, from its first step on.
	#[pallet::storage]
	pub type Settlements<T> = StorageMap<_, Twox64Concat, RunId, Settlement, OptionQuery>;

	/// The id of the next pool.
	#[pallet::storage]
	pub type NextPoolId<T> = StorageValue<_, PoolId, ValueQuery>;

	/// All pools.
	#[pallet::storage]
	pub type Pools<T> = StorageMap<_, Twox64Concat, PoolId, Pool, OptionQuery>;

	/// The pool of a run and role. A role without weight has none.
	#[pallet::storage]
	pub type RunPools<T> =
		StorageDoubleMap<_, Twox64Concat, RunId, Twox64Concat, Role, PoolId, OptionQuery>;

	/// Which leaves of a pool are claimed, in pages of 2,048 bits.
	#[pallet::storage]
	pub type ClaimedPages<T> =
		StorageDoubleMap<_, Twox64Concat, PoolId, Twox64Concat, u64, ClaimedPage, ValueQuery>;

	/// What an account is owed out of a run because it could not receive it.
	#[pallet::storage]
	pub type Dues<T: Config> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		T::AccountId,
		Twox64Concat,
		RunId,
		Balance,
		OptionQuery,
	>;

	/// Endows the pot with its existential deposit, which is never paid out.
	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// Nothing to configure.
		#[serde(skip)]
		pub _config: core::marker::PhantomData<T>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			Pallet::<T>::endow_pot();
		}
	}

	/// What happened to the money.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// Money was put into a run's purse.
		Deposited {
			/// The run.
			run: RunId,
			/// The purse.
			purse: Purse,
			/// Who paid.
			from: T::AccountId,
			/// How much.
			amount: Balance,
		},
		/// Money was paid out of a run's purse.
		Released {
			/// The run.
			run: RunId,
			/// The purse.
			purse: Purse,
			/// Who received it.
			to: T::AccountId,
			/// How much.
			amount: Balance,
		},
		/// A role's pool was funded and can be claimed.
		PoolFunded {
			/// The run.
			run: RunId,
			/// The role.
			role: Role,
			/// The pool.
			pool: PoolId,
			/// How much.
			amount: Balance,
		},
		/// A leaf was paid.
		Claimed {
			/// The run.
			run: RunId,
			/// The role.
			role: Role,
			/// The pool.
			pool: PoolId,
			/// The leaf.
			index: u64,
			/// Who received it.
			payee: T::AccountId,
			/// How much.
			amount: Balance,
		},
		/// A leaf was not paid; the others of the batch are not affected.
		ClaimRefused {
			/// The pool.
			pool: PoolId,
			/// The leaf.
			index: u64,
			/// Why.
			reason: DispatchError,
		},
		/// A dataset's licence was paid.
		LicencePaid {
			/// The run.
			run: RunId,
			/// The dataset.
			dataset: DatasetId,
			/// Who received it.
			payee: T::AccountId,
			/// How much.
			amount: Balance,
		},
		/// What was not earned went back to the sponsor.
		Returned {
			/// The run.
			run: RunId,
			/// The sponsor.
			to: T::AccountId,
			/// How much.
			amount: Balance,
		},
		/// An account could not receive what it is owed; it waits for `claim_due`.
		Owed {
			/// The run.
			run: RunId,
			/// Who is owed.
			to: T::AccountId,
			/// How much.
			amount: Balance,
			/// What for.
			cause: Cause,
		},
		/// What an account was owed out of a run was paid.
		DueClaimed {
			/// The run.
			run: RunId,
			/// Who received it.
			payee: T::AccountId,
			/// How much.
			amount: Balance,
		},
	}

	/// Why money was not moved.
	#[pallet::error]
	pub enum Error<T> {
		/// There is no such pool: look the pool's id up by run and role.
		NotFound,
		/// The pool is not funded yet: wait until the run is settled.
		NotSealed,
		/// The pool has no leaf with this index.
		LeafNotFound,
		/// The leaf must name the account that is paid.
		WrongLeaf,
		/// The proof does not show that this leaf is in this pool: ask for a fresh proof.
		WrongProof,
		/// The leaf was paid before.
		AlreadyClaimed,
		/// Nothing is due.
		NothingToClaim,
		/// The payee would be left below the existential deposit: send it something first, or claim
		/// more at once. Nothing is lost.
		BelowExistentialDeposit,
		/// The payee's account refuses to receive.
		PayeeCannotReceive,
		/// The pot can neither pay itself nor be a sponsor.
		PayeeIsPot,
		/// The purse does not hold that much.
		InsufficientEscrow,
		/// The run's settlement has started: its purses are settled as they are.
		SettlementStarted,
		/// The terms differ from those that the settlement started with.
		TermsChanged,
		/// The split over the roles does not sum to exactly 1,000,000 parts per million.
		SplitNotWhole,
		/// A table of the run is still open: close all of them first.
		TableOpen,
		/// More licence payments than a settlement makes.
		MaxLicencesExceeded,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn integrity_test() {
			assert!(
				T::Currency::minimum_balance() > 0,
				"the pot needs an existential deposit to live on"
			);
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Pay a leaf of a pool to its payee. Anyone may send it.
		///
		/// - `pool`, `index`: which leaf.
		/// - `leaf`: payee and weight, as in the pool's tree.
		/// - `proof`: what leads from the leaf to the pool's root.
		///
		/// Emits `Claimed`.
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::claim(Pallet::<T>::siblings(proof)))]
		pub fn claim(
			origin: OriginFor<T>,
			pool: PoolId,
			index: u64,
			leaf: Leaf<T::AccountId>,
			proof: Proof,
		) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_claim(Claim {
				pool,
				index,
				leaf,
				proof,
			})
		}

		/// Pay up to 64 leaves to their payees, each payee once with the sum. Anyone may send it.
		///
		/// A leaf that cannot be paid is reported and does not stop the others.
		///
		/// - `claims`: leaves with their proofs.
		///
		/// Emits `Claimed` or `ClaimRefused` for every item.
		#[pallet::call_index(1)]
		#[pallet::weight(Pallet::<T>::claims_weight(claims))]
		pub fn claim_many(origin: OriginFor<T>, claims: Claims<T::AccountId>) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_claim_many(claims.into_inner())
		}

		/// Pay an account what it is owed because it could not receive it before, out of up to 64
		/// runs. Anyone may send it.
		///
		/// - `account`: who is paid.
		///
		/// Emits `DueClaimed` for every run.
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::claim_due(MAX_DUES))]
		pub fn claim_due(
			origin: OriginFor<T>,
			account: T::AccountId,
		) -> DispatchResultWithPostInfo {
			ensure_signed(origin)?;
			let paid = Self::do_claim_due(&account)?;
			Ok(Some(T::WeightInfo::claim_due(paid)).into())
		}
	}
}
