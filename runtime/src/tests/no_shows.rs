//! Somebody stays away, in every state of a run: the outcomes that ARCHITECTURE.md lists, reached on the
//! whole runtime, each with every pallet's invariants and the conservation of money after it.

use std::collections::BTreeMap;

use frame_support::{assert_noop, assert_ok, traits::Get};
use guerdon_receipt::{Role, RunId, TaskIndex, Work};
use guerdon_runtime_api::Task;
use guerdon_valuation::Basis;
use pallet_attestors::Kind;
use pallet_contributions::Ledger as _;
use pallet_training::{Call, Error, State, TaskState};
use pallet_valuation::{Method, Phase};

use super::{
	line::check_and_pay,
	world::{next_block, *},
	*,
};
use crate::constants::currency::GRD;

/// Everybody is honest, and the run has all there is.
fn honest() -> Script {
	Script {
		forges: false,
		..Script::default()
	}
}

/// Divided by prices, so that nobody appraises.
fn by_price() -> Script {
	Script {
		method: Method::LicencePrice,
		..honest()
	}
}

/// Plays on a chain of its own. Afterwards everything holds, and nothing was minted or burned.
fn scenario(play: impl FnOnce(&World)) {
	development().execute_with(|| {
		let issuance = Balances::total_issuance();
		let world = World::ready();
		play(&world);
		check_everything();
		// Of what is lost half is burnt, and nobody reported anything.
		assert_eq!(
			issuance - Balances::total_issuance(),
			Treasury::pot(),
			"the rest is the treasury's"
		);
	});
}

fn run_of(run: RunId) -> guerdon_runtime_api::Run {
	Training::run(run).unwrap().0
}

/// The first block after the deadline of the run's state, and the call that is due then.
fn deadline_passes(world: &World, run: RunId) {
	at_block(run_of(run).deadline + 1);
	assert_ok!(world.advance(run, 16));
}

/// From enrolling to working, with these.
fn enrolled(world: &World, run: RunId, trainers: &[&Actor], users: &[&Actor]) {
	assert_eq!(state(run), State::Enrolling);
	for (role, actors) in [(Role::Trainer, trainers), (Role::User, users)] {
		for actor in actors {
			assert_ok!(world.enrol(run, actor, role));
		}
	}
	deadline_passes(world, run);
}

fn all(actors: &[Actor]) -> Vec<&Actor> {
	actors.iter().collect()
}

/// Everybody has granted and enrolled: the work begins.
fn working(world: &World, script: &Script) -> RunId {
	let run = world.propose(script);
	world.start(run, script);
	run
}

/// One block of work: what is due is dealt and moved on, and of each open task so many members of its
/// committee sign as `signers` says; `None` is a task that nobody hands in.
fn a_block(world: &World, run: RunId, signers: &mut dyn FnMut(TaskIndex, &Task) -> Option<usize>) {
	let _ = world.advance(run, 16);
	let _ = world.keeper.act(Call::deal { run, limit: 16 });
	let items: Vec<_> = open_tasks(run)
		.into_iter()
		.filter_map(|(index, task)| {
			let signers = signers(index, &task)?;
			Some(world.submission(world.receipt(run, index, &task), &task, signers))
		})
		.collect();
	if !items.is_empty() {
		let items = items.try_into().unwrap();
		assert_ok!(world.keeper.act(Call::submit { run, items }));
	}
	next_block();
	if System::block_number().is_multiple_of(32) {
		check_everything();
	}
}

/// Works until the run leaves its state.
fn work(world: &World, run: RunId, mut signers: impl FnMut(TaskIndex, &Task) -> Option<usize>) {
	while state(run) == State::Working {
		a_block(world, run, &mut signers);
	}
	check_everything();
}

/// All of the committee sign.
const ALL: Option<usize> = Some(3);

/// What the sponsor has, and the keeper, who gets the tips.
fn wealth(world: &World) -> Balance {
	let of = |actor: &Actor| Balances::total_balance(&actor.account);
	of(&world.sponsor) + of(&world.keeper)
}

/// Every unit of the sponsor's money is back, but for the tips, and nothing of the run is left.
fn refunded(world: &World, run: RunId, before: Balance) {
	assert_eq!(state(run), State::Cancelled);
	while Training::run(run).is_some() {
		assert_ok!(world.stranger.act(Call::prune { run, limit: 9 }));
		check_everything();
	}
	assert_eq!(wealth(world), before);
	assert_eq!(read::account(world.sponsor.account.clone()).held, 0);
}

/// Long after its settlement somebody clears the run: no deposit of it is left.
fn cleared(world: &World, run: RunId) {
	let kept: BlockNumber = <Runtime as pallet_training::Config>::RetentionBlocks::get();
	System::set_block_number(System::block_number() + kept);
	next_block();
	while Training::run(run).is_some() {
		assert_ok!(world.stranger.act(Call::prune { run, limit: 7 }));
		check_everything();
	}
	let actors = (world.trainers.iter()).chain(&world.users);
	for actor in actors.chain([&world.sponsor, &world.stranger]) {
		assert_eq!(read::account(actor.account.clone()).held, 0);
	}
}

/// The division, the claims and the end of a run whose work is over.
fn paid(world: &World, run: RunId, script: &Script, basis: Basis) {
	world.settle(run);
	check_and_pay(world, run, script, basis);
	cleared(world, run);
}

/// What was lost, in all.
fn lost() -> Balance {
	2 * Treasury::pot()
}

fn missed_by(run: RunId, who: &Actor) -> usize {
	let tasks = all_tasks(run).into_iter();
	let missed = tasks.filter(|(_, task)| task.state == TaskState::Missed);
	missed
		.filter(|(_, task)| task.contributor == who.account)
		.count()
}

mod proposed {
	use super::*;

	#[test]
	fn a_publisher_who_is_silent_is_left_out_and_the_others_are_paid() {
		scenario(|world| {
			let script = by_price();
			let run = world.propose(&script);
			deadline_passes(world, run);
			enrolled(world, run, &all(&world.trainers), &all(&world.users));
			let planned = run_of(run).planned.units[1];
			// The sponsor posts no feedback either: the work goes on to its deadline.
			work(world, run, |_, _| ALL);
			let dropped = Training::run_datasets(run).pop().unwrap();
			assert_eq!((dropped.dataset, dropped.kept.used), (2, 0));
			assert!(Contributions::table(run, Role::Trainer).units < planned.into());
			world.appraise(run, &script);
			paid(world, run, &script, Basis::LicencePrice);
		});
	}

	#[test]
	fn without_any_publisher_left_the_sponsor_has_everything_back() {
		for declines in [false, true] {
			scenario(|world| {
				let before = wealth(world);
				let run = world.propose(&Script {
					datasets: vec![2],
					..honest()
				});
				if declines {
					let call = pallet_datasets::Call::revoke { dataset: 2, run };
					assert_ok!(world.owners[2].act(call));
				}
				deadline_passes(world, run);
				refunded(world, run, before);
			});
		}
	}
}

mod enrolling {
	use super::*;

	#[test]
	fn without_a_trainer_the_sponsor_has_everything_back() {
		scenario(|world| {
			let before = wealth(world);
			let run = world.propose(&by_price());
			deadline_passes(world, run);
			enrolled(world, run, &[], &all(&world.users));
			refunded(world, run, before);
			assert_eq!(lost(), 0);
		});
	}

	#[test]
	fn without_a_user_the_money_for_feedback_returns() {
		scenario(|world| {
			let script = by_price();
			let run = world.propose(&script);
			deadline_passes(world, run);
			enrolled(world, run, &all(&world.trainers), &[]);
			let batch = Call::post_feedback {
				run,
				number: 0,
				items_root: Default::default(),
				items: 1,
			};
			assert_noop!(
				world.sponsor.act(batch),
				DispatchError::from(Error::<Runtime>::NobodyEnrolled)
			);
			let deadline = run_of(run).deadline;
			work(world, run, |_, _| ALL);
			assert!(System::block_number() < deadline, "nobody is waited for");
			world.appraise(run, &script);
			paid(world, run, &script, Basis::LicencePrice);
			assert_eq!(Settlement::run_pool(run, Role::User), None);
		});
	}

	#[test]
	fn who_was_invited_and_never_delivers_costs_its_inviter() {
		scenario(|world| {
			let script = by_price();
			let run = world.propose(&script);
			let invited = Actor::new("somebody who owns nothing");
			let inviter = world.sponsor.clone();
			let invite = Call::invite {
				run,
				who: invited.account.clone(),
				role: Role::Trainer,
				purse: GRD / 2,
			};
			assert_ok!(inviter.act(invite));
			deadline_passes(world, run);
			let mut trainers = all(&world.trainers);
			trainers.push(&invited);
			enrolled(world, run, &trainers, &all(&world.users));
			assert_eq!(Balances::total_balance(&invited.account), GRD / 2);
			let ours = invited.account.clone();
			work(world, run, |_, task| {
				ALL.filter(|_| task.contributor != ours)
			});
			assert!(missed_by(run, &invited) > 0);
			let held = read::account(inviter.account.clone()).held;
			world.appraise(run, &script);
			world.settle(run);
			check_and_pay(world, run, &script, Basis::LicencePrice);
			assert_ok!(world.stranger.act(Call::prune { run, limit: 100 }));
			assert_eq!(lost(), 10 * GRD);
			assert_eq!(read::account(inviter.account.clone()).held, held - 10 * GRD);
			assert_eq!(Balances::total_balance(&invited.account), GRD / 2);
			cleared(world, run);
		});
	}

	#[test]
	fn kill_fees_and_deposits_wait_for_whoever_asks_for_them() {
		scenario(|world| {
			let run = world.propose(&by_price());
			deadline_passes(world, run);
			for trainer in &world.trainers {
				assert_ok!(world.enrol(run, trainer, Role::Trainer));
			}
			let idle = Actor::new("invited and never came");
			let invite = Call::invite {
				run,
				who: idle.account.clone(),
				role: Role::User,
				purse: GRD,
			};
			assert_ok!(world.sponsor.act(invite));
			assert_ok!(world.sponsor.act(Call::cancel { run }));
			at_block(System::block_number() + 5_000);
			let each = run_of(run).kill_fee_each;
			assert!(each > 0);
			while Training::run(run).is_some() {
				assert_ok!(world.stranger.act(Call::prune { run, limit: 2 }));
				check_everything();
			}
			for trainer in &world.trainers {
				assert_eq!(Balances::free_balance(&trainer.payout), each);
				assert_eq!(read::account(trainer.account.clone()).held, 0);
			}
			assert_eq!(read::account(world.sponsor.account.clone()).held, 0);
			assert_eq!(Balances::free_balance(&idle.account), GRD);
		});
	}
}

mod at_work {
	use super::*;

	#[test]
	fn a_trainer_who_is_gone_is_replaced_and_loses_its_deposit() {
		scenario(|world| {
			let script = by_price();
			let run = working(world, &script);
			let gone = world.trainers[0].clone();
			work(world, run, |_, task| {
				ALL.filter(|_| task.contributor != gone.account)
			});
			let most: u8 = <Runtime as pallet_training::Config>::MaxStrikes::get();
			assert!(missed_by(run, &gone) >= usize::from(most));
			// Whatever it missed was done by others: nothing of the plan is left out.
			let done = Contributions::table(run, Role::Trainer).units;
			assert_eq!(done, run_of(run).planned.units[1].into());
			world.appraise(run, &script);
			paid(world, run, &script, Basis::LicencePrice);
			assert_eq!(lost(), 10 * GRD);
		});
	}

	#[test]
	fn a_run_in_which_nothing_is_ever_accepted_is_refunded() {
		scenario(|world| {
			let before = wealth(world);
			let run = working(world, &by_price());
			work(world, run, |_, _| None);
			refunded(world, run, before);
			let enrolled = world.trainers.len() + world.users.len();
			assert_eq!(lost(), 10 * GRD * enrolled as Balance);
		});
	}

	#[test]
	fn a_draw_that_nobody_makes_is_noted_anew() {
		scenario(|world| {
			let script = Script {
				feedback: false,
				..by_price()
			};
			let run = working(world, &script);
			let noted = run_of(run).draw_epoch;
			at_epoch(noted + 9);
			assert_ok!(world.keeper.act(Call::deal { run, limit: 16 }));
			assert_eq!(run_of(run).next_task, 0);
			assert!(run_of(run).draw_epoch > noted + 9);
			work(world, run, |_, _| ALL);
			world.appraise(run, &script);
			paid(world, run, &script, Basis::LicencePrice);
		});
	}

	#[test]
	fn a_silent_committee_is_replaced_on_request_and_the_work_is_finished() {
		scenario(|world| {
			let script = by_price();
			let run = working(world, &script);
			// The committee of the first task of each kind never signs.
			let mut silent = BTreeMap::new();
			let mut asked = Vec::new();
			work(world, run, |index, task| {
				let kind = match task.work {
					Work::Train { .. } => "train",
					Work::Feedback { .. } => "feedback",
					Work::Aggregate => "aggregate",
				};
				if *silent.entry(kind).or_insert(index) != index {
					return ALL;
				}
				let half = task.deadline - 15;
				let contributor = world.actor(&task.contributor).clone();
				let request = Call::request_committee { run, task: index };
				if System::block_number() < half {
					assert_noop!(
						contributor.act(request),
						DispatchError::from(Error::<Runtime>::TooEarly)
					);
				} else {
					assert_ok!(contributor.act(request));
					asked.push((index, contributor));
				}
				None
			});
			assert_eq!(asked.len(), 3);
			let tasks = all_tasks(run);
			for (index, contributor) in asked {
				let replaced = &tasks[index as usize].1;
				assert_eq!(replaced.state, TaskState::Replaced);
				let (_, second) = (tasks.iter())
					.find(|(_, task)| task.replaces == Some(index))
					.unwrap();
				assert!(matches!(second.state, TaskState::Done { .. }));
				assert_eq!(second.contributor, contributor.account);
				assert!(second
					.committee
					.iter()
					.all(|member| !replaced.committee.contains(member)));
				// Only what is held for its enrolment is left.
				assert_eq!(read::account(contributor.account).held, 10 * GRD);
			}
			assert!(tasks
				.iter()
				.all(|(_, task)| task.state != TaskState::Missed));
			let done = Contributions::table(run, Role::Trainer).units;
			assert_eq!(done, run_of(run).planned.units[1].into());
			world.appraise(run, &script);
			paid(world, run, &script, Basis::LicencePrice);
			assert_eq!(lost(), 0);
		});
	}

	#[test]
	fn a_task_that_two_committees_do_not_vouch_for_is_dealt_to_somebody_else() {
		scenario(|world| {
			let script = Script {
				feedback: false,
				..by_price()
			};
			let run = working(world, &script);
			let mut asked = false;
			work(world, run, |index, task| {
				if index != 0 && task.replaces != Some(0) {
					return ALL;
				}
				if index == 0 && System::block_number() >= task.deadline - 15 {
					let request = Call::request_committee { run, task: 0 };
					assert_ok!(world.actor(&task.contributor).act(request));
					asked = true;
				}
				None
			});
			assert!(asked);
			let tasks = all_tasks(run);
			let of_the_work = tasks
				.iter()
				.filter(|(_, task)| task.work == tasks[0].1.work && task.round == 0);
			let states: Vec<_> = of_the_work
				.map(|(_, task)| (task.attempt, task.state))
				.collect();
			assert_eq!(
				states[..2],
				[(1, TaskState::Replaced), (1, TaskState::Missed)]
			);
			assert!(matches!(states[2], (2, TaskState::Done { .. })));
			assert_eq!(states.len(), 3);
			// The second committee cost the one who asked for it what it held for that, and no more.
			assert_eq!(lost(), GRD);
			world.appraise(run, &script);
			paid(world, run, &script, Basis::LicencePrice);
			assert_eq!(lost(), GRD);
		});
	}

	#[test]
	fn too_few_attestors_deal_nothing_until_the_work_ends() {
		scenario(|world| {
			let before = wealth(world);
			for attestor in &world.attestors[2..] {
				let kind = Kind::Attestor;
				assert_ok!(attestor.act(pallet_attestors::Call::retire { kind }));
			}
			at_epoch(pallet_babe::EpochIndex::<Runtime>::get() + 3);
			let run = working(world, &by_price());
			at_epoch(run_of(run).draw_epoch);
			assert_noop!(
				world.keeper.act(Call::deal { run, limit: 16 }),
				DispatchError::from(Error::<Runtime>::NotEnoughAttestors)
			);
			deadline_passes(world, run);
			refunded(world, run, before);
			assert_eq!(lost(), 0);
		});
	}

	#[test]
	fn a_round_that_nobody_averages_ends_the_work_with_what_there_is() {
		scenario(|world| {
			let script = by_price();
			let run = working(world, &script);
			work(world, run, |_, task| {
				ALL.filter(|_| task.work != Work::Aggregate)
			});
			let attempts: Vec<_> = all_tasks(run)
				.into_iter()
				.filter(|(_, task)| task.work == Work::Aggregate)
				.map(|(_, task)| (task.attempt, task.state))
				.collect();
			let missed = [1, 2, 3].map(|attempt| (attempt, TaskState::Missed));
			assert_eq!((attempts, run_of(run).round), (missed.to_vec(), 0));
			world.appraise(run, &script);
			paid(world, run, &script, Basis::LicencePrice);
			assert_eq!(lost(), 0);
		});
	}

	#[test]
	fn users_who_never_answer_are_not_waited_for_and_lose_their_deposits() {
		scenario(|world| {
			let script = by_price();
			let run = working(world, &script);
			let deadline = run_of(run).deadline;
			work(world, run, |_, task| {
				ALL.filter(|_| !matches!(task.work, Work::Feedback { .. }))
			});
			assert!(System::block_number() < deadline);
			world.appraise(run, &script);
			paid(world, run, &script, Basis::LicencePrice);
			assert_eq!(Settlement::run_pool(run, Role::User), None);
			assert!(lost() > 0 && lost().is_multiple_of(10 * GRD));
		});
	}
}

mod appraising {
	use super::*;

	/// The work is over, and the sponsor has shown its test set.
	fn shown(world: &World, script: &Script) -> RunId {
		let run = working(world, script);
		work(world, run, |_, _| ALL);
		assert_ok!(world.reveal_tests(run, script));
		run
	}

	/// Appraisers are drawn.
	fn drawn(world: &World, run: RunId) {
		let Phase::Drawing { epoch } = phase(run) else {
			panic!("appraisers are drawn: {:?}", phase(run));
		};
		at_epoch(epoch);
		assert_ok!(world.advance(run, 16));
	}

	/// The deadline of a phase passes.
	fn phase_passes(world: &World, run: RunId) {
		let deadline = match phase(run) {
			Phase::AwaitingTests { deadline }
			| Phase::Committing { deadline }
			| Phase::Revealing { deadline }
			| Phase::Streaming { deadline, .. } => deadline,
			other => panic!("{other:?} has no deadline"),
		};
		at_block(deadline + 1);
		assert_ok!(world.advance(run, 16));
		check_everything();
	}

	/// Licence prices decided, and everybody is paid.
	fn fell_back(world: &World, run: RunId, script: &Script) {
		assert_eq!(state(run), State::Challenge);
		paid(world, run, script, Basis::LicencePrice);
	}

	#[test]
	fn a_draw_of_appraisers_that_nobody_makes_is_made_anew() {
		scenario(|world| {
			let script = honest();
			let run = shown(world, &script);
			let Phase::Drawing { epoch } = phase(run) else {
				panic!("appraisers are drawn")
			};
			at_epoch(epoch + 9);
			assert_ok!(world.advance(run, 16));
			drawn(world, run);
			world.agree(run);
			world.stream(run);
			assert_ok!(world.advance(run, 16));
			paid(world, run, &script, Basis::Scores);
		});
	}

	#[test]
	fn too_few_appraisers_mean_licence_prices() {
		scenario(|world| {
			let script = honest();
			for appraiser in &world.appraisers[3..] {
				let kind = Kind::Appraiser;
				assert_ok!(appraiser.act(pallet_attestors::Call::retire { kind }));
			}
			let run = shown(world, &script);
			drawn(world, run);
			fell_back(world, run, &script);
		});
	}

	#[test]
	fn appraisers_who_do_not_commit_are_drawn_once_more_and_then_prices_decide() {
		scenario(|world| {
			let script = honest();
			let run = shown(world, &script);
			for _ in 0..2 {
				drawn(world, run);
				phase_passes(world, run);
			}
			fell_back(world, run, &script);
		});
	}

	#[test]
	fn appraisers_who_do_not_reveal_are_drawn_once_more_and_then_prices_decide() {
		scenario(|world| {
			let script = honest();
			let run = shown(world, &script);
			for _ in 0..2 {
				drawn(world, run);
				for appraiser in &world.appraisers {
					let commitment = sp_core::H256::repeat_byte(9);
					let call = pallet_valuation::Call::commit { run, commitment };
					assert_ok!(appraiser.act(call));
				}
				phase_passes(world, run);
			}
			fell_back(world, run, &script);
		});
	}

	#[test]
	fn a_second_draw_that_agrees_is_as_good_as_the_first() {
		scenario(|world| {
			let script = honest();
			let run = shown(world, &script);
			drawn(world, run);
			phase_passes(world, run);
			drawn(world, run);
			world.agree(run);
			world.stream(run);
			assert_ok!(world.advance(run, 16));
			paid(world, run, &script, Basis::Scores);
		});
	}

	#[test]
	fn counts_that_nobody_brings_mean_licence_prices() {
		scenario(|world| {
			let script = honest();
			let run = shown(world, &script);
			drawn(world, run);
			world.agree(run);
			phase_passes(world, run);
			fell_back(world, run, &script);
		});
	}
}

mod afterwards {
	use super::*;

	#[test]
	fn a_run_that_nobody_moves_on_waits_for_a_stranger_who_gets_the_tips() {
		scenario(|world| {
			let script = by_price();
			let run = working(world, &script);
			work(world, run, |_, _| ALL);
			// WHEN nobody comes for a week
			let idle = |blocks: BlockNumber| {
				System::set_block_number(System::block_number() + blocks);
				next_block();
			};
			let week = 7 * crate::constants::time::DAYS;
			let stranger = world.stranger.clone();
			let tips = Settlement::escrow(run).tip;
			let before = Balances::free_balance(&stranger.account);
			let mut calls = 0;
			while state(run) != State::Settled {
				idle(week);
				assert_ok!(stranger.act(Call::advance { run, limit: 16 }));
				check_everything();
				calls += 1;
			}
			// THEN a stranger moves it on and is paid for each call, out of the tips.
			let earned = Balances::free_balance(&stranger.account) - before;
			let (_, plan) = Training::run(run).unwrap();
			assert!(earned > 0);
			assert_eq!(earned, (plan.tip_per_advance * calls).min(tips));
			idle(week);
			check_and_pay(world, run, &script, Basis::LicencePrice);
			cleared(world, run);
		});
	}
}
