//! What is contributed, and what tasks ask for.
#![allow(
	clippy::as_conversions,
	reason = "derive(Encode) casts the index of an enum's variant"
)]

use crate::{DatasetId, Digest};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// What a contribution to a run was.
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
	PartialOrd,
	Ord,
	Debug,
)]
pub enum Role {
	/// Owns a dataset whose records were used.
	#[codec(index = 0)]
	DataProvider,
	/// Trained or aggregated.
	#[codec(index = 1)]
	Trainer,
	/// Labelled, rated or evaluated.
	#[codec(index = 2)]
	User,
	/// Re-executed drawn steps and signed.
	#[codec(index = 3)]
	Attestor,
	/// Counted what the scores are computed from.
	#[codec(index = 4)]
	Appraiser,
}

impl Role {
	/// Every role, in the order of its index.
	pub const ALL: [Role; 5] = [
		Role::DataProvider,
		Role::Trainer,
		Role::User,
		Role::Attestor,
		Role::Appraiser,
	];

	/// Position in [`Role::ALL`], which is also its SCALE index.
	pub const fn index(self) -> usize {
		match self {
			Role::DataProvider => 0,
			Role::Trainer => 1,
			Role::User => 2,
			Role::Attestor => 3,
			Role::Appraiser => 4,
		}
	}
}

/// What a task asks for.
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
pub enum Work {
	/// Train on the records `first .. first + count` of a dataset, `passes` times over.
	#[codec(index = 0)]
	Train {
		/// The dataset version.
		dataset: DatasetId,
		/// First record, from 0.
		first: u64,
		/// How many records.
		count: u32,
		/// How often each record is used.
		passes: u16,
	},
	/// Label a batch of items.
	#[codec(index = 1)]
	Feedback {
		/// Number of the batch within the run, from 0.
		batch: u32,
		/// How many items it has.
		items: u32,
		/// Content root of the items.
		items_root: Digest,
	},
	/// Average the round's accepted results.
	#[codec(index = 2)]
	Aggregate,
}
