use alloc::{collections::BTreeMap, vec::Vec};
use frame_support::{
	dispatch::DispatchResult,
	ensure,
	storage::with_storage_layer,
	traits::{
		fungible::{Inspect, Mutate},
		fungibles,
		tokens::{DepositConsequence, Preservation, Provenance},
	},
	weights::Weight,
};
use guerdon_receipt::RunId;
use guerdon_share_tree::{Leaf, Payee, Proof};
use sp_runtime::{traits::AccountIdConversion, ArithmeticError, DispatchError, TokenError};

use crate::{
	assets::kind, claims::PaidPage, pallet::*, Accounts, Asset, AssetId, Balance, Cause, Claim,
	Escrow, Ledgers, Purse, SettleProgress, SettleTerms, Treasurer, WeightInfo, MAX_ASSETS,
	MAX_COHORTS, MAX_DUES,
};

/// What a call of `claim_due` did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ClaimedDues {
	/// Dues that were looked at.
	pub dues: u32,
	/// Assets among them that are not GRD.
	pub assets: u32,
}

impl ClaimedDues {
	/// The most that a call does.
	pub fn most() -> Self {
		Self {
			dues: MAX_DUES,
			assets: MAX_ASSETS,
		}
	}
}

/// The result of a checked computation as the runtime reports it.
pub(crate) fn exact<V>(value: Option<V>) -> Result<V, DispatchError> {
	value.ok_or_else(|| ArithmeticError::Overflow.into())
}

impl<T: Config> Pallet<T> {
	/// The account that holds everything that is escrowed, funded or owed.
	pub fn pot() -> T::AccountId {
		POT_ID.into_account_truncating()
	}

	pub(crate) fn siblings(proof: &Proof) -> u32 {
		Self::count(&proof.siblings)
	}

	pub(crate) fn count<Item>(items: &[Item]) -> u32 {
		u32::try_from(items.len()).unwrap_or(u32::MAX)
	}

	pub(crate) fn stream_weight(members: &[Leaf<T::AccountId>]) -> Weight {
		T::WeightInfo::stream_members(Self::count(members))
	}

	/// A claim out of a run's pool or a cohort: the dearer one, since it does not say which it is.
	fn one_claim_weight(siblings: u32) -> Weight {
		T::WeightInfo::claim(siblings).max(T::WeightInfo::claim_member(siblings))
	}

	/// What leaves weigh besides that are booked to members, over as many cohorts as there can be.
	fn bookings_weight<'a>(payees: impl Iterator<Item = &'a Payee<T::AccountId>>) -> Weight
	where
		T::AccountId: 'a,
	{
		payees
			.filter(|payee| matches!(payee, Payee::Pool(_)))
			.fold(Weight::zero(), |sum, _| {
				sum.saturating_add(T::WeightInfo::book(MAX_COHORTS))
			})
	}

	/// A claim out of any pool.
	pub(crate) fn claim_weight(leaf: &Leaf<T::AccountId>, proof: &Proof) -> Weight {
		Self::grd_claim_weight(leaf, proof)
			.saturating_add(Self::asset_weight(1))
			.saturating_add(Self::shares_weight(&leaf.payee))
	}

	/// A claim out of a pool that pays GRD.
	pub(crate) fn grd_claim_weight(leaf: &Leaf<T::AccountId>, proof: &Proof) -> Weight {
		Self::one_claim_weight(Self::siblings(proof))
			.saturating_add(Self::bookings_weight(core::iter::once(&leaf.payee)))
	}

	/// Claims out of any pools.
	pub(crate) fn claims_weight(claims: &[Claim<T::AccountId>]) -> Weight {
		claims
			.iter()
			.map(|item| Self::shares_weight(&item.leaf.payee))
			.fold(Self::grd_claims_weight(claims), Weight::saturating_add)
			.saturating_add(Self::asset_weight(Self::count(claims)))
	}

	/// Claims out of pools that pay GRD: without siblings, and what a claim grows by for every sibling.
	pub(crate) fn grd_claims_weight(claims: &[Claim<T::AccountId>]) -> Weight {
		let siblings = claims.iter().fold(0u32, |sum, item| {
			sum.saturating_add(Self::siblings(&item.proof))
		});
		let count = Self::count(claims);
		let siblings = Self::one_claim_weight(siblings).saturating_sub(Self::one_claim_weight(0));
		T::WeightInfo::claim_many(count)
			.max(T::WeightInfo::claim_many_members(count))
			.saturating_add(siblings)
			.saturating_add(Self::bookings_weight(
				claims.iter().map(|item| &item.leaf.payee),
			))
	}

	/// A page of which every leaf is paid.
	pub(crate) fn page_weight(leaves: &[Leaf<T::AccountId>], proof: &Proof) -> Weight {
		let leaves = Self::count(leaves);
		T::WeightInfo::pay_page(leaves, Self::siblings(proof))
			.saturating_add(Self::asset_weight(leaves))
	}

	/// A page of which so many leaves were paid and the others only looked at.
	pub(crate) fn paid_page_weight(leaves: u32, siblings: u32, page: PaidPage) -> Weight {
		let PaidPage { paid, asset } = page;
		let in_grd = Self::grd_page_weight(leaves, siblings, paid);
		match asset {
			Some(_) => in_grd.saturating_add(Self::asset_weight(paid.max(1))),
			None => in_grd,
		}
	}

	/// The same of a pool that pays GRD.
	pub(crate) fn grd_page_weight(leaves: u32, siblings: u32, paid: u32) -> Weight {
		let looked_at = T::WeightInfo::skip_page(leaves, siblings);
		if paid == 0 {
			return looked_at;
		}
		let payments =
			T::WeightInfo::pay_page(paid, 0).saturating_sub(T::WeightInfo::skip_page(paid, 0));
		looked_at
			.saturating_add(payments)
			.min(T::WeightInfo::pay_page(leaves, siblings))
	}

	/// So many dues, paid in so many assets.
	pub(crate) fn dues_weight(claimed: ClaimedDues) -> Weight {
		let ClaimedDues { dues, assets } = claimed;
		T::WeightInfo::claim_due(dues).saturating_add(match assets {
			0 => Weight::zero(),
			assets => Self::asset_weight(assets),
		})
	}

	/// Licence payments out of so many runs, booked to so many lists.
	pub(crate) fn licences_weight(payments: u32, lists: u32) -> Weight {
		T::WeightInfo::claim_licences(payments)
			.saturating_add(T::WeightInfo::book(MAX_COHORTS).saturating_mul(lists.into()))
	}

	pub(crate) fn endow_pot() {
		let pot = Self::pot();
		if T::Currency::total_balance(&pot) == 0 {
			let minted = T::Currency::mint_into(&pot, T::Currency::minimum_balance());
			assert!(minted.is_ok(), "the pot is endowed at genesis");
		}
	}

	/// What a run is paid in.
	pub(crate) fn paid_in(run: RunId) -> Asset {
		RunAssets::<T>::get(run)
	}

	pub(crate) fn accounts(run: RunId, asset: Asset) -> Accounts {
		Accounts {
			asset,
			books: Books::<T>::get(run, asset),
			totals: Total::<T>::get(asset),
		}
	}

	pub(crate) fn keep_accounts(run: RunId, accounts: Accounts) {
		Books::<T>::insert(run, accounts.asset, accounts.books);
		Total::<T>::insert(accounts.asset, accounts.totals);
	}

	pub(crate) fn ledgers(run: RunId) -> Ledgers {
		let asset = Self::paid_in(run);
		Ledgers {
			own: Self::accounts(run, asset),
			grd: asset.map(|_| Self::accounts(run, None)),
		}
	}

	pub(crate) fn keep_ledgers(run: RunId, ledgers: Ledgers) {
		Self::keep_accounts(run, ledgers.own);
		if let Some(grd) = ledgers.grd {
			Self::keep_accounts(run, grd);
		}
	}

	pub(crate) fn keep_escrow(run: RunId, escrow: Escrow) {
		if escrow == Escrow::default() {
			Escrows::<T>::remove(run);
		} else {
			Escrows::<T>::insert(run, escrow);
		}
	}

	/// Whether so much can be paid to an account: it can receive it, and no issuer holds it back.
	pub(crate) fn can_pay(asset: Asset, to: &T::AccountId, amount: Balance) -> DispatchResult {
		let pot = Self::pot();
		ensure!(*to != pot, Error::<T>::PayeeIsPot);
		let can_deposit = <T::Assets as fungibles::Inspect<_>>::can_deposit(
			kind(asset),
			to,
			amount,
			Provenance::Extant,
		);
		match can_deposit {
			DepositConsequence::Success => {}
			DepositConsequence::BelowMinimum => {
				return Err(Error::<T>::BelowExistentialDeposit.into())
			}
			_ => return Err(Error::<T>::PayeeCannotReceive.into()),
		}
		let can_withdraw =
			<T::Assets as fungibles::Inspect<_>>::can_withdraw(kind(asset), &pot, amount);
		can_withdraw.into_result(true)?;
		Ok(())
	}

	/// Pays out of the pot, which always keeps its existential deposit.
	pub(crate) fn pay(asset: Asset, to: &T::AccountId, amount: Balance) -> DispatchResult {
		Self::can_pay(asset, to, amount)?;
		let pot = Self::pot();
		<T::Assets as fungibles::Mutate<_>>::transfer(
			kind(asset),
			&pot,
			to,
			amount,
			Preservation::Preserve,
		)?;
		Ok(())
	}

	/// Pays what was taken out of a purse, or owes it if `to` cannot receive it.
	///
	/// A call that is nested too deep to try fails: that says nothing about `to`.
	pub(crate) fn disburse(
		accounts: &mut Accounts,
		run: RunId,
		to: &T::AccountId,
		amount: Balance,
		cause: Cause,
	) -> DispatchResult {
		let to = to.clone();
		let asset = accounts.asset;
		let paid = with_storage_layer(|| {
			Self::ensure_whole(asset)?;
			Self::pay(asset, &to, amount)
		});
		match paid {
			Ok(()) => {}
			Err(reason @ DispatchError::Transactional(_)) => return Err(reason),
			Err(_) => {
				exact(accounts.owe(amount))?;
				let due = Dues::<T>::get(&to, (run, asset)).unwrap_or_default();
				Dues::<T>::insert(&to, (run, asset), exact(due.checked_add(amount))?);
				Self::deposit_event(Event::Owed {
					run,
					to,
					amount,
					asset,
					cause,
				});
				return Ok(());
			}
		}
		exact(accounts.spend(cause, amount))?;
		Self::deposit_event(match cause {
			Cause::Licence(dataset) => Event::LicencePaid {
				run,
				dataset,
				payee: to,
				amount,
			},
			Cause::Return => Event::Returned {
				run,
				to,
				amount,
				asset,
			},
			Cause::Release(purse) => Event::Released {
				run,
				purse,
				to,
				amount,
				asset,
			},
		});
		Ok(())
	}

	fn do_deposit(
		run: RunId,
		purse: Purse,
		from: &T::AccountId,
		amount: Balance,
	) -> DispatchResult {
		let pot = Self::pot();
		ensure!(*from != pot, Error::<T>::PayeeIsPot);
		ensure!(
			!Settlements::<T>::contains_key(run),
			Error::<T>::SettlementStarted
		);
		if amount == 0 {
			return Ok(());
		}
		let asset = purse.asset(Self::paid_in(run));
		let mut accounts = Self::accounts(run, asset);
		let mut escrow = Escrows::<T>::get(run);
		exact(accounts.deposit(&mut escrow, purse, amount))?;
		// An account needs GRD to stay. All that it has of an asset can go, but not all and some dust.
		let has = <T::Assets as fungibles::Inspect<_>>::balance(kind(asset), from);
		ensure!(
			asset.is_none() || has >= amount,
			TokenError::FundsUnavailable
		);
		let preservation = match asset {
			Some(_) if has == amount => Preservation::Expendable,
			_ => Preservation::Preserve,
		};
		<T::Assets as fungibles::Mutate<_>>::transfer(
			kind(asset),
			from,
			&pot,
			amount,
			preservation,
		)?;
		Self::keep_accounts(run, accounts);
		Self::keep_escrow(run, escrow);
		Self::deposit_event(Event::Deposited {
			run,
			purse,
			from: from.clone(),
			amount,
			asset,
		});
		Ok(())
	}

	fn do_release(run: RunId, purse: Purse, to: &T::AccountId, amount: Balance) -> DispatchResult {
		ensure!(*to != Self::pot(), Error::<T>::PayeeIsPot);
		ensure!(
			purse == Purse::Tip || !Settlements::<T>::contains_key(run),
			Error::<T>::SettlementStarted
		);
		let mut escrow = Escrows::<T>::get(run);
		ensure!(escrow.held(purse) >= amount, Error::<T>::InsufficientEscrow);
		if amount == 0 {
			return Ok(());
		}
		let mut accounts = Self::accounts(run, purse.asset(Self::paid_in(run)));
		exact(accounts.take(&mut escrow, purse, amount))?;
		Self::disburse(&mut accounts, run, to, amount, Cause::Release(purse))?;
		Self::keep_accounts(run, accounts);
		Self::keep_escrow(run, escrow);
		Ok(())
	}

	/// Pays what an account is owed, asset by asset. One that cannot be paid does not stop the others;
	/// where none can, the first one's reason is told.
	pub(crate) fn do_claim_due(account: &T::AccountId) -> Result<ClaimedDues, DispatchError> {
		let dues = Self::dues_of(account);
		ensure!(!dues.is_empty(), Error::<T>::NothingToClaim);
		let looked_at = Self::count(&dues);
		let mut by_asset = BTreeMap::<Asset, Vec<(RunId, Balance)>>::new();
		for ((run, asset), amount) in dues {
			by_asset.entry(asset).or_default().push((run, amount));
		}
		let assets = by_asset.keys().flatten().count();
		let mut refused = None;
		let mut paid = false;
		for (asset, dues) in by_asset {
			match with_storage_layer(|| Self::pay_dues(account, asset, dues)) {
				Ok(()) => paid = true,
				Err(reason) => refused = refused.or(Some(reason)),
			}
		}
		match refused {
			Some(reason) if !paid => Err(reason),
			_ => Ok(ClaimedDues {
				dues: looked_at,
				assets: u32::try_from(assets).unwrap_or(MAX_ASSETS),
			}),
		}
	}

	fn pay_dues(
		account: &T::AccountId,
		asset: Asset,
		dues: Vec<(RunId, Balance)>,
	) -> DispatchResult {
		Self::ensure_whole(asset)?;
		let mut sum: Balance = 0;
		for (run, amount) in &dues {
			let mut accounts = Self::accounts(*run, asset);
			exact(accounts.collect(*amount))?;
			Dues::<T>::remove(account, (*run, asset));
			Self::keep_accounts(*run, accounts);
			sum = exact(sum.checked_add(*amount))?;
		}
		Self::pay(asset, account, sum)?;
		for (run, amount) in dues {
			Self::deposit_event(Event::DueClaimed {
				run,
				payee: account.clone(),
				amount,
				asset,
			});
		}
		Ok(())
	}
}

impl<T: Config> Treasurer<T::AccountId, Balance> for Pallet<T> {
	fn pay_in(run: RunId, asset: AssetId) -> DispatchResult {
		Self::do_pay_in(run, asset)
	}

	fn deposit(run: RunId, purse: Purse, from: &T::AccountId, amount: Balance) -> DispatchResult {
		with_storage_layer(|| Self::do_deposit(run, purse, from, amount))
	}

	fn release(run: RunId, purse: Purse, to: &T::AccountId, amount: Balance) -> DispatchResult {
		with_storage_layer(|| Self::do_release(run, purse, to, amount))
	}

	fn held(run: RunId, purse: Purse) -> Balance {
		Escrows::<T>::get(run).held(purse)
	}

	fn is_pot(who: &T::AccountId) -> bool {
		*who == Self::pot()
	}

	fn settle(
		run: RunId,
		terms: &SettleTerms<T::AccountId, Balance>,
		limit: u32,
	) -> Result<SettleProgress, DispatchError> {
		with_storage_layer(|| Self::do_settle(run, terms, limit))
	}

	fn settle_weight(limit: u32) -> Weight {
		T::WeightInfo::settle(limit)
	}

	fn asset_weight(payments: u32) -> Weight {
		Self::asset_weight(payments)
	}
}
