/// A 256-bit digest.
pub type Hash = [u8; 32];

/// The hash function of a tree: blake2b-256, as a host function in the runtime, native elsewhere.
pub trait Hasher {
	/// The digest of `data`.
	fn hash(data: &[u8]) -> Hash;
}

/// blake2b-256 in plain Rust.
#[cfg(feature = "native")]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NativeBlake2_256;

#[cfg(feature = "native")]
impl Hasher for NativeBlake2_256 {
	fn hash(data: &[u8]) -> Hash {
		use blake2::{digest::consts::U32, Blake2b, Digest};
		Blake2b::<U32>::digest(data).into()
	}
}
