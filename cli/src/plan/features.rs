//! Feature specs as files.

use super::object::Object;
use crate::fail::usage;
use anyhow::Result;
use guerdon_valuation::{Column, FeatureSpec};
use serde_json::Value;
use std::path::Path;

/// Reads a feature spec: `{"csv": {...}}` or `{"text_trigrams": {"classes": N}}`.
pub fn read(path: &Path) -> Result<FeatureSpec> {
	let name = path.display();
	let bytes = std::fs::read(path).map_err(|error| usage(format!("{name}: {error}")))?;
	let value: Value = serde_json::from_slice(&bytes)
		.map_err(|error| usage(format!("{name} is no JSON: {error}")))?;
	parse(&value).map_err(|error| usage(format!("{name}: {error}")))
}

pub(super) fn parse(value: &Value) -> Result<FeatureSpec> {
	let file = Object::new("", value)?;
	let spec = if file.maybe("text_trigrams").is_some() {
		let text = file.object("text_trigrams")?;
		let classes = text.number("classes", 2, u16::MAX.into())?;
		text.end()?;
		FeatureSpec::TextTrigrams { classes }
	} else {
		let csv = file.object("csv")?;
		let list = csv.get("columns")?;
		let list = list
			.as_array()
			.ok_or_else(|| csv.bad("columns", "expected a list"))?;
		let mut columns = Vec::new();
		for (at, column) in list.iter().enumerate() {
			let column = Object::new(&format!("csv.columns[{at}]"), column)?;
			columns.push(Column {
				index: column.number("index", 0, u16::MAX.into())?,
				decimals: column.number("decimals", 0, 18)?,
				min: column.integer("min")?,
				max: column.integer("max")?,
			});
			column.end()?;
		}
		let count = columns.len();
		let spec = FeatureSpec::Csv {
			columns: columns
				.try_into()
				.map_err(|_| csv.bad("columns", format!("at most 256 columns, found {count}")))?,
			label: csv.number("label", 0, u16::MAX.into())?,
			classes: csv.number("classes", 2, u16::MAX.into())?,
			header: csv.flag("header")?,
		};
		csv.end()?;
		spec
	};
	file.end()?;
	spec.check()
		.map_err(|error| usage(format!("the features cannot be meant: {error:?}")))?;
	Ok(spec)
}
