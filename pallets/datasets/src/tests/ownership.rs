//! What the pallet that divides money asks: the trait `Ownership`.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};

/// BOB's dataset, and ALICE's that takes its root over.
fn taken_over() -> (DatasetId, DatasetId) {
	let text = args("a record", 100);
	let of = |payout| PublishArgs {
		payout,
		..text.clone()
	};
	assert_ok!(announce(ALICE, &of(ALICE)));
	pass_blocks(1);
	let by_bob = published(BOB, of(BOB));
	assert_ok!(publish(ALICE, of(ALICE)));
	(by_bob, by_bob + 1)
}

#[test]
fn only_the_owner_of_a_dataset_that_is_not_contested_decides() {
	ExtBuilder.build_and_execute(|| {
		let (by_bob, by_alice) = taken_over();
		assert_ok!(Catalog::ensure_owner(by_alice, &ALICE));
		let refused = [
			(by_alice, BOB, Error::<Test>::NotAuthorized),
			(by_bob, ALICE, Error::<Test>::NotAuthorized),
			(by_bob, BOB, Error::<Test>::DatasetContested),
			(by_alice + 1, ALICE, Error::<Test>::NotFound),
		];
		for (dataset, who, why) in refused {
			assert_noop!(Catalog::ensure_owner(dataset, &who), why);
		}
		// A withdrawn dataset still earns what is under way.
		assert_ok!(Catalog::withdraw(signed(ALICE), by_alice));
		assert_ok!(Catalog::ensure_owner(by_alice, &ALICE));
	});
}

#[test]
fn a_contested_dataset_is_paid_through_whoever_has_its_root() {
	ExtBuilder.build_and_execute(|| {
		let (by_bob, by_alice) = taken_over();
		assert_eq!(Catalog::paid(by_alice), Some(by_alice));
		assert_eq!(Catalog::paid(by_bob), Some(by_alice));
		assert_eq!(Catalog::paid(by_alice + 1), None);
		// WHEN that one is gone, no dataset is: an account is paid.
		assert_ok!(Catalog::withdraw(signed(ALICE), by_alice));
		CurrentEpoch::mutate(|epoch| *epoch += 1);
		assert_ok!(Catalog::retire(signed(ALICE), by_alice));
		assert_eq!(Catalog::paid(by_bob), None);
		assert_eq!(Catalog::terms(by_bob).unwrap().payout, ALICE);
	});
}

#[test]
fn a_dataset_is_new_as_long_as_it_can_be_taken_over() {
	ExtBuilder.build_and_execute(|| {
		let dataset = published(ALICE, args("a record", 100));
		let priority = Catalog::terms(dataset).unwrap().priority;
		let end = priority + AnnouncementLifetime::get();
		for (block, is_new) in [(end - 1, true), (end, false), (end + 1, false)] {
			System::set_block_number(block);
			assert_eq!(Catalog::is_new(dataset), is_new, "block {block}");
		}
		assert!(!Catalog::is_new(dataset + 1));
	});
}
