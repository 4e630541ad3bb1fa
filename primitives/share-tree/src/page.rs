use alloc::vec::Vec;

use crate::{
	builder::root_of, entitlement, proof::check_root, split_many, verify, Error, Hasher, Node,
	Path, Proof, Summary,
};

/// The number of leaves in a page; only the last page of a tree may have fewer.
pub const PAGE_LEAVES: u64 = 256;

/// The number of pages in a tree of `count` leaves.
pub fn page_count(count: u64) -> u64 {
	count.div_ceil(PAGE_LEAVES)
}

/// The node above the leaves of one aligned page: a node of the whole tree, in which it is leaf
/// number `page` among [`page_count`]. [`crate::prove`] over the nodes of all pages makes its proof.
///
/// # Errors
///
/// [`Error::NoLeaves`], [`Error::WrongPageLength`] for more than 256, [`Error::SumTooLarge`].
pub fn page_root<H: Hasher>(leaves: &[Node]) -> Result<Node, Error> {
	match u64::try_from(leaves.len()) {
		Ok(length) if length <= PAGE_LEAVES => root_of::<H>(leaves),
		_ => Err(Error::WrongPageLength),
	}
}

/// What each leaf of a page is due, given the page's verified path. As in [`verify`], the leaves
/// must be computed by the caller from what they say.
///
/// # Errors
///
/// As [`page_root`] and [`entitlement`]; [`Error::PageMismatch`] when the path starts from another
/// page.
pub fn page_entitlements<H: Hasher>(
	path: &Path,
	leaves: &[Node],
	total: u128,
) -> Result<Vec<u128>, Error> {
	if page_root::<H>(leaves)? != *path.leaf() {
		return Err(Error::PageMismatch);
	}
	let weights = leaves.iter().map(|leaf| leaf.sum).collect::<Vec<_>>();
	split_many(entitlement(path, total)?, &weights)
}

/// What each leaf of page number `page` is due when `total` has ever been paid into the tree of
/// `summary`, if `proof` shows that these are its leaves.
///
/// # Errors
///
/// As [`page_root`], [`verify`] and [`entitlement`]; [`Error::WrongPageLength`] when the page
/// should have another number of leaves, [`Error::RootMismatch`] and [`Error::SumMismatch`] when
/// the proof leads elsewhere.
pub fn page_entitlements_of<H: Hasher>(
	summary: &Summary,
	page: u64,
	leaves: &[Node],
	proof: &Proof,
	total: u128,
) -> Result<Vec<u128>, Error> {
	let first = page
		.checked_mul(PAGE_LEAVES)
		.ok_or(Error::IndexOutOfRange)?;
	let rest = summary
		.count
		.checked_sub(first)
		.ok_or(Error::IndexOutOfRange)?;
	if u64::try_from(leaves.len()) != Ok(rest.min(PAGE_LEAVES)) {
		return Err(Error::WrongPageLength);
	}
	let path = verify::<H>(
		page_root::<H>(leaves)?,
		page,
		page_count(summary.count),
		proof,
	)?;
	check_root(summary, &path)?;
	page_entitlements::<H>(&path, leaves, total)
}
