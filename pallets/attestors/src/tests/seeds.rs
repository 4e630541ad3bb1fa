use crate::{mock::*, *};
use frame_support::{traits::Hooks, BoundedVec};
use sp_runtime::AccountId32;

#[test]
fn seed_is_kept_for_the_current_epoch_and_the_seven_before() {
	ExtBuilder::default().build_and_execute(|| {
		for epoch in 11..=20 {
			enter_epoch(epoch);
		}
		assert_eq!(Attestors::seed(12), None);
		for epoch in 13..=20 {
			assert_eq!(Attestors::seed(epoch), Some(seed_of(epoch)));
		}
		assert_eq!(Attestors::seed(21), None);
		assert_eq!(EpochSeeds::<Test>::iter().count(), 8);
	});
}

#[test]
fn epochs_without_a_block_have_no_seed_and_old_seeds_do_not_come_back() {
	ExtBuilder::default().build_and_execute(|| {
		enter_epoch(11);
		enter_epoch(30);
		for epoch in (0..30).chain(31..60) {
			assert_eq!(Attestors::seed(epoch), None, "epoch {epoch}");
		}
		assert_eq!(Attestors::seed(30), Some(seed_of(30)));
	});
}

#[test]
fn hook_writes_once_per_epoch_and_says_what_it_cost() {
	ExtBuilder::default().build_and_execute(|| {
		CurrentEpoch::set(11);
		let first = Attestors::on_initialize(2);
		let kept = EpochSeeds::<Test>::get(3);
		let second = Attestors::on_initialize(3);

		assert_eq!(
			first,
			<Test as Config>::WeightInfo::on_initialize_new_epoch()
		);
		assert_eq!(second, <Test as Config>::WeightInfo::on_initialize());
		assert!(first.ref_time() > second.ref_time());
		assert_eq!(EpochSeeds::<Test>::get(3), kept);
	});
}

/// What is read is in the storage proof: a hook that looked at seats would need all of them there.
#[test]
fn hook_reads_the_same_with_a_thousand_seats_taken() {
	let read_with = |seats: u32| {
		let mut ext = sp_io::TestExternalities::default();
		ext.execute_with(|| {
			MaxSeats::set(1_000);
			let mut roster = BoundedVec::default();
			for index in 0..seats {
				let mut account = [1; 32];
				account[..4].copy_from_slice(&index.to_le_bytes());
				let registration = Registration {
					key: account,
					endpoint: Endpoint::truncate_from(vec![b'e'; 128]),
					payout: Payout::new(AccountId32::new(account)),
					since: 0,
					until: None,
					locks: 0,
					bond: 1,
					held: 1,
					barred: false,
				};
				Registrations::<Test>::insert(
					Kind::Attestor,
					AccountId32::new(account),
					registration,
				);
				let seat = Seat {
					account: AccountId32::new(account),
					since: 0,
					until: None,
				};
				roster.try_push(seat).unwrap();
			}
			Rosters::<Test>::insert(Kind::Attestor, roster);
			EpochSeeds::<Test>::insert(
				3,
				EpochSeed {
					epoch: 11,
					seed: seed_of(11),
				},
			);
		});
		ext.commit_all().unwrap();
		let (weight, proof) = ext.execute_and_prove(|| {
			CurrentEpoch::set(11);
			Attestors::on_initialize(2)
		});
		let bytes: usize = proof.iter_nodes().map(Vec::len).sum();
		(weight, bytes)
	};
	let (few, many) = (read_with(1), read_with(1_000));
	assert_eq!(few.0, many.0);
	// A larger state has somewhat longer branches.
	assert!(many.1 < few.1 + 2_048, "{} and {} bytes", few.1, many.1);
}

#[test]
#[should_panic(expected = "a seat must outlive every seed that could draw it")]
fn unbonding_no_longer_than_seeds_are_kept_is_refused() {
	UnbondingEpochs::set(SEEDS_KEPT);
	Attestors::integrity_test();
}

#[test]
#[should_panic(expected = "a seat without a bond costs nothing")]
fn seat_without_a_bond_is_refused() {
	AttestorBond::set(0);
	Attestors::integrity_test();
}

#[test]
fn parts_that_do_not_make_a_whole_or_reward_self_reports_are_refused() {
	for (burn_ppm, treasury_ppm, reporter_ppm) in [
		(500_000, 400_000, 100_001),
		(500_000, 400_000, 99_999),
		(u32::MAX, 1_000_001, 0),
		(300_000, 449_999, 250_001),
	] {
		Penalty::set(Parts {
			burn_ppm,
			treasury_ppm,
			reporter_ppm,
		});
		assert!(std::panic::catch_unwind(Attestors::integrity_test).is_err());
	}
	Penalty::set(Parts {
		burn_ppm: 300_000,
		treasury_ppm: 450_000,
		reporter_ppm: 250_000,
	});
	Attestors::integrity_test();
}

#[test]
#[should_panic(expected = "an offence costs a part of the bond")]
fn offence_without_a_price_is_refused() {
	SilencePpm::set(0);
	Attestors::integrity_test();
}

#[test]
#[should_panic(expected = "an offence costs a part of the bond")]
fn offence_dearer_than_the_bond_is_refused() {
	SilencePpm::set(1_000_001);
	Attestors::integrity_test();
}

#[test]
#[should_panic(expected = "a stolen account key must not redirect a payment at once")]
fn payout_without_a_delay_is_refused() {
	PayoutDelay::set(0);
	Attestors::integrity_test();
}

#[test]
fn weights_of_the_calls_grow_with_the_seats_and_fit_a_block() {
	type W = weights::SubstrateWeight<Test>;
	for weight in [
		W::register,
		W::retire,
		W::withdraw,
		W::report_equivocation,
		W::evict,
	] {
		assert!(weight(1024).ref_time() > weight(1).ref_time());
		// 375 ms of normal weight in a block of 2 s.
		assert!(weight(1024).ref_time() < 375_000_000_000 / 10);
	}
}
