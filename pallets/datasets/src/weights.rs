//! Weights of the calls: estimated by hand from what each call reads and writes, on the safe side;
//! to be replaced by benchmarks (`benchmarking.rs`) run on reference hardware.
//!
//! `p` is the number of parents in the proof of a final chunk; each costs one compression of BLAKE3
//! in wasm. Every stored value has a fixed bound, so nothing else grows.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// Weights of the pallet's calls.
pub trait WeightInfo {
	/// `announce`.
	fn announce() -> Weight;
	/// `expire_announcement`.
	fn expire_announcement() -> Weight;
	/// `publish` with `p` parents in the proof.
	fn publish(p: u32) -> Weight;
	/// `set_payout`.
	fn set_payout() -> Weight;
	/// `set_licence`.
	fn set_licence() -> Weight;
	/// `grant`.
	fn grant() -> Weight;
	/// `revoke`.
	fn revoke() -> Weight;
	/// `withdraw`.
	fn withdraw() -> Weight;
	/// `retire`.
	fn retire() -> Weight;
}

const PARENT_TIME: u64 = 2_000_000;
const SMALL_PROOF: u64 = 4_000;

/// The estimates, with the database weights of the runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	// Reads: announcement, holds, account. Writes the same.
	fn announce() -> Weight {
		Weight::from_parts(40_000_000, SMALL_PROOF.saturating_mul(3))
			.saturating_add(T::DbWeight::get().reads_writes(3, 3))
	}
	// Reads: announcement, holds, account. Writes the same.
	fn expire_announcement() -> Weight {
		Weight::from_parts(40_000_000, SMALL_PROOF.saturating_mul(3))
			.saturating_add(T::DbWeight::get().reads_writes(3, 3))
	}
	// Reads: announcement, root, what tells a pot, parent, next id, holds, account.
	// Writes: announcement, root, next id, dataset, holds, account. One chunk is hashed.
	fn publish(p: u32) -> Weight {
		Weight::from_parts(150_000_000, SMALL_PROOF.saturating_mul(7))
			.saturating_add(Weight::from_parts(PARENT_TIME, 0).saturating_mul(u64::from(p)))
			.saturating_add(T::DbWeight::get().reads_writes(7, 6))
	}
	// Reads: what tells a pot, dataset. Writes: dataset.
	fn set_payout() -> Weight {
		Weight::from_parts(25_000_000, SMALL_PROOF.saturating_mul(2))
			.saturating_add(T::DbWeight::get().reads_writes(2, 1))
	}
	// Reads and writes the dataset.
	fn set_licence() -> Weight {
		Weight::from_parts(25_000_000, SMALL_PROOF)
			.saturating_add(T::DbWeight::get().reads_writes(1, 1))
	}
	// Reads and writes the dataset and the use.
	fn grant() -> Weight {
		Weight::from_parts(30_000_000, SMALL_PROOF.saturating_mul(2))
			.saturating_add(T::DbWeight::get().reads_writes(2, 2))
	}
	// Reads: dataset, epoch, use. Writes: use.
	fn revoke() -> Weight {
		Weight::from_parts(30_000_000, SMALL_PROOF.saturating_mul(2))
			.saturating_add(T::DbWeight::get().reads_writes(3, 1))
	}
	// Reads: dataset, epoch. Writes: dataset.
	fn withdraw() -> Weight {
		Weight::from_parts(25_000_000, SMALL_PROOF)
			.saturating_add(T::DbWeight::get().reads_writes(2, 1))
	}
	// Reads: dataset, epoch, holds, account. Writes: dataset, root, holds, account.
	fn retire() -> Weight {
		Weight::from_parts(50_000_000, SMALL_PROOF.saturating_mul(3))
			.saturating_add(T::DbWeight::get().reads_writes(4, 4))
	}
}
