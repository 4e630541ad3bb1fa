//! Bringing money to members.

use super::{kept, sealed, Sender};
use crate::{
	amount::{self, Asset, Sums},
	commands::push::{push, Outcome},
	context::{included_json, Context},
	output,
};
use anyhow::Result;
use clap::Args;
use guerdon_client::{
	chain::{
		api::{
			self, runtime_types::bounded_collections::bounded_vec::BoundedVec, settlement::events,
			Claim,
		},
		Chain, Error, ListLeaf, View,
	},
	members::{Error as ListError, Lists, Push},
};
use serde_json::json;

/// Most leaves of one `claim_many` that are divided over cohorts.
const BOOKINGS: usize = 32;

/// Options of `pay`.
#[derive(Args)]
pub struct Pay {
	/// The dataset's number.
	id: u64,
	/// Only this cohort [default: all whose list is here].
	#[arg(long)]
	pool: Option<u64>,
}

/// `guerdon dataset members pay`
pub async fn pay(context: &Context, args: Pay) -> Result<()> {
	let Pay { id, pool } = args;
	let signer = context.signer()?;
	let chain = context.chain().await?;
	let view = chain.best().await?;
	let units = view.units().await?;
	let there = view.members(id).await?;
	let shares = there
		.as_ref()
		.map_or_else(Vec::new, |view| view.shares.clone());
	let cohorts = kept(context, id, sealed(there, id, pool)?, pool);
	let lists = Lists::of(&context.home);
	let mut sender = Sender {
		context,
		chain: &chain,
		signer: &signer,
		agreed: false,
	};
	let mut outcome = Outcome::default();
	for (pool, cohort, _) in cohorts {
		let mut pools = Push::of_cohort(pool, &cohort, &shares)?;
		pools.retain(|one| !one.is_over());
		let Some(first) = pools.first() else {
			continue;
		};
		// A list is long, and the same for all of its pools.
		let payments = first.payments(&view, &lists).await?;
		for one in &pools {
			let unit = units.get(one.fund.asset);
			let pushed = push(&mut sender, &view, one, &payments, &unit, &mut outcome).await;
			match pushed {
				Ok(true) => (),
				Ok(false) => return Ok(()),
				// What an issuer took holds up no other asset.
				Err(error) if is_not_payable(&error) => context.say(error.to_string()),
				Err(error) => return Err(error),
			}
		}
	}
	context.show(
		|| outcome.json(json!({ "dataset": id })),
		|| outcome.text(&units),
	);
	Ok(())
}

fn is_not_payable(error: &anyhow::Error) -> bool {
	matches!(
		error.downcast_ref::<ListError>(),
		Some(ListError::NotPayable { .. })
	)
}

/// The claim of a leaf that pays a list, and what it is due; `None` when it was claimed, or nothing
/// is due.
async fn booking(view: &View, leaf: &ListLeaf) -> Result<Option<(Claim, Asset, u128)>> {
	let found = match view.leaf(leaf.pool, leaf.index).await {
		Ok(found) => found,
		// A pool of so many leaves that the chain proves none of them.
		Err(Error::NotFound(_)) => return Ok(None),
		Err(error) => return Err(error.into()),
	};
	let Some(proven) = found
		.proven
		.filter(|proven| !found.claimed && proven.entitlement > 0)
	else {
		return Ok(None);
	};
	let claim = Claim {
		pool: leaf.pool,
		index: leaf.index,
		leaf: found.leaf,
		proof: proven.proof,
		opening: None,
	};
	Ok(Some((claim, found.asset, proven.entitlement)))
}

/// `guerdon dataset members collect`
pub async fn collect(context: &Context, id: u64) -> Result<()> {
	let signer = context.signer()?;
	let chain = context.chain().await?;
	let view = chain.best().await?;
	let units = view.units().await?;
	let open: Vec<u64> = sealed(view.members(id).await?, id, None)?
		.into_iter()
		.map(|(pool, ..)| pool)
		.collect();
	let mut claims = Vec::new();
	for leaf in view.list_leaves(None).await? {
		if open.contains(&leaf.list) {
			claims.extend(booking(&view, &leaf).await?);
		}
	}
	let mut sender = Sender {
		context,
		chain: &chain,
		signer: &signer,
		agreed: false,
	};
	let (mut booked, mut sent) = (Sums::default(), Vec::new());
	for batch in claims.chunks(BOOKINGS) {
		let sums = Sums::over(batch.iter().map(|(_, asset, amount)| (*asset, *amount)));
		let words = format!(
			"bring {} to the members of dataset {id}",
			units.sums(&sums.map_err(anyhow::Error::msg)?)
		);
		let claims = batch.iter().map(|(claim, ..)| claim.clone()).collect();
		let call = api::transactions()
			.settlement()
			.claim_many(BoundedVec(claims));
		let Some(included) = sender.send(&words, call).await? else {
			return Ok(());
		};
		for event in included.events.find::<events::Booked>() {
			let event = event.map_err(|error| Error::Decode(error.to_string()))?;
			let added = booked.add(event.asset, event.amount);
			added.map_err(anyhow::Error::msg)?;
		}
		sent.push(included_json(&included));
	}
	let mut licences = 0u128;
	// A call takes 64 payments; those of a list that is being built stay.
	while payable_licence(&chain, id).await? {
		let words = format!("bring licence payments to the members of dataset {id}");
		let call = api::transactions().settlement().claim_licences(id);
		let Some(included) = sender.send(&words, call).await? else {
			return Ok(());
		};
		for event in included.events.find::<events::LicenceBooked>() {
			let event = event.map_err(|error| Error::Decode(error.to_string()))?;
			licences = licences.saturating_add(event.amount);
		}
		sent.push(included_json(&included));
	}
	context.show(
		|| {
			json!({
				"dataset": id,
				"shares": output::units(booked.of(None)),
				"shares_in": output::sums(&booked),
				"licences": output::units(licences),
				"included": sent,
			})
		},
		|| match (booked.is_empty(), licences) {
			(true, 0) => format!("Nothing waits for the members of dataset {id}."),
			_ => format!(
				"brought {} of shares and {} of licences to the members of dataset {id}; they claim it \
				 with their tickets, or `guerdon dataset members pay {id}` pays them",
				units.sums(&booked),
				amount::grd(licences)
			),
		},
	);
	Ok(())
}

/// Whether licence payments wait for a list that is not being built.
async fn payable_licence(chain: &Chain, id: u64) -> Result<bool> {
	let view = chain.best().await?;
	let there = view.members(id).await?;
	let building = super::building(there.as_ref()).map(|(pool, ..)| pool);
	let lists = view.licence_lists(id).await?;
	Ok(lists.into_iter().any(|list| Some(list) != building))
}
