//! People, datasets and runs on the real runtime, without consensus: blocks and epochs are moved by
//! hand, every call is dispatched as it travels.

use std::collections::{BTreeMap, BTreeSet};

use codec::{DecodeLimit, Encode};
use frame_support::{
	dispatch::{DispatchClass, GetDispatchInfo},
	traits::{Authorize, Hooks},
};
use guerdon_content::{frame, verify_final, ChunkProof, RecordKind, RootBuilder, CHUNK};
use guerdon_receipt::{
	sign::{public_key, sign_attestation, sign_possession, sign_receipt, SigningKey},
	Attestation, DatasetId, Digest, Receipt, Role, Round, RunId, SignedAttestation, TaskIndex,
	Work, RECEIPT_VERSION,
};
use guerdon_runtime_api::{RunPlan, Task};
use guerdon_valuation::{
	commitment, gold_commitment, test_set_commitment, AppraisalDigest, AppraisalHeader, Column,
	FeatureSpec, Item, PointCounts, Share, UserCounts,
};
use pallet_attestors::{Kind, Shares};
use pallet_contributions::Ledger;
use pallet_datasets::{uses, Access, Approval, Licence, PublishArgs};
use pallet_settlement::{Asset, Claim, LeafView};
use pallet_training::{FeedbackPlan, State, Submission, TaskState, Windows};
use pallet_valuation::{Link, Method, Phase};
use sp_core::H256;
use sp_io::hashing::blake2_256;
use sp_runtime::{traits::Dispatchable, DispatchError, DispatchResult};

use crate::{
	configs::system::RuntimeBlockWeights,
	constants::{currency::GRD, time::EPOCH_SLOTS},
	read, *,
};

/// A budget that nothing divides evenly.
pub const AWKWARD: Balance = 1_000_000 * GRD + 7;
/// Records of the datasets, in the order of [`World::owners`].
pub const RECORDS: [u32; 3] = [40, 48, 32];
pub const FLAT_FEE: Balance = 5 * GRD + 3;
/// So little that 32 records' worth of it is below the existential deposit.
pub const PRICE_PER_RECORD: Balance = 1_003;
pub const PASSES: u16 = 2;
pub const RECORDS_PER_TASK: u32 = 16;
pub const AGGREGATE_UNITS: u32 = 13;
pub const BATCHES: u32 = 2;
pub const ITEMS: u32 = 20;
pub const SPLIT: [u32; 5] = [400_001, 299_999, 99_993, 150_007, 50_000];
pub const CLASSES: u16 = 3;

/// An account with a key of its own and an account that it is paid on, which has nothing.
#[derive(Clone)]
pub struct Actor {
	pub account: AccountId,
	pub payout: AccountId,
	pub key: SigningKey,
}

impl Actor {
	pub fn new(name: &str) -> Self {
		let hash = |what: &str| blake2_256(&(what, name).encode());
		Self {
			account: hash("account").into(),
			payout: hash("payout").into(),
			key: SigningKey::from_bytes(&hash("key")),
		}
	}

	pub fn act(&self, call: impl Into<RuntimeCall>) -> DispatchResult {
		act(&self.account, call)
	}

	pub fn possession(&self) -> [u8; 64] {
		sign_possession(&self.key, &genesis_hash(), self.account.as_ref())
	}

	pub fn announce(&self, args: &PublishArgs<AccountId, Balance, BlockNumber>) {
		let who = self.account.as_ref();
		let commitment = pallet_datasets::commitment(who, &args.root, args.length, &args.salt);
		self.act(pallet_datasets::Call::announce { commitment })
			.unwrap();
	}

	pub fn publish(&self, args: PublishArgs<AccountId, Balance, BlockNumber>) {
		let args = Box::new(args);
		self.act(pallet_datasets::Call::publish { args }).unwrap();
	}
}

fn several(name: &str, count: usize) -> Vec<Actor> {
	(0..count)
		.map(|number| Actor::new(&format!("{name} {number}")))
		.collect()
}

pub fn genesis_hash() -> Digest {
	System::block_hash(0).0
}

/// Dispatches a call as a block would, after it went through its encoding. What does not fit a block
/// is a defect of its weight.
pub fn act(who: &AccountId, call: impl Into<RuntimeCall>) -> DispatchResult {
	let call = call.into();
	let limits = RuntimeBlockWeights::get();
	let limit = limits.get(DispatchClass::Normal).max_extrinsic.unwrap();
	let weight = call.get_dispatch_info().total_weight();
	assert!(weight.all_lte(limit), "{call:?} weighs {weight:?}");
	let bytes = call.encode();
	assert!(bytes.len() < 1_500_000);
	let travelled = RuntimeCall::decode_all_with_depth_limit(256, &mut &bytes[..]).unwrap();
	assert_eq!(travelled, call);
	if matches!(
		travelled,
		RuntimeCall::Settlement(pallet_settlement::Call::claim_free { .. })
	) {
		return act_unsigned(travelled);
	}
	let origin = RuntimeOrigin::signed(who.clone());
	travelled
		.dispatch(origin)
		.map(|_| ())
		.map_err(|failed| failed.error)
}

/// What nobody signs: it is done exactly if it would be let into a block.
fn act_unsigned(call: RuntimeCall) -> DispatchResult {
	let source = sp_runtime::transaction_validity::TransactionSource::InBlock;
	let told = call.authorize(source).unwrap();
	let done = call.dispatch(frame_system::RawOrigin::Authorized.into());
	assert_eq!(told.is_ok(), done.is_ok(), "{told:?}, and then {done:?}");
	done.map(|_| ()).map_err(|failed| failed.error)
}

/// One block on, and into a new epoch when it is time.
pub fn next_block() {
	let now = System::block_number() + 1;
	System::reset_events();
	System::set_block_number(now);
	let epoch = u64::from(now) / EPOCH_SLOTS;
	if epoch != pallet_babe::EpochIndex::<Runtime>::get() {
		pallet_babe::EpochIndex::<Runtime>::put(epoch);
		let mut randomness = blake2_256(&("randomness", epoch).encode());
		// Zero, but in worlds that are to differ from each other.
		let world = pallet_babe::Randomness::<Runtime>::get();
		for (byte, mask) in randomness.iter_mut().zip(world) {
			*byte ^= mask;
		}
		pallet_babe::NextRandomness::<Runtime>::put(randomness);
	}
	pallet_babe::CurrentSlot::<Runtime>::put(sp_consensus_babe::Slot::from(u64::from(now)));
	Attestors::on_initialize(now);
}

pub fn at_block(block: BlockNumber) {
	while System::block_number() < block {
		next_block();
	}
}

pub fn at_epoch(epoch: u64) {
	while pallet_babe::EpochIndex::<Runtime>::get() < epoch {
		next_block();
	}
}

/// Every invariant of every pallet of ours, and that nothing is missing.
pub fn check_everything() {
	Datasets::do_try_state().unwrap();
	Attestors::do_try_state().unwrap();
	Training::do_try_state().unwrap();
	Contributions::do_try_state().unwrap();
	Valuation::do_try_state().unwrap();
	Settlement::do_try_state().unwrap();
	assert_eq!(Settlement::conservation(None).missing, 0);
	for run in 0..pallet_training::NextRunId::<Runtime>::get() {
		for asset in BTreeSet::from([None, Settlement::asset_of(run)]) {
			let books = Settlement::books(run, asset);
			assert!(books.deposited().is_some());
			assert_eq!(
				books.deposited(),
				books.accounted(),
				"the books of run {run} in {asset:?}"
			);
		}
	}
}

/// What makes one run differ from another.
#[derive(Clone)]
pub struct Script {
	/// What budget and bond are in.
	pub asset: Asset,
	pub budget: Balance,
	pub split_ppm: [u32; 5],
	pub method: Method,
	pub datasets: Vec<DatasetId>,
	pub feedback: bool,
	/// Training tasks whose receipts nobody ever hands in: round, dataset, first record.
	pub withheld: Vec<(Round, DatasetId, u64)>,
	pub reveals_tests: bool,
	/// Whether the last trainer hands in work that only one of the committee vouches for.
	pub forges: bool,
}

impl Default for Script {
	fn default() -> Self {
		Self {
			asset: None,
			budget: AWKWARD,
			split_ppm: SPLIT,
			method: Method::ThresholdKnn,
			datasets: vec![0, 1, 2],
			feedback: true,
			withheld: vec![],
			reveals_tests: true,
			forges: true,
		}
	}
}

/// Everybody there is.
pub struct World {
	pub sponsor: Actor,
	/// Who moves things on for tips.
	pub keeper: Actor,
	pub owners: Vec<Actor>,
	/// The last one is the forger.
	pub trainers: Vec<Actor>,
	pub users: Vec<Actor>,
	pub attestors: Vec<Actor>,
	/// The last one counts something else.
	pub appraisers: Vec<Actor>,
	pub stranger: Actor,
}

pub fn licence(valid_until: Option<BlockNumber>) -> Licence<Balance, BlockNumber> {
	Licence {
		uses: uses::TRAIN,
		commercial: true,
		derivatives: true,
		attribution: true,
		spdx: b"CC-BY-4.0".to_vec().try_into().unwrap(),
		terms: H256::repeat_byte(7),
		valid_from: 0,
		valid_until,
		approval: Approval::Open,
		flat_fee: 0,
		price_per_record: 0,
	}
}

/// A dataset of so many records: root, length and the proof of its final chunk.
pub fn content(seed: u32, records: u32) -> (H256, u64, ChunkProof) {
	let mut csv = String::from("x,y,label\n");
	for record in 0..records {
		csv += &format!("{seed},{record},{}\n", record % u32::from(CLASSES));
	}
	let files = [("data.csv", csv.as_bytes())];
	let stream = frame(files, RecordKind::Line { header: true }).unwrap();
	let (body, last) = stream.split_at(stream.len() - CHUNK);
	let mut builder = RootBuilder::new();
	builder.update(body).unwrap();
	let (root, proof) = builder.finish(last).unwrap();
	let trailer = verify_final(&root, &proof).unwrap();
	assert_eq!(trailer.records, u64::from(records));
	(H256(root), trailer.stream_length, proof)
}

/// What an owner publishes, and announced before: such a content and so many records.
pub fn publication(
	owner: &Actor,
	seed: u32,
	records: u32,
	licence: Licence<Balance, BlockNumber>,
) -> PublishArgs<AccountId, Balance, BlockNumber> {
	let (root, length, final_chunk) = content(seed, records);
	PublishArgs {
		root,
		length,
		records: records.into(),
		salt: [3; 32],
		final_chunk,
		metadata_hash: H256::repeat_byte(1),
		uri: b"https://example.org/metadata.json"
			.to_vec()
			.try_into()
			.unwrap(),
		licence,
		access: Access::Open,
		endpoint: b"https://example.org".to_vec().try_into().unwrap(),
		parent: None,
		payout: owner.payout.clone(),
	}
}

impl World {
	/// Accounts that were given what they need, and nothing done yet.
	pub fn founded() -> Self {
		let world = Self {
			sponsor: Actor::new("sponsor"),
			keeper: Actor::new("keeper"),
			owners: several("owner", RECORDS.len()),
			trainers: several("trainer", 3),
			users: several("user", 2),
			attestors: several("attestor", 9),
			appraisers: several("appraiser", 5),
			stranger: Actor::new("stranger"),
		};
		let bank = sp_keyring::Sr25519Keyring::Ferdie.to_account_id();
		let transfer = |to: &Actor, value| {
			let dest = to.account.clone().into();
			let call = pallet_balances::Call::transfer_keep_alive { dest, value };
			act(&bank, call).unwrap();
		};
		transfer(&world.sponsor, 5_000_000 * GRD);
		for actor in world.everybody() {
			transfer(actor, 3_000 * GRD);
		}
		world
	}

	/// The three datasets are published, attestors and appraisers are in force.
	pub fn ready() -> Self {
		Self::ready_until(None)
	}

	/// The same with an end of the first dataset's licence.
	pub fn ready_until(valid_until: Option<BlockNumber>) -> Self {
		Self::ready_after(valid_until, |_| {})
	}

	/// The same after somebody did something else.
	pub fn ready_after(valid_until: Option<BlockNumber>, before: impl FnOnce(&Self)) -> Self {
		let world = Self::founded();
		before(&world);
		let mut licences = vec![licence(valid_until), licence(None), licence(None)];
		licences[1].flat_fee = FLAT_FEE;
		licences[2].price_per_record = PRICE_PER_RECORD;
		licences[2].approval = Approval::ByGrant;
		world.publish_all(licences);
		world.register_all();
		at_epoch(pallet_babe::EpochIndex::<Runtime>::get() + 2);
		check_everything();
		world
	}

	pub fn everybody(&self) -> impl Iterator<Item = &Actor> {
		[&self.keeper, &self.stranger]
			.into_iter()
			.chain(&self.owners)
			.chain(&self.trainers)
			.chain(&self.users)
			.chain(&self.attestors)
			.chain(&self.appraisers)
	}

	pub fn forger(&self) -> &Actor {
		self.trainers.last().unwrap()
	}

	pub fn actor(&self, account: &AccountId) -> &Actor {
		self.everybody()
			.find(|actor| actor.account == *account)
			.unwrap()
	}

	pub fn publish_all(&self, licences: Vec<Licence<Balance, BlockNumber>>) {
		let all: Vec<_> = (0..)
			.zip(&self.owners)
			.zip(RECORDS)
			.zip(licences)
			.map(|(((seed, owner), records), licence)| {
				(owner, publication(owner, seed, records, licence))
			})
			.collect();
		for (owner, args) in &all {
			owner.announce(args);
		}
		at_block(System::block_number() + 10);
		for (owner, args) in all {
			owner.publish(args);
		}
	}

	pub fn register_all(&self) {
		let seats = (self.attestors.iter().map(|actor| (Kind::Attestor, actor)))
			.chain(self.appraisers.iter().map(|actor| (Kind::Appraiser, actor)));
		for (kind, actor) in seats {
			actor
				.act(pallet_attestors::Call::register {
					kind,
					key: public_key(&actor.key),
					possession: actor.possession(),
					endpoint: b"https://example.org".to_vec().try_into().unwrap(),
					payout: actor.payout.clone(),
				})
				.unwrap();
		}
	}

	pub fn plan(&self, script: &Script) -> RunPlan {
		let column = |index| Column {
			index,
			decimals: 0,
			min: 0,
			max: 50,
		};
		let bond = script.budget.div_ceil(10);
		RunPlan {
			program: H256::repeat_byte(11),
			config: H256::repeat_byte(12),
			features: FeatureSpec::Csv {
				columns: vec![column(0), column(1)].try_into().unwrap(),
				label: 2,
				classes: CLASSES,
				header: true,
			},
			validation: H256::repeat_byte(13),
			initial_model: H256::repeat_byte(14),
			test_commitment: H256(blake2_256(&test_set_commitment(&[21; 32], &[22; 32]))),
			datasets: script.datasets.clone().try_into().unwrap(),
			records_per_task: RECORDS_PER_TASK,
			passes: PASSES,
			rounds: 2,
			aggregate_units: AGGREGATE_UNITS,
			feedback: script.feedback.then(|| FeedbackPlan {
				batches: BATCHES,
				items_per_batch: ITEMS,
				gold_commitment: H256(blake2_256(&gold_commitment(&[23; 32], &[24; 32]))),
			}),
			asset: script.asset,
			budget: script.budget,
			split_ppm: script.split_ppm,
			max_licence: FLAT_FEE + 100 * PRICE_PER_RECORD,
			bond,
			tip: 2 * GRD,
			tip_per_advance: GRD / 100,
			committee: 3,
			quorum: 2,
			samples: 4,
			max_enrolments: 8,
			appraisers: 5,
			appraiser_quorum: 4,
			method: script.method,
			windows: Windows {
				grant: 30,
				enrol: 20,
				task: 30,
				work: 3_000,
				test_reveal: 40,
				appraise_commit: 30,
				appraise_reveal: 30,
				challenge: 10,
			},
			endpoint: b"https://example.org".to_vec().try_into().unwrap(),
		}
	}

	pub fn propose(&self, script: &Script) -> RunId {
		let run = pallet_training::NextRunId::<Runtime>::get();
		let plan = Box::new(self.plan(script));
		self.sponsor
			.act(pallet_training::Call::propose { plan })
			.unwrap();
		run
	}

	pub fn advance(&self, run: RunId, limit: u32) -> DispatchResult {
		self.keeper
			.act(pallet_training::Call::advance { run, limit })
	}

	pub fn enrol(&self, run: RunId, actor: &Actor, role: Role) -> DispatchResult {
		actor.act(pallet_training::Call::enrol {
			run,
			role,
			key: public_key(&actor.key),
			possession: actor.possession(),
			payout: actor.payout.clone(),
			endpoint: b"https://example.org".to_vec().try_into().unwrap(),
		})
	}

	/// From proposed to working: grants, enrolments, the feedback batches.
	pub fn start(&self, run: RunId, script: &Script) {
		self.start_with(run, script, &[]);
	}

	/// The same with further trainers.
	pub fn start_with(&self, run: RunId, script: &Script, further: &[&Actor]) {
		for dataset in &script.datasets {
			let Some(stored) = pallet_datasets::Datasets::<Runtime>::get(dataset) else {
				panic!("no dataset {dataset}");
			};
			if stored.licence.approval == Approval::ByGrant {
				let dataset = *dataset;
				act(&stored.owner, pallet_datasets::Call::grant { dataset, run }).unwrap();
			}
		}
		self.advance(run, 16).unwrap();
		assert_eq!(state(run), State::Enrolling);
		for trainer in self.trainers.iter().chain(further.iter().copied()) {
			self.enrol(run, trainer, Role::Trainer).unwrap();
		}
		if script.feedback {
			for user in &self.users {
				self.enrol(run, user, Role::User).unwrap();
			}
		}
		check_everything();
		at_block(Training::run(run).unwrap().0.deadline + 1);
		self.advance(run, 16).unwrap();
		assert_eq!(state(run), State::Working);
		for batch in 0..if script.feedback { BATCHES } else { 0 } {
			self.sponsor
				.act(pallet_training::Call::post_feedback {
					run,
					number: batch,
					items_root: H256::from_low_u64_be(batch.into()),
					items: ITEMS,
				})
				.unwrap();
		}
	}

	/// A receipt of an open task, as its contributor would sign it.
	pub fn receipt(&self, run: RunId, index: TaskIndex, task: &Task) -> Receipt {
		let digest = |what: &str| blake2_256(&(what, run, index).encode());
		Receipt {
			version: RECEIPT_VERSION,
			genesis: genesis_hash(),
			run,
			task: index,
			contributor: task.contributor.clone().into(),
			base_model: task.base_model,
			result: digest("result"),
			steps: 8,
			evidence: digest("evidence"),
			metric_before: 500_000,
			metric_after: 510_000 + index,
			valid_until: task.deadline,
		}
	}

	pub fn attest(&self, account: &AccountId, receipt: &Receipt) -> SignedAttestation {
		let attestor = self.actor(account);
		let attestation = Attestation {
			receipt: receipt.id(),
			attestor: account.clone().into(),
			states: blake2_256(&receipt.evidence),
		};
		sign_attestation(&attestor.key, &attestation)
	}

	/// Signed by its contributor and `signers` of the committee.
	pub fn submission(&self, receipt: Receipt, task: &Task, signers: usize) -> Submission {
		let contributor = self.actor(&task.contributor);
		let mut attestations: Vec<_> = task.committee[..signers]
			.iter()
			.map(|member| self.attest(member, &receipt))
			.collect();
		// Twice the same signature, and one of somebody who was not drawn: neither counts.
		attestations.extend(attestations.first().cloned());
		let outsider = self
			.attestors
			.iter()
			.find(|attestor| !task.committee.contains(&attestor.account));
		attestations.push(self.attest(&outsider.unwrap().account, &receipt));
		Submission {
			signature: sign_receipt(&contributor.key, &receipt),
			receipt,
			attestations: attestations.try_into().unwrap(),
		}
	}

	/// How many members of the committee sign an honest receipt: two or all three.
	pub fn signers(index: TaskIndex) -> usize {
		2 + index as usize % 2
	}

	/// What is handed in for a task: nothing when it is withheld, too few signatures for a forger.
	fn handed_in(
		&self,
		run: RunId,
		script: &Script,
		index: TaskIndex,
		task: &Task,
	) -> Option<Submission> {
		if let Work::Train { dataset, first, .. } = task.work {
			if script.withheld.contains(&(task.round, dataset, first)) {
				return None;
			}
		}
		let receipt = self.receipt(run, index, task);
		let signers = if script.forges && task.contributor == self.forger().account {
			1
		} else {
			Self::signers(index)
		};
		Some(self.submission(receipt, task, signers))
	}

	/// Deals, hands in and moves on until the work is over.
	pub fn work(&self, run: RunId, script: &Script) {
		let deadline = Training::run(run).unwrap().0.deadline;
		while state(run) == State::Working {
			self.work_a_block(run, script);
			next_block();
			if System::block_number().is_multiple_of(16) {
				check_everything();
			}
		}
		assert!(
			System::block_number() < deadline,
			"the work did not end by itself"
		);
	}

	pub fn work_a_block(&self, run: RunId, script: &Script) {
		use pallet_training::Error;
		let waits = [
			Error::<Runtime>::NothingDue.into(),
			Error::<Runtime>::SeedPending.into(),
			Error::<Runtime>::WrongState.into(),
		];
		let may_wait = |outcome: DispatchResult| {
			assert!(
				outcome.map_or_else(|why| waits.contains(&why), |()| true),
				"{outcome:?}"
			);
		};
		may_wait(self.advance(run, 16));
		may_wait(
			self.keeper
				.act(pallet_training::Call::deal { run, limit: 16 }),
		);
		let items: Vec<_> = open_tasks(run)
			.into_iter()
			.filter_map(|(index, task)| self.handed_in(run, script, index, &task))
			.collect();
		if !items.is_empty() {
			let items = items.try_into().unwrap();
			self.keeper
				.act(pallet_training::Call::submit { run, items })
				.unwrap();
		}
	}

	/// What the honest appraisers count.
	pub fn counts(&self, run: RunId) -> (AppraisalHeader, Vec<Item>) {
		let share = |dataset, with_label, without_label| Share {
			dataset,
			with_label,
			without_label,
		};
		let point = |number: u32| {
			let shares = vec![
				share(0, 3 + number % 4, 1),
				share(1, 2 + number % 3, number % 2),
				share(2, 0, 1),
			];
			let same_label = shares.iter().map(|share| share.with_label).sum();
			let others: u32 = shares.iter().map(|share| share.without_label).sum();
			Item::Point(PointCounts {
				in_ball: same_label + others,
				same_label,
				shares: shares.try_into().unwrap(),
			})
		};
		let points = 70;
		let mut items: Vec<_> = (0..points).map(point).collect();
		let mut users: Vec<[u8; 32]> = read::table(run, Role::User, 0, 64)
			.items
			.into_iter()
			.map(|(_, entry)| match entry.subject {
				pallet_contributions::Subject::Account(who) => who.into(),
				other => panic!("a user is an account, not {other:?}"),
			})
			.collect();
		users.sort();
		let header = AppraisalHeader {
			run,
			points,
			users: users.len() as u32,
			tau2: 400,
			rho2: 25,
		};
		items.extend((0..).zip(users).map(|(number, user)| {
			Item::User(UserCounts {
				user,
				answered: 10,
				right: 9 - 2 * number,
			})
		}));
		(header, items)
	}

	/// The digest, and the links that bring the items on chain, last first.
	pub fn links(header: &AppraisalHeader, items: &[Item]) -> (Digest, Vec<Link>) {
		let mut digest = AppraisalDigest::new(header, blake2_256);
		let mut links = Vec::new();
		let mut previous = {
			let mut head = guerdon_valuation::DOMAIN.to_vec();
			header.encode_to(&mut head);
			blake2_256(&head)
		};
		for item in items {
			links.push(Link {
				previous,
				item: item.clone(),
			});
			digest.push(item, blake2_256).unwrap();
			previous = blake2_256(&[previous.encode(), item.encode()].concat());
		}
		links.reverse();
		assert_eq!(digest.finish().unwrap(), previous);
		(previous, links)
	}

	pub fn reveal_tests(&self, run: RunId, script: &Script) -> DispatchResult {
		self.sponsor.act(pallet_valuation::Call::reveal_tests {
			run,
			root: H256([22; 32]),
			salt: H256([21; 32]),
			gold: script.feedback.then_some((H256([24; 32]), H256([23; 32]))),
			endpoint: b"https://example.org".to_vec().try_into().unwrap(),
		})
	}

	/// From the last receipt to the challenge window.
	pub fn appraise(&self, run: RunId, script: &Script) {
		assert_eq!(state(run), State::Appraising);
		if script.method == Method::LicencePrice {
			self.advance(run, 16).unwrap();
		} else if script.reveals_tests {
			self.reveal_tests(run, script).unwrap();
			let Phase::Drawing { epoch } = phase(run) else {
				panic!("appraisers are drawn once the tests are shown");
			};
			at_epoch(epoch);
			self.advance(run, 16).unwrap();
			self.agree(run);
			self.stream(run);
			self.advance(run, 16).unwrap();
		} else {
			at_block(Training::run(run).unwrap().0.deadline + 1);
			self.advance(run, 16).unwrap();
		}
		assert_eq!(state(run), State::Challenge);
		check_everything();
	}

	/// The drawn appraisers commit and reveal; a quorum found the same.
	pub fn agree(&self, run: RunId) {
		let (header, items) = self.counts(run);
		let (digest, _) = Self::links(&header, &items);
		let (last, honest) = self.appraisers.split_last().unwrap();
		let digests = (honest.iter().map(|who| (who, digest))).chain([(last, [66; 32])]);
		let salt = [5; 32];
		for (who, digest) in digests.clone() {
			let bytes = commitment(run, who.account.as_ref(), &salt, &digest);
			let commitment = H256(blake2_256(&bytes));
			who.act(pallet_valuation::Call::commit { run, commitment })
				.unwrap();
		}
		for (who, digest) in digests {
			let salt = H256(salt);
			who.act(pallet_valuation::Call::reveal { run, salt, digest })
				.unwrap();
		}
		check_everything();
	}

	/// Brings what they agreed on on chain.
	pub fn stream(&self, run: RunId) {
		let (header, items) = self.counts(run);
		let (_, links) = Self::links(&header, &items);
		let parts: Vec<_> = links.chunks(64).collect();
		for (number, part) in parts.iter().enumerate() {
			let header = (number + 1 == parts.len()).then_some(header);
			let links = part.to_vec().try_into().unwrap();
			self.stranger
				.act(pallet_valuation::Call::stream { run, links, header })
				.unwrap();
			check_everything();
		}
	}

	/// Through the challenge window and the division, a few steps at a time.
	pub fn settle(&self, run: RunId) {
		at_block(Training::run(run).unwrap().0.deadline + 1);
		self.advance(run, 16).unwrap();
		assert_eq!(state(run), State::Settling);
		while state(run) == State::Settling {
			self.advance(run, 3).unwrap();
			check_everything();
			next_block();
		}
		assert_eq!(state(run), State::Settled);
	}

	/// A whole run, up to the point where everything can be claimed.
	pub fn play(&self, script: &Script) -> RunId {
		let run = self.propose(script);
		self.start(run, script);
		self.work(run, script);
		self.appraise(run, script);
		self.settle(run);
		run
	}
}

/// What seats have lost to penalties, and where it went; nobody reported any of it.
pub fn penalties() -> Shares {
	let taken = Kind::ALL
		.into_iter()
		.flat_map(pallet_attestors::Registrations::<Runtime>::iter_prefix_values)
		.map(|registration| registration.bond - registration.held)
		.sum();
	<Runtime as pallet_attestors::Config>::Penalty::get().divide(taken, false)
}

pub fn state(run: RunId) -> State {
	Training::run(run).unwrap().0.state
}

pub fn phase(run: RunId) -> Phase<BlockNumber> {
	read::appraisal(run).unwrap().appraisal.phase
}

pub fn all_tasks(run: RunId) -> Vec<(TaskIndex, Task)> {
	let mut tasks = Vec::new();
	let mut cursor = Some(0);
	while let Some(from) = cursor {
		let page = read::tasks(run, from, 64);
		tasks.extend(page.items);
		cursor = page.next;
	}
	tasks
}

pub fn open_tasks(run: RunId) -> Vec<(TaskIndex, Task)> {
	let mut tasks = all_tasks(run);
	tasks.retain(|(_, task)| task.state == TaskState::Open);
	tasks
}

/// All leaves that pay an account, page by page.
pub fn claims_of(account: &AccountId) -> Vec<LeafView<AccountId>> {
	let mut leaves = Vec::new();
	let mut cursor = None;
	loop {
		let page = read::claims(account.clone(), cursor, 2);
		leaves.extend(page.items);
		cursor = page.next;
		if cursor.is_none() {
			return leaves;
		}
	}
}

/// Every leaf of a run's pools.
pub fn leaves_of(run: RunId) -> Vec<LeafView<AccountId>> {
	let mut leaves = Vec::new();
	for role in Role::ALL {
		let Some(pool) = Settlement::run_pool(run, role) else {
			continue;
		};
		let count = <Contributions as Ledger<AccountId>>::table(run, role).count;
		leaves.extend((0..count).map(|index| Settlement::proof(pool, index.into()).unwrap()));
	}
	leaves
}

pub fn claim_for(leaf: LeafView<AccountId>) -> Claim<AccountId> {
	Claim {
		pool: leaf.pool,
		index: leaf.index,
		leaf: leaf.leaf,
		proof: leaf.proven.unwrap().proof,
		opening: None,
	}
}

/// What each leaf of a run is due, by payee.
pub fn dues_by_payee(run: RunId) -> BTreeMap<AccountId, Balance> {
	let mut sums = BTreeMap::new();
	for leaf in leaves_of(run) {
		let guerdon_share_tree::Payee::Account(payee) = leaf.leaf.payee else {
			panic!("leaves of run pools pay accounts");
		};
		*sums.entry(payee).or_default() += leaf.proven.unwrap().entitlement;
	}
	sums
}

/// Why items of the last batch were refused.
pub fn claim_refusals() -> Vec<(u64, DispatchError)> {
	System::events()
		.into_iter()
		.filter_map(|record| match record.event {
			RuntimeEvent::Settlement(pallet_settlement::Event::ClaimRefused {
				index,
				reason,
				..
			}) => Some((index, reason)),
			_ => None,
		})
		.collect()
}
