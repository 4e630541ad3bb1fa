use std::collections::BTreeMap;

use frame_support::assert_storage_noop;
use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Step {
	Record {
		role: usize,
		subject: u64,
		dataset: bool,
		payee: AccountId,
		units: u64,
	},
	Reweigh {
		role: usize,
		index: u32,
		weight: u64,
	},
	Close {
		role: usize,
	},
}

fn step() -> impl Strategy<Value = Step> {
	let amount = prop_oneof![4 => 1..1_000u64, 1 => Just(0), 1 => Just(u64::MAX)];
	prop_oneof![
		12 => (0..5usize, 0..4u64, any::<bool>(), 0..4u64, amount.clone()).prop_map(
			|(role, subject, dataset, payee, units)| Step::Record {
				role, subject, dataset, payee, units
			}
		),
		6 => (0..5usize, 0..6u32, amount)
			.prop_map(|(role, index, weight)| Step::Reweigh { role, index, weight }),
		1 => (0..5usize).prop_map(|role| Step::Close { role }),
	]
}

/// A table with all its entries.
type Content = (Table, BTreeMap<u32, Entry<AccountId>>);

fn content(role: Role) -> Content {
	let entries = Entries::<Test>::iter()
		.filter(|((run, of, _), _)| (*run, *of) == (RUN, role))
		.map(|((_, _, index), entry)| (index, entry));
	(Contributions::table(RUN, role), entries.collect())
}

/// Whatever one tries with a closed table is an error and changes nothing.
fn check_closed(role: Role, (table, entries): &Content) {
	assert!(table.closed);
	let newcomer = Subject::Account(99);
	let subjects = entries.values().map(|entry| entry.subject.clone());
	for subject in subjects.chain([newcomer]) {
		for units in [0, 1, u64::MAX] {
			assert_noop!(
				Contributions::record(RUN, role, subject.clone(), &CAROL, units),
				Error::<Test>::Closed
			);
		}
	}
	for index in 0..=table.count {
		let weight = entries.get(&index).map_or(0, |entry| entry.weight);
		for weight in [0, weight, u64::MAX] {
			assert_noop!(
				Contributions::reweigh(RUN, role, index, weight),
				Error::<Test>::Closed
			);
		}
	}
	assert_storage_noop!(assert_ok!(Contributions::close(RUN, role)));
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(64))]

	#[test]
	fn every_sequence_keeps_the_invariants_and_closed_tables_never_change(
		steps in prop::collection::vec(step(), 1..60)
	) {
		build_and_execute(|| {
			let mut frozen: [Option<Content>; 5] = Default::default();
			let mut subjects = vec![];
			for step in steps {
				let written = match step {
					Step::Record { role, subject, dataset, payee, units } => {
						let subject = if dataset {
							Subject::Dataset(subject)
						} else {
							Subject::Account(subject)
						};
						let result =
							Contributions::record(RUN, Role::ALL[role], subject, &payee, units);
						Some((role, result))
					},
					Step::Reweigh { role, index, weight } => {
						Some((role, Contributions::reweigh(RUN, Role::ALL[role], index, weight)))
					},
					Step::Close { role } => {
						assert_ok!(Contributions::close(RUN, Role::ALL[role]));
						frozen[role].get_or_insert_with(|| content(Role::ALL[role]));
						None
					},
				};
				if let Some((role, result)) = written {
					let refused = result == Err(Error::<Test>::Closed.into());
					assert_eq!(refused, frozen[role].is_some(), "{result:?}");
				}
				Contributions::do_try_state().unwrap();
				for (role, frozen) in Role::ALL.into_iter().zip(&frozen) {
					if let Some(frozen) = frozen {
						assert_eq!(&content(role), frozen);
					}
				}
				// The order of indices is stable.
				for (role, index, subject) in &subjects {
					assert_eq!(
						&Contributions::entry(RUN, *role, *index).unwrap().subject,
						subject
					);
				}
				subjects = Entries::<Test>::iter()
					.map(|((_, role, index), entry)| (role, index, entry.subject))
					.collect();
			}
			for (role, frozen) in Role::ALL.into_iter().zip(&frozen) {
				if let Some(frozen) = frozen {
					check_closed(role, frozen);
				}
			}
		});
	}
}
