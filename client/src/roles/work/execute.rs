//! Doing the work of a task.

use super::{finished, Job};
use crate::{
	chain::At,
	engine::{
		data,
		train::{self, Setting, Stepper},
	},
	roles::{compute, Failure},
};
use guerdon_receipt::{Digest, Work};
use guerdon_runner::Program;
use std::collections::BTreeSet;

/// What the receipt says of the work.
pub(super) struct Done {
	pub(super) digests: Vec<Digest>,
	pub(super) evidence: Digest,
	pub(super) result: Digest,
	pub(super) metric: (u32, u32),
}

impl<F, S> Job<F>
where
	F: Fn(&Program) -> S + Send + Sync + 'static,
	S: Stepper + 'static,
{
	/// Does the work, unless it was done before, and keeps what backs it.
	pub(super) async fn execute(&self) -> Result<Done, Failure> {
		let context = &self.shared.context;
		let (genesis, base) = (context.chain().genesis(), &self.task.base_model);
		let name = finished::name(&genesis, self.run, &self.plan, &self.task.work.0, base);
		let known = name.and_then(|name| {
			finished::load(&context.home, &context.store, &name, &self.task.work.0)
		});
		if let Some(known) = known {
			tracing::info!(run = self.run, task = self.index, "was done before");
			return Ok(known);
		}
		let done = self.work().await?;
		if let Some(name) = name {
			finished::save(&context.home, &name, &done)?;
		}
		Ok(done)
	}

	async fn work(&self) -> Result<Done, Failure> {
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
				let task = (self.run, self.index);
				let records = context
					.inputs
					.task_records(&view, task, dataset, (first, count), &plan.features.0)
					.await?;
				let _turn = shared.executing.acquire().await.map_err(closed)?;
				let working = shared.clone();
				let execution = compute(move || {
					let head = data::Head::read(&setting.config)?;
					let batches = records.batches(first, count, passes, head.batch)?;
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
				let execution = compute(move || {
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
		compute(move || {
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
}
