use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};
use sp_core::H256;
use sp_runtime::{traits::BadOrigin, DispatchResult};

/// CAROL is asked to unlearn this dataset of ALICE's, until the returned block.
pub(super) fn asked() -> (DatasetId, u32) {
	let dataset = dataset_with(licence());
	assert_ok!(Catalog::withdraw(signed(ALICE), dataset));
	CurrentEpoch::set(6);
	UsedIn::set(vec![(RUN, dataset)]);
	assert_ok!(Catalog::request_unlearning(signed(ALICE), dataset, RUN));
	(dataset, System::block_number() + UnlearningWindow::get())
}

pub(super) fn answer(dataset: DatasetId) -> DispatchResult {
	Catalog::answer_unlearning(signed(CAROL), dataset, RUN, model())
}

fn model() -> Answer {
	Answer::Model(H256::repeat_byte(9))
}

fn state(dataset: DatasetId) -> UnlearningState {
	Catalog::unlearning_of(dataset, RUN).unwrap().1
}

#[test]
fn answer_in_the_last_block_is_in_time() {
	ExtBuilder.build_and_execute(|| {
		let (dataset, deadline) = asked();
		System::set_block_number(deadline);
		assert_eq!(state(dataset), UnlearningState::Pending);
		assert_ok!(answer(dataset));

		assert_eq!(state(dataset), UnlearningState::Answered { late: false });
		let it = Unlearnings::<Test>::get(dataset, RUN).unwrap();
		let answered = it.answer.unwrap();
		assert_eq!((answered.answer, answered.at), (model(), deadline));
		System::assert_last_event(
			Event::UnlearningAnswered {
				dataset,
				run: RUN,
				answer: model(),
				late: false,
			}
			.into(),
		);
	});
}

#[test]
fn answer_after_the_deadline_is_late_and_counts() {
	ExtBuilder.build_and_execute(|| {
		let (dataset, deadline) = asked();
		System::set_block_number(deadline + 1);
		assert_eq!(state(dataset), UnlearningState::Overdue);
		let reason = Answer::Reason(b"the model was never kept".to_vec().try_into().unwrap());
		assert_ok!(Catalog::answer_unlearning(
			signed(CAROL),
			dataset,
			RUN,
			reason.clone()
		));
		assert_eq!(state(dataset), UnlearningState::Answered { late: true });
		System::assert_last_event(
			Event::UnlearningAnswered {
				dataset,
				run: RUN,
				answer: reason,
				late: true,
			}
			.into(),
		);
	});
}

#[test]
fn only_the_sponsor_answers_and_once() {
	ExtBuilder.build_and_execute(|| {
		let (dataset, _) = asked();
		let by = |origin, run| Catalog::answer_unlearning(origin, dataset, run, model());
		assert_noop!(by(signed(ALICE), RUN), Error::<Test>::NotSponsor);
		assert_noop!(by(RuntimeOrigin::root(), RUN), BadOrigin);
		assert_noop!(by(signed(CAROL), RUN + 1), Error::<Test>::NotAsked);
		assert_ok!(by(signed(CAROL), RUN));
		assert_noop!(by(signed(CAROL), RUN), Error::<Test>::AnswerGiven);
	});
}

#[test]
fn sponsor_answers_after_its_run_is_forgotten() {
	ExtBuilder.build_and_execute(|| {
		let (dataset, _) = asked();
		Sponsor::set(None);
		UsedIn::set(vec![]);
		assert_ok!(answer(dataset));
	});
}
