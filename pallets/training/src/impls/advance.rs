//! From state to state. Every state ends by its deadline, whoever stays away.

use crate::{pallet::*, types::*};
use alloc::vec::Vec;
use frame_support::{pallet_prelude::*, storage::with_storage_layer};
use guerdon_receipt::{Role, RunId};
use pallet_contributions::{Ledger, Subject};
use pallet_datasets::Catalogue;
use pallet_settlement::{SettleProgress, SettleTerms, Treasurer};
use pallet_valuation::{Appraisals, Progress, Terms};

impl<T: Config> Pallet<T> {
	/// What it really weighed is known by the state that it found.
	pub(crate) fn do_advance(
		who: T::AccountId,
		id: RunId,
		limit: u32,
	) -> Result<Weight, DispatchError> {
		ensure!(limit > 0, Error::<T>::ZeroLimit);
		let (mut run, plan) = Self::run_and_plan(id)?;
		let weight = Self::advance_weight_in(run.state, limit);
		with_storage_layer(|| {
			if run.state != State::Working {
				Self::tip(id, &plan, &who, limit)?;
			}
			match run.state {
				State::Proposed => Self::end_proposed(id, &mut run, &plan)?,
				State::Enrolling => Self::end_enrolling(id, &mut run, &plan)?,
				State::Working => Self::work_on(id, &mut run, &plan, &who, limit)?,
				State::Appraising => Self::appraise(id, &mut run, &plan)?,
				State::Challenge => Self::end_challenge(id, &mut run, &plan)?,
				State::Settling => Self::settle(id, &mut run, &plan, limit)?,
				State::Settled | State::Cancelled => return Err(Error::<T>::NothingDue.into()),
			}
			Runs::<T>::insert(id, run);
			Ok(weight)
		})
	}

	fn end_proposed(id: RunId, run: &mut RunOf<T>, plan: &PlanOf<T>) -> DispatchResult {
		ensure!(
			Self::now() > run.deadline || Self::all_granted(id, plan),
			Error::<T>::NothingDue
		);
		if !Self::admit_datasets(id, plan)? {
			return Self::cancel_run(id, run, plan);
		}
		Self::enter(id, run, State::Enrolling, Self::within(plan.windows.enrol)?);
		Ok(())
	}

	fn end_enrolling(id: RunId, run: &mut RunOf<T>, plan: &PlanOf<T>) -> DispatchResult {
		ensure!(Self::now() > run.deadline, Error::<T>::NothingDue);
		if Rosters::<T>::get(id, Role::Trainer).is_empty() {
			return Self::cancel_run(id, run, plan);
		}
		let epoch = Self::next_draw()?;
		run.draw_epoch = epoch;
		run.next_draw_epoch = epoch;
		Self::enter(id, run, State::Working, Self::within(plan.windows.work)?);
		Ok(())
	}

	/// Ends the work with what there is: nothing accepted means that nothing is divided.
	pub(crate) fn wind_up(id: RunId, run: &mut RunOf<T>, plan: &PlanOf<T>) -> DispatchResult {
		if run.accepted == 0 {
			return Self::cancel_run(id, run, plan);
		}
		let mut exclude: Vec<_> = Self::parties(id, run)
			.into_iter()
			.chain(Enrolments::<T>::iter_key_prefix(id))
			.collect();
		exclude.sort();
		exclude.dedup();
		let vested = Self::vested(id, plan);
		let windows = plan.windows;
		T::Appraisals::open(
			id,
			Terms {
				sponsor: run.sponsor.clone(),
				method: plan.method,
				classes: plan.features.classes(),
				test_commitment: plan.test_commitment,
				gold_commitment: plan.feedback.map(|feedback| feedback.gold_commitment),
				appraisers: plan.appraisers,
				quorum: plan.appraiser_quorum,
				exclude,
				reveal_window: windows.test_reveal,
				commit_window: windows.appraise_commit,
				uncover_window: windows.appraise_reveal,
				vested: vested
					.into_iter()
					.map(|(dataset, kept)| (dataset, kept.vested))
					.collect(),
			},
		)?;
		let longest = T::Appraisals::longest(
			windows.test_reveal,
			windows.appraise_commit,
			windows.appraise_reveal,
		)?;
		Self::enter(id, run, State::Appraising, Self::within(longest)?);
		Ok(())
	}

	/// The appraisal has deadlines of its own and is done after the last of them, at the latest.
	fn appraise(id: RunId, run: &mut RunOf<T>, plan: &PlanOf<T>) -> DispatchResult {
		match T::Appraisals::advance(id)? {
			Progress::Pending => Err(Error::<T>::NothingDue.into()),
			Progress::Moved => Ok(()),
			Progress::Done { revealed, basis } => {
				run.revealed = Some(revealed);
				Self::deposit_event(Event::Appraised {
					run: id,
					revealed,
					basis,
				});
				Self::enter(
					id,
					run,
					State::Challenge,
					Self::within(plan.windows.challenge)?,
				);
				Ok(())
			}
		}
	}

	/// Fixes who is paid for each dataset, and closes the tables.
	fn end_challenge(id: RunId, run: &mut RunOf<T>, plan: &PlanOf<T>) -> DispatchResult {
		ensure!(Self::now() > run.deadline, Error::<T>::NothingDue);
		for (dataset, mut kept) in Self::vested(id, plan) {
			let payout = T::Catalogue::terms(dataset).map(|terms| terms.payout);
			if let Some(payout) = payout.filter(|payout| *payout != kept.payout) {
				let subject = Subject::Dataset(dataset);
				T::Ledger::record(id, Role::DataProvider, subject, &payout, 0)?;
				kept.payout = payout;
				RunDatasets::<T>::insert(id, dataset, kept);
			}
		}
		for role in Role::ALL {
			T::Ledger::close(id, role)?;
		}
		Self::enter(id, run, State::Settling, Self::now());
		Ok(())
	}

	fn settle(id: RunId, run: &mut RunOf<T>, plan: &PlanOf<T>, limit: u32) -> DispatchResult {
		let licence = Self::vested(id, plan)
			.into_iter()
			.filter(|(_, kept)| kept.vested > 0)
			.map(|(dataset, kept)| (dataset, kept.payout, kept.vested))
			.collect();
		let terms = SettleTerms {
			sponsor: run.sponsor.clone(),
			split_ppm: plan.split_ppm,
			planned_units: run.planned.units,
			licence,
			bond_to_publishers: run.revealed == Some(false),
		};
		if T::Treasurer::settle(id, &terms, limit)? == SettleProgress::Done {
			Self::release_datasets(id, plan);
			Self::enter(id, run, State::Settled, Self::now());
		}
		Ok(())
	}
}
