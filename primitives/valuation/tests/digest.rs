//! The digest of an appraisal and what is committed to.
#![allow(
	clippy::arithmetic_side_effects,
	clippy::indexing_slicing,
	clippy::unwrap_used
)]

use blake2::{digest::consts::U32, Blake2b, Digest};
use codec::{Decode, Encode, MaxEncodedLen};
use guerdon_valuation::{
	commitment, gold_commitment, test_set_commitment, AppraisalDigest, AppraisalHeader, Error,
	Item, PointCounts, Share, UserCounts,
};

fn hash(bytes: &[u8]) -> [u8; 32] {
	Blake2b::<U32>::digest(bytes).into()
}

fn point(dataset: u64) -> Item {
	let share = Share {
		dataset,
		with_label: 2,
		without_label: 1,
	};
	Item::Point(PointCounts {
		in_ball: 3,
		same_label: 2,
		shares: vec![share].try_into().unwrap(),
	})
}

fn user(first: u8) -> Item {
	Item::User(UserCounts {
		user: [first; 32],
		answered: 5,
		right: 4,
	})
}

const HEADER: AppraisalHeader = AppraisalHeader {
	run: 9,
	points: 2,
	users: 2,
	tau2: 640,
	rho2: 10,
};

fn digest(header: &AppraisalHeader, items: &[Item]) -> Result<[u8; 32], Error> {
	let mut digest = AppraisalDigest::new(header, hash);
	for item in items {
		digest.push(item, hash)?;
	}
	digest.finish()
}

fn items() -> Vec<Item> {
	vec![point(1), point(2), user(1), user(2)]
}

#[test]
fn digest_is_a_chain_of_hashes_and_frozen() {
	let mut expected = b"guerdon/appraisal/v1".to_vec();
	for part in [
		&9u64.to_le_bytes()[..],
		&[2, 0, 0, 0, 2, 0, 0, 0, 128, 2, 0, 0, 10, 0, 0, 0],
	] {
		expected.extend(part);
	}
	let mut chain = hash(&expected);
	for item in items() {
		chain = hash(&[&chain[..], &item.encode()].concat());
	}
	assert_eq!(digest(&HEADER, &items()), Ok(chain));
	assert_eq!(chain, GOLDEN);
	assert_eq!(point(1).encode(), [0, 12, 8, 4, 4, 8, 4]);
	assert_eq!(
		user(3).encode(),
		[&[1][..], &[3; 32], &[5, 0, 0, 0, 4, 0, 0, 0]].concat()
	);
}

const GOLDEN: [u8; 32] = [
	215, 56, 103, 216, 245, 29, 6, 78, 218, 195, 87, 10, 180, 8, 164, 10, 197, 48, 246, 6, 26, 236,
	12, 67, 173, 138, 229, 232, 71, 84, 5, 20,
];

#[test]
fn it_can_be_stored_between_two_items() {
	let mut digest = AppraisalDigest::new(&HEADER, hash);
	for item in items() {
		let stored = digest.encode();
		assert!(stored.len() <= AppraisalDigest::max_encoded_len());
		digest = AppraisalDigest::decode(&mut &stored[..]).unwrap();
		assert_eq!(digest.finish(), Err(Error::ItemsMissing));
		digest.push(&item, hash).unwrap();
	}
	assert_eq!(digest.left(), (0, 0));
	assert_eq!(digest.finish(), Ok(GOLDEN));
}

#[test]
fn every_change_changes_it() {
	let mut seen = vec![digest(&HEADER, &items()).unwrap()];
	let headers = [
		AppraisalHeader { run: 8, ..HEADER },
		AppraisalHeader {
			tau2: 641,
			..HEADER
		},
		AppraisalHeader { rho2: 11, ..HEADER },
	];
	for header in headers {
		seen.push(digest(&header, &items()).unwrap());
	}
	seen.push(digest(&HEADER, &[point(2), point(1), user(1), user(2)]).unwrap());
	seen.push(digest(&HEADER, &[point(1), point(2), user(1), user(3)]).unwrap());
	seen.sort_unstable();
	seen.dedup();
	assert_eq!(seen.len(), 6);
}

#[test]
fn only_the_announced_items_in_order_are_accepted() {
	let refused = |items: &[Item], error: Error| assert_eq!(digest(&HEADER, items), Err(error));
	refused(&[point(1), user(1)], Error::UnexpectedItem);
	refused(&[point(1), point(2), point(3)], Error::UnexpectedItem);
	refused(&[point(1), point(2), user(2), user(1)], Error::NotAscending);
	refused(&[point(1), point(2), user(1), user(1)], Error::NotAscending);
	refused(
		&[point(1), point(2), user(1), user(2), user(3)],
		Error::UnexpectedItem,
	);
	refused(&[point(1), point(2), user(1)], Error::ItemsMissing);
	let empty = Item::Point(PointCounts {
		in_ball: 1,
		same_label: 0,
		shares: Default::default(),
	});
	refused(&[empty], Error::SumMismatch);
	let wrong = Item::User(UserCounts {
		user: [1; 32],
		answered: 1,
		right: 2,
	});
	refused(&[point(1), point(2), wrong], Error::MoreRightThanAnswered);

	let mut digest = AppraisalDigest::new(&HEADER, hash);
	let before = digest.clone();
	assert_eq!(digest.push(&user(1), hash), Err(Error::UnexpectedItem));
	assert_eq!(digest, before);
}

#[test]
fn an_appraisal_may_have_no_users() {
	let header = AppraisalHeader {
		points: 1,
		users: 0,
		..HEADER
	};
	assert!(digest(&header, &[point(1)]).is_ok());
}

#[test]
fn commitments_bind_run_appraiser_salt_and_digest() {
	let preimage = commitment(7, &[1; 32], &[2; 32], &[3; 32]);
	let parts: [&[u8]; 5] = [
		b"guerdon/appraisal/commitment/v1",
		&[7, 0, 0, 0, 0, 0, 0, 0],
		&[1; 32],
		&[2; 32],
		&[3; 32],
	];
	assert_eq!(preimage, parts.concat());
}

#[test]
fn commitments_of_the_sponsor_bind_salt_and_root_and_never_each_other() {
	let tests = [&b"guerdon/tests/v1"[..], &[2; 32], &[3; 32]].concat();
	let gold = [&b"guerdon/gold/v1"[..], &[2; 32], &[3; 32]].concat();
	assert_eq!(test_set_commitment(&[2; 32], &[3; 32]), tests);
	assert_eq!(gold_commitment(&[2; 32], &[3; 32]), gold);
}
