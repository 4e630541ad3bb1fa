use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok, traits::fungible::Inspect as _};
use sp_core::H256;

const SECRET: H256 = H256::repeat_byte(0xab);

#[test]
fn anyone_may_expire_and_the_owner_gets_back_what_was_held() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(Catalog::announce(signed(ALICE), SECRET));
		AnnounceDeposit::set(99);
		pass_blocks(50);
		assert_ok!(Catalog::expire_announcement(signed(BOB), ALICE, SECRET));

		assert_eq!(Balances::balance(&ALICE), RICH);
		assert_eq!(Balances::balance(&BOB), RICH);
		assert_eq!(Announcements::<Test>::iter().count(), 0);
		assert_eq!(AnnouncementCounts::<Test>::iter().count(), 0);
		System::assert_last_event(
			Event::AnnouncementExpired {
				owner: ALICE,
				commitment: SECRET,
				deposit: 10,
			}
			.into(),
		);
	});
}

#[test]
fn announcement_alive_is_not_expired() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(Catalog::announce(signed(ALICE), SECRET));
		pass_blocks(49);
		assert_noop!(
			Catalog::expire_announcement(signed(BOB), ALICE, SECRET),
			Error::<Test>::AnnouncementAlive
		);
	});
}

#[test]
fn deposit_comes_back_once() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(Catalog::announce(signed(ALICE), SECRET));
		pass_blocks(50);
		assert_ok!(Catalog::expire_announcement(signed(ALICE), ALICE, SECRET));
		assert_noop!(
			Catalog::expire_announcement(signed(ALICE), ALICE, SECRET),
			Error::<Test>::NotAnnounced
		);
	});
}
