//! Prints what the formulas of other systems lose when they divide money, what they overpay, and what
//! they cost, beside the share tree. Where each formula comes from is in `docs/exactness.md`.
//!
//! `cargo run --release -p guerdon-benches --bin formulas -- 10000000`

use anyhow::{ensure, Context, Result};
use clap::Parser;
use guerdon_share_tree::{
	depth, entitlement_of, leaf_node, Builder, Hasher as _, Leaf, NativeBlake2_256, Node, Payee,
	Proof, Summary, Tree,
};
use std::{hint::black_box, time::Instant};

/// Divides the same money among 100, 1,000, … payees by the share tree and by other formulas.
#[derive(Parser)]
struct Options {
	/// The most payees.
	#[arg(default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(100..=10_000_000))]
	payees: u64,
	/// Prints every case too, of which the tables show the worst.
	#[arg(long)]
	cases: bool,
}

const POOL: u64 = 1;

/// What a pool is funded with in all, in units of 10^-12 GRD: 3, 7,777 and a million GRD, about.
const TOTALS: [u128; 3] = [
	3_000_000_000_007,
	7_777_777_777_777_777,
	999_999_999_999_999_989,
];

/// How often each side is timed, in turns; the best time counts.
const ROUNDS: u32 = 5;

/// How many payees' proofs are made, checked and timed.
const SAMPLE: u64 = 64;

/// How often a step of a fixed cost is repeated, to be timed.
const REPETITIONS: u32 = 4_096;

/// `a * b / c`, rounded down.
fn floor(a: u128, b: u128, c: u128) -> u128 {
	a.checked_mul(b).expect("amounts and weights are bounded") / c
}

/// Weights of the payees of a pool.
#[derive(Clone, Copy, Debug)]
enum Weights {
	/// One each.
	Equal,
	/// Each up to 10^12 is as likely as any other.
	Uniform,
	/// From 10^6 to 10^12, where twice the weight is half as common.
	HeavyTail,
}

impl Weights {
	const ALL: [Self; 3] = [Self::Equal, Self::Uniform, Self::HeavyTail];

	/// The same in every run.
	fn of(self, payees: u64) -> Vec<u64> {
		(0..payees)
			.map(|index| {
				let bytes = NativeBlake2_256::hash(&index.to_le_bytes());
				let random = u64::from_le_bytes(bytes[..8].try_into().expect("8 bytes"));
				match self {
					Self::Equal => 1,
					Self::Uniform => random % 1_000_000_000_001,
					Self::HeavyTail => 1_000_000_000_000 / (random % 1_000_000 + 1),
				}
			})
			.collect()
	}
}

/// How others divide. Each is the published arithmetic alone, in integers.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Formula {
	/// EigenLayer: a payee's proportion in 15 digits, of each funding.
	Digits,
	/// SushiSwap's MasterChef: the sum of what a share ever earned, less what was paid.
	Debt,
	/// Synthetix, and `pallet-asset-rewards` after it: what a share earned since the last claim.
	Since(u128),
	/// `pallet-staking`: billionths of each funding, which is rounded to the nearest unit.
	Billionths,
}

impl Formula {
	const ALL: [(Self, &str); 5] = [
		(Self::Digits, "15 digits (EigenLayer)"),
		(Self::Debt, "per share, 10^12 (MasterChef)"),
		(
			Self::Since(1_000_000_000_000_000_000),
			"per share, 10^18 (Synthetix)",
		),
		(Self::Since(4_096), "per share, 4,096 (asset-rewards)"),
		(Self::Billionths, "Perbill (staking)"),
	];

	/// What a share's earnings are multiplied by to be kept as an integer.
	fn precision(self) -> u128 {
		match self {
			Self::Digits => 1_000_000_000_000_000,
			Self::Debt => 1_000_000_000_000,
			Self::Since(precision) => precision,
			Self::Billionths => 1_000_000_000,
		}
	}
}

/// A pool that is divided by another formula.
#[derive(Clone, Copy)]
struct Pool {
	formula: Formula,
	/// Of all weights.
	sum: u128,
	/// What a share ever earned, times the precision.
	per_share: u128,
}

/// What a pool keeps of a payee.
#[derive(Clone, Copy, Default)]
struct Account {
	paid: u128,
	/// `Debt`: what was paid by the formula. `Since`: what a share had earned at the last claim. The
	/// others: what was booked and not claimed.
	mark: u128,
}

impl Pool {
	fn new(formula: Formula, sum: u128) -> Self {
		Self {
			formula,
			sum,
			per_share: 0,
		}
	}

	/// What the pool itself does when it is funded, however many payees it has.
	fn fund(&mut self, amount: u128) {
		self.per_share += match self.formula {
			Formula::Debt | Formula::Since(_) => floor(amount, self.formula.precision(), self.sum),
			Formula::Digits | Formula::Billionths => amount,
		};
	}

	/// A payee's part of one funding, where it is worked out from that alone.
	fn part(&self, amount: u128, weight: u64) -> u128 {
		let precision = self.formula.precision();
		let proportion = floor(weight.into(), precision, self.sum);
		let part = floor(amount, proportion, precision);
		let rest = amount * proportion % precision;
		match self.formula {
			// The nearest; a half is rounded down.
			Formula::Billionths if rest > precision / 2 => part + 1,
			_ => part,
		}
	}

	/// Books a funding for one payee.
	fn book(&self, amount: u128, weight: u64, account: &mut Account) {
		if matches!(self.formula, Formula::Digits | Formula::Billionths) {
			account.mark += self.part(amount, weight);
		}
	}

	/// What a payee can claim.
	fn due(&self, weight: u64, account: &Account) -> u128 {
		let weight = weight.into();
		let precision = self.formula.precision();
		match self.formula {
			Formula::Debt => floor(weight, self.per_share, precision) - account.mark,
			Formula::Since(_) => floor(weight, self.per_share - account.mark, precision),
			Formula::Digits | Formula::Billionths => account.mark,
		}
	}

	fn claim(&self, weight: u64, account: &mut Account) {
		let due = self.due(weight, account);
		account.paid += due;
		match self.formula {
			Formula::Debt => account.mark += due,
			Formula::Since(_) => account.mark = self.per_share,
			Formula::Digits | Formula::Billionths => account.mark = 0,
		}
	}
}

/// What came of a division, in units.
#[derive(Clone, Copy, Default, PartialEq, Debug)]
struct Outcome {
	/// What is left after everybody claimed.
	lost: u128,
	/// By how much paid and claimable exceeded what the pool had been funded with, at most.
	overpaid: u128,
	/// How far one payee's payments are from `total * weight / sum`, at most.
	error: f64,
}

impl Outcome {
	fn worst(self, other: Self) -> Self {
		Self {
			lost: self.lost.max(other.lost),
			overpaid: self.overpaid.max(other.overpaid),
			error: self.error.max(other.error),
		}
	}
}

/// How far the one of `paid` that is furthest from the exact share of `total` is from it.
fn largest_error(total: u128, weights: &[u64], paid: impl Iterator<Item = u128>) -> f64 {
	let sum = sum(weights);
	let product = |a: u128, b: u128| a.checked_mul(b).expect("amounts and weights are bounded");
	let furthest = weights
		.iter()
		.zip(paid)
		.map(|(weight, paid)| product(paid, sum).abs_diff(product(total, (*weight).into())))
		.max();
	furthest.unwrap_or_default() as f64 / sum as f64
}

fn sum(weights: &[u64]) -> u128 {
	weights.iter().map(|weight| u128::from(*weight)).sum()
}

/// Funds a pool and has some claim after each funding, a third in turn, and all after the last.
fn divide(formula: Formula, weights: &[u64], fundings: &[u128]) -> Outcome {
	let mut pool = Pool::new(formula, sum(weights));
	let mut accounts = vec![Account::default(); weights.len()];
	let (mut funded, mut overpaid, mut owed) = (0, 0, 0);
	for (round, amount) in fundings.iter().enumerate() {
		pool.fund(*amount);
		funded += amount;
		owed = 0;
		let last = round + 1 == fundings.len();
		for (index, (weight, account)) in weights.iter().zip(&mut accounts).enumerate() {
			pool.book(*amount, *weight, account);
			owed += account.paid + pool.due(*weight, account);
			if last || (index + round).is_multiple_of(3) {
				pool.claim(*weight, account);
			}
		}
		overpaid = overpaid.max(owed.saturating_sub(funded));
	}
	let paid = accounts.iter().map(|account| account.paid);
	assert_eq!(paid.clone().sum::<u128>(), owed, "everybody claimed");
	Outcome {
		lost: funded.saturating_sub(owed),
		overpaid,
		error: largest_error(funded, weights, paid),
	}
}

fn node(index: u64, weight: u64) -> Node {
	let mut account = [0u8; 32];
	account[..8].copy_from_slice(&index.to_le_bytes());
	let payee = Payee::Account(account);
	leaf_node::<NativeBlake2_256, _>(POOL, index, &Leaf { payee, weight })
}

/// One payee, and what it proves its leaf with.
struct Sampled {
	index: u64,
	weight: u64,
	proof: Proof,
}

/// A pool of ours.
struct Ours {
	/// As a chain keeps it, which saw every leaf once.
	summary: Summary,
	/// As whoever makes proofs keeps it.
	tree: Tree,
	sample: Vec<Sampled>,
}

impl Ours {
	fn new(weights: &[u64]) -> Result<Self> {
		let nodes: Vec<Node> = (0..)
			.zip(weights)
			.map(|(index, weight)| node(index, *weight))
			.collect();
		let mut builder = Builder::new();
		for (node, weight) in nodes.iter().zip(weights) {
			builder.push::<NativeBlake2_256>(node.hash, *weight)?;
		}
		let summary = builder.finish::<NativeBlake2_256>()?;
		let tree = Tree::new::<NativeBlake2_256>(nodes)?;
		ensure!(*tree.summary() == summary, "the streamed tree is another");
		let step = summary.count.div_ceil(SAMPLE).max(1);
		let mut sample = vec![];
		for (index, weight) in (0..).zip(weights).step_by(step.try_into()?) {
			sample.push(Sampled {
				index,
				weight: *weight,
				proof: tree.prove(index)?,
			});
		}
		Ok(Self {
			summary,
			tree,
			sample,
		})
	}

	/// What a claim computes: leaf and path are hashed, and what is due follows from the path.
	fn entitlement(&self, claim: &Sampled, funded: u128) -> Result<u128> {
		let node = node(claim.index, claim.weight);
		let due = entitlement_of::<NativeBlake2_256>(
			&self.summary,
			claim.index,
			node,
			&claim.proof,
			funded,
		);
		Ok(due?)
	}

	/// Fails unless every unit is someone's after each funding, nobody's entitlement fell, and what a
	/// claim computes is what the whole division says.
	fn divide(&self, weights: &[u64], fundings: &[u128]) -> Result<Outcome> {
		let mut before = vec![0; weights.len()];
		let (mut funded, mut worst) = (0, Outcome::default());
		for amount in fundings {
			funded += amount;
			let now = self.tree.entitlements(funded)?;
			let owed: u128 = now.iter().sum();
			worst = worst.worst(Outcome {
				lost: funded.saturating_sub(owed),
				overpaid: owed.saturating_sub(funded),
				error: 0.0,
			});
			let fell = now
				.iter()
				.zip(&before)
				.position(|(now, before)| now < before);
			ensure!(fell.is_none(), "what leaf {fell:?} is due fell at {funded}");
			for claim in &self.sample {
				let whole = now[usize::try_from(claim.index)?];
				ensure!(
					self.entitlement(claim, funded)? == whole,
					"leaf {} proves another entitlement than {whole}",
					claim.index
				);
			}
			before = now;
		}
		worst.error = largest_error(funded, weights, before.into_iter());
		ensure!(
			(worst.lost, worst.overpaid) == (0, 0),
			"ours is not exact: {worst:?}"
		);
		ensure!(
			worst.error <= f64::from(depth(self.summary.count)),
			"ours is further off than the tree is deep: {worst:?}"
		);
		Ok(worst)
	}
}

/// Once, and in four parts, the first of a single unit.
fn fundings(total: u128) -> [Vec<u128>; 2] {
	let parts = [1, total / 7, total / 3];
	let rest = total - parts.iter().sum::<u128>();
	[vec![total], [&parts[..], &[rest]].concat()]
}

/// Nanoseconds per repetition.
fn time(repetitions: u32, work: &mut dyn FnMut()) -> f64 {
	let begun = Instant::now();
	for _ in 0..repetitions {
		work();
	}
	begun.elapsed().as_secs_f64() * 1e9 / f64::from(repetitions)
}

/// Something to be timed, and how often it is done for that.
type Timed<'a> = (u32, Box<dyn FnMut() + 'a>);

/// The best time of each, which take turns.
fn beside(mut all: Vec<Timed<'_>>) -> Vec<f64> {
	let mut best = vec![f64::INFINITY; all.len()];
	for _ in 0..ROUNDS {
		for (best, (repetitions, work)) in best.iter_mut().zip(&mut all) {
			*best = best.min(time(*repetitions, work.as_mut()));
		}
	}
	best
}

/// Nanoseconds of a settlement, and of a claim: ours first, then the others in their order.
fn times(ours: &Ours, weights: &[u64]) -> (Vec<f64>, Vec<f64>) {
	let amount = TOTALS[2];
	let mut settlements: Vec<Timed<'_>> = vec![(
		REPETITIONS,
		Box::new(move || {
			black_box(black_box(0u128).checked_add(black_box(amount)));
		}),
	)];
	let mut next = ours.sample.iter().cycle();
	let mut claims: Vec<Timed<'_>> = vec![(
		REPETITIONS,
		Box::new(move || {
			let claim = next.next().expect("there are leaves");
			let due = ours.entitlement(black_box(claim), amount);
			black_box(due.expect("a sound proof"));
		}),
	)];
	for (formula, _) in Formula::ALL {
		let mut pool = Pool::new(formula, sum(weights));
		settlements.push(match formula {
			// The parts of all payees are worked out, and one root is posted.
			Formula::Digits => (
				1,
				Box::new(move || {
					let parts = weights.iter().map(|weight| pool.part(amount, *weight));
					black_box(parts.sum::<u128>());
				}),
			),
			_ => (
				REPETITIONS,
				Box::new(move || {
					let mut pool = black_box(pool);
					pool.fund(black_box(amount));
					black_box(pool.per_share);
				}),
			),
		});
		pool.fund(amount);
		let mut next = ours.sample.iter().cycle();
		claims.push((
			REPETITIONS,
			Box::new(move || {
				let weight = black_box(next.next().expect("there are leaves").weight);
				let mut account = black_box(Account::default());
				// Whoever pays out for an era works the parts out only then.
				if formula == Formula::Billionths {
					pool.book(amount, weight, &mut account);
				}
				pool.claim(weight, &mut account);
				black_box(account);
			}),
		));
	}
	(beside(settlements), beside(claims))
}

/// With commas between thousands.
fn grouped(number: u128) -> String {
	let digits = number.to_string();
	let mut grouped = String::new();
	for (at, digit) in digits.chars().enumerate() {
		if at > 0 && (digits.len() - at).is_multiple_of(3) {
			grouped.push(',');
		}
		grouped.push(digit);
	}
	grouped
}

fn units(number: f64) -> String {
	if number < 100.0 {
		format!("{number:.2}")
	} else {
		grouped(number as u128)
	}
}

fn cost(nanoseconds: f64, ours: f64) -> String {
	let ratio = nanoseconds / ours;
	let ratio = if ratio < 0.1 {
		format!("1/{:.0}", ours / nanoseconds)
	} else {
		units(ratio)
	};
	format!("{} ns, {ratio} x", units(nanoseconds))
}

/// What one formula did with all weights and totals.
struct Row {
	name: &'static str,
	/// For each of the weights, the worst of all totals.
	worst: [Outcome; 3],
	/// The largest part of a total that was lost.
	part: f64,
}

impl Row {
	fn add(&mut self, kind: usize, total: u128, outcome: Outcome) {
		self.worst[kind] = self.worst[kind].worst(outcome);
		self.part = self.part.max(outcome.lost as f64 / total as f64);
	}

	fn print(&self, settlement: String, claim: String) {
		let all = self
			.worst
			.iter()
			.fold(Outcome::default(), |all, worst| all.worst(*worst));
		let [equal, uniform, heavy] = self.worst.map(|worst| grouped(worst.lost));
		let part = match self.part {
			0.0 => "0".into(),
			part if part < 0.0001 => format!("{part:.0e}"),
			part => format!("{:.2} %", part * 100.0),
		};
		println!(
			"| {} | {equal} | {uniform} | {heavy} | {part} | {} | {} | {settlement} | {claim} |",
			self.name,
			grouped(all.overpaid),
			units(all.error)
		);
	}
}

fn compare(payees: u64, cases: bool) -> Result<()> {
	let names = ["share tree (ours)"].into_iter();
	let names = names.chain(Formula::ALL.map(|(_, name)| name));
	let mut rows: Vec<Row> = names
		.map(|name| Row {
			name,
			worst: Default::default(),
			part: 0.0,
		})
		.collect();
	let mut timed = None;
	for (kind, distribution) in Weights::ALL.into_iter().enumerate() {
		let weights = distribution.of(payees);
		let ours = Ours::new(&weights)?;
		for total in TOTALS {
			for fundings in fundings(total) {
				let outcomes = [ours.divide(&weights, &fundings)?].into_iter();
				let others = Formula::ALL.map(|(formula, _)| divide(formula, &weights, &fundings));
				for (row, outcome) in rows.iter_mut().zip(outcomes.chain(others)) {
					if cases {
						println!(
							"{payees} payees, {distribution:?}, {total} in {}: {}: {outcome:?}",
							fundings.len(),
							row.name
						);
					}
					row.add(kind, total, outcome);
				}
			}
		}
		if matches!(distribution, Weights::Uniform) {
			timed = Some(times(&ours, &weights));
		}
	}
	let (settlements, claims) = timed.context("nothing was timed")?;
	println!("\n{} payees\n", grouped(payees.into()));
	println!(
		"| formula | lost, equal weights | lost, uniform | lost, heavy tail | largest part lost | \
		 overpaid | largest error | settlement | claim |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|"
	);
	for (row, (settlement, claim)) in rows.iter().zip(settlements.iter().zip(&claims)) {
		row.print(cost(*settlement, settlements[0]), cost(*claim, claims[0]));
	}
	Ok(())
}

fn main() -> Result<()> {
	let options = Options::parse();
	let mut payees = 100;
	while payees < options.payees {
		compare(payees, options.cases)?;
		payees *= 10;
	}
	compare(options.payees, options.cases)
}

#[cfg(test)]
mod tests {
	use super::*;

	/// What each funding lets a payee of weight 1 claim among `sum`, if it claims every time.
	fn claims(formula: Formula, sum: u128, fundings: &[u128]) -> Vec<u128> {
		let mut pool = Pool::new(formula, sum);
		let mut account = Account::default();
		let claimed = fundings.iter().map(|amount| {
			let before = account.paid;
			pool.fund(*amount);
			pool.book(*amount, 1, &mut account);
			pool.claim(1, &mut account);
			account.paid - before
		});
		claimed.collect()
	}

	#[test]
	fn proportions_have_fifteen_digits() {
		// GIVEN a third, which is 0.333333333333333.
		// THEN a unit of 3 * 10^15 is missing, and none of a thousand is: both are rounded down.
		let third = claims(Formula::Digits, 3, &[3_000_000_000_000_000, 1_000, 2]);
		assert_eq!(third, [999_999_999_999_999, 333, 0]);
		// Less than 10^-15 of everything is nothing.
		let speck = claims(Formula::Digits, 1_000_000_000_000_001, &[TOTALS[2]]);
		assert_eq!(speck, [0]);
	}

	#[test]
	fn debts_carry_what_one_claim_rounds_away_to_the_next() {
		// A third of 5, 10 and 15 is 1.67, 3.33 and 5 less what 10^12 cannot hold.
		assert_eq!(claims(Formula::Debt, 3, &[5, 5, 5]), [1, 2, 1]);
	}

	#[test]
	fn what_is_earned_since_a_claim_loses_at_every_claim() {
		let exact = Formula::Since(1_000_000_000_000_000_000);
		assert_eq!(claims(exact, 3, &[5, 5, 5]), [1, 1, 1]);
		// GIVEN a precision of 4,096: a third of 10 is 13,653 of those, a third of 15 is 20,480.
		let coarse = Formula::Since(4_096);
		assert_eq!(claims(coarse, 3, &[10, 15]), [3, 5]);
		// WHEN one share of 5,000 earns less than 1 / 4,096, THEN nobody gets anything.
		let all = divide(coarse, &[2_500, 2_500], &[1]);
		assert_eq!((all.lost, all.overpaid), (1, 0));
		let enough = divide(coarse, &[2_500, 2_500], &[1, 1, 2]);
		// 4,096 * 2 / 5,000 is 1, and 2,500 / 4,096 is nothing.
		assert_eq!((enough.lost, enough.error), (4, 2.0));
	}

	#[test]
	fn billionths_round_to_the_nearest_and_can_overpay() {
		assert_eq!(claims(Formula::Billionths, 3, &[1, 2]), [0, 1]);
		// A half is rounded down.
		assert_eq!(claims(Formula::Billionths, 2, &[1, 3]), [0, 1]);
		let three = divide(Formula::Billionths, &[1, 1, 1], &[2]);
		assert_eq!((three.lost, three.overpaid), (0, 1));
		assert!((three.error - 1.0 / 3.0).abs() < 1e-9);
		// Less than a billionth of everything is nothing.
		assert_eq!(
			claims(Formula::Billionths, 1_000_000_001, &[TOTALS[2]]),
			[0]
		);
	}

	#[test]
	fn what_claims_in_between_cost_is_counted() {
		// GIVEN three equal payees and twice 5 units: 10 in all, and 3 each if nobody claims before.
		// WHEN the first claims 1 after the first funding and 1 after the second,
		let since = Formula::Since(1_000_000_000_000_000_000);
		// THEN 2 + 3 + 3 are paid, where debts pay 3 each.
		assert_eq!(divide(since, &[1; 3], &[5, 5]).lost, 2);
		assert_eq!(divide(Formula::Debt, &[1; 3], &[5, 5]).lost, 1);
	}

	#[test]
	fn ours_pays_every_unit_after_every_funding() -> Result<()> {
		let weights = [2, 1, 4];
		let ours = Ours::new(&weights)?;
		// The README of the crate: 58 of 100 are the last one's, and the left two share 42.
		assert_eq!(ours.tree.entitlements(100)?, [28, 14, 58]);
		let outcome = ours.divide(&weights, &[1, 2, 97])?;
		assert_eq!((outcome.lost, outcome.overpaid), (0, 0));
		// 28, 14 and 58 instead of 28.57, 14.29 and 57.14.
		assert!((outcome.error - 6.0 / 7.0).abs() < 1e-9);
		Ok(())
	}

	#[test]
	fn ours_is_refused_when_a_claim_proves_something_else() -> Result<()> {
		let mut ours = Ours::new(&[2, 1, 4])?;
		// GIVEN a tree that is not the one that was summed up.
		ours.tree = Tree::new::<NativeBlake2_256>((0..3).map(|index| node(index, 1)).collect())?;
		assert!(ours.divide(&[2, 1, 4], &[100]).is_err());
		Ok(())
	}

	#[test]
	fn fundings_are_the_total() {
		for total in TOTALS {
			let [once, several] = fundings(total);
			assert_eq!((once.len(), several.len()), (1, 4));
			assert_eq!(once.iter().sum::<u128>(), total);
			assert_eq!(several.iter().sum::<u128>(), total);
		}
	}

	#[test]
	fn weights_are_as_they_are_called() {
		let uniform = Weights::Uniform.of(10_000);
		let heavy = Weights::HeavyTail.of(10_000);
		assert_eq!(sum(&Weights::Equal.of(10_000)), 10_000);
		let above =
			|weights: &[u64], least| weights.iter().filter(|weight| **weight > least).count();
		assert!((4_500..5_500).contains(&above(&uniform, 500_000_000_000)));
		assert!((4_500..5_500).contains(&above(&heavy, 2_000_000)));
		assert!((50..200).contains(&above(&heavy, 100_000_000)));
	}

	#[test]
	fn numbers_are_grouped() {
		assert_eq!(grouped(0), "0");
		assert_eq!(grouped(999), "999");
		assert_eq!(grouped(1_234_567), "1,234,567");
	}
}
