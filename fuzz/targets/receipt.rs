//! Receipts, attestations and evidence proofs in SCALE; DSSE envelopes and in-toto statements in
//! JSON. What is read has one encoding only, and nothing but the receipt's own words is believed.
#![no_main]

use codec::{Decode, DecodeAll, Encode};
use guerdon_fuzz::seeds;
use guerdon_receipt::{
	check_key, evidence, export::*, sampled_steps, sign::*, Attestation, EvidenceProof, Receipt,
	SignedAttestation, Work, RECEIPT_VERSION,
};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fn key(seed: u8) -> SigningKey {
	SigningKey::from_bytes(&[seed; 32])
}

fn receipt() -> Receipt {
	Receipt {
		version: RECEIPT_VERSION,
		genesis: [1; 32],
		run: 2,
		task: 3,
		contributor: [4; 32],
		base_model: [5; 32],
		result: [6; 32],
		steps: 7,
		evidence: [8; 32],
		metric_before: 9,
		metric_after: 10,
		valid_until: 11,
	}
}

fn made() -> Vec<Vec<u8>> {
	let receipt = receipt();
	let signed = |key: &SigningKey, signature| KeyedSignature {
		key: public_key(key),
		signature,
	};
	let contributor = signed(&key(1), sign_receipt(&key(1), &receipt));
	let attestation = Attestation {
		receipt: receipt.id(),
		attestor: [12; 32],
		states: [13; 32],
	};
	let travelling = sign_attestation(&key(2), &attestation);
	let attestor = signed(&key(2), travelling.signature);
	let statement = in_toto_statement(&receipt, &contributor, &[(attestation.clone(), attestor)]);
	let states = [[1; 32], [2; 32], [3; 32], [4; 32], [5; 32]];
	let proof = evidence::prove(&states, 3).expect("there is such a step");
	let scale = |kind: u8, bytes: Vec<u8>| [vec![kind], bytes].concat();
	let json = |kind: u8, value: &Value| scale(kind, value.to_string().into_bytes());
	let proven = (evidence::root(&states), 5u32, 3u32, states[3], proof).encode();
	let work = Work::Train {
		dataset: 1,
		first: 2,
		count: 3,
		passes: 4,
	};
	vec![
		scale(0, receipt.bytes()),
		scale(1, attestation.bytes()),
		scale(2, travelling.encode()),
		scale(3, proven),
		scale(4, work.encode()),
		json(5, &statement),
		json(5, &in_toto_statement(&receipt, &contributor, &[])),
		json(6, &dsse_envelope(&receipt, &[contributor])),
		json(6, &attestation_envelope(&attestation, &[attestor])),
		json(6, &in_toto_envelope(&statement, &key(3))),
		scale(
			7,
			[
				public_key(&key(1)).to_vec(),
				contributor.signature.to_vec(),
				receipt.pae(),
			]
			.concat(),
		),
	]
}

/// What decodes is the encoding of what it decodes to.
fn one_encoding<T: Decode + Encode>(mut bytes: &[u8]) -> Option<T> {
	let whole = bytes;
	let value = T::decode_all(&mut bytes).ok()?;
	assert_eq!(value.encode(), whole);
	Some(value)
}

fn statement(given: &Value) {
	let Ok(opened) = open_statement(given) else {
		return;
	};
	let predicate = &given["predicate"];
	let said = |name: &str| predicate[name].as_str().map(str::to_owned);
	assert_eq!(said("id"), Some(hex::encode(opened.receipt.id())));
	assert_eq!(said("run"), Some(opened.receipt.run.to_string()));
	assert_eq!(
		given["subject"][0]["digest"]["blake3"],
		hex::encode(opened.receipt.result)
	);
	let envelopes = predicate["attestationEnvelopes"].as_array().map(Vec::len);
	assert_eq!(envelopes, Some(opened.attestations.len()));
	// Nothing can be added to a statement that is read.
	let mut more = given.clone();
	more["predicate"]["more"] = Value::Null;
	assert!(open_statement(&more).is_err());
}

fn envelope_of(given: &Value) {
	let Ok(opened) = open(given) else {
		return;
	};
	for by in &opened.signatures {
		let Some(key) = by.key else { continue };
		if let Ok(payload) = open_signed(given, &opened.payload_type, &key) {
			assert_eq!(payload, opened.payload);
		}
	}
	let key = public_key(&key(1));
	if let Ok(read) = open_receipt(given, &key) {
		// The only receipt that this key has signed.
		assert_eq!(read, receipt());
	}
}

fuzz_target!(init: seeds(made), |data: &[u8]| {
	let Some((kind, bytes)) = data.split_first() else {
		return;
	};
	match kind {
		0 => {
			let strict = Receipt::from_bytes(bytes);
			let loose = one_encoding::<Receipt>(bytes);
			assert!(loose.is_none() || bytes.len() == Receipt::LENGTH);
			let known = loose.filter(|receipt| receipt.version == RECEIPT_VERSION);
			assert_eq!(strict.ok(), known);
		}
		1 => {
			let read = one_encoding::<Attestation>(bytes);
			assert_eq!(Attestation::from_bytes(bytes), read);
		}
		2 => {
			one_encoding::<SignedAttestation>(bytes);
		}
		3 => {
			type Proven = ([u8; 32], u32, u32, [u8; 32], EvidenceProof);
			let Some((root, steps, step, digest, proof)) = one_encoding::<Proven>(bytes) else {
				return;
			};
			if evidence::verify(&root, steps, step, &digest, &proof) {
				assert!(step < steps && proof.path.len() <= 32);
				let later = steps.saturating_add(1);
				assert!(!evidence::verify(&root, later, step, &digest, &proof));
			}
		}
		4 => {
			one_encoding::<Work>(bytes);
		}
		5 => {
			if let Ok(given) = serde_json::from_slice(bytes) {
				statement(&given);
			}
		}
		6 => {
			if let Ok(given) = serde_json::from_slice(bytes) {
				envelope_of(&given);
			}
		}
		_ => {
			let Some((key, rest)) = bytes.split_first_chunk::<32>() else {
				return;
			};
			let Some((signature, message)) = rest.split_first_chunk::<64>() else {
				return;
			};
			let judged = judge(key, message, signature);
			// The strict rule takes away from the chain's, and adds nothing.
			assert!(judged.chain || !judged.strict);
			if check_key(key).is_ok() && judged.both() && *key == public_key(&self::key(1)) {
				assert_eq!(message, receipt().pae());
			}
			let steps = sampled_steps(signature, u32::from(signature[0]), u32::from(signature[1]));
			assert!(steps.is_sorted_by(|a, b| a < b));
			assert_eq!(steps.len(), usize::from(signature[0].min(signature[1])));
		}
	}
});
