//! `guerdon valuation …`

use super::explain::score;
use crate::{
	context::Context,
	fail::refused,
	output::{self, Rows},
	words,
};
use anyhow::{Context as _, Result};
use clap::Subcommand;
use guerdon_client::chain::api::{AppraisalView, Phase};
use guerdon_receipt::Role;
use guerdon_valuation::{Item, Scores};
use serde_json::json;

/// What can be done with valuations.
#[derive(Subcommand)]
pub enum Command {
	/// Show where a run's appraisal stands and what it came to.
	Show {
		/// The run's number.
		run: u64,
	},
	/// Count again from the revealed inputs and compare with what was accepted.
	Verify {
		/// The run's number.
		run: u64,
	},
}

/// Runs a command.
pub async fn run(context: &Context, command: Command) -> Result<()> {
	match command {
		Command::Show { run } => show(context, run).await,
		Command::Verify { run } => verify(context, run).await,
	}
}

async fn appraisal(view: &guerdon_client::chain::View, run: u64) -> Result<AppraisalView> {
	let found = view.appraisal(run).await?;
	found.with_context(|| format!("the appraisal of run {run} has not begun"))
}

async fn show(context: &Context, run: u64) -> Result<()> {
	let chain = context.chain().await?;
	let view = context.view(&chain).await?;
	let found = appraisal(&view, run).await?;
	let table = view.table(run, Role::DataProvider).await?;
	let (phase, deadline) = words::phase(&found.appraisal.phase);
	let (revealed, basis) = match &found.appraisal.phase {
		Phase::Done { revealed, basis } => (Some(*revealed), Some(words::basis(basis.0))),
		_ => (None, None),
	};
	let digest_of = |who: &guerdon_client::chain::AccountId| {
		found
			.commitments
			.iter()
			.find(|(account, _)| account == who)
			.map(|(_, digest)| *digest)
	};
	context.show(
		|| {
			json!({
				"run": run,
				"method": words::method(&found.appraisal.method),
				"phase": phase,
				"deadline": deadline,
				"revealed": revealed,
				"basis": basis,
				"tests": found.appraisal.tests.as_ref().map(|tests| output::hex(tests.root)),
				"quorum": found.appraisal.quorum,
				"draws": found.appraisal.draws,
				"appraisers": found.appraisal.appraisers.0.iter().map(|who| json!({
					"account": output::address(who),
					"committed": digest_of(who).is_some(),
					"digest": digest_of(who).flatten().map(output::hex),
				})).collect::<Vec<_>>(),
				"digest": found.digest.map(output::hex),
				"scores": found.scores.iter().map(|score| json!({
					"dataset": score.dataset,
					"score": score.score.to_string(),
				})).collect::<Vec<_>>(),
				"weights": table.iter().map(|(_, entry)| json!({
					"subject": words::subject_json(&entry.subject),
					"units": entry.units,
					"weight": entry.weight.to_string(),
				})).collect::<Vec<_>>(),
			})
		},
		|| {
			let mut rows = Rows::pairs([
				("run", run.to_string()),
				("method", words::method(&found.appraisal.method).into()),
				(
					"phase",
					deadline.map_or(phase.clone(), |until| {
						format!("{phase} until block {until}")
					}),
				),
				("basis", basis.unwrap_or("-").into()),
				("digest", found.digest.map_or("-".into(), output::hex)),
			]);
			for who in &found.appraisal.appraisers.0 {
				// Commitments are removed once the weights are final.
				let did = match digest_of(who) {
					None if basis.is_some() => "was drawn".into(),
					None => "has not committed".into(),
					Some(None) => "committed".into(),
					Some(Some(digest)) => format!("revealed {}", output::short(digest)),
				};
				rows.add([
					"appraiser".into(),
					format!("{} {did}", output::address(who)),
				]);
			}
			let mut scores = Rows::new(["dataset", "score", "records used", "weight"]);
			for (_, entry) in &table {
				let subject = words::subject(&entry.subject);
				let own = found
					.scores
					.iter()
					.find(|score| subject == format!("dataset {}", score.dataset))
					.map_or("-".into(), |found| score(found.score));
				scores.add([
					subject,
					own,
					entry.units.to_string(),
					entry.weight.to_string(),
				]);
			}
			let scores = scores.right(&[1, 2, 3]).or("No record was used.");
			format!("{}\n\n{scores}", rows.text())
		},
	);
	Ok(())
}

async fn verify(context: &Context, run: u64) -> Result<()> {
	let chain = context.chain().await?;
	let view = context.view(&chain).await?;
	let found = appraisal(&view, run).await?;
	let accepted = found
		.digest
		.with_context(|| format!("no appraisal of run {run} is accepted: nothing to compare"))?;
	let run_view = view.run(run).await?;
	let inputs = context.inputs(&chain)?;
	context.say("Fetching the inputs and counting again.");
	let counted = inputs
		.appraise(&view, run, &run_view)
		.await
		.context("the inputs cannot be had: datasets, test set, answers")?;
	let mut scores = Scores::new(run_view.plan.features.classes())
		.map_err(|error| anyhow::anyhow!("{error:?}"))?;
	for item in &counted.items {
		if let Item::Point(counts) = item {
			scores
				.add(counts)
				.map_err(|error| anyhow::anyhow!("{error:?}"))?;
		}
	}
	let on_chain: Vec<_> = found
		.scores
		.iter()
		.map(|score| (score.dataset, score.score))
		.collect();
	let here: Vec<_> = scores
		.totals()
		.iter()
		.map(|score| (score.dataset, score.score))
		.collect();
	let same_digest = counted.digest == accepted;
	// Scores are on chain once the counts were streamed.
	let same_scores = on_chain.is_empty() || on_chain == here;
	context.show(
		|| {
			json!({
				"run": run,
				"accepted": output::hex(accepted),
				"counted": output::hex(counted.digest),
				"same_digest": same_digest,
				"same_scores": same_scores,
				"points": counted.header.points,
				"tau2": counted.header.tau2,
				"rho2": counted.header.rho2,
				"datasets": counted.kept.iter().map(|(dataset, used, kept)| json!({
					"dataset": dataset,
					"records_used": used,
					"records_kept": kept,
					"score": scores.get(*dataset).to_string(),
				})).collect::<Vec<_>>(),
			})
		},
		|| {
			let head = Rows::pairs([
				("accepted", output::hex(accepted)),
				("counted here", output::hex(counted.digest)),
				("test points", counted.header.points.to_string()),
				("radius²", counted.header.tau2.to_string()),
				("exclusion²", counted.header.rho2.to_string()),
			])
			.text();
			let mut rows = Rows::new(["dataset", "records used", "kept", "score"]);
			for (dataset, used, kept) in &counted.kept {
				rows.add([
					dataset.to_string(),
					used.to_string(),
					kept.to_string(),
					score(scores.get(*dataset)),
				]);
			}
			format!("{head}\n\n{}", rows.right(&[0, 1, 2, 3]).text())
		},
	);
	if same_digest && same_scores {
		context.say("The same, bit for bit.");
		Ok(())
	} else {
		Err(refused(format!(
			"the accepted appraisal of run {run} is not what its inputs give"
		)))
	}
}
