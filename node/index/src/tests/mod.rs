#![allow(
	clippy::unwrap_used,
	clippy::expect_used,
	clippy::indexing_slicing,
	clippy::arithmetic_side_effects,
	clippy::as_conversions,
	clippy::panic
)]

use guerdon_share_tree::{
	hidden, leaf_node, page_count, Hash, NativeBlake2_256, PoolId, Summary, Tree, PAGE_LEAVES,
};
use std::path::Path;
use tempfile::TempDir;

use crate::{records, *};

mod apply;
mod file;
mod kill;
mod lookup;
mod model;
mod open;
mod proofs;
mod tidy;

type H = NativeBlake2_256;

const GENESIS: Hash = [7; 32];

fn folder() -> TempDir {
	tempfile::tempdir().unwrap()
}

fn open(folder: &TempDir) -> Index {
	Index::open(folder.path(), GENESIS).unwrap()
}

fn block(number: u32) -> Block {
	let mut hash = [1; 32];
	hash[..4].copy_from_slice(&number.to_le_bytes());
	Block { number, hash }
}

fn account(number: u64) -> AccountId {
	let mut account = [3; 32];
	account[..8].copy_from_slice(&number.to_be_bytes());
	account
}

fn leaf(number: u64, weight: u64) -> Leaf {
	Leaf {
		payee: Payee::Account(account(number)),
		weight,
	}
}

/// As many leaves, each of another payee: accounts, some of them hidden, some a list of members.
fn leaves(count: u64) -> Vec<Leaf> {
	let payee = |number: u64| match number % 7 {
		3 => Payee::Hidden(hidden::<H, _>(&account(number), &[number as u8; 32])),
		5 => Payee::Pool(number),
		_ => Payee::Account(account(number)),
	};
	(0..count)
		.map(|number| Leaf {
			payee: payee(number),
			weight: number * 31 % 17,
		})
		.collect()
}

fn tree(pool: PoolId, leaves: &[Leaf]) -> Tree {
	let nodes = (0..).zip(leaves);
	let nodes = nodes.map(|(index, leaf)| leaf_node::<H, _>(pool, index, leaf));
	Tree::new::<H>(nodes.collect()).unwrap()
}

fn summary(pool: PoolId, leaves: &[Leaf]) -> Summary {
	*tree(pool, leaves).summary()
}

fn streamed(pool: PoolId, from: u64, leaves: &[Leaf]) -> Change {
	Change::Streamed {
		pool,
		from,
		leaves: leaves.to_vec(),
	}
}

/// A whole pool as the chain brings it, in calls of 256 leaves.
fn whole(pool: PoolId, leaves: &[Leaf]) -> Vec<Change> {
	let parts = leaves.chunks(256).zip(0..);
	let mut changes: Vec<Change> = parts
		.map(|(part, number)| streamed(pool, number * 256, part))
		.collect();
	changes.push(Change::Sealed {
		pool,
		summary: summary(pool, leaves),
	});
	changes
}

/// Applies a whole pool in the next block.
fn add(index: &Index, pool: PoolId, leaves: &[Leaf]) {
	let number = index
		.cursor()
		.unwrap()
		.map_or(1, |cursor| cursor.number + 1);
	assert!(index.apply(block(number), &whole(pool, leaves)).unwrap());
}

fn state(index: &Index, pool: PoolId) -> Option<PoolState> {
	index.pool(pool).unwrap().map(|info| info.state)
}

/// Everything that the index answers about a sealed pool is what its tree answers.
fn assert_serves(index: &Index, pool: PoolId, leaves: &[Leaf], indices: impl Iterator<Item = u64>) {
	let tree = tree(pool, leaves);
	let count = leaves.len() as u64;
	assert_eq!(
		index.pool(pool).unwrap(),
		Some(PoolInfo {
			leaves: count,
			state: PoolState::Sealed(*tree.summary())
		})
	);
	for at in indices {
		let expected = (leaves[at as usize].clone(), tree.prove(at).unwrap());
		assert_eq!(index.prove(pool, at).unwrap(), expected, "{at} of {count}");
		assert_eq!(index.leaf(pool, at).unwrap(), expected.0);
	}
	for (part, page) in leaves.chunks(PAGE_LEAVES as usize).zip(0..) {
		let expected = (part.to_vec(), tree.prove_page(page).unwrap());
		assert_eq!(
			index.page(pool, page).unwrap(),
			expected,
			"{page} of {count}"
		);
	}
	assert!(matches!(
		index.prove(pool, count),
		Err(Error::NoSuchLeaf { index, count: kept, .. }) if (index, kept) == (count, count)
	));
	assert!(matches!(
		index.page(pool, page_count(count)),
		Err(Error::NoSuchPage { count: kept, .. }) if kept == page_count(count)
	));
}

/// All leaves of a payee, in pages of `limit`.
fn all_of(index: &Index, payee: &Payee, limit: usize) -> Vec<PaidLeaf> {
	let mut all = vec![];
	let mut after = None;
	loop {
		let found = index.of_payee(payee, after, limit).unwrap();
		assert!(found.leaves.len() <= limit);
		all.extend(found.leaves);
		after = found.next;
		if after.is_none() {
			return all;
		}
	}
}

/// How many pages, payees' records and generations to be removed a closed index has.
fn records_in(path: &Path) -> (usize, usize, usize) {
	let db = parity_db::Db::open(&records::options(path)).unwrap();
	let mut pages = 0;
	db.iter_column_while(records::PAGES, |_| {
		pages += 1;
		true
	})
	.unwrap();
	let walked = |column| {
		let mut walk = db.iter(column).unwrap();
		walk.seek_to_first().unwrap();
		let mut count = 0;
		while walk.next().unwrap().is_some() {
			count += 1;
		}
		count
	};
	(pages, walked(records::PAYEES), walked(records::DOOMED))
}
