//! A root that somebody else has announced earlier.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok, traits::fungible::Inspect as _};

const TEXT: &str = "a record";

fn paying(payout: sp_runtime::AccountId32) -> PublishArgsOf<Test> {
	PublishArgs {
		payout,
		..args(TEXT, 100)
	}
}

/// ALICE announces first, but BOB shows the same content before she does.
fn bob_was_faster() -> DatasetId {
	assert_ok!(announce(ALICE, &paying(ALICE)));
	pass_blocks(1);
	published(BOB, paying(BOB))
}

/// Then ALICE shows it too.
fn taken_over() -> (DatasetId, DatasetId) {
	let by_bob = bob_was_faster();
	assert_ok!(publish(ALICE, paying(ALICE)));
	(by_bob, by_bob + 1)
}

fn status(dataset: DatasetId) -> Status {
	Datasets::<Test>::get(dataset).unwrap().status
}

#[test]
fn earlier_announcement_takes_the_root_over() {
	ExtBuilder.build_and_execute(|| {
		let other = bob_was_faster();
		System::reset_events();
		assert_ok!(publish(ALICE, paying(ALICE)));

		let dataset = other + 1;
		let root = args(TEXT, 100).root;
		let first = other;
		assert_eq!(ByRoot::<Test>::get(root), Some(Holder { dataset, first }));
		let it = Datasets::<Test>::get(dataset).unwrap();
		assert_eq!(
			(it.owner, it.status, it.priority),
			(ALICE, Status::Active, 1)
		);
		assert_eq!(status(other), Status::Contested { by: dataset });
		System::assert_last_event(
			Event::Contested {
				dataset: other,
				by: dataset,
			}
			.into(),
		);
	});
}

#[test]
fn announcement_of_the_same_block_or_a_later_one_does_not_take_over() {
	ExtBuilder.build_and_execute(|| {
		// GIVEN two announce in the same block and one later
		assert_ok!(announce(ALICE, &paying(ALICE)));
		assert_ok!(announce(BOB, &paying(BOB)));
		pass_blocks(1);
		assert_ok!(announce(CAROL, &paying(CAROL)));
		pass_blocks(10);

		// THEN whoever of the first two publishes first keeps the root
		assert_ok!(publish(BOB, paying(BOB)));
		for who in [ALICE, CAROL] {
			assert_noop!(
				publish(who.clone(), paying(who)),
				Error::<Test>::AlreadyExists
			);
		}
		assert_eq!(status(0), Status::Active);
	});
}

#[test]
fn earlier_announcement_that_expired_does_not_take_over() {
	ExtBuilder.build_and_execute(|| {
		let dataset = bob_was_faster();
		System::set_block_number(1 + AnnouncementLifetime::get());
		assert_noop!(
			publish(ALICE, paying(ALICE)),
			Error::<Test>::AnnouncementOver
		);
		assert_eq!(status(dataset), Status::Active);
	});
}

#[test]
fn take_over_that_is_refused_for_another_reason_changes_nothing() {
	ExtBuilder.build_and_execute(|| {
		let dataset = bob_was_faster();
		let bad = PublishArgs {
			records: 99,
			..paying(ALICE)
		};
		assert_noop!(publish(ALICE, bad), Error::<Test>::RecordsMismatch);
		assert_eq!(status(dataset), Status::Active);
	});
}

#[test]
fn withdrawn_dataset_is_taken_over_too() {
	ExtBuilder.build_and_execute(|| {
		let dataset = bob_was_faster();
		assert_ok!(Catalog::withdraw(signed(BOB), dataset));
		assert_ok!(publish(ALICE, paying(ALICE)));
		assert_eq!(status(dataset), Status::Contested { by: dataset + 1 });
		assert_ok!(Catalog::usable(dataset + 1));
	});
}

#[test]
fn contested_dataset_is_not_used_from_now_on() {
	ExtBuilder.build_and_execute(|| {
		// GIVEN a run uses BOB's dataset, and another one has its grant
		let dataset = bob_was_faster();
		assert_ok!(Catalog::request(dataset, RUN));
		assert_ok!(Catalog::may_deal(dataset, RUN));

		assert_ok!(publish(ALICE, paying(ALICE)));

		// THEN no task is dealt in the same epoch, and no run begins
		let contested = Error::<Test>::DatasetContested;
		assert_noop!(Catalog::may_deal(dataset, RUN), contested);
		let contested = Error::<Test>::DatasetContested;
		assert_noop!(Catalog::usable(dataset), contested);
		let contested = Error::<Test>::DatasetContested;
		assert_noop!(Catalog::request(dataset, RUN + 1), contested);
		assert!(!Catalog::is_dealable(dataset, RUN));
		assert!(!Catalog::is_usable(dataset));
		assert_ok!(Catalog::request(dataset + 1, RUN));
	});
}

#[test]
fn owner_of_a_contested_dataset_can_change_nothing() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(announce(ALICE, &paying(ALICE)));
		pass_blocks(1);
		let by_grant = PublishArgs {
			licence: by_grant(),
			..paying(BOB)
		};
		let dataset = published(BOB, by_grant);
		for run in [RUN, RUN + 1] {
			assert_ok!(Catalog::request(dataset, run));
		}
		assert_ok!(Catalog::grant(signed(BOB), dataset, RUN));
		assert_ok!(publish(ALICE, paying(ALICE)));

		let bob = || signed(BOB);
		for refused in [
			Catalog::set_payout(bob(), dataset, BOB),
			Catalog::set_licence(bob(), dataset, licence()),
			Catalog::grant(bob(), dataset, RUN + 1),
			Catalog::revoke(bob(), dataset, RUN),
			Catalog::withdraw(bob(), dataset),
		] {
			assert_eq!(refused, Err(Error::<Test>::DatasetContested.into()));
		}
		assert_eq!(Catalog::payout_of(dataset), Some(ALICE));
		assert_eq!(status(dataset), Status::Contested { by: dataset + 1 });
	});
}

#[test]
fn contested_dataset_pays_whoever_has_its_root_and_at_once() {
	ExtBuilder.build_and_execute(|| {
		let (dataset, by) = taken_over();
		assert_eq!(Catalog::payout_of(dataset), Some(ALICE));
		assert_eq!(Catalog::terms(dataset).unwrap().payout, ALICE);
		assert_eq!(Catalog::terms(dataset).unwrap().owner, BOB);

		// The holder's later changes count, after their delay.
		assert_ok!(Catalog::set_payout(signed(ALICE), by, CAROL));
		pass_blocks(99);
		assert_eq!(Catalog::payout_of(dataset), Some(ALICE));
		pass_blocks(1);
		assert_eq!(Catalog::payout_of(dataset), Some(CAROL));
	});
}

#[test]
fn change_of_payout_on_its_way_does_not_outlive_the_take_over() {
	ExtBuilder.build_and_execute(|| {
		let dataset = bob_was_faster();
		assert_ok!(Catalog::set_payout(signed(BOB), dataset, CAROL));
		assert_ok!(publish(ALICE, paying(ALICE)));
		pass_blocks(PayoutDelay::get());
		assert_eq!(Catalog::payout_of(dataset), Some(ALICE));
		let it = Datasets::<Test>::get(dataset).unwrap();
		assert_eq!(it.payout, Payout::new(ALICE));
	});
}

#[test]
fn root_is_taken_over_again_and_all_pay_the_earliest() {
	ExtBuilder.build_and_execute(|| {
		// GIVEN three announce one after the other, and publish in the opposite order
		for who in [CAROL, ALICE] {
			assert_ok!(announce(who.clone(), &paying(who)));
			pass_blocks(1);
		}
		let last = published(BOB, paying(BOB));
		assert_ok!(publish(ALICE, paying(ALICE)));
		assert_ok!(publish(CAROL, paying(CAROL)));

		let (middle, earliest) = (last + 1, last + 2);
		assert_eq!(status(last), Status::Contested { by: middle });
		assert_eq!(status(middle), Status::Contested { by: earliest });
		assert_eq!(status(earliest), Status::Active);
		for dataset in [last, middle, earliest] {
			assert_eq!(Catalog::payout_of(dataset), Some(CAROL));
		}
		let root = args(TEXT, 100).root;
		assert_eq!(
			ByRoot::<Test>::get(root),
			Some(Holder {
				dataset: earliest,
				first: last
			})
		);

		// The one in the middle may go without a change for the others.
		assert_ok!(Catalog::retire(signed(ALICE), middle));
		assert_eq!(Catalog::payout_of(last), Some(CAROL));
	});
}

#[test]
fn contested_dataset_is_retired_once_no_run_uses_it_and_leaves_the_root() {
	ExtBuilder.build_and_execute(|| {
		let dataset = bob_was_faster();
		assert_ok!(Catalog::request(dataset, RUN));
		assert_ok!(publish(ALICE, paying(ALICE)));
		assert_noop!(
			Catalog::retire(signed(ALICE), dataset),
			Error::<Test>::NotAuthorized
		);
		assert_noop!(Catalog::retire(signed(BOB), dataset), Error::<Test>::InUse);

		Catalog::close_request(dataset, RUN);
		assert_ok!(Catalog::retire(signed(BOB), dataset));
		assert_eq!(Balances::balance(&BOB), RICH);
		assert_eq!(Catalog::payout_of(dataset), None);
		let root = args(TEXT, 100).root;
		assert_eq!(ByRoot::<Test>::get(root).unwrap().dataset, dataset + 1);
		assert_ok!(Catalog::usable(dataset + 1));
	});
}

#[test]
fn whoever_took_over_is_paid_after_it_retired_too() {
	ExtBuilder.build_and_execute(|| {
		let (dataset, by) = taken_over();
		assert_ok!(Catalog::withdraw(signed(ALICE), by));
		CurrentEpoch::set(6);
		assert_ok!(Catalog::retire(signed(ALICE), by));
		assert_eq!(Catalog::payout_of(dataset), Some(ALICE));

		// BOB publishes the root anew: that is another line, and brings him nothing of the old one.
		let anew = published(BOB, paying(BOB));
		assert_eq!(status(anew), Status::Active);
		assert_eq!(Catalog::payout_of(anew), Some(BOB));
		assert_eq!(Catalog::payout_of(dataset), Some(ALICE));
	});
}

#[test]
fn gated_dataset_is_used_as_its_licence_says() {
	ExtBuilder.build_and_execute(|| {
		let gated = |name, licence| PublishArgs {
			access: Access::Gated,
			licence,
			..args(name, 100)
		};
		let open = published(ALICE, gated("open", licence()));
		let asked = published(ALICE, gated("by grant", by_grant()));
		for dataset in [open, asked] {
			let it = Datasets::<Test>::get(dataset).unwrap();
			assert_eq!(it.access, Access::Gated);
			assert_ok!(Catalog::request(dataset, RUN));
		}
		assert!(Catalog::granted(open, RUN));
		assert!(!Catalog::granted(asked, RUN));
		assert_ok!(Catalog::grant(signed(ALICE), asked, RUN));
		assert!(Catalog::granted(asked, RUN));
	});
}
