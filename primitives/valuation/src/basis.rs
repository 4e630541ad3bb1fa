#![allow(
	clippy::as_conversions,
	reason = "what the derive of an enum's codec expands to"
)]

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// What the data providers' pool is divided by.
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
pub enum Basis {
	/// Positive valuation scores.
	#[codec(index = 0)]
	Scores,
	/// Licence price vested by accepted receipts.
	#[codec(index = 1)]
	LicencePrice,
	/// Records used by accepted receipts.
	#[codec(index = 2)]
	RecordsUsed,
}
