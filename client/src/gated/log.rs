//! Who asked for keys, and what became of it: `HOME/gated/access/{answered,refused}.jsonl`.
//!
//! An answer is on disk before its keys are handed out. What was refused is kept apart, since
//! anybody can be refused as often as they like: that must not push out what was answered. Each file
//! is put aside when it is full, and the oldest ones are removed.

use super::{KeyRequest, Purpose};
use crate::keys::ss58;
use serde::{Deserialize, Serialize};
use std::{
	fs::{self, OpenOptions},
	io::{self, Write},
	os::unix::fs::{DirBuilderExt, OpenOptionsExt},
	path::{Path, PathBuf},
	sync::Mutex,
	time::{SystemTime, UNIX_EPOCH},
};

/// Bytes after which a file is put aside: some 16,000 entries.
const FULL: u64 = 4 << 20;

/// Files of each kind, the one that is written to included.
const FILES: u32 = 8;

const ANSWERED: &str = "answered";
const REFUSED: &str = "refused";

/// What became of a request.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
	/// Keys of these segments were given: the first, and one past the last.
	Segments(u64, u64),
	/// None were.
	Refused(String),
}

/// One request.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Entry {
	/// When, in seconds since 1970.
	pub time: u64,
	/// The latest finalized block at the time; when the chain was not looked at, the block that the
	/// request names.
	pub block: u32,
	/// Who asked; for a request that was not signed rightly, whom it names.
	pub account: String,
	/// The dataset.
	pub dataset: u64,
	/// The run.
	pub run: u64,
	/// The task; none for an appraisal.
	pub task: Option<u32>,
	/// What became of it.
	pub outcome: Outcome,
}

impl Entry {
	/// An entry for a request, now.
	pub fn new(request: &KeyRequest, block: u32, outcome: Outcome) -> Self {
		let now = SystemTime::now().duration_since(UNIX_EPOCH);
		Entry {
			time: now.map_or(0, |now| now.as_secs()),
			block,
			account: ss58(&request.requester),
			dataset: request.dataset,
			run: request.run,
			task: match request.purpose {
				Purpose::Task(task) => Some(task),
				Purpose::Appraisal => None,
			},
			outcome,
		}
	}
}

/// The log of a home folder.
#[derive(Debug)]
pub struct AccessLog {
	folder: PathBuf,
	full: u64,
	/// One line at a time.
	writing: Mutex<()>,
}

impl AccessLog {
	/// That of a home folder.
	pub fn of(home: &Path) -> Self {
		AccessLog {
			folder: home.join("gated").join("access"),
			full: FULL,
			writing: Mutex::default(),
		}
	}

	fn path(&self, kind: &str, age: u32) -> PathBuf {
		self.folder.join(match age {
			0 => format!("{kind}.jsonl"),
			age => format!("{kind}.{age}.jsonl"),
		})
	}

	/// Writes an entry down. It survives a power cut from here on.
	///
	/// # Errors
	/// When it cannot be written.
	pub fn append(&self, entry: &Entry) -> io::Result<()> {
		let kind = match entry.outcome {
			Outcome::Segments(..) => ANSWERED,
			Outcome::Refused(_) => REFUSED,
		};
		let mut line = serde_json::to_vec(entry).map_err(io::Error::other)?;
		line.push(b'\n');
		let _writing = self
			.writing
			.lock()
			.unwrap_or_else(|poisoned| poisoned.into_inner());
		if !self.folder.is_dir() {
			let mut builder = fs::DirBuilder::new();
			builder.recursive(true).mode(0o700).create(&self.folder)?;
		}
		let path = self.path(kind, 0);
		let mut there = fs::metadata(&path).map_or(0, |data| data.len());
		if there >= self.full {
			self.rotate(kind)?;
			there = 0;
		}
		let mut options = OpenOptions::new();
		options.create(true).append(true).read(true).mode(0o600);
		let mut file = options.open(&path)?;
		// After a power cut the last line may lack its end.
		if there > 0 && !ends_a_line(&file)? {
			line.insert(0, b'\n');
		}
		file.write_all(&line)?;
		file.sync_data()?;
		if there == 0 {
			fs::File::open(&self.folder)?.sync_all()?;
		}
		Ok(())
	}

	fn rotate(&self, kind: &str) -> io::Result<()> {
		for age in (0..FILES.saturating_sub(1)).rev() {
			match fs::rename(self.path(kind, age), self.path(kind, age.saturating_add(1))) {
				Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
				_ => (),
			}
		}
		Ok(())
	}

	/// Everything that is still there, the oldest first. What was cut short is left out.
	///
	/// # Errors
	/// When a file cannot be read.
	pub fn read(&self) -> io::Result<Vec<Entry>> {
		let mut entries = Vec::new();
		for kind in [ANSWERED, REFUSED] {
			for age in (0..FILES).rev() {
				let text = match fs::read(self.path(kind, age)) {
					Ok(text) => text,
					Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
					Err(error) => return Err(error),
				};
				let lines = text.split(|byte| *byte == b'\n');
				entries.extend(lines.filter_map(|line| serde_json::from_slice::<Entry>(line).ok()));
			}
		}
		entries.sort_by_key(|entry| entry.time);
		Ok(entries)
	}
}

fn ends_a_line(file: &fs::File) -> io::Result<bool> {
	use std::os::unix::fs::FileExt;
	let last = file.metadata()?.len().saturating_sub(1);
	let mut byte = [0];
	file.read_exact_at(&mut byte, last)?;
	Ok(byte == *b"\n")
}

#[cfg(test)]
mod tests {
	use super::{super::request::fixtures::request, *};
	use std::os::unix::fs::PermissionsExt;

	fn entry(account: u8, outcome: Outcome) -> Entry {
		Entry::new(&request([account; 32]), 70, outcome)
	}

	#[test]
	fn what_is_written_is_read_back_by_whoever_owns_it() {
		let home = tempfile::tempdir().unwrap();
		let log = AccessLog::of(home.path());
		assert_eq!(log.read().unwrap(), []);
		let entries = [
			entry(1, Outcome::Segments(0, 3)),
			entry(2, Outcome::Refused("no".into())),
			entry(3, Outcome::Segments(4, 5)),
		];
		for entry in &entries {
			log.append(entry).unwrap();
		}
		let read = AccessLog::of(home.path()).read().unwrap();
		assert_eq!(read.len(), 3);
		assert!(entries.iter().all(|entry| read.contains(entry)));
		assert_eq!(read[0].account, ss58(&[1; 32]));
		assert_eq!(
			(read[0].dataset, read[0].run, read[0].task),
			(2, 3, Some(4))
		);
		let path = home.path().join("gated/access/answered.jsonl");
		let text = fs::read_to_string(&path).unwrap();
		assert!(text.contains(r#""outcome":{"segments":[0,3]}"#), "{text}");
		let mode = fs::metadata(&path).unwrap().permissions().mode();
		assert_eq!(mode & 0o777, 0o600);
	}

	#[test]
	fn the_log_has_an_end_and_refusals_push_out_no_answer() {
		let home = tempfile::tempdir().unwrap();
		let log = AccessLog {
			full: 500,
			..AccessLog::of(home.path())
		};
		let answered = entry(1, Outcome::Segments(0, 3));
		log.append(&answered).unwrap();
		for count in 0..100u8 {
			log.append(&entry(2, Outcome::Refused(format!("{count}"))))
				.unwrap();
		}
		let read = log.read().unwrap();
		assert!(read.contains(&answered));
		let refused: Vec<_> = read
			.iter()
			.filter_map(|entry| match &entry.outcome {
				Outcome::Refused(why) => why.parse::<u8>().ok(),
				Outcome::Segments(..) => None,
			})
			.collect();
		assert_eq!(refused.last(), Some(&99));
		assert!(refused.is_sorted());
		assert!((10..50).contains(&refused.len()), "{}", refused.len());
		let files = fs::read_dir(home.path().join("gated/access")).unwrap();
		assert_eq!(files.count(), 1 + FILES as usize);
	}

	#[test]
	fn a_line_that_was_cut_short_takes_no_other_with_it() {
		let home = tempfile::tempdir().unwrap();
		let log = AccessLog::of(home.path());
		let first = entry(1, Outcome::Segments(0, 3));
		log.append(&first).unwrap();
		let path = log.path(ANSWERED, 0);
		let mut text = fs::read(&path).unwrap();
		text.extend(b"{\"time\":1,");
		fs::write(&path, text).unwrap();
		let last = entry(2, Outcome::Segments(0, 3));
		log.append(&last).unwrap();
		assert_eq!(log.read().unwrap(), [first, last]);
	}
}
