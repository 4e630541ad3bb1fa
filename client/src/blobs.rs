//! Blobs by the BLAKE3 hash of their bytes: kept in a folder, fetched from strangers.
//!
//! A blob is at `HOME/blobs/<hex root>` or not there at all: everything is written beside it and
//! renamed when it is complete and right, so a machine that dies in between leaves no half blob.
//! Beside a blob lies its Bao outboard (`<hex root>.obao`), so that it can be served in a form
//! that the receiver checks while it streams.

use guerdon_content::{Directory, Framed, Observer, RecordKind};
use guerdon_receipt::Digest;
use std::{
	fs::{self, File},
	io::{self, BufReader, Read, Write},
	path::{Path, PathBuf},
	time::Duration,
};
use tempfile::NamedTempFile;
use tokio_util::io::{StreamReader, SyncIoBridge};

/// Content type of a blob in Bao's slice encoding.
pub const BAO_TYPE: &str = "application/vnd.guerdon.bao";

/// How long a server may take to begin, and then stay silent.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a blob is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// The folder cannot be used.
	#[error("{path}: {error}")]
	Io {
		/// The path.
		path: PathBuf,
		/// What the system says.
		error: io::Error,
	},
	/// Not in the store.
	#[error("blob {} is not in the store", hex::encode(.0))]
	Missing(Digest),
	/// The file in the store is not what its name says.
	#[error("blob {} is damaged on disk: delete it and fetch it again", hex::encode(.0))]
	Damaged(Digest),
	/// No endpoint delivered it.
	#[error("blob {} could not be fetched: {why}", hex::encode(.root))]
	Unavailable {
		/// The blob.
		root: Digest,
		/// What each endpoint said.
		why: String,
	},
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> Error + '_ {
	move |error| Error::Io {
		path: path.to_path_buf(),
		error,
	}
}

/// A folder of blobs.
#[derive(Clone, Debug)]
pub struct Store {
	folder: PathBuf,
}

impl Store {
	/// Opens, and makes if need be, `HOME/blobs`.
	///
	/// # Errors
	/// [`Error::Io`].
	pub fn open(home: &Path) -> Result<Self, Error> {
		let folder = home.join("blobs");
		fs::create_dir_all(&folder).map_err(io_error(&folder))?;
		Ok(Store { folder })
	}

	/// Where a blob is, if it is there.
	pub fn path(&self, root: &Digest) -> PathBuf {
		self.folder.join(hex::encode(root))
	}

	fn outboard_path(&self, root: &Digest) -> PathBuf {
		self.folder.join(hex::encode(root) + ".obao")
	}

	/// Whether it is there.
	pub fn has(&self, root: &Digest) -> bool {
		self.path(root).is_file() && self.outboard_path(root).is_file()
	}

	/// Keeps bytes and gives their root.
	///
	/// # Errors
	/// [`Error::Io`].
	pub fn add_bytes(&self, bytes: &[u8]) -> Result<Digest, Error> {
		let root = *blake3::hash(bytes).as_bytes();
		if !self.has(&root) {
			let mut file = self.temporary()?;
			file.write_all(bytes).map_err(io_error(&self.folder))?;
			self.keep(file)?;
		}
		Ok(root)
	}

	/// Keeps a folder's files as one dataset stream.
	///
	/// # Errors
	/// [`Error::Io`].
	pub fn add_directory(
		&self,
		folder: &Path,
		kind: RecordKind,
		observer: &mut impl Observer,
	) -> Result<Framed, Error> {
		let directory = Directory::scan(folder).map_err(io_error(folder))?;
		let mut file = self.temporary()?;
		let framed = directory
			.write(kind, &mut file, observer)
			.map_err(io_error(folder))?;
		self.keep(file)?;
		Ok(framed)
	}

	fn temporary(&self) -> Result<NamedTempFile, Error> {
		NamedTempFile::with_prefix_in(".part-", &self.folder).map_err(io_error(&self.folder))
	}

	/// Makes the outboard and gives both files their names, the outboard first.
	fn keep(&self, blob: NamedTempFile) -> Result<Digest, Error> {
		let fail = || io_error(&self.folder);
		blob.as_file().sync_all().map_err(fail())?;
		let mut outboard = self.temporary()?;
		let mut encoder = bao::encode::Encoder::new_outboard(outboard.as_file_mut());
		let mut reader = File::open(blob.path()).map_err(fail())?;
		io::copy(&mut reader, &mut encoder).map_err(fail())?;
		let root = *encoder.finalize().map_err(fail())?.as_bytes();
		outboard.as_file().sync_all().map_err(fail())?;
		outboard
			.persist(self.outboard_path(&root))
			.map_err(|e| fail()(e.error))?;
		blob.persist(self.path(&root))
			.map_err(|e| fail()(e.error))?;
		Ok(root)
	}

	/// A whole blob, checked against its name.
	///
	/// # Errors
	/// [`Error::Missing`], [`Error::Damaged`], [`Error::Io`].
	pub fn read(&self, root: &Digest) -> Result<Vec<u8>, Error> {
		let path = self.path(root);
		match fs::read(&path) {
			Ok(bytes) if blake3::hash(&bytes).as_bytes() == root => Ok(bytes),
			Ok(_) => Err(Error::Damaged(*root)),
			Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Error::Missing(*root)),
			Err(error) => Err(io_error(&path)(error)),
		}
	}

	/// The blob in Bao's slice encoding, for [`decode`].
	///
	/// # Errors
	/// [`Error::Missing`], [`Error::Io`].
	pub fn encoded(&self, root: &Digest) -> Result<impl Read + Send + 'static, Error> {
		if !self.has(root) {
			return Err(Error::Missing(*root));
		}
		let (path, outboard) = (self.path(root), self.outboard_path(root));
		let blob = File::open(&path).map_err(io_error(&path))?;
		let outboard = File::open(&outboard).map_err(io_error(&outboard))?;
		Ok(bao::encode::SliceExtractor::new_outboard(
			BufReader::new(blob),
			BufReader::new(outboard),
			0,
			u64::MAX,
		))
	}

	/// A blob from the store, or from the first endpoint that delivers it.
	///
	/// # Errors
	/// [`Error::Unavailable`] with what each endpoint said; [`Error::Io`].
	pub async fn fetch(
		&self,
		root: &Digest,
		endpoints: &[String],
		limit: u64,
	) -> Result<Vec<u8>, Error> {
		if self.has(root) {
			if let Ok(bytes) = self.read(root) {
				return Ok(bytes);
			}
		}
		let mut why = Vec::new();
		for endpoint in endpoints {
			match self.fetch_from(root, endpoint, limit).await {
				Ok(()) => return self.read(root),
				Err(error) => why.push(format!("{endpoint}: {error}")),
			}
		}
		if why.is_empty() {
			why.push("no endpoint is known for it".into());
		}
		Err(Error::Unavailable {
			root: *root,
			why: why.join("; "),
		})
	}

	async fn fetch_from(&self, root: &Digest, endpoint: &str, limit: u64) -> Result<(), String> {
		let url = format!(
			"{}/blobs/{}",
			endpoint.trim_end_matches('/'),
			hex::encode(root)
		);
		let client = reqwest::Client::builder()
			.connect_timeout(PATIENCE)
			.read_timeout(PATIENCE)
			.redirect(reqwest::redirect::Policy::none())
			.build()
			.map_err(|error| error.to_string())?;
		let response = client.get(url).send().await.map_err(plain)?;
		if !response.status().is_success() {
			return Err(format!("answered {}", response.status()));
		}
		let body = futures::TryStreamExt::map_err(response.bytes_stream(), io::Error::other);
		let mut reader = SyncIoBridge::new(StreamReader::new(body));
		let (store, root) = (self.clone(), *root);
		let decoding = move || -> Result<(), String> {
			let mut file = store.temporary().map_err(|error| error.to_string())?;
			let decoder = bao::decode::SliceDecoder::new(&mut reader, &root.into(), 0, u64::MAX);
			let copied = io::copy(&mut decoder.take(limit.saturating_add(1)), &mut file)
				.map_err(|error| format!("did not deliver the blob it was asked for ({error})"))?;
			if copied > limit {
				return Err(format!(
					"the blob is longer than the {limit} bytes allowed for it"
				));
			}
			match store.keep(file) {
				Ok(kept) if kept == root => Ok(()),
				Ok(_) => Err("delivered another blob".into()),
				Err(error) => Err(error.to_string()),
			}
		};
		tokio::task::spawn_blocking(decoding)
			.await
			.map_err(|error| error.to_string())?
	}
}

/// reqwest's own text names the URL and little else; the cause is in its sources.
fn plain(error: reqwest::Error) -> String {
	let mut cause: &dyn std::error::Error = &error;
	while let Some(source) = cause.source() {
		cause = source;
	}
	cause.to_string()
}

#[cfg(test)]
mod tests {
	use super::*;

	fn store() -> (tempfile::TempDir, Store) {
		let home = tempfile::tempdir().unwrap();
		let store = Store::open(home.path()).unwrap();
		(home, store)
	}

	#[test]
	fn a_blob_is_known_by_its_hash() {
		let (home, store) = store();
		let root = store.add_bytes(b"abc").unwrap();
		assert_eq!(root, *blake3::hash(b"abc").as_bytes());
		assert_eq!(store.read(&root).unwrap(), b"abc");
		let again = Store::open(home.path()).unwrap();
		assert!(again.has(&root));
		assert!(matches!(again.read(&[0; 32]), Err(Error::Missing(_))));
	}

	#[test]
	fn a_damaged_blob_is_not_handed_out() {
		let (_home, store) = store();
		let root = store.add_bytes(&[7; 5000]).unwrap();
		fs::write(store.path(&root), [8; 5000]).unwrap();
		assert!(matches!(store.read(&root), Err(Error::Damaged(_))));
	}

	#[test]
	fn a_half_written_blob_is_no_blob() {
		let (_home, store) = store();
		let root = *blake3::hash(b"abc").as_bytes();
		fs::write(store.path(&root), b"ab").unwrap();
		assert!(
			!store.has(&root),
			"without its outboard it was never finished"
		);
		store.add_bytes(b"abc").unwrap();
		assert_eq!(store.read(&root).unwrap(), b"abc");
	}
}
