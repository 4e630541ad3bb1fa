//! Records and their vectors.
#![allow(
	clippy::arithmetic_side_effects,
	clippy::as_conversions,
	clippy::unwrap_used
)]

use codec::{Decode, Encode};
use guerdon_valuation::{Column, Error, FeatureSpec, Point, MAX_FEATURES};
use proptest::prelude::*;

fn column(index: u16, decimals: u8, min: i64, max: i64) -> Column {
	Column {
		index,
		decimals,
		min,
		max,
	}
}

fn csv(columns: &[Column], label: u16) -> FeatureSpec {
	let columns = columns.to_vec().try_into().unwrap();
	FeatureSpec::Csv {
		columns,
		label,
		classes: 10,
		header: false,
	}
}

fn feature(text: &str, column: Column) -> Result<u8, Error> {
	csv(&[column], 0)
		.vectorize(format!("1,{text}").as_bytes())
		.map(|point| point.features.first().copied().unwrap())
}

#[test]
fn a_line_becomes_features_and_label() {
	let spec = csv(&[column(0, 0, 0, 255), column(2, 1, -100, 100)], 1);
	assert_eq!(spec.check(), Ok(()));
	assert_eq!(spec.features(), 2);
	let expected = Ok(Point {
		features: vec![7, 255],
		label: 3,
	});
	for line in [
		"7,3,10.0",
		"7,3,10.0\r\n",
		"7,3,10.0\n",
		" 7 , 3 , 10 ",
		"\"7\",\"3\",\"10\"",
		"+7,03,1e1,x",
	] {
		assert_eq!(spec.vectorize(line.as_bytes()), expected, "{line:?}");
	}
	assert_eq!(spec.vectorize(b"7,3,\"1,0\""), Err(Error::NotANumber));
}

#[test]
fn fields_beyond_the_last_column_change_nothing() {
	for (columns, label) in [([0, 2], 1), ([0, 1], 2)] {
		let spec = csv(&columns.map(|index| column(index, 0, 0, 255)), label);
		let expected = spec.vectorize(b"7,3,5");
		assert!(expected.is_ok());
		for more in [",", ",x", ",\"", ",\"8\",9", &",".repeat(100_000)] {
			let line = format!("7,3,5{more}");
			assert_eq!(spec.vectorize(line.as_bytes()), expected, "{label}");
		}
		assert_eq!(spec.vectorize(b"7,3"), Err(Error::MissingColumn));
	}
}

#[test]
fn what_is_not_a_record_is_refused() {
	let spec = csv(&[column(0, 0, 0, 16), column(1, 0, 0, 16)], 2);
	for (line, error) in [
		("", Error::NotANumber),
		("1", Error::MissingColumn),
		("1,2", Error::MissingColumn),
		("1,,3", Error::NotANumber),
		("1,x,3", Error::NotANumber),
		("1,-,3", Error::NotANumber),
		("1,.,3", Error::NotANumber),
		("1,--2,3", Error::NotANumber),
		("1,1.2.3,3", Error::NotANumber),
		("1,0x10,3", Error::NotANumber),
		("1,NaN,3", Error::NotANumber),
		("1,inf,3", Error::NotANumber),
		("1,1e,3", Error::NotANumber),
		("1,1e+,3", Error::NotANumber),
		("1,1e2.5,3", Error::NotANumber),
		("1,e5,3", Error::NotANumber),
		("1,1 2,3", Error::NotANumber),
		("1,\u{661},3", Error::NotANumber),
		("1,2,", Error::InvalidLabel),
		("1,2,10", Error::InvalidLabel),
		("1,2,-1", Error::InvalidLabel),
		("1,2,+1", Error::InvalidLabel),
		("1,2,3.0", Error::InvalidLabel),
		("1,2,99999999999", Error::InvalidLabel),
		("1,2,a", Error::InvalidLabel),
	] {
		assert_eq!(spec.vectorize(line.as_bytes()), Err(error), "{line:?}");
	}
}

#[test]
fn numbers_are_clamped_cut_off_and_rounded_half_up() {
	let tenths = column(1, 1, 0, 10);
	// 255 / 10 steps of 25.5: halves go up.
	for (text, expected) in [
		("0", 0),
		("0.1", 26),
		("0.2", 51),
		("0.19", 26),
		("0.1999999999999999999999999999999999999", 26),
		(".1", 26),
		("00000000000000000000000000000000000000000000000.1", 26),
		("1e-1", 26),
		("0.00001E4", 26),
		("100e-3", 26),
		("1.", 255),
		("1.1", 255),
		("-0.1", 0),
		("-0", 0),
		("99999999999999999999999999999999999999999999999999", 255),
		("-99999999999999999999999999999999999999999999999999", 0),
		("1e999999999999999999999999999", 255),
		("-1e999999999999999999999999999", 0),
		("1e-999999999999999999999999999", 0),
		("0e999999999999999999999999999", 0),
		("0.000e12", 0),
	] {
		assert_eq!(feature(text, tenths), Ok(expected), "{text}");
	}
	let negative = column(1, 3, -250, -50);
	for (text, expected) in [
		("-0.25", 0),
		("-0.05", 255),
		("-0.15", 128),
		("0", 255),
		("-9", 0),
	] {
		assert_eq!(feature(text, negative), Ok(expected), "{text}");
	}
	let whole = column(1, 0, i64::MIN, i64::MAX);
	assert_eq!(feature("9223372036854775807", whole), Ok(255));
	assert_eq!(feature("-9223372036854775808", whole), Ok(0));
	assert_eq!(feature("0", whole), Ok(128));
	assert_eq!(
		feature("0.5", column(1, 18, 0, 1_000_000_000_000_000_000)),
		Ok(128)
	);
}

proptest! {
	#[test]
	fn any_fixed_point_number_maps_as_its_integer(
		units in -2_000_000i64..2_000_000, decimals in 0u8..6, bounds in (-1_000_000i64..0, 1i64..1_000_000),
		cut in "[0-9]{0,5}",
	) {
		let power = 10i64.pow(decimals.into());
		let sign = if units < 0 { "-" } else { "" };
		let (whole, part) = (units.abs() / power, units.abs() % power);
		let width = usize::from(decimals);
		let text = if decimals == 0 {
			format!("{sign}{whole}.{cut}")
		} else {
			format!("{sign}{whole}.{part:0width$}{cut}")
		};
		let (min, max) = bounds;
		let value = i128::from(units.clamp(min, max) - min);
		let range = i128::from(max - min);
		let expected = (2 * 255 * value + range).div_euclid(2 * range) as u8;
		prop_assert_eq!(feature(&text, column(1, decimals, min, max)), Ok(expected));
	}

	#[test]
	fn no_record_panics(record in prop::collection::vec(any::<u8>(), 0..80)) {
		let spec = csv(&[column(0, 9, -5, 5)], 1);
		if let Ok(point) = spec.vectorize(&record) {
			prop_assert_eq!(point.features.len(), spec.features());
		}
		let text = FeatureSpec::TextTrigrams { classes: 300 };
		if let Ok(point) = text.vectorize(&record) {
			prop_assert_eq!(point.features.len(), text.features());
		}
	}
}

#[test]
fn texts_become_unit_vectors_of_trigrams() {
	let spec = FeatureSpec::TextTrigrams { classes: 3 };
	assert_eq!(
		(spec.check(), spec.features(), spec.classes()),
		(Ok(()), 256, 3)
	);
	let point = spec.vectorize(b"2\tabcabc").unwrap();
	assert_eq!(point.label, 2);
	// abc twice, bca and cab once: 255 * 2 / sqrt(6) and 255 / sqrt(6), rounded down.
	let bucket = |t: [u8; 3]| {
		(u32::from_be_bytes([0, t[0], t[1], t[2]]).wrapping_mul(2_654_435_761) >> 24) as usize
	};
	for (trigram, expected) in [(*b"abc", 208), (*b"bca", 104), (*b"cab", 104)] {
		assert_eq!(point.features.get(bucket(trigram)), Some(&expected));
	}
	assert_eq!(point.features.iter().filter(|f| **f > 0).count(), 3);
	assert_eq!(spec.vectorize(b"2\tabcabc\r\n"), Ok(point));
	assert_eq!(spec.vectorize(b"1\tab").unwrap().features, vec![0; 256]);
	assert_eq!(
		spec.vectorize(b"1\taaaa").unwrap().features.iter().max(),
		Some(&255)
	);
	for bad in ["", "abc", "1", "3\tabc", "x\tabc", "\tabc", "-1\tabc"] {
		assert_eq!(
			spec.vectorize(bad.as_bytes()),
			Err(Error::InvalidLabel),
			"{bad:?}"
		);
	}
}

#[test]
fn a_file_is_split_into_records() {
	let mut spec = csv(&[column(0, 0, 0, 1)], 1);
	let records = |spec: &FeatureSpec, file: &str| {
		spec.records(file.as_bytes())
			.map(<[u8]>::to_vec)
			.collect::<Vec<_>>()
	};
	assert_eq!(records(&spec, "a\nb\n"), [b"a", b"b"]);
	assert_eq!(records(&spec, "a\nb"), [b"a", b"b"]);
	assert_eq!(
		records(&spec, "\n\r\na\r\n\n \nb\r\r\n\n"),
		[&b"a"[..], b" ", b"b\r"]
	);
	assert!(records(&spec, "").is_empty());
	assert!(records(&spec, "\n\r\n").is_empty());
	if let FeatureSpec::Csv { header, .. } = &mut spec {
		*header = true;
	}
	assert_eq!(records(&spec, "x,y\na\nb\n"), [b"a", b"b"]);
	assert_eq!(records(&spec, "\r\n\nx,y\n\na\nb\n"), [b"a", b"b"]);
	assert!(records(&spec, "x,y\n").is_empty());
	assert_eq!(
		records(&FeatureSpec::TextTrigrams { classes: 2 }, "1\ta\n"),
		[b"1\ta"]
	);
}

#[test]
fn contradictory_specifications_are_refused() {
	let good = column(1, 0, 0, 16);
	assert_eq!(csv(&[], 0).check(), Err(Error::InvalidSpec));
	assert_eq!(csv(&[good], 1).check(), Err(Error::InvalidSpec));
	assert_eq!(
		csv(&[column(1, 0, 5, 5)], 0).check(),
		Err(Error::InvalidSpec)
	);
	assert_eq!(
		csv(&[column(1, 19, 0, 5)], 0).check(),
		Err(Error::InvalidSpec)
	);
	assert_eq!(csv(&[column(1, 18, 0, 5)], 0).check(), Ok(()));
	assert_eq!(csv(&[good, good], 0).check(), Err(Error::NotAscending));
	assert_eq!(
		FeatureSpec::TextTrigrams { classes: 1 }.check(),
		Err(Error::InvalidClasses)
	);
	assert_eq!(feature("1", column(1, 0, 5, 5)), Err(Error::InvalidSpec));
	let columns: Vec<Column> = (0..=MAX_FEATURES as u16)
		.map(|i| column(i, 0, 0, 1))
		.collect();
	let bytes = (0u8, columns, 999u16, 2u16, false).encode();
	assert!(FeatureSpec::decode(&mut &bytes[..]).is_err());
}

#[test]
fn encoding_is_frozen() {
	let spec = csv(&[column(1, 2, -1, 1)], 3);
	let mut bytes = vec![0, 4, 1, 0, 2];
	bytes.extend((-1i64).to_le_bytes());
	bytes.extend(1i64.to_le_bytes());
	bytes.extend([3, 0, 10, 0, 0]);
	assert_eq!(spec.encode(), bytes);
	assert_eq!(FeatureSpec::TextTrigrams { classes: 5 }.encode(), [1, 5, 0]);
}
