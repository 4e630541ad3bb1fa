use crate::{AppraisalHeader, Error, Item};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Begins the first hash of every appraisal.
pub const DOMAIN: &[u8] = b"guerdon/appraisal/v1";

/// Begins the preimage of every commitment to an appraisal.
pub const COMMITMENT_DOMAIN: &[u8] = b"guerdon/appraisal/commitment/v1";

/// The digest of an appraisal, computed piece by piece: `d = H(DOMAIN | SCALE(header))`, then
/// `d = H(d | SCALE(item))` for every item.
///
/// It can be stored between two calls. It accepts exactly the announced number of canonical points
/// and after them users, so every digest stands for one well-formed appraisal.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct AppraisalDigest {
	digest: [u8; 32],
	points_left: u32,
	users_left: u32,
	last_user: Option<[u8; 32]>,
}

impl AppraisalDigest {
	/// Starts with the header.
	pub fn new(header: &AppraisalHeader, hash: impl Fn(&[u8]) -> [u8; 32]) -> Self {
		let mut preimage = DOMAIN.to_vec();
		header.encode_to(&mut preimage);
		Self {
			digest: hash(&preimage),
			points_left: header.points,
			users_left: header.users,
			last_user: None,
		}
	}

	/// Adds the next item. Nothing changes when it is refused.
	pub fn push(&mut self, item: &Item, hash: impl Fn(&[u8]) -> [u8; 32]) -> Result<(), Error> {
		match item {
			Item::Point(counts) => {
				let left = self
					.points_left
					.checked_sub(1)
					.ok_or(Error::UnexpectedItem)?;
				counts.check()?;
				self.points_left = left;
			}
			Item::User(counts) => {
				if self.points_left > 0 {
					return Err(Error::UnexpectedItem);
				}
				let left = self
					.users_left
					.checked_sub(1)
					.ok_or(Error::UnexpectedItem)?;
				counts.check()?;
				if self.last_user.is_some_and(|last| last >= counts.user) {
					return Err(Error::NotAscending);
				}
				self.users_left = left;
				self.last_user = Some(counts.user);
			}
		}
		let mut preimage = self.digest.to_vec();
		item.encode_to(&mut preimage);
		self.digest = hash(&preimage);
		Ok(())
	}

	/// Items that are still missing: points, users.
	pub fn left(&self) -> (u32, u32) {
		(self.points_left, self.users_left)
	}

	/// The digest of the whole appraisal, once nothing is missing.
	pub fn finish(&self) -> Result<[u8; 32], Error> {
		match self.left() {
			(0, 0) => Ok(self.digest),
			_ => Err(Error::ItemsMissing),
		}
	}
}

/// The bytes whose hash an appraiser commits to before it reveals salt and digest:
/// domain | run (u64, little-endian) | appraiser | salt | digest.
pub fn commitment(run: u64, appraiser: &[u8; 32], salt: &[u8; 32], digest: &[u8; 32]) -> Vec<u8> {
	[
		COMMITMENT_DOMAIN,
		&run.to_le_bytes(),
		appraiser,
		salt,
		digest,
	]
	.concat()
}

/// The bytes whose hash a sponsor commits to before a run: its test set, which it may show only
/// after the last receipt.
pub fn test_set_commitment(salt: &[u8; 32], root: &[u8; 32]) -> Vec<u8> {
	[&b"guerdon/tests/v1"[..], salt, root].concat()
}

/// The same for the gold answers hidden among the feedback items.
pub fn gold_commitment(salt: &[u8; 32], root: &[u8; 32]) -> Vec<u8> {
	[&b"guerdon/gold/v1"[..], salt, root].concat()
}
