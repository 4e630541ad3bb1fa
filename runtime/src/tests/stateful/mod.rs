//! Random walks of many actors through the whole runtime: mostly sensible calls, often wrong ones,
//! and after every block everything that must hold.
//!
//! A walk is made from a seed alone. `GUERDON_STATEFUL_SEED` and `GUERDON_STATEFUL_STEPS` (blocks)
//! take another one; a walk that fails prints its seed and its last calls. The walk of the default
//! seed must reach everything there is: see `census.rs`. A call that is new needs a line in [`MENU`].

mod attestors;
mod census;
mod datasets;
mod dice;
mod scenes;
mod settlement;
mod training;
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

use self::{census::Census, dice::Dice, watch::Watch};
use super::world::{act, check_everything, next_block, Actor, World};
use crate::{
	constants::{
		currency::GRD,
		time::{DAYS, EPOCH_SLOTS},
	},
	*,
};

/// Blocks of the walk that must reach everything.
const STEPS: u32 = 1_600;
const SEED: u64 = 2;
/// Calls of a block, at most.
const CALLS: u64 = 20;
/// How many of the last calls are told when a walk fails.
const TOLD: usize = 40;

/// A call, and who sends it.
#[derive(Clone)]
pub struct Sent {
	who: AccountId,
	call: RuntimeCall,
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
	census: Census,
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
	told: VecDeque<(BlockNumber, Sent, DispatchResult)>,
}

impl Drop for Walk {
	fn drop(&mut self) {
		if std::thread::panicking() {
			println!(
				"the walk of seed {} failed at block {}",
				self.seed,
				System::block_number()
			);
			for (block, Sent { who, call }, outcome) in &self.told {
				println!("{block}: {who:?}: {call:?}: {outcome:?}");
			}
		}
	}
}

fn several(name: &str, count: usize) -> Vec<Actor> {
	(0..count)
		.map(|number| Actor::new(&format!("{name} {number}")))
		.collect()
}

impl Walk {
	pub fn new(seed: u64) -> Self {
		let world = World {
			sponsor: Actor::new("sponsor"),
			keeper: Actor::new("keeper"),
			owners: several("owner", 4),
			trainers: several("trainer", 5),
			users: several("user", 4),
			attestors: several("attestor", 8),
			appraisers: several("appraiser", 7),
			stranger: Actor::new("stranger"),
		};
		let guests = several("guest", 4);
		let mut people: BTreeMap<_, _> = world
			.everybody()
			.chain([&world.sponsor])
			.map(|actor| (actor.account.clone(), actor.clone()))
			.collect();
		let bank = sp_keyring::Sr25519Keyring::Ferdie.to_account_id();
		for who in people.keys() {
			let rich = *who == world.sponsor.account;
			let value = if rich { 5_000_000 * GRD } else { 8_000 * GRD };
			let dest = who.clone().into();
			let call = pallet_balances::Call::transfer_keep_alive { dest, value };
			act(&bank, call).unwrap();
		}
		people.extend(
			guests
				.iter()
				.map(|guest| (guest.account.clone(), guest.clone())),
		);
		System::reset_events();
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
		}
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

	/// Dispatches a call, and checks what is true of any: events tell what it did, and if it fails
	/// it did nothing.
	pub fn send(&mut self, sent: Sent) -> DispatchResult {
		let Sent { who, call } = sent.clone();
		let sampled = self.dice.chance(4);
		System::reset_events();
		let root = || sp_io::storage::root(StateVersion::V1);
		let before = sampled.then(root);
		self.told.push_back((
			System::block_number(),
			sent,
			Err(DispatchError::Other("it panicked")),
		));
		if self.told.len() > TOLD {
			self.told.pop_front();
		}
		let outcome = act(&who, call.clone());
		self.told.back_mut().unwrap().2 = outcome;
		self.census.called(&call, &outcome);
		let events = System::events();
		if outcome.is_err() {
			assert!(events.is_empty(), "a call that failed told of something");
			let expected = matches!(
				outcome,
				Err(DispatchError::Module(_) | DispatchError::Token(_))
			);
			let is_ours = !matches!(call, RuntimeCall::Balances(_));
			assert!(
				expected || !is_ours,
				"{outcome:?} says nothing to whoever sent the call"
			);
			if let Some(before) = before {
				assert_eq!(before, root(), "a call that failed changed something");
			}
			return outcome;
		}
		let fresh: Vec<RuntimeEvent> = events.into_iter().map(|record| record.event).collect();
		self.watch.observe(&call, &fresh);
		for event in &fresh {
			self.census.happened(event);
			match event {
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
		outcome
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

	/// A few calls, and then everything is checked.
	fn block(&mut self) {
		next_block();
		for _ in 0..1 + self.dice.below(CALLS) {
			// What cannot be done now leaves its turn to something else.
			if let Some(sent) = (0..8).find_map(|_| self.choose()(self)) {
				let _ = self.send(sent);
			}
		}
		self.check();
	}

	fn check(&mut self) {
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
	fn wind_up(&mut self) {
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
fn live_and_over() -> impl Iterator<Item = (RunId, Run, RunPlan)> {
	(0..pallet_training::NextRunId::<Runtime>::get())
		.filter_map(|id| Training::run(id).map(|(run, plan)| (id, run, plan)))
}

fn setting(name: &str) -> Option<u64> {
	let text = std::env::var(name).ok()?;
	Some(
		text.parse()
			.unwrap_or_else(|_| panic!("{name} is a number")),
	)
}

#[test]
fn whatever_everybody_does_everything_holds_and_everything_is_reached() {
	let seed = setting("GUERDON_STATEFUL_SEED");
	let steps = setting("GUERDON_STATEFUL_STEPS");
	super::development().execute_with(|| {
		let mut walk = Walk::new(seed.unwrap_or(SEED));
		walk.walk(steps.map_or(STEPS, |steps| steps.try_into().unwrap()));
		scenes::play(&mut walk);
		walk.wind_up();
		println!("{}", walk.census);
		let missing = walk.census.missing();
		if seed.is_none() && steps.is_none() {
			assert!(missing.is_empty(), "{}", missing.join("\n"));
		} else {
			println!("{}", missing.join("\n"));
		}
	});
}

#[test]
fn a_walk_is_made_from_its_seed_alone() {
	let root = |seed| {
		super::development().execute_with(|| {
			Walk::new(seed).walk(30);
			sp_io::storage::root(StateVersion::V1)
		})
	};
	assert_eq!(root(7), root(7));
	assert_ne!(root(7), root(8));
}
