//! Proposing a run: everything about it is checked, counted and paid for here.

use super::add;
use crate::{pallet::*, types::*};
use alloc::{collections::BTreeSet, vec::Vec};
use frame_support::{pallet_prelude::*, traits::fungible::hold::Mutate as _};
use guerdon_receipt::{DatasetId, Role, RunId};
use guerdon_valuation::{MAX_RECORDS_IN_BALL, MIN_RECORDS};
use pallet_attestors::Draws;
use pallet_contributions::{Ledger, Subject};
use pallet_datasets::Catalogue;
use pallet_settlement::{Purse, Treasurer};
use pallet_valuation::Method;
use sp_runtime::ArithmeticError;

/// A committee and the one that may replace it.
const COMMITTEES_PER_ATTEMPT: u32 = 2;

/// Whether `quorum` is more than half of `of`, and no more than all.
fn is_majority(quorum: u8, of: u8) -> bool {
	quorum <= of
		&& u16::from(quorum)
			.checked_mul(2)
			.is_some_and(|twice| twice > u16::from(of))
}

/// The size of a run and what it may cost beside the budget.
struct Size {
	planned: Planned,
	tasks: u32,
	licence: Balance,
}

impl<T: Config> Pallet<T> {
	pub(crate) fn do_propose(sponsor: T::AccountId, plan: PlanOf<T>) -> DispatchResult {
		Self::check_plan(&plan)?;
		let mut datasets = Self::read_datasets(&sponsor, &plan)?;
		let size = Self::size_of(&plan, &mut datasets)?;
		ensure!(
			size.licence <= plan.max_licence,
			Error::<T>::LicenceCeilingTooLow
		);

		let id = NextRunId::<T>::get();
		NextRunId::<T>::put(add(id, 1)?);

		let deposit = Self::run_deposit(&plan, size.tasks).ok_or(Error::<T>::PlanTooLarge)?;
		T::Currency::hold(&HoldReason::Run.into(), &sponsor, deposit)?;
		if let Some(asset) = plan.asset {
			T::Treasurer::pay_in(id, asset)?;
		}
		for (purse, amount) in [
			(Purse::Budget, plan.budget),
			(Purse::Licence, plan.max_licence),
			(Purse::Bond, plan.bond),
			(Purse::Tip, plan.tip),
		] {
			T::Treasurer::deposit(id, purse, &sponsor, amount)?;
		}
		for (dataset, kept) in datasets {
			T::Catalogue::request(dataset, id)?;
			RunDatasets::<T>::insert(id, dataset, kept);
		}

		let epoch = T::Draws::epoch();
		let deadline = Self::within(plan.windows.grant)?;
		let mut run = Run {
			sponsor: sponsor.clone(),
			state: State::Proposed,
			deadline,
			deposit,
			planned: size.planned,
			round: 0,
			stage: Stage::Dealing {
				dataset: 0,
				chunk: 0,
			},
			draw_epoch: epoch,
			next_draw_epoch: epoch,
			model: plan.initial_model.0,
			round_open: 0,
			round_done: 0,
			feedback_posted: 0,
			feedback_open: 0,
			accepted: 0,
			next_task: 0,
			sweep: 0,
			queue_head: 0,
			queue_tail: 0,
			enrolled: 0,
			invited: Invited::default(),
			kill_fee_each: 0,
			revealed: None,
		};
		Self::deposit_event(Event::RunProposed {
			run: id,
			sponsor,
			budget: plan.budget,
			asset: plan.asset,
		});
		Self::enter(id, &mut run, State::Proposed, deadline);
		Runs::<T>::insert(id, run);
		Plans::<T>::insert(id, plan);
		Ok(())
	}

	/// What is held for everything that a run can store.
	fn run_deposit(plan: &PlanOf<T>, tasks: u32) -> Option<Balance> {
		let datasets = Balance::try_from(plan.datasets.len()).ok()?;
		// An attestor is locked once for a run, however often it is drawn.
		let drawn = tasks
			.saturating_mul(T::MaxAttempts::get().into())
			.saturating_mul(COMMITTEES_PER_ATTEMPT)
			.saturating_mul(plan.committee.into());
		let locks = drawn.min(T::MaxLocks::get());
		[
			(T::RunDeposit::get(), 1),
			(T::UseDeposit::get(), datasets),
			(T::PlaceDeposit::get(), plan.max_enrolments.into()),
			(T::TaskDeposit::get(), tasks.into()),
			(T::LockDeposit::get(), locks.into()),
		]
		.into_iter()
		.try_fold(0, |sum: Balance, (each, count)| {
			sum.checked_add(each.checked_mul(count)?)
		})
	}

	/// Everything about a plan that needs no other pallet.
	fn check_plan(plan: &PlanOf<T>) -> DispatchResult {
		ensure!(!plan.datasets.is_empty(), Error::<T>::NoDatasets);
		let distinct: BTreeSet<_> = plan.datasets.iter().collect();
		ensure!(
			distinct.len() == plan.datasets.len(),
			Error::<T>::DuplicateDataset
		);
		plan.features.check().map_err(|_| Error::<T>::BadFeatures)?;

		ensure!(plan.records_per_task > 0, Error::<T>::ZeroRecordsPerTask);
		ensure!(plan.passes > 0, Error::<T>::ZeroPasses);
		ensure!(plan.rounds > 0, Error::<T>::ZeroRounds);
		ensure!(plan.aggregate_units > 0, Error::<T>::ZeroAggregateUnits);
		ensure!(
			plan.feedback
				.is_none_or(|plan| plan.batches > 0 && plan.items_per_batch > 0),
			Error::<T>::EmptyFeedback
		);

		ensure!(plan.budget > 0, Error::<T>::ZeroBudget);
		let split = plan
			.split_ppm
			.iter()
			.try_fold(0u32, |sum, part| sum.checked_add(*part));
		ensure!(split == Some(MILLION), Error::<T>::SplitNotWhole);
		let tenfold = plan.bond.checked_mul(10);
		ensure!(
			tenfold.is_none_or(|bond| bond >= plan.budget),
			Error::<T>::BondTooSmall
		);
		ensure!(plan.tip_per_advance <= plan.tip, Error::<T>::TipTooSmall);

		ensure!(
			plan.committee >= 1 && u32::from(plan.committee) <= MAX_COMMITTEE,
			Error::<T>::CommitteeOutOfBounds
		);
		ensure!(
			is_majority(plan.quorum, plan.committee),
			Error::<T>::QuorumOutOfBounds
		);
		ensure!(plan.samples > 0, Error::<T>::ZeroSamples);
		let roles = if plan.feedback.is_some() { 2 } else { 1 };
		ensure!(
			plan.max_enrolments >= roles && plan.max_enrolments <= MAX_ENROLMENTS,
			Error::<T>::EnrolmentsOutOfBounds
		);
		ensure!(
			plan.appraisers >= T::MinAppraisers::get()
				&& plan.appraisers <= T::MaxAppraisers::get(),
			Error::<T>::AppraisersOutOfBounds
		);
		ensure!(
			is_majority(plan.appraiser_quorum, plan.appraisers),
			Error::<T>::AppraiserQuorumOutOfBounds
		);
		let draw = T::Draws::wait().into();
		let shortest = add(plan.windows.task, draw)?;
		ensure!(plan.windows.work > shortest, Error::<T>::WorkTooShort);
		ensure!(
			plan.windows
				.all()
				.into_iter()
				.all(|window| window >= T::MinWindow::get() && window <= T::MaxWindow::get()),
			Error::<T>::WindowOutOfBounds
		);
		Ok(())
	}

	/// What the run keeps about each dataset, with its prices as they stand now.
	fn read_datasets(
		sponsor: &T::AccountId,
		plan: &PlanOf<T>,
	) -> Result<Vec<(DatasetId, RunDatasetOf<T>)>, DispatchError> {
		let mut kept = Vec::new();
		for dataset in &plan.datasets {
			let terms = T::Catalogue::terms(*dataset).ok_or(Error::<T>::DatasetNotFound)?;
			T::Catalogue::usable(*dataset)?;
			ensure!(terms.owner != *sponsor, Error::<T>::SponsorOwnsDataset);
			ensure!(
				plan.method != Method::ThresholdKnn || terms.records >= MIN_RECORDS,
				Error::<T>::DatasetTooSmall
			);
			kept.push((
				*dataset,
				RunDataset {
					standing: Standing::Asked,
					owner: terms.owner,
					payout: terms.payout,
					root: terms.root,
					records: terms.records,
					flat_fee: terms.flat_fee,
					price_per_record: terms.price_per_record,
					offset: 0,
					used: 0,
					vested: 0,
				},
			));
		}
		Ok(kept)
	}

	/// Counts tasks, units and licence money, and gives each dataset its place in the round.
	fn size_of(
		plan: &PlanOf<T>,
		datasets: &mut [(DatasetId, RunDatasetOf<T>)],
	) -> Result<Size, DispatchError> {
		let mut tasks_per_round = 0u32;
		let mut records = 0u64;
		let mut licence: Balance = 0;
		for (_, dataset) in datasets.iter_mut() {
			dataset.offset = tasks_per_round;
			let chunks = dataset
				.records
				.checked_next_multiple_of(plan.records_per_task.into())
				.and_then(|whole| whole.checked_div(plan.records_per_task.into()))
				.and_then(|chunks| u32::try_from(chunks).ok())
				.ok_or(Error::<T>::TooManyTasks)?;
			tasks_per_round = tasks_per_round
				.checked_add(chunks)
				.ok_or(Error::<T>::TooManyTasks)?;
			records = records
				.checked_add(dataset.records)
				.ok_or(Error::<T>::PlanTooLarge)?;
			licence = dataset
				.price_per_record
				.checked_mul(dataset.records.into())
				.and_then(|price| price.checked_add(dataset.flat_fee))
				.and_then(|price| price.checked_add(licence))
				.ok_or(Error::<T>::PlanTooLarge)?;
		}
		ensure!(
			tasks_per_round <= T::MaxTasksPerRound::get(),
			Error::<T>::TooManyTasks
		);
		ensure!(
			plan.method != Method::ThresholdKnn || records <= MAX_RECORDS_IN_BALL.into(),
			Error::<T>::TooManyRecords
		);

		let (batches, items) = plan
			.feedback
			.map_or((0, 0), |plan| (plan.batches, plan.items_per_batch));
		let tasks = tasks_per_round
			.checked_add(1)
			.and_then(|round| round.checked_mul(plan.rounds.into()))
			.and_then(|tasks| tasks.checked_add(batches))
			.filter(|tasks| *tasks <= T::MaxTasksPerRun::get())
			.ok_or(Error::<T>::TooManyTasks)?;

		let trainer = records
			.checked_mul(plan.passes.into())
			.and_then(|units| units.checked_add(plan.aggregate_units.into()))
			.and_then(|units| units.checked_mul(plan.rounds.into()))
			.ok_or(Error::<T>::PlanTooLarge)?;
		// A user is weighed by its items as a number of 32 bits.
		let user = batches
			.checked_mul(items)
			.map(u64::from)
			.ok_or(Error::<T>::PlanTooLarge)?;
		let attestor = trainer.checked_add(user).ok_or(Error::<T>::PlanTooLarge)?;
		let planned = Planned {
			tasks_per_round,
			units: [0, trainer, user, attestor, 0],
		};
		Ok(Size {
			planned,
			tasks,
			licence,
		})
	}

	/// Decides which datasets the run goes on with; `false` when none is left.
	pub(crate) fn admit_datasets(id: RunId, plan: &PlanOf<T>) -> Result<bool, DispatchError> {
		let mut admitted = false;
		for dataset in &plan.datasets {
			let Some(mut kept) = RunDatasets::<T>::get(id, dataset) else {
				continue;
			};
			if T::Catalogue::granted(*dataset, id) && T::Catalogue::may_deal(*dataset, id).is_ok() {
				admitted = true;
				kept.standing = Standing::Admitted;
				Self::deposit_event(Event::DatasetAdmitted {
					run: id,
					dataset: *dataset,
				});
			} else {
				T::Catalogue::close_request(*dataset, id);
				kept.standing = Standing::Dropped;
				Self::deposit_event(Event::DatasetDropped {
					run: id,
					dataset: *dataset,
				});
			}
			RunDatasets::<T>::insert(id, dataset, kept);
		}
		Ok(admitted)
	}

	/// Whether every owner has answered with a grant, or need not. Where one declines, the sponsor has
	/// until the deadline to cancel for nothing.
	pub(crate) fn all_granted(id: RunId, plan: &PlanOf<T>) -> bool {
		plan.datasets
			.iter()
			.all(|dataset| T::Catalogue::granted(*dataset, id))
	}

	/// Sponsor and owners: who neither works on a run nor attests it.
	pub(crate) fn parties(id: RunId, run: &RunOf<T>) -> BTreeSet<T::AccountId> {
		RunDatasets::<T>::iter_prefix_values(id)
			.map(|dataset| dataset.owner)
			.chain([run.sponsor.clone()])
			.collect()
	}

	/// Licence money that vested, by dataset.
	pub(crate) fn vested(id: RunId, plan: &PlanOf<T>) -> Vec<(DatasetId, RunDatasetOf<T>)> {
		let ids: BTreeSet<_> = plan.datasets.iter().copied().collect();
		ids.into_iter()
			.filter_map(|dataset| Some((dataset, RunDatasets::<T>::get(id, dataset)?)))
			.filter(|(_, kept)| kept.used > 0)
			.collect()
	}

	/// Books the first use of a training task's records and vests their price.
	///
	/// `first` and `count` come from the task; later rounds use the same records again for nothing.
	pub(crate) fn use_records(
		id: RunId,
		plan: &PlanOf<T>,
		dataset: DatasetId,
		first: u64,
		records: u32,
	) -> DispatchResult {
		let Some(mut kept) = RunDatasets::<T>::get(id, dataset) else {
			return Ok(());
		};
		let chunk = first
			.checked_div(plan.records_per_task.into())
			.and_then(|chunk| u32::try_from(chunk).ok())
			.ok_or(ArithmeticError::Overflow)?;
		let position = add(kept.offset, chunk)?;
		if !Self::mark_used(id, position)? {
			return Ok(());
		}
		let flat = if kept.used == 0 { kept.flat_fee } else { 0 };
		let price = kept
			.price_per_record
			.checked_mul(records.into())
			.and_then(|price| price.checked_add(flat))
			.ok_or(ArithmeticError::Overflow)?;
		kept.used = add(kept.used, records.into())?;
		kept.vested = add(kept.vested, price)?;
		if let Some(terms) = T::Catalogue::terms(dataset) {
			kept.payout = terms.payout;
		}
		T::Ledger::record(
			id,
			Role::DataProvider,
			Subject::Dataset(dataset),
			&kept.payout,
			records.into(),
		)?;
		RunDatasets::<T>::insert(id, dataset, kept);
		Ok(())
	}

	/// Sets the bit of a position in the round; `false` when it was set.
	fn mark_used(id: RunId, position: u32) -> Result<bool, DispatchError> {
		let bit = 1u8
			.checked_shl(position.checked_rem(8).unwrap_or_default())
			.unwrap_or_default();
		let byte = usize::try_from(position.checked_div(8).unwrap_or_default())
			.map_err(|_| ArithmeticError::Overflow)?;
		UsedChunks::<T>::try_mutate(id, |used| {
			if used.len() <= byte {
				used.bounded_resize(add(byte, 1)?, 0);
			}
			let slot = used.get_mut(byte).ok_or(Error::<T>::TooManyTasks)?;
			let fresh = *slot & bit == 0;
			*slot |= bit;
			Ok(fresh)
		})
	}
}
