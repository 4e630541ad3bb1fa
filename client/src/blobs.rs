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
	io::{self, BufReader, BufWriter, Read, Write},
	path::{Path, PathBuf},
	time::Duration,
};
use tempfile::NamedTempFile;
use tokio::time::Instant;
use tokio_util::io::{StreamReader, SyncIoBridge};

/// Content type of a blob in Bao's slice encoding.
pub const BAO_TYPE: &str = "application/vnd.guerdon.bao";

/// What is read and written at once.
const PIECE: usize = 64 << 10;

/// How long a server may take to begin, and then stay silent.
const PATIENCE: Duration = Duration::from_secs(30);

/// The fewest bytes a second, once [`PATIENCE`] is over: whoever sends a byte now and then holds up
/// its receiver as one who is silent does.
const MIN_RATE: u64 = 16 << 10;

/// The longest that a blob is fetched for.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// What unfinished files are called.
const PART: &str = ".part-";

/// An unfinished file that was not written to for so long is left from a crash.
const STALE: Duration = Duration::from_secs(60 * 60);

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

/// When a fetch that is not bound to anything else is given up: the time that `limit` bytes take at
/// the least rate.
pub(crate) fn deadline(limit: u64) -> Instant {
	let seconds = limit.checked_div(MIN_RATE).unwrap_or(0);
	Instant::now() + (PATIENCE * 2 + Duration::from_secs(seconds)).min(LONGEST)
}

/// Removes what a process that died was writing. Others may be writing beside this one: what they
/// write is young.
fn sweep(folder: &Path) {
	for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
		let name = entry.file_name();
		if !name.as_encoded_bytes().starts_with(PART.as_bytes()) {
			continue;
		}
		let written = entry.metadata().and_then(|data| data.modified());
		let age = written.ok().and_then(|written| written.elapsed().ok());
		if age.is_some_and(|age| age > STALE) {
			// Somebody else may have been faster.
			let _ = fs::remove_file(entry.path());
		}
	}
}

/// A folder of blobs.
#[derive(Clone, Debug)]
pub struct Store {
	folder: PathBuf,
}

impl Store {
	/// Opens, and makes if need be, `HOME/blobs`, and removes what a crash left there.
	///
	/// # Errors
	/// [`Error::Io`].
	pub fn open(home: &Path) -> Result<Self, Error> {
		let folder = home.join("blobs");
		fs::create_dir_all(&folder).map_err(io_error(&folder))?;
		sweep(&folder);
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

	/// Keeps what is written, and gives its root.
	///
	/// # Errors
	/// Those of `write`, and [`Error::Io`].
	pub fn add_written<T, E: From<Error>>(
		&self,
		write: impl FnOnce(&mut File) -> Result<T, E>,
	) -> Result<(Digest, T), E> {
		let mut file = self.temporary()?;
		let written = write(file.as_file_mut())?;
		Ok((self.keep(file)?, written))
	}

	fn temporary(&self) -> Result<NamedTempFile, Error> {
		NamedTempFile::with_prefix_in(PART, &self.folder).map_err(io_error(&self.folder))
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

	/// A blob from the store, or from the first endpoint that delivers it, of `limit` bytes at most.
	///
	/// # Errors
	/// [`Error::Unavailable`] with what each endpoint said; [`Error::Io`].
	pub async fn fetch(
		&self,
		root: &Digest,
		endpoints: &[String],
		limit: u64,
	) -> Result<Vec<u8>, Error> {
		self.fetch_until(root, endpoints, limit, deadline(limit))
			.await
	}

	/// [`Store::fetch`], given up at a certain time.
	///
	/// # Errors
	/// See [`Store::fetch`].
	pub async fn fetch_until(
		&self,
		root: &Digest,
		endpoints: &[String],
		limit: u64,
		until: Instant,
	) -> Result<Vec<u8>, Error> {
		self.check_length(root, limit)?;
		if self.has(root) {
			if let Ok(bytes) = self.read(root) {
				return Ok(bytes);
			}
		}
		self.download(root, endpoints, limit, until).await?;
		self.read(root)
	}

	/// [`Store::fetch_until`] into the store alone, for what is read later.
	///
	/// # Errors
	/// See [`Store::fetch`].
	pub async fn obtain(
		&self,
		root: &Digest,
		endpoints: &[String],
		limit: u64,
		until: Instant,
	) -> Result<(), Error> {
		self.check_length(root, limit)?;
		match self.keeps(root).await {
			true => Ok(()),
			false => self.download(root, endpoints, limit, until).await,
		}
	}

	/// Whether a blob is there and undamaged. All of it is read, but not held in memory.
	pub async fn keeps(&self, root: &Digest) -> bool {
		if !self.has(root) {
			return false;
		}
		let (path, root) = (self.path(root), *root);
		let hashing = move || -> io::Result<bool> {
			let mut hasher = blake3::Hasher::new();
			io::copy(&mut File::open(path)?, &mut hasher)?;
			Ok(*hasher.finalize().as_bytes() == root)
		};
		let hashed = tokio::task::spawn_blocking(hashing).await;
		matches!(hashed, Ok(Ok(true)))
	}

	/// How many bytes a blob has.
	///
	/// # Errors
	/// [`Error::Missing`].
	pub fn length(&self, root: &Digest) -> Result<u64, Error> {
		match fs::metadata(self.path(root)) {
			Ok(data) if self.has(root) => Ok(data.len()),
			_ => Err(Error::Missing(*root)),
		}
	}

	/// What is in the store already was perhaps fetched under another limit.
	fn check_length(&self, root: &Digest, limit: u64) -> Result<(), Error> {
		if self.length(root).is_ok_and(|length| length > limit) {
			return Err(Error::Unavailable {
				root: *root,
				why: too_long(limit),
			});
		}
		Ok(())
	}

	async fn download(
		&self,
		root: &Digest,
		endpoints: &[String],
		limit: u64,
		until: Instant,
	) -> Result<(), Error> {
		let mut why = Vec::new();
		for endpoint in endpoints {
			match self.fetch_from(root, endpoint, limit, until).await {
				Ok(()) => return Ok(()),
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

	async fn fetch_from(
		&self,
		root: &Digest,
		endpoint: &str,
		limit: u64,
		until: Instant,
	) -> Result<(), String> {
		let left = until.saturating_duration_since(Instant::now());
		if left.is_zero() {
			return Err("there was no time left to ask it".into());
		}
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
		// From connecting to the last byte of the body.
		let request = client.get(url).timeout(left);
		let response = request.send().await.map_err(plain)?;
		if !response.status().is_success() {
			return Err(format!("answered {}", response.status()));
		}
		let mut pace = Pace::new();
		let body = futures::StreamExt::map(response.bytes_stream(), move |piece| {
			let piece = piece.map_err(|error| io::Error::other(plain(error)))?;
			pace.keep_up(piece.len(), Instant::now())?;
			Ok::<_, io::Error>(piece)
		});
		// The decoder reads and gives a chunk at a time, which is too little to go to the network or to
		// the disk for.
		let mut reader =
			BufReader::with_capacity(PIECE, SyncIoBridge::new(StreamReader::new(body)));
		let (store, root) = (self.clone(), *root);
		let decoding = move || -> Result<(), String> {
			let file = store.temporary().map_err(|error| error.to_string())?;
			let mut file = BufWriter::with_capacity(PIECE, file);
			let decoder = bao::decode::SliceDecoder::new(&mut reader, &root.into(), 0, u64::MAX);
			let copied = io::copy(&mut decoder.take(limit.saturating_add(1)), &mut file)
				.map_err(|error| format!("did not deliver the blob it was asked for ({error})"))?;
			let file = file.into_inner().map_err(|error| error.to_string())?;
			if copied > limit {
				return Err(too_long(limit));
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

fn too_long(limit: u64) -> String {
	format!("the blob is longer than the {limit} bytes allowed for it")
}

/// How fast a body comes in.
struct Pace {
	began: Instant,
	received: u64,
}

impl Pace {
	fn new() -> Self {
		Pace {
			began: Instant::now(),
			received: 0,
		}
	}

	/// Counts bytes that came in at `now`.
	fn keep_up(&mut self, bytes: usize, now: Instant) -> io::Result<()> {
		self.received = self
			.received
			.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
		let counted = now
			.saturating_duration_since(self.began)
			.saturating_sub(PATIENCE);
		match self.received < MIN_RATE.saturating_mul(counted.as_secs()) {
			true => Err(io::Error::new(
				io::ErrorKind::TimedOut,
				format!("it sends less than {MIN_RATE} bytes a second"),
			)),
			false => Ok(()),
		}
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
	fn what_a_crash_left_is_swept_and_what_is_being_written_is_not() {
		let (home, store) = store();
		let root = store.add_bytes(b"abc").unwrap();
		let (old, young) = (
			store.folder.join(".part-old"),
			store.folder.join(".part-young"),
		);
		for path in [&old, &young, &store.path(&root)] {
			fs::write(path, b"abc").unwrap();
		}
		let before = std::time::SystemTime::now() - STALE - Duration::from_secs(60);
		for path in [&old, &store.path(&root)] {
			let file = File::options().write(true).open(path).unwrap();
			file.set_modified(before).unwrap();
		}
		let again = Store::open(home.path()).unwrap();
		assert!(!old.exists());
		assert!(young.exists());
		assert!(again.has(&root), "a blob may be as old as it likes");
	}

	/// Sends a byte now and then, for ever.
	async fn trickle() -> String {
		use tokio::io::{AsyncReadExt, AsyncWriteExt};
		let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
		let endpoint = format!("http://{}", listener.local_addr().unwrap());
		tokio::spawn(async move {
			loop {
				let (mut stream, _) = listener.accept().await.unwrap();
				tokio::spawn(async move {
					let mut request = Vec::new();
					while !request.ends_with(b"\r\n\r\n") {
						request.push(stream.read_u8().await.unwrap());
					}
					// What follows reads as the length of a blob of 2^56 bytes, and what it begins with.
					let head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n";
					let mut sent = stream.write_all(head).await;
					while sent.is_ok() {
						tokio::time::sleep(Duration::from_millis(20)).await;
						sent = stream.write_all(&[1]).await;
					}
				});
			}
		});
		endpoint
	}

	#[tokio::test]
	async fn a_fetch_ends_at_its_deadline_whatever_trickles_in() {
		let (_home, store) = store();
		let endpoints = [trickle().await, trickle().await];
		let began = Instant::now();
		let until = began + Duration::from_millis(300);
		let fetched = store
			.fetch_until(&[1; 32], &endpoints, 1 << 20, until)
			.await;
		assert!(began.elapsed() < Duration::from_secs(10));
		let why = fetched.unwrap_err().to_string();
		assert!(
			why.contains("no time left"),
			"the second was not asked: {why}"
		);
		let obtained = store.obtain(&[1; 32], &endpoints, 1 << 20, until).await;
		assert!(obtained.is_err());
	}

	#[test]
	fn whoever_sends_too_little_is_left() {
		let mut pace = Pace::new();
		let after = |seconds| pace.began + Duration::from_secs(seconds);
		let (early, soon, late) = (after(30), after(31), after(60));
		assert!(
			pace.keep_up(1, early).is_ok(),
			"it may take its time to begin"
		);
		assert!(pace.keep_up(16 << 10, soon).is_ok());
		assert!(pace.keep_up(1, late).is_err());
		assert!(pace.keep_up(30 * (16 << 10), late).is_ok());
	}

	#[tokio::test]
	async fn what_is_in_the_store_is_neither_fetched_nor_longer_than_allowed() {
		let (_home, store) = store();
		let root = store.add_bytes(&[7; 5000]).unwrap();
		let soon = Instant::now() + PATIENCE;
		store.obtain(&root, &[], 5000, soon).await.unwrap();
		assert_eq!(store.fetch(&root, &[], 5000).await.unwrap(), [7; 5000]);
		for error in [
			store.obtain(&root, &[], 4999, soon).await.unwrap_err(),
			store.fetch(&root, &[], 4999).await.unwrap_err(),
		] {
			assert!(
				error.to_string().contains("longer than the 4999"),
				"{error}"
			);
		}
		fs::write(store.path(&root), [8; 5000]).unwrap();
		let damaged = store.obtain(&root, &[], 5000, soon).await;
		assert!(matches!(damaged, Err(Error::Unavailable { .. })));
	}

	#[test]
	fn what_could_not_be_written_to_its_end_is_not_kept() {
		let (_home, store) = store();
		let write = |file: &mut File| -> Result<u8, Error> {
			file.write_all(b"abc").unwrap();
			Ok(7)
		};
		let (root, written) = store.add_written(write).unwrap();
		assert_eq!((store.read(&root).unwrap(), written), (b"abc".to_vec(), 7));
		let failing = |file: &mut File| -> Result<u8, Error> {
			file.write_all(b"abcd").unwrap();
			Err(Error::Missing([0; 32]))
		};
		assert!(store.add_written(failing).is_err());
		let there = fs::read_dir(&store.folder).unwrap().count();
		assert_eq!(there, 2, "the first one and its outboard");
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
