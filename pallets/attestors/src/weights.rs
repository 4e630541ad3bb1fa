//! Weights of `pallet_attestors`: written by `scripts/weights.sh`, not by hand.
//!
//! Measured on 2026-11-26 on AMD EPYC, in 20 steps and 10 repeats, by the
//! pallet's `benchmarking.rs` in the runtime's wasm.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What each benchmark of the pallet weighs.
pub trait WeightInfo {
	/// `on_initialize`.
	fn on_initialize() -> Weight;
	/// `on_initialize_new_epoch`.
	fn on_initialize_new_epoch() -> Weight;
	/// `register`, with `s` in `1..=1024`.
	fn register(s: u32) -> Weight;
	/// `set_endpoint`.
	fn set_endpoint() -> Weight;
	/// `set_payout`.
	fn set_payout() -> Weight;
	/// `retire`, with `s` in `1..=1024`.
	fn retire(s: u32) -> Weight;
	/// `withdraw`, with `s` in `1..=1024`.
	fn withdraw(s: u32) -> Weight;
	/// `report_equivocation`, with `s` in `1..=1024`.
	fn report_equivocation(s: u32) -> Weight;
	/// `evict`, with `s` in `1..=1024`.
	fn evict(s: u32) -> Weight;
}

/// The measured weights, over the runtime's cost of storage accesses.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	// Storage: `Babe::EpochIndex` (r:1 w:0)
	// Proof: `Babe::EpochIndex` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	// Storage: `Attestors::EpochSeeds` (r:1 w:0)
	// Proof: `Attestors::EpochSeeds` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
	fn on_initialize() -> Weight {
		// At least 7_691_000 ps.
		Weight::from_parts(8_362_000, 3521).saturating_add(T::DbWeight::get().reads(2))
	}
	// Storage: `Babe::EpochIndex` (r:1 w:0)
	// Proof: `Babe::EpochIndex` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	// Storage: `Attestors::EpochSeeds` (r:1 w:1)
	// Proof: `Attestors::EpochSeeds` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
	// Storage: `Babe::NextRandomness` (r:1 w:0)
	// Proof: `Babe::NextRandomness` (`max_values`: Some(1), `max_size`: Some(32), added: 527, mode: `MaxEncodedLen`)
	fn on_initialize_new_epoch() -> Weight {
		// At least 9_474_000 ps.
		Weight::from_parts(10_185_000, 3521)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	// Storage: `Attestors::Registrations` (r:1 w:1)
	// Proof: `Attestors::Registrations` (`max_values`: None, `max_size`: Some(342), added: 2817, mode: `MaxEncodedLen`)
	// Storage: `Attestors::Keys` (r:1 w:1)
	// Proof: `Attestors::Keys` (`max_values`: None, `max_size`: Some(89), added: 2564, mode: `MaxEncodedLen`)
	// Storage: `System::BlockHash` (r:1 w:0)
	// Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
	// Storage: `Babe::EpochIndex` (r:1 w:0)
	// Proof: `Babe::EpochIndex` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	// Storage: `Attestors::Rosters` (r:1 w:1)
	// Proof: `Attestors::Rosters` (`max_values`: None, `max_size`: Some(50187), added: 52662, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(283), added: 2758, mode: `MaxEncodedLen`)
	fn register(s: u32) -> Weight {
		// At least 121_029_000 ps.
		Weight::from_parts(120_191_198, 53652)
			.saturating_add(Weight::from_parts(76_649, 0).saturating_mul(s.into()))
			.saturating_add(T::DbWeight::get().reads(7))
			.saturating_add(T::DbWeight::get().writes(5))
	}
	// Storage: `Attestors::Registrations` (r:1 w:1)
	// Proof: `Attestors::Registrations` (`max_values`: None, `max_size`: Some(342), added: 2817, mode: `MaxEncodedLen`)
	fn set_endpoint() -> Weight {
		// At least 13_700_000 ps.
		Weight::from_parts(16_124_000, 3807)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	// Storage: `Attestors::Registrations` (r:1 w:1)
	// Proof: `Attestors::Registrations` (`max_values`: None, `max_size`: Some(342), added: 2817, mode: `MaxEncodedLen`)
	fn set_payout() -> Weight {
		// At least 14_291_000 ps.
		Weight::from_parts(16_795_000, 3807)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	// Storage: `Babe::EpochIndex` (r:1 w:0)
	// Proof: `Babe::EpochIndex` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	// Storage: `Attestors::Registrations` (r:1 w:1)
	// Proof: `Attestors::Registrations` (`max_values`: None, `max_size`: Some(342), added: 2817, mode: `MaxEncodedLen`)
	// Storage: `Attestors::Rosters` (r:1 w:1)
	// Proof: `Attestors::Rosters` (`max_values`: None, `max_size`: Some(50187), added: 52662, mode: `MaxEncodedLen`)
	fn retire(s: u32) -> Weight {
		// At least 21_281_000 ps.
		Weight::from_parts(15_869_522, 53652)
			.saturating_add(Weight::from_parts(65_817, 0).saturating_mul(s.into()))
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	// Storage: `Attestors::Registrations` (r:1 w:1)
	// Proof: `Attestors::Registrations` (`max_values`: None, `max_size`: Some(342), added: 2817, mode: `MaxEncodedLen`)
	// Storage: `Babe::EpochIndex` (r:1 w:0)
	// Proof: `Babe::EpochIndex` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(283), added: 2758, mode: `MaxEncodedLen`)
	// Storage: `Attestors::Rosters` (r:1 w:1)
	// Proof: `Attestors::Rosters` (`max_values`: None, `max_size`: Some(50187), added: 52662, mode: `MaxEncodedLen`)
	// Storage: `Attestors::Keys` (r:0 w:1)
	// Proof: `Attestors::Keys` (`max_values`: None, `max_size`: Some(89), added: 2564, mode: `MaxEncodedLen`)
	fn withdraw(s: u32) -> Weight {
		// At least 64_706_000 ps.
		Weight::from_parts(57_783_465, 53652)
			.saturating_add(Weight::from_parts(69_360, 0).saturating_mul(s.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(5))
	}
	// Storage: `Attestors::Registrations` (r:1 w:1)
	// Proof: `Attestors::Registrations` (`max_values`: None, `max_size`: Some(342), added: 2817, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(283), added: 2758, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:3 w:3)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Babe::EpochIndex` (r:1 w:0)
	// Proof: `Babe::EpochIndex` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	// Storage: `Attestors::Rosters` (r:1 w:1)
	// Proof: `Attestors::Rosters` (`max_values`: None, `max_size`: Some(50187), added: 52662, mode: `MaxEncodedLen`)
	fn report_equivocation(s: u32) -> Weight {
		// At least 237_021_000 ps.
		Weight::from_parts(236_401_123, 53652)
			.saturating_add(Weight::from_parts(76_540, 0).saturating_mul(s.into()))
			.saturating_add(T::DbWeight::get().reads(7))
			.saturating_add(T::DbWeight::get().writes(6))
	}
	// Storage: `Attestors::Registrations` (r:1 w:1)
	// Proof: `Attestors::Registrations` (`max_values`: None, `max_size`: Some(342), added: 2817, mode: `MaxEncodedLen`)
	// Storage: `Babe::EpochIndex` (r:1 w:0)
	// Proof: `Babe::EpochIndex` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	// Storage: `Attestors::Rosters` (r:1 w:1)
	// Proof: `Attestors::Rosters` (`max_values`: None, `max_size`: Some(50187), added: 52662, mode: `MaxEncodedLen`)
	// Storage: `Attestors::Keys` (r:0 w:1)
	// Proof: `Attestors::Keys` (`max_values`: None, `max_size`: Some(89), added: 2564, mode: `MaxEncodedLen`)
	fn evict(s: u32) -> Weight {
		// At least 29_074_000 ps.
		Weight::from_parts(22_066_005, 53652)
			.saturating_add(Weight::from_parts(67_963, 0).saturating_mul(s.into()))
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
}
