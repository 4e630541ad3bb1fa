use crate::{mock::*, *};
use frame_support::{
	assert_noop, assert_ok,
	dispatch::DispatchResult,
	traits::fungible::{hold::Inspect as _, Inspect as _},
};
use guerdon_receipt::Digest;
use sp_core::Pair;
use sp_runtime::{traits::BadOrigin, AccountId32};

const RECEIPT: Digest = [42; 32];

fn report(reporter: AccountId32, first: SignedStates, second: SignedStates) -> DispatchResult {
	Attestors::report_equivocation(
		RuntimeOrigin::signed(reporter),
		ALICE,
		RECEIPT,
		first,
		second,
	)
}

/// BOB shows that ALICE signed both states of a receipt.
fn report_both() -> DispatchResult {
	report(
		BOB,
		states_by(&ALICE, RECEIPT, 1),
		states_by(&ALICE, RECEIPT, 2),
	)
}

fn with_alice(test: impl FnOnce()) {
	ExtBuilder::default()
		.attestors(&[ALICE])
		.build_and_execute(|| {
			enter_epoch(12);
			test();
		});
}

#[test]
fn equivocation_costs_the_whole_bond_and_pays_the_reporter() {
	with_alice(|| {
		// GIVEN an attestor in force
		assert!(Attestors::is_active(Kind::Attestor, &ALICE));
		let issuance = Balances::total_issuance();

		// WHEN two attestations of one receipt are shown that contradict each other
		assert_ok!(report_both());

		// THEN its bond is divided, it leaves two epochs later, and its signatures count at once for
		// nothing
		assert_eq!(Balances::total_balance(&ALICE), RICH - 100);
		assert_eq!(Balances::total_balance_on_hold(&ALICE), 0);
		assert_eq!(Balances::total_issuance(), issuance - 50);
		assert_eq!(Balances::balance(&TREASURY), 40);
		assert_eq!(Balances::balance(&BOB), RICH + 10);
		assert!(!Attestors::is_active(Kind::Attestor, &ALICE));
		let registration = Registrations::<Test>::get(Kind::Attestor, ALICE).unwrap();
		assert!(registration.barred);
		assert_eq!(
			(registration.held, registration.bond, registration.until),
			(0, 100, Some(14))
		);
		System::assert_has_event(
			Event::Equivocated {
				who: ALICE,
				receipt: RECEIPT,
			}
			.into(),
		);
		System::assert_has_event(
			Event::Penalised {
				kind: Kind::Attestor,
				who: ALICE,
				offence: Offence::Equivocation,
				amount: 100,
				burned: 50,
				treasury: 40,
				reporter: Some((BOB, 10)),
			}
			.into(),
		);
		System::assert_last_event(
			Event::Retired {
				kind: Kind::Attestor,
				who: ALICE,
				until: 14,
				withdrawable: 23,
			}
			.into(),
		);
	});
}

#[test]
fn reporting_oneself_through_another_account_is_a_loss() {
	with_alice(|| {
		let fortune = || Balances::total_balance(&ALICE) + Balances::total_balance(&BOB);
		let before = fortune();
		assert_ok!(report_both());
		assert_eq!(before - fortune(), 90);
	});
}

#[test]
fn draws_that_are_fixed_do_not_change_by_a_report() {
	with_alice(|| {
		let settled = [12, 13].map(|as_of| Attestors::seats(Kind::Attestor, as_of));
		assert_ok!(report_both());
		assert_eq!(
			[12, 13].map(|as_of| Attestors::seats(Kind::Attestor, as_of)),
			settled
		);
		enter_epoch(14);
		assert_eq!(Attestors::seats(Kind::Attestor, 14), vec![]);
	});
}

#[test]
fn seat_that_is_retired_or_locked_is_reported_all_the_same() {
	with_alice(|| {
		assert_ok!(Attestors::lock(Kind::Attestor, &ALICE));
		assert_ok!(Attestors::retire(
			RuntimeOrigin::signed(ALICE),
			Kind::Attestor
		));
		enter_epoch(20);
		assert_ok!(report_both());
		let registration = Registrations::<Test>::get(Kind::Attestor, ALICE).unwrap();
		assert_eq!((registration.held, registration.until), (0, Some(14)));
	});
}

#[test]
fn seat_of_the_other_kind_is_not_touched() {
	with_alice(|| {
		assert_ok!(register(Kind::Appraiser, ALICE));
		enter_epoch(14);
		assert_ok!(report_both());
		assert!(Attestors::is_active(Kind::Appraiser, &ALICE));
		assert_eq!(held_of(Kind::Appraiser, &ALICE), 50);
	});
}

#[test]
fn nobody_is_punished_twice() {
	with_alice(|| {
		assert_ok!(report_both());
		assert_noop!(report_both(), Error::<Test>::AlreadyBarred);
	});
}

#[test]
fn two_signatures_over_the_same_states_are_no_offence() {
	with_alice(|| {
		let signed = states_by(&ALICE, RECEIPT, 1);
		assert_noop!(
			report(BOB, signed.clone(), signed),
			Error::<Test>::NotContradictory
		);
	});
}

#[test]
fn signatures_that_are_not_over_that_receipt_by_that_attestor_prove_nothing() {
	with_alice(|| {
		let good = || states_by(&ALICE, RECEIPT, 1);
		let other_key = SignedStates {
			signature: states_by(&BOB, RECEIPT, 2).signature,
			..states_by(&ALICE, RECEIPT, 2)
		};
		let other_states = SignedStates {
			states: [2; 32],
			..good()
		};
		let message = guerdon_receipt::Attestation {
			receipt: RECEIPT,
			attestor: BOB.into(),
			states: [2; 32],
		};
		let for_another_account = SignedStates {
			states: [2; 32],
			signature: pair_of(&ALICE).sign(&message.pae()).0,
		};
		let bytes = guerdon_receipt::Attestation {
			attestor: ALICE.into(),
			..message
		};
		let without_type = SignedStates {
			states: [2; 32],
			signature: pair_of(&ALICE).sign(&bytes.bytes()).0,
		};
		for bad in [
			states_by(&ALICE, [43; 32], 2),
			other_key,
			other_states,
			for_another_account,
			without_type,
		] {
			assert_noop!(
				report(BOB, bad.clone(), good()),
				Error::<Test>::InvalidFirstSignature
			);
			assert_noop!(
				report(BOB, good(), bad),
				Error::<Test>::InvalidSecondSignature
			);
		}
	});
}

#[test]
fn nobody_is_punished_without_a_seat_as_attestor() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(register(Kind::Appraiser, ALICE));
		assert_noop!(report_both(), Error::<Test>::NotFound);
	});
}

#[test]
fn seat_that_was_withdrawn_is_not_found() {
	with_alice(|| {
		assert_ok!(Attestors::retire(
			RuntimeOrigin::signed(ALICE),
			Kind::Attestor
		));
		enter_epoch(23);
		assert_ok!(Attestors::withdraw(
			RuntimeOrigin::signed(ALICE),
			Kind::Attestor
		));
		assert_noop!(report_both(), Error::<Test>::NotFound);
	});
}

#[test]
fn report_wants_a_signed_origin() {
	with_alice(|| {
		assert_noop!(
			Attestors::report_equivocation(
				RuntimeOrigin::root(),
				ALICE,
				RECEIPT,
				states_by(&ALICE, RECEIPT, 1),
				states_by(&ALICE, RECEIPT, 2),
			),
			BadOrigin
		);
	});
}
