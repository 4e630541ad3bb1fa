//! What an account owes, by when, and what missing it costs.

use alloc::vec::Vec;

use frame_support::traits::Get;
use guerdon_receipt::{DatasetId, RunId, TaskIndex};
use guerdon_runtime_api::{
	Action, Balance, Duty, DutyCursor, IfMissed, Page, Run, RunPlan, Task, MAX_PAGE,
};
use pallet_attestors::{Kind, Offence};
use pallet_datasets::{Announcements, Grant, Unlearnings, Uses};
use pallet_training::{
	CommitteeDeposits, EnrolmentDeposits, Enrolments, RunDatasets, Standing, State, TaskState,
};
use pallet_valuation::{Commitments, Phase};

use crate::{AccountId, Attestors, BlockNumber, Runtime, System, Training};

/// Looks at up to `limit` runs and tasks, at least at one.
pub(crate) fn duties(
	account: &AccountId,
	cursor: Option<DutyCursor>,
	limit: u32,
) -> Page<Duty, DutyCursor> {
	let mut items = Vec::new();
	if cursor.is_none() {
		announcements(account, &mut items);
	}
	let (mut id, mut from) = cursor.unwrap_or((0, 0));
	let mut left = limit.clamp(1, MAX_PAGE);
	let end = pallet_training::NextRunId::<Runtime>::get();
	while id < end {
		if let Some((run, plan)) = Training::run(id) {
			if from == 0 {
				of_run(account, id, &run, &plan, &mut items);
			}
			if run.state == State::Working {
				for index in from.max(run.sweep)..run.next_task {
					if left == 0 {
						return Page {
							items,
							next: Some((id, index)),
						};
					}
					left = left.saturating_sub(1);
					if let Some(task) = pallet_training::Tasks::<Runtime>::get(id, index) {
						items.extend(of_task(account, id, index, &task));
					}
				}
			}
		}
		id = id.saturating_add(1);
		from = 0;
		left = left.saturating_sub(1);
		if left == 0 && id < end {
			return Page {
				items,
				next: Some((id, 0)),
			};
		}
	}
	Page { items, next: None }
}

fn duty(
	action: Action,
	deadline: BlockNumber,
	at_stake: Balance,
	if_missed: IfMissed,
) -> Option<Duty> {
	Some(Duty {
		action,
		deadline,
		at_stake,
		if_missed,
	})
	.filter(|duty| System::block_number() <= duty.deadline)
}

fn announcements(account: &AccountId, items: &mut Vec<Duty>) {
	let lifetime = <Runtime as pallet_datasets::Config>::AnnouncementLifetime::get();
	for (commitment, announcement) in Announcements::<Runtime>::iter_prefix(account) {
		let last = announcement
			.at
			.saturating_add(lifetime)
			.saturating_sub(1u32);
		let action = Action::Publish { commitment };
		items.extend(duty(action, last, 0, IfMissed::PriorityLost));
	}
}

fn of_run(account: &AccountId, id: RunId, run: &Run, plan: &RunPlan, items: &mut Vec<Duty>) {
	let owned: Vec<(DatasetId, Standing)> = plan
		.datasets
		.iter()
		.filter_map(|dataset| Some((*dataset, RunDatasets::<Runtime>::get(id, dataset)?)))
		.filter(|(_, kept)| kept.owner == *account)
		.map(|(dataset, kept)| (dataset, kept.standing))
		.collect();
	let sponsors = run.sponsor == *account;
	if sponsors && run.state == State::Settled {
		for dataset in &plan.datasets {
			let asked = Unlearnings::<Runtime>::get(dataset, id);
			if let Some(asked) = asked.filter(|asked| asked.answer.is_none()) {
				let action = Action::AnswerUnlearning {
					run: id,
					dataset: *dataset,
				};
				items.extend(duty(action, asked.deadline, 0, IfMissed::Overdue));
			}
		}
	}
	match run.state {
		State::Proposed => {
			for (dataset, _) in &owned {
				let waits = Uses::<Runtime>::get(dataset, id)
					.is_some_and(|asked| asked.grant == Grant::Pending);
				if waits {
					let action = Action::AnswerRequest {
						run: id,
						dataset: *dataset,
					};
					items.extend(duty(action, run.deadline, 0, IfMissed::DatasetDropped));
				}
			}
		}
		State::Working | State::Appraising => {
			for (dataset, standing) in &owned {
				if *standing == Standing::Admitted {
					let action = Action::ServeDataset {
						run: id,
						dataset: *dataset,
					};
					items.extend(duty(action, run.deadline, 0, IfMissed::WorkUndone));
				}
			}
			if sponsors {
				let action = Action::ServeRun { run: id };
				items.extend(duty(action, run.deadline, 0, IfMissed::WorkUndone));
			}
		}
		_ => {}
	}
	if run.state == State::Working && sponsors {
		let batches = plan.feedback.map_or(0, |feedback| feedback.batches);
		if run.feedback_posted < batches {
			let action = Action::PostFeedback {
				run: id,
				batch: run.feedback_posted,
			};
			items.extend(duty(action, run.deadline, 0, IfMissed::WorkUndone));
		}
	}
	if run.state == State::Appraising {
		of_appraisal(account, id, plan, items);
	}
}

fn of_appraisal(account: &AccountId, id: RunId, plan: &RunPlan, items: &mut Vec<Duty>) {
	let Some(appraisal) = pallet_valuation::Runs::<Runtime>::get(id) else {
		return;
	};
	let revealed = Commitments::<Runtime>::get(id, account).map(|committed| committed.digest);
	let drawn = appraisal.appraisers.contains(account);
	items.extend(match appraisal.phase {
		Phase::AwaitingTests { deadline } if appraisal.sponsor == *account => duty(
			Action::RevealTests { run: id },
			deadline,
			plan.bond,
			IfMissed::LicencePricesDecide,
		),
		Phase::Committing { deadline } if drawn && revealed.is_none() => {
			duty(Action::Commit { run: id }, deadline, 0, IfMissed::NotPaid)
		}
		Phase::Revealing { deadline } if revealed == Some(None) => {
			let offence = Offence::SilentAfterCommit;
			let at_stake = Attestors::penalty_of(Kind::Appraiser, account.clone(), offence);
			duty(
				Action::Reveal { run: id },
				deadline,
				at_stake.unwrap_or_default(),
				IfMissed::NotPaid,
			)
		}
		Phase::Streaming { deadline, digest } if revealed == Some(Some(digest)) => duty(
			Action::Stream { run: id },
			deadline,
			0,
			IfMissed::LicencePricesDecide,
		),
		_ => None,
	});
}

fn of_task(account: &AccountId, run: RunId, index: TaskIndex, task: &Task) -> Option<Duty> {
	if task.state != TaskState::Open {
		return None;
	}
	if task.contributor == *account {
		// Whoever never delivers anything loses the deposit, unless somebody else paid it, and whoever
		// does not deliver to the committee that it asked for what is held for that.
		let delivered = Enrolments::<Runtime>::get(run, account)
			.is_some_and(|enrolment| enrolment.accepted > 0);
		let enrolment = EnrolmentDeposits::<Runtime>::get(run, account)
			.filter(|deposit| !delivered && deposit.payer == *account)
			.map_or(0, |deposit| deposit.amount);
		let committee = CommitteeDeposits::<Runtime>::get(run, index).unwrap_or_default();
		let at_stake = enrolment.saturating_add(committee);
		let action = Action::Deliver { run, task: index };
		return duty(action, task.deadline, at_stake, IfMissed::NotPaid);
	}
	if task.committee.contains(account) {
		let action = Action::Attest { run, task: index };
		return duty(action, task.deadline, 0, IfMissed::NotPaid);
	}
	None
}
