use crate as pallet_training;
use crate::*;
use codec::{Decode, Encode};
use frame_support::{
	derive_impl,
	dispatch::DispatchResult,
	storage::unhashed,
	traits::{
		fungible::{
			hold::{Inspect as _, Mutate as _},
			Mutate,
		},
		tokens::{
			Fortitude, Precision,
			Preservation::{Expendable, Preserve},
			Restriction,
		},
		ConstU128, ConstU32, ConstU8,
	},
	BoundedVec,
};
use guerdon_receipt::{
	possession_bytes, sign, Attestation, DatasetId, Digest, Epoch, PublicKey, Receipt, Role, RunId,
	SignedAttestation, TaskIndex,
};
use guerdon_valuation::FeatureSpec;
use pallet_attestors::Kind;
use pallet_contributions::{Entry, Subject, Table};
use pallet_datasets::Approval;
use pallet_settlement::{AssetId, Purse, SettleProgress, SettleTerms};
use pallet_valuation::{Basis, Method, Progress};
use sp_core::{ed25519, Pair, H256};
use sp_runtime::{
	traits::{Dispatchable, IdentityLookup},
	AccountId32, BuildStorage, DispatchError,
};
use std::collections::{BTreeMap, BTreeSet};

mod world;
pub use world::*;

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
	#[runtime::pallet_index(42)]
	pub type Training = pallet_training;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlockU32<Test>;
	type AccountId = AccountId32;
	type Lookup = IdentityLookup<AccountId32>;
	type AccountData = pallet_balances::AccountData<u128>;
	type DbWeight = frame_support::weights::constants::ParityDbWeight;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type Balance = u128;
	type ExistentialDeposit = ConstU128<1>;
	type AccountStore = System;
}

/// Everything that is lost goes to one account.
pub struct Lost;

impl Forfeits<AccountId32> for Lost {
	fn forfeit(reason: HoldReason, who: &AccountId32, amount: u128) -> DispatchResult {
		Balances::transfer_on_hold(
			&reason.into(),
			who,
			&TREASURY,
			amount,
			Precision::Exact,
			Restriction::Free,
			Fortitude::Force,
		)
		.map(|_| ())
	}
}

impl Config for Test {
	type WeightInfo = weights::SubstrateWeight<Test>;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Currency = Balances;
	type Catalogue = Fakes;
	type Draws = Fakes;
	type Ledger = Fakes;
	type Appraisals = Fakes;
	type Treasurer = Fakes;
	type Forfeits = Lost;
	type RunDeposit = ConstU128<1_000>;
	type UseDeposit = ConstU128<7>;
	type LockDeposit = ConstU128<2>;
	type MaxLocks = ConstU32<50>;
	type TaskDeposit = ConstU128<10>;
	type PlaceDeposit = ConstU128<3>;
	type EnrolmentDeposit = ConstU128<500>;
	type CommitteeDeposit = ConstU128<40>;
	type MaxPurse = ConstU128<20>;
	type KillFeePpm = ConstU32<10_001>;
	type MinWindow = ConstU32<1>;
	type MaxWindow = ConstU32<1_000>;
	type MaxTasksPerRound = ConstU32<64>;
	type MaxTasksPerRun = ConstU32<200>;
	type MaxAttempts = ConstU8<3>;
	type MaxStrikes = ConstU8<4>;
	type MinAppraisers = ConstU8<3>;
	type MaxAppraisers = ConstU8<15>;
	type RetentionBlocks = ConstU32<50>;
	type MinTippedLimit = ConstU32<4>;
}

pub const SPONSOR: AccountId32 = AccountId32::new([1; 32]);
pub const OWNER_A: AccountId32 = AccountId32::new([10; 32]);
pub const OWNER_B: AccountId32 = AccountId32::new([11; 32]);
pub const TRAINER: AccountId32 = AccountId32::new([20; 32]);
pub const TRAINER_B: AccountId32 = AccountId32::new([21; 32]);
pub const USER: AccountId32 = AccountId32::new([30; 32]);
pub const PASSER: AccountId32 = AccountId32::new([50; 32]);
pub const POT: AccountId32 = AccountId32::new([90; 32]);
pub const TREASURY: AccountId32 = AccountId32::new([91; 32]);
pub const RICH: u128 = 10_000_000;
pub const LIMIT: u32 = 32;
/// What an invitation gives along.
pub const PURSE: u128 = 15;

pub fn attestor(number: u8) -> AccountId32 {
	AccountId32::new([40 + number; 32])
}

/// Where the money of `who` goes.
pub fn payout_of(who: &AccountId32) -> AccountId32 {
	let bytes: &[u8; 32] = who.as_ref();
	AccountId32::new([bytes[0] + 100; 32])
}

pub fn signing_key(who: &AccountId32) -> sign::SigningKey {
	let bytes: &[u8; 32] = who.as_ref();
	sign::SigningKey::from_bytes(bytes)
}

pub fn key_of(who: &AccountId32) -> PublicKey {
	sign::public_key(&signing_key(who))
}

pub fn genesis() -> Digest {
	System::block_hash(0).0
}

pub fn possession_of(who: &AccountId32) -> [u8; 64] {
	let account: [u8; 32] = who.clone().into();
	let pair = ed25519::Pair::from_seed(who.as_ref());
	pair.sign(&possession_bytes(&genesis(), &account, &key_of(who)))
		.0
}

fn dataset(owner: AccountId32, records: u64, approval: Approval) -> FakeDataset {
	FakeDataset {
		terms: pallet_datasets::Terms {
			payout: payout_of(&owner),
			owner,
			root: H256::repeat_byte(7),
			length: 4_096,
			records,
			priority: 1,
			approval,
			flat_fee: 100,
			price_per_record: 3,
		},
		usable: true,
		may_deal: true,
		granted: BTreeSet::new(),
		users: BTreeSet::new(),
	}
}

/// Runs a test in a chain with two datasets and eight attestors, then checks the state.
pub fn test(body: impl FnOnce()) {
	let mut storage = frame_system::GenesisConfig::<Test>::default()
		.build_storage()
		.unwrap();
	let rich = [
		SPONSOR, OWNER_A, OWNER_B, TRAINER, TRAINER_B, USER, PASSER, POT,
	];
	pallet_balances::GenesisConfig::<Test> {
		balances: rich.into_iter().map(|who| (who, RICH)).collect(),
		..Default::default()
	}
	.assimilate_storage(&mut storage)
	.unwrap();
	let mut ext = sp_io::TestExternalities::from(storage);
	ext.execute_with(|| {
		frame_system::BlockHash::<Test>::insert(0, H256::repeat_byte(9));
		System::set_block_number(1);
		change(|world| {
			world.epoch = 10;
			world.seats = (0..8).map(attestor).collect();
			world
				.datasets
				.insert(1, dataset(OWNER_A, 40, Approval::Open));
			world
				.datasets
				.insert(2, dataset(OWNER_B, 32, Approval::ByGrant));
		});
		body();
		Training::do_try_state().unwrap();
	});
}

/// Two datasets in four tasks a round, two rounds, two of three attestors.
pub fn plan() -> PlanOf<Test> {
	RunPlan {
		program: H256::repeat_byte(1),
		config: H256::repeat_byte(2),
		features: FeatureSpec::TextTrigrams { classes: 2 },
		validation: H256::repeat_byte(3),
		initial_model: H256::repeat_byte(4),
		test_commitment: H256::repeat_byte(5),
		datasets: BoundedVec::truncate_from(vec![1, 2]),
		records_per_task: 20,
		passes: 3,
		rounds: 2,
		aggregate_units: 5,
		feedback: Some(FeedbackPlan {
			batches: 2,
			items_per_batch: 10,
			gold_commitment: H256::repeat_byte(6),
		}),
		asset: None,
		budget: 100_000,
		split_ppm: [400_000, 400_000, 100_000, 50_000, 50_000],
		max_licence: 416,
		bond: 10_000,
		tip: 100,
		tip_per_advance: 7,
		committee: 3,
		quorum: 2,
		samples: 4,
		max_enrolments: 3,
		appraisers: 5,
		appraiser_quorum: 3,
		method: Method::ThresholdKnn,
		windows: Windows {
			grant: 10,
			enrol: 10,
			task: 20,
			work: 500,
			test_reveal: 10,
			appraise_commit: 10,
			appraise_reveal: 10,
			challenge: 10,
		},
		endpoint: BoundedVec::truncate_from(b"http://sponsor".to_vec()),
	}
}

/// Sends a call as a block would: all of it, or nothing.
pub fn send(who: AccountId32, call: pallet_training::Call<Test>) -> DispatchResult {
	let call = RuntimeCall::Training(call);
	call.dispatch(RuntimeOrigin::signed(who))
		.map(|_| ())
		.map_err(|failed| failed.error)
}

pub fn propose(plan: PlanOf<Test>) -> DispatchResult {
	send(
		SPONSOR,
		pallet_training::Call::propose {
			plan: Box::new(plan),
		},
	)
}

pub fn advance() -> DispatchResult {
	send(
		PASSER,
		pallet_training::Call::advance {
			run: 0,
			limit: LIMIT,
		},
	)
}

pub fn deal() -> DispatchResult {
	send(
		PASSER,
		pallet_training::Call::deal {
			run: 0,
			limit: LIMIT,
		},
	)
}

pub fn prune() -> DispatchResult {
	send(
		PASSER,
		pallet_training::Call::prune {
			run: 0,
			limit: LIMIT,
		},
	)
}

pub fn request(who: AccountId32, task: TaskIndex) -> DispatchResult {
	send(
		who,
		pallet_training::Call::request_committee { run: 0, task },
	)
}

pub fn invite(inviter: AccountId32, who: AccountId32, role: Role) -> DispatchResult {
	let call = pallet_training::Call::invite {
		run: 0,
		who,
		role,
		purse: PURSE,
	};
	send(inviter, call)
}

pub fn withdraw_invitation(inviter: AccountId32, who: AccountId32) -> DispatchResult {
	send(
		inviter,
		pallet_training::Call::withdraw_invitation { run: 0, who },
	)
}

pub fn enrol(who: AccountId32, role: Role) -> DispatchResult {
	let call = pallet_training::Call::enrol {
		run: 0,
		role,
		key: key_of(&who),
		possession: possession_of(&who),
		payout: payout_of(&who),
		endpoint: BoundedVec::truncate_from(b"http://trainer".to_vec()),
	};
	send(who, call)
}

pub fn post_feedback(items: u32) -> DispatchResult {
	let number = Runs::<Test>::get(0).map_or(0, |run| run.feedback_posted);
	post_feedback_as(SPONSOR, number, items)
}

pub fn post_feedback_as(who: AccountId32, number: u32, items: u32) -> DispatchResult {
	let call = pallet_training::Call::post_feedback {
		run: 0,
		number,
		items_root: H256::repeat_byte(8),
		items,
	};
	send(who, call)
}

pub fn run() -> RunOf<Test> {
	Runs::<Test>::get(0).unwrap()
}

pub fn task(index: TaskIndex) -> TaskOf<Test> {
	Tasks::<Test>::get(0, index).unwrap()
}

pub fn pass_deadline() {
	System::set_block_number(run().deadline + 1);
}

pub fn skip_epochs(epochs: Epoch) {
	change(|world| world.epoch += epochs);
}

/// A run that enrols, with both datasets.
pub fn enrolling() {
	enrolling_with(plan());
}

/// The same with another plan.
pub fn enrolling_with(plan: PlanOf<Test>) {
	propose(plan).unwrap();
	change(|world| world.datasets.get_mut(&2).unwrap().granted.insert(0));
	advance().unwrap();
	assert_eq!(run().state, State::Enrolling);
}

/// A run that works, with two trainers and a user, before anything is dealt.
pub fn working() {
	enrolling();
	all_enrolled();
}

/// Two trainers and a user enrol, and the work begins.
fn all_enrolled() {
	enrol(TRAINER, Role::Trainer).unwrap();
	enrol(TRAINER_B, Role::Trainer).unwrap();
	enrol(USER, Role::User).unwrap();
	pass_deadline();
	advance().unwrap();
	assert_eq!(run().state, State::Working);
}

/// A run whose first round is dealt: tasks 0 to 3 are open.
pub fn dealt() {
	enrolling();
	all_at_work();
}

/// From enrolling to a round that is dealt.
pub fn all_at_work() {
	all_enrolled();
	skip_epochs(2);
	deal().unwrap();
	assert_eq!(run().stage, Stage::Training);
}

/// The last block in which the committee of a task still has its time.
pub fn half(index: TaskIndex) -> u32 {
	task(index).deadline - plan().windows.task / 2 - 1
}

/// Half of the window of a task has passed, and its contributor asks for another committee.
pub fn requested(index: TaskIndex) {
	System::set_block_number(half(index) + 1);
	request(task(index).contributor, index).unwrap();
}

/// What is held from an account for a reason.
pub fn held(reason: HoldReason, who: &AccountId32) -> u128 {
	Balances::balance_on_hold(&reason.into(), who)
}

/// A receipt that is right for a task.
pub fn receipt(index: TaskIndex) -> Receipt {
	let task = task(index);
	Receipt {
		version: 1,
		genesis: genesis(),
		run: 0,
		task: index,
		contributor: task.contributor.into(),
		base_model: task.base_model,
		result: [index as u8 + 100; 32],
		steps: 6,
		evidence: [1; 32],
		metric_before: 100_000,
		metric_after: 200_000,
		valid_until: 100_000,
	}
}

pub fn attest(receipt: &Receipt, who: &AccountId32) -> SignedAttestation {
	let attestation = Attestation {
		receipt: receipt.id(),
		attestor: who.clone().into(),
		states: [who.as_ref() as &[u8; 32]][0].to_owned(),
	};
	sign::sign_attestation(&signing_key(who), &attestation)
}

/// The receipt, signed by its contributor and by these attestors.
pub fn signed(receipt: Receipt, attestors: &[AccountId32]) -> Submission {
	let contributor = AccountId32::from(receipt.contributor);
	Submission {
		signature: sign::sign_receipt(&signing_key(&contributor), &receipt),
		attestations: BoundedVec::truncate_from(
			attestors.iter().map(|who| attest(&receipt, who)).collect(),
		),
		receipt,
	}
}

/// A submission that is accepted: signed by the first two of the committee.
pub fn good(index: TaskIndex) -> Submission {
	signed(receipt(index), &task(index).committee[..2])
}

pub fn submit(items: Vec<Submission>) -> DispatchResult {
	let items = BoundedVec::truncate_from(items);
	send(PASSER, pallet_training::Call::submit { run: 0, items })
}

/// Hands in good receipts for these tasks; all are accepted.
pub fn deliver(tasks: impl IntoIterator<Item = TaskIndex>) {
	for index in tasks {
		submit(vec![good(index)]).unwrap();
		assert!(
			matches!(task(index).state, TaskState::Done { .. }),
			"task {index}"
		);
	}
}

/// Deals and delivers everything until the rounds are over.
pub fn all_rounds() {
	for round in 0..plan().rounds {
		skip_epochs(2);
		let first = run().next_task;
		deal().unwrap();
		deliver(first..run().next_task);
		advance().unwrap();
		assert_eq!(run().stage, Stage::Aggregating);
		skip_epochs(2);
		let aggregate = run().next_task;
		deal().unwrap();
		deliver([aggregate]);
		assert_eq!(run().round, round + 1);
	}
	assert_eq!(run().stage, Stage::Finishing);
}

/// A run whose work is over and that is being appraised.
pub fn appraising() {
	working();
	all_rounds();
	pass_deadline();
	advance().unwrap();
	assert_eq!(run().state, State::Appraising);
}

/// A run that is settled.
pub fn settled() {
	appraising();
	change(|world| world.appraised = Some((true, Basis::Scores)));
	advance().unwrap();
	pass_deadline();
	advance().unwrap();
	advance().unwrap();
	assert_eq!(run().state, State::Settled);
}

pub fn refusals() -> Vec<Refusal> {
	System::events()
		.into_iter()
		.filter_map(|record| match record.event {
			RuntimeEvent::Training(Event::ReceiptRefused { reason, .. }) => Some(reason),
			_ => None,
		})
		.collect()
}

pub fn happened(wanted: impl Fn(&Event<Test>) -> bool) -> usize {
	System::events()
		.into_iter()
		.filter(|record| matches!(&record.event, RuntimeEvent::Training(event) if wanted(event)))
		.count()
}
