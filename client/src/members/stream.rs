//! Bringing a list to the chain, from wherever it stopped.

use super::{call_leaf, leaf_of, Error, List, Member};
use crate::chain::{
	self,
	api::{
		self,
		runtime_types::{
			bounded_collections::bounded_vec::BoundedVec, guerdon_runtime::RuntimeCall,
			pallet_settlement::pallet::Call,
		},
		CohortState,
	},
	Chain, Wait,
};
use guerdon_receipt::PoolId;
use guerdon_share_tree::Builder;
use std::{future::Future, time::Duration};
use subxt::transactions::Payload;
use subxt_signer::sr25519::Keypair;

/// Most members of one `stream_members`.
pub const MEMBERS_PER_CALL: u64 = 256;

/// Members of one transaction: 64 calls. They have 672 KB, less than half of what transactions may
/// take of a block, and a seventh of its weight: others have room beside them.
pub const MEMBERS_PER_TRANSACTION: u64 = 64 * MEMBERS_PER_CALL;

/// How often in a row it is looked again after something that was sent was not heard of.
const TRIES: u32 = 5;

/// How long to wait before that.
const AGAIN: Duration = Duration::from_secs(6);

/// What a list is streamed to.
pub trait Register {
	/// The tree of those who are there.
	fn builder(&self) -> impl Future<Output = Result<Builder, chain::Error>> + Send;

	/// Adds members to the `from` that are there; they are the last ones, or more will come.
	fn append(
		&self,
		from: u64,
		members: &[Member],
		last: bool,
	) -> impl Future<Output = Result<(), chain::Error>> + Send;
}

/// The number of transactions that bring so many members.
pub fn batches(members: u64) -> u64 {
	members.div_ceil(MEMBERS_PER_TRANSACTION)
}

/// Brings what is missing of a list to the chain; `told` hears how many are there. Nothing can come
/// to be there twice: what does not go on from where the list is, the chain refuses.
///
/// # Errors
/// [`Error::Differs`] when what is there is not how the list begins, [`Error::Chain`].
pub async fn stream(
	list: &List,
	register: &impl Register,
	told: impl Fn(u64),
) -> Result<(), Error> {
	stream_waiting(list, register, told, AGAIN).await
}

pub(super) async fn stream_waiting(
	list: &List,
	register: &impl Register,
	told: impl Fn(u64),
	again: Duration,
) -> Result<(), Error> {
	let mut own = Builder::new();
	let mut failures = 0;
	loop {
		let there = register.builder().await?;
		let count = there.count();
		// A block was replaced by one without them.
		if count < own.count() {
			own = Builder::new();
		}
		if count > own.count() {
			failures = 0;
		}
		list.grow(&mut own, count)?;
		if own != there {
			return Err(Error::Differs {
				dataset: list.origin.dataset,
				pool: list.origin.pool,
			});
		}
		told(count);
		let members = list.members(count, MEMBERS_PER_TRANSACTION);
		if members.is_empty() {
			return Ok(());
		}
		let last = count.saturating_add(MEMBERS_PER_TRANSACTION) >= list.count();
		match register.append(count, members, last).await {
			Ok(()) => (),
			Err(error) if failures < TRIES && may_be_there(&error) => {
				failures = failures.saturating_add(1);
				tracing::warn!(%error, "looking again in {} s", again.as_secs());
				tokio::time::sleep(again).await;
			}
			Err(error) => return Err(error.into()),
		}
	}
}

/// Whether what was sent may have arrived all the same, or come second.
pub fn may_be_there(error: &chain::Error) -> bool {
	matches!(error, chain::Error::Unconfirmed { .. }) || error.is("Settlement.OutOfStep")
}

/// The call that adds up to [`MEMBERS_PER_TRANSACTION`] members to the `from` that are there.
pub fn append_call(
	pool: PoolId,
	from: u64,
	members: &[Member],
	is_hidden: bool,
) -> impl Payload + Sync {
	let size = usize::try_from(MEMBERS_PER_CALL).unwrap_or(usize::MAX);
	let mut next = from;
	let calls = members.chunks(size).map(|chunk| {
		let leaves = chunk.iter().map(|one| call_leaf(&leaf_of(one, is_hidden)));
		let call = Call::stream_members {
			pool,
			from: next,
			members: BoundedVec(leaves.collect()),
		};
		next = next.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
		RuntimeCall::Settlement(call)
	});
	api::transactions().utility().batch_all(calls.collect())
}

/// A list on the chain, and who streams it.
pub struct OnChain<'a> {
	/// The chain.
	pub chain: &'a Chain,
	/// Who opened the list.
	pub signer: &'a Keypair,
	/// The list's pool.
	pub pool: PoolId,
	/// Whether members are hidden.
	pub hidden: bool,
	/// How sure to be of the last ones.
	pub wait: Wait,
}

impl Register for OnChain<'_> {
	async fn builder(&self) -> Result<Builder, chain::Error> {
		let cohort = self.chain.best().await?.cohort(self.pool).await?;
		let gone =
			|| chain::Error::NotFound(format!("list that is being built as cohort {}", self.pool));
		match cohort.ok_or_else(gone)?.state {
			CohortState::Building { builder, .. } => Ok(builder.0),
			CohortState::Open(_) => Err(gone()),
		}
	}

	async fn append(&self, from: u64, members: &[Member], last: bool) -> Result<(), chain::Error> {
		let call = append_call(self.pool, from, members, self.hidden);
		// Those before the last ones are final when these are.
		let wait = if last { self.wait } else { Wait::Best };
		self.chain.submit(self.signer, &call, wait).await?;
		Ok(())
	}
}
