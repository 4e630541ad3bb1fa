use super::{model::Model, *};
use std::{
	env,
	io::{BufRead, BufReader},
	process::{Command, Stdio},
	thread,
	time::{Duration, Instant},
};

/// Tells the test that it is the process to be killed, and where its index is.
const CHILD: &str = "GUERDON_INDEX_CHILD";

/// How long that process rests after each block, in milliseconds.
const REST: &str = "GUERDON_INDEX_REST";

/// The changes of a block, the same whoever asks: lists that grow over many blocks, of which some are
/// sealed, some abandoned and some have a gap.
fn changes(number: u32) -> Vec<Change> {
	let turn = u64::from(number) / 24;
	let step = u64::from(number) % 24;
	let list = |pool: PoolId, length: u64| -> Vec<Leaf> {
		(0..length)
			.map(|at| leaf((pool * 7 + at) % 5_000, at + pool))
			.collect()
	};
	let part =
		|pool: PoolId, from: u64| streamed(pool, from, &list(pool, from + 250)[from as usize..]);
	let pools = turn * 3..turn * 3 + 3;
	match step {
		0..=19 => pools
			.map(|pool| part(pool, step * 250 + u64::from(pool % 5 == 4 && step == 9)))
			.collect(),
		20 => pools
			.map(|pool| match pool % 4 {
				3 => Change::Abandoned { pool },
				_ => Change::Sealed {
					pool,
					summary: summary(pool, &list(pool, 5_000)),
				},
			})
			.collect(),
		21 if turn > 6 => pools
			.map(|pool| Change::Abandoned { pool: pool - 21 })
			.collect(),
		_ => vec![],
	}
}

/// Applies blocks, and tidies, until it is killed.
fn live(folder: &str) -> ! {
	let index = Index::open(Path::new(folder), GENESIS).unwrap();
	let mut number = index.cursor().unwrap().map_or(0, |cursor| cursor.number);
	let rest = env::var(REST).unwrap().parse().map(Duration::from_millis);
	let rest = rest.unwrap();
	println!("\nalive");
	loop {
		number += 1;
		assert!(index.apply(block(number), &changes(number)).unwrap());
		index.tidy(700).unwrap();
		thread::sleep(rest);
	}
}

fn logs(folder: &Path) -> usize {
	let files = std::fs::read_dir(folder).unwrap();
	files
		.filter(|file| {
			let name = file.as_ref().unwrap().file_name();
			name.as_encoded_bytes().starts_with(b"log")
		})
		.count()
}

#[test]
fn index_is_whole_after_every_kill() {
	if let Ok(folder) = env::var(CHILD) {
		live(&folder);
	}
	let folder = folder();
	let mut model = Model::default();
	let mut last = 0;
	for kill in 0..20u64 {
		let rest = if kill % 5 == 4 { 0 } else { 2 };
		// WHEN a process that applies blocks is killed at some moment
		let mut child = Command::new(env::current_exe().unwrap())
			.args([
				"--exact",
				"tests::kill::index_is_whole_after_every_kill",
				"--nocapture",
			])
			.env(CHILD, folder.path())
			.env(REST, rest.to_string())
			.stdout(Stdio::piped())
			.spawn()
			.unwrap();
		// Every third one maybe while it opens the index, and replays the database's log.
		if kill % 3 != 0 {
			let lines = BufReader::new(child.stdout.take().unwrap()).lines();
			let mut told = lines.map_while(Result::ok);
			assert!(told.any(|line| line == "alive"), "it did not start");
		}
		// A few live until the database has filled one log and goes from that to its tables.
		let begun = Instant::now();
		while rest == 0 && logs(folder.path()) < 2 {
			assert!(begun.elapsed() < Duration::from_secs(60), "it is too slow");
			thread::sleep(Duration::from_millis(5));
		}
		thread::sleep(Duration::from_micros(kill * kill * 937 % 250_000));
		child.kill().unwrap();
		child.wait().unwrap();
		// THEN all is as it was after the block that the cursor names
		let index = open(&folder);
		let cursor = index.cursor().unwrap().map_or(0, |cursor| {
			assert_eq!(cursor, block(cursor.number));
			cursor.number
		});
		assert!(
			cursor >= last,
			"a block that survived a kill does not survive the next one"
		);
		for number in last + 1..=cursor {
			for change in changes(number) {
				model.apply(&change);
			}
		}
		model.assert_is(&index);
		last = cursor;
	}
	assert!(last > 100, "it only came to block {last}");
	// THEN it goes on, and nothing is left of what is gone
	let index = open(&folder);
	for number in last + 1..last + 30 {
		index.apply(block(number), &changes(number)).unwrap();
		changes(number)
			.iter()
			.for_each(|change| model.apply(change));
	}
	while index.tidy(u64::MAX).unwrap() > 0 {}
	model.assert_is(&index);
	drop(index);
	let kept = model.0.values().map(|kept| match kept {
		model::Kept::Building(leaves) | model::Kept::Sealed(leaves) => leaves.len(),
		model::Kept::Incomplete(_) => 0,
	});
	let (_, payees, doomed) = records_in(folder.path());
	assert_eq!((payees, doomed), (kept.sum(), 0));
}
