//! The genesis presets: who validates, who sits on the council, and who owns what.

use alloc::{vec, vec::Vec};

use frame_support::build_struct_json_patch;
use serde_json::Value;
use sp_genesis_builder::{PresetId, DEV_RUNTIME_PRESET, LOCAL_TESTNET_RUNTIME_PRESET};
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};

use crate::{
	configs::consensus::BABE_GENESIS_EPOCH_CONFIG, constants::currency::GRD, AccountId,
	AssetsConfig, BabeConfig, Balance, BalancesConfig, CouncilConfig, RuntimeGenesisConfig,
	SessionConfig, SessionKeys, Settlement, SettlementConfig, ValidatorSetConfig,
};

/// What each development account starts with.
pub const ENDOWMENT: Balance = 10_000_000 * GRD;

/// The asset of the test chains, which Eve issues: a dollar in millionths.
const DOLLAR: u32 = 1;
/// The least of it that an account can have.
const CENT: Balance = 10_000;

/// Alice validates alone and is the council.
fn development() -> Value {
	genesis(&[(Sr25519Keyring::Alice, Ed25519Keyring::Alice)])
}

/// Alice, Bob, Charlie and Dave validate and are the council.
fn local_testnet() -> Value {
	genesis(&[
		(Sr25519Keyring::Alice, Ed25519Keyring::Alice),
		(Sr25519Keyring::Bob, Ed25519Keyring::Bob),
		(Sr25519Keyring::Charlie, Ed25519Keyring::Charlie),
		(Sr25519Keyring::Dave, Ed25519Keyring::Dave),
	])
}

fn genesis(validators: &[(Sr25519Keyring, Ed25519Keyring)]) -> Value {
	let mut members: Vec<AccountId> = validators
		.iter()
		.map(|(babe, _)| babe.to_account_id())
		.collect();
	members.sort();
	let keys = validators
		.iter()
		.map(|(babe, grandpa)| {
			let who = babe.to_account_id();
			let keys = SessionKeys {
				babe: babe.public().into(),
				grandpa: grandpa.public().into(),
			};
			(who.clone(), who, keys)
		})
		.collect::<Vec<_>>();
	let balances = Sr25519Keyring::well_known()
		.map(|account| (account.to_account_id(), ENDOWMENT))
		.collect::<Vec<_>>();

	let pot = Settlement::pot();
	let issuer = Sr25519Keyring::Eve.to_account_id();

	build_struct_json_patch!(RuntimeGenesisConfig {
		assets: AssetsConfig {
			assets: vec![(DOLLAR, issuer, true, CENT)],
			metadata: vec![(DOLLAR, b"Test dollar".to_vec(), b"TUSD".to_vec(), 6)],
			accounts: vec![(DOLLAR, pot, CENT)],
		},
		settlement: SettlementConfig {
			assets: vec![(DOLLAR, CENT)],
		},
		babe: BabeConfig {
			epoch_config: BABE_GENESIS_EPOCH_CONFIG
		},
		balances: BalancesConfig { balances },
		validator_set: ValidatorSetConfig {
			members: members
				.clone()
				.try_into()
				.expect("four validators are within the bound"),
		},
		session: SessionConfig { keys },
		council: CouncilConfig { members },
	})
}

/// The preset of that name, as a JSON patch of the default genesis.
pub fn preset(id: &PresetId) -> Option<Vec<u8>> {
	let patch = match id.as_ref() {
		DEV_RUNTIME_PRESET => development(),
		LOCAL_TESTNET_RUNTIME_PRESET => local_testnet(),
		_ => return None,
	};
	serde_json::to_vec(&patch).ok()
}

/// The names that [`preset`] knows.
pub fn preset_names() -> Vec<PresetId> {
	vec![
		PresetId::from(DEV_RUNTIME_PRESET),
		PresetId::from(LOCAL_TESTNET_RUNTIME_PRESET),
	]
}
