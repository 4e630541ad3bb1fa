use guerdon_share_tree::{Hash, PoolId};
use std::{fmt, io, path::PathBuf};

/// Why the index cannot be opened, go on or answer.
#[derive(thiserror::Error, Debug)]
pub enum Error {
	/// Only one process at a time has an index.
	#[error("another process has the index {path} open: stop that node or command, and try again")]
	Locked {
		/// The index's folder.
		path: PathBuf,
	},
	/// Pools are numbered by their chain.
	#[error(
		"the index {path} is of the chain with genesis {found}, not {wanted}: choose another folder, or \
		 remove this one"
	)]
	OtherChain {
		/// The index's folder.
		path: PathBuf,
		/// The genesis of the chain that it was made for.
		found: Digest,
		/// The genesis of this node's chain.
		wanted: Digest,
	},
	/// An older or newer node made the index.
	#[error(
		"the index {path} has another format ({found}) than this node's: remove the folder, and it is \
		 made again"
	)]
	OtherFormat {
		/// The index's folder.
		path: PathBuf,
		/// What was found.
		found: String,
	},
	/// The block at the cursor is not the one that was indexed.
	#[error(
		"block {number} was indexed as {indexed} and is now {given}: the index followed another chain, \
		 so remove its folder"
	)]
	OtherBlock {
		/// The number at the cursor.
		number: u32,
		/// The hash at the cursor.
		indexed: Digest,
		/// The hash of the block that came.
		given: Digest,
	},
	/// A record is missing or wrong.
	#[error("the index is damaged ({0}): remove its folder, and it is made again")]
	Damaged(&'static str),
	/// Leaves of the pool are missing, or it was never seen.
	#[error("pool {0} is not indexed: import it, or ask a node that has it")]
	NotIndexed(PoolId),
	/// Nobody can claim from it yet.
	#[error("pool {0} is still being built: ask again when it is sealed")]
	NotSealed(PoolId),
	/// The pool has fewer leaves.
	#[error("pool {pool} has {count} leaves: ask for one below that, not for {index}")]
	NoSuchLeaf {
		/// Which pool.
		pool: PoolId,
		/// Which leaf.
		index: u64,
		/// How many there are.
		count: u64,
	},
	/// The pool has fewer pages.
	#[error("pool {pool} has {count} pages: ask for one below that, not for {page}")]
	NoSuchPage {
		/// Which pool.
		pool: PoolId,
		/// Which page.
		page: u64,
		/// How many there are.
		count: u64,
	},
	/// The file is something else.
	#[error("the file is no export of a pool's leaves: choose one that `index export` wrote")]
	NotAnExport,
	/// A newer node wrote the file.
	#[error("the file has version {0}, which this node does not know: upgrade the node")]
	FileVersion(u32),
	/// The file's pool is one of another chain.
	#[error("the file is of the chain with genesis {found}, not {wanted}: get one of this chain")]
	FileOfOtherChain {
		/// The genesis that the file names.
		found: Digest,
		/// The genesis of this node's chain.
		wanted: Digest,
	},
	/// The chain has no such pool, or has not sealed it.
	#[error("the chain has no sealed pool {0}: wait until it is sealed and this node is in sync")]
	UnknownPool(PoolId),
	/// The chain's tree of the pool is another one.
	#[error(
		"the file says another root, sum or count of pool {0} than the chain: get another file"
	)]
	OtherSummary(PoolId),
	/// The file ends early, or what should be a leaf is none.
	#[error("the file is cut or changed at leaf {index} ({reason}): get it again")]
	FileDamaged {
		/// The leaf that could not be read; 0 for what comes before the leaves, too.
		index: u64,
		/// What went wrong.
		reason: String,
	},
	/// There is more in the file than its leaves.
	#[error("the file goes on after its last leaf: get it again")]
	FileTooLong,
	/// The leaves are not those of the pool.
	#[error(
		"the leaves in the file do not have the root of pool {0}: get the file from somebody else"
	)]
	WrongLeaves(PoolId),
	/// Another import is at work.
	#[error("an import is running: wait until it has ended, and try again")]
	Importing,
	/// Every number for a pool's records was used.
	#[error("the index can keep no further pool: remove its folder, and it is made again")]
	Full,
	/// The database below fails.
	#[error(
		"the index's database fails: {0}; look at the disk and start again, or remove the index's folder"
	)]
	Database(#[from] parity_db::Error),
	/// Writing an export or the index's folder fails.
	#[error("reading or writing fails: {0}; look at the disk, and try again")]
	Io(#[from] io::Error),
}

impl From<guerdon_share_tree::Error> for Error {
	/// No leaves that a chain or a file can bring are refused: their weights and their number are bounded.
	fn from(_: guerdon_share_tree::Error) -> Self {
		Self::Damaged("leaves or nodes that make no tree")
	}
}

/// A hash, shown as `0x` and 64 digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Digest(pub Hash);

impl fmt::Display for Digest {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str("0x")?;
		self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
	}
}

impl fmt::Debug for Digest {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		fmt::Display::fmt(self, f)
	}
}
