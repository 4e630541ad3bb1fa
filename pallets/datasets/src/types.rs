//! What the pallet stores, and what `publish` takes.

use crate::api::{DatasetId, Licence};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use guerdon_content::ChunkProof;
use guerdon_receipt::Epoch;
use scale_info::TypeInfo;
use sp_core::H256;

/// Where a metadata document is found, as text.
pub type Uri = BoundedVec<u8, ConstU32<256>>;
/// Address of a daemon, as text.
pub type Endpoint = BoundedVec<u8, ConstU32<128>>;
/// What hides an announced root from guessing.
pub type Salt = [u8; 32];

/// The first part of what an announcement's commitment is the hash of.
pub const ANNOUNCE_DOMAIN: &str = "guerdon/announce/v1";

/// A commitment to a dataset that is not shown yet.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct Announcement<Balance, BlockNumber> {
	/// When it was made.
	pub at: BlockNumber,
	/// What is held for it.
	pub deposit: Balance,
}

/// What a dataset consists of: one framed byte stream.
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
pub struct Content {
	/// BLAKE3 of the stream.
	pub root: H256,
	/// Length of the stream in bytes.
	pub length: u64,
	/// Number of records.
	pub records: u64,
}

/// The document that describes a dataset.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct Metadata {
	/// Hash of its canonical form.
	pub hash: H256,
	/// Where it is found.
	pub uri: Uri,
}

/// Who may fetch the content.
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
pub enum Access {
	/// Anyone.
	Open,
}

/// Whether runs may use a dataset.
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
pub enum Status {
	/// On the terms of its licence.
	Active,
	/// The owner withdrew consent.
	Withdrawn {
		/// First epoch in which no task is dealt on it.
		from: Epoch,
	},
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

/// One dataset version.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct Dataset<AccountId, Balance, BlockNumber> {
	/// Who published it.
	pub owner: AccountId,
	/// Who is paid for it.
	pub payout: Payout<AccountId, BlockNumber>,
	/// What it consists of.
	pub content: Content,
	/// What describes it.
	pub metadata: Metadata,
	/// The terms for future runs.
	pub licence: Licence<Balance, BlockNumber>,
	/// Who may fetch the content.
	pub access: Access,
	/// Where the content is fetched.
	pub endpoint: Endpoint,
	/// The version before it, which may be retired.
	pub parent: Option<DatasetId>,
	/// Block of the announcement that was opened: earlier wins.
	pub priority: BlockNumber,
	/// Whether runs may use it.
	pub status: Status,
	/// What is held for it.
	pub deposit: Balance,
	/// How many open runs use it.
	pub uses: u32,
	/// How many of them wait for the owner's grant.
	pub pending: u32,
}

/// Where a run stands with the owner.
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
pub enum Grant {
	/// The licence was open when the run asked.
	NotNeeded,
	/// The owner has not answered.
	Pending,
	/// The owner agreed.
	Given,
	/// The owner agreed and revoked.
	Revoked {
		/// First epoch in which no task is dealt.
		until: Epoch,
	},
	/// The owner did not agree.
	Declined,
}

/// An open run's use of a dataset.
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
pub struct Use<BlockNumber> {
	/// Where the run stands with the owner.
	pub grant: Grant,
	/// The licence's end as it was when the run asked.
	pub valid_until: Option<BlockNumber>,
}

/// What `publish` takes.
#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct PublishArgs<AccountId, Balance, BlockNumber> {
	/// Content root: BLAKE3 of the framed stream.
	pub root: H256,
	/// Length of the stream in bytes.
	pub length: u64,
	/// Number of records.
	pub records: u64,
	/// The salt of the announcement.
	pub salt: Salt,
	/// The stream's last chunk, which is its trailer, and its path to the root.
	pub final_chunk: ChunkProof,
	/// Hash of the canonical metadata document.
	pub metadata_hash: H256,
	/// Where the metadata document is found.
	pub uri: Uri,
	/// The terms for runs.
	pub licence: Licence<Balance, BlockNumber>,
	/// Where the content is fetched.
	pub endpoint: Endpoint,
	/// The version before it, of the same owner.
	pub parent: Option<DatasetId>,
	/// Who is paid.
	pub payout: AccountId,
}

impl<AccountId, Balance, BlockNumber> PublishArgs<AccountId, Balance, BlockNumber> {
	/// How many parents the final chunk's proof has: what its verification costs by.
	pub fn parents(&self) -> u32 {
		u32::try_from(self.final_chunk.parents.len()).unwrap_or(u32::MAX)
	}
}
