//! What the signer owes, in words, and a warning before each deadline.

use super::{Context, Failure, Heads, Shutdown};
use crate::{
	amount::Asset,
	chain::{
		api::{Action, Duty, IfMissed},
		Error, View,
	},
};
use std::collections::HashSet;

/// How often the chain is asked, in blocks: often enough for the shortest window.
const EVERY: u32 = 5;

/// How many blocks before its deadline something is warned of.
const WARN: u32 = 30;

/// What has to be done.
pub fn what(action: &Action) -> String {
	match action {
		Action::Publish { commitment } => {
			format!(
				"publish what was announced as 0x{}",
				hex::encode(commitment)
			)
		}
		Action::AnswerRequest { run, dataset } => {
			format!("answer run {run}, which asks for dataset {dataset}")
		}
		Action::ServeDataset { run, dataset } => {
			format!("serve dataset {dataset} to run {run}")
		}
		Action::ServeRun { run } => format!("serve program, models and sets of run {run}"),
		Action::PostFeedback { run, batch } => {
			format!("post feedback batch {batch} of run {run}")
		}
		Action::RevealTests { run } => format!("reveal the test set of run {run}"),
		Action::Deliver { run, task } => format!("deliver task {task} of run {run}"),
		Action::Attest { run, task } => {
			format!("judge the receipt of task {task} of run {run} when asked")
		}
		Action::Commit { run } => format!("count run {run} and commit"),
		Action::Reveal { run } => format!("reveal what was counted for run {run}"),
		Action::AnswerUnlearning { run, dataset } => {
			format!("answer whether the model of run {run} unlearns dataset {dataset}")
		}
		Action::Stream { run } => format!("see the counts of run {run} brought on chain"),
	}
}

/// Which command does it.
pub fn command(action: &Action) -> String {
	match action {
		Action::Publish { .. } => "guerdon dataset publish".into(),
		Action::AnswerRequest { run, dataset } => {
			format!("guerdon dataset grant {dataset} --run {run}, or revoke")
		}
		Action::ServeDataset { .. } => "guerdon serve".into(),
		Action::ServeRun { .. } | Action::PostFeedback { .. } | Action::RevealTests { .. } => {
			"guerdon serve --role sponsor".into()
		}
		Action::Deliver { .. } => "guerdon work".into(),
		Action::AnswerUnlearning { run, dataset } => {
			format!("guerdon run unlearn {run} --dataset {dataset}")
		}
		Action::Attest { .. } => "guerdon serve --role attestor".into(),
		Action::Commit { .. } | Action::Reveal { .. } => "guerdon serve --role appraiser".into(),
		Action::Stream { .. } => "guerdon serve --role keeper".into(),
	}
}

/// What happens to whoever does not do it, besides losing what is at stake.
pub fn consequence(missed: &IfMissed) -> &'static str {
	match missed {
		IfMissed::PriorityLost => "whoever announced in between comes first",
		IfMissed::DatasetDropped => "the run goes on without the dataset",
		IfMissed::WorkUndone => "work is missed, and what is not done is not paid",
		IfMissed::NotPaid => "not paid, and somebody else gets the work",
		IfMissed::LicencePricesDecide => "licence prices divide the data providers' share",
		IfMissed::Overdue => "it is public that nobody answered",
	}
}

/// What is at stake is counted in: a sponsor's bond in what its run is paid in, all else in GRD.
///
/// # Errors
/// Those of reading the chain.
pub async fn staked_in(view: &View, duty: &Duty) -> Result<Asset, Error> {
	match duty.action {
		Action::RevealTests { run } => Ok(view.run(run).await?.plan.asset),
		_ => Ok(None),
	}
}

/// Whether it is time to warn of a duty. What lasts as long as a state does is no surprise.
fn is_urgent(duty: &Duty, now: u32) -> bool {
	let lasts = matches!(
		duty.action,
		Action::ServeDataset { .. } | Action::ServeRun { .. } | Action::Attest { .. }
	);
	!lasts && duty.deadline.saturating_sub(now) <= WARN
}

/// Warns of what the signer owes before it is too late, once each, until `shutdown`. What the roles
/// of this daemon do by themselves is done before that, unless something is in their way.
pub async fn watch(context: Context, shutdown: Shutdown) {
	let mut heads = Heads::new(&context, &shutdown);
	let mut warned = HashSet::new();
	let mut asked = None;
	while let Some(view) = heads.next().await {
		if asked.is_some_and(|at: u32| view.number.abs_diff(at) < EVERY) {
			continue;
		}
		asked = Some(view.number);
		if let Err(failure) = look(&context, &view, &mut warned).await {
			tracing::debug!(%failure, block = view.number, "could not read what is owed");
		}
	}
}

async fn look(context: &Context, view: &View, warned: &mut HashSet<String>) -> Result<(), Failure> {
	let duties = view.duties(&context.account()).await?;
	let owed: HashSet<String> = duties.iter().map(|duty| what(&duty.action)).collect();
	warned.retain(|words| owed.contains(words));
	for duty in duties.iter().filter(|duty| is_urgent(duty, view.number)) {
		let words = what(&duty.action);
		if !warned.contains(&words) {
			let asset = staked_in(view, duty).await?;
			let at_stake = view.units().await?.show(asset, duty.at_stake);
			warned.insert(words.clone());
			tracing::warn!(
				deadline = duty.deadline,
				blocks_left = duty.deadline.saturating_sub(view.number),
				%at_stake,
				otherwise = consequence(&duty.if_missed),
				do_it_with = command(&duty.action),
				"not done yet: {words}"
			);
		}
	}
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;

	fn duty(action: Action, deadline: u32) -> Duty {
		Duty {
			action,
			deadline,
			at_stake: 0,
			if_missed: IfMissed::NotPaid,
		}
	}

	#[test]
	fn what_can_still_be_missed_is_warned_of_shortly_before() {
		let deliver = duty(Action::Deliver { run: 1, task: 2 }, 100);
		for (now, urgent) in [
			(0, false),
			(69, false),
			(70, true),
			(100, true),
			(101, true),
		] {
			assert_eq!(is_urgent(&deliver, now), urgent, "{now}");
		}
		for lasting in [
			Action::ServeRun { run: 1 },
			Action::ServeDataset { run: 1, dataset: 2 },
			Action::Attest { run: 1, task: 2 },
		] {
			assert!(!is_urgent(&duty(lasting, 100), 99));
		}
	}
}
