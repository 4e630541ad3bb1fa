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

use crate::gated::{seal_first, SealError, Secrets};
use document::{
	check_meta, context, creator, file_object, kind_name, license, record_sets, CONFORMS_TO, KINDS,
};
use examine::{examine, scan};
use guerdon_content::{Observer, RecordKind};
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
	/// The folder cannot be sealed.
	#[error(transparent)]
	Sealing(#[from] SealError),
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

	let mut document = statements(meta);
	let mut distribution: Vec<Value> = files
		.iter()
		.zip(&facts)
		.map(|(file, facts)| file_object(file, facts))
		.collect();
	let (file_sets, record_sets) = record_sets(files, &facts);
	distribution.extend(file_sets);
	document["distribution"] = distribution.into();
	if !record_sets.is_empty() {
		document["recordSet"] = record_sets.into();
	}
	Ok(document)
}

/// Describes the files below a folder whose content is to be gated, and keeps the secret that it is
/// sealed with. The document lists neither paths nor columns nor hashes of what is in the files. The
/// same folder, `meta` and home folder give the same document.
///
/// # Errors
/// See [`Error`].
pub fn describe_gated(
	folder: &Path,
	meta: &Meta,
	secrets: &Secrets,
	progress: Progress,
) -> Result<Value, Error> {
	check_meta(meta)?;
	let directory = scan(folder)?;
	if directory.files().is_empty() {
		return Err(Error::Empty(folder.into()));
	}
	let mut passes = Passes {
		before: 0,
		length: directory.stream_length(),
		progress,
	};
	let sealed = seal_first(&directory, meta.record_kind, secrets, &mut passes)?;
	let root = hex::encode(sealed.root);
	let mut document = statements(meta);
	document["distribution"] = json!([{
		"@type": "cr:FileObject",
		"@id": "sealed",
		"name": "sealed stream",
		"contentUrl": format!("blobs/{root}"),
		"contentSize": format!("{} B", sealed.trailer.stream_length),
		"encodingFormat": "application/octet-stream",
		"sha256": hex::encode(sealed.sha256),
		"guerdon:blake3": root,
	}]);
	sealed.sealing.write(&mut document);
	Ok(document)
}

/// Tells of two passes over a stream as one.
struct Passes<'a> {
	before: u64,
	length: u64,
	progress: Progress<'a>,
}

impl Observer for Passes<'_> {
	fn progress(&mut self, done: u64, total: u64) {
		let both = self.length.saturating_mul(2);
		(self.progress)(self.before.saturating_add(done), both);
		if done == total {
			self.before = self.length;
		}
	}
}

/// What a document says of a dataset, whatever is in its files.
fn statements(meta: &Meta) -> Value {
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
	if let Some(url) = &meta.url {
		document["url"] = json!(url);
	}
	document
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
	fn a_gated_description_shows_nothing_of_the_files_and_is_the_same_each_time() {
		let home = TempDir::new().unwrap();
		let (secrets, folder) = (Secrets::of(home.path()), digits());
		let describe = |secrets: &Secrets| {
			let most = std::sync::Mutex::new((0, 0));
			let progress = |done, total| *most.lock().unwrap() = (done, total);
			let document = describe_gated(folder.path(), &meta(), secrets, &progress).unwrap();
			let (done, total) = most.into_inner().unwrap();
			assert_eq!(done, total);
			document
		};
		let document = describe(&secrets);
		assert_eq!(describe(&secrets), document);
		let text = document.to_string();
		let open = describe_quietly(&folder);
		let kind = meta().record_kind;
		let plain = guerdon_content::Directory::scan(folder.path()).unwrap();
		let plain = plain.hash(kind, &mut ()).unwrap();
		let mut hidden = vec![
			"digits.csv".to_string(),
			"ratio".into(),
			hex::encode(plain.root),
		];
		for file in open["distribution"].as_array().unwrap() {
			for field in ["sha256", "guerdon:blake3"] {
				hidden.extend(file[field].as_str().map(String::from));
			}
		}
		assert!(hidden.len() >= 3 + 6);
		for hidden in hidden {
			assert!(!text.contains(&hidden), "{hidden}");
		}
		assert_eq!(document["distribution"].as_array().unwrap().len(), 1);
		assert_eq!(document["name"], open["name"]);
		assert_eq!(record_kind(&document), Some(kind));
		let sealing = crate::gated::Sealing::read(&document).unwrap().unwrap();
		let kept = secrets.of_plaintext(&plain.root).unwrap().unwrap();
		let bound = guerdon_content::sealed::plaintext_commitment(
			&guerdon_content::sealed::blinding(&kept.secret),
			&plain.root,
		);
		assert_eq!(sealing.plaintext, bound);
		let elsewhere = TempDir::new().unwrap();
		let other = describe(&Secrets::of(elsewhere.path()));
		assert_ne!(other, document, "another secret");
	}

	#[test]
	fn a_gated_description_needs_what_any_does() {
		let home = TempDir::new().unwrap();
		let secrets = Secrets::of(home.path());
		let describe = |folder: &TempDir, meta: &Meta| {
			describe_gated(folder.path(), meta, &secrets, &|_, _| ()).unwrap_err()
		};
		let empty = TempDir::new().unwrap();
		assert!(matches!(describe(&empty, &meta()), Error::Empty(_)));
		let nameless = Meta {
			name: " ".into(),
			..meta()
		};
		assert!(matches!(describe(&digits(), &nameless), Error::Meta(_)));
		assert!(!secrets.folder().exists(), "no secret is made for nothing");
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
