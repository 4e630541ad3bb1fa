//! Sending what anyone may send, as soon as it is due, so that runs move on by themselves.
//!
//! Several keepers may race for a run's tips: whoever comes second finds nothing due.

mod push;
mod streaming;

pub use push::Pushed;
pub use streaming::{links, Links};
pub(super) use streaming::{stream, Known};

use super::{members::Watch, Context, Failure, Heads, Jobs, Shutdown};
use crate::chain::{
	api::{
		self, runtime_types::pallet_datasets::types::Grant, Phase, RunView, Stage,
		State as RunState,
	},
	Error, View,
};
use guerdon_receipt::{Epoch, Role, RunId};
use push::Pusher;
use std::collections::{BTreeSet, HashMap, HashSet};
use subxt::utils::Static;

/// Tasks, or steps of a settlement, of one call: enough for its tip.
const LIMIT: u32 = 32;

/// What a run needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Due {
	/// `training.advance`.
	Advance,
	/// `training.deal`.
	Deal,
	/// `valuation.stream`.
	Stream,
	/// `training.prune`: earns no tip, but gives everybody's deposits back.
	Prune,
}

/// What decides whether a run needs anything: everything that the chain itself looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
	/// The block that a call sent now is in, at the earliest.
	pub now: u32,
	/// The epoch as of the latest block.
	pub epoch: Epoch,
	/// State of the run.
	pub state: RunState,
	/// Last block of the state.
	pub deadline: u32,
	/// Stage of the round.
	pub stage: Stage,
	/// Epoch that deals the round.
	pub draw_epoch: Epoch,
	/// Training tasks of the round that are open or wait.
	pub round_open: u32,
	/// Training tasks of the round that are done.
	pub round_done: u32,
	/// Whether every owner has answered what it was asked.
	pub answered: bool,
	/// Epoch that deals the head of the queue, if there is one.
	pub queued: Option<Epoch>,
	/// Deadline of the first task that is open; deadlines never fall from one task to the next.
	pub first_open: Option<u32>,
	/// Whether all planned feedback was posted and closed.
	pub feedback_over: bool,
	/// Whether nobody is left to train.
	pub no_trainers: bool,
	/// Whether nobody is left to answer.
	pub no_users: bool,
	/// Phase of the appraisal.
	pub phase: Option<Phase>,
	/// Whether deposits or bonds are held for a run that is over.
	pub held: bool,
	/// First block in which the records of a run that is over may be removed.
	pub kept_until: u32,
}

/// What to send for a run, in this order.
pub fn due(facts: &Facts) -> Vec<Due> {
	let passed = |deadline: u32| facts.now > deadline;
	let advance = |due: bool| if due { vec![Due::Advance] } else { Vec::new() };
	match facts.state {
		RunState::Proposed => advance(passed(facts.deadline) || facts.answered),
		RunState::Enrolling | RunState::Challenge => advance(passed(facts.deadline)),
		RunState::Settling => vec![Due::Advance],
		RunState::Settled | RunState::Cancelled if facts.held || facts.now >= facts.kept_until => {
			vec![Due::Prune]
		}
		RunState::Settled | RunState::Cancelled => Vec::new(),
		RunState::Working => working(facts),
		RunState::Appraising => match &facts.phase {
			Some(Phase::Drawing { epoch }) => advance(facts.epoch >= *epoch),
			Some(Phase::Streaming { deadline, .. }) if !passed(*deadline) => vec![Due::Stream],
			Some(
				Phase::AwaitingTests { deadline }
				| Phase::Committing { deadline }
				| Phase::Revealing { deadline }
				| Phase::Streaming { deadline, .. },
			) => advance(passed(*deadline)),
			Some(Phase::Done { .. }) => vec![Due::Advance],
			None => Vec::new(),
		},
	}
}

fn working(facts: &Facts) -> Vec<Due> {
	if facts.now > facts.deadline {
		return vec![Due::Advance];
	}
	let missed = facts
		.first_open
		.is_some_and(|deadline| facts.now > deadline);
	// Nothing but a round ends while a task is open in time.
	let none_runs = facts.first_open.is_none() || missed;
	let over = match facts.stage {
		Stage::Training if facts.round_open == 0 && facts.round_done > 0 => true,
		Stage::Training => none_runs && (facts.round_open == 0 || facts.no_trainers),
		Stage::Dealing { .. } | Stage::Aggregating => none_runs && facts.no_trainers,
		Stage::Failed => none_runs,
		Stage::Finishing => none_runs && (facts.feedback_over || facts.no_users),
	};
	let dealing = matches!(facts.stage, Stage::Dealing { .. }) && facts.epoch >= facts.draw_epoch;
	let queued = facts.queued.is_some_and(|epoch| facts.epoch >= epoch);
	let mut due = Vec::new();
	if missed || over {
		due.push(Due::Advance);
	}
	if dealing || queued {
		due.push(Due::Deal);
	}
	due
}

/// Whether tasks of a role can be dealt to nobody.
pub(super) async fn nobody(view: &View, run: RunId, role: Role) -> Result<bool, Failure> {
	let storage = view.client().storage();
	let roster = storage
		.try_fetch(api::storage().training().rosters(), (run, Static(role)))
		.await;
	let roster = roster.map_err(|error| unread(&error))?;
	let roster = roster
		.map(|value| value.decode())
		.transpose()
		.map_err(|error| unread(&error))?;
	Ok(roster.is_none_or(|roster| roster.0.is_empty()))
}

fn unread(error: &dyn std::error::Error) -> Failure {
	Failure::Here(format!("the chain's storage could not be read: {error}"))
}

/// Whether a run cannot need anything yet, whatever else the chain knows of it: nothing but its
/// deadline ends its state.
fn waits(state: &RunState, deadline: u32, now: u32) -> bool {
	matches!(state, RunState::Enrolling | RunState::Challenge) && now <= deadline
}

async fn facts(view: &View, epoch: Epoch, id: RunId, run: &RunView) -> Result<Facts, Failure> {
	let storage = view.client().storage();
	let RunView {
		run,
		plan,
		datasets,
		..
	} = run;
	let mut facts = Facts {
		now: view.number.saturating_add(1),
		epoch,
		state: run.state.clone(),
		deadline: run.deadline,
		stage: run.stage.clone(),
		draw_epoch: run.draw_epoch,
		round_open: run.round_open,
		round_done: run.round_done,
		answered: false,
		queued: None,
		first_open: None,
		feedback_over: plan.feedback.as_ref().is_none_or(|feedback| {
			run.feedback_posted == feedback.batches && run.feedback_open == 0
		}),
		no_trainers: false,
		no_users: false,
		phase: None,
		held: false,
		kept_until: u32::MAX,
	};
	match run.state {
		RunState::Proposed => {
			facts.answered = true;
			for (dataset, _) in datasets {
				let asked = storage
					.try_fetch(api::storage().datasets().uses(), (*dataset, id))
					.await
					.map_err(|error| unread(&error))?;
				let asked = asked.map(|value| value.decode()).transpose();
				let asked = asked.map_err(|error| unread(&error))?;
				facts.answered &= asked.is_some_and(|one| !matches!(one.grant, Grant::Pending));
			}
		}
		RunState::Working => {
			let head = storage
				.try_fetch(api::storage().training().queue(), (id, run.queue_head))
				.await
				.map_err(|error| unread(&error))?;
			let head = head.map(|value| value.decode()).transpose();
			facts.queued = head
				.map_err(|error| unread(&error))?
				.map(|pending| pending.epoch);
			// The chain's own cursor moves with `advance` alone: what was done since lies between.
			facts.first_open = view
				.first_open(id, run.sweep)
				.await?
				.map(|(_, task)| task.deadline);
			facts.no_trainers = nobody(view, id, Role::Trainer).await?;
			facts.no_users = nobody(view, id, Role::User).await?;
		}
		RunState::Appraising => {
			facts.phase = view.appraisal(id).await?.map(|view| view.appraisal.phase)
		}
		RunState::Settled | RunState::Cancelled => {
			let locked = storage
				.iter(api::storage().training().locks(), (id,))
				.await
				.map_err(|error| unread(&error))?
				.next()
				.await;
			facts.held = run.enrolled > 0 || locked.is_some();
			let retention = view
				.client()
				.constants()
				.entry(api::constants().training().retention_blocks())
				.map_err(|error| unread(&error))?;
			facts.kept_until = match run.state {
				RunState::Settled => run.deadline.saturating_add(retention),
				_ => run.deadline,
			};
		}
		_ => (),
	}
	Ok(facts)
}

/// Runs that are over and need nothing before this block.
type Asleep = HashMap<RunId, u32>;

/// Keeps runs moving, and pays everybody in these pools, until `shutdown`.
pub async fn run(context: Context, pushed: BTreeSet<Pushed>, shutdown: Shutdown) {
	let mut heads = Heads::new(&context, &shutdown);
	let mut jobs = Jobs::new();
	let known = Known::default();
	let mut asleep = Asleep::new();
	let mut members = Watch::new();
	let mut pusher = Pusher::of(pushed);
	tracing::info!(account = %context.account(), "keeping runs moving");
	while let Some(view) = heads.next().await {
		jobs.reap("keeper").await;
		if let Err(failure) = look(&context, &view, &known, &mut asleep, &mut jobs).await {
			tracing::warn!(%failure, block = view.number, "could not look after runs");
		}
		if let Err(failure) = members.look(&context, &view).await {
			tracing::warn!(%failure, block = view.number, "could not look after members");
		}
		if let Err(failure) = pusher.look(&context, &view).await {
			tracing::warn!(%failure, block = view.number, "could not look after pools");
		}
	}
}

async fn look(
	context: &Context,
	view: &View,
	known: &Known,
	asleep: &mut Asleep,
	jobs: &mut Jobs<(RunId, Due)>,
) -> Result<(), Failure> {
	let runs = view.runs().await?;
	let there: HashSet<RunId> = runs.iter().map(|(id, _)| *id).collect();
	asleep.retain(|id, _| there.contains(id));
	let epoch = view.epoch().await?;
	for (id, run) in runs {
		if waits(&run.state, run.deadline, view.number.saturating_add(1)) {
			continue;
		}
		let over = matches!(run.state, RunState::Settled | RunState::Cancelled);
		if over {
			known
				.lock()
				.unwrap_or_else(|poisoned| poisoned.into_inner())
				.remove(&id);
			if asleep.get(&id).is_some_and(|until| view.number < *until) {
				continue;
			}
		}
		let run = view.run(id).await?;
		let facts = facts(view, epoch, id, &run).await?;
		let due = due(&facts);
		if over && due.is_empty() {
			asleep.insert(id, facts.kept_until);
		}
		for due in due {
			if jobs.idle(&(id, due)) {
				jobs.start(
					&(id, due),
					act(context.clone(), known.clone(), view.clone(), id, due),
				);
			}
		}
	}
	Ok(())
}

async fn act(
	context: Context,
	known: Known,
	view: View,
	id: RunId,
	due: Due,
) -> Result<(), Failure> {
	let calls = api::transactions();
	let sent = match due {
		Due::Advance => context.send(&calls.training().advance(id, LIMIT)).await,
		Due::Deal => context.send(&calls.training().deal(id, LIMIT)).await,
		Due::Prune => context.send(&calls.training().prune(id, LIMIT)).await,
		Due::Stream => {
			let run = view.run(id).await?;
			// Whoever was not drawn cannot count it: that is left to the appraisers.
			return match context.inputs.is_gated(&view, &run).await? {
				true => Ok(()),
				false => stream(context, known, view, id).await,
			};
		}
	};
	settle(id, due, sent.map(|_| ()))
}

/// Somebody else was faster, or it was not due yet by the block that it came into.
fn harmless(error: &Error) -> bool {
	[
		"Training.NothingDue",
		"Training.WrongState",
		"Training.SeedPending",
		"Training.TooLate",
		"Training.StillRetained",
		"Training.RunNotFound",
		"Valuation.WrongPhase",
		"Valuation.DigestMismatch",
	]
	.into_iter()
	.any(|name| error.is(name))
}

fn settle(run: RunId, due: Due, sent: Result<(), Error>) -> Result<(), Failure> {
	match sent {
		Ok(()) => tracing::info!(run, ?due, "sent"),
		Err(error) if harmless(&error) => tracing::debug!(run, ?due, %error, "not due any more"),
		Err(error) => return Err(error.into()),
	}
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;

	fn facts() -> Facts {
		Facts {
			now: 100,
			epoch: 5,
			state: RunState::Working,
			deadline: 200,
			stage: Stage::Training,
			draw_epoch: 5,
			round_open: 3,
			round_done: 2,
			answered: false,
			queued: None,
			first_open: Some(150),
			feedback_over: false,
			no_trainers: false,
			no_users: false,
			phase: None,
			held: false,
			kept_until: 1_000,
		}
	}

	fn changed(change: impl FnOnce(&mut Facts)) -> Vec<Due> {
		let mut facts = facts();
		change(&mut facts);
		due(&facts)
	}

	#[test]
	fn a_run_that_is_over_gives_back_at_once_and_is_removed_after_its_retention() {
		for state in [RunState::Settled, RunState::Cancelled] {
			for (held, now, wanted) in [
				(true, 100, vec![Due::Prune]),
				(false, 999, vec![]),
				(false, 1_000, vec![Due::Prune]),
			] {
				let found = changed(|facts| {
					facts.state = state.clone();
					(facts.held, facts.now) = (held, now);
				});
				assert_eq!(found, wanted, "{state:?} {now}");
			}
		}
	}

	#[test]
	fn a_state_ends_with_its_deadline_and_not_before() {
		for state in [
			RunState::Proposed,
			RunState::Enrolling,
			RunState::Working,
			RunState::Challenge,
		] {
			for (deadline, wanted) in [(99, vec![Due::Advance]), (100, vec![])] {
				let found = changed(|facts| {
					facts.state = state.clone();
					facts.deadline = deadline;
				});
				assert_eq!(found, wanted, "{state:?} by {deadline}");
			}
		}
		assert_eq!(
			changed(|facts| {
				facts.state = RunState::Proposed;
				facts.answered = true;
			}),
			[Due::Advance]
		);
		assert_eq!(
			changed(|facts| facts.state = RunState::Settling),
			[Due::Advance]
		);
		assert_eq!(changed(|facts| facts.state = RunState::Settled), []);
		assert_eq!(changed(|facts| facts.state = RunState::Cancelled), []);
	}

	#[test]
	fn a_run_that_is_not_looked_at_needs_nothing() {
		for state in [
			RunState::Proposed,
			RunState::Enrolling,
			RunState::Working,
			RunState::Challenge,
			RunState::Settling,
			RunState::Settled,
		] {
			for deadline in [99, 100, 101] {
				let facts = Facts {
					state: state.clone(),
					deadline,
					..facts()
				};
				if waits(&state, deadline, facts.now) {
					assert_eq!(due(&facts), [], "{state:?} by {deadline}");
				}
			}
		}
		assert!(waits(&RunState::Enrolling, 100, 100));
		assert!(!waits(&RunState::Enrolling, 99, 100));
	}

	#[test]
	fn work_is_dealt_when_its_seed_is_there() {
		let dealing = Stage::Dealing {
			dataset: 0,
			chunk: 0,
		};
		for (stage, draw, queued, wanted) in [
			(dealing.clone(), 5, None, vec![Due::Deal]),
			(dealing.clone(), 6, None, vec![]),
			(dealing, 6, Some(5), vec![Due::Deal]),
			(Stage::Training, 5, None, vec![]),
			(Stage::Aggregating, 5, Some(5), vec![Due::Deal]),
			(Stage::Aggregating, 5, Some(6), vec![]),
			(Stage::Finishing, 5, Some(4), vec![Due::Deal]),
		] {
			let found = changed(|facts| {
				facts.stage = stage.clone();
				facts.draw_epoch = draw;
				facts.queued = queued;
			});
			assert_eq!(found, wanted, "{stage:?} {draw} {queued:?}");
		}
	}

	#[test]
	fn a_round_moves_on_when_nothing_is_open_or_a_task_was_missed() {
		assert_eq!(changed(|facts| facts.round_open = 0), [Due::Advance]);
		assert_eq!(changed(|facts| facts.first_open = Some(99)), [Due::Advance]);
		assert_eq!(changed(|facts| facts.first_open = Some(100)), []);
		assert_eq!(changed(|facts| facts.first_open = None), []);
		assert_eq!(changed(|facts| facts.stage = Stage::Finishing), []);
		for end in [
			(|facts: &mut Facts| facts.stage = Stage::Failed) as fn(&mut Facts),
			|facts| facts.no_trainers = true,
			|facts| (facts.round_open, facts.round_done) = (0, 0),
			|facts| (facts.stage, facts.feedback_over) = (Stage::Finishing, true),
			|facts| (facts.stage, facts.no_users) = (Stage::Finishing, true),
		] {
			assert_eq!(changed(end), [], "a task is open");
			let closed = |facts: &mut Facts| {
				end(facts);
				facts.first_open = None;
			};
			assert_eq!(changed(closed), [Due::Advance]);
		}
		assert_eq!(
			changed(|facts| {
				facts.first_open = Some(99);
				facts.queued = Some(5);
			}),
			[Due::Advance, Due::Deal]
		);
	}

	#[test]
	fn an_appraisal_moves_on_by_its_own_deadlines() {
		let digest = [1; 32];
		let basis = guerdon_valuation::Basis::Scores;
		for (phase, wanted) in [
			(Phase::AwaitingTests { deadline: 100 }, vec![]),
			(Phase::AwaitingTests { deadline: 99 }, vec![Due::Advance]),
			(Phase::Drawing { epoch: 6 }, vec![]),
			(Phase::Drawing { epoch: 5 }, vec![Due::Advance]),
			(Phase::Committing { deadline: 100 }, vec![]),
			(Phase::Committing { deadline: 99 }, vec![Due::Advance]),
			(Phase::Revealing { deadline: 99 }, vec![Due::Advance]),
			(
				Phase::Streaming {
					deadline: 100,
					digest,
				},
				vec![Due::Stream],
			),
			(
				Phase::Streaming {
					deadline: 99,
					digest,
				},
				vec![Due::Advance],
			),
			(
				Phase::Done {
					revealed: true,
					basis: Static(basis),
				},
				vec![Due::Advance],
			),
		] {
			let found = changed(|facts| {
				facts.state = RunState::Appraising;
				facts.phase = Some(phase.clone());
			});
			assert_eq!(found, wanted, "{phase:?}");
		}
	}

	#[test]
	fn being_second_is_no_failure() {
		let failed = |pallet: &str, error: &str| Error::Failed {
			pallet: pallet.into(),
			error: error.into(),
			doc: String::new(),
		};
		assert!(settle(1, Due::Deal, Err(failed("Training", "NothingDue"))).is_ok());
		assert!(settle(1, Due::Stream, Err(failed("Valuation", "WrongPhase"))).is_ok());
		assert!(settle(1, Due::Deal, Err(failed("Training", "NotEnoughAttestors"))).is_err());
	}
}
