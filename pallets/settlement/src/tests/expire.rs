use super::*;
use crate::{ClaimedPages, Expiries, ListLeaves, WeightInfo, MAX_CLEANED};

fn expire(pool: u64) -> sp_runtime::DispatchResult {
	Settlement::expire(RuntimeOrigin::signed(ANYONE), pool)
}

fn clean(pool: u64, limit: u32) -> frame_support::dispatch::DispatchResultWithPostInfo {
	Settlement::clean(RuntimeOrigin::signed(ANYONE), pool, limit)
}

/// The first block in which a pool that was sealed in the first one can expire.
const OVER: u64 = 1 + CLAIM_WINDOW + 1;

#[test]
fn what_nobody_claimed_goes_to_the_treasury_to_the_unit() {
	build_and_execute(|| {
		// GIVEN a pool of which one leaf is paid.
		let pool = trainers_pool(1_000_003, &[(ALICE, 1), (BOB, 3), (CAROL, 7)]);
		assert_eq!(Expiries::<Test>::get(pool), Some(OVER - 1));
		assert_ok!(claim(claim_data(pool, 1)));
		let paid = entitlement(pool, 1);
		let books = Settlement::books(RUN, None);
		assert_eq!(books.claimable, 1_000_003 - paid);
		let data = claim_data(pool, 0);
		take_events();

		// WHEN its time is over.
		System::set_block_number(OVER);
		assert_ok!(expire(pool));

		// THEN the treasury has the exact rest, and nothing is owed any more.
		let amount = 1_000_003 - paid;
		assert_eq!(free(TREASURY), GRD + amount);
		assert_eq!(
			take_events(),
			vec![Event::PoolExpired {
				run: RUN,
				role: Role::Trainer,
				pool,
				amount,
				asset: None
			}]
		);
		let after = Settlement::books(RUN, None);
		assert_eq!((after.claimable, after.paid), (0, books.paid + amount));
		let kept = Settlement::pool(pool).unwrap();
		assert_eq!(kept.paid, kept.funded);
		assert!(matches!(kept.state, PoolState::Closed(_)));
		assert_eq!(free(Settlement::pot()), ED);
		assert_noop!(claim(data), Error::<Test>::NotSealed);
		assert_noop!(expire(pool), Error::<Test>::NotSealed);
		assert_eq!(Expiries::<Test>::get(pool), None);
	});
}

#[test]
fn a_pool_can_be_claimed_to_its_last_block() {
	build_and_execute(|| {
		let pool = trainers_pool(1_000, &[(ALICE, 1)]);
		System::set_block_number(OVER - 1);
		assert_noop!(expire(pool), Error::<Test>::TooEarly);
		assert_ok!(claim(claim_data(pool, 0)));
		System::set_block_number(OVER);
		// Nothing is left, and nothing moves.
		assert_ok!(expire(pool));
		assert_eq!(free(TREASURY), GRD);
	});
}

#[test]
fn what_is_late_can_be_claimed_until_somebody_ends_it() {
	build_and_execute(|| {
		let pool = trainers_pool(1_000, &[(ALICE, 1), (BOB, 1)]);
		System::set_block_number(10 * OVER);
		assert_ok!(claim(claim_data(pool, 0)));
		assert_ok!(expire(pool));
		assert_eq!(free(TREASURY), GRD + 500);
	});
}

#[test]
fn what_is_no_sealed_pool_of_a_run_does_not_expire() {
	build_and_execute(|| {
		assert_noop!(expire(7), Error::<Test>::NotFound);
		deposit(Purse::Budget, 100);
		contribute(Role::Trainer, &[(ALICE, 1)]);
		close_all();
		assert_eq!(
			Settlement::settle(RUN, &terms(), 1),
			Ok(SettleProgress::Pending)
		);
		System::set_block_number(OVER);
		assert_noop!(expire(0), Error::<Test>::NotSealed);
		settle_with(&terms());
		// It runs from when it can be claimed.
		assert_noop!(expire(0), Error::<Test>::TooEarly);
		// A cohort is for ever.
		let list = cohort(DATASET, 1, &accounts(200, 1));
		System::set_block_number(10 * OVER);
		assert_noop!(expire(list), Error::<Test>::NotFound);
		assert_noop!(clean(list, 1), Error::<Test>::NotFound);
	});
}

#[test]
fn what_a_closed_pool_kept_is_removed_in_bounded_steps() {
	build_and_execute(|| {
		// GIVEN a pool whose leaves name lists and are marked.
		let list = cohort(DATASET, 1, &accounts(200, 2));
		let pool = datasets_pool(RUN, 1_000, &[(DATASET, BOB, 3), (9, CAROL, 1)], &[]);
		for index in 0..2 {
			assert_ok!(claim(claim_data(pool, index)));
		}
		assert_eq!(ListLeaves::<Test>::get(pool, 0), Some(list));
		assert_noop!(clean(pool, 10), Error::<Test>::NotExpired);
		System::set_block_number(OVER);
		assert_ok!(expire(pool));
		take_events();

		assert_noop!(clean(pool, 0), Error::<Test>::NothingToClean);
		for _ in 0..2 {
			let done = clean(pool, 1).unwrap();
			let weight = <Test as crate::Config>::WeightInfo::clean(1);
			assert_eq!(done.actual_weight, Some(weight));
		}
		assert_eq!(
			take_events(),
			vec![Event::PoolCleaned { pool, removed: 1 }; 2]
		);
		assert_eq!(ClaimedPages::<Test>::iter_prefix(pool).count(), 0);
		assert_eq!(ListLeaves::<Test>::iter_prefix(pool).count(), 0);
		assert_noop!(clean(pool, MAX_CLEANED), Error::<Test>::NothingToClean);
		// What it was stays, and what its list got.
		assert!(Settlement::pool(pool).is_some());
		assert_eq!(Settlement::cohort(list).unwrap().funded, 750);
	});
}

#[test]
fn ending_and_cleaning_must_be_signed() {
	build_and_execute(|| {
		let pool = trainers_pool(1_000, &[(ALICE, 1)]);
		System::set_block_number(OVER);
		let nobody = RuntimeOrigin::none;
		let refused = sp_runtime::DispatchError::BadOrigin;
		assert_noop!(Settlement::expire(nobody(), pool), refused);
		assert_noop!(Settlement::clean(nobody(), pool, 1), refused);
	});
}
