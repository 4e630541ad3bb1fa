//! The pallet's invariants.
//!
//! 1. A sealed pool's tree is that of its closed contribution table, and the entitlements of its
//!    leaves sum to exactly what it was funded with (I1; recomputed up to 4,096 leaves).
//! 2. A pool paid exactly the entitlements of its claimed leaves and never more than it was funded
//!    with (I2).
//! 3. The totals are the sums over all pools, purses and dues.
//! 4. The pot holds its existential deposit and everything it owes (I3).
//! 5. Every run's books balance: what came in is accounted for, and its claimable and escrowed parts
//!    are those of its pools, dues and purses.
//! 6. Pools and the index by run and role name each other, ids are below the next one, and claimed
//!    bits lie inside sealed pools.
//! 7. A settlement's cursor fits its pools: a pool that is being built has as many leaves as the
//!    cursor says, and nothing is left in the purses of a run that is done.

use alloc::collections::BTreeMap;
use frame_support::ensure;
use guerdon_receipt::{PoolId, RunId};
use pallet_contributions::Ledger;
use sp_runtime::TryRuntimeError;

use crate::{pallet::*, Balance, Escrow, Pool, PoolState, Stage, MAX_PROOF_LEAVES, PAGE_BITS};

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
		Self::cursors_fit()
	}

	/// 1 and 2.
	fn pool_is_exact(id: PoolId, pool: &Pool) -> Result<(), TryRuntimeError> {
		ensure!(
			pool.paid <= pool.funded,
			"a pool paid more than it was funded with"
		);
		let PoolState::Sealed(summary) = &pool.state else {
			ensure!(pool.funded == 0, "a pool is funded before it is sealed");
			return Ok(());
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
		let totals = Total::<T>::get();
		let mut sums = BTreeMap::new();
		for pool in Pools::<T>::iter_values() {
			add(&mut sums, "funded", pool.funded)?;
			add(&mut sums, "paid", pool.paid)?;
		}
		for escrow in Escrows::<T>::iter_values() {
			add(&mut sums, "escrow", escrow.total().ok_or(OVERFLOW)?)?;
		}
		for due in Dues::<T>::iter_values() {
			add(&mut sums, "dues", due)?;
		}
		let sum = |name| sums.get(name).copied().unwrap_or_default();
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
		Ok(())
	}

	/// 4.
	fn pot_is_solvent() -> Result<(), TryRuntimeError> {
		let books = Self::conservation();
		ensure!(books.missing == 0, "the pot holds less than it owes");
		Ok(())
	}

	/// 5.
	fn books_balance() -> Result<(), TryRuntimeError> {
		let mut claimable = BTreeMap::<RunId, Balance>::new();
		for pool in Pools::<T>::iter_values() {
			add(
				&mut claimable,
				pool.run,
				pool.funded.checked_sub(pool.paid).ok_or(OVERFLOW)?,
			)?;
		}
		for (_, run, due) in Dues::<T>::iter() {
			ensure!(due > 0, "a due is zero");
			add(&mut claimable, run, due)?;
		}
		for (run, escrow) in Escrows::<T>::iter() {
			ensure!(escrow != Escrow::default(), "empty purses are stored");
			ensure!(
				Books::<T>::contains_key(run),
				"a run has purses but no books"
			);
		}
		for (run, books) in Books::<T>::iter() {
			ensure!(
				books.deposited().is_some() && books.deposited() == books.accounted(),
				"a run's books do not balance"
			);
			ensure!(
				Escrows::<T>::get(run).total() == Some(books.escrow),
				"a run's books and purses differ"
			);
			ensure!(
				claimable.remove(&run).unwrap_or_default() == books.claimable,
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
					state: PoolState::Sealed(summary),
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
					(PoolState::Sealed(_), Stage::Building { .. } | Stage::Funding) => false,
					(PoolState::Building(_), _) => false,
					(PoolState::Sealed(_), _) => true,
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
}
