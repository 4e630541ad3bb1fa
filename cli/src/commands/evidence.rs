//! A receipt with its signatures: where to find it, and whether it holds.

use crate::{
	blocks::{error, Blocks},
	context::Context,
	fail::usage,
	output,
};
use anyhow::{Context as _, Result};
use guerdon_client::chain::{
	api::{self, Kind, ReceiptView},
	View,
};
use guerdon_receipt::{
	export::{open, unembed, KeyedSignature},
	sign::judge,
	Attestation, Digest, PublicKey, Receipt, ATTESTATION_TYPE, RECEIPT_TYPE,
};
use serde_json::Value;
use std::path::Path;

/// A receipt with everything that was signed about it.
pub struct Evidence {
	/// The receipt.
	pub receipt: Receipt,
	/// Its contributor's signature, where the key is known.
	pub contributor: Option<KeyedSignature>,
	/// What attestors signed.
	pub attestations: Vec<(Attestation, KeyedSignature)>,
}

/// Finds the receipt with its signatures in the block that accepted it. The chain's state keeps
/// only what money depends on.
pub async fn from_block(context: &Context, view: &View, found: &ReceiptView) -> Result<Evidence> {
	let block = Blocks::connect(context)
		.await?
		.at(found.receipt.height)
		.await?;
	let extrinsics = block.extrinsics().fetch().await.map_err(error)?;
	for call in extrinsics.find::<api::training::calls::Submit>() {
		for item in call.map_err(error)?.items.0 {
			if item.receipt.id() != found.id {
				continue;
			}
			let keys = Keys::read(view, found).await?;
			let signed = |key: Option<PublicKey>, signature| {
				key.map(|key| KeyedSignature { key, signature })
			};
			return Ok(Evidence {
				contributor: signed(keys.contributor, item.signature),
				attestations: item
					.attestations
					.0
					.iter()
					.filter_map(|by| {
						let signed = signed(keys.attestor(&by.attestor), by.signature)?;
						Some((by.attestation(found.id), signed))
					})
					.collect(),
				receipt: item.receipt.0,
			});
		}
	}
	Err(anyhow::anyhow!(
		"block {} accepted the receipt, but holds no plain `training.submit` with it: it was sent \
		 inside another call, or the node has forgotten that block",
		found.receipt.height
	))
}

/// The keys that must have signed, as the chain knows them.
pub struct Keys {
	contributor: Option<PublicKey>,
	attestors: Vec<([u8; 32], PublicKey)>,
}

impl Keys {
	/// Reads them at a block.
	pub async fn read(view: &View, found: &ReceiptView) -> Result<Self> {
		let contributor = view.enrolment(found.run, &found.task.contributor).await?;
		let seats = view.seats(Kind::Attestor).await?;
		Ok(Keys {
			contributor: contributor.map(|enrolment| enrolment.key),
			attestors: seats
				.into_iter()
				.map(|seat| (seat.account.0, seat.key))
				.collect(),
		})
	}

	fn attestor(&self, account: &[u8; 32]) -> Option<PublicKey> {
		self.attestors
			.iter()
			.find(|(found, _)| found == account)
			.map(|(_, key)| *key)
	}
}

/// Reads a file that `export` wrote. Whose keys signed is not judged here.
pub fn from_file(path: &Path) -> Result<Evidence> {
	let name = path.display();
	let bytes = std::fs::read(path).map_err(|error| usage(format!("{name}: {error}")))?;
	let value: Value = serde_json::from_slice(&bytes)
		.map_err(|error| usage(format!("{name} is no JSON: {error}")))?;
	evidence(&value).map_err(|error| usage(format!("{name}: {error}")))
}

fn evidence(value: &Value) -> Result<Evidence> {
	let (receipt, attestations) = match value {
		Value::Array(envelopes) => {
			let (receipt, attestations) = envelopes.split_first().context("no envelopes")?;
			(receipt.clone(), attestations.to_vec())
		}
		_ if value.get("payloadType").is_some() => (value.clone(), Vec::new()),
		_ => {
			let predicate = &value["predicate"];
			let attestations = predicate["attestationEnvelopes"].as_array();
			let attestations = attestations.context("it is no statement about a receipt")?;
			let attestations = attestations
				.iter()
				.map(unembed)
				.collect::<Result<Vec<_>, _>>()?;
			(unembed(&predicate["receiptEnvelope"])?, attestations)
		}
	};
	let opened = open(&receipt)?;
	if opened.payload_type != RECEIPT_TYPE {
		return Err(usage("the first envelope holds no receipt"));
	}
	let mut found = Evidence {
		receipt: Receipt::from_bytes(&opened.payload)?,
		contributor: opened.signatures.first().copied(),
		attestations: Vec::new(),
	};
	for envelope in &attestations {
		let opened = open(envelope)?;
		if opened.payload_type != ATTESTATION_TYPE {
			return Err(usage("an envelope holds no attestation"));
		}
		let attestation = Attestation::from_bytes(&opened.payload).context("no attestation")?;
		let by = opened
			.signatures
			.first()
			.context("an attestation is not signed")?;
		found.attestations.push((attestation, *by));
	}
	Ok(found)
}

/// One thing that was checked.
pub struct Check {
	/// What.
	pub what: String,
	/// Whether it holds.
	pub holds: bool,
}

/// Everything that can be said about a receipt, given what the chain keeps of it.
pub fn judge_all(
	evidence: &Evidence,
	found: &ReceiptView,
	keys: &Keys,
	genesis: &Digest,
	quorum: u8,
) -> Vec<Check> {
	let receipt = &evidence.receipt;
	let id = receipt.id();
	let check = |what: &str, holds: bool| Check {
		what: what.into(),
		holds,
	};
	let mut checks = vec![
		check("it is the accepted receipt", id == found.id),
		check("it is for this chain", receipt.genesis == *genesis),
		check(
			"it is for the task, by whom the task was dealt to",
			receipt.run == found.run
				&& receipt.task == found.receipt.task
				&& receipt.contributor == found.task.contributor.0,
		),
		check(
			"it starts from the task's model",
			receipt.base_model == found.task.base_model,
		),
		check(
			"result and metrics are those on chain",
			receipt.result == found.receipt.result
				&& (receipt.metric_before, receipt.metric_after) == found.receipt.metric,
		),
	];
	let by = evidence
		.contributor
		.filter(|by| Some(by.key) == keys.contributor);
	let verdict = by.map(|by| judge(&by.key, &receipt.pae(), &by.signature));
	checks.push(check(
		"the contributor's enrolled key signed it (the chain's rule, ZIP-215)",
		verdict.is_some_and(|verdict| verdict.chain),
	));
	checks.push(check(
		"the same by the strict rule",
		verdict.is_some_and(|verdict| verdict.strict),
	));
	let mut bits = 0u16;
	for (attestation, by) in &evidence.attestations {
		let seat = found
			.task
			.committee
			.0
			.iter()
			.position(|at| at.0 == attestation.attestor);
		let known = keys.attestor(&attestation.attestor) == Some(by.key);
		let verdict = judge(&by.key, &attestation.pae(), &by.signature);
		let holds = known && attestation.receipt == id && verdict.both();
		if let (Some(seat), true) = (seat, holds) {
			bits |= 1 << seat;
		}
		let who = output::address(&attestation.attestor.into());
		let what = format!("{who} is of the committee and signed it, by both rules");
		checks.push(Check {
			what,
			holds: holds && seat.is_some(),
		});
	}
	let count = bits.count_ones();
	let what = format!("{count} signed, {quorum} must");
	checks.push(Check {
		what,
		holds: count >= u32::from(quorum),
	});
	checks.push(check(
		"the chain counted the same signers",
		bits == found.receipt.signers,
	));
	checks
}

#[cfg(test)]
mod tests {
	use super::*;
	use guerdon_receipt::export::{attestation_envelope, dsse_envelope, in_toto_statement};
	use guerdon_receipt::sign::{public_key, sign_attestation, sign_receipt, SigningKey};
	use serde_json::json;

	fn signed() -> (Evidence, SigningKey, SigningKey) {
		let (key, attestor) = (
			SigningKey::from_bytes(&[1; 32]),
			SigningKey::from_bytes(&[2; 32]),
		);
		let receipt = Receipt {
			version: 1,
			genesis: [9; 32],
			run: 3,
			task: 4,
			contributor: [5; 32],
			base_model: [6; 32],
			result: [7; 32],
			steps: 10,
			evidence: [8; 32],
			metric_before: 100,
			metric_after: 900,
			valid_until: 50,
		};
		let attestation = Attestation {
			receipt: receipt.id(),
			attestor: [4; 32],
			states: [3; 32],
		};
		let contributor = KeyedSignature {
			key: public_key(&key),
			signature: sign_receipt(&key, &receipt),
		};
		let by = KeyedSignature {
			key: public_key(&attestor),
			signature: sign_attestation(&attestor, &attestation).signature,
		};
		let evidence = Evidence {
			receipt,
			contributor: Some(contributor),
			attestations: vec![(attestation, by)],
		};
		(evidence, key, attestor)
	}

	#[test]
	fn both_forms_of_export_are_read_back() {
		let (made, ..) = signed();
		let by = made.contributor.unwrap();
		let statement = in_toto_statement(&made.receipt, &by, &made.attestations);
		let envelopes = json!([
			dsse_envelope(&made.receipt, &[by]),
			attestation_envelope(&made.attestations[0].0, &[made.attestations[0].1]),
		]);
		for value in [statement, envelopes] {
			let read = evidence(&value).unwrap();
			assert_eq!(read.receipt, made.receipt);
			assert_eq!(read.contributor, made.contributor);
			assert_eq!(read.attestations, made.attestations);
		}
		assert!(evidence(&json!({})).is_err());
		assert!(evidence(&json!([])).is_err());
	}
}
