//! What accounts are told that they owe, from an announcement to the last reveal.

use guerdon_receipt::{Role, RunId};
use guerdon_runtime_api::{Action, Duty, DutyCursor, IfMissed, MAX_PAGE};
use guerdon_valuation::commitment;
use pallet_training::State;
use pallet_valuation::Phase;
use sp_core::H256;
use sp_io::hashing::blake2_256;

use super::{world::*, *};
use crate::{constants::currency::GRD, duties::duties};

/// Everything that somebody owes, read in pages that look at `limit` runs and tasks each.
fn read(who: &Actor, limit: u32) -> Vec<Duty> {
	let mut found = Vec::new();
	let mut cursor: Option<DutyCursor> = None;
	loop {
		let page = duties(&who.account, cursor, limit);
		found.extend(page.items);
		match page.next {
			Some(next) => {
				assert!(Some(next) > cursor, "a list must come to an end");
				cursor = Some(next);
			}
			None => return found,
		}
	}
}

/// The same whatever the pages.
fn owed(who: &Actor) -> Vec<Duty> {
	let all = read(who, MAX_PAGE);
	for limit in [0, 1, 2, 3, 7, u32::MAX] {
		assert_eq!(read(who, limit), all, "pages of {limit}");
	}
	all
}

fn deadline(run: RunId) -> BlockNumber {
	Training::run(run).unwrap().0.deadline
}

fn duty(action: Action, deadline: BlockNumber, if_missed: IfMissed) -> Duty {
	Duty {
		action,
		deadline,
		at_stake: 0,
		if_missed,
	}
}

#[test]
fn an_announcement_is_owed_until_it_expires() {
	development().execute_with(|| {
		let world = World::founded();
		let owner = &world.owners[0];
		let commitment = H256::repeat_byte(9);
		owner
			.act(pallet_datasets::Call::announce { commitment })
			.unwrap();
		let last = System::block_number() + 7 * time::DAYS - 1;
		let expected = duty(Action::Publish { commitment }, last, IfMissed::PriorityLost);
		assert_eq!(owed(owner), [expected]);
		assert_eq!(owed(&world.owners[1]), []);
		System::set_block_number(last);
		assert_eq!(owed(owner), [expected]);
		System::set_block_number(last + 1);
		assert_eq!(owed(owner), []);
	});
}

#[test]
fn everybody_is_told_what_a_run_waits_for() {
	development().execute_with(|| {
		let world = World::ready();
		let script = Script::default();
		let run = world.propose(&script);
		let (sponsor, owner) = (&world.sponsor, &world.owners[2]);

		// GIVEN a run that was proposed THEN the owner whose licence is by grant owes an answer.
		let answer = Action::AnswerRequest { run, dataset: 2 };
		let expected = duty(answer, deadline(run), IfMissed::DatasetDropped);
		assert_eq!(owed(owner), [expected]);
		assert_eq!(owed(&world.owners[0]), [], "its licence is open");
		owner
			.act(pallet_datasets::Call::grant { dataset: 2, run })
			.unwrap();
		assert_eq!(owed(owner), []);

		// WHEN people enrol THEN nobody owes anything.
		world.advance(run, 16).unwrap();
		for trainer in &world.trainers {
			world.enrol(run, trainer, Role::Trainer).unwrap();
		}
		for user in &world.users {
			world.enrol(run, user, Role::User).unwrap();
		}
		for who in world.everybody() {
			assert_eq!(owed(who), []);
		}

		// WHEN the work begins THEN data and models must be served, and feedback posted.
		at_block(deadline(run) + 1);
		world.advance(run, 16).unwrap();
		let serve = Action::ServeDataset { run, dataset: 2 };
		let undone = |action| duty(action, deadline(run), IfMissed::WorkUndone);
		assert_eq!(owed(owner), [undone(serve)]);
		for batch in 0..BATCHES {
			let expected = [
				undone(Action::ServeRun { run }),
				undone(Action::PostFeedback { run, batch }),
			];
			assert_eq!(owed(sponsor), expected);
			sponsor
				.act(pallet_training::Call::post_feedback {
					run,
					number: batch,
					items_root: H256::zero(),
					items: ITEMS,
				})
				.unwrap();
		}
		assert_eq!(owed(sponsor), [undone(Action::ServeRun { run })]);

		// WHEN tasks are dealt THEN their contributors owe receipts, with the deposit at stake for
		// whoever never delivered, and their committees owe signatures.
		let epoch = Training::run(run).unwrap().0.draw_epoch;
		at_epoch(epoch);
		world
			.keeper
			.act(pallet_training::Call::deal { run, limit: 64 })
			.unwrap();
		let tasks = open_tasks(run);
		assert!(tasks.len() > 8);
		for who in world.trainers.iter().chain(&world.users) {
			let expected: Vec<_> = tasks
				.iter()
				.filter(|(_, task)| task.contributor == who.account)
				.map(|(index, task)| Duty {
					at_stake: 10 * GRD,
					..duty(
						Action::Deliver { run, task: *index },
						task.deadline,
						IfMissed::NotPaid,
					)
				})
				.collect();
			assert!(!expected.is_empty());
			assert_eq!(owed(who), expected);
		}
		let mut signatures = 0;
		for who in &world.attestors {
			let expected: Vec<_> = tasks
				.iter()
				.filter(|(_, task)| task.committee.contains(&who.account))
				.map(|(index, task)| {
					let action = Action::Attest { run, task: *index };
					duty(action, task.deadline, IfMissed::NotPaid)
				})
				.collect();
			signatures += expected.len();
			assert_eq!(owed(who), expected);
		}
		assert_eq!(signatures, 3 * tasks.len());

		// WHEN a receipt was accepted THEN that task is owed no more, and the deposit is safe.
		let (index, task) = &tasks[0];
		let trainer = world
			.trainers
			.iter()
			.chain(&world.users)
			.find(|who| who.account == task.contributor)
			.unwrap();
		let receipt = world.receipt(run, *index, task);
		let items = vec![world.submission(receipt, task, 3)].try_into().unwrap();
		world
			.keeper
			.act(pallet_training::Call::submit { run, items })
			.unwrap();
		for left in owed(trainer) {
			assert_ne!(left.action, Action::Deliver { run, task: *index });
			assert_eq!(left.at_stake, 0);
		}

		// WHEN a deadline has passed THEN it is too late to owe it.
		let last = tasks.last().unwrap().1.deadline;
		at_block(last + 1);
		assert!(!owed(trainer)
			.iter()
			.any(|duty| matches!(duty.action, Action::Deliver { .. })));
	});
}

#[test]
fn appraisers_and_sponsor_are_told_each_phase() {
	development().execute_with(|| {
		let world = World::ready();
		let script = Script::default();
		let run = world.propose(&script);
		world.start(run, &script);
		world.work(run, &script);
		assert_eq!(state(run), State::Appraising);
		let plan = Training::run(run).unwrap().1;

		// GIVEN hidden tests THEN the sponsor owes them, with its bond at stake.
		let Phase::AwaitingTests { deadline: last } = phase(run) else {
			panic!("the sponsor is waited for");
		};
		let reveal = Duty {
			at_stake: plan.bond,
			..duty(
				Action::RevealTests { run },
				last,
				IfMissed::LicencePricesDecide,
			)
		};
		let serve = duty(
			Action::ServeRun { run },
			deadline(run),
			IfMissed::WorkUndone,
		);
		assert_eq!(owed(&world.sponsor), [serve, reveal]);
		world.reveal_tests(run, &script).unwrap();
		assert_eq!(owed(&world.sponsor), [serve]);

		// WHEN appraisers are drawn THEN each owes a commitment, then what it committed to.
		let Phase::Drawing { epoch } = phase(run) else {
			panic!("appraisers are drawn once the tests are shown");
		};
		at_epoch(epoch);
		world.advance(run, 16).unwrap();
		let Phase::Committing { deadline: last } = phase(run) else {
			panic!("appraisers commit");
		};
		let (header, items) = world.counts(run);
		let (digest, links) = World::links(&header, &items);
		let salt = [5; 32];
		let commit = duty(Action::Commit { run }, last, IfMissed::NotPaid);
		for who in &world.appraisers {
			assert_eq!(owed(who), [commit]);
			let bytes = commitment(run, who.account.as_ref(), &salt, &digest);
			let commitment = H256(blake2_256(&bytes));
			who.act(pallet_valuation::Call::commit { run, commitment })
				.unwrap();
			if let Phase::Committing { .. } = phase(run) {
				assert_eq!(owed(who), []);
			}
		}
		let Phase::Revealing { deadline: last } = phase(run) else {
			panic!("appraisers reveal");
		};
		for (revealed, who) in world.appraisers.iter().enumerate() {
			let told = owed(who);
			assert_eq!(told.len(), 1);
			assert_eq!(told[0].action, Action::Reveal { run });
			assert_eq!(told[0].deadline, last);
			assert_eq!(told[0].if_missed, IfMissed::NotPaid);
			assert_eq!(told[0].at_stake, 50 * GRD, "a twentieth of its bond");
			let salt = H256(salt);
			who.act(pallet_valuation::Call::reveal { run, salt, digest })
				.unwrap();
			if revealed + 1 < world.appraisers.len() {
				assert_eq!(owed(who), []);
			}
		}

		// WHEN they agree THEN the counts are owed, and when these are there nothing is.
		let Phase::Streaming { deadline: last, .. } = phase(run) else {
			panic!("counts are streamed");
		};
		let stream = duty(Action::Stream { run }, last, IfMissed::LicencePricesDecide);
		for who in &world.appraisers {
			assert_eq!(owed(who), [stream]);
		}
		let parts: Vec<_> = links.chunks(64).collect();
		for (number, part) in parts.iter().enumerate() {
			let header = (number + 1 == parts.len()).then_some(header);
			let links = part.to_vec().try_into().unwrap();
			world
				.stranger
				.act(pallet_valuation::Call::stream { run, links, header })
				.unwrap();
		}
		world.advance(run, 16).unwrap();
		world.settle(run);
		for who in world.everybody().chain([&world.sponsor]) {
			assert_eq!(owed(who), []);
		}
	});
}

#[test]
fn a_claim_call_pays_its_leaf_once() {
	development().execute_with(|| {
		let world = World::ready();
		let run = world.play(&Script::default());
		let mut paid = 0;
		for leaf in leaves_of(run) {
			let (pool, index) = (leaf.pool, leaf.index);
			let payee = match &leaf.leaf.payee {
				guerdon_share_tree::Payee::Account(payee) => payee.clone(),
				other => panic!("{other:?} is not made yet"),
			};
			let due = leaf.proven.as_ref().unwrap().entitlement;
			let bytes = claims::claim_call(claim_for(leaf));
			let call = RuntimeCall::decode(&mut &bytes[..]).unwrap();
			let before = Balances::balance(&payee);
			if act(&world.stranger.account, call).is_ok() {
				paid += 1;
				assert_eq!(Balances::balance(&payee), before + due);
				let again = RuntimeCall::decode(&mut &bytes[..]).unwrap();
				assert!(act(&world.stranger.account, again).is_err(), "it was paid");
				assert!(Settlement::is_claimed(pool, index));
			} else {
				assert!(before + due < currency::EXISTENTIAL_DEPOSIT);
			}
		}
		assert!(paid > 10);
		check_everything();
	});
}
