//! `guerdon receipt …`

use super::evidence::{from_block, from_file, judge_all, Keys};
use crate::{
	context::{digest, Context},
	fail::{refused, usage},
	output::{self, Rows},
	words,
};
use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use guerdon_client::chain::api::ReceiptView;
use guerdon_receipt::{
	export::{attestation_envelope, dsse_envelope, in_toto_statement},
	Digest,
};
use serde_json::{json, Value};
use std::path::{Path, PathBuf};

/// What can be done with receipts.
#[derive(Subcommand)]
pub enum Command {
	/// Show what the chain keeps of an accepted receipt.
	Show {
		/// Its id.
		#[arg(value_parser = digest)]
		id: Digest,
	},
	/// Check a receipt's signatures, its committee's, and that it is the one that was accepted.
	Verify(Verify),
	/// Write a receipt as an in-toto statement, or as DSSE envelopes.
	Export {
		/// Its id.
		#[arg(value_parser = digest)]
		id: Digest,
		/// Write bare DSSE envelopes, the receipt's first.
		#[arg(long)]
		dsse: bool,
		/// The file to write [default: to stdout].
		#[arg(long)]
		out: Option<PathBuf>,
	},
}

/// What to verify.
#[derive(Args)]
#[group(required = true, multiple = false)]
pub struct Verify {
	/// A receipt's id.
	#[arg(value_parser = digest)]
	id: Option<Digest>,
	/// A file that `export` wrote.
	#[arg(long)]
	file: Option<PathBuf>,
}

/// Runs a command.
pub async fn run(context: &Context, command: Command) -> Result<()> {
	match command {
		Command::Show { id } => show(context, id).await,
		Command::Verify(args) => verify(context, args).await,
		Command::Export { id, dsse, out } => export(context, id, dsse, out.as_deref()).await,
	}
}

async fn show(context: &Context, id: Digest) -> Result<()> {
	let chain = context.chain().await?;
	let found = context.view(&chain).await?.receipt(id).await?;
	let signers = signers(&found);
	let (before, after) = found.receipt.metric;
	context.show(
		|| {
			json!({
				"id": output::hex(id),
				"run": found.run,
				"task": found.receipt.task,
				"work": words::work(&found.task.work.0),
				"round": found.task.round,
				"units": found.task.units,
				"contributor": output::address(&found.task.contributor),
				"base_model": output::hex(found.task.base_model),
				"result": output::hex(found.receipt.result),
				"block": found.receipt.height,
				"signers": signers,
				"committee": found.task.committee.0.iter().map(output::address).collect::<Vec<_>>(),
				"metric_before": before,
				"metric_after": after,
			})
		},
		|| {
			Rows::pairs([
				("receipt", output::hex(id)),
				("run", found.run.to_string()),
				(
					"task",
					format!("{}, round {}", found.receipt.task, found.task.round),
				),
				("work", words::work(&found.task.work.0)),
				("worth", format!("{} units", found.task.units)),
				("contributor", output::address(&found.task.contributor)),
				("base model", output::hex(found.task.base_model)),
				("result", output::hex(found.receipt.result)),
				("accepted in", format!("block {}", found.receipt.height)),
				(
					"signed by",
					format!("{} of {}", signers.len(), found.task.committee.0.len()),
				),
				(
					"validation set",
					format!(
						"{} right before, {} after",
						output::per_cent(before),
						output::per_cent(after)
					),
				),
			])
			.text()
		},
	);
	Ok(())
}

/// The committee's members that signed.
fn signers(found: &ReceiptView) -> Vec<String> {
	let members = found.task.committee.0.iter().enumerate();
	members
		.filter(|(seat, _)| found.receipt.signers >> seat & 1 == 1)
		.map(|(_, member)| output::address(member))
		.collect()
}

async fn verify(context: &Context, args: Verify) -> Result<()> {
	let from_file = args.file.as_deref().map(from_file).transpose()?;
	let id = match (&from_file, args.id) {
		(Some(evidence), _) => evidence.receipt.id(),
		(None, Some(id)) => id,
		(None, None) => return Err(usage("name a receipt, or a --file")),
	};
	let chain = context.chain().await?;
	let view = context.view(&chain).await?;
	let found = view.receipt(id).await?;
	let evidence = match from_file {
		Some(evidence) => evidence,
		None => from_block(context, &view, &found).await?,
	};
	let keys = Keys::read(&view, &found).await?;
	let quorum = view.run(found.run).await?.plan.quorum;
	let checks = judge_all(&evidence, &found, &keys, &chain.genesis(), quorum);
	let holds = checks.iter().all(|check| check.holds);
	context.show(
		|| {
			let checks = checks
				.iter()
				.map(|check| json!({ "check": check.what, "holds": check.holds }))
				.collect::<Vec<_>>();
			json!({ "id": output::hex(id), "holds": holds, "checks": checks })
		},
		|| {
			let mut rows = Rows::pairs([]);
			for check in &checks {
				let mark = if check.holds { "yes" } else { "NO" };
				rows.add([mark.to_string(), check.what.clone()]);
			}
			rows.text()
		},
	);
	if holds {
		Ok(())
	} else {
		Err(refused(format!(
			"receipt {} does not hold",
			output::hex(id)
		)))
	}
}

async fn export(context: &Context, id: Digest, dsse: bool, out: Option<&Path>) -> Result<()> {
	let chain = context.chain().await?;
	let view = context.view(&chain).await?;
	let found = view.receipt(id).await?;
	let evidence = from_block(context, &view, &found).await?;
	let contributor = evidence
		.contributor
		.context("the contributor's enrolment was pruned: read at an older block with --at")?;
	let value = if dsse {
		let mut envelopes = vec![dsse_envelope(&evidence.receipt, &[contributor])];
		let attestations = evidence.attestations.iter();
		envelopes.extend(attestations.map(|(it, by)| attestation_envelope(it, &[*by])));
		Value::Array(envelopes)
	} else {
		in_toto_statement(&evidence.receipt, &contributor, &evidence.attestations)
	};
	match out {
		Some(out) => {
			std::fs::write(out, serde_json::to_vec_pretty(&value)?)
				.with_context(|| format!("cannot write {}", out.display()))?;
			context.show(
				|| json!({ "id": output::hex(id), "file": out }),
				|| format!("Written to {}.", out.display()),
			);
		}
		None => output::print(&serde_json::to_string_pretty(&value)?),
	}
	Ok(())
}
