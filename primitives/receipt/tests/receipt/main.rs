//! The crate from outside: bytes, draws, evidence, signatures, exports.
#![allow(
	clippy::unwrap_used,
	clippy::expect_used,
	clippy::indexing_slicing,
	clippy::arithmetic_side_effects,
	clippy::as_conversions,
	clippy::panic
)]

mod bytes;
mod draws;
mod evidence;
mod export;
mod signatures;

use guerdon_receipt::{Attestation, Digest, Receipt, RECEIPT_VERSION};

fn receipt() -> Receipt {
	Receipt {
		version: RECEIPT_VERSION,
		genesis: [0x11; 32],
		run: 0x0807_0605_0403_0201,
		task: 0x0d0c_0b0a,
		contributor: [0x22; 32],
		base_model: [0x33; 32],
		result: [0x44; 32],
		steps: 1000,
		evidence: [0x55; 32],
		metric_before: 612_345,
		metric_after: 912_345,
		valid_until: 77_777,
	}
}

fn attestation() -> Attestation {
	Attestation {
		receipt: receipt().id(),
		attestor: [0x66; 32],
		states: [0x77; 32],
	}
}

fn unhex(text: &str) -> Vec<u8> {
	hex::decode(text).unwrap()
}

fn digest(text: &str) -> Digest {
	unhex(text).try_into().unwrap()
}

/// A number of one's own for every `index`, for cases that want many.
fn numbered(index: u64) -> Digest {
	sp_io::hashing::blake2_256(&index.to_le_bytes())
}
