use super::*;

#[test]
fn a_first_record_creates_an_entry_at_the_next_index() {
	build_and_execute(|| {
		record(ALICE, 5);
		record(BOB, 7);

		assert_eq!(
			table(),
			Table {
				count: 2,
				units: 12,
				weight: 12,
				closed: false
			}
		);
		assert_eq!(
			entry(1),
			Entry {
				subject: Subject::Account(BOB),
				payee: BOB,
				units: 7,
				weight: 7
			}
		);
		System::assert_last_event(
			Event::<Test>::Recorded {
				run: RUN,
				role: Role::Trainer,
				index: 1,
				subject: Subject::Account(BOB),
				payee: BOB,
				units: 7,
			}
			.into(),
		);
	});
}

#[test]
fn a_second_record_adds_up_and_keeps_the_index() {
	build_and_execute(|| {
		record(ALICE, 5);
		record(BOB, 7);
		record(ALICE, 6);

		assert_eq!(
			table(),
			Table {
				count: 2,
				units: 18,
				weight: 18,
				closed: false
			}
		);
		assert_eq!((entry(0).units, entry(0).weight), (11, 11));
		assert_eq!(
			Contributions::index_of(RUN, Role::Trainer, &Subject::Account(ALICE)),
			Some(0)
		);
	});
}

#[test]
fn the_payee_is_the_one_of_the_last_record() {
	build_and_execute(|| {
		let dataset = Subject::Dataset(9);
		assert_ok!(Contributions::record(
			RUN,
			Role::DataProvider,
			dataset.clone(),
			&ALICE,
			1
		));
		assert_ok!(Contributions::record(
			RUN,
			Role::DataProvider,
			dataset,
			&BOB,
			0
		));

		let entry = Contributions::entry(RUN, Role::DataProvider, 0).unwrap();
		assert_eq!((entry.payee, entry.units), (BOB, 1));
		assert_eq!(Contributions::history(&ALICE, None, 10), vec![]);
		assert_eq!(
			Contributions::history(&BOB, None, 10),
			vec![(RUN, Role::DataProvider, 0)]
		);
	});
}

#[test]
fn roles_and_runs_are_separate_tables() {
	build_and_execute(|| {
		for (run, role) in [(1, Role::Trainer), (1, Role::User), (2, Role::Trainer)] {
			assert_ok!(Contributions::record(
				run,
				role,
				Subject::Account(ALICE),
				&ALICE,
				3
			));
		}
		assert_eq!(Contributions::table(1, Role::Trainer).units, 3);
		assert_eq!(Contributions::table(1, Role::User).units, 3);
		assert_eq!(Contributions::table(2, Role::Trainer).units, 3);
		assert_eq!(Contributions::table(2, Role::User), Table::default());
	});
}

#[test]
fn a_dataset_and_an_account_with_the_same_number_are_two_subjects() {
	build_and_execute(|| {
		record(ALICE, 1);
		assert_ok!(Contributions::record(
			RUN,
			Role::Trainer,
			Subject::Dataset(1),
			&ALICE,
			2
		));
		assert_eq!(table().count, 2);
	});
}

#[test]
fn zero_units_create_an_entry_without_weight() {
	build_and_execute(|| {
		record(ALICE, 0);
		assert_eq!(
			table(),
			Table {
				count: 1,
				..Table::default()
			}
		);
	});
}

#[test]
fn nothing_is_recorded_in_a_closed_table() {
	build_and_execute(|| {
		record(ALICE, 1);
		assert_ok!(Contributions::close(RUN, Role::Trainer));
		for who in [ALICE, BOB] {
			assert_noop!(
				Contributions::record(RUN, Role::Trainer, Subject::Account(who), &who, 1),
				Error::<Test>::Closed
			);
		}
	});
}

#[test]
fn an_entry_counts_to_its_limit_and_not_past_it() {
	build_and_execute(|| {
		record(ALICE, u64::MAX - 1);
		record(ALICE, 1);
		assert_noop!(
			Contributions::record(RUN, Role::Trainer, Subject::Account(ALICE), &ALICE, 1),
			Error::<Test>::MaxUnitsExceeded
		);
		record(BOB, u64::MAX);
		assert_eq!(table().units, 2 * u128::from(u64::MAX));
	});
}

#[test]
fn a_full_table_takes_no_new_subject() {
	corrupt_and_execute(|| {
		let full = Table {
			count: u32::MAX,
			..Table::default()
		};
		Tables::<Test>::insert(RUN, Role::Trainer, full);
		assert_noop!(
			Contributions::record(RUN, Role::Trainer, Subject::Account(ALICE), &ALICE, 1),
			Error::<Test>::MaxEntriesExceeded
		);
	});
}
