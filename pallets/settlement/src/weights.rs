//! Weights. These are estimates, counted by hand from hashes, storage accesses and transfers, until
//! they are replaced by benchmarked ones.

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::ParityDbWeight, RuntimeDbWeight, Weight},
};

/// The weight of every call, with a parameter for everything that grows.
pub trait WeightInfo {
	/// One claim with `p` siblings in its proof.
	fn claim(p: u32) -> Weight;
	/// `n` claims with `p` siblings in all their proofs together.
	fn claim_many(n: u32, p: u32) -> Weight;
	/// `d` dues of one account.
	fn claim_due(d: u32) -> Weight;
	/// `s` steps of a settlement; charged by whichever call continues it.
	fn settle(s: u32) -> Weight;
}

/// Estimates over the runtime's cost of storage accesses.
pub struct EstimatedWeight<DbWeight>(PhantomData<DbWeight>);

/// A transfer between two accounts, with its events.
const TRANSFER: u64 = 60_000_000;
/// A sibling: one hash and one split.
const SIBLING: u64 = 3_000_000;
/// Reading, checking and marking a claim, besides its siblings and storage.
const CLAIM: u64 = 25_000_000;
/// A leaf that is added to a builder: its hash and the peaks it completes, and an event.
const LEAF: u64 = 15_000_000;

fn time(unit: u64, count: u32) -> Weight {
	Weight::from_parts(unit, 512).saturating_mul(count.into())
}

impl<DbWeight: Get<RuntimeDbWeight>> WeightInfo for EstimatedWeight<DbWeight> {
	fn claim(p: u32) -> Weight {
		Self::claim_many(1, p)
	}

	// Totals and pot once; pool, page, books and payee per claim.
	fn claim_many(n: u32, p: u32) -> Weight {
		let per_claim = time(CLAIM.saturating_add(TRANSFER), n)
			.saturating_add(DbWeight::get().reads_writes(4, 4).saturating_mul(n.into()));
		time(CLAIM, 1)
			.saturating_add(per_claim)
			.saturating_add(time(SIBLING, p))
			.saturating_add(DbWeight::get().reads_writes(2, 2))
	}

	// Totals, pot and payee once; due (found, read) and books per due.
	fn claim_due(d: u32) -> Weight {
		time(TRANSFER, 1)
			.saturating_add(time(CLAIM, d))
			.saturating_add(DbWeight::get().reads_writes(4, 3))
			.saturating_add(DbWeight::get().reads_writes(3, 2).saturating_mul(d.into()))
	}

	// Cursor, escrow, books, totals, pot, sponsor, its due, the next pool's id and, for each of five
	// roles, table, pool and the pool's id once, with 40 siblings to finish each tree; per step at
	// most a licence payment: payee and due, or an entry.
	fn settle(s: u32) -> Weight {
		time(TRANSFER.saturating_mul(2), 1)
			.saturating_add(time(SIBLING, 200))
			.saturating_add(DbWeight::get().reads_writes(23, 18))
			.saturating_add(time(TRANSFER.saturating_add(LEAF), s))
			.saturating_add(DbWeight::get().reads_writes(2, 2).saturating_mul(s.into()))
	}
}

impl WeightInfo for () {
	fn claim(p: u32) -> Weight {
		EstimatedWeight::<ParityDbWeight>::claim(p)
	}

	fn claim_many(n: u32, p: u32) -> Weight {
		EstimatedWeight::<ParityDbWeight>::claim_many(n, p)
	}

	fn claim_due(d: u32) -> Weight {
		EstimatedWeight::<ParityDbWeight>::claim_due(d)
	}

	fn settle(s: u32) -> Weight {
		EstimatedWeight::<ParityDbWeight>::settle(s)
	}
}
