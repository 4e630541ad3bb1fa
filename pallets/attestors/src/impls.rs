//! What the calls and the hook do, and the traits [`Draws`] and [`Discipline`].

use crate::{pallet::*, types::in_force, *};
use alloc::vec::Vec;
use frame_support::{
	defensive, ensure,
	pallet_prelude::{DispatchResult, Get, Weight},
	traits::{fungible::hold::Mutate as _, tokens::Precision, Contains},
};
#[cfg(feature = "runtime-benchmarks")]
use frame_support::{traits::fungible::Unbalanced as _, BoundedVec};
use frame_system::pallet_prelude::BlockNumberFor;
use guerdon_receipt::{check_key, possession_bytes, AccountBytes, Attestation, Digest, Signature};
use sp_core::{ed25519, H256};
use sp_runtime::{traits::CheckedAdd, ArithmeticError, DispatchError};

impl Kind {
	pub(crate) fn reason(self) -> HoldReason {
		match self {
			Kind::Attestor => HoldReason::Attestor,
			Kind::Appraiser => HoldReason::Appraiser,
		}
	}
}

impl Offence {
	fn ppm<T: Config>(self) -> u32 {
		match self {
			Offence::Equivocation => T::EquivocationPpm::get(),
			Offence::SilentAfterCommit => T::SilencePpm::get(),
			Offence::WrongCounts => T::WrongCountsPpm::get(),
		}
	}
}

impl<T: Config> Pallet<T> {
	pub(crate) fn keep_seed() -> Weight {
		let epoch = T::Epochs::epoch();
		let Some(place) = epoch.checked_rem(SEEDS_KEPT) else {
			return Weight::zero();
		};
		if EpochSeeds::<T>::get(place).is_some_and(|kept| kept.epoch == epoch) {
			return T::WeightInfo::on_initialize();
		}
		EpochSeeds::<T>::insert(
			place,
			EpochSeed {
				epoch,
				seed: T::Epochs::seed(),
			},
		);
		T::WeightInfo::on_initialize_new_epoch()
	}

	pub(crate) fn do_register(
		kind: Kind,
		who: T::AccountId,
		key: PublicKey,
		possession: Signature,
		endpoint: Endpoint,
		payout: T::AccountId,
	) -> DispatchResult {
		ensure!(
			!Registrations::<T>::contains_key(kind, &who),
			Error::<T>::AlreadyExists
		);
		ensure!(!T::IsPot::contains(&payout), Error::<T>::PayoutIsPot);
		check_key(&key).map_err(|_| Error::<T>::InvalidKey)?;
		ensure!(!Keys::<T>::contains_key(kind, key), Error::<T>::KeyTaken);
		ensure!(
			Self::proves_possession(&who, &key, possession),
			Error::<T>::PossessionNotProven
		);

		let since = effect_of(T::Epochs::epoch())?;
		let bond = Self::bond(kind);
		let seat = Seat {
			account: who.clone(),
			since,
			until: None,
		};
		let mut roster = Rosters::<T>::get(kind);
		roster
			.try_push(seat)
			.map_err(|_| Error::<T>::MaxSeatsExceeded)?;

		T::Currency::hold(&kind.reason().into(), &who, bond)?;
		Rosters::<T>::insert(kind, roster);
		Keys::<T>::insert(kind, key, &who);
		Registrations::<T>::insert(
			kind,
			&who,
			Registration {
				key,
				endpoint,
				payout: Payout::new(payout),
				since,
				until: None,
				locks: 0,
				bond,
				held: bond,
				barred: false,
			},
		);
		Self::deposit_event(Event::Registered {
			kind,
			who,
			key,
			since,
			bond,
		});
		Ok(())
	}

	pub(crate) fn do_set_endpoint(
		kind: Kind,
		who: T::AccountId,
		endpoint: Endpoint,
	) -> DispatchResult {
		Self::mutate(kind, &who, |registration| {
			registration.endpoint = endpoint;
			Ok(())
		})?;
		Self::deposit_event(Event::EndpointChanged { kind, who });
		Ok(())
	}

	pub(crate) fn do_set_payout(
		kind: Kind,
		who: T::AccountId,
		payout: T::AccountId,
	) -> DispatchResult {
		ensure!(!T::IsPot::contains(&payout), Error::<T>::PayoutIsPot);
		let now = frame_system::Pallet::<T>::block_number();
		let from = now
			.checked_add(&T::PayoutDelay::get())
			.ok_or(ArithmeticError::Overflow)?;
		Self::mutate(kind, &who, |registration| {
			registration.payout = registration.payout.changed(payout.clone(), now, from);
			Ok(())
		})?;
		Self::deposit_event(Event::PayoutScheduled {
			kind,
			who,
			payout,
			from,
		});
		Ok(())
	}

	pub(crate) fn do_retire(kind: Kind, who: T::AccountId) -> DispatchResult {
		let until = effect_of(T::Epochs::epoch())?;
		let withdrawable = withdrawable_from::<T>(until)?;
		Self::mutate(kind, &who, |registration| {
			ensure!(registration.until.is_none(), Error::<T>::AlreadyRetired);
			registration.until = Some(until);
			Ok(())
		})?;
		Rosters::<T>::mutate(kind, |roster| {
			if let Some(seat) = roster.iter_mut().find(|seat| seat.account == who) {
				seat.until = Some(until);
			}
		});
		Self::deposit_event(Event::Retired {
			kind,
			who,
			until,
			withdrawable,
		});
		Ok(())
	}

	pub(crate) fn do_withdraw(kind: Kind, who: T::AccountId) -> DispatchResult {
		let registration = Registrations::<T>::get(kind, &who).ok_or(Error::<T>::NotFound)?;
		let until = registration.until.ok_or(Error::<T>::NotRetired)?;
		let withdrawable = withdrawable_from::<T>(until)?;
		ensure!(
			T::Epochs::epoch() >= withdrawable,
			Error::<T>::StillUnbonding
		);
		ensure!(registration.locks == 0, Error::<T>::BondLocked);

		let bond = registration.held;
		// Whoever has lost the whole bond may not even have an account any more.
		if bond > 0 {
			T::Currency::release(&kind.reason().into(), &who, bond, Precision::Exact)?;
		}
		Registrations::<T>::remove(kind, &who);
		Keys::<T>::remove(kind, registration.key);
		Rosters::<T>::mutate(kind, |roster| roster.retain(|seat| seat.account != who));
		Self::deposit_event(Event::Withdrawn { kind, who, bond });
		Ok(())
	}

	pub(crate) fn do_evict(kind: Kind, who: T::AccountId) -> DispatchResult {
		let registration = Registrations::<T>::get(kind, &who).ok_or(Error::<T>::NotFound)?;
		ensure!(registration.held == 0, Error::<T>::BondLeft);
		Self::do_withdraw(kind, who)
	}

	pub(crate) fn do_report_equivocation(
		reporter: T::AccountId,
		who: T::AccountId,
		receipt: Digest,
		first: SignedStates,
		second: SignedStates,
	) -> DispatchResult {
		let registration =
			Registrations::<T>::get(Kind::Attestor, &who).ok_or(Error::<T>::NotFound)?;
		ensure!(!registration.barred, Error::<T>::AlreadyBarred);
		ensure!(first.states != second.states, Error::<T>::NotContradictory);
		for (signed, invalid) in [
			(first, Error::<T>::InvalidFirstSignature),
			(second, Error::<T>::InvalidSecondSignature),
		] {
			let attestation = Attestation {
				receipt,
				attestor: who.clone().into(),
				states: signed.states,
			};
			ensure!(
				verify(signed.signature, &attestation.pae(), registration.key),
				invalid
			);
		}
		Self::deposit_event(Event::Equivocated {
			who: who.clone(),
			receipt,
		});
		Self::do_penalise(Kind::Attestor, &who, Offence::Equivocation, Some(reporter))?;
		Ok(())
	}

	pub(crate) fn do_penalise(
		kind: Kind,
		who: &T::AccountId,
		offence: Offence,
		reporter: Option<T::AccountId>,
	) -> Result<Balance, DispatchError> {
		let mut registration = Registrations::<T>::get(kind, who).ok_or(Error::<T>::NotFound)?;
		let amount = Self::cost(&registration, offence);
		let shares = take_held::<T::AccountId, T::Currency>(
			&kind.reason().into(),
			who,
			amount,
			&T::Penalty::get(),
			&T::Treasury::get(),
			reporter.as_ref(),
		)?;
		registration.held = registration
			.held
			.checked_sub(amount)
			.ok_or(ArithmeticError::Underflow)?;
		registration.barred |= offence == Offence::Equivocation;
		let retires =
			registration.until.is_none() && (registration.barred || registration.is_depleted());
		Registrations::<T>::insert(kind, who, registration);
		Self::deposit_event(Event::Penalised {
			kind,
			who: who.clone(),
			offence,
			amount,
			burned: shares.burn,
			treasury: shares.treasury,
			reporter: reporter.map(|reporter| (reporter, shares.reporter)),
		});
		if retires {
			Self::do_retire(kind, who.clone())?;
		}
		Ok(amount)
	}

	/// An offence's part of what was bonded, or what is left of that.
	pub(crate) fn cost(registration: &RegistrationOf<T>, offence: Offence) -> Balance {
		part_floor(registration.bond, offence.ppm::<T>()).min(registration.held)
	}

	/// What a seat of this kind bonds now; a registration keeps what it bonded.
	pub(crate) fn bond(kind: Kind) -> Balance {
		match kind {
			Kind::Attestor => T::AttestorBond::get(),
			Kind::Appraiser => T::AppraiserBond::get(),
		}
	}

	fn proves_possession(who: &T::AccountId, key: &PublicKey, possession: Signature) -> bool {
		let genesis: Digest =
			frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::from(0u32)).into();
		let account: AccountBytes = who.clone().into();
		verify(possession, &possession_bytes(&genesis, &account, key), *key)
	}

	fn mutate(
		kind: Kind,
		who: &T::AccountId,
		change: impl FnOnce(&mut RegistrationOf<T>) -> DispatchResult,
	) -> DispatchResult {
		Registrations::<T>::try_mutate(kind, who, |registration| {
			change(registration.as_mut().ok_or(Error::<T>::NotFound)?)
		})
	}
}

fn verify(signature: Signature, message: &[u8], key: PublicKey) -> bool {
	sp_io::crypto::ed25519_verify(
		&ed25519::Signature::from_raw(signature),
		message,
		&ed25519::Public::from_raw(key),
	)
}

fn effect_of(epoch: Epoch) -> Result<Epoch, DispatchError> {
	Ok(epoch
		.checked_add(EFFECT_DELAY)
		.ok_or(ArithmeticError::Overflow)?)
}

fn withdrawable_from<T: Config>(until: Epoch) -> Result<Epoch, DispatchError> {
	Ok(until
		.checked_add(T::UnbondingEpochs::get())
		.ok_or(ArithmeticError::Overflow)?)
}

/// Whether the set of seats at the start of `as_of` can be told in epoch `now`: nothing can join
/// or leave it any more, and none of its seats can have been withdrawn.
fn is_known(as_of: Epoch, now: Epoch) -> bool {
	match as_of.checked_sub(now) {
		Some(ahead) => ahead < EFFECT_DELAY,
		None => now.checked_sub(as_of).is_some_and(|ago| ago <= SEEDS_KEPT),
	}
}

impl<T: Config> Draws<T::AccountId> for Pallet<T> {
	fn epoch() -> Epoch {
		T::Epochs::epoch()
	}

	fn wait() -> u32 {
		let epochs = u32::try_from(EFFECT_DELAY).unwrap_or(u32::MAX);
		T::Epochs::blocks().saturating_mul(epochs)
	}

	fn seed(epoch: Epoch) -> Option<H256> {
		let ago = T::Epochs::epoch().checked_sub(epoch)?;
		let kept = EpochSeeds::<T>::get(epoch.checked_rem(SEEDS_KEPT)?)?;
		(ago < SEEDS_KEPT && kept.epoch == epoch).then_some(kept.seed)
	}

	fn seats(kind: Kind, as_of: Epoch) -> Vec<T::AccountId> {
		if !is_known(as_of, T::Epochs::epoch()) {
			return Vec::new();
		}
		Rosters::<T>::get(kind)
			.into_iter()
			.filter(|seat| seat.in_force(as_of))
			.map(|seat| seat.account)
			.collect()
	}

	fn key(kind: Kind, who: &T::AccountId) -> Option<PublicKey> {
		Registrations::<T>::get(kind, who).map(|registration| registration.key)
	}

	fn is_active(kind: Kind, who: &T::AccountId) -> bool {
		Registrations::<T>::get(kind, who).is_some_and(|registration| {
			!registration.barred
				&& in_force(registration.since, registration.until, T::Epochs::epoch())
		})
	}

	fn payout(kind: Kind, who: &T::AccountId) -> Option<T::AccountId> {
		let now = frame_system::Pallet::<T>::block_number();
		Registrations::<T>::get(kind, who).map(|registration| registration.payout.at(now))
	}

	fn lock(kind: Kind, who: &T::AccountId) -> DispatchResult {
		Self::mutate(kind, who, |registration| {
			registration.locks = registration
				.locks
				.checked_add(1)
				.ok_or(ArithmeticError::Overflow)?;
			Ok(())
		})
	}

	fn unlock(kind: Kind, who: &T::AccountId) {
		let unlocked = Self::mutate(kind, who, |registration| {
			registration.locks = registration
				.locks
				.checked_sub(1)
				.ok_or(ArithmeticError::Underflow)?;
			Ok(())
		});
		if unlocked.is_err() {
			defensive!("unlock without a lock");
		}
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn fill_seats(kind: Kind, first: &[(T::AccountId, PublicKey)]) {
		let others = (0..T::MaxSeats::get()).map(|index| {
			let who = frame_benchmarking::account("seat", index, 0);
			let key = sp_io::hashing::blake2_256(&index.to_le_bytes());
			(who, key)
		});
		for (who, _) in first {
			let half = Self::bond(kind).div_ceil(2);
			let funded = T::Currency::increase_balance(who, Self::bond(kind), Precision::Exact);
			let held = funded.and_then(|_| T::Currency::hold(&kind.reason().into(), who, half));
			assert!(held.is_ok(), "a bond is held");
		}
		let mut roster = BoundedVec::default();
		for (index, (who, key)) in (0..).zip(first.iter().cloned().chain(others)) {
			let seat = Seat {
				account: who.clone(),
				since: 0,
				until: None,
			};
			if roster.try_push(seat).is_err() {
				break;
			}
			let registration = Registration {
				key,
				endpoint: Endpoint::truncate_from([b'e'; 128].to_vec()),
				payout: Payout::new(frame_benchmarking::account("payout", index, 0)),
				since: 0,
				until: None,
				locks: 0,
				bond: Self::bond(kind),
				held: Self::bond(kind).div_ceil(2),
				barred: false,
			};
			Keys::<T>::insert(kind, key, &who);
			Registrations::<T>::insert(kind, who, registration);
		}
		Rosters::<T>::insert(kind, roster);
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn set_epoch(epoch: Epoch) {
		T::Epochs::set_epoch(epoch);
		Self::keep_seed();
	}
}

impl<T: Config> Discipline<T::AccountId> for Pallet<T> {
	fn penalise(
		kind: Kind,
		who: &T::AccountId,
		offence: Offence,
		reporter: Option<&T::AccountId>,
	) -> Balance {
		Self::do_penalise(kind, who, offence, reporter.cloned()).unwrap_or_else(|_| {
			defensive!("a penalty for a seat that is not there");
			0
		})
	}
}
