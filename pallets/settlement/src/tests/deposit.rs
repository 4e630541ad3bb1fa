use super::*;

#[test]
fn deposits_fill_the_purse_and_the_books() {
	build_and_execute(|| {
		deposit(Purse::Budget, 10);
		deposit(Purse::Licence, 20);
		deposit(Purse::Bond, 30);
		deposit(Purse::Tip, 40);
		deposit(Purse::Budget, 5);

		assert_eq!(
			Settlement::escrow(RUN),
			Escrow {
				budget: 15,
				licence: 20,
				bond: 30,
				tip: 40
			}
		);
		let held = [Purse::Budget, Purse::Licence, Purse::Bond, Purse::Tip]
			.map(|purse| Settlement::held(RUN, purse));
		assert_eq!(held, [15, 20, 30, 40]);
		let books = Settlement::books(RUN, None);
		assert_eq!(
			(
				books.budget_in,
				books.licence_in,
				books.bond_in,
				books.tip_in,
				books.escrow
			),
			(15, 20, 30, 40, 105)
		);
		assert_eq!(free(Settlement::pot()), ED + 105);
		assert_eq!(free(SPONSOR), SPONSOR_START - 105);
		assert_eq!(
			take_events().pop(),
			Some(Event::Deposited {
				run: RUN,
				purse: Purse::Budget,
				from: SPONSOR,
				amount: 5,
				asset: None
			})
		);
	});
}

#[test]
fn a_deposit_of_nothing_does_nothing() {
	build_and_execute(|| {
		assert_storage_noop!(deposit(Purse::Tip, 0));
	});
}

#[test]
fn a_deposit_never_takes_the_depositor_below_the_existential_deposit() {
	build_and_execute(|| {
		assert_storage_noop!(assert!(Settlement::deposit(
			RUN,
			Purse::Budget,
			&ALICE,
			GRD - ED + 1
		)
		.is_err()));
		assert_ok!(Settlement::deposit(RUN, Purse::Budget, &ALICE, GRD - ED));
	});
}

#[test]
fn the_pot_cannot_deposit() {
	build_and_execute(|| {
		let pot = Settlement::pot();
		assert!(Settlement::is_pot(&pot) && !Settlement::is_pot(&ALICE));
		assert_noop!(
			Settlement::deposit(RUN, Purse::Budget, &pot, 0),
			Error::<Test>::PayeeIsPot
		);
	});
}

#[test]
fn nothing_is_deposited_once_the_settlement_started() {
	build_and_execute(|| {
		close_all();
		assert_eq!(
			Settlement::settle(RUN, &terms(), 0),
			Ok(SettleProgress::Pending)
		);
		assert_noop!(
			Settlement::deposit(RUN, Purse::Budget, &SPONSOR, 1),
			Error::<Test>::SettlementStarted
		);
		settle_with(&terms());
		assert_noop!(
			Settlement::deposit(RUN, Purse::Budget, &SPONSOR, 1),
			Error::<Test>::SettlementStarted
		);
	});
}

#[test]
fn a_sum_that_overflows_is_refused_and_no_money_moves() {
	corrupt_and_execute(|| {
		crate::Total::<Test>::mutate(crate::Asset::None, |totals| totals.escrow = Balance::MAX);
		assert_noop!(
			Settlement::deposit(RUN, Purse::Budget, &SPONSOR, 1),
			sp_runtime::ArithmeticError::Overflow
		);
	});
}
