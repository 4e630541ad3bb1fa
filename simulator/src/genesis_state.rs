//! The state that chains begin with.

use sp_core::storage::{well_known_keys::CODE, Storage};
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};
use sp_runtime::BuildStorage;

use crate::{configs::consensus::BABE_GENESIS_EPOCH_CONFIG, *};

/// The least that an account can have of an asset.
const CENT: Balance = 10_000;

/// The development preset, with further accounts and another council: Alice makes every block.
pub fn with(further: Vec<(AccountId, Balance)>, council: Vec<AccountId>) -> Storage {
	let author = Sr25519Keyring::Alice.to_account_id();
	let keys = SessionKeys {
		babe: Sr25519Keyring::Alice.public().into(),
		grandpa: Ed25519Keyring::Alice.public().into(),
	};
	let mut balances: Vec<_> = Sr25519Keyring::well_known()
		.map(|account| (account.to_account_id(), genesis::ENDOWMENT))
		.collect();
	balances.extend(further);
	let issuer = council[0].clone();
	let config = RuntimeGenesisConfig {
		// One that is allowed, one that can be, and one that accounts cannot live on.
		assets: AssetsConfig {
			assets: vec![
				(1, issuer.clone(), true, CENT),
				(2, issuer.clone(), true, CENT),
				(3, issuer, false, CENT),
			],
			accounts: vec![(1, Settlement::pot(), CENT)],
			..Default::default()
		},
		settlement: SettlementConfig {
			assets: vec![(1, 1_000 * CENT)],
			..Default::default()
		},
		babe: BabeConfig {
			epoch_config: BABE_GENESIS_EPOCH_CONFIG,
			..Default::default()
		},
		balances: BalancesConfig {
			balances,
			..Default::default()
		},
		validator_set: ValidatorSetConfig {
			members: vec![author.clone()].try_into().unwrap(),
			..Default::default()
		},
		session: SessionConfig {
			keys: vec![(author.clone(), author, keys)],
			..Default::default()
		},
		council: CouncilConfig {
			members: council,
			..Default::default()
		},
		..Default::default()
	};
	let mut storage = config.build_storage().unwrap();
	let code = WASM_BINARY
		.expect("the runtime was built with its wasm")
		.to_vec();
	storage.top.insert(CODE.to_vec(), code);
	storage
}
