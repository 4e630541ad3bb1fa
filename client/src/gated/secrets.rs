//! What a publisher keeps to itself of its gated datasets: `HOME/gated/secrets/<plaintext root>.json`,
//! and the documents that say what was published: `HOME/gated/documents/<metadata hash>.json`.
//!
//! A secret is there before anything that was sealed with it leaves the machine, and is never
//! written over. Whoever has the file can read the dataset; whoever loses it can open it to nobody.

use crate::{disk, roles::secrets::hex32, serve::digest};
use guerdon_content::sealed::Secret;
use guerdon_receipt::Digest;
use serde::{Deserialize, Serialize};
use std::{
	fs, io,
	os::unix::fs::PermissionsExt,
	path::{Path, PathBuf},
};
use zeroize::Zeroizing;

const VERSION: u32 = 1;

/// Why a secret is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// The folder or a file in it cannot be used.
	#[error("{path}: {error}")]
	Io {
		/// The path.
		path: PathBuf,
		/// What the system says.
		error: io::Error,
	},
	/// Not what was written there.
	#[error("{path} is damaged ({why}): restore it from a backup of this home folder")]
	Damaged {
		/// The file.
		path: PathBuf,
		/// What is wrong with it.
		why: String,
	},
	/// Others on this machine can read it.
	#[error("{0} can be read by others: close it with `chmod 600`")]
	Readable(PathBuf),
	/// Two of one dataset.
	#[error(
		"{0} is there already and holds another secret, which is never written over: what was \
		 described with it needs it"
	)]
	Exists(PathBuf),
	/// None here.
	#[error(
		"the secret of the sealed stream {} is not in {folder}: restore that folder from a backup of \
		 the home folder in which the dataset was described, or name that folder with --home; without \
		 it nobody can open the dataset any more",
		hex::encode(root)
	)]
	Missing {
		/// Root of the sealed stream.
		root: Digest,
		/// Where it was looked for.
		folder: PathBuf,
	},
	/// The sealed stream is not there, or not what was sealed.
	#[error(
		"{path}, the sealed stream, cannot be used ({error}): `guerdon dataset publish` of the folder \
		 writes it again, the same bytes"
	)]
	Stream {
		/// The file.
		path: PathBuf,
		/// What is wrong with it.
		error: io::Error,
	},
	/// The system gives no random bytes.
	#[error("the system gives no random bytes: {0}")]
	Random(getrandom::Error),
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> Error + '_ {
	move |error| Error::Io {
		path: path.to_path_buf(),
		error,
	}
}

/// The secret of one dataset. It has no `Debug`: it is never to be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Kept {
	/// What its keys are derived from.
	pub secret: Zeroizing<Secret>,
	/// Root of the plaintext.
	pub plaintext: Digest,
	/// Root of the sealed stream.
	pub root: Digest,
}

#[derive(Serialize, Deserialize)]
struct File {
	version: u32,
	#[serde(with = "hex32")]
	plaintext: Digest,
	#[serde(with = "hex32")]
	root: Digest,
	secret: Zeroizing<String>,
}

/// `HOME/gated`.
#[derive(Clone, Debug)]
pub struct Secrets {
	folder: PathBuf,
}

impl Secrets {
	/// Those of a home folder, in which nothing is made yet.
	pub fn of(home: &Path) -> Self {
		Secrets {
			folder: home.join("gated"),
		}
	}

	/// Where the secrets are.
	pub fn folder(&self) -> PathBuf {
		self.folder.join("secrets")
	}

	fn path(&self, plaintext: &Digest) -> PathBuf {
		self.folder().join(hex::encode(plaintext) + ".json")
	}

	/// A secret that was never used.
	///
	/// # Errors
	/// [`Error::Random`].
	pub fn random() -> Result<Zeroizing<Secret>, Error> {
		let mut secret = Zeroizing::new([0; 32]);
		getrandom::getrandom(&mut *secret).map_err(Error::Random)?;
		Ok(secret)
	}

	/// Keeps a secret, which must be of a plaintext that has none yet. The same one may be kept
	/// again.
	///
	/// # Errors
	/// [`Error::Exists`], and those of [`Secrets::of_plaintext`].
	pub fn keep(&self, kept: &Kept) -> Result<(), Error> {
		let path = self.path(&kept.plaintext);
		let file = File {
			version: VERSION,
			plaintext: kept.plaintext,
			root: kept.root,
			secret: Zeroizing::new(hex::encode(kept.secret.as_slice())),
		};
		let bytes = serde_json::to_vec_pretty(&file).map(Zeroizing::new);
		let bytes = bytes.map_err(|error| io_error(&path)(error.into()))?;
		if disk::create(&path, &bytes).map_err(io_error(&path))? {
			return Ok(());
		}
		match read(&path)? {
			Some(there) if there == *kept => Ok(()),
			_ => Err(Error::Exists(path)),
		}
	}

	/// The secret that a plaintext was sealed with, if it ever was from here.
	///
	/// # Errors
	/// [`Error::Damaged`], [`Error::Readable`], [`Error::Io`].
	pub fn of_plaintext(&self, plaintext: &Digest) -> Result<Option<Kept>, Error> {
		read(&self.path(plaintext))
	}

	/// The secret of a sealed stream.
	///
	/// # Errors
	/// [`Error::Missing`], and those of [`Secrets::of_plaintext`].
	pub fn of_sealed(&self, root: &Digest) -> Result<Kept, Error> {
		let folder = self.folder();
		let entries = match fs::read_dir(&folder) {
			Ok(entries) => Some(entries),
			Err(error) if error.kind() == io::ErrorKind::NotFound => None,
			Err(error) => return Err(io_error(&folder)(error)),
		};
		// One that is damaged must not hide the others.
		let mut failed = None;
		for entry in entries.into_iter().flatten() {
			let path = entry.map_err(io_error(&folder))?.path();
			let stem = path.file_stem().and_then(|stem| stem.to_str());
			if stem.and_then(digest).is_none() {
				continue;
			}
			match read(&path) {
				Ok(Some(kept)) if kept.root == *root => return Ok(kept),
				Ok(_) => (),
				Err(error) => failed = Some(error),
			}
		}
		Err(failed.unwrap_or(Error::Missing {
			root: *root,
			folder,
		}))
	}

	fn document_path(&self, hash: &Digest) -> PathBuf {
		let documents = self.folder.join("documents");
		documents.join(hex::encode(hash) + ".json")
	}

	/// Keeps the document that a dataset is published with.
	///
	/// # Errors
	/// [`Error::Io`].
	pub fn keep_document(&self, hash: &Digest, canonical: &[u8]) -> Result<(), Error> {
		let path = self.document_path(hash);
		disk::replace(&path, canonical).map_err(io_error(&path))
	}

	/// The document with this hash.
	///
	/// # Errors
	/// [`Error::Io`] when it cannot be read, or is not there.
	pub fn document(&self, hash: &Digest) -> Result<Vec<u8>, Error> {
		let path = self.document_path(hash);
		fs::read(&path).map_err(io_error(&path))
	}
}

fn read(path: &Path) -> Result<Option<Kept>, Error> {
	let bytes = match fs::read(path) {
		Ok(bytes) => Zeroizing::new(bytes),
		Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
		Err(error) => return Err(io_error(path)(error)),
	};
	let mode = fs::metadata(path)
		.map_err(io_error(path))?
		.permissions()
		.mode();
	if mode & 0o077 != 0 {
		return Err(Error::Readable(path.into()));
	}
	let damaged = |why: String| Error::Damaged {
		path: path.into(),
		why,
	};
	// serde's own words could repeat what it read.
	let file: File = serde_json::from_slice(&bytes)
		.map_err(|error| damaged(format!("line {}, column {}", error.line(), error.column())))?;
	if file.version != VERSION {
		return Err(damaged(format!(
			"it has version {}, this software reads {VERSION}",
			file.version
		)));
	}
	let mut secret = Zeroizing::new([0; 32]);
	hex::decode_to_slice(file.secret.as_bytes(), &mut *secret)
		.map_err(|_| damaged("the secret has not 64 hex digits".into()))?;
	Ok(Some(Kept {
		secret,
		plaintext: file.plaintext,
		root: file.root,
	}))
}

#[cfg(test)]
mod tests {
	use super::*;

	fn kept(by: u8) -> Kept {
		Kept {
			secret: Zeroizing::new([by.wrapping_add(50); 32]),
			plaintext: [by; 32],
			root: [by.wrapping_add(100); 32],
		}
	}

	#[test]
	fn a_secret_is_found_by_what_it_seals_and_by_what_came_out() {
		let home = tempfile::tempdir().unwrap();
		let secrets = Secrets::of(home.path());
		assert!(secrets.of_plaintext(&[1; 32]).unwrap().is_none());
		for by in [1, 2] {
			secrets.keep(&kept(by)).unwrap();
		}
		assert!(secrets.of_plaintext(&[2; 32]).unwrap() == Some(kept(2)));
		assert!(secrets.of_sealed(&[101; 32]).unwrap() == kept(1));
		let path = secrets.path(&[1; 32]);
		let mode = fs::metadata(&path).unwrap().permissions().mode();
		assert_eq!(mode & 0o777, 0o600);
	}

	#[test]
	fn a_secret_is_never_written_over() {
		let home = tempfile::tempdir().unwrap();
		let secrets = Secrets::of(home.path());
		secrets.keep(&kept(1)).unwrap();
		secrets.keep(&kept(1)).unwrap();
		let other = Kept {
			secret: Zeroizing::new([9; 32]),
			..kept(1)
		};
		let error = secrets.keep(&other).unwrap_err();
		assert!(matches!(error, Error::Exists(_)), "{error}");
		assert!(secrets.of_plaintext(&[1; 32]).unwrap() == Some(kept(1)));
	}

	#[test]
	fn whoever_lost_a_secret_is_told_where_it_was_and_how_to_get_it_back() {
		let home = tempfile::tempdir().unwrap();
		let secrets = Secrets::of(home.path());
		for _ in 0..2 {
			let error = secrets.of_sealed(&[5; 32]).err().unwrap().to_string();
			for said in ["0505", "gated/secrets", "restore", "backup", "--home"] {
				assert!(error.contains(said), "{error}");
			}
			secrets.keep(&kept(1)).unwrap();
		}
	}

	#[test]
	fn a_file_that_others_can_read_or_that_is_damaged_is_not_used() {
		let home = tempfile::tempdir().unwrap();
		let secrets = Secrets::of(home.path());
		secrets.keep(&kept(1)).unwrap();
		secrets.keep(&kept(2)).unwrap();
		let path = secrets.path(&[1; 32]);
		fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
		let error = secrets.of_plaintext(&[1; 32]).err().unwrap();
		assert!(matches!(error, Error::Readable(_)), "{error}");
		assert!(
			secrets.of_sealed(&[102; 32]).is_ok(),
			"the others are there"
		);
		assert!(matches!(
			secrets.of_sealed(&[101; 32]),
			Err(Error::Readable(_))
		));
		fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
		let text = fs::read_to_string(&path).unwrap();
		for broken in [
			"{",
			&text.replace("3333", "33zz"),
			&text.replace(": 1", ": 2"),
		] {
			fs::write(&path, broken).unwrap();
			let error = secrets.of_plaintext(&[1; 32]).err().unwrap();
			assert!(matches!(error, Error::Damaged { .. }), "{error}");
			assert!(!error.to_string().contains("333333"), "{error}");
		}
	}

	#[test]
	fn a_document_is_found_by_its_hash() {
		let home = tempfile::tempdir().unwrap();
		let secrets = Secrets::of(home.path());
		assert!(secrets.document(&[1; 32]).is_err());
		secrets.keep_document(&[1; 32], b"{}").unwrap();
		assert_eq!(secrets.document(&[1; 32]).unwrap(), b"{}");
	}
}
