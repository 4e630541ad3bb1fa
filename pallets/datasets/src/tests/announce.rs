use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok, traits::fungible::hold::Inspect as _};
use sp_core::H256;
use sp_runtime::{traits::BadOrigin, TokenError};

const SECRET: H256 = H256::repeat_byte(0xab);

#[test]
fn announce_holds_a_deposit_and_keeps_the_block() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(Catalog::announce(signed(ALICE), SECRET));

		assert_eq!(
			Balances::balance_on_hold(&HoldReason::Announcement.into(), &ALICE),
			10
		);
		assert_eq!(
			Announcements::<Test>::get(ALICE, SECRET),
			Some(Announcement { at: 1, deposit: 10 })
		);
		System::assert_last_event(
			Event::Announced {
				owner: ALICE,
				commitment: SECRET,
				deposit: 10,
			}
			.into(),
		);
	});
}

#[test]
fn copied_commitment_does_not_keep_the_owner_from_announcing() {
	ExtBuilder.build_and_execute(|| {
		// GIVEN BOB copies ALICE's commitment out of the transaction pool and comes first
		let args = args("a record", 100);
		let commitment = commitment_of(&ALICE, &args);
		assert_ok!(Catalog::announce(signed(BOB), commitment));

		// THEN ALICE announces and opens hers, and he cannot open his
		assert_ok!(Catalog::announce(signed(ALICE), commitment));
		pass_blocks(10);
		assert_noop!(publish(BOB, args.clone()), Error::<Test>::NotAnnounced);
		assert_ok!(publish(ALICE, args));
	});
}

#[test]
fn same_commitment_is_not_announced_twice() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(Catalog::announce(signed(ALICE), SECRET));
		assert_noop!(
			Catalog::announce(signed(ALICE), SECRET),
			Error::<Test>::AlreadyAnnounced
		);
	});
}

#[test]
fn announcements_of_an_owner_are_bounded_and_those_that_end_make_room() {
	ExtBuilder.build_and_execute(|| {
		// GIVEN ALICE has as many as she may, one of them to be opened
		let args = args("a record", 100);
		assert_ok!(announce(ALICE, &args));
		for number in 1..3 {
			let commitment = H256::from_low_u64_be(number);
			assert_ok!(Catalog::announce(signed(ALICE), commitment));
		}
		assert_noop!(
			Catalog::announce(signed(ALICE), SECRET),
			Error::<Test>::MaxAnnouncementsExceeded
		);

		// THEN others announce as they like
		assert_ok!(Catalog::announce(signed(BOB), SECRET));

		// AND opening one and expiring one makes room for two
		pass_blocks(10);
		assert_ok!(publish(ALICE, args));
		assert_ok!(Catalog::announce(signed(ALICE), SECRET));
		pass_blocks(40);
		let first = H256::from_low_u64_be(1);
		assert_ok!(Catalog::expire_announcement(signed(BOB), ALICE, first));
		assert_ok!(Catalog::announce(signed(ALICE), first));
		assert_noop!(
			Catalog::announce(signed(ALICE), H256::zero()),
			Error::<Test>::MaxAnnouncementsExceeded
		);
		assert_eq!(AnnouncementCounts::<Test>::get(ALICE), 3);
	});
}

#[test]
fn nobody_announces_without_the_deposit_or_unsigned() {
	ExtBuilder.build_and_execute(|| {
		assert_noop!(
			Catalog::announce(signed(PAUPER), SECRET),
			TokenError::FundsUnavailable
		);
		assert_noop!(Catalog::announce(RuntimeOrigin::root(), SECRET), BadOrigin);
	});
}
