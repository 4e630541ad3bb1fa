//! What other pallets may ask about attestors and appraisers: the traits [`Draws`] and [`Discipline`]
//! and their types, and what this pallet needs from the chain's randomness: [`EpochSource`].

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::dispatch::DispatchResult;
pub use guerdon_receipt::{Epoch, PublicKey};
use scale_info::TypeInfo;
use sp_core::H256;

/// What a seat is for.
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
pub enum Kind {
	/// Re-executes drawn steps of receipts and signs.
	Attestor,
	/// Counts what the scores are computed from.
	Appraiser,
}

impl Kind {
	/// Both kinds.
	pub const ALL: [Kind; 2] = [Kind::Attestor, Kind::Appraiser];
}

/// What costs a seat a part of its bond.
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
pub enum Offence {
	/// Signed two different results for the same receipt.
	Equivocation,
	/// Committed to an appraisal and did not reveal it.
	SilentAfterCommit,
	/// Revealed other counts than those that were accepted and brought on chain.
	WrongCounts,
}

/// How many epochs back a seed, and the set of seats that goes with it, can be asked for.
pub const SEEDS_KEPT: Epoch = 8;

/// How many epochs after a registration or a retirement it takes effect.
pub const EFFECT_DELAY: Epoch = 2;

/// The chain's epochs and their randomness.
pub trait EpochSource {
	/// The current epoch.
	fn epoch() -> Epoch;
	/// Randomness as it was written at the start of the current epoch.
	fn seed() -> H256;
	/// Most blocks of an epoch.
	fn blocks() -> u32;
	/// Moves the chain to an epoch, so that what needs time can be benchmarked.
	#[cfg(feature = "runtime-benchmarks")]
	fn set_epoch(epoch: Epoch);
}

/// Who may be drawn, and with which seed.
///
/// What enrols in epoch `e` is drawn with `seed(e + 2)` from `seats(e + 1)`.
pub trait Draws<AccountId> {
	/// The current epoch.
	fn epoch() -> Epoch;
	/// Most blocks from now until the seed of what is enrolled now can be used.
	fn wait() -> u32;
	/// The seed of an epoch: kept for the last [`SEEDS_KEPT`] epochs, the current one included;
	/// `None` before, after, and for an epoch without a block.
	fn seed(epoch: Epoch) -> Option<H256>;
	/// The set as it stood at the start of `as_of`, in seat order. Empty when that set is not
	/// settled yet (`as_of` after the next epoch) or not known any more ([`SEEDS_KEPT`] + 1 epochs
	/// ago and before): a draw has to be made while its seed is kept.
	fn seats(kind: Kind, as_of: Epoch) -> Vec<AccountId>;
	/// The key of whoever is registered: before its first epoch, active, or retired and not
	/// withdrawn.
	fn key(kind: Kind, who: &AccountId) -> Option<PublicKey>;
	/// Whether the seat is in force in the current epoch.
	fn is_active(kind: Kind, who: &AccountId) -> bool;
	/// The account that is paid, with every change that has taken effect.
	fn payout(kind: Kind, who: &AccountId) -> Option<AccountId>;
	/// Keeps the bond from being withdrawn until as many calls of [`Draws::unlock`]. Fails when
	/// nobody of that name is registered.
	fn lock(kind: Kind, who: &AccountId) -> DispatchResult;
	/// Takes back one [`Draws::lock`].
	fn unlock(kind: Kind, who: &AccountId);
	/// Fills every seat of a kind, the first ones with these accounts and keys; all are in force. Of
	/// the first ones' bonds just half is left, so that any penalty retires them.
	#[cfg(feature = "runtime-benchmarks")]
	fn fill_seats(kind: Kind, first: &[(AccountId, PublicKey)]);
	/// Moves the chain to an epoch and keeps its seed.
	#[cfg(feature = "runtime-benchmarks")]
	fn set_epoch(epoch: Epoch);
}

/// Punishes seats.
pub trait Discipline<AccountId> {
	/// Takes the offence's part of the bond, or what is left of it, and says how much that was. It is
	/// divided between nobody (burnt), the treasury and the reporter; without a reporter the
	/// treasury gets that part.
	///
	/// The seat has to be locked, or it may be gone: then nothing happens.
	fn penalise(
		kind: Kind,
		who: &AccountId,
		offence: Offence,
		reporter: Option<&AccountId>,
	) -> u128;
}
