use codec::Encode;
use guerdon_share_tree::{PoolId, Summary};
use parity_db::Db;
use std::collections::BTreeMap;

use crate::{
	records::{
		generation_key, get, pool_key, Batch, CURSOR_KEY, DOOMED, META, NEXT_GENERATION_KEY, POOLS,
	},
	tail::Tail,
	types::{Doomed, Pool},
	Block, Change, Error, Leaf,
};

/// Everything that one block changes, until it is one commit.
pub(crate) struct Draft<'a> {
	db: &'a Db,
	batch: Batch,
	pools: BTreeMap<PoolId, Option<Pool>>,
	tails: BTreeMap<PoolId, Tail>,
	next_generation: u32,
}

impl<'a> Draft<'a> {
	pub(crate) fn new(db: &'a Db) -> Result<Self, Error> {
		Ok(Self {
			db,
			batch: vec![],
			pools: BTreeMap::new(),
			tails: BTreeMap::new(),
			next_generation: next_generation(db)?,
		})
	}

	pub(crate) fn change(&mut self, change: &Change) -> Result<(), Error> {
		match change {
			Change::Streamed { pool, from, leaves } => self.streamed(*pool, *from, leaves),
			Change::Sealed { pool, summary } => self.sealed(*pool, summary),
			Change::Abandoned { pool } => self.abandoned(*pool),
		}
	}

	/// The commit that brings all changes, and the cursor with them.
	pub(crate) fn finish(mut self, block: &Block) -> Batch {
		for tail in self.tails.values() {
			tail.store(&mut self.batch);
		}
		for (pool, kept) in &self.pools {
			let record = kept.as_ref().map(Encode::encode);
			self.batch.push((POOLS, pool_key(*pool), record));
		}
		if !self.pools.is_empty() {
			self.batch.push(put_next_generation(self.next_generation));
		}
		let cursor = Some(block.encode());
		self.batch.push((META, CURSOR_KEY.to_vec(), cursor));
		self.batch
	}

	fn streamed(&mut self, pool: PoolId, from: u64, leaves: &[Leaf]) -> Result<(), Error> {
		let tail = match self.pool(pool)? {
			Some(Pool::Building {
				generation,
				leaves: kept,
			}) if kept == from => self.tail(pool, generation, kept)?,
			None if from == 0 => {
				let generation = self.next_generation;
				self.next_generation = generation.checked_add(1).ok_or(Error::Full)?;
				Tail::new(pool, generation)
			}
			Some(Pool::Building { .. }) | None => return self.incomplete(pool, None),
			// An import was ahead of the cursor, or has to come.
			Some(Pool::Sealed { .. } | Pool::Incomplete { .. }) => return Ok(()),
		};
		let mut tail = tail;
		for leaf in leaves {
			tail.push(leaf.clone(), &mut self.batch)?;
		}
		let building = Pool::Building {
			generation: tail.generation(),
			leaves: tail.count(),
		};
		self.pools.insert(pool, Some(building));
		self.tails.insert(pool, tail);
		Ok(())
	}

	fn sealed(&mut self, pool: PoolId, summary: &Summary) -> Result<(), Error> {
		match self.pool(pool)? {
			Some(Pool::Building { generation, leaves })
				if leaves == summary.count && leaves > 0 =>
			{
				let tail = self.tail(pool, generation, leaves)?;
				let mut closed = vec![];
				if tail.close(&mut closed)? == *summary {
					self.batch.append(&mut closed);
					let sealed = Pool::Sealed {
						generation,
						summary: *summary,
					};
					self.pools.insert(pool, Some(sealed));
					return Ok(());
				}
				self.tails.insert(pool, tail);
				self.incomplete(pool, Some(*summary))
			}
			Some(Pool::Sealed { .. }) => Ok(()),
			Some(Pool::Building { .. } | Pool::Incomplete { .. }) | None => {
				self.incomplete(pool, Some(*summary))
			}
		}
	}

	fn abandoned(&mut self, pool: PoolId) -> Result<(), Error> {
		if self.pool(pool)?.is_some() {
			self.doom(pool)?;
			self.pools.insert(pool, None);
		}
		Ok(())
	}

	fn incomplete(&mut self, pool: PoolId, summary: Option<Summary>) -> Result<(), Error> {
		log::warn!("leaves of pool {pool} are missing in the index: import it");
		self.doom(pool)?;
		self.pools.insert(pool, Some(Pool::Incomplete { summary }));
		Ok(())
	}

	/// Leaves the records of a pool to `tidy`.
	fn doom(&mut self, pool: PoolId) -> Result<(), Error> {
		let (generation, leaves) = match self.pool(pool)? {
			Some(Pool::Building { generation, leaves }) => (generation, leaves),
			Some(Pool::Sealed {
				generation,
				summary,
			}) => (generation, summary.count),
			Some(Pool::Incomplete { .. }) | None => return Ok(()),
		};
		if let Some(tail) = self.tails.remove(&pool) {
			tail.store(&mut self.batch);
		}
		self.batch
			.push(put_doomed(generation, Doomed { pool, leaves }));
		Ok(())
	}

	fn pool(&self, pool: PoolId) -> Result<Option<Pool>, Error> {
		match self.pools.get(&pool) {
			Some(kept) => Ok(*kept),
			None => read_pool(self.db, pool),
		}
	}

	fn tail(&mut self, pool: PoolId, generation: u32, leaves: u64) -> Result<Tail, Error> {
		match self.tails.remove(&pool) {
			Some(tail) => Ok(tail),
			None => Tail::load(self.db, pool, generation, leaves),
		}
	}
}

pub(crate) fn read_pool(db: &Db, pool: PoolId) -> Result<Option<Pool>, Error> {
	get(db, POOLS, &pool_key(pool), "a pool")
}

pub(crate) fn next_generation(db: &Db) -> Result<u32, Error> {
	let next = get(db, META, NEXT_GENERATION_KEY, "the next generation")?;
	Ok(next.unwrap_or(0))
}

type Put = (u8, Vec<u8>, Option<Vec<u8>>);

pub(crate) fn put_next_generation(generation: u32) -> Put {
	(
		META,
		NEXT_GENERATION_KEY.to_vec(),
		Some(generation.encode()),
	)
}

pub(crate) fn put_doomed(generation: u32, doomed: Doomed) -> Put {
	(DOOMED, generation_key(generation), Some(doomed.encode()))
}
