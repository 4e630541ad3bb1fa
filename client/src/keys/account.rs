//! Accounts as text, and the keys that they are made from.

use super::Error;
use guerdon_receipt::AccountBytes;
use std::str::FromStr;
use subxt::utils::AccountId32;
use subxt_signer::{bip39::Mnemonic, sr25519::Keypair, SecretUri};

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

/// The key that `//Name` stands for.
pub(super) fn development(uri: &str) -> Result<Keypair, Error> {
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

pub(super) fn account_key(mnemonic: &Mnemonic) -> Result<Keypair, Error> {
	Keypair::from_phrase(mnemonic, None).map_err(|error| Error::Mnemonic(error.to_string()))
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::keys::fixtures::{ALICE, ALICE_HEX, PHRASE};

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
}
