//! Tickets: written by a dataset's owner, used by members or by anyone for them.

use super::{kept, sealed};
use crate::{
	amount,
	context::{included_json, Context},
	fail::refused,
	output::{self, Rows},
};
use anyhow::Result;
use clap::Args;
use guerdon_client::{
	chain::{api::settlement::events, Chain, Error as ChainError, View},
	members::{Lists, Standing, Ticket},
};
use serde_json::{json, Value};
use std::path::{Path, PathBuf};

/// Options of `tickets`.
#[derive(Args)]
pub struct Tickets {
	/// The dataset's number.
	id: u64,
	/// Where to write them, one ADDRESS-COHORT.json for each member. A file that is there is never
	/// written over.
	dir: PathBuf,
	/// Only for this cohort [default: for all whose list is here].
	#[arg(long)]
	pool: Option<u64>,
}

/// Writes tickets.
pub async fn run(context: &Context, args: Tickets) -> Result<()> {
	let Tickets { id, dir, pool } = args;
	let chain = context.chain().await?;
	let view = context.view(&chain).await?;
	let cohorts = sealed(view.members(id).await?, id, pool)?;
	let cohorts = kept(context, id, cohorts, pool);
	let lists = Lists::of(&context.home);
	let (mut written, mut there) = (0u64, 0u64);
	for (pool, _, summary) in cohorts {
		let list = lists.get(id, pool)?;
		let tree = list.tree(&summary)?;
		let bar = output::bar("tickets", list.count(), false);
		for index in 0..list.count() {
			if let Some(ticket) = Ticket::of(&list, &tree, index)? {
				match ticket.write(&dir)? {
					true => written = written.saturating_add(1),
					false => there = there.saturating_add(1),
				}
			}
			bar.inc(1);
		}
		bar.finish_and_clear();
	}
	context.show(
		|| json!({ "dataset": id, "folder": dir, "written": written, "there_before": there }),
		|| {
			format!(
				"{written} tickets written to {}, {there} were there before. Give every member its own: \
				 whoever has a hidden member's ticket knows that it is one.",
				dir.display()
			)
		},
	);
	Ok(())
}

/// A ticket, and what it says and is worth.
struct Read {
	ticket: Ticket,
	standing: Standing,
	path: PathBuf,
}

impl Read {
	/// A ticket of this chain, checked against its cohort.
	async fn of(chain: &Chain, view: &View, path: &Path) -> Result<Self> {
		let ticket = Ticket::read(path)?;
		let here = path.display();
		if ticket.genesis != chain.genesis() {
			return Err(refused(format!(
				"{here} is of another chain, whose first block is {}: name a node of that one with --url",
				output::hex(ticket.genesis)
			)));
		}
		let cohort = view.cohort(ticket.pool).await?;
		let cohort =
			cohort.ok_or_else(|| ChainError::NotFound(format!("cohort {}", ticket.pool)))?;
		if cohort.dataset != ticket.dataset {
			return Err(refused(format!(
				"{here}: cohort {} is one of dataset {}, not of {}",
				ticket.pool, cohort.dataset, ticket.dataset
			)));
		}
		let drawn = view.drawn(ticket.pool, ticket.index).await?;
		let standing = ticket
			.standing(&cohort, drawn)
			.map_err(|why| refused(format!("{here}: {why}")))?;
		Ok(Read {
			ticket,
			standing,
			path: path.into(),
		})
	}

	fn json(&self) -> Value {
		let Standing {
			entitled,
			drawn,
			due,
		} = self.standing;
		json!({
			"account": output::address(&self.ticket.account()),
			"dataset": self.ticket.dataset,
			"pool": self.ticket.pool,
			"index": self.ticket.index,
			"weight": self.ticket.member.weight.to_string(),
			"hidden": self.ticket.hidden,
			"entitled": output::units(entitled),
			"drawn": output::units(drawn),
			"due": output::units(due),
		})
	}

	fn text(&self) -> String {
		let Ticket {
			dataset,
			pool,
			index,
			member,
			..
		} = &self.ticket;
		let place = format!("member {index} of cohort {pool} of dataset {dataset}");
		Rows::pairs([
			("account", output::address(&self.ticket.account())),
			(
				"listed as",
				format!("{place}, with weight {}", member.weight),
			),
			("earned", amount::grd(self.standing.entitled)),
			("paid before", amount::grd(self.standing.drawn)),
			("due", amount::grd(self.standing.due)),
		])
		.text()
	}
}

/// `guerdon credits balance --ticket FILE`
pub async fn balance_by_ticket(context: &Context, path: &Path) -> Result<()> {
	let chain = context.chain().await?;
	let view = context.view(&chain).await?;
	let read = Read::of(&chain, &view, path).await?;
	context.show(|| read.json(), || read.text());
	Ok(())
}

/// `guerdon credits claim --ticket FILE`
pub async fn claim_by_ticket(context: &Context, path: &Path) -> Result<()> {
	let signer = context.signer()?;
	let chain = context.chain().await?;
	let view = chain.best().await?;
	let read = Read::of(&chain, &view, path).await?;
	let Read {
		ticket, standing, ..
	} = &read;
	context.say(read.text());
	let account = ticket.account();
	let mut included = None;
	let mut paid = 0;
	if standing.due > 0 {
		let least = view.existential_deposit().await?;
		if standing.due < least && !view.exists(account).await? {
			return Err(refused(format!(
				"{} does not exist, and cannot begin with the {} that {} is worth now: send it {} \
				 first, or wait until it is worth more. Nothing is lost",
				output::address(&account),
				amount::grd(standing.due),
				read.path.display(),
				amount::grd(least)
			)));
		}
		let words = format!(
			"claim {} for {}",
			amount::grd(standing.due),
			output::address(&account)
		);
		let Some(sent) = context
			.send(&chain, &signer, &words, ticket.claim())
			.await?
		else {
			return Ok(());
		};
		paid = crate::context::event::<events::MemberPaid>(&sent)?.amount;
		included = Some(sent);
	}
	context.show(
		|| {
			let mut shown = read.json();
			shown["paid"] = output::units(paid);
			shown["included"] = json!(included.as_ref().map(included_json));
			shown
		},
		|| match &included {
			Some(_) => format!(
				"paid {} to {}",
				amount::grd(paid),
				output::address(&account)
			),
			None => format!("Nothing is due to {} now.", output::address(&account)),
		},
	);
	Ok(())
}
