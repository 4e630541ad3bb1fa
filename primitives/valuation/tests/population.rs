//! Order, exclusion and counting.
#![allow(
	clippy::arithmetic_side_effects,
	clippy::as_conversions,
	clippy::indexing_slicing,
	clippy::unwrap_used
)]

use guerdon_valuation::{
	appraise, Appraisal, Error, Point, Population, Record, Scores, MAX_DATASETS, MAX_FEATURES,
	NEAREST, RHO_DIVISOR,
};
use proptest::prelude::*;

/// (priority, dataset, features, label)
type Row = (u32, u64, Vec<u8>, u16);

fn records(rows: &[Row]) -> Vec<Record<'_>> {
	let mut records: Vec<Record> = rows
		.iter()
		.enumerate()
		.map(|(index, (priority, dataset, features, label))| Record {
			priority: *priority,
			dataset: *dataset,
			index: index as u64,
			features,
			label: *label,
		})
		.collect();
	records.sort_by_key(|r| (r.priority, r.dataset, r.index));
	records
}

fn scores(appraisal: &Appraisal, classes: u16) -> Scores {
	let mut scores = Scores::new(classes).unwrap();
	appraisal
		.points
		.iter()
		.for_each(|point| scores.add(point).unwrap());
	scores
}

struct Random(u64);

impl Random {
	fn below(&mut self, bound: u64) -> u64 {
		self.0 = self
			.0
			.wrapping_mul(6_364_136_223_846_793_005)
			.wrapping_add(1_442_695_040_888_963_407);
		(self.0 >> 33) % bound
	}

	/// A vector near the centre of its class.
	fn vector(&mut self, label: u16) -> Vec<u8> {
		(0..8)
			.map(|i| (40 + (u64::from(label) * 13 + i * 31) % 120 + self.below(60)) as u8)
			.collect()
	}
}

/// Three classes; datasets 1 and 2 announced at blocks 10 and 20, 150 records each.
fn world() -> (Vec<Row>, Vec<Point>) {
	let mut random = Random(7);
	let mut rows = Vec::new();
	for (priority, dataset) in [(10, 1), (20, 2)] {
		for i in 0..150u16 {
			rows.push((priority, dataset, random.vector(i % 3), i % 3));
		}
	}
	let tests = (0..60u16)
		.map(|i| Point {
			features: random.vector(i % 3),
			label: i % 3,
		})
		.collect();
	(rows, tests)
}

fn squared_distance(a: &[u8], b: &[u8]) -> u64 {
	a.iter()
		.zip(b)
		.map(|(x, y)| u64::from(x.abs_diff(*y)).pow(2))
		.sum()
}

/// (dataset, with label, without label) of one test point.
type Counted = Vec<(u64, u32, u32)>;

/// The rules of the README, spelled out one record at a time.
fn naive(records: &[Record], tests: &[Point]) -> (u64, u64, Vec<bool>, Vec<Counted>) {
	let median = |members: &[&Record]| {
		let mut reaches: Vec<u64> = tests
			.iter()
			.map(|test| {
				let mut distances: Vec<u64> = members
					.iter()
					.map(|r| squared_distance(r.features, &test.features))
					.collect();
				distances.sort_unstable();
				distances
					.get(NEAREST - 1)
					.or(distances.last())
					.copied()
					.unwrap_or(0)
			})
			.collect();
		reaches.sort_unstable();
		reaches[(reaches.len() - 1) / 2]
	};
	let rho2 = median(&records.iter().collect::<Vec<_>>()) / u64::from(RHO_DIVISOR);
	let mut members: Vec<&Record> = Vec::new();
	let mut kept = Vec::new();
	for record in records {
		let near = |earlier: &&Record| {
			earlier.label == record.label
				&& squared_distance(earlier.features, record.features) <= rho2
		};
		let keep = !members.iter().any(near);
		if keep {
			members.push(record);
		}
		kept.push(keep);
	}
	let tau2 = median(&members);
	let counts = tests
		.iter()
		.map(|test| {
			let mut datasets: Vec<u64> = members.iter().map(|r| r.dataset).collect();
			datasets.sort_unstable();
			datasets.dedup();
			datasets
				.into_iter()
				.map(|dataset| {
					let inside = |same: bool| {
						members
							.iter()
							.filter(|r| r.dataset == dataset && (r.label == test.label) == same)
							.filter(|r| squared_distance(r.features, &test.features) <= tau2)
							.count() as u32
					};
					(dataset, inside(true), inside(false))
				})
				.filter(|(_, with, without)| with + without > 0)
				.collect()
		})
		.collect();
	(tau2, rho2, kept, counts)
}

fn assert_naive(records: &[Record], tests: &[Point], appraisal: &Appraisal) {
	let (tau2, rho2, kept, counts) = naive(records, tests);
	assert_eq!(
		(u64::from(appraisal.tau2), u64::from(appraisal.rho2)),
		(tau2, rho2)
	);
	assert_eq!(appraisal.kept, kept);
	let found: Vec<Vec<_>> = appraisal
		.points
		.iter()
		.map(|p| {
			p.shares
				.iter()
				.map(|s| (s.dataset, s.with_label, s.without_label))
				.collect()
		})
		.collect();
	assert_eq!(found, counts);
	appraisal
		.points
		.iter()
		.for_each(|point| assert_eq!(point.check(), Ok(())));
}

#[test]
fn golden_appraisal() {
	let (rows, tests) = world();
	let records = records(&rows);
	let appraisal = appraise(&records, &tests, 3).unwrap();
	assert_naive(&records, &tests, &appraisal);
	let scores = scores(&appraisal, 3);
	assert_eq!((appraisal.tau2, appraisal.rho2), (2860, 44));
	assert_eq!(
		(scores.get(1), scores.get(2)),
		(271_223_916_946_513_175_959, 240_217_763_750_340_287_686)
	);
	assert!(appraisal.kept.iter().all(|keep| *keep));
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(64))]

	/// Few distinct vectors, so that exclusion, ties and equal distances all happen.
	#[test]
	fn appraisal_follows_the_rules_to_the_letter(
		rows in prop::collection::vec(
			(0..5u64, prop::collection::vec(prop_oneof![0..30u8, 200..=255u8], 3), 0..3u16),
			0..70),
		tests in prop::collection::vec((prop::collection::vec(any::<u8>(), 3), 0..3u16), 1..9),
	) {
		// One priority per dataset, in another order than their numbers.
		let rows: Vec<Row> =
			rows.into_iter().map(|(d, f, l)| (2 * d as u32 % 5, d, f, l)).collect();
		let tests: Vec<Point> =
			tests.into_iter().map(|(features, label)| Point { features, label }).collect();
		let records = records(&rows);
		assert_naive(&records, &tests, &appraise(&records, &tests, 3).unwrap());
	}

	#[test]
	fn kernel_is_the_plain_distance(
		pair in (1usize..=MAX_FEATURES as usize).prop_flat_map(|n| (
			prop::collection::vec(any::<u8>(), n),
			prop::collection::vec(any::<u8>(), n),
		)),
	) {
		let (record, test) = pair;
		let rows = [(0, 1, record.clone(), 0)];
		let tests = [Point { features: test.clone(), label: 0 }];
		let population = Population::new(&records(&rows)).unwrap();
		let expected = squared_distance(&record, &test);
		prop_assert_eq!(u64::from(population.tau2(&tests).unwrap()), expected);
	}
}

#[test]
fn copies_earn_nothing_and_cost_nobody() {
	let (rows, tests) = world();
	let alone = appraise(&records(&rows), &tests, 3).unwrap();
	// Dataset 3 is everything that 1 and 2 have, four times over; dataset 4 moves every byte by one.
	let mut copied = rows.clone();
	for _ in 0..4 {
		copied.extend(rows.iter().map(|(_, _, f, l)| (30, 3, f.clone(), *l)));
	}
	let near = rows
		.iter()
		.map(|(_, _, f, l)| (40, 4, f.iter().map(|x| x ^ 1).collect(), *l));
	copied.extend(near);
	let crowded = appraise(&records(&copied), &tests, 3).unwrap();
	assert_eq!(crowded.points, alone.points);
	assert_eq!(crowded.tau2, alone.tau2);
	assert_eq!(
		crowded.kept.iter().filter(|keep| **keep).count(),
		rows.len()
	);
	let (before, after) = (scores(&alone, 3), scores(&crowded, 3));
	assert_eq!(before, after);
	assert_eq!((after.get(3), after.get(4)), (0, 0));
}

#[test]
fn the_earlier_announcement_keeps_the_record() {
	let row = |priority, dataset| (priority, dataset, vec![9; 4], 1);
	let tests = [Point {
		features: vec![8; 4],
		label: 1,
	}];
	for (rows, owner) in [([row(5, 1), row(4, 2)], 2), ([row(4, 1), row(4, 2)], 1)] {
		let appraisal = appraise(&records(&rows), &tests, 2).unwrap();
		assert_eq!(appraisal.kept, [true, false]);
		let owners: Vec<u64> = appraisal.points[0]
			.shares
			.iter()
			.map(|s| s.dataset)
			.collect();
		assert_eq!(owners, [owner]);
	}
}

#[test]
fn exclusion_reaches_exactly_to_rho_and_only_within_a_label() {
	let rows = [
		(1, 1, vec![100, 100], 0),
		(1, 1, vec![103, 100], 0),
		(1, 1, vec![100, 104], 0),
		(1, 2, vec![100, 100], 1),
		(1, 2, vec![106, 100], 0),
	];
	let population = records(&rows);
	let kept = Population::new(&population).unwrap().keep(9);
	// The second is dropped; the last lies within rho of it alone, and it was not kept.
	assert_eq!(kept, [true, false, true, true, true]);
	assert_eq!(Population::new(&population).unwrap().keep(8), [true; 5]);
	assert_eq!(
		Population::new(&population).unwrap().keep(u32::MAX),
		[true, false, false, true, false]
	);
	// Equal differences in all features: the sums lie as far apart as they can.
	let diagonal = [(1, 1, vec![100, 100], 0), (1, 1, vec![102, 102], 0)];
	let diagonal = Population::new(&records(&diagonal)).unwrap();
	assert_eq!(
		(diagonal.keep(7), diagonal.keep(8)),
		(vec![true, true], vec![true, false])
	);
	assert_eq!(
		Population::new(&population)
			.unwrap()
			.retain(&[true])
			.map(|_| ()),
		Err(Error::LengthMismatch)
	);
}

#[test]
fn far_data_earns_exactly_nothing() {
	let (mut rows, tests) = world();
	let alone = scores(&appraise(&records(&rows), &tests, 3).unwrap(), 3);
	let mut random = Random(99);
	// Far and wide: no test point is near, no pair within rho.
	for i in 0..200u16 {
		let features = (0..8)
			.map(|f| {
				if f < 4 {
					255
				} else {
					random.below(2) as u8 * 255
				}
			})
			.collect();
		rows.push((1, 9, features, i % 3));
	}
	let padded = scores(&appraise(&records(&rows), &tests, 3).unwrap(), 3);
	assert_eq!(padded.get(9), 0);
	assert_eq!((padded.get(1), padded.get(2)), (alone.get(1), alone.get(2)));
}

#[test]
fn flipped_labels_turn_a_score_negative() {
	let (mut rows, tests) = world();
	let honest = scores(&appraise(&records(&rows), &tests, 3).unwrap(), 3);
	assert!(honest.get(2) > 0);
	rows.iter_mut()
		.filter(|row| row.1 == 2)
		.for_each(|row| row.3 = (row.3 + 1) % 3);
	let flipped = scores(&appraise(&records(&rows), &tests, 3).unwrap(), 3);
	assert!(flipped.get(2) < 0);
	assert!(flipped.get(1) > honest.get(1));
	assert_eq!(flipped.weights().unwrap()[1], (2, 0));
}

#[test]
fn numbering_of_datasets_and_order_of_tests_do_not_matter() {
	let (rows, mut tests) = world();
	let before = scores(&appraise(&records(&rows), &tests, 3).unwrap(), 3);
	// Nothing is excluded in this world, so priority decides nothing either.
	let swapped: Vec<Row> = rows
		.iter()
		.map(|(p, d, f, l)| (100 - p, 3 - d, f.clone(), *l))
		.collect();
	tests.reverse();
	let after = scores(&appraise(&records(&swapped), &tests, 3).unwrap(), 3);
	assert_eq!((before.get(1), before.get(2)), (after.get(2), after.get(1)));
}

#[test]
fn the_median_is_the_lower_one_and_short_populations_reach_to_the_farthest() {
	let rows = [(1, 1, vec![0], 0), (1, 1, vec![10], 0)];
	let population = Population::new(&records(&rows)).unwrap();
	let tests: Vec<Point> = [0, 1, 2, 3]
		.iter()
		.map(|x| Point {
			features: vec![*x],
			label: 0,
		})
		.collect();
	// Farthest records at squared distances 100, 81, 64, 49.
	assert_eq!(population.tau2(&tests), Ok(64));
	assert_eq!(population.tau2(&tests[..3]), Ok(81));
	assert_eq!(population.tau2(&tests[..1]), Ok(100));
	let rows: Vec<Row> = (0..40).map(|i| (1, 1, vec![i], 0)).collect();
	let population = Population::new(&records(&rows)).unwrap();
	assert_eq!(population.tau2(&tests[..1]), Ok(19 * 19));
}

#[test]
fn what_cannot_be_appraised_is_refused() {
	let rows = [(1, 1, vec![1, 2], 0), (1, 2, vec![3, 4], 1)];
	let population = records(&rows);
	let tests = [Point {
		features: vec![1, 1],
		label: 0,
	}];
	assert!(appraise(&population, &tests, 2).is_ok());
	assert_eq!(appraise(&population, &[], 2), Err(Error::NoTestPoints));
	assert_eq!(appraise(&population, &tests, 1), Err(Error::InvalidClasses));
	let bad_test = [Point {
		features: vec![1, 1],
		label: 2,
	}];
	assert_eq!(
		appraise(&population, &bad_test, 2),
		Err(Error::InvalidLabel)
	);
	let short_test = [Point {
		features: vec![1],
		label: 0,
	}];
	assert_eq!(
		appraise(&population, &short_test, 2),
		Err(Error::FeatureCountMismatch)
	);

	let mut twice = population.clone();
	twice[1] = twice[0];
	assert_eq!(appraise(&twice, &tests, 2), Err(Error::NotAscending));
	let turned: Vec<Record> = population.iter().rev().copied().collect();
	assert_eq!(appraise(&turned, &tests, 2), Err(Error::NotAscending));
	let mut label = population.clone();
	label[0].label = 2;
	assert_eq!(appraise(&label, &tests, 2), Err(Error::InvalidLabel));
	let mut ragged = population.clone();
	ragged[1].features = &[1];
	assert_eq!(
		appraise(&ragged, &tests, 2),
		Err(Error::FeatureCountMismatch)
	);

	let wide: Vec<Row> = vec![(1, 1, vec![0; MAX_FEATURES as usize + 1], 0)];
	let wide_test = [Point {
		features: vec![0; MAX_FEATURES as usize + 1],
		label: 0,
	}];
	assert_eq!(
		appraise(&records(&wide), &wide_test, 2),
		Err(Error::MaxFeaturesExceeded)
	);
	let many: Vec<Row> = (0..=u64::from(MAX_DATASETS))
		.map(|d| (1, d, vec![0, 0], 0))
		.collect();
	assert_eq!(
		appraise(&records(&many), &tests, 2),
		Err(Error::MaxDatasetsExceeded)
	);
	assert!(appraise(&records(&many[1..]), &tests, 2).is_ok());
}

#[test]
fn an_empty_population_has_empty_balls() {
	let tests = [Point {
		features: vec![1, 1],
		label: 0,
	}];
	let appraisal = appraise(&[], &tests, 2).unwrap();
	assert_eq!((appraisal.tau2, appraisal.rho2), (0, 0));
	assert_eq!(appraisal.points[0].in_ball, 0);
	assert_eq!(scores(&appraisal, 2).totals(), &[]);
	// Vectors without features are all the same vector.
	let rows = [(1, 1, vec![], 0), (1, 2, vec![], 0), (1, 3, vec![], 1)];
	let featureless = [Point {
		features: vec![],
		label: 0,
	}];
	let appraisal = appraise(&records(&rows), &featureless, 2).unwrap();
	assert_eq!(appraisal.kept, [true, false, true]);
	assert_eq!(appraisal.points[0].in_ball, 2);
}
