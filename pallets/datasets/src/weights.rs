//! Weights of `pallet_datasets`: written by `scripts/weights.sh`, not by hand.
//!
//! Measured on 2026-11-25 on AMD EPYC, in 20 steps and 10 repeats, by the
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
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(229), added: 2704, mode: `MaxEncodedLen`)
	fn announce() -> Weight {
		// At least 58_922_000 ps.
		Weight::from_parts(61_296_000, 3694)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	// Storage: `Datasets::Announcements` (r:1 w:1)
	// Proof: `Datasets::Announcements` (`max_values`: None, `max_size`: Some(116), added: 2591, mode: `MaxEncodedLen`)
	// Storage: `Datasets::AnnouncementCounts` (r:1 w:1)
	// Proof: `Datasets::AnnouncementCounts` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(229), added: 2704, mode: `MaxEncodedLen`)
	fn expire_announcement() -> Weight {
		// At least 54_096_000 ps.
		Weight::from_parts(56_258_000, 3694)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	// Storage: `Datasets::Announcements` (r:1 w:1)
	// Proof: `Datasets::Announcements` (`max_values`: None, `max_size`: Some(116), added: 2591, mode: `MaxEncodedLen`)
	// Storage: `Datasets::AnnouncementCounts` (r:1 w:1)
	// Proof: `Datasets::AnnouncementCounts` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
	// Storage: `Datasets::ByRoot` (r:1 w:1)
	// Proof: `Datasets::ByRoot` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
	// Storage: `Datasets::Datasets` (r:2 w:2)
	// Proof: `Datasets::Datasets` (`max_values`: None, `max_size`: Some(776), added: 3251, mode: `MaxEncodedLen`)
	// Storage: `Datasets::NextDatasetId` (r:1 w:1)
	// Proof: `Datasets::NextDatasetId` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(229), added: 2704, mode: `MaxEncodedLen`)
	fn publish(p: u32) -> Weight {
		// At least 130_050_000 ps.
		Weight::from_parts(133_170_386, 7492)
			.saturating_add(Weight::from_parts(1_112_422, 0).saturating_mul(p.into()))
			.saturating_add(T::DbWeight::get().reads(8))
			.saturating_add(T::DbWeight::get().writes(8))
	}
	// Storage: `Datasets::Datasets` (r:1 w:1)
	// Proof: `Datasets::Datasets` (`max_values`: None, `max_size`: Some(776), added: 3251, mode: `MaxEncodedLen`)
	fn set_payout() -> Weight {
		// At least 14_161_000 ps.
		Weight::from_parts(15_412_000, 4241)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	// Storage: `Datasets::Datasets` (r:1 w:1)
	// Proof: `Datasets::Datasets` (`max_values`: None, `max_size`: Some(776), added: 3251, mode: `MaxEncodedLen`)
	fn set_licence() -> Weight {
		// At least 14_422_000 ps.
		Weight::from_parts(15_593_000, 4241)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	// Storage: `Datasets::Datasets` (r:1 w:1)
	// Proof: `Datasets::Datasets` (`max_values`: None, `max_size`: Some(776), added: 3251, mode: `MaxEncodedLen`)
	// Storage: `Datasets::Uses` (r:1 w:1)
	// Proof: `Datasets::Uses` (`max_values`: None, `max_size`: Some(46), added: 2521, mode: `MaxEncodedLen`)
	fn grant() -> Weight {
		// At least 17_806_000 ps.
		Weight::from_parts(19_269_000, 4241)
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
		// At least 21_352_000 ps.
		Weight::from_parts(23_014_000, 4241)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	// Storage: `Babe::EpochIndex` (r:1 w:0)
	// Proof: `Babe::EpochIndex` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	// Storage: `Datasets::Datasets` (r:1 w:1)
	// Proof: `Datasets::Datasets` (`max_values`: None, `max_size`: Some(776), added: 3251, mode: `MaxEncodedLen`)
	fn withdraw() -> Weight {
		// At least 16_704_000 ps.
		Weight::from_parts(18_086_000, 4241)
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
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(229), added: 2704, mode: `MaxEncodedLen`)
	// Storage: `Datasets::ByRoot` (r:0 w:1)
	// Proof: `Datasets::ByRoot` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
	fn retire() -> Weight {
		// At least 56_374_000 ps.
		Weight::from_parts(58_677_000, 4241)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	// Storage: `Datasets::Datasets` (r:1 w:0)
	// Proof: `Datasets::Datasets` (`max_values`: None, `max_size`: Some(776), added: 3251, mode: `MaxEncodedLen`)
	// Storage: `Babe::EpochIndex` (r:1 w:0)
	// Proof: `Babe::EpochIndex` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	// Storage: `Datasets::Unlearnings` (r:1 w:1)
	// Proof: `Datasets::Unlearnings` (`max_values`: None, `max_size`: Some(413), added: 2888, mode: `MaxEncodedLen`)
	// Storage: `Contributions::Indices` (r:1 w:0)
	// Storage: `Contributions::Entries` (r:1 w:0)
	// Storage: `Contributions::Tables` (r:1 w:0)
	// Storage: `Training::Runs` (r:1 w:0)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(229), added: 2704, mode: `MaxEncodedLen`)
	fn request_unlearning() -> Weight {
		// At least 80_000_000 ps.
		Weight::from_parts(90_000_000, 4241)
			.saturating_add(T::DbWeight::get().reads(9))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	// Storage: `Datasets::Unlearnings` (r:1 w:1)
	// Proof: `Datasets::Unlearnings` (`max_values`: None, `max_size`: Some(413), added: 2888, mode: `MaxEncodedLen`)
	fn answer_unlearning() -> Weight {
		// At least 14_161_000 ps.
		Weight::from_parts(15_412_000, 4241)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	// Storage: `Datasets::Unlearnings` (r:1 w:1)
	// Proof: `Datasets::Unlearnings` (`max_values`: None, `max_size`: Some(413), added: 2888, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(229), added: 2704, mode: `MaxEncodedLen`)
	fn close_unlearning() -> Weight {
		// At least 51_096_000 ps.
		Weight::from_parts(53_258_000, 3694)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
}
