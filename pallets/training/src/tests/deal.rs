use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};
use guerdon_receipt::{Role, Work};
use std::collections::BTreeSet;

fn deal_with(limit: u32) -> frame_support::dispatch::DispatchResult {
	send(PASSER, Call::deal { run: 0, limit })
}

/// Everything that was dealt, as (work, contributor, committee).
fn hands() -> Vec<(
	Work,
	sp_runtime::AccountId32,
	Committee<sp_runtime::AccountId32>,
)> {
	(0..run().next_task)
		.map(task)
		.map(|task| (task.work, task.contributor, task.committee))
		.collect()
}

#[test]
fn a_round_covers_every_record_of_every_dataset_once() {
	test(|| {
		dealt();
		let work: Vec<_> = hands().into_iter().map(|(work, ..)| work).collect();
		let train = |dataset, first, count| Work::Train {
			dataset,
			first,
			count,
			passes: 3,
		};
		assert_eq!(
			work,
			vec![
				train(1, 0, 20),
				train(1, 20, 20),
				train(2, 0, 20),
				train(2, 20, 12)
			]
		);
		let units: Vec<_> = (0..4).map(|index| task(index).units).collect();
		assert_eq!(units, vec![60, 60, 60, 36]);
		assert_eq!((run().round_open, run().stage), (4, Stage::Training));
	});
}

#[test]
fn tasks_are_dealt_evenly() {
	test(|| {
		dealt();
		let hers = hands()
			.into_iter()
			.filter(|(_, who, _)| *who == TRAINER)
			.count();
		assert_eq!(hers, 2);
	});
}

#[test]
fn committees_are_distinct_attestors_whose_bond_is_locked_once() {
	test(|| {
		dealt();
		for (_, contributor, committee) in hands() {
			let distinct: BTreeSet<_> = committee.iter().collect();
			assert_eq!(distinct.len(), 3);
			assert!(!distinct.contains(&contributor));
		}
		assert!(world().locks.values().all(|locks| *locks == 1));
		assert_eq!(world().locks.len(), Locks::<Test>::iter_prefix(0).count());
	});
}

#[test]
fn sponsor_owners_and_contributor_never_attest() {
	test(|| {
		change(|world| {
			let parties = [SPONSOR, OWNER_A, OWNER_B, TRAINER, TRAINER_B];
			world.seats.splice(0..4, parties);
		});
		dealt();
		for (_, contributor, committee) in hands() {
			for nobody in [SPONSOR, OWNER_A, OWNER_B, contributor] {
				assert!(!committee.contains(&nobody));
			}
		}
	});
}

#[test]
fn when_and_in_what_portions_tasks_are_dealt_changes_nothing() {
	let at_once = std::cell::RefCell::new(Vec::new());
	test(|| {
		dealt();
		*at_once.borrow_mut() = hands();
	});
	test(|| {
		working();
		skip_epochs(2);
		for _ in 0..4 {
			assert_ok!(deal_with(1));
			skip_epochs(1);
			System::set_block_number(System::block_number() + 1);
		}
		assert_eq!(hands(), at_once.take());
	});
}

#[test]
fn nothing_is_dealt_before_its_seed_exists() {
	test(|| {
		working();
		assert_noop!(deal(), Error::<Test>::SeedPending);
		skip_epochs(1);
		assert_noop!(deal(), Error::<Test>::SeedPending);
		skip_epochs(1);
		assert_ok!(deal());
		assert_noop!(deal(), Error::<Test>::NothingDue);
	});
}

#[test]
fn a_seed_that_is_gone_is_replaced_by_one_not_known_yet() {
	test(|| {
		working();
		skip_epochs(10);
		assert_ok!(deal_with(1));
		assert_eq!((run().draw_epoch, run().next_task), (world().epoch + 2, 0));
		assert_noop!(deal(), Error::<Test>::SeedPending);
		skip_epochs(2);
		assert_ok!(deal());
		assert_eq!(run().next_task, 4);
	});
	test(|| {
		// The same in the queue, for an epoch that had no block.
		working();
		post_feedback(1).unwrap();
		change(|world| world.lost_seeds.insert(12));
		skip_epochs(2);
		assert_ok!(deal_with(1));
		assert_eq!(Queue::<Test>::get(0, 1).unwrap().epoch, 14);
		let put_off = |event: &Event<Test>| matches!(event, Event::DrawPutOff { epoch: 14, .. });
		assert_eq!(happened(put_off), 1);
	});
}

#[test]
fn who_only_puts_draws_off_earns_no_tip() {
	test(|| {
		working();
		let tips = || happened(|event| matches!(event, Event::TipPaid { .. }));
		let before = tips();
		// GIVEN seeds that nobody used while they were kept
		skip_epochs(10);
		// WHEN draws are put off, THEN it is not paid; whoever deals is.
		assert_ok!(deal());
		assert_eq!(tips(), before);
		skip_epochs(2);
		assert_ok!(deal());
		assert_eq!(run().next_task, 4);
		assert_eq!(tips(), before + 1);
	});
}

#[test]
fn a_queue_whose_seeds_are_gone_is_put_off_as_a_whole() {
	test(|| {
		working();
		skip_epochs(2);
		assert_ok!(deal());
		System::set_block_number(task(3).deadline + 1);
		advance().unwrap();
		assert_eq!(run().queue_tail - run().queue_head, 4);
		// WHEN nobody comes while the seed is kept, and then once
		skip_epochs(11);
		assert_ok!(deal());
		assert_noop!(deal(), Error::<Test>::SeedPending);
		// THEN two epochs later everything is dealt, not only the first of them.
		skip_epochs(2);
		assert_ok!(deal());
		assert_eq!((run().next_task, run().round_open), (8, 4));
	});
}

#[test]
fn nobody_chooses_who_aggregates_by_what_is_queued_before() {
	let drawn = |posted: u32| {
		let found = std::cell::RefCell::new(None);
		test(|| {
			dealt();
			deliver(0..4);
			// The seed is known: it was noted when the round was dealt.
			skip_epochs(2);
			for _ in 0..posted {
				post_feedback(1).unwrap();
			}
			advance().unwrap();
			skip_epochs(2);
			deal().unwrap();
			let aggregate = (0..run().next_task)
				.map(task)
				.find(|task| task.work == Work::Aggregate)
				.unwrap();
			*found.borrow_mut() = Some((aggregate.contributor, aggregate.committee));
		});
		found.take().unwrap()
	};
	assert_eq!(drawn(0), drawn(1));
	assert_eq!(drawn(0), drawn(2));
}

#[test]
fn the_next_draw_is_noted_when_a_round_is_dealt() {
	test(|| {
		dealt();
		assert_eq!(run().next_draw_epoch, world().epoch + 2);
		deliver(0..4);
		advance().unwrap();
		// Noted four epochs ago at the start of the work, two ago when the round was dealt.
		assert_noop!(deal(), Error::<Test>::SeedPending);
		skip_epochs(2);
		assert_ok!(deal());
		deliver([4]);
		assert_eq!(run().draw_epoch, world().epoch);
		assert_ok!(deal());
		assert_eq!(task(5).base_model, [104; 32]);
	});
}

#[test]
fn too_few_attestors_deal_nothing_and_the_deadline_ends_it() {
	test(|| {
		working();
		change(|world| world.seats.truncate(2));
		skip_epochs(2);
		assert_noop!(deal(), Error::<Test>::NotEnoughAttestors);
		pass_deadline();
		assert_noop!(deal(), Error::<Test>::TooLate);
		assert_ok!(advance());
		assert_eq!(run().state, State::Cancelled);
		assert_ok!(prune());
		// Two tips were paid while there was a run, a third for ending it.
		assert_eq!(Balances::free_balance(SPONSOR), RICH - 3 * 7);
	});
}

#[test]
fn no_task_is_dealt_on_a_dataset_that_was_withdrawn() {
	test(|| {
		working();
		skip_epochs(2);
		assert_ok!(deal_with(1));
		change(|world| world.datasets.get_mut(&1).unwrap().may_deal = false);
		assert_ok!(deal());
		let datasets: Vec<_> = hands()
			.into_iter()
			.map(|(work, ..)| match work {
				Work::Train { dataset, .. } => dataset,
				_ => 0,
			})
			.collect();
		assert_eq!(datasets, vec![1, 2, 2]);
		// What was dealt before may finish; missed, it is not dealt again.
		System::set_block_number(System::block_number() + 21);
		deal().unwrap_err();
		advance().unwrap();
		assert_eq!((run().queue_tail, run().round_open), (3, 3));
		skip_epochs(2);
		assert_ok!(deal());
		assert_eq!((run().next_task, run().round_open), (5, 2));
		assert_eq!(
			happened(|event| matches!(event, Event::WorkDropped { .. })),
			1
		);
	});
}

#[test]
fn a_missed_task_goes_to_somebody_else_with_a_seed_of_its_own() {
	test(|| {
		dealt();
		System::set_block_number(task(0).deadline + 1);
		advance().unwrap();
		assert_eq!(task(0).state, TaskState::Missed);
		assert_noop!(deal(), Error::<Test>::SeedPending);
		skip_epochs(2);
		assert_ok!(deal());
		for (first, second) in (0..4).zip(4..8) {
			assert_eq!(task(first).work, task(second).work);
			assert_ne!(task(first).contributor, task(second).contributor);
			assert_eq!((task(first).attempt, task(second).attempt), (1, 2));
			assert_eq!(task(second).epoch, world().epoch);
		}
		assert_eq!(run().round_open, 4);
	});
}

#[test]
fn the_only_trainer_gets_its_missed_task_again() {
	test(|| {
		enrolling();
		enrol(TRAINER, Role::Trainer).unwrap();
		pass_deadline();
		advance().unwrap();
		skip_epochs(2);
		deal_with(1).unwrap();
		System::set_block_number(task(0).deadline + 1);
		advance().unwrap();
		skip_epochs(2);
		deal_with(1).unwrap();
		assert_eq!(task(1).contributor, TRAINER);
	});
}

#[test]
fn dealing_needs_a_run_that_works_and_a_limit() {
	test(|| {
		assert_noop!(deal(), Error::<Test>::RunNotFound);
		enrolling();
		assert_noop!(deal(), Error::<Test>::WrongState);
		assert_noop!(deal_with(0), Error::<Test>::ZeroLimit);
	});
}

#[test]
fn nobody_to_deal_to_is_said_so() {
	test(|| {
		working();
		Rosters::<Test>::remove(0, Role::Trainer);
		skip_epochs(2);
		assert_noop!(deal(), Error::<Test>::NobodyEnrolled);
		// And ends the work: nothing was accepted, so nothing is divided.
		assert_ok!(advance());
		assert_eq!(run().state, State::Cancelled);
	});
}
