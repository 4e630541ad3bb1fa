//! What is asked of a publisher, and in which form it answers.

use codec::{Decode, DecodeAll, Encode};
use crypto_box::{aead::OsRng, PublicKey, SecretKey};
use guerdon_content::sealed::Opening;
use guerdon_receipt::{pae, sign, AccountBytes, DatasetId, Digest, RunId, TaskIndex};
use serde::{Deserialize, Serialize};
use subxt_signer::sr25519;
use zeroize::Zeroizing;

/// DSSE payload type of a [`KeyRequest`].
const KEY_REQUEST_TYPE: &str = "application/vnd.guerdon.key-request.v1+scale";

/// What the keys are for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Purpose {
	/// Doing or checking a task.
	#[codec(index = 0)]
	Task(TaskIndex),
	/// Appraising the run.
	#[codec(index = 1)]
	Appraisal,
}

impl std::fmt::Display for Purpose {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		match self {
			Purpose::Task(task) => write!(f, "task {task}"),
			Purpose::Appraisal => f.write_str("appraisal"),
		}
	}
}

/// Asks for the keys that something needs.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct KeyRequest {
	/// The chain.
	pub genesis: Digest,
	/// The dataset.
	pub dataset: DatasetId,
	/// The run.
	pub run: RunId,
	/// What for.
	pub purpose: Purpose,
	/// Who asks, and signs.
	pub requester: AccountBytes,
	/// Height of a recent finalized block.
	pub block: u32,
	/// Its hash.
	pub block_hash: Digest,
	/// X25519 key, made for this request alone, that the answer is sealed to.
	pub reply_to: [u8; 32],
}

impl KeyRequest {
	/// What is signed: the DSSE pre-authentication encoding of the bytes, in the brackets that wallets
	/// put around what is no transaction.
	pub fn message(&self) -> Vec<u8> {
		let pae = pae(KEY_REQUEST_TYPE, &self.encode());
		[b"<Bytes>", pae.as_slice(), b"</Bytes>"].concat()
	}

	/// Signs it with the key of an account.
	pub fn sign(&self, signer: &sr25519::Keypair) -> SignedRequest {
		self.with(&Signature::Sr25519(signer.sign(&self.message()).0))
	}

	fn with(&self, signature: &Signature) -> SignedRequest {
		SignedRequest {
			request: hex::encode(self.encode()),
			signature: hex::encode(signature.encode()),
		}
	}
}

/// By an account's key. The bytes are those of the chain's own `MultiSignature`.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
enum Signature {
	#[codec(index = 0)]
	Ed25519([u8; 64]),
	#[codec(index = 1)]
	Sr25519([u8; 64]),
}

/// A request as it is sent.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SignedRequest {
	/// SCALE of the [`KeyRequest`], in hex.
	pub request: String,
	/// SCALE of a `MultiSignature`, in hex.
	pub signature: String,
}

impl SignedRequest {
	/// The request, whoever signed it.
	pub fn request(&self) -> Option<KeyRequest> {
		let bytes = hex::decode(&self.request).ok()?;
		KeyRequest::decode_all(&mut bytes.as_slice()).ok()
	}

	/// Whether it is signed with the key of the account that it names.
	pub fn is_signed(&self, request: &KeyRequest) -> bool {
		let bytes = hex::decode(&self.signature).ok();
		let signature = bytes.and_then(|bytes| Signature::decode_all(&mut bytes.as_slice()).ok());
		let (message, by) = (request.message(), &request.requester);
		match signature {
			Some(Signature::Sr25519(signature)) => sr25519::verify(
				&sr25519::Signature(signature),
				message,
				&sr25519::PublicKey(*by),
			),
			Some(Signature::Ed25519(signature)) => sign::judge(by, &message, &signature).both(),
			None => false,
		}
	}
}

/// What a publisher gives out. Whoever gets it checks every part: nothing of it is believed.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub(super) struct Release {
	/// The first segment.
	pub(super) first: u64,
	/// What opens it and those after it.
	pub(super) openings: Vec<Opening>,
	/// The dataset's document, in canonical form.
	pub(super) document: Vec<u8>,
	/// What shows the plaintext's root in the document, when every segment is opened.
	pub(super) blinding: Option<[u8; 32]>,
}

impl Release {
	/// For the eyes of who has the other half of a request's key.
	pub(super) fn seal(&self, reply_to: &[u8; 32]) -> Option<Vec<u8>> {
		let bytes = Zeroizing::new(self.encode());
		PublicKey::from(*reply_to).seal(&mut OsRng, &bytes).ok()
	}

	pub(super) fn open(sealed: &[u8], reply_key: &SecretKey) -> Option<Self> {
		let bytes = Zeroizing::new(reply_key.unseal(sealed).ok()?);
		Release::decode_all(&mut bytes.as_slice()).ok()
	}
}

#[cfg(test)]
pub(super) mod fixtures {
	use super::*;

	pub fn request(requester: AccountBytes) -> KeyRequest {
		KeyRequest {
			genesis: [1; 32],
			dataset: 2,
			run: 3,
			purpose: Purpose::Task(4),
			requester,
			block: 100,
			block_hash: [6; 32],
			reply_to: [7; 32],
		}
	}
}

#[cfg(test)]
mod tests {
	use super::{fixtures::request, *};
	use guerdon_content::Cursor;
	use guerdon_receipt::sign::SigningKey;
	use subxt_signer::sr25519::dev;

	#[test]
	fn what_is_signed_is_frozen() {
		let message = request([5; 32]).message();
		let head = b"<Bytes>DSSEv1 44 application/vnd.guerdon.key-request.v1+scale 153 ";
		assert!(message.starts_with(head));
		assert!(message.ends_with(b"</Bytes>"));
		let bytes = request([5; 32]).encode();
		assert_eq!(message[head.len()..message.len() - 8], bytes[..]);
		let expected = [
			&"01".repeat(32),
			"0200000000000000",
			"0300000000000000",
			"0004000000",
			&"05".repeat(32),
			"64000000",
			&"06".repeat(32),
			&"07".repeat(32),
		];
		assert_eq!(hex::encode(bytes), expected.concat());
		assert_eq!(Purpose::Appraisal.encode(), [1]);
	}

	#[test]
	fn a_request_counts_when_the_key_of_its_account_signed_it() {
		let alice = dev::alice();
		let signed = request(alice.public_key().0).sign(&alice);
		let read = signed.request().unwrap();
		assert_eq!(read, request(alice.public_key().0));
		assert!(signed.is_signed(&read));
		let forged = request(alice.public_key().0).sign(&dev::bob());
		assert!(!forged.is_signed(&forged.request().unwrap()));
		let mut changed = read.clone();
		changed.run = 9;
		assert!(!signed.is_signed(&changed));
		for broken in ["", "00", "zz", &"03".repeat(65)] {
			let broken = SignedRequest {
				signature: broken.into(),
				..signed.clone()
			};
			assert!(!broken.is_signed(&read));
		}
		let cut = SignedRequest {
			request: signed.request[2..].into(),
			..signed
		};
		assert_eq!(cut.request(), None);
	}

	#[test]
	fn accounts_of_the_other_kind_of_key_sign_too() {
		use guerdon_receipt::sign::public_key;
		let key = SigningKey::from_bytes(&[3; 32]);
		let request = request(public_key(&key));
		let by = |key: &SigningKey| {
			use ed25519_dalek::Signer;
			Signature::Ed25519(key.sign(&request.message()).to_bytes())
		};
		assert!(request.with(&by(&key)).is_signed(&request));
		let other = SigningKey::from_bytes(&[4; 32]);
		assert!(!request.with(&by(&other)).is_signed(&request));
	}

	#[test]
	fn an_answer_is_for_who_asked_alone() {
		let release = Release {
			first: 3,
			openings: vec![Opening {
				key: [9; 32],
				start: Cursor::default(),
			}],
			document: b"{}".to_vec(),
			blinding: Some([8; 32]),
		};
		let mine = SecretKey::generate(&mut OsRng);
		let sealed = release.seal(mine.public_key().as_bytes()).unwrap();
		assert!(!sealed.windows(32).any(|window| window == [9; 32]));
		assert!(Release::open(&sealed, &mine) == Some(release.clone()));
		assert_ne!(
			release.seal(mine.public_key().as_bytes()),
			Some(sealed.clone())
		);
		let theirs = SecretKey::generate(&mut OsRng);
		assert!(Release::open(&sealed, &theirs).is_none());
		let mut changed = sealed;
		*changed.last_mut().unwrap() ^= 1;
		assert!(Release::open(&changed, &mine).is_none());
	}
}
