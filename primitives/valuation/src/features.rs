use crate::{Column, Error, FeatureSpec};
use alloc::vec::Vec;

/// Features of a text.
pub const TRIGRAM_FEATURES: usize = 256;

/// Most decimals of a [`Column`].
const MAX_DECIMALS: u8 = 18;

/// A record or test point as a vector.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Point {
	/// One byte per feature.
	pub features: Vec<u8>,
	/// The class.
	pub label: u16,
}

impl FeatureSpec {
	/// Number of labels.
	pub fn classes(&self) -> u16 {
		match self {
			Self::Csv { classes, .. } | Self::TextTrigrams { classes } => *classes,
		}
	}

	/// Length of every vector.
	pub fn features(&self) -> usize {
		match self {
			Self::Csv { columns, .. } => columns.len(),
			Self::TextTrigrams { .. } => TRIGRAM_FEATURES,
		}
	}

	/// Refuses what cannot be meant: no columns, columns out of order, the label among them, an
	/// empty range, too many decimals, fewer than two classes.
	pub fn check(&self) -> Result<(), Error> {
		if self.classes() < 2 {
			return Err(Error::InvalidClasses);
		}
		let Self::Csv { columns, label, .. } = self else {
			return Ok(());
		};
		if columns.is_empty() {
			return Err(Error::InvalidSpec);
		}
		let mut previous = None;
		for column in columns {
			if previous.is_some_and(|index| index >= column.index) {
				return Err(Error::NotAscending);
			}
			previous = Some(column.index);
			if column.index == *label || column.min >= column.max || column.decimals > MAX_DECIMALS
			{
				return Err(Error::InvalidSpec);
			}
		}
		Ok(())
	}

	/// The records of a plain file: every line that is not empty, the first of them left out where
	/// the specification says that it is a header.
	///
	/// As in `guerdon_content`, lines end with `\n` or the end of the file, and one `\r` before that
	/// is not part of the line. Datasets are not read by this: their stream says itself what a record
	/// is.
	pub fn records<'a>(&self, file: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
		let header = matches!(self, Self::Csv { header: true, .. });
		file.split(|byte| *byte == b'\n')
			.map(|line| line.strip_suffix(b"\r").unwrap_or(line))
			.filter(|line| !line.is_empty())
			.skip(usize::from(header))
	}

	/// Makes a record a vector. A record that is refused is not part of a population.
	pub fn vectorize(&self, record: &[u8]) -> Result<Point, Error> {
		let (features, label) = match self {
			Self::Csv { columns, label, .. } => {
				let last = columns
					.iter()
					.fold(*label, |last, column| last.max(column.index));
				let fields = fields(record, last);
				let field = |index: u16| {
					fields
						.get(usize::from(index))
						.copied()
						.ok_or(Error::MissingColumn)
				};
				let features = columns
					.iter()
					.map(|column| quantise(decimal(field(column.index)?, column.decimals)?, column))
					.collect::<Result<_, _>>()?;
				(features, field(*label)?)
			}
			Self::TextTrigrams { .. } => {
				let mut parts = record.splitn(2, |byte| *byte == b'\t');
				let label = parts.next().unwrap_or_default();
				let text = parts.next().ok_or(Error::InvalidLabel)?;
				(trigrams(line(text))?, label)
			}
		};
		Ok(Point {
			features,
			label: self.parse_label(label)?,
		})
	}

	fn parse_label(&self, text: &[u8]) -> Result<u16, Error> {
		let text = text.trim_ascii();
		if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
			return Err(Error::InvalidLabel);
		}
		core::str::from_utf8(text)
			.ok()
			.and_then(|text| text.parse().ok())
			.filter(|label| *label < self.classes())
			.ok_or(Error::InvalidLabel)
	}
}

/// A line without its end.
fn line(record: &[u8]) -> &[u8] {
	let record = record.strip_suffix(b"\n").unwrap_or(record);
	record.strip_suffix(b"\r").unwrap_or(record)
}

/// The fields of a line, without the blanks and quotes around them, up to number `last`: a hostile
/// line has more fields than memory has room for.
fn fields(record: &[u8], last: u16) -> Vec<&[u8]> {
	let mut quoted = false;
	record
		.split(|byte| {
			quoted ^= *byte == b'"';
			*byte == b',' && !quoted
		})
		.take(usize::from(last).saturating_add(1))
		.map(|field| {
			let field = field.trim_ascii();
			field
				.strip_prefix(b"\"")
				.and_then(|field| field.strip_suffix(b"\""))
				.map_or(field, <[u8]>::trim_ascii)
		})
		.collect()
}

/// Larger than any bound of a column.
const LIMIT: i128 = 1 << 64;

/// A decimal number in units of `10^-decimals`, further digits cut off. Numbers beyond
/// `LIMIT` become `LIMIT`, so clamping them into a column's range gives the same.
fn decimal(text: &[u8], decimals: u8) -> Result<i128, Error> {
	let (negative, text) = sign(text);
	let mut parts = text.splitn(2, |byte| matches!(byte, b'e' | b'E'));
	let mantissa = parts.next().ok_or(Error::NotANumber)?;
	let exponent = parts.next().map_or(Ok(0), exponent)?;
	let mut parts = mantissa.splitn(2, |byte| *byte == b'.');
	let whole = parts.next().ok_or(Error::NotANumber)?;
	let fraction = parts.next().unwrap_or_default();
	let digits = || whole.iter().chain(fraction);
	if digits().next().is_none() || !digits().all(u8::is_ascii_digit) {
		return Err(Error::NotANumber);
	}

	let position = i64::try_from(whole.len())
		.ok()
		.and_then(|whole| whole.checked_add(exponent)?.checked_add(decimals.into()))
		.ok_or(Error::NotANumber)?;
	let mut left = u64::try_from(position).unwrap_or(0);
	let mut magnitude = 0i128;
	let mut digits = digits();
	while left > 0 && magnitude < LIMIT {
		let digit = match digits.next() {
			Some(digit) => digit.checked_sub(b'0').ok_or(Error::NotANumber)?,
			None if magnitude == 0 => break,
			None => 0,
		};
		magnitude = magnitude
			.checked_mul(10)
			.and_then(|tens| tens.checked_add(digit.into()))
			.ok_or(Error::NotANumber)?;
		left = left.checked_sub(1).ok_or(Error::NotANumber)?;
	}
	let magnitude = magnitude.min(LIMIT);
	Ok(if negative {
		magnitude.wrapping_neg()
	} else {
		magnitude
	})
}

fn sign(text: &[u8]) -> (bool, &[u8]) {
	match text.split_first() {
		Some((b'-', rest)) => (true, rest),
		Some((b'+', rest)) => (false, rest),
		_ => (false, text),
	}
}

/// The power of ten after the `e`; beyond any record's length it makes no difference.
fn exponent(text: &[u8]) -> Result<i64, Error> {
	const FAR: i64 = 1 << 48;
	let (negative, digits) = sign(text);
	if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
		return Err(Error::NotANumber);
	}
	let magnitude = digits.iter().try_fold(0i64, |sum, digit| {
		let digit = digit.checked_sub(b'0')?;
		Some(sum.checked_mul(10)?.checked_add(digit.into())?.min(FAR))
	});
	let magnitude = magnitude.ok_or(Error::NotANumber)?;
	Ok(if negative {
		magnitude.wrapping_neg()
	} else {
		magnitude
	})
}

fn quantise(value: i128, column: &Column) -> Result<u8, Error> {
	let (min, max) = (i128::from(column.min), i128::from(column.max));
	if min >= max {
		return Err(Error::InvalidSpec);
	}
	let value = value.clamp(min, max);
	let rounded = || {
		let range = max.checked_sub(min)?;
		value
			.checked_sub(min)?
			.checked_mul(510)?
			.checked_add(range)?
			.checked_div(range.checked_mul(2)?)
	};
	rounded()
		.and_then(|feature| u8::try_from(feature).ok())
		.ok_or(Error::Overflow)
}

fn trigrams(text: &[u8]) -> Result<Vec<u8>, Error> {
	let mut counts = [0u32; TRIGRAM_FEATURES];
	for window in text.windows(3) {
		let number = window
			.iter()
			.fold(0u32, |number, byte| (number << 8) | u32::from(*byte));
		let [bucket, ..] = number.wrapping_mul(2_654_435_761).to_be_bytes();
		let count = counts.get_mut(usize::from(bucket)).ok_or(Error::Overflow)?;
		*count = count.checked_add(1).ok_or(Error::Overflow)?;
	}
	let square = |count: u32| u128::from(count).checked_mul(count.into());
	let squares = counts
		.iter()
		.try_fold(0u128, |sum, count| sum.checked_add(square(*count)?))
		.ok_or(Error::Overflow)?;
	counts
		.iter()
		.map(|count| {
			if *count == 0 {
				return Ok(0);
			}
			square(*count)
				.and_then(|square| square.checked_mul(255 * 255)?.checked_div(squares))
				.and_then(|quotient| u8::try_from(quotient.isqrt()).ok())
				.ok_or(Error::Overflow)
		})
		.collect()
}
