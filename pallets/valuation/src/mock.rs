use codec::Encode;
use frame_support::{derive_impl, parameter_types, BoundedVec};
use guerdon_receipt::{Digest, Epoch, PublicKey, Role, RunId};
use guerdon_valuation::{
	commitment, gold_commitment, test_set_commitment, AppraisalDigest, AppraisalHeader, Item,
	PointCounts, Share, UserCounts,
};
use pallet_attestors::{Discipline, Draws, Kind, Offence};
use pallet_contributions::{Ledger, Subject};
use sp_core::H256;
use sp_io::hashing::blake2_256;
use sp_runtime::{AccountId32, BuildStorage};
use std::collections::BTreeMap;

use crate as pallet_valuation;
use crate::{Appraisals as _, Link, Links, Method, Progress, Terms};

pub const RUN: RunId = 7;
pub const SALT: H256 = H256([5; 32]);
pub const TESTS: H256 = H256([6; 32]);
pub const GOLD: H256 = H256([8; 32]);
pub const WINDOW: u64 = 10;
pub const WAIT: u32 = 30;

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

	#[runtime::pallet_index(2)]
	pub type Valuation = pallet_valuation::Pallet<Test>;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlock<Test>;
	type AccountId = AccountId32;
	type Lookup = sp_runtime::traits::IdentityLookup<AccountId32>;
	type DbWeight = frame_support::weights::constants::ParityDbWeight;
}

impl pallet_contributions::Config for Test {}

impl crate::Config for Test {
	type Draws = Seats;
	type Discipline = Seats;
	type Ledger = Contributions;
	type WeightInfo = crate::weights::SubstrateWeight<Test>;
	type MinStreamBlocks = MinStreamBlocks;
}

parameter_types! {
	pub static MinStreamBlocks: u64 = 1;
	pub static CurrentEpoch: Epoch = 10;
	pub static KnownSeeds: Vec<Epoch> = (0..1000).collect();
	pub static Seated: Vec<AccountId32> = (1..=7).map(appraiser).collect();
	pub static Locks: BTreeMap<AccountId32, u32> = BTreeMap::new();
	pub static Penalties: Vec<(AccountId32, Offence)> = Vec::new();
}

/// Seven appraisers, all in force.
pub struct Seats;

impl Draws<AccountId32> for Seats {
	fn epoch() -> Epoch {
		CurrentEpoch::get()
	}
	fn wait() -> u32 {
		WAIT
	}
	fn seed(epoch: Epoch) -> Option<H256> {
		(epoch <= CurrentEpoch::get() && KnownSeeds::get().contains(&epoch))
			.then(|| H256(blake2_256(&epoch.encode())))
	}
	fn seats(_: Kind, _: Epoch) -> Vec<AccountId32> {
		Seated::get()
	}
	fn key(_: Kind, _: &AccountId32) -> Option<PublicKey> {
		None
	}
	fn is_active(_: Kind, who: &AccountId32) -> bool {
		Seated::get().contains(who)
	}
	fn payout(_: Kind, who: &AccountId32) -> Option<AccountId32> {
		Seated::get().contains(who).then(|| payout_of(who))
	}
	fn lock(_: Kind, who: &AccountId32) -> sp_runtime::DispatchResult {
		Locks::mutate(|locks| *locks.entry(who.clone()).or_default() += 1);
		Ok(())
	}
	fn unlock(_: Kind, who: &AccountId32) {
		Locks::mutate(|locks| *locks.get_mut(who).unwrap() -= 1);
	}
	#[cfg(feature = "runtime-benchmarks")]
	fn fill_seats(_: Kind, _: &[(AccountId32, PublicKey)]) {
		unimplemented!("benchmarks run on the runtime")
	}
	#[cfg(feature = "runtime-benchmarks")]
	fn set_epoch(_: Epoch) {
		unimplemented!("benchmarks run on the runtime")
	}
}

impl Discipline<AccountId32> for Seats {
	fn penalise(
		kind: Kind,
		who: &AccountId32,
		offence: Offence,
		reporter: Option<&AccountId32>,
	) -> u128 {
		assert_eq!((kind, reporter), (Kind::Appraiser, None));
		let locks = Locks::get().get(who).copied();
		assert!(locks > Some(0), "the bond of {who} may be gone");
		Penalties::mutate(|penalties| penalties.push((who.clone(), offence)));
		1
	}
}

/// Who was punished for this, in the order of the accounts.
pub fn penalised(offence: Offence) -> Vec<AccountId32> {
	let mut accounts: Vec<_> = Penalties::get()
		.into_iter()
		.filter(|(_, what)| *what == offence)
		.map(|(who, _)| who)
		.collect();
	accounts.sort();
	accounts
}

pub fn account(id: u8) -> AccountId32 {
	AccountId32::new([id; 32])
}

pub fn appraiser(id: u8) -> AccountId32 {
	account(50 + id)
}

/// Every seat is paid to an account of its own.
pub fn payout_of(appraiser: &AccountId32) -> AccountId32 {
	let id: &[u8; 32] = appraiser.as_ref();
	account(id[0] + 100)
}

pub fn sponsor() -> AccountId32 {
	account(1)
}

/// Datasets 3 and 4 with 60 and 40 records used, and two users with 10 items each.
pub fn book() {
	for (dataset, records) in [(3, 60), (4, 40)] {
		let payee = account(dataset as u8);
		Contributions::record(
			RUN,
			Role::DataProvider,
			Subject::Dataset(dataset),
			&payee,
			records,
		)
		.unwrap();
	}
	for user in [20, 21] {
		let user = account(user);
		Contributions::record(RUN, Role::User, Subject::Account(user.clone()), &user, 10).unwrap();
	}
}

pub fn terms() -> Terms<AccountId32, u64> {
	Terms {
		sponsor: sponsor(),
		method: Method::ThresholdKnn,
		classes: 2,
		test_commitment: H256(blake2_256(&test_set_commitment(&SALT.0, &TESTS.0))),
		gold_commitment: Some(H256(blake2_256(&gold_commitment(&SALT.0, &GOLD.0)))),
		appraisers: 5,
		quorum: 4,
		exclude: vec![sponsor(), account(3)],
		reveal_window: WINDOW,
		commit_window: WINDOW,
		uncover_window: WINDOW,
		vested: vec![(3, 600), (4, 1_000)],
	}
}

pub fn origin(who: AccountId32) -> RuntimeOrigin {
	RuntimeOrigin::signed(who)
}

pub fn reveal_tests() {
	Valuation::reveal_tests(
		origin(sponsor()),
		RUN,
		TESTS,
		SALT,
		Some((GOLD, SALT)),
		BoundedVec::default(),
	)
	.unwrap();
}

/// Lets the epoch of the draw come and draws.
pub fn draw() -> Vec<AccountId32> {
	CurrentEpoch::mutate(|epoch| *epoch += 2);
	assert_eq!(Valuation::advance(RUN), Ok(Progress::Moved));
	crate::Runs::<Test>::get(RUN)
		.unwrap()
		.appraisers
		.into_inner()
}

/// Points at which dataset 3 is right more often than 4; user 20 right 4 of 4, user 21 2 of 4.
pub fn appraisal() -> (AppraisalHeader, Vec<Item>) {
	let point = |three: (u32, u32), four: (u32, u32)| {
		let shares = [(3, three), (4, four)]
			.into_iter()
			.filter(|(_, (with, without))| with + without > 0)
			.map(|(dataset, (with_label, without_label))| Share {
				dataset,
				with_label,
				without_label,
			})
			.collect::<Vec<_>>();
		Item::Point(PointCounts {
			in_ball: three.0 + three.1 + four.0 + four.1,
			same_label: three.0 + four.0,
			shares: shares.try_into().unwrap(),
		})
	};
	let user = |id: u8, right| {
		Item::User(UserCounts {
			user: [id; 32],
			answered: 4,
			right,
		})
	};
	let items = vec![
		point((8, 1), (3, 3)),
		point((5, 0), (0, 1)),
		point((0, 0), (0, 0)),
		user(20, 4),
		user(21, 2),
	];
	(
		AppraisalHeader {
			run: RUN,
			points: 3,
			users: 2,
			tau2: 90,
			rho2: 1,
		},
		items,
	)
}

/// Digest of the whole, and the links from the last item to the first.
pub fn links(header: &AppraisalHeader, items: &[Item]) -> (Digest, Links) {
	let mut running = AppraisalDigest::new(header, blake2_256);
	let mut links = Vec::new();
	let mut previous = blake2_256(&[guerdon_valuation::DOMAIN, &header.encode()].concat());
	for item in items {
		links.push(Link {
			previous,
			item: item.clone(),
		});
		previous = blake2_256(&[&previous[..], &item.encode()].concat());
		running.push(item, blake2_256).unwrap();
	}
	assert_eq!(running.finish(), Ok(previous));
	links.reverse();
	(previous, links.try_into().unwrap())
}

pub fn commit(who: &AccountId32, digest: Digest) {
	let who_bytes: [u8; 32] = who.clone().into();
	let hash = H256(blake2_256(&commitment(RUN, &who_bytes, &SALT.0, &digest)));
	Valuation::commit(origin(who.clone()), RUN, hash).unwrap();
}

pub fn reveal(who: &AccountId32, digest: Digest) {
	Valuation::reveal(origin(who.clone()), RUN, SALT, digest).unwrap();
}

/// Everything up to the phase in which counts are streamed.
pub fn agree() -> (AppraisalHeader, Links) {
	let (header, items) = appraisal();
	let (digest, links) = links(&header, &items);
	reveal_tests();
	let drawn = draw();
	drawn.iter().for_each(|who| commit(who, digest));
	drawn.iter().for_each(|who| reveal(who, digest));
	(header, links)
}

pub fn pass(blocks: u64) {
	System::set_block_number(System::block_number() + blocks);
}

pub fn weights(role: Role) -> Vec<u64> {
	(0..Contributions::table(RUN, role).count)
		.map(|index| Contributions::entry(RUN, role, index).unwrap().weight)
		.collect()
}

/// Runs `test` with an open appraisal and checks every invariant after it.
pub fn opened_and_execute(test: impl FnOnce()) {
	build_and_execute(|| {
		book();
		Valuation::open(RUN, terms()).unwrap();
		test();
	});
}

pub fn build_and_execute(test: impl FnOnce()) {
	corrupt_and_execute(|| {
		test();
		Valuation::do_try_state().unwrap();
	});
}

/// Does not check the invariants, for tests that break one.
pub fn corrupt_and_execute(test: impl FnOnce()) {
	let storage = frame_system::GenesisConfig::<Test>::default()
		.build_storage()
		.unwrap();
	sp_io::TestExternalities::from(storage).execute_with(|| {
		CurrentEpoch::set(10);
		KnownSeeds::set((0..1000).collect());
		Seated::set((1..=7).map(appraiser).collect());
		Locks::set(BTreeMap::new());
		Penalties::set(Vec::new());
		System::set_block_number(1);
		test();
	});
}
