//! What an appraiser computes from committed inputs.

use super::Error;
use guerdon_receipt::{AccountBytes, DatasetId, Digest, RunId};
use guerdon_valuation::{
	appraise, AppraisalDigest, AppraisalHeader, Item, Point, PointCounts, Record, UserCounts,
	MIN_RECORDS,
};
use std::collections::BTreeMap;

/// A dataset of the run and the records of it that accepted tasks used.
#[derive(Clone, Debug)]
pub struct Used {
	/// The dataset.
	pub dataset: DatasetId,
	/// Block of its announcement.
	pub priority: u32,
	/// All its records, as [`super::data::vectors`] gives them.
	pub records: Vec<Option<Point>>,
	/// The ranges used: (first, count).
	pub ranges: Vec<(u64, u32)>,
}

/// One hidden question with a known answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gold {
	/// The batch that hides it.
	pub batch: u32,
	/// Its place in the batch.
	pub item: u32,
	/// The right label.
	pub label: u16,
}

/// The blob that a gold commitment names: `batch:u32, item:u32, label:u16` per question.
pub fn encode_gold(gold: &[Gold]) -> Vec<u8> {
	let mut bytes = Vec::new();
	for question in gold {
		bytes.extend(question.batch.to_le_bytes());
		bytes.extend(question.item.to_le_bytes());
		bytes.extend(question.label.to_le_bytes());
	}
	bytes
}

/// Reads a gold blob; `None` when it is cut short.
pub fn decode_gold(bytes: &[u8]) -> Option<Vec<Gold>> {
	let (questions, rest) = bytes.as_chunks::<10>();
	rest.is_empty().then(|| {
		questions
			.iter()
			.map(|&[b0, b1, b2, b3, i0, i1, i2, i3, l0, l1]| Gold {
				batch: u32::from_le_bytes([b0, b1, b2, b3]),
				item: u32::from_le_bytes([i0, i1, i2, i3]),
				label: u16::from_le_bytes([l0, l1]),
			})
			.collect()
	})
}

/// Accepted answers of one user: the batch and its labels.
pub type Answered = (AccountBytes, u32, Vec<u16>);

/// A finished appraisal, ready to be committed to and streamed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appraised {
	/// What the chain checks the items against.
	pub header: AppraisalHeader,
	/// Points in test-set order, then users in account order.
	pub items: Vec<Item>,
	/// What quorum is reached on.
	pub digest: Digest,
	/// Records used and kept, per dataset in order; none of a dataset that is not valued.
	pub kept: Vec<(DatasetId, u64, u64)>,
}

/// blake2b-256: the hash of everything on chain.
pub fn blake2_256(bytes: &[u8]) -> Digest {
	use blake2::Digest as _;
	blake2::Blake2b::<blake2::digest::consts::U32>::digest(bytes).into()
}

/// A record that the feature spec reads and whose label is one of the classes.
fn readable(record: &Option<Point>, classes: u16) -> Option<&Point> {
	record.as_ref().filter(|point| point.label < classes)
}

/// Whether a dataset is valued: it has at least [`MIN_RECORDS`] readable records, used or not. The
/// chain asks the same of the number that the dataset declares, and has to believe it: lines that
/// nobody can read count there.
fn is_valued(used: &Used, classes: u16) -> bool {
	let records = used.records.iter();
	let readable = records.filter_map(|record| readable(record, classes));
	u64::try_from(readable.count()).is_ok_and(|count| count >= MIN_RECORDS)
}

/// Appraises a run. Datasets with fewer than [`MIN_RECORDS`] readable records are left out: their
/// score is zero. This is the one place where a run's population is made, for appraisers, for those
/// who stream what was agreed on, and for those who check it.
///
/// # Errors
/// [`Error::Valuation`] when a set breaks the rules of valuation, such as a label outside the
/// classes.
pub fn run(
	run: RunId,
	classes: u16,
	datasets: &[Used],
	tests: &[Point],
	answers: &[Answered],
	gold: &[Gold],
) -> Result<Appraised, Error> {
	let valued = datasets.iter().filter(|used| is_valued(used, classes));
	let mut order: Vec<&Used> = valued.collect();
	order.sort_by_key(|used| (used.priority, used.dataset));
	let mut records = Vec::new();
	for used in &order {
		let mut indices: Vec<u64> = used
			.ranges
			.iter()
			.flat_map(|(first, count)| *first..first.saturating_add(u64::from(*count)))
			.collect();
		indices.sort_unstable();
		indices.dedup();
		for index in indices {
			let record = usize::try_from(index)
				.ok()
				.and_then(|at| used.records.get(at));
			let Some(point) = record.and_then(|record| readable(record, classes)) else {
				continue;
			};
			records.push(Record {
				priority: used.priority,
				dataset: used.dataset,
				index,
				features: &point.features,
				label: point.label,
			});
		}
	}
	let appraisal = appraise(&records, tests, classes).map_err(Error::Valuation)?;
	let mut kept: BTreeMap<DatasetId, (u64, u64)> =
		datasets.iter().map(|used| (used.dataset, (0, 0))).collect();
	for (record, was_kept) in records.iter().zip(&appraisal.kept) {
		let entry = kept.entry(record.dataset).or_default();
		entry.0 = entry.0.saturating_add(1);
		entry.1 = entry.1.saturating_add(u64::from(*was_kept));
	}
	let users = count_users(answers, gold);
	let header = AppraisalHeader {
		run,
		points: u32::try_from(appraisal.points.len()).map_err(|_| Error::TooManySteps)?,
		users: u32::try_from(users.len()).map_err(|_| Error::TooManySteps)?,
		tau2: appraisal.tau2,
		rho2: appraisal.rho2,
	};
	let points = appraisal
		.points
		.into_iter()
		.map(|point: PointCounts| Item::Point(point));
	let items: Vec<Item> = points.chain(users.into_iter().map(Item::User)).collect();
	let digest = digest_of(&header, &items)?;
	let kept = kept
		.into_iter()
		.map(|(dataset, (used, kept))| (dataset, used, kept))
		.collect();
	Ok(Appraised {
		header,
		items,
		digest,
		kept,
	})
}

/// The digest of an appraisal's header and items.
///
/// # Errors
/// [`Error::Valuation`] when the items are not the ones that the header announces.
pub fn digest_of(header: &AppraisalHeader, items: &[Item]) -> Result<Digest, Error> {
	let mut running = AppraisalDigest::new(header, blake2_256);
	for item in items {
		running.push(item, blake2_256).map_err(Error::Valuation)?;
	}
	running.finish().map_err(Error::Valuation)
}

/// Gold questions answered, and answered right, per user in account order.
fn count_users(answers: &[Answered], gold: &[Gold]) -> Vec<UserCounts> {
	let mut users: BTreeMap<AccountBytes, UserCounts> = BTreeMap::new();
	for (user, batch, labels) in answers {
		let counts = users.entry(*user).or_insert(UserCounts {
			user: *user,
			answered: 0,
			right: 0,
		});
		for question in gold.iter().filter(|question| question.batch == *batch) {
			let answer = usize::try_from(question.item)
				.ok()
				.and_then(|item| labels.get(item));
			if let Some(answer) = answer {
				counts.answered = counts.answered.saturating_add(1);
				counts.right = counts
					.right
					.saturating_add(u32::from(*answer == question.label));
			}
		}
	}
	users.into_values().collect()
}

#[cfg(test)]
mod tests {
	use super::*;

	fn point(value: u8, label: u16) -> Point {
		Point {
			features: vec![value, value / 2],
			label,
		}
	}

	fn used(dataset: DatasetId, shift: u8) -> Used {
		let records = (0..40u8)
			.map(|i| Some(point(i * 6 + shift, u16::from(i >= 20))))
			.collect();
		Used {
			dataset,
			priority: 10 + dataset as u32,
			records,
			ranges: vec![(0, 40)],
		}
	}

	fn tests() -> Vec<Point> {
		(0..20u8)
			.map(|i| point(i * 12 + 3, u16::from(i >= 10)))
			.collect()
	}

	#[test]
	fn the_order_in_which_datasets_are_named_changes_nothing() {
		let (a, b) = (used(1, 0), used(2, 3));
		let one = run(7, 2, &[a.clone(), b.clone()], &tests(), &[], &[]).unwrap();
		let two = run(7, 2, &[b, a], &tests(), &[], &[]).unwrap();
		assert_eq!(one, two);
		assert_eq!(one.header.points, 20);
	}

	#[test]
	fn overlapping_ranges_count_a_record_once() {
		let mut twice = used(1, 0);
		let once = run(7, 2, &[twice.clone()], &tests(), &[], &[]).unwrap();
		twice.ranges = vec![(0, 30), (10, 30), (0, 40)];
		assert_eq!(once, run(7, 2, &[twice], &tests(), &[], &[]).unwrap());
	}

	#[test]
	fn a_dataset_of_junk_around_a_few_records_is_not_valued() {
		let sound = used(1, 0);
		let alone = run(7, 2, std::slice::from_ref(&sound), &tests(), &[], &[]).unwrap();
		let junk = [None, Some(point(9, 2))];
		for (readable, valued) in [(1, false), (31, false), (32, true)] {
			// Labelled the other way round: nothing of it is a copy.
			let mut padded = used(2, 0);
			for (i, record) in (0..).zip(&mut padded.records) {
				*record = Some(point(i * 6, u16::from(i < 20)));
			}
			for (at, record) in padded.records.iter_mut().enumerate().skip(readable) {
				*record = junk[at % 2].clone();
			}
			let both = run(7, 2, &[sound.clone(), padded], &tests(), &[], &[]).unwrap();
			assert_eq!(both.items != alone.items, valued, "{readable}");
			assert_eq!(both.digest != alone.digest, valued, "{readable}");
			let (dataset, used, kept) = both.kept[1];
			assert_eq!((dataset, used > 0, kept > 0), (2, valued, valued));
		}
	}

	#[test]
	fn what_counts_is_what_a_dataset_has_and_not_what_was_used() {
		let mut few = used(1, 0);
		few.ranges = vec![(0, 3)];
		let appraised = run(7, 2, &[few], &tests(), &[], &[]).unwrap();
		assert_eq!(appraised.kept[0].1, 3);
	}

	#[test]
	fn gold_is_counted_per_user() {
		let gold = [
			Gold {
				batch: 0,
				item: 1,
				label: 4,
			},
			Gold {
				batch: 0,
				item: 2,
				label: 5,
			},
			Gold {
				batch: 1,
				item: 0,
				label: 6,
			},
			Gold {
				batch: 1,
				item: 9,
				label: 6,
			},
		];
		assert_eq!(decode_gold(&encode_gold(&gold)).unwrap(), gold);
		assert_eq!(decode_gold(&[1]), None);
		let answers = [
			([2; 32], 0, vec![9, 4, 9]),
			([1; 32], 1, vec![6]),
			([2; 32], 1, vec![6]),
		];
		assert_eq!(
			count_users(&answers, &gold),
			[
				UserCounts {
					user: [1; 32],
					answered: 1,
					right: 1
				},
				UserCounts {
					user: [2; 32],
					answered: 3,
					right: 2
				},
			]
		);
	}
}
