//! The index of leaves that this node keeps beside the chain: it follows finalized blocks, and is what
//! claims of people on long lists are made from. See `guerdon-index`.

mod command;

pub use command::IndexCmd;

use std::{path::PathBuf, sync::Arc};

use futures::StreamExt;
use guerdon_index::{Block as Place, Change, Index, Leaf, Payee};
use guerdon_runtime::{BlockNumber, Hash};
use guerdon_runtime_api::{GuerdonApi, Leaf as ApiLeaf, PoolChange, MAX_LEAVES};
use guerdon_share_tree::PoolId;
use sc_client_api::{BlockchainEvents, HeaderBackend, StorageProvider};
use sc_service::{Configuration, TaskManager};
use sp_api::ProvideRuntimeApi;

use crate::{service::FullClient, Block};

/// Blocks without anything to keep are noted together: so many are looked at again after a kill, at most.
const NOTED: BlockNumber = 1_000;

/// Records that are removed for each block, of pools that are no more.
const TIDIED: u64 = 10_000;

/// Why the index cannot go on.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Where a node keeps its index.
pub fn folder(config: &Configuration) -> PathBuf {
	let chain = config.base_path.config_dir(config.chain_spec.id());
	chain.join("claims")
}

/// Opens this node's index.
pub fn open(config: &Configuration, client: &FullClient) -> Result<Arc<Index>, Failure> {
	let path = folder(config);
	std::fs::create_dir_all(&path)?;
	let index = Index::open(&path, client.info().genesis_hash.into())?;
	Ok(Arc::new(index))
}

/// Follows the chain from now on. A node whose index fails goes on without: what it told stays true, and
/// claims that it does not know of are asked of another one.
pub fn spawn(tasks: &TaskManager, client: Arc<FullClient>, index: Arc<Index>) {
	tasks
		.spawn_handle()
		.spawn_blocking("claims-index", None, async move {
			if let Err(error) = follow(client, index).await {
				log::error!("The index of claims does not go on: {error}");
			}
		});
}

async fn follow(client: Arc<FullClient>, index: Arc<Index>) -> Result<(), Failure> {
	// Before it is looked how far the chain is, so that nothing is missed in between.
	let mut finalized = client.finality_notification_stream();
	let mut follower = Follower::new(client, index)?;
	follower.catch_up()?;
	// Each notification keeps the states of its blocks until it is dropped.
	while let Some(_notification) = finalized.next().await {
		follower.catch_up()?;
	}
	Ok(())
}

struct Follower {
	client: Arc<FullClient>,
	index: Arc<Index>,
	/// The last block that was looked at.
	seen: BlockNumber,
	/// Where the index was when the node began, while the chain is not there yet.
	began_at: Option<Place>,
}

impl Follower {
	fn new(client: Arc<FullClient>, index: Arc<Index>) -> Result<Self, Failure> {
		let began_at = index.cursor()?;
		Ok(Self {
			seen: began_at.map_or(0, |block| block.number),
			began_at,
			client,
			index,
		})
	}

	/// Whether the index is one of this chain: a chain that was removed and begun again has the same
	/// genesis.
	fn is_of_this_chain(&mut self, finalized: BlockNumber) -> Result<bool, Failure> {
		let Some(Place { number, hash }) = self.began_at.filter(|at| at.number <= finalized) else {
			return Ok(true);
		};
		let is_same = self.hash(number)?.is_some_and(|there| there.0 == hash);
		if is_same {
			self.began_at = None;
		}
		Ok(is_same)
	}

	fn hash(&self, number: BlockNumber) -> Result<Option<Hash>, Failure> {
		Ok(HeaderBackend::<Block>::hash(&*self.client, number)?)
	}

	/// Whether the state of a block is there.
	fn has_state(&self, number: BlockNumber) -> Result<bool, Failure> {
		let Some(hash) = self.hash(number)? else {
			return Ok(false);
		};
		let key = sp_core::storage::StorageKey(sp_core::storage::well_known_keys::CODE.to_vec());
		Ok(self
			.client
			.storage_hash(hash, &key)
			.is_ok_and(|it| it.is_some()))
	}

	/// The first block from `first` on whose state is there. States are dropped from the oldest on.
	fn first_with_state(
		&self,
		first: BlockNumber,
		last: BlockNumber,
	) -> Result<BlockNumber, Failure> {
		let (mut without, mut with) = (first, last);
		if self.has_state(first)? {
			return Ok(first);
		}
		while with.saturating_sub(without) > 1 {
			let middle = without + (with - without) / 2;
			if self.has_state(middle)? {
				with = middle;
			} else {
				without = middle;
			}
		}
		Ok(with)
	}

	/// Looks at all blocks that are final and were not looked at.
	fn catch_up(&mut self) -> Result<(), Failure> {
		let last = self.client.info().finalized_number;
		if !self.is_of_this_chain(last)? {
			let why =
				"it has blocks that are not in this chain: stop the node and remove the folder \
			           `claims` beside its database, and the index is made again";
			return Err(why.into());
		}
		let Some(mut next) = self.seen.checked_add(1).filter(|next| *next <= last) else {
			return Ok(());
		};
		let first = self.first_with_state(next, last)?;
		if first > next {
			log::warn!(
				"The states of blocks {next} to {} are not kept here: lists of members that were streamed in \
				 them can be had by `index import`, from a node that has them",
				first - 1
			);
			next = first;
		}
		for number in next..=last {
			let hash = self.hash(number)?;
			let hash = hash.ok_or_else(|| format!("block {number} is not there"))?;
			let changes = changes(&self.client, hash)?;
			if !changes.is_empty() || number == last || number.is_multiple_of(NOTED) {
				let block = Place {
					number,
					hash: hash.into(),
				};
				self.index.apply(block, &changes)?;
				self.index.tidy(TIDIED)?;
			}
			self.seen = number;
		}
		Ok(())
	}
}

/// What a block says of leaves.
fn changes(client: &FullClient, hash: Hash) -> Result<Vec<Change>, Failure> {
	let api = client.runtime_api();
	let mut changes = Vec::new();
	for change in api.pool_changes(hash)? {
		match change {
			PoolChange::Streamed { pool, from, leaves } => {
				let leaves = leaves.into_iter().map(kept).collect();
				changes.push(Change::Streamed { pool, from, leaves });
			}
			PoolChange::Sealed { pool, summary } => changes.push(Change::Sealed { pool, summary }),
			PoolChange::Abandoned { pool } => changes.push(Change::Abandoned { pool }),
			PoolChange::Settled { pool, summary } => {
				for from in (0..summary.count).step_by(usize::try_from(MAX_LEAVES)?) {
					let leaves = api.leaves(hash, pool, from)?;
					let leaves = leaves.into_iter().map(kept).collect();
					changes.push(Change::Streamed { pool, from, leaves });
				}
				changes.push(Change::Sealed { pool, summary });
			}
		}
	}
	Ok(changes)
}

/// A leaf as the index has it.
fn kept(leaf: ApiLeaf) -> Leaf {
	Leaf {
		payee: match leaf.payee {
			guerdon_share_tree::Payee::Account(account) => Payee::Account(account.into()),
			guerdon_share_tree::Payee::Hidden(hash) => Payee::Hidden(hash),
			guerdon_share_tree::Payee::Pool(pool) => Payee::Pool(pool),
		},
		weight: leaf.weight,
	}
}

/// The tree of a pool that is sealed as of the latest finalized block.
fn sealed(
	client: &FullClient,
	pool: PoolId,
) -> Result<Option<guerdon_share_tree::Summary>, Failure> {
	let hash = client.info().finalized_hash;
	Ok(client.runtime_api().pool_summary(hash, pool)?)
}
