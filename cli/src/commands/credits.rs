//! `guerdon credits …`

use super::{explain, members};
use crate::{
	amount,
	context::{included_json, Context},
	fail::usage,
	output::{self, Rows},
	words,
};
use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use guerdon_client::chain::{
	api::{
		self, runtime_types::bounded_collections::bounded_vec::BoundedVec, settlement::events,
		Claim, LeafView,
	},
	AccountId, Error, View,
};
use serde_json::{json, Value};
use std::path::PathBuf;

/// Most leaves of one call.
const BATCH: usize = 64;

/// What can be asked about credits.
#[derive(Subcommand)]
pub enum Command {
	/// What an account has, and what it is due now; or what a member's ticket is worth.
	Balance {
		#[command(flatten)]
		whose: Whose,
		/// What the member is due whose ticket this is.
		#[arg(long, value_name = "FILE", conflicts_with = "account")]
		ticket: Option<PathBuf>,
	},
	/// Claim everything that is due to an account, or to everybody in a run. Anyone may send it; it
	/// always pays the payee.
	Claim(What),
	/// Send credits to other accounts, all or none.
	Send {
		/// Accounts and amounts in GRD, in turn.
		#[arg(required = true, num_args = 2.., value_names = ["ACCOUNT", "AMOUNT"])]
		payments: Vec<String>,
	},
	/// Where a credit comes from: receipts, counts, score, weight, split, amount.
	Explain {
		/// The pool's number.
		pool: u64,
		/// The leaf's index.
		index: u64,
	},
	/// Every contribution of an account and what became of it.
	History(Whose),
}

/// An account.
#[derive(Args)]
pub struct Whose {
	/// Whose [default: the signer's].
	#[arg(long)]
	account: Option<String>,
}

/// What to claim.
#[derive(Args)]
pub struct What {
	#[command(flatten)]
	whose: Whose,
	/// Every leaf of every pool of this run, whomever it pays.
	#[arg(long, conflicts_with = "account")]
	run: Option<u64>,
	/// What the member of a dataset is due whose ticket this is.
	#[arg(long, value_name = "FILE", conflicts_with_all = ["account", "run"])]
	ticket: Option<PathBuf>,
}

/// Runs a command.
pub async fn run(context: &Context, command: Command) -> Result<()> {
	match command {
		Command::Balance {
			ticket: Some(ticket),
			..
		} => members::balance_by_ticket(context, &ticket).await,
		Command::Balance { whose, .. } => balance(context, whose).await,
		Command::Claim(What {
			ticket: Some(ticket),
			..
		}) => members::claim_by_ticket(context, &ticket).await,
		Command::Claim(what) => claim(context, what).await,
		Command::Send { payments } => send(context, &payments).await,
		Command::Explain { pool, index } => explain::run(context, pool, index).await,
		Command::History(whose) => history(context, whose).await,
	}
}

async fn balance(context: &Context, whose: Whose) -> Result<()> {
	let account = context.account(whose.account.as_deref())?;
	let chain = context.chain().await?;
	let view = context.view(&chain).await?;
	let found = view.account(&account).await?;
	// The account's own view looks at its first page; here nothing is left out.
	let leaves = view.claims(&account).await?;
	let due: Vec<&LeafView> = leaves.iter().filter(|leaf| !leaf.claimed).collect();
	let claimable = due
		.iter()
		.filter_map(|leaf| Some(leaf.proven.as_ref()?.entitlement))
		.try_fold(found.dues, u128::checked_add)
		.context("more is due than there can be")?;
	context.show(
		|| {
			json!({
				"account": output::address(&account),
				"block": view.number,
				"free": output::units(found.free),
				"held": output::units(found.held),
				"claimable": output::units(claimable),
				"dues": output::units(found.dues),
				"leaves": due.iter().map(|leaf| leaf_json(leaf)).collect::<Vec<_>>(),
			})
		},
		|| {
			let mut parts = vec![Rows::pairs([
				("account", output::address(&account)),
				("free", amount::grd(found.free)),
				("held", amount::grd(found.held)),
				("claimable", amount::grd(claimable)),
			])
			.text()];
			if !due.is_empty() {
				parts.push(leaf_rows(&due));
			}
			parts.join("\n\n")
		},
	);
	Ok(())
}

fn leaf_json(leaf: &LeafView) -> Value {
	json!({
		"pool": leaf.pool,
		"index": leaf.index,
		"run": leaf.run,
		"role": words::role(leaf.role.0),
		"weight": leaf.leaf.weight.to_string(),
		"entitlement": leaf.proven.as_ref().map(|proven| output::units(proven.entitlement)),
		"claimed": leaf.claimed,
	})
}

fn leaf_rows(leaves: &[&LeafView]) -> String {
	let mut rows = Rows::new(["pool", "index", "run", "role", "weight", "amount"]);
	for leaf in leaves {
		rows.add([
			leaf.pool.to_string(),
			leaf.index.to_string(),
			leaf.run.to_string(),
			words::role(leaf.role.0).into(),
			leaf.leaf.weight.to_string(),
			output::maybe(leaf.proven.as_ref().map(|proven| proven.entitlement)),
		]);
	}
	rows.right(&[0, 1, 2, 4, 5]).text()
}

/// What came of one leaf that was claimed.
struct Outcome {
	pool: u64,
	index: u64,
	amount: Option<u128>,
	refused: Option<String>,
	/// The dataset whose members it went to.
	members: Option<u64>,
}

impl Outcome {
	/// What is to be said besides the amount.
	fn note(&self) -> String {
		match (self.members, &self.refused) {
			(Some(dataset), _) => format!("to the members of dataset {dataset}"),
			(None, Some(reason)) => reason.clone(),
			(None, None) => String::new(),
		}
	}
}

/// The leaves of every pool of a run.
async fn leaves_of(view: &View, run: u64) -> Result<Vec<LeafView>> {
	let mut leaves = Vec::new();
	for (_, table, pool) in view.run(run).await?.tables {
		if let Some(pool) = pool {
			for index in 0..table.count {
				leaves.push(view.leaf(pool, index.into()).await?);
			}
		}
	}
	Ok(leaves)
}

async fn claim(context: &Context, what: What) -> Result<()> {
	let signer = context.signer()?;
	let account = context.account(what.whose.account.as_deref())?;
	let chain = context.chain().await?;
	let view = chain.best().await?;
	let (dues, mut leaves) = match what.run {
		None => (
			view.account(&account).await?.dues,
			view.claims(&account).await?,
		),
		Some(run) => (0, leaves_of(&view, run).await?),
	};
	let whom = what.run.map_or_else(
		|| output::address(&account),
		|run| format!("everybody in run {run}"),
	);
	let unproven = leaves
		.iter()
		.filter(|leaf| !leaf.claimed && leaf.proven.is_none())
		.count();
	if unproven > 0 {
		context.say(format!(
			"{unproven} leaves are in pools of more than 4,096: their proofs need an index of blocks"
		));
	}
	leaves.retain(|leaf| {
		!leaf.claimed
			&& leaf
				.proven
				.as_ref()
				.is_some_and(|proven| proven.entitlement > 0)
	});
	let mut done: Vec<Outcome> = Vec::new();
	let mut sent: Vec<Value> = Vec::new();
	for batch in leaves.chunks(BATCH) {
		let claims = batch
			.iter()
			.filter_map(|leaf| {
				Some(Claim {
					pool: leaf.pool,
					index: leaf.index,
					leaf: leaf.leaf.clone(),
					proof: leaf.proven.as_ref()?.proof.clone(),
					opening: None,
				})
			})
			.collect();
		let sum: u128 = batch
			.iter()
			.filter_map(|leaf| Some(leaf.proven.as_ref()?.entitlement))
			.sum();
		let words = format!(
			"claim {} in {} parts for {}",
			amount::grd(sum),
			batch.len(),
			whom
		);
		let call = api::transactions()
			.settlement()
			.claim_many(BoundedVec(claims));
		let Some(included) = context.send(&chain, &signer, &words, call).await? else {
			return Ok(());
		};
		let decode = |error: subxt::error::EventsError| Error::Decode(error.to_string());
		for paid in included.events.find::<events::Claimed>() {
			let paid = paid.map_err(decode)?;
			done.push(Outcome {
				pool: paid.pool,
				index: paid.index,
				amount: Some(paid.amount),
				refused: None,
				members: None,
			});
		}
		for booked in included.events.find::<events::Booked>() {
			let booked = booked.map_err(decode)?;
			done.push(Outcome {
				pool: booked.pool,
				index: booked.index,
				amount: Some(booked.amount),
				refused: None,
				members: Some(booked.dataset),
			});
		}
		for event in included.events.find::<events::ClaimRefused>() {
			let event = event.map_err(decode)?;
			done.push(Outcome {
				pool: event.pool,
				index: event.index,
				amount: None,
				refused: Some(format!("{:?}", event.reason)),
				members: None,
			});
		}
		sent.push(included_json(&included));
	}
	let mut due = None;
	if dues > 0 {
		let words = format!(
			"claim {} that is owed to {}",
			amount::grd(dues),
			output::address(&account)
		);
		let call = api::transactions().settlement().claim_due(account);
		let Some(included) = context.send(&chain, &signer, &words, call).await? else {
			return Ok(());
		};
		due = Some(dues);
		sent.push(included_json(&included));
	}
	let total: u128 = done.iter().filter_map(|one| one.amount).chain(due).sum();
	context.show(
		|| {
			let claims = done.iter().map(|one| {
				json!({
					"pool": one.pool,
					"index": one.index,
					"amount": one.amount.map(output::units),
					"refused": one.refused,
					"members_of": one.members,
				})
			});
			json!({
				"for": whom,
				"claims": claims.collect::<Vec<_>>(),
				"due": due.map(output::units),
				"total": output::units(total),
				"included": sent,
			})
		},
		|| {
			if done.is_empty() && due.is_none() {
				return format!("Nothing is due to {whom}.");
			}
			let mut rows = Rows::new(["pool", "index", "amount", ""]);
			for one in &done {
				rows.add([
					one.pool.to_string(),
					one.index.to_string(),
					output::maybe(one.amount),
					one.note(),
				]);
			}
			if let Some(due) = due {
				rows.add([
					"-".into(),
					"-".into(),
					amount::format(due),
					"owed before".into(),
				]);
			}
			format!(
				"{}\n\npaid {}",
				rows.right(&[0, 1, 2]).text(),
				amount::grd(total)
			)
		},
	);
	Ok(())
}

async fn send(context: &Context, payments: &[String]) -> Result<()> {
	use api::runtime_types::{guerdon_runtime::RuntimeCall, pallet_balances::pallet::Call};
	let (pairs, rest) = payments.as_chunks::<2>();
	if !rest.is_empty() {
		return Err(usage("an account without an amount: name them in turn"));
	}
	let mut total = 0u128;
	let mut paid = Vec::new();
	for [account, text] in pairs {
		let value = amount::parse(text).map_err(usage)?;
		total = total
			.checked_add(value)
			.context("that is more than there can be")?;
		paid.push((account.as_str(), context.account_of(account)?, value));
	}
	context.say(payments_table(&paid));
	let calls = paid.iter().map(|(_, dest, value)| {
		RuntimeCall::Balances(Call::transfer_keep_alive {
			dest: (*dest).into(),
			value: *value,
		})
	});
	let words = format!("send {} to {} accounts", amount::grd(total), pairs.len());
	let call = api::transactions().utility().batch_all(calls.collect());
	super::dataset::send(
		context,
		&words,
		call,
		json!({ "total": output::units(total) }),
	)
	.await
}

/// Who is about to be paid: the address too where another name was given, for that is what is signed.
fn payments_table(payments: &[(&str, AccountId, u128)]) -> String {
	let mut rows = Rows::new(["to", "address", "GRD"]);
	for (name, account, value) in payments {
		let address = output::address(account);
		let name = if *name == address { "" } else { *name };
		rows.add([name.into(), address, amount::format(*value)]);
	}
	rows.right(&[2]).text()
}

async fn history(context: &Context, whose: Whose) -> Result<()> {
	let account = context.account(whose.account.as_deref())?;
	let chain = context.chain().await?;
	let view = context.view(&chain).await?;
	let mut found = view.contributions(&account).await?;
	found.sort_by_key(|one| (one.run, one.role.0, one.index));
	context.show(
		|| {
			let rows = found.iter().map(|one| {
				json!({
					"run": one.run,
					"role": words::role(one.role.0),
					"index": one.index,
					"subject": words::subject_json(&one.entry.subject),
					"payee": output::address(&one.entry.payee),
					"units": one.entry.units,
					"weight": one.entry.weight.to_string(),
					"state": words::state(&one.state),
					"deadline": one.deadline,
					"pool": one.pool,
					"entitlement": one.entitlement.map(output::units),
					"claimed": one.claimed,
				})
			});
			rows.collect()
		},
		|| {
			let mut rows = Rows::new([
				"run", "role", "what", "units", "weight", "pool", "index", "amount", "state",
			]);
			for one in &found {
				let state = match (one.claimed, one.pool) {
					(true, _) => "paid".into(),
					(false, Some(_)) => "claimable".into(),
					(false, None) => format!("{} until {}", words::state(&one.state), one.deadline),
				};
				rows.add([
					one.run.to_string(),
					words::role(one.role.0).into(),
					words::subject(&one.entry.subject),
					one.entry.units.to_string(),
					one.entry.weight.to_string(),
					one.pool.map_or("-".into(), |pool| pool.to_string()),
					one.index.to_string(),
					output::maybe(one.entitlement),
					state,
				]);
			}
			rows.right(&[0, 3, 4, 5, 6, 7])
				.or("Nothing is booked on this account.")
		},
	);
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn what_went_to_members_or_was_refused_is_told() {
		let one = |members, refused: Option<&str>| Outcome {
			pool: 1,
			index: 2,
			amount: None,
			refused: refused.map(Into::into),
			members,
		};
		assert_eq!(one(Some(7), None).note(), "to the members of dataset 7");
		assert_eq!(one(None, Some("paid before")).note(), "paid before");
		assert_eq!(one(None, None).note(), "");
	}

	#[test]
	fn everybody_who_is_paid_is_shown_with_the_address_that_is_signed() {
		let (bob, other) = (AccountId::from([2; 32]), AccountId::from([3; 32]));
		let address = output::address(&other);
		let shown = payments_table(&[
			("//Bob", bob, amount::GRD / 2),
			(address.as_str(), other, 7),
		]);
		let lines: Vec<Vec<&str>> = shown
			.lines()
			.map(|line| line.split_whitespace().collect())
			.collect();
		assert_eq!(lines[1], ["//Bob", &output::address(&bob), "0.5"]);
		assert_eq!(lines[2], [address.as_str(), "0.000000000007"]);
		assert_eq!(lines.len(), 3);
	}
}
