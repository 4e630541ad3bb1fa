//! Enrolments that somebody else pays for.

use super::{add, less, Fate};
use crate::{pallet::*, types::*};
use frame_support::{
	pallet_prelude::*,
	traits::{
		fungible::{hold::Mutate as _, Inspect as _, Mutate as _},
		tokens::Preservation,
		Get,
	},
};
use guerdon_receipt::{Role, RunId};
use pallet_settlement::Treasurer;

impl<T: Config> Pallet<T> {
	pub(crate) fn do_invite(
		inviter: T::AccountId,
		id: RunId,
		who: T::AccountId,
		role: Role,
		purse: Balance,
	) -> DispatchResult {
		let (mut run, plan) = Self::run_and_plan(id)?;
		match run.state {
			State::Proposed => {}
			State::Enrolling => ensure!(Self::now() <= run.deadline, Error::<T>::TooLate),
			_ => return Err(Error::<T>::WrongState.into()),
		}
		ensure!(
			Self::may_invite(id, &run, &inviter),
			Error::<T>::CannotInvite
		);
		Self::check_role(&plan, role)?;
		ensure!(!T::Treasurer::is_pot(&who), Error::<T>::PotNotAllowed);
		ensure!(
			!Self::parties(id, &run).contains(&who),
			Error::<T>::ConflictOfInterest
		);
		ensure!(
			!Enrolments::<T>::contains_key(id, &who),
			Error::<T>::AlreadyEnrolled
		);
		ensure!(
			!Invitations::<T>::contains_key(id, &who),
			Error::<T>::AlreadyInvited
		);
		let open = run.invited.of(role);
		ensure!(
			*open < Self::places(&plan, role),
			Error::<T>::InvitationsExceeded
		);
		ensure!(
			purse >= T::Currency::minimum_balance() && purse <= T::MaxPurse::get(),
			Error::<T>::PurseOutOfBounds
		);

		*open = add(*open, 1)?;
		let deposit = T::EnrolmentDeposit::get();
		T::Currency::hold(&HoldReason::Invitation.into(), &inviter, deposit)?;
		T::Currency::transfer(&inviter, &who, purse, Preservation::Preserve)?;
		let invitation = Invitation {
			inviter: inviter.clone(),
			role,
			deposit,
		};
		Invitations::<T>::insert(id, &who, invitation);
		Runs::<T>::insert(id, run);
		Self::deposit_event(Event::InvitationMade {
			run: id,
			who,
			role,
			inviter,
			purse,
		});
		Ok(())
	}

	pub(crate) fn do_withdraw_invitation(
		inviter: T::AccountId,
		id: RunId,
		who: T::AccountId,
	) -> DispatchResult {
		let mut run = Runs::<T>::get(id).ok_or(Error::<T>::RunNotFound)?;
		let invitation = Invitations::<T>::get(id, &who).ok_or(Error::<T>::NotInvited)?;
		ensure!(invitation.inviter == inviter, Error::<T>::NotYourInvitation);
		Invitations::<T>::remove(id, &who);
		Self::release_invitation(id, &mut run, who, invitation)?;
		Runs::<T>::insert(id, run);
		Ok(())
	}

	/// Who has an interest in a run that people work on: its sponsor and the owners of its datasets.
	fn may_invite(id: RunId, run: &RunOf<T>, who: &T::AccountId) -> bool {
		run.sponsor == *who
			|| RunDatasets::<T>::iter_prefix_values(id)
				.any(|dataset| dataset.standing == Standing::Admitted && dataset.owner == *who)
	}

	/// Uses the invitation of an account that enrols in the role it was invited for.
	pub(crate) fn use_invitation(
		id: RunId,
		run: &mut RunOf<T>,
		who: &T::AccountId,
		role: Role,
	) -> Result<Option<EnrolmentDepositOf<T>>, DispatchError> {
		let Some(invitation) = Invitations::<T>::get(id, who).filter(|kept| kept.role == role)
		else {
			return Ok(None);
		};
		Invitations::<T>::remove(id, who);
		let open = run.invited.of(role);
		*open = less(*open, 1)?;
		Ok(Some(EnrolmentDeposit {
			payer: invitation.inviter,
			amount: invitation.deposit,
		}))
	}

	/// An invitation that was removed from storage without being used.
	pub(crate) fn release_invitation(
		id: RunId,
		run: &mut RunOf<T>,
		who: T::AccountId,
		invitation: InvitationOf<T>,
	) -> DispatchResult {
		let Invitation {
			inviter,
			role,
			deposit,
		} = invitation;
		let open = run.invited.of(role);
		*open = less(*open, 1)?;
		Self::end_deposit(HoldReason::Invitation, &inviter, deposit, Fate::Returned)?;
		Self::deposit_event(Event::InvitationReleased {
			run: id,
			who,
			inviter,
			amount: deposit,
		});
		Ok(())
	}

	/// For what the deposit of `who` is held.
	pub(crate) fn deposit_reason(
		who: &T::AccountId,
		deposit: &EnrolmentDepositOf<T>,
	) -> HoldReason {
		if deposit.payer == *who {
			HoldReason::Enrolment
		} else {
			HoldReason::Invitation
		}
	}
}
