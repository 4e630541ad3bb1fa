use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok, hypothetically};

fn seats(as_of: Epoch) -> Vec<sp_runtime::AccountId32> {
	Attestors::seats(Kind::Attestor, as_of)
}

fn retire(who: sp_runtime::AccountId32) {
	assert_ok!(Attestors::retire(
		RuntimeOrigin::signed(who),
		Kind::Attestor
	));
}

#[test]
fn set_as_of_the_next_epoch_does_not_move_any_more() {
	ExtBuilder::default()
		.attestors(&[ALICE, BOB])
		.build_and_execute(|| {
			enter_epoch(12);
			let settled = seats(13);
			assert_eq!(settled, vec![ALICE, BOB]);

			retire(ALICE);
			assert_ok!(register(Kind::Attestor, CAROL));

			assert_eq!(seats(13), settled);
			enter_epoch(14);
			assert_eq!(seats(13), settled);
			assert_eq!(seats(14), vec![BOB, CAROL]);
		});
}

#[test]
fn set_that_is_not_settled_is_empty() {
	ExtBuilder::default()
		.attestors(&[ALICE])
		.build_and_execute(|| {
			enter_epoch(12);
			assert_eq!(seats(13), vec![ALICE]);
			assert_eq!(seats(14), vec![]);
		});
}

#[test]
fn every_draw_of_a_kept_seed_is_the_same_before_and_after_a_withdrawal() {
	ExtBuilder::default()
		.attestors(&[ALICE, BOB, CAROL])
		.build_and_execute(|| {
			// GIVEN ALICE retired in epoch 12
			enter_epoch(12);
			retire(ALICE);
			for epoch in 13..=23 {
				enter_epoch(epoch);
			}
			// the sets that go with the seeds kept in epoch 23, and one more
			let sets = || {
				(14..=24)
					.map(|as_of| (as_of, seats(as_of)))
					.collect::<Vec<_>>()
			};
			let before = sets();
			assert_eq!(Attestors::seed(16), Some(seed_of(16)));

			// WHEN she withdraws as early as she may
			hypothetically!({
				CurrentEpoch::set(22);
				assert_noop!(
					Attestors::withdraw(RuntimeOrigin::signed(ALICE), Kind::Attestor),
					Error::<Test>::StillUnbonding
				);
				CurrentEpoch::set(23);
			});
			assert_ok!(Attestors::withdraw(
				RuntimeOrigin::signed(ALICE),
				Kind::Attestor
			));

			// THEN no set changed, nor its order
			assert_eq!(sets(), before);
			assert_eq!(seats(15), vec![BOB, CAROL]);
		});
}

#[test]
fn set_from_before_the_kept_seeds_is_empty() {
	ExtBuilder::default()
		.attestors(&[ALICE])
		.build_and_execute(|| {
			enter_epoch(21);
			assert_eq!(seats(13), vec![ALICE]);
			enter_epoch(22);
			assert_eq!(seats(13), vec![]);
		});
}

#[test]
fn kinds_do_not_mix() {
	ExtBuilder::default()
		.attestors(&[ALICE])
		.build_and_execute(|| {
			assert_ok!(register(Kind::Appraiser, BOB));
			enter_epoch(12);
			assert_eq!(seats(12), vec![ALICE]);
			assert_eq!(Attestors::seats(Kind::Appraiser, 12), vec![BOB]);
			assert_eq!(Attestors::key(Kind::Appraiser, &ALICE), None);
			assert!(!Attestors::is_active(Kind::Appraiser, &ALICE));
		});
}

#[test]
fn lock_of_nobody_fails() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(
			Attestors::lock(Kind::Attestor, &ALICE),
			Error::<Test>::NotFound
		);
	});
}

/// A debug build stops at the defect; a release build logs it, and the count does not wrap.
#[test]
#[cfg_attr(debug_assertions, should_panic(expected = "unlock without a lock"))]
fn unlock_without_a_lock_is_a_defect() {
	ExtBuilder::default()
		.attestors(&[ALICE])
		.build_and_execute(|| {
			Attestors::unlock(Kind::Attestor, &ALICE);
			let registration = Registrations::<Test>::get(Kind::Attestor, ALICE).unwrap();
			assert_eq!(registration.locks, 0);
		});
}

#[test]
fn view_functions_tell_what_the_trait_tells() {
	ExtBuilder::default()
		.attestors(&[ALICE])
		.build_and_execute(|| {
			enter_epoch(12);
			assert_eq!(Attestors::seats_as_of(Kind::Attestor, 12), vec![ALICE]);
			assert_eq!(Attestors::seed_of(12), Some(seed_of(12)));
			assert_eq!(Attestors::payout_of(Kind::Attestor, ALICE), Some(ALICE));
			assert_eq!(Attestors::payout_of(Kind::Attestor, BOB), None);
		});
}
