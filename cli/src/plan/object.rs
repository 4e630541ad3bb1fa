//! Reading JSON objects so that every complaint names the field.

use crate::{amount::Unit, fail::usage};
use anyhow::Result;
use serde_json::{Map, Value};
use std::{cell::RefCell, collections::BTreeSet};

/// A JSON object that knows where it is and what was read of it.
pub struct Object<'a> {
	path: String,
	map: &'a Map<String, Value>,
	read: RefCell<BTreeSet<String>>,
}

/// A value as it was found.
pub fn kind(value: &Value) -> String {
	match value {
		Value::Object(_) => "an object".into(),
		Value::Array(_) => "a list".into(),
		other => other.to_string(),
	}
}

impl<'a> Object<'a> {
	/// Takes a value that must be an object; `path` says where it is.
	pub fn new(path: &str, value: &'a Value) -> Result<Self> {
		match value {
			Value::Object(map) => Ok(Object {
				path: path.into(),
				map,
				read: RefCell::default(),
			}),
			other => {
				let name = if path.is_empty() {
					"the file".into()
				} else {
					format!("{path:?}")
				};
				Err(usage(format!(
					"{name}: expected an object, found {}",
					kind(other)
				)))
			}
		}
	}

	fn name(&self, field: &str) -> String {
		match self.path.as_str() {
			"" => field.into(),
			path => format!("{path}.{field}"),
		}
	}

	/// A complaint about a field.
	pub fn bad(&self, field: &str, why: impl std::fmt::Display) -> anyhow::Error {
		usage(format!("{:?}: {why}", self.name(field)))
	}

	/// A field that may be missing.
	pub fn maybe(&self, field: &str) -> Option<&'a Value> {
		self.read.borrow_mut().insert(field.into());
		self.map.get(field).filter(|value| !value.is_null())
	}

	/// A field that must be there.
	pub fn get(&self, field: &str) -> Result<&'a Value> {
		self.maybe(field)
			.ok_or_else(|| self.bad(field, "is missing"))
	}

	/// A whole number within bounds.
	pub fn number<T: TryFrom<u64>>(&self, field: &str, least: u64, most: u64) -> Result<T> {
		let value = self.get(field)?;
		value
			.as_u64()
			.filter(|number| (least..=most).contains(number))
			.and_then(|number| T::try_from(number).ok())
			.ok_or_else(|| {
				let found = kind(value);
				self.bad(
					field,
					format!("expected a number from {least} to {most}, found {found}"),
				)
			})
	}

	/// The same, with a default.
	pub fn number_or<T: TryFrom<u64>>(
		&self,
		field: &str,
		least: u64,
		most: u64,
		default: T,
	) -> Result<T> {
		match self.maybe(field) {
			Some(_) => self.number(field, least, most),
			None => Ok(default),
		}
	}

	/// A whole number, maybe negative.
	pub fn integer(&self, field: &str) -> Result<i64> {
		let value = self.get(field)?;
		value.as_i64().ok_or_else(|| {
			self.bad(
				field,
				format!("expected a whole number, found {}", kind(value)),
			)
		})
	}

	/// A number from 0 on.
	pub fn real(&self, field: &str) -> Result<f32> {
		let value = self.get(field)?;
		value
			.as_f64()
			.map(|number| number as f32)
			.filter(|number| number.is_finite() && *number >= 0.0)
			.ok_or_else(|| {
				self.bad(
					field,
					format!("expected a number from 0 on, found {}", kind(value)),
				)
			})
	}

	/// True or false.
	pub fn flag(&self, field: &str) -> Result<bool> {
		let value = self.get(field)?;
		value.as_bool().ok_or_else(|| {
			self.bad(
				field,
				format!("expected true or false, found {}", kind(value)),
			)
		})
	}

	/// Text.
	pub fn text(&self, field: &str) -> Result<&'a str> {
		let value = self.get(field)?;
		value
			.as_str()
			.ok_or_else(|| self.bad(field, format!("expected text, found {}", kind(value))))
	}

	/// An amount as it was written. Amounts are strings: a JSON number is a float to most programs.
	pub fn written(&self, field: &str, symbol: &str) -> Result<&'a str> {
		let value = self.get(field)?;
		value.as_str().ok_or_else(|| {
			let found = kind(value);
			self.bad(
				field,
				format!("expected an amount of {symbol} in quotes, found {found}"),
			)
		})
	}

	/// An amount of GRD.
	pub fn amount(&self, field: &str) -> Result<u128> {
		let grd = Unit::grd();
		let text = self.written(field, &grd.symbol)?;
		grd.parse(text).map_err(|why| self.bad(field, why))
	}

	/// An object.
	pub fn object(&self, field: &str) -> Result<Object<'a>> {
		Object::new(&self.name(field), self.get(field)?)
	}

	/// Refuses fields that nobody asked for: a misspelt one would otherwise be silently ignored.
	pub fn end(self) -> Result<()> {
		let read = self.read.borrow();
		match self.map.keys().find(|key| !read.contains(*key)) {
			Some(key) => Err(self.bad(
				key,
				format!(
					"is not known here; known: {}",
					read.iter()
						.map(String::as_str)
						.collect::<Vec<_>>()
						.join(", ")
				),
			)),
			None => Ok(()),
		}
	}
}
