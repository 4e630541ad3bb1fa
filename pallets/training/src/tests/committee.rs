use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok, traits::fungible::Mutate};
use guerdon_receipt::{Role, Work};
use pallet_valuation::Basis;
use sp_runtime::{AccountId32, TokenError};

const DEPOSIT: u128 = 40;

fn on_hold(who: &AccountId32) -> u128 {
	held(HoldReason::Committee, who)
}

fn enrolment(who: &AccountId32) -> EnrolmentOf<Test> {
	Enrolments::<Test>::get(0, who).unwrap()
}

/// A task whose committee was silent, and the one that replaces it.
fn replaced() -> (u32, u32) {
	dealt();
	requested(0);
	skip_epochs(2);
	deal().unwrap();
	(0, 4)
}

/// From the end of the work to the end of the run.
fn to_the_end() {
	pass_deadline();
	advance().unwrap();
	change(|world| world.appraised = Some((true, Basis::Scores)));
	for _ in 0..3 {
		advance().unwrap();
		pass_deadline();
	}
	assert_eq!(run().state, State::Settled);
}

fn released() -> usize {
	happened(|event| {
		matches!(
			event,
			Event::CommitteeDepositReleased {
				amount: DEPOSIT,
				..
			}
		)
	})
}

fn forfeited() -> usize {
	happened(|event| {
		matches!(
			event,
			Event::CommitteeDepositForfeited {
				amount: DEPOSIT,
				..
			}
		)
	})
}

#[test]
fn a_silent_committee_is_replaced_and_the_work_goes_on() {
	test(|| {
		// GIVEN a task whose committee does not sign
		dealt();
		let before = task(0);
		let who = before.contributor.clone();
		assert_eq!(enrolment(&who).dealt, 2);
		// WHEN its contributor asks for another
		requested(0);
		// THEN it is closed without a strike, and its work waits
		assert_eq!(task(0).state, TaskState::Replaced);
		assert_eq!((enrolment(&who).dealt, enrolment(&who).strikes), (1, 0));
		assert_eq!((on_hold(&who), run().round_open), (DEPOSIT, 4));
		let asked = |event: &Event<Test>| {
			matches!(event, Event::CommitteeRequested { run: 0, task: 0, contributor, deposit: DEPOSIT }
				if *contributor == who)
		};
		assert_eq!(happened(asked), 1);
		assert_noop!(deal(), Error::<Test>::SeedPending);
		// and is dealt to the same contributor with other attestors, as the same attempt.
		skip_epochs(2);
		assert_ok!(deal());
		let after = task(4);
		assert_eq!((after.work, after.units), (before.work, before.units));
		assert_eq!((&after.contributor, after.attempt), (&who, 1));
		assert_eq!((after.replaces, after.epoch), (Some(0), world().epoch));
		assert!(after
			.committee
			.iter()
			.all(|member| !before.committee.contains(member)));
		assert_eq!((enrolment(&who).dealt, run().round_open), (2, 4));
		// WHEN a receipt of it is accepted THEN the deposit is back and the round goes on.
		deliver([4]);
		assert_eq!((on_hold(&who), released(), forfeited()), (0, 1, 0));
		assert_eq!((run().round_open, run().round_done), (3, 1));
		deliver(1..4);
		assert_ok!(advance());
		assert_eq!(run().stage, Stage::Aggregating);
	});
}

#[test]
fn another_committee_is_asked_for_in_the_second_half_of_the_window() {
	test(|| {
		dealt();
		let who = task(0).contributor;
		System::set_block_number(half(0));
		assert_noop!(request(who.clone(), 0), Error::<Test>::TooEarly);
		System::set_block_number(half(0) + 1);
		assert_ok!(request(who, 0));
		// To the last block of it.
		let other = task(1).contributor;
		System::set_block_number(task(1).deadline + 1);
		assert_noop!(request(other.clone(), 1), Error::<Test>::TooLate);
		System::set_block_number(task(1).deadline);
		assert_ok!(request(other, 1));
	});
	test(|| {
		// Half of an odd window is rounded up.
		let mut odd = plan();
		odd.windows.task = 21;
		enrolling_with(odd);
		all_at_work();
		let who = task(0).contributor;
		System::set_block_number(task(0).deadline - 11);
		assert_noop!(request(who.clone(), 0), Error::<Test>::TooEarly);
		System::set_block_number(task(0).deadline - 10);
		assert_ok!(request(who, 0));
	});
}

#[test]
fn there_must_be_time_for_another_draw_and_another_window() {
	let at = |wait: u32, left: u32| {
		let outcome = std::cell::RefCell::new(None);
		test(|| {
			dealt();
			change(|world| world.wait = wait);
			let who = task(0).contributor;
			System::set_block_number(half(0) + 1);
			let end = System::block_number() + left;
			Runs::<Test>::mutate(0, |run| run.as_mut().unwrap().deadline = end);
			*outcome.borrow_mut() = Some(request(who, 0));
		});
		outcome.take().unwrap()
	};
	assert_eq!(at(0, 19), Err(Error::<Test>::TooLate.into()));
	assert_ok!(at(0, 20));
	assert_eq!(at(7, 26), Err(Error::<Test>::TooLate.into()));
	assert_ok!(at(7, 27));
}

#[test]
fn a_task_that_the_end_of_the_work_cut_short_gets_no_other_committee() {
	test(|| {
		working();
		skip_epochs(2);
		System::set_block_number(run().deadline - 19);
		deal().unwrap();
		assert_eq!(task(0).deadline, run().deadline);
		for now in run().deadline - 19..=run().deadline {
			System::set_block_number(now);
			assert_noop!(request(task(0).contributor, 0), Error::<Test>::TooLate);
		}
	});
}

#[test]
fn every_wrong_request_is_refused() {
	test(|| {
		assert_noop!(request(TRAINER, 0), Error::<Test>::RunNotFound);
		enrolling();
		assert_noop!(request(TRAINER, 0), Error::<Test>::WrongState);
	});
	test(|| {
		dealt();
		let who = task(0).contributor;
		System::set_block_number(half(0) + 1);
		assert_noop!(request(who.clone(), 4), Error::<Test>::TaskNotFound);
		for other in [PASSER, SPONSOR, task(0).committee[0].clone()] {
			assert_noop!(request(other, 0), Error::<Test>::NotYourTask);
		}
		let free = Balances::free_balance(&who);
		Balances::set_balance(&who, DEPOSIT - 1);
		assert_noop!(request(who.clone(), 0), TokenError::FundsUnavailable);
		Balances::set_balance(&who, free);
		deliver([0]);
		assert_noop!(request(who, 0), Error::<Test>::TaskClosed);
		let missed = task(1).contributor;
		System::set_block_number(task(1).deadline + 1);
		advance().unwrap();
		assert_noop!(request(missed, 1), Error::<Test>::TaskClosed);
	});
	test(|| {
		let (old, new) = replaced();
		let who = task(old).contributor;
		assert_noop!(request(who.clone(), old), Error::<Test>::TaskClosed);
		System::set_block_number(half(new) + 1);
		assert_noop!(request(who, new), Error::<Test>::AlreadyReplaced);
	});
}

#[test]
fn every_attempt_has_a_second_committee() {
	test(|| {
		let (_, new) = replaced();
		let who = task(new).contributor;
		System::set_block_number(task(new).deadline + 1);
		advance().unwrap();
		// WHEN the work is dealt to somebody else
		skip_epochs(2);
		deal().unwrap();
		let again = (new + 1..run().next_task)
			.find(|index| task(*index).work == task(new).work)
			.unwrap();
		let other = task(again).contributor;
		assert_ne!(other, who);
		assert_eq!((task(again).attempt, task(again).replaces), (2, None));
		// THEN that one can ask too.
		requested(again);
		assert_eq!(on_hold(&other), DEPOSIT);
	});
}

#[test]
fn the_silent_are_drawn_again_where_there_are_not_enough_others() {
	test(|| {
		dealt();
		requested(0);
		// Two that were not in the committee are left, and three are needed.
		let silent = task(0).committee;
		change(|world| {
			let others = world.seats.clone().into_iter();
			let others = others.filter(|seat| !silent.contains(seat)).take(2);
			world.seats = silent.iter().cloned().chain(others).collect();
		});
		skip_epochs(2);
		assert_ok!(deal());
		assert_eq!(task(4).committee.len(), 3);
		assert!(task(4)
			.committee
			.iter()
			.any(|member| silent.contains(member)));
	});
	test(|| {
		dealt();
		requested(0);
		let silent = task(0).committee;
		change(|world| world.seats.retain(|seat| !silent.contains(seat)));
		change(|world| world.seats.truncate(2));
		skip_epochs(2);
		assert_noop!(deal(), Error::<Test>::NotEnoughAttestors);
		assert_eq!(on_hold(&task(0).contributor), DEPOSIT);
	});
}

#[test]
fn a_receipt_of_the_task_that_was_replaced_is_refused() {
	test(|| {
		dealt();
		let item = good(0);
		requested(0);
		assert_ok!(submit(vec![item]));
		assert_eq!(refusals(), vec![Refusal::TaskReplaced]);
		assert_eq!(on_hold(&task(0).contributor), DEPOSIT);
	});
}

#[test]
fn a_task_missed_with_its_second_committee_costs_the_deposit() {
	test(|| {
		let (_, new) = replaced();
		let who = task(new).contributor;
		deliver(1..4);
		System::set_block_number(task(new).deadline + 1);
		assert_ok!(advance());
		assert_eq!(task(new).state, TaskState::Missed);
		assert_eq!((on_hold(&who), released(), forfeited()), (0, 0, 1));
		assert_eq!(Balances::free_balance(TREASURY), DEPOSIT);
		// One miss, not two.
		assert_eq!(enrolment(&who).strikes, 1);
		assert_eq!(
			(run().round_open, run().queue_tail - run().queue_head),
			(1, 1)
		);
		assert_eq!(Queue::<Test>::get(0, run().queue_head).unwrap().missed, 1);
	});
}

#[test]
fn passing_over_what_was_replaced_is_no_miss_and_earns_no_tip() {
	test(|| {
		dealt();
		requested(0);
		let before = Balances::free_balance(PASSER);
		assert_noop!(advance(), Error::<Test>::NothingDue);
		assert_ok!(send(PASSER, Call::advance { run: 0, limit: 1 }));
		assert_eq!((run().sweep, Balances::free_balance(PASSER)), (1, before));
		assert_eq!(task(0).state, TaskState::Replaced);
		assert_eq!(
			happened(|event| matches!(event, Event::TaskMissed { .. })),
			0
		);
	});
}

#[test]
fn who_was_struck_off_meanwhile_has_its_deposit_back_and_somebody_else_the_work() {
	test(|| {
		dealt();
		requested(0);
		let who = task(0).contributor;
		Rosters::<Test>::mutate(0, Role::Trainer, |roster| {
			roster.retain(|other| *other != who)
		});
		skip_epochs(2);
		assert_ok!(deal());
		let other = task(4).contributor;
		assert_ne!(other, who);
		assert_eq!((task(4).replaces, task(4).attempt), (Some(0), 1));
		assert_eq!((on_hold(&who), on_hold(&other), released()), (0, 0, 1));
		// The attempt has had its second committee, and missing it costs no deposit.
		System::set_block_number(half(4) + 1);
		assert_noop!(request(other, 4), Error::<Test>::AlreadyReplaced);
		System::set_block_number(task(4).deadline + 1);
		assert_ok!(advance());
		assert_eq!((forfeited(), Balances::free_balance(TREASURY)), (0, 0));
	});
}

#[test]
fn work_that_is_dropped_gives_the_deposit_back() {
	let dropped = |spoil: fn()| {
		test(|| {
			dealt();
			requested(0);
			let who = task(0).contributor;
			spoil();
			skip_epochs(2);
			assert_ok!(deal());
			assert_eq!(
				happened(|event| matches!(event, Event::WorkDropped { .. })),
				1
			);
			assert_eq!((on_hold(&who), released(), run().round_open), (0, 1, 3));
			assert_eq!(run().next_task, 4);
		});
	};
	// Its dataset was withdrawn, or nobody is left.
	dropped(|| change(|world| world.datasets.get_mut(&1).unwrap().may_deal = false));
	dropped(|| Rosters::<Test>::remove(0, Role::Trainer));
}

#[test]
fn work_dealt_too_late_for_its_whole_window_gives_the_deposit_back() {
	test(|| {
		dealt();
		requested(0);
		let who = task(0).contributor;
		skip_epochs(2);
		System::set_block_number(run().deadline - 19);
		assert_ok!(deal());
		assert_eq!(
			(task(4).deadline, &task(4).contributor),
			(run().deadline, &who)
		);
		assert_eq!((on_hold(&who), released()), (0, 1));
		assert_eq!(enrolment(&who).dealt, 1);
		assert!(CommitteeDeposits::<Test>::iter().next().is_none());
	});
	test(|| {
		// One block earlier it is at stake.
		dealt();
		requested(0);
		skip_epochs(2);
		System::set_block_number(run().deadline - 20);
		assert_ok!(deal());
		assert_eq!(CommitteeDeposits::<Test>::get(0, 4), Some(DEPOSIT));
	});
}

#[test]
fn a_deposit_waits_with_work_that_is_put_off() {
	test(|| {
		dealt();
		requested(0);
		let who = task(0).contributor;
		skip_epochs(10);
		assert_ok!(deal());
		let pending = Queue::<Test>::get(0, 1).unwrap();
		assert_eq!(
			(pending.whom, pending.epoch),
			(Whom::Again(0), world().epoch + 2)
		);
		assert_eq!(on_hold(&who), DEPOSIT);
		skip_epochs(2);
		assert_ok!(deal());
		assert_eq!((task(4).contributor, task(4).replaces), (who, Some(0)));
		assert_eq!(CommitteeDeposits::<Test>::get(0, 4), Some(DEPOSIT));
	});
}

#[test]
fn the_end_of_a_run_gives_back_what_was_never_dealt() {
	test(|| {
		// Settled
		dealt();
		let who = task(0).contributor;
		deliver([1]);
		requested(0);
		to_the_end();
		assert_eq!(on_hold(&who), DEPOSIT);
		assert_ok!(prune());
		assert_eq!((on_hold(&who), released()), (0, 1));
	});
	test(|| {
		// Cancelled, one thing at a time
		dealt();
		let who = task(0).contributor;
		requested(0);
		pass_deadline();
		advance().unwrap();
		assert_eq!(run().state, State::Cancelled);
		while on_hold(&who) > 0 {
			assert_ok!(send(PASSER, Call::prune { run: 0, limit: 1 }));
			Training::do_try_state().unwrap();
		}
		assert_eq!((released(), forfeited()), (1, 0));
		assert_ok!(prune());
		assert!(Runs::<Test>::get(0).is_none());
	});
}

#[test]
fn what_was_missed_and_never_swept_is_lost_at_the_end() {
	test(|| {
		let (_, new) = replaced();
		let who = task(new).contributor;
		deliver([1]);
		to_the_end();
		assert_eq!(task(new).state, TaskState::Open);
		assert_ok!(prune());
		assert_eq!((on_hold(&who), released(), forfeited()), (0, 0, 1));
		assert!(Balances::free_balance(TREASURY) >= DEPOSIT);
	});
}

#[test]
fn users_ask_for_another_committee_too() {
	test(|| {
		working();
		post_feedback(8).unwrap();
		skip_epochs(2);
		deal().unwrap();
		assert!(matches!(task(0).work, Work::Feedback { .. }));
		requested(0);
		assert_eq!((run().feedback_open, on_hold(&USER)), (1, DEPOSIT));
		skip_epochs(2);
		assert_ok!(deal());
		let new = run().next_task - 1;
		assert_eq!(
			(task(new).work, task(new).contributor),
			(task(0).work, USER)
		);
		deliver([new]);
		assert_eq!((run().feedback_open, on_hold(&USER)), (0, 0));
	});
}

#[test]
fn an_aggregation_gets_another_committee_by_a_draw_of_its_own() {
	test(|| {
		dealt();
		deliver(0..4);
		advance().unwrap();
		skip_epochs(2);
		deal().unwrap();
		assert_eq!(task(4).work, Work::Aggregate);
		let who = task(4).contributor;
		requested(4);
		assert_eq!(run().stage, Stage::Aggregating);
		assert_noop!(deal(), Error::<Test>::SeedPending);
		skip_epochs(2);
		assert_ok!(deal());
		assert_eq!(
			(task(5).work, &task(5).contributor),
			(Work::Aggregate, &who)
		);
		deliver([5]);
		assert_eq!((run().round, on_hold(&who)), (1, 0));
		assert_eq!(run().model, [105; 32]);
	});
}
