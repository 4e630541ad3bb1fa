//! Requests to unlearn a dataset.

use guerdon_runtime_api as api;
use pallet_datasets as datasets;
use serde::Serialize;

use crate::rpc::convert::{address, hex, text};

/// What the sponsor said.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum UnlearningAnswer {
	/// There is a model without the dataset.
	Model {
		/// Its content root.
		root: String,
		/// The block of the answer.
		at: u32,
	},
	/// There is none.
	Reason {
		/// Why, in the sponsor's words.
		reason: String,
		/// The block of the answer.
		at: u32,
	},
}

/// A request that a run's model unlearn a dataset.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Unlearning {
	/// The run that used the dataset.
	pub run: u64,
	/// Who asks.
	pub owner: String,
	/// Who is to answer.
	pub sponsor: String,
	/// Content root of the dataset.
	pub root: String,
	/// Last block in which an answer is in time.
	pub deadline: u32,
	/// What is held for it.
	pub deposit: String,
	/// `pending`, `overdue`, `answered` or `answeredLate`.
	pub state: &'static str,
	/// What the sponsor said; null until it does.
	pub answer: Option<UnlearningAnswer>,
}

impl From<api::UnlearningView> for Unlearning {
	fn from(view: api::UnlearningView) -> Self {
		let request = view.request;
		Self {
			run: view.run,
			owner: address(&request.owner),
			sponsor: address(&request.sponsor),
			root: hex(request.root),
			deadline: request.deadline,
			deposit: request.deposit.to_string(),
			state: match view.state {
				datasets::UnlearningState::Pending => "pending",
				datasets::UnlearningState::Overdue => "overdue",
				datasets::UnlearningState::Answered { late: false } => "answered",
				datasets::UnlearningState::Answered { late: true } => "answeredLate",
			},
			answer: request
				.answer
				.map(|datasets::Answered { answer, at }| match answer {
					datasets::Answer::Model(root) => UnlearningAnswer::Model {
						root: hex(root),
						at,
					},
					datasets::Answer::Reason(reason) => UnlearningAnswer::Reason {
						reason: text(&reason),
						at,
					},
				}),
		}
	}
}
