#![allow(
	clippy::unwrap_used,
	clippy::expect_used,
	clippy::indexing_slicing,
	clippy::arithmetic_side_effects,
	clippy::as_conversions
)]

mod files;
mod framing;
mod proofs;
mod records;
mod sealed;
mod trailer;

use crate::{frame, RecordKind};

pub const LINES: RecordKind = RecordKind::Line { header: true };

/// Two files, three records: the dataset of the golden bytes.
pub const TWO_FILES: [(&str, &[u8]); 2] = [
	("a.csv", b"x,y\n1,2\n3,4\n"),
	("b/c.csv", b"x,y\r\n5,6\r\n"),
];

pub fn two_files() -> Vec<u8> {
	frame(TWO_FILES, LINES).unwrap()
}

/// Bytes that are not periodic in any power of two.
pub fn noise(length: usize) -> Vec<u8> {
	(0..length)
		.map(|i| (i % 251) as u8 ^ (i / 1021) as u8)
		.collect()
}
