//! The guerdon command line.
//!
//! Exit codes: 0 done, 2 the command or a file that it names makes no sense, 3 refused before anything was sent, 4 sent and
//! failed on chain, 5 no node answers, 6 sent and not known what became of it, 1 anything else.

mod announcements;
mod blocks;
mod commands;
mod context;
mod fail;
mod feedback;
mod output;
mod plan;
mod words;

use clap::{Parser, Subcommand};
use context::{Context, Options};
use guerdon_client::amount;
use std::{io::IsTerminal as _, process::ExitCode, time::Duration};

/// How long what cannot be interrupted may hold up the end.
const ENDING: Duration = Duration::from_secs(1);

/// Who contributed to a model, whether the work was done, and what it is worth.
#[derive(Parser)]
#[command(name = "guerdon", version, arg_required_else_help = true)]
#[command(
	after_help = "Exit codes: 0 done; 2 the command, or a file that it names, makes no sense; 3 \
	refused before anything was sent; 4 sent and failed on chain; 5 no node answers; 6 sent, and what became of it is not \
	known; 1 anything else."
)]
struct Cli {
	#[command(flatten)]
	options: Options,
	#[command(subcommand)]
	command: Command,
}

#[derive(Subcommand)]
enum Command {
	/// Publish data, say on which terms it may be used, and take consent back.
	#[command(subcommand)]
	Dataset(commands::dataset::Command),
	/// Propose runs, enrol in them, see where they stand.
	#[command(subcommand)]
	Run(commands::run::Command),
	/// Look at the evidence that work was done.
	#[command(subcommand)]
	Receipt(commands::receipt::Command),
	/// Have a seat among those who re-execute and sign.
	#[command(subcommand)]
	Attestor(commands::seat::Command),
	/// Have a seat among those who count what scores are computed from.
	#[command(subcommand)]
	Appraiser(commands::seat::Command),
	/// See what data was found to be worth, and count it again.
	#[command(subcommand)]
	Valuation(commands::valuation::Command),
	/// What is due, what was paid, and why.
	#[command(subcommand)]
	Credits(commands::credits::Command),
	/// Assets that runs can be paid in.
	#[command(subcommand)]
	Assets(commands::assets::Command),
	/// What has to be done, by when, and what missing it costs.
	Todo(commands::todo::Args),
	/// Keys of accounts.
	#[command(subcommand)]
	Key(commands::key::Command),
	/// Transactions that were sent.
	#[command(subcommand)]
	Tx(commands::tx::Command),
	/// The chain itself.
	#[command(subcommand)]
	Chain(commands::chain::Command),
	/// Do the tasks that are dealt to the signer, as trainer or user.
	Work(commands::work::Args),
	/// Serve blobs, and act as attestor, appraiser, keeper, sponsor or publisher.
	Serve(commands::serve::Args),
}

fn main() -> ExitCode {
	let cli = Cli::parse();
	let daemon = matches!(cli.command, Command::Work(_) | Command::Serve(_));
	let filter = tracing_subscriber::EnvFilter::try_from_env("GUERDON_LOG")
		.unwrap_or_else(|_| if daemon { "info" } else { "error" }.into());
	tracing_subscriber::fmt()
		.with_env_filter(filter)
		.with_ansi(std::io::stderr().is_terminal())
		.with_writer(std::io::stderr)
		.init();
	let ended = tokio::runtime::Builder::new_multi_thread()
		.enable_all()
		.build()
		.map_err(anyhow::Error::from)
		.and_then(|runtime| {
			let ended = runtime.block_on(run(cli));
			// To drop it would be to wait until a task has been computed, or somebody has typed.
			runtime.shutdown_timeout(ENDING);
			ended
		});
	match ended {
		Ok(()) => ExitCode::SUCCESS,
		Err(error) => fail::report(&error),
	}
}

async fn run(cli: Cli) -> anyhow::Result<()> {
	use guerdon_client::chain::api::Kind;
	let context = Context::new(cli.options)?;
	match cli.command {
		Command::Dataset(command) => commands::dataset::run(&context, command).await,
		Command::Run(command) => commands::run::run(&context, command).await,
		Command::Receipt(command) => commands::receipt::run(&context, command).await,
		Command::Attestor(command) => commands::seat::run(&context, Kind::Attestor, command).await,
		Command::Appraiser(command) => {
			commands::seat::run(&context, Kind::Appraiser, command).await
		}
		Command::Valuation(command) => commands::valuation::run(&context, command).await,
		Command::Credits(command) => commands::credits::run(&context, command).await,
		Command::Assets(command) => commands::assets::run(&context, command).await,
		Command::Todo(args) => commands::todo::run(&context, args).await,
		Command::Key(command) => commands::key::run(&context, command),
		Command::Tx(command) => commands::tx::run(&context, command).await,
		Command::Chain(command) => commands::chain::run(&context, command).await,
		Command::Work(args) => commands::work::run(&context, args).await,
		Command::Serve(args) => commands::serve::run(&context, args).await,
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::CommandFactory;

	#[test]
	fn the_command_line_is_consistent() {
		Cli::command().debug_assert();
	}
}
