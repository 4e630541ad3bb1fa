use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};

#[test]
fn retirement_takes_effect_two_epochs_later() {
	ExtBuilder::default()
		.attestors(&[ALICE])
		.build_and_execute(|| {
			// GIVEN a seat in force
			enter_epoch(12);
			assert!(Attestors::is_active(Kind::Attestor, &ALICE));

			// WHEN it retires
			assert_ok!(Attestors::retire(
				RuntimeOrigin::signed(ALICE),
				Kind::Attestor
			));
			System::assert_last_event(
				Event::Retired {
					kind: Kind::Attestor,
					who: ALICE,
					until: 14,
					withdrawable: 23,
				}
				.into(),
			);

			// THEN it stays in force for this epoch and the next
			enter_epoch(13);
			assert!(Attestors::is_active(Kind::Attestor, &ALICE));
			enter_epoch(14);
			assert!(!Attestors::is_active(Kind::Attestor, &ALICE));
			assert_eq!(Attestors::key(Kind::Attestor, &ALICE), Some(key_of(&ALICE)));
		});
}

#[test]
fn seat_retired_before_it_began_is_never_in_force() {
	ExtBuilder::default()
		.attestors(&[ALICE])
		.build_and_execute(|| {
			assert_ok!(Attestors::retire(
				RuntimeOrigin::signed(ALICE),
				Kind::Attestor
			));
			for epoch in 10..15 {
				enter_epoch(epoch);
				assert!(!Attestors::is_active(Kind::Attestor, &ALICE));
				assert_eq!(Attestors::seats(Kind::Attestor, epoch), vec![]);
			}
		});
}

#[test]
fn nobody_retires_twice() {
	ExtBuilder::default()
		.attestors(&[ALICE])
		.build_and_execute(|| {
			assert_ok!(Attestors::retire(
				RuntimeOrigin::signed(ALICE),
				Kind::Attestor
			));
			assert_noop!(
				Attestors::retire(RuntimeOrigin::signed(ALICE), Kind::Attestor),
				Error::<Test>::AlreadyRetired
			);
		});
}

#[test]
fn nobody_retires_without_a_seat() {
	ExtBuilder::default()
		.attestors(&[ALICE])
		.build_and_execute(|| {
			assert_noop!(
				Attestors::retire(RuntimeOrigin::signed(BOB), Kind::Attestor),
				Error::<Test>::NotFound
			);
		});
}
