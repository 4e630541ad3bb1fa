#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

mod cursor;
mod framing;
mod kind;
mod records;
#[cfg(any(feature = "sealed", test))]
pub mod sealed;
mod trailer;
mod tree;

#[cfg(feature = "std")]
mod files;

#[cfg(test)]
mod tests;

pub use cursor::{Cursor, Piece};
pub use framing::{
	check_path, frame, framed_length, index, index_with, Entry, Framer, Index, ENTRY_MAGIC,
	MAX_PATH_LENGTH,
};
pub use kind::RecordKind;
pub use records::{records, RecordCounter, Records};
pub use trailer::{Trailer, TRAILER_MAGIC, VERSION};
pub use tree::{
	chunk_count, prove_chunk, prove_chunk_with, verify_chunk, verify_final, ChunkProof,
	RootBuilder, MAX_PARENTS,
};

#[cfg(feature = "std")]
pub use files::{Directory, FileDigest, FileEntry, Framed, Observer, Stream};

/// BLAKE3 hash of a whole stream: what a dataset is known by.
pub type Root = [u8; 32];

/// Bytes in a chunk, the leaf of BLAKE3's tree. Entries and the trailer are aligned to it.
pub const CHUNK: usize = 1024;

/// Why content was refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Error {
	/// A path is empty, too long, absolute, has an empty, `.` or `..` component, or a byte that
	/// some file system treats specially (`\`, `:`, control characters).
	InvalidPath,
	/// Paths must be strictly ascending by their bytes: sort the files and name none twice.
	UnorderedPaths,
	/// More or fewer bytes were given for a file than were announced.
	WrongFileLength,
	/// A count or a length is beyond what the format can hold.
	TooLong,
	/// The stream's length is not a positive multiple of 1024, or is not what its trailer says.
	WrongStreamLength,
	/// The bytes are not a trailer block of this version.
	InvalidTrailer,
	/// An entry's header is malformed or reaches beyond the stream, or its padding is not zero.
	InvalidEntry,
	/// Files or bytes of data are not as many as the trailer says.
	TotalsMismatch,
	/// The chunk asked for does not exist in a stream of this length.
	NoSuchChunk,
	/// A proof has more or fewer parents, or a longer or shorter chunk, than its position allows.
	WrongProofShape,
	/// A proof does not lead to this root.
	ProofMismatch,
	/// Only the last chunk of a stream may be shorter than 1024 bytes.
	UnalignedChunk,
}

impl core::fmt::Display for Error {
	fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
		f.write_str(match self {
			Self::InvalidPath => "path is not a portable relative path",
			Self::UnorderedPaths => "paths are not in strictly ascending byte order",
			Self::WrongFileLength => "file is not as long as was announced",
			Self::TooLong => "count or length is beyond what the format can hold",
			Self::WrongStreamLength => "stream is not as long as it has to be",
			Self::InvalidTrailer => "not a trailer block of this version",
			Self::InvalidEntry => "entry is malformed",
			Self::TotalsMismatch => "files or bytes differ from what the trailer says",
			Self::NoSuchChunk => "no such chunk in a stream of this length",
			Self::WrongProofShape => "proof has the wrong shape for this position",
			Self::ProofMismatch => "proof does not lead to this root",
			Self::UnalignedChunk => "only the last chunk may be short",
		})
	}
}

impl core::error::Error for Error {}

#[cfg(feature = "std")]
impl From<Error> for std::io::Error {
	fn from(error: Error) -> Self {
		Self::new(std::io::ErrorKind::InvalidData, error)
	}
}

const CHUNK_U64: u64 = 1024;

/// Lossless: no target has pointers wider than 64 bits.
fn wide(length: usize) -> u64 {
	u64::try_from(length).unwrap_or(u64::MAX)
}
