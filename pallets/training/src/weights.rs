//! Placeholder.
use core::marker::PhantomData;
use frame_support::weights::Weight;
/// .
pub trait WeightInfo {
	/// .
	fn propose(d: u32) -> Weight;
	/// .
	fn advance_proposed() -> Weight;
	/// .
	fn advance_working() -> Weight;
	/// .
	fn advance_missed(n: u32) -> Weight;
	/// .
	fn advance_challenge() -> Weight;
	/// .
	fn advance_settling() -> Weight;
	/// .
	fn cancel() -> Weight;
	/// .
	fn enrol() -> Weight;
	/// .
	fn withdraw_enrolment() -> Weight;
	/// .
	fn post_feedback() -> Weight;
	/// .
	fn deal(n: u32) -> Weight;
	/// .
	fn deal_queued(n: u32) -> Weight;
	/// .
	fn submit(r: u32) -> Weight;
	/// .
	fn submit_attested(a: u32) -> Weight;
	/// .
	fn prune_deposits(n: u32) -> Weight;
	/// .
	fn prune_records(n: u32) -> Weight;
}
/// .
pub struct SubstrateWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn propose(d: u32) -> Weight {
		Weight::from_parts(100_000_000, 4_000)
			.saturating_add(Weight::from_parts(100_000_000, 4_000).saturating_mul(d.into()))
	}
	fn advance_proposed() -> Weight {
		Weight::from_parts(100_000_000, 4_000)
	}
	fn advance_working() -> Weight {
		Weight::from_parts(100_000_000, 4_000)
	}
	fn advance_missed(n: u32) -> Weight {
		Weight::from_parts(100_000_000, 4_000)
			.saturating_add(Weight::from_parts(100_000_000, 4_000).saturating_mul(n.into()))
	}
	fn advance_challenge() -> Weight {
		Weight::from_parts(100_000_000, 4_000)
	}
	fn advance_settling() -> Weight {
		Weight::from_parts(100_000_000, 4_000)
	}
	fn cancel() -> Weight {
		Weight::from_parts(100_000_000, 4_000)
	}
	fn enrol() -> Weight {
		Weight::from_parts(100_000_000, 4_000)
	}
	fn withdraw_enrolment() -> Weight {
		Weight::from_parts(100_000_000, 4_000)
	}
	fn post_feedback() -> Weight {
		Weight::from_parts(100_000_000, 4_000)
	}
	fn deal(n: u32) -> Weight {
		Weight::from_parts(100_000_000, 4_000)
			.saturating_add(Weight::from_parts(100_000_000, 4_000).saturating_mul(n.into()))
	}
	fn deal_queued(n: u32) -> Weight {
		Weight::from_parts(100_000_000, 4_000)
			.saturating_add(Weight::from_parts(100_000_000, 4_000).saturating_mul(n.into()))
	}
	fn submit(r: u32) -> Weight {
		Weight::from_parts(100_000_000, 4_000)
			.saturating_add(Weight::from_parts(100_000_000, 4_000).saturating_mul(r.into()))
	}
	fn submit_attested(a: u32) -> Weight {
		Weight::from_parts(100_000_000, 4_000)
			.saturating_add(Weight::from_parts(100_000_000, 4_000).saturating_mul(a.into()))
	}
	fn prune_deposits(n: u32) -> Weight {
		Weight::from_parts(100_000_000, 4_000)
			.saturating_add(Weight::from_parts(100_000_000, 4_000).saturating_mul(n.into()))
	}
	fn prune_records(n: u32) -> Weight {
		Weight::from_parts(100_000_000, 4_000)
			.saturating_add(Weight::from_parts(100_000_000, 4_000).saturating_mul(n.into()))
	}
}
