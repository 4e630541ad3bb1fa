//! Checking somebody else's work by doing a drawn part of it again.

use super::{data::Batches, digest, train::Setting, Error};
use guerdon_receipt::{evidence, states_digest, Digest, Receipt};

/// Why an attestor does not sign. The words are for the contributor and name no step: which ones are
/// done again is the attestor's secret. Whoever has the value itself sees them.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
	/// The list of digests is not the one the receipt commits to.
	#[error("the evidence does not lead to the root in the receipt")]
	Evidence,
	/// The receipt counts other steps than the task has.
	#[error("the task has {task} steps, the receipt says {receipt}")]
	Steps {
		/// Steps of the task.
		task: u32,
		/// Steps in the receipt.
		receipt: u32,
	},
	/// The last state is not the result.
	#[error("the last state is not the result that the receipt names")]
	Result,
	/// A state is not to be had, so the step cannot be repeated.
	#[error("a state that the evidence names was not delivered")]
	Unavailable(u32),
	/// The step, done again, gives another state.
	#[error("a step, done again, gives another state than the evidence says")]
	Mismatch {
		/// The step, from 0.
		step: u32,
		/// What was computed here, as the first bytes in hex.
		here: String,
		/// What the evidence says.
		there: String,
	},
	/// A metric in the receipt is not what the validation set gives.
	#[error("the validation set gives {here} per million for the {which} model, the receipt says {there}")]
	Metric {
		/// "base" or "resulting".
		which: &'static str,
		/// Computed here.
		here: u32,
		/// In the receipt.
		there: u32,
	},
	/// Answers are missing, too many, or outside the classes.
	#[error("the answers are not {items} labels below {classes}")]
	Answers {
		/// Items asked.
		items: u32,
		/// Classes there are.
		classes: u16,
	},
	/// The work cannot be executed at all.
	#[error(transparent)]
	Execution(#[from] Error),
}

/// Whether a receipt counts as many steps as its task has. It can be asked before anything is
/// fetched from the contributor.
///
/// # Errors
/// [`Refusal::Steps`].
pub fn check_steps(receipt: &Receipt, steps: u32) -> Result<(), Refusal> {
	match receipt.steps == steps {
		true => Ok(()),
		false => Err(Refusal::Steps {
			task: steps,
			receipt: receipt.steps,
		}),
	}
}

/// A receipt with the list of state digests behind it.
#[derive(Clone, Copy)]
pub struct Claim<'a> {
	/// The receipt.
	pub receipt: &'a Receipt,
	/// Digest of the state after each step.
	pub digests: &'a [Digest],
}

impl Claim<'_> {
	fn check_evidence(&self, steps: u32) -> Result<(), Refusal> {
		check_steps(self.receipt, steps)?;
		let complete = u32::try_from(self.digests.len()) == Ok(steps);
		if !complete || evidence::root(self.digests) != self.receipt.evidence {
			return Err(Refusal::Evidence);
		}
		Ok(())
	}

	fn check_metrics(&self, setting: &Setting, base: &[u8], result: &[u8]) -> Result<(), Refusal> {
		for (which, state, there) in [
			("base", base, self.receipt.metric_before),
			("resulting", result, self.receipt.metric_after),
		] {
			let here = setting.metric(state)?;
			if here != there {
				return Err(Refusal::Metric { which, here, there });
			}
		}
		Ok(())
	}
}

fn short(digest: &Digest) -> String {
	hex::encode(digest.iter().take(6).copied().collect::<Vec<u8>>())
}

/// Repeats the `sampled` steps of a training task. `fetch` delivers a state by its digest, and is
/// asked for one at a time.
///
/// Gives what an attestation's `states` binds.
///
/// # Errors
/// The first thing found wrong.
pub fn training(
	setting: &Setting,
	base: &[u8],
	batches: &Batches,
	claim: Claim,
	sampled: &[u32],
	mut fetch: impl FnMut(&Digest) -> Option<Vec<u8>>,
) -> Result<Digest, Refusal> {
	claim.check_evidence(batches.steps())?;
	let result = claim
		.digests
		.last()
		.copied()
		.unwrap_or_else(|| digest(base));
	if result != claim.receipt.result {
		return Err(Refusal::Result);
	}
	let mut seen = Vec::with_capacity(sampled.len());
	for step in sampled.iter().copied() {
		let there = usize::try_from(step)
			.ok()
			.and_then(|step| claim.digests.get(step));
		let there = there.ok_or(Refusal::Evidence)?;
		let before = match step
			.checked_sub(1)
			.and_then(|step| usize::try_from(step).ok())
		{
			None => base.to_vec(),
			Some(previous) => {
				let wanted = claim.digests.get(previous).ok_or(Refusal::Evidence)?;
				let state = fetch(wanted).filter(|state| digest(state) == *wanted);
				state.ok_or(Refusal::Unavailable(step))?
			}
		};
		let batch = batches.get(step).ok_or(Refusal::Evidence)?;
		let after = setting
			.program
			.step(&setting.config, &before, batch)
			.map_err(Error::from)?;
		let here = digest(&after);
		if here != *there {
			return Err(Refusal::Mismatch {
				step,
				here: short(&here),
				there: short(there),
			});
		}
		seen.push((step, here));
	}
	let last = fetch(&result).filter(|state| digest(state) == result);
	let last = last.ok_or(Refusal::Unavailable(batches.steps()))?;
	claim.check_metrics(setting, base, &last)?;
	Ok(states_digest(&seen))
}

/// Repeats an aggregation in full.
///
/// # Errors
/// The first thing found wrong.
pub fn aggregation(
	setting: &Setting,
	base: &[u8],
	results: &[(u64, Vec<u8>)],
	claim: Claim,
) -> Result<Digest, Refusal> {
	claim.check_evidence(1)?;
	let done = super::train::aggregate(setting, &setting.program, base, results)?;
	let there = claim.digests.first().ok_or(Refusal::Evidence)?;
	if done.result != *there {
		let (here, there) = (short(&done.result), short(there));
		return Err(Refusal::Mismatch {
			step: 0,
			here,
			there,
		});
	}
	if done.result != claim.receipt.result {
		return Err(Refusal::Result);
	}
	claim.check_metrics(
		setting,
		base,
		done.states.last().map_or(base, Vec::as_slice),
	)?;
	Ok(states_digest(&[(0, done.result)]))
}

/// Checks that answers are complete, possible and the ones committed to. Whether they are right
/// shows later, on the gold items among them.
///
/// # Errors
/// The first thing found wrong.
pub fn feedback(items: u32, classes: u16, blob: &[u8], claim: Claim) -> Result<Digest, Refusal> {
	claim.check_evidence(items)?;
	if digest(blob) != claim.receipt.result {
		return Err(Refusal::Result);
	}
	let labels: Vec<u16> = labels(blob);
	let complete = u32::try_from(labels.len()) == Ok(items) && blob.len().is_multiple_of(2);
	if !complete || labels.iter().any(|label| *label >= classes) {
		return Err(Refusal::Answers { items, classes });
	}
	if super::train::answers(&labels).digests != claim.digests {
		return Err(Refusal::Evidence);
	}
	let seen: Vec<(u32, Digest)> = (0..).zip(claim.digests.iter().copied()).collect();
	Ok(states_digest(&seen))
}

/// The labels of an answers blob.
pub fn labels(blob: &[u8]) -> Vec<u16> {
	blob.as_chunks()
		.0
		.iter()
		.map(|pair| u16::from_le_bytes(*pair))
		.collect()
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::engine::{data, train};
	use guerdon_runner::{Limits, Program, SOFTMAX};
	use guerdon_valuation::Point;
	use std::collections::HashMap;

	/// Skips every other step: hands on the state it was given.
	struct Lazy(Program, std::cell::Cell<u32>);

	impl train::Stepper for Lazy {
		fn step(
			&self,
			config: &[u8],
			state: &[u8],
			batch: &[u8],
		) -> Result<Vec<u8>, guerdon_runner::Error> {
			self.1.set(self.1.get() + 1);
			if self.1.get().is_multiple_of(2) {
				return Ok(state.to_vec());
			}
			self.0.step(config, state, batch)
		}

		/// Takes the first for all.
		fn aggregate(
			&self,
			_: &[u8],
			states: &[(u64, Vec<u8>)],
		) -> Result<Vec<u8>, guerdon_runner::Error> {
			Ok(states[0].1.clone())
		}
	}

	struct World {
		setting: Setting,
		base: Vec<u8>,
		batches: Batches,
	}

	fn world() -> World {
		let mut config = Vec::new();
		config.extend(2u16.to_le_bytes());
		config.extend(2u16.to_le_bytes());
		config.extend(4u32.to_le_bytes());
		config.extend(0.5f32.to_le_bytes());
		config.extend(0f32.to_le_bytes());
		let program = Program::load(SOFTMAX, Limits::default()).unwrap();
		let records: Vec<Option<Point>> = (0u8..40)
			.map(|i| {
				let label = u16::from(i % 2);
				Some(Point {
					features: vec![i * 3, if label == 1 { 250 - i } else { i }],
					label,
				})
			})
			.collect();
		let validation = records.iter().flatten().cloned().collect();
		let base = program.init(&config).unwrap();
		let batches = data::batches(&records, 0, 40, 3, 4).unwrap();
		World {
			setting: Setting {
				program,
				config,
				validation,
			},
			base,
			batches,
		}
	}

	fn receipt(done: &train::Execution, base: &[u8]) -> Receipt {
		Receipt {
			version: 1,
			genesis: [0; 32],
			run: 0,
			task: 0,
			contributor: [1; 32],
			base_model: digest(base),
			result: done.result,
			steps: done.digests.len() as u32,
			evidence: done.evidence,
			metric_before: done.metric_before,
			metric_after: done.metric_after,
			valid_until: 100,
		}
	}

	fn store(done: &train::Execution) -> HashMap<Digest, Vec<u8>> {
		done.digests
			.iter()
			.copied()
			.zip(done.states.iter().cloned())
			.collect()
	}

	#[test]
	fn honest_work_is_confirmed_whatever_is_sampled() {
		let w = world();
		let done = train::train(
			&w.setting,
			&w.setting.program,
			&w.base,
			&w.batches,
			|_, _| (),
		)
		.unwrap();
		assert_eq!(done.digests.len(), 30);
		assert!(done.metric_after > done.metric_before);
		let receipt = receipt(&done, &w.base);
		let claim = Claim {
			receipt: &receipt,
			digests: &done.digests,
		};
		let store = store(&done);
		let all: Vec<u32> = (0..30).collect();
		for sampled in [&[0][..], &[29], &all] {
			training(&w.setting, &w.base, &w.batches, claim, sampled, |d| {
				store.get(d).cloned()
			})
			.unwrap();
		}
	}

	#[test]
	fn skipped_steps_are_found_where_they_are_sampled() {
		let w = world();
		let lazy = Lazy(w.setting.program.clone(), Default::default());
		let done = train::train(&w.setting, &lazy, &w.base, &w.batches, |_, _| ()).unwrap();
		let receipt = receipt(&done, &w.base);
		let claim = Claim {
			receipt: &receipt,
			digests: &done.digests,
		};
		let store = store(&done);
		let check = |sampled: &[u32]| {
			training(&w.setting, &w.base, &w.batches, claim, sampled, |d| {
				store.get(d).cloned()
			})
		};
		check(&[0, 2]).unwrap();
		let refusal = check(&[2, 3]).unwrap_err();
		assert!(matches!(refusal, Refusal::Mismatch { step: 3, .. }));
		let (said, known) = (refusal.to_string(), format!("{refusal:?}"));
		assert!(known.contains("step: 3"), "{known}");
		assert!(
			!said.contains(|c: char| c.is_ascii_digit()),
			"the contributor is not told which step: {said}"
		);
	}

	#[test]
	fn every_lie_in_a_receipt_has_its_name() {
		let w = world();
		let done = train::train(
			&w.setting,
			&w.setting.program,
			&w.base,
			&w.batches,
			|_, _| (),
		)
		.unwrap();
		let store = store(&done);
		let honest = receipt(&done, &w.base);
		let check = |receipt: Receipt, digests: &[Digest]| {
			let claim = Claim {
				receipt: &receipt,
				digests,
			};
			training(&w.setting, &w.base, &w.batches, claim, &[1], |d| {
				store.get(d).cloned()
			})
			.unwrap_err()
		};
		let mut lie = honest.clone();
		lie.steps = 29;
		assert!(matches!(
			check(lie, &done.digests),
			Refusal::Steps {
				task: 30,
				receipt: 29
			}
		));
		let mut lie = honest.clone();
		lie.result = [9; 32];
		assert!(matches!(check(lie, &done.digests), Refusal::Result));
		let mut lie = honest.clone();
		lie.metric_after += 1;
		let refusal = check(lie, &done.digests);
		assert!(matches!(
			refusal,
			Refusal::Metric {
				which: "resulting",
				..
			}
		));
		let mut lie = honest.clone();
		lie.metric_before += 1;
		assert!(matches!(
			check(lie, &done.digests),
			Refusal::Metric { which: "base", .. }
		));
		assert!(matches!(
			check(honest.clone(), &done.digests[1..]),
			Refusal::Evidence
		));
		let claim = Claim {
			receipt: &honest,
			digests: &done.digests,
		};
		let gone = training(&w.setting, &w.base, &w.batches, claim, &[5], |_| None);
		let gone = gone.unwrap_err();
		assert!(matches!(gone, Refusal::Unavailable(5)));
		assert!(!gone.to_string().contains('5'), "{gone}");
	}

	#[test]
	fn an_aggregate_of_other_results_is_refused() {
		let w = world();
		let done = train::train(
			&w.setting,
			&w.setting.program,
			&w.base,
			&w.batches,
			|_, _| (),
		)
		.unwrap();
		let results: Vec<(u64, Vec<u8>)> = done
			.states
			.iter()
			.take(3)
			.map(|state| (7, state.clone()))
			.collect();
		let mean = train::aggregate(&w.setting, &w.setting.program, &w.base, &results).unwrap();
		let receipt = receipt(&mean, &w.base);
		let claim = Claim {
			receipt: &receipt,
			digests: &mean.digests,
		};
		aggregation(&w.setting, &w.base, &results, claim).unwrap();
		let other = aggregation(&w.setting, &w.base, &results[1..], claim);
		assert!(matches!(other, Err(Refusal::Mismatch { step: 0, .. })));
		let stepper = Lazy(w.setting.program.clone(), Default::default());
		let lazy = train::aggregate(&w.setting, &stepper, &w.base, &results).unwrap();
		let receipt = self::receipt(&lazy, &w.base);
		let claim = Claim {
			receipt: &receipt,
			digests: &lazy.digests,
		};
		assert!(matches!(
			aggregation(&w.setting, &w.base, &results, claim),
			Err(Refusal::Mismatch { step: 0, .. })
		));
	}

	#[test]
	fn answers_must_be_complete_and_possible() {
		let given = train::answers(&[0, 3, 9]);
		let mut receipt = receipt(
			&train::Execution {
				states: vec![],
				digests: given.digests.clone(),
				evidence: given.evidence,
				result: given.result,
				metric_before: 0,
				metric_after: 0,
			},
			&[],
		);
		receipt.steps = 3;
		let claim = Claim {
			receipt: &receipt,
			digests: &given.digests,
		};
		feedback(3, 10, &given.blob, claim).unwrap();
		let refusal = feedback(3, 9, &given.blob, claim).unwrap_err();
		assert!(matches!(refusal, Refusal::Answers { .. }));
		assert!(matches!(
			feedback(4, 10, &given.blob, claim),
			Err(Refusal::Steps { .. })
		));
		assert!(matches!(
			feedback(3, 10, &given.blob[..4], claim),
			Err(Refusal::Result)
		));
	}
}
