//! The keys of a HOME: account keys by name, and one receipt key.
//!
//! An account key is an sr25519 key from a mnemonic, sealed under a passphrase. Only a development
//! key, `//Name`, is ever named by what it is made of: a secret on a command line is in the shell's
//! history and in every process list.
//!
//! The receipt key, ed25519, signs receipts and attestations. A daemon uses it without asking, so it
//! lies in the clear where the account is a development key too, and says so in its file.

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::{
	aead::{Aead, Payload},
	KeyInit, XChaCha20Poly1305, XNonce,
};
use guerdon_receipt::{
	sign::{public_key, SigningKey},
	AccountBytes, PublicKey,
};
use serde::{Deserialize, Serialize};
use std::{
	fs, io,
	io::Write,
	path::{Path, PathBuf},
	str::FromStr,
};
use subxt::utils::AccountId32;
use subxt_signer::{bip39::Mnemonic, sr25519::Keypair, SecretUri};
use tempfile::NamedTempFile;
use zeroize::Zeroizing;

pub use subxt_signer::{ExposeSecret, SecretString};

/// Names the file with the passphrase of a daemon that nobody sits at.
pub const PASSPHRASE_FILE: &str = "GUERDON_PASSPHRASE_FILE";

const VERSION: u32 = 1;
const RECEIPT: &str = "receipt";
const CIPHER: &str = "xchacha20poly1305";
const KDF: &str = "argon2id";
const SALT: usize = 16;
const NONCE: usize = 24;
/// 12 words.
const ENTROPY: usize = 16;
const MAX_NAME: usize = 64;

/// Why a key cannot be had.
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
	/// Not the passphrase that the key was sealed under.
	#[error(
		"wrong passphrase for key {0}: try again; if it is lost, move the key's file away and import \
		 the mnemonic with `guerdon key import`"
	)]
	WrongPassphrase(String),
	/// No key of this name.
	#[error(
		"no key is named {name} (known: {}): make it with `guerdon key new {name}` or bring it \
		 with `guerdon key import {name}`; a development key is written //Name",
		if known.is_empty() { "none".into() } else { known.join(", ") }
	)]
	Unknown {
		/// What was asked for.
		name: String,
		/// What there is.
		known: Vec<String>,
	},
	/// The file is not what was written.
	#[error(
		"{path} is damaged ({why}): restore it from a backup, or move it away and import the \
		 mnemonic with `guerdon key import`"
	)]
	Corrupted {
		/// The file.
		path: PathBuf,
		/// What is wrong with it.
		why: String,
	},
	/// Written by software that this one does not know.
	#[error("{path} has format version {version}, this software reads {VERSION}: update it")]
	NewerFormat {
		/// The file.
		path: PathBuf,
		/// Its version.
		version: u32,
	},
	/// Names are taken once.
	#[error("a key named {0} exists already: choose another name, or move its file away")]
	Exists(String),
	/// Not a name for a key.
	#[error(
		"{0:?} cannot name a key: use 1 to {MAX_NAME} of a-z A-Z 0-9 - _ ., beginning with a letter \
		 or a digit, and not {RECEIPT:?}"
	)]
	Name(String),
	/// A secret where a name belongs.
	#[error(
		"this looks like a secret, and a secret never belongs on a command line: store it with \
		 `guerdon key import NAME`, then give its name"
	)]
	Seed,
	/// Not a development URI.
	#[error("{0:?} is not a development key: write //Name, such as //Alice")]
	DevelopmentUri(String),
	/// The words are not a mnemonic.
	#[error("not a mnemonic ({0}): give the 12 to 24 English words in their order")]
	Mnemonic(String),
	/// Not an account.
	#[error(
		"{text:?} is not an account ({why}): give an SS58 address, 0x and 64 hex digits, or //Name"
	)]
	Account {
		/// What was given.
		text: String,
		/// What is wrong with it.
		why: String,
	},
	/// An address for another network.
	#[error(
		"{text} is an address of another network; if you mean the same key here, write {here}"
	)]
	OtherNetwork {
		/// What was given.
		text: String,
		/// The key's address here.
		here: String,
	},
	/// Nobody can be asked.
	#[error(
		"cannot ask for a passphrase ({0}): run in a terminal, or name a file that holds it in \
		 {PASSPHRASE_FILE}"
	)]
	NoTerminal(io::Error),
	/// The named file cannot be read.
	#[error("{PASSPHRASE_FILE} names {path}: {error}")]
	PassphraseFile {
		/// The file.
		path: PathBuf,
		/// What the system says.
		error: io::Error,
	},
	/// A key must be sealed under something.
	#[error("the passphrase is empty: choose one")]
	EmptyPassphrase,
	/// Typed twice, differently.
	#[error("the two passphrases differ: try again")]
	PassphrasesDiffer,
	/// The receipt key is sealed.
	#[error("{0} is sealed under a passphrase: run with the account that it was made with")]
	Sealed(PathBuf),
	/// The receipt key lies in the clear.
	#[error(
		"{0} is a development key that lies in the clear: move it away, then `guerdon run join` or \
		 `guerdon attestor register` makes a sealed one"
	)]
	InTheClear(PathBuf),
	/// A home folder that nothing was joined or registered from.
	#[error(
		"there is no receipt key in {0}: name the home folder that the run was joined or the seat \
		 registered from with --home; `guerdon run join`, `guerdon attestor register` and `guerdon \
		 appraiser register` make a key where there is none"
	)]
	NoReceiptKey(PathBuf),
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

/// Where a passphrase comes from.
#[derive(Clone, Debug)]
pub enum Passphrase {
	/// Somebody types it.
	Prompt,
	/// The first line of a file.
	File(PathBuf),
	/// It is at hand.
	Given(SecretString),
}

impl Passphrase {
	/// The file that [`PASSPHRASE_FILE`] names, or else a prompt.
	pub fn from_env() -> Self {
		std::env::var_os(PASSPHRASE_FILE)
			.map_or(Passphrase::Prompt, |path| Passphrase::File(path.into()))
	}

	fn read(&self, question: &str) -> Result<SecretString, Error> {
		match self {
			Passphrase::Prompt => ask(question),
			Passphrase::Given(passphrase) => Ok(passphrase.clone()),
			Passphrase::File(path) => {
				let text = fs::read_to_string(path).map_err(|error| Error::PassphraseFile {
					path: path.clone(),
					error,
				})?;
				let text = Zeroizing::new(text);
				Ok(text.lines().next().unwrap_or_default().into())
			}
		}
	}

	/// For a key that does not exist yet: typed twice.
	fn choose(&self, question: &str) -> Result<SecretString, Error> {
		let passphrase = self.read(question)?;
		if passphrase.expose_secret().is_empty() {
			return Err(Error::EmptyPassphrase);
		}
		if matches!(self, Passphrase::Prompt) {
			let again = ask("The same again: ")?;
			if again.expose_secret() != passphrase.expose_secret() {
				return Err(Error::PassphrasesDiffer);
			}
		}
		Ok(passphrase)
	}
}

/// Asks for a secret at the terminal, without showing it.
///
/// # Errors
/// [`Error::NoTerminal`].
pub fn ask(question: &str) -> Result<SecretString, Error> {
	rpassword::prompt_password(question)
		.map(SecretString::from)
		.map_err(Error::NoTerminal)
}

/// An account's address, with the generic prefix 42.
pub fn ss58(account: &AccountBytes) -> String {
	AccountId32(*account).to_string()
}

/// Reads an account: an address with prefix 42, `0x` and 64 hex digits, or `//Name`.
///
/// # Errors
/// [`Error::Account`], [`Error::OtherNetwork`], [`Error::DevelopmentUri`], [`Error::Seed`].
pub fn parse_account(text: &str) -> Result<AccountBytes, Error> {
	let bad = |why: String| Error::Account {
		text: text.into(),
		why,
	};
	if text.starts_with("//") {
		return Ok(development(text)?.public_key().0);
	}
	if text.contains(char::is_whitespace) {
		return Err(Error::Seed);
	}
	if let Some(digits) = text.strip_prefix("0x") {
		let mut account = [0; 32];
		hex::decode_to_slice(digits, &mut account).map_err(|error| bad(error.to_string()))?;
		return Ok(account);
	}
	let account = AccountId32::from_str(text).map_err(|error| bad(error.to_string()))?;
	let here = ss58(&account.0);
	if here == text {
		Ok(account.0)
	} else {
		Err(Error::OtherNetwork {
			text: text.into(),
			here,
		})
	}
}

fn development(uri: &str) -> Result<Keypair, Error> {
	let bad = || Error::DevelopmentUri(uri.into());
	let path = uri.strip_prefix("//").ok_or_else(bad)?;
	// `///` would begin a password: another secret.
	let plain = path
		.split("//")
		.flat_map(|part| part.split('/'))
		.all(|part| {
			!part.is_empty()
				&& part
					.chars()
					.all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
		});
	if !plain {
		return Err(bad());
	}
	let uri = SecretUri::from_str(uri).map_err(|_| bad())?;
	Keypair::from_uri(&uri).map_err(|_| bad())
}

fn check_name(name: &str) -> Result<(), Error> {
	let plain = name
		.chars()
		.all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
	let begins = name.starts_with(|c: char| c.is_ascii_alphanumeric());
	if plain && begins && name.len() <= MAX_NAME && name != RECEIPT {
		Ok(())
	} else {
		Err(Error::Name(name.into()))
	}
}

fn looks_like_a_secret(spec: &str) -> bool {
	let digits = spec.strip_prefix("0x").unwrap_or(spec);
	spec.contains(char::is_whitespace)
		|| (digits.len() >= 64 && digits.chars().all(|c| c.is_ascii_hexdigit()))
}

/// What guessing a passphrase costs.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Cost {
	memory_kib: u32,
	iterations: u32,
	parallelism: u32,
}

impl Cost {
	/// Second choice of RFC 9106, for machines that have not 2 GiB to spare.
	const DEFAULT: Cost = Cost {
		memory_kib: 64 << 10,
		iterations: 3,
		parallelism: 4,
	};

	/// A file must not be able to make its reader run out of memory or time.
	fn bearable(self) -> bool {
		self.memory_kib <= 1 << 20 && self.iterations <= 32 && self.parallelism <= 32
	}
}

#[derive(Serialize, Deserialize)]
struct Kdf {
	name: String,
	#[serde(flatten)]
	cost: Cost,
	salt: String,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "protection", rename_all = "kebab-case")]
enum Secret {
	Passphrase {
		kdf: Kdf,
		cipher: String,
		nonce: String,
		ciphertext: String,
	},
	NoneDevelopmentOnly {
		seed: String,
	},
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
	Account,
	Receipt,
}

/// A file of the keyring. `checksum` tells damage from a wrong passphrase; what keeps a forger out
/// is the cipher, which authenticates every other field.
#[derive(Serialize, Deserialize)]
struct KeyFile {
	version: u32,
	kind: Kind,
	/// SS58 address of an account, hex of a receipt key.
	public: String,
	secret: Secret,
	#[serde(default, skip_serializing_if = "String::is_empty")]
	checksum: String,
}

fn canonical(value: &impl Serialize) -> Vec<u8> {
	serde_json_canonicalizer::to_vec(value).expect("keys are strings and numbers finite; qed")
}

fn authenticated(kind: Kind, public: &str, kdf: &Kdf) -> Vec<u8> {
	canonical(&(VERSION, kind, public, kdf, CIPHER))
}

fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>, Error> {
	let mut bytes = Zeroizing::new([0; N]);
	getrandom::getrandom(&mut *bytes).map_err(Error::Random)?;
	Ok(bytes)
}

fn cipher(kdf: &Kdf, passphrase: &SecretString) -> Result<XChaCha20Poly1305, String> {
	if kdf.name != KDF || !kdf.cost.bearable() {
		return Err("unknown or unbearable key derivation".into());
	}
	let salt = hex::decode(&kdf.salt).map_err(|error| format!("salt: {error}"))?;
	let Cost {
		memory_kib,
		iterations,
		parallelism,
	} = kdf.cost;
	let params = Params::new(memory_kib, iterations, parallelism, None);
	let mut key = Zeroizing::new([0; 32]);
	params
		.and_then(|params| {
			Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into(
				passphrase.expose_secret().as_bytes(),
				&salt,
				&mut *key,
			)
		})
		.map_err(|error| format!("key derivation: {error}"))?;
	Ok(XChaCha20Poly1305::new((&*key).into()))
}

enum Opening {
	WrongPassphrase,
	Corrupted(String),
}

impl KeyFile {
	fn new(kind: Kind, public: String, secret: Secret) -> Self {
		let mut file = KeyFile {
			version: VERSION,
			kind,
			public,
			secret,
			checksum: String::new(),
		};
		file.checksum = hex::encode(blake3::hash(&Zeroizing::new(canonical(&file))).as_bytes());
		file
	}

	fn seal(
		kind: Kind,
		public: String,
		secret: &[u8],
		passphrase: &SecretString,
		cost: Cost,
	) -> Result<Self, Error> {
		let salt = random::<SALT>()?;
		let nonce = random::<NONCE>()?;
		let kdf = Kdf {
			name: KDF.into(),
			cost,
			salt: hex::encode(*salt),
		};
		let aad = authenticated(kind, &public, &kdf);
		let ciphertext = cipher(&kdf, passphrase)
			.expect("our own cost is bearable and our salt long enough; qed")
			.encrypt(
				XNonce::from_slice(&*nonce),
				Payload {
					msg: secret,
					aad: &aad,
				},
			)
			.expect("a secret of 32 bytes is not too long; qed");
		let secret = Secret::Passphrase {
			kdf,
			cipher: CIPHER.into(),
			nonce: hex::encode(*nonce),
			ciphertext: hex::encode(ciphertext),
		};
		Ok(KeyFile::new(kind, public, secret))
	}

	fn unseal(&self, passphrase: &SecretString) -> Result<Zeroizing<Vec<u8>>, Opening> {
		let Secret::Passphrase {
			kdf,
			cipher: name,
			nonce,
			ciphertext,
		} = &self.secret
		else {
			return Err(Opening::Corrupted("it is not sealed".into()));
		};
		let bytes = |field: &str, text: &str| {
			hex::decode(text).map_err(|error| Opening::Corrupted(format!("{field}: {error}")))
		};
		let nonce = bytes("nonce", nonce)?;
		let ciphertext = bytes("ciphertext", ciphertext)?;
		if name != CIPHER || nonce.len() != NONCE {
			return Err(Opening::Corrupted("unknown cipher".into()));
		}
		let aad = authenticated(self.kind, &self.public, kdf);
		cipher(kdf, passphrase)
			.map_err(Opening::Corrupted)?
			.decrypt(
				XNonce::from_slice(&nonce),
				Payload {
					msg: &ciphertext,
					aad: &aad,
				},
			)
			.map(Zeroizing::new)
			.map_err(|_| Opening::WrongPassphrase)
	}
}

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

	/// The receipt key of this HOME. Daemons ask for it here, where none is made: a home folder that
	/// was lost or mistyped would pass for a new one, whose key nobody knows.
	///
	/// # Errors
	/// [`Error::NoReceiptKey`], [`Error::Sealed`] without a passphrase for a sealed key,
	/// [`Error::InTheClear`] with one for a key in the clear, [`Error::WrongPassphrase`],
	/// [`Error::Corrupted`].
	pub fn receipt_key(&self, passphrase: Option<&Passphrase>) -> Result<SigningKey, Error> {
		if !self.path(RECEIPT).exists() {
			return Err(Error::NoReceiptKey(self.folder.clone()));
		}
		let (path, file) = self.read(RECEIPT, Kind::Receipt)?;
		let seed = match (&file.secret, passphrase) {
			(Secret::NoneDevelopmentOnly { .. }, Some(_)) => return Err(Error::InTheClear(path)),
			(Secret::Passphrase { .. }, None) => return Err(Error::Sealed(path)),
			(Secret::NoneDevelopmentOnly { seed }, None) => {
				Zeroizing::new(hex::decode(seed).map_err(|error| corrupted(&path, error))?)
			}
			(Secret::Passphrase { .. }, Some(passphrase)) => {
				let passphrase = passphrase.read("Passphrase for the receipt key: ")?;
				self.open_file(RECEIPT, &path, &file, &passphrase)?
			}
		};
		let seed =
			<&[u8; 32]>::try_from(seed.as_slice()).map_err(|error| corrupted(&path, error))?;
		let key = SigningKey::from_bytes(seed);
		if hex::encode(public_key(&key)) != file.public {
			return Err(corrupted(&path, "its public key is not that of its secret"));
		}
		Ok(key)
	}

	/// [`Keyring::receipt_key`], made on first use: sealed when there is a passphrase, and otherwise in the clear,
	/// for development. For whoever is about to tell the chain of it.
	///
	/// # Errors
	/// See [`Keyring::receipt_key`].
	pub fn receipt_key_or_new(&self, passphrase: Option<&Passphrase>) -> Result<SigningKey, Error> {
		match self.receipt_key(passphrase) {
			Err(Error::NoReceiptKey(_)) => (),
			other => return other,
		}
		match self.make_receipt_key(passphrase) {
			// Somebody else made one in the meantime: that one counts.
			Err(Error::Exists(_)) => self.receipt_key(passphrase),
			other => other,
		}
	}

	/// The receipt key's public half, if there is a receipt key. Asks for no passphrase.
	///
	/// # Errors
	/// [`Error::Corrupted`], [`Error::Io`].
	pub fn receipt_public_key(&self) -> Result<Option<PublicKey>, Error> {
		if !self.path(RECEIPT).exists() {
			return Ok(None);
		}
		let (path, file) = self.read(RECEIPT, Kind::Receipt)?;
		let mut key = [0; 32];
		hex::decode_to_slice(&file.public, &mut key).map_err(|error| corrupted(&path, error))?;
		Ok(Some(key))
	}

	/// A receipt key that is kept nowhere, for daemons whose roles sign no receipts. Nobody takes
	/// what it signs.
	///
	/// # Errors
	/// [`Error::Random`].
	pub fn no_receipt_key() -> Result<SigningKey, Error> {
		Ok(SigningKey::from_bytes(&*random::<32>()?))
	}

	fn make_receipt_key(&self, passphrase: Option<&Passphrase>) -> Result<SigningKey, Error> {
		let seed = random::<32>()?;
		let key = SigningKey::from_bytes(&seed);
		let public = hex::encode(public_key(&key));
		let file = match passphrase {
			Some(passphrase) => {
				let passphrase = passphrase.choose("New passphrase for the receipt key: ")?;
				KeyFile::seal(Kind::Receipt, public, &*seed, &passphrase, self.cost)?
			}
			None => {
				let seed = hex::encode(*seed);
				KeyFile::new(Kind::Receipt, public, Secret::NoneDevelopmentOnly { seed })
			}
		};
		self.write(RECEIPT, &file)?;
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
		#[derive(Deserialize)]
		struct Versioned {
			version: u32,
		}
		let Versioned { version } =
			serde_json::from_slice(&bytes).map_err(|error| corrupted(&path, error))?;
		if version > VERSION {
			return Err(Error::NewerFormat { path, version });
		}
		let mut file: KeyFile =
			serde_json::from_slice(&bytes).map_err(|error| corrupted(&path, error))?;
		let checksum = std::mem::take(&mut file.checksum);
		let found = blake3::hash(&Zeroizing::new(canonical(&file)));
		if checksum != hex::encode(found.as_bytes()) {
			return Err(corrupted(&path, "its checksum is wrong"));
		}
		if file.kind != kind || version != VERSION {
			return Err(corrupted(&path, "it is another kind of key"));
		}
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

fn corrupted(path: &Path, why: impl ToString) -> Error {
	Error::Corrupted {
		path: path.into(),
		why: why.to_string(),
	}
}

fn account_key(mnemonic: &Mnemonic) -> Result<Keypair, Error> {
	Keypair::from_phrase(mnemonic, None).map_err(|error| Error::Mnemonic(error.to_string()))
}

#[cfg(test)]
mod tests {
	use super::*;
	use serde_json::{json, Value};
	use tempfile::TempDir;

	const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
	const ALICE_HEX: &str = "0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d";
	const PHRASE: &str = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";
	const PHRASE_ADDRESS: &str = "5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV";

	fn keyring() -> (TempDir, Keyring) {
		let home = TempDir::new().unwrap();
		let cost = Cost {
			memory_kib: 8,
			iterations: 1,
			parallelism: 1,
		};
		let keyring = Keyring {
			cost,
			..Keyring::open(home.path()).unwrap()
		};
		(home, keyring)
	}

	fn given(text: &str) -> Passphrase {
		Passphrase::Given(text.into())
	}

	fn edit(path: &Path, change: impl FnOnce(&mut Value)) {
		let mut value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
		change(&mut value);
		fs::write(path, value.to_string()).unwrap();
	}

	/// As a forger would: with a checksum that fits.
	fn forge(path: &Path, change: impl FnOnce(&mut Value)) {
		edit(path, |value| {
			change(value);
			value.as_object_mut().unwrap().remove("checksum");
			value["checksum"] = json!(hex::encode(blake3::hash(&canonical(value)).as_bytes()));
		});
	}

	#[cfg(unix)]
	fn mode(path: &Path) -> u32 {
		std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path).unwrap().permissions()) & 0o777
	}

	#[test]
	fn addresses_are_those_of_the_wallets() {
		let account = parse_account("//Alice").unwrap();
		assert_eq!(ss58(&account), ALICE);
		assert_eq!(parse_account(ALICE).unwrap(), account);
		assert_eq!(parse_account(ALICE_HEX).unwrap(), account);
	}

	#[test]
	fn accounts_that_are_none_are_refused() {
		let mistyped = ALICE.replace("utQY", "utQZ");
		assert!(matches!(
			parse_account(&mistyped),
			Err(Error::Account { .. })
		));
		assert!(matches!(parse_account("0xd4"), Err(Error::Account { .. })));
		assert!(matches!(parse_account("Alice"), Err(Error::Account { .. })));
		assert!(matches!(parse_account(""), Err(Error::Account { .. })));
		assert!(matches!(parse_account(PHRASE), Err(Error::Seed)));
		// Alice's address on Polkadot.
		match parse_account("15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5") {
			Err(Error::OtherNetwork { here, .. }) => assert_eq!(here, ALICE),
			other => panic!("{other:?}"),
		}
	}

	#[test]
	fn development_keys_need_both_slashes() {
		let (_home, keyring) = keyring();
		let key = keyring.signer("//Alice", &given("")).unwrap();
		assert_eq!(ss58(&key.public_key().0), ALICE);
		assert!(keyring.signer("//Alice//stash", &given("")).is_ok());
		assert!(matches!(
			keyring.signer("Alice", &given("")),
			Err(Error::Unknown { .. })
		));
		for spec in [
			"//",
			"//Alice///password",
			"///password",
			"//Alice/",
			"//Al ice",
		] {
			assert!(
				matches!(
					keyring.signer(spec, &given("")),
					Err(Error::DevelopmentUri(_))
				),
				"{spec}"
			);
		}
		assert!(matches!(
			keyring.signer("/Alice", &given("")),
			Err(Error::Name(_))
		));
	}

	#[test]
	fn secrets_are_no_names() {
		let (_home, keyring) = keyring();
		let hex = ALICE_HEX.trim_start_matches("0x");
		for spec in [PHRASE, ALICE_HEX, hex, &format!("{PHRASE}//Alice")] {
			let error = keyring.signer(spec, &given("")).unwrap_err();
			assert!(matches!(error, Error::Seed));
			assert!(!error.to_string().contains("bottom"));
		}
	}

	#[test]
	fn names_stay_in_the_folder() {
		let (_home, keyring) = keyring();
		for name in [
			"",
			"..",
			"../key",
			"a/b",
			".hidden",
			"-flag",
			"receipt",
			&"x".repeat(65),
		] {
			assert!(
				matches!(keyring.create(name, &given("p")), Err(Error::Name(_))),
				"{name}"
			);
		}
	}

	#[test]
	fn a_created_key_signs_and_its_mnemonic_restores_it() {
		let (_home, keyring) = keyring();
		let mnemonic = keyring.create("main", &given("secret")).unwrap();
		assert_eq!(mnemonic.expose_secret().split(' ').count(), 12);
		let key = keyring
			.signer("main", &given("secret"))
			.unwrap()
			.public_key()
			.0;
		assert_eq!(keyring.account("main").unwrap(), key);
		assert_eq!(
			keyring.import("again", &mnemonic, &given("other")).unwrap(),
			key
		);
		let file = fs::read_to_string(keyring.path("main")).unwrap();
		assert!(file.contains(&ss58(&key)));
		assert!(mnemonic
			.expose_secret()
			.split(' ')
			.all(|word| !file.contains(&format!(" {word}"))));
	}

	#[test]
	fn an_imported_mnemonic_gives_the_same_account_as_in_wallets() {
		let (_home, keyring) = keyring();
		let untidy = format!("  {}\n", PHRASE.replace(' ', "  "));
		let account = keyring.import("dev", &untidy.into(), &given("p")).unwrap();
		assert_eq!(ss58(&account), PHRASE_ADDRESS);
		let wrong = PHRASE.replace("walk", "lake").into();
		assert!(matches!(
			keyring.import("bad", &wrong, &given("p")),
			Err(Error::Mnemonic(_))
		));
	}

	#[test]
	fn a_wrong_passphrase_is_called_that() {
		let (_home, keyring) = keyring();
		keyring.create("main", &given("right")).unwrap();
		let error = keyring.signer("main", &given("wrong")).unwrap_err();
		assert!(matches!(&error, Error::WrongPassphrase(name) if name == "main"));
		assert!(matches!(
			keyring.create("other", &given("")),
			Err(Error::EmptyPassphrase)
		));
	}

	#[test]
	fn an_unknown_name_lists_the_known_ones() {
		let (_home, keyring) = keyring();
		keyring.create("b", &given("p")).unwrap();
		keyring.create("a", &given("p")).unwrap();
		keyring.receipt_key_or_new(None).unwrap();
		for error in [
			keyring.signer("c", &given("p")).unwrap_err(),
			keyring.account("c").unwrap_err(),
		] {
			assert!(
				error
					.to_string()
					.starts_with("no key is named c (known: a, b):"),
				"{error}"
			);
		}
	}

	#[test]
	fn every_damaged_byte_is_noticed_as_damage() {
		let (_home, keyring) = keyring();
		keyring.create("main", &given("p")).unwrap();
		let path = keyring.path("main");
		let sound = fs::read(&path).unwrap();
		for at in 0..sound.len() {
			let mut bytes = sound.clone();
			bytes[at] ^= 1;
			fs::write(&path, &bytes).unwrap();
			match keyring.signer("main", &given("p")) {
				Err(Error::Corrupted { path: found, .. }) => assert_eq!(found, path),
				other => panic!("byte {at}: {other:?}"),
			}
		}
		fs::write(&path, b"").unwrap();
		assert!(matches!(
			keyring.signer("main", &given("p")),
			Err(Error::Corrupted { .. })
		));
		fs::write(&path, &sound).unwrap();
		assert!(keyring.signer("main", &given("p")).is_ok());
	}

	#[test]
	fn a_forged_address_or_derivation_does_not_open() {
		let (_home, keyring) = keyring();
		keyring.create("main", &given("p")).unwrap();
		let path = keyring.path("main");
		let sound = fs::read(&path).unwrap();
		forge(&path, |file| file["public"] = json!(ALICE));
		assert!(matches!(
			keyring.signer("main", &given("p")),
			Err(Error::WrongPassphrase(_))
		));
		fs::write(&path, &sound).unwrap();
		forge(&path, |file| {
			file["secret"]["kdf"]["memory_kib"] = json!(u32::MAX)
		});
		assert!(matches!(
			keyring.signer("main", &given("p")),
			Err(Error::Corrupted { .. })
		));
		fs::write(&path, &sound).unwrap();
		forge(&path, |file| file["version"] = json!(2));
		assert!(matches!(
			keyring.signer("main", &given("p")),
			Err(Error::NewerFormat { .. })
		));
	}

	#[test]
	fn one_damaged_file_does_not_hide_the_others() {
		let (_home, keyring) = keyring();
		keyring.create("a", &given("p")).unwrap();
		keyring.create("b", &given("p")).unwrap();
		edit(&keyring.path("a"), |file| file["public"] = json!(ALICE));
		let listed = keyring.list().unwrap();
		assert_eq!(
			listed
				.iter()
				.map(|key| key.name.as_str())
				.collect::<Vec<_>>(),
			["a", "b"]
		);
		assert!(matches!(listed[0].account, Err(Error::Corrupted { .. })));
		assert_eq!(
			*listed[1].account.as_ref().unwrap(),
			keyring.account("b").unwrap()
		);
	}

	#[cfg(unix)]
	#[test]
	fn only_the_owner_reads_keys() {
		let (_home, keyring) = keyring();
		keyring.create("main", &given("p")).unwrap();
		keyring.receipt_key_or_new(None).unwrap();
		assert_eq!(mode(&keyring.path("main")), 0o600);
		assert_eq!(mode(&keyring.path("receipt")), 0o600);
		assert_eq!(mode(&keyring.folder), 0o700);
	}

	#[test]
	fn a_key_is_never_overwritten() {
		let (_home, keyring) = keyring();
		keyring.create("main", &given("p")).unwrap();
		let before = fs::read(keyring.path("main")).unwrap();
		assert!(matches!(
			keyring.create("main", &given("p")),
			Err(Error::Exists(_))
		));
		let file = KeyFile::new(
			Kind::Receipt,
			String::new(),
			Secret::NoneDevelopmentOnly {
				seed: String::new(),
			},
		);
		assert!(matches!(
			keyring.write("main", &file),
			Err(Error::Exists(_))
		));
		assert_eq!(fs::read(keyring.path("main")).unwrap(), before);
		let left = fs::read_dir(&keyring.folder).unwrap().count();
		assert_eq!(left, 1, "no temporary file stays");
	}

	#[test]
	fn a_passphrase_file_may_end_with_a_line_break() {
		let (home, keyring) = keyring();
		keyring.create("main", &given("a passphrase")).unwrap();
		let file = home.path().join("passphrase");
		for text in ["a passphrase", "a passphrase\n", "a passphrase\r\n"] {
			fs::write(&file, text).unwrap();
			assert!(keyring
				.signer("main", &Passphrase::File(file.clone()))
				.is_ok());
		}
		let missing = Passphrase::File(home.path().join("missing"));
		let error = keyring.signer("main", &missing).unwrap_err();
		assert!(
			error
				.to_string()
				.starts_with("GUERDON_PASSPHRASE_FILE names"),
			"{error}"
		);
	}

	#[test]
	fn a_home_has_one_receipt_key() {
		let (_home, keyring) = keyring();
		assert_eq!(keyring.receipt_public_key().unwrap(), None);
		for passphrase in [None, Some(&given("p"))] {
			let none = keyring.receipt_key(passphrase);
			assert!(matches!(none, Err(Error::NoReceiptKey(_))));
		}
		assert_eq!(
			fs::read_dir(&keyring.folder).unwrap().count(),
			0,
			"asking makes none"
		);
		let key = keyring.receipt_key_or_new(None).unwrap();
		assert_eq!(
			keyring.receipt_key(None).unwrap().to_bytes(),
			key.to_bytes()
		);
		assert_eq!(
			keyring.receipt_public_key().unwrap(),
			Some(public_key(&key))
		);
		let file = fs::read_to_string(keyring.path("receipt")).unwrap();
		assert!(file.contains("none-development-only"));
		assert!(matches!(
			keyring.receipt_key_or_new(Some(&given("p"))),
			Err(Error::InTheClear(_))
		));
	}

	#[test]
	fn a_sealed_receipt_key_stays_sealed() {
		let (_home, keyring) = keyring();
		let key = keyring.receipt_key_or_new(Some(&given("p"))).unwrap();
		assert_eq!(
			keyring.receipt_key(Some(&given("p"))).unwrap().to_bytes(),
			key.to_bytes()
		);
		for opened in [keyring.receipt_key(None), keyring.receipt_key_or_new(None)] {
			assert!(matches!(opened, Err(Error::Sealed(_))));
		}
		let wrong = keyring.receipt_key(Some(&given("q")));
		assert!(matches!(wrong, Err(Error::WrongPassphrase(name)) if name == "receipt"));
		let file = fs::read_to_string(keyring.path("receipt")).unwrap();
		assert!(!file.contains(&hex::encode(key.to_bytes())));
	}

	#[test]
	fn the_standing_cost_opens_what_it_sealed() {
		let (home, _) = keyring();
		let keyring = Keyring::open(home.path()).unwrap();
		keyring.create("main", &given("p")).unwrap();
		assert!(keyring.signer("main", &given("p")).is_ok());
		let file = fs::read_to_string(keyring.path("main")).unwrap();
		assert!(file.contains("\"memory_kib\": 65536"), "{file}");
	}
}
