//! Clearing a run that is over, a bounded part at a time.

use super::{less, Fate};
use crate::{pallet::*, types::*};
use frame_support::{
	pallet_prelude::*,
	storage::with_storage_layer,
	traits::{fungible::hold::Mutate as _, tokens::Precision, Get},
};
use guerdon_receipt::{Role, RunId};
use pallet_attestors::{Draws, Kind};
use pallet_settlement::{Purse, Treasurer};
use sp_runtime::traits::CheckedAdd;

impl<T: Config> Pallet<T> {
	pub(crate) fn do_prune(id: RunId, limit: u32) -> DispatchResult {
		ensure!(limit > 0, Error::<T>::ZeroLimit);
		let mut run = Runs::<T>::get(id).ok_or(Error::<T>::RunNotFound)?;
		let kept_until = match run.state {
			State::Cancelled => Some(run.deadline),
			State::Settled => run.deadline.checked_add(&T::RetentionBlocks::get()),
			_ => return Err(Error::<T>::WrongState.into()),
		};
		with_storage_layer(|| {
			let left = Self::release_deposits(id, &mut run, limit)?;
			let left = Self::unlock_attestors(id, left)?;
			if kept_until.is_none_or(|end| Self::now() < end) {
				ensure!(left < limit, Error::<T>::StillRetained);
				Runs::<T>::insert(id, run);
				return Ok(());
			}
			let left = Self::remove_records(id, left)?;
			if left == 0 {
				Runs::<T>::insert(id, run);
				return Ok(());
			}
			Self::remove_run(id, run)
		})
	}

	/// Gives deposits back, or takes them, and pays kill fees; says how much of `limit` is left.
	///
	/// Those of enrolments come last: while the run counts some, there is something to give back.
	fn release_deposits(id: RunId, run: &mut RunOf<T>, limit: u32) -> Result<u32, DispatchError> {
		let left = Self::release_invitations(id, run, limit)?;
		let mut left = Self::release_committee_deposits(id, left)?;
		for (who, deposit) in EnrolmentDeposits::<T>::drain_prefix(id).take(Self::length(left)) {
			let enrolment = Enrolments::<T>::get(id, &who).ok_or(Error::<T>::NotEnrolled)?;
			left = less(left, 1)?;
			run.enrolled = less(run.enrolled, 1)?;
			Self::release_deposit(id, who, &enrolment, deposit)?;
			if run.kill_fee_each > 0 {
				let amount = run.kill_fee_each;
				let payee = enrolment.payout;
				T::Treasurer::release(id, Purse::Budget, &payee, amount)?;
				Self::deposit_event(Event::KillFeePaid {
					run: id,
					payee,
					amount,
				});
			}
		}
		Ok(left)
	}

	/// The deposit is lost when tasks were dealt with all the time for them and none was ever done.
	fn release_deposit(
		id: RunId,
		who: T::AccountId,
		enrolment: &EnrolmentOf<T>,
		deposit: EnrolmentDepositOf<T>,
	) -> DispatchResult {
		let fate = if enrolment.dealt > 0 && enrolment.accepted == 0 {
			Fate::Lost
		} else {
			Fate::Returned
		};
		let reason = Self::deposit_reason(&who, &deposit);
		let EnrolmentDeposit { payer, amount } = deposit;
		Self::end_deposit(reason, &payer, amount, fate)?;
		let run = id;
		Self::deposit_event(match fate {
			Fate::Lost => Event::EnrolmentForfeited {
				run,
				who,
				payer,
				amount,
			},
			Fate::Returned => Event::EnrolmentReleased {
				run,
				who,
				payer,
				amount,
			},
		});
		Ok(())
	}

	/// A task under which such a deposit lies left its whole window, and nothing ends a run before the
	/// deadline of an open task: what is still open was missed, whether or not anybody noted it.
	fn release_committee_deposits(id: RunId, limit: u32) -> Result<u32, DispatchError> {
		let mut left = limit;
		for (index, amount) in CommitteeDeposits::<T>::drain_prefix(id).take(Self::length(limit)) {
			left = less(left, 1)?;
			let task = Tasks::<T>::get(id, index).ok_or(Error::<T>::TaskNotFound)?;
			let fate = match task.state {
				TaskState::Open => Fate::Lost,
				_ => Fate::Returned,
			};
			Self::conclude_committee(id, index, task.contributor, amount, fate)?;
		}
		Ok(left)
	}

	fn release_invitations(
		id: RunId,
		run: &mut RunOf<T>,
		limit: u32,
	) -> Result<u32, DispatchError> {
		let mut left = limit;
		for (who, invitation) in Invitations::<T>::drain_prefix(id).take(Self::length(limit)) {
			left = less(left, 1)?;
			Self::release_invitation(id, run, who, invitation)?;
		}
		Ok(left)
	}

	fn unlock_attestors(id: RunId, limit: u32) -> Result<u32, DispatchError> {
		let mut left = limit;
		for (attestor, ()) in Locks::<T>::drain_prefix(id).take(Self::length(limit)) {
			T::Draws::unlock(Kind::Attestor, &attestor);
			left = less(left, 1)?;
		}
		Ok(left)
	}

	fn remove_records(id: RunId, limit: u32) -> Result<u32, DispatchError> {
		let mut left = limit;
		for (_, task) in Tasks::<T>::drain_prefix(id).take(Self::length(left)) {
			left = less(left, 1)?;
			if let TaskState::Done { receipt } = task.state {
				Receipts::<T>::remove(id, receipt);
				ReceiptTasks::<T>::remove(receipt);
			}
		}
		for _ in Enrolments::<T>::drain_prefix(id).take(Self::length(left)) {
			left = less(left, 1)?;
		}
		for _ in Queue::<T>::drain_prefix(id).take(Self::length(left)) {
			left = less(left, 1)?;
		}
		for _ in RunDatasets::<T>::drain_prefix(id).take(Self::length(left)) {
			left = less(left, 1)?;
		}
		Ok(left)
	}

	/// The last step: nothing else of the run is left.
	fn remove_run(id: RunId, run: RunOf<T>) -> DispatchResult {
		UsedChunks::<T>::remove(id);
		Rosters::<T>::remove(id, Role::Trainer);
		Rosters::<T>::remove(id, Role::User);
		Plans::<T>::remove(id);
		Runs::<T>::remove(id);
		T::Currency::release(
			&HoldReason::Run.into(),
			&run.sponsor,
			run.deposit,
			Precision::BestEffort,
		)?;
		Self::deposit_event(Event::RunPruned {
			run: id,
			deposit: run.deposit,
		});
		Ok(())
	}

	fn length(limit: u32) -> usize {
		usize::try_from(limit).unwrap_or(usize::MAX)
	}
}
