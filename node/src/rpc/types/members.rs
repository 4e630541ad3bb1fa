//! The members of a dataset, in cohorts.

use guerdon_runtime_api as api;
use pallet_settlement as settlement;
use serde::Serialize;

use super::PoolState;
use crate::rpc::convert::{address, hex};

/// A list of members that is paid a part of what a dataset earns.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Cohort {
	/// The pool that its members are leaves of.
	pub pool: u64,
	/// Who opened the list.
	pub owner: String,
	/// What it counts among the cohorts of its dataset.
	pub weight: String,
	/// Ever funded.
	pub funded: String,
	/// Ever paid to members.
	pub paid: String,
	/// What is held for it.
	pub deposit: String,
	/// How far the list is; one that is `open` can be funded and claimed for ever.
	pub state: PoolState,
	/// First block in which a list that is built can be sealed.
	pub sealable_from: Option<u32>,
}

impl From<(u64, api::Cohort)> for Cohort {
	fn from((pool, cohort): (u64, api::Cohort)) -> Self {
		let (state, sealable_from) = match cohort.state {
			settlement::CohortState::Building {
				builder,
				sealable_from,
				..
			} => (PoolState::building(&builder), Some(sealable_from)),
			settlement::CohortState::Open(summary) => {
				let state = PoolState::Open {
					leaves: summary.count,
					weight: summary.sum.to_string(),
					root: hex(summary.root),
				};
				(state, None)
			}
		};
		Self {
			pool,
			owner: address(&cohort.owner),
			weight: cohort.weight.to_string(),
			funded: cohort.funded.to_string(),
			paid: cohort.paid.to_string(),
			deposit: cohort.deposit.to_string(),
			state,
			sealable_from,
		}
	}
}

/// The cohorts of a dataset.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub struct Members {
	/// By pool; the last one may still be built.
	pub cohorts: Vec<Cohort>,
	/// Licence payments that are not booked to them yet, of up to 64 runs.
	pub pending: String,
	/// What the cohorts got in assets.
	pub shares: Vec<Share>,
}

/// What a cohort got in an asset: a pool whose leaves are those of the cohort.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub struct Share {
	/// Its own pool, which is claimed from.
	pub pool: u64,
	/// The cohort's pool, which proofs are made for.
	pub list: u64,
	/// The asset.
	pub asset: u32,
	/// Ever funded.
	pub funded: String,
	/// Ever paid to members.
	pub paid: String,
}

impl From<(u64, api::Share)> for Share {
	fn from((pool, share): (u64, api::Share)) -> Self {
		Self {
			pool,
			list: share.list,
			asset: share.asset,
			funded: share.funded.to_string(),
			paid: share.paid.to_string(),
		}
	}
}

impl From<api::MembersView> for Members {
	fn from(view: api::MembersView) -> Self {
		Self {
			cohorts: view.cohorts.into_iter().map(Into::into).collect(),
			pending: view.pending.to_string(),
			shares: view.shares.into_iter().map(Into::into).collect(),
		}
	}
}
