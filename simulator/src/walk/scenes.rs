//! What chance alone would take too long to reach: bounds that are high, and people who stay away
//! for long.

use frame_support::traits::Get;
use guerdon_content::{frame, verify_final, RecordKind, RootBuilder, CHUNK};
use guerdon_receipt::{Role, Work};
use pallet_attestors::Kind;
use pallet_datasets::Approval;
use pallet_training::{Call as Run, FeedbackPlan, Stage};
use pallet_valuation::Method;
use sp_core::H256;
use sp_runtime::TransactionOutcome;

use super::*;
use crate::world::licence;

/// Plays each scene on the state that a walk left, and takes it back.
pub fn play(walk: &mut Walk) {
	let scenes = [
		every_seat_is_taken,
		too_many_announcements,
		too_many_ask_one_owner,
		too_many_records,
		nobody_aggregates,
		nobody_answers,
		too_many_cohorts,
	];
	for scene in scenes {
		aside(walk, scene);
	}
}

/// What was true before the scene is true again after it.
fn aside(walk: &mut Walk, scene: fn(&mut Walk)) {
	let watch = walk.watch.clone();
	let members = walk.members.clone();
	let _ = frame_support::storage::with_transaction(|| {
		scene(walk);
		walk.check();
		TransactionOutcome::Rollback(Ok::<(), DispatchError>(()))
	});
	walk.watch = watch;
	walk.members = members;
	walk.check();
}

/// Whoever comes last finds no seat.
fn every_seat_is_taken(walk: &mut Walk) {
	use pallet_attestors::{Call, Error};
	let bank = sp_keyring::Sr25519Keyring::Eve.to_account_id();
	let kind = Kind::Attestor;
	for number in 0.. {
		let actor = Actor::new(&format!("crowd {number}"));
		let dest = actor.account.clone().into();
		let value = 1_001 * GRD;
		let gift = pallet_balances::Call::transfer_keep_alive { dest, value };
		walk.send_as(&bank, gift).unwrap();
		let outcome = walk.send_as(
			&actor.account,
			Call::register {
				kind,
				key: guerdon_receipt::sign::public_key(&actor.key),
				possession: actor.possession(),
				endpoint: Default::default(),
				payout: actor.payout,
			},
		);
		if outcome.is_err() {
			assert_eq!(outcome, Err(Error::<Runtime>::MaxSeatsExceeded.into()));
			return;
		}
	}
}

/// Whoever announces without end has to publish or expire something first.
fn too_many_announcements(walk: &mut Walk) {
	use pallet_datasets::{AnnouncementCounts, Call, Config, Error};
	let owner = walk.world.owners[0].account.clone();
	let before = AnnouncementCounts::<Runtime>::get(&owner);
	for further in 0.. {
		let commitment = H256(walk.dice.bytes());
		let outcome = walk.send_as(&owner, Call::announce { commitment });
		if outcome.is_err() {
			assert_eq!(
				outcome,
				Err(Error::<Runtime>::MaxAnnouncementsExceeded.into())
			);
			let most: u32 = <Runtime as Config>::MaxAnnouncements::get();
			assert_eq!(before + further, most);
			return;
		}
	}
}

/// An owner who answers nobody is asked by 64 runs at most.
fn too_many_ask_one_owner(walk: &mut Walk) {
	let mut terms = licence(None);
	terms.approval = Approval::ByGrant;
	let content = crate::world::content(77, 32);
	let dataset = datasets::publish_now(walk, content, 32, terms);
	let sponsor = walk.world.sponsor.account.clone();
	for asked in 0.. {
		let plan = Box::new(training::small_plan(walk, dataset));
		let outcome = walk.send_as(&sponsor, Run::propose { plan });
		if outcome.is_err() {
			assert_eq!(
				outcome,
				Err(pallet_datasets::Error::<Runtime>::MaxPendingExceeded.into())
			);
			assert_eq!(asked, 64);
			return;
		}
	}
}

/// More records than threshold-KNN can count in one ball.
fn too_many_records(walk: &mut Walk) {
	let records = guerdon_valuation::MAX_RECORDS_IN_BALL + 1;
	let lines = "1\n".repeat(records as usize);
	let stream = frame(
		[("data.csv", lines.as_bytes())],
		RecordKind::Line { header: false },
	)
	.unwrap();
	let (body, last) = stream.split_at(stream.len() - CHUNK);
	let mut builder = RootBuilder::new();
	builder.update(body).unwrap();
	let (root, proof) = builder.finish(last).unwrap();
	let length = verify_final(&root, &proof).unwrap().stream_length;
	let content = (H256(root), length, proof);
	let dataset = datasets::publish_now(walk, content, records.into(), licence(None));
	let mut plan = training::small_plan(walk, dataset);
	plan.records_per_task = 512;
	plan.method = Method::ThresholdKnn;
	let sponsor = walk.world.sponsor.account.clone();
	let outcome = walk.send_as(
		&sponsor,
		Run::propose {
			plan: Box::new(plan),
		},
	);
	assert_eq!(
		outcome,
		Err(pallet_training::Error::<Runtime>::TooManyRecords.into())
	);
}

/// No trainer averages a round, while users are still asked.
fn nobody_aggregates(walk: &mut Walk) {
	with_one_of_each(walk, false);
}

/// All rounds are done, and the user never answers.
fn nobody_answers(walk: &mut Walk) {
	with_one_of_each(walk, true);
}

/// A run of one trainer and one user, who is asked late and does nothing, until its work is over.
fn with_one_of_each(walk: &mut Walk, aggregates: bool) {
	let dataset = {
		let content = crate::world::content(78, 32);
		datasets::publish_now(walk, content, 32, licence(None))
	};
	let sponsor = walk.world.sponsor.account.clone();
	let keeper = walk.world.keeper.account.clone();
	let mut plan = training::small_plan(walk, dataset);
	plan.max_enrolments = 2;
	plan.feedback = Some(FeedbackPlan {
		batches: 2,
		items_per_batch: 5,
		gold_commitment: H256::zero(),
	});
	let run = pallet_training::NextRunId::<Runtime>::get();
	let proposal = Box::new(plan.clone());
	walk.send_as(&sponsor, Run::propose { plan: proposal })
		.unwrap();
	walk.send_as(&keeper, Run::advance { run, limit: 1 })
		.unwrap();
	let people = [
		(walk.world.trainers[0].clone(), Role::Trainer),
		(walk.world.users[0].clone(), Role::User),
	];
	for (actor, role) in people {
		let call = Run::enrol {
			run,
			role,
			key: guerdon_receipt::sign::public_key(&actor.key),
			possession: actor.possession(),
			payout: actor.payout.clone(),
			endpoint: Default::default(),
		};
		walk.send_as(&actor.account, call).unwrap();
	}
	walk.pause(plan.windows.enrol + 1);
	for step in 0.. {
		let _ = walk.send_as(&keeper, Run::advance { run, limit: 16 });
		let now = Training::run(run).unwrap().0;
		if now.state != State::Working {
			return;
		}
		let _ = walk.send_as(&keeper, Run::deal { run, limit: 16 });
		let tasks = crate::world::open_tasks(run);
		let is_last_attempt = tasks
			.iter()
			.any(|(_, task)| task.work == Work::Aggregate && task.attempt == 3);
		if now.feedback_posted < 2 && (is_last_attempt || now.stage == Stage::Finishing) {
			walk.check();
			let number = now.feedback_posted;
			let items_root = H256::zero();
			walk.send_as(
				&sponsor,
				Run::post_feedback {
					run,
					number,
					items_root,
					items: 5,
				},
			)
			.unwrap();
		}
		for (index, task) in tasks {
			let is_done = match task.work {
				Work::Train { .. } => true,
				Work::Aggregate => aggregates,
				Work::Feedback { .. } => false,
			};
			if is_done {
				let items = vec![training::honest(walk, run, index, &task)];
				let items = items.try_into().unwrap();
				walk.send_as(&keeper, Run::submit { run, items }).unwrap();
			}
		}
		if step % 10 == 0 {
			walk.check();
		}
		next_block();
	}
}

/// A dataset has 16 cohorts at most.
fn too_many_cohorts(walk: &mut Walk) {
	use guerdon_share_tree::Payee;
	use pallet_settlement::{Call, Error, NextPoolId, MAX_COHORTS};
	let content = crate::world::content(79, 32);
	let dataset = datasets::publish_now(walk, content, 32, licence(None));
	let owner = pallet_datasets::Datasets::<Runtime>::get(dataset)
		.unwrap()
		.owner;
	for opened in 0.. {
		let pool = NextPoolId::<Runtime>::get();
		let outcome = walk.send_as(&owner, Call::open_members { dataset, weight: 1 });
		if outcome.is_err() {
			assert_eq!(outcome, Err(Error::<Runtime>::MaxCohortsExceeded.into()));
			assert_eq!(opened, MAX_COHORTS);
			break;
		}
		let payee = Payee::Account(walk.stranger());
		let members = vec![Leaf { payee, weight: 1 }].try_into().unwrap();
		let call = Call::stream_members {
			pool,
			from: 0,
			members,
		};
		walk.send_as(&owner, call).unwrap();
		walk.send_as(&owner, Call::seal_members { pool }).unwrap();
	}
}
