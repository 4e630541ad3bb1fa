//! The end of a run's pools: what nobody claimed goes to the treasury, and what was kept to pay it is
//! removed.

use alloc::vec::Vec;
use frame_support::{dispatch::DispatchResult, ensure, traits::Get};
use frame_system::pallet_prelude::BlockNumberFor;
use guerdon_receipt::PoolId;
use sp_runtime::{traits::CheckedAdd, DispatchError};

use crate::{impls::exact, pallet::*, PoolState, MAX_CLEANED};

impl<T: Config> Pallet<T> {
	/// The last block in which a pool that is sealed now can be claimed for sure.
	pub(crate) fn expiry() -> Result<BlockNumberFor<T>, DispatchError> {
		let now = frame_system::Pallet::<T>::block_number();
		exact(now.checked_add(&T::ClaimWindow::get()))
	}

	pub(crate) fn do_expire(id: PoolId) -> DispatchResult {
		let mut pool = Pools::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		let PoolState::Sealed(summary) = pool.state else {
			return Err(Error::<T>::NotSealed.into());
		};
		let until = Expiries::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		ensure!(
			frame_system::Pallet::<T>::block_number() > until,
			Error::<T>::TooEarly
		);
		let (run, role, asset) = (pool.run, pool.role, pool.asset);
		let amount = exact(pool.funded.checked_sub(pool.paid))?;
		pool.paid = pool.funded;
		pool.state = PoolState::Closed(summary);
		Pools::<T>::insert(id, pool);
		Expiries::<T>::remove(id);
		if amount > 0 {
			Self::ensure_whole(asset)?;
			let mut accounts = Self::accounts(run, asset);
			exact(accounts.claim(amount))?;
			Self::keep_accounts(run, accounts);
			Self::pay(asset, &T::Treasury::get(), amount)?;
		}
		Self::deposit_event(Event::PoolExpired {
			run,
			role,
			pool: id,
			amount,
			asset,
		});
		Ok(())
	}

	/// Removes some of what a closed pool keeps, and answers how many items that were.
	pub(crate) fn do_clean(id: PoolId, limit: u32) -> Result<u32, DispatchError> {
		let pool = Pools::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		ensure!(
			matches!(pool.state, PoolState::Closed(_)),
			Error::<T>::NotExpired
		);
		let mut left = usize::try_from(limit.min(MAX_CLEANED)).unwrap_or_default();
		let pages: Vec<_> = ClaimedPages::<T>::iter_key_prefix(id).take(left).collect();
		left = left.saturating_sub(pages.len());
		let lists: Vec<_> = ListLeaves::<T>::iter_key_prefix(id).take(left).collect();
		let removed = Self::count(&pages).saturating_add(Self::count(&lists));
		ensure!(removed > 0, Error::<T>::NothingToClean);
		for page in pages {
			ClaimedPages::<T>::remove(id, page);
		}
		for index in lists {
			ListLeaves::<T>::remove(id, index);
		}
		Self::deposit_event(Event::PoolCleaned { pool: id, removed });
		Ok(removed)
	}
}
