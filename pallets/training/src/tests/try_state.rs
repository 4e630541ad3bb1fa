use crate::{mock::*, *};
use guerdon_receipt::Role;
use pallet_settlement::Purse;
use sp_runtime::TryRuntimeError;

/// Spoils a run that has everything in it, and expects the check with this number to say so.
fn detects(number: &str, spoil: impl FnOnce()) {
	let checked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
		test(|| {
			dealt();
			post_feedback(1).unwrap();
			deliver([0, 1]);
			Training::do_try_state().unwrap();
			spoil();
			let Err(TryRuntimeError::Other(why)) = Training::do_try_state() else {
				panic!("check {number} found nothing")
			};
			assert!(why.starts_with(number), "expected {number}, got: {why}");
			std::panic::panic_any("detected");
		})
	}));
	let panic = checked.unwrap_err();
	match panic.downcast_ref::<&str>() {
		Some(&"detected") => {}
		_ => std::panic::resume_unwind(panic),
	}
}

fn change_run(how: impl FnOnce(&mut RunOf<Test>)) {
	Runs::<Test>::mutate(0, |run| how(run.as_mut().unwrap()));
}

fn change_task(index: u32, how: impl FnOnce(&mut TaskOf<Test>)) {
	Tasks::<Test>::mutate(0, index, |task| how(task.as_mut().unwrap()));
}

#[test]
fn try_state_detects_runs_without_plans() {
	detects("1:", || Plans::<Test>::remove(0));
	detects("1:", || Plans::<Test>::insert(5, plan()));
	detects("1:", || NextRunId::<Test>::put(0));
}

#[test]
fn try_state_detects_lost_and_forgotten_tasks() {
	detects("2:", || Tasks::<Test>::remove(0, 3));
	detects("2:", || change_run(|run| run.sweep = 3));
	detects("2:", || change_run(|run| run.next_task = 3));
	detects("2:", || {
		change_task(2, |task| task.committee = Default::default())
	});
}

#[test]
fn try_state_detects_miscounted_work() {
	detects("3:", || change_run(|run| run.round_open = 1));
	detects("3:", || change_run(|run| run.feedback_open = 0));
	detects("3:", || change_run(|run| run.stage = Stage::Aggregating));
	detects("3:", || {
		change_task(2, |task| task.state = TaskState::Missed)
	});
}

#[test]
fn try_state_detects_receipts_that_do_not_fit() {
	let id = || Receipts::<Test>::iter_keys().next().unwrap().1;
	detects("4:", || change_run(|run| run.accepted = 3));
	detects("4:", || ReceiptTasks::<Test>::remove(id()));
	detects("4:", || ReceiptTasks::<Test>::insert([3; 32], (0, 0)));
	detects("4:", || {
		change_task(0, |task| task.state = TaskState::Missed)
	});
	let signers = |bits| {
		let id = id();
		Receipts::<Test>::mutate(0, id, |kept| kept.as_mut().unwrap().signers = bits);
	};
	detects("4:", || signers(0b001));
	detects("4:", || signers(0b1011));
}

#[test]
fn try_state_detects_wrong_rosters() {
	detects("5:", || Enrolments::<Test>::remove(0, USER));
	detects("5:", || EnrolmentDeposits::<Test>::remove(0, USER));
	detects("5:", || change_run(|run| run.enrolled = 4));
	let push = |role, who| {
		Rosters::<Test>::mutate(0, role, |roster| roster.try_push(who).unwrap());
	};
	detects("5:", || push(Role::Trainer, TRAINER));
	detects("5:", || push(Role::Trainer, USER));
}

#[test]
fn try_state_detects_licence_money_that_was_not_earned() {
	let change_dataset = |how: fn(&mut RunDatasetOf<Test>)| {
		RunDatasets::<Test>::mutate(0, 1, |kept| how(kept.as_mut().unwrap()));
	};
	detects("6:", || change_dataset(|kept| kept.vested += 1));
	detects("6:", || {
		change_dataset(|kept| {
			kept.used += 1;
			kept.vested += 3;
		})
	});
	detects("6:", || {
		change_dataset(|kept| (kept.flat_fee, kept.vested) = (1_000, 1_120));
	});
	detects("6:", || change_run(|run| run.accepted = 0));
}

#[test]
fn try_state_detects_gaps_in_the_queue() {
	detects("7:", || change_run(|run| run.queue_tail = 2));
	detects("7:", || change_run(|run| run.queue_head = 1));
}

#[test]
fn try_state_detects_deposits_that_are_not_held() {
	detects("8:", || change_run(|run| run.deposit += 1));
	detects("8:", || change_run(|run| run.deposit -= 1));
	detects("8:", || {
		EnrolmentDeposits::<Test>::mutate(0, USER, |deposit| *deposit.as_mut().unwrap() += 1)
	});
}

#[test]
fn try_state_detects_purses_that_leak() {
	for purse in [Purse::Budget, Purse::Licence, Purse::Bond] {
		detects("9:", || {
			change(|world| *world.purses.get_mut(&(0, purse as u8)).unwrap() -= 1)
		});
	}
	detects("9:", || {
		change(|world| *world.purses.get_mut(&(0, Purse::Tip as u8)).unwrap() += 100)
	});
	detects("9:", || change_run(|run| run.state = State::Cancelled));
}

#[test]
fn try_state_detects_orphans() {
	detects("10:", || Locks::<Test>::insert(3, TRAINER, ()));
	detects("10:", || {
		let enrolment = Enrolments::<Test>::get(0, USER).unwrap();
		Enrolments::<Test>::insert(3, USER, enrolment);
	});
	detects("10:", || Tasks::<Test>::insert(3, 0, task(2)));
	detects("10:", || UsedChunks::<Test>::insert(3, Used::default()));
}
