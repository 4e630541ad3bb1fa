//! Weights of the calls: estimated by hand from what each call reads and writes, on the safe side;
//! to be replaced by benchmarks (`benchmarking.rs`) run on reference hardware.
//!
//! `s` is the number of seats of the kind: the roster is one value, and is read and written whole.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// Weights of the pallet's calls and of its hook.
pub trait WeightInfo {
	/// A block in an epoch whose seed is kept.
	fn on_initialize() -> Weight;
	/// The first block of an epoch.
	fn on_initialize_new_epoch() -> Weight;
	/// `register` with `s` seats.
	fn register(s: u32) -> Weight;
	/// `set_endpoint`.
	fn set_endpoint() -> Weight;
	/// `set_payout`.
	fn set_payout() -> Weight;
	/// `retire` with `s` seats.
	fn retire(s: u32) -> Weight;
	/// `withdraw` with `s` seats.
	fn withdraw(s: u32) -> Weight;
}

const SEAT_BYTES: u64 = 49;
const SEAT_TIME: u64 = 60_000;
const SMALL_PROOF: u64 = 4_000;

fn roster(s: u32) -> Weight {
	let seats = u64::from(s);
	Weight::from_parts(
		SEAT_TIME.saturating_mul(seats),
		SMALL_PROOF.saturating_add(SEAT_BYTES.saturating_mul(seats)),
	)
}

/// The estimates, with the database weights of the runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	// Reads: the epoch index, the seed's place.
	fn on_initialize() -> Weight {
		Weight::from_parts(5_000_000, SMALL_PROOF).saturating_add(T::DbWeight::get().reads(2))
	}
	// Reads: the epoch index, the seed's place, the randomness. Writes: the seed.
	fn on_initialize_new_epoch() -> Weight {
		Weight::from_parts(10_000_000, SMALL_PROOF)
			.saturating_add(T::DbWeight::get().reads_writes(3, 1))
	}
	// Reads: registration, key, genesis hash, epoch, roster, holds, account.
	// Writes: registration, key, roster, holds, account. One signature is verified.
	fn register(s: u32) -> Weight {
		Weight::from_parts(120_000_000, SMALL_PROOF.saturating_mul(6))
			.saturating_add(roster(s))
			.saturating_add(T::DbWeight::get().reads_writes(7, 5))
	}
	// Reads and writes the registration.
	fn set_endpoint() -> Weight {
		Weight::from_parts(20_000_000, SMALL_PROOF)
			.saturating_add(T::DbWeight::get().reads_writes(1, 1))
	}
	// Reads and writes the registration; reads what tells a pot.
	fn set_payout() -> Weight {
		Weight::from_parts(25_000_000, SMALL_PROOF.saturating_mul(2))
			.saturating_add(T::DbWeight::get().reads_writes(2, 1))
	}
	// Reads: epoch, registration, roster. Writes: registration, roster.
	fn retire(s: u32) -> Weight {
		Weight::from_parts(25_000_000, SMALL_PROOF.saturating_mul(2))
			.saturating_add(roster(s))
			.saturating_add(T::DbWeight::get().reads_writes(3, 2))
	}
	// Reads: registration, epoch, roster, holds, account.
	// Writes: registration, key, roster, holds, account.
	fn withdraw(s: u32) -> Weight {
		Weight::from_parts(60_000_000, SMALL_PROOF.saturating_mul(4))
			.saturating_add(roster(s))
			.saturating_add(T::DbWeight::get().reads_writes(5, 5))
	}
}
