//! Weights of the calls: estimates until they are benchmarked on the reference machine.
//!
//! Time is counted generously: 50 us for a call, 25 us for a point of up to 64 shares.

use frame_support::weights::{constants::ParityDbWeight, Weight};

/// Weights of the calls.
pub trait WeightInfo {
	/// One appraisal read and written.
	fn reveal_tests() -> Weight;
	/// One appraisal, one commitment; closes the commitments.
	fn commit() -> Weight;
	/// With the last of them, every commitment is read, appraisers are booked, `u` users reset.
	fn reveal(u: u32) -> Weight;
	/// `l` links, and `d` datasets reweighed when it is the end.
	fn stream(l: u32, d: u32) -> Weight;
}

const APPRAISAL_BYTES: u64 = 16_000;

fn call(micros: u64, reads: u64, writes: u64) -> Weight {
	Weight::from_parts(
		micros.saturating_mul(1_000_000),
		reads.saturating_mul(APPRAISAL_BYTES),
	)
	.saturating_add(ParityDbWeight::get().reads_writes(reads, writes))
}

impl WeightInfo for () {
	fn reveal_tests() -> Weight {
		call(50, 1, 1)
	}

	fn commit() -> Weight {
		call(50, 3, 2)
	}

	fn reveal(u: u32) -> Weight {
		// 15 commitments and 15 appraisers booked with 4 items of storage each.
		call(150, 96, 80).saturating_add(call(5, 3, 2).saturating_mul(u.into()))
	}

	fn stream(l: u32, d: u32) -> Weight {
		call(80, 36, 20)
			.saturating_add(call(25, 3, 2).saturating_mul(l.into()))
			.saturating_add(call(10, 3, 2).saturating_mul(d.into()))
	}
}
