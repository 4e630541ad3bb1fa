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
