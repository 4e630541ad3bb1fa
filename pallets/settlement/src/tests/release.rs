use super::*;

#[test]
fn a_release_pays_out_of_one_purse() {
	build_and_execute(|| {
		deposit(Purse::Budget, 100);
		deposit(Purse::Tip, 10);
		take_events();

		assert_ok!(Settlement::release(RUN, Purse::Tip, &ALICE, 4));

		assert_eq!(free(ALICE), GRD + 4);
		assert_eq!(Settlement::held(RUN, Purse::Tip), 6);
		assert_eq!(Settlement::held(RUN, Purse::Budget), 100);
		assert_eq!(Settlement::books(RUN, None).released, 4);
		assert_eq!(
			take_events(),
			vec![Event::Released {
				run: RUN,
				purse: Purse::Tip,
				to: ALICE,
				amount: 4,
				asset: None
			}]
		);
	});
}

#[test]
fn a_cancelled_run_gives_everything_back() {
	build_and_execute(|| {
		for purse in [Purse::Budget, Purse::Licence, Purse::Bond, Purse::Tip] {
			deposit(purse, 5);
			assert_ok!(Settlement::release(RUN, purse, &SPONSOR, 5));
		}
		assert_eq!(free(SPONSOR), SPONSOR_START);
		assert_eq!(free(Settlement::pot()), ED);
		assert!(!crate::Escrows::<Test>::contains_key(RUN));
	});
}

#[test]
fn a_purse_gives_what_it_holds_and_not_one_unit_more() {
	build_and_execute(|| {
		deposit(Purse::Budget, 100);
		deposit(Purse::Tip, 10);
		assert_noop!(
			Settlement::release(RUN, Purse::Tip, &ALICE, 11),
			Error::<Test>::InsufficientEscrow
		);
		assert_ok!(Settlement::release(RUN, Purse::Tip, &ALICE, 10));
	});
}

#[test]
fn a_release_to_the_pot_is_refused() {
	build_and_execute(|| {
		deposit(Purse::Tip, 10);
		assert_noop!(
			Settlement::release(RUN, Purse::Tip, &Settlement::pot(), 1),
			Error::<Test>::PayeeIsPot
		);
	});
}

#[test]
fn a_release_that_cannot_be_received_is_owed() {
	build_and_execute(|| {
		deposit(Purse::Bond, ED);
		take_events();

		assert_ok!(Settlement::release(RUN, Purse::Bond, &DAVE, ED - 1));

		assert_eq!(free(DAVE), 0);
		assert_eq!(Settlement::dues_of(&DAVE), vec![((RUN, None), ED - 1)]);
		assert_eq!(Settlement::books(RUN, None).claimable, ED - 1);
		let cause = Cause::Release(Purse::Bond);
		assert_eq!(
			take_events(),
			vec![Event::Owed {
				run: RUN,
				to: DAVE,
				amount: ED - 1,
				cause,
				asset: None
			}]
		);
	});
}

#[test]
fn a_release_that_is_nested_too_deep_fails_and_owes_nothing() {
	build_and_execute(|| {
		deposit(Purse::Tip, 10);
		let mut release = || Settlement::release(RUN, Purse::Tip, &ALICE, 4);
		// It takes the last layer for itself, and the payment needs one more.
		assert_noop!(
			nested(TRANSACTIONAL_LIMIT - 1, &mut release),
			TransactionalError::LimitReached
		);
		assert_ok!(nested(TRANSACTIONAL_LIMIT - 2, &mut release));
		assert_eq!(free(ALICE), GRD + 4);
		assert_eq!(Settlement::dues_of(&ALICE), vec![]);
	});
}

#[test]
fn only_the_tip_is_released_once_the_settlement_started() {
	build_and_execute(|| {
		for purse in [Purse::Budget, Purse::Licence, Purse::Bond, Purse::Tip] {
			deposit(purse, 5);
		}
		close_all();
		assert_eq!(
			Settlement::settle(RUN, &terms(), 0),
			Ok(SettleProgress::Pending)
		);
		for purse in [Purse::Budget, Purse::Licence, Purse::Bond] {
			assert_noop!(
				Settlement::release(RUN, purse, &ALICE, 1),
				Error::<Test>::SettlementStarted
			);
		}
		assert_ok!(Settlement::release(RUN, Purse::Tip, &ALICE, 1));
		settle_with(&terms());
		assert_eq!(free(SPONSOR), SPONSOR_START - 1);
	});
}
