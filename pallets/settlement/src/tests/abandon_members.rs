use frame_support::traits::fungible::InspectHold;

use super::*;
use crate::{HoldReason, Memberships};

#[test]
fn an_abandoned_list_gives_its_deposit_back() {
	build_and_execute(|| {
		let pool = open_members(DATASET, 1).unwrap();
		assert_ok!(stream(pool, 0, &accounts(200, 3)));
		take_events();

		assert_ok!(abandon(pool));

		let deposit = COHORT_DEPOSIT + 3 * MEMBER_DEPOSIT;
		assert_eq!(
			take_events(),
			vec![Event::MembersAbandoned {
				dataset: DATASET,
				pool,
				owner: PUBLISHER,
				deposit
			}]
		);
		let held = Balances::balance_on_hold(&HoldReason::Members.into(), &PUBLISHER);
		assert_eq!((held, free(PUBLISHER)), (0, GRD));
		assert_eq!(Settlement::cohort(pool), None);
		assert!(!Memberships::<Test>::contains_key(DATASET));
		assert_eq!(Settlement::members(DATASET), None);
	});
}

#[test]
fn cohorts_before_an_abandoned_list_stay() {
	build_and_execute(|| {
		let first = cohort(DATASET, 1, &accounts(200, 1));
		let second = open_members(DATASET, 1).unwrap();
		assert_ok!(abandon(second));
		let membership = Memberships::<Test>::get(DATASET);
		assert_eq!(
			(membership.open.to_vec(), membership.building),
			(vec![first], None)
		);
		// The id is never used again.
		assert_eq!(open_members(DATASET, 1), Ok(second + 1));
	});
}

#[test]
fn only_who_opened_a_list_abandons_it() {
	build_and_execute(|| {
		let pool = open_members(DATASET, 1).unwrap();
		assert_noop!(
			Settlement::abandon_members(RuntimeOrigin::signed(ALICE), pool),
			Error::<Test>::NotAuthorized
		);
		assert_noop!(
			Settlement::abandon_members(RuntimeOrigin::signed(PUBLISHER), pool + 1),
			Error::<Test>::NotFound
		);
		assert_noop!(
			Settlement::abandon_members(RuntimeOrigin::none(), pool),
			sp_runtime::DispatchError::BadOrigin
		);
	});
}

#[test]
fn what_waited_for_an_abandoned_list_goes_to_the_payout_account() {
	build_and_execute(|| {
		let list = open_members(DATASET, 1).unwrap();
		let pool = datasets_pool(RUN, 1_000, &[(DATASET, BOB, 1)], &[]);
		let data = claim_data(pool, 0);
		assert_eq!(data.leaf.payee, Payee::Pool(list));
		assert_noop!(claim(data.clone()), Error::<Test>::MembersPending);

		assert_ok!(abandon(list));
		// A list that is opened now is another one.
		let other = open_members(DATASET, 1).unwrap();
		assert_ok!(stream(other, 0, &accounts(200, 1)));
		assert_ok!(seal(other));
		take_events();
		assert_ok!(claim(data));

		assert_eq!(free(BOB), GRD + 1_000);
		assert_eq!(
			take_events(),
			vec![Event::Claimed {
				run: RUN,
				role: Role::DataProvider,
				pool,
				index: 0,
				payee: BOB,
				amount: 1_000,
				asset: None
			}]
		);
		assert_eq!(Settlement::cohort(other).unwrap().funded, 0);
	});
}
