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
	/// Whoever has a role in a run with a grant: the stream is sealed, and the owner's daemon hands
	/// out the keys. The chain keeps no more than that it is so.
	Gated,
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
	/// Somebody else had announced the same root before, and has it now.
	Contested {
		/// The dataset that took the root over; an even earlier one may have taken it from there.
		by: DatasetId,
	},
}

/// Who has a content root.
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
pub struct Holder {
	/// The dataset that has it.
	pub dataset: DatasetId,
	/// The dataset from which it was taken over in an unbroken line, or the same one. Datasets before
	/// it had the root in another line, which ended when its last one was retired.
	pub first: DatasetId,
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
	/// Who is paid for it. While it is contested whoever has its root is paid instead; this is then the
	/// account of who took it over, for when that one is gone.
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

/// What a sponsor says to a request to unlearn.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub enum Answer {
	/// Content root of a model that was made without the dataset.
	Model(H256),
	/// Why there is none, as text.
	Reason(BoundedVec<u8, ConstU32<256>>),
}

/// An answer and when it came.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct Answered<BlockNumber> {
	/// What was said.
	pub answer: Answer,
	/// In which block.
	pub at: BlockNumber,
}

/// An owner's request to the sponsor of a run to unlearn a dataset that was withdrawn. It holds all
/// that it is about, since dataset and run may be gone before it is.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct Unlearning<AccountId, Balance, BlockNumber> {
	/// Who asks.
	pub owner: AccountId,
	/// Who is to answer.
	pub sponsor: AccountId,
	/// Content root of the dataset.
	pub root: H256,
	/// Last block in which an answer is in time.
	pub deadline: BlockNumber,
	/// What is held for it.
	pub deposit: Balance,
	/// What the sponsor said, once it did.
	pub answer: Option<Answered<BlockNumber>>,
}

/// Where a request to unlearn stands.
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
pub enum UnlearningState {
	/// The sponsor has time to answer.
	Pending,
	/// The sponsor did not answer in time, and still may.
	Overdue,
	/// The sponsor answered.
	Answered {
		/// After the deadline.
		late: bool,
	},
}

impl<AccountId, Balance, BlockNumber: Copy + PartialOrd>
	Unlearning<AccountId, Balance, BlockNumber>
{
	/// Where it stands at block `now`.
	pub fn state(&self, now: BlockNumber) -> UnlearningState {
		match &self.answer {
			Some(answered) => UnlearningState::Answered {
				late: answered.at > self.deadline,
			},
			None if now > self.deadline => UnlearningState::Overdue,
			None => UnlearningState::Pending,
		}
	}

	/// The block from which the time that it is to be seen is counted: that of the answer, or the
	/// deadline while there is none.
	pub fn seen_from(&self) -> BlockNumber {
		self.answer
			.as_ref()
			.map_or(self.deadline, |answered| answered.at)
	}
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
	/// Who may fetch the content.
	pub access: Access,
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
