use codec::Encode;
use guerdon_share_tree::{Hash, PoolId};
use parity_db::Db;
use std::{
	fs::{read_dir, File},
	io,
	path::{Path, PathBuf},
	sync::{Mutex, MutexGuard, PoisonError},
	time::{Duration, Instant},
};

use crate::{
	apply::{read_pool, Draft},
	error::Digest,
	records::{
		decode, get, options, pool_key, Batch, CURSOR_KEY, FORMAT, FORMAT_KEY, GENESIS_KEY, META,
		POOLS,
	},
	types::Pool,
	Block, Change, Error, PoolInfo,
};

/// How long blocks may be kept from power cuts by the operating system alone.
const SYNC_INTERVAL: Duration = Duration::from_secs(1);

/// The leaves of pools up to a finalized block.
///
/// All methods take `&self`: one thread applies blocks while others ask.
pub struct Index {
	pub(crate) db: Db,
	pub(crate) genesis: Hash,
	path: PathBuf,
	writer: Mutex<Writer>,
}

/// What only one thread at a time has: it makes the next commit.
pub(crate) struct Writer {
	/// The generation that an import is bringing: doomed, but not to be removed.
	pub(crate) importing: Option<u32>,
	synced: Instant,
}

impl Index {
	/// Opens the index in the folder `path`, or makes an empty one, for the chain that starts with
	/// `genesis`.
	///
	/// # Errors
	///
	/// [`Error::Locked`] while another process, or this one, has it open; [`Error::OtherChain`];
	/// [`Error::OtherFormat`]; [`Error::Database`] when the disk fails.
	pub fn open(path: &Path, genesis: Hash) -> Result<Self, Error> {
		let db = Db::open_or_create(&options(path)).map_err(|error| match error {
			parity_db::Error::Locked(_) => Error::Locked { path: path.into() },
			parity_db::Error::InvalidConfiguration(found) => other_format(path, found),
			parity_db::Error::IncompatibleColumnConfig { reason, .. } => other_format(path, reason),
			other => other.into(),
		})?;
		match get::<u32>(&db, META, FORMAT_KEY, "its format")? {
			Some(FORMAT) => {}
			Some(other) => return Err(other_format(path, format!("number {other}"))),
			None => db.commit([
				(META, FORMAT_KEY, Some(FORMAT.encode())),
				(META, GENESIS_KEY, Some(genesis.encode())),
			])?,
		}
		let found = get::<Hash>(&db, META, GENESIS_KEY, "its genesis")?;
		let found = found.ok_or(Error::Damaged("its genesis is missing"))?;
		if found != genesis {
			return Err(Error::OtherChain {
				path: path.into(),
				found: Digest(found),
				wanted: Digest(genesis),
			});
		}
		Ok(Self {
			db,
			genesis,
			path: path.into(),
			writer: Mutex::new(Writer {
				importing: None,
				synced: Instant::now(),
			}),
		})
	}

	/// The last block that was applied; none before the first one.
	///
	/// After a kill it can be one that was applied earlier than the last. Go on from here.
	///
	/// # Errors
	///
	/// [`Error::Database`], [`Error::Damaged`].
	pub fn cursor(&self) -> Result<Option<Block>, Error> {
		get(&self.db, META, CURSOR_KEY, "the cursor")
	}

	/// Applies all changes of a finalized block, in their order, and moves the cursor to it: all of it
	/// or nothing. Blocks come in ascending order; where some are left out, pools whose leaves were in
	/// them become incomplete.
	///
	/// Answers `false`, and changes nothing, for a block at or below the cursor: it was applied before.
	///
	/// # Errors
	///
	/// [`Error::OtherBlock`] when the block at the cursor had another hash, so that what was indexed was not
	/// final or not of this chain; [`Error::Database`], [`Error::Damaged`], [`Error::Full`].
	pub fn apply(&self, block: Block, changes: &[Change]) -> Result<bool, Error> {
		let mut writer = self.writer();
		match self.cursor()? {
			Some(cursor) if cursor.number == block.number && cursor.hash != block.hash => {
				return Err(Error::OtherBlock {
					number: block.number,
					indexed: Digest(cursor.hash),
					given: Digest(block.hash),
				})
			}
			Some(cursor) if cursor.number >= block.number => return Ok(false),
			_ => {}
		}
		let mut draft = Draft::new(&self.db)?;
		for change in changes {
			draft.change(change)?;
		}
		self.commit(draft.finish(&block))?;
		if writer.synced.elapsed() >= SYNC_INTERVAL {
			self.sync()?;
			writer.synced = Instant::now();
		}
		Ok(true)
	}

	/// What is kept of a pool; none if it was never seen, or was abandoned.
	///
	/// # Errors
	///
	/// [`Error::Database`], [`Error::Damaged`].
	pub fn pool(&self, pool: PoolId) -> Result<Option<PoolInfo>, Error> {
		Ok(read_pool(&self.db, pool)?.as_ref().map(Pool::info))
	}

	/// Up to `limit` pools above `after`, ascending.
	///
	/// # Errors
	///
	/// [`Error::Database`], [`Error::Damaged`].
	pub fn pools(
		&self,
		after: Option<PoolId>,
		limit: usize,
	) -> Result<Vec<(PoolId, PoolInfo)>, Error> {
		let mut pools = vec![];
		let Some(first) = after.map_or(Some(0), |after| after.checked_add(1)) else {
			return Ok(pools);
		};
		let mut walk = self.db.iter(POOLS)?;
		walk.seek(&pool_key(first))?;
		while pools.len() < limit {
			let Some((key, value)) = walk.next()? else {
				break;
			};
			let pool = key.try_into().map_err(|_| Error::Damaged("a pool's id"))?;
			let kept: Pool = decode(&value, "a pool")?;
			pools.push((PoolId::from_be_bytes(pool), kept.info()));
		}
		Ok(pools)
	}

	/// Writes everything that was committed, but for what is still in the database's queue of a
	/// moment, from the operating system's memory to the disk. [`Self::apply`] does that once a second.
	///
	/// The database would only do so for each 64 MiB of its log, months of blocks without leaves.
	///
	/// # Errors
	///
	/// [`Error::Io`].
	pub fn sync(&self) -> Result<(), Error> {
		for entry in read_dir(&self.path)? {
			let entry = entry?;
			if !entry.file_name().as_encoded_bytes().starts_with(b"log") {
				continue;
			}
			match File::open(entry.path()).and_then(|log| log.sync_data()) {
				// The database was done with it.
				Err(error) if error.kind() == io::ErrorKind::NotFound => {}
				result => result?,
			}
		}
		Ok(File::open(&self.path)?.sync_all()?)
	}

	pub(crate) fn writer(&self) -> MutexGuard<'_, Writer> {
		// What it holds is whole at any moment; what a panic left undone was not committed.
		self.writer.lock().unwrap_or_else(PoisonError::into_inner)
	}

	pub(crate) fn commit(&self, batch: Batch) -> Result<(), Error> {
		Ok(self.db.commit(batch)?)
	}
}

fn other_format(path: &Path, found: String) -> Error {
	Error::OtherFormat {
		path: path.into(),
		found,
	}
}
