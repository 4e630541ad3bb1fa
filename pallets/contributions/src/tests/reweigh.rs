use super::*;

#[test]
fn reweighing_changes_the_weight_and_not_the_units() {
	build_and_execute(|| {
		record(ALICE, 5);
		record(BOB, 7);

		assert_ok!(Contributions::reweigh(RUN, Role::Trainer, 0, 100));

		assert_eq!((entry(0).units, entry(0).weight), (5, 100));
		assert_eq!(
			table(),
			Table {
				count: 2,
				units: 12,
				weight: 107,
				closed: false
			}
		);
		System::assert_last_event(
			Event::<Test>::Reweighed {
				run: RUN,
				role: Role::Trainer,
				index: 0,
				weight: 100,
			}
			.into(),
		);
	});
}

#[test]
fn a_weight_of_zero_keeps_the_index() {
	build_and_execute(|| {
		record(ALICE, 5);
		record(BOB, 7);
		assert_ok!(Contributions::reweigh(RUN, Role::Trainer, 0, 0));
		assert_eq!(entry(0).subject, Subject::Account(ALICE));
		assert_eq!(entry(1).subject, Subject::Account(BOB));
		assert_eq!(table().count, 2);
	});
}

#[test]
fn what_does_not_exist_cannot_be_reweighed() {
	build_and_execute(|| {
		record(ALICE, 5);
		assert_noop!(
			Contributions::reweigh(RUN, Role::Trainer, 1, 1),
			Error::<Test>::NotFound
		);
		assert_noop!(
			Contributions::reweigh(RUN, Role::User, 0, 1),
			Error::<Test>::NotFound
		);
	});
}

#[test]
fn a_closed_table_is_not_reweighed() {
	build_and_execute(|| {
		record(ALICE, 5);
		assert_ok!(Contributions::close(RUN, Role::Trainer));
		assert_noop!(
			Contributions::reweigh(RUN, Role::Trainer, 0, 1),
			Error::<Test>::Closed
		);
	});
}

#[test]
fn a_weight_at_the_limit_leaves_no_room_for_another_record() {
	build_and_execute(|| {
		record(ALICE, 5);
		assert_ok!(Contributions::reweigh(RUN, Role::Trainer, 0, u64::MAX));
		assert_noop!(
			Contributions::record(RUN, Role::Trainer, Subject::Account(ALICE), &ALICE, 1),
			Error::<Test>::MaxUnitsExceeded
		);
	});
}
