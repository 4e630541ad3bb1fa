//! What the finalized chain says about a request for keys.

use super::{
	request::{KeyRequest, Purpose},
	Access,
};
use crate::{
	chain::{
		self,
		api::{Phase, Standing, State, TaskState},
		View,
	},
	roles::Context,
};
use futures::future::BoxFuture;
use guerdon_receipt::{AccountBytes, Digest, Work};

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
