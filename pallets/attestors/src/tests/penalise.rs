//! What other pallets do through [`Discipline`].

use crate::{mock::*, *};
use frame_support::{
	assert_ok,
	traits::fungible::{hold::Inspect as _, Inspect as _},
};
use sp_runtime::AccountId32;

fn penalise(offence: Offence) -> u128 {
	<Attestors as Discipline<AccountId32>>::penalise(Kind::Appraiser, &ALICE, offence, None)
}

/// ALICE is an appraiser in force, with a bond of 50.
fn with_appraiser(test: impl FnOnce()) {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(register(Kind::Appraiser, ALICE));
		enter_epoch(12);
		test();
	});
}

#[test]
fn each_offence_costs_its_part_of_what_was_bonded() {
	with_appraiser(|| {
		for (offence, amount, burned, treasury, held) in [
			(Offence::SilentAfterCommit, 2, 1, 1, 48),
			(Offence::WrongCounts, 5, 2, 3, 43),
			// Of the bond, not of what is left of it.
			(Offence::WrongCounts, 5, 2, 3, 38),
		] {
			let issuance = Balances::total_issuance();
			let saved = Balances::balance(&TREASURY);
			assert_eq!(penalise(offence), amount);
			assert_eq!(held_of(Kind::Appraiser, &ALICE), held);
			assert_eq!(Balances::total_issuance(), issuance - burned);
			assert_eq!(Balances::balance(&TREASURY), saved + treasury);
			System::assert_last_event(
				Event::Penalised {
					kind: Kind::Appraiser,
					who: ALICE,
					offence,
					amount,
					burned,
					treasury,
					reporter: None,
				}
				.into(),
			);
		}
		assert!(Attestors::is_active(Kind::Appraiser, &ALICE));
	});
}

#[test]
fn seat_with_less_than_half_of_its_bond_is_retired_and_stays_in_force_for_two_epochs() {
	with_appraiser(|| {
		// GIVEN a seat with just half of its bond
		(0..5).for_each(|_| assert_eq!(penalise(Offence::WrongCounts), 5));
		let registration = || Registrations::<Test>::get(Kind::Appraiser, ALICE).unwrap();
		assert_eq!((registration().held, registration().until), (25, None));

		// WHEN it loses any more
		assert_eq!(penalise(Offence::SilentAfterCommit), 2);

		// THEN it leaves as if it had retired
		assert_eq!((registration().held, registration().until), (23, Some(14)));
		System::assert_last_event(
			Event::Retired {
				kind: Kind::Appraiser,
				who: ALICE,
				until: 14,
				withdrawable: 23,
			}
			.into(),
		);
		assert!(Attestors::is_active(Kind::Appraiser, &ALICE));
		assert_eq!(Attestors::seats(Kind::Appraiser, 13), vec![ALICE]);
		enter_epoch(14);
		assert!(!Attestors::is_active(Kind::Appraiser, &ALICE));
		assert_eq!(Attestors::seats(Kind::Appraiser, 14), vec![]);
	});
}

#[test]
fn retirement_is_not_put_off_by_a_penalty() {
	with_appraiser(|| {
		assert_ok!(Attestors::retire(
			RuntimeOrigin::signed(ALICE),
			Kind::Appraiser
		));
		enter_epoch(13);
		assert_eq!(penalise(Offence::Equivocation), 50);
		let registration = Registrations::<Test>::get(Kind::Appraiser, ALICE).unwrap();
		assert_eq!(registration.until, Some(14));
	});
}

#[test]
fn no_more_is_taken_than_is_left() {
	with_appraiser(|| {
		(0..9).for_each(|_| assert_eq!(penalise(Offence::WrongCounts), 5));
		assert_eq!(penalise(Offence::SilentAfterCommit), 2);
		assert_eq!(penalise(Offence::WrongCounts), 3);
		assert_eq!(penalise(Offence::WrongCounts), 0);
		assert_eq!(held_of(Kind::Appraiser, &ALICE), 0);
		assert_eq!(Balances::total_balance_on_hold(&ALICE), 0);
	});
}

#[test]
fn what_is_left_is_withdrawn_as_ever() {
	with_appraiser(|| {
		assert_eq!(penalise(Offence::WrongCounts), 5);
		assert_ok!(Attestors::retire(
			RuntimeOrigin::signed(ALICE),
			Kind::Appraiser
		));
		enter_epoch(23);
		assert_ok!(Attestors::withdraw(
			RuntimeOrigin::signed(ALICE),
			Kind::Appraiser
		));
		System::assert_last_event(
			Event::Withdrawn {
				kind: Kind::Appraiser,
				who: ALICE,
				bond: 45,
			}
			.into(),
		);
		assert_eq!(Balances::balance(&ALICE), RICH - 5);
		// A new seat is bonded in full.
		assert_ok!(register(Kind::Appraiser, ALICE));
		assert_eq!(held_of(Kind::Appraiser, &ALICE), 50);
	});
}

/// A debug build stops at the defect; in a release build nothing happens.
#[test]
#[cfg_attr(
	debug_assertions,
	should_panic(expected = "a penalty for a seat that is not there")
)]
fn penalty_of_nobody_is_a_defect() {
	ExtBuilder::default().build_and_execute(|| {
		assert_eq!(penalise(Offence::WrongCounts), 0);
	});
}
