use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};

#[test]
fn revocation_takes_effect_at_the_next_epoch() {
	ExtBuilder.build_and_execute(|| {
		let dataset = dataset_with(by_grant());
		assert_ok!(Catalog::request(dataset, RUN));
		assert_ok!(Catalog::grant(signed(ALICE), dataset, RUN));
		assert_ok!(Catalog::revoke(signed(ALICE), dataset, RUN));
		System::assert_last_event(
			Event::Revoked {
				dataset,
				run: RUN,
				until: 6,
			}
			.into(),
		);

		assert!(!Catalog::granted(dataset, RUN));
		assert_ok!(Catalog::may_deal(dataset, RUN));
		CurrentEpoch::set(6);
		assert_noop!(Catalog::may_deal(dataset, RUN), Error::<Test>::GrantRevoked);
		assert!(!Catalog::is_dealable(dataset, RUN));
	});
}

#[test]
fn revocation_ends_one_grant_only() {
	ExtBuilder.build_and_execute(|| {
		let dataset = dataset_with(by_grant());
		for run in [RUN, RUN + 1] {
			assert_ok!(Catalog::request(dataset, run));
			assert_ok!(Catalog::grant(signed(ALICE), dataset, run));
		}
		assert_ok!(Catalog::revoke(signed(ALICE), dataset, RUN));
		CurrentEpoch::set(6);
		assert_ok!(Catalog::may_deal(dataset, RUN + 1));
	});
}

#[test]
fn revocation_is_the_owners_and_neither_repeated_nor_postponed() {
	ExtBuilder.build_and_execute(|| {
		let dataset = dataset_with(by_grant());
		let revoke = |who| Catalog::revoke(signed(who), dataset, RUN);
		assert_noop!(revoke(ALICE), Error::<Test>::NotRequested);
		assert_ok!(Catalog::request(dataset, RUN));
		assert_noop!(revoke(BOB), Error::<Test>::NotAuthorized);
		assert_ok!(Catalog::grant(signed(ALICE), dataset, RUN));
		assert_noop!(revoke(BOB), Error::<Test>::NotAuthorized);
		assert_noop!(
			Catalog::revoke(signed(ALICE), 9, RUN),
			Error::<Test>::NotFound
		);

		assert_ok!(revoke(ALICE));
		assert_noop!(revoke(ALICE), Error::<Test>::GrantRevoked);
	});
}

#[test]
fn a_request_that_is_declined_waits_no_more_and_stays_declined() {
	ExtBuilder.build_and_execute(|| {
		let dataset = dataset_with(by_grant());
		for run in [RUN, RUN + 1] {
			assert_ok!(Catalog::request(dataset, run));
		}
		assert_noop!(
			Catalog::request(dataset, RUN + 2),
			Error::<Test>::MaxPendingExceeded
		);

		assert_ok!(Catalog::revoke(signed(ALICE), dataset, RUN));
		System::assert_last_event(Event::Declined { dataset, run: RUN }.into());
		assert!(!Catalog::granted(dataset, RUN));
		assert_noop!(Catalog::may_deal(dataset, RUN), Error::<Test>::NotGranted);
		assert_noop!(
			Catalog::grant(signed(ALICE), dataset, RUN),
			Error::<Test>::AlreadyAnswered
		);
		assert_noop!(
			Catalog::revoke(signed(ALICE), dataset, RUN),
			Error::<Test>::NotGranted
		);
		// Its place is free for another run.
		assert_ok!(Catalog::request(dataset, RUN + 2));
		Catalog::close_request(dataset, RUN);
	});
}

#[test]
fn use_under_an_open_licence_has_no_grant_to_revoke() {
	ExtBuilder.build_and_execute(|| {
		let dataset = dataset_with(licence());
		assert_ok!(Catalog::request(dataset, RUN));
		assert_noop!(
			Catalog::revoke(signed(ALICE), dataset, RUN),
			Error::<Test>::NotGranted
		);
	});
}
