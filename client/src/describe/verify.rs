//! The check of a folder against a document, which may be a stranger's.

use super::{
	document::{percent_decode, CONFORMS_TO},
	examine::{examine, scan},
	Error, Progress,
};
use guerdon_content::check_path;
use guerdon_receipt::Digest;
use serde_json::Value;
use std::{
	collections::{BTreeMap, BTreeSet},
	path::Path,
};

/// How a folder differs from its description.
#[derive(Debug, thiserror::Error)]
pub enum Mismatch {
	/// The folder cannot be read.
	#[error(transparent)]
	Unreadable(#[from] Error),
	/// The document is not one that [`super::describe()`] could have written.
	#[error("the description is not valid: {0}")]
	Document(String),
	/// In the document, not in the folder.
	#[error("{0} is missing: the description lists it")]
	Missing(String),
	/// In the folder, not in the document.
	#[error("{0} is not in the description: describe the folder again, or take the file away")]
	Extra(String),
	/// Of another length.
	#[error("{path} has {found} bytes, the description says {expected}: the file was changed")]
	Length {
		/// The file.
		path: String,
		/// Bytes in the document.
		expected: u64,
		/// Bytes in the folder.
		found: u64,
	},
	/// Of another content.
	#[error(
		"{path} has {algorithm} {}, the description says {}: the file was changed",
		hex::encode(found),
		hex::encode(expected)
	)]
	Hash {
		/// The file.
		path: String,
		/// Which hash.
		algorithm: &'static str,
		/// The hash in the document.
		expected: Digest,
		/// The file's hash.
		found: Digest,
	},
}

/// Checks every length and hash in a document against a folder, and that no file is missing or
/// beside what the document lists.
///
/// # Errors
/// The first difference: whole files, then lengths, then hashes, each in the order of the paths.
pub fn verify(folder: &Path, document: &Value, progress: Progress) -> Result<(), Mismatch> {
	let expected = listed(document)?;
	let directory = scan(folder)?;
	let files = directory.files();
	let found: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
	if let Some(path) = expected.keys().find(|path| !found.contains(path.as_str())) {
		return Err(Mismatch::Missing(path.clone()));
	}
	if let Some(path) = found.iter().find(|path| !expected.contains_key(**path)) {
		return Err(Mismatch::Extra((*path).into()));
	}
	let pairs = || files.iter().map(|file| (file, &expected[&file.path]));
	for (file, expected) in pairs() {
		if file.length != expected.length {
			return Err(Mismatch::Length {
				path: file.path.clone(),
				expected: expected.length,
				found: file.length,
			});
		}
	}
	let facts = examine(folder, files, false, progress)?;
	for ((file, expected), facts) in pairs().zip(&facts) {
		for (algorithm, expected, found) in [
			("sha256", expected.sha256, facts.sha256),
			("blake3", expected.blake3, facts.blake3),
		] {
			if expected != found {
				let path = file.path.clone();
				return Err(Mismatch::Hash {
					path,
					algorithm,
					expected,
					found,
				});
			}
		}
	}
	Ok(())
}

struct Expected {
	length: u64,
	sha256: Digest,
	blake3: Digest,
}

/// What a document, which may be a stranger's, says about files.
fn listed(document: &Value) -> Result<BTreeMap<String, Expected>, Mismatch> {
	let invalid = |why: String| Mismatch::Document(why);
	if document["conformsTo"] != CONFORMS_TO {
		return Err(invalid(format!("it does not conform to {CONFORMS_TO}")));
	}
	let distribution = document["distribution"].as_array();
	let distribution = distribution.ok_or_else(|| invalid("it has no distribution".into()))?;
	let mut files = BTreeMap::new();
	for (number, entry) in distribution.iter().enumerate() {
		match entry["@type"].as_str() {
			Some("cr:FileSet") => continue,
			Some("cr:FileObject") => (),
			_ => {
				return Err(invalid(format!(
					"entry {number} is neither a file nor a file set"
				)))
			}
		}
		let text = |field: &str| {
			entry[field]
				.as_str()
				.ok_or_else(|| invalid(format!("entry {number} has no {field}")))
		};
		let digest = |field: &str| {
			let mut digest = [0; 32];
			hex::decode_to_slice(text(field)?, &mut digest)
				.map_err(|error| invalid(format!("entry {number}, {field}: {error}")))?;
			Ok::<_, Mismatch>(digest)
		};
		let path = percent_decode(text("contentUrl")?)
			.filter(|path| check_path(path).is_ok())
			.ok_or_else(|| invalid(format!("entry {number}: contentUrl is no path in a folder")))?;
		let length = text("contentSize")?
			.strip_suffix(" B")
			.and_then(|bytes| bytes.parse().ok())
			.ok_or_else(|| invalid(format!("entry {number}: contentSize is no count of bytes")))?;
		let expected = Expected {
			length,
			sha256: digest("sha256")?,
			blake3: digest("guerdon:blake3")?,
		};
		if files.insert(path.clone(), expected).is_some() {
			return Err(invalid(format!("it lists {path} twice")));
		}
	}
	Ok(files)
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::describe::{fixtures::*, record_kind};
	use serde_json::json;
	use sha2::{Digest as _, Sha256};
	use std::fs;

	#[test]
	fn the_example_fits_its_folder() {
		let document = describe_quietly(&digits());
		check(&digits(), &document).unwrap();
		assert_eq!(record_kind(&document), Some(meta().record_kind));
	}

	#[test]
	fn a_changed_file_is_named() {
		let document = describe_quietly(&digits());
		let folder = digits();
		fs::write(
			folder.path().join("more/digits.csv"),
			MORE.replace("15", "14"),
		)
		.unwrap();
		match check(&folder, &document) {
			Err(Mismatch::Hash {
				path,
				algorithm,
				expected,
				found,
			}) => {
				assert_eq!((path.as_str(), algorithm), ("more/digits.csv", "sha256"));
				assert_eq!(expected, <Digest>::from(Sha256::digest(MORE)));
				assert_ne!(found, expected);
			}
			other => panic!("{other:?}"),
		}
		fs::write(folder.path().join("more/digits.csv"), "").unwrap();
		match check(&folder, &document) {
			Err(Mismatch::Length {
				path,
				expected,
				found,
			}) => {
				assert_eq!((path.as_str(), expected, found), ("more/digits.csv", 29, 0))
			}
			other => panic!("{other:?}"),
		}
	}

	#[test]
	fn a_missing_and_an_extra_file_are_named() {
		let document = describe_quietly(&digits());
		let folder = digits();
		fs::write(folder.path().join("more/extra.csv"), "").unwrap();
		match check(&folder, &document) {
			Err(Mismatch::Extra(path)) => assert_eq!(path, "more/extra.csv"),
			other => panic!("{other:?}"),
		}
		fs::remove_file(folder.path().join("notes.md")).unwrap();
		match check(&folder, &document) {
			Err(Mismatch::Missing(path)) => assert_eq!(path, "notes.md"),
			other => panic!("{other:?}"),
		}
	}

	#[test]
	fn each_hash_counts() {
		let folder = digits();
		let document = describe_quietly(&folder);
		for (field, algorithm) in [("sha256", "sha256"), ("guerdon:blake3", "blake3")] {
			let mut forged = document.clone();
			forged["distribution"][0][field] = json!("00".repeat(32));
			match check(&folder, &forged) {
				Err(Mismatch::Hash {
					path,
					algorithm: found,
					..
				}) => {
					assert_eq!((path.as_str(), found), ("digits.csv", algorithm))
				}
				other => panic!("{other:?}"),
			}
			forged["distribution"][0]
				.as_object_mut()
				.unwrap()
				.remove(field);
			assert!(matches!(
				check(&folder, &forged),
				Err(Mismatch::Document(_))
			));
		}
	}

	#[test]
	fn a_strangers_document_cannot_point_elsewhere() {
		let folder = digits();
		let document = describe_quietly(&folder);
		for url in [
			"../notes.md",
			"%2e%2e/notes.md",
			"/etc/passwd",
			"https://x.org/a",
			"%zz",
			"%2",
		] {
			let mut forged = document.clone();
			forged["distribution"][0]["contentUrl"] = json!(url);
			assert!(
				matches!(check(&folder, &forged), Err(Mismatch::Document(_))),
				"{url}"
			);
		}
		let mut twice = document.clone();
		let first = twice["distribution"][0].clone();
		twice["distribution"].as_array_mut().unwrap().push(first);
		assert!(matches!(check(&folder, &twice), Err(Mismatch::Document(_))));
		assert!(matches!(
			check(&folder, &json!({})),
			Err(Mismatch::Document(_))
		));
	}

	#[test]
	fn any_file_name_survives() {
		let names = [
			"a b.csv",
			"100%.csv",
			"é/[x]*?#.csv",
			"records/x0",
			"files/x",
		];
		let folder = folder(&names.map(|name| (name, "x0\n1\n")));
		let document = describe_quietly(&folder);
		check(&folder, &document).unwrap();
		let entries = document["distribution"].as_array().unwrap();
		let ids: BTreeSet<_> = entries
			.iter()
			.map(|entry| entry["@id"].as_str().unwrap())
			.collect();
		assert_eq!(ids.len(), entries.len());
		assert!(ids
			.iter()
			.all(|id| id.is_ascii() && !id.contains([' ', '#', '?'])));
	}
}
