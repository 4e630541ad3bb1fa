//! A pool that everybody is to be paid from, as the chain has it now.

use super::{funds, Due, Error, Fund, Lists, Paid, Payments, Unpayable};
use crate::chain::{
	self,
	api::{Cohort, CohortState, PoolState, Share},
	View,
};
use guerdon_receipt::{DatasetId, PoolId};
use guerdon_share_tree::{Leaf, Payee, Summary};
use std::sync::Arc;

/// Where the leaves of a pool are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
	/// On the chain: it is a run's.
	Run,
	/// On a list that its owner keeps.
	List {
		/// The dataset.
		dataset: DatasetId,
		/// The cohort's pool.
		list: PoolId,
	},
}

/// A pool that can be paid from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
	/// The pool and what is in it.
	pub fund: Fund,
	/// Where its leaves are.
	pub source: Source,
	summary: Summary,
}

/// What is left to be paid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Left {
	/// Those who can receive it.
	pub payable: Vec<Due>,
	/// Those who cannot now.
	pub unpayable: Unpayable,
}

fn of_cohort(fund: Fund, list: PoolId, cohort: &Cohort) -> Result<Push, Error> {
	let CohortState::Open(summary) = &cohort.state else {
		let why = "is a list that is not sealed yet: wait until its owner has done that";
		return Err(Error::NotPayable {
			pool: fund.pool,
			why,
		});
	};
	let dataset = cohort.dataset;
	Ok(Push {
		fund,
		source: Source::List { dataset, list },
		summary: summary.0,
	})
}

impl Push {
	/// A run's pool, a cohort's, or that of what a cohort got in an asset.
	///
	/// # Errors
	/// [`Error::NotPayable`] when it is not sealed, or over; those of reading the chain.
	pub async fn find(view: &View, pool: PoolId) -> Result<Self, Error> {
		let not_payable = |why| Err(Error::NotPayable { pool, why });
		match view.pool(pool).await {
			Ok(found) => {
				let summary = match found.state {
					PoolState::Sealed(summary) => summary.0,
					PoolState::Building(_) => {
						return not_payable("is not sealed yet: wait until its run settles")
					}
					PoolState::Closed(_) => {
						return not_payable("has expired: nothing is left of it")
					}
				};
				return Ok(Push {
					fund: Fund {
						pool,
						asset: found.asset,
						funded: found.funded,
						paid: found.paid,
					},
					source: Source::Run,
					summary,
				});
			}
			Err(chain::Error::NotFound(_)) => (),
			Err(error) => return Err(error.into()),
		}
		let list = match view.share(pool).await? {
			Some(share) => share.list,
			None => pool,
		};
		let missing = || chain::Error::NotFound(format!("pool {pool}"));
		let cohort = view.cohort(list).await?.ok_or_else(missing)?;
		let shares = view.shares(list).await?;
		let fund = funds(list, &cohort, &shares).into_iter();
		let fund = fund.into_iter().find(|fund| fund.pool == pool);
		of_cohort(fund.ok_or_else(missing)?, list, &cohort)
	}

	/// Every pool of a sealed cohort.
	///
	/// # Errors
	/// [`Error::NotPayable`].
	pub fn of_cohort(
		list: PoolId,
		cohort: &Cohort,
		shares: &[(PoolId, Share)],
	) -> Result<Vec<Self>, Error> {
		let funds = funds(list, cohort, shares).into_iter();
		funds.map(|fund| of_cohort(fund, list, cohort)).collect()
	}

	/// Whether everybody was paid everything.
	pub fn is_over(&self) -> bool {
		self.fund.paid >= self.fund.funded
	}

	/// The leaves. Those of a list must be kept in this home.
	///
	/// # Errors
	/// [`Error::Missing`] and those of [`Lists::get`]; [`Error::NotPayable`]; those of reading the chain.
	pub async fn payments(&self, view: &View, lists: &Lists) -> Result<Payments, Error> {
		match &self.source {
			Source::List { dataset, list } => {
				let (lists, summary) = (lists.clone(), self.summary);
				let (dataset, list) = (*dataset, *list);
				let kept = lists.path(dataset, list);
				// For millions of members that takes seconds.
				let made = tokio::task::spawn_blocking(move || {
					let list = lists.get(dataset, list)?;
					Payments::of(Arc::new(list), &summary)
				});
				made.await.unwrap_or_else(|error| {
					let path = kept;
					let error = std::io::Error::other(error);
					Err(Error::Io { path, error })
				})
			}
			Source::Run => {
				let pool = self.fund.pool;
				let leaves = view.leaves(pool, self.summary.count).await?;
				let leaves = leaves.into_iter().map(|leaf| Leaf {
					payee: match leaf.payee {
						chain::api::Payee::Account(account) => Payee::Account(account.0),
						chain::api::Payee::Hidden(hash) => Payee::Hidden(hash),
						chain::api::Payee::Pool(pool) => Payee::Pool(pool),
					},
					weight: leaf.weight,
				});
				Payments::of_run(pool, leaves.collect(), &self.summary)
			}
		}
	}

	/// What is left to be paid at that block.
	///
	/// # Errors
	/// [`Error::NotPayable`] when the pot has not enough of the asset; those of reading the chain.
	pub async fn left(&self, view: &View, payments: &Payments) -> Result<Left, Error> {
		let Fund { pool, asset, .. } = self.fund;
		if view.is_short(asset).await? {
			let why = "pays an asset of which the pot has less than it owes: wait until its issuer has put \
			           that back";
			return Err(Error::NotPayable { pool, why });
		}
		let paid = match self.source {
			Source::List { .. } => Paid::Drawn(view.all_drawn(pool).await?),
			Source::Run => Paid::Claimed(view.all_claimed(pool).await?),
		};
		let due = payments.due(self.fund.funded, &paid)?;
		let (payable, unpayable) = payments.payable(view, asset, due).await?;
		Ok(Left { payable, unpayable })
	}
}
