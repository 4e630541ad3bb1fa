use super::*;

#[test]
fn closing_keeps_the_sums() {
	build_and_execute(|| {
		record(ALICE, 5);
		assert_ok!(Contributions::close(RUN, Role::Trainer));
		let closed = Table {
			count: 1,
			units: 5,
			weight: 5,
			closed: true,
		};
		assert_eq!(table(), closed);
		System::assert_last_event(
			Event::<Test>::TableClosed {
				run: RUN,
				role: Role::Trainer,
				table: closed,
			}
			.into(),
		);
	});
}

#[test]
fn closing_twice_changes_nothing() {
	build_and_execute(|| {
		record(ALICE, 5);
		assert_ok!(Contributions::close(RUN, Role::Trainer));
		let events = System::event_count();
		assert_ok!(Contributions::close(RUN, Role::Trainer));
		assert_eq!(System::event_count(), events);
	});
}

#[test]
fn an_empty_table_can_be_closed() {
	build_and_execute(|| {
		assert_ok!(Contributions::close(RUN, Role::User));
		assert!(Contributions::table(RUN, Role::User).closed);
		assert_noop!(
			Contributions::record(RUN, Role::User, Subject::Account(ALICE), &ALICE, 1),
			Error::<Test>::Closed
		);
	});
}

#[test]
fn closing_one_role_leaves_the_others_open() {
	build_and_execute(|| {
		assert_ok!(Contributions::close(RUN, Role::User));
		record(ALICE, 1);
		assert!(!table().closed);
	});
}
