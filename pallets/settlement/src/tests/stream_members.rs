use codec::Encode;
use frame_support::traits::fungible::InspectHold;
use guerdon_share_tree::{Builder, MAX_LEAVES};

use super::*;
use crate::{Cohorts, HoldReason};

fn count(pool: u64) -> u64 {
	match Settlement::cohort(pool).unwrap().state {
		CohortState::Building { builder, .. } => builder.count(),
		CohortState::Open(summary) => summary.count,
	}
}

#[test]
fn a_list_is_streamed_in_parts_and_each_part_is_told() {
	build_and_execute(|| {
		let pool = open_members(DATASET, 1).unwrap();
		let members = accounts(200, 300);
		take_events();

		assert_ok!(stream(pool, 0, &members[..256]));
		assert_ok!(stream(pool, 256, &members[256..]));

		assert_eq!(count(pool), 300);
		let held = Balances::balance_on_hold(&HoldReason::Members.into(), &PUBLISHER);
		assert_eq!(held, COHORT_DEPOSIT + 300 * MEMBER_DEPOSIT);
		let told = |from: usize, to: usize| Event::MembersStreamed {
			pool,
			from: from as u64,
			members: members[from..to].to_vec().try_into().unwrap(),
			deposit: (to - from) as Balance * MEMBER_DEPOSIT,
		};
		assert_eq!(take_events(), vec![told(0, 256), told(256, 300)]);
		// What the chain built is what anybody builds from the events.
		assert_ok!(seal(pool));
		let CohortState::Open(summary) = Settlement::cohort(pool).unwrap().state else {
			unreachable!()
		};
		assert_eq!(summary, *tree_of(pool, &members).summary());
	});
}

#[test]
fn a_part_that_is_repeated_or_out_of_order_is_refused_and_the_list_goes_on() {
	build_and_execute(|| {
		let pool = open_members(DATASET, 1).unwrap();
		let members = accounts(200, 6);
		assert_noop!(stream(pool, 2, &members[2..4]), Error::<Test>::OutOfStep);
		assert_ok!(stream(pool, 0, &members[..2]));
		assert_noop!(stream(pool, 0, &members[..2]), Error::<Test>::OutOfStep);
		assert_noop!(stream(pool, 4, &members[4..]), Error::<Test>::OutOfStep);
		assert_ok!(stream(pool, 2, &members[2..4]));
		assert_ok!(stream(pool, 4, &members[4..]));
		assert_eq!(count(pool), 6);
	});
}

#[test]
fn nobody_is_listed_twice() {
	build_and_execute(|| {
		let pool = open_members(DATASET, 1).unwrap();
		let members = accounts(200, 4);
		let twice = [members[0].clone(), members[0].clone()];
		assert_noop!(stream(pool, 0, &twice), Error::<Test>::MembersNotAscending);
		let swapped = [members[1].clone(), members[0].clone()];
		assert_noop!(
			stream(pool, 0, &swapped),
			Error::<Test>::MembersNotAscending
		);
		assert_ok!(stream(pool, 0, &members[..2]));
		// Over parts as well.
		assert_noop!(
			stream(pool, 2, &members[1..3]),
			Error::<Test>::MembersNotAscending
		);
		assert_noop!(
			stream(pool, 2, &members[..1]),
			Error::<Test>::MembersNotAscending
		);
		assert_ok!(stream(pool, 2, &members[2..]));
	});
}

#[test]
fn payees_ascend_by_their_bytes_accounts_before_hidden_ones() {
	build_and_execute(|| {
		let pool = open_members(DATASET, 1).unwrap();
		let account = |who| Leaf {
			payee: Payee::Account(who),
			weight: 1,
		};
		// The bytes of 256 begin with zero, and so come first.
		assert!(account(256).payee.encode() < account(1).payee.encode());
		assert_ok!(stream(pool, 0, &[account(256), account(1), secret(7, 1)]));
		assert_noop!(
			stream(pool, 3, &[account(2)]),
			Error::<Test>::MembersNotAscending
		);
	});
}

#[test]
fn a_member_is_neither_a_pool_nor_the_pot_and_has_weight() {
	build_and_execute(|| {
		let pool = open_members(DATASET, 1).unwrap();
		let member = |payee, weight| [Leaf { payee, weight }];
		assert_noop!(
			stream(pool, 0, &member(Payee::Pool(0), 1)),
			Error::<Test>::InvalidMember
		);
		assert_noop!(
			stream(pool, 0, &member(Payee::Account(Settlement::pot()), 1)),
			Error::<Test>::PayeeIsPot
		);
		assert_noop!(
			stream(pool, 0, &member(Payee::Account(ALICE), 0)),
			Error::<Test>::ZeroWeight
		);
		assert_noop!(stream(pool, 0, &[]), Error::<Test>::NoMembers);
		assert_ok!(stream(pool, 0, &member(Payee::Account(ALICE), u64::MAX)));
	});
}

#[test]
fn only_who_opened_a_list_adds_to_it_until_it_is_sealed() {
	build_and_execute(|| {
		let pool = open_members(DATASET, 1).unwrap();
		let members = accounts(200, 2);
		let by = |who, pool| {
			let members = members.clone().try_into().unwrap();
			Settlement::stream_members(RuntimeOrigin::signed(who), pool, 0, members)
		};
		assert_noop!(by(ALICE, pool), Error::<Test>::NotAuthorized);
		assert_noop!(by(PUBLISHER, pool + 1), Error::<Test>::NotFound);
		assert_noop!(
			Settlement::stream_members(RuntimeOrigin::none(), pool, 0, Default::default()),
			sp_runtime::DispatchError::BadOrigin
		);
		assert_ok!(by(PUBLISHER, pool));
		assert_ok!(seal(pool));
		assert_noop!(
			stream(pool, 2, &accounts(300, 1)),
			Error::<Test>::AlreadySealed
		);
	});
}

#[test]
fn a_part_holds_256_members_and_not_one_more() {
	let members = accounts(200, 257);
	assert!(crate::Streamed::<AccountId>::try_from(members[..256].to_vec()).is_ok());
	assert!(crate::Streamed::<AccountId>::try_from(members).is_err());
}

#[test]
fn a_list_is_as_long_as_a_tree_can_be() {
	corrupt_and_execute(|| {
		let pool = open_members(DATASET, 1).unwrap();
		// 2^40 leaves are one peak.
		let full = [&MAX_LEAVES.to_le_bytes()[..], &[4], &[0; 32], &[0; 16]].concat();
		let full = <Builder as codec::Decode>::decode(&mut &full[..]).unwrap();
		assert_eq!(full.count(), MAX_LEAVES);
		Cohorts::<Test>::mutate(pool, |cohort| {
			let Some(CohortState::Building { builder, .. }) =
				cohort.as_mut().map(|cohort| &mut cohort.state)
			else {
				unreachable!()
			};
			*builder = full;
		});
		assert_noop!(
			stream(pool, MAX_LEAVES, &accounts(200, 1)),
			Error::<Test>::MaxMembersExceeded
		);
	});
}

#[test]
fn who_cannot_pay_for_a_member_adds_none() {
	build_and_execute(|| {
		let pool = open_members(DATASET, 1).unwrap();
		let left = GRD - COHORT_DEPOSIT - ED - MEMBER_DEPOSIT + 1;
		assert_ok!(Balances::transfer_allow_death(
			RuntimeOrigin::signed(PUBLISHER),
			ALICE,
			left
		));
		assert_noop!(
			stream(pool, 0, &accounts(200, 1)),
			sp_runtime::TokenError::FundsUnavailable
		);
	});
}
