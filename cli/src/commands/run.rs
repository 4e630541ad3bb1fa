//! `guerdon run …`

use super::{propose, show};
use crate::{
	amount,
	context::{digest, event, included_json, Context},
	fail::refused,
	output::{self, Rows},
	words,
};
use anyhow::{Context as _, Result};
use clap::{Args, Subcommand, ValueEnum};
use guerdon_client::{
	chain::{
		api::{self, Answer, State},
		AccountId, Chain,
	},
	roles::inputs::Inputs,
};
use guerdon_receipt::{
	sign::{public_key, sign_possession},
	Role,
};
use serde_json::json;
use std::path::PathBuf;
use subxt::utils::Static;

/// What can be done with runs.
#[derive(Subcommand)]
pub enum Command {
	/// Propose a run as its sponsor and put its money into escrow.
	Propose(propose::Propose),
	/// Show where a run stands: deadline, round, tasks, tables, money.
	Show {
		/// The run's number.
		run: u64,
		/// Show its tasks too.
		#[arg(long)]
		tasks: bool,
	},
	/// List runs.
	List {
		/// Only those of this sponsor.
		#[arg(long)]
		sponsor: Option<String>,
	},
	/// Enrol as trainer or user. A deposit is held until the run is over.
	Join(Join),
	/// Take an enrolment back before the work has begun.
	Leave {
		/// The run's number.
		run: u64,
	},
	/// Cancel a run as its sponsor, before its work has begun.
	Cancel {
		/// The run's number.
		run: u64,
	},
	/// Pay the deposit of somebody who owns nothing, and first fees, as the run's sponsor or the owner
	/// of one of its datasets.
	Invite {
		/// The run's number.
		run: u64,
		/// Who may enrol.
		account: String,
		/// As what.
		#[arg(long, value_enum)]
		role: As,
		/// Given for first fees, in GRD.
		#[arg(long, value_name = "GRD", value_parser = amount::parse, default_value = "0.1")]
		purse: u128,
	},
	/// Take back an invitation that was not used, and its deposit.
	Uninvite {
		/// The run's number.
		run: u64,
		/// Who was invited.
		account: String,
	},
	/// Answer an owner's request to unlearn its dataset, as the run's sponsor.
	Unlearn {
		/// The run's number.
		run: u64,
		/// The dataset's number.
		#[arg(long)]
		dataset: u64,
		/// Content root of the model that has unlearned it.
		#[arg(long, value_parser = digest, conflicts_with = "reason", required_unless_present = "reason")]
		model: Option<[u8; 32]>,
		/// Why there is none.
		#[arg(long)]
		reason: Option<String>,
	},
	/// Fetch the model that a run has come to, and measure it on the public validation set.
	Result {
		/// The run's number.
		run: u64,
		/// Write the model's state to this file.
		#[arg(long)]
		out: Option<PathBuf>,
	},
}

/// As what to enrol.
#[derive(Clone, Copy, ValueEnum)]
pub enum As {
	/// Trains and averages.
	Trainer,
	/// Labels items.
	User,
}

/// Options of `join`.
#[derive(Args)]
pub struct Join {
	/// The run's number.
	run: u64,
	/// As what.
	#[arg(long, value_enum)]
	role: As,
	/// Where `guerdon work` is reached by attestors.
	#[arg(long)]
	endpoint: String,
	/// Who is paid [default: the signer].
	#[arg(long, value_name = "ACCOUNT")]
	payout: Option<String>,
}

/// Runs a command.
pub async fn run(context: &Context, command: Command) -> Result<()> {
	let training = || api::transactions().training();
	match command {
		Command::Propose(args) => propose::run(context, args).await,
		Command::Show { run, tasks } => show::run(context, run, tasks).await,
		Command::List { sponsor } => list(context, sponsor.as_deref()).await,
		Command::Join(args) => join(context, args).await,
		Command::Leave { run } => {
			let words = format!("take the enrolment in run {run} back");
			let done = json!({ "run": run });
			super::dataset::send(context, &words, training().withdraw_enrolment(run), done).await
		}
		Command::Cancel { run } => {
			let words = format!("cancel run {run}");
			super::dataset::send(
				context,
				&words,
				training().cancel(run),
				json!({ "run": run }),
			)
			.await
		}
		Command::Invite {
			run,
			account,
			role,
			purse,
		} => {
			let who = context.account_of(&account)?;
			let role = role_of(role);
			let words = format!(
				"invite {} to run {run} as {}, with {} for fees",
				output::address(&who),
				words::role(role),
				amount::grd(purse)
			);
			let call = training().invite(run, who, Static(role), purse);
			let done = json!({ "run": run, "account": output::address(&who) });
			super::dataset::send(context, &words, call, done).await
		}
		Command::Uninvite { run, account } => {
			let who = context.account_of(&account)?;
			let words = format!(
				"take the invitation of {} to run {run} back",
				output::address(&who)
			);
			let call = training().withdraw_invitation(run, who);
			let done = json!({ "run": run, "account": output::address(&who) });
			super::dataset::send(context, &words, call, done).await
		}
		Command::Unlearn {
			run,
			dataset,
			model,
			reason,
		} => {
			let answer = match (model, reason) {
				(Some(model), _) => Answer::Model(model.into()),
				(None, reason) => {
					let reason = reason.unwrap_or_default();
					Answer::Reason(words::bounded("the reason", &reason, 256)?)
				}
			};
			let words = format!("answer the request that run {run} unlearn dataset {dataset}");
			let call = api::transactions()
				.datasets()
				.answer_unlearning(dataset, run, answer);
			let done = json!({ "run": run, "dataset": dataset });
			super::dataset::send(context, &words, call, done).await
		}
		Command::Result { run, out } => result(context, run, out).await,
	}
}

fn role_of(role: As) -> Role {
	match role {
		As::Trainer => Role::Trainer,
		As::User => Role::User,
	}
}

async fn join(context: &Context, args: Join) -> Result<()> {
	let endpoint = words::endpoint(&args.endpoint)?;
	let signer = context.signer()?;
	let account = Chain::account_of(&signer);
	let payout = args
		.payout
		.as_deref()
		.map_or(Ok(account), |named| context.account_of(named))?;
	let key = context.receipt_key_or_new()?;
	let chain = context.chain().await?;
	let view = chain.best().await?;
	let found = view.run(args.run).await?;
	if !matches!(found.run.state, State::Enrolling) {
		return Err(refused(format!(
			"run {} is {}, it takes enrolments while it is enrolling",
			args.run,
			words::state(&found.run.state)
		)));
	}
	if view.enrolment(args.run, &account).await?.is_some() {
		return Err(refused(format!(
			"{} is enrolled in run {} already: start `guerdon work`",
			output::address(&account),
			args.run
		)));
	}
	let role = role_of(args.role);
	let possession = sign_possession(&key, &chain.genesis(), &account.0);
	let call = api::transactions().training().enrol(
		args.run,
		Static(role),
		public_key(&key),
		possession,
		payout,
		endpoint,
	);
	context.say(
		Rows::pairs([
			("run", args.run.to_string()),
			("role", words::role(role).into()),
			("paid to", output::address(&payout)),
			("reached at", args.endpoint.trim_end_matches('/').into()),
			("receipt key", output::hex(public_key(&key))),
		])
		.text(),
	);
	let words = format!("enrol in run {} as {}", args.run, words::role(role));
	let Some(included) = context.send(&chain, &signer, &words, call).await? else {
		return Ok(());
	};
	let _: api::training::events::Enrolled = event(&included)?;
	context.show(
		|| {
			json!({
				"run": args.run,
				"role": words::role(role),
				"account": output::address(&account),
				"payout": output::address(&payout),
				"receipt_key": output::hex(public_key(&key)),
				"included": included_json(&included),
			})
		},
		|| {
			Rows::pairs([
				("run", args.run.to_string()),
				("role", words::role(role).into()),
				("paid to", output::address(&payout)),
				("receipt key", output::hex(public_key(&key))),
			])
			.text()
		},
	);
	context.say("Now keep `guerdon work` running.");
	Ok(())
}

async fn list(context: &Context, sponsor: Option<&str>) -> Result<()> {
	let sponsor: Option<AccountId> = sponsor
		.map(|sponsor| context.account_of(sponsor))
		.transpose()?;
	let chain = context.chain().await?;
	let mut runs = context.view(&chain).await?.runs().await?;
	runs.retain(|(_, run)| sponsor.is_none_or(|sponsor| run.sponsor == sponsor));
	context.show(
		|| {
			runs.iter()
				.map(|(id, run)| show::run_json(*id, run))
				.collect()
		},
		|| {
			let mut rows = Rows::new(["run", "sponsor", "state", "deadline", "round", "receipts"]);
			for (id, run) in &runs {
				rows.add([
					id.to_string(),
					output::address(&run.sponsor),
					words::state(&run.state).into(),
					run.deadline.to_string(),
					run.round.to_string(),
					run.accepted.to_string(),
				]);
			}
			rows.right(&[0, 3, 4, 5]).or("There are no runs.")
		},
	);
	Ok(())
}

async fn result(context: &Context, id: u64, out: Option<PathBuf>) -> Result<()> {
	let chain = context.chain().await?;
	let view = context.view(&chain).await?;
	let found = view.run(id).await?;
	let inputs = Inputs::new(context.store()?);
	let model = inputs
		.model(&view, id, &found.plan, &found.run.model)
		.await
		.context("the model cannot be fetched")?;
	let setting = inputs
		.setting(&found.plan)
		.await
		.context("program, config or validation set cannot be fetched")?;
	let metric = setting.metric(&model)?;
	if let Some(out) = &out {
		std::fs::write(out, &model).with_context(|| format!("cannot write {}", out.display()))?;
	}
	context.show(
		|| {
			json!({
				"run": id,
				"state": words::state(&found.run.state),
				"rounds_done": found.run.round,
				"model": output::hex(found.run.model),
				"bytes": model.len(),
				"right_per_million": metric,
				"validation_records": setting.validation.len(),
				"file": out,
			})
		},
		|| {
			let mut rows = Rows::pairs([
				("model", output::hex(found.run.model)),
				(
					"after",
					format!("{} of {} rounds", found.run.round, found.plan.rounds),
				),
				(
					"right",
					format!("{} of the validation set", output::per_cent(metric)),
				),
				("length", format!("{} bytes", model.len())),
			]);
			if let Some(out) = &out {
				rows.add(["written to".into(), out.display().to_string()]);
			}
			rows.text()
		},
	);
	Ok(())
}
