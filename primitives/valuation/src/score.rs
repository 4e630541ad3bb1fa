use crate::{harmonic, Basis, DatasetId, Error, MaxDatasets, PointCounts, Share};
use alloc::vec::Vec;
use bounded_collections::BoundedVec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// One in the fixed point of scores.
pub const SCALE: i128 = 1 << 64;

/// Weight of one item answered with an accuracy of 1 above chance.
pub const USER_SCALE: u64 = 1_000_000;

/// Scaled weights add up to less than two to this power.
const WEIGHT_BITS: u32 = 63;

fn check_classes(classes: u32) -> Result<i128, Error> {
	if !(2..=u32::from(u16::MAX)).contains(&classes) {
		return Err(Error::InvalidClasses);
	}
	Ok(i128::from(classes))
}

/// The Shapley values of one test point, per dataset in its ball, in units of 1 / [`SCALE`].
///
/// With `h` = [`harmonic`]`(m)` each value is the exact quotient of two integers, rounded down once:
///
/// `[ 2^64 (C n+ - n)(m - 1) + (h - 2^64) C (n+ (m - a) - n- a) ] / [ C m (m - 1) ]`, `n = n+ + n-`,
/// and `2^64 (C n+ - n) / C` for `m = 1`. It is less than 1.5 units from the true value, and the sum
/// over the datasets is at most one unit per dataset below `a/m - 1/C`: the terms in `h` cancel.
///
/// Datasets outside the ball are absent: their value is exactly zero. `classes` is `C`.
pub fn point_scores(counts: &PointCounts, classes: u32) -> Result<Vec<(DatasetId, i128)>, Error> {
	let classes = check_classes(classes)?;
	counts.check()?;
	let in_ball = i128::from(counts.in_ball);
	let same_label = i128::from(counts.same_label);
	let harmonic = i128::try_from(harmonic(counts.in_ball)?).map_err(|_| Error::Overflow)?;
	counts
		.shares
		.iter()
		.map(|share| {
			share_score(share, in_ball, same_label, harmonic, classes)
				.map(|score| (share.dataset, score))
				.ok_or(Error::Overflow)
		})
		.collect()
}

// With m <= 2^20, C < 2^16 and h < 2^68 the numerator stays below 2^123.
fn share_score(
	share: &Share,
	in_ball: i128,
	same_label: i128,
	harmonic: i128,
	classes: i128,
) -> Option<i128> {
	let with_label = i128::from(share.with_label);
	let without_label = i128::from(share.without_label);
	let records = with_label.checked_add(without_label)?;
	let above_chance = SCALE.checked_mul(classes.checked_mul(with_label)?.checked_sub(records)?)?;
	if in_ball == 1 {
		return above_chance.checked_div_euclid(classes);
	}
	let others = in_ball.checked_sub(1)?;
	let swing = with_label
		.checked_mul(in_ball.checked_sub(same_label)?)?
		.checked_sub(without_label.checked_mul(same_label)?)?;
	let numerator = above_chance.checked_mul(others)?.checked_add(
		harmonic
			.checked_sub(SCALE)?
			.checked_mul(classes)?
			.checked_mul(swing)?,
	)?;
	let denominator = classes.checked_mul(in_ball)?.checked_mul(others)?;
	numerator.checked_div_euclid(denominator)
}

/// The score of one dataset.
#[derive(
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
)]
pub struct Score {
	/// The dataset.
	pub dataset: DatasetId,
	/// Its score in units of 1 / [`SCALE`].
	pub score: i128,
}

/// Scores summed over test points; the order of the points does not matter.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct Scores {
	classes: u16,
	points: u32,
	totals: BoundedVec<Score, MaxDatasets>,
}

impl Scores {
	/// No point counted yet; `classes` labels exist.
	pub fn new(classes: u16) -> Result<Self, Error> {
		check_classes(classes.into())?;
		Ok(Self {
			classes,
			points: 0,
			totals: BoundedVec::new(),
		})
	}

	/// Adds one test point. Nothing changes when it is refused.
	pub fn add(&mut self, counts: &PointCounts) -> Result<(), Error> {
		let points = self.points.checked_add(1).ok_or(Error::Overflow)?;
		let mut totals = self.totals.clone();
		for (dataset, score) in point_scores(counts, self.classes.into())? {
			match totals.binary_search_by_key(&dataset, |total| total.dataset) {
				Ok(found) => {
					let total = totals.get_mut(found).ok_or(Error::Overflow)?;
					total.score = total.score.checked_add(score).ok_or(Error::Overflow)?;
				}
				Err(place) => totals
					.try_insert(place, Score { dataset, score })
					.map_err(|_| Error::MaxDatasetsExceeded)?,
			}
		}
		self.points = points;
		self.totals = totals;
		Ok(())
	}

	/// Test points counted so far.
	pub fn points(&self) -> u32 {
		self.points
	}

	/// Every dataset that was in a ball, ascending.
	pub fn totals(&self) -> &[Score] {
		&self.totals
	}

	/// The score of a dataset: zero if it was in no ball.
	pub fn get(&self, dataset: DatasetId) -> i128 {
		self.totals
			.binary_search_by_key(&dataset, |total| total.dataset)
			.ok()
			.and_then(|found| self.totals.get(found))
			.map_or(0, |total| total.score)
	}

	/// Payable weight of every dataset in [`Scores::totals`]: `max(0, score)`, scaled as
	/// [`scaled_weights`] does.
	pub fn weights(&self) -> Result<Vec<(DatasetId, u64)>, Error> {
		let amounts: Vec<u128> = self
			.totals
			.iter()
			.map(|total| positive(total.score))
			.collect();
		let weights = scaled_weights(&amounts)?;
		Ok(self
			.totals
			.iter()
			.map(|total| total.dataset)
			.zip(weights)
			.collect())
	}
}

fn positive(score: i128) -> u128 {
	u128::try_from(score).unwrap_or(0)
}

/// Amounts as leaf weights: every amount is shifted right by the same number of bits, the smallest
/// that brings their sum below `2^63`, and rounded down.
///
/// Amounts whose sum is below `2^63` stay as they are. Otherwise the exact quotients add up to at
/// least `2^62`, and each weight is less than one below its quotient.
pub fn scaled_weights(amounts: &[u128]) -> Result<Vec<u64>, Error> {
	let total = amounts
		.iter()
		.try_fold(0u128, |sum, amount| sum.checked_add(*amount))
		.ok_or(Error::Overflow)?;
	let bits = u128::BITS
		.checked_sub(total.leading_zeros())
		.ok_or(Error::Overflow)?;
	let shift = bits
		.max(WEIGHT_BITS)
		.checked_sub(WEIGHT_BITS)
		.ok_or(Error::Overflow)?;
	amounts
		.iter()
		.map(|amount| {
			amount
				.checked_shr(shift)
				.and_then(|weight| u64::try_from(weight).ok())
				.ok_or(Error::Overflow)
		})
		.collect()
}

/// Chooses what the pool is divided by and returns one weight per dataset, in the given order.
///
/// Entry `i` of each slice belongs to the same dataset; `scores` is empty when there are none.
/// The first basis with a weight above zero wins: scores, vested licence price, records used. The
/// weights are all zero only if no record of any dataset was used.
pub fn payable(
	scores: &[i128],
	vested_price: &[u128],
	records_used: &[u64],
) -> Result<(Basis, Vec<u64>), Error> {
	let datasets = records_used.len();
	if vested_price.len() != datasets || !(scores.is_empty() || scores.len() == datasets) {
		return Err(Error::LengthMismatch);
	}
	if scores.iter().any(|score| *score > 0) {
		let amounts: Vec<u128> = scores.iter().map(|score| positive(*score)).collect();
		return Ok((Basis::Scores, scaled_weights(&amounts)?));
	}
	if vested_price.iter().any(|price| *price > 0) {
		return Ok((Basis::LicencePrice, scaled_weights(vested_price)?));
	}
	let amounts: Vec<u128> = records_used.iter().copied().map(u128::from).collect();
	Ok((Basis::RecordsUsed, scaled_weights(&amounts)?))
}

/// A user's weight: `floor(items * 10^6 * (right / answered - 1 / classes))`, zero at or below chance
/// and without gold answers.
pub fn user_weight(items: u32, answered: u32, right: u32, classes: u16) -> Result<u64, Error> {
	check_classes(classes.into())?;
	if right > answered {
		return Err(Error::MoreRightThanAnswered);
	}
	let classes = u128::from(classes);
	let answered = u128::from(answered);
	// Below 2^32 * 2^20 * 2^48 = 2^100.
	let weight = || {
		let above_chance = classes
			.checked_mul(u128::from(right))?
			.checked_sub(answered)?;
		u128::from(items)
			.checked_mul(u128::from(USER_SCALE))?
			.checked_mul(above_chance)?
			.checked_div(classes.checked_mul(answered)?)
	};
	u64::try_from(weight().unwrap_or(0)).map_err(|_| Error::Overflow)
}
