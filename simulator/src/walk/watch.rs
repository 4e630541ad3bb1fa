//! What must be true of what happened, told from events alone.

use std::collections::{BTreeMap, BTreeSet};

use frame_support::traits::Get;
use guerdon_receipt::{Digest, PoolId, Role, RunId, TaskIndex, Work};
use pallet_attestors::Shares;
use pallet_contributions::Ledger;
use pallet_settlement::{Asset, AssetId};
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
	/// What everybody has of assets.
	assets: BTreeMap<(AssetId, AccountId), Balance>,
	sponsors: BTreeMap<RunId, AccountId>,
	/// Who pays for whose enrolment, as long as the invitation is not used.
	invitations: BTreeMap<(RunId, AccountId), (AccountId, Role)>,
	/// Whose deposit an enrolment is.
	payers: BTreeMap<(RunId, AccountId), AccountId>,
	states: BTreeMap<RunId, State>,
	receipts: BTreeSet<Digest>,
	/// Tasks that counted, and what they counted by role.
	done: BTreeSet<(RunId, TaskIndex)>,
	units: BTreeMap<(RunId, Role), u128>,
	claimed: BTreeSet<(PoolId, u64)>,
	/// What cohorts were funded with and did not pay yet.
	cohorts: BTreeMap<PoolId, Balance>,
	/// What was given to the pot by somebody who expected nothing for it.
	pub donated: Balance,
}

fn accounts() -> impl Iterator<Item = (AccountId, Purse)> {
	frame_system::Account::<Runtime>::iter().map(|(who, info)| {
		let (total, held) = (info.data.free + info.data.reserved, info.data.reserved);
		(who, Purse { total, held })
	})
}

fn assets() -> BTreeMap<(AssetId, AccountId), Balance> {
	pallet_assets::Account::<Runtime>::iter()
		.map(|(asset, who, account)| ((asset, who), account.balance))
		.collect()
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
			assets: assets(),
			sponsors: BTreeMap::new(),
			invitations: BTreeMap::new(),
			payers: BTreeMap::new(),
			states: BTreeMap::new(),
			receipts: BTreeSet::new(),
			done: BTreeSet::new(),
			units: BTreeMap::new(),
			claimed: BTreeSet::new(),
			cohorts: BTreeMap::new(),
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

	fn pay_in(&mut self, asset: Asset, from: &AccountId, to: &AccountId, amount: Balance) {
		let Some(asset) = asset else {
			return self.pay(from, to, amount);
		};
		self.lose_asset(asset, from, amount);
		self.gain_asset(asset, to, amount);
	}

	fn gain_asset(&mut self, asset: AssetId, who: &AccountId, amount: Balance) {
		*self.assets.entry((asset, who.clone())).or_default() += amount;
	}

	fn lose_asset(&mut self, asset: AssetId, who: &AccountId, amount: Balance) {
		let has = self.assets.entry((asset, who.clone())).or_default();
		*has = has.checked_sub(amount).unwrap();
	}

	fn hold(&mut self, who: &AccountId, amount: Balance) {
		self.purses.entry(who.clone()).or_default().held += amount;
	}

	fn free(&mut self, who: &AccountId, amount: Balance) {
		let purse = self.purses.entry(who.clone()).or_default();
		purse.held = purse.held.checked_sub(amount).unwrap();
	}

	/// A part of what is held of somebody is lost: it is divided, and nobody reported anything.
	fn forfeit(&mut self, who: &AccountId, amount: Balance) {
		let shares = <Runtime as pallet_attestors::Config>::Penalty::get().divide(amount, false);
		self.penalise(who, amount, &shares, None);
	}

	fn penalise(
		&mut self,
		who: &AccountId,
		amount: Balance,
		shares: &Shares,
		reporter: Option<&AccountId>,
	) {
		let treasury = <Runtime as pallet_attestors::Config>::Treasury::get();
		self.free(who, amount);
		self.lose(who, shares.burn);
		self.issuance -= shares.burn;
		self.pay(who, &treasury, shares.treasury);
		if let Some(reporter) = reporter {
			self.pay(who, reporter, shares.reporter);
		}
		assert_eq!(shares.burn + shares.treasury + shares.reporter, amount);
	}

	/// A fee, and who was given it.
	pub fn charge(
		&mut self,
		payer: &AccountId,
		charged: Balance,
		paid_to: &[(AccountId, Balance)],
	) {
		self.lose(payer, charged);
		for (who, amount) in paid_to {
			self.gain(who, *amount);
		}
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
				RuntimeEvent::Assets(event) => self.issuer(event),
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

	/// What an issuer makes and takes. What the pot is paid and pays, settlement tells.
	fn issuer(&mut self, event: &pallet_assets::Event<Runtime>) {
		use pallet_assets::Event;
		match event {
			Event::Issued {
				asset_id,
				owner,
				amount,
			} => self.gain_asset(*asset_id, owner, *amount),
			Event::Burned {
				asset_id,
				owner,
				balance,
			} => self.lose_asset(*asset_id, owner, *balance),
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
			Event::UnlearningRequested { owner, deposit, .. } => self.hold(owner, *deposit),
			Event::UnlearningClosed { owner, deposit, .. } => self.free(owner, *deposit),
			_ => {}
		}
	}

	fn attestors(&mut self, event: &pallet_attestors::Event<Runtime>) {
		use pallet_attestors::Event;
		match event {
			Event::Registered { who, bond, .. } => self.hold(who, *bond),
			Event::Withdrawn { who, bond, .. } => self.free(who, *bond),
			Event::Penalised {
				who,
				amount,
				burned,
				treasury,
				reporter,
				..
			} => {
				let (reporter, reward) = match reporter {
					Some((who, reward)) => (Some(who), *reward),
					None => (None, 0),
				};
				let shares = Shares {
					burn: *burned,
					treasury: *treasury,
					reporter: reward,
				};
				let parts = <Runtime as pallet_attestors::Config>::Penalty::get();
				assert_eq!(shares, parts.divide(*amount, reporter.is_some()));
				self.penalise(who, *amount, &shares, reporter);
			}
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
			Event::InvitationMade {
				run,
				who,
				role,
				inviter,
				purse,
			} => {
				self.hold(inviter, place);
				self.pay(inviter, who, *purse);
				let invitation = (inviter.clone(), *role);
				let before = self.invitations.insert((*run, who.clone()), invitation);
				assert_eq!(before, None, "somebody was invited twice");
			}
			Event::InvitationReleased {
				run,
				who,
				inviter,
				amount,
			} => {
				self.free(inviter, *amount);
				let (paid, _) = self.invitations.remove(&(*run, who.clone())).unwrap();
				assert_eq!(paid, *inviter);
			}
			Event::Enrolled { run, who, role } => {
				let place_of = (*run, who.clone());
				let invited = self.invitations.get(&place_of).cloned();
				let payer = match invited.filter(|(_, of)| of == role) {
					Some((inviter, _)) => {
						self.invitations.remove(&place_of);
						inviter
					}
					None => {
						self.hold(who, place);
						who.clone()
					}
				};
				self.payers.insert(place_of, payer);
			}
			Event::EnrolmentWithdrawn { run, who } => {
				let payer = self.payers.remove(&(*run, who.clone())).unwrap();
				self.free(&payer, place);
			}
			Event::EnrolmentReleased {
				run,
				who,
				payer,
				amount,
			} => {
				assert_eq!(
					self.payers.remove(&(*run, who.clone())).as_ref(),
					Some(payer)
				);
				self.free(payer, *amount);
			}
			Event::EnrolmentForfeited {
				run,
				who,
				payer,
				amount,
			} => {
				assert_eq!(
					self.payers.remove(&(*run, who.clone())).as_ref(),
					Some(payer)
				);
				self.forfeit(payer, *amount);
			}
			Event::CommitteeRequested {
				contributor,
				deposit,
				..
			} => self.hold(contributor, *deposit),
			Event::CommitteeDepositReleased {
				contributor,
				amount,
				..
			} => self.free(contributor, *amount),
			Event::CommitteeDepositForfeited {
				contributor,
				amount,
				..
			} => self.forfeit(contributor, *amount),
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
			Event::Deposited {
				from,
				amount,
				asset,
				..
			} => self.pay_in(*asset, from, &pot, *amount),
			Event::Released {
				to, amount, asset, ..
			}
			| Event::Returned {
				to, amount, asset, ..
			} => self.pay_in(*asset, &pot, to, *amount),
			Event::DueClaimed {
				payee,
				amount,
				asset,
				..
			} => self.pay_in(*asset, &pot, payee, *amount),
			Event::LicencePaid { payee, amount, .. } => self.pay(&pot, payee, *amount),
			Event::PoolExpired { amount, asset, .. } => {
				let treasury = <Runtime as pallet_settlement::Config>::Treasury::get();
				self.pay_in(*asset, &pot, &treasury, *amount);
			}
			Event::Claimed {
				run,
				role,
				pool,
				index,
				payee,
				amount,
				asset,
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
				self.pay_in(*asset, &pot, payee, *amount);
			}
			Event::Booked {
				pool,
				index,
				amount,
				..
			} => {
				assert!(
					self.claimed.insert((*pool, *index)),
					"leaf {index} of {pool} booked twice"
				);
				assert!(*amount > 0);
			}
			Event::CohortFunded { pool, amount, .. } => {
				*self.cohorts.entry(*pool).or_default() += amount;
			}
			Event::MemberPaid {
				pool,
				payee,
				amount,
				asset,
				..
			} => {
				let left = self.cohorts.get_mut(pool).unwrap();
				*left = left.checked_sub(*amount).unwrap();
				self.pay_in(*asset, &pot, payee, *amount);
			}
			Event::MembersOpened { owner, deposit, .. } => self.hold(owner, *deposit),
			Event::MembersStreamed { pool, deposit, .. } => {
				let owner = Settlement::cohort(*pool).unwrap().owner;
				self.hold(&owner, *deposit);
			}
			Event::MembersAbandoned { owner, deposit, .. } => self.free(owner, *deposit),
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
		let mut told = self.assets.clone();
		told.retain(|_, has| *has > 0);
		assert_eq!(
			assets(),
			told,
			"what everybody has of assets, and what was told"
		);
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
		for (pool, left) in &self.cohorts {
			let (funded, paid) = match Settlement::share(*pool) {
				Some(share) => (share.funded, share.paid),
				None => {
					let cohort = Settlement::cohort(*pool).unwrap();
					(cohort.funded, cohort.paid)
				}
			};
			assert_eq!(funded - paid, *left, "what cohort {pool} has");
		}
		assert_eq!(
			Settlement::conservation(None).surplus,
			self.donated,
			"only gifts are surplus"
		);
	}
}
