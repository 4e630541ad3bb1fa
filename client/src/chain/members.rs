//! What the chain knows of the members of datasets.

use super::{
	api::{self, Cohort, MembersView},
	AccountId, Error, View,
};
use guerdon_receipt::{DatasetId, PoolId};
use std::collections::HashMap;

/// Leaves whose drawn amounts share one stored item.
const DRAWN_LEAVES: u64 = 64;

/// A leaf of a run's pool that pays a list of members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ListLeaf {
	/// The run's pool.
	pub pool: PoolId,
	/// The leaf's index there.
	pub index: u64,
	/// The list that it names.
	pub list: PoolId,
}

/// What is held of whoever lists members, in units of 10^-12 GRD.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deposits {
	/// For a list.
	pub cohort: u128,
	/// For each member on it.
	pub member: u128,
}

/// What the leaves of a cohort were paid so far: in whole pages, 16 bytes for each leaf of a page in
/// which somebody was paid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drawn(HashMap<u64, [u128; 64]>);

impl Drawn {
	/// What a leaf was paid.
	pub fn of(&self, index: u64) -> u128 {
		let at = usize::try_from(index % DRAWN_LEAVES).unwrap_or_default();
		let page = self.0.get(&(index / DRAWN_LEAVES));
		page.and_then(|page| page.get(at)).copied().unwrap_or(0)
	}

	/// Puts a page in, or in the place of the one that was there.
	pub fn insert(&mut self, page: u64, amounts: [u128; 64]) {
		self.0.insert(page, amounts);
	}
}

fn unread(error: impl Into<subxt::Error>) -> Error {
	error.into().into()
}

impl View {
	/// The cohorts of a dataset, and what waits for them; `None` when there is neither.
	///
	/// # Errors
	/// See [`View::account`].
	pub async fn members(&self, dataset: DatasetId) -> Result<Option<MembersView>, Error> {
		self.call(api::runtime_apis().guerdon_api().members(dataset))
			.await
	}

	/// A cohort by the number of its pool.
	///
	/// # Errors
	/// See [`View::account`].
	pub async fn cohort(&self, pool: PoolId) -> Result<Option<Cohort>, Error> {
		self.call(api::runtime_apis().guerdon_api().cohort(pool))
			.await
	}

	/// What a leaf of a cohort was paid so far.
	///
	/// # Errors
	/// See [`View::account`].
	pub async fn drawn(&self, pool: PoolId, index: u64) -> Result<u128, Error> {
		self.call(api::runtime_apis().guerdon_api().drawn(pool, index))
			.await
	}

	/// What all leaves of a cohort were paid so far.
	///
	/// # Errors
	/// See [`View::account`].
	pub async fn all_drawn(&self, pool: PoolId) -> Result<Drawn, Error> {
		let storage = self.client().storage();
		let found = storage
			.iter(api::storage().settlement().drawn(), (pool,))
			.await;
		let mut found = found.map_err(unread)?;
		let mut drawn = Drawn::default();
		while let Some(entry) = found.next().await {
			let entry = entry.map_err(unread)?;
			let key = entry.key().map_err(unread)?;
			let (_, page) = key.decode().map_err(unread)?;
			drawn.insert(page, entry.value().decode().map_err(unread)?.0);
		}
		Ok(drawn)
	}

	/// The leaves of all runs' pools, or of one of them, that pay lists of members, paid or not.
	///
	/// # Errors
	/// See [`View::account`].
	pub async fn list_leaves(&self, of: Option<PoolId>) -> Result<Vec<ListLeaf>, Error> {
		let storage = self.client().storage();
		let address = api::storage().settlement().list_leaves();
		let found = match of {
			Some(pool) => storage.iter(address, (pool,)).await,
			None => storage.iter(address, ()).await,
		};
		let mut found = found.map_err(unread)?;
		let mut leaves = Vec::new();
		while let Some(entry) = found.next().await {
			let entry = entry.map_err(unread)?;
			let key = entry.key().map_err(unread)?;
			let (pool, index) = key.decode().map_err(unread)?;
			let list = entry.value().decode().map_err(unread)?;
			leaves.push(ListLeaf { pool, index, list });
		}
		leaves.sort_unstable();
		Ok(leaves)
	}

	/// The lists that licence payments for the members of a dataset wait for, one for each payment.
	///
	/// # Errors
	/// See [`View::account`].
	pub async fn licence_lists(&self, dataset: DatasetId) -> Result<Vec<PoolId>, Error> {
		let storage = self.client().storage();
		let found = storage
			.iter(api::storage().settlement().licence_dues(), (dataset,))
			.await;
		let mut found = found.map_err(unread)?;
		let mut lists = Vec::new();
		while let Some(due) = found.next().await {
			let due = due.map_err(unread)?;
			lists.push(due.value().decode().map_err(unread)?.list);
		}
		Ok(lists)
	}

	/// The number that the next pool gets.
	///
	/// # Errors
	/// See [`View::account`].
	pub async fn next_pool(&self) -> Result<PoolId, Error> {
		let storage = self.client().storage();
		let next = storage
			.try_fetch(api::storage().settlement().next_pool_id(), ())
			.await;
		match next.map_err(unread)? {
			Some(next) => Ok(next.decode().map_err(unread)?),
			None => Ok(0),
		}
	}

	/// What is held of whoever lists members.
	///
	/// # Errors
	/// See [`View::account`].
	pub async fn member_deposits(&self) -> Result<Deposits, Error> {
		let of = api::constants().settlement();
		let constants = self.client().constants();
		Ok(Deposits {
			cohort: constants.entry(of.cohort_deposit()).map_err(unread)?,
			member: constants.entry(of.member_deposit()).map_err(unread)?,
		})
	}

	/// The least that an account can have.
	///
	/// # Errors
	/// See [`View::account`].
	pub async fn existential_deposit(&self) -> Result<u128, Error> {
		let constant = api::constants().balances().existential_deposit();
		self.client().constants().entry(constant).map_err(unread)
	}

	/// Whether an account exists: one that does not cannot receive less than the existential deposit.
	///
	/// # Errors
	/// See [`View::account`].
	pub async fn exists(&self, account: AccountId) -> Result<bool, Error> {
		let storage = self.client().storage();
		let found = storage
			.try_fetch(api::storage().system().account(), (account,))
			.await;
		Ok(found.map_err(unread)?.is_some())
	}

	/// The name of an error of a pallet, as an event tells it by its two numbers.
	pub fn error_name(&self, pallet: u8, error: u8) -> Option<String> {
		let metadata = self.client().metadata_ref();
		let pallet = metadata.pallet_by_error_index(pallet)?;
		Some(pallet.error_variant_by_index(error)?.name.clone())
	}
}
