//! Who loses a part of its bond, and when. The mock refuses a penalty of whoever is not locked.

use crate::{mock::*, Appraisals as _, Links, Phase, Progress};
use frame_support::assert_ok;
use guerdon_receipt::Digest;
use guerdon_valuation::AppraisalHeader;
use pallet_attestors::Offence::{SilentAfterCommit, WrongCounts};
use sp_runtime::AccountId32;

fn sorted(accounts: &[AccountId32]) -> Vec<AccountId32> {
	let mut accounts = accounts.to_vec();
	accounts.sort();
	accounts
}

fn phase() -> Phase<u64> {
	crate::Runs::<Test>::get(RUN).unwrap().phase
}

fn advance(wanted: Progress) {
	assert_eq!(Valuation::advance(RUN), Ok(wanted));
}

/// The digest that is right, and what brings its counts on chain.
fn right() -> (Digest, AppraisalHeader, Links) {
	let (header, items) = appraisal();
	let (digest, links) = links(&header, &items);
	(digest, header, links)
}

#[test]
fn silence_after_a_commitment_is_punished_when_the_time_to_reveal_is_over() {
	opened_and_execute(|| {
		// GIVEN five commitments, of which one is not revealed
		let (digest, header, links) = right();
		reveal_tests();
		let drawn = draw();
		drawn.iter().for_each(|who| commit(who, digest));
		drawn[1..].iter().for_each(|who| reveal(who, digest));
		pass(WINDOW);
		advance(Progress::Pending);
		assert_eq!(Penalties::get(), []);

		// WHEN the others agree all the same
		pass(1);
		advance(Progress::Moved);
		assert!(matches!(phase(), Phase::Streaming { .. }));

		// THEN it is punished, once, and nobody else
		assert_eq!(penalised(SilentAfterCommit), [drawn[0].clone()]);
		assert_ok!(Valuation::stream(
			origin(account(99)),
			RUN,
			links,
			Some(header)
		));
		assert_eq!(Penalties::get().len(), 1);
	});
}

#[test]
fn silence_is_punished_in_either_draw_when_no_quorum_agrees() {
	opened_and_execute(|| {
		reveal_tests();
		let first = draw();
		first.iter().for_each(|who| commit(who, [1; 32]));
		first[2..].iter().for_each(|who| reveal(who, [1; 32]));
		pass(WINDOW + 1);
		advance(Progress::Moved);
		assert!(matches!(phase(), Phase::Drawing { .. }));
		assert_eq!(penalised(SilentAfterCommit), sorted(&first[..2]));
		Penalties::set(Vec::new());

		let second = draw();
		second.iter().for_each(|who| commit(who, [1; 32]));
		pass(WINDOW + 1);
		assert!(matches!(
			Valuation::advance(RUN),
			Ok(Progress::Done { revealed: true, .. })
		));
		assert_eq!(penalised(SilentAfterCommit), sorted(&second));
		assert_eq!(Penalties::get().len(), 5);
	});
}

#[test]
fn whoever_never_committed_is_not_punished() {
	opened_and_execute(|| {
		let (digest, ..) = right();
		reveal_tests();
		let drawn = draw();
		// One is absent: the others reveal, and agree.
		drawn[1..].iter().for_each(|who| commit(who, digest));
		pass(WINDOW + 1);
		advance(Progress::Moved);
		drawn[1..].iter().for_each(|who| reveal(who, digest));
		assert!(matches!(phase(), Phase::Streaming { .. }));
		assert_eq!(Penalties::get(), []);
	});
}

#[test]
fn whoever_could_not_reveal_is_not_punished() {
	opened_and_execute(|| {
		reveal_tests();
		let drawn = draw();
		// Too few committed: nobody is asked to reveal.
		drawn[..2].iter().for_each(|who| commit(who, [1; 32]));
		pass(WINDOW + 1);
		advance(Progress::Moved);
		assert!(matches!(phase(), Phase::Drawing { .. }));
		assert_eq!(Penalties::get(), []);
	});
}

/// Five commit and reveal; the first one something else than the others, who agree.
fn agree_against_one(accepted: Digest) -> AccountId32 {
	reveal_tests();
	let drawn = draw();
	let digest = |index| if index == 0 { [9; 32] } else { accepted };
	for (index, who) in drawn.iter().enumerate() {
		commit(who, digest(index));
	}
	for (index, who) in drawn.iter().enumerate() {
		reveal(who, digest(index));
	}
	assert!(matches!(phase(), Phase::Streaming { .. }));
	drawn[0].clone()
}

#[test]
fn other_counts_than_the_accepted_are_punished_when_those_are_on_chain() {
	opened_and_execute(|| {
		let (digest, header, links) = right();
		let alone = agree_against_one(digest);
		assert_eq!(Penalties::get(), [], "agreeing proves nothing yet");
		let part = links[..2].to_vec().try_into().unwrap();
		assert_ok!(Valuation::stream(origin(account(99)), RUN, part, None));
		assert_eq!(Penalties::get(), []);

		let rest = links[2..].to_vec().try_into().unwrap();
		assert_ok!(Valuation::stream(
			origin(account(99)),
			RUN,
			rest,
			Some(header)
		));
		assert_eq!(Penalties::get(), [(alone, WrongCounts)]);
		assert!(Locks::get().values().all(|locks| *locks == 0));
	});
}

#[test]
fn nobody_is_punished_by_a_digest_that_nobody_can_open() {
	opened_and_execute(|| {
		agree_against_one([0; 32]);
		pass(WINDOW + 1);
		assert!(matches!(
			Valuation::advance(RUN),
			Ok(Progress::Done { revealed: true, .. })
		));
		assert_eq!(Penalties::get(), []);
	});
}

#[test]
fn digests_that_differ_without_a_quorum_are_not_punished() {
	opened_and_execute(|| {
		reveal_tests();
		for _ in 0..2 {
			let drawn = draw();
			let digest = |index: usize| [index as u8; 32];
			for (index, who) in drawn.iter().enumerate() {
				commit(who, digest(index));
			}
			for (index, who) in drawn.iter().enumerate() {
				reveal(who, digest(index));
			}
		}
		assert!(matches!(phase(), Phase::Done { .. }));
		assert_eq!(Penalties::get(), []);
	});
}

#[test]
fn every_offence_of_one_run_is_punished() {
	build_and_execute(|| {
		book();
		let mut terms = terms();
		terms.quorum = 3;
		Valuation::open(RUN, terms).unwrap();
		let (digest, header, links) = right();
		reveal_tests();
		let drawn = draw();
		drawn[1..].iter().for_each(|who| commit(who, digest));
		commit(&drawn[0], [9; 32]);
		reveal(&drawn[0], [9; 32]);
		drawn[2..].iter().for_each(|who| reveal(who, digest));
		pass(WINDOW + 1);
		advance(Progress::Moved);
		assert_ok!(Valuation::stream(
			origin(account(99)),
			RUN,
			links,
			Some(header)
		));
		assert_eq!(
			Penalties::get(),
			[
				(drawn[1].clone(), SilentAfterCommit),
				(drawn[0].clone(), WrongCounts)
			]
		);
	});
}
