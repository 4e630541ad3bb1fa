use crate::{mock::*, Appraisals as _, Commitment, Commitments, Phase, Results, Streams};
use frame_support::assert_err;
use sp_core::H256;

fn assert_detected(corrupt: impl FnOnce(), message: &'static str) {
	corrupt_and_execute(|| {
		book();
		Valuation::open(RUN, terms()).unwrap();
		agree();
		Valuation::do_try_state().unwrap();
		corrupt();
		assert_err!(Valuation::do_try_state(), message);
	});
}

fn change(with: impl FnOnce(&mut crate::AppraisalOf<Test>)) {
	crate::Runs::<Test>::mutate(RUN, |appraisal| with(appraisal.as_mut().unwrap()));
}

#[test]
fn it_detects_a_commitment_of_a_stranger() {
	let commitment = Commitment {
		hash: H256::zero(),
		digest: None,
	};
	let mine = commitment.clone();
	assert_detected(
		|| Commitments::<Test>::insert(RUN, account(99), mine),
		"a commitment of one who was not drawn",
	);
	assert_detected(
		|| Commitments::<Test>::insert(RUN + 1, account(99), commitment),
		"a commitment without an appraisal",
	);
	assert_detected(
		|| {
			Streams::<Test>::remove(RUN);
			change(|a| a.phase = Phase::Drawing { epoch: 1 });
		},
		"a commitment that nobody waits for",
	);
}

#[test]
fn it_detects_a_stream_out_of_place() {
	assert_detected(
		|| Streams::<Test>::remove(RUN),
		"a stream and no phase for it",
	);
	assert_detected(
		|| Streams::<Test>::insert(RUN + 1, Streams::<Test>::get(RUN).unwrap()),
		"a stream without an appraisal",
	);
}

#[test]
fn it_detects_a_draw_against_the_terms() {
	assert_detected(|| change(|a| a.count = 4), "too many appraisers");
	assert_detected(
		|| {
			let first = crate::Runs::<Test>::get(RUN).unwrap().appraisers[0].clone();
			change(|a| {
				Commitments::<Test>::remove(RUN, &a.appraisers[1]);
				a.appraisers[1] = first;
			})
		},
		"an appraiser drawn twice",
	);
	assert_detected(
		|| change(|a| a.exclude = vec![a.appraisers[0].clone()].try_into().unwrap()),
		"an appraiser drawn that is excluded",
	);
}

#[test]
fn it_detects_a_result_out_of_place() {
	let outcome = || crate::Outcome {
		header: appraisal().0,
		digest: [0; 32],
		scores: guerdon_valuation::Scores::new(2).unwrap(),
	};
	assert_detected(
		|| Results::<Test>::insert(RUN + 1, outcome()),
		"a result without an appraisal",
	);
	assert_detected(
		|| Results::<Test>::insert(RUN, outcome()),
		"a result before the end",
	);
	assert_detected(
		|| {
			Streams::<Test>::remove(RUN);
			let _ = Commitments::<Test>::clear_prefix(RUN, u32::MAX, None);
			change(|a| {
				a.phase = Phase::Done {
					revealed: true,
					basis: guerdon_valuation::Basis::Scores,
				}
			});
		},
		"scores without a result",
	);
}
