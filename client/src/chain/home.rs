//! Which chain a home folder belongs to.
//!
//! What roles keep is told apart by the numbers of runs and tasks, which begin anew on every chain.
//! A home folder therefore belongs to the first chain that it was used with. That is remembered by
//! the hash of genesis, and by the hash of the block after it: a development chain that is started
//! anew has the same genesis again.

use super::{Chain, Error};
use crate::disk;
use guerdon_receipt::Digest;
use std::{fs, io, path::Path};

/// The files, and what their digest is.
const GENESIS: (&str, &str) = ("genesis", "genesis block");
const FIRST: (&str, &str) = ("first-block", "first block after genesis");

impl Chain {
	/// Sees to it that a home folder is used with one chain only: the first that it is used with.
	/// Gives whether everything could be compared; without it, ask again when there are more
	/// blocks.
	///
	/// # Errors
	/// [`Error::Home`] when the folder belongs to another chain, or cannot be used, and those of
	/// reading.
	pub async fn claim(&self, home: &Path) -> Result<bool, Error> {
		self.claim_genesis(home)?;
		match self.first_block().await? {
			Some(first) => same(home, FIRST, &first, self.url()).map(|()| true),
			None => Ok(false),
		}
	}

	/// The part of [`Chain::claim`] for which the node need not be asked.
	pub(crate) fn claim_genesis(&self, home: &Path) -> Result<(), Error> {
		same(home, GENESIS, &self.genesis(), self.url())
	}
}

fn same(home: &Path, (name, what): (&str, &str), found: &Digest, url: &str) -> Result<(), Error> {
	let path = home.join(name);
	let refuse = |why: String| Err(Error::Home { why });
	let unusable = |error: io::Error| Error::Home {
		why: format!("{}: {error}", path.display()),
	};
	let text = format!("0x{}\n", hex::encode(found));
	let there = path.try_exists().map_err(unusable)?;
	if !there && disk::create(&path, text.as_bytes()).map_err(unusable)? {
		return Ok(());
	}
	let kept = fs::read_to_string(&path).map_err(unusable)?;
	let kept = kept.trim();
	match kept.strip_prefix("0x").and_then(crate::serve::digest) {
		Some(digest) if digest == *found => Ok(()),
		Some(_) => refuse(format!(
			"{} belongs to another chain: its {what} is {kept}, and that of the chain at {url} is {}\n\
			 What was kept for one chain must not be used on another. Name another folder with \
			 --home, or move everything but `keys` out of this one.",
			home.display(),
			text.trim()
		)),
		None => refuse(format!("{}: expected 0x and 64 hex digits", path.display())),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	const URL: &str = "ws://node";

	#[test]
	fn a_home_belongs_to_the_first_chain_that_it_is_used_with() {
		let folder = tempfile::tempdir().unwrap();
		let home = folder.path().join("home");
		for _ in 0..2 {
			same(&home, GENESIS, &[1; 32], URL).unwrap();
		}
		let kept = fs::read_to_string(home.join("genesis")).unwrap();
		assert_eq!(kept, format!("0x{}\n", "01".repeat(32)));
		let error = same(&home, GENESIS, &[2; 32], URL).unwrap_err();
		assert!(matches!(error, Error::Home { .. }), "{error:?}");
		let error = error.to_string();
		for said in [
			"01".repeat(32).as_str(),
			"02".repeat(32).as_str(),
			URL,
			home.to_str().unwrap(),
			"--home",
		] {
			assert!(error.contains(said), "{error}");
		}
		same(&home, GENESIS, &[1; 32], URL).unwrap();
	}

	#[test]
	fn a_chain_that_was_started_anew_is_another_one() {
		let home = tempfile::tempdir().unwrap();
		same(home.path(), GENESIS, &[1; 32], URL).unwrap();
		same(home.path(), FIRST, &[2; 32], URL).unwrap();
		same(home.path(), GENESIS, &[1; 32], URL).unwrap();
		assert!(same(home.path(), FIRST, &[3; 32], URL).is_err());
	}

	#[test]
	fn a_file_that_does_not_tell_is_no_permission() {
		let home = tempfile::tempdir().unwrap();
		fs::write(home.path().join("genesis"), "").unwrap();
		let error = same(home.path(), GENESIS, &[1; 32], URL).unwrap_err();
		assert!(error.to_string().contains("64 hex digits"), "{error}");
	}
}
