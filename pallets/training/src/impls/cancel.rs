//! Ending a run without a division.

use super::less;
use crate::{pallet::*, types::*};
use frame_support::pallet_prelude::*;
use guerdon_receipt::RunId;
use pallet_datasets::Catalogue;
use pallet_settlement::{Purse, Treasurer};
use sp_runtime::{helpers_128bit::multiply_by_rational_with_rounding, Rounding};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_cancel(who: T::AccountId, id: RunId) -> DispatchResult {
		let (mut run, plan) = Self::run_and_plan(id)?;
		ensure!(run.sponsor == who, Error::<T>::NotAuthorized);
		match run.state {
			State::Proposed => {}
			State::Enrolling => run.kill_fee_each = Self::kill_fee(&plan, run.enrolled)?,
			_ => return Err(Error::<T>::WrongState.into()),
		}
		Self::cancel_run(id, &mut run, &plan)?;
		Runs::<T>::insert(id, run);
		Ok(())
	}

	/// What each of `enrolled` accounts gets: the same for all, rounded down; what rounding leaves
	/// stays the sponsor's.
	fn kill_fee(plan: &PlanOf<T>, enrolled: u32) -> Result<Balance, DispatchError> {
		let fee = multiply_by_rational_with_rounding(
			plan.budget,
			T::KillFeePpm::get().into(),
			MILLION.into(),
			Rounding::Down,
		)
		.ok_or(sp_runtime::ArithmeticError::Overflow)?;
		Ok(fee.checked_div(enrolled.into()).unwrap_or(0))
	}

	/// Returns the escrow, except for the kill fees that `prune` pays, and lets the datasets go.
	pub(crate) fn cancel_run(id: RunId, run: &mut RunOf<T>, plan: &PlanOf<T>) -> DispatchResult {
		let fees = run
			.kill_fee_each
			.checked_mul(run.enrolled.into())
			.ok_or(sp_runtime::ArithmeticError::Overflow)?;
		for (purse, kept) in [
			(Purse::Budget, fees),
			(Purse::Licence, 0),
			(Purse::Bond, 0),
			(Purse::Tip, 0),
		] {
			let back = less(T::Treasurer::held(id, purse), kept)?;
			T::Treasurer::release(id, purse, &run.sponsor, back)?;
		}
		Self::release_datasets(id, plan);
		Self::enter(id, run, State::Cancelled, Self::now());
		Ok(())
	}

	pub(crate) fn release_datasets(id: RunId, plan: &PlanOf<T>) {
		for dataset in &plan.datasets {
			T::Catalogue::close_request(*dataset, id);
		}
	}
}
