//! The runtime APIs: what a node may ask of the runtime.

// The macro generates items that cannot be documented here.
#![allow(missing_docs)]

use alloc::vec::Vec;

use frame_support::{
	genesis_builder_helper::{build_state, get_preset},
	traits::KeyOwnerProofSystem,
	weights::Weight,
};
use guerdon_receipt::{DatasetId, Digest, Epoch, PoolId, Role, RunId, TaskIndex};
use guerdon_runtime_api::Page;
use pallet_attestors::Kind;
use pallet_contributions::{Entry, EntryKey};
use pallet_settlement::{Asset, LeafView};
use pallet_transaction_payment::{FeeDetails, RuntimeDispatchInfo};
use sp_api::impl_runtime_apis;
use sp_consensus_grandpa::{AuthorityId as GrandpaId, AuthorityList};
use sp_core::{crypto::KeyTypeId, OpaqueMetadata};
use sp_inherents::{CheckInherentsResult, InherentData};
use sp_runtime::{
	traits::{Block as BlockT, NumberFor},
	transaction_validity::{TransactionSource, TransactionValidity},
	ApplyExtrinsicResult, ExtrinsicInclusionMode,
};
use sp_session::OpaqueGeneratedSessionKeys;
use sp_version::RuntimeVersion;

use crate::{
	claims, configs::consensus::BABE_GENESIS_EPOCH_CONFIG, constants::time::EPOCH_SLOTS, duties,
	genesis, read, AccountId, Babe, Balance, Block, Executive, Grandpa, Historical,
	InherentDataExt, Nonce, Runtime, RuntimeCall, RuntimeGenesisConfig, SessionKeys, Settlement,
	System, TransactionPayment, VERSION,
};

type TaskPage = Page<(TaskIndex, guerdon_runtime_api::Task), TaskIndex>;

impl_runtime_apis! {
	impl sp_api::Core<Block> for Runtime {
		fn version() -> RuntimeVersion {
			VERSION
		}

		fn execute_block(block: <Block as BlockT>::LazyBlock) {
			Executive::execute_block(block);
		}

		fn initialize_block(header: &<Block as BlockT>::Header) -> ExtrinsicInclusionMode {
			Executive::initialize_block(header)
		}
	}

	impl sp_api::Metadata<Block> for Runtime {
		fn metadata() -> OpaqueMetadata {
			OpaqueMetadata::new(Runtime::metadata().into())
		}

		fn metadata_at_version(version: u32) -> Option<OpaqueMetadata> {
			Runtime::metadata_at_version(version)
		}

		fn metadata_versions() -> Vec<u32> {
			Runtime::metadata_versions()
		}
	}

	impl frame_support::view_functions::runtime_api::RuntimeViewFunction<Block> for Runtime {
		fn execute_view_function(
			id: frame_support::view_functions::ViewFunctionId,
			input: Vec<u8>,
		) -> Result<Vec<u8>, frame_support::view_functions::ViewFunctionDispatchError> {
			Runtime::execute_view_function(id, input)
		}
	}

	impl sp_block_builder::BlockBuilder<Block> for Runtime {
		fn apply_extrinsic(extrinsic: <Block as BlockT>::Extrinsic) -> ApplyExtrinsicResult {
			Executive::apply_extrinsic(extrinsic)
		}

		fn finalize_block() -> <Block as BlockT>::Header {
			Executive::finalize_block()
		}

		fn inherent_extrinsics(data: InherentData) -> Vec<<Block as BlockT>::Extrinsic> {
			data.create_extrinsics()
		}

		fn check_inherents(
			block: <Block as BlockT>::LazyBlock,
			data: InherentData,
		) -> CheckInherentsResult {
			data.check_extrinsics(&block)
		}
	}

	impl sp_transaction_pool::runtime_api::TaggedTransactionQueue<Block> for Runtime {
		fn validate_transaction(
			source: TransactionSource,
			tx: <Block as BlockT>::Extrinsic,
			block_hash: <Block as BlockT>::Hash,
		) -> TransactionValidity {
			Executive::validate_transaction(source, tx, block_hash)
		}
	}

	impl sp_offchain::OffchainWorkerApi<Block> for Runtime {
		fn offchain_worker(header: &<Block as BlockT>::Header) {
			Executive::offchain_worker(header)
		}
	}

	impl sp_consensus_babe::BabeApi<Block> for Runtime {
		fn configuration() -> sp_consensus_babe::BabeConfiguration {
			let epoch = Babe::epoch_config().unwrap_or(BABE_GENESIS_EPOCH_CONFIG);
			sp_consensus_babe::BabeConfiguration {
				slot_duration: Babe::slot_duration(),
				epoch_length: EPOCH_SLOTS,
				c: epoch.c,
				authorities: Babe::authorities().to_vec(),
				randomness: Babe::randomness(),
				allowed_slots: epoch.allowed_slots,
			}
		}

		fn current_epoch_start() -> sp_consensus_babe::Slot {
			Babe::current_epoch_start()
		}

		fn current_epoch() -> sp_consensus_babe::Epoch {
			Babe::current_epoch()
		}

		fn next_epoch() -> sp_consensus_babe::Epoch {
			Babe::next_epoch()
		}

		fn generate_key_ownership_proof(
			_slot: sp_consensus_babe::Slot,
			authority_id: sp_consensus_babe::AuthorityId,
		) -> Option<sp_consensus_babe::OpaqueKeyOwnershipProof> {
			use codec::Encode;
			Historical::prove((sp_consensus_babe::KEY_TYPE, authority_id))
				.map(|proof| sp_consensus_babe::OpaqueKeyOwnershipProof::new(proof.encode()))
		}

		fn submit_report_equivocation_unsigned_extrinsic(
			equivocation_proof: sp_consensus_babe::EquivocationProof<<Block as BlockT>::Header>,
			key_owner_proof: sp_consensus_babe::OpaqueKeyOwnershipProof,
		) -> Option<()> {
			let key_owner_proof = key_owner_proof.decode()?;
			Babe::submit_unsigned_equivocation_report(equivocation_proof, key_owner_proof)
		}
	}

	impl sp_consensus_grandpa::GrandpaApi<Block> for Runtime {
		fn grandpa_authorities() -> AuthorityList {
			Grandpa::grandpa_authorities()
		}

		fn current_set_id() -> sp_consensus_grandpa::SetId {
			pallet_grandpa::CurrentSetId::<Runtime>::get()
		}

		fn submit_report_equivocation_unsigned_extrinsic(
			equivocation_proof: sp_consensus_grandpa::EquivocationProof<
				<Block as BlockT>::Hash,
				NumberFor<Block>,
			>,
			key_owner_proof: sp_consensus_grandpa::OpaqueKeyOwnershipProof,
		) -> Option<()> {
			let key_owner_proof = key_owner_proof.decode()?;
			Grandpa::submit_unsigned_equivocation_report(equivocation_proof, key_owner_proof)
		}

		fn generate_key_ownership_proof(
			_set_id: sp_consensus_grandpa::SetId,
			authority_id: GrandpaId,
		) -> Option<sp_consensus_grandpa::OpaqueKeyOwnershipProof> {
			use codec::Encode;
			Historical::prove((sp_consensus_grandpa::KEY_TYPE, authority_id))
				.map(|proof| sp_consensus_grandpa::OpaqueKeyOwnershipProof::new(proof.encode()))
		}
	}

	impl sp_session::SessionKeys<Block> for Runtime {
		fn generate_session_keys(
			owner: Vec<u8>,
			seed: Option<Vec<u8>>,
		) -> OpaqueGeneratedSessionKeys {
			SessionKeys::generate(&owner, seed).into()
		}

		fn decode_session_keys(encoded: Vec<u8>) -> Option<Vec<(Vec<u8>, KeyTypeId)>> {
			SessionKeys::decode_into_raw_public_keys(&encoded)
		}
	}

	impl frame_system_rpc_runtime_api::AccountNonceApi<Block, AccountId, Nonce> for Runtime {
		fn account_nonce(account: AccountId) -> Nonce {
			System::account_nonce(account)
		}
	}

	impl pallet_transaction_payment_rpc_runtime_api::TransactionPaymentApi<Block, Balance>
		for Runtime
	{
		fn query_info(
			uxt: <Block as BlockT>::Extrinsic,
			len: u32,
		) -> RuntimeDispatchInfo<Balance> {
			TransactionPayment::query_info(uxt, len)
		}

		fn query_fee_details(uxt: <Block as BlockT>::Extrinsic, len: u32) -> FeeDetails<Balance> {
			TransactionPayment::query_fee_details(uxt, len)
		}

		fn query_weight_to_fee(weight: Weight) -> Balance {
			TransactionPayment::weight_to_fee(weight)
		}

		fn query_length_to_fee(length: u32) -> Balance {
			TransactionPayment::length_to_fee(length)
		}
	}

	impl pallet_transaction_payment_rpc_runtime_api::TransactionPaymentCallApi<
		Block,
		Balance,
		RuntimeCall,
	> for Runtime
	{
		fn query_call_info(call: RuntimeCall, len: u32) -> RuntimeDispatchInfo<Balance> {
			TransactionPayment::query_call_info(call, len)
		}

		fn query_call_fee_details(call: RuntimeCall, len: u32) -> FeeDetails<Balance> {
			TransactionPayment::query_call_fee_details(call, len)
		}

		fn query_weight_to_fee(weight: Weight) -> Balance {
			TransactionPayment::weight_to_fee(weight)
		}

		fn query_length_to_fee(length: u32) -> Balance {
			TransactionPayment::length_to_fee(length)
		}
	}

	impl guerdon_runtime_api::GuerdonApi<Block> for Runtime {
		fn account(account: AccountId) -> guerdon_runtime_api::AccountView {
			read::account(account)
		}
		fn claims(
			account: AccountId,
			cursor: Option<EntryKey>,
			limit: u32,
		) -> Page<LeafView<AccountId>, EntryKey> {
			read::claims(account, cursor, limit)
		}
		fn dataset(id: DatasetId) -> Option<guerdon_runtime_api::Dataset> {
			pallet_datasets::Datasets::<Runtime>::get(id)
		}
		fn datasets(
			cursor: DatasetId,
			limit: u32,
		) -> Page<(DatasetId, guerdon_runtime_api::Dataset), DatasetId> {
			read::datasets(cursor, limit)
		}
		fn run(id: RunId) -> Option<guerdon_runtime_api::RunView> {
			read::run(id)
		}
		fn runs(cursor: RunId, limit: u32) -> Page<(RunId, guerdon_runtime_api::Run), RunId> {
			read::runs(cursor, limit)
		}
		fn tasks(run: RunId, cursor: TaskIndex, limit: u32) -> TaskPage {
			read::tasks(run, cursor, limit)
		}
		fn tasks_for(
			run: RunId,
			account: AccountId,
			cursor: TaskIndex,
			limit: u32,
		) -> TaskPage {
			read::tasks_for(run, account, cursor, limit)
		}
		fn enrolment(
			run: RunId,
			account: AccountId,
		) -> Option<guerdon_runtime_api::Enrolment> {
			pallet_training::Enrolments::<Runtime>::get(run, account)
		}
		fn receipt(id: Digest) -> Option<guerdon_runtime_api::ReceiptView> {
			read::receipt(id)
		}
		fn contributions(
			account: AccountId,
			cursor: Option<EntryKey>,
			limit: u32,
		) -> Page<guerdon_runtime_api::Contribution, EntryKey> {
			read::contributions(account, cursor, limit)
		}
		fn table(
			run: RunId,
			role: Role,
			cursor: u32,
			limit: u32,
		) -> Page<(u32, Entry<AccountId>), u32> {
			read::table(run, role, cursor, limit)
		}
		fn pool(id: PoolId) -> Option<pallet_settlement::Pool> {
			Settlement::pool(id)
		}
		fn pool_expires(id: PoolId) -> Option<crate::BlockNumber> {
			Settlement::expires(id)
		}
		fn leaf(pool: PoolId, index: u64) -> Option<LeafView<AccountId>> {
			Settlement::proof(pool, index)
		}
		fn explain(pool: PoolId, index: u64) -> Option<guerdon_runtime_api::Explanation> {
			read::explain(pool, index)
		}
		fn conservation(asset: Asset) -> pallet_settlement::Conservation {
			Settlement::conservation(asset)
		}
		fn assets() -> Vec<guerdon_runtime_api::AssetView> {
			read::assets()
		}
		fn appraisal(run: RunId) -> Option<guerdon_runtime_api::AppraisalView> {
			read::appraisal(run)
		}
		fn seats(
			kind: Kind,
			cursor: u32,
			limit: u32,
		) -> Page<guerdon_runtime_api::SeatView, u32> {
			read::seats(kind, cursor, limit)
		}
		fn epoch() -> Epoch {
			Babe::current_epoch().epoch_index
		}
		fn duties(
			account: AccountId,
			cursor: Option<guerdon_runtime_api::DutyCursor>,
			limit: u32,
		) -> Page<guerdon_runtime_api::Duty, guerdon_runtime_api::DutyCursor> {
			duties::duties(&account, cursor, limit)
		}
		fn claim_call(claim: guerdon_runtime_api::Claim) -> Vec<u8> {
			claims::claim_call(claim)
		}
		fn free_claim(claim: guerdon_runtime_api::Claim) -> <Block as BlockT>::Extrinsic {
			claims::free_claim(claim)
		}
		fn pool_changes() -> Vec<guerdon_runtime_api::PoolChange> {
			claims::pool_changes()
		}
		fn pool_summary(pool: PoolId) -> Option<guerdon_runtime_api::PoolSummary> {
			Settlement::summary(pool)
		}
		fn leaves(pool: PoolId, from: u64) -> Vec<guerdon_runtime_api::Leaf> {
			claims::leaves(pool, from)
		}
		fn unlearnings(
			dataset: DatasetId,
			cursor: Option<RunId>,
			limit: u32,
		) -> Page<guerdon_runtime_api::UnlearningView, RunId> {
			read::unlearnings(dataset, cursor, limit)
		}
		fn members(dataset: DatasetId) -> Option<guerdon_runtime_api::MembersView> {
			Settlement::members(dataset)
		}
		fn cohort(pool: PoolId) -> Option<guerdon_runtime_api::Cohort> {
			Settlement::cohort(pool)
		}
		fn share(pool: PoolId) -> Option<guerdon_runtime_api::Share> {
			Settlement::share(pool)
		}
		fn shares(list: PoolId) -> Vec<(PoolId, guerdon_runtime_api::Share)> {
			Settlement::shares_of(list).into_iter().collect()
		}
		fn is_claimed(pool: PoolId, index: u64) -> bool {
			Settlement::is_claimed(pool, index)
		}
		fn drawn(pool: PoolId, index: u64) -> Balance {
			Settlement::drawn(pool, index)
		}
	}

	impl sp_genesis_builder::GenesisBuilder<Block> for Runtime {
		fn build_state(config: Vec<u8>) -> sp_genesis_builder::Result {
			build_state::<RuntimeGenesisConfig>(config)
		}

		fn get_preset(id: &Option<sp_genesis_builder::PresetId>) -> Option<Vec<u8>> {
			get_preset::<RuntimeGenesisConfig>(id, genesis::preset)
		}

		fn preset_names() -> Vec<sp_genesis_builder::PresetId> {
			genesis::preset_names()
		}
	}

	#[cfg(feature = "runtime-benchmarks")]
	impl frame_benchmarking::Benchmark<Block> for Runtime {
		fn benchmark_metadata(
			extra: bool,
		) -> (Vec<frame_benchmarking::BenchmarkList>, Vec<frame_support::traits::StorageInfo>) {
			crate::benchmarks::metadata(extra)
		}

		fn dispatch_benchmark(
			config: frame_benchmarking::BenchmarkConfig,
		) -> Result<Vec<frame_benchmarking::BenchmarkBatch>, alloc::string::String> {
			crate::benchmarks::dispatch(config)
		}
	}

	#[cfg(feature = "try-runtime")]
	impl frame_try_runtime::TryRuntime<Block> for Runtime {
		fn on_runtime_upgrade(
			checks: frame_try_runtime::UpgradeCheckSelect,
		) -> (Weight, Weight) {
			let weight = Executive::try_runtime_upgrade(checks)
				.expect("the upgrade and its checks succeed");
			(weight, crate::configs::system::RuntimeBlockWeights::get().max_block)
		}

		fn execute_block(
			block: <Block as BlockT>::LazyBlock,
			state_root_check: bool,
			signature_check: bool,
			select: frame_try_runtime::TryStateSelect,
		) -> Weight {
			Executive::try_execute_block(block, state_root_check, signature_check, select)
				.expect("the block and its checks succeed")
		}
	}
}
