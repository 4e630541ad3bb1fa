use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::AccountId32;

fn set_payout(to: AccountId32) -> frame_support::dispatch::DispatchResult {
	Attestors::set_payout(RuntimeOrigin::signed(ALICE), Kind::Attestor, to)
}

fn payout() -> AccountId32 {
	<Attestors as Draws<_>>::payout(Kind::Attestor, &ALICE).unwrap()
}

#[test]
fn payout_changes_when_the_delay_is_over_and_not_a_block_before() {
	ExtBuilder::default()
		.attestors(&[ALICE])
		.build_and_execute(|| {
			assert_ok!(set_payout(BOB));
			System::assert_last_event(
				Event::PayoutScheduled {
					kind: Kind::Attestor,
					who: ALICE,
					payout: BOB,
					from: 101,
				}
				.into(),
			);

			System::set_block_number(100);
			assert_eq!(payout(), ALICE);
			System::set_block_number(101);
			assert_eq!(payout(), BOB);
		});
}

#[test]
fn later_change_replaces_one_on_its_way_and_starts_the_delay_again() {
	ExtBuilder::default()
		.attestors(&[ALICE])
		.build_and_execute(|| {
			assert_ok!(set_payout(BOB));
			System::set_block_number(50);
			assert_ok!(set_payout(CAROL));

			System::set_block_number(149);
			assert_eq!(payout(), ALICE);
			System::set_block_number(150);
			assert_eq!(payout(), CAROL);
		});
}

#[test]
fn change_in_effect_stays_while_the_next_one_waits() {
	ExtBuilder::default()
		.attestors(&[ALICE])
		.build_and_execute(|| {
			assert_ok!(set_payout(BOB));
			System::set_block_number(101);
			assert_ok!(set_payout(CAROL));

			assert_eq!(payout(), BOB);
			System::set_block_number(201);
			assert_eq!(payout(), CAROL);
		});
}

#[test]
fn pot_is_refused_as_payout() {
	ExtBuilder::default()
		.attestors(&[ALICE])
		.build_and_execute(|| {
			assert_noop!(set_payout(POT), Error::<Test>::PayoutIsPot);
		});
}

#[test]
fn payout_of_nobody_is_not_found() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(set_payout(BOB), Error::<Test>::NotFound);
	});
}
