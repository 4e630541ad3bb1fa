use crate::{mock::*, Appraisals as _, Event, Links, Phase, Progress};
use frame_support::assert_ok;
use guerdon_receipt::Role;
use guerdon_valuation::{AppraisalHeader, Basis, Item, PointCounts, Share};

fn assert_fell_back(revealed: bool) {
	let done = Progress::Done {
		revealed,
		basis: Basis::LicencePrice,
	};
	assert_eq!(Valuation::advance(RUN), Ok(done));
	System::assert_has_event(
		Event::FellBack {
			run: RUN,
			basis: Basis::LicencePrice,
		}
		.into(),
	);
	assert_eq!(weights(Role::DataProvider), [600, 1_000]);
	assert_eq!(weights(Role::User), [10, 10]);
	assert!(Locks::get().values().all(|locks| *locks == 0));
}

#[test]
fn a_sponsor_that_shows_nothing_gains_nothing() {
	opened_and_execute(|| {
		pass(WINDOW);
		assert_eq!(Valuation::advance(RUN), Ok(Progress::Pending));
		pass(1);
		assert_fell_back(false);
	});
}

#[test]
fn without_a_quorum_others_are_drawn_once_and_then_licence_prices_decide() {
	opened_and_execute(|| {
		reveal_tests();
		for again in [true, false] {
			for (index, who) in draw().iter().enumerate() {
				commit(who, [index as u8 % 2; 32]);
			}
			let drawn = crate::Runs::<Test>::get(RUN).unwrap().appraisers;
			for (index, who) in drawn.iter().enumerate() {
				reveal(who, [index as u8 % 2; 32]);
			}
			let phase = crate::Runs::<Test>::get(RUN).unwrap().phase;
			assert_eq!(again, matches!(phase, Phase::Drawing { .. }));
		}
		assert_fell_back(true);
	});
}

#[test]
fn appraisers_that_do_not_commit_are_replaced() {
	opened_and_execute(|| {
		Seated::set((1..=8).map(appraiser).collect());
		reveal_tests();
		let first = draw();
		let (there, silent) = first.split_at(2);
		there.iter().for_each(|who| commit(who, [1; 32]));
		pass(WINDOW + 1);
		assert_eq!(Valuation::advance(RUN), Ok(Progress::Moved));
		System::assert_last_event(Event::NoQuorum { run: RUN }.into());
		// Of eight seats three were silent, which leaves just five others.
		let second = draw();
		assert_eq!(second.len(), 5);
		assert!(second.iter().all(|who| !silent.contains(who)));
		pass(WINDOW + 1);
		assert_fell_back(true);
	});
}

#[test]
fn the_silent_are_drawn_again_where_there_are_too_few_others() {
	opened_and_execute(|| {
		reveal_tests();
		let first = draw();
		let (there, silent) = first.split_at(2);
		there.iter().for_each(|who| commit(who, [1; 32]));
		pass(WINDOW + 1);
		assert_eq!(Valuation::advance(RUN), Ok(Progress::Moved));
		// Of seven seats three were silent: the four others are drawn, and one of the silent.
		let second = draw();
		assert_eq!(second.len(), 5);
		assert_eq!(second.iter().filter(|who| silent.contains(who)).count(), 1);
	});
}

#[test]
fn there_is_time_to_stream_whatever_the_window_is() {
	MinStreamBlocks::set(WINDOW + 3);
	opened_and_execute(|| {
		let longest = Valuation::longest(WINDOW, WINDOW, WINDOW).unwrap();
		assert_eq!(longest, 6 * (WINDOW + 1) + 3 + 2 * u64::from(WAIT + 1));
		let (header, links) = agree();
		pass(WINDOW + 3);
		assert_eq!(Valuation::advance(RUN), Ok(Progress::Pending));
		assert_ok!(Valuation::stream(
			origin(account(9)),
			RUN,
			links,
			Some(header)
		));
	});
}

#[test]
fn too_few_seats_for_a_quorum_mean_licence_prices() {
	opened_and_execute(|| {
		Seated::set((1..=3).map(appraiser).collect());
		reveal_tests();
		CurrentEpoch::mutate(|epoch| *epoch += 2);
		assert_fell_back(true);
	});
}

#[test]
fn counts_that_nobody_brings_mean_licence_prices() {
	opened_and_execute(|| {
		let (_, links) = agree();
		let some = Links::try_from(links[..2].to_vec()).unwrap();
		assert_ok!(Valuation::stream(origin(account(9)), RUN, some, None));
		pass(WINDOW + 1);
		assert_fell_back(true);
	});
}

/// Agrees on one point and the users, and streams them.
fn scored_by(point: Item) {
	let (mut header, items) = appraisal();
	header.points = 1;
	streamed(header, &[&[point], &items[3..]].concat());
}

/// Agrees on an appraisal and streams it.
fn streamed(header: AppraisalHeader, items: &[Item]) {
	let (digest, links) = links(&header, items);
	reveal_tests();
	let drawn = draw();
	drawn.iter().for_each(|who| commit(who, digest));
	drawn.iter().for_each(|who| reveal(who, digest));
	assert_ok!(Valuation::stream(
		origin(account(9)),
		RUN,
		links,
		Some(header)
	));
}

#[test]
fn when_no_score_is_positive_licence_prices_decide() {
	opened_and_execute(|| {
		// The one point lies far from every record: all scores are zero.
		scored_by(appraisal().1[2].clone());
		assert_eq!(weights(Role::DataProvider), [600, 1_000]);
		assert_eq!(
			weights(Role::User),
			[5_000_000, 0],
			"users are scored all the same"
		);
	});
}

#[test]
fn when_all_scores_are_negative_licence_prices_decide() {
	opened_and_execute(|| {
		// Every record near the point has another label.
		let share = |dataset, without_label| Share {
			dataset,
			with_label: 0,
			without_label,
		};
		scored_by(Item::Point(PointCounts {
			in_ball: 6,
			same_label: 0,
			shares: vec![share(3, 2), share(4, 4)].try_into().unwrap(),
		}));
		let scores = crate::Results::<Test>::get(RUN).unwrap().scores;
		assert!(scores.get(3) < 0 && scores.get(4) < 0);
		assert_eq!(weights(Role::DataProvider), [600, 1_000]);
		let done = Progress::Done {
			revealed: true,
			basis: Basis::LicencePrice,
		};
		assert_eq!(Valuation::advance(RUN), Ok(done));
	});
}

#[test]
fn where_no_user_is_above_chance_all_are_paid_by_items() {
	for answered in [0, 4] {
		opened_and_execute(|| {
			// The sponsor's gold holds no answers, or other ones than anybody gave.
			let (header, mut items) = appraisal();
			for item in &mut items[3..] {
				if let Item::User(counts) = item {
					(counts.answered, counts.right) = (answered, 0);
				}
			}
			streamed(header, &items);
			assert_eq!(weights(Role::User), [10, 10], "by their items");
		});
	}
}

#[test]
fn where_nothing_vested_the_records_decide() {
	build_and_execute(|| {
		book();
		let mut terms = terms();
		terms.vested = vec![(3, 0), (4, 0)];
		Valuation::open(RUN, terms).unwrap();
		pass(WINDOW + 1);
		let done = Progress::Done {
			revealed: false,
			basis: Basis::RecordsUsed,
		};
		assert_eq!(Valuation::advance(RUN), Ok(done));
		assert_eq!(weights(Role::DataProvider), [60, 40]);
	});
}

#[test]
fn the_longest_appraisal_ends_in_the_time_that_is_announced() {
	opened_and_execute(|| {
		let begun = System::block_number();
		let longest = Valuation::longest(WINDOW, WINDOW, WINDOW).unwrap();
		let (header, items) = appraisal();
		let (digest, _) = links(&header, &items);
		let next = |wanted| assert_eq!(Valuation::advance(RUN), Ok(wanted));
		pass(WINDOW);
		reveal_tests();
		for agree in [false, true] {
			pass(WAIT.into());
			let drawn = draw();
			// One stays away until the last block, then for good.
			let there = &drawn[1..];
			there.iter().for_each(|who| commit(who, digest));
			pass(WINDOW + 1);
			next(Progress::Moved);
			let there = if agree { there } else { &there[..3] };
			there.iter().for_each(|who| reveal(who, digest));
			if !agree {
				pass(WINDOW + 1);
				next(Progress::Moved);
			}
		}
		// Nobody brings the counts.
		pass(WINDOW + 1);
		assert_fell_back(true);
		let took = System::block_number() - begun;
		assert!(took <= longest, "{took} blocks, announced were {longest}");
		assert!(longest <= 6 * (WINDOW + 1) + 2 * u64::from(WAIT + 1));
	});
}
