use super::*;
use crate::Memberships;

#[test]
fn a_sealed_list_is_open_for_good() {
	build_and_execute(|| {
		let pool = open_members(DATASET, 1).unwrap();
		let members = accounts(200, 3);
		assert_ok!(stream(pool, 0, &members));
		take_events();

		assert_ok!(seal(pool));

		let summary = *tree_of(pool, &members).summary();
		assert_eq!((summary.count, summary.sum), (3, 6));
		assert_eq!(
			Settlement::cohort(pool).unwrap().state,
			CohortState::Open(summary)
		);
		let membership = Memberships::<Test>::get(DATASET);
		assert_eq!(
			(membership.open.to_vec(), membership.building),
			(vec![pool], None)
		);
		assert_eq!(
			take_events(),
			vec![Event::MembersSealed {
				dataset: DATASET,
				pool,
				summary
			}]
		);
		assert_noop!(seal(pool), Error::<Test>::AlreadySealed);
		assert_noop!(abandon(pool), Error::<Test>::AlreadySealed);
	});
}

#[test]
fn an_empty_list_is_not_sealed() {
	build_and_execute(|| {
		let pool = open_members(DATASET, 1).unwrap();
		assert_noop!(seal(pool), Error::<Test>::NoMembers);
	});
}

#[test]
fn only_who_opened_a_list_seals_it() {
	build_and_execute(|| {
		let pool = open_members(DATASET, 1).unwrap();
		assert_ok!(stream(pool, 0, &accounts(200, 1)));
		assert_noop!(
			Settlement::seal_members(RuntimeOrigin::signed(ALICE), pool),
			Error::<Test>::NotAuthorized
		);
		assert_noop!(
			Settlement::seal_members(RuntimeOrigin::signed(PUBLISHER), pool + 1),
			Error::<Test>::NotFound
		);
		assert_noop!(
			Settlement::seal_members(RuntimeOrigin::none(), pool),
			sp_runtime::DispatchError::BadOrigin
		);
	});
}

#[test]
fn whoever_has_a_stolen_key_cannot_redirect_money_before_it_is_noticed() {
	build_and_execute(|| {
		with_dataset(DATASET, |it| it.is_new = false);
		let pool = open_members(DATASET, 1).unwrap();
		assert_ok!(stream(pool, 0, &accounts(200, 1)));
		assert_noop!(seal(pool), Error::<Test>::TooEarly);
		System::set_block_number(SEAL_DELAY);
		assert_noop!(seal(pool), Error::<Test>::TooEarly);
		System::set_block_number(1 + SEAL_DELAY);
		assert_ok!(seal(pool));
	});
}

#[test]
fn the_list_of_a_dataset_that_becomes_contested_can_still_be_finished() {
	build_and_execute(|| {
		// GIVEN a leaf that names the list.
		let pool = open_members(DATASET, 1).unwrap();
		let members = accounts(200, 1);
		let of_run = datasets_pool(RUN, GRD, &[(DATASET, BOB, 1)], &[]);
		// WHEN somebody takes the dataset over.
		with_dataset(DATASET, |it| it.paid = Some(OTHER_DATASET));
		assert_ok!(stream(pool, 0, &members));
		assert_ok!(seal(pool));
		// THEN the leaf pays whom it named, and later ones do not.
		assert_ok!(claim(claim_data(of_run, 0)));
		assert_eq!(Settlement::cohort(pool).unwrap().funded, GRD);
		let later = datasets_pool(RUN + 1, GRD, &[(DATASET, BOB, 1)], &[]);
		assert_eq!(claim_data(later, 0).leaf.payee, Payee::Account(BOB));
	});
}
