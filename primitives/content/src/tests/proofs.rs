use super::{noise, two_files, LINES};
use crate::{
	chunk_count, frame, prove_chunk, prove_chunk_with, verify_chunk, verify_final, ChunkProof,
	Error, RecordKind, Root, RootBuilder, Trailer, CHUNK, MAX_PARENTS,
};
use bao::encode::SliceExtractor;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use proptest::prelude::*;
use std::io::{Cursor, Read};

fn root(stream: &[u8]) -> Root {
	blake3::hash(stream).into()
}

fn last(stream: &[u8]) -> u64 {
	chunk_count(stream.len() as u64) - 1
}

/// Length header, parents, chunk: a Bao slice.
fn as_slice(length: u64, proof: &ChunkProof) -> Vec<u8> {
	let mut bytes = length.to_le_bytes().to_vec();
	bytes.extend(proof.parents.iter().flatten());
	bytes.extend(&proof.chunk);
	bytes
}

fn build(stream: &[u8], step: usize) -> (Root, ChunkProof) {
	let (body, tail) = stream.split_at(last(stream) as usize * CHUNK);
	let mut builder = RootBuilder::new();
	for piece in body.chunks(step) {
		builder.update(piece).unwrap();
	}
	builder.finish(tail).unwrap()
}

fn agrees_with_bao(length: usize, indices: impl IntoIterator<Item = u64>) {
	let stream = noise(length);
	let (encoded, hash) = bao::encode::encode(&stream);
	let root = root(&stream);
	assert_eq!(hash.as_bytes(), &root);
	for index in indices {
		let proof = prove_chunk(&stream, index).unwrap();
		let start = index * CHUNK as u64;
		let mut theirs = Vec::new();
		SliceExtractor::new(Cursor::new(&encoded), start, CHUNK as u64)
			.read_to_end(&mut theirs)
			.unwrap();
		assert_eq!(
			as_slice(length as u64, &proof),
			theirs,
			"chunk {index} of {length} bytes"
		);
		assert_eq!(verify_chunk(&root, length as u64, index, &proof), Ok(()));

		let mut decoded = Vec::new();
		bao::decode::SliceDecoder::new(&theirs[..], &hash, start, CHUNK as u64)
			.read_to_end(&mut decoded)
			.unwrap();
		assert_eq!(decoded, proof.chunk);
	}
	let (built, proof) = build(&stream, 1500);
	assert_eq!(built, root);
	assert_eq!(proof, prove_chunk(&stream, last(&stream)).unwrap());
}

#[test]
fn every_chunk_of_short_streams_is_proved_as_bao_proves_it() {
	let around = (0..=17).flat_map(|chunks| {
		let length = chunks * CHUNK;
		[length.saturating_sub(1), length, length + 1, length + 513]
	});
	for length in around {
		agrees_with_bao(length, 0..chunk_count(length as u64));
	}
}

#[test]
fn longer_streams_are_proved_as_bao_proves_them() {
	for chunks in [31usize, 32, 33, 63, 64, 65, 67, 70] {
		for length in [chunks * CHUNK - 1, chunks * CHUNK, chunks * CHUNK + 1] {
			let last = chunk_count(length as u64) - 1;
			agrees_with_bao(length, [0, 1, last / 2, last - 1, last]);
		}
	}
}

#[test]
fn the_final_chunk_pins_length_and_records() {
	let stream = two_files();
	let (root, proof) = build(&stream, 700);
	assert_eq!(
		verify_final(&root, &proof),
		Ok(Trailer::new(LINES, 2, 3, 22, 3072))
	);
	assert_eq!(
		proof.chunk,
		&stream[2048..],
		"the trailer is all that it reveals"
	);
}

#[test]
fn an_empty_dataset_is_pinned_too() {
	let stream = frame([], RecordKind::File).unwrap();
	let (root, proof) = build(&stream, 1);
	assert!(proof.parents.is_empty());
	assert_eq!(verify_final(&root, &proof).unwrap().records, 0);
}

/// Streams in which every chunk is a valid trailer that declares the same length, so that nothing
/// but its position tells the final one from the others.
#[test]
fn a_chunk_that_is_not_the_final_one_is_refused_whatever_length_it_declares() {
	for chunks in 2u64..=20 {
		for declared in 1u64..=40 {
			let length = declared * CHUNK as u64;
			let data = (declared - 1) * (CHUNK as u64 - 20);
			let block = |index: u64| {
				Trailer::new(LINES, declared as u32 - 1, index.min(data), data, length)
			};
			let stream: Vec<u8> = (0..chunks)
				.flat_map(|index| block(index).encode())
				.collect();
			let root = root(&stream);
			for index in 0..chunks {
				assert_eq!(Trailer::decode(&block(index).encode()), Ok(block(index)));
				let proof = prove_chunk(&stream, index).unwrap();
				assert_eq!(verify_chunk(&root, chunks * 1024, index, &proof), Ok(()));
				let verdict = verify_final(&root, &proof);
				if declared == chunks && index == chunks - 1 {
					assert_eq!(verdict, Ok(block(index)));
				} else {
					assert!(
						verdict.is_err(),
						"chunk {index} of {chunks} passed as the last of {declared}"
					);
				}
			}
		}
	}
}

#[test]
fn a_chunk_that_is_not_the_final_one_does_not_pin_the_length() {
	let stream = noise(4 * CHUNK);
	let root = root(&stream);
	let proof = prove_chunk(&stream, 0).unwrap();
	assert_eq!(
		verify_chunk(&root, 3 * 1024, 0, &proof),
		Ok(()),
		"why verify_final exists"
	);
	let proof = prove_chunk(&stream, 3).unwrap();
	for wrong in (0..10 * 1024).filter(|length| *length != 4 * 1024) {
		let index = chunk_count(wrong) - 1;
		assert!(
			verify_chunk(&root, wrong, index, &proof).is_err(),
			"{wrong}"
		);
	}
}

#[test]
fn a_parent_is_not_taken_for_a_chunk() {
	let stream = noise(2 * CHUNK);
	let root = root(&stream);
	let proof = prove_chunk(&stream, 0).unwrap();
	let posing = ChunkProof {
		parents: vec![],
		chunk: proof.parents[0].to_vec(),
	};
	assert_eq!(
		verify_chunk(&root, 64, 0, &posing),
		Err(Error::ProofMismatch)
	);
}

#[test]
fn chunks_that_do_not_exist_are_refused() {
	let stream = two_files();
	let proof = prove_chunk(&stream, 2).unwrap();
	assert_eq!(prove_chunk(&stream, 3), Err(Error::NoSuchChunk));
	assert_eq!(prove_chunk(&stream, u64::MAX), Err(Error::NoSuchChunk));
	assert_eq!(
		verify_chunk(&root(&stream), 3072, 3, &proof),
		Err(Error::NoSuchChunk)
	);
	assert_eq!(
		verify_chunk(&root(&stream), 0, u64::MAX, &proof),
		Err(Error::NoSuchChunk)
	);
}

#[test]
fn the_largest_lengths_are_refused_without_panic() {
	let proof = ChunkProof {
		parents: vec![[7; 64]; MAX_PARENTS],
		chunk: vec![1; CHUNK],
	};
	for length in [u64::MAX, u64::MAX - 1023, 1 << 63, (1 << 63) + 1] {
		for index in [0, 1, chunk_count(length) / 2, chunk_count(length) - 1] {
			assert_eq!(
				verify_chunk(&[0; 32], length, index, &proof),
				Err(Error::ProofMismatch)
			);
		}
	}
}

#[test]
fn only_the_last_chunk_may_be_short() {
	let mut builder = RootBuilder::new();
	builder.update(&[0; 1000]).unwrap();
	assert_eq!(builder.clone().finish(&[1]), Err(Error::UnalignedChunk));
	builder.update(&[0; 24]).unwrap();
	assert_eq!(builder.clone().finish(&[]), Err(Error::UnalignedChunk));
	assert_eq!(
		builder.clone().finish(&[0; CHUNK + 1]),
		Err(Error::UnalignedChunk)
	);
	assert_eq!(
		builder.finish(&[1]).unwrap().0,
		root(&[&[0; 1024][..], &[1]].concat())
	);
}

#[test]
fn a_failing_reader_fails_the_proof() {
	let result = prove_chunk_with::<Error>(4096, 1, |offset, buffer| {
		buffer.fill(0);
		if offset >= 2048 {
			Err(Error::TooLong)
		} else {
			Ok(())
		}
	});
	assert_eq!(result, Err(Error::TooLong));
}

#[test]
fn proof_bytes_are_frozen() {
	let proof = ChunkProof {
		parents: vec![[0xab; 64], [0xcd; 64]],
		chunk: vec![1, 2, 3],
	};
	let expected = format!("08{}{}0c010203", "ab".repeat(64), "cd".repeat(64));
	assert_eq!(hex::encode(proof.encode()), expected);
	assert_eq!(ChunkProof::decode(&mut &proof.encode()[..]), Ok(proof));
}

#[test]
fn the_longest_proof_decodes_and_a_longer_one_does_not() {
	fn tracked<T: DecodeWithMemTracking>() {}
	tracked::<ChunkProof>();

	let longest = ChunkProof {
		parents: vec![[1; 64]; MAX_PARENTS],
		chunk: vec![2; CHUNK],
	};
	assert_eq!(longest.encoded_size(), ChunkProof::max_encoded_len());
	assert_eq!(
		ChunkProof::decode(&mut &longest.encode()[..]),
		Ok(longest.clone())
	);

	let mut parents = longest.clone();
	parents.parents.push([1; 64]);
	assert!(ChunkProof::decode(&mut &parents.encode()[..]).is_err());
	let mut chunk = longest.clone();
	chunk.chunk.push(2);
	assert!(ChunkProof::decode(&mut &chunk.encode()[..]).is_err());
	let bytes = longest.encode();
	for cut in [0, 1, 64, bytes.len() - 1] {
		assert!(ChunkProof::decode(&mut &bytes[..cut]).is_err());
	}
	assert!(ChunkProof::decode(&mut &[0xfe, 0xff, 0xff, 0xff][..]).is_err());
}

proptest! {
	#[test]
	fn random_lengths_agree_with_bao(length in 0usize..70_000, pick in any::<prop::sample::Index>()) {
		agrees_with_bao(length, [pick.index(chunk_count(length as u64) as usize) as u64]);
	}

	#[test]
	fn the_builder_agrees_with_blake3_however_the_bytes_arrive(
		length in 0usize..300_000,
		step in 1usize..100_000,
	) {
		let stream = noise(length);
		let (built, proof) = build(&stream, step);
		prop_assert_eq!(built, root(&stream));
		prop_assert_eq!(verify_chunk(&built, length as u64, last(&stream), &proof), Ok(()));
	}

	#[test]
	fn tampering_with_any_byte_of_a_proof_is_refused(
		length in 1usize..20_000,
		pick in any::<prop::sample::Index>(),
		byte in any::<prop::sample::Index>(),
		flip in 1u8..,
	) {
		let stream = noise(length);
		let index = pick.index(chunk_count(length as u64) as usize) as u64;
		let mut proof = prove_chunk(&stream, index).unwrap();
		let parents = proof.parents.len() * 64;
		let at = byte.index(parents + proof.chunk.len());
		if at < parents {
			proof.parents[at / 64][at % 64] ^= flip;
		} else {
			proof.chunk[at - parents] ^= flip;
		}
		let verdict = verify_chunk(&root(&stream), length as u64, index, &proof);
		prop_assert_eq!(verdict, Err(Error::ProofMismatch));
	}

	#[test]
	fn another_shape_root_or_index_is_refused(
		length in 1usize..20_000,
		pick in any::<prop::sample::Index>(),
		other in any::<u64>(),
	) {
		let stream = noise(length);
		let root = root(&stream);
		let chunks = chunk_count(length as u64);
		let index = pick.index(chunks as usize) as u64;
		let proof = prove_chunk(&stream, index).unwrap();
		let refused = |proof: &ChunkProof| verify_chunk(&root, length as u64, index, proof).is_err();

		let mut more = proof.clone();
		more.parents.push([0; 64]);
		prop_assert!(refused(&more));
		let mut fewer = proof.clone();
		if fewer.parents.pop().is_some() {
			prop_assert!(refused(&fewer));
		}
		let mut longer = proof.clone();
		longer.chunk.push(0);
		prop_assert!(refused(&longer));
		let mut shorter = proof.clone();
		shorter.chunk.pop();
		prop_assert!(refused(&shorter));

		let mut foreign = root;
		foreign[(other % 32) as usize] ^= 1;
		prop_assert!(verify_chunk(&foreign, length as u64, index, &proof).is_err());
		for wrong in [other, other % chunks].into_iter().filter(|wrong| *wrong != index) {
			prop_assert!(verify_chunk(&root, length as u64, wrong, &proof).is_err());
		}
	}

	#[test]
	fn the_final_chunk_is_refused_under_any_other_length(
		length in 0usize..20_000,
		wrong in prop_oneof![any::<u64>(), 0u64..25_000],
	) {
		prop_assume!(wrong != length as u64);
		let stream = noise(length);
		let (root, proof) = build(&stream, 4096);
		let index = chunk_count(wrong) - 1;
		prop_assert!(verify_chunk(&root, wrong, index, &proof).is_err());
	}

	#[test]
	fn tampering_with_any_byte_of_the_trailer_is_refused(at in 0usize..CHUNK, flip in 1u8..) {
		let stream = two_files();
		let (root, mut proof) = build(&stream, 4096);
		proof.chunk[at] ^= flip;
		prop_assert!(verify_final(&root, &proof).is_err());
	}
}
