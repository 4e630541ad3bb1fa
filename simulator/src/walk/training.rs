//! Runs: sponsors, trainers, users, keepers.

use frame_support::traits::Get;
use guerdon_receipt::{
	sign::{public_key, sign_attestation, sign_receipt},
	Attestation, DatasetId, Receipt, Role, TaskIndex, Work,
};
use guerdon_runtime_api::Task;
use guerdon_valuation::{FeatureSpec, MIN_RECORDS};
use pallet_attestors::Draws;
use pallet_datasets::{uses, Licence, Status};
use pallet_training::{
	Call, Config, Enrolments, Invitations, Rosters, Stage, Standing, Submission, TaskState,
};
use pallet_valuation::Method;
use sp_core::H256;

use super::*;
use crate::{
	constants::currency::EXISTENTIAL_DEPOSIT,
	world::{all_tasks, Script, AWKWARD},
};

const LIVE: [State; 6] = [
	State::Proposed,
	State::Enrolling,
	State::Working,
	State::Appraising,
	State::Challenge,
	State::Settling,
];
const OVER: [State; 2] = [State::Settled, State::Cancelled];

fn terms(dataset: DatasetId) -> Option<(AccountId, u64, Licence<Balance, BlockNumber>)> {
	let it = pallet_datasets::Datasets::<Runtime>::get(dataset)?;
	Some((it.owner, it.content.records, it.licence))
}

/// A dataset that no run can be proposed on, for one reason.
fn unusable(walk: &mut Walk, why: &str) -> Option<DatasetId> {
	let now = System::block_number();
	let mut fitting: Vec<_> = pallet_datasets::Datasets::<Runtime>::iter()
		.filter(|(_, it)| match why {
			"withdrawn" => matches!(it.status, Status::Withdrawn { .. }),
			"contested" => matches!(it.status, Status::Contested { .. }),
			"not licensed" => it.status == Status::Active && it.licence.uses & uses::TRAIN == 0,
			_ => {
				let ended = it.licence.valid_until.is_some_and(|until| until <= now);
				it.status == Status::Active
					&& it.licence.uses & uses::TRAIN != 0
					&& (ended || it.licence.valid_from > now)
			}
		})
		.map(|(id, _)| id)
		.collect();
	fitting.sort();
	walk.dice.one_of(&fitting)
}

/// What the licences of a plan cost at most.
pub fn licence_price(datasets: &[DatasetId]) -> Balance {
	datasets
		.iter()
		.filter_map(|dataset| terms(*dataset))
		.map(|(_, records, licence)| {
			licence.flat_fee + licence.price_per_record * Balance::from(records)
		})
		.sum()
}

/// A plan that is sound, on datasets that `sponsor` may use.
fn sound_plan(walk: &mut Walk, sponsor: &AccountId) -> Option<RunPlan> {
	let method = if walk.dice.chance(75) {
		Method::ThresholdKnn
	} else {
		Method::LicencePrice
	};
	let mut usable: Vec<_> = (0..pallet_datasets::NextDatasetId::<Runtime>::get())
		.filter(|dataset| Datasets::is_usable(*dataset))
		.filter(|dataset| {
			let (owner, records, _) = terms(*dataset).unwrap();
			owner != *sponsor
				&& (method == Method::LicencePrice || records >= MIN_RECORDS)
				&& records < 1_000
		})
		.collect();
	let mut datasets = Vec::new();
	for _ in 0..walk.dice.within(1, 3) {
		let dataset = walk.dice.one_of(&usable)?;
		usable.retain(|other| *other != dataset);
		datasets.push(dataset);
		if usable.is_empty() {
			break;
		}
	}
	let is_rich = *sponsor == walk.world.sponsor.account;
	let budget = match walk.dice.below(6) {
		0 => 7,
		1 if is_rich => AWKWARD,
		2 => 1_234_567,
		_ => 50 * GRD + Balance::from(walk.dice.below(1_000_000_000)),
	};
	let split_ppm = walk
		.dice
		.one_of(&[
			[400_001, 299_999, 99_993, 150_007, 50_000],
			[1, 333_333, 333_333, 333_333, 0],
			[0, 0, 0, 1, 999_999],
			[200_000; 5],
		])
		.unwrap();
	let script = Script {
		budget,
		split_ppm,
		method,
		datasets,
		feedback: walk.dice.chance(60),
		..Script::default()
	};
	let mut plan = walk.world.plan(&script);
	plan.max_licence = licence_price(&script.datasets) + Balance::from(walk.dice.below(1_000));
	plan.rounds = walk.dice.within(1, 2) as u16;
	plan.passes = walk.dice.within(1, 3) as u16;
	plan.tip = Balance::from(walk.dice.within(0, 3)) * GRD;
	plan.tip_per_advance = plan.tip / 100;
	plan.asset = assets::to_spend(walk, sponsor, plan.budget + plan.bond);
	(plan.committee, plan.quorum) = walk
		.dice
		.one_of(&[(1, 1), (3, 2), (3, 3), (3, 2), (15, 8)])
		.unwrap();
	if plan.committee == 15 && walk.dice.chance(60) {
		(plan.committee, plan.quorum) = (5, 3);
	}
	(plan.appraisers, plan.appraiser_quorum) =
		walk.dice.one_of(&[(1, 1), (3, 2), (5, 3), (4, 3)]).unwrap();
	plan.max_enrolments = walk.dice.one_of(&[2, 4, 6, 8]).unwrap();
	plan.windows.grant = walk.dice.within(5, 20);
	plan.windows.enrol = walk.dice.within(10, 24);
	plan.windows.task = walk.dice.within(6, 24);
	plan.windows.work = plan.windows.task + walk.dice.one_of(&[41, 150, 300, 300, 1_000]).unwrap();
	plan.windows.test_reveal = walk.dice.within(5, 30);
	plan.windows.appraise_commit = walk.dice.within(5, 24);
	plan.windows.appraise_reveal = walk.dice.within(5, 24);
	plan.windows.challenge = walk.dice.within(5, 12);
	Some(plan)
}

/// The plan names one dataset more, and can pay for it.
fn also(plan: &mut RunPlan, dataset: Option<DatasetId>) {
	if let Some(dataset) = dataset {
		plan.method = Method::LicencePrice;
		plan.max_licence += licence_price(&[dataset]);
		let _ = plan.datasets.try_push(dataset);
	}
}

pub fn propose(walk: &mut Walk) -> Option<Sent> {
	let mut who = walk.world.sponsor.account.clone();
	if walk.dice.chance(25) {
		who = walk.anybody().account;
	}
	let sound = sound_plan(walk, &who)?;
	let mut plan = sound.clone();
	spoil!(walk,
		"Training::NoDatasets" => plan.datasets.clear(),
		"Settlement::AssetNotAllowed" => plan.asset = assets::closed(walk).or(plan.asset),
		"Training::DuplicateDataset" => {
			let first = plan.datasets[0];
			also(&mut plan, Some(first));
		},
		"Training::DatasetNotFound" => also(&mut plan, Some(1_000)),
		"Training::SponsorOwnsDataset" => {
			let owner = plan.datasets.first().and_then(|dataset| terms(*dataset));
			who = owner?.0;
		},
		"Training::DatasetTooSmall" => {
			let small = (0..pallet_datasets::NextDatasetId::<Runtime>::get()).find(|dataset| {
				let records = terms(*dataset).map(|(_, records, _)| records);
				Datasets::is_usable(*dataset) && records.is_some_and(|records| records < MIN_RECORDS)
			});
			also(&mut plan, small);
			plan.method = Method::ThresholdKnn;
		},
		"Datasets::DatasetWithdrawn" => also(&mut plan, unusable(walk, "withdrawn")),
		"Datasets::DatasetContested" => also(&mut plan, unusable(walk, "contested")),
		"Datasets::TrainingNotLicensed" => also(&mut plan, unusable(walk, "not licensed")),
		"Datasets::LicenceNotInForce" => also(&mut plan, unusable(walk, "not in force")),
		"Training::BadFeatures" => {
			if let FeatureSpec::Csv { classes, .. } = &mut plan.features {
				*classes = 1;
			}
		},
		"Training::SplitNotWhole" => plan.split_ppm[0] += 1,
		"Training::ZeroBudget" => plan.budget = 0,
		"Training::ZeroRounds" => plan.rounds = 0,
		"Training::ZeroPasses" => plan.passes = 0,
		"Training::ZeroRecordsPerTask" => plan.records_per_task = 0,
		"Training::ZeroAggregateUnits" => plan.aggregate_units = 0,
		"Training::ZeroSamples" => plan.samples = 0,
		"Training::BondTooSmall" => plan.bond = (plan.budget - 1) / 10,
		"Training::CommitteeOutOfBounds" => (plan.committee, plan.quorum) = (16, 16),
		"Training::QuorumOutOfBounds" => (plan.committee, plan.quorum) = (4, 2),
		"Training::EnrolmentsOutOfBounds" => plan.max_enrolments = 257,
		"Training::AppraisersOutOfBounds" => (plan.appraisers, plan.appraiser_quorum) = (16, 16),
		"Training::AppraiserQuorumOutOfBounds" => plan.appraiser_quorum = plan.appraisers + 1,
		"Training::EmptyFeedback" => {
			if let Some(feedback) = &mut plan.feedback {
				feedback.batches = 0;
			}
		},
		"Training::TipTooSmall" => plan.tip_per_advance = plan.tip + 1,
		"Training::WindowOutOfBounds" => plan.windows.challenge = 4,
		"Training::WorkTooShort" => plan.windows.work = plan.windows.task + 40,
		"Training::TooManyTasks" => (plan.rounds, plan.records_per_task) = (u16::MAX, 1),
		"Training::PlanTooLarge" => {
			if let Some(feedback) = &mut plan.feedback {
				feedback.items_per_batch = u32::MAX;
			}
		},
		"Training::LicenceCeilingTooLow" => {
			plan.max_licence = licence_price(&plan.datasets).saturating_sub(1);
		},
	);
	let live = live_and_over()
		.filter(|(_, run, _)| LIVE.contains(&run.state))
		.count();
	if plan == sound && live >= 7 {
		return None;
	}
	let plan = Box::new(plan);
	Some(Sent {
		who,
		call: Call::propose { plan }.into(),
	})
}

/// Whether a run waits for an `advance` that its clock allows.
fn is_overdue(id: RunId, run: &Run) -> bool {
	match run.state {
		State::Proposed | State::Enrolling | State::Working | State::Challenge => {
			System::block_number() > run.deadline
		}
		State::Appraising => super::valuation::is_overdue(id),
		State::Settling | State::Settled | State::Cancelled => false,
	}
}

fn any_run(walk: &mut Walk) -> Option<RunId> {
	walk.run_where(|_, _, _| true)
}

fn limit(walk: &mut Walk) -> u32 {
	walk.dice.one_of(&[16, 16, 16, 40, 1, 3]).unwrap()
}

pub fn advance(walk: &mut Walk) -> Option<Sent> {
	let mut chosen = walk.run_that_takes(
		|state| LIVE.contains(&state),
		|run| Call::advance { run, limit: 16 },
	);
	// What is overdue waits for a while, so that others can come too late.
	if walk.dice.chance(80) {
		chosen = chosen.filter(|id| !is_overdue(*id, &Training::run(*id).unwrap().0));
	}
	let mut limit = limit(walk);
	if chosen.is_some_and(|id| Training::run(id).unwrap().0.state == State::Settling) {
		limit = walk.dice.within(1, 4);
	}
	spoil!(walk,
		"Training::RunNotFound" => chosen = Some(1_000_000),
		"Training::ZeroLimit" => limit = 0,
		"Training::NothingDue" => chosen = any_run(walk),
	);
	let who = if walk.dice.chance(80) {
		walk.world.keeper.account.clone()
	} else {
		walk.anybody().account
	};
	Some(Sent {
		who,
		call: Call::advance {
			run: chosen?,
			limit,
		}
		.into(),
	})
}

pub fn cancel(walk: &mut Walk) -> Option<Sent> {
	let mut chosen = walk.run_in(&[State::Proposed, State::Enrolling]);
	chosen = chosen.filter(|run| walk.mood(("regrets", run), 20));
	let mut stranger = false;
	spoil!(walk,
		"Training::RunNotFound" => chosen = Some(1_000_000),
		"Training::WrongState" => chosen = walk.run_not_in(&[State::Proposed, State::Enrolling]),
		"Training::NotAuthorized" => {
			chosen = any_run(walk);
			stranger = true;
		},
	);
	let run = chosen?;
	let who = by_sponsor(walk, run, stranger);
	Some(Sent {
		who,
		call: Call::cancel { run }.into(),
	})
}

fn by_sponsor(walk: &Walk, run: RunId, spoilt: bool) -> AccountId {
	match Training::run(run) {
		Some((run, _)) if !spoilt => run.sponsor,
		_ => walk.stranger(),
	}
}

pub fn enrol(walk: &mut Walk) -> Option<Sent> {
	let in_time = |_: RunId, run: &Run, _: &RunPlan| {
		run.state == State::Enrolling && System::block_number() <= run.deadline
	};
	let mut chosen = walk.run_where(in_time);
	spoil!(walk,
		"Training::RunNotFound" => chosen = Some(1_000_000),
		"Training::WrongState" => chosen = walk.run_not_in(&[State::Enrolling]),
		"Training::TooLate" => {
			chosen = walk.run_where(|id, run, _| run.state == State::Enrolling && is_overdue(id, run));
		},
		"Training::NoFeedbackPlanned" => {
			chosen = walk.run_where(|id, run, plan| in_time(id, run, plan) && plan.feedback.is_none());
		},
		"Training::EnrolmentsExceeded" => {
			chosen = walk.run_where(|id, run, plan| {
				let taken = Rosters::<Runtime>::get(id, Role::Trainer).len() as u32;
				in_time(id, run, plan) && taken >= plan.max_enrolments - plan.max_enrolments / 2
			});
		},
	);
	let run = chosen?;
	// Nobody comes to some runs.
	if walk.mood(("lonely", run), 6) {
		return None;
	}
	let plan = Training::run(run).map(|(_, plan)| plan);
	let feedback = plan.as_ref().is_some_and(|plan| plan.feedback.is_some());
	let mut role = if feedback && walk.dice.chance(45) && !walk.mood(("unasked", run), 15) {
		Role::User
	} else {
		Role::Trainer
	};
	let mut those = if role == Role::User {
		walk.world.users.clone()
	} else {
		walk.world.trainers.clone()
	};
	those.retain(|who| !Enrolments::<Runtime>::contains_key(run, &who.account));
	if walk.dice.chance(4) {
		those = vec![walk.anybody()];
	}
	// Whoever was invited mostly comes, and mostly as what it was invited for.
	let invited = invited_to(run);
	if let Some((who, as_what)) = walk.dice.one_of(&invited) {
		if walk.dice.chance(50) {
			those = vec![walk.actor(&who).clone()];
			if walk.dice.chance(90) {
				role = as_what;
			}
		}
	}
	let mut actor = walk
		.dice
		.one_of(&those)
		.unwrap_or_else(|| walk.world.stranger.clone());
	let mut key = public_key(&actor.key);
	let mut possession = actor.possession();
	let mut payout = actor.payout.clone();
	spoil!(walk,
		"Training::NoFeedbackPlanned" => role = Role::User,
		"Training::RoleNotAllowed" => role = Role::Attestor,
		"Training::PotNotAllowed" => payout = Settlement::pot(),
		"Training::ConflictOfInterest" => {
			actor = walk.actor(&by_sponsor(walk, run, false)).clone();
		},
		"Training::AlreadyEnrolled" => {
			let mut there: Vec<_> = Enrolments::<Runtime>::iter_key_prefix(run).collect();
			there.sort();
			if let Some(who) = walk.dice.one_of(&there) {
				actor = walk.actor(&who).clone();
			}
		},
		"Training::BadKey" => key = [0; 32],
		"Training::BadPossession" => possession[40] ^= 1,
	);
	let endpoint = b"https://example.org".to_vec().try_into().unwrap();
	Some(Sent {
		who: actor.account,
		call: Call::enrol {
			run,
			role,
			key,
			possession,
			payout,
			endpoint,
		}
		.into(),
	})
}

/// Who has an invitation that was not used, and for which role.
fn invited_to(run: RunId) -> Vec<(AccountId, Role)> {
	let mut invited: Vec<_> = Invitations::<Runtime>::iter_prefix(run)
		.map(|(who, invitation)| (who, invitation.role))
		.collect();
	invited.sort();
	invited
}

/// A role of which as many are invited as there are places.
fn fully_invited(run: &Run, plan: &RunPlan) -> Option<Role> {
	let users = plan.feedback.map_or(0, |_| plan.max_enrolments / 2);
	if users > 0 && run.invited.users >= users {
		return Some(Role::User);
	}
	(run.invited.trainers >= plan.max_enrolments - users).then_some(Role::Trainer)
}

pub fn invite(walk: &mut Walk) -> Option<Sent> {
	let in_time = |run: &Run| {
		run.state == State::Proposed
			|| run.state == State::Enrolling && System::block_number() <= run.deadline
	};
	let mut chosen =
		walk.run_where(|_, run, plan| in_time(run) && fully_invited(run, plan).is_none());
	spoil!(walk,
		"Training::RunNotFound" => chosen = Some(1_000_000),
		"Training::WrongState" => chosen = walk.run_not_in(&[State::Proposed, State::Enrolling]),
		"Training::TooLate" => {
			chosen = walk.run_where(|_, run, _| run.state == State::Enrolling && !in_time(run));
		},
		"Training::NoFeedbackPlanned" => {
			chosen = walk.run_where(|_, run, plan| in_time(run) && plan.feedback.is_none());
		},
		"Training::InvitationsExceeded" => {
			chosen = walk.run_where(|_, run, plan| in_time(run) && fully_invited(run, plan).is_some());
		},
	);
	let run = chosen?;
	let mut inviter = by_sponsor(walk, run, false);
	if walk.dice.chance(30) {
		let mut owners: Vec<_> = pallet_training::RunDatasets::<Runtime>::iter_prefix_values(run)
			.filter(|kept| kept.standing == Standing::Admitted)
			.map(|kept| kept.owner)
			.collect();
		owners.sort();
		inviter = walk.dice.one_of(&owners).unwrap_or(inviter);
	}
	let known = Training::run(run);
	let feedback = known
		.as_ref()
		.is_some_and(|(_, plan)| plan.feedback.is_some());
	let mut role = if feedback && walk.dice.chance(50) {
		Role::User
	} else {
		Role::Trainer
	};
	let mut guests = walk.guests.clone();
	if walk.dice.chance(20) {
		guests.extend(walk.world.trainers.clone());
	}
	guests.retain(|who| {
		!Enrolments::<Runtime>::contains_key(run, &who.account)
			&& !Invitations::<Runtime>::contains_key(run, &who.account)
	});
	let mut who = walk.dice.one_of(&guests)?.account;
	let most: Balance = <Runtime as Config>::MaxPurse::get();
	let mut purse = walk
		.dice
		.one_of(&[EXISTENTIAL_DEPOSIT, most / 7, most])
		.unwrap();
	spoil!(walk,
		"Training::CannotInvite" => inviter = walk.stranger(),
		"Training::RoleNotAllowed" => role = Role::Appraiser,
		"Training::NoFeedbackPlanned" => role = Role::User,
		"Training::PotNotAllowed" => who = Settlement::pot(),
		"Training::ConflictOfInterest" => who = by_sponsor(walk, run, false),
		"Training::AlreadyEnrolled" => {
			let mut there: Vec<_> = Enrolments::<Runtime>::iter_key_prefix(run).collect();
			there.sort();
			who = walk.dice.one_of(&there).unwrap_or(who);
		},
		"Training::AlreadyInvited" => {
			who = walk.dice.one_of(&invited_to(run)).map_or(who, |(invited, _)| invited);
		},
		"Training::PurseOutOfBounds" => {
			purse = walk.dice.one_of(&[EXISTENTIAL_DEPOSIT - 1, most + 1]).unwrap();
		},
	);
	// Where only a full role was left, that is the one which is asked for.
	if let Some(full) = known.and_then(|(run, plan)| fully_invited(&run, &plan)) {
		role = full;
	}
	Some(Sent {
		who: inviter,
		call: Call::invite {
			run,
			who,
			role,
			purse,
		}
		.into(),
	})
}

pub fn withdraw_invitation(walk: &mut Walk) -> Option<Sent> {
	let mut open: Vec<_> = Invitations::<Runtime>::iter()
		.map(|(run, who, invitation)| (run, who, invitation.inviter))
		.collect();
	open.sort();
	let regrets = walk.dice.chance(15);
	let sound = walk.dice.one_of(&open)?;
	let (mut run, mut who, mut inviter) = sound.clone();
	spoil!(walk,
		"Training::RunNotFound" => run = 1_000_000,
		"Training::NotInvited" => who = walk.stranger(),
		"Training::NotYourInvitation" => inviter = walk.stranger(),
	);
	if !regrets && (run, &who, &inviter) == (sound.0, &sound.1, &sound.2) {
		return None;
	}
	Some(Sent {
		who: inviter,
		call: Call::withdraw_invitation { run, who }.into(),
	})
}

pub fn withdraw_enrolment(walk: &mut Walk) -> Option<Sent> {
	let now = System::block_number();
	let mut chosen = walk.run_where(|_, run, plan| {
		run.state == State::Enrolling && now + plan.windows.enrol / 2 <= run.deadline
	});
	let mut stranger = false;
	spoil!(walk,
		"Training::RunNotFound" => chosen = Some(1_000_000),
		"Training::WrongState" => chosen = walk.run_not_in(&[State::Enrolling]),
		"Training::NotEnrolled" => stranger = true,
		"Training::TooLate" => {
			chosen = walk.run_where(|_, run, plan| {
				run.state == State::Enrolling && now + plan.windows.enrol / 2 > run.deadline
			});
		},
	);
	let run = chosen?;
	let mut there: Vec<_> = Enrolments::<Runtime>::iter_key_prefix(run).collect();
	there.sort();
	let mut who = walk.stranger();
	if !stranger {
		who = walk.dice.one_of(&there).unwrap_or(who);
	}
	Some(Sent {
		who,
		call: Call::withdraw_enrolment { run }.into(),
	})
}

pub fn post_feedback(walk: &mut Walk) -> Option<Sent> {
	let in_time = |id: RunId, run: &Run, plan: &RunPlan| {
		run.state == State::Working && !is_overdue(id, run) && plan.feedback.is_some()
	};
	let mut chosen = walk.run_where(|id, run, plan| {
		in_time(id, run, plan)
			&& run.feedback_posted < plan.feedback.unwrap().batches
			&& !Rosters::<Runtime>::get(id, Role::User).is_empty()
	});
	// Some sponsors ask late.
	chosen = chosen.filter(|id| {
		let (run, _) = Training::run(*id).unwrap();
		!walk.mood(("asks late", id), 30) || run.stage == Stage::Finishing
	});
	let mut stranger = false;
	spoil!(walk,
		"Training::RunNotFound" => chosen = Some(1_000_000),
		"Training::NotAuthorized" => stranger = true,
		"Training::WrongState" => chosen = walk.run_not_in(&[State::Working]),
		"Training::TooLate" => {
			chosen = walk.run_where(|id, run, _| run.state == State::Working && is_overdue(id, run));
		},
		"Training::NoFeedbackPlanned" => {
			chosen = walk.run_where(|_, run, plan| {
				run.state == State::Working && plan.feedback.is_none()
			});
		},
		"Training::BatchesExceeded" => {
			chosen = walk.run_where(|id, run, plan| {
				in_time(id, run, plan) && run.feedback_posted == plan.feedback.unwrap().batches
			});
		},
		"Training::NobodyEnrolled" => {
			chosen = walk.run_where(|id, run, plan| {
				in_time(id, run, plan) && Rosters::<Runtime>::get(id, Role::User).is_empty()
			});
		},
	);
	let run = chosen?;
	let known = Training::run(run);
	let mut number = known.as_ref().map_or(0, |(run, _)| run.feedback_posted);
	let most = known
		.and_then(|(_, plan)| plan.feedback)
		.map_or(1, |plan| plan.items_per_batch);
	let mut items = walk.dice.within(1, most);
	spoil!(walk,
		"Training::WrongBatch" => number += 1,
		"Training::ItemsOutOfBounds" => items = most + 1,
	);
	let who = by_sponsor(walk, run, stranger);
	let items_root = H256::from_low_u64_be(number.into());
	Some(Sent {
		who,
		call: Call::post_feedback {
			run,
			number,
			items_root,
			items,
		}
		.into(),
	})
}

pub fn deal(walk: &mut Walk) -> Option<Sent> {
	let mut chosen = walk.run_that_takes(
		|state| state == State::Working,
		|run| Call::deal { run, limit: 1 },
	);
	if walk.dice.chance(10) {
		chosen = walk.run_in(&[State::Working]);
	}
	let mut limit = limit(walk);
	spoil!(walk,
		"Training::RunNotFound" => chosen = Some(1_000_000),
		"Training::ZeroLimit" => limit = 0,
		"Training::WrongState" => chosen = walk.run_not_in(&[State::Working]),
		"Training::TooLate" => {
			chosen = walk.run_where(|id, run, _| run.state == State::Working && is_overdue(id, run));
		},
	);
	let who = walk.world.keeper.account.clone();
	Some(Sent {
		who,
		call: Call::deal {
			run: chosen?,
			limit,
		}
		.into(),
	})
}

/// A contributor whose committee stays silent, or does not yet.
pub fn request_committee(walk: &mut Walk) -> Option<Sent> {
	let now = System::block_number();
	let has_time = |run: &Run, plan: &RunPlan| {
		now + <Attestors as Draws<AccountId>>::wait() + plan.windows.task <= run.deadline
	};
	let mut chosen =
		walk.run_where(|_, run, plan| run.state == State::Working && has_time(run, plan));
	// By what is left of the time for a task, and half of all the time for it.
	let mut wanted: fn(&Task, Option<BlockNumber>, BlockNumber) -> bool = |task, left, half| {
		let is_pressing = left.is_some_and(|left| left <= half);
		task.state == TaskState::Open && task.replaces.is_none() && is_pressing
	};
	let (mut by_stranger, mut unknown) = (false, false);
	spoil!(walk,
		"Training::RunNotFound" => {
			chosen = Some(1_000_000);
			unknown = true;
		},
		"Training::WrongState" => {
			chosen = walk.run_not_in(&[State::Working]);
			unknown = true;
		},
		"Training::TaskNotFound" => unknown = true,
		"Training::NotYourTask" => {
			by_stranger = true;
			wanted = |_, _, _| true;
		},
		"Training::TaskClosed" => wanted = |task, _, _| task.state != TaskState::Open,
		"Training::AlreadyReplaced" => {
			chosen = walk.run_in(&[State::Working]);
			wanted = |task, _, _| task.state == TaskState::Open && task.replaces.is_some();
		},
		"Training::TooLate" => {
			chosen = walk.run_where(|_, run, plan| {
				run.state == State::Working && !has_time(run, plan)
			});
			wanted = |task, _, _| task.state == TaskState::Open && task.replaces.is_none();
		},
		"Training::TooEarly" => {
			wanted = |task, left, half| {
				let is_fresh = left.is_some_and(|left| left > half);
				task.state == TaskState::Open && task.replaces.is_none() && is_fresh
			};
		},
	);
	let run = chosen?;
	let half = Training::run(run).map_or(0, |(_, plan)| plan.windows.task / 2);
	let mut tasks = all_tasks(run);
	tasks.retain(|(_, task)| wanted(task, task.deadline.checked_sub(now), half));
	let (task, mut who) = if unknown {
		(u32::MAX, walk.stranger())
	} else {
		let (index, task) = walk.dice.one_of(&tasks)?;
		(index, task.contributor)
	};
	if by_stranger {
		who = walk.stranger();
	}
	Some(Sent {
		who,
		call: Call::request_committee { run, task }.into(),
	})
}

/// Signed by its contributor and so many of the committee, with some that do not count.
fn submission(walk: &Walk, receipt: Receipt, task: &Task, signers: usize) -> Submission {
	let attest = |who: &AccountId| {
		let attestation = Attestation {
			receipt: receipt.id(),
			attestor: who.clone().into(),
			states: sp_io::hashing::blake2_256(&receipt.evidence),
		};
		sign_attestation(&walk.actor(who).key, &attestation)
	};
	let mut attestations: Vec<_> = task.committee.iter().take(signers).map(attest).collect();
	if attestations.len() < 14 {
		attestations.push(attest(&task.committee[0]));
		attestations.push(attest(&walk.stranger()));
		if signers == 0 {
			attestations.clear();
		}
	}
	Submission {
		signature: sign_receipt(&walk.actor(&task.contributor).key, &receipt),
		receipt,
		attestations: attestations.try_into().unwrap(),
	}
}

/// A receipt that the whole committee signed.
pub fn honest(walk: &Walk, run: RunId, index: TaskIndex, task: &Task) -> Submission {
	let receipt = walk.world.receipt(run, index, task);
	submission(walk, receipt, task, task.committee.len())
}

/// A receipt for a task of a run, honest but for what a flaw changes in it.
fn item(
	walk: &mut Walk,
	run: RunId,
	plan: &RunPlan,
	(index, task): &(TaskIndex, Task),
) -> Submission {
	let mut receipt = walk.world.receipt(run, *index, task);
	let mut signers = walk.dice.within(plan.quorum.into(), plan.committee.into()) as usize;
	let mut forged = false;
	spoil!(walk,
		"Refusal::WrongGenesis" => receipt.genesis = [1; 32],
		"Refusal::UnknownVersion" => receipt.version += 1,
		"Refusal::WrongRun" => receipt.run += 1,
		"Refusal::TaskNotFound" => receipt.task = u32::MAX,
		"Refusal::NotYourTask" => receipt.contributor = walk.stranger().into(),
		"Refusal::Expired" => receipt.valid_until = System::block_number() - 1,
		"Refusal::WrongBaseModel" => receipt.base_model[0] ^= 1,
		"Refusal::NoSteps" => receipt.steps = 0,
		"Refusal::MetricOutOfRange" => receipt.metric_after = 1_000_001,
		"Refusal::BadSignature" => forged = true,
		"Refusal::QuorumNotReached" => signers = usize::from(plan.quorum) - 1,
		"Refusal::DeadlinePassed" => receipt.valid_until = u32::MAX,
	);
	let mut made = submission(walk, receipt, task, signers);
	if forged {
		made.signature[0] ^= 1;
	}
	made
}

pub fn submit(walk: &mut Walk) -> Option<Sent> {
	let now = System::block_number();
	let mut chosen = walk.run_in(&[State::Working]);
	let mut wanted: fn(&Task, BlockNumber) -> bool =
		|task, now| task.state == TaskState::Open && task.deadline >= now;
	let mut lazy = 15;
	let mut empty = false;
	spoil!(walk,
		"Training::EmptyBatch" => empty = true,
		"Refusal::RunNotWorking" => {
			chosen = walk.run_where(|_, run, _| run.state != State::Working && run.next_task > 0);
			wanted = |_, _| true;
		},
		"Refusal::TaskReplaced" => wanted = |task, _| task.state == TaskState::Replaced,
		"Refusal::TaskDone" => wanted = |task, _| matches!(task.state, TaskState::Done { .. }),
		"Refusal::DeadlinePassed" => {
			wanted = |task, now| {
				matches!(task.state, TaskState::Open | TaskState::Missed) && task.deadline < now
			};
			lazy = 0;
		},
	);
	let mut run = chosen?;
	let (_, plan) = Training::run(run)?;
	let mut tasks = all_tasks(run);
	// Some never deliver, and some runs' rounds nobody aggregates.
	let unfinished = walk.mood(("unfinished", run), 15);
	tasks.retain(|(_, task)| {
		let is_left = unfinished && task.work == Work::Aggregate && lazy > 0;
		wanted(task, now) && !is_left && !walk.mood(("lazy", run, &task.contributor), lazy)
	});
	let mut items = Vec::new();
	for task in tasks.iter().take(walk.dice.within(1, 12) as usize) {
		items.push(item(walk, run, &plan, task));
	}
	// Twice in one batch.
	if walk.dice.chance(10) {
		items.extend(items.first().cloned());
	}
	if empty {
		items.clear();
	} else if items.is_empty() {
		return None;
	}
	spoil!(walk, "Training::RunNotFound" => run = 1_000_000);
	let items = items.try_into().unwrap();
	let who = walk.anybody().account;
	Some(Sent {
		who,
		call: Call::submit { run, items }.into(),
	})
}

pub fn prune(walk: &mut Walk) -> Option<Sent> {
	let now = System::block_number();
	let retention: BlockNumber = <Runtime as Config>::RetentionBlocks::get();
	let mut chosen = walk.run_in(&OVER);
	// Most runs are left alone for a while: their bonds stay locked.
	chosen = chosen.filter(|run| walk.mood(("cleared early", run), 40) || walk.dice.chance(5));
	let mut limit = limit(walk);
	spoil!(walk,
		"Training::RunNotFound" => chosen = Some(1_000_000),
		"Training::ZeroLimit" => limit = 0,
		"Training::WrongState" => chosen = walk.run_not_in(&OVER),
		"Training::StillRetained" => {
			chosen = walk.run_where(|id, run, _| {
				run.state == State::Settled && now < run.deadline + retention
					&& pallet_training::EnrolmentDeposits::<Runtime>::iter_key_prefix(id).next().is_none()
			});
		},
	);
	let who = walk.anybody().account;
	Some(Sent {
		who,
		call: Call::prune {
			run: chosen?,
			limit,
		}
		.into(),
	})
}

/// The smallest run that asks for the grant of a dataset.
pub fn small_plan(walk: &Walk, dataset: DatasetId) -> RunPlan {
	let script = Script {
		budget: 10,
		datasets: vec![dataset],
		feedback: false,
		method: Method::LicencePrice,
		..Script::default()
	};
	let mut plan = walk.world.plan(&script);
	plan.max_licence = licence_price(&[dataset]);
	plan.rounds = 1;
	plan.committee = 1;
	plan.quorum = 1;
	plan.max_enrolments = 1;
	plan.tip = 0;
	plan.tip_per_advance = 0;
	plan
}
