//! Signing, and the two rules by which a signature is judged (feature `std`).
//!
//! What the chain accepts is decided by ZIP-215. Clients ask [`judge`], go by
//! [`Verdict::chain`] when they say what the chain will do, and neither co-sign nor submit what is not
//! [`Verdict::both`].

use crate::{
	possession_bytes, sample_bytes, AccountBytes, Attestation, Digest, PublicKey, Receipt,
	Signature, SignedAttestation,
};
use ed25519_dalek::{Signer as _, VerifyingKey};
use ed25519_zebra::VerificationKey;

pub use ed25519_dalek::SigningKey;

/// The key's public half.
pub fn public_key(key: &SigningKey) -> PublicKey {
	key.verifying_key().to_bytes()
}

/// Signs a receipt, as its contributor.
pub fn sign_receipt(key: &SigningKey, receipt: &Receipt) -> Signature {
	key.sign(&receipt.pae()).to_bytes()
}

/// Signs an attestation, in the form in which it travels.
pub fn sign_attestation(key: &SigningKey, attestation: &Attestation) -> SignedAttestation {
	SignedAttestation {
		attestor: attestation.attestor,
		states: attestation.states,
		signature: key.sign(&attestation.pae()).to_bytes(),
	}
}

/// The signature from which [`crate::sampled_steps`] takes the steps to re-execute.
pub fn sign_sample(key: &SigningKey, receipt_id: &Digest) -> Signature {
	key.sign(&sample_bytes(receipt_id)).to_bytes()
}

/// Proves that whoever registers the key for an account holds it.
pub fn sign_possession(key: &SigningKey, genesis: &Digest, account: &AccountBytes) -> Signature {
	key.sign(&possession_bytes(genesis, account, &public_key(key)))
		.to_bytes()
}

/// The chain's rule, ZIP-215: cofactored, and any encoding of key and R.
pub fn decide(key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
	VerificationKey::try_from(*key)
		.is_ok_and(|key| key.verify(&(*signature).into(), message).is_ok())
}

/// The stricter rule of `ed25519_dalek::VerifyingKey::verify_strict`: no cofactor, and neither key
/// nor R of small order.
pub fn strict_verdict(key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
	VerifyingKey::from_bytes(key)
		.is_ok_and(|key| key.verify_strict(message, &(*signature).into()).is_ok())
}

/// Both rules on one signature.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Verdict {
	/// [`decide`].
	pub chain: bool,
	/// [`strict_verdict`].
	pub strict: bool,
}

impl Verdict {
	/// Whether our software co-signs and submits it.
	pub fn both(self) -> bool {
		self.chain && self.strict
	}
}

/// Judges a signature by both rules.
pub fn judge(key: &PublicKey, message: &[u8], signature: &Signature) -> Verdict {
	Verdict {
		chain: decide(key, message, signature),
		strict: strict_verdict(key, message, signature),
	}
}
