use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok, traits::fungible::hold::Inspect};
use guerdon_receipt::Role;
use pallet_settlement::{Purse, Treasurer};

fn cancel() -> frame_support::dispatch::DispatchResult {
	send(SPONSOR, Call::cancel { run: 0 })
}

#[test]
fn cancelling_a_proposal_is_free() {
	test(|| {
		propose(plan()).unwrap();
		assert_ok!(cancel());
		assert_eq!(run().state, State::Cancelled);
		assert!(world()
			.datasets
			.values()
			.all(|dataset| dataset.users.is_empty()));

		assert_ok!(prune());
		assert_eq!(Balances::free_balance(SPONSOR), RICH);
		assert_eq!(Balances::total_balance_on_hold(&SPONSOR), 0);
		assert!(Runs::<Test>::get(0).is_none());
	});
}

#[test]
fn cancelling_while_enrolling_costs_a_kill_fee_in_equal_parts() {
	test(|| {
		enrolling();
		for (who, role) in [
			(TRAINER, Role::Trainer),
			(TRAINER_B, Role::Trainer),
			(USER, Role::User),
		] {
			enrol(who, role).unwrap();
		}
		assert_ok!(cancel());
		// 1,000 for three: 333 each, and one stays the sponsor's.
		assert_eq!(run().kill_fee_each, 333);
		assert_eq!(Fakes::held(0, Purse::Budget), 999);

		// WHEN only one can be paid per call THEN all are paid, one after the other.
		for _ in 0..3 {
			assert_ok!(send(PASSER, Call::prune { run: 0, limit: 1 }));
			Training::do_try_state().unwrap();
		}
		for who in [TRAINER, TRAINER_B, USER] {
			assert_eq!(Balances::free_balance(payout_of(&who)), 333);
			assert_eq!(Balances::free_balance(&who), RICH);
		}
		assert_ok!(prune());
		// The proposal's advance paid one tip.
		assert_eq!(Balances::free_balance(SPONSOR), RICH - 999 - 7);
		assert_eq!(Balances::free_balance(POT), RICH);
	});
}

#[test]
fn nobody_enrolled_means_no_kill_fee() {
	test(|| {
		enrolling();
		assert_ok!(cancel());
		assert_eq!((run().kill_fee_each, Fakes::held(0, Purse::Budget)), (0, 0));
	});
}

#[test]
fn only_the_sponsor_cancels_and_only_before_the_work() {
	test(|| {
		assert_noop!(cancel(), Error::<Test>::RunNotFound);
		propose(plan()).unwrap();
		assert_noop!(
			send(TRAINER, Call::cancel { run: 0 }),
			Error::<Test>::NotAuthorized
		);
	});
	test(|| {
		working();
		assert_noop!(cancel(), Error::<Test>::WrongState);
	});
}
