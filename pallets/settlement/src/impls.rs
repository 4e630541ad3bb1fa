use frame_support::{
	dispatch::DispatchResult,
	ensure,
	storage::with_storage_layer,
	traits::{
		fungible::{Inspect, Mutate},
		tokens::{DepositConsequence, Preservation, Provenance},
	},
	weights::Weight,
};
use guerdon_receipt::RunId;
use guerdon_share_tree::{Leaf, Payee, Proof};
use sp_runtime::{traits::AccountIdConversion, ArithmeticError, DispatchError};

use crate::{
	pallet::*, Accounts, Balance, Cause, Claim, Escrow, Purse, SettleProgress, SettleTerms,
	Treasurer, WeightInfo, MAX_COHORTS, MAX_DUES,
};

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

	pub(crate) fn claim_weight(leaf: &Leaf<T::AccountId>, proof: &Proof) -> Weight {
		Self::one_claim_weight(Self::siblings(proof))
			.saturating_add(Self::bookings_weight(core::iter::once(&leaf.payee)))
	}

	/// Claims without siblings, and what a claim grows by for every sibling.
	pub(crate) fn claims_weight(claims: &[Claim<T::AccountId>]) -> Weight {
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
		T::WeightInfo::pay_page(Self::count(leaves), Self::siblings(proof))
	}

	/// A page of which so many leaves were paid and the others only looked at.
	pub(crate) fn paid_page_weight(leaves: u32, siblings: u32, paid: u32) -> Weight {
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

	pub(crate) fn accounts(run: RunId) -> Accounts {
		Accounts {
			books: Books::<T>::get(run),
			totals: Total::<T>::get(),
		}
	}

	pub(crate) fn keep_accounts(run: RunId, accounts: Accounts) {
		Books::<T>::insert(run, accounts.books);
		Total::<T>::put(accounts.totals);
	}

	pub(crate) fn keep_escrow(run: RunId, escrow: Escrow) {
		if escrow == Escrow::default() {
			Escrows::<T>::remove(run);
		} else {
			Escrows::<T>::insert(run, escrow);
		}
	}

	/// Pays out of the pot, which always keeps its existential deposit.
	pub(crate) fn pay(to: &T::AccountId, amount: Balance) -> DispatchResult {
		let pot = Self::pot();
		ensure!(*to != pot, Error::<T>::PayeeIsPot);
		match T::Currency::can_deposit(to, amount, Provenance::Extant) {
			DepositConsequence::Success => {}
			DepositConsequence::BelowMinimum => {
				return Err(Error::<T>::BelowExistentialDeposit.into())
			}
			_ => return Err(Error::<T>::PayeeCannotReceive.into()),
		}
		T::Currency::transfer(&pot, to, amount, Preservation::Preserve)?;
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
		match with_storage_layer(|| Self::pay(&to, amount)) {
			Ok(()) => {}
			Err(reason @ DispatchError::Transactional(_)) => return Err(reason),
			Err(_) => {
				exact(accounts.owe(amount))?;
				let due = Dues::<T>::get(&to, run).unwrap_or_default();
				Dues::<T>::insert(&to, run, exact(due.checked_add(amount))?);
				Self::deposit_event(Event::Owed {
					run,
					to,
					amount,
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
			Cause::Return => Event::Returned { run, to, amount },
			Cause::Release(purse) => Event::Released {
				run,
				purse,
				to,
				amount,
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
		let mut accounts = Self::accounts(run);
		let mut escrow = Escrows::<T>::get(run);
		exact(accounts.deposit(&mut escrow, purse, amount))?;
		T::Currency::transfer(from, &pot, amount, Preservation::Preserve)?;
		Self::keep_accounts(run, accounts);
		Self::keep_escrow(run, escrow);
		Self::deposit_event(Event::Deposited {
			run,
			purse,
			from: from.clone(),
			amount,
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
		let mut accounts = Self::accounts(run);
		exact(accounts.take(&mut escrow, purse, amount))?;
		Self::disburse(&mut accounts, run, to, amount, Cause::Release(purse))?;
		Self::keep_accounts(run, accounts);
		Self::keep_escrow(run, escrow);
		Ok(())
	}

	/// Pays dues and answers out of how many runs.
	pub(crate) fn do_claim_due(account: &T::AccountId) -> Result<u32, DispatchError> {
		let dues = Self::dues_of(account);
		ensure!(!dues.is_empty(), Error::<T>::NothingToClaim);
		let mut sum: Balance = 0;
		for (run, amount) in &dues {
			let mut accounts = Self::accounts(*run);
			exact(accounts.collect(*amount))?;
			Dues::<T>::remove(account, run);
			Self::keep_accounts(*run, accounts);
			sum = exact(sum.checked_add(*amount))?;
		}
		Self::pay(account, sum)?;
		let paid = u32::try_from(dues.len()).unwrap_or(MAX_DUES);
		for (run, amount) in dues {
			Self::deposit_event(Event::DueClaimed {
				run,
				payee: account.clone(),
				amount,
			});
		}
		Ok(paid)
	}
}

impl<T: Config> Treasurer<T::AccountId, Balance> for Pallet<T> {
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
}
