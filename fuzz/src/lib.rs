//! What the targets share.

use std::{fs, path::PathBuf, process};

/// The environment variable that names a folder for a target's seeds.
const SEEDS: &str = "GUERDON_SEEDS";

/// Writes valid inputs to start from, and ends, when the script asks for them.
pub fn seeds(make: impl FnOnce() -> Vec<Vec<u8>>) {
	let Some(folder) = std::env::var_os(SEEDS).map(PathBuf::from) else {
		return;
	};
	fs::create_dir_all(&folder).expect("the folder can be made");
	for (number, seed) in make().into_iter().enumerate() {
		fs::write(folder.join(format!("seed-{number}")), seed).expect("the folder can be written");
	}
	process::exit(0);
}

/// blake2b-256, the chain's hash.
pub fn blake2_256(bytes: &[u8]) -> [u8; 32] {
	use blake2::Digest;
	blake2::Blake2b::<blake2::digest::consts::U32>::digest(bytes).into()
}

/// Takes numbers from the front of an input; zero when there is nothing left.
pub struct Numbers<'a>(pub &'a [u8]);

impl Numbers<'_> {
	/// The next byte.
	pub fn byte(&mut self) -> u8 {
		let Some((first, rest)) = self.0.split_first() else {
			return 0;
		};
		self.0 = rest;
		*first
	}

	/// The next eight bytes.
	pub fn long(&mut self) -> u64 {
		u64::from_le_bytes([(); 8].map(|()| self.byte()))
	}

	/// The next sixteen bytes.
	pub fn wide(&mut self) -> u128 {
		u128::from_le_bytes([(); 16].map(|()| self.byte()))
	}
}
