//! Gated datasets: everybody may have the sealed stream, and the publisher's daemon gives the keys of
//! the segments that a task needs to those whose task it is.
//!
//! The layout of a sealed stream is in [`guerdon_content::sealed`]. What a dataset's metadata binds is
//! a [`Sealing`]: the index has a hash of every segment's key and of the place in the records where it
//! begins. With the sealed stream's root, which is on chain, that leaves one plaintext: whoever is
//! given keys checks them, and a publisher that gives two people different keys for one segment is
//! noticed by one of them.

mod facts;
mod judge;
mod log;
mod obtain;
mod release;
mod request;
mod seal;
mod secrets;
#[cfg(test)]
mod tests;

pub use facts::{Appraising, DatasetFacts, Facts, Ledger, RunFacts, TaskFacts};
pub use log::{AccessLog, Entry, Outcome};
pub use obtain::{obtain, obtain_whole, Refused, Wanted, Window};
pub use release::router;
pub use request::{KeyRequest, Purpose, SignedRequest};
pub(crate) use seal::seal_first;
pub use seal::{seal, seal_again, sealed_root, SealError, SealedStream};
pub use secrets::{Error, Kept, Secrets};

use crate::chain::api::{self, runtime_types::pallet_datasets};
use guerdon_content::sealed::SCHEME;
use guerdon_receipt::Digest;
use serde_json::{json, Value};

/// Who may read a dataset's content.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
	/// Anyone.
	Open,
	/// Those who have a part in a run that may use it.
	Gated,
}

impl Access {
	/// The chain's own word for it.
	pub fn on_chain(self) -> pallet_datasets::types::Access {
		match self {
			Access::Open => pallet_datasets::types::Access::Open,
			Access::Gated => pallet_datasets::types::Access::Gated,
		}
	}
}

/// Who may read a dataset's content, as the chain says.
pub fn access(dataset: &api::Dataset) -> Access {
	match dataset.access {
		pallet_datasets::types::Access::Open => Access::Open,
		pallet_datasets::types::Access::Gated => Access::Gated,
	}
}

/// What the metadata of a gated dataset binds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sealing {
	/// BLAKE3 of the index: the hashes of what opens each segment, back to back.
	pub index: Digest,
	/// [`guerdon_content::sealed::plaintext_commitment`] to the root of the plaintext.
	pub plaintext: Digest,
}

const FIELD: &str = "guerdon:sealed";
const SCHEME_FIELD: &str = "guerdon:scheme";
const INDEX_FIELD: &str = "guerdon:index";
const PLAINTEXT_FIELD: &str = "guerdon:plaintext";

impl Sealing {
	/// Puts it into a document.
	pub(crate) fn write(&self, document: &mut Value) {
		document[FIELD] = json!({
			SCHEME_FIELD: SCHEME,
			INDEX_FIELD: hex::encode(self.index),
			PLAINTEXT_FIELD: hex::encode(self.plaintext),
		});
	}

	/// What a document says; `None` when the dataset that it describes is not sealed.
	///
	/// # Errors
	/// When it is sealed in a way that is not known here, in words.
	pub fn read(document: &Value) -> Result<Option<Self>, String> {
		let Some(sealed) = document.get(FIELD) else {
			return Ok(None);
		};
		let scheme = sealed[SCHEME_FIELD]
			.as_str()
			.unwrap_or("a scheme without a name");
		if scheme != SCHEME {
			return Err(format!(
				"the dataset is sealed by {scheme}, this software knows {SCHEME}: update it"
			));
		}
		let digest = |field: &str| {
			let digits = sealed[field].as_str().and_then(crate::serve::digest);
			digits.ok_or_else(|| format!("the document's {FIELD} has no {field} of 64 hex digits"))
		};
		Ok(Some(Sealing {
			index: digest(INDEX_FIELD)?,
			plaintext: digest(PLAINTEXT_FIELD)?,
		}))
	}
}
