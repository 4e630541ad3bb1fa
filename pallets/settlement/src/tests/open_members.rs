use frame_support::traits::fungible::InspectHold;

use super::*;
use crate::{HoldReason, Memberships};

#[test]
fn an_owner_opens_a_list_and_pays_for_it() {
	build_and_execute(|| {
		let pool = open_members(DATASET, 3).unwrap();

		let cohort = Settlement::cohort(pool).unwrap();
		assert_eq!((cohort.dataset, cohort.owner), (DATASET, PUBLISHER));
		assert_eq!((cohort.weight, cohort.funded, cohort.paid), (3, 0, 0));
		assert!(matches!(
			cohort.state,
			CohortState::Building {
				sealable_from: 1,
				..
			}
		));
		let held = Balances::balance_on_hold(&HoldReason::Members.into(), &PUBLISHER);
		assert_eq!(held, COHORT_DEPOSIT);
		assert_eq!(Memberships::<Test>::get(DATASET).building, Some(pool));
		assert_eq!(
			take_events(),
			vec![Event::MembersOpened {
				dataset: DATASET,
				pool,
				owner: PUBLISHER,
				weight: 3,
				sealable_from: 1,
				deposit: COHORT_DEPOSIT
			}]
		);
	});
}

#[test]
fn nobody_opens_a_list_for_a_dataset_that_is_not_theirs_or_contested() {
	build_and_execute(|| {
		let open = |who, dataset| Settlement::open_members(RuntimeOrigin::signed(who), dataset, 1);
		assert_noop!(open(ALICE, DATASET), REFUSED);
		assert_noop!(open(PUBLISHER, OTHER_DATASET), REFUSED);
		assert_noop!(open(PUBLISHER, 99), REFUSED);
		with_dataset(DATASET, |it| it.paid = Some(OTHER_DATASET));
		assert_noop!(open(PUBLISHER, DATASET), REFUSED);
		assert_noop!(
			Settlement::open_members(RuntimeOrigin::none(), DATASET, 1),
			sp_runtime::DispatchError::BadOrigin
		);
	});
}

#[test]
fn one_list_is_built_at_a_time() {
	build_and_execute(|| {
		let pool = open_members(DATASET, 1).unwrap();
		assert_noop!(open_members(DATASET, 1), Error::<Test>::ListOpen);
		assert_ok!(open_members(OTHER_DATASET, 1));
		assert_ok!(abandon(pool));
		assert_ok!(open_members(DATASET, 1));
	});
}

#[test]
fn a_dataset_has_16_cohorts_and_not_one_more() {
	build_and_execute(|| {
		let members = accounts(200, 1);
		for number in 0..16 {
			cohort(DATASET, number + 1, &members);
		}
		assert_noop!(open_members(DATASET, 1), Error::<Test>::MaxCohortsExceeded);
		assert_eq!(Settlement::members(DATASET).unwrap().cohorts.len(), 16);
	});
}

#[test]
fn a_cohort_has_weight() {
	build_and_execute(|| {
		assert_noop!(open_members(DATASET, 0), Error::<Test>::ZeroWeight);
	});
}

#[test]
fn who_cannot_pay_the_deposit_opens_nothing() {
	build_and_execute(|| {
		with_dataset(DATASET, |it| it.owner = DAVE);
		assert_noop!(
			open_members(DATASET, 1),
			sp_runtime::TokenError::FundsUnavailable
		);
	});
}
