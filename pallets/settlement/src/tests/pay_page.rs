use frame_support::dispatch::DispatchResultWithPostInfo;
use guerdon_share_tree::Proof;

use super::*;

fn paid(post: DispatchResultWithPostInfo) -> frame_support::weights::Weight {
	post.unwrap().actual_weight.unwrap()
}

/// Why leaves of the last page were not paid.
fn refused() -> Vec<(u64, sp_runtime::DispatchError)> {
	take_events()
		.into_iter()
		.filter_map(|event| match event {
			Event::ClaimRefused { index, reason, .. } => Some((index, reason)),
			_ => None,
		})
		.collect()
}

#[test]
fn a_page_pays_256_members_with_one_proof() {
	build_and_execute(|| {
		let members = accounts(200, 600);
		let list = cohort(DATASET, 1, &members);
		fund(RUN, DATASET, 1_000_000 * ED + 7);
		let due = entitlements(list, &members);
		take_events();

		for page in 0..3 {
			assert_ok!(pay_page(list, &members, page));
		}

		let events = take_events();
		assert_eq!(events.len(), 600);
		for ((member, due), index) in members.iter().zip(&due).zip(0..) {
			let Payee::Account(payee) = member.payee else {
				unreachable!()
			};
			assert_eq!(free(payee), *due);
			assert_eq!(
				events[index as usize],
				Event::MemberPaid {
					dataset: DATASET,
					pool: list,
					index,
					payee,
					amount: *due,
					asset: None
				}
			);
		}
		assert_eq!(free(Settlement::pot()), ED);
	});
}

#[test]
fn a_page_pays_again_what_came_since() {
	build_and_execute(|| {
		let members = accounts(200, 3);
		let list = cohort(DATASET, 1, &members);
		fund(RUN, DATASET, 10 * ED);
		let all = Settlement::grd_page_weight(3, 0, 3);
		assert_eq!(paid(pay_page(list, &members, 0)), all);
		take_events();
		// Nothing is due, and most of the weight comes back.
		let none = Settlement::grd_page_weight(3, 0, 0);
		assert_eq!(paid(pay_page(list, &members, 0)), none);
		assert!(all.ref_time() > none.ref_time());
		let nothing = Error::<Test>::NothingToClaim.into();
		assert_eq!(refused(), vec![(0, nothing), (1, nothing), (2, nothing)]);

		fund(RUN + 1, DATASET, 5 * ED);
		assert_ok!(pay_page(list, &members, 0));
		let due = entitlements(list, &members);
		assert_eq!(due.iter().sum::<Balance>(), 15 * ED);
		assert_eq!(Settlement::cohort(list).unwrap().paid, 15 * ED);
	});
}

#[test]
fn a_page_skips_who_was_paid_is_hidden_or_cannot_receive() {
	build_and_execute(|| {
		let member = |who, weight| Leaf {
			payee: Payee::Account(who),
			weight,
		};
		let mut members = vec![
			member(ALICE, 1),
			member(BOB, 1),
			member(DAVE, 1),
			secret(CAROL, 1),
		];
		sort(&mut members);
		let list = cohort(DATASET, 1, &members);
		fund(RUN, DATASET, 400);
		assert_ok!(claim(member_claim(list, &members, 0)));
		take_events();

		let weight = paid(pay_page(list, &members, 0));

		assert_eq!((free(ALICE), free(BOB)), (GRD + 100, GRD + 100));
		assert_eq!(
			refused(),
			vec![
				(0, Error::<Test>::NothingToClaim.into()),
				(2, Error::<Test>::BelowExistentialDeposit.into()),
				(3, Error::<Test>::NotInPages.into()),
			]
		);
		assert_eq!(weight, Settlement::grd_page_weight(4, 0, 1));
		// What was skipped can be claimed.
		assert_ok!(Balances::transfer_allow_death(
			RuntimeOrigin::signed(ALICE),
			DAVE,
			ED
		));
		assert_ok!(claim(member_claim(list, &members, 2)));
		assert_ok!(claim(Claim {
			opening: opening(CAROL),
			..member_claim(list, &members, 3)
		}));
		assert_eq!(free(Settlement::pot()), ED);
	});
}

#[test]
fn a_page_of_a_run_pays_accounts_and_leaves_lists_to_claims() {
	build_and_execute(|| {
		let list = cohort(DATASET, 1, &accounts(200, 1));
		let entries = [
			(DATASET, BOB, 2),
			(8, BOB, 1),
			(9, CAROL, 0),
			(10, CAROL, 1),
		];
		let pool = datasets_pool(RUN, 4_000, &entries, &[]);
		let leaves: Vec<_> = (0..4)
			.map(|index| Settlement::proof(pool, index).unwrap().leaf)
			.collect();
		take_events();
		assert_ok!(pay_page(pool, &leaves, 0));
		assert_eq!((free(BOB), free(CAROL)), (GRD + 1_000, GRD + 1_000));
		assert_eq!(
			refused(),
			vec![
				(0, Error::<Test>::NotInPages.into()),
				(2, Error::<Test>::NothingToClaim.into()),
			]
		);
		assert_ok!(pay_page(pool, &leaves, 0));
		assert_eq!(refused()[1], (1, Error::<Test>::AlreadyClaimed.into()));
		assert_ok!(claim(claim_data(pool, 0)));
		assert_eq!(Settlement::cohort(list).unwrap().funded, 2_000);
	});
}

#[test]
fn a_page_never_pays_the_pot() {
	build_and_execute(|| {
		let pool = trainers_pool(1_000, &[(Settlement::pot(), 1), (BOB, 1)]);
		let leaves: Vec<_> = (0..2)
			.map(|index| Settlement::proof(pool, index).unwrap().leaf)
			.collect();
		take_events();
		assert_ok!(pay_page(pool, &leaves, 0));
		assert_eq!(refused(), vec![(0, Error::<Test>::PayeeIsPot.into())]);
		assert_eq!(free(BOB), GRD + 500);
	});
}

#[test]
fn a_page_that_is_not_in_the_pool_is_refused() {
	build_and_execute(|| {
		let members = accounts(200, 300);
		let list = cohort(DATASET, 1, &members);
		fund(RUN, DATASET, GRD);
		let tree = tree_of(list, &members);
		let send = |pool, page, leaves: &[Leaf<AccountId>], proof: Proof| {
			let leaves = leaves.to_vec().try_into().unwrap();
			Settlement::pay_page(RuntimeOrigin::signed(ANYONE), pool, page, leaves, proof)
		};
		let (first, rest) = members.split_at(256);
		let proof = tree.prove_page(0).unwrap();
		let noop = |result: &dyn Fn() -> DispatchResultWithPostInfo, error: Error<Test>| {
			assert_noop!(result(), error);
		};
		noop(&|| send(list + 9, 0, first, proof.clone()), Error::NotFound);
		noop(&|| send(list, 1, first, proof.clone()), Error::WrongProof);
		noop(&|| send(list, 0, rest, proof.clone()), Error::WrongProof);
		noop(&|| send(list, 0, &[], proof.clone()), Error::WrongProof);
		noop(&|| send(list, 2, rest, proof.clone()), Error::LeafNotFound);
		noop(
			&|| send(list, u64::MAX, rest, proof.clone()),
			Error::LeafNotFound,
		);
		noop(
			&|| send(list, 0, first, Proof::default()),
			Error::WrongProof,
		);
		let mut forged = first.to_vec();
		forged[7].payee = Payee::Account(ANYONE);
		noop(&|| send(list, 0, &forged, proof.clone()), Error::WrongProof);
		let building = open_members(DATASET, 1).unwrap();
		noop(
			&|| send(building, 0, first, proof.clone()),
			Error::NotSealed,
		);
		assert_ok!(send(list, 0, first, proof.clone()));
		assert!(crate::PageLeaves::<AccountId>::try_from(members[..257].to_vec()).is_err());
		assert_noop!(
			Settlement::pay_page(
				RuntimeOrigin::none(),
				list,
				0,
				Default::default(),
				Proof::default()
			),
			sp_runtime::DispatchError::BadOrigin
		);
	});
}

#[test]
fn a_page_that_is_nested_too_deep_fails_as_a_whole() {
	build_and_execute(|| {
		let members = accounts(200, 2);
		let list = cohort(DATASET, 1, &members);
		fund(RUN, DATASET, 10 * ED);
		let mut page = || match pay_page(list, &members, 0) {
			Ok(_) => Ok(()),
			Err(failed) => Err(failed.error),
		};
		assert_noop!(
			nested(TRANSACTIONAL_LIMIT - 1, &mut page),
			TransactionalError::LimitReached
		);
		assert_ok!(nested(TRANSACTIONAL_LIMIT - 2, &mut page));
	});
}
