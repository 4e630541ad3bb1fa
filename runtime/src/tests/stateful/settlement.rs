//! Claims.

use guerdon_receipt::{PoolId, Role};
use guerdon_share_tree::{Leaf, Payee, Proof};
use pallet_contributions::Ledger;
use pallet_settlement::{Call, Claim, PoolState};

use super::{super::world::claim_for, *};
use crate::constants::currency::EXISTENTIAL_DEPOSIT;

/// A pool that is funded, and how many leaves it has.
fn pools() -> Vec<(PoolId, u64)> {
	(0..pallet_settlement::NextPoolId::<Runtime>::get())
		.filter_map(|id| match Settlement::pool(id)?.state {
			PoolState::Sealed(summary) => Some((id, summary.count)),
			PoolState::Building(_) => None,
		})
		.collect()
}

/// A leaf that fits: whether it is claimed, and what it is due.
fn leaf_where(walk: &mut Walk, fits: impl Fn(bool, Balance) -> bool) -> Option<Claim<AccountId>> {
	let mut pools = pools();
	while !pools.is_empty() {
		let (pool, count) = pools.swap_remove(walk.dice.below(pools.len() as u64) as usize);
		let first = walk.dice.below(count);
		for index in (first..count).chain(0..first) {
			let claimed = Settlement::is_claimed(pool, index);
			// What is due is dear to find out.
			if !fits(claimed, 1) && !fits(claimed, 0) {
				continue;
			}
			let view = Settlement::proof(pool, index).unwrap();
			if fits(claimed, view.proven.as_ref().unwrap().entitlement) {
				return Some(claim_for(view));
			}
		}
	}
	None
}

fn unfunded() -> Option<Claim<AccountId>> {
	let pool = (0..pallet_settlement::NextPoolId::<Runtime>::get()).find(|id| {
		let pool = Settlement::pool(*id).unwrap();
		matches!(pool.state, PoolState::Building(_))
	})?;
	let (run, role) = {
		let pool = Settlement::pool(pool)?;
		(pool.run, pool.role)
	};
	let entry = <Contributions as Ledger<AccountId>>::entry(run, role, 0)?;
	Some(Claim {
		pool,
		index: 0,
		leaf: Leaf {
			payee: Payee::Account(entry.payee),
			weight: entry.weight,
		},
		proof: Proof::try_from(vec![]).unwrap(),
	})
}

/// One leaf, mostly due, often wrong in one respect.
fn some_claim(walk: &mut Walk) -> Option<Claim<AccountId>> {
	let mut chosen = leaf_where(walk, |claimed, due| !claimed && due > 0);
	spoil!(walk,
		"Settlement::NotSealed" => chosen = unfunded(),
		"Settlement::AlreadyClaimed" => chosen = leaf_where(walk, |claimed, _| claimed),
		"Settlement::NothingToClaim" => chosen = leaf_where(walk, |_, due| due == 0),
		"Settlement::BelowExistentialDeposit" => {
			chosen = leaf_where(walk, |claimed, due| !claimed && due > 0 && due < EXISTENTIAL_DEPOSIT);
		},
	);
	let mut claim = chosen?;
	spoil!(walk,
		"Settlement::NotFound" => claim.pool += 1_000,
		"Settlement::LeafNotFound" => claim.index += 1_000,
		"Settlement::WrongLeaf" => claim.leaf.payee = Payee::Hidden([0; 32]),
		"Settlement::WrongProof" => claim.leaf.weight += 1,
		"Settlement::PayeeIsPot" => claim.leaf.payee = Payee::Account(Settlement::pot()),
	);
	Some(claim)
}

pub fn claim(walk: &mut Walk) -> Option<Sent> {
	let Claim {
		pool,
		index,
		leaf,
		proof,
	} = some_claim(walk)?;
	let who = walk.anybody().account;
	Some(Sent {
		who,
		call: Call::claim {
			pool,
			index,
			leaf,
			proof,
		}
		.into(),
	})
}

pub fn claim_many(walk: &mut Walk) -> Option<Sent> {
	let mut claims: Vec<_> = (0..walk.dice.within(1, 8))
		.filter_map(|_| some_claim(walk))
		.collect();
	if walk.dice.chance(30) {
		claims.extend(claims.first().cloned());
	}
	let nothing = claims.is_empty();
	spoil!(walk, "Settlement::NothingToClaim" => claims.clear());
	if nothing && walk.dice.chance(90) {
		return None;
	}
	let who = walk.anybody().account;
	let claims = claims.try_into().unwrap();
	Some(Sent {
		who,
		call: Call::claim_many { claims }.into(),
	})
}

fn debtors() -> Vec<AccountId> {
	let mut owed: Vec<_> = pallet_settlement::Dues::<Runtime>::iter_keys()
		.map(|(who, _)| who)
		.collect();
	owed.sort();
	owed.dedup();
	owed
}

/// Somebody's dues, sometimes after a gift that lets the account live.
pub fn claim_due(walk: &mut Walk) -> Option<Sent> {
	let mut account = walk.dice.one_of(&debtors());
	if let Some(account) = account.clone().filter(|_| walk.dice.chance(30)) {
		give(walk, &account);
	}
	spoil!(walk, "Settlement::NothingToClaim" => account = Some(walk.anybody().account));
	let who = walk.anybody().account;
	Some(Sent {
		who,
		call: Call::claim_due { account: account? }.into(),
	})
}

/// Enough for an account to live on.
fn give(walk: &mut Walk, to: &AccountId) {
	let dest = to.clone().into();
	let call = pallet_balances::Call::transfer_keep_alive {
		dest,
		value: EXISTENTIAL_DEPOSIT,
	};
	let from = walk.world.keeper.account.clone();
	walk.send_as(&from, call).unwrap();
}

/// Every leaf and every due, of accounts that live.
pub fn pay_everybody(walk: &mut Walk) {
	let who = walk.world.keeper.account.clone();
	for (pool, count) in pools() {
		let role: Role = Settlement::pool(pool).unwrap().role;
		let mut claims = Vec::new();
		for index in 0..count {
			let view = Settlement::proof(pool, index).unwrap();
			let due = view.proven.as_ref().unwrap().entitlement;
			let Payee::Account(payee) = view.leaf.payee.clone() else {
				panic!("the pool of {role:?} pays accounts");
			};
			if due == 0 || view.claimed {
				continue;
			}
			if Balances::free_balance(&payee) == 0 {
				give(walk, &payee);
			}
			claims.push(claim_for(view));
		}
		for part in claims.chunks(64) {
			let claims = part.to_vec().try_into().unwrap();
			walk.send_as(&who, Call::claim_many { claims }).unwrap();
		}
	}
	for account in debtors() {
		give(walk, &account);
		while walk
			.send_as(
				&who,
				Call::claim_due {
					account: account.clone(),
				},
			)
			.is_ok()
		{}
	}
}
