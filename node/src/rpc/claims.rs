//! Claims: the leaves that pay somebody, with proofs; the call that pays one; and paying one without a
//! signature, so that curl is enough.
//!
//! Leaves that are kept in the state come from the runtime. Those that are not, members of datasets above
//! all, come from this node's index, if it keeps one.

use std::sync::Arc;

use guerdon_index::{Index, Place};
use guerdon_receipt::PoolId;
use guerdon_runtime::Hash;
use guerdon_runtime_api::{AccountId, Balance, Claim, GuerdonApi, Leaf as ApiLeaf};
use guerdon_share_tree::{
	entitlement_of, leaf_node, NativeBlake2_256, Payee as TreePayee, Proof, Summary,
};
use jsonrpsee::{core::async_trait, proc_macros::rpc};
use pallet_settlement::{CohortState, PoolState, MAX_PROOF_LEAVES};
use sc_client_api::HeaderBackend;
use sc_transaction_pool_api::{
	error::{Error as PoolError, IntoPoolError},
	TransactionPool, TransactionSource,
};
use serde_json::Value;
use sp_api::ProvideRuntimeApi;
use sp_runtime::transaction_validity::InvalidTransaction;

use super::{
	convert::{
		address, claims_cursor, claims_of_cursor, hex, limit as page_limit, number, payee,
		ClaimsCursor,
	},
	error::Error,
	guerdon::{found, unavailable, Api, Guerdon},
	types::{Answer, ClaimCall, ClaimsPage, Leaf, Opening, Payee, SubmittedClaim},
};
use crate::service::{FullClient, FullPool};

/// What pays whom, and how it is claimed.
#[rpc(server)]
pub trait ClaimsRpc {
	/// The leaves that pay an account, or whoever opens a commitment, with proofs.
	#[method(name = "guerdon_v1_claims", blocking)]
	fn claims(
		&self,
		account: String,
		cursor: Option<String>,
		limit: Option<u64>,
		at: Option<String>,
	) -> Result<Answer<ClaimsPage>, Error>;

	/// The call that pays a leaf, for a wallet that can only sign.
	#[method(name = "guerdon_v1_claimCall", blocking)]
	fn claim_call(
		&self,
		pool: Value,
		index: Value,
		opening: Option<Opening>,
		at: Option<String>,
	) -> Result<Answer<ClaimCall>, Error>;

	/// Pays a leaf to a payee that has no GRD, without a signature and without a fee.
	#[method(name = "guerdon_v1_submitClaim")]
	async fn submit_claim(
		&self,
		pool: Value,
		index: Value,
		opening: Option<Opening>,
	) -> Result<SubmittedClaim, Error>;
}

/// Answers from the client's states and the index.
pub struct Claims {
	client: Arc<FullClient>,
	pool: Arc<FullPool>,
	index: Option<Arc<Index>>,
	reads: Guerdon,
}

/// A leaf with everything that is known of it.
struct Ready {
	leaf: ApiLeaf,
	proof: Proof,
	entitlement: Balance,
	/// Of the entitlement, what was not paid.
	due: Balance,
	shown: Leaf,
}

/// Somebody's leaves, and where the next page begins.
struct Found {
	items: Vec<Leaf>,
	next: Option<ClaimsCursor>,
}

/// A tree that a leaf is proved in.
struct Tree {
	summary: Summary,
	funded: Balance,
}

impl Claims {
	/// Answers from this client, and claims through this pool.
	pub fn new(client: Arc<FullClient>, pool: Arc<FullPool>, index: Option<Arc<Index>>) -> Self {
		let reads = Guerdon::new(client.clone());
		Self {
			client,
			pool,
			index,
			reads,
		}
	}

	fn index(&self, pool: PoolId) -> Result<&Index, Error> {
		self.index.as_deref().ok_or(Error::NotIndexed(pool))
	}

	/// The leaf and its proof as the index has them, checked against what the chain keeps.
	fn proved(
		&self,
		pool: PoolId,
		index: u64,
		tree: &Tree,
	) -> Result<(ApiLeaf, Proof, Balance), Error> {
		let (leaf, proof) = self
			.index(pool)?
			.prove(pool, index)
			.map_err(not_indexed(pool))?;
		let leaf = ApiLeaf {
			payee: match leaf.payee {
				TreePayee::Account(account) => TreePayee::Account(AccountId::new(account)),
				TreePayee::Hidden(hash) => TreePayee::Hidden(hash),
				TreePayee::Pool(pool) => TreePayee::Pool(pool),
			},
			weight: leaf.weight,
		};
		let node = leaf_node::<NativeBlake2_256, _>(pool, index, &leaf);
		let Tree { summary, funded } = tree;
		let entitlement = entitlement_of::<NativeBlake2_256>(summary, index, node, &proof, *funded)
			.map_err(|_| Error::NotIndexed(pool))?;
		Ok((leaf, proof, entitlement))
	}

	/// A leaf of a run's pool, a cohort, or what a cohort got in an asset.
	fn ready(&self, api: &Api, hash: Hash, pool: PoolId, index: u64) -> Result<Ready, Error> {
		let outside = Error::NotFound("leaf of the pool");
		if let Some(kept) = api.pool(hash, pool).map_err(unavailable)? {
			let PoolState::Sealed(summary) = kept.state else {
				return Err(Error::NotFound("sealed pool"));
			};
			if index >= summary.count {
				return Err(outside);
			}
			if summary.count <= MAX_PROOF_LEAVES {
				let view = found("leaf of the pool", api.leaf(hash, pool, index))?;
				let proven = view.proven.clone().ok_or(outside)?;
				return Ok(Ready {
					leaf: view.leaf.clone(),
					proof: proven.proof,
					entitlement: proven.entitlement,
					due: if view.claimed { 0 } else { proven.entitlement },
					shown: view.into(),
				});
			}
			let tree = Tree {
				summary,
				funded: kept.funded,
			};
			let (leaf, proof, entitlement) = self.proved(pool, index, &tree)?;
			let claimed = api.is_claimed(hash, pool, index).map_err(unavailable)?;
			let drawn = if claimed { entitlement } else { 0 };
			let shown = Leaf::of_run(
				pool,
				(kept.run, kept.role.into()),
				kept.asset,
				index,
				leaf.clone(),
				claimed,
			);
			return Ok(Ready {
				leaf,
				entitlement,
				due: entitlement.saturating_sub(drawn),
				shown: shown.proven(&proof, entitlement, drawn),
				proof,
			});
		}
		let (list, asset) = match api.share(hash, pool).map_err(unavailable)? {
			Some(share) => (share.list, Some((share.asset, share.funded))),
			None => (pool, None),
		};
		let cohort = found("pool", api.cohort(hash, list))?;
		let CohortState::Open(summary) = cohort.state else {
			return Err(Error::NotFound("sealed pool"));
		};
		if index >= summary.count {
			return Err(outside);
		}
		let tree = Tree {
			summary,
			funded: asset.map_or(cohort.funded, |(_, funded)| funded),
		};
		let (leaf, proof, entitlement) = self.proved(list, index, &tree)?;
		let drawn = api.drawn(hash, pool, index).map_err(unavailable)?;
		let shown = Leaf::of_cohort(
			pool,
			cohort.dataset,
			asset.map(|(asset, _)| asset),
			index,
			leaf.clone(),
			drawn >= entitlement,
		);
		Ok(Ready {
			leaf,
			entitlement,
			due: entitlement.saturating_sub(drawn),
			shown: shown.proven(&proof, entitlement, drawn),
			proof,
		})
	}

	/// What is booked on an account in runs, from the state.
	fn earned(
		&self,
		api: &Api,
		hash: Hash,
		who: &AccountId,
		cursor: Option<pallet_contributions::EntryKey>,
		limit: u32,
	) -> Result<Found, Error> {
		let page = api
			.claims(hash, who.clone(), cursor, limit)
			.map_err(unavailable)?;
		let mut items = Vec::with_capacity(page.items.len());
		for view in page.items {
			// The state makes no proof of a leaf among very many; the index may.
			let ready = match view.proven {
				Some(_) => None,
				None => self.ready(api, hash, view.pool, view.index).ok(),
			};
			items.push(ready.map_or_else(|| view.into(), |ready| ready.shown));
		}
		let next = page.next.map(ClaimsCursor::Earned);
		Ok(Found { items, next })
	}

	/// The leaves of cohorts that pay somebody, from the index.
	fn listed(
		&self,
		api: &Api,
		hash: Hash,
		who: &TreePayee<AccountId>,
		after: Option<Place>,
		limit: usize,
	) -> Result<Found, Error> {
		let Some(index) = self.index.as_deref() else {
			return Ok(Found {
				items: Vec::new(),
				next: None,
			});
		};
		let who = match who {
			TreePayee::Account(account) => TreePayee::Account(account.clone().into()),
			TreePayee::Hidden(hash) => TreePayee::Hidden(*hash),
			TreePayee::Pool(pool) => TreePayee::Pool(*pool),
		};
		let page = index.of_payee(&who, after, limit).map_err(unavailable)?;
		let mut items = Vec::with_capacity(page.leaves.len());
		for leaf in page.leaves {
			// Those of runs are told of from the state, and a cohort may be younger than the block.
			if api.cohort(hash, leaf.pool).map_err(unavailable)?.is_none() {
				continue;
			}
			let shares = api.shares(hash, leaf.pool).map_err(unavailable)?;
			let shares = shares.into_iter().map(|(pool, _)| pool);
			for pool in core::iter::once(leaf.pool).chain(shares) {
				match self.ready(api, hash, pool, leaf.index) {
					Ok(ready) => items.push(ready.shown),
					Err(Error::NotFound(_)) => {}
					Err(error) => return Err(error),
				}
			}
		}
		let next = page.next.map(|place| ClaimsCursor::Listed(Some(place)));
		Ok(Found { items, next })
	}
}

fn not_indexed(pool: PoolId) -> impl Fn(guerdon_index::Error) -> Error {
	move |error| match error {
		guerdon_index::Error::NotIndexed(_) | guerdon_index::Error::NotSealed(_) => {
			Error::NotIndexed(pool)
		}
		other => unavailable(other),
	}
}

#[async_trait]
impl ClaimsRpcServer for Claims {
	fn claims(
		&self,
		who: String,
		cursor: Option<String>,
		limit: Option<u64>,
		at: Option<String>,
	) -> Result<Answer<ClaimsPage>, Error> {
		let who = payee(&who)?;
		let cursor = claims_of_cursor(cursor.as_deref())?;
		let limit = page_limit(limit)?;
		self.reads.answer(at, |api, hash| {
			let most = usize::try_from(limit).unwrap_or(usize::MAX);
			let mut page = match (&who, cursor) {
				(TreePayee::Account(account), None) => {
					self.earned(api, hash, account, None, limit)?
				}
				(TreePayee::Account(account), Some(ClaimsCursor::Earned(key))) => {
					self.earned(api, hash, account, Some(key), limit)?
				}
				(_, Some(ClaimsCursor::Listed(after))) => {
					self.listed(api, hash, &who, after, most)?
				}
				(_, None) => self.listed(api, hash, &who, None, most)?,
				(_, Some(ClaimsCursor::Earned(_))) => {
					return Err(Error::InvalidCursor("it is of an account"))
				}
			};
			let is_earned = !matches!(cursor, Some(ClaimsCursor::Listed(_)))
				&& matches!(who, TreePayee::Account(_));
			// What is booked comes first; then who is listed, if there is room.
			if is_earned && page.next.is_none() && self.index.is_some() {
				match most.checked_sub(page.items.len()).filter(|left| *left > 0) {
					Some(left) => {
						let more = self.listed(api, hash, &who, None, left)?;
						page.items.extend(more.items);
						page.next = more.next;
					}
					None => page.next = Some(ClaimsCursor::Listed(None)),
				}
			}
			let cursor = match self.index.as_deref() {
				Some(index) => index.cursor().map_err(unavailable)?,
				None => None,
			};
			Ok(ClaimsPage {
				items: page.items,
				next: page.next.map(claims_cursor),
				indexed: cursor.map(|block| block.number),
			})
		})
	}

	fn claim_call(
		&self,
		pool: Value,
		index: Value,
		opening: Option<Opening>,
		at: Option<String>,
	) -> Result<Answer<ClaimCall>, Error> {
		let pool = number("the pool's id", &pool)?;
		let index = number("the leaf's index", &index)?;
		let opening = opening.map(TryInto::try_into).transpose()?;
		self.reads.answer(at, |api, hash| {
			let ready = self.ready(api, hash, pool, index)?;
			if ready.shown.claimed {
				return Err(Error::AlreadyClaimed);
			}
			let claim = Claim {
				pool,
				index,
				leaf: ready.leaf,
				proof: ready.proof,
				opening,
			};
			Ok(ClaimCall {
				pool,
				index,
				payee: ready.shown.payee,
				entitlement: ready.entitlement.to_string(),
				call: hex(api.claim_call(hash, claim).map_err(unavailable)?),
			})
		})
	}

	async fn submit_claim(
		&self,
		pool: Value,
		index: Value,
		opening: Option<Opening>,
	) -> Result<SubmittedClaim, Error> {
		let pool = number("the pool's id", &pool)?;
		let index = number("the leaf's index", &index)?;
		let opening: Option<pallet_settlement::Opening<AccountId>> =
			opening.map(TryInto::try_into).transpose()?;
		let best = self.client.info().best_hash;
		// Nothing of the runtime is kept while the pool is waited for.
		let (transaction, payee, amount) = {
			let api = self.client.runtime_api();
			let ready = self.ready(&api, best, pool, index)?;
			if ready.shown.claimed {
				return Err(Error::AlreadyClaimed);
			}
			let opened = opening.as_ref().map(|opening| &opening.account);
			let payee = opened.map_or(ready.shown.payee, |account| Payee::Account {
				account: address(account),
			});
			let claim = Claim {
				pool,
				index,
				leaf: ready.leaf,
				proof: ready.proof,
				opening,
			};
			let transaction = api.free_claim(best, claim).map_err(unavailable)?;
			(transaction, payee, ready.due)
		};
		let hash = self.pool.hash_of(&transaction);
		let sent = self
			.pool
			.submit_one(best, TransactionSource::External, transaction)
			.await;
		match sent.map_err(IntoPoolError::into_pool_error) {
			// Whoever asks twice wants it once.
			Ok(_) | Err(Ok(PoolError::AlreadyImported(_))) => Ok(SubmittedClaim {
				transaction: hex(hash),
				pool,
				index,
				payee,
				amount: amount.to_string(),
			}),
			Err(Ok(error)) => Err(Error::ClaimRefused(refusal(&error))),
			Err(Err(error)) => Err(unavailable(error)),
		}
	}
}

/// Why a claim without a fee was not taken, and what to do.
fn refusal(error: &PoolError) -> String {
	match error {
		PoolError::InvalidTransaction(InvalidTransaction::Payment) => {
			"the payee has GRD already, or is due too little: let somebody sign a claim and pay its fee"
				.into()
		}
		PoolError::InvalidTransaction(InvalidTransaction::BadProof) => {
			"the opening does not fit: give account and salt of a hidden payee, and nothing for any other"
				.into()
		}
		PoolError::InvalidTransaction(InvalidTransaction::Stale) => {
			"there is nothing left to claim".into()
		}
		PoolError::InvalidTransaction(InvalidTransaction::Future) => {
			"the list of members is not complete, or the pot has less of the asset than it owes: wait".into()
		}
		PoolError::TooLowPriority { .. } => {
			"another claim of that leaf waits already: look again in a few blocks".into()
		}
		PoolError::ImmediatelyDropped => {
			"this node holds too many transactions: try again later".into()
		}
		PoolError::TemporarilyBanned => {
			"this node refused the same claim a moment ago: try again in half an hour, or ask another"
				.into()
		}
		other => other.to_string(),
	}
}
