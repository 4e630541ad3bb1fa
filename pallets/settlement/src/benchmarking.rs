//! Benchmarks of every call, and of the settlement that other pallets' calls continue.

#![allow(
	missing_docs,
	clippy::arithmetic_side_effects,
	clippy::as_conversions,
	clippy::expect_used,
	clippy::float_arithmetic,
	clippy::indexing_slicing,
	clippy::panic,
	clippy::unwrap_used,
	reason = "never part of a chain's runtime"
)]

use crate::{pallet::*, *};
use alloc::{vec, vec::Vec};
use codec::Encode;
use frame_benchmarking::v2::*;
use frame_support::{
	traits::{
		fungible::{Inspect, Mutate},
		EnsureOrigin, Get,
	},
	weights::Weight,
};
use frame_system::pallet_prelude::BlockNumberFor;
use frame_system::RawOrigin;
use guerdon_receipt::{DatasetId, PoolId, Role, RunId};
use guerdon_share_tree::{
	hidden, leaf_node, node_hash, page_root, Builder, Leaf, Node, Payee, Proof, Summary,
	PAGE_LEAVES,
};
use pallet_contributions::{Ledger, Subject};
use pallet_datasets::Ownership;

const RUN: RunId = 1;
const GRD: Balance = 1_000_000_000_000;
const ASSET: AssetId = 7;
/// What a pool of a benchmark holds: enough for a leaf of the largest tree to be received.
const FUNDED: Balance = 1_000_000_000 * GRD;

/// An account that does not exist: the dearest one to pay.
fn payee<T: Config>(index: u32) -> T::AccountId {
	account("payee", index, 0)
}

fn endow<T: Config>(who: &T::AccountId, amount: Balance) {
	T::Currency::set_balance(who, amount + T::Currency::minimum_balance());
}

/// A pool of `2^depth` leaves, and the claim of its first. Nobody looks at the other leaves: the
/// siblings are made up.
fn pool<T: Config>(id: PoolId, depth: u32) -> Claim<T::AccountId> {
	let leaf = Leaf {
		payee: Payee::Account(payee::<T>(id as u32)),
		weight: u64::MAX,
	};
	let (summary, proof) = tree_over(leaf_node::<HostHasher, _>(id, 0, &leaf), depth);
	let pool = Pool {
		run: id,
		role: Role::Trainer,
		asset: None,
		funded: FUNDED,
		paid: 0,
		state: PoolState::Sealed(summary),
	};
	Pools::<T>::insert(id, pool);
	let mut accounts = Pallet::<T>::accounts(id, None);
	accounts.fund(FUNDED).unwrap();
	Pallet::<T>::keep_accounts(id, accounts);
	endow::<T>(
		&Pallet::<T>::pot(),
		FUNDED + T::Currency::total_balance(&Pallet::<T>::pot()),
	);
	Claim {
		pool: id,
		index: 0,
		leaf,
		proof,
		opening: None,
	}
}

/// So many levels up from a node, with siblings that are made up: what is there, and what was passed.
fn climb(mut top: Node, depth: u32, parent: impl Fn(&Node, &Node) -> Node) -> (Node, Vec<Node>) {
	let mut siblings = Vec::new();
	for level in 0..depth {
		let sibling = Node {
			hash: [level as u8; 32],
			sum: top.sum,
		};
		top = parent(&top, &sibling);
		siblings.push(sibling);
	}
	(top, siblings)
}

/// A tree of `2^depth` leaves of which `node` is the first, and the proof of that; the siblings are made
/// up.
fn tree_over(node: Node, depth: u32) -> (Summary, Proof) {
	let (top, siblings) = climb(node, depth, join);
	let summary = Summary {
		root: top.hash,
		sum: top.sum,
		count: 1 << depth,
	};
	(summary, Proof::try_from(siblings).unwrap())
}

fn join(left: &Node, right: &Node) -> Node {
	Node {
		hash: node_hash::<HostHasher>(left.sum, &left.hash, right.sum, &right.hash),
		sum: left.sum + right.sum,
	}
}

/// Makes the asset of the benchmarks, and allows it.
fn allow<T: Config>() {
	let pot = Pallet::<T>::pot();
	T::IssueAsset::issue(ASSET, &pot, GRD);
	Pallet::<T>::do_allow_asset(ASSET, 1).unwrap();
}

/// Puts so much in the pot, and in the books as waiting in pools.
fn pot_holds<T: Config>(amount: Balance) {
	Total::<T>::mutate(Asset::None, |totals| totals.funded += amount);
	let pot = Pallet::<T>::pot();
	endow::<T>(&pot, amount + T::Currency::total_balance(&pot));
}

fn insert_cohort<T: Config>(
	id: PoolId,
	dataset: DatasetId,
	owner: T::AccountId,
	state: CohortState<T::AccountId, BlockNumberFor<T>>,
) {
	let funded = match state {
		CohortState::Open(_) => FUNDED,
		CohortState::Building { .. } => 0,
	};
	pot_holds::<T>(funded);
	Cohorts::<T>::insert(
		id,
		Cohort {
			dataset,
			owner,
			weight: u64::MAX,
			funded,
			paid: 0,
			deposit: 0,
			state,
		},
	);
	Memberships::<T>::mutate(dataset, |membership| match Cohorts::<T>::get(id) {
		Some(Cohort {
			state: CohortState::Open(_),
			..
		}) => membership.open.try_push(id).unwrap(),
		_ => membership.building = Some(id),
	});
	NextPoolId::<T>::mutate(|next| *next = (*next).max(id + 1));
}

/// A cohort of `2^depth` members, and the claim of its first, who is hidden.
fn cohort_claim<T: Config>(id: PoolId, depth: u32) -> Claim<T::AccountId> {
	let opening = Opening {
		account: payee::<T>(id as u32),
		salt: [7; 32],
	};
	let leaf = Leaf {
		payee: Payee::Hidden(hidden::<HostHasher, _>(&opening.account, &opening.salt)),
		weight: u64::MAX,
	};
	let (summary, proof) = tree_over(leaf_node::<HostHasher, _>(id, 0, &leaf), depth);
	insert_cohort::<T>(id, id, payee::<T>(0), CohortState::Open(summary));
	Claim {
		pool: id,
		index: 0,
		leaf,
		proof,
		opening: Some(opening),
	}
}

/// Members in the order that a list wants, from this number on.
fn members<T: Config>(first: u32, count: u32) -> Vec<Leaf<T::AccountId>> {
	let mut members = (first..first + count)
		.map(|number| Leaf {
			payee: Payee::Account(payee::<T>(number)),
			weight: u64::MAX,
		})
		.collect::<Vec<_>>();
	members.sort_by_key(|member| member.payee.encode());
	members
}

/// A builder with so many leaves, which nobody looks at.
fn builder_of(count: u64) -> Builder {
	let peak = Node {
		hash: [1; 32],
		sum: 1,
	};
	let peaks = vec![peak; count.count_ones() as usize];
	codec::Decode::decode(&mut &(count, peaks).encode()[..]).unwrap()
}

/// A list of a dataset that its owner builds, and can pay for.
fn building<T: Config>(builder: Builder) -> (T::AccountId, DatasetId, PoolId) {
	let owner: T::AccountId = account("owner", 0, 0);
	endow::<T>(&owner, FUNDED);
	let dataset = T::Datasets::publish_for(&owner);
	let pool = NextPoolId::<T>::get();
	let state = CohortState::Building {
		builder,
		last: None,
		sealable_from: 0u32.into(),
	};
	insert_cohort::<T>(pool, dataset, owner.clone(), state);
	(owner, dataset, pool)
}

/// A dataset with so many open cohorts, and the last one's pool.
fn with_cohorts<T: Config>(owner: &T::AccountId, cohorts: u32) -> (DatasetId, PoolId) {
	let dataset = T::Datasets::publish_for(owner);
	let mut last = 0;
	for _ in 0..cohorts {
		last = NextPoolId::<T>::get();
		let summary = Summary {
			root: [1; 32],
			sum: 1,
			count: 1,
		};
		insert_cohort::<T>(last, dataset, owner.clone(), CohortState::Open(summary));
	}
	(dataset, last)
}

/// A page of a cohort: the last of `2^depth`, which may have fewer leaves than the others.
struct Page<T: Config> {
	pool: PoolId,
	number: u64,
	leaves: Vec<Leaf<T::AccountId>>,
	proof: Proof,
}

fn page<T: Config>(leaves: u32, depth: u32) -> Page<T> {
	let (pool, number) = (1, (1u64 << depth) - 1);
	let first = number * PAGE_LEAVES;
	let leaves = members::<T>(1, leaves);
	let nodes = (first..)
		.zip(&leaves)
		.map(|(index, leaf)| leaf_node::<HostHasher, _>(pool, index, leaf))
		.collect::<Vec<_>>();
	let bottom = page_root::<HostHasher>(&nodes).unwrap();
	let (top, siblings) = climb(bottom, depth, |top, sibling| join(sibling, top));
	let summary = Summary {
		root: top.hash,
		sum: top.sum,
		count: first + leaves.len() as u64,
	};
	insert_cohort::<T>(pool, 1, payee::<T>(0), CohortState::Open(summary));
	Page {
		pool,
		number,
		leaves,
		proof: Proof::try_from(siblings).unwrap(),
	}
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn claim(p: Linear<0, 40>) {
		let Claim {
			pool,
			index,
			leaf,
			proof,
			opening,
		} = pool::<T>(1, p);
		#[extrinsic_call]
		_(
			RawOrigin::Signed(account("anyone", 0, 0)),
			pool,
			index,
			leaf,
			proof,
			opening,
		);
		assert!(T::Currency::total_balance(&payee::<T>(1)) > 0);
	}

	/// Every claim out of another run's pool to another account, and without siblings.
	#[benchmark]
	fn claim_many(n: Linear<1, MAX_CLAIMS>) {
		let claims: Vec<_> = (1..=n).map(|id| pool::<T>(id.into(), 0)).collect();
		#[extrinsic_call]
		_(
			RawOrigin::Signed(account("anyone", 0, 0)),
			claims.try_into().unwrap(),
		);
		assert_eq!(T::Currency::total_balance(&payee::<T>(n)), FUNDED);
	}

	#[benchmark]
	fn claim_due(d: Linear<1, MAX_DUES>) {
		let who = payee::<T>(0);
		for run in 1..=RunId::from(d) {
			let mut accounts = Pallet::<T>::accounts(run, None);
			accounts.owe(GRD).unwrap();
			Pallet::<T>::keep_accounts(run, accounts);
			Dues::<T>::insert(&who, (run, Asset::None), GRD);
		}
		endow::<T>(&Pallet::<T>::pot(), GRD * Balance::from(d));
		#[extrinsic_call]
		_(RawOrigin::Signed(account("anyone", 0, 0)), who.clone());
		assert_eq!(T::Currency::total_balance(&who), GRD * Balance::from(d));
	}

	/// A whole settlement of a run that is paid in an asset, with one entry per role, and `s` more leaves that name lists, and licence
	/// payments to accounts: a step is charged for both.
	#[benchmark]
	fn settle(s: Linear<1, MAX_LICENCES>) {
		let sponsor: T::AccountId = account("sponsor", 0, 0);
		endow::<T>(&sponsor, 4 * FUNDED);
		allow::<T>();
		T::IssueAsset::issue(ASSET, &sponsor, 4 * FUNDED);
		<Pallet<T> as Treasurer<_, _>>::pay_in(RUN, ASSET).unwrap();
		for purse in Purse::ALL {
			<Pallet<T> as Treasurer<_, _>>::deposit(RUN, purse, &sponsor, FUNDED / 2).unwrap();
		}
		for role in Role::ALL {
			let entries = if role == Role::DataProvider { s } else { 1 };
			for index in 0..entries {
				let subject = Subject::Dataset(with_cohorts::<T>(&sponsor, 1).0);
				T::Ledger::record(RUN, role, subject, &payee::<T>(index), u64::MAX).unwrap();
			}
			T::Ledger::close(RUN, role).unwrap();
		}
		let terms = SettleTerms {
			sponsor: sponsor.clone(),
			split_ppm: [200_000; 5],
			planned_units: [u64::MAX; 5],
			licence: (0..s)
				.map(|index| {
					let dataset = T::Datasets::publish_for(&sponsor);
					(dataset, payee::<T>(index), GRD)
				})
				.collect(),
			bond_to_publishers: true,
		};
		let progress;
		#[block]
		{
			progress = <Pallet<T> as Treasurer<_, _>>::settle(RUN, &terms, u32::MAX);
		}
		assert_eq!(progress, Ok(SettleProgress::Done));
	}

	#[benchmark]
	fn open_members() {
		let owner: T::AccountId = account("owner", 0, 0);
		endow::<T>(&owner, FUNDED);
		let (dataset, _) = with_cohorts::<T>(&owner, MAX_COHORTS - 1);
		let pool = NextPoolId::<T>::get();
		#[extrinsic_call]
		_(RawOrigin::Signed(owner), dataset, u64::MAX);
		assert!(Cohorts::<T>::contains_key(pool));
	}

	/// The first member joins all peaks of a list that is very long.
	#[benchmark]
	fn stream_members(m: Linear<1, MAX_STREAMED>) {
		let from = (1 << 39) - 1;
		let (owner, _, pool) = building::<T>(builder_of(from));
		let added = members::<T>(0, m).try_into().unwrap();
		#[extrinsic_call]
		_(RawOrigin::Signed(owner), pool, from, added);
		let cohort = Cohorts::<T>::get(pool).unwrap();
		assert_eq!(cohort.deposit, T::MemberDeposit::get() * Balance::from(m));
	}

	/// A list with as many peaks as there can be.
	#[benchmark]
	fn seal_members() {
		let (owner, dataset, pool) = building::<T>(builder_of((1 << 40) - 1));
		#[extrinsic_call]
		_(RawOrigin::Signed(owner), pool);
		assert_eq!(Memberships::<T>::get(dataset).building, None);
	}

	#[benchmark]
	fn abandon_members() {
		let owner: T::AccountId = account("owner", 0, 0);
		endow::<T>(&owner, FUNDED);
		let dataset = T::Datasets::publish_for(&owner);
		Pallet::<T>::do_open_members(owner.clone(), dataset, 1).unwrap();
		let pool = NextPoolId::<T>::get() - 1;
		#[extrinsic_call]
		_(RawOrigin::Signed(owner), pool);
		assert!(!Cohorts::<T>::contains_key(pool));
	}

	#[benchmark]
	fn claim_member(p: Linear<0, 40>) {
		let first = cohort_claim::<T>(1, p);
		#[block]
		{
			Pallet::<T>::do_claim(first).unwrap();
		}
		assert!(T::Currency::total_balance(&payee::<T>(1)) > 0);
	}

	/// Every claim out of another cohort to another account, and without siblings.
	#[benchmark]
	fn claim_many_members(n: Linear<1, MAX_CLAIMS>) {
		let claims: Vec<_> = (1..=n).map(|id| cohort_claim::<T>(id.into(), 0)).collect();
		#[block]
		{
			Pallet::<T>::do_claim_many(claims).unwrap();
		}
		assert_eq!(T::Currency::total_balance(&payee::<T>(n)), FUNDED);
	}

	/// What `c` cohorts are funded with, once it is known that there are so many.
	#[benchmark]
	fn book(c: Linear<1, MAX_COHORTS>) {
		let (dataset, list) = with_cohorts::<T>(&payee::<T>(0), c);
		#[block]
		{
			let members = Pallet::<T>::members_up_to(list).unwrap().unwrap();
			Pallet::<T>::fund_members(&members, None, GRD).unwrap();
		}
		let (_, last) = Pallet::<T>::members(dataset)
			.unwrap()
			.cohorts
			.pop()
			.unwrap();
		assert!(last.funded > FUNDED);
	}

	/// For lists that were abandoned: every payment out of another run to another account.
	#[benchmark]
	fn claim_licences(d: Linear<1, MAX_DUES>) {
		let owed = 1;
		for run in 1..=d {
			let mut accounts = Pallet::<T>::accounts(run.into(), None);
			accounts.owe(GRD).unwrap();
			Pallet::<T>::keep_accounts(run.into(), accounts);
			let due = LicenceDue {
				amount: GRD,
				list: 1_000,
				payee: payee::<T>(run),
			};
			LicenceDues::<T>::insert(owed, (RunId::from(run), owed), due);
		}
		endow::<T>(&Pallet::<T>::pot(), GRD * Balance::from(d));
		#[extrinsic_call]
		_(RawOrigin::Signed(account("anyone", 0, 0)), owed);
		assert_eq!(T::Currency::total_balance(&payee::<T>(d)), GRD);
	}

	#[benchmark]
	fn pay_page(l: Linear<1, 256>, p: Linear<0, 32>) {
		let Page {
			pool,
			number,
			leaves,
			proof,
		} = page::<T>(l, p);
		let leaves = leaves.try_into().unwrap();
		#[extrinsic_call]
		_(
			RawOrigin::Signed(account("anyone", 0, 0)),
			pool,
			number,
			leaves,
			proof,
		);
		assert!(T::Currency::total_balance(&payee::<T>(l)) > 0);
	}

	/// Every leaf was paid before.
	#[benchmark]
	fn skip_page(l: Linear<1, 256>, p: Linear<0, 32>) {
		let Page {
			pool,
			number,
			leaves,
			proof,
		} = page::<T>(l, p);
		Pallet::<T>::do_pay_page(pool, number, leaves.clone(), &proof).unwrap();
		let paid;
		#[block]
		{
			paid = Pallet::<T>::do_pay_page(pool, number, leaves, &proof);
		}
		assert_eq!(paid.map(|page| page.paid), Ok(0));
	}

	/// What is asked of a claim without a fee, and the note of what the block holds of such claims.
	#[benchmark]
	fn check_free(p: Linear<0, 40>) {
		let first = cohort_claim::<T>(1, p);
		// Enough for a leaf of the largest tree to be paid for nothing.
		pot_holds::<T>(FUNDED * 999);
		Cohorts::<T>::mutate(1, |cohort| {
			if let Some(cohort) = cohort {
				cohort.funded *= 1_000;
			}
		});
		#[block]
		{
			assert!(Pallet::<T>::check_free(&first).is_ok());
			FreeClaims::<T>::put((frame_system::Pallet::<T>::block_number(), Weight::zero()));
		}
	}

	#[benchmark]
	fn expire() {
		let pool = pool::<T>(1, 40).pool;
		Expiries::<T>::insert(pool, BlockNumberFor::<T>::from(0u32));
		frame_system::Pallet::<T>::set_block_number(1u32.into());
		#[extrinsic_call]
		_(RawOrigin::Signed(account("anyone", 0, 0)), pool);
		assert!(T::Currency::total_balance(&T::Treasury::get()) >= FUNDED);
	}

	#[benchmark]
	fn clean(n: Linear<0, MAX_CLEANED>) {
		let pool = pool::<T>(1, 40).pool;
		Pools::<T>::mutate(pool, |kept| {
			if let Some(kept) = kept {
				let PoolState::Sealed(summary) = kept.state else {
					panic!("the pool is sealed");
				};
				kept.state = PoolState::Closed(summary);
			}
		});
		// One item at least is removed, or nothing is done.
		for page in 0..n.max(1) {
			ClaimedPages::<T>::insert(pool, u64::from(page), ClaimedPage::default());
		}
		#[extrinsic_call]
		_(RawOrigin::Signed(account("anyone", 0, 0)), pool, n.max(1));
		assert_eq!(ClaimedPages::<T>::iter_prefix(pool).count(), 0);
	}

	/// What paying `n` accounts in an asset costs besides, each out of another cohort's pool.
	#[benchmark]
	fn in_asset(n: Linear<1, 256>) {
		allow::<T>();
		T::IssueAsset::issue(ASSET, &Pallet::<T>::pot(), FUNDED);
		let (dataset, list) = with_cohorts::<T>(&payee::<T>(0), 1);
		let pools = list + 1..=list + PoolId::from(n);
		for pool in pools.clone() {
			let share = Share {
				dataset,
				list,
				asset: ASSET,
				funded: FUNDED,
				paid: 0,
			};
			Shares::<T>::insert(pool, share);
		}
		#[block]
		{
			for pool in pools {
				Pallet::<T>::ensure_whole(Some(ASSET)).unwrap();
				Pallet::<T>::payable_share(pool).unwrap();
				Shares::<T>::mutate(pool, |share| {
					if let Some(share) = share {
						share.paid += GRD;
					}
				});
				Pallet::<T>::pay(Some(ASSET), &payee::<T>(pool as u32), GRD).unwrap();
			}
		}
		let last = Shares::<T>::get(list + PoolId::from(n));
		assert_eq!(last.map(|share| share.paid), Some(GRD));
	}

	/// What `c` cohorts get in an asset for the first time.
	#[benchmark]
	fn book_shares(c: Linear<1, MAX_COHORTS>) {
		allow::<T>();
		let (_, list) = with_cohorts::<T>(&payee::<T>(0), c);
		#[block]
		{
			let members = Pallet::<T>::members_up_to(list).unwrap().unwrap();
			Pallet::<T>::fund_members(&members, Some(ASSET), GRD).unwrap();
		}
		assert_eq!(Shares::<T>::iter().count(), c as usize);
	}

	#[benchmark]
	fn allow_asset() -> Result<(), BenchmarkError> {
		T::IssueAsset::issue(ASSET, &Pallet::<T>::pot(), GRD);
		let origin =
			T::AssetsOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;
		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, ASSET, 1);
		assert!(AllowedAssets::<T>::contains_key(ASSET));
		Ok(())
	}

	#[benchmark]
	fn close_asset() -> Result<(), BenchmarkError> {
		allow::<T>();
		let origin =
			T::AssetsOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;
		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, ASSET);
		assert_eq!(
			AllowedAssets::<T>::get(ASSET).map(|asset| asset.open),
			Some(false)
		);
		Ok(())
	}
}
