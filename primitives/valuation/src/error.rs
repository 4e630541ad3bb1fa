#![allow(
	clippy::as_conversions,
	reason = "what the derive of an enum's codec expands to"
)]

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Why something cannot be counted, scored or read.
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
	PartialOrd,
	Ord,
)]
pub enum Error {
	/// Shares, users or records must be strictly ascending: sort them and drop duplicates.
	NotAscending,
	/// A share without any record must be left out.
	EmptyShare,
	/// The shares do not add up to the totals of the point.
	SumMismatch,
	/// More right answers than answers.
	MoreRightThanAnswered,
	/// At least two classes are needed, and at most 65,535.
	InvalidClasses,
	/// More datasets than `MAX_DATASETS`.
	MaxDatasetsExceeded,
	/// More records than `MAX_RECORDS_IN_BALL`.
	MaxRecordsExceeded,
	/// More features than `MAX_FEATURES`.
	MaxFeaturesExceeded,
	/// Records and test points must all have the same number of features.
	FeatureCountMismatch,
	/// An appraisal needs at least one test point.
	NoTestPoints,
	/// Inputs that belong together differ in length.
	LengthMismatch,
	/// A number is too large for the arithmetic.
	Overflow,
	/// The feature specification contradicts itself.
	InvalidSpec,
	/// The record has fewer columns than the specification names.
	MissingColumn,
	/// A field that should be a decimal number is none.
	NotANumber,
	/// The label is missing, or not a number below the number of classes.
	InvalidLabel,
	/// The item is not the next one that the header announces: points first, then users.
	UnexpectedItem,
	/// Items that the header announces are still missing.
	ItemsMissing,
}

impl core::fmt::Display for Error {
	fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
		f.write_str(match self {
			Self::NotAscending => "entries are not strictly ascending",
			Self::EmptyShare => "a share holds no record",
			Self::SumMismatch => "shares do not add up to the totals",
			Self::MoreRightThanAnswered => "more right answers than answers",
			Self::InvalidClasses => "the number of classes is not within 2..=65535",
			Self::MaxDatasetsExceeded => "too many datasets",
			Self::MaxRecordsExceeded => "too many records",
			Self::MaxFeaturesExceeded => "too many features",
			Self::FeatureCountMismatch => "records or test points differ in number of features",
			Self::NoTestPoints => "no test points",
			Self::LengthMismatch => "inputs differ in length",
			Self::Overflow => "a number is too large",
			Self::InvalidSpec => "the feature specification contradicts itself",
			Self::MissingColumn => "a column is missing",
			Self::NotANumber => "a field is not a decimal number",
			Self::InvalidLabel => "the label is missing or out of range",
			Self::UnexpectedItem => "not the item that comes next",
			Self::ItemsMissing => "items are missing",
		})
	}
}

impl core::error::Error for Error {}
