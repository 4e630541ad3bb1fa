use alloc::vec::Vec;
use frame_support::{dispatch::DispatchResult, ensure};
use guerdon_receipt::{Role, RunId};

use crate::{pallet::*, Entry, EntryKey, History, Ledger, Subject, Table};

impl<AccountId: Clone> Entry<AccountId> {
	/// The entry after `units` more for `payee`; None if a count would overflow.
	fn recorded(&self, payee: &AccountId, units: u64) -> Option<Self> {
		Some(Self {
			subject: self.subject.clone(),
			payee: payee.clone(),
			units: self.units.checked_add(units)?,
			weight: self.weight.checked_add(units)?,
		})
	}
}

impl Table {
	/// The table after `units` more; None if a sum would overflow.
	fn recorded(self, units: u64) -> Option<Self> {
		Some(Self {
			units: self.units.checked_add(units.into())?,
			weight: self.weight.checked_add(units.into())?,
			..self
		})
	}

	/// The table after one weight changed; None if the sums do not allow it.
	fn reweighed(self, from: u64, to: u64) -> Option<Self> {
		let weight = self
			.weight
			.checked_sub(from.into())?
			.checked_add(to.into())?;
		Some(Self { weight, ..self })
	}
}

impl<T: Config> Pallet<T> {
	fn open_table(run: RunId, role: Role) -> Result<Table, Error<T>> {
		let table = Tables::<T>::get(run, role);
		ensure!(!table.closed, Error::<T>::Closed);
		Ok(table)
	}

	fn do_record(
		run: RunId,
		role: Role,
		subject: Subject<T::AccountId>,
		payee: &T::AccountId,
		units: u64,
	) -> DispatchResult {
		let table = Self::open_table(run, role)?;
		let known = Indices::<T>::get((run, role, &subject));
		let index = known.unwrap_or(table.count);
		let before = match known {
			Some(index) => Entries::<T>::get((run, role, index)).ok_or(Error::<T>::NotFound)?,
			None => Entry {
				subject: subject.clone(),
				payee: payee.clone(),
				units: 0,
				weight: 0,
			},
		};
		let entry = before
			.recorded(payee, units)
			.ok_or(Error::<T>::MaxUnitsExceeded)?;
		let mut table = table.recorded(units).ok_or(Error::<T>::MaxUnitsExceeded)?;
		if known.is_none() {
			table.count = index.checked_add(1).ok_or(Error::<T>::MaxEntriesExceeded)?;
			Indices::<T>::insert((run, role, &subject), index);
		}

		let key = (run, role, index);
		let is_moved = before.payee != entry.payee;
		if is_moved && entry.subject != Subject::Account(before.payee.clone()) {
			Histories::<T>::remove(&before.payee, key);
		}
		if is_moved || known.is_none() {
			Histories::<T>::insert(&entry.payee, key, ());
		}
		if let (Subject::Account(account), None) = (&entry.subject, known) {
			Histories::<T>::insert(account, key, ());
		}
		Tables::<T>::insert(run, role, table);
		Entries::<T>::insert(key, entry);
		let payee = payee.clone();
		Self::deposit_event(Event::Recorded {
			run,
			role,
			index,
			subject,
			payee,
			units,
		});
		Ok(())
	}

	fn do_reweigh(run: RunId, role: Role, index: u32, weight: u64) -> DispatchResult {
		let table = Self::open_table(run, role)?;
		let mut entry = Entries::<T>::get((run, role, index)).ok_or(Error::<T>::NotFound)?;
		let table = table
			.reweighed(entry.weight, weight)
			.ok_or(Error::<T>::MaxUnitsExceeded)?;
		entry.weight = weight;
		Tables::<T>::insert(run, role, table);
		Entries::<T>::insert((run, role, index), entry);
		Self::deposit_event(Event::Reweighed {
			run,
			role,
			index,
			weight,
		});
		Ok(())
	}

	fn do_close(run: RunId, role: Role) {
		let mut table = Tables::<T>::get(run, role);
		if table.closed {
			return;
		}
		table.closed = true;
		Tables::<T>::insert(run, role, table);
		Self::deposit_event(Event::TableClosed { run, role, table });
	}
}

impl<T: Config> Ledger<T::AccountId> for Pallet<T> {
	fn record(
		run: RunId,
		role: Role,
		subject: Subject<T::AccountId>,
		payee: &T::AccountId,
		units: u64,
	) -> DispatchResult {
		Self::do_record(run, role, subject, payee, units)
	}

	fn reweigh(run: RunId, role: Role, index: u32, weight: u64) -> DispatchResult {
		Self::do_reweigh(run, role, index, weight)
	}

	fn close(run: RunId, role: Role) -> DispatchResult {
		Self::do_close(run, role);
		Ok(())
	}

	fn table(run: RunId, role: Role) -> Table {
		Tables::<T>::get(run, role)
	}

	fn entry(run: RunId, role: Role, index: u32) -> Option<Entry<T::AccountId>> {
		Entries::<T>::get((run, role, index))
	}

	fn index_of(run: RunId, role: Role, subject: &Subject<T::AccountId>) -> Option<u32> {
		Indices::<T>::get((run, role, subject))
	}
}

impl<T: Config> History<T::AccountId> for Pallet<T> {
	fn history(account: &T::AccountId, cursor: Option<EntryKey>, limit: u32) -> Vec<EntryKey> {
		let keys = match cursor {
			Some(key) => Histories::<T>::iter_key_prefix_from(
				account,
				Histories::<T>::hashed_key_for(account, key),
			),
			None => Histories::<T>::iter_key_prefix(account),
		};
		keys.take(usize::try_from(limit).unwrap_or(usize::MAX))
			.collect()
	}
}
