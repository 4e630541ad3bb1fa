//! The JSON-RPC that this node adds to the SDK's own groups (`system`, `chain`, `state`, `author`,
//! `chainHead_v1` and the rest of the JSON-RPC specification): `guerdon_v1`, described in
//! `docs/rpc.md`, and the groups of BABE, GRANDPA and transaction payment.

mod claims;
mod convert;
mod credits;
mod error;
mod guerdon;
mod types;
mod words;

use std::{error::Error, sync::Arc};

use guerdon_index::Index;
use guerdon_runtime::{BlockNumber, Hash};
use jsonrpsee::RpcModule;
use pallet_transaction_payment_rpc::{TransactionPayment, TransactionPaymentApiServer};
use sc_consensus_babe::BabeWorkerHandle;
use sc_consensus_babe_rpc::{Babe, BabeApiServer};
use sc_consensus_grandpa::{
	FinalityProofProvider, GrandpaJustificationStream, SharedAuthoritySet, SharedVoterState,
};
use sc_consensus_grandpa_rpc::{Grandpa, GrandpaApiServer};
use sc_rpc::SubscriptionTaskExecutor;
use sp_keystore::KeystorePtr;
use substrate_frame_rpc_system::{System, SystemApiServer};

use self::{
	claims::{Claims, ClaimsRpcServer},
	credits::{CreditsFeed, CreditsRpcServer},
	guerdon::{Guerdon, GuerdonRpcServer},
};
use crate::{
	service::{FullBackend, FullClient, FullPool, FullSelectChain},
	Block,
};

/// What the GRANDPA group answers from.
pub struct GrandpaDeps {
	/// The voter's rounds.
	pub shared_voter_state: SharedVoterState,
	/// The authorities.
	pub shared_authority_set: SharedAuthoritySet<Hash, BlockNumber>,
	/// Justifications as they arrive.
	pub justification_stream: GrandpaJustificationStream<Block>,
	/// Proofs of finality for past blocks.
	pub finality_proofs: Arc<FinalityProofProvider<FullBackend, Block>>,
}

/// What the groups answer from.
pub struct Deps {
	/// The client.
	pub client: Arc<FullClient>,
	/// The transaction pool.
	pub pool: Arc<FullPool>,
	/// The fork choice.
	pub select_chain: FullSelectChain,
	/// The node's keys.
	pub keystore: KeystorePtr,
	/// BABE's epochs.
	pub babe_worker: BabeWorkerHandle<Block>,
	/// Leaves of pools, if this node keeps them.
	pub index: Option<Arc<Index>>,
	/// GRANDPA's state.
	pub grandpa: GrandpaDeps,
	/// Runs subscriptions.
	pub subscription_executor: SubscriptionTaskExecutor,
}

/// Merges the groups into one module.
pub fn create(deps: Deps) -> Result<RpcModule<()>, Box<dyn Error + Send + Sync>> {
	let Deps {
		client,
		pool,
		select_chain,
		keystore,
		babe_worker,
		index,
		grandpa,
		subscription_executor,
	} = deps;

	let mut module = RpcModule::new(());
	module.merge(System::new(client.clone(), pool.clone()).into_rpc())?;
	module.merge(TransactionPayment::new(client.clone()).into_rpc())?;
	module.merge(Guerdon::new(client.clone()).into_rpc())?;
	module.merge(Claims::new(client.clone(), pool, index).into_rpc())?;
	let feed = CreditsFeed::new(client.clone(), subscription_executor.clone());
	module.merge(feed.into_rpc())?;
	module.merge(Babe::new(client, babe_worker, keystore, select_chain).into_rpc())?;
	module.merge(
		Grandpa::new(
			subscription_executor,
			grandpa.shared_authority_set,
			grandpa.shared_voter_state,
			grandpa.justification_stream,
			grandpa.finality_proofs,
		)
		.into_rpc(),
	)?;
	Ok(module)
}
