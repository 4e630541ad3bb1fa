use codec::{Decode, Encode};

use super::*;

fn refusal(pool: u64, index: u64, error: Error<Test>) -> Event<Test> {
	Event::ClaimRefused {
		pool,
		index,
		reason: error.into(),
	}
}

#[test]
fn every_item_is_paid_and_reported() {
	build_and_execute(|| {
		let pool = trainers_pool(1_000, &[(ALICE, 1), (BOB, 2), (ALICE, 7)]);
		take_events();
		assert_ok!(claim_many(
			(0..3).map(|index| claim_data(pool, index)).collect()
		));
		assert_eq!((free(ALICE), free(BOB)), (GRD + 800, GRD + 200));
		let events = take_events();
		assert_eq!(events.len(), 3);
		assert!(events
			.iter()
			.all(|event| matches!(event, Event::Claimed { .. })));
		assert_eq!(free(Settlement::pot()), ED);
	});
}

#[test]
fn a_claim_repeated_inside_one_batch_is_paid_once() {
	build_and_execute(|| {
		let pool = trainers_pool(1_000, &[(ALICE, 1), (BOB, 1)]);
		take_events();
		assert_ok!(claim_many(vec![claim_data(pool, 0); 3]));
		assert_eq!(free(ALICE), GRD + 500);
		let events = take_events();
		assert_eq!(events.len(), 3);
		assert_eq!(
			events[1..],
			[
				refusal(pool, 0, Error::AlreadyClaimed),
				refusal(pool, 0, Error::AlreadyClaimed),
			]
		);
	});
}

#[test]
fn one_bad_item_does_not_reject_the_batch() {
	build_and_execute(|| {
		let pool = trainers_pool(1_000, &[(ALICE, 1), (BOB, 1), (CAROL, 0), (DAVE, 2)]);
		let mut forged = claim_data(pool, 1);
		forged.leaf.weight = 2;
		let unknown = Claim {
			pool: pool + 1,
			..claim_data(pool, 0)
		};
		let batch = vec![
			forged,
			unknown,
			claim_data(pool, 2),
			claim_data(pool, 3),
			claim_data(pool, 0),
		];
		take_events();
		assert_ok!(claim_many(batch));
		let events = take_events();
		assert_eq!(events.len(), 5);
		for event in [
			refusal(pool, 1, Error::WrongProof),
			refusal(pool + 1, 0, Error::NotFound),
			refusal(pool, 2, Error::NothingToClaim),
			refusal(pool, 3, Error::BelowExistentialDeposit),
		] {
			assert!(events.contains(&event), "{event:?}");
		}
		assert_eq!(free(ALICE), GRD + 250);
		assert!(!Settlement::is_claimed(pool, 1) && !Settlement::is_claimed(pool, 3));
	});
}

#[test]
fn claims_of_one_payee_are_added_up_before_the_existential_deposit_counts() {
	build_and_execute(|| {
		let pool = trainers_pool(ED, &[(DAVE, 1), (DAVE, 1)]);
		assert_noop!(
			claim(claim_data(pool, 0)),
			Error::<Test>::BelowExistentialDeposit
		);
		assert_ok!(claim_many(vec![claim_data(pool, 0), claim_data(pool, 1)]));
		assert_eq!(free(DAVE), ED);
	});
}

#[test]
fn a_sum_that_is_refused_leaves_every_item_of_that_payee_claimable() {
	build_and_execute(|| {
		let pool = trainers_pool(1_000, &[(DAVE, 1), (DAVE, 1), (ALICE, 1)]);
		assert_ok!(claim_many(
			(0..3).map(|index| claim_data(pool, index)).collect()
		));
		assert_eq!(
			[0, 1, 2].map(|index| Settlement::is_claimed(pool, index)),
			[false, false, true]
		);
		assert_ok!(Balances::transfer_allow_death(
			RuntimeOrigin::signed(BOB),
			DAVE,
			ED
		));
		assert_ok!(claim_many(vec![claim_data(pool, 0), claim_data(pool, 1)]));
		assert_eq!(free(Settlement::pot()), ED);
	});
}

#[test]
fn an_empty_batch_is_refused() {
	build_and_execute(|| {
		assert_noop!(claim_many(vec![]), Error::<Test>::NothingToClaim);
	});
}

#[test]
fn a_batch_holds_64_items_and_not_one_more() {
	build_and_execute(|| {
		let entries: Vec<_> = (0..65).map(|_| (ALICE, 1)).collect();
		let pool = trainers_pool(65, &entries);
		let batch: Vec<_> = (0..65).map(|index| claim_data(pool, index)).collect();
		assert!(crate::Claims::<AccountId>::try_from(batch.clone()).is_err());
		assert!(crate::Claims::<AccountId>::decode(&mut &batch.encode()[..]).is_err());
		let full = batch[..64].to_vec();
		assert!(crate::Claims::<AccountId>::decode(&mut &full.encode()[..]).is_ok());
		assert_ok!(claim_many(full));
		assert_eq!(free(ALICE), GRD + 64);
	});
}

#[test]
fn a_batch_that_is_nested_too_deep_fails_as_a_whole() {
	build_and_execute(|| {
		let pool = trainers_pool(1_000, &[(ALICE, 1), (BOB, 1)]);
		let mut batch = || claim_many(vec![claim_data(pool, 0), claim_data(pool, 1)]);
		// The call takes the last layer for itself, and each payee needs one more.
		assert_noop!(
			nested(TRANSACTIONAL_LIMIT - 1, &mut batch),
			TransactionalError::LimitReached
		);
		assert_ok!(nested(TRANSACTIONAL_LIMIT - 2, &mut batch));
		assert_eq!((free(ALICE), free(BOB)), (GRD + 500, GRD + 500));
	});
}

#[test]
fn batches_must_be_signed() {
	build_and_execute(|| {
		assert_noop!(
			Settlement::claim_many(RuntimeOrigin::none(), Default::default()),
			sp_runtime::DispatchError::BadOrigin
		);
	});
}
