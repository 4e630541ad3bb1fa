#![allow(
	clippy::as_conversions,
	reason = "what the derive of an enum's codec expands to"
)]

use crate::{PointCounts, UserCounts};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// What an appraisal is about and how much follows.
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
pub struct AppraisalHeader {
	/// The run.
	pub run: u64,
	/// Test points that follow.
	pub points: u32,
	/// Users that follow after them.
	pub users: u32,
	/// Squared radius of the balls.
	pub tau2: u32,
	/// Squared radius of exclusion.
	pub rho2: u32,
}

/// One piece of an appraisal.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub enum Item {
	/// The counts of the next test point, in the order of the test set.
	#[codec(index = 0)]
	Point(PointCounts),
	/// The counts of the next user, ascending by account.
	#[codec(index = 1)]
	User(UserCounts),
}
