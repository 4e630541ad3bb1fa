use alloc::vec::Vec;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::{
	builder::root_of, node::join, split, Error, Hasher, Node, Summary, MAX_DEPTH, MAX_LEAVES,
	MAX_SUM,
};

/// The siblings that lead from a leaf to the root, from the leaf up.
#[derive(
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Clone,
	PartialEq,
	Eq,
	Debug,
	Default,
)]
pub struct Proof {
	/// How many there are follows from index and number of leaves; never more than 40.
	pub siblings: BoundedVec<Node, ConstU32<40>>,
}

impl TryFrom<Vec<Node>> for Proof {
	type Error = Error;

	fn try_from(siblings: Vec<Node>) -> Result<Self, Error> {
		let siblings = siblings.try_into().map_err(|_| Error::WrongProofLength)?;
		Ok(Self { siblings })
	}
}

/// Which child of its parent a node is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
	/// The left child.
	Left,
	/// The right child.
	Right,
}

/// One inner node of a verified path.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Step {
	/// The sum of the left child.
	pub left_sum: u128,
	/// The sum of the right child.
	pub right_sum: u128,
	/// Which of them the path comes from.
	pub side: Side,
}

/// What [`verify`] found between a leaf and the root that the proof leads to.
///
/// A path says nothing until its root is compared with one that is trusted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Path {
	leaf: Node,
	steps: Vec<Step>,
	root: Node,
}

impl Path {
	/// The leaf, or the root of the page, that the path starts from.
	pub fn leaf(&self) -> &Node {
		&self.leaf
	}

	/// The inner nodes that are passed, from the leaf up.
	pub fn steps(&self) -> &[Step] {
		&self.steps
	}

	/// The root that the proof leads to.
	pub fn root(&self) -> &Node {
		&self.root
	}
}

/// The sides on which a path has siblings, from the leaf up.
///
/// Level by level, nodes are joined in pairs and a last one without a partner moves up as it is:
/// bottom-up, this is the shape of RFC 9162, whose left subtrees are the largest power of two.
struct Shape {
	index: u64,
	count: u64,
}

impl Shape {
	fn new(index: u64, count: u64) -> Result<Self, Error> {
		if count > MAX_LEAVES {
			return Err(Error::TooManyLeaves);
		}
		if index >= count {
			return Err(Error::IndexOutOfRange);
		}
		Ok(Self { index, count })
	}
}

impl Iterator for Shape {
	/// The side of the node on the path.
	type Item = Side;

	fn next(&mut self) -> Option<Side> {
		while self.count > 1 {
			let Self { index, count } = *self;
			self.index = index / 2;
			self.count = count.div_ceil(2);
			if index % 2 == 1 {
				return Some(Side::Right);
			}
			if index < count.saturating_sub(1) {
				return Some(Side::Left);
			}
		}
		None
	}
}

/// The most siblings that a proof in a tree of `count` leaves has: `ceil(log2(count))`.
///
/// An entitlement is never further than this many units from `total * weight / sum`.
pub fn depth(count: u64) -> u32 {
	count
		.checked_sub(1)
		.and_then(u64::checked_ilog2)
		.map_or(0, |log| log.saturating_add(1))
}

/// The number of siblings that the proof of leaf `index` among `count` has.
///
/// # Errors
///
/// [`Error::IndexOutOfRange`], [`Error::TooManyLeaves`].
pub fn proof_length(index: u64, count: u64) -> Result<u32, Error> {
	Shape::new(index, count)?
		.try_fold(0u32, |length, _| length.checked_add(1))
		.filter(|length| *length <= MAX_DEPTH)
		.ok_or(Error::TooManyLeaves)
}

/// Makes the proof of leaf `index` from all leaves, in time linear in their number. For more than a
/// few proofs in one tree, use [`crate::Tree`].
///
/// # Errors
///
/// [`Error::IndexOutOfRange`], [`Error::TooManyLeaves`], [`Error::SumTooLarge`].
pub fn prove<H: Hasher>(leaves: &[Node], index: u64) -> Result<Proof, Error> {
	let count = u64::try_from(leaves.len()).map_err(|_| Error::TooManyLeaves)?;
	if count > MAX_LEAVES {
		return Err(Error::TooManyLeaves);
	}
	let mut at = usize::try_from(index).map_err(|_| Error::IndexOutOfRange)?;
	if at >= leaves.len() {
		return Err(Error::IndexOutOfRange);
	}
	let mut siblings = Vec::new();
	let mut under = leaves;
	while under.len() > 1 {
		let left = under.len().div_ceil(2).checked_next_power_of_two();
		let (left, right) = left
			.and_then(|left| under.split_at_checked(left))
			.ok_or(Error::TooManyLeaves)?;
		if let Some(in_right) = at.checked_sub(left.len()) {
			siblings.push(root_of::<H>(left)?);
			(under, at) = (right, in_right);
		} else {
			siblings.push(root_of::<H>(right)?);
			under = left;
		}
	}
	siblings.reverse();
	siblings.try_into()
}

/// Computes the root that `proof` leads to from leaf `index` of `count`, and the sums on the way.
///
/// `leaf` must be computed by the caller from what the leaf says, with [`crate::leaf_hash`]: a node
/// that somebody else hands over may be an inner node. The root must be compared with a trusted one,
/// hash and sum; [`entitlement_of`] does that.
///
/// # Errors
///
/// [`Error::IndexOutOfRange`], [`Error::TooManyLeaves`], [`Error::WrongProofLength`],
/// [`Error::SumTooLarge`].
pub fn verify<H: Hasher>(leaf: Node, index: u64, count: u64, proof: &Proof) -> Result<Path, Error> {
	if leaf.sum > MAX_SUM {
		return Err(Error::SumTooLarge);
	}
	let mut siblings = proof.siblings.iter();
	let mut steps = Vec::with_capacity(proof.siblings.len());
	let mut node = leaf;
	for side in Shape::new(index, count)? {
		let sibling = siblings.next().ok_or(Error::WrongProofLength)?;
		let (left, right) = match side {
			Side::Left => (&node, sibling),
			Side::Right => (sibling, &node),
		};
		steps.push(Step {
			left_sum: left.sum,
			right_sum: right.sum,
			side,
		});
		node = join::<H>(left, right)?;
	}
	if siblings.next().is_some() {
		return Err(Error::WrongProofLength);
	}
	Ok(Path {
		leaf,
		steps,
		root: node,
	})
}

/// What the leaf of `path` is due when `total` has ever been paid into the tree: [`split`] from the
/// root down, each time the side of the path.
///
/// # Errors
///
/// [`Error::ZeroWeight`] when `total` is above zero and the tree's sum is zero.
pub fn entitlement(path: &Path, total: u128) -> Result<u128, Error> {
	if path.root.sum == 0 && total > 0 {
		return Err(Error::ZeroWeight);
	}
	path.steps.iter().rev().try_fold(total, |amount, step| {
		let (left, right) = split(amount, step.left_sum, step.right_sum)?;
		Ok(match step.side {
			Side::Left => left,
			Side::Right => right,
		})
	})
}

/// What `leaf` is due when `total` has ever been paid into the tree of `summary`, if `proof` shows
/// that it is leaf `index` there. As in [`verify`], the caller computes `leaf` from its content.
///
/// # Errors
///
/// As [`verify`] and [`entitlement`]; [`Error::RootMismatch`] and [`Error::SumMismatch`] when the
/// proof leads elsewhere.
pub fn entitlement_of<H: Hasher>(
	summary: &Summary,
	index: u64,
	leaf: Node,
	proof: &Proof,
	total: u128,
) -> Result<u128, Error> {
	let path = verify::<H>(leaf, index, summary.count, proof)?;
	check_root(summary, &path)?;
	entitlement(&path, total)
}

pub(crate) fn check_root(summary: &Summary, path: &Path) -> Result<(), Error> {
	if path.root.hash != summary.root {
		return Err(Error::RootMismatch);
	}
	if path.root.sum != summary.sum {
		return Err(Error::SumMismatch);
	}
	Ok(())
}
