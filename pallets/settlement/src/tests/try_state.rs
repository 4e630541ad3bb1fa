use sp_runtime::TryRuntimeError;

use super::*;
use crate::{
	Books, ClaimedPages, Cohorts, Drawn, Dues, Escrows, Expiries, LicenceDues, ListLeaves,
	Memberships, NextPoolId, Pools, RunPools, Settlements, Total,
};

const OTHER_RUN: u64 = RUN + 1;

/// A settled run with a claim and an open one with escrow and a due.
fn detects(corrupt: impl FnOnce(), message: &'static str) {
	corrupt_and_execute(|| {
		let pool = trainers_pool(1_000, &[(ALICE, 1), (BOB, 3), (CAROL, 6)]);
		assert_eq!(pool, 0);
		assert_ok!(claim(claim_data(pool, 0)));
		assert_ok!(Settlement::deposit(OTHER_RUN, Purse::Budget, &SPONSOR, 500));
		assert_ok!(Settlement::release(OTHER_RUN, Purse::Budget, &DAVE, 50));
		assert_ok!(Settlement::do_try_state());
		corrupt();
		assert_eq!(
			Settlement::do_try_state(),
			Err(TryRuntimeError::Other(message))
		);
	});
}

fn with_pool(change: impl FnOnce(&mut Pool)) {
	Pools::<Test>::mutate(0, |pool| change(pool.as_mut().unwrap()));
}

#[test]
fn detects_a_pool_that_overpaid() {
	detects(
		|| with_pool(|pool| pool.paid = pool.funded + 1),
		"a pool paid more than it was funded with",
	);
}

#[test]
fn detects_money_in_a_pool_that_is_being_built() {
	detects(
		|| with_pool(|pool| pool.state = PoolState::Building(Default::default())),
		"a pool is funded before it is sealed",
	);
}

#[test]
fn detects_a_closed_pool_that_still_owes() {
	detects(
		|| {
			with_pool(|pool| {
				let PoolState::Sealed(summary) = pool.state else {
					unreachable!()
				};
				pool.state = PoolState::Closed(summary);
			})
		},
		"a closed pool has something left",
	);
}

#[test]
fn detects_a_pool_without_its_last_block() {
	detects(
		|| Expiries::<Test>::remove(0),
		"a pool that can be claimed does not expire, or another one does",
	);
	detects(
		|| Expiries::<Test>::insert(1_000, 1),
		"a pool expires that does not exist",
	);
}

#[test]
fn detects_a_tree_of_another_size_than_its_table() {
	detects(
		|| {
			with_pool(|pool| {
				let PoolState::Sealed(summary) = &mut pool.state else {
					unreachable!()
				};
				summary.sum += 1;
			})
		},
		"a sealed pool is not that of its closed table",
	);
}

#[test]
fn detects_a_table_that_was_opened_again() {
	detects(
		|| {
			pallet_contributions::Tables::<Test>::mutate(RUN, Role::Trainer, |table| {
				table.closed = false;
			})
		},
		"a sealed pool is not that of its closed table",
	);
}

#[test]
fn detects_a_root_of_other_leaves() {
	detects(
		|| {
			with_pool(|pool| {
				let PoolState::Sealed(summary) = &mut pool.state else {
					unreachable!()
				};
				summary.root = [1; 32];
			})
		},
		"a pool's root is not that of its table",
	);
}

#[test]
fn detects_a_payee_that_was_exchanged() {
	detects(
		|| {
			pallet_contributions::Entries::<Test>::mutate((RUN, Role::Trainer, 1), |entry| {
				entry.as_mut().unwrap().payee = ANYONE;
			})
		},
		"a pool's root is not that of its table",
	);
}

#[test]
fn detects_a_claimed_bit_without_payment() {
	detects(
		|| ClaimedPages::<Test>::mutate(0, 0, |page| page.mark(1)),
		"a pool paid something else than its claimed leaves",
	);
}

#[test]
fn detects_a_payment_without_claimed_bit() {
	detects(
		|| ClaimedPages::<Test>::remove(0, 0),
		"a pool paid something else than its claimed leaves",
	);
}

#[test]
fn detects_totals_that_are_not_the_sums() {
	let totals: [(fn(&mut crate::Totals), _); 4] = [
		(
			|totals| totals.funded += 1,
			"total funded is not the sum over pools",
		),
		(
			|totals| totals.paid -= 1,
			"total paid is not the sum over pools",
		),
		(
			|totals| totals.escrow += 1,
			"total escrow is not the sum over purses",
		),
		(
			|totals| totals.dues -= 1,
			"total dues are not the sum over accounts",
		),
	];
	for (change, message) in totals {
		detects(
			|| Total::<Test>::mutate(crate::Asset::None, change),
			message,
		);
	}
}

#[test]
fn detects_a_pot_that_lacks_one_unit() {
	detects(
		|| {
			let pot = Settlement::pot();
			frame_system::Account::<Test>::mutate(pot, |account| account.data.free -= 1);
		},
		"the pot holds less than it owes",
	);
}

#[test]
fn detects_books_that_do_not_balance() {
	detects(
		|| Books::<Test>::mutate(RUN, crate::Asset::None, |books| books.returned += 1),
		"a run's books do not balance",
	);
}

#[test]
fn detects_books_that_differ_from_the_purses() {
	detects(
		|| {
			Books::<Test>::mutate(OTHER_RUN, crate::Asset::None, |books| {
				books.escrow -= 1;
				books.released += 1;
			})
		},
		"a run's books and purses differ",
	);
}

#[test]
fn detects_books_that_differ_from_pools_and_dues() {
	for run in [RUN, OTHER_RUN] {
		detects(
			|| {
				Books::<Test>::mutate(run, crate::Asset::None, |books| {
					books.claimable -= 1;
					books.paid += 1;
				})
			},
			"a run's books and its pools and dues differ",
		);
	}
}

#[test]
fn detects_money_without_books() {
	detects(
		|| Books::<Test>::remove(RUN, crate::Asset::None),
		"a run has pools or dues but no books",
	);
	detects(
		|| Books::<Test>::remove(OTHER_RUN, crate::Asset::None),
		"a run has purses but no books",
	);
}

#[test]
fn detects_empty_records() {
	detects(
		|| Dues::<Test>::insert(BOB, (RUN, crate::Asset::None), 0),
		"a due is zero",
	);
	detects(
		|| Escrows::<Test>::insert(9, Escrow::default()),
		"empty purses are stored",
	);
}

#[test]
fn detects_a_pool_id_that_was_not_handed_out() {
	detects(
		|| NextPoolId::<Test>::put(0),
		"a pool's id was not handed out",
	);
}

#[test]
fn detects_a_pool_that_its_run_does_not_name() {
	detects(
		|| RunPools::<Test>::remove(RUN, Role::Trainer),
		"a pool is not found by its run and role",
	);
}

#[test]
fn detects_a_name_without_pool() {
	detects(
		|| RunPools::<Test>::insert(RUN, Role::User, 5),
		"a run names a pool that does not exist",
	);
}

#[test]
fn detects_a_claimed_leaf_that_does_not_exist() {
	detects(
		|| ClaimedPages::<Test>::mutate(0, 1, |page| page.mark(0)),
		"a leaf that does not exist is claimed",
	);
	detects(
		|| ClaimedPages::<Test>::mutate(3, 0, |page| page.mark(0)),
		"a leaf of a pool that is not sealed is claimed",
	);
}

#[test]
fn detects_a_cursor_that_fell_behind_its_pool() {
	detects(
		|| {
			Settlements::<Test>::mutate(RUN, |settlement| {
				settlement.as_mut().unwrap().stage = Stage::Building {
					role: Role::Trainer,
					next: 1,
				};
			})
		},
		"a pool does not fit its settlement's cursor",
	);
}

#[test]
fn detects_a_cursor_that_skips_an_entry() {
	corrupt_and_execute(|| {
		deposit(Purse::Budget, 100);
		contribute(Role::Trainer, &[(ALICE, 1), (BOB, 1), (CAROL, 1)]);
		close_all();
		assert_ok!(Settlement::settle(RUN, &terms(), 1));
		assert_ok!(Settlement::do_try_state());
		Settlements::<Test>::mutate(RUN, |settlement| {
			settlement.as_mut().unwrap().stage = Stage::Building {
				role: Role::Trainer,
				next: 2,
			};
		});
		assert_eq!(
			Settlement::do_try_state(),
			Err(TryRuntimeError::Other(
				"a pool does not fit its settlement's cursor"
			))
		);
	});
}

#[test]
fn detects_a_pool_without_settlement() {
	detects(
		|| Settlements::<Test>::remove(RUN),
		"a pool has no settlement",
	);
}

#[test]
fn detects_a_settled_run_with_money_in_its_purses() {
	detects(
		|| {
			let done = Settlements::<Test>::get(RUN).unwrap();
			Settlements::<Test>::insert(OTHER_RUN, done);
		},
		"a settled run still has money in its purses",
	);
}

/// A dataset with a cohort that paid one of two members, a list that is being built, and a licence
/// payment that waits.
fn detects_of_members(corrupt: impl FnOnce(u64), message: &'static str) {
	corrupt_and_execute(|| {
		let members = accounts(200, 2);
		let list = cohort(DATASET, 1, &members);
		fund(RUN, DATASET, 30 * ED);
		assert_ok!(claim(member_claim(list, &members, 1)));
		datasets_pool(RUN + 1, ED, &[(DATASET, BOB, 1)], &[(DATASET, BOB, 5)]);
		assert_ok!(open_members(DATASET, 1));
		assert_ok!(Settlement::do_try_state());
		corrupt(list);
		assert_eq!(
			Settlement::do_try_state(),
			Err(TryRuntimeError::Other(message))
		);
	});
}

fn with_cohort(pool: u64, change: impl FnOnce(&mut Cohort<AccountId, u64>)) {
	Cohorts::<Test>::mutate(pool, |cohort| change(cohort.as_mut().unwrap()));
}

fn built() -> u64 {
	Memberships::<Test>::get(DATASET).building.unwrap()
}

#[test]
fn detects_a_cohort_that_drew_something_else_than_it_paid() {
	let message = "a cohort paid something else than its leaves drew";
	detects_of_members(
		|list| Drawn::<Test>::mutate(list, 0, |page| page.set(0, 1)),
		message,
	);
	detects_of_members(|list| Drawn::<Test>::remove(list, 0), message);
}

#[test]
fn detects_a_cohort_that_overpaid() {
	detects_of_members(
		|list| {
			let paid = Settlement::cohort(list).unwrap().paid;
			with_cohort(list, |cohort| cohort.funded = paid - 1);
			Total::<Test>::mutate(crate::Asset::None, |totals| {
				totals.funded -= 30 * ED - paid + 1
			});
		},
		"a cohort paid more than it was funded with",
	);
}

#[test]
fn detects_money_in_a_list_that_is_being_built() {
	detects_of_members(
		|list| {
			with_cohort(list, |cohort| cohort.funded -= 1);
			with_cohort(built(), |cohort| cohort.funded += 1);
		},
		"a cohort is funded before it is sealed",
	);
}

#[test]
fn detects_a_payment_to_a_member_that_does_not_exist() {
	detects_of_members(
		|list| Drawn::<Test>::mutate(list, 0, |page| page.set(2, 1)),
		"a member that does not exist was paid",
	);
	detects_of_members(
		|_| Drawn::<Test>::mutate(99, 0, |page| page.set(0, 1)),
		"members of no cohort were paid",
	);
}

#[test]
fn detects_totals_without_cohorts_or_waiting_licences() {
	detects_of_members(
		|list| with_cohort(list, |cohort| cohort.funded += 1),
		"total funded is not the sum over pools",
	);
	detects_of_members(
		|_| {
			LicenceDues::<Test>::mutate(DATASET, (RUN + 1, DATASET), |due| {
				due.as_mut().unwrap().amount -= 1;
			})
		},
		"total dues are not the sum over accounts",
	);
	detects_of_members(
		|_| {
			LicenceDues::<Test>::mutate(DATASET, (RUN + 2, DATASET), |due| {
				*due = Some(crate::LicenceDue {
					amount: 0,
					list: 0,
					payee: BOB,
				});
			})
		},
		"a licence payment that waits is zero",
	);
}

#[test]
fn detects_cohorts_and_datasets_that_do_not_name_each_other() {
	detects_of_members(
		|_| Memberships::<Test>::insert(OTHER_DATASET, crate::Membership::default()),
		"a dataset without cohorts is stored",
	);
	detects_of_members(
		|_| {
			Memberships::<Test>::mutate(DATASET, |membership| {
				let building = membership.building.take().unwrap();
				membership.open.try_push(building).unwrap();
			})
		},
		"a dataset names a cohort that is another one",
	);
	detects_of_members(
		|list| with_cohort(list, |cohort| cohort.dataset = OTHER_DATASET),
		"a dataset names a cohort that is another one",
	);
	detects_of_members(
		|_| Memberships::<Test>::mutate(DATASET, |membership| membership.building = Some(0)),
		"the cohorts of a dataset do not ascend",
	);
	detects_of_members(
		|_| {
			let next = NextPoolId::<Test>::get();
			Memberships::<Test>::mutate(DATASET, |membership| membership.building = Some(next));
		},
		"the cohorts of a dataset do not ascend",
	);
	detects_of_members(
		|_| Memberships::<Test>::mutate(DATASET, |membership| membership.building = None),
		"a cohort is not found by its dataset",
	);
	detects_of_members(
		|_| Cohorts::<Test>::remove(built()),
		"a dataset names no cohort",
	);
	detects_of_members(
		|_| {
			let full: Vec<_> = (0..16).collect();
			Memberships::<Test>::mutate(DATASET, |membership| {
				membership.open = full.try_into().unwrap();
			})
		},
		"a dataset has too many cohorts",
	);
}

#[test]
fn detects_a_cohort_that_is_the_pool_of_a_run() {
	detects_of_members(
		|list| {
			// All else about the pool fits.
			let run = RUN + 7;
			let role = Role::Trainer;
			let pool = Pool {
				run,
				role,
				asset: None,
				funded: 0,
				paid: 0,
				state: PoolState::Building(Default::default()),
			};
			Pools::<Test>::insert(list, pool);
			RunPools::<Test>::insert(run, role, list);
			Books::<Test>::insert(run, crate::Asset::None, crate::RunBooks::default());
			let settlement = crate::Settlement {
				terms: Default::default(),
				stage: Stage::Building { role, next: 0 },
			};
			Settlements::<Test>::insert(run, settlement);
		},
		"a cohort is the pool of a run",
	);
}

#[test]
fn detects_a_deposit_that_is_not_held() {
	detects_of_members(
		|list| with_cohort(list, |cohort| cohort.deposit += 1),
		"what is held for members is not what their lists say",
	);
}

#[test]
fn detects_a_name_of_a_list_at_a_leaf_that_does_not_exist() {
	let message = "a leaf that does not exist names a list";
	let pool = |run| Settlement::run_pool(run, Role::DataProvider).unwrap();
	detects_of_members(
		|list| ListLeaves::<Test>::insert(pool(RUN), 1, list),
		message,
	);
	detects_of_members(
		|_| ListLeaves::<Test>::insert(99, 0, 0),
		"a leaf of no pool names a list",
	);
}
