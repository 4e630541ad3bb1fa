//! A walk on a chain: blocks, branches, restarts and upgrades, all of them drawn from one seed, and
//! everything that must hold looked at after every block.

use std::{cell::RefCell, collections::VecDeque, net::SocketAddr, path::PathBuf};

use codec::Encode;
use jsonrpsee::server::ServerHandle;
use sp_keyring::Sr25519Keyring;
use sp_runtime::{
	traits::{BlakeTwo256, Hash as _},
	OpaqueExtrinsic,
};

use crate::{
	chain::{Chain, Made, Place, Stored},
	constants::{
		currency::GRD,
		time::{DAYS, EPOCH_SLOTS},
	},
	faults::Fault,
	genesis_state,
	report::Report,
	serve, upgrade,
	walk::{
		self,
		dice::Dice,
		transactions::{bytes, signer, Transaction, Wire},
		Memory, Walk,
	},
	*,
};

/// The deepest branch.
pub const MAX_DEPTH: u32 = 8;
/// How long an upgrade waits for a run that is being settled, in steps. The first one does not.
const PATIENCE: u32 = 250;
/// What whoever pays for the others starts with.
const BANK: Balance = 1_000_000_000 * GRD;

/// One of the last blocks of the best chain, and what is needed to go back to it.
#[derive(Clone)]
struct Past {
	place: Place,
	memory: Memory,
	included: Vec<Transaction>,
}

/// A chain, everybody who uses it, and the dice that decide what goes wrong.
pub struct Simulation {
	seed: u64,
	/// Nothing while it is restarted.
	chain: Option<Chain>,
	walk: Walk,
	dice: Dice,
	/// The last blocks, the head last.
	past: VecDeque<Past>,
	council: AccountId,
	bank: AccountId,
	version: u32,
	steps: u32,
	next_upgrade: u32,
	report: Report,
	/// What shall happen to the state of the next block behind the runtime's back.
	tampering: Option<fn()>,
	/// Whether empty blocks are left out in a pause; slots are where they are not.
	leaves_out: bool,
}

/// What somebody is called whose keys are made from that.
fn names() -> Vec<String> {
	let several = |name: &str, count: u32| -> Vec<String> {
		(0..count)
			.map(|number| format!("{name} {number}"))
			.collect()
	};
	let single = ["sponsor", "keeper", "stranger", "council", "bank"]
		.map(String::from)
		.to_vec();
	let all = [
		("owner", 4),
		("trainer", 5),
		("user", 4),
		("attestor", 8),
		("appraiser", 7),
		("guest", 4),
	];
	all.iter()
		.flat_map(|(name, count)| several(name, *count))
		.chain(single)
		.collect()
}

impl Simulation {
	/// A new chain in this directory, which is empty.
	pub fn new(seed: u64, directory: PathBuf) -> Self {
		let (council, bank) = (signer("council").account, signer("bank").account);
		let (world, guests) = walk::everybody(signer);
		let endowed = (world.everybody().chain([&world.sponsor]))
			.map(|actor| {
				(
					actor.account.clone(),
					walk::endowment(&world, &actor.account),
				)
			})
			.chain([
				(council.clone(), walk::endowment(&world, &council)),
				(bank.clone(), BANK),
			])
			.collect();
		let genesis = genesis_state::with(endowed, vec![council.clone()]);
		let (chain, place) = Chain::new(directory, genesis);
		let author = Sr25519Keyring::Alice.to_account_id();
		let wire = Wire::new(seed, &names(), author);
		let walk = chain.aside(place.hash, || Walk::new(seed, (world, guests), Some(wire)));
		let mut dice = Dice::new(seed.rotate_left(32));
		let next_upgrade = dice.within(20, 60);
		let genesis = Past {
			place,
			memory: walk.memory(),
			included: Vec::new(),
		};
		Self {
			seed,
			chain: Some(chain),
			walk,
			dice,
			past: VecDeque::from([genesis]),
			council,
			bank,
			version: VERSION.spec_version,
			steps: 0,
			next_upgrade,
			report: Report::default(),
			tampering: None,
			leaves_out: true,
		}
	}

	/// Leaves no block out, for whoever wants to read all of them. What takes weeks is not reached then.
	pub fn without_gaps(self) -> Self {
		Self {
			leaves_out: false,
			..self
		}
	}

	/// Serves the chain to whoever reads a node, for as long as the handle lives.
	pub async fn serve(
		self,
		address: SocketAddr,
	) -> Result<ServerHandle, Box<dyn std::error::Error>> {
		serve::over_http(self.chain.expect("the chain is there"), address).await
	}

	/// The seed that it is made from.
	pub fn seed(&self) -> u64 {
		self.seed
	}

	/// The head of the chain.
	pub fn head(&self) -> (BlockNumber, Hash) {
		let place = self.head_place();
		(place.number, place.hash)
	}

	/// The last calls, for people.
	pub fn told(&self) -> impl Iterator<Item = String> + '_ {
		self.walk.told.iter().map(ToString::to_string)
	}

	/// What was run and reached so far.
	pub fn report(&self) -> Report {
		let mut report = self.report.clone();
		report.seeds = vec![self.seed];
		report.executed_in_wasm = self.chain().executed;
		report.census = self.walk.census.clone();
		report.faults = self
			.walk
			.wire
			.as_ref()
			.map(|wire| wire.faults.clone())
			.unwrap_or_default();
		report
	}

	/// Changes the state of the next block behind the runtime's back, to see that this is found.
	pub fn tamper(&mut self, change: fn()) {
		self.tampering = Some(change);
	}

	fn chain(&self) -> &Chain {
		self.chain.as_ref().expect("the chain is there")
	}

	fn head_place(&self) -> Place {
		self.past.back().expect("there is a head").place
	}

	fn count(&mut self, fault: Fault) {
		if let Some(wire) = &mut self.walk.wire {
			wire.faults.count(fault);
		}
	}

	/// The next block, and what goes wrong before it.
	pub fn step(&mut self) {
		self.steps += 1;
		if self.steps.is_multiple_of(400) {
			self.pause(
				if self.steps.is_multiple_of(800) {
					28
				} else {
					7
				} * DAYS + 1,
			);
		}
		if self.wants_upgrade() {
			return self.upgrade();
		}
		match self.dice.below(200) {
			0..=3 => self.fork(true),
			4..=5 => self.fork(false),
			6..=7 => self.restart(),
			8..=9 => {
				let blocks = self.dice.within(170, 500);
				self.pause(blocks);
			}
			10 => {
				self.count(Fault::Outage);
				let epochs = if self.dice.chance(80) { 3 } else { 400 };
				let slots = self.dice.within(1, epochs) * EPOCH_SLOTS as u32;
				self.block_after(slots.into());
			}
			11..=24 => {
				self.count(Fault::MissedSlots);
				let slots = self.dice.within(1, 10);
				self.block_after(slots.into());
			}
			_ => self.block_after(0),
		}
	}

	/// A block on the head, so many slots later than it could be.
	fn block_after(&mut self, missed: u64) {
		let head = self.head_place();
		let dishonest = self.dice.chance(3);
		let made = self.make(head.number + 1, head.slot + 1 + missed, |walk| {
			walk.hand_in_late_ones();
			walk.calls();
		});
		if dishonest {
			self.count(Fault::DishonestBlock);
			self.refuse_other_than(&made.0.block);
		}
		self.keep(made, true);
		if self.steps.is_multiple_of(25) {
			self.lend();
		}
	}

	/// Makes a block on the newest one, with what everybody does in it, and checks what must hold after
	/// it, natively and in wasm.
	fn make(
		&mut self,
		number: BlockNumber,
		slot: u64,
		acts: impl FnOnce(&mut Walk),
	) -> (Made, Past) {
		let parent = self.head_place();
		let tampering = self.tampering.take();
		let chain = self.chain.as_mut().expect("the chain is there");
		let walk = RefCell::new(&mut self.walk);
		let mut included = Vec::new();
		let fill = || {
			let mut walk = walk.borrow_mut();
			acts(&mut walk);
			if let Some(change) = tampering {
				change();
			}
			included = walk
				.wire
				.as_mut()
				.map(Wire::take_included)
				.unwrap_or_default();
			bytes(&included)
		};
		let made = chain.make(parent, number, slot, fill, || {
			walk.borrow_mut().check();
			let upgraded = |event: &RuntimeEvent| {
				matches!(
					event,
					RuntimeEvent::System(frame_system::Event::CodeUpdated { .. })
				)
			};
			let mut events = System::read_events_no_consensus();
			assert!(
				upgrade::is_done() || events.any(|record| upgraded(&record.event)),
				"the block after an upgrade runs every migration"
			);
		});
		if let Err(error) = chain.execute(&made.block) {
			panic!("{error}");
		}
		self.report.blocks += 1;
		let past = Past {
			place: made.place,
			memory: self.walk.memory(),
			included,
		};
		(made, past)
	}

	/// Keeps a block that was made, on the newest one.
	fn keep(&mut self, (made, past): (Made, Past), is_best: bool) {
		let best_before = self.chain().best().0;
		let chain = self.chain.as_mut().expect("the chain is there");
		let place = chain.import(made, is_best);
		let best = if is_best { place.hash } else { best_before };
		assert_eq!(chain.best().0, best, "the database has another head");
		self.past.push_back(past);
		while self.past.len() > MAX_DEPTH as usize + 1 {
			self.past.pop_front();
		}
	}

	/// Blocks that differ from an honest one in one respect: whoever imports them refuses them.
	fn refuse_other_than(&mut self, honest: &Stored) {
		let mut block = honest.clone();
		match self.dice.below(4) {
			0 => block.header.state_root.0[7] ^= 1,
			1 => {
				let last = block
					.extrinsics
					.last()
					.expect("there is an inherent")
					.clone();
				block.extrinsics.push(last);
			}
			2 if block.extrinsics.len() > 1 => {
				block.extrinsics.pop();
			}
			_ => block.header.parent_hash.0[7] ^= 1,
		}
		let executed = if block.header.parent_hash == honest.header.parent_hash {
			let bytes = block
				.extrinsics
				.iter()
				.map(OpaqueExtrinsic::encode)
				.collect();
			let version = VERSION.extrinsics_root_state_version();
			block.header.extrinsics_root = BlakeTwo256::ordered_trie_root(bytes, version);
			self.chain
				.as_mut()
				.expect("the chain is there")
				.execute(&block)
		} else {
			let chain = self.chain.as_mut().expect("the chain is there");
			chain.execute_on(honest.header.parent_hash, &block)
		};
		assert!(
			executed.is_err(),
			"a block that says something else is executed"
		);
	}

	/// Blocks in which nobody does anything, and of which most are left out. One block of an epoch is
	/// enough for its seed, and the seeds of the last epochs are what is kept.
	fn pause(&mut self, blocks: BlockNumber) {
		if !self.leaves_out {
			return self.block_after(blocks.into());
		}
		self.report.pauses += 1;
		let start = self.head_place();
		let kept = (pallet_attestors::SEEDS_KEPT as u32 + 1) * EPOCH_SLOTS as u32;
		let first = blocks.saturating_sub(kept).max(1);
		let turns =
			(first..blocks).filter(|on| (start.slot + u64::from(*on)).is_multiple_of(EPOCH_SLOTS));
		for on in turns.chain([blocks]) {
			let head = self.head_place();
			let number = start.number + on;
			if head.number + 1 < number {
				let chain = self.chain.as_mut().expect("the chain is there");
				let place = chain.skip_to(head, number - 1);
				self.past.back_mut().expect("there is a head").place = place;
			}
			let made = self.make(number, start.slot + u64::from(on), |_| {});
			self.keep(made, true);
		}
		// No branch begins before it.
		self.past.drain(..self.past.len() - 1);
	}

	/// A branch from an earlier block, that wins or stays too short.
	fn fork(&mut self, wins: bool) {
		let deepest = (self.past.len() as u32 - 1).min(MAX_DEPTH);
		if deepest == 0 {
			return self.block_after(0);
		}
		let depth = self.dice.within(1, deepest);
		let kept = self.past.len() - depth as usize;
		let undone = self.past.split_off(kept);
		let before = self.past.clone();
		let base = self.past.back().expect("something is kept").clone();
		self.walk.remember(base.memory);
		let again = undone
			.iter()
			.flat_map(|past| past.included.clone())
			.collect();
		if let Some(wire) = &mut self.walk.wire {
			wire.undone(again, base.place.number + 1);
		}
		let length = if wins {
			depth + 1
		} else {
			self.dice.within(1, depth)
		};
		for on in 1..=length {
			let head = self.head_place();
			let missed = if self.dice.chance(30) {
				self.dice.within(1, 3)
			} else {
				0
			};
			let made = self.make(head.number + 1, head.slot + 1 + u64::from(missed), |walk| {
				walk.hand_in_late_ones();
				walk.calls();
			});
			self.keep(made, wins && on > depth);
		}
		if wins {
			self.count(Fault::Reorg);
			*self.report.depths.entry(depth).or_default() += 1;
		} else {
			self.count(Fault::ForkThatLost);
			self.past = before;
			self.past.extend(undone);
			let memory = self.past.back().expect("there is a head").memory.clone();
			self.walk.remember(memory);
		}
	}

	/// Everything but the disk is lost.
	fn restart(&mut self) {
		self.count(Fault::Restart);
		let before = self.chain().best();
		let chain = self.chain.take().expect("the chain is there").reopened();
		assert_eq!(chain.best(), before, "the disk has another chain");
		chain.aside(before.0, || self.walk.check());
		self.chain = Some(chain);
	}

	/// Whether it is time for another runtime: rather while a run is being settled.
	fn wants_upgrade(&mut self) -> bool {
		let patience = if self.version == VERSION.spec_version {
			0
		} else {
			PATIENCE
		};
		self.steps >= self.next_upgrade
			&& (self.steps >= self.next_upgrade + patience || self.settles())
	}

	fn settles(&self) -> bool {
		let state = pallet_training::State::Settling;
		let look = || walk::live_and_over().any(|(_, run, _)| run.state == state);
		self.chain().aside(self.head_place().hash, look)
	}

	/// The council replaces the runtime, in the midst of everything else.
	fn upgrade(&mut self) {
		let in_settlement = self.settles();
		self.count(if in_settlement {
			Fault::UpgradeInSettlement
		} else {
			Fault::Upgrade
		});
		let is_first = self.version == VERSION.spec_version;
		self.version += 1;
		let (soonest, latest) = if is_first { (40, 80) } else { (200, 400) };
		self.next_upgrade = self.steps + self.dice.within(soonest, latest);
		let [whitelist, carry_out] = upgrade::motions(upgrade::code(self.version));
		let council = self.council.clone();
		let head = self.head_place();
		let made = self.make(head.number + 1, head.slot + 1, |walk| {
			for motion in [whitelist, carry_out] {
				walk.send_surely(council.clone(), motion)
					.expect("the council decides alone");
			}
			assert!(!upgrade::is_done(), "the runtime was replaced");
			walk.calls();
		});
		self.keep(made, true);
		let next = self.head_place();
		let made = self.make(next.number + 1, next.slot + 1, Walk::calls);
		self.keep(made, true);
	}

	/// Whoever is poor is given what it started with, since money ends in accounts that nobody uses.
	fn lend(&mut self) {
		let head = self.head_place();
		let bank = self.bank.clone();
		let made = self.make(head.number + 1, head.slot + 1, |walk| walk.lend(&bank));
		self.keep(made, true);
	}

	/// Nobody but a keeper acts any more, aside: every run ends, and every unit is paid out.
	pub fn wind_up(&mut self) {
		self.report.wound_up += 1;
		let head = self.head_place();
		let chain = self.chain.as_ref().expect("the chain is there");
		let wire = self.walk.wire.take();
		let memory = self.walk.memory();
		let census = self.walk.census.clone();
		chain.aside(head.hash, || self.walk.wind_up_by_hand());
		self.walk.remember(memory);
		self.walk.census = census;
		self.walk.wire = wire;
	}
}
