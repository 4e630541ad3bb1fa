use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};

#[test]
fn payout_changes_when_the_delay_is_over_and_not_a_block_before() {
	ExtBuilder.build_and_execute(|| {
		let dataset = dataset_with(licence());
		let from = System::block_number() + 100;
		assert_ok!(Catalog::set_payout(signed(ALICE), dataset, BOB));
		System::assert_last_event(
			Event::PayoutScheduled {
				dataset,
				payout: BOB,
				from,
			}
			.into(),
		);

		System::set_block_number(from - 1);
		assert_eq!(Catalog::payout_of(dataset), Some(ALICE));
		assert_eq!(Catalog::terms(dataset).unwrap().payout, ALICE);
		System::set_block_number(from);
		assert_eq!(Catalog::payout_of(dataset), Some(BOB));
		assert_eq!(Catalog::terms(dataset).unwrap().payout, BOB);
	});
}

#[test]
fn later_change_replaces_one_on_its_way_and_keeps_one_in_effect() {
	ExtBuilder.build_and_execute(|| {
		let dataset = dataset_with(licence());
		let payout = || Catalog::payout_of(dataset).unwrap();
		assert_ok!(Catalog::set_payout(signed(ALICE), dataset, BOB));
		pass_blocks(99);
		assert_ok!(Catalog::set_payout(signed(ALICE), dataset, CAROL));
		pass_blocks(99);
		assert_eq!(payout(), ALICE);
		pass_blocks(1);
		assert_eq!(payout(), CAROL);

		assert_ok!(Catalog::set_payout(signed(ALICE), dataset, BOB));
		assert_eq!(payout(), CAROL);
	});
}

#[test]
fn payout_is_changed_by_the_owner_to_no_pot() {
	ExtBuilder.build_and_execute(|| {
		let dataset = dataset_with(licence());
		assert_noop!(
			Catalog::set_payout(signed(BOB), dataset, BOB),
			Error::<Test>::NotAuthorized
		);
		assert_noop!(
			Catalog::set_payout(signed(ALICE), dataset, POT),
			Error::<Test>::PayoutIsPot
		);
		assert_noop!(
			Catalog::set_payout(signed(ALICE), 9, BOB),
			Error::<Test>::NotFound
		);
	});
}
