use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::{Error, Hash, Hasher, MAX_SUM};

/// The first byte of what is hashed for an inner node.
const NODE_TAG: u8 = 0x01;

/// 0x01, then a sum of 16 bytes and a hash of 32 for each child.
const NODE_BYTES: usize = 97;

/// A node of the tree: its hash, and the sum of the weights of all leaves under it.
#[derive(
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
)]
pub struct Node {
	/// The leaf's hash, or [`node_hash`] of the children.
	pub hash: Hash,
	/// The leaf's weight, or the sum of the children's sums.
	pub sum: u128,
}

/// The hash of an inner node: `H(0x01 | left sum: u128 | left hash | right sum: u128 | right
/// hash)`, sums little-endian.
pub fn node_hash<H: Hasher>(
	left_sum: u128,
	left_hash: &Hash,
	right_sum: u128,
	right_hash: &Hash,
) -> Hash {
	let parts: [&[u8]; 5] = [
		&[NODE_TAG],
		&left_sum.to_le_bytes(),
		left_hash,
		&right_sum.to_le_bytes(),
		right_hash,
	];
	let mut bytes = [0; NODE_BYTES];
	for (byte, value) in bytes.iter_mut().zip(parts.into_iter().flatten()) {
		*byte = *value;
	}
	H::hash(&bytes)
}

/// The node above `left` and `right`.
pub(crate) fn join<H: Hasher>(left: &Node, right: &Node) -> Result<Node, Error> {
	let sum = left
		.sum
		.checked_add(right.sum)
		.filter(|sum| *sum <= MAX_SUM);
	Ok(Node {
		sum: sum.ok_or(Error::SumTooLarge)?,
		hash: node_hash::<H>(left.sum, &left.hash, right.sum, &right.hash),
	})
}
