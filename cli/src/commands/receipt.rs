//! `guerdon receipt …`

use super::evidence::{accepted, from_block, from_file, judge_all};
use crate::{
	context::{digest, Context},
	fail::{refused, usage},
	output::{self, Rows},
	words,
};
use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use guerdon_client::{
	chain::api::ReceiptView,
	keys::{self, Passphrase},
};
use guerdon_receipt::{
	export::{attestation_envelope, dsse_envelope, in_toto_envelope, in_toto_statement},
	sign::SigningKey,
	Digest,
};
use serde_json::{json, Value};
use std::path::PathBuf;

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
	Export(Export),
}

/// What to export, and how.
#[derive(Args)]
pub struct Export {
	/// The receipt's id.
	#[arg(value_parser = digest)]
	id: Digest,
	/// Write bare DSSE envelopes, the receipt's first.
	#[arg(long)]
	dsse: bool,
	/// Write the statement in a DSSE envelope, signed with the receipt key of this home.
	#[arg(long, conflicts_with = "dsse")]
	envelope: bool,
	/// The file to write [default: to stdout].
	#[arg(long)]
	out: Option<PathBuf>,
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
		Command::Export(args) => export(context, args).await,
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
	super::evidence::signers(found)
		.map(output::address)
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
	let (block, keys) = accepted(context, &chain, &found).await?;
	let evidence = match from_file {
		Some(evidence) => evidence,
		None => from_block(&block, &keys, &found).await?,
	};
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

/// The receipt key of this home. An export is no reason to make one, and needs no signer to tell
/// whether it is sealed.
fn exporter(context: &Context) -> Result<SigningKey> {
	let keyring = context.keyring()?;
	match keyring.receipt_key(None) {
		Err(keys::Error::Sealed(_)) => Ok(keyring.receipt_key(Some(&Passphrase::from_env()))?),
		other => Ok(other?),
	}
}

async fn export(context: &Context, args: Export) -> Result<()> {
	let id = args.id;
	let exporter = args.envelope.then(|| exporter(context)).transpose()?;
	let chain = context.chain().await?;
	let found = context.view(&chain).await?.receipt(id).await?;
	let (block, keys) = accepted(context, &chain, &found).await?;
	let evidence = from_block(&block, &keys, &found).await?;
	let (contributor, attestations) = evidence.keyed(&keys)?;
	let value = if args.dsse {
		let mut envelopes = vec![dsse_envelope(&evidence.receipt, &[contributor])];
		let attestations = attestations.iter();
		envelopes.extend(attestations.map(|(it, by)| attestation_envelope(it, &[*by])));
		Value::Array(envelopes)
	} else {
		let statement = in_toto_statement(&evidence.receipt, &contributor, &attestations);
		match exporter {
			Some(key) => in_toto_envelope(&statement, &key),
			None => statement,
		}
	};
	match &args.out {
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

#[cfg(test)]
mod tests {
	use super::*;
	use crate::context::Options;
	use clap::Parser;
	use guerdon_receipt::sign::public_key;

	#[derive(Parser)]
	struct Cli {
		#[command(flatten)]
		options: Options,
	}

	#[test]
	fn an_envelope_is_signed_with_the_homes_receipt_key_and_makes_none() {
		let home = tempfile::tempdir().unwrap();
		let mut options = Cli::parse_from(["guerdon"]).options;
		options.home = Some(home.path().into());
		let context = Context::new(options).unwrap();
		let error = exporter(&context).unwrap_err();
		assert_eq!(crate::fail::code(&error), 3, "{error}");
		let keyring = context.keyring().unwrap();
		assert_eq!(keyring.receipt_public_key().unwrap(), None);
		let key = keyring.receipt_key_or_new(None).unwrap();
		let found = exporter(&context).unwrap();
		assert_eq!(public_key(&found), public_key(&key));
	}
}
