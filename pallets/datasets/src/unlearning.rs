//! Requests to unlearn a dataset that was withdrawn: who asks whom, until when, and what came of it.

use crate::{impls::*, pallet::*, *};
use frame_support::{
	ensure,
	pallet_prelude::{DispatchResult, Get},
	traits::fungible::hold::Mutate as _,
};
use sp_runtime::{traits::CheckedAdd, ArithmeticError};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_request_unlearning(
		owner: T::AccountId,
		dataset: DatasetId,
		run: RunId,
	) -> DispatchResult {
		let it = Datasets::<T>::get(dataset).ok_or(Error::<T>::NotFound)?;
		ensure!(it.owner == owner, Error::<T>::NotAuthorized);
		ensure!(!is_contested(it.status), Error::<T>::DatasetContested);
		ensure!(is_withdrawn::<T>(it.status), Error::<T>::NotWithdrawn);
		ensure!(
			!Unlearnings::<T>::contains_key(dataset, run),
			Error::<T>::AlreadyAsked
		);
		ensure!(T::RunHistory::used(run, dataset), Error::<T>::NotUsed);
		let sponsor = T::RunHistory::sponsor(run).ok_or(Error::<T>::SponsorUnknown)?;
		let deadline = now::<T>()
			.checked_add(&T::UnlearningWindow::get())
			.ok_or(ArithmeticError::Overflow)?;

		let deposit = T::UnlearningDeposit::get();
		T::Currency::hold(&HoldReason::Unlearning.into(), &owner, deposit)?;
		Unlearnings::<T>::insert(
			dataset,
			run,
			Unlearning {
				owner: owner.clone(),
				sponsor: sponsor.clone(),
				root: it.content.root,
				deadline,
				deposit,
				answer: None,
			},
		);
		Self::deposit_event(Event::UnlearningRequested {
			dataset,
			run,
			owner,
			sponsor,
			deadline,
			deposit,
		});
		Ok(())
	}

	pub(crate) fn do_answer_unlearning(
		sponsor: T::AccountId,
		dataset: DatasetId,
		run: RunId,
		answer: Answer,
	) -> DispatchResult {
		let at = now::<T>();
		let late = Unlearnings::<T>::try_mutate(dataset, run, |it| {
			let it = it.as_mut().ok_or(Error::<T>::NotAsked)?;
			ensure!(it.sponsor == sponsor, Error::<T>::NotSponsor);
			ensure!(it.answer.is_none(), Error::<T>::AnswerGiven);
			it.answer = Some(Answered {
				answer: answer.clone(),
				at,
			});
			Ok::<_, Error<T>>(at > it.deadline)
		})?;
		Self::deposit_event(Event::UnlearningAnswered {
			dataset,
			run,
			answer,
			late,
		});
		Ok(())
	}

	pub(crate) fn do_close_unlearning(dataset: DatasetId, run: RunId) -> DispatchResult {
		let it = Unlearnings::<T>::get(dataset, run).ok_or(Error::<T>::NotAsked)?;
		let until = it
			.seen_from()
			.checked_add(&T::UnlearningRetention::get())
			.ok_or(ArithmeticError::Overflow)?;
		ensure!(now::<T>() >= until, Error::<T>::NotClosable);

		let deposit = it.deposit;
		release::<T>(HoldReason::Unlearning, &it.owner, deposit)?;
		Unlearnings::<T>::remove(dataset, run);
		Self::deposit_event(Event::UnlearningClosed {
			dataset,
			run,
			owner: it.owner,
			answered: it.answer.is_some(),
			deposit,
		});
		Ok(())
	}
}
