#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[allow(clippy::as_conversions, reason = "what the derives expand to")]
mod accounts;
#[allow(clippy::as_conversions, reason = "what the derives expand to")]
mod api;
mod assets;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod claims;
mod expiry;
mod free;
mod impls;
mod members;
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

pub use accounts::*;
pub use api::*;
#[cfg(feature = "runtime-benchmarks")]
pub use assets::IssueAsset;
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
	clippy::type_complexity,
	clippy::unwrap_used,
	reason = "what the macros expand to; the calls only hand over to `do_*`"
)]
#[frame_support::pallet]
pub mod pallet {
	use frame_support::{
		pallet_prelude::*,
		traits::{
			fungible::{hold, Inspect, Mutate},
			fungibles,
			tokens::fungible::NativeOrWithId,
			Contains,
		},
		PalletId,
	};
	use frame_system::pallet_prelude::*;
	use guerdon_receipt::{DatasetId, PoolId, Role, RunId};
	use guerdon_share_tree::{Leaf, Proof, Summary};
	use pallet_contributions::{History, Ledger};
	use pallet_datasets::Ownership;

	use crate::{
		impls::ClaimedDues,
		members::{ClaimedLicences, CohortOf},
		AllowedAsset, Asset, AssetId, Balance, Cause, Claim, ClaimedPage, Claims, DrawnPage,
		Escrow, LicenceDue, Membership, Opening, PageLeaves, Pool, Purse, RunBooks, Settlement,
		Share, Streamed, Totals, WeightInfo, MAX_CLEANED, MAX_COHORTS, MAX_DUES,
	};

	/// What the pot's account is derived from.
	pub const POT_ID: PalletId = PalletId(*b"guerdon/");

	/// What the pallet needs of the runtime.
	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
		/// The runtime's hold reasons.
		type RuntimeHoldReason: From<HoldReason>;
		/// The native balance, in which deposits are held.
		type Currency: Inspect<Self::AccountId, Balance = Balance>
			+ Mutate<Self::AccountId>
			+ hold::Mutate<Self::AccountId, Reason = Self::RuntimeHoldReason>;
		/// What runs are paid in: the native balance and assets.
		type Assets: fungibles::Mutate<
			Self::AccountId,
			AssetId = NativeOrWithId<AssetId>,
			Balance = Balance,
		>;
		/// Assets that an account can live on without anything else.
		type Sufficient: Contains<AssetId>;
		/// Who allows assets.
		type AssetsOrigin: EnsureOrigin<Self::RuntimeOrigin>;
		/// The contributions that pools are built from.
		type Ledger: Ledger<Self::AccountId> + History<Self::AccountId>;
		/// Whose datasets are, and which one is paid for another.
		type Datasets: Ownership<Self::AccountId>;
		/// What a list of members holds, besides its members: until it is abandoned, or for ever.
		#[pallet::constant]
		type CohortDeposit: Get<Balance>;
		/// What each listed member holds.
		#[pallet::constant]
		type MemberDeposit: Get<Balance>;
		/// How many blocks after it was opened a list can be sealed, for a dataset that is not new. It is
		/// the time to notice that somebody else has the owner's key.
		#[pallet::constant]
		type SealDelay: Get<BlockNumberFor<Self>>;
		/// For how many blocks, at least, a run's pool can be claimed.
		#[pallet::constant]
		type ClaimWindow: Get<BlockNumberFor<Self>>;
		/// Who gets what nobody claimed.
		type Treasury: Get<Self::AccountId>;
		/// The smallest amount that is paid without a fee, to whoever has no GRD.
		#[pallet::constant]
		type MinFreeClaim: Get<Balance>;
		/// What a transaction weighs besides its call.
		#[pallet::constant]
		type FreeOverhead: Get<Weight>;
		/// What claims without a fee may weigh in a block, all together, the transactions' weight
		/// included.
		#[pallet::constant]
		type FreeLane: Get<Weight>;
		/// The weights of the calls.
		type WeightInfo: WeightInfo;
		/// Makes assets for benchmarks.
		#[cfg(feature = "runtime-benchmarks")]
		type IssueAsset: crate::IssueAsset<Self::AccountId>;
	}

	/// The pallet.
	#[pallet::pallet]
	pub struct Pallet<T>(_);

	/// Why money of an account is held.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// Deposit of a list of members.
		Members,
	}

	/// What the purses of a run hold. All of it lies in the pot.
	#[pallet::storage]
	pub type Escrows<T> = StorageMap<_, Twox64Concat, RunId, Escrow, ValueQuery>;

	/// Assets that runs can be paid in, or could.
	#[pallet::storage]
	pub type AllowedAssets<T> =
		CountedStorageMap<_, Twox64Concat, AssetId, AllowedAsset, OptionQuery>;

	/// What a run is paid in that is not paid in GRD. Kept for ever.
	#[pallet::storage]
	pub type RunAssets<T> = StorageMap<_, Twox64Concat, RunId, AssetId, OptionQuery>;

	/// Where a run's money of each asset came from and where it is. Kept for ever.
	#[pallet::storage]
	pub type Books<T> =
		StorageDoubleMap<_, Twox64Concat, RunId, Twox64Concat, Asset, RunBooks, ValueQuery>;

	/// The sums over all runs, of each asset.
	#[pallet::storage]
	pub type Total<T> = StorageMap<_, Twox64Concat, Asset, Totals, ValueQuery>;

	/// How far the settlement of a run is, from its first step on.
	#[pallet::storage]
	pub type Settlements<T> = StorageMap<_, Twox64Concat, RunId, Settlement, OptionQuery>;

	/// The id of the next pool, of a run or a cohort.
	#[pallet::storage]
	pub type NextPoolId<T> = StorageValue<_, PoolId, ValueQuery>;

	/// The pools of runs.
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

	/// The last block in which a run's pool can be claimed for sure.
	#[pallet::storage]
	pub type Expiries<T> = StorageMap<_, Twox64Concat, PoolId, BlockNumberFor<T>, OptionQuery>;

	/// The list that a leaf of a data providers' pool pays, where it does not pay an account.
	#[pallet::storage]
	pub type ListLeaves<T> =
		StorageDoubleMap<_, Twox64Concat, PoolId, Twox64Concat, u64, PoolId, OptionQuery>;

	/// Lists of members, by the ids of their pools.
	#[pallet::storage]
	pub type Cohorts<T: Config> = StorageMap<_, Twox64Concat, PoolId, CohortOf<T>, OptionQuery>;

	/// What cohorts got in assets, by the ids of its pools.
	#[pallet::storage]
	pub type Shares<T> = StorageMap<_, Twox64Concat, PoolId, Share, OptionQuery>;

	/// The pool of a cohort and an asset.
	#[pallet::storage]
	pub type SharePools<T> =
		StorageDoubleMap<_, Twox64Concat, PoolId, Twox64Concat, AssetId, PoolId, OptionQuery>;

	/// The cohorts of a dataset.
	#[pallet::storage]
	pub type Memberships<T> = StorageMap<_, Twox64Concat, DatasetId, Membership, ValueQuery>;

	/// What the leaves of a cohort were paid, in pages of 64; in an asset by the id of its pool.
	#[pallet::storage]
	pub type Drawn<T> =
		StorageDoubleMap<_, Twox64Concat, PoolId, Twox64Concat, u64, DrawnPage, ValueQuery>;

	/// Licence payments that wait for the members of a dataset, by that dataset, and by the run and the
	/// dataset that they were earned in and with.
	#[pallet::storage]
	pub type LicenceDues<T: Config> = StorageDoubleMap<
		_,
		Twox64Concat,
		DatasetId,
		Twox64Concat,
		(RunId, DatasetId),
		LicenceDue<T::AccountId>,
		OptionQuery,
	>;

	/// The last block with claims without a fee, and what they weighed in it.
	#[pallet::storage]
	pub type FreeClaims<T> = StorageValue<_, (BlockNumberFor<T>, Weight), ValueQuery>;

	/// What an account is owed out of a run because it could not receive it, of each asset.
	#[pallet::storage]
	pub type Dues<T: Config> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		T::AccountId,
		Twox64Concat,
		(RunId, Asset),
		Balance,
		OptionQuery,
	>;

	/// Endows the pot with its existential deposit, which is never paid out, and allows assets.
	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// Assets that runs can be paid in, and the smallest amount of each that is paid without a fee.
		/// The pot has to own their minimum balance.
		pub assets: alloc::vec::Vec<(AssetId, Balance)>,
		/// Nothing to configure.
		#[serde(skip)]
		pub _config: core::marker::PhantomData<T>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			Pallet::<T>::endow_pot();
			for (asset, min_free_claim) in &self.assets {
				let allowed = Pallet::<T>::do_allow_asset(*asset, *min_free_claim);
				assert!(
					allowed.is_ok(),
					"asset {asset} cannot be allowed: {allowed:?}"
				);
			}
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
			/// Of what.
			asset: Asset,
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
			/// Of what.
			asset: Asset,
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
			/// Of what.
			asset: Asset,
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
			/// Of what.
			asset: Asset,
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
		/// What nobody claimed of a run's pool in time went to the treasury.
		PoolExpired {
			/// The run.
			run: RunId,
			/// The role.
			role: Role,
			/// The pool.
			pool: PoolId,
			/// How much.
			amount: Balance,
			/// Of what.
			asset: Asset,
		},
		/// Items were removed that an expired pool kept to know what was claimed.
		PoolCleaned {
			/// The pool.
			pool: PoolId,
			/// How many.
			removed: u32,
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
			/// Of what.
			asset: Asset,
		},
		/// An account could not receive what it is owed; it waits for `claim_due`.
		Owed {
			/// The run.
			run: RunId,
			/// Who is owed.
			to: T::AccountId,
			/// How much.
			amount: Balance,
			/// Of what.
			asset: Asset,
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
			/// Of what.
			asset: Asset,
		},
		/// A list of a dataset's members was begun.
		MembersOpened {
			/// The dataset.
			dataset: DatasetId,
			/// The list's pool.
			pool: PoolId,
			/// Who streams it.
			owner: T::AccountId,
			/// What the list counts among those of the dataset.
			weight: u64,
			/// First block in which it can be sealed.
			sealable_from: BlockNumberFor<T>,
			/// What was held for it.
			deposit: Balance,
		},
		/// Members were added to a list: all that is needed to make proofs.
		MembersStreamed {
			/// The list's pool.
			pool: PoolId,
			/// The index of the first one.
			from: u64,
			/// Their leaves.
			members: Streamed<T::AccountId>,
			/// What was held for them.
			deposit: Balance,
		},
		/// A list is complete, and can be funded and claimed.
		MembersSealed {
			/// The dataset.
			dataset: DatasetId,
			/// The list's pool.
			pool: PoolId,
			/// Its tree.
			summary: Summary,
		},
		/// A list was given up before it was complete.
		MembersAbandoned {
			/// The dataset.
			dataset: DatasetId,
			/// The list's pool.
			pool: PoolId,
			/// Who opened it.
			owner: T::AccountId,
			/// What was held for it.
			deposit: Balance,
		},
		/// What a leaf was due went to the members of a dataset.
		Booked {
			/// The run.
			run: RunId,
			/// The role.
			role: Role,
			/// The pool.
			pool: PoolId,
			/// The leaf.
			index: u64,
			/// Whose members.
			dataset: DatasetId,
			/// How much.
			amount: Balance,
			/// Of what.
			asset: Asset,
		},
		/// A cohort got its part of what went to the members of a dataset.
		CohortFunded {
			/// The dataset.
			dataset: DatasetId,
			/// The cohort's pool.
			pool: PoolId,
			/// How much.
			amount: Balance,
			/// Of what.
			asset: Asset,
		},
		/// A leaf of a cohort was paid.
		MemberPaid {
			/// The dataset.
			dataset: DatasetId,
			/// The cohort's pool.
			pool: PoolId,
			/// The leaf.
			index: u64,
			/// Who received it.
			payee: T::AccountId,
			/// How much.
			amount: Balance,
			/// Of what.
			asset: Asset,
		},
		/// A dataset's licence was paid, and waits for `claim_licences` to go to its members.
		LicencePending {
			/// The run.
			run: RunId,
			/// The dataset.
			dataset: DatasetId,
			/// The list that stands for the members.
			list: PoolId,
			/// How much.
			amount: Balance,
		},
		/// A licence payment went to members.
		LicenceBooked {
			/// The run.
			run: RunId,
			/// The dataset.
			dataset: DatasetId,
			/// The list that stands for the members.
			list: PoolId,
			/// How much.
			amount: Balance,
		},
		/// A cohort got an asset for the first time, and has a pool for it from now on.
		ShareOpened {
			/// The dataset.
			dataset: DatasetId,
			/// The cohort's pool.
			list: PoolId,
			/// The pool of what it gets in the asset.
			pool: PoolId,
			/// The asset.
			asset: AssetId,
		},
		/// New runs can be paid in an asset.
		AssetAllowed {
			/// The asset.
			asset: AssetId,
			/// What the pot keeps of it.
			endowment: Balance,
			/// The smallest amount that is paid without a fee.
			min_free_claim: Balance,
		},
		/// New runs cannot be paid in an asset any more; what is in it goes on.
		AssetClosed {
			/// The asset.
			asset: AssetId,
		},
	}

	/// Why money was not moved.
	#[pallet::error]
	pub enum Error<T> {
		/// There is no such pool: look the pool's id up by run and role.
		NotFound,
		/// The pool is not complete: wait until its run is settled, or the list of members sealed.
		NotSealed,
		/// The pool has no leaf with this index.
		LeafNotFound,
		/// A member is an account or a hidden payee: a pool cannot be one.
		InvalidMember,
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
		/// Only who opened the list may do this.
		NotAuthorized,
		/// The dataset has a list that is being built: seal or abandon it first.
		ListOpen,
		/// The dataset has as many cohorts as it can have.
		MaxCohortsExceeded,
		/// The list was sealed: nothing can be added to it or taken back.
		AlreadySealed,
		/// The list holds another number of members: go on from that number.
		OutOfStep,
		/// There are no members: add one at least.
		NoMembers,
		/// Payees must ascend by their encoding over the whole list, each one once: sort them.
		MembersNotAscending,
		/// A pool has no room for so many leaves: divide the members into several cohorts.
		MaxMembersExceeded,
		/// What counts nothing cannot be paid: give it a weight.
		ZeroWeight,
		/// It is too early: a list can be sealed some time after it was opened, and a pool can be claimed
		/// for a year at least. Wait until then.
		TooEarly,
		/// The list of members is being built: what is due to them waits until it is sealed or abandoned.
		MembersPending,
		/// The opening does not fit the payee: give account and salt of a hidden payee, and nothing for
		/// any other.
		WrongOpening,
		/// Pages pay accounts: claim what a hidden payee or a list of members is due.
		NotInPages,
		/// Only what is enough for a payee without GRD is paid without a fee: sign a `claim`.
		NotFree,
		/// Claims without a fee have all that they may have of this block: try again in the next one.
		FreeLaneFull,
		/// The pool can be claimed: it has to expire first.
		NotExpired,
		/// Nothing is left to remove.
		NothingToClean,
		/// Runs cannot be paid in this asset: take one that governance allows, or GRD.
		AssetNotAllowed,
		/// Accounts cannot live on this asset alone, or it does not exist: only a sufficient asset can
		/// be allowed.
		AssetNotSufficient,
		/// The pot does not own the asset's minimum balance, which it keeps for ever: send it that first.
		PotNotEndowed,
		/// As many assets as there can be were allowed already.
		MaxAssetsExceeded,
		/// The asset is allowed already, or closed already.
		NothingToChange,
		/// The pot has less of this asset than it owes, since its issuer took some: nothing of it is paid
		/// until the issuer puts that back. Nothing is lost, and no other asset is touched.
		AssetShort,
		/// The run has money already: what it is paid in cannot change.
		RunHasMoney,
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
		/// - `opening`: account and salt of a hidden payee; nothing for any other.
		///
		/// Emits `Claimed`, or `Booked` and `CohortFunded` where members are paid, or `MemberPaid`.
		#[pallet::call_index(0)]
		#[pallet::weight(Pallet::<T>::claim_weight(leaf, proof))]
		pub fn claim(
			origin: OriginFor<T>,
			pool: PoolId,
			index: u64,
			leaf: Leaf<T::AccountId>,
			proof: Proof,
			opening: Option<Opening<T::AccountId>>,
		) -> DispatchResultWithPostInfo {
			ensure_signed(origin)?;
			Self::do_claim(Claim {
				pool,
				index,
				leaf,
				proof,
				opening,
			})
		}

		/// Pay up to 64 leaves to their payees, each payee once with the sum. Anyone may send it.
		///
		/// A leaf that cannot be paid is reported and does not stop the others.
		///
		/// - `claims`: leaves with their proofs.
		///
		/// Emits what `claim` does, or `ClaimRefused`, for every item.
		#[pallet::call_index(1)]
		#[pallet::weight(Pallet::<T>::claims_weight(claims))]
		pub fn claim_many(
			origin: OriginFor<T>,
			claims: Claims<T::AccountId>,
		) -> DispatchResultWithPostInfo {
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
		#[pallet::weight(Pallet::<T>::dues_weight(ClaimedDues::most()))]
		pub fn claim_due(
			origin: OriginFor<T>,
			account: T::AccountId,
		) -> DispatchResultWithPostInfo {
			ensure_signed(origin)?;
			let dues = Self::do_claim_due(&account)?;
			Ok(Some(Self::dues_weight(dues)).into())
		}

		/// Begin a list of the members of a dataset, who are paid what it earns from then on. Its owner
		/// sends it.
		///
		/// A dataset has up to 16 such lists, one of which can be in the making; each is a cohort, and
		/// keeps what it has.
		///
		/// - `dataset`: whose members.
		/// - `weight`: what this cohort counts among those of the dataset.
		///
		/// Emits `MembersOpened`.
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::open_members())]
		pub fn open_members(
			origin: OriginFor<T>,
			dataset: DatasetId,
			weight: u64,
		) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::do_open_members(owner, dataset, weight)
		}

		/// Add up to 256 members to a list. Who opened it sends it.
		///
		/// - `pool`: the list's pool.
		/// - `from`: how many members the list has, so that nothing is added twice or in another order.
		/// - `members`: payees and weights. Payees ascend by their encoding over the whole list.
		///
		/// Emits `MembersStreamed`.
		#[pallet::call_index(4)]
		#[pallet::weight(Pallet::<T>::stream_weight(members))]
		pub fn stream_members(
			origin: OriginFor<T>,
			pool: PoolId,
			from: u64,
			members: Streamed<T::AccountId>,
		) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::do_stream_members(owner, pool, from, members)
		}

		/// Complete a list, for good: from then on it can be funded and claimed. Who opened it sends it.
		///
		/// - `pool`: the list's pool.
		///
		/// Emits `MembersSealed`.
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::seal_members())]
		pub fn seal_members(origin: OriginFor<T>, pool: PoolId) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::do_seal_members(owner, pool)
		}

		/// Give up a list that is not sealed, and get its deposit back. Who opened it sends it.
		///
		/// What waits for its members goes to the payout account that the dataset had.
		///
		/// - `pool`: the list's pool.
		///
		/// Emits `MembersAbandoned`.
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::abandon_members())]
		pub fn abandon_members(origin: OriginFor<T>, pool: PoolId) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::do_abandon_members(owner, pool)
		}

		/// Bring licence payments that wait for the members of a dataset to them, out of up to 64 runs.
		/// Anyone may send it.
		///
		/// - `dataset`: whose members.
		///
		/// Emits `LicenceBooked` for every payment and `CohortFunded` for every cohort; for a list that
		/// was abandoned `LicencePaid` or `Owed`.
		#[pallet::call_index(7)]
		#[pallet::weight(Pallet::<T>::licences_weight(MAX_DUES, MAX_COHORTS))]
		pub fn claim_licences(
			origin: OriginFor<T>,
			dataset: DatasetId,
		) -> DispatchResultWithPostInfo {
			ensure_signed(origin)?;
			let ClaimedLicences { payments, lists } = Self::do_claim_licences(dataset)?;
			Ok(Some(Self::licences_weight(payments, lists)).into())
		}

		/// Pay the accounts of a whole page of leaves with one proof. Anyone may send it.
		///
		/// A leaf that cannot be paid, or needs more than its payee to be paid, is reported and does not
		/// stop the others.
		///
		/// - `pool`: a run's pool or a cohort.
		/// - `page`: which page of 256 leaves.
		/// - `leaves`: all leaves of the page; the last one of a pool may have fewer than 256.
		/// - `proof`: what leads from the page to the pool's root.
		///
		/// Emits `Claimed`, `MemberPaid` or `ClaimRefused` for every leaf.
		#[pallet::call_index(8)]
		#[pallet::weight(Pallet::<T>::page_weight(leaves, proof))]
		pub fn pay_page(
			origin: OriginFor<T>,
			pool: PoolId,
			page: u64,
			leaves: PageLeaves<T::AccountId>,
			proof: Proof,
		) -> DispatchResultWithPostInfo {
			ensure_signed(origin)?;
			let (count, siblings) = (Self::count(&leaves), Self::siblings(&proof));
			let page = Self::do_pay_page(pool, page, leaves.into_inner(), &proof)?;
			Ok(Some(Self::paid_page_weight(count, siblings, page)).into())
		}

		/// Pay a leaf to a payee that has no GRD, without a signature and without a fee: the proof
		/// is what authorizes it. A general transaction carries it; what is due must be enough.
		///
		/// - `pool`, `index`, `leaf`, `proof`, `opening`: as in `claim`.
		///
		/// Emits `Claimed` or `MemberPaid`.
		#[pallet::call_index(9)]
		#[pallet::weight(Pallet::<T>::free_claim_weight(leaf, proof))]
		#[pallet::weight_of_authorize(Pallet::<T>::check_weight(proof))]
		#[pallet::authorize(|_, pool, index, leaf, proof, opening| Pallet::<T>::authorize_free(&Claim {
			pool: *pool,
			index: *index,
			leaf: leaf.clone(),
			proof: proof.clone(),
			opening: opening.clone(),
		}))]
		pub fn claim_free(
			origin: OriginFor<T>,
			pool: PoolId,
			index: u64,
			leaf: Leaf<T::AccountId>,
			proof: Proof,
			opening: Option<Opening<T::AccountId>>,
		) -> DispatchResultWithPostInfo {
			ensure_authorized(origin)?;
			Self::do_claim_free(Claim {
				pool,
				index,
				leaf,
				proof,
				opening,
			})
		}

		/// End a run's pool that nobody has to wait for any more: what is left of it goes to the treasury.
		/// Anyone may send it.
		///
		/// - `pool`: the pool.
		///
		/// Emits `PoolExpired`.
		#[pallet::call_index(10)]
		#[pallet::weight(T::WeightInfo::expire())]
		pub fn expire(origin: OriginFor<T>, pool: PoolId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_expire(pool)
		}

		/// Remove what an expired pool kept to know what was claimed. Anyone may send it.
		///
		/// - `pool`: the pool.
		/// - `limit`: how many items to remove at most; 256 count.
		///
		/// Emits `PoolCleaned`.
		#[pallet::call_index(11)]
		#[pallet::weight(T::WeightInfo::clean((*limit).min(MAX_CLEANED)))]
		pub fn clean(origin: OriginFor<T>, pool: PoolId, limit: u32) -> DispatchResultWithPostInfo {
			ensure_signed(origin)?;
			let removed = Self::do_clean(pool, limit)?;
			Ok(Some(T::WeightInfo::clean(removed)).into())
		}

		/// Let new runs be paid in an asset. Governance sends it. The asset must be sufficient, and the pot
		/// own its minimum balance.
		///
		/// - `asset`: its id in the assets pallet.
		/// - `min_free_claim`: the smallest amount of it that is paid without a fee.
		///
		/// Emits `AssetAllowed`.
		#[pallet::call_index(12)]
		#[pallet::weight(T::WeightInfo::allow_asset())]
		pub fn allow_asset(
			origin: OriginFor<T>,
			asset: AssetId,
			min_free_claim: Balance,
		) -> DispatchResult {
			T::AssetsOrigin::ensure_origin(origin)?;
			Self::do_allow_asset(asset, min_free_claim)
		}

		/// Let no new run be paid in an asset. Governance sends it. Runs that are paid in it, and claims,
		/// go on.
		///
		/// - `asset`: its id in the assets pallet.
		///
		/// Emits `AssetClosed`.
		#[pallet::call_index(13)]
		#[pallet::weight(T::WeightInfo::close_asset())]
		pub fn close_asset(origin: OriginFor<T>, asset: AssetId) -> DispatchResult {
			T::AssetsOrigin::ensure_origin(origin)?;
			Self::do_close_asset(asset)
		}
	}
}
