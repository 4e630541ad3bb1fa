//! Placeholder.
use core::marker::PhantomData;
use frame_support::weights::Weight;
/// .
pub trait WeightInfo {
	/// .
	fn reveal_tests() -> Weight;
	/// .
	fn commit() -> Weight;
	/// .
	fn reveal(u: u32) -> Weight;
	/// .
	fn reveal_without_quorum(d: u32, u: u32) -> Weight;
	/// .
	fn stream(l: u32, d: u32) -> Weight;
	/// .
	fn stream_users(l: u32) -> Weight;
	/// .
	fn draw() -> Weight;
}
/// .
pub struct SubstrateWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn reveal_tests() -> Weight {
		Weight::from_parts(100_000_000, 4_000)
	}
	fn commit() -> Weight {
		Weight::from_parts(100_000_000, 4_000)
	}
	fn reveal(u: u32) -> Weight {
		Weight::from_parts(100_000_000, 4_000)
			.saturating_add(Weight::from_parts(100_000_000, 4_000).saturating_mul(u.into()))
	}
	fn reveal_without_quorum(d: u32, u: u32) -> Weight {
		Weight::from_parts(100_000_000, 4_000)
			.saturating_add(Weight::from_parts(100_000_000, 4_000).saturating_mul(d.into()))
			.saturating_add(Weight::from_parts(100_000_000, 4_000).saturating_mul(u.into()))
	}
	fn stream(l: u32, d: u32) -> Weight {
		Weight::from_parts(100_000_000, 4_000)
			.saturating_add(Weight::from_parts(100_000_000, 4_000).saturating_mul(l.into()))
			.saturating_add(Weight::from_parts(100_000_000, 4_000).saturating_mul(d.into()))
	}
	fn stream_users(l: u32) -> Weight {
		Weight::from_parts(100_000_000, 4_000)
			.saturating_add(Weight::from_parts(100_000_000, 4_000).saturating_mul(l.into()))
	}
	fn draw() -> Weight {
		Weight::from_parts(100_000_000, 4_000)
	}
}
