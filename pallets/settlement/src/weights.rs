//! Placeholder.
use core::marker::PhantomData;
use frame_support::weights::Weight;
/// .
pub trait WeightInfo {
	/// .
	fn claim(p: u32) -> Weight;
	/// .
	fn claim_many(n: u32) -> Weight;
	/// .
	fn claim_due(d: u32) -> Weight;
	/// .
	fn settle(s: u32) -> Weight;
}
/// .
pub struct SubstrateWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn claim(p: u32) -> Weight {
		Weight::from_parts(100_000_000, 4_000)
			.saturating_add(Weight::from_parts(100_000_000, 4_000).saturating_mul(p.into()))
	}
	fn claim_many(n: u32) -> Weight {
		Weight::from_parts(100_000_000, 4_000)
			.saturating_add(Weight::from_parts(100_000_000, 4_000).saturating_mul(n.into()))
	}
	fn claim_due(d: u32) -> Weight {
		Weight::from_parts(100_000_000, 4_000)
			.saturating_add(Weight::from_parts(100_000_000, 4_000).saturating_mul(d.into()))
	}
	fn settle(s: u32) -> Weight {
		Weight::from_parts(100_000_000, 4_000)
			.saturating_add(Weight::from_parts(100_000_000, 4_000).saturating_mul(s.into()))
	}
}
