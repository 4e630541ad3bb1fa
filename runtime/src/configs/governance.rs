//! The council, its way to Root, and the treasury that it spends from: a majority whitelists the
//! hash of a call, then a majority dispatches it. There is no sudo.

use frame_support::{
	parameter_types,
	traits::{
		fungible::HoldConsideration,
		tokens::{PayFromAccount, UnityAssetBalanceConversion},
		ConstU128, ConstU32, EitherOfDiverse, EqualPrivilegeOnly, LinearStoragePrice,
	},
	weights::Weight,
	PalletId,
};
use frame_system::{EnsureRoot, EnsureWithSuccess};
use pallet_collective::{EnsureProportionMoreThan, PrimeDefaultVote};
use sp_runtime::{traits::IdentityLookup, Perbill, Permill};

use super::system::RuntimeBlockWeights;
use crate::{
	constants::{
		currency::{DEPOSIT_PER_BYTE, DEPOSIT_PER_ITEM, GRD},
		limits::MAX_COUNCIL,
		time::DAYS,
	},
	AccountId, Balance, Balances, OriginCaller, Preimage, Runtime, RuntimeCall, RuntimeEvent,
	RuntimeHoldReason, RuntimeOrigin, System, Treasury,
};

/// The instance of the collective pallet that is the council.
pub type CouncilCollective = pallet_collective::Instance1;
/// More than half of the council.
pub type MoreThanHalfOfCouncil = EnsureProportionMoreThan<AccountId, CouncilCollective, 1, 2>;
/// Root, or more than half of the council.
pub type RootOrCouncil = EitherOfDiverse<EnsureRoot<AccountId>, MoreThanHalfOfCouncil>;

parameter_types! {
	/// The heaviest call that the council may decide on. A runtime upgrade fits.
	pub MaxProposalWeight: Weight = Perbill::from_percent(60) * RuntimeBlockWeights::get().max_block;
	/// The share of a block that scheduled calls may use.
	pub MaxScheduledWeight: Weight = Perbill::from_percent(60) * RuntimeBlockWeights::get().max_block;
	/// Why the deposit of a preimage is held.
	pub const PreimageHoldReason: RuntimeHoldReason =
		RuntimeHoldReason::Preimage(pallet_preimage::HoldReason::Preimage);
}

impl pallet_collective::Config<CouncilCollective> for Runtime {
	type Consideration = ();
	type DefaultVote = PrimeDefaultVote;
	type DisapproveOrigin = EnsureRoot<AccountId>;
	type KillOrigin = EnsureRoot<AccountId>;
	type MaxMembers = ConstU32<MAX_COUNCIL>;
	type MaxProposals = ConstU32<100>;
	type MaxProposalWeight = MaxProposalWeight;
	type MotionDuration = ConstU32<{ 5 * DAYS }>;
	type Proposal = RuntimeCall;
	type RuntimeEvent = RuntimeEvent;
	type RuntimeOrigin = RuntimeOrigin;
	type SetMembersOrigin = EnsureRoot<AccountId>;
	type WeightInfo = pallet_collective::weights::SubstrateWeight<Runtime>;
}

impl pallet_whitelist::Config for Runtime {
	type BlockNumberProvider = System;
	type DeferredDispatchExpiration = ConstU32<{ 7 * DAYS }>;
	type DispatchWhitelistedOrigin = RootOrCouncil;
	type Preimages = Preimage;
	type RuntimeCall = RuntimeCall;
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = pallet_whitelist::weights::SubstrateWeight<Runtime>;
	type WhitelistOrigin = RootOrCouncil;
}

impl pallet_scheduler::Config for Runtime {
	type BlockNumberProvider = System;
	type MaxScheduledPerBlock = ConstU32<50>;
	type MaximumWeight = MaxScheduledWeight;
	type OriginPrivilegeCmp = EqualPrivilegeOnly;
	type PalletsOrigin = OriginCaller;
	type Preimages = Preimage;
	type RuntimeCall = RuntimeCall;
	type RuntimeEvent = RuntimeEvent;
	type RuntimeOrigin = RuntimeOrigin;
	type ScheduleOrigin = EnsureRoot<AccountId>;
	type WeightInfo = pallet_scheduler::weights::SubstrateWeight<Runtime>;
}

impl pallet_preimage::Config for Runtime {
	type Consideration = HoldConsideration<
		AccountId,
		Balances,
		PreimageHoldReason,
		LinearStoragePrice<ConstU128<DEPOSIT_PER_ITEM>, ConstU128<DEPOSIT_PER_BYTE>, Balance>,
	>;
	type Currency = Balances;
	type ManagerOrigin = RootOrCouncil;
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = pallet_preimage::weights::SubstrateWeight<Runtime>;
}

parameter_types! {
	/// Where the treasury's account comes from.
	pub const TreasuryId: PalletId = PalletId(*b"grd/trsy");
	/// Gets its part of penalties.
	pub TreasuryAccount: AccountId = Treasury::account_id();
	/// The most that one decision may spend.
	pub const MaxSpend: Balance = 100_000 * GRD;
	/// Nothing of the treasury is burnt for not being spent.
	pub const NoBurn: Permill = Permill::zero();
}

/// Spends by `spend` and `payout`. The older way, a queue that a hook works off, has no place in it:
/// a block costs the same whatever was decided.
impl pallet_treasury::Config for Runtime {
	type AssetKind = ();
	type BalanceConverter = UnityAssetBalanceConversion;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = ();
	type Beneficiary = AccountId;
	type BeneficiaryLookup = IdentityLookup<AccountId>;
	type BlockNumberProvider = System;
	type Burn = NoBurn;
	type BurnDestination = ();
	type Currency = Balances;
	type MaxApprovals = ConstU32<0>;
	type PalletId = TreasuryId;
	type Paymaster = PayFromAccount<Balances, TreasuryAccount>;
	type PayoutPeriod = ConstU32<{ 30 * DAYS }>;
	type RejectOrigin = RootOrCouncil;
	type RuntimeEvent = RuntimeEvent;
	type SpendFunds = ();
	type SpendOrigin = EnsureWithSuccess<RootOrCouncil, AccountId, MaxSpend>;
	type SpendPeriod = ConstU32<{ 7 * DAYS }>;
	type WeightInfo = pallet_treasury::weights::SubstrateWeight<Runtime>;
}
