use crate::{mock::*, Appraisals as _, Error, Event, Progress};
use frame_support::{assert_noop, BoundedVec};
use sp_core::H256;

fn reveal(
	who: u8,
	root: H256,
	gold: Option<(H256, H256)>,
) -> frame_support::dispatch::DispatchResult {
	Valuation::reveal_tests(
		origin(account(who)),
		RUN,
		root,
		SALT,
		gold,
		BoundedVec::default(),
	)
}

#[test]
fn the_sponsor_shows_what_it_committed_to() {
	opened_and_execute(|| {
		reveal_tests();
		System::assert_last_event(
			Event::TestsRevealed {
				run: RUN,
				root: TESTS,
				gold: Some(GOLD),
			}
			.into(),
		);
		assert_noop!(
			reveal(1, TESTS, Some((GOLD, SALT))),
			Error::<Test>::WrongPhase
		);
		assert_eq!(Valuation::advance(RUN), Ok(Progress::Pending));
	});
}

#[test]
fn another_set_is_refused() {
	opened_and_execute(|| {
		let gold = Some((GOLD, SALT));
		assert_noop!(reveal(2, TESTS, gold), Error::<Test>::NotSponsor);
		assert_noop!(
			reveal(1, H256([1; 32]), gold),
			Error::<Test>::CommitmentMismatch
		);
		assert_noop!(
			reveal(1, TESTS, Some((H256([1; 32]), SALT))),
			Error::<Test>::CommitmentMismatch
		);
		assert_noop!(reveal(1, TESTS, None), Error::<Test>::GoldMissing);
		pass(WINDOW);
		reveal_tests();
	});
}

#[test]
fn a_test_set_shown_too_late_is_refused() {
	opened_and_execute(|| {
		pass(WINDOW + 1);
		assert_noop!(
			reveal(1, TESTS, Some((GOLD, SALT))),
			Error::<Test>::DeadlinePassed
		);
	});
}

#[test]
fn gold_nobody_asked_for_is_refused() {
	build_and_execute(|| {
		book();
		let mut terms = terms();
		terms.gold_commitment = None;
		Valuation::open(RUN, terms).unwrap();
		assert_noop!(
			reveal(1, TESTS, Some((GOLD, SALT))),
			Error::<Test>::GoldUnexpected
		);
	});
}
