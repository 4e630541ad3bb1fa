//! What the pallet stores.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{pallet_prelude::ConstU32, BoundedVec};
use guerdon_receipt::{DatasetId, Digest, Epoch};
use guerdon_valuation::{AppraisalHeader, Basis, Item, Scores};
use scale_info::TypeInfo;
use sp_core::H256;

use crate::{Method, MAX_APPRAISERS, MAX_EXCLUDED, MAX_VESTED};

/// Most links of one `stream` call.
pub const MAX_LINKS: u32 = 64;

/// Length of an endpoint.
pub type Endpoint = BoundedVec<u8, ConstU32<128>>;

/// Links of one `stream` call, the last item of the appraisal first.
pub type Links = BoundedVec<Link, ConstU32<MAX_LINKS>>;

/// The drawn appraisers.
pub type Appraisers<AccountId> = BoundedVec<AccountId, ConstU32<MAX_APPRAISERS>>;

/// One item, and the digest as it was before the item was added to it.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct Link {
	/// The digest before the item.
	pub previous: Digest,
	/// The item.
	pub item: Item,
}

/// Where an appraisal stands. Deadlines are blocks: the phase may be left after them.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub enum Phase<BlockNumber> {
	/// The sponsor has to show its test set.
	AwaitingTests {
		/// Without it by then, licence prices decide.
		deadline: BlockNumber,
	},
	/// Appraisers are drawn with the seed of this epoch.
	Drawing {
		/// The epoch.
		epoch: Epoch,
	},
	/// The drawn appraisers commit.
	Committing {
		/// Who has not by then does not take part.
		deadline: BlockNumber,
	},
	/// Those that committed reveal.
	Revealing {
		/// Who has not by then does not count.
		deadline: BlockNumber,
	},
	/// A quorum agrees; its counts are brought on chain.
	Streaming {
		/// Without the last of them by then, licence prices decide.
		deadline: BlockNumber,
		/// What was agreed on.
		digest: Digest,
	},
	/// The weights are final.
	Done {
		/// Whether the sponsor showed its test set.
		revealed: bool,
		/// What the data providers' weights were computed from.
		basis: Basis,
	},
}

/// The test set that the sponsor showed.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct Tests {
	/// BLAKE3 of the test set.
	pub root: H256,
	/// BLAKE3 of the gold answers; `None` for a run without feedback.
	pub gold: Option<H256>,
	/// Where to get them.
	pub endpoint: Endpoint,
}

/// The appraisal of one run.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct Appraisal<AccountId, BlockNumber> {
	/// Who shows the test set.
	pub sponsor: AccountId,
	/// How data providers' weights are to be found.
	pub method: Method,
	/// Number of labels.
	pub classes: u16,
	/// Commitment to the test set.
	pub test_commitment: H256,
	/// Commitment to the gold answers.
	pub gold_commitment: Option<H256>,
	/// How many appraisers are drawn.
	pub count: u8,
	/// How many equal digests are accepted.
	pub quorum: u8,
	/// Blocks to commit.
	pub commit_window: BlockNumber,
	/// Blocks to reveal, and then to stream, unless `MinStreamBlocks` are more.
	pub uncover_window: BlockNumber,
	/// Who may not appraise; empty once done.
	pub exclude: BoundedVec<AccountId, ConstU32<MAX_EXCLUDED>>,
	/// Datasets of which a record was used, with the licence price vested; empty once done.
	pub vested: BoundedVec<(DatasetId, u128), ConstU32<MAX_VESTED>>,
	/// What the sponsor showed.
	pub tests: Option<Tests>,
	/// The drawn appraisers.
	pub appraisers: Appraisers<AccountId>,
	/// How often appraisers were drawn.
	pub draws: u8,
	/// Drawn the first time, and did not reveal; empty once done.
	pub silent: Appraisers<AccountId>,
	/// Where it stands.
	pub phase: Phase<BlockNumber>,
}

/// What one appraiser bound itself to.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct Commitment {
	/// Hash of run, appraiser, salt and digest.
	pub hash: H256,
	/// The digest, once shown.
	pub digest: Option<Digest>,
}

/// Counts on their way onto the chain, from the last item to the first.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct Stream {
	/// The digest that the next link must lead to.
	pub expected: Digest,
	/// Points received.
	pub points: u32,
	/// Users received.
	pub users: u32,
	/// The user received last; the next one must be below.
	pub last_user: Option<[u8; 32]>,
	/// The scores so far.
	pub scores: Scores,
}

/// What an accepted appraisal came to.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct Outcome {
	/// The accepted appraisal's head.
	pub header: AppraisalHeader,
	/// Its digest.
	pub digest: Digest,
	/// The scores computed from it.
	pub scores: Scores,
}
