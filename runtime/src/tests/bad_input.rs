//! What must be refused, on the real runtime.

use frame_support::{assert_noop, assert_ok, assert_storage_noop};
use guerdon_receipt::{sign::sign_receipt, Role, RunId, Work};
use guerdon_share_tree::Payee;
use guerdon_valuation::{Basis, Item, PointCounts};
use pallet_attestors::Kind;
use pallet_settlement::{Claim, Claims};
use pallet_training::{Refusal, State, Submission, TaskState};
use pallet_valuation::{Link, Method};
use sp_core::H256;

use super::{
	world::{next_block, *},
	*,
};
use crate::constants::currency::GRD;

type TrainingError = pallet_training::Error<Runtime>;
type SettlementError = pallet_settlement::Error<Runtime>;

fn endpoint() -> frame_support::BoundedVec<u8, frame_support::traits::ConstU32<128>> {
	b"https://example.org".to_vec().try_into().unwrap()
}

/// Works on a run until some of its tasks wait for their receipts.
fn with_open_tasks(world: &World, run: RunId, script: &Script) {
	world.start(run, script);
	while open_tasks(run).len() < 4 {
		next_block();
		let _ = world.advance(run, 16);
		let _ = world
			.keeper
			.act(pallet_training::Call::deal { run, limit: 16 });
	}
}

/// Hands in one submission and says why it was refused, if it was.
fn hand_in(world: &World, run: RunId, submission: Submission) -> Option<Refusal> {
	hand_in_all(world, run, vec![submission]).pop()
}

fn hand_in_all(world: &World, run: RunId, items: Vec<Submission>) -> Vec<Refusal> {
	System::reset_events();
	let items = items.try_into().unwrap();
	assert_ok!(world
		.stranger
		.act(pallet_training::Call::submit { run, items }));
	System::events()
		.into_iter()
		.filter_map(|record| match record.event {
			RuntimeEvent::Training(pallet_training::Event::ReceiptRefused { reason, .. }) => {
				Some(reason)
			}
			_ => None,
		})
		.collect()
}

mod receipts {
	use super::*;

	#[test]
	fn what_was_altered_or_is_for_something_else_is_refused() {
		development().execute_with(|| {
			let world = World::ready();
			let script = Script::default();
			let run = world.propose(&script);
			with_open_tasks(&world, run, &script);
			let tasks = open_tasks(run);
			let (index, task) = tasks[0].clone();
			let (_, second) = tasks
				.iter()
				.find(|(_, other)| other.contributor != task.contributor)
				.unwrap();
			let good = world.receipt(run, index, &task);
			let honest = world.submission(good.clone(), &task, 2);

			// Changed after it was signed.
			let mut altered = honest.clone();
			altered.receipt.metric_after += 1;
			assert_eq!(hand_in(&world, run, altered), Some(Refusal::BadSignature));
			let mut altered = honest.clone();
			altered.signature[0] ^= 1;
			assert_eq!(hand_in(&world, run, altered), Some(Refusal::BadSignature));

			// Changed and signed again: the attestations are for another receipt.
			let mut altered = honest.clone();
			altered.receipt.metric_after += 1;
			let trainer = (world.trainers.iter().chain(&world.users))
				.find(|actor| actor.account == task.contributor)
				.unwrap();
			altered.signature = sign_receipt(&trainer.key, &altered.receipt);
			assert_eq!(
				hand_in(&world, run, altered),
				Some(Refusal::QuorumNotReached)
			);

			// Truly signed, but not for this task, run or chain.
			let signed = |change: &dyn Fn(&mut guerdon_receipt::Receipt)| {
				let mut receipt = good.clone();
				change(&mut receipt);
				world.submission(receipt, &task, 3)
			};
			type Change<'a> = &'a dyn Fn(&mut guerdon_receipt::Receipt);
			let other = second.contributor.clone();
			let cases: [(Change, Refusal); 10] = [
				(&|it| it.genesis = [1; 32], Refusal::WrongGenesis),
				(&|it| it.version = 2, Refusal::UnknownVersion),
				(&|it| it.run += 1, Refusal::WrongRun),
				(&|it| it.task = 9_999, Refusal::TaskNotFound),
				(
					&|it| it.contributor = other.clone().into(),
					Refusal::NotYourTask,
				),
				(
					&|it| it.valid_until = System::block_number() - 1,
					Refusal::Expired,
				),
				(&|it| it.base_model = [9; 32], Refusal::WrongBaseModel),
				(&|it| it.steps = 0, Refusal::NoSteps),
				(
					&|it| it.metric_before = 1_000_001,
					Refusal::MetricOutOfRange,
				),
				(&|it| it.metric_after = 1_000_001, Refusal::MetricOutOfRange),
			];
			for (change, refusal) in cases {
				assert_eq!(hand_in(&world, run, signed(change)), Some(refusal));
			}

			// One member twice is one member; strangers are none.
			let lone = world.submission(good.clone(), &task, 1);
			assert_eq!(hand_in(&world, run, lone), Some(Refusal::QuorumNotReached));

			let table = read::table(run, Role::Trainer, 0, 64);
			assert_eq!(table.items, vec![], "nothing was booked");
			check_everything();

			// It counts once, whether it comes again in the same batch or later.
			let refused = hand_in_all(&world, run, vec![honest.clone(), honest.clone()]);
			assert_eq!(refused, vec![Refusal::TaskDone]);
			assert_eq!(hand_in(&world, run, honest), Some(Refusal::TaskDone));
			let accepted = Training::run(run).unwrap().0.accepted;
			assert_eq!(accepted, 1);

			// Another receipt of the same task is no second one.
			let again = world.submission(
				guerdon_receipt::Receipt {
					metric_after: 1,
					..good
				},
				&task,
				3,
			);
			assert_eq!(hand_in(&world, run, again), Some(Refusal::TaskDone));

			// And nothing counts after the deadline.
			let late = tasks.iter().find(|(other, _)| *other != index).unwrap();
			let late = world.submission(world.receipt(run, late.0, &late.1), &late.1, 3);
			at_block(task.deadline + 1);
			let mut valid = late;
			valid.receipt.valid_until = u32::MAX;
			assert_eq!(hand_in(&world, run, valid), Some(Refusal::DeadlinePassed));
			check_everything();
		});
	}

	#[test]
	fn a_receipt_of_one_run_is_nothing_in_another() {
		development().execute_with(|| {
			let world = World::ready();
			let script = Script {
				feedback: false,
				..Script::default()
			};
			let (one, other) = (world.propose(&script), world.propose(&script));
			world.start(one, &script);
			with_open_tasks(&world, other, &script);
			while open_tasks(one).is_empty() {
				assert_ok!(world
					.keeper
					.act(pallet_training::Call::deal { run: one, limit: 8 }));
			}
			let (index, task) = open_tasks(one)[0].clone();
			let receipt = world.receipt(one, index, &task);
			let honest = world.submission(receipt, &task, 3);
			assert_eq!(
				hand_in(&world, other, honest.clone()),
				Some(Refusal::WrongRun)
			);
			let mut renamed = honest.clone();
			renamed.receipt.run = other;
			let refusal = hand_in(&world, other, renamed);
			assert!(matches!(
				refusal,
				Some(Refusal::NotYourTask | Refusal::BadSignature)
			));
			assert_eq!(hand_in(&world, one, honest.clone()), None);
			assert_eq!(hand_in(&world, other, honest), Some(Refusal::WrongRun));
			assert_eq!(Training::run(other).unwrap().0.accepted, 0);
			check_everything();
		});
	}

	#[test]
	fn a_bad_one_does_not_take_the_others_of_its_batch_along() {
		development().execute_with(|| {
			let world = World::ready();
			let script = Script::default();
			let run = world.propose(&script);
			with_open_tasks(&world, run, &script);
			let mut items: Vec<_> = open_tasks(run)
				.into_iter()
				.map(|(index, task)| world.submission(world.receipt(run, index, &task), &task, 2))
				.collect();
			items[1].signature = [0; 64];
			let count = items.len() as u32;
			assert_eq!(hand_in_all(&world, run, items), vec![Refusal::BadSignature]);
			assert_eq!(Training::run(run).unwrap().0.accepted, count - 1);
			check_everything();
		});
	}
}

mod consent {
	use super::*;

	fn cites(work: &Work, wanted: u64) -> bool {
		matches!(work, Work::Train { dataset, .. } if *dataset == wanted)
	}

	/// Plays on after the consent ended for a dataset, one of whose tasks is never done.
	fn play_on(world: &World, run: RunId, script: &Script, dataset: u64) {
		let from = pallet_babe::EpochIndex::<Runtime>::get() + 1;
		let end = from * crate::constants::time::EPOCH_SLOTS;
		world.work(run, script);
		for (_, task) in all_tasks(run)
			.into_iter()
			.filter(|(_, task)| cites(&task.work, dataset))
		{
			let dealt = u64::from(task.deadline) - 30;
			assert!(dealt < end, "a task was dealt at block {dealt}");
			assert_eq!(task.round, 0);
			assert_eq!(task.attempt, 1);
		}
		assert!(all_tasks(run).iter().any(|(_, task)| task.round == 1));
		world.appraise(run, script);
		world.settle(run);
		super::super::line::check_and_pay(world, run, script, Basis::Scores);
	}

	#[test]
	fn nothing_is_dealt_on_a_withdrawn_dataset_and_what_was_earned_stays_earned() {
		development().execute_with(|| {
			let world = World::ready();
			let script = Script {
				withheld: vec![(0, 1, 0)],
				forges: false,
				..Script::default()
			};
			let run = world.propose(&script);
			with_open_tasks(&world, run, &script);
			while all_tasks(run)
				.iter()
				.filter(|(_, task)| cites(&task.work, 1))
				.count() < 3
			{
				world.work_a_block(run, &script);
				next_block();
			}
			assert_ok!(world.owners[1].act(pallet_datasets::Call::withdraw { dataset: 1 }));
			assert_noop!(
				world.sponsor.act(pallet_training::Call::propose {
					plan: Box::new(world.plan(&script))
				}),
				pallet_datasets::Error::<Runtime>::DatasetWithdrawn
			);
			play_on(&world, run, &script, 1);
			let kept = pallet_training::RunDatasets::<Runtime>::get(run, 1).unwrap();
			assert_eq!(kept.used, u64::from(RECORDS[1] - RECORDS_PER_TASK));
			assert_eq!(kept.vested, FLAT_FEE, "what was used is paid");
			assert_ok!(world.owners[1].act(pallet_datasets::Call::retire { dataset: 1 }));
			check_everything();
		});
	}

	#[test]
	fn nothing_is_dealt_after_a_grant_was_revoked() {
		development().execute_with(|| {
			let world = World::ready();
			let script = Script {
				withheld: vec![(0, 2, 0)],
				forges: false,
				..Script::default()
			};
			let run = world.propose(&script);
			with_open_tasks(&world, run, &script);
			while all_tasks(run)
				.iter()
				.filter(|(_, task)| cites(&task.work, 2))
				.count() < 2
			{
				world.work_a_block(run, &script);
				next_block();
			}
			let call = pallet_datasets::Call::revoke { dataset: 2, run };
			assert_ok!(world.owners[2].act(call));
			play_on(&world, run, &script, 2);
		});
	}

	#[test]
	fn nothing_is_dealt_after_a_licence_expired() {
		development().execute_with(|| {
			let end = 200;
			let world = World::ready_until(Some(end));
			let script = Script::default();
			let run = world.propose(&script);
			world.start(run, &script);
			assert!(System::block_number() < end);
			world.work(run, &script);
			let dealt: Vec<u32> = all_tasks(run)
				.into_iter()
				.filter(|(_, task)| cites(&task.work, 0))
				.map(|(_, task)| task.deadline - 30)
				.collect();
			assert!(!dealt.is_empty());
			assert!(dealt.iter().all(|block| *block < end), "{dealt:?}");
			assert!(System::block_number() > end);
			assert_noop!(
				world.sponsor.act(pallet_training::Call::propose {
					plan: Box::new(world.plan(&script))
				}),
				pallet_datasets::Error::<Runtime>::LicenceNotInForce
			);
			world.appraise(run, &script);
			world.settle(run);
			check_everything();
		});
	}

	#[test]
	fn a_dataset_whose_owner_is_silent_is_left_out() {
		development().execute_with(|| {
			let world = World::ready();
			let script = Script {
				datasets: vec![0, 1, 2],
				..Script::default()
			};
			let run = world.propose(&script);
			assert_noop!(world.advance(run, 16), TrainingError::NothingDue);
			at_block(Training::run(run).unwrap().0.deadline + 1);
			assert_ok!(world.advance(run, 16));
			let standing = pallet_training::RunDatasets::<Runtime>::get(run, 2)
				.unwrap()
				.standing;
			assert_eq!(standing, pallet_training::Standing::Dropped);
			// Too late: nobody waits for the answer any more.
			assert_noop!(
				world.owners[2].act(pallet_datasets::Call::grant { dataset: 2, run }),
				pallet_datasets::Error::<Runtime>::NotRequested
			);
			check_everything();
		});
	}
}

mod claims {
	use super::*;

	fn call(claim: &Claim<AccountId>) -> RuntimeCall {
		let Claim {
			pool,
			index,
			leaf,
			proof,
			opening,
		} = claim.clone();
		pallet_settlement::Call::claim {
			pool,
			index,
			leaf,
			proof,
			opening,
		}
		.into()
	}

	fn many(claims: &[&Claim<AccountId>]) -> RuntimeCall {
		let claims: Vec<_> = claims.iter().map(|claim| (*claim).clone()).collect();
		let claims = Claims::try_from(claims).unwrap();
		pallet_settlement::Call::claim_many { claims }.into()
	}

	#[test]
	fn only_what_is_due_is_paid_and_only_once() {
		development().execute_with(|| {
			let world = World::ready();
			let run = world.play(&Script::default());
			let attestors = Settlement::run_pool(run, Role::Attestor).unwrap();
			let claims: Vec<_> = leaves_of(run)
				.into_iter()
				.filter(|leaf| leaf.pool == attestors)
				.map(claim_for)
				.collect();
			assert!(claims.len() > 4);
			let refuse = |change: &dyn Fn(&mut Claim<AccountId>), why: SettlementError| {
				let mut claim = claims[1].clone();
				change(&mut claim);
				assert_noop!(world.stranger.act(call(&claim)), DispatchError::from(why));
			};
			refuse(&|it| it.index = 0, SettlementError::WrongProof);
			refuse(&|it| it.index = u64::MAX, SettlementError::LeafNotFound);
			refuse(
				&|it| it.index = claims.len() as u64,
				SettlementError::LeafNotFound,
			);
			refuse(&|it| it.pool = 99, SettlementError::NotFound);
			refuse(&|it| it.pool = attestors - 1, SettlementError::WrongProof);
			refuse(&|it| it.leaf.weight += 1, SettlementError::WrongProof);
			refuse(&|it| it.leaf.weight = u64::MAX, SettlementError::WrongProof);
			refuse(
				&|it| it.proof = claims[0].proof.clone(),
				SettlementError::WrongProof,
			);
			refuse(
				&|it| it.proof.siblings[0].sum += 1,
				SettlementError::WrongProof,
			);
			refuse(
				&|it| it.proof.siblings[0].hash[0] ^= 1,
				SettlementError::WrongProof,
			);
			refuse(
				&|it| it.proof.siblings.truncate(1),
				SettlementError::WrongProof,
			);
			let thief = world.stranger.account.clone();
			refuse(
				&|it| it.leaf.payee = Payee::Account(thief.clone()),
				SettlementError::WrongProof,
			);
			refuse(
				&|it| it.leaf.payee = Payee::Pool(0),
				SettlementError::WrongProof,
			);
			refuse(
				&|it| it.leaf.payee = Payee::Hidden([0; 32]),
				SettlementError::WrongProof,
			);
			refuse(
				&|it| {
					it.opening = Some(pallet_settlement::Opening {
						account: thief.clone(),
						salt: [0; 32],
					});
				},
				SettlementError::WrongOpening,
			);
			let pot = Settlement::pot();
			refuse(
				&|it| it.leaf.payee = Payee::Account(pot.clone()),
				SettlementError::PayeeIsPot,
			);

			assert_ok!(world.stranger.act(call(&claims[0])));
			let again = DispatchError::from(SettlementError::AlreadyClaimed);
			assert_noop!(world.stranger.act(call(&claims[0])), again);

			// Twice in one batch, together with one that was paid and one that is wrong.
			let mut wrong = claims[3].clone();
			wrong.leaf.weight += 1;
			let payee = |claim: &Claim<AccountId>| match &claim.leaf.payee {
				Payee::Account(payee) => payee.clone(),
				other => panic!("{other:?} is not paid"),
			};
			let batch = many(&[
				&claims[1], &claims[1], &claims[0], &wrong, &claims[2], &claims[1],
			]);
			System::reset_events();
			assert_ok!(world.stranger.act(batch));
			let mut refused = claim_refusals();
			refused.sort_by_key(|(index, _)| *index);
			assert_eq!(
				refused,
				vec![
					(0, again),
					(1, again),
					(1, again),
					(3, SettlementError::WrongProof.into())
				]
			);
			let due = |at: usize| {
				let view = Settlement::proof(attestors, at as u64).unwrap();
				assert_eq!(view.claimed, at < 3);
				view.proven.unwrap().entitlement
			};
			for (at, claim) in claims[..3].iter().enumerate() {
				assert_eq!(Balances::free_balance(payee(claim)), due(at));
			}
			assert_eq!(Balances::free_balance(payee(&claims[3])), 0);
			let paid = due(0) + due(1) + due(2);
			assert_eq!(Settlement::pool(attestors).unwrap().paid, paid);
			due(3);
			check_everything();
		});
	}

	#[test]
	fn nothing_can_be_claimed_before_the_money_is_divided() {
		development().execute_with(|| {
			let world = World::ready();
			let script = Script::default();
			let run = world.propose(&script);
			world.start(run, &script);
			world.work(run, &script);
			world.appraise(run, &script);
			let contributor = &world.attestors[0].payout;
			assert_eq!(read::account(contributor.clone()).claimable, 0);
			assert_eq!(claims_of(contributor), vec![]);
			at_block(Training::run(run).unwrap().0.deadline + 1);
			assert_ok!(world.advance(run, 16));
			assert_ok!(world.advance(run, 1));
			let pool = Settlement::run_pool(run, Role::DataProvider).unwrap();
			let entry = read::table(run, Role::DataProvider, 0, 1)
				.items
				.pop()
				.unwrap()
				.1;
			let leaf = guerdon_share_tree::Leaf {
				payee: Payee::Account(entry.payee),
				weight: entry.weight,
			};
			let proof = guerdon_share_tree::Proof::try_from(vec![]).unwrap();
			let claim = Claim {
				pool,
				index: 0,
				leaf,
				proof,
				opening: None,
			};
			let sealed = DispatchError::from(SettlementError::NotSealed);
			assert_noop!(world.stranger.act(call(&claim)), sealed);
			check_everything();
		});
	}

	#[test]
	fn a_gift_to_the_pot_is_a_surplus_and_never_paid() {
		development().execute_with(|| {
			let world = World::ready();
			let gift = 12_345_678;
			let dest = Settlement::pot().into();
			let call = pallet_balances::Call::transfer_keep_alive { dest, value: gift };
			assert_ok!(world.stranger.act(call));
			let script = Script::default();
			let run = world.play(&script);
			super::super::line::check_and_pay(&world, run, &script, Basis::Scores);
			assert_eq!(Settlement::conservation(None).surplus, gift);
		});
	}
}

#[rustfmt::skip::macros(vec)]
mod strangers {
	use super::*;

	/// What somebody without any part in a run may never do, whatever state it is in.
	fn never(run: RunId, world: &World) -> Vec<RuntimeCall> {
		use pallet_attestors::Call as Seat;
		use pallet_datasets::Call as Data;
		use pallet_settlement::Call as Money;
		use pallet_training::Call as Run;
		use pallet_treasury::Call as Vault;
		use pallet_valuation::Call as Value;
		let dataset = 2;
		let payout = world.stranger.account.clone();
		let attestor = world.attestors[0].account.clone();
		let signed = |states| pallet_attestors::SignedStates {
			states,
			signature: [0; 64],
		};
		let licence = licence(None);
		let link = Link {
			previous: [0; 32],
			item: Item::Point(PointCounts {
				in_ball: 0,
				same_label: 0,
				shares: Default::default(),
			}),
		};
		let mut calls: Vec<RuntimeCall> = vec![
			Data::grant { dataset, run }.into(),
			Data::revoke { dataset, run }.into(),
			Data::withdraw { dataset }.into(),
			Data::retire { dataset }.into(),
			Data::set_licence { dataset, licence }.into(),
			Data::set_payout { dataset, payout: payout.clone() }.into(),
			Run::cancel { run }.into(),
			Run::withdraw_enrolment { run }.into(),
			Run::request_committee { run, task: 0 }.into(),
			Run::invite { run, who: payout.clone(), role: Role::Trainer, purse: GRD }.into(),
			Run::withdraw_invitation { run, who: payout.clone() }.into(),
			Run::post_feedback { run, number: 0, items_root: H256::zero(), items: 1 }.into(),
			Run::advance { run, limit: 0 }.into(),
			Run::deal { run, limit: 0 }.into(),
			Run::prune { run, limit: 0 }.into(),
			Run::submit { run, items: Default::default() }.into(),
			Run::advance { run: 99, limit: 16 }.into(),
			Run::submit { run: 99, items: Default::default() }.into(),
			Value::commit { run, commitment: H256::zero() }.into(),
			Value::reveal { run, salt: H256::zero(), digest: [0; 32] }.into(),
			Value::stream { run, links: vec![link].try_into().unwrap(), header: None }.into(),
			Value::reveal_tests {
				run,
				root: H256([22; 32]),
				salt: H256([21; 32]),
				gold: Some((H256([24; 32]), H256([23; 32]))),
				endpoint: endpoint(),
			}
			.into(),
			Money::claim_due { account: payout.clone() }.into(),
			Money::claim_many { claims: Default::default() }.into(),
			Seat::report_equivocation {
				who: attestor,
				receipt: [0; 32],
				first: signed([1; 32]),
				second: signed([2; 32]),
			}
			.into(),
			Vault::spend_local { amount: 1, beneficiary: payout.clone().into() }.into(),
			Vault::spend {
				asset_kind: Box::new(()),
				amount: 1,
				beneficiary: Box::new(payout.clone()),
				valid_from: None,
			}
			.into(),
			Vault::payout { index: 0 }.into(),
			Vault::check_status { index: 0 }.into(),
			Vault::void_spend { index: 0 }.into(),
			Vault::remove_approval { proposal_id: 0 }.into(),
		];
		let seated = [&world.attestors[0], &world.appraisers[0]];
		for (kind, seated) in Kind::ALL.into_iter().zip(seated) {
			calls.extend::<[RuntimeCall; 5]>([
				Seat::evict {
					kind,
					who: seated.account.clone(),
				}
				.into(),
				Seat::retire { kind }.into(),
				Seat::withdraw { kind }.into(),
				Seat::set_endpoint {
					kind,
					endpoint: endpoint(),
				}
				.into(),
				Seat::set_payout {
					kind,
					payout: payout.clone(),
				}
				.into(),
			]);
		}
		calls
	}

	/// States in which a call is refused, who may send it in another, the call, and why it is refused.
	type Row<'a> = (&'static [State], &'a Actor, RuntimeCall, DispatchError);

	fn row<'a>(
		states: &'static [State],
		caller: &'a Actor,
		call: impl Into<RuntimeCall>,
		why: impl Into<DispatchError>,
	) -> Row<'a> {
		(states, caller, call.into(), why.into())
	}

	/// What shows the test set that the default script committed to.
	fn show_tests(run: RunId) -> RuntimeCall {
		pallet_valuation::Call::<Runtime>::reveal_tests {
			run,
			root: H256([22; 32]),
			salt: H256([21; 32]),
			gold: Some((H256([24; 32]), H256([23; 32]))),
			endpoint: endpoint(),
		}
		.into()
	}

	fn enrolment(run: RunId, actor: &Actor) -> RuntimeCall {
		pallet_training::Call::<Runtime>::enrol {
			run,
			role: Role::Trainer,
			key: guerdon_receipt::sign::public_key(&actor.key),
			possession: actor.possession(),
			payout: actor.payout.clone(),
			endpoint: endpoint(),
		}
		.into()
	}

	/// The claim of a run's first leaf, and why nothing is paid before its pool is funded.
	fn early_claim(run: RunId, payee: &Actor) -> (RuntimeCall, SettlementError) {
		let (pool, why) = match Settlement::run_pool(run, Role::DataProvider) {
			Some(pool) => (pool, SettlementError::NotSealed),
			None => (
				pallet_settlement::NextPoolId::<Runtime>::get(),
				SettlementError::NotFound,
			),
		};
		let leaf = guerdon_share_tree::Leaf {
			payee: Payee::Account(payee.account.clone()),
			weight: 1,
		};
		let call = pallet_settlement::Call::<Runtime>::claim {
			pool,
			index: 0,
			leaf,
			proof: guerdon_share_tree::Proof::try_from(vec![]).unwrap(),
			opening: None,
		};
		(call.into(), why)
	}

	/// Every call that belongs to some states, with the others.
	fn wrong_calls(run: RunId, world: &World) -> Vec<Row<'_>> {
		use pallet_training::Call as Run;
		use pallet_valuation::Call as Value;
		use State::{
			Appraising, Cancelled, Challenge, Enrolling, Proposed, Settled, Settling, Working,
		};
		type ValueError = pallet_valuation::Error<Runtime>;

		const ALL_BUT_ENROLLING: &[State] = &[
			Proposed, Working, Appraising, Challenge, Settling, Settled, Cancelled,
		];
		const ALL_BUT_WORKING: &[State] = &[
			Proposed, Enrolling, Appraising, Challenge, Settling, Settled, Cancelled,
		];
		const ALL_BUT_SETTLING: &[State] = &[
			Proposed, Enrolling, Working, Appraising, Challenge, Settled, Cancelled,
		];
		const BEFORE_THE_END: &[State] = &[
			Proposed, Enrolling, Working, Appraising, Challenge, Settling,
		];
		const AFTER_ENROLLING: &[State] =
			&[Working, Appraising, Challenge, Settling, Settled, Cancelled];
		const NEVER_APPRAISED: &[State] = &[Proposed, Enrolling, Working, Cancelled];
		const APPRAISED: &[State] = &[Challenge, Settling, Settled];
		const SINCE_APPRAISING: &[State] = &[Appraising, Challenge, Settling, Settled];
		const UNPAID: &[State] = &[
			Proposed, Enrolling, Working, Appraising, Challenge, Settling, Cancelled,
		];

		let (sponsor, keeper) = (&world.sponsor, &world.keeper);
		let (trainer, appraiser) = (&world.trainers[0], &world.appraisers[0]);
		let wrong_state = DispatchError::from(TrainingError::WrongState);
		let nothing_due = DispatchError::from(TrainingError::NothingDue);
		let post = Run::<Runtime>::post_feedback {
			run,
			number: 0,
			items_root: H256::zero(),
			items: 1,
		};
		let commitment = H256::zero();
		let commit = || Value::<Runtime>::commit { run, commitment };
		let reveal = || Value::<Runtime>::reveal {
			run,
			salt: H256::zero(),
			digest: [0; 32],
		};
		let stream = || Value::<Runtime>::stream {
			run,
			links: Default::default(),
			header: None,
		};
		let (claim, unpaid) = early_claim(run, trainer);
		vec![
			row(ALL_BUT_ENROLLING, trainer, enrolment(run, trainer), wrong_state),
			row(ALL_BUT_ENROLLING, trainer, Run::withdraw_enrolment { run }, wrong_state),
			row(ALL_BUT_WORKING, sponsor, post, wrong_state),
			row(ALL_BUT_WORKING, keeper, Run::deal { run, limit: 16 }, wrong_state),
			row(AFTER_ENROLLING, sponsor, Run::cancel { run }, wrong_state),
			row(BEFORE_THE_END, keeper, Run::prune { run, limit: 16 }, wrong_state),
			// In the states that have a deadline it is not over yet.
			row(ALL_BUT_SETTLING, keeper, Run::advance { run, limit: 16 }, nothing_due),
			row(NEVER_APPRAISED, sponsor, show_tests(run), ValueError::NotFound),
			row(APPRAISED, sponsor, show_tests(run), ValueError::WrongPhase),
			row(NEVER_APPRAISED, appraiser, commit(), ValueError::NotFound),
			row(SINCE_APPRAISING, appraiser, commit(), ValueError::WrongPhase),
			row(NEVER_APPRAISED, appraiser, reveal(), ValueError::NotFound),
			row(&[Appraising], appraiser, reveal(), ValueError::NotAppraiser),
			row(APPRAISED, appraiser, reveal(), ValueError::WrongPhase),
			row(NEVER_APPRAISED, keeper, stream(), ValueError::NotFound),
			row(SINCE_APPRAISING, keeper, stream(), ValueError::WrongPhase),
			row(UNPAID, keeper, claim, unpaid),
		]
	}

	/// A receipt with nothing wrong but the state that its run is in.
	fn untimely(run: RunId, trainer: &Actor) -> Submission {
		let receipt = guerdon_receipt::Receipt {
			version: guerdon_receipt::RECEIPT_VERSION,
			genesis: genesis_hash(),
			run,
			task: 0,
			contributor: trainer.account.clone().into(),
			base_model: [0; 32],
			result: [0; 32],
			steps: 1,
			evidence: [0; 32],
			metric_before: 0,
			metric_after: 0,
			valid_until: u32::MAX,
		};
		Submission {
			signature: sign_receipt(&trainer.key, &receipt),
			receipt,
			attestations: Default::default(),
		}
	}

	/// What is refused in this state of whoever may send it in another.
	fn not_now(run: RunId, world: &World) {
		let now = state(run);
		for (states, caller, call, why) in wrong_calls(run, world) {
			if states.contains(&now) {
				let told = format!("{call:?} in {now:?}");
				assert_storage_noop!(assert_eq!(caller.act(call), Err(why), "{told}"));
			}
		}
		if now != State::Working {
			// The call itself goes through, and says of each receipt why it is refused.
			let receipt = untimely(run, &world.trainers[0]);
			System::reset_events();
			assert_storage_noop!({
				let refused = hand_in(world, run, receipt);
				assert_eq!(refused, Some(Refusal::RunNotWorking), "in {now:?}");
				System::reset_events();
			});
		}
	}

	fn nobody_else(world: &World, run: RunId) {
		for call in never(run, world) {
			let told = format!("{call:?} in {:?}", state(run));
			assert_storage_noop!(assert!(world.stranger.act(call).is_err(), "{told}"));
		}
		not_now(run, world);
	}

	#[test]
	fn can_do_nothing_in_the_wrong_phase_of_an_appraisal() {
		use pallet_valuation::{Call as Value, Error, Phase};
		development().execute_with(|| {
			let world = World::ready();
			let script = Script::default();
			let run = world.propose(&script);
			world.start(run, &script);
			world.work(run, &script);

			let (header, items) = world.counts(run);
			let (digest, links) = World::links(&header, &items);
			let salt = H256([5; 32]);
			let commit = |who: &Actor| -> RuntimeCall {
				let who = who.account.as_ref();
				let bytes = guerdon_valuation::commitment(run, who, &salt.0, &digest);
				let commitment = H256(sp_io::hashing::blake2_256(&bytes));
				Value::<Runtime>::commit { run, commitment }.into()
			};
			let reveal = RuntimeCall::from(Value::<Runtime>::reveal { run, salt, digest });
			let parts: Vec<_> = links.chunks(64).collect();
			let stream: Vec<_> = (1..)
				.zip(&parts)
				.map(|(number, part)| {
					let header = (number == parts.len()).then_some(header);
					let links = part.to_vec().try_into().unwrap();
					RuntimeCall::from(Value::<Runtime>::stream { run, links, header })
				})
				.collect();
			let (sponsor, carrier) = (&world.sponsor, &world.stranger);
			let (first, others) = world.appraisers.split_first().unwrap();
			let refused = |caller: &Actor, call: &RuntimeCall, why: Error<Runtime>| {
				assert_noop!(caller.act(call.clone()), DispatchError::from(why));
			};
			let tests = show_tests(run);

			// What is refused before the tests are shown belongs to the state, and is in its table.
			assert_ok!(sponsor.act(tests.clone()));
			let Phase::Drawing { epoch } = phase(run) else {
				panic!("appraisers are drawn once the tests are shown");
			};
			refused(sponsor, &tests, Error::WrongPhase);
			refused(first, &commit(first), Error::WrongPhase);
			refused(first, &reveal, Error::NotAppraiser);
			refused(carrier, &stream[0], Error::WrongPhase);
			assert_noop!(world.advance(run, 16), TrainingError::NothingDue);

			at_epoch(epoch);
			assert_ok!(world.advance(run, 16));
			assert!(matches!(phase(run), Phase::Committing { .. }));
			refused(sponsor, &tests, Error::WrongPhase);
			refused(carrier, &commit(carrier), Error::NotAppraiser);
			refused(first, &reveal, Error::WrongPhase);
			refused(carrier, &stream[0], Error::WrongPhase);
			assert_ok!(first.act(commit(first)));
			refused(first, &commit(first), Error::AlreadyCommitted);
			refused(first, &reveal, Error::WrongPhase);
			assert_noop!(world.advance(run, 16), TrainingError::NothingDue);

			for who in others {
				assert_ok!(who.act(commit(who)));
			}
			assert!(matches!(phase(run), Phase::Revealing { .. }));
			refused(sponsor, &tests, Error::WrongPhase);
			refused(first, &commit(first), Error::WrongPhase);
			refused(carrier, &reveal, Error::NotAppraiser);
			refused(carrier, &stream[0], Error::WrongPhase);
			assert_ok!(first.act(reveal.clone()));
			refused(first, &reveal, Error::AlreadyRevealed);
			assert_noop!(world.advance(run, 16), TrainingError::NothingDue);

			for who in others {
				assert_ok!(who.act(reveal.clone()));
			}
			assert!(matches!(phase(run), Phase::Streaming { .. }));
			refused(sponsor, &tests, Error::WrongPhase);
			refused(first, &commit(first), Error::WrongPhase);
			refused(first, &reveal, Error::WrongPhase);
			assert!(stream.len() > 1);
			refused(carrier, &stream[1], Error::DigestMismatch);
			assert_noop!(world.advance(run, 16), TrainingError::NothingDue);

			for call in &stream {
				assert_ok!(carrier.act(call.clone()));
			}
			assert!(matches!(phase(run), Phase::Done { .. }));
			refused(sponsor, &tests, Error::WrongPhase);
			refused(first, &commit(first), Error::WrongPhase);
			refused(first, &reveal, Error::WrongPhase);
			refused(carrier, &stream[0], Error::WrongPhase);
			assert_ok!(world.advance(run, 16));
			assert_eq!(state(run), State::Challenge);
			check_everything();
		});
	}

	#[test]
	fn can_do_nothing_in_any_state() {
		development().execute_with(|| {
			let world = World::ready();
			let script = Script::default();
			let run = world.propose(&script);
			nobody_else(&world, run);
			let cancelled = world.propose(&script);
			world.start(run, &script);
			nobody_else(&world, run);
			world.work(run, &script);
			assert_eq!(state(run), State::Appraising);
			nobody_else(&world, run);
			world.appraise(run, &script);
			nobody_else(&world, run);
			at_block(Training::run(run).unwrap().0.deadline + 1);
			assert_ok!(world.advance(run, 16));
			nobody_else(&world, run);
			assert_ok!(world.advance(run, 1));
			nobody_else(&world, run);
			while state(run) == State::Settling {
				assert_ok!(world.advance(run, 16));
			}
			nobody_else(&world, run);

			assert_ok!(world.advance(cancelled, 16));
			assert_eq!(state(cancelled), State::Enrolling);
			nobody_else(&world, cancelled);
			let call = pallet_training::Call::cancel { run: cancelled };
			assert_ok!(world.sponsor.act(call));
			nobody_else(&world, cancelled);
			check_everything();
		});
	}

	#[test]
	fn the_pot_is_nobodys_payout_and_a_weak_key_nobodys_key() {
		development().execute_with(|| {
			let world = World::ready();
			let run = world.propose(&Script {
				datasets: vec![0],
				method: Method::LicencePrice,
				..Script::default()
			});
			assert_ok!(world.advance(run, 16));
			let me = &world.stranger;
			let mut pot = me.clone();
			pot.payout = Settlement::pot();
			let refused = world.enrol(run, &pot, Role::Trainer);
			assert_eq!(refused, Err(TrainingError::PotNotAllowed.into()));
			let register = |key, possession, payout| {
				me.act(pallet_attestors::Call::register {
					kind: Kind::Attestor,
					key,
					possession,
					endpoint: endpoint(),
					payout,
				})
			};
			let key = guerdon_receipt::sign::public_key(&me.key);
			type SeatError = pallet_attestors::Error<Runtime>;
			assert_noop!(
				register(key, me.possession(), Settlement::pot()),
				SeatError::PayoutIsPot
			);
			assert_noop!(
				register([0; 32], [0; 64], me.payout.clone()),
				SeatError::InvalidKey
			);
			assert_noop!(
				register(key, world.attestors[0].possession(), me.payout.clone()),
				SeatError::PossessionNotProven
			);
			let taken = &world.attestors[0];
			assert_noop!(
				register(
					guerdon_receipt::sign::public_key(&taken.key),
					taken.possession(),
					me.payout.clone()
				),
				SeatError::KeyTaken
			);
			let enrol = |key, possession| {
				me.act(pallet_training::Call::enrol {
					run,
					role: Role::Trainer,
					key,
					possession,
					payout: me.payout.clone(),
					endpoint: endpoint(),
				})
			};
			assert_noop!(enrol([0; 32], [0; 64]), TrainingError::BadKey);
			assert_noop!(enrol(key, taken.possession()), TrainingError::BadPossession);
			assert_noop!(
				world.enrol(run, me, Role::Attestor),
				TrainingError::RoleNotAllowed
			);
			for party in [&world.sponsor, &world.owners[0]] {
				assert_noop!(
					world.enrol(run, party, Role::Trainer),
					TrainingError::ConflictOfInterest
				);
			}
			let call = pallet_datasets::Call::set_payout {
				dataset: 0,
				payout: Settlement::pot(),
			};
			assert_noop!(
				world.owners[0].act(call),
				pallet_datasets::Error::<Runtime>::PayoutIsPot
			);
			check_everything();
		});
	}

	#[test]
	fn an_attestor_that_has_a_part_in_the_run_is_never_drawn() {
		development().execute_with(|| {
			let world = World::ready();
			let script = Script {
				feedback: false,
				..Script::default()
			};
			let run = world.propose(&script);
			let busy = &world.attestors[0];
			world.start_with(run, &script, &[busy]);
			world.work(run, &script);
			let mut drawn = false;
			for (_, task) in all_tasks(run) {
				assert!(!task.committee.contains(&task.contributor));
				drawn |= task.committee.contains(&busy.account);
				for owner in world.owners.iter().chain([&world.sponsor]) {
					assert!(!task.committee.contains(&owner.account));
				}
				assert!(task.state != TaskState::Open);
			}
			assert!(drawn, "it may attest what others did");
		});
	}
}

mod bytes {
	use super::*;
	use codec::DecodeLimit;
	use frame_support::MAX_EXTRINSIC_DEPTH;
	use sp_runtime::transaction_validity::{
		InvalidTransaction, TransactionSource, TransactionValidity,
	};

	/// Reads bytes as a block does.
	fn read_transaction(bytes: &[u8]) -> Result<UncheckedExtrinsic, codec::Error> {
		UncheckedExtrinsic::decode_all_with_depth_limit(MAX_EXTRINSIC_DEPTH, &mut &bytes[..])
	}

	fn validity(transaction: UncheckedExtrinsic) -> TransactionValidity {
		let source = TransactionSource::External;
		Executive::validate_transaction(source, transaction, System::parent_hash())
	}

	fn is_refused(bytes: &[u8]) -> bool {
		!read_transaction(bytes).is_ok_and(|transaction| validity(transaction).is_ok())
	}

	/// The same bytes on every run.
	fn noise(seed: u32) -> Vec<u8> {
		let length = (seed % 300) as usize;
		let mut bytes = Vec::new();
		let mut block = sp_io::hashing::blake2_256(&seed.encode());
		while bytes.len() < length {
			bytes.extend(block);
			block = sp_io::hashing::blake2_256(&block);
		}
		bytes.truncate(length);
		bytes
	}

	#[test]
	fn noise_is_no_transaction() {
		development().execute_with(|| {
			let mut calls = 0;
			for seed in 0..20_000u32 {
				let bytes = noise(seed);
				assert!(is_refused(&bytes), "seed {seed}");
				assert!(is_refused(&bytes.encode()), "seed {seed} with its length");

				// Behind every pallet's index it may be a call, but one that nobody signed.
				let mut call = vec![(seed % 50) as u8, (seed / 50 % 12) as u8];
				call.extend(&bytes);
				let depth = MAX_EXTRINSIC_DEPTH;
				if let Ok(call) = RuntimeCall::decode_with_depth_limit(depth, &mut &call[..]) {
					let encoded = call.encode();
					let again = RuntimeCall::decode_all_with_depth_limit(depth, &mut &encoded[..]);
					assert_eq!(again.as_ref(), Ok(&call));
					let told = format!("{call:?} of seed {seed}");
					let unsigned = UncheckedExtrinsic::new_bare(call).encode();
					assert!(read_transaction(&unsigned).is_ok(), "{told}");
					assert!(is_refused(&unsigned), "{told}");
					calls += 1;
				}
			}
			assert!(calls > 100, "only {calls} were calls");
		});
	}

	#[test]
	fn calls_that_are_nested_too_deep_are_no_transaction() {
		let nested = |depth: u32| {
			let remark = RuntimeCall::System(frame_system::Call::remark { remark: vec![] });
			let call = (0..depth).fold(remark, |call, _| {
				RuntimeCall::Utility(pallet_utility::Call::batch { calls: vec![call] })
			});
			super::super::transactions::sign(Sr25519Keyring::Eve, 0, 0, call)
		};
		let test = move || {
			local_testnet().execute_with(|| {
				for depth in [1, 100, MAX_EXTRINSIC_DEPTH] {
					let transaction = nested(depth);
					assert!(!is_refused(&transaction.encode()), "{depth} deep");
					assert!(validity(transaction).is_ok(), "{depth} deep");
				}
				for depth in [MAX_EXTRINSIC_DEPTH + 1, 300] {
					let transaction = nested(depth);
					let bytes = transaction.encode();
					assert!(read_transaction(&bytes).is_err(), "{depth} deep");
					// Whoever hands over what is decoded already comes no further.
					assert_eq!(
						validity(transaction),
						Err(InvalidTransaction::Call.into()),
						"{depth} deep"
					);
				}
			});
		};
		// A test's own stack may be too small to look so deep.
		let thread = std::thread::Builder::new().stack_size(1 << 28).spawn(test);
		thread.unwrap().join().unwrap();
	}

	#[test]
	fn a_changed_transaction_is_invalid() {
		let issued = |ext: &mut sp_io::TestExternalities| {
			ext.execute_with(|| {
				let call = pallet_training::Call::advance { run: 7, limit: 16 }.into();
				super::super::transactions::sign(Sr25519Keyring::Eve, 0, 0, call).encode()
			})
		};
		let mut ext = local_testnet();
		let bytes = issued(&mut ext);
		ext.execute_with(|| {
			assert!(!is_refused(&bytes));
			for at in 0..bytes.len() {
				for bit in 0..8 {
					let mut changed = bytes.clone();
					changed[at] ^= 1 << bit;
					assert!(is_refused(&changed), "bit {bit} of byte {at}");
				}
				assert!(is_refused(&bytes[..at]));
			}
		});
	}
}
