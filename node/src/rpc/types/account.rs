//! Accounts and what they contributed.

use guerdon_runtime_api as api;
use pallet_contributions as contributions;
use serde::Serialize;

use super::{Role, RunState};
use crate::rpc::convert::{address, key_cursor, List};

/// Who, or which dataset, a contribution is booked on.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Subject {
	/// A trainer, user, attestor or appraiser.
	Account {
		/// Who.
		account: String,
	},
	/// A dataset.
	Dataset {
		/// Which.
		dataset: u64,
	},
}

/// One line of a table of contributions.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
	/// Whom or what it is booked on.
	pub subject: Subject,
	/// Who is paid.
	pub payee: String,
	/// Units of accepted work.
	pub units: String,
	/// What it counts when money is divided.
	pub weight: String,
}

impl From<contributions::Entry<api::AccountId>> for Entry {
	fn from(entry: contributions::Entry<api::AccountId>) -> Self {
		Self {
			subject: match entry.subject {
				contributions::Subject::Account(account) => Subject::Account {
					account: address(&account),
				},
				contributions::Subject::Dataset(dataset) => Subject::Dataset { dataset },
			},
			payee: address(&entry.payee),
			units: entry.units.to_string(),
			weight: entry.weight.to_string(),
		}
	}
}

/// A contribution of an account.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Contribution {
	/// The run.
	pub run: u64,
	/// The role.
	pub role: Role,
	/// Index in the table of that run and role.
	pub index: u32,
	/// What is booked.
	#[serde(flatten)]
	pub entry: Entry,
	/// The state that the run is in.
	pub state: RunState,
	/// The last block of that state.
	pub deadline: u32,
	/// The pool that pays it, once there is one.
	pub pool: Option<u64>,
	/// The asset that the run is paid in; null for GRD.
	pub asset: Option<u32>,
	/// What it is due in all, once that is known.
	pub entitlement: Option<String>,
	/// Whether that was paid.
	pub claimed: bool,
}

impl From<api::Contribution> for Contribution {
	fn from(contribution: api::Contribution) -> Self {
		Self {
			run: contribution.run,
			role: contribution.role.into(),
			index: contribution.index,
			entry: contribution.entry.into(),
			state: contribution.state.into(),
			deadline: contribution.deadline,
			pool: contribution.pool,
			asset: contribution.asset,
			entitlement: contribution.entitlement.map(|units| units.to_string()),
			claimed: contribution.claimed,
		}
	}
}

/// What an account has and is due.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Account {
	/// The account.
	pub account: String,
	/// Free balance.
	pub free: String,
	/// Held as deposits and bonds.
	pub held: String,
	/// Due now: unclaimed leaves among `contributions`, and dues.
	pub claimable: String,
	/// The part of it that could not be paid when it was due.
	pub dues: String,
	/// Its contributions, the first page.
	pub contributions: Vec<Contribution>,
	/// The cursor of `guerdon_v1_contributions` for the rest; null if that is all.
	pub next: Option<String>,
	/// What it has and is due in assets, where that is anything.
	pub assets: Vec<AssetBalance>,
}

/// What an account has and is due in an asset.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub struct AssetBalance {
	/// The asset.
	pub asset: u32,
	/// Its balance.
	pub free: String,
	/// Due now.
	pub claimable: String,
	/// The part of it that could not be paid when it was due.
	pub dues: String,
}

impl From<api::AssetBalance> for AssetBalance {
	fn from(balance: api::AssetBalance) -> Self {
		Self {
			asset: balance.asset,
			free: balance.free.to_string(),
			claimable: balance.claimable.to_string(),
			dues: balance.dues.to_string(),
		}
	}
}

impl Account {
	/// The view of this account.
	pub fn new(account: &api::AccountId, view: api::AccountView) -> Self {
		Self {
			account: address(account),
			free: view.free.to_string(),
			held: view.held.to_string(),
			claimable: view.claimable.to_string(),
			dues: view.dues.to_string(),
			contributions: view.contributions.into_iter().map(Into::into).collect(),
			next: view.next.map(|key| key_cursor(List::Contributions, key)),
			assets: view.assets.into_iter().map(Into::into).collect(),
		}
	}
}

/// The credits of an account, without where they come from.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub struct Credits {
	/// The account.
	pub account: String,
	/// Free balance.
	pub free: String,
	/// Held as deposits and bonds.
	pub held: String,
	/// Due now.
	pub claimable: String,
	/// The part of it that could not be paid when it was due.
	pub dues: String,
	/// Whether `claimable` counts all of its contributions, or the first 64 only.
	pub complete: bool,
	/// What it has and is due in assets, where that is anything.
	pub assets: Vec<AssetBalance>,
}

impl Credits {
	/// Those of this account.
	pub fn new(account: &api::AccountId, view: api::AccountView) -> Self {
		Self {
			account: address(account),
			free: view.free.to_string(),
			held: view.held.to_string(),
			claimable: view.claimable.to_string(),
			dues: view.dues.to_string(),
			complete: view.next.is_none(),
			assets: view.assets.into_iter().map(Into::into).collect(),
		}
	}
}
