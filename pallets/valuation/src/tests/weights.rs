use frame_support::{dispatch::GetDispatchInfo, weights::Weight};

use crate::{mock::*, weights::SubstrateWeight, Appraisals as _, WeightInfo, MAX_LINKS};

type W = SubstrateWeight<Test>;

fn stream(count: usize, with_header: bool) -> Weight {
	let (header, items) = appraisal();
	let (_, mut all) = links(&header, &items);
	all.truncate(count);
	let call = crate::Call::<Test>::stream {
		run: RUN,
		links: all,
		header: with_header.then_some(header),
	};
	call.get_dispatch_info().call_weight
}

#[test]
fn every_link_and_the_head_are_charged_for() {
	assert!(stream(3, false).ref_time() > stream(2, false).ref_time());
	assert!(stream(2, true).ref_time() > stream(2, false).ref_time());
}

#[test]
fn advance_is_charged_for_the_dearest_thing_it_does() {
	let charged = Valuation::advance_weight();
	assert!(charged.all_gte(W::draw()));
	assert!(charged.all_gte(W::silence(crate::MAX_VESTED, crate::MAX_USERS)));
	assert!(charged.all_gte(W::reveal(crate::MAX_USERS)));
	assert!(charged.all_gte(W::reveal_without_quorum(
		crate::MAX_VESTED,
		crate::MAX_USERS
	)));
}

#[test]
fn a_full_stream_fits_into_a_block() {
	// 375 ms of normal weight in a block of 2 s.
	let links = W::stream(MAX_LINKS).max(W::stream_users(MAX_LINKS));
	let header = W::stream_header(crate::MAX_VESTED, crate::MAX_USERS);
	assert!(links.saturating_add(header).ref_time() < 375_000_000_000);
}
