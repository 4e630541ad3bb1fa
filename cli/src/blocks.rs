//! Blocks with their transactions, for what the chain's state does not keep.

use crate::context::Context;
use anyhow::Result;
use guerdon_client::chain::Error;
use subxt::{
	client::{ClientAtBlock, OnlineClientAtBlockImpl},
	OnlineClient, PolkadotConfig,
};

/// A client at a block.
pub type Block = ClientAtBlock<PolkadotConfig, OnlineClientAtBlockImpl<PolkadotConfig>>;

/// Reads blocks by their height.
pub struct Blocks(OnlineClient<PolkadotConfig>);

/// An error of subxt as one of ours.
pub fn error(error: impl Into<subxt::Error>) -> Error {
	error.into().into()
}

impl Blocks {
	/// Connects to the node.
	pub async fn connect(context: &Context) -> Result<Self> {
		let url = &context.options.url;
		let client = OnlineClient::from_insecure_url(url).await;
		Ok(Blocks(client.map_err(|error| Error::NotConnected {
			url: url.clone(),
			why: error.to_string(),
		})?))
	}

	/// The block at a height.
	pub async fn at(&self, height: u32) -> Result<Block> {
		Ok(self.0.at_block(u64::from(height)).await.map_err(error)?)
	}
}
