use crate::{mock::*, *};
use frame_support::traits::{fungible::hold::Mutate as _, tokens::Precision};
use guerdon_receipt::Role;
use pallet_settlement::Purse;
use sp_runtime::TryRuntimeError;

/// Spoils a run that has everything in it, and expects the check with this number to say so.
fn detects(number: &str, spoil: impl FnOnce()) {
	let checked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
		test(|| {
			enrolling_with(RunPlan {
				max_enrolments: 5,
				..plan()
			});
			invite(SPONSOR, PASSER, Role::User).unwrap();
			invite(OWNER_A, attestor(9), Role::Trainer).unwrap();
			enrol(attestor(9), Role::Trainer).unwrap();
			all_at_work();
			post_feedback(1).unwrap();
			deliver([0, 1]);
			requested(3);
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
	detects("5:", || change_run(|run| run.enrolled = 3));
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
	detects("7:", || change_run(|run| run.queue_tail = 3));
	detects("7:", || change_run(|run| run.queue_head = 1));
}

#[test]
fn try_state_detects_deposits_that_are_not_held() {
	detects("8:", || change_run(|run| run.deposit += 1));
	detects("8:", || change_run(|run| run.deposit -= 1));
	detects("8:", || {
		EnrolmentDeposits::<Test>::mutate(0, USER, |deposit| deposit.as_mut().unwrap().amount += 1)
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
	detects("10:", || {
		let invitation = Invitations::<Test>::take(0, PASSER).unwrap();
		change_run(|run| run.invited.users = 0);
		Invitations::<Test>::insert(3, PASSER, invitation);
	});
}

#[test]
fn try_state_detects_deposits_of_invitations_and_committees_that_are_not_held() {
	detects("8:", || {
		Invitations::<Test>::mutate(0, PASSER, |kept| kept.as_mut().unwrap().deposit += 1)
	});
	detects("8:", || CommitteeDeposits::<Test>::insert(0, 3, 41));
	// Held from the inviter, not from who enrolled.
	detects("8:", || {
		EnrolmentDeposits::<Test>::mutate(0, attestor(9), |deposit| {
			deposit.as_mut().unwrap().payer = attestor(9)
		})
	});
	detects("8:", || {
		let reason = RuntimeHoldReason::from(HoldReason::Committee);
		Balances::hold(&reason, &USER, 1).unwrap();
	});
}

#[test]
fn try_state_detects_replacements_that_do_not_fit() {
	let queued = |how: fn(&mut PendingOf<Test>)| {
		let number = run().queue_tail - 1;
		Queue::<Test>::mutate(0, number, |kept| how(kept.as_mut().unwrap()));
	};
	detects("11:", || queued(|pending| pending.whom = Whom::Again(0)));
	detects("11:", || queued(|pending| pending.whom = Whom::Again(99)));
	detects("11:", || queued(|pending| pending.whom = Whom::Anyone));
	detects("11:", || queued(|pending| pending.missed = 1));
	detects("11:", || queued(|pending| pending.round = 1));
	detects("11:", || change_task(3, |task| task.attempt = 2));
	detects("11:", || change_task(1, |task| task.replaces = Some(3)));
	// A second successor, and one that came before.
	let succeed = || {
		let work = task(3).work;
		change_task(2, |task| (task.work, task.replaces) = (work, Some(3)));
	};
	detects("11:", succeed);
	detects("11:", || {
		succeed();
		queued(|pending| pending.whom = Whom::Anyone);
	});
	// One deposit too few, and one too many.
	let free = |index| {
		let reason = RuntimeHoldReason::from(HoldReason::Committee);
		let amount = CommitteeDeposits::<Test>::take(0, index).unwrap();
		let who = task(index).contributor;
		Balances::release(&reason, &who, amount, Precision::Exact).unwrap();
	};
	detects("11:", || free(3));
	detects("11:", || {
		let reason = RuntimeHoldReason::from(HoldReason::Committee);
		Balances::hold(&reason, &task(2).contributor, 5).unwrap();
		CommitteeDeposits::<Test>::insert(0, 2, 5);
	});
	detects("11:", || CommitteeDeposits::<Test>::insert(0, 99, 5));
}

#[test]
fn try_state_detects_miscounted_invitations() {
	detects("12:", || change_run(|run| run.invited.users = 0));
	detects("12:", || change_run(|run| run.invited.trainers = 1));
}
