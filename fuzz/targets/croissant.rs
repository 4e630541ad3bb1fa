//! Croissant documents of strangers: read, canonicalised, and checked against a folder. A document
//! never points out of its folder, and only one that says what the folder holds passes.
#![no_main]

use guerdon_client::{
	describe::{canonical, describe, metadata_hash, record_kind, verify, Creator, Meta},
	gated::Sealing,
};
use guerdon_content::RecordKind;
use guerdon_fuzz::seeds;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use std::{fs, sync::LazyLock};
use tempfile::TempDir;

const FILES: [(&str, &str); 3] = [
	("digits.csv", "x,y\n1,2\n"),
	("more/digits.csv", "x,y\n3,4.5\n"),
	("notes.md", "# Notes\n"),
];

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| {
	let folder = TempDir::new().expect("there is room");
	for (path, text) in FILES {
		let path = folder.path().join(path);
		fs::create_dir_all(path.parent().expect("it lies in the folder")).expect("there is room");
		fs::write(path, text).expect("there is room");
	}
	folder
});

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
	let meta = Meta {
		name: "digits".into(),
		description: "Digits.".into(),
		license: "CC-BY-4.0".into(),
		creators: vec![Creator::Person("Ada".into())],
		url: Some("https://example.org".into()),
		version: "1.0.0".into(),
		date_published: "2026-01-31".into(),
		record_kind: RecordKind::Line { header: true },
	};
	describe(FOLDER.path(), &meta, &|_, _| ()).expect("the folder can be described")
});

fn made() -> Vec<Vec<u8>> {
	let mut small = DOCUMENT.clone();
	small["@context"] = Value::Null;
	small["recordSet"] = Value::Null;
	let numbers = r#"[1e21, 0.000001, 1e-7, 18446744073709551615, -9223372036854775808, -0.0]"#;
	vec![
		DOCUMENT.to_string().into_bytes(),
		small.to_string().into_bytes(),
		numbers.as_bytes().to_vec(),
		r#"{"ﬀ": 1, "\ud83d\ude00": "\u0007"}"#.as_bytes().to_vec(),
	]
}

/// What decides the check: which bytes the document gives each file.
fn listed(document: &Value) -> Vec<Vec<Option<&Value>>> {
	let fields = ["contentSize", "sha256", "guerdon:blake3"];
	let entries = document["distribution"].as_array().into_iter().flatten();
	entries
		.filter(|entry| entry["@type"] == "cr:FileObject")
		.map(|entry| fields.map(|field| entry.get(field)).to_vec())
		.collect()
}

fuzz_target!(init: seeds(made), |data: &[u8]| {
	let Ok(document) = serde_json::from_slice::<Value>(data) else {
		return;
	};
	let bytes = canonical(&document);
	let again: Value = serde_json::from_slice(&bytes).expect("the canonical form is JSON");
	assert_eq!(canonical(&again), bytes);
	assert_eq!(metadata_hash(&again), metadata_hash(&document));
	let _ = record_kind(&document);
	let _ = Sealing::read(&document);

	let checked = verify(FOLDER.path(), &document, &|_, _| ());
	if checked.is_ok() {
		let lowered = |list: Vec<Vec<Option<&Value>>>| {
			let mut lines: Vec<_> = list
				.iter()
				.map(|entry| format!("{entry:?}").to_ascii_lowercase())
				.collect();
			lines.sort();
			lines
		};
		assert_eq!(lowered(listed(&document)), lowered(listed(&DOCUMENT)));
	}
});
