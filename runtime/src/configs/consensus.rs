//! Who authors and finalizes blocks, and how misbehaviour is recorded.

use frame_support::{
	parameter_types,
	traits::{ConstU128, ConstU32, ConstU64},
};
use pallet_session::historical;
use sp_runtime::traits::{ConvertInto, OpaqueKeys};
use sp_session::MembershipProof;

use crate::{
	constants::{
		currency::deposit,
		limits::{KEPT_SESSIONS, MAX_VALIDATORS},
		time::{EPOCH_SLOTS, PRIMARY_PROBABILITY, SLOT_MILLIS},
	},
	validators::{Identity, ValidatorSessions, ValidatorSetInstance},
	AccountId, Babe, Balances, Historical, Offences, RootOrCouncil, Runtime, RuntimeEvent, Session,
	SessionKeys,
};

/// BABE's configuration at genesis: primary slots, and secondary ones by VRF.
pub const BABE_GENESIS_EPOCH_CONFIG: sp_consensus_babe::BabeEpochConfiguration =
	sp_consensus_babe::BabeEpochConfiguration {
		c: PRIMARY_PROBABILITY,
		allowed_slots: sp_consensus_babe::AllowedSlots::PrimaryAndSecondaryVRFSlots,
	};

parameter_types! {
	/// How long after it happened an equivocation can be reported.
	pub const ReportLongevity: u64 = KEPT_SESSIONS as u64 * EPOCH_SLOTS;
}

impl pallet_babe::Config for Runtime {
	type DisabledValidators = Session;
	type EpochChangeTrigger = pallet_babe::ExternalTrigger;
	type EpochDuration = ConstU64<EPOCH_SLOTS>;
	type EquivocationReportSystem =
		pallet_babe::EquivocationReportSystem<Self, Offences, Historical, ReportLongevity>;
	type ExpectedBlockTime = ConstU64<SLOT_MILLIS>;
	type KeyOwnerProof = MembershipProof;
	type MaxAuthorities = ConstU32<MAX_VALIDATORS>;
	type MaxNominators = ConstU32<0>;
	type WeightInfo = ();
}

impl pallet_grandpa::Config for Runtime {
	type EquivocationReportSystem =
		pallet_grandpa::EquivocationReportSystem<Self, Offences, Historical, ReportLongevity>;
	type KeyOwnerProof = MembershipProof;
	type MaxAuthorities = ConstU32<MAX_VALIDATORS>;
	type MaxNominators = ConstU32<0>;
	type MaxSetIdSessionEntries = ConstU64<{ KEPT_SESSIONS as u64 }>;
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = ();
}

impl pallet_authorship::Config for Runtime {
	type EventHandler = ();
	type FindAuthor = pallet_session::FindAccountFromAuthorIndex<Self, Babe>;
}

impl pallet_session::Config for Runtime {
	type Currency = Balances;
	type DisablingStrategy = ();
	type KeyDeposit = ConstU128<{ deposit(1, 64) }>;
	type Keys = SessionKeys;
	type NextSessionRotation = Babe;
	type RuntimeEvent = RuntimeEvent;
	type SessionHandler = <SessionKeys as OpaqueKeys>::KeyTypeIdProviders;
	type SessionManager = historical::NoteHistoricalRoot<Self, ValidatorSessions>;
	type ShouldEndSession = Babe;
	type ValidatorId = AccountId;
	type ValidatorIdOf = ConvertInto;
	type WeightInfo = pallet_session::weights::SubstrateWeight<Runtime>;
}

impl historical::Config for Runtime {
	type FullIdentification = ();
	type FullIdentificationOf = Identity;
	type RuntimeEvent = RuntimeEvent;
}

/// Offences are recorded and visible, not punished: validators are members, not stakers.
impl pallet_offences::Config for Runtime {
	type IdentificationTuple = historical::IdentificationTuple<Self>;
	type OnOffenceHandler = ();
	type RuntimeEvent = RuntimeEvent;
}

impl pallet_membership::Config<ValidatorSetInstance> for Runtime {
	type AddOrigin = RootOrCouncil;
	type MaxMembers = ConstU32<MAX_VALIDATORS>;
	type MembershipChanged = ();
	type MembershipInitialized = ();
	type PrimeOrigin = RootOrCouncil;
	type RemoveOrigin = RootOrCouncil;
	type ResetOrigin = RootOrCouncil;
	type RuntimeEvent = RuntimeEvent;
	type SwapOrigin = RootOrCouncil;
	type WeightInfo = pallet_membership::weights::SubstrateWeight<Runtime>;
}
