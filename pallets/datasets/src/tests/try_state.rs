use crate::{mock::*, *};
use frame_support::{assert_ok, storage::with_transaction, traits::fungible::hold::Mutate as _};
use sp_core::H256;
use sp_runtime::{DispatchError, TransactionOutcome};

/// Runs `corrupt` on a good state and expects this finding. ALICE has the datasets 0 and 1, the second
/// a version of the first and waiting for one answer, and 2, which is withdrawn and to be unlearnt.
/// BOB has an announcement, and dataset 3, which CAROL's dataset 4 contests.
fn finds(finding: &'static str, corrupt: impl FnOnce()) {
	ExtBuilder.build_and_execute(|| {
		let parent = dataset_with(licence());
		let version = PublishArgs {
			parent: Some(parent),
			..args("second version", 100)
		};
		let child = published(
			ALICE,
			PublishArgs {
				licence: by_grant(),
				..version
			},
		);
		assert_ok!(Catalog::request(child, RUN));
		let gone = published(ALICE, args("withdrawn", 100));
		CurrentEpoch::set(5);
		assert_ok!(Catalog::withdraw(signed(ALICE), gone));
		CurrentEpoch::set(6);
		UsedIn::set(vec![(RUN, gone)]);
		assert_ok!(Catalog::request_unlearning(signed(ALICE), gone, RUN));
		assert_ok!(announce(BOB, &args("not shown", 100)));
		assert_ok!(announce(CAROL, &args("taken over", 100)));
		pass_blocks(1);
		let later = published(BOB, args("taken over", 100));
		assert_ok!(publish(CAROL, args("taken over", 100)));
		assert_eq!((gone, later), (2, 3));
		let _ = with_transaction(|| {
			corrupt();
			assert_eq!(Catalog::do_try_state(), Err(DispatchError::Other(finding)));
			TransactionOutcome::Rollback(Ok::<(), DispatchError>(()))
		});
	});
}

fn change(dataset: DatasetId, with: impl FnOnce(&mut DatasetOf<Test>)) {
	Datasets::<Test>::mutate(dataset, |it| with(it.as_mut().unwrap()));
}

/// Changes the request to unlearn dataset 2.
fn change_request(with: impl FnOnce(&mut UnlearningOf<Test>)) {
	Unlearnings::<Test>::mutate(2, RUN, |it| with(it.as_mut().unwrap()));
}

#[test]
fn try_state_detects_ids_out_of_order() {
	finds("1: a dataset has an id that was not handed out", || {
		NextDatasetId::<Test>::put(4)
	});
	finds("1: a parent is not older than its child", || {
		change(0, |it| it.parent = Some(1))
	});
	finds("1: a parent has another owner", || {
		change(0, |it| it.owner = BOB)
	});
}

#[test]
fn try_state_detects_roots_that_are_not_datasets() {
	let root = H256::zero();
	let held_by = |dataset| Holder { dataset, first: 0 };
	finds("2: a root has no dataset", || {
		ByRoot::<Test>::insert(root, held_by(5))
	});
	finds("2: a dataset has another root", || {
		ByRoot::<Test>::insert(root, held_by(0))
	});
	finds("2: a contested dataset has a root", || {
		change(0, |it| it.status = Status::Contested { by: 1 })
	});
	finds("2: a root was taken over from a dataset to come", || {
		let root = Datasets::<Test>::get(0).unwrap().content.root;
		let (dataset, first) = (0, 1);
		ByRoot::<Test>::insert(root, Holder { dataset, first })
	});
	finds("2: a dataset's root is missing", || {
		ByRoot::<Test>::remove(Datasets::<Test>::get(0).unwrap().content.root)
	});
}

#[test]
fn try_state_detects_deposits_that_are_not_held() {
	let differs = "3: the deposits are not what is held";
	finds(differs, || change(0, |it| it.deposit += 1));
	finds(differs, || {
		assert_ok!(Balances::hold(&HoldReason::Dataset.into(), &CAROL, 1));
	});
	finds(differs, || {
		assert_ok!(Balances::hold(&HoldReason::Announcement.into(), &BOB, 1));
	});
	finds(differs, || {
		assert_ok!(Balances::hold(&HoldReason::Unlearning.into(), &ALICE, 1));
	});
	finds("3: a depositor has no account", || {
		Announcements::<Test>::insert(PAUPER, H256::zero(), Announcement { at: 1, deposit: 10 })
	});
}

#[test]
fn try_state_detects_uses_that_are_not_counted() {
	finds("4: a use has no dataset", || {
		Uses::<Test>::insert(
			9,
			RUN,
			Use {
				grant: Grant::Given,
				valid_until: None,
			},
		)
	});
	finds("4: uses are miscounted", || change(0, |it| it.uses = 1));
	finds("4: requests are miscounted", || {
		change(1, |it| it.pending = 0)
	});
	finds("4: too many requests wait", || {
		for run in 1..=2 {
			Uses::<Test>::insert(
				1,
				run,
				Use {
					grant: Grant::Pending,
					valid_until: None,
				},
			);
		}
		change(1, |it| (it.uses, it.pending) = (3, 3));
	});
}

#[test]
fn try_state_detects_terms_without_sense() {
	finds("5: a dataset has no records", || {
		change(0, |it| it.content.records = 0)
	});
	finds("5: a licence has no meaning", || {
		change(0, |it| it.licence.uses = 0)
	});
	finds("5: a licence ends before it begins", || {
		change(0, |it| it.licence.valid_until = Some(0))
	});
}

#[test]
fn try_state_detects_what_lies_ahead() {
	finds("6: an announcement is of a block to come", || {
		System::set_block_number(20)
	});
	finds("6: a priority is of a block to come", || {
		change(0, |it| it.priority = 99)
	});
	finds("6: a withdrawal takes effect too late", || {
		change(0, |it| it.status = Status::Withdrawn { from: 8 })
	});
	finds("6: an answer is of a block to come", || {
		let at = System::block_number() + 1;
		change_request(|it| {
			it.answer = Some(Answered {
				answer: Answer::Model(H256::zero()),
				at,
			})
		})
	});
	finds("6: a revocation takes effect too late", || {
		change(1, |it| it.pending = 0);
		let grant = Grant::Revoked { until: 8 };
		Uses::<Test>::insert(
			1,
			RUN,
			Use {
				grant,
				valid_until: None,
			},
		)
	});
}

#[test]
fn try_state_detects_announcements_that_are_not_counted() {
	finds("7: an owner's announcements are not counted", || {
		AnnouncementCounts::<Test>::remove(BOB)
	});
	for count in [0, 2] {
		finds("7: announcements are miscounted", || {
			AnnouncementCounts::<Test>::insert(BOB, count)
		});
	}
	finds("7: announcements are miscounted", || {
		AnnouncementCounts::<Test>::insert(CAROL, 0)
	});
	finds("7: an owner has too many announcements", || {
		for number in 0..3 {
			let at = 1;
			let commitment = H256::from_low_u64_be(number);
			Announcements::<Test>::insert(BOB, commitment, Announcement { at, deposit: 0 });
		}
		AnnouncementCounts::<Test>::insert(BOB, 4);
	});
}

#[test]
fn try_state_detects_datasets_that_are_contested_for_no_reason() {
	for by in [3, 5] {
		finds(
			"8: a dataset is contested by one that did not come later",
			|| change(3, |it| it.status = Status::Contested { by }),
		);
	}
	finds("8: a dataset is contested by one of another root", || {
		change(3, |it| it.content.root = H256::zero())
	});
	finds(
		"8: a dataset is contested by one that was not announced earlier",
		|| {
			change(4, |it| {
				it.priority = Datasets::<Test>::get(3).unwrap().priority
			})
		},
	);
}

#[test]
fn try_state_detects_requests_to_unlearn_what_is_not_withdrawn() {
	finds("9: a dataset to unlearn was never published", || {
		let it = Unlearnings::<Test>::take(2, RUN).unwrap();
		Unlearnings::<Test>::insert(5, RUN, it)
	});
	finds("9: a dataset to unlearn is not withdrawn", || {
		change(2, |it| it.status = Status::Active)
	});
	let differs = "9: a dataset to unlearn has another owner or root";
	finds(differs, || change_request(|it| it.root = H256::zero()));
	finds(differs, || {
		let it = Unlearnings::<Test>::take(2, RUN).unwrap();
		Unlearnings::<Test>::insert(0, RUN, it);
		change(0, |it| it.status = Status::Withdrawn { from: 6 })
	});
}
