use crate::{mock::*, *};
use frame_support::{assert_ok, storage::with_transaction, traits::fungible::hold::Mutate as _};
use sp_core::H256;
use sp_runtime::{DispatchError, TransactionOutcome};

/// Runs `corrupt` on a good state with ALICE's datasets 0 and 1, the second a version of the
/// first and waiting for one answer, and expects this finding.
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
		assert_ok!(announce(BOB, &args("not shown", 100)));
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

#[test]
fn try_state_detects_ids_out_of_order() {
	finds("1: a dataset has an id that was not handed out", || {
		NextDatasetId::<Test>::put(1)
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
	finds("2: a root has no dataset", || {
		ByRoot::<Test>::insert(root, 5)
	});
	finds("2: a dataset has another root", || {
		ByRoot::<Test>::insert(root, 0)
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
		change(0, |it| it.status = Status::Withdrawn { from: 7 })
	});
	finds("6: a revocation takes effect too late", || {
		change(1, |it| it.pending = 0);
		let grant = Grant::Revoked { until: 7 };
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
