use crate::{mock::*, *};
use frame_support::{dispatch::GetDispatchInfo, weights::Weight, BoundedVec};
use pallet_settlement::Treasurer;

fn weight(call: Call<Test>) -> Weight {
	call.get_dispatch_info().call_weight
}

fn exceeds(more: Weight, less: Weight) -> bool {
	more.ref_time() > less.ref_time() && more.proof_size() > less.proof_size()
}

#[test]
fn a_limit_is_charged_for() {
	let calls: [fn(u32) -> Call<Test>; 3] = [
		|limit| Call::advance { run: 0, limit },
		|limit| Call::deal { run: 0, limit },
		|limit| Call::prune { run: 0, limit },
	];
	for call in calls {
		assert!(exceeds(weight(call(2)), weight(call(1))));
		let unbounded = weight(call(u32::MAX));
		assert!(
			unbounded.ref_time() > 500_000_000_000,
			"more than a block can hold"
		);
	}
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
	let settle = |limit| <Fakes as Treasurer<_, _>>::settle_weight(limit);
	let call = weight(Call::advance { run: 0, limit: 64 });
	assert!(call.all_gt(settle(64)));
}
