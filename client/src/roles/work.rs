//! Working off the tasks dealt to an account: training, averaging, answering.
//!
//! A task's receipt, evidence and attestations are in the home folder as soon as there are any
//! (`HOME/tasks/<run>-<task>.json`), so a worker that was killed neither does a task twice nor
//! hands in a second receipt for it.

use super::{
	attestor::{Request, Verdict},
	inputs::text,
	labeller::Labeller,
	secrets::hex32,
	Context, Failure, Heads, Jobs, Shutdown, PATIENCE,
};
use crate::{
	chain::{
		api::{
			self, runtime_types::bounded_collections::bounded_vec::BoundedVec, Kind, RunPlan,
			State as RunState, Submission, Task, TaskState,
		},
		At, View,
	},
	engine::{
		data,
		train::{self, Setting, Stepper},
	},
};
use codec::{DecodeAll, Encode};
use futures::{stream::FuturesUnordered, StreamExt};
use guerdon_receipt::{
	sign::{judge, sign_receipt},
	AccountBytes, Digest, PublicKey, Receipt, RunId, Signature, SignedAttestation, TaskIndex, Work,
	RECEIPT_VERSION,
};
use guerdon_runner::Program;
use serde::{Deserialize, Serialize};
use std::{
	collections::{BTreeMap, BTreeSet},
	path::{Path, PathBuf},
	sync::{
		atomic::{AtomicU32, Ordering},
		Arc, Mutex,
	},
	time::Duration,
};
use subxt::utils::Static;
use tokio::sync::{mpsc, oneshot, Semaphore};

/// How long attestors beyond the quorum are waited for.
const GRACE: Duration = Duration::from_millis(1_500);

/// How long receipts are collected before they are handed in together.
const GATHER: Duration = Duration::from_millis(200);

/// Most receipts, and most signatures, of one call.
const MAX_RECEIPTS: usize = 16;
const MAX_SIGNATURES: usize = 128;

/// Blocks after which a receipt that was sent and not accepted is sent again.
const RESEND: u32 = 10;

/// How this worker works.
pub struct Worker<F> {
	/// What executes the steps: for an honest worker the program itself.
	pub stepper: F,
	/// Who answers feedback; without it such tasks are left alone.
	pub labeller: Option<Arc<dyn Labeller>>,
}

impl Worker<fn(&Program) -> Program> {
	/// One that does what is asked.
	pub fn honest(labeller: Option<Arc<dyn Labeller>>) -> Self {
		Worker {
			stepper: Program::clone,
			labeller,
		}
	}
}

/// A task's way to its accepted receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Progress {
	run: RunId,
	task: TaskIndex,
	/// Of the task as it was dealt: another one under the same number is another task.
	#[serde(with = "hex32")]
	dealt: Digest,
	/// [`Receipt::bytes`] in hex.
	receipt: String,
	/// The contributor's signature in hex.
	signature: String,
	/// SCALE of the attestations, in hex, by attestor.
	attestations: BTreeMap<String, String>,
	/// Why attestors refused.
	refused: BTreeMap<String, String>,
	/// The block after which it was handed in.
	sent: Option<u32>,
	/// What became of it, once that is known.
	outcome: Option<String>,
}

impl Progress {
	fn path(home: &Path, run: RunId, task: TaskIndex) -> PathBuf {
		home.join("tasks").join(format!("{run}-{task}.json"))
	}

	fn new(run: RunId, task: TaskIndex, dealt: Digest, receipt: &Receipt, by: &Signature) -> Self {
		Progress {
			run,
			task,
			dealt,
			receipt: hex::encode(receipt.bytes()),
			signature: hex::encode(by),
			attestations: BTreeMap::new(),
			refused: BTreeMap::new(),
			sent: None,
			outcome: None,
		}
	}

	fn load(home: &Path, run: RunId, task: TaskIndex, dealt: &Digest) -> Option<Self> {
		let path = Self::path(home, run, task);
		match super::load::<Progress>(&path) {
			Ok(progress) => progress.filter(|progress| progress.dealt == *dealt),
			Err(error) => {
				tracing::warn!(%error, "done again, since it cannot be read");
				None
			}
		}
	}

	fn save(&self, home: &Path) -> std::io::Result<()> {
		super::save(&Self::path(home, self.run, self.task), self)
	}

	fn open(&self) -> Option<(Receipt, Signature)> {
		let receipt = Receipt::from_bytes(&hex::decode(&self.receipt).ok()?).ok()?;
		let mut signature = [0; 64];
		hex::decode_to_slice(&self.signature, &mut signature).ok()?;
		Some((receipt, signature))
	}

	fn attest(&mut self, attested: &SignedAttestation) {
		let by = hex::encode(attested.attestor);
		self.attestations.insert(by, hex::encode(attested.encode()));
	}

	fn attested(&self) -> Vec<SignedAttestation> {
		let read = |text: &String| {
			SignedAttestation::decode_all(&mut hex::decode(text).ok()?.as_slice()).ok()
		};
		self.attestations.values().filter_map(read).collect()
	}

	/// Attestors that have not answered.
	fn missing(&self, committee: &[AccountBytes]) -> Vec<AccountBytes> {
		let answered = |member: &AccountBytes| {
			let member = hex::encode(member);
			self.attestations.contains_key(&member) || self.refused.contains_key(&member)
		};
		committee
			.iter()
			.filter(|member| !answered(member))
			.copied()
			.collect()
	}
}

/// What tells a task from another one that was dealt under its number.
fn fingerprint(task: &Task) -> Digest {
	let dealt = (
		task.work.0,
		task.base_model,
		task.contributor.0,
		task.deadline,
	);
	let committee: Vec<AccountBytes> = task.committee.0.iter().map(|member| member.0).collect();
	crate::engine::digest(&(dealt, committee).encode())
}

/// A receipt with enough attestations, on its way.
struct Ready {
	run: RunId,
	submission: Submission,
	outcome: oneshot::Sender<Result<Outcome, Failure>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
	Accepted,
	Refused(String),
}

struct Shared<F> {
	context: Context,
	worker: Worker<F>,
	now: AtomicU32,
	/// Runs whose attestors look for this worker elsewhere; said once.
	elsewhere: Mutex<BTreeSet<RunId>>,
	executing: Semaphore,
	ready: mpsc::UnboundedSender<Ready>,
}

impl<F> Shared<F> {
	/// Attestors go by the endpoint that was enrolled.
	fn compare(&self, run: RunId, enrolled: &str) {
		let here = &self.context.endpoint;
		if enrolled.trim_end_matches('/') != here.trim_end_matches('/') {
			let mut said = self
				.elsewhere
				.lock()
				.unwrap_or_else(|poisoned| poisoned.into_inner());
			if said.insert(run) {
				tracing::warn!(
					run,
					enrolled,
					here,
					"attestors look for this worker elsewhere"
				);
			}
		}
	}
}

/// Works until `shutdown`.
pub async fn run<F, S>(context: Context, worker: Worker<F>, shutdown: Shutdown)
where
	F: Fn(&Program) -> S + Send + Sync + 'static,
	S: Stepper + 'static,
{
	let (ready, submissions) = mpsc::unbounded_channel();
	let sending = tokio::spawn(submit_all(context.clone(), submissions));
	let shared = Arc::new(Shared {
		context: context.clone(),
		worker,
		now: AtomicU32::new(0),
		elsewhere: Mutex::default(),
		executing: Semaphore::new(1),
		ready,
	});
	let mut heads = Heads::new(&context, &shutdown);
	let mut jobs = Jobs::new();
	tracing::info!(account = %context.account(), "working");
	while let Some(view) = heads.next().await {
		shared.now.store(view.number, Ordering::Relaxed);
		jobs.reap("work").await;
		if let Err(failure) = look(&shared, &view, &mut jobs).await {
			tracing::warn!(%failure, block = view.number, "could not look for tasks");
		}
	}
	sending.abort();
}

/// Begins what was dealt since.
async fn look<F, S>(
	shared: &Arc<Shared<F>>,
	view: &View,
	jobs: &mut Jobs<(RunId, TaskIndex)>,
) -> Result<(), Failure>
where
	F: Fn(&Program) -> S + Send + Sync + 'static,
	S: Stepper + 'static,
{
	let me = shared.context.account();
	for (run, state) in view.runs().await? {
		if state.state != RunState::Working {
			continue;
		}
		let Some(enrolment) = view.enrolment(run, &me).await? else {
			continue;
		};
		shared.compare(run, &text(&enrolment.endpoint.0));
		let tasks = view.tasks_for(run, &me).await?;
		let due = tasks
			.into_iter()
			.filter(|(index, _)| jobs.idle(&(run, *index)));
		let due: Vec<_> = due.collect();
		if due.is_empty() {
			continue;
		}
		let plan = Arc::new(view.run(run).await?.plan);
		for (index, task) in due {
			let feedback = matches!(task.work.0, Work::Feedback { .. });
			let waits = feedback && shared.worker.labeller.is_none();
			if task.state != TaskState::Open || task.deadline <= view.number || waits {
				continue;
			}
			let dealt = fingerprint(&task);
			let known = Progress::load(&shared.context.home, run, index, &dealt);
			if let Some(known) = &known {
				let waiting = known.sent.is_some_and(|sent| view.number <= sent + RESEND);
				if known.outcome.is_some() || waiting {
					continue;
				}
			}
			let job = Job {
				run,
				index,
				task,
				dealt,
				plan: plan.clone(),
				shared: shared.clone(),
			};
			jobs.start(&(run, index), job.run(known));
		}
	}
	Ok(())
}

/// One task and what it takes to do it.
struct Job<F> {
	run: RunId,
	index: TaskIndex,
	task: Task,
	dealt: Digest,
	plan: Arc<RunPlan>,
	shared: Arc<Shared<F>>,
}

/// What the receipt says of the work.
struct Done {
	digests: Vec<Digest>,
	evidence: Digest,
	result: Digest,
	metric: (u32, u32),
}

impl<F, S> Job<F>
where
	F: Fn(&Program) -> S + Send + Sync + 'static,
	S: Stepper + 'static,
{
	async fn run(self, known: Option<Progress>) -> Result<(), Failure> {
		let context = &self.shared.context;
		let (run, task) = (self.run, self.index);
		let mut progress = match known.filter(|known| known.open().is_some()) {
			Some(known) => known,
			None => {
				let began = std::time::Instant::now();
				let done = self.execute().await?;
				let took = began.elapsed();
				let progress = self.sign(&done)?;
				let (steps, metric) = (done.digests.len(), done.metric);
				tracing::info!(run, task, steps, ?metric, ?took, "done");
				progress
			}
		};
		let Some((receipt, signature)) = progress.open() else {
			return Err(Failure::Here(
				"the receipt just written cannot be read".into(),
			));
		};
		self.collect(&mut progress, &receipt, &signature).await?;
		let attested = progress.attested();
		let quorum = usize::from(self.plan.quorum);
		if attested.len() < quorum {
			let refused = progress.refused.len();
			let why = format!("{} of {quorum} attested, {refused} refused", attested.len());
			tracing::warn!(run, task, why, "given up");
			progress.outcome = Some(why);
			return Ok(progress.save(&context.home)?);
		}
		progress.sent = Some(self.shared.now.load(Ordering::Relaxed));
		progress.save(&context.home)?;
		let (outcome, told) = oneshot::channel();
		let submission = Submission {
			receipt: Static(receipt),
			signature,
			attestations: BoundedVec(attested.into_iter().map(Static).collect()),
		};
		let gone = |_| Failure::Here("shutting down".into());
		self.shared
			.ready
			.send(Ready {
				run,
				submission,
				outcome,
			})
			.map_err(|_| Failure::Here("shutting down".into()))?;
		match told.await.map_err(gone)? {
			Ok(Outcome::Accepted) => {
				tracing::info!(run, task, "accepted");
				// Not kept as an outcome: the block may be replaced, and then it is sent again.
				Ok(())
			}
			Ok(Outcome::Refused(why)) => {
				tracing::warn!(run, task, why, "refused by the chain");
				progress.outcome = Some(why);
				Ok(progress.save(&context.home)?)
			}
			Err(failure) => {
				progress.sent = None;
				progress.save(&context.home)?;
				Err(failure)
			}
		}
	}

	/// Does the work and keeps what backs it.
	async fn execute(&self) -> Result<Done, Failure> {
		let shared = &self.shared;
		let (context, plan) = (&shared.context, &self.plan);
		let view = context.chain().at(At::Best).await?;
		let closed = |_| Failure::Here("shutting down".into());
		match self.task.work.0 {
			Work::Train {
				dataset,
				first,
				count,
				passes,
			} => {
				let setting = context.inputs.setting(plan).await?;
				let model = self.task.base_model;
				let base = context.inputs.model(&view, self.run, plan, &model).await?;
				let records = context
					.inputs
					.records(&view, dataset, &plan.features.0)
					.await?;
				let _turn = shared.executing.acquire().await.map_err(closed)?;
				let working = shared.clone();
				let execution = super::compute(move || {
					let head = data::Head::read(&setting.config)?;
					let batches = data::batches(&records, first, count, passes, head.batch)?;
					let stepper = (working.worker.stepper)(&setting.program);
					train::train(&setting, &stepper, &base, &batches, |_, _| ())
				});
				self.keep(execution.await??).await
			}
			Work::Aggregate => {
				let setting: Setting = context.inputs.setting(plan).await?;
				let model = self.task.base_model;
				let base = context.inputs.model(&view, self.run, plan, &model).await?;
				let results = context
					.inputs
					.results(&view, self.run, self.task.round)
					.await?;
				let _turn = shared.executing.acquire().await.map_err(closed)?;
				let working = shared.clone();
				let execution = super::compute(move || {
					let stepper = (working.worker.stepper)(&setting.program);
					train::aggregate(&setting, &stepper, &base, &results)
				});
				self.keep(execution.await??).await
			}
			Work::Feedback {
				items, items_root, ..
			} => {
				let labeller = shared.worker.labeller.as_ref();
				let labeller =
					labeller.ok_or_else(|| Failure::Here("nobody answers feedback".into()))?;
				let items = context.inputs.items(plan, &items_root, items).await?;
				let labels = labeller.label(&items, plan.features.classes()).await?;
				let answers = train::answers(&labels);
				context.store.add_bytes(&answers.blob)?;
				Ok(Done {
					digests: answers.digests,
					evidence: answers.evidence,
					result: answers.result,
					metric: (0, 0),
				})
			}
		}
	}

	async fn keep(&self, execution: train::Execution) -> Result<Done, Failure> {
		let store = self.shared.context.store.clone();
		super::compute(move || {
			let mut kept = BTreeSet::new();
			for (digest, state) in execution.digests.iter().zip(&execution.states) {
				if kept.insert(*digest) {
					store.add_bytes(state)?;
				}
			}
			Ok(Done {
				evidence: execution.evidence,
				result: execution.result,
				metric: (execution.metric_before, execution.metric_after),
				digests: execution.digests,
			})
		})
		.await?
	}

	fn sign(&self, done: &Done) -> Result<Progress, Failure> {
		let context = &self.shared.context;
		let steps = u32::try_from(done.digests.len());
		let receipt = Receipt {
			version: RECEIPT_VERSION,
			genesis: context.chain().genesis(),
			run: self.run,
			task: self.index,
			contributor: context.account().0,
			base_model: self.task.base_model,
			result: done.result,
			steps: steps.map_err(|_| crate::engine::Error::TooManySteps)?,
			evidence: done.evidence,
			metric_before: done.metric.0,
			metric_after: done.metric.1,
			valid_until: self.task.deadline,
		};
		context.evidence.put(&receipt.id(), &done.digests)?;
		let signature = sign_receipt(&context.receipt_key, &receipt);
		let progress = Progress::new(self.run, self.index, self.dealt, &receipt, &signature);
		progress.save(&context.home)?;
		Ok(progress)
	}

	/// Asks the committee, all at once, until enough have attested or too many refused.
	async fn collect(
		&self,
		progress: &mut Progress,
		receipt: &Receipt,
		signature: &Signature,
	) -> Result<(), Failure> {
		let (run, task, quorum) = (self.run, self.index, usize::from(self.plan.quorum));
		let context = &self.shared.context;
		let committee: Vec<AccountBytes> = self
			.task
			.committee
			.0
			.iter()
			.map(|member| member.0)
			.collect();
		let missing = progress.missing(&committee);
		let reachable =
			|progress: &Progress| committee.len().saturating_sub(progress.refused.len()) >= quorum;
		if progress.attestations.len() >= quorum || !reachable(progress) {
			return Ok(());
		}
		let seats = context.chain().best().await?.seats(Kind::Attestor).await?;
		let request = Request::new(receipt, signature);
		let mut asking: FuturesUnordered<_> = seats
			.iter()
			.filter(|seat| missing.contains(&seat.account.0))
			.map(|seat| {
				self.ask(
					seat.account.0,
					seat.key,
					text(&seat.endpoint),
					&request,
					receipt,
				)
			})
			.collect();
		let mut grace = None;
		loop {
			let next = match grace {
				None => asking.next().await,
				Some(until) => match tokio::time::timeout_at(until, asking.next()).await {
					Ok(next) => next,
					Err(_) => break,
				},
			};
			let Some((attestor, answer)) = next else {
				break;
			};
			match answer {
				Some(Ok(attested)) => progress.attest(&attested),
				Some(Err(why)) => {
					let attestor = hex::encode(attestor);
					tracing::warn!(run, task, attestor, why, "an attestor refused");
					progress.refused.insert(attestor, why);
				}
				None => (),
			}
			progress.save(&context.home)?;
			if !reachable(progress) {
				break;
			}
			if progress.attestations.len() >= quorum && grace.is_none() {
				grace = Some(tokio::time::Instant::now() + GRACE);
			}
		}
		Ok(())
	}

	/// Asks one attestor again and again until it answers or the task's deadline has passed.
	async fn ask(
		&self,
		attestor: AccountBytes,
		key: PublicKey,
		endpoint: String,
		request: &Request,
		receipt: &Receipt,
	) -> (AccountBytes, Option<Result<SignedAttestation, String>>) {
		let id = receipt.id();
		let mut wait = Duration::from_millis(500);
		while self.shared.now.load(Ordering::Relaxed) < self.task.deadline {
			match post(&self.shared.context.http, &endpoint, request).await {
				Ok(verdict) => {
					let checked = verdict.open().and_then(|attested| {
						check(&attested, &attestor, &key, &id).map(|()| attested)
					});
					return (attestor, Some(checked));
				}
				Err(why) => {
					let (run, task) = (self.run, self.index);
					let attestor = hex::encode(attestor);
					tracing::debug!(run, task, attestor, why, "no answer yet");
				}
			}
			tokio::time::sleep(wait).await;
			wait = (wait * 2).min(Duration::from_secs(4));
		}
		(attestor, None)
	}
}

/// An attestation counts when it is by who was asked, and holds by both rules.
fn check(
	attested: &SignedAttestation,
	attestor: &AccountBytes,
	key: &PublicKey,
	receipt: &Digest,
) -> Result<(), String> {
	if attested.attestor != *attestor {
		return Err("answered in somebody else's name".into());
	}
	let message = attested.attestation(*receipt).pae();
	match judge(key, &message, &attested.signature).both() {
		true => Ok(()),
		false => Err("answered with a signature that does not hold".into()),
	}
}

async fn post(
	http: &reqwest::Client,
	endpoint: &str,
	request: &Request,
) -> Result<Verdict, String> {
	let url = format!("{}/attest", endpoint.trim_end_matches('/'));
	// An attestor may have to fetch and execute first.
	let sent = http
		.post(&url)
		.json(request)
		.timeout(PATIENCE * 6)
		.send()
		.await;
	let response = sent.map_err(|error| format!("{url}: {error}"))?;
	let status = response.status();
	if status.is_success() {
		return response
			.json()
			.await
			.map_err(|error| format!("{url}: {error}"));
	}
	let body = response.text().await.unwrap_or_default();
	let body: String = body.chars().take(200).collect();
	Err(format!("{url} answered {status}: {body}"))
}

/// Hands in what is ready, receipts of one run together.
async fn submit_all(context: Context, mut ready: mpsc::UnboundedReceiver<Ready>) {
	while let Some(first) = ready.recv().await {
		tokio::time::sleep(GATHER).await;
		let mut waiting = vec![first];
		while let Ok(next) = ready.try_recv() {
			waiting.push(next);
		}
		for (run, batch) in batches(waiting) {
			tokio::spawn(submit(context.clone(), run, batch));
		}
	}
}

/// Calls of one run each, none of them too large for a block.
fn batches(waiting: Vec<Ready>) -> Vec<(RunId, Vec<Ready>)> {
	let mut batches: Vec<(RunId, Vec<Ready>, usize)> = Vec::new();
	for one in waiting {
		let signatures = one.submission.attestations.0.len().saturating_add(1);
		let fitting = batches.iter_mut().find(|(run, batch, used)| {
			*run == one.run
				&& batch.len() < MAX_RECEIPTS
				&& used.saturating_add(signatures) <= MAX_SIGNATURES
		});
		match fitting {
			Some((_, batch, used)) => {
				*used = used.saturating_add(signatures);
				batch.push(one);
			}
			None => batches.push((one.run, vec![one], signatures)),
		}
	}
	batches
		.into_iter()
		.map(|(run, batch, _)| (run, batch))
		.collect()
}

async fn submit(context: Context, run: RunId, batch: Vec<Ready>) {
	let items = batch.iter().map(|ready| ready.submission.clone()).collect();
	let call = api::transactions()
		.training()
		.submit(run, BoundedVec(items));
	let sent = context.send(&call).await;
	let refusals = sent.map(|included| {
		let events = included
			.events
			.find::<api::training::events::ReceiptRefused>();
		let refused = events.filter_map(Result::ok);
		refused
			.map(|event| (event.receipt, format!("{:?}", event.reason)))
			.collect::<BTreeMap<_, _>>()
	});
	for ready in batch {
		let outcome = match &refusals {
			Ok(refused) => Ok(match refused.get(&ready.submission.receipt.id()) {
				Some(reason) => Outcome::Refused(reason.clone()),
				None => Outcome::Accepted,
			}),
			Err(error) => Err(Failure::Here(error.to_string())),
		};
		// Whoever no longer listens was shut down.
		let _ = ready.outcome.send(outcome);
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use guerdon_receipt::{
		sign::{public_key, sign_attestation, SigningKey},
		Attestation,
	};

	fn receipt(task: TaskIndex) -> Receipt {
		Receipt {
			version: RECEIPT_VERSION,
			genesis: [1; 32],
			run: 1,
			task,
			contributor: [2; 32],
			base_model: [3; 32],
			result: [4; 32],
			steps: 5,
			evidence: [5; 32],
			metric_before: 0,
			metric_after: 1,
			valid_until: 100,
		}
	}

	fn attested(by: u8, receipt: Digest) -> SignedAttestation {
		let attestation = Attestation {
			receipt,
			attestor: [by; 32],
			states: [9; 32],
		};
		sign_attestation(&SigningKey::from_bytes(&[by; 32]), &attestation)
	}

	#[test]
	fn progress_survives_a_restart() {
		let home = tempfile::tempdir().unwrap();
		let receipt = receipt(7);
		let mut progress = Progress::new(1, 7, [8; 32], &receipt, &[6; 64]);
		progress.attest(&attested(1, receipt.id()));
		progress.refused.insert(hex::encode([2; 32]), "no".into());
		progress.sent = Some(12);
		progress.save(home.path()).unwrap();
		let again = Progress::load(home.path(), 1, 7, &[8; 32]).unwrap();
		assert_eq!(again, progress);
		assert_eq!(again.open(), Some((receipt.clone(), [6; 64])));
		assert_eq!(again.attested(), [attested(1, receipt.id())]);
		assert_eq!(again.missing(&[[1; 32], [2; 32], [3; 32]]), [[3; 32]]);
		assert_eq!(
			Progress::load(home.path(), 1, 7, &[0; 32]),
			None,
			"another task"
		);
		assert_eq!(Progress::load(home.path(), 1, 8, &[8; 32]), None);
	}

	#[test]
	fn progress_that_was_cut_short_is_none() {
		let home = tempfile::tempdir().unwrap();
		Progress::new(1, 7, [8; 32], &receipt(7), &[6; 64])
			.save(home.path())
			.unwrap();
		std::fs::write(Progress::path(home.path(), 1, 7), "{").unwrap();
		assert_eq!(Progress::load(home.path(), 1, 7, &[8; 32]), None);
	}

	#[test]
	fn an_attestation_must_be_by_who_was_asked() {
		let id = receipt(7).id();
		let key = public_key(&SigningKey::from_bytes(&[1; 32]));
		let good = attested(1, id);
		assert_eq!(check(&good, &[1; 32], &key, &id), Ok(()));
		assert!(check(&good, &[2; 32], &key, &id)
			.unwrap_err()
			.contains("name"));
		assert!(check(&good, &[1; 32], &key, &[0; 32])
			.unwrap_err()
			.contains("hold"));
		let mut other = good.clone();
		other.states = [0; 32];
		assert!(check(&other, &[1; 32], &key, &id)
			.unwrap_err()
			.contains("hold"));
	}

	#[test]
	fn receipts_of_one_run_go_together_as_far_as_they_fit() {
		let ready = |run: RunId, signers: u8| {
			let receipt = receipt(run as u32);
			let attestations = (0..signers).map(|by| Static(attested(by, receipt.id())));
			let submission = Submission {
				receipt: Static(receipt.clone()),
				signature: [0; 64],
				attestations: BoundedVec(attestations.collect()),
			};
			Ready {
				run,
				submission,
				outcome: oneshot::channel().0,
			}
		};
		let sizes = |waiting: Vec<Ready>| -> Vec<(RunId, usize)> {
			batches(waiting)
				.into_iter()
				.map(|(run, batch)| (run, batch.len()))
				.collect()
		};
		assert_eq!(
			sizes(vec![ready(1, 2), ready(2, 2), ready(1, 2)]),
			[(1, 2), (2, 1)]
		);
		assert_eq!(
			sizes((0..17).map(|_| ready(1, 2)).collect()),
			[(1, 16), (1, 1)]
		);
		assert_eq!(
			sizes((0..9).map(|_| ready(1, 15)).collect()),
			[(1, 8), (1, 1)]
		);
	}
}
