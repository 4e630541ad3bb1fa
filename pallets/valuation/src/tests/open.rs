use crate::{mock::*, Appraisals as _, Error, Method, Progress};
use frame_support::{assert_noop, assert_ok};
use guerdon_receipt::Role;
use guerdon_valuation::Basis;

#[test]
fn a_run_is_appraised_once() {
	opened_and_execute(|| {
		assert_noop!(Valuation::open(RUN, terms()), Error::<Test>::AlreadyExists);
		assert_noop!(Valuation::advance(RUN + 1), Error::<Test>::NotFound);
	});
}

#[test]
fn terms_that_cannot_work_are_refused() {
	build_and_execute(|| {
		let refused = |change: &dyn Fn(&mut crate::Terms<_, _>)| {
			let mut terms = terms();
			change(&mut terms);
			assert_noop!(Valuation::open(RUN, terms), Error::<Test>::InvalidTerms);
		};
		refused(&|terms| terms.quorum = 2);
		refused(&|terms| terms.quorum = 6);
		refused(&|terms| terms.appraisers = 16);
		refused(&|terms| terms.classes = 1);
		refused(&|terms| terms.exclude.reverse());
		refused(&|terms| terms.vested.reverse());
		let mut terms = terms();
		terms.vested = (0..65).map(|dataset| (dataset, 1)).collect();
		assert_noop!(
			Valuation::open(RUN, terms),
			Error::<Test>::MaxEntriesExceeded
		);
	});
}

#[test]
fn a_run_by_licence_price_is_done_at_once() {
	build_and_execute(|| {
		book();
		let mut terms = terms();
		terms.method = Method::LicencePrice;
		assert_ok!(Valuation::open(RUN, terms));
		let done = Progress::Done {
			revealed: true,
			basis: Basis::LicencePrice,
		};
		assert_eq!(Valuation::advance(RUN), Ok(done));
		assert_eq!(weights(Role::DataProvider), [600, 1_000]);
		assert_eq!(weights(Role::User), [10, 10]);
	});
}
