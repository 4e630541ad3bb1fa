//! `guerdon chain …`

use crate::{
	amount,
	blocks::error,
	context::Context,
	output::{self, Rows},
};
use anyhow::Result;
use clap::Subcommand;
use futures::StreamExt;
use guerdon_client::chain::{api::Conservation, At, View};
use serde_json::{json, Value};
use subxt::ext::scale_value::Composite;

/// What can be asked about the chain.
#[derive(Subcommand)]
pub enum Command {
	/// Which chain it is, how far it is, and what its pot holds and owes.
	Info,
	/// Print what happens, block by block, until Ctrl-C.
	Watch,
}

/// Runs a command.
pub async fn run(context: &Context, command: Command) -> Result<()> {
	match command {
		Command::Info => info(context).await,
		Command::Watch => watch(context).await,
	}
}

/// Both sides of what the pot holds and owes.
fn conserved(pot: &Conservation) -> bool {
	let left = pot.pot_free.checked_add(pot.missing);
	let right = pot
		.funded
		.checked_sub(pot.paid)
		.and_then(|owed| owed.checked_add(pot.existential_deposit))
		.and_then(|sum| sum.checked_add(pot.escrow))
		.and_then(|sum| sum.checked_add(pot.dues))
		.and_then(|sum| sum.checked_add(pot.surplus));
	pot.missing == 0 && left.is_some() && left == right
}

async fn info(context: &Context) -> Result<()> {
	let chain = context.chain().await?;
	let (finalized, best) = (chain.finalized().await?, chain.best().await?);
	let view = context.view(&chain).await?;
	let epoch = view.epoch().await?;
	let pot = view.conservation().await?;
	let spec = view.client().spec_version();
	let holds = conserved(&pot);
	context.show(
		|| {
			json!({
				"url": chain.url(),
				"genesis": output::hex(chain.genesis()),
				"spec_version": spec,
				"finalized": { "number": finalized.number, "hash": output::hex(finalized.hash) },
				"best": { "number": best.number, "hash": output::hex(best.hash) },
				"epoch": epoch,
				"conservation": {
					"block": view.number,
					"pot_free": output::units(pot.pot_free),
					"existential_deposit": output::units(pot.existential_deposit),
					"funded": output::units(pot.funded),
					"paid": output::units(pot.paid),
					"escrow": output::units(pot.escrow),
					"dues": output::units(pot.dues),
					"surplus": output::units(pot.surplus),
					"missing": output::units(pot.missing),
					"holds": holds,
				},
			})
		},
		|| {
			let verdict = if holds { "holds" } else { "DOES NOT HOLD" };
			Rows::pairs([
				("node", chain.url().into()),
				("genesis", output::hex(chain.genesis())),
				("runtime", format!("version {spec}")),
				(
					"finalized",
					format!("{} {}", finalized.number, output::hex(finalized.hash)),
				),
				(
					"best",
					format!("{} {}", best.number, output::hex(best.hash)),
				),
				("epoch", epoch.to_string()),
				("pot", amount::grd(pot.pot_free)),
				(
					"conservation",
					format!(
						"{verdict}: {} = {} + (funded {} - paid {}) + escrow {} + dues {} + surplus {}",
						amount::format(pot.pot_free),
						amount::format(pot.existential_deposit),
						amount::format(pot.funded),
						amount::format(pot.paid),
						amount::format(pot.escrow),
						amount::format(pot.dues),
						amount::format(pot.surplus)
					),
				),
			])
			.text()
		},
	);
	Ok(())
}

/// The pallets whose events are about what the chain is for.
const PALLETS: [&str; 6] = [
	"Datasets",
	"Attestors",
	"Training",
	"Contributions",
	"Valuation",
	"Settlement",
];

async fn watch(context: &Context) -> Result<()> {
	let chain = context.chain().await?;
	let mut best;
	let mut finalized;
	let blocks: &mut (dyn futures::Stream<Item = Result<View, _>> + Unpin) =
		match context.options.at {
			At::Best => {
				best = chain.best_blocks().await?;
				&mut best
			}
			_ => {
				finalized = chain.blocks().await?;
				&mut finalized
			}
		};
	loop {
		let block = tokio::select! {
			block = blocks.next() => block,
			_ = tokio::signal::ctrl_c() => return Ok(()),
		};
		let Some(block) = block else {
			return Err(anyhow::anyhow!("the node sends no more blocks"));
		};
		print_block(context, &block?).await?;
	}
}

async fn print_block(context: &Context, view: &View) -> Result<()> {
	let events = view.client().events().fetch().await.map_err(error)?;
	let mut shown: Vec<(String, Composite<()>)> = Vec::new();
	for event in events.iter() {
		let event = event.map_err(error)?;
		if PALLETS.contains(&event.pallet_name()) {
			let fields = event
				.decode_fields_unchecked_as::<Composite<()>>()
				.map_err(error)?;
			shown.push((
				format!("{}.{}", event.pallet_name(), event.event_name()),
				fields,
			));
		}
	}
	context.show(
		|| {
			let events: Vec<Value> = shown
				.iter()
				.map(|(name, fields)| json!({ "event": name, "fields": fields.to_string() }))
				.collect();
			json!({ "block": view.number, "hash": output::hex(view.hash), "events": events })
		},
		|| {
			let mut lines = vec![format!("{} {}", view.number, output::hex(view.hash))];
			lines.extend(
				shown
					.iter()
					.map(|(name, fields)| format!("  {name} {fields}")),
			);
			lines.join("\n")
		},
	);
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn conservation_is_checked_here_too() {
		let pot = Conservation {
			pot_free: 1 + 70 + 20 + 5 + 4,
			existential_deposit: 1,
			funded: 100,
			paid: 30,
			escrow: 20,
			dues: 5,
			surplus: 4,
			missing: 0,
		};
		assert!(conserved(&pot));
		assert!(!conserved(&Conservation {
			pot_free: 99,
			..pot.clone()
		}));
		assert!(!conserved(&Conservation {
			pot_free: 99,
			missing: 1,
			..pot.clone()
		}));
		assert!(!conserved(&Conservation { paid: 101, ..pot }));
	}
}
