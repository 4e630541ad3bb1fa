#![allow(
	clippy::as_conversions,
	reason = "what the derive of an enum's codec expands to"
)]

use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Most features of a record or test point.
pub const MAX_FEATURES: u32 = 256;

/// [`MAX_FEATURES`] as a type.
pub type MaxColumns = ConstU32<MAX_FEATURES>;

/// A column of numbers and the range that is mapped to `0..=255`.
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
pub struct Column {
	/// Position in the line, from 0.
	pub index: u16,
	/// Decimals that count: `min` and `max` are in units of `10^-decimals`. At most 18.
	pub decimals: u8,
	/// Value that becomes 0, like everything below it.
	pub min: i64,
	/// Value that becomes 255, like everything above it.
	pub max: i64,
}

/// How a record becomes a vector and a label.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub enum FeatureSpec {
	/// A record is a line of comma-separated fields. Fields may stand in double quotes; a quoted
	/// line break is not supported.
	///
	/// A field is a decimal number with an optional exponent. Digits past the column's decimals are
	/// cut off, the value is clamped into `min..=max` and becomes
	/// `round(255 * (value - min) / (max - min))`, halves up.
	#[codec(index = 0)]
	Csv {
		/// The columns that become features, strictly ascending.
		columns: BoundedVec<Column, MaxColumns>,
		/// The column that holds the label: a number below `classes`.
		label: u16,
		/// Number of labels.
		classes: u16,
		/// Whether plain files (validation set, test set, feedback items) begin with a line of column
		/// names. Whether a dataset's files do, its own stream says.
		header: bool,
	},
	/// A record is a label (a decimal number below `classes`), a tab, and a text.
	///
	/// Every three adjacent bytes of the text, read as one big-endian number, fall into the bucket
	/// `(number * 2654435761 mod 2^32) >> 24`. A bucket that got `c` of them becomes
	/// `floor(255 * c / sqrt(sum of all c^2))`: all texts have the same length as vectors.
	#[codec(index = 1)]
	TextTrigrams {
		/// Number of labels.
		classes: u16,
	},
}
