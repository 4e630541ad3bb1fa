//! Times an appraisal of the size of the digits set: 1,078 records, 719 test points, 64 features.
//!
//! `cargo run --release -p guerdon-valuation --example count`
#![allow(
	clippy::arithmetic_side_effects,
	clippy::as_conversions,
	clippy::unwrap_used,
	clippy::float_arithmetic
)]

use guerdon_valuation::{harmonic, point_scores, Point, Population, Record, MAX_RECORDS_IN_BALL};
use std::{hint::black_box, time::Instant};

const RECORDS: u64 = 1_078;
const TESTS: u64 = 719;
const FEATURES: u64 = 64;
const CLASSES: u16 = 10;

fn vectors(count: u64, mut state: u64) -> Vec<Point> {
	(0..count)
		.map(|number| {
			let label = (number % u64::from(CLASSES)) as u16;
			let features = (0..FEATURES)
				.map(|feature| {
					state = state
						.wrapping_mul(6_364_136_223_846_793_005)
						.wrapping_add(1);
					let centre = (u64::from(label) * 37 + feature * 11) % 160;
					(centre + (state >> 33) % 96) as u8
				})
				.collect();
			Point { features, label }
		})
		.collect()
}

fn time<T>(what: &str, mut work: impl FnMut() -> T) -> T {
	let mut best = u128::MAX;
	let mut result = work();
	for _ in 0..9 {
		let start = Instant::now();
		result = black_box(work());
		best = best.min(start.elapsed().as_micros());
	}
	println!("{what:<44} {:>9.3} ms (best of 9)", best as f64 / 1e3);
	result
}

fn main() {
	let (rows, tests) = (vectors(RECORDS, 1), vectors(TESTS, 2));
	let records: Vec<Record> = rows
		.iter()
		.enumerate()
		.map(|(number, row)| Record {
			priority: 0,
			dataset: number as u64 / 135,
			index: number as u64,
			features: &row.features,
			label: row.label,
		})
		.collect();
	let population = time("lay out records", || Population::new(&records).unwrap());
	let tau2 = time("tau2", || population.tau2(&tests).unwrap());
	let kept = time("exclusion", || population.keep(tau2 / 64));
	let counts = time("count (distances included)", || {
		population.count(&tests, tau2).unwrap()
	});
	time("whole appraisal", || {
		guerdon_valuation::appraise(&records, &tests, CLASSES).unwrap()
	});
	time("scores of all points", || {
		counts
			.iter()
			.map(|c| point_scores(c, CLASSES.into()).unwrap().len())
			.sum::<usize>()
	});
	time("H_m, dearest argument", || {
		harmonic(black_box(MAX_RECORDS_IN_BALL - 2_048)).unwrap()
	});
	println!(
		"kept {} of {}",
		kept.iter().filter(|keep| **keep).count(),
		kept.len()
	);
}
