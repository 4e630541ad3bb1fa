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
		opening: None,
	}
}

/// The dearer one of a claim out of a run's pool and out of a cohort, and an asset besides.
fn one(siblings: u32) -> Weight {
	one_in_grd(siblings) + W::in_asset(1)
}

fn one_in_grd(siblings: u32) -> Weight {
	W::claim(siblings).max(W::claim_member(siblings))
}

fn many(claims: u32) -> Weight {
	many_in_grd(claims) + W::in_asset(claims)
}

fn many_in_grd(claims: u32) -> Weight {
	W::claim_many(claims).max(W::claim_many_members(claims))
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
		let siblings = |count| one(count) - one(0);
		assert_eq!(weight(&[0]), many(1) + siblings(2));
		assert_eq!(weight(&[0, 1, 2]), many(3) + siblings(5));
		assert!(weight(&[0, 1]).all_gt(weight(&[0])));
		assert!(weight(&[0]).ref_time() > weight(&[2]).ref_time());
	});
}

#[test]
fn what_is_paid_in_grd_gives_back_what_an_asset_costs() {
	build_and_execute(|| {
		allow(USD);
		assert_ok!(Settlement::pay_in(RUN + 1, USD));
		let grd = trainers_pool(1_000, &[(ALICE, 1), (BOB, 2), (CAROL, 3)]);
		let usd = datasets_pool(RUN + 1, 1_000, &[(9, ALICE, 1), (8, BOB, 1)], &[]);
		let weight = |pool, index| {
			let Claim {
				pool,
				index,
				leaf,
				proof,
				opening,
			} = claim_data(pool, index);
			let anyone = RuntimeOrigin::signed(ANYONE);
			let paid = Settlement::claim(anyone, pool, index, leaf, proof, opening);
			paid.unwrap().actual_weight
		};
		assert_eq!(weight(grd, 2), Some(one_in_grd(1)));
		// What was declared stands.
		assert_eq!(weight(usd, 0), None);
		let batch = |claims: &[(u64, u64)]| {
			let claims: Vec<_> = claims
				.iter()
				.map(|(pool, index)| claim_data(*pool, *index))
				.collect();
			let claims = claims.try_into().unwrap();
			let paid = Settlement::claim_many(RuntimeOrigin::signed(ANYONE), claims);
			paid.unwrap().actual_weight
		};
		let siblings = one_in_grd(2) - one_in_grd(0);
		assert_eq!(batch(&[(grd, 0)]), Some(many_in_grd(1) + siblings));
		assert_eq!(batch(&[(grd, 1), (usd, 1)]), None);
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
			opening,
		} = sized_claim(siblings);
		let call = crate::Call::<Test>::claim {
			pool,
			index,
			leaf,
			proof,
			opening,
		};
		call.get_dispatch_info().call_weight
	};
	assert_eq!(weight(40), one(40));
	assert!(weight(40).ref_time() > weight(39).ref_time());
}

#[test]
fn the_weight_of_a_settlement_grows_with_its_limit() {
	// A step reads an entry, its dataset and its members and names a list, or reads a dataset and reads
	// and writes the account that a licence pays, and is charged for both.
	for steps in [1u32, 9, 63, 10_000] {
		let grown = Settlement::settle_weight(1 + steps) - Settlement::settle_weight(1);
		let touched = accesses(7, 2).saturating_mul(steps.into());
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
	let hashed = (one(40) - one(0)).saturating_mul(64);
	assert!(hashed.ref_time() > 0);
	assert!(full.all_gte(weight_of_batch(64, 0) + hashed));
	// 500 ms, of which normal calls get 75 %.
	assert!(full.ref_time() < 375_000_000_000);
}

fn weight_of(call: crate::Call<Test>) -> Weight {
	call.get_dispatch_info().call_weight
}

#[test]
fn what_pays_members_is_charged_for_every_cohort_there_can_be() {
	let paying = |payee| {
		let Claim {
			pool,
			index,
			leaf,
			proof,
			opening,
		} = Claim {
			leaf: Leaf { payee, weight: 1 },
			..sized_claim(3)
		};
		weight_of(crate::Call::claim {
			pool,
			index,
			leaf,
			proof,
			opening,
		})
	};
	let account = paying(Payee::Account(ALICE));
	assert_eq!(paying(Payee::Hidden([0; 32])), account);
	let booked = W::book(crate::MAX_COHORTS).max(W::book_shares(crate::MAX_COHORTS));
	assert_eq!(paying(Payee::Pool(1)), account + booked);
	let cohorts = W::book(crate::MAX_COHORTS) - W::book(1);
	assert!(cohorts.all_gte(accesses(15, 15)));

	let mut claims = vec![sized_claim(0); 3];
	let accounts = crate::Call::claim_many {
		claims: claims.clone().try_into().unwrap(),
	};
	claims[1].leaf.payee = Payee::Pool(1);
	claims[2].leaf.payee = Payee::Pool(1);
	let members = crate::Call::claim_many {
		claims: claims.try_into().unwrap(),
	};
	assert_eq!(
		weight_of(members),
		weight_of(accounts) + booked.saturating_mul(2)
	);
}

#[test]
fn a_full_batch_for_members_fits_into_a_block() {
	let mut claims = vec![sized_claim(40); 64];
	for claim in &mut claims {
		claim.leaf.payee = Payee::Pool(1);
	}
	let claims = claims.try_into().unwrap();
	let full = weight_of(crate::Call::claim_many { claims });
	assert!(full.ref_time() < 375_000_000_000, "{full:?}");
}

#[test]
fn the_weight_of_a_stream_grows_with_its_members() {
	let weight = |members| {
		weight_of(crate::Call::stream_members {
			pool: 0,
			from: 0,
			members: accounts(1, members).try_into().unwrap(),
		})
	};
	assert_eq!(weight(256), W::stream_members(256));
	assert!(weight(256).ref_time() > weight(255).ref_time());
}

#[test]
fn a_page_gives_back_what_it_did_not_pay() {
	let whole = Settlement::grd_page_weight(256, 8, 256);
	let declared = weight_of(crate::Call::pay_page {
		pool: 0,
		page: 0,
		leaves: accounts(1, 256).try_into().unwrap(),
		proof: sized_claim(8).proof,
	});
	assert_eq!(
		declared,
		W::pay_page(256, 8).saturating_add(W::in_asset(256))
	);
	assert!(declared.all_gte(whole));
	let mut before = Settlement::grd_page_weight(256, 8, 0);
	assert_eq!(before, W::skip_page(256, 8));
	for paid in 1..=256 {
		let weight = Settlement::grd_page_weight(256, 8, paid);
		assert!(weight.all_gte(before) && declared.all_gte(weight));
		before = weight;
	}
	assert!(declared.ref_time() < 375_000_000_000);
}

#[test]
fn claims_of_licences_are_charged_for_every_list_there_can_be() {
	let declared = weight_of(crate::Call::claim_licences { dataset: 0 });
	assert_eq!(
		declared,
		Settlement::licences_weight(crate::MAX_DUES, crate::MAX_COHORTS)
	);
	assert!(declared.ref_time() < 375_000_000_000);
}
