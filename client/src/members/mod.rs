//! The members of a dataset: lists as their owner keeps them, how they come to the chain, and how
//! members are paid.
//!
//! A list is made once, from a file of accounts and weights. What was made of it, salts included, is
//! kept in `HOME/members` before anything of it is on the chain: a hidden member whose salt is lost
//! can never be paid. A list takes 72 bytes a member, and up to 112 while it is made.

mod input;
mod kept;
mod payments;
mod push;
mod stream;
mod ticket;

pub use input::{read, Input, MOST};
pub use kept::Lists;
pub use payments::{funds, Due, Fund, Paid, Payments, Unpayable};
pub use push::{Left, Push, Source};
pub use stream::{
	append_call, batches, may_be_there, stream, OnChain, Register, MEMBERS_PER_CALL,
	MEMBERS_PER_TRANSACTION,
};
pub use ticket::{Standing, Ticket};

use crate::{
	chain::{self, api, AccountId},
	keys::ss58,
};
use guerdon_receipt::{AccountBytes, DatasetId, Digest, PoolId};
use guerdon_share_tree::{
	hidden, leaf_node, Builder, Error as ShareError, Leaf, NativeBlake2_256, Node, Payee, Summary,
	Tree,
};
use std::{io, path::PathBuf};
use subxt::utils::AccountId32;
use zeroize::{Zeroize, Zeroizing};

/// The account of the pot, which is never paid: that of the pallet `guerdon/`.
pub const POT: AccountBytes = *b"modlguerdon/\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

/// Why a list cannot be read, made, kept or streamed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// The file of members cannot be read.
	#[error("{path}: {error}")]
	Unreadable {
		/// The file.
		path: PathBuf,
		/// What the system says.
		error: io::Error,
	},
	/// A line of the file makes no sense.
	#[error("{path}, line {line}: {why}")]
	Line {
		/// The file.
		path: PathBuf,
		/// Which line, from one on.
		line: u64,
		/// What is wrong with it.
		why: String,
	},
	/// Nobody is listed.
	#[error("{0} lists nobody: write ACCOUNT or ACCOUNT,WEIGHT on a line for each member")]
	Empty(PathBuf),
	/// Too many are listed.
	#[error("{path} lists more than {most} members: divide them into several cohorts")]
	TooMany {
		/// The file.
		path: PathBuf,
		/// How many a list can have.
		most: u64,
	},
	/// The file changed while it was read.
	#[error("{0} was changed while it was read: try again when nobody writes to it")]
	Changed(PathBuf),
	/// What is kept cannot be read or written.
	#[error("{path}: {error}")]
	Io {
		/// The path.
		path: PathBuf,
		/// What the system says.
		error: io::Error,
	},
	/// Not what was written there.
	#[error("{path} is damaged ({why}): restore it from a backup of this home folder")]
	Damaged {
		/// The file.
		path: PathBuf,
		/// What is wrong with it.
		why: String,
	},
	/// Others on this machine can read it.
	#[error("{0} can be read by others: close it with `chmod 600`")]
	Exposed(PathBuf),
	/// There is no such list in this home folder.
	#[error(
		"the list of cohort {pool} of dataset {dataset} is not in {folder}: restore that folder from \
		 a backup of the home folder in which it was added, or name that one with --home. The chain \
		 keeps no list: without this one nobody can be paid whose ticket was not given out"
	)]
	Missing {
		/// The dataset.
		dataset: DatasetId,
		/// The cohort's pool.
		pool: PoolId,
		/// Where it was looked for.
		folder: PathBuf,
	},
	/// A list was begun elsewhere.
	#[error(
		"cohort {pool} of dataset {dataset} has members already, and its list is not in {folder}: add \
		 it in the home folder in which it was begun, or give it up with `guerdon dataset members \
		 abandon {dataset}`, which gives its deposit back"
	)]
	Elsewhere {
		/// The dataset.
		dataset: DatasetId,
		/// The cohort's pool.
		pool: PoolId,
		/// Where it was looked for.
		folder: PathBuf,
	},
	/// A list of the cohort is kept, which was made of something else.
	#[error(
		"{kept} was made of another file, or with other options: add the file as it was, or give the \
		 list up with `guerdon dataset members abandon {dataset}` and begin again"
	)]
	OtherSource {
		/// The list that is kept.
		kept: PathBuf,
		/// The dataset.
		dataset: DatasetId,
	},
	/// What is on the chain is not the beginning of the list.
	#[error(
		"cohort {pool} on the chain does not begin with the list that is kept here: give it up with \
		 `guerdon dataset members abandon {dataset}`, which gives its deposit back, and begin again"
	)]
	Differs {
		/// The dataset.
		dataset: DatasetId,
		/// The cohort's pool.
		pool: PoolId,
	},
	/// Nobody can be paid from a pool.
	#[error("pool {pool} {why}")]
	NotPayable {
		/// The pool.
		pool: PoolId,
		/// Why, and what to do.
		why: &'static str,
	},
	/// A ticket makes no sense, or is not of this chain.
	#[error("{path}: {why}")]
	Ticket {
		/// The file.
		path: PathBuf,
		/// What is wrong.
		why: String,
	},
	/// A file is there already, with something else in it.
	#[error("{0} is there already and holds something else, which is never written over: name another folder")]
	Exists(PathBuf),
	/// The system gives no random bytes.
	#[error("the system gives no random bytes: {0}")]
	Random(getrandom::Error),
	/// A tree or a split that cannot be.
	#[error("{0}")]
	Shares(ShareError),
	/// The chain.
	#[error(transparent)]
	Chain(#[from] chain::Error),
}

impl From<ShareError> for Error {
	fn from(error: ShareError) -> Self {
		Error::Shares(error)
	}
}

/// Someone who is paid. It has no `Debug`: a salt is never to be printed by accident.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Member {
	/// Who is paid.
	pub account: AccountBytes,
	/// What the member counts in the cohort.
	pub weight: u64,
	/// What hides the account; zero where it is listed openly.
	pub salt: [u8; 32],
}

impl Zeroize for Member {
	fn zeroize(&mut self) {
		self.salt.zeroize();
	}
}

/// What a list is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
	/// The hash of the chain's genesis block.
	pub genesis: Digest,
	/// The dataset.
	pub dataset: DatasetId,
	/// The cohort's pool.
	pub pool: PoolId,
	/// Digest of the file that it was made of.
	pub source: Digest,
	/// Whether the chain is told commitments instead of accounts.
	pub hidden: bool,
}

/// A list in the order of its leaves.
pub struct List {
	/// What it is of.
	pub origin: Origin,
	members: Zeroizing<Vec<Member>>,
}

impl List {
	/// Makes a list of those in a file, with salts that were never used if they are hidden.
	///
	/// # Errors
	/// [`Error::Random`].
	pub fn make(mut input: Input, origin: Origin) -> Result<Self, Error> {
		let mut members = Zeroizing::new(std::mem::take(&mut input.members));
		if origin.hidden {
			for member in members.iter_mut() {
				getrandom::getrandom(&mut member.salt).map_err(Error::Random)?;
			}
		}
		let mut list = List { origin, members };
		list.sort();
		Ok(list)
	}

	/// Payees of one kind ascend by their encoding as they ascend by what tells them apart.
	fn sort(&mut self) {
		match self.origin.hidden {
			true => self.members.sort_by_cached_key(|member| {
				hidden::<NativeBlake2_256, _>(&member.account, &member.salt)
			}),
			false => self.members.sort_unstable_by_key(|member| member.account),
		}
	}

	/// How many members there are.
	pub fn count(&self) -> u64 {
		u64::try_from(self.members.len()).unwrap_or(u64::MAX)
	}

	/// A member by the index of its leaf.
	pub fn member(&self, index: u64) -> Option<&Member> {
		self.members.get(usize::try_from(index).ok()?)
	}

	/// Up to `most` members from an index on.
	pub fn members(&self, from: u64, most: u64) -> &[Member] {
		let count = self.members.len();
		let from = usize::try_from(from).map_or(count, |from| from.min(count));
		let most = usize::try_from(most).unwrap_or(usize::MAX);
		let end = from.saturating_add(most).min(count);
		self.members.get(from..end).unwrap_or_default()
	}

	/// A member's leaf.
	pub fn leaf(&self, member: &Member) -> Leaf<AccountBytes> {
		leaf_of(member, self.origin.hidden)
	}

	fn node(&self, index: u64, member: &Member) -> Node {
		leaf_node::<NativeBlake2_256, _>(self.origin.pool, index, &self.leaf(member))
	}

	/// Adds members to the tree of those before them, until it has `count`.
	///
	/// # Errors
	/// [`Error::Shares`], which no list that could be read leads to.
	pub fn grow(&self, builder: &mut Builder, count: u64) -> Result<(), Error> {
		let from = builder.count();
		for (index, member) in (from..).zip(self.members(from, count.saturating_sub(from))) {
			let node = self.node(index, member);
			builder.push::<NativeBlake2_256>(node.hash, member.weight)?;
		}
		Ok(())
	}

	/// The whole tree: 96 bytes a member.
	///
	/// # Errors
	/// [`Error::Differs`] when it is not the one of the cohort on the chain.
	pub fn tree(&self, expected: &Summary) -> Result<Tree, Error> {
		let nodes = (0..).zip(self.members.iter());
		let nodes = nodes
			.map(|(index, member)| self.node(index, member))
			.collect();
		let tree = Tree::new::<NativeBlake2_256>(nodes)?;
		if tree.summary() != expected {
			return Err(Error::Differs {
				dataset: self.origin.dataset,
				pool: self.origin.pool,
			});
		}
		Ok(tree)
	}
}

fn leaf_of(member: &Member, is_hidden: bool) -> Leaf<AccountBytes> {
	let payee = match is_hidden {
		true => Payee::Hidden(hidden::<NativeBlake2_256, _>(&member.account, &member.salt)),
		false => Payee::Account(member.account),
	};
	Leaf {
		payee,
		weight: member.weight,
	}
}

/// A leaf as the chain's calls carry it.
pub fn call_leaf(leaf: &Leaf<AccountBytes>) -> api::Leaf {
	api::Leaf {
		payee: match &leaf.payee {
			Payee::Account(account) => api::Payee::Account(AccountId32(*account)),
			Payee::Hidden(hash) => api::Payee::Hidden(*hash),
			Payee::Pool(pool) => api::Payee::Pool(*pool),
		},
		weight: leaf.weight,
	}
}

/// A member's address.
pub fn address(member: &Member) -> String {
	ss58(&member.account)
}

/// A member's account, for what reads the chain.
pub fn account(member: &Member) -> AccountId {
	AccountId32(member.account)
}

#[cfg(test)]
mod tests;
