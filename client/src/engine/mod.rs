//! What the work is, apart from chain and network: pure functions of bytes that anybody can repeat.

pub mod appraise;
pub mod attest;
pub mod data;
pub mod train;

use guerdon_receipt::Digest;

/// BLAKE3 of a blob: how states, programs and sets are named.
pub fn digest(bytes: &[u8]) -> Digest {
	*blake3::hash(bytes).as_bytes()
}

/// Why work cannot be executed at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// The step program failed.
	#[error(transparent)]
	Program(#[from] guerdon_runner::Error),
	/// The dataset's stream is not framed as its root promised.
	#[error("the dataset is malformed: {0}")]
	Content(guerdon_content::Error),
	/// There are more or fewer records than whoever framed the stream declared, and the chain believed.
	#[error(
		"the dataset declares {declared} records and has {found}: no task on it can be done; \
		 its publisher must frame it anew and publish that, and runs must leave this one out"
	)]
	RecordCount {
		/// In the trailer, and so on chain.
		declared: u64,
		/// In the stream.
		found: usize,
	},
	/// The config does not begin with `features:u16, classes:u16, batch:u32`.
	#[error("the run's config is malformed: it must begin with features, classes and batch size")]
	Config,
	/// No record of the range can be read by the run's feature spec.
	#[error("none of the {0} records of the task can be read by the run's feature spec")]
	Unreadable(u32),
	/// The range lies outside the dataset.
	#[error("the dataset has {records} records, the task asks for {first}..{end}")]
	Range {
		/// Records in the dataset.
		records: usize,
		/// First record of the task.
		first: u64,
		/// One past the last.
		end: u64,
	},
	/// More steps than a receipt can count.
	#[error("the task has more than 2^32 steps")]
	TooManySteps,
	/// The rules of valuation refuse the inputs.
	#[error("cannot be appraised: {0:?}")]
	Valuation(guerdon_valuation::Error),
}
