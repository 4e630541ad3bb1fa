//! The Guerdon runtime: which pallets the chain is made of, and in which order.
//!
//! The configuration of each is in [`configs`], by theme; the runtime APIs are in `apis`, the genesis
//! presets in [`genesis`], the validator set's adapter in [`validators`].

#![cfg_attr(not(feature = "std"), no_std)]
#![recursion_limit = "512"]

extern crate alloc;

#[cfg(feature = "std")]
include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));

pub mod apis;
mod claims;
pub mod configs;
pub mod constants;
mod duties;
pub mod genesis;
pub mod read;
pub mod validators;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarks;
#[cfg(test)]
mod tests;

use alloc::{borrow::Cow, vec::Vec};

use pallet_session::historical as pallet_session_historical;
use sp_runtime::{
	generic, impl_opaque_keys,
	traits::{BlakeTwo256, IdentifyAccount, Verify},
	MultiAddress, MultiSignature,
};
use sp_version::RuntimeVersion;

pub use apis::{RuntimeApi, RUNTIME_API_VERSIONS};
pub use configs::{
	accounts::ProxyType,
	governance::{CouncilCollective, MoreThanHalfOfCouncil, RootOrCouncil},
};

/// A signature of any of the schemes that wallets use.
pub type Signature = MultiSignature;
/// An account.
pub type AccountId = <<Signature as Verify>::Signer as IdentifyAccount>::AccountId;
/// What a transaction names an account by.
pub type Address = MultiAddress<AccountId, ()>;
/// An amount, in units of 10^-12 GRD.
pub type Balance = u128;
/// The height of a block.
pub type BlockNumber = u32;
/// The number of transactions an account has sent.
pub type Nonce = u32;
/// A hash of the chain (blake2b-256).
pub type Hash = sp_core::H256;
/// A block's header.
pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
/// A block.
pub type Block = generic::Block<Header, UncheckedExtrinsic>;
/// A block with its justifications.
pub type SignedBlock = generic::SignedBlock<Block>;
/// The id of a block.
pub type BlockId = generic::BlockId<Block>;

/// The transaction extensions, in the order that third-party clients hard-code.
pub type TxExtension = (
	frame_system::AuthorizeCall<Runtime>,
	frame_system::CheckNonZeroSender<Runtime>,
	frame_system::CheckSpecVersion<Runtime>,
	frame_system::CheckTxVersion<Runtime>,
	frame_system::CheckGenesis<Runtime>,
	frame_system::CheckMortality<Runtime>,
	frame_system::CheckNonce<Runtime>,
	frame_system::CheckWeight<Runtime>,
	pallet_transaction_payment::ChargeTransactionPayment<Runtime>,
	frame_metadata_hash_extension::CheckMetadataHash<Runtime>,
	frame_system::WeightReclaim<Runtime>,
);

/// A transaction as it travels.
pub type UncheckedExtrinsic =
	generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, TxExtension>;
/// What a transaction's signature covers.
pub type SignedPayload = generic::SignedPayload<RuntimeCall, TxExtension>;

/// Executes blocks by dispatching to the pallets.
pub type Executive = frame_executive::Executive<
	Runtime,
	Block,
	frame_system::ChainContext<Runtime>,
	Runtime,
	AllPalletsWithSystem,
>;

impl_opaque_keys! {
	/// The keys a validator signs with.
	pub struct SessionKeys {
		/// Authors blocks.
		pub babe: Babe,
		/// Finalizes blocks.
		pub grandpa: Grandpa,
	}
}

/// The version of this runtime.
#[sp_version::runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
	spec_name: Cow::Borrowed("guerdon"),
	impl_name: Cow::Borrowed("guerdon"),
	authoring_version: 1,
	spec_version: 1,
	impl_version: 1,
	apis: RUNTIME_API_VERSIONS,
	transaction_version: 1,
	system_version: 1,
};

#[frame_support::runtime]
mod runtime {
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeFreezeReason,
		RuntimeHoldReason,
		RuntimeSlashReason,
		RuntimeLockId,
		RuntimeTask,
		RuntimeViewFunction
	)]
	pub struct Runtime;

	#[runtime::pallet_index(0)]
	pub type System = frame_system::Pallet<Runtime>;

	#[runtime::pallet_index(1)]
	pub type Timestamp = pallet_timestamp::Pallet<Runtime>;

	// Before Session, which asks it whether the epoch has ended.
	#[runtime::pallet_index(2)]
	pub type Babe = pallet_babe::Pallet<Runtime>;

	// Before Session, so that an author is noted in the session it authored in.
	#[runtime::pallet_index(3)]
	pub type Authorship = pallet_authorship::Pallet<Runtime>;

	#[runtime::pallet_index(4)]
	pub type Balances = pallet_balances::Pallet<Runtime>;

	#[runtime::pallet_index(5)]
	pub type TransactionPayment = pallet_transaction_payment::Pallet<Runtime>;

	// Before Session, whose genesis reads it.
	#[runtime::pallet_index(6)]
	pub type ValidatorSet = pallet_membership::Pallet<Runtime, Instance1>;

	#[runtime::pallet_index(7)]
	pub type Offences = pallet_offences::Pallet<Runtime>;

	#[runtime::pallet_index(8)]
	pub type Historical = pallet_session_historical::Pallet<Runtime>;

	#[runtime::pallet_index(9)]
	pub type Session = pallet_session::Pallet<Runtime>;

	#[runtime::pallet_index(10)]
	pub type Grandpa = pallet_grandpa::Pallet<Runtime>;

	#[runtime::pallet_index(20)]
	pub type Council = pallet_collective::Pallet<Runtime, Instance1>;

	#[runtime::pallet_index(21)]
	pub type Whitelist = pallet_whitelist::Pallet<Runtime>;

	#[runtime::pallet_index(22)]
	pub type Scheduler = pallet_scheduler::Pallet<Runtime>;

	#[runtime::pallet_index(23)]
	pub type Preimage = pallet_preimage::Pallet<Runtime>;

	#[runtime::pallet_index(24)]
	pub type Treasury = pallet_treasury::Pallet<Runtime>;

	#[runtime::pallet_index(30)]
	pub type Utility = pallet_utility::Pallet<Runtime>;

	#[runtime::pallet_index(31)]
	pub type Proxy = pallet_proxy::Pallet<Runtime>;

	#[runtime::pallet_index(32)]
	pub type Multisig = pallet_multisig::Pallet<Runtime>;

	// Before Settlement, whose genesis looks at assets.
	#[runtime::pallet_index(33)]
	pub type Assets = pallet_assets::Pallet<Runtime>;

	#[runtime::pallet_index(40)]
	pub type Datasets = pallet_datasets::Pallet<Runtime>;

	// After Session, which has put the new epoch's randomness in place.
	#[runtime::pallet_index(41)]
	pub type Attestors = pallet_attestors::Pallet<Runtime>;

	#[runtime::pallet_index(42)]
	pub type Training = pallet_training::Pallet<Runtime>;

	#[runtime::pallet_index(43)]
	pub type Contributions = pallet_contributions::Pallet<Runtime>;

	#[runtime::pallet_index(44)]
	pub type Valuation = pallet_valuation::Pallet<Runtime>;

	#[runtime::pallet_index(45)]
	pub type Settlement = pallet_settlement::Pallet<Runtime>;
}
