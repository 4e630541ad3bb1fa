use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};

#[test]
fn terms_are_what_was_published() {
	ExtBuilder.build_and_execute(|| {
		let args = args("a record", 100);
		let dataset = published(ALICE, args.clone());
		assert_eq!(
			Catalog::terms(dataset),
			Some(Terms {
				owner: ALICE,
				payout: ALICE,
				root: args.root,
				length: args.length,
				records: 100,
				priority: 1,
				approval: Approval::Open,
				flat_fee: 1_000,
				price_per_record: 3,
			})
		);
		assert_eq!(Catalog::terms(dataset + 1), None);
	});
}

#[test]
fn dataset_is_usable_while_its_licence_is_in_force() {
	ExtBuilder.build_and_execute(|| {
		let timed = Licence {
			valid_from: 30,
			valid_until: Some(40),
			..licence()
		};
		let dataset = dataset_with(timed);
		for (block, usable) in [(29, false), (30, true), (39, true), (40, false)] {
			System::set_block_number(block);
			assert_eq!(Catalog::is_usable(dataset), usable, "block {block}");
		}
		assert_noop!(Catalog::usable(dataset), Error::<Test>::LicenceNotInForce);
		System::set_block_number(29);
		assert_noop!(
			Catalog::request(dataset, RUN),
			Error::<Test>::LicenceNotInForce
		);
	});
}

#[test]
fn dataset_not_licensed_for_training_is_not_usable() {
	ExtBuilder.build_and_execute(|| {
		let dataset = dataset_with(Licence {
			uses: uses::ALL & !uses::TRAIN,
			..licence()
		});
		assert_noop!(Catalog::usable(dataset), Error::<Test>::TrainingNotLicensed);
		assert_noop!(
			Catalog::request(dataset, RUN),
			Error::<Test>::TrainingNotLicensed
		);
		assert_noop!(Catalog::usable(9), Error::<Test>::NotFound);
	});
}

#[test]
fn run_asks_once() {
	ExtBuilder.build_and_execute(|| {
		let dataset = dataset_with(licence());
		assert_ok!(Catalog::request(dataset, RUN));
		assert_noop!(
			Catalog::request(dataset, RUN),
			Error::<Test>::AlreadyRequested
		);
	});
}

#[test]
fn requests_that_wait_are_bounded_and_answers_make_room() {
	ExtBuilder.build_and_execute(|| {
		let dataset = dataset_with(by_grant());
		assert_ok!(Catalog::request(dataset, 1));
		assert_ok!(Catalog::request(dataset, 2));
		assert_noop!(
			Catalog::request(dataset, 3),
			Error::<Test>::MaxPendingExceeded
		);

		assert_ok!(Catalog::grant(signed(ALICE), dataset, 1));
		assert_ok!(Catalog::request(dataset, 3));
		assert_noop!(
			Catalog::request(dataset, 4),
			Error::<Test>::MaxPendingExceeded
		);

		Catalog::close_request(dataset, 2);
		assert_ok!(Catalog::request(dataset, 4));
	});
}

#[test]
fn open_uses_are_not_bounded_by_requests_that_wait() {
	ExtBuilder.build_and_execute(|| {
		let dataset = dataset_with(licence());
		for run in 0..10 {
			assert_ok!(Catalog::request(dataset, run));
		}
		assert_eq!(Datasets::<Test>::get(dataset).unwrap().uses, 10);
	});
}

#[test]
fn closing_ends_request_and_grant_and_may_be_repeated() {
	ExtBuilder.build_and_execute(|| {
		let dataset = dataset_with(by_grant());
		assert_ok!(Catalog::request(dataset, RUN));
		assert_ok!(Catalog::grant(signed(ALICE), dataset, RUN));
		Catalog::close_request(dataset, RUN);
		Catalog::close_request(dataset, RUN);
		Catalog::close_request(9, RUN);

		assert!(!Catalog::granted(dataset, RUN));
		assert_noop!(Catalog::may_deal(dataset, RUN), Error::<Test>::NotRequested);
		assert_noop!(Catalog::may_deal(9, RUN), Error::<Test>::NotFound);
		assert_noop!(
			Catalog::grant(signed(ALICE), dataset, RUN),
			Error::<Test>::NotRequested
		);
		let it = Datasets::<Test>::get(dataset).unwrap();
		assert_eq!((it.uses, it.pending), (0, 0));
	});
}

/// A debug build stops at the defect; a release build logs it, and the count does not wrap.
#[test]
#[cfg_attr(
	debug_assertions,
	should_panic(expected = "a use that its dataset does not count")
)]
fn use_that_is_not_counted_is_a_defect() {
	ExtBuilder.build_and_execute(|| {
		let dataset = dataset_with(licence());
		assert_ok!(Catalog::request(dataset, RUN));
		Datasets::<Test>::mutate(dataset, |it| it.as_mut().unwrap().uses = 0);
		Catalog::close_request(dataset, RUN);
		assert_eq!(Datasets::<Test>::get(dataset).unwrap().uses, 0);
	});
}
