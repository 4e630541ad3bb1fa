use crate as pallet_datasets;
use crate::*;
use frame_support::{
	derive_impl, parameter_types,
	traits::{ConstU128, Contains},
	BoundedVec,
};
use guerdon_content::{frame, RecordKind, RootBuilder, CHUNK};
use guerdon_receipt::Epoch;
use sp_core::H256;
use sp_runtime::{traits::IdentityLookup, AccountId32, BuildStorage, DispatchResult};

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
	#[runtime::pallet_index(40)]
	pub type Catalog = pallet_datasets;
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
	type ExistentialDeposit = ConstU128<1>;
	type AccountStore = System;
}

parameter_types! {
	pub static CurrentEpoch: Epoch = 5;
	pub static AnnounceDeposit: u128 = 10;
	pub static DatasetDeposit: u128 = 100;
	pub static UnlearningDeposit: u128 = 20;
	pub static MaxAnnouncements: u32 = 3;
	pub static MinAnnounceBlocks: u32 = 10;
	pub static AnnouncementLifetime: u32 = 50;
	pub static PayoutDelay: u32 = 100;
	pub static UnlearningWindow: u32 = 200;
	pub static UnlearningRetention: u32 = 300;
	pub static MaxPrice: u128 = 1_000_000;
	pub static MaxPending: u32 = 2;
	/// Runs that are over, and a dataset of which each used records.
	pub static UsedIn: Vec<(RunId, DatasetId)> = vec![];
	/// Who proposed every run, while that is kept.
	pub static Sponsor: Option<AccountId32> = Some(CAROL);
}

pub struct Runs;
impl RunHistory<AccountId32> for Runs {
	fn sponsor(_: RunId) -> Option<AccountId32> {
		Sponsor::get()
	}
	fn used(run: RunId, dataset: DatasetId) -> bool {
		UsedIn::get().contains(&(run, dataset))
	}
	#[cfg(feature = "runtime-benchmarks")]
	fn set_used(sponsor: &AccountId32, run: RunId, dataset: DatasetId) {
		Sponsor::set(Some(sponsor.clone()));
		UsedIn::mutate(|used| used.push((run, dataset)));
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
	type Epoch = CurrentEpoch;
	type IsPot = Pots;
	type RunHistory = Runs;
	type AnnounceDeposit = AnnounceDeposit;
	type DatasetDeposit = DatasetDeposit;
	type UnlearningDeposit = UnlearningDeposit;
	type MaxAnnouncements = MaxAnnouncements;
	type MinAnnounceBlocks = MinAnnounceBlocks;
	type AnnouncementLifetime = AnnouncementLifetime;
	type PayoutDelay = PayoutDelay;
	type UnlearningWindow = UnlearningWindow;
	type UnlearningRetention = UnlearningRetention;
	type MaxPrice = MaxPrice;
	type MaxPending = MaxPending;
}

pub const ALICE: AccountId32 = AccountId32::new([1; 32]);
pub const BOB: AccountId32 = AccountId32::new([2; 32]);
pub const CAROL: AccountId32 = AccountId32::new([3; 32]);
pub const PAUPER: AccountId32 = AccountId32::new([8; 32]);
pub const POT: AccountId32 = AccountId32::new([9; 32]);
pub const RICH: u128 = 1_000;
pub const RUN: RunId = 77;

pub fn signed(who: AccountId32) -> RuntimeOrigin {
	RuntimeOrigin::signed(who)
}

pub fn licence() -> LicenceOf<Test> {
	Licence {
		uses: uses::TRAIN | uses::EVALUATE,
		commercial: true,
		derivatives: true,
		attribution: false,
		spdx: BoundedVec::truncate_from(b"CC-BY-4.0".to_vec()),
		terms: H256::repeat_byte(6),
		valid_from: 0,
		valid_until: None,
		approval: Approval::Open,
		flat_fee: 1_000,
		price_per_record: 3,
	}
}

pub fn by_grant() -> LicenceOf<Test> {
	Licence {
		approval: Approval::ByGrant,
		..licence()
	}
}

/// What to publish of a file of `lines`, whose text begins with `name`.
pub fn args(name: &str, lines: usize) -> PublishArgsOf<Test> {
	let text = format!("{name}\n").repeat(lines);
	let kind = RecordKind::Line { header: false };
	let stream = frame([("records.txt", text.as_bytes())], kind).unwrap();
	let (body, trailer) = stream.split_at(stream.len() - CHUNK);
	let mut builder = RootBuilder::new();
	builder.update(body).unwrap();
	let (root, final_chunk) = builder.finish(trailer).unwrap();
	PublishArgs {
		root: H256(root),
		length: stream.len() as u64,
		records: lines as u64,
		salt: [4; 32],
		final_chunk,
		metadata_hash: H256::repeat_byte(5),
		uri: BoundedVec::truncate_from(b"https://data.example/croissant.json".to_vec()),
		licence: licence(),
		access: Access::Open,
		endpoint: BoundedVec::truncate_from(b"https://data.example".to_vec()),
		parent: None,
		payout: ALICE,
	}
}

pub fn commitment_of(owner: &AccountId32, args: &PublishArgsOf<Test>) -> H256 {
	commitment(&owner.clone().into(), &args.root, args.length, &args.salt)
}

pub fn announce(owner: AccountId32, args: &PublishArgsOf<Test>) -> DispatchResult {
	Catalog::announce(signed(owner.clone()), commitment_of(&owner, args))
}

pub fn publish(owner: AccountId32, args: PublishArgsOf<Test>) -> DispatchResult {
	Catalog::publish(signed(owner), Box::new(args))
}

pub fn pass_blocks(blocks: u32) {
	System::set_block_number(System::block_number() + blocks);
}

/// Announces, waits and publishes; the id of the new dataset.
pub fn published(owner: AccountId32, args: PublishArgsOf<Test>) -> DatasetId {
	let dataset = NextDatasetId::<Test>::get();
	announce(owner.clone(), &args).unwrap();
	pass_blocks(MinAnnounceBlocks::get());
	publish(owner, args).unwrap();
	dataset
}

/// ALICE's dataset of 100 records, open or by grant.
pub fn dataset_with(licence: LicenceOf<Test>) -> DatasetId {
	published(
		ALICE,
		PublishArgs {
			licence,
			..args("a record", 100)
		},
	)
}

pub struct ExtBuilder;

impl ExtBuilder {
	pub fn build_and_execute(self, test: impl FnOnce()) {
		let mut storage = frame_system::GenesisConfig::<Test>::default()
			.build_storage()
			.unwrap();
		pallet_balances::GenesisConfig::<Test> {
			balances: [ALICE, BOB, CAROL].map(|who| (who, RICH)).to_vec(),
			..Default::default()
		}
		.assimilate_storage(&mut storage)
		.unwrap();
		sp_io::TestExternalities::new(storage).execute_with(|| {
			System::set_block_number(1);
			test();
			Catalog::do_try_state().unwrap();
		});
	}
}

#[cfg(feature = "runtime-benchmarks")]
pub fn new_benchmark_ext() -> sp_io::TestExternalities {
	frame_system::GenesisConfig::<Test>::default()
		.build_storage()
		.unwrap()
		.into()
}
