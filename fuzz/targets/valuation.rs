//! Appraisals, scores and features. Items have one form; scores add up to what the definition says;
//! hostile records and specifications are refused.
#![no_main]

use codec::{Decode, DecodeAll, Encode};
use guerdon_fuzz::{blake2_256, seeds, Numbers};
use guerdon_valuation::{
	appraise, payable, point_scores, scaled_weights, AppraisalDigest, AppraisalHeader, Column,
	FeatureSpec, Item, Point, PointCounts, Record, Scores, Share, UserCounts, SCALE,
};
use libfuzzer_sys::fuzz_target;

fn counts() -> PointCounts {
	let share = |dataset, with_label, without_label| Share {
		dataset,
		with_label,
		without_label,
	};
	let shares = vec![share(0, 3, 1), share(7, 0, 2), share(9, 5, 0)];
	PointCounts {
		in_ball: 11,
		same_label: 8,
		shares: shares.try_into().expect("they are few"),
	}
}

fn made() -> Vec<Vec<u8>> {
	let header = AppraisalHeader {
		run: 1,
		points: 2,
		users: 1,
		tau2: 400,
		rho2: 25,
	};
	let user = Item::User(UserCounts {
		user: [1; 32],
		answered: 10,
		right: 9,
	});
	let items = vec![Item::Point(counts()), Item::Point(counts()), user];
	let column = |index, decimals| Column {
		index,
		decimals,
		min: -5,
		max: 250,
	};
	let columns = vec![column(0, 0), column(2, 1)];
	let csv = FeatureSpec::Csv {
		columns: columns.try_into().expect("they are few"),
		label: 1,
		classes: 3,
		header: true,
	};
	let text = FeatureSpec::TextTrigrams { classes: 3 };
	vec![
		[&[0, 3][..], &(header, items).encode()].concat(),
		[&[1, 2][..], &[7; 80]].concat(),
		[
			&[2][..],
			&(csv, b"x,y,z\n1,2,\"2.5e1\"\r\n-3,0,1\n".to_vec()).encode(),
		]
		.concat(),
		[
			&[2][..],
			&(text, b"1\tsome text\n2\tother".to_vec()).encode(),
		]
		.concat(),
		[&[3, 2, 40][..], &[1, 2, 3, 4, 5, 6, 7, 8].repeat(40)].concat(),
	]
}

/// The doc of `point_scores`: less than one unit per dataset below `a / m - 1 / C`.
fn sum_is_exact(counts: &PointCounts, classes: u16) {
	let Ok(scores) = point_scores(counts, classes.into()) else {
		return;
	};
	assert_eq!(scores.len(), counts.shares.len());
	let sum: i128 = scores.iter().map(|(_, score)| score).sum();
	let (m, c) = (i128::from(counts.in_ball), i128::from(classes));
	if m == 0 {
		assert_eq!(sum, 0);
		return;
	}
	let exact = SCALE * (c * i128::from(counts.same_label) - m);
	let below = exact - c * m * sum;
	assert!(below >= 0 && below < c * m * scores.len() as i128);
}

/// An appraisal as a stranger streams it.
fn appraisal(bytes: &[u8]) {
	let Some((classes, bytes)) = bytes.split_first() else {
		return;
	};
	let mut input = bytes;
	let Ok((header, items)) = <(AppraisalHeader, Vec<Item>)>::decode_all(&mut input) else {
		return;
	};
	let mut digest = AppraisalDigest::new(&header, blake2_256);
	let classes = u16::from(*classes);
	let mut scores = Scores::new(classes);
	let mut canonical = true;
	for item in &items {
		let encoded = item.encode();
		assert_eq!(Item::decode_all(&mut &encoded[..]).as_ref(), Ok(item));
		let before = digest.clone();
		match digest.push(item, blake2_256) {
			Ok(()) => assert_ne!(digest, before),
			Err(_) => {
				assert_eq!(digest, before);
				canonical = false;
			}
		}
		if let (Item::Point(counts), Ok(scores)) = (item, &mut scores) {
			let before = scores.clone();
			match scores.add(counts) {
				Ok(()) => {
					assert_eq!(scores.points(), before.points() + 1);
					sum_is_exact(counts, classes);
				}
				Err(_) => assert_eq!(*scores, before),
			}
		}
	}
	let announced = u64::from(header.points) + u64::from(header.users);
	let complete = canonical && announced == items.len() as u64;
	assert!(!complete || digest.finish().is_ok());
	if let Ok(scores) = scores {
		let weights = scores.weights().expect("few scores of one point each");
		assert!(
			weights
				.iter()
				.map(|(_, weight)| u128::from(*weight))
				.sum::<u128>()
				< 1 << 63
		);
		for ((dataset, weight), total) in weights.iter().zip(scores.totals()) {
			assert_eq!(*dataset, total.dataset);
			assert!(*weight == 0 || total.score > 0);
		}
		let stored = scores.encode();
		assert_eq!(Scores::decode_all(&mut &stored[..]), Ok(scores));
	}
}

/// Weights of any amounts.
fn weighed(numbers: &mut Numbers) {
	let datasets = usize::from(numbers.byte()) % 16;
	let amounts: Vec<u128> = (0..datasets).map(|_| numbers.wide()).collect();
	if let Ok(weights) = scaled_weights(&amounts) {
		assert!(weights.iter().copied().map(u128::from).sum::<u128>() < 1 << 63);
		for (one, other) in amounts
			.iter()
			.zip(&weights)
			.zip(amounts.iter().zip(&weights).skip(1))
		{
			assert!((one.0 > other.0) <= (one.1 >= other.1));
		}
	}
	let scores: Vec<i128> = (0..datasets).map(|_| numbers.wide() as i128).collect();
	let used: Vec<u64> = (0..datasets).map(|_| numbers.long()).collect();
	if let Ok((_, weights)) = payable(&scores, &amounts, &used) {
		assert_eq!(weights.len(), datasets);
		let all_zero = weights.iter().all(|weight| *weight == 0);
		assert_eq!(
			all_zero,
			used.iter().all(|used| *used == 0)
				&& amounts.iter().all(|a| *a == 0)
				&& scores.iter().all(|score| *score <= 0)
		);
	}
}

/// A specification and a file of records, both a stranger's.
fn features(bytes: &[u8]) {
	let Ok((spec, file)) = <(FeatureSpec, Vec<u8>)>::decode(&mut &bytes[..]) else {
		return;
	};
	let checked = spec.check();
	for record in spec.records(&file).take(64) {
		assert!(!record.is_empty());
		if let (Ok(point), Ok(())) = (spec.vectorize(record), checked) {
			assert_eq!(point.features.len(), spec.features());
			assert!(point.label < spec.classes());
		}
	}
}

/// A small population: every count is canonical and no record is counted twice.
fn counted(numbers: &mut Numbers) {
	let length = usize::from(numbers.byte()) % 4 + 1;
	let split = usize::from(numbers.byte());
	let classes = 3;
	let rows: Vec<_> = numbers.0.chunks_exact(length + 2).take(160).collect();
	let (tests, rows) = rows.split_at(split.min(rows.len()).min(20));
	let label = |row: &[u8]| u16::from(row[1]) % classes;
	let tests: Vec<_> = tests
		.iter()
		.map(|row| Point {
			features: row[2..].to_vec(),
			label: label(row),
		})
		.collect();
	let mut records: Vec<_> = (0..)
		.zip(rows)
		.map(|(index, row)| Record {
			priority: u32::from(row[0] % 3),
			dataset: u64::from(row[0] % 3),
			index,
			features: &row[2..],
			label: label(row),
		})
		.collect();
	records.sort_by_key(|record| (record.priority, record.dataset, record.index));
	let Ok(appraisal) = appraise(&records, &tests, classes) else {
		return;
	};
	assert_eq!(appraisal.kept.len(), records.len());
	assert_eq!(appraisal.points.len(), tests.len());
	let kept = appraisal.kept.iter().filter(|kept| **kept).count();
	for counts in &appraisal.points {
		counts.check().expect("what is counted is canonical");
		assert!(counts.in_ball as usize <= kept);
		sum_is_exact(counts, classes);
	}
	// The order in which test points are shown decides nothing.
	let mut reversed = tests;
	reversed.reverse();
	let mut other = appraise(&records, &reversed, classes).expect("it was appraised before");
	other.points.reverse();
	assert_eq!(other, appraisal);
}

fuzz_target!(init: seeds(made), |data: &[u8]| {
	let Some((kind, bytes)) = data.split_first() else {
		return;
	};
	match kind {
		0 => appraisal(bytes),
		1 => weighed(&mut Numbers(bytes)),
		2 => features(bytes),
		_ => counted(&mut Numbers(bytes)),
	}
});
