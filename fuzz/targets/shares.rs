//! Share trees: proofs and stored builders. A proof that holds is the one there is, and pays what the
//! definition says.
#![no_main]

use codec::{DecodeAll, Encode};
use guerdon_fuzz::{seeds, Numbers};
use guerdon_share_tree::{
	entitlement, entitlement_of, leaf_node, page_count, page_entitlements_of, split, split_many,
	verify, Builder, Error, Leaf, NativeBlake2_256 as Blake2, Node, Payee, Proof, Summary, Tree,
	MAX_SUM,
};
use libfuzzer_sys::fuzz_target;

type Account = [u8; 32];

fn leaves(weights: impl IntoIterator<Item = u64>) -> Vec<Node> {
	(0..)
		.zip(weights)
		.map(|(index, weight)| {
			let payee = Payee::<Account>::Account([index as u8; 32]);
			leaf_node::<Blake2, _>(7, index, &Leaf { payee, weight })
		})
		.collect()
}

fn made() -> Vec<Vec<u8>> {
	let nodes = leaves([5, 0, u64::MAX, 1, 1, 9, 3]);
	let tree = Tree::new::<Blake2>(nodes.clone()).expect("it has leaves");
	let proof = tree.prove(2).expect("there is such a leaf");
	let mut builder = Builder::new();
	for node in &nodes {
		builder
			.push::<Blake2>(node.hash, node.sum as u64)
			.expect("there is room");
	}
	let total = (1u128 << 90) + 1;
	let given = (*tree.summary(), 2u64, nodes[2], proof, total).encode();
	let forged = [&[1, 7, 2][..], &total.to_le_bytes(), &[0, 0, 0]].concat();
	let sums = [&[3][..], &total.to_le_bytes(), &[9; 64]].concat();
	vec![
		[&[0][..], &given].concat(),
		forged,
		[&[2][..], &builder.encode()].concat(),
		sums,
	]
}

/// Anybody's proof for anybody's root.
fn given(mut bytes: &[u8]) {
	let whole = bytes;
	type Given = (Summary, u64, Node, Proof, u128);
	let Ok((summary, index, leaf, proof, total)) = Given::decode_all(&mut bytes) else {
		return;
	};
	assert_eq!((summary, index, leaf, &proof, total).encode(), whole);
	let path = verify::<Blake2>(leaf, index, summary.count, &proof);
	if let Ok(path) = &path {
		assert!(path.root().sum <= MAX_SUM && leaf.sum <= path.root().sum);
		match entitlement(path, total) {
			Ok(amount) => assert!(amount <= total),
			Err(why) => assert_eq!((why, path.root().sum), (Error::ZeroWeight, 0)),
		}
	}
	if let Ok(amount) = entitlement_of::<Blake2>(&summary, index, leaf, &proof, total) {
		let path = path.expect("what holds was verified");
		assert_eq!(
			*path.root(),
			Node {
				hash: summary.root,
				sum: summary.sum
			}
		);
		assert!(amount <= total);
	}
}

/// A proof of a real tree, with some of its bytes changed.
fn forged(numbers: &mut Numbers) {
	let count = usize::from(numbers.byte()) % 40 + 1;
	let index = u64::from(numbers.byte());
	let total = numbers.wide();
	let shift = numbers.byte() % 64;
	let (changes, weights) = numbers.0.split_at(numbers.0.len().min(6));
	let weights = weights
		.iter()
		.copied()
		.chain(std::iter::repeat(1))
		.take(count);
	let nodes = leaves(weights.map(|weight| u64::from(weight) << shift));
	let tree = Tree::new::<Blake2>(nodes.clone()).expect("it has leaves");
	let summary = *tree.summary();
	let dues = tree.entitlements(total);
	let Ok(proof) = tree.prove(index) else {
		assert!(index >= count as u64);
		return;
	};
	let leaf = nodes[index as usize];
	let due = entitlement_of::<Blake2>(&summary, index, leaf, &proof, total);
	match &dues {
		Ok(dues) => {
			assert_eq!(dues.iter().sum::<u128>(), total);
			assert_eq!(due, Ok(dues[index as usize]));
			let page = tree.prove_page(0).expect("there is a page");
			let paged = page_entitlements_of::<Blake2>(&summary, 0, &nodes, &page, total);
			assert_eq!((page_count(count as u64), paged.as_ref()), (1, Ok(dues)));
		}
		Err(why) => assert_eq!((*why, due), (Error::ZeroWeight, Err(Error::ZeroWeight))),
	}

	let mut bytes = (index, leaf, proof.clone()).encode();
	for change in changes.chunks_exact(3) {
		let at = usize::from(change[0]) << 8 | usize::from(change[1]);
		let length = bytes.len();
		bytes[at % length] ^= change[2];
	}
	let Ok((at, changed, other)) = <(u64, Node, Proof)>::decode_all(&mut &bytes[..]) else {
		return;
	};
	let paid = entitlement_of::<Blake2>(&summary, at, changed, &other, total);
	if (at, changed, &other) != (index, leaf, &proof) {
		assert!(paid.is_err());
	}
}

/// A builder out of storage.
fn stored(mut bytes: &[u8]) {
	let whole = bytes;
	let Ok(mut builder) = Builder::decode_all(&mut bytes) else {
		return;
	};
	assert_eq!(builder.encode(), whole);
	let (count, sum) = (builder.count(), builder.sum());
	assert!(sum <= MAX_SUM);
	match builder.finish::<Blake2>() {
		Ok(summary) => assert_eq!((summary.count, summary.sum), (count, sum)),
		Err(why) => assert_eq!((why, count), (Error::NoLeaves, 0)),
	}
	if builder.push::<Blake2>([1; 32], u64::MAX).is_ok() {
		assert_eq!(builder.count(), count + 1);
		assert_eq!(builder.sum(), sum + u128::from(u64::MAX));
		let bytes = builder.encode();
		assert_eq!(Builder::decode_all(&mut &bytes[..]), Ok(builder));
	}
}

/// Division by any weights loses nothing.
fn divided(numbers: &mut Numbers) {
	let total = numbers.wide();
	let mut weights = Vec::new();
	while !numbers.0.is_empty() && weights.len() < 64 {
		weights.push(numbers.wide());
	}
	if let Ok(parts) = split_many(total, &weights) {
		assert_eq!(parts.len(), weights.len());
		assert_eq!(
			parts.iter().sum::<u128>(),
			if weights.is_empty() { 0 } else { total }
		);
		for (part, weight) in parts.iter().zip(&weights) {
			assert!(*weight > 0 || *part == 0);
		}
	}
	if let [left, right, ..] = weights[..] {
		if let Ok((to_left, to_right)) = split(total, left, right) {
			assert_eq!(to_left.checked_add(to_right), Some(total));
		}
	}
}

fuzz_target!(init: seeds(made), |data: &[u8]| {
	let Some((kind, bytes)) = data.split_first() else {
		return;
	};
	match kind {
		0 => given(bytes),
		1 => forged(&mut Numbers(bytes)),
		2 => stored(bytes),
		_ => divided(&mut Numbers(bytes)),
	}
});
