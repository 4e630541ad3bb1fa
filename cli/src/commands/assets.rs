//! `guerdon assets …`

use crate::{
	amount::{Asset, Unit},
	context::{included_json, Context},
	fail::{refused, usage},
	output::{self, Rows},
};
use anyhow::Result;
use clap::Subcommand;
use guerdon_client::chain::{
	api::{self, AssetView},
	Chain, Units,
};
use serde_json::{json, Value};

/// What can be done with assets.
#[derive(Subcommand)]
pub enum Command {
	/// List the assets that runs can be paid in.
	List,
	/// Make more of an asset, as its issuer, and give it to somebody.
	Issue {
		/// The asset, by symbol or number.
		symbol: String,
		/// Who gets it.
		account: String,
		/// How much.
		amount: String,
	},
}

/// Runs a command.
pub async fn run(context: &Context, command: Command) -> Result<()> {
	match command {
		Command::List => list(context).await,
		Command::Issue {
			symbol,
			account,
			amount,
		} => issue(context, &symbol, &account, &amount).await,
	}
}

fn asset_json(view: &AssetView, units: &Units) -> Value {
	let unit = units.get(Some(view.asset));
	json!({
		"asset": view.asset,
		"symbol": unit.symbol,
		"name": output::plain(&view.name),
		"decimals": view.decimals,
		"open": view.allowed.open,
		"min_free_claim": output::units(view.allowed.min_free_claim),
		"endowment": output::units(view.allowed.endowment),
	})
}

fn table(assets: &[AssetView], units: &Units) -> String {
	let mut rows = Rows::new([
		"asset",
		"symbol",
		"name",
		"decimals",
		"new runs",
		"claims without a fee",
	]);
	for view in assets {
		let unit = units.get(Some(view.asset));
		rows.add([
			view.asset.to_string(),
			unit.symbol.clone(),
			output::plain(&view.name),
			view.decimals.to_string(),
			match view.allowed.open {
				true => "can be paid in it".into(),
				false => "cannot any more".into(),
			},
			format!("from {} on", unit.show(view.allowed.min_free_claim)),
		]);
	}
	rows.right(&[0, 3])
		.or("Runs are paid in GRD: governance allows no asset.")
}

async fn list(context: &Context) -> Result<()> {
	let chain = context.chain().await?;
	let view = context.view(&chain).await?;
	let assets = view.assets().await?;
	let units = Units::of(&assets);
	context.show(
		|| {
			let assets = assets.iter().map(|view| asset_json(view, &units));
			assets.collect()
		},
		|| table(&assets, &units),
	);
	Ok(())
}

/// An asset that has an issuer.
fn issued(unit: &Unit) -> Result<u32> {
	let asset: Asset = unit.asset;
	asset.ok_or_else(|| usage("GRD has no issuer: name an asset of `guerdon assets list`"))
}

async fn issue(context: &Context, symbol: &str, account: &str, amount: &str) -> Result<()> {
	let to = context.account_of(account)?;
	let signer = context.signer()?;
	let chain = context.chain().await?;
	let view = chain.best().await?;
	let unit = view.units().await?.find(symbol).map_err(usage)?;
	let id = issued(&unit)?;
	let amount = unit.parse(amount).map_err(usage)?;
	let issuer = view.issuer(id).await?;
	let signs = Chain::account_of(&signer);
	if issuer != signs {
		return Err(refused(format!(
			"{} is issued by {}: name that key with --signer",
			unit.symbol,
			output::address(&issuer)
		)));
	}
	let words = format!("issue {} to {}", unit.show(amount), output::address(&to));
	let call = api::transactions().assets().mint(id, to.into(), amount);
	let Some(included) = context.send(&chain, &signer, &words, call).await? else {
		return Ok(());
	};
	context.show(
		|| {
			json!({
				"asset": id,
				"account": output::address(&to),
				"amount": output::units(amount),
				"included": included_json(&included),
			})
		},
		|| format!("Done: {words}."),
	);
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;
	use api::AllowedAsset;

	#[test]
	fn assets_are_listed_with_what_they_are_for() {
		let view = |asset, symbol: &str, open| AssetView {
			asset,
			allowed: AllowedAsset {
				endowment: 10_000,
				min_free_claim: 500_000,
				open,
			},
			name: b"Test\x1b[2J dollar".to_vec(),
			symbol: symbol.as_bytes().to_vec(),
			decimals: 6,
		};
		let assets = [view(1, "TUSD", true), view(2, "GRD", false)];
		let units = Units::of(&assets);
		let text = table(&assets, &units);
		let lines: Vec<String> = text
			.lines()
			.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
			.collect();
		let told = "1 TUSD Test?[2J dollar 6 can be paid in it from 0.5 TUSD on";
		assert_eq!(lines[1], told);
		let told = "2 asset-2 Test?[2J dollar 6 cannot any more from 0.5 asset-2 on";
		assert_eq!(lines[2], told);
		let json = asset_json(&assets[1], &units);
		assert_eq!((&json["asset"], &json["open"]), (&json!(2), &json!(false)));
		assert_eq!(json["min_free_claim"], "500000");
		assert_eq!(
			table(&[], &units),
			"Runs are paid in GRD: governance allows no asset."
		);
	}

	#[test]
	fn nobody_issues_grd() {
		let error = issued(&Unit::grd()).unwrap_err().to_string();
		assert!(error.contains("GRD has no issuer"), "{error}");
	}
}
