//! Sealing a folder.

use super::{secrets, Kept, Sealing, Secrets};
use crate::{blobs, serve::digest};
use guerdon_content::{
	sealed::{blinding, plaintext_commitment, Sealer, Secret},
	ChunkProof, Directory, Error, Observer, RecordKind, Root, RootBuilder, Trailer, CHUNK,
};
use guerdon_receipt::Digest;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::io::{self, Write};

/// Why a folder cannot be sealed, or not as it was described.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
	/// The secret is not to be had.
	#[error(transparent)]
	Secret(#[from] secrets::Error),
	/// A file cannot be read, or what is sealed not written.
	#[error(transparent)]
	Io(#[from] io::Error),
	/// The store.
	#[error(transparent)]
	Store(#[from] blobs::Error),
	/// The document says nothing that can be compared.
	#[error("the document is not valid: {0}")]
	Document(String),
	/// Other files than those that were described.
	#[error(
		"the folder is not the one that was described: a file was changed, added or taken away; \
		 describe it again for another dataset"
	)]
	Changed,
}

/// A folder's stream, once it is sealed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SealedStream {
	/// Root of the sealed stream: the dataset's content root.
	pub root: Root,
	/// Its sha256.
	pub sha256: Digest,
	/// Root of the plaintext.
	pub plaintext: Root,
	/// The last chunk, which is not sealed.
	pub trailer: Trailer,
	/// The proof of that chunk in the sealed stream.
	pub final_chunk: ChunkProof,
	/// The index: [`guerdon_content::sealed::Opening::leaf`] of every segment, back to back.
	pub index: Vec<u8>,
	/// What its metadata binds.
	pub sealing: Sealing,
}

/// Writes the stream of a folder, sealed. The same folder and secret give the same bytes.
///
/// # Errors
/// When a file cannot be read or has changed since the folder was scanned, or `out` fails.
pub fn seal(
	directory: &Directory,
	kind: RecordKind,
	secret: &Secret,
	out: impl Write,
	observer: &mut impl Observer,
) -> io::Result<SealedStream> {
	let length = directory.stream_length();
	let mut writer = Writer {
		sealer: Sealer::new(*secret, kind, length)?,
		sink: Sink {
			out,
			sha256: Sha256::new(),
			root: RootBuilder::new(),
			body: length.saturating_sub(CHUNK as u64),
			trailer: Vec::new(),
		},
	};
	let framed = directory.write(kind, &mut writer, observer)?;
	let Writer { sealer, sink } = writer;
	let sealed = sealer.finish()?;
	let (root, final_chunk) = sink.root.finish(&sink.trailer)?;
	let index = sealed.leaves.concat();
	let sealing = Sealing {
		index: *blake3::hash(&index).as_bytes(),
		plaintext: plaintext_commitment(&blinding(secret), &framed.root),
	};
	Ok(SealedStream {
		root,
		sha256: sink.sha256.finalize().into(),
		plaintext: framed.root,
		trailer: framed.trailer,
		final_chunk,
		index,
		sealing,
	})
}

/// Seals a folder for the first time, and keeps its secret. A folder that was sealed from here before
/// is sealed the same way again.
///
/// # Errors
/// [`SealError`].
pub(crate) fn seal_first(
	directory: &Directory,
	kind: RecordKind,
	secrets: &Secrets,
	observer: &mut impl Observer,
) -> Result<SealedStream, SealError> {
	let plaintext = directory.hash(kind, observer)?.root;
	let secret = match secrets.of_plaintext(&plaintext)? {
		Some(kept) => kept.secret,
		None => Secrets::random()?,
	};
	let sealed = seal(directory, kind, &secret, io::sink(), observer)?;
	if sealed.plaintext != plaintext {
		return Err(SealError::Changed);
	}
	let root = sealed.root;
	secrets.keep(&Kept {
		secret,
		plaintext,
		root,
	})?;
	Ok(sealed)
}

/// The root of the sealed stream that a document describes.
///
/// # Errors
/// [`SealError::Document`].
pub fn sealed_root(document: &Value) -> Result<Root, SealError> {
	let root = document["distribution"][0]["guerdon:blake3"].as_str();
	let root = root.and_then(digest);
	root.ok_or_else(|| SealError::Document("it has no sealed stream".into()))
}

/// Seals a described folder once more, and compares what comes out with its document.
///
/// # Errors
/// [`SealError`].
pub fn seal_again(
	directory: &Directory,
	document: &Value,
	kind: RecordKind,
	secrets: &Secrets,
	out: impl Write,
	observer: &mut impl Observer,
) -> Result<SealedStream, SealError> {
	let sealing = Sealing::read(document).map_err(SealError::Document)?;
	let sealing = sealing.ok_or_else(|| SealError::Document("it describes open data".into()))?;
	let root = sealed_root(document)?;
	let kept = secrets.of_sealed(&root)?;
	let sealed = seal(directory, kind, &kept.secret, out, observer)?;
	let same = sealed.root == root && sealed.plaintext == kept.plaintext;
	match same && sealed.sealing == sealing {
		true => Ok(sealed),
		false => Err(SealError::Changed),
	}
}

/// Seals what is written to it.
struct Writer<W> {
	sealer: Sealer,
	sink: Sink<W>,
}

/// Where what is sealed goes.
struct Sink<W> {
	out: W,
	sha256: Sha256,
	root: RootBuilder,
	/// Bytes that are still to come before the trailer.
	body: u64,
	trailer: Vec<u8>,
}

impl<W: Write> Sink<W> {
	fn take(&mut self, bytes: &[u8]) -> io::Result<()> {
		self.sha256.update(bytes);
		if self.body > 0 {
			let left = self.body.checked_sub(bytes.len() as u64);
			self.body = left.ok_or(Error::WrongStreamLength)?;
			self.root.update(bytes)?;
		} else {
			self.trailer.extend_from_slice(bytes);
		}
		self.out.write_all(bytes)
	}
}

impl<W: Write> Write for Writer<W> {
	fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
		let Writer { sealer, sink } = self;
		sealer.update(bytes, |sealed| sink.take(sealed))?;
		Ok(bytes.len())
	}

	fn flush(&mut self) -> io::Result<()> {
		self.sink.out.flush()
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use guerdon_content::verify_final;
	use std::fs;

	fn sealed(folder: &std::path::Path, secret: u8) -> (Vec<u8>, SealedStream) {
		let directory = Directory::scan(folder).unwrap();
		let kind = RecordKind::Line { header: true };
		let mut out = Vec::new();
		let sealed = seal(&directory, kind, &[secret; 32], &mut out, &mut ()).unwrap();
		(out, sealed)
	}

	#[test]
	fn a_folder_is_sealed_the_same_each_time_and_in_the_shape_of_its_plaintext() {
		let folder = tempfile::tempdir().unwrap();
		fs::write(folder.path().join("a.csv"), "x,y\n1,2\n".repeat(30_000)).unwrap();
		fs::write(folder.path().join("b.csv"), "").unwrap();
		let (bytes, stream) = sealed(folder.path(), 1);
		assert_eq!(sealed(folder.path(), 1), (bytes.clone(), stream.clone()));
		assert_eq!(stream.root, *blake3::hash(&bytes).as_bytes());
		assert_eq!(stream.sha256, <Digest>::from(Sha256::digest(&bytes)));
		let pinned = verify_final(&stream.root, &stream.final_chunk);
		assert_eq!(pinned, Ok(stream.trailer));
		let kind = RecordKind::Line { header: true };
		let plain = Directory::scan(folder.path()).unwrap().hash(kind, &mut ());
		let plain = plain.unwrap();
		assert_eq!(plain.root, stream.plaintext);
		assert_eq!(plain.trailer, stream.trailer);
		assert_eq!(stream.index.len(), 4 * 32);
		let (_, other) = sealed(folder.path(), 2);
		assert_ne!(other.root, stream.root);
		assert_ne!(other.sealing.index, stream.sealing.index);
		assert_ne!(other.sealing.plaintext, stream.sealing.plaintext);
	}
}
