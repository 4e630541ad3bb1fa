//! What the chain knows of the members of datasets.

use super::{
	api::{self, runtime_types::sp_runtime::DispatchError, Cohort, Leaf, MembersView},
	Error, View,
};
use guerdon_receipt::{DatasetId, PoolId};
use std::collections::{HashMap, HashSet};

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

/// The leaves whose bits are set in a page of so many bits.
fn marked(page: u64, bits: &[u8]) -> impl Iterator<Item = u64> + '_ {
	let length = u64::try_from(bits.len()).unwrap_or(u64::MAX);
	let first = page.saturating_mul(length.saturating_mul(8));
	let places = (first..).zip(
		bits.iter()
			.flat_map(|byte| (0..8).map(move |bit| (byte >> bit) & 1)),
	);
	places.filter_map(|(index, bit)| (bit == 1).then_some(index))
}

pub(super) fn unread(error: impl Into<subxt::Error>) -> Error {
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

	/// What a leaf of a cohort was paid so far, or of what it got in an asset.
	///
	/// # Errors
	/// See [`View::account`].
	pub async fn drawn(&self, pool: PoolId, index: u64) -> Result<u128, Error> {
		self.call(api::runtime_apis().guerdon_api().drawn(pool, index))
			.await
	}

	/// What all leaves of a cohort were paid so far, or of what it got in an asset.
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

	/// The leaves of a run's pool that were paid.
	///
	/// # Errors
	/// See [`View::account`].
	pub async fn all_claimed(&self, pool: PoolId) -> Result<HashSet<u64>, Error> {
		let storage = self.client().storage();
		let found = storage
			.iter(api::storage().settlement().claimed_pages(), (pool,))
			.await;
		let mut found = found.map_err(unread)?;
		let mut claimed = HashSet::new();
		while let Some(entry) = found.next().await {
			let entry = entry.map_err(unread)?;
			let key = entry.key().map_err(unread)?;
			let (_, page): (PoolId, u64) = key.decode().map_err(unread)?;
			let bits = entry.value().decode().map_err(unread)?.0;
			claimed.extend(marked(page, &bits));
		}
		Ok(claimed)
	}

	/// The `count` leaves of a run's sealed pool.
	///
	/// # Errors
	/// See [`View::account`].
	pub async fn leaves(&self, pool: PoolId, count: u64) -> Result<Vec<Leaf>, Error> {
		let mut leaves = Vec::new();
		loop {
			let from = u64::try_from(leaves.len()).unwrap_or(u64::MAX);
			if from >= count {
				return Ok(leaves);
			}
			let call = api::runtime_apis().guerdon_api().leaves(pool, from);
			let page = self.call(call).await?;
			if page.is_empty() {
				return Ok(leaves);
			}
			leaves.extend(page);
		}
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

	/// An error of the chain by its name, as events tell it by two numbers.
	pub fn reason(&self, error: &DispatchError) -> String {
		let named = match error {
			DispatchError::Module(module) => module
				.error
				.first()
				.and_then(|number| self.error_name(module.index, *number)),
			_ => None,
		};
		named.unwrap_or_else(|| format!("{error:?}"))
	}

	fn error_name(&self, pallet: u8, error: u8) -> Option<String> {
		let metadata = self.client().metadata_ref();
		let pallet = metadata.pallet_by_error_index(pallet)?;
		Some(pallet.error_variant_by_index(error)?.name.clone())
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn leaves_are_claimed_whose_bits_are_set() {
		let mut bits = [0; 256];
		(bits[0], bits[1], bits[255]) = (0b1000_0001, 0b10, 0b1000_0000);
		let claimed: Vec<u64> = marked(0, &bits).collect();
		assert_eq!(claimed, [0, 7, 9, 2_047]);
		let claimed: Vec<u64> = marked(2, &bits).collect();
		assert_eq!(claimed, [4_096, 4_103, 4_105, 6_143]);
		assert_eq!(marked(1, &[0; 256]).count(), 0);
	}
}
