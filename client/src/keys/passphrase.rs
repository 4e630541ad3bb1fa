//! Passphrases and where they come from.

use super::Error;
use std::{fs, path::PathBuf};
use subxt_signer::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

/// Names the file with the passphrase of a daemon that nobody sits at.
pub const PASSPHRASE_FILE: &str = "GUERDON_PASSPHRASE_FILE";

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

	pub(super) fn read(&self, question: &str) -> Result<SecretString, Error> {
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
	pub(super) fn choose(&self, question: &str) -> Result<SecretString, Error> {
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
