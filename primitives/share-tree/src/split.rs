use alloc::{vec, vec::Vec};
use sp_arithmetic::{helpers_128bit::multiply_by_rational_with_rounding, Rounding};

use crate::Error;

/// Divides `total` by two weights: the left part is `floor(total * left / (left + right))`, the
/// right part is the rest. The product is computed in 256 bits.
///
/// Nothing over no weight is `(0, 0)`.
///
/// # Errors
///
/// [`Error::ZeroWeight`] when there is something to divide but both weights are zero,
/// [`Error::SumTooLarge`] when the weights add up to 2^128 or more.
pub fn split(total: u128, left: u128, right: u128) -> Result<(u128, u128), Error> {
	let sum = left.checked_add(right).ok_or(Error::SumTooLarge)?;
	if sum == 0 {
		return if total == 0 {
			Ok((0, 0))
		} else {
			Err(Error::ZeroWeight)
		};
	}
	let to_left = multiply_by_rational_with_rounding(total, left, sum, Rounding::Down)
		.ok_or(Error::SumTooLarge)?;
	let to_right = total.checked_sub(to_left).ok_or(Error::SumTooLarge)?;
	Ok((to_left, to_right))
}

/// Divides `total` by any number of weights: [`split`] from the root down over the tree that these
/// weights would have as leaves. The parts are in the order of the weights and sum to `total`.
///
/// # Errors
///
/// [`Error::ZeroWeight`] when there is something to divide but no weight above zero,
/// [`Error::SumTooLarge`] when the weights add up to 2^128 or more.
pub fn split_many(total: u128, weights: &[u128]) -> Result<Vec<u128>, Error> {
	let mut levels = vec![];
	let mut top = weights.to_vec();
	while top.len() > 1 {
		let above = top.chunks(2).map(|pair| {
			pair.iter()
				.try_fold(0u128, |sum, weight| sum.checked_add(*weight))
		});
		let above = above
			.collect::<Option<Vec<u128>>>()
			.ok_or(Error::SumTooLarge)?;
		levels.push(core::mem::replace(&mut top, above));
	}
	if total > 0 && top.iter().all(|weight| *weight == 0) {
		return Err(Error::ZeroWeight);
	}
	let mut parts = vec![total; top.len()];
	for level in levels.iter().rev() {
		let mut below = Vec::with_capacity(level.len());
		for (pair, part) in level.chunks(2).zip(parts) {
			if let [left, right] = pair {
				let (to_left, to_right) = split(part, *left, *right)?;
				below.extend([to_left, to_right]);
			} else {
				below.push(part);
			}
		}
		parts = below;
	}
	Ok(parts)
}
