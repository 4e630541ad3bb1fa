//! The sealed file that a key lies in.

use super::error::{corrupted, Error};
use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::{
	aead::{Aead, Payload},
	KeyInit, XChaCha20Poly1305, XNonce,
};
use serde::{Deserialize, Serialize};
use std::path::Path;
use subxt_signer::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

pub(super) const VERSION: u32 = 1;
const CIPHER: &str = "xchacha20poly1305";
const KDF: &str = "argon2id";
const SALT: usize = 16;
const NONCE: usize = 24;

/// What guessing a passphrase costs.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) struct Cost {
	pub(super) memory_kib: u32,
	pub(super) iterations: u32,
	pub(super) parallelism: u32,
}

impl Cost {
	/// Second choice of RFC 9106, for machines that have not 2 GiB to spare.
	pub(super) const DEFAULT: Cost = Cost {
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
pub(super) struct Kdf {
	name: String,
	#[serde(flatten)]
	cost: Cost,
	salt: String,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "protection", rename_all = "kebab-case")]
pub(super) enum Secret {
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
pub(super) enum Kind {
	Account,
	Receipt,
}

/// A file of the keyring. `checksum` tells damage from a wrong passphrase; what keeps a forger out
/// is the cipher, which authenticates every other field.
#[derive(Serialize, Deserialize)]
pub(super) struct KeyFile {
	version: u32,
	kind: Kind,
	/// SS58 address of an account, hex of a receipt key.
	pub(super) public: String,
	pub(super) secret: Secret,
	#[serde(default, skip_serializing_if = "String::is_empty")]
	checksum: String,
}

pub(super) fn canonical(value: &impl Serialize) -> Vec<u8> {
	serde_json_canonicalizer::to_vec(value).expect("keys are strings and numbers finite; qed")
}

fn authenticated(kind: Kind, public: &str, kdf: &Kdf) -> Vec<u8> {
	canonical(&(VERSION, kind, public, kdf, CIPHER))
}

pub(super) fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>, Error> {
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

pub(super) enum Opening {
	WrongPassphrase,
	Corrupted(String),
}

impl KeyFile {
	pub(super) fn new(kind: Kind, public: String, secret: Secret) -> Self {
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

	/// The file of bytes that were found at `path`, if it is what was written there.
	pub(super) fn parse(path: &Path, bytes: &[u8], kind: Kind) -> Result<Self, Error> {
		#[derive(Deserialize)]
		struct Versioned {
			version: u32,
		}
		let Versioned { version } =
			serde_json::from_slice(bytes).map_err(|error| corrupted(path, error))?;
		if version > VERSION {
			return Err(Error::NewerFormat {
				path: path.into(),
				version,
			});
		}
		let mut file: KeyFile =
			serde_json::from_slice(bytes).map_err(|error| corrupted(path, error))?;
		let checksum = std::mem::take(&mut file.checksum);
		let found = blake3::hash(&Zeroizing::new(canonical(&file)));
		if checksum != hex::encode(found.as_bytes()) {
			return Err(corrupted(path, "its checksum is wrong"));
		}
		if file.kind != kind || version != VERSION {
			return Err(corrupted(path, "it is another kind of key"));
		}
		Ok(file)
	}

	pub(super) fn seal(
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

	pub(super) fn unseal(&self, passphrase: &SecretString) -> Result<Zeroizing<Vec<u8>>, Opening> {
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
