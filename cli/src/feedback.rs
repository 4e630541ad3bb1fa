//! Which items users are asked about, and where gold hides among them.

use crate::{fail::usage, plan::Feedback};
use anyhow::Result;
use guerdon_client::engine::{appraise::Gold, data};
use guerdon_runner::Program;
use guerdon_valuation::{FeatureSpec, Point};

/// Passes over the validation set that the local model makes.
const PASSES: u32 = 20;

/// An item: its features, and its label where it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
	/// As step programs see it.
	pub features: Vec<u8>,
	/// The right answer.
	pub label: Option<u16>,
}

/// The batches, each with its items' features in order, and the gold questions in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batches {
	/// Features of each batch's items.
	pub batches: Vec<Vec<Vec<u8>>>,
	/// Hidden questions, by batch and item.
	pub gold: Vec<Gold>,
}

/// Reads items in the form of records; one whose label is empty has no known answer.
pub fn items(file: &[u8], spec: &FeatureSpec) -> Vec<Item> {
	spec.records(file)
		.filter_map(|record| match spec.vectorize(record) {
			Ok(Point { features, label }) => Some(Item {
				features,
				label: Some(label),
			}),
			Err(_) => {
				let features = spec
					.vectorize(&with_label_zero(record, spec)?)
					.ok()?
					.features;
				Some(Item {
					features,
					label: None,
				})
			}
		})
		.collect()
}

/// The record with its empty label filled in.
fn with_label_zero(record: &[u8], spec: &FeatureSpec) -> Option<Vec<u8>> {
	match spec {
		FeatureSpec::Csv { label, .. } => {
			let mut fields: Vec<&[u8]> = record.split(|byte| *byte == b',').collect();
			let field = fields.get_mut(usize::from(*label))?;
			if !field.trim_ascii().is_empty() {
				return None;
			}
			*field = b"0";
			Some(fields.join(&b','))
		}
		FeatureSpec::TextTrigrams { .. } => {
			record.starts_with(b"\t").then(|| [b"0", record].concat())
		}
	}
}

/// How unsure a model is of each item, which is trained here on the validation set: its margin.
pub fn margins(
	program: &Program,
	config: &[u8],
	validation: &[Point],
	items: &[Item],
) -> Result<Vec<u16>> {
	let batch = data::Head::read(config)?.batch;
	let batch = usize::try_from(batch).unwrap_or(usize::MAX);
	let mut state = program.init(config)?;
	for _ in 0..PASSES {
		for chunk in validation.chunks(batch) {
			state = program.step(config, &state, &data::encode(chunk))?;
		}
	}
	let points: Vec<Point> = items
		.iter()
		.map(|item| Point {
			features: item.features.clone(),
			label: item.label.unwrap_or(0),
		})
		.collect();
	let verdicts = program
		.evaluate(config, &state, &data::encode(&points))?
		.verdicts;
	Ok(verdicts.into_iter().map(|(_, margin)| margin).collect())
}

/// Puts the items with the smallest margins into batches, at random places. Gold is drawn among
/// the same items, so that nobody can tell it by how easy it is.
pub fn choose(
	items: &[Item],
	margins: &[u16],
	feedback: &Feedback,
	seed: &[u8; 32],
) -> Result<Batches> {
	let wanted = u64::from(feedback.batches).saturating_mul(feedback.items_per_batch.into());
	let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
	let per_batch = usize::try_from(feedback.items_per_batch)?;
	let golds = usize::try_from(feedback.gold_per_batch)?;
	if items.len() < wanted {
		return Err(usage(format!(
			"\"feedback.items\" has {} items that can be read, {wanted} are asked for",
			items.len()
		)));
	}
	let mut order: Vec<usize> = (0..items.len()).collect();
	order.sort_by_key(|at| (margins.get(*at).copied().unwrap_or(u16::MAX), *at));
	order.truncate(wanted);
	let mut random = Random::new(seed);
	random.shuffle(&mut order);

	let known = |at: &usize| items.get(*at).is_some_and(|item| item.label.is_some());
	let needed = golds.saturating_mul(usize::try_from(feedback.batches)?);
	let found = order.iter().filter(|at| known(at)).count();
	if found < needed {
		return Err(usage(format!(
			"the {wanted} least certain items have {found} with a known label, \
			 \"feedback.gold_per_batch\" needs {needed}"
		)));
	}
	let (mut gold, mut plain) = (Vec::new(), Vec::new());
	for at in order {
		let place = if gold.len() < needed && known(&at) {
			&mut gold
		} else {
			&mut plain
		};
		place.push(at);
	}
	let mut chosen = Batches {
		batches: Vec::new(),
		gold: Vec::new(),
	};
	for batch in 0..feedback.batches {
		let rest = gold.len().saturating_sub(golds);
		let mut places: Vec<(usize, bool)> = gold
			.split_off(rest)
			.into_iter()
			.map(|at| (at, true))
			.collect();
		let rest = plain.len().saturating_sub(per_batch.saturating_sub(golds));
		places.extend(plain.split_off(rest).into_iter().map(|at| (at, false)));
		random.shuffle(&mut places);
		let mut features = Vec::new();
		for (place, (at, is_gold)) in places.into_iter().enumerate() {
			let Some(item) = items.get(at) else { continue };
			if let (true, Some(label)) = (is_gold, item.label) {
				chosen.gold.push(Gold {
					batch,
					item: u32::try_from(place)?,
					label,
				});
			}
			features.push(item.features.clone());
		}
		chosen.batches.push(features);
	}
	Ok(chosen)
}

/// Random numbers from a seed.
struct Random(blake3::OutputReader);

impl Random {
	fn new(seed: &[u8; 32]) -> Self {
		Random(
			blake3::Hasher::new_derive_key("guerdon feedback v1")
				.update(seed)
				.finalize_xof(),
		)
	}

	/// Uniform below `end`.
	fn below(&mut self, end: u64) -> u64 {
		let unfair = u64::MAX.checked_rem(end).map_or(0, |rest| (rest + 1) % end);
		loop {
			let mut bytes = [0; 8];
			self.0.fill(&mut bytes);
			let drawn = u64::from_le_bytes(bytes);
			if drawn <= u64::MAX - unfair {
				return drawn.checked_rem(end).unwrap_or(0);
			}
		}
	}

	fn shuffle<T>(&mut self, items: &mut [T]) {
		for at in (1..items.len()).rev() {
			let other = self.below(at as u64 + 1) as usize;
			items.swap(at, other);
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn feedback(batches: u32, items_per_batch: u32, gold_per_batch: u32) -> Feedback {
		let items = "items.csv".into();
		Feedback {
			items,
			batches,
			items_per_batch,
			gold_per_batch,
			seed: None,
		}
	}

	fn some_items() -> (Vec<Item>, Vec<u16>) {
		let items = (0..40u8)
			.map(|i| Item {
				features: vec![i],
				label: (i % 2 == 0).then_some(u16::from(i % 3)),
			})
			.collect();
		(items, (0..40).rev().collect())
	}

	#[test]
	fn the_least_certain_items_are_asked_each_once_with_gold_among_them() {
		let (items, margins) = some_items();
		let chosen = choose(&items, &margins, &feedback(4, 6, 2), &[7; 32]).unwrap();
		assert!(chosen.batches.iter().all(|batch| batch.len() == 6));
		let mut asked: Vec<u8> = chosen
			.batches
			.iter()
			.flatten()
			.map(|features| features[0])
			.collect();
		asked.sort_unstable();
		assert_eq!(asked, (16..40).collect::<Vec<u8>>());
		for batch in 0..4 {
			let gold: Vec<_> = chosen
				.gold
				.iter()
				.filter(|gold| gold.batch == batch)
				.collect();
			assert_eq!(gold.len(), 2);
			for gold in gold {
				let asked = chosen.batches[batch as usize][gold.item as usize][0];
				assert_eq!(items[usize::from(asked)].label, Some(gold.label));
			}
		}
	}

	#[test]
	fn places_depend_on_the_seed_alone() {
		let (items, margins) = some_items();
		let plan = feedback(4, 6, 2);
		let one = choose(&items, &margins, &plan, &[7; 32]).unwrap();
		assert_eq!(one, choose(&items, &margins, &plan, &[7; 32]).unwrap());
		assert_ne!(
			one.gold,
			choose(&items, &margins, &plan, &[8; 32]).unwrap().gold
		);
	}

	#[test]
	fn too_few_items_or_known_labels_are_refused() {
		let (items, margins) = some_items();
		let error = choose(&items, &margins, &feedback(7, 6, 2), &[0; 32]).unwrap_err();
		assert!(error
			.to_string()
			.contains("has 40 items that can be read, 42 are asked for"));
		let error = choose(&items, &margins, &feedback(4, 6, 4), &[0; 32]).unwrap_err();
		assert!(
			error.to_string().contains("12 with a known label"),
			"{error}"
		);
	}

	#[test]
	fn items_without_a_label_are_items() {
		let spec = FeatureSpec::Csv {
			columns: vec![guerdon_valuation::Column {
				index: 0,
				decimals: 0,
				min: 0,
				max: 255,
			}]
			.try_into()
			.unwrap(),
			label: 1,
			classes: 3,
			header: true,
		};
		let read = items(b"x,label\n5,2\n6,\n7,9\nx,1\n", &spec);
		assert_eq!(
			read,
			[
				Item {
					features: vec![5],
					label: Some(2)
				},
				Item {
					features: vec![6],
					label: None
				}
			]
		);
	}

	#[test]
	fn draws_are_below_their_end() {
		let mut random = Random::new(&[1; 32]);
		let mut seen = [false; 3];
		for _ in 0..100 {
			seen[random.below(3) as usize] = true;
		}
		assert_eq!(seen, [true; 3]);
		assert_eq!(random.below(1), 0);
	}
}
