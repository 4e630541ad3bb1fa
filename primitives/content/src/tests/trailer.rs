use super::{two_files, LINES};
use crate::{frame, Error, RecordKind, Trailer, CHUNK};
use proptest::prelude::*;

fn sample() -> Trailer {
	Trailer::new(LINES, 2, 3, 22, 3072)
}

#[test]
fn trailer_bytes_are_frozen() {
	let block = sample().encode();
	assert_eq!(
		hex::encode(&block[..48]),
		concat!(
			"475244545241494c",
			"01000000",
			"02000000",
			"02000000",
			"00000000",
			"0300000000000000",
			"1600000000000000",
			"000c000000000000",
		)
	);
	assert!(block[48..].iter().all(|byte| *byte == 0));
}

#[test]
fn a_trailer_survives_encoding() {
	let stream = two_files();
	let trailer = Trailer::decode(&stream[stream.len() - CHUNK..]).unwrap();
	assert_eq!(trailer, sample());
	assert_eq!(Trailer::decode(&trailer.encode()), Ok(trailer));
}

#[test]
fn a_trailer_of_another_size_is_refused() {
	let block = sample().encode();
	assert_eq!(Trailer::decode(&[]), Err(Error::InvalidTrailer));
	assert_eq!(
		Trailer::decode(&block[..CHUNK - 1]),
		Err(Error::InvalidTrailer)
	);
	let longer: Vec<u8> = block.iter().copied().chain([0]).collect();
	assert_eq!(Trailer::decode(&longer), Err(Error::InvalidTrailer));
}

#[test]
fn every_unused_byte_must_be_zero() {
	let unused = (13..16).chain(20..24).chain(48..CHUNK);
	for position in unused {
		let mut block = sample().encode();
		block[position] = 1;
		assert_eq!(
			Trailer::decode(&block),
			Err(Error::InvalidTrailer),
			"byte {position}"
		);
	}
}

#[test]
fn magic_version_and_kind_are_checked() {
	for position in 0..13 {
		let mut block = sample().encode();
		block[position] ^= 0x80;
		assert_eq!(
			Trailer::decode(&block),
			Err(Error::InvalidTrailer),
			"byte {position}"
		);
	}
}

#[test]
fn numbers_that_no_stream_has_together_are_refused() {
	let refused = |trailer: Trailer| {
		assert_eq!(
			Trailer::decode(&trailer.encode()),
			Err(Error::InvalidTrailer),
			"{trailer:?}"
		);
	};
	refused(Trailer {
		stream_length: 0,
		..sample()
	});
	refused(Trailer {
		stream_length: 3073,
		..sample()
	});
	refused(Trailer {
		stream_length: 1024,
		..sample()
	});
	refused(Trailer {
		stream_length: u64::MAX,
		..sample()
	});
	refused(Trailer {
		stream_length: 1 << 40,
		..sample()
	});
	refused(Trailer {
		data_length: 2048,
		..sample()
	});
	refused(Trailer {
		data_length: u64::MAX,
		..sample()
	});
	refused(Trailer {
		files: 0,
		..sample()
	});
	refused(Trailer {
		files: u32::MAX,
		..sample()
	});
	refused(Trailer {
		records: 23,
		..sample()
	});
	refused(Trailer {
		kind: RecordKind::File,
		..sample()
	});
	refused(Trailer::new(LINES, 0, 0, 1024, 2048));
}

#[test]
fn an_empty_dataset_is_one_trailer() {
	for kind in [RecordKind::File, LINES] {
		let stream = frame([], kind).unwrap();
		assert_eq!(
			Trailer::decode(&stream),
			Ok(Trailer::new(kind, 0, 0, 0, 1024))
		);
	}
}

proptest! {
	#[test]
	fn a_trailer_that_decodes_has_only_these_bytes(position in 0..CHUNK, flip in 1u8..) {
		let mut block = sample().encode();
		block[position] ^= flip;
		if let Ok(trailer) = Trailer::decode(&block) {
			prop_assert_ne!(trailer, sample());
			prop_assert_eq!(trailer.encode(), block);
		}
	}
}
