#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::{collections::BTreeSet, format, vec::Vec};
use codec::{Decode, DecodeAll, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

pub mod committee;
pub mod evidence;
#[cfg(feature = "std")]
pub mod export;
mod hash;
mod keys;
#[cfg(feature = "std")]
pub mod sign;
mod work;

pub use evidence::EvidenceProof;
pub use keys::{check_key, KeyError};
pub use work::{Role, Work};

use hash::{blake2_256, Words};

/// Number of a dataset version, handed out by the chain.
pub type DatasetId = u64;
/// Number of a run, handed out by the chain.
pub type RunId = u64;
/// Number of a pool of money, handed out by the chain.
pub type PoolId = u64;
/// Number of a task within its run, from 0.
pub type TaskIndex = u32;
/// Number of a round within its run, from 0.
pub type Round = u16;
/// Number of an epoch of the chain.
pub type Epoch = u64;
/// A 256-bit digest: blake2b-256 unless a field says otherwise.
pub type Digest = [u8; 32];
/// An account id of the chain.
pub type AccountBytes = [u8; 32];
/// The 32-byte encoding of an ed25519 public key.
pub type PublicKey = [u8; 32];
/// The 64-byte encoding of an ed25519 signature.
pub type Signature = [u8; 64];

/// The only receipt version there is.
pub const RECEIPT_VERSION: u8 = 1;
/// DSSE payload type of a [`Receipt`].
pub const RECEIPT_TYPE: &str = "application/vnd.guerdon.receipt.v1+scale";
/// DSSE payload type of an [`Attestation`].
pub const ATTESTATION_TYPE: &str = "application/vnd.guerdon.attestation.v1+scale";
/// DSSE payload type of a proof of possession, see [`possession_bytes`].
pub const POSSESSION_TYPE: &str = "application/vnd.guerdon.possession.v1+scale";
/// DSSE payload type of what an attestor signs to learn its steps, see [`sample_bytes`].
pub const SAMPLE_TYPE: &str = "application/vnd.guerdon.sample.v1+scale";

/// Signed evidence that a task was done. It never says what it is worth: the task does.
///
/// Decoding through `Decode` accepts any version, as call data must; see [`Receipt::from_bytes`]
/// for the strict reading.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct Receipt {
	/// [`RECEIPT_VERSION`].
	pub version: u8,
	/// Hash of block 0 of the chain that the receipt is for.
	pub genesis: Digest,
	/// The run.
	pub run: RunId,
	/// The task, which fixes the work and the units.
	pub task: TaskIndex,
	/// To whom the task was dealt.
	pub contributor: AccountBytes,
	/// Content root (BLAKE3) of the model that the work started from.
	pub base_model: Digest,
	/// Content root (BLAKE3) of what the work produced.
	pub result: Digest,
	/// How many steps were executed; the evidence has one leaf for each.
	pub steps: u32,
	/// [`evidence::root`] of the states after each step.
	pub evidence: Digest,
	/// Correct answers per million on the public validation set, before the work.
	pub metric_before: u32,
	/// Correct answers per million on the public validation set, after the work.
	pub metric_after: u32,
	/// Last block in which the chain accepts the receipt.
	pub valid_until: u32,
}

/// Why bytes are no receipt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReceiptError {
	/// The bytes are not exactly one receipt's encoding: too short, or something follows.
	Malformed,
	/// The version is not [`RECEIPT_VERSION`].
	UnknownVersion,
}

impl core::fmt::Display for ReceiptError {
	fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
		f.write_str(match self {
			Self::Malformed => "not the bytes of exactly one receipt",
			Self::UnknownVersion => "receipt version is not known",
		})
	}
}

impl core::error::Error for ReceiptError {}

impl Receipt {
	/// Length of [`Receipt::bytes`], whatever the values are.
	pub const LENGTH: usize = 189;

	/// The canonical bytes.
	pub fn bytes(&self) -> Vec<u8> {
		self.encode()
	}

	/// Reads canonical bytes: a known version, and nothing after the last field.
	pub fn from_bytes(bytes: &[u8]) -> Result<Self, ReceiptError> {
		let mut bytes = bytes;
		let receipt = Self::decode_all(&mut bytes).map_err(|_| ReceiptError::Malformed)?;
		if receipt.version != RECEIPT_VERSION {
			return Err(ReceiptError::UnknownVersion);
		}
		Ok(receipt)
	}

	/// blake2b-256 of the canonical bytes.
	pub fn id(&self) -> Digest {
		blake2_256(&[&self.bytes()])
	}

	/// What the contributor signs.
	pub fn pae(&self) -> Vec<u8> {
		pae(RECEIPT_TYPE, &self.bytes())
	}
}

/// What an attestor vouches for: the states that it recomputed for a receipt's drawn steps.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct Attestation {
	/// [`Receipt::id`].
	pub receipt: Digest,
	/// The attestor's account.
	pub attestor: AccountBytes,
	/// [`states_digest`] of what it recomputed.
	pub states: Digest,
}

impl Attestation {
	/// Length of [`Attestation::bytes`].
	pub const LENGTH: usize = 96;

	/// The canonical bytes.
	pub fn bytes(&self) -> Vec<u8> {
		self.encode()
	}

	/// Reads canonical bytes; `None` when they are not exactly one attestation's.
	pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
		let mut bytes = bytes;
		Self::decode_all(&mut bytes).ok()
	}

	/// blake2b-256 of the canonical bytes.
	pub fn id(&self) -> Digest {
		blake2_256(&[&self.bytes()])
	}

	/// What the attestor signs.
	pub fn pae(&self) -> Vec<u8> {
		pae(ATTESTATION_TYPE, &self.bytes())
	}
}

/// An attestation as it travels with its receipt, whose id it therefore leaves out.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct SignedAttestation {
	/// The attestor's account.
	pub attestor: AccountBytes,
	/// [`states_digest`] of what it recomputed.
	pub states: Digest,
	/// ed25519 over [`Attestation::pae`].
	pub signature: Signature,
}

impl SignedAttestation {
	/// The attestation that the signature covers, for the receipt with this id.
	pub fn attestation(&self, receipt: Digest) -> Attestation {
		Attestation {
			receipt,
			attestor: self.attestor,
			states: self.states,
		}
	}
}

/// DSSE v1 pre-authentication encoding: `"DSSEv1" SP LEN(type) SP type SP LEN(body) SP body`, the
/// lengths in ASCII decimal.
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
	let head = format!(
		"DSSEv1 {} {} {} ",
		payload_type.len(),
		payload_type,
		payload.len()
	);
	[head.as_bytes(), payload].concat()
}

/// What a proof of possession signs, so that nobody registers a key that it does not hold, and a
/// proof shown once is of no use to another account or on another chain.
pub fn possession_bytes(genesis: &Digest, account: &AccountBytes, key: &PublicKey) -> Vec<u8> {
	pae(POSSESSION_TYPE, &[*genesis, *account, *key].concat())
}

/// What an attestor signs to learn which steps of a receipt it re-executes.
pub fn sample_bytes(receipt_id: &Digest) -> Vec<u8> {
	pae(SAMPLE_TYPE, receipt_id)
}

/// The steps that an attestor re-executes, from its signature over [`sample_bytes`]: distinct,
/// ascending, all below `steps`, and all of them when `samples >= steps`.
///
/// Every set of that size is equally likely (Floyd's sampling; Bentley and Floyd, 1987).
pub fn sampled_steps(signature: &Signature, steps: u32, samples: u32) -> Vec<u32> {
	let Some(untouched) = steps.checked_sub(samples) else {
		return (0..steps).collect();
	};
	let mut words = Words::new(b"guerdon/step/v1\0", &blake2_256(&[signature]), &[]);
	let mut chosen = BTreeSet::new();
	for last in untouched..steps {
		let drawn = words.up_to(last.into());
		let drawn = u32::try_from(drawn).unwrap_or(last);
		if !chosen.insert(drawn) {
			chosen.insert(last);
		}
	}
	chosen.into_iter().collect()
}

/// What [`Attestation::states`] binds: the list of (step, digest of the state recomputed after it).
pub fn states_digest(samples: &[(u32, Digest)]) -> Digest {
	blake2_256(&[b"guerdon/states/v1", &samples.encode()])
}
