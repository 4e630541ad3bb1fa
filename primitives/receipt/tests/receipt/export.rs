use super::{attestation, receipt};
use base64::{
	engine::general_purpose::{STANDARD, URL_SAFE},
	Engine as _,
};
use guerdon_receipt::{
	export::{
		attestation_envelope, dsse_envelope, in_toto_envelope, in_toto_statement, open,
		open_attestation, open_receipt, open_signed, open_statement, unembed, EnvelopeError,
		HintedSignature, KeyedSignature, IN_TOTO_TYPE,
	},
	pae,
	sign::{decide, public_key, sign_attestation, sign_receipt, strict_verdict, SigningKey},
	Attestation, Receipt, ATTESTATION_TYPE, RECEIPT_TYPE,
};
use serde_json::{json, Value};

fn key(byte: u8) -> SigningKey {
	SigningKey::from_bytes(&[byte; 32])
}

fn by_contributor() -> KeyedSignature {
	KeyedSignature {
		key: public_key(&key(1)),
		signature: sign_receipt(&key(1), &receipt()),
	}
}

fn by_attestor(byte: u8) -> (Attestation, KeyedSignature) {
	let attestation = Attestation {
		attestor: [byte; 32],
		..attestation()
	};
	let signature = sign_attestation(&key(byte), &attestation).signature;
	(
		attestation,
		KeyedSignature {
			key: public_key(&key(byte)),
			signature,
		},
	)
}

fn hinted(by: KeyedSignature) -> HintedSignature {
	HintedSignature {
		key: Some(by.key),
		signature: by.signature,
	}
}

fn reparse(value: &Value) -> Value {
	serde_json::from_str(&value.to_string()).unwrap()
}

#[test]
fn envelope_has_the_members_of_dsse_and_nothing_else() {
	let by = by_contributor();
	assert_eq!(
		reparse(&dsse_envelope(&receipt(), &[by])),
		json!({
			"payload": STANDARD.encode(receipt().bytes()),
			"payloadType": "application/vnd.guerdon.receipt.v1+scale",
			"signatures": [{
				"keyid": hex::encode(by.key),
				"sig": STANDARD.encode(by.signature),
			}],
		})
	);
}

#[test]
fn exported_receipt_verifies_from_its_text_alone() {
	let envelope = reparse(&dsse_envelope(&receipt(), &[by_contributor()]));
	let payload = STANDARD
		.decode(envelope["payload"].as_str().unwrap())
		.unwrap();
	let signature = STANDARD
		.decode(envelope["signatures"][0]["sig"].as_str().unwrap())
		.unwrap();
	let message = pae(envelope["payloadType"].as_str().unwrap(), &payload);
	let signature = signature.try_into().unwrap();
	let key = public_key(&key(1));
	assert!(decide(&key, &message, &signature));
	assert!(strict_verdict(&key, &message, &signature));
	assert_eq!(Receipt::from_bytes(&payload).unwrap().id(), receipt().id());
	assert_eq!(open_receipt(&envelope, &key), Ok(receipt()));
}

#[test]
fn url_safe_base64_and_foreign_signatures_are_read_too() {
	let mut envelope = dsse_envelope(&receipt(), &[by_contributor()]);
	envelope["payload"] = json!(URL_SAFE.encode(receipt().bytes()));
	envelope["signatures"][0]["sig"] = json!(URL_SAFE.encode(by_contributor().signature));
	let ours = envelope["signatures"][0].clone();
	envelope["signatures"] = json!([{ "sig": "AAAA" }, { "keyid": "x509", "sig": "" }, ours]);
	assert_eq!(
		open(&envelope).unwrap().signatures,
		[hinted(by_contributor())]
	);
	assert_eq!(
		open_receipt(&envelope, &by_contributor().key),
		Ok(receipt())
	);
}

#[test]
fn a_signature_holds_whatever_its_keyid_says() {
	let by = by_contributor();
	let envelope = dsse_envelope(&receipt(), &[by]);
	let other = hex::encode(public_key(&key(2)));
	for (keyid, hint) in [
		(None, None),
		(Some(json!(null)), None),
		(Some(json!("SHA256:abc")), None),
		(Some(json!(other)), Some(public_key(&key(2)))),
	] {
		let mut envelope = envelope.clone();
		let members = envelope["signatures"][0].as_object_mut().unwrap();
		members.remove("keyid");
		members.extend(keyid.map(|keyid| ("keyid".into(), keyid)));
		assert_eq!(
			open(&envelope).unwrap().signatures,
			[HintedSignature {
				key: hint,
				signature: by.signature
			}]
		);
		assert_eq!(open_receipt(&envelope, &by.key), Ok(receipt()));
		assert_eq!(
			open_receipt(&envelope, &public_key(&key(2))),
			Err(EnvelopeError::NotSigned),
			"a hint is no signature"
		);
	}
}

#[test]
fn tampered_envelopes_are_refused() {
	let by = by_contributor();
	let envelope = dsse_envelope(&receipt(), &[by]);
	let other = Receipt {
		metric_after: 999_999,
		..receipt()
	};
	assert_eq!(
		open_receipt(&dsse_envelope(&other, &[by]), &by.key),
		Err(EnvelopeError::NotSigned)
	);
	assert_eq!(
		open_receipt(&envelope, &public_key(&key(2))),
		Err(EnvelopeError::NotSigned),
		"somebody else's key"
	);
	assert_eq!(
		open_attestation(&envelope, &by.key),
		Err(EnvelopeError::WrongType)
	);

	let mut relabelled = envelope.clone();
	relabelled["payloadType"] = json!(ATTESTATION_TYPE);
	assert_eq!(
		open_attestation(&relabelled, &by.key),
		Err(EnvelopeError::NotSigned)
	);

	for member in ["payload", "payloadType", "signatures"] {
		let mut missing = envelope.clone();
		missing.as_object_mut().unwrap().remove(member);
		assert_eq!(open(&missing), Err(EnvelopeError::Malformed), "{member}");
	}
	let mut unsigned = envelope.clone();
	unsigned["signatures"] = json!([]);
	assert_eq!(open(&unsigned), Err(EnvelopeError::Malformed));
	let mut garbled = envelope.clone();
	garbled["payload"] = json!("not base64!");
	assert_eq!(open(&garbled), Err(EnvelopeError::Malformed));
	assert_eq!(open(&json!("text")), Err(EnvelopeError::Malformed));
}

#[test]
fn signed_bytes_that_are_no_receipt_are_refused() {
	use ed25519_dalek::Signer as _;
	let version_2 = Receipt {
		version: 2,
		..receipt()
	}
	.bytes();
	let trailing = [receipt().bytes(), vec![0]].concat();
	for payload in [version_2, trailing, vec![]] {
		let signature = key(1).sign(&pae(RECEIPT_TYPE, &payload)).to_bytes();
		let by = KeyedSignature {
			key: public_key(&key(1)),
			signature,
		};
		let envelope = guerdon_receipt::export::envelope(RECEIPT_TYPE, &payload, &[by]);
		assert_eq!(
			open_receipt(&envelope, &by.key),
			Err(EnvelopeError::BadPayload)
		);
	}
}

#[test]
fn statement_has_the_shape_of_in_toto_v1() {
	let statement = reparse(&in_toto_statement(
		&receipt(),
		&by_contributor(),
		&[by_attestor(5)],
	));
	let mut members: Vec<&String> = statement.as_object().unwrap().keys().collect();
	members.sort();
	assert_eq!(members, ["_type", "predicate", "predicateType", "subject"]);
	assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
	assert_eq!(
		statement["predicateType"],
		"urn:guerdon:predicate:receipt:v1"
	);
	assert_eq!(
		statement["subject"],
		json!([{
			"name": "run/578437695752307201/task/218893066/result",
			"digest": { "blake3": "44".repeat(32) },
		}])
	);
	let predicate = &statement["predicate"];
	assert_eq!(predicate["id"], hex::encode(receipt().id()));
	assert_eq!(
		predicate["run"], "578437695752307201",
		"JSON readers round such numbers"
	);
	assert_eq!(predicate["baseModel"]["digest"]["blake3"], "33".repeat(32));
	assert_eq!(predicate["metricBeforePpm"], 612_345);
	assert_eq!(predicate["metricAfterPpm"], 912_345);
}

#[test]
fn everything_in_a_statement_is_checked_by_what_it_embeds() {
	let attestors = [by_attestor(5), by_attestor(6), by_attestor(7)];
	let statement = in_toto_statement(&receipt(), &by_contributor(), &attestors);
	let exporter = key(9);
	let envelope = reparse(&in_toto_envelope(&statement, &exporter));
	assert_eq!(envelope["payloadType"], "application/vnd.in-toto+json");

	let json = open_signed(&envelope, IN_TOTO_TYPE, &public_key(&exporter)).unwrap();
	let read: Value = serde_json::from_slice(&json).unwrap();
	assert_eq!(read, statement);

	let inner = unembed(&read["predicate"]["receiptEnvelope"]).unwrap();
	let embedded = open_receipt(&inner, &by_contributor().key).unwrap();
	assert_eq!(embedded, receipt());
	assert_eq!(read["predicate"]["id"], hex::encode(embedded.id()));
	assert_eq!(
		read["subject"][0]["digest"]["blake3"],
		hex::encode(embedded.result)
	);

	let inner = read["predicate"]["attestationEnvelopes"]
		.as_array()
		.unwrap();
	assert_eq!(inner.len(), 3);
	for (embedded, (attestation, by)) in inner.iter().zip(&attestors) {
		let embedded = unembed(embedded).unwrap();
		assert_eq!(embedded, attestation_envelope(attestation, &[*by]));
		assert_eq!(
			open_attestation(&embedded, &by.key).as_ref(),
			Ok(attestation)
		);
	}
}

#[test]
fn tampering_with_a_statement_breaks_the_exporters_signature() {
	let exporter = key(9);
	let statement = in_toto_statement(&receipt(), &by_contributor(), &[]);
	let mut envelope = in_toto_envelope(&statement, &exporter);
	let mut other = statement.clone();
	other["predicate"]["metricAfterPpm"] = json!(1_000_000);
	envelope["payload"] = json!(STANDARD.encode(other.to_string()));
	assert_eq!(
		open_signed(&envelope, IN_TOTO_TYPE, &public_key(&exporter)),
		Err(EnvelopeError::NotSigned)
	);
}

#[test]
fn a_statement_is_read_with_the_signatures_in_it() {
	let attestors = [by_attestor(5), by_attestor(6)];
	let statement = in_toto_statement(&receipt(), &by_contributor(), &attestors);
	let opened = open_statement(&reparse(&statement)).unwrap();
	assert_eq!(opened.receipt, receipt());
	assert_eq!(opened.signatures, [hinted(by_contributor())]);
	assert_eq!(
		opened.attestations,
		attestors.map(|(attestation, by)| (attestation, vec![hinted(by)]))
	);
}

/// JSON pointers to everything that a reader sees.
fn readable(value: &Value, at: &str, found: &mut Vec<String>) {
	match value {
		Value::Object(members) => members
			.iter()
			.filter(|(name, _)| !name.ends_with("Envelope") && !name.ends_with("Envelopes"))
			.for_each(|(name, value)| readable(value, &format!("{at}/{name}"), found)),
		Value::Array(items) => items
			.iter()
			.enumerate()
			.for_each(|(index, value)| readable(value, &format!("{at}/{index}"), found)),
		_ => found.push(at.into()),
	}
}

#[test]
fn a_statement_that_shows_anything_else_than_its_receipt_is_refused() {
	let statement = reparse(&in_toto_statement(
		&receipt(),
		&by_contributor(),
		&[by_attestor(5)],
	));
	let mut places = Vec::new();
	readable(&statement, "", &mut places);
	assert_eq!(places.len(), 16, "{places:?}");
	for place in places {
		let mut altered = statement.clone();
		let field = altered.pointer_mut(&place).unwrap();
		*field = match &*field {
			Value::String(text) => json!(format!("{text}0")),
			number => json!(number.as_u64().unwrap() + 1),
		};
		assert_eq!(
			open_statement(&altered),
			Err(EnvelopeError::Altered),
			"{place}"
		);

		let mut missing = statement.clone();
		let (parent, name) = place.rsplit_once('/').unwrap();
		let parent = missing.pointer_mut(parent).unwrap();
		parent.as_object_mut().unwrap().remove(name).unwrap();
		assert_eq!(
			open_statement(&missing),
			Err(EnvelopeError::Altered),
			"{place}"
		);
	}

	let mut more = statement.clone();
	more["predicate"]["score"] = json!(1);
	assert_eq!(open_statement(&more), Err(EnvelopeError::Altered));
	let mut two_subjects = statement.clone();
	let subject = two_subjects["subject"][0].clone();
	two_subjects["subject"]
		.as_array_mut()
		.unwrap()
		.push(subject);
	assert_eq!(open_statement(&two_subjects), Err(EnvelopeError::Altered));

	let other = Receipt {
		metric_after: 1_000_000,
		..receipt()
	};
	let swapped = in_toto_statement(&other, &by_contributor(), &[]);
	let mut grafted = statement.clone();
	grafted["predicate"]["receiptEnvelope"] = swapped["predicate"]["receiptEnvelope"].clone();
	assert_eq!(open_statement(&grafted), Err(EnvelopeError::Altered));
}

#[test]
fn what_is_no_statement_is_refused_as_that() {
	let statement = in_toto_statement(&receipt(), &by_contributor(), &[by_attestor(5)]);
	for member in ["receiptEnvelope", "attestationEnvelopes"] {
		for value in [json!(null), json!("not base64!"), json!(["e30="])] {
			let mut broken = statement.clone();
			broken["predicate"][member] = value;
			assert_eq!(
				open_statement(&broken),
				Err(EnvelopeError::Malformed),
				"{member}"
			);
		}
	}
	assert_eq!(open_statement(&json!({})), Err(EnvelopeError::Malformed));
	let mut mixed = statement.clone();
	mixed["predicate"]["attestationEnvelopes"][0] =
		statement["predicate"]["receiptEnvelope"].clone();
	assert_eq!(open_statement(&mixed), Err(EnvelopeError::WrongType));
}

#[test]
fn the_order_of_an_embedded_envelopes_members_does_not_matter() {
	let by = by_contributor();
	let envelope = format!(
		r#"{{"signatures": [{{"sig": "{}"}}], "payloadType": "{RECEIPT_TYPE}", "payload": "{}"}}"#,
		STANDARD.encode(by.signature),
		STANDARD.encode(receipt().bytes()),
	);
	let mut statement = in_toto_statement(&receipt(), &by, &[]);
	statement["predicate"]["receiptEnvelope"] = json!(STANDARD.encode(envelope));
	let opened = open_statement(&statement).unwrap();
	assert_eq!(opened.receipt, receipt());
	assert_eq!(
		opened.signatures,
		[HintedSignature {
			key: None,
			signature: by.signature
		}]
	);
}
