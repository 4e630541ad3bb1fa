use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok, BoundedVec};
use guerdon_receipt::{sign, Receipt, Role};
use pallet_contributions::Subject;
use sp_runtime::AccountId32;

/// Submits a receipt for task 0 with one thing changed before it is signed, and says why it was
/// refused. Everything but the refusal must be as before.
fn refused(change: impl FnOnce(&mut Receipt)) -> Refusal {
	let mut receipt = receipt(0);
	change(&mut receipt);
	refused_item(signed(receipt, &task(0).committee[..2]))
}

fn refused_item(item: Submission) -> Refusal {
	let before = (run(), task(0), world().booked, refusals().len());
	assert_ok!(submit(vec![item]));
	let after = (run(), task(0), world().booked, refusals().len() - 1);
	assert_eq!(before, after);
	assert_eq!(
		Receipts::<Test>::iter().count(),
		ReceiptTasks::<Test>::iter().count()
	);
	*refusals().last().unwrap()
}

/// A receipt for task 0 with these attestations, none of them right by default.
fn refused_attestations(attestors: &[AccountId32]) -> Refusal {
	refused_item(signed(receipt(0), attestors))
}

#[test]
fn an_accepted_receipt_books_everybody_and_closes_the_task() {
	test(|| {
		dealt();
		let task_before = task(0);
		assert_ok!(submit(vec![good(0)]));

		let id = receipt(0).id();
		assert_eq!(task(0).state, TaskState::Done { receipt: id });
		let kept = Receipts::<Test>::get(0, id).unwrap();
		assert_eq!(
			(kept.task, kept.signers, kept.result),
			(0, 0b011, [100; 32])
		);
		assert_eq!(ReceiptTasks::<Test>::get(id), Some((0, 0)));
		assert_eq!(
			(run().accepted, run().round_open, run().round_done),
			(1, 3, 1)
		);
		let enrolment = Enrolments::<Test>::get(0, &task_before.contributor).unwrap();
		assert_eq!((enrolment.dealt, enrolment.accepted), (2, 1));

		let account = |who: &AccountId32| (Subject::Account(who.clone()), payout_of(who));
		let (trainer, paid) = account(&task_before.contributor);
		let (first, first_paid) = account(&task_before.committee[0]);
		let (second, second_paid) = account(&task_before.committee[1]);
		assert_eq!(
			world().booked,
			vec![
				(0, Role::Trainer, trainer, paid, 60),
				(0, Role::Attestor, first, first_paid, 60),
				(0, Role::Attestor, second, second_paid, 60),
				(
					0,
					Role::DataProvider,
					Subject::Dataset(1),
					payout_of(&OWNER_A),
					20
				),
			]
		);
	});
}

#[test]
fn licence_money_vests_once_per_record_and_the_flat_fee_once_per_dataset() {
	test(|| {
		dealt();
		let vested = |dataset| {
			let kept = RunDatasets::<Test>::get(0, dataset).unwrap();
			(kept.used, kept.vested)
		};
		deliver([0]);
		assert_eq!(vested(1), (20, 100 + 20 * 3));
		deliver([1, 3]);
		assert_eq!(
			(vested(1), vested(2)),
			((40, 100 + 40 * 3), (12, 100 + 12 * 3))
		);
	});
	test(|| {
		working();
		all_rounds();
		let total: u128 = [1, 2]
			.into_iter()
			.map(|dataset| RunDatasets::<Test>::get(0, dataset).unwrap().vested)
			.sum();
		// Two rounds used everything twice: the whole ceiling vested, and not a unit more.
		assert_eq!(total, 416);
		let provided = world()
			.booked
			.iter()
			.filter(|line| line.1 == Role::DataProvider)
			.count();
		assert_eq!(provided, 4);
	});
}

#[test]
fn units_never_exceed_what_was_planned() {
	test(|| {
		working();
		all_rounds();
		let booked = |role| {
			let lines = world().booked.into_iter().filter(|line| line.1 == role);
			lines.map(|line| line.4).sum::<u64>()
		};
		let planned = run().planned.units;
		assert_eq!(booked(Role::Trainer), planned[Role::Trainer.index()]);
		// Two of three attestors signed each; nobody gave feedback.
		assert_eq!(booked(Role::Attestor), 2 * planned[Role::Trainer.index()]);
	});
}

#[test]
fn a_receipt_for_another_chain_is_refused() {
	test(|| {
		dealt();
		assert_eq!(
			refused(|receipt| receipt.genesis = [0; 32]),
			Refusal::WrongGenesis
		);
	});
}

#[test]
fn an_unknown_version_is_refused() {
	test(|| {
		dealt();
		assert_eq!(
			refused(|receipt| receipt.version = 2),
			Refusal::UnknownVersion
		);
	});
}

#[test]
fn a_receipt_is_not_replayed_into_another_run() {
	test(|| {
		dealt();
		assert_eq!(refused(|receipt| receipt.run = 1), Refusal::WrongRun);
		// The other run exists and has such a task: it takes no receipt of this one either.
		let mut other = run();
		other.deposit = 0;
		Runs::<Test>::insert(1, &other);
		Plans::<Test>::insert(1, plan());
		Tasks::<Test>::insert(1, 0, task(0));
		let items = BoundedVec::truncate_from(vec![good(0)]);
		assert_ok!(send(PASSER, Call::submit { run: 1, items }));
		assert_eq!(refusals().last(), Some(&Refusal::WrongRun));
		Runs::<Test>::remove(1);
		Plans::<Test>::remove(1);
		Tasks::<Test>::remove(1, 0);
	});
}

#[test]
fn a_receipt_is_not_replayed_into_another_task() {
	test(|| {
		dealt();
		let mut item = good(0);
		item.receipt.task = (1..4)
			.find(|other| task(*other).contributor == task(0).contributor)
			.unwrap();
		assert_ok!(submit(vec![item]));
		assert_eq!(refusals(), vec![Refusal::BadSignature]);
	});
}

#[test]
fn a_task_counts_once() {
	test(|| {
		dealt();
		deliver([0]);
		assert_eq!(refused_item(good(0)), Refusal::TaskDone);
		// Nor does another receipt for the same task, signed by the third attestor too.
		let mut again = receipt(0);
		again.result = [77; 32];
		assert_eq!(
			refused_item(signed(again, &task(0).committee)),
			Refusal::TaskDone
		);
	});
}

#[test]
fn a_task_counts_once_within_a_batch_too() {
	test(|| {
		dealt();
		assert_ok!(submit(vec![good(0), good(0)]));
		assert_eq!(refusals(), vec![Refusal::TaskDone]);
		assert_eq!(run().accepted, 1);
	});
}

#[test]
fn a_run_that_does_not_work_takes_no_receipts() {
	test(|| {
		dealt();
		let item = good(0);
		pass_deadline();
		advance().unwrap();
		assert_eq!(refused_item(item), Refusal::RunNotWorking);
	});
}

#[test]
fn a_task_that_was_never_dealt_is_refused() {
	test(|| {
		dealt();
		assert_eq!(refused(|receipt| receipt.task = 9), Refusal::TaskNotFound);
	});
}

#[test]
fn a_task_is_done_by_whom_it_was_dealt_to() {
	test(|| {
		dealt();
		let other = if task(0).contributor == TRAINER {
			TRAINER_B
		} else {
			TRAINER
		};
		assert_eq!(
			refused(|receipt| receipt.contributor = other.into()),
			Refusal::NotYourTask
		);
	});
}

#[test]
fn the_deadline_is_a_deadline() {
	test(|| {
		dealt();
		System::set_block_number(task(0).deadline + 1);
		assert_eq!(refused(|_| ()), Refusal::DeadlinePassed);
		advance().unwrap();
		assert_eq!(refused(|_| ()), Refusal::DeadlinePassed);
	});
	test(|| {
		dealt();
		System::set_block_number(task(0).deadline);
		deliver([0]);
	});
}

#[test]
fn a_receipt_has_a_last_block_of_its_own() {
	test(|| {
		dealt();
		let now = System::block_number();
		assert_eq!(
			refused(|receipt| receipt.valid_until = now - 1),
			Refusal::Expired
		);
		let last = Receipt {
			valid_until: now,
			..receipt(0)
		};
		assert_ok!(submit(vec![signed(last, &task(0).committee[..2])]));
		assert_eq!(run().accepted, 1);
	});
}

#[test]
fn work_from_another_base_model_is_refused() {
	test(|| {
		dealt();
		assert_eq!(
			refused(|receipt| receipt.base_model = [5; 32]),
			Refusal::WrongBaseModel
		);
	});
}

#[test]
fn a_receipt_without_steps_or_with_an_impossible_metric_is_refused() {
	test(|| {
		dealt();
		assert_eq!(refused(|receipt| receipt.steps = 0), Refusal::NoSteps);
		let refusal = refused(|receipt| receipt.metric_after = 1_000_001);
		assert_eq!(refusal, Refusal::MetricOutOfRange);
		let refusal = refused(|receipt| receipt.metric_before = 1_000_001);
		assert_eq!(refusal, Refusal::MetricOutOfRange);
	});
}

#[test]
fn a_receipt_altered_after_signing_is_refused() {
	test(|| {
		dealt();
		let mut item = good(0);
		item.receipt.result = [66; 32];
		assert_eq!(refused_item(item), Refusal::BadSignature);
	});
	test(|| {
		// Signed again by the contributor, but not by the attestors.
		dealt();
		let mut item = good(0);
		item.receipt.result = [66; 32];
		let key = signing_key(&task(0).contributor);
		item.signature = sign::sign_receipt(&key, &item.receipt);
		assert_eq!(refused_item(item), Refusal::QuorumNotReached);
	});
}

#[test]
fn one_attestor_counted_twice_is_no_quorum() {
	test(|| {
		dealt();
		let one = task(0).committee[0].clone();
		assert_eq!(
			refused_attestations(&[one.clone(), one]),
			Refusal::QuorumNotReached
		);
	});
}

#[test]
fn a_signature_from_outside_of_the_committee_does_not_count() {
	test(|| {
		dealt();
		let committee = task(0).committee;
		let outsider = (0..8)
			.map(attestor)
			.find(|who| !committee.contains(who))
			.unwrap();
		let refusal = refused_attestations(&[committee[0].clone(), outsider, SPONSOR]);
		assert_eq!(refusal, Refusal::QuorumNotReached);
	});
}

#[test]
fn a_retired_attestor_does_not_count() {
	test(|| {
		dealt();
		let committee = task(0).committee;
		change(|world| world.inactive.insert(committee[1].clone()));
		assert_eq!(
			refused_attestations(&committee[..2]),
			Refusal::QuorumNotReached
		);
		assert_ok!(submit(vec![signed(receipt(0), &committee)]));
		assert_eq!(
			Receipts::<Test>::get(0, receipt(0).id()).unwrap().signers,
			0b101
		);
	});
}

#[test]
fn an_attestation_of_other_states_or_by_another_key_does_not_count() {
	test(|| {
		dealt();
		let mut item = good(0);
		item.attestations[1].states = [9; 32];
		assert_eq!(refused_item(item), Refusal::QuorumNotReached);
		let mut item = good(0);
		item.attestations[1].attestor = task(0).committee[2].clone().into();
		assert_eq!(refused_item(item), Refusal::QuorumNotReached);
	});
}

#[test]
fn a_bad_attestation_beside_a_quorum_does_no_harm() {
	test(|| {
		dealt();
		let mut item = signed(receipt(0), &task(0).committee);
		item.attestations[0].signature = [0; 64];
		assert_ok!(submit(vec![item]));
		assert_eq!(
			Receipts::<Test>::get(0, receipt(0).id()).unwrap().signers,
			0b110
		);
	});
}

#[test]
fn what_cannot_be_booked_is_refused_and_leaves_nothing() {
	test(|| {
		dealt();
		change(|world| world.ledger_fails = true);
		assert_eq!(refused_item(good(0)), Refusal::LedgerRefused);
		assert_eq!(RunDatasets::<Test>::get(0, 1).unwrap().used, 0);
	});
}

#[test]
fn one_bad_entry_never_fails_the_batch() {
	test(|| {
		dealt();
		let mut bad = good(1);
		bad.signature = [0; 64];
		assert_ok!(submit(vec![good(0), bad, good(2), good(3)]));
		assert_eq!(refusals(), vec![Refusal::BadSignature]);
		assert_eq!((run().accepted, run().round_open), (3, 1));
		let accepted = happened(|event| matches!(event, Event::ReceiptAccepted { .. }));
		assert_eq!(accepted, 3);
	});
}

#[test]
fn an_aggregate_ends_the_round_and_becomes_the_model() {
	test(|| {
		dealt();
		deliver(0..4);
		advance().unwrap();
		skip_epochs(2);
		deal().unwrap();
		assert_eq!(
			(task(4).work, task(4).units),
			(guerdon_receipt::Work::Aggregate, 5)
		);
		deliver([4]);
		assert_eq!(
			(run().round, run().model, run().round_done),
			(1, [104; 32], 0)
		);
		assert_eq!(
			run().stage,
			Stage::Dealing {
				dataset: 0,
				chunk: 0
			}
		);
	});
}

#[test]
fn an_empty_batch_or_an_unknown_run_is_an_error() {
	test(|| {
		assert_noop!(submit(vec![]), Error::<Test>::EmptyBatch);
		dealt();
		let items = BoundedVec::truncate_from(vec![good(0)]);
		assert_noop!(
			send(PASSER, Call::submit { run: 7, items }),
			Error::<Test>::RunNotFound
		);
	});
}

#[test]
fn a_batch_that_is_nested_too_deep_fails_and_refuses_no_receipt() {
	use frame_support::storage::{transactional::TRANSACTIONAL_LIMIT, with_storage_layer};
	fn nested(layers: u32, items: &[Submission]) -> frame_support::dispatch::DispatchResult {
		match layers.checked_sub(1) {
			Some(left) => with_storage_layer(|| nested(left, items)),
			None => submit(items.to_vec()),
		}
	}
	test(|| {
		dealt();
		let items = [good(0)];
		// The call takes the last layer for itself, and each receipt needs one more.
		assert_noop!(
			nested(TRANSACTIONAL_LIMIT - 1, &items),
			sp_runtime::TransactionalError::LimitReached
		);
		assert_eq!(refusals(), vec![]);
		assert_ok!(nested(TRANSACTIONAL_LIMIT - 2, &items));
		assert!(matches!(task(0).state, TaskState::Done { .. }));
	});
}
