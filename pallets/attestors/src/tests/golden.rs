//! The encodings that other software reads: a change here breaks stored state and clients.

use crate::{mock::*, *};
use codec::Encode;
use sp_core::H256;

#[test]
fn encodings_are_frozen() {
	assert_eq!(Kind::ALL.map(|kind| kind.encode()), [vec![0], vec![1]]);

	let seat = Seat {
		account: ALICE,
		since: 2,
		until: Some(5),
	};
	let bytes = [
		&[1; 32][..],
		&[2, 0, 0, 0, 0, 0, 0, 0],
		&[1, 5, 0, 0, 0, 0, 0, 0, 0],
	]
	.concat();
	assert_eq!(seat.encode(), bytes);

	let registration = Registration {
		key: [7; 32],
		endpoint: endpoint("ab"),
		payout: Payout {
			account: BOB,
			next: Some((CAROL, 9u32)),
		},
		since: 2,
		until: None,
		locks: 3,
		bond: 100u128,
		held: 60,
		barred: true,
	};
	let bytes = [
		&[7; 32][..],
		&[8, b'a', b'b'],
		&[2; 32],
		&[1],
		&[3; 32],
		&[9, 0, 0, 0],
		&[2, 0, 0, 0, 0, 0, 0, 0],
		&[0],
		&[3, 0, 0, 0],
		&[100, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
		&[60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
		&[1],
	]
	.concat();
	assert_eq!(registration.encode(), bytes);

	let offences = [
		Offence::Equivocation,
		Offence::SilentAfterCommit,
		Offence::WrongCounts,
	];
	assert_eq!(
		offences.map(|offence| offence.encode()),
		[vec![0], vec![1], vec![2]]
	);

	let signed = SignedStates {
		states: [5; 32],
		signature: [6; 64],
	};
	assert_eq!(signed.encode(), [&[5; 32][..], &[6; 64]].concat());

	let parts = Parts {
		burn_ppm: 1,
		treasury_ppm: 2,
		reporter_ppm: 3,
	};
	assert_eq!(parts.encode(), [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0]);

	let seed = EpochSeed {
		epoch: 1,
		seed: H256::repeat_byte(4),
	};
	assert_eq!(
		seed.encode(),
		[&[1, 0, 0, 0, 0, 0, 0, 0][..], &[4; 32]].concat()
	);
}
