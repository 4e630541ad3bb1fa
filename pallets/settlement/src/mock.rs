#![allow(
	clippy::unwrap_used,
	clippy::expect_used,
	clippy::indexing_slicing,
	clippy::arithmetic_side_effects,
	clippy::as_conversions,
	missing_docs
)]

use std::collections::BTreeMap;

use frame_support::{
	assert_ok, derive_impl,
	dispatch::{DispatchResult, DispatchResultWithPostInfo},
	ensure, parameter_types,
	storage::with_storage_layer,
	traits::{
		fungible::{NativeFromLeft, NativeOrWithId, UnionOf},
		AsEnsureOriginWithArg, Contains,
	},
	weights::Weight,
};
use frame_system::{EnsureRoot, EnsureSigned};
use guerdon_receipt::{DatasetId, PoolId, Role, RunId};
use guerdon_share_tree::{hidden, leaf_node, Leaf, Payee, Tree};
use pallet_contributions::{Ledger, Subject};
use pallet_datasets::Ownership;
use sp_runtime::{BuildStorage, DispatchError};

use crate::{
	self as pallet_settlement, AssetId, Balance, Claim, HostHasher, Opening, Purse, SettleProgress,
	SettleTerms, Treasurer,
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
/// The datasets of PUBLISHER and of ALICE.
pub const DATASET: DatasetId = 4;
pub const OTHER_DATASET: DatasetId = 5;
pub const COHORT_DEPOSIT: Balance = 1_000;
pub const MEMBER_DEPOSIT: Balance = 7;
pub const SEAL_DELAY: u64 = 100;
pub const CLAIM_WINDOW: u64 = 10_000;
/// Who gets what nobody claimed.
pub const TREASURY: AccountId = 102;
pub const MIN_FREE_CLAIM: Balance = 10 * ED;
pub const SPONSOR_START: Balance = 1_000_000_000_000 * GRD;
/// Who issues an asset, and can take it back.
pub const ISSUER: AccountId = 103;
/// Two assets, and the least of them that an account can have.
pub const USD: AssetId = 1;
pub const EUR: AssetId = 2;
pub const MIN_ASSET: Balance = 100;

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

	#[runtime::pallet_index(4)]
	pub type Assets = pallet_assets::Pallet<Test>;
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

#[derive_impl(pallet_assets::config_preludes::TestDefaultConfig)]
impl pallet_assets::Config for Test {
	type Balance = Balance;
	type Currency = Balances;
	type CreateOrigin = AsEnsureOriginWithArg<EnsureSigned<AccountId>>;
	type ForceOrigin = EnsureRoot<AccountId>;
	type Holder = ();
	type Freezer = ();
}

/// Assets that accounts can live on.
pub struct Sufficient;

impl Contains<AssetId> for Sufficient {
	fn contains(asset: &AssetId) -> bool {
		pallet_assets::Asset::<Test>::get(asset).is_some_and(|asset| asset.is_sufficient)
	}
}

#[cfg(feature = "runtime-benchmarks")]
impl crate::IssueAsset<AccountId> for Sufficient {
	fn issue(asset: AssetId, to: &AccountId, amount: Balance) {
		use frame_support::traits::fungibles::Mutate;
		if !Self::contains(&asset) {
			assert_ok!(Assets::force_create(
				RuntimeOrigin::root(),
				asset,
				ISSUER,
				true,
				1
			));
		}
		assert_ok!(<Assets as Mutate<_>>::mint_into(asset, to, amount));
	}
}

/// A dataset of the mock.
#[derive(Clone, Copy)]
pub struct Owned {
	pub owner: AccountId,
	/// Which dataset is paid for it; None while that is nobody.
	pub paid: Option<DatasetId>,
	pub is_new: bool,
}

parameter_types! {
	pub static Datasets: BTreeMap<DatasetId, Owned> = BTreeMap::from([
		(DATASET, Owned { owner: PUBLISHER, paid: Some(DATASET), is_new: true }),
		(OTHER_DATASET, Owned { owner: ALICE, paid: Some(OTHER_DATASET), is_new: true }),
	]);
	pub const CohortDeposit: Balance = COHORT_DEPOSIT;
	pub const MemberDeposit: Balance = MEMBER_DEPOSIT;
	pub const SealDelay: u64 = SEAL_DELAY;
	pub const ClaimWindow: u64 = CLAIM_WINDOW;
	pub const Treasury: AccountId = TREASURY;
	pub const MinFreeClaim: Balance = MIN_FREE_CLAIM;
	pub const FreeOverhead: Weight = Weight::from_parts(1_000, 0);
	pub static FreeLane: Weight = Weight::MAX;
}

/// Why somebody cannot name the members of a dataset.
pub const REFUSED: DispatchError = DispatchError::Other("the dataset does not take it");

pub struct Catalogue;

impl Ownership<AccountId> for Catalogue {
	fn ensure_owner(dataset: DatasetId, who: &AccountId) -> DispatchResult {
		let owned = Datasets::get().get(&dataset).copied().ok_or(REFUSED)?;
		ensure!(owned.owner == *who && owned.paid == Some(dataset), REFUSED);
		Ok(())
	}

	fn paid(dataset: DatasetId) -> Option<DatasetId> {
		Datasets::get().get(&dataset)?.paid
	}

	fn is_new(dataset: DatasetId) -> bool {
		Datasets::get()[&dataset].is_new
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn publish_for(owner: &AccountId) -> DatasetId {
		let mut datasets = Datasets::get();
		let dataset = datasets.keys().last().unwrap() + 1;
		datasets.insert(
			dataset,
			Owned {
				owner: *owner,
				paid: Some(dataset),
				is_new: true,
			},
		);
		Datasets::set(datasets);
		dataset
	}
}

/// Changes what a dataset of the mock is.
pub fn with_dataset(dataset: DatasetId, change: impl FnOnce(&mut Owned)) {
	let mut datasets = Datasets::get();
	change(datasets.get_mut(&dataset).unwrap());
	Datasets::set(datasets);
}

impl pallet_settlement::Config for Test {
	type RuntimeHoldReason = RuntimeHoldReason;
	type Currency = Balances;
	type Assets = UnionOf<Balances, Assets, NativeFromLeft, NativeOrWithId<AssetId>, AccountId>;
	type Sufficient = Sufficient;
	type AssetsOrigin = EnsureRoot<AccountId>;
	type Ledger = Contributions;
	type Datasets = Catalogue;
	type CohortDeposit = CohortDeposit;
	type MemberDeposit = MemberDeposit;
	type SealDelay = SealDelay;
	type ClaimWindow = ClaimWindow;
	type Treasury = Treasury;
	type MinFreeClaim = MinFreeClaim;
	type FreeOverhead = FreeOverhead;
	type FreeLane = FreeLane;
	type WeightInfo = crate::weights::SubstrateWeight<Test>;
	#[cfg(feature = "runtime-benchmarks")]
	type IssueAsset = Sufficient;
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
	let rich = [ALICE, BOB, CAROL, ANYONE, PUBLISHER, TREASURY].map(|who| (who, GRD));
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

/// Makes an asset of which SPONSOR has a great deal, and allows runs to be paid in it.
pub fn allow(asset: AssetId) {
	make(asset, true);
	issue(asset, Settlement::pot(), MIN_ASSET);
	issue(asset, SPONSOR, 1_000_000_000 * MIN_ASSET);
	assert_ok!(Settlement::allow_asset(
		RuntimeOrigin::root(),
		asset,
		10 * MIN_ASSET
	));
}

pub fn make(asset: AssetId, is_sufficient: bool) {
	let root = RuntimeOrigin::root();
	assert_ok!(Assets::force_create(
		root,
		asset,
		ISSUER,
		is_sufficient,
		MIN_ASSET
	));
}

pub fn issue(asset: AssetId, to: AccountId, amount: Balance) {
	assert_ok!(Assets::mint(
		RuntimeOrigin::signed(ISSUER),
		asset,
		to,
		amount
	));
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
		opening: None,
	}
}

/// So many members with an account each, from this one on, of weights 1, 2, 3, …
pub fn accounts(first: AccountId, count: u64) -> Vec<Leaf<AccountId>> {
	let mut members: Vec<_> = (0..count)
		.map(|number| Leaf {
			payee: Payee::Account(first + number),
			weight: number + 1,
		})
		.collect();
	sort(&mut members);
	members
}

/// As a list wants it.
pub fn sort(members: &mut [Leaf<AccountId>]) {
	use codec::Encode;
	members.sort_by_key(|member| member.payee.encode());
}

pub fn salt_of(account: AccountId) -> [u8; 32] {
	[account as u8; 32]
}

/// A member whom only its account and [`salt_of`] show.
pub fn secret(account: AccountId, weight: u64) -> Leaf<AccountId> {
	Leaf {
		payee: Payee::Hidden(hidden::<HostHasher, _>(&account, &salt_of(account))),
		weight,
	}
}

pub fn opening(account: AccountId) -> Option<Opening<AccountId>> {
	Some(Opening {
		account,
		salt: salt_of(account),
	})
}

pub fn open_members(dataset: DatasetId, weight: u64) -> Result<PoolId, DispatchError> {
	let pool = crate::NextPoolId::<Test>::get();
	let owner = Datasets::get()[&dataset].owner;
	Settlement::open_members(RuntimeOrigin::signed(owner), dataset, weight)?;
	Ok(pool)
}

pub fn stream(pool: PoolId, from: u64, members: &[Leaf<AccountId>]) -> DispatchResult {
	let owner = Settlement::cohort(pool).unwrap().owner;
	let members = members.to_vec().try_into().unwrap();
	Settlement::stream_members(RuntimeOrigin::signed(owner), pool, from, members)
}

pub fn seal(pool: PoolId) -> DispatchResult {
	let owner = Settlement::cohort(pool).unwrap().owner;
	Settlement::seal_members(RuntimeOrigin::signed(owner), pool)
}

pub fn abandon(pool: PoolId) -> DispatchResult {
	let owner = Settlement::cohort(pool).unwrap().owner;
	Settlement::abandon_members(RuntimeOrigin::signed(owner), pool)
}

/// A list of these members that is open.
pub fn cohort(dataset: DatasetId, weight: u64, members: &[Leaf<AccountId>]) -> PoolId {
	let pool = open_members(dataset, weight).unwrap();
	for (number, part) in members.chunks(256).enumerate() {
		assert_ok!(stream(pool, 256 * number as u64, part));
	}
	assert_ok!(seal(pool));
	pool
}

/// The tree of a pool with these leaves.
pub fn tree_of(pool: PoolId, leaves: &[Leaf<AccountId>]) -> Tree {
	let nodes = leaves.iter().zip(0..);
	let nodes = nodes.map(|(leaf, index)| leaf_node::<HostHasher, _>(pool, index, leaf));
	Tree::new::<HostHasher>(nodes.collect()).unwrap()
}

/// The claim of a member that is listed there.
pub fn member_claim(pool: PoolId, members: &[Leaf<AccountId>], index: u64) -> Claim<AccountId> {
	Claim {
		pool,
		index,
		leaf: members[index as usize].clone(),
		proof: tree_of(pool, members).prove(index).unwrap(),
		opening: None,
	}
}

/// What each leaf of a cohort with these members was due in all.
pub fn entitlements(pool: PoolId, members: &[Leaf<AccountId>]) -> Vec<Balance> {
	let funded = Settlement::cohort(pool).unwrap().funded;
	tree_of(pool, members).entitlements(funded).unwrap()
}

/// Settles a run whose budget goes to the data providers: one entry per dataset, payout account and
/// weight. Answers their pool.
pub fn datasets_pool(
	run: RunId,
	budget: Balance,
	entries: &[(DatasetId, AccountId, u64)],
	licence: &[(DatasetId, AccountId, Balance)],
) -> PoolId {
	assert_ok!(Settlement::deposit(run, Purse::Budget, &SPONSOR, budget));
	let fees = licence.iter().map(|(_, _, amount)| amount).sum();
	assert_ok!(Settlement::deposit(run, Purse::Licence, &SPONSOR, fees));
	for (dataset, payee, weight) in entries {
		let subject = Subject::Dataset(*dataset);
		assert_ok!(Contributions::record(
			run,
			Role::DataProvider,
			subject,
			payee,
			*weight
		));
	}
	for role in Role::ALL {
		assert_ok!(Contributions::close(run, role));
	}
	let terms = SettleTerms {
		split_ppm: [1_000_000, 0, 0, 0, 0],
		licence: licence.to_vec(),
		..terms()
	};
	assert_eq!(
		Settlement::settle(run, &terms, 100_000),
		Ok(SettleProgress::Done)
	);
	Settlement::run_pool(run, Role::DataProvider).unwrap()
}

/// Brings money to the members of a dataset, in a run of its own.
pub fn fund(run: RunId, dataset: DatasetId, amount: Balance) {
	let pool = datasets_pool(run, amount, &[(dataset, BOB, 1)], &[]);
	assert_ok!(claim(claim_data(pool, 0)));
}

pub fn pay_page(
	pool: PoolId,
	leaves: &[Leaf<AccountId>],
	page: u64,
) -> frame_support::dispatch::DispatchResultWithPostInfo {
	let first = page as usize * 256;
	let shown = leaves[first..leaves.len().min(first + 256)].to_vec();
	let proof = tree_of(pool, leaves).prove_page(page).unwrap();
	let shown = shown.try_into().unwrap();
	Settlement::pay_page(RuntimeOrigin::signed(ANYONE), pool, page, shown, proof)
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
		opening,
	} = claim;
	let sender = RuntimeOrigin::signed(ANYONE);
	unweighed(Settlement::claim(sender, pool, index, leaf, proof, opening))
}

/// What a call came to, without its weight.
pub fn unweighed(called: DispatchResultWithPostInfo) -> DispatchResult {
	called.map(|_| ()).map_err(|failed| failed.error)
}

pub fn claim_many(claims: Vec<Claim<AccountId>>) -> sp_runtime::DispatchResult {
	let claims = claims.try_into().unwrap();
	unweighed(Settlement::claim_many(
		RuntimeOrigin::signed(ANYONE),
		claims,
	))
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
