//! The folder of key files and the account keys in it.

mod receipt;
#[cfg(test)]
mod tests;

use super::{
	account::{account_key, development, parse_account, ss58},
	error::{corrupted, io_error, Error},
	file::{random, Cost, KeyFile, Kind, Opening},
	name::{check_name, looks_like_a_secret},
	passphrase::Passphrase,
};
use guerdon_receipt::AccountBytes;
use std::{
	fs, io,
	io::Write,
	path::{Path, PathBuf},
};
use subxt_signer::{bip39::Mnemonic, sr25519::Keypair, ExposeSecret, SecretString};
use tempfile::NamedTempFile;
use zeroize::Zeroizing;

/// 12 words.
const ENTROPY: usize = 16;

/// A key and its account, or why its file cannot be read.
#[derive(Debug)]
pub struct Listed {
	/// The key's name.
	pub name: String,
	/// Its account.
	pub account: Result<AccountBytes, Error>,
}

/// The keys in `HOME/keys`.
#[derive(Clone)]
pub struct Keyring {
	folder: PathBuf,
	cost: Cost,
}

impl Keyring {
	/// Opens, and makes if need be, `HOME/keys`.
	///
	/// # Errors
	/// [`Error::Io`].
	pub fn open(home: &Path) -> Result<Self, Error> {
		let folder = home.join("keys");
		if !folder.is_dir() {
			let mut builder = fs::DirBuilder::new();
			builder.recursive(true);
			#[cfg(unix)]
			std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
			builder.create(&folder).map_err(io_error(&folder))?;
		}
		Ok(Keyring {
			folder,
			cost: Cost::DEFAULT,
		})
	}

	/// Makes a key and gives the mnemonic, which is in no file in the clear: show it once.
	///
	/// # Errors
	/// [`Error::Name`], [`Error::Exists`], and what goes wrong with the passphrase or the folder.
	pub fn create(&self, name: &str, passphrase: &Passphrase) -> Result<SecretString, Error> {
		let entropy = random::<ENTROPY>()?;
		let mnemonic = Mnemonic::from_entropy(&*entropy)
			.map_err(|error| Error::Mnemonic(error.to_string()))?;
		self.store(name, &mnemonic, passphrase)?;
		Ok(mnemonic.to_string().into())
	}

	/// Keeps the key of a mnemonic and gives its account.
	///
	/// # Errors
	/// [`Error::Mnemonic`], and those of [`Keyring::create`].
	pub fn import(
		&self,
		name: &str,
		phrase: &SecretString,
		passphrase: &Passphrase,
	) -> Result<AccountBytes, Error> {
		let words: Vec<&str> = phrase.expose_secret().split_whitespace().collect();
		let mnemonic = Mnemonic::parse_normalized(&Zeroizing::new(words.join(" ")))
			.map_err(|error| Error::Mnemonic(error.to_string()))?;
		self.store(name, &mnemonic, passphrase)
	}

	fn store(
		&self,
		name: &str,
		mnemonic: &Mnemonic,
		passphrase: &Passphrase,
	) -> Result<AccountBytes, Error> {
		check_name(name)?;
		if self.path(name).exists() {
			return Err(Error::Exists(name.into()));
		}
		let account = account_key(mnemonic)?.public_key().0;
		let passphrase = passphrase.choose(&format!("New passphrase for key {name}: "))?;
		let entropy = Zeroizing::new(mnemonic.to_entropy());
		let file = KeyFile::seal(
			Kind::Account,
			ss58(&account),
			&entropy,
			&passphrase,
			self.cost,
		)?;
		self.write(name, &file)?;
		Ok(account)
	}

	/// The names and accounts of all keys, by name.
	///
	/// # Errors
	/// [`Error::Io`] for the folder. What is wrong with a file stands beside its name.
	pub fn list(&self) -> Result<Vec<Listed>, Error> {
		let names = self.names()?;
		Ok(names
			.into_iter()
			.map(|name| Listed {
				account: self.stored(&name),
				name,
			})
			.collect())
	}

	fn names(&self) -> Result<Vec<String>, Error> {
		let mut names = Vec::new();
		for entry in fs::read_dir(&self.folder).map_err(io_error(&self.folder))? {
			let entry = entry.map_err(io_error(&self.folder))?.file_name();
			let name = entry.to_str().and_then(|file| file.strip_suffix(".json"));
			names.extend(
				name.filter(|name| check_name(name).is_ok())
					.map(String::from),
			);
		}
		names.sort();
		Ok(names)
	}

	/// The account of a key's name or of anything that [`parse_account`] reads. Asks for no
	/// passphrase.
	///
	/// # Errors
	/// [`Error::Unknown`], [`Error::Corrupted`], and those of [`parse_account`].
	pub fn account(&self, spec: &str) -> Result<AccountBytes, Error> {
		if check_name(spec).is_ok() && self.path(spec).exists() {
			return self.stored(spec);
		}
		match parse_account(spec) {
			Err(Error::Account { .. }) if check_name(spec).is_ok() => Err(self.unknown(spec)),
			other => other,
		}
	}

	/// The key that signs transactions: `//Name` for a development key, or else a key's name.
	///
	/// # Errors
	/// [`Error::Unknown`], [`Error::WrongPassphrase`], [`Error::Corrupted`], [`Error::Seed`],
	/// [`Error::DevelopmentUri`], and what goes wrong with the passphrase.
	pub fn signer(&self, spec: &str, passphrase: &Passphrase) -> Result<Keypair, Error> {
		if spec.starts_with("//") {
			return development(spec);
		}
		if looks_like_a_secret(spec) {
			return Err(Error::Seed);
		}
		check_name(spec)?;
		let (path, file) = self.read(spec, Kind::Account)?;
		let question = format!("Passphrase for key {spec} ({}): ", file.public);
		let entropy = self.open_file(spec, &path, &file, &passphrase.read(&question)?)?;
		let key = Mnemonic::from_entropy(&entropy)
			.map_err(|error| Error::Mnemonic(error.to_string()))
			.and_then(|mnemonic| account_key(&mnemonic))
			.map_err(|error| corrupted(&path, error))?;
		if ss58(&key.public_key().0) != file.public {
			return Err(corrupted(&path, "its address is not that of its secret"));
		}
		Ok(key)
	}

	fn path(&self, name: &str) -> PathBuf {
		self.folder.join(format!("{name}.json"))
	}

	fn unknown(&self, name: &str) -> Error {
		match self.names() {
			Ok(known) => Error::Unknown {
				name: name.into(),
				known,
			},
			Err(error) => error,
		}
	}

	fn stored(&self, name: &str) -> Result<AccountBytes, Error> {
		let (path, file) = self.read(name, Kind::Account)?;
		parse_account(&file.public).map_err(|error| corrupted(&path, error))
	}

	fn read(&self, name: &str, kind: Kind) -> Result<(PathBuf, KeyFile), Error> {
		let path = self.path(name);
		let bytes = match fs::read(&path) {
			Ok(bytes) => Zeroizing::new(bytes),
			Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(self.unknown(name)),
			Err(error) => return Err(io_error(&path)(error)),
		};
		let file = KeyFile::parse(&path, &bytes, kind)?;
		Ok((path, file))
	}

	fn open_file(
		&self,
		name: &str,
		path: &Path,
		file: &KeyFile,
		passphrase: &SecretString,
	) -> Result<Zeroizing<Vec<u8>>, Error> {
		file.unseal(passphrase).map_err(|opening| match opening {
			Opening::WrongPassphrase => Error::WrongPassphrase(name.into()),
			Opening::Corrupted(why) => corrupted(path, why),
		})
	}

	/// Written whole or not at all, for the owner's eyes, and never over another key.
	fn write(&self, name: &str, file: &KeyFile) -> Result<(), Error> {
		let fail = || io_error(&self.folder);
		let mut text =
			Zeroizing::new(serde_json::to_vec_pretty(file).map_err(|e| fail()(e.into()))?);
		text.push(b'\n');
		// The crate makes temporary files with mode 0600.
		let mut temporary = NamedTempFile::with_prefix_in(".part-", &self.folder).map_err(fail())?;
		temporary.write_all(&text).map_err(fail())?;
		temporary.as_file().sync_all().map_err(fail())?;
		temporary
			.persist_noclobber(self.path(name))
			.map_err(|error| {
				if error.error.kind() == io::ErrorKind::AlreadyExists {
					Error::Exists(name.into())
				} else {
					fail()(error.error)
				}
			})?;
		#[cfg(unix)]
		fs::File::open(&self.folder)
			.and_then(|folder| folder.sync_all())
			.map_err(fail())?;
		Ok(())
	}
}
