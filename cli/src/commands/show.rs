//! `guerdon run show`

use crate::{
	amount::{self, Unit},
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
struct Sides {
	into: Option<u128>,
	out: Option<u128>,
}

impl Sides {
	fn of(books: &RunBooks) -> Self {
		let sum = |parts: &[u128]| {
			parts
				.iter()
				.try_fold(0u128, |sum, part| sum.checked_add(*part))
		};
		Sides {
			into: sum(&[
				books.budget_in,
				books.licence_in,
				books.bond_in,
				books.tip_in,
			]),
			out: sum(&[
				books.paid,
				books.claimable,
				books.escrow,
				books.returned,
				books.released,
			]),
		}
	}

	fn hold(&self) -> bool {
		self.into.is_some() && self.into == self.out
	}
}

/// Both sides of what a run has of what is counted so.
fn books_line(books: &RunBooks, unit: &Unit) -> String {
	let sides = Sides::of(books);
	let sign = match sides.hold() {
		true => "=",
		false => "DIFFERS FROM",
	};
	format!(
		"in {} (budget {}, licences {}, bond {}, tips {}) {sign} paid {} + claimable {} + escrow {} \
		 + returned {} + released {}",
		output::maybe(sides.into, unit),
		unit.format(books.budget_in),
		unit.format(books.licence_in),
		unit.format(books.bond_in),
		unit.format(books.tip_in),
		unit.format(books.paid),
		unit.format(books.claimable),
		unit.format(books.escrow),
		unit.format(books.returned),
		unit.format(books.released),
	)
}

/// The lines of a run, and of what it has in GRD besides where it is paid in an asset.
fn books_lines(found: &RunView, unit: &Unit) -> String {
	let own = books_line(&found.books, unit);
	match &found.grd_books {
		Some(grd) => format!("{own}\n{}", books_line(grd, &Unit::grd())),
		None => own,
	}
}

fn conserved(found: &RunView) -> bool {
	let grd = found.grd_books.as_ref();
	Sides::of(&found.books).hold() && grd.is_none_or(|grd| Sides::of(grd).hold())
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
	let unit = view.units().await?.get(plan.asset);
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
		json["asset"] = json!(plan.asset);
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
		json["grd_books"] = json!(found.grd_books.as_ref().map(books_json));
		json["conserved"] = json!(conserved(&found));
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
			("budget", unit.show(plan.budget)),
		])
		.text();
		let mut data = Rows::new(["dataset", "standing", "records", "used", "licence vested"]);
		for (dataset, kept) in &found.datasets {
			data.add([
				dataset.to_string(),
				words::standing(&kept.standing).into(),
				kept.records.to_string(),
				kept.used.to_string(),
				amount::grd(kept.vested),
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
		parts.push(books_lines(&found, &unit));
		parts.join("\n\n")
	});
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;

	fn books(budget_in: u128, licence_in: u128, paid: u128) -> RunBooks {
		RunBooks {
			budget_in,
			licence_in,
			bond_in: 0,
			tip_in: 0,
			paid,
			claimable: 0,
			escrow: 0,
			returned: 0,
			released: 0,
		}
	}

	#[test]
	fn books_are_shown_in_what_they_are_kept_in() {
		let unit = Unit {
			asset: Some(1),
			symbol: "TUSD".into(),
			decimals: 6,
		};
		let line = books_line(&books(12_500_000, 0, 12_500_000), &unit);
		let told =
			"in 12.5 TUSD (budget 12.5, licences 0, bond 0, tips 0) = paid 12.5 + claimable 0 + \
			escrow 0 + returned 0 + released 0";
		assert_eq!(line, told);
		let line = books_line(&books(12_500_000, 0, 12_500_001), &unit);
		assert!(line.contains(") DIFFERS FROM paid 12.500001 +"), "{line}");
		let line = books_line(&books(u128::MAX, 1, 0), &unit);
		assert!(line.starts_with("in - (budget "), "{line}");
		assert!(
			line.contains("DIFFERS FROM"),
			"what cannot be summed does not hold"
		);
	}
}
