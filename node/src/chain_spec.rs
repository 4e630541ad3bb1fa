//! The chains this binary knows by name. Their genesis comes from the runtime's presets.

use guerdon_runtime::{
	constants::currency::{DECIMALS, SS58_PREFIX, SYMBOL},
	WASM_BINARY,
};
use sc_chain_spec::{DEV_RUNTIME_PRESET, LOCAL_TESTNET_RUNTIME_PRESET};
use sc_service::{ChainType, Properties};

/// A chain specification. Its genesis is built by the runtime that it contains.
pub type ChainSpec = sc_service::GenericChainSpec;

/// One validator, Alice.
pub fn development() -> Result<ChainSpec, String> {
	named(
		"Guerdon Development",
		"guerdon_dev",
		ChainType::Development,
		DEV_RUNTIME_PRESET,
	)
}

/// Four validators on one machine: Alice, Bob, Charlie and Dave.
pub fn local_testnet() -> Result<ChainSpec, String> {
	named(
		"Guerdon Local Testnet",
		"guerdon_local",
		ChainType::Local,
		LOCAL_TESTNET_RUNTIME_PRESET,
	)
}

fn named(name: &str, id: &str, chain_type: ChainType, preset: &str) -> Result<ChainSpec, String> {
	let code = WASM_BINARY.ok_or("this binary was built without the runtime's wasm")?;
	Ok(ChainSpec::builder(code, None)
		.with_name(name)
		.with_id(id)
		.with_protocol_id(id)
		.with_chain_type(chain_type)
		.with_properties(properties())
		.with_genesis_config_preset_name(preset)
		.build())
}

/// What wallets need to show amounts and addresses.
fn properties() -> Properties {
	let mut properties = Properties::new();
	properties.insert("tokenSymbol".into(), SYMBOL.into());
	properties.insert("tokenDecimals".into(), DECIMALS.into());
	properties.insert("ss58Format".into(), SS58_PREFIX.into());
	properties
}

#[cfg(test)]
mod tests {
	use super::*;
	use sp_runtime::BuildStorage;

	#[test]
	fn every_named_chain_builds_its_genesis() {
		for spec in [development(), local_testnet()] {
			let spec = spec.expect("the wasm is built");
			let storage = spec.build_storage().expect("the preset is valid");
			assert!(storage
				.top
				.contains_key(sp_core::storage::well_known_keys::CODE));
		}
	}

	#[test]
	fn wallets_are_told_the_token() {
		let spec = development().expect("the wasm is built");
		let properties = sc_service::ChainSpec::properties(&spec);
		assert_eq!(properties["tokenSymbol"], "GRD");
		assert_eq!(properties["tokenDecimals"], 12);
		assert_eq!(properties["ss58Format"], 42);
	}
}
