//! `guerdon-node index …`: leaves of pools from and to files, while the node does not run.

use std::{
	fs::File,
	io::{BufReader, BufWriter, Write},
	path::PathBuf,
	time::{Duration, Instant},
};

use guerdon_index::{Imported, PoolState};
use guerdon_share_tree::PoolId;
use sc_cli::{CliConfiguration, DatabaseParams, PruningParams, SharedParams};
use sc_service::Configuration;

use super::{open, sealed, Failure};
use crate::service::FullClient;

/// How often it is said how far an import is.
const TELL: Duration = Duration::from_secs(5);

/// Carries leaves of pools between nodes.
#[derive(Debug, clap::Subcommand)]
pub enum IndexCmd {
	/// Write the leaves of a pool to a file.
	Export(Export),
	/// Read the leaves of a pool from a file. They are checked against what the chain keeps of the pool.
	Import(Import),
	/// List the pools whose leaves are kept here.
	List(Common),
}

/// Where the node's data is.
#[derive(Debug, clap::Args)]
pub struct Common {
	#[clap(flatten)]
	shared: SharedParams,
	#[clap(flatten)]
	pruning: PruningParams,
	#[clap(flatten)]
	database: DatabaseParams,
}

/// What is written.
#[derive(Debug, clap::Args)]
pub struct Export {
	/// The pool's id.
	pool: PoolId,
	/// Where to write it. Nothing that is there is overwritten.
	file: PathBuf,
	#[clap(flatten)]
	common: Common,
}

/// What is read.
#[derive(Debug, clap::Args)]
pub struct Import {
	/// A file that `index export` wrote.
	file: PathBuf,
	#[clap(flatten)]
	common: Common,
}

impl CliConfiguration for IndexCmd {
	fn shared_params(&self) -> &SharedParams {
		&self.common().shared
	}

	fn pruning_params(&self) -> Option<&PruningParams> {
		Some(&self.common().pruning)
	}

	fn database_params(&self) -> Option<&DatabaseParams> {
		Some(&self.common().database)
	}
}

impl IndexCmd {
	fn common(&self) -> &Common {
		match self {
			Self::Export(export) => &export.common,
			Self::Import(import) => &import.common,
			Self::List(common) => common,
		}
	}

	/// Does it.
	pub fn run(&self, config: &Configuration, client: &FullClient) -> Result<(), Failure> {
		let index = open(config, client)?;
		match self {
			Self::Export(Export { pool, file, .. }) => {
				let created = File::create_new(file);
				let created = created.map_err(|error| format!("{}: {error}", file.display()))?;
				let mut to = BufWriter::new(created);
				let written = index.export(*pool, &mut to).map_err(Failure::from);
				let written = written.and_then(|summary| {
					to.flush()?;
					to.get_ref().sync_all()?;
					Ok(summary)
				});
				match written {
					Ok(summary) => {
						println!(
							"{} leaves of pool {pool} in {}",
							summary.count,
							file.display()
						);
						Ok(())
					}
					Err(error) => {
						// Half a file is of no use to anybody.
						let _ = std::fs::remove_file(file);
						Err(error)
					}
				}
			}
			Self::Import(Import { file, .. }) => {
				let opened = File::open(file);
				let opened = opened.map_err(|error| format!("{}: {error}", file.display()))?;
				let expected = |pool| sealed(client, pool).ok().flatten();
				let mut told = Instant::now();
				let mut tell = |leaves: u64, all: u64| {
					if leaves == all || told.elapsed() >= TELL {
						eprintln!("{leaves} of {all} leaves");
						told = Instant::now();
					}
				};
				match index.import(BufReader::new(opened), &expected, &mut tell)? {
					Imported::Added(pool) => println!("pool {pool} is indexed now"),
					Imported::Kept(pool) => println!("pool {pool} was indexed before"),
				}
				Ok(())
			}
			Self::List(_) => {
				let mut after = None;
				println!("pool\tleaves\tstate");
				loop {
					let pools = index.pools(after, 1_000)?;
					let Some((last, _)) = pools.last() else {
						break Ok(());
					};
					after = Some(*last);
					for (pool, info) in pools {
						let state = match info.state {
							PoolState::Building => "building",
							PoolState::Sealed(_) => "indexed",
							PoolState::Incomplete(_) => "leaves are missing: import them",
						};
						println!("{pool}\t{}\t{state}", info.leaves);
					}
				}
			}
		}
	}
}
