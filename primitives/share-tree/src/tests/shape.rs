use super::*;
use codec::{Decode, Encode};

#[test]
fn streaming_builder_equals_whole_tree_at_every_count() {
	let nodes = nodes(&(0..300).map(|index| index * 7919 % 101).collect::<Vec<_>>());
	let mut builder = Builder::new();
	for (node, before) in nodes.iter().zip(0..) {
		builder
			.push::<H>(node.hash, node.sum.try_into().unwrap())
			.unwrap();
		// As if it had been stored between two blocks.
		builder = Builder::decode(&mut &builder.encode()[..]).unwrap();
		let so_far = &nodes[..=before];
		let summary = builder.finish::<H>().unwrap();
		assert_eq!(&summary, Tree::new::<H>(so_far.to_vec()).unwrap().summary());
		let root = reference_root(so_far);
		assert_eq!((summary.root, summary.sum), (root.hash, root.sum));
		assert_eq!(summary.count, before as u64 + 1);
		assert_eq!(
			(builder.count(), builder.sum()),
			(summary.count, summary.sum)
		);
	}
}

#[test]
fn proofs_from_leaves_and_from_a_tree_are_the_same_and_verify() {
	for count in (1..=40).chain([63, 64, 65, 127, 200]) {
		let tree = tree(&(0..count).map(|index| index % 5).collect::<Vec<_>>());
		for (node, index) in tree.leaves().iter().zip(0..) {
			let proof = tree.prove(index).unwrap();
			assert_eq!(prove::<H>(tree.leaves(), index).unwrap(), proof);
			assert_eq!(
				proof_length(index, count).unwrap() as usize,
				proof.siblings.len()
			);
			assert!(proof.siblings.len() as u32 <= depth(count));
			let path = verify::<H>(*node, index, count, &proof).unwrap();
			assert_eq!(path.leaf(), node);
			assert_eq!(path.steps().len(), proof.siblings.len());
			assert_eq!(
				(path.root().hash, path.root().sum),
				(tree.summary().root, tree.summary().sum)
			);
		}
		assert_eq!(proof_length(0, count).unwrap(), depth(count));
		assert_eq!(tree.prove(count), Err(Error::IndexOutOfRange));
		assert_eq!(
			prove::<H>(tree.leaves(), count),
			Err(Error::IndexOutOfRange)
		);
	}
}

#[test]
fn a_tree_of_one_leaf_is_that_leaf() {
	let tree = tree(&[5]);
	assert_eq!(tree.summary().root, tree.leaves()[0].hash);
	assert!(tree.prove(0).unwrap().siblings.is_empty());
	assert_eq!(claims(&tree, 9), [9]);
}

#[test]
fn depth_is_the_ceiling_of_the_logarithm() {
	for (count, expected) in [
		(0, 0),
		(1, 0),
		(2, 1),
		(3, 2),
		(4, 2),
		(5, 3),
		(256, 8),
		(257, 9),
		(MAX_LEAVES, MAX_DEPTH),
	] {
		assert_eq!(depth(count), expected, "{count}");
	}
}

#[test]
fn a_tree_without_leaves_is_refused() {
	assert_eq!(Builder::new().finish::<H>(), Err(Error::NoLeaves));
	assert_eq!(Tree::new::<H>(vec![]), Err(Error::NoLeaves));
	assert_eq!(prove::<H>(&[], 0), Err(Error::IndexOutOfRange));
	let node = Node {
		hash: [0; 32],
		sum: 0,
	};
	assert_eq!(
		verify::<H>(node, 0, 0, &Proof::default()),
		Err(Error::IndexOutOfRange)
	);
}
