#![allow(
	clippy::unwrap_used,
	clippy::expect_used,
	clippy::indexing_slicing,
	clippy::arithmetic_side_effects,
	clippy::as_conversions,
	missing_docs
)]

use frame_support::{assert_ok, derive_impl, parameter_types, storage::with_storage_layer};
use guerdon_receipt::{PoolId, Role, RunId};
use pallet_contributions::{Ledger, Subject};
use sp_runtime::{BuildStorage, DispatchError};

use crate::{
	self as pallet_settlement, Balance, Claim, Purse, SettleProgress, SettleTerms, Treasurer,
};

pub type AccountId = u64;

pub const ED: Balance = 1_000_000;
pub const GRD: Balance = 1_000_000_000_000;
pub const RUN: RunId = 7;

pub const ALICE: AccountId = 1;
pub const BOB: AccountId = 2;
pub const CAROL: AccountId = 3;
/// Does not exist.
pub const DAVE: AccountId = 9;
pub const ANYONE: AccountId = 50;
pub const SPONSOR: AccountId = 100;
pub const PUBLISHER: AccountId = 101;
pub const SPONSOR_START: Balance = 1_000_000_000_000 * GRD;

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
	pub type Balances = pallet_balances::Pallet<Test>;

	#[runtime::pallet_index(2)]
	pub type Contributions = pallet_contributions::Pallet<Test>;

	#[runtime::pallet_index(3)]
	pub type Settlement = pallet_settlement::Pallet<Test>;
}

parameter_types! {
	pub const ExistentialDeposit: Balance = ED;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlock<Test>;
	type AccountData = pallet_balances::AccountData<Balance>;
	type DbWeight = frame_support::weights::constants::ParityDbWeight;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type AccountStore = System;
	type Balance = Balance;
	type ExistentialDeposit = ExistentialDeposit;
}

impl pallet_contributions::Config for Test {}

impl pallet_settlement::Config for Test {
	type Currency = Balances;
	type Ledger = Contributions;
	type WeightInfo = crate::weights::SubstrateWeight<Test>;
}

/// Runs `test` from genesis and checks every invariant after it.
pub fn build_and_execute(test: impl FnOnce()) {
	corrupt_and_execute(|| {
		let issuance = Balances::total_issuance();
		test();
		assert_ok!(Settlement::do_try_state());
		assert_eq!(
			Balances::total_issuance(),
			issuance,
			"settlement never mints or burns"
		);
	});
}

/// Runs `test` without checking the invariants, for tests that break one.
pub fn corrupt_and_execute(test: impl FnOnce()) {
	let rich = [ALICE, BOB, CAROL, ANYONE, PUBLISHER].map(|who| (who, GRD));
	let balances = rich.into_iter().chain([(SPONSOR, SPONSOR_START)]).collect();
	let storage = RuntimeGenesisConfig {
		balances: pallet_balances::GenesisConfig {
			balances,
			..Default::default()
		},
		..Default::default()
	};
	let mut externalities = sp_io::TestExternalities::from(storage.build_storage().unwrap());
	externalities.execute_with(|| {
		System::set_block_number(1);
		test();
	});
}

pub fn free(who: AccountId) -> Balance {
	Balances::free_balance(who)
}

pub fn deposit(purse: Purse, amount: Balance) {
	assert_ok!(Settlement::deposit(RUN, purse, &SPONSOR, amount));
}

/// Records one entry per pair of payee and weight; the subject is the entry's number.
pub fn contribute(role: Role, entries: &[(AccountId, u64)]) {
	for (number, (payee, weight)) in (1_000..).zip(entries) {
		let subject = Subject::Account(number);
		assert_ok!(Contributions::record(RUN, role, subject, payee, *weight));
	}
}

pub fn close_all() {
	for role in Role::ALL {
		assert_ok!(Contributions::close(RUN, role));
	}
}

/// Everything to the trainers, nothing planned, no licences.
pub fn terms() -> SettleTerms<AccountId, Balance> {
	SettleTerms {
		sponsor: SPONSOR,
		split_ppm: [0, 1_000_000, 0, 0, 0],
		planned_units: [0; 5],
		licence: vec![],
		bond_to_publishers: false,
	}
}

pub fn settle_with(terms: &SettleTerms<AccountId, Balance>) {
	assert_eq!(
		Settlement::settle(RUN, terms, 100_000),
		Ok(SettleProgress::Done)
	);
}

/// Settles a budget over trainers and answers their pool.
pub fn trainers_pool(budget: Balance, entries: &[(AccountId, u64)]) -> PoolId {
	deposit(Purse::Budget, budget);
	contribute(Role::Trainer, entries);
	close_all();
	settle_with(&terms());
	Settlement::run_pool(RUN, Role::Trainer).unwrap()
}

/// What the pool of a role was funded with.
pub fn funded(role: Role) -> Balance {
	let pool = Settlement::run_pool(RUN, role).unwrap();
	Settlement::pool(pool).unwrap().funded
}

pub fn claim_data(pool: PoolId, index: u64) -> Claim<AccountId> {
	let view = Settlement::proof(pool, index).unwrap();
	Claim {
		pool,
		index,
		leaf: view.leaf,
		proof: view.proven.unwrap().proof,
	}
}

pub fn entitlement(pool: PoolId, index: u64) -> Balance {
	Settlement::proof(pool, index)
		.unwrap()
		.proven
		.unwrap()
		.entitlement
}

pub fn claim(claim: Claim<AccountId>) -> sp_runtime::DispatchResult {
	let Claim {
		pool,
		index,
		leaf,
		proof,
	} = claim;
	Settlement::claim(RuntimeOrigin::signed(ANYONE), pool, index, leaf, proof)
}

pub fn claim_many(claims: Vec<Claim<AccountId>>) -> sp_runtime::DispatchResult {
	Settlement::claim_many(RuntimeOrigin::signed(ANYONE), claims.try_into().unwrap())
}

/// Runs `call` inside so many storage layers, as a batch of batches does.
pub fn nested<R>(
	layers: u32,
	call: &mut dyn FnMut() -> Result<R, DispatchError>,
) -> Result<R, DispatchError> {
	match layers.checked_sub(1) {
		Some(left) => with_storage_layer(|| nested(left, call)),
		None => call(),
	}
}

/// The settlement events since the last call.
pub fn take_events() -> Vec<crate::Event<Test>> {
	let events = System::events();
	System::reset_events();
	events
		.into_iter()
		.filter_map(|record| match record.event {
			RuntimeEvent::Settlement(event) => Some(event),
			_ => None,
		})
		.collect()
}
