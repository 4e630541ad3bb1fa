use codec::{Decode, Encode};
use guerdon_share_tree::{
	leaf_node, page_root, NativeBlake2_256, Node, PoolId, Summary, MAX_LEAVES, PAGE_LEAVES,
};
use parity_db::Db;

use crate::{
	records::{count_at, get, on_page, page_key, payee_key, Batch, PAGES, PAYEES, TIERS},
	Error, Leaf,
};

/// The right edge of a pool's tree while leaves come: of every tier the last page, if it is not full.
///
/// A page is a node of the tree, and the pages of a tier are the leaves of a tree of the same shape. So
/// tier `t` of a growing pool is the roots of the full pages of the tier below, and closing the tree
/// adds those of the pages that are not full.
pub(crate) struct Tail {
	pool: PoolId,
	generation: u32,
	count: u64,
	leaves: Vec<Leaf>,
	/// From tier 1 up.
	nodes: Vec<Vec<Node>>,
}

impl Tail {
	pub(crate) fn new(pool: PoolId, generation: u32) -> Self {
		Self {
			pool,
			generation,
			count: 0,
			leaves: vec![],
			nodes: vec![],
		}
	}

	pub(crate) fn load(db: &Db, pool: PoolId, generation: u32, count: u64) -> Result<Self, Error> {
		let mut tail = Self {
			count,
			..Self::new(pool, generation)
		};
		tail.leaves = last_page(db, generation, 0, count)?;
		for tier in 1..TIERS {
			let full = full_at(count, tier);
			if full == 0 {
				break;
			}
			tail.nodes.push(last_page(db, generation, tier, full)?);
		}
		Ok(tail)
	}

	pub(crate) fn generation(&self) -> u32 {
		self.generation
	}

	pub(crate) fn count(&self) -> u64 {
		self.count
	}

	/// Appends a leaf; what is full goes into the batch.
	pub(crate) fn push(&mut self, leaf: Leaf, batch: &mut Batch) -> Result<(), Error> {
		let index = self.count;
		let next = index.checked_add(1).filter(|next| *next <= MAX_LEAVES);
		self.count = next.ok_or(guerdon_share_tree::Error::TooManyLeaves)?;
		let key = payee_key(&leaf.payee, self.pool, self.generation, index);
		batch.push((PAYEES, key, Some(leaf.weight.encode())));
		self.leaves.push(leaf);
		if !is_full(&self.leaves) {
			return Ok(());
		}
		let mut root = leaves_root(self.pool, index / PAGE_LEAVES, &self.leaves)?;
		self.put(batch, 0, &self.leaves);
		self.leaves.clear();
		for tier in 1..TIERS {
			let mut nodes = self.kept(tier).to_vec();
			nodes.push(root);
			if !is_full(&nodes) {
				self.keep(tier, nodes);
				break;
			}
			root = page_root::<NativeBlake2_256>(&nodes)?;
			self.put(batch, tier, &nodes);
			self.keep(tier, vec![]);
		}
		Ok(())
	}

	/// Stores what is not full, so that [`Self::load`] finds it.
	pub(crate) fn store(&self, batch: &mut Batch) {
		self.put(batch, 0, &self.leaves);
		for (tier, nodes) in (1..).zip(&self.nodes) {
			self.put(batch, tier, nodes);
		}
	}

	/// Closes the tree: every page is stored with all of its nodes, for proofs to be read from.
	pub(crate) fn close(&self, batch: &mut Batch) -> Result<Summary, Error> {
		self.put(batch, 0, &self.leaves);
		let mut edge = match self.leaves.as_slice() {
			[] => None,
			leaves => Some(leaves_root(self.pool, self.count / PAGE_LEAVES, leaves)?),
		};
		for tier in 1..TIERS {
			let mut nodes = self.kept(tier).to_vec();
			nodes.extend(edge);
			if let (1, [root]) = (count_at(self.count, tier), nodes.as_slice()) {
				return Ok(Summary {
					root: root.hash,
					sum: root.sum,
					count: self.count,
				});
			}
			self.put(batch, tier, &nodes);
			edge = match nodes.as_slice() {
				[] => None,
				nodes => Some(page_root::<NativeBlake2_256>(nodes)?),
			};
		}
		Err(guerdon_share_tree::Error::NoLeaves.into())
	}

	/// Puts the last page of a tier, if there is anything on it.
	fn put<T: Encode>(&self, batch: &mut Batch, tier: u8, things: &[T]) {
		let last = count_at(self.count, tier).saturating_sub(1) / PAGE_LEAVES;
		if !things.is_empty() {
			let key = page_key(self.generation, tier, last);
			batch.push((PAGES, key, Some(things.encode())));
		}
	}

	fn kept(&self, tier: u8) -> &[Node] {
		let at = usize::from(tier).saturating_sub(1);
		self.nodes.get(at).map_or(&[], Vec::as_slice)
	}

	fn keep(&mut self, tier: u8, nodes: Vec<Node>) {
		let at = usize::from(tier).saturating_sub(1);
		if self.nodes.len() <= at {
			self.nodes.push(vec![]);
		}
		if let Some(kept) = self.nodes.get_mut(at) {
			*kept = nodes;
		}
	}
}

/// The nodes of the leaves on page number `page`.
pub(crate) fn leaf_nodes(pool: PoolId, page: u64, leaves: &[Leaf]) -> Vec<Node> {
	let indices = page.saturating_mul(PAGE_LEAVES)..;
	indices
		.zip(leaves)
		.map(|(index, leaf)| leaf_node::<NativeBlake2_256, _>(pool, index, leaf))
		.collect()
}

fn leaves_root(pool: PoolId, page: u64, leaves: &[Leaf]) -> Result<Node, Error> {
	Ok(page_root::<NativeBlake2_256>(&leaf_nodes(
		pool, page, leaves,
	))?)
}

fn is_full<T>(things: &[T]) -> bool {
	u64::try_from(things.len()) == Ok(PAGE_LEAVES)
}

/// How many full subtrees of 256^tier leaves there are.
fn full_at(count: u64, tier: u8) -> u64 {
	(0..tier).fold(count, |count, _| count / PAGE_LEAVES)
}

/// What is on the last page of a tier of so many things, or nothing if it is full.
fn last_page<T: Decode>(db: &Db, generation: u32, tier: u8, count: u64) -> Result<Vec<T>, Error> {
	let page = count / PAGE_LEAVES;
	match on_page(count, page) {
		0 => Ok(vec![]),
		length => read_page(db, generation, tier, page, length),
	}
}

/// The `length` things that a page has.
pub(crate) fn read_page<T: Decode>(
	db: &Db,
	generation: u32,
	tier: u8,
	page: u64,
	length: u64,
) -> Result<Vec<T>, Error> {
	let key = page_key(generation, tier, page);
	let things = get::<Vec<T>>(db, PAGES, &key, "a page")?;
	things
		.filter(|things| u64::try_from(things.len()) == Ok(length))
		.ok_or(Error::Damaged("a page that is missing or short"))
}
