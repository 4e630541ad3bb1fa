use codec::{Decode, Encode, Input, IoReader};
use guerdon_share_tree::{page_count, Hash, PoolId, Summary, PAGE_LEAVES};
use std::io::{BufReader, BufWriter, Read, Write};

use crate::{
	apply::{next_generation, put_doomed, put_next_generation, read_pool},
	error::Digest,
	records::{generation_key, pool_key, Batch, DOOMED, POOLS},
	tail::Tail,
	types::{Doomed, Pool},
	Error, Index, Leaf,
};

/// The first bytes of an export.
const MAGIC: [u8; 16] = *b"guerdon/leaves\r\n";

/// The version of what follows them.
const VERSION: u32 = 1;

/// How many leaves an import commits at once.
const PER_COMMIT: u64 = 16 * PAGE_LEAVES;

/// What stands before the leaves.
#[derive(Encode, Decode)]
struct Header {
	genesis: Hash,
	pool: PoolId,
	summary: Summary,
}

/// What an import did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Imported {
	/// The pool is sealed in the index now.
	Added(PoolId),
	/// The index had the whole pool already; the file was not read to its end.
	Kept(PoolId),
}

impl Index {
	/// Writes the leaves of a sealed pool, for [`Self::import`]: a header of 116 bytes, then at most 41
	/// bytes for each.
	///
	/// # Errors
	///
	/// [`Error::NotIndexed`], [`Error::NotSealed`], [`Error::Io`] when writing fails, [`Error::Database`],
	/// [`Error::Damaged`].
	pub fn export(&self, pool: PoolId, to: impl Write) -> Result<Summary, Error> {
		let sealed = self.sealed(pool)?;
		let mut to = BufWriter::new(to);
		to.write_all(&MAGIC)?;
		to.write_all(&VERSION.to_le_bytes())?;
		let header = Header {
			genesis: self.genesis,
			pool,
			summary: sealed.summary,
		};
		to.write_all(&header.encode())?;
		for page in 0..page_count(sealed.summary.count) {
			let page = self.page_of(&sealed, page.saturating_mul(PAGE_LEAVES))?;
			for leaf in page.leaves {
				to.write_all(&leaf.encode())?;
			}
		}
		to.flush()?;
		Ok(sealed.summary)
	}

	/// Brings in the leaves of a pool from an export, in bounded memory. `expected` answers what the
	/// chain keeps of a sealed pool's tree; `progress` is told how many leaves were read, and of how many.
	///
	/// Nothing in the file is trusted, and nothing of it is served before all of it is there and has the
	/// root, the sum and the number of leaves that the chain says. If it fails or is killed, the pool is
	/// what it was, [`Self::tidy`] removes what was read, and it can be done again.
	///
	/// # Errors
	///
	/// [`Error::NotAnExport`], [`Error::FileVersion`], [`Error::FileOfOtherChain`], [`Error::UnknownPool`],
	/// [`Error::OtherSummary`], [`Error::FileDamaged`], [`Error::FileTooLong`], [`Error::WrongLeaves`];
	/// [`Error::Importing`] while another one runs; [`Error::Full`], [`Error::Database`],
	/// [`Error::Damaged`].
	pub fn import(
		&self,
		from: impl Read,
		expected: &dyn Fn(PoolId) -> Option<Summary>,
		progress: &mut dyn FnMut(u64, u64),
	) -> Result<Imported, Error> {
		let mut from = IoReader(BufReader::new(from));
		let Header {
			genesis,
			pool,
			summary,
		} = read_header(&mut from)?;
		if genesis != self.genesis {
			return Err(Error::FileOfOtherChain {
				found: Digest(genesis),
				wanted: Digest(self.genesis),
			});
		}
		let known = expected(pool).ok_or(Error::UnknownPool(pool))?;
		if known != summary {
			return Err(Error::OtherSummary(pool));
		}
		if self.has(pool, &summary)? {
			return Ok(Imported::Kept(pool));
		}
		let running = Running::begin(self, pool)?;
		let mut tail = Tail::new(pool, running.generation);
		let mut batch = vec![];
		while tail.count() < summary.count {
			let leaf = Leaf::decode(&mut from).map_err(|error| damaged(tail.count(), &error))?;
			tail.push(leaf, &mut batch)?;
			if tail.count().is_multiple_of(PER_COMMIT) {
				running.commit(&tail, core::mem::take(&mut batch))?;
				progress(tail.count(), summary.count);
			}
		}
		if from.read_byte().is_ok() {
			return Err(Error::FileTooLong);
		}
		if tail.count() == 0 || tail.close(&mut batch)? != summary {
			return Err(Error::WrongLeaves(pool));
		}
		let imported = running.end(batch, &summary)?;
		progress(summary.count, summary.count);
		Ok(imported)
	}

	fn has(&self, pool: PoolId, summary: &Summary) -> Result<bool, Error> {
		Ok(match read_pool(&self.db, pool)? {
			Some(Pool::Sealed { summary: kept, .. }) => kept == *summary,
			_ => false,
		})
	}
}

/// An import at work: its records are doomed until the last commit, but spared by `tidy`.
struct Running<'a> {
	index: &'a Index,
	pool: PoolId,
	generation: u32,
}

impl<'a> Running<'a> {
	fn begin(index: &'a Index, pool: PoolId) -> Result<Self, Error> {
		let mut writer = index.writer();
		if writer.importing.is_some() {
			return Err(Error::Importing);
		}
		let generation = next_generation(&index.db)?;
		let next = generation.checked_add(1).ok_or(Error::Full)?;
		index.commit(vec![
			put_next_generation(next),
			put_doomed(generation, Doomed { pool, leaves: 0 }),
		])?;
		writer.importing = Some(generation);
		Ok(Self {
			index,
			pool,
			generation,
		})
	}

	/// Full pages, so that there is no tail to store.
	fn commit(&self, tail: &Tail, mut batch: Batch) -> Result<(), Error> {
		let leaves = tail.count();
		let doomed = Doomed {
			pool: self.pool,
			leaves,
		};
		batch.push(put_doomed(self.generation, doomed));
		self.index.commit(batch)
	}

	/// The commit that makes the pool this one, unless blocks sealed it meanwhile.
	fn end(&self, mut batch: Batch, summary: &Summary) -> Result<Imported, Error> {
		let _writer = self.index.writer();
		let before = read_pool(&self.index.db, self.pool)?;
		let doomed = match before {
			Some(Pool::Sealed { summary: kept, .. }) if kept == *summary => {
				return Ok(Imported::Kept(self.pool));
			}
			Some(Pool::Building { generation, leaves }) => Some((generation, leaves)),
			Some(Pool::Sealed {
				generation,
				summary,
			}) => Some((generation, summary.count)),
			Some(Pool::Incomplete { .. }) | None => None,
		};
		if let Some((generation, leaves)) = doomed {
			let pool = self.pool;
			batch.push(put_doomed(generation, Doomed { pool, leaves }));
		}
		let sealed = Pool::Sealed {
			generation: self.generation,
			summary: *summary,
		};
		batch.push((POOLS, pool_key(self.pool), Some(sealed.encode())));
		batch.push((DOOMED, generation_key(self.generation), None));
		self.index.commit(batch)?;
		Ok(Imported::Added(self.pool))
	}
}

impl Drop for Running<'_> {
	fn drop(&mut self) {
		self.index.writer().importing = None;
	}
}

fn read_header(from: &mut impl Input) -> Result<Header, Error> {
	let magic = <[u8; 16]>::decode(from);
	if magic != Ok(MAGIC) {
		return Err(Error::NotAnExport);
	}
	let version = u32::decode(from).map_err(|error| damaged(0, &error))?;
	if version != VERSION {
		return Err(Error::FileVersion(version));
	}
	Header::decode(from).map_err(|error| damaged(0, &error))
}

fn damaged(index: u64, error: &codec::Error) -> Error {
	Error::FileDamaged {
		index,
		reason: error.to_string(),
	}
}
