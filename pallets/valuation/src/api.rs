//! What a run may ask of its appraisal: the [`Appraisals`] trait and its types.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{dispatch::DispatchResult, pallet_prelude::DispatchError, weights::Weight};
use guerdon_receipt::{DatasetId, RunId};
pub use guerdon_valuation::Basis;
use scale_info::TypeInfo;
use sp_core::H256;

/// Most accounts that [`Terms::exclude`] may name: the sponsor, 64 owners, 256 enrolled.
pub const MAX_EXCLUDED: u32 = 321;

/// Most entries of a run's table of users.
pub const MAX_USERS: u32 = 256;

/// Most appraisers that a run may draw.
pub const MAX_APPRAISERS: u32 = 15;

/// Most datasets that [`Terms::vested`] may name.
pub const MAX_VESTED: u32 = 64;

/// How the data providers' share of a run is divided.
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
pub enum Method {
	/// Threshold-KNN Shapley scores over the records of accepted tasks.
	#[default]
	ThresholdKnn,
	/// By the licence price that vested; nobody has to score anything.
	LicencePrice,
}

/// On what terms a run is appraised.
#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct Terms<AccountId, BlockNumber> {
	/// Who reveals the test set.
	pub sponsor: AccountId,
	/// How the data providers' share is divided.
	pub method: Method,
	/// Number of labels.
	pub classes: u16,
	/// `blake2_256("guerdon/tests/v1" | salt | test-set root)`.
	pub test_commitment: H256,
	/// Commitment to the gold answers; `None` for a run without feedback.
	pub gold_commitment: Option<H256>,
	/// How many appraisers are drawn.
	pub appraisers: u8,
	/// How many equal digests are accepted: more than half of `appraisers`.
	pub quorum: u8,
	/// Who may not appraise: the sponsor, the datasets' owners, whoever enrolled. At most
	/// [`MAX_EXCLUDED`], strictly ascending.
	pub exclude: Vec<AccountId>,
	/// Blocks for the sponsor to reveal the test set.
	pub reveal_window: BlockNumber,
	/// Blocks for the drawn appraisers to commit.
	pub commit_window: BlockNumber,
	/// Blocks for them to reveal what they committed to.
	pub uncover_window: BlockNumber,
	/// Licence price vested per dataset of which a record was used, strictly ascending by dataset.
	/// At most [`MAX_VESTED`].
	pub vested: Vec<(DatasetId, u128)>,
}

/// Where an appraisal stands after a call of [`Appraisals::advance`].
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
pub enum Progress {
	/// Something is still to come; every phase of it ends by its own deadline.
	Pending,
	/// It has just moved on to its next phase.
	Moved,
	/// The weights are final. Answered again and again, and changes nothing then.
	Done {
		/// Whether the sponsor revealed the test set in time.
		revealed: bool,
		/// What the weights were computed from.
		basis: Basis,
	},
}

/// Appraisals of runs.
pub trait Appraisals<AccountId, BlockNumber> {
	/// Begins a run's appraisal: its last receipt is in.
	fn open(run: RunId, terms: Terms<AccountId, BlockNumber>) -> DispatchResult;
	/// Most blocks from [`Appraisals::open`] until an appraisal with these windows is done, if
	/// somebody advances it whenever something is due.
	fn longest(
		reveal_window: BlockNumber,
		commit_window: BlockNumber,
		uncover_window: BlockNumber,
	) -> Result<BlockNumber, DispatchError>;
	/// Moves the appraisal on where a deadline has passed or an epoch's seed has come, by one
	/// bounded step, and says where it stands.
	fn advance(run: RunId) -> Result<Progress, DispatchError>;
	/// What [`Appraisals::advance`] weighs at its dearest.
	fn advance_weight() -> Weight;
}
