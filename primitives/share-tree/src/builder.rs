use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, Input, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::{node::join, Error, Hash, Hasher, Node, Weight, MAX_LEAVES, MAX_SUM};

/// What a pool keeps of its tree.
#[derive(
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
)]
pub struct Summary {
	/// The hash of the root.
	pub root: Hash,
	/// The sum of all weights.
	pub sum: u128,
	/// The number of leaves.
	pub count: u64,
}

/// Builds a tree from its leaves in order, keeping only the frontier: the roots of the full
/// subtrees, one per bit that is set in the number of leaves, largest first.
///
/// It can be stored between any two leaves. Decoding refuses a builder whose peaks do not fit its
/// count.
#[derive(Encode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct Builder {
	count: u64,
	/// At most 40: a count of 2^40 has a single bit set.
	peaks: BoundedVec<Node, ConstU32<40>>,
}

impl Default for Builder {
	fn default() -> Self {
		Self::new()
	}
}

impl Builder {
	/// A builder without leaves.
	pub fn new() -> Self {
		Self {
			count: 0,
			peaks: BoundedVec::new(),
		}
	}

	/// Appends a leaf, given its [`crate::leaf_hash`] and its weight.
	///
	/// # Errors
	///
	/// [`Error::TooManyLeaves`] at the limit of 2^40; the builder stays as it was.
	pub fn push<H: Hasher>(&mut self, leaf_hash: Hash, weight: Weight) -> Result<(), Error> {
		self.push_node::<H>(Node {
			hash: leaf_hash,
			sum: weight.into(),
		})
	}

	pub(crate) fn push_node<H: Hasher>(&mut self, node: Node) -> Result<(), Error> {
		if self.count >= MAX_LEAVES {
			return Err(Error::TooManyLeaves);
		}
		if node.sum > MAX_SUM {
			return Err(Error::SumTooLarge);
		}
		let count = self.count.checked_add(1).ok_or(Error::TooManyLeaves)?;
		let merged =
			usize::try_from(self.count.trailing_ones()).map_err(|_| Error::TooManyLeaves)?;
		let peak = self
			.peaks
			.iter()
			.rev()
			.take(merged)
			.try_fold(node, |right, left| join::<H>(left, &right))?;
		self.peaks.truncate(self.peaks.len().saturating_sub(merged));
		self.peaks
			.try_push(peak)
			.map_err(|_| Error::TooManyLeaves)?;
		self.count = count;
		Ok(())
	}

	/// The number of leaves so far.
	pub fn count(&self) -> u64 {
		self.count
	}

	/// The sum of the weights so far.
	pub fn sum(&self) -> u128 {
		// Cannot overflow: no builder, decoded ones included, holds more than `MAX_SUM`.
		self.peaks.iter().map(|peak| peak.sum).sum()
	}

	/// Closes the tree by folding the peaks from the right. The builder can still be added to.
	///
	/// # Errors
	///
	/// [`Error::NoLeaves`] when nothing was pushed: an empty tree has no root.
	pub fn finish<H: Hasher>(&self) -> Result<Summary, Error> {
		let Node { hash: root, sum } = self.root::<H>()?;
		Ok(Summary {
			root,
			sum,
			count: self.count,
		})
	}

	pub(crate) fn root<H: Hasher>(&self) -> Result<Node, Error> {
		let (last, others) = self.peaks.split_last().ok_or(Error::NoLeaves)?;
		others
			.iter()
			.rev()
			.try_fold(*last, |right, left| join::<H>(left, &right))
	}

	fn is_well_formed(&self) -> bool {
		let peaks = u32::try_from(self.peaks.len());
		let mut unread = self.count;
		self.count <= MAX_LEAVES
			&& peaks == Ok(self.count.count_ones())
			&& self.peaks.iter().all(|peak| {
				let leaves = unread
					.checked_ilog2()
					.and_then(|bit| 1u64.checked_shl(bit))
					.unwrap_or_default();
				unread &= !leaves;
				u128::from(leaves)
					.checked_mul(Weight::MAX.into())
					.is_some_and(|most| peak.sum <= most)
			})
	}
}

impl Decode for Builder {
	fn decode<I: Input>(input: &mut I) -> Result<Self, codec::Error> {
		let builder = Self {
			count: Decode::decode(input)?,
			peaks: Decode::decode(input)?,
		};
		if builder.is_well_formed() {
			Ok(builder)
		} else {
			Err("the peaks of a share tree builder do not fit its count".into())
		}
	}
}

/// The root of the tree over `nodes`.
pub(crate) fn root_of<H: Hasher>(nodes: &[Node]) -> Result<Node, Error> {
	let mut builder = Builder::new();
	for node in nodes {
		builder.push_node::<H>(*node)?;
	}
	builder.root::<H>()
}
