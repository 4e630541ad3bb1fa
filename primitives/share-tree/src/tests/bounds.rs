use super::*;
use codec::{Decode, Encode};

/// The bytes of a builder with a peak of `leaf_sum` per leaf for each bit of `count`.
fn builder_bytes(count: u64, leaf_sum: u128) -> Vec<u8> {
	let bits = (0..64).rev().filter(|bit| count >> bit & 1 == 1);
	let peaks = bits.map(|bit| Node {
		hash: [bit as u8; 32],
		sum: leaf_sum << bit,
	});
	(count, peaks.collect::<Vec<_>>()).encode()
}

fn builder(count: u64, leaf_sum: u128) -> Builder {
	Builder::decode(&mut &builder_bytes(count, leaf_sum)[..]).unwrap()
}

#[test]
fn the_last_leaf_fits_and_one_more_does_not() {
	let mut builder = builder(MAX_LEAVES - 1, u64::MAX.into());
	assert_eq!(builder.encode().len(), 8 + 1 + 40 * 48);
	builder.push::<H>([0; 32], u64::MAX).unwrap();
	assert_eq!((builder.count(), builder.sum()), (MAX_LEAVES, MAX_SUM));
	let full = builder.clone();
	assert_eq!(builder.push::<H>([0; 32], 0), Err(Error::TooManyLeaves));
	assert_eq!(builder, full);
	let summary = builder.finish::<H>().unwrap();
	assert_eq!((summary.count, summary.sum), (MAX_LEAVES, MAX_SUM));
	assert_eq!(Builder::decode(&mut &full.encode()[..]).unwrap(), full);
}

#[test]
fn the_largest_frontier_folds() {
	let summary = builder(MAX_LEAVES - 1, u64::MAX.into())
		.finish::<H>()
		.unwrap();
	assert_eq!(summary.sum, MAX_SUM - u128::from(u64::MAX));
}

#[test]
fn a_builder_whose_peaks_do_not_fit_its_count_does_not_decode() {
	for bytes in [
		builder_bytes(MAX_LEAVES + 1, 1),
		builder_bytes(MAX_LEAVES * 2, 1),
		builder_bytes(u64::MAX, 0),
		builder_bytes(5, u128::from(u64::MAX) + 1),
		(
			3u64,
			vec![Node {
				hash: [0; 32],
				sum: 1,
			}],
		)
			.encode(),
		(
			4u64,
			vec![
				Node {
					hash: [0; 32],
					sum: 1
				};
				2
			],
		)
			.encode(),
		(
			0u64,
			vec![Node {
				hash: [0; 32],
				sum: 1,
			}],
		)
			.encode(),
		(
			5u64,
			vec![
				Node {
					hash: [0; 32],
					sum: 1 << 64
				};
				2
			],
		)
			.encode(),
	] {
		assert!(
			Builder::decode(&mut &bytes[..]).is_err(),
			"{}",
			hex::encode(bytes)
		);
	}
}

#[test]
fn a_proof_of_more_than_forty_siblings_does_not_exist() {
	let sibling = Node {
		hash: [0; 32],
		sum: 0,
	};
	assert!(Proof::try_from(vec![sibling; 40]).is_ok());
	assert_eq!(
		Proof::try_from(vec![sibling; 41]),
		Err(Error::WrongProofLength)
	);
	assert!(Proof::decode(&mut &vec![sibling; 41].encode()[..]).is_err());
}

#[test]
fn the_deepest_path_carries_the_largest_amounts() {
	let leaf = Node {
		hash: [9; 32],
		sum: u64::MAX.into(),
	};
	let siblings = (0..40).map(|level| Node {
		hash: [level; 32],
		sum: leaf.sum << level,
	});
	let proof = Proof::try_from(siblings.collect::<Vec<_>>()).unwrap();
	for index in [0, 1, 0xAA_AAAA_AAAA, MAX_LEAVES - 1] {
		let path = verify::<H>(leaf, index, MAX_LEAVES, &proof).unwrap();
		assert_eq!((path.root().sum, path.steps().len()), (MAX_SUM, 40));
		let share = u128::MAX >> 40;
		let due = entitlement(&path, u128::MAX).unwrap();
		assert!(due.abs_diff(share) <= 40, "{due} of {share}");
	}
	assert_eq!(proof_length(0, MAX_LEAVES), Ok(MAX_DEPTH));
	assert_eq!(
		verify::<H>(leaf, 0, MAX_LEAVES + 1, &proof),
		Err(Error::TooManyLeaves)
	);
	assert_eq!(proof_length(0, u64::MAX), Err(Error::TooManyLeaves));
	assert_eq!(
		verify::<H>(leaf, MAX_LEAVES, MAX_LEAVES, &proof),
		Err(Error::IndexOutOfRange)
	);
	assert_eq!(
		verify::<H>(leaf, u64::MAX, MAX_LEAVES, &proof),
		Err(Error::IndexOutOfRange)
	);
}

#[test]
fn sums_above_the_largest_are_refused_everywhere() {
	let node = |sum| Node { hash: [0; 32], sum };
	for (left, right) in [
		(MAX_SUM, 1),
		(u128::MAX, 0),
		(1, u128::MAX),
		(u128::MAX, u128::MAX),
	] {
		let proof = Proof::try_from(vec![node(right)]).unwrap();
		assert_eq!(
			verify::<H>(node(left), 0, 2, &proof),
			Err(Error::SumTooLarge)
		);
		assert_eq!(
			Tree::new::<H>(vec![node(left), node(right)]),
			Err(Error::SumTooLarge)
		);
		assert_eq!(
			page_root::<H>(&[node(left), node(right)]),
			Err(Error::SumTooLarge)
		);
		assert_eq!(
			prove::<H>(&[node(0), node(left), node(right)], 2).is_err(),
			left > MAX_SUM
		);
	}
	for refused in [MAX_SUM + 1, u128::MAX] {
		assert_eq!(
			verify::<H>(node(refused), 0, 1, &Proof::default()),
			Err(Error::SumTooLarge)
		);
		assert_eq!(Tree::new::<H>(vec![node(refused)]), Err(Error::SumTooLarge));
	}
	assert!(Tree::new::<H>(vec![node(MAX_SUM - 1), node(1)]).is_ok());
}

#[test]
fn the_largest_sum_is_taken_everywhere() {
	let whole = Node {
		hash: [0; 32],
		sum: MAX_SUM,
	};
	let path = verify::<H>(whole, 0, 1, &Proof::default()).unwrap();
	assert_eq!(entitlement(&path, 7), Ok(7));
	let tree = Tree::new::<H>(vec![whole]).unwrap();
	assert_eq!(tree.summary().sum, MAX_SUM);
	assert_eq!(page_root::<H>(&[whole]), Ok(whole));
}

#[test]
fn splits_work_to_the_ends_of_their_types() {
	const MAX: u128 = u128::MAX;
	assert_eq!(split(MAX, MAX, 0), Ok((MAX, 0)));
	assert_eq!(split(MAX, 0, MAX), Ok((0, MAX)));
	assert_eq!(split(MAX, MAX - 1, 1), Ok((MAX - 1, 1)));
	assert_eq!(split(MAX, 1, 1), Ok((MAX / 2, MAX / 2 + 1)));
	assert_eq!(split(MAX, (1 << 127) + 1, 0), Ok((MAX, 0)));
	assert_eq!(split(0, MAX, 0), Ok((0, 0)));
	assert_eq!(split(1, MAX, 1), Err(Error::SumTooLarge));
	assert_eq!(split(0, MAX, MAX), Err(Error::SumTooLarge));
	assert_eq!(split_many(MAX, &[MAX, 0]), Ok(vec![MAX, 0]));
	assert_eq!(split_many(MAX, &[MAX, 0, 1]), Err(Error::SumTooLarge));
}

#[test]
fn nothing_is_divided_by_no_weight() {
	assert_eq!(split(0, 0, 0), Ok((0, 0)));
	assert_eq!(split(1, 0, 0), Err(Error::ZeroWeight));
	assert_eq!(split_many(0, &[]), Ok(vec![]));
	assert_eq!(split_many(1, &[]), Err(Error::ZeroWeight));
	assert_eq!(split_many(0, &[0, 0, 0]), Ok(vec![0, 0, 0]));
	assert_eq!(split_many(1, &[0, 0, 0]), Err(Error::ZeroWeight));
	assert_eq!(split_many(1, &[0]), Err(Error::ZeroWeight));
	for weights in [&[0][..], &[0, 0, 0]] {
		let tree = tree(weights);
		assert_eq!(tree.entitlements(1), Err(Error::ZeroWeight));
		assert_eq!(claims(&tree, 0), vec![0; weights.len()]);
		let proof = tree.prove(0).unwrap();
		assert_eq!(
			entitlement_of::<H>(tree.summary(), 0, tree.leaves()[0], &proof, 1),
			Err(Error::ZeroWeight)
		);
	}
}

#[test]
fn leaves_of_the_largest_weight_share_the_largest_amount() {
	let tree = tree(&[u64::MAX; 3]);
	let due = claims(&tree, u128::MAX);
	assert_eq!(
		due.iter().try_fold(0u128, |sum, due| sum.checked_add(*due)),
		Some(u128::MAX)
	);
	assert!(due.iter().all(|due| due.abs_diff(u128::MAX / 3) <= 2));
}
