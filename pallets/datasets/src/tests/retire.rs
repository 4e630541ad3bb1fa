use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok, traits::fungible::Inspect as _};

fn withdrawn() -> DatasetId {
	let dataset = dataset_with(licence());
	assert_ok!(Catalog::withdraw(signed(ALICE), dataset));
	CurrentEpoch::set(6);
	dataset
}

#[test]
fn retire_gives_back_what_was_held_and_leaves_nothing() {
	ExtBuilder.build_and_execute(|| {
		let dataset = withdrawn();
		DatasetDeposit::set(500);
		assert_ok!(Catalog::retire(signed(ALICE), dataset));

		assert_eq!(Balances::balance(&ALICE), RICH);
		assert_eq!(Datasets::<Test>::iter().count(), 0);
		assert_eq!(ByRoot::<Test>::iter().count(), 0);
		assert_eq!(Catalog::terms(dataset), None);
		System::assert_last_event(
			Event::Retired {
				dataset,
				owner: ALICE,
				deposit: 100,
			}
			.into(),
		);
		assert_noop!(
			Catalog::retire(signed(ALICE), dataset),
			Error::<Test>::NotFound
		);
	});
}

#[test]
fn only_the_owner_retires_and_only_what_is_withdrawn_in_effect() {
	ExtBuilder.build_and_execute(|| {
		let dataset = dataset_with(licence());
		assert_noop!(
			Catalog::retire(signed(BOB), dataset),
			Error::<Test>::NotAuthorized
		);
		assert_noop!(
			Catalog::retire(signed(ALICE), dataset),
			Error::<Test>::NotWithdrawn
		);
		assert_ok!(Catalog::withdraw(signed(ALICE), dataset));
		assert_noop!(
			Catalog::retire(signed(ALICE), dataset),
			Error::<Test>::NotWithdrawn
		);
		CurrentEpoch::set(6);
		assert_ok!(Catalog::retire(signed(ALICE), dataset));
	});
}

#[test]
fn dataset_in_use_is_not_retired() {
	ExtBuilder.build_and_execute(|| {
		let dataset = dataset_with(licence());
		for run in [RUN, RUN + 1] {
			assert_ok!(Catalog::request(dataset, run));
		}
		assert_ok!(Catalog::withdraw(signed(ALICE), dataset));
		CurrentEpoch::set(6);

		assert_noop!(
			Catalog::retire(signed(ALICE), dataset),
			Error::<Test>::InUse
		);
		Catalog::close_request(dataset, RUN);
		assert_noop!(
			Catalog::retire(signed(ALICE), dataset),
			Error::<Test>::InUse
		);
		Catalog::close_request(dataset, RUN + 1);
		assert_ok!(Catalog::retire(signed(ALICE), dataset));
	});
}

#[test]
fn retired_root_is_published_again_as_a_new_dataset_with_a_priority_of_its_own() {
	ExtBuilder.build_and_execute(|| {
		let old = withdrawn();
		let args = args("a record", 100);
		let priority = Datasets::<Test>::get(old).unwrap().priority;
		assert_ok!(Catalog::retire(signed(ALICE), old));

		pass_blocks(100);
		assert_noop!(publish(BOB, args.clone()), Error::<Test>::NotAnnounced);
		let announced_at = System::block_number();
		let new = published(BOB, args);
		assert_ne!(new, old);
		let terms = Catalog::terms(new).unwrap();
		assert_eq!(terms.owner, BOB);
		assert_eq!(terms.priority, announced_at);
		assert!(terms.priority > priority);
	});
}

#[test]
fn child_outlives_its_parent() {
	ExtBuilder.build_and_execute(|| {
		let parent = withdrawn();
		let version = PublishArgs {
			parent: Some(parent),
			..args("second version", 100)
		};
		let child = published(ALICE, version);
		assert_ok!(Catalog::retire(signed(ALICE), parent));
		assert_ok!(Catalog::usable(child));
	});
}
