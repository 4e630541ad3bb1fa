//! What a run's work starts from, by content root, from whoever the chain says has it.

use super::Failure;
use crate::{
	blobs::{deadline, Store},
	chain::{
		api::{Dataset, Enrolment, Kind, RunPlan, RunView, Task, TaskState},
		AccountId, Chain, Error, View,
	},
	engine::{
		appraise::{self, Appraised, Used},
		attest::labels,
		data::{self, set, Batches},
		train::Setting,
	},
	gated::{self, Access, Purpose, Wanted},
};
use codec::Encode;
use futures::{StreamExt, TryStreamExt};
use guerdon_receipt::{AccountBytes, DatasetId, Digest, Role, Round, RunId, TaskIndex, Work};
use guerdon_runner::{Limits, Program};
use guerdon_valuation::{FeatureSpec, Point};
use std::{
	collections::{BTreeMap, BTreeSet, HashMap},
	hash::Hash,
	sync::{Arc, Mutex},
	time::Duration,
};
use subxt_signer::sr25519::Keypair;
use tokio::{sync::OnceCell, time::Instant};

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;

/// The longest program that is fetched.
const MAX_PROGRAM: u64 = 64 * MIB;
/// The longest config.
const MAX_CONFIG: u64 = 64 * KIB;
/// The longest validation set, test set, batch, or list of answers.
const MAX_SET: u64 = 256 * MIB;
/// The longest state of a model.
const MAX_MODEL: u64 = 1024 * MIB;

/// A state may become so many times as long as the base model that its task starts from.
const STATE_GROWTH: u64 = 4;
/// Any state may be so long.
const SMALL_STATE: u64 = MIB;

/// What was made once is forgotten when nobody asked for it for so long: its run is over, or has
/// time to read it from the store again.
const IDLE: Duration = Duration::from_secs(60 * 60);

/// Blobs that are fetched, or receipts that are looked up, at the same time.
const AT_ONCE: usize = 8;

/// Records as vectors.
pub type Records = Arc<Vec<Option<Point>>>;

/// Records that a task needs, and perhaps others.
#[derive(Clone, Debug)]
pub struct TaskRecords {
	/// Number of the first one.
	first: u64,
	records: Records,
}

impl TaskRecords {
	/// [`data::batches`] of the task.
	///
	/// # Errors
	/// See there.
	pub fn batches(
		&self,
		first: u64,
		count: u32,
		passes: u16,
		batch: u32,
	) -> Result<Batches, crate::engine::Error> {
		let first = first.saturating_sub(self.first);
		data::batches(&self.records, first, count, passes, batch)
	}
}

/// What it takes to ask publishers for the keys of gated datasets.
#[derive(Clone)]
pub struct Asker {
	/// The connection as it is at the time.
	pub chain: Arc<dyn Fn() -> Chain + Send + Sync>,
	/// The account that has a part in the run.
	pub signer: Arc<Keypair>,
	/// For asking.
	pub http: reqwest::Client,
}

/// A value, once it is made, and when it was last asked for.
struct Kept<V> {
	cell: Arc<OnceCell<V>>,
	asked: Instant,
}

/// Values that are made once, however many ask for them at the same time.
struct Memo<K, V>(Mutex<HashMap<K, Kept<V>>>);

impl<K: Hash + Eq, V: Clone> Memo<K, V> {
	fn new() -> Arc<Self> {
		Arc::new(Memo(Mutex::default()))
	}

	fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<K, Kept<V>>> {
		self.0
			.lock()
			.unwrap_or_else(|poisoned| poisoned.into_inner())
	}

	/// Whoever does not want to wait longer drops the future; another who waits goes on making it.
	async fn get(
		&self,
		key: K,
		make: impl std::future::Future<Output = Result<V, Failure>>,
	) -> Result<V, Failure> {
		let cell = {
			let mut kept = self.lock();
			let kept = kept.entry(key).or_insert_with(|| Kept {
				cell: Arc::default(),
				asked: Instant::now(),
			});
			kept.asked = Instant::now();
			kept.cell.clone()
		};
		cell.get_or_try_init(|| make).await.cloned()
	}

	/// Forgets what nobody has asked for in that time and nobody waits for.
	fn forget(&self, idle: Duration) {
		self.lock()
			.retain(|_, kept| Arc::strong_count(&kept.cell) > 1 || kept.asked.elapsed() < idle);
	}
}

/// Fetches inputs and keeps what is used again and again.
#[derive(Clone)]
pub struct Inputs {
	store: Store,
	settings: Arc<Memo<[Digest; 3], Setting>>,
	records: Arc<Memo<(Digest, Vec<u8>), Records>>,
	asker: Option<Asker>,
}

/// What tells a task from another one that was dealt under its number: a block that is replaced may
/// take a task with it.
pub(super) fn fingerprint(task: &Task) -> Digest {
	let dealt = (
		task.work.0,
		task.base_model,
		task.contributor.0,
		task.deadline,
	);
	let committee: Vec<AccountBytes> = task.committee.0.iter().map(|member| member.0).collect();
	crate::engine::digest(&(dealt, committee).encode())
}

/// The longest state that is looked at in a task whose base model has `base` bytes: without a bound
/// a contributor could fill whatever its attestors have.
pub(super) fn longest_state(base: u64) -> u64 {
	base.saturating_mul(STATE_GROWTH)
		.clamp(SMALL_STATE, MAX_MODEL)
}

/// Text that somebody put on chain.
pub fn text(bytes: &[u8]) -> String {
	String::from_utf8_lossy(bytes).into_owned()
}

/// What a task's receipt came to, once it is accepted.
#[derive(Clone, Debug)]
pub struct Accepted {
	/// The task's index.
	pub index: TaskIndex,
	/// The task.
	pub task: Task,
	/// What the work produced.
	pub result: Digest,
}

impl Inputs {
	/// Fetches into `store`.
	pub fn new(store: Store) -> Self {
		Inputs {
			store,
			settings: Memo::new(),
			records: Memo::new(),
			asker: None,
		}
	}

	/// The same, for an account that may have a part in runs on gated datasets.
	pub fn asking(self, asker: Asker) -> Self {
		Inputs {
			asker: Some(asker),
			..self
		}
	}

	/// Forgets what runs needed that are over. Daemons call it now and then.
	pub fn tidy(&self) {
		self.settings.forget(IDLE);
		self.records.forget(IDLE);
	}

	/// Program, config and validation set of a run, from its sponsor.
	///
	/// # Errors
	/// When one of them cannot be had, or the program is none.
	pub async fn setting(&self, plan: &RunPlan) -> Result<Setting, Failure> {
		self.tidy();
		let (program, config, validation) = (plan.program.0, plan.config.0, plan.validation.0);
		let making = async {
			let sponsor = [text(&plan.endpoint.0)];
			let program = self.store.fetch(&program, &sponsor, MAX_PROGRAM).await?;
			let config = self.store.fetch(&config, &sponsor, MAX_CONFIG).await?;
			let validation = self.store.fetch(&validation, &sponsor, MAX_SET).await?;
			let spec = plan.features.0.clone();
			super::compute(move || -> Result<Setting, Failure> {
				let program = Program::load(&program, Limits::default());
				let program = program.map_err(crate::engine::Error::from)?;
				let head = data::Head::read(&config)?;
				let fits =
					usize::from(head.features) == spec.features() && head.classes == spec.classes();
				if !fits {
					let why = "the config counts other features or classes than the feature spec";
					return Err(Failure::Here(why.into()));
				}
				Ok(Setting {
					program,
					config,
					validation: set(&validation, &spec),
				})
			})
			.await?
		};
		self.settings
			.get([program, config, validation], making)
			.await
	}

	/// The records that a task trains on as its run's feature spec reads them, from the publisher. Of
	/// a gated dataset nothing else is opened, and nothing is kept.
	///
	/// # Errors
	/// When they cannot be had, or the stream is not framed as it should be.
	pub async fn task_records(
		&self,
		view: &View,
		(run, task): (RunId, TaskIndex),
		dataset: DatasetId,
		(first, count): (u64, u32),
		spec: &FeatureSpec,
	) -> Result<TaskRecords, Failure> {
		let found = view.dataset(dataset).await?;
		if gated::access(&found) == Access::Open {
			let records = self.open_records(&found, spec).await?;
			return Ok(TaskRecords { first: 0, records });
		}
		let purpose = Purpose::Task(task);
		let (asker, wanted) = self.wanted(run, purpose, dataset, &found).await?;
		let (range, spec) = (first..first.saturating_add(count.into()), spec.clone());
		let read = move |record: &[u8]| spec.vectorize(record).ok();
		let window = gated::obtain(
			&asker.http,
			&asker.signer,
			&self.store,
			&wanted,
			range,
			read,
		);
		let window = window.await?;
		Ok(TaskRecords {
			first: window.first,
			records: Arc::new(window.records),
		})
	}

	/// All records of a dataset, for a run's appraisal.
	async fn all_records(
		&self,
		run: RunId,
		dataset: DatasetId,
		found: &Dataset,
		spec: &FeatureSpec,
	) -> Result<Vec<Option<Point>>, Failure> {
		if gated::access(found) == Access::Open {
			return Ok(self.open_records(found, spec).await?.to_vec());
		}
		let purpose = Purpose::Appraisal;
		let (asker, wanted) = self.wanted(run, purpose, dataset, found).await?;
		let stream = gated::obtain_whole(&asker.http, &asker.signer, &self.store, &wanted);
		let (stream, spec) = (stream.await?, spec.clone());
		Ok(super::compute(move || data::vectors(&stream, &spec)).await??)
	}

	async fn wanted(
		&self,
		run: RunId,
		purpose: Purpose,
		dataset: DatasetId,
		found: &Dataset,
	) -> Result<(&Asker, Wanted), Failure> {
		let asker = self.asker.as_ref().ok_or_else(|| {
			Failure::Here(format!(
				"dataset {dataset} is gated: only an account that has a part in run {run} can open \
				 it; name its key with --signer"
			))
		})?;
		let chain = (asker.chain)();
		let finalized = chain.finalized().await?;
		let wanted = Wanted {
			genesis: chain.genesis(),
			block: (finalized.number, finalized.hash.0),
			run,
			purpose,
			dataset,
			root: found.content.root.0,
			length: found.content.length,
			metadata: found.metadata.hash.0,
			endpoint: text(&found.endpoint.0),
		};
		Ok((asker, wanted))
	}

	/// Whether accepted tasks of a run used a gated dataset: then only those drawn can appraise it.
	///
	/// # Errors
	/// Those of reading the chain.
	pub async fn is_gated(&self, view: &View, run: &RunView) -> Result<bool, Failure> {
		let used = run.datasets.iter().filter(|(_, used)| used.used > 0);
		for (dataset, _) in used {
			if gated::access(&view.dataset(*dataset).await?) == Access::Gated {
				return Ok(true);
			}
		}
		Ok(false)
	}

	/// All records of an open dataset as a run's feature spec reads them, from its publisher.
	async fn open_records(&self, found: &Dataset, spec: &FeatureSpec) -> Result<Records, Failure> {
		self.tidy();
		let making = async {
			let publisher = [text(&found.endpoint.0)];
			let (root, length) = (found.content.root.0, found.content.length);
			let stream = self.store.fetch(&root, &publisher, length).await?;
			let spec = spec.clone();
			let vectors = super::compute(move || data::vectors(&stream, &spec)).await??;
			Ok(Arc::new(vectors))
		};
		self.records
			.get((found.content.root.0, spec.encode()), making)
			.await
	}

	/// Where a contributor of a run serves what it made, and after it the committee that saw it.
	///
	/// # Errors
	/// Those of reading the chain.
	pub async fn makers(
		&self,
		view: &View,
		run: RunId,
		task: &Task,
	) -> Result<Vec<String>, Failure> {
		let enrolment: Option<Enrolment> = view.enrolment(run, &task.contributor).await?;
		let contributor = enrolment.map(|enrolment| text(&enrolment.endpoint.0));
		let seats = view.seats(Kind::Attestor).await?;
		let committee = seats
			.iter()
			.filter(|seat| task.committee.0.contains(&seat.account));
		Ok(contributor
			.into_iter()
			.chain(committee.map(|seat| text(&seat.endpoint)))
			.collect())
	}

	/// A model of a run: from its sponsor, or from whoever averaged it.
	///
	/// # Errors
	/// When it cannot be had.
	pub async fn model(
		&self,
		view: &View,
		run: RunId,
		plan: &RunPlan,
		model: &Digest,
	) -> Result<Vec<u8>, Failure> {
		if let Ok(bytes) = self.store.read(model) {
			return Ok(bytes);
		}
		let endpoints = self.model_endpoints(view, run, plan, model).await?;
		Ok(self.store.fetch(model, &endpoints, MAX_MODEL).await?)
	}

	/// Puts a model of a run into the store, and gives its length in bytes.
	///
	/// # Errors
	/// When it cannot be had.
	pub async fn model_length(
		&self,
		view: &View,
		run: RunId,
		plan: &RunPlan,
		model: &Digest,
	) -> Result<u64, Failure> {
		if !self.store.keeps(model).await {
			let endpoints = self.model_endpoints(view, run, plan, model).await?;
			let until = deadline(MAX_MODEL);
			self.store
				.obtain(model, &endpoints, MAX_MODEL, until)
				.await?;
		}
		Ok(self.store.length(model)?)
	}

	/// Who may have a model of a run, who made it first.
	async fn model_endpoints(
		&self,
		view: &View,
		run: RunId,
		plan: &RunPlan,
		model: &Digest,
	) -> Result<Vec<String>, Failure> {
		let mut endpoints = vec![text(&plan.endpoint.0)];
		if plan.initial_model.0 != *model {
			let tasks = view.tasks(run).await?;
			for (_, task) in tasks.iter().rev() {
				let made = matches!(task.work.0, Work::Aggregate)
					&& matches!(task.state, TaskState::Done { .. });
				if made {
					endpoints.extend(self.makers(view, run, task).await?);
				}
			}
			let trained: BTreeSet<AccountId> =
				tasks.iter().map(|(_, task)| task.contributor).collect();
			for trainer in trained {
				let enrolment = view.enrolment(run, &trainer).await?;
				let trainer = enrolment.filter(|enrolment| enrolment.role.0 == Role::Trainer);
				endpoints.extend(trainer.map(|enrolment| text(&enrolment.endpoint.0)));
			}
			// The sponsor has only what it was asked to keep: last.
			endpoints.rotate_left(1);
		}
		let mut seen = BTreeSet::new();
		endpoints.retain(|endpoint| seen.insert(endpoint.clone()));
		Ok(endpoints)
	}

	/// The accepted tasks among those that `wanted` wants, in task order.
	///
	/// # Errors
	/// Those of reading the chain.
	pub async fn accepted(
		&self,
		view: &View,
		run: RunId,
		wanted: impl Fn(&Task) -> bool,
	) -> Result<Vec<Accepted>, Failure> {
		let tasks = view.tasks(run).await?;
		let done = tasks
			.into_iter()
			.filter(|(_, task)| wanted(task))
			.filter_map(|(index, task)| match task.state {
				TaskState::Done { receipt } => Some((index, task, receipt)),
				_ => None,
			});
		let done: Vec<_> = done.collect();
		let looked_up = futures::stream::iter(done)
			.map(|(index, task, receipt)| async move {
				let result = view.receipt(receipt).await?.receipt.result;
				Ok::<_, Error>(Accepted {
					index,
					task,
					result,
				})
			})
			.buffered(AT_ONCE);
		Ok(looked_up.try_collect().await?)
	}

	/// What accepted work produced, from whoever made or saw it.
	async fn made(
		&self,
		view: &View,
		run: RunId,
		accepted: &Accepted,
		limit: u64,
	) -> Result<Vec<u8>, Failure> {
		if let Ok(bytes) = self.store.read(&accepted.result) {
			return Ok(bytes);
		}
		let makers = self.makers(view, run, &accepted.task).await?;
		Ok(self.store.fetch(&accepted.result, &makers, limit).await?)
	}

	/// The accepted results of a round's training tasks, each with its units, in task order: what
	/// its aggregate is the mean of.
	///
	/// # Errors
	/// When one of them cannot be had.
	pub async fn results(
		&self,
		view: &View,
		run: RunId,
		round: Round,
	) -> Result<Vec<(u64, Vec<u8>)>, Failure> {
		let roots = self.result_roots(view, run, round).await?;
		let read = |(units, root)| Ok((units, self.store.read(&root)?));
		roots.into_iter().map(read).collect()
	}

	/// [`Inputs::results`] by their names; they are in the store.
	///
	/// # Errors
	/// When one of them cannot be had.
	pub async fn result_roots(
		&self,
		view: &View,
		run: RunId,
		round: Round,
	) -> Result<Vec<(u64, Digest)>, Failure> {
		let accepted = self
			.accepted(view, run, |task| {
				task.round == round && matches!(task.work.0, Work::Train { .. })
			})
			.await?;
		let obtained = futures::stream::iter(accepted)
			.map(|one| async move {
				if !self.store.keeps(&one.result).await {
					let makers = self.makers(view, run, &one.task).await?;
					let until = deadline(MAX_MODEL);
					self.store
						.obtain(&one.result, &makers, MAX_MODEL, until)
						.await?;
				}
				Ok::<_, Failure>((one.task.units, one.result))
			})
			.buffered(AT_ONCE);
		obtained.try_collect().await
	}

	/// The items of a feedback batch, from the sponsor.
	///
	/// # Errors
	/// When they cannot be had, or are not as many as the task says.
	pub async fn items(
		&self,
		plan: &RunPlan,
		root: &Digest,
		items: u32,
	) -> Result<Vec<Vec<u8>>, Failure> {
		let blob = self
			.store
			.fetch(root, &[text(&plan.endpoint.0)], MAX_SET)
			.await?;
		let rows = super::secrets::decode_items(&blob, items, plan.features.features());
		let rows =
			rows.ok_or_else(|| Failure::Here("the batch has not the items it says".into()))?;
		Ok(rows.into_iter().map(<[u8]>::to_vec).collect())
	}

	/// Answers to a feedback batch of `items` items that are not accepted yet, from who gave them.
	///
	/// # Errors
	/// When they cannot be had until then.
	pub async fn answers(
		&self,
		endpoint: &str,
		root: &Digest,
		items: u32,
		until: Instant,
	) -> Result<Vec<u8>, Failure> {
		let length = u64::from(items).saturating_mul(2);
		let from = [endpoint.into()];
		Ok(self.store.fetch_until(root, &from, length, until).await?)
	}

	/// Puts a state that a contributor says it had into the store.
	///
	/// # Errors
	/// When it is longer than `limit` bytes, or cannot be had until then.
	pub async fn state(
		&self,
		endpoint: &str,
		digest: &Digest,
		limit: u64,
		until: Instant,
	) -> Result<(), Failure> {
		let from = [endpoint.into()];
		Ok(self.store.obtain(digest, &from, limit, until).await?)
	}

	/// Appraises a run whose test set was shown. Everybody who does gets the same.
	///
	/// # Errors
	/// When an input cannot be had, or the test set was not shown yet.
	pub async fn appraise(
		&self,
		view: &View,
		id: RunId,
		run: &RunView,
	) -> Result<Appraised, Failure> {
		let appraisal = view.appraisal(id).await?;
		let shown = appraisal.and_then(|view| view.appraisal.tests);
		let shown = shown.ok_or_else(|| Failure::Here("the test set was not shown yet".into()))?;
		let sponsor = [text(&shown.endpoint.0), text(&run.plan.endpoint.0)];
		let tests = self.store.fetch(&shown.root.0, &sponsor, MAX_SET).await?;
		let gold = match shown.gold {
			Some(root) => {
				let blob = self.store.fetch(&root.0, &sponsor, MAX_SET).await?;
				appraise::decode_gold(&blob)
					.ok_or_else(|| Failure::Here("the gold answers are cut short".into()))?
			}
			None => Vec::new(),
		};
		let accepted = self.accepted(view, id, |_| true).await?;
		let mut ranges: BTreeMap<DatasetId, Vec<(u64, u32)>> = BTreeMap::new();
		let mut answers = Vec::new();
		for one in &accepted {
			match one.task.work.0 {
				Work::Train {
					dataset,
					first,
					count,
					..
				} => ranges.entry(dataset).or_default().push((first, count)),
				Work::Feedback { batch, .. } => {
					let blob = self.made(view, id, one, MAX_SET).await?;
					answers.push((one.task.contributor.0, batch, labels(&blob)));
				}
				Work::Aggregate => (),
			}
		}
		let spec = &run.plan.features.0;
		let mut datasets = Vec::new();
		for (dataset, ranges) in ranges {
			let found = view.dataset(dataset).await?;
			let records = self.all_records(id, dataset, &found, spec).await?;
			datasets.push(Used {
				dataset,
				priority: found.priority,
				records,
				ranges,
			});
		}
		let (classes, tests) = (spec.classes(), set(&tests, spec));
		let appraising = move || appraise::run(id, classes, &datasets, &tests, &answers, &gold);
		Ok(super::compute(appraising).await??)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[tokio::test]
	async fn a_value_is_made_once_and_forgotten_when_nobody_asks_for_it() {
		let memo: Arc<Memo<u8, u8>> = Memo::new();
		let failing = async { Err(Failure::Here("not yet".into())) };
		assert!(memo.get(1, failing).await.is_err());
		assert_eq!(memo.get(1, async { Ok(7) }).await.unwrap(), 7);
		assert_eq!(memo.get(1, async { Ok(8) }).await.unwrap(), 7);
		memo.forget(IDLE);
		assert_eq!(memo.get(1, async { Ok(9) }).await.unwrap(), 7);
		memo.forget(Duration::ZERO);
		assert!(memo.lock().is_empty());
		assert_eq!(memo.get(1, async { Ok(9) }).await.unwrap(), 9);
	}

	#[tokio::test]
	async fn what_somebody_waits_for_is_not_forgotten_and_can_be_left_to_others() {
		let memo: Arc<Memo<u8, u8>> = Memo::new();
		let mut never = Box::pin(memo.get(1, std::future::pending()));
		let short = Duration::from_millis(20);
		assert!(tokio::time::timeout(short, &mut never).await.is_err());
		memo.forget(Duration::ZERO);
		assert_eq!(memo.lock().len(), 1);
		drop(never);
		assert_eq!(memo.get(1, async { Ok(7) }).await.unwrap(), 7);
	}

	#[test]
	fn states_may_grow_but_not_without_end() {
		assert_eq!(longest_state(0), MIB);
		assert_eq!(longest_state(3 << 20), 12 * MIB);
		assert_eq!(longest_state(u64::MAX), MAX_MODEL);
	}
}
