use alloc::{vec, vec::Vec};

use crate::{node::join, split_many, Error, Hasher, Node, Proof, Summary, MAX_LEAVES, MAX_SUM};

/// A whole tree in memory, for whoever makes many proofs: each takes time in its length only.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tree {
	/// From the leaves up; the last level is the root alone.
	levels: Vec<Vec<Node>>,
	summary: Summary,
}

impl Tree {
	/// Builds the tree over `leaves`.
	///
	/// # Errors
	///
	/// [`Error::NoLeaves`], [`Error::TooManyLeaves`], [`Error::SumTooLarge`].
	pub fn new<H: Hasher>(leaves: Vec<Node>) -> Result<Self, Error> {
		let count = u64::try_from(leaves.len()).map_err(|_| Error::TooManyLeaves)?;
		if count > MAX_LEAVES {
			return Err(Error::TooManyLeaves);
		}
		if leaves.iter().any(|leaf| leaf.sum > MAX_SUM) {
			return Err(Error::SumTooLarge);
		}
		let mut levels = vec![];
		let mut top = leaves;
		while top.len() > 1 {
			let above = top.chunks(2).filter_map(|pair| match pair {
				[left, right] => Some(join::<H>(left, right)),
				[alone] => Some(Ok(*alone)),
				_ => None,
			});
			let above = above.collect::<Result<Vec<_>, _>>()?;
			levels.push(core::mem::replace(&mut top, above));
		}
		let Node { hash: root, sum } = *top.first().ok_or(Error::NoLeaves)?;
		levels.push(top);
		Ok(Self {
			levels,
			summary: Summary { root, sum, count },
		})
	}

	/// What a pool keeps of this tree.
	pub fn summary(&self) -> &Summary {
		&self.summary
	}

	/// All leaves.
	pub fn leaves(&self) -> &[Node] {
		self.levels.first().map_or(&[], Vec::as_slice)
	}

	/// The proof of leaf `index`.
	///
	/// # Errors
	///
	/// [`Error::IndexOutOfRange`].
	pub fn prove(&self, index: u64) -> Result<Proof, Error> {
		self.prove_from(0, index)
	}

	/// The proof of page number `page` of 256 leaves: for whoever serves a pool too large for a proof
	/// per leaf to be kept or sent. What the whole page is due then takes one proof, which
	/// [`crate::page_entitlements_of`] checks.
	///
	/// # Errors
	///
	/// [`Error::IndexOutOfRange`].
	pub fn prove_page(&self, page: u64) -> Result<Proof, Error> {
		// 2^8 leaves under each node of level 8. A tree with fewer levels is a single page.
		self.prove_from(self.levels.len().saturating_sub(1).min(8), page)
	}

	/// What every leaf is due when `total` has ever been paid into the tree.
	///
	/// # Errors
	///
	/// [`Error::ZeroWeight`] when `total` is above zero and the tree's sum is zero.
	pub fn entitlements(&self, total: u128) -> Result<Vec<u128>, Error> {
		let weights = self
			.leaves()
			.iter()
			.map(|leaf| leaf.sum)
			.collect::<Vec<_>>();
		split_many(total, &weights)
	}

	fn prove_from(&self, level: usize, index: u64) -> Result<Proof, Error> {
		let mut at = usize::try_from(index).map_err(|_| Error::IndexOutOfRange)?;
		let levels = self.levels.get(level..).unwrap_or_default();
		if levels.first().is_none_or(|nodes| at >= nodes.len()) {
			return Err(Error::IndexOutOfRange);
		}
		let mut siblings = vec![];
		for nodes in levels {
			let sibling = if at % 2 == 1 {
				at.checked_sub(1)
			} else {
				at.checked_add(1)
			};
			siblings.extend(sibling.and_then(|sibling| nodes.get(sibling)));
			at /= 2;
		}
		siblings.try_into()
	}
}
