use super::*;
use codec::Encode;
use proptest::prelude::*;
use std::{cell::RefCell, io, panic};

const HEADER: usize = 116;

fn exported(index: &Index, pool: PoolId) -> Vec<u8> {
	let mut file = vec![];
	index.export(pool, &mut file).unwrap();
	file
}

/// An index that has pool 4 of so many leaves, in a folder of its own, and what it exports.
fn export_of(leaves: &[Leaf]) -> Vec<u8> {
	let folder = folder();
	let index = open(&folder);
	add(&index, 4, leaves);
	exported(&index, 4)
}

/// What the chain answers about pool 4.
fn chain(leaves: &[Leaf]) -> impl Fn(PoolId) -> Option<Summary> {
	let summary = summary(4, leaves);
	move |pool| (pool == 4).then_some(summary)
}

fn import(index: &Index, file: &[u8], leaves: &[Leaf]) -> Result<Imported, Error> {
	index.import(file, &chain(leaves), &mut |_, _| {})
}

fn tidied(index: &Index) {
	while index.tidy(u64::MAX).unwrap() > 0 {}
}

#[test]
fn import_brings_what_was_exported() {
	for count in [1, 255, 256, 257, 4_095, 4_096, 4_097, 70_000] {
		let all = leaves(count);
		let file = export_of(&all);
		let folder = folder();
		let index = open(&folder);
		// WHEN it is imported
		let mut told = vec![];
		let done = index.import(&file[..], &chain(&all), &mut |read, of| {
			told.push((read, of))
		});
		// THEN it is served, and exported, as it was where it comes from
		assert_eq!(done.unwrap(), Imported::Added(4));
		assert_serves(&index, 4, &all, (0..count).step_by(1 + count as usize / 50));
		assert_eq!(exported(&index, 4), file);
		assert_eq!(all_of(&index, &all[0].payee, 5).len(), 1);
		// THEN progress was told, up to the end
		assert!(
			told.is_sorted() && told.last() == Some(&(count, count)),
			"{told:?}"
		);
		// THEN nothing is left over, and once more is not needed
		assert_eq!(index.tidy(u64::MAX).unwrap(), 0);
		assert_eq!(import(&index, &file, &all).unwrap(), Imported::Kept(4));
	}
}

#[test]
fn export_has_the_bytes_that_are_documented() {
	let all = leaves(6);
	let summary = summary(4, &all);
	let mut expected = b"guerdon/leaves\r\n\x01\0\0\0".to_vec();
	(GENESIS, 4u64, summary.root, summary.sum, summary.count).encode_to(&mut expected);
	assert_eq!(expected.len(), HEADER);
	for leaf in &all {
		leaf.encode_to(&mut expected);
	}
	assert_eq!(export_of(&all), expected);
}

#[test]
fn import_takes_the_place_of_what_is_incomplete_or_being_built() {
	let all = leaves(5_000);
	let file = export_of(&all);
	let before: [Vec<Change>; 4] = [
		vec![],
		vec![streamed(4, 0, &all[..300])],
		vec![streamed(4, 300, &all[300..])],
		vec![
			streamed(4, 0, &leaves(7)),
			Change::Sealed {
				pool: 4,
				summary: summary(4, &leaves(7)),
			},
		],
	];
	for changes in before {
		let folder = folder();
		let index = open(&folder);
		index.apply(block(1), &changes).unwrap();
		assert_eq!(import(&index, &file, &all).unwrap(), Imported::Added(4));
		assert_serves(&index, 4, &all, (0..5_000).step_by(500));
		for leaf in &all[..300] {
			assert_eq!(all_of(&index, &leaf.payee, 5).len(), 1);
		}
		// WHEN the blocks come that it was ahead of
		index.apply(block(2), &whole(4, &all)).unwrap();
		tidied(&index);
		assert_serves(&index, 4, &all, (0..5_000).step_by(500));
		drop(index);
		assert_eq!(records_in(folder.path()), (20 + 1, 5_000, 0));
	}
}

/// The index answers as if nothing had been tried, and can be given the right file.
fn assert_as_before(index: &Index, all: &[Leaf]) {
	assert_eq!(index.pool(4).unwrap(), None);
	assert!(matches!(index.prove(4, 0), Err(Error::NotIndexed(4))));
	assert!(all_of(index, &all[0].payee, 5).is_empty());
	let file = export_of(all);
	assert_eq!(import(index, &file, all).unwrap(), Imported::Added(4));
	assert_serves(index, 4, all, (0..all.len() as u64).step_by(97));
	// THEN it leaves nothing behind, and neither does what was tried
	tidied(index);
	index
		.apply(block(1), &[Change::Abandoned { pool: 4 }])
		.unwrap();
	tidied(index);
}

#[test]
fn files_that_are_not_of_this_pool_are_refused() {
	let all = leaves(5_000);
	let file = export_of(&all);
	let other = leaves(4_999);
	let with = |at: usize, byte: u8| {
		let mut file = file.clone();
		file[at] ^= byte;
		file
	};
	type Expected = fn(&Error) -> bool;
	let cases: Vec<(&str, Vec<u8>, &[Leaf], Expected)> = vec![
		("empty", vec![], &all, |error| {
			matches!(error, Error::NotAnExport)
		}),
		("magic", with(0, 1), &all, |error| {
			matches!(error, Error::NotAnExport)
		}),
		("magic", file[..15].to_vec(), &all, |error| {
			matches!(error, Error::NotAnExport)
		}),
		("version", with(16, 3), &all, |error| {
			matches!(error, Error::FileVersion(2))
		}),
		("version", file[..18].to_vec(), &all, |error| {
			matches!(error, Error::FileDamaged { index: 0, .. })
		}),
		("header", file[..HEADER - 1].to_vec(), &all, |error| {
			matches!(error, Error::FileDamaged { index: 0, .. })
		}),
		("genesis", with(20, 1), &all, |error| {
			matches!(error, Error::FileOfOtherChain { .. })
		}),
		("pool", with(52, 1), &all, |error| {
			matches!(error, Error::UnknownPool(5))
		}),
		("root", with(60, 1), &all, |error| {
			matches!(error, Error::OtherSummary(4))
		}),
		("sum", with(92, 1), &all, |error| {
			matches!(error, Error::OtherSummary(4))
		}),
		("count", with(108, 1), &all, |error| {
			matches!(error, Error::OtherSummary(4))
		}),
		("another pool", file.clone(), &other, |error| {
			matches!(error, Error::OtherSummary(4))
		}),
		("no leaf", file[..HEADER].to_vec(), &all, |error| {
			matches!(error, Error::FileDamaged { index: 0, .. })
		}),
		(
			"last leaf cut",
			file[..file.len() - 1].to_vec(),
			&all,
			|error| matches!(error, Error::FileDamaged { index: 4_999, .. }),
		),
		("more", [&file[..], &[0]].concat(), &all, |error| {
			matches!(error, Error::FileTooLong)
		}),
		("no payee", with(HEADER, 8), &all, |error| {
			matches!(error, Error::FileDamaged { index: 0, .. })
		}),
		("payee", with(HEADER + 1, 1), &all, |error| {
			matches!(error, Error::WrongLeaves(4))
		}),
		("weight", with(file.len() - 1, 1), &all, |error| {
			matches!(error, Error::WrongLeaves(4))
		}),
	];
	for (what, file, on_chain, expected) in cases {
		let folder = folder();
		let index = open(&folder);
		let error = import(&index, &file, on_chain).unwrap_err();
		assert!(expected(&error), "{what}: {error}");
		assert_as_before(&index, &all);
		drop(index);
		assert_eq!(records_in(folder.path()), (0, 0, 0), "{what}");
	}
}

#[test]
fn sealed_pool_outlives_a_wrong_file() {
	let folder = folder();
	let index = open(&folder);
	let all = leaves(300);
	add(&index, 4, &all);
	let file = export_of(&leaves(299));
	assert!(matches!(
		import(&index, &file, &all),
		Err(Error::OtherSummary(4))
	));
	assert_serves(&index, 4, &all, 0..300);
}

/// Bytes, and then an error of the disk.
struct Failing<'a>(&'a [u8]);

impl io::Read for Failing<'_> {
	fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
		match self.0.read(to)? {
			0 => Err(io::Error::other("the disk is gone")),
			read => Ok(read),
		}
	}
}

#[test]
fn import_that_fails_or_is_stopped_can_be_done_again() {
	let all = leaves(10_000);
	let file = export_of(&all);
	let folder = folder();
	let index = open(&folder);
	let half = &file[..file.len() / 2];
	let error = index
		.import(Failing(half), &chain(&all), &mut |_, _| {})
		.unwrap_err();
	assert!(matches!(error, Error::FileDamaged { .. }), "{error}");
	// WHEN it is stopped half way, and its records are committed but not tidied
	let stop = &mut |read, _| assert!(read < 8_192, "stopped");
	let stopped = panic::catch_unwind(panic::AssertUnwindSafe(|| {
		index.import(&file[..], &chain(&all), stop)
	}));
	assert!(stopped.is_err());
	assert_eq!(index.pool(4).unwrap(), None);
	assert!(all_of(&index, &all[0].payee, 5).is_empty());
	drop(index);
	// THEN there is nothing of it after opening again but what `tidy` removes
	let index = open(&folder);
	assert_as_before(&index, &all);
	drop(index);
	assert_eq!(records_in(folder.path()), (0, 0, 0));
}

#[test]
fn blocks_and_tidying_go_on_during_an_import() {
	let all = leaves(10_000);
	let file = export_of(&all);
	let folder = folder();
	let index = open(&folder);
	let number = RefCell::new(0);
	let mut meanwhile = |read, of| {
		if read == of {
			return;
		}
		// WHEN somebody else imports, tidies, and applies blocks
		assert!(matches!(import(&index, &file, &all), Err(Error::Importing)));
		assert_eq!(index.tidy(u64::MAX).unwrap(), 0);
		*number.borrow_mut() += 1;
		add(&index, 100 + *number.borrow(), &leaves(300));
		assert!(all_of(&index, &all[3].payee, 5)
			.iter()
			.all(|leaf| leaf.pool > 100));
	};
	let done = index
		.import(&file[..], &chain(&all), &mut meanwhile)
		.unwrap();
	assert_eq!(done, Imported::Added(4));
	assert_serves(&index, 4, &all, (0..10_000).step_by(999));
	assert_serves(&index, 101, &leaves(300), 0..300);
	assert_serves(&index, 102, &leaves(300), 0..300);
}

#[test]
fn blocks_that_seal_the_pool_during_its_import_win() {
	let all = leaves(5_000);
	let file = export_of(&all);
	let folder = folder();
	let index = open(&folder);
	let mut meanwhile = |read, of| {
		if read < of {
			add(&index, 4, &all);
		}
	};
	let done = index
		.import(&file[..], &chain(&all), &mut meanwhile)
		.unwrap();
	assert_eq!(done, Imported::Kept(4));
	tidied(&index);
	assert_serves(&index, 4, &all, (0..5_000).step_by(999));
	drop(index);
	assert_eq!(records_in(folder.path()), (21, 5_000, 0));
}

#[test]
fn what_cannot_be_exported_is_told() {
	let folder = folder();
	let index = open(&folder);
	assert!(matches!(
		index.export(4, io::sink()),
		Err(Error::NotIndexed(4))
	));
	add(&index, 4, &leaves(300));
	let mut small = [0u8; 100];
	assert!(matches!(index.export(4, &mut small[..]), Err(Error::Io(_))));
}

#[test]
fn import_without_a_number_for_its_records_is_refused() {
	let folder = folder();
	let index = open(&folder);
	let last = Some(u32::MAX.to_le_bytes().to_vec());
	index
		.commit(vec![(
			records::META,
			records::NEXT_GENERATION_KEY.to_vec(),
			last,
		)])
		.unwrap();
	let all = leaves(3);
	assert!(matches!(
		import(&index, &export_of(&all), &all),
		Err(Error::Full)
	));
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(32))]

	/// Whoever makes a file, it is refused or it is the pool.
	#[test]
	fn no_file_makes_the_import_panic_or_serve_something_else(
		random in prop::collection::vec(any::<u8>(), 0..400),
		changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
		cut in any::<prop::sample::Index>(),
		cuts in any::<bool>(),
		keep in 0usize..200,
		trusting in any::<bool>(),
	) {
		let all = leaves(300);
		let file = export_of(&all);
		let mut changed = file.clone();
		for (at, byte) in &changes {
			let at = at.index(changed.len());
			changed[at] = *byte;
		}
		if cuts {
			changed.truncate(cut.index(changed.len()));
		}
		let spliced = [&file[..keep], &random].concat();
		let folder = folder();
		let index = open(&folder);
		for tried in [random.clone(), spliced, changed] {
			// A chain that agrees with whatever a file says, or only with the pool.
			let said = tried.get(60..HEADER).and_then(|mut said| codec::Decode::decode(&mut said).ok());
			let expected = |pool: PoolId| if trusting { said } else { chain(&all)(pool) };
			match index.import(&tried[..], &expected, &mut |_, _| {}) {
				Ok(_) => prop_assert_eq!(&tried, &file),
				Err(_) => prop_assert!(tried != file),
			}
		}
	}
}
