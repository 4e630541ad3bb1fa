//! Datasets and their licences.

use guerdon_runtime_api as api;
use pallet_datasets as datasets;
use serde::Serialize;

use crate::rpc::convert::{address, hex, text};

/// An account to be paid from a block on.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct PayoutChange {
	/// The account.
	pub account: String,
	/// The block.
	pub from: u32,
}

/// Who is paid for a dataset.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Payout {
	/// Until the change takes effect.
	pub account: String,
	/// The change.
	pub next: Option<PayoutChange>,
}

/// What a dataset consists of.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Content {
	/// BLAKE3 of the stream.
	pub root: String,
	/// Length of the stream in bytes.
	pub length: u64,
	/// Number of records.
	pub records: u64,
}

/// The document that describes a dataset.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
	/// Hash of its canonical form.
	pub hash: String,
	/// Where it is found.
	pub uri: String,
}

/// The terms on which an owner lets runs use a dataset.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Licence {
	/// `train`, `fineTune`, `evaluate`, `retrieve`, `index`.
	pub uses: Vec<&'static str>,
	/// Whether the model may be used commercially.
	pub commercial: bool,
	/// Whether works derived from the records may be passed on.
	pub derivatives: bool,
	/// Whether the owner must be named.
	pub attribution: bool,
	/// SPDX licence id or `LicenseRef`.
	pub spdx: String,
	/// Hash of the full legal text.
	pub terms: String,
	/// First block at which the licence is in force.
	pub valid_from: u32,
	/// First block at which it is in force no more.
	pub valid_until: Option<u32>,
	/// `open` or `byGrant`.
	pub approval: &'static str,
	/// Due once for each run that used the dataset.
	pub flat_fee: String,
	/// Due for each record used.
	pub price_per_record: String,
}

/// Whether runs may use a dataset.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum DatasetStatus {
	/// On the terms of its licence.
	Active,
	/// The owner withdrew consent.
	Withdrawn {
		/// First epoch in which no task is dealt on it.
		from: u64,
	},
	/// Somebody else had announced the same root before, and has it now.
	Contested {
		/// The dataset that took the root over.
		by: u64,
	},
}

/// A dataset.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Dataset {
	/// Its id.
	pub id: u64,
	/// Who published it.
	pub owner: String,
	/// Who is paid for it. A contested dataset pays whoever has its root instead.
	pub payout: Payout,
	/// What it consists of.
	pub content: Content,
	/// What describes it.
	pub metadata: Metadata,
	/// The terms for future runs.
	pub licence: Licence,
	/// Who may fetch the content: `open` or `gated`.
	pub access: &'static str,
	/// Where the content is fetched.
	pub endpoint: String,
	/// The version before it.
	pub parent: Option<u64>,
	/// Block of the announcement that was opened: earlier wins.
	pub priority: u32,
	/// Whether runs may use it.
	pub status: DatasetStatus,
	/// What is held for it.
	pub deposit: String,
	/// How many open runs use it.
	pub uses: u32,
	/// How many of them wait for the owner's grant.
	pub pending: u32,
}

impl From<(u64, api::Dataset)> for Dataset {
	fn from((id, dataset): (u64, api::Dataset)) -> Self {
		let licence = dataset.licence;
		Self {
			id,
			owner: address(&dataset.owner),
			payout: Payout {
				account: address(&dataset.payout.account),
				next: dataset.payout.next.map(|(account, from)| PayoutChange {
					account: address(&account),
					from,
				}),
			},
			content: Content {
				root: hex(dataset.content.root),
				length: dataset.content.length,
				records: dataset.content.records,
			},
			metadata: Metadata {
				hash: hex(dataset.metadata.hash),
				uri: text(&dataset.metadata.uri),
			},
			licence: Licence {
				uses: uses(licence.uses),
				commercial: licence.commercial,
				derivatives: licence.derivatives,
				attribution: licence.attribution,
				spdx: text(&licence.spdx),
				terms: hex(licence.terms),
				valid_from: licence.valid_from,
				valid_until: licence.valid_until,
				approval: match licence.approval {
					datasets::Approval::Open => "open",
					datasets::Approval::ByGrant => "byGrant",
				},
				flat_fee: licence.flat_fee.to_string(),
				price_per_record: licence.price_per_record.to_string(),
			},
			access: match dataset.access {
				datasets::Access::Open => "open",
				datasets::Access::Gated => "gated",
			},
			endpoint: text(&dataset.endpoint),
			parent: dataset.parent,
			priority: dataset.priority,
			status: match dataset.status {
				datasets::Status::Active => DatasetStatus::Active,
				datasets::Status::Withdrawn { from } => DatasetStatus::Withdrawn { from },
				datasets::Status::Contested { by } => DatasetStatus::Contested { by },
			},
			deposit: dataset.deposit.to_string(),
			uses: dataset.uses,
			pending: dataset.pending,
		}
	}
}

fn uses(bits: u8) -> Vec<&'static str> {
	[
		(datasets::uses::TRAIN, "train"),
		(datasets::uses::FINE_TUNE, "fineTune"),
		(datasets::uses::EVALUATE, "evaluate"),
		(datasets::uses::RETRIEVE, "retrieve"),
		(datasets::uses::INDEX, "index"),
	]
	.into_iter()
	.filter(|(bit, _)| bits & bit != 0)
	.map(|(_, name)| name)
	.collect()
}
