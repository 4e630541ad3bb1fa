//! A node that answers as it is told to, and remembers what it was given.

use super::*;
use codec::{Compact, Encode};
use futures::stream;
use serde_json::{json, value::RawValue, Value};
use std::{path::Path, sync::Mutex};
use subxt::rpcs::{
	client::{RawRpcFuture, RawRpcSubscription, RpcClientT},
	Error as RpcError,
};
use subxt_signer::sr25519::dev;

const GENESIS: H256 = H256([1; 32]);
const BEST: H256 = H256([9; 32]);
const HEIGHT: u32 = 5;

/// What happens to a transaction that is handed in.
#[derive(Clone)]
enum Fate {
	/// The connection is lost while it is handed in.
	Lost,
	/// These are told of it, and then nothing more.
	Told(Vec<Value>),
	/// The connection is lost later.
	LostLater,
}

/// A method, and the transaction that it was given.
type Given = (String, Vec<u8>);

#[derive(Clone)]
struct Node {
	first: H256,
	away: bool,
	validity: Vec<u8>,
	fate: Fate,
	/// Everything with a call in it, by what it was given for.
	given: Arc<Mutex<Vec<Given>>>,
}

impl Node {
	fn new() -> Self {
		let valid = (0u8, 0u64, Vec::<Vec<u8>>::new(), Vec::<Vec<u8>>::new());
		Node {
			first: H256([2; 32]),
			away: false,
			validity: (valid, 64u64, true).encode(),
			fate: Fate::Told(Vec::new()),
			given: Arc::default(),
		}
	}

	async fn chain(&self) -> Chain {
		let rpc = RpcClient::new(self.clone());
		let url = "ws://127.0.0.1:1".into();
		Chain::with(rpc, url, Arc::default()).await.unwrap()
	}

	fn given(&self) -> Vec<(String, Vec<u8>)> {
		self.given.lock().unwrap().clone()
	}

	fn gone() -> RpcError {
		RpcError::Client("the background task closed".into())
	}

	fn header() -> Value {
		json!({
			"parentHash": H256::zero(),
			"number": format!("{HEIGHT:#x}"),
			"stateRoot": H256::zero(),
			"extrinsicsRoot": H256::zero(),
			"digest": { "logs": [] },
		})
	}

	fn call(&self, function: &str, given: Vec<u8>) -> Vec<u8> {
		let with_a_call = [
			"TransactionPaymentApi_query_info",
			"TaggedTransactionQueue_validate_transaction",
		];
		if with_a_call.contains(&function) {
			let mut all = self.given.lock().unwrap();
			all.push((function.into(), given));
		}
		match function {
			"Core_version" => {
				let names = (String::from("guerdon"), String::from("guerdon"));
				let apis = Vec::<([u8; 8], u32)>::new();
				(names, 1u32, 1u32, 1u32, apis, 1u32).encode()
			}
			"Metadata_metadata_versions" => vec![15u32].encode(),
			"Metadata_metadata_at_version" => {
				Some(include_bytes!("../../metadata.scale").to_vec()).encode()
			}
			"AccountNonceApi_account_nonce" => 3u32.encode(),
			"TransactionPaymentApi_query_info" => {
				(Compact(1u64), Compact(1u64), 0u8, 77u128).encode()
			}
			"TaggedTransactionQueue_validate_transaction" => self.validity.clone(),
			other => panic!("{other} was not expected"),
		}
	}

	fn answer(&self, method: &str, params: &[Value]) -> Result<Value, RpcError> {
		if self.away && method != "rpc_methods" && method != "chain_getBlockHash" {
			return Err(Self::gone());
		}
		Ok(match (method, params) {
			("rpc_methods", _) => json!({ "methods": [] }),
			("chain_getBlockHash", [number]) => match number.as_u64() {
				Some(0) => json!(GENESIS),
				Some(1) => json!(self.first),
				_ => json!(BEST),
			},
			("chain_getFinalizedHead", _) => json!(BEST),
			("chain_getHeader", _) => Self::header(),
			("system_accountNextIndex", _) => json!(3),
			("state_call", [function, given, ..]) => {
				let given = given.as_str().unwrap().trim_start_matches("0x");
				let answer = self.call(function.as_str().unwrap(), hex::decode(given).unwrap());
				json!(format!("0x{}", hex::encode(answer)))
			}
			other => panic!("{other:?} was not expected"),
		})
	}
}

fn values(params: Option<Box<RawValue>>) -> Vec<Value> {
	params.map_or_else(Vec::new, |params| {
		serde_json::from_str(params.get()).unwrap()
	})
}

fn raw(value: &Value) -> Box<RawValue> {
	RawValue::from_string(value.to_string()).unwrap()
}

impl RpcClientT for Node {
	fn request_raw<'a>(
		&'a self,
		method: &'a str,
		params: Option<Box<RawValue>>,
	) -> RawRpcFuture<'a, Box<RawValue>> {
		let answer = self.answer(method, &values(params));
		Box::pin(async move { answer.map(|answer| raw(&answer)) })
	}

	fn subscribe_raw<'a>(
		&'a self,
		method: &'a str,
		params: Option<Box<RawValue>>,
		_: &'a str,
	) -> RawRpcFuture<'a, RawRpcSubscription> {
		let told = match method {
			"chain_subscribeNewHeads" => Ok(vec![Ok(Self::header())]),
			"author_submitAndWatchExtrinsic" => {
				let values = values(params);
				let given = values[0].as_str().unwrap().trim_start_matches("0x");
				let mut all = self.given.lock().unwrap();
				all.push((method.into(), hex::decode(given).unwrap()));
				match self.fate.clone() {
					Fate::Lost => Err(Self::gone()),
					Fate::Told(told) => Ok(told.into_iter().map(Ok).collect()),
					Fate::LostLater => Ok(vec![Ok(json!("ready")), Err(Self::gone())]),
				}
			}
			other => panic!("{other} was not expected"),
		};
		Box::pin(async move {
			let told: Vec<Result<Value, RpcError>> = told?;
			let told = told.into_iter().map(|one| one.map(|one| raw(&one)));
			Ok(RawRpcSubscription {
				stream: Box::pin(stream::iter(told)),
				id: None,
			})
		})
	}
}

/// The signature in a transaction.
fn signature(bytes: &[u8], account: &AccountId) -> [u8; 64] {
	let at = bytes
		.windows(32)
		.position(|window| window == account.0)
		.unwrap();
	assert_eq!(
		bytes[at + 32],
		1,
		"an sr25519 signature follows the account"
	);
	bytes[at + 33..at + 97].try_into().unwrap()
}

fn call() -> impl subxt::transactions::Payload + Sync {
	api::transactions().training().advance(7, 32)
}

#[tokio::test]
async fn a_fee_is_asked_for_without_a_signature() {
	let node = Node::new();
	let account = Chain::account_of(&dev::alice());
	let fee = node.chain().await.fee(&account, &call()).await.unwrap();
	assert_eq!(fee, 77);
	let given = node.given();
	assert_eq!(given.len(), 1);
	let (function, bytes) = &given[0];
	assert_eq!(function, "TransactionPaymentApi_query_info");
	assert_eq!(signature(bytes, &account), [0; 64]);
}

#[tokio::test]
async fn what_a_fee_is_asked_for_is_as_long_as_what_is_sent() {
	let node = Node::new();
	let chain = node.chain().await;
	let account = Chain::account_of(&dev::alice());
	chain.fee(&account, &call()).await.unwrap();
	let submitted = chain.submit(&dev::alice(), &call(), Wait::Best).await;
	assert!(submitted.is_err(), "nobody told of it");
	let given = node.given();
	let (asked, sent) = (&given[0].1, &given.last().unwrap().1);
	// Behind the transaction comes its length.
	assert_eq!(asked.len(), sent.len() + 4);
	assert_ne!(signature(sent, &account), [0; 64]);
}

#[tokio::test]
async fn what_could_not_succeed_is_not_sent() {
	let mut node = Node::new();
	// An error, `Invalid`, `Payment`.
	node.validity = vec![1, 0, 1];
	let (chain, mut told) = (node.chain().await, Vec::new());
	let submitted = chain
		.submit_told(&dev::alice(), &call(), Wait::Best, |hash| told.push(hash))
		.await;
	let error = submitted.map(|_| ()).unwrap_err();
	assert!(matches!(error, Error::Refused { .. }), "{error:?}");
	assert!(error.to_string().contains("needs some GRD"), "{error}");
	assert!(told.is_empty());
	let submissions = node.given();
	assert!(submissions
		.iter()
		.all(|(method, _)| method != "author_submitAndWatchExtrinsic"));
}

#[tokio::test]
async fn a_node_that_is_away_before_is_not_connected() {
	let mut node = Node::new();
	node.away = true;
	let submitted = node.chain().await;
	let submitted = submitted.submit(&dev::alice(), &call(), Wait::Best).await;
	let error = submitted.map(|_| ()).unwrap_err();
	assert!(matches!(error, Error::NotConnected { .. }), "{error:?}");
	assert!(node.given().is_empty());
}

#[tokio::test]
async fn once_it_was_handed_over_its_hash_is_told_and_nothing_is_promised() {
	for fate in [
		Fate::Lost,
		Fate::LostLater,
		Fate::Told(vec![]),
		Fate::Told(vec![json!("ready")]),
		Fate::Told(vec![json!("ready"), json!("dropped")]),
		Fate::Told(vec![json!("ready"), json!("invalid")]),
		Fate::Told(vec![json!("ready"), json!({ "usurped": GENESIS })]),
	] {
		let mut node = Node::new();
		node.fate = fate;
		let (chain, mut told) = (node.chain().await, Vec::new());
		let submitted = chain
			.submit_told(&dev::alice(), &call(), Wait::Finalized, |hash| {
				told.push(hash)
			})
			.await;
		let error = submitted.map(|_| ()).unwrap_err();
		let Error::Unconfirmed { extrinsic, .. } = error else {
			panic!("{error:?}");
		};
		assert_eq!(told, [extrinsic]);
		let handed = node.given().pop().unwrap();
		assert_eq!(handed.0, "author_submitAndWatchExtrinsic");
		assert_eq!(crate::engine::appraise::blake2_256(&handed.1), extrinsic.0);
	}
}

#[tokio::test]
async fn what_the_pool_does_not_take_is_refused() {
	let mut node = Node::new();
	node.fate = Fate::Told(vec![json!("invalid")]);
	let chain = node.chain().await;
	let submitted = chain.submit(&dev::alice(), &call(), Wait::Best).await;
	let error = submitted.map(|_| ()).unwrap_err();
	assert!(matches!(error, Error::Refused { .. }), "{error:?}");
}

#[tokio::test]
async fn a_home_is_not_used_with_a_chain_that_was_started_anew() {
	let home = tempfile::tempdir().unwrap();
	let mut node = Node::new();
	assert!(node.chain().await.claim(home.path()).await.unwrap());
	assert!(node.chain().await.claim(home.path()).await.unwrap());
	node.first = H256([3; 32]);
	let error = node.chain().await.claim(home.path()).await.unwrap_err();
	assert!(matches!(error, Error::Home { .. }), "{error:?}");
}

async fn link(node: &Node, home: &Path) -> Link {
	Link::keep(node.chain().await, home).unwrap()
}

#[tokio::test]
async fn a_link_shows_the_best_block_to_everybody() {
	let home = tempfile::tempdir().unwrap();
	let link = link(&Node::new(), home.path()).await;
	for _ in 0..2 {
		let view = link.heads().next().await.unwrap();
		assert_eq!(view.number, HEIGHT);
	}
}

#[tokio::test]
async fn a_link_to_another_chain_is_given_up() {
	let home = tempfile::tempdir().unwrap();
	let mut node = Node::new();
	assert!(node.chain().await.claim(home.path()).await.unwrap());
	node.first = H256([3; 32]);
	let link = link(&node, home.path()).await;
	assert!(link.heads().next().await.is_none());
	let error = link.failed().await.to_string();
	assert!(error.contains("belongs to another chain"), "{error}");
}
