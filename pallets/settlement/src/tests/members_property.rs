//! Random orders of everything that can happen to members, against a model that divides by itself.

use guerdon_share_tree::split_many;
use proptest::prelude::*;

use super::*;

const DATASETS: [u64; 2] = [DATASET, OTHER_DATASET];
/// Who is paid where a list was abandoned.
const PAYOUT: AccountId = CAROL;

#[derive(Clone, Debug)]
enum Step {
	Open {
		of: usize,
		weight: u64,
	},
	Stream {
		of: usize,
		members: u64,
	},
	Seal {
		of: usize,
	},
	Abandon {
		of: usize,
	},
	/// Settles a run on a dataset: its share, and a licence payment.
	Settle {
		of: usize,
		share: Balance,
		licence: Balance,
	},
	ClaimLeaf {
		which: usize,
	},
	ClaimLicences {
		of: usize,
	},
	ClaimMember {
		cohort: usize,
		member: usize,
	},
	ClaimMany {
		cohort: usize,
	},
	PayPage {
		cohort: usize,
		page: usize,
	},
}

fn step() -> impl Strategy<Value = Step> {
	let of = 0..2usize;
	let any = 0..1_000usize;
	let amount = || prop_oneof![Just(0), 1..50u128, 0..20 * ED, 0..1_000 * GRD];
	let weight = prop_oneof![4 => 1..9u64, 1 => Just(u64::MAX)];
	prop_oneof![
		3 => (of.clone(), weight).prop_map(|(of, weight)| Step::Open { of, weight }),
		4 => (of.clone(), 1..256u64).prop_map(|(of, members)| Step::Stream { of, members }),
		2 => of.clone().prop_map(|of| Step::Seal { of }),
		1 => of.clone().prop_map(|of| Step::Abandon { of }),
		4 => (of.clone(), amount(), amount())
			.prop_map(|(of, share, licence)| Step::Settle { of, share, licence }),
		4 => any.clone().prop_map(|which| Step::ClaimLeaf { which }),
		2 => of.prop_map(|of| Step::ClaimLicences { of }),
		4 => (any.clone(), any.clone())
			.prop_map(|(cohort, member)| Step::ClaimMember { cohort, member }),
		1 => any.clone().prop_map(|cohort| Step::ClaimMany { cohort }),
		2 => (any.clone(), any).prop_map(|(cohort, page)| Step::PayPage { cohort, page }),
	]
}

/// What should be true of one list.
struct List {
	of: usize,
	pool: u64,
	weight: u128,
	members: Vec<Leaf<AccountId>>,
	/// Whom each leaf pays.
	payees: Vec<AccountId>,
	state: Is,
	funded: Balance,
	drawn: Vec<Balance>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Is {
	Building,
	Open,
	Abandoned,
}

/// Money of a run that waits for members: the lists that it is for, or none for the payout account.
struct Waiting {
	of: usize,
	amount: Balance,
	lists: Vec<usize>,
}

#[derive(Default)]
struct Model {
	lists: Vec<List>,
	leaves: Vec<(u64, Waiting)>,
	licences: Vec<Waiting>,
	runs: u64,
	deposited: Balance,
	received: Balance,
	next_account: AccountId,
}

impl Model {
	fn find(&self, of: usize, state: Is) -> Vec<usize> {
		let fits = |at: &usize| self.lists[*at].of == of && self.lists[*at].state == state;
		(0..self.lists.len()).filter(fits).collect()
	}

	fn building(&self, of: usize) -> Option<usize> {
		self.find(of, Is::Building).first().copied()
	}

	/// The lists that something which is settled now is for.
	fn named(&self, of: usize) -> Vec<usize> {
		let open = self.find(of, Is::Open);
		if open.is_empty() {
			self.building(of).into_iter().collect()
		} else {
			open
		}
	}

	/// Whether money can be brought to whom it is for.
	fn is_due(&self, waiting: &Waiting) -> bool {
		let is_built = |at: &usize| self.lists[*at].state != Is::Building;
		waiting.lists.iter().all(is_built)
	}

	fn bring(&mut self, waiting: &Waiting) {
		let is_gone = |at: &usize| self.lists[*at].state == Is::Abandoned;
		if waiting.lists.iter().any(is_gone) || waiting.lists.is_empty() {
			self.received += waiting.amount;
			return;
		}
		let weights: Vec<_> = waiting
			.lists
			.iter()
			.map(|at| self.lists[*at].weight)
			.collect();
		let parts = split_many(waiting.amount, &weights).unwrap();
		for (at, part) in waiting.lists.iter().zip(parts) {
			self.lists[*at].funded += part;
		}
	}

	fn apply(&mut self, step: &Step) {
		match *step {
			Step::Open { of, weight } => self.open(of, weight),
			Step::Stream { of, members } => self.stream(of, members),
			Step::Seal { of } => {
				let Some(at) = self.building(of) else { return };
				let list = &mut self.lists[at];
				assert_eq!(seal(list.pool).is_ok(), !list.members.is_empty());
				if !list.members.is_empty() {
					list.state = Is::Open;
				}
			}
			Step::Abandon { of } => {
				let Some(at) = self.building(of) else { return };
				assert_ok!(abandon(self.lists[at].pool));
				self.lists[at].state = Is::Abandoned;
			}
			Step::Settle { of, share, licence } => self.settle(of, share, licence),
			Step::ClaimLeaf { which } => {
				let count = self.leaves.len();
				if count > 0 {
					self.claim_leaf(which % count);
				}
			}
			Step::ClaimLicences { of } => self.claim_licences(of),
			Step::ClaimMember { cohort, member } => {
				if let Some(at) = self.open_list(cohort) {
					let member = member % self.lists[at].members.len();
					self.claim_member(at, member);
				}
			}
			Step::ClaimMany { cohort } => {
				if let Some(at) = self.open_list(cohort) {
					self.claim_many(at);
				}
			}
			Step::PayPage { cohort, page } => {
				if let Some(at) = self.open_list(cohort) {
					let pages = self.lists[at].members.len().div_ceil(256);
					self.pay_page(at, page % pages);
				}
			}
		}
	}

	fn open_list(&self, which: usize) -> Option<usize> {
		let open = [self.find(0, Is::Open), self.find(1, Is::Open)].concat();
		(!open.is_empty()).then(|| open[which % open.len()])
	}

	fn open(&mut self, of: usize, weight: u64) {
		let room = self.building(of).is_none() && self.find(of, Is::Open).len() < 16;
		let opened = open_members(DATASETS[of], weight);
		assert_eq!(opened.is_ok(), room);
		if let Ok(pool) = opened {
			self.lists.push(List {
				of,
				pool,
				weight: weight.into(),
				members: vec![],
				payees: vec![],
				state: Is::Building,
				funded: 0,
				drawn: vec![],
			});
		}
	}

	/// Every third one is hidden. Accounts come before hidden payees, so the list ends with the first
	/// part that has any.
	fn stream(&mut self, of: usize, members: u64) {
		let Some(at) = self.building(of) else { return };
		let list = &mut self.lists[at];
		let hides = members.is_multiple_of(3);
		let first = 1_000 + self.next_account;
		let mut part: Vec<_> = (first..first + members)
			.map(|number| {
				// Its bytes ascend as the numbers do.
				let who = number.swap_bytes();
				let weight = 1 + number % 7;
				let leaf = Leaf {
					payee: Payee::Account(who),
					weight,
				};
				(if hides { secret(who, weight) } else { leaf }, who)
			})
			.collect();
		part.sort_by_key(|(leaf, _)| codec::Encode::encode(&leaf.payee));
		let leaves: Vec<_> = part.iter().map(|(leaf, _)| leaf.clone()).collect();
		let from = list.members.len() as u64;
		if stream(list.pool, from, &leaves).is_ok() {
			self.next_account += members;
			list.members.extend(leaves);
			list.payees.extend(part.iter().map(|(_, who)| *who));
			list.drawn.resize(list.members.len(), 0);
		}
	}

	fn settle(&mut self, of: usize, share: Balance, licence: Balance) {
		let run = self.runs;
		self.runs += 1;
		self.deposited += share + licence;
		let dataset = DATASETS[of];
		let pool = datasets_pool(
			run,
			share,
			&[(dataset, PAYOUT, 1)],
			&[(dataset, PAYOUT, licence)],
		);
		let lists = self.named(of);
		let waiting = |amount| Waiting {
			of,
			amount,
			lists: lists.clone(),
		};
		self.leaves.push((pool, waiting(share)));
		if lists.is_empty() {
			self.received += licence;
		} else if licence > 0 {
			self.licences.push(waiting(licence));
		}
	}

	fn claim_leaf(&mut self, at: usize) {
		let (pool, waiting) = &self.leaves[at];
		let is_due = self.is_due(waiting) && waiting.amount > 0;
		assert_eq!(claim(claim_data(*pool, 0)).is_ok(), is_due);
		if is_due {
			let (_, waiting) = self.leaves.swap_remove(at);
			self.bring(&waiting);
		}
	}

	/// The payments to one list are added up before they are divided.
	fn claim_licences(&mut self, of: usize) {
		let due: Vec<_> = (0..self.licences.len())
			.filter(|at| self.licences[*at].of == of && self.is_due(&self.licences[*at]))
			.take(64)
			.collect();
		// More than 64 wait in no case of this test.
		let sender = RuntimeOrigin::signed(ANYONE);
		let brought = Settlement::claim_licences(sender, DATASETS[of]);
		assert_eq!(brought.is_ok(), !due.is_empty());
		let mut sums: Vec<Waiting> = vec![];
		for at in due.into_iter().rev() {
			let waiting = self.licences.swap_remove(at);
			match sums.iter_mut().find(|sum| sum.lists == waiting.lists) {
				Some(sum) => sum.amount += waiting.amount,
				None => sums.push(waiting),
			}
		}
		for waiting in sums {
			self.bring(&waiting);
		}
	}

	/// What each member of a list is due and has not drawn.
	fn due(&self, at: usize) -> Vec<Balance> {
		let list = &self.lists[at];
		let weights: Vec<_> = list.members.iter().map(|it| it.weight.into()).collect();
		let entitlements = split_many(list.funded, &weights).unwrap();
		let due = entitlements.iter().zip(&list.drawn);
		due.map(|(all, drawn)| all - drawn).collect()
	}

	fn is_hidden(&self, at: usize, member: usize) -> bool {
		matches!(self.lists[at].members[member].payee, Payee::Hidden(_))
	}

	fn claim_of(&self, at: usize, member: usize) -> Claim<AccountId> {
		let list = &self.lists[at];
		Claim {
			opening: opening(list.payees[member]).filter(|_| self.is_hidden(at, member)),
			..member_claim(list.pool, &list.members, member as u64)
		}
	}

	fn drew(&mut self, at: usize, member: usize, due: Balance) {
		self.lists[at].drawn[member] += due;
		self.received += due;
	}

	fn is_received(&self, at: usize, member: usize, due: Balance) -> bool {
		due > 0 && free(self.lists[at].payees[member]) + due >= ED
	}

	fn claim_member(&mut self, at: usize, member: usize) {
		let due = self.due(at)[member];
		let is_paid = self.is_received(at, member, due);
		assert_eq!(claim(self.claim_of(at, member)).is_ok(), is_paid);
		if is_paid {
			self.drew(at, member, due);
		}
	}

	/// Each of the first members twice.
	fn claim_many(&mut self, at: usize) {
		let due = self.due(at);
		let first = 0..due.len().min(9);
		let batch: Vec<_> = first
			.clone()
			.chain(first.clone())
			.map(|member| self.claim_of(at, member))
			.collect();
		let paid: Vec<_> = first
			.filter(|member| self.is_received(at, *member, due[*member]))
			.collect();
		assert_ok!(crate::mock::claim_many(batch));
		for member in paid {
			self.drew(at, member, due[member]);
		}
	}

	fn pay_page(&mut self, at: usize, page: usize) {
		let due = self.due(at);
		let last = due.len().min((page + 1) * 256);
		let paid: Vec<_> = (page * 256..last)
			.filter(|member| !self.is_hidden(at, *member))
			.filter(|member| self.is_received(at, *member, due[*member]))
			.collect();
		let list = &self.lists[at];
		assert_ok!(pay_page(list.pool, &list.members, page as u64));
		for member in paid {
			self.drew(at, member, due[member]);
		}
	}

	/// Every unit is where the model says.
	fn check(&self) {
		assert_ok!(Settlement::do_try_state());
		for list in &self.lists {
			let stored = Settlement::cohort(list.pool);
			let Some(stored) = stored else {
				assert_eq!(list.state, Is::Abandoned);
				continue;
			};
			assert_eq!(stored.funded, list.funded);
			assert_eq!(stored.paid, list.drawn.iter().sum::<Balance>());
			if list.state == Is::Open {
				let CohortState::Open(summary) = stored.state else {
					unreachable!()
				};
				assert_eq!(summary.count, list.members.len() as u64);
			}
		}
		let view = Settlement::conservation(None);
		assert_eq!((view.surplus, view.missing), (0, 0));
		assert_eq!(view.pot_free, ED + self.deposited - self.received);
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(48))]

	#[test]
	fn whatever_happens_to_members_every_unit_is_theirs_in_the_end(
		steps in prop::collection::vec(step(), 1..60)
	) {
		build_and_execute(|| {
			for who in [PUBLISHER, ALICE] {
				let rich = RuntimeOrigin::signed(SPONSOR);
				assert_ok!(Balances::transfer_allow_death(rich, who, GRD));
			}
			let mut model = Model::default();
			for step in &steps {
				model.apply(step);
				model.check();
			}
			// Lists that were not finished are given up, and everybody can receive.
			for of in 0..2 {
				model.apply(&Step::Abandon { of });
				model.apply(&Step::ClaimLicences { of });
			}
			while !model.leaves.is_empty() {
				if model.leaves[0].1.amount == 0 {
					model.leaves.swap_remove(0);
				} else {
					model.claim_leaf(0);
				}
			}
			for at in 0..model.lists.len() {
				if model.lists[at].state != Is::Open {
					continue;
				}
				for who in model.lists[at].payees.clone() {
					let donor = RuntimeOrigin::signed(SPONSOR);
					assert_ok!(Balances::transfer_allow_death(donor, who, ED));
				}
				for page in 0..model.lists[at].members.len().div_ceil(256) {
					model.pay_page(at, page);
				}
				for member in 0..model.lists[at].members.len() {
					if model.due(at)[member] > 0 {
						model.claim_member(at, member);
					}
				}
				assert_eq!(model.due(at).iter().sum::<Balance>(), 0);
			}
			model.check();
			assert!(model.licences.is_empty());
			assert_eq!(model.deposited, model.received);
			assert_eq!(free(Settlement::pot()), ED);
		});
	}
}
