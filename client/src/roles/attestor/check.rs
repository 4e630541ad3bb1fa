//! Looking at one receipt: what the chain knows of its task, what has to be fetched, and doing the
//! drawn part again.
//!
//! Fetching and computing have places of their own, so that a contributor that serves slowly holds
//! up only itself. Models and states wait in the store, not in memory.

use super::{Attestor, Share, Stop};
use crate::{
	blobs::Store,
	chain::{
		api::{self, RunPlan, RunView, State as RunState, Task, TaskState},
		AccountId, At, View,
	},
	engine::{
		attest::{self, Claim, Refusal},
		data,
		train::Setting,
	},
	roles::{
		compute, evidence,
		inputs::{longest_state, text, TaskRecords},
		Failure,
	},
};
use guerdon_receipt::{sampled_steps, sign::sign_sample, Digest, PublicKey, Receipt, Work};
use std::{collections::HashSet, time::Duration};
use tokio::time::{timeout_at, Instant};

/// Milliseconds of a block, where the chain does not say.
const BLOCK_MILLIS: u64 = 6_000;

/// A task as it stands on chain, with what is needed to check its receipt.
pub(super) struct Dealt {
	pub(super) task: Task,
	pub(super) key: PublicKey,
	view: View,
	run: RunView,
	endpoint: String,
}

impl Dealt {
	/// When its deadline will have passed: from then on nobody needs an attestation.
	fn until(&self) -> Instant {
		let block = self
			.view
			.client()
			.constants()
			.entry(api::constants().babe().expected_block_time());
		let blocks = self.task.deadline.saturating_sub(self.view.number);
		let blocks = u64::from(blocks).saturating_add(1);
		let millis = block.unwrap_or(BLOCK_MILLIS).saturating_mul(blocks);
		Instant::now() + Duration::from_millis(millis)
	}
}

/// What a check needs, besides the models and states, which are in the store.
enum Gathered {
	Training {
		setting: Setting,
		records: TaskRecords,
		digests: Vec<Digest>,
		sampled: Vec<u32>,
	},
	Aggregation {
		setting: Setting,
		results: Vec<(u64, Digest)>,
		digests: Vec<Digest>,
	},
	Feedback {
		items: u32,
		blob: Vec<u8>,
		digests: Vec<Digest>,
	},
}

/// What in a receipt contradicts its task, so that the chain would refuse it or another attestor
/// could not know what it is for.
fn contradiction(receipt: &Receipt, task: &Task, me: &AccountId, now: u32) -> Option<&'static str> {
	let metric = (receipt.metric_before, receipt.metric_after);
	let feedback = matches!(task.work.0, Work::Feedback { .. });
	let checks = [
		(
			!task.committee.0.contains(me),
			"this attestor was not drawn for the task",
		),
		(
			receipt.base_model != task.base_model,
			"the work did not start from the task's base model",
		),
		(
			task.state != TaskState::Open || task.deadline < now,
			"the task's deadline passed",
		),
		(receipt.valid_until < now, "the receipt's last block passed"),
		(
			receipt.valid_until != task.deadline,
			"the receipt's last block is not the task's deadline: was the task dealt anew?",
		),
		(feedback && metric != (0, 0), "answers have no metric"),
	];
	let wrong = checks.into_iter().find(|(wrong, _)| *wrong);
	wrong.map(|(_, why)| why)
}

impl Attestor {
	/// What the chain knows of the task, by the latest finalized block or, for a task that was
	/// dealt since, by the best one. What would make the chain refuse the receipt is refused here.
	pub(super) async fn dealt(&self, receipt: &Receipt) -> Result<Dealt, Stop> {
		let (chain, me) = (self.context.chain(), self.context.account());
		let contributor = AccountId::from(receipt.contributor);
		let mut why = Stop::Later("the task is not on chain yet".into());
		for at in [At::Finalized, At::Best] {
			let view = chain.at(at).await?;
			let Ok(run) = view.run(receipt.run).await else {
				continue;
			};
			if run.run.state != RunState::Working {
				continue;
			}
			let tasks = view.tasks_for(receipt.run, &contributor).await?;
			let found = tasks.into_iter().find(|(index, _)| *index == receipt.task);
			let Some((_, task)) = found else {
				why = Stop::Later("no such task is open for this contributor".into());
				continue;
			};
			let Some(enrolment) = view.enrolment(receipt.run, &contributor).await? else {
				continue;
			};
			if let Some(wrong) = contradiction(receipt, &task, &me, view.number) {
				// What only the best block says may still change.
				return Err(match at {
					At::Finalized => Stop::Never(wrong.into()),
					_ => Stop::Later(wrong.into()),
				});
			}
			return Ok(Dealt {
				endpoint: text(&enrolment.endpoint.0),
				key: enrolment.key,
				view,
				run,
				task,
			});
		}
		Err(why)
	}

	/// Fetches what it takes and repeats the drawn part of the work. Gives the digest of the states
	/// that came out.
	pub(super) async fn check(
		&self,
		receipt: &Receipt,
		dealt: Dealt,
		share: &Share,
	) -> Result<Digest, Stop> {
		let until = dealt.until();
		let late = |_| Stop::Later("the task's deadline passed before everything was here".into());
		let gathering = async {
			let _own = share.fetching.acquire().await.map_err(closed)?;
			let _place = self.fetching.acquire().await.map_err(closed)?;
			self.gather(receipt, &dealt, until).await
		};
		let gathered = timeout_at(until, gathering).await.map_err(late)??;
		let waiting = async {
			let own = share.working.acquire().await.map_err(closed)?;
			let place = self.working.acquire().await.map_err(closed)?;
			Ok::<_, Stop>((own, place))
		};
		let _places = timeout_at(until, waiting).await.map_err(late)??;
		let (receipt, store) = (receipt.clone(), self.context.store.clone());
		compute(move || repeat(&receipt, &dealt.task, &dealt.run.plan, gathered, &store)).await?
	}

	/// Nothing is asked of the contributor before its receipt was compared with the task, and nothing
	/// longer than the task can need.
	async fn gather(
		&self,
		receipt: &Receipt,
		dealt: &Dealt,
		until: Instant,
	) -> Result<Gathered, Stop> {
		let Dealt {
			view,
			run,
			task,
			endpoint,
			..
		} = dealt;
		let (inputs, plan) = (&self.context.inputs, &run.plan);
		match task.work.0 {
			Work::Train {
				dataset,
				first,
				count,
				passes,
			} => {
				let setting = inputs.setting(plan).await?;
				let dealt = (receipt.run, receipt.task);
				let records = inputs
					.task_records(view, dealt, dataset, (first, count), &plan.features.0)
					.await?;
				let (config, range) = (setting.config.clone(), records.clone());
				let steps = compute(move || {
					let head = data::Head::read(&config)?;
					range
						.batches(first, count, passes, head.batch)
						.map(|batches| batches.steps())
				});
				let steps = steps.await?.map_err(Refusal::from)?;
				attest::check_steps(receipt, steps)?;
				let base = inputs.model_length(view, receipt.run, plan, &task.base_model);
				let longest = longest_state(base.await?);
				let digests = self.evidence(receipt, endpoint).await?;
				let sample = sign_sample(&self.key, &receipt.id());
				let sampled = sampled_steps(&sample, receipt.steps, plan.samples.into());
				for state in needed(&digests, &sampled) {
					inputs.state(endpoint, &state, longest, until).await?;
				}
				Ok(Gathered::Training {
					setting,
					records,
					digests,
					sampled,
				})
			}
			Work::Aggregate => {
				attest::check_steps(receipt, 1)?;
				let setting = inputs.setting(plan).await?;
				let base = inputs.model_length(view, receipt.run, plan, &task.base_model);
				let longest = longest_state(base.await?);
				let digests = self.evidence(receipt, endpoint).await?;
				// Fetched so that whoever vouches for a model can also hand it on.
				let result = &receipt.result;
				inputs.state(endpoint, result, longest, until).await?;
				let round = inputs.result_roots(view, receipt.run, task.round);
				let results = round.await?;
				Ok(Gathered::Aggregation {
					setting,
					results,
					digests,
				})
			}
			Work::Feedback { items, .. } => {
				attest::check_steps(receipt, items)?;
				let digests = self.evidence(receipt, endpoint).await?;
				let answers = inputs.answers(endpoint, &receipt.result, items, until);
				Ok(Gathered::Feedback {
					items,
					blob: answers.await?,
					digests,
				})
			}
		}
	}

	async fn evidence(&self, receipt: &Receipt, endpoint: &str) -> Result<Vec<Digest>, Stop> {
		let (id, root, steps) = (receipt.id(), &receipt.evidence, receipt.steps);
		let fetching = evidence::fetch(&self.context.http, endpoint, &id, root, steps);
		fetching.await.map_err(Stop::Later)
	}
}

fn closed(error: tokio::sync::AcquireError) -> Stop {
	Stop::Later(error.to_string())
}

/// The states before the drawn steps, and the last one, each once.
fn needed(digests: &[Digest], sampled: &[u32]) -> Vec<Digest> {
	let before = sampled.iter().filter_map(|step| {
		let step = usize::try_from(step.checked_sub(1)?).ok()?;
		digests.get(step)
	});
	let mut seen = HashSet::new();
	let needed = before.chain(digests.last()).copied();
	needed.filter(|digest| seen.insert(*digest)).collect()
}

/// Does the drawn part of the work again. States are read as they are needed, one at a time.
fn repeat(
	receipt: &Receipt,
	task: &Task,
	plan: &RunPlan,
	gathered: Gathered,
	store: &Store,
) -> Result<Digest, Stop> {
	let base = || store.read(&task.base_model).map_err(Failure::from);
	match (gathered, task.work.0) {
		(
			Gathered::Training {
				setting,
				records,
				digests,
				sampled,
			},
			Work::Train {
				first,
				count,
				passes,
				..
			},
		) => {
			let head = data::Head::read(&setting.config).map_err(Refusal::from)?;
			let batches = records.batches(first, count, passes, head.batch);
			let batches = batches.map_err(Refusal::from)?;
			let fetch = |digest: &Digest| store.read(digest).ok();
			let claim = Claim {
				receipt,
				digests: &digests,
			};
			let states = attest::training(&setting, &base()?, &batches, claim, &sampled, fetch);
			Ok(states?)
		}
		(
			Gathered::Aggregation {
				setting,
				results,
				digests,
			},
			_,
		) => {
			let claim = Claim {
				receipt,
				digests: &digests,
			};
			let read = |(units, root)| Ok((units, store.read(&root)?));
			let results: Result<Vec<_>, Failure> = results.into_iter().map(read).collect();
			Ok(attest::aggregation(&setting, &base()?, &results?, claim)?)
		}
		(
			Gathered::Feedback {
				items,
				blob,
				digests,
			},
			_,
		) => {
			let classes = plan.features.classes();
			let claim = Claim {
				receipt,
				digests: &digests,
			};
			Ok(attest::feedback(items, classes, &blob, claim)?)
		}
		(Gathered::Training { .. }, _) => Err(Stop::Later("the task is another one".into())),
	}
}

#[cfg(test)]
mod tests {
	use super::super::tests::{receipt, task};
	use super::*;
	use subxt::utils::Static;

	#[test]
	fn a_receipt_that_contradicts_its_task_is_told_so() {
		let (me, other) = (AccountId::from([8; 32]), AccountId::from([7; 32]));
		let sound = |receipt: &Receipt, now| contradiction(receipt, &task(100), &me, now);
		assert_eq!(sound(&receipt(), 100), None);
		let expected = [
			("drawn", contradiction(&receipt(), &task(100), &other, 50)),
			("deadline passed", sound(&receipt(), 101)),
			("dealt anew", contradiction(&receipt(), &task(99), &me, 50)),
			("base model", {
				let base_model = [0; 32];
				let lie = Receipt {
					base_model,
					..receipt()
				};
				sound(&lie, 50)
			}),
			("no metric", {
				let work = Work::Feedback {
					batch: 0,
					items: 5,
					items_root: [0; 32],
				};
				let feedback = Task {
					work: Static(work),
					..task(100)
				};
				contradiction(&receipt(), &feedback, &me, 50)
			}),
			("deadline passed", {
				let missed = Task {
					state: TaskState::Missed,
					..task(100)
				};
				contradiction(&receipt(), &missed, &me, 50)
			}),
		];
		for (said, why) in expected {
			assert!(why.unwrap().contains(said), "{said}: {why:?}");
		}
	}

	#[test]
	fn the_states_before_drawn_steps_and_the_last_one_are_needed_once() {
		let digests: Vec<Digest> = [1, 2, 2, 3].map(|byte| [byte; 32]).to_vec();
		assert_eq!(needed(&digests, &[0]), [[3; 32]]);
		assert_eq!(needed(&digests, &[0, 2, 3]), [[2; 32], [3; 32]]);
		assert_eq!(needed(&digests, &[1]), [[1; 32], [3; 32]]);
		assert_eq!(needed(&[], &[0]), Vec::<Digest>::new());
	}
}
