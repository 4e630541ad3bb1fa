//! `guerdon dataset members …`

mod add;
mod pay;
mod tickets;

pub use tickets::{balance_by_ticket, claim_by_ticket, claim_free_by_ticket};

use crate::{
	amount,
	context::{included_json, Context},
	fail::refused,
	output::{self, Rows},
};
use anyhow::{Context as _, Result};
use clap::Subcommand;
use guerdon_client::{
	chain::{
		api::{self, Cohort, CohortState, MembersView, Share},
		Chain, Included, Units, Wait,
	},
	members::Lists,
};
use guerdon_share_tree::Summary;
use serde_json::{json, Value};
use subxt::transactions::Payload;
use subxt_signer::sr25519::Keypair;

/// Seconds between two blocks.
const BLOCK_SECONDS: u64 = 2;

/// What can be done with the members of a dataset.
#[derive(Subcommand)]
pub enum Command {
	/// List members, who are paid what the dataset earns from then on. Goes on where it stopped.
	Add(add::Add),
	/// Complete the list that is being built, for good: then its members are paid.
	Seal {
		/// The dataset's number.
		id: u64,
	},
	/// Show a dataset's cohorts, what they earned, and what waits for them.
	Show {
		/// The dataset's number.
		id: u64,
	},
	/// Give up the list that is being built, and get its deposit back.
	Abandon {
		/// The dataset's number.
		id: u64,
	},
	/// Write a ticket for every member: a file with which anyone can have that member paid.
	Tickets(tickets::Tickets),
	/// Pay all members what they are due, at the signer's expense.
	Pay(pay::Pay),
	/// Bring to the members what their dataset earned and nobody has claimed.
	Collect {
		/// The dataset's number.
		id: u64,
	},
}

/// Runs a command.
pub async fn run(context: &Context, command: Command) -> Result<()> {
	match command {
		Command::Add(args) => add::run(context, args).await,
		Command::Seal { id } => seal(context, id).await,
		Command::Show { id } => show(context, id).await,
		Command::Abandon { id } => abandon(context, id).await,
		Command::Tickets(args) => tickets::run(context, args).await,
		Command::Pay(args) => pay::pay(context, args).await,
		Command::Collect { id } => pay::collect(context, id).await,
	}
}

/// Who sends several calls, and agrees to them with the first.
pub struct Sender<'a> {
	pub context: &'a Context,
	pub chain: &'a Chain,
	pub signer: &'a Keypair,
	pub agreed: bool,
}

impl Sender<'_> {
	pub fn wait(&self) -> Wait {
		self.context.wait()
	}

	/// Sends a call; `None` when it is only shown.
	async fn send(&mut self, words: &str, call: impl Payload) -> Result<Option<Included>> {
		let wait = self.wait();
		self.send_and(wait, words, call).await
	}

	/// Sends one of several calls, and goes on when it is as sure as that.
	pub async fn send_and(
		&mut self,
		wait: Wait,
		words: &str,
		call: impl Payload,
	) -> Result<Option<Included>> {
		if !self.agreed {
			let sent = self.context.send(self.chain, self.signer, words, call);
			let sent = sent.await?;
			self.agreed = sent.is_some();
			return Ok(sent);
		}
		let told = |extrinsic| {
			self.context
				.say(format!("sending {}", output::hex(extrinsic)))
		};
		let sent = self.chain.submit_told(self.signer, &call, wait, told).await;
		let sent = sent.with_context(|| format!("{words} did not succeed"))?;
		Ok(Some(sent))
	}
}

/// The list that is being built.
fn building(view: Option<&MembersView>) -> Option<(u64, &Cohort, u64, u32)> {
	let mut cohorts = view?.cohorts.iter();
	cohorts.find_map(|(pool, cohort)| match &cohort.state {
		CohortState::Building {
			builder,
			sealable_from,
			..
		} => Some((*pool, cohort, builder.0.count(), *sealable_from)),
		CohortState::Open(_) => None,
	})
}

fn nothing_built(id: u64) -> anyhow::Error {
	refused(format!(
		"dataset {id} has no list that is being built: begin one with `guerdon dataset members add \
		 {id} FILE`"
	))
}

fn too_early(id: u64, now: u32, sealable_from: u32) -> String {
	let blocks = sealable_from.saturating_sub(now);
	let hours = u64::from(blocks)
		.saturating_mul(BLOCK_SECONDS)
		.div_ceil(3_600);
	format!(
		"It can be sealed from block {sealable_from} on, in about {hours} hours, with `guerdon dataset \
		 members seal {id}`: the list of a dataset that is not new waits for a week, so that a stolen \
		 key is noticed before money goes elsewhere."
	)
}

async fn seal_now(
	sender: &mut Sender<'_>,
	id: u64,
	pool: u64,
	count: u64,
) -> Result<Option<Included>> {
	let words = format!("seal cohort {pool} of dataset {id} with {count} members, for good");
	let call = api::transactions().settlement().seal_members(pool);
	sender.send(&words, call).await
}

async fn seal(context: &Context, id: u64) -> Result<()> {
	let signer = context.signer()?;
	let chain = context.chain().await?;
	let view = chain.best().await?;
	let there = view.members(id).await?;
	let (pool, _, count, sealable_from) =
		building(there.as_ref()).ok_or_else(|| nothing_built(id))?;
	if let Some(list) = Lists::of(&context.home).find(id, pool)? {
		if list.count() != count {
			return Err(refused(format!(
				"cohort {pool} has {count} of the {} members on its list: run `guerdon dataset \
				 members add {id} FILE` again, which goes on from there",
				list.count()
			)));
		}
	}
	if count == 0 {
		return Err(refused(format!(
			"cohort {pool} has no members: add them with `guerdon dataset members add {id} FILE`"
		)));
	}
	if view.number < sealable_from {
		return Err(refused(too_early(id, view.number, sealable_from)));
	}
	let mut sender = Sender {
		context,
		chain: &chain,
		signer: &signer,
		agreed: false,
	};
	if let Some(included) = seal_now(&mut sender, id, pool, count).await? {
		context.show(
			|| {
				json!({
					"dataset": id,
					"pool": pool,
					"members": count,
					"included": included_json(&included),
				})
			},
			|| format!("Sealed: cohort {pool} of dataset {id} has {count} members, for good."),
		);
	}
	Ok(())
}

async fn abandon(context: &Context, id: u64) -> Result<()> {
	let signer = context.signer()?;
	let chain = context.chain().await?;
	let there = chain.best().await?.members(id).await?;
	let (pool, cohort, count, _) = building(there.as_ref()).ok_or_else(|| nothing_built(id))?;
	let deposit = cohort.deposit;
	let words = format!(
		"give up cohort {pool} of dataset {id} with {count} members, and get {} back",
		amount::grd(deposit)
	);
	let call = api::transactions().settlement().abandon_members(pool);
	let mut sender = Sender {
		context,
		chain: &chain,
		signer: &signer,
		agreed: false,
	};
	if let Some(included) = sender.send(&words, call).await? {
		context.show(
			|| {
				json!({
					"dataset": id,
					"pool": pool,
					"deposit": output::units(deposit),
					"included": included_json(&included),
				})
			},
			|| format!("Done: {words}."),
		);
	}
	Ok(())
}

fn cohort_json(context: &Context, id: u64, pool: u64, cohort: &Cohort) -> Value {
	let mut shown = json!({
		"pool": pool,
		"owner": output::address(&cohort.owner),
		"weight": cohort.weight,
		"funded": output::units(cohort.funded),
		"paid": output::units(cohort.paid),
		"deposit": output::units(cohort.deposit),
		"kept": Lists::of(&context.home).has(id, pool),
	});
	match &cohort.state {
		CohortState::Building {
			builder,
			sealable_from,
			..
		} => {
			shown["state"] = json!("building");
			shown["members"] = json!(builder.0.count());
			shown["members_weight"] = json!(builder.0.sum().to_string());
			shown["sealable_from"] = json!(sealable_from);
		}
		CohortState::Open(summary) => {
			shown["state"] = json!("open");
			shown["members"] = json!(summary.0.count);
			shown["members_weight"] = json!(summary.0.sum.to_string());
			shown["root"] = json!(output::hex(summary.0.root));
		}
	}
	shown
}

fn share_json((pool, share): &(u64, Share)) -> Value {
	json!({
		"pool": pool,
		"list": share.list,
		"asset": share.asset,
		"funded": output::units(share.funded),
		"paid": output::units(share.paid),
	})
}

/// What cohorts got in assets, each in its own pool.
fn share_rows(shares: &[(u64, Share)], units: &Units) -> String {
	let mut rows = Rows::new(["pool", "of cohort", "funded", "paid"]);
	for (pool, share) in shares {
		let unit = units.get(Some(share.asset));
		rows.add([
			pool.to_string(),
			share.list.to_string(),
			unit.show(share.funded),
			unit.show(share.paid),
		]);
	}
	rows.right(&[0, 1, 2, 3]).text()
}

async fn show(context: &Context, id: u64) -> Result<()> {
	let chain = context.chain().await?;
	let view = context.view(&chain).await?;
	let there = view.members(id).await?;
	if there.is_none() {
		// Whoever names a dataset that is not there is told so.
		view.dataset(id).await?;
	}
	let units = view.units().await?;
	let cohorts = there.as_ref().map_or(&[][..], |view| &view.cohorts);
	let shares = there.as_ref().map_or(&[][..], |view| &view.shares);
	let pending = there.as_ref().map_or(0, |view| view.pending);
	let lists = Lists::of(&context.home);
	context.show(
		|| {
			let cohorts = cohorts
				.iter()
				.map(|(pool, cohort)| cohort_json(context, id, *pool, cohort));
			json!({
				"dataset": id,
				"block": view.number,
				"cohorts": cohorts.collect::<Vec<_>>(),
				"shares": shares.iter().map(share_json).collect::<Vec<_>>(),
				"pending_licences": output::units(pending),
			})
		},
		|| {
			let mut rows = Rows::new([
				"cohort", "state", "weight", "members", "funded", "paid", "deposit", "list",
			]);
			for (pool, cohort) in cohorts {
				let (state, count) = match &cohort.state {
					CohortState::Open(summary) => ("open".into(), summary.0.count),
					CohortState::Building {
						builder,
						sealable_from,
						..
					} => (
						format!("building, sealable from block {sealable_from}"),
						builder.0.count(),
					),
				};
				let kept = if lists.has(id, *pool) { "here" } else { "-" };
				rows.add([
					pool.to_string(),
					state,
					cohort.weight.to_string(),
					count.to_string(),
					amount::grd(cohort.funded),
					amount::grd(cohort.paid),
					amount::grd(cohort.deposit),
					kept.into(),
				]);
			}
			let table = rows.right(&[0, 2, 3, 4, 5, 6]);
			let table = table.or(&format!(
				"Dataset {id} lists no members: its payout account is paid."
			));
			let table = match shares.is_empty() {
				true => table,
				false => format!("{table}\n\n{}", share_rows(shares, &units)),
			};
			match pending {
				0 => table,
				pending => format!(
					"{table}\n\n{} of licences waits for them: `guerdon dataset members collect {id}`",
					amount::grd(pending)
				),
			}
		},
	);
	Ok(())
}

/// The sealed cohorts of a dataset, or one of them.
fn sealed(there: Option<MembersView>, id: u64, only: Option<u64>) -> Result<Vec<Sealed>> {
	let cohorts = there.map_or_else(Vec::new, |view| view.cohorts);
	let found: Vec<_> = cohorts
		.into_iter()
		.filter(|(pool, _)| only.is_none_or(|only| only == *pool))
		.filter_map(|(pool, cohort)| match &cohort.state {
			CohortState::Open(summary) => {
				let summary = summary.0;
				Some((pool, cohort, summary))
			}
			CohortState::Building { .. } => None,
		})
		.collect();
	match (found.is_empty(), only) {
		(false, _) => Ok(found),
		(true, Some(pool)) => Err(refused(format!(
			"dataset {id} has no sealed cohort {pool}: `guerdon dataset members show {id}` lists them"
		))),
		(true, None) => Err(refused(format!(
			"dataset {id} has no sealed cohort: `guerdon dataset members add {id} FILE` makes one"
		))),
	}
}

type Sealed = (u64, Cohort, Summary);

/// Those of several cohorts whose lists are here. The one that was named must be.
fn kept(context: &Context, id: u64, cohorts: Vec<Sealed>, only: Option<u64>) -> Vec<Sealed> {
	let lists = Lists::of(&context.home);
	let (here, missing): (Vec<_>, Vec<_>) = cohorts
		.into_iter()
		.partition(|(pool, ..)| lists.has(id, *pool));
	if here.is_empty() || only.is_some() {
		// Reading it tells what to do.
		return here.into_iter().chain(missing).collect();
	}
	for (pool, ..) in missing {
		context.say(format!(
			"cohort {pool} is left out: its list is not in {}",
			lists.folder().display()
		));
	}
	here
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn what_a_cohort_got_in_an_asset_is_shown_with_its_pool() {
		let share = Share {
			dataset: 3,
			list: 7,
			asset: 1,
			funded: 500,
			paid: 20,
		};
		let text = share_rows(&[(9, share.clone())], &Units::of(&[]));
		let row: Vec<&str> = text.lines().last().unwrap().split_whitespace().collect();
		assert_eq!(row, ["9", "7", "500", "asset-1", "20", "asset-1"]);
		let told = r#"{"asset":1,"funded":"500","list":7,"paid":"20","pool":9}"#;
		assert_eq!(share_json(&(9, share)).to_string(), told);
	}
}
