use super::{noise, two_files, LINES, TWO_FILES};
use crate::{
	frame, index, verify_final, Directory, Error, FileEntry, Observer, RecordKind, Trailer,
};
use std::{
	fs,
	io::{Cursor, Read, Seek, SeekFrom},
};
use tempfile::TempDir;

fn directory<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> TempDir {
	let base = tempfile::tempdir().unwrap();
	for (path, data) in files {
		let place = base.path().join(path);
		fs::create_dir_all(place.parent().unwrap()).unwrap();
		fs::write(place, data).unwrap();
	}
	base
}

#[derive(Default)]
struct Watcher {
	files: Vec<String>,
	data: Vec<u8>,
	progress: Vec<(u64, u64)>,
}

impl Observer for Watcher {
	fn file(&mut self, file: &FileEntry) {
		self.files.push(file.path.clone());
	}
	fn data(&mut self, bytes: &[u8]) {
		self.data.extend(bytes);
	}
	fn progress(&mut self, done: u64, total: u64) {
		self.progress.push((done, total));
	}
}

#[test]
fn a_directory_becomes_the_stream_of_its_files() {
	let base = directory(TWO_FILES);
	let scanned = Directory::scan(base.path()).unwrap();
	let mut stream = Vec::new();
	let mut watcher = Watcher::default();
	let framed = scanned.write(LINES, &mut stream, &mut watcher).unwrap();

	assert_eq!(stream, two_files());
	assert_eq!(scanned.stream_length(), stream.len() as u64);
	assert_eq!(framed.root, *blake3::hash(&stream).as_bytes());
	assert_eq!(
		verify_final(&framed.root, &framed.final_chunk),
		Ok(framed.trailer)
	);
	assert_eq!(framed.trailer.records, 3);
	for (digest, (path, data)) in framed.files.iter().zip(TWO_FILES) {
		assert_eq!(
			(digest.path.as_str(), digest.length),
			(path, data.len() as u64)
		);
		assert_eq!(digest.blake3, *blake3::hash(data).as_bytes());
	}
	assert_eq!(watcher.files, ["a.csv", "b/c.csv"]);
	assert_eq!(watcher.data, [TWO_FILES[0].1, TWO_FILES[1].1].concat());
	assert!(watcher.progress.is_sorted());
	assert_eq!(watcher.progress.last(), Some(&(3072, 3072)));
	assert_eq!(scanned.hash(LINES, &mut ()).unwrap(), framed);
}

#[test]
fn files_are_ordered_by_the_bytes_of_the_whole_path() {
	let files = [("a-b", &b"1"[..]), ("a/b", b"2"), ("a0", b"3")];
	let base = directory(files);
	let mut stream = Vec::new();
	let scanned = Directory::scan(base.path()).unwrap();
	scanned
		.write(RecordKind::File, &mut stream, &mut ())
		.unwrap();
	assert_eq!(stream, frame(files, RecordKind::File).unwrap());
}

#[test]
fn an_empty_directory_is_one_trailer() {
	let base = directory([]);
	fs::create_dir(base.path().join("empty")).unwrap();
	let framed = Directory::scan(base.path())
		.unwrap()
		.hash(LINES, &mut ())
		.unwrap();
	assert_eq!(framed.trailer, Trailer::new(LINES, 0, 0, 0, 1024));
	assert_eq!(
		framed.root,
		*blake3::hash(&framed.trailer.encode()).as_bytes()
	);
}

#[test]
fn a_file_larger_than_the_buffer_hashes_the_same() {
	let large = noise((8 << 20) + 4321);
	let files = [("a", &b""[..]), ("large", &large), ("z", b"z")];
	let base = directory(files);
	let scanned = Directory::scan(base.path()).unwrap();
	let framed = scanned.hash(RecordKind::File, &mut ()).unwrap();
	let stream = frame(files, RecordKind::File).unwrap();
	assert_eq!(scanned.stream_length(), stream.len() as u64);
	assert_eq!(framed.root, *blake3::hash(&stream).as_bytes());
	assert_eq!(framed.files[1].blake3, *blake3::hash(&large).as_bytes());
}

#[test]
fn a_file_that_changes_its_length_is_noticed() {
	for changed in ["shorter", "a good deal longer than before"] {
		let base = directory([("a", &b"as it was"[..])]);
		let scanned = Directory::scan(base.path()).unwrap();
		fs::write(base.path().join("a"), changed).unwrap();
		let error = scanned.hash(LINES, &mut ()).unwrap_err();
		assert!(error.to_string().contains("/a: "), "{error}");
	}
}

#[cfg(unix)]
#[test]
fn links_and_names_that_are_not_portable_are_refused() {
	let base = directory([("a", &b"a"[..])]);
	std::os::unix::fs::symlink("/etc/hostname", base.path().join("link")).unwrap();
	assert!(Directory::scan(base.path()).is_err());
	for name in ["a:b", "a\\b", "a\nb"] {
		let base = directory([(name, &b"a"[..])]);
		let error = Directory::scan(base.path()).unwrap_err();
		assert!(
			error.to_string().contains(&Error::InvalidPath.to_string()),
			"{error}"
		);
	}
}

#[test]
fn the_stream_is_served_from_the_files_as_they_lie() {
	let filler = noise(5000);
	let files = [
		("a", &b""[..]),
		("b", &filler),
		("c/d", &filler[..1003]),
		("e", b"e"),
	];
	let base = directory(files);
	let expected = frame(files, RecordKind::File).unwrap();
	let trailer = index(&expected).unwrap().trailer;
	let mut stream = Directory::scan(base.path())
		.unwrap()
		.stream(trailer)
		.unwrap();
	assert_eq!(stream.length(), expected.len() as u64);

	let mut whole = Vec::new();
	stream.read_to_end(&mut whole).unwrap();
	assert!(whole == expected);
	for start in (0..expected.len()).step_by(97) {
		stream.seek(SeekFrom::Start(start as u64)).unwrap();
		let mut bytes = vec![0; (expected.len() - start).min(1500)];
		stream.read_exact(&mut bytes).unwrap();
		assert!(bytes == expected[start..start + bytes.len()], "at {start}");
	}
	stream.seek(SeekFrom::End(10)).unwrap();
	assert_eq!(stream.read(&mut [0; 8]).unwrap(), 0);
	assert!(stream.seek(SeekFrom::End(-100_000)).is_err());
}

#[test]
fn a_trailer_of_other_files_is_refused() {
	let base = directory(TWO_FILES);
	let scanned = Directory::scan(base.path()).unwrap();
	let other = Trailer::new(LINES, 2, 3, 22, 4096);
	assert_eq!(scanned.stream(other).unwrap_err(), Error::TotalsMismatch);
}

#[test]
fn a_bao_server_can_serve_the_stream_and_a_bao_client_accepts_it() {
	let base = directory(TWO_FILES);
	let scanned = Directory::scan(base.path()).unwrap();
	let framed = scanned.hash(LINES, &mut ()).unwrap();
	let (outboard, hash) = bao::encode::outboard(two_files());
	assert_eq!(hash.as_bytes(), &framed.root);
	let stream = scanned.stream(framed.trailer).unwrap();
	let mut slice = Vec::new();
	bao::encode::SliceExtractor::new_outboard(stream, Cursor::new(outboard), 1049, 10)
		.read_to_end(&mut slice)
		.unwrap();
	let mut data = Vec::new();
	bao::decode::SliceDecoder::new(&slice[..], &hash, 1049, 10)
		.read_to_end(&mut data)
		.unwrap();
	assert_eq!(data, TWO_FILES[1].1);
}
