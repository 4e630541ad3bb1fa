//! Reading the files of a folder: their hashes, and what their tables hold.

use super::{
	document::{encoding_format, CSV},
	table::{Table, TableReader},
	Error, Progress,
};
use guerdon_content::{Directory, FileEntry};
use guerdon_receipt::Digest;
use sha2::{Digest as _, Sha256};
use std::{
	collections::BTreeMap,
	fs::File,
	io::{self, Read},
	mem,
	path::{Path, PathBuf},
	sync::{
		atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
		Mutex,
	},
	thread,
};

const BUFFER: usize = 1 << 20;
/// Large enough for BLAKE3's tree to be hashed on many cores at once. Longer files are read in pieces
/// of this size, and their pieces hashed by several threads.
const PIECE: usize = 8 << 20;

pub(super) fn scan(folder: &Path) -> Result<Directory, Error> {
	Directory::scan(folder).map_err(|error| {
		let (path, error) = unreadable(folder).unwrap_or_else(|| (folder.into(), error));
		Error::Io { path, error }
	})
}

/// The first folder that cannot be listed, for the system's error does not name it.
fn unreadable(folder: &Path) -> Option<(PathBuf, io::Error)> {
	let mut open = vec![folder.to_path_buf()];
	while let Some(folder) = open.pop() {
		let entries = match std::fs::read_dir(&folder) {
			Ok(entries) => entries,
			Err(error) => return Some((folder, error)),
		};
		for entry in entries.filter_map(Result::ok) {
			if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
				open.push(entry.path());
			}
		}
	}
	None
}

pub(super) struct Facts {
	pub(super) sha256: Digest,
	pub(super) blake3: Digest,
	pub(super) table: Option<Table>,
}

/// Reads every file once, several at a time.
pub(super) fn examine(
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
				let mut buffers = Buffers::default();
				while !failed.load(Ordering::Relaxed) {
					let index = next.fetch_add(1, Ordering::Relaxed);
					let Some(file) = files.get(index) else { break };
					let table = tables && encoding_format(&file.path) == CSV;
					let facts = examine_file(folder, file, table, &mut buffers, &advance);
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

/// Two pieces of a file: one that is hashed, and one that is read meanwhile.
#[derive(Default)]
struct Buffers {
	current: Vec<u8>,
	next: Vec<u8>,
}

impl Buffers {
	/// Makes room for a file: what one long file needed serves the next ones too.
	fn fit(&mut self, length: u64) {
		let long = length > PIECE as u64;
		let (current, next) = if long { (PIECE, PIECE) } else { (BUFFER, 0) };
		for (buffer, size) in [(&mut self.current, current), (&mut self.next, next)] {
			buffer.resize(buffer.len().max(size), 0);
		}
	}
}

/// What is made of a file's bytes while they pass.
struct Digests {
	sha256: Sha256,
	blake3: blake3::Hasher,
	table: Option<TableReader>,
}

impl Digests {
	fn new(table: bool) -> Self {
		Digests {
			sha256: Sha256::new(),
			blake3: blake3::Hasher::new(),
			table: table.then(TableReader::default),
		}
	}

	fn update(&mut self, piece: &[u8]) {
		self.sha256.update(piece);
		self.blake3.update(piece);
		if let Some(table) = &mut self.table {
			table.read(piece);
		}
	}

	/// The same on several cores, while `meanwhile` runs on this one.
	fn update_long<T>(&mut self, piece: &[u8], meanwhile: impl FnOnce() -> T) -> T {
		let Digests {
			sha256,
			blake3,
			table,
		} = self;
		thread::scope(|scope| {
			scope.spawn(move || sha256.update(piece));
			scope.spawn(move || {
				blake3.update_rayon(piece);
			});
			if let Some(table) = table {
				scope.spawn(move || table.read(piece));
			}
			meanwhile()
		})
	}
}

/// Reads until the buffer is full or the file ends.
fn fill(source: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
	let mut filled = 0;
	while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
		match source.read(rest) {
			Ok(0) => break,
			Ok(count) => filled += count,
			Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
			Err(error) => return Err(error),
		}
	}
	Ok(filled)
}

fn examine_file(
	folder: &Path,
	file: &FileEntry,
	table: bool,
	buffers: &mut Buffers,
	advance: &impl Fn(u64),
) -> Result<Facts, Error> {
	let path = folder.join(&file.path);
	let io_error = |error| Error::Io {
		path: path.clone(),
		error,
	};
	let mut source = File::open(&path).map_err(io_error)?;
	let mut digests = Digests::new(table);
	buffers.fit(file.length);
	let long = file.length > PIECE as u64;
	let mut length = 0u64;
	let mut count = fill(&mut source, &mut buffers.current).map_err(io_error)?;
	while count > 0 {
		let piece = &buffers.current[..count];
		length += count as u64;
		if length > file.length {
			break;
		}
		let next = if long {
			let next = &mut buffers.next;
			let read = digests.update_long(piece, || fill(&mut source, next));
			mem::swap(&mut buffers.current, &mut buffers.next);
			read
		} else {
			digests.update(piece);
			fill(&mut source, &mut buffers.current)
		};
		advance(count as u64);
		count = next.map_err(io_error)?;
	}
	if length != file.length {
		return Err(Error::Changed(file.path.clone()));
	}
	let header = |why| Error::Header {
		path: file.path.clone(),
		why,
	};
	let table = match digests.table {
		Some(reader) => reader.finish().map_err(header)?,
		None => None,
	};
	Ok(Facts {
		sha256: digests.sha256.finalize().into(),
		blake3: digests.blake3.finalize().into(),
		table,
	})
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::describe::{describe, fixtures::*, verify};
	use std::fs;

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

	#[test]
	fn long_files_are_the_same_in_pieces() {
		let line = "12,0.5\n";
		let text = |bytes: usize| format!("x,ratio\n{}", line.repeat(bytes / line.len()));
		let long = text(2 * PIECE + 12_345) + "1.5,1\n";
		let exact = "a".repeat(PIECE);
		let one_more = "b".repeat(PIECE + 1);
		let twice = "c".repeat(2 * PIECE);
		let files = [
			("a.csv", long.as_str()),
			("b", exact.as_str()),
			("c", one_more.as_str()),
			("d", twice.as_str()),
			("e", ""),
			("f.csv", "x,ratio\n1,2\n"),
		];
		let folder = folder(&files);
		let most = AtomicU64::new(0);
		let progress = |done, _| {
			most.fetch_max(done, Ordering::Relaxed);
		};
		let document = describe(folder.path(), &meta(), &progress).unwrap();
		for (entry, (path, text)) in document["distribution"]
			.as_array()
			.unwrap()
			.iter()
			.zip(files)
		{
			assert_eq!(entry["name"], path);
			let sha256 = hex::encode(Sha256::digest(text));
			assert_eq!(entry["sha256"], sha256, "{path}");
			let blake3 = blake3::hash(text.as_bytes()).to_hex();
			assert_eq!(entry["guerdon:blake3"], blake3.as_str(), "{path}");
		}
		// The last line of the long table is what makes its first column one of fractions.
		let fields = &document["recordSet"][0]["field"];
		assert_eq!(fields[0]["dataType"], "sc:Float");
		assert_eq!(fields[1]["dataType"], "sc:Float");
		let whole: usize = files.iter().map(|(_, text)| text.len()).sum();
		assert_eq!(most.into_inner(), whole as u64);
		verify(folder.path(), &document, &|_, _| ()).unwrap();
	}

	#[test]
	fn files_that_grow_or_shrink_are_noticed() {
		for length in [1, BUFFER, PIECE + 5] {
			let folder = folder(&[("a", &"a".repeat(length))]);
			let directory = scan(folder.path()).unwrap();
			for other in [length - 1, length + 1, length + 2 * PIECE] {
				fs::write(folder.path().join("a"), vec![b'a'; other]).unwrap();
				let examined = examine(folder.path(), directory.files(), false, &|_, _| ());
				assert!(matches!(examined, Err(Error::Changed(path)) if path == "a"));
			}
		}
	}

	#[test]
	fn a_subfolder_that_cannot_be_listed_is_named() {
		// Nobody, not even root, can list a folder whose path is longer than the system takes.
		let base = tempfile::tempdir().unwrap();
		let name = "d".repeat(200);
		let chain = |top: &str| {
			let path = [top].into_iter().chain([name.as_str(); 12]);
			base.path().join(path.collect::<PathBuf>())
		};
		fs::create_dir_all(chain("data")).unwrap();
		fs::create_dir_all(chain("more")).unwrap();
		fs::rename(base.path().join("more"), chain("data").join("more")).unwrap();
		match scan(&base.path().join("data")) {
			Err(Error::Io { path, error }) => {
				assert!(path.starts_with(chain("data").join("more")), "{error}");
			}
			other => panic!("{other:?}"),
		}
	}
}
