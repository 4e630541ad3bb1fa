//! The exhaustive small model: every tree of up to five leaves with weights 0 to 5, every amount
//! from 0 to 24.

use super::*;

const MAX_WEIGHT: u64 = 5;
const MAX_TOTAL: u128 = 24;

fn all_weights(count: u32) -> impl Iterator<Item = Vec<Weight>> {
	(0..(MAX_WEIGHT + 1).pow(count)).map(move |number| {
		(0..count)
			.map(|place| number / (MAX_WEIGHT + 1).pow(place) % (MAX_WEIGHT + 1))
			.collect()
	})
}

#[test]
fn every_small_tree_is_exact_monotone_and_solvent() {
	for weights in (1..=5).flat_map(all_weights) {
		let tree = tree(&weights);
		let paths = (0..).zip(tree.leaves()).map(|(index, node)| {
			let proof = tree.prove(index).unwrap();
			let path = verify::<H>(*node, index, tree.summary().count, &proof).unwrap();
			assert_eq!(path.root().hash, tree.summary().root);
			path
		});
		let paths = paths.collect::<Vec<_>>();
		let due_at = |total| {
			paths
				.iter()
				.map(|path| entitlement(path, total))
				.collect::<Result<Vec<_>, _>>()
		};
		assert_eq!(due_at(0).unwrap(), vec![0; weights.len()]);
		if tree.summary().sum == 0 {
			for total in 1..=MAX_TOTAL {
				assert_eq!(due_at(total), Err(Error::ZeroWeight));
			}
			continue;
		}

		let mut before = due_at(0).unwrap();
		let mut drawn = before.clone();
		for funded in 1..=MAX_TOTAL {
			let due = due_at(funded).unwrap();
			assert_eq!(due.iter().sum::<u128>(), funded, "exact: {weights:?}");
			assert!(
				before.iter().zip(&due).all(|(before, due)| before <= due),
				"monotone: {weights:?} at {funded}"
			);
			let drawing = funded as usize % weights.len();
			drawn[drawing] = due[drawing];
			assert!(
				drawn.iter().sum::<u128>() <= funded,
				"solvent: {weights:?} at {funded}"
			);
			before = due;
		}
	}
}
