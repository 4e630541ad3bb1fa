//! Settling a run, in steps that a call bounds.

use codec::Encode;
use frame_support::{dispatch::DispatchResult, ensure};
use guerdon_receipt::{PoolId, Role, RunId};
use guerdon_share_tree::{leaf_node, split, split_many, Builder, Leaf, Payee};
use pallet_contributions::{Entry, Ledger, Subject};
use sp_core::H256;
use sp_runtime::{ArithmeticError, DispatchError};

use crate::{
	checked_sum, impls::exact, pallet::*, Balance, Cause, Escrow, HostHasher, Ledgers, LicenceDue,
	Pool, PoolState, Purse, SettleProgress, SettleTerms, Settlement, Stage, MAX_LICENCES,
	WHOLE_PPM,
};

/// The part of a role's share that was earned. What rounding leaves goes with what was not.
fn earned(share: Balance, done: u128, planned: u64) -> Option<Balance> {
	match u128::from(planned).checked_sub(done) {
		Some(undone) if undone > 0 => split(share, done, undone).ok().map(|(earned, _)| earned),
		_ => Some(share),
	}
}

impl<T: Config> Pallet<T> {
	/// An entry of a table.
	pub(crate) fn entry(run: RunId, role: Role, index: u64) -> Option<Entry<T::AccountId>> {
		T::Ledger::entry(run, role, u32::try_from(index).ok()?)
	}

	/// The leaf of a table's entry: it pays the entry's account, or the list that was named when the
	/// pool was built.
	pub(crate) fn leaf_of(
		pool: PoolId,
		role: Role,
		index: u64,
		entry: Entry<T::AccountId>,
	) -> Leaf<T::AccountId> {
		let list = match role {
			Role::DataProvider => ListLeaves::<T>::get(pool, index),
			_ => None,
		};
		Leaf {
			payee: list.map_or(Payee::Account(entry.payee), Payee::Pool),
			weight: entry.weight,
		}
	}

	/// Names the list that stands for the members of an entry's dataset, if there are any.
	fn name_list(pool: PoolId, role: Role, index: u64, entry: &Entry<T::AccountId>) {
		let (Role::DataProvider, Subject::Dataset(dataset), true) =
			(role, &entry.subject, entry.weight > 0)
		else {
			return;
		};
		if let Some((_, list)) = Self::list_of(*dataset) {
			ListLeaves::<T>::insert(pool, index, list);
		}
	}

	pub(crate) fn do_settle(
		run: RunId,
		terms: &SettleTerms<T::AccountId, Balance>,
		limit: u32,
	) -> Result<SettleProgress, DispatchError> {
		let digest = H256(sp_io::hashing::blake2_256(&terms.encode()));
		let mut stage = match Settlements::<T>::get(run) {
			Some(Settlement {
				stage: Stage::Done, ..
			}) => return Ok(SettleProgress::Done),
			Some(settlement) => {
				ensure!(settlement.terms == digest, Error::<T>::TermsChanged);
				settlement.stage
			}
			None => Self::start(run, terms)?,
		};
		let mut ledgers = Self::ledgers(run);
		let mut escrow = Escrows::<T>::get(run);
		let mut left = limit;
		while left > 0 && stage != Stage::Done {
			let (next, steps) = match stage {
				Stage::Building { role, next } => Self::build(run, role, next, left)?,
				Stage::Funding => {
					Self::fund(run, terms, &mut ledgers, &mut escrow)?;
					(Self::licences_from(0, terms), 1)
				}
				Stage::Licences { next } => {
					Self::pay_licence(run, next, terms, &mut ledgers, &mut escrow)?;
					(Self::licences_from(exact(next.checked_add(1))?, terms), 1)
				}
				Stage::Returning | Stage::Done => {
					Self::return_rest(run, terms, &mut ledgers, &mut escrow)?;
					(Stage::Done, 1)
				}
			};
			stage = next;
			left = left.saturating_sub(steps);
		}
		Self::keep_ledgers(run, ledgers);
		Self::keep_escrow(run, escrow);
		Settlements::<T>::insert(
			run,
			Settlement {
				terms: digest,
				stage,
			},
		);
		Ok(match stage {
			Stage::Done => SettleProgress::Done,
			_ => SettleProgress::Pending,
		})
	}

	/// Refuses at once whatever could stop the settlement later.
	fn start(
		run: RunId,
		terms: &SettleTerms<T::AccountId, Balance>,
	) -> Result<Stage, DispatchError> {
		ensure!(terms.sponsor != Self::pot(), Error::<T>::PayeeIsPot);
		let parts = terms
			.split_ppm
			.iter()
			.try_fold(0u32, |sum, part| sum.checked_add(*part));
		ensure!(parts == Some(WHOLE_PPM), Error::<T>::SplitNotWhole);
		ensure!(
			u32::try_from(terms.licence.len()).is_ok_and(|count| count <= MAX_LICENCES),
			Error::<T>::MaxLicencesExceeded
		);
		let licence = exact(checked_sum(
			terms.licence.iter().map(|(_, _, amount)| *amount),
		))?;
		ensure!(
			licence <= Escrows::<T>::get(run).licence,
			Error::<T>::InsufficientEscrow
		);
		let is_closed = |role| T::Ledger::table(run, role).closed;
		ensure!(Role::ALL.into_iter().all(is_closed), Error::<T>::TableOpen);
		Self::build_from(run, 0)
	}

	/// Opens the pool of the first role with weight from `Role::ALL[first]` on.
	fn build_from(run: RunId, first: usize) -> Result<Stage, DispatchError> {
		let has_weight = |role: &Role| T::Ledger::table(run, *role).weight > 0;
		let Some(role) = Role::ALL.into_iter().skip(first).find(has_weight) else {
			return Ok(Stage::Funding);
		};
		let id = NextPoolId::<T>::get();
		NextPoolId::<T>::put(exact(id.checked_add(1))?);
		let state = PoolState::Building(Builder::new());
		Pools::<T>::insert(
			id,
			Pool {
				run,
				role,
				asset: Self::paid_in(run),
				funded: 0,
				paid: 0,
				state,
			},
		);
		RunPools::<T>::insert(run, role, id);
		Ok(Stage::Building { role, next: 0 })
	}

	/// Adds up to `limit` entries to a role's pool; answers the next stage and the entries added.
	fn build(run: RunId, role: Role, next: u32, limit: u32) -> Result<(Stage, u32), DispatchError> {
		let id = RunPools::<T>::get(run, role).ok_or(Error::<T>::NotFound)?;
		let mut pool = Pools::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		let PoolState::Building(builder) = &mut pool.state else {
			return Err(Error::<T>::NotFound.into());
		};
		let count = T::Ledger::table(run, role).count;
		let end = count.min(next.saturating_add(limit));
		for index in next..end {
			let index = u64::from(index);
			let entry = Self::entry(run, role, index).ok_or(Error::<T>::LeafNotFound)?;
			Self::name_list(id, role, index, &entry);
			let leaf = Self::leaf_of(id, role, index, entry);
			let node = leaf_node::<HostHasher, _>(id, index, &leaf);
			builder
				.push::<HostHasher>(node.hash, leaf.weight)
				.map_err(|_| ArithmeticError::Overflow)?;
		}
		Pools::<T>::insert(id, pool);
		let stage = if end < count {
			Stage::Building { role, next: end }
		} else {
			Self::build_from(run, role.index().saturating_add(1))?
		};
		Ok((stage, end.saturating_sub(next)))
	}

	/// The units that count against what was planned for a role.
	///
	/// Attestors earn with the work that receipts were accepted for. Their own units depend on which
	/// signatures a receipt carried, and whoever submits it may leave some out.
	fn done(run: RunId, role: Role) -> Option<u128> {
		let units = |role| T::Ledger::table(run, role).units;
		match role {
			Role::Attestor => units(Role::Trainer).checked_add(units(Role::User)),
			_ => Some(units(role)),
		}
	}

	/// Splits the budget over the roles and seals every pool with what was earned.
	fn fund(
		run: RunId,
		terms: &SettleTerms<T::AccountId, Balance>,
		ledgers: &mut Ledgers,
		escrow: &mut Escrow,
	) -> DispatchResult {
		let shares = split_many(escrow.budget, &terms.split_ppm.map(u128::from))
			.map_err(|_| ArithmeticError::Overflow)?;
		for ((role, share), planned) in Role::ALL.into_iter().zip(shares).zip(terms.planned_units) {
			let Some(id) = RunPools::<T>::get(run, role) else {
				continue;
			};
			let done = exact(Self::done(run, role))?;
			let mut amount = exact(earned(share, done, planned))?;
			exact(ledgers.own.take(escrow, Purse::Budget, amount))?;
			if role == Role::DataProvider && terms.bond_to_publishers {
				let bond = escrow.bond;
				exact(ledgers.own.take(escrow, Purse::Bond, bond))?;
				amount = exact(amount.checked_add(bond))?;
			}
			exact(ledgers.own.fund(amount))?;
			Self::seal(id, amount)?;
			Self::deposit_event(Event::PoolFunded {
				run,
				role,
				pool: id,
				amount,
				asset: ledgers.own.asset,
			});
		}
		Ok(())
	}

	fn seal(id: PoolId, amount: Balance) -> DispatchResult {
		let mut pool = Pools::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		if let PoolState::Building(builder) = &pool.state {
			let summary = builder
				.finish::<HostHasher>()
				.map_err(|_| ArithmeticError::Overflow)?;
			pool.state = PoolState::Sealed(summary);
			Expiries::<T>::insert(id, Self::expiry()?);
		}
		pool.funded = amount;
		Pools::<T>::insert(id, pool);
		Ok(())
	}

	fn licences_from(next: u32, terms: &SettleTerms<T::AccountId, Balance>) -> Stage {
		let next_index = usize::try_from(next).unwrap_or(usize::MAX);
		if next_index < terms.licence.len() {
			Stage::Licences { next }
		} else {
			Stage::Returning
		}
	}

	/// What a dataset with members earned is kept for them, however many cohorts they are; anyone books
	/// it. A payment to the pot is left in the purse and returns to the sponsor.
	fn pay_licence(
		run: RunId,
		next: u32,
		terms: &SettleTerms<T::AccountId, Balance>,
		ledgers: &mut Ledgers,
		escrow: &mut Escrow,
	) -> DispatchResult {
		let next = usize::try_from(next).unwrap_or(usize::MAX);
		let Some((dataset, payee, amount)) = terms.licence.get(next) else {
			return Ok(());
		};
		if *amount == 0 || *payee == Self::pot() {
			return Ok(());
		}
		let accounts = ledgers.of(Purse::Licence);
		exact(accounts.take(escrow, Purse::Licence, *amount))?;
		if let Some((owed, list)) = Self::list_of(*dataset) {
			let due = LicenceDue {
				amount: *amount,
				list,
				payee: payee.clone(),
			};
			return Self::owe_members(accounts, run, *dataset, owed, due);
		}
		Self::disburse(accounts, run, payee, *amount, Cause::Licence(*dataset))
	}

	fn return_rest(
		run: RunId,
		terms: &SettleTerms<T::AccountId, Balance>,
		ledgers: &mut Ledgers,
		escrow: &mut Escrow,
	) -> DispatchResult {
		let Ledgers { own, grd } = ledgers;
		let paid_in = own.asset;
		for accounts in [Some(own), grd.as_mut()].into_iter().flatten() {
			let rest = exact(escrow.total(paid_in, accounts.asset))?;
			if rest == 0 {
				continue;
			}
			for purse in Purse::ALL {
				if purse.asset(paid_in) == accounts.asset {
					let held = escrow.held(purse);
					exact(accounts.take(escrow, purse, held))?;
				}
			}
			Self::disburse(accounts, run, &terms.sponsor, rest, Cause::Return)?;
		}
		Ok(())
	}
}
