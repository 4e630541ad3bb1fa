//! What the read contract asks. None of it is called by a call.

use crate::{
	pallet::*,
	types::{Task, *},
};
use alloc::vec::Vec;
use codec::{Decode, Encode};
use frame_system::pallet_prelude::BlockNumberFor;
use guerdon_receipt::{DatasetId, Digest, RunId, TaskIndex};
use scale_info::TypeInfo;

/// Most things that one answer holds.
const MAX_PAGE: u32 = 256;

/// A page of tasks.
#[derive(Encode, Decode, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct TaskPage<AccountId, BlockNumber> {
	/// Tasks with their indices, ascending.
	pub tasks: Vec<(TaskIndex, Task<AccountId, BlockNumber>)>,
	/// Where to go on; `None` when there are no more.
	pub next: Option<TaskIndex>,
}

/// A dataset of a run.
#[derive(Encode, Decode, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct DatasetView<AccountId> {
	/// Its id.
	pub dataset: DatasetId,
	/// What the run keeps about it.
	pub kept: RunDataset<AccountId>,
}

type TaskPageOf<T> = TaskPage<<T as frame_system::Config>::AccountId, BlockNumberFor<T>>;

impl<T: Config> Pallet<T> {
	/// A run and its plan.
	pub fn run(id: RunId) -> Option<(RunOf<T>, PlanOf<T>)> {
		Runs::<T>::get(id).zip(Plans::<T>::get(id))
	}

	/// Up to `limit` runs from `cursor` on, at most 256, ascending, and where to go on.
	pub fn runs(cursor: RunId, limit: u32) -> (Vec<(RunId, RunOf<T>)>, Option<RunId>) {
		let mut runs = Vec::new();
		let end = cursor
			.checked_add(limit.min(MAX_PAGE).into())
			.unwrap_or(RunId::MAX);
		let end = end.min(NextRunId::<T>::get());
		for id in cursor..end {
			if let Some(run) = Runs::<T>::get(id) {
				runs.push((id, run));
			}
		}
		(
			runs,
			Some(end).filter(|end| *end < NextRunId::<T>::get() && *end > cursor),
		)
	}

	/// The datasets of a run, in the plan's order.
	pub fn run_datasets(id: RunId) -> Vec<DatasetView<T::AccountId>> {
		let Some(plan) = Plans::<T>::get(id) else {
			return Vec::new();
		};
		plan.datasets
			.iter()
			.filter_map(|dataset| {
				let kept = RunDatasets::<T>::get(id, dataset)?;
				Some(DatasetView {
					dataset: *dataset,
					kept,
				})
			})
			.collect()
	}

	/// Looks at up to `limit` tasks of a run, at most 256, from `cursor` on, for those that
	/// `wanted` wants.
	fn tasks_where(
		id: RunId,
		cursor: TaskIndex,
		limit: u32,
		wanted: impl Fn(&TaskOf<T>) -> bool,
	) -> TaskPageOf<T> {
		let last = Runs::<T>::get(id).map_or(0, |run| run.next_task);
		let end = cursor
			.checked_add(limit.min(MAX_PAGE))
			.unwrap_or(TaskIndex::MAX)
			.min(last);
		let tasks = (cursor..end)
			.filter_map(|index| Some((index, Tasks::<T>::get(id, index)?)))
			.filter(|(_, task)| wanted(task))
			.collect();
		TaskPage {
			tasks,
			next: Some(end).filter(|end| *end < last && *end > cursor),
		}
	}

	/// The first task of a run that may still be open.
	fn first_open(id: RunId) -> TaskIndex {
		Runs::<T>::get(id).map_or(0, |run| run.sweep)
	}

	/// All tasks of a run.
	pub fn tasks(id: RunId, cursor: TaskIndex, limit: u32) -> TaskPageOf<T> {
		Self::tasks_where(id, cursor, limit, |_| true)
	}

	/// Open tasks that were dealt to an account.
	pub fn tasks_for(
		id: RunId,
		who: &T::AccountId,
		cursor: TaskIndex,
		limit: u32,
	) -> TaskPageOf<T> {
		let cursor = cursor.max(Self::first_open(id));
		Self::tasks_where(id, cursor, limit, |task| {
			task.state == TaskState::Open && task.contributor == *who
		})
	}

	/// An accepted receipt with its run.
	pub fn receipt(receipt: Digest) -> Option<(RunId, AcceptedReceipt<BlockNumberFor<T>>)> {
		let (run, _) = ReceiptTasks::<T>::get(receipt)?;
		Some((run, Receipts::<T>::get(run, receipt)?))
	}
}
