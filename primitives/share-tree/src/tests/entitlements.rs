use super::*;
use proptest::prelude::*;

/// Weights of all magnitudes, zero among them, with at least one above zero.
fn weights() -> impl Strategy<Value = Vec<Weight>> {
	let weight = prop_oneof![
		Just(0),
		1..10u64,
		any::<u32>().prop_map(u64::from),
		any::<u64>()
	];
	prop::collection::vec(weight, 1..70).prop_filter("nothing has weight", |weights| {
		weights.iter().any(|weight| *weight > 0)
	})
}

fn amount() -> impl Strategy<Value = u128> {
	prop_oneof![
		0..1000u128,
		any::<u64>().prop_map(u128::from),
		any::<u128>()
	]
}

fn wide(weights: &[Weight]) -> Vec<u128> {
	weights.iter().copied().map(u128::from).collect()
}

proptest! {
	#[test]
	fn split_is_the_exact_floor(total: u128, left in amount(), right in amount()) {
		prop_assume!(left > 0 || right > 0);
		match split(total, left, right) {
			Ok((to_left, to_right)) => {
				let sum = BigUint::from(left) + right;
				prop_assert_eq!(BigUint::from(to_left), BigUint::from(total) * left / sum);
				prop_assert_eq!(to_left.checked_add(to_right), Some(total));
			},
			Err(error) => {
				prop_assert_eq!(error, Error::SumTooLarge);
				prop_assert!(left.checked_add(right).is_none());
			},
		}
	}

	#[test]
	fn both_parts_of_a_split_are_monotone(
		total in amount(),
		more in amount(),
		left in 0..=MAX_SUM,
		right in 1..=MAX_SUM,
	) {
		let (left_before, right_before) = split(total, left, right).unwrap();
		let (left_after, right_after) = split(total.saturating_add(more), left, right).unwrap();
		prop_assert!(left_before <= left_after && right_before <= right_after);
	}

	#[test]
	fn split_many_is_exact_and_follows_the_definition(total: u128, weights in weights()) {
		let weights = wide(&weights);
		let parts = split_many(total, &weights).unwrap();
		prop_assert_eq!(parts.iter().sum::<u128>(), total);
		let parts = parts.into_iter().map(BigUint::from).collect::<Vec<_>>();
		prop_assert_eq!(parts, reference_parts(&total.into(), &weights));
	}

	#[test]
	fn entitlements_sum_to_the_total_and_follow_the_definition(
		weights in weights(),
		total in amount(),
	) {
		let tree = tree(&weights);
		let due = claims(&tree, total);
		prop_assert_eq!(due.iter().sum::<u128>(), total);
		prop_assert_eq!(&due, &tree.entitlements(total).unwrap());
		let due = due.into_iter().map(BigUint::from).collect::<Vec<_>>();
		prop_assert_eq!(due, reference_parts(&total.into(), &wide(&weights)));
	}

	#[test]
	fn entitlements_never_fall_when_the_total_grows(
		weights in weights(),
		total in amount(),
		more in amount(),
	) {
		let tree = tree(&weights);
		let after = tree.entitlements(total.saturating_add(more)).unwrap();
		for (before, after) in tree.entitlements(total).unwrap().iter().zip(after) {
			prop_assert!(*before <= after);
		}
	}

	#[test]
	fn entitlements_are_within_the_depth_of_the_proportional_share(
		weights in weights(),
		total in amount(),
	) {
		let tree = tree(&weights);
		let sum = BigUint::from(tree.summary().sum);
		let bound = &sum * depth(tree.summary().count);
		for (due, weight) in tree.entitlements(total).unwrap().iter().zip(weights) {
			let (due, share) = (&sum * *due, BigUint::from(total) * weight);
			let apart = if due > share { due - share } else { share - due };
			prop_assert!(apart <= bound);
		}
	}

	#[test]
	fn a_leaf_without_weight_is_due_nothing(weights in weights(), total in amount()) {
		let tree = tree(&weights);
		for (due, weight) in tree.entitlements(total).unwrap().iter().zip(weights) {
			prop_assert!(weight > 0 || *due == 0);
		}
	}

	#[test]
	fn the_order_of_fundings_and_claims_is_irrelevant(
		weights in weights(),
		actions in prop::collection::vec((any::<prop::sample::Index>(), 0..1_000_000u128), 0..40),
		last in Just((0..70usize).collect::<Vec<_>>()).prop_shuffle(),
	) {
		let tree = tree(&weights);
		let mut drawn = vec![0u128; weights.len()];
		let (mut funded, mut paid) = (0u128, 0u128);
		let mut draw = |index: usize, funded: u128| -> Result<(), TestCaseError> {
			let due = claim(&tree, index as u64, funded);
			prop_assert!(drawn[index] <= due);
			paid += due - drawn[index];
			drawn[index] = due;
			prop_assert!(paid <= funded);
			Ok(())
		};
		for (who, amount) in actions {
			funded += amount;
			draw(who.index(weights.len()), funded)?;
		}
		for index in last.into_iter().filter(|index| *index < weights.len()) {
			draw(index, funded)?;
		}
		prop_assert_eq!(paid, funded);
		prop_assert_eq!(drawn, tree.entitlements(funded).unwrap());
	}
}

#[test]
fn split_many_divides_a_budget_by_parts_per_million() {
	let roles = [700_000, 150_000, 100_000, 30_000, 20_000];
	let parts = split_many(1_000_003, &roles).unwrap();
	assert_eq!(parts, [700_000, 150_001, 100_000, 30_001, 20_001]);
	assert_eq!(split_many(100, &[1, 1, 1]).unwrap(), [33, 33, 34]);
	assert_eq!(split_many(7, &[0, 3, 0, 2, 0]).unwrap(), [0, 4, 0, 3, 0]);
	assert_eq!(split_many(7, &[9]).unwrap(), [7]);
}

/// What a leaf would be due if it owned an interval of all units instead of a path in the tree.
fn prefix_interval_shares(total: u128, weights: &[u128]) -> Vec<u128> {
	let sum: u128 = weights.iter().sum();
	let mut start = 0;
	let shares = weights.iter().map(|weight| {
		let from = start;
		start += weight;
		total * start / sum - total * from / sum
	});
	shares.collect()
}

#[test]
fn prefix_interval_shares_overpay_when_funded_again_and_ours_do_not() {
	let weights = [2, 1, 2];
	let paid_by = |due: &dyn Fn(u128) -> Vec<u128>| {
		let mut drawn = [0; 3];
		for funded in [2, 3] {
			for (drawn, due) in drawn.iter_mut().zip(due(funded)) {
				*drawn = due.max(*drawn);
			}
		}
		drawn.iter().sum::<u128>()
	};

	let prefix = |total| prefix_interval_shares(total, &weights);
	assert_eq!((prefix(2), prefix(3)), (vec![0, 1, 1], vec![1, 0, 2]));
	assert_eq!(paid_by(&prefix), 4);

	let tree = tree(&weights.map(|weight| weight as Weight));
	assert_eq!(paid_by(&|total| claims(&tree, total)), 3);
}
