//! The bytes that are hashed and stored. They were computed with another implementation (Python's
//! hashlib) from the formulas in the README; a change here is a break of every existing pool.

use super::*;
use codec::{Decode, DecodeAll, Encode, MaxEncodedLen};

type Account = [u8; 32];

fn account() -> Account {
	core::array::from_fn(|byte| byte as u8)
}

fn leaves() -> [Leaf<Account>; 3] {
	[
		Leaf {
			payee: Payee::Account(account()),
			weight: 5,
		},
		Leaf {
			payee: Payee::Hidden(hidden::<H, _>(&account(), &[0x5a; 32])),
			weight: 0x1122_3344_5566_7788,
		},
		Leaf {
			payee: Payee::Pool(0x0102_0304_0506_0708),
			weight: 0,
		},
	]
}

const PAYEES: [&str; 3] = [
	"00000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
	"013c55a6dc2dd191863d916b37abdd21fb3aaeace236554718b02768c1462bd5a2",
	"020807060504030201",
];

const LEAVES: [&str; 3] = [
	"ee38a1556db81d0eeb12ef74e483a2067e2267366d5d99e9d32905873396004e",
	"bba97c9063b978921d5b963115de93c9e1c84bc59ed0189fe4959c3372668d7b",
	"7183091f96752d23198d638221c7cbf4e3cbe6f0667e68bd1f7c1798e5ca705f",
];

const LEFT: &str = "04be1d2e8891a8d09685f21cf4a6f8914fd7d89e27ea2ad97d2e4e60089c2a2f";
const LEFT_SUM: &str = "8d776655443322110000000000000000";
const ROOT: &str = "bece9dc00b0a9eb04fee7f419b2175b001d1c069584c079098656b0ff8c18e0f";
const ZERO_SUM: &str = "00000000000000000000000000000000";

/// Hands the bytes themselves back, so that a test sees what is hashed.
fn hashed_bytes(hash: impl FnOnce()) -> Vec<u8> {
	hash();
	SEEN.with(|seen| seen.borrow().clone())
}

thread_local! {
	static SEEN: core::cell::RefCell<Vec<u8>> = const { core::cell::RefCell::new(Vec::new()) };
}

struct Spy;

impl Hasher for Spy {
	fn hash(data: &[u8]) -> Hash {
		SEEN.with(|seen| *seen.borrow_mut() = data.to_vec());
		[0; 32]
	}
}

#[test]
fn the_native_hasher_is_blake2b_256() {
	assert_eq!(
		hex::encode(NativeBlake2_256::hash(b"abc")),
		"bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319",
	);
}

#[test]
fn payees_and_leaves_encode_as_they_always_did() {
	for (leaf, payee) in leaves().iter().zip(PAYEES) {
		assert_eq!(hex::encode(leaf.payee.encode()), payee);
		let bytes = [leaf.payee.encode(), leaf.weight.to_le_bytes().to_vec()].concat();
		assert_eq!(leaf.encode(), bytes);
		assert_eq!(&Leaf::decode_all(&mut &bytes[..]).unwrap(), leaf);
	}
	assert_eq!(Payee::<Account>::max_encoded_len(), 33);
	assert_eq!(Leaf::<Account>::max_encoded_len(), 41);
	assert!(Payee::<Account>::decode(&mut &[3u8; 33][..]).is_err());
}

#[test]
fn a_leaf_hash_covers_tag_domain_pool_index_payee_and_weight() {
	let [_, _, pool] = leaves();
	let bytes = hashed_bytes(|| {
		leaf_hash::<Spy, _>(DOMAIN, POOL, 2, &pool);
	});
	assert_eq!(
		hex::encode(bytes),
		"0067756572646f6e2f73686172652f7631070000000000000002000000000000000208070605040302010000000000000000",
	);
	for ((leaf, index), hash) in leaves().iter().zip(0..).zip(LEAVES) {
		assert_eq!(
			hex::encode(leaf_hash::<H, _>(DOMAIN, POOL, index, leaf)),
			hash
		);
		let node = leaf_node::<H, _>(POOL, index, leaf);
		assert_eq!(
			(hex::encode(node.hash), node.sum),
			(hash.into(), leaf.weight.into())
		);
	}
}

#[test]
fn a_node_hash_covers_tag_and_both_children() {
	let bytes = hashed_bytes(|| {
		node_hash::<Spy>(1, &[0xaa; 32], 1 << 100, &[0xbb; 32]);
	});
	let parts = [
		"01",
		"01000000000000000000000000000000",
		&"aa".repeat(32),
		"00000000000000000000000010000000",
		&"bb".repeat(32),
	];
	assert_eq!(hex::encode(bytes), parts.concat());
}

#[test]
fn builder_summary_node_and_proof_encode_as_they_always_did() {
	let mut builder = Builder::new();
	assert_eq!(hex::encode(builder.encode()), "000000000000000000");
	for (leaf, index) in leaves().iter().zip(0..) {
		builder
			.push::<H>(leaf_hash::<H, _>(DOMAIN, POOL, index, leaf), leaf.weight)
			.unwrap();
	}
	let frontier = [
		"0300000000000000",
		"08",
		LEFT,
		LEFT_SUM,
		LEAVES[2],
		ZERO_SUM,
	]
	.concat();
	assert_eq!(hex::encode(builder.encode()), frontier);
	assert_eq!(
		Builder::decode_all(&mut &builder.encode()[..]).unwrap(),
		builder
	);
	let summary = builder.finish::<H>().unwrap();
	assert_eq!(
		hex::encode(summary.encode()),
		[ROOT, LEFT_SUM, "0300000000000000"].concat()
	);

	let nodes = [0, 1, 2].map(|index| leaf_node::<H, _>(POOL, index as u64, &leaves()[index]));
	let proof = prove::<H>(&nodes, 2).unwrap();
	assert_eq!(hex::encode(proof.encode()), ["04", LEFT, LEFT_SUM].concat());

	assert_eq!(Node::max_encoded_len(), 48);
	assert_eq!(Summary::max_encoded_len(), 56);
	assert_eq!(Proof::max_encoded_len(), 1 + 40 * 48);
	assert_eq!(Builder::max_encoded_len(), 8 + 1 + 40 * 48);
}

#[test]
fn hidden_payees_differ_by_account_and_by_salt() {
	let commitment = hidden::<H, _>(&account(), &[0x5a; 32]);
	assert_ne!(commitment, hidden::<H, _>(&account(), &[0x5b; 32]));
	assert_ne!(commitment, hidden::<H, _>(&[0u8; 32], &[0x5a; 32]));
}
