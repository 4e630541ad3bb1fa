//! Dealing: a pure function of a seed, the seats of its epoch, and what was queued before the seed
//! was known.

use super::{add, Fate};
use crate::{
	pallet::*,
	types::{Task, *},
};
use alloc::{collections::BTreeSet, vec::Vec};
use frame_support::{pallet_prelude::*, storage::with_storage_layer};
use guerdon_receipt::{committee, Digest, Epoch, Role, RunId, TaskIndex, Work};
use pallet_attestors::{Draws, Kind};
use pallet_datasets::Catalogue;

/// One attempt at dealing the next thing.
enum Step {
	/// Something was dealt or dropped.
	Moved,
	/// A draw was put off: its seed is gone. Nobody is paid for what came of waiting.
	PutOff,
	/// Nothing can be dealt now, and why.
	Stuck(DispatchError),
}

/// Whether an epoch's draw can be made.
enum Draw {
	Early,
	/// Nobody made it while its seed was kept.
	Gone,
	Ready(Digest),
}

/// A run that is being dealt, with what every one of its draws needs.
struct Dealer<'a, T: Config> {
	id: RunId,
	run: RunOf<T>,
	plan: &'a PlanOf<T>,
	parties: BTreeSet<T::AccountId>,
	/// Seats that can be drawn in an epoch: those of nobody who has a part in the run.
	seats: Option<(Epoch, Vec<T::AccountId>)>,
	/// Why the head of the queue waits; nothing within a call changes that.
	waits: Option<DispatchError>,
	/// Trainers, and which of them gets which training task of the round.
	round: Option<(Roster<T::AccountId>, Vec<usize>)>,
}

impl<T: Config> Pallet<T> {
	pub(crate) fn do_deal(who: T::AccountId, id: RunId, limit: u32) -> DispatchResult {
		ensure!(limit > 0, Error::<T>::ZeroLimit);
		let (run, plan) = Self::run_and_plan(id)?;
		ensure!(run.state == State::Working, Error::<T>::WrongState);
		ensure!(Self::now() <= run.deadline, Error::<T>::TooLate);
		with_storage_layer(|| {
			let mut moved = false;
			let parties = Self::parties(id, &run);
			let mut dealer = Dealer::<T> {
				id,
				run,
				plan: &plan,
				parties,
				seats: None,
				waits: None,
				round: None,
			};
			for dealt in 0..limit {
				match dealer.step()? {
					Step::Moved => moved = true,
					Step::PutOff => {}
					Step::Stuck(why) if dealt == 0 => return Err(why),
					Step::Stuck(_) => break,
				}
			}
			Runs::<T>::insert(id, dealer.run);
			if moved {
				Self::tip(id, &plan, &who, limit)?;
			}
			Ok(())
		})
	}
}

impl<T: Config> Dealer<'_, T> {
	/// The queue goes first; when its head must wait, so must not the round.
	fn step(&mut self) -> Result<Step, DispatchError> {
		let queued = match self.waits {
			Some(why) => Step::Stuck(why),
			None => match Queue::<T>::get(self.id, self.run.queue_head) {
				Some(pending) => self.deal_queued(pending)?,
				None => Step::Stuck(Error::<T>::NothingDue.into()),
			},
		};
		if let Step::Stuck(why) = queued {
			self.waits = Some(why);
		}
		match (queued, self.run.stage) {
			(Step::Stuck(why), Stage::Dealing { dataset, chunk }) => {
				Ok(match self.deal_chunk(dataset, chunk)? {
					Step::Stuck(also) if why == Error::<T>::NothingDue.into() => Step::Stuck(also),
					Step::Stuck(_) => Step::Stuck(why),
					moved => moved,
				})
			}
			(queued, _) => Ok(queued),
		}
	}

	fn draw(&self, epoch: Epoch) -> Draw {
		if T::Draws::epoch() < epoch {
			return Draw::Early;
		}
		T::Draws::seed(epoch).map_or(Draw::Gone, |seed| Draw::Ready(seed.0))
	}

	fn deal_queued(&mut self, mut pending: PendingOf<T>) -> Result<Step, DispatchError> {
		let number = self.run.queue_head;
		let seed = match self.draw(pending.epoch) {
			Draw::Early => return Ok(Step::Stuck(Error::<T>::SeedPending.into())),
			// To the end, so that what is behind it does not wait two epochs more for each before it.
			Draw::Gone => {
				pending.epoch = self.put_off()?;
				Pallet::<T>::enqueue(self.id, &mut self.run, pending)?;
				self.drop_head(number)?;
				return Ok(Step::PutOff);
			}
			Draw::Ready(seed) => seed,
		};
		let role = match pending.work {
			Work::Feedback { .. } => Role::User,
			Work::Train { .. } | Work::Aggregate => Role::Trainer,
		};
		let allowed = match pending.work {
			Work::Train { dataset, .. } => T::Catalogue::may_deal(dataset, self.id).is_ok(),
			Work::Feedback { .. } | Work::Aggregate => true,
		};
		let roster = Rosters::<T>::get(self.id, role);
		let replaced = match pending.whom {
			Whom::Again(index) => {
				let task = Tasks::<T>::get(self.id, index).ok_or(Error::<T>::TaskNotFound)?;
				Some((index, task))
			}
			Whom::Anyone | Whom::NotBy(_) => None,
		};
		let (context, committee_context) = self.contexts_of(&pending, number);
		let asked = replaced
			.as_ref()
			.map(|(_, task)| &task.contributor)
			.filter(|who| roster.contains(who));
		let chosen = match asked {
			Some(asked) => Some(asked.clone()),
			None => Self::choose(&roster, &pending.whom, &seed, &context),
		};
		match chosen.filter(|_| allowed) {
			Some(contributor) => {
				let dealt = self.deal(
					&pending,
					contributor,
					&seed,
					committee_context,
					replaced.as_ref(),
				)?;
				if let Step::Stuck(_) = dealt {
					return Ok(dealt);
				}
			}
			None => {
				Pallet::<T>::give_up(&mut self.run, &pending.work)?;
				if let Some((index, task)) = replaced {
					let fate = Fate::Returned;
					Pallet::<T>::end_committee_deposit(self.id, index, &task.contributor, fate)?;
				}
				Pallet::<T>::deposit_event(Event::WorkDropped {
					run: self.id,
					queued: number,
				});
			}
		}
		self.drop_head(number)?;
		Ok(Step::Moved)
	}

	/// Somebody of the roster, drawn; not who missed the work, if there is anybody else.
	fn choose(
		roster: &Roster<T::AccountId>,
		whom: &Whom<T::AccountId>,
		seed: &Digest,
		context: &DrawContext,
	) -> Option<T::AccountId> {
		let others: Vec<_> = roster
			.iter()
			.filter(|who| !matches!(whom, Whom::NotBy(avoided) if avoided == *who))
			.collect();
		let candidates = if others.is_empty() {
			roster.iter().collect()
		} else {
			others
		};
		let drawn = committee::draw(seed, &context.encode(), candidates.len(), 1);
		let chosen = drawn.first().and_then(|index| candidates.get(*index));
		chosen.map(|who| (*who).clone())
	}

	fn drop_head(&mut self, number: u32) -> DispatchResult {
		Queue::<T>::remove(self.id, number);
		self.run.queue_head = add(number, 1)?;
		Ok(())
	}

	/// The epoch that deals what should have been dealt with a seed that is gone.
	fn put_off(&self) -> Result<Epoch, DispatchError> {
		let epoch = Pallet::<T>::next_draw()?;
		Pallet::<T>::deposit_event(Event::DrawPutOff {
			run: self.id,
			epoch,
		});
		Ok(epoch)
	}

	/// What the draws of contributor and committee are kept apart by.
	fn contexts_of(&self, pending: &PendingOf<T>, number: u32) -> (DrawContext, DrawContext) {
		let (run, round) = (self.id, pending.round);
		if pending.work == Work::Aggregate && pending.whom == Whom::Anyone {
			return (
				DrawContext::Aggregate { run, round },
				DrawContext::AggregateCommittee { run, round },
			);
		}
		(
			DrawContext::Queued { run, number },
			DrawContext::QueuedCommittee { run, number },
		)
	}

	fn deal_chunk(&mut self, dataset: u32, chunk: u32) -> Result<Step, DispatchError> {
		let seed = match self.draw(self.run.draw_epoch) {
			Draw::Early => return Ok(Step::Stuck(Error::<T>::SeedPending.into())),
			Draw::Gone => {
				self.run.draw_epoch = self.put_off()?;
				return Ok(Step::PutOff);
			}
			Draw::Ready(seed) => seed,
		};
		let position = usize::try_from(dataset).unwrap_or(usize::MAX);
		let Some(number) = self.plan.datasets.get(position).copied() else {
			self.run.stage = Stage::Training;
			return Ok(Step::Moved);
		};
		if dataset == 0 && chunk == 0 {
			self.run.next_draw_epoch = Pallet::<T>::next_draw()?;
		}
		let next_dataset = Stage::Dealing {
			dataset: add(dataset, 1)?,
			chunk: 0,
		};
		let kept = RunDatasets::<T>::get(self.id, number)
			.filter(|kept| kept.standing == Standing::Admitted)
			.filter(|_| T::Catalogue::may_deal(number, self.id).is_ok());
		let Some(kept) = kept else {
			self.run.stage = next_dataset;
			return Ok(Step::Moved);
		};

		let size = self.plan.records_per_task;
		let first = u64::from(chunk)
			.checked_mul(size.into())
			.ok_or(sp_runtime::ArithmeticError::Overflow)?;
		let left = kept.records.checked_sub(first).filter(|left| *left > 0);
		let Some(left) = left else {
			self.run.stage = next_dataset;
			return Ok(Step::Moved);
		};
		let count = u32::try_from(left).map_or(size, |left| left.min(size));
		let passes = self.plan.passes;
		let units = u64::from(count)
			.checked_mul(passes.into())
			.ok_or(sp_runtime::ArithmeticError::Overflow)?;
		let pending = Pending {
			work: Work::Train {
				dataset: number,
				first,
				count,
				passes,
			},
			round: self.run.round,
			units,
			missed: 0,
			whom: Whom::Anyone,
			epoch: self.run.draw_epoch,
		};
		let position = add(kept.offset, chunk)?;
		let Some(contributor) = self.trainer_of(position, &seed) else {
			return Ok(Step::Stuck(Error::<T>::NobodyEnrolled.into()));
		};
		let context = DrawContext::Chunk {
			run: self.id,
			round: self.run.round,
			position,
		};
		let dealt = self.deal(&pending, contributor, &seed, context, None)?;
		if let Step::Moved = dealt {
			self.run.round_open = add(self.run.round_open, 1)?;
			self.run.stage = if left > u64::from(count) {
				Stage::Dealing {
					dataset,
					chunk: add(chunk, 1)?,
				}
			} else {
				next_dataset
			};
			if let Stage::Dealing { dataset, .. } = self.run.stage {
				let next = usize::try_from(dataset).unwrap_or(usize::MAX);
				if next >= self.plan.datasets.len() {
					self.run.stage = Stage::Training;
				}
			}
		}
		Ok(dealt)
	}

	/// Who gets the training task at this position of the round.
	fn trainer_of(&mut self, position: u32, seed: &Digest) -> Option<T::AccountId> {
		let (roster, dealt) = match self.round.take() {
			Some(round) => round,
			None => {
				let roster = Rosters::<T>::get(self.id, Role::Trainer);
				let context = DrawContext::Round {
					run: self.id,
					round: self.run.round,
				}
				.encode();
				let tasks = usize::try_from(self.run.planned.tasks_per_round).ok()?;
				let dealt = committee::deal(seed, &context, tasks, roster.len());
				(roster, dealt)
			}
		};
		let index = dealt.get(usize::try_from(position).ok()?).copied();
		let trainer = index.and_then(|index| roster.get(index)).cloned();
		self.round = Some((roster, dealt));
		trainer
	}

	/// Draws the committee and stores the task.
	fn deal(
		&mut self,
		pending: &PendingOf<T>,
		contributor: T::AccountId,
		seed: &Digest,
		context: DrawContext,
		replaced: Option<&(TaskIndex, TaskOf<T>)>,
	) -> Result<Step, DispatchError> {
		let size = usize::from(self.plan.committee);
		let seats = self.seats(pending.epoch);
		let mut eligible: Vec<_> = seats.iter().filter(|seat| **seat != contributor).collect();
		if let Some((_, silent)) = replaced {
			let others: Vec<_> = eligible
				.iter()
				.filter(|seat| !silent.committee.contains(seat))
				.copied()
				.collect();
			if others.len() >= size {
				eligible = others;
			}
		}
		if eligible.len() < size {
			return Ok(Step::Stuck(Error::<T>::NotEnoughAttestors.into()));
		}
		let drawn = committee::draw(seed, &context.encode(), eligible.len(), size);
		let members: Vec<T::AccountId> = drawn
			.iter()
			.filter_map(|index| eligible.get(*index).map(|seat| (*seat).clone()))
			.collect();
		for member in &members {
			if !Locks::<T>::contains_key(self.id, member)
				&& T::Draws::lock(Kind::Attestor, member).is_ok()
			{
				Locks::<T>::insert(self.id, member, ());
			}
		}

		let run = &mut self.run;
		let index = run.next_task;
		let end = Pallet::<T>::within(self.plan.windows.task)?;
		let deadline = end.min(run.deadline);
		// What the end of the work cuts short is no reason to lose a deposit.
		let whole = deadline == end;
		if whole {
			Enrolments::<T>::try_mutate(self.id, &contributor, |enrolment| {
				if let Some(enrolment) = enrolment {
					enrolment.dealt = add(enrolment.dealt, 1)?;
				}
				Ok::<_, DispatchError>(())
			})?;
		}
		let task = Task {
			work: pending.work,
			round: pending.round,
			units: pending.units,
			contributor: contributor.clone(),
			committee: BoundedVec::truncate_from(members),
			epoch: pending.epoch,
			base_model: run.model,
			deadline,
			attempt: add(pending.missed, 1)?,
			replaces: replaced.map(|(index, _)| *index),
			state: TaskState::Open,
		};
		Tasks::<T>::insert(self.id, index, task);
		run.next_task = add(index, 1)?;
		if let Some((replaced, silent)) = replaced {
			let asked = &silent.contributor;
			let at_stake = whole && contributor == *asked;
			Pallet::<T>::carry_committee_deposit(self.id, *replaced, asked, index, at_stake)?;
		}
		Pallet::<T>::deposit_event(Event::TaskDealt {
			run: self.id,
			task: index,
			contributor,
			deadline,
		});
		Ok(Step::Moved)
	}

	/// The seats that may be drawn with an epoch's seed: as they stood one epoch before it.
	fn seats(&mut self, epoch: Epoch) -> &[T::AccountId] {
		if self.seats.as_ref().is_none_or(|(of, _)| *of != epoch) {
			let as_of = epoch.checked_sub(1).unwrap_or(epoch);
			let mut seats = T::Draws::seats(Kind::Attestor, as_of);
			seats.retain(|seat| !self.parties.contains(seat));
			self.seats = Some((epoch, seats));
		}
		self.seats.as_ref().map_or(&[], |(_, seats)| seats)
	}
}
