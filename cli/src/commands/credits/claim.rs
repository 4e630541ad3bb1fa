//! `guerdon credits claim`

use super::{free, Whose};
use crate::{
	amount::{Asset, Sums},
	commands::members,
	context::{included_json, Context},
	output::{self, Rows},
};
use anyhow::Result;
use clap::Args;
use guerdon_client::chain::{
	api::{
		self, runtime_types::bounded_collections::bounded_vec::BoundedVec, settlement::events,
		Claim, LeafView,
	},
	dues, Error, Included, Units, View,
};
use serde_json::{json, Value};
use std::path::PathBuf;

/// Most leaves of one call.
const BATCH: usize = 64;

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
	/// For somebody who owns nothing: without a signature, a fee or a key. It pays one leaf, and then
	/// the account can sign for the others.
	#[arg(long, conflicts_with = "run")]
	free: bool,
}

/// Runs the command.
pub async fn run(context: &Context, what: What) -> Result<()> {
	match (&what.ticket, what.free) {
		(Some(ticket), false) => members::claim_by_ticket(context, ticket).await,
		(Some(ticket), true) => members::claim_free_by_ticket(context, ticket).await,
		(None, false) => claim(context, what).await,
		(None, true) => free::run(context, &what.whose).await,
	}
}

/// What came of one leaf that was claimed.
struct Outcome {
	pool: u64,
	index: u64,
	asset: Asset,
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

	fn json(&self) -> Value {
		json!({
			"pool": self.pool,
			"index": self.index,
			"asset": self.asset,
			"amount": self.amount.map(output::units),
			"refused": self.refused,
			"members_of": self.members,
		})
	}
}

/// Everything that was claimed.
#[derive(Default)]
struct Done {
	leaves: Vec<Outcome>,
	/// Owed before, and paid now.
	dues: Sums,
	included: Vec<Value>,
}

impl Done {
	fn count(&mut self, view: &View, batch: &[LeafView], sent: &Included) -> Result<()> {
		let decode = |error: subxt::error::EventsError| Error::Decode(error.to_string());
		for paid in sent.events.find::<events::Claimed>() {
			let paid = paid.map_err(decode)?;
			self.leaves.push(Outcome {
				pool: paid.pool,
				index: paid.index,
				asset: paid.asset,
				amount: Some(paid.amount),
				refused: None,
				members: None,
			});
		}
		for booked in sent.events.find::<events::Booked>() {
			let booked = booked.map_err(decode)?;
			self.leaves.push(Outcome {
				pool: booked.pool,
				index: booked.index,
				asset: booked.asset,
				amount: Some(booked.amount),
				refused: None,
				members: Some(booked.dataset),
			});
		}
		for event in sent.events.find::<events::ClaimRefused>() {
			let event = event.map_err(decode)?;
			let of = batch
				.iter()
				.find(|leaf| (leaf.pool, leaf.index) == (event.pool, event.index));
			self.leaves.push(Outcome {
				pool: event.pool,
				index: event.index,
				asset: of.and_then(|leaf| leaf.asset),
				amount: None,
				refused: Some(view.reason(&event.reason)),
				members: None,
			});
		}
		self.included.push(included_json(sent));
		Ok(())
	}

	/// Dues that one call paid.
	fn count_dues(&mut self, sent: &Included) -> Result<()> {
		for paid in sent.events.find::<events::DueClaimed>() {
			let paid = paid.map_err(|error| Error::Decode(error.to_string()))?;
			let added = self.dues.add(paid.asset, paid.amount);
			added.map_err(anyhow::Error::msg)?;
		}
		self.included.push(included_json(sent));
		Ok(())
	}

	/// Everything that was paid, in what it was paid in.
	fn total(&self) -> Result<Sums, String> {
		let leaves = self
			.leaves
			.iter()
			.filter_map(|one| Some((one.asset, one.amount?)));
		Sums::over(self.dues.iter().chain(leaves))
	}

	fn json(&self, whom: &str, total: &Sums) -> Value {
		json!({
			"for": whom,
			"claims": self.leaves.iter().map(Outcome::json).collect::<Vec<_>>(),
			"due": match self.dues.is_empty() {
				true => Value::Null,
				false => output::units(self.dues.of(None)),
			},
			"dues": output::sums(&self.dues),
			"total": output::units(total.of(None)),
			"totals": output::sums(total),
			"included": self.included,
		})
	}

	fn text(&self, whom: &str, total: &Sums, units: &Units) -> String {
		if self.leaves.is_empty() && self.dues.is_empty() {
			return format!("Nothing is due to {whom}.");
		}
		let mut rows = Rows::new(["pool", "index", "amount", ""]);
		for one in &self.leaves {
			rows.add([
				one.pool.to_string(),
				one.index.to_string(),
				output::maybe(one.amount, &units.get(one.asset)),
				one.note(),
			]);
		}
		for (asset, due) in self.dues.iter() {
			rows.add([
				"-".into(),
				"-".into(),
				units.show(asset, due),
				"owed before".into(),
			]);
		}
		format!(
			"{}\n\npaid {}",
			rows.right(&[0, 1, 2]).text(),
			units.sums(total)
		)
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

/// Those that can be claimed now: their proofs are known, and something is due.
pub(super) fn claimable(context: &Context, mut leaves: Vec<LeafView>) -> Vec<LeafView> {
	leaves.retain(|leaf| !leaf.claimed);
	let all = leaves.len();
	leaves.retain(|leaf| leaf.proven.is_some());
	let unproven = all.saturating_sub(leaves.len());
	if unproven > 0 {
		context.say(format!(
			"{unproven} leaves are in pools of more than 4,096: their proofs need an index of blocks"
		));
	}
	leaves.retain(|leaf| {
		let due = leaf.proven.as_ref();
		due.is_some_and(|proven| proven.entitlement > 0)
	});
	leaves
}

/// The claim of a leaf; `None` without its proof.
pub(super) fn claim_of(leaf: &LeafView) -> Option<Claim> {
	Some(Claim {
		pool: leaf.pool,
		index: leaf.index,
		leaf: leaf.leaf.clone(),
		proof: leaf.proven.as_ref()?.proof.clone(),
		opening: None,
	})
}

/// What leaves are due in all, each in what it is paid in.
fn due_of(leaves: &[LeafView]) -> Result<Sums, String> {
	let due = leaves
		.iter()
		.filter_map(|leaf| Some((leaf.asset, leaf.proven.as_ref()?.entitlement)));
	Sums::over(due)
}

async fn claim(context: &Context, what: What) -> Result<()> {
	let signer = context.signer()?;
	let account = context.account(what.whose.account.as_deref())?;
	let chain = context.chain().await?;
	let view = chain.best().await?;
	let units = view.units().await?;
	let (owed, leaves) = match what.run {
		None => (
			dues(&view.account(&account).await?).map_err(anyhow::Error::msg)?,
			view.claims(&account).await?,
		),
		Some(run) => (Sums::default(), leaves_of(&view, run).await?),
	};
	let whom = what.run.map_or_else(
		|| output::address(&account),
		|run| format!("everybody in run {run}"),
	);
	let leaves = claimable(context, leaves);
	let mut done = Done::default();
	for batch in leaves.chunks(BATCH) {
		let sums = due_of(batch).map_err(anyhow::Error::msg)?;
		let words = format!(
			"claim {} in {} parts for {whom}",
			units.sums(&sums),
			batch.len()
		);
		let claims = batch.iter().filter_map(claim_of).collect();
		let call = api::transactions()
			.settlement()
			.claim_many(BoundedVec(claims));
		let Some(included) = context.send(&chain, &signer, &words, call).await? else {
			return Ok(());
		};
		done.count(&view, batch, &included)?;
	}
	if !owed.is_empty() {
		let words = format!(
			"claim {} that is owed to {}",
			units.sums(&owed),
			output::address(&account)
		);
		let call = api::transactions().settlement().claim_due(account);
		let Some(included) = context.send(&chain, &signer, &words, call).await? else {
			return Ok(());
		};
		done.count_dues(&included)?;
	}
	let total = done.total().map_err(anyhow::Error::msg)?;
	context.show(
		|| done.json(&whom, &total),
		|| done.text(&whom, &total, &units),
	);
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;
	use guerdon_client::amount::GRD;

	fn one(members: Option<u64>, refused: Option<&str>) -> Outcome {
		Outcome {
			pool: 1,
			index: 2,
			asset: Some(1),
			amount: None,
			refused: refused.map(Into::into),
			members,
		}
	}

	#[test]
	fn what_went_to_members_or_was_refused_is_told() {
		assert_eq!(one(Some(7), None).note(), "to the members of dataset 7");
		assert_eq!(one(None, Some("paid before")).note(), "paid before");
		assert_eq!(one(None, None).note(), "");
	}

	#[test]
	fn what_was_paid_in_different_assets_is_not_summed() {
		let paid = |asset, amount| Outcome {
			asset,
			amount: Some(amount),
			..one(None, None)
		};
		let done = Done {
			leaves: vec![
				paid(None, GRD),
				paid(Some(1), 7),
				paid(Some(1), 3),
				one(None, Some("Settlement.AssetShort")),
			],
			dues: Sums::over([(None, GRD / 2), (Some(1), 5)]).unwrap(),
			included: Vec::new(),
		};
		let total = done.total().unwrap();
		let json = done.json("somebody", &total);
		assert_eq!(json["total"], "1500000000000");
		let totals = r#"[{"amount":"1500000000000","asset":null},{"amount":"15","asset":1}]"#;
		assert_eq!(json["totals"].to_string(), totals);
		assert_eq!(json["claims"][1]["asset"], 1);
		assert_eq!(json["due"], "500000000000");
		let text = done.text("somebody", &total, &Units::of(&[]));
		assert!(text.ends_with("\n\npaid 1.5 GRD and 15 asset-1"), "{text}");
		assert!(text.contains("Settlement.AssetShort"), "{text}");
		let nothing = Done::default();
		let text = nothing.text("somebody", &Sums::default(), &Units::of(&[]));
		assert_eq!(text, "Nothing is due to somebody.");
	}
}
