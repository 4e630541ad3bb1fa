//! What the chain exists for: datasets, training, valuation, settlement.

use alloc::vec::Vec;

use codec::Encode;
use frame_support::{
	dispatch::{DispatchClass, DispatchResult},
	parameter_types,
	traits::{ConstU128, ConstU32, ConstU64, ConstU8, Contains, Get},
	weights::Weight,
};
use guerdon_receipt::{DatasetId, Epoch, Role, RunId};
use pallet_attestors::{take_held, EpochSource, Parts};
use pallet_contributions::{Ledger, Subject};
use sp_core::H256;
use sp_runtime::{traits::TransactionExtension, Perbill};

use super::{
	assets::{AllAssets, Sufficient},
	governance::{RootOrCouncil, TreasuryAccount},
	system::RuntimeBlockWeights,
};
use crate::{
	claims,
	constants::{
		block::{MAX_WEIGHT, NORMAL_RATIO},
		currency::{deposit, GRD, MILLI_GRD},
		time::{DAYS, EPOCH_SLOTS, MINUTES},
	},
	AccountId, Attestors, Balance, Balances, BlockNumber, Contributions, Datasets, Runtime,
	RuntimeHoldReason, Settlement, Valuation,
};

/// BABE's epochs, and what it has announced as randomness for the next one.
pub struct BabeEpochs;

impl EpochSource for BabeEpochs {
	fn epoch() -> Epoch {
		pallet_babe::EpochIndex::<Runtime>::get()
	}

	/// Announced at the start of this epoch, from the VRF outputs of the one before: nothing that
	/// happens from now on can change it.
	fn seed() -> H256 {
		let announced = pallet_babe::NextRandomness::<Runtime>::get();
		let preimage = (b"guerdon/epoch/v1", Self::epoch(), announced).encode();
		H256(sp_io::hashing::blake2_256(&preimage))
	}

	fn blocks() -> u32 {
		u32::try_from(EPOCH_SLOTS).unwrap_or(u32::MAX)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn set_epoch(epoch: Epoch) {
		pallet_babe::EpochIndex::<Runtime>::put(epoch);
	}
}

/// The current epoch.
pub struct CurrentEpoch;

impl Get<Epoch> for CurrentEpoch {
	fn get() -> Epoch {
		pallet_babe::EpochIndex::<Runtime>::get()
	}
}

/// Accounts that keep other people's money: paying them would be paying nobody.
pub struct IsPot;

impl Contains<AccountId> for IsPot {
	fn contains(who: &AccountId) -> bool {
		*who == Settlement::pot() || *who == TreasuryAccount::get()
	}
}

/// What became of datasets in runs, from what is kept of runs.
pub struct KeptRuns;

impl pallet_datasets::RunHistory<AccountId> for KeptRuns {
	/// Nothing that outlives a run names its sponsor: it is known until the run is pruned.
	fn sponsor(run: RunId) -> Option<AccountId> {
		pallet_training::Runs::<Runtime>::get(run).map(|run| run.sponsor)
	}

	/// The tables are closed once everything is done, and kept for ever.
	fn used(run: RunId, dataset: DatasetId) -> bool {
		let role = Role::DataProvider;
		let subject = Subject::Dataset(dataset);
		<Contributions as Ledger<AccountId>>::table(run, role).closed
			&& Contributions::index_of(run, role, &subject)
				.and_then(|index| Contributions::entry(run, role, index))
				.is_some_and(|entry| entry.units > 0)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn set_used(sponsor: &AccountId, run: RunId, dataset: DatasetId) {
		use codec::Decode;
		let zeroes = &mut sp_runtime::traits::TrailingZeroInput::zeroes();
		let kept = pallet_training::RunOf::<Runtime>::decode(zeroes).map(|mut run| {
			run.sponsor = sponsor.clone();
			run
		});
		pallet_training::Runs::<Runtime>::set(run, kept.ok());
		let (role, subject) = (Role::DataProvider, Subject::Dataset(dataset));
		let booked = Contributions::record(run, role, subject, sponsor, 1)
			.and_then(|()| <Contributions as Ledger<AccountId>>::close(run, role));
		debug_assert!(booked.is_ok(), "a run without a table takes an entry");
	}
}

/// Lost deposits of runs are divided like penalties of seats; nobody reports them.
pub struct Lost;

impl pallet_training::Forfeits<AccountId> for Lost {
	fn forfeit(
		reason: pallet_training::HoldReason,
		who: &AccountId,
		amount: Balance,
	) -> DispatchResult {
		let treasury = TreasuryAccount::get();
		take_held::<_, Balances>(
			&reason.into(),
			who,
			amount,
			&Penalty::get(),
			&treasury,
			None,
		)?;
		Ok(())
	}
}

parameter_types! {
	/// How penalties are divided. A seat that reports itself through another account gets a tenth back.
	pub const Penalty: Parts = Parts {
		burn_ppm: 500_000,
		treasury_ppm: 400_000,
		reporter_ppm: 100_000,
	};
}

/// A payout account that was changed is paid after a week: time to notice a stolen key.
const PAYOUT_DELAY: BlockNumber = 7 * DAYS;

/// How long a sponsor has to answer a request to unlearn, and how long the answer is to be seen.
const UNLEARNING: BlockNumber = 28 * DAYS;

/// Attestors at most, and appraisers at most.
const MAX_SEATS: u32 = 1_024;

impl pallet_datasets::Config for Runtime {
	type WeightInfo = pallet_datasets::weights::SubstrateWeight<Runtime>;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Currency = Balances;
	type Epoch = CurrentEpoch;
	type IsPot = IsPot;
	type RunHistory = KeptRuns;
	type AnnounceDeposit = ConstU128<{ deposit(2, 200) }>;
	type DatasetDeposit = ConstU128<{ deposit(2, 1_200) }>;
	type UnlearningDeposit = ConstU128<{ deposit(1, 450) }>;
	type MaxAnnouncements = ConstU32<64>;
	type MinAnnounceBlocks = ConstU32<10>;
	type AnnouncementLifetime = ConstU32<{ 7 * DAYS }>;
	type PayoutDelay = ConstU32<PAYOUT_DELAY>;
	type UnlearningWindow = ConstU32<UNLEARNING>;
	type UnlearningRetention = ConstU32<UNLEARNING>;
	type MaxPrice = ConstU128<{ 1_000_000_000 * GRD }>;
	type MaxPending = ConstU32<64>;
}

impl pallet_attestors::Config for Runtime {
	type WeightInfo = pallet_attestors::weights::SubstrateWeight<Runtime>;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Currency = Balances;
	type Epochs = BabeEpochs;
	type IsPot = IsPot;
	type MaxSeats = ConstU32<MAX_SEATS>;
	type AttestorBond = ConstU128<{ 1_000 * GRD }>;
	type AppraiserBond = ConstU128<{ 1_000 * GRD }>;
	type Penalty = Penalty;
	type Treasury = TreasuryAccount;
	type EquivocationPpm = ConstU32<1_000_000>;
	type SilencePpm = ConstU32<50_000>;
	type WrongCountsPpm = ConstU32<100_000>;
	type UnbondingEpochs = ConstU64<16>;
	type PayoutDelay = ConstU32<PAYOUT_DELAY>;
}

impl pallet_contributions::Config for Runtime {}

impl pallet_valuation::Config for Runtime {
	type Draws = Attestors;
	type Discipline = Attestors;
	type Ledger = Contributions;
	type WeightInfo = pallet_valuation::weights::SubstrateWeight<Runtime>;
	type MinStreamBlocks = ConstU32<{ 10 * MINUTES }>;
}

/// The part of a page of drawn amounts, which is stored when the first of its members is paid.
const MEMBER_DEPOSIT: Balance = deposit(1, 1_064) / pallet_settlement::DRAWN_LEAVES as Balance;

parameter_types! {
	/// What a transaction weighs that does nothing.
	pub FreeOverhead: Weight = {
		let nothing = frame_system::Call::remark { remark: Vec::new() }.into();
		let limits = RuntimeBlockWeights::get();
		let base = limits.get(DispatchClass::Normal).base_extrinsic;
		base.saturating_add(claims::unsigned_extension().weight(&nothing))
	};
	/// Claims without a fee get a fifth of what a block has for ordinary transactions.
	pub FreeLane: Weight = Perbill::from_percent(20) * (NORMAL_RATIO * MAX_WEIGHT);
}

impl pallet_settlement::Config for Runtime {
	type RuntimeHoldReason = RuntimeHoldReason;
	type Currency = Balances;
	type Assets = AllAssets;
	type Sufficient = Sufficient;
	type AssetsOrigin = RootOrCouncil;
	type Ledger = Contributions;
	type Datasets = Datasets;
	type CohortDeposit = ConstU128<{ deposit(2, 2_400) }>;
	type MemberDeposit = ConstU128<MEMBER_DEPOSIT>;
	type SealDelay = ConstU32<PAYOUT_DELAY>;
	type ClaimWindow = ConstU32<{ 365 * DAYS }>;
	type Treasury = TreasuryAccount;
	type MinFreeClaim = ConstU128<{ 10 * MILLI_GRD }>;
	type FreeOverhead = FreeOverhead;
	type FreeLane = FreeLane;
	type WeightInfo = pallet_settlement::weights::SubstrateWeight<Runtime>;
	#[cfg(feature = "runtime-benchmarks")]
	type IssueAsset = Sufficient;
}

impl pallet_training::Config for Runtime {
	type WeightInfo = pallet_training::weights::SubstrateWeight<Runtime>;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Currency = Balances;
	type Catalogue = Datasets;
	type Draws = Attestors;
	type Ledger = Contributions;
	type Appraisals = Valuation;
	type Treasurer = Settlement;
	type Forfeits = Lost;
	type RunDeposit = ConstU128<{ deposit(23, 30_000) }>;
	type UseDeposit = ConstU128<{ deposit(2, 300) }>;
	type LockDeposit = ConstU128<{ deposit(1, 80) }>;
	type MaxLocks = ConstU32<MAX_SEATS>;
	type TaskDeposit = ConstU128<{ deposit(9, 4_500) }>;
	type PlaceDeposit = ConstU128<{ deposit(2, 450) }>;
	type EnrolmentDeposit = ConstU128<{ 10 * GRD }>;
	type CommitteeDeposit = ConstU128<GRD>;
	type MaxPurse = ConstU128<GRD>;
	type KillFeePpm = ConstU32<10_000>;
	type MinWindow = ConstU32<5>;
	type MaxWindow = ConstU32<{ 90 * DAYS }>;
	type MaxTasksPerRound = ConstU32<4_096>;
	type MaxTasksPerRun = ConstU32<65_536>;
	type MaxAttempts = ConstU8<3>;
	type MaxStrikes = ConstU8<3>;
	type MinAppraisers = ConstU8<1>;
	type MaxAppraisers = ConstU8<15>;
	type RetentionBlocks = ConstU32<{ 28 * DAYS }>;
	type MinTippedLimit = ConstU32<16>;
}
