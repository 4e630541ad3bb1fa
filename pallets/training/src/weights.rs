//! Weights of the calls.
//!
//! These are estimates, not measurements. Each states a cost for every read, write and signature
//! that the call can make at its bound, and grows with everything that the caller can make grow.

use crate::types::{Submissions, MAX_COMMITTEE, MAX_DATASETS, MAX_ENROLMENTS};
use frame_support::weights::{constants::ParityDbWeight, Weight};

/// What the calls of this pallet cost.
pub trait WeightInfo {
	/// Every dataset is read, asked for and stored.
	fn propose() -> Weight;
	/// A change of state at its dearest, and `limit` tasks or steps of the settlement.
	fn advance(limit: u32) -> Weight;
	/// Four purses and every dataset.
	fn cancel() -> Weight;
	/// One signature and every owner.
	fn enrol() -> Weight;
	/// One enrolment and its roster.
	fn withdraw_enrolment() -> Weight;
	/// One entry of the queue.
	fn post_feedback() -> Weight;
	/// The roster and the seats, and `limit` committees.
	fn deal(limit: u32) -> Weight;
	/// `receipts` with `signatures` in all, the contributors' included.
	fn submit(receipts: u32, signatures: u32) -> Weight;
	/// `limit` things with their deposits.
	fn prune(limit: u32) -> Weight;
}

/// How many receipts a batch has, and how many signatures have to be verified for it.
pub fn size_of(items: &Submissions) -> (u32, u32) {
	let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
	let receipts = count(items.len());
	let attested = items.iter().map(|item| count(item.attestations.len()));
	(receipts, attested.fold(receipts, u32::saturating_add))
}

/// One ed25519 verification.
const SIGNATURE: Weight = Weight::from_parts(60_000_000, 0);
/// Decoding the seats and shuffling them for one committee.
const SHUFFLE: Weight = Weight::from_parts(40_000_000, 0);
/// Everything that a call does besides storage and signatures.
const BASE: Weight = Weight::from_parts(30_000_000, 0);
/// Proof size of one storage read, on the large side.
const PROOF: u64 = 4_096;

fn storage(reads: u64, writes: u64) -> Weight {
	ParityDbWeight::get()
		.reads_writes(reads, writes)
		.saturating_add(Weight::from_parts(0, PROOF.saturating_mul(reads)))
}

/// Estimates.
impl WeightInfo for () {
	fn propose() -> Weight {
		BASE.saturating_add(storage(12, 16))
			.saturating_add(storage(4, 4).saturating_mul(MAX_DATASETS.into()))
	}
	fn advance(limit: u32) -> Weight {
		let change = storage(24, 24)
			.saturating_add(storage(5, 4).saturating_mul(MAX_DATASETS.into()))
			.saturating_add(storage(1, 0).saturating_mul(MAX_ENROLMENTS.into()));
		let step = BASE.saturating_add(storage(6, 6));
		BASE.saturating_add(change)
			.saturating_add(step.saturating_mul(limit.into()))
	}
	fn cancel() -> Weight {
		BASE.saturating_add(storage(14, 14))
			.saturating_add(storage(3, 3).saturating_mul(MAX_DATASETS.into()))
	}
	fn enrol() -> Weight {
		BASE.saturating_add(SIGNATURE)
			.saturating_add(storage(10, 6))
			.saturating_add(storage(1, 0).saturating_mul(MAX_DATASETS.into()))
	}
	fn withdraw_enrolment() -> Weight {
		BASE.saturating_add(storage(6, 6))
	}
	fn post_feedback() -> Weight {
		BASE.saturating_add(storage(5, 3))
	}
	fn deal(limit: u32) -> Weight {
		let task = SHUFFLE
			.saturating_add(storage(10, 6))
			.saturating_add(storage(2, 2).saturating_mul(MAX_COMMITTEE.into()));
		BASE.saturating_add(storage(16, 6))
			.saturating_add(storage(1, 0).saturating_mul(MAX_DATASETS.into()))
			.saturating_add(SHUFFLE)
			.saturating_add(task.saturating_mul(limit.into()))
	}
	fn submit(receipts: u32, signatures: u32) -> Weight {
		let receipt = BASE.saturating_add(storage(14, 14));
		let signature = SIGNATURE.saturating_add(storage(6, 4));
		BASE.saturating_add(storage(4, 1))
			.saturating_add(receipt.saturating_mul(receipts.into()))
			.saturating_add(signature.saturating_mul(signatures.into()))
	}
	fn prune(limit: u32) -> Weight {
		let thing = BASE.saturating_add(storage(6, 6));
		BASE.saturating_add(storage(10, 12))
			.saturating_add(thing.saturating_mul(limit.into()))
	}
}
