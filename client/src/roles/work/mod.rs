//! Working off the tasks dealt to an account: training, averaging, answering.
//!
//! A task's receipt, evidence and attestations are in the home folder as soon as there are any
//! (`HOME/tasks/<run>-<task>.json`), so a worker that was killed neither does a task twice nor
//! hands in a second receipt for it.

mod collect;
mod execute;
mod finished;
mod progress;
mod submit;

use super::{
	inputs::{fingerprint, text},
	labeller::Labeller,
	Context, Failure, Heads, Jobs, Shutdown,
};
use crate::{
	chain::{
		api::{
			self, runtime_types::bounded_collections::bounded_vec::BoundedVec, RunPlan,
			State as RunState, Submission, Task, TaskState,
		},
		View,
	},
	engine::train::Stepper,
};
use execute::Done;
use guerdon_receipt::{
	sign::{public_key, sign_receipt},
	Digest, PublicKey, Receipt, RunId, TaskIndex, Work, RECEIPT_VERSION,
};
use guerdon_runner::Program;
use progress::Progress;
use std::{
	collections::BTreeSet,
	ops::ControlFlow,
	path::Path,
	sync::{
		atomic::{AtomicU32, Ordering},
		Arc, Mutex,
	},
};
use submit::{submit_all, Outcome, Ready};
use subxt::utils::Static;
use tokio::sync::{mpsc, oneshot, Semaphore};

/// Blocks after which a receipt that was sent and not accepted is sent again.
const RESEND: u32 = 10;

/// Between two looks at how late it is.
const LOOK: std::time::Duration = std::time::Duration::from_secs(1);

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

struct Shared<F> {
	context: Context,
	worker: Worker<F>,
	now: AtomicU32,
	/// Runs whose enrolment does not fit this worker; said once.
	said: Mutex<BTreeSet<RunId>>,
	executing: Semaphore,
	ready: mpsc::UnboundedSender<Ready>,
}

impl<F> Shared<F> {
	fn say_once(&self, run: RunId, say: impl FnOnce()) {
		let mut said = self
			.said
			.lock()
			.unwrap_or_else(|poisoned| poisoned.into_inner());
		if said.insert(run) {
			say();
		}
	}

	/// Attestors go by the endpoint that was enrolled.
	fn compare(&self, run: RunId, enrolled: &str) {
		let here = &self.context.endpoint;
		if enrolled.trim_end_matches('/') != here.trim_end_matches('/') {
			self.say_once(run, || {
				tracing::warn!(
					run,
					enrolled,
					here,
					"attestors look for this worker elsewhere"
				);
			});
		}
	}
}

/// The runs that were joined with another receipt key than the one here: nobody takes what this
/// worker would sign for them. When there are no others, the home folder is the wrong one.
///
/// # Errors
/// Then, with what to do.
fn foreign(
	joined: &[(RunId, PublicKey)],
	here: &PublicKey,
	home: &Path,
) -> Result<BTreeSet<RunId>, String> {
	let others = joined.iter().filter(|(_, key)| key != here);
	let foreign: BTreeSet<RunId> = others.map(|(run, _)| *run).collect();
	match joined.first() {
		Some((run, key)) if foreign.len() == joined.len() => Err(format!(
			"run {run} was joined with receipt key 0x{}, and the one in {} is 0x{}: name the home \
			 folder that the run was joined from with --home",
			hex::encode(key),
			home.display(),
			hex::encode(here)
		)),
		_ => Ok(foreign),
	}
}

/// Works until `shutdown`, or until it turns out that it cannot sign for any run of its account.
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
		said: Mutex::default(),
		executing: Semaphore::new(1),
		ready,
	});
	let mut heads = Heads::new(&context, &shutdown);
	let mut jobs = Jobs::new();
	tracing::info!(account = %context.account(), "working");
	while let Some(view) = heads.next().await {
		shared.now.store(view.number, Ordering::Relaxed);
		jobs.reap("work").await;
		context.inputs.tidy();
		match look(&shared, &view, &mut jobs).await {
			Ok(ControlFlow::Continue(())) => (),
			Ok(ControlFlow::Break(why)) => {
				tracing::error!("no work can be done: {why}");
				break;
			}
			Err(failure) => {
				tracing::warn!(%failure, block = view.number, "could not look for tasks");
			}
		}
	}
	sending.abort();
}

/// Begins what was dealt since. Breaks with the reason when nothing can be done in this home folder.
async fn look<F, S>(
	shared: &Arc<Shared<F>>,
	view: &View,
	jobs: &mut Jobs<(RunId, TaskIndex)>,
) -> Result<ControlFlow<String>, Failure>
where
	F: Fn(&Program) -> S + Send + Sync + 'static,
	S: Stepper + 'static,
{
	let context = &shared.context;
	let me = context.account();
	let mut joined = Vec::new();
	for (run, found) in view.runs().await? {
		if !matches!(found.state, RunState::Enrolling | RunState::Working) {
			continue;
		}
		if let Some(enrolment) = view.enrolment(run, &me).await? {
			joined.push((run, found.state, enrolment));
		}
	}
	let keys: Vec<_> = joined
		.iter()
		.map(|(run, _, enrolment)| (*run, enrolment.key))
		.collect();
	let here = public_key(&context.receipt_key);
	let foreign = match foreign(&keys, &here, &context.home) {
		Ok(foreign) => foreign,
		Err(why) => return Ok(ControlFlow::Break(why)),
	};
	for (run, state, enrolment) in joined {
		if foreign.contains(&run) {
			shared.say_once(run, || {
				tracing::error!(
					run,
					"left alone: it was joined with another receipt key than the one here"
				);
			});
			continue;
		}
		if state != RunState::Working {
			continue;
		}
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
			let known = Progress::load(&context.home, run, index, &dealt);
			if let Some(known) = &known {
				let waiting = known.sent.is_some_and(|sent| {
					view.number <= sent + RESEND && view.number + RESEND < task.deadline
				});
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
	Ok(ControlFlow::Continue(()))
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
		let asked = tokio::select! {
			collected = self.collect(&mut progress, &receipt, &signature) => {
				collected?;
				false
			}
			() = self.patience() => true,
		};
		let quorum = usize::from(self.plan.quorum);
		if asked && progress.attestations.len() < quorum {
			// Not kept as an outcome: the block may be replaced, and then it is asked for again.
			if self.ask_for_others().await {
				return Ok(());
			}
			self.collect(&mut progress, &receipt, &signature).await?;
		}
		let attested = progress.attested();
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
			// It may still get in: it is sent again after a while, like one whose block was replaced.
			Ok(Outcome::Unconfirmed(why)) => {
				tracing::warn!(run, task, why, "sent, and not seen since");
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

	/// Until the committee had its time, which is half of the task's; for ever when it is the second one.
	async fn patience(&self) {
		if self.task.replaces.is_some() {
			std::future::pending().await
		}
		let until = self
			.task
			.deadline
			.saturating_sub(self.plan.windows.task / 2);
		while self.shared.now.load(Ordering::Relaxed) < until {
			tokio::time::sleep(LOOK).await;
		}
	}

	/// Asks the chain for another committee. When it refuses, the present one is all there is.
	async fn ask_for_others(&self) -> bool {
		let (run, task) = (self.run, self.index);
		let call = api::transactions().training().request_committee(run, task);
		match self.shared.context.send(&call).await {
			Ok(_) => {
				tracing::warn!(
					run,
					task,
					"the committee is silent: another one was asked for"
				);
				true
			}
			Err(error) => {
				tracing::warn!(run, task, %error, "the committee is silent, and there is no other");
				false
			}
		}
	}

	/// Signs the receipt, and keeps it: from here on the task has this one and no other.
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
}

#[cfg(test)]
mod tests {
	use super::*;
	use guerdon_receipt::{
		sign::{sign_attestation, SigningKey},
		Attestation, SignedAttestation,
	};

	#[test]
	fn a_run_that_was_joined_with_another_key_is_left_alone() {
		let home = Path::new("/somewhere");
		let (here, other) = ([1; 32], [2; 32]);
		let foreign = |joined: &[(RunId, PublicKey)]| foreign(joined, &here, home);
		assert_eq!(foreign(&[]), Ok(BTreeSet::new()), "nothing was joined yet");
		assert_eq!(foreign(&[(3, here)]), Ok(BTreeSet::new()));
		let mixed = foreign(&[(3, other), (4, here)]);
		assert_eq!(mixed, Ok(BTreeSet::from([3])));
		let wrong = foreign(&[(3, other), (4, [5; 32])]).unwrap_err();
		for said in [
			"run 3",
			&"01".repeat(32),
			&"02".repeat(32),
			"/somewhere",
			"--home",
		] {
			assert!(wrong.contains(said), "{wrong}");
		}
	}

	pub(super) fn receipt(task: TaskIndex) -> Receipt {
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

	pub(super) fn attested(by: u8, receipt: Digest) -> SignedAttestation {
		let attestation = Attestation {
			receipt,
			attestor: [by; 32],
			states: [9; 32],
		};
		sign_attestation(&SigningKey::from_bytes(&[by; 32]), &attestation)
	}
}
