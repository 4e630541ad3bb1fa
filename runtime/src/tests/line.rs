//! The whole line: dataset version, licence, attested receipt, valuation score, paid credit.

use std::collections::BTreeMap;

use frame_support::{
	assert_noop, assert_ok,
	traits::{Get, OnIdle, OnInitialize},
	weights::Weight,
};
use guerdon_receipt::{DatasetId, RunId, Work};
use guerdon_share_tree::{entitlement_of, leaf_node, split, split_many, Payee};
use guerdon_valuation::{scaled_weights, user_weight, Basis, Item, Scores};
use pallet_contributions::{Ledger, Subject};
use pallet_settlement::{Claims, HostHasher, PoolState};
use pallet_training::{State, TaskState};
use pallet_valuation::Method;

use super::{world::*, *};
use crate::constants::{
	currency::{EXISTENTIAL_DEPOSIT, GRD},
	time::EPOCH_SLOTS,
};
use guerdon_receipt::Role;

/// By role and encoded subject.
type Units = BTreeMap<(Role, Vec<u8>), u64>;

/// What everybody did, from nothing but the tasks and the receipts.
fn counted(run: RunId) -> Units {
	let mut units = Units::new();
	let mut used = std::collections::BTreeSet::new();
	for (_, task) in all_tasks(run) {
		let TaskState::Done { receipt } = task.state else {
			continue;
		};
		let view = read::receipt(receipt).unwrap();
		assert_eq!((view.run, view.id, &view.task), (run, receipt, &task));
		let role = match task.work {
			Work::Feedback { .. } => Role::User,
			Work::Train { .. } | Work::Aggregate => Role::Trainer,
		};
		let mut count = |role, who: &AccountId, units_of_task| {
			let subject = Subject::Account(who.clone()).encode();
			*units.entry((role, subject)).or_default() += units_of_task;
		};
		count(role, &task.contributor, task.units);
		for (seat, member) in task.committee.iter().enumerate() {
			if view.receipt.signers >> seat & 1 == 1 {
				count(Role::Attestor, member, task.units);
			}
		}
		if let Work::Train {
			dataset,
			first,
			count,
			..
		} = task.work
		{
			if used.insert((dataset, first)) {
				let subject = Subject::<AccountId>::Dataset(dataset).encode();
				*units.entry((Role::DataProvider, subject)).or_default() += u64::from(count);
			}
		}
	}
	units
}

/// The scores by the counts that were streamed, and the weights of the datasets that were used.
fn scores(world: &World, run: RunId) -> (Scores, BTreeMap<DatasetId, u64>) {
	let mut scores = Scores::new(CLASSES).unwrap();
	for item in world.counts(run).1 {
		if let Item::Point(counts) = item {
			scores.add(&counts).unwrap();
		}
	}
	let used: Vec<DatasetId> = (Training::run_datasets(run).into_iter())
		.filter(|view| view.kept.used > 0)
		.map(|view| view.dataset)
		.collect();
	let positive: Vec<u128> = (used.iter())
		.map(|dataset| u128::try_from(scores.get(*dataset)).unwrap_or(0))
		.collect();
	let weights = scaled_weights(&positive).unwrap();
	(scores, used.into_iter().zip(weights).collect())
}

/// Every table holds what was done, weighed by what the appraisers found.
fn check_tables(world: &World, run: RunId, by_scores: bool) {
	let counted = counted(run);
	let (_, weights) = scores(world, run);
	let answers: BTreeMap<AccountId, (u32, u32)> = (world.counts(run).1)
		.into_iter()
		.filter_map(|item| match item {
			Item::User(counts) => Some((counts.user.into(), (counts.answered, counts.right))),
			Item::Point(_) => None,
		})
		.collect();
	let mut entries = 0;
	for role in Role::ALL {
		let table = Contributions::table(run, role);
		assert!(table.closed);
		let page = read::table(run, role, 0, 64);
		assert_eq!(page.next, None);
		for (_, entry) in page.items {
			if role == Role::Appraiser {
				let (bad, honest) = world.appraisers.split_last().unwrap();
				assert!(entry.subject != Subject::Account(bad.account.clone()));
				let honest = honest
					.iter()
					.find(|who| entry.subject == Subject::Account(who.account.clone()));
				assert_eq!(entry.payee, honest.unwrap().payout);
				assert_eq!((entry.units, entry.weight), (1, 1));
				continue;
			}
			entries += 1;
			assert_eq!(
				entry.units,
				counted[&(role, entry.subject.encode())],
				"{role:?}"
			);
			let weight = match (&entry.subject, role) {
				(Subject::Dataset(dataset), _) if by_scores => weights[dataset],
				(Subject::Account(who), Role::User) if by_scores => {
					let (answered, right) = answers[who];
					user_weight(entry.units as u32, answered, right, CLASSES).unwrap()
				}
				(Subject::Dataset(_), _) => continue,
				_ => entry.units,
			};
			assert_eq!(entry.weight, weight, "{role:?} {:?}", entry.subject);
		}
	}
	assert_eq!(entries, counted.len(), "somebody is in no table");
}

/// What each role's pool must have been funded with, from the plan and the tables.
fn expected_funding(run: RunId, script: &Script) -> Vec<Balance> {
	let (run_state, plan) = Training::run(run).unwrap();
	let weights = plan.split_ppm.map(u128::from);
	let shares = split_many(plan.budget, &weights).unwrap();
	assert_eq!(shares.iter().sum::<Balance>(), script.budget);
	for (share, ppm) in shares.iter().zip(plan.split_ppm) {
		let exact = script.budget * Balance::from(ppm);
		assert!(
			(share * 1_000_000).abs_diff(exact) < 5_000_000,
			"{share} is not {ppm} ppm"
		);
	}
	Role::ALL
		.into_iter()
		.zip(shares)
		.zip(run_state.planned.units)
		.map(|((role, share), planned)| {
			let table = Contributions::table(run, role);
			if table.weight == 0 {
				return 0;
			}
			let units = |role| Contributions::table(run, role).units;
			let done = match role {
				Role::Attestor => units(Role::Trainer) + units(Role::User),
				_ => table.units,
			};
			let undone = u128::from(planned).saturating_sub(done);
			if planned == 0 || undone == 0 {
				return share;
			}
			split(share, done, undone).unwrap().0
		})
		.collect()
}

/// Every pool was funded with what its role earned, and divides it to the unit.
fn check_pools(run: RunId, funding: &[Balance]) {
	for (role, funded) in Role::ALL.into_iter().zip(funding) {
		let Some(id) = Settlement::run_pool(run, role) else {
			assert_eq!(*funded, 0, "{role:?} has no pool");
			continue;
		};
		let pool = Settlement::pool(id).unwrap();
		let PoolState::Sealed(summary) = pool.state else {
			panic!("the pool of {role:?} is not sealed");
		};
		assert_eq!(pool.funded, *funded, "{role:?}");
		let table = Contributions::table(run, role);
		assert_eq!(
			(summary.count, summary.sum),
			(table.count.into(), table.weight)
		);
		let mut sum = 0;
		for index in 0..u64::from(table.count) {
			let view = Settlement::proof(id, index).unwrap();
			let proven = view.proven.unwrap();
			let node = leaf_node::<HostHasher, _>(id, index, &view.leaf);
			let due = entitlement_of::<HostHasher>(&summary, index, node, &proven.proof, *funded);
			assert_eq!(due, Ok(proven.entitlement));
			let exact = sp_core::U256::from(*funded) * sp_core::U256::from(view.leaf.weight)
				/ sp_core::U256::from(summary.sum);
			assert!(
				proven.entitlement.abs_diff(exact.as_u128()) <= 8,
				"{role:?} {index}"
			);
			sum += proven.entitlement;
		}
		assert_eq!(sum, *funded, "{role:?} divides exactly");
	}
}

/// The trail of every leaf leads from receipts to the credit.
fn check_explanations(world: &World, run: RunId, script: &Script, basis: Basis) {
	let (scores, _) = scores(world, run);
	for leaf in leaves_of(run) {
		let told = read::explain(leaf.pool, leaf.index).unwrap();
		assert_eq!(told.leaf, leaf);
		assert_eq!(told.entry.weight, leaf.leaf.weight);
		assert_eq!(told.budget, script.budget);
		assert_eq!(told.split_ppm, script.split_ppm[leaf.role.index()]);
		assert_eq!(told.funded, Settlement::pool(leaf.pool).unwrap().funded);
		assert_eq!(told.basis, Some(basis));
		assert!(told.complete);
		let mut units = 0;
		for receipt in &told.receipts {
			let TaskState::Done { receipt: id } = receipt.task.state else {
				panic!("a receipt stands for a task that is done");
			};
			assert_eq!(id, receipt.id);
			units += match receipt.task.work {
				Work::Train { count, .. } if leaf.role == Role::DataProvider => count.into(),
				_ => receipt.task.units,
			};
		}
		match (leaf.role, &told.entry.subject) {
			(Role::Appraiser, _) => assert!(told.receipts.is_empty()),
			_ => assert_eq!(
				units, told.entry.units,
				"{:?} {:?}",
				leaf.role, told.entry.subject
			),
		}
		if let (Subject::Dataset(dataset), Basis::Scores) = (&told.entry.subject, basis) {
			assert_eq!(told.score, Some(scores.get(*dataset)));
		} else if leaf.role != Role::DataProvider {
			assert_eq!(told.score, None);
		}
	}
}

fn pay_everybody(world: &World, run: RunId) {
	let leaves = leaves_of(run);
	let payable = |leaf: &pallet_settlement::LeafView<AccountId>| {
		!Settlement::is_claimed(leaf.pool, leaf.index)
			&& leaf.proven.as_ref().unwrap().entitlement > 0
	};
	let first = leaves.iter().find(|leaf| payable(leaf)).unwrap().clone();
	let claim = claim_for(first);
	assert_ok!(world.stranger.act(pallet_settlement::Call::claim {
		pool: claim.pool,
		index: claim.index,
		leaf: claim.leaf,
		proof: claim.proof,
		opening: claim.opening,
	}));
	check_everything();
	let rest: Vec<_> = leaves.into_iter().filter(payable).map(claim_for).collect();
	for part in rest.chunks(5) {
		let claims = Claims::try_from(part.to_vec()).unwrap();
		assert_ok!(world
			.stranger
			.act(pallet_settlement::Call::claim_many { claims }));
		assert_eq!(claim_refusals(), vec![]);
		check_everything();
		next_block();
	}
}

/// Everything about a settled run, then every claim, then everything again.
pub(super) fn check_and_pay(world: &World, run: RunId, script: &Script, basis: Basis) {
	check_tables(world, run, basis == Basis::Scores);
	let mut funding = expected_funding(run, script);
	let (_, plan) = Training::run(run).unwrap();
	let books = Settlement::books(run, None);
	if !script.reveals_tests {
		funding[Role::DataProvider.index()] += plan.bond;
	}
	check_pools(run, &funding);
	check_explanations(world, run, script, basis);
	let licence: Balance = (Training::run_datasets(run).iter())
		.map(|view| view.kept.vested)
		.sum();
	assert_eq!(books.budget_in, script.budget);
	assert_eq!(books.escrow, 0);
	let funded: Balance = funding.iter().sum();
	assert_eq!(books.paid + books.claimable, funded + licence);
	assert_eq!(
		books.returned + books.released,
		plan.budget + plan.max_licence + plan.bond + plan.tip - funded - licence,
		"what nobody earned is the sponsor's"
	);

	let due = dues_by_payee(run);
	let before: BTreeMap<_, _> = (due.keys())
		.map(|payee| (payee.clone(), Balances::free_balance(payee)))
		.collect();
	for (payee, amount) in &due {
		let view = read::account(payee.clone());
		let unclaimed = amount + view.dues;
		assert_eq!(
			view.claimable, unclaimed,
			"what the account is told is what it gets"
		);
		let entitled: Balance = claims_of(payee)
			.into_iter()
			.filter(|leaf| leaf.run == run)
			.map(|leaf| leaf.proven.unwrap().entitlement)
			.sum();
		assert_eq!(entitled, *amount);
	}
	pay_everybody(world, run);
	for (payee, amount) in &due {
		assert_eq!(Balances::free_balance(payee), before[payee] + amount);
		let view = read::account(payee.clone());
		assert_eq!(view.claimable, view.dues);
		assert_eq!(view.free, Balances::free_balance(payee));
		assert!(view
			.contributions
			.iter()
			.all(|item| item.claimed || item.entitlement == Some(0)));
	}
	assert_eq!(due.values().sum::<Balance>(), funded);
	check_everything();
}

/// After the retention everything of the run can be cleared; only books, tables and pools stay.
fn check_pruning(world: &World, run: RunId) {
	let forger = &world.forger().account;
	let held = |who: &AccountId| read::account(who.clone()).held;
	assert_eq!(held(forger), 10 * GRD);
	let kept: BlockNumber = <Runtime as pallet_training::Config>::RetentionBlocks::get();
	System::set_block_number(System::block_number() + kept);
	next_block();
	while Training::run(run).is_some() {
		assert_ok!(world
			.keeper
			.act(pallet_training::Call::prune { run, limit: 7 }));
		check_everything();
	}
	assert_eq!(
		Treasury::pot(),
		penalties().treasury + 5 * GRD,
		"a forger's deposit is lost"
	);
	for who in world
		.trainers
		.iter()
		.chain(&world.users)
		.chain([&world.sponsor])
	{
		assert_eq!(held(&who.account), 0);
	}
	for (_, registration) in
		pallet_attestors::Registrations::<Runtime>::iter_prefix(pallet_attestors::Kind::Attestor)
	{
		assert_eq!(registration.locks, 0);
	}
}

#[test]
fn the_whole_line_pays_to_the_unit() {
	development().execute_with(|| {
		let issuance = Balances::total_issuance();
		let world = World::ready();
		let script = Script::default();
		let sponsor = Balances::total_balance(&world.sponsor.account);
		let keeper = Balances::total_balance(&world.keeper.account);
		let run = world.play(&script);

		let tasks = all_tasks(run);
		let by_forger: Vec<_> = (tasks.iter())
			.filter(|(_, task)| task.contributor == world.forger().account)
			.collect();
		assert!(!by_forger.is_empty());
		assert!(by_forger
			.iter()
			.all(|(_, task)| task.state == TaskState::Missed));
		assert!(
			tasks.iter().any(|(_, task)| task.attempt > 1),
			"missed work was dealt again"
		);
		let (state, plan) = Training::run(run).unwrap();
		assert_eq!((state.round, state.revealed), (2, Some(true)));
		assert!(tasks
			.iter()
			.any(|(_, task)| task.round == 1 && task.base_model != plan.initial_model.0));
		let trainers = Contributions::table(run, Role::Trainer);
		assert_eq!(
			trainers.units,
			u128::from(state.planned.units[1]),
			"all planned work was done"
		);
		assert_eq!(Contributions::table(run, Role::Appraiser).count, 4);

		check_and_pay(&world, run, &script, Basis::Scores);
		assert_eq!(Balances::free_balance(&world.forger().payout), 0);
		assert_eq!(claims_of(&world.forger().payout), vec![]);

		// Licences: nothing, the flat fee, and too little to be received by an empty account.
		let owed = Balance::from(RECORDS[2]) * PRICE_PER_RECORD;
		assert!(owed < EXISTENTIAL_DEPOSIT);
		let payout = &world.owners[2].payout;
		assert_eq!(read::account(payout.clone()).dues, owed);
		let collect = pallet_settlement::Call::<Runtime>::claim_due {
			account: payout.clone(),
		};
		let collect = RuntimeCall::from(collect);
		let refused = pallet_settlement::Error::<Runtime>::BelowExistentialDeposit;
		assert_noop!(
			world.stranger.act(collect.clone()),
			DispatchError::from(refused)
		);
		let dest = payout.clone().into();
		let value = EXISTENTIAL_DEPOSIT;
		let gift = pallet_balances::Call::transfer_keep_alive { dest, value };
		assert_ok!(world.stranger.act(gift));
		assert_ok!(world.stranger.act(collect.clone()));
		assert_eq!(Balances::free_balance(payout), EXISTENTIAL_DEPOSIT + owed);
		let nothing = pallet_settlement::Error::<Runtime>::NothingToClaim;
		assert_noop!(world.stranger.act(collect), DispatchError::from(nothing));

		let books = Settlement::books(run, None);
		assert_eq!((books.claimable, books.escrow), (0, 0));
		let conservation = Settlement::conservation(None);
		assert_eq!(conservation.funded, conservation.paid);
		assert_eq!((conservation.escrow, conservation.dues), (0, 0));
		assert_eq!((conservation.surplus, conservation.missing), (0, 0));
		assert_eq!(conservation.pot_free, EXISTENTIAL_DEPOSIT);
		let tips = Balances::total_balance(&world.keeper.account) - keeper;
		assert!(tips > 0);
		let spent = sponsor - Balances::total_balance(&world.sponsor.account);
		assert_eq!(
			spent,
			books.paid + tips,
			"the sponsor paid for what was done, and no more"
		);

		check_pruning(&world, run);
		let burnt = penalties().burn + 5 * GRD;
		assert_eq!(Balances::total_issuance(), issuance - burnt);
	});
}

#[test]
fn leaving_one_receipt_out_changes_the_payouts() {
	let play = |withheld: Vec<_>| {
		let mut outcome = None;
		development().execute_with(|| {
			let issuance = Balances::total_issuance();
			let world = World::ready();
			let script = Script {
				withheld,
				..Script::default()
			};
			let run = world.play(&script);
			check_and_pay(&world, run, &script, Basis::Scores);
			assert_eq!(Balances::total_issuance(), issuance - penalties().burn);
			let of = |role| {
				let pool = Settlement::run_pool(run, role).unwrap();
				(
					Contributions::table(run, role),
					Settlement::pool(pool).unwrap().funded,
				)
			};
			let vested: Vec<_> = (Training::run_datasets(run).into_iter())
				.map(|view| (view.kept.used, view.kept.vested))
				.collect();
			outcome = Some((Role::ALL.map(of), Settlement::books(run, None), vested));
		});
		outcome.unwrap()
	};
	let (whole, books, vested) = play(vec![]);

	// The second round's receipt for records that the first one used: its work is missing.
	let (less, fewer_books, same_vested) = play(vec![(1, 2, 16)]);
	let [data, trainer, user, attestor, appraiser] = [0, 1, 2, 3, 4];
	let units = u128::from(RECORDS_PER_TASK) * u128::from(PASSES);
	assert_eq!(whole[trainer].0.units - less[trainer].0.units, units);
	assert!(less[trainer].1 < whole[trainer].1);
	assert!(less[attestor].0.units < whole[attestor].0.units);
	assert!(less[attestor].1 < whole[attestor].1);
	for role in [data, user, appraiser] {
		assert_eq!(
			(whole[role].0.weight, whole[role].1),
			(less[role].0.weight, less[role].1)
		);
	}
	assert_eq!(vested, same_vested);
	assert!(fewer_books.returned > books.returned);
	assert_eq!(fewer_books.deposited(), books.deposited());

	// The same records in both rounds: their price does not vest either.
	let (_, _, less_vested) = play(vec![(0, 2, 16), (1, 2, 16)]);
	assert_eq!(vested[..2], less_vested[..2]);
	assert_eq!(vested[2].0 - less_vested[2].0, u64::from(RECORDS_PER_TASK));
	let price = Balance::from(RECORDS_PER_TASK) * PRICE_PER_RECORD;
	assert_eq!(vested[2].1 - less_vested[2].1, price);
}

#[test]
fn a_budget_of_seven_units_is_divided_exactly_and_waits_for_accounts_that_live() {
	development().execute_with(|| {
		let issuance = Balances::total_issuance();
		let world = World::ready();
		let script = Script {
			budget: 7,
			..Script::default()
		};
		let run = world.play(&script);
		check_pools(run, &expected_funding(run, &script));
		// One owner's account lives on the flat fee of its licence.
		let alive = &world.owners[1].payout;
		assert_eq!(Balances::free_balance(alive), FLAT_FEE);
		let mut due = dues_by_payee(run);
		let funded: Balance = due.values().sum();
		assert!(funded > 0 && funded <= 7);
		due.remove(alive);
		let claims: Vec<_> = leaves_of(run)
			.into_iter()
			.filter(|leaf| leaf.proven.as_ref().unwrap().entitlement > 0)
			.filter(|leaf| leaf.leaf.payee != Payee::Account(alive.clone()))
			.map(claim_for)
			.collect();
		assert!(!claims.is_empty());
		for claim in &claims {
			let call = RuntimeCall::from(pallet_settlement::Call::<Runtime>::claim {
				pool: claim.pool,
				index: claim.index,
				leaf: claim.leaf.clone(),
				proof: claim.proof.clone(),
				opening: None,
			});
			let refused = pallet_settlement::Error::<Runtime>::BelowExistentialDeposit;
			assert_noop!(world.stranger.act(call), DispatchError::from(refused));
		}
		let many = RuntimeCall::from(pallet_settlement::Call::<Runtime>::claim_many {
			claims: claims.clone().try_into().unwrap(),
		});
		assert_ok!(world.stranger.act(many.clone()));
		assert_eq!(claim_refusals().len(), claims.len(), "nothing is lost");
		assert!(claims
			.iter()
			.all(|claim| !Settlement::is_claimed(claim.pool, claim.index)));
		check_everything();

		for payee in due.keys() {
			let dest = payee.clone().into();
			let value = EXISTENTIAL_DEPOSIT;
			let gift = pallet_balances::Call::transfer_keep_alive { dest, value };
			assert_ok!(world.stranger.act(gift));
		}
		next_block();
		assert_ok!(world.stranger.act(many));
		assert_eq!(claim_refusals(), vec![]);
		for (payee, amount) in due {
			assert_eq!(Balances::free_balance(&payee), EXISTENTIAL_DEPOSIT + amount);
		}
		check_everything();
		assert_eq!(Balances::total_issuance(), issuance - penalties().burn);
	});
}

#[test]
fn without_the_tests_the_bond_goes_to_the_publishers_by_licence_price() {
	development().execute_with(|| {
		let issuance = Balances::total_issuance();
		let world = World::ready();
		let script = Script {
			reveals_tests: false,
			..Script::default()
		};
		let run = world.play(&script);
		assert_eq!(Training::run(run).unwrap().0.revealed, Some(false));
		check_and_pay(&world, run, &script, Basis::LicencePrice);
		let free = dues_by_payee(run);
		assert_eq!(
			free.get(&world.owners[0].payout),
			Some(&0),
			"a free licence has no price"
		);
		assert!(free[&world.owners[1].payout] > free[&world.owners[2].payout]);
		assert_eq!(Balances::total_issuance(), issuance - penalties().burn);
	});
}

#[test]
fn a_run_by_licence_price_needs_no_appraisers() {
	development().execute_with(|| {
		let world = World::ready();
		let script = Script {
			method: Method::LicencePrice,
			datasets: vec![0],
			feedback: false,
			..Script::default()
		};
		let run = world.play(&script);
		check_and_pay(&world, run, &script, Basis::RecordsUsed);
		assert_eq!(Settlement::run_pool(run, Role::User), None);
		assert_eq!(Settlement::run_pool(run, Role::Appraiser), None);
	});
}

#[test]
fn credits_outlive_their_run() {
	development().execute_with(|| {
		let world = World::ready();
		let run = world.play(&Script::default());
		let due = dues_by_payee(run);
		let before: Vec<_> = due.keys().map(|who| read::account(who.clone())).collect();
		check_pruning(&world, run);
		for (told, who) in before.into_iter().zip(due.keys()) {
			let now = read::account(who.clone());
			assert_eq!(now.claimable, told.claimable);
			assert_eq!(now.contributions.len(), told.contributions.len());
			assert!(now
				.contributions
				.iter()
				.all(|item| item.state == State::Settled));
		}
		pay_everybody(&world, run);
		for (who, amount) in due {
			assert!(Balances::free_balance(&who) >= amount);
		}
		check_everything();
	});
}

#[test]
fn two_runs_at_once_do_not_touch_each_others_money() {
	development().execute_with(|| {
		let issuance = Balances::total_issuance();
		let world = World::ready();
		let (one, other) = (
			Script::default(),
			Script {
				budget: 3 * AWKWARD / 7,
				split_ppm: [1, 333_333, 333_333, 333_333, 0],
				..Script::default()
			},
		);
		let runs = [world.propose(&one), world.propose(&other)];
		world.start(runs[0], &one);
		world.start(runs[1], &other);
		while state(runs[0]) == State::Working {
			world.work_a_block(runs[0], &one);
			world.work_a_block(runs[1], &other);
			next_block();
		}
		for (run, script) in runs.into_iter().zip([&one, &other]) {
			world.work(run, script);
			world.appraise(run, script);
			world.settle(run);
		}
		for (run, script) in runs.into_iter().zip([&one, &other]) {
			check_tables(&world, run, true);
			check_pools(run, &expected_funding(run, script));
		}
		pay_everybody(&world, runs[1]);
		assert_eq!(Settlement::pool(0).unwrap().paid, 0);
		pay_everybody(&world, runs[0]);
		check_everything();
		assert_eq!(Balances::total_issuance(), issuance - penalties().burn);
	});
}

#[test]
fn a_run_that_nobody_works_on_gives_everything_back() {
	development().execute_with(|| {
		let world = World::ready();
		let before = Balances::total_balance(&world.sponsor.account);
		let run = world.propose(&Script::default());
		let act = |call: pallet_training::Call<Runtime>| world.keeper.act(call);
		// The owner of the third dataset is silent, and nobody enrols.
		at_block(Training::run(run).unwrap().0.deadline + 1);
		assert_ok!(act(pallet_training::Call::advance { run, limit: 1 }));
		assert_eq!(state(run), State::Enrolling);
		at_block(Training::run(run).unwrap().0.deadline + 1);
		assert_ok!(act(pallet_training::Call::advance { run, limit: 1 }));
		assert_eq!(state(run), State::Cancelled);
		check_everything();
		assert_ok!(act(pallet_training::Call::prune { run, limit: 100 }));
		assert_eq!(Training::run(run), None);
		assert_eq!(Balances::total_balance(&world.sponsor.account), before);
		assert_eq!(read::account(world.sponsor.account.clone()).held, 0);
		check_everything();
	});
}

/// What the hooks of our pallets cost in a block in which no epoch begins.
fn idle_weight() -> Weight {
	type Ours = (
		Datasets,
		Attestors,
		Training,
		Contributions,
		Valuation,
		Settlement,
	);
	next_block();
	if u64::from(System::block_number()).is_multiple_of(EPOCH_SLOTS) {
		next_block();
	}
	let now = System::block_number();
	Ours::on_initialize(now).saturating_add(Ours::on_idle(now, Weight::MAX))
}

#[test]
fn an_idle_block_costs_the_same_before_and_after_a_run() {
	development().execute_with(|| {
		let world = World::ready();
		let before = idle_weight();
		let run = world.play(&Script::default());
		assert_eq!(state(run), State::Settled);
		assert_eq!(idle_weight(), before);
	});
}
