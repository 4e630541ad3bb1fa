//! Working: tasks whose deadline passed, and the stages of a round.

use super::{add, less};
use crate::{pallet::*, types::*};
use frame_support::pallet_prelude::*;
use guerdon_receipt::{Role, RunId, Work};

impl<T: Config> Pallet<T> {
	/// Looks at up to `limit` tasks, then at whether the round's stage is over.
	pub(crate) fn work_on(
		id: RunId,
		run: &mut RunOf<T>,
		plan: &PlanOf<T>,
		limit: u32,
	) -> DispatchResult {
		if Self::now() > run.deadline {
			return Self::wind_up(id, run, plan);
		}
		let swept = Self::sweep(id, run, limit)?;
		let moved = Self::next_stage(id, run, plan)?;
		ensure!(swept || moved, Error::<T>::NothingDue);
		Ok(())
	}

	/// Passes over tasks that are closed and closes those whose deadline passed. Deadlines never
	/// fall from one task to the next, so the first one that is still running ends it.
	///
	/// `true` when a task was missed, or when it went on over as many as it may.
	fn sweep(id: RunId, run: &mut RunOf<T>, limit: u32) -> Result<bool, DispatchError> {
		let mut missed = false;
		for _ in 0..limit {
			let Some(mut task) = Tasks::<T>::get(id, run.sweep) else {
				return Ok(missed);
			};
			if task.state == TaskState::Open {
				if Self::now() <= task.deadline {
					return Ok(missed);
				}
				task.state = TaskState::Missed;
				Tasks::<T>::insert(id, run.sweep, &task);
				Self::miss(id, run, task)?;
				missed = true;
			}
			run.sweep = add(run.sweep, 1)?;
		}
		Ok(true)
	}

	/// A missed task counts against its contributor, and its work is dealt again unless it was
	/// tried often enough.
	fn miss(id: RunId, run: &mut RunOf<T>, task: TaskOf<T>) -> DispatchResult {
		let again = task.attempt < T::MaxAttempts::get();
		Self::deposit_event(Event::TaskMissed {
			run: id,
			task: run.sweep,
			contributor: task.contributor.clone(),
			again,
		});
		Self::strike(id, &task.contributor)?;
		if !again {
			return Self::give_up(run, &task.work);
		}
		let pending = Pending {
			work: task.work,
			round: task.round,
			units: task.units,
			missed: task.attempt,
			avoid: Some(task.contributor),
			epoch: Self::next_draw()?,
		};
		Self::enqueue(id, run, pending)
	}

	fn strike(id: RunId, who: &T::AccountId) -> DispatchResult {
		let Some(mut enrolment) = Enrolments::<T>::get(id, who) else {
			return Ok(());
		};
		enrolment.strikes = enrolment.strikes.saturating_add(1);
		if enrolment.strikes == T::MaxStrikes::get() {
			Self::strike_off(id, enrolment.role, who);
			Self::deposit_event(Event::StruckOff {
				run: id,
				who: who.clone(),
			});
		}
		Enrolments::<T>::insert(id, who, enrolment);
		Ok(())
	}

	/// Work that will not be done any more does not hold up what comes after it.
	pub(crate) fn give_up(run: &mut RunOf<T>, work: &Work) -> DispatchResult {
		match work {
			Work::Train { .. } => run.round_open = less(run.round_open, 1)?,
			Work::Feedback { .. } => run.feedback_open = less(run.feedback_open, 1)?,
			Work::Aggregate => run.stage = Stage::Failed,
		}
		Ok(())
	}

	/// Leaves a stage whose end needs no receipt and no deal.
	fn next_stage(id: RunId, run: &mut RunOf<T>, plan: &PlanOf<T>) -> Result<bool, DispatchError> {
		let over = match run.stage {
			Stage::Training if run.round_open == 0 && run.round_done > 0 => {
				let pending = Pending {
					work: Work::Aggregate,
					round: run.round,
					units: plan.aggregate_units.into(),
					missed: 0,
					avoid: None,
					epoch: run.next_draw_epoch,
				};
				Self::enqueue(id, run, pending)?;
				run.stage = Stage::Aggregating;
				return Ok(true);
			}
			Stage::Training if run.round_open == 0 => true,
			Stage::Dealing { .. } | Stage::Training | Stage::Aggregating => {
				Rosters::<T>::get(id, Role::Trainer).is_empty()
			}
			Stage::Failed => true,
			Stage::Finishing => Self::feedback_is_over(id, run, plan),
		};
		if over {
			Self::wind_up(id, run, plan)?;
		}
		Ok(over)
	}

	/// All planned feedback is in or given up, or nobody is left to give any.
	fn feedback_is_over(id: RunId, run: &RunOf<T>, plan: &PlanOf<T>) -> bool {
		let Some(feedback) = plan.feedback else {
			return true;
		};
		(run.feedback_posted == feedback.batches && run.feedback_open == 0)
			|| Rosters::<T>::get(id, Role::User).is_empty()
	}
}
