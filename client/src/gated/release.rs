//! The publisher's side: `POST /keys`.
//!
//! Everything is decided by the finalized chain and by what is in the home folder. An answer is
//! sealed to a key that its request names and signs, so a copy of a request is of use to nobody.

use super::{
	facts::Ledger,
	judge::{denied, judge, Denied, Recent, Scope, LATER},
	log::{AccessLog, Entry, Outcome},
	request::{KeyRequest, Release, SignedRequest},
	secrets::{self, Kept, Secrets},
};
use crate::{
	blobs::{self, Store},
	roles::{Context, Failure},
	serve::{refuse, unread},
};
use axum::{
	extract::{rejection::JsonRejection, DefaultBodyLimit, State as Shared},
	http::{
		header::{CONTENT_TYPE, RETRY_AFTER},
		StatusCode,
	},
	response::{IntoResponse, Response},
	routing::post,
	Json, Router,
};
use guerdon_content::{
	sealed::{blinding, segment_count, segment_key, segment_span, segments_of, Opening},
	Cursor, RecordKind, Trailer, CHUNK,
};
use guerdon_receipt::{AccountBytes, DatasetId, Digest, RunId};
use std::{
	collections::HashMap,
	fs::File,
	io,
	ops::Range,
	os::unix::fs::FileExt,
	path::Path,
	sync::{Arc, Mutex, MutexGuard},
};
use tokio::sync::Semaphore;

/// The longest request; one has some 500 bytes.
const LONGEST: usize = 4 << 10;

/// Requests that are looked at at the same time; more are told to come back.
const PLACES: usize = 32;

/// Answers to one account in so many blocks: some for every task that it can have then, and again
/// for what went lost.
const ANSWERS: usize = 512;

/// When to come back, in seconds.
const COME_BACK: &str = "2";
/// A dataset of this publisher, as its sealed stream was found to be.
struct Opened {
	kept: Kept,
	kind: RecordKind,
	/// The cursor of every segment's first byte, and last the one of the trailer's.
	starts: Vec<Cursor>,
}

impl Opened {
	fn openings(&self, segments: Range<u64>) -> Vec<Opening> {
		let starts = usize::try_from(segments.start)
			.ok()
			.and_then(|first| self.starts.get(first..));
		let numbered = segments.zip(starts.into_iter().flatten());
		let openings = numbered.map(|(segment, start)| Opening {
			key: segment_key(&self.kept.secret, segment),
			start: *start,
		});
		openings.collect()
	}
}

/// Reads a sealed stream to its end, to learn where its records lie.
fn read_sealed(path: &Path, kept: Kept) -> io::Result<Opened> {
	let file = File::open(path)?;
	let length = file.metadata()?.len();
	let mut block = [0; CHUNK];
	file.read_exact_at(&mut block, length.saturating_sub(CHUNK as u64))?;
	let trailer = Trailer::decode(&block)?;
	let mut hasher = blake3::Hasher::new();
	let mut cursor = Cursor::default();
	let mut starts = vec![cursor];
	let mut bytes = Vec::new();
	for segment in 0..segment_count(length) {
		let span = segment_span(length, segment)?;
		let size = usize::try_from(span.end.saturating_sub(span.start));
		bytes.resize(size.map_err(io::Error::other)?, 0);
		file.read_exact_at(&mut bytes, span.start)?;
		hasher.update(&bytes);
		let opening = Opening {
			key: segment_key(&kept.secret, segment),
			start: cursor,
		};
		opening.apply(&mut bytes);
		cursor.advance(trailer.kind, &bytes, |_| ())?;
		starts.push(cursor);
	}
	hasher.update(&block);
	let whole = cursor.is_between_files() && cursor.records() == trailer.records;
	if hasher.finalize().as_bytes() != &kept.root || !whole {
		let damaged = blobs::Error::Damaged(kept.root);
		return Err(io::Error::new(io::ErrorKind::InvalidData, damaged));
	}
	let kind = trailer.kind;
	Ok(Opened { kept, kind, starts })
}

/// What answers requests.
pub(super) struct Publisher<L> {
	ledger: L,
	me: AccountBytes,
	store: Store,
	secrets: Secrets,
	log: Arc<AccessLog>,
	opened: tokio::sync::Mutex<HashMap<Digest, Arc<Opened>>>,
	recent: Mutex<Recent>,
	places: Semaphore,
	answers: usize,
}

/// `POST /keys`, for the gated datasets that the signer has published from this home folder.
pub fn router(context: &Context) -> Result<Router, Failure> {
	let me = context.account().0;
	let secrets = Secrets::of(&context.home);
	if !secrets.folder().is_dir() {
		tracing::warn!(
			folder = %secrets.folder().display(),
			"no secret is kept here: nothing can be opened to anybody"
		);
	}
	let log = AccessLog::of(&context.home);
	let publisher = Publisher::new(context.clone(), me, context.store.clone(), secrets, log);
	Ok(routes(publisher))
}

pub(super) fn routes<L: Ledger>(publisher: Publisher<L>) -> Router {
	Router::new()
		.route("/keys", post(answer::<L>))
		.layer(DefaultBodyLimit::max(LONGEST))
		.with_state(Arc::new(publisher))
}

async fn answer<L: Ledger>(
	Shared(publisher): Shared<Arc<Publisher<L>>>,
	signed: Result<Json<SignedRequest>, JsonRejection>,
) -> Response {
	let signed = match signed {
		Ok(Json(signed)) => signed,
		Err(error) => return unread(&error),
	};
	let Some(request) = signed.request() else {
		let why = "request and signature are SCALE in hex";
		return refuse(StatusCode::BAD_REQUEST, why);
	};
	let Ok(_place) = publisher.places.try_acquire() else {
		return again(StatusCode::SERVICE_UNAVAILABLE, "too many ask: ask again");
	};
	let mut now = request.block;
	match publisher.release(&signed, &request, &mut now).await {
		Ok(sealed) => ([(CONTENT_TYPE, "application/octet-stream")], sealed).into_response(),
		Err(Denied(status, why)) => {
			let entry = Entry::new(&request, now, Outcome::Refused(why.clone()));
			let Denied(status, why) = match publisher.write(entry).await {
				Ok(()) => Denied(status, why),
				Err(denied) => denied,
			};
			match status {
				LATER | StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
					again(status, why)
				}
				_ => refuse(status, why),
			}
		}
	}
}

fn again(status: StatusCode, why: impl Into<String>) -> Response {
	([(RETRY_AFTER, COME_BACK)], refuse(status, why)).into_response()
}

/// What is wrong here is for whoever runs this daemon to read, and not for strangers.
fn trouble(dataset: DatasetId, run: RunId, error: &dyn std::fmt::Display, what: &str) -> Denied {
	tracing::error!(dataset, run, %error, "no key can be given");
	Denied(
		StatusCode::SERVICE_UNAVAILABLE,
		format!("{what}: tell the publisher, whose daemon says more"),
	)
}

impl<L: Ledger> Publisher<L> {
	pub(super) fn new(
		ledger: L,
		me: AccountBytes,
		store: Store,
		secrets: Secrets,
		log: AccessLog,
	) -> Self {
		Publisher {
			ledger,
			me,
			store,
			secrets,
			log: Arc::new(log),
			opened: tokio::sync::Mutex::default(),
			recent: Mutex::default(),
			places: Semaphore::new(PLACES),
			answers: ANSWERS,
		}
	}

	#[cfg(test)]
	pub(super) fn answering(mut self, answers: usize) -> Self {
		self.answers = answers;
		self
	}

	fn recent(&self) -> MutexGuard<'_, Recent> {
		self.recent
			.lock()
			.unwrap_or_else(|poisoned| poisoned.into_inner())
	}

	async fn write(&self, entry: Entry) -> Result<(), Denied> {
		let log = self.log.clone();
		let written = tokio::task::spawn_blocking(move || log.append(&entry)).await;
		let failed = match written {
			Ok(Ok(())) => return Ok(()),
			Ok(Err(error)) => error.to_string(),
			Err(error) => error.to_string(),
		};
		tracing::error!(error = failed, "the access log cannot be written");
		denied(
			StatusCode::SERVICE_UNAVAILABLE,
			"the publisher's access log cannot be written",
		)
	}

	/// The answer to a request, once it is in the access log. Sets `now` to the latest finalized
	/// block as soon as that is known.
	async fn release(
		&self,
		signed: &SignedRequest,
		request: &KeyRequest,
		now: &mut u32,
	) -> Result<Vec<u8>, Denied> {
		let (dataset, run) = (request.dataset, request.run);
		if request.genesis != self.ledger.genesis() {
			return denied(StatusCode::BAD_REQUEST, "it is for another chain");
		}
		if !signed.is_signed(request) {
			return denied(
				StatusCode::UNAUTHORIZED,
				"the request is not signed with the key of the account that it names",
			);
		}
		let facts = self.ledger.look(request).await;
		let facts = facts.map_err(|error| {
			trouble(dataset, run, &error, "the publisher cannot read the chain")
		})?;
		*now = facts.now;
		let (scope, owned) = judge(request, &facts, &self.me)?;
		let opened = self.opened(&owned.root).await.map_err(|error| {
			let what = "the publisher cannot open the dataset itself";
			trouble(dataset, run, &error, what)
		})?;
		let document = self.secrets.document(&owned.metadata).map_err(|error| {
			let what = "the publisher lacks the dataset's document";
			trouble(dataset, run, &error, what)
		})?;
		let all = segment_total(&opened.starts);
		let segments = match scope {
			Scope::Whole => Some(0..all),
			Scope::Records { first, count } => {
				segments_of(&opened.starts, opened.kind, first, count)
			}
		};
		let Some(segments) = segments else {
			return denied(
				StatusCode::FORBIDDEN,
				format!("dataset {dataset} has no such records"),
			);
		};
		let release = Release {
			first: segments.start,
			openings: opened.openings(segments.clone()),
			document,
			blinding: (scope == Scope::Whole).then(|| blinding(&opened.kept.secret)),
		};
		let Some(sealed) = release.seal(&request.reply_to) else {
			return denied(StatusCode::BAD_REQUEST, "nothing can be sealed to that key");
		};
		self.recent().note(request, facts.now, self.answers)?;
		let outcome = Outcome::Segments(segments.start, segments.end);
		self.write(Entry::new(request, facts.now, outcome)).await?;
		let requester = crate::keys::ss58(&request.requester);
		let purpose = request.purpose.to_string();
		tracing::info!(dataset, run, requester, purpose, ?segments, "keys given");
		Ok(sealed)
	}

	/// One of this publisher's datasets; read to its end the first time.
	async fn opened(&self, root: &Digest) -> Result<Arc<Opened>, secrets::Error> {
		let mut known = self.opened.lock().await;
		if let Some(opened) = known.get(root) {
			return Ok(opened.clone());
		}
		let kept = self.secrets.of_sealed(root)?;
		let path = self.store.path(root);
		let place = path.clone();
		let reading = tokio::task::spawn_blocking(move || read_sealed(&place, kept));
		let read = reading
			.await
			.map_err(io::Error::other)
			.and_then(|read| read);
		let opened = read.map_err(|error| secrets::Error::Stream { path, error })?;
		let opened = Arc::new(opened);
		known.insert(*root, opened.clone());
		Ok(opened)
	}
}

/// One cursor is that of the trailer.
fn segment_total(starts: &[Cursor]) -> u64 {
	u64::try_from(starts.len().saturating_sub(1)).unwrap_or(u64::MAX)
}
