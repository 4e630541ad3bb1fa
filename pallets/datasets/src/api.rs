//! What other pallets may ask about datasets: the traits [`Catalogue`] and [`Ownership`] and their
//! types; and what is asked about runs: [`RunHistory`].

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{
	dispatch::DispatchResult, pallet_prelude::DispatchError, traits::ConstU32, BoundedVec,
};
pub use guerdon_receipt::{DatasetId, RunId};
use scale_info::TypeInfo;
use sp_core::H256;

/// What a licence may allow: the bits of [`Licence::uses`].
pub mod uses {
	/// Train a model on the records.
	pub const TRAIN: u8 = 1;
	/// Fine-tune an existing model.
	pub const FINE_TUNE: u8 = 2;
	/// Evaluate a model.
	pub const EVALUATE: u8 = 4;
	/// Retrieve records at inference time.
	pub const RETRIEVE: u8 = 8;
	/// Build a search index.
	pub const INDEX: u8 = 16;
	/// Every bit that has a meaning.
	pub const ALL: u8 = TRAIN | FINE_TUNE | EVALUATE | RETRIEVE | INDEX;
}

/// An SPDX licence id or a `LicenseRef`, as text.
pub type Spdx = BoundedVec<u8, ConstU32<64>>;

/// How a run comes to use a dataset.
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
pub enum Approval {
	/// Any run on the licence's terms may use it.
	Open,
	/// The owner grants each run.
	ByGrant,
}

/// The terms on which an owner lets runs use a dataset.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct Licence<Balance, BlockNumber> {
	/// Bit set of [`uses`].
	pub uses: u8,
	/// Whether the model may be used commercially.
	pub commercial: bool,
	/// Whether works derived from the records may be passed on.
	pub derivatives: bool,
	/// Whether the owner must be named.
	pub attribution: bool,
	/// SPDX licence id or `LicenseRef`.
	pub spdx: Spdx,
	/// Hash of the full legal text.
	pub terms: H256,
	/// First block at which the licence is in force.
	pub valid_from: BlockNumber,
	/// First block at which it is in force no more.
	pub valid_until: Option<BlockNumber>,
	/// Open, or by grant.
	pub approval: Approval,
	/// Due once for each run that used the dataset.
	pub flat_fee: Balance,
	/// Due for each record used.
	pub price_per_record: Balance,
}

/// What a run copies about a dataset when it is proposed.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct Terms<AccountId, Balance, BlockNumber = u32> {
	/// Who published it.
	pub owner: AccountId,
	/// Who is paid for it now: while it is contested, whoever has its root.
	pub payout: AccountId,
	/// Content root: BLAKE3 of the framed stream.
	pub root: H256,
	/// Length of the stream in bytes.
	pub length: u64,
	/// Number of records.
	pub records: u64,
	/// Block of the announcement that was opened: earlier wins.
	pub priority: BlockNumber,
	/// Open, or by grant.
	pub approval: Approval,
	/// Due once for each run that used the dataset.
	pub flat_fee: Balance,
	/// Due for each record used.
	pub price_per_record: Balance,
}

/// Datasets as a run sees them.
pub trait Catalogue<AccountId, Balance, BlockNumber> {
	/// What a run copies about a dataset; `None` when it is unknown or retired.
	fn terms(dataset: DatasetId) -> Option<Terms<AccountId, Balance, BlockNumber>>;
	/// Whether a run may be proposed on it now: active, licensed for training, licence in force.
	fn usable(dataset: DatasetId) -> DispatchResult;
	/// A run begins to use the dataset: call it once for EVERY dataset of a proposed run, whatever
	/// its approval. It fails where [`Catalogue::usable`] does, keeps the licence's end as it
	/// stands now, holds off the dataset's retirement, and asks the owner where approval is by
	/// grant.
	fn request(dataset: DatasetId, run: RunId) -> DispatchResult;
	/// The run is done with the dataset: it left `Proposed` without it, was cancelled or is over.
	/// Nothing happens when there is no request.
	fn close_request(dataset: DatasetId, run: RunId);
	/// Whether the run may start with the dataset: open, or granted and not revoked.
	fn granted(dataset: DatasetId, run: RunId) -> bool;
	/// Whether a task of the run may cite the dataset now. The error says why not: it is contested,
	/// withdrawal or the grant's end took effect, the licence as it stood at the request ran out, or
	/// there is no grant.
	fn may_deal(dataset: DatasetId, run: RunId) -> Result<(), DispatchError>;
	/// Publishes a dataset with this many records that costs nothing.
	#[cfg(feature = "runtime-benchmarks")]
	fn publish(owner: &AccountId, records: u64, approval: Approval) -> DatasetId;
}

/// Whose datasets are, for whoever divides what they earn.
pub trait Ownership<AccountId> {
	/// Whether `who` decides what becomes of what a dataset earns: its owner does, unless it is contested.
	/// The error says why not.
	fn ensure_owner(dataset: DatasetId, who: &AccountId) -> DispatchResult;
	/// Which dataset is paid for this one now: itself, or while it is contested the one that has its root.
	/// `None` when it is unknown or retired; also when the one that took it over is gone, where an
	/// account alone is paid ([`Terms::payout`]).
	fn paid(dataset: DatasetId) -> Option<DatasetId>;
	/// Whether the dataset is so new that somebody could still take it over.
	fn is_new(dataset: DatasetId) -> bool;
	/// Publishes a dataset that costs nothing.
	#[cfg(feature = "runtime-benchmarks")]
	fn publish_for(owner: &AccountId) -> DatasetId;
}

/// What became of datasets in runs: who can be asked to unlearn them.
pub trait RunHistory<AccountId> {
	/// Who proposed a run; `None` when it never was, or that is not kept any more.
	fn sponsor(run: RunId) -> Option<AccountId>;
	/// Whether the run is over and records of the dataset were used in it.
	fn used(run: RunId, dataset: DatasetId) -> bool;
	/// Makes it so that the run of this sponsor is over and used the dataset.
	#[cfg(feature = "runtime-benchmarks")]
	fn set_used(sponsor: &AccountId, run: RunId, dataset: DatasetId);
}
