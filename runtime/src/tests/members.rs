//! A whole run in which one dataset was made by a thousand people.

use frame_support::{assert_noop, assert_ok};
use guerdon_receipt::{DatasetId, PoolId, Role};
use guerdon_share_tree::{hidden, leaf_node, split_many, Leaf, Payee, Tree};
use pallet_settlement::{Call, Claim, CohortState, HostHasher, Opening};
use sp_runtime::DispatchError;

use super::{world::*, *};
use crate::constants::{currency::GRD, time::DAYS};

/// The dataset whose licence has a flat fee.
const DATASET: DatasetId = 1;

fn person(number: u32) -> AccountId {
	sp_io::hashing::blake2_256(&("member", number).encode()).into()
}

fn listed(people: std::ops::Range<u32>) -> Vec<Leaf<AccountId>> {
	let mut members: Vec<_> = people
		.map(|number| Leaf {
			payee: Payee::Account(person(number)),
			weight: u64::from(1 + number % 13),
		})
		.collect();
	members.sort_by_key(|member| member.payee.encode());
	members
}

fn secret() -> Opening<AccountId> {
	Opening {
		account: person(999),
		salt: [9; 32],
	}
}

/// Streams a list in parts and seals it.
fn list(owner: &Actor, weight: u64, members: &[Leaf<AccountId>]) -> PoolId {
	let pool = pallet_settlement::NextPoolId::<Runtime>::get();
	owner
		.act(Call::open_members {
			dataset: DATASET,
			weight,
		})
		.unwrap();
	for (number, part) in members.chunks(256).enumerate() {
		let call = Call::stream_members {
			pool,
			from: 256 * number as u64,
			members: part.to_vec().try_into().unwrap(),
		};
		owner.act(call).unwrap();
		check_everything();
	}
	owner.act(Call::seal_members { pool }).unwrap();
	check_everything();
	pool
}

fn tree_of(pool: PoolId, members: &[Leaf<AccountId>]) -> Tree {
	let nodes = members.iter().zip(0..);
	let nodes = nodes.map(|(leaf, index)| leaf_node::<HostHasher, _>(pool, index, leaf));
	Tree::new::<HostHasher>(nodes.collect()).unwrap()
}

#[test]
fn a_thousand_members_of_a_dataset_are_paid_to_the_unit() {
	development().execute_with(|| {
		// GIVEN a dataset with two cohorts, and somebody in the second who is not to be known.
		let world = World::ready();
		let owner = &world.owners[DATASET as usize];
		let first = listed(0..600);
		let mut second = listed(600..999);
		let secret = secret();
		let hash = hidden::<HostHasher, _>(&secret.account, &secret.salt);
		second.push(Leaf {
			payee: Payee::Hidden(hash),
			weight: 5,
		});
		let lists = [list(owner, 3, &first), list(owner, 2, &second)];

		// WHEN a run is played on it and everybody is paid.
		let run = world.play(&Script::default());
		let pool = Settlement::run_pool(run, Role::DataProvider).unwrap();
		let leaves = leaves_of(run);
		let leaf = leaves
			.iter()
			.find(|view| view.pool == pool && view.leaf.payee == Payee::Pool(lists[1]))
			.unwrap();
		let share = leaf.proven.as_ref().unwrap().entitlement;
		assert!(share > GRD);
		assert_eq!(Settlement::members(DATASET).unwrap().pending, FLAT_FEE);
		// It is not the publisher's money.
		assert_eq!(read::account(owner.payout.clone()).claimable, 0);
		assert_eq!(claims_of(&owner.payout), vec![]);
		let told = read::explain(leaf.pool, leaf.index).unwrap();
		assert_eq!(told.leaf, *leaf);

		let dataset = DATASET;
		assert_ok!(world.stranger.act(Call::claim_licences { dataset }));
		for part in leaves
			.iter()
			.cloned()
			.map(claim_for)
			.collect::<Vec<_>>()
			.chunks(64)
		{
			let claims = part.to_vec().try_into().unwrap();
			assert_ok!(world.stranger.act(Call::claim_many { claims }));
			check_everything();
		}
		// The licence of another dataset was too little for an account that had nothing then.
		let account = world.owners[2].payout.clone();
		let dest = account.clone().into();
		let value = crate::constants::currency::EXISTENTIAL_DEPOSIT;
		let gift = pallet_balances::Call::transfer_keep_alive { dest, value };
		assert_ok!(world.stranger.act(gift));
		assert_ok!(world.stranger.act(Call::claim_due { account }));
		for (pool, members) in lists.into_iter().zip([&first, &second]) {
			let tree = tree_of(pool, members);
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
		}
		let at = second.len() as u64 - 1;
		let Claim {
			pool, index, leaf, ..
		} = Claim {
			pool: lists[1],
			index: at,
			leaf: second[at as usize].clone(),
			proof: Default::default(),
			opening: None,
		};
		let claim = |opening| Call::<Runtime>::claim {
			pool,
			index,
			leaf: leaf.clone(),
			proof: tree_of(pool, &second).prove(index).unwrap(),
			opening,
		};
		let unopened = pallet_settlement::Error::<Runtime>::WrongOpening;
		assert_noop!(
			act(&world.stranger.account, claim(None)),
			DispatchError::from(unopened)
		);
		assert_ok!(world.stranger.act(claim(Some(secret.clone()))));
		check_everything();

		// THEN every unit is where it should be.
		let weights = [3, 2];
		let shares = split_many(share, &weights).unwrap();
		let fees = split_many(FLAT_FEE, &weights).unwrap();
		for (at, (pool, members)) in lists.into_iter().zip([&first, &second]).enumerate() {
			let cohort = Settlement::cohort(pool).unwrap();
			assert_eq!(cohort.funded, shares[at] + fees[at]);
			assert_eq!(cohort.paid, cohort.funded);
			let tree = tree_of(pool, members);
			let CohortState::Open(summary) = cohort.state else {
				panic!("the list was sealed");
			};
			assert_eq!(summary, *tree.summary());
			let due = tree.entitlements(cohort.funded).unwrap();
			assert_eq!(due.iter().sum::<Balance>(), cohort.funded);
			for ((member, due), index) in members.iter().zip(due).zip(0..) {
				let payee = match &member.payee {
					Payee::Account(payee) => payee,
					_ => &secret.account,
				};
				assert_eq!(Balances::free_balance(payee), due);
				assert_eq!(Settlement::drawn(pool, index), due);
			}
		}
		assert_eq!(Balances::free_balance(&owner.payout), 0);
		assert_eq!(Settlement::members(DATASET).unwrap().pending, 0);
		let books = Settlement::books(run, None);
		assert_eq!((books.claimable, books.escrow), (0, 0));
		let view = Settlement::conservation(None);
		assert_eq!((view.escrow, view.dues, view.surplus), (0, 0, 0));
		assert_eq!(view.funded, view.paid);
		assert_eq!(view.pot_free, view.existential_deposit);
	});
}

#[test]
fn the_members_of_a_dataset_that_is_not_new_are_listed_for_a_week_before_they_count() {
	development().execute_with(|| {
		let world = World::ready();
		let owner = &world.owners[DATASET as usize];
		System::set_block_number(System::block_number() + 7 * DAYS);
		let pool = pallet_settlement::NextPoolId::<Runtime>::get();
		let open = Call::open_members {
			dataset: DATASET,
			weight: 1,
		};
		owner.act(open.clone()).unwrap();
		let members = listed(0..1).try_into().unwrap();
		owner
			.act(Call::stream_members {
				pool,
				from: 0,
				members,
			})
			.unwrap();
		let early = pallet_settlement::Error::<Runtime>::TooEarly;
		let seal = Call::<Runtime>::seal_members { pool };
		assert_noop!(
			act(&owner.account, seal.clone()),
			DispatchError::from(early)
		);
		System::set_block_number(System::block_number() + 7 * DAYS);
		owner.act(seal).unwrap();
		// Nobody else lists anybody.
		let stranger = pallet_datasets::Error::<Runtime>::NotAuthorized;
		assert_noop!(
			act(&world.stranger.account, open),
			DispatchError::from(stranger)
		);
		check_everything();
	});
}
