//! The chain as a client sees it: a connection, reads at one block, calls that are sent and
//! followed until they have happened.

pub mod api;
mod assets;
mod error;
mod home;
mod link;
mod members;
mod submit;
#[cfg(test)]
mod tests;
mod view;

pub use assets::{dues, free, Units};
pub use error::Error;
pub use link::{Heads, Link};
pub use members::{Deposits, Drawn, ListLeaf};
pub use submit::{Included, Wait};
pub use view::View;

use futures::{Stream, StreamExt};
use guerdon_receipt::Digest;
use std::{sync::Arc, time::Duration};
use subxt::{
	config::{PolkadotConfig, RpcConfigFor},
	rpcs::{client::RpcClient, methods::legacy::LegacyRpcMethods},
	utils::H256,
	OnlineClient,
};

/// An account.
pub type AccountId = subxt::utils::AccountId32;

/// How long a node may take until it is connected to.
const CONNECTING: Duration = Duration::from_secs(20);

/// How long a node that is connected to may take to answer: as long as the transport waits.
const ANSWERING: Duration = Duration::from_secs(60);

/// At which block to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum At {
	/// The latest finalized one.
	#[default]
	Finalized,
	/// The best one, which may still be replaced.
	Best,
	/// A certain one.
	Hash(H256),
}

/// A connection to a node.
#[derive(Clone)]
pub struct Chain {
	client: OnlineClient<PolkadotConfig>,
	rpc: LegacyRpcMethods<RpcConfigFor<PolkadotConfig>>,
	url: Arc<str>,
	/// Nonces are taken one at a time.
	sending: Arc<tokio::sync::Mutex<()>>,
}

impl Chain {
	/// Connects to a node's JSON-RPC.
	///
	/// # Errors
	/// [`Error::NotConnected`].
	pub async fn connect(url: &str) -> Result<Self, Error> {
		Self::open(url.into(), Arc::default()).await
	}

	/// Connects once more to the same address. Nonces are still taken one at a time.
	///
	/// # Errors
	/// [`Error::NotConnected`].
	pub async fn again(&self) -> Result<Self, Error> {
		Self::open(self.url.clone(), self.sending.clone()).await
	}

	async fn open(url: Arc<str>, sending: Arc<tokio::sync::Mutex<()>>) -> Result<Self, Error> {
		let connecting = async {
			let client = RpcClient::from_insecure_url(&url).await;
			let client = client.map_err(|error| error.to_string())?;
			Self::with(client, url.clone(), sending).await
		};
		let connected = tokio::time::timeout(CONNECTING, connecting).await;
		connected
			.unwrap_or_else(|_| Err("no answer".into()))
			.map_err(|why| Error::NotConnected {
				url: url.to_string(),
				why,
			})
	}

	async fn with(
		rpc: RpcClient,
		url: Arc<str>,
		sending: Arc<tokio::sync::Mutex<()>>,
	) -> Result<Self, String> {
		let client = OnlineClient::from_rpc_client(rpc.clone()).await;
		Ok(Chain {
			client: client.map_err(|error| error.to_string())?,
			rpc: LegacyRpcMethods::new(rpc),
			url,
			sending,
		})
	}

	/// The node's address.
	pub fn url(&self) -> &str {
		&self.url
	}

	/// Hash of the chain's first block: what tells chains apart.
	pub fn genesis(&self) -> Digest {
		self.client.genesis_hash().0
	}

	/// Reads at a block.
	///
	/// # Errors
	/// [`Error::NotFound`] for an unknown block, [`Error::NotConnected`].
	pub async fn at(&self, at: At) -> Result<View, Error> {
		let client = self.in_time(async {
			let client = match at {
				At::Finalized => self.client.at_current_block().await,
				At::Best => {
					let best = self
						.rpc
						.chain_get_block_hash(None)
						.await
						.map_err(subxt::Error::from)?;
					let best = best.ok_or_else(|| Error::NotFound("best block".into()))?;
					self.client.at_block(best).await
				}
				At::Hash(hash) => self.client.at_block(hash).await,
			};
			Ok(client)
		});
		match client.await? {
			Ok(client) => Ok(View::new(client)),
			Err(subxt::error::OnlineClientAtBlockError::BlockHeaderNotFound { block_hash }) => {
				Err(Error::NotFound(format!("block {block_hash:?}")))
			}
			Err(error) => Err(subxt::Error::from(error).into()),
		}
	}

	/// Waits no longer than a node may take. Not everything that is waited for is a request, which
	/// the transport would give up by itself.
	async fn in_time<T>(
		&self,
		answer: impl std::future::Future<Output = Result<T, Error>>,
	) -> Result<T, Error> {
		let answered = tokio::time::timeout(ANSWERING, answer).await;
		answered.unwrap_or_else(|_| {
			Err(Error::NotConnected {
				url: self.url.to_string(),
				why: "no answer".into(),
			})
		})
	}

	/// Reads at the latest finalized block.
	///
	/// # Errors
	/// See [`Chain::at`].
	pub async fn finalized(&self) -> Result<View, Error> {
		self.at(At::Finalized).await
	}

	/// Reads at the best block.
	///
	/// # Errors
	/// See [`Chain::at`].
	pub async fn best(&self) -> Result<View, Error> {
		self.at(At::Best).await
	}

	/// Finalized blocks as they come.
	///
	/// # Errors
	/// [`Error::NotConnected`].
	pub async fn blocks(
		&self,
	) -> Result<impl Stream<Item = Result<View, Error>> + Unpin + use<>, Error> {
		let blocks = self
			.client
			.stream_blocks()
			.await
			.map_err(subxt::Error::from)?;
		Ok(views(blocks))
	}

	/// Best blocks as they come; some of them may be replaced later.
	///
	/// # Errors
	/// [`Error::NotConnected`].
	pub async fn best_blocks(
		&self,
	) -> Result<impl Stream<Item = Result<View, Error>> + Unpin + use<>, Error> {
		let blocks = self
			.client
			.stream_best_blocks()
			.await
			.map_err(subxt::Error::from)?;
		Ok(views(blocks))
	}

	/// The best blocks as they come, not looked at yet.
	async fn heads(&self) -> Result<subxt::client::Blocks<PolkadotConfig>, Error> {
		let heads = self.in_time(async {
			let blocks = self.client.stream_best_blocks().await;
			Ok(blocks.map_err(subxt::Error::from)?)
		});
		heads.await
	}

	/// Hash of the block at a height, on the chain that ends in the best block.
	///
	/// # Errors
	/// [`Error::NotConnected`].
	pub async fn block_hash(&self, number: u32) -> Result<Option<Digest>, Error> {
		let hash = self.rpc.chain_get_block_hash(Some(number.into())).await;
		Ok(hash.map_err(subxt::Error::from)?.map(|hash| hash.0))
	}

	/// Hash of the block after genesis, once it is final.
	async fn first_block(&self) -> Result<Option<Digest>, Error> {
		match self.finalized().await?.number {
			0 => Ok(None),
			_ => self.block_hash(1).await,
		}
	}
}

fn views(
	blocks: subxt::client::Blocks<PolkadotConfig>,
) -> impl Stream<Item = Result<View, Error>> + Unpin {
	Box::pin(blocks.then(|block| async move { look(block.map_err(subxt::Error::from)?).await }))
}

/// Reads at a block that a node told of.
async fn look(block: subxt::client::Block<PolkadotConfig>) -> Result<View, Error> {
	Ok(View::new(block.at().await.map_err(subxt::Error::from)?))
}
