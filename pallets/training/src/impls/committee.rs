//! Another committee for a task whose own stays silent.

use super::{add, less, Fate};
use crate::{pallet::*, types::*};
use frame_support::{
	pallet_prelude::*,
	traits::{fungible::hold::Mutate as _, Get},
};
use guerdon_receipt::{RunId, TaskIndex};
use pallet_attestors::Draws;
use sp_runtime::traits::CheckedDiv;

impl<T: Config> Pallet<T> {
	/// Closes the task and queues its work anew. The task is not extended, because deadlines never fall
	/// from one task to the next, which the sweep relies on.
	pub(crate) fn do_request_committee(
		who: T::AccountId,
		id: RunId,
		index: TaskIndex,
	) -> DispatchResult {
		let (mut run, plan) = Self::run_and_plan(id)?;
		ensure!(run.state == State::Working, Error::<T>::WrongState);
		let mut task = Tasks::<T>::get(id, index).ok_or(Error::<T>::TaskNotFound)?;
		ensure!(task.contributor == who, Error::<T>::NotYourTask);
		ensure!(task.state == TaskState::Open, Error::<T>::TaskClosed);
		ensure!(task.replaces.is_none(), Error::<T>::AlreadyReplaced);
		ensure!(Self::now() <= task.deadline, Error::<T>::TooLate);
		// A task that the end of the work cut short has no time for another one: what passes here left its
		// whole window, so that its deadline says when it was dealt.
		let drawn = Self::within(T::Draws::wait().into())?;
		ensure!(
			add(drawn, plan.windows.task)? <= run.deadline,
			Error::<T>::TooLate
		);
		let half = plan
			.windows
			.task
			.checked_div(&2u32.into())
			.unwrap_or_default();
		let left = less(task.deadline, Self::now())?;
		ensure!(left <= half, Error::<T>::TooEarly);

		let deposit = T::CommitteeDeposit::get();
		T::Currency::hold(&HoldReason::Committee.into(), &who, deposit)?;
		CommitteeDeposits::<T>::insert(id, index, deposit);
		Enrolments::<T>::try_mutate(id, &who, |enrolment| {
			if let Some(enrolment) = enrolment {
				enrolment.dealt = less(enrolment.dealt, 1)?;
			}
			Ok::<_, DispatchError>(())
		})?;
		let pending = Pending {
			work: task.work,
			round: task.round,
			units: task.units,
			missed: less(task.attempt, 1)?,
			whom: Whom::Again(index),
			epoch: Self::next_draw()?,
		};
		Self::enqueue(id, &mut run, pending)?;
		task.state = TaskState::Replaced;
		Tasks::<T>::insert(id, index, task);
		Runs::<T>::insert(id, run);
		Self::deposit_event(Event::CommitteeRequested {
			run: id,
			task: index,
			contributor: who,
			deposit,
		});
		Ok(())
	}

	/// Ends the deposit for another committee that lies under a task, if there is one.
	pub(crate) fn end_committee_deposit(
		id: RunId,
		index: TaskIndex,
		contributor: &T::AccountId,
		fate: Fate,
	) -> DispatchResult {
		match CommitteeDeposits::<T>::take(id, index) {
			Some(amount) => Self::conclude_committee(id, index, contributor.clone(), amount, fate),
			None => Ok(()),
		}
	}

	/// The same for a deposit that was removed from storage already.
	pub(crate) fn conclude_committee(
		run: RunId,
		task: TaskIndex,
		contributor: T::AccountId,
		amount: Balance,
		fate: Fate,
	) -> DispatchResult {
		Self::end_deposit(HoldReason::Committee, &contributor, amount, fate)?;
		Self::deposit_event(match fate {
			Fate::Returned => Event::CommitteeDepositReleased {
				run,
				task,
				contributor,
				amount,
			},
			Fate::Lost => Event::CommitteeDepositForfeited {
				run,
				task,
				contributor,
				amount,
			},
		});
		Ok(())
	}

	/// What becomes of the deposit when the work that it was held for is dealt as another task: it goes
	/// on under that task, if that can be missed through its contributor's fault, and back if not.
	pub(crate) fn carry_committee_deposit(
		id: RunId,
		replaced: TaskIndex,
		asked: &T::AccountId,
		dealt: TaskIndex,
		at_stake: bool,
	) -> DispatchResult {
		if !at_stake {
			return Self::end_committee_deposit(id, replaced, asked, Fate::Returned);
		}
		if let Some(amount) = CommitteeDeposits::<T>::take(id, replaced) {
			CommitteeDeposits::<T>::insert(id, dealt, amount);
		}
		Ok(())
	}
}
