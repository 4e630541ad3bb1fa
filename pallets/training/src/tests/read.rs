use crate::{mock::*, *};

#[test]
fn runs_are_listed_in_pages() {
	test(|| {
		for _ in 0..3 {
			let datasets = frame_support::BoundedVec::truncate_from(vec![1]);
			propose(RunPlan { datasets, ..plan() }).unwrap();
		}
		let (page, next) = Training::runs(0, 2);
		assert_eq!(
			page.iter().map(|(id, _)| *id).collect::<Vec<_>>(),
			vec![0, 1]
		);
		assert_eq!(next, Some(2));
		let (page, next) = Training::runs(2, 2);
		assert_eq!((page.len(), next), (1, None));
		assert_eq!(Training::runs(9, 2), (vec![], None));
		assert_eq!(Training::runs(0, 0), (vec![], None));
	});
}

#[test]
fn a_run_is_read_with_its_plan_and_datasets() {
	test(|| {
		assert!(Training::run(0).is_none());
		enrolling();
		let (run, read) = Training::run(0).unwrap();
		assert_eq!((run.state, read), (State::Enrolling, plan()));
		let ids: Vec<_> = Training::run_datasets(0)
			.iter()
			.map(|view| view.dataset)
			.collect();
		assert_eq!(ids, vec![1, 2]);
		assert!(Training::run_datasets(1).is_empty());
	});
}

#[test]
fn everybody_finds_its_own_tasks() {
	test(|| {
		dealt();
		let mut found: Vec<_> = [TRAINER, TRAINER_B]
			.iter()
			.flat_map(|who| Training::tasks_for(0, who, 0, 99).tasks)
			.map(|(index, _)| index)
			.collect();
		found.sort();
		assert_eq!(found, vec![0, 1, 2, 3]);

		let worker = task(2).contributor;
		deliver([2]);
		let open = Training::tasks_for(0, &worker, 0, 99).tasks;
		assert!(open.iter().all(|(index, _)| *index != 2));

		let page = Training::tasks(0, 1, 2);
		assert_eq!(
			page.tasks
				.iter()
				.map(|(index, _)| *index)
				.collect::<Vec<_>>(),
			vec![1, 2]
		);
		assert_eq!(page.next, Some(3));
		assert_eq!(Training::tasks(0, 3, 2).next, None);
	});
}

#[test]
fn a_receipt_is_found_by_its_id() {
	test(|| {
		dealt();
		let id = receipt(0).id();
		assert!(Training::receipt(id).is_none());
		deliver([0]);
		let (run, kept) = Training::receipt(id).unwrap();
		assert_eq!((run, kept.task, kept.metric), (0, 0, (100_000, 200_000)));
	});
}
