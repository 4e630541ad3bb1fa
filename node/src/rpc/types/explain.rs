//! Where the credit of a leaf comes from.

use guerdon_runtime_api as api;
use guerdon_valuation as valuation;
use serde::Serialize;

use super::{Entry, Leaf, Receipt, Table};
use crate::rpc::{
	convert::{hex, score_decimal},
	words,
};

/// A score.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Score {
	/// In units of 2^-64.
	pub raw: String,
	/// As a decimal number, to 20 decimals, rounded towards zero.
	pub decimal: String,
}

/// Where the credit of a leaf comes from.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
	/// The trail, one sentence a step.
	pub words: Vec<String>,
	/// The leaf, its proof and what it is due.
	pub leaf: Leaf,
	/// The contribution that the leaf was made from.
	pub contribution: Entry,
	/// The table that it is part of.
	pub table: Table,
	/// The run's budget.
	pub budget: String,
	/// The role's part of it, per million.
	pub split_ppm: u32,
	/// The units planned for the role; "0" where it is paid whole.
	pub planned_units: String,
	/// Those that were done, which the role is paid by: for attestors the units of trainers and users.
	pub done_units: String,
	/// What the pool was funded with.
	pub funded: String,
	/// What data providers' weights come from: `scores`, `licencePrice` or `recordsUsed`; null
	/// before it is known.
	pub basis: Option<&'static str>,
	/// The dataset's score; null for accounts and where nothing was scored.
	pub score: Option<Score>,
	/// Digest of the appraisal; null where nothing was scored.
	pub appraisal: Option<String>,
	/// Receipts that count towards the units, the first 64 of them among the run's first 4,096 tasks.
	pub receipts: Vec<Receipt>,
	/// Whether these are all of them.
	pub complete: bool,
}

impl From<api::Explanation> for Explanation {
	fn from(explanation: api::Explanation) -> Self {
		Self {
			words: words::trail(&explanation),
			leaf: explanation.leaf.into(),
			contribution: explanation.entry.into(),
			table: explanation.table.into(),
			budget: explanation.budget.to_string(),
			split_ppm: explanation.split_ppm,
			planned_units: explanation.planned_units.to_string(),
			done_units: explanation.done_units.to_string(),
			funded: explanation.funded.to_string(),
			basis: explanation.basis.map(|basis| match basis {
				valuation::Basis::Scores => "scores",
				valuation::Basis::LicencePrice => "licencePrice",
				valuation::Basis::RecordsUsed => "recordsUsed",
			}),
			score: explanation.score.map(|score| Score {
				raw: score.to_string(),
				decimal: score_decimal(score),
			}),
			appraisal: explanation.appraisal.map(hex),
			receipts: explanation.receipts.into_iter().map(Into::into).collect(),
			complete: explanation.complete,
		}
	}
}
