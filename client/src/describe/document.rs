//! What stands in a document, from what was found in the files.

use super::{
	examine::Facts,
	table::{is_date, Column},
	Creator, Error, Meta,
};
use guerdon_content::{FileEntry, RecordKind};
use serde_json::{json, Map, Value};

pub(super) const CONFORMS_TO: &str = "http://mlcommons.org/croissant/1.1";
pub(super) const CSV: &str = "text/csv";

pub(super) const KINDS: [RecordKind; 3] = [
	RecordKind::File,
	RecordKind::Line { header: false },
	RecordKind::Line { header: true },
];

pub(super) fn kind_name(kind: RecordKind) -> &'static str {
	match kind {
		RecordKind::File => "file",
		RecordKind::Line { header: false } => "line",
		RecordKind::Line { header: true } => "line-after-header",
	}
}

pub(super) fn check_meta(meta: &Meta) -> Result<(), Error> {
	let names = meta.creators.iter().map(|creator| match creator {
		Creator::Person(name) | Creator::Organization(name) => name,
	});
	for (text, why) in [
		(&meta.name, "the dataset has no name: give it one"),
		(
			&meta.description,
			"the dataset has no description: say what is in it",
		),
		(
			&meta.license,
			"the dataset has no licence: give an SPDX identifier or an address",
		),
		(
			&meta.version,
			"the dataset has no version: give one, such as 1.0.0",
		),
	]
	.into_iter()
	.chain(names.map(|name| (name, "a creator has no name: give one")))
	{
		if text.trim().is_empty() {
			return Err(Error::Meta(why));
		}
	}
	if meta.creators.is_empty() {
		return Err(Error::Meta("the dataset has no creator: name at least one"));
	}
	if !is_date(meta.date_published.as_bytes()) {
		return Err(Error::Meta(
			"the date of publication is not of the form YYYY-MM-DD",
		));
	}
	Ok(())
}

/// The context of the specification's first appendix and of its reference validator.
pub(super) fn context() -> Value {
	let mut context = json!({
		"@language": "en",
		"@vocab": "https://schema.org/",
		"sc": "https://schema.org/",
		"cr": "http://mlcommons.org/croissant/",
		"rai": "http://mlcommons.org/croissant/RAI/",
		"dct": "http://purl.org/dc/terms/",
		"conformsTo": "dct:conformsTo",
		"data": { "@id": "cr:data", "@type": "@json" },
		"dataType": { "@id": "cr:dataType", "@type": "@vocab" },
		"examples": { "@id": "cr:examples", "@type": "@json" },
		"name": { "@container": "@language" },
		"description": { "@container": "@language" },
		"guerdon": "urn:guerdon:",
	});
	for term in [
		"annotation",
		"arrayShape",
		"citeAs",
		"column",
		"containedIn",
		"equivalentProperty",
		"excludes",
		"extract",
		"field",
		"fileObject",
		"fileProperty",
		"fileSet",
		"format",
		"includes",
		"isArray",
		"isLiveDataset",
		"jsonPath",
		"key",
		"md5",
		"parentField",
		"path",
		"readLines",
		"recordSet",
		"references",
		"regex",
		"repeated",
		"replace",
		"samplingRate",
		"sdVersion",
		"separator",
		"source",
		"subField",
		"transform",
		"unArchive",
	] {
		context[term] = json!(format!("cr:{term}"));
	}
	context
}

pub(super) fn license(license: &str) -> String {
	let address = license.contains("://");
	if address || license.starts_with("LicenseRef-") || license.contains(char::is_whitespace) {
		license.into()
	} else {
		format!("https://spdx.org/licenses/{license}.html")
	}
}

pub(super) fn creator(creator: &Creator) -> Value {
	match creator {
		Creator::Person(name) => json!({ "@type": "sc:Person", "name": name }),
		Creator::Organization(name) => json!({ "@type": "sc:Organization", "name": name }),
	}
}

/// Identifiers of files and of fields begin differently, so that no file name can collide.
fn file_id(path: &str) -> String {
	format!("files/{}", percent_encode(path, true))
}

pub(super) fn file_object(file: &FileEntry, facts: &Facts) -> Value {
	json!({
		"@type": "cr:FileObject",
		"@id": file_id(&file.path),
		"name": file.path,
		"contentUrl": percent_encode(&file.path, true),
		"contentSize": format!("{} B", file.length),
		"encodingFormat": encoding_format(&file.path),
		"sha256": hex::encode(facts.sha256),
		"guerdon:blake3": hex::encode(facts.blake3),
	})
}

pub(super) fn encoding_format(path: &str) -> &'static str {
	let name = path.rsplit('/').next().unwrap_or_default();
	let extension = name
		.rsplit_once('.')
		.map(|(_, extension)| extension.to_ascii_lowercase());
	match extension.as_deref() {
		Some("csv") => CSV,
		Some("tsv") => "text/tab-separated-values",
		Some("txt") => "text/plain",
		Some("md") => "text/markdown",
		Some("html" | "htm") => "text/html",
		Some("json") => "application/json",
		Some("jsonl" | "ndjson") => "application/jsonlines",
		Some("xml") => "application/xml",
		Some("parquet") => "application/x-parquet",
		Some("pdf") => "application/pdf",
		Some("gz") => "application/gzip",
		Some("tar") => "application/x-tar",
		Some("zip") => "application/zip",
		Some("jpg" | "jpeg") => "image/jpeg",
		Some("png") => "image/png",
		Some("mp3") => "audio/mpeg",
		Some("wav") => "audio/wav",
		Some("flac") => "audio/flac",
		Some("mp4") => "video/mp4",
		_ => "application/octet-stream",
	}
}

/// One record set for each distinct header, over the one or many files that begin with it.
pub(super) fn record_sets(files: &[FileEntry], facts: &[Facts]) -> (Vec<Value>, Vec<Value>) {
	let mut groups: Vec<(&[String], Vec<&str>, Vec<Column>)> = Vec::new();
	for (file, facts) in files.iter().zip(facts) {
		let Some(table) = &facts.table else { continue };
		match groups
			.iter_mut()
			.find(|(header, ..)| *header == table.header)
		{
			Some((_, paths, columns)) => {
				paths.push(&file.path);
				for (column, other) in columns.iter_mut().zip(&table.columns) {
					column.merge(*other);
				}
			}
			None => groups.push((&table.header, vec![&file.path], table.columns.clone())),
		}
	}
	let single = groups.len() == 1;
	let mut file_sets = Vec::new();
	let mut record_sets = Vec::new();
	for (number, (header, paths, columns)) in groups.iter().enumerate() {
		let id = if single {
			"records".into()
		} else {
			format!("records-{number}")
		};
		let source = match paths[..] {
			[path] => ("fileObject", file_id(path)),
			_ => {
				let set = format!("{id}-files");
				file_sets.push(json!({
					"@type": "cr:FileSet",
					"@id": set,
					"name": set,
					"encodingFormat": CSV,
					"includes": paths.iter().map(|path| glob(path)).collect::<Vec<_>>(),
				}));
				("fileSet", set)
			}
		};
		let fields: Vec<Value> = header
			.iter()
			.zip(columns)
			.map(|(name, column)| {
				let mut from = Map::new();
				from.insert(source.0.into(), json!({ "@id": source.1 }));
				from.insert("extract".into(), json!({ "column": name }));
				json!({
					"@type": "cr:Field",
					"@id": format!("{id}/{}", percent_encode(name, false)),
					"name": name,
					"dataType": column.data_type(),
					"source": from,
				})
			})
			.collect();
		record_sets.push(json!({
			"@type": "cr:RecordSet",
			"@id": id,
			"name": id,
			"field": fields,
		}));
	}
	(file_sets, record_sets)
}

/// A pattern that only this path fits.
fn glob(path: &str) -> String {
	let mut pattern = String::new();
	for c in path.chars() {
		match c {
			'*' | '?' | '[' => pattern.extend(['[', c, ']']),
			c => pattern.push(c),
		}
	}
	pattern
}

fn percent_encode(text: &str, path: bool) -> String {
	let mut encoded = String::new();
	for byte in text.bytes() {
		let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
		if plain || (path && byte == b'/') {
			encoded.push(byte.into());
		} else {
			encoded += &format!("%{byte:02X}");
		}
	}
	encoded
}

pub(super) fn percent_decode(text: &str) -> Option<String> {
	let mut bytes = Vec::new();
	let mut rest = text.as_bytes();
	while let [first, tail @ ..] = rest {
		rest = tail;
		if *first == b'%' {
			let (digits, tail) = rest.split_at_checked(2)?;
			bytes.extend(hex::decode(digits).ok()?);
			rest = tail;
		} else {
			bytes.push(*first);
		}
	}
	String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn licences_become_addresses() {
		assert_eq!(license("MIT"), "https://spdx.org/licenses/MIT.html");
		assert_eq!(
			license("https://example.org/terms"),
			"https://example.org/terms"
		);
		assert_eq!(license("LicenseRef-terms"), "LicenseRef-terms");
		assert_eq!(license("MIT OR Apache-2.0"), "MIT OR Apache-2.0");
	}
}
