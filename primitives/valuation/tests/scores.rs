//! What scores and weights must never do.
#![allow(
	clippy::arithmetic_side_effects,
	clippy::as_conversions,
	clippy::indexing_slicing,
	clippy::unwrap_used
)]

use bounded_collections::BoundedVec;
use codec::{Decode, Encode, MaxEncodedLen};
use guerdon_valuation::{
	payable, point_scores, scaled_weights, user_weight, Basis, Error, PointCounts, Scores, Share,
	MAX_DATASETS, MAX_RECORDS_IN_BALL, SCALE, USER_SCALE,
};
use proptest::prelude::*;

fn counts(shares: &[(u64, u32, u32)]) -> PointCounts {
	let shares: Vec<Share> = shares
		.iter()
		.map(|&(dataset, with_label, without_label)| Share {
			dataset,
			with_label,
			without_label,
		})
		.collect();
	PointCounts {
		in_ball: shares.iter().map(|s| s.with_label + s.without_label).sum(),
		same_label: shares.iter().map(|s| s.with_label).sum(),
		shares: BoundedVec::try_from(shares).unwrap(),
	}
}

#[test]
fn golden_scores() {
	assert_eq!(point_scores(&counts(&[]), 10), Ok(vec![]));
	assert_eq!(
		point_scores(&counts(&[(4, 1, 0)]), 10),
		Ok(vec![(4, SCALE * 9 / 10)])
	);
	assert_eq!(
		point_scores(&counts(&[(4, 0, 1)]), 10),
		Ok(vec![(4, -SCALE / 10 - 1)])
	);
	assert_eq!(
		point_scores(&counts(&[(1, 1, 0), (2, 0, 1)]), 2),
		Ok(vec![(1, SCALE / 2), (2, -SCALE / 2)])
	);
	assert_eq!(
		point_scores(&counts(&[(1, 9, 2), (2, 4, 0), (7, 0, 5)]), 10),
		Ok(GOLDEN.to_vec())
	);
}

const GOLDEN: [(u64, i128); 3] = [
	(1, 11_952_342_933_172_781_785),
	(2, 6_851_349_410_932_861_158),
	(7, -8_657_983_103_565_389_556),
];

#[test]
fn a_wrong_label_hurts_its_owner_and_pays_the_others() {
	let honest = point_scores(&counts(&[(1, 10, 2), (2, 5, 3)]), 10).unwrap();
	let flipped = point_scores(&counts(&[(1, 9, 3), (2, 5, 3)]), 10).unwrap();
	assert!(flipped[0].1 < honest[0].1);
	assert!(flipped[1].1 > honest[1].1);
	let mut scores = Scores::new(10).unwrap();
	scores.add(&counts(&[(1, 12, 0), (2, 0, 8)])).unwrap();
	assert!(scores.get(2) < 0);
	assert_eq!(scores.weights().unwrap()[1], (2, 0));
}

#[test]
fn a_dataset_in_no_ball_earns_exactly_nothing() {
	let mut scores = Scores::new(3).unwrap();
	scores.add(&counts(&[(1, 3, 1)])).unwrap();
	scores.add(&counts(&[])).unwrap();
	assert_eq!(scores.get(2), 0);
	assert_eq!(scores.points(), 2);
	assert_eq!(scores.totals().len(), 1);
}

#[test]
fn counts_in_any_other_form_are_refused() {
	let good = counts(&[(1, 2, 0), (5, 0, 1)]);
	assert_eq!(good.check(), Ok(()));
	let mut scores = Scores::new(2).unwrap();
	let mut refused = |change: fn(&mut PointCounts), error: Error| {
		let mut bad = good.clone();
		change(&mut bad);
		assert_eq!(bad.check(), Err(error));
		assert_eq!(point_scores(&bad, 2), Err(error));
		assert_eq!(scores.add(&bad), Err(error));
	};
	refused(|c| c.in_ball += 1, Error::SumMismatch);
	refused(|c| c.same_label += 1, Error::SumMismatch);
	refused(|c| c.shares[0].dataset = 5, Error::NotAscending);
	refused(|c| c.shares[0].dataset = 6, Error::NotAscending);
	refused(|c| c.shares[1].without_label = 0, Error::EmptyShare);
	refused(|c| c.shares[0].with_label = u32::MAX, Error::SumMismatch);
	assert_eq!(scores, Scores::new(2).unwrap());
	for classes in [0, 1, 65_536, u32::MAX] {
		assert_eq!(point_scores(&good, classes), Err(Error::InvalidClasses));
	}
	assert_eq!(Scores::new(1), Err(Error::InvalidClasses));
}

#[test]
fn the_largest_ball_and_the_most_datasets_are_scored() {
	let each = MAX_RECORDS_IN_BALL / MAX_DATASETS;
	let half = each / 2;
	let shares: Vec<_> = (0..u64::from(MAX_DATASETS))
		.map(|d| (d, half, each - half))
		.collect();
	let full = counts(&shares);
	let mut scores = Scores::new(u16::MAX).unwrap();
	scores.add(&full).unwrap();
	assert_eq!(scores.totals().len(), MAX_DATASETS as usize);
	// Extremes of both signs: all records of one kind against all of the other.
	for (a, b) in [
		((1, 1), (0, MAX_RECORDS_IN_BALL - 1)),
		((1 << 19, 0), (0, 1 << 19)),
	] {
		let ball = counts(&[(1, a.0, 0), (2, b.0, b.1)]);
		assert!(point_scores(&ball, 65_535).unwrap()[0].1 > 0);
	}
	// One more dataset, one more record.
	let before = scores.clone();
	assert_eq!(
		scores.add(&counts(&[(999, 1, 0)])),
		Err(Error::MaxDatasetsExceeded)
	);
	assert_eq!(scores, before);
	assert_eq!(
		point_scores(&counts(&[(1, MAX_RECORDS_IN_BALL, 1)]), 2),
		Err(Error::MaxRecordsExceeded)
	);
}

#[test]
fn encodings_are_frozen_and_bounded() {
	let small = counts(&[(3, 2, 1), (300, 0, 70)]);
	assert_eq!(
		small.encode(),
		[0x25, 0x01, 0x08, 0x08, 0x0c, 0x08, 0x04, 0xb1, 0x04, 0x00, 0x19, 0x01]
	);
	assert_eq!(PointCounts::decode(&mut &small.encode()[..]), Ok(small));
	let share = Share {
		dataset: u64::MAX,
		with_label: u32::MAX,
		without_label: u32::MAX,
	};
	let largest = PointCounts {
		in_ball: u32::MAX,
		same_label: u32::MAX,
		shares: vec![share; MAX_DATASETS as usize].try_into().unwrap(),
	};
	assert_eq!(share.encoded_size(), Share::max_encoded_len());
	assert!(largest.encoded_size() <= PointCounts::max_encoded_len());
	assert!(PointCounts::max_encoded_len() - largest.encoded_size() < 4);
	let too_many = (0u8, 0u8, vec![share; MAX_DATASETS as usize + 1]);
	assert!(PointCounts::decode(&mut &too_many.encode()[..]).is_err());
	let mut scores = Scores::new(2).unwrap();
	scores.add(&counts(&[(7, 1, 0)])).unwrap();
	assert_eq!(
		scores.encode(),
		(2u16, 1u32, vec![(7u64, SCALE / 2)]).encode(),
	);
}

#[test]
fn weights_keep_proportions_and_fit() {
	assert_eq!(scaled_weights(&[]), Ok(vec![]));
	assert_eq!(scaled_weights(&[0, 0]), Ok(vec![0, 0]));
	assert_eq!(
		scaled_weights(&[5, 0, (1 << 63) - 6]),
		Ok(vec![5, 0, (1 << 63) - 6])
	);
	assert_eq!(scaled_weights(&[1 << 63, 3]), Ok(vec![1 << 62, 1]));
	assert_eq!(scaled_weights(&[u128::MAX]), Ok(vec![(1 << 63) - 1]));
	assert_eq!(scaled_weights(&[u128::MAX, 1]), Err(Error::Overflow));
}

#[test]
fn first_basis_with_a_weight_wins() {
	let prices = [0u128, 30, 10];
	let used = [4u64, 5, 6];
	assert_eq!(
		payable(&[-5, 8, 0], &prices, &used),
		Ok((Basis::Scores, vec![0, 8, 0]))
	);
	assert_eq!(
		payable(&[-5, 0, 0], &prices, &used),
		Ok((Basis::LicencePrice, vec![0, 30, 10]))
	);
	assert_eq!(
		payable(&[], &prices, &used),
		Ok((Basis::LicencePrice, vec![0, 30, 10]))
	);
	assert_eq!(
		payable(&[], &[0; 3], &used),
		Ok((Basis::RecordsUsed, vec![4, 5, 6]))
	);
	assert_eq!(
		payable(&[], &[0; 3], &[0; 3]),
		Ok((Basis::RecordsUsed, vec![0; 3]))
	);
	assert_eq!(payable(&[], &[], &[]), Ok((Basis::RecordsUsed, vec![])));
	assert_eq!(payable(&[1], &prices, &used), Err(Error::LengthMismatch));
	assert_eq!(payable(&[], &prices, &[1]), Err(Error::LengthMismatch));
	assert_eq!(
		payable(&[], &[u128::MAX / 2, u128::MAX / 2], &[1, 1]),
		Ok((Basis::LicencePrice, vec![(1 << 62) - 1, (1 << 62) - 1]))
	);
}

#[test]
fn users_are_paid_for_accuracy_above_chance() {
	assert_eq!(user_weight(10, 4, 4, 2), Ok(10 * USER_SCALE / 2));
	assert_eq!(user_weight(10, 10, 7, 10), Ok(6 * USER_SCALE));
	assert_eq!(user_weight(10, 3, 2, 3), Ok(10 * USER_SCALE / 3));
	assert_eq!(user_weight(10, 10, 1, 10), Ok(0));
	assert_eq!(user_weight(10, 10, 0, 10), Ok(0));
	assert_eq!(user_weight(10, 0, 0, 10), Ok(0));
	assert_eq!(user_weight(0, 9, 9, 10), Ok(0));
	assert_eq!(user_weight(10, 3, 4, 10), Err(Error::MoreRightThanAnswered));
	assert_eq!(user_weight(10, 3, 3, 1), Err(Error::InvalidClasses));
	let most = user_weight(u32::MAX, u32::MAX, u32::MAX, u16::MAX).unwrap();
	assert_eq!(
		u128::from(most),
		u128::from(u32::MAX) * u128::from(USER_SCALE) * 65_534 / 65_535
	);
}

proptest! {
	#[test]
	fn order_of_points_does_not_matter(
		points in prop::collection::vec(
			prop::collection::btree_map(0..6u64, (0..9u32, 1..9u32), 0..6), 1..12),
	) {
		let points: Vec<PointCounts> = points
			.iter()
			.map(|p| counts(&p.iter().map(|(d, s)| (*d, s.0, s.1)).collect::<Vec<_>>()))
			.collect();
		let (mut there, mut back) = (Scores::new(4).unwrap(), Scores::new(4).unwrap());
		points.iter().for_each(|p| there.add(p).unwrap());
		points.iter().rev().for_each(|p| back.add(p).unwrap());
		prop_assert_eq!(&there, &back);
		// Weights are the positive scores and nothing else.
		let weights = there.weights().unwrap();
		for (total, (dataset, weight)) in there.totals().iter().zip(&weights) {
			prop_assert_eq!(total.dataset, *dataset);
			prop_assert!(total.score > 0 || *weight == 0);
		}
		prop_assert!(weights.iter().map(|(_, w)| u128::from(*w)).sum::<u128>() < 1 << 63);
	}

	#[test]
	fn weights_are_exact_quotients_by_one_power_of_two(
		amounts in prop::collection::vec(0..u128::MAX >> 8, 1..MAX_DATASETS as usize),
	) {
		let weights = scaled_weights(&amounts).unwrap();
		let total: u128 = amounts.iter().sum();
		let shift = (128 - total.leading_zeros()).max(63) - 63;
		for (amount, weight) in amounts.iter().zip(&weights) {
			prop_assert_eq!(amount / (1 << shift), u128::from(*weight));
		}
		prop_assert!(total >> shift >= 1 << 62 || shift == 0);
	}

	/// A provider gains nothing by publishing its data as several datasets: scores are per record,
	/// and rounding is down.
	#[test]
	fn splitting_a_dataset_into_shells_gains_nothing(
		points in prop::collection::vec(
			(1..7usize, prop::collection::vec((0..9u32, 0..9u32), 1..6), (0..9u32, 0..9u32)), 1..12),
		classes in 2..12u16,
	) {
		let (mut whole, mut split) = (Scores::new(classes).unwrap(), Scores::new(classes).unwrap());
		for (shells, parts, other) in points {
			let own = parts.iter().fold((0, 0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
			let of = |dataset: u64, (with, without): (u32, u32)| {
				Some((dataset, with, without)).filter(|_| with + without > 0)
			};
			let one: Vec<_> = [of(0, other), of(1, own)].into_iter().flatten().collect();
			let mut shares = vec![(0, 0); shells];
			for (place, part) in parts.iter().enumerate() {
				let shell = &mut shares[place % shells];
				*shell = (shell.0 + part.0, shell.1 + part.1);
			}
			let shells = (1..).zip(shares).map(|(shell, share)| of(shell, share));
			let many: Vec<_> = [of(0, other)].into_iter().chain(shells).flatten().collect();
			whole.add(&counts(&one)).unwrap();
			split.add(&counts(&many)).unwrap();
		}
		let shells: i128 = split.totals().iter().filter(|t| t.dataset > 0).map(|t| t.score).sum();
		prop_assert!(shells <= whole.get(1));
		// Nor does it lose more than what rounding can take: less than one unit a point and shell.
		prop_assert!(whole.get(1) - shells <= 6 * 12);
		prop_assert_eq!(split.get(0), whole.get(0));
	}
}
