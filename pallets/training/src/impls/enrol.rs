//! Who works on a run: enrolling, leaving, and what users are asked.

use super::{add, less, Fate};
use crate::{pallet::*, types::*};
use frame_support::{pallet_prelude::*, traits::fungible::hold::Mutate as _};
use guerdon_receipt::{check_key, possession_bytes, PublicKey, Role, RunId, Signature, Work};
use pallet_settlement::Treasurer;
use sp_core::{ed25519, H256};
use sp_runtime::traits::CheckedDiv;

/// The chain's rule for every signature of this pallet: ZIP-215.
pub(crate) fn verify(signature: &Signature, message: &[u8], key: &PublicKey) -> bool {
	sp_io::crypto::ed25519_verify(
		&ed25519::Signature::from_raw(*signature),
		message,
		&ed25519::Public::from_raw(*key),
	)
}

impl<T: Config> Pallet<T> {
	#[allow(
		clippy::too_many_arguments,
		reason = "they are the arguments of the call"
	)]
	pub(crate) fn do_enrol(
		who: T::AccountId,
		id: RunId,
		role: Role,
		key: PublicKey,
		possession: Signature,
		payout: T::AccountId,
		endpoint: Endpoint,
	) -> DispatchResult {
		let (mut run, plan) = Self::run_and_plan(id)?;
		ensure!(run.state == State::Enrolling, Error::<T>::WrongState);
		ensure!(Self::now() <= run.deadline, Error::<T>::TooLate);
		Self::check_role(&plan, role)?;
		ensure!(
			!T::Treasurer::is_pot(&who) && !T::Treasurer::is_pot(&payout),
			Error::<T>::PotNotAllowed
		);
		ensure!(
			!Self::parties(id, &run).contains(&who),
			Error::<T>::ConflictOfInterest
		);
		ensure!(
			!Enrolments::<T>::contains_key(id, &who),
			Error::<T>::AlreadyEnrolled
		);
		let taken = u32::try_from(Rosters::<T>::get(id, role).len()).unwrap_or(u32::MAX);
		ensure!(
			taken < Self::places(&plan, role),
			Error::<T>::EnrolmentsExceeded
		);
		check_key(&key).map_err(|_| Error::<T>::BadKey)?;
		let message = possession_bytes(&Self::genesis(), &who.clone().into(), &key);
		ensure!(
			verify(&possession, &message, &key),
			Error::<T>::BadPossession
		);

		let deposit = match Self::use_invitation(id, &mut run, &who, role)? {
			Some(invited) => invited,
			None => {
				let amount = T::EnrolmentDeposit::get();
				T::Currency::hold(&HoldReason::Enrolment.into(), &who, amount)?;
				let payer = who.clone();
				EnrolmentDeposit { payer, amount }
			}
		};
		Rosters::<T>::try_mutate(id, role, |roster| roster.try_push(who.clone()))
			.map_err(|_| Error::<T>::EnrolmentsExceeded)?;
		let enrolment = Enrolment {
			role,
			key,
			payout,
			endpoint,
			dealt: 0,
			accepted: 0,
			strikes: 0,
		};
		Enrolments::<T>::insert(id, &who, enrolment);
		EnrolmentDeposits::<T>::insert(id, &who, deposit);
		run.enrolled = add(run.enrolled, 1)?;
		Runs::<T>::insert(id, run);
		Self::deposit_event(Event::Enrolled { run: id, who, role });
		Ok(())
	}

	pub(crate) fn do_withdraw_enrolment(who: T::AccountId, id: RunId) -> DispatchResult {
		let (mut run, plan) = Self::run_and_plan(id)?;
		ensure!(run.state == State::Enrolling, Error::<T>::WrongState);
		// Whoever takes places only to leave them empty must leave time for others to take them.
		let half = plan
			.windows
			.enrol
			.checked_div(&2u32.into())
			.unwrap_or_default();
		ensure!(add(Self::now(), half)? <= run.deadline, Error::<T>::TooLate);
		let enrolment = Enrolments::<T>::take(id, &who).ok_or(Error::<T>::NotEnrolled)?;
		let deposit = EnrolmentDeposits::<T>::take(id, &who).ok_or(Error::<T>::NotEnrolled)?;
		Self::strike_off(id, enrolment.role, &who);
		run.enrolled = less(run.enrolled, 1)?;
		Runs::<T>::insert(id, run);
		let reason = Self::deposit_reason(&who, &deposit);
		Self::end_deposit(reason, &deposit.payer, deposit.amount, Fate::Returned)?;
		Self::deposit_event(Event::EnrolmentWithdrawn { run: id, who });
		Ok(())
	}

	/// Trainers and users enrol, the latter where they are asked something.
	pub(crate) fn check_role(plan: &PlanOf<T>, role: Role) -> DispatchResult {
		match role {
			Role::Trainer => Ok(()),
			Role::User if plan.feedback.is_some() => Ok(()),
			Role::User => Err(Error::<T>::NoFeedbackPlanned.into()),
			_ => Err(Error::<T>::RoleNotAllowed.into()),
		}
	}

	/// How many may enrol in a role: neither role can be shut out by the other.
	pub(crate) fn places(plan: &PlanOf<T>, role: Role) -> u32 {
		let users = match plan.feedback {
			Some(_) => plan.max_enrolments / 2,
			None => 0,
		};
		match role {
			Role::User => users,
			_ => plan.max_enrolments.saturating_sub(users),
		}
	}

	/// Takes an account off the list that tasks are dealt to.
	pub(crate) fn strike_off(id: RunId, role: Role, who: &T::AccountId) {
		Rosters::<T>::mutate(id, role, |roster| roster.retain(|other| other != who));
	}

	pub(crate) fn do_post_feedback(
		who: T::AccountId,
		id: RunId,
		number: u32,
		items_root: H256,
		items: u32,
	) -> DispatchResult {
		let (mut run, plan) = Self::run_and_plan(id)?;
		ensure!(run.sponsor == who, Error::<T>::NotAuthorized);
		ensure!(run.state == State::Working, Error::<T>::WrongState);
		ensure!(Self::now() <= run.deadline, Error::<T>::TooLate);
		let feedback = plan.feedback.ok_or(Error::<T>::NoFeedbackPlanned)?;
		ensure!(
			run.feedback_posted < feedback.batches,
			Error::<T>::BatchesExceeded
		);
		ensure!(number == run.feedback_posted, Error::<T>::WrongBatch);
		ensure!(
			items >= 1 && items <= feedback.items_per_batch,
			Error::<T>::ItemsOutOfBounds
		);
		ensure!(
			!Rosters::<T>::get(id, Role::User).is_empty(),
			Error::<T>::NobodyEnrolled
		);

		let pending = Pending {
			work: Work::Feedback {
				batch: number,
				items,
				items_root: items_root.0,
			},
			round: run.round,
			units: items.into(),
			missed: 0,
			whom: Whom::Anyone,
			epoch: Self::next_draw()?,
		};
		Self::enqueue(id, &mut run, pending)?;
		run.feedback_posted = add(number, 1)?;
		run.feedback_open = add(run.feedback_open, 1)?;
		Runs::<T>::insert(id, run);
		Self::deposit_event(Event::FeedbackPosted {
			run: id,
			batch: number,
			items,
		});
		Ok(())
	}

	/// Puts work at the end of the queue.
	pub(crate) fn enqueue(id: RunId, run: &mut RunOf<T>, pending: PendingOf<T>) -> DispatchResult {
		Queue::<T>::insert(id, run.queue_tail, pending);
		run.queue_tail = add(run.queue_tail, 1)?;
		Ok(())
	}
}
