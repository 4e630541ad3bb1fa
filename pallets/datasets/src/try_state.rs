//! What must hold of the storage at any time.

use crate::{impls::is_contested, pallet::*, *};
use alloc::collections::BTreeMap;
use frame_support::{ensure, pallet_prelude::Get, traits::fungible::hold::Inspect as _};
use sp_runtime::{
	traits::{CheckedAdd, Zero},
	TryRuntimeError,
};

impl<T: Config> Pallet<T> {
	/// All checks; the README lists them under the same numbers.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::check_1_ids_are_in_order()?;
		Self::check_2_roots_are_datasets()?;
		Self::check_3_deposits_are_held()?;
		Self::check_4_uses_are_counted()?;
		Self::check_5_terms_make_sense()?;
		Self::check_6_nothing_lies_ahead()?;
		Self::check_7_announcements_are_counted()?;
		Self::check_8_contested_datasets_come_after_others()?;
		Self::check_9_requests_to_unlearn_are_of_withdrawn_datasets()
	}

	fn check_1_ids_are_in_order() -> Result<(), TryRuntimeError> {
		let next = NextDatasetId::<T>::get();
		for (dataset, it) in Datasets::<T>::iter() {
			ensure!(
				dataset < next,
				"1: a dataset has an id that was not handed out"
			);
			let Some(parent) = it.parent else { continue };
			ensure!(parent < dataset, "1: a parent is not older than its child");
			if let Some(parent) = Datasets::<T>::get(parent) {
				ensure!(parent.owner == it.owner, "1: a parent has another owner");
			}
		}
		Ok(())
	}

	fn check_2_roots_are_datasets() -> Result<(), TryRuntimeError> {
		for (root, holder) in ByRoot::<T>::iter() {
			let it = Datasets::<T>::get(holder.dataset).ok_or("2: a root has no dataset")?;
			ensure!(it.content.root == root, "2: a dataset has another root");
			ensure!(
				!is_contested(it.status),
				"2: a contested dataset has a root"
			);
			ensure!(
				holder.first <= holder.dataset,
				"2: a root was taken over from a dataset to come"
			);
		}
		let holders = Datasets::<T>::iter_values().filter(|it| !is_contested(it.status));
		ensure!(
			ByRoot::<T>::iter_keys().count() == holders.count(),
			"2: a dataset's root is missing"
		);
		Ok(())
	}

	fn check_3_deposits_are_held() -> Result<(), TryRuntimeError> {
		let announcements = Announcements::<T>::iter().map(|(owner, _, it)| (owner, it.deposit));
		Self::check_3_for(HoldReason::Announcement, announcements)?;
		let datasets = Datasets::<T>::iter_values().map(|it| (it.owner, it.deposit));
		Self::check_3_for(HoldReason::Dataset, datasets)?;
		let unlearnings = Unlearnings::<T>::iter().map(|(_, _, it)| (it.owner, it.deposit));
		Self::check_3_for(HoldReason::Unlearning, unlearnings)
	}

	fn check_3_for(
		reason: HoldReason,
		deposits: impl Iterator<Item = (T::AccountId, BalanceOf<T>)>,
	) -> Result<(), TryRuntimeError> {
		let reason = reason.into();
		let mut due = BTreeMap::<T::AccountId, BalanceOf<T>>::new();
		for (owner, deposit) in deposits {
			let sum = due.entry(owner).or_insert_with(Zero::zero);
			*sum = sum.checked_add(&deposit).ok_or("3: deposits overflow")?;
		}
		for (who, _) in frame_system::Account::<T>::iter() {
			let due = due.remove(&who).unwrap_or_else(Zero::zero);
			ensure!(
				T::Currency::balance_on_hold(&reason, &who) == due,
				"3: the deposits are not what is held"
			);
		}
		ensure!(due.is_empty(), "3: a depositor has no account");
		Ok(())
	}

	fn check_4_uses_are_counted() -> Result<(), TryRuntimeError> {
		for (dataset, _, _) in Uses::<T>::iter() {
			ensure!(
				Datasets::<T>::contains_key(dataset),
				"4: a use has no dataset"
			);
		}
		for (dataset, it) in Datasets::<T>::iter() {
			let uses = Uses::<T>::iter_prefix_values(dataset);
			ensure!(
				u32::try_from(uses.count()) == Ok(it.uses),
				"4: uses are miscounted"
			);
			let pending =
				Uses::<T>::iter_prefix_values(dataset).filter(|used| used.grant == Grant::Pending);
			ensure!(
				u32::try_from(pending.count()) == Ok(it.pending),
				"4: requests are miscounted"
			);
			ensure!(
				it.pending <= T::MaxPending::get(),
				"4: too many requests wait"
			);
		}
		Ok(())
	}

	fn check_5_terms_make_sense() -> Result<(), TryRuntimeError> {
		for it in Datasets::<T>::iter_values() {
			let licence = it.licence;
			ensure!(it.content.records > 0, "5: a dataset has no records");
			ensure!(
				licence.uses != 0 && licence.uses & !uses::ALL == 0,
				"5: a licence has no meaning"
			);
			ensure!(
				licence
					.valid_until
					.is_none_or(|until| until > licence.valid_from),
				"5: a licence ends before it begins"
			);
		}
		Ok(())
	}

	fn check_6_nothing_lies_ahead() -> Result<(), TryRuntimeError> {
		let now = frame_system::Pallet::<T>::block_number();
		let next = T::Epoch::get().checked_add(1).ok_or("6: epoch overflow")?;
		for announcement in Announcements::<T>::iter_values() {
			ensure!(
				announcement.at <= now,
				"6: an announcement is of a block to come"
			);
		}
		for it in Datasets::<T>::iter_values() {
			ensure!(it.priority <= now, "6: a priority is of a block to come");
			if let Status::Withdrawn { from } = it.status {
				ensure!(from <= next, "6: a withdrawal takes effect too late");
			}
		}
		for (_, _, used) in Uses::<T>::iter() {
			if let Grant::Revoked { until } = used.grant {
				ensure!(until <= next, "6: a revocation takes effect too late");
			}
		}
		for (_, _, it) in Unlearnings::<T>::iter() {
			ensure!(
				it.answer.is_none_or(|answered| answered.at <= now),
				"6: an answer is of a block to come"
			);
		}
		Ok(())
	}

	fn check_7_announcements_are_counted() -> Result<(), TryRuntimeError> {
		for owner in Announcements::<T>::iter_keys().map(|(owner, _)| owner) {
			ensure!(
				AnnouncementCounts::<T>::contains_key(owner),
				"7: an owner's announcements are not counted"
			);
		}
		for (owner, count) in AnnouncementCounts::<T>::iter() {
			let found = Announcements::<T>::iter_key_prefix(&owner).count();
			ensure!(
				count > 0 && u32::try_from(found) == Ok(count),
				"7: announcements are miscounted"
			);
			ensure!(
				count <= T::MaxAnnouncements::get(),
				"7: an owner has too many announcements"
			);
		}
		Ok(())
	}

	fn check_8_contested_datasets_come_after_others() -> Result<(), TryRuntimeError> {
		let next = NextDatasetId::<T>::get();
		for (dataset, it) in Datasets::<T>::iter() {
			let Status::Contested { by } = it.status else {
				continue;
			};
			ensure!(
				by > dataset && by < next,
				"8: a dataset is contested by one that did not come later"
			);
			if let Some(by) = Datasets::<T>::get(by) {
				ensure!(
					by.content.root == it.content.root,
					"8: a dataset is contested by one of another root"
				);
				ensure!(
					by.priority < it.priority,
					"8: a dataset is contested by one that was not announced earlier"
				);
			}
		}
		Ok(())
	}

	fn check_9_requests_to_unlearn_are_of_withdrawn_datasets() -> Result<(), TryRuntimeError> {
		let next = NextDatasetId::<T>::get();
		for (dataset, _, it) in Unlearnings::<T>::iter() {
			ensure!(
				dataset < next,
				"9: a dataset to unlearn was never published"
			);
			let Some(of) = Datasets::<T>::get(dataset) else {
				continue;
			};
			ensure!(
				of.status != Status::Active,
				"9: a dataset to unlearn is not withdrawn"
			);
			ensure!(
				of.owner == it.owner && of.content.root == it.root,
				"9: a dataset to unlearn has another owner or root"
			);
		}
		Ok(())
	}
}
