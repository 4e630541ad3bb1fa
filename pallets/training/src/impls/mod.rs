//! What the calls do, one file per part of a run's life.

mod advance;
mod cancel;
mod committee;
mod deal;
mod enrol;
mod invite;
mod propose;
mod prune;
pub(crate) mod read;
mod submit;
mod weigh;
mod work;

use crate::{api::Forfeits, pallet::*, types::*};
use frame_support::{
	pallet_prelude::*,
	traits::{fungible::hold::Mutate as _, tokens::Precision},
};
use frame_system::pallet_prelude::BlockNumberFor;
use guerdon_receipt::{Digest, Epoch, RunId};
use pallet_attestors::{Draws, EFFECT_DELAY};
use pallet_settlement::{Purse, Treasurer};
use sp_core::H256;
use sp_runtime::ArithmeticError;

/// A sum that cannot overflow in any reachable state, and fails the call if it does.
pub(crate) fn add<N: sp_runtime::traits::CheckedAdd>(a: N, b: N) -> Result<N, DispatchError> {
	a.checked_add(&b).ok_or(ArithmeticError::Overflow.into())
}

/// A difference that cannot underflow in any reachable state, and fails the call if it does.
pub(crate) fn less<N: sp_runtime::traits::CheckedSub>(a: N, b: N) -> Result<N, DispatchError> {
	a.checked_sub(&b).ok_or(ArithmeticError::Underflow.into())
}

/// What becomes of a deposit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
	/// It is free again.
	Returned,
	/// It is a penalty.
	Lost,
}

impl<T: Config> Pallet<T> {
	/// Ends the holding of a deposit.
	pub(crate) fn end_deposit(
		reason: HoldReason,
		payer: &T::AccountId,
		amount: Balance,
		fate: Fate,
	) -> DispatchResult {
		match fate {
			Fate::Lost => T::Forfeits::forfeit(reason, payer, amount),
			Fate::Returned => {
				T::Currency::release(&reason.into(), payer, amount, Precision::BestEffort)?;
				Ok(())
			}
		}
	}

	pub(crate) fn now() -> BlockNumberFor<T> {
		frame_system::Pallet::<T>::block_number()
	}

	/// Last block of a window that begins now.
	pub(crate) fn within(window: BlockNumberFor<T>) -> Result<BlockNumberFor<T>, DispatchError> {
		add(Self::now(), window)
	}

	/// Hash of block 0 as receipts and proofs of possession name it.
	pub(crate) fn genesis() -> Digest {
		let hash = frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::default());
		H256::decode(&mut hash.as_ref()).unwrap_or_default().0
	}

	/// The epoch that deals what is known now: its seed comes from blocks not yet made.
	pub(crate) fn next_draw() -> Result<Epoch, DispatchError> {
		add(T::Draws::epoch(), EFFECT_DELAY)
	}

	pub(crate) fn run_and_plan(run: RunId) -> Result<(RunOf<T>, PlanOf<T>), DispatchError> {
		Runs::<T>::get(run)
			.zip(Plans::<T>::get(run))
			.ok_or(Error::<T>::RunNotFound.into())
	}

	pub(crate) fn enter(id: RunId, run: &mut RunOf<T>, state: State, deadline: BlockNumberFor<T>) {
		run.state = state;
		run.deadline = deadline;
		Self::deposit_event(Event::StateEntered {
			run: id,
			state,
			deadline,
		});
	}

	/// Pays whoever moves a run on, if the call was not too small to be worth it.
	///
	/// It comes before the move: a move that is not due takes it back with the whole call, and a
	/// run that ends has its tips returned to the sponsor.
	pub(crate) fn tip(
		id: RunId,
		plan: &PlanOf<T>,
		who: &T::AccountId,
		limit: u32,
	) -> DispatchResult {
		let amount = plan.tip_per_advance.min(T::Treasurer::held(id, Purse::Tip));
		if amount == 0 || limit < T::MinTippedLimit::get() {
			return Ok(());
		}
		T::Treasurer::release(id, Purse::Tip, who, amount)?;
		Self::deposit_event(Event::TipPaid {
			run: id,
			who: who.clone(),
			amount,
		});
		Ok(())
	}
}
