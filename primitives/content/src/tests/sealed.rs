use super::{two_files, LINES};
use crate::{
	frame, index, records,
	sealed::{
		blinding, plaintext_commitment, segment_count, segment_key, segment_span, segments_of,
		Opening, Reader, Sealed, Sealer, Secret, SEGMENT,
	},
	verify_final, Cursor, Error, Piece, RecordKind, RootBuilder, CHUNK, MAX_PATH_LENGTH,
};
use codec::{Decode, Encode, MaxEncodedLen};
use proptest::prelude::*;
use std::ops::Range;

const SECRET: Secret = [7; 32];
const KINDS: [RecordKind; 3] = [RecordKind::File, RecordKind::Line { header: false }, LINES];

/// Seals a stream that arrives in pieces of a size.
fn seal(stream: &[u8], kind: RecordKind, piece: usize) -> (Vec<u8>, Sealed) {
	let mut sealer = Sealer::new(SECRET, kind, stream.len() as u64).unwrap();
	let mut sealed = Vec::new();
	for piece in stream.chunks(piece) {
		let out = |bytes: &[u8]| -> Result<(), Error> {
			sealed.extend_from_slice(bytes);
			Ok(())
		};
		sealer.update(piece, out).unwrap();
	}
	(sealed, sealer.finish().unwrap())
}

/// A segment, opened with the secret.
fn open(sealed: &[u8], starts: &[Cursor], segment: u64) -> Vec<u8> {
	let span = segment_span(sealed.len() as u64, segment).unwrap();
	let mut bytes = sealed[span.start as usize..span.end as usize].to_vec();
	let opening = Opening {
		key: segment_key(&SECRET, segment),
		start: starts[segment as usize],
	};
	opening.apply(&mut bytes);
	bytes
}

/// The records of a range, from the segments alone.
fn read(
	sealed: &[u8],
	starts: &[Cursor],
	kind: RecordKind,
	segments: Range<u64>,
	range: Range<u64>,
) -> Result<Vec<Vec<u8>>, Error> {
	let mut reader = Reader::new(kind, starts[segments.start as usize], range)?;
	let mut found = Vec::new();
	for segment in segments {
		assert_eq!(reader.cursor(), starts[segment as usize]);
		let bytes = open(sealed, starts, segment);
		reader.read(&bytes, |record| found.push(record.to_vec()))?;
	}
	match reader.is_done() {
		true => Ok(found),
		false => Err(Error::TotalsMismatch),
	}
}

/// The numbers come from another implementation, in Python.
#[test]
fn the_sealed_stream_of_two_files_is_frozen() {
	let stream = two_files();
	let (sealed, found) = seal(&stream, LINES, 100);
	assert_eq!(
		hex::encode(segment_key(&SECRET, 0)),
		"8a42ee2023d2de3afe4611e1157d805a0364f610fdcb7c2dd44d8884f682b913"
	);
	assert_eq!(
		hex::encode(&sealed[..16]),
		"5635fbcd0d718f031205372e0996ae5d"
	);
	assert_eq!(
		blake3::hash(&sealed).to_hex().as_str(),
		"648fdc11f5d9d4d0f52c5f11f8e8b7044c4fac9a02762309ee81a04e800fb197"
	);
	assert_eq!(found.leaves.len(), 1);
	assert_eq!(
		hex::encode(found.leaves[0]),
		"c6f294313fa10ca7da18147f4689894d344de9514d7c6bb07a436e03bce60c8a"
	);
	assert_eq!(
		hex::encode(blinding(&SECRET)),
		"f0189766b155d8044f89651b14868b0ec15bb443dbcc0673386bc53a9a7fa8a8"
	);
	assert_eq!(
		hex::encode(plaintext_commitment(&[1; 32], &[2; 32])),
		"77d904042587ae97cd13de83396c738449ac74291a25578361bd2d9b26c9e377"
	);
}

#[test]
fn what_opens_a_segment_is_frozen() {
	let stream = frame([("a", &vec![b'x'; 2 * SEGMENT][..])], LINES).unwrap();
	let (_, found) = seal(&stream, LINES, SEGMENT);
	let opening = Opening {
		key: [9; 32],
		start: found.starts[1],
	};
	let bytes = opening.encode();
	assert_eq!(
		hex::encode(&bytes[32..]),
		concat!("0000000000000000", "0000", "1300010000000000", "00", "02")
	);
	assert_eq!(bytes.len(), Opening::max_encoded_len());
	assert_eq!(Opening::decode(&mut &bytes[..]), Ok(opening));
}

#[test]
fn keys_and_leaves_differ_by_all_that_they_are_of() {
	assert_ne!(segment_key(&SECRET, 0), segment_key(&SECRET, 1));
	assert_ne!(segment_key(&SECRET, 0), segment_key(&[8; 32], 0));
	let (_, found) = seal(&two_files(), LINES, SEGMENT);
	let opening = |key, start| Opening { key, start }.leaf();
	let [first, last] = found.starts[..] else {
		panic!("one segment has two ends");
	};
	assert_ne!(opening([1; 32], first), opening([2; 32], first));
	assert_ne!(opening([1; 32], first), opening([1; 32], last));
	assert_ne!(
		plaintext_commitment(&[1; 32], &[3; 32]),
		plaintext_commitment(&[2; 32], &[3; 32])
	);
	assert_ne!(
		plaintext_commitment(&[1; 32], &[3; 32]),
		plaintext_commitment(&[1; 32], &[4; 32])
	);
}

#[test]
fn a_sealed_stream_pins_length_and_records_like_its_plaintext() {
	for kind in KINDS {
		for length in [0, 1, SEGMENT - 19, SEGMENT, 3 * SEGMENT] {
			let stream = frame([("a", &vec![b'x'; length][..])], kind).unwrap();
			let (sealed, found) = seal(&stream, kind, 5000);
			assert_eq!(sealed.len(), stream.len());
			assert_eq!(
				found.leaves.len() as u64,
				segment_count(stream.len() as u64)
			);
			assert_eq!(found.starts.len(), found.leaves.len() + 1);
			let body = stream.len() - CHUNK;
			assert_eq!(sealed[body..], stream[body..]);
			let equal = stream.iter().zip(&sealed).take(body);
			let equal = equal.filter(|(plain, sealed)| plain == sealed).count();
			assert!(
				equal < body / 64,
				"{equal} of {body} bytes are as they were"
			);
			let mut builder = RootBuilder::new();
			builder.update(&sealed[..body]).unwrap();
			let (root, proof) = builder.finish(&sealed[body..]).unwrap();
			assert_eq!(root, *blake3::hash(&sealed).as_bytes());
			let trailer = index(&stream).unwrap().trailer;
			assert_eq!(verify_final(&root, &proof), Ok(trailer));
		}
	}
}

#[test]
fn an_empty_dataset_has_nothing_to_seal() {
	let stream = frame([], LINES).unwrap();
	let (sealed, found) = seal(&stream, LINES, 10);
	assert_eq!(sealed, stream);
	assert_eq!(found.leaves, Vec::<[u8; 32]>::new());
	assert_eq!(segments_of(&found.starts, LINES, 0, 1), None);
	assert_eq!(segment_span(CHUNK as u64, 0), Err(Error::NoSuchChunk));
	assert_eq!(segment_span(0, 0), Err(Error::WrongStreamLength));
	assert!(Sealer::new(SECRET, LINES, 0).is_err());
}

#[test]
fn segments_cover_the_stream_but_for_its_trailer() {
	let whole = SEGMENT as u64;
	let length = 2 * whole + 3 * 1024;
	assert_eq!(segment_count(length), 3);
	assert_eq!(segment_span(length, 0), Ok(0..whole));
	assert_eq!(segment_span(length, 1), Ok(whole..2 * whole));
	assert_eq!(segment_span(length, 2), Ok(2 * whole..length - 1024));
	assert_eq!(segment_span(length, 3), Err(Error::NoSuchChunk));
	assert_eq!(segment_span(length, u64::MAX), Err(Error::NoSuchChunk));
	assert_eq!(segment_count(whole + 1024), 1);
	assert_eq!(segment_count(0), 0);
}

#[test]
fn a_stream_that_is_cut_short_or_malformed_is_not_sealed() {
	let stream = two_files();
	let cut = |upto: usize| {
		let mut sealer = Sealer::new(SECRET, LINES, stream.len() as u64).unwrap();
		let out = |_: &[u8]| -> Result<(), Error> { Ok(()) };
		sealer
			.update(&stream[..upto], out)
			.map(|()| sealer.finish())
	};
	assert_eq!(cut(2000).unwrap(), Err(Error::WrongStreamLength));
	assert!(cut(3072).unwrap().is_ok());
	let mut sealer = Sealer::new(SECRET, LINES, 2048).unwrap();
	let junk = sealer.update(&[1; 2048], |_| -> Result<(), Error> { Ok(()) });
	assert_eq!(junk, Err(Error::InvalidEntry));
}

#[test]
fn a_path_may_cross_from_one_segment_into_the_next() {
	let name = "b".repeat(MAX_PATH_LENGTH as usize);
	for length in [0, 5] {
		let lines = b"1\n\n2\n";
		let files = [
			("a", &vec![b'x'; 63 * CHUNK - 19][..]),
			(name.as_str(), &lines[..length]),
		];
		for kind in KINDS {
			let stream = frame(files, kind).unwrap();
			let expected: Vec<_> = records(&stream, kind).unwrap().map(Vec::from).collect();
			let (sealed, found) = seal(&stream, kind, 700);
			assert!(!found.starts[1].is_between_files());
			let all = 0..expected.len() as u64;
			let got = read(&sealed, &found.starts, kind, 0..2, all);
			assert_eq!(got, Ok(expected));
		}
	}
}

#[test]
fn hostile_entries_are_refused_wherever_reading_begins() {
	let advance = |chunks: &[u8]| Cursor::default().advance(LINES, chunks, |_| ());
	let entry = |path: u16, padding: u8| {
		let mut entry = vec![padding; CHUNK];
		entry[..8].copy_from_slice(b"GRDENTRY");
		entry[8..16].copy_from_slice(&1u64.to_le_bytes());
		entry[16..18].copy_from_slice(&path.to_le_bytes());
		entry
	};
	assert_eq!(advance(&entry(1, 0)), Ok(()));
	assert_eq!(advance(&entry(0, 0)), Err(Error::InvalidPath));
	assert_eq!(advance(&entry(1025, 0)), Err(Error::InvalidPath));
	assert_eq!(advance(&entry(1, 1)), Err(Error::InvalidEntry));
	assert_eq!(advance(&[0; CHUNK]), Err(Error::InvalidEntry));
	assert_eq!(advance(&[0; 5]), Err(Error::UnalignedChunk));
}

#[test]
fn a_reader_does_not_begin_behind_its_records() {
	let stream = frame([("a", &vec![b'x'; 2 * SEGMENT][..])], LINES).unwrap();
	let (_, found) = seal(&stream, LINES, SEGMENT);
	let begins = |kind, segment: usize| Reader::new(kind, found.starts[segment], 0..1).is_ok();
	assert!(begins(LINES, 0));
	assert!(
		begins(LINES, 1),
		"the line names columns: no record has begun"
	);
	assert!(!begins(RecordKind::Line { header: false }, 1));
	assert!(!begins(RecordKind::File, 1));
}

/// Files with lines of many lengths, longer than segments too.
fn files() -> impl Strategy<Value = Vec<Vec<u8>>> {
	let length = prop_oneof![
		4 => 0usize..3,
		4 => 3usize..3_000,
		1 => 60_000usize..70_000,
		1 => 130_000usize..132_000,
	];
	let end = prop_oneof![Just(&b"\n"[..]), Just(&b"\r\n"[..]), Just(&b"\r\r\n"[..])];
	let line = (length, any::<u8>(), end).prop_map(|(length, seed, end)| {
		let content = (0..length).map(|at| b'a' + ((at as u8) ^ seed) % 26);
		content.chain(end.iter().copied()).collect::<Vec<u8>>()
	});
	let file = (prop::collection::vec(line, 0..12), any::<bool>()).prop_map(|(lines, open)| {
		let mut file = lines.concat();
		if open {
			file.pop();
		}
		file
	});
	prop::collection::vec(file, 0..5)
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(32))]

	#[test]
	fn any_range_of_records_comes_out_of_its_segments_alone(
		files in files(),
		kind in prop::sample::select(&KINDS[..]),
		piece in 1usize..200_000,
		a in any::<prop::sample::Index>(),
		b in any::<prop::sample::Index>(),
	) {
		let names: Vec<String> = (0..files.len()).map(|at| format!("{at}")).collect();
		let files = names.iter().map(String::as_str).zip(files.iter().map(Vec::as_slice));
		let stream = frame(files, kind).unwrap();
		let expected: Vec<_> = records(&stream, kind).unwrap().map(Vec::from).collect();
		let total = expected.len() as u64;
		let (sealed, found) = seal(&stream, kind, piece);
		let starts = &found.starts;
		let last = starts.last().unwrap();
		prop_assert!(last.is_between_files());
		prop_assert_eq!(last.records(), total);
		prop_assert_eq!(segments_of(starts, kind, total, 1), None);
		prop_assert_eq!(segments_of(starts, kind, 0, total + 1), None);
		prop_assert_eq!(segments_of(starts, kind, 0, 0), None);
		if total > 0 {
			let (a, b) = (a.index(expected.len()), b.index(expected.len()));
			let (first, end) = (a.min(b), a.max(b) + 1);
			let range = first as u64..end as u64;
			let segments = segments_of(starts, kind, range.start, range.end - range.start).unwrap();
			let got = read(&sealed, starts, kind, segments.clone(), range.clone());
			prop_assert_eq!(got.as_deref(), Ok(&expected[first..end]));
			// None of them is too many.
			let fewer = segments.start + 1..segments.end;
			if !fewer.is_empty() {
				prop_assert!(read(&sealed, starts, kind, fewer, range.clone()).is_err());
				let fewer = segments.start..segments.end - 1;
				prop_assert!(read(&sealed, starts, kind, fewer, range).is_err());
			}
		}
	}

	#[test]
	fn a_cursor_is_the_same_however_it_came_there(files in files(), kind in prop::sample::select(&KINDS[..])) {
		let names: Vec<String> = (0..files.len()).map(|at| format!("{at}")).collect();
		let files = names.iter().map(String::as_str).zip(files.iter().map(Vec::as_slice));
		let stream = frame(files, kind).unwrap();
		let body = &stream[..stream.len() - CHUNK];
		let (mut whole, mut chunkwise) = (Cursor::default(), Cursor::default());
		let (mut records, mut again) = (0u64, 0u64);
		whole.advance(kind, body, |piece| records += u64::from(piece == Piece::Record)).unwrap();
		for chunk in body.chunks(CHUNK) {
			let seen = |piece: Piece| again += u64::from(piece == Piece::Record);
			chunkwise.advance(kind, chunk, seen).unwrap();
		}
		prop_assert_eq!(whole, chunkwise);
		prop_assert_eq!(records, again);
		prop_assert_eq!(records, whole.records());
	}
}
