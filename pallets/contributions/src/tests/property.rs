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
	let amount = prop_oneof![4 => 0..1_000u64, 1 => Just(u64::MAX)];
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

proptest! {
	#![proptest_config(ProptestConfig::with_cases(64))]

	#[test]
	fn every_sequence_keeps_the_invariants_and_closed_tables_never_change(
		steps in prop::collection::vec(step(), 1..60)
	) {
		build_and_execute(|| {
			let mut frozen = [None; 5];
			let mut subjects = vec![];
			for step in steps {
				let result = match step {
					Step::Record { role, subject, dataset, payee, units } => {
						let subject = if dataset {
							Subject::Dataset(subject)
						} else {
							Subject::Account(subject)
						};
						Contributions::record(RUN, Role::ALL[role], subject, &payee, units)
					},
					Step::Reweigh { role, index, weight } =>
						Contributions::reweigh(RUN, Role::ALL[role], index, weight),
					Step::Close { role } => {
						let result = Contributions::close(RUN, Role::ALL[role]);
						frozen[role] = Some(Contributions::table(RUN, Role::ALL[role]));
						result
					},
				};
				let _ = result;
				Contributions::do_try_state().unwrap();
				for (role, table) in Role::ALL.into_iter().zip(frozen) {
					if let Some(table) = table {
						assert_eq!(Contributions::table(RUN, role), table);
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
		});
	}
}
