use crate::{wide, Error, Root, Trailer, CHUNK, CHUNK_U64};
use alloc::{vec, vec::Vec};
use blake3::{
	hazmat::{merge_subtrees_non_root, merge_subtrees_root, ChainingValue, HasherExt, Mode},
	Hasher,
};
use codec::{Compact, Decode, DecodeWithMemTracking, Encode, Input, MaxEncodedLen};
use scale_info::TypeInfo;

/// Parents above any chunk of a stream whose length is a u64.
pub const MAX_PARENTS: usize = 54;

/// That a chunk is at its position in a stream: the parents above it and the chunk itself.
///
/// The same bytes as a Bao slice of that chunk without its length header.
#[derive(Clone, PartialEq, Eq, Debug, Encode, TypeInfo)]
pub struct ChunkProof {
	/// From the root down: the chaining value of each parent's left child, then its right child's.
	/// At most [`MAX_PARENTS`].
	pub parents: Vec<[u8; 64]>,
	/// The chunk: [`CHUNK`] bytes, fewer only at the end of a stream.
	pub chunk: Vec<u8>,
}

impl Decode for ChunkProof {
	fn decode<I: Input>(input: &mut I) -> Result<Self, codec::Error> {
		let parents = bounded_length(input, MAX_PARENTS)?;
		input.on_before_alloc_mem(parents.checked_mul(64).ok_or("too many parents")?)?;
		let parents = (0..parents)
			.map(|_| Decode::decode(input))
			.collect::<Result<_, _>>()?;
		let length = bounded_length(input, CHUNK)?;
		input.on_before_alloc_mem(length)?;
		let mut chunk = vec![0; length];
		input.read(&mut chunk)?;
		Ok(Self { parents, chunk })
	}
}

impl DecodeWithMemTracking for ChunkProof {}

impl MaxEncodedLen for ChunkProof {
	fn max_encoded_len() -> usize {
		// One byte of length before the parents, two before the chunk.
		const { 1 + 64 * MAX_PARENTS + 2 + CHUNK }
	}
}

fn bounded_length<I: Input>(input: &mut I, most: usize) -> Result<usize, codec::Error> {
	let Compact(length) = Compact::<u32>::decode(input)?;
	let length = usize::try_from(length).map_err(|_| "length out of bounds")?;
	if length > most {
		return Err("length out of bounds".into());
	}
	Ok(length)
}

/// Chunks in a stream of `length` bytes. An empty stream has one, empty chunk.
pub fn chunk_count(length: u64) -> u64 {
	length.div_ceil(CHUNK_U64).max(1)
}

/// Checks that `proof.chunk` is chunk `index` of the stream of `length` bytes that has this root.
///
/// The root alone does not say how long its stream is: a chunk that is not the final one also
/// verifies under some lengths that are wrong. Take the length from [`verify_final`].
pub fn verify_chunk(root: &Root, length: u64, index: u64, proof: &ChunkProof) -> Result<(), Error> {
	let mut parents = proof.parents.iter();
	let mut expected = *root;
	let mut at_root = true;
	for branch in branches(length, index)? {
		let node = parents.next().ok_or(Error::WrongProofShape)?;
		let left = node.first_chunk::<32>().ok_or(Error::WrongProofShape)?;
		let right = node.last_chunk::<32>().ok_or(Error::WrongProofShape)?;
		if merge(left, right, at_root) != expected {
			return Err(Error::ProofMismatch);
		}
		expected = if branch.goes_right { *right } else { *left };
		at_root = false;
	}
	let (offset, chunk_length) = chunk_span(length, index)?;
	if parents.next().is_some() || proof.chunk.len() != chunk_length {
		return Err(Error::WrongProofShape);
	}
	if hash_chunk(&proof.chunk, offset, at_root) == expected {
		Ok(())
	} else {
		Err(Error::ProofMismatch)
	}
}

/// Checks that `proof.chunk` is the trailer AND the final chunk of the stream that has this root.
///
/// That pins the stream's length, and with it every number in the trailer, without a byte of
/// data: the final chunk is the one that only right turns lead to, and BLAKE3 hashes a chunk
/// together with its position.
pub fn verify_final(root: &Root, proof: &ChunkProof) -> Result<Trailer, Error> {
	let trailer = Trailer::decode(&proof.chunk)?;
	let last = last_chunk(trailer.stream_length);
	verify_chunk(root, trailer.stream_length, last, proof)?;
	Ok(trailer)
}

/// Proves chunk `index` of a stream that is in memory. Hashes the whole stream once.
pub fn prove_chunk(stream: &[u8], index: u64) -> Result<ChunkProof, Error> {
	prove_chunk_with(wide(stream.len()), index, |offset, buffer| {
		let bytes = usize::try_from(offset)
			.ok()
			.and_then(|start| stream.get(start..))
			.and_then(|rest| rest.get(..buffer.len()))
			.ok_or(Error::NoSuchChunk)?;
		buffer.copy_from_slice(bytes);
		Ok(())
	})
}

/// Proves chunk `index` of a stream of `length` bytes, whatever it is kept in.
///
/// `read(offset, buffer)` must fill the buffer with the bytes at that offset. Every byte of the
/// stream is read once, 64 KiB at a time.
pub fn prove_chunk_with<E: From<Error>>(
	length: u64,
	index: u64,
	mut read: impl FnMut(u64, &mut [u8]) -> Result<(), E>,
) -> Result<ChunkProof, E> {
	let mut siblings = Vec::new();
	for branch in branches(length, index)? {
		let (first, chunks) = if branch.goes_right {
			(branch.start, branch.left)
		} else {
			(branch.middle, branch.right)
		};
		siblings.push((
			branch.goes_right,
			hash_subtree(length, first, chunks, &mut read)?,
		));
	}
	let (offset, chunk_length) = chunk_span(length, index)?;
	let mut chunk = vec![0; chunk_length];
	read(offset, &mut chunk)?;

	let mut below = hash_chunk(&chunk, offset, siblings.is_empty());
	let mut parents = Vec::with_capacity(siblings.len());
	for (goes_right, sibling) in siblings.iter().rev() {
		let (left, right) = if *goes_right {
			(sibling, &below)
		} else {
			(&below, sibling)
		};
		parents.push(join(left, right));
		below = merge(left, right, false);
	}
	parents.reverse();
	Ok(ChunkProof { parents, chunk })
}

/// Hashes a stream that arrives in pieces, and proves its final chunk, in one pass.
///
/// Keeps one chunk and at most [`MAX_PARENTS`] chaining values, whatever the length. Large pieces
/// are hashed where they are, on every core with the feature `parallel`.
#[derive(Clone, Debug, Default)]
pub struct RootBuilder {
	pending: Vec<u8>,
	/// Complete subtrees, largest first: as in the binary representation of `chunks`.
	subtrees: Vec<(u32, ChainingValue)>,
	chunks: u64,
}

impl RootBuilder {
	/// A builder that has seen nothing.
	pub fn new() -> Self {
		Self::default()
	}

	/// The next bytes before the final chunk.
	pub fn update(&mut self, mut bytes: &[u8]) -> Result<(), Error> {
		while !bytes.is_empty() {
			let wanted = CHUNK
				.checked_sub(self.pending.len())
				.ok_or(Error::TooLong)?;
			if wanted < CHUNK || bytes.len() < CHUNK {
				let (piece, rest) = bytes.split_at_checked(wanted).unwrap_or((bytes, &[]));
				self.pending.extend_from_slice(piece);
				bytes = rest;
				if self.pending.len() == CHUNK {
					let chunk = core::mem::take(&mut self.pending);
					self.push(&chunk, 0)?;
				}
			} else {
				let fitting = (bytes.len() / CHUNK).checked_ilog2().unwrap_or(0);
				let level = fitting.min(self.chunks.trailing_zeros());
				let length = CHUNK.checked_shl(level).ok_or(Error::TooLong)?;
				let (piece, rest) = bytes.split_at_checked(length).ok_or(Error::TooLong)?;
				self.push(piece, level)?;
				bytes = rest;
			}
		}
		Ok(())
	}

	/// The stream ends with this chunk. What came before must have been whole chunks, and only an
	/// empty stream may end with an empty chunk.
	pub fn finish(self, chunk: &[u8]) -> Result<(Root, ChunkProof), Error> {
		let misplaced = chunk.is_empty() && self.chunks > 0;
		if !self.pending.is_empty() || chunk.len() > CHUNK || misplaced {
			return Err(Error::UnalignedChunk);
		}
		let mut below = hash_chunk(chunk, self.offset()?, self.subtrees.is_empty());
		let mut parents = Vec::with_capacity(self.subtrees.len());
		let mut lefts = self.subtrees.iter().rev().peekable();
		while let Some((_, left)) = lefts.next() {
			parents.push(join(left, &below));
			below = merge(left, &below, lefts.peek().is_none());
		}
		parents.reverse();
		Ok((
			below,
			ChunkProof {
				parents,
				chunk: chunk.into(),
			},
		))
	}

	fn offset(&self) -> Result<u64, Error> {
		self.chunks.checked_mul(CHUNK_U64).ok_or(Error::TooLong)
	}

	fn push(&mut self, bytes: &[u8], mut level: u32) -> Result<(), Error> {
		let mut hasher = Hasher::new();
		hasher.set_input_offset(self.offset()?);
		update(&mut hasher, bytes);
		let mut value = hasher.finalize_non_root();
		let chunks = 1u64.checked_shl(level).ok_or(Error::TooLong)?;
		self.chunks = self.chunks.checked_add(chunks).ok_or(Error::TooLong)?;
		while let Some((_, left)) = self.subtrees.pop_if(|(other, _)| *other == level) {
			value = merge(&left, &value, false);
			level = level.checked_add(1).ok_or(Error::TooLong)?;
		}
		self.subtrees.push((level, value));
		Ok(())
	}
}

/// A parent on the way to a chunk; all numbers are chunks.
struct Branch {
	start: u64,
	middle: u64,
	left: u64,
	right: u64,
	goes_right: bool,
}

/// The parents above a chunk, from the root down.
struct Branches {
	start: u64,
	chunks: u64,
	index: u64,
}

fn branches(length: u64, index: u64) -> Result<Branches, Error> {
	let chunks = chunk_count(length);
	if index < chunks {
		Ok(Branches {
			start: 0,
			chunks,
			index,
		})
	} else {
		Err(Error::NoSuchChunk)
	}
}

impl Iterator for Branches {
	type Item = Branch;

	fn next(&mut self) -> Option<Branch> {
		if self.chunks < 2 {
			return None;
		}
		// The largest power of two below the number of chunks.
		let left = self.chunks.div_ceil(2).checked_next_power_of_two()?;
		let right = self.chunks.checked_sub(left)?;
		let middle = self.start.checked_add(left)?;
		let goes_right = self.index >= middle;
		let branch = Branch {
			start: self.start,
			middle,
			left,
			right,
			goes_right,
		};
		(self.start, self.chunks) = if goes_right {
			(middle, right)
		} else {
			(self.start, left)
		};
		Some(branch)
	}
}

fn last_chunk(length: u64) -> u64 {
	length.saturating_sub(1) / CHUNK_U64
}

/// Offset and length of a chunk.
fn chunk_span(length: u64, index: u64) -> Result<(u64, usize), Error> {
	let offset = index.checked_mul(CHUNK_U64).ok_or(Error::NoSuchChunk)?;
	let rest = length.checked_sub(offset).ok_or(Error::NoSuchChunk)?;
	let chunk_length = usize::try_from(rest).unwrap_or(CHUNK).min(CHUNK);
	Ok((offset, chunk_length))
}

fn hash_chunk(chunk: &[u8], offset: u64, is_root: bool) -> ChainingValue {
	if is_root {
		return blake3::hash(chunk).into();
	}
	let mut hasher = Hasher::new();
	hasher.set_input_offset(offset);
	hasher.update(chunk);
	hasher.finalize_non_root()
}

fn hash_subtree<E: From<Error>>(
	length: u64,
	first: u64,
	chunks: u64,
	read: &mut impl FnMut(u64, &mut [u8]) -> Result<(), E>,
) -> Result<ChainingValue, E> {
	let mut offset = first.checked_mul(CHUNK_U64).ok_or(Error::TooLong)?;
	let span = chunks.checked_mul(CHUNK_U64).ok_or(Error::TooLong)?;
	let end = offset
		.checked_add(span)
		.map_or(length, |end| end.min(length));
	let mut hasher = Hasher::new();
	hasher.set_input_offset(offset);
	let mut buffer = vec![0; const { 64 * CHUNK }];
	while offset < end {
		let rest = end.checked_sub(offset).ok_or(Error::TooLong)?;
		let step = usize::try_from(rest)
			.unwrap_or(usize::MAX)
			.min(buffer.len());
		let piece = buffer.get_mut(..step).ok_or(Error::TooLong)?;
		read(offset, piece)?;
		update(&mut hasher, piece);
		offset = offset.checked_add(wide(step)).ok_or(Error::TooLong)?;
	}
	Ok(hasher.finalize_non_root())
}

/// Adds bytes on every core where that pays.
pub(crate) fn update(hasher: &mut Hasher, bytes: &[u8]) {
	#[cfg(feature = "parallel")]
	if bytes.len() >= const { 128 * CHUNK } {
		hasher.update_rayon(bytes);
		return;
	}
	hasher.update(bytes);
}

fn merge(left: &ChainingValue, right: &ChainingValue, is_root: bool) -> ChainingValue {
	if is_root {
		merge_subtrees_root(left, right, Mode::Hash).into()
	} else {
		merge_subtrees_non_root(left, right, Mode::Hash)
	}
}

fn join(left: &ChainingValue, right: &ChainingValue) -> [u8; 64] {
	let mut node = [0; 64];
	for (byte, value) in node.iter_mut().zip(left.iter().chain(right)) {
		*byte = *value;
	}
	node
}
