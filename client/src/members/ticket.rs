//! What a member needs to be paid without anybody's help: a small JSON file.

use super::{address, call_leaf, leaf_of, Error, List, Member};
use crate::{
	chain::{
		api::{self, Cohort, CohortState, Opening},
		AccountId,
	},
	keys::{parse_account, ss58},
	roles::secrets::hex32,
};
use guerdon_receipt::{AccountBytes, DatasetId, Digest, PoolId};
use guerdon_share_tree::{
	entitlement_of, leaf_node, Leaf, NativeBlake2_256, Node, Proof, Summary, Tree,
};
use serde::{Deserialize, Serialize};
use std::{
	fs::{DirBuilder, File},
	io::{self, Read, Write},
	os::unix::fs::DirBuilderExt,
	path::{Path, PathBuf},
};
use subxt::{
	transactions::Payload,
	utils::{AccountId32, Static},
};
use tempfile::NamedTempFile;

const VERSION: u32 = 1;

/// Writes a file that is not there. Unlike what cannot be made again, tickets are not waited for until
/// they are on disk: for a million of them that would take hours.
fn create(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<bool> {
	DirBuilder::new()
		.recursive(true)
		.mode(0o700)
		.create(folder)?;
	let mut file = NamedTempFile::with_prefix_in(".part-", folder)?;
	file.write_all(bytes)?;
	match file.persist_noclobber(path) {
		Ok(_) => Ok(true),
		Err(failed) if failed.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
		Err(failed) => Err(failed.error),
	}
}

/// Bytes of a ticket, at most: a proof has up to 40 siblings.
const LENGTH: u64 = 16_384;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
	version: u32,
	#[serde(with = "hex32")]
	genesis: Digest,
	dataset: DatasetId,
	pool: PoolId,
	index: u64,
	account: String,
	/// In decimal digits: not every reader of JSON has numbers of 64 bits.
	weight: String,
	salt: Option<String>,
	proof: Vec<Sibling>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sibling {
	#[serde(with = "hex32")]
	hash: Digest,
	sum: String,
}

/// A member of a sealed cohort, and the proof of it. It holds as long as the chain does. It has no
/// `Debug`: a salt is never to be printed by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct Ticket {
	/// The hash of the chain's genesis block.
	pub genesis: Digest,
	/// The dataset.
	pub dataset: DatasetId,
	/// The cohort's pool.
	pub pool: PoolId,
	/// The index of the leaf.
	pub index: u64,
	/// Who is paid.
	pub member: Member,
	/// Whether the leaf hides that.
	pub hidden: bool,
	/// What leads from the leaf to the cohort's root.
	pub proof: Proof,
}

/// What a member is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
	/// In all, paid or not, in the smallest units of what the pool pays.
	pub entitled: u128,
	/// Paid so far.
	pub drawn: u128,
	/// Not paid yet.
	pub due: u128,
}

impl Ticket {
	/// The ticket of a leaf; `None` when there is no such leaf.
	///
	/// # Errors
	/// [`Error::Shares`], when the tree is not that of the list.
	pub fn of(list: &List, tree: &Tree, index: u64) -> Result<Option<Self>, Error> {
		let Some(member) = list.member(index) else {
			return Ok(None);
		};
		Ok(Some(Ticket {
			genesis: list.origin.genesis,
			dataset: list.origin.dataset,
			pool: list.origin.pool,
			index,
			member: *member,
			hidden: list.origin.hidden,
			proof: tree.prove(index)?,
		}))
	}

	/// Where a ticket is written: `ADDRESS-POOL.json`.
	pub fn path(&self, folder: &Path) -> PathBuf {
		folder.join(format!("{}-{}.json", address(&self.member), self.pool))
	}

	/// Writes the ticket, readable by its owner alone. The same may be written again: then this
	/// gives `false`.
	///
	/// # Errors
	/// [`Error::Exists`], [`Error::Io`].
	pub fn write(&self, folder: &Path) -> Result<bool, Error> {
		let path = self.path(folder);
		let failed = |error| Error::Io {
			path: path.clone(),
			error,
		};
		let siblings = self.proof.siblings.iter().map(|node| Sibling {
			hash: node.hash,
			sum: node.sum.to_string(),
		});
		let written = Written {
			version: VERSION,
			genesis: self.genesis,
			dataset: self.dataset,
			pool: self.pool,
			index: self.index,
			account: address(&self.member),
			weight: self.member.weight.to_string(),
			salt: self.hidden.then(|| hex::encode(self.member.salt)),
			proof: siblings.collect(),
		};
		let mut bytes = serde_json::to_vec_pretty(&written)
			.map_err(io::Error::other)
			.map_err(failed)?;
		bytes.push(b'\n');
		let is_new = !path.exists() && create(folder, &path, &bytes).map_err(failed)?;
		if !is_new && std::fs::read(&path).map_err(failed)? != bytes {
			return Err(Error::Exists(path.clone()));
		}
		Ok(is_new)
	}

	/// Reads a ticket.
	///
	/// # Errors
	/// [`Error::Ticket`], [`Error::Unreadable`].
	pub fn read(path: &Path) -> Result<Self, Error> {
		let unreadable = |error| Error::Unreadable {
			path: path.into(),
			error,
		};
		let bad = |why: &str| Error::Ticket {
			path: path.into(),
			why: format!("this is no ticket: {why}"),
		};
		let mut bytes = Vec::new();
		let file = File::open(path).map_err(unreadable)?;
		let mut limited = file.take(LENGTH);
		limited.read_to_end(&mut bytes).map_err(unreadable)?;
		// serde's own words could repeat the salt.
		let written: Written = serde_json::from_slice(&bytes).map_err(|error| {
			bad(&format!(
				"line {}, column {} is not understood",
				error.line(),
				error.column()
			))
		})?;
		if written.version != VERSION {
			let why = format!(
				"it has version {}, this software reads {VERSION}",
				written.version
			);
			return Err(bad(&why));
		}
		let account: AccountBytes =
			parse_account(&written.account).map_err(|error| bad(&error.to_string()))?;
		let weight = written.weight.parse::<u64>();
		let weight = weight.map_err(|_| bad("the weight is no number"))?;
		let mut salt = [0; 32];
		if let Some(digits) = &written.salt {
			hex::decode_to_slice(digits, &mut salt)
				.map_err(|_| bad("the salt has not 64 hex digits"))?;
		}
		let siblings = written.proof.into_iter().map(|sibling| {
			let sum = sibling.sum.parse::<u128>();
			Ok(Node {
				hash: sibling.hash,
				sum: sum.map_err(|_| bad("a sum of the proof is no number"))?,
			})
		});
		let siblings = siblings.collect::<Result<Vec<Node>, Error>>()?;
		let proof = Proof::try_from(siblings).map_err(|_| bad("the proof is too long"))?;
		Ok(Ticket {
			genesis: written.genesis,
			dataset: written.dataset,
			pool: written.pool,
			index: written.index,
			member: Member {
				account,
				weight,
				salt,
			},
			hidden: written.salt.is_some(),
			proof,
		})
	}

	fn leaf(&self) -> Leaf<AccountBytes> {
		leaf_of(&self.member, self.hidden)
	}

	/// Who is paid.
	pub fn account(&self) -> AccountId {
		AccountId32(self.member.account)
	}

	/// What the ticket's member is due of a pool of the cohort that was funded with `funded`, when
	/// `drawn` was paid, in words why not otherwise.
	///
	/// # Errors
	/// When the ticket is not one of the cohort.
	pub fn standing(&self, cohort: &Cohort, funded: u128, drawn: u128) -> Result<Standing, String> {
		let CohortState::Open(summary) = &cohort.state else {
			return Err(format!(
				"cohort {} is not sealed yet: wait until its owner has done that",
				self.pool
			));
		};
		let entitled = self.entitlement(&summary.0, funded).map_err(|error| {
			format!(
				"{} has no such place in cohort {} ({error}): ask for a new ticket",
				ss58(&self.member.account),
				self.pool
			)
		})?;
		Ok(Standing {
			entitled,
			drawn,
			due: entitled.saturating_sub(drawn),
		})
	}

	fn entitlement(
		&self,
		summary: &Summary,
		funded: u128,
	) -> Result<u128, guerdon_share_tree::Error> {
		let node = leaf_node::<NativeBlake2_256, _>(self.pool, self.index, &self.leaf());
		entitlement_of::<NativeBlake2_256>(summary, self.index, node, &self.proof, funded)
	}

	/// What opens the leaf; `None` where it hides nobody.
	fn opening(&self) -> Option<Opening> {
		self.hidden.then(|| Opening {
			account: self.account(),
			salt: self.member.salt,
		})
	}

	/// The call that pays what is due of a pool of the cohort.
	pub fn claim(&self, pool: PoolId) -> impl Payload + Sync {
		api::transactions().settlement().claim(
			pool,
			self.index,
			call_leaf(&self.leaf()),
			Static(self.proof.clone()),
			self.opening(),
		)
	}

	/// The same as one of many, or without a fee.
	pub fn item(&self, pool: PoolId) -> api::Claim {
		api::Claim {
			pool,
			index: self.index,
			leaf: call_leaf(&self.leaf()),
			proof: Static(self.proof.clone()),
			opening: self.opening(),
		}
	}
}
