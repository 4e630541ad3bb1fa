use super::*;
use proptest::prelude::*;

/// First, last, and on both sides of the ends of pages and of the largest full subtrees.
fn edges(count: u64) -> impl Iterator<Item = u64> {
	let full = 1u64 << count.ilog2();
	let edges = [0, 1, 254, 255, 256, 257, count / 2, full - 1, full];
	let last = [
		count - 1,
		(count - 1) / 256 * 256,
		((count - 1) / 256 * 256).saturating_sub(1),
	];
	edges
		.into_iter()
		.chain(last)
		.filter(move |index| *index < count)
}

#[test]
fn every_number_of_leaves_gives_the_proofs_of_its_tree() {
	let folder = folder();
	let index = open(&folder);
	let around = (1..=16).flat_map(|pages| pages * 256 - 2..=pages * 256 + 2);
	let mut counts: Vec<u64> = (1..=530).chain(around).collect();
	counts.dedup();
	for (count, pool) in counts.into_iter().zip(0..) {
		let leaves = leaves(count);
		add(&index, pool, &leaves);
		assert_serves(&index, pool, &leaves, edges(count));
	}
}

#[test]
fn every_leaf_of_a_pool_gives_its_proof() {
	let folder = folder();
	let index = open(&folder);
	for count in [1, 2, 3, 255, 256, 257, 512, 1_000] {
		add(&index, count, &leaves(count));
		assert_serves(&index, count, &leaves(count), 0..count);
	}
}

#[test]
fn pools_of_more_than_256_pages_give_the_proofs_of_their_trees() {
	let folder = folder();
	let index = open(&folder);
	for count in [65_535, 65_536, 65_537, 65_792, 65_793, 131_072, 200_001] {
		add(&index, count, &leaves(count));
		assert_serves(&index, count, &leaves(count), edges(count));
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(10))]

	#[test]
	fn parts_of_any_size_give_the_proofs_of_the_tree(
		count in 1u64..90_000,
		parts in prop::collection::vec(1usize..3_000, 1..6),
		at in any::<[prop::sample::Index; 8]>(),
	) {
		let folder = folder();
		let index = open(&folder);
		let all = leaves(count);
		let (mut from, mut number) = (0, 0);
		for part in parts.iter().cycle() {
			let to = all.len().min(from + part);
			number += 1;
			index.apply(block(number), &[streamed(1, from as u64, &all[from..to])]).unwrap();
			from = to;
			if from == all.len() {
				break;
			}
		}
		let sealed = Change::Sealed { pool: 1, summary: summary(1, &all) };
		index.apply(block(number + 1), &[sealed]).unwrap();
		let random = at.map(|at| at.index(all.len()) as u64);
		assert_serves(&index, 1, &all, edges(count).chain(random));
	}
}
