//! A dataset's metadata: an MLCommons Croissant 1.1 document for a folder, and the check of a
//! folder against it.
//!
//! The document lists every file of the folder, and so must lie outside it. The chain keeps its
//! hash: [`metadata_hash`], over the canonical form.

mod canonical;
mod document;
mod examine;
#[cfg(test)]
mod fixtures;
mod table;
mod verify;

pub use canonical::{canonical, metadata_hash};
pub use verify::{verify, Mismatch};

use document::{
	check_meta, context, creator, file_object, kind_name, license, record_sets, CONFORMS_TO, KINDS,
};
use examine::{examine, scan};
use guerdon_content::RecordKind;
use serde_json::{json, Value};
use std::{
	convert::Infallible,
	io,
	path::{Path, PathBuf},
	str::FromStr,
};

/// Why a folder cannot be described.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// The folder or a file in it cannot be read.
	#[error("{path}: {error}")]
	Io {
		/// The path.
		path: PathBuf,
		/// What the system says.
		error: io::Error,
	},
	/// A file grew or shrank.
	#[error("{0} changed while it was read: wait until nothing writes to it, then try again")]
	Changed(String),
	/// Nothing to describe.
	#[error("{0} has no files")]
	Empty(PathBuf),
	/// A statement about the dataset is missing or wrong.
	#[error("{0}")]
	Meta(&'static str),
	/// The first line of a table does not name its columns.
	#[error("{path}: {why}: correct its first line, or say that its lines have no header")]
	Header {
		/// The file.
		path: String,
		/// What is wrong with it.
		why: String,
	},
}

/// Who made the data.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Creator {
	/// Somebody.
	Person(String),
	/// A company, a university, a group.
	Organization(String),
}

impl FromStr for Creator {
	type Err = Infallible;

	/// A name; an organization's after `organization:`.
	fn from_str(text: &str) -> Result<Self, Infallible> {
		Ok(match text.strip_prefix("organization:") {
			Some(name) => Creator::Organization(name.trim().into()),
			None => Creator::Person(text.trim().into()),
		})
	}
}

/// What the files do not say about a dataset.
#[derive(Clone, Debug)]
pub struct Meta {
	/// Its name.
	pub name: String,
	/// What is in it, and how it came about.
	pub description: String,
	/// An SPDX identifier or the address of a licence.
	pub license: String,
	/// Who made it, at least one.
	pub creators: Vec<Creator>,
	/// Its page. Croissant asks for one.
	pub url: Option<String>,
	/// Its version, such as `1.0.0`.
	pub version: String,
	/// When it was published, `YYYY-MM-DD`.
	pub date_published: String,
	/// What a record is.
	pub record_kind: RecordKind,
}

/// Told how many bytes are done, and of how many. Called from several threads.
pub type Progress<'a> = &'a (dyn Fn(u64, u64) + Sync);

/// Describes the files below a folder. The same folder and `meta` give the same document.
///
/// # Errors
/// See [`Error`].
pub fn describe(folder: &Path, meta: &Meta, progress: Progress) -> Result<Value, Error> {
	check_meta(meta)?;
	let directory = scan(folder)?;
	let files = directory.files();
	if files.is_empty() {
		return Err(Error::Empty(folder.into()));
	}
	let tables = meta.record_kind == (RecordKind::Line { header: true });
	let facts = examine(folder, files, tables, progress)?;

	let mut document = json!({
		"@context": context(),
		"@type": "sc:Dataset",
		"conformsTo": CONFORMS_TO,
		"name": meta.name,
		"description": meta.description,
		"license": license(&meta.license),
		"creator": meta.creators.iter().map(creator).collect::<Vec<_>>(),
		"version": meta.version,
		"datePublished": meta.date_published,
		"guerdon:recordKind": kind_name(meta.record_kind),
	});
	let mut distribution: Vec<Value> = files
		.iter()
		.zip(&facts)
		.map(|(file, facts)| file_object(file, facts))
		.collect();
	let (file_sets, record_sets) = record_sets(files, &facts);
	distribution.extend(file_sets);
	document["distribution"] = distribution.into();
	if let Some(url) = &meta.url {
		document["url"] = json!(url);
	}
	if !record_sets.is_empty() {
		document["recordSet"] = record_sets.into();
	}
	Ok(document)
}

/// What a document says a record is.
pub fn record_kind(document: &Value) -> Option<RecordKind> {
	let name = document["guerdon:recordKind"].as_str()?;
	KINDS.into_iter().find(|kind| kind_name(*kind) == name)
}

#[cfg(test)]
mod tests {
	use super::{fixtures::*, *};
	use tempfile::TempDir;

	#[test]
	fn a_description_is_exactly_the_validated_example() {
		let document = describe_quietly(&digits());
		let example: Value = serde_json::from_str(EXAMPLE).unwrap();
		assert_eq!(
			document,
			example,
			"{}",
			serde_json::to_string_pretty(&document).unwrap()
		);
	}

	#[test]
	fn a_description_does_not_depend_on_time_or_place() {
		let first = canonical(&describe_quietly(&digits()));
		for _ in 0..5 {
			assert_eq!(canonical(&describe_quietly(&digits())), first);
		}
	}

	#[test]
	fn without_a_header_there_is_no_record_set() {
		for record_kind in [RecordKind::File, RecordKind::Line { header: false }] {
			let meta = Meta {
				record_kind,
				..meta()
			};
			let document = describe(digits().path(), &meta, &|_, _| ()).unwrap();
			assert!(document.get("recordSet").is_none());
			assert_eq!(super::record_kind(&document), Some(record_kind));
		}
	}

	#[test]
	fn statements_that_croissant_requires_are_required() {
		let folder = digits();
		for meta in [
			Meta {
				name: " ".into(),
				..meta()
			},
			Meta {
				description: String::new(),
				..meta()
			},
			Meta {
				license: String::new(),
				..meta()
			},
			Meta {
				creators: Vec::new(),
				..meta()
			},
			Meta {
				creators: vec![Creator::Person(String::new())],
				..meta()
			},
			Meta {
				version: String::new(),
				..meta()
			},
			Meta {
				date_published: "31.1.2026".into(),
				..meta()
			},
		] {
			assert!(matches!(
				describe(folder.path(), &meta, &|_, _| ()),
				Err(Error::Meta(_))
			));
		}
		let empty = TempDir::new().unwrap();
		assert!(matches!(
			describe(empty.path(), &meta(), &|_, _| ()),
			Err(Error::Empty(_))
		));
		let nowhere = empty.path().join("nowhere");
		assert!(matches!(
			describe(&nowhere, &meta(), &|_, _| ()),
			Err(Error::Io { .. })
		));
	}
}
