//! blake2b-256, and the generator of uniform numbers that everything random here is drawn with.

use crate::Digest;
use blake2::{
	digest::{consts::U32, Digest as _},
	Blake2b,
};

type Blake2b256 = Blake2b<U32>;

/// blake2b-256 of the concatenation.
pub(crate) fn blake2_256(parts: &[&[u8]]) -> Digest {
	let mut hasher = Blake2b256::new();
	for part in parts {
		hasher.update(part);
	}
	hasher.finalize().into()
}

/// 64-bit little-endian words of `blake2b-256(purpose | seed | context | counter u64)`, counter from
/// 0. Purpose, seed and counter have fixed lengths, so no two inputs share a stream.
pub(crate) struct Words {
	prefix: Blake2b256,
	counter: u64,
	block: core::array::IntoIter<u8, 32>,
}

impl Words {
	pub(crate) fn new(purpose: &[u8; 16], seed: &Digest, context: &[u8]) -> Self {
		let prefix = Blake2b256::new().chain_update(purpose).chain_update(seed);
		let mut words = Self {
			prefix: prefix.chain_update(context),
			counter: 0,
			block: [0; 32].into_iter(),
		};
		words.refill();
		words
	}

	fn refill(&mut self) {
		let block = self.prefix.clone().chain_update(self.counter.to_le_bytes());
		self.block = Digest::from(block.finalize()).into_iter();
		// No draw lasts 2^64 blocks.
		self.counter = self.counter.wrapping_add(1);
	}

	fn next(&mut self) -> u64 {
		if self.block.len() == 0 {
			self.refill();
		}
		let mut word = [0; 8];
		word.iter_mut()
			.zip(&mut self.block)
			.for_each(|(to, from)| *to = from);
		u64::from_le_bytes(word)
	}

	/// Uniform in `0 ..= last`. Words above the largest multiple of `last + 1` are thrown away, so
	/// that the remainder favours nobody.
	pub(crate) fn up_to(&mut self, last: u64) -> u64 {
		let Some(bound) = last.checked_add(1) else {
			return self.next();
		};
		loop {
			let word = self.next();
			if let Some(drawn) = below(word, bound) {
				return drawn;
			}
		}
	}
}

/// `word mod bound`, or `None` when `word` lies in the incomplete last stretch of `0 .. 2^64`.
fn below(word: u64, bound: u64) -> Option<u64> {
	let drawn = word.checked_rem(bound)?;
	let start = word.checked_sub(drawn)?;
	let last = bound.checked_sub(1)?;
	start.checked_add(last).map(|_| drawn)
}

#[cfg(test)]
mod tests {
	use super::*;
	use alloc::vec::Vec;

	#[test]
	fn words_above_the_last_full_stretch_are_refused() {
		// 2^64 = 3 * 6148914691236517205 + 1
		assert_eq!(below(u64::MAX, 3), None);
		assert_eq!(below(u64::MAX - 1, 3), Some(2));
		assert_eq!(below(u64::MAX, 1 << 63), Some((1 << 63) - 1));
		assert_eq!(below((1 << 63) + 4, (1 << 63) + 5), Some((1 << 63) + 4));
		assert_eq!(below((1 << 63) + 5, (1 << 63) + 5), None);
		assert_eq!(below(u64::MAX, 1), Some(0));
	}

	#[test]
	fn the_stream_is_frozen() {
		let mut words = Words::new(b"guerdon/draw/v1\0", &[7; 32], b"context");
		let mut expected = Vec::new();
		for counter in 0u64..2 {
			let block = blake2_256(&[
				b"guerdon/draw/v1\0",
				&[7; 32],
				b"context",
				&counter.to_le_bytes(),
			]);
			for word in block.chunks(8) {
				expected.push(u64::from_le_bytes(word.try_into().unwrap()));
			}
		}
		for word in expected {
			assert_eq!(words.up_to(u64::MAX), word);
		}
	}
}
