#![allow(
	clippy::unwrap_used,
	clippy::expect_used,
	clippy::indexing_slicing,
	clippy::arithmetic_side_effects,
	clippy::as_conversions,
	missing_docs
)]

use frame_support::derive_impl;
use sp_runtime::BuildStorage;

use crate as pallet_contributions;

pub type AccountId = u64;

#[frame_support::runtime]
mod runtime {
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeTask,
		RuntimeHoldReason,
		RuntimeFreezeReason
	)]
	pub struct Test;

	#[runtime::pallet_index(0)]
	pub type System = frame_system::Pallet<Test>;

	#[runtime::pallet_index(1)]
	pub type Contributions = pallet_contributions::Pallet<Test>;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlock<Test>;
}

impl pallet_contributions::Config for Test {}

/// Runs `test` on an empty ledger and checks every invariant after it.
pub fn build_and_execute(test: impl FnOnce()) {
	corrupt_and_execute(|| {
		test();
		Contributions::do_try_state().unwrap();
	});
}

/// Runs `test` without checking the invariants, for tests that break one.
pub fn corrupt_and_execute(test: impl FnOnce()) {
	let storage = frame_system::GenesisConfig::<Test>::default()
		.build_storage()
		.unwrap();
	let mut externalities = sp_io::TestExternalities::from(storage);
	externalities.execute_with(|| {
		System::set_block_number(1);
		test();
	});
}
