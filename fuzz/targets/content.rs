//! Content: trailers, streams, chunk proofs. What is read is the only byte string that says so.
#![no_main]

use codec::{DecodeAll, Encode};
use guerdon_content::{
	frame, index, prove_chunk, records, verify_chunk, verify_final, ChunkProof, Framer, RecordKind,
	RootBuilder, Trailer, CHUNK,
};
use guerdon_fuzz::{seeds, Numbers};
use libfuzzer_sys::fuzz_target;

const KINDS: [RecordKind; 3] = [
	RecordKind::File,
	RecordKind::Line { header: false },
	RecordKind::Line { header: true },
];

fn some_stream(kind: RecordKind) -> Vec<u8> {
	let files: [(&str, &[u8]); 3] = [
		("a.csv", b"x,y\n1,2\r\n\n3,4"),
		("b/empty", b""),
		("b/long.csv", &[b'7'; 3000]),
	];
	frame(files, kind).expect("the files are in order")
}

fn made() -> Vec<Vec<u8>> {
	let mut made = Vec::new();
	for kind in KINDS {
		let stream = some_stream(kind);
		let trailer = &stream[stream.len() - CHUNK..];
		let proof = prove_chunk(&stream, (stream.len() / CHUNK - 1) as u64);
		let proof = proof.expect("there is such a chunk").encode();
		made.push([&[0], trailer].concat());
		made.push([&[1], &stream[..]].concat());
		made.push([&[2], &proof[..]].concat());
		made.push([&[3, 0, 5], &b"changed"[..]].concat());
		made.push([&[4, 3, 200, 1], &b"one\ntwo\r\nthree"[..]].concat());
	}
	made
}

/// A stream that is read is what framing its files gives, byte for byte.
fn stream(bytes: &[u8]) {
	let Ok(read) = index(bytes) else {
		return;
	};
	let files: Vec<_> = read
		.entries
		.iter()
		.map(|entry| {
			(
				entry.path.as_str(),
				entry.data(bytes).expect("it lies in the stream"),
			)
		})
		.collect();
	for (path, _) in &files {
		assert!(read.find(path).is_some());
	}
	let again = frame(files, read.trailer.kind).expect("what was framed can be framed");
	let counted = records(bytes, read.trailer.kind)
		.expect("it has an index")
		.count();
	let end = bytes.len() - CHUNK;
	assert!(again[..end] == bytes[..end], "framed again it differs");
	// How many records there are is the one thing that the index does not check.
	let recounted = Trailer::decode(&again[end..]).expect("it was framed");
	assert_eq!(recounted.records, counted as u64);
	let claimed = Trailer {
		records: recounted.records,
		..read.trailer
	};
	assert_eq!(recounted, claimed);
}

/// No other proof than the one there is shows a stream's final chunk.
fn proof(bytes: &[u8]) {
	let mut input = bytes;
	let Ok(given) = ChunkProof::decode_all(&mut input) else {
		return;
	};
	assert_eq!(given.encode(), bytes);
	for kind in KINDS {
		let stream = some_stream(kind);
		let root = *blake3::hash(&stream).as_bytes();
		let last = (stream.len() / CHUNK - 1) as u64;
		if let Ok(trailer) = verify_final(&root, &given) {
			assert_eq!(trailer.stream_length, stream.len() as u64);
			assert_eq!(Ok(&given), prove_chunk(&stream, last).as_ref());
		}
		for at in 0..=last {
			if verify_chunk(&root, stream.len() as u64, at, &given).is_ok() {
				assert_eq!(Ok(&given), prove_chunk(&stream, at).as_ref());
			}
		}
	}
	if let Ok(trailer) = Trailer::decode(&given.chunk) {
		// The root that a proof claims is its own first parent's: hostile lengths only cost time.
		let _ = verify_chunk(&[0; 32], trailer.stream_length, u64::MAX, &given);
	}
}

/// One valid proof with some bytes changed verifies only if nothing was changed.
fn changed(numbers: &mut Numbers) {
	let stream = some_stream(KINDS[usize::from(numbers.byte()) % KINDS.len()]);
	let root = *blake3::hash(&stream).as_bytes();
	let last = (stream.len() / CHUNK - 1) as u64;
	let valid = prove_chunk(&stream, last).expect("there is such a chunk");
	let mut bytes = valid.encode();
	while !numbers.0.is_empty() {
		let at = usize::from(numbers.byte()) << 8 | usize::from(numbers.byte());
		let length = bytes.len();
		bytes[at % length] ^= numbers.byte();
	}
	if let Ok(given) = ChunkProof::decode_all(&mut &bytes[..]) {
		assert_eq!(verify_final(&root, &given).is_ok(), given == valid);
	}
}

/// Files of any content, in pieces of any size, come back as they were.
fn round_trip(numbers: &mut Numbers) {
	let kind = KINDS[usize::from(numbers.byte()) % KINDS.len()];
	let piece = usize::from(numbers.byte()).max(1);
	let first = usize::from(numbers.byte());
	let (one, two) = numbers.0.split_at(first.min(numbers.0.len()));
	let files = [("one", one), ("two", two)];
	let whole = frame(files, kind).expect("the files are in order");

	let (mut framer, mut root, mut written) = (Framer::new(kind), RootBuilder::new(), Vec::new());
	for (path, data) in files {
		written.extend(framer.open(path, data.len() as u64).expect("it comes next"));
		for bytes in data.chunks(piece) {
			written.extend(bytes);
			written.extend(framer.data(bytes).expect("it is as long as announced"));
		}
	}
	let block = framer.close().expect("all files are complete").encode();
	for bytes in written.chunks(piece) {
		root.update(bytes).expect("it is no longer than 2^64");
	}
	let (root, proof) = root.finish(&block).expect("entries are aligned");
	written.extend(block);
	assert!(written == whole, "written in pieces it differs");
	assert_eq!(root, *blake3::hash(&whole).as_bytes());
	let trailer = verify_final(&root, &proof).expect("it was just made");
	let found: Vec<_> = records(&whole, kind).expect("it was just framed").collect();
	assert_eq!(trailer.records, found.len() as u64);
	let read = index(&whole).expect("it was just framed");
	for (entry, (path, data)) in read.entries.iter().zip(files) {
		assert_eq!(
			(entry.path.as_str(), entry.data(&whole)),
			(path, Some(data))
		);
	}
}

fuzz_target!(init: seeds(made), |data: &[u8]| {
	let Some((kind, bytes)) = data.split_first() else {
		return;
	};
	match kind {
		0 => {
			if let Ok(trailer) = Trailer::decode(bytes) {
				assert_eq!(trailer.encode()[..], *bytes);
			}
		}
		1 => stream(bytes),
		2 => proof(bytes),
		3 => changed(&mut Numbers(bytes)),
		_ => round_trip(&mut Numbers(bytes)),
	}
});
