//! Paying everybody in a pool, one transaction after the other: what `credits push` and
//! `dataset members pay` do.
//!
//! Nothing is remembered: whoever was paid is known from the chain, so a command that was cut off is
//! given again.

use super::members::Sender;
use crate::{
	amount::{self, Asset, Sums, Unit},
	context::included_json,
	output::{self, Rows},
};
use anyhow::{Context as _, Result};
use guerdon_client::{
	chain::{api::settlement::events, Chain, Error, Included, Units, View, Wait},
	members::{Due, Left, Payments, Push},
};
use serde_json::{json, Value};

/// How many of those who could not be paid are shown to people.
const SHOWN: usize = 20;

/// Somebody who was not paid.
struct Unpaid {
	pool: u64,
	index: u64,
	account: String,
	asset: Asset,
	amount: u128,
	why: String,
}

/// What came of it.
#[derive(Default)]
pub struct Outcome {
	paid: u64,
	total: Sums,
	unpaid: Vec<Unpaid>,
	included: Vec<Value>,
}

fn payee_at(payments: &Payments, index: u64) -> String {
	let payee = payments.payee(index);
	payee.map_or_else(|| "members".into(), |account| output::address(&account))
}

impl Outcome {
	fn pay(&mut self, asset: Asset, amount: u128) -> Result<()> {
		self.paid = self.paid.saturating_add(1);
		self.total.add(asset, amount).map_err(anyhow::Error::msg)
	}

	fn leave_out(&mut self, push: &Push, payments: &Payments, due: &Due, why: String) {
		self.unpaid.push(Unpaid {
			pool: push.fund.pool,
			index: due.index,
			account: payee_at(payments, due.index),
			asset: push.fund.asset,
			amount: due.amount,
			why,
		});
	}

	fn count(
		&mut self,
		view: &View,
		push: &Push,
		payments: &Payments,
		batch: &[Due],
		sent: &Included,
	) -> Result<()> {
		let decode = |error: subxt::error::EventsError| Error::Decode(error.to_string());
		for paid in sent.events.find::<events::MemberPaid>() {
			let paid = paid.map_err(decode)?;
			self.pay(paid.asset, paid.amount)?;
		}
		for paid in sent.events.find::<events::Claimed>() {
			let paid = paid.map_err(decode)?;
			self.pay(paid.asset, paid.amount)?;
		}
		for booked in sent.events.find::<events::Booked>() {
			let booked = booked.map_err(decode)?;
			self.pay(booked.asset, booked.amount)?;
		}
		for event in sent.events.find::<events::ClaimRefused>() {
			let event = event.map_err(decode)?;
			// Of a page, those to whom nothing was due are told of too.
			if let Some(due) = batch.iter().find(|due| due.index == event.index) {
				self.leave_out(push, payments, due, view.reason(&event.reason));
			}
		}
		self.included.push(included_json(sent));
		Ok(())
	}

	/// As JSON, beside what it was paid for.
	pub fn json(&self, mut of: Value) -> Value {
		let unpaid = self.unpaid.iter().map(|one| {
			json!({
				"pool": one.pool,
				"index": one.index,
				"account": one.account,
				"asset": one.asset,
				"amount": output::units(one.amount),
				"why": one.why,
			})
		});
		of["paid"] = json!(self.paid);
		of["total"] = output::units(self.total.of(None));
		of["totals"] = output::sums(&self.total);
		of["unpaid"] = unpaid.collect();
		of["included"] = json!(self.included);
		of
	}

	/// For people: who was paid what, and who was not and why.
	pub fn text(&self, units: &Units) -> String {
		let text = match self.paid {
			0 => "Nobody was paid: nothing is due that can be received.".to_string(),
			paid => format!("paid {} in {paid} parts", units.sums(&self.total)),
		};
		if self.unpaid.is_empty() {
			return text;
		}
		let mut rows = Rows::new(["pool", "index", "account", "amount", "not paid because"]);
		for one in self.unpaid.iter().take(SHOWN) {
			rows.add([
				one.pool.to_string(),
				one.index.to_string(),
				one.account.clone(),
				units.show(one.asset, one.amount),
				one.why.clone(),
			]);
		}
		let table = rows.right(&[0, 1, 3]).text();
		let more = self.unpaid.len().saturating_sub(SHOWN);
		match more {
			0 => format!("{text}\n\n{table}"),
			_ => format!("{text}\n\n{table}\nand {more} more: --output json lists them all"),
		}
	}
}

/// Pays everybody in a pool who can be paid; `false` after a dry run.
pub async fn push(
	sender: &mut Sender<'_>,
	view: &View,
	push: &Push,
	payments: &Payments,
	unit: &Unit,
	outcome: &mut Outcome,
) -> Result<bool> {
	let pool = push.fund.pool;
	let Left { payable, unpayable } = push.left(view, payments).await?;
	for due in &unpayable {
		let why = format!("has no {}, and cannot begin with so little", unit.symbol);
		outcome.leave_out(push, payments, due, why);
	}
	let batches = payments.batches(&payable);
	if batches.is_empty() {
		return Ok(true);
	}
	estimate(sender, payments, &batches, pool, unit).await?;
	let bar = output::bar("payees", u64::try_from(payable.len())?, false);
	let last = batches.len().saturating_sub(1);
	for (number, batch) in batches.into_iter().enumerate() {
		let words = format!(
			"pay {} to {} payees of pool {pool}",
			unit.show(sum(batch)?),
			batch.len()
		);
		// Those before the last ones are final when these are.
		let wait = match number == last {
			true => sender.wait(),
			false => Wait::Best,
		};
		let call = payments.call(pool, batch)?;
		let sent = sender.send_and(wait, &words, call).await;
		let sent = sent.with_context(|| {
			format!(
				"pool {pool} is not paid to its end: who was paid stays paid; give the command again to go \
				 on"
			)
		})?;
		let Some(sent) = sent else {
			return Ok(false);
		};
		outcome.count(view, push, payments, batch, &sent)?;
		bar.inc(u64::try_from(batch.len())?);
	}
	bar.finish_and_clear();
	Ok(true)
}

fn sum(batch: &[Due]) -> Result<u128> {
	let mut due = batch.iter().map(|due| due.amount);
	due.try_fold(0u128, u128::checked_add)
		.context("more is due than there can be")
}

/// Tells what it will cost, before anything is sent.
async fn estimate(
	sender: &Sender<'_>,
	payments: &Payments,
	batches: &[&[Due]],
	pool: u64,
	unit: &Unit,
) -> Result<()> {
	let count: usize = batches.iter().map(|batch| batch.len()).sum();
	let Some(first) = batches.first() else {
		return Ok(());
	};
	let account = Chain::account_of(sender.signer);
	let call = payments.call(pool, first)?;
	let fee = sender.chain.fee(&account, &call).await?;
	let each = fee / u128::try_from(first.len())?.max(1);
	let all = each.saturating_mul(u128::try_from(count)?);
	let mut due = 0u128;
	for batch in batches {
		due = due
			.checked_add(sum(batch)?)
			.context("more is due than there can be")?;
	}
	sender.context.say(format!(
		"pool {pool}: {count} payees are due {}; paying them costs you about {} in {} transactions, {} \
		 each",
		unit.show(due),
		amount::grd(all),
		batches.len(),
		amount::grd(each)
	));
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;

	fn unpaid(index: u64) -> Unpaid {
		Unpaid {
			pool: 4,
			index,
			account: "5Eve".into(),
			asset: Some(1),
			amount: 9,
			why: "AlreadyClaimed".into(),
		}
	}

	#[test]
	fn what_was_paid_and_what_was_refused_is_told() {
		let units = Units::of(&[]);
		let nothing = Outcome::default();
		let text = nothing.text(&units);
		assert_eq!(
			text,
			"Nobody was paid: nothing is due that can be received."
		);
		let mut outcome = Outcome::default();
		outcome.pay(None, amount::GRD).unwrap();
		outcome.pay(Some(1), 7).unwrap();
		outcome.unpaid = (0..21).map(unpaid).collect();
		let text = outcome.text(&units);
		assert!(
			text.starts_with("paid 1 GRD and 7 asset-1 in 2 parts\n\n"),
			"{text}"
		);
		assert!(text.contains("9 asset-1  AlreadyClaimed"), "{text}");
		assert!(text.ends_with("\nand 1 more: --output json lists them all"));
		let json = outcome.json(json!({ "pool": 4 }));
		assert_eq!((&json["pool"], &json["paid"]), (&json!(4), &json!(2)));
		assert_eq!(json["total"], "1000000000000");
		let totals = r#"[{"amount":"1000000000000","asset":null},{"amount":"7","asset":1}]"#;
		assert_eq!(json["totals"].to_string(), totals);
		assert_eq!(json["unpaid"].as_array().unwrap().len(), 21);
		assert_eq!(json["unpaid"][20]["asset"], 1);
	}

	#[test]
	fn sums_of_a_batch_are_checked() {
		let due = |amount| Due { index: 0, amount };
		assert_eq!(sum(&[due(1), due(2)]).unwrap(), 3);
		assert!(sum(&[due(u128::MAX), due(1)]).is_err());
	}
}
