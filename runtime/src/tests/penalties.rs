//! What bonds are for: who loses what, who gets it, and that nothing else goes missing.

use frame_support::{assert_noop, assert_ok, traits::fungible::InspectHold};
use guerdon_receipt::{
	sign::sign_attestation, Attestation, Digest, RunId, SignedAttestation, TaskIndex,
};
use guerdon_runtime_api::{SeatView, Task};
use guerdon_valuation::{commitment, AppraisalHeader, Basis};
use pallet_attestors::{Kind, Offence, SignedStates};
use pallet_training::{Refusal, State, TaskState};
use pallet_valuation::{Link, Phase};
use sp_core::H256;
use sp_io::hashing::blake2_256;

use super::{
	world::{next_block, *},
	*,
};
use crate::constants::currency::{EXISTENTIAL_DEPOSIT, GRD};

const BOND: Balance = 1_000 * GRD;
const SALT: [u8; 32] = [5; 32];

/// The seat of an account, as the chain's readers see it.
fn seat(kind: Kind, who: &Actor) -> SeatView {
	let page = read::seats(kind, 0, 64);
	let mut seats = page.items.into_iter();
	seats.find(|seat| seat.account == who.account).unwrap()
}

fn held(kind: Kind, who: &Actor) -> Balance {
	let reason = match kind {
		Kind::Attestor => pallet_attestors::HoldReason::Attestor,
		Kind::Appraiser => pallet_attestors::HoldReason::Appraiser,
	};
	let held = Balances::balance_on_hold(&reason.into(), &who.account);
	assert_eq!(seat(kind, who).held, held);
	assert_eq!(seat(kind, who).bond, BOND);
	held
}

/// Runs `test`, in which penalties have to burn so much, save so much for the treasury and nothing
/// else may change the total issuance.
fn conserving(burned: Balance, saved: Balance, test: impl FnOnce(World)) {
	development().execute_with(|| {
		let issuance = Balances::total_issuance();
		let world = World::ready();
		test(world);
		check_everything();
		assert_eq!(issuance - Balances::total_issuance(), burned);
		assert_eq!(Treasury::pot(), saved);
		let owned: Balance = frame_system::Account::<Runtime>::iter_values()
			.map(|account| account.data.free + account.data.reserved)
			.sum();
		assert_eq!(owned, Balances::total_issuance());
	});
}

mod attestors {
	use super::*;

	/// A run with open tasks, and the first of them.
	fn with_task(world: &World) -> (RunId, TaskIndex, Task) {
		let script = Script::default();
		let run = world.propose(&script);
		world.start(run, &script);
		while open_tasks(run).is_empty() {
			next_block();
			let _ = world.advance(run, 16);
			let _ = world
				.keeper
				.act(pallet_training::Call::deal { run, limit: 16 });
		}
		let (index, task) = open_tasks(run).remove(0);
		(run, index, task)
	}

	fn member<'a>(world: &'a World, task: &Task, place: usize) -> &'a Actor {
		let account = &task.committee[place];
		let mut attestors = world.attestors.iter();
		attestors.find(|who| who.account == *account).unwrap()
	}

	fn bytes(signed: SignedAttestation) -> SignedStates {
		SignedStates {
			states: signed.states,
			signature: signed.signature,
		}
	}

	/// What proves that an attestor vouched for other states of a receipt than those that it should.
	fn evidence(
		world: &World,
		who: &Actor,
		receipt: &guerdon_receipt::Receipt,
	) -> pallet_attestors::Call<Runtime> {
		let honest = world.attest(&who.account, receipt);
		let other = sign_attestation(
			&who.key,
			&Attestation {
				receipt: receipt.id(),
				attestor: who.account.clone().into(),
				states: [66; 32],
			},
		);
		pallet_attestors::Call::report_equivocation {
			who: who.account.clone(),
			receipt: receipt.id(),
			first: bytes(honest),
			second: bytes(other),
		}
	}

	/// The receipt of a task, signed by the members of its committee in these places.
	fn submission(
		world: &World,
		run: RunId,
		index: TaskIndex,
		task: &Task,
		places: [usize; 2],
	) -> pallet_training::Submission {
		let receipt = world.receipt(run, index, task);
		let mut submission = world.submission(receipt.clone(), task, 0);
		let attestations = places.map(|place| world.attest(&task.committee[place], &receipt));
		submission.attestations = attestations.to_vec().try_into().unwrap();
		submission
	}

	fn hand_in(
		world: &World,
		run: RunId,
		submission: pallet_training::Submission,
	) -> Option<Refusal> {
		System::reset_events();
		let items = vec![submission].try_into().unwrap();
		let call = pallet_training::Call::submit { run, items };
		assert_ok!(world.keeper.act(call));
		System::events()
			.into_iter()
			.find_map(|record| match record.event {
				RuntimeEvent::Training(pallet_training::Event::ReceiptRefused {
					reason, ..
				}) => Some(reason),
				_ => None,
			})
	}

	#[test]
	fn one_that_signs_two_results_loses_its_bond_and_its_voice() {
		conserving(500 * GRD, 400 * GRD, |world| {
			// GIVEN a member of a committee that vouched for two results of one receipt
			let (run, index, task) = with_task(&world);
			let bad = member(&world, &task, 0);
			let receipt = world.receipt(run, index, &task);
			let reporter = Balances::free_balance(&world.stranger.account);
			assert_eq!(held(Kind::Attestor, bad), BOND);

			// WHEN a stranger shows both
			let call = evidence(&world, bad, &receipt);
			assert_ok!(world.stranger.act(call.clone()));

			// THEN its bond is divided, and a quorum needs the two others
			assert_eq!(held(Kind::Attestor, bad), 0);
			let seat = seat(Kind::Attestor, bad);
			let now = pallet_babe::EpochIndex::<Runtime>::get();
			assert!(seat.barred);
			assert_eq!(seat.until, Some(now + 2));
			assert_eq!(
				Balances::free_balance(&world.stranger.account),
				reporter + 100 * GRD
			);
			let with_bad = submission(&world, run, index, &task, [0, 1]);
			assert_eq!(
				hand_in(&world, run, with_bad),
				Some(Refusal::QuorumNotReached)
			);
			let without = submission(&world, run, index, &task, [1, 2]);
			assert_eq!(hand_in(&world, run, without), None);
			let (_, done) = all_tasks(run).remove(index as usize);
			assert!(matches!(done.state, TaskState::Done { .. }));
			assert_noop!(
				world.stranger.act(call),
				pallet_attestors::Error::<Runtime>::AlreadyBarred
			);
		});
	}

	#[test]
	fn one_that_signed_once_is_not_punished_by_anything_that_can_be_made_of_it() {
		conserving(0, 0, |world| {
			let (run, index, task) = with_task(&world);
			let honest = member(&world, &task, 0);
			let other = member(&world, &task, 1);
			let receipt = world.receipt(run, index, &task);
			let signed = bytes(world.attest(&honest.account, &receipt));
			let foreign = bytes(world.attest(&other.account, &receipt));
			let mut of_later = receipt.clone();
			of_later.metric_after += 1;
			of_later.evidence = [1; 32];
			let later = bytes(world.attest(&honest.account, &of_later));
			let moved = SignedStates {
				states: [66; 32],
				..signed.clone()
			};
			for second in [signed.clone(), foreign, later, moved] {
				let call = pallet_attestors::Call::report_equivocation {
					who: honest.account.clone(),
					receipt: receipt.id(),
					first: signed.clone(),
					second,
				};
				assert!(world.stranger.act(call).is_err());
			}
			assert_eq!(held(Kind::Attestor, honest), BOND);
			assert!(!seat(Kind::Attestor, honest).barred);
		});
	}

	#[test]
	fn one_that_is_barred_is_cleared_away_no_sooner_than_it_could_have_left() {
		conserving(500 * GRD, 400 * GRD, |world| {
			let (run, index, task) = with_task(&world);
			let bad = member(&world, &task, 0);
			let receipt = world.receipt(run, index, &task);
			assert_ok!(world.stranger.act(evidence(&world, bad, &receipt)));
			let evict = || pallet_attestors::Call::evict {
				kind: Kind::Attestor,
				who: bad.account.clone(),
			};
			assert_noop!(
				world.stranger.act(evict()),
				pallet_attestors::Error::<Runtime>::StillUnbonding
			);
			at_epoch(pallet_babe::EpochIndex::<Runtime>::get() + 18);
			assert_noop!(
				world.stranger.act(evict()),
				pallet_attestors::Error::<Runtime>::BondLocked
			);
		});
	}
}

mod appraisers {
	use super::*;

	/// A run of which the work is done and whose appraisers are drawn: all five of them.
	fn drawn(world: &World, script: &Script) -> RunId {
		let run = world.propose(script);
		world.start(run, script);
		world.work(run, script);
		world.reveal_tests(run, script).unwrap();
		draw(world, run);
		run
	}

	fn draw(world: &World, run: RunId) {
		let Phase::Drawing { epoch } = phase(run) else {
			panic!("appraisers are to be drawn");
		};
		at_epoch(epoch);
		world.advance(run, 16).unwrap();
		let drawn = read::appraisal(run).unwrap().appraisal.appraisers;
		assert_eq!(drawn.len(), world.appraisers.len());
	}

	fn commit(run: RunId, who: &Actor, digest: Digest) {
		let bytes = commitment(run, who.account.as_ref(), &SALT, &digest);
		let commitment = H256(blake2_256(&bytes));
		who.act(pallet_valuation::Call::commit { run, commitment })
			.unwrap();
	}

	fn reveal(run: RunId, who: &Actor, digest: Digest) {
		let salt = H256(SALT);
		who.act(pallet_valuation::Call::reveal { run, salt, digest })
			.unwrap();
	}

	/// Past the end of the time to reveal.
	fn end_reveal(world: &World, run: RunId) {
		let Phase::Revealing { deadline } = phase(run) else {
			panic!("commitments are to be revealed");
		};
		at_block(deadline + 1);
		world.advance(run, 16).unwrap();
	}

	fn stream(world: &World, run: RunId, header: AppraisalHeader, links: &[Link]) {
		let parts: Vec<_> = links.chunks(64).collect();
		for (number, part) in (1..).zip(&parts) {
			let header = (number == parts.len()).then_some(header);
			let links = part.to_vec().try_into().unwrap();
			world
				.stranger
				.act(pallet_valuation::Call::stream { run, links, header })
				.unwrap();
		}
	}

	fn penalised(wanted: Offence) -> Vec<(AccountId, Balance)> {
		System::events()
			.into_iter()
			.filter_map(|record| match record.event {
				RuntimeEvent::Attestors(pallet_attestors::Event::Penalised {
					who,
					offence,
					amount,
					burned,
					treasury,
					reporter,
					kind: Kind::Appraiser,
				}) if offence == wanted => {
					assert_eq!((burned + treasury, reporter), (amount, None));
					Some((who, amount))
				}
				_ => None,
			})
			.collect()
	}

	#[test]
	fn one_that_commits_and_stays_silent_loses_a_twentieth_and_the_run_goes_on() {
		conserving(25 * GRD, 25 * GRD, |world| {
			let script = Script {
				forges: false,
				..Script::default()
			};
			let run = drawn(&world, &script);
			let (header, items) = world.counts(run);
			let (digest, links) = World::links(&header, &items);
			let (silent, others) = world.appraisers.split_first().unwrap();
			for who in &world.appraisers {
				commit(run, who, digest);
			}
			for who in others {
				reveal(run, who, digest);
			}
			end_reveal(&world, run);
			assert_eq!(
				penalised(Offence::SilentAfterCommit),
				[(silent.account.clone(), 50 * GRD)]
			);
			stream(&world, run, header, &links);
			world.advance(run, 16).unwrap();
			assert_eq!(state(run), State::Challenge);
			world.settle(run);
			assert_eq!(held(Kind::Appraiser, silent), 950 * GRD);
			for who in others {
				assert_eq!(held(Kind::Appraiser, who), BOND);
			}
			assert_eq!(seat(Kind::Appraiser, silent).until, None);
		});
	}

	#[test]
	fn all_that_stay_silent_in_both_draws_lose_a_twentieth_each_time() {
		conserving(250 * GRD, 250 * GRD, |world| {
			let script = Script {
				forges: false,
				..Script::default()
			};
			let run = drawn(&world, &script);
			for again in [true, false] {
				for who in &world.appraisers {
					commit(run, who, [7; 32]);
				}
				end_reveal(&world, run);
				assert_eq!(penalised(Offence::SilentAfterCommit).len(), 5);
				if again {
					draw(&world, run);
				}
			}
			assert_eq!(state(run), State::Challenge, "licence prices decide");
			for who in &world.appraisers {
				assert_eq!(held(Kind::Appraiser, who), 900 * GRD);
			}
			world.settle(run);
		});
	}

	#[test]
	fn one_that_counted_something_else_loses_a_tenth_when_the_counts_are_there() {
		conserving(50 * GRD, 50 * GRD, |world| {
			let script = Script {
				forges: false,
				..Script::default()
			};
			let run = drawn(&world, &script);
			let (header, items) = world.counts(run);
			let (digest, links) = World::links(&header, &items);
			let (wrong, honest) = world.appraisers.split_last().unwrap();
			let all = || (honest.iter().map(|who| (who, digest))).chain([(wrong, [66; 32])]);
			all().for_each(|(who, digest)| commit(run, who, digest));
			all().for_each(|(who, digest)| reveal(run, who, digest));
			assert!(matches!(phase(run), Phase::Streaming { .. }));
			assert_eq!(
				held(Kind::Appraiser, wrong),
				BOND,
				"a quorum proves nothing"
			);
			stream(&world, run, header, &links);
			assert_eq!(
				penalised(Offence::WrongCounts),
				[(wrong.account.clone(), 100 * GRD)]
			);
			assert_eq!(held(Kind::Appraiser, wrong), 900 * GRD);
			world.advance(run, 16).unwrap();
			world.settle(run);
			super::super::line::check_and_pay(&world, run, &script, Basis::Scores);
			for who in honest {
				assert_eq!(held(Kind::Appraiser, who), BOND);
			}
		});
	}

	#[test]
	fn none_is_punished_by_counts_that_nobody_brings() {
		conserving(0, 0, |world| {
			let script = Script {
				forges: false,
				..Script::default()
			};
			let run = drawn(&world, &script);
			let (honest, others) = world.appraisers.split_last().unwrap();
			for who in others {
				commit(run, who, [7; 32]);
			}
			commit(run, honest, [8; 32]);
			for who in others {
				reveal(run, who, [7; 32]);
			}
			reveal(run, honest, [8; 32]);
			let Phase::Streaming { deadline, .. } = phase(run) else {
				panic!("they agree");
			};
			at_block(deadline + 1);
			world.advance(run, 16).unwrap();
			assert_eq!(state(run), State::Challenge);
			assert_eq!(held(Kind::Appraiser, honest), BOND);
		});
	}

	/// Nothing is lost by leaving: the penalty waits for nobody's good will.
	#[test]
	fn one_that_retires_after_committing_is_punished_all_the_same() {
		conserving(25 * GRD, 25 * GRD, |world| {
			let script = Script {
				forges: false,
				..Script::default()
			};
			let run = drawn(&world, &script);
			let (silent, others) = world.appraisers.split_first().unwrap();
			for who in &world.appraisers {
				commit(run, who, [7; 32]);
			}
			let kind = Kind::Appraiser;
			assert_ok!(silent.act(pallet_attestors::Call::retire { kind }));
			let withdraw = || silent.act(pallet_attestors::Call::withdraw { kind });
			assert!(withdraw().is_err());
			for who in others {
				reveal(run, who, [7; 32]);
			}
			end_reveal(&world, run);
			assert_eq!(held(kind, silent), 950 * GRD);

			// What is left comes back in the end.
			let Phase::Streaming { deadline, .. } = phase(run) else {
				panic!("the others agree");
			};
			at_block(deadline + 1);
			world.advance(run, 16).unwrap();
			at_epoch(seat(kind, silent).until.unwrap() + 16);
			let before = Balances::free_balance(&silent.account);
			assert_ok!(withdraw());
			assert_eq!(Balances::free_balance(&silent.account), before + 950 * GRD);
		});
	}
}

mod treasury {
	use super::*;
	use crate::configs::governance::MaxSpend;
	use frame_support::traits::Hooks;
	use pallet_treasury::{Call, Error, PaymentState, SpendStatus, Spends};

	fn spend(amount: Balance) -> RuntimeCall {
		RuntimeCall::Treasury(Call::spend {
			asset_kind: Box::new(()),
			amount,
			beneficiary: Box::new(account(Sr25519Keyring::Bob)),
			valid_from: None,
		})
	}

	/// What the council of one decides on its own.
	fn decide(call: RuntimeCall) -> Result<(), DispatchError> {
		System::reset_events();
		let length_bound = call.encoded_size() as u32;
		let motion = RuntimeCall::Council(pallet_collective::Call::propose {
			threshold: 1,
			proposal: Box::new(call),
			length_bound,
		});
		assert_ok!(motion.dispatch(signed(Sr25519Keyring::Alice)));
		System::events()
			.into_iter()
			.find_map(|record| match record.event {
				RuntimeEvent::Council(pallet_collective::Event::Executed { result, .. }) => {
					Some(result)
				}
				_ => None,
			})
			.unwrap()
	}

	fn payout(index: u32) -> Result<(), DispatchError> {
		RuntimeCall::Treasury(Call::payout { index })
			.dispatch(signed(Sr25519Keyring::Ferdie))
			.map(|_| ())
			.map_err(|failed| failed.error)
	}

	#[test]
	fn the_council_spends_what_is_there_within_its_limit() {
		development().execute_with(|| {
			// GIVEN a treasury with ten GRD
			let dest = Treasury::account_id().into();
			let value = 10 * GRD;
			let gift = pallet_balances::Call::transfer_keep_alive { dest, value };
			assert_ok!(act(&account(Sr25519Keyring::Charlie), gift));
			assert_eq!(Treasury::pot(), 10 * GRD);
			let bob = Balances::free_balance(account(Sr25519Keyring::Bob));

			// WHEN the council spends three, and anybody has them paid
			assert_ok!(decide(spend(3 * GRD)));
			assert_ok!(payout(0));

			// THEN they are paid, once
			assert_eq!(
				Balances::free_balance(account(Sr25519Keyring::Bob)),
				bob + 3 * GRD
			);
			assert_eq!(Treasury::pot(), 7 * GRD);
			assert_noop!(payout(0), Error::<Runtime>::AlreadyAttempted);

			// More than there is waits, and more than the limit is not decided.
			assert_ok!(decide(spend(MaxSpend::get())));
			assert_noop!(payout(1), Error::<Runtime>::PayoutError);
			assert_eq!(
				decide(spend(MaxSpend::get() + 1)),
				Err(Error::<Runtime>::InsufficientPermission.into())
			);
		});
	}

	#[test]
	fn nobody_else_spends_and_the_older_way_is_closed() {
		development().execute_with(|| {
			let refused = |call: RuntimeCall, who| {
				assert_noop!(
					call.dispatch(who).map_err(|failed| failed.error),
					DispatchError::BadOrigin
				);
			};
			for who in [Sr25519Keyring::Alice, Sr25519Keyring::Bob] {
				refused(spend(1), signed(who));
			}
			let older = || {
				RuntimeCall::Treasury(Call::spend_local {
					amount: 1,
					beneficiary: account(Sr25519Keyring::Bob).into(),
				})
			};
			refused(older(), signed(Sr25519Keyring::Alice));
			assert_eq!(
				decide(older()),
				Err(Error::<Runtime>::TooManyApprovals.into())
			);
		});
	}

	#[test]
	fn its_account_is_nobodys_payout() {
		development().execute_with(|| {
			let world = World::founded();
			let me = &world.stranger;
			let register = pallet_attestors::Call::register {
				kind: Kind::Attestor,
				key: guerdon_receipt::sign::public_key(&me.key),
				possession: me.possession(),
				endpoint: Default::default(),
				payout: Treasury::account_id(),
			};
			assert_noop!(
				me.act(register),
				pallet_attestors::Error::<Runtime>::PayoutIsPot
			);
		});
	}

	/// What its hook reads is in the storage proof.
	#[test]
	fn its_hook_reads_the_same_whatever_was_decided() {
		let read = |spends: u32, at: BlockNumber| {
			let mut ext = development();
			ext.execute_with(|| {
				for index in 0..spends {
					Spends::<Runtime>::insert(
						index,
						SpendStatus {
							asset_kind: (),
							amount: 1,
							beneficiary: account(Sr25519Keyring::Bob),
							valid_from: 1,
							expire_at: 2,
							status: PaymentState::Pending,
						},
					);
				}
				Treasury::on_initialize(1);
				System::set_block_number(at);
			});
			ext.commit_all().unwrap();
			let (weight, proof) = ext.execute_and_prove(|| Treasury::on_initialize(at));
			let bytes: usize = proof.iter_nodes().map(Vec::len).sum();
			(weight, bytes)
		};
		// Any block, and one with which a spend period ends.
		for at in [2, 7 * time::DAYS] {
			let (few, many) = (read(1, at), read(1_000, at));
			assert_eq!(few.0, many.0);
			// A larger state has somewhat longer branches.
			assert!(many.1 < few.1 + 2_048, "{} and {} bytes", few.1, many.1);
		}
	}

	#[test]
	fn it_starts_with_an_existential_deposit() {
		development().execute_with(|| {
			assert_eq!(
				Balances::free_balance(Treasury::account_id()),
				EXISTENTIAL_DEPOSIT
			);
			assert_eq!(Treasury::pot(), 0);
		});
	}
}
