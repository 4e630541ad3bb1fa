//! What calls weigh that do one of several things.

use crate::{pallet::*, types::*, weights::WeightInfo};
use frame_support::weights::Weight;
use pallet_settlement::Treasurer;
use pallet_valuation::Appraisals;

impl<T: Config> Pallet<T> {
	/// The dearest state.
	pub(crate) fn advance_weight(limit: u32) -> Weight {
		[
			State::Proposed,
			State::Working,
			State::Appraising,
			State::Settling,
		]
		.into_iter()
		.map(|state| Self::advance_weight_in(state, limit))
		.fold(Weight::zero(), |dearest, weight| dearest.max(weight))
	}

	/// What a call weighs that finds a run in this state.
	pub(crate) fn advance_weight_in(state: State, limit: u32) -> Weight {
		match state {
			State::Proposed | State::Enrolling | State::Settled | State::Cancelled => {
				T::WeightInfo::advance_proposed().saturating_add(Self::returns_weight())
			}
			// One call can look at missed tasks and then end the work.
			State::Working => T::WeightInfo::advance_missed(limit)
				.saturating_add(T::WeightInfo::advance_working())
				.saturating_add(Self::returns_weight()),
			State::Appraising | State::Challenge => {
				T::WeightInfo::advance_challenge().saturating_add(T::Appraisals::advance_weight())
			}
			State::Settling => {
				T::WeightInfo::advance_settling().saturating_add(T::Treasurer::settle_weight(limit))
			}
		}
	}

	/// Budget and bond go back: what that weighs besides if they are not in GRD.
	fn returns_weight() -> Weight {
		T::Treasurer::asset_weight(2)
	}

	pub(crate) fn propose_weight(plan: &PlanOf<T>) -> Weight {
		let datasets = u32::try_from(plan.datasets.len()).unwrap_or(u32::MAX);
		let deposits = match plan.asset {
			Some(_) => T::Treasurer::asset_weight(2),
			None => Weight::zero(),
		};
		T::WeightInfo::propose(datasets).saturating_add(deposits)
	}

	pub(crate) fn cancel_weight() -> Weight {
		T::WeightInfo::cancel().saturating_add(Self::returns_weight())
	}

	/// `limit` tasks of the round, or as many that were missed.
	pub(crate) fn deal_weight(limit: u32) -> Weight {
		T::WeightInfo::deal(limit).max(T::WeightInfo::deal_queued(limit))
	}

	/// Receipts with one attestation, and what a receipt grows by for each.
	pub(crate) fn submit_weight(items: &Submissions) -> Weight {
		let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
		let attestations = items
			.iter()
			.map(|item| count(item.attestations.len()))
			.fold(0, u32::saturating_add);
		let attested = T::WeightInfo::submit_attested(attestations)
			.saturating_sub(T::WeightInfo::submit_attested(0));
		T::WeightInfo::submit(count(items.len())).saturating_add(attested)
	}

	/// `limit` deposits, each with a kill fee, or records, and the end of the run.
	pub(crate) fn prune_weight(limit: u32) -> Weight {
		T::WeightInfo::prune_deposits(limit)
			.saturating_add(T::Treasurer::asset_weight(limit))
			.max(T::WeightInfo::prune_records(limit))
			.saturating_add(T::WeightInfo::prune_records(0))
	}
}
