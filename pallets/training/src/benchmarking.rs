//! Benchmarks of every call, each at its dearest: as many datasets, enrolments and seats as a run
//! can have. What the neighbours do in `advance` is benchmarked by them.

#![allow(
	missing_docs,
	clippy::arithmetic_side_effects,
	clippy::as_conversions,
	clippy::expect_used,
	clippy::float_arithmetic,
	clippy::indexing_slicing,
	clippy::panic,
	clippy::unwrap_used,
	reason = "never part of a chain's runtime"
)]

use crate::{
	pallet::*,
	types::{Task, *},
};
use alloc::{boxed::Box, vec, vec::Vec};
use frame_benchmarking::v2::*;
use frame_support::{
	traits::{
		fungible::{hold::Mutate as _, Mutate},
		Get,
	},
	BoundedVec,
};
use frame_system::{pallet_prelude::BlockNumberFor, Pallet as System, RawOrigin};
use guerdon_receipt::{
	possession_bytes, AccountBytes, Attestation, DatasetId, Epoch, PublicKey, Receipt, Role, RunId,
	Signature, SignedAttestation, TaskIndex, Work, RECEIPT_VERSION,
};
use guerdon_valuation::{Column, FeatureSpec};
use pallet_attestors::{Draws, Kind};
use pallet_contributions::{Ledger, Subject};
use pallet_datasets::{Approval, Catalogue};
use pallet_settlement::{SettleTerms, Treasurer};
use pallet_valuation::Method;
use sp_core::{crypto::KeyTypeId, ed25519, H256};

const KEYS: KeyTypeId = KeyTypeId(*b"bnch");
const RUN: RunId = 0;
const GRD: Balance = 1_000_000_000_000;
/// The epoch whose seed draws.
const EPOCH: Epoch = 7;
/// As many things as the benchmarks let a call look at.
const LIMIT: u32 = 64;

fn rich<T: Config>(name: &'static str, index: u32) -> T::AccountId
where
	T::Currency: Mutate<T::AccountId>,
{
	let who: T::AccountId = account(name, index, 0);
	T::Currency::set_balance(&who, 1_000_000_000 * GRD);
	who
}

fn sponsor<T: Config>() -> T::AccountId {
	account("sponsor", 0, 0)
}

fn anyone<T: Config>() -> RawOrigin<T::AccountId> {
	RawOrigin::Signed(account("anyone", 0, 0))
}

fn endpoint() -> Endpoint {
	Endpoint::truncate_from(vec![b'e'; 128])
}

fn bytes<T: Config>(who: &T::AccountId) -> AccountBytes {
	who.clone().into()
}

/// `count` datasets of different owners; the last one makes up a full round.
fn datasets<T: Config>(count: u32, approval: Approval) -> Vec<DatasetId> {
	(0..count)
		.map(|index| {
			let records = if index + 1 == count {
				T::MaxTasksPerRound::get() - index
			} else {
				1
			};
			T::Catalogue::publish(&account("owner", index, 0), records.into(), approval)
		})
		.collect()
}

/// The longest plan there is: one record per task, and the method that needs no more of them.
fn plan<T: Config>(count: u32, approval: Approval) -> PlanOf<T> {
	let columns: Vec<_> = (0..guerdon_valuation::MAX_FEATURES)
		.map(|index| Column {
			index: index as u16,
			decimals: 0,
			min: 0,
			max: 1,
		})
		.collect();
	let window: BlockNumberFor<T> = T::MaxWindow::get();
	RunPlan {
		program: H256::zero(),
		config: H256::zero(),
		features: FeatureSpec::Csv {
			columns: columns.try_into().unwrap(),
			label: 1_000,
			classes: 2,
			header: true,
		},
		validation: H256::zero(),
		initial_model: H256::zero(),
		test_commitment: H256::zero(),
		datasets: BoundedVec::truncate_from(datasets::<T>(count, approval)),
		records_per_task: 1,
		passes: 1,
		rounds: 1,
		aggregate_units: 1,
		feedback: Some(FeedbackPlan {
			batches: LIMIT,
			items_per_batch: 100,
			gold_commitment: H256::zero(),
		}),
		asset: None,
		budget: 1_000_000 * GRD,
		split_ppm: [200_000; 5],
		max_licence: 1_000 * GRD,
		bond: 100_000 * GRD,
		tip: 1_000 * GRD,
		tip_per_advance: GRD,
		committee: MAX_COMMITTEE as u8,
		quorum: MAX_COMMITTEE as u8 / 2 + 1,
		samples: 1,
		max_enrolments: MAX_ENROLMENTS,
		appraisers: T::MaxAppraisers::get(),
		appraiser_quorum: T::MaxAppraisers::get() / 2 + 1,
		method: Method::LicencePrice,
		windows: Windows {
			grant: window,
			enrol: window,
			task: window / 2u32.into(),
			work: window,
			test_reveal: window,
			appraise_commit: window,
			appraise_reveal: window,
			challenge: window,
		},
		endpoint: endpoint(),
	}
}

fn proposed<T: Config>(approval: Approval) -> PlanOf<T>
where
	T::Currency: Mutate<T::AccountId>,
{
	let plan = plan::<T>(MAX_DATASETS, approval);
	let sponsor = rich::<T>("sponsor", 0);
	Pallet::<T>::propose(RawOrigin::Signed(sponsor).into(), Box::new(plan.clone())).unwrap();
	plan
}

fn change<T: Config>(how: impl FnOnce(&mut RunOf<T>)) {
	Runs::<T>::mutate(RUN, |run| how(run.as_mut().unwrap()));
}

fn state<T: Config>() -> State {
	Runs::<T>::get(RUN).unwrap().state
}

/// The first block after the deadline of the run's state.
fn pass_deadline<T: Config>() {
	let deadline = Runs::<T>::get(RUN).unwrap().deadline;
	System::<T>::set_block_number(deadline + 1u32.into());
}

fn enrol_one<T: Config>(index: u32, role: Role, key: PublicKey) -> T::AccountId
where
	T::Currency: Mutate<T::AccountId>,
{
	let who = rich::<T>("worker", index);
	let deposit = T::EnrolmentDeposit::get();
	T::Currency::hold(&HoldReason::Enrolment.into(), &who, deposit).unwrap();
	let enrolment = Enrolment {
		role,
		key,
		payout: account("payout", index, 0),
		endpoint: endpoint(),
		dealt: 1,
		accepted: 0,
		strikes: T::MaxStrikes::get() - 1,
	};
	Enrolments::<T>::insert(RUN, &who, enrolment);
	let paid = EnrolmentDeposit {
		payer: who.clone(),
		amount: deposit,
	};
	EnrolmentDeposits::<T>::insert(RUN, &who, paid);
	Rosters::<T>::mutate(RUN, role, |roster| roster.try_push(who.clone())).unwrap();
	change::<T>(|run| run.enrolled += 1);
	who
}

/// A run that enrols, with `count` enrolled.
fn enrolling<T: Config>(count: u32, role: Role) -> PlanOf<T>
where
	T::Currency: Mutate<T::AccountId>,
{
	let plan = proposed::<T>(Approval::Open);
	Pallet::<T>::advance(anyone::<T>().into(), RUN, LIMIT).unwrap();
	for index in 0..count {
		enrol_one::<T>(index, role, [0; 32]);
	}
	plan
}

/// A run at the start of its round, with every seat taken and the seed known.
fn working<T: Config>(count: u32) -> PlanOf<T>
where
	T::Currency: Mutate<T::AccountId>,
{
	let plan = enrolling::<T>(count, Role::Trainer);
	begin_work::<T>();
	plan
}

fn begin_work<T: Config>() {
	pass_deadline::<T>();
	Pallet::<T>::advance(anyone::<T>().into(), RUN, LIMIT).unwrap();
	T::Draws::fill_seats(Kind::Attestor, &[]);
	(1..=EPOCH).for_each(T::Draws::set_epoch);
	change::<T>(|run| run.draw_epoch = EPOCH);
}

fn work(plan_dataset: DatasetId) -> Work {
	Work::Train {
		dataset: plan_dataset,
		first: 0,
		count: 1,
		passes: 1,
	}
}

/// A task that is open.
fn task<T: Config>(work: Work, who: &T::AccountId, committee: &[T::AccountId]) -> TaskOf<T> {
	let run = Runs::<T>::get(RUN).unwrap();
	Task {
		work,
		round: 0,
		units: 1,
		contributor: who.clone(),
		committee: BoundedVec::truncate_from(committee.to_vec()),
		epoch: EPOCH,
		base_model: run.model,
		deadline: run.deadline,
		attempt: 1,
		replaces: None,
		state: TaskState::Open,
	}
}

/// Holds the deposit for another committee from the contributor of a task.
fn hold_for_committee<T: Config>(index: TaskIndex, who: &T::AccountId) {
	let deposit = T::CommitteeDeposit::get();
	T::Currency::hold(&HoldReason::Committee.into(), who, deposit).unwrap();
	CommitteeDeposits::<T>::insert(RUN, index, deposit);
}

/// `count` tasks, one for each of the first enrolled, on a dataset of its own; each is the second one of
/// its attempt.
fn tasks<T: Config>(plan: &PlanOf<T>, count: u32, committee: &[T::AccountId]) {
	for index in 0..count {
		let who: T::AccountId = account("worker", index, 0);
		let mut task = task::<T>(work(plan.datasets[index as usize]), &who, committee);
		task.replaces = Some(index);
		Tasks::<T>::insert(RUN, index, task);
		hold_for_committee::<T>(index, &who);
	}
	change::<T>(|run| {
		run.next_task = count;
		run.round_open = count;
		run.stage = Stage::Training;
	});
}

fn new_key() -> PublicKey {
	sp_io::crypto::ed25519_generate(KEYS, None).0
}

fn sign(key: &PublicKey, message: &[u8]) -> Signature {
	let key = ed25519::Public::from_raw(*key);
	sp_io::crypto::ed25519_sign(KEYS, &key, message).unwrap().0
}

/// A receipt for a task, signed by its contributor and by these attestors.
fn submission<T: Config>(
	index: TaskIndex,
	key: &PublicKey,
	attestors: &[(T::AccountId, PublicKey)],
) -> Submission {
	let task = Tasks::<T>::get(RUN, index).unwrap();
	let receipt = Receipt {
		version: RECEIPT_VERSION,
		genesis: Pallet::<T>::genesis(),
		run: RUN,
		task: index,
		contributor: bytes::<T>(&task.contributor),
		base_model: task.base_model,
		result: [1; 32],
		steps: 1,
		evidence: [2; 32],
		metric_before: 0,
		metric_after: 1,
		valid_until: u32::MAX,
	};
	let attestations = attestors.iter().map(|(who, key)| {
		let attestation = Attestation {
			receipt: receipt.id(),
			attestor: bytes::<T>(who),
			states: [3; 32],
		};
		SignedAttestation {
			attestor: attestation.attestor,
			states: attestation.states,
			signature: sign(key, &attestation.pae()),
		}
	});
	Submission {
		signature: sign(key, &receipt.pae()),
		attestations: BoundedVec::truncate_from(attestations.collect()),
		receipt,
	}
}

/// A working run with `count` open tasks and as many attestors in the committee of each; answers a
/// receipt for each task, attested by all of them.
fn submissions<T: Config>(count: u32, attestors: u32) -> Submissions
where
	T::Currency: Mutate<T::AccountId>,
{
	let plan = enrolling::<T>(0, Role::Trainer);
	let keys: Vec<_> = (0..count).map(|_| new_key()).collect();
	for (index, key) in (0..).zip(&keys) {
		enrol_one::<T>(index, Role::Trainer, *key);
	}
	begin_work::<T>();
	let seats: Vec<_> = (0..attestors)
		.map(|index| (account("attestor", index, 0), new_key()))
		.collect();
	T::Draws::fill_seats(Kind::Attestor, &seats);
	let committee: Vec<_> = seats.iter().map(|(who, _)| who.clone()).collect();
	tasks::<T>(&plan, count, &committee);
	Plans::<T>::mutate(RUN, |plan| plan.as_mut().unwrap().quorum = 1);
	let items = (0..)
		.zip(&keys)
		.map(|(index, key)| submission::<T>(index, key, &seats));
	BoundedVec::truncate_from(items.collect())
}

/// Makes every dataset of a run used and everybody a contributor.
fn book<T: Config>(plan: &PlanOf<T>) {
	for dataset in &plan.datasets {
		RunDatasets::<T>::mutate(RUN, dataset, |kept| {
			let kept = kept.as_mut().unwrap();
			kept.used = 1;
			let subject = Subject::Dataset(*dataset);
			T::Ledger::record(RUN, Role::DataProvider, subject, &kept.payout, 1).unwrap();
		});
	}
	for (who, enrolment) in Enrolments::<T>::iter_prefix(RUN) {
		let subject = Subject::Account(who);
		T::Ledger::record(RUN, Role::User, subject, &enrolment.payout, 1).unwrap();
	}
	change::<T>(|run| run.accepted = 1);
}

fn accepted<T: Config>() -> u32 {
	Runs::<T>::get(RUN).unwrap().accepted
}

#[benchmarks(where T::Currency: Mutate<T::AccountId>)]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn propose(d: Linear<1, MAX_DATASETS>) {
		let plan = plan::<T>(d, Approval::ByGrant);
		let sponsor = rich::<T>("sponsor", 0);
		#[extrinsic_call]
		_(RawOrigin::Signed(sponsor), Box::new(plan));
		assert_eq!(state::<T>(), State::Proposed);
	}

	/// No owner has answered: every dataset is dropped and the run is cancelled.
	#[benchmark]
	fn advance_proposed() {
		proposed::<T>(Approval::ByGrant);
		pass_deadline::<T>();
		#[extrinsic_call]
		advance(anyone::<T>(), RUN, LIMIT);
		assert_eq!(state::<T>(), State::Cancelled);
	}

	/// The work is over; the appraisal falls back to prices at once, over all datasets and users.
	#[benchmark]
	fn advance_working() {
		let plan = enrolling::<T>(MAX_ENROLMENTS, Role::User);
		book::<T>(&plan);
		change::<T>(|run| {
			run.state = State::Working;
			run.stage = Stage::Failed;
		});
		#[extrinsic_call]
		advance(anyone::<T>(), RUN, LIMIT);
		assert_eq!(state::<T>(), State::Appraising);
	}

	/// Tasks that were missed, each by an account that is struck off for it.
	#[benchmark]
	fn advance_missed(n: Linear<1, LIMIT>) {
		let plan = working::<T>(MAX_ENROLMENTS);
		tasks::<T>(&plan, n, &[]);
		change::<T>(|run| run.deadline += 10u32.into());
		System::<T>::set_block_number(Tasks::<T>::get(RUN, 0).unwrap().deadline + 1u32.into());
		#[extrinsic_call]
		advance(anyone::<T>(), RUN, LIMIT);
		assert_eq!(Runs::<T>::get(RUN).unwrap().queue_tail, n);
	}

	/// Every dataset is paid to another account than when its records were used.
	#[benchmark]
	fn advance_challenge() {
		let plan = enrolling::<T>(1, Role::User);
		for (index, dataset) in (0..).zip(&plan.datasets) {
			RunDatasets::<T>::mutate(RUN, dataset, |kept| {
				kept.as_mut().unwrap().payout = account("before", index, 0);
			});
		}
		book::<T>(&plan);
		change::<T>(|run| run.state = State::Challenge);
		pass_deadline::<T>();
		#[extrinsic_call]
		advance(anyone::<T>(), RUN, LIMIT);
		assert_eq!(state::<T>(), State::Settling);
	}

	/// The last step of a settlement, without what the treasurer does.
	#[benchmark]
	fn advance_settling() {
		let plan = enrolling::<T>(1, Role::User);
		book::<T>(&plan);
		for role in Role::ALL {
			T::Ledger::close(RUN, role).unwrap();
		}
		change::<T>(|run| run.state = State::Settling);
		let run = Runs::<T>::get(RUN).unwrap();
		let terms = SettleTerms {
			sponsor: run.sponsor,
			split_ppm: plan.split_ppm,
			planned_units: run.planned.units,
			licence: vec![],
			bond_to_publishers: false,
		};
		T::Treasurer::settle(RUN, &terms, u32::MAX).unwrap();
		#[extrinsic_call]
		advance(anyone::<T>(), RUN, LIMIT);
		assert_eq!(state::<T>(), State::Settled);
	}

	/// While it enrols, with a kill fee.
	#[benchmark]
	fn cancel() {
		enrolling::<T>(1, Role::Trainer);
		#[extrinsic_call]
		_(RawOrigin::Signed(sponsor::<T>()), RUN);
		assert_eq!(state::<T>(), State::Cancelled);
	}

	#[benchmark]
	fn enrol() {
		enrolling::<T>(MAX_ENROLMENTS - 1, Role::Trainer);
		Plans::<T>::mutate(RUN, |plan| plan.as_mut().unwrap().feedback = None);
		let who = rich::<T>("late", 0);
		let key = new_key();
		let message = possession_bytes(&Pallet::<T>::genesis(), &bytes::<T>(&who), &key);
		let possession = sign(&key, &message);
		#[extrinsic_call]
		_(
			RawOrigin::Signed(who.clone()),
			RUN,
			Role::Trainer,
			key,
			possession,
			account("payout", 0, 0),
			endpoint(),
		);
		assert!(Enrolments::<T>::contains_key(RUN, who));
	}

	#[benchmark]
	fn withdraw_enrolment() {
		enrolling::<T>(MAX_ENROLMENTS, Role::Trainer);
		let who: T::AccountId = account("worker", 0, 0);
		#[extrinsic_call]
		_(RawOrigin::Signed(who.clone()), RUN);
		assert!(!Enrolments::<T>::contains_key(RUN, who));
	}

	#[benchmark]
	fn post_feedback() {
		enrolling::<T>(MAX_ENROLMENTS, Role::User);
		change::<T>(|run| run.state = State::Working);
		#[extrinsic_call]
		_(RawOrigin::Signed(sponsor::<T>()), RUN, 0, H256::zero(), 100);
		assert!(Queue::<T>::contains_key(RUN, 0));
	}

	/// The round's tasks, each on another dataset and with another committee.
	#[benchmark]
	fn deal(n: Linear<1, LIMIT>) {
		working::<T>(MAX_ENROLMENTS);
		change::<T>(|run| {
			run.stage = Stage::Dealing {
				dataset: LIMIT - n,
				chunk: 0,
			}
		});
		#[extrinsic_call]
		_(anyone::<T>(), RUN, n);
		assert_eq!(Runs::<T>::get(RUN).unwrap().next_task, n);
	}

	/// Tasks that get another committee, each on another dataset. Their contributors were struck off
	/// meanwhile: somebody else is drawn, and their deposits come back.
	#[benchmark]
	fn deal_queued(n: Linear<1, LIMIT>) {
		let plan = working::<T>(MAX_ENROLMENTS);
		let committee: Vec<_> = (0..MAX_COMMITTEE)
			.map(|index| account("silent", index, 0))
			.collect();
		for number in 0..n {
			let dataset = plan.datasets[number as usize];
			let mut replaced = task::<T>(work(dataset), &rich::<T>("left", number), &committee);
			replaced.state = TaskState::Replaced;
			hold_for_committee::<T>(number, &replaced.contributor);
			Tasks::<T>::insert(RUN, number, replaced);
			let pending = Pending {
				work: work(dataset),
				round: 0,
				units: 1,
				missed: 0,
				whom: Whom::Again(number),
				epoch: 1 + Epoch::from(number) * (EPOCH - 1) / Epoch::from(n),
			};
			Queue::<T>::insert(RUN, number, pending);
		}
		change::<T>(|run| {
			run.stage = Stage::Training;
			run.next_task = n;
			run.queue_tail = n;
		});
		#[extrinsic_call]
		deal(anyone::<T>(), RUN, LIMIT);
		assert_eq!(Runs::<T>::get(RUN).unwrap().next_task, 2 * n);
	}

	/// Receipts of different contributors on different datasets, with one attestation each.
	#[benchmark]
	fn submit(r: Linear<1, MAX_SUBMISSIONS>) {
		let items = submissions::<T>(r, 1);
		#[extrinsic_call]
		_(anyone::<T>(), RUN, items);
		assert_eq!(accepted::<T>(), r);
	}

	/// One receipt with `a` attestations.
	#[benchmark]
	fn submit_attested(a: Linear<1, MAX_COMMITTEE>) {
		let items = submissions::<T>(1, a);
		#[extrinsic_call]
		submit(anyone::<T>(), RUN, items);
		assert_eq!(accepted::<T>(), 1);
	}

	/// Deposits of a cancelled run, each forfeited and paid a kill fee: more than can come together.
	#[benchmark]
	fn prune_deposits(n: Linear<1, LIMIT>) {
		enrolling::<T>(n, Role::Trainer);
		Pallet::<T>::cancel(RawOrigin::Signed(sponsor::<T>()).into(), RUN).unwrap();
		#[extrinsic_call]
		prune(anyone::<T>(), RUN, n);
		assert_eq!(Runs::<T>::get(RUN).unwrap().enrolled, 0);
	}

	/// Tasks with their receipts, and the run itself.
	#[benchmark]
	fn prune_records(n: Linear<1, LIMIT>) {
		let plan = enrolling::<T>(0, Role::Trainer);
		for index in 0..n {
			let mut task = task::<T>(work(plan.datasets[0]), &sponsor::<T>(), &[]);
			let receipt = [index as u8; 32];
			task.state = TaskState::Done { receipt };
			Tasks::<T>::insert(RUN, index, task);
			let kept = AcceptedReceipt {
				task: index,
				result: [0; 32],
				height: 0u32.into(),
				signers: u16::MAX,
				metric: (0, 1),
			};
			Receipts::<T>::insert(RUN, receipt, kept);
			ReceiptTasks::<T>::insert(receipt, (RUN, index));
		}
		Pallet::<T>::cancel(RawOrigin::Signed(sponsor::<T>()).into(), RUN).unwrap();
		#[extrinsic_call]
		prune(anyone::<T>(), RUN, n + MAX_DATASETS + 1);
		assert!(!Runs::<T>::contains_key(RUN));
	}

	/// In the last block of the task's window.
	#[benchmark]
	fn request_committee() {
		let plan = working::<T>(1);
		let who: T::AccountId = account("worker", 0, 0);
		let mut task = task::<T>(work(plan.datasets[0]), &who, &[]);
		task.deadline = System::<T>::block_number();
		Tasks::<T>::insert(RUN, 0, task);
		change::<T>(|run| run.next_task = 1);
		#[extrinsic_call]
		_(RawOrigin::Signed(who), RUN, 0);
		assert!(Queue::<T>::contains_key(RUN, 0));
	}

	/// As the owner of the last dataset, somebody without an account.
	#[benchmark]
	fn invite() {
		let plan = enrolling::<T>(1, Role::Trainer);
		let last = plan.datasets[plan.datasets.len() - 1];
		let inviter = rich::<T>("owner", MAX_DATASETS - 1);
		assert_eq!(RunDatasets::<T>::get(RUN, last).unwrap().owner, inviter);
		let who: T::AccountId = account("invited", 0, 0);
		#[extrinsic_call]
		_(
			RawOrigin::Signed(inviter),
			RUN,
			who.clone(),
			Role::Trainer,
			T::MaxPurse::get(),
		);
		assert!(Invitations::<T>::contains_key(RUN, who));
	}

	#[benchmark]
	fn withdraw_invitation() {
		enrolling::<T>(1, Role::Trainer);
		let who: T::AccountId = account("invited", 0, 0);
		let inviter = RawOrigin::Signed(sponsor::<T>());
		let purse = T::MaxPurse::get();
		Pallet::<T>::invite(inviter.clone().into(), RUN, who.clone(), Role::User, purse).unwrap();
		#[extrinsic_call]
		_(inviter, RUN, who.clone());
		assert!(!Invitations::<T>::contains_key(RUN, who));
	}
}
