use frame_support::{
	dispatch::GetDispatchInfo,
	traits::Get,
	weights::{RuntimeDbWeight, Weight},
};

use super::*;
use crate::WeightInfo;

type W = crate::weights::SubstrateWeight<Test>;

/// What so many reads and writes of storage cost.
fn accesses(reads: u64, writes: u64) -> Weight {
	let costs: RuntimeDbWeight = <<Test as frame_system::Config>::DbWeight as Get<_>>::get();
	costs.reads_writes(reads, writes)
}

/// A claim with so many siblings. It only has to be weighed, so nothing of it exists.
fn sized_claim(siblings: usize) -> Claim<AccountId> {
	let node = guerdon_share_tree::Node {
		hash: [0; 32],
		sum: 0,
	};
	Claim {
		pool: 0,
		index: 0,
		leaf: Leaf {
			payee: Payee::Account(ALICE),
			weight: 1,
		},
		proof: vec![node; siblings].try_into().unwrap(),
	}
}

fn weight_of_batch(claims: usize, siblings: usize) -> Weight {
	let claims = vec![sized_claim(siblings); claims];
	let call = crate::Call::<Test>::claim_many {
		claims: claims.try_into().unwrap(),
	};
	call.get_dispatch_info().call_weight
}

#[test]
fn the_weight_of_a_batch_grows_with_items_and_proofs() {
	build_and_execute(|| {
		let pool = trainers_pool(1_000, &[(ALICE, 1), (BOB, 2), (ALICE, 7)]);
		let weight = |indices: &[u64]| {
			let claims: Vec<_> = indices
				.iter()
				.map(|index| claim_data(pool, *index))
				.collect();
			let call = crate::Call::<Test>::claim_many {
				claims: claims.try_into().unwrap(),
			};
			call.get_dispatch_info().call_weight
		};
		// Leaves 0 and 1 have two siblings, leaf 2 has one.
		let siblings = |count| W::claim(count) - W::claim(0);
		assert_eq!(weight(&[0]), W::claim_many(1) + siblings(2));
		assert_eq!(weight(&[0, 1, 2]), W::claim_many(3) + siblings(5));
		assert!(weight(&[0, 1]).all_gt(weight(&[0])));
		assert!(weight(&[0]).ref_time() > weight(&[2]).ref_time());
	});
}

#[test]
fn the_weight_of_a_claim_grows_with_its_proof() {
	let weight = |siblings: usize| {
		let Claim {
			pool,
			index,
			leaf,
			proof,
		} = sized_claim(siblings);
		let call = crate::Call::<Test>::claim {
			pool,
			index,
			leaf,
			proof,
		};
		call.get_dispatch_info().call_weight
	};
	assert_eq!(weight(40), W::claim(40));
	assert!(weight(40).ref_time() > weight(39).ref_time());
}

#[test]
fn the_weight_of_a_settlement_grows_with_its_limit() {
	// A step reads an entry, or reads and writes the account that a licence pays, and is charged for
	// both.
	for steps in [1u32, 9, 63, 10_000] {
		let grown = Settlement::settle_weight(1 + steps) - Settlement::settle_weight(1);
		let touched = accesses(2, 1).saturating_mul(steps.into());
		assert!(grown.all_gt(touched), "{steps} steps grow by {grown:?}");
	}
}

#[test]
fn a_full_batch_fits_into_a_block() {
	let full = weight_of_batch(64, 40);
	// Every item reads and writes a pool, a page, the books and a payee of its own.
	let grown = weight_of_batch(64, 0) - weight_of_batch(1, 0);
	assert!(grown.all_gt(accesses(4, 4).saturating_mul(63)));
	// Every item hashes its own way up.
	let hashed = (W::claim(40) - W::claim(0)).saturating_mul(64);
	assert!(hashed.ref_time() > 0);
	assert!(full.all_gte(weight_of_batch(64, 0) + hashed));
	// 500 ms, of which normal calls get 75 %.
	assert!(full.ref_time() < 375_000_000_000);
}
