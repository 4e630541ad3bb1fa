use crate::{mock::*, *};
use frame_support::traits::Hooks;

#[test]
#[should_panic(expected = "a root copied out of the transaction pool must come too late")]
fn announcement_that_is_opened_at_once_is_refused() {
	MinAnnounceBlocks::set(0);
	Catalog::integrity_test();
}

#[test]
#[should_panic(expected = "an announcement must live long enough to be opened")]
fn announcement_that_cannot_be_opened_is_refused() {
	AnnouncementLifetime::set(10);
	Catalog::integrity_test();
}

#[test]
#[should_panic(expected = "a stolen account key must not redirect a payment at once")]
fn payout_without_a_delay_is_refused() {
	PayoutDelay::set(0);
	Catalog::integrity_test();
}

#[test]
#[should_panic(expected = "storage must be paid for")]
fn storage_without_a_deposit_is_refused() {
	DatasetDeposit::set(0);
	Catalog::integrity_test();
}

#[test]
#[should_panic(expected = "storage must be paid for")]
fn request_to_unlearn_without_a_deposit_is_refused() {
	UnlearningDeposit::set(0);
	Catalog::integrity_test();
}

#[test]
#[should_panic(expected = "nothing could be announced")]
fn no_room_for_announcements_is_refused() {
	MaxAnnouncements::set(0);
	Catalog::integrity_test();
}

#[test]
#[should_panic(expected = "nobody could answer in time")]
fn no_time_to_answer_is_refused() {
	UnlearningWindow::set(0);
	Catalog::integrity_test();
}

#[test]
#[should_panic(expected = "what a sponsor did not answer must be seen")]
fn request_to_unlearn_that_goes_at_once_is_refused() {
	UnlearningRetention::set(0);
	Catalog::integrity_test();
}

#[test]
#[should_panic(expected = "no grant could be asked for")]
fn no_room_for_requests_is_refused() {
	MaxPending::set(0);
	Catalog::integrity_test();
}

#[test]
fn weight_of_publish_grows_with_the_proof_and_fits_a_block() {
	type W = weights::SubstrateWeight<Test>;
	let longest = W::publish(guerdon_content::MAX_PARENTS as u32);
	assert!(longest.ref_time() > W::publish(0).ref_time());
	// 375 ms of normal weight in a block of 2 s.
	assert!(longest.ref_time() < 375_000_000_000 / 10);
}
