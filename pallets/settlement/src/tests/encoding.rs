use codec::{Encode, MaxEncodedLen};
use guerdon_share_tree::{Builder, Proof, Summary};
use sp_core::H256;

use super::*;
use crate::{ClaimedPage, RunBooks, Settlement as SettlementState, Totals};

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
		funded: 2,
		paid: 3,
		state: PoolState::Sealed(Summary {
			root: [7; 32],
			sum: 4,
			count: 5,
		}),
	};
	let head = [&1u64.to_le_bytes()[..], &[1], &le(&[2, 3])].concat();
	let tail = [&[1][..], &[7; 32], &le(&[4]), &5u64.to_le_bytes()].concat();
	assert_eq!(sealed.encode(), [head.clone(), tail].concat());
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
	assert_eq!(claim.encode(), bytes);
	let purses = [Purse::Budget, Purse::Licence, Purse::Bond, Purse::Tip];
	assert_eq!(purses.encode(), vec![0, 1, 2, 3]);
	let causes = [Cause::Licence(1), Cause::Return, Cause::Release(Purse::Tip)];
	assert_eq!(causes.encode(), vec![0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3]);
}
