//! The receipt key.

use super::Keyring;
use crate::keys::{
	error::{corrupted, Error},
	file::{random, KeyFile, Kind, Secret},
	name::RECEIPT,
	passphrase::Passphrase,
};
use guerdon_receipt::{
	sign::{public_key, SigningKey},
	PublicKey,
};
use zeroize::Zeroizing;

impl Keyring {
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

	/// [`Keyring::receipt_key`], made on first use: sealed when there is a passphrase, and otherwise in
	/// the clear, for development. For whoever is about to tell the chain of it.
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
}
