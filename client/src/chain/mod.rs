//! The chain as a client sees it: a connection, reads at one block, calls that are sent and
//! followed until they have happened.

pub mod api;
mod error;
mod submit;
mod view;

pub use error::Error;
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

/// How long a node may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);

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
		let fail = |why: String| Error::NotConnected {
			url: url.into(),
			why,
		};
		let connecting = RpcClient::from_insecure_url(url);
		let client = tokio::time::timeout(PATIENCE, connecting)
			.await
			.map_err(|_| fail("no answer".into()))?
			.map_err(|error| fail(error.to_string()))?;
		let rpc = LegacyRpcMethods::new(client.clone());
		let client = OnlineClient::from_rpc_client(client)
			.await
			.map_err(|error| fail(error.to_string()))?;
		Ok(Chain {
			client,
			rpc,
			url: url.into(),
			sending: Arc::default(),
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
		match client {
			Ok(client) => Ok(View::new(client)),
			Err(subxt::error::OnlineClientAtBlockError::BlockHeaderNotFound { block_hash }) => {
				Err(Error::NotFound(format!("block {block_hash:?}")))
			}
			Err(error) => Err(subxt::Error::from(error).into()),
		}
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
}

fn views(
	blocks: subxt::client::Blocks<PolkadotConfig>,
) -> impl Stream<Item = Result<View, Error>> + Unpin {
	Box::pin(blocks.then(|block| async move {
		let block = block.map_err(subxt::Error::from)?;
		Ok(View::new(block.at().await.map_err(subxt::Error::from)?))
	}))
}
