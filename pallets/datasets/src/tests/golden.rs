//! The encodings that other software reads: a change here breaks stored state and clients.

use crate::{mock::*, *};
use codec::{Decode, Encode, MaxEncodedLen};
use sp_core::H256;

fn sample() -> DatasetOf<Test> {
	Dataset {
		owner: ALICE,
		payout: Payout {
			account: BOB,
			next: Some((CAROL, 9)),
		},
		content: Content {
			root: H256::repeat_byte(0x11),
			length: 2048,
			records: 3,
		},
		metadata: Metadata {
			hash: H256::repeat_byte(0x22),
			uri: b"u".to_vec().try_into().unwrap(),
		},
		licence: Licence {
			valid_until: Some(8),
			..by_grant()
		},
		access: Access::Open,
		endpoint: b"e".to_vec().try_into().unwrap(),
		parent: Some(1),
		priority: 5,
		status: Status::Withdrawn { from: 6 },
		deposit: 100,
		uses: 2,
		pending: 1,
	}
}

#[test]
fn licence_encoding_is_frozen() {
	let bytes = [
		&[0b101, 1, 1, 0][..],
		&[36],
		b"CC-BY-4.0",
		&[6; 32],
		&[0; 4],
		&[1, 8, 0, 0, 0],
		&[1],
		&[0xe8, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
		&[3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
	]
	.concat();
	assert_eq!(sample().licence.encode(), bytes);
}

#[test]
fn dataset_encoding_is_frozen() {
	let it = sample();
	let bytes = [
		&[1; 32][..],
		&[2; 32],
		&[1],
		&[3; 32],
		&[9, 0, 0, 0],
		&[0x11; 32],
		&[0, 8, 0, 0, 0, 0, 0, 0],
		&[3, 0, 0, 0, 0, 0, 0, 0],
		&[0x22; 32],
		&[4, b'u'],
		&it.licence.encode(),
		&[0],
		&[4, b'e'],
		&[1, 1, 0, 0, 0, 0, 0, 0, 0],
		&[5, 0, 0, 0],
		&[1, 6, 0, 0, 0, 0, 0, 0, 0],
		&[100, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
		&[2, 0, 0, 0],
		&[1, 0, 0, 0],
	]
	.concat();
	assert_eq!(it.encode(), bytes);
}

#[test]
fn small_encodings_are_frozen() {
	let grants = [
		Grant::NotNeeded,
		Grant::Pending,
		Grant::Given,
		Grant::Revoked { until: 1 },
		Grant::Declined,
	];
	assert_eq!(
		grants.map(|grant| grant.encode()),
		[
			vec![0],
			vec![1],
			vec![2],
			vec![3, 1, 0, 0, 0, 0, 0, 0, 0],
			vec![4]
		]
	);
	assert_eq!(
		[Approval::Open, Approval::ByGrant].map(|it| it.encode()),
		[vec![0], vec![1]]
	);
	assert_eq!(
		[Access::Open, Access::Gated].map(|it| it.encode()),
		[vec![0], vec![1]]
	);
	let statuses = [
		Status::Active,
		Status::Withdrawn { from: 3 },
		Status::Contested { by: 4 },
	];
	assert_eq!(
		statuses.map(|it| it.encode()),
		[
			vec![0],
			vec![1, 3, 0, 0, 0, 0, 0, 0, 0],
			vec![2, 4, 0, 0, 0, 0, 0, 0, 0]
		]
	);
	let holder = Holder {
		dataset: 2,
		first: 1,
	};
	assert_eq!(
		holder.encode(),
		[2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]
	);
}

#[test]
fn request_to_unlearn_encoding_is_frozen() {
	let answer = |answer| Some(Answered { answer, at: 7 });
	let asked = |answer| UnlearningOf::<Test> {
		owner: ALICE,
		sponsor: CAROL,
		root: H256::repeat_byte(0x11),
		deadline: 9,
		deposit: 20,
		answer,
	};
	let head = [
		&[1; 32][..],
		&[3; 32],
		&[0x11; 32],
		&[9, 0, 0, 0],
		&[20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
	]
	.concat();
	let model = Answer::Model(H256::repeat_byte(0x22));
	let reason = Answer::Reason(b"r".to_vec().try_into().unwrap());
	for (it, tail) in [
		(asked(None), vec![0]),
		(
			asked(answer(model)),
			[&[1, 0][..], &[0x22; 32], &[7, 0, 0, 0]].concat(),
		),
		(asked(answer(reason)), vec![1, 1, 4, b'r', 7, 0, 0, 0]),
	] {
		assert_eq!(it.encode(), [&head[..], &tail].concat());
	}
	let states = [
		UnlearningState::Pending,
		UnlearningState::Overdue,
		UnlearningState::Answered { late: true },
	];
	assert_eq!(states.map(|it| it.encode()), [vec![0], vec![1], vec![2, 1]]);
}

/// Clients build these bytes by hand where they have no metadata.
#[test]
fn access_stands_between_licence_and_endpoint() {
	let args = PublishArgs {
		access: Access::Gated,
		..args("a record", 3)
	};
	let bytes = [
		args.root.encode(),
		args.length.encode(),
		args.records.encode(),
		args.salt.encode(),
		args.final_chunk.encode(),
		args.metadata_hash.encode(),
		args.uri.encode(),
		args.licence.encode(),
		vec![1],
		args.endpoint.encode(),
		vec![0],
		args.payout.encode(),
	]
	.concat();
	assert_eq!(args.encode(), bytes);
}

#[test]
fn boxed_arguments_encode_as_the_arguments_do() {
	let args = args("a record", 3);
	let call = Call::<Test>::publish {
		args: Box::new(args.clone()),
	};
	assert_eq!(call.encode(), [&[2][..], &args.encode()].concat());
	assert_eq!(
		PublishArgsOf::<Test>::decode(&mut &args.encode()[..]),
		Ok(args)
	);
}

#[test]
fn dataset_is_as_small_as_the_readme_says() {
	assert_eq!(DatasetOf::<Test>::max_encoded_len(), 760);
}
