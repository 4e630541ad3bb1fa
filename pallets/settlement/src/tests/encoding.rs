use codec::{Encode, MaxEncodedLen};
use guerdon_share_tree::{Builder, Proof, Summary};
use sp_core::H256;

use super::*;
use crate::{
	ClaimedPage, DrawnPage, LicenceDue, Membership, RunBooks, Settlement as SettlementState, Totals,
};

fn le(values: &[u128]) -> Vec<u8> {
	values
		.iter()
		.flat_map(|value| value.to_le_bytes())
		.collect()
}

#[test]
fn stored_types_encode_as_they_always_did() {
	assert_eq!(
		Escrow {
			budget: 1,
			licence: 2,
			bond: 3,
			tip: 4
		}
		.encode(),
		le(&[1, 2, 3, 4])
	);
	let totals = Totals {
		funded: 1,
		paid: 2,
		escrow: 3,
		dues: 4,
	};
	assert_eq!(totals.encode(), le(&[1, 2, 3, 4]));
	let books = RunBooks {
		budget_in: 1,
		licence_in: 2,
		bond_in: 3,
		tip_in: 4,
		paid: 5,
		claimable: 6,
		escrow: 7,
		returned: 8,
		released: 9,
	};
	assert_eq!(books.encode(), le(&[1, 2, 3, 4, 5, 6, 7, 8, 9]));

	let sealed = Pool {
		run: 1,
		role: Role::Trainer,
		asset: Some(258),
		funded: 2,
		paid: 3,
		state: PoolState::Sealed(Summary {
			root: [7; 32],
			sum: 4,
			count: 5,
		}),
	};
	let head = [
		&1u64.to_le_bytes()[..],
		&[1],
		&[1, 2, 1, 0, 0],
		&le(&[2, 3]),
	]
	.concat();
	let tail = [&[1][..], &[7; 32], &le(&[4]), &5u64.to_le_bytes()].concat();
	assert_eq!(sealed.encode(), [head.clone(), tail].concat());
	let closed = Pool {
		state: PoolState::Closed(Summary {
			root: [7; 32],
			sum: 4,
			count: 5,
		}),
		..sealed.clone()
	};
	let tail = [&[2][..], &[7; 32], &le(&[4]), &5u64.to_le_bytes()].concat();
	assert_eq!(closed.encode(), [head.clone(), tail].concat());
	let building = Pool {
		state: PoolState::Building(Builder::new()),
		..sealed
	};
	assert_eq!(building.encode(), [head, vec![0; 10]].concat());

	let stages = [
		(
			Stage::Building {
				role: Role::User,
				next: 9,
			},
			vec![0, 2, 9, 0, 0, 0],
		),
		(Stage::Funding, vec![1]),
		(Stage::Licences { next: 9 }, vec![2, 9, 0, 0, 0]),
		(Stage::Returning, vec![3]),
		(Stage::Done, vec![4]),
	];
	for (stage, bytes) in stages {
		let settlement = SettlementState {
			terms: H256([5; 32]),
			stage,
		};
		assert_eq!(settlement.encode(), [vec![5; 32], bytes].concat());
	}

	let mut drawn = DrawnPage::default();
	drawn.set(0, 1);
	drawn.set(64 + 3, 2);
	let mut amounts = [0; 64];
	amounts[0] = 1;
	amounts[3] = 2;
	assert_eq!(drawn.encode(), le(&amounts));
	assert_eq!(DrawnPage::max_encoded_len(), 1_024);

	let open = Cohort {
		dataset: 1,
		owner: 2u64,
		weight: 3,
		funded: 4,
		paid: 5,
		deposit: 6,
		state: CohortState::Open(Summary {
			root: [7; 32],
			sum: 8,
			count: 9,
		}),
	};
	let head = [[1u64, 2, 3].map(u64::to_le_bytes).concat(), le(&[4, 5, 6])].concat();
	let tail = [&[1][..], &[7; 32], &le(&[8]), &9u64.to_le_bytes()].concat();
	assert_eq!(open.encode(), [head.clone(), tail].concat());
	let building = Cohort {
		state: CohortState::Building {
			builder: Builder::new(),
			last: Some(Payee::Account(3)),
			sealable_from: 10u64,
		},
		..open
	};
	let tail = [
		&[0; 10][..],
		&[1, 0],
		&3u64.to_le_bytes(),
		&10u64.to_le_bytes(),
	]
	.concat();
	assert_eq!(building.encode(), [head, tail].concat());

	let membership = Membership {
		open: vec![1, 2].try_into().unwrap(),
		building: Some(3),
	};
	let bytes = [
		&[8][..],
		&1u64.to_le_bytes(),
		&2u64.to_le_bytes(),
		&[1],
		&3u64.to_le_bytes(),
	]
	.concat();
	assert_eq!(membership.encode(), bytes);
	let due = LicenceDue {
		amount: 1,
		list: 2,
		payee: 3u64,
	};
	let bytes = [le(&[1]), [2u64, 3].map(u64::to_le_bytes).concat()].concat();
	assert_eq!(due.encode(), bytes);
	let reason: crate::HoldReason = crate::HoldReason::Members;
	assert_eq!(reason.encode(), vec![0]);

	let mut page = ClaimedPage::default();
	page.mark(0);
	page.mark(2_048 + 9);
	let mut bytes = vec![0; 256];
	bytes[0] = 1;
	bytes[1] = 2;
	assert_eq!(page.encode(), bytes);
	assert_eq!(ClaimedPage::max_encoded_len(), 256);
}

#[test]
fn arguments_encode_as_they_always_did() {
	let leaf = Leaf {
		payee: Payee::Account(3u64),
		weight: 4,
	};
	let claim = Claim {
		pool: 1,
		index: 2,
		leaf,
		proof: Proof::default(),
		opening: None,
	};
	let bytes = [
		&1u64.to_le_bytes()[..],
		&2u64.to_le_bytes(),
		&[0],
		&3u64.to_le_bytes(),
		&4u64.to_le_bytes(),
		&[0],
	]
	.concat();
	assert_eq!(claim.encode(), [&bytes[..], &[0]].concat());
	let opening = [&[1][..], &ALICE.to_le_bytes(), &[1; 32]].concat();
	let opened = Claim {
		opening: super::opening(ALICE),
		..claim
	};
	assert_eq!(opened.encode(), [bytes, opening].concat());
	let purses = [Purse::Budget, Purse::Licence, Purse::Bond, Purse::Tip];
	assert_eq!(purses.encode(), vec![0, 1, 2, 3]);
	let causes = [Cause::Licence(1), Cause::Return, Cause::Release(Purse::Tip)];
	assert_eq!(causes.encode(), vec![0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3]);
}

#[test]
fn calls_encode_as_they_always_did() {
	type Call = crate::Call<Test>;
	let proof = Proof::default();
	let leaf = Leaf {
		payee: Payee::Account(3u64),
		weight: 4,
	};
	let leaf_bytes = [&[0][..], &3u64.to_le_bytes(), &4u64.to_le_bytes()].concat();
	let numbers = |numbers: &[u64]| -> Vec<u8> {
		numbers
			.iter()
			.flat_map(|number| number.to_le_bytes())
			.collect()
	};
	let calls: [(Call, Vec<u8>); 9] = [
		(
			Call::claim {
				pool: 1,
				index: 2,
				leaf: leaf.clone(),
				proof: proof.clone(),
				opening: None,
			},
			[vec![0], numbers(&[1, 2]), leaf_bytes.clone(), vec![0, 0]].concat(),
		),
		(
			Call::claim_many {
				claims: Default::default(),
			},
			vec![1, 0],
		),
		(
			Call::claim_due { account: 5 },
			[vec![2], numbers(&[5])].concat(),
		),
		(
			Call::open_members {
				dataset: 1,
				weight: 2,
			},
			[vec![3], numbers(&[1, 2])].concat(),
		),
		(
			Call::stream_members {
				pool: 1,
				from: 2,
				members: vec![leaf.clone()].try_into().unwrap(),
			},
			[vec![4], numbers(&[1, 2]), vec![4], leaf_bytes.clone()].concat(),
		),
		(
			Call::seal_members { pool: 1 },
			[vec![5], numbers(&[1])].concat(),
		),
		(
			Call::abandon_members { pool: 1 },
			[vec![6], numbers(&[1])].concat(),
		),
		(
			Call::claim_licences { dataset: 1 },
			[vec![7], numbers(&[1])].concat(),
		),
		(
			Call::pay_page {
				pool: 1,
				page: 2,
				leaves: vec![leaf].try_into().unwrap(),
				proof,
			},
			[vec![8], numbers(&[1, 2]), vec![4], leaf_bytes, vec![0]].concat(),
		),
	];
	for (call, bytes) in calls {
		assert_eq!(call.encode(), bytes, "{call:?}");
	}
}
