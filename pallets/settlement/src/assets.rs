//! Money that is not GRD: assets of the assets pallet that governance allows.
//!
//! The pot holds each asset apart. An issuer that takes some of it back from the pot stops what is paid
//! in that asset, until it puts it back: nobody is paid with what others are owed.

use frame_support::{
	dispatch::DispatchResult,
	ensure,
	traits::{fungibles::Inspect, tokens::fungible::NativeOrWithId, Contains, Get},
	weights::Weight,
};
use guerdon_receipt::{PoolId, RunId};
use guerdon_share_tree::{Payee, Summary};
use sp_runtime::DispatchError;

use crate::{
	impls::exact, members::CohortOf, pallet::*, AllowedAsset, Asset, AssetId, Balance, CohortState,
	Payable, Share, Source, WeightInfo, MAX_ASSETS, MAX_COHORTS,
};

/// Makes assets for benchmarks.
#[cfg(feature = "runtime-benchmarks")]
pub trait IssueAsset<AccountId> {
	/// Issues so much of a sufficient asset to an account, and makes the asset before if it is not there.
	fn issue(asset: AssetId, to: &AccountId, amount: Balance);
}

/// An asset as the pot's keeper knows it.
pub(crate) fn kind(asset: Asset) -> NativeOrWithId<AssetId> {
	asset.map_or(NativeOrWithId::Native, NativeOrWithId::WithId)
}

impl<T: Config> Pallet<T> {
	pub(crate) fn do_allow_asset(id: AssetId, min_free_claim: Balance) -> DispatchResult {
		let before = AllowedAssets::<T>::get(id);
		ensure!(
			before.is_none_or(|asset| !asset.open || asset.min_free_claim != min_free_claim),
			Error::<T>::NothingToChange
		);
		ensure!(T::Sufficient::contains(&id), Error::<T>::AssetNotSufficient);
		let endowment = match before {
			Some(asset) => asset.endowment,
			None => {
				ensure!(
					AllowedAssets::<T>::count() < MAX_ASSETS,
					Error::<T>::MaxAssetsExceeded
				);
				let endowment = T::Assets::minimum_balance(kind(Some(id)));
				ensure!(
					T::Assets::balance(kind(Some(id)), &Self::pot()) >= endowment,
					Error::<T>::PotNotEndowed
				);
				endowment
			}
		};
		AllowedAssets::<T>::insert(
			id,
			AllowedAsset {
				endowment,
				min_free_claim,
				open: true,
			},
		);
		Self::deposit_event(Event::AssetAllowed {
			asset: id,
			endowment,
			min_free_claim,
		});
		Ok(())
	}

	pub(crate) fn do_close_asset(id: AssetId) -> DispatchResult {
		let mut asset = AllowedAssets::<T>::get(id).ok_or(Error::<T>::AssetNotAllowed)?;
		ensure!(asset.open, Error::<T>::NothingToChange);
		asset.open = false;
		AllowedAssets::<T>::insert(id, asset);
		Self::deposit_event(Event::AssetClosed { asset: id });
		Ok(())
	}

	pub(crate) fn do_pay_in(run: RunId, id: AssetId) -> DispatchResult {
		let asset = AllowedAssets::<T>::get(id).filter(|asset| asset.open);
		ensure!(asset.is_some(), Error::<T>::AssetNotAllowed);
		ensure!(
			Books::<T>::iter_key_prefix(run).next().is_none(),
			Error::<T>::RunHasMoney
		);
		RunAssets::<T>::insert(run, id);
		Ok(())
	}

	/// What the pot has to own of an asset at least.
	pub(crate) fn needed(asset: Asset) -> Option<Balance> {
		Total::<T>::get(asset)
			.owed()?
			.checked_add(Self::endowment(asset))
	}

	/// What the pot keeps of an asset and never pays out.
	pub(crate) fn endowment(asset: Asset) -> Balance {
		match asset {
			None => T::Assets::minimum_balance(kind(None)),
			Some(id) => AllowedAssets::<T>::get(id)
				.map(|asset| asset.endowment)
				.unwrap_or_default(),
		}
	}

	/// Refuses to pay in an asset of which the pot has less than it owes. Nobody can take GRD from it.
	pub(crate) fn ensure_whole(asset: Asset) -> DispatchResult {
		if asset.is_some() {
			let needed = exact(Self::needed(asset))?;
			ensure!(
				T::Assets::balance(kind(asset), &Self::pot()) >= needed,
				Error::<T>::AssetShort
			);
		}
		Ok(())
	}

	/// The smallest amount of an asset that is paid without a fee.
	pub(crate) fn min_free_claim(asset: Asset) -> Option<Balance> {
		match asset {
			None => Some(T::MinFreeClaim::get()),
			Some(id) => Some(AllowedAssets::<T>::get(id)?.min_free_claim),
		}
	}

	/// What a cohort got in an asset, as a pool that can be paid.
	pub(crate) fn payable_share(id: PoolId) -> Result<Payable, Error<T>> {
		let share = Shares::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		let summary = Self::summary_of_cohort(share.list).ok_or(Error::<T>::NotFound)?;
		Ok(Payable {
			source: Source::Share {
				dataset: share.dataset,
			},
			list: share.list,
			summary,
			asset: Some(share.asset),
			funded: share.funded,
		})
	}

	fn summary_of_cohort(list: PoolId) -> Option<Summary> {
		match Cohorts::<T>::get(list)?.state {
			CohortState::Open(summary) => Some(summary),
			CohortState::Building { .. } => None,
		}
	}

	/// Adds to what a cohort got in an asset; answers the pool of that.
	pub(crate) fn fund_share(
		list: PoolId,
		cohort: &CohortOf<T>,
		asset: AssetId,
		amount: Balance,
	) -> Result<PoolId, DispatchError> {
		let dataset = cohort.dataset;
		let pool = match SharePools::<T>::get(list, asset) {
			Some(pool) => pool,
			None => {
				let pool = NextPoolId::<T>::get();
				NextPoolId::<T>::put(exact(pool.checked_add(1))?);
				SharePools::<T>::insert(list, asset, pool);
				Self::deposit_event(Event::ShareOpened {
					dataset,
					list,
					pool,
					asset,
				});
				pool
			}
		};
		let mut share = Shares::<T>::get(pool).unwrap_or(Share {
			dataset,
			list,
			asset,
			funded: 0,
			paid: 0,
		});
		share.funded = exact(share.funded.checked_add(amount))?;
		Shares::<T>::insert(pool, share);
		Ok(pool)
	}

	/// What so many payments in an asset weigh besides.
	pub(crate) fn asset_weight(payments: u32) -> Weight {
		T::WeightInfo::in_asset(payments)
	}

	/// What it weighs besides to book a leaf in an asset, if it is booked.
	pub(crate) fn shares_weight(payee: &Payee<T::AccountId>) -> Weight {
		match payee {
			Payee::Pool(_) => T::WeightInfo::book_shares(MAX_COHORTS)
				.saturating_sub(T::WeightInfo::book(MAX_COHORTS)),
			_ => Weight::zero(),
		}
	}
}
