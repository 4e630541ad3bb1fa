//! Announcements with their salts: `HOME/announcements/<root>.json`, written before anything is
//! sent. Without its salt an announcement can never be opened, so a file is never overwritten with
//! less than it held.

use anyhow::{Context as _, Result};
use codec::Encode;
use guerdon_client::{chain::AccountId, engine::appraise::blake2_256, keys};
use guerdon_receipt::Digest;
use serde::{Deserialize, Serialize};
use std::{
	fs,
	io::Write,
	path::{Path, PathBuf},
};

const DOMAIN: &str = "guerdon/announce/v1";

/// One announcement of a root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
	/// Hash of block 0 of the chain it is for.
	pub genesis: String,
	/// Who will own the dataset.
	pub owner: String,
	/// Length of the stream in bytes.
	pub length: u64,
	/// What hides the root.
	pub salt: String,
}

/// What is being announced, by whom, where.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
	/// Hash of block 0.
	pub genesis: &'a Digest,
	/// Who will own it.
	pub owner: &'a AccountId,
	/// Content root.
	pub root: &'a Digest,
	/// Length of the stream.
	pub length: u64,
}

impl Subject<'_> {
	/// What the chain is shown of it.
	pub fn commitment(&self, salt: &Digest) -> Digest {
		blake2_256(&(DOMAIN, self.owner.0, self.root, self.length, salt).encode())
	}

	fn path(&self, home: &Path) -> PathBuf {
		home.join("announcements")
			.join(format!("{}.json", hex::encode(self.root)))
	}

	fn is(&self, other: &Announcement) -> bool {
		other.genesis == hex::encode(self.genesis)
			&& other.owner == keys::ss58(&self.owner.0)
			&& other.length == self.length
	}

	/// The salt that is kept for it.
	pub fn find(&self, home: &Path) -> Result<Option<Digest>> {
		let path = self.path(home);
		let Some(kept) = read(&path)?.into_iter().find(|kept| self.is(kept)) else {
			return Ok(None);
		};
		let salt = guerdon_client::serve::digest(&kept.salt);
		Ok(Some(salt.with_context(|| {
			format!("{}: the salt is damaged", path.display())
		})?))
	}

	/// The salt that is kept for it, or a fresh one, which is on disk when this returns.
	pub fn find_or_make(&self, home: &Path) -> Result<Digest> {
		if let Some(salt) = self.find(home)? {
			return Ok(salt);
		}
		let mut salt = [0; 32];
		getrandom::getrandom(&mut salt).context("the system gives no random bytes")?;
		let path = self.path(home);
		let mut kept = read(&path)?;
		kept.push(Announcement {
			genesis: hex::encode(self.genesis),
			owner: keys::ss58(&self.owner.0),
			length: self.length,
			salt: hex::encode(salt),
		});
		write(&path, &serde_json::to_vec_pretty(&kept)?)?;
		Ok(salt)
	}
}

fn read(path: &Path) -> Result<Vec<Announcement>> {
	match fs::read(path) {
		Ok(bytes) => serde_json::from_slice(&bytes)
			.with_context(|| format!("{} is damaged: restore it from a backup", path.display())),
		Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
		Err(error) => Err(error).with_context(|| path.display().to_string()),
	}
}

/// A file in its place, for its owner's eyes only, or the one that was there before.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
	let folder = path.parent().unwrap_or(Path::new("."));
	let done = || -> std::io::Result<()> {
		fs::create_dir_all(folder)?;
		let mut file = tempfile::NamedTempFile::with_prefix_in(".part-", folder)?;
		file.write_all(bytes)?;
		file.as_file().sync_all()?;
		file.persist(path).map_err(|error| error.error)?;
		fs::File::open(folder)?.sync_all()
	};
	done().with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
	use super::*;

	const ROOT: Digest = [3; 32];

	#[test]
	fn an_announcement_keeps_its_salt_whatever_happens_in_between() {
		let home = tempfile::tempdir().unwrap();
		let (genesis, owner) = ([1; 32], AccountId::from([2; 32]));
		let subject = Subject {
			genesis: &genesis,
			owner: &owner,
			root: &ROOT,
			length: 1024,
		};
		assert_eq!(subject.find(home.path()).unwrap(), None);
		let salt = subject.find_or_make(home.path()).unwrap();
		assert_eq!(subject.find_or_make(home.path()).unwrap(), salt);
		// A half-written file of a crash lies beside it and does no harm.
		fs::write(home.path().join("announcements/.part-x"), b"[{").unwrap();
		assert_eq!(subject.find(home.path()).unwrap(), Some(salt));
	}

	#[test]
	fn the_same_root_on_another_chain_or_by_another_owner_is_another_announcement() {
		let home = tempfile::tempdir().unwrap();
		let (genesis, owner) = ([1; 32], AccountId::from([2; 32]));
		let subject = Subject {
			genesis: &genesis,
			owner: &owner,
			root: &ROOT,
			length: 1024,
		};
		let (elsewhere, other) = ([9; 32], AccountId::from([9; 32]));
		let mut salts = vec![
			subject.find_or_make(home.path()).unwrap(),
			Subject {
				genesis: &elsewhere,
				..subject
			}
			.find_or_make(home.path())
			.unwrap(),
			Subject {
				owner: &other,
				..subject
			}
			.find_or_make(home.path())
			.unwrap(),
			Subject {
				length: 2048,
				..subject
			}
			.find_or_make(home.path())
			.unwrap(),
		];
		assert_eq!(subject.find(home.path()).unwrap(), Some(salts[0]));
		salts.sort_unstable();
		salts.dedup();
		assert_eq!(salts.len(), 4);
	}

	#[test]
	fn a_damaged_file_is_never_replaced() {
		let home = tempfile::tempdir().unwrap();
		let (genesis, owner) = ([1; 32], AccountId::from([2; 32]));
		let subject = Subject {
			genesis: &genesis,
			owner: &owner,
			root: &ROOT,
			length: 1024,
		};
		subject.find_or_make(home.path()).unwrap();
		fs::write(subject.path(home.path()), b"[{").unwrap();
		assert!(subject
			.find_or_make(home.path())
			.unwrap_err()
			.to_string()
			.contains("damaged"));
		assert_eq!(fs::read(subject.path(home.path())).unwrap(), b"[{");
	}

	#[test]
	fn a_commitment_is_the_hash_that_the_chain_computes() {
		let (genesis, owner) = ([0; 32], AccountId::from([2; 32]));
		let subject = Subject {
			genesis: &genesis,
			owner: &owner,
			root: &ROOT,
			length: 0x0102,
		};
		let mut preimage = vec![19 << 2];
		preimage.extend(b"guerdon/announce/v1");
		preimage.extend([2; 32]);
		preimage.extend([3; 32]);
		preimage.extend([2, 1, 0, 0, 0, 0, 0, 0]);
		preimage.extend([4; 32]);
		assert_eq!(subject.commitment(&[4; 32]), blake2_256(&preimage));
	}
}
