//! Weights of `pallet_settlement`: written by `scripts/weights.sh`, not by hand.
//!
//! Measured on 2026-11-26 on AMD EPYC, in 16 steps and 6 repeats, by the
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
	/// `in_asset`, with `n` in `1..=256`.
	fn in_asset(n: u32) -> Weight;
	/// `book_shares`, with `c` in `1..=16`.
	fn book_shares(c: u32) -> Weight;
	/// `allow_asset`.
	fn allow_asset() -> Weight;
	/// `close_asset`.
	fn close_asset() -> Weight;
}

/// The measured weights, over the runtime's cost of storage accesses.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	// Storage: `Settlement::Pools` (r:1 w:1)
	// Proof: `Settlement::Pools` (`max_values`: None, `max_size`: Some(1992), added: 4467, mode: `MaxEncodedLen`)
	// Storage: `Settlement::ClaimedPages` (r:1 w:1)
	// Proof: `Settlement::ClaimedPages` (`max_values`: None, `max_size`: Some(288), added: 2763, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Books` (r:1 w:1)
	// Proof: `Settlement::Books` (`max_values`: None, `max_size`: Some(173), added: 2648, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Total` (r:1 w:1)
	// Proof: `Settlement::Total` (`max_values`: None, `max_size`: Some(77), added: 2552, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:2 w:2)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	fn claim(p: u32) -> Weight {
		// At least 89_423_000 ps.
		Weight::from_parts(94_152_953, 6196)
			.saturating_add(Weight::from_parts(650_437, 0).saturating_mul(p.into()))
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(6))
	}
	// Storage: `Settlement::Pools` (r:63 w:63)
	// Proof: `Settlement::Pools` (`max_values`: None, `max_size`: Some(1992), added: 4467, mode: `MaxEncodedLen`)
	// Storage: `Settlement::ClaimedPages` (r:63 w:63)
	// Proof: `Settlement::ClaimedPages` (`max_values`: None, `max_size`: Some(288), added: 2763, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Books` (r:63 w:63)
	// Proof: `Settlement::Books` (`max_values`: None, `max_size`: Some(173), added: 2648, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Total` (r:1 w:1)
	// Proof: `Settlement::Total` (`max_values`: None, `max_size`: Some(77), added: 2552, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:64 w:64)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	fn claim_many(n: u32) -> Weight {
		// At least 96_202_000 ps.
		Weight::from_parts(5_909_622, 3593)
			.saturating_add(Weight::from_parts(82_962_232, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().reads(4).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().writes(2))
			.saturating_add(T::DbWeight::get().writes(4).saturating_mul(n.into()))
			.saturating_add(Weight::from_parts(0, 4467).saturating_mul(n.into()))
	}
	// Storage: `Settlement::Dues` (r:64 w:63)
	// Proof: `Settlement::Dues` (`max_values`: None, `max_size`: Some(85), added: 2560, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Books` (r:63 w:63)
	// Proof: `Settlement::Books` (`max_values`: None, `max_size`: Some(173), added: 2648, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Total` (r:1 w:1)
	// Proof: `Settlement::Total` (`max_values`: None, `max_size`: Some(77), added: 2552, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:2 w:2)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	fn claim_due(d: u32) -> Weight {
		// At least 89_262_000 ps.
		Weight::from_parts(71_137_470, 6196)
			.saturating_add(Weight::from_parts(18_689_271, 0).saturating_mul(d.into()))
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().reads(2).saturating_mul(d.into()))
			.saturating_add(T::DbWeight::get().writes(3))
			.saturating_add(T::DbWeight::get().writes(2).saturating_mul(d.into()))
			.saturating_add(Weight::from_parts(0, 2648).saturating_mul(d.into()))
	}
	// Storage: `Settlement::Settlements` (r:1 w:1)
	// Proof: `Settlement::Settlements` (`max_values`: None, `max_size`: Some(54), added: 2529, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Escrows` (r:1 w:1)
	// Proof: `Settlement::Escrows` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
	// Storage: `Contributions::Tables` (r:5 w:0)
	// Proof: `Contributions::Tables` (`max_values`: None, `max_size`: Some(62), added: 2537, mode: `MaxEncodedLen`)
	// Storage: `Settlement::NextPoolId` (r:1 w:1)
	// Proof: `Settlement::NextPoolId` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	// Storage: `Settlement::RunAssets` (r:1 w:0)
	// Proof: `Settlement::RunAssets` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Books` (r:2 w:2)
	// Proof: `Settlement::Books` (`max_values`: None, `max_size`: Some(173), added: 2648, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Total` (r:2 w:2)
	// Proof: `Settlement::Total` (`max_values`: None, `max_size`: Some(77), added: 2552, mode: `MaxEncodedLen`)
	// Storage: `Contributions::Entries` (r:67 w:0)
	// Proof: `Contributions::Entries` (`max_values`: None, `max_size`: Some(118), added: 2593, mode: `MaxEncodedLen`)
	// Storage: `Datasets::Datasets` (r:126 w:0)
	// Proof: `Datasets::Datasets` (`max_values`: None, `max_size`: Some(776), added: 3251, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Memberships` (r:126 w:0)
	// Proof: `Settlement::Memberships` (`max_values`: None, `max_size`: Some(154), added: 2629, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:65 w:65)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Pools` (r:0 w:5)
	// Proof: `Settlement::Pools` (`max_values`: None, `max_size`: Some(1992), added: 4467, mode: `MaxEncodedLen`)
	// Storage: `Settlement::ListLeaves` (r:0 w:63)
	// Proof: `Settlement::ListLeaves` (`max_values`: None, `max_size`: Some(40), added: 2515, mode: `MaxEncodedLen`)
	// Storage: `Settlement::RunPools` (r:0 w:5)
	// Proof: `Settlement::RunPools` (`max_values`: None, `max_size`: Some(33), added: 2508, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Expiries` (r:0 w:5)
	// Proof: `Settlement::Expiries` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
	fn settle(s: u32) -> Weight {
		// At least 394_504_000 ps.
		Weight::from_parts(312_240_233, 13675)
			.saturating_add(Weight::from_parts(86_706_171, 0).saturating_mul(s.into()))
			.saturating_add(T::DbWeight::get().reads(19))
			.saturating_add(T::DbWeight::get().reads(6).saturating_mul(s.into()))
			.saturating_add(T::DbWeight::get().writes(24))
			.saturating_add(T::DbWeight::get().writes(2).saturating_mul(s.into()))
			.saturating_add(Weight::from_parts(0, 6502).saturating_mul(s.into()))
	}
	// Storage: `Datasets::Datasets` (r:1 w:0)
	// Proof: `Datasets::Datasets` (`max_values`: None, `max_size`: Some(776), added: 3251, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Memberships` (r:1 w:1)
	// Proof: `Settlement::Memberships` (`max_values`: None, `max_size`: Some(154), added: 2629, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(301), added: 2776, mode: `MaxEncodedLen`)
	// Storage: `Settlement::NextPoolId` (r:1 w:1)
	// Proof: `Settlement::NextPoolId` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Cohorts` (r:0 w:1)
	// Proof: `Settlement::Cohorts` (`max_values`: None, `max_size`: Some(2080), added: 4555, mode: `MaxEncodedLen`)
	fn open_members() -> Weight {
		// At least 76_212_000 ps.
		Weight::from_parts(80_229_000, 4241)
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(5))
	}
	// Storage: `Settlement::Cohorts` (r:1 w:1)
	// Proof: `Settlement::Cohorts` (`max_values`: None, `max_size`: Some(2080), added: 4555, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(301), added: 2776, mode: `MaxEncodedLen`)
	fn stream_members(m: u32) -> Weight {
		// At least 83_613_000 ps.
		Weight::from_parts(84_168_810, 5545)
			.saturating_add(Weight::from_parts(1_277_924, 0).saturating_mul(m.into()))
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	// Storage: `Settlement::Cohorts` (r:1 w:1)
	// Proof: `Settlement::Cohorts` (`max_values`: None, `max_size`: Some(2080), added: 4555, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Memberships` (r:1 w:1)
	// Proof: `Settlement::Memberships` (`max_values`: None, `max_size`: Some(154), added: 2629, mode: `MaxEncodedLen`)
	fn seal_members() -> Weight {
		// At least 37_075_000 ps.
		Weight::from_parts(39_458_000, 5545)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	// Storage: `Settlement::Cohorts` (r:1 w:1)
	// Proof: `Settlement::Cohorts` (`max_values`: None, `max_size`: Some(2080), added: 4555, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Memberships` (r:1 w:1)
	// Proof: `Settlement::Memberships` (`max_values`: None, `max_size`: Some(154), added: 2629, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(301), added: 2776, mode: `MaxEncodedLen`)
	fn abandon_members() -> Weight {
		// At least 56_805_000 ps.
		Weight::from_parts(59_518_000, 5545)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	// Storage: `Settlement::Pools` (r:1 w:0)
	// Proof: `Settlement::Pools` (`max_values`: None, `max_size`: Some(1992), added: 4467, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Cohorts` (r:1 w:1)
	// Proof: `Settlement::Cohorts` (`max_values`: None, `max_size`: Some(2080), added: 4555, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Drawn` (r:1 w:1)
	// Proof: `Settlement::Drawn` (`max_values`: None, `max_size`: Some(1056), added: 3531, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Total` (r:1 w:1)
	// Proof: `Settlement::Total` (`max_values`: None, `max_size`: Some(77), added: 2552, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:2 w:2)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	fn claim_member(p: u32) -> Weight {
		// At least 79_207_000 ps.
		Weight::from_parts(83_144_889, 6196)
			.saturating_add(Weight::from_parts(631_346, 0).saturating_mul(p.into()))
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(5))
	}
	// Storage: `Settlement::Pools` (r:63 w:0)
	// Proof: `Settlement::Pools` (`max_values`: None, `max_size`: Some(1992), added: 4467, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Cohorts` (r:63 w:63)
	// Proof: `Settlement::Cohorts` (`max_values`: None, `max_size`: Some(2080), added: 4555, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Drawn` (r:63 w:63)
	// Proof: `Settlement::Drawn` (`max_values`: None, `max_size`: Some(1056), added: 3531, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Total` (r:1 w:1)
	// Proof: `Settlement::Total` (`max_values`: None, `max_size`: Some(77), added: 2552, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:64 w:64)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	fn claim_many_members(n: u32) -> Weight {
		// At least 85_457_000 ps.
		Weight::from_parts(10_799_871, 3593)
			.saturating_add(Weight::from_parts(78_369_534, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().reads(4).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().writes(2))
			.saturating_add(T::DbWeight::get().writes(3).saturating_mul(n.into()))
			.saturating_add(Weight::from_parts(0, 4555).saturating_mul(n.into()))
	}
	// Storage: `Settlement::Cohorts` (r:16 w:16)
	// Proof: `Settlement::Cohorts` (`max_values`: None, `max_size`: Some(2080), added: 4555, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Memberships` (r:1 w:0)
	// Proof: `Settlement::Memberships` (`max_values`: None, `max_size`: Some(154), added: 2629, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Total` (r:1 w:1)
	// Proof: `Settlement::Total` (`max_values`: None, `max_size`: Some(77), added: 2552, mode: `MaxEncodedLen`)
	fn book(c: u32) -> Weight {
		// At least 20_340_000 ps.
		Weight::from_parts(16_459_235, 3619)
			.saturating_add(Weight::from_parts(6_786_431, 0).saturating_mul(c.into()))
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(c.into()))
			.saturating_add(T::DbWeight::get().writes(1))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(c.into()))
			.saturating_add(Weight::from_parts(0, 4555).saturating_mul(c.into()))
	}
	// Storage: `Settlement::LicenceDues` (r:64 w:63)
	// Proof: `Settlement::LicenceDues` (`max_values`: None, `max_size`: Some(96), added: 2571, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Cohorts` (r:1 w:0)
	// Proof: `Settlement::Cohorts` (`max_values`: None, `max_size`: Some(2080), added: 4555, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Books` (r:63 w:63)
	// Proof: `Settlement::Books` (`max_values`: None, `max_size`: Some(173), added: 2648, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Total` (r:1 w:1)
	// Proof: `Settlement::Total` (`max_values`: None, `max_size`: Some(77), added: 2552, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:64 w:64)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	fn claim_licences(d: u32) -> Weight {
		// At least 88_421_000 ps.
		Weight::from_parts(13_984_613, 5545)
			.saturating_add(Weight::from_parts(70_907_413, 0).saturating_mul(d.into()))
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().reads(3).saturating_mul(d.into()))
			.saturating_add(T::DbWeight::get().writes(2))
			.saturating_add(T::DbWeight::get().writes(3).saturating_mul(d.into()))
			.saturating_add(Weight::from_parts(0, 2648).saturating_mul(d.into()))
	}
	// Storage: `Settlement::Pools` (r:1 w:0)
	// Proof: `Settlement::Pools` (`max_values`: None, `max_size`: Some(1992), added: 4467, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Cohorts` (r:1 w:1)
	// Proof: `Settlement::Cohorts` (`max_values`: None, `max_size`: Some(2080), added: 4555, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Drawn` (r:4 w:4)
	// Proof: `Settlement::Drawn` (`max_values`: None, `max_size`: Some(1056), added: 3531, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Total` (r:1 w:1)
	// Proof: `Settlement::Total` (`max_values`: None, `max_size`: Some(77), added: 2552, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:257 w:257)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	fn pay_page(l: u32, p: u32) -> Weight {
		// At least 106_919_000 ps.
		Weight::from_parts(125_133_020, 5545)
			.saturating_add(Weight::from_parts(67_069_885, 0).saturating_mul(l.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(l.into()))
			.saturating_add(T::DbWeight::get().writes(4))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(l.into()))
			.saturating_add(Weight::from_parts(0, 2603).saturating_mul(l.into()))
			.saturating_add(Weight::from_parts(0, 23).saturating_mul(p.into()))
	}
	// Storage: `Settlement::Pools` (r:1 w:0)
	// Proof: `Settlement::Pools` (`max_values`: None, `max_size`: Some(1992), added: 4467, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Cohorts` (r:1 w:0)
	// Proof: `Settlement::Cohorts` (`max_values`: None, `max_size`: Some(2080), added: 4555, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Drawn` (r:4 w:0)
	// Proof: `Settlement::Drawn` (`max_values`: None, `max_size`: Some(1056), added: 3531, mode: `MaxEncodedLen`)
	fn skip_page(l: u32, p: u32) -> Weight {
		// At least 39_899_000 ps.
		Weight::from_parts(16_232_614, 5545)
			.saturating_add(Weight::from_parts(7_290_159, 0).saturating_mul(l.into()))
			.saturating_add(Weight::from_parts(666_116, 0).saturating_mul(p.into()))
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(Weight::from_parts(0, 47).saturating_mul(l.into()))
			.saturating_add(Weight::from_parts(0, 23).saturating_mul(p.into()))
	}
	// Storage: `Settlement::FreeClaims` (r:1 w:1)
	// Proof: `Settlement::FreeClaims` (`max_values`: Some(1), `max_size`: Some(20), added: 515, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Pools` (r:1 w:0)
	// Proof: `Settlement::Pools` (`max_values`: None, `max_size`: Some(1992), added: 4467, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Cohorts` (r:1 w:0)
	// Proof: `Settlement::Cohorts` (`max_values`: None, `max_size`: Some(2080), added: 4555, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Drawn` (r:1 w:0)
	// Proof: `Settlement::Drawn` (`max_values`: None, `max_size`: Some(1056), added: 3531, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:2 w:0)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	fn check_free(p: u32) -> Weight {
		// At least 26_459_000 ps.
		Weight::from_parts(28_420_620, 6196)
			.saturating_add(Weight::from_parts(630_434, 0).saturating_mul(p.into()))
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	// Storage: `Settlement::Pools` (r:1 w:1)
	// Proof: `Settlement::Pools` (`max_values`: None, `max_size`: Some(1992), added: 4467, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Expiries` (r:1 w:1)
	// Proof: `Settlement::Expiries` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Books` (r:1 w:1)
	// Proof: `Settlement::Books` (`max_values`: None, `max_size`: Some(173), added: 2648, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Total` (r:1 w:1)
	// Proof: `Settlement::Total` (`max_values`: None, `max_size`: Some(77), added: 2552, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:2 w:2)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	fn expire() -> Weight {
		// At least 80_409_000 ps.
		Weight::from_parts(83_815_000, 6196)
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(6))
	}
	// Storage: `Settlement::Pools` (r:1 w:0)
	// Proof: `Settlement::Pools` (`max_values`: None, `max_size`: Some(1992), added: 4467, mode: `MaxEncodedLen`)
	// Storage: `Settlement::ClaimedPages` (r:256 w:256)
	// Proof: `Settlement::ClaimedPages` (`max_values`: None, `max_size`: Some(288), added: 2763, mode: `MaxEncodedLen`)
	fn clean(n: u32) -> Weight {
		// At least 20_320_000 ps.
		Weight::from_parts(18_195_313, 5457)
			.saturating_add(Weight::from_parts(3_081_437, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(n.into()))
			.saturating_add(Weight::from_parts(0, 2759).saturating_mul(n.into()))
	}
	// Storage: `Settlement::Total` (r:1 w:0)
	// Proof: `Settlement::Total` (`max_values`: None, `max_size`: Some(77), added: 2552, mode: `MaxEncodedLen`)
	// Storage: `Settlement::AllowedAssets` (r:1 w:0)
	// Proof: `Settlement::AllowedAssets` (`max_values`: None, `max_size`: Some(45), added: 2520, mode: `MaxEncodedLen`)
	// Storage: `Assets::Account` (r:257 w:257)
	// Proof: `Assets::Account` (`max_values`: None, `max_size`: Some(134), added: 2609, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Shares` (r:256 w:256)
	// Proof: `Settlement::Shares` (`max_values`: None, `max_size`: Some(68), added: 2543, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Cohorts` (r:1 w:0)
	// Proof: `Settlement::Cohorts` (`max_values`: None, `max_size`: Some(2080), added: 4555, mode: `MaxEncodedLen`)
	// Storage: `Assets::Asset` (r:1 w:1)
	// Proof: `Assets::Asset` (`max_values`: None, `max_size`: Some(210), added: 2685, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:256 w:256)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	fn in_asset(n: u32) -> Weight {
		// At least 78_416_000 ps.
		Weight::from_parts(79_888_000, 5545)
			.saturating_add(Weight::from_parts(58_407_859, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().reads(3).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().writes(2))
			.saturating_add(T::DbWeight::get().writes(3).saturating_mul(n.into()))
			.saturating_add(Weight::from_parts(0, 2609).saturating_mul(n.into()))
	}
	// Storage: `Settlement::Cohorts` (r:16 w:0)
	// Proof: `Settlement::Cohorts` (`max_values`: None, `max_size`: Some(2080), added: 4555, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Memberships` (r:1 w:0)
	// Proof: `Settlement::Memberships` (`max_values`: None, `max_size`: Some(154), added: 2629, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Total` (r:1 w:1)
	// Proof: `Settlement::Total` (`max_values`: None, `max_size`: Some(77), added: 2552, mode: `MaxEncodedLen`)
	// Storage: `Settlement::SharePools` (r:16 w:16)
	// Proof: `Settlement::SharePools` (`max_values`: None, `max_size`: Some(36), added: 2511, mode: `MaxEncodedLen`)
	// Storage: `Settlement::NextPoolId` (r:1 w:1)
	// Proof: `Settlement::NextPoolId` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Shares` (r:16 w:16)
	// Proof: `Settlement::Shares` (`max_values`: None, `max_size`: Some(68), added: 2543, mode: `MaxEncodedLen`)
	fn book_shares(c: u32) -> Weight {
		// At least 30_656_000 ps.
		Weight::from_parts(18_894_016, 3619)
			.saturating_add(Weight::from_parts(15_469_547, 0).saturating_mul(c.into()))
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().reads(3).saturating_mul(c.into()))
			.saturating_add(T::DbWeight::get().writes(2))
			.saturating_add(T::DbWeight::get().writes(2).saturating_mul(c.into()))
			.saturating_add(Weight::from_parts(0, 4555).saturating_mul(c.into()))
	}
	// Storage: `Settlement::AllowedAssets` (r:1 w:1)
	// Proof: `Settlement::AllowedAssets` (`max_values`: None, `max_size`: Some(45), added: 2520, mode: `MaxEncodedLen`)
	// Storage: `Assets::Asset` (r:1 w:0)
	// Proof: `Assets::Asset` (`max_values`: None, `max_size`: Some(210), added: 2685, mode: `MaxEncodedLen`)
	// Storage: `Settlement::CounterForAllowedAssets` (r:1 w:1)
	// Proof: `Settlement::CounterForAllowedAssets` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	// Storage: `Assets::Account` (r:1 w:0)
	// Proof: `Assets::Account` (`max_values`: None, `max_size`: Some(134), added: 2609, mode: `MaxEncodedLen`)
	fn allow_asset() -> Weight {
		// At least 28_112_000 ps.
		Weight::from_parts(30_024_000, 3675)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	// Storage: `Settlement::AllowedAssets` (r:1 w:1)
	// Proof: `Settlement::AllowedAssets` (`max_values`: None, `max_size`: Some(45), added: 2520, mode: `MaxEncodedLen`)
	fn close_asset() -> Weight {
		// At least 14_111_000 ps.
		Weight::from_parts(15_623_000, 3510)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}
}
