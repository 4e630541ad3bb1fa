//! `guerdon attestor …` and `guerdon appraiser …`

use crate::{
	amount,
	context::{event, included_json, Context},
	output::{self, Rows},
	words,
};
use anyhow::Result;
use clap::Subcommand;
use guerdon_client::chain::{
	api::{self, Kind},
	Chain,
};
use guerdon_receipt::sign::{public_key, sign_possession};
use serde_json::json;

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
	}
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
