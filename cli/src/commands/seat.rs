//! `guerdon attestor …` and `guerdon appraiser …`

use crate::{
	amount,
	context::{digest, event, included_json, Context},
	fail::usage,
	output::{self, Rows},
	words,
};
use anyhow::{Context as _, Result};
use clap::Subcommand;
use guerdon_client::chain::{
	api::{self, Kind, SignedStates},
	Chain,
};
use guerdon_receipt::sign::{public_key, sign_possession};
use serde::Deserialize;
use serde_json::json;
use std::path::{Path, PathBuf};

/// What can be done with a seat.
#[derive(Subcommand)]
pub enum Command {
	/// Take a seat: it is drawn from two epochs later. A bond is held.
	Register {
		/// Where `guerdon serve` is reached.
		#[arg(long)]
		endpoint: String,
		/// Who is paid [default: the signer].
		#[arg(long, value_name = "ACCOUNT")]
		payout: Option<String>,
	},
	/// Leave: two epochs later the seat is not drawn any more.
	Retire,
	/// Free what is left of the bond of a retired seat, once nothing holds it.
	Withdraw,
	/// List the seats.
	List,
	/// Show that an attestor signed two results for one receipt: it loses its bond, and the signer gets
	/// a part of it.
	Report {
		/// The evidence: JSON with `attestor`, `receipt`, and `first` and `second` with `states` and
		/// `signature`, all in hex.
		evidence: PathBuf,
	},
}

fn name(kind: &Kind) -> &'static str {
	match kind {
		Kind::Attestor => "attestor",
		Kind::Appraiser => "appraiser",
	}
}

/// Runs a command.
pub async fn run(context: &Context, kind: Kind, command: Command) -> Result<()> {
	let attestors = || api::transactions().attestors();
	let done = json!({ "kind": name(&kind) });
	match command {
		Command::Register { endpoint, payout } => {
			register(context, kind, &endpoint, payout.as_deref()).await
		}
		Command::Retire => {
			let words = format!(
				"give up the seat as {}, from two epochs later on",
				name(&kind)
			);
			super::dataset::send(context, &words, attestors().retire(kind), done).await
		}
		Command::Withdraw => {
			let words = format!("free the bond of the retired seat as {}", name(&kind));
			super::dataset::send(context, &words, attestors().withdraw(kind), done).await
		}
		Command::List => list(context, kind).await,
		Command::Report { evidence } => report(context, &kind, &evidence).await,
	}
}

/// Two results for one receipt.
#[derive(Deserialize)]
struct Evidence {
	attestor: String,
	receipt: String,
	first: Signed,
	second: Signed,
}

/// A result with the attestor's signature.
#[derive(Deserialize)]
struct Signed {
	states: String,
	signature: String,
}

impl Signed {
	fn read(&self, what: &str) -> Result<SignedStates> {
		let bytes = hex::decode(self.signature.trim_start_matches("0x")).ok();
		let signature = bytes.and_then(|bytes| bytes.try_into().ok());
		Ok(SignedStates {
			states: digest(&self.states).map_err(usage)?,
			signature: signature
				.ok_or_else(|| usage(format!("{what}: a signature has 128 hex digits")))?,
		})
	}
}

async fn report(context: &Context, kind: &Kind, path: &Path) -> Result<()> {
	if !matches!(kind, Kind::Attestor) {
		return Err(usage(
			"only attestors sign results: guerdon attestor report",
		));
	}
	let text = std::fs::read(path).with_context(|| path.display().to_string())?;
	let evidence: Evidence = serde_json::from_slice(&text)
		.map_err(|error| usage(format!("{}: {error}", path.display())))?;
	let attestor = digest(&evidence.attestor).map_err(usage)?;
	let receipt = digest(&evidence.receipt).map_err(usage)?;
	let call = api::transactions().attestors().report_equivocation(
		attestor.into(),
		receipt,
		evidence.first.read("first")?,
		evidence.second.read("second")?,
	);
	let (signer, chain) = (context.signer()?, context.chain().await?);
	let who = output::address(&attestor.into());
	let words = format!("report that {who} signed two results for one receipt");
	let Some(included) = context.send(&chain, &signer, &words, call).await? else {
		return Ok(());
	};
	let penalised: api::attestors::events::Penalised = event(&included)?;
	let reward = penalised.reporter.map_or(0, |(_, reward)| reward);
	context.show(
		|| {
			json!({
				"attestor": who,
				"lost": output::units(penalised.amount),
				"burned": output::units(penalised.burned),
				"treasury": output::units(penalised.treasury),
				"reward": output::units(reward),
				"included": included_json(&included),
			})
		},
		|| {
			format!(
				"{who} lost {}; {} of it are yours.",
				amount::grd(penalised.amount),
				amount::grd(reward)
			)
		},
	);
	Ok(())
}

async fn register(
	context: &Context,
	kind: Kind,
	endpoint: &str,
	payout: Option<&str>,
) -> Result<()> {
	let bounded = words::endpoint(endpoint)?;
	let signer = context.signer()?;
	let account = Chain::account_of(&signer);
	let payout = payout.map_or(Ok(account), |named| context.account_of(named))?;
	let key = context.receipt_key_or_new()?;
	let chain = context.chain().await?;
	let possession = sign_possession(&key, &chain.genesis(), &account.0);
	let call = api::transactions().attestors().register(
		kind.clone(),
		public_key(&key),
		possession,
		bounded,
		payout,
	);
	context.say(
		Rows::pairs([
			("seat", name(&kind).into()),
			("paid to", output::address(&payout)),
			("reached at", endpoint.trim_end_matches('/').into()),
			("receipt key", output::hex(public_key(&key))),
		])
		.text(),
	);
	let words = format!("take a seat as {}, reached at {endpoint}", name(&kind));
	let Some(included) = context.send(&chain, &signer, &words, call).await? else {
		return Ok(());
	};
	let registered: api::attestors::events::Registered = event(&included)?;
	context.show(
		|| {
			json!({
				"kind": name(&kind),
				"account": output::address(&account),
				"key": output::hex(public_key(&key)),
				"since_epoch": registered.since,
				"included": included_json(&included),
			})
		},
		|| {
			Rows::pairs([
				("seat", name(&kind).into()),
				("account", output::address(&account)),
				("key", output::hex(public_key(&key))),
				("in force", format!("from epoch {} on", registered.since)),
			])
			.text()
		},
	);
	context.say(format!(
		"Now keep `guerdon serve --role {}` running.",
		name(&kind)
	));
	Ok(())
}

async fn list(context: &Context, kind: Kind) -> Result<()> {
	let chain = context.chain().await?;
	let seats = context.view(&chain).await?.seats(kind).await?;
	context.show(
		|| {
			let seats = seats.iter().map(|seat| {
				json!({
					"account": output::address(&seat.account),
					"key": output::hex(seat.key),
					"endpoint": output::text(&seat.endpoint),
					"since_epoch": seat.since,
					"until_epoch": seat.until,
					"bond": output::units(seat.bond),
					"held": output::units(seat.held),
					"barred": seat.barred,
				})
			});
			seats.collect()
		},
		|| {
			let mut rows = Rows::new([
				"account",
				"endpoint",
				"since epoch",
				"until epoch",
				"bond left (GRD)",
				"counts",
			]);
			for seat in &seats {
				rows.add([
					output::address(&seat.account),
					output::text(&seat.endpoint),
					seat.since.to_string(),
					seat.until.map_or("-".into(), |until| until.to_string()),
					amount::format(seat.held),
					if seat.barred { "no" } else { "yes" }.into(),
				]);
			}
			rows.right(&[2, 3, 4]).or("There are no seats.")
		},
	);
	Ok(())
}
