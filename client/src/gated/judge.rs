//! Who gets which keys. Pure: everything that is looked at is given.

use super::{
	facts::{Appraising, DatasetFacts, Facts, RunFacts, TaskFacts},
	request::{KeyRequest, Purpose},
	Access,
};
use crate::chain::api::State;
use axum::http::StatusCode;
use guerdon_receipt::{AccountBytes, Digest, Work};
use std::collections::{BTreeMap, HashSet};

/// Finalized blocks for which a request holds.
pub(super) const LIFETIME: u32 = 64;

/// What a request is given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Scope {
	/// The segments that these records lie in.
	Records { first: u64, count: u64 },
	/// All of them.
	Whole,
}

/// Why a request is given nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Denied(pub(super) StatusCode, pub(super) String);

pub(super) fn denied<T>(status: StatusCode, why: impl Into<String>) -> Result<T, Denied> {
	Err(Denied(status, why.into()))
}

/// It makes sense to ask again soon.
pub(super) const LATER: StatusCode = StatusCode::TOO_EARLY;
const STRANGER: StatusCode = StatusCode::FORBIDDEN;

/// Whether a request is recent by the chain.
fn check_time(request: &KeyRequest, facts: &Facts) -> Result<(), Denied> {
	let (block, now) = (request.block, facts.now);
	if block > now {
		return denied(
			LATER,
			format!("block {block} is not final here yet, block {now} is: ask again"),
		);
	}
	if block.saturating_add(LIFETIME) < now {
		return denied(
			StatusCode::BAD_REQUEST,
			format!(
				"the request names block {block} and holds for {LIFETIME} blocks, and block {now} is \
				 final: sign a new one that names a recent finalized block"
			),
		);
	}
	if facts.named != Some(request.block_hash) {
		return denied(
			StatusCode::BAD_REQUEST,
			format!("block {block} has another hash on this chain: ask a node that is in step"),
		);
	}
	Ok(())
}

/// What the chain lets a request have, of a dataset that `me` published.
pub(super) fn judge(
	request: &KeyRequest,
	facts: &Facts,
	me: &AccountBytes,
) -> Result<(Scope, DatasetFacts), Denied> {
	check_time(request, facts)?;
	let (dataset, run) = (request.dataset, request.run);
	let owned = facts.dataset.as_ref();
	let owned = owned.filter(|facts| facts.owner == *me && facts.access == Access::Gated);
	let Some(owned) = owned else {
		return denied(
			StatusCode::NOT_FOUND,
			format!("dataset {dataset} is no gated dataset of this publisher"),
		);
	};
	let Some(facts) = &facts.run else {
		return denied(LATER, format!("run {run} is not final yet: ask again"));
	};
	if !facts.admitted {
		return denied(
			STRANGER,
			format!("run {run} has no grant for dataset {dataset}"),
		);
	}
	let scope = match request.purpose {
		Purpose::Task(index) => {
			if facts.state != State::Working {
				return denied(STRANGER, format!("run {run} is not at work"));
			}
			let Some(task) = &facts.task else {
				return denied(
					LATER,
					format!("task {index} of run {run} is not final yet: ask again"),
				);
			};
			task_scope(request, task)?
		}
		Purpose::Appraisal => {
			appraisal_scope(request, facts)?;
			Scope::Whole
		}
	};
	Ok((scope, owned.clone()))
}

fn task_scope(request: &KeyRequest, task: &TaskFacts) -> Result<Scope, Denied> {
	let who = request.requester;
	let Work::Train {
		dataset,
		first,
		count,
		..
	} = task.work
	else {
		return denied(STRANGER, "the task trains on no dataset");
	};
	if dataset != request.dataset {
		return denied(
			STRANGER,
			format!(
				"the task is on dataset {dataset}, not on {}",
				request.dataset
			),
		);
	}
	if task.contributor != who && !task.committee.contains(&who) {
		return denied(
			STRANGER,
			"the task is neither dealt to this account, nor is it in the task's committee",
		);
	}
	if !task.open {
		return denied(STRANGER, "the task is over");
	}
	Ok(Scope::Records {
		first,
		count: count.into(),
	})
}

fn appraisal_scope(request: &KeyRequest, facts: &RunFacts) -> Result<(), Denied> {
	let (run, dataset) = (request.run, request.dataset);
	if facts.state != State::Appraising {
		return denied(STRANGER, format!("run {run} is not being appraised"));
	}
	let drawn = match &facts.appraising {
		Appraising::By(drawn) => drawn,
		Appraising::NotYet => {
			return denied(
				LATER,
				format!("the appraisers of run {run} are not drawn yet: ask again"),
			)
		}
		Appraising::Over => return denied(STRANGER, format!("the appraisal of run {run} is over")),
	};
	if !drawn.contains(&request.requester) {
		return denied(
			STRANGER,
			format!("this account is not drawn to appraise run {run}"),
		);
	}
	if facts.used == 0 {
		return denied(
			STRANGER,
			format!("no accepted task of run {run} used dataset {dataset}"),
		);
	}
	Ok(())
}

/// What was answered in the last [`LIFETIME`] blocks.
#[derive(Default)]
pub(super) struct Recent(BTreeMap<u32, HashSet<(AccountBytes, Digest)>>);

impl Recent {
	/// Notes an answer at a block, unless it was given before or the account had too many.
	pub(super) fn note(
		&mut self,
		request: &KeyRequest,
		now: u32,
		most: usize,
	) -> Result<(), Denied> {
		self.0
			.retain(|block, _| block.saturating_add(LIFETIME) >= now);
		let who = request.requester;
		let answers = self.0.values().flatten();
		let mine: Vec<_> = answers.filter(|(account, _)| *account == who).collect();
		let answer = (who, request.reply_to);
		if mine.contains(&&answer) {
			return denied(
				StatusCode::CONFLICT,
				"this request was answered before: sign a new one, with a new key to reply to",
			);
		}
		if mine.len() >= most {
			return denied(
				StatusCode::TOO_MANY_REQUESTS,
				format!("this account was answered {most} times in {LIFETIME} blocks: ask later"),
			);
		}
		// By what the request names: it can be sent again as long as that is recent.
		self.0.entry(request.block).or_default().insert(answer);
		Ok(())
	}
}

#[cfg(test)]
mod tests {
	use super::{super::request::fixtures, *};

	const ME: AccountBytes = [1; 32];
	const TRAINER: AccountBytes = [2; 32];
	const ATTESTOR: AccountBytes = [3; 32];
	const APPRAISER: AccountBytes = [4; 32];
	const STRANGER: AccountBytes = [9; 32];

	fn task() -> TaskFacts {
		TaskFacts {
			work: Work::Train {
				dataset: 2,
				first: 10,
				count: 20,
				passes: 1,
			},
			contributor: TRAINER,
			committee: vec![ATTESTOR],
			open: true,
		}
	}

	fn working() -> Facts {
		Facts {
			now: 120,
			named: Some([6; 32]),
			dataset: Some(DatasetFacts {
				owner: ME,
				root: [5; 32],
				metadata: [7; 32],
				access: Access::Gated,
			}),
			run: Some(RunFacts {
				state: State::Working,
				admitted: true,
				used: 0,
				task: Some(task()),
				appraising: Appraising::NotYet,
			}),
		}
	}

	fn appraising(appraising: Appraising) -> Facts {
		let mut facts = working();
		facts.run = Some(RunFacts {
			state: State::Appraising,
			admitted: true,
			used: 20,
			task: None,
			appraising,
		});
		facts
	}

	fn for_appraisal(requester: AccountBytes) -> KeyRequest {
		KeyRequest {
			purpose: Purpose::Appraisal,
			..fixtures::request(requester)
		}
	}

	#[track_caller]
	fn refused(request: &KeyRequest, facts: &Facts, status: u16, says: &str) {
		let Denied(found, why) = judge(request, facts, &ME).unwrap_err();
		assert_eq!(found.as_u16(), status, "{why}");
		assert!(why.contains(says), "{why}");
	}

	#[test]
	fn the_contributor_and_the_committee_of_a_task_get_its_records() {
		for who in [TRAINER, ATTESTOR] {
			let (scope, owned) = judge(&fixtures::request(who), &working(), &ME).unwrap();
			let records = Scope::Records {
				first: 10,
				count: 20,
			};
			assert_eq!(scope, records);
			assert_eq!(Some(owned), working().dataset);
		}
		for who in [STRANGER, APPRAISER, ME] {
			let request = fixtures::request(who);
			refused(&request, &working(), 403, "neither dealt to this account");
		}
	}

	#[test]
	fn the_drawn_appraisers_get_the_dataset_while_they_count() {
		let facts = appraising(Appraising::By(vec![APPRAISER]));
		let (scope, _) = judge(&for_appraisal(APPRAISER), &facts, &ME).unwrap();
		assert_eq!(scope, Scope::Whole);
		for who in [STRANGER, TRAINER, ATTESTOR] {
			refused(&for_appraisal(who), &facts, 403, "not drawn to appraise");
		}
		let mut unused = facts;
		unused.run.as_mut().unwrap().used = 0;
		refused(&for_appraisal(APPRAISER), &unused, 403, "no accepted task");
		let early = appraising(Appraising::NotYet);
		refused(&for_appraisal(APPRAISER), &early, 425, "not drawn yet");
		let late = appraising(Appraising::Over);
		refused(&for_appraisal(APPRAISER), &late, 403, "is over");
		refused(
			&for_appraisal(APPRAISER),
			&working(),
			403,
			"not being appraised",
		);
	}

	#[test]
	fn a_task_opens_what_it_needs_while_it_is_open() {
		let request = fixtures::request(TRAINER);
		let with = |change: &dyn Fn(&mut RunFacts)| {
			let mut facts = working();
			change(facts.run.as_mut().unwrap());
			facts
		};
		let state = |state: State| with(&|run| run.state = state.clone());
		refused(&request, &state(State::Appraising), 403, "not at work");
		refused(&request, &state(State::Settled), 403, "not at work");
		let unknown = with(&|run| run.task = None);
		refused(&request, &unknown, 425, "task 4 of run 3 is not final yet");
		let task =
			|change: &dyn Fn(&mut TaskFacts)| with(&|run| change(run.task.as_mut().unwrap()));
		let over = task(&|task| task.open = false);
		refused(&request, &over, 403, "the task is over");
		let aggregate = task(&|task| task.work = Work::Aggregate);
		refused(&request, &aggregate, 403, "trains on no dataset");
		let other = KeyRequest {
			dataset: 1,
			..request.clone()
		};
		refused(&other, &working(), 403, "on dataset 2, not on 1");
	}

	#[test]
	fn a_run_needs_a_grant() {
		let request = fixtures::request(TRAINER);
		let mut facts = working();
		facts.run.as_mut().unwrap().admitted = false;
		refused(&request, &facts, 403, "has no grant");
		facts.run = None;
		refused(&request, &facts, 425, "run 3 is not final yet");
	}

	#[test]
	fn only_the_publishers_own_gated_datasets_are_opened() {
		let request = fixtures::request(TRAINER);
		let mut facts = working();
		facts.dataset.as_mut().unwrap().owner = STRANGER;
		refused(&request, &facts, 404, "no gated dataset of this publisher");
		let mut facts = working();
		facts.dataset.as_mut().unwrap().access = Access::Open;
		refused(&request, &facts, 404, "no gated dataset of this publisher");
		facts.dataset = None;
		refused(&request, &facts, 404, "no gated dataset of this publisher");
	}

	#[test]
	fn a_request_holds_for_a_while() {
		let at = |block| KeyRequest {
			block,
			..fixtures::request(TRAINER)
		};
		assert!(judge(&at(120), &working(), &ME).is_ok());
		assert!(judge(&at(120 - LIFETIME), &working(), &ME).is_ok());
		refused(&at(119 - LIFETIME), &working(), 400, "sign a new one");
		refused(&at(121), &working(), 425, "not final here yet");
		let fork = Facts {
			named: Some([0; 32]),
			..working()
		};
		refused(&at(120), &fork, 400, "another hash on this chain");
		let unknown = Facts {
			named: None,
			..working()
		};
		refused(&at(120), &unknown, 400, "another hash on this chain");
	}

	#[test]
	fn a_request_is_answered_once_and_an_account_so_often() {
		let mut recent = Recent::default();
		let request = |who, key: u8, block| KeyRequest {
			reply_to: [key; 32],
			block,
			..fixtures::request(who)
		};
		let mut note = |who, key, block, now| {
			let noted = recent.note(&request(who, key, block), now, 2);
			noted.map_err(|Denied(status, _)| status.as_u16())
		};
		assert_eq!(note(TRAINER, 1, 100, 100), Ok(()));
		assert_eq!(note(TRAINER, 1, 100, 110), Err(409));
		assert_eq!(note(ATTESTOR, 1, 100, 110), Ok(()));
		assert_eq!(note(TRAINER, 2, 110, 110), Ok(()));
		assert_eq!(note(TRAINER, 3, 110, 110), Err(429));
		assert_eq!(
			note(TRAINER, 1, 100, 100 + LIFETIME),
			Err(409),
			"it still holds"
		);
		assert_eq!(note(TRAINER, 3, 164, 101 + LIFETIME), Ok(()));
	}
}
