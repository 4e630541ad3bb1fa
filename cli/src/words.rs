//! The chain's enums as words, and its texts as bounded bytes.

use crate::{fail::usage, output};
use anyhow::Result;
use guerdon_client::{
	chain::api::{
		runtime_types::bounded_collections::bounded_vec::BoundedVec, Approval, DatasetStatus,
		Method, Phase, Stage, Standing, State, Subject,
	},
	gated::Access,
};
use guerdon_receipt::{Role, Work};
use guerdon_valuation::Basis;
use serde_json::{json, Value};

/// Text for the chain, no longer than it takes.
pub fn bounded(what: &str, text: &str, most: usize) -> Result<BoundedVec<u8>> {
	if text.len() > most {
		return Err(usage(format!(
			"{what} has {} bytes, the chain takes {most}",
			text.len()
		)));
	}
	Ok(BoundedVec(text.as_bytes().to_vec()))
}

/// Where a daemon is reached, for the chain.
pub fn endpoint(text: &str) -> Result<BoundedVec<u8>> {
	if !text.starts_with("http://") && !text.starts_with("https://") {
		return Err(usage(format!(
			"{text:?} is no endpoint: write it as http://HOST:PORT"
		)));
	}
	bounded("the endpoint", text.trim_end_matches('/'), 128)
}

/// Seconds since 1970 as a date and a time of day, in UTC.
pub fn utc(seconds: u64) -> String {
	let (days, rest) = (seconds / 86_400, seconds % 86_400);
	// Days since 1 March of the year 0, in eras of 400 years: the leap day comes last.
	let days = days + 719_468;
	let (era, day) = (days / 146_097, days % 146_097);
	let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
	let day = day - (365 * year + year / 4 - year / 100);
	let month = (5 * day + 2) / 153;
	let day = day - (153 * month + 2) / 5 + 1;
	let month = if month < 10 { month + 3 } else { month - 9 };
	let year = year + era * 400 + u64::from(month < 3);
	let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
	format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

/// A role in lower case, as in plans and JSON.
pub fn role(role: Role) -> &'static str {
	match role {
		Role::DataProvider => "data-provider",
		Role::Trainer => "trainer",
		Role::User => "user",
		Role::Attestor => "attestor",
		Role::Appraiser => "appraiser",
	}
}

/// A run's state.
pub fn state(state: &State) -> &'static str {
	match state {
		State::Proposed => "proposed",
		State::Enrolling => "enrolling",
		State::Working => "working",
		State::Appraising => "appraising",
		State::Challenge => "challenge",
		State::Settling => "settling",
		State::Settled => "settled",
		State::Cancelled => "cancelled",
	}
}

/// Where a round is.
pub fn stage(stage: &Stage) -> String {
	match stage {
		Stage::Dealing { dataset, chunk } => format!("dealing dataset {dataset} task {chunk}"),
		Stage::Training => "training".into(),
		Stage::Aggregating => "aggregating".into(),
		Stage::Failed => "failed".into(),
		Stage::Finishing => "finishing".into(),
	}
}

/// Where a dataset of a run stands.
pub fn standing(standing: &Standing) -> &'static str {
	match standing {
		Standing::Asked => "asked",
		Standing::Admitted => "admitted",
		Standing::Dropped => "dropped",
	}
}

/// Who may read a dataset's content.
pub fn access(access: Access) -> &'static str {
	match access {
		Access::Open => "open",
		Access::Gated => "gated",
	}
}

/// Whether runs may use a dataset.
pub fn status(status: &DatasetStatus) -> String {
	match status {
		DatasetStatus::Active => "active".into(),
		DatasetStatus::Withdrawn { from } => format!("withdrawn from epoch {from}"),
		DatasetStatus::Contested { by } => format!("contested by dataset {by}"),
	}
}

/// How a run comes to use a dataset.
pub fn approval(approval: &Approval) -> &'static str {
	match approval {
		Approval::Open => "open",
		Approval::ByGrant => "by-grant",
	}
}

/// How data providers' share is divided.
pub fn method(method: &Method) -> &'static str {
	match method {
		Method::ThresholdKnn => "threshold-knn",
		Method::LicencePrice => "licence-price",
	}
}

/// What data providers' weights came from.
pub fn basis(basis: Basis) -> &'static str {
	match basis {
		Basis::Scores => "scores",
		Basis::LicencePrice => "licence-price",
		Basis::RecordsUsed => "records-used",
	}
}

/// Where an appraisal is, and until when.
pub fn phase(phase: &Phase) -> (String, Option<u32>) {
	match phase {
		Phase::AwaitingTests { deadline } => ("awaiting-tests".into(), Some(*deadline)),
		Phase::Drawing { epoch } => (format!("drawing-in-epoch-{epoch}"), None),
		Phase::Committing { deadline } => ("committing".into(), Some(*deadline)),
		Phase::Revealing { deadline } => ("revealing".into(), Some(*deadline)),
		Phase::Streaming { deadline, .. } => ("streaming".into(), Some(*deadline)),
		Phase::Done { .. } => ("done".into(), None),
	}
}

/// Whom or what a contribution is booked on.
pub fn subject(subject: &Subject) -> String {
	match subject {
		Subject::Account(account) => output::address(account),
		Subject::Dataset(dataset) => format!("dataset {dataset}"),
	}
}

/// The same as JSON.
pub fn subject_json(subject: &Subject) -> Value {
	match subject {
		Subject::Account(account) => json!({ "account": output::address(account) }),
		Subject::Dataset(dataset) => json!({ "dataset": dataset }),
	}
}

/// What a task asks for.
pub fn work(work: &Work) -> String {
	match work {
		Work::Train {
			dataset,
			first,
			count,
			passes,
		} => format!(
			"train on records {first}..{} of dataset {dataset}, {passes} passes",
			first.saturating_add(u64::from(*count))
		),
		Work::Feedback { batch, items, .. } => format!("label {items} items of batch {batch}"),
		Work::Aggregate => "average the round's results".into(),
	}
}

/// The bits of a licence's uses, by name.
pub const USES: [(&str, u8); 5] = [
	("train", 1),
	("fine-tune", 2),
	("evaluate", 4),
	("retrieve", 8),
	("index", 16),
];

/// A licence's uses by name.
pub fn uses(bits: u8) -> Vec<&'static str> {
	USES.iter()
		.filter(|(_, bit)| bits & bit != 0)
		.map(|(name, _)| *name)
		.collect()
}

/// Reads a use's name.
pub fn parse_use(text: &str) -> Result<u8, String> {
	let names = || USES.map(|(name, _)| name).join(", ");
	USES.iter()
		.find(|(name, _)| *name == text)
		.map(|(_, bit)| *bit)
		.ok_or_else(|| format!("expected one of {}", names()))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn uses_are_read_as_they_are_written() {
		for (name, bit) in USES {
			assert_eq!(parse_use(name), Ok(bit));
			assert_eq!(uses(bit), [name]);
		}
		assert_eq!(uses(31).len(), 5);
		assert!(parse_use("sell").unwrap_err().contains("train, fine-tune"));
	}

	#[test]
	fn times_are_those_of_the_calendar() {
		// From Python's datetime.
		for (seconds, expected) in [
			(0, "1970-01-01 00:00:00"),
			(951_782_399, "2000-02-28 23:59:59"),
			(951_782_400, "2000-02-29 00:00:00"),
			(951_868_800, "2000-03-01 00:00:00"),
			(1_798_761_599, "2026-12-31 23:59:59"),
			(4_107_542_400, "2100-03-01 00:00:00"),
		] {
			assert_eq!(utc(seconds), expected);
		}
	}

	#[test]
	fn an_endpoint_is_a_url_that_the_chain_takes() {
		assert_eq!(
			endpoint("http://127.0.0.1:9100/").unwrap().0,
			b"http://127.0.0.1:9100"
		);
		assert!(endpoint("127.0.0.1:9100").is_err());
		assert!(endpoint(&format!("http://{}", "x".repeat(122))).is_err());
	}
}
