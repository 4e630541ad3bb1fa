use crate::{mock::*, *};
use frame_support::{assert_ok, traits::fungible::hold::Mutate as _};
use sp_core::H256;
use sp_runtime::DispatchError;

/// Runs `corrupt` on a good state with one registration of ALICE and expects this finding.
fn finds(finding: &'static str, corrupt: impl FnOnce()) {
	ExtBuilder::default()
		.attestors(&[ALICE])
		.build_and_execute(|| {
			let _ = frame_support::storage::with_transaction(|| {
				corrupt();
				assert_eq!(
					Attestors::do_try_state(),
					Err(DispatchError::Other(finding))
				);
				sp_runtime::TransactionOutcome::Rollback(Ok::<(), DispatchError>(()))
			});
		});
}

fn change(with: impl FnOnce(&mut RegistrationOf<Test>)) {
	Registrations::<Test>::mutate(Kind::Attestor, ALICE, |r| with(r.as_mut().unwrap()));
}

fn change_both(since: Epoch, until: Option<Epoch>) {
	change(|r| (r.since, r.until) = (since, until));
	Rosters::<Test>::mutate(Kind::Attestor, |roster| {
		(roster[0].since, roster[0].until) = (since, until)
	});
}

#[test]
fn try_state_detects_two_seats_of_one_account() {
	finds("1: an account has two seats", || {
		Rosters::<Test>::mutate(Kind::Attestor, |roster| {
			let seat = roster[0].clone();
			roster.try_push(seat).unwrap();
		})
	});
}

#[test]
fn try_state_detects_a_seat_without_registration() {
	finds("1: a seat has no registration", || {
		Registrations::<Test>::remove(Kind::Attestor, ALICE)
	});
}

#[test]
fn try_state_detects_a_seat_that_differs_from_its_registration() {
	finds("1: seat and registration differ", || {
		change(|r| r.until = Some(12))
	});
}

#[test]
fn try_state_detects_a_registration_without_seat() {
	finds("1: a registration has no seat", || {
		Rosters::<Test>::remove(Kind::Attestor)
	});
}

#[test]
fn try_state_detects_a_key_without_registration() {
	finds("2: a key has no registration", || {
		Keys::<Test>::insert(Kind::Attestor, [7; 32], BOB)
	});
}

#[test]
fn try_state_detects_a_key_that_is_not_the_registered_one() {
	finds("2: a registration has another key", || {
		Keys::<Test>::insert(Kind::Attestor, [7; 32], ALICE)
	});
}

#[test]
fn try_state_detects_a_missing_key() {
	finds("2: a registration's key is missing", || {
		Keys::<Test>::remove(Kind::Attestor, key_of(&ALICE))
	});
}

#[test]
fn try_state_detects_a_bond_that_is_not_held() {
	finds("3: what is left of the bond is not what is held", || {
		change(|r| r.held -= 1)
	});
	finds("3: more is held than was bonded", || {
		change(|r| r.bond -= 1)
	});
}

#[test]
fn try_state_detects_a_hold_without_registration() {
	finds("3: a bond is held without a registration", || {
		assert_ok!(Balances::hold(&HoldReason::Appraiser.into(), &BOB, 1));
	});
}

#[test]
fn try_state_detects_terms_out_of_order() {
	finds("4: a seat begins too late", || change_both(13, None));
	finds("4: a seat ends too late", || change_both(12, Some(13)));
	finds("4: a seat ends before it begins", || {
		change_both(12, Some(11))
	});
}

#[test]
fn try_state_detects_a_misplaced_seed() {
	let seed = H256::zero();
	finds("5: a seed is in another epoch's place", || {
		EpochSeeds::<Test>::insert(1, EpochSeed { epoch: 10, seed })
	});
	finds("5: a seed is of an epoch to come", || {
		EpochSeeds::<Test>::insert(3, EpochSeed { epoch: 11, seed })
	});
}

#[test]
fn try_state_detects_a_seat_that_should_have_left() {
	let finding = "6: a seat that is barred or lost most of its bond is not retired";
	finds(finding, || change(|r| r.barred = true));
	finds(finding, || change(|r| r.bond = 2 * r.held + 1));
}
