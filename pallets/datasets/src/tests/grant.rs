use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};

#[test]
fn run_waits_for_the_grant_and_gets_it() {
	ExtBuilder.build_and_execute(|| {
		let dataset = dataset_with(by_grant());
		assert_ok!(Catalog::request(dataset, RUN));
		System::assert_last_event(Event::GrantRequested { dataset, run: RUN }.into());
		assert!(!Catalog::granted(dataset, RUN));
		assert_noop!(Catalog::may_deal(dataset, RUN), Error::<Test>::NotGranted);

		assert_ok!(Catalog::grant(signed(ALICE), dataset, RUN));
		System::assert_last_event(Event::Granted { dataset, run: RUN }.into());
		assert!(Catalog::granted(dataset, RUN));
		assert_ok!(Catalog::may_deal(dataset, RUN));
	});
}

#[test]
fn grant_is_for_one_run_only() {
	ExtBuilder.build_and_execute(|| {
		let dataset = dataset_with(by_grant());
		assert_ok!(Catalog::request(dataset, RUN));
		assert_ok!(Catalog::request(dataset, RUN + 1));
		assert_ok!(Catalog::grant(signed(ALICE), dataset, RUN));
		assert!(!Catalog::granted(dataset, RUN + 1));
	});
}

#[test]
fn request_is_answered_once_and_by_the_owner() {
	ExtBuilder.build_and_execute(|| {
		let dataset = dataset_with(by_grant());
		assert_noop!(
			Catalog::grant(signed(ALICE), dataset, RUN),
			Error::<Test>::NotRequested
		);
		assert_ok!(Catalog::request(dataset, RUN));
		assert_noop!(
			Catalog::grant(signed(BOB), dataset, RUN),
			Error::<Test>::NotAuthorized
		);
		assert_noop!(
			Catalog::grant(signed(ALICE), 9, RUN),
			Error::<Test>::NotFound
		);

		assert_ok!(Catalog::grant(signed(ALICE), dataset, RUN));
		assert_noop!(
			Catalog::grant(signed(ALICE), dataset, RUN),
			Error::<Test>::AlreadyAnswered
		);
	});
}

#[test]
fn open_request_needs_no_answer() {
	ExtBuilder.build_and_execute(|| {
		let dataset = dataset_with(licence());
		assert_ok!(Catalog::request(dataset, RUN));
		assert!(Catalog::granted(dataset, RUN));
		assert_noop!(
			Catalog::grant(signed(ALICE), dataset, RUN),
			Error::<Test>::AlreadyAnswered
		);
	});
}

#[test]
fn withdrawn_dataset_is_not_granted() {
	ExtBuilder.build_and_execute(|| {
		let dataset = dataset_with(by_grant());
		assert_ok!(Catalog::request(dataset, RUN));
		assert_ok!(Catalog::withdraw(signed(ALICE), dataset));
		assert_noop!(
			Catalog::grant(signed(ALICE), dataset, RUN),
			Error::<Test>::DatasetWithdrawn
		);
	});
}
