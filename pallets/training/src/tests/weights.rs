use crate::{mock::*, *};
use frame_support::{dispatch::GetDispatchInfo, weights::Weight, BoundedVec};

type W = crate::weights::SubstrateWeight<Test>;

fn weight(call: Call<Test>) -> Weight {
	call.get_dispatch_info().call_weight
}

fn exceeds(more: Weight, less: Weight) -> bool {
	more.ref_time() > less.ref_time() && more.proof_size() > less.proof_size()
}

#[test]
fn a_full_batch_with_thirteen_signatures_each_fits_into_a_block() {
	let signed = W::submit_attested(MAX_SUBMISSIONS * 13).saturating_sub(W::submit_attested(0));
	let batch = W::submit(MAX_SUBMISSIONS).saturating_add(signed);
	// What one call may take of the 375 ms of normal weight in a block of 2 s.
	assert!(batch.ref_time() < 325_000_000_000, "{batch}");
}

#[test]
fn a_limit_is_charged_for() {
	let calls: [fn(u32) -> Call<Test>; 3] = [
		|limit| Call::advance { run: 0, limit },
		|limit| Call::deal { run: 0, limit },
		|limit| Call::prune { run: 0, limit },
	];
	test(|| {
		for call in calls {
			assert!(exceeds(weight(call(2)), weight(call(1))));
			let unbounded = weight(call(u32::MAX));
			assert!(
				unbounded.ref_time() > 500_000_000_000,
				"more than a block can hold"
			);
		}
	});
}

#[test]
fn every_receipt_and_every_signature_is_charged_for() {
	test(|| {
		dealt();
		let committee = task(0).committee;
		let call = |items: Vec<Submission>| {
			weight(Call::submit {
				run: 0,
				items: BoundedVec::truncate_from(items),
			})
		};
		let two = signed(receipt(0), &committee[..2]);
		let three = signed(receipt(0), &committee);
		assert!(exceeds(call(vec![three]), call(vec![two.clone()])));
		assert!(exceeds(
			call(vec![two.clone(), two.clone()]),
			call(vec![two])
		));
	});
}

#[test]
fn every_dataset_of_a_plan_is_charged_for() {
	let call = |datasets: Vec<u64>| {
		let mut plan = plan();
		plan.datasets = BoundedVec::truncate_from(datasets);
		weight(Call::propose {
			plan: Box::new(plan),
		})
	};
	assert!(exceeds(call(vec![1, 2, 3]), call(vec![1, 2])));
}

#[test]
fn advance_is_charged_for_what_the_neighbours_do_in_it() {
	test(|| {
		let charged = || weight(Call::advance { run: 0, limit: 64 });
		let working = W::advance_missed(64).saturating_add(W::advance_working());
		assert!(charged().all_gte(working.max(W::advance_proposed())));

		// Dearer than anything that the pallet does by itself.
		let dear = charged().saturating_mul(2);
		change(|world| world.appraisal_weight = dear);
		let appraising = W::advance_challenge().saturating_add(dear);
		assert!(charged().all_gte(appraising));

		change(|world| world.settle_step_weight = dear);
		let settling = W::advance_settling().saturating_add(dear.saturating_mul(64));
		assert!(charged().all_gte(settling));

		change(|world| world.appraisal_weight = settling);
		assert!(charged().all_gte(W::advance_challenge().saturating_add(settling)));
	});
}

#[test]
fn what_assets_cost_is_charged_where_they_can_move() {
	test(|| {
		let propose = |asset| {
			let plan = PlanOf::<Test> { asset, ..plan() };
			weight(Call::propose {
				plan: Box::new(plan),
			})
		};
		let charged = || {
			[
				propose(None),
				propose(Some(ASSET)),
				weight(Call::cancel { run: 0 }),
				weight(Call::advance { run: 0, limit: 1 }),
				weight(Call::prune { run: 0, limit: 7 }),
			]
		};
		let before = charged();
		let each = before.iter().fold(Weight::zero(), |sum, one| sum + *one);
		change(|world| world.asset_step_weight = each);
		// Budget and bond come and go; each deposit that is given back can carry a kill fee.
		let payments = [0, 2, 2, 2, 7];
		for ((before, after), payments) in before.into_iter().zip(charged()).zip(payments) {
			let least = each.saturating_mul(payments);
			assert!(after.all_gte(least) && after.all_lte(before + least));
		}
	});
}
