//! `guerdon work`: works off the tasks dealt to the signer.

use super::serve::{failed, hold, listen, Place, Task};
use crate::context::Context;
use anyhow::Result;
use clap::Args as ClapArgs;
use guerdon_client::roles::{
	duties,
	labeller::{External, Labeller, Prompt},
	work::{self, Worker},
};
use std::{io::IsTerminal, sync::Arc};

/// Works off the tasks dealt to the signer, and serves what it made.
///
/// Stop it with Ctrl-C; it goes on where it was when it is started again.
#[derive(ClapArgs, Clone, Debug)]
pub struct Args {
	#[command(flatten)]
	place: Place,
	/// Answers feedback: a command that reads one JSON array of features per line and prints one
	/// label per line. Without it, whoever sits at the terminal is asked.
	#[arg(long, value_name = "COMMAND")]
	labeller: Option<String>,
}

/// Runs the command.
pub async fn run(context: &Context, args: Args) -> Result<()> {
	let labeller: Option<Arc<dyn Labeller>> = match args.labeller {
		Some(command) => Some(Arc::new(External(command))),
		None if std::io::stdin().is_terminal() => Some(Arc::new(Prompt)),
		None => None,
	};
	let _held = hold(context, "work")?;
	let roles = args.place.context(context, true).await?;
	let (router, failed) = (roles.router(), failed(roles.clone()));
	listen(&args.place, router, failed, move |shutdown| {
		let worker = Worker::honest(labeller);
		let watching: Task = Box::pin(duties::watch(roles.clone(), shutdown.clone()));
		let working: Task = Box::pin(work::run(roles, worker, shutdown.clone()));
		vec![("work", working), ("the watch", watching)]
	})
	.await
}
