//! Tickets: written by a dataset's owner, used by members or by anyone for them.

use super::{kept, sealed};
use crate::{
	amount::Sums,
	commands::credits::free::{self, Offer},
	context::{included_json, Context},
	fail::refused,
	output::{self, Rows},
};
use anyhow::Result;
use clap::Args;
use guerdon_client::{
	chain::{
		api::{
			self, runtime_types::bounded_collections::bounded_vec::BoundedVec, settlement::events,
		},
		Chain, Error as ChainError, Included, Units, View,
	},
	members::{funds, Fund, Lists, Standing, Ticket},
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
	/// GRD first, then every asset that the cohort got.
	worth: Vec<(Fund, Standing)>,
	units: Units,
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
		let mut worth = Vec::new();
		for fund in funds(ticket.pool, &cohort, &view.shares(ticket.pool).await?) {
			let drawn = view.drawn(fund.pool, ticket.index).await?;
			let standing = ticket
				.standing(&cohort, fund.funded, drawn)
				.map_err(|why| refused(format!("{here}: {why}")))?;
			worth.push((fund, standing));
		}
		Ok(Read {
			ticket,
			worth,
			units: view.units().await?,
			path: path.into(),
		})
	}

	/// What is due now.
	fn due(&self) -> impl Iterator<Item = (&Fund, u128)> {
		let worth = self.worth.iter();
		let due = worth.map(|(fund, standing)| (fund, standing.due));
		due.filter(|(_, due)| *due > 0)
	}

	fn json(&self) -> Value {
		let mut shown = json!({
			"account": output::address(&self.ticket.account()),
			"dataset": self.ticket.dataset,
			"pool": self.ticket.pool,
			"index": self.ticket.index,
			"weight": self.ticket.member.weight.to_string(),
			"hidden": self.ticket.hidden,
		});
		let mut assets = Vec::new();
		for (fund, standing) in &self.worth {
			let part = worth_json(fund, standing);
			match fund.asset {
				Some(_) => assets.push(part),
				None => {
					for field in ["entitled", "drawn", "due"] {
						shown[field] = part[field].clone();
					}
				}
			}
		}
		shown["assets"] = assets.into();
		shown
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
		let mut rows = Rows::pairs([
			("account", output::address(&self.ticket.account())),
			(
				"listed as",
				format!("{place}, with weight {}", member.weight),
			),
		]);
		for (fund, standing) in &self.worth {
			let unit = self.units.get(fund.asset);
			rows.add(["earned".into(), unit.show(standing.entitled)]);
			rows.add(["paid before".into(), unit.show(standing.drawn)]);
			rows.add(["due".into(), unit.show(standing.due)]);
		}
		rows.text()
	}
}

fn worth_json(fund: &Fund, standing: &Standing) -> Value {
	json!({
		"asset": fund.asset,
		"pool": fund.pool,
		"entitled": output::units(standing.entitled),
		"drawn": output::units(standing.drawn),
		"due": output::units(standing.due),
	})
}

/// `guerdon credits balance --ticket FILE`
pub async fn balance_by_ticket(context: &Context, path: &Path) -> Result<()> {
	let chain = context.chain().await?;
	let view = context.view(&chain).await?;
	let read = Read::of(&chain, &view, path).await?;
	context.show(|| read.json(), || read.text());
	Ok(())
}

/// What is due of a ticket and can be received. It is refused when nothing of it can.
async fn receivable<'a>(view: &View, read: &'a Read) -> Result<(Vec<&'a Fund>, Sums)> {
	let account = read.ticket.account();
	let (mut pools, mut sums, mut little) = (Vec::new(), Sums::default(), None);
	for (fund, due) in read.due() {
		let least = view.least(fund.asset).await?;
		if view.receives(account, fund.asset, due, least).await? {
			sums.add(fund.asset, due).map_err(anyhow::Error::msg)?;
			pools.push(fund);
		} else {
			let unit = read.units.get(fund.asset);
			little = little.or(Some((unit, due, least)));
		}
	}
	match (pools.is_empty(), little) {
		(true, Some((unit, due, least))) => Err(refused(format!(
			"{} has no {}, and cannot begin with the {} that {} is worth now: send it {} first, or wait \
			 until it is worth more. Nothing is lost",
			output::address(&account),
			unit.symbol,
			unit.show(due),
			read.path.display(),
			unit.show(least)
		))),
		_ => Ok((pools, sums)),
	}
}

/// What a claim of a ticket paid.
fn paid_by(view: &View, sent: &Included) -> Result<(Sums, Vec<String>)> {
	let decode = |error: subxt::error::EventsError| ChainError::Decode(error.to_string());
	let (mut paid, mut refusals) = (Sums::default(), Vec::new());
	for event in sent.events.find::<events::MemberPaid>() {
		let event = event.map_err(decode)?;
		let added = paid.add(event.asset, event.amount);
		added.map_err(anyhow::Error::msg)?;
	}
	for event in sent.events.find::<events::ClaimRefused>() {
		let event = event.map_err(decode)?;
		let why = view.reason(&event.reason);
		refusals.push(format!("pool {} did not pay: {why}", event.pool));
	}
	Ok((paid, refusals))
}

/// `guerdon credits claim --ticket FILE`
pub async fn claim_by_ticket(context: &Context, path: &Path) -> Result<()> {
	let signer = context.signer()?;
	let chain = context.chain().await?;
	let view = chain.best().await?;
	let read = Read::of(&chain, &view, path).await?;
	let (ticket, units) = (&read.ticket, &read.units);
	context.say(read.text());
	let account = ticket.account();
	let (pools, sums) = receivable(&view, &read).await?;
	let words = format!(
		"claim {} for {}",
		units.sums(&sums),
		output::address(&account)
	);
	let included = match pools.as_slice() {
		[] => None,
		[fund] => {
			let call = ticket.claim(fund.pool);
			let Some(sent) = context.send(&chain, &signer, &words, call).await? else {
				return Ok(());
			};
			Some(sent)
		}
		// What one asset lacks holds up no other.
		several => {
			let claims = several.iter().map(|fund| ticket.item(fund.pool)).collect();
			let call = api::transactions()
				.settlement()
				.claim_many(BoundedVec(claims));
			let Some(sent) = context.send(&chain, &signer, &words, call).await? else {
				return Ok(());
			};
			Some(sent)
		}
	};
	let (paid, refusals) = match &included {
		Some(sent) => paid_by(&view, sent)?,
		None => Default::default(),
	};
	for refusal in &refusals {
		context.say(refusal);
	}
	context.show(
		|| {
			let mut shown = read.json();
			shown["paid"] = output::units(paid.of(None));
			shown["paid_in"] = output::sums(&paid);
			shown["included"] = json!(included.as_ref().map(included_json));
			shown
		},
		|| match &included {
			Some(_) => format!(
				"paid {} to {}",
				units.sums(&paid),
				output::address(&account)
			),
			None => format!("Nothing is due to {} now.", output::address(&account)),
		},
	);
	Ok(())
}

/// `guerdon credits claim --ticket FILE --free`
pub async fn claim_free_by_ticket(context: &Context, path: &Path) -> Result<()> {
	let chain = context.chain().await?;
	let view = chain.best().await?;
	let read = Read::of(&chain, &view, path).await?;
	let offers = read.due().map(|(fund, due)| Offer {
		asset: fund.asset,
		amount: due,
		claim: read.ticket.item(fund.pool),
	});
	let account = read.ticket.account();
	free::claim(context, &chain, &view, &account, offers.collect()).await
}

#[cfg(test)]
mod tests {
	use super::*;
	use guerdon_client::members::Member;
	use guerdon_share_tree::Proof;

	#[test]
	fn a_ticket_is_worth_something_in_each_asset_that_its_cohort_got() {
		let fund = |pool, asset, funded| Fund {
			pool,
			asset,
			funded,
			paid: 0,
		};
		let standing = |entitled, drawn, due| Standing {
			entitled,
			drawn,
			due,
		};
		let read = Read {
			ticket: Ticket {
				genesis: [1; 32],
				dataset: 3,
				pool: 7,
				index: 2,
				member: Member {
					account: [4; 32],
					weight: 5,
					salt: [6; 32],
				},
				hidden: true,
				proof: Proof::try_from(Vec::new()).unwrap(),
			},
			worth: vec![
				(fund(7, None, 90), standing(30, 30, 0)),
				(fund(9, Some(1), 500), standing(200, 50, 150)),
			],
			units: Units::of(&[]),
			path: "ticket.json".into(),
		};
		let due: Vec<_> = read.due().map(|(fund, due)| (fund.pool, due)).collect();
		assert_eq!(due, [(9, 150)]);
		let json = read.json();
		assert_eq!(
			(&json["entitled"], &json["due"]),
			(&json!("30"), &json!("0"))
		);
		let told = r#"[{"asset":1,"drawn":"50","due":"150","entitled":"200","pool":9}]"#;
		assert_eq!(json["assets"].to_string(), told);
		let text = read.text();
		for part in ["0.00000000003 GRD", "200 asset-1", "150 asset-1"] {
			assert!(text.contains(part), "{part} is not in {text}");
		}
	}
}
