//! Any calls, in any order, by anybody but Root, on a chain with a run in any of its states. None of
//! them panics, none weighs more than it declared, and after them every invariant holds.
#![no_main]

extern crate alloc;

#[path = "../src/chain.rs"]
mod chain;

#[path = "../../runtime/src/read.rs"]
#[allow(dead_code)]
mod read;

#[path = "../../simulator/src/world.rs"]
#[allow(dead_code)]
mod world;

use chain::{actors, stages, Act, Stage};
use codec::{DecodeLimit, Encode};
use frame_support::{
	dispatch::{DispatchClass, GetDispatchInfo},
	storage::{with_transaction, TransactionOutcome},
	MAX_EXTRINSIC_DEPTH,
};
use guerdon_fuzz::seeds;
use guerdon_runtime::*;
use libfuzzer_sys::fuzz_target;
use sp_runtime::{traits::Dispatchable, DispatchError};
use std::cell::RefCell;

/// Calls that one input makes.
const CALLS: usize = 16;

thread_local! {
	static CHAIN: RefCell<(Vec<AccountId>, Vec<Stage>)> = RefCell::new({
		let (world, stages) = stages();
		(actors(&world), stages)
	});
}

fn made() -> Vec<Vec<u8>> {
	let (_, stages) = stages();
	let mut made = Vec::new();
	for (number, stage) in (0..).zip(stages) {
		let acts: Vec<_> = stage.acts.iter().map(Act::encode).collect();
		made.push([vec![number], acts.concat()].concat());
		made.extend(acts.iter().map(|act| [&[number], &act[..]].concat()));
	}
	made
}

fn dispatch(actors: &[AccountId], act: Act) {
	for _ in 0..act.wait() {
		world::next_block();
	}
	let who = actors[usize::from(act.who) % actors.len()].clone();
	let declared = act.call.get_dispatch_info();
	let limits = configs::system::RuntimeBlockWeights::get();
	let limit = limits
		.get(DispatchClass::Normal)
		.max_extrinsic
		.expect("there is a limit");
	if !declared.total_weight().all_lte(limit) {
		return;
	}
	let told = format!("{:?}", act.call);
	let info = match act.call.dispatch(RuntimeOrigin::signed(who)) {
		Ok(info) => info,
		Err(failed) => failed.post_info,
	};
	if let Some(actual) = info.actual_weight {
		let declared = declared.call_weight;
		assert!(
			actual.all_lte(declared),
			"{actual:?} is more than {declared:?}: {told}"
		);
	}
}

fuzz_target!(init: {
	seeds(made);
	// Not while the first input is timed.
	CHAIN.with(|_| ());
}, |data: &[u8]| {
	let Some((stage, mut rest)) = data.split_first() else {
		return;
	};
	let mut acts = Vec::new();
	while acts.len() < CALLS {
		let Some(act) = Act::read(&mut rest) else {
			break;
		};
		let bytes = act.call.encode();
		let again = RuntimeCall::decode_all_with_depth_limit(MAX_EXTRINSIC_DEPTH, &mut &bytes[..]);
		assert_eq!(again.as_ref(), Ok(&act.call));
		acts.push(act);
	}
	if acts.is_empty() {
		return;
	}
	CHAIN.with_borrow_mut(|(actors, stages)| {
		let stage = usize::from(*stage) % stages.len();
		stages[stage].ext.execute_with(|| {
			let _: Result<(), DispatchError> = with_transaction(|| {
				for act in acts {
					dispatch(actors, act);
				}
				world::check_everything();
				TransactionOutcome::Rollback(Ok(()))
			});
		});
	});
});
