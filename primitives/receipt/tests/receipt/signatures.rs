//! Keys, and signatures on which the rules differ. `tests/signatures.json` holds the cases in a form
//! that other crates and other languages can read; it is generated here, and
//! `UPDATE_VECTORS=FILE cargo test` writes them to a file.

use super::{attestation, numbered, receipt};
use curve25519_dalek::{
	constants::{ED25519_BASEPOINT_POINT as B, EIGHT_TORSION},
	edwards::CompressedEdwardsY,
	EdwardsPoint, Scalar,
};
use guerdon_receipt::{
	check_key, possession_bytes, sample_bytes,
	sign::{
		decide, judge, public_key, sign_attestation, sign_possession, sign_receipt, sign_sample,
		strict_verdict, SigningKey, Verdict,
	},
	KeyError, PublicKey, Signature,
};
use serde_json::{json, Value};
use sha2::{Digest as _, Sha512};
use std::collections::BTreeSet;

struct Case {
	name: String,
	key: PublicKey,
	message: Vec<u8>,
	signature: Signature,
	/// What each rule must say, and whether the key may be registered.
	chain: bool,
	strict: bool,
	registrable: bool,
}

/// The encoding of 2^255 - 19 + `above`, for `above` below 19, without a sign.
fn prime_plus(above: u8) -> [u8; 32] {
	let mut bytes = [0xff; 32];
	bytes[0] = 0xed + above;
	bytes[31] = 0x7f;
	bytes
}

fn with_sign(mut bytes: [u8; 32]) -> [u8; 32] {
	bytes[31] |= 0x80;
	bytes
}

/// All encodings of points of small order, found by trying: each torsion point's y, either sign, and
/// y + p where that fits into 255 bits.
fn small_order_encodings() -> BTreeSet<[u8; 32]> {
	let mut found = BTreeSet::new();
	for point in EIGHT_TORSION {
		let mut y = point.compress().0;
		y[31] &= 0x7f;
		found.extend([y, with_sign(y)]);
		if y[1..] == [0; 31] && y[0] < 19 {
			found.extend([prime_plus(y[0]), with_sign(prime_plus(y[0]))]);
		}
	}
	found
}

/// The encodings that a point has beside its canonical one, and those of no point at all.
fn non_canonical_encodings() -> BTreeSet<[u8; 32]> {
	let mut one = [0; 32];
	one[0] = 1;
	let mut minus_one = prime_plus(0);
	minus_one[0] = 0xec;
	(0..19)
		.flat_map(|above| [prime_plus(above), with_sign(prime_plus(above))])
		.chain([with_sign(one), with_sign(minus_one)])
		.collect()
}

fn challenge(r: &[u8; 32], key: &PublicKey, message: &[u8]) -> Scalar {
	let hash = Sha512::new()
		.chain_update(r)
		.chain_update(key)
		.chain_update(message)
		.finalize();
	Scalar::from_bytes_mod_order_wide(&hash.into())
}

fn join(r: [u8; 32], s: Scalar) -> Signature {
	[r, s.to_bytes()].concat().try_into().unwrap()
}

fn forge(secret: Scalar, key: PublicKey, nonce: Scalar, r: [u8; 32], message: &[u8]) -> Signature {
	join(r, nonce + challenge(&r, &key, message) * secret)
}

fn point(bytes: [u8; 32]) -> EdwardsPoint {
	CompressedEdwardsY(bytes).decompress().unwrap()
}

/// The first of a series of messages whose challenge does, or does not, cancel the torsion.
fn message_where(r: &[u8; 32], key: &PublicKey, torsion: EdwardsPoint, cancels: bool) -> Vec<u8> {
	(0u32..)
		.map(|count| format!("torsion in the key {count}").into_bytes())
		.find(|message| {
			let left = torsion * challenge(r, key, message);
			(left == EdwardsPoint::default()) == cancels
		})
		.unwrap()
}

fn cases() -> Vec<Case> {
	let mut cases = Vec::new();
	let mut add = |name: String, key, message: &[u8], signature, chain, strict, registrable| {
		let message = message.to_vec();
		cases.push(Case {
			name,
			key,
			message,
			signature,
			chain,
			strict,
			registrable,
		});
	};

	let signer = SigningKey::from_bytes(&[1; 32]);
	let honest = public_key(&signer);
	let message = receipt().pae();
	let signature = sign_receipt(&signer, &receipt());
	add(
		"honest receipt".into(),
		honest,
		&message,
		signature,
		true,
		true,
		true,
	);
	add(
		"honest, other message".into(),
		honest,
		b"other",
		signature,
		false,
		false,
		true,
	);
	let other = public_key(&SigningKey::from_bytes(&[2; 32]));
	add(
		"honest, other key".into(),
		other,
		&message,
		signature,
		false,
		false,
		true,
	);
	add(
		"zero signature by an honest key".into(),
		honest,
		&message,
		[0; 64],
		false,
		false,
		true,
	);

	// S + the group order: the same equation holds, every rule refuses it.
	let mut large = signature;
	let mut carry = 0u16;
	let order = Scalar::ZERO - Scalar::ONE;
	for (index, (byte, add)) in large[32..].iter_mut().zip(order.to_bytes()).enumerate() {
		let sum = u16::from(*byte) + u16::from(add) + carry + u16::from(index == 0);
		*byte = sum as u8;
		carry = sum >> 8;
	}
	add(
		"S not reduced".into(),
		honest,
		&message,
		large,
		false,
		false,
		true,
	);

	let message = b"a message".to_vec();
	let secret = signer.to_scalar();
	let nonce = Scalar::from(0x5eed_u64);
	for (index, torsion) in EIGHT_TORSION.into_iter().enumerate().skip(1) {
		let r = (B * nonce + torsion).compress().0;
		let signature = forge(secret, honest, nonce, r, &message);
		add(
			format!("R with torsion {index}"),
			honest,
			&message,
			signature,
			true,
			false,
			true,
		);

		let key = (B * secret + torsion).compress().0;
		let r = (B * nonce).compress().0;
		for cancels in [false, true] {
			let message = message_where(&r, &key, torsion, cancels);
			let signature = forge(secret, key, nonce, r, &message);
			let name = format!("key with torsion {index}, cancelled: {cancels}");
			add(name, key, &message, signature, true, cancels, true);
		}
	}
	for (index, r) in small_order_encodings().into_iter().enumerate() {
		let signature = forge(secret, honest, Scalar::ZERO, r, &message);
		add(
			format!("R of small order {index}"),
			honest,
			&message,
			signature,
			true,
			false,
			true,
		);
	}
	for (index, key) in small_order_encodings().into_iter().enumerate() {
		for message in [b"".as_slice(), b"any message at all"] {
			let name = format!("key of small order {index}, zero signature");
			add(name, key, message, [0; 64], true, false, false);
		}
		let r = (B * nonce).compress().0;
		let name = format!("key of small order {index}, R in the prime-order group");
		add(name, key, &message, join(r, nonce), true, false, false);
		let r = with_sign(prime_plus(1));
		let name = format!("key of small order {index}, R not canonical");
		add(
			name,
			key,
			&message,
			join(r, Scalar::ZERO),
			true,
			false,
			false,
		);
	}
	// Not canonical and of full order: nobody knows a secret for these, so nothing verifies.
	for (index, key) in non_canonical_encodings().into_iter().enumerate() {
		if !small_order_encodings().contains(&key) {
			let name = format!("key not canonical {index}, zero signature");
			add(name, key, &message, [0; 64], false, false, false);
		}
	}
	cases
}

#[test]
fn the_rules_say_what_the_table_says_and_decide_is_the_chains_rule() {
	for case in cases() {
		let Case {
			name,
			key,
			message,
			signature,
			chain,
			strict,
			registrable,
		} = case;
		assert_eq!(check_key(&key).is_ok(), registrable, "{name}: registrable");
		let on_chain = sp_io::crypto::ed25519_verify(
			&sp_core::ed25519::Signature::from_raw(signature),
			&message,
			&sp_core::ed25519::Public::from_raw(key),
		);
		assert_eq!(on_chain, chain, "{name}: chain");
		let verdict = judge(&key, &message, &signature);
		assert_eq!(
			verdict,
			Verdict {
				chain: on_chain,
				strict
			},
			"{name}"
		);
		assert_eq!(verdict.both(), chain && strict, "{name}");
	}
}

#[test]
fn decide_is_the_chains_rule_on_bent_signatures_too() {
	let signer = SigningKey::from_bytes(&[3; 32]);
	let message = receipt().pae();
	let signature = sign_receipt(&signer, &receipt());
	for bit in (0..512).step_by(7) {
		let mut bent = signature;
		bent[bit / 8] ^= 1 << (bit % 8);
		let on_chain = sp_io::crypto::ed25519_verify(
			&sp_core::ed25519::Signature::from_raw(bent),
			&message,
			&sp_core::ed25519::Public::from_raw(public_key(&signer)),
		);
		assert!(!on_chain, "bit {bit}");
		assert!(!decide(&public_key(&signer), &message, &bent), "bit {bit}");
		assert!(
			!strict_verdict(&public_key(&signer), &message, &bent),
			"bit {bit}"
		);
	}
}

#[test]
fn vectors_are_those_in_the_file() {
	let generated: Vec<Value> = cases()
		.into_iter()
		.map(|case| {
			json!({
				"name": case.name,
				"key": hex::encode(case.key),
				"message": hex::encode(case.message),
				"signature": hex::encode(case.signature),
				"chain": case.chain,
				"strict": case.strict,
				"registrable": case.registrable,
			})
		})
		.collect();
	if let Some(path) = std::env::var_os("UPDATE_VECTORS") {
		let lines: Vec<String> = generated.iter().map(Value::to_string).collect();
		std::fs::write(path, format!("[\n{}\n]\n", lines.join(",\n"))).unwrap();
	}
	let stored: Vec<Value> = serde_json::from_str(include_str!("../signatures.json")).unwrap();
	assert_eq!(stored, generated);
}

#[test]
fn all_14_small_order_encodings_are_refused() {
	let encodings = small_order_encodings();
	assert_eq!(encodings.len(), 14);
	for key in encodings {
		assert!(point(key).is_small_order());
		assert_eq!(
			check_key(&key),
			Err(KeyError::SmallOrder),
			"{}",
			hex::encode(key)
		);
		assert!(
			decide(&key, b"any message", &[0; 64]),
			"{}",
			hex::encode(key)
		);
	}
}

#[test]
fn every_encoding_that_is_not_canonical_is_refused() {
	let encodings = non_canonical_encodings();
	assert_eq!(encodings.len(), 40);
	let small = small_order_encodings();
	for key in encodings {
		let expected = if small.contains(&key) {
			KeyError::SmallOrder
		} else {
			KeyError::NotCanonical
		};
		assert_eq!(check_key(&key), Err(expected), "{}", hex::encode(key));
		if let Some(point) = CompressedEdwardsY(key).decompress() {
			assert_ne!(point.compress().0, key);
			assert_eq!(point.is_small_order(), expected == KeyError::SmallOrder);
		}
	}
}

#[test]
fn what_is_just_below_the_prime_is_canonical() {
	for (lowest, expected) in [
		(0xec, Err(KeyError::SmallOrder)),
		(0xeb, Ok(())),
		(0, Ok(())),
	] {
		let mut key = prime_plus(0);
		key[0] = lowest;
		assert_eq!(check_key(&key), expected);
		assert_eq!(check_key(&with_sign(key)), expected);
	}
	let mut key = prime_plus(5);
	key[17] = 0xfe;
	assert_eq!(check_key(&key), Ok(()));
	let mut key = prime_plus(5);
	key[31] = 0x7e;
	assert_eq!(check_key(&key), Ok(()));
}

#[test]
fn honest_keys_are_accepted() {
	for index in 0..10_000 {
		let key = public_key(&SigningKey::from_bytes(&numbered(index)));
		assert_eq!(
			check_key(&key),
			Ok(()),
			"secret {}",
			hex::encode(numbered(index))
		);
	}
}

#[test]
fn what_our_software_signs_passes_both_rules() {
	let signer = SigningKey::from_bytes(&[4; 32]);
	let key = public_key(&signer);
	let id = receipt().id();
	let signed = sign_attestation(&signer, &attestation());
	assert_eq!(signed.attestation(id), attestation());
	let signatures = [
		(receipt().pae(), sign_receipt(&signer, &receipt())),
		(attestation().pae(), signed.signature),
		(sample_bytes(&id), sign_sample(&signer, &id)),
		(
			possession_bytes(&[1; 32], &[2; 32], &key),
			sign_possession(&signer, &[1; 32], &[2; 32]),
		),
	];
	for (signs, (message, _)) in signatures.iter().enumerate() {
		for (made, (_, signature)) in signatures.iter().enumerate() {
			assert_eq!(judge(&key, message, signature).both(), signs == made);
		}
	}
	assert_eq!(sign_sample(&signer, &id), sign_sample(&signer, &id));
}
