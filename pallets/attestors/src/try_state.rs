//! What must hold of the storage at any time.

use crate::{pallet::*, *};
use alloc::collections::BTreeSet;
use frame_support::{ensure, traits::fungible::hold::Inspect as _};
use sp_runtime::{traits::Zero, TryRuntimeError};

impl<T: Config> Pallet<T> {
	/// All checks; the README lists them under the same numbers.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		for kind in Kind::ALL {
			Self::check_1_seats_are_registrations(kind)?;
			Self::check_2_keys_are_registrations(kind)?;
			Self::check_3_bonds_are_held(kind)?;
			Self::check_4_terms_are_in_order(kind)?;
			Self::check_6_whoever_lost_too_much_leaves(kind)?;
		}
		Self::check_5_seeds_are_in_place()
	}

	fn check_1_seats_are_registrations(kind: Kind) -> Result<(), TryRuntimeError> {
		let roster = Rosters::<T>::get(kind);
		let mut seen = BTreeSet::new();
		for seat in &roster {
			ensure!(
				seen.insert(seat.account.clone()),
				"1: an account has two seats"
			);
			let registration = Registrations::<T>::get(kind, &seat.account)
				.ok_or("1: a seat has no registration")?;
			ensure!(
				(registration.since, registration.until) == (seat.since, seat.until),
				"1: seat and registration differ"
			);
		}
		ensure!(
			Registrations::<T>::iter_key_prefix(kind).count() == roster.len(),
			"1: a registration has no seat"
		);
		Ok(())
	}

	fn check_2_keys_are_registrations(kind: Kind) -> Result<(), TryRuntimeError> {
		let mut keys = 0usize;
		for (key, who) in Keys::<T>::iter_prefix(kind) {
			let registration =
				Registrations::<T>::get(kind, &who).ok_or("2: a key has no registration")?;
			ensure!(registration.key == key, "2: a registration has another key");
			keys = keys.checked_add(1).ok_or("2: too many keys")?;
		}
		ensure!(
			Registrations::<T>::iter_key_prefix(kind).count() == keys,
			"2: a registration's key is missing"
		);
		Ok(())
	}

	fn check_3_bonds_are_held(kind: Kind) -> Result<(), TryRuntimeError> {
		for (who, registration) in Registrations::<T>::iter_prefix(kind) {
			ensure!(
				T::Currency::balance_on_hold(&kind.reason().into(), &who) == registration.held,
				"3: what is left of the bond is not what is held"
			);
			ensure!(
				registration.held <= registration.bond,
				"3: more is held than was bonded"
			);
		}
		for (who, _) in frame_system::Account::<T>::iter() {
			ensure!(
				Registrations::<T>::contains_key(kind, &who)
					|| T::Currency::balance_on_hold(&kind.reason().into(), &who).is_zero(),
				"3: a bond is held without a registration"
			);
		}
		Ok(())
	}

	fn check_4_terms_are_in_order(kind: Kind) -> Result<(), TryRuntimeError> {
		let latest = T::Epochs::epoch()
			.checked_add(EFFECT_DELAY)
			.ok_or("4: epoch overflow")?;
		for registration in Registrations::<T>::iter_prefix_values(kind) {
			ensure!(registration.since <= latest, "4: a seat begins too late");
			if let Some(until) = registration.until {
				ensure!(until <= latest, "4: a seat ends too late");
				ensure!(
					registration.since <= until,
					"4: a seat ends before it begins"
				);
			}
		}
		Ok(())
	}

	fn check_5_seeds_are_in_place() -> Result<(), TryRuntimeError> {
		let now = T::Epochs::epoch();
		for (place, kept) in EpochSeeds::<T>::iter() {
			ensure!(
				kept.epoch.checked_rem(SEEDS_KEPT) == Some(place),
				"5: a seed is in another epoch's place"
			);
			ensure!(kept.epoch <= now, "5: a seed is of an epoch to come");
		}
		Ok(())
	}

	fn check_6_whoever_lost_too_much_leaves(kind: Kind) -> Result<(), TryRuntimeError> {
		for registration in Registrations::<T>::iter_prefix_values(kind) {
			ensure!(
				registration.until.is_some()
					|| !(registration.barred || registration.is_depleted()),
				"6: a seat that is barred or lost most of its bond is not retired"
			);
		}
		Ok(())
	}
}
