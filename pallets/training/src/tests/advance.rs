use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};
use guerdon_receipt::Role;
use pallet_settlement::{Purse, Treasurer};
use pallet_valuation::Basis;

fn advance_with(limit: u32) -> frame_support::dispatch::DispatchResult {
	send(PASSER, Call::advance { run: 0, limit })
}

/// Lets every open task pass its deadline.
fn miss_everything() {
	System::set_block_number(System::block_number() + 21);
	advance().unwrap();
	skip_epochs(2);
}

#[test]
fn a_proposal_goes_on_when_all_have_granted_or_at_its_deadline() {
	test(|| {
		propose(plan()).unwrap();
		assert_noop!(advance(), Error::<Test>::NothingDue);
		change(|world| world.datasets.get_mut(&2).unwrap().granted.insert(0));
		assert_ok!(advance());
		assert_eq!(run().state, State::Enrolling);
	});
	test(|| {
		// WHEN an owner is silent THEN the run goes on without the dataset.
		propose(plan()).unwrap();
		System::set_block_number(run().deadline);
		assert_noop!(advance(), Error::<Test>::NothingDue);
		pass_deadline();
		assert_ok!(advance());
		assert_eq!(run().state, State::Enrolling);
		assert_eq!(
			RunDatasets::<Test>::get(0, 2).unwrap().standing,
			Standing::Dropped
		);
		let admitted = |event: &Event<Test>| matches!(event, Event::DatasetAdmitted { .. });
		assert_eq!(happened(admitted), 1);
		assert!(world().datasets[&2].users.is_empty());
		enrol(TRAINER, Role::Trainer).unwrap();
		pass_deadline();
		advance().unwrap();
		skip_epochs(2);
		deal().unwrap();
		assert_eq!((run().next_task, run().stage), (2, Stage::Training));
	});
}

#[test]
fn a_proposal_without_any_dataset_left_is_refunded() {
	test(|| {
		change(|world| world.datasets.get_mut(&1).unwrap().may_deal = false);
		propose(plan()).unwrap();
		pass_deadline();
		assert_ok!(advance());
		assert_eq!(run().state, State::Cancelled);
		assert_ok!(prune());
		assert_eq!(Balances::free_balance(SPONSOR), RICH - 7);
	});
}

#[test]
fn a_run_without_trainers_is_refunded() {
	test(|| {
		enrolling();
		enrol(USER, Role::User).unwrap();
		assert_noop!(advance(), Error::<Test>::NothingDue);
		pass_deadline();
		assert_ok!(advance());
		assert_eq!(run().state, State::Cancelled);
		assert_ok!(prune());
		assert_eq!(Balances::free_balance(SPONSOR), RICH - 14);
		assert_eq!(Balances::free_balance(USER), RICH);
	});
}

#[test]
fn work_begins_with_a_seed_of_two_epochs_later() {
	test(|| {
		working();
		assert_eq!(run().draw_epoch, world().epoch + 2);
		assert_eq!(run().model, plan().initial_model.0);
		assert_noop!(advance(), Error::<Test>::NothingDue);
	});
}

#[test]
fn a_round_that_nobody_can_finish_ends_the_work_early() {
	test(|| {
		// GIVEN a round with three tasks done and one that is missed to the last attempt
		dealt();
		deliver(1..4);
		for _ in 0..3 {
			miss_everything();
			if run().queue_head < run().queue_tail {
				deal().unwrap();
			}
		}
		// THEN its results are averaged without it
		assert_eq!((run().round_open, run().round_done), (0, 3));
		assert_eq!(run().stage, Stage::Aggregating);
		// and when nobody averages them, what was accepted is appraised.
		for _ in 0..3 {
			if run().state == State::Working {
				let _ = deal();
				System::set_block_number(System::block_number() + 21);
				advance().unwrap();
				skip_epochs(2);
			}
		}
		assert_eq!(run().state, State::Appraising);
		assert_eq!(world().opened.unwrap().vested, vec![(1, 160), (2, 196)]);
	});
}

#[test]
fn a_round_without_any_receipt_refunds_the_sponsor_and_costs_the_trainers() {
	test(|| {
		dealt();
		miss_everything();
		deal().unwrap();
		miss_everything();
		// Four tasks each were missed: nobody is left to deal to.
		assert!(Rosters::<Test>::get(0, Role::Trainer).is_empty());
		assert_eq!(
			happened(|event| matches!(event, Event::StruckOff { .. })),
			2
		);
		assert_eq!(run().state, State::Cancelled);
		assert_ok!(prune());
		assert_eq!(Balances::free_balance(TREASURY), 1_000);
	});
}

#[test]
fn the_working_deadline_ends_the_work_with_what_there_is() {
	test(|| {
		dealt();
		deliver([0]);
		pass_deadline();
		assert_ok!(advance());
		assert_eq!(run().state, State::Appraising);
		let opened = world().opened.unwrap();
		assert_eq!(opened.vested, vec![(1, 160)]);
		assert_eq!(
			(opened.sponsor, opened.classes, opened.quorum),
			(SPONSOR, 2, 3)
		);
		let mut exclude = vec![SPONSOR, OWNER_A, OWNER_B, TRAINER, TRAINER_B, USER];
		exclude.sort();
		assert_eq!(opened.exclude, exclude);
	});
}

#[test]
fn small_limits_get_over_many_tasks_that_are_done() {
	test(|| {
		dealt();
		deliver(0..3);
		System::set_block_number(task(3).deadline + 1);
		for sweep in 1..=4 {
			assert_ok!(advance_with(1));
			assert_eq!(run().sweep, sweep);
		}
		assert_eq!(task(3).state, TaskState::Missed);
	});
}

#[test]
fn passing_over_what_is_done_earns_no_tip() {
	test(|| {
		dealt();
		System::set_block_number(task(3).deadline + 1);
		advance().unwrap();
		skip_epochs(2);
		deal().unwrap();
		deliver(4..7);
		// Seven tasks in a row are closed, of which the first four were seen to be.
		let before = Balances::free_balance(PASSER);
		Runs::<Test>::mutate(0, |run| run.as_mut().unwrap().sweep = 0);
		assert_ok!(advance_with(4));
		assert_eq!((run().sweep, Balances::free_balance(PASSER)), (4, before));
		assert_ok!(advance_with(3));
		assert_noop!(advance(), Error::<Test>::NothingDue);
	});
}

#[test]
fn work_does_not_end_before_its_time_while_a_receipt_may_still_come() {
	test(|| {
		dealt();
		// WHEN the last trainer is struck off with its tasks open
		Rosters::<Test>::remove(0, Role::Trainer);
		assert_noop!(advance(), Error::<Test>::NothingDue);
		// THEN it may still deliver them, and that counts.
		deliver(0..3);
		System::set_block_number(task(3).deadline + 1);
		assert_ok!(advance());
		assert_eq!(run().state, State::Appraising);
		assert_eq!(task(3).state, TaskState::Missed);
	});
}

#[test]
fn a_call_pays_for_the_state_that_it_finds() {
	type W = crate::weights::SubstrateWeight<Test>;
	let paid = || {
		let origin = RuntimeOrigin::signed(PASSER);
		Training::advance(origin, 0, LIMIT)
			.unwrap()
			.actual_weight
			.unwrap()
	};
	test(|| {
		propose(plan()).unwrap();
		change(|world| world.datasets.get_mut(&2).unwrap().granted.insert(0));
		assert_eq!(paid(), W::advance_proposed());
		enrol(TRAINER, Role::Trainer).unwrap();
		pass_deadline();
		assert_eq!(paid(), W::advance_proposed());
		assert!(W::advance_proposed().ref_time() < Training::advance_weight(LIMIT).ref_time());
		skip_epochs(2);
		deal().unwrap();
		deliver(0..4);
		let working = W::advance_missed(LIMIT).saturating_add(W::advance_working());
		assert_eq!(paid(), working);
	});
	test(|| {
		appraising();
		change(|world| {
			world.appraised = Some((true, Basis::Scores));
			world.appraisal_weight = W::advance_working();
			world.settle_step_weight = W::cancel();
		});
		let appraising = W::advance_challenge().saturating_add(W::advance_working());
		assert_eq!(paid(), appraising);
		pass_deadline();
		assert_eq!(paid(), appraising);
		let steps = W::cancel().saturating_mul(LIMIT.into());
		assert_eq!(paid(), W::advance_settling().saturating_add(steps));
	});
}

#[test]
fn work_that_is_all_done_ends_at_once_however_long_it_was() {
	test(|| {
		working();
		all_rounds();
		post_feedback(1).unwrap();
		post_feedback(1).unwrap();
		skip_epochs(2);
		let first = run().next_task;
		deal().unwrap();
		deliver(first..run().next_task);
		assert!(run().sweep < first);
		let before = Balances::free_balance(PASSER);
		assert_ok!(advance_with(4));
		assert_eq!(run().state, State::Appraising);
		assert_eq!(Balances::free_balance(PASSER), before + 7);
	});
}

#[test]
fn work_does_not_end_early_while_a_user_may_still_answer() {
	test(|| {
		dealt();
		post_feedback(1).unwrap();
		Runs::<Test>::mutate(0, |run| run.as_mut().unwrap().stage = Stage::Failed);
		deliver_none_of_the_round();
		assert_eq!(run().state, State::Working);
		Rosters::<Test>::remove(0, Role::User);
		assert_ok!(advance());
		assert_eq!(run().state, State::Cancelled);
	});
}

/// The round's tasks are missed and swept.
fn deliver_none_of_the_round() {
	System::set_block_number(task(3).deadline + 1);
	advance().unwrap();
}

#[test]
fn a_run_is_settled_after_appraisal_and_challenge() {
	test(|| {
		appraising();
		assert_noop!(advance(), Error::<Test>::NothingDue);
		change(|world| world.phases = 1);
		assert_ok!(advance());
		assert_eq!(run().state, State::Appraising);
		change(|world| world.appraised = Some((true, Basis::Scores)));
		assert_ok!(advance());
		assert_eq!(run().state, State::Challenge);
		assert_noop!(advance(), Error::<Test>::NothingDue);
		pass_deadline();
		assert_ok!(advance());
		assert_eq!(run().state, State::Settling);
		assert_eq!(world().closed.len(), 5);

		// The settlement takes two calls, and its terms stay the same though a payout changes.
		change(|world| {
			world.settle_steps = 33;
			world.datasets.get_mut(&1).unwrap().terms.payout = PASSER;
		});
		assert_ok!(advance());
		assert_eq!(run().state, State::Settling);
		assert_ok!(advance());
		assert_eq!(run().state, State::Settled);
		assert!(world()
			.datasets
			.values()
			.all(|dataset| dataset.users.is_empty()));

		let terms = world().settled_with.unwrap();
		assert_eq!(terms.planned_units, run().planned.units);
		let units = run().planned.units;
		assert_eq!((units[0], units[3]), (0, units[1] + units[2]));
		assert_eq!(terms.split_ppm, plan().split_ppm);
		assert!(!terms.bond_to_publishers);
		let paid = vec![(1, payout_of(&OWNER_A), 220), (2, payout_of(&OWNER_B), 196)];
		assert_eq!(terms.licence, paid);
		assert_noop!(advance(), Error::<Test>::NothingDue);
	});
}

#[test]
fn a_payout_that_changed_is_where_pool_and_licence_are_paid() {
	test(|| {
		appraising();
		change(|world| {
			world.appraised = Some((true, Basis::Scores));
			world.datasets.get_mut(&1).unwrap().terms.payout = PASSER;
			world.booked.clear();
		});
		for _ in 0..3 {
			advance().unwrap();
			pass_deadline();
		}
		let subject = pallet_contributions::Subject::Dataset(1);
		assert_eq!(
			world().booked,
			vec![(0, Role::DataProvider, subject, PASSER, 0)]
		);
		let paid = vec![(1, PASSER, 220), (2, payout_of(&OWNER_B), 196)];
		assert_eq!(world().settled_with.unwrap().licence, paid);
	});
}

#[test]
fn a_test_set_that_is_not_revealed_costs_the_bond() {
	test(|| {
		appraising();
		change(|world| world.appraised = Some((false, Basis::LicencePrice)));
		for _ in 0..3 {
			advance().unwrap();
			pass_deadline();
		}
		assert!(world().settled_with.unwrap().bond_to_publishers);
	});
}

#[test]
fn a_tip_is_paid_for_a_move_and_for_nothing_else() {
	test(|| {
		let tips = || Balances::free_balance(PASSER) - RICH;
		propose(plan()).unwrap();
		assert_noop!(advance(), Error::<Test>::NothingDue);
		assert_eq!(tips(), 0);
		change(|world| world.datasets.get_mut(&2).unwrap().granted.insert(0));
		// Too small a limit moves the run all the same.
		assert_ok!(advance_with(3));
		assert_eq!((run().state, tips()), (State::Enrolling, 0));
		enrol(TRAINER, Role::Trainer).unwrap();
		pass_deadline();
		assert_ok!(advance());
		assert_eq!(tips(), 7);
		skip_epochs(2);
		assert_ok!(deal());
		assert_eq!(tips(), 14);
	});
}

#[test]
fn tips_never_exceed_their_purse_and_idle_appraisals_earn_none() {
	test(|| {
		propose(RunPlan { tip: 10, ..plan() }).unwrap();
		change(|world| world.datasets.get_mut(&2).unwrap().granted.insert(0));
		advance().unwrap();
		enrol(TRAINER, Role::Trainer).unwrap();
		pass_deadline();
		advance().unwrap();
		assert_eq!(Balances::free_balance(PASSER), RICH + 10);
		skip_epochs(2);
		assert_ok!(deal());
		assert_eq!(Balances::free_balance(PASSER), RICH + 10);
		assert_eq!(Fakes::held(0, Purse::Tip), 0);
	});
	test(|| {
		appraising();
		let before = Balances::free_balance(PASSER);
		assert_noop!(advance(), Error::<Test>::NothingDue);
		assert_eq!(Balances::free_balance(PASSER), before);
		change(|world| world.appraised = Some((true, Basis::Scores)));
		assert_ok!(advance());
		assert_eq!(Balances::free_balance(PASSER), before + 7);
	});
}

#[test]
fn advancing_needs_a_run_and_a_limit() {
	test(|| {
		assert_noop!(advance(), Error::<Test>::RunNotFound);
		assert_noop!(advance_with(0), Error::<Test>::ZeroLimit);
	});
}
