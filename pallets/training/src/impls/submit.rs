//! Receipts: each is accepted or refused by itself.

use super::{add, enrol::verify, less, Fate};
use crate::{pallet::*, types::*};
use alloc::vec::Vec;
use frame_support::{pallet_prelude::*, storage::with_storage_layer};
use guerdon_receipt::{Digest, Role, RunId, Work, RECEIPT_VERSION};
use pallet_attestors::{Draws, Kind};
use pallet_contributions::{Ledger, Subject};

/// Anything that goes wrong after a receipt passed its checks comes from booking it.
impl From<DispatchError> for Refusal {
	fn from(_: DispatchError) -> Self {
		Refusal::LedgerRefused
	}
}

/// Why one receipt of a batch was not booked.
enum Stop {
	/// It is refused, and the others go on.
	Refused(Refusal),
	/// The call is nested too deep to try any: that says nothing about the receipt.
	Nested(DispatchError),
}

impl From<DispatchError> for Stop {
	fn from(error: DispatchError) -> Self {
		match error {
			DispatchError::Transactional(_) => Stop::Nested(error),
			_ => Stop::Refused(error.into()),
		}
	}
}

/// A receipt that passed every check.
struct Checked<T: Config> {
	task: TaskOf<T>,
	enrolment: EnrolmentOf<T>,
	/// Members of the committee that signed, with their positions in it.
	signers: Vec<(usize, T::AccountId)>,
}

impl<T: Config> Pallet<T> {
	pub(crate) fn do_submit(id: RunId, items: Submissions) -> DispatchResult {
		ensure!(!items.is_empty(), Error::<T>::EmptyBatch);
		let (mut run, plan) = Self::run_and_plan(id)?;
		for item in items {
			let receipt = item.receipt.id();
			let mut next = run.clone();
			let accepted = with_storage_layer(|| {
				Self::check_receipt(id, &run, &plan, &item, receipt)
					.and_then(|checked| Self::accept(id, &mut next, &plan, &item, receipt, checked))
					.map_err(Stop::Refused)
			});
			match accepted {
				Ok(()) => run = next,
				Err(Stop::Nested(error)) => return Err(error),
				Err(Stop::Refused(reason)) => Self::deposit_event(Event::ReceiptRefused {
					run: id,
					task: item.receipt.task,
					receipt,
					reason,
				}),
			}
		}
		Runs::<T>::insert(id, run);
		Ok(())
	}

	/// What the receipt says against what the chain knows; signatures last, as the dearest.
	fn check_receipt(
		id: RunId,
		run: &RunOf<T>,
		plan: &PlanOf<T>,
		item: &Submission,
		receipt_id: Digest,
	) -> Result<Checked<T>, Refusal> {
		let receipt = &item.receipt;
		let require = |holds: bool, refusal: Refusal| if holds { Ok(()) } else { Err(refusal) };

		require(receipt.genesis == Self::genesis(), Refusal::WrongGenesis)?;
		require(receipt.version == RECEIPT_VERSION, Refusal::UnknownVersion)?;
		require(receipt.run == id, Refusal::WrongRun)?;
		require(run.state == State::Working, Refusal::RunNotWorking)?;
		let task = Tasks::<T>::get(id, receipt.task).ok_or(Refusal::TaskNotFound)?;
		require(
			!matches!(task.state, TaskState::Done { .. }),
			Refusal::TaskDone,
		)?;
		require(task.state != TaskState::Replaced, Refusal::TaskReplaced)?;
		let contributor = T::AccountId::from(receipt.contributor);
		require(task.contributor == contributor, Refusal::NotYourTask)?;
		require(
			task.state == TaskState::Open && Self::now() <= task.deadline,
			Refusal::DeadlinePassed,
		)?;
		require(Self::now() <= receipt.valid_until.into(), Refusal::Expired)?;
		require(
			receipt.base_model == task.base_model,
			Refusal::WrongBaseModel,
		)?;
		require(receipt.steps > 0, Refusal::NoSteps)?;
		require(
			receipt.metric_before <= MILLION && receipt.metric_after <= MILLION,
			Refusal::MetricOutOfRange,
		)?;
		let enrolment = Enrolments::<T>::get(id, &contributor).ok_or(Refusal::NotYourTask)?;
		require(
			verify(&item.signature, &receipt.pae(), &enrolment.key),
			Refusal::BadSignature,
		)?;
		let signers = Self::signers(&task, item, receipt_id);
		require(
			signers.len() >= usize::from(plan.quorum),
			Refusal::QuorumNotReached,
		)?;
		Ok(Checked {
			task,
			enrolment,
			signers,
		})
	}

	/// Members of the committee that vouch for the receipt, each once. Whatever else is attached
	/// does not count, and does no harm.
	fn signers(task: &TaskOf<T>, item: &Submission, receipt: Digest) -> Vec<(usize, T::AccountId)> {
		let mut signers: Vec<(usize, T::AccountId)> = Vec::new();
		for attested in &item.attestations {
			let attestor = T::AccountId::from(attested.attestor);
			let Some(position) = task.committee.iter().position(|member| *member == attestor)
			else {
				continue;
			};
			if signers.iter().any(|(known, _)| *known == position)
				|| !T::Draws::is_active(Kind::Attestor, &attestor)
			{
				continue;
			}
			let holds = T::Draws::key(Kind::Attestor, &attestor).is_some_and(|key| {
				verify(
					&attested.signature,
					&attested.attestation(receipt).pae(),
					&key,
				)
			});
			if holds {
				signers.push((position, attestor));
			}
		}
		signers
	}

	/// Closes the task, books what it counts, and moves the round on.
	fn accept(
		id: RunId,
		run: &mut RunOf<T>,
		plan: &PlanOf<T>,
		item: &Submission,
		receipt_id: Digest,
		checked: Checked<T>,
	) -> Result<(), Refusal> {
		let Checked {
			mut task,
			mut enrolment,
			signers,
		} = checked;
		let receipt = &item.receipt;
		let contributor = task.contributor.clone();
		let units = task.units;

		let subject = Subject::Account(contributor.clone());
		T::Ledger::record(id, enrolment.role, subject, &enrolment.payout, units)?;
		let mut bitmap = 0u16;
		for (position, attestor) in &signers {
			let position = u32::try_from(*position).map_err(|_| Refusal::LedgerRefused)?;
			bitmap |= 1u16.checked_shl(position).ok_or(Refusal::LedgerRefused)?;
			let payee =
				T::Draws::payout(Kind::Attestor, attestor).unwrap_or_else(|| attestor.clone());
			let subject = Subject::Account(attestor.clone());
			T::Ledger::record(id, Role::Attestor, subject, &payee, units)?;
		}
		if let Work::Train {
			dataset,
			first,
			count,
			..
		} = task.work
		{
			Self::use_records(id, plan, dataset, first, count)?;
		}

		task.state = TaskState::Done {
			receipt: receipt_id,
		};
		enrolment.accepted = add(enrolment.accepted, 1)?;
		enrolment.strikes = 0;
		run.accepted = add(run.accepted, 1)?;
		Self::count_done(id, run, plan, &task.work, receipt.result)?;
		if task.replaces.is_some() {
			Self::end_committee_deposit(id, receipt.task, &contributor, Fate::Returned)?;
		}

		Tasks::<T>::insert(id, receipt.task, task);
		Enrolments::<T>::insert(id, &contributor, enrolment);
		Receipts::<T>::insert(
			id,
			receipt_id,
			AcceptedReceipt {
				task: receipt.task,
				result: receipt.result,
				height: Self::now(),
				signers: bitmap,
				metric: (receipt.metric_before, receipt.metric_after),
			},
		);
		ReceiptTasks::<T>::insert(receipt_id, (id, receipt.task));
		Self::deposit_event(Event::ReceiptAccepted {
			run: id,
			task: receipt.task,
			receipt: receipt_id,
			contributor,
			units,
			signers: bitmap,
		});
		Ok(())
	}

	/// What an accepted task means for its round. An aggregate ends it.
	fn count_done(
		id: RunId,
		run: &mut RunOf<T>,
		plan: &PlanOf<T>,
		work: &Work,
		result: Digest,
	) -> DispatchResult {
		match work {
			Work::Train { .. } => {
				run.round_open = less(run.round_open, 1)?;
				run.round_done = add(run.round_done, 1)?;
			}
			Work::Feedback { .. } => run.feedback_open = less(run.feedback_open, 1)?,
			Work::Aggregate => {
				let round = run.round;
				Self::deposit_event(Event::RoundFinished {
					run: id,
					round,
					model: result,
				});
				run.model = result;
				run.round = add(round, 1)?;
				run.round_done = 0;
				run.draw_epoch = run.next_draw_epoch;
				run.stage = if run.round < plan.rounds {
					Stage::Dealing {
						dataset: 0,
						chunk: 0,
					}
				} else {
					Stage::Finishing
				};
			}
		}
		Ok(())
	}
}
