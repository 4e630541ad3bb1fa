//! Paying the members of a cohort: who is due something, and the calls that bring it.

use super::{account, call_leaf, Error, List, Ticket};
use crate::chain::{
	self,
	api::{
		self,
		runtime_types::{
			bounded_collections::bounded_vec::BoundedVec, guerdon_runtime::RuntimeCall,
			pallet_settlement::pallet::Call,
		},
	},
	Drawn, View,
};
use futures::{StreamExt, TryStreamExt};
use guerdon_share_tree::{Summary, Tree, PAGE_LEAVES};
use subxt::{transactions::Payload, utils::Static};

/// Most claims of one `claim_many`.
const CLAIMS: usize = 64;

/// Hidden members of one transaction: 8 calls, which weigh some 140 ms of the 375 that a block has
/// for transactions, and have 700 KB at most for 10 million members.
const HIDDEN: usize = 8 * CLAIMS;

/// Pages of one transaction, with the same weight.
const PAGES: u64 = 4;

/// How many accounts are looked up at a time.
const LOOKUPS: usize = 16;

/// What a leaf is due, and was not paid yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
	/// The leaf.
	pub index: u64,
	/// How much, in units of 10^-12 GRD.
	pub amount: u128,
}

/// Those who cannot be paid now: they do not exist, and what they are due is below the existential
/// deposit. It stays theirs.
pub type Unpayable = Vec<Due>;

/// A sealed cohort with its tree: 168 bytes a member in all, and 32 more where something is due.
pub struct Payments<'a> {
	list: &'a List,
	tree: Tree,
}

impl<'a> Payments<'a> {
	/// Those to the members on a list, whose tree must be the cohort's.
	///
	/// # Errors
	/// [`Error::Differs`].
	pub fn of(list: &'a List, summary: &Summary) -> Result<Self, Error> {
		Ok(Payments {
			list,
			tree: list.tree(summary)?,
		})
	}

	/// What everybody is due, by index, when the cohort was funded with `funded` in all.
	///
	/// # Errors
	/// [`Error::Shares`], which no sealed cohort leads to.
	pub fn due(&self, funded: u128, drawn: &Drawn) -> Result<Vec<Due>, Error> {
		let entitled = self.tree.entitlements(funded)?;
		let due = (0..).zip(entitled).filter_map(|(index, entitled)| {
			let amount = entitled.checked_sub(drawn.of(index))?;
			(amount > 0).then_some(Due { index, amount })
		});
		Ok(due.collect())
	}

	/// Takes out those who cannot receive what they are due.
	///
	/// # Errors
	/// Those of reading the chain.
	pub async fn payable(
		&self,
		view: &View,
		dues: Vec<Due>,
	) -> Result<(Vec<Due>, Unpayable), chain::Error> {
		let least = view.existential_deposit().await?;
		let looked_up = futures::stream::iter(dues).map(|due| async move {
			let member = self.list.member(due.index);
			let receives = match member {
				Some(member) if due.amount < least => view.exists(account(member)).await?,
				_ => true,
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
		match self.list.origin.hidden {
			true => dues.chunks(HIDDEN).collect(),
			false => {
				let group = |due: &Due| due.index / (PAGES * PAGE_LEAVES);
				dues.chunk_by(|one, next| group(one) == group(next))
					.collect()
			}
		}
	}

	/// The call that pays a batch: claims of hidden members with their openings, whole pages of others.
	///
	/// # Errors
	/// [`Error::Shares`], when the batch is not one of these payments.
	pub fn call(&self, batch: &[Due]) -> Result<impl Payload + Sync, Error> {
		let calls = match self.list.origin.hidden {
			true => batch.chunks(CLAIMS).map(|dues| self.claims(dues)).collect(),
			false => {
				let page = |due: &Due| due.index / PAGE_LEAVES;
				let pages = batch.chunk_by(|one, next| page(one) == page(next));
				let pages = pages.filter_map(|dues| Some(self.page(page(dues.first()?))));
				pages.collect::<Result<Vec<_>, Error>>()
			}
		};
		Ok(api::transactions().utility().batch_all(calls?))
	}

	fn claims(&self, dues: &[Due]) -> Result<RuntimeCall, Error> {
		let tickets = dues
			.iter()
			.filter_map(|due| Ticket::of(self.list, &self.tree, due.index).transpose());
		let claims = tickets.map(|ticket| Ok(ticket?.item()));
		let claims = claims.collect::<Result<Vec<_>, Error>>()?;
		Ok(RuntimeCall::Settlement(Call::claim_many {
			claims: BoundedVec(claims),
		}))
	}

	fn page(&self, page: u64) -> Result<RuntimeCall, Error> {
		let first = page.saturating_mul(PAGE_LEAVES);
		let members = self.list.members(first, PAGE_LEAVES);
		let leaves = members
			.iter()
			.map(|member| call_leaf(&self.list.leaf(member)));
		Ok(RuntimeCall::Settlement(Call::pay_page {
			pool: self.list.origin.pool,
			page,
			leaves: BoundedVec(leaves.collect()),
			proof: Static(self.tree.prove_page(page)?),
		}))
	}
}
