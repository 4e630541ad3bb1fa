//! What the `guerdon_v1` group answers.
//!
//! Accounts are SS58 addresses, digests are hex, and what adds up (amounts in units of 10^-12 GRD,
//! units of work, weights and their sums) is a string of decimal digits. Ids, heights, indices and
//! counts are JSON numbers. Enums that carry data have a `kind`.

mod account;
mod dataset;
mod duty;
mod explain;
mod members;
mod plan;
mod pool;
mod receipt;
mod run;
mod unlearning;

pub use account::*;
pub use dataset::*;
pub use duty::*;
pub use explain::*;
pub use members::*;
pub use plan::*;
pub use pool::*;
pub use receipt::*;
pub use run::*;
pub use unlearning::*;

use guerdon_runtime_api as api;
use pallet_contributions::EntryKey;
use serde::Serialize;

use super::convert::{key_cursor, number_cursor, List};

/// The block that an answer is as of.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct At {
	/// Its hash.
	pub hash: String,
	/// Its height.
	pub number: api::BlockNumber,
	/// Whether it can still be undone.
	pub finalized: bool,
}

/// An answer and the block that it is as of.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub struct Answer<T> {
	/// The block.
	pub at: At,
	/// The answer.
	#[serde(flatten)]
	pub result: T,
}

/// A page of a list.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub struct Page<T> {
	/// The entries.
	pub items: Vec<T>,
	/// The cursor of the next page; null at the end.
	pub next: Option<String>,
}

/// In which role somebody contributed.
#[derive(Serialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub enum Role {
	/// Owns a dataset whose records were used.
	DataProvider,
	/// Trained or aggregated.
	Trainer,
	/// Labelled, rated or evaluated.
	User,
	/// Re-executed drawn steps and signed.
	Attestor,
	/// Counted what the scores are computed from.
	Appraiser,
}

impl From<guerdon_receipt::Role> for Role {
	fn from(role: guerdon_receipt::Role) -> Self {
		match role {
			guerdon_receipt::Role::DataProvider => Self::DataProvider,
			guerdon_receipt::Role::Trainer => Self::Trainer,
			guerdon_receipt::Role::User => Self::User,
			guerdon_receipt::Role::Attestor => Self::Attestor,
			guerdon_receipt::Role::Appraiser => Self::Appraiser,
		}
	}
}

/// A page whose entries become `T` and whose cursor is a number.
pub fn by_number<T, Item: Into<T>>(list: List, page: api::Page<Item, u64>) -> Page<T> {
	Page {
		items: page.items.into_iter().map(Into::into).collect(),
		next: page.next.map(|next| number_cursor(list, next)),
	}
}

/// A page whose entries become `T` and whose cursor is a contribution.
pub fn by_key<T, Item: Into<T>>(list: List, page: api::Page<Item, EntryKey>) -> Page<T> {
	Page {
		items: page.items.into_iter().map(Into::into).collect(),
		next: page.next.map(|next| key_cursor(list, next)),
	}
}
