use crate::Error;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Compact, Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Number of a dataset version.
pub type DatasetId = u64;

/// Most datasets whose records can meet in one run.
pub const MAX_DATASETS: u32 = 128;

/// [`MAX_DATASETS`] as a type.
pub type MaxDatasets = ConstU32<MAX_DATASETS>;

/// What one dataset has in the ball of a test point.
#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo, Clone, Copy, PartialEq, Eq, Debug)]
pub struct Share {
	/// The dataset.
	#[codec(compact)]
	pub dataset: DatasetId,
	/// Its records in the ball that have the test point's label (`n+`).
	#[codec(compact)]
	pub with_label: u32,
	/// Its records in the ball that have another label (`n-`).
	#[codec(compact)]
	pub without_label: u32,
}

// By hand: the derive counts a compact field as its plain type, which is a byte too short.
impl MaxEncodedLen for Share {
	fn max_encoded_len() -> usize {
		[
			Compact::<DatasetId>::max_encoded_len(),
			Compact::<u32>::max_encoded_len(),
			Compact::<u32>::max_encoded_len(),
		]
		.iter()
		.sum()
	}
}

/// Everything that the score of one test point is computed from.
#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct PointCounts {
	/// Records in the ball (`m`).
	#[codec(compact)]
	pub in_ball: u32,
	/// Those of them that have the test point's label (`a`).
	#[codec(compact)]
	pub same_label: u32,
	/// The same per dataset: strictly ascending, datasets without a record left out.
	pub shares: BoundedVec<Share, MaxDatasets>,
}

impl MaxEncodedLen for PointCounts {
	fn max_encoded_len() -> usize {
		[
			Compact::<u32>::max_encoded_len(),
			Compact::<u32>::max_encoded_len(),
			BoundedVec::<Share, MaxDatasets>::max_encoded_len(),
		]
		.iter()
		.sum()
	}
}

impl PointCounts {
	/// Accepts the one canonical form: shares strictly ascending by dataset, none empty, and
	/// adding up to `in_ball` and `same_label`.
	pub fn check(&self) -> Result<(), Error> {
		let mut with_label = 0u32;
		let mut without_label = 0u32;
		let mut previous = None;
		for share in &self.shares {
			if previous.is_some_and(|dataset| dataset >= share.dataset) {
				return Err(Error::NotAscending);
			}
			previous = Some(share.dataset);
			if share.with_label == 0 && share.without_label == 0 {
				return Err(Error::EmptyShare);
			}
			with_label = with_label
				.checked_add(share.with_label)
				.ok_or(Error::SumMismatch)?;
			without_label = without_label
				.checked_add(share.without_label)
				.ok_or(Error::SumMismatch)?;
		}
		let in_ball = with_label
			.checked_add(without_label)
			.ok_or(Error::SumMismatch)?;
		if with_label != self.same_label || in_ball != self.in_ball {
			return Err(Error::SumMismatch);
		}
		Ok(())
	}
}

/// How a user answered the gold questions hidden among its items.
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
pub struct UserCounts {
	/// The user's account.
	pub user: [u8; 32],
	/// Gold questions answered.
	pub answered: u32,
	/// Gold questions answered right.
	pub right: u32,
}

impl UserCounts {
	/// Refuses more right answers than answers.
	pub fn check(&self) -> Result<(), Error> {
		if self.right > self.answered {
			return Err(Error::MoreRightThanAnswered);
		}
		Ok(())
	}
}
