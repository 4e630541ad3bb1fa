use crate::{mock::*, *};
use frame_support::{
	assert_noop, assert_ok,
	traits::fungible::{hold::Inspect as _, Mutate as _},
};
use sp_runtime::{traits::BadOrigin, TokenError};

/// ALICE's dataset, withdrawn in effect, of which the run used records.
fn withdrawn() -> DatasetId {
	let dataset = dataset_with(licence());
	assert_ok!(Catalog::withdraw(signed(ALICE), dataset));
	CurrentEpoch::set(6);
	UsedIn::set(vec![(RUN, dataset)]);
	dataset
}

fn ask(dataset: DatasetId, run: RunId) -> sp_runtime::DispatchResult {
	Catalog::request_unlearning(signed(ALICE), dataset, run)
}

#[test]
fn request_holds_a_deposit_and_names_who_is_to_answer_and_until_when() {
	ExtBuilder.build_and_execute(|| {
		let dataset = withdrawn();
		let deadline = System::block_number() + 200;
		assert_ok!(ask(dataset, RUN));

		let it = Unlearning {
			owner: ALICE,
			sponsor: CAROL,
			root: args("a record", 100).root,
			deadline,
			deposit: 20,
			answer: None,
		};
		let told = Catalog::unlearning_of(dataset, RUN);
		assert_eq!(told, Some((it, UnlearningState::Pending)));
		assert_eq!(Catalog::unlearning_of(dataset, RUN + 1), None);
		assert_eq!(
			Balances::balance_on_hold(&HoldReason::Unlearning.into(), &ALICE),
			20
		);
		System::assert_last_event(
			Event::UnlearningRequested {
				dataset,
				run: RUN,
				owner: ALICE,
				sponsor: CAROL,
				deadline,
				deposit: 20,
			}
			.into(),
		);
	});
}

#[test]
fn only_the_owner_asks_and_only_for_what_is_withdrawn_in_effect() {
	ExtBuilder.build_and_execute(|| {
		let dataset = dataset_with(licence());
		UsedIn::set(vec![(RUN, dataset)]);
		assert_noop!(ask(9, RUN), Error::<Test>::NotFound);
		assert_noop!(
			Catalog::request_unlearning(signed(BOB), dataset, RUN),
			Error::<Test>::NotAuthorized
		);
		assert_noop!(
			Catalog::request_unlearning(RuntimeOrigin::root(), dataset, RUN),
			BadOrigin
		);
		assert_noop!(ask(dataset, RUN), Error::<Test>::NotWithdrawn);
		assert_ok!(Catalog::withdraw(signed(ALICE), dataset));
		assert_noop!(ask(dataset, RUN), Error::<Test>::NotWithdrawn);
		CurrentEpoch::set(6);
		assert_ok!(ask(dataset, RUN));
	});
}

#[test]
fn only_runs_that_used_the_dataset_and_whose_sponsor_is_kept_are_asked() {
	ExtBuilder.build_and_execute(|| {
		let dataset = withdrawn();
		assert_noop!(ask(dataset, RUN + 1), Error::<Test>::NotUsed);
		Sponsor::set(None);
		assert_noop!(ask(dataset, RUN), Error::<Test>::SponsorUnknown);
	});
}

#[test]
fn run_is_asked_once_at_a_time_and_each_run_for_itself() {
	ExtBuilder.build_and_execute(|| {
		let dataset = withdrawn();
		UsedIn::mutate(|used| used.push((RUN + 1, dataset)));
		assert_ok!(ask(dataset, RUN));
		assert_noop!(ask(dataset, RUN), Error::<Test>::AlreadyAsked);
		assert_ok!(ask(dataset, RUN + 1));
	});
}

#[test]
fn request_needs_the_deposit() {
	ExtBuilder.build_and_execute(|| {
		let dataset = withdrawn();
		Balances::set_balance(&ALICE, 5);
		assert_noop!(ask(dataset, RUN), TokenError::FundsUnavailable);
	});
}

#[test]
fn owner_of_a_contested_dataset_asks_nobody() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(announce(BOB, &args("a record", 100)));
		pass_blocks(1);
		let dataset = withdrawn();
		assert_ok!(ask(dataset, RUN));
		assert_ok!(publish(BOB, args("a record", 100)));
		UsedIn::mutate(|used| used.push((RUN + 1, dataset)));
		assert_noop!(ask(dataset, RUN + 1), Error::<Test>::DatasetContested);
		// What was asked before stays asked.
		assert!(Catalog::unlearning_of(dataset, RUN).is_some());
	});
}

#[test]
fn request_outlives_the_dataset() {
	ExtBuilder.build_and_execute(|| {
		let dataset = withdrawn();
		assert_ok!(ask(dataset, RUN));
		assert_ok!(Catalog::retire(signed(ALICE), dataset));
		let answer = Answer::Model(sp_core::H256::repeat_byte(1));
		assert_ok!(Catalog::answer_unlearning(
			signed(CAROL),
			dataset,
			RUN,
			answer
		));
		assert_noop!(ask(dataset, RUN), Error::<Test>::NotFound);
	});
}
