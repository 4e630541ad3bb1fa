//! The publisher's side: `POST /keys`.
//!
//! Everything is decided by the finalized chain and by what is in the home folder. An answer is
//! sealed to a key that its request names and signs, so a copy of a request is of use to nobody.

use super::{
	log::{AccessLog, Entry, Outcome},
	request::{KeyRequest, Purpose, Release, SignedRequest},
	secrets::{self, Kept, Secrets},
	Access,
};
use crate::{
	blobs::{self, Store},
	chain::{
		self,
		api::{Phase, Standing, State, TaskState},
		View,
	},
	roles::{Context, Failure},
	serve::refuse,
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
use futures::future::BoxFuture;
use guerdon_content::{
	sealed::{blinding, segment_count, segment_key, segment_span, segments_of, Opening},
	Cursor, RecordKind, Trailer, CHUNK,
};
use guerdon_receipt::{AccountBytes, DatasetId, Digest, RunId, Work};
use std::{
	collections::{BTreeMap, HashMap, HashSet},
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

/// Finalized blocks for which a request holds.
pub(super) const LIFETIME: u32 = 64;

/// Answers to one account in so many blocks: some for every task that it can have then, and again
/// for what went lost.
const ANSWERS: usize = 512;

/// When to come back, in seconds.
const COME_BACK: &str = "2";

/// What the chain says of a dataset.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DatasetFacts {
	/// Who published it.
	pub owner: AccountBytes,
	/// Root of the sealed stream.
	pub root: Digest,
	/// Hash of the metadata document.
	pub metadata: Digest,
	/// Who may read it.
	pub access: Access,
}

/// What the chain says of a task.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TaskFacts {
	/// What is to be done.
	pub work: Work,
	/// Whom it is dealt to.
	pub contributor: AccountBytes,
	/// Who may attest it.
	pub committee: Vec<AccountBytes>,
	/// Whether it can still be handed in.
	pub open: bool,
}

/// How far an appraisal is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Appraising {
	/// Nobody is drawn yet.
	NotYet,
	/// These count, or bring what was agreed on.
	By(Vec<AccountBytes>),
	/// It is over.
	Over,
}

/// What the chain says of a run, as far as a request goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RunFacts {
	/// Its state.
	pub state: State,
	/// Whether it uses the dataset: that needed no grant, or one was given. A grant that is revoked
	/// stops the dealing; what was dealt may be finished, and what was used is appraised.
	pub admitted: bool,
	/// Records of the dataset that accepted tasks used.
	pub used: u64,
	/// The task that the request names.
	pub task: Option<TaskFacts>,
	/// The appraisal, when the request is for it.
	pub appraising: Appraising,
}

/// The finalized chain, as far as a request goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Facts {
	/// Height of the latest finalized block.
	pub now: u32,
	/// Hash of the block that the request names, if it is final.
	pub named: Option<Digest>,
	/// The dataset.
	pub dataset: Option<DatasetFacts>,
	/// The run.
	pub run: Option<RunFacts>,
}

/// Where a publisher learns who has which part in a run.
pub trait Ledger: Send + Sync + 'static {
	/// The chain.
	fn genesis(&self) -> Digest;

	/// What the finalized chain says about a request.
	fn look<'a>(&'a self, request: &'a KeyRequest) -> BoxFuture<'a, Result<Facts, chain::Error>>;
}

impl Ledger for Context {
	fn genesis(&self) -> Digest {
		self.chain().genesis()
	}

	fn look<'a>(&'a self, request: &'a KeyRequest) -> BoxFuture<'a, Result<Facts, chain::Error>> {
		Box::pin(async move {
			let chain = self.chain();
			let view = chain.finalized().await?;
			let named = match request.block <= view.number {
				true => chain.block_hash(request.block).await?,
				false => None,
			};
			let dataset = found(view.dataset(request.dataset).await)?;
			Ok(Facts {
				now: view.number,
				named,
				dataset: dataset.map(|dataset| DatasetFacts {
					owner: dataset.owner.0,
					root: dataset.content.root.0,
					metadata: dataset.metadata.hash.0,
					access: super::access(&dataset),
				}),
				run: run_facts(&view, request).await?,
			})
		})
	}
}

fn found<T>(read: Result<T, chain::Error>) -> Result<Option<T>, chain::Error> {
	match read {
		Ok(found) => Ok(Some(found)),
		Err(chain::Error::NotFound(_)) => Ok(None),
		Err(error) => Err(error),
	}
}

async fn run_facts(view: &View, request: &KeyRequest) -> Result<Option<RunFacts>, chain::Error> {
	let Some(run) = found(view.run(request.run).await)? else {
		return Ok(None);
	};
	let mut datasets = run.datasets.into_iter();
	let asked = datasets.find(|(dataset, _)| *dataset == request.dataset);
	let asked = asked.map(|(_, asked)| (asked.standing == Standing::Admitted, asked.used));
	let (admitted, used) = asked.unwrap_or_default();
	let mut facts = RunFacts {
		state: run.run.state,
		admitted,
		used,
		task: None,
		appraising: Appraising::NotYet,
	};
	match request.purpose {
		Purpose::Task(index) => {
			let task = view.task(request.run, index).await?;
			facts.task = task.map(|task| TaskFacts {
				work: task.work.0,
				contributor: task.contributor.0,
				committee: task.committee.0.iter().map(|member| member.0).collect(),
				open: task.state == TaskState::Open,
			});
		}
		Purpose::Appraisal => {
			let appraisal = view.appraisal(request.run).await?;
			facts.appraising = appraisal.map_or(Appraising::NotYet, |view| {
				let drawn = view.appraisal.appraisers.0.iter();
				match view.appraisal.phase {
					Phase::AwaitingTests { .. } | Phase::Drawing { .. } => Appraising::NotYet,
					Phase::Done { .. } => Appraising::Over,
					_ => Appraising::By(drawn.map(|drawn| drawn.0).collect()),
				}
			});
		}
	}
	Ok(Some(facts))
}

/// What a request is given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Scope {
	/// The segments that these records lie in.
	Records { first: u64, count: u64 },
	/// All of them.
	Whole,
}

/// Why a request is given nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Denied(StatusCode, String);

fn denied<T>(status: StatusCode, why: impl Into<String>) -> Result<T, Denied> {
	Err(Denied(status, why.into()))
}

/// It makes sense to ask again soon.
const LATER: StatusCode = StatusCode::TOO_EARLY;
const STRANGER: StatusCode = StatusCode::FORBIDDEN;

/// Whether a request is recent by the chain.
fn check_time(request: &KeyRequest, facts: &Facts) -> Result<(), Denied> {
	let (block, now) = (request.block, facts.now);
	if block > now {
		return denied(
			LATER,
			format!("block {block} is not final here yet, block {now} is: ask again"),
		);
	}
	if block.saturating_add(LIFETIME) < now {
		return denied(
			StatusCode::BAD_REQUEST,
			format!(
				"the request names block {block} and holds for {LIFETIME} blocks, and block {now} is \
				 final: sign a new one that names a recent finalized block"
			),
		);
	}
	if facts.named != Some(request.block_hash) {
		return denied(
			StatusCode::BAD_REQUEST,
			format!("block {block} has another hash on this chain: ask a node that is in step"),
		);
	}
	Ok(())
}

/// What the chain lets a request have, of a dataset that `me` published.
fn judge(
	request: &KeyRequest,
	facts: &Facts,
	me: &AccountBytes,
) -> Result<(Scope, DatasetFacts), Denied> {
	check_time(request, facts)?;
	let (dataset, run) = (request.dataset, request.run);
	let owned = facts.dataset.as_ref();
	let owned = owned.filter(|facts| facts.owner == *me && facts.access == Access::Gated);
	let Some(owned) = owned else {
		return denied(
			StatusCode::NOT_FOUND,
			format!("dataset {dataset} is no gated dataset of this publisher"),
		);
	};
	let Some(facts) = &facts.run else {
		return denied(LATER, format!("run {run} is not final yet: ask again"));
	};
	if !facts.admitted {
		return denied(
			STRANGER,
			format!("run {run} has no grant for dataset {dataset}"),
		);
	}
	let scope = match request.purpose {
		Purpose::Task(index) => {
			if facts.state != State::Working {
				return denied(STRANGER, format!("run {run} is not at work"));
			}
			let Some(task) = &facts.task else {
				return denied(
					LATER,
					format!("task {index} of run {run} is not final yet: ask again"),
				);
			};
			task_scope(request, task)?
		}
		Purpose::Appraisal => {
			appraisal_scope(request, facts)?;
			Scope::Whole
		}
	};
	Ok((scope, owned.clone()))
}

fn task_scope(request: &KeyRequest, task: &TaskFacts) -> Result<Scope, Denied> {
	let who = request.requester;
	let Work::Train {
		dataset,
		first,
		count,
		..
	} = task.work
	else {
		return denied(STRANGER, "the task trains on no dataset");
	};
	if dataset != request.dataset {
		return denied(
			STRANGER,
			format!(
				"the task is on dataset {dataset}, not on {}",
				request.dataset
			),
		);
	}
	if task.contributor != who && !task.committee.contains(&who) {
		return denied(
			STRANGER,
			"the task is neither dealt to this account, nor is it in the task's committee",
		);
	}
	if !task.open {
		return denied(STRANGER, "the task is over");
	}
	Ok(Scope::Records {
		first,
		count: count.into(),
	})
}

fn appraisal_scope(request: &KeyRequest, facts: &RunFacts) -> Result<(), Denied> {
	let (run, dataset) = (request.run, request.dataset);
	if facts.state != State::Appraising {
		return denied(STRANGER, format!("run {run} is not being appraised"));
	}
	let drawn = match &facts.appraising {
		Appraising::By(drawn) => drawn,
		Appraising::NotYet => {
			return denied(
				LATER,
				format!("the appraisers of run {run} are not drawn yet: ask again"),
			)
		}
		Appraising::Over => return denied(STRANGER, format!("the appraisal of run {run} is over")),
	};
	if !drawn.contains(&request.requester) {
		return denied(
			STRANGER,
			format!("this account is not drawn to appraise run {run}"),
		);
	}
	if facts.used == 0 {
		return denied(
			STRANGER,
			format!("no accepted task of run {run} used dataset {dataset}"),
		);
	}
	Ok(())
}

/// What was answered in the last [`LIFETIME`] blocks.
#[derive(Default)]
struct Recent(BTreeMap<u32, HashSet<(AccountBytes, Digest)>>);

impl Recent {
	/// Notes an answer at a block, unless it was given before or the account had too many.
	fn note(&mut self, request: &KeyRequest, now: u32, most: usize) -> Result<(), Denied> {
		self.0
			.retain(|block, _| block.saturating_add(LIFETIME) >= now);
		let who = request.requester;
		let answers = self.0.values().flatten();
		let mine: Vec<_> = answers.filter(|(account, _)| *account == who).collect();
		let answer = (who, request.reply_to);
		if mine.contains(&&answer) {
			return denied(
				StatusCode::CONFLICT,
				"this request was answered before: sign a new one, with a new key to reply to",
			);
		}
		if mine.len() >= most {
			return denied(
				StatusCode::TOO_MANY_REQUESTS,
				format!("this account was answered {most} times in {LIFETIME} blocks: ask later"),
			);
		}
		// By what the request names: it can be sent again as long as that is recent.
		self.0.entry(request.block).or_default().insert(answer);
		Ok(())
	}
}

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
	let read = signed.map_err(|error| error.body_text());
	let read = read.and_then(|Json(signed)| match signed.request() {
		Some(request) => Ok((signed, request)),
		None => Err("request and signature are SCALE in hex".into()),
	});
	let (signed, request) = match read {
		Ok(read) => read,
		Err(why) => return refuse(StatusCode::BAD_REQUEST, why),
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

#[cfg(test)]
mod tests {
	use super::{super::request::fixtures, *};

	const ME: AccountBytes = [1; 32];
	const TRAINER: AccountBytes = [2; 32];
	const ATTESTOR: AccountBytes = [3; 32];
	const APPRAISER: AccountBytes = [4; 32];
	const STRANGER: AccountBytes = [9; 32];

	fn task() -> TaskFacts {
		TaskFacts {
			work: Work::Train {
				dataset: 2,
				first: 10,
				count: 20,
				passes: 1,
			},
			contributor: TRAINER,
			committee: vec![ATTESTOR],
			open: true,
		}
	}

	fn working() -> Facts {
		Facts {
			now: 120,
			named: Some([6; 32]),
			dataset: Some(DatasetFacts {
				owner: ME,
				root: [5; 32],
				metadata: [7; 32],
				access: Access::Gated,
			}),
			run: Some(RunFacts {
				state: State::Working,
				admitted: true,
				used: 0,
				task: Some(task()),
				appraising: Appraising::NotYet,
			}),
		}
	}

	fn appraising(appraising: Appraising) -> Facts {
		let mut facts = working();
		facts.run = Some(RunFacts {
			state: State::Appraising,
			admitted: true,
			used: 20,
			task: None,
			appraising,
		});
		facts
	}

	fn for_appraisal(requester: AccountBytes) -> KeyRequest {
		KeyRequest {
			purpose: Purpose::Appraisal,
			..fixtures::request(requester)
		}
	}

	#[track_caller]
	fn refused(request: &KeyRequest, facts: &Facts, status: u16, says: &str) {
		let Denied(found, why) = judge(request, facts, &ME).unwrap_err();
		assert_eq!(found.as_u16(), status, "{why}");
		assert!(why.contains(says), "{why}");
	}

	#[test]
	fn the_contributor_and_the_committee_of_a_task_get_its_records() {
		for who in [TRAINER, ATTESTOR] {
			let (scope, owned) = judge(&fixtures::request(who), &working(), &ME).unwrap();
			let records = Scope::Records {
				first: 10,
				count: 20,
			};
			assert_eq!(scope, records);
			assert_eq!(Some(owned), working().dataset);
		}
		for who in [STRANGER, APPRAISER, ME] {
			let request = fixtures::request(who);
			refused(&request, &working(), 403, "neither dealt to this account");
		}
	}

	#[test]
	fn the_drawn_appraisers_get_the_dataset_while_they_count() {
		let facts = appraising(Appraising::By(vec![APPRAISER]));
		let (scope, _) = judge(&for_appraisal(APPRAISER), &facts, &ME).unwrap();
		assert_eq!(scope, Scope::Whole);
		for who in [STRANGER, TRAINER, ATTESTOR] {
			refused(&for_appraisal(who), &facts, 403, "not drawn to appraise");
		}
		let mut unused = facts;
		unused.run.as_mut().unwrap().used = 0;
		refused(&for_appraisal(APPRAISER), &unused, 403, "no accepted task");
		let early = appraising(Appraising::NotYet);
		refused(&for_appraisal(APPRAISER), &early, 425, "not drawn yet");
		let late = appraising(Appraising::Over);
		refused(&for_appraisal(APPRAISER), &late, 403, "is over");
		refused(
			&for_appraisal(APPRAISER),
			&working(),
			403,
			"not being appraised",
		);
	}

	#[test]
	fn a_task_opens_what_it_needs_while_it_is_open() {
		let request = fixtures::request(TRAINER);
		let with = |change: &dyn Fn(&mut RunFacts)| {
			let mut facts = working();
			change(facts.run.as_mut().unwrap());
			facts
		};
		let state = |state: State| with(&|run| run.state = state.clone());
		refused(&request, &state(State::Appraising), 403, "not at work");
		refused(&request, &state(State::Settled), 403, "not at work");
		let unknown = with(&|run| run.task = None);
		refused(&request, &unknown, 425, "task 4 of run 3 is not final yet");
		let task =
			|change: &dyn Fn(&mut TaskFacts)| with(&|run| change(run.task.as_mut().unwrap()));
		let over = task(&|task| task.open = false);
		refused(&request, &over, 403, "the task is over");
		let aggregate = task(&|task| task.work = Work::Aggregate);
		refused(&request, &aggregate, 403, "trains on no dataset");
		let other = KeyRequest {
			dataset: 1,
			..request.clone()
		};
		refused(&other, &working(), 403, "on dataset 2, not on 1");
	}

	#[test]
	fn a_run_needs_a_grant() {
		let request = fixtures::request(TRAINER);
		let mut facts = working();
		facts.run.as_mut().unwrap().admitted = false;
		refused(&request, &facts, 403, "has no grant");
		facts.run = None;
		refused(&request, &facts, 425, "run 3 is not final yet");
	}

	#[test]
	fn only_the_publishers_own_gated_datasets_are_opened() {
		let request = fixtures::request(TRAINER);
		let mut facts = working();
		facts.dataset.as_mut().unwrap().owner = STRANGER;
		refused(&request, &facts, 404, "no gated dataset of this publisher");
		let mut facts = working();
		facts.dataset.as_mut().unwrap().access = Access::Open;
		refused(&request, &facts, 404, "no gated dataset of this publisher");
		facts.dataset = None;
		refused(&request, &facts, 404, "no gated dataset of this publisher");
	}

	#[test]
	fn a_request_holds_for_a_while() {
		let at = |block| KeyRequest {
			block,
			..fixtures::request(TRAINER)
		};
		assert!(judge(&at(120), &working(), &ME).is_ok());
		assert!(judge(&at(120 - LIFETIME), &working(), &ME).is_ok());
		refused(&at(119 - LIFETIME), &working(), 400, "sign a new one");
		refused(&at(121), &working(), 425, "not final here yet");
		let fork = Facts {
			named: Some([0; 32]),
			..working()
		};
		refused(&at(120), &fork, 400, "another hash on this chain");
		let unknown = Facts {
			named: None,
			..working()
		};
		refused(&at(120), &unknown, 400, "another hash on this chain");
	}

	#[test]
	fn a_request_is_answered_once_and_an_account_so_often() {
		let mut recent = Recent::default();
		let request = |who, key: u8, block| KeyRequest {
			reply_to: [key; 32],
			block,
			..fixtures::request(who)
		};
		let mut note = |who, key, block, now| {
			let noted = recent.note(&request(who, key, block), now, 2);
			noted.map_err(|Denied(status, _)| status.as_u16())
		};
		assert_eq!(note(TRAINER, 1, 100, 100), Ok(()));
		assert_eq!(note(TRAINER, 1, 100, 110), Err(409));
		assert_eq!(note(ATTESTOR, 1, 100, 110), Ok(()));
		assert_eq!(note(TRAINER, 2, 110, 110), Ok(()));
		assert_eq!(note(TRAINER, 3, 110, 110), Err(429));
		assert_eq!(
			note(TRAINER, 1, 100, 100 + LIFETIME),
			Err(409),
			"it still holds"
		);
		assert_eq!(note(TRAINER, 3, 164, 101 + LIFETIME), Ok(()));
	}
}
