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
#[allow(clippy::as_conversions, reason = "what the derives expand to")]
pub mod penalty;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod try_state;
#[allow(clippy::as_conversions, reason = "what the derives expand to")]
pub mod types;
pub mod weights;

pub use api::*;
pub use pallet::*;
pub use penalty::{part_floor, take_held, Parts, Shares};
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
		traits::{fungible::hold, Contains},
	};
	use frame_system::pallet_prelude::*;
	use guerdon_receipt::{AccountBytes, Digest, Signature};
	use sp_core::H256;

	/// Amounts, in units of 10^-12 GRD.
	pub type Balance = u128;
	/// A [`Registration`] on this chain.
	pub type RegistrationOf<T> =
		Registration<<T as frame_system::Config>::AccountId, Balance, BlockNumberFor<T>>;

	#[pallet::config]
	pub trait Config:
		frame_system::Config<
		RuntimeEvent: From<Event<Self>>,
		AccountId: Into<AccountBytes>,
		Hash: Into<Digest>,
	>
	{
		/// Weights of the calls.
		type WeightInfo: WeightInfo;
		/// The runtime's hold reasons.
		type RuntimeHoldReason: From<HoldReason>;
		/// Where bonds are held.
		type Currency: hold::Mutate<
			Self::AccountId,
			Reason = Self::RuntimeHoldReason,
			Balance = Balance,
		>;
		/// The chain's epochs and their randomness.
		type Epochs: EpochSource;
		/// Accounts that keep money of others and are never paid out to.
		type IsPot: Contains<Self::AccountId>;
		/// Most seats of one kind.
		#[pallet::constant]
		type MaxSeats: Get<u32>;
		/// What an attestor bonds.
		#[pallet::constant]
		type AttestorBond: Get<Balance>;
		/// What an appraiser bonds.
		#[pallet::constant]
		type AppraiserBond: Get<Balance>;
		/// How a penalty is divided.
		#[pallet::constant]
		type Penalty: Get<Parts>;
		/// Gets the treasury's part of penalties.
		#[pallet::constant]
		type Treasury: Get<Self::AccountId>;
		/// Part of the bond, per million, that an equivocation costs.
		#[pallet::constant]
		type EquivocationPpm: Get<u32>;
		/// Part of the bond, per million, that it costs not to reveal what was committed to.
		#[pallet::constant]
		type SilencePpm: Get<u32>;
		/// Part of the bond, per million, that it costs to reveal other counts than the accepted ones.
		#[pallet::constant]
		type WrongCountsPpm: Get<u32>;
		/// How many epochs after a retirement took effect the bond can be withdrawn.
		#[pallet::constant]
		type UnbondingEpochs: Get<Epoch>;
		/// How many blocks after it was set a new payout account is paid.
		#[pallet::constant]
		type PayoutDelay: Get<BlockNumberFor<Self>>;
	}

	#[pallet::pallet]
	pub struct Pallet<T>(_);

	/// Why money of an account is held.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// Bond of an attestor's seat.
		Attestor,
		/// Bond of an appraiser's seat.
		Appraiser,
	}

	/// The seats of each kind in the order of registration.
	#[pallet::storage]
	pub type Rosters<T: Config> =
		StorageMap<_, Twox64Concat, Kind, BoundedVec<Seat<T::AccountId>, T::MaxSeats>, ValueQuery>;

	/// Who is registered for what.
	#[pallet::storage]
	pub type Registrations<T: Config> =
		StorageDoubleMap<_, Twox64Concat, Kind, Blake2_128Concat, T::AccountId, RegistrationOf<T>>;

	/// Whose key it is; a key serves one account per kind.
	#[pallet::storage]
	pub type Keys<T: Config> =
		StorageDoubleMap<_, Twox64Concat, Kind, Blake2_128Concat, PublicKey, T::AccountId>;

	/// The seeds of the last epochs, each in the place `epoch % SEEDS_KEPT`.
	#[pallet::storage]
	pub type EpochSeeds<T: Config> = StorageMap<_, Twox64Concat, Epoch, EpochSeed>;

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// An account took a seat and bonded for it.
		Registered {
			/// What the seat is for.
			kind: Kind,
			/// Who registered.
			who: T::AccountId,
			/// Its key.
			key: PublicKey,
			/// First epoch in which it may be drawn.
			since: Epoch,
			/// What is held until it withdraws, but for penalties.
			bond: Balance,
		},
		/// A seat is reached at another address.
		EndpointChanged {
			/// What the seat is for.
			kind: Kind,
			/// Whose seat it is.
			who: T::AccountId,
		},
		/// A seat will be paid to another account.
		PayoutScheduled {
			/// What the seat is for.
			kind: Kind,
			/// Whose seat it is.
			who: T::AccountId,
			/// The account that will be paid.
			payout: T::AccountId,
			/// From this block on.
			from: BlockNumberFor<T>,
		},
		/// A seat will not be drawn any more.
		Retired {
			/// What the seat is for.
			kind: Kind,
			/// Whose seat it is.
			who: T::AccountId,
			/// First epoch in which it is not drawn.
			until: Epoch,
			/// First epoch in which the bond can be withdrawn.
			withdrawable: Epoch,
		},
		/// A seat is gone and what was left of its bond is free.
		Withdrawn {
			/// What the seat was for.
			kind: Kind,
			/// Whose seat it was.
			who: T::AccountId,
			/// What is held no more.
			bond: Balance,
		},
		/// An attestor signed two results for one receipt: its signatures do not count any more.
		Equivocated {
			/// Whose seat it is.
			who: T::AccountId,
			/// The receipt.
			receipt: Digest,
		},
		/// A seat lost a part of its bond.
		Penalised {
			/// What the seat is for.
			kind: Kind,
			/// Whose seat it is.
			who: T::AccountId,
			/// What for.
			offence: Offence,
			/// What is held no more: what was burned and what the treasury and the reporter got.
			amount: Balance,
			/// What there is no more.
			burned: Balance,
			/// What the treasury got.
			treasury: Balance,
			/// Who reported it and what it got.
			reporter: Option<(T::AccountId, Balance)>,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// The account has no seat of this kind: register it first, or name another one.
		NotFound,
		/// The account has a seat of this kind: withdraw it before registering again.
		AlreadyExists,
		/// The key is weak or not in its canonical encoding: generate another one.
		InvalidKey,
		/// Somebody registered this key: use one of your own.
		KeyTaken,
		/// The signature does not prove possession of the key for this chain and account.
		PossessionNotProven,
		/// Every seat of this kind is taken: try again when one has been withdrawn.
		MaxSeatsExceeded,
		/// The payout account keeps money of others: name an account of your own.
		PayoutIsPot,
		/// The seat is retired: wait until its bond can be withdrawn.
		AlreadyRetired,
		/// The seat is in force: retire it first.
		NotRetired,
		/// The bond cannot be withdrawn yet: wait for the epoch that the retirement named.
		StillUnbonding,
		/// A run that is not over holds the bond: wait until it is settled.
		BondLocked,
		/// Something is left of the bond: only the seat's owner can withdraw it.
		BondLeft,
		/// Both signatures are over the same states, which is no offence: show two that differ.
		NotContradictory,
		/// The first signature is not the attestor's over these states of the receipt: check it.
		InvalidFirstSignature,
		/// The second signature is not the attestor's over these states of the receipt: check it.
		InvalidSecondSignature,
		/// The attestor was punished for an equivocation already: there is nothing more to report.
		AlreadyBarred,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_initialize(_now: BlockNumberFor<T>) -> Weight {
			Self::keep_seed()
		}

		fn integrity_test() {
			assert!(T::MaxSeats::get() > 0, "nobody could register");
			assert!(
				T::UnbondingEpochs::get() > SEEDS_KEPT,
				"a seat must outlive every seed that could draw it"
			);
			assert!(
				T::PayoutDelay::get() > BlockNumberFor::<T>::from(0u32),
				"a stolen account key must not redirect a payment at once"
			);
			assert!(
				T::AttestorBond::get() > 0 && T::AppraiserBond::get() > 0,
				"a seat without a bond costs nothing"
			);
			assert!(
				T::Penalty::get().are_sound(),
				"a penalty is divided whole, and reporting oneself costs most of it"
			);
			let parts = [
				T::EquivocationPpm::get(),
				T::SilencePpm::get(),
				T::WrongCountsPpm::get(),
			];
			assert!(
				parts.iter().all(|ppm| (1..=penalty::MILLION).contains(ppm)),
				"an offence costs a part of the bond"
			);
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_now: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call(weight(<T as Config>::WeightInfo))]
	impl<T: Config> Pallet<T> {
		/// Take a seat: it is in force two epochs later.
		///
		/// - `kind`: attestor or appraiser.
		/// - `key`: the ed25519 key that will sign; one per kind and account.
		/// - `possession`: its signature over `possession_bytes(genesis, account, key)`.
		/// - `endpoint`: address of the daemon that serves requests.
		/// - `payout`: account that is paid.
		///
		/// Holds the bond. Emits `Registered`.
		#[pallet::call_index(0)]
		#[pallet::weight(<T as Config>::WeightInfo::register(T::MaxSeats::get()))]
		pub fn register(
			origin: OriginFor<T>,
			kind: Kind,
			key: PublicKey,
			possession: Signature,
			endpoint: Endpoint,
			payout: T::AccountId,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_register(kind, who, key, possession, endpoint, payout)
		}

		/// Say where the caller's daemon is reached.
		///
		/// - `kind`: which of the caller's seats.
		/// - `endpoint`: the new address; it holds at once.
		///
		/// Emits `EndpointChanged`.
		#[pallet::call_index(1)]
		pub fn set_endpoint(
			origin: OriginFor<T>,
			kind: Kind,
			endpoint: Endpoint,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_set_endpoint(kind, who, endpoint)
		}

		/// Name another account to be paid, after the payout delay. A run pays to the account that
		/// stood when something of the caller was last accepted in it.
		///
		/// - `kind`: which of the caller's seats.
		/// - `payout`: the new account; it replaces a change that has not taken effect.
		///
		/// Emits `PayoutScheduled`.
		#[pallet::call_index(2)]
		pub fn set_payout(
			origin: OriginFor<T>,
			kind: Kind,
			payout: T::AccountId,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_set_payout(kind, who, payout)
		}

		/// Leave: two epochs later the seat is not drawn any more.
		///
		/// - `kind`: which of the caller's seats.
		///
		/// The bond stays held until `withdraw`. Emits `Retired`.
		#[pallet::call_index(3)]
		#[pallet::weight(<T as Config>::WeightInfo::retire(T::MaxSeats::get()))]
		pub fn retire(origin: OriginFor<T>, kind: Kind) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_retire(kind, who)
		}

		/// Give up a retired seat and free what is left of its bond, once the unbonding time is over and no run
		/// holds it.
		///
		/// - `kind`: which of the caller's seats.
		///
		/// Emits `Withdrawn`.
		#[pallet::call_index(4)]
		#[pallet::weight(<T as Config>::WeightInfo::withdraw(T::MaxSeats::get()))]
		pub fn withdraw(origin: OriginFor<T>, kind: Kind) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_withdraw(kind, who)
		}

		/// Show that an attestor signed two results for one receipt: it loses its bond, and nothing
		/// that it signs counts from this block on. The caller gets a part of the bond.
		///
		/// - `who`: the attestor; its seat may be retired, not withdrawn.
		/// - `receipt`: id of the receipt that both attestations are of.
		/// - `first`, `second`: digests of the states that it vouched for, which differ, with its
		///   signature over the attestation of each.
		///
		/// Emits `Equivocated`, `Penalised`, and `Retired` if the seat was in force.
		#[pallet::call_index(5)]
		#[pallet::weight(<T as Config>::WeightInfo::report_equivocation(T::MaxSeats::get()))]
		pub fn report_equivocation(
			origin: OriginFor<T>,
			who: T::AccountId,
			receipt: Digest,
			first: SignedStates,
			second: SignedStates,
		) -> DispatchResult {
			let reporter = ensure_signed(origin)?;
			Self::do_report_equivocation(reporter, who, receipt, first, second)
		}

		/// Clear away a retired seat of which nothing is held any more, once its owner could.
		///
		/// - `kind`: attestor or appraiser.
		/// - `who`: whose seat it is.
		///
		/// Emits `Withdrawn`.
		#[pallet::call_index(6)]
		#[pallet::weight(<T as Config>::WeightInfo::evict(T::MaxSeats::get()))]
		pub fn evict(origin: OriginFor<T>, kind: Kind, who: T::AccountId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_evict(kind, who)
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// The seats of a kind as they stood at the start of an epoch; see [`Draws::seats`].
		pub fn seats_as_of(kind: Kind, as_of: Epoch) -> alloc::vec::Vec<T::AccountId> {
			<Self as Draws<T::AccountId>>::seats(kind, as_of)
		}

		/// The seed of an epoch, while it is kept.
		pub fn seed_of(epoch: Epoch) -> Option<H256> {
			<Self as Draws<T::AccountId>>::seed(epoch)
		}

		/// What an offence would cost a seat now.
		pub fn penalty_of(kind: Kind, who: T::AccountId, offence: Offence) -> Option<Balance> {
			let registration = Registrations::<T>::get(kind, who)?;
			Some(Self::cost(&registration, offence))
		}

		/// The account that is paid for a seat now.
		pub fn payout_of(kind: Kind, who: T::AccountId) -> Option<T::AccountId> {
			<Self as Draws<T::AccountId>>::payout(kind, &who)
		}
	}
}
