//! Prints what adversaries among data providers gain over honesty, on real data and by the rules of
//! valuation: the second table of `docs/attacks.md`.
//!
//! `cargo run --release -p guerdon-benches --bin attacks`

use anyhow::{anyhow, Result};
use guerdon_benches::{Parts, Random, Record, Source, Table};
use guerdon_client::engine::{
	appraise::{self, Used},
	data,
};
use guerdon_valuation::{
	appraise as count, payable, point_scores, FeatureSpec, Item, Point, Scores, MIN_RECORDS,
};
use std::collections::BTreeMap;

/// Worlds that every adversary plays in.
const SEEDS: u64 = 20;
const PUBLISHERS: usize = 8;
/// Block of the adversary's announcement: it comes after all others.
const LAST: u32 = 100;
/// Records that are valued one by one at once: each is a dataset of its own.
const AT_ONCE: usize = 60;

/// One publisher's records as they are valued.
struct Dataset {
	is_adversary: bool,
	priority: u32,
	points: Vec<Point>,
}

/// Real data, dealt out by a seed.
struct World {
	table: Table,
	spec: FeatureSpec,
	tests: Vec<Point>,
	/// Public.
	validation: Vec<Record>,
	/// What the adversary has.
	own: Vec<Record>,
	/// Whose records it copies.
	victim: Vec<Record>,
	honest: Vec<Dataset>,
}

fn points(table: &Table, spec: &FeatureSpec, records: &[Record]) -> Vec<Point> {
	data::set(table.csv(records, true).as_bytes(), spec)
}

impl World {
	fn new(source: Source, seed: u64) -> Self {
		let table = Table::load(source);
		let spec = table.features();
		let mut random = Random::new(seed);
		let parts = Parts::of(&table, &mut random);
		let each = parts.rest.len() / PUBLISHERS;
		let mut folders: Vec<_> = parts.rest.chunks(each).take(PUBLISHERS).collect();
		let own = folders.remove(random.below(PUBLISHERS)).to_vec();
		let victim = folders[random.below(folders.len())].to_vec();
		let honest = (10..)
			.zip(folders)
			.map(|(priority, folder)| Dataset {
				is_adversary: false,
				priority,
				points: points(&table, &spec, folder),
			})
			.collect();
		Self {
			tests: points(&table, &spec, &parts.tests),
			validation: parts.validation,
			own,
			victim,
			honest,
			table,
			spec,
		}
	}

	fn vectors(&self, records: &[Record]) -> Vec<Point> {
		points(&self.table, &self.spec, records)
	}

	/// The adversary's part of the pool when it publishes these, and the radius of exclusion.
	fn share(&self, published: &[Vec<Record>]) -> Result<(f64, u32)> {
		let published = published.iter().map(|records| Dataset {
			is_adversary: true,
			priority: LAST,
			points: self.vectors(records),
		});
		let mine: Vec<Dataset> = published.collect();
		let all: Vec<&Dataset> = self.honest.iter().chain(&mine).collect();
		let used: Vec<Used> = (0..)
			.zip(&all)
			.map(|(dataset, of)| Used {
				dataset,
				priority: of.priority,
				records: of.points.iter().cloned().map(Some).collect(),
				ranges: vec![(0, of.points.len() as u32)],
			})
			.collect();
		let classes = self.spec.classes();
		let appraised = appraise::run(0, classes, &used, &self.tests, &[], &[])?;
		let mut scores = Scores::new(classes).map_err(rule)?;
		for item in &appraised.items {
			if let Item::Point(counts) = item {
				scores.add(counts).map_err(rule)?;
			}
		}
		let list: Vec<i128> = used.iter().map(|used| scores.get(used.dataset)).collect();
		let records: Vec<u64> = all.iter().map(|of| of.points.len() as u64).collect();
		let (_, weights) = payable(&list, &vec![0; all.len()], &records).map_err(rule)?;
		let whole: u64 = weights.iter().sum();
		let weights = weights.iter().zip(&all);
		let got: u64 = weights
			.filter(|(_, of)| of.is_adversary)
			.map(|(weight, _)| weight)
			.sum();
		Ok((got as f64 / whole as f64, appraised.header.rho2))
	}

	/// A record near another one: its squared distance as a vector is in this range.
	fn near(&self, record: &Record, (from, to): (u32, u32), random: &mut Random) -> Record {
		let unit = 10f64.powi(self.table.decimals as i32);
		let ranges = self.table.ranges();
		let vector = |record: &Record| self.vectors(std::slice::from_ref(record)).remove(0);
		let origin = vector(record);
		let mut moved = record.clone();
		for _ in 0..10_000 {
			let column = random.below(ranges.len());
			let (low, high) = ranges[column];
			let largest = ((high - low) / 32).max(1) as usize;
			let step = (1 + random.below(largest)) as f64 / unit;
			let step = if random.below(2) == 0 { step } else { -step };
			let value = (moved.values[column] + step).clamp(low as f64 / unit, high as f64 / unit);
			let before = std::mem::replace(&mut moved.values[column], value);
			let point = vector(&moved);
			let distance: u32 = (origin.features.iter().zip(&point.features))
				.map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2))
				.sum();
			if distance > to {
				moved.values[column] = before;
			} else if distance >= from {
				break;
			}
		}
		moved
	}

	fn all_near(&self, records: &[Record], range: (u32, u32), random: &mut Random) -> Vec<Record> {
		let near = |record| self.near(record, range, random);
		records.iter().map(near).collect()
	}

	/// Records in the order of what the validation set says that they are worth beside all others,
	/// and how many of them are worth less than nothing.
	fn ranked(&self, records: &[Record]) -> Result<(Vec<Record>, usize)> {
		let vectors = self.vectors(records);
		let validation = self.vectors(&self.validation);
		let mut worth = Vec::new();
		for first in (0..vectors.len()).step_by(AT_ONCE) {
			let valued = first..(first + AT_ONCE).min(vectors.len());
			let others = self.honest.iter().flat_map(|of| &of.points);
			let rest = (0..vectors.len()).filter(|at| !valued.contains(at));
			let others = others.chain(rest.map(|at| &vectors[at]));
			let alone = (1..).zip(&vectors[valued.clone()]);
			let records: Vec<_> = (others.map(|point| (0, point)))
				.chain(alone)
				.zip(0..)
				.map(|((dataset, point), index)| guerdon_valuation::Record {
					priority: 0,
					dataset,
					index,
					features: &point.features,
					label: point.label,
				})
				.collect();
			let classes = self.spec.classes();
			let appraisal = count(&records, &validation, classes).map_err(rule)?;
			let mut sums: BTreeMap<u64, i128> = BTreeMap::new();
			for point in &appraisal.points {
				for (dataset, score) in point_scores(point, classes.into()).map_err(rule)? {
					*sums.entry(dataset).or_default() += score;
				}
			}
			worth.extend((1..=valued.len() as u64).map(|dataset| {
				let sum = sums.get(&dataset);
				sum.copied().unwrap_or_default()
			}));
		}
		let mut order: Vec<usize> = (0..records.len()).collect();
		order.sort_by_key(|at| worth[*at]);
		let bad = worth.iter().filter(|worth| **worth < 0).count();
		let ranked = order.into_iter().map(|at| records[at].clone()).collect();
		Ok((ranked, bad))
	}

	/// What the validation set speaks against, as a dataset of its own.
	fn split_off(&self, records: &[Record]) -> Result<Vec<Vec<Record>>> {
		let least = MIN_RECORDS as usize;
		let (mut ranked, bad) = self.ranked(records)?;
		if ranked.len() < 2 * least {
			return Ok(vec![ranked]);
		}
		let good = ranked.split_off(bad.clamp(least, ranked.len() - least));
		Ok(vec![good, ranked])
	}
}

fn rule(error: guerdon_valuation::Error) -> anyhow::Error {
	anyhow!("the rules of valuation refuse the data: {error:?}")
}

/// How far a near-copy is from its original, in squared radii of exclusion: from and to, in quarters.
#[derive(Clone, Copy)]
struct Distance(u32, u32);

impl Distance {
	const WITHIN: Self = Self(1, 3);
	const BEYOND: Self = Self(6, 8);
	const TWICE: Self = Self(16, 20);
	const FOUR_TIMES: Self = Self(64, 80);

	fn squared(self, rho2: u32) -> (u32, u32) {
		(rho2 * self.0 / 4, rho2 * self.1 / 4)
	}
}

/// What an adversary publishes.
#[derive(Clone, Copy)]
enum Attack {
	Flip,
	FlipAndSplitOff,
	Noise,
	PadWithNoise,
	Copy,
	AddCopy,
	AddNearCopy(Distance),
	Duplicate,
	/// So many near-copies of its own.
	DuplicateNear(Distance, usize),
	/// Near-copies that are too near, and so many exact ones that the radius shrinks.
	Shrink(usize),
	Halves,
	SplitOff,
	NearValidation,
	AddValidation,
}

impl Attack {
	fn publishes(self, world: &World, rho2: u32, random: &mut Random) -> Result<Vec<Vec<Record>>> {
		let own = &world.own;
		let beside = |more: Vec<Record>| vec![[own.clone(), more].concat()];
		Ok(match self {
			Attack::Flip | Attack::FlipAndSplitOff => {
				let mut flipped = own.clone();
				world.table.flip(&mut flipped, 40, random);
				match self {
					Attack::Flip => vec![flipped],
					_ => world.split_off(&flipped)?,
				}
			}
			Attack::Noise => vec![world.table.noise(own.len(), random)],
			Attack::PadWithNoise => beside(world.table.noise(own.len(), random)),
			Attack::Copy => vec![world.victim.clone()],
			Attack::AddCopy => beside(world.victim.clone()),
			Attack::AddNearCopy(distance) => {
				beside(world.all_near(&world.victim, distance.squared(rho2), random))
			}
			Attack::Duplicate => beside(own.clone()),
			Attack::DuplicateNear(distance, times) => {
				let mut near = || world.all_near(own, distance.squared(rho2), random);
				beside((0..times).flat_map(|_| near()).collect())
			}
			Attack::Shrink(times) => {
				let near = world.all_near(own, Distance::WITHIN.squared(rho2), random);
				beside([near, vec![own.clone(); times].concat()].concat())
			}
			Attack::Halves => {
				let (one, other) = own.split_at(own.len() / 2);
				vec![one.to_vec(), other.to_vec()]
			}
			Attack::SplitOff => world.split_off(own)?,
			Attack::NearValidation => {
				let nearest: Vec<_> = world.validation.iter().take(own.len()).cloned().collect();
				vec![world.all_near(&nearest, Distance::WITHIN.squared(rho2), random)]
			}
			Attack::AddValidation => beside(world.validation.clone()),
		})
	}
}

/// What is published, the attack, what stops it, and its number among the residuals.
const ROWS: [(&str, Attack, &str, &str); 18] = [
	(
		"its records with 40 % of the labels wrong",
		Attack::Flip,
		"scores",
		"",
	),
	(
		"the same, what the validation set speaks against as a dataset of its own",
		Attack::FlipAndSplitOff,
		"a score below zero costs only the dataset that has it",
		"42",
	),
	(
		"random numbers instead of records",
		Attack::Noise,
		"scores",
		"",
	),
	(
		"its records and as many random numbers",
		Attack::PadWithNoise,
		"scores",
		"",
	),
	(
		"another one's records, exactly",
		Attack::Copy,
		"exclusion: the earlier announcement counts",
		"",
	),
	(
		"its records and another one's, exactly",
		Attack::AddCopy,
		"exclusion; copies move the radii a little",
		"43",
	),
	(
		"its records and another one's, moved within the radius",
		Attack::AddNearCopy(Distance::WITHIN),
		"exclusion; copies move the radii a little",
		"43",
	),
	(
		"its records and another one's, moved just beyond the radius",
		Attack::AddNearCopy(Distance::BEYOND),
		"nothing",
		"5",
	),
	(
		"its records and another one's, moved by two radii",
		Attack::AddNearCopy(Distance::TWICE),
		"nothing",
		"5",
	),
	(
		"its records and another one's, moved by four radii",
		Attack::AddNearCopy(Distance::FOUR_TIMES),
		"nothing",
		"5",
	),
	(
		"its records twice, exactly",
		Attack::Duplicate,
		"exclusion; copies move the radii a little",
		"43",
	),
	(
		"its records twice, once moved just beyond the radius",
		Attack::DuplicateNear(Distance::BEYOND, 1),
		"nothing",
		"5",
	),
	(
		"its records five times, four times moved by two radii",
		Attack::DuplicateNear(Distance::TWICE, 4),
		"nothing",
		"5",
	),
	(
		"its records 22 times, once moved within the radius",
		Attack::Shrink(20),
		"nothing: the radius is found before copies are excluded",
		"43",
	),
	(
		"its records as two datasets, halved",
		Attack::Halves,
		"scores are sums; below 32 records nothing is valued",
		"",
	),
	(
		"its records, what the validation set speaks against as a dataset of its own",
		Attack::SplitOff,
		"nothing; leaving it out pays the same",
		"42",
	),
	(
		"as many records of the public validation set, moved within the radius",
		Attack::NearValidation,
		"nothing: it is data like any other",
		"5",
	),
	(
		"its records and the public validation set",
		Attack::AddValidation,
		"nothing: nobody's records are in it",
		"5",
	),
];

/// What honesty got of the pool, and what each row got.
struct Outcome {
	honest: f64,
	got: Vec<f64>,
}

fn play(source: Source, seed: u64) -> Result<Outcome> {
	let world = World::new(source, seed);
	let (honest, rho2) = world.share(std::slice::from_ref(&world.own))?;
	let mut got = Vec::new();
	for (row, (_, attack, ..)) in (1..).zip(ROWS) {
		let mut random = Random::new(seed << 8 | row);
		let published = attack.publishes(&world, rho2, &mut random)?;
		got.push(world.share(&published)?.0);
	}
	Ok(Outcome { honest, got })
}

/// All worlds of a data set, on as many cores as there are.
fn outcomes(source: Source) -> Result<Vec<Outcome>> {
	let threads = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
	std::thread::scope(|scope| {
		let started: Vec<_> = (0..threads)
			.map(|thread| {
				let seeds = (1 + thread..=SEEDS).step_by(threads as usize);
				scope.spawn(move || seeds.map(|seed| play(source, seed)).collect::<Vec<_>>())
			})
			.collect();
		let done = started.into_iter().flat_map(|thread| {
			let outcomes = thread.join();
			outcomes.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
		});
		done.collect()
	})
}

/// Smallest, lower median and largest.
fn spread(mut values: Vec<f64>) -> [f64; 3] {
	values.sort_by(f64::total_cmp);
	[0, values.len().div_ceil(2) - 1, values.len() - 1].map(|place| values[place])
}

fn percent(value: f64) -> String {
	// What is less than that is rounding.
	if value.abs() < 5e-5 {
		return "0".into();
	}
	format!("{:+.1}", value * 100.0)
}

/// Of one row: the gain over honesty, as a part of what honesty got, and how often there was one.
fn cell(row: usize, outcomes: &[Outcome]) -> String {
	let gain = |outcome: &Outcome| outcome.got[row] / outcome.honest - 1.0;
	let gains: Vec<f64> = outcomes.iter().map(gain).collect();
	let pays = gains.iter().filter(|gain| **gain >= 5e-5).count();
	let [least, median, most] = spread(gains).map(percent);
	format!("{median} ({least} to {most}), {pays}")
}

fn main() -> Result<()> {
	let sources = [Source::Digits, Source::BreastCancer, Source::WineQuality];
	let mut found = Vec::new();
	for source in sources {
		found.push(outcomes(source)?);
	}
	println!("| publishes | digits | breast_cancer | winequality | what stops it | residual |");
	println!("|---|---|---|---|---|---|");
	let honest = found.iter().map(|outcomes| {
		let shares = outcomes.iter().map(|outcome| outcome.honest).collect();
		let [least, median, most] = spread(shares).map(|share| share * 100.0);
		format!("{median:.1} ({least:.1} to {most:.1})")
	});
	let honest: Vec<String> = honest.collect();
	println!(
		"| its records: percent of the pool | {} | | |",
		honest.join(" | ")
	);
	for (row, (what, _, stops, residual)) in ROWS.into_iter().enumerate() {
		let cells: Vec<String> = found.iter().map(|outcomes| cell(row, outcomes)).collect();
		let residual = match residual {
			"" => String::new(),
			number => format!("**{number}: it pays**"),
		};
		println!("| {what} | {} | {stops} | {residual} |", cells.join(" | "));
	}
	Ok(())
}
