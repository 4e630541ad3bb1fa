//! What must hold between any two blocks.
//!
//! 1. Every run has a plan, every plan a run, and every id is one that was handed out.
//! 2. Tasks are `0..next_task`; those before `sweep` are closed; open ones have a committee.
//! 3. A round's and the feedback's open work is what is open or queued, neither more nor less.
//! 4. Receipts, their tasks and the index of them name each other, one to one; each was signed by
//!    a quorum of its committee.
//! 5. Rosters hold enrolled accounts of their role, each once; `enrolled` counts the deposits, each of
//!    an enrolment.
//! 6. What vested is the price of what was used, and within the ceiling.
//! 7. The queue holds exactly `queue_head..queue_tail`.
//! 8. Held deposits are what runs, enrolments, invitations and requests for committees say.
//! 9. The purses hold what the plan says until the money is divided, and what is owed in kill
//!    fees when there is nothing to divide.
//! 10. Nothing belongs to a run that does not exist.
//! 11. A replaced task has one successor at most, in the queue or dealt, which is the same work in the
//!     same attempt; a deposit for another committee lies under a replaced task whose work waits, or
//!     under an open one that replaces another, and no work waits without.
//! 12. The open invitations are counted by role.

#[cfg(any(feature = "std", feature = "try-runtime"))]
use crate::{pallet::*, types::*};
#[cfg(any(feature = "std", feature = "try-runtime"))]
use {
	alloc::{
		collections::{BTreeMap, BTreeSet},
		vec::Vec,
	},
	frame_support::{ensure, traits::fungible::hold::Inspect as _},
	guerdon_receipt::{Role, Round, RunId, TaskIndex, Work},
	pallet_settlement::{Purse, Treasurer},
	sp_runtime::TryRuntimeError,
};

#[cfg(any(feature = "std", feature = "try-runtime"))]
impl<T: Config> Pallet<T> {
	/// Checks every invariant; what the `try_state` hook runs, for native callers.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		for (id, run) in Runs::<T>::iter() {
			let plan = Plans::<T>::get(id).ok_or("1: a run has no plan")?;
			ensure!(
				id < NextRunId::<T>::get(),
				"1: a run has an id of the future"
			);
			Self::check_rosters(id, &run)?;
			Self::check_invited(id, &run)?;
			Self::check_vested(id, &run, &plan)?;
			Self::check_escrow(id, &run, &plan)?;
			if !matches!(run.state, State::Settled | State::Cancelled) {
				Self::check_tasks(id, &run)?;
				Self::check_open_work(id, &run)?;
				Self::check_queue(id, &run)?;
				Self::check_replaced(id)?;
				ensure!(
					Receipts::<T>::iter_key_prefix(id).count()
						== usize::try_from(run.accepted).unwrap_or(usize::MAX),
					"4: a receipt was counted and is not kept, or the other way round"
				);
			}
		}
		for id in Plans::<T>::iter_keys() {
			ensure!(Runs::<T>::contains_key(id), "1: a plan has no run");
		}
		Self::check_receipts()?;
		Self::check_deposits()?;
		Self::check_orphans()
	}

	fn check_tasks(id: RunId, run: &RunOf<T>) -> Result<(), TryRuntimeError> {
		for (index, task) in Tasks::<T>::iter_prefix(id) {
			ensure!(
				index < run.next_task,
				"2: a task has an index of the future"
			);
			let open = task.state == TaskState::Open;
			ensure!(
				!open || index >= run.sweep,
				"2: an open task was passed over"
			);
			ensure!(!task.committee.is_empty(), "2: a task has no committee");
		}
		let tasks = Tasks::<T>::iter_key_prefix(id).count();
		ensure!(
			u32::try_from(tasks) == Ok(run.next_task),
			"2: a task is missing"
		);
		Ok(())
	}

	fn check_open_work(id: RunId, run: &RunOf<T>) -> Result<(), TryRuntimeError> {
		if run.state != State::Working {
			return Ok(());
		}
		let open = Tasks::<T>::iter_prefix_values(id)
			.filter(|task| task.state == TaskState::Open)
			.map(|task| task.work);
		let waiting = Queue::<T>::iter_prefix_values(id).map(|pending| pending.work);
		let (mut train, mut feedback, mut aggregate) = (0u32, 0u32, 0u32);
		for work in open.chain(waiting) {
			let counter = match work {
				Work::Train { .. } => &mut train,
				Work::Feedback { .. } => &mut feedback,
				Work::Aggregate => &mut aggregate,
			};
			*counter = counter
				.checked_add(1)
				.ok_or("3: too much open work to count")?;
		}
		ensure!(
			train == run.round_open,
			"3: the round's open work is miscounted"
		);
		ensure!(
			feedback == run.feedback_open,
			"3: the open feedback is miscounted"
		);
		let expected = u32::from(run.stage == Stage::Aggregating);
		ensure!(
			aggregate == expected,
			"3: aggregation does not fit the stage"
		);
		Ok(())
	}

	fn check_receipts() -> Result<(), TryRuntimeError> {
		let mut kept = 0usize;
		for (id, digest, receipt) in Receipts::<T>::iter() {
			kept = kept.checked_add(1).ok_or("4: too many receipts to count")?;
			let task = Tasks::<T>::get(id, receipt.task).ok_or("4: a receipt has no task")?;
			ensure!(
				task.state == TaskState::Done { receipt: digest },
				"4: a task does not name its receipt"
			);
			ensure!(
				ReceiptTasks::<T>::get(digest) == Some((id, receipt.task)),
				"4: a receipt is not in the index"
			);
			let plan = Plans::<T>::get(id).ok_or("1: a run has no plan")?;
			let members = u32::try_from(task.committee.len()).unwrap_or(u32::MAX);
			ensure!(
				receipt.signers.count_ones() >= u32::from(plan.quorum)
					&& receipt.signers.checked_shr(members).unwrap_or(0) == 0,
				"4: a receipt lacks its quorum"
			);
		}
		ensure!(
			ReceiptTasks::<T>::iter().count() == kept,
			"4: the index names a lost receipt"
		);
		Ok(())
	}

	fn check_rosters(id: RunId, run: &RunOf<T>) -> Result<(), TryRuntimeError> {
		let over = matches!(run.state, State::Settled | State::Cancelled);
		for (role, roster) in Rosters::<T>::iter_prefix(id) {
			let distinct: BTreeSet<_> = roster.iter().collect();
			ensure!(
				distinct.len() == roster.len(),
				"5: a roster names somebody twice"
			);
			ensure!(
				over || roster
					.iter()
					.all(|who| Enrolments::<T>::get(id, who).is_some_and(|e| e.role == role)),
				"5: a roster names somebody who is not enrolled"
			);
		}
		let deposits: Vec<_> = EnrolmentDeposits::<T>::iter_key_prefix(id).collect();
		ensure!(
			u32::try_from(deposits.len()) == Ok(run.enrolled),
			"5: the enrolled are miscounted"
		);
		ensure!(
			deposits
				.iter()
				.all(|who| Enrolments::<T>::contains_key(id, who)),
			"5: a deposit is held from somebody who is not enrolled"
		);
		Ok(())
	}

	fn check_vested(id: RunId, run: &RunOf<T>, plan: &PlanOf<T>) -> Result<(), TryRuntimeError> {
		let mut vested: Balance = 0;
		let mut used = 0u64;
		for dataset in RunDatasets::<T>::iter_prefix_values(id) {
			let flat = if dataset.used > 0 {
				dataset.flat_fee
			} else {
				0
			};
			let price = dataset
				.price_per_record
				.checked_mul(dataset.used.into())
				.and_then(|price| price.checked_add(flat));
			ensure!(
				price == Some(dataset.vested),
				"6: vested is not the price of what was used"
			);
			ensure!(
				dataset.used <= dataset.records,
				"6: more records used than there are"
			);
			vested = vested
				.checked_add(dataset.vested)
				.ok_or("6: vested overflows")?;
			used = used.checked_add(dataset.used).ok_or("6: used overflows")?;
		}
		ensure!(
			vested <= plan.max_licence,
			"6: more vested than the ceiling"
		);
		ensure!(
			used == 0 || run.accepted > 0,
			"6: records used without a receipt"
		);
		Ok(())
	}

	fn check_queue(id: RunId, run: &RunOf<T>) -> Result<(), TryRuntimeError> {
		let numbers: BTreeSet<_> = Queue::<T>::iter_key_prefix(id).collect();
		ensure!(
			numbers.into_iter().eq(run.queue_head..run.queue_tail),
			"7: the queue has a gap or a stray entry"
		);
		Ok(())
	}

	fn check_deposits() -> Result<(), TryRuntimeError> {
		let runs = Runs::<T>::iter_values().map(|run| (run.sponsor, run.deposit));
		Self::check_held(HoldReason::Run, runs)?;

		let (own, invited): (Vec<_>, Vec<_>) = EnrolmentDeposits::<T>::iter()
			.map(|(_, who, deposit)| {
				let own = deposit.payer == who;
				(own, (deposit.payer, deposit.amount))
			})
			.partition(|(own, _)| *own);
		let sums = |deposits: Vec<(bool, (T::AccountId, Balance))>| {
			deposits.into_iter().map(|(_, deposit)| deposit)
		};
		Self::check_held(HoldReason::Enrolment, sums(own))?;

		let open =
			Invitations::<T>::iter_values().map(|invited| (invited.inviter, invited.deposit));
		Self::check_held(HoldReason::Invitation, sums(invited).chain(open))?;

		let mut committees = Vec::new();
		for (id, index, deposit) in CommitteeDeposits::<T>::iter() {
			let task = Tasks::<T>::get(id, index).ok_or("11: a deposit lies under no task")?;
			committees.push((task.contributor, deposit));
		}
		Self::check_held(HoldReason::Committee, committees)
	}

	/// Neither less than is due back, nor more than anybody would ever give back.
	fn check_held(
		reason: HoldReason,
		deposits: impl IntoIterator<Item = (T::AccountId, Balance)>,
	) -> Result<(), TryRuntimeError> {
		let mut sums = BTreeMap::<T::AccountId, Balance>::new();
		for (who, deposit) in deposits {
			let sum = sums.entry(who).or_default();
			*sum = sum.checked_add(deposit).ok_or("8: deposits overflow")?;
		}
		let reason = reason.into();
		let exact = frame_system::Account::<T>::iter_keys().all(|who| {
			let sum = sums.remove(&who).unwrap_or_default();
			T::Currency::balance_on_hold(&reason, &who) == sum
		});
		ensure!(
			exact && sums.is_empty(),
			"8: what is held is not what the deposits say"
		);
		Ok(())
	}

	fn check_replaced(id: RunId) -> Result<(), TryRuntimeError> {
		let mut waiting = BTreeSet::new();
		let mut successors = BTreeSet::new();
		let mut check = |index: TaskIndex, work: &Work, round: Round, attempt: Option<u8>| {
			let replaced = Tasks::<T>::get(id, index).ok_or("11: the task replaced is lost")?;
			ensure!(
				replaced.state == TaskState::Replaced
					&& replaced.work == *work
					&& replaced.round == round
					&& attempt == Some(replaced.attempt),
				"11: what replaces a task is something else"
			);
			ensure!(successors.insert(index), "11: a task was replaced twice");
			Ok::<_, TryRuntimeError>(())
		};
		for pending in Queue::<T>::iter_prefix_values(id) {
			if let Whom::Again(index) = pending.whom {
				let attempt = pending.missed.checked_add(1);
				check(index, &pending.work, pending.round, attempt)?;
				waiting.insert(index);
			}
		}
		for (index, task) in Tasks::<T>::iter_prefix(id) {
			if let Some(replaced) = task.replaces {
				check(replaced, &task.work, task.round, Some(task.attempt))?;
				ensure!(replaced < index, "11: a task replaces a later one");
			}
		}
		for index in CommitteeDeposits::<T>::iter_key_prefix(id) {
			let task = Tasks::<T>::get(id, index).ok_or("11: a deposit lies under no task")?;
			let dealt = task.state == TaskState::Open && task.replaces.is_some();
			ensure!(
				dealt || waiting.remove(&index),
				"11: a deposit lies under a task that needs none"
			);
		}
		ensure!(
			waiting.is_empty(),
			"11: work waits for another committee without a deposit"
		);
		Ok(())
	}

	fn check_invited(id: RunId, run: &RunOf<T>) -> Result<(), TryRuntimeError> {
		let mut counted = Invited::default();
		for invitation in Invitations::<T>::iter_prefix_values(id) {
			let count = counted.of(invitation.role);
			*count = count.checked_add(1).ok_or("12: too many to count")?;
		}
		ensure!(
			counted == run.invited,
			"12: the open invitations are miscounted"
		);
		Ok(())
	}

	fn check_escrow(id: RunId, run: &RunOf<T>, plan: &PlanOf<T>) -> Result<(), TryRuntimeError> {
		let held = |purse| T::Treasurer::held(id, purse);
		match run.state {
			State::Settling | State::Settled => Ok(()),
			State::Cancelled => {
				let owed = run
					.kill_fee_each
					.checked_mul(run.enrolled.into())
					.ok_or("9: kill fees overflow")?;
				ensure!(
					held(Purse::Budget) == owed,
					"9: the kill fees are not covered"
				);
				Ok(())
			}
			_ => {
				ensure!(
					held(Purse::Budget) == plan.budget,
					"9: the budget is not whole"
				);
				ensure!(
					held(Purse::Licence) == plan.max_licence,
					"9: the ceiling is not whole"
				);
				ensure!(held(Purse::Bond) == plan.bond, "9: the bond is not whole");
				ensure!(
					held(Purse::Tip) <= plan.tip,
					"9: there are more tips than were paid in"
				);
				Ok(())
			}
		}
	}

	fn check_orphans() -> Result<(), TryRuntimeError> {
		let ids = RunDatasets::<T>::iter_keys()
			.map(|(id, _)| id)
			.chain(UsedChunks::<T>::iter_keys())
			.chain(Enrolments::<T>::iter_keys().map(|(id, _)| id))
			.chain(EnrolmentDeposits::<T>::iter_keys().map(|(id, _)| id))
			.chain(Invitations::<T>::iter_keys().map(|(id, _)| id))
			.chain(CommitteeDeposits::<T>::iter_keys().map(|(id, _)| id))
			.chain(Rosters::<T>::iter_keys().map(|(id, _): (RunId, Role)| id))
			.chain(Tasks::<T>::iter_keys().map(|(id, _)| id))
			.chain(Queue::<T>::iter_keys().map(|(id, _)| id))
			.chain(Locks::<T>::iter_keys().map(|(id, _)| id));
		let ids: BTreeSet<_> = ids.collect();
		ensure!(
			ids.into_iter().all(Runs::<T>::contains_key),
			"10: something belongs to a run that does not exist"
		);
		Ok(())
	}
}
