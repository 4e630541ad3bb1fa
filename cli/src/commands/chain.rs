//! `guerdon chain …`

use crate::{
	amount::Unit,
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

/// What the pot holds and owes of GRD or an asset.
struct Pot {
	unit: Unit,
	sums: Conservation,
}

impl Pot {
	async fn of(view: &View, unit: Unit) -> Result<Self> {
		let sums = view.conservation(unit.asset).await?;
		Ok(Pot { unit, sums })
	}

	fn json(&self, block: u32) -> Value {
		let sums = &self.sums;
		json!({
			"block": block,
			"asset": self.unit.asset,
			"pot_free": output::units(sums.pot_free),
			"existential_deposit": output::units(sums.existential_deposit),
			"funded": output::units(sums.funded),
			"paid": output::units(sums.paid),
			"escrow": output::units(sums.escrow),
			"dues": output::units(sums.dues),
			"surplus": output::units(sums.surplus),
			"missing": output::units(sums.missing),
			"holds": conserved(sums),
		})
	}

	fn words(&self) -> String {
		let (sums, unit) = (&self.sums, &self.unit);
		let right = format!(
			"{} + (funded {} - paid {}) + escrow {} + dues {} + surplus {}",
			unit.format(sums.existential_deposit),
			unit.format(sums.funded),
			unit.format(sums.paid),
			unit.format(sums.escrow),
			unit.format(sums.dues),
			unit.format(sums.surplus)
		);
		let left = unit.show(sums.pot_free);
		match (conserved(sums), unit.asset) {
			(true, _) => format!("holds: {left} = {right}"),
			(false, None) => format!("DOES NOT HOLD: {left} = {right}"),
			(false, Some(_)) => format!(
				"DOES NOT HOLD: {left} = {right}, {} are missing: its issuer took them, and nobody is \
				 paid in it until they are put back",
				unit.show(sums.missing)
			),
		}
	}
}

async fn info(context: &Context) -> Result<()> {
	let chain = context.chain().await?;
	let (finalized, best) = (chain.finalized().await?, chain.best().await?);
	let view = context.view(&chain).await?;
	let epoch = view.epoch().await?;
	let pot = Pot::of(&view, Unit::grd()).await?;
	let units = view.units().await?;
	let mut assets = Vec::new();
	for asset in view.assets().await? {
		assets.push(Pot::of(&view, units.get(Some(asset.asset))).await?);
	}
	let spec = view.client().spec_version();
	context.show(
		|| {
			json!({
				"url": chain.url(),
				"genesis": output::hex(chain.genesis()),
				"spec_version": spec,
				"finalized": { "number": finalized.number, "hash": output::hex(finalized.hash) },
				"best": { "number": best.number, "hash": output::hex(best.hash) },
				"epoch": epoch,
				"conservation": pot.json(view.number),
				"assets": assets.iter().map(|pot| pot.json(view.number)).collect::<Vec<_>>(),
			})
		},
		|| {
			let mut rows = Rows::pairs([
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
				("pot", pot.unit.show(pot.sums.pot_free)),
				("conservation", pot.words()),
			]);
			for pot in &assets {
				rows.add([format!("  of {}", pot.unit.symbol), pot.words()]);
			}
			rows.text()
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

	fn pot() -> Conservation {
		Conservation {
			pot_free: 1 + 70 + 20 + 5 + 4,
			existential_deposit: 1,
			funded: 100,
			paid: 30,
			escrow: 20,
			dues: 5,
			surplus: 4,
			missing: 0,
		}
	}

	#[test]
	fn conservation_is_checked_here_too() {
		let pot = pot();
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
	#[test]
	fn what_an_issuer_took_is_told() {
		let unit = Unit {
			asset: Some(1),
			symbol: "TUSD".into(),
			decimals: 0,
		};
		let whole = Pot {
			unit: unit.clone(),
			sums: pot(),
		};
		let told = "holds: 100 TUSD = 1 + (funded 100 - paid 30) + escrow 20 + dues 5 + surplus 4";
		assert_eq!(whole.words(), told);
		assert_eq!(whole.json(7)["asset"], 1);
		let short = Pot {
			unit,
			sums: Conservation {
				pot_free: 90,
				missing: 6,
				surplus: 0,
				..pot()
			},
		};
		let words = short.words();
		assert!(words.starts_with("DOES NOT HOLD: 90 TUSD ="), "{words}");
		assert!(
			words.contains("6 TUSD are missing: its issuer took them"),
			"{words}"
		);
		assert_eq!(short.json(7)["holds"], false);
	}
}
