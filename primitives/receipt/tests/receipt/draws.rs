//! Sampled steps, committees and dealing.

use super::numbered;
use guerdon_receipt::{
	committee::{deal, draw},
	sampled_steps, Signature,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn signature(index: u64) -> Signature {
	[numbered(index), numbered(!index)]
		.concat()
		.try_into()
		.unwrap()
}

/// The chi-square statistic, in tenths, of counts whose expectation is the same for each.
fn chi_square_tenths(counts: impl ExactSizeIterator<Item = u64> + Clone) -> u64 {
	let cells = counts.len() as u64;
	let total: u64 = counts.clone().sum();
	let squares: u64 = counts.map(|count| count * count).sum();
	10 * cells * squares / total - 10 * total
}

#[test]
fn draws_are_frozen() {
	assert_eq!(
		draw(&[7; 32], b"run 1 task 2", 1000, 15),
		[490, 937, 730, 887, 896, 234, 859, 926, 826, 111, 258, 315, 269, 815, 61]
	);
	assert_eq!(draw(&[7; 32], b"", 5, 5), [0, 3, 2, 1, 4]);
	assert_eq!(
		deal(&[7; 32], b"round 0", 11, 4),
		[0, 3, 2, 2, 0, 0, 3, 1, 1, 1, 2]
	);
	assert_eq!(
		sampled_steps(&[9; 64], 1000, 8),
		[97, 119, 467, 616, 672, 718, 822, 870]
	);
	assert_eq!(sampled_steps(&[9; 64], 10, 6), [0, 1, 6, 7, 8, 9]);
}

#[test]
fn sampling_has_its_edges() {
	assert!(sampled_steps(&[1; 64], 0, 0).is_empty());
	assert!(sampled_steps(&[1; 64], 0, 5).is_empty());
	assert!(sampled_steps(&[1; 64], 5, 0).is_empty());
	assert_eq!(sampled_steps(&[1; 64], 5, 5), [0, 1, 2, 3, 4]);
	assert_eq!(sampled_steps(&[1; 64], 5, u32::MAX), [0, 1, 2, 3, 4]);
	assert_eq!(sampled_steps(&[1; 64], 1, 1), [0]);
	assert_eq!(sampled_steps(&[1; 64], u32::MAX, 16).len(), 16);
}

#[test]
fn every_set_of_steps_is_equally_likely() {
	let mut counts = BTreeMap::new();
	for index in 0..15_000 {
		*counts
			.entry(sampled_steps(&signature(index), 6, 2))
			.or_insert(0u64) += 1;
	}
	assert_eq!(counts.len(), 15);
	// 14 degrees of freedom: 36.1 is passed once in a thousand.
	assert!(chi_square_tenths(counts.values().copied()) < 361);
}

#[test]
fn every_ordered_draw_is_equally_likely() {
	let mut counts = BTreeMap::new();
	for index in 0..18_000 {
		*counts
			.entry(draw(&numbered(index), b"", 10, 2))
			.or_insert(0u64) += 1;
	}
	assert_eq!(counts.len(), 90);
	// 89 degrees of freedom: 135.9 is passed once in a thousand.
	assert!(chi_square_tenths(counts.values().copied()) < 1359);
}

#[test]
fn every_seat_is_drawn_as_often_as_any_other() {
	let mut counts = vec![0u64; 40];
	for index in 0..4_000 {
		for seat in draw(&numbered(index), b"", 40, 15) {
			counts[seat] += 1;
		}
	}
	// 39 degrees of freedom: 72.1 is passed once in a thousand, and drawing without replacement
	// makes the statistic smaller still.
	assert!(chi_square_tenths(counts.iter().copied()) < 721);
}

#[test]
fn every_contributor_gets_each_task_as_often_as_any_other() {
	let mut counts = [0u64; 3 * 4];
	for index in 0..9_000 {
		for (task, contributor) in deal(&numbered(index), b"", 4, 3).into_iter().enumerate() {
			counts[task * 3 + contributor] += 1;
		}
	}
	// At most 11 degrees of freedom: 31.3 is passed once in a thousand.
	assert!(chi_square_tenths(counts.iter().copied()) < 313);
}

#[test]
fn drawing_more_than_are_eligible_gives_all() {
	for count in [7, 8, 1_000, usize::MAX] {
		let all: BTreeSet<usize> = draw(&[3; 32], b"x", 7, count).into_iter().collect();
		assert_eq!(all, (0..7).collect());
	}
	assert!(draw(&[3; 32], b"x", 0, 5).is_empty());
	assert!(draw(&[3; 32], b"x", 5, 0).is_empty());
}

#[test]
fn dealing_to_nobody_deals_nothing() {
	assert!(deal(&[3; 32], b"x", 5, 0).is_empty());
	assert!(deal(&[3; 32], b"x", 0, 5).is_empty());
	assert_eq!(deal(&[3; 32], b"x", 3, 1), [0, 0, 0]);
}

#[test]
fn seed_context_and_purpose_each_change_the_draw() {
	let base = draw(&[1; 32], b"a", 1024, 15);
	assert_ne!(base, draw(&[2; 32], b"a", 1024, 15));
	assert_ne!(base, draw(&[1; 32], b"b", 1024, 15));
	assert_ne!(base, draw(&[1; 32], b"", 1024, 15));
	assert_ne!(draw(&[1; 32], b"a", 64, 64), deal(&[1; 32], b"a", 64, 64));
}

proptest! {
	#[test]
	fn sampled_steps_are_distinct_ascending_and_in_range(
		index: u64, steps in 0u32..5_000, samples in 0u32..200,
	) {
		let sampled = sampled_steps(&signature(index), steps, samples);
		prop_assert_eq!(sampled.len() as u32, samples.min(steps));
		prop_assert!(sampled.windows(2).all(|pair| pair[0] < pair[1]));
		prop_assert!(sampled.iter().all(|step| *step < steps));
		prop_assert_eq!(sampled, sampled_steps(&signature(index), steps, samples));
	}

	#[test]
	fn draws_are_distinct_in_range_and_pure(
		seed: [u8; 32], context: Vec<u8>, eligible in 0usize..1_100, count in 0usize..40,
	) {
		let drawn = draw(&seed, &context, eligible, count);
		prop_assert_eq!(drawn.len(), count.min(eligible));
		prop_assert!(drawn.iter().all(|index| *index < eligible));
		prop_assert_eq!(drawn.iter().collect::<BTreeSet<_>>().len(), drawn.len());
		// A longer draw begins with the shorter one: whoever is asked for a replacement goes on.
		prop_assert!(draw(&seed, &context, eligible, count + 3).starts_with(&drawn));
		prop_assert_eq!(&drawn, &draw(&seed, &context, eligible, count));
	}

	#[test]
	fn dealing_is_even(
		seed: [u8; 32], context: Vec<u8>, tasks in 0usize..500, contributors in 1usize..60,
	) {
		let dealt = deal(&seed, &context, tasks, contributors);
		prop_assert_eq!(dealt.len(), tasks);
		let mut counts = vec![0usize; contributors];
		for contributor in &dealt {
			counts[*contributor] += 1;
		}
		let floor = tasks / contributors;
		prop_assert!(counts.iter().all(|count| *count == floor || *count == floor + 1));
		prop_assert_eq!(dealt, deal(&seed, &context, tasks, contributors));
	}
}
