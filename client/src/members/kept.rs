//! Lists as they are kept: `HOME/members/<dataset>-<pool>.list`.
//!
//! A line of JSON says what the list is of; then every member has 72 bytes, in the order of leaves:
//! account, weight (little-endian), salt; and the BLAKE3 digest of all that ends it. A list is never
//! written over.

use super::{Error, List, Member, Origin};
use crate::{
	disk::{self, Lock},
	roles::secrets::hex32,
};
use guerdon_receipt::{DatasetId, Digest, PoolId};
use serde::{Deserialize, Serialize};
use std::{
	fs::{self, DirBuilder, File},
	io::{self, BufRead, BufReader, BufWriter, Read, Write},
	os::unix::fs::{DirBuilderExt, PermissionsExt},
	path::{Path, PathBuf},
};
use tempfile::NamedTempFile;
use zeroize::{Zeroize, Zeroizing};

const VERSION: u32 = 1;

/// Bytes of a member.
const MEMBER: usize = 72;

/// Bytes of the first line, at most.
const HEADER: u64 = 1_024;

#[derive(Serialize, Deserialize)]
struct Header {
	version: u32,
	#[serde(with = "hex32")]
	genesis: Digest,
	dataset: DatasetId,
	pool: PoolId,
	#[serde(with = "hex32")]
	source: Digest,
	hidden: bool,
	members: u64,
}

/// `HOME/members`.
#[derive(Clone, Debug)]
pub struct Lists {
	folder: PathBuf,
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> Error + '_ {
	move |error| Error::Io {
		path: path.into(),
		error,
	}
}

impl Lists {
	/// Those of a home folder, in which nothing is made yet.
	pub fn of(home: &Path) -> Self {
		Lists {
			folder: home.join("members"),
		}
	}

	/// Where they are.
	pub fn folder(&self) -> &Path {
		&self.folder
	}

	/// Where a list is.
	pub fn path(&self, dataset: DatasetId, pool: PoolId) -> PathBuf {
		self.folder.join(format!("{dataset}-{pool}.list"))
	}

	/// Whether a list is here.
	pub fn has(&self, dataset: DatasetId, pool: PoolId) -> bool {
		self.path(dataset, pool).exists()
	}

	/// Holds the lists of a dataset: two processes that add at the same time would get in each
	/// other's way.
	///
	/// # Errors
	/// [`Error::Io`], with [`io::ErrorKind::WouldBlock`] when another process has them.
	pub fn hold(&self, dataset: DatasetId) -> Result<Lock, Error> {
		let path = self.folder.join(format!("{dataset}.lock"));
		disk::lock(&path).map_err(io_error(&path))
	}

	/// Keeps a list, which is on disk when this returns.
	///
	/// # Errors
	/// [`Error::Exists`], [`Error::Io`].
	pub fn keep(&self, list: &List) -> Result<(), Error> {
		let Origin { dataset, pool, .. } = list.origin;
		let path = self.path(dataset, pool);
		let write = || -> io::Result<bool> {
			DirBuilder::new()
				.recursive(true)
				.mode(0o700)
				.create(&self.folder)?;
			let mut staged = NamedTempFile::with_prefix_in(".part-", &self.folder)?;
			write(&mut BufWriter::new(staged.as_file_mut()), list)?;
			staged.as_file().sync_all()?;
			match staged.persist_noclobber(&path) {
				Ok(_) => self.sync().map(|()| true),
				Err(failed) if failed.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
				Err(failed) => Err(failed.error),
			}
		};
		match write().map_err(io_error(&path))? {
			true => Ok(()),
			false => Err(Error::Exists(path.clone())),
		}
	}

	/// A new name is on disk only once the folder that it is in was synced, and so is the folder's.
	fn sync(&self) -> io::Result<()> {
		File::open(&self.folder)?.sync_all()?;
		match self.folder.parent() {
			Some(home) => File::open(home)?.sync_all(),
			None => Ok(()),
		}
	}

	/// A list, if it is here.
	///
	/// # Errors
	/// [`Error::Damaged`], [`Error::Exposed`], [`Error::Io`].
	pub fn find(&self, dataset: DatasetId, pool: PoolId) -> Result<Option<List>, Error> {
		let path = self.path(dataset, pool);
		let Some((mut file, header, digest)) = open(&path)? else {
			return Ok(None);
		};
		if (header.dataset, header.pool) != (dataset, pool) {
			return Err(damaged(&path, "it is of another cohort"));
		}
		read(&path, &mut file, header, digest).map(Some)
	}

	/// A list.
	///
	/// # Errors
	/// [`Error::Missing`], and those of [`Lists::find`].
	pub fn get(&self, dataset: DatasetId, pool: PoolId) -> Result<List, Error> {
		self.find(dataset, pool)?.ok_or_else(|| Error::Missing {
			dataset,
			pool,
			folder: self.folder.clone(),
		})
	}

	/// What a list was made of, if it is here: its first line alone is read.
	///
	/// # Errors
	/// Those of [`Lists::find`].
	pub fn source(&self, dataset: DatasetId, pool: PoolId) -> Result<Option<Digest>, Error> {
		Ok(open(&self.path(dataset, pool))?.map(|(_, header, _)| header.source))
	}
}

fn damaged(path: &Path, why: &str) -> Error {
	Error::Damaged {
		path: path.into(),
		why: why.into(),
	}
}

fn write(file: &mut impl Write, list: &List) -> io::Result<()> {
	let Origin {
		genesis,
		dataset,
		pool,
		source,
		hidden,
	} = list.origin;
	let header = Header {
		version: VERSION,
		genesis,
		dataset,
		pool,
		source,
		hidden,
		members: list.count(),
	};
	let mut digest = blake3::Hasher::new();
	let mut put = |file: &mut dyn Write, bytes: &[u8]| {
		digest.update(bytes);
		file.write_all(bytes)
	};
	let mut line = serde_json::to_vec(&header).map_err(io::Error::other)?;
	line.push(b'\n');
	put(file, &line)?;
	let mut bytes = Zeroizing::new([0u8; MEMBER]);
	for member in list.members.iter() {
		let weight = member.weight.to_le_bytes();
		let parts = [&member.account[..], &weight[..], &member.salt[..]];
		for (to, from) in bytes.iter_mut().zip(parts.into_iter().flatten()) {
			*to = *from;
		}
		put(file, bytes.as_slice())?;
	}
	file.write_all(digest.finalize().as_bytes())?;
	file.flush()
}

type Opened = (BufReader<File>, Header, blake3::Hasher);

/// A list with its first line read.
fn open(path: &Path) -> Result<Option<Opened>, Error> {
	let file = match File::open(path) {
		Ok(file) => file,
		Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
		Err(error) => return Err(io_error(path)(error)),
	};
	let mode = fs::metadata(path)
		.map_err(io_error(path))?
		.permissions()
		.mode();
	if mode & 0o077 != 0 {
		return Err(Error::Exposed(path.into()));
	}
	let mut file = BufReader::new(file);
	let mut line = Vec::new();
	let mut limited = file.by_ref().take(HEADER);
	limited
		.read_until(b'\n', &mut line)
		.map_err(io_error(path))?;
	let header: Header = serde_json::from_slice(&line)
		.map_err(|_| damaged(path, "its first line does not say what it is of"))?;
	if header.version != VERSION {
		let why = format!(
			"it has version {}, this software reads {VERSION}",
			header.version
		);
		return Err(damaged(path, &why));
	}
	let mut digest = blake3::Hasher::new();
	digest.update(&line);
	Ok(Some((file, header, digest)))
}

fn read(
	path: &Path,
	file: &mut BufReader<File>,
	header: Header,
	mut digest: blake3::Hasher,
) -> Result<List, Error> {
	let length = file.get_ref().metadata().map_err(io_error(path))?.len();
	let member_bytes = u64::try_from(MEMBER).unwrap_or(u64::MAX);
	if header.members > length / member_bytes {
		return Err(damaged(path, "members are missing"));
	}
	let ended = |error: io::Error| match error.kind() {
		io::ErrorKind::UnexpectedEof => damaged(path, "its end is missing"),
		_ => io_error(path)(error),
	};
	let count = usize::try_from(header.members).unwrap_or(0);
	let mut members = Zeroizing::new(Vec::with_capacity(count));
	let mut bytes = Zeroizing::new([0u8; MEMBER]);
	for _ in 0..header.members {
		file.read_exact(bytes.as_mut_slice()).map_err(ended)?;
		digest.update(bytes.as_slice());
		let mut member = Member {
			account: [0; 32],
			weight: 0,
			salt: [0; 32],
		};
		let (account, rest) = bytes.split_at(32);
		let (weight, salt) = rest.split_at(8);
		member.account.copy_from_slice(account);
		member.salt.copy_from_slice(salt);
		let mut number = [0; 8];
		number.copy_from_slice(weight);
		member.weight = u64::from_le_bytes(number);
		members.push(member);
		member.zeroize();
	}
	let mut expected = [0; 32];
	file.read_exact(&mut expected).map_err(ended)?;
	if *digest.finalize().as_bytes() != expected {
		return Err(damaged(path, "its digest does not hold"));
	}
	let Header {
		genesis,
		dataset,
		pool,
		source,
		hidden,
		..
	} = header;
	let origin = Origin {
		genesis,
		dataset,
		pool,
		source,
		hidden,
	};
	Ok(List { origin, members })
}
