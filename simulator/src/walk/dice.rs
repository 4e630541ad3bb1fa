//! Chance that can be repeated: everything random in a walk comes from one seed.

/// SplitMix64: small, and the same on every machine.
#[derive(Clone)]
pub struct Dice(u64);

impl Dice {
	pub fn new(seed: u64) -> Self {
		Self(seed)
	}

	pub fn roll(&mut self) -> u64 {
		self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
		let mut mixed = self.0;
		mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
		mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
		mixed ^ (mixed >> 31)
	}

	/// A number below `end`, which is not zero.
	pub fn below(&mut self, end: u64) -> u64 {
		self.roll() % end
	}

	/// A number in `from..=to`.
	pub fn within(&mut self, from: u32, to: u32) -> u32 {
		from + self.below(u64::from(to - from) + 1) as u32
	}

	/// True so many times out of a hundred.
	pub fn chance(&mut self, percent: u64) -> bool {
		self.below(100) < percent
	}

	pub fn one_of<T: Clone>(&mut self, from: &[T]) -> Option<T> {
		if from.is_empty() {
			return None;
		}
		Some(from[self.below(from.len() as u64) as usize].clone())
	}

	pub fn bytes(&mut self) -> [u8; 32] {
		sp_io::hashing::blake2_256(&self.roll().to_le_bytes())
	}
}
