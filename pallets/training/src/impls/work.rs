//! Working: tasks whose deadline passed, and the stages of a round.

use super::{add, less, Fate};
use crate::{pallet::*, types::*};
use frame_support::pallet_prelude::*;
use guerdon_receipt::{Role, RunId, Work};

/// What was found among the tasks.
#[derive(Clone, Copy)]
enum Swept {
	/// The first one that is not closed is still running, or there is none.
	Nothing,
	/// As many as may be looked at, all of them closed.
	Passed,
	/// At least one that was missed.
	Missed,
}

/// What comes after a stage.
#[derive(Clone, Copy)]
enum Next {
	/// The round's results are averaged.
	Aggregate,
	/// The work ends.
	End,
}

impl<T: Config> Pallet<T> {
	/// Looks at up to `limit` tasks, then at whether the round's stage is over.
	///
	/// The tip is for a task that was missed or a stage that is over; passing over closed tasks earns
	/// none.
	pub(crate) fn work_on(
		id: RunId,
		run: &mut RunOf<T>,
		plan: &PlanOf<T>,
		who: &T::AccountId,
		limit: u32,
	) -> DispatchResult {
		if Self::now() > run.deadline {
			Self::tip(id, plan, who, limit)?;
			return Self::wind_up(id, run, plan);
		}
		let swept = Self::sweep(id, run, limit)?;
		let next = Self::after_stage(id, run, plan);
		match (swept, next) {
			(Swept::Nothing, None) => return Err(Error::<T>::NothingDue.into()),
			(Swept::Passed, None) => {}
			(Swept::Missed, _) | (_, Some(_)) => Self::tip(id, plan, who, limit)?,
		}
		match next {
			None => Ok(()),
			Some(Next::Aggregate) => Self::begin_aggregation(id, run, plan),
			Some(Next::End) => Self::wind_up(id, run, plan),
		}
	}

	/// Passes over tasks that are closed and closes those whose deadline passed. Deadlines never
	/// fall from one task to the next, so the first one that is still running ends it.
	fn sweep(id: RunId, run: &mut RunOf<T>, limit: u32) -> Result<Swept, DispatchError> {
		let mut swept = Swept::Nothing;
		for _ in 0..limit {
			let Some(mut task) = Tasks::<T>::get(id, run.sweep) else {
				return Ok(swept);
			};
			if task.state == TaskState::Open {
				if Self::now() <= task.deadline {
					return Ok(swept);
				}
				task.state = TaskState::Missed;
				Tasks::<T>::insert(id, run.sweep, &task);
				Self::miss(id, run, task)?;
				swept = Swept::Missed;
			}
			run.sweep = add(run.sweep, 1)?;
		}
		Ok(match swept {
			Swept::Missed => Swept::Missed,
			Swept::Nothing | Swept::Passed => Swept::Passed,
		})
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
		if task.replaces.is_some() {
			Self::end_committee_deposit(id, run.sweep, &task.contributor, Fate::Lost)?;
		}
		Self::strike(id, &task.contributor)?;
		if !again {
			return Self::give_up(run, &task.work);
		}
		let pending = Pending {
			work: task.work,
			round: task.round,
			units: task.units,
			missed: task.attempt,
			whom: Whom::NotBy(task.contributor),
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

	/// What comes after a stage whose end needs no receipt and no deal; `None` while it goes on.
	///
	/// Nothing ends before its time while somebody may still hand in a receipt in time.
	fn after_stage(id: RunId, run: &RunOf<T>, plan: &PlanOf<T>) -> Option<Next> {
		let no_trainers = || Rosters::<T>::get(id, Role::Trainer).is_empty();
		let no_users = || Rosters::<T>::get(id, Role::User).is_empty();
		let over = match run.stage {
			Stage::Training if run.round_open == 0 && run.round_done > 0 => {
				return Some(Next::Aggregate);
			}
			Stage::Training if run.round_open == 0 => true,
			Stage::Dealing { .. } | Stage::Training | Stage::Aggregating => no_trainers(),
			Stage::Failed => true,
			Stage::Finishing if Self::feedback_is_done(run, plan) => return Some(Next::End),
			Stage::Finishing => no_users(),
		};
		let none_runs = run.sweep == run.next_task;
		let none_waits = run.feedback_open == 0 || no_users();
		(over && none_runs && none_waits).then_some(Next::End)
	}

	/// The epoch was noted when the round was dealt, so that a round does not wait for its end.
	fn begin_aggregation(id: RunId, run: &mut RunOf<T>, plan: &PlanOf<T>) -> DispatchResult {
		let pending = Pending {
			work: Work::Aggregate,
			round: run.round,
			units: plan.aggregate_units.into(),
			missed: 0,
			whom: Whom::Anyone,
			epoch: run.next_draw_epoch,
		};
		Self::enqueue(id, run, pending)?;
		run.stage = Stage::Aggregating;
		Ok(())
	}

	/// All planned feedback is in or given up.
	fn feedback_is_done(run: &RunOf<T>, plan: &PlanOf<T>) -> bool {
		plan.feedback.is_none_or(|feedback| {
			run.feedback_posted == feedback.batches && run.feedback_open == 0
		})
	}
}
