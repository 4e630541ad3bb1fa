//! What the command line offers.

use std::path::PathBuf;

use crate::index::IndexCmd;

/// The node's command line.
#[derive(Debug, clap::Parser)]
pub struct Cli {
	/// What to do instead of running a node.
	#[command(subcommand)]
	pub subcommand: Option<Subcommand>,

	/// How to run the node.
	#[clap(flatten)]
	pub run: sc_cli::RunCmd,

	/// How much disk must be left for the node to go on.
	#[clap(flatten)]
	pub storage_monitor: sc_storage_monitor::StorageMonitorParams,

	/// Do not keep who is on lists of members. Then this node makes no proofs for them.
	#[arg(long)]
	pub no_claims_index: bool,
}

/// What the binary does besides running a node.
#[derive(Debug, clap::Subcommand)]
pub enum Subcommand {
	/// Key management utilities.
	#[command(subcommand)]
	Key(sc_cli::KeySubcommand),

	/// Write a chain specification to standard output (older name of `export-chain-spec`).
	BuildSpec(sc_cli::BuildSpecCmd),

	/// Write a chain specification.
	ExportChainSpec(sc_cli::ExportChainSpecCmd),

	/// Write the runtime's metadata, which clients generate their code from. Runs no node.
	ExportMetadata(ExportMetadataCmd),

	/// Leaves of pools, which proofs of claims are made from: from and to files.
	#[command(subcommand)]
	Index(IndexCmd),

	/// Validate blocks that are in the database.
	CheckBlock(sc_cli::CheckBlockCmd),

	/// Export blocks.
	ExportBlocks(sc_cli::ExportBlocksCmd),

	/// Import blocks.
	ImportBlocks(sc_cli::ImportBlocksCmd),

	/// Remove the whole chain.
	PurgeChain(sc_cli::PurgeChainCmd),

	/// Revert the chain to an earlier state.
	Revert(sc_cli::RevertCmd),
}

/// Writes SCALE-encoded metadata to a file.
#[derive(Debug, clap::Args)]
pub struct ExportMetadataCmd {
	/// Where to write it.
	pub file: PathBuf,

	/// The metadata's version.
	#[arg(long, default_value_t = 15)]
	pub version: u32,
}
