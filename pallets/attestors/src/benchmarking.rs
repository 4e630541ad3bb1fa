//! Benchmarks of every call and of the hook's two cases.

#![allow(
	missing_docs,
	clippy::arithmetic_side_effects,
	clippy::as_conversions,
	clippy::expect_used,
	clippy::float_arithmetic,
	clippy::indexing_slicing,
	clippy::panic,
	clippy::unwrap_used,
	reason = "never part of a chain's runtime"
)]

use crate::{pallet::*, *};
use frame_benchmarking::v2::*;
use frame_support::traits::{fungible::Mutate as _, Get, Hooks};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use guerdon_receipt::{possession_bytes, AccountBytes, Attestation, Digest, Signature};
use sp_core::crypto::KeyTypeId;

const KEYS: KeyTypeId = KeyTypeId(*b"bnch");
const KIND: Kind = Kind::Attestor;

fn funded<T: Config>(index: u32) -> T::AccountId
where
	T::Currency: frame_support::traits::fungible::Mutate<T::AccountId>,
{
	let who: T::AccountId = account("attestor", index, 0);
	let bond = Pallet::<T>::bond(KIND);
	T::Currency::set_balance(&who, bond + bond);
	who
}

fn proven_key<T: Config>(who: &T::AccountId) -> Result<(PublicKey, Signature), BenchmarkError> {
	let key = sp_io::crypto::ed25519_generate(KEYS, None);
	let genesis: Digest =
		frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::from(0u32)).into();
	let account: AccountBytes = who.clone().into();
	let proof =
		sp_io::crypto::ed25519_sign(KEYS, &key, &possession_bytes(&genesis, &account, &key.0))
			.ok_or("no key store")?;
	Ok((key.0, proof.0))
}

fn registered<T: Config>(index: u32) -> Result<T::AccountId, BenchmarkError>
where
	T::Currency: frame_support::traits::fungible::Mutate<T::AccountId>,
{
	let who = funded::<T>(index);
	let (key, proof) = proven_key::<T>(&who)?;
	Pallet::<T>::register(
		RawOrigin::Signed(who.clone()).into(),
		KIND,
		key,
		proof,
		Endpoint::default(),
		who.clone(),
	)?;
	Ok(who)
}

/// Two attestations of one receipt that differ.
fn contradiction<T: Config>(
	who: &T::AccountId,
	receipt: Digest,
) -> Result<[SignedStates; 2], BenchmarkError> {
	let key = <Pallet<T> as Draws<T::AccountId>>::key(KIND, who).ok_or("registered")?;
	let sign = |states: Digest| -> Result<SignedStates, BenchmarkError> {
		let attestation = Attestation {
			receipt,
			attestor: who.clone().into(),
			states,
		};
		let key = sp_core::ed25519::Public::from_raw(key);
		let signature = sp_io::crypto::ed25519_sign(KEYS, &key, &attestation.pae())
			.ok_or("no key store")?
			.0;
		Ok(SignedStates { states, signature })
	};
	Ok([sign([1; 32])?, sign([2; 32])?])
}

/// `count` seats of accounts without registration: they are only there to be read and written.
fn fill<T: Config>(count: u32) {
	Rosters::<T>::mutate(KIND, |roster| {
		for index in 0..count {
			let _ = roster.try_push(Seat {
				account: account("seated", index, 0),
				since: Epoch::MAX,
				until: None,
			});
		}
	});
}

#[benchmarks(where T::Currency: frame_support::traits::fungible::Mutate<T::AccountId>)]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn on_initialize() {
		T::Epochs::set_epoch(1);
		Pallet::<T>::on_initialize(1u32.into());
		#[block]
		{
			Pallet::<T>::on_initialize(2u32.into());
		}
	}

	#[benchmark]
	fn on_initialize_new_epoch() {
		T::Epochs::set_epoch(1);
		#[block]
		{
			Pallet::<T>::on_initialize(1u32.into());
		}
	}

	#[benchmark]
	fn register(s: Linear<1, { T::MaxSeats::get() }>) -> Result<(), BenchmarkError> {
		fill::<T>(s - 1);
		let who = funded::<T>(0);
		let (key, proof) = proven_key::<T>(&who)?;
		#[extrinsic_call]
		_(
			RawOrigin::Signed(who.clone()),
			KIND,
			key,
			proof,
			Endpoint::default(),
			who.clone(),
		);
		assert!(Registrations::<T>::contains_key(KIND, who));
		Ok(())
	}

	#[benchmark]
	fn set_endpoint() -> Result<(), BenchmarkError> {
		let who = registered::<T>(0)?;
		#[extrinsic_call]
		_(RawOrigin::Signed(who), KIND, Endpoint::default());
		Ok(())
	}

	#[benchmark]
	fn set_payout() -> Result<(), BenchmarkError> {
		let who = registered::<T>(0)?;
		#[extrinsic_call]
		_(RawOrigin::Signed(who), KIND, account("payout", 0, 0));
		Ok(())
	}

	#[benchmark]
	fn retire(s: Linear<1, { T::MaxSeats::get() }>) -> Result<(), BenchmarkError> {
		fill::<T>(s - 1);
		let who = registered::<T>(0)?;
		#[extrinsic_call]
		_(RawOrigin::Signed(who), KIND);
		Ok(())
	}

	#[benchmark]
	fn withdraw(s: Linear<1, { T::MaxSeats::get() }>) -> Result<(), BenchmarkError> {
		fill::<T>(s - 1);
		let who = registered::<T>(0)?;
		Pallet::<T>::retire(RawOrigin::Signed(who.clone()).into(), KIND)?;
		let unbonded = EFFECT_DELAY
			.checked_add(T::UnbondingEpochs::get())
			.ok_or("epochs")?;
		T::Epochs::set_epoch(T::Epochs::epoch().checked_add(unbonded).ok_or("epochs")?);
		#[extrinsic_call]
		_(RawOrigin::Signed(who.clone()), KIND);
		assert!(!Registrations::<T>::contains_key(KIND, who));
		Ok(())
	}

	#[benchmark]
	fn report_equivocation(s: Linear<1, { T::MaxSeats::get() }>) -> Result<(), BenchmarkError> {
		fill::<T>(s - 1);
		let who = registered::<T>(0)?;
		let reporter = funded::<T>(1);
		T::Currency::set_balance(&T::Treasury::get(), Pallet::<T>::bond(KIND));
		let receipt = [7; 32];
		let [first, second] = contradiction::<T>(&who, receipt)?;
		#[extrinsic_call]
		_(
			RawOrigin::Signed(reporter),
			who.clone(),
			receipt,
			first,
			second,
		);
		let registration = Registrations::<T>::get(KIND, who).ok_or("registered")?;
		assert!(registration.barred && registration.until.is_some());
		Ok(())
	}

	#[benchmark]
	fn evict(s: Linear<1, { T::MaxSeats::get() }>) -> Result<(), BenchmarkError> {
		fill::<T>(s - 1);
		let who = registered::<T>(0)?;
		Pallet::<T>::do_penalise(KIND, &who, Offence::Equivocation, None)?;
		let unbonded = EFFECT_DELAY
			.checked_add(T::UnbondingEpochs::get())
			.ok_or("epochs")?;
		T::Epochs::set_epoch(T::Epochs::epoch().checked_add(unbonded).ok_or("epochs")?);
		let anyone = funded::<T>(1);
		#[extrinsic_call]
		_(RawOrigin::Signed(anyone), KIND, who.clone());
		assert!(!Registrations::<T>::contains_key(KIND, who));
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_benchmark_ext(), crate::mock::Test);
}
