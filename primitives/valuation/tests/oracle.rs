//! Scores against the definition of the Shapley value: a sum over all coalitions of records, in
//! exact rationals.
#![allow(
	clippy::arithmetic_side_effects,
	clippy::as_conversions,
	clippy::indexing_slicing,
	clippy::unwrap_used
)]

use bounded_collections::BoundedVec;
use guerdon_valuation::{point_scores, Point, PointCounts, Population, Record, Share, SCALE};
use num_bigint::BigInt;
use num_rational::BigRational;
use proptest::prelude::*;

type Q = BigRational;

fn q(numerator: i64, denominator: i64) -> Q {
	Q::new(BigInt::from(numerator), BigInt::from(denominator))
}

fn scaled(score: i128) -> Q {
	Q::new(BigInt::from(score), BigInt::from(SCALE))
}

fn unit() -> Q {
	Q::new(BigInt::from(1), BigInt::from(SCALE))
}

fn squared_distance(a: &[u8], b: &[u8]) -> u64 {
	a.iter()
		.zip(b)
		.map(|(x, y)| u64::from(x.abs_diff(*y)).pow(2))
		.sum()
}

/// One player: whether its record is in the ball, and whether it has the test point's label.
#[derive(Clone, Copy)]
struct Player {
	in_ball: bool,
	same_label: bool,
}

fn utility(players: &[Player], coalition: u32, classes: i64) -> Q {
	let members = || {
		players
			.iter()
			.enumerate()
			.filter(|(number, player)| coalition >> number & 1 == 1 && player.in_ball)
			.map(|(_, player)| player)
	};
	match members().count() {
		0 => q(0, 1),
		size => {
			q(
				members().filter(|player| player.same_label).count() as i64,
				size as i64,
			) - q(1, classes)
		}
	}
}

/// The Shapley value of every player, from the definition.
fn shapley(players: &[Player], classes: i64) -> Vec<Q> {
	let n = players.len();
	let values: Vec<Q> = (0..1u32 << n)
		.map(|c| utility(players, c, classes))
		.collect();
	// Every coalition of size s without the player counts s! (n - s - 1)! / n! = 1 / (n (n-1 over s)).
	let weight = |size: u32| {
		let over = (0..i64::from(size)).fold(1, |b, i| b * (n as i64 - 1 - i) / (i + 1));
		q(1, n as i64 * over)
	};
	(0..n)
		.map(|player| {
			(0..1u32 << n)
				.filter(|c| c >> player & 1 == 0)
				.fold(q(0, 1), |sum, c| {
					let marginal = &values[(c | 1 << player) as usize] - &values[c as usize];
					sum + marginal * weight(c.count_ones())
				})
		})
		.collect()
}

/// The closed formula of the README, in exact rationals.
fn formula(m: i64, a: i64, with: i64, without: i64, classes: i64) -> Q {
	if m == 0 {
		return q(0, 1);
	}
	let mut value = q(with, 1) - q(with + without, classes);
	if m > 1 {
		let harmonic = (1..=m).fold(q(0, 1), |sum, i| sum + q(1, i));
		value += (harmonic - q(1, 1)) * q(with * (m - a) - without * a, m - 1);
	}
	value / q(m, 1)
}

fn counts(shares: &[(u64, u32, u32)]) -> PointCounts {
	let shares: Vec<Share> = shares
		.iter()
		.filter(|(_, with, without)| with + without > 0)
		.map(|&(dataset, with_label, without_label)| Share {
			dataset,
			with_label,
			without_label,
		})
		.collect();
	PointCounts {
		in_ball: shares.iter().map(|s| s.with_label + s.without_label).sum(),
		same_label: shares.iter().map(|s| s.with_label).sum(),
		shares: BoundedVec::truncate_from(shares),
	}
}

fn score_of(scores: &[(u64, i128)], dataset: u64) -> i128 {
	scores
		.iter()
		.find(|(d, _)| *d == dataset)
		.map_or(0, |(_, score)| *score)
}

#[test]
fn formula_is_the_shapley_value_for_every_ball_of_up_to_seven_records() {
	let mut cases = 0;
	for classes in [2i64, 3, 10] {
		for m in 0..=7u32 {
			for a in 0..=m {
				let players: Vec<Player> = (0..m)
					.map(|i| Player {
						in_ball: true,
						same_label: i < a,
					})
					.collect();
				let values = shapley(&players, classes);
				// Equal players have equal values, so a division of the records is its numbers.
				for with in 0..=a {
					for without in 0..=m - a {
						let first = (0..with as usize).chain(a as usize..(a + without) as usize);
						let expected = first.fold(q(0, 1), |sum, i| sum + &values[i]);
						let exact =
							formula(m.into(), a.into(), with.into(), without.into(), classes);
						assert_eq!(expected, exact, "C={classes} m={m} a={a} {with} {without}");

						let counts = counts(&[(1, with, without), (2, a - with, m - a - without)]);
						let scores = point_scores(&counts, classes as u32).unwrap();
						let error = scaled(score_of(&scores, 1)) - exact;
						assert!(error.clone() * q(2, 1) < unit() * q(3, 1));
						assert!(error * q(2, 1) > unit() * q(-3, 1));
						cases += 1;
					}
				}
			}
		}
	}
	assert_eq!(cases, 3 * 330);
}

#[test]
fn three_datasets_share_a_ball_as_their_records_do() {
	let datasets = [(3u64, 2u32, 1u32), (5, 0, 2), (9, 1, 0)];
	let players: Vec<(u64, Player)> = datasets
		.iter()
		.flat_map(|&(dataset, with, without)| {
			(0..with + without).map(move |i| {
				(
					dataset,
					Player {
						in_ball: true,
						same_label: i < with,
					},
				)
			})
		})
		.collect();
	let values = shapley(
		&players
			.iter()
			.map(|(_, player)| *player)
			.collect::<Vec<_>>(),
		4,
	);
	let scores = point_scores(&counts(&datasets), 4).unwrap();
	for (dataset, score) in &scores {
		let expected = players
			.iter()
			.zip(&values)
			.filter(|((owner, _), _)| owner == dataset)
			.fold(q(0, 1), |sum, (_, value)| sum + value);
		let error = scaled(*score) - expected;
		assert!(error.clone() * q(2, 1) < unit() * q(3, 1) && error * q(2, 1) > unit() * q(-3, 1));
	}
	assert_eq!(scores.len(), 3);
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(48))]

	/// From coordinates to scores, records outside of the ball included.
	#[test]
	fn counted_scores_are_the_shapley_values_of_the_records(
		records in prop::collection::vec((0..3u64, prop::array::uniform2(0..12u8), 0..3u16), 0..8),
		test in (prop::array::uniform2(0..12u8), 0..3u16),
		tau2 in 0..150u32,
	) {
		let mut records = records;
		records.sort_by_key(|(dataset, _, _)| *dataset);
		let population: Vec<Record> = records
			.iter()
			.enumerate()
			.map(|(index, (dataset, features, label))| Record {
				priority: 7,
				dataset: *dataset,
				index: index as u64,
				features,
				label: *label,
			})
			.collect();
		let point = Point { features: test.0.to_vec(), label: test.1 };
		let players: Vec<Player> = population
			.iter()
			.map(|record| Player {
				in_ball: squared_distance(record.features, &point.features) <= u64::from(tau2),
				same_label: record.label == point.label,
			})
			.collect();

		let counts = Population::new(&population).unwrap().count(&[point], tau2).unwrap();
		let scores = point_scores(&counts[0], 3).unwrap();
		let values = shapley(&players, 3);
		for dataset in 0..3 {
			let expected = population
				.iter()
				.zip(&values)
				.filter(|(record, _)| record.dataset == dataset)
				.fold(q(0, 1), |sum, (_, value)| sum + value);
			let score = score_of(&scores, dataset);
			let error = scaled(score) - expected;
			prop_assert!(error.clone() * q(2, 1) < unit() * q(3, 1));
			prop_assert!(error * q(2, 1) > unit() * q(-3, 1));
			if population.iter().zip(&players).all(|(r, p)| r.dataset != dataset || !p.in_ball) {
				prop_assert_eq!(score, 0);
			}
		}
	}

	/// At any size: each value within 1.5 units, the sum at most one unit per dataset low, never high.
	#[test]
	fn rounding_stays_within_its_bound(
		shares in prop::collection::vec((0..2_000u32, 0..2_000u32), 1..12),
		classes in prop_oneof![Just(2u32), 3..100u32, Just(65_535u32)],
	) {
		let shares: Vec<_> =
			shares.iter().enumerate().map(|(i, s)| (i as u64 + 1, s.0, s.1)).collect();
		let counts = counts(&shares);
		let scores = point_scores(&counts, classes).unwrap();
		let (m, a) = (i64::from(counts.in_ball), i64::from(counts.same_label));
		prop_assume!(m > 0);
		// H_m once per case: the sum of a few thousand fractions in exact rationals is slow, and a
		// bracket of 2^-107 decides the bound just as well.
		let harmonic = Q::new(
			(1..=m).fold(BigInt::from(0), |sum, i| sum + (BigInt::from(1) << 107u32) / i),
			BigInt::from(1) << 107u32,
		);
		let mut sum = q(0, 1);
		for share in &counts.shares {
			let (with, without) = (i64::from(share.with_label), i64::from(share.without_label));
			let mut value = q(with, 1) - q(with + without, classes.into());
			if m > 1 {
				value += (harmonic.clone() - q(1, 1)) * q(with * (m - a) - without * a, m - 1);
			}
			let score = scaled(score_of(&scores, share.dataset));
			let error = score.clone() - value / q(m, 1);
			prop_assert!(error.clone() * q(2, 1) < unit() * q(3, 1));
			prop_assert!(error * q(2, 1) > unit() * q(-3, 1));
			sum += score;
		}
		let error = sum - (q(a, m) - q(1, classes.into()));
		prop_assert!(error <= q(0, 1));
		prop_assert!(error > unit() * q(-(counts.shares.len() as i64), 1));
	}
}
