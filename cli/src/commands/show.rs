//! `guerdon run show`

use crate::{
	amount,
	context::Context,
	output::{self, Rows},
	words,
};
use anyhow::Result;
use guerdon_client::chain::{
	api::{self, Run, RunBooks, RunView, TaskState},
	View,
};
use guerdon_receipt::{Role, Work};
use serde_json::{json, Value};

/// A run as JSON.
pub fn run_json(id: u64, run: &Run) -> Value {
	json!({
		"run": id,
		"sponsor": output::address(&run.sponsor),
		"state": words::state(&run.state),
		"deadline": run.deadline,
		"round": run.round,
		"stage": words::stage(&run.stage),
		"model": output::hex(run.model),
		"accepted": run.accepted,
		"enrolled": run.enrolled,
		"deposit": output::units(run.deposit),
	})
}

fn books_json(books: &RunBooks) -> Value {
	json!({
		"budget_in": output::units(books.budget_in),
		"licence_in": output::units(books.licence_in),
		"bond_in": output::units(books.bond_in),
		"tip_in": output::units(books.tip_in),
		"paid": output::units(books.paid),
		"claimable": output::units(books.claimable),
		"escrow": output::units(books.escrow),
		"returned": output::units(books.returned),
		"released": output::units(books.released),
	})
}

/// What came in and where it is; equal unless something is wrong.
fn books_line(books: &RunBooks) -> (Option<u128>, Option<u128>, String) {
	let sum = |parts: &[u128]| {
		parts
			.iter()
			.try_fold(0u128, |sum, part| sum.checked_add(*part))
	};
	let into = sum(&[
		books.budget_in,
		books.licence_in,
		books.bond_in,
		books.tip_in,
	]);
	let out = sum(&[
		books.paid,
		books.claimable,
		books.escrow,
		books.returned,
		books.released,
	]);
	let sign = if into == out { "=" } else { "DIFFERS FROM" };
	let line = format!(
		"in {} (budget {}, licences {}, bond {}, tips {}) {sign} paid {} + claimable {} + escrow {} \
		 + returned {} + released {}",
		output::maybe(into),
		amount::format(books.budget_in),
		amount::format(books.licence_in),
		amount::format(books.bond_in),
		amount::format(books.tip_in),
		amount::format(books.paid),
		amount::format(books.claimable),
		amount::format(books.escrow),
		amount::format(books.returned),
		amount::format(books.released),
	);
	(into, out, line)
}

fn task_json(index: u32, task: &api::Task) -> Value {
	let (state, receipt) = match &task.state {
		TaskState::Open => ("open", None),
		TaskState::Done { receipt } => ("done", Some(output::hex(receipt))),
		TaskState::Missed => ("missed", None),
		TaskState::Replaced => ("replaced", None),
	};
	let work = match task.work.0 {
		Work::Train {
			dataset,
			first,
			count,
			passes,
		} => json!({
			"train": { "dataset": dataset, "first": first, "count": count, "passes": passes }
		}),
		Work::Feedback {
			batch,
			items,
			items_root,
		} => json!({
			"feedback": { "batch": batch, "items": items, "items_root": output::hex(items_root) }
		}),
		Work::Aggregate => json!("aggregate"),
	};
	json!({
		"task": index,
		"work": work,
		"round": task.round,
		"units": task.units,
		"contributor": output::address(&task.contributor),
		"committee": task.committee.0.iter().map(output::address).collect::<Vec<_>>(),
		"deadline": task.deadline,
		"attempt": task.attempt,
		"replaces": task.replaces,
		"state": state,
		"receipt": receipt,
	})
}

struct Entries(Vec<(Role, Vec<(u32, api::Entry)>)>);

impl Entries {
	async fn read(view: &View, run: u64) -> Result<Self> {
		let mut tables = Vec::new();
		for role in Role::ALL {
			tables.push((role, view.table(run, role).await?));
		}
		Ok(Entries(tables))
	}

	fn json(&self, found: &RunView) -> Value {
		let mut tables = serde_json::Map::new();
		for ((role, entries), (_, table, pool)) in self.0.iter().zip(&found.tables) {
			let entries: Vec<Value> = entries
				.iter()
				.map(|(index, entry)| {
					json!({
						"index": index,
						"subject": words::subject_json(&entry.subject),
						"payee": output::address(&entry.payee),
						"units": entry.units,
						"weight": entry.weight.to_string(),
					})
				})
				.collect();
			let table = json!({
				"closed": table.closed,
				"units": table.units.to_string(),
				"weight": table.weight.to_string(),
				"pool": pool,
				"entries": entries,
			});
			tables.insert(words::role(*role).replace('-', "_"), table);
		}
		tables.into()
	}

	fn rows(&self, found: &RunView) -> String {
		let mut rows = Rows::new(["role", "pool", "index", "who", "units", "weight"]);
		for ((role, entries), (_, _, pool)) in self.0.iter().zip(&found.tables) {
			for (index, entry) in entries {
				rows.add([
					words::role(*role).into(),
					pool.map_or("-".into(), |pool| pool.to_string()),
					index.to_string(),
					words::subject(&entry.subject),
					entry.units.to_string(),
					entry.weight.to_string(),
				]);
			}
		}
		rows.right(&[1, 2, 4, 5]).or("Nothing is booked yet.")
	}
}

/// Runs the command.
pub async fn run(context: &Context, id: u64, with_tasks: bool) -> Result<()> {
	let chain = context.chain().await?;
	let view = context.view(&chain).await?;
	let found = view.run(id).await?;
	let entries = Entries::read(&view, id).await?;
	let tasks = if with_tasks {
		view.tasks(id).await?
	} else {
		Vec::new()
	};
	let (run, plan) = (&found.run, &found.plan);
	let (into, out, line) = books_line(&found.books);
	let left = run.deadline.saturating_sub(view.number);
	let datasets_json = || {
		let rows = found.datasets.iter().map(|(dataset, kept)| {
			json!({
				"dataset": dataset,
				"standing": words::standing(&kept.standing),
				"owner": output::address(&kept.owner),
				"payout": output::address(&kept.payout),
				"records": kept.records,
				"used": kept.used,
				"vested": output::units(kept.vested),
			})
		});
		rows.collect::<Vec<_>>()
	};
	let json = || {
		let mut json = run_json(id, run);
		json["block"] = json!(view.number);
		json["rounds"] = json!(plan.rounds);
		json["revealed"] = json!(run.revealed);
		json["budget"] = output::units(plan.budget);
		json["split_ppm"] = Role::ALL
			.into_iter()
			.zip(plan.split_ppm)
			.map(|(role, ppm)| (words::role(role).replace('-', "_"), json!(ppm)))
			.collect::<serde_json::Map<_, _>>()
			.into();
		json["method"] = json!(words::method(&plan.method));
		json["committee"] = json!({
			"members": plan.committee, "quorum": plan.quorum, "samples": plan.samples
		});
		json["appraisers"] = json!({ "members": plan.appraisers, "quorum": plan.appraiser_quorum });
		json["tasks_dealt"] = json!(run.next_task);
		json["round_tasks"] = json!({
			"done": run.round_done, "open": run.round_open, "planned": run.planned.tasks_per_round
		});
		json["feedback"] = json!({ "posted": run.feedback_posted, "open": run.feedback_open });
		json["endpoint"] = json!(output::text(&plan.endpoint.0));
		json["datasets"] = json!(datasets_json());
		json["tables"] = entries.json(&found);
		json["books"] = books_json(&found.books);
		json["conserved"] = json!(into.is_some() && into == out);
		if with_tasks {
			json["tasks"] = tasks
				.iter()
				.map(|(index, task)| task_json(*index, task))
				.collect();
		}
		json
	};
	context.show(json, || {
		let head = Rows::pairs([
			("run", id.to_string()),
			("sponsor", output::address(&run.sponsor)),
			("state", words::state(&run.state).into()),
			(
				"deadline",
				format!(
					"block {} ({left} blocks from block {})",
					run.deadline, view.number
				),
			),
			(
				"round",
				format!(
					"{} of {}, {}",
					run.round,
					plan.rounds,
					words::stage(&run.stage)
				),
			),
			(
				"this round",
				format!(
					"{} of {} tasks done, {} open",
					run.round_done, run.planned.tasks_per_round, run.round_open
				),
			),
			(
				"feedback",
				format!(
					"{} batches posted, {} open",
					run.feedback_posted, run.feedback_open
				),
			),
			("receipts", format!("{} accepted", run.accepted)),
			("model", output::hex(run.model)),
			("budget", amount::grd(plan.budget)),
		])
		.text();
		let mut data = Rows::new(["dataset", "standing", "records", "used", "licence vested"]);
		for (dataset, kept) in &found.datasets {
			data.add([
				dataset.to_string(),
				words::standing(&kept.standing).into(),
				kept.records.to_string(),
				kept.used.to_string(),
				amount::format(kept.vested),
			]);
		}
		let mut parts = vec![head, data.right(&[0, 2, 3, 4]).text(), entries.rows(&found)];
		if with_tasks {
			let mut rows = Rows::new(["task", "round", "work", "contributor", "deadline", "state"]);
			for (index, task) in &tasks {
				let state = match &task.state {
					TaskState::Open => "open".into(),
					TaskState::Done { receipt } => format!("done {}", output::short(receipt)),
					TaskState::Missed => "missed".into(),
					TaskState::Replaced => "replaced".into(),
				};
				rows.add([
					index.to_string(),
					task.round.to_string(),
					words::work(&task.work.0),
					output::address(&task.contributor),
					task.deadline.to_string(),
					state,
				]);
			}
			parts.push(rows.right(&[0, 1, 4]).or("No task is dealt yet."));
		}
		parts.push(line.clone());
		parts.join("\n\n")
	});
	Ok(())
}
