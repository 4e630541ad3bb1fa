#![allow(
	clippy::unwrap_used,
	clippy::expect_used,
	clippy::indexing_slicing,
	clippy::arithmetic_side_effects,
	clippy::as_conversions
)]

use num_bigint::BigUint;

use crate::*;

mod attacks;
mod bounds;
mod entitlements;
mod errors;
mod golden;
mod model;
mod pages;
mod shape;

type H = NativeBlake2_256;

const POOL: PoolId = 7;

fn leaf(index: u64, weight: Weight) -> Leaf<u64> {
	Leaf {
		payee: Payee::Account(1000 + index),
		weight,
	}
}

fn nodes(weights: &[Weight]) -> Vec<Node> {
	let leaves = weights.iter().zip(0..);
	leaves
		.map(|(weight, index)| leaf_node::<H, _>(POOL, index, &leaf(index, *weight)))
		.collect()
}

fn tree(weights: &[Weight]) -> Tree {
	Tree::new::<H>(nodes(weights)).unwrap()
}

fn claim(tree: &Tree, index: u64, total: u128) -> u128 {
	let node = tree.leaves()[index as usize];
	let proof = tree.prove(index).unwrap();
	entitlement_of::<H>(tree.summary(), index, node, &proof, total).unwrap()
}

fn claims(tree: &Tree, total: u128) -> Vec<u128> {
	(0..tree.summary().count)
		.map(|index| claim(tree, index, total))
		.collect()
}

/// The largest power of two below `n`, as RFC 9162 has it.
fn left_leaves(n: usize) -> usize {
	let mut left = 1;
	while left * 2 < n {
		left *= 2;
	}
	left
}

/// The root, straight from RFC 9162's definition.
fn reference_root(nodes: &[Node]) -> Node {
	if let [alone] = nodes {
		return *alone;
	}
	let (left, right) = nodes.split_at(left_leaves(nodes.len()));
	let (left, right) = (reference_root(left), reference_root(right));
	Node {
		hash: node_hash::<H>(left.sum, &left.hash, right.sum, &right.hash),
		sum: left.sum + right.sum,
	}
}

/// The entitlements, straight from the definition, in unbounded integers.
fn reference_parts(total: &BigUint, weights: &[u128]) -> Vec<BigUint> {
	if weights.len() == 1 {
		return vec![total.clone()];
	}
	let (left, right) = weights.split_at(left_leaves(weights.len()));
	let left_sum: BigUint = left.iter().copied().map(BigUint::from).sum();
	let right_sum: BigUint = right.iter().copied().map(BigUint::from).sum();
	let sum = &left_sum + right_sum;
	let to_left = if sum == BigUint::ZERO {
		BigUint::ZERO
	} else {
		total * left_sum / sum
	};
	let to_right = total - &to_left;
	let mut parts = reference_parts(&to_left, left);
	parts.extend(reference_parts(&to_right, right));
	parts
}
