use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};

#[test]
fn withdrawal_stops_proposals_at_once_and_tasks_from_the_next_epoch() {
	ExtBuilder.build_and_execute(|| {
		let dataset = dataset_with(licence());
		assert_ok!(Catalog::request(dataset, RUN));
		assert_ok!(Catalog::withdraw(signed(ALICE), dataset));
		System::assert_last_event(Event::Withdrawn { dataset, from: 6 }.into());

		assert_noop!(Catalog::usable(dataset), Error::<Test>::DatasetWithdrawn);
		assert_noop!(
			Catalog::request(dataset, RUN + 1),
			Error::<Test>::DatasetWithdrawn
		);
		assert_ok!(Catalog::may_deal(dataset, RUN));
		CurrentEpoch::set(6);
		assert_noop!(
			Catalog::may_deal(dataset, RUN),
			Error::<Test>::DatasetWithdrawn
		);
	});
}

#[test]
fn withdrawal_is_the_owners_and_neither_repeated_nor_postponed() {
	ExtBuilder.build_and_execute(|| {
		let dataset = dataset_with(licence());
		assert_noop!(
			Catalog::withdraw(signed(BOB), dataset),
			Error::<Test>::NotAuthorized
		);
		assert_noop!(Catalog::withdraw(signed(ALICE), 9), Error::<Test>::NotFound);
		assert_ok!(Catalog::withdraw(signed(ALICE), dataset));
		assert_noop!(
			Catalog::withdraw(signed(ALICE), dataset),
			Error::<Test>::DatasetWithdrawn
		);
	});
}
