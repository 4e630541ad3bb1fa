//! What an account owes.

use guerdon_runtime_api as api;
use serde::Serialize;

use crate::rpc::convert::{duty_cursor, hex};

/// What an account has to do.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(tag = "action", rename_all = "camelCase")]
pub enum Action {
	/// Open an announcement.
	Publish {
		/// What was announced.
		commitment: String,
	},
	/// Grant or decline what a run asked for.
	AnswerRequest {
		/// The run.
		run: u64,
		/// The dataset.
		dataset: u64,
	},
	/// Serve a dataset.
	ServeDataset {
		/// The run.
		run: u64,
		/// The dataset.
		dataset: u64,
	},
	/// Serve what belongs to a run.
	ServeRun {
		/// The run.
		run: u64,
	},
	/// Post items for users to label.
	PostFeedback {
		/// The run.
		run: u64,
		/// Number of the batch.
		batch: u32,
	},
	/// Show the test set.
	RevealTests {
		/// The run.
		run: u64,
	},
	/// Have a task's receipt accepted.
	Deliver {
		/// The run.
		run: u64,
		/// The task.
		task: u32,
	},
	/// Judge the receipt of a task.
	Attest {
		/// The run.
		run: u64,
		/// The task.
		task: u32,
	},
	/// Commit to an appraisal.
	Commit {
		/// The run.
		run: u64,
	},
	/// Reveal an appraisal.
	Reveal {
		/// The run.
		run: u64,
	},
	/// Say whether the model unlearns a dataset.
	AnswerUnlearning {
		/// The run.
		run: u64,
		/// The dataset.
		dataset: u64,
	},
	/// Bring the accepted counts on chain.
	Stream {
		/// The run.
		run: u64,
	},
}

impl From<api::Action> for Action {
	fn from(action: api::Action) -> Self {
		match action {
			api::Action::Publish { commitment } => Self::Publish {
				commitment: hex(commitment),
			},
			api::Action::AnswerRequest { run, dataset } => Self::AnswerRequest { run, dataset },
			api::Action::ServeDataset { run, dataset } => Self::ServeDataset { run, dataset },
			api::Action::ServeRun { run } => Self::ServeRun { run },
			api::Action::PostFeedback { run, batch } => Self::PostFeedback { run, batch },
			api::Action::RevealTests { run } => Self::RevealTests { run },
			api::Action::Deliver { run, task } => Self::Deliver { run, task },
			api::Action::Attest { run, task } => Self::Attest { run, task },
			api::Action::Commit { run } => Self::Commit { run },
			api::Action::Reveal { run } => Self::Reveal { run },
			api::Action::AnswerUnlearning { run, dataset } => {
				Self::AnswerUnlearning { run, dataset }
			}
			api::Action::Stream { run } => Self::Stream { run },
		}
	}
}

/// What happens besides when an account does not do it.
#[derive(Serialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub enum IfMissed {
	/// Whoever announced in between comes first.
	PriorityLost,
	/// The run goes on without the dataset.
	DatasetDropped,
	/// Work is missed, by others too.
	WorkUndone,
	/// It is not paid for this.
	NotPaid,
	/// Licence prices divide the data providers' share.
	LicencePricesDecide,
	/// It is public that nobody answered.
	Overdue,
}

impl From<api::IfMissed> for IfMissed {
	fn from(missed: api::IfMissed) -> Self {
		match missed {
			api::IfMissed::PriorityLost => Self::PriorityLost,
			api::IfMissed::DatasetDropped => Self::DatasetDropped,
			api::IfMissed::WorkUndone => Self::WorkUndone,
			api::IfMissed::NotPaid => Self::NotPaid,
			api::IfMissed::LicencePricesDecide => Self::LicencePricesDecide,
			api::IfMissed::Overdue => Self::Overdue,
		}
	}
}

/// Something that an account owes.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Duty {
	/// What it is.
	#[serde(flatten)]
	pub action: Action,
	/// The last block for it.
	pub deadline: u32,
	/// What the account loses if it does nothing.
	pub at_stake: String,
	/// What else happens then.
	pub if_missed: IfMissed,
}

impl From<api::Duty> for Duty {
	fn from(duty: api::Duty) -> Self {
		Self {
			action: duty.action.into(),
			deadline: duty.deadline,
			at_stake: duty.at_stake.to_string(),
			if_missed: duty.if_missed.into(),
		}
	}
}

impl From<api::Page<api::Duty, api::DutyCursor>> for super::Page<Duty> {
	fn from(page: api::Page<api::Duty, api::DutyCursor>) -> Self {
		Self {
			items: page.items.into_iter().map(Into::into).collect(),
			next: page.next.map(duty_cursor),
		}
	}
}
