//! A small dataset for tests.

use super::{describe, verify, Meta, Mismatch};
use guerdon_content::RecordKind;
use serde_json::Value;
use std::fs;
use tempfile::TempDir;

/// Accepted by `mlcroissant validate` (1.1.1), which also reads the records by it.
pub const EXAMPLE: &str = include_str!("../../tests/croissant.json");

pub const DIGITS: &str = "x0,x1,ratio,label\n0,16,0.5,3\n5,0,1e-2,7\n12,8,,9\n";
pub const MORE: &str = "x0,x1,ratio,label\r\n1,15,2,4\r\n";

pub fn meta() -> Meta {
	Meta {
		name: "tiny digits".into(),
		description: "A few rows in the shape of the UCI handwritten digits.".into(),
		license: "CC-BY-4.0".into(),
		creators: vec![
			"Ada Example".parse().unwrap(),
			"organization:Example Lab".parse().unwrap(),
		],
		url: Some("https://example.org/tiny-digits".into()),
		version: "1.0.0".into(),
		date_published: "2026-01-31".into(),
		record_kind: RecordKind::Line { header: true },
	}
}

pub fn folder(files: &[(&str, &str)]) -> TempDir {
	let folder = TempDir::new().unwrap();
	for (path, text) in files {
		let path = folder.path().join(path);
		fs::create_dir_all(path.parent().unwrap()).unwrap();
		fs::write(path, text).unwrap();
	}
	folder
}

pub fn digits() -> TempDir {
	folder(&[
		("digits.csv", DIGITS),
		("more/digits.csv", MORE),
		("notes.md", "Read me.\n"),
	])
}

pub fn describe_quietly(folder: &TempDir) -> Value {
	describe(folder.path(), &meta(), &|_, _| ()).unwrap()
}

pub fn check(folder: &TempDir, document: &Value) -> Result<(), Mismatch> {
	verify(folder.path(), document, &|_, _| ())
}
