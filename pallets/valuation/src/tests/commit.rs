use crate::{mock::*, Appraisals as _, Error, Event, Phase, Progress};
use frame_support::{assert_noop, assert_ok};
use sp_core::H256;

fn phase() -> Phase<u64> {
	crate::Runs::<Test>::get(RUN).unwrap().phase
}

#[test]
fn five_of_the_seated_are_drawn_and_their_bonds_locked() {
	opened_and_execute(|| {
		reveal_tests();
		let drawn = draw();
		assert_eq!(drawn.len(), 5);
		assert!(drawn.iter().all(|who| Locks::get()[who] == 1));
		let stranger = Seated::get()
			.into_iter()
			.find(|who| !drawn.contains(who))
			.unwrap();
		assert_noop!(
			Valuation::commit(origin(stranger), RUN, H256::zero()),
			Error::<Test>::NotAppraiser
		);
	});
}

#[test]
fn the_excluded_are_not_drawn() {
	opened_and_execute(|| {
		Seated::mutate(|seated| seated.extend([sponsor(), account(3)]));
		reveal_tests();
		let drawn = draw();
		assert!(!drawn.contains(&sponsor()) && !drawn.contains(&account(3)));
	});
}

#[test]
fn the_first_commitment_counts() {
	opened_and_execute(|| {
		reveal_tests();
		let drawn = draw();
		let who = origin(drawn[0].clone());
		assert_ok!(Valuation::commit(who.clone(), RUN, H256([1; 32])));
		System::assert_last_event(
			Event::Committed {
				run: RUN,
				appraiser: drawn[0].clone(),
			}
			.into(),
		);
		assert_noop!(
			Valuation::commit(who.clone(), RUN, H256([2; 32])),
			Error::<Test>::AlreadyCommitted
		);
		pass(WINDOW + 1);
		assert_noop!(
			Valuation::commit(origin(drawn[1].clone()), RUN, H256([1; 32])),
			Error::<Test>::DeadlinePassed
		);
	});
}

#[test]
fn commitments_close_with_the_last_of_them() {
	opened_and_execute(|| {
		reveal_tests();
		for who in draw() {
			assert!(matches!(phase(), Phase::Committing { .. }));
			commit(&who, [1; 32]);
		}
		assert!(matches!(phase(), Phase::Revealing { .. }));
		let late = Valuation::commit(origin(appraiser(1)), RUN, H256::zero());
		assert_noop!(late, Error::<Test>::WrongPhase);
	});
}

#[test]
fn commitments_close_at_the_deadline_when_a_quorum_made_one() {
	opened_and_execute(|| {
		reveal_tests();
		draw().iter().take(4).for_each(|who| commit(who, [1; 32]));
		assert_eq!(Valuation::advance(RUN), Ok(Progress::Pending));
		pass(WINDOW + 1);
		assert_eq!(Valuation::advance(RUN), Ok(Progress::Moved));
		assert!(matches!(phase(), Phase::Revealing { .. }));
	});
}

#[test]
fn a_draw_missed_while_its_seed_was_kept_is_put_off() {
	opened_and_execute(|| {
		reveal_tests();
		assert_eq!(phase(), Phase::Drawing { epoch: 12 });
		CurrentEpoch::set(30);
		KnownSeeds::set((23..=32).collect());
		assert_eq!(Valuation::advance(RUN), Ok(Progress::Moved));
		assert_eq!(phase(), Phase::Drawing { epoch: 32 });
		CurrentEpoch::set(32);
		assert_eq!(Valuation::advance(RUN), Ok(Progress::Moved));
		assert!(matches!(phase(), Phase::Committing { .. }));
	});
}
