//! One run from the first announcement to the last deposit that comes back, in a world that a seed
//! decides, with everybody honest or with one adversary.

use std::collections::{BTreeMap, BTreeSet};

use codec::Encode;
use frame_support::traits::Get;
use guerdon_receipt::{
	sign::{sign_attestation, sign_receipt},
	Attestation, DatasetId, Receipt, Role, RunId, SignedAttestation, TaskIndex, Work,
};
use guerdon_runtime_api::Task;
use guerdon_valuation::{commitment, AppraisalHeader, Item, PointCounts, Share, UserCounts};
use pallet_attestors::{Kind, SignedStates};
use pallet_contributions::Subject;
use pallet_datasets::{Approval, Licence, PublishArgs};
use pallet_training::{Call, Refusal, State, Submission, TaskState};
use pallet_valuation::Phase;
use sp_core::H256;
use sp_io::hashing::blake2_256;
use sp_runtime::DispatchError;

use super::{
	super::{
		development,
		world::{next_block, *},
	},
	rows::Attack,
};
use crate::{
	constants::{currency::GRD, time::EPOCH_SLOTS},
	*,
};

/// Records of each dataset: two halves of it can still be valued.
const RECORDS: u32 = 64;
/// So many that both users get some.
const BATCHES: u32 = 8;
/// Everybody looks what there is to do once in so many blocks.
const EVERY: BlockNumber = 5;
/// Test points.
const POINTS: u32 = 30;
/// Gold answers that each user gave.
const GOLD: u32 = 12;
const SALT: [u8; 32] = [5; 32];
/// More blocks than any run takes.
const LONGEST: BlockNumber = 5_000;

/// What makes worlds differ.
#[derive(Clone, Copy)]
pub struct Seed(pub u64);

impl Seed {
	/// A number below `end`, another one for each `what`.
	fn roll(self, what: impl Encode, end: u64) -> u64 {
		let hash = blake2_256(&("attacks", self.0, what).encode());
		u64::from_le_bytes(hash[..8].try_into().unwrap()) % end
	}

	fn one_of<'a>(self, what: &str, actors: &'a [Actor]) -> &'a Actor {
		&actors[self.roll(what, actors.len() as u64) as usize]
	}
}

/// What everybody owned: free, held and claimable, on the account and where it is paid.
type Owned = BTreeMap<AccountId, Balance>;

/// A run that is over.
pub struct Played {
	pub before: Owned,
	pub after: Owned,
	/// Who gained or lost together.
	pub league: BTreeSet<AccountId>,
}

/// Plays the world of a seed.
pub fn play(seed: Seed, attack: Option<Attack>) -> Played {
	let mut played = None;
	development().execute_with(|| played = Some(Play::found(seed, attack).whole()));
	played.unwrap()
}

struct Play {
	world: World,
	seed: Seed,
	attack: Option<Attack>,
	script: Script,
	run: RunId,
	/// Who of each role the adversary is, if it is of that role.
	publisher: Actor,
	/// Whose data the adversary takes.
	victim: Actor,
	trainer: Actor,
	user: Actor,
	attestor: Actor,
	appraiser: Actor,
	/// An announcement that is opened while the run goes on.
	unopened: Option<(Actor, PublishArgs<AccountId, Balance, BlockNumber>)>,
	bribed: BTreeSet<AccountId>,
	/// Tasks for which the adversary tried what it tries once.
	tried: BTreeSet<TaskIndex>,
	/// The adversary's receipts that were accepted.
	accepted: Vec<Submission>,
	/// The phase of the appraisal that everybody acted in.
	acted_in: Option<Phase<BlockNumber>>,
}

impl Play {
	fn found(seed: Seed, attack: Option<Attack>) -> Self {
		pallet_babe::Randomness::<Runtime>::put(blake2_256(&seed.0.encode()));
		let world = World::founded();
		let publisher = seed.roll("publisher", 3) as usize;
		let budget = 500_000 * GRD + Balance::from(seed.roll("budget", 1_000_000 * GRD as u64));
		Self {
			publisher: world.owners[publisher].clone(),
			victim: world.owners[(publisher + 1) % 3].clone(),
			trainer: seed.one_of("trainer", &world.trainers).clone(),
			user: seed.one_of("user", &world.users).clone(),
			attestor: seed.one_of("attestor", &world.attestors).clone(),
			appraiser: seed.one_of("appraiser", &world.appraisers).clone(),
			world,
			seed,
			attack,
			script: Script {
				budget,
				..Script::default()
			},
			run: 0,
			unopened: None,
			bribed: BTreeSet::new(),
			tried: BTreeSet::new(),
			accepted: Vec::new(),
			acted_in: None,
		}
	}

	fn is(&self, attack: Attack) -> bool {
		self.attack == Some(attack)
	}

	fn whole(mut self) -> Played {
		let before = self.owned();
		self.publish();
		self.world.register_all();
		at_epoch(pallet_babe::EpochIndex::<Runtime>::get() + 2);
		self.propose();
		while state(self.run) != State::Settled {
			at_block(System::block_number().next_multiple_of(EVERY));
			self.look();
			next_block();
			assert!(System::block_number() < LONGEST, "{:?}", self.attack);
		}
		check_everything();
		self.claim();
		self.wind_up();
		Played {
			before,
			after: self.owned(),
			league: self.league(),
		}
	}

	fn owned(&self) -> Owned {
		let of = |account: &AccountId| {
			let view = read::account(account.clone());
			view.free + view.held + view.claimable
		};
		self.world
			.everybody()
			.chain([&self.world.sponsor])
			.map(|actor| {
				(
					actor.account.clone(),
					of(&actor.account) + of(&actor.payout),
				)
			})
			.collect()
	}

	fn league(&self) -> BTreeSet<AccountId> {
		use Attack::*;
		let world = &self.world;
		let Some(attack) = self.attack else {
			return BTreeSet::new();
		};
		let together: Vec<&Actor> = match attack {
			FrontRun | AnnounceFirst | IgnoreRequest | Split | StopServing => vec![&self.publisher],
			Forge | BribeOne | BribeQuorum | Alter | Replay | TrainNothing | ClaimTwice => {
				vec![&self.trainer]
			}
			HoldAllPlaces => (world.trainers.iter()).chain([&self.publisher]).collect(),
			AnswerNothing | AnswerAtRandom => vec![&self.user],
			Equivocate | NeverSign | SignBlindly | LeaveOut => vec![&self.attestor],
			EquivocateAndReport => vec![&self.attestor, &world.stranger],
			MakeUpCounts | CommitOnly | NeverAppraise => vec![&self.appraiser],
			AgreeOnCounts => (world.appraisers.iter())
				.filter(|who| who.account != self.appraiser.account)
				.chain([&self.publisher])
				.collect(),
			Mislabel | NeverReveal | NotServeTests => vec![&world.sponsor],
			NeverRevealForFriend => vec![&world.sponsor, &self.publisher],
			GoldForFriend => vec![&world.sponsor, &self.user],
			Delay | LetDrawExpire => vec![&world.keeper],
		};
		let accounts = together.into_iter().map(|actor| actor.account.clone());
		accounts.chain(self.bribed.iter().cloned()).collect()
	}

	/// Everybody does what is due, then the keeper moves the run on.
	fn look(&mut self) {
		match state(self.run) {
			State::Enrolling => self.enrol(),
			State::Working => self.work(),
			State::Appraising => self.appraise(),
			_ => {}
		}
		if self.keeper_comes() {
			let (run, limit) = (self.run, 16);
			// What is not due yet is refused.
			let _ = self.world.advance(run, limit);
			let _ = self.world.keeper.act(Call::deal { run, limit });
		}
	}

	fn keeper_comes(&self) -> bool {
		let now = System::block_number();
		let (run, plan) = Training::run(self.run).unwrap();
		match self.attack {
			Some(Attack::Delay) => now.is_multiple_of(50),
			Some(Attack::LetDrawExpire) if run.state == State::Working => {
				// The draw is noted two epochs ahead, and its seed is kept for eight.
				let begun = run.deadline - plan.windows.work;
				now >= begun + 11 * EPOCH_SLOTS as BlockNumber
			}
			_ => true,
		}
	}

	// Data

	/// The adversary asks a price for its records, the others next to nothing.
	fn licence(&self, owner: usize) -> Licence<Balance, BlockNumber> {
		let dear = self.world.owners[owner].account == self.publisher.account;
		Licence {
			approval: Approval::ByGrant,
			flat_fee: 2 * Balance::from(self.seed.roll(("fee", owner as u32), GRD as u64)),
			price_per_record: if dear { GRD } else { 0 },
			..licence(None)
		}
	}

	/// Dataset 0 is the first owner's, and so on. What is announced first is announced in a block of
	/// its own.
	fn publish(&mut self) {
		let mut all = Vec::new();
		for (number, owner) in (0..).zip(&self.world.owners) {
			let licence = self.licence(number as usize);
			all.push((owner.clone(), publication(owner, number, RECORDS, licence)));
		}
		let place = |of: &Actor| {
			let mut owners = self.world.owners.iter();
			owners
				.position(|owner| owner.account == of.account)
				.unwrap()
		};
		let (own, taken) = (place(&self.publisher), place(&self.victim));
		match self.attack {
			Some(attack @ (Attack::FrontRun | Attack::AnnounceFirst)) => {
				let licence = self.licence(taken);
				let copy = publication(&self.publisher, taken as u32, RECORDS, licence);
				let mut first = (self.publisher.clone(), copy);
				if attack == Attack::FrontRun {
					std::mem::swap(&mut first, &mut all[taken]);
				}
				first.0.announce(&first.1);
				self.unopened = Some(first);
			}
			Some(Attack::Split) => {
				let mut licence = self.licence(own);
				licence.flat_fee /= 2;
				for number in [own, self.world.owners.len()] {
					let half = publication(
						&self.publisher,
						10 + number as u32,
						RECORDS / 2,
						licence.clone(),
					);
					all.splice(
						number..(number + 1).min(all.len()),
						[(self.publisher.clone(), half)],
					);
				}
				self.script
					.datasets
					.insert(own + 1, all.len() as DatasetId - 1);
			}
			_ => {}
		}
		next_block();
		for (owner, args) in &all {
			owner.announce(args);
		}
		at_block(System::block_number() + 10);
		for (owner, args) in all {
			owner.publish(args);
		}
	}

	fn owner_of(&self, dataset: DatasetId) -> AccountId {
		let stored = pallet_datasets::Datasets::<Runtime>::get(dataset);
		stored.unwrap().owner
	}

	fn propose_run(&self) -> RunId {
		let run = pallet_training::NextRunId::<Runtime>::get();
		let mut plan = self.world.plan(&self.script);
		plan.max_licence = 1_000 * GRD;
		if let Some(feedback) = &mut plan.feedback {
			feedback.batches = BATCHES;
		}
		let plan = Box::new(plan);
		self.world.sponsor.act(Call::propose { plan }).unwrap();
		run
	}

	fn propose(&mut self) {
		self.run = self.propose_run();
		for dataset in self.script.datasets.clone() {
			let owner = self.owner_of(dataset);
			if self.is(Attack::IgnoreRequest) && owner == self.publisher.account {
				continue;
			}
			let run = self.run;
			act(&owner, pallet_datasets::Call::grant { dataset, run }).unwrap();
		}
	}

	// Work

	fn enrol(&self) {
		if Training::run(self.run).unwrap().0.enrolled > 0 {
			return;
		}
		let world = &self.world;
		for trainer in &world.trainers {
			world.enrol(self.run, trainer, Role::Trainer).unwrap();
		}
		for user in &world.users {
			world.enrol(self.run, user, Role::User).unwrap();
		}
	}

	fn work(&mut self) {
		let (run, _) = Training::run(self.run).unwrap();
		for number in run.feedback_posted..BATCHES {
			let call = Call::post_feedback {
				run: self.run,
				number,
				items_root: H256::from_low_u64_be(number.into()),
				items: ITEMS,
			};
			self.world.sponsor.act(call).unwrap();
		}
		for (index, task) in open_tasks(self.run) {
			if !self.is_left_undone(&task) {
				self.hand_in(index, &task);
			}
		}
		if run.round == 1 {
			if let Some((owner, args)) = self.unopened.take() {
				owner.publish(args);
			}
		}
	}

	fn is_left_undone(&self, task: &Task) -> bool {
		match self.attack {
			Some(Attack::TrainNothing) => task.contributor == self.trainer.account,
			Some(Attack::AnswerNothing) => task.contributor == self.user.account,
			Some(Attack::HoldAllPlaces) => match task.work {
				Work::Train { dataset, .. } => self.owner_of(dataset) != self.publisher.account,
				Work::Aggregate | Work::Feedback { .. } => false,
			},
			_ => false,
		}
	}

	fn hand_in(&mut self, index: TaskIndex, task: &Task) {
		let receipt = self.world.receipt(self.run, index, task);
		let honest = self.signed(&receipt, &self.signers(task));
		let mine = task.contributor == self.trainer.account;
		match self.attack.filter(|_| mine) {
			Some(attack @ (Attack::Forge | Attack::BribeOne)) => {
				if self.tried.insert(index) {
					let bribed = usize::from(attack == Attack::BribeOne);
					let forged = self.forged(receipt, task, bribed);
					assert_eq!(
						self.submit(self.run, forged),
						Some(Refusal::QuorumNotReached)
					);
				}
				return;
			}
			Some(Attack::BribeQuorum) => {
				let forged = self.forged(receipt, task, 2);
				assert_eq!(self.submit(self.run, forged), None);
				return;
			}
			Some(Attack::Alter) => {
				let mut altered = honest.clone();
				altered.receipt.metric_after = 1_000_000;
				assert_eq!(
					self.submit(self.run, altered.clone()),
					Some(Refusal::BadSignature)
				);
				altered.signature = sign_receipt(&self.trainer.key, &altered.receipt);
				assert_eq!(
					self.submit(self.run, altered),
					Some(Refusal::QuorumNotReached)
				);
			}
			Some(Attack::Replay) => {
				if let Some(old) = self.accepted.last().cloned() {
					self.replay(old, index, task);
				}
			}
			_ => {}
		}
		assert_eq!(self.submit(self.run, honest.clone()), None);
		if mine {
			self.accepted.push(honest);
		}
	}

	/// Who signs an honest receipt, as far as they are let.
	fn signers(&self, task: &Task) -> Vec<AccountId> {
		let mut signers: Vec<_> = task.committee.to_vec();
		match self.attack {
			Some(Attack::NeverSign) => signers.retain(|who| *who != self.attestor.account),
			Some(Attack::LeaveOut) => {
				signers.sort_by_key(|who| *who != self.attestor.account);
				signers.truncate(2);
			}
			_ => {}
		}
		signers
	}

	fn signed(&self, receipt: &Receipt, signers: &[AccountId]) -> Submission {
		let contributor = self.world.actor(&receipt.contributor.into());
		let attestations: Vec<_> = signers
			.iter()
			.map(|who| {
				if self.is(Attack::SignBlindly) && *who == self.attestor.account {
					attest(&self.attestor, receipt.id(), [0; 32])
				} else {
					self.world.attest(who, receipt)
				}
			})
			.collect();
		Submission {
			signature: sign_receipt(&contributor.key, receipt),
			receipt: receipt.clone(),
			attestations: attestations.try_into().unwrap(),
		}
	}

	/// A result that nobody computed, signed by so many of the committee that were bribed.
	fn forged(&mut self, mut receipt: Receipt, task: &Task, bribed: usize) -> Submission {
		receipt.result = blake2_256(&("made up", receipt.task).encode());
		let bribed = &task.committee[..bribed];
		self.bribed.extend(bribed.iter().cloned());
		self.signed(&receipt, bribed)
	}

	/// An accepted receipt once more: for its own task, for another one, in another run.
	fn replay(&mut self, old: Submission, onto: TaskIndex, task: &Task) {
		assert_eq!(self.submit(self.run, old.clone()), Some(Refusal::TaskDone));
		let mut moved = old.clone();
		moved.receipt.task = onto;
		moved.receipt.base_model = task.base_model;
		moved.receipt.valid_until = task.deadline;
		assert_eq!(
			self.submit(self.run, moved.clone()),
			Some(Refusal::BadSignature)
		);
		moved.signature = sign_receipt(&self.trainer.key, &moved.receipt);
		assert_eq!(
			self.submit(self.run, moved),
			Some(Refusal::QuorumNotReached)
		);
		if self.tried.is_empty() {
			let other = self.propose_run();
			assert_eq!(self.submit(other, old), Some(Refusal::WrongRun));
			let cancel = Call::cancel { run: other };
			self.world.sponsor.act(cancel).unwrap();
		}
		self.tried.insert(onto);
	}

	fn submit(&self, run: RunId, item: Submission) -> Option<Refusal> {
		System::reset_events();
		let items = vec![item].try_into().unwrap();
		let call = Call::submit { run, items };
		self.world.keeper.act(call).unwrap();
		System::events()
			.into_iter()
			.find_map(|record| match record.event {
				RuntimeEvent::Training(pallet_training::Event::ReceiptRefused {
					reason, ..
				}) => Some(reason),
				_ => None,
			})
	}

	/// Two signatures of the attestor for a receipt of its committee, shown by a stranger.
	fn equivocate(&self) {
		let is_signed = |task: &Task| task.committee.contains(&self.attestor.account);
		let receipt = all_tasks(self.run)
			.into_iter()
			.find_map(|(_, task)| match task.state {
				TaskState::Done { receipt } if is_signed(&task) => Some(receipt),
				_ => None,
			})
			.expect("every attestor signs something");
		let states = |states| {
			let signed = attest(&self.attestor, receipt, states);
			SignedStates {
				states: signed.states,
				signature: signed.signature,
			}
		};
		let call = pallet_attestors::Call::report_equivocation {
			who: self.attestor.account.clone(),
			receipt,
			first: states([1; 32]),
			second: states([2; 32]),
		};
		self.world.stranger.act(call).unwrap();
	}

	// Valuation

	/// Everybody acts in the first block of a phase.
	fn appraise(&mut self) {
		let now = phase(self.run);
		let last = self.acted_in.replace(now.clone());
		if last.is_none()
			&& matches!(
				self.attack,
				Some(Attack::Equivocate | Attack::EquivocateAndReport)
			) {
			self.equivocate();
		}
		if last.as_ref() == Some(&now) {
			return;
		}
		match now {
			Phase::AwaitingTests { .. } => {
				if !self.is(Attack::NeverReveal) && !self.is(Attack::NeverRevealForFriend) {
					self.world.reveal_tests(self.run, &self.script).unwrap();
				}
			}
			Phase::Committing { .. } => self.commit(),
			Phase::Revealing { .. } => self.reveal(),
			Phase::Streaming { .. } => self.stream(),
			Phase::Drawing { .. } | Phase::Done { .. } => {}
		}
	}

	fn can_count(&self) -> bool {
		!self.is(Attack::StopServing) && !self.is(Attack::NotServeTests)
	}

	/// What each appraiser says that it found.
	fn digests(&self) -> Vec<(&Actor, [u8; 32])> {
		let digest = |made_up| {
			let (header, items) = self.counts(made_up);
			World::links(&header, &items).0
		};
		let (right, agreed) = (digest(false), digest(self.is(Attack::AgreeOnCounts)));
		let of = |who: &Actor| {
			if who.account != self.appraiser.account {
				agreed
			} else if self.is(Attack::MakeUpCounts) {
				[66; 32]
			} else {
				right
			}
		};
		let appraisers = self.world.appraisers.iter();
		appraisers.map(|who| (who, of(who))).collect()
	}

	fn commit(&self) {
		if !self.can_count() {
			return;
		}
		let run = self.run;
		for (who, digest) in self.digests() {
			if self.is(Attack::NeverAppraise) && who.account == self.appraiser.account {
				continue;
			}
			let bytes = commitment(run, who.account.as_ref(), &SALT, &digest);
			let commitment = H256(blake2_256(&bytes));
			who.act(pallet_valuation::Call::commit { run, commitment })
				.unwrap();
		}
	}

	fn reveal(&self) {
		let run = self.run;
		for (who, digest) in self.digests() {
			let is_adversary = who.account == self.appraiser.account;
			let stays_silent = self.is(Attack::CommitOnly) || self.is(Attack::NeverAppraise);
			if is_adversary && stays_silent {
				continue;
			}
			let salt = H256(SALT);
			who.act(pallet_valuation::Call::reveal { run, salt, digest })
				.unwrap();
		}
	}

	fn stream(&self) {
		let (header, items) = self.counts(self.is(Attack::AgreeOnCounts));
		let (_, links) = World::links(&header, &items);
		let call = pallet_valuation::Call::stream {
			run: self.run,
			links: links.try_into().unwrap(),
			header: Some(header),
		};
		self.world.stranger.act(call).unwrap();
	}

	/// What is near each test point, by what each owner's data is worth in this world, and how users
	/// did on the gold answers. Made up, they say that the publisher's records alone are worth anything.
	fn counts(&self, made_up: bool) -> (AppraisalHeader, Vec<Item>) {
		let used: Vec<_> = Training::run_datasets(self.run)
			.into_iter()
			.filter(|view| view.kept.used > 0)
			.map(|view| (view.dataset, self.owner_of(view.dataset)))
			.collect();
		let points = (0..POINTS).map(|point| Item::Point(self.counts_of(&used, point, made_up)));
		let mut users: Vec<[u8; 32]> = read::table(self.run, Role::User, 0, 64)
			.items
			.into_iter()
			.map(|(_, entry)| match entry.subject {
				Subject::Account(who) => who.into(),
				other => panic!("a user is an account, not {other:?}"),
			})
			.collect();
		users.sort();
		let header = AppraisalHeader {
			run: self.run,
			points: POINTS,
			users: users.len() as u32,
			tau2: 400,
			rho2: 6,
		};
		let users = users.into_iter().map(|user| {
			Item::User(UserCounts {
				user,
				answered: GOLD,
				right: self.right(&user.into()),
			})
		});
		(header, points.chain(users).collect())
	}

	fn counts_of(&self, used: &[(DatasetId, AccountId)], point: u32, made_up: bool) -> PointCounts {
		let mut shares = Vec::new();
		for (dataset, owner) in used {
			let is_half = self.is(Attack::Split) && *owner == self.publisher.account;
			// A copy is worth what the data is worth, and each half of a dataset a half of it.
			let (original, halves) = if is_half {
				let owners = self.world.owners.iter();
				let before = owners.take_while(|one| one.account != *owner);
				(before.count() as DatasetId, 2)
			} else {
				(*dataset, 1)
			};
			let quality = 2 + 2 * self.seed.roll(("quality", original), 3);
			let mut with_label =
				2 * (1 + self.seed.roll(("with", original, point), quality)) as u32 / halves;
			let mut without_label =
				2 * self.seed.roll(("without", original, point), 2) as u32 / halves;
			let is_wrong =
				self.is(Attack::Mislabel) || (made_up && *owner != self.publisher.account);
			if is_wrong {
				without_label += std::mem::take(&mut with_label);
			}
			shares.push(Share {
				dataset: *dataset,
				with_label,
				without_label,
			});
		}
		shares.sort_by_key(|share: &Share| share.dataset);
		let same_label = shares.iter().map(|share| share.with_label).sum();
		let others: u32 = shares.iter().map(|share| share.without_label).sum();
		PointCounts {
			in_ball: same_label + others,
			same_label,
			shares: shares.try_into().unwrap(),
		}
	}

	fn right(&self, user: &AccountId) -> u32 {
		let at_chance = GOLD / u32::from(CLASSES);
		let is_adversary = *user == self.user.account;
		match self.attack {
			Some(Attack::AnswerAtRandom) if is_adversary => at_chance,
			Some(Attack::GoldForFriend) if is_adversary => GOLD,
			Some(Attack::GoldForFriend) => at_chance,
			_ => GOLD - self.seed.roll(("right", user), 5) as u32,
		}
	}

	// Money

	/// A stranger claims everything for everybody.
	fn claim(&self) {
		if self.is(Attack::ClaimTwice) {
			self.claim_twice();
		}
		let claims: Vec<_> = leaves_of(self.run)
			.into_iter()
			.filter(|leaf| leaf.proven.as_ref().unwrap().entitlement > 0)
			.filter(|leaf| !Settlement::is_claimed(leaf.pool, leaf.index))
			.map(claim_for)
			.collect();
		let claims = claims.try_into().unwrap();
		self.claim_all(claims);
		assert_eq!(claim_refusals(), vec![]);
	}

	fn claim_all(&self, claims: pallet_settlement::Claims<AccountId>) {
		System::reset_events();
		let call = pallet_settlement::Call::claim_many { claims };
		self.world.stranger.act(call).unwrap();
	}

	fn claim_twice(&self) {
		let leaf = claims_of(&self.trainer.payout).remove(0);
		let claim = claim_for(leaf);
		let refused: DispatchError = pallet_settlement::Error::<Runtime>::AlreadyClaimed.into();
		for refusals in [
			vec![(claim.index, refused)],
			vec![(claim.index, refused); 2],
		] {
			self.claim_all(vec![claim.clone(), claim.clone()].try_into().unwrap());
			assert_eq!(claim_refusals(), refusals);
		}
	}

	/// Everything that is held of anybody comes back, or is lost.
	fn wind_up(&self) {
		let stranger = &self.world.stranger;
		let runs = 0..pallet_training::NextRunId::<Runtime>::get();
		let prune = |run| while stranger.act(Call::prune { run, limit: 100 }).is_ok() {};
		runs.clone().for_each(prune);
		let seats: Vec<_> = Kind::ALL
			.into_iter()
			.flat_map(|kind| {
				pallet_attestors::Registrations::<Runtime>::iter_key_prefix(kind)
					.map(move |who| (kind, who))
			})
			.collect();
		let datasets: Vec<_> = pallet_datasets::Datasets::<Runtime>::iter()
			.map(|(dataset, stored)| (dataset, stored.owner))
			.collect();
		// Refused where a penalty retired the seat, and where a dataset is contested.
		for (kind, who) in &seats {
			let _ = act(who, pallet_attestors::Call::retire { kind: *kind });
		}
		for (dataset, owner) in &datasets {
			let dataset = *dataset;
			let _ = act(owner, pallet_datasets::Call::withdraw { dataset });
		}
		let kept: BlockNumber = <Runtime as pallet_training::Config>::RetentionBlocks::get();
		System::set_block_number(System::block_number() + kept);
		next_block();
		runs.for_each(prune);
		for (dataset, owner) in datasets {
			act(&owner, pallet_datasets::Call::retire { dataset }).unwrap();
		}
		for (kind, who) in seats {
			if act(&who, pallet_attestors::Call::withdraw { kind }).is_err() {
				stranger
					.act(pallet_attestors::Call::evict { kind, who })
					.unwrap();
			}
		}
		check_everything();
		let everybody = self.world.everybody();
		for actor in everybody.chain([&self.world.sponsor]) {
			let view = read::account(actor.account.clone());
			assert_eq!(view.held, 0, "{:?}", self.attack);
		}
	}
}

fn attest(who: &Actor, receipt: [u8; 32], states: [u8; 32]) -> SignedAttestation {
	let attestation = Attestation {
		receipt,
		attestor: who.account.clone().into(),
		states,
	};
	sign_attestation(&who.key, &attestation)
}
