//! Runs that are paid in an asset: from its issuer to everybody who is due a part, to the unit.

use frame_support::{assert_noop, assert_ok, traits::fungibles::Inspect as _};
use guerdon_receipt::{DatasetId, Role, RunId};
use guerdon_share_tree::{leaf_node, Leaf, Payee, Tree};
use pallet_settlement::{AssetId, Call, Claim, Error, HostHasher};
use sp_keyring::Sr25519Keyring;
use sp_runtime::DispatchError;

use super::{world::*, *};
use crate::constants::currency::GRD;

/// The dollar of the test chains.
const DOLLAR: AssetId = 1;
const ONE: Balance = 1_000_000;
/// Of which nothing divides evenly.
const BUDGET: Balance = 100_000 * ONE + 7;
const BOND: Balance = BUDGET.div_ceil(10);
/// The dataset that has members.
const DATASET: DatasetId = 1;

fn issuer() -> AccountId {
	Sr25519Keyring::Eve.to_account_id()
}

fn issue(to: &AccountId, amount: Balance) {
	let call = pallet_assets::Call::mint {
		id: DOLLAR,
		beneficiary: to.clone().into(),
		amount,
	};
	assert_ok!(act(&issuer(), call));
}

fn take_back(from: &AccountId, amount: Balance) {
	let call = pallet_assets::Call::burn {
		id: DOLLAR,
		who: from.clone().into(),
		amount,
	};
	assert_ok!(act(&issuer(), call));
}

fn dollars(who: &AccountId) -> Balance {
	Assets::balance(DOLLAR, who)
}

fn script() -> Script {
	Script {
		asset: Some(DOLLAR),
		budget: BUDGET,
		..Script::default()
	}
}

/// Everything of a run that anybody is due, claimed by a stranger.
fn claim_all(world: &World, run: RunId) {
	let leaves: Vec<_> = leaves_of(run).into_iter().map(claim_for).collect();
	for part in leaves.chunks(64) {
		let claims = part.to_vec().try_into().unwrap();
		assert_ok!(world.stranger.act(Call::claim_many { claims }));
		check_everything();
	}
}

fn person(number: u32) -> AccountId {
	sp_io::hashing::blake2_256(&("member", number).encode()).into()
}

#[test]
fn a_run_in_dollars_is_paid_to_the_unit_and_its_fees_are_in_grd() {
	development().execute_with(|| {
		// GIVEN a sponsor with the dollars of one run, and a dataset with members
		let world = World::ready();
		let sponsor = &world.sponsor.account;
		issue(sponsor, BUDGET + BOND);
		let mut members: Vec<_> = (0..300)
			.map(|number| Leaf {
				payee: Payee::Account(person(number)),
				weight: u64::from(1 + number % 13),
			})
			.collect();
		members.sort_by_key(|member| member.payee.encode());
		let list = pallet_settlement::NextPoolId::<Runtime>::get();
		let owner = &world.owners[DATASET as usize];
		let open = Call::open_members {
			dataset: DATASET,
			weight: 1,
		};
		assert_ok!(owner.act(open));
		for (number, part) in members.chunks(256).enumerate() {
			let call = Call::stream_members {
				pool: list,
				from: 256 * number as u64,
				members: part.to_vec().try_into().unwrap(),
			};
			assert_ok!(owner.act(call));
		}
		assert_ok!(owner.act(Call::seal_members { pool: list }));
		let grd = Balances::free_balance(sponsor) + Balances::reserved_balance(sponsor);

		// WHEN a run is played that is paid in them, and everybody claims
		let run = world.play(&script());
		assert_eq!(
			dollars(sponsor),
			Settlement::books(run, Some(DOLLAR)).returned
		);
		assert!(dollars(sponsor) >= BOND);
		claim_all(&world, run);

		// THEN every dollar is where it should be
		let shares = Settlement::shares_of(list);
		let (pool, share) = shares.into_iter().next().unwrap();
		assert_eq!(share.asset, DOLLAR);
		let nodes = members.iter().zip(0..);
		let nodes = nodes.map(|(leaf, index)| leaf_node::<HostHasher, _>(list, index, leaf));
		let tree = Tree::new::<HostHasher>(nodes.collect()).unwrap();
		for (page, part) in (0..).zip(members.chunks(256)) {
			let call = Call::pay_page {
				pool,
				page,
				leaves: part.to_vec().try_into().unwrap(),
				proof: tree.prove_page(page).unwrap(),
			};
			assert_ok!(world.stranger.act(call));
			check_everything();
		}
		let due = tree.entitlements(share.funded).unwrap();
		assert_eq!(due.iter().sum::<Balance>(), share.funded);
		let mut small = 0;
		for (member, due) in members.iter().zip(due) {
			let Payee::Account(who) = &member.payee else {
				panic!("members are accounts");
			};
			if due < Assets::minimum_balance(DOLLAR) {
				small += due;
				assert_eq!(dollars(who), 0);
			} else {
				assert_eq!(dollars(who), due);
				// They live on it: nobody gave them GRD.
				assert_eq!(Balances::free_balance(who), 0);
			}
		}
		let books = Settlement::books(run, Some(DOLLAR));
		assert_eq!(books.deposited(), Some(BUDGET + BOND));
		assert_eq!((books.licence_in, books.tip_in), (0, 0));
		assert_eq!((books.claimable, books.escrow), (0, 0));
		let view = Settlement::conservation(Some(DOLLAR));
		assert_eq!((view.missing, view.surplus, view.dues), (0, 0, 0));
		assert_eq!(view.pot_free, view.existential_deposit + small);
		// AND licences and tips are in GRD, and no GRD was divided
		let books = Settlement::books(run, None);
		assert_eq!((books.budget_in, books.bond_in), (0, 0));
		assert!(books.licence_in > 0 && books.tip_in > 0);
		assert_eq!(books.deposited(), books.accounted());
		let spent = grd - Balances::free_balance(sponsor) - Balances::reserved_balance(sponsor);
		assert_eq!(spent, books.licence_in + books.tip_in - books.returned);
		// AND the wallet of a trainer tells both apart
		let view = read::account(world.trainers[0].payout.clone());
		assert_eq!((view.claimable, view.free), (0, 0));
		let [balance] = view.assets[..] else {
			panic!("{:?}", view.assets);
		};
		assert_eq!((balance.asset, balance.claimable), (DOLLAR, 0));
		assert_eq!(balance.free, dollars(&world.trainers[0].payout));
		assert!(balance.free > 0);
		let told = read::run(run).unwrap();
		assert_eq!(told.plan.asset, Some(DOLLAR));
		assert_eq!(told.books, Settlement::books(run, Some(DOLLAR)));
		assert_eq!(told.grd_books, Some(Settlement::books(run, None)));
	});
}

#[test]
fn an_issuer_that_takes_from_the_pot_stops_its_asset_alone() {
	development().execute_with(|| {
		// GIVEN a run in dollars and one in GRD, nobody paid yet
		let world = World::ready();
		issue(&world.sponsor.account, BUDGET + BOND);
		let dollar_run = world.play(&script());
		let grd_run = world.play(&Script::default());
		// WHEN the issuer takes one unit from the pot
		take_back(&Settlement::pot(), 1);
		assert_eq!(Settlement::conservation(Some(DOLLAR)).missing, 1);
		// THEN GRD is paid as ever, and no dollar is
		claim_all(&world, grd_run);
		claim_all(&world, dollar_run);
		// But for the licences that are too little for accounts without anything.
		let grd = [grd_run, dollar_run].map(|run| Settlement::books(run, None).claimable);
		assert_eq!(grd[0] + grd[1], Settlement::conservation(None).dues);
		let waiting = Settlement::books(dollar_run, Some(DOLLAR)).claimable;
		assert!(waiting > 0);
		let leaf = claim_for(leaves_of(dollar_run).remove(0));
		let Claim {
			pool,
			index,
			leaf,
			proof,
			opening,
		} = leaf;
		assert_noop!(
			world.stranger.act(Call::claim {
				pool,
				index,
				leaf,
				proof,
				opening
			}),
			DispatchError::from(Error::<Runtime>::AssetShort)
		);
		// AND all of it is paid once the unit is back
		issue(&Settlement::pot(), 1);
		claim_all(&world, dollar_run);
		assert_eq!(Settlement::books(dollar_run, Some(DOLLAR)).claimable, 0);
		let view = Settlement::conservation(Some(DOLLAR));
		assert_eq!(view.pot_free, view.existential_deposit);
	});
}

#[test]
fn governance_decides_what_runs_can_be_paid_in() {
	development().execute_with(|| {
		let world = World::ready();
		issue(&world.sponsor.account, BUDGET + BOND);
		let propose = |asset| {
			let script = Script { asset, ..script() };
			let plan = Box::new(world.plan(&script));
			world.sponsor.act(pallet_training::Call::propose { plan })
		};
		let refused = DispatchError::from(Error::<Runtime>::AssetNotAllowed);
		assert_noop!(propose(Some(DOLLAR + 1)), refused);
		let asset = DOLLAR;
		let close: RuntimeCall = Call::close_asset { asset }.into();
		assert_noop!(world.sponsor.act(close.clone()), DispatchError::BadOrigin);
		assert_noop!(act(&issuer(), close.clone()), DispatchError::BadOrigin);
		use sp_runtime::traits::Dispatchable;
		assert_ok!(close.dispatch(RuntimeOrigin::root()));
		assert_noop!(propose(Some(DOLLAR)), refused);
		// Nobody but Root makes assets.
		let create = pallet_assets::Call::create {
			id: 7,
			admin: issuer().into(),
			min_balance: 1,
		};
		assert_noop!(act(&issuer(), create), DispatchError::BadOrigin);
		assert_eq!(read::assets().len(), 1);
		assert_eq!(read::assets()[0].symbol, b"TUSD");
		assert!(!read::assets()[0].allowed.open);
	});
}

#[test]
fn a_sponsor_without_the_asset_proposes_nothing() {
	development().execute_with(|| {
		let world = World::ready();
		let plan = Box::new(world.plan(&script()));
		let propose = pallet_training::Call::propose { plan };
		assert!(world.sponsor.act(propose).is_err());
		issue(&world.sponsor.account, BUDGET + BOND - 1);
		let plan = Box::new(world.plan(&script()));
		let propose = pallet_training::Call::propose { plan };
		assert!(world.sponsor.act(propose).is_err());
		assert!(Balances::free_balance(&world.sponsor.account) > GRD);
	});
}

#[test]
fn a_run_in_dollars_that_is_cancelled_pays_its_kill_fee_in_dollars() {
	development().execute_with(|| {
		let world = World::ready();
		let sponsor = &world.sponsor.account;
		issue(sponsor, BUDGET + BOND);
		let run = world.propose(&script());
		at_block(Training::run(run).unwrap().0.deadline + 1);
		assert_ok!(world.advance(run, 16));
		let trainer = &world.trainers[0];
		assert_ok!(world.enrol(run, trainer, Role::Trainer));
		let cancel = pallet_training::Call::cancel { run };
		assert_ok!(world.sponsor.act(cancel));
		check_everything();
		let prune = pallet_training::Call::prune { run, limit: 64 };
		assert_ok!(world.stranger.act(prune));
		check_everything();
		assert_eq!(dollars(&trainer.payout), BUDGET / 100);
		assert_eq!(dollars(sponsor), BUDGET + BOND - BUDGET / 100);
		assert_eq!(Balances::free_balance(&trainer.payout), 0);
	});
}
