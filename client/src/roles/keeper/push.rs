//! Paying everybody in pools that the keeper was told to pay, at its own expense.
//!
//! Who was paid is read from the chain each time: a keeper that was killed goes on where it was.

use super::{Context, Failure, Jobs};
use crate::{
	chain::{
		api::{settlement::events, CohortState, PoolState, State as RunState},
		Error, Included, View,
	},
	members::{Error as ListError, Left, Lists, Push},
};
use guerdon_receipt::{PoolId, RunId};
use std::{
	collections::{BTreeSet, HashMap, HashSet},
	str::FromStr,
};

/// How often the chain is asked, in blocks.
const EVERY: u32 = 15;

/// Blocks until a pool is looked at again of which nobody else could be paid and that got nothing: an
/// account may have come to exist.
const REST: u32 = 450;

/// What a keeper pays everybody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pushed {
	/// The pools of the signer's own datasets whose lists are in its home, and of the runs that it sponsors.
	Own,
	/// This pool: a run's, a cohort's, or that of what a cohort got in an asset.
	Pool(PoolId),
}

impl FromStr for Pushed {
	type Err = String;

	fn from_str(text: &str) -> Result<Self, String> {
		match text {
			"own" => Ok(Pushed::Own),
			_ => text
				.parse()
				.map(Pushed::Pool)
				.map_err(|_| format!("{text:?} is neither \"own\" nor the number of a pool")),
		}
	}
}

/// When a pool was paid last, and what it had got by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tried {
	block: u32,
	funded: u128,
}

impl Tried {
	/// Whether it is too early to try again.
	fn rests(&self, now: u32, funded: u128) -> bool {
		self.funded == funded && now.abs_diff(self.block) < REST
	}
}

/// What is remembered from one look to the next. None of it must survive.
pub(super) struct Pusher {
	wanted: BTreeSet<Pushed>,
	asked: Option<u32>,
	tried: HashMap<PoolId, Tried>,
	/// Runs whose pools were paid to their end: they get nothing more.
	over: HashSet<RunId>,
	jobs: Jobs<PoolId>,
}

impl Pusher {
	pub(super) fn of(wanted: BTreeSet<Pushed>) -> Self {
		Pusher {
			wanted,
			asked: None,
			tried: HashMap::new(),
			over: HashSet::new(),
			jobs: Jobs::new(),
		}
	}

	/// Looks after the pools, every few blocks.
	pub(super) async fn look(&mut self, context: &Context, view: &View) -> Result<(), Failure> {
		self.jobs.reap("keeper").await;
		let early = |at: u32| view.number.abs_diff(at) < EVERY;
		if self.wanted.is_empty() || self.asked.is_some_and(early) {
			return Ok(());
		}
		self.asked = Some(view.number);
		for pool in self.pools(context, view).await? {
			let push = match Push::find(view, pool).await {
				Ok(push) => push,
				// Named too early, or too late.
				Err(
					error @ (ListError::NotPayable { .. } | ListError::Chain(Error::NotFound(_))),
				) => {
					tracing::debug!(pool, %error, "nothing to pay");
					continue;
				}
				Err(error) => return Err(here(error)),
			};
			let funded = push.fund.funded;
			let rests = self
				.tried
				.get(&pool)
				.is_some_and(|tried| tried.rests(view.number, funded));
			let again = !rests || self.jobs.has_failed(&pool);
			if push.is_over() || !again || !self.jobs.idle(&pool) {
				continue;
			}
			let block = view.number;
			self.tried.insert(pool, Tried { block, funded });
			self.jobs.start(&pool, pay(context.clone(), pool));
		}
		Ok(())
	}

	async fn pools(&mut self, context: &Context, view: &View) -> Result<BTreeSet<PoolId>, Failure> {
		let mut pools = BTreeSet::new();
		for wanted in &self.wanted {
			if let Pushed::Pool(pool) = wanted {
				pools.insert(*pool);
			}
		}
		if self.wanted.contains(&Pushed::Own) {
			pools.extend(of_datasets(context, view).await?);
			pools.extend(self.of_runs(context, view).await?);
		}
		Ok(pools)
	}

	/// The pools of the signer's own runs that have something left.
	async fn of_runs(&mut self, context: &Context, view: &View) -> Result<Vec<PoolId>, Failure> {
		let mut found = Vec::new();
		let account = context.account();
		let runs = view.runs().await?;
		self.over.retain(|run| runs.iter().any(|(id, _)| id == run));
		for (id, run) in runs {
			let settled = matches!(run.state, RunState::Settled);
			if run.sponsor != account || !settled || self.over.contains(&id) {
				continue;
			}
			let mut left = Vec::new();
			for (_, _, pool) in view.run(id).await?.tables {
				let Some(pool) = pool else { continue };
				let kept = view.pool(pool).await?;
				let open = matches!(kept.state, PoolState::Sealed(_));
				if open && kept.paid < kept.funded {
					left.push(pool);
				}
			}
			if left.is_empty() {
				self.over.insert(id);
			}
			found.extend(left);
		}
		Ok(found)
	}
}

/// The pools of the signer's own datasets whose lists are here.
async fn of_datasets(context: &Context, view: &View) -> Result<Vec<PoolId>, Failure> {
	let lists = Lists::of(&context.home);
	let account = context.account();
	let mut pools = Vec::new();
	for (id, dataset) in view.datasets().await? {
		if dataset.owner != account {
			continue;
		}
		let Some(members) = view.members(id).await? else {
			continue;
		};
		for (list, cohort) in members.cohorts {
			if matches!(cohort.state, CohortState::Open(_)) && lists.has(id, list) {
				let shares = members.shares.iter();
				let shares = shares.filter(|(_, share)| share.list == list);
				pools.push(list);
				pools.extend(shares.map(|(pool, _)| *pool));
			}
		}
	}
	Ok(pools)
}

fn here(error: ListError) -> Failure {
	match error {
		ListError::Chain(error) => error.into(),
		error => Failure::Here(error.to_string()),
	}
}

/// How many payments a call made, and how many it refused.
fn count(sent: &Included) -> (usize, usize) {
	let paid = sent.events.find::<events::MemberPaid>().count();
	let claimed = sent.events.find::<events::Claimed>().count();
	let booked = sent.events.find::<events::Booked>().count();
	let refused = sent.events.find::<events::ClaimRefused>().count();
	(paid.saturating_add(claimed).saturating_add(booked), refused)
}

/// Pays everybody in a pool who can be paid now.
async fn pay(context: Context, pool: PoolId) -> Result<(), Failure> {
	let view = context.chain().best().await?;
	let push = Push::find(&view, pool).await.map_err(here)?;
	let payments = push.payments(&view, &Lists::of(&context.home)).await;
	let payments = payments.map_err(here)?;
	let left = push.left(&view, &payments).await.map_err(here)?;
	let Left { payable, unpayable } = left;
	let (payees, waiting) = (payable.len(), unpayable.len());
	tracing::info!(pool, payees, waiting, "paying a pool");
	let batches = payments.batches(&payable);
	let parts = batches.len();
	for (part, batch) in (1usize..).zip(batches) {
		let call = payments.call(pool, batch).map_err(here)?;
		match context.send(&call).await {
			Ok(sent) => {
				let (paid, refused) = count(&sent);
				tracing::info!(pool, part, parts, paid, refused, "paid a part of a pool");
			}
			// To send it again at once would cost the fee again.
			Err(error @ Error::Failed { .. }) => {
				tracing::warn!(pool, part, parts, %error, "a part of a pool was not paid");
				return Ok(());
			}
			Err(error) => return Err(error.into()),
		}
	}
	tracing::info!(pool, payees, waiting, "paid a pool");
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn pools_are_named_by_number_or_are_ones_own() {
		assert_eq!("own".parse(), Ok(Pushed::Own));
		assert_eq!("12".parse(), Ok(Pushed::Pool(12)));
		for text in ["", "-1", "mine", "18446744073709551616"] {
			let error = text.parse::<Pushed>().unwrap_err();
			assert!(error.contains("neither \"own\" nor the number"), "{error}");
		}
	}

	#[test]
	fn a_pool_rests_until_it_gets_something_or_somebody_may_have_come_to_exist() {
		let tried = Tried {
			block: 100,
			funded: 7,
		};
		assert!(tried.rests(100, 7));
		assert!(tried.rests(99 + REST, 7));
		assert!(!tried.rests(100 + REST, 7));
		assert!(!tried.rests(101, 8), "it got something");
	}
}
