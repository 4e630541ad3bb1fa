use crate as pallet_attestors;
use crate::*;
use frame_support::{
	derive_impl, parameter_types,
	traits::{ConstU128, ConstU32, Contains, Hooks},
	BoundedVec,
};
use guerdon_receipt::{possession_bytes, Attestation, Digest, Signature};
use sp_core::{ed25519, Pair, H256};
use sp_runtime::{traits::IdentityLookup, AccountId32, BuildStorage};

#[frame_support::runtime]
mod runtime {
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeFreezeReason,
		RuntimeHoldReason,
		RuntimeSlashReason,
		RuntimeLockId,
		RuntimeTask,
		RuntimeViewFunction
	)]
	pub struct Test;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(1)]
	pub type Balances = pallet_balances;
	#[runtime::pallet_index(41)]
	pub type Attestors = pallet_attestors;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlockU32<Test>;
	type AccountId = AccountId32;
	type Lookup = IdentityLookup<AccountId32>;
	type AccountData = pallet_balances::AccountData<u128>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type Balance = u128;
	type ExistentialDeposit = ExistentialDeposit;
	type AccountStore = System;
}

parameter_types! {
	pub static MaxSeats: u32 = 4;
	pub static CurrentEpoch: Epoch = 10;
	pub static UnbondingEpochs: Epoch = 9;
	pub static AttestorBond: u128 = 100;
	pub static PayoutDelay: u32 = 100;
	pub static Penalty: Parts = Parts {
		burn_ppm: 500_000,
		treasury_ppm: 400_000,
		reporter_ppm: 100_000,
	};
	pub static SilencePpm: u32 = 50_000;
	pub static ExistentialDeposit: u128 = 1;
	pub TreasuryAccount: AccountId32 = TREASURY;
}

pub struct Epochs;
impl EpochSource for Epochs {
	fn epoch() -> Epoch {
		CurrentEpoch::get()
	}
	fn seed() -> H256 {
		seed_of(CurrentEpoch::get())
	}
	fn blocks() -> u32 {
		20
	}
	#[cfg(feature = "runtime-benchmarks")]
	fn set_epoch(epoch: Epoch) {
		CurrentEpoch::set(epoch);
	}
}

pub struct Pots;
impl Contains<AccountId32> for Pots {
	fn contains(who: &AccountId32) -> bool {
		*who == POT
	}
}

impl Config for Test {
	type WeightInfo = weights::SubstrateWeight<Test>;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Currency = Balances;
	type Epochs = Epochs;
	type IsPot = Pots;
	type MaxSeats = MaxSeats;
	type AttestorBond = AttestorBond;
	type AppraiserBond = ConstU128<50>;
	type Penalty = Penalty;
	type Treasury = TreasuryAccount;
	type EquivocationPpm = ConstU32<1_000_000>;
	type SilencePpm = SilencePpm;
	type WrongCountsPpm = ConstU32<100_000>;
	type UnbondingEpochs = UnbondingEpochs;
	type PayoutDelay = PayoutDelay;
}

pub const ALICE: AccountId32 = AccountId32::new([1; 32]);
pub const BOB: AccountId32 = AccountId32::new([2; 32]);
pub const CAROL: AccountId32 = AccountId32::new([3; 32]);
pub const DAVE: AccountId32 = AccountId32::new([4; 32]);
pub const EVE: AccountId32 = AccountId32::new([5; 32]);
pub const PAUPER: AccountId32 = AccountId32::new([8; 32]);
pub const POT: AccountId32 = AccountId32::new([9; 32]);
pub const TREASURY: AccountId32 = AccountId32::new([10; 32]);
pub const RICH: u128 = 1_000;

/// A seed that tells its epoch.
pub fn seed_of(epoch: Epoch) -> H256 {
	H256::from_low_u64_be(epoch + 1_000)
}

pub fn pair_of(who: &AccountId32) -> ed25519::Pair {
	ed25519::Pair::from_seed(who.as_ref())
}

pub fn key_of(who: &AccountId32) -> PublicKey {
	pair_of(who).public().0
}

pub fn genesis() -> [u8; 32] {
	System::block_hash(0).into()
}

pub fn possession_of(who: &AccountId32) -> Signature {
	let account: [u8; 32] = who.clone().into();
	pair_of(who)
		.sign(&possession_bytes(&genesis(), &account, &key_of(who)))
		.0
}

pub fn endpoint(text: &str) -> Endpoint {
	BoundedVec::truncate_from(text.as_bytes().to_vec())
}

pub fn register(kind: Kind, who: AccountId32) -> frame_support::dispatch::DispatchResult {
	Attestors::register(
		RuntimeOrigin::signed(who.clone()),
		kind,
		key_of(&who),
		possession_of(&who),
		endpoint("http://localhost"),
		who,
	)
}

/// What `who` signs when it recomputed these states of a receipt.
pub fn states_by(who: &AccountId32, receipt: Digest, states: u8) -> SignedStates {
	let attestation = Attestation {
		receipt,
		attestor: who.clone().into(),
		states: [states; 32],
	};
	SignedStates {
		states: [states; 32],
		signature: pair_of(who).sign(&attestation.pae()).0,
	}
}

/// What is left of the bond of an account's seat.
pub fn held_of(kind: Kind, who: &AccountId32) -> u128 {
	Registrations::<Test>::get(kind, who).unwrap().held
}

/// The first block of `epoch`.
pub fn enter_epoch(epoch: Epoch) {
	CurrentEpoch::set(epoch);
	next_block();
}

pub fn next_block() {
	let block = System::block_number() + 1;
	System::set_block_number(block);
	Attestors::on_initialize(block);
}

#[derive(Default)]
pub struct ExtBuilder {
	attestors: Vec<AccountId32>,
}

impl ExtBuilder {
	/// Accounts that register as attestors in the first epoch.
	pub fn attestors(mut self, attestors: &[AccountId32]) -> Self {
		self.attestors = attestors.to_vec();
		self
	}

	pub fn build_and_execute(self, test: impl FnOnce()) {
		let mut storage = frame_system::GenesisConfig::<Test>::default()
			.build_storage()
			.unwrap();
		pallet_balances::GenesisConfig::<Test> {
			balances: [ALICE, BOB, CAROL, DAVE, EVE]
				.map(|who| (who, RICH))
				.to_vec(),
			..Default::default()
		}
		.assimilate_storage(&mut storage)
		.unwrap();
		sp_io::TestExternalities::new(storage).execute_with(|| {
			frame_system::BlockHash::<Test>::insert(0, H256::repeat_byte(0xaa));
			next_block();
			for who in self.attestors {
				register(Kind::Attestor, who).unwrap();
			}
			test();
			Attestors::do_try_state().unwrap();
			let owned: u128 = frame_system::Account::<Test>::iter_values()
				.map(|account| account.data.free + account.data.reserved)
				.sum();
			assert_eq!(owned, Balances::total_issuance());
		});
	}
}

#[cfg(feature = "runtime-benchmarks")]
pub fn new_benchmark_ext() -> sp_io::TestExternalities {
	use sp_keystore::{testing::MemoryKeystore, KeystoreExt};
	let storage = frame_system::GenesisConfig::<Test>::default()
		.build_storage()
		.unwrap();
	let mut ext = sp_io::TestExternalities::new(storage);
	ext.register_extension(KeystoreExt::new(MemoryKeystore::new()));
	ext
}
