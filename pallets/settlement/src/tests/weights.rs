use frame_support::dispatch::GetDispatchInfo;

use super::*;
use crate::{Treasurer, WeightInfo};

type W = crate::weights::SubstrateWeight<Test>;

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
		let node = guerdon_share_tree::Node {
			hash: [0; 32],
			sum: 0,
		};
		let leaf = Leaf {
			payee: Payee::Account(ALICE),
			weight: 1,
		};
		let proof = vec![node; siblings].try_into().unwrap();
		let call = crate::Call::<Test>::claim {
			pool: 0,
			index: 0,
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
	assert_eq!(Settlement::settle_weight(9), W::settle(9));
	assert!(Settlement::settle_weight(9).all_gt(Settlement::settle_weight(8)));
}

#[test]
fn a_full_batch_fits_into_a_block() {
	// 500 ms, of which normal calls get 75 %.
	let heaviest = W::claim_many(64) + (W::claim(64 * 40) - W::claim(0));
	assert!(heaviest.ref_time() < 375_000_000_000);
}
