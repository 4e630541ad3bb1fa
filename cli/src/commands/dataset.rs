//! `guerdon dataset …`

use super::{
	licence::LicenceArgs,
	publish::{document_path, outside, Folder, Publish},
};
use crate::{
	context::{included_json, Context},
	output::{self, Rows},
	words,
};
use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use guerdon_client::{
	chain::api::{self, Answer, Dataset, UnlearningState, UnlearningView},
	describe,
	gated::{self, AccessLog, Outcome},
};
use guerdon_content::RecordKind;
use serde_json::{json, Value};
use std::path::PathBuf;

/// What can be done with datasets.
#[derive(Subcommand)]
pub enum Command {
	/// Write a Croissant document about a folder: what it holds, who made it, on what licence.
	Describe(Describe),
	/// Commit to a folder's content without showing it: who announced first has priority.
	Announce(Folder),
	/// Publish an announced folder: check it, keep its stream as a blob, and register it.
	Publish(Box<Publish>),
	/// Check a folder against its document. For gated data the secret must be in the home folder.
	Verify(Folder),
	/// List who asked for keys of gated datasets, and what became of it.
	AccessLog {
		/// Only those of this dataset.
		#[arg(long, value_name = "ID")]
		dataset: Option<u64>,
	},
	/// Show a dataset.
	Show {
		/// The dataset's number.
		id: u64,
	},
	/// List datasets.
	List {
		/// Only those of this account.
		#[arg(long)]
		owner: Option<String>,
	},
	/// Change the terms for future runs; runs that use the dataset keep theirs.
	Licence {
		/// The dataset's number.
		id: u64,
		#[command(flatten)]
		licence: LicenceArgs,
	},
	/// Let a run that asked use the dataset.
	Grant(InRun),
	/// Decline a run's request, or end its grant: then no task of the run is dealt on the dataset from
	/// the next epoch on.
	Revoke(InRun),
	/// Withdraw consent for every run, for good.
	Withdraw {
		/// The dataset's number.
		id: u64,
	},
	/// Ask a run's sponsor to have its model unlearn a withdrawn dataset. A deposit is held.
	Unlearn(InRun),
	/// List who was asked to unlearn a dataset, and what they answered.
	Unlearnings {
		/// The dataset's number.
		id: u64,
	},
	/// Remove a request to unlearn that was answered, or not, long ago, and free its deposit.
	CloseUnlearning(InRun),
	/// Remove a withdrawn dataset that no run uses, and free its deposit.
	Retire {
		/// The dataset's number.
		id: u64,
	},
	/// List those that a dataset was made by or of, and pay them what it earns.
	#[command(subcommand)]
	Members(super::members::Command),
}

/// Options of `describe`.
#[derive(Args)]
pub struct Describe {
	/// The folder.
	dir: PathBuf,
	/// The dataset's name.
	#[arg(long)]
	name: String,
	/// What is in it, and how it came about.
	#[arg(long)]
	description: String,
	/// SPDX identifier or address of its licence.
	#[arg(long)]
	licence: String,
	/// Who made it; an organization as `organization:NAME`.
	#[arg(long, required = true)]
	creator: Vec<String>,
	/// Its version.
	#[arg(long, default_value = "1.0.0")]
	version: String,
	/// When it was published, YYYY-MM-DD.
	#[arg(long)]
	date: String,
	/// Its page.
	#[arg(long)]
	page: Option<String>,
	/// What a record is.
	#[arg(long, value_enum, default_value_t = Records::LineAfterHeader)]
	records: Records,
	/// Let nobody read the files but those who have a part in a run that may use them. Makes the
	/// secret that they are sealed with, in the home folder: back that up. The document lists no
	/// files.
	#[arg(long)]
	gated: bool,
	/// Where to write the document, not in the folder [default: DIR.croissant.json, beside it].
	#[arg(long)]
	out: Option<PathBuf>,
}

/// What a record is.
#[derive(Clone, Copy, clap::ValueEnum)]
pub enum Records {
	/// Every file.
	File,
	/// Every line.
	Line,
	/// Every line but the first of each file, which names the columns.
	LineAfterHeader,
}

impl From<Records> for RecordKind {
	fn from(records: Records) -> Self {
		match records {
			Records::File => RecordKind::File,
			Records::Line => RecordKind::Line { header: false },
			Records::LineAfterHeader => RecordKind::Line { header: true },
		}
	}
}

/// A dataset and a run.
#[derive(Args)]
pub struct InRun {
	/// The dataset's number.
	id: u64,
	/// The run's number.
	run: u64,
}

/// Runs a command.
pub async fn run(context: &Context, command: Command) -> Result<()> {
	let datasets = || api::transactions().datasets();
	match command {
		Command::Describe(args) => describe_folder(context, args),
		Command::Announce(folder) => super::publish::announce(context, &folder).await,
		Command::Publish(args) => super::publish::publish(context, &args).await,
		Command::Verify(folder) => super::publish::verify(context, &folder),
		Command::AccessLog { dataset } => access_log(context, dataset),
		Command::Members(command) => super::members::run(context, command).await,
		Command::Show { id } => show(context, id).await,
		Command::List { owner } => list(context, owner.as_deref()).await,
		Command::Licence { id, licence } => {
			let words = format!("change the licence of dataset {id}");
			let licence = licence.licence(None)?;
			let mut rows = Rows::pairs([]);
			for row in super::licence::licence_rows(&licence) {
				rows.add(row);
			}
			context.say(rows.text());
			let call = datasets().set_licence(id, licence);
			send(context, &words, call, json!({ "dataset": id })).await
		}
		Command::Grant(InRun { id, run }) => {
			let words = format!("let run {run} use dataset {id}");
			send(
				context,
				&words,
				datasets().grant(id, run),
				json!({ "dataset": id, "run": run }),
			)
			.await
		}
		Command::Revoke(InRun { id, run }) => {
			let words = format!("do not let run {run} use dataset {id}, or no more");
			let done = json!({ "dataset": id, "run": run });
			send(context, &words, datasets().revoke(id, run), done).await
		}
		Command::Unlearn(InRun { id, run }) => {
			let words = format!("ask the sponsor of run {run} to unlearn dataset {id}");
			let done = json!({ "dataset": id, "run": run });
			send(
				context,
				&words,
				datasets().request_unlearning(id, run),
				done,
			)
			.await
		}
		Command::Unlearnings { id } => unlearnings(context, id).await,
		Command::CloseUnlearning(InRun { id, run }) => {
			let words = format!("remove the request that run {run} unlearn dataset {id}");
			let done = json!({ "dataset": id, "run": run });
			send(context, &words, datasets().close_unlearning(id, run), done).await
		}
		Command::Withdraw { id } => {
			let words = format!("withdraw dataset {id} from every run, for good");
			send(
				context,
				&words,
				datasets().withdraw(id),
				json!({ "dataset": id }),
			)
			.await
		}
		Command::Retire { id } => {
			let words = format!("remove dataset {id} and free its deposit");
			send(
				context,
				&words,
				datasets().retire(id),
				json!({ "dataset": id }),
			)
			.await
		}
	}
}

/// Sends a call that answers with no more than that it happened.
pub async fn send(
	context: &Context,
	words: &str,
	call: impl subxt::transactions::Payload,
	mut done: Value,
) -> Result<()> {
	let signer = context.signer()?;
	let chain = context.chain().await?;
	if let Some(included) = context.send(&chain, &signer, words, call).await? {
		done["included"] = included_json(&included);
		context.show(|| done, || format!("Done: {words}."));
	}
	Ok(())
}

fn describe_folder(context: &Context, args: Describe) -> Result<()> {
	let out = document_path(&args.dir, args.out.as_deref())?;
	outside(&args.dir, &out)?;
	let meta = describe::Meta {
		name: args.name,
		description: args.description,
		license: args.licence,
		creators: args
			.creator
			.iter()
			.map(|name| name.parse())
			.collect::<Result<_, _>>()?,
		url: args.page,
		version: args.version,
		date_published: args.date,
		record_kind: args.records.into(),
	};
	let bar = output::bar("describing", 0, true);
	let progress = |done, total| {
		bar.set_length(total);
		bar.set_position(done);
	};
	let document = match args.gated {
		true => describe::describe_gated(&args.dir, &meta, &context.secrets(), &progress)?,
		false => describe::describe(&args.dir, &meta, &progress)?,
	};
	bar.finish_and_clear();
	std::fs::write(&out, serde_json::to_vec_pretty(&document)?)
		.with_context(|| format!("cannot write {}", out.display()))?;
	let hash = output::hex(describe::metadata_hash(&document));
	let secrets = args.gated.then(|| context.secrets().folder());
	context.show(
		|| {
			let mut done = json!({ "document": out, "metadata_hash": hash });
			if let Some(secrets) = &secrets {
				done["secrets"] = json!(secrets);
			}
			done
		},
		|| {
			let path = out.display().to_string();
			let mut rows = Rows::pairs([("document", path), ("metadata hash", hash.clone())]);
			if let Some(secrets) = &secrets {
				rows.add(["secret in".into(), secrets.display().to_string()]);
			}
			rows.text()
		},
	);
	Ok(())
}

async fn unlearnings(context: &Context, id: u64) -> Result<()> {
	let chain = context.chain().await?;
	let asked = context.view(&chain).await?.unlearnings(id).await?;
	let state = |view: &UnlearningView| match view.state {
		UnlearningState::Pending => "pending",
		UnlearningState::Overdue => "overdue",
		UnlearningState::Answered { late: false } => "answered",
		UnlearningState::Answered { late: true } => "answered late",
	};
	let answer = |view: &UnlearningView| match &view.request.answer {
		None => "-".into(),
		Some(answered) => match &answered.answer {
			Answer::Model(root) => format!("model {}", output::hex(root)),
			Answer::Reason(reason) => output::text(&reason.0),
		},
	};
	context.show(
		|| {
			let one = |view: &UnlearningView| {
				json!({
					"run": view.run,
					"sponsor": output::address(&view.request.sponsor),
					"deadline": view.request.deadline,
					"state": state(view),
					"answer": answer(view),
				})
			};
			json!(asked.iter().map(one).collect::<Vec<_>>())
		},
		|| {
			let mut rows = Rows::new(["run", "sponsor", "last block", "state", "answer"]);
			for view in &asked {
				rows.add([
					view.run.to_string(),
					output::address(&view.request.sponsor),
					view.request.deadline.to_string(),
					state(view).into(),
					answer(view),
				]);
			}
			rows.right(&[0, 2]).or("nobody was asked to unlearn it")
		},
	);
	Ok(())
}

fn access_log(context: &Context, dataset: Option<u64>) -> Result<()> {
	let log = AccessLog::of(&context.home);
	let mut entries = log
		.read()
		.with_context(|| format!("cannot read the access log in {}", context.home.display()))?;
	entries.retain(|entry| dataset.is_none_or(|dataset| entry.dataset == dataset));
	context.show(
		|| json!(entries),
		|| {
			let mut rows = Rows::new([
				"time", "block", "account", "dataset", "run", "for", "segments",
			]);
			for entry in &entries {
				let purpose = entry.task.map(|task| format!("task {task}"));
				rows.add([
					words::utc(entry.time),
					entry.block.to_string(),
					entry.account.clone(),
					entry.dataset.to_string(),
					entry.run.to_string(),
					purpose.unwrap_or_else(|| "appraisal".into()),
					match &entry.outcome {
						Outcome::Segments(from, to) => {
							format!("{from} to {}", to.saturating_sub(1))
						}
						Outcome::Refused(why) => format!("refused: {why}"),
					},
				]);
			}
			rows.right(&[1, 3, 4]).or("Nobody has asked for keys.")
		},
	);
	Ok(())
}

/// A dataset as JSON.
pub fn dataset_json(id: u64, dataset: &Dataset) -> Value {
	json!({
		"dataset": id,
		"owner": output::address(&dataset.owner),
		"payout": output::address(&dataset.payout.account),
		"next_payout": dataset.payout.next.as_ref().map(|(account, from)| {
			json!({ "account": output::address(account), "from_block": from })
		}),
		"root": output::hex(dataset.content.root),
		"length": dataset.content.length,
		"records": dataset.content.records,
		"metadata_hash": output::hex(dataset.metadata.hash),
		"uri": output::text(&dataset.metadata.uri.0),
		"licence": super::licence::licence_json(&dataset.licence),
		"access": words::access(gated::access(dataset)),
		"endpoint": output::text(&dataset.endpoint.0),
		"parent": dataset.parent,
		"priority": dataset.priority,
		"status": words::status(&dataset.status),
		"deposit": output::units(dataset.deposit),
		"open_runs": dataset.uses,
		"waiting_for_grant": dataset.pending,
	})
}

async fn show(context: &Context, id: u64) -> Result<()> {
	let chain = context.chain().await?;
	let dataset = context.view(&chain).await?.dataset(id).await?;
	context.show(
		|| dataset_json(id, &dataset),
		|| {
			let content = &dataset.content;
			let mut rows = Rows::pairs([
				("dataset", id.to_string()),
				("owner", output::address(&dataset.owner)),
				("paid to", output::address(&dataset.payout.account)),
				("root", output::hex(content.root)),
				(
					"content",
					format!("{} records, {} bytes", content.records, content.length),
				),
				("metadata hash", output::hex(dataset.metadata.hash)),
				("metadata", output::text(&dataset.metadata.uri.0)),
				("access", words::access(gated::access(&dataset)).into()),
				("served at", output::text(&dataset.endpoint.0)),
				("priority", format!("block {}", dataset.priority)),
				("status", words::status(&dataset.status)),
				(
					"parent",
					dataset
						.parent
						.map_or("-".into(), |parent| parent.to_string()),
				),
				("deposit", crate::amount::grd(dataset.deposit)),
				(
					"open runs",
					format!("{}, {} wait for a grant", dataset.uses, dataset.pending),
				),
			]);
			for row in super::licence::licence_rows(&dataset.licence) {
				rows.add(row);
			}
			rows.text()
		},
	);
	Ok(())
}

async fn list(context: &Context, owner: Option<&str>) -> Result<()> {
	let owner = owner.map(|owner| context.account_of(owner)).transpose()?;
	let chain = context.chain().await?;
	let mut datasets = context.view(&chain).await?.datasets().await?;
	datasets.retain(|(_, dataset)| owner.is_none_or(|owner| dataset.owner == owner));
	context.show(
		|| {
			datasets
				.iter()
				.map(|(id, dataset)| dataset_json(*id, dataset))
				.collect()
		},
		|| {
			let mut rows = Rows::new([
				"dataset",
				"owner",
				"records",
				"per record",
				"flat fee",
				"status",
			]);
			for (id, dataset) in &datasets {
				rows.add([
					id.to_string(),
					output::address(&dataset.owner),
					dataset.content.records.to_string(),
					crate::amount::format(dataset.licence.price_per_record),
					crate::amount::format(dataset.licence.flat_fee),
					words::status(&dataset.status),
				]);
			}
			rows.right(&[0, 2, 3, 4]).or("There are no datasets.")
		},
	);
	Ok(())
}
