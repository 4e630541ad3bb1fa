//! The pallet's neighbours, as simple as they can be.

use super::*;
use frame_support::weights::Weight;

#[derive(Encode, Decode, Clone)]
pub struct FakeDataset {
	pub terms: pallet_datasets::Terms<AccountId32, u128, u32>,
	pub usable: bool,
	pub may_deal: bool,
	pub granted: BTreeSet<RunId>,
	pub users: BTreeSet<RunId>,
}

/// What runs can be paid in besides the native balance.
pub const ASSET: AssetId = 9;
/// Any other asset.
pub const NOT_ALLOWED: DispatchError = DispatchError::Other("the asset is not allowed");

/// What the neighbours know. It is kept in storage, so that a failed call takes it back.
#[derive(Encode, Decode, Clone, Default)]
pub struct World {
	pub datasets: BTreeMap<DatasetId, FakeDataset>,
	pub epoch: Epoch,
	pub wait: u32,
	pub lost_seeds: BTreeSet<Epoch>,
	pub seats: Vec<AccountId32>,
	pub inactive: BTreeSet<AccountId32>,
	pub locks: BTreeMap<AccountId32, u32>,
	pub booked: Vec<(RunId, Role, Subject<AccountId32>, AccountId32, u64)>,
	pub ledger_fails: bool,
	pub closed: BTreeSet<(RunId, Role)>,
	pub opened: Option<pallet_valuation::Terms<AccountId32, u32>>,
	pub phases: u32,
	pub appraised: Option<(bool, Basis)>,
	pub appraisal_weight: Weight,
	pub purses: BTreeMap<(RunId, u8), u128>,
	pub settle_steps: u32,
	pub settle_step_weight: Weight,
	pub asset_step_weight: Weight,
	pub paid_in: BTreeMap<RunId, AssetId>,
	pub settled_with: Option<SettleTerms<AccountId32, u128>>,
}

pub fn world() -> World {
	unhashed::get_or_default(b"the world")
}

pub fn change<R>(how: impl FnOnce(&mut World) -> R) -> R {
	let mut world = world();
	let result = how(&mut world);
	unhashed::put(b"the world", &world);
	result
}

pub struct Fakes;

impl pallet_datasets::Catalogue<AccountId32, u128, u32> for Fakes {
	fn terms(dataset: DatasetId) -> Option<pallet_datasets::Terms<AccountId32, u128, u32>> {
		world()
			.datasets
			.get(&dataset)
			.map(|known| known.terms.clone())
	}
	fn usable(dataset: DatasetId) -> DispatchResult {
		let usable = world()
			.datasets
			.get(&dataset)
			.is_some_and(|known| known.usable);
		usable
			.then_some(())
			.ok_or(DispatchError::Other("not usable"))
	}
	fn request(dataset: DatasetId, run: RunId) -> DispatchResult {
		Self::usable(dataset)?;
		change(|world| {
			world.datasets.get_mut(&dataset).unwrap().users.insert(run);
		});
		Ok(())
	}
	fn close_request(dataset: DatasetId, run: RunId) {
		change(|world| {
			if let Some(known) = world.datasets.get_mut(&dataset) {
				known.users.remove(&run);
			}
		});
	}
	fn granted(dataset: DatasetId, run: RunId) -> bool {
		world().datasets.get(&dataset).is_some_and(|known| {
			known.terms.approval == Approval::Open || known.granted.contains(&run)
		})
	}
	fn may_deal(dataset: DatasetId, run: RunId) -> Result<(), DispatchError> {
		let known = world().datasets.get(&dataset).cloned();
		known
			.filter(|known| known.may_deal && known.users.contains(&run))
			.map(|_| ())
			.ok_or(DispatchError::Other("withdrawn"))
	}
	#[cfg(feature = "runtime-benchmarks")]
	fn publish(_: &AccountId32, _: u64, _: Approval) -> DatasetId {
		unimplemented!("benchmarks run on the runtime")
	}
}

pub fn seed_of(epoch: Epoch) -> H256 {
	H256::from_low_u64_be(epoch + 1_000)
}

impl pallet_attestors::Draws<AccountId32> for Fakes {
	fn epoch() -> Epoch {
		world().epoch
	}
	fn wait() -> u32 {
		world().wait
	}
	fn seed(epoch: Epoch) -> Option<H256> {
		let world = world();
		let kept = epoch <= world.epoch && epoch + pallet_attestors::SEEDS_KEPT > world.epoch;
		(kept && !world.lost_seeds.contains(&epoch)).then(|| seed_of(epoch))
	}
	fn seats(_: Kind, as_of: Epoch) -> Vec<AccountId32> {
		let world = world();
		if as_of > world.epoch + 1 {
			return Vec::new();
		}
		world.seats
	}
	fn key(_: Kind, who: &AccountId32) -> Option<PublicKey> {
		world().seats.contains(who).then(|| key_of(who))
	}
	fn is_active(_: Kind, who: &AccountId32) -> bool {
		let world = world();
		world.seats.contains(who) && !world.inactive.contains(who)
	}
	fn payout(_: Kind, who: &AccountId32) -> Option<AccountId32> {
		Some(payout_of(who))
	}
	fn lock(_: Kind, who: &AccountId32) -> DispatchResult {
		change(|world| *world.locks.entry(who.clone()).or_default() += 1);
		Ok(())
	}
	fn unlock(_: Kind, who: &AccountId32) {
		change(|world| *world.locks.get_mut(who).unwrap() -= 1);
	}
	#[cfg(feature = "runtime-benchmarks")]
	fn fill_seats(_: Kind, _: &[(AccountId32, PublicKey)]) {
		unimplemented!("benchmarks run on the runtime")
	}
	#[cfg(feature = "runtime-benchmarks")]
	fn set_epoch(_: Epoch) {
		unimplemented!("benchmarks run on the runtime")
	}
}

impl pallet_contributions::Ledger<AccountId32> for Fakes {
	fn record(
		run: RunId,
		role: Role,
		subject: Subject<AccountId32>,
		payee: &AccountId32,
		units: u64,
	) -> DispatchResult {
		change(|world| {
			// The dearest way to fail: after the contributor has been booked.
			if world.ledger_fails && role != Role::Trainer {
				return Err(DispatchError::Other("full"));
			}
			world
				.booked
				.push((run, role, subject, payee.clone(), units));
			Ok(())
		})
	}
	fn reweigh(_: RunId, _: Role, _: u32, _: u64) -> DispatchResult {
		Err(DispatchError::Other("training never reweighs"))
	}
	fn close(run: RunId, role: Role) -> DispatchResult {
		change(|world| world.closed.insert((run, role)))
			.then_some(())
			.ok_or(DispatchError::Other("closed"))
	}
	fn table(run: RunId, role: Role) -> Table {
		let world = world();
		let units = world
			.booked
			.iter()
			.filter(|line| line.0 == run && line.1 == role);
		Table {
			units: units.map(|line| u128::from(line.4)).sum(),
			..Table::default()
		}
	}
	fn entry(_: RunId, _: Role, _: u32) -> Option<Entry<AccountId32>> {
		None
	}
	fn index_of(_: RunId, _: Role, _: &Subject<AccountId32>) -> Option<u32> {
		None
	}
}

impl pallet_valuation::Appraisals<AccountId32, u32> for Fakes {
	fn longest(reveal: u32, commit: u32, uncover: u32) -> Result<u32, DispatchError> {
		Ok(reveal + commit + uncover)
	}
	fn advance_weight() -> Weight {
		world().appraisal_weight
	}
	fn open(_: RunId, terms: pallet_valuation::Terms<AccountId32, u32>) -> DispatchResult {
		change(|world| world.opened = Some(terms));
		Ok(())
	}
	fn advance(_: RunId) -> Result<Progress, DispatchError> {
		Ok(change(|world| match world.phases.checked_sub(1) {
			Some(left) => {
				world.phases = left;
				Progress::Moved
			}
			None => world
				.appraised
				.map_or(Progress::Pending, |(revealed, basis)| Progress::Done {
					revealed,
					basis,
				}),
		}))
	}
}

impl pallet_settlement::Treasurer<AccountId32, u128> for Fakes {
	fn pay_in(run: RunId, asset: AssetId) -> DispatchResult {
		if asset != ASSET {
			return Err(NOT_ALLOWED);
		}
		change(|world| world.paid_in.insert(run, asset));
		Ok(())
	}
	fn asset_weight(payments: u32) -> Weight {
		world().asset_step_weight.saturating_mul(payments.into())
	}
	fn settle_weight(limit: u32) -> Weight {
		world().settle_step_weight.saturating_mul(limit.into())
	}
	fn deposit(run: RunId, purse: Purse, from: &AccountId32, amount: u128) -> DispatchResult {
		Balances::transfer(from, &POT, amount, Preserve)?;
		change(|world| *world.purses.entry((run, purse as u8)).or_default() += amount);
		Ok(())
	}
	fn release(run: RunId, purse: Purse, to: &AccountId32, amount: u128) -> DispatchResult {
		change(|world| {
			let held = world.purses.entry((run, purse as u8)).or_default();
			*held = held
				.checked_sub(amount)
				.ok_or(DispatchError::Other("purse is empty"))?;
			Ok::<_, DispatchError>(())
		})?;
		Balances::transfer(&POT, to, amount, Expendable)?;
		Ok(())
	}
	fn held(run: RunId, purse: Purse) -> u128 {
		world()
			.purses
			.get(&(run, purse as u8))
			.copied()
			.unwrap_or_default()
	}
	fn is_pot(who: &AccountId32) -> bool {
		*who == POT
	}
	fn settle(
		run: RunId,
		terms: &SettleTerms<AccountId32, u128>,
		limit: u32,
	) -> Result<SettleProgress, DispatchError> {
		change(|world| {
			if Role::ALL
				.iter()
				.any(|role| !world.closed.contains(&(run, *role)))
			{
				return Err(DispatchError::Other("open table"));
			}
			if world
				.settled_with
				.as_ref()
				.is_some_and(|before| before != terms)
			{
				return Err(DispatchError::Other("terms changed"));
			}
			world.settled_with = Some(terms.clone());
			world.settle_steps = world.settle_steps.saturating_sub(limit);
			Ok(if world.settle_steps == 0 {
				SettleProgress::Done
			} else {
				SettleProgress::Pending
			})
		})
	}
}
