//! The columns of the database, and the keys of what is in them.
//!
//! Keys that are walked in order are big-endian. Pages and payees carry the generation of their pool's
//! records, so that those of an import, or of a pool that is gone, are never taken for others.

use codec::{Decode, DecodeAll, Encode};
use guerdon_share_tree::{PoolId, Weight, PAGE_LEAVES};
use parity_db::{ColumnOptions, Db, Options};
use std::path::Path;

use crate::{Error, Payee};

/// What the columns hold; another number refuses the index.
pub(crate) const FORMAT: u32 = 1;

/// Format, genesis, cursor and the next generation.
pub(crate) const META: u8 = 0;
/// Pool to `Pool`, in order.
pub(crate) const POOLS: u8 = 1;
/// Generation, tier and page to leaves (tier 0) or nodes.
pub(crate) const PAGES: u8 = 2;
/// Payee, pool, generation and index to the leaf's weight, in order.
pub(crate) const PAYEES: u8 = 3;
/// Generation to `Doomed`, in order.
pub(crate) const DOOMED: u8 = 4;

pub(crate) const FORMAT_KEY: &[u8] = b"format";
pub(crate) const GENESIS_KEY: &[u8] = b"genesis";
pub(crate) const CURSOR_KEY: &[u8] = b"cursor";
pub(crate) const NEXT_GENERATION_KEY: &[u8] = b"next-generation";

/// Tier 0 holds leaves, tier `t` the nodes above 256^t leaves each. A tree has 256^5 leaves at most, so
/// that nothing is above tier 5.
pub(crate) const TIERS: u8 = 6;

pub(crate) fn options(path: &Path) -> Options {
	let column = |btree_index| ColumnOptions {
		btree_index,
		..Default::default()
	};
	Options {
		columns: [false, true, false, true, true].map(column).to_vec(),
		// Both are the default, and what a cut of power asks for; see the README.
		sync_wal: true,
		sync_data: true,
		stats: false,
		..Options::with_columns(path, 0)
	}
}

/// Everything of one commit.
pub(crate) type Batch = Vec<(u8, Vec<u8>, Option<Vec<u8>>)>;

pub(crate) fn pool_key(pool: PoolId) -> Vec<u8> {
	pool.to_be_bytes().to_vec()
}

pub(crate) fn generation_key(generation: u32) -> Vec<u8> {
	generation.to_be_bytes().to_vec()
}

pub(crate) fn page_key(generation: u32, tier: u8, page: u64) -> Vec<u8> {
	(generation, tier, page).encode()
}

pub(crate) fn payee_key(payee: &Payee, pool: PoolId, generation: u32, index: u64) -> Vec<u8> {
	let mut key = payee.encode();
	key.extend(pool.to_be_bytes());
	key.extend(generation.to_be_bytes());
	key.extend(index.to_be_bytes());
	key
}

/// Pool, generation and index of a key that starts with the `prefix` of its payee.
pub(crate) fn split_payee_key(key: &[u8], prefix: &[u8]) -> Option<(PoolId, u32, u64)> {
	let rest = key.strip_prefix(prefix)?;
	let (pool, rest) = rest.split_first_chunk()?;
	let (generation, rest) = rest.split_first_chunk()?;
	let index = rest.try_into().ok()?;
	Some((
		PoolId::from_be_bytes(*pool),
		u32::from_be_bytes(*generation),
		u64::from_be_bytes(index),
	))
}

pub(crate) fn weight(value: &[u8]) -> Result<Weight, Error> {
	decode(value, "the weight of a leaf")
}

pub(crate) fn decode<T: Decode>(mut value: &[u8], what: &'static str) -> Result<T, Error> {
	T::decode_all(&mut value).map_err(|_| Error::Damaged(what))
}

pub(crate) fn get<T: Decode>(
	db: &Db,
	column: u8,
	key: &[u8],
	what: &'static str,
) -> Result<Option<T>, Error> {
	let value = db.get(column, key)?;
	value.map(|value| decode(&value, what)).transpose()
}

/// The number of things of `tier` in a tree of `count` leaves: leaves, pages, pages of pages...
pub(crate) fn count_at(count: u64, tier: u8) -> u64 {
	(0..tier).fold(count, |count, _| count.div_ceil(PAGE_LEAVES))
}

/// How many of `count` things are on their page number `page`; none beyond the last one.
pub(crate) fn on_page(count: u64, page: u64) -> u64 {
	let before = page.checked_mul(PAGE_LEAVES);
	let rest = before.and_then(|before| count.checked_sub(before));
	rest.unwrap_or(0).min(PAGE_LEAVES)
}
