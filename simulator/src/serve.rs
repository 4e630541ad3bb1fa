//! A chain of the simulator for whoever reads a node: the methods that `scripts/audit` asks.

use std::{net::SocketAddr, sync::Arc};

use jsonrpsee::{
	server::{ServerBuilder, ServerHandle},
	types::ErrorObjectOwned,
	RpcModule,
};
use serde_json::{json, Value};

use crate::{chain::Chain, Hash};

/// The longest answer: a few blocks that replace the runtime.
const MAX_ANSWER_BYTES: u32 = 256 * 1024 * 1024;

type Answer = Result<Value, ErrorObjectOwned>;

fn wrong(why: impl std::fmt::Display) -> ErrorObjectOwned {
	ErrorObjectOwned::owned(-32_602, why.to_string(), None::<()>)
}

fn hex(bytes: &[u8]) -> String {
	sp_core::bytes::to_hex(bytes, false)
}

fn bytes(text: &str) -> Result<Vec<u8>, ErrorObjectOwned> {
	sp_core::bytes::from_hex(text).map_err(|_| wrong(format!("write {text} as hex with 0x")))
}

fn methods(
	chain: Arc<Chain>,
) -> Result<RpcModule<Arc<Chain>>, jsonrpsee::core::RegisterMethodError> {
	let mut module = RpcModule::new(chain);
	module.register_method("chain_getFinalizedHead", |_, chain, _| {
		json!(chain.best().0)
	})?;
	module.register_method("chain_getBlockHash", |params, chain, _| -> Answer {
		let (number,): (u32,) = params.parse()?;
		Ok(json!(chain.hash(number)))
	})?;
	module.register_method("chain_getHeader", |params, chain, _| -> Answer {
		let (hash,): (Hash,) = params.parse()?;
		Ok(json!(
			chain
				.block(hash)
				.ok_or_else(|| wrong("name a block of this chain"))?
				.header
		))
	})?;
	module.register_method("chain_getBlock", |params, chain, _| -> Answer {
		let (hash,): (Hash,) = params.parse()?;
		let block = chain
			.block(hash)
			.ok_or_else(|| wrong("name a block of this chain"))?;
		Ok(json!({ "block": block, "justifications": null }))
	})?;
	module.register_method("state_getStorage", |params, chain, _| -> Answer {
		let (key, hash): (String, Hash) = params.parse()?;
		Ok(json!(chain
			.storage(hash, &bytes(&key)?)
			.map_err(wrong)?
			.map(|value| hex(&value))))
	})?;
	module.register_method("state_getKeysPaged", |params, chain, _| -> Answer {
		let (prefix, count, after, hash): (String, usize, String, Hash) = params.parse()?;
		let keys = chain
			.keys(hash, &bytes(&prefix)?, &bytes(&after)?, count)
			.map_err(wrong)?;
		Ok(json!(keys.iter().map(|key| hex(key)).collect::<Vec<_>>()))
	})?;
	module.register_method("state_getRuntimeVersion", |params, chain, _| -> Answer {
		let (hash,): (Hash,) = params.parse()?;
		Ok(json!({ "specVersion": chain.spec_version(hash).map_err(wrong)? }))
	})?;
	module.register_method("state_getMetadata", |params, chain, _| -> Answer {
		let (hash,): (Hash,) = params.parse()?;
		Ok(json!(hex(&chain.metadata(hash).map_err(wrong)?)))
	})?;
	Ok(module)
}

/// Serves a chain over HTTP, for as long as the handle lives.
pub async fn over_http(
	chain: Chain,
	address: SocketAddr,
) -> Result<ServerHandle, Box<dyn std::error::Error>> {
	let server = ServerBuilder::default()
		.http_only()
		.max_response_body_size(MAX_ANSWER_BYTES)
		.build(address)
		.await?;
	Ok(server.start(methods(Arc::new(chain))?))
}
