use crate::{mock::*, *};
use frame_support::{
	assert_noop, assert_ok,
	traits::fungible::{hold::Inspect as _, Inspect as _},
};

fn withdraw() -> frame_support::dispatch::DispatchResult {
	Attestors::withdraw(RuntimeOrigin::signed(ALICE), Kind::Attestor)
}

fn retire() {
	assert_ok!(Attestors::retire(
		RuntimeOrigin::signed(ALICE),
		Kind::Attestor
	));
}

#[test]
fn withdraw_frees_the_whole_bond_and_the_key() {
	ExtBuilder::default()
		.attestors(&[ALICE])
		.build_and_execute(|| {
			retire();
			enter_epoch(21);
			assert_ok!(withdraw());

			assert_eq!(Balances::total_balance_on_hold(&ALICE), 0);
			assert_eq!(Balances::balance(&ALICE), RICH);
			assert_eq!(Rosters::<Test>::get(Kind::Attestor).len(), 0);
			assert_eq!(Attestors::key(Kind::Attestor, &ALICE), None);
			System::assert_last_event(
				Event::Withdrawn {
					kind: Kind::Attestor,
					who: ALICE,
					bond: 100,
				}
				.into(),
			);
			assert_ok!(register(Kind::Attestor, ALICE));
		});
}

#[test]
fn withdraw_returns_what_was_bonded_though_the_bond_changed() {
	ExtBuilder::default()
		.attestors(&[ALICE])
		.build_and_execute(|| {
			retire();
			AttestorBond::set(700);
			enter_epoch(21);
			assert_ok!(withdraw());
			assert_eq!(Balances::balance(&ALICE), RICH);
		});
}

#[test]
fn seat_in_force_is_not_withdrawn() {
	ExtBuilder::default()
		.attestors(&[ALICE])
		.build_and_execute(|| {
			assert_noop!(withdraw(), Error::<Test>::NotRetired);
		});
}

#[test]
fn bond_is_not_withdrawn_an_epoch_early() {
	ExtBuilder::default()
		.attestors(&[ALICE])
		.build_and_execute(|| {
			retire();
			enter_epoch(20);
			assert_noop!(withdraw(), Error::<Test>::StillUnbonding);
		});
}

#[test]
fn bond_stays_while_any_run_locks_it() {
	ExtBuilder::default()
		.attestors(&[ALICE])
		.build_and_execute(|| {
			assert_ok!(Attestors::lock(Kind::Attestor, &ALICE));
			assert_ok!(Attestors::lock(Kind::Attestor, &ALICE));
			retire();
			enter_epoch(30);

			assert_noop!(withdraw(), Error::<Test>::BondLocked);
			Attestors::unlock(Kind::Attestor, &ALICE);
			assert_noop!(withdraw(), Error::<Test>::BondLocked);
			Attestors::unlock(Kind::Attestor, &ALICE);
			assert_ok!(withdraw());
		});
}

#[test]
fn nobody_withdraws_twice() {
	ExtBuilder::default()
		.attestors(&[ALICE])
		.build_and_execute(|| {
			retire();
			enter_epoch(21);
			assert_ok!(withdraw());
			assert_noop!(withdraw(), Error::<Test>::NotFound);
		});
}
