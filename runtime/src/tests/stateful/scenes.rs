//! What chance alone would take too long to reach: bounds that are high.

use guerdon_content::{frame, verify_final, RecordKind, RootBuilder, CHUNK};
use pallet_attestors::Kind;
use pallet_training::Call as Run;
use pallet_valuation::Method;
use sp_core::H256;
use sp_runtime::TransactionOutcome;

use super::{super::world::licence, *};

/// Plays each scene on the state that a walk left, and takes it back.
pub fn play(walk: &mut Walk) {
	for scene in [
		every_seat_is_taken,
		too_many_ask_one_owner,
		too_many_records,
	] {
		aside(walk, scene);
	}
}

/// What was true before the scene is true again after it.
fn aside(walk: &mut Walk, scene: fn(&mut Walk)) {
	let watch = walk.watch.clone();
	let _ = frame_support::storage::with_transaction(|| {
		scene(walk);
		walk.check();
		TransactionOutcome::Rollback(Ok::<(), DispatchError>(()))
	});
	walk.watch = watch;
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

/// An owner who answers nobody is asked by 64 runs at most.
fn too_many_ask_one_owner(walk: &mut Walk) {
	let mut terms = licence(None);
	terms.approval = training::BY_GRANT;
	let content = super::super::world::content(77, 32);
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
