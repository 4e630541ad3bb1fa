//! What a walk reached, and what it must reach.

use std::collections::BTreeMap;

use codec::Encode;
use frame_support::traits::{GetCallMetadata, PalletInfoAccess};
use pallet_training::{Refusal, Stage, Standing, State, TaskState};
use pallet_valuation::Phase;
use scale_info::{form::MetaForm, TypeDef, TypeInfo, Variant};
use sp_runtime::{
	transaction_validity::{InvalidTransaction, TransactionValidityError},
	DispatchError,
};

use crate::*;

/// What no walk reaches, and why. A line that is not true any more fails the test as well.
const UNREACHABLE: &[(&str, &str, &str)] = &[
	(
		"Datasets",
		"AlreadyRequested",
		"a run has a fresh id and names each dataset once",
	),
	("Valuation", "AlreadyExists", "a run enters Appraising once"),
	(
		"Valuation",
		"InvalidTerms",
		"training checks a plan before it becomes terms",
	),
	(
		"Valuation",
		"MaxEntriesExceeded",
		"a run's bounds are the smaller ones",
	),
	(
		"Valuation",
		"Overflow",
		"budgets, prices and units are bounded far below it",
	),
	(
		"Settlement",
		"MaxAssetsExceeded",
		"there are three assets; the pallet's tests have more",
	),
	(
		"Settlement",
		"RunHasMoney",
		"training names the asset before it pays anything in",
	),
	(
		"Settlement",
		"InsufficientEscrow",
		"what training releases and vests is what it deposited",
	),
	(
		"Settlement",
		"SettlementStarted",
		"training pays in and refunds only before it settles",
	),
	(
		"Settlement",
		"TermsChanged",
		"training fixes the terms before the first step",
	),
	(
		"Settlement",
		"SplitNotWhole",
		"training checks the split when a run is proposed",
	),
	(
		"Settlement",
		"TableOpen",
		"training closes all tables when it enters Settling",
	),
	(
		"Settlement",
		"MaxLicencesExceeded",
		"a run has no more datasets than that",
	),
	(
		"Settlement",
		"FreeLaneFull",
		"a block of a walk has a few calls; free_claims.rs fills blocks",
	),
	(
		"Settlement",
		"MaxMembersExceeded",
		"nobody streams 2^40 members",
	),
	(
		"Contributions",
		"Closed",
		"nothing is recorded from Settling on",
	),
	(
		"Contributions",
		"NotFound",
		"entries are looked up before they are weighed",
	),
	(
		"Contributions",
		"MaxUnitsExceeded",
		"a plan whose units do not fit is refused",
	),
	(
		"Contributions",
		"MaxEntriesExceeded",
		"a run has far fewer contributors",
	),
	("Refusal", "LedgerRefused", "see Contributions"),
];

/// Counts by group and name. Groups in which everything must be reached list it from the start.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Census {
	groups: BTreeMap<String, BTreeMap<String, u64>>,
	/// Calls that failed, by group and name.
	failed: BTreeMap<String, BTreeMap<String, u64>>,
}

fn variants<E: TypeInfo>() -> Vec<Variant<MetaForm>> {
	let TypeDef::Variant(all) = E::type_info().type_def else {
		panic!("only enums are counted");
	};
	all.variants
}

/// The name that a pallet has in the runtime, for each pallet of ours.
fn name<P: PalletInfoAccess>() -> &'static str {
	P::name()
}

impl Census {
	pub fn new() -> Self {
		let mut census = Self::default();
		census
			.expect_pallet::<Datasets, pallet_datasets::Error<Runtime>, pallet_datasets::Event<Runtime>>(
			);
		census
			.expect_pallet::<Attestors, pallet_attestors::Error<Runtime>, pallet_attestors::Event<Runtime>>(
			);
		census
			.expect_pallet::<Training, pallet_training::Error<Runtime>, pallet_training::Event<Runtime>>(
			);
		census.expect_pallet::<Contributions, pallet_contributions::Error<Runtime>, pallet_contributions::Event<Runtime>>();
		census
			.expect_pallet::<Valuation, pallet_valuation::Error<Runtime>, pallet_valuation::Event<Runtime>>(
			);
		census.expect_pallet::<Settlement, pallet_settlement::Error<Runtime>, pallet_settlement::Event<Runtime>>();
		census.expect::<Refusal>("Refusal");
		census.expect::<State>("State");
		census.expect::<Stage>("Stage");
		census.expect::<Standing>("Standing");
		census.expect::<Phase<BlockNumber>>("Phase");
		census.expect::<guerdon_valuation::Basis>("Basis");
		census.expect::<pallet_datasets::Grant>("Grant");
		census.expect::<pallet_datasets::Access>("Access");
		census.expect::<pallet_datasets::Status>("Dataset");
		census.expect::<pallet_datasets::Answer>("Answer");
		census.expect::<pallet_datasets::UnlearningState>("Unlearning");
		census.expect::<pallet_attestors::Offence>("Offence");
		census.expect::<TaskState>("Task");
		census
	}

	fn expect_pallet<P: PalletInfoAccess, E: TypeInfo, V: TypeInfo>(&mut self) {
		let pallet = name::<P>();
		self.expect::<E>(pallet);
		self.expect::<V>(&format!("{pallet} events"));
		if RuntimeCall::get_module_names().contains(&pallet) {
			for call in RuntimeCall::get_call_names(pallet) {
				self.slot(&format!("{pallet} calls"), call);
			}
		}
	}

	fn expect<E: TypeInfo>(&mut self, group: &str) {
		for variant in variants::<E>() {
			self.slot(group, variant.name);
		}
	}

	fn slot(&mut self, group: &str, name: &str) -> &mut u64 {
		let group = self.groups.entry(group.into()).or_default();
		group.entry(name.into()).or_default()
	}

	/// What another walk reached as well.
	pub fn add(&mut self, other: &Self) {
		let both = [
			(&mut self.groups, &other.groups),
			(&mut self.failed, &other.failed),
		];
		for (mine, theirs) in both {
			for (group, names) in theirs {
				let group = mine.entry(group.clone()).or_default();
				for (name, count) in names {
					*group.entry(name.clone()).or_default() += count;
				}
			}
		}
	}

	/// All counts of a group.
	pub fn total(&self, group: &str) -> u64 {
		self.groups
			.get(group)
			.map_or(0, |names| names.values().sum())
	}

	/// Counts by group and name.
	pub fn json(&self) -> serde_json::Value {
		serde_json::json!({ "times": self.groups, "failed": self.failed })
	}

	/// How often it was reached; `None` when nobody knows of it.
	pub fn of(&self, group: &str, name: &str) -> Option<u64> {
		self.groups.get(group)?.get(name).copied()
	}

	/// A value of an enum was seen.
	pub fn saw<E: TypeInfo + Encode>(&mut self, group: &str, value: &E) {
		let index = value.encode()[0];
		let all = variants::<E>();
		let variant = all.iter().find(|variant| variant.index == index);
		*self.slot(group, variant.unwrap().name) += 1;
	}

	pub fn called(&mut self, call: &RuntimeCall, outcome: &Result<(), DispatchError>) {
		let told = call.get_call_metadata();
		let group = format!("{} calls", told.pallet_name);
		match outcome {
			Ok(()) => *self.slot(&group, told.function_name) += 1,
			Err(error) => {
				let group = self.failed.entry(group).or_default();
				*group.entry(told.function_name.into()).or_default() += 1;
				self.refused(error);
			}
		}
	}

	/// What the council had done. Only what it says of our pallets is counted.
	pub fn decided(&mut self, call: &RuntimeCall, outcome: &Result<(), DispatchError>) {
		if let RuntimeCall::Settlement(_) = call {
			self.called(call, outcome);
		}
	}

	/// An error, whether a call failed with it or told it of one of its items.
	pub fn refused(&mut self, error: &DispatchError) {
		if let DispatchError::Module(module) = error {
			let index = usize::from(module.index);
			let variant = module.error[0];
			let ours: [(usize, &str, Vec<Variant<MetaForm>>); 8] = [
				of_pallet::<Datasets, pallet_datasets::Error<Runtime>>(),
				of_pallet::<Attestors, pallet_attestors::Error<Runtime>>(),
				of_pallet::<Training, pallet_training::Error<Runtime>>(),
				of_pallet::<Contributions, pallet_contributions::Error<Runtime>>(),
				of_pallet::<Valuation, pallet_valuation::Error<Runtime>>(),
				of_pallet::<Settlement, pallet_settlement::Error<Runtime>>(),
				of_pallet::<Balances, pallet_balances::Error<Runtime>>(),
				of_pallet::<Assets, pallet_assets::Error<Runtime>>(),
			];
			let (_, pallet, all) = ours.into_iter().find(|(at, ..)| *at == index).unwrap();
			let variant = all.into_iter().find(|it| it.index == variant).unwrap();
			*self.slot(pallet, variant.name) += 1;
		} else {
			*self.slot("elsewhere", &format!("{error:?}")) += 1;
		}
	}

	/// A block holds a transaction.
	pub fn let_in(&mut self) {
		*self.slot("Transactions", "in a block") += 1;
	}

	/// No block holds it, for this reason.
	pub fn kept_out(&mut self, why: &TransactionValidityError) {
		let name = match why {
			TransactionValidityError::Invalid(InvalidTransaction::Custom(code)) => {
				format!("refused: Custom({code})")
			}
			TransactionValidityError::Invalid(why) => format!("refused: {why:?}"),
			TransactionValidityError::Unknown(why) => format!("refused: {why:?}"),
		};
		*self.slot("Transactions", &name) += 1;
	}

	pub fn happened(&mut self, event: &RuntimeEvent) {
		match event {
			RuntimeEvent::Datasets(it) => self.saw("Datasets events", it),
			RuntimeEvent::Attestors(it) => self.saw("Attestors events", it),
			RuntimeEvent::Training(it) => self.saw("Training events", it),
			RuntimeEvent::Contributions(it) => self.saw("Contributions events", it),
			RuntimeEvent::Valuation(it) => self.saw("Valuation events", it),
			RuntimeEvent::Settlement(it) => self.saw("Settlement events", it),
			_ => {}
		}
	}

	/// What is wanting: never reached, or reached although it is said that it cannot be.
	pub fn missing(&self) -> Vec<String> {
		let mut missing = Vec::new();
		for (group, names) in &self.groups {
			for (name, count) in names {
				let excuse = UNREACHABLE
					.iter()
					.any(|(of, what, _)| of == group && what == name);
				match (excuse, *count) {
					(false, 0) => missing.push(format!("{group}: {name} was never reached")),
					(true, 1..) => {
						missing.push(format!("{group}: {name} was reached, so it is reachable"));
					}
					_ => {}
				}
			}
		}
		for (group, name, _) in UNREACHABLE {
			if self.of(group, name).is_none() {
				missing.push(format!(
					"{group}: there is no {name} that could be unreachable"
				));
			}
		}
		missing
	}
}

fn of_pallet<P: PalletInfoAccess, E: TypeInfo>() -> (usize, &'static str, Vec<Variant<MetaForm>>) {
	(P::index(), name::<P>(), variants::<E>())
}

impl std::fmt::Display for Census {
	/// A table for people.
	fn fmt(&self, to: &mut std::fmt::Formatter) -> std::fmt::Result {
		writeln!(to, "| group | what | times | failed |")?;
		writeln!(to, "|---|---|---:|---:|")?;
		let none = BTreeMap::new();
		for (group, names) in &self.groups {
			let failed = self.failed.get(group).unwrap_or(&none);
			for (name, count) in names {
				let failed = match failed.get(name) {
					Some(failed) => failed.to_string(),
					None => String::new(),
				};
				writeln!(to, "| {group} | {name} | {count} | {failed} |")?;
			}
		}
		writeln!(to, "\nNever reached, and why:\n")?;
		for (group, name, why) in UNREACHABLE {
			writeln!(to, "- {group}: {name}: {why}")?;
		}
		Ok(())
	}
}
