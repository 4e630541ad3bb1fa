use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok, traits::fungible::hold::Inspect, BoundedVec};
use guerdon_valuation::FeatureSpec;
use pallet_settlement::{Purse, Treasurer};
use pallet_valuation::Method;
use sp_core::H256;
use sp_runtime::DispatchError;

#[test]
fn a_proposal_escrows_its_money_and_counts_its_units() {
	test(|| {
		assert_ok!(propose(plan()));

		let run = run();
		assert_eq!(
			(run.state, run.deadline, run.sponsor.clone()),
			(State::Proposed, 11, SPONSOR)
		);
		// 72 records three times and 5 for the aggregate, twice; 2 batches of 10; both together.
		assert_eq!(run.planned.units, [0, 2 * (72 * 3 + 5), 20, 442 + 20, 0]);
		assert_eq!(run.planned.tasks_per_round, 4);
		// 2 rounds of 4 tasks and an aggregate, 2 batches.
		assert_eq!(
			run.deposit,
			// Twelve tasks of three attempts and a committee of three could lock more than there are.
			1_000 + 2 * 7 + 12 * 10 + 3 * u128::from(plan().max_enrolments) + 2 * 50
		);
		assert_eq!(
			Balances::balance_on_hold(&HoldReason::Run.into(), &SPONSOR),
			run.deposit
		);
		assert_eq!(Fakes::held(0, Purse::Budget), 100_000);
		assert_eq!(Fakes::held(0, Purse::Licence), 416);
		assert_eq!(Fakes::held(0, Purse::Bond), 10_000);
		assert_eq!(Fakes::held(0, Purse::Tip), 100);
		assert!(world()
			.datasets
			.values()
			.all(|dataset| dataset.users.contains(&0)));
		assert_eq!(RunDatasets::<Test>::get(0, 2).unwrap().offset, 2);
		assert_eq!(NextRunId::<Test>::get(), 1);
	});
}

#[test]
fn a_run_is_paid_in_the_asset_of_its_plan() {
	test(|| {
		let in_asset = |asset| PlanOf::<Test> { asset, ..plan() };
		assert_noop!(propose(in_asset(Some(ASSET + 1))), NOT_ALLOWED);
		assert_ok!(propose(in_asset(None)));
		assert_ok!(propose(in_asset(Some(ASSET))));
		assert_eq!(
			world().paid_in.into_iter().collect::<Vec<_>>(),
			[(1, ASSET)]
		);
		System::assert_has_event(
			Event::RunProposed {
				run: 1,
				sponsor: SPONSOR,
				budget: 100_000,
				asset: Some(ASSET),
			}
			.into(),
		);
	});
}

#[test]
fn prices_are_those_of_the_proposal() {
	test(|| {
		assert_ok!(propose(plan()));
		change(|world| world.datasets.get_mut(&1).unwrap().terms.price_per_record = 1_000);
		assert_eq!(RunDatasets::<Test>::get(0, 1).unwrap().price_per_record, 3);
	});
}

#[test]
fn every_bad_plan_has_its_own_error() {
	let bad = |error: Error<Test>, spoil: fn(&mut PlanOf<Test>)| {
		test(|| {
			let mut plan = plan();
			spoil(&mut plan);
			assert_noop!(propose(plan), error);
		});
	};
	bad(Error::NoDatasets, |plan| plan.datasets.clear());
	bad(Error::DuplicateDataset, |plan| {
		plan.datasets = BoundedVec::truncate_from(vec![1, 1])
	});
	bad(Error::DatasetNotFound, |plan| {
		plan.datasets = BoundedVec::truncate_from(vec![9])
	});
	bad(Error::BadFeatures, |plan| {
		plan.features = FeatureSpec::TextTrigrams { classes: 1 }
	});
	bad(Error::ZeroRecordsPerTask, |plan| plan.records_per_task = 0);
	bad(Error::ZeroPasses, |plan| plan.passes = 0);
	bad(Error::ZeroRounds, |plan| plan.rounds = 0);
	bad(Error::ZeroAggregateUnits, |plan| plan.aggregate_units = 0);
	let feedback = |batches, items_per_batch| {
		Some(FeedbackPlan {
			batches,
			items_per_batch,
			gold_commitment: H256::zero(),
		})
	};
	test(|| {
		for empty in [feedback(0, 1), feedback(1, 0)] {
			let plan = RunPlan {
				feedback: empty,
				..plan()
			};
			assert_noop!(propose(plan), Error::<Test>::EmptyFeedback);
		}
	});
	bad(Error::ZeroBudget, |plan| plan.budget = 0);
	bad(Error::SplitNotWhole, |plan| plan.split_ppm[0] -= 1);
	bad(Error::SplitNotWhole, |plan| plan.split_ppm[0] += 1);
	bad(Error::SplitNotWhole, |plan| {
		plan.split_ppm = [u32::MAX, MILLION + 1, 0, 0, 0]
	});
	bad(Error::BondTooSmall, |plan| plan.bond = 9_999);
	bad(Error::BondTooSmall, |plan| plan.budget = 100_001);
	bad(Error::TipTooSmall, |plan| plan.tip_per_advance = 101);
	bad(Error::CommitteeOutOfBounds, |plan| plan.committee = 0);
	bad(Error::CommitteeOutOfBounds, |plan| plan.committee = 16);
	bad(Error::QuorumOutOfBounds, |plan| plan.quorum = 1);
	bad(Error::QuorumOutOfBounds, |plan| plan.quorum = 4);
	bad(Error::QuorumOutOfBounds, |plan| {
		(plan.committee, plan.quorum) = (4, 2)
	});
	bad(Error::ZeroSamples, |plan| plan.samples = 0);
	bad(Error::EnrolmentsOutOfBounds, |plan| plan.max_enrolments = 0);
	bad(Error::EnrolmentsOutOfBounds, |plan| {
		plan.max_enrolments = 257
	});
	bad(Error::AppraisersOutOfBounds, |plan| plan.appraisers = 2);
	bad(Error::AppraisersOutOfBounds, |plan| plan.appraisers = 16);
	bad(Error::AppraiserQuorumOutOfBounds, |plan| {
		plan.appraiser_quorum = 2
	});
	bad(Error::AppraiserQuorumOutOfBounds, |plan| {
		plan.appraiser_quorum = 6
	});
	bad(Error::WindowOutOfBounds, |plan| plan.windows.challenge = 0);
	bad(Error::WindowOutOfBounds, |plan| plan.windows.work = 1_001);
	bad(Error::WorkTooShort, |plan| {
		plan.windows.work = plan.windows.task
	});
	bad(Error::TooManyTasks, |plan| plan.records_per_task = 1);
	bad(Error::TooManyTasks, |plan| plan.rounds = 50);
	bad(Error::LicenceCeilingTooLow, |plan| plan.max_licence -= 1);
	bad(Error::EnrolmentsOutOfBounds, |plan| plan.max_enrolments = 1);
	test(|| {
		let plan = RunPlan {
			feedback: feedback(1 << 16, 1 << 16),
			..plan()
		};
		assert_noop!(propose(plan), Error::<Test>::TooManyTasks);
		let plan = RunPlan {
			feedback: feedback(2, 1 << 31),
			..mock::plan()
		};
		assert_noop!(propose(plan), Error::<Test>::PlanTooLarge);
	});
}

#[test]
fn no_more_records_are_taken_than_can_be_valued() {
	test(|| {
		let records = |records| {
			change(|world| world.datasets.get_mut(&1).unwrap().terms.records = records);
		};
		let plan = |method| RunPlan {
			records_per_task: 1 << 20,
			max_licence: 4_000_000,
			method,
			..plan()
		};
		records((1 << 20) - 31);
		assert_noop!(
			propose(plan(Method::ThresholdKnn)),
			Error::<Test>::TooManyRecords
		);
		assert_ok!(propose(plan(Method::LicencePrice)));
		records((1 << 20) - 32);
		assert_ok!(propose(plan(Method::ThresholdKnn)));
	});
}

#[test]
fn a_plan_that_cannot_be_counted_is_refused() {
	test(|| {
		change(|world| {
			let terms = &mut world.datasets.get_mut(&1).unwrap().terms;
			terms.price_per_record = u128::MAX;
		});
		assert_noop!(propose(plan()), Error::<Test>::PlanTooLarge);
	});
	test(|| {
		change(|world| {
			let terms = &mut world.datasets.get_mut(&1).unwrap().terms;
			terms.records = u64::MAX;
			terms.price_per_record = 0;
		});
		assert_noop!(propose(plan()), Error::<Test>::TooManyTasks);
	});
}

#[test]
fn small_datasets_can_be_used_but_not_valued() {
	test(|| {
		change(|world| world.datasets.get_mut(&2).unwrap().terms.records = 31);
		assert_noop!(propose(plan()), Error::<Test>::DatasetTooSmall);
		assert_ok!(propose(RunPlan {
			method: Method::LicencePrice,
			..plan()
		}));
	});
}

#[test]
fn a_sponsor_cannot_use_its_own_dataset() {
	test(|| {
		change(|world| world.datasets.get_mut(&2).unwrap().terms.owner = SPONSOR);
		assert_noop!(propose(plan()), Error::<Test>::SponsorOwnsDataset);
	});
}

#[test]
fn a_dataset_that_is_not_usable_says_why() {
	test(|| {
		change(|world| world.datasets.get_mut(&2).unwrap().usable = false);
		assert_noop!(propose(plan()), DispatchError::Other("not usable"));
	});
}

#[test]
fn a_sponsor_that_cannot_pay_leaves_nothing_behind() {
	test(|| {
		let plan = RunPlan {
			budget: RICH,
			bond: RICH / 10,
			..plan()
		};
		assert!(propose(plan).is_err());
		assert_eq!(NextRunId::<Test>::get(), 0);
		assert_eq!(Balances::free_balance(SPONSOR), RICH);
		assert!(world()
			.datasets
			.values()
			.all(|dataset| dataset.users.is_empty()));
	});
}
