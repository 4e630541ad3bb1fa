//! What each adversary gains over honesty, on the whole runtime: the first table of `docs/attacks.md`.
//!
//! Every adversary plays the same seeded world twice, once honestly and once not, with everything
//! else the same. `UPDATE_ATTACKS` names a file to write the document to with the rows found.

mod play;
mod rows;

use std::{
	collections::BTreeMap,
	sync::{
		atomic::{AtomicU64, Ordering},
		Mutex,
	},
};

use self::{
	play::{play, Played, Seed},
	rows::{Row, Sign, ROWS},
};
use crate::Balance;

/// Worlds that every adversary plays in.
const SEEDS: u64 = 20;
const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/attacks.md");
const MARKS: (&str, &str) = ("<!-- protocol -->\n", "<!-- /protocol -->");

/// What those in league got in one world.
#[derive(Clone, Copy)]
struct Outcome {
	/// By playing honestly.
	honest: i128,
	/// What they had more in the end by not doing so.
	gain: i128,
}

fn signed(amount: Balance) -> i128 {
	amount.try_into().unwrap()
}

fn outcome(honest: &Played, other: &Played) -> Outcome {
	let sum = |of: &BTreeMap<_, Balance>| -> i128 {
		let owned = |who| signed(of[who]);
		other.league.iter().map(owned).sum()
	};
	assert_eq!(honest.before, other.before, "the worlds begin the same");
	Outcome {
		honest: sum(&honest.after) - sum(&honest.before),
		gain: sum(&other.after) - sum(&honest.after),
	}
}

/// Every adversary in every world, in the order of [`ROWS`].
fn outcomes() -> Vec<Vec<Outcome>> {
	let next = AtomicU64::new(1);
	let found = Mutex::new(vec![Vec::new(); ROWS.len()]);
	let work = || loop {
		let seed = next.fetch_add(1, Ordering::Relaxed);
		if seed > SEEDS {
			return;
		}
		let honest = play(Seed(seed), None);
		for (number, row) in ROWS.iter().enumerate() {
			let other = play(Seed(seed), Some(row.attack));
			let outcome = outcome(&honest, &other);
			found.lock().unwrap()[number].push(outcome);
		}
	};
	let threads = std::thread::available_parallelism().map_or(1, usize::from);
	std::thread::scope(|scope| {
		for _ in 0..threads {
			scope.spawn(work);
		}
	});
	found.into_inner().unwrap()
}

/// In GRD with all decimals, in groups of three before the point.
fn grd(amount: i128) -> String {
	const GRD: u128 = crate::constants::currency::GRD;
	let digits = (amount.unsigned_abs() / GRD).to_string();
	let mut text = String::new();
	for (at, digit) in digits.chars().enumerate() {
		if at > 0 && (digits.len() - at).is_multiple_of(3) {
			text.push(',');
		}
		text.push(digit);
	}
	let sign = if amount < 0 { "-" } else { "" };
	format!("{sign}{text}.{:012}", amount.unsigned_abs() % GRD)
}

/// A gain, and what part it is of what honesty got or cost.
fn gain(outcome: &Outcome) -> String {
	if outcome.gain == 0 {
		return "0".into();
	}
	let amount = grd(outcome.gain);
	if outcome.honest == 0 {
		return amount;
	}
	// Rounded to a tenth of a percent, halves away from zero.
	let (gain, honest) = (outcome.gain.unsigned_abs(), outcome.honest.unsigned_abs());
	let tenths = (2_000 * gain / honest).div_ceil(2);
	let sign = if outcome.gain < 0 { "-" } else { "+" };
	format!("{amount} ({sign}{}.{} %)", tenths / 10, tenths % 10)
}

fn line(row: &Row, mut outcomes: Vec<Outcome>) -> String {
	outcomes.sort_by_key(|outcome| outcome.honest);
	let middle = outcomes.len().div_ceil(2) - 1;
	let honest = grd(outcomes[middle].honest);
	outcomes.sort_by_key(|outcome| outcome.gain);
	let [least, median, most] = [0, middle, outcomes.len() - 1].map(|place| gain(&outcomes[place]));
	let gains = outcomes.iter().filter(|outcome| outcome.gain > 0).count();
	let (who, does, stops) = (row.who, row.does, row.stops);
	let residual = match (row.residual, row.sign) {
		("", _) => String::new(),
		(number, Sign::Gain | Sign::MayGain) => format!("**{number}: it pays**"),
		(number, Sign::Nothing) => format!("**{number}: it saves the work**"),
		(number, _) => number.into(),
	};
	format!(
		"| {who} | {does} | {honest} | {least} | {median} | {most} | {gains} | {stops} | {residual} |\n"
	)
}

#[test]
fn no_adversary_gains_but_those_that_the_document_names() {
	let mut table = String::from(
		"| adversary | what it does | honest pay | gain: least | median | most | gains in | what stops it | residual |\n|---|---|---|---|---|---|---|---|---|\n",
	);
	let mut surprises = Vec::new();
	for (row, outcomes) in ROWS.iter().zip(outcomes()) {
		assert_eq!(outcomes.len() as u64, SEEDS);
		let gains = outcomes.iter().map(|outcome| outcome.gain);
		let wrong: Vec<_> = gains.filter(|gain| !row.sign.holds(*gain)).collect();
		if !wrong.is_empty() {
			surprises.push((row.attack, wrong));
		}
		table += &line(row, outcomes);
	}
	let document = std::fs::read_to_string(DOCUMENT).unwrap();
	let (before, rest) = document.split_once(MARKS.0).unwrap();
	let (stored, after) = rest.split_once(MARKS.1).unwrap();
	if let Some(path) = std::env::var_os("UPDATE_ATTACKS") {
		let text = [before, MARKS.0, &table, MARKS.1, after].concat();
		std::fs::write(path, text).unwrap();
	}
	assert_eq!(surprises, vec![]);
	assert!(stored == table, "the document says something else: compare");
}
