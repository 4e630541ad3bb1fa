//! What was run and reached, as tables and as JSON.

use std::{
	collections::BTreeMap,
	fmt::{Display, Formatter, Result},
};

use serde_json::{json, Value};

use crate::{
	faults::{Fault, Faults},
	walk::census::Census,
};

/// What chains came to, one or several.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Report {
	/// What the chains were made from.
	pub seeds: Vec<u64>,
	/// Blocks that were made natively, those of branches that lost too.
	pub blocks: u64,
	/// Blocks that the wasm runtime executed, dishonest ones too.
	pub executed_in_wasm: u64,
	/// Times in which nothing happened, whose blocks were left out.
	pub pauses: u64,
	/// Chains that were wound up: every run ended, and every unit was paid.
	pub wound_up: u64,
	/// Reorganisations by how many blocks they undid.
	pub depths: BTreeMap<u32, u64>,
	/// What went wrong.
	pub faults: Faults,
	/// Calls, events, errors and states.
	pub(crate) census: Census,
}

/// What becomes of those who do not do what they should, by the census' groups.
const NO_SHOWS: &[(&str, &str, &str)] = &[
	(
		"Datasets events",
		"AnnouncementExpired",
		"an announcement is never opened",
	),
	(
		"Training events",
		"DatasetDropped",
		"an owner does not grant in time",
	),
	(
		"Training events",
		"TaskMissed",
		"a task is not handed in by its deadline",
	),
	(
		"Training events",
		"StruckOff",
		"a contributor misses three tasks in a row",
	),
	(
		"Training events",
		"EnrolmentForfeited",
		"whoever never delivers loses the deposit",
	),
	(
		"Training events",
		"CommitteeRequested",
		"a committee stays silent, another one is asked for",
	),
	(
		"Training events",
		"CommitteeDepositForfeited",
		"the other committee does not vouch for it either",
	),
	(
		"Training events",
		"WorkDropped",
		"work that nobody does is left out",
	),
	(
		"Training events",
		"DrawPutOff",
		"nobody carries a draw out in time",
	),
	(
		"Training events",
		"KillFeePaid",
		"a sponsor cancels after trainers enrolled",
	),
	(
		"State",
		"Cancelled",
		"a run ends without work (seen after so many blocks)",
	),
	(
		"Valuation events",
		"Uncovered",
		"a drawn appraiser commits and stays silent, or counted otherwise",
	),
	(
		"Valuation events",
		"NoQuorum",
		"the drawn appraisers do not agree",
	),
	(
		"Valuation events",
		"FellBack",
		"licence prices decide, since no scores came",
	),
	(
		"Offence",
		"SilentAfterCommit",
		"an appraiser does not reveal, and is punished",
	),
	(
		"Offence",
		"WrongCounts",
		"an appraiser counted something else, and is punished",
	),
	(
		"Offence",
		"Equivocation",
		"an attestor signed two results, and is punished",
	),
	(
		"Unlearning",
		"Overdue",
		"a sponsor does not answer (seen after so many blocks)",
	),
	(
		"Settlement events",
		"PoolExpired",
		"a pool is closed with leaves that nobody claimed",
	),
];

impl Report {
	/// Those of another chain as well.
	pub fn add(&mut self, other: &Self) {
		self.seeds.extend(&other.seeds);
		self.blocks += other.blocks;
		self.executed_in_wasm += other.executed_in_wasm;
		self.pauses += other.pauses;
		self.wound_up += other.wound_up;
		for (depth, times) in &other.depths {
			*self.depths.entry(*depth).or_default() += times;
		}
		self.faults.add(&other.faults);
		self.census.add(&other.census);
	}

	/// Calls that were tried, in blocks or not.
	pub fn operations(&self) -> u64 {
		self.census.total("Transactions")
	}

	/// Faults of the kinds that never happened.
	pub fn missing_faults(&self) -> Vec<Fault> {
		Fault::ALL
			.into_iter()
			.filter(|fault| self.faults.of(*fault) == 0)
			.collect()
	}

	/// How often something was reached, by its group and its name in the tables.
	pub fn reached(&self, group: &str, name: &str) -> u64 {
		self.census.of(group, name).unwrap_or_default()
	}

	/// All of it, for programs.
	pub fn json(&self) -> Value {
		let faults: BTreeMap<_, _> = Fault::ALL
			.iter()
			.map(|fault| (fault.name(), self.faults.of(*fault)))
			.collect();
		let no_shows: BTreeMap<_, _> = NO_SHOWS
			.iter()
			.map(|(group, name, _)| (format!("{group}: {name}"), self.reached(group, name)))
			.collect();
		json!({
			"seeds": self.seeds,
			"transactions": self.operations(),
			"blocks": self.blocks,
			"executedInWasm": self.executed_in_wasm,
			"pauses": self.pauses,
			"woundUp": self.wound_up,
			"reorgDepths": self.depths,
			"faults": faults,
			"noShows": no_shows,
			"reached": self.census.json(),
			"notReached": self.census.missing(),
		})
	}
}

impl Display for Report {
	fn fmt(&self, to: &mut Formatter) -> Result {
		let seeds: Vec<_> = self.seeds.iter().map(u64::to_string).collect();
		writeln!(to, "| total | times |\n|---|---:|")?;
		writeln!(
			to,
			"| chains (seeds {}) | {} |",
			seeds.join(", "),
			seeds.len()
		)?;
		writeln!(to, "| transactions handed in | {} |", self.operations())?;
		writeln!(to, "| blocks made natively | {} |", self.blocks)?;
		writeln!(
			to,
			"| blocks executed in wasm | {} |",
			self.executed_in_wasm
		)?;
		writeln!(
			to,
			"| pauses, whose empty blocks were left out | {} |",
			self.pauses
		)?;
		writeln!(
			to,
			"| chains wound up to the last unit | {} |",
			self.wound_up
		)?;
		writeln!(to, "\n| fault | times |\n|---|---:|")?;
		for fault in Fault::ALL {
			writeln!(to, "| {} | {} |", fault.name(), self.faults.of(fault))?;
		}
		writeln!(
			to,
			"\n| blocks undone by a reorganisation | times |\n|---:|---:|"
		)?;
		for (depth, times) in &self.depths {
			writeln!(to, "| {depth} | {times} |")?;
		}
		writeln!(to, "\n| what nobody did | where | times |\n|---|---|---:|")?;
		for (group, name, what) in NO_SHOWS {
			writeln!(
				to,
				"| {what} | {group}: {name} | {} |",
				self.reached(group, name)
			)?;
		}
		writeln!(to, "\n{}", self.census)?;
		let missing = self.census.missing();
		if !missing.is_empty() {
			writeln!(to, "\nNot in this run:\n")?;
		}
		for line in missing {
			writeln!(to, "- {line}")?;
		}
		Ok(())
	}
}
