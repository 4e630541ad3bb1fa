//! What a sponsor keeps to itself until its run is appraised: `HOME/runs/<run>/`.
//!
//! The folder is written before the proposal is sent, when the run has no number yet, as
//! `HOME/runs/pending-<test commitment>`, and gets its name when the number is known. Whoever dies
//! in between finds it by the commitment, which is on chain: see [`RunSecrets::find`].

use crate::engine::{appraise::blake2_256, digest};
use guerdon_receipt::{Digest, RunId};
use guerdon_valuation::{gold_commitment, test_set_commitment};
use serde::{Deserialize, Serialize};
use std::{
	fs, io,
	os::unix::fs::{DirBuilderExt, PermissionsExt},
	path::{Path, PathBuf},
};

const FILE: &str = "secret.json";
const TESTS: &str = "tests";
const GOLD: &str = "gold";

/// A batch of feedback items, ready to be posted. Its blob is in the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
	/// BLAKE3 of the items.
	#[serde(with = "hex32")]
	pub root: Digest,
	/// How many items it has.
	pub items: u32,
}

/// The blob of a batch: the items' features, one byte each, back to back. Labels stay at home.
pub fn encode_items<'a>(items: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
	items.into_iter().flatten().copied().collect()
}

/// Reads the blob of a batch of `items` items with `features` features each; `None` when it is not
/// as long as that.
pub fn decode_items(blob: &[u8], items: u32, features: usize) -> Option<Vec<&[u8]>> {
	let rows: Vec<&[u8]> = blob.chunks_exact(features.max(1)).collect();
	let whole = rows.len().checked_mul(features) == Some(blob.len());
	(whole && u32::try_from(rows.len()) == Ok(items)).then_some(rows)
}

/// The roots and salts behind a run's commitments, and the batches its users are to be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSecrets {
	/// The run, once it has a number.
	pub run: Option<RunId>,
	/// BLAKE3 of the test set.
	#[serde(with = "hex32")]
	pub tests_root: Digest,
	/// Salt of its commitment.
	#[serde(with = "hex32")]
	pub tests_salt: Digest,
	/// BLAKE3 of the gold answers; all zero for a run without feedback.
	#[serde(with = "hex32")]
	pub gold_root: Digest,
	/// Salt of their commitment.
	#[serde(with = "hex32")]
	pub gold_salt: Digest,
	/// In the order in which they are posted.
	pub batches: Vec<Batch>,
}

/// A digest as 64 hex digits.
pub(crate) mod hex32 {
	use guerdon_receipt::Digest;
	use serde::{de::Error, Deserialize, Deserializer, Serializer};

	pub fn serialize<S: Serializer>(digest: &Digest, to: S) -> Result<S::Ok, S::Error> {
		to.serialize_str(&hex::encode(digest))
	}

	pub fn deserialize<'a, D: Deserializer<'a>>(from: D) -> Result<Digest, D::Error> {
		let text = String::deserialize(from)?;
		crate::serve::digest(&text).ok_or_else(|| D::Error::custom("expected 64 hex digits"))
	}
}

fn runs(home: &Path) -> PathBuf {
	home.join("runs")
}

fn invalid(path: &Path, why: impl std::fmt::Display) -> io::Error {
	io::Error::new(
		io::ErrorKind::InvalidData,
		format!("{}: {why}", path.display()),
	)
}

impl RunSecrets {
	/// Secrets of a run that is about to be proposed, with fresh salts. `gold` is what
	/// [`crate::engine::appraise::encode_gold`] gives, for a run with feedback.
	///
	/// # Errors
	/// When the system has no randomness.
	pub fn new(tests: &[u8], gold: Option<&[u8]>, batches: Vec<Batch>) -> io::Result<Self> {
		let salt = || -> io::Result<Digest> {
			let mut salt = [0; 32];
			getrandom::getrandom(&mut salt).map_err(io::Error::other)?;
			Ok(salt)
		};
		Ok(RunSecrets {
			run: None,
			tests_root: digest(tests),
			tests_salt: salt()?,
			gold_root: gold.map(digest).unwrap_or_default(),
			gold_salt: salt()?,
			batches,
		})
	}

	/// What the plan's `test_commitment` is.
	pub fn test_commitment(&self) -> Digest {
		blake2_256(&test_set_commitment(&self.tests_salt, &self.tests_root))
	}

	/// What the feedback plan's `gold_commitment` is.
	pub fn gold_commitment(&self) -> Digest {
		blake2_256(&gold_commitment(&self.gold_salt, &self.gold_root))
	}

	/// The folder of these secrets.
	pub fn folder(&self, home: &Path) -> PathBuf {
		runs(home).join(match self.run {
			Some(run) => run.to_string(),
			None => format!("pending-{}", hex::encode(self.test_commitment())),
		})
	}

	/// Writes the secrets with the test set and the gold answers, for their owner's eyes only.
	///
	/// # Errors
	/// When the folder cannot be written.
	pub fn save(&self, home: &Path, tests: &[u8], gold: Option<&[u8]>) -> io::Result<()> {
		let folder = self.folder(home);
		fs::DirBuilder::new()
			.recursive(true)
			.mode(0o700)
			.create(&folder)?;
		private(&folder.join(TESTS), tests)?;
		if let Some(gold) = gold {
			private(&folder.join(GOLD), gold)?;
		}
		self.write(&folder)
	}

	fn write(&self, folder: &Path) -> io::Result<()> {
		private(
			&folder.join(FILE),
			&serde_json::to_vec_pretty(self).map_err(io::Error::other)?,
		)
	}

	/// Names the folder after the run, now that it has a number.
	///
	/// # Errors
	/// When the folder cannot be written.
	pub fn adopt(&mut self, home: &Path, run: RunId) -> io::Result<()> {
		let before = self.folder(home);
		self.run = Some(run);
		let after = self.folder(home);
		if before != after {
			fs::rename(&before, &after)?;
		}
		self.write(&after)
	}

	fn read(folder: &Path) -> io::Result<Self> {
		let path = folder.join(FILE);
		serde_json::from_slice(&fs::read(&path)?).map_err(|error| invalid(&path, error))
	}

	/// The secrets of a run.
	///
	/// # Errors
	/// When there are none, or they cannot be read.
	pub fn load(home: &Path, run: RunId) -> io::Result<Self> {
		Self::read(&runs(home).join(run.to_string()))
	}

	/// The secrets behind a test commitment, whatever the folder is called.
	///
	/// # Errors
	/// When the folder cannot be read.
	pub fn find(home: &Path, commitment: &Digest) -> io::Result<Option<Self>> {
		let entries = match fs::read_dir(runs(home)) {
			Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
			entries => entries?,
		};
		for entry in entries {
			let folder = entry?.path();
			if folder.join(FILE).is_file() {
				let secrets = Self::read(&folder)?;
				if secrets.test_commitment() == *commitment {
					return Ok(Some(secrets));
				}
			}
		}
		Ok(None)
	}

	/// The test set.
	///
	/// # Errors
	/// When it cannot be read, or is not the one committed to.
	pub fn tests(&self, home: &Path) -> io::Result<Vec<u8>> {
		checked(&self.folder(home).join(TESTS), &self.tests_root)
	}

	/// The gold answers; `None` for a run without feedback.
	///
	/// # Errors
	/// When they cannot be read, or are not the ones committed to.
	pub fn gold(&self, home: &Path) -> io::Result<Option<Vec<u8>>> {
		if self.gold_root == Digest::default() {
			return Ok(None);
		}
		checked(&self.folder(home).join(GOLD), &self.gold_root).map(Some)
	}
}

fn checked(path: &Path, root: &Digest) -> io::Result<Vec<u8>> {
	let bytes = fs::read(path).map_err(|error| invalid(path, error))?;
	if digest(&bytes) == *root {
		Ok(bytes)
	} else {
		Err(invalid(path, "changed since the run was proposed"))
	}
}

/// Writes a file that only its owner can read: beside its place, then renamed.
fn private(path: &Path, bytes: &[u8]) -> io::Result<()> {
	let folder = path.parent().unwrap_or(Path::new("."));
	let mut file = tempfile::NamedTempFile::with_prefix_in(".part-", folder)?;
	io::Write::write_all(&mut file, bytes)?;
	file.as_file()
		.set_permissions(fs::Permissions::from_mode(0o600))?;
	file.as_file().sync_all()?;
	file.persist(path).map_err(|error| error.error)?;
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;

	fn secrets() -> RunSecrets {
		let batches = vec![Batch {
			root: [3; 32],
			items: 10,
		}];
		RunSecrets::new(b"tests", Some(b"gold"), batches).unwrap()
	}

	#[test]
	fn secrets_of_a_proposal_that_died_are_found_by_its_commitment() {
		let home = tempfile::tempdir().unwrap();
		let written = secrets();
		written.save(home.path(), b"tests", Some(b"gold")).unwrap();
		secrets()
			.save(home.path(), b"tests", Some(b"gold"))
			.unwrap();
		let commitment = written.test_commitment();
		let mut found = RunSecrets::find(home.path(), &commitment).unwrap().unwrap();
		assert_eq!(found, written);
		found.adopt(home.path(), 7).unwrap();
		let loaded = RunSecrets::load(home.path(), 7).unwrap();
		assert_eq!(loaded.run, Some(7));
		assert_eq!(loaded.tests(home.path()).unwrap(), b"tests");
		assert_eq!(loaded.gold(home.path()).unwrap().unwrap(), b"gold");
		assert_eq!(
			RunSecrets::find(home.path(), &commitment).unwrap(),
			Some(loaded)
		);
		assert_eq!(RunSecrets::find(home.path(), &[0; 32]).unwrap(), None);
	}

	#[test]
	fn secrets_are_for_their_owner_and_must_be_the_ones_committed_to() {
		let home = tempfile::tempdir().unwrap();
		let written = secrets();
		written.save(home.path(), b"tests", Some(b"gold")).unwrap();
		let folder = written.folder(home.path());
		for name in [FILE, TESTS, GOLD] {
			let mode = fs::metadata(folder.join(name))
				.unwrap()
				.permissions()
				.mode();
			assert_eq!(mode & 0o777, 0o600, "{name}");
		}
		fs::write(folder.join(TESTS), b"other tests").unwrap();
		let error = written.tests(home.path()).unwrap_err().to_string();
		assert!(
			error.contains("changed since the run was proposed"),
			"{error}"
		);
	}

	#[test]
	fn a_batch_is_as_long_as_its_items() {
		let blob = encode_items([&[1, 2][..], &[3, 4]]);
		assert_eq!(decode_items(&blob, 2, 2), Some(vec![&[1, 2][..], &[3, 4]]));
		for (items, features) in [(1, 2), (3, 2), (2, 1), (1, 3), (2, 0)] {
			assert_eq!(
				decode_items(&blob, items, features),
				None,
				"{items} {features}"
			);
		}
	}

	#[test]
	fn two_runs_with_the_same_tests_have_different_commitments() {
		assert_ne!(secrets().test_commitment(), secrets().test_commitment());
		assert_ne!(secrets().gold_commitment(), secrets().gold_commitment());
	}
}
