use super::{two_files, LINES};
use crate::{frame, index, records, RecordCounter, RecordKind};
use codec::Encode;
use proptest::prelude::*;

const PLAIN: RecordKind = RecordKind::Line { header: false };

fn lines(stream: &[u8], kind: RecordKind) -> Vec<&[u8]> {
	records(stream, kind).unwrap().collect()
}

#[test]
fn records_are_lines_across_files_in_stream_order() {
	let stream = two_files();
	assert_eq!(lines(&stream, LINES), [&b"1,2"[..], b"3,4", b"5,6"]);
	assert_eq!(
		lines(&stream, PLAIN),
		[&b"x,y"[..], b"1,2", b"3,4", b"x,y", b"5,6"]
	);
	assert_eq!(index(&stream).unwrap().trailer.records, 3);
}

#[test]
fn a_file_is_a_record_even_when_it_is_empty() {
	let stream = frame([("a", &b"one\ntwo"[..]), ("b", b"")], RecordKind::File).unwrap();
	assert_eq!(lines(&stream, RecordKind::File), [&b"one\ntwo"[..], b""]);
	assert_eq!(index(&stream).unwrap().trailer.records, 2);
}

#[test]
fn empty_lines_are_not_records_and_one_carriage_return_belongs_to_the_line_end() {
	let data = b"\n\r\nhead\r\n\nx\r\r\n\r\r\ny\r";
	let stream = frame([("a", &data[..])], LINES).unwrap();
	assert_eq!(lines(&stream, PLAIN), [&b"head"[..], b"x\r", b"\r", b"y"]);
	assert_eq!(lines(&stream, LINES), [&b"x\r"[..], b"\r", b"y"]);
}

#[test]
fn a_file_with_only_a_header_has_no_records() {
	let stream = frame(
		[("a", &b"x,y\n"[..]), ("b", b""), ("c", b"x,y\n1,2")],
		LINES,
	)
	.unwrap();
	assert_eq!(lines(&stream, LINES), [&b"1,2"[..]]);
	assert_eq!(index(&stream).unwrap().trailer.records, 1);
}

#[test]
fn record_kind_bytes_are_frozen() {
	for (kind, bytes) in [
		(RecordKind::File, &[0][..]),
		(PLAIN, &[1, 0]),
		(LINES, &[1, 1]),
	] {
		assert_eq!(kind.encode(), bytes);
	}
}

fn kinds() -> impl Strategy<Value = RecordKind> {
	prop_oneof![Just(RecordKind::File), Just(PLAIN), Just(LINES)]
}

proptest! {
	#[test]
	fn counting_agrees_with_iterating_however_the_bytes_arrive(
		files in prop::collection::vec("[ab\r\n]{0,40}", 0..5),
		kind in kinds(),
		step in 1usize..9,
	) {
		let names: Vec<String> = (0..files.len()).map(|i| i.to_string()).collect();
		let pairs = names.iter().map(String::as_str).zip(files.iter().map(String::as_bytes));
		let stream = frame(pairs, kind).unwrap();
		let expected = lines(&stream, kind).len() as u64;

		let mut counter = RecordCounter::new(kind);
		for file in &files {
			for piece in file.as_bytes().chunks(step) {
				counter.update(piece).unwrap();
			}
			counter.end_file().unwrap();
		}
		prop_assert_eq!(counter.records(), expected);
		prop_assert_eq!(index(&stream).unwrap().trailer.records, expected);
	}

	#[test]
	fn lines_are_those_of_the_standard_library(text in "[a-c]{0,3}(\r?\n[a-c]{0,3}){0,9}") {
		let stream = frame([("a", text.as_bytes())], PLAIN).unwrap();
		let expected: Vec<&[u8]> =
			text.lines().filter(|line| !line.is_empty()).map(str::as_bytes).collect();
		prop_assert_eq!(lines(&stream, PLAIN), expected);
	}
}
