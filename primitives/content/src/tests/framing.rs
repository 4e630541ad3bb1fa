use super::{noise, two_files, LINES, TWO_FILES};
use crate::{
	check_path, frame, framed_length, index, records, Error, Framer, RecordKind, RootBuilder,
	CHUNK, MAX_PATH_LENGTH,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

#[test]
fn the_stream_of_two_files_is_frozen() {
	let stream = two_files();
	assert_eq!(stream.len(), 3 * CHUNK);
	assert_eq!(
		hex::encode(&stream[..36]),
		concat!(
			"475244454e545259",
			"0c00000000000000",
			"0500",
			"612e637376",
			"782c790a312c320a332c340a",
			"00"
		)
	);
	assert_eq!(
		hex::encode(&stream[1024..1049]),
		"475244454e5452590a000000000000000700622f632e637376"
	);
	assert_eq!(
		blake3::hash(&stream).to_hex().as_str(),
		"f1d691db79fac1a49c69a8445175c2dee89d07a5472915244d8e118614561ffc"
	);
}

#[test]
fn the_index_finds_every_file() {
	let stream = two_files();
	let index = index(&stream).unwrap();
	assert_eq!(index.entries.len(), 2);
	assert_eq!(index.entries[1].offset, 1024 + 25);
	for (path, data) in TWO_FILES {
		assert_eq!(index.find(path).unwrap().data(&stream).unwrap(), data);
	}
	assert_eq!(index.find("b"), None);
}

#[test]
fn hostile_paths_are_refused() {
	let long = "a".repeat(MAX_PATH_LENGTH as usize + 1);
	let hostile = [
		"",
		"/",
		"/etc/passwd",
		"..",
		"../a",
		"a/../b",
		"a/..",
		".",
		"./a",
		"a/./b",
		"a//b",
		"a/",
		"a\\b",
		"\\\\host\\share",
		"C:",
		"C:/a",
		"a:stream",
		"a\0b",
		"a\nb",
		"\u{7f}",
		"a\u{85}b",
		&long,
	];
	for path in hostile {
		assert_eq!(check_path(path), Err(Error::InvalidPath), "{path:?}");
		assert_eq!(
			Framer::new(LINES).open(path, 1),
			Err(Error::InvalidPath),
			"{path:?}"
		);
		let length = path.len() as u16;
		let stream = forge(&[(path.as_bytes(), length, b"x")]);
		assert_eq!(index(&stream), Err(Error::InvalidPath), "{path:?}");
	}
	for path in [
		"a",
		"...",
		"..a",
		"a..",
		".hidden",
		"a b/ü/数据.csv",
		&long[1..],
	] {
		assert_eq!(check_path(path), Ok(()), "{path:?}");
	}
}

#[test]
fn a_path_that_is_not_utf8_is_refused() {
	assert_eq!(
		index(&forge(&[(b"\xff\xfe", 2, b"x")])),
		Err(Error::InvalidPath)
	);
}

#[test]
fn paths_out_of_order_and_duplicates_are_refused() {
	for (first, second) in [
		("b", "a"),
		("a", "a"),
		("a/b", "a-b"),
		("ab", "a"),
		("a", "B"),
	] {
		let mut framer = Framer::new(LINES);
		framer.open(first, 0).unwrap();
		assert_eq!(framer.open(second, 0), Err(Error::UnorderedPaths));
		let entries = [first, second].map(|path| (path.as_bytes(), path.len() as u16, &b""[..]));
		assert_eq!(index(&forge(&entries)), Err(Error::UnorderedPaths));
	}
}

#[test]
fn a_file_must_be_as_long_as_announced() {
	let mut framer = Framer::new(LINES);
	framer.open("a", 2).unwrap();
	assert_eq!(framer.data(b"abc"), Err(Error::WrongFileLength));
	assert_eq!(framer.data(b"a"), Ok(&[][..]));
	assert_eq!(framer.open("b", 0), Err(Error::WrongFileLength));
	assert_eq!(framer.clone().close(), Err(Error::WrongFileLength));
	assert_eq!(framer.data(b"b").unwrap().len(), CHUNK - 18 - 1 - 2);
	assert_eq!(framer.data(b"c"), Err(Error::WrongFileLength));
	assert_eq!(framer.close().unwrap().data_length, 2);
}

#[test]
fn lengths_that_overflow_are_refused() {
	assert_eq!(Framer::new(LINES).open("a", u64::MAX), Err(Error::TooLong));
	assert_eq!(
		Framer::new(LINES).open("a", u64::MAX - 19),
		Err(Error::TooLong)
	);
	assert_eq!(
		framed_length([("a", u64::MAX / 2), ("b", u64::MAX / 2)]),
		Err(Error::TooLong)
	);
}

#[test]
fn a_header_that_announces_a_huge_file_is_refused() {
	for length in [u64::MAX, u64::MAX - 1024, 1 << 63, 1 << 40, 2048] {
		let mut stream = two_files();
		stream[8..16].copy_from_slice(&length.to_le_bytes());
		let error = index(&stream).unwrap_err();
		assert!(
			matches!(error, Error::InvalidEntry | Error::TooLong),
			"{length}: {error:?}"
		);
	}
}

#[test]
fn a_header_that_announces_a_path_beyond_the_stream_is_refused() {
	assert_eq!(
		index(&forge(&[(b"a", 1024, b"x")])),
		Err(Error::InvalidEntry)
	);
	assert_eq!(
		index(&forge(&[(b"a", u16::MAX, b"x")])),
		Err(Error::InvalidPath)
	);
}

#[test]
fn padding_must_be_zero() {
	for position in [40, 1023, 2047] {
		let mut stream = two_files();
		stream[position] = 1;
		assert_eq!(index(&stream), Err(Error::InvalidEntry), "byte {position}");
	}
}

#[test]
fn a_cut_or_lengthened_stream_is_refused() {
	let stream = two_files();
	assert_eq!(index(&[]), Err(Error::WrongStreamLength));
	assert_eq!(index(&stream[..1023]), Err(Error::WrongStreamLength));
	assert_eq!(index(&stream[..2048]), Err(Error::InvalidTrailer));
	assert_eq!(index(&stream[1024..]), Err(Error::WrongStreamLength));
	let doubled = [&stream[..], &stream[..]].concat();
	assert_eq!(index(&doubled), Err(Error::WrongStreamLength));
}

#[test]
fn totals_must_agree_with_the_trailer() {
	let stream = two_files();
	let honest = index(&stream).unwrap().trailer;
	for lie in [
		crate::Trailer { files: 1, ..honest },
		crate::Trailer { files: 3, ..honest },
		crate::Trailer {
			data_length: 21,
			..honest
		},
	] {
		let mut stream = stream.clone();
		stream[2048..].copy_from_slice(&lie.encode());
		let error = index(&stream).unwrap_err();
		assert!(
			matches!(error, Error::TotalsMismatch | Error::InvalidTrailer),
			"{error:?}"
		);
	}
}

#[test]
fn empty_files_and_files_that_fill_their_chunk_have_their_place() {
	let exact = noise(CHUNK - 18 - 1);
	let files = [("a", &b""[..]), ("b", &exact), ("c", b""), ("d", b"d")];
	let stream = frame(files, RecordKind::File).unwrap();
	assert_eq!(stream.len(), 5 * CHUNK);
	let index = index(&stream).unwrap();
	for (path, data) in files {
		assert_eq!(index.find(path).unwrap().data(&stream).unwrap(), data);
	}
	assert_eq!(records(&stream, RecordKind::File).unwrap().count(), 4);
}

/// A stream with headers that no framer would write.
fn forge(entries: &[(&[u8], u16, &[u8])]) -> Vec<u8> {
	let mut stream = Vec::new();
	let mut data_length = 0;
	for (path, path_length, data) in entries {
		stream.extend(crate::ENTRY_MAGIC);
		stream.extend((data.len() as u64).to_le_bytes());
		stream.extend(path_length.to_le_bytes());
		stream.extend(*path);
		stream.extend(*data);
		stream.resize(stream.len().next_multiple_of(CHUNK), 0);
		data_length += data.len() as u64;
	}
	let length = (stream.len() + CHUNK) as u64;
	let trailer = crate::Trailer::new(LINES, entries.len() as u32, 0, data_length, length);
	stream.extend(trailer.encode());
	stream
}

fn datasets() -> impl Strategy<Value = BTreeMap<String, Vec<u8>>> {
	let data = prop_oneof![
		prop::collection::vec(any::<u8>(), 0..40),
		(900usize..1100).prop_map(noise),
		(0usize..9000).prop_map(noise),
	];
	prop::collection::btree_map("[a-c]{1,3}(/[a-c.é-]{1,4}x){0,2}", data, 0..6)
}

proptest! {
	#[test]
	fn framing_round_trips(files in datasets(), step in 1usize..3000) {
		let pairs = files.iter().map(|(path, data)| (path.as_str(), data.as_slice()));
		let stream = frame(pairs, LINES).unwrap();
		let lengths = files.iter().map(|(path, data)| (path.as_str(), data.len() as u64));
		prop_assert_eq!(framed_length(lengths).unwrap(), stream.len() as u64);

		let index = index(&stream).unwrap();
		let read: BTreeMap<String, Vec<u8>> = index
			.entries
			.iter()
			.map(|entry| (entry.path.clone(), entry.data(&stream).unwrap().to_vec()))
			.collect();
		prop_assert_eq!(&read, &files);

		let mut framer = Framer::new(LINES);
		let mut root = RootBuilder::new();
		for (path, data) in &files {
			root.update(&framer.open(path, data.len() as u64).unwrap()).unwrap();
			for piece in data.chunks(step) {
				root.update(piece).unwrap();
				root.update(framer.data(piece).unwrap()).unwrap();
			}
		}
		let trailer = framer.close().unwrap();
		prop_assert_eq!(trailer, index.trailer);
		let (root, proof) = root.finish(&trailer.encode()).unwrap();
		prop_assert_eq!(root, *blake3::hash(&stream).as_bytes());
		prop_assert_eq!(crate::verify_final(&root, &proof), Ok(trailer));
	}

	#[test]
	fn hostile_bytes_never_panic_and_what_is_accepted_is_canonical(
		changes in prop::collection::vec((0usize..3072, any::<u8>()), 1..4),
		cut in 0usize..4,
	) {
		let mut stream = two_files();
		for (position, value) in changes {
			stream[position] = value;
		}
		stream.drain(..(cut % 3) * CHUNK);
		if let Ok(index) = index(&stream) {
			let pairs = index
				.entries
				.iter()
				.map(|entry| (entry.path.as_str(), entry.data(&stream).unwrap()));
			let mut again = frame(pairs, index.trailer.kind).unwrap();
			let length = again.len();
			again[length - CHUNK..].copy_from_slice(&index.trailer.encode());
			prop_assert_eq!(again, stream.clone());
		}
		let _ = records(&stream, LINES).map(Iterator::count);
	}

	#[test]
	fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..2100)) {
		prop_assert!(index(&bytes).is_err());
	}
}
