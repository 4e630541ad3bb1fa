#![allow(
	clippy::as_conversions,
	reason = "derive(Encode) casts the index of an enum's variant"
)]

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// What a record is.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum RecordKind {
	/// Every file, an empty one too.
	File,
	/// Every line that is not empty. Lines end with `\n` or the end of the file, and one `\r`
	/// before that is not part of the line. Quotes mean nothing: a record never spans lines.
	Line {
		/// Whether the first such line of each file names the columns and is not a record.
		header: bool,
	},
}

impl RecordKind {
	pub(crate) const fn to_byte(self) -> u8 {
		match self {
			Self::File => 0,
			Self::Line { header: false } => 1,
			Self::Line { header: true } => 2,
		}
	}

	pub(crate) const fn from_byte(byte: u8) -> Option<Self> {
		match byte {
			0 => Some(Self::File),
			1 => Some(Self::Line { header: false }),
			2 => Some(Self::Line { header: true }),
			_ => None,
		}
	}
}
