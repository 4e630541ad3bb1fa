#![doc = include_str!("../README.md")]
#![cfg_attr(target_arch = "wasm32", no_std)]
#![warn(missing_docs)]

extern crate alloc;

use alloc::{vec, vec::Vec};

#[cfg(target_arch = "wasm32")]
mod abi;

/// Bytes of an encoded [`Config`].
pub const CONFIG_BYTES: usize = 16;

/// Why an argument was refused; under wasm each of these traps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
	/// The config is not 16 bytes, or one of its numbers makes no sense.
	Config,
	/// The state does not have `4 * classes * (features + 1)` bytes.
	State,
	/// The batch is empty, not a whole number of records, or has a label outside the classes.
	Batch,
	/// The list of states is empty, cut short, or its weights sum to zero.
	States,
}

/// What every call of one run has in common.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
	/// Bytes of features in a record.
	pub features: u16,
	/// Number of classes; labels are below it.
	pub classes: u16,
	/// Records in a mini-batch; the caller cuts batches of this size.
	pub batch: u32,
	/// Step size of the gradient descent.
	pub learning_rate: f32,
	/// Weight decay per step, as a factor of the learning rate.
	pub decay: f32,
}

impl Config {
	/// Reads the 16 bytes.
	///
	/// # Errors
	/// [`Error::Config`] when a count is zero or a rate is not a finite number of at least zero.
	pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
		let bytes: &[u8; CONFIG_BYTES] = bytes.try_into().map_err(|_| Error::Config)?;
		let four = |at: usize| [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
		let config = Config {
			features: u16::from_le_bytes([bytes[0], bytes[1]]),
			classes: u16::from_le_bytes([bytes[2], bytes[3]]),
			batch: u32::from_le_bytes(four(4)),
			learning_rate: f32::from_le_bytes(four(8)),
			decay: f32::from_le_bytes(four(12)),
		};
		let rate = |rate: f32| rate.is_finite() && rate >= 0.0;
		let sound = config.features > 0
			&& config.classes > 1
			&& config.batch > 0
			&& rate(config.learning_rate)
			&& rate(config.decay);
		sound.then_some(config).ok_or(Error::Config)
	}

	/// The 16 bytes.
	pub fn encode(&self) -> [u8; CONFIG_BYTES] {
		let mut bytes = [0; CONFIG_BYTES];
		bytes[0..2].copy_from_slice(&self.features.to_le_bytes());
		bytes[2..4].copy_from_slice(&self.classes.to_le_bytes());
		bytes[4..8].copy_from_slice(&self.batch.to_le_bytes());
		bytes[8..12].copy_from_slice(&self.learning_rate.to_le_bytes());
		bytes[12..16].copy_from_slice(&self.decay.to_le_bytes());
		bytes
	}

	fn row(&self) -> usize {
		usize::from(self.features) + 1
	}

	fn weights(&self) -> usize {
		self.row() * usize::from(self.classes)
	}

	fn record_bytes(&self) -> usize {
		usize::from(self.features) + 2
	}
}

fn read_state(config: &Config, bytes: &[u8]) -> Result<Vec<f32>, Error> {
	if bytes.len() != config.weights() * 4 {
		return Err(Error::State);
	}
	Ok(bytes
		.chunks_exact(4)
		.map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
		.collect())
}

fn write_state(state: &[f32]) -> Vec<u8> {
	state
		.iter()
		.flat_map(|weight| weight.to_le_bytes())
		.collect()
}

/// A record as the model sees it: features in `0..=1`, and its label.
fn read_records<'a>(
	config: &'a Config,
	bytes: &'a [u8],
) -> Result<impl Iterator<Item = Result<(Vec<f32>, usize), Error>> + 'a, Error> {
	if bytes.is_empty() || !bytes.len().is_multiple_of(config.record_bytes()) {
		return Err(Error::Batch);
	}
	Ok(bytes.chunks_exact(config.record_bytes()).map(|record| {
		let (features, label) = record.split_at(usize::from(config.features));
		let label = usize::from(u16::from_le_bytes([label[0], label[1]]));
		if label >= usize::from(config.classes) {
			return Err(Error::Batch);
		}
		Ok((
			features
				.iter()
				.map(|byte| f32::from(*byte) / 255.0)
				.collect(),
			label,
		))
	}))
}

/// Class probabilities of one record, in class order.
fn probabilities(config: &Config, state: &[f32], features: &[f32]) -> Vec<f32> {
	let mut logits: Vec<f32> = state
		.chunks_exact(config.row())
		.map(|row| {
			let (weights, bias) = row.split_at(features.len());
			weights
				.iter()
				.zip(features)
				.fold(bias[0], |sum, (weight, x)| sum + weight * x)
		})
		.collect();
	let top = logits
		.iter()
		.fold(f32::NEG_INFINITY, |top, logit| top.max(*logit));
	let mut sum = 0.0;
	for logit in &mut logits {
		*logit = libm::expf(*logit - top);
		sum += *logit;
	}
	for probability in &mut logits {
		*probability /= sum;
	}
	logits
}

/// The state before any training.
///
/// # Errors
/// [`Error::Config`].
pub fn init(config: &[u8]) -> Result<Vec<u8>, Error> {
	let config = Config::decode(config)?;
	Ok(write_state(&vec![0.0; config.weights()]))
}

/// One step of gradient descent on the mean cross-entropy of `batch`.
///
/// # Errors
/// [`Error::Config`], [`Error::State`], [`Error::Batch`].
pub fn step(config: &[u8], state: &[u8], batch: &[u8]) -> Result<Vec<u8>, Error> {
	let config = Config::decode(config)?;
	let mut state = read_state(&config, state)?;
	let mut gradient = vec![0.0f32; state.len()];
	let mut records = 0.0f32;
	for record in read_records(&config, batch)? {
		let (features, label) = record?;
		let mut errors = probabilities(&config, &state, &features);
		errors[label] -= 1.0;
		for (row, error) in gradient.chunks_exact_mut(config.row()).zip(&errors) {
			let (weights, bias) = row.split_at_mut(features.len());
			for (weight, x) in weights.iter_mut().zip(&features) {
				*weight += error * x;
			}
			bias[0] += error;
		}
		records += 1.0;
	}
	for (weight, slope) in state.iter_mut().zip(&gradient) {
		*weight -= config.learning_rate * (slope / records + config.decay * *weight);
	}
	Ok(write_state(&state))
}

/// The mean of `states`, each counted `weight` times.
///
/// # Errors
/// [`Error::Config`], [`Error::States`], [`Error::State`].
pub fn aggregate(config: &[u8], states: &[u8]) -> Result<Vec<u8>, Error> {
	let config = Config::decode(config)?;
	let mut sums = vec![0.0f64; config.weights()];
	let mut total = 0.0f64;
	let mut rest = states;
	while !rest.is_empty() {
		if rest.len() < 12 {
			return Err(Error::States);
		}
		let (head, tail) = rest.split_at(12);
		let mut weight = [0; 8];
		weight.copy_from_slice(&head[..8]);
		let weight = u64::from_le_bytes(weight) as f64;
		let length = u32::from_le_bytes([head[8], head[9], head[10], head[11]]) as usize;
		if tail.len() < length {
			return Err(Error::States);
		}
		let (state, tail) = tail.split_at(length);
		for (sum, value) in sums.iter_mut().zip(read_state(&config, state)?) {
			*sum += weight * f64::from(value);
		}
		total += weight;
		rest = tail;
	}
	if total <= 0.0 {
		return Err(Error::States);
	}
	let mean: Vec<f32> = sums.iter().map(|sum| (sum / total) as f32).collect();
	Ok(write_state(&mean))
}

/// How `state` labels `set`; see the table above for the bytes.
///
/// # Errors
/// [`Error::Config`], [`Error::State`], [`Error::Batch`].
pub fn evaluate(config: &[u8], state: &[u8], set: &[u8]) -> Result<Vec<u8>, Error> {
	let config = Config::decode(config)?;
	let state = read_state(&config, state)?;
	let (mut right, mut total) = (0u32, 0u32);
	let mut verdicts = Vec::new();
	for record in read_records(&config, set)? {
		let (features, label) = record?;
		let (mut best, mut first, mut second) = (0usize, -1.0f32, -1.0f32);
		for (class, p) in probabilities(&config, &state, &features)
			.into_iter()
			.enumerate()
		{
			if p > first {
				(best, first, second) = (class, p, first);
			} else if p > second {
				second = p;
			}
		}
		total += 1;
		right += u32::from(best == label);
		verdicts.extend((best as u16).to_le_bytes());
		verdicts.extend((((first - second) * 65_535.0) as u16).to_le_bytes());
	}
	let mut out = Vec::with_capacity(8 + verdicts.len());
	out.extend(right.to_le_bytes());
	out.extend(total.to_le_bytes());
	out.extend(verdicts);
	Ok(out)
}

#[cfg(test)]
mod tests {
	use super::*;

	fn config() -> [u8; CONFIG_BYTES] {
		Config {
			features: 2,
			classes: 2,
			batch: 4,
			learning_rate: 1.0,
			decay: 0.0,
		}
		.encode()
	}

	/// Class 1 is bright in the second feature.
	fn records() -> Vec<u8> {
		vec![255, 0, 0, 0, 0, 255, 1, 0, 200, 10, 0, 0, 30, 220, 1, 0]
	}

	#[test]
	fn it_learns_what_can_be_learned() {
		let mut state = init(&config()).unwrap();
		for _ in 0..50 {
			state = step(&config(), &state, &records()).unwrap();
		}
		let verdict = evaluate(&config(), &state, &records()).unwrap();
		assert_eq!(&verdict[..8], &[4, 0, 0, 0, 4, 0, 0, 0]);
	}

	#[test]
	fn aggregation_is_the_weighted_mean() {
		let one = write_state(&[1.0; 6]);
		let four = write_state(&[4.0; 6]);
		let mut states = Vec::new();
		for (weight, state) in [(2u64, &one), (1, &four)] {
			states.extend(weight.to_le_bytes());
			states.extend((state.len() as u32).to_le_bytes());
			states.extend(state);
		}
		assert_eq!(
			aggregate(&config(), &states).unwrap(),
			write_state(&[2.0; 6])
		);
		states.pop();
		assert_eq!(aggregate(&config(), &states), Err(Error::States));
		assert_eq!(aggregate(&config(), &[]), Err(Error::States));
	}

	#[test]
	fn malformed_arguments_are_refused() {
		let state = init(&config()).unwrap();
		assert_eq!(init(&[0; 16]), Err(Error::Config));
		assert_eq!(init(&[1; 15]), Err(Error::Config));
		assert_eq!(step(&config(), &state[1..], &records()), Err(Error::State));
		assert_eq!(step(&config(), &state, &[]), Err(Error::Batch));
		assert_eq!(step(&config(), &state, &records()[1..]), Err(Error::Batch));
		assert_eq!(step(&config(), &state, &[0, 0, 2, 0]), Err(Error::Batch));
	}
}
