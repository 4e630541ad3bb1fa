//! The stored layout: a changed encoding fails here, and has to come with a migration.

use crate::{mock::*, *};
use codec::{Encode, MaxEncodedLen};
use guerdon_receipt::{Role, Work};
use sp_io::hashing::blake2_256;

fn digest(value: impl Encode) -> String {
	let digest = blake2_256(&value.encode());
	digest
		.iter()
		.take(8)
		.map(|byte| format!("{byte:02x}"))
		.collect()
}

#[test]
fn stored_types_keep_their_layout() {
	test(|| {
		enrolling();
		invite(SPONSOR, PASSER, Role::User).unwrap();
		let invitation = Invitations::<Test>::get(0, PASSER).unwrap();
		withdraw_invitation(SPONSOR, PASSER).unwrap();
		all_at_work();
		post_feedback(1).unwrap();
		deliver([0]);
		let receipt = Receipts::<Test>::iter_values().next().unwrap();
		let golden = [
			("run", digest(run())),
			("plan", digest(plan())),
			("dataset", digest(RunDatasets::<Test>::get(0, 1).unwrap())),
			(
				"enrolment",
				digest(Enrolments::<Test>::get(0, USER).unwrap()),
			),
			(
				"deposit",
				digest(EnrolmentDeposits::<Test>::get(0, USER).unwrap()),
			),
			("invitation", digest(invitation)),
			("task", digest(task(1))),
			("pending", digest(Queue::<Test>::get(0, 0).unwrap())),
			("receipt", digest(receipt)),
			("submission", digest(good(1))),
		];
		let expected = GOLDEN.map(|(name, digest)| (name, digest.to_string()));
		assert_eq!(golden, expected);
	});
}

const GOLDEN: [(&str, &str); 10] = [
	("run", "37030bb97721ce6d"),
	("plan", "79912eb6fb058e0f"),
	("dataset", "ef16b65d40ff5274"),
	("enrolment", "97e741865cac010c"),
	("deposit", "5e2137953935040b"),
	("invitation", "c7dea9991f66623f"),
	("task", "cc3e2931682d1d21"),
	("pending", "9e2335275dd19371"),
	("receipt", "a4769c4b416da4b7"),
	("submission", "63e2fc5ceaa1fe8f"),
];

#[test]
fn enumerations_keep_their_indices() {
	assert_eq!(State::Proposed.encode(), [0]);
	assert_eq!(State::Cancelled.encode(), [7]);
	assert_eq!(Stage::Finishing.encode(), [4]);
	assert_eq!(Standing::Dropped.encode(), [2]);
	assert_eq!(TaskState::Missed.encode(), [2]);
	assert_eq!(TaskState::Replaced.encode(), [3]);
	assert_eq!(Whom::<u8>::Anyone.encode(), [0]);
	assert_eq!(Whom::NotBy(7u8).encode(), [1, 7]);
	assert_eq!(Whom::<u8>::Again(7).encode(), [2, 7, 0, 0, 0]);
	assert_eq!(Refusal::WrongGenesis.encode(), [0]);
	assert_eq!(Refusal::LedgerRefused.encode(), [15]);
	assert_eq!(Work::Aggregate.encode(), [2]);
	let context = DrawContext::QueuedCommittee { run: 1, number: 2 };
	assert_eq!(context.encode(), [3, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0]);
	let context = DrawContext::AggregateCommittee { run: 1, round: 2 };
	assert_eq!(context.encode(), [5, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0]);
}

#[test]
fn stored_values_are_small() {
	assert!(RunOf::<Test>::max_encoded_len() < 400);
	assert!(TaskOf::<Test>::max_encoded_len() < 800);
	assert!(EnrolmentOf::<Test>::max_encoded_len() < 300);
	assert!(Submission::max_encoded_len() < 2_400);
}
