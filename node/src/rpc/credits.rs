//! The subscription `guerdon_v1_subscribeCredits`.

use std::{future::ready, sync::Arc};

use futures::{stream, Stream, StreamExt};
use guerdon_runtime_api::AccountId;
use jsonrpsee::{core::async_trait, proc_macros::rpc, PendingSubscriptionSink};
use sc_client_api::{BlockchainEvents, HeaderBackend};
use sc_rpc::{
	utils::{PendingSubscription, RingBuffer},
	SubscriptionTaskExecutor,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
	convert::{account, hex},
	error::Error,
	guerdon::Guerdon,
	types::{Answer, Credits},
};
use crate::service::FullClient;

/// Subscriptions of all connections together: each reads the chain's state once per finalized block.
const MAX_SUBSCRIPTIONS: usize = 256;

/// Whoever reads slowly is told the latest only.
const KEPT: usize = 1;

/// Tells when the credits of an account change.
#[rpc(server)]
pub trait CreditsRpc {
	/// The credits of an account as of the latest finalized block, and again whenever a later
	/// finalized block changes them.
	#[subscription(
		name = "guerdon_v1_subscribeCredits" => "guerdon_v1_credits",
		unsubscribe = "guerdon_v1_unsubscribeCredits",
		item = Answer<Credits>
	)]
	async fn subscribe_credits(&self, account: String);
}

/// Hands out subscriptions.
pub struct CreditsFeed {
	client: Arc<FullClient>,
	executor: SubscriptionTaskExecutor,
	places: Arc<Semaphore>,
}

impl CreditsFeed {
	/// Tells of this client's finalized blocks.
	pub fn new(client: Arc<FullClient>, executor: SubscriptionTaskExecutor) -> Self {
		Self {
			client,
			executor,
			places: Arc::new(Semaphore::new(MAX_SUBSCRIPTIONS)),
		}
	}

	fn prepare(&self, who: &str) -> Result<(AccountId, OwnedSemaphorePermit), Error> {
		let who = account(who)?;
		let place = self.places.clone().try_acquire_owned();
		let place = place.map_err(|_| Error::TooManySubscriptions(MAX_SUBSCRIPTIONS))?;
		Ok((who, place))
	}
}

/// What `who` has as of the present finalized block and of every later one that is told of, without
/// what is the same as before. Ends when the chain cannot be read: the subscriber then sees the
/// subscription closed, and asks again.
fn changes(client: Arc<FullClient>, who: AccountId) -> impl Stream<Item = Answer<Credits>> {
	let later = client
		.finality_notification_stream()
		.map(|notification| notification.hash);
	let now = client.info().finalized_hash;
	let reads = Guerdon::new(client);
	let mut told = None;
	stream::once(ready(now))
		.chain(later)
		.map(move |hash| reads.credits(&who, Some(hex(hash))).ok())
		.take_while(|answer| ready(answer.is_some()))
		.filter_map(move |answer| {
			let changed = answer.filter(|answer| told.as_ref() != Some(&answer.result));
			if let Some(answer) = &changed {
				told = Some(answer.result.clone());
			}
			ready(changed)
		})
}

#[async_trait]
impl CreditsRpcServer for CreditsFeed {
	async fn subscribe_credits(&self, pending: PendingSubscriptionSink, who: String) {
		let (who, place) = match self.prepare(&who) {
			Ok(prepared) => prepared,
			Err(refused) => return pending.reject(refused).await,
		};
		let client = self.client.clone();
		sc_rpc::utils::spawn_subscription_task(&self.executor, async move {
			let _place = place;
			PendingSubscription::from(pending)
				.pipe_from_stream(changes(client, who).boxed(), RingBuffer::new(KEPT))
				.await;
		});
	}
}
