#![allow(
	clippy::as_conversions,
	reason = "what the derive of an enum's codec expands to"
)]

use codec::{Decode, Encode};
use guerdon_share_tree::{Hash, PoolId, Summary, Weight};

/// An account, whose SCALE encoding is these bytes.
pub type AccountId = [u8; 32];

/// One payee's share of a pool.
pub type Leaf = guerdon_share_tree::Leaf<AccountId>;

/// Who is paid what a leaf is due.
pub type Payee = guerdon_share_tree::Payee<AccountId>;

/// Where a leaf is: its pool, and its index there.
pub type Place = (PoolId, u64);

/// The most leaves that one answer of [`crate::Index::of_payee`] has.
pub const MOST_FOUND: usize = 1_024;

/// A finalized block.
#[derive(Encode, Decode, Clone, Copy, PartialEq, Eq, Debug)]
pub struct Block {
	/// Its number.
	pub number: u32,
	/// Its hash.
	pub hash: Hash,
}

/// What happened to a pool in a block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
	/// Leaves were appended.
	Streamed {
		/// To which pool.
		pool: PoolId,
		/// How many leaves it had before.
		from: u64,
		/// Any number of them; a call on the chain brings 256 at most.
		leaves: Vec<Leaf>,
	},
	/// The pool takes no more leaves and can be claimed from.
	Sealed {
		/// Which pool.
		pool: PoolId,
		/// What the chain keeps of its tree.
		summary: Summary,
	},
	/// The pool is gone. The chain never gives its id to another one.
	Abandoned {
		/// Which pool.
		pool: PoolId,
	},
}

/// What the index keeps of a pool.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PoolInfo {
	/// How many leaves are kept.
	pub leaves: u64,
	/// What can be asked about it.
	pub state: PoolState,
}

/// What can be asked about a pool.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PoolState {
	/// Nothing yet: leaves are still coming.
	Building,
	/// Everything. These leaves have this root, which is the chain's.
	Sealed(Summary),
	/// Nothing, until the pool is imported: leaves are missing, and none is kept. With what the chain
	/// keeps of its tree, if the pool was seen being sealed.
	Incomplete(Option<Summary>),
}

/// A leaf that pays whoever was asked about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PaidLeaf {
	/// Its pool.
	pub pool: PoolId,
	/// Its index in the pool.
	pub index: u64,
	/// Its weight in the pool.
	pub weight: Weight,
}

/// One page of the leaves that pay somebody.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Found {
	/// Ascending by pool and index.
	pub leaves: Vec<PaidLeaf>,
	/// What to hand over as `after` for the next page; none when this is the last one. A page that has
	/// one can be short, or empty: the work for a page is bounded as well.
	pub next: Option<Place>,
}

/// What is stored of a pool.
#[derive(Encode, Decode, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Pool {
	#[codec(index = 0)]
	Building { generation: u32, leaves: u64 },
	#[codec(index = 1)]
	Sealed { generation: u32, summary: Summary },
	#[codec(index = 2)]
	Incomplete { summary: Option<Summary> },
}

impl Pool {
	pub(crate) fn info(&self) -> PoolInfo {
		let (leaves, state) = match *self {
			Self::Building { leaves, .. } => (leaves, PoolState::Building),
			Self::Sealed { summary, .. } => (summary.count, PoolState::Sealed(summary)),
			Self::Incomplete { summary } => (0, PoolState::Incomplete(summary)),
		};
		PoolInfo { leaves, state }
	}
}

/// What is stored of records that are to be removed, or that an import is still bringing.
#[derive(Encode, Decode, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Doomed {
	pub(crate) pool: PoolId,
	pub(crate) leaves: u64,
}
