//! `guerdon credits explain`: the whole trail of one credit.

use crate::{
	amount::Unit,
	context::Context,
	output::{self, Rows},
	words,
};
use anyhow::Result;
use guerdon_client::chain::api::{Explanation, Payee, PoolState};
use guerdon_share_tree::{entitlement_of, leaf_node, Leaf, NativeBlake2_256, Summary};
use serde_json::{json, Value};

fn payee(payee: &Payee) -> String {
	match payee {
		Payee::Account(account) => output::address(account),
		Payee::Hidden(hash) => format!("hidden {}", output::hex(hash)),
		Payee::Pool(pool) => format!("members of pool {pool}"),
	}
}

/// The entitlement, computed here from leaf, proof, root and funding; `None` when the proof fails.
fn recomputed(found: &Explanation, summary: &Summary) -> Option<u128> {
	let leaf = &found.leaf;
	let payee = match &leaf.leaf.payee {
		Payee::Account(account) => guerdon_share_tree::Payee::Account(account.0),
		Payee::Hidden(hash) => guerdon_share_tree::Payee::Hidden(*hash),
		Payee::Pool(pool) => guerdon_share_tree::Payee::Pool(*pool),
	};
	let node = leaf_node::<NativeBlake2_256, [u8; 32]>(
		leaf.pool,
		leaf.index,
		&Leaf {
			payee,
			weight: leaf.leaf.weight,
		},
	);
	let proof = &leaf.proven.as_ref()?.proof;
	entitlement_of::<NativeBlake2_256>(summary, leaf.index, node, proof, found.funded).ok()
}

/// A score in units of 2^-64, as a decimal number for people.
pub fn score(units: i128) -> String {
	let sign = if units < 0 { "-" } else { "" };
	let magnitude = units.unsigned_abs();
	let (whole, mut rest) = (magnitude >> 64, magnitude & u128::from(u64::MAX));
	let mut digits = String::new();
	for _ in 0..6 {
		rest *= 10;
		digits.push(char::from(b'0' + (rest >> 64) as u8));
		rest &= u128::from(u64::MAX);
	}
	format!("{sign}{whole}.{digits}")
}

/// Runs the command.
pub async fn run(context: &Context, pool: u64, index: u64) -> Result<()> {
	let chain = context.chain().await?;
	let view = context.view(&chain).await?;
	let found = view.explain(pool, index).await?;
	let unit = view.units().await?.get(found.leaf.asset);
	let role = found.leaf.role.0;
	let entitlement = found.leaf.proven.as_ref().map(|proven| proven.entitlement);
	let here = match &view.pool(pool).await?.state {
		PoolState::Sealed(summary) => recomputed(&found, summary),
		_ => None,
	};
	let checked = here.is_some() && here == entitlement;
	let share = format!("{} of {}", found.entry.weight, found.table.weight);
	let role_part = split_of(found.budget, found.split_ppm, &unit);
	context.show(
		|| {
			let receipts: Vec<Value> = found
				.receipts
				.iter()
				.map(|receipt| {
					json!({
						"id": output::hex(receipt.id),
						"task": receipt.receipt.task,
						"work": words::work(&receipt.task.work.0),
						"units": receipt.task.units,
						"block": receipt.receipt.height,
						"signers": receipt.receipt.signers.count_ones(),
						"metric_before": receipt.receipt.metric.0,
						"metric_after": receipt.receipt.metric.1,
					})
				})
				.collect();
			json!({
				"pool": pool,
				"index": index,
				"run": found.leaf.run,
				"role": words::role(role),
				"subject": words::subject_json(&found.entry.subject),
				"payee": payee(&found.leaf.leaf.payee),
				"receipts": receipts,
				"units": found.entry.units,
				"table_units": found.table.units.to_string(),
				"planned_units": found.planned_units.to_string(),
				"done_units": found.done_units.to_string(),
				"complete": found.complete,
				"basis": found.basis.as_ref().map(|basis| words::basis(basis.0)),
				"score": found.score.map(|score| score.to_string()),
				"appraisal": found.appraisal.map(output::hex),
				"weight": found.entry.weight.to_string(),
				"table_weight": found.table.weight.to_string(),
				"asset": found.leaf.asset,
				"budget": output::units(found.budget),
				"split_ppm": found.split_ppm,
				"funded": output::units(found.funded),
				"entitlement": entitlement.map(output::units),
				"recomputed": here.map(output::units),
				"verified": checked,
				"claimed": found.leaf.claimed,
			})
		},
		|| {
			let mut rows = Rows::pairs([
				("credit", format!("leaf {index} of pool {pool}")),
				("for", words::subject(&found.entry.subject)),
				("paid to", payee(&found.leaf.leaf.payee)),
				(
					"as",
					format!("{} of run {}", words::role(role), found.leaf.run),
				),
				("budget", unit.show(found.budget)),
				(
					"split",
					format!(
						"{} for all of this role: {}",
						output::per_cent(found.split_ppm),
						role_part
					),
				),
			]);
			if found.planned_units > 0 {
				rows.add([
					"done".into(),
					format!(
						"{} of {} planned units",
						found.done_units, found.planned_units
					),
				]);
			}
			rows.add(["pool funded".into(), unit.show(found.funded)]);
			rows.add([
				"units".into(),
				format!("{} of {}", found.entry.units, found.table.units),
			]);
			if let Some(basis) = &found.basis {
				rows.add(["weights from".into(), words::basis(basis.0).into()]);
			}
			if let Some(units) = found.score {
				rows.add(["score".into(), score(units)]);
			}
			if let Some(digest) = found.appraisal {
				rows.add(["appraisal".into(), output::hex(digest)]);
			}
			rows.add(["weight".into(), share.clone()]);
			let paid = if found.leaf.claimed {
				"paid"
			} else {
				"not claimed yet"
			};
			rows.add([
				"credit".into(),
				format!("{} ({paid})", output::maybe(entitlement, &unit)),
			]);
			let verdict = match checked {
				true => "proof and division hold: computed again here, equal to the unit",
				false => "PROOF OR DIVISION DO NOT HOLD",
			};
			rows.add(["checked".into(), verdict.into()]);
			let mut receipts =
				Rows::new(["receipt", "task", "block", "units", "signed by", "work"]);
			for receipt in &found.receipts {
				receipts.add([
					output::hex(receipt.id),
					receipt.receipt.task.to_string(),
					receipt.receipt.height.to_string(),
					receipt.task.units.to_string(),
					receipt.receipt.signers.count_ones().to_string(),
					words::work(&receipt.task.work.0),
				]);
			}
			let receipts = receipts
				.right(&[1, 2, 3, 4])
				.or("No receipts stand behind it.");
			let more = match found.complete {
				true => "",
				false => "\nThere may be more of later tasks.",
			};
			format!("{}\n\n{receipts}{more}", rows.text())
		},
	);
	Ok(())
}

/// A role's part of the budget, before what was planned and not done is taken off.
fn split_of(budget: u128, ppm: u32, unit: &Unit) -> String {
	let part = budget
		.checked_mul(ppm.into())
		.map(|product| product / 1_000_000);
	output::maybe(part, unit)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn scores_are_numbers_with_a_sign() {
		assert_eq!(score(0), "0.000000");
		assert_eq!(score(1 << 64), "1.000000");
		assert_eq!(score(-(3 << 62)), "-0.750000");
		assert_eq!(score((12 << 64) + (1 << 63)), "12.500000");
		assert_eq!(score(i128::MIN), "-9223372036854775808.000000");
	}
	#[test]
	fn a_roles_part_is_in_what_the_run_is_paid_in() {
		let unit = Unit {
			asset: Some(1),
			symbol: "TUSD".into(),
			decimals: 6,
		};
		assert_eq!(split_of(12_500_001, 400_000, &unit), "5 TUSD");
		assert_eq!(split_of(u128::MAX, 400_000, &unit), "-");
	}
}
