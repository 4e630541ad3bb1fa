//! Licence terms: from options, and to print.

use crate::{amount, fail::usage, output, words};
use anyhow::Result;
use clap::Args;
use guerdon_client::{
	chain::api::{Approval, Licence},
	engine::appraise::blake2_256,
};
use serde_json::{json, Value};
use std::path::PathBuf;
use subxt::utils::H256;

/// On which terms runs may use a dataset.
#[derive(Args)]
pub struct LicenceArgs {
	/// What it may be used for: train, fine-tune, evaluate, retrieve, index.
	#[arg(long, value_delimiter = ',', default_value = "train", value_parser = words::parse_use)]
	uses: Vec<u8>,
	/// The model may be used commercially.
	#[arg(long)]
	commercial: bool,
	/// Works derived from the records may be passed on.
	#[arg(long)]
	derivatives: bool,
	/// The owner must be named.
	#[arg(long)]
	attribution: bool,
	/// SPDX identifier or LicenseRef [default: the Croissant document's].
	#[arg(long)]
	spdx: Option<String>,
	/// File with the full legal text, whose hash goes on chain.
	#[arg(long, value_name = "FILE")]
	terms: Option<PathBuf>,
	/// First block at which the licence is in force.
	#[arg(long, default_value_t = 0, value_name = "BLOCK")]
	valid_from: u32,
	/// First block at which it is in force no more.
	#[arg(long, value_name = "BLOCK")]
	valid_until: Option<u32>,
	/// Grant each run by itself.
	#[arg(long)]
	by_grant: bool,
	/// Due once for each run, in GRD.
	#[arg(long, default_value = "0", value_parser = amount::parse, value_name = "GRD")]
	flat_fee: u128,
	/// Due for each record used, in GRD.
	#[arg(long, default_value = "0", value_parser = amount::parse, value_name = "GRD")]
	price_per_record: u128,
}

impl LicenceArgs {
	/// The terms, for the chain. `described` is the licence that the Croissant document names.
	pub fn licence(&self, described: Option<&str>) -> Result<Licence> {
		let spdx = match (&self.spdx, described) {
			(Some(spdx), _) => spdx.clone(),
			(None, Some(described)) => identifier(described),
			(None, None) => return Err(usage("name the licence with --spdx")),
		};
		let terms = match &self.terms {
			Some(path) => {
				let text = std::fs::read(path);
				let text = text.map_err(|error| usage(format!("{}: {error}", path.display())))?;
				blake2_256(&text)
			}
			None => [0; 32],
		};
		Ok(Licence {
			uses: self.uses.iter().fold(0, |bits, bit| bits | bit),
			commercial: self.commercial,
			derivatives: self.derivatives,
			attribution: self.attribution,
			spdx: words::bounded("the licence's name", &spdx, 64)?,
			terms: H256(terms),
			valid_from: self.valid_from,
			valid_until: self.valid_until,
			approval: if self.by_grant {
				Approval::ByGrant
			} else {
				Approval::Open
			},
			flat_fee: self.flat_fee,
			price_per_record: self.price_per_record,
		})
	}
}

/// The SPDX identifier in an address of spdx.org, or what was given.
fn identifier(licence: &str) -> String {
	licence
		.strip_prefix("https://spdx.org/licenses/")
		.and_then(|name| name.strip_suffix(".html"))
		.unwrap_or(licence)
		.into()
}

/// Terms as JSON.
pub fn licence_json(licence: &Licence) -> Value {
	json!({
		"uses": words::uses(licence.uses),
		"commercial": licence.commercial,
		"derivatives": licence.derivatives,
		"attribution": licence.attribution,
		"spdx": output::text(&licence.spdx.0),
		"terms": output::hex(licence.terms),
		"valid_from": licence.valid_from,
		"valid_until": licence.valid_until,
		"approval": words::approval(&licence.approval),
		"flat_fee": output::units(licence.flat_fee),
		"price_per_record": output::units(licence.price_per_record),
	})
}

/// Terms as rows of a table.
pub fn licence_rows(licence: &Licence) -> [[String; 2]; 6] {
	let yes = |what: &'static str, is: bool| is.then_some(what);
	let also: Vec<&str> = [
		yes("commercial use", licence.commercial),
		yes("derivatives", licence.derivatives),
		yes("attribution", licence.attribution),
	]
	.into_iter()
	.flatten()
	.collect();
	let until = licence
		.valid_until
		.map_or("no end".into(), |until| format!("block {until}"));
	let terms = if licence.terms.0 == [0; 32] {
		"-".into()
	} else {
		output::hex(licence.terms)
	};
	[
		["licence".into(), output::text(&licence.spdx.0)],
		["hash of its text".into(), terms],
		["uses".into(), words::uses(licence.uses).join(", ")],
		[
			"with".into(),
			if also.is_empty() {
				"-".into()
			} else {
				also.join(", ")
			},
		],
		[
			"in force".into(),
			format!(
				"from block {} to {until}, {}",
				licence.valid_from,
				words::approval(&licence.approval)
			),
		],
		[
			"price".into(),
			format!(
				"{} a run, {} a record",
				amount::grd(licence.flat_fee),
				amount::grd(licence.price_per_record)
			),
		],
	]
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn an_spdx_address_is_its_identifier() {
		assert_eq!(
			identifier("https://spdx.org/licenses/CC-BY-4.0.html"),
			"CC-BY-4.0"
		);
		assert_eq!(identifier("LicenseRef-mine"), "LicenseRef-mine");
	}
}
