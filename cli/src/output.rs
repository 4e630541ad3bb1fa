//! Results on stdout: a table for people, JSON for programs. Everything else goes to stderr.

use crate::amount::{Sums, Unit};
use comfy_table::{presets, CellAlignment, ContentArrangement, Table};
use guerdon_client::{chain::AccountId, keys};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{json, Value};
use std::io::{IsTerminal, Write};

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
	/// For people.
	Table,
	/// For programs: amounts are decimal strings of smallest units, of 10^-12 GRD or what `asset` says.
	Json,
}

/// A table under construction.
pub struct Rows {
	table: Table,
	empty: bool,
}

impl Rows {
	/// A table with these columns.
	pub fn new<const N: usize>(columns: [&str; N]) -> Self {
		let mut table = Table::new();
		table
			.load_preset(presets::NOTHING)
			.set_content_arrangement(ContentArrangement::Disabled)
			.set_header(columns.map(str::to_uppercase));
		Rows { table, empty: true }
	}

	/// A list of names and what they stand for.
	pub fn pairs<const N: usize>(pairs: [(&str, String); N]) -> Self {
		let mut table = Table::new();
		table
			.load_preset(presets::NOTHING)
			.set_content_arrangement(ContentArrangement::Disabled);
		let mut rows = Rows { table, empty: true };
		for (name, value) in pairs {
			rows.add([name.to_string(), value]);
		}
		rows
	}

	/// Adds a row.
	pub fn add<const N: usize>(&mut self, cells: [String; N]) -> &mut Self {
		self.table.add_row(cells);
		self.empty = false;
		self
	}

	/// Aligns columns to the right, for numbers.
	pub fn right(&mut self, columns: &[usize]) -> &mut Self {
		for column in columns {
			if let Some(column) = self.table.column_mut(*column) {
				column.set_cell_alignment(CellAlignment::Right);
			}
		}
		self
	}

	/// The table, or what to say when it has no rows.
	pub fn or(&self, nothing: &str) -> String {
		if self.empty {
			return nothing.into();
		}
		self.text()
	}

	/// The table.
	pub fn text(&self) -> String {
		let mut table = self.table.clone();
		for column in table.column_iter_mut() {
			column.set_padding((0, 2));
		}
		table
			.lines()
			.map(|line| line.trim_end().to_string())
			.collect::<Vec<_>>()
			.join("\n")
	}
}

/// Prints to stdout; a reader that is gone is no error.
pub fn print(text: &str) {
	let mut stdout = std::io::stdout().lock();
	let _ = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
}

/// An address.
pub fn address(account: &AccountId) -> String {
	keys::ss58(&account.0)
}

/// An amount as JSON: a decimal string of units.
pub fn units(amount: u128) -> Value {
	json!(amount.to_string())
}

/// Sums as JSON: one entry for each that is counted in something else.
pub fn sums(sums: &Sums) -> Value {
	let entry = |(asset, amount)| json!({ "asset": asset, "amount": units(amount) });
	sums.iter().map(entry).collect()
}

/// An amount for people, or a dash.
pub fn maybe(amount: Option<u128>, unit: &Unit) -> String {
	amount.map_or_else(|| "-".into(), |amount| unit.show(amount))
}

/// 0x and hex digits.
pub fn hex(bytes: impl AsRef<[u8]>) -> String {
	format!("0x{}", hex::encode(bytes))
}

/// The first digits of a digest, for tables.
pub fn short(bytes: impl AsRef<[u8]>) -> String {
	let digits = hex(bytes);
	format!("{}…", digits.get(..14).unwrap_or(&digits))
}

/// Bytes that should be text.
pub fn text(bytes: &[u8]) -> String {
	String::from_utf8_lossy(bytes).into_owned()
}

/// The same of what a stranger wrote, without what would move the cursor.
pub fn plain(bytes: &[u8]) -> String {
	let shown = |one: char| if one.is_control() { '?' } else { one };
	text(bytes).chars().map(shown).collect()
}

/// Parts per million as per cent.
pub fn per_cent(ppm: u32) -> String {
	let (whole, rest) = (ppm / 10_000, ppm % 10_000);
	let text = format!("{whole}.{rest:04}");
	format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A progress bar on stderr that is silent where nobody watches.
pub fn bar(what: &str, total: u64, bytes: bool) -> ProgressBar {
	if !std::io::stderr().is_terminal() {
		return ProgressBar::hidden();
	}
	let count = if bytes {
		"{bytes}/{total_bytes} {bytes_per_sec}"
	} else {
		"{pos}/{len}"
	};
	let template = format!("{{msg}} [{{bar:30}}] {count} {{eta}}");
	let style = ProgressStyle::with_template(&template)
		.unwrap_or_else(|_| ProgressStyle::default_bar())
		.progress_chars("=> ");
	ProgressBar::new(total)
		.with_style(style)
		.with_message(what.to_string())
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn parts_per_million_lose_nothing() {
		assert_eq!(per_cent(1_000_000), "100 %");
		assert_eq!(per_cent(123_456), "12.3456 %");
		assert_eq!(per_cent(100), "0.01 %");
		assert_eq!(per_cent(0), "0 %");
	}

	#[test]
	fn sums_tell_what_they_are_counted_in() {
		let of = Sums::over([(Some(1), 7), (None, 5)]).unwrap();
		let told = r#"[{"amount":"5","asset":null},{"amount":"7","asset":1}]"#;
		assert_eq!(sums(&of).to_string(), told);
		assert_eq!(maybe(Some(5), &Unit::grd()), "0.000000000005 GRD");
		assert_eq!(maybe(None, &Unit::grd()), "-");
	}

	#[test]
	fn tables_are_plain_columns() {
		let mut rows = Rows::new(["pool", "amount"]);
		assert_eq!(rows.or("none"), "none");
		rows.add(["1".into(), "20".into()])
			.add(["12".into(), "3".into()])
			.right(&[1]);
		let lines: Vec<String> = rows.text().lines().map(|line| line.trim().into()).collect();
		assert_eq!(
			lines[0].split_whitespace().collect::<Vec<_>>(),
			["POOL", "AMOUNT"]
		);
		assert_eq!(lines[2].split_whitespace().collect::<Vec<_>>(), ["12", "3"]);
		assert_eq!(lines.len(), 3);
	}
}
