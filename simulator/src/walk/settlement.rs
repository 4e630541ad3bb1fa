//! Claims, and lists of members.

use guerdon_receipt::{DatasetId, PoolId};
use guerdon_share_tree::{hidden, leaf_node, Leaf, Payee, Proof, Tree};
use pallet_contributions::Ledger;
use pallet_datasets::Status;
use pallet_settlement::{Call, Claim, CohortState, HostHasher, Opening, PoolState};

use super::*;
use crate::{constants::currency::EXISTENTIAL_DEPOSIT, world::claim_for};

/// A pool that is funded, and how many leaves it has.
fn pools() -> Vec<(PoolId, u64)> {
	(0..pallet_settlement::NextPoolId::<Runtime>::get())
		.filter_map(|id| match Settlement::pool(id)?.state {
			PoolState::Sealed(summary) => Some((id, summary.count)),
			PoolState::Building(_) | PoolState::Closed(_) => None,
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
		Settlement::pool(*id).is_some_and(|pool| matches!(pool.state, PoolState::Building(_)))
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
		opening: None,
	})
}

/// What is asked of a list.
type Is = fn(&CohortState<AccountId, BlockNumber>) -> bool;

fn is_open(state: &CohortState<AccountId, BlockNumber>) -> bool {
	matches!(state, CohortState::Open(_))
}

fn is_built(state: &CohortState<AccountId, BlockNumber>) -> bool {
	!is_open(state)
}

fn is_empty(state: &CohortState<AccountId, BlockNumber>) -> bool {
	matches!(state, CohortState::Building { last: None, .. })
}

fn is_early(state: &CohortState<AccountId, BlockNumber>) -> bool {
	let now = System::block_number();
	matches!(state, CohortState::Building { sealable_from, .. } if *sealable_from > now)
}

fn cohorts(fits: Is) -> Vec<PoolId> {
	let mut pools: Vec<_> = pallet_settlement::Cohorts::<Runtime>::iter()
		.filter(|(_, cohort)| fits(&cohort.state))
		.map(|(pool, _)| pool)
		.collect();
	pools.sort();
	pools
}

fn cohort_where(walk: &mut Walk, fits: Is) -> Option<PoolId> {
	walk.dice.one_of(&cohorts(fits))
}

fn tree_of(pool: PoolId, leaves: &[Leaf<AccountId>]) -> Tree {
	let nodes = leaves.iter().zip(0..);
	let nodes = nodes.map(|(leaf, index)| leaf_node::<HostHasher, _>(pool, index, leaf));
	Tree::new::<HostHasher>(nodes.collect()).unwrap()
}

/// A cohort's pool, and those of what it got in assets.
fn pools_of(list: PoolId) -> Vec<PoolId> {
	let shares = Settlement::shares_of(list);
	core::iter::once(list).chain(shares.into_keys()).collect()
}

/// The claim of a member out of a pool of its list, and what that is due and has not drawn.
fn member(walk: &Walk, list: PoolId, pool: PoolId, index: u64) -> (Claim<AccountId>, Balance) {
	let members = &walk.members[&list];
	let tree = tree_of(list, members);
	let at = index as usize;
	let funded = match Settlement::share(pool) {
		Some(share) => share.funded,
		None => Settlement::cohort(list).unwrap().funded,
	};
	let due = tree.entitlements(funded).unwrap()[at];
	let leaf = members[at].clone();
	let opening = match &leaf.payee {
		Payee::Hidden(hash) => Some(walk.openings[hash].clone()),
		_ => None,
	};
	let proof = tree.prove(index).unwrap();
	let claim = Claim {
		pool,
		index,
		leaf,
		proof,
		opening,
	};
	(claim, due - Settlement::drawn(pool, index))
}

/// A member of some cohort, mostly one that is due something.
fn some_member(walk: &mut Walk) -> Option<Claim<AccountId>> {
	let funded = |pool: &PoolId| {
		Settlement::cohort(*pool).unwrap().funded > 0 || !Settlement::shares_of(*pool).is_empty()
	};
	let mut pools = cohorts(is_open);
	if walk.dice.chance(80) {
		pools.retain(funded);
	}
	let mut chosen = walk.dice.one_of(&pools);
	spoil!(walk, "Settlement::NotSealed" => {
		chosen = cohort_where(walk, |state| is_built(state) && !is_empty(state));
	});
	let list = chosen?;
	let index = walk.dice.below(walk.members[&list].len() as u64);
	let pool = walk.dice.one_of(&pools_of(list))?;
	Some(member(walk, list, pool, index).0)
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
	if walk.dice.chance(40) {
		chosen = some_member(walk).or(chosen);
	}
	let mut claim = chosen?;
	spoil!(walk,
		"Settlement::NotFound" => claim.pool += 1_000,
		"Settlement::LeafNotFound" => claim.index += 1_000,
		"Settlement::WrongOpening" => {
			let account = walk.stranger();
			claim.opening = Some(Opening { account, salt: [0; 32] });
		},
		"Settlement::WrongProof" => claim.leaf.weight ^= 1,
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
		opening,
	} = some_claim(walk)?;
	let who = walk.anybody().account;
	Some(Sent {
		who,
		call: Call::claim {
			pool,
			index,
			leaf,
			proof,
			opening,
		}
		.into(),
	})
}

/// Of a member mostly, some of whom do not exist.
pub fn claim_free(walk: &mut Walk) -> Option<Sent> {
	let mut chosen = some_claim(walk)?;
	if walk.dice.chance(60) {
		chosen = some_member(walk).unwrap_or(chosen);
	}
	let Claim {
		pool,
		index,
		leaf,
		proof,
		opening,
	} = chosen;
	Some(Sent {
		who: walk.stranger(),
		call: Call::claim_free {
			pool,
			index,
			leaf,
			proof,
			opening,
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

/// A dataset that fits.
fn dataset_where(walk: &mut Walk, fits: impl Fn(DatasetId, &Status) -> bool) -> Option<DatasetId> {
	let mut fitting: Vec<_> = pallet_datasets::Datasets::<Runtime>::iter()
		.filter(|(id, it)| fits(*id, &it.status))
		.map(|(id, _)| id)
		.collect();
	fitting.sort();
	walk.dice.one_of(&fitting)
}

fn membership(dataset: DatasetId) -> pallet_settlement::Membership {
	pallet_settlement::Memberships::<Runtime>::get(dataset)
}

fn is_contested(status: &Status) -> bool {
	matches!(status, Status::Contested { .. })
}

/// Some owners list the members of their datasets, up to four times.
pub fn open_members(walk: &mut Walk) -> Option<Sent> {
	let seed = walk.seed;
	let lists = move |dataset: DatasetId| {
		let hash = sp_io::hashing::blake2_256(&(seed, "lists", dataset).encode());
		hash[0] % 100 < 60
	};
	let mut chosen = dataset_where(walk, |dataset, status| {
		let has = membership(dataset);
		lists(dataset) && !is_contested(status) && has.building.is_none() && has.count() < 4
	});
	let mut weight = walk.dice.one_of(&[1, 2, 3, u64::MAX]).unwrap();
	let mut spoilt = false;
	spoil!(walk,
		"Settlement::ListOpen" => {
			chosen = dataset_where(walk, |dataset, status| {
				!is_contested(status) && membership(dataset).building.is_some()
			});
		},
		"Settlement::ZeroWeight" => weight = 0,
		"Datasets::NotFound" => chosen = Some(1_000),
		"Datasets::NotAuthorized" => spoilt = true,
		"Datasets::DatasetContested" => {
			chosen = dataset_where(walk, |_, status| is_contested(status));
		},
	);
	let dataset = chosen?;
	let owner = pallet_datasets::Datasets::<Runtime>::get(dataset).map(|it| it.owner);
	let who = owner.filter(|_| !spoilt).unwrap_or_else(|| walk.stranger());
	let call = Call::open_members { dataset, weight }.into();
	Some(Sent { who, call })
}

/// A call of whoever opened a list, or of somebody else.
fn by_lister(walk: &Walk, pool: PoolId, call: Call<Runtime>, spoilt: bool) -> Sent {
	let owner = Settlement::cohort(pool).map(|cohort| cohort.owner);
	Sent {
		who: owner.filter(|_| !spoilt).unwrap_or_else(|| walk.stranger()),
		call: call.into(),
	}
}

/// Somebody who lives, somebody new, or somebody who does not want to be known.
fn new_member(walk: &mut Walk) -> Leaf<AccountId> {
	let account: AccountId = match walk.dice.below(3) {
		0 => walk.anybody().payout,
		_ => walk.dice.bytes().into(),
	};
	let weight = walk.dice.one_of(&[1, 2, 5, 1_000, u64::MAX]).unwrap();
	if walk.dice.chance(70) {
		let payee = Payee::Account(account);
		return Leaf { payee, weight };
	}
	let salt = walk.dice.bytes();
	let hash = hidden::<HostHasher, _>(&account, &salt);
	walk.openings.insert(hash, Opening { account, salt });
	let payee = Payee::Hidden(hash);
	Leaf { payee, weight }
}

pub fn stream_members(walk: &mut Walk) -> Option<Sent> {
	let mut chosen = cohort_where(walk, is_built);
	let mut spoilt = false;
	spoil!(walk,
		"Settlement::AlreadySealed" => chosen = cohort_where(walk, is_open),
		"Settlement::NotAuthorized" => spoilt = true,
		"Settlement::NotFound" => chosen = Some(1_000_000),
	);
	let pool = chosen?;
	let listed = walk.members.get(&pool).cloned().unwrap_or_default();
	let mut from = match Settlement::cohort(pool).map(|cohort| cohort.state) {
		Some(CohortState::Building { builder, .. }) => builder.count(),
		_ => 0,
	};
	// One page.
	if listed.len() > 40 {
		return None;
	}
	let last = listed
		.last()
		.filter(|_| from > 0)
		.map(|leaf| leaf.payee.encode());
	let mut members: Vec<_> = (0..walk.dice.within(1, 12))
		.map(|_| new_member(walk))
		.collect();
	members.sort_by_key(|leaf| leaf.payee.encode());
	members.dedup_by_key(|leaf| leaf.payee.encode());
	members.retain(|leaf| last.as_ref().is_none_or(|last| *last < leaf.payee.encode()));
	if members.is_empty() {
		return None;
	}
	spoil!(walk,
		"Settlement::OutOfStep" => from += 1,
		"Settlement::MembersNotAscending" => members.push(members[0].clone()),
		"Settlement::NoMembers" => members.clear(),
		"Settlement::InvalidMember" => members[0].payee = Payee::Pool(0),
		"Settlement::ZeroWeight" => members[0].weight = 0,
		"Settlement::PayeeIsPot" => members[0].payee = Payee::Account(Settlement::pot()),
	);
	let members = members.try_into().unwrap();
	let call = Call::stream_members {
		pool,
		from,
		members,
	};
	Some(by_lister(walk, pool, call, spoilt))
}

/// Some lists are left as they are for very long.
pub fn seal_members(walk: &mut Walk) -> Option<Sent> {
	let mut chosen = cohort_where(walk, |state| {
		is_built(state) && !is_empty(state) && !is_early(state)
	});
	chosen = chosen.filter(|pool| !walk.mood(("dawdles", pool), 40) || walk.dice.chance(2));
	let mut spoilt = false;
	spoil!(walk,
		"Settlement::NoMembers" => {
			chosen = cohort_where(walk, |state| is_empty(state) && !is_early(state));
		},
		"Settlement::TooEarly" => chosen = cohort_where(walk, is_early),
		"Settlement::AlreadySealed" => chosen = cohort_where(walk, is_open),
		"Settlement::NotAuthorized" => spoilt = true,
		"Settlement::NotFound" => chosen = Some(1_000_000),
	);
	let pool = chosen?;
	Some(by_lister(walk, pool, Call::seal_members { pool }, spoilt))
}

pub fn abandon_members(walk: &mut Walk) -> Option<Sent> {
	let mut chosen = cohort_where(walk, is_built).filter(|_| walk.dice.chance(10));
	let mut spoilt = false;
	spoil!(walk,
		"Settlement::AlreadySealed" => chosen = cohort_where(walk, is_open),
		"Settlement::NotAuthorized" => spoilt = true,
		"Settlement::NotFound" => chosen = Some(1_000_000),
	);
	let pool = chosen?;
	let call = Call::abandon_members { pool };
	Some(by_lister(walk, pool, call, spoilt))
}

fn licensed() -> Vec<DatasetId> {
	let mut datasets: Vec<_> = pallet_settlement::LicenceDues::<Runtime>::iter_keys()
		.map(|(dataset, _)| dataset)
		.collect();
	datasets.sort();
	datasets.dedup();
	datasets
}

pub fn claim_licences(walk: &mut Walk) -> Option<Sent> {
	let mut chosen = walk.dice.one_of(&licensed());
	spoil!(walk, "Settlement::NothingToClaim" => chosen = Some(1_000_000));
	let who = walk.anybody().account;
	let dataset = chosen?;
	let call = Call::claim_licences { dataset }.into();
	Some(Sent { who, call })
}

/// The leaves of any pool that can be claimed.
fn leaves_of(walk: &Walk, pool: PoolId) -> Vec<Leaf<AccountId>> {
	if let Some(members) = walk.members.get(&pool) {
		return members.clone();
	}
	(0..)
		.map_while(|index| Settlement::proof(pool, index))
		.map(|view| view.leaf)
		.collect()
}

pub fn pay_page(walk: &mut Walk) -> Option<Sent> {
	let mut all: Vec<_> = pools().into_iter().map(|(pool, _)| pool).collect();
	all.extend(cohorts(is_open).into_iter().flat_map(pools_of));
	let mut pool = walk.dice.one_of(&all)?;
	let list = Settlement::share(pool).map_or(pool, |share| share.list);
	let mut leaves = leaves_of(walk, list);
	let proof = tree_of(list, &leaves).prove_page(0).unwrap();
	let mut page = 0;
	spoil!(walk,
		"Settlement::NotFound" => pool = 1_000_000,
		"Settlement::LeafNotFound" => page = 1,
		"Settlement::WrongProof" => leaves[0].weight ^= 1,
		"Settlement::NotSealed" => pool = cohort_where(walk, is_built)?,
	);
	let leaves = leaves.try_into().unwrap();
	let call = Call::pay_page {
		pool,
		page,
		leaves,
		proof,
	};
	let who = walk.anybody().account;
	let call = call.into();
	Some(Sent { who, call })
}

/// Mostly too early.
pub fn expire(walk: &mut Walk) -> Option<Sent> {
	let mut chosen = walk.dice.one_of(&pools()).map(|(pool, _)| pool);
	spoil!(walk,
		"Settlement::NotFound" => chosen = Some(1_000_000),
		"Settlement::NotSealed" => chosen = unfunded().map(|claim| claim.pool),
	);
	let pool = chosen?;
	let who = walk.anybody().account;
	Some(Sent {
		who,
		call: Call::expire { pool }.into(),
	})
}

/// Of a pool that is not closed.
pub fn clean(walk: &mut Walk) -> Option<Sent> {
	let mut chosen = walk.dice.one_of(&pools()).map(|(pool, _)| pool);
	spoil!(walk, "Settlement::NotFound" => chosen = Some(1_000_000));
	let call = Call::clean {
		pool: chosen?,
		limit: 16,
	};
	let who = walk.anybody().account;
	let call = call.into();
	Some(Sent { who, call })
}

/// The end of every pool: it keeps nothing.
pub fn close_every_pool(walk: &mut Walk) {
	let keeper = walk.world.keeper.account.clone();
	for (pool, _) in pools() {
		walk.send_as(&keeper, Call::expire { pool }).unwrap();
		while walk
			.send_as(&keeper, Call::clean { pool, limit: 1 })
			.is_ok()
		{}
	}
	assert_eq!(pools(), vec![]);
}

/// Every list is sealed, or given up where nobody is on it or it is too early for that.
pub fn finish_every_list(walk: &mut Walk) {
	for pool in cohorts(is_built) {
		let cohort = Settlement::cohort(pool).unwrap();
		let call = if is_empty(&cohort.state) || is_early(&cohort.state) {
			Call::abandon_members { pool }
		} else {
			Call::seal_members { pool }
		};
		walk.send_as(&cohort.owner, call).unwrap();
	}
}

/// Who receives what a leaf of a run is due; nobody where it goes to members.
fn receiver(view: &pallet_settlement::LeafView<AccountId>) -> Option<AccountId> {
	match &view.leaf.payee {
		Payee::Account(payee) => Some(payee.clone()),
		_ if Settlement::list_paid(view.pool, view.index).is_some() => None,
		_ => {
			let index = u32::try_from(view.index).unwrap();
			let entry = <Contributions as Ledger<AccountId>>::entry(view.run, view.role, index);
			Some(entry.unwrap().payee)
		}
	}
}

/// Every leaf and every due, of accounts that live.
pub fn pay_everybody(walk: &mut Walk) {
	let who = walk.world.keeper.account.clone();
	for (pool, count) in pools() {
		let mut claims = Vec::new();
		for index in 0..count {
			let view = Settlement::proof(pool, index).unwrap();
			let due = view.proven.as_ref().unwrap().entitlement;
			if due == 0 || view.claimed {
				continue;
			}
			if let Some(payee) = receiver(&view) {
				match view.asset {
					Some(asset) => assets::give(walk, asset, &payee),
					None if Balances::free_balance(&payee) == 0 => give(walk, &payee),
					None => {}
				}
			}
			claims.push(claim_for(view));
		}
		for part in claims.chunks(64) {
			let claims = part.to_vec().try_into().unwrap();
			walk.send_as(&who, Call::claim_many { claims }).unwrap();
		}
	}
	for dataset in licensed() {
		while walk.send_as(&who, Call::claim_licences { dataset }).is_ok() {}
	}
	let all = cohorts(is_open).into_iter();
	for (list, pool) in
		all.flat_map(|list| pools_of(list).into_iter().map(move |pool| (list, pool)))
	{
		let mut claims = Vec::new();
		for index in 0..walk.members[&list].len() as u64 {
			let (claim, due) = member(walk, list, pool, index);
			if due == 0 {
				continue;
			}
			let payee = match (&claim.leaf.payee, &claim.opening) {
				(Payee::Account(payee), _) => payee.clone(),
				(_, opening) => opening.as_ref().unwrap().account.clone(),
			};
			match Settlement::share(pool) {
				Some(share) => assets::give(walk, share.asset, &payee),
				None if Balances::free_balance(&payee) == 0 => give(walk, &payee),
				None => {}
			}
			claims.push(claim);
		}
		for part in claims.chunks(64) {
			let claims = part.to_vec().try_into().unwrap();
			walk.send_as(&who, Call::claim_many { claims }).unwrap();
		}
	}
	for account in debtors() {
		give(walk, &account);
		for ((_, asset), _) in Settlement::dues_of(&account) {
			if let Some(asset) = asset {
				assets::give(walk, asset, &account);
			}
		}
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
