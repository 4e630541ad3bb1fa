use crate::{
	DatasetId, Error, Point, PointCounts, Share, MAX_DATASETS, MAX_FEATURES, MAX_RECORDS_IN_BALL,
};
use alloc::{collections::BTreeSet, vec, vec::Vec};
use bounded_collections::BoundedVec;

/// A ball reaches to this many nearest records, in the median.
pub const NEAREST: usize = 20;

/// The squared radius of exclusion is the squared radius of the ball divided by this: rho = tau / 8.
pub const RHO_DIVISOR: u32 = 64;

/// Datasets with fewer records than this cannot be valued: clamping small scores at zero would pay
/// for splitting a dataset.
pub const MIN_RECORDS: u64 = 32;

/// One record of the population.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Record<'a> {
	/// Block of the dataset's announcement.
	pub priority: u32,
	/// The dataset.
	pub dataset: DatasetId,
	/// Number of the record in its dataset.
	pub index: u64,
	/// One byte per feature.
	pub features: &'a [u8],
	/// The class.
	pub label: u16,
}

/// What follows from a population and a test set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Appraisal {
	/// Squared radius of the balls.
	pub tau2: u32,
	/// Squared radius of exclusion.
	pub rho2: u32,
	/// For every record whether it was kept.
	pub kept: Vec<bool>,
	/// The counts of every test point.
	pub points: Vec<PointCounts>,
}

const LANES: usize = 32;

type Chunk = [u8; LANES];

// This function and the next say `wrapping` to keep checks out of the inner loop, but nothing here
// can wrap: differences fit i16, products i32, and a chunk's sum is below 2^5 * 2^16. A vector has
// at most MAX_FEATURES = 2^8 features, so a distance is below 2^24.
fn chunk_distance(a: &Chunk, b: &Chunk) -> u32 {
	a.iter().zip(b).fold(0u32, |sum, (x, y)| {
		let difference = i32::from(i16::from(*x).wrapping_sub(i16::from(*y)));
		sum.wrapping_add(difference.wrapping_mul(difference).unsigned_abs())
	})
}

fn distance(a: &[Chunk], b: &[Chunk]) -> u32 {
	a.iter()
		.zip(b)
		.fold(0u32, |sum, (x, y)| sum.wrapping_add(chunk_distance(x, y)))
}

/// Vectors of equal length in one piece of memory, each padded with zeros to whole chunks.
#[derive(Clone, Debug)]
struct Matrix {
	features: usize,
	chunks_per_row: usize,
	chunks: Vec<Chunk>,
}

impl Matrix {
	fn new<'a>(mut rows: impl Iterator<Item = &'a [u8]>, features: usize) -> Result<Self, Error> {
		if u32::try_from(features).map_or(true, |features| features > MAX_FEATURES) {
			return Err(Error::MaxFeaturesExceeded);
		}
		let mut chunks = Vec::new();
		rows.try_for_each(|row| {
			if row.len() != features {
				return Err(Error::FeatureCountMismatch);
			}
			// An empty vector still needs a row.
			let pieces = if row.is_empty() {
				vec![row]
			} else {
				row.chunks(LANES).collect()
			};
			chunks.extend(pieces.into_iter().map(|piece| {
				let mut chunk = [0; LANES];
				chunk
					.iter_mut()
					.zip(piece)
					.for_each(|(to, from)| *to = *from);
				chunk
			}));
			Ok(())
		})?;
		Ok(Self {
			features,
			chunks_per_row: features.div_ceil(LANES).max(1),
			chunks,
		})
	}

	fn rows(&self) -> impl Iterator<Item = &[Chunk]> {
		self.chunks.chunks_exact(self.chunks_per_row)
	}
}

#[derive(Clone, Copy, Debug)]
struct Owner {
	/// Place of the dataset among the population's datasets.
	slot: usize,
	label: u16,
}

/// Records laid out for counting.
#[derive(Clone, Debug)]
pub struct Population {
	datasets: Vec<DatasetId>,
	owners: Vec<Owner>,
	matrix: Matrix,
}

/// Test points laid out for counting.
struct Tests {
	labels: Vec<u16>,
	matrix: Matrix,
}

impl Tests {
	fn new(tests: &[Point], features: usize) -> Result<Self, Error> {
		Ok(Self {
			labels: tests.iter().map(|test| test.label).collect(),
			matrix: Matrix::new(tests.iter().map(|test| test.features.as_slice()), features)?,
		})
	}
}

impl Population {
	/// Takes records strictly ascending by (priority, dataset, index), all of the same length.
	pub fn new(records: &[Record]) -> Result<Self, Error> {
		if u32::try_from(records.len()).map_or(true, |records| records > MAX_RECORDS_IN_BALL) {
			return Err(Error::MaxRecordsExceeded);
		}
		let key = |record: &Record| (record.priority, record.dataset, record.index);
		if !records
			.iter()
			.zip(records.iter().skip(1))
			.all(|(a, b)| key(a) < key(b))
		{
			return Err(Error::NotAscending);
		}
		let datasets: Vec<_> = records
			.iter()
			.map(|record| record.dataset)
			.collect::<BTreeSet<_>>()
			.into_iter()
			.collect();
		if u32::try_from(datasets.len()).map_or(true, |datasets| datasets > MAX_DATASETS) {
			return Err(Error::MaxDatasetsExceeded);
		}
		let owners = records
			.iter()
			.map(|record| {
				let slot = datasets
					.binary_search(&record.dataset)
					.map_err(|_| Error::NotAscending)?;
				Ok(Owner {
					slot,
					label: record.label,
				})
			})
			.collect::<Result<_, _>>()?;
		let features = records.first().map_or(0, |record| record.features.len());
		let matrix = Matrix::new(records.iter().map(|record| record.features), features)?;
		Ok(Self {
			datasets,
			owners,
			matrix,
		})
	}

	/// The lower median over the test points of the squared distance to the 20th nearest record, or
	/// to the farthest where there are fewer; zero without records.
	pub fn tau2(&self, tests: &[Point]) -> Result<u32, Error> {
		self.median_tau2(&self.tests(tests)?)
	}

	/// For every record whether it is kept: it is dropped when an earlier kept record of the same
	/// label lies within `rho2`, whoever owns it.
	pub fn keep(&self, rho2: u32) -> Vec<bool> {
		// Cauchy-Schwarz: the sums of two vectors of n features at squared distance d differ by at
		// most sqrt(n d), so only neighbours in the order of sums need a look.
		let reach = u64::try_from(self.matrix.features)
			.ok()
			.and_then(|features| features.checked_mul(rho2.into()))
			.unwrap_or(u64::MAX)
			.isqrt();
		let mut kept_rows: BTreeSet<(u16, u64, usize)> = BTreeSet::new();
		let rows: Vec<&[Chunk]> = self.matrix.rows().collect();
		rows.iter()
			.zip(&self.owners)
			.enumerate()
			.map(|(number, (row, owner))| {
				let sum = row
					.iter()
					.flatten()
					.map(|feature| u64::from(*feature))
					.sum::<u64>();
				// Bounds of a search: where they saturate, there is nothing beyond them.
				let from = sum.saturating_sub(reach);
				let to = sum.saturating_add(reach);
				let keep = !kept_rows
					.range((owner.label, from, 0)..=(owner.label, to, usize::MAX))
					.filter_map(|(_, _, earlier)| rows.get(*earlier))
					.any(|earlier| distance(earlier, row) <= rho2);
				if keep {
					kept_rows.insert((owner.label, sum, number));
				}
				keep
			})
			.collect()
	}

	/// The records that are kept, in the same order.
	pub fn retain(&self, kept: &[bool]) -> Result<Self, Error> {
		if kept.len() != self.owners.len() {
			return Err(Error::LengthMismatch);
		}
		let owners = self.owners.iter().zip(kept).filter(|(_, keep)| **keep);
		let rows = self.matrix.rows().zip(kept).filter(|(_, keep)| **keep);
		Ok(Self {
			datasets: self.datasets.clone(),
			owners: owners.map(|(owner, _)| *owner).collect(),
			matrix: Matrix {
				chunks: rows.flat_map(|(row, _)| row.iter().copied()).collect(),
				..self.matrix
			},
		})
	}

	/// The counts of every test point: its ball holds the records within squared distance `tau2`.
	pub fn count(&self, tests: &[Point], tau2: u32) -> Result<Vec<PointCounts>, Error> {
		self.count_balls(&self.tests(tests)?, tau2)
	}

	fn tests(&self, tests: &[Point]) -> Result<Tests, Error> {
		let features = match self.owners.first() {
			Some(_) => self.matrix.features,
			None => tests.first().map_or(0, |test| test.features.len()),
		};
		Tests::new(tests, features)
	}

	fn median_tau2(&self, tests: &Tests) -> Result<u32, Error> {
		let mut distances = Vec::with_capacity(self.owners.len());
		let mut reaches: Vec<u32> = tests
			.matrix
			.rows()
			.map(|test| {
				distances.clear();
				distances.extend(self.matrix.rows().map(|record| distance(record, test)));
				match distances.len().min(NEAREST).checked_sub(1) {
					Some(last) => *distances.select_nth_unstable(last).1,
					None => 0,
				}
			})
			.collect();
		let middle = reaches.len().checked_sub(1).ok_or(Error::NoTestPoints)? >> 1;
		Ok(*reaches.select_nth_unstable(middle).1)
	}

	fn count_balls(&self, tests: &Tests, tau2: u32) -> Result<Vec<PointCounts>, Error> {
		let mut shares: Vec<Share> = self
			.datasets
			.iter()
			.map(|dataset| Share {
				dataset: *dataset,
				with_label: 0,
				without_label: 0,
			})
			.collect();
		tests
			.matrix
			.rows()
			.zip(&tests.labels)
			.map(|(test, label)| {
				let (mut in_ball, mut same_label) = (0u32, 0u32);
				for (record, owner) in self.matrix.rows().zip(&self.owners) {
					if distance(record, test) > tau2 {
						continue;
					}
					let share = shares.get_mut(owner.slot).ok_or(Error::Overflow)?;
					count_one(&mut in_ball)?;
					if owner.label == *label {
						count_one(&mut same_label)?;
						count_one(&mut share.with_label)?;
					} else {
						count_one(&mut share.without_label)?;
					}
				}
				let mut found = Vec::new();
				for share in shares
					.iter_mut()
					.filter(|s| s.with_label > 0 || s.without_label > 0)
				{
					found.push(*share);
					(share.with_label, share.without_label) = (0, 0);
				}
				let shares = BoundedVec::try_from(found).map_err(|_| Error::MaxDatasetsExceeded)?;
				Ok(PointCounts {
					in_ball,
					same_label,
					shares,
				})
			})
			.collect()
	}
}

fn count_one(count: &mut u32) -> Result<(), Error> {
	*count = count.checked_add(1).ok_or(Error::Overflow)?;
	Ok(())
}

/// Everything an appraiser computes from records and test points:
///
/// 1. `tau0` = [`Population::tau2`] of all records, `rho2 = floor(tau0 / 64)`;
/// 2. exclusion within `rho2` ([`Population::keep`]);
/// 3. `tau2` of the records kept;
/// 4. the counts within `tau2`.
///
/// The records must be strictly ascending by (priority, dataset, index).
pub fn appraise(records: &[Record], tests: &[Point], classes: u16) -> Result<Appraisal, Error> {
	if classes < 2 {
		return Err(Error::InvalidClasses);
	}
	let labels = records
		.iter()
		.map(|r| r.label)
		.chain(tests.iter().map(|t| t.label));
	if labels.max().is_some_and(|label| label >= classes) {
		return Err(Error::InvalidLabel);
	}
	let population = Population::new(records)?;
	let layout = population.tests(tests)?;
	let rho2 = population.median_tau2(&layout)? / RHO_DIVISOR;
	let kept = population.keep(rho2);
	let population = population.retain(&kept)?;
	let tau2 = population.median_tau2(&layout)?;
	let points = population.count_balls(&layout, tau2)?;
	Ok(Appraisal {
		tau2,
		rho2,
		kept,
		points,
	})
}
