//! The Guerdon node: one binary for validators, archive nodes and development chains.

#![allow(
	clippy::result_large_err,
	reason = "the size of the SDK's own error type"
)]
#![warn(missing_docs)]

mod chain_spec;
mod cli;
mod command;
mod rpc;
mod service;

fn main() -> sc_cli::Result<()> {
	command::run()
}
