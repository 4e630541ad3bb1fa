//! Weights of `pallet_settlement`: written by `scripts/weights.sh`, not by hand.
//!
//! Measured on 2026-11-25 on AMD EPYC, in 20 steps and 10 repeats, by the
//! pallet's `benchmarking.rs` in the runtime's wasm.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What each benchmark of the pallet weighs.
pub trait WeightInfo {
	/// `claim`, with `p` in `0..=40`.
	fn claim(p: u32) -> Weight;
	/// `claim_many`, with `n` in `1..=64`.
	fn claim_many(n: u32) -> Weight;
	/// `claim_due`, with `d` in `1..=64`.
	fn claim_due(d: u32) -> Weight;
	/// `settle`, with `s` in `1..=64`.
	fn settle(s: u32) -> Weight;
	/// `open_members`.
	fn open_members() -> Weight;
	/// `stream_members`, with `m` in `1..=256`.
	fn stream_members(m: u32) -> Weight;
	/// `seal_members`.
	fn seal_members() -> Weight;
	/// `abandon_members`.
	fn abandon_members() -> Weight;
	/// `claim_member`, with `p` in `0..=40`.
	fn claim_member(p: u32) -> Weight;
	/// `claim_many_members`, with `n` in `1..=64`.
	fn claim_many_members(n: u32) -> Weight;
	/// `book`, with `c` in `1..=16`.
	fn book(c: u32) -> Weight;
	/// `claim_licences`, with `d` in `1..=64`.
	fn claim_licences(d: u32) -> Weight;
	/// `pay_page`, with `l` in `1..=256`, with `p` in `0..=32`.
	fn pay_page(l: u32, p: u32) -> Weight;
	/// `skip_page`, with `l` in `1..=256`, with `p` in `0..=32`.
	fn skip_page(l: u32, p: u32) -> Weight;
	/// `check_free`, with `p` in `0..=40`.
	fn check_free(p: u32) -> Weight;
	/// `expire`.
	fn expire() -> Weight;
	/// `clean`, with `n` in `0..=256`.
	fn clean(n: u32) -> Weight;
}

/// The measured weights, over the runtime's cost of storage accesses.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	// Storage: `Settlement::Pools` (r:1 w:1)
	// Proof: `Settlement::Pools` (`max_values`: None, `max_size`: Some(1987), added: 4462, mode: `MaxEncodedLen`)
	// Storage: `Settlement::ClaimedPages` (r:1 w:1)
	// Proof: `Settlement::ClaimedPages` (`max_values`: None, `max_size`: Some(288), added: 2763, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Books` (r:1 w:1)
	// Proof: `Settlement::Books` (`max_values`: None, `max_size`: Some(160), added: 2635, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Total` (r:1 w:1)
	// Proof: `Settlement::Total` (`max_values`: Some(1), `max_size`: Some(64), added: 559, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:2 w:2)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	fn claim(p: u32) -> Weight {
		// At least 73_489_000 ps.
		Weight::from_parts(77_175_483, 6196)
			.saturating_add(Weight::from_parts(642_661, 0).saturating_mul(p.into()))
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(6))
	}
	// Storage: `Settlement::Pools` (r:64 w:64)
	// Proof: `Settlement::Pools` (`max_values`: None, `max_size`: Some(1987), added: 4462, mode: `MaxEncodedLen`)
	// Storage: `Settlement::ClaimedPages` (r:64 w:64)
	// Proof: `Settlement::ClaimedPages` (`max_values`: None, `max_size`: Some(288), added: 2763, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Books` (r:64 w:64)
	// Proof: `Settlement::Books` (`max_values`: None, `max_size`: Some(160), added: 2635, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Total` (r:1 w:1)
	// Proof: `Settlement::Total` (`max_values`: Some(1), `max_size`: Some(64), added: 559, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:65 w:65)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	fn claim_many(n: u32) -> Weight {
		// At least 77_676_000 ps.
		Weight::from_parts(79_718_000, 3593)
			.saturating_add(Weight::from_parts(66_546_141, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().reads(4).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().writes(2))
			.saturating_add(T::DbWeight::get().writes(4).saturating_mul(n.into()))
			.saturating_add(Weight::from_parts(0, 4462).saturating_mul(n.into()))
	}
	// Storage: `Settlement::Dues` (r:65 w:64)
	// Proof: `Settlement::Dues` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Books` (r:64 w:64)
	// Proof: `Settlement::Books` (`max_values`: None, `max_size`: Some(160), added: 2635, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Total` (r:1 w:1)
	// Proof: `Settlement::Total` (`max_values`: Some(1), `max_size`: Some(64), added: 559, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:2 w:2)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	fn claim_due(d: u32) -> Weight {
		// At least 69_964_000 ps.
		Weight::from_parts(54_550_506, 6196)
			.saturating_add(Weight::from_parts(13_667_822, 0).saturating_mul(d.into()))
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().reads(2).saturating_mul(d.into()))
			.saturating_add(T::DbWeight::get().writes(3))
			.saturating_add(T::DbWeight::get().writes(2).saturating_mul(d.into()))
			.saturating_add(Weight::from_parts(0, 2635).saturating_mul(d.into()))
	}
	// Storage: `Settlement::Settlements` (r:1 w:1)
	// Proof: `Settlement::Settlements` (`max_values`: None, `max_size`: Some(54), added: 2529, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Escrows` (r:1 w:1)
	// Proof: `Settlement::Escrows` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	// Storage: `Contributions::Tables` (r:5 w:0)
	// Proof: `Contributions::Tables` (`max_values`: None, `max_size`: Some(62), added: 2537, mode: `MaxEncodedLen`)
	// Storage: `Settlement::NextPoolId` (r:1 w:1)
	// Proof: `Settlement::NextPoolId` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Books` (r:1 w:1)
	// Proof: `Settlement::Books` (`max_values`: None, `max_size`: Some(160), added: 2635, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Total` (r:1 w:1)
	// Proof: `Settlement::Total` (`max_values`: Some(1), `max_size`: Some(64), added: 559, mode: `MaxEncodedLen`)
	// Storage: `Contributions::Entries` (r:68 w:0)
	// Proof: `Contributions::Entries` (`max_values`: None, `max_size`: Some(118), added: 2593, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:66 w:66)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Pools` (r:0 w:5)
	// Proof: `Settlement::Pools` (`max_values`: None, `max_size`: Some(1987), added: 4462, mode: `MaxEncodedLen`)
	// Storage: `Settlement::RunPools` (r:0 w:5)
	// Proof: `Settlement::RunPools` (`max_values`: None, `max_size`: Some(33), added: 2508, mode: `MaxEncodedLen`)
	fn settle(s: u32) -> Weight {
		// At least 283_420_000 ps.
		Weight::from_parts(233_233_324, 13675)
			.saturating_add(Weight::from_parts(75_538_004, 0).saturating_mul(s.into()))
			.saturating_add(T::DbWeight::get().reads(16))
			.saturating_add(T::DbWeight::get().reads(7).saturating_mul(s.into()))
			.saturating_add(T::DbWeight::get().writes(22))
			.saturating_add(T::DbWeight::get().writes(2).saturating_mul(s.into()))
			.saturating_add(Weight::from_parts(0, 2603).saturating_mul(s.into()))
	}
	fn open_members() -> Weight {
		// An estimate, not measured yet.
		Weight::from_parts(62_000_000, 6196)
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(5))
	}
	fn stream_members(m: u32) -> Weight {
		// An estimate, not measured yet.
		Weight::from_parts(70_000_000, 6196)
			.saturating_add(Weight::from_parts(2_400_000, 0).saturating_mul(m.into()))
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	fn seal_members() -> Weight {
		// An estimate, not measured yet.
		Weight::from_parts(52_000_000, 6196)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	fn abandon_members() -> Weight {
		// An estimate, not measured yet.
		Weight::from_parts(62_000_000, 6196)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	fn claim_member(p: u32) -> Weight {
		// An estimate, not measured yet.
		Weight::from_parts(82_000_000, 6196)
			.saturating_add(Weight::from_parts(642_661, 0).saturating_mul(p.into()))
			.saturating_add(T::DbWeight::get().reads(7))
			.saturating_add(T::DbWeight::get().writes(5))
	}
	fn claim_many_members(n: u32) -> Weight {
		// An estimate, not measured yet.
		Weight::from_parts(80_000_000, 3593)
			.saturating_add(Weight::from_parts(72_000_000, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().reads(5).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().writes(2))
			.saturating_add(T::DbWeight::get().writes(3).saturating_mul(n.into()))
			.saturating_add(Weight::from_parts(0, 4462).saturating_mul(n.into()))
	}
	fn book(c: u32) -> Weight {
		// An estimate, not measured yet.
		Weight::from_parts(25_000_000, 6196)
			.saturating_add(Weight::from_parts(9_000_000, 0).saturating_mul(c.into()))
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(c.into()))
			.saturating_add(T::DbWeight::get().writes(1))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(c.into()))
			.saturating_add(Weight::from_parts(0, 4600).saturating_mul(c.into()))
	}
	fn claim_licences(d: u32) -> Weight {
		// An estimate, not measured yet.
		Weight::from_parts(55_000_000, 6196)
			.saturating_add(Weight::from_parts(70_000_000, 0).saturating_mul(d.into()))
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().reads(4).saturating_mul(d.into()))
			.saturating_add(T::DbWeight::get().writes(3))
			.saturating_add(T::DbWeight::get().writes(3).saturating_mul(d.into()))
			.saturating_add(Weight::from_parts(0, 2635).saturating_mul(d.into()))
	}
	fn pay_page(l: u32, p: u32) -> Weight {
		// An estimate, not measured yet.
		Weight::from_parts(40_000_000, 6196)
			.saturating_add(Weight::from_parts(75_000_000, 0).saturating_mul(l.into()))
			.saturating_add(Weight::from_parts(700_000, 0).saturating_mul(p.into()))
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(l.into()))
			.saturating_add(T::DbWeight::get().writes(6))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(l.into()))
			.saturating_add(Weight::from_parts(0, 2603).saturating_mul(l.into()))
	}
	fn skip_page(l: u32, p: u32) -> Weight {
		// An estimate, not measured yet.
		Weight::from_parts(35_000_000, 6196)
			.saturating_add(Weight::from_parts(12_000_000, 0).saturating_mul(l.into()))
			.saturating_add(Weight::from_parts(700_000, 0).saturating_mul(p.into()))
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	fn check_free(p: u32) -> Weight {
		// An estimate, not measured yet.
		Weight::from_parts(25_000_000, 6196)
			.saturating_add(Weight::from_parts(642_661, 0).saturating_mul(p.into()))
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	fn expire() -> Weight {
		// An estimate, not measured yet.
		Weight::from_parts(80_000_000, 6196)
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(6))
	}
	fn clean(n: u32) -> Weight {
		// An estimate, not measured yet.
		Weight::from_parts(20_000_000, 5452)
			.saturating_add(Weight::from_parts(2_500_000, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(n.into()))
			.saturating_add(Weight::from_parts(0, 2763).saturating_mul(n.into()))
	}
}
