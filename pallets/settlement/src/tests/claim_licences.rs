use super::*;
use crate::{LicenceDues, MAX_DUES};

fn claim_licences(dataset: u64) -> frame_support::dispatch::DispatchResultWithPostInfo {
	Settlement::claim_licences(RuntimeOrigin::signed(ANYONE), dataset)
}

/// A settled run in which a dataset earned nothing but a licence payment.
fn licensed(run: u64, dataset: u64, payee: AccountId, amount: Balance) {
	datasets_pool_of_nothing(run, &[(dataset, payee, amount)]);
}

fn datasets_pool_of_nothing(run: u64, licence: &[(u64, AccountId, Balance)]) {
	// Somebody else did all the work.
	datasets_pool(run, 1, &[(99, CAROL, 1)], licence);
}

fn funded_of(pool: u64) -> Balance {
	Settlement::cohort(pool).unwrap().funded
}

#[test]
fn a_licence_payment_goes_to_the_members() {
	build_and_execute(|| {
		// GIVEN a dataset with two cohorts.
		let lists = [
			cohort(DATASET, 1, &accounts(200, 1)),
			cohort(DATASET, 3, &accounts(300, 1)),
		];
		take_events();
		// WHEN its licence is paid.
		licensed(RUN, DATASET, BOB, 1_000);
		// THEN the payment is kept for them until somebody books it.
		assert!(take_events().contains(&Event::LicencePending {
			run: RUN,
			dataset: DATASET,
			list: lists[1],
			amount: 1_000
		}));
		let books = Settlement::books(RUN, None);
		assert_eq!((books.paid, books.claimable), (0, 1_001));
		assert_eq!(Settlement::members(DATASET).unwrap().pending, 1_000);
		assert_eq!(Settlement::conservation(None).dues, 1_000);

		let post = claim_licences(DATASET).unwrap();

		assert_eq!(lists.map(funded_of), [250, 750]);
		let books = Settlement::books(RUN, None);
		assert_eq!((books.paid, books.claimable), (1_000, 1));
		assert_eq!(Settlement::conservation(None).dues, 0);
		assert_eq!(
			take_events(),
			vec![
				Event::LicenceBooked {
					run: RUN,
					dataset: DATASET,
					list: lists[1],
					amount: 1_000
				},
				Event::CohortFunded {
					dataset: DATASET,
					pool: lists[0],
					amount: 250,
					asset: None
				},
				Event::CohortFunded {
					dataset: DATASET,
					pool: lists[1],
					amount: 750,
					asset: None
				},
			]
		);
		assert_eq!(post.actual_weight, Some(Settlement::licences_weight(1, 1)));
		assert_noop!(
			Settlement::claim_licences(RuntimeOrigin::signed(ANYONE), DATASET),
			Error::<Test>::NothingToClaim
		);
		assert_eq!(free(BOB), GRD);
	});
}

#[test]
fn licence_payments_wait_for_a_list_that_is_being_built() {
	build_and_execute(|| {
		let list = open_members(DATASET, 1).unwrap();
		licensed(RUN, DATASET, BOB, 1_000);
		licensed(RUN + 1, DATASET, BOB, 500);
		assert_noop!(claim_licences(DATASET), Error::<Test>::MembersPending);
		assert_ok!(stream(list, 0, &accounts(200, 1)));
		assert_ok!(seal(list));
		assert_ok!(claim_licences(DATASET));
		assert_eq!(funded_of(list), 1_500);
	});
}

#[test]
fn licence_payments_for_an_abandoned_list_go_to_the_payout_account() {
	build_and_execute(|| {
		let list = open_members(DATASET, 1).unwrap();
		licensed(RUN, DATASET, BOB, 1_000);
		licensed(RUN + 1, DATASET, DAVE, ED - 1);
		assert_ok!(abandon(list));
		assert_eq!(
			Settlement::members(DATASET).unwrap().pending,
			1_000 + ED - 1
		);
		take_events();

		assert_ok!(claim_licences(DATASET));

		assert_eq!(free(BOB), GRD + 1_000);
		// Who cannot receive is owed, as if there had been no list.
		assert_eq!(Settlement::dues_of(&DAVE), vec![((RUN + 1, None), ED - 1)]);
		let events = take_events();
		assert!(events.contains(&Event::LicencePaid {
			run: RUN,
			dataset: DATASET,
			payee: BOB,
			amount: 1_000
		}));
		assert!(events.contains(&Event::Owed {
			run: RUN + 1,
			to: DAVE,
			amount: ED - 1,
			cause: Cause::Licence(DATASET),
			asset: None
		}));
		assert_eq!(Settlement::members(DATASET), None);
	});
}

#[test]
fn what_waits_for_a_list_stops_nothing_of_another() {
	build_and_execute(|| {
		let first = open_members(DATASET, 1).unwrap();
		licensed(RUN, DATASET, BOB, 1_000);
		assert_ok!(abandon(first));
		let second = open_members(DATASET, 1).unwrap();
		licensed(RUN + 1, DATASET, BOB, 500);
		assert_ok!(claim_licences(DATASET));
		assert_eq!(free(BOB), GRD + 1_000);
		assert_eq!(LicenceDues::<Test>::iter_prefix(DATASET).count(), 1);
		assert_ok!(stream(second, 0, &accounts(200, 1)));
		assert_ok!(seal(second));
		assert_ok!(claim_licences(DATASET));
		assert_eq!(funded_of(second), 500);
	});
}

#[test]
fn the_licence_of_a_contested_dataset_goes_to_the_members_of_whoever_has_its_root() {
	build_and_execute(|| {
		let holders = cohort(OTHER_DATASET, 1, &accounts(300, 1));
		with_dataset(DATASET, |it| it.paid = Some(OTHER_DATASET));
		datasets_pool_of_nothing(RUN, &[(DATASET, BOB, 100), (OTHER_DATASET, BOB, 10)]);
		assert_noop!(claim_licences(DATASET), Error::<Test>::NothingToClaim);
		assert_ok!(claim_licences(OTHER_DATASET));
		assert_eq!(funded_of(holders), 110);
	});
}

#[test]
fn one_call_brings_64_payments_and_not_one_more() {
	build_and_execute(|| {
		let list = cohort(DATASET, 1, &accounts(200, 1));
		for run in 0..65 {
			licensed(run, DATASET, BOB, 1);
		}
		let post = claim_licences(DATASET).unwrap();
		assert_eq!(
			post.actual_weight,
			Some(Settlement::licences_weight(MAX_DUES, 1))
		);
		assert_eq!(funded_of(list), 64);
		assert_ok!(claim_licences(DATASET));
		assert_eq!(funded_of(list), 65);
	});
}

#[test]
fn claims_of_licences_must_be_signed() {
	build_and_execute(|| {
		assert_noop!(
			Settlement::claim_licences(RuntimeOrigin::none(), DATASET),
			sp_runtime::DispatchError::BadOrigin
		);
	});
}
