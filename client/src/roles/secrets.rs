//! What a sponsor keeps to itself until its run is appraised: `HOME/runs/<test commitment>/`.
//!
//! The folder is written before the proposal is sent, when the run has no number yet, and never
//! moved. Its name is the commitment that the run's plan has on chain, 64 hex digits: that finds it
//! again whatever happened in between, and is never that of another chain's run, as a number would
//! be.

use crate::{
	disk,
	engine::{appraise::blake2_256, digest},
};
use guerdon_receipt::{Digest, RunId};
use guerdon_valuation::{gold_commitment, test_set_commitment};
use serde::{Deserialize, Serialize};
use std::{
	fs, io,
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
	/// The run, once it has a number. For people: nothing is looked up by it.
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

fn folder_of(home: &Path, commitment: &Digest) -> PathBuf {
	home.join("runs").join(hex::encode(commitment))
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
		folder_of(home, &self.test_commitment())
	}

	/// Writes the secrets with the test set and the gold answers, for their owner's eyes only.
	///
	/// # Errors
	/// When the folder cannot be written.
	pub fn save(&self, home: &Path, tests: &[u8], gold: Option<&[u8]>) -> io::Result<()> {
		let folder = self.folder(home);
		disk::replace(&folder.join(TESTS), tests)?;
		if let Some(gold) = gold {
			disk::replace(&folder.join(GOLD), gold)?;
		}
		// Last: with it, the folder is complete.
		self.write(home)
	}

	fn write(&self, home: &Path) -> io::Result<()> {
		disk::replace(
			&self.folder(home).join(FILE),
			&serde_json::to_vec_pretty(self).map_err(io::Error::other)?,
		)
	}

	/// Notes the run's number, now that it has one. Nothing depends on it: when this fails, the
	/// secrets are as good as before.
	///
	/// # Errors
	/// When the folder cannot be written.
	pub fn adopt(&mut self, home: &Path, run: RunId) -> io::Result<()> {
		self.run = Some(run);
		self.write(home)
	}

	/// The secrets behind a test commitment; `None` when they are not in this home folder. What is
	/// wrong with the secrets of other runs does not matter.
	///
	/// # Errors
	/// When they are there and cannot be read, or are not what their folder's name says.
	pub fn find(home: &Path, commitment: &Digest) -> io::Result<Option<Self>> {
		let path = folder_of(home, commitment).join(FILE);
		let bytes = match fs::read(&path) {
			Ok(bytes) => bytes,
			Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
			Err(error) => return Err(invalid(&path, error)),
		};
		let secrets: Self =
			serde_json::from_slice(&bytes).map_err(|error| invalid(&path, error))?;
		if secrets.test_commitment() != *commitment {
			return Err(invalid(
				&path,
				"not the secrets that its folder is named by",
			));
		}
		Ok(Some(secrets))
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

#[cfg(test)]
mod tests {
	use super::*;
	use std::os::unix::fs::PermissionsExt;

	fn secrets() -> RunSecrets {
		let batches = vec![Batch {
			root: [3; 32],
			items: 10,
		}];
		RunSecrets::new(b"tests", Some(b"gold"), batches).unwrap()
	}

	fn saved(home: &Path) -> RunSecrets {
		let written = secrets();
		written.save(home, b"tests", Some(b"gold")).unwrap();
		written
	}

	fn found(home: &Path, written: &RunSecrets) -> RunSecrets {
		let found = RunSecrets::find(home, &written.test_commitment());
		found.unwrap().unwrap()
	}

	#[test]
	fn secrets_are_found_by_their_commitment_before_and_after_the_run_has_a_number() {
		let home = tempfile::tempdir().unwrap();
		let written = saved(home.path());
		saved(home.path());
		let folder = written.folder(home.path());
		let mut secrets = found(home.path(), &written);
		assert_eq!(secrets, written);
		// A block that is replaced can give the run another number.
		for run in [7, 8] {
			secrets.adopt(home.path(), run).unwrap();
			assert_eq!(found(home.path(), &written), secrets);
			assert_eq!(secrets.run, Some(run));
			assert_eq!(secrets.folder(home.path()), folder);
			assert_eq!(secrets.tests(home.path()).unwrap(), b"tests");
			assert_eq!(secrets.gold(home.path()).unwrap().unwrap(), b"gold");
		}
		assert_eq!(RunSecrets::find(home.path(), &[0; 32]).unwrap(), None);
		let elsewhere = tempfile::tempdir().unwrap();
		let commitment = written.test_commitment();
		assert_eq!(
			RunSecrets::find(elsewhere.path(), &commitment).unwrap(),
			None
		);
	}

	#[test]
	fn runs_of_two_chains_with_one_number_keep_their_secrets() {
		let home = tempfile::tempdir().unwrap();
		let mut old = saved(home.path());
		let mut new = saved(home.path());
		old.adopt(home.path(), 0).unwrap();
		new.adopt(home.path(), 0).unwrap();
		assert_eq!(found(home.path(), &old), old);
		assert_eq!(found(home.path(), &new), new);
	}

	#[test]
	fn a_file_that_cannot_be_read_is_the_matter_of_its_own_run() {
		let home = tempfile::tempdir().unwrap();
		let (broken, sound) = (saved(home.path()), saved(home.path()));
		let file = broken.folder(home.path()).join(FILE);
		let other = sound.folder(home.path()).join(FILE);
		for (write, said) in [
			(b"{".to_vec(), "EOF"),
			(fs::read(other).unwrap(), "not the secrets that its folder"),
		] {
			fs::write(&file, write).unwrap();
			assert_eq!(found(home.path(), &sound), sound);
			let error = RunSecrets::find(home.path(), &broken.test_commitment());
			let error = error.unwrap_err().to_string();
			assert!(error.contains(&file.display().to_string()), "{error}");
			assert!(error.contains(said), "{error}");
		}
	}

	#[test]
	fn a_folder_that_was_not_completed_was_never_proposed() {
		let home = tempfile::tempdir().unwrap();
		let written = saved(home.path());
		fs::remove_file(written.folder(home.path()).join(FILE)).unwrap();
		let commitment = written.test_commitment();
		assert_eq!(RunSecrets::find(home.path(), &commitment).unwrap(), None);
		written.save(home.path(), b"tests", Some(b"gold")).unwrap();
		assert_eq!(found(home.path(), &written), written);
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
