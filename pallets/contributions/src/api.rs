//! What other pallets may ask of the contribution ledger, and the types they ask it in.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::dispatch::DispatchResult;
use guerdon_receipt::{DatasetId, Role, RunId};
use scale_info::TypeInfo;

/// Who, or which dataset, a contribution is booked on.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub enum Subject<AccountId> {
	/// A trainer, user, attestor or appraiser.
	Account(AccountId),
	/// A dataset version; its owner may change payout accounts, the id never changes.
	Dataset(DatasetId),
}

/// One line of a table: what one subject contributed to one run in one role.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct Entry<AccountId> {
	/// Whom or what the line is booked on; never changes.
	pub subject: Subject<AccountId>,
	/// The account that is paid, as it stood when something was last recorded.
	pub payee: AccountId,
	/// Units of accepted work.
	pub units: u64,
	/// What the line counts when money is divided: the units, until valuation reweighs it.
	pub weight: u64,
}

/// The sums of one (run, role) table.
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
	Default,
)]
pub struct Table {
	/// Number of entries; indices are `0..count`.
	pub count: u32,
	/// Sum of the entries' units.
	pub units: u128,
	/// Sum of the entries' weights.
	pub weight: u128,
	/// A closed table never changes again.
	pub closed: bool,
}

/// Names one entry: run, role and index within that table.
pub type EntryKey = (RunId, Role, u32);

/// The ledger of accepted contributions. Only pallets write it; it has no calls.
pub trait Ledger<AccountId> {
	/// Adds `units` to the units and the weight of the subject's entry and makes `payee` the one
	/// who is paid. The first record of a subject creates its entry at the next index.
	///
	/// Zero units are allowed: they create an entry, or change its payee, without weight.
	fn record(
		run: RunId,
		role: Role,
		subject: Subject<AccountId>,
		payee: &AccountId,
		units: u64,
	) -> DispatchResult;
	/// Replaces an entry's weight and leaves its units alone. A weight of zero keeps the index.
	fn reweigh(run: RunId, role: Role, index: u32, weight: u64) -> DispatchResult;
	/// Closes a table for good, an empty one too. Closing a closed table does nothing.
	fn close(run: RunId, role: Role) -> DispatchResult;
	/// The sums of a table; all zero and open when nothing was recorded yet.
	fn table(run: RunId, role: Role) -> Table;
	/// One entry by its index.
	fn entry(run: RunId, role: Role, index: u32) -> Option<Entry<AccountId>>;
	/// The index of a subject's entry.
	fn index_of(run: RunId, role: Role, subject: &Subject<AccountId>) -> Option<u32>;
}

/// Looking entries up by account, for the read contract; nothing on chain depends on it.
pub trait History<AccountId> {
	/// Up to `limit` entries that are booked on `account` or pay it, after `cursor`.
	/// The order is that of storage keys: stable, and meaningless.
	fn history(account: &AccountId, cursor: Option<EntryKey>, limit: u32) -> Vec<EntryKey>;
}
