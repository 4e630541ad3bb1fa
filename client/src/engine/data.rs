//! Records as step programs see them.

use super::Error;
use guerdon_content::{index, records};
use guerdon_valuation::{FeatureSpec, Point};

/// The head that every step program's config begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
	/// Bytes of features in a record.
	pub features: u16,
	/// Number of classes.
	pub classes: u16,
	/// Records in a batch.
	pub batch: u32,
}

impl Head {
	/// Reads the first 8 bytes of a config.
	///
	/// # Errors
	/// [`Error::Config`] when they are missing or one of them is zero.
	pub fn read(config: &[u8]) -> Result<Self, Error> {
		let head: &[u8; 8] = config.first_chunk().ok_or(Error::Config)?;
		let [f0, f1, c0, c1, batch @ ..] = *head;
		let head = Head {
			features: u16::from_le_bytes([f0, f1]),
			classes: u16::from_le_bytes([c0, c1]),
			batch: u32::from_le_bytes(batch),
		};
		let sound = head.features > 0 && head.classes > 0 && head.batch > 0;
		sound.then_some(head).ok_or(Error::Config)
	}
}

/// Every record of a dataset's stream as a vector; `None` for one that the spec cannot read.
///
/// # Errors
/// [`Error::Content`] when the stream is not framed correctly, [`Error::RecordCount`] when it has
/// another number of records than its trailer says.
pub fn vectors(stream: &[u8], spec: &FeatureSpec) -> Result<Vec<Option<Point>>, Error> {
	let trailer = index(stream).map_err(Error::Content)?.trailer;
	let records = records(stream, trailer.kind).map_err(Error::Content)?;
	let vectors: Vec<_> = records.map(|record| spec.vectorize(record).ok()).collect();
	if u64::try_from(vectors.len()) != Ok(trailer.records) {
		return Err(Error::RecordCount {
			declared: trailer.records,
			found: vectors.len(),
		});
	}
	Ok(vectors)
}

/// The labelled records of a plain CSV or text set (validation and test sets).
pub fn set(file: &[u8], spec: &FeatureSpec) -> Vec<Point> {
	spec.records(file)
		.filter_map(|record| spec.vectorize(record).ok())
		.collect()
}

/// Features, then the label: what a step program reads.
pub fn encode(points: &[Point]) -> Vec<u8> {
	let mut bytes = Vec::new();
	for point in points {
		bytes.extend(&point.features);
		bytes.extend(point.label.to_le_bytes());
	}
	bytes
}

/// The batches of a task, one per step: `passes` times over the readable records of the range, in
/// order, `batch` at a time.
///
/// # Errors
/// [`Error::Range`], [`Error::Unreadable`], [`Error::TooManySteps`].
pub fn batches(
	records: &[Option<Point>],
	first: u64,
	count: u32,
	passes: u16,
	batch: u32,
) -> Result<Batches, Error> {
	let end = first.saturating_add(u64::from(count));
	let range = usize::try_from(first).ok().zip(usize::try_from(end).ok());
	let range = range
		.and_then(|(first, end)| records.get(first..end))
		.ok_or(Error::Range {
			records: records.len(),
			first,
			end,
		})?;
	let readable: Vec<Point> = range.iter().flatten().cloned().collect();
	if readable.is_empty() {
		return Err(Error::Unreadable(count));
	}
	let size = usize::try_from(batch).unwrap_or(usize::MAX);
	let one_pass: Vec<Vec<u8>> = readable.chunks(size).map(encode).collect();
	let steps = one_pass.len().checked_mul(usize::from(passes));
	let steps = steps
		.and_then(|steps| u32::try_from(steps).ok())
		.ok_or(Error::TooManySteps)?;
	Ok(Batches { one_pass, steps })
}

/// The batches of one pass and how many steps all passes have.
#[derive(Clone, Debug)]
pub struct Batches {
	one_pass: Vec<Vec<u8>>,
	steps: u32,
}

impl Batches {
	/// Steps of the task.
	pub fn steps(&self) -> u32 {
		self.steps
	}

	/// The batch of one step.
	pub fn get(&self, step: u32) -> Option<&[u8]> {
		let step = usize::try_from(step).ok()?;
		self.one_pass
			.get(step.checked_rem(self.one_pass.len())?)
			.map(Vec::as_slice)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use guerdon_content::{frame, RecordKind, Trailer, CHUNK};
	use guerdon_valuation::Column;

	fn spec(header: bool) -> FeatureSpec {
		let column = Column {
			index: 0,
			decimals: 0,
			min: 0,
			max: 255,
		};
		FeatureSpec::Csv {
			columns: vec![column].try_into().unwrap(),
			label: 1,
			classes: 2,
			header,
		}
	}

	/// Two records, and a trailer that may say something else.
	fn stream(declared: u64) -> Vec<u8> {
		let kind = RecordKind::Line { header: true };
		let mut stream = frame([("a.csv", &b"x,y\n7,1\nnone\n"[..])], kind).unwrap();
		let trailer = Trailer {
			records: declared,
			..index(&stream).unwrap().trailer
		};
		stream.truncate(stream.len() - CHUNK);
		stream.extend(trailer.encode());
		stream
	}

	#[test]
	fn a_dataset_with_another_number_of_records_than_declared_is_refused() {
		assert_eq!(
			vectors(&stream(2), &spec(true)).unwrap(),
			[
				Some(Point {
					features: vec![7],
					label: 1
				}),
				None
			]
		);
		for lie in [1, 3] {
			let error = vectors(&stream(lie), &spec(true)).unwrap_err();
			assert!(
				matches!(error, Error::RecordCount { declared, found: 2 } if declared == lie),
				"{error}"
			);
		}
	}

	#[test]
	fn a_plain_set_has_the_records_of_a_dataset_of_the_same_lines() {
		for file in [
			"",
			"\n\r\n",
			"x,y",
			"x,y\n7,1",
			"\n\r\nx,y\r\n\n7,1\n \n8,0\r\r\n\n",
		] {
			for header in [false, true] {
				let kind = RecordKind::Line { header };
				let stream = frame([("a.csv", file.as_bytes())], kind).unwrap();
				let framed: Vec<&[u8]> = records(&stream, kind).unwrap().collect();
				let plain: Vec<&[u8]> = spec(header).records(file.as_bytes()).collect();
				assert_eq!(plain, framed, "{file:?}, header: {header}");
			}
		}
	}

	fn point(value: u8) -> Option<Point> {
		Some(Point {
			features: vec![value],
			label: 1,
		})
	}

	#[test]
	fn batches_repeat_in_every_pass_and_skip_what_cannot_be_read() {
		let records = [point(1), None, point(2), point(3), point(4)];
		let batches = batches(&records, 1, 3, 2, 1).unwrap();
		assert_eq!(batches.steps(), 4);
		assert_eq!(batches.get(0), Some(&[2, 1, 0][..]));
		assert_eq!(batches.get(1), Some(&[3, 1, 0][..]));
		assert_eq!(batches.get(2), batches.get(0));
	}

	#[test]
	fn a_range_outside_the_dataset_is_named() {
		let error = batches(&[point(1)], 0, 2, 1, 1).unwrap_err().to_string();
		assert_eq!(error, "the dataset has 1 records, the task asks for 0..2");
		assert!(matches!(
			batches(&[None], 0, 1, 1, 1),
			Err(Error::Unreadable(1))
		));
		assert!(batches(&[point(1)], u64::MAX, 2, 1, 1).is_err());
	}
}
