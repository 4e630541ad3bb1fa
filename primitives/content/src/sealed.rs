//! Sealed streams: the same length and the same trailer as the plaintext, and keys that open a segment
//! each. The README has the layout.

use crate::{wide, Cursor, Error, Piece, RecordKind, Root, CHUNK, CHUNK_U64};
use alloc::vec::Vec;
use chacha20::{
	cipher::{KeyIvInit, StreamCipher},
	ChaCha20,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::ops::Range;

/// Bytes of a stream that are sealed under one key; the last segment may have fewer.
pub const SEGMENT: usize = 64 * CHUNK;

const SEGMENT_U64: u64 = 64 * CHUNK_U64;

/// What this way of sealing is called in a dataset's metadata.
pub const SCHEME: &str = "guerdon/sealed/v1";

/// What every key of a dataset is derived from. Uniformly random, and never used for two datasets.
pub type Secret = [u8; 32];

/// What one segment is sealed under.
pub type SegmentKey = [u8; 32];

const KEY_CONTEXT: &str = "guerdon/sealed/v1 segment key";
const BLINDING_CONTEXT: &str = "guerdon/sealed/v1 blinding of the plaintext root";
const LEAF_CONTEXT: &str = "guerdon/sealed/v1 segment";
const PLAINTEXT_CONTEXT: &str = "guerdon/sealed/v1 plaintext root";

/// What opens a segment: its key, and where in the records it begins.
#[derive(
	Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen,
)]
pub struct Opening {
	/// Its key.
	pub key: SegmentKey,
	/// Where reading goes on at its first byte.
	pub start: Cursor,
}

impl Opening {
	/// What the dataset's index has in the segment's place. It binds both fields and shows
	/// neither, since the key is uniformly random.
	pub fn leaf(&self) -> Root {
		blake3::derive_key(LEAF_CONTEXT, &self.encode())
	}

	/// Seals a segment that is open, or opens one that is sealed.
	pub fn apply(&self, segment: &mut [u8]) {
		// A key seals one segment, so the nonce need not differ.
		ChaCha20::new(&self.key.into(), &[0; 12].into()).apply_keystream(segment);
	}
}

/// The key of a segment.
pub fn segment_key(secret: &Secret, segment: u64) -> SegmentKey {
	blake3::derive_key(KEY_CONTEXT, &(secret, segment).encode())
}

/// What hides the plaintext's root in [`plaintext_commitment`].
pub fn blinding(secret: &Secret) -> [u8; 32] {
	blake3::derive_key(BLINDING_CONTEXT, secret)
}

/// Binds the root of the plaintext without showing it: whoever could see it could confirm a guess of
/// the data.
pub fn plaintext_commitment(blinding: &[u8; 32], root: &Root) -> Root {
	blake3::derive_key(PLAINTEXT_CONTEXT, &(blinding, root).encode())
}

/// The sealed segments of a stream: everything but its trailer.
pub fn segment_count(stream_length: u64) -> u64 {
	stream_length
		.saturating_sub(CHUNK_U64)
		.div_ceil(SEGMENT_U64)
}

/// Where a segment lies in a stream.
pub fn segment_span(stream_length: u64, segment: u64) -> Result<Range<u64>, Error> {
	let end = stream_length
		.checked_sub(CHUNK_U64)
		.ok_or(Error::WrongStreamLength)?;
	let start = segment
		.checked_mul(SEGMENT_U64)
		.filter(|start| *start < end)
		.ok_or(Error::NoSuchChunk)?;
	let next = start.checked_add(SEGMENT_U64).ok_or(Error::TooLong)?;
	Ok(start..next.min(end))
}

/// The segments that the records `first .. first + count` lie in: those from the last one that
/// begins before all of them to the first one that ends after all of them. `None` when there are no
/// such records.
///
/// `starts` has the cursor of every segment's first byte, and last the one of the trailer's.
pub fn segments_of(
	starts: &[Cursor],
	kind: RecordKind,
	first: u64,
	count: u64,
) -> Option<Range<u64>> {
	let end = first.checked_add(count)?;
	if count == 0 || starts.last()?.records() < end {
		return None;
	}
	let from = starts.partition_point(|start| start.begun(kind) <= first);
	let to = starts.partition_point(|start| start.records() < end);
	Some(wide(from.checked_sub(1)?)..wide(to))
}

/// What sealing a stream yields besides the sealed bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sealed {
	/// [`Opening::leaf`] of every segment: the dataset's index.
	pub leaves: Vec<Root>,
	/// The cursor of every segment's first byte, and last the one of the trailer's.
	pub starts: Vec<Cursor>,
}

/// Seals a stream that arrives in pieces.
///
/// The sealed stream is as long, and ends with the same trailer: that stays public, so that it pins
/// length and records as it does for any stream. There is no room for authentication tags and no
/// need: the sealed stream's own root, which is on chain, tells every changed byte, and the index
/// binds each key.
#[derive(Clone, Debug)]
pub struct Sealer {
	secret: Secret,
	kind: RecordKind,
	/// Bytes that are still to come before the trailer.
	body: u64,
	pending: Vec<u8>,
	cursor: Cursor,
	sealed: Sealed,
}

impl Sealer {
	/// Seals a stream of `stream_length` bytes.
	pub fn new(secret: Secret, kind: RecordKind, stream_length: u64) -> Result<Self, Error> {
		let body = stream_length
			.checked_sub(CHUNK_U64)
			.ok_or(Error::WrongStreamLength)?;
		let cursor = Cursor::default();
		let sealed = Sealed {
			leaves: Vec::new(),
			starts: Vec::from([cursor]),
		};
		Ok(Self {
			secret,
			kind,
			body,
			pending: Vec::with_capacity(SEGMENT),
			cursor,
			sealed,
		})
	}

	/// The next bytes of the stream; gives what may be written, in order, to `out`.
	pub fn update<E: From<Error>>(
		&mut self,
		mut bytes: &[u8],
		mut out: impl FnMut(&[u8]) -> Result<(), E>,
	) -> Result<(), E> {
		while self.body > 0 && !bytes.is_empty() {
			let segment = self.body.min(SEGMENT_U64);
			let segment = usize::try_from(segment).map_err(|_| Error::TooLong)?;
			let wanted = segment
				.checked_sub(self.pending.len())
				.ok_or(Error::TooLong)?;
			let (piece, rest) = bytes.split_at_checked(wanted).unwrap_or((bytes, &[]));
			self.pending.extend_from_slice(piece);
			bytes = rest;
			if self.pending.len() == segment {
				self.seal()?;
				out(&self.pending)?;
				self.body = self.body.checked_sub(wide(segment)).ok_or(Error::TooLong)?;
				self.pending.clear();
			}
		}
		if bytes.is_empty() {
			return Ok(());
		}
		out(bytes)
	}

	fn seal(&mut self) -> Result<(), Error> {
		let opening = Opening {
			key: segment_key(&self.secret, wide(self.sealed.leaves.len())),
			start: self.cursor,
		};
		self.cursor.advance(self.kind, &self.pending, |_| ())?;
		opening.apply(&mut self.pending);
		self.sealed.leaves.push(opening.leaf());
		self.sealed.starts.push(self.cursor);
		Ok(())
	}

	/// The whole stream was given.
	pub fn finish(self) -> Result<Sealed, Error> {
		match self.body == 0 && self.cursor.is_between_files() {
			true => Ok(self.sealed),
			false => Err(Error::WrongStreamLength),
		}
	}
}

/// Collects the records `first .. end` from segments that are opened one after the other.
#[derive(Clone, Debug)]
pub struct Reader {
	kind: RecordKind,
	cursor: Cursor,
	first: u64,
	end: u64,
	/// The bytes of what may become the next record of the range.
	bytes: Vec<u8>,
}

impl Reader {
	/// Reads from where a segment begins.
	///
	/// Fails when a byte of the range may lie before it.
	pub fn new(kind: RecordKind, start: Cursor, records: Range<u64>) -> Result<Self, Error> {
		if start.begun(kind) > records.start {
			return Err(Error::TotalsMismatch);
		}
		Ok(Self {
			kind,
			cursor: start,
			first: records.start,
			end: records.end,
			bytes: Vec::new(),
		})
	}

	/// Where it has come to.
	pub const fn cursor(&self) -> Cursor {
		self.cursor
	}

	/// Reads a segment that is open, and gives every record of the range that ends in it.
	pub fn read(&mut self, segment: &[u8], mut each: impl FnMut(&[u8])) -> Result<(), Error> {
		let Self {
			kind,
			cursor,
			first,
			end,
			bytes,
		} = self;
		let mut next = cursor.records();
		cursor.advance(*kind, segment, |piece| {
			let wanted = (*first..*end).contains(&next);
			match piece {
				Piece::Bytes(more) if wanted => bytes.extend_from_slice(more),
				Piece::Bytes(_) => (),
				Piece::Record => {
					if wanted {
						each(record(*kind, bytes));
					}
					next = next.saturating_add(1);
					bytes.clear();
				}
				Piece::Other => bytes.clear(),
			}
		})
	}

	/// Whether every record of the range was given.
	pub const fn is_done(&self) -> bool {
		self.cursor.records() >= self.end
	}
}

fn record(kind: RecordKind, bytes: &[u8]) -> &[u8] {
	match kind {
		RecordKind::File => bytes,
		RecordKind::Line { .. } => bytes.strip_suffix(b"\r").unwrap_or(bytes),
	}
}
