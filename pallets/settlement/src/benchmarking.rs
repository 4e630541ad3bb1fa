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
use alloc::vec::Vec;
use frame_benchmarking::v2::*;
use frame_support::traits::fungible::{Inspect, Mutate};
use frame_system::RawOrigin;
use guerdon_receipt::{PoolId, Role, RunId};
use guerdon_share_tree::{leaf_node, node_hash, Leaf, Node, Payee, Proof, Summary};
use pallet_contributions::{Ledger, Subject};

const RUN: RunId = 1;
const GRD: Balance = 1_000_000_000_000;
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
	let mut top = leaf_node::<HostHasher, _>(id, 0, &leaf);
	let mut siblings = Vec::new();
	for level in 0..depth {
		let sibling = Node {
			hash: [level as u8; 32],
			sum: top.sum,
		};
		top = Node {
			hash: node_hash::<HostHasher>(top.sum, &top.hash, sibling.sum, &sibling.hash),
			sum: top.sum + sibling.sum,
		};
		siblings.push(sibling);
	}
	let summary = Summary {
		root: top.hash,
		sum: top.sum,
		count: 1 << depth,
	};
	let pool = Pool {
		run: id,
		role: Role::Trainer,
		funded: FUNDED,
		paid: 0,
		state: PoolState::Sealed(summary),
	};
	Pools::<T>::insert(id, pool);
	let mut accounts = Pallet::<T>::accounts(id);
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
		} = pool::<T>(1, p);
		#[extrinsic_call]
		_(
			RawOrigin::Signed(account("anyone", 0, 0)),
			pool,
			index,
			leaf,
			proof,
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
			let mut accounts = Pallet::<T>::accounts(run);
			accounts.owe(GRD).unwrap();
			Pallet::<T>::keep_accounts(run, accounts);
			Dues::<T>::insert(&who, run, GRD);
		}
		endow::<T>(&Pallet::<T>::pot(), GRD * Balance::from(d));
		#[extrinsic_call]
		_(RawOrigin::Signed(account("anyone", 0, 0)), who.clone());
		assert_eq!(T::Currency::total_balance(&who), GRD * Balance::from(d));
	}

	/// A whole settlement with one entry per role, and `s` more leaves and licence payments: a step
	/// is charged for both.
	#[benchmark]
	fn settle(s: Linear<1, MAX_LICENCES>) {
		let sponsor: T::AccountId = account("sponsor", 0, 0);
		endow::<T>(&sponsor, 4 * FUNDED);
		for purse in [Purse::Budget, Purse::Licence, Purse::Bond, Purse::Tip] {
			<Pallet<T> as Treasurer<_, _>>::deposit(RUN, purse, &sponsor, FUNDED / 2).unwrap();
		}
		for role in Role::ALL {
			let entries = if role == Role::DataProvider { s } else { 1 };
			for index in 0..entries {
				let subject = Subject::Dataset(index.into());
				T::Ledger::record(RUN, role, subject, &payee::<T>(index), u64::MAX).unwrap();
			}
			T::Ledger::close(RUN, role).unwrap();
		}
		let terms = SettleTerms {
			sponsor,
			split_ppm: [200_000; 5],
			planned_units: [u64::MAX; 5],
			licence: (0..s)
				.map(|index| (index.into(), payee::<T>(index), GRD))
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
}
