//! Accepted receipts and the tasks that they are for.

use guerdon_receipt as receipt;
use guerdon_runtime_api as api;
use serde::Serialize;

use crate::rpc::convert::{address, hex};

/// What a task asks for.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(
	tag = "kind",
	rename_all = "camelCase",
	rename_all_fields = "camelCase"
)]
pub enum Work {
	/// Train on some records of a dataset.
	Train {
		/// The dataset.
		dataset: u64,
		/// First record, from 0.
		first: u64,
		/// How many records.
		count: u32,
		/// How often each record is used.
		passes: u16,
	},
	/// Label a batch of items.
	Feedback {
		/// Number of the batch within the run, from 0.
		batch: u32,
		/// How many items it has.
		items: u32,
		/// Content root of the items.
		items_root: String,
	},
	/// Average the round's accepted results.
	Aggregate,
}

impl From<receipt::Work> for Work {
	fn from(work: receipt::Work) -> Self {
		match work {
			receipt::Work::Train {
				dataset,
				first,
				count,
				passes,
			} => Self::Train {
				dataset,
				first,
				count,
				passes,
			},
			receipt::Work::Feedback {
				batch,
				items,
				items_root,
			} => Self::Feedback {
				batch,
				items,
				items_root: hex(items_root),
			},
			receipt::Work::Aggregate => Self::Aggregate,
		}
	}
}

/// A member of a task's committee.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Member {
	/// Who was drawn.
	pub account: String,
	/// Whether it signed the receipt.
	pub signed: bool,
}

/// An accepted receipt and its task.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
	/// Its id.
	pub id: String,
	/// The run.
	pub run: u64,
	/// Index of the task within the run.
	pub task: u32,
	/// What was asked.
	pub work: Work,
	/// In which round.
	pub round: u16,
	/// What it is worth.
	pub units: String,
	/// Who did it.
	pub contributor: String,
	/// Who could attest it, in the order drawn.
	pub committee: Vec<Member>,
	/// Epoch whose seed drew contributor and committee.
	pub epoch: u64,
	/// How often the same work was dealt.
	pub attempt: u8,
	/// Content root of the model that the work started from.
	pub base_model: String,
	/// Content root of what the work produced.
	pub result: String,
	/// Correct answers per million on the public validation set, before.
	pub metric_before: u32,
	/// Correct answers per million on the public validation set, after.
	pub metric_after: u32,
	/// Block in which it was accepted.
	pub height: u32,
}

impl From<api::ReceiptView> for Receipt {
	fn from(view: api::ReceiptView) -> Self {
		let api::ReceiptView { receipt, task, .. } = view;
		let committee = task.committee.iter().enumerate();
		Self {
			id: hex(view.id),
			run: view.run,
			task: receipt.task,
			work: task.work.into(),
			round: task.round,
			units: task.units.to_string(),
			contributor: address(&task.contributor),
			committee: committee
				.map(|(seat, account)| Member {
					account: address(account),
					signed: receipt.signers >> seat & 1 == 1,
				})
				.collect(),
			epoch: task.epoch,
			attempt: task.attempt,
			base_model: hex(task.base_model),
			result: hex(receipt.result),
			metric_before: receipt.metric.0,
			metric_after: receipt.metric.1,
			height: receipt.height,
		}
	}
}
