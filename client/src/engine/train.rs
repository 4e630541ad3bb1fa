//! Doing a task: every step, with the digest of every state as evidence.

use super::{
	data::{self, Batches},
	digest, Error,
};
use guerdon_receipt::{evidence, Digest};
use guerdon_runner::Program;
use guerdon_valuation::Point;

/// What makes the next state of a batch, and one of several. The step program does; a test may not.
pub trait Stepper {
	/// The state after one more batch.
	///
	/// # Errors
	/// Whatever the program says.
	fn step(
		&self,
		config: &[u8],
		state: &[u8],
		batch: &[u8],
	) -> Result<Vec<u8>, guerdon_runner::Error>;

	/// The state that stands for several, each with its weight.
	///
	/// # Errors
	/// Whatever the program says.
	fn aggregate(
		&self,
		config: &[u8],
		states: &[(u64, Vec<u8>)],
	) -> Result<Vec<u8>, guerdon_runner::Error>;
}

impl Stepper for Program {
	fn step(
		&self,
		config: &[u8],
		state: &[u8],
		batch: &[u8],
	) -> Result<Vec<u8>, guerdon_runner::Error> {
		Program::step(self, config, state, batch)
	}

	fn aggregate(
		&self,
		config: &[u8],
		states: &[(u64, Vec<u8>)],
	) -> Result<Vec<u8>, guerdon_runner::Error> {
		let states = states
			.iter()
			.map(|(weight, state)| (*weight, state.as_slice()));
		Program::aggregate(self, config, states)
	}
}

/// What a run's tasks have in common.
#[derive(Clone)]
pub struct Setting {
	/// The run's step program.
	pub program: Program,
	/// Its config.
	pub config: Vec<u8>,
	/// The public validation set.
	pub validation: Vec<Point>,
}

impl Setting {
	/// Correct answers per million of a state on the validation set.
	///
	/// # Errors
	/// [`Error::Program`].
	pub fn metric(&self, state: &[u8]) -> Result<u32, Error> {
		let set = data::encode(&self.validation);
		Ok(self
			.program
			.evaluate(&self.config, state, &set)?
			.per_million())
	}
}

/// A task done: what the receipt says and what backs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
	/// The state after each step.
	pub states: Vec<Vec<u8>>,
	/// Their digests.
	pub digests: Vec<Digest>,
	/// Merkle root over the digests.
	pub evidence: Digest,
	/// Digest of the last state.
	pub result: Digest,
	/// Metric of the base model.
	pub metric_before: u32,
	/// Metric of the result.
	pub metric_after: u32,
}

/// Executes a training task from `base`, calling `progress(done, of)` after each step.
///
/// # Errors
/// [`Error::Program`].
pub fn train(
	setting: &Setting,
	stepper: &impl Stepper,
	base: &[u8],
	batches: &Batches,
	mut progress: impl FnMut(u32, u32),
) -> Result<Execution, Error> {
	let mut states: Vec<Vec<u8>> = Vec::new();
	for step in 0..batches.steps() {
		let before = states.last().map_or(base, Vec::as_slice);
		let batch = batches.get(step).unwrap_or_default();
		states.push(stepper.step(&setting.config, before, batch)?);
		progress(step.saturating_add(1), batches.steps());
	}
	conclude(setting, base, states)
}

/// Averages the accepted results of a round, each weighted by its task's units, in task order.
///
/// # Errors
/// [`Error::Program`].
pub fn aggregate(
	setting: &Setting,
	stepper: &impl Stepper,
	base: &[u8],
	results: &[(u64, Vec<u8>)],
) -> Result<Execution, Error> {
	let state = stepper.aggregate(&setting.config, results)?;
	conclude(setting, base, vec![state])
}

fn conclude(setting: &Setting, base: &[u8], states: Vec<Vec<u8>>) -> Result<Execution, Error> {
	let digests: Vec<Digest> = states.iter().map(|state| digest(state)).collect();
	let last = states.last().map_or(base, Vec::as_slice);
	Ok(Execution {
		evidence: evidence::root(&digests),
		result: digest(last),
		metric_before: setting.metric(base)?,
		metric_after: setting.metric(last)?,
		digests,
		states,
	})
}

/// A batch of feedback answered: one label per item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers {
	/// The labels, `u16` little-endian, in item order: the blob that the result names.
	pub blob: Vec<u8>,
	/// Digest of each label's bytes.
	pub digests: Vec<Digest>,
	/// Merkle root over the digests.
	pub evidence: Digest,
	/// Digest of the blob.
	pub result: Digest,
}

/// Puts labels in the form that a feedback receipt vouches for.
pub fn answers(labels: &[u16]) -> Answers {
	let blob: Vec<u8> = labels
		.iter()
		.flat_map(|label| label.to_le_bytes())
		.collect();
	let digests: Vec<Digest> = blob.chunks(2).map(digest).collect();
	Answers {
		evidence: evidence::root(&digests),
		result: digest(&blob),
		digests,
		blob,
	}
}
