//! An explanation in sentences, for people.

use guerdon_receipt::Role;
use guerdon_runtime_api::Explanation;
use guerdon_share_tree::Payee;
use guerdon_valuation::Basis;
use pallet_contributions::Subject;

use super::convert::{address, amount, hex, score_decimal};

fn role_name(role: Role) -> &'static str {
	match role {
		Role::DataProvider => "data provider",
		Role::Trainer => "trainer",
		Role::User => "user",
		Role::Attestor => "attestor",
		Role::Appraiser => "appraiser",
	}
}

/// The trail from receipts to credit, one sentence a step.
pub fn trail(explanation: &Explanation) -> Vec<String> {
	let mut words = vec![contribution(explanation), receipts(explanation)];
	words.extend(valuation(explanation));
	words.push(weight(explanation));
	words.push(split(explanation));
	words.extend(credit(explanation));
	words
}

fn contribution(explanation: &Explanation) -> String {
	let subject = match &explanation.entry.subject {
		Subject::Account(account) => format!("Account {}", address(account)),
		Subject::Dataset(dataset) => format!("Dataset {dataset}"),
	};
	format!(
		"{subject} contributed {} of the {} units of the {} role of run {}.",
		explanation.entry.units,
		explanation.table.units,
		role_name(explanation.leaf.role),
		explanation.leaf.run,
	)
}

fn receipts(explanation: &Explanation) -> String {
	let count = explanation.receipts.len();
	match count {
		0 if explanation.leaf.role == Role::Appraiser => {
			"Appraisers have no receipts: their accepted appraisal is what counts.".into()
		}
		_ if !explanation.complete => format!(
			"{count} accepted receipts that count towards it are listed; there may be more of later tasks."
		),
		0 => "No accepted receipt counts towards it.".into(),
		1 => "One accepted receipt counts towards it.".into(),
		_ => format!("{count} accepted receipts count towards it."),
	}
}

fn valuation(explanation: &Explanation) -> Option<String> {
	if explanation.leaf.role != Role::DataProvider {
		return None;
	}
	Some(match (explanation.basis?, explanation.score) {
		(Basis::Scores, score) => {
			let appraisal = explanation.appraisal.map_or_else(
				|| "an appraisal".into(),
				|digest| format!("appraisal {}", hex(digest)),
			);
			format!(
				"Data providers are weighed by their scores, where positive; {appraisal} came to a \
				score of {}.",
				score_decimal(score.unwrap_or_default()),
			)
		}
		(Basis::LicencePrice, _) => {
			"Data providers are weighed by the licence price that accepted receipts made due."
				.into()
		}
		(Basis::RecordsUsed, _) => {
			"Data providers are weighed by the records that accepted receipts used.".into()
		}
	})
}

fn weight(explanation: &Explanation) -> String {
	format!(
		"Its weight is {} of {}.",
		explanation.entry.weight, explanation.table.weight
	)
}

fn split(explanation: &Explanation) -> String {
	let earned = match explanation.planned_units {
		0 => "which is paid whole".into(),
		planned => format!(
			"which is paid by work done: {} of {planned} planned units",
			explanation.done_units
		),
	};
	format!(
		"The run's budget was {}, the role's share of it {} per million, {earned}; pool {} was funded \
		with {}.",
		amount(explanation.budget, explanation.leaf.asset),
		explanation.split_ppm,
		explanation.leaf.pool,
		amount(explanation.funded, explanation.leaf.asset),
	)
}

fn credit(explanation: &Explanation) -> Option<String> {
	let leaf = &explanation.leaf;
	let entitlement = leaf.proven.as_ref()?.entitlement;
	let payee = match &leaf.leaf.payee {
		Payee::Account(account) => address(account),
		Payee::Hidden(_) => "whoever opens the payee's commitment".into(),
		Payee::Pool(pool) => format!("pool {pool}"),
	};
	let paid = if leaf.claimed {
		"paid to"
	} else {
		"not yet claimed by"
	};
	Some(format!(
		"Divided exactly by weight, leaf {} of pool {} is due {entitlement} units ({}), {paid} {payee}.",
		leaf.index,
		leaf.pool,
		amount(entitlement, leaf.asset),
	))
}

#[cfg(test)]
mod tests {
	use super::*;
	use guerdon_runtime_api::AccountId;
	use guerdon_share_tree::{Leaf, Proof};
	use pallet_contributions::{Entry, Table};
	use pallet_settlement::{LeafView, Proven};

	fn explanation(role: Role, subject: Subject<AccountId>) -> Explanation {
		let payee = AccountId::new([1; 32]);
		Explanation {
			leaf: LeafView {
				pool: 7,
				run: 3,
				role,
				asset: None,
				index: 2,
				leaf: Leaf {
					payee: Payee::Account(payee.clone()),
					weight: 25,
				},
				claimed: false,
				proven: Some(Proven {
					entitlement: 1_500_000_000_001,
					proof: Proof::default(),
				}),
			},
			entry: Entry {
				subject,
				payee,
				units: 50,
				weight: 25,
			},
			table: Table {
				count: 4,
				units: 100,
				weight: 200,
				closed: true,
			},
			budget: 40_000_000_000_000,
			split_ppm: 300_000,
			planned_units: 0,
			done_units: 100,
			funded: 12_000_000_000_008,
			basis: Some(Basis::Scores),
			score: Some(-(1 << 63)),
			appraisal: Some([0xab; 32]),
			receipts: Vec::new(),
			complete: true,
		}
	}

	#[test]
	fn a_trail_that_is_not_whole_says_so() {
		let trainer = Subject::Account(AccountId::new([2; 32]));
		let explanation = Explanation {
			complete: false,
			..explanation(Role::Trainer, trainer)
		};
		assert!(trail(&explanation)[1].contains("there may be more"));
	}

	#[test]
	fn the_trail_of_a_dataset_names_every_number() {
		let address = address(&AccountId::new([1; 32]));
		assert_eq!(
			trail(&explanation(Role::DataProvider, Subject::Dataset(9))),
			[
				"Dataset 9 contributed 50 of the 100 units of the data provider role of run 3."
					.to_string(),
				"No accepted receipt counts towards it.".into(),
				format!(
					"Data providers are weighed by their scores, where positive; appraisal 0x{} \
					came to a score of -0.5.",
					"ab".repeat(32)
				),
				"Its weight is 25 of 200.".into(),
				"The run's budget was 40 GRD, the role's share of it 300000 per million, which is \
				paid whole; pool 7 was funded with 12.000000000008 GRD."
					.into(),
				format!(
					"Divided exactly by weight, leaf 2 of pool 7 is due 1500000000001 units \
					(1.500000000001 GRD), not yet claimed by {address}."
				),
			]
		);
	}

	#[test]
	fn the_trail_of_a_trainer_says_how_much_of_the_plan_was_done() {
		let trainer = AccountId::new([2; 32]);
		let mut explanation = explanation(Role::Trainer, Subject::Account(trainer.clone()));
		explanation.planned_units = 120;
		explanation.leaf.claimed = true;
		let words = trail(&explanation);
		assert_eq!(words.len(), 5, "nothing is valued: {words:?}");
		assert!(words[0].starts_with(&format!("Account {} contributed", address(&trainer))));
		assert!(words[3].contains("100 of 120 planned units"));
		assert!(words[4].contains(", paid to "));
	}
}
