//! Runtime upgrades, by the council.

use codec::Encode;
use frame_system::{Call as System, LastRuntimeUpgrade, LastRuntimeUpgradeInfo};
use sp_maybe_compressed_blob::{compress_weakly, decompress, CODE_BLOB_BOMB_LIMIT};
use sp_runtime::traits::{BlakeTwo256, Hash as _};
use sp_version::RuntimeVersion;

use crate::*;

/// The code of this runtime, which says that it is of a later version. What it does is the same, so
/// the native runtime goes on telling the wasm runtime's states.
pub fn code(spec_version: u32) -> Vec<u8> {
	let code = WASM_BINARY.expect("the runtime was built with its wasm");
	let code = decompress(code, CODE_BLOB_BOMB_LIMIT).unwrap();
	let version = RuntimeVersion {
		spec_version,
		..VERSION
	};
	let code = sp_version::embed::embed_runtime_version(&code, version).unwrap();
	compress_weakly(&code, CODE_BLOB_BOMB_LIMIT).unwrap()
}

/// The council's motions that replace the runtime, and have the next block run every migration: the
/// code of a later version knows no later version than itself, so the last upgrade is forgotten.
pub fn motions(code: Vec<u8>) -> [RuntimeCall; 2] {
	let forgotten = LastRuntimeUpgradeInfo {
		spec_version: 0.into(),
		spec_name: VERSION.spec_name,
	};
	let items = vec![(
		LastRuntimeUpgrade::<Runtime>::hashed_key().to_vec(),
		forgotten.encode(),
	)];
	let calls = vec![
		System::set_code { code }.into(),
		System::set_storage { items }.into(),
	];
	let upgrade = RuntimeCall::from(pallet_utility::Call::batch_all { calls });
	let call_hash = BlakeTwo256::hash_of(&upgrade);
	let call = Box::new(upgrade);
	[
		pallet_whitelist::Call::whitelist_call { call_hash }.into(),
		pallet_whitelist::Call::dispatch_whitelisted_call_with_preimage { call }.into(),
	]
	.map(|proposal: RuntimeCall| {
		let length_bound = proposal.encoded_size() as u32;
		let proposal = Box::new(proposal);
		RuntimeCall::Council(pallet_collective::Call::propose {
			threshold: 1,
			proposal,
			length_bound,
		})
	})
}

/// Whether every migration has run since.
pub fn is_done() -> bool {
	LastRuntimeUpgrade::<Runtime>::get()
		.is_some_and(|last| last.spec_version.0 == VERSION.spec_version)
}
