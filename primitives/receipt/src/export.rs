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

/// A signature as an envelope carries it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HintedSignature {
	/// The key that `keyid` names, where that is one of our keys. DSSE does not sign `keyid`, and
	/// envelopes may lack it: it helps to find the key, and says nothing about who signed.
	pub key: Option<PublicKey>,
	/// The signature.
	pub signature: Signature,
}

/// What an envelope carries, not yet judged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Opened {
	/// `payloadType`.
	pub payload_type: String,
	/// The payload's bytes.
	pub payload: Vec<u8>,
	/// The signatures that are as long as ours, with or without a key; others are left out.
	pub signatures: Vec<HintedSignature>,
}

/// What a statement embeds. Whose keys signed is not yet judged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OpenedStatement {
	/// The receipt.
	pub receipt: Receipt,
	/// The signatures of its envelope.
	pub signatures: Vec<HintedSignature>,
	/// The attestations, each with the signatures of its envelope.
	pub attestations: Vec<(Attestation, Vec<HintedSignature>)>,
}

/// Why an envelope is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EnvelopeError {
	/// Not a DSSE envelope, or no statement that embeds some: a member is missing, has another type, or
	/// is no base64.
	Malformed,
	/// The payload is not of the type asked for.
	WrongType,
	/// The payload is not exactly one value of its type.
	BadPayload,
	/// No signature by the key holds under both rules.
	NotSigned,
	/// A statement shows something else than the receipt that it embeds.
	Altered,
}

impl core::fmt::Display for EnvelopeError {
	fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
		f.write_str(match self {
			Self::Malformed => "neither a DSSE envelope nor a statement that embeds one",
			Self::WrongType => "the envelope holds another type of payload",
			Self::BadPayload => "the payload is not exactly one value of its type",
			Self::NotSigned => "the key did not sign the payload",
			Self::Altered => "the statement was altered: it is not what the receipt in it says",
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
/// that carry the chain's signatures. The statement itself is unsigned: [`open_statement`] compares it
/// with what it embeds, and [`in_toto_envelope`] signs it.
///
/// `u64` numbers are decimal strings, since JSON readers round them.
pub fn in_toto_statement(
	receipt: &Receipt,
	contributor: &KeyedSignature,
	attestations: &[(Attestation, KeyedSignature)],
) -> Value {
	let attestations = attestations
		.iter()
		.map(|(attestation, by)| embed(&attestation_envelope(attestation, &[*by])))
		.collect();
	statement(
		receipt,
		embed(&dsse_envelope(receipt, &[*contributor])),
		attestations,
	)
}

/// The statement about a receipt, around members that embed envelopes.
fn statement(receipt: &Receipt, receipt_envelope: Value, attestation_envelopes: Value) -> Value {
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
			"receiptEnvelope": receipt_envelope,
			"attestationEnvelopes": attestation_envelopes,
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
		let ours = hex::decode_to_slice(keyid, &mut key).is_ok();
		if let Ok(signature) = Signature::try_from(signature) {
			signatures.push(HintedSignature {
				key: ours.then_some(key),
				signature,
			});
		}
	}
	Ok(Opened {
		payload_type: text(envelope.get("payloadType"))?,
		payload: decode(&text(envelope.get("payload"))?)?,
		signatures,
	})
}

fn open_typed(envelope: &Value, payload_type: &str) -> Result<Opened, EnvelopeError> {
	let opened = open(envelope)?;
	if opened.payload_type == payload_type {
		Ok(opened)
	} else {
		Err(EnvelopeError::WrongType)
	}
}

/// Reads an envelope's payload if it is of this type and `key` signed it, by both rules. Every
/// signature is tried, whatever key its `keyid` names.
pub fn open_signed(
	envelope: &Value,
	payload_type: &str,
	key: &PublicKey,
) -> Result<Vec<u8>, EnvelopeError> {
	let opened = open_typed(envelope, payload_type)?;
	let message = pae(payload_type, &opened.payload);
	if !opened
		.signatures
		.iter()
		.any(|by| judge(key, &message, &by.signature).both())
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

/// Reads what a statement embeds, if all else in the statement is exactly what that says. Whose keys
/// signed is for the caller to judge.
pub fn open_statement(given: &Value) -> Result<OpenedStatement, EnvelopeError> {
	let embedded = |name: &str| {
		given
			.get("predicate")
			.and_then(|predicate| predicate.get(name))
			.ok_or(EnvelopeError::Malformed)
	};
	let receipt_envelope = embedded("receiptEnvelope")?;
	let attestation_envelopes = embedded("attestationEnvelopes")?;

	let opened = open_typed(&unembed(receipt_envelope)?, RECEIPT_TYPE)?;
	let receipt = Receipt::from_bytes(&opened.payload).map_err(|_| EnvelopeError::BadPayload)?;
	let mut attestations = Vec::new();
	for envelope in attestation_envelopes
		.as_array()
		.ok_or(EnvelopeError::Malformed)?
	{
		let opened = open_typed(&unembed(envelope)?, ATTESTATION_TYPE)?;
		let attestation =
			Attestation::from_bytes(&opened.payload).ok_or(EnvelopeError::BadPayload)?;
		attestations.push((attestation, opened.signatures));
	}

	// The embedded members are copied, not made again: whoever wrote them may have put the members of
	// an envelope in another order.
	let made = statement(
		&receipt,
		receipt_envelope.clone(),
		attestation_envelopes.clone(),
	);
	if *given != made {
		return Err(EnvelopeError::Altered);
	}
	Ok(OpenedStatement {
		receipt,
		signatures: opened.signatures,
		attestations,
	})
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
