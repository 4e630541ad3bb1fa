use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok, traits::fungible::hold::Inspect};
use pallet_valuation::Basis;

fn prune_with(limit: u32) -> frame_support::dispatch::DispatchResult {
	send(PASSER, Call::prune { run: 0, limit })
}

/// Whether anything at all is kept about any run.
fn is_empty() -> bool {
	Runs::<Test>::iter().next().is_none()
		&& Plans::<Test>::iter().next().is_none()
		&& RunDatasets::<Test>::iter().next().is_none()
		&& UsedChunks::<Test>::iter().next().is_none()
		&& Enrolments::<Test>::iter().next().is_none()
		&& EnrolmentDeposits::<Test>::iter().next().is_none()
		&& Invitations::<Test>::iter().next().is_none()
		&& CommitteeDeposits::<Test>::iter().next().is_none()
		&& Rosters::<Test>::iter().next().is_none()
		&& Tasks::<Test>::iter().next().is_none()
		&& Queue::<Test>::iter().next().is_none()
		&& Receipts::<Test>::iter().next().is_none()
		&& ReceiptTasks::<Test>::iter().next().is_none()
		&& Locks::<Test>::iter().next().is_none()
}

#[test]
fn deposits_and_bonds_come_back_at_once_and_records_after_their_retention() {
	test(|| {
		settled();
		assert!(world().locks.values().all(|locks| *locks == 1));
		assert_ok!(prune());
		assert!(world().locks.values().all(|locks| *locks == 0));
		for who in [TRAINER, TRAINER_B, USER] {
			assert_eq!(Balances::free_balance(&who), RICH);
		}
		assert_eq!(Receipts::<Test>::iter().count(), 10);
		// Whoever checks a receipt needs its contributor's key.
		assert_eq!(Enrolments::<Test>::iter().count(), 3);
		assert_noop!(prune(), Error::<Test>::StillRetained);

		System::set_block_number(run().deadline + 50);
		assert_ok!(prune());
		assert!(is_empty());
		assert_eq!(Balances::total_balance_on_hold(&SPONSOR), 0);
	});
}

#[test]
fn pruning_one_thing_at_a_time_ends_too() {
	test(|| {
		settled();
		System::set_block_number(run().deadline + 50);
		let mut calls = 0;
		while !is_empty() {
			assert_ok!(prune_with(1));
			Training::do_try_state().unwrap();
			calls += 1;
			assert!(calls < 100);
		}
		assert_noop!(prune(), Error::<Test>::RunNotFound);
	});
}

#[test]
fn who_never_delivered_loses_the_deposit_and_who_was_never_asked_does_not() {
	test(|| {
		dealt();
		let worker = task(0).contributor;
		let idler = if worker == TRAINER {
			TRAINER_B
		} else {
			TRAINER
		};
		deliver([0]);
		pass_deadline();
		advance().unwrap();
		change(|world| world.appraised = Some((true, Basis::Scores)));
		for _ in 0..3 {
			advance().unwrap();
			pass_deadline();
		}
		assert_ok!(prune());
		assert_eq!(Balances::free_balance(&worker), RICH);
		assert_eq!(Balances::free_balance(&idler), RICH - 500);
		assert_eq!(Balances::free_balance(USER), RICH);
		assert_eq!(Balances::free_balance(TREASURY), 500);
		let lost = |event: &Event<Test>| matches!(event, Event::EnrolmentForfeited { .. });
		assert_eq!(happened(lost), 1);
	});
}

#[test]
fn a_task_that_the_end_of_the_work_cut_short_costs_no_deposit() {
	test(|| {
		working();
		skip_epochs(2);
		// WHEN everything is dealt with less time left than a task has
		System::set_block_number(run().deadline - 19);
		deal().unwrap();
		assert_eq!(task(0).deadline, run().deadline);
		deliver([0]);
		pass_deadline();
		advance().unwrap();
		change(|world| world.appraised = Some((true, Basis::Scores)));
		for _ in 0..3 {
			advance().unwrap();
			pass_deadline();
		}
		assert_ok!(prune());
		// THEN who did not manage it has its deposit back.
		for who in [TRAINER, TRAINER_B] {
			assert_eq!(Balances::free_balance(&who), RICH);
		}
	});
}

#[test]
fn a_run_that_is_not_over_is_not_pruned() {
	test(|| {
		assert_noop!(prune(), Error::<Test>::RunNotFound);
		assert_noop!(prune_with(0), Error::<Test>::ZeroLimit);
		dealt();
		assert_noop!(prune(), Error::<Test>::WrongState);
	});
}
