use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::{Hash, Hasher, Node, Payee, PoolId};

/// What a leaf counts in its pool.
pub type Weight = u64;

/// Separates the leaves of this version from everything else that is hashed.
pub const DOMAIN: &[u8] = b"guerdon/share/v1";

/// Separates the commitments of hidden payees from everything else that is hashed.
pub const HIDDEN_DOMAIN: &[u8] = b"guerdon/payee/v1";

/// The first byte of what is hashed for a leaf.
const LEAF_TAG: u8 = 0x00;

/// One payee's share of a pool.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct Leaf<AccountId> {
	/// Who is paid.
	pub payee: Payee<AccountId>,
	/// What the payee counts in the pool.
	pub weight: Weight,
}

/// The hash of a leaf: `H(0x00 | domain | pool: u64 | index: u64 | payee | weight: u64)`, integers
/// little-endian, the payee in SCALE. `domain` is [`DOMAIN`] for every pool of Guerdon; domains
/// that are used with one hasher must not be prefixes of each other.
pub fn leaf_hash<H: Hasher, AccountId: Encode>(
	domain: &[u8],
	pool: PoolId,
	index: u64,
	leaf: &Leaf<AccountId>,
) -> Hash {
	let mut bytes = Vec::with_capacity(96);
	bytes.push(LEAF_TAG);
	bytes.extend_from_slice(domain);
	bytes.extend_from_slice(&pool.to_le_bytes());
	bytes.extend_from_slice(&index.to_le_bytes());
	leaf.payee.encode_to(&mut bytes);
	bytes.extend_from_slice(&leaf.weight.to_le_bytes());
	H::hash(&bytes)
}

/// The tree node of a leaf of a Guerdon pool: [`leaf_hash`] under [`DOMAIN`], with its weight.
pub fn leaf_node<H: Hasher, AccountId: Encode>(
	pool: PoolId,
	index: u64,
	leaf: &Leaf<AccountId>,
) -> Node {
	Node {
		hash: leaf_hash::<H, _>(DOMAIN, pool, index, leaf),
		sum: leaf.weight.into(),
	}
}

/// The commitment of a hidden payee: `H("guerdon/payee/v1" | account (SCALE) | salt)`.
///
/// The salt must be random and kept: who knows it can tell whom the leaf pays, and without it the
/// leaf cannot be claimed.
pub fn hidden<H: Hasher, AccountId: Encode>(account: &AccountId, salt: &[u8; 32]) -> Hash {
	let mut bytes = Vec::with_capacity(96);
	bytes.extend_from_slice(HIDDEN_DOMAIN);
	account.encode_to(&mut bytes);
	bytes.extend_from_slice(salt);
	H::hash(&bytes)
}
