use super::*;
use codec::{DecodeAll, Encode};
use proptest::prelude::*;

/// A claim as it arrives from outside: everything but the summary is the claimant's word.
fn claim_bytes(
	summary: &Summary,
	index: u64,
	leaf_bytes: &[u8],
	proof_bytes: &[u8],
) -> Option<(Leaf<u64>, u128)> {
	let leaf = Leaf::<u64>::decode_all(&mut &*leaf_bytes).ok()?;
	let proof = Proof::decode_all(&mut &*proof_bytes).ok()?;
	let node = leaf_node::<H, _>(POOL, index, &leaf);
	let due = entitlement_of::<H>(summary, index, node, &proof, 1_000_000).ok()?;
	Some((leaf, due))
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(64))]

	#[test]
	fn a_claim_with_any_byte_changed_is_refused(
		weights in prop::collection::vec(0..100u64, 2..40),
		index: prop::sample::Index,
		mask in 1..=255u8,
	) {
		let tree = tree(&weights);
		let summary = tree.summary();
		let index = index.index(weights.len()) as u64;
		let leaf = leaf(index, weights[index as usize]).encode();
		let proof = tree.prove(index).unwrap().encode();
		prop_assume!(summary.sum > 0);
		prop_assert!(claim_bytes(summary, index, &leaf, &proof).is_some());

		let changed = |bytes: &[u8]| {
			let bytes = bytes.to_vec();
			(0..bytes.len()).map(move |at| {
				let mut bytes = bytes.clone();
				bytes[at] ^= mask;
				bytes
			})
		};
		for leaf in changed(&leaf) {
			prop_assert_eq!(claim_bytes(summary, index, &leaf, &proof), None);
		}
		for proof in changed(&proof) {
			prop_assert_eq!(claim_bytes(summary, index, &leaf, &proof), None);
		}
		for index in changed(&index.to_le_bytes()) {
			let index = u64::from_le_bytes(index.try_into().unwrap());
			prop_assert_eq!(claim_bytes(summary, index, &leaf, &proof), None);
		}
		for root in changed(&summary.root) {
			let summary = Summary { root: root.try_into().unwrap(), ..*summary };
			prop_assert_eq!(claim_bytes(&summary, index, &leaf, &proof), None);
		}
		for sum in changed(&summary.sum.to_le_bytes()) {
			let summary = Summary { sum: u128::from_le_bytes(sum.try_into().unwrap()), ..*summary };
			prop_assert_eq!(claim_bytes(&summary, index, &leaf, &proof), None);
		}
		for end in 0..proof.len() {
			prop_assert_eq!(claim_bytes(summary, index, &leaf, &proof[..end]), None);
		}
	}

	/// The root does not bind the number of leaves; the chain keeps it beside the root. Under a
	/// wrong number a proof is refused or, where the shapes agree, says the same as under the right
	/// one.
	#[test]
	fn a_wrong_number_of_leaves_never_changes_what_a_leaf_is_due(
		weights in prop::collection::vec(0..100u64, 2..40),
		index: prop::sample::Index,
	) {
		let tree = tree(&weights);
		let summary = tree.summary();
		prop_assume!(summary.sum > 0);
		let index = index.index(weights.len()) as u64;
		let leaf = leaf(index, weights[index as usize]).encode();
		let proof = tree.prove(index).unwrap().encode();
		let right = claim_bytes(summary, index, &leaf, &proof);
		prop_assert!(right.is_some());
		for count in (0..80).chain([MAX_LEAVES, MAX_LEAVES + 1, u64::MAX]) {
			let found = claim_bytes(&Summary { count, ..*summary }, index, &leaf, &proof);
			prop_assert!(found.is_none() || found == right);
			let same_length = proof_length(index, count) == proof_length(index, summary.count);
			prop_assert!(found.is_none() || same_length);
		}
	}

	/// A publisher makes the root, and need not tell the truth in it: whatever sums it commits to, and
	/// whatever either payee then says of the other, the two are never due more than there is.
	#[test]
	fn a_publisher_that_lies_about_sums_never_makes_leaves_due_more_than_the_total(
		weights: [u32; 2],
		committed: [prop::sample::Index; 2],
		total in 0..=u128::from(u64::MAX),
	) {
		let weights = weights.map(u64::from);
		let leaves = nodes(&weights);
		let [left, right] = [leaves[0], leaves[1]];
		let sums = [0, left.sum, right.sum, left.sum + right.sum];
		let [left_sum, right_sum] = committed.map(|which| *which.get(&sums));
		let root = node_hash::<H>(left_sum, &left.hash, right_sum, &right.hash);
		for sum in sums.into_iter().chain([left_sum + right_sum]) {
			let summary = Summary { root, sum, count: 2 };
			let due = |index: u64, own: Node, other: Node| {
				let story = Node { sum: sum.checked_sub(own.sum)?, ..other };
				let proof = Proof::try_from(vec![story]).unwrap();
				entitlement_of::<H>(&summary, index, own, &proof, total).ok()
			};
			let both = [due(0, left, right), due(1, right, left)];
			prop_assert!(both.into_iter().flatten().sum::<u128>() <= total);
		}
	}

	/// Even a leaf that did not bind its index would fit in its own place only.
	#[test]
	fn a_proof_fits_one_place_only(count in 2..40u64, index: prop::sample::Index) {
		let tree = tree(&(0..count).map(|_| 1).collect::<Vec<_>>());
		let index = index.index(count as usize) as u64;
		let (node, proof) = (tree.leaves()[index as usize], tree.prove(index).unwrap());
		for other in (0..count).filter(|other| *other != index) {
			let found = entitlement_of::<H>(tree.summary(), other, node, &proof, 5);
			prop_assert!(matches!(found, Err(Error::RootMismatch | Error::WrongProofLength)));
		}
	}
}

#[test]
fn each_mismatch_has_its_own_error() {
	let tree = tree(&[3, 4, 5, 6, 7]);
	let summary = tree.summary();
	let (node, proof) = (tree.leaves()[1], tree.prove(1).unwrap());
	let refused = |summary: &Summary, index, node, proof: &Proof| {
		entitlement_of::<H>(summary, index, node, proof, 100).unwrap_err()
	};
	assert_eq!(refused(summary, 0, node, &proof), Error::RootMismatch);
	assert_eq!(refused(summary, 4, node, &proof), Error::WrongProofLength);
	assert_eq!(refused(summary, 5, node, &proof), Error::IndexOutOfRange);
	assert_eq!(
		refused(summary, 1, tree.leaves()[0], &proof),
		Error::RootMismatch
	);
	assert_eq!(
		refused(summary, 1, Node { sum: 5, ..node }, &proof),
		Error::RootMismatch
	);
	let sum = summary.sum - 1;
	assert_eq!(
		refused(&Summary { sum, ..*summary }, 1, node, &proof),
		Error::SumMismatch
	);
	let mut shorter = proof.clone();
	shorter.siblings.pop();
	assert_eq!(refused(summary, 1, node, &shorter), Error::WrongProofLength);
	let mut longer = proof.clone();
	longer.siblings.try_push(node).unwrap();
	assert_eq!(refused(summary, 1, node, &longer), Error::WrongProofLength);
}

#[test]
fn a_leaf_of_one_pool_is_no_leaf_of_another() {
	let leaf = leaf(0, 5);
	let here = leaf_hash::<H, _>(DOMAIN, 1, 0, &leaf);
	assert_ne!(here, leaf_hash::<H, _>(DOMAIN, 2, 0, &leaf));
	assert_ne!(here, leaf_hash::<H, _>(DOMAIN, 1, 1, &leaf));
	assert_ne!(here, leaf_hash::<H, _>(b"guerdon/share/v2", 1, 0, &leaf));
}

#[test]
fn an_inner_node_is_no_leaf_of_a_smaller_tree() {
	let tree = tree(&[1, 2, 3, 4]);
	let pairs = tree
		.leaves()
		.chunks(2)
		.map(reference_root)
		.collect::<Vec<_>>();
	// Under a wrong number of leaves an inner node would verify, which is why the chain keeps the
	// number and computes leaf nodes itself: no leaf hashes to an inner node.
	let smaller = Summary {
		count: 2,
		..*tree.summary()
	};
	let proof = Proof::try_from(vec![pairs[1]]).unwrap();
	assert!(entitlement_of::<H>(&smaller, 0, pairs[0], &proof, 10).is_ok());
	assert_eq!(
		entitlement_of::<H>(tree.summary(), 0, pairs[0], &proof, 10),
		Err(Error::WrongProofLength)
	);
}

/// ePrint 2018/1139: a node that binds its children's hashes and only the total of their sums.
fn total_only_hash(total: u128, left: &Hash, right: &Hash) -> Hash {
	let parts: [&[u8]; 4] = [&[1], &total.to_le_bytes(), left, right];
	H::hash(&parts.concat())
}

/// The share of one of two leaves under the broken rule, checked like a proof of one sibling.
fn total_only_claim(
	root: (Hash, u128),
	left: Node,
	right: Node,
	side: Side,
	total: u128,
) -> Option<u128> {
	let sum = left.sum + right.sum;
	let accepted = total_only_hash(sum, &left.hash, &right.hash) == root.0 && sum == root.1;
	let (to_left, to_right) = split(total, left.sum, right.sum).ok()?;
	accepted.then_some(match side {
		Side::Left => to_left,
		Side::Right => to_right,
	})
}

#[test]
fn a_node_that_binds_only_the_total_lets_both_children_own_everything_and_ours_does_not() {
	// GIVEN two leaves of weight 10 and a publisher who says that together they weigh 10.
	let leaves = nodes(&[10, 10]);
	let (left, right) = (leaves[0], leaves[1]);
	let nothing = |node: Node| Node { sum: 0, ..node };

	// WHEN a node binds the total, each leaf is told that the other weighs nothing.
	let root = (total_only_hash(10, &left.hash, &right.hash), 10);
	let to_left = total_only_claim(root, left, nothing(right), Side::Left, 1000);
	let to_right = total_only_claim(root, nothing(left), right, Side::Right, 1000);
	// THEN both proofs hold, and a pool of 1000 owes 2000.
	assert_eq!((to_left, to_right), (Some(1000), Some(1000)));

	// WHEN the node binds each child's sum, whatever root the publisher chooses to commit to ...
	for (left_sum, right_sum) in [(10, 0), (0, 10), (10, 10), (5, 5), (0, 0)] {
		let root = node_hash::<H>(left_sum, &left.hash, right_sum, &right.hash);
		let owed = |sum: u128| {
			let summary = Summary {
				root,
				sum,
				count: 2,
			};
			let best = |index: u64, node: Node, other: Node| {
				let stories = (0..=20).filter_map(|sum| {
					let proof = Proof::try_from(vec![Node { sum, ..other }]).unwrap();
					entitlement_of::<H>(&summary, index, node, &proof, 1000).ok()
				});
				stories.max().unwrap_or(0)
			};
			best(0, left, right) + best(1, right, left)
		};
		// THEN no story about the siblings makes it owe more than it has.
		for sum in 0..=20 {
			assert!(owed(sum) <= 1000, "({left_sum}, {right_sum}) at {sum}");
		}
	}
}
