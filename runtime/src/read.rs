//! The read contract: what `runtime/api` promises, answered from the pallets' storage.

use alloc::{collections::BTreeSet, vec::Vec};

use frame_support::traits::fungibles::metadata::Inspect as _;

use guerdon_receipt::{DatasetId, Digest, PoolId, Role, RunId, TaskIndex, Work};
use guerdon_runtime_api::{
	AccountView, AppraisalView, AssetBalance, AssetView, Contribution, Dataset, Explanation, Page,
	ReceiptView, Run, RunView, SeatView, Task, UnlearningView, MAX_PAGE,
};
use pallet_attestors::{Kind, Registrations, Rosters};
use pallet_contributions::{Entry, EntryKey, History, Ledger, Subject};
use pallet_settlement::{Asset, LeafView, RunPools, Trees};
use pallet_training::{State, TaskState};
use pallet_valuation::Phase;

use crate::{AccountId, Assets, Balance, Contributions, Runtime, Settlement, System, Training};

/// A page of what `get` finds under consecutive numbers below `end`.
fn pages<Item>(
	cursor: u64,
	limit: u32,
	end: u64,
	get: impl Fn(u64) -> Option<Item>,
) -> Page<Item, u64> {
	let last = cursor.saturating_add(limit.min(MAX_PAGE).into()).min(end);
	let next = (last < end && last > cursor).then_some(last);
	Page {
		items: (cursor..last).filter_map(get).collect(),
		next,
	}
}

/// What an account has and is due.
pub fn account(account: AccountId) -> AccountView {
	let info = System::account(&account);
	let page = contributions(account.clone(), None, MAX_PAGE);
	let all_dues = Settlement::dues_of(&account);
	let dues = |asset: Asset| -> Balance {
		let of_asset = all_dues.iter().filter(|((_, one), _)| *one == asset);
		of_asset.map(|(_, due)| due).sum()
	};
	let unclaimed = |asset: Asset| -> Balance {
		page.items
			.iter()
			.filter(|item| item.asset == asset)
			.filter(|item| !item.claimed && item.entry.payee == account && !is_for_members(item))
			.filter_map(|item| item.entitlement)
			.sum()
	};
	let claimable = |asset| unclaimed(asset).saturating_add(dues(asset));
	let assets = Settlement::allowed_assets()
		.into_keys()
		.map(|asset| AssetBalance {
			asset,
			free: Assets::balance(asset, &account),
			claimable: claimable(Some(asset)),
			dues: dues(Some(asset)),
		})
		.filter(|balance| balance.free > 0 || balance.claimable > 0)
		.collect();
	AccountView {
		free: info.data.free,
		held: info.data.reserved,
		claimable: claimable(None),
		dues: dues(None),
		contributions: page.items,
		next: page.next,
		assets,
	}
}

pub(crate) fn assets() -> Vec<AssetView> {
	let view = |(asset, allowed)| AssetView {
		asset,
		allowed,
		name: Assets::name(asset),
		symbol: Assets::symbol(asset),
		decimals: Assets::decimals(asset),
	};
	Settlement::allowed_assets().into_iter().map(view).collect()
}

/// Whether a dataset's members are paid what it earned, and not its payout account.
fn is_for_members(item: &Contribution) -> bool {
	item.pool
		.is_some_and(|pool| Settlement::list_paid(pool, item.index.into()).is_some())
}

/// The leaves that pay an account, from behind `cursor` on.
pub fn claims(
	account: AccountId,
	cursor: Option<EntryKey>,
	limit: u32,
) -> Page<LeafView<AccountId>, EntryKey> {
	let (items, next) = Settlement::claims_of(&account, cursor, limit.min(MAX_PAGE));
	Page { items, next }
}

/// Datasets by id, from `cursor` on.
pub fn datasets(cursor: DatasetId, limit: u32) -> Page<(DatasetId, Dataset), DatasetId> {
	let end = pallet_datasets::NextDatasetId::<Runtime>::get();
	let get = |id| Some((id, pallet_datasets::Datasets::<Runtime>::get(id)?));
	pages(cursor, limit, end, get)
}

/// Requests to unlearn a dataset, after the one to the run `cursor`.
pub fn unlearnings(
	dataset: DatasetId,
	cursor: Option<RunId>,
	limit: u32,
) -> Page<UnlearningView, RunId> {
	type Unlearnings = pallet_datasets::Unlearnings<Runtime>;
	let limit = usize::try_from(limit.min(MAX_PAGE)).unwrap_or_default();
	let now = System::block_number();
	let found = match cursor {
		Some(run) => {
			Unlearnings::iter_prefix_from(dataset, Unlearnings::hashed_key_for(dataset, run))
		}
		None => Unlearnings::iter_prefix(dataset),
	};
	let items: Vec<_> = found
		.take(limit)
		.map(|(run, request)| UnlearningView {
			run,
			state: request.state(now),
			request,
		})
		.collect();
	let full = items.len() == limit;
	Page {
		next: items.last().filter(|_| full).map(|last| last.run),
		items,
	}
}

/// A run.
pub fn run(id: RunId) -> Option<RunView> {
	let (run, plan) = Training::run(id)?;
	let datasets = Training::run_datasets(id);
	let asset = Settlement::asset_of(id);
	Some(RunView {
		run,
		plan,
		datasets: datasets
			.into_iter()
			.map(|view| (view.dataset, view.kept))
			.collect(),
		tables: Role::ALL
			.into_iter()
			.map(|role| {
				(
					role,
					Contributions::table(id, role),
					Settlement::run_pool(id, role),
				)
			})
			.collect(),
		escrow: Settlement::escrow(id),
		books: Settlement::books(id, asset),
		grd_books: asset.map(|_| Settlement::books(id, None)),
	})
}

/// Runs by id, from `cursor` on.
pub fn runs(cursor: RunId, limit: u32) -> Page<(RunId, Run), RunId> {
	let (items, next) = Training::runs(cursor, limit.min(MAX_PAGE));
	Page { items, next }
}

/// Tasks of a run by index, from `cursor` on.
pub fn tasks(run: RunId, cursor: TaskIndex, limit: u32) -> Page<(TaskIndex, Task), TaskIndex> {
	let page = Training::tasks(run, cursor, limit.min(MAX_PAGE));
	Page {
		items: page.tasks,
		next: page.next,
	}
}

/// Open tasks of an account in a run.
pub fn tasks_for(
	run: RunId,
	account: AccountId,
	cursor: TaskIndex,
	limit: u32,
) -> Page<(TaskIndex, Task), TaskIndex> {
	let page = Training::tasks_for(run, &account, cursor, limit.min(MAX_PAGE));
	Page {
		items: page.tasks,
		next: page.next,
	}
}

/// An accepted receipt.
pub fn receipt(id: Digest) -> Option<ReceiptView> {
	let (run, receipt) = Training::receipt(id)?;
	let task = pallet_training::Tasks::<Runtime>::get(run, receipt.task)?;
	Some(ReceiptView {
		run,
		id,
		receipt,
		task,
	})
}

/// Contributions that are booked on an account or pay it.
pub fn contributions(
	account: AccountId,
	cursor: Option<EntryKey>,
	limit: u32,
) -> Page<Contribution, EntryKey> {
	let limit = limit.min(MAX_PAGE);
	let keys = Contributions::history(&account, cursor, limit);
	let full = u32::try_from(keys.len()).is_ok_and(|length| length == limit);
	let mut next = keys.last().copied().filter(|_| full);
	let mut trees = Trees::default();
	let mut items = Vec::new();
	let mut before = None;
	for key in keys {
		let (run, role, index) = key;
		let pool = RunPools::<Runtime>::get(run, role);
		if pool.is_some_and(|pool| !trees.affords::<Runtime>(pool)) {
			next = before;
			break;
		}
		items.extend(contribution(&mut trees, run, role, index));
		before = Some(key);
	}
	Page { items, next }
}

fn contribution(trees: &mut Trees, run: RunId, role: Role, index: u32) -> Option<Contribution> {
	let entry = Contributions::entry(run, role, index)?;
	// Only a run that was settled, or that nobody contributed to, can have been pruned.
	let (state, deadline) =
		Training::run(run).map_or((State::Settled, 0), |(run, _)| (run.state, run.deadline));
	let pool = RunPools::<Runtime>::get(run, role);
	let leaf = pool.and_then(|pool| Settlement::leaf(trees, pool, index.into()));
	let entitlement = leaf
		.as_ref()
		.and_then(|leaf| Some(leaf.proven.as_ref()?.entitlement));
	let claimed = leaf.is_some_and(|leaf| leaf.claimed);
	Some(Contribution {
		run,
		role,
		index,
		entry,
		state,
		deadline,
		pool,
		asset: Settlement::asset_of(run),
		entitlement,
		claimed,
	})
}

/// Entries of a table by index, from `cursor` on.
pub fn table(
	run: RunId,
	role: Role,
	cursor: u32,
	limit: u32,
) -> Page<(u32, Entry<AccountId>), u32> {
	let end = Contributions::table(run, role).count;
	let last = cursor.saturating_add(limit.min(MAX_PAGE)).min(end);
	let get = |index| Some((index, Contributions::entry(run, role, index)?));
	Page {
		items: (cursor..last).filter_map(get).collect(),
		next: (last < end && last > cursor).then_some(last),
	}
}

/// Where the credit of a leaf comes from; told until the run is pruned.
pub fn explain(pool: PoolId, index: u64) -> Option<Explanation> {
	let leaf = Settlement::proof(pool, index)?;
	let (run, plan) = Training::run(leaf.run)?;
	let entry = Contributions::entry(leaf.run, leaf.role, u32::try_from(index).ok()?)?;
	let place = leaf.role.index();
	let appraisal = pallet_valuation::Runs::<Runtime>::get(leaf.run);
	let outcome = pallet_valuation::Results::<Runtime>::get(leaf.run);
	let basis = appraisal.and_then(|appraisal| match appraisal.phase {
		Phase::Done { basis, .. } => Some(basis),
		_ => None,
	});
	let score = match (&entry.subject, &outcome) {
		(Subject::Dataset(dataset), Some(outcome)) => Some(outcome.scores.get(*dataset)),
		_ => None,
	};
	let units = |role| Contributions::table(leaf.run, role).units;
	let done_units = match leaf.role {
		Role::Attestor => units(Role::Trainer).saturating_add(units(Role::User)),
		role => units(role),
	};
	let (receipts, complete) = receipts_behind(leaf.run, run.next_task, leaf.role, &entry);
	Some(Explanation {
		table: Contributions::table(leaf.run, leaf.role),
		budget: Settlement::books(leaf.run, leaf.asset).budget_in,
		split_ppm: plan.split_ppm.get(place).copied()?,
		planned_units: run.planned.units.get(place).copied()?,
		funded: Settlement::pool(pool)?.funded,
		basis,
		score,
		appraisal: outcome.map(|outcome| outcome.digest),
		done_units,
		receipts,
		complete,
		entry,
		leaf,
	})
}

/// Most tasks that one explanation looks at.
const MAX_EXPLAINED_TASKS: TaskIndex = 4_096;

/// Accepted receipts that count towards an entry, and whether they are all of them.
fn receipts_behind(
	run: RunId,
	tasks: TaskIndex,
	role: Role,
	entry: &Entry<AccountId>,
) -> (Vec<ReceiptView>, bool) {
	// Later rounds use the same records again, and add nothing.
	let mut used = BTreeSet::new();
	let mut counts = |task: &Task, receipt: &guerdon_runtime_api::AcceptedReceipt| {
		let is_feedback = matches!(task.work, Work::Feedback { .. });
		match (&entry.subject, role) {
			(Subject::Dataset(dataset), _) => match task.work {
				Work::Train {
					dataset: of, first, ..
				} => of == *dataset && used.insert(first),
				_ => false,
			},
			(Subject::Account(who), Role::Attestor) => task
				.committee
				.iter()
				.position(|member| member == who)
				.is_some_and(|seat| receipt.signers >> seat & 1 == 1),
			(Subject::Account(who), Role::Trainer) => task.contributor == *who && !is_feedback,
			(Subject::Account(who), Role::User) => task.contributor == *who && is_feedback,
			_ => false,
		}
	};
	let mut found = Vec::new();
	for index in 0..tasks.min(MAX_EXPLAINED_TASKS) {
		let Some(task) = pallet_training::Tasks::<Runtime>::get(run, index) else {
			continue;
		};
		let TaskState::Done { receipt: id } = task.state else {
			continue;
		};
		let Some(receipt) = pallet_training::Receipts::<Runtime>::get(run, id) else {
			continue;
		};
		if !counts(&task, &receipt) {
			continue;
		}
		if found.len() == MAX_PAGE as usize {
			return (found, false);
		}
		found.push(ReceiptView {
			run,
			id,
			receipt,
			task,
		});
	}
	(found, tasks <= MAX_EXPLAINED_TASKS)
}

/// Where a run's appraisal stands.
pub fn appraisal(run: RunId) -> Option<AppraisalView> {
	let appraisal = pallet_valuation::Runs::<Runtime>::get(run)?;
	let outcome = pallet_valuation::Results::<Runtime>::get(run);
	let digest = match (&appraisal.phase, &outcome) {
		(Phase::Streaming { digest, .. }, _) => Some(*digest),
		(_, Some(outcome)) => Some(outcome.digest),
		_ => None,
	};
	Some(AppraisalView {
		appraisal,
		commitments: pallet_valuation::Commitments::<Runtime>::iter_prefix(run)
			.map(|(who, commitment)| (who, commitment.digest))
			.collect(),
		expected: pallet_valuation::Streams::<Runtime>::get(run).map(|stream| stream.expected),
		digest,
		scores: outcome.map_or_else(Vec::new, |outcome| outcome.scores.totals().to_vec()),
	})
}

/// Seats of a kind in seat order, from `cursor` on.
pub fn seats(kind: Kind, cursor: u32, limit: u32) -> Page<SeatView, u32> {
	let roster = Rosters::<Runtime>::get(kind);
	let page = pages(cursor.into(), limit, roster.len() as u64, |at| {
		let seat = roster.get(usize::try_from(at).ok()?)?;
		let registration = Registrations::<Runtime>::get(kind, &seat.account)?;
		Some(SeatView {
			account: seat.account.clone(),
			key: registration.key,
			endpoint: registration.endpoint.into_inner(),
			since: registration.since,
			until: registration.until,
			bond: registration.bond,
			held: registration.held,
			barred: registration.barred,
		})
	});
	Page {
		items: page.items,
		next: page.next.and_then(|next| u32::try_from(next).ok()),
	}
}
