//! What the pallet stores.

use crate::api::{Epoch, PublicKey};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use guerdon_receipt::{Digest, Signature};
use scale_info::TypeInfo;
use sp_core::H256;

/// Address of a daemon, as text.
pub type Endpoint = BoundedVec<u8, ConstU32<128>>;

/// From when to when an account may be drawn: `since <= epoch < until`.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct Seat<AccountId> {
	/// Who sits.
	pub account: AccountId,
	/// First epoch in force.
	pub since: Epoch,
	/// First epoch not in force any more.
	pub until: Option<Epoch>,
}

impl<AccountId> Seat<AccountId> {
	/// Whether the seat is in force in `epoch`.
	pub fn in_force(&self, epoch: Epoch) -> bool {
		in_force(self.since, self.until, epoch)
	}
}

pub(crate) fn in_force(since: Epoch, until: Option<Epoch>, epoch: Epoch) -> bool {
	since <= epoch && until.is_none_or(|until| epoch < until)
}

/// An account to be paid, and the one that will be paid after it.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct Payout<AccountId, BlockNumber> {
	/// Paid until the change takes effect.
	pub account: AccountId,
	/// The change: whom to pay from which block on.
	pub next: Option<(AccountId, BlockNumber)>,
}

impl<AccountId: Clone, BlockNumber: PartialOrd> Payout<AccountId, BlockNumber> {
	/// Pays `account`, with no change on its way.
	pub fn new(account: AccountId) -> Self {
		Self {
			account,
			next: None,
		}
	}

	/// Who is paid at block `now`.
	pub fn at(&self, now: BlockNumber) -> AccountId {
		match &self.next {
			Some((account, from)) if *from <= now => account.clone(),
			_ => self.account.clone(),
		}
	}

	/// The same with a change to `account` from block `from` on.
	pub fn changed(&self, account: AccountId, now: BlockNumber, from: BlockNumber) -> Self {
		Self {
			account: self.at(now),
			next: Some((account, from)),
		}
	}
}

/// One account's seat of one kind, with all that belongs to it.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct Registration<AccountId, Balance, BlockNumber> {
	/// The key that signs.
	pub key: PublicKey,
	/// Where its daemon is reached.
	pub endpoint: Endpoint,
	/// Who is paid.
	pub payout: Payout<AccountId, BlockNumber>,
	/// First epoch in force; equal to the seat's.
	pub since: Epoch,
	/// First epoch not in force any more; equal to the seat's.
	pub until: Option<Epoch>,
	/// How many runs hold the bond.
	pub locks: u32,
	/// What it bonded; penalties are parts of this.
	pub bond: Balance,
	/// What is still held of it.
	pub held: Balance,
	/// Whether it equivocated: what it signs does not count any more.
	pub barred: bool,
}

impl<AccountId, BlockNumber> Registration<AccountId, u128, BlockNumber> {
	/// Whether less than half of the bond is left.
	pub fn is_depleted(&self) -> bool {
		self.bond
			.checked_sub(self.held)
			.is_some_and(|taken| taken > self.held)
	}
}

/// What an attestor vouched for, one of two that contradict each other.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct SignedStates {
	/// [`guerdon_receipt::states_digest`] of what it says it recomputed.
	pub states: Digest,
	/// Its signature over the attestation that says so.
	pub signature: Signature,
}

/// The randomness kept for one epoch.
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
pub struct EpochSeed {
	/// Which epoch it belongs to.
	pub epoch: Epoch,
	/// The randomness as written at its start.
	pub seed: H256,
}
