//! The side of whoever has a task: fetching a sealed stream, asking for keys, checking them, opening
//! what they open.
//!
//! What was opened is kept in memory alone, and never in the store, which is served.

use super::{
	request::{KeyRequest, Purpose, Release, SignedRequest},
	Sealing,
};
use crate::{
	blobs::{self, Store},
	describe,
};
use crypto_box::{aead::OsRng, SecretKey};
use guerdon_content::{
	sealed::{plaintext_commitment, segment_count, segment_span, Reader},
	Cursor, Trailer, CHUNK,
};
use guerdon_receipt::{DatasetId, Digest, RunId};
use std::{fs::File, io, ops::Range, os::unix::fs::FileExt, path::PathBuf, time::Duration};
use subxt_signer::sr25519::Keypair;
use tokio::time::{sleep, Instant};

/// How long a publisher may take to answer. It may have to read the dataset first.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long it is asked again, when it says that this makes sense: what the best block says is final
/// soon.
const AGAIN: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_secs(1);

/// The longest document that is read.
const MAX_DOCUMENT: u64 = 1 << 20;

/// Bytes of an answer for each segment, and for all that is not by segment, at the most.
const PER_SEGMENT: u64 = 64;
const OVERHEAD: u64 = 1 << 10;

/// The longest reason that is repeated, in characters.
const MAX_REASON: usize = 300;

/// Why a gated dataset cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
	/// The publisher says no.
	#[error("the publisher of dataset {dataset} gives no keys for it ({status}): {why}")]
	Denied {
		/// The dataset.
		dataset: DatasetId,
		/// The HTTP status.
		status: u16,
		/// What it says.
		why: String,
	},
	/// The publisher cannot be asked.
	#[error("the publisher of dataset {dataset} cannot be asked for keys: {why}")]
	Unreachable {
		/// The dataset.
		dataset: DatasetId,
		/// What was seen.
		why: String,
	},
	/// What it gave does not fit what the chain has of the dataset.
	#[error("what the publisher of dataset {dataset} gave does not open what it published: {why}")]
	Wrong {
		/// The dataset.
		dataset: DatasetId,
		/// What is wrong.
		why: String,
	},
	/// The sealed stream or its index.
	#[error(transparent)]
	Blob(#[from] blobs::Error),
}

/// Which keys are needed, and where and how to ask.
#[derive(Clone, Debug)]
pub struct Wanted {
	/// The chain.
	pub genesis: Digest,
	/// Height and hash of a recent finalized block.
	pub block: (u32, Digest),
	/// The run.
	pub run: RunId,
	/// What for.
	pub purpose: Purpose,
	/// The dataset.
	pub dataset: DatasetId,
	/// Root of its sealed stream.
	pub root: Digest,
	/// Length of that.
	pub length: u64,
	/// Hash of its metadata document.
	pub metadata: Digest,
	/// Where its publisher is asked.
	pub endpoint: String,
}

/// Some of a dataset's records, each as something.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Window<T> {
	/// Number of the first one.
	pub first: u64,
	/// From that one on, without a gap.
	pub records: Vec<T>,
}

/// The records of a task, each read by `read`.
///
/// # Errors
/// [`Refused`].
pub async fn obtain<T: Send + 'static>(
	http: &reqwest::Client,
	signer: &Keypair,
	store: &Store,
	wanted: &Wanted,
	records: Range<u64>,
	read: impl Fn(&[u8]) -> T + Send + 'static,
) -> Result<Window<T>, Refused> {
	let stream = Opened::new(http, signer, store, wanted).await?;
	stream
		.compute(move |stream| {
			let first = records.start;
			let records = stream.records(records, read)?;
			Ok(Window { first, records })
		})
		.await
}

/// The plaintext of the whole stream, for an appraisal. Its root is compared with what the metadata
/// binds.
///
/// # Errors
/// [`Refused`].
pub async fn obtain_whole(
	http: &reqwest::Client,
	signer: &Keypair,
	store: &Store,
	wanted: &Wanted,
) -> Result<Vec<u8>, Refused> {
	let stream = Opened::new(http, signer, store, wanted).await?;
	stream.compute(|stream| stream.whole()).await
}

/// A sealed stream in the store, with keys that were compared with its index.
struct Opened {
	dataset: DatasetId,
	path: PathBuf,
	length: u64,
	sealing: Sealing,
	release: Release,
}

impl Opened {
	async fn new(
		http: &reqwest::Client,
		signer: &Keypair,
		store: &Store,
		wanted: &Wanted,
	) -> Result<Self, Refused> {
		let (dataset, root, length) = (wanted.dataset, wanted.root, wanted.length);
		let wrong = |why: &str| Refused::Wrong {
			dataset,
			why: why.into(),
		};
		let publisher = [wanted.endpoint.clone()];
		let until = blobs::deadline(length);
		store.obtain(&root, &publisher, length, until).await?;
		if store.length(&root)? != length {
			return Err(wrong("the stream is shorter than the chain says"));
		}
		let release = ask(http, signer, wanted).await?;
		let document = serde_json::from_slice(&release.document).ok();
		let document = document.filter(|document| {
			describe::metadata_hash(document) == wanted.metadata
				&& describe::canonical(document) == release.document
		});
		let document = document.ok_or_else(|| wrong("the document is another one"))?;
		let sealing = Sealing::read(&document).map_err(|why| wrong(&why))?;
		let sealing = sealing.ok_or_else(|| wrong("its document does not say how it is sealed"))?;
		let total = segment_count(length);
		let size = total.saturating_mul(32);
		let index = store.fetch(&sealing.index, &publisher, size).await?;
		let (leaves, rest) = index.as_chunks::<32>();
		if !rest.is_empty() || u64::try_from(leaves.len()) != Ok(total) {
			return Err(wrong("the index has not one entry for each segment"));
		}
		let first = usize::try_from(release.first).ok();
		let leaves = first
			.and_then(|first| leaves.get(first..))
			.unwrap_or_default();
		let fitting = release.openings.iter().zip(leaves);
		let fitting = fitting.filter(|(opening, leaf)| opening.leaf() == **leaf);
		if fitting.count() != release.openings.len() {
			return Err(wrong("a key is not the one that the index has"));
		}
		Ok(Opened {
			dataset,
			path: store.path(&root),
			length,
			sealing,
			release,
		})
	}

	async fn compute<T: Send + 'static>(
		self,
		open: impl FnOnce(Self) -> io::Result<T> + Send + 'static,
	) -> Result<T, Refused> {
		let dataset = self.dataset;
		let opened = tokio::task::spawn_blocking(move || open(self)).await;
		let opened = opened.map_err(io::Error::other).and_then(|opened| opened);
		opened.map_err(|error| Refused::Wrong {
			dataset,
			why: error.to_string(),
		})
	}

	fn trailer(&self, file: &File) -> io::Result<Trailer> {
		let mut block = [0; CHUNK];
		file.read_exact_at(&mut block, self.length.saturating_sub(CHUNK as u64))?;
		Ok(Trailer::decode(&block)?)
	}

	/// Opens every segment for which there is a key, one after the other.
	fn segments(
		&self,
		file: &File,
		mut each: impl FnMut(Cursor, &[u8]) -> io::Result<()>,
	) -> io::Result<()> {
		let mut bytes = zeroize::Zeroizing::new(Vec::new());
		for (segment, opening) in (self.release.first..).zip(&self.release.openings) {
			let span = segment_span(self.length, segment)?;
			let size = usize::try_from(span.end.saturating_sub(span.start));
			bytes.resize(size.map_err(io::Error::other)?, 0);
			file.read_exact_at(&mut bytes, span.start)?;
			opening.apply(&mut bytes);
			each(opening.start, &bytes)?;
		}
		Ok(())
	}

	fn records<T>(&self, records: Range<u64>, read: impl Fn(&[u8]) -> T) -> io::Result<Vec<T>> {
		let file = File::open(&self.path)?;
		let kind = self.trailer(&file)?.kind;
		let first = self.release.openings.first();
		let first = first.ok_or_else(|| invalid("there is no key"))?;
		let mut reader = Reader::new(kind, first.start, records)
			.map_err(|_| invalid("the keys begin behind the records"))?;
		let mut found = Vec::new();
		self.segments(&file, |start, bytes| {
			check_place(start, reader.cursor())?;
			Ok(reader.read(bytes, |record| found.push(read(record)))?)
		})?;
		match reader.is_done() {
			true => Ok(found),
			false => Err(invalid("the keys end before the records")),
		}
	}

	fn whole(&self) -> io::Result<Vec<u8>> {
		let file = File::open(&self.path)?;
		let trailer = self.trailer(&file)?;
		let mut stream = Vec::new();
		let mut cursor = Cursor::default();
		self.segments(&file, |start, bytes| {
			check_place(start, cursor)?;
			cursor.advance(trailer.kind, bytes, |_| ())?;
			stream.extend_from_slice(bytes);
			Ok(())
		})?;
		stream.extend(trailer.encode());
		if u64::try_from(stream.len()).ok() != Some(self.length) {
			return Err(invalid("not every segment has a key"));
		}
		let root = *blake3::hash(&stream).as_bytes();
		let commitment = self.release.blinding;
		let commitment = commitment.map(|blinding| plaintext_commitment(&blinding, &root));
		match commitment == Some(self.sealing.plaintext) {
			true => Ok(stream),
			false => Err(invalid(
				"the plaintext is not the one that the document binds",
			)),
		}
	}
}

fn invalid(why: &str) -> io::Error {
	io::Error::new(io::ErrorKind::InvalidData, why)
}

/// Where the index says that a segment begins must be where reading those before it came to.
fn check_place(said: Cursor, found: Cursor) -> io::Result<()> {
	match said == found {
		true => Ok(()),
		false => Err(invalid("the index is wrong about where records begin")),
	}
}

/// Asks for keys, and again as long as the publisher says that this makes sense. What is made of the
/// answer is not checked here.
async fn ask(
	http: &reqwest::Client,
	signer: &Keypair,
	wanted: &Wanted,
) -> Result<Release, Refused> {
	let until = Instant::now() + AGAIN;
	loop {
		let reply_key = SecretKey::generate(&mut OsRng);
		let request = KeyRequest {
			genesis: wanted.genesis,
			dataset: wanted.dataset,
			run: wanted.run,
			purpose: wanted.purpose,
			requester: signer.public_key().0,
			block: wanted.block.0,
			block_hash: wanted.block.1,
			reply_to: *reply_key.public_key().as_bytes(),
		};
		let asked = post(http, wanted, &request.sign(signer)).await;
		let (status, body) = asked.map_err(|why| Refused::Unreachable {
			dataset: wanted.dataset,
			why,
		})?;
		let later = matches!(status.as_u16(), 425 | 429 | 503);
		if status.is_success() {
			return Release::open(&body, &reply_key).ok_or_else(|| Refused::Wrong {
				dataset: wanted.dataset,
				why: "its answer cannot be opened".into(),
			});
		}
		if !later || Instant::now() + PAUSE > until {
			return Err(Refused::Denied {
				dataset: wanted.dataset,
				status: status.as_u16(),
				why: reason(&body),
			});
		}
		sleep(PAUSE).await;
	}
}

async fn post(
	http: &reqwest::Client,
	wanted: &Wanted,
	request: &SignedRequest,
) -> Result<(reqwest::StatusCode, Vec<u8>), String> {
	let url = format!("{}/keys", wanted.endpoint.trim_end_matches('/'));
	let most = segment_count(wanted.length)
		.saturating_mul(PER_SEGMENT)
		.saturating_add(MAX_DOCUMENT)
		.saturating_add(OVERHEAD);
	let sending = http.post(&url).json(request).timeout(PATIENCE).send();
	let mut response = sending.await.map_err(|error| format!("{url}: {error}"))?;
	let status = response.status();
	let mut body = Vec::new();
	while let Some(piece) = response.chunk().await.map_err(|e| format!("{url}: {e}"))? {
		body.extend_from_slice(&piece);
		if u64::try_from(body.len()).map_or(true, |length| length > most) {
			return Err(format!("{url}: the answer is longer than {most} bytes"));
		}
	}
	Ok((status, body))
}

/// What an answer that is an error says.
fn reason(body: &[u8]) -> String {
	let said: Option<serde_json::Value> = serde_json::from_slice(body).ok();
	let said = said.and_then(|said| said["error"].as_str().map(String::from));
	let said = said.unwrap_or_else(|| String::from_utf8_lossy(body).into_owned());
	let printable = said.chars().filter(|c| !c.is_control());
	printable.take(MAX_REASON).collect()
}
