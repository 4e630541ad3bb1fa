use super::*;

#[test]
fn a_claim_pays_the_payee_whoever_sends_it() {
	build_and_execute(|| {
		let pool = trainers_pool(1_000, &[(ALICE, 1), (BOB, 3)]);
		take_events();

		assert_ok!(claim(claim_data(pool, 1)));

		assert_eq!(free(BOB), GRD + 750);
		assert_eq!(free(ANYONE), GRD);
		assert!(Settlement::is_claimed(pool, 1) && !Settlement::is_claimed(pool, 0));
		assert_eq!(
			take_events(),
			vec![Event::Claimed {
				run: RUN,
				role: Role::Trainer,
				pool,
				index: 1,
				payee: BOB,
				amount: 750,
				asset: None
			}]
		);
		let books = Settlement::books(RUN, None);
		assert_eq!((books.paid, books.claimable), (750, 250));
	});
}

#[test]
fn claims_must_be_signed() {
	build_and_execute(|| {
		let pool = trainers_pool(1_000, &[(ALICE, 1)]);
		let Claim {
			index, leaf, proof, ..
		} = claim_data(pool, 0);
		assert_noop!(
			Settlement::claim(RuntimeOrigin::none(), pool, index, leaf, proof, None),
			sp_runtime::DispatchError::BadOrigin
		);
	});
}

#[test]
fn claim_pays_nothing_twice() {
	build_and_execute(|| {
		let pool = trainers_pool(1_000, &[(ALICE, 1), (BOB, 1)]);
		assert_ok!(claim(claim_data(pool, 0)));
		assert_noop!(claim(claim_data(pool, 0)), Error::<Test>::AlreadyClaimed);
	});
}

#[test]
fn one_contributor_gets_everything() {
	build_and_execute(|| {
		let pool = trainers_pool(1_000_003, &[(ALICE, 5)]);
		let data = claim_data(pool, 0);
		assert!(data.proof.siblings.is_empty());
		assert_ok!(claim(data));
		assert_eq!(free(ALICE), GRD + 1_000_003);
		assert_eq!(free(Settlement::pot()), ED);
	});
}

#[test]
fn a_weight_of_zero_keeps_its_index_and_gets_nothing() {
	build_and_execute(|| {
		let pool = trainers_pool(1_000, &[(ALICE, 0), (BOB, 1), (CAROL, 0)]);
		assert_noop!(claim(claim_data(pool, 0)), Error::<Test>::NothingToClaim);
		assert_noop!(claim(claim_data(pool, 2)), Error::<Test>::NothingToClaim);
		assert_ok!(claim(claim_data(pool, 1)));
		assert_eq!(free(BOB), GRD + 1_000);
	});
}

#[test]
fn an_unknown_pool_pays_nothing() {
	build_and_execute(|| {
		let pool = trainers_pool(1_000, &[(ALICE, 1)]);
		let data = claim_data(pool, 0);
		assert_noop!(
			claim(Claim {
				pool: pool + 1,
				..data
			}),
			Error::<Test>::NotFound
		);
	});
}

#[test]
fn a_pool_that_is_being_built_pays_nothing() {
	build_and_execute(|| {
		deposit(Purse::Budget, 100);
		contribute(Role::Trainer, &[(ALICE, 1)]);
		close_all();
		// Every leaf is there, but it is not funded.
		assert_eq!(
			Settlement::settle(RUN, &terms(), 1),
			Ok(SettleProgress::Pending)
		);
		let leaf = Leaf {
			payee: Payee::Account(ALICE),
			weight: 1,
		};
		let data = Claim {
			pool: 0,
			index: 0,
			leaf,
			proof: Default::default(),
			opening: None,
		};
		assert_noop!(claim(data.clone()), Error::<Test>::NotSealed);
		settle_with(&terms());
		assert_ok!(claim(data));
	});
}

#[test]
fn a_wrong_leaf_index_or_proof_is_refused() {
	build_and_execute(|| {
		let pool = trainers_pool(1_000, &[(ALICE, 1), (BOB, 3), (CAROL, 4)]);
		let data = claim_data(pool, 0);
		let refused = |data: Claim<AccountId>, error: Error<Test>| {
			assert_noop!(claim(data), error);
		};
		let leaf = |payee, weight| Leaf { payee, weight };

		let thief = leaf(Payee::Account(ANYONE), 1);
		refused(
			Claim {
				leaf: thief,
				..data.clone()
			},
			Error::WrongProof,
		);
		let heavier = leaf(Payee::Account(ALICE), 2);
		refused(
			Claim {
				leaf: heavier,
				..data.clone()
			},
			Error::WrongProof,
		);
		for payee in [Payee::Hidden([0; 32]), Payee::Pool(pool)] {
			refused(
				Claim {
					leaf: leaf(payee, 1),
					..data.clone()
				},
				Error::WrongProof,
			);
		}
		refused(
			Claim {
				opening: opening(ALICE),
				..data.clone()
			},
			Error::WrongOpening,
		);
		refused(
			Claim {
				index: 1,
				..data.clone()
			},
			Error::WrongProof,
		);
		refused(
			Claim {
				index: 3,
				..data.clone()
			},
			Error::LeafNotFound,
		);
		refused(
			Claim {
				proof: Default::default(),
				..data.clone()
			},
			Error::WrongProof,
		);
		let other = claim_data(pool, 1).proof;
		refused(
			Claim {
				proof: other,
				..data.clone()
			},
			Error::WrongProof,
		);
		let mut generous = data.clone();
		generous.proof.siblings[0].sum = 0;
		refused(generous, Error::WrongProof);
		assert_ok!(claim(data));
	});
}

#[test]
fn the_leaf_of_one_pool_is_not_paid_by_another() {
	build_and_execute(|| {
		deposit(Purse::Budget, 1_000);
		// The leaves are the same; only the pool that is hashed with them differs.
		contribute(Role::Trainer, &[(ALICE, 1), (BOB, 1)]);
		contribute(Role::User, &[(ALICE, 1), (BOB, 1)]);
		close_all();
		settle_with(&SettleTerms {
			split_ppm: [0, 900_000, 100_000, 0, 0],
			..terms()
		});
		let data = claim_data(1, 0);
		assert_noop!(claim(Claim { pool: 0, ..data }), Error::<Test>::WrongProof);
	});
}

#[test]
fn the_pot_is_never_a_payee() {
	build_and_execute(|| {
		let pool = trainers_pool(1_000, &[(Settlement::pot(), 1), (BOB, 1)]);
		assert_noop!(claim(claim_data(pool, 0)), Error::<Test>::PayeeIsPot);
		assert_ok!(claim(claim_data(pool, 1)));
	});
}

#[test]
fn a_payout_below_the_existential_deposit_stays_claimable() {
	build_and_execute(|| {
		let pool = trainers_pool(2 * ED - 1, &[(DAVE, 1), (BOB, 1)]);
		assert_eq!(entitlement(pool, 0), ED - 1);
		assert_noop!(
			claim(claim_data(pool, 0)),
			Error::<Test>::BelowExistentialDeposit
		);

		assert_ok!(Balances::transfer_allow_death(
			RuntimeOrigin::signed(ALICE),
			DAVE,
			ED
		));
		assert_ok!(claim(claim_data(pool, 0)));
		assert_eq!(free(DAVE), 2 * ED - 1);
	});
}

#[test]
fn a_payout_of_the_existential_deposit_creates_the_account() {
	build_and_execute(|| {
		let pool = trainers_pool(ED, &[(DAVE, 1)]);
		assert_ok!(claim(claim_data(pool, 0)));
		assert_eq!(free(DAVE), ED);
	});
}

#[test]
fn a_payee_that_cannot_receive_is_refused() {
	corrupt_and_execute(|| {
		let pool = trainers_pool(1_000, &[(ALICE, 1)]);
		frame_system::Account::<Test>::mutate(ALICE, |account| account.data.free = Balance::MAX);
		assert_noop!(
			claim(claim_data(pool, 0)),
			Error::<Test>::PayeeCannotReceive
		);
	});
}

#[test]
fn existential_deposit_is_never_paid_out() {
	corrupt_and_execute(|| {
		let pool = trainers_pool(1_000, &[(ALICE, 1)]);
		// A pot that lost one unit could pay the claim in full only out of its existential deposit.
		let pot = Settlement::pot();
		frame_system::Account::<Test>::mutate(pot, |account| account.data.free -= 1);
		assert_storage_noop!(assert!(claim(claim_data(pool, 0)).is_err()));
	});
}

#[test]
fn donations_are_surplus_and_never_payable() {
	build_and_execute(|| {
		let pool = trainers_pool(1_000, &[(ALICE, 1)]);
		let pot = Settlement::pot();
		assert_ok!(Balances::transfer_allow_death(
			RuntimeOrigin::signed(BOB),
			pot,
			77
		));
		assert_eq!(entitlement(pool, 0), 1_000);
		assert_ok!(claim(claim_data(pool, 0)));
		let view = Settlement::conservation(None);
		assert_eq!((view.surplus, view.missing, free(pot)), (77, 0, ED + 77));
		assert_noop!(claim(claim_data(pool, 0)), Error::<Test>::AlreadyClaimed);
	});
}

#[test]
fn the_payee_is_the_one_that_stood_when_the_table_closed() {
	build_and_execute(|| {
		deposit(Purse::Budget, 100);
		for payee in [ALICE, BOB] {
			let subject = Subject::Dataset(5);
			assert_ok!(Contributions::record(
				RUN,
				Role::Trainer,
				subject,
				&payee,
				1
			));
		}
		close_all();
		settle_with(&terms());
		assert_ok!(claim(claim_data(0, 0)));
		assert_eq!((free(ALICE), free(BOB)), (GRD, GRD + 100));
	});
}

#[test]
fn leaves_on_both_sides_of_a_page_are_marked_apart() {
	build_and_execute(|| {
		// The pages hold 2,048 bits.
		let entries: Vec<_> = (0..2_050).map(|_| (ALICE, 1)).collect();
		let pool = trainers_pool(2_050, &entries);
		for index in [0, 2_047, 2_048, 2_049] {
			assert_ok!(claim(claim_data(pool, index)));
			assert_noop!(
				claim(claim_data(pool, index)),
				Error::<Test>::AlreadyClaimed
			);
		}
		assert_eq!(free(ALICE), GRD + 4);
		assert_eq!(crate::ClaimedPages::<Test>::iter().count(), 2);
		assert!(!Settlement::is_claimed(pool, 1));
	});
}
