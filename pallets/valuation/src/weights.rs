//! Weights of `pallet_valuation`: written by `scripts/weights.sh`, not by hand.
//!
//! Measured on 2026-11-26 on AMD EPYC, in 20 steps and 10 repeats, by the
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
	/// `silence`, with `d` in `1..=64`, with `u` in `0..=256`.
	fn silence(d: u32, u: u32) -> Weight;
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
	// Proof: `Valuation::Runs` (`max_values`: None, `max_size`: Some(13134), added: 15609, mode: `MaxEncodedLen`)
	// Storage: `Babe::EpochIndex` (r:1 w:0)
	// Proof: `Babe::EpochIndex` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	fn reveal_tests() -> Weight {
		// At least 32_127_000 ps.
		Weight::from_parts(38_417_000, 16599)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	// Storage: `Valuation::Runs` (r:1 w:1)
	// Proof: `Valuation::Runs` (`max_values`: None, `max_size`: Some(13134), added: 15609, mode: `MaxEncodedLen`)
	// Storage: `Valuation::Commitments` (r:15 w:1)
	// Proof: `Valuation::Commitments` (`max_values`: None, `max_size`: Some(129), added: 2604, mode: `MaxEncodedLen`)
	fn commit() -> Weight {
		// At least 122_811_000 ps.
		Weight::from_parts(160_127_000, 40050)
			.saturating_add(T::DbWeight::get().reads(16))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	// Storage: `Valuation::Runs` (r:1 w:1)
	// Proof: `Valuation::Runs` (`max_values`: None, `max_size`: Some(13134), added: 15609, mode: `MaxEncodedLen`)
	// Storage: `Valuation::Commitments` (r:16 w:1)
	// Proof: `Valuation::Commitments` (`max_values`: None, `max_size`: Some(129), added: 2604, mode: `MaxEncodedLen`)
	// Storage: `Contributions::Tables` (r:1 w:1)
	// Proof: `Contributions::Tables` (`max_values`: None, `max_size`: Some(62), added: 2537, mode: `MaxEncodedLen`)
	// Storage: `Contributions::Entries` (r:256 w:256)
	// Proof: `Contributions::Entries` (`max_values`: None, `max_size`: Some(118), added: 2593, mode: `MaxEncodedLen`)
	// Storage: `Valuation::Streams` (r:0 w:1)
	// Proof: `Valuation::Streams` (`max_values`: None, `max_size`: Some(3169), added: 5644, mode: `MaxEncodedLen`)
	fn reveal(u: u32) -> Weight {
		// At least 236_059_000 ps.
		Weight::from_parts(244_895_629, 42654)
			.saturating_add(Weight::from_parts(22_395_092, 0).saturating_mul(u.into()))
			.saturating_add(T::DbWeight::get().reads(18))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(u.into()))
			.saturating_add(T::DbWeight::get().writes(4))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(u.into()))
			.saturating_add(Weight::from_parts(0, 2593).saturating_mul(u.into()))
	}
	// Storage: `Valuation::Runs` (r:1 w:1)
	// Proof: `Valuation::Runs` (`max_values`: None, `max_size`: Some(13134), added: 15609, mode: `MaxEncodedLen`)
	// Storage: `Valuation::Commitments` (r:16 w:15)
	// Proof: `Valuation::Commitments` (`max_values`: None, `max_size`: Some(129), added: 2604, mode: `MaxEncodedLen`)
	// Storage: `Contributions::Indices` (r:64 w:0)
	// Proof: `Contributions::Indices` (`max_values`: None, `max_size`: Some(78), added: 2553, mode: `MaxEncodedLen`)
	// Storage: `Contributions::Entries` (r:320 w:320)
	// Proof: `Contributions::Entries` (`max_values`: None, `max_size`: Some(118), added: 2593, mode: `MaxEncodedLen`)
	// Storage: `Contributions::Tables` (r:2 w:2)
	// Proof: `Contributions::Tables` (`max_values`: None, `max_size`: Some(62), added: 2537, mode: `MaxEncodedLen`)
	// Storage: `Attestors::Registrations` (r:15 w:15)
	// Proof: `Attestors::Registrations` (`max_values`: None, `max_size`: Some(342), added: 2817, mode: `MaxEncodedLen`)
	// Storage: `Valuation::Streams` (r:0 w:1)
	// Proof: `Valuation::Streams` (`max_values`: None, `max_size`: Some(3169), added: 5644, mode: `MaxEncodedLen`)
	fn reveal_without_quorum(d: u32, u: u32) -> Weight {
		// At least 2_104_636_000 ps.
		Weight::from_parts(428_428_156, 43245)
			.saturating_add(Weight::from_parts(29_542_684, 0).saturating_mul(d.into()))
			.saturating_add(Weight::from_parts(22_227_692, 0).saturating_mul(u.into()))
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
	// Proof: `Valuation::Runs` (`max_values`: None, `max_size`: Some(13134), added: 15609, mode: `MaxEncodedLen`)
	// Storage: `Valuation::Commitments` (r:16 w:15)
	// Proof: `Valuation::Commitments` (`max_values`: None, `max_size`: Some(129), added: 2604, mode: `MaxEncodedLen`)
	// Storage: `Attestors::Registrations` (r:15 w:15)
	// Proof: `Attestors::Registrations` (`max_values`: None, `max_size`: Some(342), added: 2817, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:15 w:15)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(283), added: 2758, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:16 w:16)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Babe::EpochIndex` (r:1 w:0)
	// Proof: `Babe::EpochIndex` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	// Storage: `Attestors::Rosters` (r:1 w:1)
	// Proof: `Attestors::Rosters` (`max_values`: None, `max_size`: Some(50187), added: 52662, mode: `MaxEncodedLen`)
	// Storage: `Contributions::Indices` (r:64 w:0)
	// Proof: `Contributions::Indices` (`max_values`: None, `max_size`: Some(78), added: 2553, mode: `MaxEncodedLen`)
	// Storage: `Contributions::Entries` (r:320 w:320)
	// Proof: `Contributions::Entries` (`max_values`: None, `max_size`: Some(118), added: 2593, mode: `MaxEncodedLen`)
	// Storage: `Contributions::Tables` (r:2 w:2)
	// Proof: `Contributions::Tables` (`max_values`: None, `max_size`: Some(62), added: 2537, mode: `MaxEncodedLen`)
	// Storage: `Valuation::Streams` (r:0 w:1)
	// Proof: `Valuation::Streams` (`max_values`: None, `max_size`: Some(3169), added: 5644, mode: `MaxEncodedLen`)
	fn silence(d: u32, u: u32) -> Weight {
		// At least 4_271_415_000 ps.
		Weight::from_parts(2_661_772_067, 53652)
			.saturating_add(Weight::from_parts(31_878_487, 0).saturating_mul(d.into()))
			.saturating_add(Weight::from_parts(21_521_860, 0).saturating_mul(u.into()))
			.saturating_add(T::DbWeight::get().reads(67))
			.saturating_add(T::DbWeight::get().reads(2).saturating_mul(d.into()))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(u.into()))
			.saturating_add(T::DbWeight::get().writes(66))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(d.into()))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(u.into()))
			.saturating_add(Weight::from_parts(0, 2593).saturating_mul(d.into()))
			.saturating_add(Weight::from_parts(0, 2593).saturating_mul(u.into()))
	}
	// Storage: `Valuation::Runs` (r:1 w:0)
	// Proof: `Valuation::Runs` (`max_values`: None, `max_size`: Some(13134), added: 15609, mode: `MaxEncodedLen`)
	// Storage: `Valuation::Streams` (r:1 w:1)
	// Proof: `Valuation::Streams` (`max_values`: None, `max_size`: Some(3169), added: 5644, mode: `MaxEncodedLen`)
	fn stream(l: u32) -> Weight {
		// At least 116_352_000 ps.
		Weight::from_parts(71_744_920, 16599)
			.saturating_add(Weight::from_parts(38_084_999, 0).saturating_mul(l.into()))
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	// Storage: `Valuation::Runs` (r:1 w:0)
	// Proof: `Valuation::Runs` (`max_values`: None, `max_size`: Some(13134), added: 15609, mode: `MaxEncodedLen`)
	// Storage: `Valuation::Streams` (r:1 w:1)
	// Proof: `Valuation::Streams` (`max_values`: None, `max_size`: Some(3169), added: 5644, mode: `MaxEncodedLen`)
	// Storage: `Contributions::Indices` (r:64 w:0)
	// Proof: `Contributions::Indices` (`max_values`: None, `max_size`: Some(78), added: 2553, mode: `MaxEncodedLen`)
	// Storage: `Contributions::Entries` (r:64 w:64)
	// Proof: `Contributions::Entries` (`max_values`: None, `max_size`: Some(118), added: 2593, mode: `MaxEncodedLen`)
	// Storage: `Contributions::Tables` (r:1 w:1)
	// Proof: `Contributions::Tables` (`max_values`: None, `max_size`: Some(62), added: 2537, mode: `MaxEncodedLen`)
	fn stream_users(l: u32) -> Weight {
		// At least 122_942_000 ps.
		Weight::from_parts(121_839_011, 16599)
			.saturating_add(Weight::from_parts(32_472_557, 0).saturating_mul(l.into()))
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().reads(2).saturating_mul(l.into()))
			.saturating_add(T::DbWeight::get().writes(2))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(l.into()))
			.saturating_add(Weight::from_parts(0, 2593).saturating_mul(l.into()))
	}
	// Storage: `Valuation::Runs` (r:1 w:1)
	// Proof: `Valuation::Runs` (`max_values`: None, `max_size`: Some(13134), added: 15609, mode: `MaxEncodedLen`)
	// Storage: `Valuation::Streams` (r:1 w:1)
	// Proof: `Valuation::Streams` (`max_values`: None, `max_size`: Some(3169), added: 5644, mode: `MaxEncodedLen`)
	// Storage: `Contributions::Indices` (r:72 w:8)
	// Proof: `Contributions::Indices` (`max_values`: None, `max_size`: Some(78), added: 2553, mode: `MaxEncodedLen`)
	// Storage: `Contributions::Entries` (r:320 w:328)
	// Proof: `Contributions::Entries` (`max_values`: None, `max_size`: Some(118), added: 2593, mode: `MaxEncodedLen`)
	// Storage: `Contributions::Tables` (r:3 w:3)
	// Proof: `Contributions::Tables` (`max_values`: None, `max_size`: Some(62), added: 2537, mode: `MaxEncodedLen`)
	// Storage: `Valuation::Commitments` (r:16 w:15)
	// Proof: `Valuation::Commitments` (`max_values`: None, `max_size`: Some(129), added: 2604, mode: `MaxEncodedLen`)
	// Storage: `Attestors::Registrations` (r:15 w:15)
	// Proof: `Attestors::Registrations` (`max_values`: None, `max_size`: Some(342), added: 2817, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:7 w:7)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(283), added: 2758, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:8 w:8)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Babe::EpochIndex` (r:1 w:0)
	// Proof: `Babe::EpochIndex` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	// Storage: `Attestors::Rosters` (r:1 w:1)
	// Proof: `Attestors::Rosters` (`max_values`: None, `max_size`: Some(50187), added: 52662, mode: `MaxEncodedLen`)
	// Storage: `Contributions::Histories` (r:0 w:16)
	// Proof: `Contributions::Histories` (`max_values`: None, `max_size`: Some(69), added: 2544, mode: `MaxEncodedLen`)
	// Storage: `Valuation::Results` (r:0 w:1)
	// Proof: `Valuation::Results` (`max_values`: None, `max_size`: Some(3152), added: 5627, mode: `MaxEncodedLen`)
	fn stream_header(d: u32, u: u32) -> Weight {
		// At least 3_306_407_000 ps.
		Weight::from_parts(7_168_783_329, 53652)
			.saturating_add(Weight::from_parts(20_708_179, 0).saturating_mul(u.into()))
			.saturating_add(T::DbWeight::get().reads(61))
			.saturating_add(T::DbWeight::get().reads(2).saturating_mul(d.into()))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(u.into()))
			.saturating_add(T::DbWeight::get().writes(84))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(d.into()))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(u.into()))
			.saturating_add(Weight::from_parts(0, 2593).saturating_mul(d.into()))
			.saturating_add(Weight::from_parts(0, 2593).saturating_mul(u.into()))
	}
	// Storage: `Valuation::Runs` (r:1 w:1)
	// Proof: `Valuation::Runs` (`max_values`: None, `max_size`: Some(13134), added: 15609, mode: `MaxEncodedLen`)
	// Storage: `Babe::EpochIndex` (r:1 w:0)
	// Proof: `Babe::EpochIndex` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	// Storage: `Attestors::EpochSeeds` (r:1 w:0)
	// Proof: `Attestors::EpochSeeds` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
	// Storage: `Attestors::Rosters` (r:1 w:0)
	// Proof: `Attestors::Rosters` (`max_values`: None, `max_size`: Some(50187), added: 52662, mode: `MaxEncodedLen`)
	// Storage: `Attestors::Registrations` (r:15 w:15)
	// Proof: `Attestors::Registrations` (`max_values`: None, `max_size`: Some(342), added: 2817, mode: `MaxEncodedLen`)
	fn draw() -> Weight {
		// At least 257_131_000 ps.
		Weight::from_parts(325_311_000, 53652)
			.saturating_add(T::DbWeight::get().reads(19))
			.saturating_add(T::DbWeight::get().writes(16))
	}
}
