use super::answer_unlearning::{answer, asked};
use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok, traits::fungible::hold::Inspect as _};
use sp_runtime::{traits::BadOrigin, DispatchResult};

fn close(dataset: DatasetId) -> DispatchResult {
	Catalog::close_unlearning(signed(BOB), dataset, RUN)
}

fn held() -> u128 {
	Balances::balance_on_hold(&HoldReason::Unlearning.into(), &ALICE)
}

#[test]
fn anyone_closes_an_answered_request_after_its_time_and_the_owner_gets_back_what_was_held() {
	ExtBuilder.build_and_execute(|| {
		let (dataset, _) = asked();
		pass_blocks(7);
		assert_ok!(answer(dataset));
		UnlearningDeposit::set(99);
		pass_blocks(299);
		assert_noop!(close(dataset), Error::<Test>::NotClosable);
		pass_blocks(1);
		assert_ok!(close(dataset));

		assert_eq!(held(), 0);
		assert_eq!(Catalog::unlearning_of(dataset, RUN), None);
		System::assert_last_event(
			Event::UnlearningClosed {
				dataset,
				run: RUN,
				owner: ALICE,
				answered: true,
				deposit: 20,
			}
			.into(),
		);
		assert_noop!(close(dataset), Error::<Test>::NotAsked);
	});
}

#[test]
fn request_without_an_answer_is_seen_for_as_long_after_its_deadline() {
	ExtBuilder.build_and_execute(|| {
		let (dataset, deadline) = asked();
		System::set_block_number(deadline + 299);
		assert_noop!(close(dataset), Error::<Test>::NotClosable);
		System::set_block_number(deadline + 300);
		assert_ok!(close(dataset));
		System::assert_last_event(
			Event::UnlearningClosed {
				dataset,
				run: RUN,
				owner: ALICE,
				answered: false,
				deposit: 20,
			}
			.into(),
		);
	});
}

#[test]
fn late_answer_is_seen_as_long_as_one_in_time() {
	ExtBuilder.build_and_execute(|| {
		let (dataset, deadline) = asked();
		System::set_block_number(deadline + 300);
		assert_ok!(answer(dataset));
		assert_noop!(close(dataset), Error::<Test>::NotClosable);
		pass_blocks(300);
		assert_ok!(close(dataset));
	});
}

#[test]
fn owner_who_was_not_answered_may_ask_again() {
	ExtBuilder.build_and_execute(|| {
		let (dataset, deadline) = asked();
		System::set_block_number(deadline + 300);
		assert_noop!(
			Catalog::close_unlearning(RuntimeOrigin::root(), dataset, RUN),
			BadOrigin
		);
		assert_ok!(close(dataset));
		assert_ok!(Catalog::request_unlearning(signed(ALICE), dataset, RUN));
		assert_eq!(held(), 20);
	});
}
