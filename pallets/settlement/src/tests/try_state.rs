use sp_runtime::TryRuntimeError;

use super::*;
use crate::{Books, ClaimedPages, Dues, Escrows, NextPoolId, Pools, RunPools, Settlements, Total};

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
		detects(|| Total::<Test>::mutate(change), message);
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
		|| Books::<Test>::mutate(RUN, |books| books.returned += 1),
		"a run's books do not balance",
	);
}

#[test]
fn detects_books_that_differ_from_the_purses() {
	detects(
		|| {
			Books::<Test>::mutate(OTHER_RUN, |books| {
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
				Books::<Test>::mutate(run, |books| {
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
		|| Books::<Test>::remove(RUN),
		"a run has pools or dues but no books",
	);
	detects(
		|| Books::<Test>::remove(OTHER_RUN),
		"a run has purses but no books",
	);
}

#[test]
fn detects_empty_records() {
	detects(|| Dues::<Test>::insert(BOB, RUN, 0), "a due is zero");
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
