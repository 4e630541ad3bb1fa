//! Keeping money moving to the members of the signer's own datasets: what a run earned with them, and
//! their licences. Nobody pays a tip for it.
//!
//! What waits for a list that is being built is left alone until that is sealed or given up.

use super::{Context, Failure, Jobs};
use crate::{
	amount::Asset,
	chain::{
		api::{
			self, runtime_types::bounded_collections::bounded_vec::BoundedVec, Claim, CohortState,
			PoolState,
		},
		Error, ListLeaf, View,
	},
};
use guerdon_receipt::{DatasetId, PoolId, Role};
use std::collections::{BTreeSet, HashMap, HashSet};

/// How often the chain is asked, in blocks: members are in no hurry.
const EVERY: u32 = 15;

/// Pools that are looked at each time.
const POOLS: u64 = 256;

/// Leaves of one call: each may be divided over 16 cohorts.
const LEAVES: usize = 32;

/// What is sent, one of each at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Due {
	/// `settlement.claim_many`.
	Shares,
	/// `settlement.claim_licences`.
	Licences(DatasetId),
}

/// What is remembered from one look to the next. None of it must survive.
pub(super) struct Watch {
	asked: Option<u32>,
	/// Everything below was looked at, and can name no further list.
	next: PoolId,
	/// Leaves that pay lists of any dataset, and were not claimed when they were looked at.
	leaves: BTreeSet<ListLeaf>,
	jobs: Jobs<Due>,
}

/// Where a list stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
	/// Of one of the signer's datasets, sealed.
	Open,
	/// Of one of them, and being built.
	Building,
	/// Of somebody else's.
	Foreign,
	/// Given up: the leaf pays an account, which claims it like any other.
	Gone,
}

/// What becomes of a leaf that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
	/// Claim it.
	Claim,
	/// Look again later.
	Wait,
	/// It is nothing for this daemon.
	Forget,
}

fn next(standing: Standing) -> Next {
	match standing {
		Standing::Open => Next::Claim,
		// Claimed now it would be refused.
		Standing::Building => Next::Wait,
		Standing::Foreign | Standing::Gone => Next::Forget,
	}
}

/// Whether licence payments can be brought to members: one of them at least waits for a list that is
/// not being built.
fn can_bring(lists: &[PoolId], building: Option<PoolId>) -> bool {
	lists.iter().any(|list| Some(*list) != building)
}

/// The pools that are looked at from `from` on.
fn window(from: PoolId, end: PoolId) -> std::ops::Range<PoolId> {
	from..end.min(from.saturating_add(POOLS))
}

impl Watch {
	pub(super) fn new() -> Self {
		Watch {
			asked: None,
			next: 0,
			leaves: BTreeSet::new(),
			jobs: Jobs::new(),
		}
	}

	/// Looks after the members of the signer's datasets, every few blocks.
	pub(super) async fn look(&mut self, context: &Context, view: &View) -> Result<(), Failure> {
		self.jobs.reap("members").await;
		if self
			.asked
			.is_some_and(|at| view.number.abs_diff(at) < EVERY)
		{
			return Ok(());
		}
		self.asked = Some(view.number);
		let account = context.account();
		let datasets = view.datasets().await?.into_iter();
		let own: Vec<DatasetId> = datasets
			.filter(|(_, dataset)| dataset.owner == account)
			.map(|(id, _)| id)
			.collect();
		let mut lists = HashMap::new();
		let mut licences = Vec::new();
		for id in own {
			let Some(members) = view.members(id).await? else {
				continue;
			};
			let mut building = None;
			for (pool, cohort) in members.cohorts {
				let standing = match cohort.state {
					CohortState::Open(_) => Standing::Open,
					CohortState::Building { .. } => Standing::Building,
				};
				if standing == Standing::Building {
					building = Some(pool);
				}
				lists.insert(pool, standing);
			}
			if members.pending > 0 && can_bring(&view.licence_lists(id).await?, building) {
				licences.push(id);
			}
		}
		self.find(view).await?;
		let shares = self.shares(view, &lists).await?;
		if !shares.is_empty() && self.jobs.idle(&Due::Shares) {
			self.jobs
				.start(&Due::Shares, bring_shares(context.clone(), shares));
		}
		for id in licences {
			let due = Due::Licences(id);
			if self.jobs.idle(&due) {
				self.jobs.start(&due, bring_licences(context.clone(), id));
			}
		}
		Ok(())
	}

	/// Finds leaves that pay lists in pools that were sealed since, up to one that is not yet.
	async fn find(&mut self, view: &View) -> Result<(), Failure> {
		for pool in window(self.next, view.next_pool().await?) {
			match view.pool(pool).await {
				Ok(found) => {
					if matches!(found.state, PoolState::Building(_)) {
						return Ok(());
					}
					if found.role.0 == Role::DataProvider {
						self.leaves.extend(view.list_leaves(Some(pool)).await?);
					}
				}
				// A list of members is no run's pool.
				Err(Error::NotFound(_)) => (),
				Err(error) => return Err(error.into()),
			}
			self.next = pool.saturating_add(1);
		}
		Ok(())
	}

	/// The claims to be sent now.
	async fn shares(
		&mut self,
		view: &View,
		own: &HashMap<PoolId, Standing>,
	) -> Result<Vec<Claim>, Failure> {
		let mut strange = HashSet::new();
		let mut short = HashMap::new();
		let mut claims = Vec::new();
		for leaf in self.leaves.clone() {
			let standing = match own.get(&leaf.list) {
				Some(standing) => *standing,
				None if strange.contains(&leaf.list) => Standing::Foreign,
				None => match view.cohort(leaf.list).await? {
					Some(_) => {
						strange.insert(leaf.list);
						Standing::Foreign
					}
					None => Standing::Gone,
				},
			};
			match next(standing) {
				Next::Wait => (),
				Next::Forget => {
					self.leaves.remove(&leaf);
				}
				Next::Claim if claims.len() >= LEAVES => (),
				Next::Claim => match claim(view, &leaf).await? {
					Some((claim, asset)) => {
						let is_short = match short.get(&asset) {
							Some(is_short) => *is_short,
							None => view.is_short(asset).await?,
						};
						short.insert(asset, is_short);
						// It would be refused each time, and each time cost a fee.
						if !is_short {
							claims.push(claim);
						}
					}
					None => {
						self.leaves.remove(&leaf);
					}
				},
			}
		}
		Ok(claims)
	}
}

/// The claim of a leaf, and what it is paid in; `None` when there is nothing to claim any more.
async fn claim(view: &View, leaf: &ListLeaf) -> Result<Option<(Claim, Asset)>, Failure> {
	let found = match view.leaf(leaf.pool, leaf.index).await {
		Ok(found) => found,
		// A pool of so many leaves that the chain proves none of them.
		Err(Error::NotFound(_)) => return Ok(None),
		Err(error) => return Err(error.into()),
	};
	let proven = found.proven.filter(|proven| proven.entitlement > 0);
	Ok(proven.filter(|_| !found.claimed).map(|proven| {
		let claim = Claim {
			pool: leaf.pool,
			index: leaf.index,
			leaf: found.leaf,
			proof: proven.proof,
			opening: None,
		};
		(claim, found.asset)
	}))
}

async fn bring_shares(context: Context, claims: Vec<Claim>) -> Result<(), Failure> {
	let count = claims.len();
	let call = api::transactions()
		.settlement()
		.claim_many(BoundedVec(claims));
	// What is refused in it is told in events, and looked at again with the next blocks.
	context.send(&call).await?;
	tracing::info!(count, "brought what runs earned to members");
	Ok(())
}

async fn bring_licences(context: Context, dataset: DatasetId) -> Result<(), Failure> {
	let call = api::transactions().settlement().claim_licences(dataset);
	match context.send(&call).await {
		Ok(_) => tracing::info!(dataset, "brought licence payments to members"),
		Err(error) if harmless(&error) => {
			tracing::debug!(dataset, %error, "not due any more");
		}
		Err(error) => return Err(error.into()),
	}
	Ok(())
}

/// Somebody else was faster, or the list that it waits for is being built.
fn harmless(error: &Error) -> bool {
	["Settlement.NothingToClaim", "Settlement.MembersPending"]
		.into_iter()
		.any(|name| error.is(name))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn what_waits_for_a_list_in_the_making_is_never_sent() {
		assert_eq!(next(Standing::Building), Next::Wait);
		assert_eq!(next(Standing::Open), Next::Claim);
		for standing in [Standing::Foreign, Standing::Gone] {
			assert_eq!(next(standing), Next::Forget, "{standing:?}");
		}
		assert!(!can_bring(&[], None), "nothing waits");
		assert!(!can_bring(&[7, 7], Some(7)));
		assert!(can_bring(&[7, 5], Some(7)));
		assert!(can_bring(&[7], None), "it was given up, or sealed");
	}

	#[test]
	fn pools_are_looked_at_a_few_at_a_time() {
		assert_eq!(window(0, 0), 0..0);
		assert_eq!(window(3, 5), 3..5);
		assert_eq!(window(3, 1_000), 3..3 + POOLS);
		assert!(window(9, 5).is_empty());
	}

	#[test]
	fn being_second_is_no_failure() {
		let failed = |error: &str| Error::Failed {
			pallet: "Settlement".into(),
			error: error.into(),
			doc: String::new(),
		};
		assert!(harmless(&failed("NothingToClaim")));
		assert!(harmless(&failed("MembersPending")));
		assert!(!harmless(&failed("WrongProof")));
	}
}
