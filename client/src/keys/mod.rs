//! The keys of a HOME: account keys by name, and one receipt key.
//!
//! An account key is an sr25519 key from a mnemonic, sealed under a passphrase. Only a development
//! key, `//Name`, is ever named by what it is made of: a secret on a command line is in the shell's
//! history and in every process list.
//!
//! The receipt key, ed25519, signs receipts and attestations. A daemon uses it without asking, so it
//! lies in the clear where the account is a development key too, and says so in its file.

mod account;
mod error;
mod file;
#[cfg(test)]
mod fixtures;
mod keyring;
mod name;
mod passphrase;

pub use account::{parse_account, ss58};
pub use error::Error;
pub use keyring::{Keyring, Listed};
pub use passphrase::{ask, Passphrase, PASSPHRASE_FILE};
pub use subxt_signer::{ExposeSecret, SecretString};
