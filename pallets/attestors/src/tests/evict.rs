use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok, dispatch::DispatchResult};
use sp_runtime::traits::BadOrigin;

const RECEIPT: [u8; 32] = [42; 32];

fn evict() -> DispatchResult {
	Attestors::evict(RuntimeOrigin::signed(BOB), Kind::Attestor, ALICE)
}

/// ALICE is barred in epoch 12, and so retired from 14 on.
fn with_barred(test: impl FnOnce()) {
	ExtBuilder::default()
		.attestors(&[ALICE])
		.build_and_execute(|| {
			enter_epoch(12);
			assert_ok!(Attestors::report_equivocation(
				RuntimeOrigin::signed(BOB),
				ALICE,
				RECEIPT,
				states_by(&ALICE, RECEIPT, 1),
				states_by(&ALICE, RECEIPT, 2),
			));
			test();
		});
}

#[test]
fn seat_without_a_bond_is_cleared_away_by_anyone() {
	with_barred(|| {
		enter_epoch(23);
		assert_ok!(evict());

		System::assert_last_event(
			Event::Withdrawn {
				kind: Kind::Attestor,
				who: ALICE,
				bond: 0,
			}
			.into(),
		);
		assert_eq!(Rosters::<Test>::get(Kind::Attestor).len(), 0);
		assert_eq!(Attestors::key(Kind::Attestor, &ALICE), None);
		assert_noop!(evict(), Error::<Test>::NotFound);
		assert_ok!(register(Kind::Attestor, ALICE));
	});
}

#[test]
fn seat_of_an_account_that_is_gone_is_cleared_away_too() {
	with_barred(|| {
		assert_ok!(Balances::transfer_all(
			RuntimeOrigin::signed(ALICE),
			BOB,
			false
		));
		assert!(!System::account_exists(&ALICE));
		enter_epoch(23);
		assert_ok!(evict());
	});
}

#[test]
fn owner_may_leave_without_a_bond_too() {
	with_barred(|| {
		enter_epoch(23);
		assert_ok!(Attestors::withdraw(
			RuntimeOrigin::signed(ALICE),
			Kind::Attestor
		));
	});
}

#[test]
fn seat_is_kept_while_a_seed_may_draw_it() {
	with_barred(|| {
		enter_epoch(22);
		assert_noop!(evict(), Error::<Test>::StillUnbonding);
	});
}

#[test]
fn seat_is_kept_while_a_run_locks_it() {
	with_barred(|| {
		assert_ok!(Attestors::lock(Kind::Attestor, &ALICE));
		enter_epoch(23);
		assert_noop!(evict(), Error::<Test>::BondLocked);
		Attestors::unlock(Kind::Attestor, &ALICE);
		assert_ok!(evict());
	});
}

#[test]
fn seat_with_something_held_is_its_owners() {
	ExtBuilder::default()
		.attestors(&[ALICE])
		.build_and_execute(|| {
			assert_ok!(Attestors::retire(
				RuntimeOrigin::signed(ALICE),
				Kind::Attestor
			));
			enter_epoch(30);
			assert_noop!(evict(), Error::<Test>::BondLeft);
		});
}

#[test]
fn evict_wants_a_signed_origin() {
	with_barred(|| {
		enter_epoch(23);
		assert_noop!(
			Attestors::evict(RuntimeOrigin::root(), Kind::Attestor, ALICE),
			BadOrigin
		);
	});
}
