//! Random walks of many actors through the whole runtime: mostly sensible calls, often wrong ones,
//! and after every block everything that must hold.
//!
//! A walk is made from a seed alone. It goes by hand, where calls are dispatched and blocks only
//! counted (`tests.rs`: the walk of the default seed must reach everything there is, see
//! `census.rs`), or on a chain, where its calls are the transactions of real blocks
//! (`transactions.rs`). A call that is new needs a line in [`MENU`].

mod assets;
mod attestors;
pub(crate) mod census;
mod datasets;
pub(crate) mod dice;
mod scenes;
mod settlement;
#[cfg(test)]
mod tests;
mod training;
pub(crate) mod transactions;
mod transfers;
mod valuation;
mod watch;

use std::collections::{BTreeMap, VecDeque};

use codec::Encode;
use frame_support::traits::fungible::hold::Inspect as _;
use guerdon_receipt::{Digest, PoolId, RunId};
use guerdon_runtime_api::{Run, RunPlan};
use guerdon_share_tree::Leaf;
use pallet_settlement::Opening;
use pallet_training::{HoldReason, State};
use sp_runtime::{DispatchError, DispatchResult, StateVersion, TransactionOutcome};

use self::{census::Census, dice::Dice, transactions::Wire, watch::Watch};
use crate::{
	constants::{
		currency::GRD,
		time::{DAYS, EPOCH_SLOTS},
	},
	world::{act, check_everything, next_block, Actor, World},
	*,
};

/// Calls of a block, at most.
const CALLS: u64 = 20;
/// How many of the last calls are told when a walk fails.
const TOLD: usize = 40;
/// How many characters of each: a runtime is long.
const MOST_TOLD: usize = 2_000;

/// A call, and who sends it.
#[derive(Clone)]
pub struct Sent {
	pub who: AccountId,
	pub call: RuntimeCall,
}

/// A call that was sent, and what came of it.
pub struct Told {
	block: BlockNumber,
	sent: Sent,
	outcome: String,
}

impl std::fmt::Display for Told {
	fn fmt(&self, to: &mut std::fmt::Formatter) -> std::fmt::Result {
		let Sent { who, call } = &self.sent;
		let call: String = format!("{call:?}").chars().take(MOST_TOLD).collect();
		write!(to, "{}: {who}: {call}: {}", self.block, self.outcome)
	}
}

/// Makes a call that is sensible in the present state, or spoils one; nothing when there is none.
type Maker = fn(&mut Walk) -> Option<Sent>;

/// Every call, and how often it is tried.
const MENU: &[(u64, Maker)] = &[
	(6, datasets::announce),
	(1, datasets::expire_announcement),
	(8, datasets::publish),
	(2, datasets::set_payout),
	(2, datasets::set_licence),
	(8, datasets::grant),
	(2, datasets::revoke),
	(1, datasets::withdraw),
	(2, datasets::retire),
	(3, datasets::request_unlearning),
	(2, datasets::answer_unlearning),
	(2, datasets::close_unlearning),
	(6, attestors::register),
	(1, attestors::set_endpoint),
	(1, attestors::set_payout),
	(1, attestors::retire),
	(2, attestors::withdraw),
	(1, attestors::report_equivocation),
	(1, attestors::evict),
	(8, training::propose),
	(16, training::advance),
	(2, training::cancel),
	(14, training::enrol),
	(5, training::invite),
	(1, training::withdraw_invitation),
	(1, training::withdraw_enrolment),
	(5, training::post_feedback),
	(12, training::deal),
	(16, training::submit),
	(4, training::request_committee),
	(3, training::prune),
	(4, valuation::reveal_tests),
	(8, valuation::commit),
	(8, valuation::reveal),
	(6, valuation::stream),
	(6, settlement::claim),
	(4, settlement::claim_free),
	(3, settlement::claim_many),
	(3, settlement::claim_due),
	(4, settlement::open_members),
	(5, settlement::stream_members),
	(3, settlement::seal_members),
	(1, settlement::abandon_members),
	(2, settlement::claim_licences),
	(2, settlement::pay_page),
	(1, settlement::expire),
	(1, settlement::clean),
	(4, transfers::transfer),
	(1, assets::allow),
	(1, assets::close),
	(3, assets::issue),
	(1, assets::take_back),
	(1, assets::block),
];

/// Picks one of the flaws that a maker knows, and does what stands behind it.
///
/// A flaw is named by what it should be refused with, `Group::Name` as in the census.
macro_rules! spoil {
	($walk:expr, $($name:literal => $spoilt:expr),+ $(,)?) => {
		match $walk.flaw(&[$($name),+]) {
			$(Some($name) => { $spoilt; })+
			_ => {}
		}
	};
}
use spoil;

/// Everything that a walk remembers beside the chain.
pub struct Walk {
	seed: u64,
	dice: Dice,
	/// What was reached.
	pub census: Census,
	watch: Watch,
	/// Everybody, with what each usually does.
	world: World,
	/// Who owns nothing until somebody invites them.
	guests: Vec<Actor>,
	/// Everybody who can sign.
	people: BTreeMap<AccountId, Actor>,
	announced: Vec<datasets::Announced>,
	sheets: BTreeMap<RunId, valuation::Sheet>,
	/// Who is on each list of members, as events told.
	members: BTreeMap<PoolId, Vec<Leaf<AccountId>>>,
	/// What hidden members know.
	openings: BTreeMap<Digest, Opening<AccountId>>,
	/// The last calls.
	pub told: VecDeque<Told>,
	/// How its calls become transactions; nothing where they are dispatched by hand.
	pub wire: Option<Wire>,
}

/// What a walk knows of the chain, and so must forget when blocks are undone.
#[derive(Clone)]
pub struct Memory {
	watch: Watch,
	announced: Vec<datasets::Announced>,
	sheets: BTreeMap<RunId, valuation::Sheet>,
	members: BTreeMap<PoolId, Vec<Leaf<AccountId>>>,
}

fn several(make: fn(&str) -> Actor, name: &str, count: usize) -> Vec<Actor> {
	(0..count)
		.map(|number| make(&format!("{name} {number}")))
		.collect()
}

/// Everybody, and who owns nothing at first.
pub fn everybody(make: fn(&str) -> Actor) -> (World, Vec<Actor>) {
	let world = World {
		sponsor: make("sponsor"),
		keeper: make("keeper"),
		owners: several(make, "owner", 4),
		trainers: several(make, "trainer", 5),
		users: several(make, "user", 4),
		attestors: several(make, "attestor", 8),
		appraisers: several(make, "appraiser", 7),
		stranger: make("stranger"),
	};
	(world, several(make, "guest", 4))
}

/// What somebody starts with who is not a guest.
pub fn endowment(world: &World, who: &AccountId) -> Balance {
	if *who == world.sponsor.account {
		5_000_000 * GRD
	} else {
		8_000 * GRD
	}
}

impl Walk {
	/// Of people who were given what they need.
	pub fn new(seed: u64, (world, guests): (World, Vec<Actor>), wire: Option<Wire>) -> Self {
		let people = world
			.everybody()
			.chain([&world.sponsor])
			.chain(&guests)
			.map(|actor| (actor.account.clone(), actor.clone()))
			.collect();
		Self {
			seed,
			dice: Dice::new(seed),
			census: Census::new(),
			watch: Watch::new(),
			world,
			guests,
			people,
			announced: Vec::new(),
			sheets: BTreeMap::new(),
			members: BTreeMap::new(),
			openings: BTreeMap::new(),
			told: VecDeque::new(),
			wire,
		}
	}

	/// What it knows at the end of this block.
	pub fn memory(&self) -> Memory {
		Memory {
			watch: self.watch.clone(),
			announced: self.announced.clone(),
			sheets: self.sheets.clone(),
			members: self.members.clone(),
		}
	}

	/// Whatever happened since then was undone. What hidden members know they keep.
	pub fn remember(&mut self, memory: Memory) {
		let Memory {
			watch,
			announced,
			sheets,
			members,
		} = memory;
		self.watch = watch;
		self.announced = announced;
		self.sheets = sheets;
		self.members = members;
	}

	/// Which flaw the next call shall have, if any: rather one that has not been refused yet.
	fn flaw(&mut self, names: &[&'static str]) -> Option<&'static str> {
		let is_unseen = |name: &&&'static str| {
			let (group, what) = name.split_once("::").unwrap();
			let seen = self.census.of(group, what);
			seen.unwrap_or_else(|| panic!("nothing is refused with {name}")) == 0
		};
		let unseen: Vec<&'static str> = names.iter().filter(is_unseen).copied().collect();
		if !unseen.is_empty() && self.dice.chance(40) {
			return self.dice.one_of(&unseen);
		}
		let often = (4 + 2 * names.len() as u64).min(20);
		if self.dice.chance(often) {
			return self.dice.one_of(names);
		}
		None
	}

	/// A property that a run, or somebody in a run, has for good.
	fn mood(&self, about: impl Encode, percent: u8) -> bool {
		let hash = sp_io::hashing::blake2_256(&(self.seed, about).encode());
		u16::from_le_bytes([hash[0], hash[1]]) % 100 < u16::from(percent)
	}

	fn actor(&self, account: &AccountId) -> &Actor {
		&self.people[account]
	}

	fn anybody(&mut self) -> Actor {
		let everybody: Vec<_> = self.people.values().cloned().collect();
		self.dice.one_of(&everybody).unwrap()
	}

	fn stranger(&self) -> AccountId {
		self.world.stranger.account.clone()
	}

	/// A run that fits.
	fn run_where(&mut self, fits: impl Fn(RunId, &Run, &RunPlan) -> bool) -> Option<RunId> {
		let runs: Vec<_> = live_and_over()
			.filter(|(id, run, plan)| fits(*id, run, plan))
			.map(|(id, ..)| id)
			.collect();
		self.dice.one_of(&runs)
	}

	/// A run of which a dry run accepts the call.
	fn run_that_takes(
		&mut self,
		state: impl Fn(State) -> bool,
		call: impl Fn(RunId) -> pallet_training::Call<Runtime>,
	) -> Option<RunId> {
		let keeper = self.world.keeper.account.clone();
		self.run_where(|id, run, _| {
			let tried = || {
				let outcome = act(&keeper, call(id));
				TransactionOutcome::Rollback(Ok::<_, DispatchError>(outcome.is_ok()))
			};
			state(run.state) && frame_support::storage::with_transaction(tried).unwrap()
		})
	}

	fn run_in(&mut self, states: &[State]) -> Option<RunId> {
		self.run_where(|_, run, _| states.contains(&run.state))
	}

	fn run_not_in(&mut self, states: &[State]) -> Option<RunId> {
		self.run_where(|_, run, _| !states.contains(&run.state))
	}

	/// Sends a call, and checks what is true of any: events tell what it did, and if it fails it did
	/// nothing.
	pub fn send(&mut self, sent: Sent) -> DispatchResult {
		if self.wire.is_some() {
			return self.transact(sent);
		}
		let Sent { who, call } = sent.clone();
		let sampled = self.dice.chance(4);
		System::reset_events();
		let root = || sp_io::storage::root(StateVersion::V1);
		let before = sampled.then(root);
		self.tell(sent);
		let outcome = act(&who, call.clone());
		let events = System::events();
		let fresh: Vec<RuntimeEvent> = events.into_iter().map(|record| record.event).collect();
		self.learn(&call, &outcome, &fresh);
		if let Some(before) = before.filter(|_| outcome.is_err()) {
			assert_eq!(before, root(), "a call that failed changed something");
		}
		outcome
	}

	/// Notes a call before anything can go wrong with it.
	fn tell(&mut self, sent: Sent) {
		self.told.push_back(Told {
			block: System::block_number(),
			sent,
			outcome: "it panicked".into(),
		});
		if self.told.len() > TOLD {
			self.told.pop_front();
		}
	}

	/// What came of the last call that was noted.
	fn tell_outcome(&mut self, outcome: String) {
		if let Some(last) = self.told.back_mut() {
			last.outcome = outcome;
		}
	}

	/// What a call came to, and the events that it alone is the cause of.
	fn learn(&mut self, call: &RuntimeCall, outcome: &DispatchResult, fresh: &[RuntimeEvent]) {
		self.tell_outcome(format!("{outcome:?}"));
		self.census.called(call, outcome);
		if outcome.is_err() {
			assert!(fresh.is_empty(), "a call that failed told of something");
			let expected = matches!(
				outcome,
				Err(DispatchError::Module(_) | DispatchError::Token(_))
			);
			let is_ours = !matches!(call, RuntimeCall::Balances(_) | RuntimeCall::Assets(_));
			assert!(
				expected || !is_ours,
				"{outcome:?} says nothing to whoever sent the call"
			);
			return;
		}
		self.watch.observe(call, fresh);
		for event in fresh {
			self.census.happened(event);
			match event {
				RuntimeEvent::Council(pallet_collective::Event::Executed { result, .. }) => {
					if let RuntimeCall::Council(pallet_collective::Call::propose {
						proposal, ..
					}) = call
					{
						self.census.decided(proposal, result);
					}
				}
				RuntimeEvent::Training(pallet_training::Event::ReceiptRefused {
					reason, ..
				}) => {
					self.census.saw("Refusal", reason);
				}
				RuntimeEvent::Settlement(pallet_settlement::Event::ClaimRefused {
					reason, ..
				}) => {
					self.census.refused(reason);
				}
				RuntimeEvent::Settlement(pallet_settlement::Event::MembersStreamed {
					pool,
					members,
					..
				}) => {
					let listed = self.members.entry(*pool).or_default();
					listed.extend(members.iter().cloned());
				}
				RuntimeEvent::Valuation(
					pallet_valuation::Event::Scored { basis, .. }
					| pallet_valuation::Event::FellBack { basis, .. },
				) => self.census.saw("Basis", basis),
				RuntimeEvent::Attestors(pallet_attestors::Event::Penalised { offence, .. }) => {
					self.census.saw("Offence", offence);
				}
				RuntimeEvent::Datasets(pallet_datasets::Event::UnlearningAnswered {
					answer,
					..
				}) => self.census.saw("Answer", answer),
				_ => {}
			}
		}
	}

	fn send_as(&mut self, who: &AccountId, call: impl Into<RuntimeCall>) -> DispatchResult {
		self.send(Sent {
			who: who.clone(),
			call: call.into(),
		})
	}

	/// Blocks in which nobody does anything. Of all their epochs only the last ones' seeds are kept,
	/// and one block of an epoch is enough for its seed.
	fn pause(&mut self, blocks: BlockNumber) {
		let end = System::block_number() + blocks;
		let slots = EPOCH_SLOTS as BlockNumber;
		let kept = (pallet_attestors::SEEDS_KEPT as BlockNumber + 1) * slots;
		let first = (System::block_number() + 1).max(end.saturating_sub(kept));
		for block in (first..end).filter(|block| block.is_multiple_of(slots)) {
			System::set_block_number(block - 1);
			next_block();
		}
		System::set_block_number(end - 1);
		next_block();
	}

	/// Whoever has too little for what it does is given what it started with.
	pub fn lend(&mut self, bank: &AccountId) {
		let poor: Vec<_> = (self.world.everybody().chain([&self.world.sponsor]))
			.map(|actor| {
				(
					actor.account.clone(),
					endowment(&self.world, &actor.account),
				)
			})
			.filter(|(who, usual)| Balances::free_balance(who) < usual / 4)
			.collect();
		for (who, value) in poor {
			let dest = who.into();
			let gift = pallet_balances::Call::transfer_keep_alive { dest, value };
			let _ = self.send_surely(bank.clone(), gift.into());
		}
	}

	/// [`Self::wind_up`] from the state of a chain, where slots were missed: by hand no slot is.
	pub fn wind_up_by_hand(&mut self) {
		let slots = EPOCH_SLOTS as BlockNumber;
		let epoch = pallet_babe::EpochIndex::<Runtime>::get() as BlockNumber;
		let now = System::block_number().max((epoch + 1) * slots);
		System::set_block_number(now);
		next_block();
		scenes::play(self);
		self.wind_up();
	}

	fn choose(&mut self) -> Maker {
		let total = MENU.iter().map(|(often, _)| often).sum();
		let mut ticket = self.dice.below(total);
		for (often, maker) in MENU {
			match ticket.checked_sub(*often) {
				Some(rest) => ticket = rest,
				None => return *maker,
			}
		}
		unreachable!("a ticket is below the sum")
	}

	/// A few calls of one block.
	pub fn calls(&mut self) {
		for _ in 0..1 + self.dice.below(CALLS) {
			// What cannot be done now leaves its turn to something else.
			if let Some(sent) = (0..8).find_map(|_| self.choose()(self)) {
				let _ = self.send(sent);
			}
		}
	}

	/// A few calls, and then everything is checked.
	#[cfg(test)]
	fn block(&mut self) {
		next_block();
		self.calls();
		self.check();
	}

	/// Everything that must be true after any block.
	pub fn check(&mut self) {
		check_everything();
		self.watch.check();
		for (id, run, plan) in live_and_over() {
			self.census.saw("State", &run.state);
			if run.state == State::Working {
				self.census.saw("Stage", &run.stage);
				for task in pallet_training::Tasks::<Runtime>::iter_prefix_values(id) {
					self.census.saw("Task", &task.state);
				}
			}
			if let Some(appraisal) = pallet_valuation::Runs::<Runtime>::get(id) {
				self.census.saw("Phase", &appraisal.phase);
			}
			for dataset in plan.datasets {
				if let Some(kept) = pallet_training::RunDatasets::<Runtime>::get(id, dataset) {
					self.census.saw("Standing", &kept.standing);
				}
				if let Some(used) = pallet_datasets::Uses::<Runtime>::get(dataset, id) {
					self.census.saw("Grant", &used.grant);
				}
			}
		}
		for dataset in pallet_datasets::Datasets::<Runtime>::iter_values() {
			self.census.saw("Dataset", &dataset.status);
			self.census.saw("Access", &dataset.access);
		}
		for request in pallet_datasets::Unlearnings::<Runtime>::iter_values() {
			let state = request.state(System::block_number());
			self.census.saw("Unlearning", &state);
		}
	}

	/// So many blocks, with pauses in which draws, windows and lifetimes run out.
	#[cfg(test)]
	fn walk(&mut self, blocks: u32) {
		for step in 1..=blocks {
			self.block();
			if step.is_multiple_of(400) {
				self.pause(if step.is_multiple_of(800) { 28 } else { 7 } * DAYS + 1);
				self.check();
			} else if self.dice.below(200) == 0 {
				let blocks = self.dice.within(170, 500);
				self.pause(blocks);
				self.check();
			}
		}
	}

	/// Nobody but a keeper acts any more: every run must end, every unit be paid out, and every
	/// deposit of a run come back.
	pub fn wind_up(&mut self) {
		let keeper = self.world.keeper.account.clone();
		for _ in 0..40 {
			for (run, ..) in live_and_over().collect::<Vec<_>>() {
				while self
					.send_as(&keeper, pallet_training::Call::advance { run, limit: 64 })
					.is_ok()
				{}
			}
			self.check();
			self.pause(100);
		}
		for (id, run, _) in live_and_over() {
			let over = matches!(run.state, State::Settled | State::Cancelled);
			assert!(over, "run {id} is still in {:?}", run.state);
		}
		assets::mend(self);
		settlement::finish_every_list(self);
		settlement::pay_everybody(self);
		self.pause(28 * DAYS + 1);
		for (run, ..) in live_and_over().collect::<Vec<_>>() {
			while pallet_training::Runs::<Runtime>::contains_key(run) {
				self.send_as(&keeper, pallet_training::Call::prune { run, limit: 64 })
					.unwrap();
			}
		}
		settlement::pay_everybody(self);
		// The time to answer, and the time for which no answer is to be seen.
		self.pause(56 * DAYS + 1);
		datasets::close_every_request(self);
		// Long enough that no pool has to be paid any more.
		self.pause(365 * DAYS);
		settlement::close_every_pool(self);
		self.check();
		let conservation = Settlement::conservation(None);
		assert_eq!((conservation.escrow, conservation.dues), (0, 0));
		assert_eq!(
			conservation.funded, conservation.paid,
			"every unit is paid out"
		);
		assets::check_all_paid();
		for who in self.people.keys() {
			let unlearning = pallet_datasets::HoldReason::Unlearning.into();
			let of_runs = [
				HoldReason::Run,
				HoldReason::Enrolment,
				HoldReason::Invitation,
				HoldReason::Committee,
			];
			for reason in of_runs.map(Into::into).into_iter().chain([unlearning]) {
				assert_eq!(Balances::balance_on_hold(&reason, who), 0);
			}
		}
		for (kind, who, seat) in pallet_attestors::Registrations::<Runtime>::iter() {
			assert_eq!(
				seat.locks, 0,
				"no run holds the bond of {kind:?} {who:?} any more"
			);
		}
	}
}

/// Every run that was not pruned.
pub fn live_and_over() -> impl Iterator<Item = (RunId, Run, RunPlan)> {
	(0..pallet_training::NextRunId::<Runtime>::get())
		.filter_map(|id| Training::run(id).map(|(run, plan)| (id, run, plan)))
}
