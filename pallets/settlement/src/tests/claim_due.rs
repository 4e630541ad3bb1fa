use super::*;

/// Makes the pot owe `amount` to DAVE out of `run`.
fn owe(run: u64, amount: Balance) {
	assert_ok!(Settlement::deposit(run, Purse::Tip, &SPONSOR, amount));
	assert_ok!(Settlement::release(run, Purse::Tip, &DAVE, amount));
}

fn claim_due(account: AccountId) -> frame_support::dispatch::DispatchResultWithPostInfo {
	Settlement::claim_due(RuntimeOrigin::signed(ANYONE), account)
}

#[test]
fn what_is_owed_is_paid_once_it_can_be_received() {
	build_and_execute(|| {
		owe(1, ED - 1);
		owe(1, 3);
		// Enough by now: the next claim creates the account.
		owe(2, 1);
		take_events();

		assert_ok!(claim_due(DAVE));

		assert_eq!(free(DAVE), ED + 3);
		assert_eq!(Settlement::dues_of(&DAVE), vec![]);
		let events = take_events();
		assert_eq!(events.len(), 2);
		assert!(events.contains(&Event::DueClaimed {
			run: 1,
			payee: DAVE,
			amount: ED + 2,
			asset: None
		}));
		assert!(events.contains(&Event::DueClaimed {
			run: 2,
			payee: DAVE,
			amount: 1,
			asset: None
		}));
		assert_eq!(Settlement::books(1, None).paid, ED + 2);
		assert_eq!(free(Settlement::pot()), ED);
	});
}

#[test]
fn a_due_below_the_existential_deposit_keeps_waiting() {
	build_and_execute(|| {
		owe(1, ED - 1);
		assert_noop!(claim_due(DAVE), Error::<Test>::BelowExistentialDeposit);
		assert_ok!(Balances::transfer_allow_death(
			RuntimeOrigin::signed(BOB),
			DAVE,
			ED
		));
		assert_ok!(claim_due(DAVE));
		assert_eq!(free(DAVE), 2 * ED - 1);
	});
}

#[test]
fn nothing_owed_is_nothing_paid() {
	build_and_execute(|| {
		assert_noop!(claim_due(ALICE), Error::<Test>::NothingToClaim);
		owe(1, ED - 1);
		owe(2, 1);
		assert_ok!(claim_due(DAVE));
		assert_noop!(claim_due(DAVE), Error::<Test>::NothingToClaim);
	});
}

#[test]
fn one_call_pays_64_runs_and_charges_for_what_it_paid() {
	build_and_execute(|| {
		(0..65).for_each(|run| owe(run, ED / 64));
		let first = claim_due(DAVE).unwrap();
		assert_eq!(
			first.actual_weight,
			Some(<<Test as crate::Config>::WeightInfo as crate::WeightInfo>::claim_due(64))
		);
		assert_eq!(Settlement::dues_of(&DAVE).len(), 1);
		let second = claim_due(DAVE).unwrap();
		assert_eq!(
			second.actual_weight,
			Some(<<Test as crate::Config>::WeightInfo as crate::WeightInfo>::claim_due(1))
		);
		assert_eq!(free(DAVE), 65 * (ED / 64));
	});
}

#[test]
fn dues_must_be_claimed_by_somebody() {
	build_and_execute(|| {
		assert_noop!(
			Settlement::claim_due(RuntimeOrigin::none(), DAVE),
			sp_runtime::DispatchError::BadOrigin
		);
	});
}
