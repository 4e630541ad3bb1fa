//! The division of a penalty, and taking it from what is held.

use crate::{mock::*, *};
use frame_support::{
	assert_noop,
	traits::fungible::{
		hold::{Inspect as _, Mutate as _},
		Inspect as _, Mutate as _,
	},
};
use proptest::prelude::*;
use sp_runtime::{AccountId32, TokenError};

const ROUND: Parts = Parts {
	burn_ppm: 500_000,
	treasury_ppm: 400_000,
	reporter_ppm: 100_000,
};

fn shares(burn: u128, treasury: u128, reporter: u128) -> Shares {
	Shares {
		burn,
		treasury,
		reporter,
	}
}

/// ALICE with as much held as an attestor's bond, and nothing else to her name.
fn with_held(amount: u128, test: impl FnOnce()) {
	ExtBuilder::default().build_and_execute(|| {
		Balances::hold(&HoldReason::Attestor.into(), &ALICE, amount).unwrap();
		test();
		let left = Balances::balance_on_hold(&HoldReason::Attestor.into(), &ALICE);
		Balances::release(
			&HoldReason::Attestor.into(),
			&ALICE,
			left,
			frame_support::traits::tokens::Precision::Exact,
		)
		.unwrap();
	});
}

fn take(amount: u128, reporter: Option<&AccountId32>) -> Result<Shares, sp_runtime::DispatchError> {
	take_held::<AccountId32, Balances>(
		&HoldReason::Attestor.into(),
		&ALICE,
		amount,
		&ROUND,
		&TREASURY,
		reporter,
	)
}

#[test]
fn parts_are_divided_and_the_rest_is_the_treasurys() {
	assert_eq!(ROUND.divide(1_000, true), shares(500, 400, 100));
	assert_eq!(ROUND.divide(1_000, false), shares(500, 500, 0));
	assert_eq!(ROUND.divide(9, true), shares(4, 5, 0));
	assert_eq!(ROUND.divide(0, true), shares(0, 0, 0));
	assert_eq!(ROUND.divide(1, true), shares(0, 1, 0));
}

#[test]
fn parts_above_a_whole_lose_nothing() {
	let parts = Parts {
		burn_ppm: 900_000,
		treasury_ppm: 0,
		reporter_ppm: 900_000,
	};
	assert!(!parts.are_sound());
	assert_eq!(parts.divide(10, true), shares(0, 10, 0));
}

#[test]
fn part_is_of_the_largest_amounts_too() {
	assert_eq!(part_floor(u128::MAX, 1_000_000), u128::MAX);
	assert_eq!(part_floor(u128::MAX, u32::MAX), u128::MAX);
	assert_eq!(part_floor(u128::MAX, 500_000), u128::MAX / 2);
	assert_eq!(part_floor(1_999_999, 1), 1);
}

fn sound_parts() -> impl Strategy<Value = Parts> {
	(0..=penalty::MAX_REPORTER_PPM).prop_flat_map(|reporter_ppm| {
		(0..=penalty::MILLION - reporter_ppm).prop_map(move |burn_ppm| Parts {
			burn_ppm,
			treasury_ppm: penalty::MILLION - reporter_ppm - burn_ppm,
			reporter_ppm,
		})
	})
}

proptest! {
	#[test]
	fn shares_add_up_to_the_amount(
		burn_ppm: u32, treasury_ppm: u32, reporter_ppm: u32, amount: u128, reported: bool,
	) {
		let parts = Parts { burn_ppm, treasury_ppm, reporter_ppm };
		let Shares { burn, treasury, reporter } = parts.divide(amount, reported);
		prop_assert_eq!(burn.checked_add(treasury).unwrap().checked_add(reporter), Some(amount));
	}

	#[test]
	fn shares_follow_sound_parts(parts in sound_parts(), amount in 0..u128::MAX / 1_000_000) {
		prop_assert!(parts.are_sound());
		let reported = parts.divide(amount, true);
		let exact = |ppm: u32| amount * u128::from(ppm);
		// The two rounded down lose less than a unit each, and the treasury gains it.
		prop_assert_eq!(reported.burn, exact(parts.burn_ppm) / 1_000_000);
		prop_assert_eq!(reported.reporter, exact(parts.reporter_ppm) / 1_000_000);
		prop_assert!(reported.treasury >= exact(parts.treasury_ppm) / 1_000_000);
		prop_assert!(reported.treasury <= exact(parts.treasury_ppm) / 1_000_000 + 2);
		// Whoever reports itself gets back a quarter at most.
		prop_assert!(reported.reporter <= amount / 4);
		let alone = parts.divide(amount, false);
		prop_assert_eq!(alone.burn, reported.burn);
		prop_assert_eq!(alone.reporter, 0);
	}
}

#[test]
fn what_is_taken_is_burnt_and_paid_in_free_balance() {
	with_held(100, || {
		let issuance = Balances::total_issuance();
		assert_eq!(take(50, Some(&BOB)), Ok(shares(25, 20, 5)));
		assert_eq!(Balances::total_issuance(), issuance - 25);
		assert_eq!(Balances::balance(&TREASURY), 20);
		assert_eq!(Balances::balance(&BOB), RICH + 5);
		assert_eq!(Balances::total_balance(&ALICE), RICH - 50);
		assert_eq!(Balances::total_balance_on_hold(&ALICE), 50);
	});
}

#[test]
fn more_than_is_held_is_not_taken() {
	with_held(100, || {
		assert_noop!(take(101, Some(&BOB)), TokenError::FundsUnavailable);
	});
}

#[test]
fn share_that_the_reporter_cannot_receive_is_the_treasurys() {
	with_held(100, || {
		// GIVEN a reporter whose part would not keep it alive
		ExistentialDeposit::set(6);
		assert_eq!(take(50, Some(&PAUPER)), Ok(shares(25, 25, 0)));
		assert_eq!(Balances::balance(&PAUPER), 0);
		assert_eq!(Balances::balance(&TREASURY), 25);
	});
}

#[test]
fn share_that_the_treasury_cannot_receive_is_burnt() {
	with_held(100, || {
		ExistentialDeposit::set(21);
		let issuance = Balances::total_issuance();
		assert_eq!(take(50, Some(&BOB)), Ok(shares(45, 0, 5)));
		assert_eq!(Balances::total_issuance(), issuance - 45);
		assert_eq!(Balances::balance(&BOB), RICH + 5);
		// A treasury that has something can take any share.
		Balances::set_balance(&TREASURY, 21);
		assert_eq!(take(50, Some(&BOB)), Ok(shares(25, 20, 5)));
	});
}

#[test]
fn nothing_is_taken_of_nothing() {
	with_held(100, || {
		let events = System::event_count();
		assert_eq!(take(0, Some(&BOB)), Ok(shares(0, 0, 0)));
		assert_eq!(System::event_count(), events);
	});
}
