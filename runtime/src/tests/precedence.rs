//! Somebody publishes what another one had announced before: whoever announced first is paid for it.

use std::collections::BTreeSet;

use frame_support::{assert_noop, assert_ok};
use guerdon_receipt::{DatasetId, Role, RunId, TaskIndex, Work};
use guerdon_valuation::Basis;
use pallet_contributions::{Ledger, Subject};
use pallet_datasets::{Access, Holder, Licence, PublishArgs, Status};
use pallet_training::{RunDataset, State};
use sp_core::H256;

use super::{line::check_and_pay, world::*, *};

/// The dataset that the second owner publishes, of what it copied.
const COPY: DatasetId = 1;
/// The id of the dataset that takes its root over.
const ORIGINAL: DatasetId = 3;

/// What the stranger publishes: the same content as the second owner's.
fn original(world: &World) -> PublishArgs<AccountId, Balance, BlockNumber> {
	let (root, length, final_chunk) = content(COPY as u32, RECORDS[COPY as usize]);
	PublishArgs {
		root,
		length,
		records: RECORDS[COPY as usize].into(),
		salt: [8; 32],
		final_chunk,
		metadata_hash: H256::repeat_byte(1),
		uri: b"https://example.org/metadata.json"
			.to_vec()
			.try_into()
			.unwrap(),
		licence: licence(None),
		access: Access::Open,
		endpoint: b"https://example.org".to_vec().try_into().unwrap(),
		parent: None,
		payout: world.stranger.payout.clone(),
	}
}

/// The stranger announces before all others, and does not publish yet. The copy has a flat fee and a
/// price per record.
fn announced_before() -> World {
	let world = World::ready_after(None, |world| {
		let args = original(world);
		let who = world.stranger.account.as_ref();
		let commitment = pallet_datasets::commitment(who, &args.root, args.length, &args.salt);
		assert_ok!(world
			.stranger
			.act(pallet_datasets::Call::announce { commitment }));
		next_block();
	});
	let licence = Licence {
		flat_fee: FLAT_FEE,
		price_per_record: PRICE_PER_RECORD,
		..licence(None)
	};
	let dataset = COPY;
	assert_ok!(world.owners[1].act(pallet_datasets::Call::set_licence { dataset, licence }));
	world
}

fn open(world: &World) {
	let args = Box::new(original(world));
	assert_ok!(world.stranger.act(pallet_datasets::Call::publish { args }));
	check_everything();
}

fn kept(run: RunId) -> RunDataset<AccountId> {
	let views = Training::run_datasets(run);
	let found = views.into_iter().find(|view| view.dataset == COPY);
	found.unwrap().kept
}

fn tasks_on_the_copy(run: RunId) -> BTreeSet<TaskIndex> {
	all_tasks(run)
		.into_iter()
		.filter(|(_, task)| matches!(task.work, Work::Train { dataset, .. } if dataset == COPY))
		.map(|(index, _)| index)
		.collect()
}

/// What the copy's leaf is due, and whom it pays.
fn leaf_of_the_copy(run: RunId) -> (AccountId, Balance) {
	let subject = Subject::Dataset(COPY);
	let role = Role::DataProvider;
	let index = <Contributions as Ledger<AccountId>>::index_of(run, role, &subject).unwrap();
	let pool = Settlement::run_pool(run, role).unwrap();
	let leaf = Settlement::proof(pool, index.into()).unwrap();
	let guerdon_share_tree::Payee::Account(payee) = leaf.leaf.payee else {
		panic!("leaves of run pools pay accounts");
	};
	(payee, leaf.proven.unwrap().entitlement)
}

#[test]
fn whoever_announced_first_is_paid_for_what_a_copy_earned() {
	development().execute_with(|| {
		let issuance = Balances::total_issuance();
		let world = announced_before();
		let (thief, first) = (&world.owners[1].payout, &world.stranger.payout);
		let script = Script::default();
		let run = world.propose(&script);
		world.start(run, &script);
		while kept(run).used == 0 {
			world.work_a_block(run, &script);
			next_block();
		}
		assert_eq!(kept(run).payout, *thief);
		assert_eq!(state(run), State::Working);
		let dealt = tasks_on_the_copy(run);

		// The announcement is opened in the middle of the first round.
		open(&world);
		let copy = pallet_datasets::Datasets::<Runtime>::get(COPY).unwrap();
		assert_eq!(copy.status, Status::Contested { by: ORIGINAL });
		let holder = pallet_datasets::ByRoot::<Runtime>::get(copy.content.root);
		let (dataset, first_of_line) = (ORIGINAL, COPY);
		assert_eq!(
			holder,
			Some(Holder {
				dataset,
				first: first_of_line
			})
		);
		let contested = pallet_datasets::Error::<Runtime>::DatasetContested;
		let plan = Box::new(world.plan(&script));
		let call = RuntimeCall::from(pallet_training::Call::propose { plan });
		assert_noop!(world.sponsor.act(call), DispatchError::from(contested));

		world.work(run, &script);
		assert_eq!(
			tasks_on_the_copy(run),
			dealt,
			"no further task was dealt on it"
		);
		assert!(
			all_tasks(run).iter().any(|(_, task)| task.round == 1),
			"the run went on with the others"
		);
		world.appraise(run, &script);
		world.settle(run);

		let price = FLAT_FEE + Balance::from(kept(run).used) * PRICE_PER_RECORD;
		assert_eq!(kept(run).vested, price);
		assert_eq!(Balances::free_balance(first), price);
		let (payee, share) = leaf_of_the_copy(run);
		assert_eq!(payee, *first);
		assert!(share > 0);
		check_and_pay(&world, run, &script, Basis::Scores);
		assert_eq!(Balances::free_balance(first), price + share);
		assert_eq!(Balances::free_balance(thief), 0);
		let account = read::account(thief.clone());
		assert_eq!((account.claimable, account.contributions), (0, vec![]));

		// All that the thief gets is its deposit.
		let dataset = COPY;
		assert_ok!(world.owners[1].act(pallet_datasets::Call::retire { dataset }));
		assert_eq!(read::account(world.owners[1].account.clone()).held, 0);
		check_everything();
		// Half of each penalty is burnt, the other half is the treasury's.
		assert_eq!(issuance - Balances::total_issuance(), Treasury::pot());
	});
}

#[test]
fn the_last_block_of_the_challenge_is_not_too_late() {
	development().execute_with(|| {
		let world = announced_before();
		let first = &world.stranger.payout;
		let script = Script::default();
		let run = world.propose(&script);
		world.start(run, &script);
		world.work(run, &script);
		world.appraise(run, &script);
		at_block(Training::run(run).unwrap().0.deadline);
		open(&world);
		world.settle(run);
		let (payee, share) = leaf_of_the_copy(run);
		assert_eq!(payee, *first);
		let price = kept(run).vested;
		assert_eq!(
			price,
			FLAT_FEE + Balance::from(RECORDS[1]) * PRICE_PER_RECORD
		);
		check_and_pay(&world, run, &script, Basis::Scores);
		assert_eq!(Balances::free_balance(first), price + share);
		assert_eq!(Balances::free_balance(&world.owners[1].payout), 0);
	});
}

#[test]
fn what_is_divided_already_stays() {
	development().execute_with(|| {
		let world = announced_before();
		let (thief, first) = (&world.owners[1].payout, &world.stranger.payout);
		let script = Script::default();
		let run = world.play(&script);
		let before = leaf_of_the_copy(run);
		assert_eq!(before.0, *thief);
		open(&world);
		assert_eq!(leaf_of_the_copy(run), before);
		check_and_pay(&world, run, &script, Basis::Scores);
		assert_eq!(Balances::free_balance(thief), kept(run).vested + before.1);
		assert_eq!(Balances::free_balance(first), 0);
	});
}
