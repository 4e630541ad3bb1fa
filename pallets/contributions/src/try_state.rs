//! The pallet's invariants.
//!
//! 1. A table's units and weight are the sums of its entries' (I6).
//! 2. A table's entries have exactly the indices `0..count`; no entry lies outside of a table.
//! 3. Every entry is found by its subject under its own index, and nothing else is indexed.
//! 4. An account's history names exactly the entries that are booked on it or pay it.

use alloc::collections::{BTreeMap, BTreeSet};
use codec::Encode;
use frame_support::ensure;
use sp_runtime::TryRuntimeError;

use crate::{pallet::*, Subject};

impl<T: Config> Pallet<T> {
	/// Checks every invariant; what the `try_state` hook runs, for native callers.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::sums_are_those_of_the_entries()?;
		Self::indices_are_contiguous()?;
		Self::subjects_are_indexed()?;
		Self::histories_are_complete()
	}

	fn sums_are_those_of_the_entries() -> Result<(), TryRuntimeError> {
		let mut sums = BTreeMap::<_, (u128, u128)>::new();
		for ((run, role, _), entry) in Entries::<T>::iter() {
			let (units, weight) = sums.entry((run, role)).or_default();
			*units = units
				.checked_add(entry.units.into())
				.ok_or("units overflow")?;
			*weight = weight
				.checked_add(entry.weight.into())
				.ok_or("weight overflows")?;
		}
		for (run, role, table) in Tables::<T>::iter() {
			let (units, weight) = sums.remove(&(run, role)).unwrap_or_default();
			ensure!(
				table.units == units,
				"a table's units are not the sum of its entries"
			);
			ensure!(
				table.weight == weight,
				"a table's weight is not the sum of its entries"
			);
		}
		Ok(())
	}

	fn indices_are_contiguous() -> Result<(), TryRuntimeError> {
		let mut counts = BTreeMap::<_, u32>::new();
		for (run, role, index) in Entries::<T>::iter_keys() {
			ensure!(
				index < Tables::<T>::get(run, role).count,
				"an entry lies outside its table"
			);
			let count = counts.entry((run, role)).or_default();
			*count = count.checked_add(1).ok_or("too many entries")?;
		}
		for (run, role, table) in Tables::<T>::iter() {
			let count = counts.get(&(run, role)).copied().unwrap_or_default();
			ensure!(table.count == count, "a table lacks an entry");
		}
		Ok(())
	}

	fn subjects_are_indexed() -> Result<(), TryRuntimeError> {
		for ((run, role, index), entry) in Entries::<T>::iter() {
			ensure!(
				Indices::<T>::get((run, role, &entry.subject)) == Some(index),
				"an entry is not found by its subject"
			);
		}
		ensure!(
			Indices::<T>::iter().count() == Entries::<T>::iter_keys().count(),
			"something is indexed that is no entry"
		);
		Ok(())
	}

	fn histories_are_complete() -> Result<(), TryRuntimeError> {
		let mut expected = BTreeSet::new();
		for (key, entry) in Entries::<T>::iter() {
			expected.insert((entry.payee.encode(), key));
			if let Subject::Account(account) = entry.subject {
				expected.insert((account.encode(), key));
			}
		}
		let found = Histories::<T>::iter_keys()
			.map(|(account, key)| (account.encode(), key))
			.collect();
		ensure!(
			expected == found,
			"a history names other entries than those of its account"
		);
		Ok(())
	}
}
