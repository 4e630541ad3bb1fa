//! `guerdon tx …`

use crate::{
	blocks::{error, Blocks},
	context::{digest, Context},
	output::{self, Rows},
};
use anyhow::Result;
use clap::Subcommand;
use guerdon_client::chain::{api, Error};
use guerdon_receipt::Digest;
use serde_json::json;

/// What can be asked about transactions.
#[derive(Subcommand)]
pub enum Command {
	/// Find a transaction in the latest blocks: where it is, and whether it succeeded.
	Status {
		/// The transaction's hash.
		#[arg(value_parser = digest)]
		hash: Digest,
		/// How many blocks to look back.
		#[arg(long, default_value_t = 100)]
		blocks: u32,
	},
}

/// Runs a command.
pub async fn run(context: &Context, command: Command) -> Result<()> {
	let Command::Status { hash, blocks } = command;
	let chain = context.chain().await?;
	let best = chain.best().await?.number;
	let finalized = chain.finalized().await?.number;
	let reader = Blocks::connect(context).await?;
	let bar = output::bar("looking", blocks.into(), false);
	for height in (best.saturating_sub(blocks)..=best).rev() {
		bar.inc(1);
		let block = reader.at(height).await?;
		let extrinsics = block.extrinsics().fetch().await.map_err(error)?;
		for extrinsic in extrinsics.iter() {
			let extrinsic = extrinsic.map_err(error)?;
			if extrinsic.hash().0 != hash {
				continue;
			}
			bar.finish_and_clear();
			let events = extrinsic.events().await.map_err(error)?;
			let failed = events
				.find_first::<api::system::events::ExtrinsicFailed>()
				.is_some();
			let names: Vec<String> = events
				.iter()
				.filter_map(Result::ok)
				.map(|event| format!("{}.{}", event.pallet_name(), event.event_name()))
				.collect();
			let call = format!("{}.{}", extrinsic.pallet_name(), extrinsic.call_name());
			let state = if height <= finalized {
				"finalized"
			} else {
				"best"
			};
			let result = if failed { "failed" } else { "succeeded" };
			context.show(
				|| {
					json!({
						"extrinsic": output::hex(hash),
						"call": call,
						"block": height,
						"state": state,
						"result": result,
						"events": names,
					})
				},
				|| {
					Rows::pairs([
						("transaction", output::hex(hash)),
						("call", call.clone()),
						("block", format!("{height} ({state})")),
						("result", result.into()),
						("events", names.join(", ")),
					])
					.text()
				},
			);
			return Ok(());
		}
	}
	bar.finish_and_clear();
	let what = format!(
		"transaction {} in the last {blocks} blocks",
		output::hex(hash)
	);
	Err(Error::NotFound(what).into())
}
