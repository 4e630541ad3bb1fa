//! Receipts for other people's tools: DSSE envelopes and in-toto Statements v1 (feature `std`).

use crate::{
	pae,
	sign::{judge, SigningKey},
	Attestation, PublicKey, Receipt, Signature, ATTESTATION_TYPE, RECEIPT_TYPE,
};
use base64::{
	engine::general_purpose::{STANDARD, URL_SAFE},
	Engine as _,
};
use ed25519_dalek::Signer as _;
use serde_json::{json, Value};

/// DSSE payload type of an in-toto Statement.
pub const IN_TOTO_TYPE: &str = "application/vnd.in-toto+json";
/// `_type` of an in-toto Statement v1.
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
/// `predicateType` of our statements.
pub const PREDICATE_TYPE: &str = "urn:guerdon:predicate:receipt:v1";

/// A signature and the key it was made with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeyedSignature {
	/// The signer's public key; its lower-case hex is the envelope's `keyid`.
	pub key: PublicKey,
	/// ed25519 over the payload's pre-authentication encoding.
	pub signature: Signature,
}

/// What an envelope carries, not yet judged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Opened {
	/// `payloadType`.
	pub payload_type: String,
	/// The payload's bytes.
	pub payload: Vec<u8>,
	/// The signatures whose `keyid` is one of our keys; others are left out.
	pub signatures: Vec<KeyedSignature>,
}

/// Why an envelope is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EnvelopeError {
	/// Not a DSSE envelope: a member is missing, has another type, or is no base64.
	Malformed,
	/// The payload is not of the type asked for.
	WrongType,
	/// The payload is not exactly one value of its type.
	BadPayload,
	/// No signature by the key holds under both rules.
	NotSigned,
}

impl core::fmt::Display for EnvelopeError {
	fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
		f.write_str(match self {
			Self::Malformed => "not a DSSE envelope",
			Self::WrongType => "the envelope holds another type of payload",
			Self::BadPayload => "the payload is not exactly one value of its type",
			Self::NotSigned => "the key did not sign the payload",
		})
	}
}

impl core::error::Error for EnvelopeError {}

/// A DSSE envelope around any payload.
pub fn envelope(payload_type: &str, payload: &[u8], signatures: &[KeyedSignature]) -> Value {
	let signatures: Vec<Value> = signatures
		.iter()
		.map(|by| json!({ "keyid": hex::encode(by.key), "sig": STANDARD.encode(by.signature) }))
		.collect();
	json!({
		"payload": STANDARD.encode(payload),
		"payloadType": payload_type,
		"signatures": signatures,
	})
}

/// The DSSE envelope of a receipt. Its signature is the contributor's, the one that the chain checks.
pub fn dsse_envelope(receipt: &Receipt, signatures: &[KeyedSignature]) -> Value {
	envelope(RECEIPT_TYPE, &receipt.bytes(), signatures)
}

/// The DSSE envelope of an attestation. Its signature is the attestor's, the one that the chain
/// checks.
pub fn attestation_envelope(attestation: &Attestation, signatures: &[KeyedSignature]) -> Value {
	envelope(ATTESTATION_TYPE, &attestation.bytes(), signatures)
}

/// The in-toto Statement v1 about a receipt's result: the fields in readable form, and the envelopes
/// that carry the chain's signatures. The statement itself is unsigned; see [`in_toto_envelope`].
///
/// `u64` numbers are decimal strings, since JSON readers round them.
pub fn in_toto_statement(
	receipt: &Receipt,
	contributor: &KeyedSignature,
	attestations: &[(Attestation, KeyedSignature)],
) -> Value {
	let attestations: Vec<Value> = attestations
		.iter()
		.map(|(attestation, by)| embed(&attestation_envelope(attestation, &[*by])))
		.collect();
	json!({
		"_type": STATEMENT_TYPE,
		"subject": [{
			"name": format!("run/{}/task/{}/result", receipt.run, receipt.task),
			"digest": { "blake3": hex::encode(receipt.result) },
		}],
		"predicateType": PREDICATE_TYPE,
		"predicate": {
			"version": receipt.version,
			"id": hex::encode(receipt.id()),
			"genesis": hex::encode(receipt.genesis),
			"run": receipt.run.to_string(),
			"task": receipt.task,
			"contributor": hex::encode(receipt.contributor),
			"baseModel": { "digest": { "blake3": hex::encode(receipt.base_model) } },
			"steps": receipt.steps,
			"evidence": hex::encode(receipt.evidence),
			"metricBeforePpm": receipt.metric_before,
			"metricAfterPpm": receipt.metric_after,
			"validUntilBlock": receipt.valid_until,
			"receiptEnvelope": embed(&dsse_envelope(receipt, &[*contributor])),
			"attestationEnvelopes": attestations,
		},
	})
}

/// Wraps a statement in DSSE, signed by whoever exports it.
pub fn in_toto_envelope(statement: &Value, exporter: &SigningKey) -> Value {
	let payload = statement.to_string().into_bytes();
	let by = KeyedSignature {
		key: crate::sign::public_key(exporter),
		signature: exporter.sign(&pae(IN_TOTO_TYPE, &payload)).to_bytes(),
	};
	envelope(IN_TOTO_TYPE, &payload, &[by])
}

/// Reads an envelope without judging it. Base64 may be of either alphabet, as DSSE asks.
pub fn open(envelope: &Value) -> Result<Opened, EnvelopeError> {
	let text = |value: Option<&Value>| {
		value
			.and_then(Value::as_str)
			.map(str::to_owned)
			.ok_or(EnvelopeError::Malformed)
	};
	let mut signatures = Vec::new();
	for by in envelope
		.get("signatures")
		.and_then(Value::as_array)
		.filter(|by| !by.is_empty())
		.ok_or(EnvelopeError::Malformed)?
	{
		let signature = decode(&text(by.get("sig"))?)?;
		let mut key = [0; 32];
		let keyid = by.get("keyid").and_then(Value::as_str).unwrap_or_default();
		if let (Ok(()), Ok(signature)) = (
			hex::decode_to_slice(keyid, &mut key),
			Signature::try_from(signature),
		) {
			signatures.push(KeyedSignature { key, signature });
		}
	}
	Ok(Opened {
		payload_type: text(envelope.get("payloadType"))?,
		payload: decode(&text(envelope.get("payload"))?)?,
		signatures,
	})
}

/// Reads an envelope's payload if it is of this type and `key` signed it, by both rules.
pub fn open_signed(
	envelope: &Value,
	payload_type: &str,
	key: &PublicKey,
) -> Result<Vec<u8>, EnvelopeError> {
	let opened = open(envelope)?;
	if opened.payload_type != payload_type {
		return Err(EnvelopeError::WrongType);
	}
	let message = pae(payload_type, &opened.payload);
	if !opened
		.signatures
		.iter()
		.any(|by| by.key == *key && judge(key, &message, &by.signature).both())
	{
		return Err(EnvelopeError::NotSigned);
	}
	Ok(opened.payload)
}

/// Reads a receipt that `key`, its contributor's, signed.
pub fn open_receipt(envelope: &Value, key: &PublicKey) -> Result<Receipt, EnvelopeError> {
	let bytes = open_signed(envelope, RECEIPT_TYPE, key)?;
	Receipt::from_bytes(&bytes).map_err(|_| EnvelopeError::BadPayload)
}

/// Reads an attestation that `key`, its attestor's, signed.
pub fn open_attestation(envelope: &Value, key: &PublicKey) -> Result<Attestation, EnvelopeError> {
	let bytes = open_signed(envelope, ATTESTATION_TYPE, key)?;
	Attestation::from_bytes(&bytes).ok_or(EnvelopeError::BadPayload)
}

/// Undoes how a statement carries the receipt's and the attestations' envelopes.
pub fn unembed(member: &Value) -> Result<Value, EnvelopeError> {
	let bytes = decode(member.as_str().ok_or(EnvelopeError::Malformed)?)?;
	serde_json::from_slice(&bytes).map_err(|_| EnvelopeError::Malformed)
}

fn embed(envelope: &Value) -> Value {
	Value::String(STANDARD.encode(envelope.to_string()))
}

fn decode(text: &str) -> Result<Vec<u8>, EnvelopeError> {
	STANDARD
		.decode(text)
		.or_else(|_| URL_SAFE.decode(text))
		.map_err(|_| EnvelopeError::Malformed)
}
