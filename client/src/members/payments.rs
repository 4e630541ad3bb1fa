//! Paying everybody in a pool: who is due something, and the calls that bring it. The pool is one of a
//! cohort, whose list is kept here, or a run's, whose leaves the chain has.

use super::{account, call_leaf, leaf_node, Error, List, Ticket};
use crate::{
	amount::Asset,
	chain::{
		self,
		api::{
			self,
			runtime_types::{
				bounded_collections::bounded_vec::BoundedVec, guerdon_runtime::RuntimeCall,
				pallet_settlement::pallet::Call,
			},
			Cohort, Share,
		},
		AccountId, Drawn, View,
	},
};
use futures::{StreamExt, TryStreamExt};
use guerdon_receipt::{AccountBytes, PoolId};
use guerdon_share_tree::{Leaf, NativeBlake2_256, Payee, Summary, Tree, PAGE_LEAVES};
use std::{collections::HashSet, sync::Arc};
use subxt::{
	transactions::Payload,
	utils::{AccountId32, Static},
};

/// Most claims of one `claim_many`.
const CLAIMS: usize = 64;

/// Hidden members of one transaction: 8 calls, which weigh some 140 ms of the 375 that a block has
/// for transactions, and have 700 KB at most for 10 million members.
const HIDDEN: usize = 8 * CLAIMS;

/// Pages of one transaction, with the same weight.
const PAGES: u64 = 4;

/// Leaves of one `claim_many` that are divided over cohorts, up to 16 each.
const BOOKINGS: usize = 32;

/// How many accounts are looked up at a time.
const LOOKUPS: usize = 16;

/// What a leaf is due, and was not paid yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
	/// The leaf.
	pub index: u64,
	/// How much, in the smallest units of what the pool pays.
	pub amount: u128,
}

/// A pool and what is in it. A cohort has one of its own, and one for everything that it got in an asset:
/// leaves and proofs are the same for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fund {
	/// The pool.
	pub pool: PoolId,
	/// What it pays.
	pub asset: Asset,
	/// Ever funded.
	pub funded: u128,
	/// Ever paid.
	pub paid: u128,
}

/// Everything that the members of a list are paid from, GRD first, by the number of its pool.
pub fn funds(list: PoolId, cohort: &Cohort, shares: &[(PoolId, Share)]) -> Vec<Fund> {
	let own = Fund {
		pool: list,
		asset: None,
		funded: cohort.funded,
		paid: cohort.paid,
	};
	let shares = shares.iter().filter(|(_, share)| share.list == list);
	let shares = shares.map(|(pool, share)| Fund {
		pool: *pool,
		asset: Some(share.asset),
		funded: share.funded,
		paid: share.paid,
	});
	[own].into_iter().chain(shares).collect()
}

/// What leaves of a pool were paid so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Paid {
	/// Those of a cohort: again and again, whenever it got something.
	Drawn(Drawn),
	/// Those of a run's pool: once, and then everything.
	Claimed(HashSet<u64>),
}

impl Paid {
	/// What is left for a leaf that is due so much in all; `None` when nothing is.
	fn left(&self, index: u64, entitled: u128) -> Option<u128> {
		let left = match self {
			Paid::Drawn(drawn) => entitled.checked_sub(drawn.of(index))?,
			Paid::Claimed(claimed) if claimed.contains(&index) => 0,
			Paid::Claimed(_) => entitled,
		};
		(left > 0).then_some(left)
	}
}

/// Those who cannot be paid now: they have none of it, and what they are due is less than one can have.
/// It stays theirs.
pub type Unpayable = Vec<Due>;

/// Whose leaves they are.
enum Payees {
	Listed(Arc<List>),
	Booked(Vec<Leaf<AccountBytes>>),
}

/// How leaves are paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Means {
	/// Claims with what opens a hidden leaf.
	Openings,
	/// Whole pages.
	Pages,
	/// Claims of what is divided over the cohorts of a dataset.
	Bookings,
}

/// The leaves of a pool with their tree: of a list 168 bytes a member in all, and 32 more where something
/// is due.
pub struct Payments {
	payees: Payees,
	tree: Tree,
}

impl Payments {
	/// Those to the members on a list, whose tree must be the cohort's.
	///
	/// # Errors
	/// [`Error::Differs`].
	pub fn of(list: Arc<List>, summary: &Summary) -> Result<Self, Error> {
		Ok(Payments {
			tree: list.tree(summary)?,
			payees: Payees::Listed(list),
		})
	}

	/// Those of a run's pool, by all its leaves.
	///
	/// # Errors
	/// [`Error::NotPayable`] when they do not lead to the pool's root.
	pub fn of_run(
		pool: PoolId,
		leaves: Vec<Leaf<AccountBytes>>,
		summary: &Summary,
	) -> Result<Self, Error> {
		let nodes = (0..).zip(&leaves);
		let nodes = nodes.map(|(index, leaf)| leaf_node::<NativeBlake2_256, _>(pool, index, leaf));
		let tree = Tree::new::<NativeBlake2_256>(nodes.collect())?;
		if tree.summary() != summary {
			let why = "has another root than its leaves lead to: ask another node with --url";
			return Err(Error::NotPayable { pool, why });
		}
		Ok(Payments {
			payees: Payees::Booked(leaves),
			tree,
		})
	}

	fn leaf(&self, index: u64) -> Option<Leaf<AccountBytes>> {
		match &self.payees {
			Payees::Listed(list) => Some(list.leaf(list.member(index)?)),
			Payees::Booked(leaves) => leaves.get(usize::try_from(index).ok()?).cloned(),
		}
	}

	/// Who a leaf pays; `None` where that is a list of members.
	pub fn payee(&self, index: u64) -> Option<AccountId> {
		match &self.payees {
			Payees::Listed(list) => list.member(index).map(account),
			Payees::Booked(_) => match self.leaf(index)?.payee {
				Payee::Account(account) => Some(AccountId32(account)),
				Payee::Hidden(_) | Payee::Pool(_) => None,
			},
		}
	}

	fn means(&self, index: u64) -> Means {
		match &self.payees {
			Payees::Listed(list) if list.origin.hidden => Means::Openings,
			Payees::Listed(_) => Means::Pages,
			Payees::Booked(_) => match self.payee(index) {
				Some(_) => Means::Pages,
				None => Means::Bookings,
			},
		}
	}

	/// What everybody is due of a pool that was funded with `funded` in all: what pages pay first, each in
	/// the order of the leaves.
	///
	/// # Errors
	/// [`Error::Shares`], which no sealed pool leads to.
	pub fn due(&self, funded: u128, paid: &Paid) -> Result<Vec<Due>, Error> {
		let entitled = (0..).zip(self.tree.entitlements(funded)?);
		let due = entitled.filter_map(|(index, entitled)| {
			let amount = paid.left(index, entitled)?;
			Some(Due { index, amount })
		});
		let mut due: Vec<Due> = due.collect();
		if matches!(self.payees, Payees::Booked(_)) {
			due.sort_by_key(|due| self.means(due.index) == Means::Bookings);
		}
		Ok(due)
	}

	/// Takes out those who cannot receive what they are due.
	///
	/// # Errors
	/// Those of reading the chain.
	pub async fn payable(
		&self,
		view: &View,
		asset: Asset,
		dues: Vec<Due>,
	) -> Result<(Vec<Due>, Unpayable), chain::Error> {
		let least = view.least(asset).await?;
		let looked_up = futures::stream::iter(dues).map(|due| async move {
			let receives = match self.payee(due.index) {
				Some(payee) => view.receives(payee, asset, due.amount, least).await?,
				None => true,
			};
			Ok::<_, chain::Error>((due, receives))
		});
		let looked_up: Vec<(Due, bool)> = looked_up.buffered(LOOKUPS).try_collect().await?;
		let (payable, not): (Vec<_>, Vec<_>) =
			looked_up.into_iter().partition(|(_, receives)| *receives);
		let dues = |pairs: Vec<(Due, bool)>| pairs.into_iter().map(|(due, _)| due).collect();
		Ok((dues(payable), dues(not)))
	}

	/// What is paid by one transaction each.
	pub fn batches<'d>(&self, dues: &'d [Due]) -> Vec<&'d [Due]> {
		let group = |due: &Due| due.index / PAGES.saturating_mul(PAGE_LEAVES);
		let alike = dues.chunk_by(|one, next| self.means(one.index) == self.means(next.index));
		let mut batches = Vec::new();
		for dues in alike {
			match dues.first().map(|due| self.means(due.index)) {
				Some(Means::Openings) => batches.extend(dues.chunks(HIDDEN)),
				Some(Means::Bookings) => batches.extend(dues.chunks(BOOKINGS)),
				Some(Means::Pages) | None => {
					batches.extend(dues.chunk_by(|one, next| group(one) == group(next)));
				}
			}
		}
		batches
	}

	/// The call that pays a batch from a pool: whole pages of accounts, and claims of all others, those of
	/// hidden members with their openings.
	///
	/// # Errors
	/// [`Error::Shares`], when the batch is not one of these payments.
	pub fn call(&self, pool: PoolId, batch: &[Due]) -> Result<impl Payload + Sync, Error> {
		let means = batch.first().map(|due| self.means(due.index));
		let calls = match means {
			Some(Means::Openings | Means::Bookings) => {
				let parts = batch.chunks(CLAIMS);
				parts.map(|dues| self.claims(pool, dues)).collect()
			}
			Some(Means::Pages) | None => {
				let page = |due: &Due| due.index / PAGE_LEAVES;
				let pages = batch.chunk_by(|one, next| page(one) == page(next));
				let pages = pages.filter_map(|dues| Some(self.page(pool, page(dues.first()?))));
				pages.collect::<Result<Vec<_>, Error>>()
			}
		};
		Ok(api::transactions().utility().batch_all(calls?))
	}

	fn claim(&self, pool: PoolId, index: u64) -> Result<Option<api::Claim>, Error> {
		match &self.payees {
			Payees::Listed(list) => {
				let ticket = Ticket::of(list, &self.tree, index)?;
				Ok(ticket.map(|ticket| ticket.item(pool)))
			}
			Payees::Booked(_) => {
				let Some(leaf) = self.leaf(index) else {
					return Ok(None);
				};
				Ok(Some(api::Claim {
					pool,
					index,
					leaf: call_leaf(&leaf),
					proof: Static(self.tree.prove(index)?),
					opening: None,
				}))
			}
		}
	}

	fn claims(&self, pool: PoolId, dues: &[Due]) -> Result<RuntimeCall, Error> {
		let claims = dues
			.iter()
			.filter_map(|due| self.claim(pool, due.index).transpose());
		let claims = claims.collect::<Result<Vec<_>, Error>>()?;
		Ok(RuntimeCall::Settlement(Call::claim_many {
			claims: BoundedVec(claims),
		}))
	}

	fn page(&self, pool: PoolId, page: u64) -> Result<RuntimeCall, Error> {
		let first = page.saturating_mul(PAGE_LEAVES);
		let indices = first..first.saturating_add(PAGE_LEAVES);
		let leaves = indices.map_while(|index| self.leaf(index));
		let leaves = leaves.map(|leaf| call_leaf(&leaf)).collect();
		Ok(RuntimeCall::Settlement(Call::pay_page {
			pool,
			page,
			leaves: BoundedVec(leaves),
			proof: Static(self.tree.prove_page(page)?),
		}))
	}
}
