//! A dataset's metadata: an MLCommons Croissant 1.1 document for a folder, and the check of a
//! folder against it.
//!
//! The document lists every file of the folder, and so must lie outside it. The chain keeps its
//! hash: [`metadata_hash`], over the canonical form.

use blake2::{digest::consts::U32, Blake2b, Digest as _};
use guerdon_content::{check_path, Directory, FileEntry, RecordKind};
use guerdon_receipt::Digest;
use serde_json::{json, Map, Value};
use sha2::Sha256;
use std::{
	collections::{BTreeMap, BTreeSet},
	convert::Infallible,
	fs::File,
	io::{self, Read},
	mem,
	path::{Path, PathBuf},
	str::FromStr,
	sync::{
		atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
		Mutex,
	},
	thread,
};

const CONFORMS_TO: &str = "http://mlcommons.org/croissant/1.1";
const CSV: &str = "text/csv";
const BUFFER: usize = 1 << 20;
/// Longer lines are not looked into: their file's columns count as text.
const MAX_LINE: usize = 1 << 20;

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

/// How a folder differs from its description.
#[derive(Debug, thiserror::Error)]
pub enum Mismatch {
	/// The folder cannot be read.
	#[error(transparent)]
	Unreadable(#[from] Error),
	/// The document is not one that [`describe`] could have written.
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

/// What a document says a record is.
pub fn record_kind(document: &Value) -> Option<RecordKind> {
	let name = document["guerdon:recordKind"].as_str()?;
	KINDS.into_iter().find(|kind| kind_name(*kind) == name)
}

/// The canonical form of a document, RFC 8785.
pub fn canonical(document: &Value) -> Vec<u8> {
	serde_json_canonicalizer::to_vec(document)
		.expect("a JSON value has strings for keys and finite numbers; qed")
}

/// The hash that the chain keeps of a document: BLAKE2b-256 of its canonical form.
pub fn metadata_hash(document: &Value) -> Digest {
	Blake2b::<U32>::digest(canonical(document)).into()
}

const KINDS: [RecordKind; 3] = [
	RecordKind::File,
	RecordKind::Line { header: false },
	RecordKind::Line { header: true },
];

fn kind_name(kind: RecordKind) -> &'static str {
	match kind {
		RecordKind::File => "file",
		RecordKind::Line { header: false } => "line",
		RecordKind::Line { header: true } => "line-after-header",
	}
}

fn check_meta(meta: &Meta) -> Result<(), Error> {
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
fn context() -> Value {
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

fn license(license: &str) -> String {
	let address = license.contains("://");
	if address || license.starts_with("LicenseRef-") || license.contains(char::is_whitespace) {
		license.into()
	} else {
		format!("https://spdx.org/licenses/{license}.html")
	}
}

fn creator(creator: &Creator) -> Value {
	match creator {
		Creator::Person(name) => json!({ "@type": "sc:Person", "name": name }),
		Creator::Organization(name) => json!({ "@type": "sc:Organization", "name": name }),
	}
}

/// Identifiers of files and of fields begin differently, so that no file name can collide.
fn file_id(path: &str) -> String {
	format!("files/{}", percent_encode(path, true))
}

fn file_object(file: &FileEntry, facts: &Facts) -> Value {
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

fn encoding_format(path: &str) -> &'static str {
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
fn record_sets(files: &[FileEntry], facts: &[Facts]) -> (Vec<Value>, Vec<Value>) {
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

fn percent_decode(text: &str) -> Option<String> {
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

fn scan(folder: &Path) -> Result<Directory, Error> {
	Directory::scan(folder).map_err(|error| Error::Io {
		path: folder.into(),
		error,
	})
}

struct Facts {
	sha256: Digest,
	blake3: Digest,
	table: Option<Table>,
}

/// Reads every file once, several at a time.
fn examine(
	folder: &Path,
	files: &[FileEntry],
	tables: bool,
	progress: Progress,
) -> Result<Vec<Facts>, Error> {
	let total = files.iter().map(|file| file.length).sum();
	let done = AtomicU64::new(0);
	let advance = |bytes: u64| {
		progress(
			done.fetch_add(bytes, Ordering::Relaxed)
				.saturating_add(bytes),
			total,
		);
	};
	let next = AtomicUsize::new(0);
	let failed = AtomicBool::new(false);
	let results = Mutex::new(BTreeMap::new());
	let threads = thread::available_parallelism()
		.map_or(1, usize::from)
		.min(files.len());
	thread::scope(|scope| {
		for _ in 0..threads {
			scope.spawn(|| {
				let mut buffer = vec![0; BUFFER];
				while !failed.load(Ordering::Relaxed) {
					let index = next.fetch_add(1, Ordering::Relaxed);
					let Some(file) = files.get(index) else { break };
					let table = tables && encoding_format(&file.path) == CSV;
					let facts = examine_file(folder, file, table, &mut buffer, &advance);
					failed.fetch_or(facts.is_err(), Ordering::Relaxed);
					results
						.lock()
						.expect("no thread panics with the lock; qed")
						.insert(index, facts);
				}
			});
		}
	});
	let results = results
		.into_inner()
		.expect("no thread panics with the lock; qed");
	results.into_values().collect()
}

fn examine_file(
	folder: &Path,
	file: &FileEntry,
	table: bool,
	buffer: &mut [u8],
	advance: &impl Fn(u64),
) -> Result<Facts, Error> {
	let path = folder.join(&file.path);
	let io_error = |error| Error::Io {
		path: path.clone(),
		error,
	};
	let mut source = File::open(&path).map_err(io_error)?;
	let mut sha256 = Sha256::new();
	let mut blake3 = blake3::Hasher::new();
	let mut reader = table.then(TableReader::default);
	let mut length = 0u64;
	loop {
		let count = match source.read(buffer) {
			Ok(0) => break,
			Ok(count) => count,
			Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
			Err(error) => return Err(io_error(error)),
		};
		let piece = &buffer[..count];
		sha256.update(piece);
		blake3.update(piece);
		if let Some(reader) = &mut reader {
			reader.read(piece);
		}
		length += count as u64;
		if length > file.length {
			break;
		}
		advance(count as u64);
	}
	if length != file.length {
		return Err(Error::Changed(file.path.clone()));
	}
	let header = |why| Error::Header {
		path: file.path.clone(),
		why,
	};
	let table = match reader {
		Some(reader) => reader.finish().map_err(header)?,
		None => None,
	};
	Ok(Facts {
		sha256: sha256.finalize().into(),
		blake3: blake3.finalize().into(),
		table,
	})
}

struct Table {
	header: Vec<String>,
	columns: Vec<Column>,
}

/// Finds out what the columns of a CSV file are called and hold.
#[derive(Default)]
struct TableReader {
	header: Option<Vec<String>>,
	columns: Vec<Column>,
	line: Vec<u8>,
	too_long: bool,
	wrong: Option<String>,
}

impl TableReader {
	fn read(&mut self, bytes: &[u8]) {
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

	fn finish(mut self) -> Result<Option<Table>, String> {
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

fn is_date(text: &[u8]) -> bool {
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
struct Column {
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

	fn merge(&mut self, other: Column) {
		self.blanks |= other.blanks;
		self.kind = match (self.kind, other.kind) {
			(Some(one), Some(other)) => Some(one.join(other)),
			(one, other) => one.or(other),
		};
	}

	/// Readers of tables have a blank only for floating-point numbers and text.
	fn data_type(self) -> &'static str {
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
	use std::fs;
	use tempfile::TempDir;

	/// Accepted by `mlcroissant validate` (1.1.1), which also reads the records by it.
	const EXAMPLE: &str = include_str!("../tests/croissant.json");

	const DIGITS: &str = "x0,x1,ratio,label\n0,16,0.5,3\n5,0,1e-2,7\n12,8,,9\n";
	const MORE: &str = "x0,x1,ratio,label\r\n1,15,2,4\r\n";

	fn meta() -> Meta {
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

	fn folder(files: &[(&str, &str)]) -> TempDir {
		let folder = TempDir::new().unwrap();
		for (path, text) in files {
			let path = folder.path().join(path);
			fs::create_dir_all(path.parent().unwrap()).unwrap();
			fs::write(path, text).unwrap();
		}
		folder
	}

	fn digits() -> TempDir {
		folder(&[
			("digits.csv", DIGITS),
			("more/digits.csv", MORE),
			("notes.md", "Read me.\n"),
		])
	}

	fn describe_quietly(folder: &TempDir) -> Value {
		describe(folder.path(), &meta(), &|_, _| ()).unwrap()
	}

	fn check(folder: &TempDir, document: &Value) -> Result<(), Mismatch> {
		verify(folder.path(), document, &|_, _| ())
	}

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

	#[test]
	fn progress_ends_at_the_whole() {
		let folder = digits();
		let most = AtomicU64::new(0);
		let whole = (DIGITS.len() + MORE.len() + "Read me.\n".len()) as u64;
		let progress = |done, total| {
			assert_eq!(total, whole);
			most.fetch_max(done, Ordering::Relaxed);
		};
		describe(folder.path(), &meta(), &progress).unwrap();
		assert_eq!(most.into_inner(), whole);
	}

	/// Section 3.2.2 to 3.2.4 of the RFC: its whole example.
	#[test]
	fn canonical_form_is_that_of_rfc_8785() {
		let value: Value = serde_json::from_str(
			r#"{
				"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
				"string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
				"literals": [null, true, false]
			}"#,
		)
		.unwrap();
		let expected =
			"7b226c69746572616c73223a5b6e756c6c2c747275652c66616c73655d2c226e756d62657273\
			223a5b3333333333333333332e333333333333332c31652b33302c342e352c302e3030322c31652d32375d2c\
			22737472696e67223a22e282ac245c75303030665c6e4127425c225c5c5c5c5c222f227d";
		let expected: String = expected.split_whitespace().collect();
		assert_eq!(hex::encode(canonical(&value)), expected);
	}

	/// Section 3.2.3: by UTF-16 code units, not by code points or bytes.
	#[test]
	fn canonical_keys_are_ordered_as_rfc_8785_says() {
		let value: Value = serde_json::from_str(
			r#"{
				"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh",
				"1": "One", "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control",
				"\u00f6": "Latin Small Letter O With Diaeresis"
			}"#,
		)
		.unwrap();
		let text = String::from_utf8(canonical(&value)).unwrap();
		let places: Vec<usize> = [
			"Carriage", "One", "Control", "Latin", "Euro", "Emoji", "Hebrew",
		]
		.iter()
		.map(|name| text.find(name).unwrap())
		.collect();
		assert!(places.is_sorted(), "{text}");
	}

	/// Appendix B, where a double comes near its limits.
	#[test]
	fn canonical_numbers_are_those_of_rfc_8785() {
		for (bits, expected) in [
			(0x0000000000000000u64, "0"),
			(0x8000000000000000, "0"),
			(0x0000000000000001, "5e-324"),
			(0x8000000000000001, "-5e-324"),
			(0x7fefffffffffffff, "1.7976931348623157e+308"),
			(0x4340000000000000, "9007199254740992"),
			(0x4430000000000000, "295147905179352830000"),
			(0x44b52d02c7e14af5, "9.999999999999997e+22"),
			(0x44b52d02c7e14af6, "1e+23"),
			(0x444b1ae4d6e2ef4e, "999999999999999700000"),
			(0x444b1ae4d6e2ef50, "1e+21"),
			(0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"),
			(0x3eb0c6f7a0b5ed8d, "0.000001"),
			(0x41b3de4355555553, "333333333.3333332"),
			(0x41b3de4355555557, "333333333.33333343"),
			(0xbecbf647612f3696, "-0.0000033333333333333333"),
			(0x43143ff3c1cb0959, "1424953923781206.2"),
		] {
			let text = canonical(&json!(f64::from_bits(bits)));
			assert_eq!(String::from_utf8(text).unwrap(), expected, "{bits:016x}");
		}
	}

	#[test]
	fn the_metadata_hash_is_blake2b_256_of_the_canonical_form() {
		// From Python's hashlib.blake2b with a digest of 32 bytes.
		for (document, expected) in [
			(
				"{}",
				"c09da522dac261c3d2566230bed10d2f3ef13f8e7654576c12e857e07f786098",
			),
			(
				r#"{"b": 1.0, "a": 2}"#,
				"264a84ee9c449ee90c05c62a542cde93a8ea646394268de1a5be06433ce369f4",
			),
		] {
			let document = serde_json::from_str(document).unwrap();
			assert_eq!(hex::encode(metadata_hash(&document)), expected);
		}
	}
}
