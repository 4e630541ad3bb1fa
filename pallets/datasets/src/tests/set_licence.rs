use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};

#[test]
fn licence_changes_for_runs_to_come() {
	ExtBuilder.build_and_execute(|| {
		let dataset = dataset_with(licence());
		let new = Licence {
			price_per_record: 9,
			..by_grant()
		};
		assert_ok!(Catalog::set_licence(signed(ALICE), dataset, new.clone()));

		let terms = Catalog::terms(dataset).unwrap();
		assert_eq!(
			(terms.price_per_record, terms.approval),
			(9, Approval::ByGrant)
		);
		System::assert_last_event(
			Event::LicenceChanged {
				dataset,
				licence: new,
			}
			.into(),
		);
	});
}

#[test]
fn run_that_asked_keeps_the_licence_it_asked_under() {
	ExtBuilder.build_and_execute(|| {
		let dataset = dataset_with(licence());
		assert_ok!(Catalog::request(dataset, RUN));

		// WHEN the licence ends at once, forbids training and wants a grant
		let soon = System::block_number() + 1;
		let new = Licence {
			uses: uses::INDEX,
			valid_until: Some(soon),
			..by_grant()
		};
		assert_ok!(Catalog::set_licence(signed(ALICE), dataset, new));
		pass_blocks(5);

		// THEN no other run can begin, and the first one goes on
		assert!(!Catalog::is_usable(dataset));
		assert!(Catalog::granted(dataset, RUN));
		assert_ok!(Catalog::may_deal(dataset, RUN));
	});
}

#[test]
fn run_does_not_outlive_the_licence_it_asked_under() {
	ExtBuilder.build_and_execute(|| {
		let dataset = dataset_with(Licence {
			valid_until: Some(20),
			..licence()
		});
		assert_ok!(Catalog::request(dataset, RUN));
		assert_ok!(Catalog::set_licence(signed(ALICE), dataset, licence()));

		System::set_block_number(19);
		assert_ok!(Catalog::may_deal(dataset, RUN));
		System::set_block_number(20);
		assert_noop!(
			Catalog::may_deal(dataset, RUN),
			Error::<Test>::LicenceNotInForce
		);
	});
}

#[test]
fn licence_is_changed_by_the_owner_and_must_make_sense() {
	ExtBuilder.build_and_execute(|| {
		let dataset = dataset_with(licence());
		assert_noop!(
			Catalog::set_licence(signed(BOB), dataset, licence()),
			Error::<Test>::NotAuthorized
		);
		assert_noop!(
			Catalog::set_licence(signed(ALICE), 9, licence()),
			Error::<Test>::NotFound
		);
		for (bad, error) in [
			(
				Licence {
					uses: 64,
					..licence()
				},
				Error::<Test>::InvalidUses,
			),
			(
				Licence {
					valid_from: 9,
					valid_until: Some(8),
					..licence()
				},
				Error::<Test>::InvalidTerm,
			),
			(
				Licence {
					flat_fee: 1_000_001,
					..licence()
				},
				Error::<Test>::MaxPriceExceeded,
			),
		] {
			assert_noop!(Catalog::set_licence(signed(ALICE), dataset, bad), error);
		}
	});
}

#[test]
fn licence_of_a_withdrawn_dataset_does_not_change() {
	ExtBuilder.build_and_execute(|| {
		let dataset = dataset_with(licence());
		assert_ok!(Catalog::withdraw(signed(ALICE), dataset));
		assert_noop!(
			Catalog::set_licence(signed(ALICE), dataset, licence()),
			Error::<Test>::DatasetWithdrawn
		);
	});
}
