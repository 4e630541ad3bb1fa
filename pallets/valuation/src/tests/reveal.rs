use crate::{mock::*, Appraisals as _, Error, Event, Phase, Progress};
use frame_support::assert_noop;
use guerdon_receipt::Role;
use pallet_contributions::{Ledger, Subject};
use sp_core::H256;

fn phase() -> Phase<u64> {
	crate::Runs::<Test>::get(RUN).unwrap().phase
}

#[test]
fn a_quorum_of_equal_digests_is_accepted_and_its_appraisers_are_booked_with_the_counts() {
	opened_and_execute(|| {
		let (header, items) = appraisal();
		let (accepted, links) = links(&header, &items);
		reveal_tests();
		let drawn = draw();
		let digest = |index: usize| if index == 2 { [9; 32] } else { accepted };
		for (index, who) in drawn.iter().enumerate() {
			commit(who, digest(index));
		}
		for (index, who) in drawn.iter().enumerate() {
			reveal(who, digest(index));
		}
		assert!(matches!(phase(), Phase::Streaming { digest, .. } if digest == accepted));
		System::assert_has_event(
			Event::Agreed {
				run: RUN,
				digest: accepted,
				votes: 4,
			}
			.into(),
		);
		// What they agree on may be nothing: they are booked when its counts are there.
		assert_eq!(Contributions::table(RUN, Role::Appraiser).count, 0);
		Valuation::stream(origin(account(99)), RUN, links, Some(header)).unwrap();
		assert_eq!(Contributions::table(RUN, Role::Appraiser).weight, 4);
		for (index, who) in drawn.iter().enumerate() {
			let subject = Subject::Account(who.clone());
			let booked = Contributions::index_of(RUN, Role::Appraiser, &subject);
			assert_eq!(booked.is_some(), index != 2);
			if let Some(booked) = booked {
				let entry = Contributions::entry(RUN, Role::Appraiser, booked).unwrap();
				assert_eq!(entry.payee, payout_of(who));
			}
		}
	});
}

#[test]
fn appraisers_that_agree_on_what_nobody_can_open_are_not_paid() {
	opened_and_execute(|| {
		reveal_tests();
		let drawn = draw();
		drawn.iter().for_each(|who| commit(who, [0; 32]));
		drawn.iter().for_each(|who| reveal(who, [0; 32]));
		pass(WINDOW + 1);
		assert!(matches!(
			Valuation::advance(RUN),
			Ok(Progress::Done { revealed: true, .. })
		));
		assert_eq!(Contributions::table(RUN, Role::Appraiser).count, 0);
	});
}

#[test]
fn only_what_was_committed_to_can_be_revealed_and_only_once() {
	opened_and_execute(|| {
		reveal_tests();
		let drawn = draw();
		let early = Valuation::reveal(origin(drawn[0].clone()), RUN, SALT, [1; 32]);
		assert_noop!(early, Error::<Test>::WrongPhase);
		drawn.iter().take(4).for_each(|who| commit(who, [1; 32]));
		pass(WINDOW + 1);
		Valuation::advance(RUN).unwrap();
		let first = origin(drawn[0].clone());
		assert_noop!(
			Valuation::reveal(first.clone(), RUN, SALT, [2; 32]),
			Error::<Test>::CommitmentMismatch
		);
		assert_noop!(
			Valuation::reveal(first.clone(), RUN, H256::zero(), [1; 32]),
			Error::<Test>::CommitmentMismatch
		);
		reveal(&drawn[0], [1; 32]);
		assert_noop!(
			Valuation::reveal(first, RUN, SALT, [1; 32]),
			Error::<Test>::AlreadyRevealed
		);
		assert_noop!(
			Valuation::reveal(origin(drawn[4].clone()), RUN, SALT, [1; 32]),
			Error::<Test>::NotCommitted
		);
		assert_noop!(
			Valuation::reveal(origin(sponsor()), RUN, SALT, [1; 32]),
			Error::<Test>::NotAppraiser
		);
		pass(WINDOW + 1);
		assert_noop!(
			Valuation::reveal(origin(drawn[1].clone()), RUN, SALT, [1; 32]),
			Error::<Test>::DeadlinePassed
		);
	});
}

#[test]
fn a_commitment_copied_from_another_appraiser_opens_nothing() {
	opened_and_execute(|| {
		reveal_tests();
		let drawn = draw();
		commit(&drawn[0], [1; 32]);
		let copied = crate::Commitments::<Test>::get(RUN, &drawn[0])
			.unwrap()
			.hash;
		for who in &drawn[1..] {
			Valuation::commit(origin(who.clone()), RUN, copied).unwrap();
		}
		assert_noop!(
			Valuation::reveal(origin(drawn[1].clone()), RUN, SALT, [1; 32]),
			Error::<Test>::CommitmentMismatch
		);
	});
}

#[test]
fn appraisers_that_stay_silent_after_committing_stop_nobody() {
	opened_and_execute(|| {
		reveal_tests();
		let drawn = draw();
		drawn.iter().for_each(|who| commit(who, [1; 32]));
		drawn.iter().take(4).for_each(|who| reveal(who, [1; 32]));
		assert_eq!(Valuation::advance(RUN), Ok(Progress::Pending));
		pass(WINDOW + 1);
		assert_eq!(Valuation::advance(RUN), Ok(Progress::Moved));
		assert!(matches!(phase(), Phase::Streaming { .. }));
	});
}
