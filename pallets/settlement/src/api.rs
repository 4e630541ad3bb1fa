//! What other pallets may ask of the settlement pot, and the types they ask it in.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{dispatch::DispatchResult, weights::Weight};
use guerdon_receipt::{DatasetId, RunId};
use scale_info::TypeInfo;
use sp_runtime::DispatchError;

use crate::{Asset, AssetId};

/// What a run's escrowed money is for.
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
pub enum Purse {
	/// Divided among the roles.
	Budget,
	/// Flat fees and prices per record.
	Licence,
	/// The sponsor's bond for revealing the test set.
	Bond,
	/// Small payments to whoever advances the run.
	Tip,
}

impl Purse {
	/// Every purse.
	pub const ALL: [Self; 4] = [Self::Budget, Self::Licence, Self::Bond, Self::Tip];

	/// What a purse holds, in a run that is paid in `paid_in`. Licences are priced in GRD, and tips are
	/// for who pays fees in it.
	pub fn asset(self, paid_in: Asset) -> Asset {
		match self {
			Self::Budget | Self::Bond => paid_in,
			Self::Licence | Self::Tip => None,
		}
	}
}

/// How a run is settled. It must be the same in every call of one settlement.
#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct SettleTerms<AccountId, Balance> {
	/// Who gets back what was not earned.
	pub sponsor: AccountId,
	/// The budget's split over `Role::ALL`, in parts per million; sums to exactly 1,000,000.
	pub split_ppm: [u32; 5],
	/// Units planned per role. Of a role's share the part that was done of them is paid, and the
	/// rest returns to the sponsor. Zero means that the whole share is paid if the role has any
	/// weight at all.
	///
	/// - Data providers: zero, for a run; any other number is compared with the records used.
	/// - Trainers, users: the units of their tasks.
	/// - Attestors: what trainers and users together were planned to do. Done is what these two did,
	///   however many attestors signed for it.
	pub planned_units: [u64; 5],
	/// Vested licence money: dataset, its payout account, amount. At most 64 entries, one for a
	/// dataset, together no more than the licence purse. Of a dataset with members it is kept for them.
	pub licence: Vec<(DatasetId, AccountId, Balance)>,
	/// The bond is added to what the data providers' pool is funded with; otherwise, or if that
	/// role has no weight, it returns to the sponsor.
	pub bond_to_publishers: bool,
}

/// What one bounded call of `settle` reached.
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
pub enum SettleProgress {
	/// Call again.
	Pending,
	/// Every pool is funded and the run's escrow is empty.
	Done,
}

/// The keeper of escrowed money and the one who pays it out.
pub trait Treasurer<AccountId, Balance> {
	/// Has budget and bond of a run that has nothing yet be in this asset. Refused if it is not allowed.
	fn pay_in(run: RunId, asset: AssetId) -> DispatchResult;
	/// Takes `amount` from `from` into a run's purse; keeps `from` alive. Zero does nothing.
	/// Refused once the run's settlement has started.
	fn deposit(run: RunId, purse: Purse, from: &AccountId, amount: Balance) -> DispatchResult;
	/// Pays `amount` out of a run's purse; what `to` cannot receive waits as a due. Zero does
	/// nothing. Once the run's settlement has started only the tip can be released, and once it
	/// is done nothing is left: release a tip before the call of `settle` it rewards.
	fn release(run: RunId, purse: Purse, to: &AccountId, amount: Balance) -> DispatchResult;
	/// What a purse holds.
	fn held(run: RunId, purse: Purse) -> Balance;
	/// Whether this account is the pot. It can never be a payee.
	fn is_pot(who: &AccountId) -> bool;
	/// Continues a run's settlement by up to `limit` steps: one per table entry, one per licence
	/// payment, one for funding and one for the returns. Every table of the run must be closed.
	/// A settlement that is done answers `Done` and changes nothing.
	fn settle(
		run: RunId,
		terms: &SettleTerms<AccountId, Balance>,
		limit: u32,
	) -> Result<SettleProgress, DispatchError>;
	/// What `limit` steps of a settlement weigh, for the call that continues it.
	fn settle_weight(limit: u32) -> Weight;
	/// What so many payments weigh besides in a run that is not paid in GRD.
	fn asset_weight(payments: u32) -> Weight;
}
