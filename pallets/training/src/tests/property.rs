//! Random histories of the work on a run: whatever happens in which order, its books are right at every
//! step, and in the end nobody's deposit is left anywhere.

use crate::{mock::*, *};
use guerdon_receipt::{Role, TaskIndex};
use pallet_valuation::Basis;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
	Blocks(u32),
	Epochs(u64),
	Deal(u32),
	Advance(u32),
	/// Of one of the open tasks.
	Deliver(usize),
	/// For one of the open tasks, in the second half of its window.
	Ask(usize),
	/// For one of all tasks, at any time.
	AskAnyhow(usize),
	Post,
	StrikeOff(bool),
	Withdraw,
}

fn step() -> impl Strategy<Value = Step> {
	let any_task = || 0..64usize;
	prop_oneof![
		2 => (1..25u32).prop_map(Step::Blocks),
		6 => prop_oneof![4 => 1..3u64, 1 => 8..12u64].prop_map(Step::Epochs),
		8 => (1..6u32).prop_map(Step::Deal),
		4 => (1..6u32).prop_map(Step::Advance),
		6 => any_task().prop_map(Step::Deliver),
		6 => any_task().prop_map(Step::Ask),
		1 => any_task().prop_map(Step::AskAnyhow),
		1 => Just(Step::Post),
		1 => any::<bool>().prop_map(Step::StrikeOff),
		1 => Just(Step::Withdraw),
	]
}

fn open_task(number: usize) -> Option<TaskIndex> {
	let open: Vec<_> = (0..run().next_task)
		.filter(|index| task(*index).state == TaskState::Open)
		.collect();
	(!open.is_empty()).then(|| open[number % open.len()])
}

/// What can fail fails as a whole, so outcomes are not looked at: the state is.
fn take(step: Step) {
	let _ = match step {
		Step::Blocks(blocks) => {
			System::set_block_number(System::block_number() + blocks);
			Ok(())
		}
		Step::Epochs(epochs) => {
			skip_epochs(epochs);
			Ok(())
		}
		Step::Deal(limit) => send(PASSER, Call::deal { run: 0, limit }),
		Step::Advance(limit) => send(PASSER, Call::advance { run: 0, limit }),
		Step::Deliver(number) => match open_task(number) {
			Some(index) => submit(vec![good(index)]),
			None => Ok(()),
		},
		Step::Ask(number) => match open_task(number) {
			Some(index) => {
				let second_half = half(index) + 1;
				System::set_block_number(System::block_number().max(second_half));
				request(task(index).contributor, index)
			}
			None => Ok(()),
		},
		Step::AskAnyhow(number) => {
			let index = number as u32 % (run().next_task + 1);
			let who = Tasks::<Test>::get(0, index).map_or(TRAINER, |task| task.contributor);
			request(who, index)
		}
		Step::Post => post_feedback(3),
		Step::StrikeOff(first) => {
			let who = if first { TRAINER } else { TRAINER_B };
			Rosters::<Test>::mutate(0, Role::Trainer, |roster| {
				roster.retain(|other| *other != who);
			});
			Ok(())
		}
		Step::Withdraw => {
			change(|world| world.datasets.get_mut(&2).unwrap().may_deal = false);
			Ok(())
		}
	};
}

/// What `try_state` does not look at: that the sweep may stop at the first task that still runs, and
/// that of what was dealt to somebody exactly the tasks count that left their whole window.
fn check_tasks() {
	let tasks: Vec<_> = (0..run().next_task).map(task).collect();
	assert!(tasks
		.windows(2)
		.all(|pair| pair[0].deadline <= pair[1].deadline));
	for who in [TRAINER, TRAINER_B, USER] {
		let enrolment = Enrolments::<Test>::get(0, &who).unwrap();
		let counts = |end: u32| {
			let counts = tasks.iter().filter(|task| {
				let replaced = task.state == TaskState::Replaced;
				task.contributor == who && !replaced && task.deadline < end
			});
			counts.count() as u32
		};
		// A window may end with the work.
		let most = counts(run().deadline + 1);
		assert!((counts(run().deadline)..=most).contains(&enrolment.dealt));
	}
}

/// From wherever the run is to its last record.
fn finish() {
	while run().state == State::Working {
		pass_deadline();
		advance().unwrap();
	}
	if run().state == State::Appraising {
		change(|world| world.appraised = Some((true, Basis::Scores)));
		while run().state != State::Settled {
			advance().unwrap();
			pass_deadline();
		}
	}
	System::set_block_number(run().deadline + 50);
	while Runs::<Test>::get(0).is_some() {
		send(PASSER, Call::prune { run: 0, limit: 3 }).unwrap();
		Training::do_try_state().unwrap();
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(48))]

	#[test]
	fn no_order_of_events_loses_work_or_a_deposit(steps in prop::collection::vec(step(), 1..60)) {
		test(|| {
			let issuance = Balances::total_issuance();
			enrolling();
			all_at_work();
			for step in steps {
				if run().state != State::Working {
					break;
				}
				take(step);
				Training::do_try_state().unwrap();
				if run().state == State::Working {
					check_tasks();
				}
			}
			finish();
			let asked = happened(|event| matches!(event, Event::CommitteeRequested { .. }));
			let back = happened(|event| matches!(event, Event::CommitteeDepositReleased { .. }));
			let lost = happened(|event| matches!(event, Event::CommitteeDepositForfeited { .. }));
			assert_eq!(asked, back + lost);
			assert!(CommitteeDeposits::<Test>::iter().next().is_none());
			for who in [SPONSOR, TRAINER, TRAINER_B, USER] {
				for reason in [HoldReason::Run, HoldReason::Enrolment, HoldReason::Committee] {
					assert_eq!(held(reason, &who), 0);
				}
			}
			assert_eq!(Balances::total_issuance(), issuance);
		});
	}
}
