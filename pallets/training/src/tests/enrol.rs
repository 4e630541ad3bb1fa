use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok, traits::fungible::hold::Inspect};
use guerdon_receipt::Role;
use sp_runtime::AccountId32;

fn held(who: &AccountId32) -> Balance {
	Balances::balance_on_hold(&HoldReason::Enrolment.into(), who)
}

/// An enrolment with one thing changed.
fn enrol_with(spoil: impl FnOnce(&mut EnrolArgs)) -> frame_support::dispatch::DispatchResult {
	let mut args = EnrolArgs {
		who: TRAINER,
		role: Role::Trainer,
		key: key_of(&TRAINER),
		possession: possession_of(&TRAINER),
		payout: payout_of(&TRAINER),
	};
	spoil(&mut args);
	let call = Call::enrol {
		run: 0,
		role: args.role,
		key: args.key,
		possession: args.possession,
		payout: args.payout,
		endpoint: Default::default(),
	};
	send(args.who, call)
}

struct EnrolArgs {
	who: AccountId32,
	role: Role,
	key: [u8; 32],
	possession: [u8; 64],
	payout: AccountId32,
}

#[test]
fn enrolling_holds_a_deposit_that_leaving_gives_back() {
	test(|| {
		enrolling();
		assert_ok!(enrol(TRAINER, Role::Trainer));
		assert_eq!(held(&TRAINER), 500);
		assert_eq!(
			Rosters::<Test>::get(0, Role::Trainer).to_vec(),
			vec![TRAINER]
		);

		assert_ok!(send(TRAINER, Call::withdraw_enrolment { run: 0 }));
		assert_eq!(held(&TRAINER), 0);
		assert_eq!(run().enrolled, 0);
		assert_noop!(
			send(TRAINER, Call::withdraw_enrolment { run: 0 }),
			Error::<Test>::NotEnrolled
		);
	});
}

#[test]
fn leavers_are_removed_and_make_room() {
	test(|| {
		enrolling();
		for (who, role) in [
			(TRAINER, Role::Trainer),
			(TRAINER_B, Role::Trainer),
			(USER, Role::User),
		] {
			assert_ok!(enrol(who, role));
		}
		assert_noop!(
			enrol(PASSER, Role::Trainer),
			Error::<Test>::EnrolmentsExceeded
		);
		assert_ok!(send(TRAINER, Call::withdraw_enrolment { run: 0 }));
		assert_ok!(enrol(PASSER, Role::Trainer));
		assert_eq!(
			Rosters::<Test>::get(0, Role::Trainer).to_vec(),
			vec![TRAINER_B, PASSER]
		);
	});
}

#[test]
fn neither_role_shuts_the_other_out() {
	test(|| {
		enrolling();
		// Of three places one is for a user.
		assert_ok!(enrol(PASSER, Role::User));
		assert_noop!(enrol(USER, Role::User), Error::<Test>::EnrolmentsExceeded);
		assert_ok!(enrol(TRAINER, Role::Trainer));
		assert_ok!(enrol(TRAINER_B, Role::Trainer));
		assert_noop!(
			enrol(USER, Role::Trainer),
			Error::<Test>::EnrolmentsExceeded
		);
	});
}

#[test]
fn places_are_not_held_until_nobody_else_can_take_them() {
	test(|| {
		enrolling();
		assert_ok!(enrol(TRAINER, Role::Trainer));
		System::set_block_number(run().deadline - 4);
		assert_noop!(
			send(TRAINER, Call::withdraw_enrolment { run: 0 }),
			Error::<Test>::TooLate
		);
		System::set_block_number(run().deadline - 5);
		assert_ok!(send(TRAINER, Call::withdraw_enrolment { run: 0 }));
	});
}

#[test]
fn one_account_enrols_once() {
	test(|| {
		enrolling();
		assert_ok!(enrol(TRAINER, Role::Trainer));
		assert_noop!(enrol(TRAINER, Role::User), Error::<Test>::AlreadyEnrolled);
	});
}

#[test]
fn enrolling_has_its_time() {
	test(|| {
		assert_noop!(enrol(TRAINER, Role::Trainer), Error::<Test>::RunNotFound);
		propose(plan()).unwrap();
		assert_noop!(enrol(TRAINER, Role::Trainer), Error::<Test>::WrongState);
	});
	test(|| {
		enrolling();
		pass_deadline();
		assert_noop!(enrol(TRAINER, Role::Trainer), Error::<Test>::TooLate);
	});
	test(|| {
		working();
		assert_noop!(
			send(TRAINER, Call::withdraw_enrolment { run: 0 }),
			Error::<Test>::WrongState
		);
	});
}

#[test]
fn sponsor_and_owners_cannot_work_on_their_own_run() {
	test(|| {
		enrolling();
		for who in [SPONSOR, OWNER_A, OWNER_B] {
			assert_noop!(enrol(who, Role::Trainer), Error::<Test>::ConflictOfInterest);
		}
	});
}

#[test]
fn only_trainers_and_users_enrol() {
	test(|| {
		enrolling();
		for role in [Role::DataProvider, Role::Attestor, Role::Appraiser] {
			assert_noop!(enrol(TRAINER, role), Error::<Test>::RoleNotAllowed);
		}
	});
	test(|| {
		propose(RunPlan {
			feedback: None,
			datasets: frame_support::BoundedVec::truncate_from(vec![1]),
			..plan()
		})
		.unwrap();
		advance().unwrap();
		assert_noop!(enrol(USER, Role::User), Error::<Test>::NoFeedbackPlanned);
	});
}

#[test]
fn a_pot_neither_enrols_nor_is_paid() {
	test(|| {
		enrolling();
		assert_noop!(
			enrol_with(|args| args.payout = POT),
			Error::<Test>::PotNotAllowed
		);
		assert_noop!(
			enrol_with(|args| args.who = POT),
			Error::<Test>::PotNotAllowed
		);
	});
}

#[test]
fn the_zero_key_with_the_zero_signature_is_refused() {
	test(|| {
		enrolling();
		let zero = |args: &mut EnrolArgs| (args.key, args.possession) = ([0; 32], [0; 64]);
		assert_noop!(enrol_with(zero), Error::<Test>::BadKey);
	});
}

#[test]
fn a_proof_of_possession_is_bound_to_account_key_and_chain() {
	test(|| {
		enrolling();
		let others = |args: &mut EnrolArgs| {
			(args.key, args.possession) = (key_of(&USER), possession_of(&USER));
		};
		assert_noop!(enrol_with(others), Error::<Test>::BadPossession);
		let borrowed = |args: &mut EnrolArgs| args.key = key_of(&USER);
		assert_noop!(enrol_with(borrowed), Error::<Test>::BadPossession);
		let elsewhere = possession_of(&TRAINER);
		frame_system::BlockHash::<Test>::insert(0, sp_core::H256::repeat_byte(10));
		let replay = |args: &mut EnrolArgs| args.possession = elsewhere;
		assert_noop!(enrol_with(replay), Error::<Test>::BadPossession);
	});
}
