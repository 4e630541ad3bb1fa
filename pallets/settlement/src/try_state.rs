//! The pallet's invariants.
//!
//! 1. A sealed pool's tree is that of its closed contribution table, and the entitlements of its
//!    leaves sum to exactly what it was funded with (I1; recomputed up to 4,096 leaves).
//! 2. A pool paid exactly the entitlements of its claimed leaves and never more than it was funded
//!    with (I2).
//! 3. The totals of each asset are the sums over all pools, cohorts, purses and dues, licence payments
//!    that wait for members among these.
//! 4. The pot holds its existential deposit and everything it owes in GRD (I3). What it owes in an asset
//!    it had, but an issuer can take it back: `conservation` tells.
//! 5. Every run's books of each asset balance: what came in is accounted for, and its claimable and escrowed parts
//!    are those of its pools, dues, licence payments that wait, and purses.
//! 6. Pools and the index by run and role name each other, ids are below the next one, and claimed
//!    bits lie inside sealed pools.
//! 7. A settlement's cursor fits its pools: a pool that is being built has as many leaves as the
//!    cursor says, and nothing is left in the purses of a run that is done.
//! 8. A cohort paid exactly what its leaves drew, and never more than it was funded with (I2), in GRD and
//!    in each asset. Its members are not kept, so that is told from sums.
//! 9. Datasets and cohorts name each other: up to 16 that are open, and one at most that is being built
//!    and has no money. Ids ascend, are below the next one, and are not those of runs' pools.
//! 10. What is held of an account for lists of members is what they say.
//! 11. A leaf that names a list is one of a data providers' pool, which is complete or being built.
//! 12. Pools that can be claimed have a last block for that, and no others have.
//! 13. A pool is in what its run is paid in. What a cohort got in an asset is found by both, and has an
//!     id of its own below the next one. Every asset that anything is counted in was allowed.

use alloc::collections::BTreeMap;
use frame_support::{ensure, traits::fungible::hold};
use guerdon_receipt::{PoolId, Role, RunId};
use pallet_contributions::Ledger;
use sp_runtime::TryRuntimeError;

use crate::{
	members::CohortOf, pallet::*, Asset, Balance, CohortState, Escrow, Pool, PoolState, Purse,
	Stage, DRAWN_LEAVES, MAX_COHORTS, MAX_PROOF_LEAVES, PAGE_BITS,
};

const OVERFLOW: &str = "a sum overflows";

fn add<Key: Ord>(
	sums: &mut BTreeMap<Key, Balance>,
	key: Key,
	amount: Balance,
) -> Result<(), TryRuntimeError> {
	let sum = sums.entry(key).or_default();
	*sum = sum.checked_add(amount).ok_or(OVERFLOW)?;
	Ok(())
}

impl<T: Config> Pallet<T> {
	/// Checks every invariant; what the `try_state` hook runs, for native callers.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		for (id, pool) in Pools::<T>::iter() {
			Self::pool_is_exact(id, &pool)?;
		}
		Self::totals_are_sums()?;
		Self::pot_is_solvent()?;
		Self::books_balance()?;
		Self::pools_are_indexed()?;
		Self::cursors_fit()?;
		for (id, cohort) in Cohorts::<T>::iter() {
			let leaves = Self::members_of(&cohort);
			ensure!(
				leaves > 0 || cohort.funded == 0,
				"a cohort is funded before it is sealed"
			);
			Self::cohort_is_exact(id, leaves, cohort.funded, cohort.paid)?;
		}
		Self::shares_are_exact()?;
		Self::assets_were_allowed()?;
		Self::cohorts_are_indexed()?;
		Self::deposits_are_held()?;
		Self::lists_are_named_by_leaves()?;
		Self::sealed_pools_expire()
	}

	/// 1 and 2.
	fn pool_is_exact(id: PoolId, pool: &Pool) -> Result<(), TryRuntimeError> {
		ensure!(
			pool.paid <= pool.funded,
			"a pool paid more than it was funded with"
		);
		let summary = match &pool.state {
			PoolState::Sealed(summary) => summary,
			PoolState::Building(_) => {
				ensure!(pool.funded == 0, "a pool is funded before it is sealed");
				return Ok(());
			}
			PoolState::Closed(_) => {
				ensure!(pool.paid == pool.funded, "a closed pool has something left");
				return Ok(());
			}
		};
		let table = T::Ledger::table(pool.run, pool.role);
		ensure!(
			table.closed && table.weight == summary.sum && summary.count == u64::from(table.count),
			"a sealed pool is not that of its closed table"
		);
		if summary.count > MAX_PROOF_LEAVES {
			return Ok(());
		}
		let tree = Self::tree(id).ok_or("a pool's root is not that of its table")?;
		let entitlements = tree.entitlements(pool.funded).map_err(|_| OVERFLOW)?;
		let mut funded: Balance = 0;
		let mut paid: Balance = 0;
		for (index, entitlement) in (0..).zip(entitlements) {
			funded = funded.checked_add(entitlement).ok_or(OVERFLOW)?;
			if Self::is_claimed(id, index) {
				paid = paid.checked_add(entitlement).ok_or(OVERFLOW)?;
			}
		}
		ensure!(
			funded == pool.funded,
			"entitlements do not sum to what was funded"
		);
		ensure!(
			paid == pool.paid,
			"a pool paid something else than its claimed leaves"
		);
		Ok(())
	}

	/// 3.
	fn totals_are_sums() -> Result<(), TryRuntimeError> {
		let mut sums = BTreeMap::new();
		for pool in Pools::<T>::iter_values() {
			add(&mut sums, (pool.asset, "funded"), pool.funded)?;
			add(&mut sums, (pool.asset, "paid"), pool.paid)?;
		}
		for cohort in Cohorts::<T>::iter_values() {
			add(&mut sums, (None, "funded"), cohort.funded)?;
			add(&mut sums, (None, "paid"), cohort.paid)?;
		}
		for share in Shares::<T>::iter_values() {
			add(&mut sums, (Some(share.asset), "funded"), share.funded)?;
			add(&mut sums, (Some(share.asset), "paid"), share.paid)?;
		}
		for due in LicenceDues::<T>::iter_values() {
			add(&mut sums, (None, "dues"), due.amount)?;
		}
		for (run, escrow) in Escrows::<T>::iter() {
			let paid_in = Self::paid_in(run);
			for purse in Purse::ALL {
				let key = (purse.asset(paid_in), "escrow");
				add(&mut sums, key, escrow.held(purse))?;
			}
		}
		for (_, (_, asset), due) in Dues::<T>::iter() {
			add(&mut sums, (asset, "dues"), due)?;
		}
		for (asset, totals) in Total::<T>::iter() {
			let mut sum = |name| sums.remove(&(asset, name)).unwrap_or_default();
			ensure!(
				totals.funded == sum("funded"),
				"total funded is not the sum over pools"
			);
			ensure!(
				totals.paid == sum("paid"),
				"total paid is not the sum over pools"
			);
			ensure!(
				totals.escrow == sum("escrow"),
				"total escrow is not the sum over purses"
			);
			ensure!(
				totals.dues == sum("dues"),
				"total dues are not the sum over accounts"
			);
		}
		ensure!(
			sums.values().all(|sum| *sum == 0),
			"there is money without totals"
		);
		Ok(())
	}

	/// 4.
	fn pot_is_solvent() -> Result<(), TryRuntimeError> {
		let books = Self::conservation(None);
		ensure!(books.missing == 0, "the pot holds less than it owes");
		Ok(())
	}

	/// 5.
	fn books_balance() -> Result<(), TryRuntimeError> {
		let mut claimable = BTreeMap::<(RunId, Asset), Balance>::new();
		for pool in Pools::<T>::iter_values() {
			add(
				&mut claimable,
				(pool.run, pool.asset),
				pool.funded.checked_sub(pool.paid).ok_or(OVERFLOW)?,
			)?;
		}
		for (_, key, due) in Dues::<T>::iter() {
			ensure!(due > 0, "a due is zero");
			add(&mut claimable, key, due)?;
		}
		for (_, (run, _), due) in LicenceDues::<T>::iter() {
			ensure!(due.amount > 0, "a licence payment that waits is zero");
			add(&mut claimable, (run, None), due.amount)?;
		}
		for (run, escrow) in Escrows::<T>::iter() {
			ensure!(escrow != Escrow::default(), "empty purses are stored");
			ensure!(
				Books::<T>::iter_key_prefix(run).next().is_some(),
				"a run has purses but no books"
			);
		}
		for (run, asset, books) in Books::<T>::iter() {
			ensure!(
				books.deposited().is_some() && books.deposited() == books.accounted(),
				"a run's books do not balance"
			);
			ensure!(
				Escrows::<T>::get(run).total(Self::paid_in(run), asset) == Some(books.escrow),
				"a run's books and purses differ"
			);
			ensure!(
				claimable.remove(&(run, asset)).unwrap_or_default() == books.claimable,
				"a run's books and its pools and dues differ"
			);
		}
		ensure!(claimable.is_empty(), "a run has pools or dues but no books");
		Ok(())
	}

	/// 6.
	fn pools_are_indexed() -> Result<(), TryRuntimeError> {
		let next = NextPoolId::<T>::get();
		for (id, pool) in Pools::<T>::iter() {
			ensure!(id < next, "a pool's id was not handed out");
			ensure!(
				RunPools::<T>::get(pool.run, pool.role) == Some(id),
				"a pool is not found by its run and role"
			);
		}
		ensure!(
			RunPools::<T>::iter().count() == Pools::<T>::iter_keys().count(),
			"a run names a pool that does not exist"
		);
		for (id, page, claimed) in ClaimedPages::<T>::iter() {
			let leaves = match Pools::<T>::get(id) {
				Some(Pool {
					state: PoolState::Sealed(summary) | PoolState::Closed(summary),
					..
				}) => summary.count,
				_ => return Err("a leaf of a pool that is not sealed is claimed".into()),
			};
			for bit in claimed.claimed() {
				let index = page
					.checked_mul(PAGE_BITS)
					.and_then(|first| first.checked_add(bit));
				ensure!(
					index.is_some_and(|index| index < leaves),
					"a leaf that does not exist is claimed"
				);
			}
		}
		Ok(())
	}

	/// 7.
	fn cursors_fit() -> Result<(), TryRuntimeError> {
		for (run, settlement) in Settlements::<T>::iter() {
			for pool in RunPools::<T>::iter_prefix_values(run).filter_map(Pools::<T>::get) {
				let at = match settlement.stage {
					Stage::Building { role, next } if role == pool.role => Some(next),
					_ => None,
				};
				let fits = match (&pool.state, settlement.stage) {
					(PoolState::Building(builder), Stage::Building { .. } | Stage::Funding) => {
						let expected = at.unwrap_or_else(|| T::Ledger::table(run, pool.role).count);
						builder.count() == u64::from(expected)
					}
					(
						PoolState::Sealed(_) | PoolState::Closed(_),
						Stage::Building { .. } | Stage::Funding,
					) => false,
					(PoolState::Building(_), _) => false,
					(PoolState::Sealed(_) | PoolState::Closed(_), _) => true,
				};
				ensure!(fits, "a pool does not fit its settlement's cursor");
			}
			ensure!(
				settlement.stage != Stage::Done || !Escrows::<T>::contains_key(run),
				"a settled run still has money in its purses"
			);
		}
		for pool in Pools::<T>::iter_values() {
			ensure!(
				Settlements::<T>::contains_key(pool.run),
				"a pool has no settlement"
			);
		}
		Ok(())
	}

	/// 8.
	fn cohort_is_exact(
		id: PoolId,
		leaves: u64,
		funded: Balance,
		all_paid: Balance,
	) -> Result<(), TryRuntimeError> {
		let mut paid: Balance = 0;
		for (page, drawn) in Drawn::<T>::iter_prefix(id) {
			let first = page.checked_mul(DRAWN_LEAVES).ok_or(OVERFLOW)?;
			for (index, amount) in (first..).zip(drawn.amounts()) {
				ensure!(
					*amount == 0 || index < leaves,
					"a member that does not exist was paid"
				);
				paid = paid.checked_add(*amount).ok_or(OVERFLOW)?;
			}
		}
		ensure!(
			paid == all_paid,
			"a cohort paid something else than its leaves drew"
		);
		ensure!(paid <= funded, "a cohort paid more than it was funded with");
		Ok(())
	}

	/// 9.
	fn cohorts_are_indexed() -> Result<(), TryRuntimeError> {
		let next = NextPoolId::<T>::get();
		let mut named = 0usize;
		for (dataset, membership) in Memberships::<T>::iter() {
			ensure!(
				!membership.is_empty(),
				"a dataset without cohorts is stored"
			);
			ensure!(
				membership.count() <= MAX_COHORTS,
				"a dataset has too many cohorts"
			);
			let pools = membership.open.iter().chain(&membership.building);
			let mut last = None;
			for pool in pools {
				ensure!(
					last.is_none_or(|last| last < *pool) && *pool < next,
					"the cohorts of a dataset do not ascend"
				);
				last = Some(*pool);
				named = named.checked_add(1).ok_or(OVERFLOW)?;
				let cohort = Cohorts::<T>::get(pool).ok_or("a dataset names no cohort")?;
				let is_open = matches!(cohort.state, CohortState::Open(_));
				ensure!(
					cohort.dataset == dataset && is_open == membership.open.contains(pool),
					"a dataset names a cohort that is another one"
				);
				ensure!(
					!Pools::<T>::contains_key(pool),
					"a cohort is the pool of a run"
				);
			}
		}
		ensure!(
			named == Cohorts::<T>::iter_keys().count(),
			"a cohort is not found by its dataset"
		);
		for (pool, ..) in Drawn::<T>::iter() {
			ensure!(
				Cohorts::<T>::contains_key(pool) || Shares::<T>::contains_key(pool),
				"members of no cohort were paid"
			);
		}
		Ok(())
	}

	/// 10.
	fn deposits_are_held() -> Result<(), TryRuntimeError> {
		let mut held = BTreeMap::<T::AccountId, Balance>::new();
		for cohort in Cohorts::<T>::iter_values() {
			add(&mut held, cohort.owner, cohort.deposit)?;
		}
		for (owner, amount) in held {
			let reason = HoldReason::Members.into();
			let on_hold = <T::Currency as hold::Inspect<_>>::balance_on_hold(&reason, &owner);
			ensure!(
				on_hold == amount,
				"what is held for members is not what their lists say"
			);
		}
		Ok(())
	}

	/// 11.
	fn lists_are_named_by_leaves() -> Result<(), TryRuntimeError> {
		for (pool, index, list) in ListLeaves::<T>::iter() {
			let pool = Pools::<T>::get(pool).ok_or("a leaf of no pool names a list")?;
			let leaves = match &pool.state {
				PoolState::Building(builder) => builder.count(),
				PoolState::Sealed(summary) | PoolState::Closed(summary) => summary.count,
			};
			ensure!(
				pool.role == Role::DataProvider && index < leaves && list < NextPoolId::<T>::get(),
				"a leaf that does not exist names a list"
			);
		}
		Ok(())
	}

	/// 12.
	fn sealed_pools_expire() -> Result<(), TryRuntimeError> {
		let mut expiring = 0usize;
		for (id, pool) in Pools::<T>::iter() {
			let expires = Expiries::<T>::contains_key(id);
			ensure!(
				expires == matches!(pool.state, PoolState::Sealed(_)),
				"a pool that can be claimed does not expire, or another one does"
			);
			expiring = expiring.checked_add(expires.into()).ok_or(OVERFLOW)?;
		}
		ensure!(
			expiring == Expiries::<T>::iter_keys().count(),
			"a pool expires that does not exist"
		);
		Ok(())
	}

	/// How many members a cohort has that can be paid.
	fn members_of(cohort: &CohortOf<T>) -> u64 {
		match &cohort.state {
			CohortState::Open(summary) => summary.count,
			CohortState::Building { .. } => 0,
		}
	}

	/// 8 and 13.
	fn shares_are_exact() -> Result<(), TryRuntimeError> {
		let mut shares = 0usize;
		for (id, share) in Shares::<T>::iter() {
			let cohort = Cohorts::<T>::get(share.list).ok_or("no cohort got an asset")?;
			ensure!(
				cohort.dataset == share.dataset,
				"an asset went to a cohort of another dataset"
			);
			ensure!(
				SharePools::<T>::get(share.list, share.asset) == Some(id),
				"what a cohort got in an asset is not found"
			);
			ensure!(
				id < NextPoolId::<T>::get()
					&& !Pools::<T>::contains_key(id)
					&& !Cohorts::<T>::contains_key(id),
				"what a cohort got in an asset has no id of its own"
			);
			let leaves = Self::members_of(&cohort);
			Self::cohort_is_exact(id, leaves, share.funded, share.paid)?;
			shares = shares.checked_add(1).ok_or(OVERFLOW)?;
		}
		ensure!(
			shares == SharePools::<T>::iter_keys().count(),
			"a cohort names an asset that it never got"
		);
		Ok(())
	}

	/// 13.
	fn assets_were_allowed() -> Result<(), TryRuntimeError> {
		for pool in Pools::<T>::iter_values() {
			ensure!(
				pool.asset == Self::paid_in(pool.run),
				"a pool is not in what its run is paid in"
			);
		}
		for asset in Total::<T>::iter_keys().flatten() {
			ensure!(
				AllowedAssets::<T>::contains_key(asset),
				"money is in an asset that was never allowed"
			);
		}
		for (run, asset, _) in Books::<T>::iter() {
			ensure!(
				asset.is_none() || asset == Self::paid_in(run),
				"a run has books in an asset that it is not paid in"
			);
		}
		Ok(())
	}
}
