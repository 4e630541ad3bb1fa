//! Weights of `pallet_datasets`: written by `scripts/weights.sh`, not by hand.
//!
//! Measured on 2026-11-26 on AMD EPYC, in 20 steps and 10 repeats, by the
//! pallet's `benchmarking.rs` in the runtime's wasm.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What each benchmark of the pallet weighs.
pub trait WeightInfo {
	/// `announce`.
	fn announce() -> Weight;
	/// `expire_announcement`.
	fn expire_announcement() -> Weight;
	/// `publish`, with `p` in `1..=10`.
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
	/// `request_unlearning`.
	fn request_unlearning() -> Weight;
	/// `answer_unlearning`.
	fn answer_unlearning() -> Weight;
	/// `close_unlearning`.
	fn close_unlearning() -> Weight;
}

/// The measured weights, over the runtime's cost of storage accesses.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	// Storage: `Datasets::Announcements` (r:1 w:1)
	// Proof: `Datasets::Announcements` (`max_values`: None, `max_size`: Some(116), added: 2591, mode: `MaxEncodedLen`)
	// Storage: `Datasets::AnnouncementCounts` (r:1 w:1)
	// Proof: `Datasets::AnnouncementCounts` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(283), added: 2758, mode: `MaxEncodedLen`)
	fn announce() -> Weight {
		// At least 59_768_000 ps.
		Weight::from_parts(62_402_000, 3748)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	// Storage: `Datasets::Announcements` (r:1 w:1)
	// Proof: `Datasets::Announcements` (`max_values`: None, `max_size`: Some(116), added: 2591, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(283), added: 2758, mode: `MaxEncodedLen`)
	// Storage: `Datasets::AnnouncementCounts` (r:1 w:1)
	// Proof: `Datasets::AnnouncementCounts` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	fn expire_announcement() -> Weight {
		// At least 56_323_000 ps.
		Weight::from_parts(58_897_000, 3748)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	// Storage: `Datasets::Announcements` (r:1 w:1)
	// Proof: `Datasets::Announcements` (`max_values`: None, `max_size`: Some(116), added: 2591, mode: `MaxEncodedLen`)
	// Storage: `Datasets::ByRoot` (r:1 w:1)
	// Proof: `Datasets::ByRoot` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
	// Storage: `Datasets::Datasets` (r:2 w:2)
	// Proof: `Datasets::Datasets` (`max_values`: None, `max_size`: Some(776), added: 3251, mode: `MaxEncodedLen`)
	// Storage: `Datasets::NextDatasetId` (r:1 w:1)
	// Proof: `Datasets::NextDatasetId` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(283), added: 2758, mode: `MaxEncodedLen`)
	// Storage: `Datasets::AnnouncementCounts` (r:1 w:1)
	// Proof: `Datasets::AnnouncementCounts` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	fn publish(p: u32) -> Weight {
		// At least 135_581_000 ps.
		Weight::from_parts(138_607_729, 7492)
			.saturating_add(Weight::from_parts(741_562, 0).saturating_mul(p.into()))
			.saturating_add(T::DbWeight::get().reads(8))
			.saturating_add(T::DbWeight::get().writes(8))
	}
	// Storage: `Datasets::Datasets` (r:1 w:1)
	// Proof: `Datasets::Datasets` (`max_values`: None, `max_size`: Some(776), added: 3251, mode: `MaxEncodedLen`)
	fn set_payout() -> Weight {
		// At least 14_351_000 ps.
		Weight::from_parts(15_794_000, 4241)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	// Storage: `Datasets::Datasets` (r:1 w:1)
	// Proof: `Datasets::Datasets` (`max_values`: None, `max_size`: Some(776), added: 3251, mode: `MaxEncodedLen`)
	fn set_licence() -> Weight {
		// At least 14_271_000 ps.
		Weight::from_parts(15_823_000, 4241)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	// Storage: `Datasets::Datasets` (r:1 w:1)
	// Proof: `Datasets::Datasets` (`max_values`: None, `max_size`: Some(776), added: 3251, mode: `MaxEncodedLen`)
	// Storage: `Datasets::Uses` (r:1 w:1)
	// Proof: `Datasets::Uses` (`max_values`: None, `max_size`: Some(46), added: 2521, mode: `MaxEncodedLen`)
	fn grant() -> Weight {
		// At least 18_107_000 ps.
		Weight::from_parts(19_649_000, 4241)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	// Storage: `Babe::EpochIndex` (r:1 w:0)
	// Proof: `Babe::EpochIndex` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	// Storage: `Datasets::Datasets` (r:1 w:1)
	// Proof: `Datasets::Datasets` (`max_values`: None, `max_size`: Some(776), added: 3251, mode: `MaxEncodedLen`)
	// Storage: `Datasets::Uses` (r:1 w:1)
	// Proof: `Datasets::Uses` (`max_values`: None, `max_size`: Some(46), added: 2521, mode: `MaxEncodedLen`)
	fn revoke() -> Weight {
		// At least 21_622_000 ps.
		Weight::from_parts(23_294_000, 4241)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	// Storage: `Babe::EpochIndex` (r:1 w:0)
	// Proof: `Babe::EpochIndex` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	// Storage: `Datasets::Datasets` (r:1 w:1)
	// Proof: `Datasets::Datasets` (`max_values`: None, `max_size`: Some(776), added: 3251, mode: `MaxEncodedLen`)
	fn withdraw() -> Weight {
		// At least 17_006_000 ps.
		Weight::from_parts(18_468_000, 4241)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	// Storage: `Datasets::Datasets` (r:1 w:1)
	// Proof: `Datasets::Datasets` (`max_values`: None, `max_size`: Some(776), added: 3251, mode: `MaxEncodedLen`)
	// Storage: `Babe::EpochIndex` (r:1 w:0)
	// Proof: `Babe::EpochIndex` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(283), added: 2758, mode: `MaxEncodedLen`)
	// Storage: `Datasets::ByRoot` (r:0 w:1)
	// Proof: `Datasets::ByRoot` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
	fn retire() -> Weight {
		// At least 56_414_000 ps.
		Weight::from_parts(59_188_000, 4241)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	// Storage: `Datasets::Datasets` (r:1 w:0)
	// Proof: `Datasets::Datasets` (`max_values`: None, `max_size`: Some(776), added: 3251, mode: `MaxEncodedLen`)
	// Storage: `Babe::EpochIndex` (r:1 w:0)
	// Proof: `Babe::EpochIndex` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	// Storage: `Datasets::Unlearnings` (r:1 w:1)
	// Proof: `Datasets::Unlearnings` (`max_values`: None, `max_size`: Some(412), added: 2887, mode: `MaxEncodedLen`)
	// Storage: `Contributions::Tables` (r:1 w:0)
	// Proof: `Contributions::Tables` (`max_values`: None, `max_size`: Some(62), added: 2537, mode: `MaxEncodedLen`)
	// Storage: `Contributions::Indices` (r:1 w:0)
	// Proof: `Contributions::Indices` (`max_values`: None, `max_size`: Some(78), added: 2553, mode: `MaxEncodedLen`)
	// Storage: `Contributions::Entries` (r:1 w:0)
	// Proof: `Contributions::Entries` (`max_values`: None, `max_size`: Some(118), added: 2593, mode: `MaxEncodedLen`)
	// Storage: `Training::Runs` (r:1 w:0)
	// Proof: `Training::Runs` (`max_values`: None, `max_size`: Some(238), added: 2713, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(283), added: 2758, mode: `MaxEncodedLen`)
	fn request_unlearning() -> Weight {
		// At least 91_936_000 ps.
		Weight::from_parts(96_133_000, 4241)
			.saturating_add(T::DbWeight::get().reads(9))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	// Storage: `Datasets::Unlearnings` (r:1 w:1)
	// Proof: `Datasets::Unlearnings` (`max_values`: None, `max_size`: Some(412), added: 2887, mode: `MaxEncodedLen`)
	fn answer_unlearning() -> Weight {
		// At least 14_582_000 ps.
		Weight::from_parts(15_843_000, 3877)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	// Storage: `Datasets::Unlearnings` (r:1 w:1)
	// Proof: `Datasets::Unlearnings` (`max_values`: None, `max_size`: Some(412), added: 2887, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(283), added: 2758, mode: `MaxEncodedLen`)
	fn close_unlearning() -> Weight {
		// At least 55_322_000 ps.
		Weight::from_parts(57_966_000, 3877)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
}
