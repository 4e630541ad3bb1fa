use alloc::{collections::BTreeMap, vec::Vec};
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
use guerdon_share_tree::{entitlement_of, leaf_node, Error as ShareError, Payee, Proof};
use sp_runtime::{traits::AccountIdConversion, ArithmeticError, DispatchError};

use crate::{
	pallet::*, Accounts, Balance, Cause, Claim, ClaimedPage, Entitled, Escrow, HostHasher,
	PoolState, Purse, SettleProgress, SettleTerms, Treasurer, WeightInfo, MAX_DUES,
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
		u32::try_from(proof.siblings.len()).unwrap_or(u32::MAX)
	}

	/// Claims without siblings, and what a claim grows by for every sibling.
	pub(crate) fn claims_weight(claims: &[Claim<T::AccountId>]) -> Weight {
		let siblings = claims.iter().fold(0u32, |sum, item| {
			sum.saturating_add(Self::siblings(&item.proof))
		});
		let count = u32::try_from(claims.len()).unwrap_or(u32::MAX);
		let siblings = T::WeightInfo::claim(siblings).saturating_sub(T::WeightInfo::claim(0));
		T::WeightInfo::claim_many(count).saturating_add(siblings)
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
	fn pay(to: &T::AccountId, amount: Balance) -> DispatchResult {
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

	/// Checks everything about a claim but whether the payee can receive it.
	fn entitled(claim: &Claim<T::AccountId>) -> Result<Entitled<T::AccountId>, DispatchError> {
		let Claim {
			pool: id,
			index,
			leaf,
			proof,
		} = claim;
		let pool = Pools::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		let PoolState::Sealed(summary) = pool.state else {
			return Err(Error::<T>::NotSealed.into());
		};
		let Payee::Account(payee) = &leaf.payee else {
			return Err(Error::<T>::WrongLeaf.into());
		};
		ensure!(*payee != Self::pot(), Error::<T>::PayeeIsPot);
		let node = leaf_node::<HostHasher, _>(*id, *index, leaf);
		let amount = entitlement_of::<HostHasher>(&summary, *index, node, proof, pool.funded)
			.map_err(|error| match error {
				ShareError::IndexOutOfRange => Error::<T>::LeafNotFound,
				_ => Error::<T>::WrongProof,
			})?;
		ensure!(amount > 0, Error::<T>::NothingToClaim);
		Ok(Entitled {
			pool: *id,
			index: *index,
			run: pool.run,
			role: pool.role,
			payee: payee.clone(),
			amount,
		})
	}

	/// Marks a leaf as claimed and books its payment, which must follow or be rolled back with this.
	fn mark(item: &Entitled<T::AccountId>) -> DispatchResult {
		let page = ClaimedPage::number(item.index);
		let mut claimed = ClaimedPages::<T>::get(item.pool, page);
		ensure!(!claimed.is_claimed(item.index), Error::<T>::AlreadyClaimed);
		claimed.mark(item.index);

		let mut pool = Pools::<T>::get(item.pool).ok_or(Error::<T>::NotFound)?;
		let paid = pool.paid.checked_add(item.amount);
		pool.paid = exact(paid.filter(|paid| *paid <= pool.funded))?;
		let mut accounts = Self::accounts(item.run);
		exact(accounts.claim(item.amount))?;

		ClaimedPages::<T>::insert(item.pool, page, claimed);
		Pools::<T>::insert(item.pool, pool);
		Self::keep_accounts(item.run, accounts);
		Ok(())
	}

	fn announce_claimed(item: Entitled<T::AccountId>) {
		let Entitled {
			pool,
			index,
			run,
			role,
			payee,
			amount,
		} = item;
		Self::deposit_event(Event::Claimed {
			run,
			role,
			pool,
			index,
			payee,
			amount,
		});
	}

	pub(crate) fn do_claim(claim: Claim<T::AccountId>) -> DispatchResult {
		let item = Self::entitled(&claim)?;
		Self::mark(&item)?;
		Self::pay(&item.payee, item.amount)?;
		Self::announce_claimed(item);
		Ok(())
	}

	pub(crate) fn do_claim_many(claims: Vec<Claim<T::AccountId>>) -> DispatchResult {
		ensure!(!claims.is_empty(), Error::<T>::NothingToClaim);
		let mut by_payee = BTreeMap::<T::AccountId, Vec<_>>::new();
		for claim in claims {
			match Self::entitled(&claim) {
				Ok(item) => by_payee.entry(item.payee.clone()).or_default().push(item),
				Err(reason) => {
					let Claim { pool, index, .. } = claim;
					Self::deposit_event(Event::ClaimRefused {
						pool,
						index,
						reason,
					});
				}
			}
		}
		for (payee, items) in by_payee {
			Self::claim_for(&payee, items)?;
		}
		Ok(())
	}

	/// Marks each item, then pays the sum. If that cannot be received no item stays marked.
	///
	/// A call that is nested too deep to try fails, as no item was looked at.
	fn claim_for(payee: &T::AccountId, items: Vec<Entitled<T::AccountId>>) -> DispatchResult {
		let mut marked = Vec::new();
		let mut refused = Vec::new();
		let paid = with_storage_layer(|| {
			let mut sum: Balance = 0;
			for item in items {
				match Self::mark(&item) {
					Ok(()) => {
						sum = exact(sum.checked_add(item.amount))?;
						marked.push(item);
					}
					Err(reason) => refused.push((item, reason)),
				}
			}
			if marked.is_empty() {
				Ok(())
			} else {
				Self::pay(payee, sum)
			}
		});
		match paid {
			Ok(()) => marked.into_iter().for_each(Self::announce_claimed),
			Err(reason @ DispatchError::Transactional(_)) => return Err(reason),
			Err(reason) => refused.extend(marked.into_iter().map(|item| (item, reason))),
		}
		for (Entitled { pool, index, .. }, reason) in refused {
			Self::deposit_event(Event::ClaimRefused {
				pool,
				index,
				reason,
			});
		}
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
