//! The Merkle root over a task's states, in the shape of RFC 9162 (the left subtree holds the
//! largest power of two smaller than the number of leaves), with blake2b-256:
//!
//! ```text
//! leaf = H(0x00 | "guerdon/evidence/v1" | step u32 | state digest)
//! node = H(0x01 | "guerdon/evidence/v1" | left | right)
//! root = H(0x02 | "guerdon/evidence/v1" | steps u32 | top)      no top when there are no steps
//! ```
//!
//! State `i` is the one after step `i`, counted from 0; the one before step 0 is the base model's.
//! The root binds the number of steps: no proof verifies under another one.
//!
//! Attestors have all digests and compare roots. [`prove`] and [`verify`] show a single state to
//! somebody who has not, as a dispute about one step on chain will have to; nothing calls them yet.

use crate::{hash::blake2_256, Digest};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;

const DOMAIN: &[u8] = b"guerdon/evidence/v1";

/// The siblings on the way from one step's leaf up to the top, lowest first; never more than 32.
#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct EvidenceProof {
	/// The siblings.
	pub path: Vec<Digest>,
}

/// The leaf of one step and the digest of the state after it.
pub fn leaf(step: u32, digest: Digest) -> Digest {
	blake2_256(&[&[0], DOMAIN, &step.to_le_bytes(), &digest])
}

/// The root over the states after each step. A task has at most `u32::MAX` steps; states beyond
/// them are not read.
pub fn root(states: &[Digest]) -> Digest {
	let leaves = leaves(states);
	seal(
		u32::try_from(leaves.len()).unwrap_or(u32::MAX),
		top(&leaves),
	)
}

/// The proof of one step; `None` when there is no such step.
pub fn prove(states: &[Digest], step: u32) -> Option<EvidenceProof> {
	let leaves = leaves(states);
	let mut rest = leaves.as_slice();
	let mut index = usize::try_from(step)
		.ok()
		.filter(|index| *index < rest.len())?;
	let mut path = Vec::new();
	while let Some(at) = left_size(rest.len()) {
		let (left, right) = rest.split_at_checked(at)?;
		match index.checked_sub(at) {
			None => {
				path.push(top(right)?);
				rest = left;
			}
			Some(below) => {
				path.push(top(left)?);
				rest = right;
				index = below;
			}
		}
	}
	path.reverse();
	Some(EvidenceProof { path })
}

/// Whether `digest` is the state after `step` in the evidence with this root and number of steps.
pub fn verify(
	root: &Digest,
	steps: u32,
	step: u32,
	digest: &Digest,
	proof: &EvidenceProof,
) -> bool {
	let (Ok(index), Ok(count)) = (usize::try_from(step), usize::try_from(steps)) else {
		return false;
	};
	index < count
		&& fold(leaf(step, *digest), index, count, &proof.path)
			.is_some_and(|top| seal(steps, Some(top)) == *root)
}

fn leaves(states: &[Digest]) -> Vec<Digest> {
	(0..u32::MAX)
		.zip(states)
		.map(|(step, digest)| leaf(step, *digest))
		.collect()
}

fn node(left: &Digest, right: &Digest) -> Digest {
	blake2_256(&[&[1], DOMAIN, left, right])
}

fn seal(steps: u32, top: Option<Digest>) -> Digest {
	let top = top.as_ref().map_or(&[][..], |top| &top[..]);
	blake2_256(&[&[2], DOMAIN, &steps.to_le_bytes(), top])
}

/// The largest power of two smaller than `leaves`; `None` when there is nothing to split.
fn left_size(leaves: usize) -> Option<usize> {
	1usize.checked_shl(leaves.checked_sub(1)?.checked_ilog2()?)
}

fn top(leaves: &[Digest]) -> Option<Digest> {
	match left_size(leaves.len()) {
		None => leaves.first().copied(),
		Some(at) => {
			let (left, right) = leaves.split_at_checked(at)?;
			Some(node(&top(left)?, &top(right)?))
		}
	}
}

/// The top that a leaf and its path lead to; `None` when the path has not the length that index and
/// count ask for. The depth is at most 32 whatever the path is, since every level halves the count.
fn fold(leaf: Digest, index: usize, count: usize, path: &[Digest]) -> Option<Digest> {
	let Some(at) = left_size(count) else {
		return path.is_empty().then_some(leaf);
	};
	let (sibling, lower) = path.split_last()?;
	match index.checked_sub(at) {
		None => Some(node(&fold(leaf, index, at, lower)?, sibling)),
		Some(index) => Some(node(
			sibling,
			&fold(leaf, index, count.checked_sub(at)?, lower)?,
		)),
	}
}
