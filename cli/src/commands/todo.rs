//! `guerdon todo`: what an account owes.

use crate::{
	amount::{Asset, Sums},
	context::Context,
	output::{self, Rows},
};
use anyhow::Result;
use clap::Args as ClapArgs;
use guerdon_client::{
	chain::{
		api::{Action, Duty, IfMissed},
		Units,
	},
	roles::duties::{command, consequence, staked_in, what},
};
use serde_json::{json, Value};

/// How long a block takes, in seconds, if none is left out.
const SECONDS_PER_BLOCK: u32 = 2;

/// Lists what an account has to do, by when, and what missing it costs.
#[derive(ClapArgs, Clone, Debug)]
pub struct Args {
	/// Whose [default: the signer's].
	#[arg(long)]
	account: Option<String>,
}

/// Runs the command.
pub async fn run(context: &Context, args: Args) -> Result<()> {
	let account = context.account(args.account.as_deref())?;
	let chain = context.chain().await?;
	let view = context.view(&chain).await?;
	let mut duties = view.duties(&account).await?;
	duties.sort_by_key(|duty| duty.deadline);
	let units = view.units().await?;
	let mut owed = Vec::new();
	for duty in duties {
		let asset = staked_in(&view, &duty).await?;
		owed.push((duty, asset));
	}
	let found = view.account(&account).await?;
	let assets = found.assets.iter();
	let assets = assets.map(|one| (Some(one.asset), one.claimable));
	let claimable = Sums::over([(None, found.claimable)].into_iter().chain(assets));
	let claimable = claimable.map_err(anyhow::Error::msg)?;
	context.show(
		|| {
			json!({
				"account": output::address(&account),
				"block": view.number,
				"duties": owed.iter().map(|(duty, asset)| duty_json(duty, *asset)).collect::<Vec<_>>(),
				"claimable": output::units(claimable.of(None)),
				"claimable_in": output::sums(&claimable),
			})
		},
		|| table(&owed, view.number, &units),
	);
	if !claimable.is_empty() {
		context.say(format!(
			"{} can be claimed: guerdon credits claim",
			units.sums(&claimable)
		));
	}
	Ok(())
}

fn table(duties: &[(Duty, Asset)], now: u32, units: &Units) -> String {
	let mut rows = Rows::new(["what", "last block", "in", "at stake", "otherwise", "with"]);
	for (duty, asset) in duties {
		rows.add([
			what(&duty.action),
			duty.deadline.to_string(),
			left(duty.deadline.saturating_sub(now)),
			match duty.at_stake {
				0 => "-".into(),
				at_stake => units.show(*asset, at_stake),
			},
			consequence(&duty.if_missed).into(),
			command(&duty.action),
		]);
	}
	rows.right(&[1, 2, 3]).or("nothing to do")
}

/// How long so many blocks take, in the largest whole unit.
fn left(blocks: u32) -> String {
	let seconds = blocks.saturating_mul(SECONDS_PER_BLOCK);
	match seconds {
		0..120 => format!("{seconds} s"),
		120..7_200 => format!("{} min", seconds / 60),
		7_200..172_800 => format!("{} h", seconds / 3_600),
		_ => format!("{} days", seconds / 86_400),
	}
}

fn duty_json(duty: &Duty, asset: Asset) -> Value {
	let (name, run, of) = match &duty.action {
		Action::Publish { commitment } => (
			"publish",
			None,
			Some(("commitment", json!(output::hex(commitment)))),
		),
		Action::AnswerRequest { run, dataset } => (
			"answer_request",
			Some(*run),
			Some(("dataset", json!(dataset))),
		),
		Action::ServeDataset { run, dataset } => (
			"serve_dataset",
			Some(*run),
			Some(("dataset", json!(dataset))),
		),
		Action::ServeRun { run } => ("serve_run", Some(*run), None),
		Action::PostFeedback { run, batch } => {
			("post_feedback", Some(*run), Some(("batch", json!(batch))))
		}
		Action::RevealTests { run } => ("reveal_tests", Some(*run), None),
		Action::Deliver { run, task } => ("deliver", Some(*run), Some(("task", json!(task)))),
		Action::Attest { run, task } => ("attest", Some(*run), Some(("task", json!(task)))),
		Action::Commit { run } => ("commit", Some(*run), None),
		Action::Reveal { run } => ("reveal", Some(*run), None),
		Action::AnswerUnlearning { run, dataset } => (
			"answer_unlearning",
			Some(*run),
			Some(("dataset", json!(dataset))),
		),
		Action::Stream { run } => ("stream", Some(*run), None),
	};
	let mut found = json!({
		"action": name,
		"run": run,
		"deadline": duty.deadline,
		"at_stake": output::units(duty.at_stake),
		"asset": asset,
		"if_missed": match duty.if_missed {
			IfMissed::PriorityLost => "priority_lost",
			IfMissed::DatasetDropped => "dataset_dropped",
			IfMissed::WorkUndone => "work_undone",
			IfMissed::NotPaid => "not_paid",
			IfMissed::LicencePricesDecide => "licence_prices_decide",
			IfMissed::Overdue => "overdue",
		},
		"words": what(&duty.action),
	});
	if let (Some(map), Some((name, value))) = (found.as_object_mut(), of) {
		map.insert(name.into(), value);
	}
	found
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn time_is_told_in_the_largest_whole_unit() {
		for (blocks, words) in [
			(0, "0 s"),
			(59, "118 s"),
			(60, "2 min"),
			(3_599, "119 min"),
			(3_600, "2 h"),
			(86_400, "2 days"),
			(u32::MAX, "49710 days"),
		] {
			assert_eq!(left(blocks), words);
		}
	}

	#[test]
	fn whoever_owes_nothing_is_told_so() {
		assert_eq!(table(&[], 5, &Units::of(&[])), "nothing to do");
	}

	#[test]
	fn a_duty_is_shown_with_its_cost_and_its_command() {
		let duty = Duty {
			action: Action::RevealTests { run: 3 },
			deadline: 105,
			at_stake: 7_000_000_000_000,
			if_missed: IfMissed::LicencePricesDecide,
		};
		let units = Units::of(&[]);
		let text = table(&[(duty.clone(), None)], 100, &units);
		let dollars = table(&[(duty.clone(), Some(1))], 100, &units);
		assert!(dollars.contains("7000000000000 asset-1"), "{dollars}");
		for part in [
			"reveal the test set of run 3",
			"105",
			"10 s",
			"7 GRD",
			"guerdon serve --role sponsor",
		] {
			assert!(text.contains(part), "{part} is not in {text}");
		}
		let found = duty_json(&duty, Some(1));
		assert_eq!(found["asset"], 1);
		assert_eq!(found["action"], "reveal_tests");
		assert_eq!(found["run"], 3);
		assert_eq!(found["at_stake"], "7000000000000");
	}
}
