//! Money from a run's pool to cohorts, and from cohorts to their members.

use guerdon_share_tree::split_many;

use super::*;
use crate::ListLeaves;

fn funded_of(pool: u64) -> Balance {
	Settlement::cohort(pool).unwrap().funded
}

#[test]
fn the_leaf_of_a_dataset_with_members_is_booked_to_them() {
	build_and_execute(|| {
		let members = accounts(200, 3);
		let list = cohort(DATASET, 1, &members);
		let pool = datasets_pool(RUN, 1_000, &[(DATASET, BOB, 3), (9, CAROL, 1)], &[]);
		let before = free(Settlement::pot());
		take_events();

		assert_ok!(claim(claim_data(pool, 0)));

		// No money moves: it is in the pot, and is owed to others now.
		assert_eq!((free(Settlement::pot()), free(BOB)), (before, GRD));
		assert_eq!(
			take_events(),
			vec![
				Event::CohortFunded {
					dataset: DATASET,
					pool: list,
					amount: 750,
					asset: None
				},
				Event::Booked {
					run: RUN,
					role: Role::DataProvider,
					pool,
					index: 0,
					dataset: DATASET,
					amount: 750,
					asset: None
				}
			]
		);
		let books = Settlement::books(RUN, None);
		assert_eq!((books.paid, books.claimable), (750, 250));
		let view = Settlement::conservation(None);
		assert_eq!((view.funded, view.paid), (1_000 + 750, 750));
		assert_noop!(claim(claim_data(pool, 0)), Error::<Test>::AlreadyClaimed);
		// A dataset without members is paid as ever.
		assert_ok!(claim(claim_data(pool, 1)));
		assert_eq!(free(CAROL), GRD + 250);
	});
}

#[test]
fn cohorts_share_by_their_weights_exactly() {
	build_and_execute(|| {
		let lists = [
			cohort(DATASET, 3, &accounts(200, 1)),
			cohort(DATASET, 1, &accounts(300, 1)),
			cohort(DATASET, 7, &accounts(400, 1)),
		];
		fund(RUN, DATASET, 1_000_003);
		let parts = split_many(1_000_003, &[3, 1, 7]).unwrap();
		assert_eq!(lists.map(funded_of).to_vec(), parts);
	});
}

#[test]
fn a_cohort_that_comes_later_has_no_part_in_what_was_settled_before() {
	build_and_execute(|| {
		let first = cohort(DATASET, 1, &accounts(200, 1));
		let before = datasets_pool(RUN, 1_000, &[(DATASET, BOB, 1)], &[]);
		// One that is being built has none either, whoever waits with the claim.
		let second = open_members(DATASET, 1).unwrap();
		let between = datasets_pool(RUN + 1, 1_000, &[(DATASET, BOB, 1)], &[]);
		assert_ok!(stream(second, 0, &accounts(300, 1)));
		assert_ok!(seal(second));
		for pool in [before, between] {
			assert_eq!(claim_data(pool, 0).leaf.payee, Payee::Pool(first));
			assert_ok!(claim(claim_data(pool, 0)));
		}
		assert_eq!((funded_of(first), funded_of(second)), (2_000, 0));
		fund(RUN + 2, DATASET, 1_000);
		assert_eq!((funded_of(first), funded_of(second)), (2_500, 500));
	});
}

#[test]
fn a_list_that_is_opened_after_a_pool_was_built_changes_nothing_there() {
	build_and_execute(|| {
		let pool = datasets_pool(RUN, 1_000, &[(DATASET, BOB, 1)], &[]);
		let list = cohort(DATASET, 1, &accounts(200, 1));
		assert_eq!(claim_data(pool, 0).leaf.payee, Payee::Account(BOB));
		assert_ok!(claim(claim_data(pool, 0)));
		assert_eq!((free(BOB), funded_of(list)), (GRD + 1_000, 0));
	});
}

#[test]
fn what_is_due_to_a_list_that_is_being_built_waits_for_it() {
	build_and_execute(|| {
		let list = open_members(DATASET, 1).unwrap();
		let pool = datasets_pool(RUN, 1_000, &[(DATASET, BOB, 1)], &[]);
		assert_noop!(claim(claim_data(pool, 0)), Error::<Test>::MembersPending);
		take_events();
		assert_ok!(claim_many(vec![claim_data(pool, 0)]));
		assert_eq!(
			take_events(),
			vec![Event::ClaimRefused {
				pool,
				index: 0,
				reason: Error::<Test>::MembersPending.into()
			}]
		);
		assert_ok!(stream(list, 0, &accounts(200, 2)));
		assert_ok!(seal(list));
		assert_ok!(claim(claim_data(pool, 0)));
		assert_eq!(funded_of(list), 1_000);
	});
}

#[test]
fn a_contested_dataset_pays_the_members_of_whoever_has_its_root() {
	build_and_execute(|| {
		let own = cohort(DATASET, 1, &accounts(200, 1));
		let holders = cohort(OTHER_DATASET, 1, &accounts(300, 1));
		with_dataset(DATASET, |it| it.paid = Some(OTHER_DATASET));
		fund(RUN, DATASET, 1_000);
		assert_eq!((funded_of(own), funded_of(holders)), (0, 1_000));
		// Whoever took it over is gone: an account is paid.
		with_dataset(DATASET, |it| it.paid = None);
		let pool = datasets_pool(RUN + 1, 1_000, &[(DATASET, BOB, 1)], &[]);
		assert_eq!(claim_data(pool, 0).leaf.payee, Payee::Account(BOB));
	});
}

#[test]
fn a_leaf_without_weight_names_no_list() {
	build_and_execute(|| {
		cohort(DATASET, 1, &accounts(200, 1));
		let pool = datasets_pool(RUN, 1_000, &[(DATASET, BOB, 0), (9, CAROL, 1)], &[]);
		assert_eq!(ListLeaves::<Test>::iter().count(), 0);
		assert_noop!(claim(claim_data(pool, 0)), Error::<Test>::NothingToClaim);
	});
}

#[test]
fn one_claim_covers_every_funding_since_the_last() {
	build_and_execute(|| {
		let members = accounts(200, 5);
		let list = cohort(DATASET, 1, &members);
		fund(RUN, DATASET, 10 * ED);
		let due = entitlements(list, &members);
		take_events();

		assert_ok!(claim(member_claim(list, &members, 4)));
		let Payee::Account(payee) = members[4].payee else {
			unreachable!()
		};
		assert_eq!(free(payee), due[4]);
		assert_eq!(Settlement::drawn(list, 4), due[4]);
		assert_eq!(
			take_events(),
			vec![Event::MemberPaid {
				dataset: DATASET,
				pool: list,
				index: 4,
				payee,
				amount: due[4],
				asset: None
			}]
		);
		assert_noop!(
			claim(member_claim(list, &members, 4)),
			Error::<Test>::NothingToClaim
		);

		fund(RUN + 1, DATASET, 7 * ED + 1);
		fund(RUN + 2, DATASET, 3);
		let more = entitlements(list, &members);
		assert_eq!(more.iter().sum::<Balance>(), 17 * ED + 4);
		assert_ok!(claim(member_claim(list, &members, 4)));
		assert_eq!(free(payee), more[4]);
		assert_eq!(Settlement::cohort(list).unwrap().paid, more[4]);
	});
}

#[test]
fn a_hidden_payee_is_paid_to_whom_its_opening_shows() {
	build_and_execute(|| {
		let mut members = vec![secret(BOB, 1), secret(CAROL, 3)];
		sort(&mut members);
		let list = cohort(DATASET, 1, &members);
		fund(RUN, DATASET, 1_000);
		let at = members
			.iter()
			.position(|member| *member == secret(CAROL, 3))
			.unwrap() as u64;
		let data = member_claim(list, &members, at);

		let with = |opening| Claim {
			opening,
			..data.clone()
		};
		let thief = opening(ANYONE);
		let mut salted = opening(CAROL);
		salted.as_mut().unwrap().salt[0] ^= 1;
		for wrong in [None, thief, salted, opening(BOB)] {
			assert_noop!(claim(with(wrong)), Error::<Test>::WrongOpening);
		}
		assert_ok!(claim(with(opening(CAROL))));
		assert_eq!(free(CAROL), GRD + 750);
		assert_noop!(claim(with(opening(CAROL))), Error::<Test>::NothingToClaim);
	});
}

#[test]
fn an_account_that_is_shown_takes_no_opening() {
	build_and_execute(|| {
		let members = accounts(ALICE, 1);
		let list = cohort(DATASET, 1, &members);
		fund(RUN, DATASET, 1_000);
		let data = member_claim(list, &members, 0);
		assert_noop!(
			claim(Claim {
				opening: opening(ALICE),
				..data.clone()
			}),
			Error::<Test>::WrongOpening
		);
		assert_ok!(claim(data));
	});
}

#[test]
fn the_pot_is_not_paid_in_hiding() {
	build_and_execute(|| {
		let pot = Settlement::pot();
		let members = [secret(pot, 1)];
		let list = cohort(DATASET, 1, &members);
		fund(RUN, DATASET, 1_000);
		let data = member_claim(list, &members, 0);
		assert_noop!(
			claim(Claim {
				opening: opening(pot),
				..data
			}),
			Error::<Test>::PayeeIsPot
		);
	});
}

#[test]
fn a_wrong_leaf_index_or_proof_of_a_member_is_refused() {
	build_and_execute(|| {
		let members = accounts(200, 3);
		let list = cohort(DATASET, 1, &members);
		fund(RUN, DATASET, 10 * ED);
		let data = member_claim(list, &members, 1);
		let refused = |data: Claim<AccountId>, error: Error<Test>| {
			assert_noop!(claim(data), error);
		};
		for payee in [Payee::Account(ANYONE), Payee::Pool(list)] {
			let leaf = Leaf {
				payee,
				..data.leaf.clone()
			};
			refused(
				Claim {
					leaf,
					..data.clone()
				},
				Error::WrongProof,
			);
		}
		let past = Claim {
			index: 3,
			..data.clone()
		};
		refused(past, Error::LeafNotFound);
		let unproven = Claim {
			proof: Default::default(),
			..data.clone()
		};
		refused(unproven, Error::WrongProof);
		let unknown = Claim {
			pool: list + 100,
			..data.clone()
		};
		refused(unknown, Error::NotFound);
		assert_ok!(claim(data));
	});
}

#[test]
fn a_list_that_is_being_built_pays_nothing() {
	build_and_execute(|| {
		let members = accounts(200, 3);
		let list = open_members(DATASET, 1).unwrap();
		assert_ok!(stream(list, 0, &members));
		assert_noop!(
			claim(member_claim(list, &members, 0)),
			Error::<Test>::NotSealed
		);
	});
}

#[test]
fn what_a_member_cannot_receive_stays_claimable_and_grows() {
	build_and_execute(|| {
		let members = accounts(DAVE, 1);
		let list = cohort(DATASET, 1, &members);
		fund(RUN, DATASET, ED - 1);
		assert_noop!(
			claim(member_claim(list, &members, 0)),
			Error::<Test>::BelowExistentialDeposit
		);
		fund(RUN + 1, DATASET, 1);
		assert_ok!(claim(member_claim(list, &members, 0)));
		assert_eq!(free(DAVE), ED);
	});
}

#[test]
fn a_batch_pays_leaves_of_every_kind_and_each_once() {
	build_and_execute(|| {
		// GIVEN an account with leaves in a run's pool and in two cohorts, hidden in one of them.
		let first = [Leaf {
			payee: Payee::Account(ALICE),
			weight: 1,
		}];
		let second = [secret(ALICE, 1)];
		let lists = [cohort(DATASET, 1, &first), cohort(DATASET, 1, &second)];
		let pool = datasets_pool(RUN, 4_000, &[(DATASET, BOB, 3), (9, ALICE, 1)], &[]);
		assert_ok!(claim(claim_data(pool, 0)));
		let hidden = Claim {
			opening: opening(ALICE),
			..member_claim(lists[1], &second, 0)
		};
		let batch = vec![
			claim_data(pool, 1),
			member_claim(lists[0], &first, 0),
			hidden.clone(),
			member_claim(lists[0], &first, 0),
			hidden,
		];
		take_events();
		// WHEN each is claimed, and some twice.
		assert_ok!(claim_many(batch));
		// THEN each is paid once.
		assert_eq!(free(ALICE), GRD + 4_000);
		let refused: Vec<_> = take_events()
			.into_iter()
			.filter_map(|event| match event {
				Event::ClaimRefused { pool, reason, .. } => Some((pool, reason)),
				_ => None,
			})
			.collect();
		let nothing: sp_runtime::DispatchError = Error::<Test>::NothingToClaim.into();
		assert_eq!(refused, lists.map(|list| (list, nothing)).to_vec());
		assert_eq!(free(Settlement::pot()), ED);
	});
}

#[test]
fn a_batch_books_each_leaf_of_members_once() {
	build_and_execute(|| {
		let list = cohort(DATASET, 1, &accounts(200, 1));
		let pool = datasets_pool(RUN, 1_000, &[(DATASET, BOB, 1)], &[]);
		take_events();
		assert_ok!(claim_many(vec![claim_data(pool, 0); 2]));
		assert_eq!(funded_of(list), 1_000);
		assert_eq!(
			take_events().last(),
			Some(&Event::ClaimRefused {
				pool,
				index: 0,
				reason: Error::<Test>::AlreadyClaimed.into()
			})
		);
		// Nested too deep, nothing is looked at.
		let later = datasets_pool(RUN + 1, 1_000, &[(DATASET, BOB, 1)], &[]);
		let mut batch = || claim_many(vec![claim_data(later, 0)]);
		assert_noop!(
			nested(TRANSACTIONAL_LIMIT - 1, &mut batch),
			TransactionalError::LimitReached
		);
	});
}

#[test]
fn drawn_amounts_of_64_members_share_a_page() {
	build_and_execute(|| {
		let members = accounts(200, 130);
		let list = cohort(DATASET, 1, &members);
		fund(RUN, DATASET, 10_000 * ED);
		for index in [0, 63, 64, 127, 128, 129] {
			assert_ok!(claim(member_claim(list, &members, index)));
		}
		assert_eq!(crate::Drawn::<Test>::iter_prefix(list).count(), 3);
		assert_eq!(Settlement::drawn(list, 1), 0);
	});
}
