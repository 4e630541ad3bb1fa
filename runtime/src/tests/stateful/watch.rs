//! What must be true of what happened, told from events alone.

use std::collections::{BTreeMap, BTreeSet};

use frame_support::traits::Get;
use guerdon_receipt::{Digest, PoolId, Role, RunId, TaskIndex, Work};
use pallet_contributions::Ledger;
use pallet_training::State;

use crate::*;

/// What an account has in all, and how much of it is held.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
struct Purse {
	total: Balance,
	held: Balance,
}

/// Money, work and states as events told of them.
#[derive(Clone)]
pub struct Watch {
	purses: BTreeMap<AccountId, Purse>,
	issuance: Balance,
	sponsors: BTreeMap<RunId, AccountId>,
	states: BTreeMap<RunId, State>,
	receipts: BTreeSet<Digest>,
	/// Tasks that counted, and what they counted by role.
	done: BTreeSet<(RunId, TaskIndex)>,
	units: BTreeMap<(RunId, Role), u128>,
	claimed: BTreeSet<(PoolId, u64)>,
	/// What was given to the pot by somebody who expected nothing for it.
	pub donated: Balance,
}

fn accounts() -> impl Iterator<Item = (AccountId, Purse)> {
	frame_system::Account::<Runtime>::iter().map(|(who, info)| {
		let (total, held) = (info.data.free + info.data.reserved, info.data.reserved);
		(who, Purse { total, held })
	})
}

/// Whether a run may go from one state to the other.
fn follows(from: State, to: State) -> bool {
	use State::{
		Appraising, Cancelled, Challenge, Enrolling, Proposed, Settled, Settling, Working,
	};
	matches!(
		(from, to),
		(Proposed, Enrolling | Cancelled)
			| (Enrolling, Working | Cancelled)
			| (Working, Appraising | Cancelled)
			| (Appraising, Challenge)
			| (Challenge, Settling)
			| (Settling, Settled)
	)
}

impl Watch {
	pub fn new() -> Self {
		Self {
			purses: accounts().collect(),
			issuance: Balances::total_issuance(),
			sponsors: BTreeMap::new(),
			states: BTreeMap::new(),
			receipts: BTreeSet::new(),
			done: BTreeSet::new(),
			units: BTreeMap::new(),
			claimed: BTreeSet::new(),
			donated: 0,
		}
	}

	fn gain(&mut self, who: &AccountId, amount: Balance) {
		self.purses.entry(who.clone()).or_default().total += amount;
	}

	fn lose(&mut self, who: &AccountId, amount: Balance) {
		let purse = self.purses.entry(who.clone()).or_default();
		purse.total = purse.total.checked_sub(amount).unwrap();
	}

	fn pay(&mut self, from: &AccountId, to: &AccountId, amount: Balance) {
		self.lose(from, amount);
		self.gain(to, amount);
	}

	fn hold(&mut self, who: &AccountId, amount: Balance) {
		self.purses.entry(who.clone()).or_default().held += amount;
	}

	fn free(&mut self, who: &AccountId, amount: Balance) {
		let purse = self.purses.entry(who.clone()).or_default();
		purse.held = purse.held.checked_sub(amount).unwrap();
	}

	/// One call's events. Balances moved by a call of ours must be told by an event of ours.
	pub fn observe(&mut self, call: &RuntimeCall, events: &[RuntimeEvent]) {
		let by_hand = matches!(call, RuntimeCall::Balances(_));
		for event in events {
			match event {
				RuntimeEvent::Balances(event) => self.balances(event, by_hand),
				RuntimeEvent::Datasets(event) => self.datasets(event),
				RuntimeEvent::Attestors(event) => self.attestors(event),
				RuntimeEvent::Training(event) => self.training(event),
				RuntimeEvent::Settlement(event) => self.settlement(event),
				_ => {}
			}
		}
	}

	fn balances(&mut self, event: &pallet_balances::Event<Runtime>, by_hand: bool) {
		use pallet_balances::Event;
		match event {
			Event::Transfer { from, to, amount } if by_hand => {
				self.pay(from, to, *amount);
				if *to == Settlement::pot() {
					self.donated += amount;
				}
			}
			Event::Burned { who, amount } if by_hand => {
				self.lose(who, *amount);
				self.issuance -= amount;
			}
			// What is left of an account that dies by its own transfer.
			Event::DustLost { account, amount } if by_hand => {
				self.lose(account, *amount);
				self.issuance -= amount;
			}
			Event::DustLost { .. } | Event::Minted { .. } | Event::Burned { .. } => {
				panic!("a call of ours made or burned money: {event:?}")
			}
			_ => {}
		}
	}

	fn datasets(&mut self, event: &pallet_datasets::Event<Runtime>) {
		use pallet_datasets::Event;
		match event {
			Event::Announced { owner, deposit, .. } => self.hold(owner, *deposit),
			Event::AnnouncementExpired { owner, deposit, .. }
			| Event::Retired { owner, deposit, .. } => {
				self.free(owner, *deposit);
			}
			Event::Published { owner, deposit, .. } => {
				self.free(
					owner,
					<Runtime as pallet_datasets::Config>::AnnounceDeposit::get(),
				);
				self.hold(owner, *deposit);
			}
			_ => {}
		}
	}

	fn attestors(&mut self, event: &pallet_attestors::Event<Runtime>) {
		use pallet_attestors::Event;
		match event {
			Event::Registered { who, bond, .. } => self.hold(who, *bond),
			Event::Withdrawn { who, bond, .. } => self.free(who, *bond),
			_ => {}
		}
	}

	fn training(&mut self, event: &pallet_training::Event<Runtime>) {
		use pallet_training::{Config, Event};
		let place = <Runtime as Config>::EnrolmentDeposit::get();
		match event {
			Event::RunProposed { run, sponsor, .. } => {
				let deposit = pallet_training::Runs::<Runtime>::get(run).unwrap().deposit;
				self.hold(sponsor, deposit);
				self.sponsors.insert(*run, sponsor.clone());
			}
			Event::RunPruned { run, deposit } => {
				let sponsor = self.sponsors[run].clone();
				self.free(&sponsor, *deposit);
			}
			Event::Enrolled { who, .. } => self.hold(who, place),
			Event::EnrolmentWithdrawn { who, .. } => self.free(who, place),
			Event::EnrolmentReleased { who, amount, .. } => self.free(who, *amount),
			Event::EnrolmentForfeited { who, amount, .. } => {
				self.free(who, *amount);
				self.pay(who, &<Runtime as Config>::ForfeitTo::get(), *amount);
			}
			Event::StateEntered { run, state, .. } => {
				let before = self.states.insert(*run, *state);
				let sound = match before {
					None => *state == State::Proposed,
					Some(before) => follows(before, *state),
				};
				assert!(sound, "run {run} went from {before:?} to {state:?}");
			}
			Event::ReceiptAccepted {
				run,
				task,
				receipt,
				units,
				..
			} => {
				assert!(
					self.done.insert((*run, *task)),
					"task {task} of run {run} counted twice"
				);
				assert!(self.receipts.insert(*receipt), "a receipt counted twice");
				let dealt = pallet_training::Tasks::<Runtime>::get(run, task).unwrap();
				let role = match dealt.work {
					Work::Feedback { .. } => Role::User,
					Work::Train { .. } | Work::Aggregate => Role::Trainer,
				};
				*self.units.entry((*run, role)).or_default() += u128::from(*units);
			}
			_ => {}
		}
	}

	fn settlement(&mut self, event: &pallet_settlement::Event<Runtime>) {
		use pallet_settlement::Event;
		let pot = Settlement::pot();
		match event {
			Event::Deposited { from, amount, .. } => self.pay(from, &pot, *amount),
			Event::Released { to, amount, .. } | Event::Returned { to, amount, .. } => {
				self.pay(&pot, to, *amount);
			}
			Event::LicencePaid { payee, amount, .. } | Event::DueClaimed { payee, amount, .. } => {
				self.pay(&pot, payee, *amount);
			}
			Event::Claimed {
				run,
				role,
				pool,
				index,
				payee,
				amount,
			} => {
				assert!(
					self.claimed.insert((*pool, *index)),
					"leaf {index} of {pool} paid twice"
				);
				assert!(*amount > 0);
				let index = u32::try_from(*index).unwrap();
				let entry = <Contributions as Ledger<AccountId>>::entry(*run, *role, index);
				assert_eq!(
					entry.unwrap().payee,
					*payee,
					"only the payee of an entry is paid"
				);
				self.pay(&pot, payee, *amount);
			}
			_ => {}
		}
	}

	/// Nobody has more or less than events told, and the tables hold the work that was accepted.
	pub fn check(&self) {
		assert_eq!(
			Balances::total_issuance(),
			self.issuance,
			"money was made or burned"
		);
		let mut there: BTreeMap<_, _> = accounts().collect();
		for (who, told) in &self.purses {
			let has = there.remove(who).unwrap_or_default();
			assert_eq!(has, *told, "what {who:?} has, and what was told");
		}
		there.retain(|_, has| *has != Purse::default());
		assert!(there.is_empty(), "nothing was told of {there:?}");
		for ((run, role), units) in &self.units {
			let table = <Contributions as Ledger<AccountId>>::table(*run, *role);
			assert_eq!(table.units, *units, "what {role:?}s did in run {run}");
		}
		for (run, state) in &self.states {
			let now = pallet_training::Runs::<Runtime>::get(run).map(|run| run.state);
			let over = matches!(state, State::Settled | State::Cancelled);
			assert!(
				now == Some(*state) || now.is_none() && over,
				"the state of run {run}"
			);
		}
		assert_eq!(
			Settlement::conservation().surplus,
			self.donated,
			"only gifts are surplus"
		);
	}
}
