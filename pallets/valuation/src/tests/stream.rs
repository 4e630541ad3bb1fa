use crate::{mock::*, Appraisals as _, Error, Event, Link, Links, Progress, Results, Streams};
use frame_support::{assert_noop, assert_ok};
use guerdon_receipt::Role;
use guerdon_valuation::{AppraisalHeader, Basis, Item, Scores, UserCounts};

fn stream(links: &[Link], header: Option<AppraisalHeader>) -> sp_runtime::DispatchResult {
	let links = Links::try_from(links.to_vec()).unwrap();
	Valuation::stream(origin(account(99)), RUN, links, header)
}

#[test]
fn the_chain_computes_scores_and_weights_from_the_accepted_counts() {
	opened_and_execute(|| {
		let (header, links) = agree();
		assert_eq!(
			weights(Role::User),
			[0, 0],
			"nothing is known of the users yet"
		);
		// WHEN a stranger streams them in two calls
		assert_ok!(stream(&links[..2], None));
		assert_ok!(stream(&links[2..], Some(header)));
		// THEN the weights are those of the scores, recomputed here from the same counts
		let mut scores = Scores::new(2).unwrap();
		for link in &links {
			if let Item::Point(counts) = &link.item {
				scores.add(counts).unwrap();
			}
		}
		let expected: Vec<u64> = scores
			.weights()
			.unwrap()
			.into_iter()
			.map(|(_, w)| w)
			.collect();
		assert_eq!(weights(Role::DataProvider), expected);
		assert!(expected[0] > expected[1]);
		// 10 items, 10^6 x (1 - 1/2) and 10^6 x (1/2 - 1/2)
		assert_eq!(weights(Role::User), [5_000_000, 0]);
		System::assert_has_event(
			Event::UserScored {
				run: RUN,
				index: 0,
				answered: 4,
				right: 4,
				weight: 5_000_000,
			}
			.into(),
		);
		System::assert_last_event(
			Event::Scored {
				run: RUN,
				basis: Basis::Scores,
			}
			.into(),
		);
		let done = Progress::Done {
			revealed: true,
			basis: Basis::Scores,
		};
		assert_eq!(Valuation::advance(RUN), Ok(done));
		assert_eq!(Results::<Test>::get(RUN).unwrap().header, header);
		assert!(Locks::get().values().all(|locks| *locks == 0));
		assert_noop!(stream(&links, Some(header)), Error::<Test>::WrongPhase);
	});
}

#[test]
fn nothing_but_the_accepted_counts_gets_in() {
	opened_and_execute(|| {
		let (header, links) = agree();
		let mut forged = links.to_vec();
		forged[0].item = Item::User(UserCounts {
			user: [21; 32],
			answered: 4,
			right: 4,
		});
		assert_noop!(stream(&forged, Some(header)), Error::<Test>::DigestMismatch);
		let mut forged = links.to_vec();
		forged[0].previous = [0; 32];
		assert_noop!(stream(&forged, Some(header)), Error::<Test>::DigestMismatch);
		assert_noop!(stream(&links[1..], None), Error::<Test>::DigestMismatch);
		assert_noop!(
			stream(&links[..4], Some(header)),
			Error::<Test>::HeaderMismatch
		);
		let other = AppraisalHeader { tau2: 1, ..header };
		assert_noop!(stream(&links, Some(other)), Error::<Test>::HeaderMismatch);
		// A stream that failed has changed nothing.
		assert_ok!(stream(&links, Some(header)));
	});
}

/// A quorum that agrees on a malformed appraisal still cannot have it counted.
fn agreed_on(header: AppraisalHeader, items: &[Item]) -> Links {
	use codec::Encode;
	let mut previous =
		sp_io::hashing::blake2_256(&[guerdon_valuation::DOMAIN, &header.encode()].concat());
	let mut links = Vec::new();
	for item in items {
		links.push(Link {
			previous,
			item: item.clone(),
		});
		previous = sp_io::hashing::blake2_256(&[&previous[..], &item.encode()].concat());
	}
	links.reverse();
	reveal_tests();
	let drawn = draw();
	drawn.iter().for_each(|who| commit(who, previous));
	drawn.iter().for_each(|who| reveal(who, previous));
	links.try_into().unwrap()
}

#[test]
fn a_user_cannot_be_counted_twice() {
	opened_and_execute(|| {
		let (header, mut items) = appraisal();
		items.push(items[4].clone());
		let links = agreed_on(AppraisalHeader { users: 3, ..header }, &items);
		assert_noop!(stream(&links, None), Error::<Test>::WrongOrder);
	});
}

#[test]
fn users_are_not_hidden_among_points() {
	opened_and_execute(|| {
		let (header, mut items) = appraisal();
		items.swap(0, 3);
		let links = agreed_on(header, &items);
		assert_noop!(stream(&links, Some(header)), Error::<Test>::WrongOrder);
	});
}

#[test]
fn contradictory_counts_are_refused() {
	opened_and_execute(|| {
		let (header, mut items) = appraisal();
		if let Item::Point(counts) = &mut items[2] {
			counts.in_ball = 5;
		}
		let links = agreed_on(header, &items);
		assert_noop!(stream(&links, Some(header)), Error::<Test>::InvalidCounts);
	});
}

#[test]
fn a_user_without_accepted_work_is_refused() {
	opened_and_execute(|| {
		let (header, mut items) = appraisal();
		items[4] = Item::User(UserCounts {
			user: [77; 32],
			answered: 4,
			right: 4,
		});
		let links = agreed_on(header, &items);
		assert_noop!(stream(&links, None), Error::<Test>::InvalidCounts);
	});
}

#[test]
fn counts_that_come_too_late_are_refused() {
	opened_and_execute(|| {
		let (header, links) = agree();
		pass(WINDOW + 1);
		assert_noop!(stream(&links, Some(header)), Error::<Test>::DeadlinePassed);
		assert!(Streams::<Test>::contains_key(RUN));
	});
}
