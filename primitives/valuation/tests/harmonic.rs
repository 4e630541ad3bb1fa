//! `harmonic` against exact arithmetic.
#![allow(clippy::arithmetic_side_effects, clippy::as_conversions)]

use guerdon_valuation::{harmonic, Error, CHECKPOINT_STRIDE, MAX_RECORDS_IN_BALL};
use num_bigint::BigInt;
use num_rational::BigRational;

/// For every argument, the floor is decided by the bits that the partial sums carry. What a call
/// returns is compared for some 5,000 of them: each adds up to 2,048 terms.
#[test]
fn the_floor_is_decided_everywhere_and_reached_from_both_sides() {
	// The floor of the exact sum lies between those of `low / 2^107` and `(low + i) / 2^107`.
	let mut low = 0u128;
	for i in 1..=u128::from(MAX_RECORDS_IN_BALL) {
		low += (1u128 << 107) / i;
		assert_eq!(low >> 43, (low + i) >> 43, "undecided at {i}");
		// Every sum near a checkpoint and a spread of the others, so both directions are walked.
		let m = i as u32;
		let offset = m % CHECKPOINT_STRIDE;
		if m <= 4_200 || !(2..=CHECKPOINT_STRIDE - 2).contains(&offset) || m.is_multiple_of(6_007) {
			assert_eq!(harmonic(m), Ok(low >> 43), "m = {m}");
		}
	}
}

#[test]
fn small_values_match_exact_rationals() {
	let mut exact = BigRational::from_integer(BigInt::from(0));
	assert_eq!(harmonic(0), Ok(0));
	for m in 1..=200u32 {
		exact += BigRational::new(BigInt::from(1), BigInt::from(m));
		let scaled = (&exact * BigRational::from_integer(BigInt::from(1u128 << 64))).floor();
		assert_eq!(
			BigInt::from(harmonic(m).unwrap()),
			scaled.to_integer(),
			"m = {m}"
		);
	}
}

#[test]
fn golden_values() {
	assert_eq!(harmonic(1), Ok(1 << 64));
	assert_eq!(harmonic(2), Ok(3 << 63));
	assert_eq!(harmonic(20), Ok(GOLDEN_20));
	assert_eq!(harmonic(MAX_RECORDS_IN_BALL), Ok(GOLDEN_MAX));
}

const GOLDEN_20: u128 = 66_366_582_699_165_048_397;
const GOLDEN_MAX: u128 = 266_373_931_345_919_407_035;

#[test]
fn more_records_than_the_bound_are_refused() {
	assert_eq!(
		harmonic(MAX_RECORDS_IN_BALL + 1),
		Err(Error::MaxRecordsExceeded)
	);
	assert_eq!(harmonic(u32::MAX), Err(Error::MaxRecordsExceeded));
}
