//! What the runtime API reads. None of it is reached by a call but `dues_of`.

use alloc::{collections::BTreeMap, vec::Vec};
use frame_support::traits::fungibles::Inspect;
use frame_system::pallet_prelude::BlockNumberFor;
use guerdon_receipt::{DatasetId, PoolId, Role, RunId};
use guerdon_share_tree::{leaf_node, Leaf, Payee, Summary, Tree};
use pallet_contributions::{EntryKey, History};

use crate::{
	assets::kind, checked_sum, members::CohortOf, pallet::*, AllowedAsset, Asset, AssetId, Balance,
	ClaimedPage, Conservation, DrawnPage, Escrow, HostHasher, LeafView, MembersView, Pool,
	PoolState, Proven, RunBooks, Share, MAX_DUES, MAX_PAGE, MAX_PROOF_LEAVES,
};

/// The trees of pools and what each of their leaves is due, built once for all leaves that are read.
#[derive(Default)]
pub struct Trees(BTreeMap<PoolId, Option<(Tree, Vec<Balance>)>>);

impl Trees {
	/// Whether the leaves of a pool may be read in the same answer as those before: together with
	/// this one, the trees built for it have no more than 4,096 leaves, or this is the first.
	pub fn affords<T: Config>(&self, pool: PoolId) -> bool {
		let built = self.0.values().flatten();
		let leaves: u64 = built.map(|(tree, _)| tree.summary().count).sum();
		leaves == 0
			|| self.0.contains_key(&pool)
			|| leaves
				.checked_add(Self::leaves_of::<T>(pool))
				.is_some_and(|leaves| leaves <= MAX_PROOF_LEAVES)
	}

	/// How many leaves have to be read to build a pool's tree.
	fn leaves_of<T: Config>(pool: PoolId) -> u64 {
		match Pools::<T>::get(pool).map(|pool| pool.state) {
			Some(PoolState::Sealed(summary)) if summary.count <= MAX_PROOF_LEAVES => summary.count,
			_ => 0,
		}
	}
}

impl<T: Config> Pallet<T> {
	/// A pool by its id.
	pub fn pool(id: PoolId) -> Option<Pool> {
		Pools::<T>::get(id)
	}

	/// The tree of a pool that is complete: a run's, a cohort, or what a cohort got in an asset.
	pub fn summary(id: PoolId) -> Option<Summary> {
		Self::payable(id).ok().map(|pool| pool.summary)
	}

	/// The last block in which a run's pool can be claimed for sure.
	pub fn expires(id: PoolId) -> Option<BlockNumberFor<T>> {
		Expiries::<T>::get(id)
	}

	/// A leaf of a run's sealed pool.
	pub fn leaf_at(id: PoolId, index: u64) -> Option<Leaf<T::AccountId>> {
		let pool = Self::pool(id)?;
		matches!(pool.state, PoolState::Sealed(_)).then_some(())?;
		let entry = Self::entry(pool.run, pool.role, index)?;
		Some(Self::leaf_of(id, pool.role, index, entry))
	}

	/// The pool of a run and role; None before settlement and for a role without weight.
	pub fn run_pool(run: RunId, role: Role) -> Option<PoolId> {
		RunPools::<T>::get(run, role)
	}

	/// Where a run's money of an asset came from and where it is.
	pub fn books(run: RunId, asset: Asset) -> RunBooks {
		Books::<T>::get(run, asset)
	}

	/// What a run is paid in.
	pub fn asset_of(run: RunId) -> Asset {
		Self::paid_in(run)
	}

	/// The assets that runs can be paid in, or could.
	pub fn allowed_assets() -> BTreeMap<AssetId, AllowedAsset> {
		AllowedAssets::<T>::iter().collect()
	}

	/// What a cohort got in an asset, by the id of the pool of that.
	pub fn share(pool: PoolId) -> Option<Share> {
		Shares::<T>::get(pool)
	}

	/// What a cohort got in assets, by the ids of its pools.
	pub fn shares_of(list: PoolId) -> BTreeMap<PoolId, Share> {
		SharePools::<T>::iter_prefix_values(list)
			.filter_map(|pool| Some((pool, Self::share(pool)?)))
			.collect()
	}

	/// What a run's purses hold.
	pub fn escrow(run: RunId) -> Escrow {
		Escrows::<T>::get(run)
	}

	/// What an account is owed because it could not receive it, up to 64 dues.
	pub fn dues_of(account: &T::AccountId) -> Vec<((RunId, Asset), Balance)> {
		let limit = usize::try_from(MAX_DUES).unwrap_or(usize::MAX);
		Dues::<T>::iter_prefix(account).take(limit).collect()
	}

	/// Whether a leaf was paid.
	pub fn is_claimed(pool: PoolId, index: u64) -> bool {
		ClaimedPages::<T>::get(pool, ClaimedPage::number(index)).is_claimed(index)
	}

	/// A cohort by the id of its pool.
	pub fn cohort(pool: PoolId) -> Option<CohortOf<T>> {
		Cohorts::<T>::get(pool)
	}

	/// What a leaf of a cohort was paid so far.
	pub fn drawn(pool: PoolId, index: u64) -> Balance {
		Drawn::<T>::get(pool, DrawnPage::number(index)).amount(index)
	}

	/// The cohorts of a dataset, and what waits for them; None when there is neither.
	pub fn members(dataset: DatasetId) -> Option<MembersView<T::AccountId, BlockNumberFor<T>>> {
		let membership = Memberships::<T>::get(dataset);
		let pools = membership.open.iter().chain(&membership.building);
		let limit = usize::try_from(MAX_DUES).unwrap_or(usize::MAX);
		let pending = checked_sum(
			LicenceDues::<T>::iter_prefix_values(dataset)
				.take(limit)
				.map(|due| due.amount),
		)?;
		(!membership.is_empty() || pending > 0).then(|| MembersView {
			cohorts: pools
				.filter_map(|pool| Some((*pool, Self::cohort(*pool)?)))
				.collect(),
			pending,
			shares: membership
				.open
				.iter()
				.flat_map(|list| Self::shares_of(*list))
				.collect(),
		})
	}

	/// The list whose members are paid what a leaf of a run's pool is due. None when the leaf pays an
	/// account, also because the list was abandoned.
	pub fn list_paid(pool: PoolId, index: u64) -> Option<PoolId> {
		ListLeaves::<T>::get(pool, index).filter(|list| Cohorts::<T>::contains_key(list))
	}

	/// What the pot holds of an asset and owes.
	pub fn conservation(asset: Asset) -> Conservation {
		let totals = Total::<T>::get(asset);
		let pot_free = T::Assets::balance(kind(asset), &Self::pot());
		let existential_deposit = Self::endowment(asset);
		let needed = Self::needed(asset).unwrap_or(Balance::MAX);
		let difference = needed.abs_diff(pot_free);
		let (surplus, missing) = if pot_free >= needed {
			(difference, 0)
		} else {
			(0, difference)
		};
		Conservation {
			pot_free,
			existential_deposit,
			funded: totals.funded,
			paid: totals.paid,
			escrow: totals.escrow,
			dues: totals.dues,
			surplus,
			missing,
		}
	}

	/// A leaf of a sealed pool with its proof, rebuilt from the contribution table.
	/// None if there is no such leaf or the pool has more than 4,096 leaves.
	pub fn proof(pool: PoolId, index: u64) -> Option<LeafView<T::AccountId>> {
		Self::leaf(&mut Trees::default(), pool, index).filter(|view| view.proven.is_some())
	}

	/// The leaves of sealed pools that pay an account, and where the next page starts.
	///
	/// Looks at up to `limit` entries of its history, at most 64, and builds trees of 4,096 leaves in
	/// all at most, so that a page may hold fewer.
	pub fn claims_of(
		account: &T::AccountId,
		cursor: Option<EntryKey>,
		limit: u32,
	) -> (Vec<LeafView<T::AccountId>>, Option<EntryKey>) {
		let limit = limit.min(MAX_PAGE);
		let keys = T::Ledger::history(account, cursor, limit);
		let is_full = u32::try_from(keys.len()).is_ok_and(|length| length == limit);
		let mut next = keys.last().copied().filter(|_| is_full);
		let mut trees = Trees::default();
		let mut views = Vec::new();
		let mut before = None;
		for key in keys {
			let (run, role, index) = key;
			if let Some(pool) = RunPools::<T>::get(run, role) {
				if !trees.affords::<T>(pool) {
					next = before;
					break;
				}
				let view = Self::leaf(&mut trees, pool, index.into());
				views.extend(view.filter(|view| Self::pays(view, account)));
			}
			before = Some(key);
		}
		(views, next)
	}

	/// Whether a leaf pays an account, the list that it names having been abandoned if it names one.
	fn pays(view: &LeafView<T::AccountId>, account: &T::AccountId) -> bool {
		match &view.leaf.payee {
			Payee::Account(payee) => payee == account,
			Payee::Hidden(_) => false,
			Payee::Pool(list) => {
				!Cohorts::<T>::contains_key(list)
					&& Self::entry(view.run, view.role, view.index)
						.is_some_and(|entry| entry.payee == *account)
			}
		}
	}

	/// A leaf of a sealed pool; without its proof if the pool has more than 4,096 leaves.
	pub fn leaf(trees: &mut Trees, id: PoolId, index: u64) -> Option<LeafView<T::AccountId>> {
		let Pool {
			run,
			role,
			asset,
			funded,
			state: PoolState::Sealed(_),
			..
		} = Self::pool(id)?
		else {
			return None;
		};
		let entry = Self::entry(run, role, index)?;
		let divided = trees.0.entry(id).or_insert_with(|| {
			let tree = Self::tree(id)?;
			let entitlements = tree.entitlements(funded).ok()?;
			Some((tree, entitlements))
		});
		let proven = divided.as_ref().and_then(|(tree, entitlements)| {
			Some(Proven {
				entitlement: *entitlements.get(usize::try_from(index).ok()?)?,
				proof: tree.prove(index).ok()?,
			})
		});
		let leaf = Self::leaf_of(id, role, index, entry);
		let claimed = Self::is_claimed(id, index);
		Some(LeafView {
			pool: id,
			run,
			role,
			asset,
			index,
			leaf,
			claimed,
			proven,
		})
	}

	/// The tree of a sealed pool of at most 4,096 leaves.
	pub(crate) fn tree(id: PoolId) -> Option<Tree> {
		let Pool {
			run,
			role,
			state: PoolState::Sealed(summary),
			..
		} = Self::pool(id)?
		else {
			return None;
		};
		if summary.count > MAX_PROOF_LEAVES {
			return None;
		}
		let node = |index: u64| {
			let entry = Self::entry(run, role, index)?;
			let leaf = Self::leaf_of(id, role, index, entry);
			Some(leaf_node::<HostHasher, _>(id, index, &leaf))
		};
		let nodes = (0..summary.count).map(node).collect::<Option<Vec<_>>>()?;
		let tree = Tree::new::<HostHasher>(nodes).ok()?;
		(*tree.summary() == summary).then_some(tree)
	}
}
