//! Golden bytes and ids. The expected values come from a separate implementation (Python, hashlib).

use super::{attestation, digest, receipt, unhex};
use codec::{Decode, DecodeAll, Encode, MaxEncodedLen};
use guerdon_receipt::{
	pae, possession_bytes, sample_bytes, states_digest, Attestation, Receipt, ReceiptError, Role,
	SignedAttestation, Work, ATTESTATION_TYPE, RECEIPT_TYPE,
};
use proptest::prelude::*;
use sp_io::hashing::blake2_256;

const RECEIPT: &str = "01111111111111111111111111111111111111111111111111111111111111111101020304050607080a0b0c0d222222222222222222222222222222222222222222222222222222222222222233333333333333333333333333333333333333333333333333333333333333334444444444444444444444444444444444444444444444444444444444444444e80300005555555555555555555555555555555555555555555555555555555555555555f9570900d9eb0d00d12f0100";
const RECEIPT_ID: &str = "b36ae8ac80968d0d08af67af9c4d9440a23ee3eb5c361e7e885ca68604e5fb0d";

#[test]
fn receipt_bytes_and_id_are_frozen() {
	assert_eq!(hex::encode(receipt().bytes()), RECEIPT);
	assert_eq!(receipt().bytes().len(), Receipt::LENGTH);
	assert_eq!(Receipt::max_encoded_len(), Receipt::LENGTH);
	assert_eq!(hex::encode(receipt().id()), RECEIPT_ID);
	assert_eq!(
		hex::encode(blake2_256(&receipt().pae())),
		"b0d3ce5a8b7a91e25340032325ee74a2c0ff7146b74edee347d3bde7ab64b68c"
	);
}

#[test]
fn attestation_bytes_and_id_are_frozen() {
	let attestation = attestation();
	let expected = [RECEIPT_ID, &"66".repeat(32), &"77".repeat(32)].concat();
	assert_eq!(hex::encode(attestation.bytes()), expected);
	assert_eq!(Attestation::max_encoded_len(), Attestation::LENGTH);
	assert_eq!(
		hex::encode(attestation.id()),
		"6ac9461ba97c8632875a0a45209cff88b5c791b2c51e3260a105c13b5b61c5dd"
	);
	assert_eq!(
		hex::encode(blake2_256(&attestation.pae())),
		"6842148b11632103b183c02c32cd24b6a4cfdcb80e2e6577b4dacbddc447a81d"
	);
	assert_eq!(
		Attestation::from_bytes(&attestation.bytes()),
		Some(attestation.clone())
	);
	assert_eq!(
		Attestation::from_bytes(&[attestation.bytes(), vec![0]].concat()),
		None
	);
	assert_eq!(Attestation::from_bytes(&attestation.bytes()[1..]), None);
}

#[test]
fn signed_attestation_bytes_are_frozen() {
	let signed = SignedAttestation {
		attestor: [0x66; 32],
		states: [0x77; 32],
		signature: [0x99; 64],
	};
	let expected = ["66".repeat(32), "77".repeat(32), "99".repeat(64)].concat();
	assert_eq!(hex::encode(signed.encode()), expected);
	assert_eq!(SignedAttestation::max_encoded_len(), 128);
	assert_eq!(signed.attestation(receipt().id()), attestation());
}

#[test]
fn work_and_role_bytes_are_frozen() {
	let cases = [
		(
			Work::Train {
				dataset: 9,
				first: 256,
				count: 128,
				passes: 3,
			},
			"0009000000000000000001000000000000800000000300".to_owned(),
		),
		(
			Work::Feedback {
				batch: 4,
				items: 50,
				items_root: [0x88; 32],
			},
			["010400000032000000", &"88".repeat(32)].concat(),
		),
		(Work::Aggregate, "02".to_owned()),
	];
	for (work, expected) in cases {
		assert_eq!(hex::encode(work.encode()), expected);
		assert_eq!(
			Work::decode_all(&mut unhex(&expected).as_slice()).unwrap(),
			work
		);
	}
	assert_eq!(Work::max_encoded_len(), 41);
	for (index, role) in Role::ALL.into_iter().enumerate() {
		assert_eq!(role.index(), index);
		assert_eq!(role.encode(), [index as u8]);
	}
	assert!(Role::decode(&mut [5u8].as_slice()).is_err());
}

#[test]
fn what_else_is_signed_or_bound_is_frozen() {
	assert_eq!(
		hex::encode(blake2_256(&possession_bytes(&[1; 32], &[2; 32], &[3; 32]))),
		"9b65811d4c1195186120218f00612c89b1870abcca2bfa1cc4bfd5e244a509c1"
	);
	assert_eq!(
		hex::encode(blake2_256(&sample_bytes(&digest(RECEIPT_ID)))),
		"48867eff94abc4546926e504ea99e8a2e9877b7860569164075d424c7a09bfcf"
	);
	assert_eq!(
		hex::encode(states_digest(&[(3, [1; 32]), (9, [2; 32])])),
		"f0790a5813d5f2c95a0ced3f24a8d712ed1a8bf1e6d3fbe7a448d80b68603880"
	);
	assert_eq!(
		hex::encode(states_digest(&[])),
		"8f347ba3c0f9734eb1332942aeb0f285cb42b7ff12df237ee62a10a73a64795e"
	);
}

#[test]
fn pae_is_that_of_the_dsse_specification() {
	assert_eq!(
		pae("http://example.com/HelloWorld", b"hello world"),
		b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
	);
	assert_eq!(pae("", b""), b"DSSEv1 0  0 ");
	assert!(receipt()
		.pae()
		.starts_with(b"DSSEv1 40 application/vnd.guerdon.receipt.v1+scale 189 \x01\x11"));
}

#[test]
fn one_signature_never_fits_another_purpose() {
	let id = receipt().id();
	let messages = [
		receipt().pae(),
		attestation().pae(),
		sample_bytes(&id),
		possession_bytes(&id, &[0x66; 32], &[0x77; 32]),
		pae(RECEIPT_TYPE, &attestation().bytes()),
		pae(ATTESTATION_TYPE, &receipt().bytes()),
	];
	for (index, one) in messages.iter().enumerate() {
		assert!(messages[index + 1..].iter().all(|other| other != one));
	}
}

#[test]
fn tampering_with_any_bit_of_a_receipt_changes_its_id() {
	let bytes = receipt().bytes();
	for bit in 0..bytes.len() * 8 {
		let mut tampered = bytes.clone();
		tampered[bit / 8] ^= 1 << (bit % 8);
		let read = Receipt::decode_all(&mut tampered.as_slice()).unwrap();
		assert_eq!(
			read.bytes(),
			tampered,
			"bit {bit}: the encoding is not canonical"
		);
		assert_ne!(read.id(), receipt().id(), "bit {bit}");
		assert_ne!(read.pae(), receipt().pae(), "bit {bit}");
	}
}

#[test]
fn receipt_is_refused_when_short_long_or_of_another_version() {
	let bytes = receipt().bytes();
	assert_eq!(Receipt::from_bytes(&bytes), Ok(receipt()));
	for length in 0..bytes.len() {
		assert_eq!(
			Receipt::from_bytes(&bytes[..length]),
			Err(ReceiptError::Malformed)
		);
	}
	assert_eq!(
		Receipt::from_bytes(&[bytes.clone(), vec![0]].concat()),
		Err(ReceiptError::Malformed)
	);
	for version in (0..=u8::MAX).filter(|version| *version != 1) {
		let other = Receipt {
			version,
			..receipt()
		};
		assert_eq!(
			Receipt::from_bytes(&other.bytes()),
			Err(ReceiptError::UnknownVersion)
		);
	}
}

#[test]
fn possession_is_bound_to_genesis_account_and_key() {
	let base = possession_bytes(&[1; 32], &[2; 32], &[3; 32]);
	assert_ne!(base, possession_bytes(&[9; 32], &[2; 32], &[3; 32]));
	assert_ne!(base, possession_bytes(&[1; 32], &[9; 32], &[3; 32]));
	assert_ne!(base, possession_bytes(&[1; 32], &[2; 32], &[9; 32]));
	assert_ne!(base, possession_bytes(&[2; 32], &[1; 32], &[3; 32]));
}

proptest! {
	#[test]
	fn any_receipt_reads_back(
		genesis: [u8; 32], run: u64, task: u32, contributor: [u8; 32], base_model: [u8; 32],
		result: [u8; 32], steps: u32, evidence: [u8; 32], metric: (u32, u32), valid_until: u32,
	) {
		let receipt = Receipt {
			version: 1, genesis, run, task, contributor, base_model, result, steps, evidence,
			metric_before: metric.0, metric_after: metric.1, valid_until,
		};
		prop_assert_eq!(receipt.bytes().len(), Receipt::LENGTH);
		prop_assert_eq!(Receipt::from_bytes(&receipt.bytes()), Ok(receipt));
	}

	#[test]
	fn states_digests_of_different_lists_differ(
		one in prop::collection::vec((any::<u32>(), any::<[u8; 32]>()), 0..4),
		other in prop::collection::vec((any::<u32>(), any::<[u8; 32]>()), 0..4),
	) {
		prop_assert_eq!(one == other, states_digest(&one) == states_digest(&other));
	}
}
