//! Lists of a dataset's members, and the money that goes to them.

use alloc::{collections::BTreeMap, vec::Vec};
use codec::Encode;
use frame_support::{
	dispatch::DispatchResult,
	ensure,
	traits::{fungible::hold, tokens::Precision, Get},
};
use frame_system::pallet_prelude::BlockNumberFor;
use guerdon_receipt::{DatasetId, PoolId, RunId};
use guerdon_share_tree::{leaf_node, split_many, Builder, Error as ShareError, Leaf, Payee};
use pallet_datasets::Ownership;
use sp_runtime::{
	traits::{CheckedAdd, Zero},
	ArithmeticError, DispatchError,
};

use crate::{
	impls::exact, pallet::*, Accounts, Asset, Balance, Cause, CohortState, HoldReason, HostHasher,
	LicenceDue, Members, Streamed, MAX_COHORTS, MAX_DUES,
};

/// A [`crate::Cohort`] of this chain.
pub(crate) type CohortOf<T> =
	crate::Cohort<<T as frame_system::Config>::AccountId, BlockNumberFor<T>>;

/// What a call of `claim_licences` did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ClaimedLicences {
	/// Payments that were made or booked.
	pub payments: u32,
	/// Lists that they were booked to.
	pub lists: u32,
}

/// The tree and the last payee after more members: payees ascend by their encoding, so that none is
/// listed twice.
fn append<T: Config>(
	pool: PoolId,
	builder: &mut Builder,
	last: &mut Option<Payee<T::AccountId>>,
	members: &[Leaf<T::AccountId>],
) -> DispatchResult {
	let pot = Payee::Account(Pallet::<T>::pot());
	let mut before = last.as_ref().map(Encode::encode);
	for member in members {
		ensure!(
			!matches!(member.payee, Payee::Pool(_)),
			Error::<T>::InvalidMember
		);
		ensure!(member.payee != pot, Error::<T>::PayeeIsPot);
		ensure!(member.weight > 0, Error::<T>::ZeroWeight);
		let key = member.payee.encode();
		ensure!(
			before.is_none_or(|before| before < key),
			Error::<T>::MembersNotAscending
		);
		before = Some(key);
		let node = leaf_node::<HostHasher, _>(pool, builder.count(), member);
		builder
			.push::<HostHasher>(node.hash, member.weight)
			.map_err(|error| match error {
				ShareError::TooManyLeaves => Error::<T>::MaxMembersExceeded.into(),
				_ => DispatchError::from(ArithmeticError::Overflow),
			})?;
	}
	if let Some(member) = members.last() {
		*last = Some(member.payee.clone());
	}
	Ok(())
}

impl<T: Config> Pallet<T> {
	fn hold(owner: &T::AccountId, amount: Balance) -> DispatchResult {
		<T::Currency as hold::Mutate<_>>::hold(&HoldReason::Members.into(), owner, amount)
	}

	/// A list that is being built, for whoever opened it.
	fn building(owner: &T::AccountId, pool: PoolId) -> Result<CohortOf<T>, Error<T>> {
		let cohort = Cohorts::<T>::get(pool).ok_or(Error::<T>::NotFound)?;
		ensure!(cohort.owner == *owner, Error::<T>::NotAuthorized);
		ensure!(
			matches!(cohort.state, CohortState::Building { .. }),
			Error::<T>::AlreadySealed
		);
		Ok(cohort)
	}

	pub(crate) fn do_open_members(
		owner: T::AccountId,
		dataset: DatasetId,
		weight: u64,
	) -> DispatchResult {
		T::Datasets::ensure_owner(dataset, &owner)?;
		ensure!(weight > 0, Error::<T>::ZeroWeight);
		let mut membership = Memberships::<T>::get(dataset);
		ensure!(membership.building.is_none(), Error::<T>::ListOpen);
		ensure!(
			membership.count() < MAX_COHORTS,
			Error::<T>::MaxCohortsExceeded
		);
		let delay = if T::Datasets::is_new(dataset) {
			Zero::zero()
		} else {
			T::SealDelay::get()
		};
		let now = frame_system::Pallet::<T>::block_number();
		let sealable_from = exact(now.checked_add(&delay))?;
		let deposit = T::CohortDeposit::get();
		Self::hold(&owner, deposit)?;
		let pool = NextPoolId::<T>::get();
		NextPoolId::<T>::put(exact(pool.checked_add(1))?);
		membership.building = Some(pool);
		Memberships::<T>::insert(dataset, membership);
		Cohorts::<T>::insert(
			pool,
			CohortOf::<T> {
				dataset,
				owner: owner.clone(),
				weight,
				funded: 0,
				paid: 0,
				deposit,
				state: CohortState::Building {
					builder: Builder::new(),
					last: None,
					sealable_from,
				},
			},
		);
		Self::deposit_event(Event::MembersOpened {
			dataset,
			pool,
			owner,
			weight,
			sealable_from,
			deposit,
		});
		Ok(())
	}

	pub(crate) fn do_stream_members(
		owner: T::AccountId,
		pool: PoolId,
		from: u64,
		members: Streamed<T::AccountId>,
	) -> DispatchResult {
		let mut cohort = Self::building(&owner, pool)?;
		let CohortState::Building { builder, last, .. } = &mut cohort.state else {
			return Err(Error::<T>::AlreadySealed.into());
		};
		ensure!(from == builder.count(), Error::<T>::OutOfStep);
		ensure!(!members.is_empty(), Error::<T>::NoMembers);
		append::<T>(pool, builder, last, &members)?;
		let added = Balance::try_from(members.len()).map_err(|_| ArithmeticError::Overflow)?;
		let deposit = exact(T::MemberDeposit::get().checked_mul(added))?;
		cohort.deposit = exact(cohort.deposit.checked_add(deposit))?;
		Self::hold(&owner, deposit)?;
		Cohorts::<T>::insert(pool, cohort);
		Self::deposit_event(Event::MembersStreamed {
			pool,
			from,
			members,
			deposit,
		});
		Ok(())
	}

	pub(crate) fn do_seal_members(owner: T::AccountId, pool: PoolId) -> DispatchResult {
		let mut cohort = Self::building(&owner, pool)?;
		let CohortState::Building {
			builder,
			sealable_from,
			..
		} = &cohort.state
		else {
			return Err(Error::<T>::AlreadySealed.into());
		};
		ensure!(
			frame_system::Pallet::<T>::block_number() >= *sealable_from,
			Error::<T>::TooEarly
		);
		// Members have weight, so there is some as soon as there are any.
		let summary = builder
			.finish::<HostHasher>()
			.map_err(|_| Error::<T>::NoMembers)?;
		let dataset = cohort.dataset;
		Memberships::<T>::try_mutate(dataset, |membership| {
			membership.building = None;
			membership
				.open
				.try_push(pool)
				.map_err(|_| Error::<T>::MaxCohortsExceeded)
		})?;
		cohort.state = CohortState::Open(summary);
		Cohorts::<T>::insert(pool, cohort);
		Self::deposit_event(Event::MembersSealed {
			dataset,
			pool,
			summary,
		});
		Ok(())
	}

	pub(crate) fn do_abandon_members(owner: T::AccountId, pool: PoolId) -> DispatchResult {
		let CohortOf::<T> {
			dataset, deposit, ..
		} = Self::building(&owner, pool)?;
		let mut membership = Memberships::<T>::get(dataset);
		membership.building = None;
		if membership.is_empty() {
			Memberships::<T>::remove(dataset);
		} else {
			Memberships::<T>::insert(dataset, membership);
		}
		Cohorts::<T>::remove(pool);
		let reason = HoldReason::Members.into();
		<T::Currency as hold::Mutate<_>>::release(&reason, &owner, deposit, Precision::Exact)?;
		Self::deposit_event(Event::MembersAbandoned {
			dataset,
			pool,
			owner,
			deposit,
		});
		Ok(())
	}

	/// Whose members are paid for a dataset from now on, and the list that stands for them.
	pub(crate) fn list_of(dataset: DatasetId) -> Option<(DatasetId, PoolId)> {
		let paid = T::Datasets::paid(dataset)?;
		Some((paid, Memberships::<T>::get(paid).named()?))
	}

	/// The cohorts that a list stands for: those that were open when it was named. None when it was
	/// abandoned.
	///
	/// Lists get ascending ids, and a dataset builds one at a time; so they are all that are open up to
	/// this one.
	pub(crate) fn members_up_to(list: PoolId) -> Result<Option<Members>, DispatchError> {
		let Some(cohort) = Cohorts::<T>::get(list) else {
			return Ok(None);
		};
		ensure!(
			matches!(cohort.state, CohortState::Open(_)),
			Error::<T>::MembersPending
		);
		let dataset = cohort.dataset;
		let open = Memberships::<T>::get(dataset).open;
		let cohorts = open.into_iter().filter(|pool| *pool <= list).collect();
		Ok(Some(Members { dataset, cohorts }))
	}

	/// Divides money that is in the pot over cohorts, by their weights.
	pub(crate) fn fund_members(members: &Members, asset: Asset, amount: Balance) -> DispatchResult {
		let Members { dataset, cohorts } = members;
		let mut funded = Vec::with_capacity(cohorts.len());
		for pool in cohorts {
			let cohort = Cohorts::<T>::get(pool).ok_or(Error::<T>::NotFound)?;
			funded.push((*pool, cohort));
		}
		let weights = funded
			.iter()
			.map(|(_, cohort)| cohort.weight.into())
			.collect::<Vec<u128>>();
		let parts = split_many(amount, &weights).map_err(|_| ArithmeticError::Overflow)?;
		let mut totals = Total::<T>::get(asset);
		totals.funded = exact(totals.funded.checked_add(amount))?;
		Total::<T>::insert(asset, totals);
		for ((list, mut cohort), amount) in funded.into_iter().zip(parts) {
			if amount == 0 {
				continue;
			}
			let pool = match asset {
				None => {
					cohort.funded = exact(cohort.funded.checked_add(amount))?;
					Cohorts::<T>::insert(list, cohort);
					list
				}
				Some(asset) => Self::fund_share(list, &cohort, asset, amount)?,
			};
			Self::deposit_event(Event::CohortFunded {
				dataset: *dataset,
				pool,
				amount,
				asset,
			});
		}
		Ok(())
	}

	/// Keeps a licence payment, which was taken out of its purse, for the members of `owed`.
	pub(crate) fn owe_members(
		accounts: &mut Accounts,
		run: RunId,
		dataset: DatasetId,
		owed: DatasetId,
		due: LicenceDue<T::AccountId>,
	) -> DispatchResult {
		exact(accounts.owe(due.amount))?;
		Self::deposit_event(Event::LicencePending {
			run,
			dataset,
			list: due.list,
			amount: due.amount,
		});
		LicenceDues::<T>::insert(owed, (run, dataset), due);
		Ok(())
	}

	pub(crate) fn do_claim_licences(owed: DatasetId) -> Result<ClaimedLicences, DispatchError> {
		let limit = usize::try_from(MAX_DUES).unwrap_or(usize::MAX);
		let dues = LicenceDues::<T>::iter_prefix(owed)
			.take(limit)
			.collect::<Vec<_>>();
		ensure!(!dues.is_empty(), Error::<T>::NothingToClaim);
		let mut payments = 0u32;
		let mut lists = BTreeMap::<PoolId, (Members, Balance)>::new();
		for ((run, dataset), due) in dues {
			match Self::members_up_to(due.list) {
				Ok(Some(members)) => {
					let (_, sum) = lists.entry(due.list).or_insert((members, 0));
					*sum = exact(sum.checked_add(due.amount))?;
					let mut accounts = Self::accounts(run, None);
					exact(accounts.collect(due.amount))?;
					Self::keep_accounts(run, accounts);
					Self::deposit_event(Event::LicenceBooked {
						run,
						dataset,
						list: due.list,
						amount: due.amount,
					});
				}
				Ok(None) => Self::pay_instead(run, dataset, due)?,
				// The list is being built.
				Err(_) => continue,
			}
			LicenceDues::<T>::remove(owed, (run, dataset));
			payments = payments.saturating_add(1);
		}
		ensure!(payments > 0, Error::<T>::MembersPending);
		for (members, amount) in lists.values() {
			Self::fund_members(members, None, *amount)?;
		}
		Ok(ClaimedLicences {
			payments,
			lists: u32::try_from(lists.len()).unwrap_or(MAX_COHORTS),
		})
	}

	/// Pays a licence whose list was abandoned; what cannot be received becomes a due of the account.
	fn pay_instead(
		run: RunId,
		dataset: DatasetId,
		due: LicenceDue<T::AccountId>,
	) -> DispatchResult {
		let LicenceDue { amount, payee, .. } = due;
		let mut accounts = Self::accounts(run, None);
		exact(accounts.take_due(amount))?;
		Self::disburse(&mut accounts, run, &payee, amount, Cause::Licence(dataset))?;
		Self::keep_accounts(run, accounts);
		Ok(())
	}
}
