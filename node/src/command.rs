//! Runs what the command line asks for.

use std::sync::Arc;

use guerdon_runtime::{BlockNumber, Runtime};
use sc_cli::SubstrateCli;
use sc_network::{config::NetworkBackendType, Litep2pNetworkBackend, NetworkWorker};
use sc_service::{ChainType, PartialComponents, PruningMode};

use crate::{
	chain_spec::{self, ChainSpec},
	cli::{Cli, ExportMetadataCmd, Subcommand},
	service::{self, FullBackend, FullClient},
	Block,
};

impl SubstrateCli for Cli {
	fn impl_name() -> String {
		"Guerdon Node".into()
	}

	fn impl_version() -> String {
		env!("SUBSTRATE_CLI_IMPL_VERSION").into()
	}

	fn description() -> String {
		env!("CARGO_PKG_DESCRIPTION").into()
	}

	fn author() -> String {
		env!("CARGO_PKG_AUTHORS").into()
	}

	fn support_url() -> String {
		"the project's issue tracker".into()
	}

	fn copyright_start_year() -> i32 {
		2026
	}

	fn load_spec(&self, id: &str) -> Result<Box<dyn sc_service::ChainSpec>, String> {
		Ok(match id {
			"dev" => Box::new(chain_spec::development()?),
			"" | "local" => Box::new(chain_spec::local_testnet()?),
			path => Box::new(ChainSpec::from_json_file(path.into())?),
		})
	}
}

impl ExportMetadataCmd {
	fn run(&self) -> sc_cli::Result<()> {
		let metadata = Runtime::metadata_at_version(self.version).ok_or_else(|| {
			format!(
				"no metadata of version {}; there are {:?}",
				self.version,
				Runtime::metadata_versions()
			)
		})?;
		std::fs::write(&self.file, &metadata[..])?;
		println!(
			"{} bytes of metadata V{} in {}",
			metadata.len(),
			self.version,
			self.file.display()
		);
		Ok(())
	}
}

/// Parses the command line and does what it says.
pub fn run() -> sc_cli::Result<()> {
	let cli = Cli::from_args();

	match &cli.subcommand {
		Some(Subcommand::Key(cmd)) => cmd.run(&cli),
		Some(Subcommand::BuildSpec(cmd)) => {
			let runner = cli.create_runner(cmd)?;
			runner.sync_run(|config| cmd.run(config.chain_spec, config.network))
		}
		Some(Subcommand::ExportChainSpec(cmd)) => cmd.run(cli.load_spec(&cmd.chain)?),
		Some(Subcommand::ExportMetadata(cmd)) => cmd.run(),
		Some(Subcommand::Index(cmd)) => {
			let runner = cli.create_runner(cmd)?;
			runner.sync_run(|config| {
				let parts = service::new_partial(&config)?;
				cmd.run(&config, &parts.client)
					.map_err(sc_cli::Error::Application)
			})
		}
		Some(Subcommand::CheckBlock(cmd)) => {
			let runner = cli.create_runner(cmd)?;
			runner.async_run(|config| {
				let PartialComponents {
					client,
					task_manager,
					import_queue,
					..
				} = service::new_partial(&config)?;
				Ok((cmd.run(client, import_queue), task_manager))
			})
		}
		Some(Subcommand::ExportBlocks(cmd)) => {
			let runner = cli.create_runner(cmd)?;
			runner.async_run(|config| {
				let PartialComponents {
					client,
					task_manager,
					..
				} = service::new_partial(&config)?;
				Ok((cmd.run(client, config.database), task_manager))
			})
		}
		Some(Subcommand::ImportBlocks(cmd)) => {
			let runner = cli.create_runner(cmd)?;
			runner.async_run(|config| {
				let PartialComponents {
					client,
					task_manager,
					import_queue,
					..
				} = service::new_partial(&config)?;
				Ok((cmd.run(client, import_queue), task_manager))
			})
		}
		Some(Subcommand::PurgeChain(cmd)) => {
			let runner = cli.create_runner(cmd)?;
			runner.sync_run(|config| cmd.run(config.database))
		}
		Some(Subcommand::Revert(cmd)) => {
			let runner = cli.create_runner(cmd)?;
			runner.async_run(|config| {
				let PartialComponents {
					client,
					task_manager,
					backend,
					..
				} = service::new_partial(&config)?;
				let revert_consensus = Box::new(
					|client: Arc<FullClient>, backend: Arc<FullBackend>, blocks: BlockNumber| {
						sc_consensus_babe::revert(client.clone(), backend, blocks)?;
						sc_consensus_grandpa::revert(client, blocks)?;
						Ok(())
					},
				);
				Ok((
					cmd.run::<Block, _, _>(client, backend, Some(revert_consensus)),
					task_manager,
				))
			})
		}
		None => {
			let runner = cli.create_runner(&cli.run)?;
			let choices = service::Choices {
				disk: cli.storage_monitor,
				claims_index: !cli.no_claims_index,
			};
			runner.run_node_until_exit(|mut config| async move {
				// A development chain is for looking at: it keeps every state.
				if config.chain_spec.chain_type() == ChainType::Development {
					config.state_pruning.get_or_insert(PruningMode::ArchiveAll);
				}
				match config.network.network_backend {
					NetworkBackendType::Libp2p => {
						service::new_full::<NetworkWorker<_, _>>(config, choices)
					}
					NetworkBackendType::Litep2p => {
						service::new_full::<Litep2pNetworkBackend>(config, choices)
					}
				}
				.map_err(sc_cli::Error::Service)
			})
		}
	}
}
