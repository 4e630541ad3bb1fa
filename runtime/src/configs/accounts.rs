//! What accounts can do with calls: batches, proxies and multisigs.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::traits::{ConstU128, ConstU32, InstanceFilter};
use scale_info::TypeInfo;
use sp_runtime::traits::BlakeTwo256;

use crate::{
	constants::currency::deposit, Balances, OriginCaller, Runtime, RuntimeCall, RuntimeEvent,
	System,
};

impl pallet_utility::Config for Runtime {
	type PalletsOrigin = OriginCaller;
	type RuntimeCall = RuntimeCall;
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = pallet_utility::weights::SubstrateWeight<Runtime>;
}

/// What a proxy may do in the name of the account that named it.
///
/// Every kind but `Any` is a list of calls: a call that is added to the chain later is refused until
/// it is listed here.
#[derive(
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Clone,
	Copy,
	Debug,
	Default,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
)]
pub enum ProxyType {
	/// Everything the account itself may do.
	#[default]
	Any,
	/// Moves free balance, and nothing else.
	Transfer,
	/// Acts and votes, and moves no balance.
	NonTransfer,
}

impl InstanceFilter<RuntimeCall> for ProxyType {
	fn filter(&self, call: &RuntimeCall) -> bool {
		match self {
			Self::Any => true,
			Self::Transfer => moves_balance(call) || is_batch(call),
			Self::NonTransfer => acts_without_balance(call) || is_batch(call),
		}
	}

	fn is_superset(&self, other: &Self) -> bool {
		matches!((self, other), (Self::Any, _)) || self == other
	}
}

fn moves_balance(call: &RuntimeCall) -> bool {
	use pallet_balances::Call;
	matches!(
		call,
		RuntimeCall::Balances(
			Call::transfer_allow_death { .. }
				| Call::transfer_keep_alive { .. }
				| Call::transfer_all { .. }
		)
	)
}

/// Each call in a batch meets the same filter again.
fn is_batch(call: &RuntimeCall) -> bool {
	use pallet_utility::Call;
	matches!(
		call,
		RuntimeCall::Utility(
			Call::batch { .. } | Call::batch_all { .. } | Call::force_batch { .. }
		)
	)
}

fn acts_without_balance(call: &RuntimeCall) -> bool {
	matches!(
		call,
		RuntimeCall::System(
			frame_system::Call::remark { .. } | frame_system::Call::remark_with_event { .. }
		) | RuntimeCall::Session(
			pallet_session::Call::set_keys { .. } | pallet_session::Call::purge_keys { .. }
		) | RuntimeCall::Council(
			pallet_collective::Call::propose { .. }
				| pallet_collective::Call::vote { .. }
				| pallet_collective::Call::close { .. }
		) | RuntimeCall::Preimage(
			pallet_preimage::Call::note_preimage { .. }
				| pallet_preimage::Call::unnote_preimage { .. }
		) | RuntimeCall::Proxy(pallet_proxy::Call::reject_announcement { .. })
	)
}

impl pallet_proxy::Config for Runtime {
	type AnnouncementDepositBase = ConstU128<{ deposit(1, 8) }>;
	type AnnouncementDepositFactor = ConstU128<{ deposit(0, 68) }>;
	type BlockNumberProvider = System;
	type CallHasher = BlakeTwo256;
	type Currency = Balances;
	type MaxPending = ConstU32<32>;
	type MaxProxies = ConstU32<32>;
	type ProxyDepositBase = ConstU128<{ deposit(1, 8) }>;
	type ProxyDepositFactor = ConstU128<{ deposit(0, 37) }>;
	type ProxyType = ProxyType;
	type RuntimeCall = RuntimeCall;
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = pallet_proxy::weights::SubstrateWeight<Runtime>;
}

impl pallet_multisig::Config for Runtime {
	type BlockNumberProvider = System;
	type Currency = Balances;
	type DepositBase = ConstU128<{ deposit(1, 88) }>;
	type DepositFactor = ConstU128<{ deposit(0, 32) }>;
	type MaxSignatories = ConstU32<100>;
	type RuntimeCall = RuntimeCall;
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = pallet_multisig::weights::SubstrateWeight<Runtime>;
}
