//! The Guerdon node: one binary for validators, archive nodes and development chains.

#![allow(
	clippy::result_large_err,
	reason = "the size of the SDK's own error type"
)]
#![warn(missing_docs)]

mod chain_spec;
mod cli;
mod command;
mod index;
mod rpc;
mod service;

use std::process::ExitCode;

/// A block whose extrinsics the node does not look into: that is how JSON-RPC writes them in hex.
type Block = sp_runtime::generic::Block<guerdon_runtime::Header, sp_runtime::OpaqueExtrinsic>;

fn main() -> ExitCode {
	match command::run() {
		Ok(()) => ExitCode::SUCCESS,
		Err(error) => {
			// In words: what an error is called in the code helps nobody.
			eprintln!("Error: {error}");
			ExitCode::FAILURE
		}
	}
}

#[cfg(test)]
mod tests {
	use codec::Decode;

	#[test]
	fn json_rpc_writes_extrinsics_in_hex() {
		type Extrinsic = <crate::Block as sp_runtime::traits::Block>::Extrinsic;
		let extrinsic = Extrinsic::decode(&mut &[8, 1, 2][..]).unwrap();
		let written = serde_json::to_value(extrinsic).unwrap();
		assert_eq!(written, "0x080102");
	}
}
