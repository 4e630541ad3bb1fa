//! Why a key cannot be had.

use super::{
	file::VERSION,
	name::{MAX_NAME, RECEIPT},
	passphrase::PASSPHRASE_FILE,
};
use std::{
	io,
	path::{Path, PathBuf},
};

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

pub(super) fn io_error(path: &Path) -> impl FnOnce(io::Error) -> Error + '_ {
	move |error| Error::Io {
		path: path.to_path_buf(),
		error,
	}
}

pub(super) fn corrupted(path: &Path, why: impl ToString) -> Error {
	Error::Corrupted {
		path: path.into(),
		why: why.to_string(),
	}
}
