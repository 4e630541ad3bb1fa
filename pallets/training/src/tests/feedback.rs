use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};
use guerdon_receipt::{Role, Work};
use pallet_contributions::Subject;

#[test]
fn a_batch_is_dealt_to_a_user_and_counts_its_items() {
	test(|| {
		working();
		assert_ok!(post_feedback(8));
		assert_eq!((run().feedback_posted, run().feedback_open), (1, 1));

		skip_epochs(2);
		deal().unwrap();
		// The queue goes first.
		let batch = task(0);
		assert!(matches!(
			batch.work,
			Work::Feedback {
				batch: 0,
				items: 8,
				..
			}
		));
		assert_eq!((batch.contributor, batch.units), (USER, 8));

		deliver([0]);
		assert_eq!(run().feedback_open, 0);
		let line = (0, Role::User, Subject::Account(USER), payout_of(&USER), 8);
		assert!(world().booked.contains(&line));
	});
}

#[test]
fn a_batch_that_is_sent_twice_is_posted_once() {
	test(|| {
		working();
		assert_ok!(post_feedback_as(SPONSOR, 0, 8));
		assert_noop!(post_feedback_as(SPONSOR, 0, 8), Error::<Test>::WrongBatch);
		assert_ok!(post_feedback_as(SPONSOR, 1, 8));
	});
}

#[test]
fn a_run_waits_for_planned_feedback_and_no_longer() {
	test(|| {
		working();
		all_rounds();
		assert_noop!(advance(), Error::<Test>::NothingDue);
		post_feedback(10).unwrap();
		post_feedback(1).unwrap();
		skip_epochs(2);
		let first = run().next_task;
		deal().unwrap();
		assert_noop!(advance(), Error::<Test>::NothingDue);
		deliver(first..run().next_task);
		assert_ok!(advance());
		assert_eq!(run().state, State::Appraising);
	});
}

#[test]
fn users_who_never_answer_do_not_hold_a_run_up() {
	test(|| {
		working();
		post_feedback(10).unwrap();
		post_feedback(10).unwrap();
		// Two batches missed twice are four strikes.
		for _ in 0..2 {
			skip_epochs(2);
			deal().unwrap();
			let trains = |index: &u32| {
				matches!(task(*index).work, Work::Train { .. })
					&& task(*index).state == TaskState::Open
			};
			deliver((0..run().next_task).filter(trains).collect::<Vec<_>>());
			System::set_block_number(System::block_number() + 21);
			assert_ok!(advance());
		}
		assert!(Rosters::<Test>::get(0, Role::User).is_empty());
		assert_eq!(
			happened(|event| matches!(event, Event::StruckOff { who, .. } if *who == USER)),
			1
		);
		assert_noop!(post_feedback(1), Error::<Test>::BatchesExceeded);
		// Nobody is left to deal them to.
		skip_epochs(2);
		assert_ok!(deal());
		assert_eq!(run().feedback_open, 0);
		assert_eq!(
			happened(|event| matches!(event, Event::WorkDropped { .. })),
			2
		);
	});
}

#[test]
fn every_wrong_batch_is_refused() {
	test(|| {
		assert_noop!(post_feedback(1), Error::<Test>::RunNotFound);
		enrolling();
		assert_noop!(post_feedback(1), Error::<Test>::WrongState);
		enrol(TRAINER, Role::Trainer).unwrap();
		pass_deadline();
		advance().unwrap();
		assert_noop!(post_feedback(1), Error::<Test>::NobodyEnrolled);
		assert_noop!(post_feedback(0), Error::<Test>::ItemsOutOfBounds);
		assert_noop!(post_feedback(11), Error::<Test>::ItemsOutOfBounds);
		assert_noop!(post_feedback_as(USER, 0, 1), Error::<Test>::NotAuthorized);
		assert_noop!(post_feedback_as(SPONSOR, 1, 1), Error::<Test>::WrongBatch);
		pass_deadline();
		assert_noop!(post_feedback(1), Error::<Test>::TooLate);
	});
	test(|| {
		working();
		post_feedback(1).unwrap();
		post_feedback(1).unwrap();
		assert_noop!(post_feedback(1), Error::<Test>::BatchesExceeded);
	});
	test(|| {
		let datasets = frame_support::BoundedVec::truncate_from(vec![1]);
		propose(RunPlan {
			feedback: None,
			datasets,
			..plan()
		})
		.unwrap();
		advance().unwrap();
		enrol(TRAINER, Role::Trainer).unwrap();
		pass_deadline();
		advance().unwrap();
		assert_noop!(post_feedback(1), Error::<Test>::NoFeedbackPlanned);
	});
}
