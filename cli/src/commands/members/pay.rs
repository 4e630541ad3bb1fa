//! Bringing money to members.

use super::{kept, sealed, Sender};
use crate::{
	amount,
	context::{included_json, Context},
	output::{self, Rows},
};
use anyhow::Result;
use clap::Args;
use guerdon_client::{
	chain::{
		api::{
			self,
			runtime_types::{
				bounded_collections::bounded_vec::BoundedVec, sp_runtime::DispatchError,
			},
			settlement::events,
			Claim,
		},
		Chain, Error, Included, ListLeaf, View, Wait,
	},
	members::{account, Due, List, Lists, Payments},
};
use serde_json::{json, Value};

/// Most leaves of one `claim_many` that are divided over cohorts.
const BOOKINGS: usize = 32;

/// How many of those who could not be paid are shown to people.
const SHOWN: usize = 20;

/// Options of `pay`.
#[derive(Args)]
pub struct Pay {
	/// The dataset's number.
	id: u64,
	/// Only this cohort [default: all whose list is here].
	#[arg(long)]
	pool: Option<u64>,
}

/// Somebody who was not paid.
struct Unpaid {
	pool: u64,
	index: u64,
	account: String,
	amount: Option<u128>,
	why: String,
}

/// What came of it.
#[derive(Default)]
struct Outcome {
	members: u64,
	total: u128,
	unpaid: Vec<Unpaid>,
	included: Vec<Value>,
}

fn account_at(list: &List, index: u64) -> String {
	let member = list.member(index);
	member.map_or_else(|| "-".into(), |member| output::address(&account(member)))
}

/// An error of the chain by its name.
fn reason(view: &View, error: &DispatchError) -> String {
	let named = match error {
		DispatchError::Module(module) => module
			.error
			.first()
			.and_then(|number| view.error_name(module.index, *number)),
		_ => None,
	};
	named.unwrap_or_else(|| format!("{error:?}"))
}

impl Outcome {
	fn count(&mut self, view: &View, list: &List, batch: &[Due], sent: &Included) -> Result<()> {
		let decode = |error: subxt::error::EventsError| Error::Decode(error.to_string());
		for paid in sent.events.find::<events::MemberPaid>() {
			let paid = paid.map_err(decode)?;
			self.members = self.members.saturating_add(1);
			self.total = self.total.saturating_add(paid.amount);
		}
		for event in sent.events.find::<events::ClaimRefused>() {
			let event = event.map_err(decode)?;
			// Of a page, those to whom nothing was due are told of too.
			let due = batch.iter().find(|due| due.index == event.index);
			if let Some(due) = due {
				self.unpaid.push(Unpaid {
					pool: event.pool,
					index: event.index,
					account: account_at(list, event.index),
					amount: Some(due.amount),
					why: reason(view, &event.reason),
				});
			}
		}
		self.included.push(included_json(sent));
		Ok(())
	}
}

/// `guerdon dataset members pay`
pub async fn pay(context: &Context, args: Pay) -> Result<()> {
	let Pay { id, pool } = args;
	let signer = context.signer()?;
	let chain = context.chain().await?;
	let view = chain.best().await?;
	let cohorts = sealed(view.members(id).await?, id, pool)?;
	let cohorts = kept(context, id, cohorts, pool);
	let lists = Lists::of(&context.home);
	let mut sender = Sender {
		context,
		chain: &chain,
		signer: &signer,
		agreed: false,
	};
	let mut outcome = Outcome::default();
	for (pool, cohort, summary) in cohorts {
		let list = lists.get(id, pool)?;
		let payments = Payments::of(&list, &summary)?;
		let drawn = view.all_drawn(pool).await?;
		let due = payments.due(cohort.funded, &drawn)?;
		let (payable, not) = payments.payable(&view, due).await?;
		outcome.unpaid.extend(not.into_iter().map(|due| Unpaid {
			pool,
			index: due.index,
			account: account_at(&list, due.index),
			amount: Some(due.amount),
			why: "does not exist, and cannot begin with so little".into(),
		}));
		let batches = payments.batches(&payable);
		if batches.is_empty() {
			continue;
		}
		estimate(&sender, &payments, &batches, pool).await?;
		let bar = output::bar("members", u64::try_from(payable.len())?, false);
		let last = batches.len().saturating_sub(1);
		for (number, batch) in batches.into_iter().enumerate() {
			let sum: u128 = batch.iter().map(|due| due.amount).sum();
			let words = format!(
				"pay {} to {} members of cohort {pool}",
				amount::grd(sum),
				batch.len()
			);
			// Those before the last ones are final when these are.
			let wait = if number == last {
				sender.wait()
			} else {
				Wait::Best
			};
			let call = payments.call(batch)?;
			let Some(sent) = sender.send_and(wait, &words, call).await? else {
				return Ok(());
			};
			outcome.count(&view, &list, batch, &sent)?;
			bar.inc(u64::try_from(batch.len())?);
		}
		bar.finish_and_clear();
	}
	report(context, id, &outcome);
	Ok(())
}

/// Tells what it will cost, before anything is sent.
async fn estimate(
	sender: &Sender<'_>,
	payments: &Payments<'_>,
	batches: &[&[Due]],
	pool: u64,
) -> Result<()> {
	let count: usize = batches.iter().map(|batch| batch.len()).sum();
	let Some(first) = batches.first() else {
		return Ok(());
	};
	let account = Chain::account_of(sender.signer);
	let fee = sender.chain.fee(&account, &payments.call(first)?).await?;
	let each = fee / u128::try_from(first.len())?.max(1);
	let all = each.saturating_mul(u128::try_from(count)?);
	let due: u128 = batches
		.iter()
		.flat_map(|batch| batch.iter())
		.map(|due| due.amount)
		.sum();
	sender.context.say(format!(
		"cohort {pool}: {count} members are due {}; paying them costs you about {} in {} \
		 transactions, {} a member",
		amount::grd(due),
		amount::grd(all),
		batches.len(),
		amount::grd(each)
	));
	Ok(())
}

fn report(context: &Context, id: u64, outcome: &Outcome) {
	context.show(
		|| {
			let unpaid = outcome.unpaid.iter().map(|one| {
				json!({
					"pool": one.pool,
					"index": one.index,
					"account": one.account,
					"amount": one.amount.map(output::units),
					"why": one.why,
				})
			});
			json!({
				"dataset": id,
				"paid": outcome.members,
				"total": output::units(outcome.total),
				"unpaid": unpaid.collect::<Vec<_>>(),
				"included": outcome.included,
			})
		},
		|| {
			let mut text = match outcome.members {
				0 => "Nobody was paid: nothing is due that can be received.".to_string(),
				members => format!("paid {} to {members} members", amount::grd(outcome.total)),
			};
			if !outcome.unpaid.is_empty() {
				let mut rows =
					Rows::new(["cohort", "index", "account", "amount", "not paid because"]);
				for one in outcome.unpaid.iter().take(SHOWN) {
					rows.add([
						one.pool.to_string(),
						one.index.to_string(),
						one.account.clone(),
						output::maybe(one.amount),
						one.why.clone(),
					]);
				}
				let more = outcome.unpaid.len().saturating_sub(SHOWN);
				text = format!("{text}\n\n{}", rows.right(&[0, 1, 3]).text());
				if more > 0 {
					text = format!("{text}\nand {more} more: --output json lists them all");
				}
			}
			text
		},
	);
}

/// The claim of a leaf that pays a list, and what it is due; `None` when it was claimed, or nothing
/// is due.
async fn booking(view: &View, leaf: &ListLeaf) -> Result<Option<(Claim, u128)>> {
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
	Ok(Some((claim, proven.entitlement)))
}

/// `guerdon dataset members collect`
pub async fn collect(context: &Context, id: u64) -> Result<()> {
	let signer = context.signer()?;
	let chain = context.chain().await?;
	let view = chain.best().await?;
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
	let (mut booked, mut sent) = (0u128, Vec::new());
	for batch in claims.chunks(BOOKINGS) {
		let sum: u128 = batch.iter().map(|(_, amount)| amount).sum();
		let words = format!("bring {} to the members of dataset {id}", amount::grd(sum));
		let claims = batch.iter().map(|(claim, _)| claim.clone()).collect();
		let call = api::transactions()
			.settlement()
			.claim_many(BoundedVec(claims));
		let Some(included) = sender.send(&words, call).await? else {
			return Ok(());
		};
		for event in included.events.find::<events::Booked>() {
			let event = event.map_err(|error| Error::Decode(error.to_string()))?;
			booked = booked.saturating_add(event.amount);
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
				"shares": output::units(booked),
				"licences": output::units(licences),
				"included": sent,
			})
		},
		|| match (booked, licences) {
			(0, 0) => format!("Nothing waits for the members of dataset {id}."),
			_ => format!(
				"brought {} of shares and {} of licences to the members of dataset {id}; they claim it \
				 with their tickets, or `guerdon dataset members pay {id}` pays them",
				amount::grd(booked),
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
