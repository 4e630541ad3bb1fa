//! `guerdon credits claim --free`: for people who own nothing. Nobody signs, nobody pays a fee, and no key
//! is needed: the proof is what pays.

use super::{
	claim::{claim_of, claimable},
	Whose,
};
use crate::{
	amount::{Asset, Sums},
	context::{included_json, Context},
	fail::refused,
	output::{self, Rows},
};
use anyhow::Result;
use guerdon_client::chain::{
	api::{settlement::events, Claim},
	AccountId, Chain, Error, Included, Units, View,
};
use serde_json::json;
use std::collections::{btree_map::Entry, BTreeMap};

/// A leaf that could be paid.
#[derive(Clone)]
pub struct Offer {
	/// What it is paid in.
	pub asset: Asset,
	/// What is due now.
	pub amount: u128,
	/// Its claim.
	pub claim: Claim,
}

/// The leaf that is paid: what comes without a fee comes once, for then the account exists. One in GRD is
/// best, with which it can pay fees for the others; then the largest. `None` when all are too small.
fn best<'a>(offers: &'a [Offer], least: &BTreeMap<Asset, u128>) -> Option<&'a Offer> {
	let enough = |offer: &&Offer| {
		let least = least.get(&offer.asset);
		least.is_some_and(|least| offer.amount >= *least)
	};
	let mut found: Vec<&Offer> = offers.iter().filter(enough).collect();
	found.sort_by_key(|offer| (offer.asset, std::cmp::Reverse(offer.amount)));
	found.first().copied()
}

/// Why none of them is paid without a fee.
fn too_little(
	account: &AccountId,
	offers: &[Offer],
	least: &BTreeMap<Asset, u128>,
	units: &Units,
) -> String {
	let shown = |offer: &Offer| {
		let least = least.get(&offer.asset).copied().unwrap_or_default();
		format!(
			"{}, and {} is the least that is paid without a fee",
			units.show(offer.asset, offer.amount),
			units.show(offer.asset, least)
		)
	};
	let shown: Vec<String> = offers.iter().map(shown).collect();
	format!(
		"a leaf of {} is due {}: wait until it is more, or let somebody sign `guerdon credits claim`, who \
		 pays the fee. Nothing is lost",
		output::address(account),
		shown.join("; another ")
	)
}

/// `guerdon credits claim --free`, for the leaves that pay an account.
pub async fn run(context: &Context, whose: &Whose) -> Result<()> {
	let account = context.account(whose.account.as_deref())?;
	let chain = context.chain().await?;
	let view = chain.best().await?;
	let leaves = claimable(context, view.claims(&account).await?);
	let offers = leaves.iter().filter_map(|leaf| {
		Some(Offer {
			asset: leaf.asset,
			amount: leaf.proven.as_ref()?.entitlement,
			claim: claim_of(leaf)?,
		})
	});
	claim(context, &chain, &view, &account, offers.collect()).await
}

/// Has one of these leaves paid to an account that has no GRD.
pub async fn claim(
	context: &Context,
	chain: &Chain,
	view: &View,
	account: &AccountId,
	offers: Vec<Offer>,
) -> Result<()> {
	let whom = output::address(account);
	let units = view.units().await?;
	if view.exists(*account).await? {
		return Err(refused(format!(
			"{whom} exists already, and what comes without a fee is for accounts that do not: let somebody \
			 sign `guerdon credits claim`, who pays the fee"
		)));
	}
	let mut least = BTreeMap::new();
	for offer in &offers {
		if let Entry::Vacant(entry) = least.entry(offer.asset) {
			entry.insert(view.min_free_claim(offer.asset).await?);
		}
	}
	if offers.is_empty() {
		context.show(
			|| json!({ "account": whom, "paid": "0", "included": null }),
			|| format!("Nothing is due to {whom} now."),
		);
		return Ok(());
	}
	let Some(offer) = best(&offers, &least) else {
		return Err(refused(too_little(account, &offers, &least, &units)));
	};
	let due = Sums::over(offers.iter().map(|offer| (offer.asset, offer.amount)));
	let due = due.map_err(anyhow::Error::msg)?;
	context.say(
		Rows::pairs([
			("account", whom.clone()),
			("due", units.sums(&due)),
			("paid now", units.show(offer.asset, offer.amount)),
			("fee", "none".into()),
		])
		.text(),
	);
	if context.options.dry_run {
		context.show(
			|| {
				json!({
					"dry_run": true,
					"account": whom,
					"asset": offer.asset,
					"amount": output::units(offer.amount),
				})
			},
			|| "Dry run: nothing was sent.".into(),
		);
		return Ok(());
	}
	let tell = |extrinsic| context.say(format!("sending {}", output::hex(extrinsic)));
	let sent = chain.submit_free(offer.claim.clone(), context.wait(), tell);
	let sent = sent.await?;
	let (asset, amount) = paid(&sent)?;
	let others = offers.len().saturating_sub(1);
	context.show(
		|| {
			json!({
				"account": whom,
				"pool": offer.claim.pool,
				"index": offer.claim.index,
				"asset": asset,
				"paid": output::units(amount),
				"fee": output::units(0),
				"others": others,
				"included": included_json(&sent),
			})
		},
		|| {
			format!(
				"paid {} to {whom}, without a fee",
				units.show(asset, amount)
			)
		},
	);
	if others > 0 {
		context.say(format!(
			"{others} more leaves are due to it: now that the account exists they cost a fee. `guerdon \
			 credits claim` pays them, with any signer"
		));
	}
	Ok(())
}

/// What the claim paid.
fn paid(sent: &Included) -> Result<(Asset, u128)> {
	let decode = |error: subxt::error::EventsError| Error::Decode(error.to_string());
	if let Some(event) = sent.events.find_first::<events::MemberPaid>() {
		let event = event.map_err(decode)?;
		return Ok((event.asset, event.amount));
	}
	let event: events::Claimed = crate::context::event(sent)?;
	Ok((event.asset, event.amount))
}

#[cfg(test)]
mod tests {
	use super::*;
	use guerdon_client::{
		amount::GRD,
		chain::api::{Leaf, Payee},
	};
	use guerdon_share_tree::Proof;
	use subxt::utils::Static;

	fn offer(asset: Asset, amount: u128) -> Offer {
		Offer {
			asset,
			amount,
			claim: Claim {
				pool: 1,
				index: 2,
				leaf: Leaf {
					payee: Payee::Account(AccountId::from([2; 32])),
					weight: 1,
				},
				proof: Static(Proof::try_from(Vec::new()).unwrap()),
				opening: None,
			},
		}
	}

	#[test]
	fn what_pays_further_fees_is_paid_first() {
		let least = BTreeMap::from([(None, 10), (Some(1), 5)]);
		for (offers, wanted) in [
			(
				vec![(Some(1), 900), (None, 10), (None, 30)],
				Some((None, 30)),
			),
			(
				vec![(Some(1), 7), (None, 9), (Some(1), 8)],
				Some((Some(1), 8)),
			),
			(vec![(None, 9), (Some(1), 4), (Some(2), 900)], None),
			(vec![], None),
		] {
			let offers: Vec<Offer> = offers
				.into_iter()
				.map(|(asset, amount)| offer(asset, amount))
				.collect();
			let found = best(&offers, &least).map(|found| (found.asset, found.amount));
			assert_eq!(found, wanted);
		}
	}

	#[test]
	fn what_is_too_little_is_told_with_the_least() {
		let account = AccountId::from([2; 32]);
		let least = BTreeMap::from([(None, GRD / 100), (Some(1), 5)]);
		let offers = [offer(None, GRD / 1_000), offer(Some(1), 4)];
		let words = too_little(&account, &offers, &least, &Units::of(&[]));
		let told = "is due 0.001 GRD, and 0.01 GRD is the least that is paid without a fee; another 4 asset-1, \
			and 5 asset-1 is the least";
		assert!(words.contains(told), "{words}");
		assert!(words.contains("Nothing is lost"));
	}
}
