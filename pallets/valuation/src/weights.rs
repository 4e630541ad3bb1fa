//! Weights of `pallet_valuation`: written by `scripts/weights.sh`, not by hand.
//!
//! Measured on 2026-11-24 on AMD EPYC, in 20 steps and 10 repeats, by the
//! pallet's `benchmarking.rs` in the runtime's wasm.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What each benchmark of the pallet weighs.
pub trait WeightInfo {
	/// `reveal_tests`.
	fn reveal_tests() -> Weight;
	/// `commit`.
	fn commit() -> Weight;
	/// `reveal`, with `u` in `0..=256`.
	fn reveal(u: u32) -> Weight;
	/// `reveal_without_quorum`, with `d` in `1..=64`, with `u` in `0..=256`.
	fn reveal_without_quorum(d: u32, u: u32) -> Weight;
	/// `stream`, with `l` in `1..=64`.
	fn stream(l: u32) -> Weight;
	/// `stream_users`, with `l` in `1..=64`.
	fn stream_users(l: u32) -> Weight;
	/// `stream_header`, with `d` in `1..=64`, with `u` in `0..=256`.
	fn stream_header(d: u32, u: u32) -> Weight;
	/// `draw`.
	fn draw() -> Weight;
}

/// The measured weights, over the runtime's cost of storage accesses.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	// Storage: `Valuation::Runs` (r:1 w:1)
	// Proof: `Valuation::Runs` (`max_values`: None, `max_size`: Some(12653), added: 15128, mode: `MaxEncodedLen`)
	// Storage: `Babe::EpochIndex` (r:1 w:0)
	// Proof: `Babe::EpochIndex` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	fn reveal_tests() -> Weight {
		// At least 32_458_000 ps.
		Weight::from_parts(43_615_000, 16118)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	// Storage: `Valuation::Runs` (r:1 w:1)
	// Proof: `Valuation::Runs` (`max_values`: None, `max_size`: Some(12653), added: 15128, mode: `MaxEncodedLen`)
	// Storage: `Valuation::Commitments` (r:15 w:1)
	// Proof: `Valuation::Commitments` (`max_values`: None, `max_size`: Some(129), added: 2604, mode: `MaxEncodedLen`)
	fn commit() -> Weight {
		// At least 129_222_000 ps.
		Weight::from_parts(170_774_000, 40050)
			.saturating_add(T::DbWeight::get().reads(16))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	// Storage: `Valuation::Runs` (r:1 w:1)
	// Proof: `Valuation::Runs` (`max_values`: None, `max_size`: Some(12653), added: 15128, mode: `MaxEncodedLen`)
	// Storage: `Valuation::Commitments` (r:16 w:1)
	// Proof: `Valuation::Commitments` (`max_values`: None, `max_size`: Some(129), added: 2604, mode: `MaxEncodedLen`)
	// Storage: `Attestors::Registrations` (r:15 w:0)
	// Proof: `Attestors::Registrations` (`max_values`: None, `max_size`: Some(325), added: 2800, mode: `MaxEncodedLen`)
	// Storage: `Contributions::Tables` (r:2 w:2)
	// Proof: `Contributions::Tables` (`max_values`: None, `max_size`: Some(62), added: 2537, mode: `MaxEncodedLen`)
	// Storage: `Contributions::Indices` (r:15 w:15)
	// Proof: `Contributions::Indices` (`max_values`: None, `max_size`: Some(78), added: 2553, mode: `MaxEncodedLen`)
	// Storage: `Contributions::Entries` (r:256 w:271)
	// Proof: `Contributions::Entries` (`max_values`: None, `max_size`: Some(118), added: 2593, mode: `MaxEncodedLen`)
	// Storage: `Contributions::Histories` (r:0 w:15)
	// Proof: `Contributions::Histories` (`max_values`: None, `max_size`: Some(69), added: 2544, mode: `MaxEncodedLen`)
	// Storage: `Valuation::Streams` (r:0 w:1)
	// Proof: `Valuation::Streams` (`max_values`: None, `max_size`: Some(3169), added: 5644, mode: `MaxEncodedLen`)
	fn reveal(u: u32) -> Weight {
		// At least 743_395_000 ps.
		Weight::from_parts(675_814_901, 42990)
			.saturating_add(Weight::from_parts(26_421_195, 0).saturating_mul(u.into()))
			.saturating_add(T::DbWeight::get().reads(49))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(u.into()))
			.saturating_add(T::DbWeight::get().writes(50))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(u.into()))
			.saturating_add(Weight::from_parts(0, 2594).saturating_mul(u.into()))
	}
	// Storage: `Valuation::Runs` (r:1 w:1)
	// Proof: `Valuation::Runs` (`max_values`: None, `max_size`: Some(12653), added: 15128, mode: `MaxEncodedLen`)
	// Storage: `Valuation::Commitments` (r:16 w:15)
	// Proof: `Valuation::Commitments` (`max_values`: None, `max_size`: Some(129), added: 2604, mode: `MaxEncodedLen`)
	// Storage: `Contributions::Indices` (r:64 w:0)
	// Proof: `Contributions::Indices` (`max_values`: None, `max_size`: Some(78), added: 2553, mode: `MaxEncodedLen`)
	// Storage: `Contributions::Entries` (r:320 w:320)
	// Proof: `Contributions::Entries` (`max_values`: None, `max_size`: Some(118), added: 2593, mode: `MaxEncodedLen`)
	// Storage: `Contributions::Tables` (r:2 w:2)
	// Proof: `Contributions::Tables` (`max_values`: None, `max_size`: Some(62), added: 2537, mode: `MaxEncodedLen`)
	// Storage: `Attestors::Registrations` (r:15 w:15)
	// Proof: `Attestors::Registrations` (`max_values`: None, `max_size`: Some(325), added: 2800, mode: `MaxEncodedLen`)
	// Storage: `Valuation::Streams` (r:0 w:1)
	// Proof: `Valuation::Streams` (`max_values`: None, `max_size`: Some(3169), added: 5644, mode: `MaxEncodedLen`)
	fn reveal_without_quorum(d: u32, u: u32) -> Weight {
		// At least 2_222_675_000 ps.
		Weight::from_parts(415_665_646, 42990)
			.saturating_add(Weight::from_parts(35_357_919, 0).saturating_mul(d.into()))
			.saturating_add(Weight::from_parts(25_971_908, 0).saturating_mul(u.into()))
			.saturating_add(T::DbWeight::get().reads(34))
			.saturating_add(T::DbWeight::get().reads(2).saturating_mul(d.into()))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(u.into()))
			.saturating_add(T::DbWeight::get().writes(34))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(d.into()))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(u.into()))
			.saturating_add(Weight::from_parts(0, 2593).saturating_mul(d.into()))
			.saturating_add(Weight::from_parts(0, 2593).saturating_mul(u.into()))
	}
	// Storage: `Valuation::Runs` (r:1 w:1)
	// Proof: `Valuation::Runs` (`max_values`: None, `max_size`: Some(12653), added: 15128, mode: `MaxEncodedLen`)
	// Storage: `Valuation::Streams` (r:1 w:1)
	// Proof: `Valuation::Streams` (`max_values`: None, `max_size`: Some(3169), added: 5644, mode: `MaxEncodedLen`)
	// Storage: `Contributions::Indices` (r:64 w:0)
	// Proof: `Contributions::Indices` (`max_values`: None, `max_size`: Some(78), added: 2553, mode: `MaxEncodedLen`)
	// Storage: `Contributions::Entries` (r:64 w:64)
	// Proof: `Contributions::Entries` (`max_values`: None, `max_size`: Some(118), added: 2593, mode: `MaxEncodedLen`)
	// Storage: `Contributions::Tables` (r:1 w:1)
	// Proof: `Contributions::Tables` (`max_values`: None, `max_size`: Some(62), added: 2537, mode: `MaxEncodedLen`)
	// Storage: `Attestors::Registrations` (r:15 w:15)
	// Proof: `Attestors::Registrations` (`max_values`: None, `max_size`: Some(325), added: 2800, mode: `MaxEncodedLen`)
	// Storage: `Valuation::Results` (r:0 w:1)
	// Proof: `Valuation::Results` (`max_values`: None, `max_size`: Some(3152), added: 5627, mode: `MaxEncodedLen`)
	// Storage: `Valuation::Commitments` (r:0 w:15)
	// Proof: `Valuation::Commitments` (`max_values`: None, `max_size`: Some(129), added: 2604, mode: `MaxEncodedLen`)
	fn stream_header(d: u32, u: u32) -> Weight {
		Weight::from_parts(1_652_080_534, 42990)
			.saturating_add(Weight::from_parts(22_487_512, 0).saturating_mul(d.into()))
			.saturating_add(Weight::from_parts(26_421_195, 0).saturating_mul(u.into()))
			.saturating_add(T::DbWeight::get().reads(80))
			.saturating_add(T::DbWeight::get().reads(2).saturating_mul(d.into()))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(u.into()))
			.saturating_add(T::DbWeight::get().writes(100))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(d.into()))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(u.into()))
			.saturating_add(Weight::from_parts(0, 2593).saturating_mul(d.into()))
	}
	fn stream(l: u32) -> Weight {
		Weight::from_parts(952_080_534, 42990)
			.saturating_add(Weight::from_parts(38_437_831, 0).saturating_mul(l.into()))
			.saturating_add(T::DbWeight::get().reads(18))
			.saturating_add(T::DbWeight::get().writes(34))
	}
	// Storage: `Valuation::Runs` (r:1 w:1)
	// Proof: `Valuation::Runs` (`max_values`: None, `max_size`: Some(12653), added: 15128, mode: `MaxEncodedLen`)
	// Storage: `Valuation::Streams` (r:1 w:1)
	// Proof: `Valuation::Streams` (`max_values`: None, `max_size`: Some(3169), added: 5644, mode: `MaxEncodedLen`)
	// Storage: `Contributions::Indices` (r:128 w:0)
	// Proof: `Contributions::Indices` (`max_values`: None, `max_size`: Some(78), added: 2553, mode: `MaxEncodedLen`)
	// Storage: `Contributions::Entries` (r:128 w:128)
	// Proof: `Contributions::Entries` (`max_values`: None, `max_size`: Some(118), added: 2593, mode: `MaxEncodedLen`)
	// Storage: `Contributions::Tables` (r:2 w:2)
	// Proof: `Contributions::Tables` (`max_values`: None, `max_size`: Some(62), added: 2537, mode: `MaxEncodedLen`)
	// Storage: `Attestors::Registrations` (r:15 w:15)
	// Proof: `Attestors::Registrations` (`max_values`: None, `max_size`: Some(325), added: 2800, mode: `MaxEncodedLen`)
	// Storage: `Valuation::Results` (r:0 w:1)
	// Proof: `Valuation::Results` (`max_values`: None, `max_size`: Some(3152), added: 5627, mode: `MaxEncodedLen`)
	// Storage: `Valuation::Commitments` (r:0 w:15)
	// Proof: `Valuation::Commitments` (`max_values`: None, `max_size`: Some(129), added: 2604, mode: `MaxEncodedLen`)
	fn stream_users(l: u32) -> Weight {
		// At least 2_069_517_000 ps.
		Weight::from_parts(2_017_364_189, 166942)
			.saturating_add(Weight::from_parts(45_067_224, 0).saturating_mul(l.into()))
			.saturating_add(T::DbWeight::get().reads(147))
			.saturating_add(T::DbWeight::get().reads(2).saturating_mul(l.into()))
			.saturating_add(T::DbWeight::get().writes(99))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(l.into()))
			.saturating_add(Weight::from_parts(0, 2593).saturating_mul(l.into()))
	}
	// Storage: `Valuation::Runs` (r:1 w:1)
	// Proof: `Valuation::Runs` (`max_values`: None, `max_size`: Some(12653), added: 15128, mode: `MaxEncodedLen`)
	// Storage: `Babe::EpochIndex` (r:1 w:0)
	// Proof: `Babe::EpochIndex` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	// Storage: `Attestors::EpochSeeds` (r:1 w:0)
	// Proof: `Attestors::EpochSeeds` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
	// Storage: `Attestors::Rosters` (r:1 w:0)
	// Proof: `Attestors::Rosters` (`max_values`: None, `max_size`: Some(50187), added: 52662, mode: `MaxEncodedLen`)
	// Storage: `Attestors::Registrations` (r:15 w:15)
	// Proof: `Attestors::Registrations` (`max_values`: None, `max_size`: Some(325), added: 2800, mode: `MaxEncodedLen`)
	fn draw() -> Weight {
		// At least 274_678_000 ps.
		Weight::from_parts(331_243_000, 53652)
			.saturating_add(T::DbWeight::get().reads(19))
			.saturating_add(T::DbWeight::get().writes(16))
	}
}
