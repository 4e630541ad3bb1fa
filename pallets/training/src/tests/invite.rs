use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok, dispatch::DispatchResult, traits::fungible::Mutate};
use guerdon_receipt::Role;
use pallet_valuation::Basis;
use sp_runtime::{AccountId32, TokenError};

/// Somebody who owns nothing.
const POOR: AccountId32 = AccountId32::new([60; 32]);
const POORER: AccountId32 = AccountId32::new([61; 32]);
const DEPOSIT: u128 = 500;

fn on_hold(who: &AccountId32) -> u128 {
	held(HoldReason::Invitation, who)
}

fn invite_with(purse: u128) -> DispatchResult {
	let call = Call::invite {
		run: 0,
		who: POOR,
		role: Role::Trainer,
		purse,
	};
	send(SPONSOR, call)
}

fn released() -> usize {
	happened(|event| {
		matches!(
			event,
			Event::InvitationReleased {
				amount: DEPOSIT,
				..
			}
		)
	})
}

/// A run that enrols, with one who was invited and another trainer; each is dealt half of the tasks.
fn dealt_to_the_invited() {
	enrolling();
	invite(SPONSOR, POOR, Role::Trainer).unwrap();
	enrol(POOR, Role::Trainer).unwrap();
	enrol(TRAINER, Role::Trainer).unwrap();
	pass_deadline();
	advance().unwrap();
	skip_epochs(2);
	deal().unwrap();
}

/// Who does which of the four tasks of the round.
fn tasks_of(who: AccountId32) -> impl Iterator<Item = u32> {
	(0..4).filter(move |index| task(*index).contributor == who)
}

fn to_the_end() {
	pass_deadline();
	advance().unwrap();
	change(|world| world.appraised = Some((true, Basis::Scores)));
	for _ in 0..3 {
		advance().unwrap();
		pass_deadline();
	}
	assert_eq!(run().state, State::Settled);
}

#[test]
fn who_owns_nothing_enrols_at_the_cost_of_who_invites_it() {
	test(|| {
		enrolling();
		let before = Balances::free_balance(SPONSOR);
		assert_ok!(invite(SPONSOR, POOR, Role::Trainer));
		assert_eq!(Balances::free_balance(POOR), PURSE);
		assert_eq!(on_hold(&SPONSOR), DEPOSIT);
		assert_eq!(Balances::free_balance(SPONSOR), before - DEPOSIT - PURSE);
		assert_eq!(
			run().invited,
			Invited {
				trainers: 1,
				users: 0
			}
		);
		let made = |event: &Event<Test>| {
			matches!(event, Event::InvitationMade { who, role: Role::Trainer, inviter, purse: PURSE, .. }
				if *who == POOR && *inviter == SPONSOR)
		};
		assert_eq!(happened(made), 1);
		// WHEN it enrols THEN nothing is held from it, and the invitation is used.
		assert_ok!(enrol(POOR, Role::Trainer));
		assert_eq!(Balances::free_balance(POOR), PURSE);
		assert_eq!(
			(held(HoldReason::Enrolment, &POOR), on_hold(&SPONSOR)),
			(0, DEPOSIT)
		);
		assert_eq!(run().invited, Invited::default());
		let deposit = EnrolmentDeposits::<Test>::get(0, POOR).unwrap();
		assert_eq!((deposit.payer, deposit.amount), (SPONSOR, DEPOSIT));
		assert_noop!(
			withdraw_invitation(SPONSOR, POOR),
			Error::<Test>::NotInvited
		);
	});
}

#[test]
fn a_deposit_goes_back_to_the_inviter_of_who_delivered() {
	test(|| {
		dealt_to_the_invited();
		deliver(tasks_of(POOR));
		to_the_end();
		assert_ok!(prune());
		assert_eq!(
			(on_hold(&SPONSOR), Balances::free_balance(TREASURY)),
			(0, DEPOSIT)
		);
		let back = |event: &Event<Test>| {
			matches!(event, Event::EnrolmentReleased { who, payer, amount: DEPOSIT, .. }
				if *who == POOR && *payer == SPONSOR)
		};
		assert_eq!(happened(back), 1);
	});
}

#[test]
fn an_inviter_loses_the_deposit_of_who_never_delivered() {
	test(|| {
		dealt_to_the_invited();
		deliver(tasks_of(TRAINER));
		to_the_end();
		let before = Balances::free_balance(SPONSOR);
		assert_ok!(prune());
		assert_eq!(
			(on_hold(&SPONSOR), Balances::free_balance(SPONSOR)),
			(0, before)
		);
		assert_eq!(Balances::free_balance(TREASURY), DEPOSIT);
		let lost = |event: &Event<Test>| {
			matches!(event, Event::EnrolmentForfeited { who, payer, amount: DEPOSIT, .. }
				if *who == POOR && *payer == SPONSOR)
		};
		assert_eq!(happened(lost), 1);
	});
}

#[test]
fn an_enrolment_taken_back_frees_the_inviter_and_uses_the_invitation_up() {
	test(|| {
		enrolling();
		invite(OWNER_A, POOR, Role::User).unwrap();
		enrol(POOR, Role::User).unwrap();
		assert_ok!(send(POOR, Call::withdraw_enrolment { run: 0 }));
		assert_eq!(
			(on_hold(&OWNER_A), Balances::free_balance(OWNER_A)),
			(0, RICH - PURSE)
		);
		assert_eq!(run().enrolled, 0);
		assert_noop!(enrol(POOR, Role::User), TokenError::FundsUnavailable);
		// It can be invited anew.
		assert_ok!(invite(OWNER_A, POOR, Role::User));
		assert_ok!(enrol(POOR, Role::User));
	});
}

#[test]
fn an_invitation_is_for_one_role() {
	test(|| {
		enrolling();
		invite(SPONSOR, POOR, Role::User).unwrap();
		assert_noop!(enrol(POOR, Role::Trainer), TokenError::FundsUnavailable);
		// Whoever can pay may enrol as something else; the invitation stays.
		invite(OWNER_A, TRAINER, Role::Trainer).unwrap();
		assert_ok!(enrol(TRAINER, Role::User));
		assert_eq!(held(HoldReason::Enrolment, &TRAINER), DEPOSIT);
		assert_eq!(
			run().invited,
			Invited {
				trainers: 1,
				users: 1
			}
		);
		assert_ok!(withdraw_invitation(OWNER_A, TRAINER));
	});
}

#[test]
fn sponsor_and_owners_of_admitted_datasets_invite_and_nobody_else() {
	test(|| {
		propose(plan()).unwrap();
		assert_noop!(
			invite(OWNER_A, POOR, Role::Trainer),
			Error::<Test>::CannotInvite
		);
		assert_ok!(invite(SPONSOR, POOR, Role::Trainer));
		pass_deadline();
		advance().unwrap();
		// The second dataset was not granted.
		assert_noop!(
			invite(OWNER_B, POORER, Role::Trainer),
			Error::<Test>::CannotInvite
		);
		assert_noop!(
			invite(TRAINER, POORER, Role::Trainer),
			Error::<Test>::CannotInvite
		);
		assert_ok!(invite(OWNER_A, POORER, Role::Trainer));
		assert_ok!(enrol(POOR, Role::Trainer));
	});
}

#[test]
fn inviting_has_its_time() {
	test(|| {
		assert_noop!(
			invite(SPONSOR, POOR, Role::Trainer),
			Error::<Test>::RunNotFound
		);
		enrolling();
		System::set_block_number(run().deadline + 1);
		assert_noop!(invite(SPONSOR, POOR, Role::Trainer), Error::<Test>::TooLate);
		System::set_block_number(run().deadline);
		assert_ok!(invite(SPONSOR, POOR, Role::Trainer));
	});
	test(|| {
		working();
		assert_noop!(
			invite(SPONSOR, POOR, Role::Trainer),
			Error::<Test>::WrongState
		);
	});
}

#[test]
fn only_who_could_enrol_is_invited() {
	test(|| {
		enrolling();
		for role in [Role::DataProvider, Role::Attestor, Role::Appraiser] {
			assert_noop!(invite(SPONSOR, POOR, role), Error::<Test>::RoleNotAllowed);
		}
		assert_noop!(
			invite(SPONSOR, POT, Role::Trainer),
			Error::<Test>::PotNotAllowed
		);
		for party in [SPONSOR, OWNER_A, OWNER_B] {
			assert_noop!(
				invite(SPONSOR, party, Role::Trainer),
				Error::<Test>::ConflictOfInterest
			);
		}
		enrol(TRAINER, Role::Trainer).unwrap();
		assert_noop!(
			invite(SPONSOR, TRAINER, Role::Trainer),
			Error::<Test>::AlreadyEnrolled
		);
		invite(SPONSOR, POOR, Role::Trainer).unwrap();
		assert_noop!(
			invite(OWNER_A, POOR, Role::User),
			Error::<Test>::AlreadyInvited
		);
	});
	test(|| {
		let datasets = frame_support::BoundedVec::truncate_from(vec![1]);
		propose(RunPlan {
			feedback: None,
			datasets,
			..plan()
		})
		.unwrap();
		assert_noop!(
			invite(SPONSOR, POOR, Role::User),
			Error::<Test>::NoFeedbackPlanned
		);
	});
}

#[test]
fn a_purse_keeps_an_account_alive_and_is_no_present() {
	test(|| {
		enrolling();
		assert_noop!(invite_with(0), Error::<Test>::PurseOutOfBounds);
		assert_noop!(invite_with(21), Error::<Test>::PurseOutOfBounds);
		assert_ok!(invite_with(20));
		withdraw_invitation(SPONSOR, POOR).unwrap();
		assert_ok!(invite_with(1));
		assert_eq!(Balances::free_balance(POOR), 21);
	});
	test(|| {
		enrolling();
		Balances::set_balance(&OWNER_A, DEPOSIT);
		assert_noop!(
			invite(OWNER_A, POOR, Role::User),
			TokenError::FundsUnavailable
		);
		// The inviter itself stays alive.
		Balances::set_balance(&OWNER_A, DEPOSIT + PURSE);
		assert_noop!(invite(OWNER_A, POOR, Role::User), TokenError::Frozen);
		Balances::set_balance(&OWNER_A, DEPOSIT + PURSE + 1);
		assert_ok!(invite(OWNER_A, POOR, Role::User));
	});
}

#[test]
fn no_more_are_open_than_there_are_places_and_none_is_reserved() {
	test(|| {
		enrolling();
		// Two places for trainers, one for a user.
		assert_ok!(invite(SPONSOR, POOR, Role::Trainer));
		assert_ok!(invite(OWNER_A, POORER, Role::Trainer));
		assert_noop!(
			invite(SPONSOR, PASSER, Role::Trainer),
			Error::<Test>::InvitationsExceeded
		);
		assert_ok!(invite(SPONSOR, PASSER, Role::User));
		assert_noop!(
			invite(SPONSOR, USER, Role::User),
			Error::<Test>::InvitationsExceeded
		);
		// WHEN others are faster THEN the invited find no place, and the inviter is not bound.
		enrol(TRAINER, Role::Trainer).unwrap();
		enrol(TRAINER_B, Role::Trainer).unwrap();
		assert_noop!(
			enrol(POOR, Role::Trainer),
			Error::<Test>::EnrolmentsExceeded
		);
		assert_ok!(withdraw_invitation(SPONSOR, POOR));
		assert_ok!(invite(SPONSOR, attestor(9), Role::Trainer));
	});
}

#[test]
fn an_invitation_is_taken_back_by_who_made_it_while_it_is_not_used() {
	test(|| {
		assert_noop!(
			withdraw_invitation(SPONSOR, POOR),
			Error::<Test>::RunNotFound
		);
		enrolling();
		assert_noop!(
			withdraw_invitation(SPONSOR, POOR),
			Error::<Test>::NotInvited
		);
		invite(OWNER_A, POOR, Role::User).unwrap();
		for other in [SPONSOR, POOR, OWNER_B] {
			assert_noop!(
				withdraw_invitation(other, POOR),
				Error::<Test>::NotYourInvitation
			);
		}
		assert_ok!(withdraw_invitation(OWNER_A, POOR));
		assert_eq!((on_hold(&OWNER_A), released()), (0, 1));
		assert_eq!(Balances::free_balance(POOR), PURSE);
		assert_eq!(run().invited, Invited::default());
	});
	test(|| {
		// Also when enrolling is over.
		enrolling();
		invite(SPONSOR, POOR, Role::User).unwrap();
		all_at_work();
		assert_ok!(withdraw_invitation(SPONSOR, POOR));
		assert_eq!(on_hold(&SPONSOR), 0);
	});
}

#[test]
fn pruning_releases_what_was_never_used() {
	test(|| {
		enrolling();
		for (inviter, who, role) in [
			(SPONSOR, POOR, Role::User),
			(OWNER_A, POORER, Role::Trainer),
		] {
			invite(inviter, who, role).unwrap();
		}
		enrol(TRAINER, Role::Trainer).unwrap();
		send(SPONSOR, Call::cancel { run: 0 }).unwrap();
		// One thing at a time: the enrolment comes last.
		for left in [1, 0, 0] {
			assert_ok!(send(PASSER, Call::prune { run: 0, limit: 1 }));
			assert_eq!(Invitations::<Test>::iter().count(), left);
			Training::do_try_state().unwrap();
		}
		assert_eq!(
			(on_hold(&SPONSOR), on_hold(&OWNER_A), released()),
			(0, 0, 2)
		);
		assert_ok!(prune());
		assert!(Runs::<Test>::get(0).is_none());
	});
	test(|| {
		// After a settlement too, at once.
		enrolling();
		invite(SPONSOR, POOR, Role::User).unwrap();
		all_at_work();
		deliver(0..4);
		to_the_end();
		assert_ok!(prune());
		assert_eq!((on_hold(&SPONSOR), released()), (0, 1));
		assert_noop!(prune(), Error::<Test>::StillRetained);
	});
}

#[test]
fn the_invited_share_a_kill_fee() {
	test(|| {
		enrolling();
		invite(OWNER_A, POOR, Role::Trainer).unwrap();
		enrol(POOR, Role::Trainer).unwrap();
		send(SPONSOR, Call::cancel { run: 0 }).unwrap();
		assert_ok!(prune());
		assert_eq!(Balances::free_balance(payout_of(&POOR)), 1_000);
		assert_eq!(
			(on_hold(&OWNER_A), Balances::free_balance(OWNER_A)),
			(0, RICH - PURSE)
		);
	});
}
