use super::*;
use crate::{RunPools, Settlements};

#[test]
fn a_run_is_divided_among_its_roles() {
	build_and_execute(|| {
		deposit(Purse::Budget, 1_000);
		contribute(Role::DataProvider, &[(ALICE, 3)]);
		contribute(Role::Trainer, &[(BOB, 1), (CAROL, 1)]);
		close_all();
		let split_ppm = [400_000, 600_000, 0, 0, 0];
		take_events();

		settle_with(&SettleTerms {
			split_ppm,
			..terms()
		});

		assert_eq!(
			take_events(),
			vec![
				Event::PoolFunded {
					run: RUN,
					role: Role::DataProvider,
					pool: 0,
					amount: 400,
					asset: None
				},
				Event::PoolFunded {
					run: RUN,
					role: Role::Trainer,
					pool: 1,
					amount: 600,
					asset: None
				},
			]
		);
		assert_eq!(
			[entitlement(0, 0), entitlement(1, 0), entitlement(1, 1)],
			[400, 300, 300]
		);
		let books = Settlement::books(RUN, None);
		assert_eq!(
			(books.claimable, books.escrow, books.returned),
			(1_000, 0, 0)
		);
	});
}

#[test]
fn a_settlement_ends_after_exactly_its_steps() {
	build_and_execute(|| {
		deposit(Purse::Budget, 1_000);
		deposit(Purse::Licence, 10);
		contribute(Role::Trainer, &[(BOB, 1), (CAROL, 1), (ALICE, 0)]);
		contribute(Role::User, &[(BOB, 1)]);
		close_all();
		let terms = SettleTerms {
			licence: vec![(1, ALICE, 4), (2, BOB, 5)],
			..terms()
		};

		// Four entries, funding, two licences, returning.
		for _ in 0..7 {
			assert_eq!(
				Settlement::settle(RUN, &terms, 1),
				Ok(SettleProgress::Pending)
			);
			assert_ok!(Settlement::do_try_state());
		}
		assert_eq!(Settlement::settle(RUN, &terms, 1), Ok(SettleProgress::Done));
		assert_eq!(Settlements::<Test>::get(RUN).unwrap().stage, Stage::Done);
	});
}

#[test]
fn the_size_of_the_steps_does_not_change_the_outcome() {
	let outcome = |limit: u32| {
		let mut outcome = None;
		build_and_execute(|| {
			deposit(Purse::Budget, 12_345);
			contribute(
				Role::Trainer,
				&[(ALICE, 1), (BOB, 2), (CAROL, 3), (ALICE, 4), (BOB, 5)],
			);
			contribute(Role::Attestor, &[(ALICE, 7), (BOB, 0)]);
			close_all();
			let terms = SettleTerms {
				split_ppm: [0, 900_000, 0, 100_000, 0],
				..terms()
			};
			while Settlement::settle(RUN, &terms, limit) == Ok(SettleProgress::Pending) {}
			outcome = Some((
				Settlement::pool(0),
				Settlement::pool(1),
				Settlement::books(RUN, None),
			));
		});
		outcome.unwrap()
	};
	let whole = outcome(1_000);
	assert!((1..9).all(|limit| outcome(limit) == whole));
}

#[test]
fn a_settled_run_answers_done_and_changes_nothing() {
	build_and_execute(|| {
		trainers_pool(100, &[(ALICE, 1)]);
		assert_storage_noop!(assert_eq!(
			Settlement::settle(RUN, &terms(), 10),
			Ok(SettleProgress::Done)
		));
	});
}

#[test]
fn no_steps_are_no_progress() {
	build_and_execute(|| {
		deposit(Purse::Budget, 100);
		contribute(Role::Trainer, &[(ALICE, 1)]);
		close_all();
		assert_eq!(
			Settlement::settle(RUN, &terms(), 0),
			Ok(SettleProgress::Pending)
		);
		assert_storage_noop!(assert_eq!(
			Settlement::settle(RUN, &terms(), 0),
			Ok(SettleProgress::Pending)
		));
	});
}

#[test]
fn undone_units_return_to_the_sponsor_with_the_rounding() {
	build_and_execute(|| {
		deposit(Purse::Budget, 100);
		contribute(Role::Trainer, &[(ALICE, 1), (BOB, 1)]);
		close_all();
		take_events();
		settle_with(&SettleTerms {
			planned_units: [0, 3, 0, 0, 0],
			..terms()
		});
		// floor(100 * 2 / 3)
		assert_eq!(
			take_events(),
			vec![
				Event::PoolFunded {
					run: RUN,
					role: Role::Trainer,
					pool: 0,
					amount: 66,
					asset: None
				},
				Event::Returned {
					run: RUN,
					to: SPONSOR,
					amount: 34,
					asset: None
				},
			]
		);
	});
}

#[test]
fn all_planned_units_and_more_earn_the_whole_share() {
	for planned in [2, 1] {
		build_and_execute(|| {
			deposit(Purse::Budget, 100);
			contribute(Role::Trainer, &[(ALICE, 1), (BOB, 1)]);
			close_all();
			settle_with(&SettleTerms {
				planned_units: [0, planned, 0, 0, 0],
				..terms()
			});
			assert_eq!(Settlement::books(RUN, None).claimable, 100);
		});
	}
}

#[test]
fn units_are_what_is_done_and_weights_are_what_divides() {
	build_and_execute(|| {
		deposit(Purse::Budget, 100);
		contribute(Role::Trainer, &[(ALICE, 1), (BOB, 1)]);
		assert_ok!(Contributions::reweigh(RUN, Role::Trainer, 0, 0));
		close_all();
		settle_with(&SettleTerms {
			planned_units: [0, 2, 0, 0, 0],
			..terms()
		});
		assert_eq!([entitlement(0, 0), entitlement(0, 1)], [0, 100]);
	});
}

#[test]
fn signatures_left_out_of_a_receipt_return_nothing_to_the_sponsor() {
	for signers in [&[ALICE, BOB][..], &[ALICE, BOB, CAROL][..]] {
		build_and_execute(|| {
			deposit(Purse::Budget, 1_000);
			contribute(Role::Trainer, &[(ALICE, 40)]);
			contribute(Role::User, &[(BOB, 20)]);
			let signed: Vec<_> = signers.iter().map(|who| (*who, 60)).collect();
			contribute(Role::Attestor, &signed);
			close_all();
			settle_with(&SettleTerms {
				split_ppm: [0, 0, 0, 1_000_000, 0],
				planned_units: [0, 60, 20, 80, 0],
				..terms()
			});
			// floor(1_000 * (40 + 20) / 80), among those who signed.
			assert_eq!(funded(Role::Attestor), 750);
			assert_eq!(Settlement::books(RUN, None).returned, 250);
			let pool = Settlement::run_pool(RUN, Role::Attestor).unwrap();
			for index in 0..signers.len() as u64 {
				assert_eq!(entitlement(pool, index), 750 / signers.len() as Balance);
			}
		});
	}
}

#[test]
fn attestors_earn_with_the_work_of_trainers_and_users() {
	let earned = |trainers: u64, users: u64, planned: u64| {
		let mut earned = None;
		build_and_execute(|| {
			deposit(Purse::Budget, 1_000);
			contribute(Role::Trainer, &[(ALICE, trainers)]);
			contribute(Role::User, &[(BOB, users)]);
			contribute(Role::Attestor, &[(CAROL, 1)]);
			close_all();
			settle_with(&SettleTerms {
				split_ppm: [0, 0, 0, 1_000_000, 0],
				planned_units: [0, 0, 0, planned, 0],
				..terms()
			});
			earned = Some(funded(Role::Attestor));
		});
		earned.unwrap()
	};
	assert_eq!(earned(0, 0, 10), 0);
	assert_eq!(earned(3, 0, 10), 300);
	assert_eq!(earned(0, 3, 10), 300);
	assert_eq!(earned(3, 4, 10), 700);
	assert_eq!(earned(3, 7, 10), 1_000);
	assert_eq!(earned(7, 7, 10), 1_000);
	assert_eq!(earned(0, 0, 0), 1_000);
	assert_eq!(earned(u64::MAX, u64::MAX, u64::MAX), 1_000);
}

#[test]
fn what_was_not_done_of_a_plan_returns_whatever_the_scores_say() {
	build_and_execute(|| {
		deposit(Purse::Budget, 1_000);
		deposit(Purse::Bond, 70);
		contribute(Role::DataProvider, &[(ALICE, 30), (BOB, 15)]);
		// Scores divide what was earned; they do not say how much that is.
		assert_ok!(Contributions::reweigh(RUN, Role::DataProvider, 0, 1));
		assert_ok!(Contributions::reweigh(RUN, Role::DataProvider, 1, 2));
		close_all();
		settle_with(&SettleTerms {
			split_ppm: [1_000_000, 0, 0, 0, 0],
			planned_units: [60, 0, 0, 0, 0],
			..terms()
		});
		assert_eq!([entitlement(0, 0), entitlement(0, 1)], [250, 500]);
		assert_eq!(Settlement::books(RUN, None).returned, 250 + 70);
	});
}

#[test]
fn the_bond_is_paid_whole_however_few_records_were_used() {
	build_and_execute(|| {
		deposit(Purse::Budget, 1_000);
		deposit(Purse::Bond, 70);
		contribute(Role::DataProvider, &[(ALICE, 15)]);
		close_all();
		settle_with(&SettleTerms {
			split_ppm: [1_000_000, 0, 0, 0, 0],
			planned_units: [60, 0, 0, 0, 0],
			bond_to_publishers: true,
			..terms()
		});
		assert_eq!(funded(Role::DataProvider), 250 + 70);
		assert_eq!(Settlement::books(RUN, None).returned, 750);
	});
}

#[test]
fn a_role_without_weight_has_no_pool_and_its_share_returns() {
	build_and_execute(|| {
		deposit(Purse::Budget, 1_000);
		contribute(Role::Trainer, &[(ALICE, 5), (BOB, 5)]);
		contribute(Role::User, &[(ALICE, 0), (BOB, 0)]);
		close_all();
		settle_with(&SettleTerms {
			split_ppm: [0, 500_000, 500_000, 0, 0],
			..terms()
		});
		assert_eq!(Settlement::run_pool(RUN, Role::User), None);
		assert_eq!(free(SPONSOR), SPONSOR_START - 500);
	});
}

#[test]
fn a_run_without_contributions_returns_everything() {
	build_and_execute(|| {
		for purse in [Purse::Budget, Purse::Licence, Purse::Bond, Purse::Tip] {
			deposit(purse, 5);
		}
		close_all();
		settle_with(&SettleTerms {
			bond_to_publishers: true,
			..terms()
		});
		assert_eq!(free(SPONSOR), SPONSOR_START);
		assert_eq!(Settlement::books(RUN, None).returned, 20);
		assert_eq!(RunPools::<Test>::iter().count(), 0);
	});
}

#[test]
fn a_run_without_money_settles() {
	build_and_execute(|| {
		let pool = trainers_pool(0, &[(ALICE, 1)]);
		assert_noop!(claim(claim_data(pool, 0)), Error::<Test>::NothingToClaim);
	});
}

#[test]
fn the_bond_goes_to_the_publishers_when_the_sponsor_did_not_reveal() {
	build_and_execute(|| {
		deposit(Purse::Budget, 1_000);
		deposit(Purse::Bond, 100);
		contribute(Role::DataProvider, &[(ALICE, 1)]);
		close_all();
		let split_ppm = [1_000_000, 0, 0, 0, 0];
		settle_with(&SettleTerms {
			split_ppm,
			bond_to_publishers: true,
			..terms()
		});
		assert_eq!(entitlement(0, 0), 1_100);
		assert_eq!(Settlement::books(RUN, None).returned, 0);
	});
}

#[test]
fn the_bond_returns_to_a_sponsor_that_revealed() {
	build_and_execute(|| {
		deposit(Purse::Budget, 1_000);
		deposit(Purse::Bond, 100);
		contribute(Role::DataProvider, &[(ALICE, 1)]);
		close_all();
		settle_with(&SettleTerms {
			split_ppm: [1_000_000, 0, 0, 0, 0],
			..terms()
		});
		assert_eq!(entitlement(0, 0), 1_000);
		assert_eq!(Settlement::books(RUN, None).returned, 100);
	});
}

#[test]
fn licences_are_paid_and_the_rest_returns() {
	build_and_execute(|| {
		deposit(Purse::Licence, 100);
		close_all();
		take_events();
		let licence = vec![(1, ALICE, 30), (2, BOB, 0), (3, ALICE, 20)];
		settle_with(&SettleTerms { licence, ..terms() });
		assert_eq!(free(ALICE), GRD + 50);
		assert_eq!(
			take_events(),
			vec![
				Event::LicencePaid {
					run: RUN,
					dataset: 1,
					payee: ALICE,
					amount: 30
				},
				Event::LicencePaid {
					run: RUN,
					dataset: 3,
					payee: ALICE,
					amount: 20
				},
				Event::Returned {
					run: RUN,
					to: SPONSOR,
					amount: 50,
					asset: None
				},
			]
		);
		assert_eq!(Settlement::books(RUN, None).paid, 50);
	});
}

#[test]
fn a_licence_that_cannot_be_received_waits_as_a_due() {
	build_and_execute(|| {
		deposit(Purse::Licence, ED);
		close_all();
		take_events();
		settle_with(&SettleTerms {
			licence: vec![(1, DAVE, ED - 1)],
			..terms()
		});
		assert_eq!(Settlement::dues_of(&DAVE), vec![((RUN, None), ED - 1)]);
		let owed = Event::Owed {
			run: RUN,
			to: DAVE,
			amount: ED - 1,
			cause: Cause::Licence(1),
			asset: None,
		};
		assert_eq!(take_events()[0], owed);
	});
}

#[test]
fn a_licence_of_the_pot_returns_to_the_sponsor() {
	build_and_execute(|| {
		deposit(Purse::Licence, 100);
		close_all();
		settle_with(&SettleTerms {
			licence: vec![(1, Settlement::pot(), 100)],
			..terms()
		});
		assert_eq!(free(SPONSOR), SPONSOR_START);
	});
}

#[test]
fn a_sponsor_that_is_gone_is_owed_what_returns() {
	build_and_execute(|| {
		assert_ok!(Settlement::deposit(RUN, Purse::Budget, &ALICE, ED - 1));
		close_all();
		settle_with(&SettleTerms {
			sponsor: DAVE,
			..terms()
		});
		assert_eq!(Settlement::dues_of(&DAVE), vec![((RUN, None), ED - 1)]);
		let books = Settlement::books(RUN, None);
		assert_eq!((books.claimable, books.returned), (ED - 1, 0));
	});
}

#[test]
fn terms_that_cannot_be_settled_are_refused_at_the_start() {
	build_and_execute(|| {
		deposit(Purse::Licence, 100);
		let refused = |terms: SettleTerms<_, _>, error: Error<Test>| {
			assert_noop!(Settlement::settle(RUN, &terms, 10), error);
		};
		refused(terms(), Error::TableOpen);
		close_all();
		refused(
			SettleTerms {
				sponsor: Settlement::pot(),
				..terms()
			},
			Error::PayeeIsPot,
		);
		let short = [999_999, 0, 0, 0, 0];
		refused(
			SettleTerms {
				split_ppm: short,
				..terms()
			},
			Error::SplitNotWhole,
		);
		let long = [1_000_000, 0, 0, 0, 1];
		refused(
			SettleTerms {
				split_ppm: long,
				..terms()
			},
			Error::SplitNotWhole,
		);
		let wrapping = [u32::MAX, 1_000_001, 0, 0, 0];
		refused(
			SettleTerms {
				split_ppm: wrapping,
				..terms()
			},
			Error::SplitNotWhole,
		);
		let dear = vec![(1, ALICE, 50), (2, BOB, 51)];
		refused(
			SettleTerms {
				licence: dear,
				..terms()
			},
			Error::InsufficientEscrow,
		);
		settle_with(&terms());
	});
}

#[test]
fn licences_that_sum_past_every_amount_are_refused() {
	build_and_execute(|| {
		deposit(Purse::Licence, 100);
		close_all();
		// Modulo 2^128 they would be no more than the purse holds. No step is taken yet.
		let licence = vec![(1, ALICE, Balance::MAX), (2, BOB, 2)];
		assert_noop!(
			Settlement::settle(RUN, &SettleTerms { licence, ..terms() }, 0),
			sp_runtime::ArithmeticError::Overflow
		);
	});
}

#[test]
fn a_settlement_pays_64_licences_and_not_one_more() {
	build_and_execute(|| {
		deposit(Purse::Licence, 65);
		close_all();
		let with = |licences: u64| SettleTerms {
			licence: (0..licences).map(|dataset| (dataset, ALICE, 1)).collect(),
			..terms()
		};
		assert_noop!(
			Settlement::settle(RUN, &with(65), 10),
			Error::<Test>::MaxLicencesExceeded
		);
		settle_with(&with(64));
		assert_eq!(free(ALICE), GRD + 64);
		assert_eq!(Settlement::books(RUN, None).returned, 1);
	});
}

#[test]
fn one_open_table_is_enough_to_refuse() {
	build_and_execute(|| {
		for role in &Role::ALL[..4] {
			assert_ok!(Contributions::close(RUN, *role));
		}
		assert_noop!(
			Settlement::settle(RUN, &terms(), 10),
			Error::<Test>::TableOpen
		);
	});
}

#[test]
fn terms_cannot_change_on_the_way() {
	build_and_execute(|| {
		deposit(Purse::Budget, 100);
		contribute(Role::Trainer, &[(ALICE, 1), (BOB, 1)]);
		close_all();
		assert_eq!(
			Settlement::settle(RUN, &terms(), 1),
			Ok(SettleProgress::Pending)
		);
		assert_noop!(
			Settlement::settle(
				RUN,
				&SettleTerms {
					sponsor: BOB,
					..terms()
				},
				1
			),
			Error::<Test>::TermsChanged
		);
		settle_with(&terms());
	});
}

#[test]
fn a_settlement_that_fails_keeps_no_half_of_its_effects() {
	corrupt_and_execute(|| {
		deposit(Purse::Budget, 100);
		contribute(Role::Trainer, &[(ALICE, 1), (BOB, 1)]);
		close_all();
		// The first entry can be added, the second is gone.
		pallet_contributions::Entries::<Test>::remove((RUN, Role::Trainer, 1));
		assert_storage_noop!(assert_eq!(
			Settlement::settle(RUN, &terms(), 10),
			Err(Error::<Test>::LeafNotFound.into())
		));
	});
}

#[test]
fn a_settlement_that_is_nested_too_deep_fails_and_owes_nothing() {
	build_and_execute(|| {
		deposit(Purse::Budget, 100);
		contribute(Role::Trainer, &[(ALICE, 1)]);
		close_all();
		let terms = SettleTerms {
			planned_units: [0, 2, 0, 0, 0],
			..terms()
		};
		let mut settle = || Settlement::settle(RUN, &terms, 10);
		// It takes the last layer for itself, and what returns needs one more.
		assert_noop!(
			nested(TRANSACTIONAL_LIMIT - 1, &mut settle),
			TransactionalError::LimitReached
		);
		assert_eq!(
			nested(TRANSACTIONAL_LIMIT - 2, &mut settle),
			Ok(SettleProgress::Done)
		);
		assert_eq!(free(SPONSOR), SPONSOR_START - 50);
		assert_eq!(Settlement::dues_of(&SPONSOR), vec![]);
	});
}

#[test]
fn runs_do_not_touch_each_others_money() {
	build_and_execute(|| {
		assert_ok!(Settlement::deposit(RUN + 1, Purse::Budget, &SPONSOR, 500));
		trainers_pool(100, &[(ALICE, 1)]);
		assert_eq!(Settlement::held(RUN + 1, Purse::Budget), 500);
		assert_eq!(Settlement::books(RUN + 1, None).escrow, 500);
	});
}

#[test]
fn little_money_over_much_weight_loses_nothing() {
	build_and_execute(|| {
		let entries = [(ALICE, u64::MAX), (BOB, u64::MAX), (CAROL, 1)];
		let pool = trainers_pool(3, &entries);
		let all: Balance = (0..3).map(|index| entitlement(pool, index)).sum();
		assert_eq!(all, 3);
	});
}
