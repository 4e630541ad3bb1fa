//! The columns of CSV files: what they are called, and what they hold.

use std::{collections::BTreeSet, mem};

/// Longer lines are not looked into: their file's columns count as text.
const MAX_LINE: usize = 1 << 20;

pub(super) struct Table {
	pub(super) header: Vec<String>,
	pub(super) columns: Vec<Column>,
}

/// Finds out what the columns of a CSV file are called and hold.
#[derive(Default)]
pub(super) struct TableReader {
	header: Option<Vec<String>>,
	columns: Vec<Column>,
	line: Vec<u8>,
	too_long: bool,
	wrong: Option<String>,
}

impl TableReader {
	pub(super) fn read(&mut self, bytes: &[u8]) {
		for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
			if self.line.len() + piece.len() <= MAX_LINE {
				self.line.extend(piece);
			} else {
				self.too_long = true;
			}
			if piece.ends_with(b"\n") {
				self.end_line();
			}
		}
	}

	fn end_line(&mut self) {
		let mut line = mem::take(&mut self.line);
		let too_long = mem::take(&mut self.too_long);
		let text = line.trim_ascii_end();
		if self.wrong.is_none() && (too_long || !text.is_empty()) {
			self.take(text, too_long);
		}
		line.clear();
		self.line = line;
	}

	fn take(&mut self, line: &[u8], too_long: bool) {
		if self.header.is_none() {
			match header(line, too_long) {
				Ok(names) => {
					self.columns = vec![Column::default(); names.len()];
					self.header = Some(names);
				}
				Err(why) => self.wrong = Some(why),
			}
		} else if too_long {
			self.columns.fill(Column::TEXT);
		} else {
			let mut values = fields(line);
			for column in &mut self.columns {
				column.see(values.next().unwrap_or_default().trim_ascii());
			}
		}
	}

	pub(super) fn finish(mut self) -> Result<Option<Table>, String> {
		self.end_line();
		match self.wrong {
			Some(why) => Err(why),
			None => Ok(self.header.map(|header| Table {
				header,
				columns: self.columns,
			})),
		}
	}
}

fn header(line: &[u8], too_long: bool) -> Result<Vec<String>, String> {
	if too_long {
		return Err(format!("the header is longer than {MAX_LINE} bytes"));
	}
	let line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
	let mut seen = BTreeSet::new();
	let mut names = Vec::new();
	for field in fields(line) {
		let name = String::from_utf8(field.to_vec())
			.map_err(|_| "the name of a column is not UTF-8".to_string())?
			.replace("\"\"", "\"");
		if name.trim().is_empty() {
			return Err(format!("column {} has no name", names.len() + 1));
		}
		if !seen.insert(name.clone()) {
			return Err(format!("two columns are named {name:?}"));
		}
		names.push(name);
	}
	Ok(names)
}

/// The fields of a line, without the quotes around them.
fn fields(line: &[u8]) -> impl Iterator<Item = &[u8]> {
	let mut quoted = false;
	line.split(move |byte| {
		quoted ^= *byte == b'"';
		*byte == b',' && !quoted
	})
	.map(|field| {
		field
			.strip_prefix(b"\"")
			.and_then(|field| field.strip_suffix(b"\""))
			.unwrap_or(field)
	})
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
	Integer,
	Float,
	Boolean,
	Date,
	Text,
}

impl Kind {
	fn of(value: &[u8]) -> Self {
		let digits = value
			.strip_prefix(b"-")
			.or(value.strip_prefix(b"+"))
			.unwrap_or(value);
		let text = std::str::from_utf8(value).unwrap_or_default();
		if digits.iter().all(u8::is_ascii_digit) {
			// A leading zero is that of a code, such as a postal one.
			let code = digits.len() > 1 && digits.starts_with(b"0");
			let fits = text.parse::<i64>().is_ok();
			return if fits && !code {
				Kind::Integer
			} else {
				Kind::Text
			};
		}
		let decimal = value
			.iter()
			.all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(byte));
		if decimal && text.parse::<f64>().is_ok_and(f64::is_finite) {
			Kind::Float
		} else if [&b"true"[..], b"false"]
			.iter()
			.any(|word| value.eq_ignore_ascii_case(word))
		{
			Kind::Boolean
		} else if is_date(value) {
			Kind::Date
		} else {
			Kind::Text
		}
	}

	fn join(self, other: Self) -> Self {
		match (self, other) {
			(one, other) if one == other => one,
			(Kind::Integer, Kind::Float) | (Kind::Float, Kind::Integer) => Kind::Float,
			_ => Kind::Text,
		}
	}
}

pub(super) fn is_date(text: &[u8]) -> bool {
	let [y @ .., b'-', m1, m2, b'-', d1, d2] = text else {
		return false;
	};
	let number = |digits: &[u8]| std::str::from_utf8(digits).ok()?.parse::<u8>().ok();
	y.len() == 4
		&& [y, &[*m1, *m2, *d1, *d2]]
			.concat()
			.iter()
			.all(u8::is_ascii_digit)
		&& number(&[*m1, *m2]).is_some_and(|month| (1..=12).contains(&month))
		&& number(&[*d1, *d2]).is_some_and(|day| (1..=31).contains(&day))
}

/// What a column was seen to hold.
#[derive(Clone, Copy, Default)]
pub(super) struct Column {
	kind: Option<Kind>,
	blanks: bool,
}

impl Column {
	const TEXT: Column = Column {
		kind: Some(Kind::Text),
		blanks: false,
	};

	fn see(&mut self, value: &[u8]) {
		if value.is_empty() {
			self.blanks = true;
		} else if self.kind != Some(Kind::Text) {
			self.merge(Column {
				kind: Some(Kind::of(value)),
				blanks: false,
			});
		}
	}

	pub(super) fn merge(&mut self, other: Column) {
		self.blanks |= other.blanks;
		self.kind = match (self.kind, other.kind) {
			(Some(one), Some(other)) => Some(one.join(other)),
			(one, other) => one.or(other),
		};
	}

	/// Readers of tables have a blank only for floating-point numbers and text.
	pub(super) fn data_type(self) -> &'static str {
		match self.kind {
			Some(Kind::Integer) if !self.blanks => "sc:Integer",
			Some(Kind::Integer | Kind::Float) => "sc:Float",
			Some(Kind::Boolean) if !self.blanks => "sc:Boolean",
			Some(Kind::Date) if !self.blanks => "sc:Date",
			_ => "sc:Text",
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::describe::{describe, fixtures::*, Error};
	use serde_json::json;

	#[test]
	fn columns_are_typed_by_what_they_hold() {
		for (values, expected) in [
			("1\n-2\n+3\n0", "sc:Integer"),
			("1\n2.5", "sc:Float"),
			("1\n\"\"\n3", "sc:Float"),
			("1e5\n-.5\n3.", "sc:Float"),
			("01234\n5", "sc:Text"),
			("99999999999999999999", "sc:Text"),
			("nan\n1", "sc:Text"),
			("inf", "sc:Text"),
			("-", "sc:Text"),
			("true\nFalse", "sc:Boolean"),
			("true\n1", "sc:Text"),
			("2026-01-31\n1999-12-01", "sc:Date"),
			("2026-13-31", "sc:Text"),
			("\"\"", "sc:Text"),
			("\"1\"\n \"2\"", "sc:Text"),
			("\"1\"\n 2 ", "sc:Integer"),
			("\"a, b\"", "sc:Text"),
		] {
			let folder = folder(&[("t.csv", &format!("column\n{values}\n"))]);
			let document = describe_quietly(&folder);
			assert_eq!(
				document["recordSet"][0]["field"][0]["dataType"], expected,
				"{values:?}"
			);
		}
	}

	#[test]
	fn files_of_one_header_are_one_record_set() {
		let folder = folder(&[
			("a.csv", "x\n1\n"),
			("b.csv", "y\n1\n"),
			("c.csv", "x\n1.5\n"),
			("d.csv", ""),
		]);
		let document = describe_quietly(&folder);
		let sets = document["recordSet"].as_array().unwrap();
		assert_eq!(sets.len(), 2);
		assert_eq!(sets[0]["field"][0]["dataType"], "sc:Float");
		assert_eq!(
			sets[0]["field"][0]["source"]["fileSet"]["@id"],
			"records-0-files"
		);
		assert_eq!(
			document["distribution"][4]["includes"],
			json!(["a.csv", "c.csv"])
		);
		assert_eq!(
			sets[1]["field"][0]["source"]["fileObject"]["@id"],
			"files/b.csv"
		);
		check(&folder, &document).unwrap();
	}

	#[test]
	fn lines_longer_than_the_bound_are_text_and_cost_no_memory() {
		let folder =
			self::folder(&[("t.csv", &format!("x\n1\n{}\n2\n", "1".repeat(3 * MAX_LINE)))]);
		let document = describe_quietly(&folder);
		assert_eq!(document["recordSet"][0]["field"][0]["dataType"], "sc:Text");
		let long = self::folder(&[("t.csv", &"x".repeat(MAX_LINE + 1))]);
		let error = describe(long.path(), &meta(), &|_, _| ()).unwrap_err();
		assert!(matches!(error, Error::Header { .. }));
	}

	#[test]
	fn a_header_must_name_its_columns() {
		for (header, why) in [
			("a,b,a", "two columns are named \"a\""),
			("a,,c", "column 2 has no name"),
			("a,\"\"", "column 2 has no name"),
		] {
			let folder = folder(&[("t.csv", header)]);
			let error = describe(folder.path(), &meta(), &|_, _| ())
				.unwrap_err()
				.to_string();
			assert!(error.starts_with(&format!("t.csv: {why}")), "{error}");
		}
		let folder = folder(&[("t.csv", "\u{feff}a,\"b, \"\"c\"\"\"\n1,2\n")]);
		let document = describe_quietly(&folder);
		assert_eq!(document["recordSet"][0]["field"][0]["name"], "a");
		assert_eq!(document["recordSet"][0]["field"][1]["name"], "b, \"c\"");
	}
}
