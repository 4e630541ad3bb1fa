use crate::{mock::*, *};
use frame_support::{
	assert_noop, assert_ok,
	traits::fungible::{hold::Inspect as _, Inspect as _},
};
use guerdon_receipt::possession_bytes;
use sp_core::Pair;
use sp_runtime::{traits::BadOrigin, DispatchError, TokenError};

fn register_with(
	who: sp_runtime::AccountId32,
	key: PublicKey,
	possession: [u8; 64],
) -> frame_support::dispatch::DispatchResult {
	Attestors::register(
		RuntimeOrigin::signed(who.clone()),
		Kind::Attestor,
		key,
		possession,
		endpoint("http://localhost"),
		who,
	)
}

#[test]
fn register_bonds_and_seats_from_the_second_next_epoch() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(register(Kind::Attestor, ALICE));

		assert_eq!(
			Balances::balance_on_hold(&HoldReason::Attestor.into(), &ALICE),
			100
		);
		assert_eq!(Balances::balance(&ALICE), RICH - 100);
		assert_eq!(
			Rosters::<Test>::get(Kind::Attestor).to_vec(),
			vec![Seat {
				account: ALICE,
				since: 12,
				until: None
			}]
		);
		System::assert_last_event(
			Event::Registered {
				kind: Kind::Attestor,
				who: ALICE,
				key: key_of(&ALICE),
				since: 12,
				bond: 100,
			}
			.into(),
		);
	});
}

#[test]
fn one_account_may_hold_a_seat_of_each_kind_with_one_key() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(register(Kind::Attestor, ALICE));
		assert_ok!(register(Kind::Appraiser, ALICE));

		assert_eq!(
			Balances::balance_on_hold(&HoldReason::Attestor.into(), &ALICE),
			100
		);
		assert_eq!(
			Balances::balance_on_hold(&HoldReason::Appraiser.into(), &ALICE),
			50
		);
	});
}

#[test]
fn register_wants_a_signed_origin() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(
			Attestors::register(
				RuntimeOrigin::root(),
				Kind::Attestor,
				key_of(&ALICE),
				possession_of(&ALICE),
				endpoint(""),
				ALICE
			),
			BadOrigin
		);
	});
}

#[test]
fn zero_key_with_zero_signature_is_refused() {
	ExtBuilder::default().build_and_execute(|| {
		// The host accepts it for any message: that is why the key is checked first.
		assert!(sp_io::crypto::ed25519_verify(
			&sp_core::ed25519::Signature::from_raw([0; 64]),
			b"any message",
			&sp_core::ed25519::Public::from_raw([0; 32]),
		));
		assert_noop!(
			register_with(ALICE, [0; 32], [0; 64]),
			Error::<Test>::InvalidKey
		);
	});
}

#[test]
fn non_canonical_key_is_refused() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(
			register_with(ALICE, [0xff; 32], [0; 64]),
			Error::<Test>::InvalidKey
		);
	});
}

#[test]
fn possession_of_another_account_chain_or_key_is_refused() {
	ExtBuilder::default().build_and_execute(|| {
		let refused = DispatchError::from(Error::<Test>::PossessionNotProven);
		// GIVEN BOB's proof, copied out of the transaction pool.
		assert_noop!(
			register_with(ALICE, key_of(&BOB), possession_of(&BOB)),
			refused
		);
		// A proof made for another chain.
		let elsewhere =
			pair_of(&ALICE).sign(&possession_bytes(&[7; 32], ALICE.as_ref(), &key_of(&ALICE)));
		assert_noop!(register_with(ALICE, key_of(&ALICE), elsewhere.0), refused);
		// A proof made for another key.
		let other =
			pair_of(&ALICE).sign(&possession_bytes(&genesis(), ALICE.as_ref(), &key_of(&BOB)));
		assert_noop!(register_with(ALICE, key_of(&ALICE), other.0), refused);
	});
}

#[test]
fn second_seat_of_a_kind_is_refused() {
	ExtBuilder::default()
		.attestors(&[ALICE])
		.build_and_execute(|| {
			assert_noop!(
				register(Kind::Attestor, ALICE),
				Error::<Test>::AlreadyExists
			);
		});
}

#[test]
fn key_of_somebody_else_is_refused() {
	ExtBuilder::default()
		.attestors(&[ALICE])
		.build_and_execute(|| {
			let key = key_of(&ALICE);
			let proof = pair_of(&ALICE).sign(&possession_bytes(&genesis(), BOB.as_ref(), &key));
			assert_noop!(register_with(BOB, key, proof.0), Error::<Test>::KeyTaken);
		});
}

#[test]
fn pot_is_refused_as_payout() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(
			Attestors::register(
				RuntimeOrigin::signed(ALICE),
				Kind::Attestor,
				key_of(&ALICE),
				possession_of(&ALICE),
				endpoint(""),
				POT
			),
			Error::<Test>::PayoutIsPot
		);
	});
}

#[test]
fn seats_are_bounded_per_kind() {
	ExtBuilder::default()
		.attestors(&[ALICE, BOB, CAROL, DAVE])
		.build_and_execute(|| {
			assert_noop!(
				register(Kind::Attestor, EVE),
				Error::<Test>::MaxSeatsExceeded
			);
			assert_ok!(register(Kind::Appraiser, EVE));
		});
}

#[test]
fn nobody_registers_without_the_bond() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(
			register(Kind::Attestor, PAUPER),
			TokenError::FundsUnavailable
		);
	});
}
