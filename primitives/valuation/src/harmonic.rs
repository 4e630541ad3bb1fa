use crate::{harmonic_table::CHECKPOINTS, Error};
use core::num::NonZeroU64;

/// Most records that may lie in the ball of one test point.
pub const MAX_RECORDS_IN_BALL: u32 = 1 << 20;

/// Distance between two stored partial sums. A call of [`harmonic`] adds at most half as many terms.
pub const CHECKPOINT_STRIDE: u32 = 1 << STRIDE_BITS;

const STRIDE_BITS: u32 = 12;

/// Bits below the result's last one that the partial sums carry.
const GUARD_BITS: u32 = 43;

/// `floor(2^64 * H_m)`, where `H_m = 1 + 1/2 + … + 1/m` and `H_0 = 0`: correctly rounded down for
/// every `m` up to [`MAX_RECORDS_IN_BALL`].
///
/// The terms are summed as `floor(2^107 / i)`, from the nearest stored checkpoint. Their sum is less
/// than `m <= 2^20` units of `2^-107` too small; that this never carries across a multiple of
/// `2^-64` is checked by the tests for every single `m`.
///
/// Cost: at most 2,048 steps of two 64-bit divisions, whatever `m` is.
pub fn harmonic(m: u32) -> Result<u128, Error> {
	if m > MAX_RECORDS_IN_BALL {
		return Err(Error::MaxRecordsExceeded);
	}
	let nearest = m
		.checked_add(CHECKPOINT_STRIDE >> 1)
		.ok_or(Error::Overflow)?
		>> STRIDE_BITS;
	let start = nearest << STRIDE_BITS;
	let base = usize::try_from(nearest)
		.ok()
		.and_then(|index| CHECKPOINTS.get(index))
		.ok_or(Error::MaxRecordsExceeded)?;
	let sum = if start <= m {
		base.checked_add(reciprocals(start, m)?)
	} else {
		base.checked_sub(reciprocals(m, start)?)
	};
	Ok(sum.ok_or(Error::Overflow)? >> GUARD_BITS)
}

/// Sum of `floor(2^107 / i)` for `i` in `after + 1..=last`.
fn reciprocals(after: u32, last: u32) -> Result<u128, Error> {
	(u64::from(after)..=u64::from(last))
		.skip(1)
		.filter_map(NonZeroU64::new)
		.try_fold(0u128, |sum, i| sum.checked_add(reciprocal(i)))
		.ok_or(Error::Overflow)
}

/// `floor(2^107 / i)` for `i <= 2^20`, by schoolbook division in 64 bits.
fn reciprocal(i: NonZeroU64) -> u128 {
	const HIGH: u64 = 1 << 63;
	// The remainder is below 2^20, so shifting it by 44 stays within 64 bits.
	(u128::from(HIGH / i) << 44) | u128::from(((HIGH % i) << 44) / i)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn every_checkpoint_is_the_sum_of_its_terms() {
		let mut sum = 0u128;
		let mut expected = alloc::vec![0];
		for i in 1..=MAX_RECORDS_IN_BALL {
			sum = sum
				.checked_add((1u128 << 107).checked_div(i.into()).unwrap())
				.unwrap();
			if i.is_multiple_of(CHECKPOINT_STRIDE) {
				expected.push(sum);
			}
		}
		assert_eq!(CHECKPOINTS.as_slice(), expected);
	}
}
