//! Paying leaves: one by one, many at once, a page at a time.

use alloc::{collections::BTreeMap, vec::Vec};
use frame_support::{
	dispatch::{DispatchResult, DispatchResultWithPostInfo},
	ensure,
	storage::with_storage_layer,
};
use guerdon_receipt::PoolId;
use guerdon_share_tree::{
	entitlement_of, hidden, leaf_node, page_entitlements_of, Error as ShareError, Leaf, Payee,
	Proof, PAGE_LEAVES,
};
use sp_runtime::DispatchError;

use crate::{
	impls::exact, pallet::*, Asset, Balance, Claim, ClaimedPage, CohortState, DrawnPage, Entitled,
	HostHasher, Members, Opening, Paid, Payable, PoolState, Source,
};

/// What a call of `pay_page` did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct PaidPage {
	/// Accounts that were paid.
	pub paid: u32,
	/// In what.
	pub asset: Asset,
}

impl<T: Config> From<ShareError> for Error<T> {
	fn from(error: ShareError) -> Self {
		match error {
			ShareError::IndexOutOfRange => Self::LeafNotFound,
			_ => Self::WrongProof,
		}
	}
}

impl<T: Config> Pallet<T> {
	/// What a pool divides, its tree, and all that it was ever funded with.
	pub(crate) fn payable(id: PoolId) -> Result<Payable, Error<T>> {
		if let Some(pool) = Pools::<T>::get(id) {
			let PoolState::Sealed(summary) = pool.state else {
				return Err(Error::<T>::NotSealed);
			};
			let (run, role) = (pool.run, pool.role);
			return Ok(Payable {
				source: Source::Run { run, role },
				list: id,
				summary,
				asset: pool.asset,
				funded: pool.funded,
			});
		}
		let Some(cohort) = Cohorts::<T>::get(id) else {
			return Self::payable_share(id);
		};
		let CohortState::Open(summary) = cohort.state else {
			return Err(Error::<T>::NotSealed);
		};
		Ok(Payable {
			source: Source::Cohort {
				dataset: cohort.dataset,
			},
			list: id,
			summary,
			asset: None,
			funded: cohort.funded,
		})
	}

	/// Who is paid what a leaf is due.
	fn paid_by(
		source: Source,
		index: u64,
		payee: &Payee<T::AccountId>,
		opening: Option<&Opening<T::AccountId>>,
	) -> Result<Paid<T::AccountId>, DispatchError> {
		let is_open =
			|hash| opening.filter(|it| hidden::<HostHasher, _>(&it.account, &it.salt) == hash);
		match (payee, opening) {
			(Payee::Hidden(hash), _) => {
				let opened = is_open(*hash).ok_or(Error::<T>::WrongOpening)?;
				Ok(Paid::Account(opened.account.clone()))
			}
			(_, Some(_)) => Err(Error::<T>::WrongOpening.into()),
			(Payee::Account(account), None) => Ok(Paid::Account(account.clone())),
			(Payee::Pool(list), None) => match Self::members_up_to(*list)? {
				Some(members) => Ok(Paid::Members(members)),
				None => Self::instead_of_members(source, index),
			},
		}
	}

	/// Who is paid instead of the members of a list that was abandoned: the account that stood in the
	/// table when it was closed.
	fn instead_of_members(source: Source, index: u64) -> Result<Paid<T::AccountId>, DispatchError> {
		let entry = match source {
			Source::Run { run, role } => Self::entry(run, role, index),
			Source::Cohort { .. } | Source::Share { .. } => None,
		};
		let payee = entry.ok_or(Error::<T>::LeafNotFound)?.payee;
		Ok(Paid::Account(payee))
	}

	/// Checks everything about a claim but whether the payee can receive it.
	pub(crate) fn entitled(
		claim: &Claim<T::AccountId>,
	) -> Result<Entitled<T::AccountId>, DispatchError> {
		let Claim {
			pool,
			index,
			leaf,
			proof,
			opening,
		} = claim;
		let Payable {
			source,
			list,
			summary,
			asset,
			funded,
		} = Self::payable(*pool)?;
		Self::ensure_whole(asset)?;
		ensure!(
			leaf.payee != Payee::Account(Self::pot()),
			Error::<T>::PayeeIsPot
		);
		let node = leaf_node::<HostHasher, _>(list, *index, leaf);
		let entitlement = entitlement_of::<HostHasher>(&summary, *index, node, proof, funded)
			.map_err(Error::<T>::from)?;
		let payee = Self::paid_by(source, *index, &leaf.payee, opening.as_ref())?;
		ensure!(payee != Paid::Account(Self::pot()), Error::<T>::PayeeIsPot);
		ensure!(entitlement > 0, Error::<T>::NothingToClaim);
		Ok(Entitled {
			pool: *pool,
			index: *index,
			source,
			payee,
			asset,
			entitlement,
		})
	}

	/// What is left to be paid to a leaf; an error when nothing is.
	pub(crate) fn due(item: &Entitled<T::AccountId>) -> Result<Balance, Error<T>> {
		let Entitled {
			pool,
			index,
			entitlement,
			..
		} = *item;
		match item.source {
			Source::Run { .. } => {
				let claimed = Self::is_claimed(pool, index);
				ensure!(!claimed, Error::<T>::AlreadyClaimed);
				Ok(entitlement)
			}
			Source::Cohort { .. } | Source::Share { .. } => {
				let due = entitlement.checked_sub(Self::drawn(pool, index));
				due.filter(|due| *due > 0).ok_or(Error::NothingToClaim)
			}
		}
	}

	/// Marks what a leaf is due as paid and answers how much that is. The payment must follow, or be
	/// rolled back with this.
	fn mark(item: &Entitled<T::AccountId>) -> Result<Balance, DispatchError> {
		let due = Self::due(item)?;
		match item.source {
			Source::Run { run, .. } => {
				let mut pool = Pools::<T>::get(item.pool).ok_or(Error::<T>::NotFound)?;
				let paid = pool.paid.checked_add(due);
				pool.paid = exact(paid.filter(|paid| *paid <= pool.funded))?;
				let mut accounts = Self::accounts(run, item.asset);
				exact(accounts.claim(due))?;

				let page = ClaimedPage::number(item.index);
				ClaimedPages::<T>::mutate(item.pool, page, |claimed| claimed.mark(item.index));
				Pools::<T>::insert(item.pool, pool);
				Self::keep_accounts(run, accounts);
			}
			Source::Cohort { .. } => {
				let mut cohort = Cohorts::<T>::get(item.pool).ok_or(Error::<T>::NotFound)?;
				let paid = cohort.paid.checked_add(due);
				cohort.paid = exact(paid.filter(|paid| *paid <= cohort.funded))?;
				Self::draw(item, due)?;
				Cohorts::<T>::insert(item.pool, cohort);
			}
			Source::Share { .. } => {
				let mut share = Shares::<T>::get(item.pool).ok_or(Error::<T>::NotFound)?;
				let paid = share.paid.checked_add(due);
				share.paid = exact(paid.filter(|paid| *paid <= share.funded))?;
				Self::draw(item, due)?;
				Shares::<T>::insert(item.pool, share);
			}
		}
		Ok(due)
	}

	/// Notes that a member was paid everything that it is entitled to, `due` of it now.
	fn draw(item: &Entitled<T::AccountId>, due: Balance) -> DispatchResult {
		let mut totals = Total::<T>::get(item.asset);
		totals.paid = exact(totals.paid.checked_add(due))?;
		Total::<T>::insert(item.asset, totals);
		let page = DrawnPage::number(item.index);
		Drawn::<T>::mutate(item.pool, page, |drawn| {
			drawn.set(item.index, item.entitlement)
		});
		Ok(())
	}

	fn announce_paid(item: Entitled<T::AccountId>, amount: Balance) {
		let Entitled {
			pool,
			index,
			source,
			payee,
			asset,
			..
		} = item;
		Self::deposit_event(match (source, payee) {
			(Source::Run { run, role }, Paid::Account(payee)) => Event::Claimed {
				run,
				role,
				pool,
				index,
				payee,
				amount,
				asset,
			},
			(Source::Run { run, role }, Paid::Members(Members { dataset, .. })) => Event::Booked {
				run,
				role,
				pool,
				index,
				dataset,
				amount,
				asset,
			},
			(Source::Cohort { dataset } | Source::Share { dataset }, Paid::Account(payee)) => {
				Event::MemberPaid {
					dataset,
					pool,
					index,
					payee,
					amount,
					asset,
				}
			}
			// Members are accounts and hidden payees.
			(Source::Cohort { .. } | Source::Share { .. }, Paid::Members(_)) => return,
		});
	}

	fn refuse(pool: PoolId, index: u64, reason: DispatchError) {
		Self::deposit_event(Event::ClaimRefused {
			pool,
			index,
			reason,
		});
	}

	/// Marks a leaf and pays it.
	pub(crate) fn settle_leaf(item: Entitled<T::AccountId>) -> DispatchResult {
		let amount = Self::mark(&item)?;
		match &item.payee {
			Paid::Account(payee) => Self::pay(item.asset, payee, amount)?,
			Paid::Members(members) => Self::fund_members(members, item.asset, amount)?,
		}
		Self::announce_paid(item, amount);
		Ok(())
	}

	pub(crate) fn do_claim(claim: Claim<T::AccountId>) -> DispatchResultWithPostInfo {
		let weight = Self::grd_claim_weight(&claim.leaf, &claim.proof);
		let item = Self::entitled(&claim)?;
		let asset = item.asset;
		Self::settle_leaf(item)?;
		Ok(asset.is_none().then_some(weight).into())
	}

	pub(crate) fn do_claim_many(claims: Vec<Claim<T::AccountId>>) -> DispatchResultWithPostInfo {
		ensure!(!claims.is_empty(), Error::<T>::NothingToClaim);
		let weight = Self::grd_claims_weight(&claims);
		let mut all_grd = true;
		let mut by_payee = BTreeMap::<(Asset, T::AccountId), Vec<_>>::new();
		let mut booked = Vec::new();
		for claim in claims {
			match Self::entitled(&claim) {
				Ok(item) => {
					all_grd &= item.asset.is_none();
					match &item.payee {
						Paid::Account(payee) => {
							let key = (item.asset, payee.clone());
							by_payee.entry(key).or_default().push(item);
						}
						Paid::Members(_) => booked.push(item),
					}
				}
				Err(reason) => Self::refuse(claim.pool, claim.index, reason),
			}
		}
		for ((asset, payee), items) in by_payee {
			Self::claim_for(asset, &payee, items)?;
		}
		for item in booked {
			Self::settle_or_refuse(item)?;
		}
		Ok(all_grd.then_some(weight).into())
	}

	/// Marks each item, then pays the sum. If that cannot be received no item stays marked.
	///
	/// A call that is nested too deep to try fails, as no item was looked at.
	fn claim_for(
		asset: Asset,
		payee: &T::AccountId,
		items: Vec<Entitled<T::AccountId>>,
	) -> DispatchResult {
		let mut marked = Vec::new();
		let mut refused = Vec::new();
		let paid = with_storage_layer(|| {
			let mut sum: Balance = 0;
			for item in items {
				match Self::mark(&item) {
					Ok(amount) => {
						sum = exact(sum.checked_add(amount))?;
						marked.push((item, amount));
					}
					Err(reason) => refused.push((item, reason)),
				}
			}
			if marked.is_empty() {
				Ok(())
			} else {
				Self::pay(asset, payee, sum)
			}
		});
		match paid {
			Ok(()) => {
				for (item, amount) in marked {
					Self::announce_paid(item, amount);
				}
			}
			Err(reason @ DispatchError::Transactional(_)) => return Err(reason),
			Err(reason) => refused.extend(marked.into_iter().map(|(item, _)| (item, reason))),
		}
		for (Entitled { pool, index, .. }, reason) in refused {
			Self::refuse(pool, index, reason);
		}
		Ok(())
	}

	/// Pays one leaf of several, or tells why not; answers whether it was paid.
	///
	/// A call that is nested too deep to try fails: that says nothing about the leaf.
	fn settle_or_refuse(item: Entitled<T::AccountId>) -> Result<bool, DispatchError> {
		let (pool, index) = (item.pool, item.index);
		match with_storage_layer(|| Self::settle_leaf(item)) {
			Ok(()) => Ok(true),
			Err(reason @ DispatchError::Transactional(_)) => Err(reason),
			Err(reason) => {
				Self::refuse(pool, index, reason);
				Ok(false)
			}
		}
	}

	/// Pays the accounts of a page.
	pub(crate) fn do_pay_page(
		pool: PoolId,
		page: u64,
		leaves: Vec<Leaf<T::AccountId>>,
		proof: &Proof,
	) -> Result<PaidPage, DispatchError> {
		let Payable {
			source,
			list,
			summary,
			asset,
			funded,
		} = Self::payable(pool)?;
		Self::ensure_whole(asset)?;
		let first = page
			.checked_mul(PAGE_LEAVES)
			.ok_or(Error::<T>::LeafNotFound)?;
		let nodes = (first..)
			.zip(&leaves)
			.map(|(index, leaf)| leaf_node::<HostHasher, _>(list, index, leaf))
			.collect::<Vec<_>>();
		let entitlements =
			page_entitlements_of::<HostHasher>(&summary, page, &nodes, proof, funded)
				.map_err(Error::<T>::from)?;
		let mut paid = 0u32;
		for ((index, leaf), entitlement) in (first..).zip(leaves).zip(entitlements) {
			let item = match leaf.payee {
				Payee::Account(account) if account == Self::pot() => Err(Error::<T>::PayeeIsPot),
				Payee::Account(_) if entitlement == 0 => Err(Error::<T>::NothingToClaim),
				Payee::Account(account) => Ok(Entitled {
					pool,
					index,
					source,
					payee: Paid::Account(account),
					asset,
					entitlement,
				}),
				Payee::Hidden(_) | Payee::Pool(_) => Err(Error::<T>::NotInPages),
			};
			match item {
				Ok(item) => {
					if Self::settle_or_refuse(item)? {
						paid = paid.saturating_add(1);
					}
				}
				Err(reason) => Self::refuse(pool, index, reason.into()),
			}
		}
		Ok(PaidPage { paid, asset })
	}
}
