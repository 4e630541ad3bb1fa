use super::*;

#[test]
fn a_proof_is_what_the_claim_needs() {
	build_and_execute(|| {
		let pool = trainers_pool(1_000, &[(ALICE, 1), (BOB, 3)]);
		let view = Settlement::proof(pool, 1).unwrap();
		assert_eq!(
			(view.run, view.role, view.claimed),
			(RUN, Role::Trainer, false)
		);
		assert_eq!(
			view.leaf,
			Leaf {
				payee: Payee::Account(BOB),
				weight: 3
			}
		);
		assert_eq!(view.proven.unwrap().entitlement, 750);
		assert_ok!(claim(claim_data(pool, 1)));
		assert!(Settlement::proof(pool, 1).unwrap().claimed);
	});
}

#[test]
fn there_is_no_proof_of_what_does_not_exist_or_is_not_sealed() {
	build_and_execute(|| {
		deposit(Purse::Budget, 100);
		contribute(Role::Trainer, &[(ALICE, 1)]);
		close_all();
		assert_ok!(Settlement::settle(RUN, &terms(), 1));
		assert_eq!(Settlement::proof(0, 0), None);
		settle_with(&terms());
		assert!(Settlement::proof(0, 0).is_some());
		assert_eq!(Settlement::proof(0, 1), None);
		assert_eq!(Settlement::proof(0, u64::MAX), None);
		assert_eq!(Settlement::proof(1, 0), None);
	});
}

#[test]
fn proofs_are_rebuilt_for_4096_leaves_and_not_one_more() {
	for (leaves, has_proof) in [(4_096, true), (4_097, false)] {
		build_and_execute(|| {
			let entries: Vec<_> = (0..leaves).map(|_| (ALICE, 1)).collect();
			let pool = trainers_pool(8_192, &entries);
			assert_eq!(Settlement::proof(pool, 4_095).is_some(), has_proof);
			// The leaf is listed either way.
			let (views, _) = Settlement::claims_of(&ALICE, None, 3);
			assert_eq!(views.len(), 3);
			assert!(views.iter().all(|view| view.proven.is_some() == has_proof));
		});
	}
}

#[test]
fn an_account_sees_every_leaf_that_pays_it_in_pages() {
	build_and_execute(|| {
		let entries = [(ALICE, 1), (BOB, 3), (ALICE, 4), (ALICE, 0), (BOB, 2)];
		let pool = trainers_pool(1_000, &entries);
		assert_ok!(claim(claim_data(pool, 2)));

		let mut found = vec![];
		let mut cursor = None;
		loop {
			let (views, next) = Settlement::claims_of(&ALICE, cursor, 2);
			found.extend(views.into_iter().map(|view| {
				(
					view.index,
					view.leaf.weight,
					view.claimed,
					view.proven.unwrap().entitlement,
				)
			}));
			cursor = next;
			if cursor.is_none() {
				break;
			}
		}
		found.sort();
		assert_eq!(
			found,
			vec![(0, 1, false, 100), (2, 4, true, 400), (3, 0, false, 0)]
		);
	});
}

#[test]
fn a_page_looks_at_64_leaves_and_not_one_more() {
	build_and_execute(|| {
		let entries: Vec<_> = (0..65).map(|_| (ALICE, 1)).collect();
		trainers_pool(65, &entries);
		for limit in [64, 65, u32::MAX] {
			let (views, next) = Settlement::claims_of(&ALICE, None, limit);
			assert_eq!(views.len(), 64);
			let (rest, end) = Settlement::claims_of(&ALICE, next, limit);
			assert_eq!((rest.len(), end), (1, None));
		}
		let (views, next) = Settlement::claims_of(&ALICE, None, 1);
		assert!(views.len() == 1 && next.is_some());
		assert_eq!(Settlement::claims_of(&ALICE, None, 0), (vec![], None));
	});
}

#[test]
fn a_page_builds_trees_of_4096_leaves_in_all_and_the_next_one_goes_on() {
	build_and_execute(|| {
		deposit(Purse::Budget, 8_000);
		let entries: Vec<_> = (0..2_100)
			.map(|index| (if index % 700 == 0 { ALICE } else { BOB }, 1))
			.collect();
		contribute(Role::Trainer, &entries);
		contribute(Role::User, &entries);
		close_all();
		settle_with(&SettleTerms {
			split_ppm: [0, 500_000, 500_000, 0, 0],
			..terms()
		});
		let (first, next) = Settlement::claims_of(&ALICE, None, 64);
		assert!(first.len() < 6 && next.is_some());
		assert!(first.iter().all(|view| view.role == first[0].role));
		let mut found = first;
		let mut cursor = next;
		while cursor.is_some() {
			let (views, next) = Settlement::claims_of(&ALICE, cursor, 64);
			found.extend(views);
			cursor = next;
		}
		found.sort_by_key(|view| (view.role, view.index));
		let leaves: Vec<_> = found.iter().map(|view| (view.role, view.index)).collect();
		let due = [0, 700, 1_400];
		let expected: Vec<_> = [Role::Trainer, Role::User]
			.into_iter()
			.flat_map(|role| due.map(|index| (role, index)))
			.collect();
		assert_eq!(leaves, expected);
		assert!(found.iter().all(|view| view.proven.is_some()));
	});
}

#[test]
fn dues_are_listed_for_64_runs_and_not_one_more() {
	build_and_execute(|| {
		let owe = |run: u64| {
			assert_ok!(Settlement::deposit(run, Purse::Tip, &SPONSOR, 1));
			assert_ok!(Settlement::release(run, Purse::Tip, &DAVE, 1));
		};
		(0..64).for_each(owe);
		assert_eq!(Settlement::dues_of(&DAVE).len(), 64);
		owe(64);
		assert_eq!(Settlement::dues_of(&DAVE).len(), 64);
		assert_eq!(crate::Dues::<Test>::iter_prefix(DAVE).count(), 65);
	});
}

#[test]
fn a_contributor_that_is_not_the_payee_has_no_claim() {
	build_and_execute(|| {
		deposit(Purse::Budget, 100);
		assert_ok!(Contributions::record(
			RUN,
			Role::Trainer,
			Subject::Account(ALICE),
			&BOB,
			1
		));
		close_all();
		settle_with(&terms());
		assert_eq!(Settlement::claims_of(&ALICE, None, 10).0, vec![]);
		assert_eq!(Settlement::claims_of(&BOB, None, 10).0.len(), 1);
	});
}

#[test]
fn work_that_is_not_settled_is_no_claim() {
	build_and_execute(|| {
		contribute(Role::Trainer, &[(ALICE, 1)]);
		assert_eq!(Settlement::claims_of(&ALICE, None, 10), (vec![], None));
	});
}

#[test]
fn conservation_names_where_every_unit_is() {
	build_and_execute(|| {
		assert_ok!(Settlement::deposit(RUN + 1, Purse::Budget, &SPONSOR, 11));
		assert_ok!(Settlement::deposit(RUN + 1, Purse::Tip, &SPONSOR, 5));
		assert_ok!(Settlement::release(RUN + 1, Purse::Tip, &DAVE, 5));
		let pool = trainers_pool(1_000, &[(ALICE, 1), (BOB, 3)]);
		assert_ok!(claim(claim_data(pool, 0)));
		let view = Settlement::conservation(None);
		assert_eq!(
			(view.funded, view.paid, view.escrow, view.dues),
			(1_000, 250, 11, 5)
		);
		assert_eq!((view.surplus, view.missing), (0, 0));
		assert_eq!(view.pot_free, ED + 750 + 11 + 5);
	});
}

#[test]
fn members_are_told_with_their_cohorts_and_what_waits() {
	build_and_execute(|| {
		assert_eq!(Settlement::members(DATASET), None);
		let first = cohort(DATASET, 1, &accounts(200, 2));
		datasets_pool(RUN, 1, &[(9, BOB, 1)], &[(DATASET, BOB, 30)]);
		let second = open_members(DATASET, 2).unwrap();
		let view = Settlement::members(DATASET).unwrap();
		let ids: Vec<_> = view.cohorts.iter().map(|(pool, _)| *pool).collect();
		assert_eq!((ids, view.pending), (vec![first, second], 30));
		for (pool, told) in view.cohorts {
			assert_eq!(Settlement::cohort(pool), Some(told));
		}
		assert_eq!(Settlement::cohort(second + 1), None);
		assert_eq!(Settlement::pool(first), None);
		// Members are not kept, so there is no proof of them.
		assert_eq!(Settlement::proof(first, 0), None);
	});
}

#[test]
fn a_leaf_that_pays_members_is_no_claim_of_the_payout_account_until_the_list_is_abandoned() {
	build_and_execute(|| {
		let list = open_members(DATASET, 1).unwrap();
		let pool = datasets_pool(RUN, 1_000, &[(DATASET, BOB, 1), (9, BOB, 1)], &[]);
		let claims = || {
			let (views, _) = Settlement::claims_of(&BOB, None, 10);
			views.into_iter().map(|view| view.index).collect::<Vec<_>>()
		};
		assert_eq!(claims(), vec![1]);
		assert_eq!(Settlement::list_paid(pool, 0), Some(list));
		assert_eq!(Settlement::list_paid(pool, 1), None);
		// The proof is there all the same.
		assert_eq!(claim_data(pool, 0).leaf.payee, Payee::Pool(list));
		assert_ok!(abandon(list));
		let mut both = claims();
		both.sort();
		assert_eq!(both, vec![0, 1]);
		assert_eq!(Settlement::list_paid(pool, 0), None);
	});
}
