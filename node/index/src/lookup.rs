use codec::Encode;
use guerdon_share_tree::{
	page_count, page_root, prove, verify, NativeBlake2_256, Node, PoolId, Proof, Summary,
	PAGE_LEAVES,
};

use crate::{
	apply::read_pool,
	records::{count_at, on_page, payee_key, split_payee_key, weight, PAYEES, TIERS},
	tail::{leaf_nodes, read_page},
	types::Pool,
	Error, Found, Index, Leaf, PaidLeaf, Payee, Place, MOST_FOUND,
};

/// How many pools that do not count one answer may skip: each costs as much as dozens of leaves that do.
const MOST_SKIPPED: usize = 128;

impl Index {
	/// The leaves of sealed pools that pay `payee`: an account, a hidden payee by its hash, or a list
	/// of members by its pool. Up to `limit` (at least 1, and at most [`MOST_FOUND`]) after the place
	/// `after`.
	///
	/// Pools that are being built or incomplete are not among them: nothing can be claimed from the ones
	/// and proved of the others.
	///
	/// # Errors
	///
	/// [`Error::Database`], [`Error::Damaged`].
	pub fn of_payee(
		&self,
		payee: &Payee,
		after: Option<Place>,
		limit: usize,
	) -> Result<Found, Error> {
		let limit = limit.clamp(1, MOST_FOUND);
		let prefix = payee.encode();
		let mut found = Found::default();
		let mut at = after;
		let mut walk = self.db.iter(PAYEES)?;
		walk.seek(&match after {
			Some((pool, index)) => self.behind(payee, pool, index)?,
			None => payee_key(payee, 0, 0, 0),
		})?;
		let mut asked: Option<(PoolId, Option<u32>)> = None;
		let mut skipped = 0..MOST_SKIPPED;
		while let Some((key, value)) = walk.next()? {
			let Some((pool, generation, index)) = split_payee_key(&key, &prefix) else {
				return Ok(found);
			};
			if found.leaves.len() >= limit {
				found.next = at;
				return Ok(found);
			}
			let sealed = match asked {
				Some((asked, sealed)) if asked == pool => sealed,
				_ => self.sealed_generation(pool)?,
			};
			asked = Some((pool, sealed));
			match sealed {
				Some(sealed) if sealed == generation => {
					found.leaves.push(PaidLeaf {
						pool,
						index,
						weight: weight(&value)?,
					});
					at = Some((pool, index));
				}
				// An older copy of the pool, which is to be removed.
				Some(sealed) if sealed > generation => {
					walk.seek(&payee_key(payee, pool, sealed, 0))?;
				}
				_ => {
					at = Some((pool, u64::MAX));
					if skipped.next().is_none() {
						found.next = at;
						return Ok(found);
					}
					walk.seek(&self.behind(payee, pool, u64::MAX)?)?;
				}
			}
		}
		Ok(found)
	}

	/// A leaf of a sealed pool.
	///
	/// # Errors
	///
	/// [`Error::NotIndexed`], [`Error::NotSealed`], [`Error::NoSuchLeaf`], [`Error::Database`],
	/// [`Error::Damaged`].
	pub fn leaf(&self, pool: PoolId, index: u64) -> Result<Leaf, Error> {
		let sealed = self.sealed(pool)?;
		let page = self.page_of(&sealed, index)?;
		take(page.leaves, index)
	}

	/// A leaf of a sealed pool, and its proof, which was checked against the pool's root.
	///
	/// It reads one page of leaves and one of nodes for each further factor of 256 in their number.
	///
	/// # Errors
	///
	/// As [`Self::leaf`].
	pub fn prove(&self, pool: PoolId, index: u64) -> Result<(Leaf, Proof), Error> {
		let sealed = self.sealed(pool)?;
		let page = self.page_of(&sealed, index)?;
		let nodes = leaf_nodes(pool, page.number, &page.leaves);
		let within = index % PAGE_LEAVES;
		let siblings = prove::<NativeBlake2_256>(&nodes, within)?.siblings;
		let siblings = siblings
			.into_iter()
			.chain(self.above(&sealed, page.number)?);
		let proof = Proof::try_from(siblings.collect::<Vec<_>>())?;
		let node = take(nodes, index)?;
		check(node, index, sealed.summary.count, &proof, &sealed.summary)?;
		Ok((take(page.leaves, index)?, proof))
	}

	/// The leaves of a page of a sealed pool and the page's proof, checked against the pool's root: what
	/// `pay_page` takes.
	///
	/// # Errors
	///
	/// [`Error::NotIndexed`], [`Error::NotSealed`], [`Error::NoSuchPage`], [`Error::Database`],
	/// [`Error::Damaged`].
	pub fn page(&self, pool: PoolId, page: u64) -> Result<(Vec<Leaf>, Proof), Error> {
		let sealed = self.sealed(pool)?;
		let count = page_count(sealed.summary.count);
		let first = page.checked_mul(PAGE_LEAVES).filter(|_| page < count);
		let first = first.ok_or(Error::NoSuchPage { pool, page, count })?;
		let leaves = self.page_of(&sealed, first)?.leaves;
		let proof = Proof::try_from(self.above(&sealed, page)?)?;
		let node = page_root::<NativeBlake2_256>(&leaf_nodes(pool, page, &leaves))?;
		check(node, page, count, &proof, &sealed.summary)?;
		Ok((leaves, proof))
	}

	pub(crate) fn sealed(&self, pool: PoolId) -> Result<Sealed, Error> {
		match read_pool(&self.db, pool)? {
			Some(Pool::Sealed {
				generation,
				summary,
			}) => Ok(Sealed {
				pool,
				generation,
				summary,
			}),
			Some(Pool::Building { .. }) => Err(Error::NotSealed(pool)),
			Some(Pool::Incomplete { .. }) | None => Err(Error::NotIndexed(pool)),
		}
	}

	/// The page that leaf `index` is on.
	pub(crate) fn page_of(&self, sealed: &Sealed, index: u64) -> Result<Page, Error> {
		let count = sealed.summary.count;
		if index >= count {
			return Err(Error::NoSuchLeaf {
				pool: sealed.pool,
				index,
				count,
			});
		}
		let number = index / PAGE_LEAVES;
		let length = on_page(count, number);
		let leaves = read_page(&self.db, sealed.generation, 0, number, length)?;
		Ok(Page { number, leaves })
	}

	/// The siblings from the root of a page of leaves up: in each tier those on its page.
	fn above(&self, sealed: &Sealed, page: u64) -> Result<Vec<Node>, Error> {
		let mut siblings = vec![];
		let mut index = page;
		for tier in 1..TIERS {
			let count = count_at(sealed.summary.count, tier);
			if count <= 1 {
				break;
			}
			let number = index / PAGE_LEAVES;
			let length = on_page(count, number);
			let nodes = read_page(&self.db, sealed.generation, tier, number, length)?;
			siblings.extend(prove::<NativeBlake2_256>(&nodes, index % PAGE_LEAVES)?.siblings);
			index = number;
		}
		Ok(siblings)
	}

	fn sealed_generation(&self, pool: PoolId) -> Result<Option<u32>, Error> {
		Ok(match read_pool(&self.db, pool)? {
			Some(Pool::Sealed { generation, .. }) => Some(generation),
			_ => None,
		})
	}

	/// The first key behind a place, whose pool may be in another generation by now, or gone.
	fn behind(&self, payee: &Payee, pool: PoolId, index: u64) -> Result<Vec<u8>, Error> {
		let sealed = self.sealed_generation(pool)?;
		Ok(match (sealed, index.checked_add(1), pool.checked_add(1)) {
			(Some(generation), Some(next), _) => payee_key(payee, pool, generation, next),
			(_, _, Some(next)) => payee_key(payee, next, 0, 0),
			(_, _, None) => payee_key(payee, PoolId::MAX, u32::MAX, u64::MAX),
		})
	}
}

/// A pool that can be proved from.
pub(crate) struct Sealed {
	pub(crate) pool: PoolId,
	pub(crate) generation: u32,
	pub(crate) summary: Summary,
}

pub(crate) struct Page {
	number: u64,
	pub(crate) leaves: Vec<Leaf>,
}

/// What stands for leaf `index` on its page.
fn take<T>(things: Vec<T>, index: u64) -> Result<T, Error> {
	let within = usize::try_from(index % PAGE_LEAVES).ok();
	let thing = within.and_then(|within| things.into_iter().nth(within));
	thing.ok_or(Error::Damaged("a page that is short"))
}

/// Whatever happened to the disk, no wrong proof leaves.
fn check(
	node: Node,
	index: u64,
	count: u64,
	proof: &Proof,
	summary: &Summary,
) -> Result<(), Error> {
	let root = *verify::<NativeBlake2_256>(node, index, count, proof)?.root();
	if (root.hash, root.sum) != (summary.root, summary.sum) {
		return Err(Error::Damaged(
			"leaves or nodes that do not have the pool's root",
		));
	}
	Ok(())
}
