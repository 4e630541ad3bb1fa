//! The group `guerdon_v1`: the runtime's read contract for whoever has nothing but curl.

use std::sync::Arc;

use guerdon_receipt::PoolId;
use guerdon_runtime::Hash;
use guerdon_runtime_api::{AccountId, GuerdonApi};
use jsonrpsee::proc_macros::rpc;
use pallet_settlement::{PoolState, MAX_PROOF_LEAVES};
use sc_client_api::HeaderBackend;
use serde_json::Value;
use sp_api::{ApiError, ApiExt, ProvideRuntimeApi};

use super::{
	convert::{
		account, digest, duty_of_cursor, hex, key_of_cursor, limit as page_limit, number,
		number_of_cursor, List,
	},
	error::Error,
	types::{
		by_key, by_number, Account, Answer, Assets, At, Conservation, Contribution, Credits,
		Dataset, Duty, Explanation, Members, Page, Pool, Receipt, Run, RunDetail, Unlearning,
	},
};
use crate::{service::FullClient, Block};

/// What an account, a dataset, a run or a pool is, in typed JSON.
///
/// Every method takes the hash of the block to ask about as its last parameter: the latest finalized
/// block unless it is given.
#[rpc(server)]
pub trait GuerdonRpc {
	/// What an account has and is due.
	#[method(name = "guerdon_v1_account", blocking)]
	fn account(&self, account: String, at: Option<String>) -> Result<Answer<Account>, Error>;

	/// A dataset.
	#[method(name = "guerdon_v1_dataset", blocking)]
	fn dataset(&self, id: Value, at: Option<String>) -> Result<Answer<Dataset>, Error>;

	/// Datasets by id.
	#[method(name = "guerdon_v1_datasets", blocking)]
	fn datasets(
		&self,
		cursor: Option<String>,
		limit: Option<u64>,
		at: Option<String>,
	) -> Result<Answer<Page<Dataset>>, Error>;

	/// The members of a dataset, in cohorts, and what they were paid.
	#[method(name = "guerdon_v1_members", blocking)]
	fn members(&self, dataset: Value, at: Option<String>) -> Result<Answer<Members>, Error>;

	/// Who was asked to unlearn a dataset, and what they answered. The dataset may be retired.
	#[method(name = "guerdon_v1_unlearnings", blocking)]
	fn unlearnings(
		&self,
		dataset: Value,
		cursor: Option<String>,
		limit: Option<u64>,
		at: Option<String>,
	) -> Result<Answer<Page<Unlearning>>, Error>;

	/// A run, its plan and its money.
	#[method(name = "guerdon_v1_run", blocking)]
	fn run(&self, id: Value, at: Option<String>) -> Result<Answer<RunDetail>, Error>;

	/// Runs by id.
	#[method(name = "guerdon_v1_runs", blocking)]
	fn runs(
		&self,
		cursor: Option<String>,
		limit: Option<u64>,
		at: Option<String>,
	) -> Result<Answer<Page<Run>>, Error>;

	/// An accepted receipt and its task.
	#[method(name = "guerdon_v1_receipt", blocking)]
	fn receipt(&self, id: String, at: Option<String>) -> Result<Answer<Receipt>, Error>;

	/// Contributions that are booked on an account or pay it.
	#[method(name = "guerdon_v1_contributions", blocking)]
	fn contributions(
		&self,
		account: String,
		cursor: Option<String>,
		limit: Option<u64>,
		at: Option<String>,
	) -> Result<Answer<Page<Contribution>>, Error>;

	/// A pool.
	#[method(name = "guerdon_v1_pool", blocking)]
	fn pool(&self, id: Value, at: Option<String>) -> Result<Answer<Pool>, Error>;

	/// Where the credit of a leaf comes from.
	#[method(name = "guerdon_v1_explain", blocking)]
	fn explain(
		&self,
		pool: Value,
		index: Value,
		at: Option<String>,
	) -> Result<Answer<Explanation>, Error>;

	/// What an account owes, by when, and what missing it costs.
	#[method(name = "guerdon_v1_duties", blocking)]
	fn duties(
		&self,
		account: String,
		cursor: Option<String>,
		limit: Option<u64>,
		at: Option<String>,
	) -> Result<Answer<Page<Duty>>, Error>;

	/// What the pot holds and owes of GRD.
	#[method(name = "guerdon_v1_conservation", blocking)]
	fn conservation(&self, at: Option<String>) -> Result<Answer<Conservation>, Error>;

	/// What the pot holds and owes of an asset.
	#[method(name = "guerdon_v1_assetConservation", blocking)]
	fn asset_conservation(
		&self,
		asset: Value,
		at: Option<String>,
	) -> Result<Answer<Conservation>, Error>;

	/// The assets that runs can be paid in, or could.
	#[method(name = "guerdon_v1_assets", blocking)]
	fn assets(&self, at: Option<String>) -> Result<Answer<Assets>, Error>;
}

pub(super) type Api = <FullClient as ProvideRuntimeApi<Block>>::Api;

/// Answers from the client's states.
pub struct Guerdon {
	client: Arc<FullClient>,
}

impl Guerdon {
	/// Answers from this client.
	pub fn new(client: Arc<FullClient>) -> Self {
		Self { client }
	}

	/// The credits of an account, and the block that they are as of.
	pub fn credits(&self, who: &AccountId, at: Option<String>) -> Result<Answer<Credits>, Error> {
		self.answer(at, |api, hash| {
			let view = api.account(hash, who.clone()).map_err(unavailable)?;
			Ok(Credits::new(who, view))
		})
	}

	fn block(&self, at: Option<String>) -> Result<(Hash, At), Error> {
		let info = self.client.info();
		let hash = match at {
			Some(text) => Hash::from(digest(&text)?),
			None => info.finalized_hash,
		};
		let shown = hex(hash);
		let number = HeaderBackend::<Block>::number(&*self.client, hash)
			.map_err(unavailable)?
			.ok_or_else(|| Error::UnknownBlock(shown.clone()))?;
		let canonical = HeaderBackend::<Block>::hash(&*self.client, number).map_err(unavailable)?;
		let finalized = number <= info.finalized_number && canonical == Some(hash);
		Ok((
			hash,
			At {
				hash: shown,
				number,
				finalized,
			},
		))
	}

	pub(super) fn answer<T>(
		&self,
		at: Option<String>,
		read: impl FnOnce(&Api, Hash) -> Result<T, Error>,
	) -> Result<Answer<T>, Error> {
		let (hash, at) = self.block(at)?;
		// Kept to the end, so that the state is not pruned in between.
		let _state = self.client.state_at(hash).map_err(|error| match error {
			sp_blockchain::Error::UnknownBlock(_) => Error::StatePruned(at.hash.clone()),
			other => unavailable(other),
		})?;
		let api = self.client.runtime_api();
		if !api
			.has_api::<dyn GuerdonApi<Block>>(hash)
			.map_err(unavailable)?
		{
			let why = "the runtime of that block is older than the read contract";
			return Err(Error::RuntimeUnavailable(why.into()));
		}
		let result = read(&api, hash)?;
		Ok(Answer { at, result })
	}
}

pub(super) fn unavailable(error: impl std::fmt::Display) -> Error {
	Error::RuntimeUnavailable(error.to_string())
}

pub(super) fn found<T>(
	what: &'static str,
	answer: Result<Option<T>, ApiError>,
) -> Result<T, Error> {
	answer.map_err(unavailable)?.ok_or(Error::NotFound(what))
}

/// Whether there is such a leaf, and proofs are made for its pool.
fn sealed_leaf(api: &Api, hash: Hash, pool: PoolId, index: u64) -> Result<(), Error> {
	match found("pool", api.pool(hash, pool))?.state {
		PoolState::Building(_) | PoolState::Closed(_) => Err(Error::NotFound("sealed pool")),
		PoolState::Sealed(summary) if index >= summary.count => {
			Err(Error::NotFound("leaf of the pool"))
		}
		PoolState::Sealed(summary) if summary.count > MAX_PROOF_LEAVES => {
			Err(Error::PoolTooLarge(summary.count))
		}
		PoolState::Sealed(_) => Ok(()),
	}
}

impl GuerdonRpcServer for Guerdon {
	fn account(&self, who: String, at: Option<String>) -> Result<Answer<Account>, Error> {
		let who = account(&who)?;
		self.answer(at, |api, hash| {
			let view = api.account(hash, who.clone()).map_err(unavailable)?;
			Ok(Account::new(&who, view))
		})
	}

	fn dataset(&self, id: Value, at: Option<String>) -> Result<Answer<Dataset>, Error> {
		let id = number("the dataset's id", &id)?;
		self.answer(at, |api, hash| {
			found("dataset", api.dataset(hash, id)).map(|dataset| (id, dataset).into())
		})
	}

	fn datasets(
		&self,
		cursor: Option<String>,
		limit: Option<u64>,
		at: Option<String>,
	) -> Result<Answer<Page<Dataset>>, Error> {
		let cursor = number_of_cursor(List::Datasets, cursor.as_deref())?.unwrap_or_default();
		let limit = page_limit(limit)?;
		self.answer(at, |api, hash| {
			let page = api.datasets(hash, cursor, limit);
			Ok(by_number(List::Datasets, page.map_err(unavailable)?))
		})
	}

	fn members(&self, dataset: Value, at: Option<String>) -> Result<Answer<Members>, Error> {
		let dataset = number("the dataset's id", &dataset)?;
		self.answer(at, |api, hash| {
			found("list of members", api.members(hash, dataset)).map(Into::into)
		})
	}

	fn unlearnings(
		&self,
		dataset: Value,
		cursor: Option<String>,
		limit: Option<u64>,
		at: Option<String>,
	) -> Result<Answer<Page<Unlearning>>, Error> {
		let dataset = number("the dataset's id", &dataset)?;
		let cursor = number_of_cursor(List::Unlearnings, cursor.as_deref())?;
		let limit = page_limit(limit)?;
		self.answer(at, |api, hash| {
			let page = api.unlearnings(hash, dataset, cursor, limit);
			Ok(by_number(List::Unlearnings, page.map_err(unavailable)?))
		})
	}

	fn run(&self, id: Value, at: Option<String>) -> Result<Answer<RunDetail>, Error> {
		let id = number("the run's id", &id)?;
		self.answer(at, |api, hash| {
			found("run", api.run(hash, id)).map(|view| (id, view).into())
		})
	}

	fn runs(
		&self,
		cursor: Option<String>,
		limit: Option<u64>,
		at: Option<String>,
	) -> Result<Answer<Page<Run>>, Error> {
		let cursor = number_of_cursor(List::Runs, cursor.as_deref())?.unwrap_or_default();
		let limit = page_limit(limit)?;
		self.answer(at, |api, hash| {
			let page = api.runs(hash, cursor, limit);
			Ok(by_number(List::Runs, page.map_err(unavailable)?))
		})
	}

	fn receipt(&self, id: String, at: Option<String>) -> Result<Answer<Receipt>, Error> {
		let id = digest(&id)?;
		self.answer(at, |api, hash| {
			found("accepted receipt", api.receipt(hash, id)).map(Into::into)
		})
	}

	fn contributions(
		&self,
		who: String,
		cursor: Option<String>,
		limit: Option<u64>,
		at: Option<String>,
	) -> Result<Answer<Page<Contribution>>, Error> {
		let who = account(&who)?;
		let cursor = key_of_cursor(List::Contributions, cursor.as_deref())?;
		let limit = page_limit(limit)?;
		self.answer(at, |api, hash| {
			let page = api.contributions(hash, who, cursor, limit);
			Ok(by_key(List::Contributions, page.map_err(unavailable)?))
		})
	}

	fn pool(&self, id: Value, at: Option<String>) -> Result<Answer<Pool>, Error> {
		let id = number("the pool's id", &id)?;
		self.answer(at, |api, hash| {
			let pool = found("pool", api.pool(hash, id))?;
			let expires = api.pool_expires(hash, id).map_err(unavailable)?;
			Ok(Pool::new(id, pool, expires))
		})
	}

	fn explain(
		&self,
		pool: Value,
		index: Value,
		at: Option<String>,
	) -> Result<Answer<Explanation>, Error> {
		let pool = number("the pool's id", &pool)?;
		let index = number("the leaf's index", &index)?;
		self.answer(at, |api, hash| {
			sealed_leaf(api, hash, pool, index)?;
			found("leaf of the pool", api.explain(hash, pool, index)).map(Into::into)
		})
	}

	fn duties(
		&self,
		who: String,
		cursor: Option<String>,
		limit: Option<u64>,
		at: Option<String>,
	) -> Result<Answer<Page<Duty>>, Error> {
		let who = account(&who)?;
		let cursor = duty_of_cursor(cursor.as_deref())?;
		let limit = page_limit(limit)?;
		self.answer(at, |api, hash| {
			let page = api.duties(hash, who, cursor, limit);
			Ok(page.map_err(unavailable)?.into())
		})
	}

	fn conservation(&self, at: Option<String>) -> Result<Answer<Conservation>, Error> {
		self.answer(at, |api, hash| {
			let sums = api.conservation(hash, None).map_err(unavailable)?;
			Ok(sums.into())
		})
	}

	fn asset_conservation(
		&self,
		asset: Value,
		at: Option<String>,
	) -> Result<Answer<Conservation>, Error> {
		let asset = number("the asset's id", &asset)?;
		self.answer(at, |api, hash| {
			let assets = api.assets(hash).map_err(unavailable)?;
			let mut ids = assets.into_iter().map(|view| view.asset);
			let asset = ids.find(|id| u64::from(*id) == asset);
			let asset = asset.ok_or(Error::NotFound("allowed asset"))?;
			let sums = api.conservation(hash, Some(asset)).map_err(unavailable)?;
			Ok(sums.into())
		})
	}

	fn assets(&self, at: Option<String>) -> Result<Answer<Assets>, Error> {
		self.answer(at, |api, hash| {
			let assets = api.assets(hash).map_err(unavailable)?;
			Ok(Assets {
				assets: assets.into_iter().map(Into::into).collect(),
			})
		})
	}
}
