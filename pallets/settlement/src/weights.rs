//! Weights of `pallet_settlement`: written by `scripts/weights.sh`, not by hand.
//!
//! Measured on 2026-11-26 on AMD EPYC, in 20 steps and 10 repeats, by the
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
		// At least 75_131_000 ps.
		Weight::from_parts(79_087_541, 6196)
			.saturating_add(Weight::from_parts(666_751, 0).saturating_mul(p.into()))
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
		// At least 79_297_000 ps.
		Weight::from_parts(82_062_000, 3593)
			.saturating_add(Weight::from_parts(71_932_136, 0).saturating_mul(n.into()))
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
		// At least 71_426_000 ps.
		Weight::from_parts(54_923_112, 6196)
			.saturating_add(Weight::from_parts(14_123_056, 0).saturating_mul(d.into()))
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
	// Storage: `Datasets::Datasets` (r:128 w:0)
	// Proof: `Datasets::Datasets` (`max_values`: None, `max_size`: Some(776), added: 3251, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Memberships` (r:128 w:0)
	// Proof: `Settlement::Memberships` (`max_values`: None, `max_size`: Some(154), added: 2629, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:66 w:66)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Pools` (r:0 w:5)
	// Proof: `Settlement::Pools` (`max_values`: None, `max_size`: Some(1987), added: 4462, mode: `MaxEncodedLen`)
	// Storage: `Settlement::ListLeaves` (r:0 w:64)
	// Proof: `Settlement::ListLeaves` (`max_values`: None, `max_size`: Some(40), added: 2515, mode: `MaxEncodedLen`)
	// Storage: `Settlement::RunPools` (r:0 w:5)
	// Proof: `Settlement::RunPools` (`max_values`: None, `max_size`: Some(33), added: 2508, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Expiries` (r:0 w:5)
	// Proof: `Settlement::Expiries` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
	fn settle(s: u32) -> Weight {
		// At least 331_511_000 ps.
		Weight::from_parts(161_171_808, 13675)
			.saturating_add(Weight::from_parts(85_924_217, 0).saturating_mul(s.into()))
			.saturating_add(T::DbWeight::get().reads(16))
			.saturating_add(T::DbWeight::get().reads(6).saturating_mul(s.into()))
			.saturating_add(T::DbWeight::get().writes(22))
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
		// At least 71_856_000 ps.
		Weight::from_parts(81_931_000, 4241)
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
		// At least 78_226_000 ps.
		Weight::from_parts(80_001_214, 5545)
			.saturating_add(Weight::from_parts(1_230_594, 0).saturating_mul(m.into()))
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	// Storage: `Settlement::Cohorts` (r:1 w:1)
	// Proof: `Settlement::Cohorts` (`max_values`: None, `max_size`: Some(2080), added: 4555, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Memberships` (r:1 w:1)
	// Proof: `Settlement::Memberships` (`max_values`: None, `max_size`: Some(154), added: 2629, mode: `MaxEncodedLen`)
	fn seal_members() -> Weight {
		// At least 35_683_000 ps.
		Weight::from_parts(37_606_000, 5545)
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
		// At least 53_389_000 ps.
		Weight::from_parts(56_003_000, 5545)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	// Storage: `Settlement::Pools` (r:1 w:0)
	// Proof: `Settlement::Pools` (`max_values`: None, `max_size`: Some(1987), added: 4462, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Cohorts` (r:1 w:1)
	// Proof: `Settlement::Cohorts` (`max_values`: None, `max_size`: Some(2080), added: 4555, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Drawn` (r:1 w:1)
	// Proof: `Settlement::Drawn` (`max_values`: None, `max_size`: Some(1056), added: 3531, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Total` (r:1 w:1)
	// Proof: `Settlement::Total` (`max_values`: Some(1), `max_size`: Some(64), added: 559, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:2 w:2)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	fn claim_member(p: u32) -> Weight {
		// At least 67_080_000 ps.
		Weight::from_parts(70_164_219, 6196)
			.saturating_add(Weight::from_parts(629_549, 0).saturating_mul(p.into()))
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(5))
	}
	// Storage: `Settlement::Pools` (r:64 w:0)
	// Proof: `Settlement::Pools` (`max_values`: None, `max_size`: Some(1987), added: 4462, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Cohorts` (r:64 w:64)
	// Proof: `Settlement::Cohorts` (`max_values`: None, `max_size`: Some(2080), added: 4555, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Drawn` (r:64 w:64)
	// Proof: `Settlement::Drawn` (`max_values`: None, `max_size`: Some(1056), added: 3531, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Total` (r:1 w:1)
	// Proof: `Settlement::Total` (`max_values`: Some(1), `max_size`: Some(64), added: 559, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:65 w:65)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	fn claim_many_members(n: u32) -> Weight {
		// At least 72_397_000 ps.
		Weight::from_parts(74_360_000, 3593)
			.saturating_add(Weight::from_parts(65_241_941, 0).saturating_mul(n.into()))
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
	// Proof: `Settlement::Total` (`max_values`: Some(1), `max_size`: Some(64), added: 559, mode: `MaxEncodedLen`)
	fn book(c: u32) -> Weight {
		// At least 17_115_000 ps.
		Weight::from_parts(13_095_838, 3619)
			.saturating_add(Weight::from_parts(6_829_549, 0).saturating_mul(c.into()))
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(c.into()))
			.saturating_add(T::DbWeight::get().writes(1))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(c.into()))
			.saturating_add(Weight::from_parts(0, 4555).saturating_mul(c.into()))
	}
	// Storage: `Settlement::LicenceDues` (r:65 w:64)
	// Proof: `Settlement::LicenceDues` (`max_values`: None, `max_size`: Some(96), added: 2571, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Cohorts` (r:1 w:0)
	// Proof: `Settlement::Cohorts` (`max_values`: None, `max_size`: Some(2080), added: 4555, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Books` (r:64 w:64)
	// Proof: `Settlement::Books` (`max_values`: None, `max_size`: Some(160), added: 2635, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Total` (r:1 w:1)
	// Proof: `Settlement::Total` (`max_values`: Some(1), `max_size`: Some(64), added: 559, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:65 w:65)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	fn claim_licences(d: u32) -> Weight {
		// At least 74_801_000 ps.
		Weight::from_parts(2_484_437, 5545)
			.saturating_add(Weight::from_parts(63_621_688, 0).saturating_mul(d.into()))
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().reads(3).saturating_mul(d.into()))
			.saturating_add(T::DbWeight::get().writes(2))
			.saturating_add(T::DbWeight::get().writes(3).saturating_mul(d.into()))
			.saturating_add(Weight::from_parts(0, 2635).saturating_mul(d.into()))
	}
	// Storage: `Settlement::Pools` (r:1 w:0)
	// Proof: `Settlement::Pools` (`max_values`: None, `max_size`: Some(1987), added: 4462, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Cohorts` (r:1 w:1)
	// Proof: `Settlement::Cohorts` (`max_values`: None, `max_size`: Some(2080), added: 4555, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Drawn` (r:4 w:4)
	// Proof: `Settlement::Drawn` (`max_values`: None, `max_size`: Some(1056), added: 3531, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Total` (r:1 w:1)
	// Proof: `Settlement::Total` (`max_values`: Some(1), `max_size`: Some(64), added: 559, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:257 w:257)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	fn pay_page(l: u32, p: u32) -> Weight {
		// At least 97_434_000 ps.
		Weight::from_parts(98_526_000, 5545)
			.saturating_add(Weight::from_parts(61_080_898, 0).saturating_mul(l.into()))
			.saturating_add(Weight::from_parts(659_437, 0).saturating_mul(p.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(l.into()))
			.saturating_add(T::DbWeight::get().writes(4))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(l.into()))
			.saturating_add(Weight::from_parts(0, 2603).saturating_mul(l.into()))
			.saturating_add(Weight::from_parts(0, 26).saturating_mul(p.into()))
	}
	// Storage: `Settlement::Pools` (r:1 w:0)
	// Proof: `Settlement::Pools` (`max_values`: None, `max_size`: Some(1987), added: 4462, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Cohorts` (r:1 w:0)
	// Proof: `Settlement::Cohorts` (`max_values`: None, `max_size`: Some(2080), added: 4555, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Drawn` (r:4 w:0)
	// Proof: `Settlement::Drawn` (`max_values`: None, `max_size`: Some(1056), added: 3531, mode: `MaxEncodedLen`)
	fn skip_page(l: u32, p: u32) -> Weight {
		// At least 39_639_000 ps.
		Weight::from_parts(3_343_343, 5545)
			.saturating_add(Weight::from_parts(7_460_180, 0).saturating_mul(l.into()))
			.saturating_add(Weight::from_parts(1_547_988, 0).saturating_mul(p.into()))
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(Weight::from_parts(0, 47).saturating_mul(l.into()))
			.saturating_add(Weight::from_parts(0, 26).saturating_mul(p.into()))
	}
	// Storage: `Settlement::FreeClaims` (r:1 w:1)
	// Proof: `Settlement::FreeClaims` (`max_values`: Some(1), `max_size`: Some(20), added: 515, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Pools` (r:1 w:0)
	// Proof: `Settlement::Pools` (`max_values`: None, `max_size`: Some(1987), added: 4462, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Cohorts` (r:1 w:0)
	// Proof: `Settlement::Cohorts` (`max_values`: None, `max_size`: Some(2080), added: 4555, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Drawn` (r:1 w:0)
	// Proof: `Settlement::Drawn` (`max_values`: None, `max_size`: Some(1056), added: 3531, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:1 w:0)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	fn check_free(p: u32) -> Weight {
		// At least 16_404_000 ps.
		Weight::from_parts(18_141_213, 5545)
			.saturating_add(Weight::from_parts(638_216, 0).saturating_mul(p.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	// Storage: `Settlement::Pools` (r:1 w:1)
	// Proof: `Settlement::Pools` (`max_values`: None, `max_size`: Some(1987), added: 4462, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Expiries` (r:1 w:1)
	// Proof: `Settlement::Expiries` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Books` (r:1 w:1)
	// Proof: `Settlement::Books` (`max_values`: None, `max_size`: Some(160), added: 2635, mode: `MaxEncodedLen`)
	// Storage: `Settlement::Total` (r:1 w:1)
	// Proof: `Settlement::Total` (`max_values`: Some(1), `max_size`: Some(64), added: 559, mode: `MaxEncodedLen`)
	// Storage: `System::Account` (r:2 w:2)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	fn expire() -> Weight {
		// At least 69_743_000 ps.
		Weight::from_parts(77_885_000, 6196)
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(6))
	}
	// Storage: `Settlement::Pools` (r:1 w:0)
	// Proof: `Settlement::Pools` (`max_values`: None, `max_size`: Some(1987), added: 4462, mode: `MaxEncodedLen`)
	// Storage: `Settlement::ClaimedPages` (r:256 w:256)
	// Proof: `Settlement::ClaimedPages` (`max_values`: None, `max_size`: Some(288), added: 2763, mode: `MaxEncodedLen`)
	fn clean(n: u32) -> Weight {
		// At least 19_339_000 ps.
		Weight::from_parts(16_940_092, 5452)
			.saturating_add(Weight::from_parts(3_225_539, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().reads(1).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().writes(1).saturating_mul(n.into()))
			.saturating_add(Weight::from_parts(0, 2760).saturating_mul(n.into()))
	}
	fn in_asset(n: u32) -> Weight {
		Weight::from_parts(30_000_000, 6_000)
			.saturating_add(Weight::from_parts(40_000_000, 5_200).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads_writes(4, 3))
			.saturating_add(
				T::DbWeight::get()
					.reads_writes(3, 3)
					.saturating_mul(n.into()),
			)
	}
	fn book_shares(c: u32) -> Weight {
		Weight::from_parts(20_000_000, 6_000)
			.saturating_add(Weight::from_parts(20_000_000, 7_500).saturating_mul(c.into()))
			.saturating_add(T::DbWeight::get().reads_writes(3, 2))
			.saturating_add(
				T::DbWeight::get()
					.reads_writes(3, 2)
					.saturating_mul(c.into()),
			)
	}
	fn allow_asset() -> Weight {
		Weight::from_parts(30_000_000, 6_000).saturating_add(T::DbWeight::get().reads_writes(5, 2))
	}
	fn close_asset() -> Weight {
		Weight::from_parts(20_000_000, 3_500).saturating_add(T::DbWeight::get().reads_writes(1, 1))
	}
}
