//! Builds the runtime a second time, as the wasm blob that the chain runs.

#[cfg(feature = "std")]
fn main() {
	println!("cargo:rerun-if-env-changed=GUERDON_EPOCH_SLOTS");

	#[cfg(feature = "metadata-hash")]
	substrate_wasm_builder::WasmBuilder::init_with_defaults()
		.enable_metadata_hash("GRD", 12)
		.build();

	#[cfg(not(feature = "metadata-hash"))]
	substrate_wasm_builder::WasmBuilder::build_using_defaults();
}

#[cfg(not(feature = "std"))]
fn main() {}
