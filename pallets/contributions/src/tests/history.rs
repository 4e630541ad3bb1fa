use super::*;

#[test]
fn an_account_finds_what_is_booked_on_it_and_what_pays_it() {
	build_and_execute(|| {
		let subject = Subject::Account(ALICE);
		assert_ok!(Contributions::record(
			RUN,
			Role::Trainer,
			subject,
			&CAROL,
			5
		));
		for who in [ALICE, CAROL] {
			assert_eq!(
				Contributions::history(&who, None, 10),
				vec![(RUN, Role::Trainer, 0)]
			);
		}
		assert_eq!(Contributions::history(&BOB, None, 10), vec![]);
	});
}

#[test]
fn a_payee_that_is_replaced_leaves_the_history() {
	build_and_execute(|| {
		for payee in [ALICE, BOB, CAROL] {
			assert_ok!(Contributions::record(
				RUN,
				Role::Trainer,
				Subject::Account(ALICE),
				&payee,
				1
			));
		}
		assert_eq!(Contributions::history(&ALICE, None, 10).len(), 1);
		assert_eq!(Contributions::history(&BOB, None, 10).len(), 0);
		assert_eq!(Contributions::history(&CAROL, None, 10).len(), 1);
	});
}

#[test]
fn pages_join_into_the_whole_history_without_repeats() {
	build_and_execute(|| {
		for run in 0..25 {
			assert_ok!(Contributions::record(
				run,
				Role::User,
				Subject::Account(ALICE),
				&ALICE,
				1
			));
		}
		let mut pages = vec![];
		let mut cursor = None;
		loop {
			let page = Contributions::history(&ALICE, cursor, 10);
			assert!(page.len() <= 10);
			let Some(last) = page.last() else { break };
			cursor = Some(*last);
			pages.extend(page);
		}
		assert_eq!(pages, Contributions::history(&ALICE, None, 100));
		pages.sort();
		pages.dedup();
		assert_eq!(pages.len(), 25);
	});
}

#[test]
fn a_page_holds_its_limit_and_not_one_more() {
	build_and_execute(|| {
		for run in 0..5 {
			assert_ok!(Contributions::record(
				run,
				Role::User,
				Subject::Account(ALICE),
				&ALICE,
				1
			));
		}
		let whole = Contributions::history(&ALICE, None, 5);
		assert_eq!(whole.len(), 5);
		for limit in 0..5 {
			let page = Contributions::history(&ALICE, None, limit);
			assert_eq!(page, whole[..limit as usize]);
		}
		// The ledger sets no limit of its own: one past the end is the end.
		for limit in [6, u32::MAX] {
			assert_eq!(Contributions::history(&ALICE, None, limit), whole);
		}
		for (at, cursor) in (1..).zip(&whole) {
			let rest = Contributions::history(&ALICE, Some(*cursor), u32::MAX);
			assert_eq!(rest, whole[at..]);
			assert_eq!(Contributions::history(&ALICE, Some(*cursor), 0), vec![]);
		}
	});
}

#[test]
fn a_cursor_that_left_the_history_still_marks_its_place() {
	build_and_execute(|| {
		let pay = |run, payee: AccountId| {
			let subject = Subject::Dataset(run);
			assert_ok!(Contributions::record(
				run,
				Role::DataProvider,
				subject,
				&payee,
				1
			));
		};
		(0..5).for_each(|run| pay(run, ALICE));
		let whole = Contributions::history(&ALICE, None, 5);
		let cursor = whole[2];
		pay(cursor.0, BOB);
		assert_eq!(Contributions::history(&ALICE, Some(cursor), 5), whole[3..]);
	});
}
