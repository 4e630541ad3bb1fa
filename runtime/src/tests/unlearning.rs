//! After a withdrawal: who used the dataset is asked to unlearn it, and what it says is public.

use frame_support::{assert_noop, assert_ok};
use guerdon_receipt::{DatasetId, RunId};
use pallet_datasets::{Answer, Answered, Call, Error, Unlearning, UnlearningState, Unlearnings};
use sp_core::H256;

use super::{world::*, *};
use crate::constants::time::DAYS;

fn refused(error: Error<Runtime>) -> DispatchError {
	error.into()
}

fn withdraw(owner: &Actor, dataset: DatasetId) {
	assert_ok!(owner.act(Call::withdraw { dataset }));
}

fn next_epoch() {
	at_epoch(pallet_babe::EpochIndex::<Runtime>::get() + 1);
}

fn ask(owner: &Actor, dataset: DatasetId, run: RunId) -> sp_runtime::DispatchResult {
	owner.act(RuntimeCall::from(Call::request_unlearning { dataset, run }))
}

fn told(dataset: DatasetId) -> Vec<(RunId, UnlearningState)> {
	let page = read::unlearnings(dataset, None, 64);
	assert_eq!(page.next, None);
	(page.items.into_iter())
		.map(|item| (item.run, item.state))
		.collect()
}

fn jump(blocks: BlockNumber) {
	System::set_block_number(System::block_number() + blocks - 1);
	next_block();
}

#[test]
fn a_sponsor_answers_and_another_request_runs_out() {
	development().execute_with(|| {
		let issuance = Balances::total_issuance();
		let world = World::ready();
		let script = Script {
			datasets: vec![0, 1],
			..Script::default()
		};
		let held = |who: &Actor| read::account(who.account.clone()).held;
		let before: Vec<_> = world.owners.iter().map(held).collect();
		let run = world.propose(&script);
		world.start(run, &script);
		world.work(run, &script);
		let [one, other, unused] = &world.owners[..] else {
			panic!("there are three owners");
		};

		// Not before the withdrawal is in effect, nor while the run goes on.
		for (owner, dataset) in world.owners.iter().zip(0..) {
			withdraw(owner, dataset);
		}
		assert_noop!(ask(one, 0, run), refused(Error::NotWithdrawn));
		next_epoch();
		assert_noop!(ask(one, 0, run), refused(Error::NotUsed));
		world.appraise(run, &script);
		world.settle(run);

		assert_noop!(ask(unused, 2, run), refused(Error::NotUsed));
		assert_noop!(ask(unused, 0, run), refused(Error::NotAuthorized));
		let deadline = System::block_number() + 28 * DAYS;
		assert_ok!(ask(one, 0, run));
		assert_ok!(ask(other, 1, run));
		check_everything();
		assert_eq!(told(0), [(run, UnlearningState::Pending)]);
		assert_eq!(told(1), [(run, UnlearningState::Pending)]);
		assert_eq!(told(2), []);

		// One dataset is unlearnt, whatever becomes of it; of the other the sponsor says nothing.
		let dataset = 0;
		assert_ok!(one.act(Call::retire { dataset }));
		let model = Answer::Model(H256::repeat_byte(77));
		let answer = |dataset, answer| {
			RuntimeCall::from(Call::answer_unlearning {
				dataset,
				run,
				answer,
			})
		};
		assert_noop!(
			world.stranger.act(answer(0, model.clone())),
			refused(Error::NotSponsor)
		);
		assert_ok!(world.sponsor.act(answer(0, model.clone())));
		let at = System::block_number();
		let page = read::unlearnings(0, None, 64);
		let request = &page.items[0].request;
		assert_eq!(request.answer, Some(Answered { answer: model, at }));
		assert_eq!(request.sponsor, world.sponsor.account);
		assert_eq!(request.deadline, deadline);
		assert_eq!(told(0), [(run, UnlearningState::Answered { late: false })]);

		// The run is forgotten meanwhile, the requests are not.
		jump(28 * DAYS + 1);
		while Training::run(run).is_some() {
			assert_ok!(world
				.keeper
				.act(pallet_training::Call::prune { run, limit: 100 }));
		}
		assert_eq!(told(1), [(run, UnlearningState::Overdue)]);
		assert_noop!(ask(other, 1, run), refused(Error::AlreadyAsked));
		check_everything();

		let close = |dataset| RuntimeCall::from(Call::close_unlearning { dataset, run });
		assert_ok!(world.keeper.act(close(0)));
		assert_noop!(world.keeper.act(close(1)), refused(Error::NotClosable));
		jump(28 * DAYS);
		assert_ok!(world.keeper.act(close(1)));
		assert_eq!((told(0), told(1)), (vec![], vec![]));
		assert_noop!(ask(other, 1, run), refused(Error::SponsorUnknown));
		for (owner, dataset) in [(other, 1), (unused, 2)] {
			assert_ok!(owner.act(Call::retire { dataset }));
		}
		let after: Vec<_> = world.owners.iter().map(held).collect();
		assert!(before.iter().all(|held| *held > 0));
		assert_eq!(after, [0, 0, 0]);
		check_everything();
		// Half of each penalty is burnt, the other half is the treasury's.
		assert_eq!(issuance - Balances::total_issuance(), Treasury::pot());
	});
}

#[test]
fn an_answer_after_the_deadline_is_told_as_late() {
	development().execute_with(|| {
		let world = World::ready();
		let script = Script {
			datasets: vec![0],
			feedback: false,
			method: pallet_valuation::Method::LicencePrice,
			..Script::default()
		};
		let run = world.play(&script);
		withdraw(&world.owners[0], 0);
		next_epoch();
		assert_ok!(ask(&world.owners[0], 0, run));
		jump(28 * DAYS);
		assert_eq!(told(0), [(run, UnlearningState::Pending)]);
		next_block();
		assert_eq!(told(0), [(run, UnlearningState::Overdue)]);
		let reason = b"it cannot be told apart".to_vec().try_into().unwrap();
		assert_ok!(world.sponsor.act(Call::answer_unlearning {
			dataset: 0,
			run,
			answer: Answer::Reason(reason),
		}));
		assert_eq!(told(0), [(run, UnlearningState::Answered { late: true })]);
		check_everything();
	});
}

#[test]
fn requests_are_read_page_by_page() {
	development().execute_with(|| {
		let request = Unlearning {
			owner: account(Sr25519Keyring::Alice),
			sponsor: account(Sr25519Keyring::Bob),
			root: H256::zero(),
			deadline: 9,
			deposit: 0,
			answer: None,
		};
		for run in 0..100 {
			Unlearnings::<Runtime>::insert(1, run, request.clone());
			Unlearnings::<Runtime>::insert(2, run, request.clone());
		}
		for limit in [1, 7, 50, 64, 1_000] {
			let mut runs = Vec::new();
			let mut cursor = None;
			loop {
				let page = read::unlearnings(1, cursor, limit);
				assert!(page.items.len() <= 64.min(limit as usize));
				runs.extend(page.items.iter().map(|item| item.run));
				cursor = page.next;
				if cursor.is_none() {
					break;
				}
			}
			runs.sort();
			assert!(runs.into_iter().eq(0..100), "pages of {limit}");
		}
		let nothing = read::unlearnings(1, None, 0);
		assert_eq!((nothing.items, nothing.next), (vec![], None));
	});
}
