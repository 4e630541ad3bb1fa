//! A receipt with its signatures: where to find it, and whether it holds.

use crate::{
	blocks::{error, Block, Blocks},
	context::Context,
	fail::{refused, usage},
	output,
};
use anyhow::{Context as _, Result};
use guerdon_client::chain::{
	api::{self, Kind, ReceiptView},
	AccountId, At, Chain, View,
};
use guerdon_receipt::{
	export::{
		open, open_signed, open_statement, EnvelopeError, HintedSignature, KeyedSignature, Opened,
		IN_TOTO_TYPE,
	},
	sign::{decide, judge, Verdict},
	Attestation, Digest, PublicKey, Receipt, Signature, ATTESTATION_TYPE, RECEIPT_TYPE,
};
use serde_json::Value;
use std::path::Path;

/// A receipt with everything that was signed about it. Which keys a file names is not kept: only the
/// chain's count.
#[derive(Debug)]
pub struct Evidence {
	/// The receipt.
	pub receipt: Receipt,
	/// Signatures that may be its contributor's.
	pub contributor: Vec<Signature>,
	/// What attestors signed, with the signatures that may be theirs.
	pub attestations: Vec<(Attestation, Vec<Signature>)>,
	/// The key that signed the statement that all this was read from, if one did.
	pub exporter: Option<PublicKey>,
}

impl Evidence {
	/// The same for an export: each signature with the chain's key of its signer.
	pub fn keyed(
		&self,
		keys: &Keys,
	) -> Result<(KeyedSignature, Vec<(Attestation, KeyedSignature)>)> {
		let keyed = |key: Option<PublicKey>, signatures: &[Signature]| {
			let signature = *signatures.first()?;
			Some(KeyedSignature {
				key: key?,
				signature,
			})
		};
		let contributor = keyed(Some(keys.contributor), &self.contributor)
			.context("the contributor did not sign the receipt")?;
		let mut attestations = Vec::new();
		for (attestation, signatures) in &self.attestations {
			let signed = keyed(keys.attestor(&attestation.attestor), signatures);
			let signed = signed.with_context(|| {
				let who = output::address(&attestation.attestor.into());
				format!("the key of attestor {who} is not known")
			})?;
			attestations.push((attestation.clone(), signed));
		}
		Ok((contributor, attestations))
	}
}

/// The block that accepted a receipt, and the keys that must have signed, as they were in its state:
/// an attestor may have left since, and keys with it.
pub async fn accepted(
	context: &Context,
	chain: &Chain,
	found: &ReceiptView,
) -> Result<(Block, Keys)> {
	let height = found.receipt.height;
	let forgotten = || {
		format!(
			"cannot read block {height}, which accepted the receipt: a node that prunes old states \
			 has forgotten it, one started with --state-pruning archive has not"
		)
	};
	let block = Blocks::connect(context).await?.at(height).await;
	let block = block.with_context(forgotten)?;
	let view = chain.at(At::Hash(block.block_hash())).await;
	let view = view.with_context(forgotten)?;
	let keys = Keys::read(&view, found).await?;
	Ok((block, keys))
}

/// Finds the receipt with its signatures in the block that accepted it. The chain's state keeps
/// only what money depends on.
pub async fn from_block(block: &Block, keys: &Keys, found: &ReceiptView) -> Result<Evidence> {
	let extrinsics = block.extrinsics().fetch().await.map_err(error)?;
	for call in extrinsics.find::<api::training::calls::Submit>() {
		for item in call.map_err(error)?.items.0 {
			if item.receipt.id() != found.id {
				continue;
			}
			// Whatever was attached besides did not count then, and is no evidence now.
			let counted = item.attestations.0.iter().filter_map(|by| {
				let attestation = by.attestation(found.id);
				let key = keys.attestor(&attestation.attestor)?;
				let counts = signers(found).any(|who| who.0 == attestation.attestor)
					&& decide(&key, &attestation.pae(), &by.signature);
				counts.then(|| (attestation, vec![by.signature]))
			});
			return Ok(Evidence {
				contributor: vec![item.signature],
				attestations: counted.collect(),
				receipt: item.receipt.0,
				exporter: None,
			});
		}
	}
	Err(anyhow::anyhow!(
		"block {} accepted the receipt, but holds no plain `training.submit` with it: it was sent \
		 inside another call, or the node has forgotten that block",
		found.receipt.height
	))
}

/// The members of the committee whose signatures the chain counted.
pub fn signers(found: &ReceiptView) -> impl Iterator<Item = &AccountId> {
	let members = found.task.committee.0.iter().enumerate();
	members
		.filter(move |(seat, _)| found.receipt.signers >> seat & 1 == 1)
		.map(|(_, member)| member)
}

/// The keys that must have signed, as the chain knew them.
#[derive(Debug)]
pub struct Keys {
	contributor: PublicKey,
	attestors: Vec<([u8; 32], PublicKey)>,
}

impl Keys {
	/// Reads them at a block.
	async fn read(view: &View, found: &ReceiptView) -> Result<Self> {
		let enrolment = view.enrolment(found.run, &found.task.contributor).await?;
		let seats = view.seats(Kind::Attestor).await?;
		let seats = seats.into_iter().map(|seat| (seat.account.0, seat.key));
		Keys::of(
			found,
			enrolment.map(|enrolment| enrolment.key),
			seats.collect(),
		)
	}

	/// Without one of the keys that the chain judged by, what was signed cannot be judged again: that
	/// is an error, and not a signature that does not hold.
	fn of(
		found: &ReceiptView,
		contributor: Option<PublicKey>,
		attestors: Vec<([u8; 32], PublicKey)>,
	) -> Result<Self> {
		let missing = |who: &str, account: &AccountId| {
			format!(
				"block {} accepted the receipt, and its state does not have the key of the {who} {}",
				found.receipt.height,
				output::address(account)
			)
		};
		let contributor =
			contributor.with_context(|| missing("contributor", &found.task.contributor))?;
		let keys = Keys {
			contributor,
			attestors,
		};
		for signer in signers(found) {
			let key = keys.attestor(&signer.0);
			key.with_context(|| missing("attestor", signer))?;
		}
		Ok(keys)
	}

	fn attestor(&self, account: &[u8; 32]) -> Option<PublicKey> {
		self.attestors
			.iter()
			.find(|(found, _)| found == account)
			.map(|(_, key)| *key)
	}
}

/// Reads a file that `export` wrote. Whether the receipt was accepted, and whose keys signed, is not
/// judged here.
pub fn from_file(path: &Path) -> Result<Evidence> {
	let name = path.display();
	let bytes = std::fs::read(path).map_err(|error| usage(format!("{name}: {error}")))?;
	let value: Value = serde_json::from_slice(&bytes)
		.map_err(|error| usage(format!("{name} is no JSON: {error}")))?;
	evidence(&value).map_err(|error| {
		let why = format!("{name}: {error:#}");
		match error.downcast_ref() {
			Some(EnvelopeError::Altered | EnvelopeError::NotSigned) => refused(why),
			_ => usage(why),
		}
	})
}

fn evidence(value: &Value) -> Result<Evidence> {
	match value {
		Value::Array(envelopes) => {
			let (receipt, attestations) = envelopes.split_first().context("no envelopes")?;
			bare(receipt, attestations)
		}
		_ if value.get("payloadType").is_some() => {
			let opened = open(value)?;
			if opened.payload_type != IN_TOTO_TYPE {
				return bare(value, &[]);
			}
			let exporter = exporter(value, &opened)?;
			let statement: Value = serde_json::from_slice(&opened.payload)
				.map_err(|error| usage(format!("the envelope's payload is no JSON: {error}")))?;
			Ok(Evidence {
				exporter,
				..embedded(&statement)?
			})
		}
		_ => embedded(value),
	}
}

/// The key that signed an envelope around a statement. An envelope that names none of our keys
/// cannot be judged, and is as good as no envelope.
fn exporter(envelope: &Value, opened: &Opened) -> Result<Option<PublicKey>> {
	let named: Vec<PublicKey> = opened.signatures.iter().filter_map(|by| by.key).collect();
	let signed = |key: &PublicKey| open_signed(envelope, IN_TOTO_TYPE, key).is_ok();
	let exporter = named.iter().copied().find(signed);
	if exporter.is_none() && !named.is_empty() {
		return Err(EnvelopeError::NotSigned).context("nobody whom the envelope names signed it");
	}
	Ok(exporter)
}

/// What a statement embeds.
fn embedded(statement: &Value) -> Result<Evidence> {
	let opened = open_statement(statement)?;
	let attestations = opened.attestations.into_iter();
	Ok(Evidence {
		receipt: opened.receipt,
		contributor: plain(&opened.signatures),
		attestations: attestations
			.map(|(attestation, by)| (attestation, plain(&by)))
			.collect(),
		exporter: None,
	})
}

/// Envelopes without a statement around them.
fn bare(receipt: &Value, attestations: &[Value]) -> Result<Evidence> {
	let opened = open(receipt)?;
	if opened.payload_type != RECEIPT_TYPE {
		return Err(usage("the first envelope holds no receipt"));
	}
	let mut found = Evidence {
		receipt: Receipt::from_bytes(&opened.payload)?,
		contributor: plain(&opened.signatures),
		attestations: Vec::new(),
		exporter: None,
	};
	for envelope in attestations {
		let opened = open(envelope)?;
		if opened.payload_type != ATTESTATION_TYPE {
			return Err(usage("an envelope holds no attestation"));
		}
		let attestation = Attestation::from_bytes(&opened.payload).context("no attestation")?;
		found
			.attestations
			.push((attestation, plain(&opened.signatures)));
	}
	Ok(found)
}

fn plain(signatures: &[HintedSignature]) -> Vec<Signature> {
	signatures.iter().map(|by| by.signature).collect()
}

/// One thing that was checked.
pub struct Check {
	/// What.
	pub what: String,
	/// Whether it holds.
	pub holds: bool,
}

/// The best that can be said of any of these signatures under a key.
fn best(key: &PublicKey, message: &[u8], signatures: &[Signature]) -> Verdict {
	let none = Verdict {
		chain: false,
		strict: false,
	};
	signatures
		.iter()
		.map(|signature| judge(key, message, signature))
		.max_by_key(|verdict| (verdict.chain, verdict.strict))
		.unwrap_or(none)
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
	let verdict = best(&keys.contributor, &receipt.pae(), &evidence.contributor);
	checks.push(check(
		"the contributor's enrolled key signed it (the chain's rule, ZIP-215)",
		verdict.chain,
	));
	checks.push(check("the same by the strict rule", verdict.strict));
	let mut bits = 0u16;
	for (attestation, signatures) in &evidence.attestations {
		let seat = found
			.task
			.committee
			.0
			.iter()
			.position(|at| at.0 == attestation.attestor);
		let signed = keys
			.attestor(&attestation.attestor)
			.is_some_and(|key| best(&key, &attestation.pae(), signatures).both());
		let holds = attestation.receipt == id && signed;
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
	if let Some(key) = evidence.exporter {
		let key = output::hex(key);
		let what = format!("whoever holds {key} signed the statement, for what that is worth");
		checks.push(Check { what, holds: true });
	}
	checks
}

#[cfg(test)]
mod tests {
	use super::*;
	use guerdon_client::chain::api::{
		runtime_types::bounded_collections::bounded_vec::BoundedVec, AcceptedReceipt, Task,
		TaskState,
	};
	use guerdon_receipt::{
		export::{attestation_envelope, dsse_envelope, in_toto_envelope, in_toto_statement},
		sign::{public_key, sign_attestation, sign_receipt, SigningKey},
		Work,
	};
	use serde_json::json;
	use subxt::utils::Static;

	const GENESIS: Digest = [9; 32];

	fn key(byte: u8) -> SigningKey {
		SigningKey::from_bytes(&[byte; 32])
	}

	fn receipt() -> Receipt {
		Receipt {
			version: 1,
			genesis: GENESIS,
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
		}
	}

	fn attested(by: u8) -> (Attestation, Vec<Signature>) {
		let attestation = Attestation {
			receipt: receipt().id(),
			attestor: [by; 32],
			states: [3; 32],
		};
		let signed = sign_attestation(&key(by), &attestation);
		(attestation, vec![signed.signature])
	}

	/// The receipt as attestors 21 and 22 signed it.
	fn signed() -> Evidence {
		Evidence {
			receipt: receipt(),
			contributor: vec![sign_receipt(&key(5), &receipt())],
			attestations: vec![attested(21), attested(22)],
			exporter: None,
		}
	}

	/// What the chain keeps of it: of a committee of three, the last two signed.
	fn found() -> ReceiptView {
		let receipt = receipt();
		ReceiptView {
			run: receipt.run,
			id: receipt.id(),
			receipt: AcceptedReceipt {
				task: receipt.task,
				result: receipt.result,
				height: 77,
				signers: 0b110,
				metric: (receipt.metric_before, receipt.metric_after),
			},
			task: Task {
				work: Static(Work::Aggregate),
				round: 1,
				units: 10,
				contributor: receipt.contributor.into(),
				committee: BoundedVec([20u8, 21, 22].map(|member| [member; 32].into()).to_vec()),
				epoch: 1,
				base_model: receipt.base_model,
				deadline: 90,
				attempt: 1,
				replaces: None,
				state: TaskState::Done {
					receipt: receipt.id(),
				},
			},
		}
	}

	fn keys() -> Keys {
		let attestors = [20, 21, 22, 23].map(|who| ([who; 32], public_key(&key(who))));
		Keys::of(&found(), Some(public_key(&key(5))), attestors.to_vec()).unwrap()
	}

	/// What does not hold.
	fn wrong(evidence: &Evidence) -> Vec<String> {
		judge_all(evidence, &found(), &keys(), &GENESIS, 2)
			.into_iter()
			.filter(|check| !check.holds)
			.map(|check| check.what)
			.collect()
	}

	fn statement() -> Value {
		let (contributor, attestations) = signed().keyed(&keys()).unwrap();
		in_toto_statement(&receipt(), &contributor, &attestations)
	}

	fn envelopes() -> Value {
		let (contributor, attestations) = signed().keyed(&keys()).unwrap();
		let mut envelopes = vec![dsse_envelope(&receipt(), &[contributor])];
		envelopes.extend(
			attestations
				.iter()
				.map(|(it, by)| attestation_envelope(it, &[*by])),
		);
		Value::Array(envelopes)
	}

	#[test]
	fn every_form_of_export_is_read_back_and_holds() {
		let wrapped = in_toto_envelope(&statement(), &key(99));
		for (value, exporter) in [
			(statement(), None),
			(envelopes(), None),
			(wrapped, Some(public_key(&key(99)))),
		] {
			let read = evidence(&value).unwrap();
			assert_eq!(read.receipt, receipt());
			assert_eq!(read.contributor, signed().contributor);
			assert_eq!(read.attestations, signed().attestations);
			assert_eq!(read.exporter, exporter);
			assert_eq!(wrong(&read), [""; 0]);
		}
		assert!(evidence(&json!({})).is_err());
		assert!(evidence(&json!([])).is_err());
	}

	#[test]
	fn a_doctored_statement_is_not_read() {
		let mut doctored = statement();
		doctored["predicate"]["metricAfterPpm"] = json!(1_000_000);
		for value in [doctored.clone(), in_toto_envelope(&doctored, &key(99))] {
			let error = evidence(&value).unwrap_err();
			assert_eq!(error.downcast_ref(), Some(&EnvelopeError::Altered));
		}
		let mut resigned = in_toto_envelope(&statement(), &key(99));
		resigned["signatures"][0]["keyid"] = json!(hex::encode(public_key(&key(98))));
		let error = evidence(&resigned).unwrap_err();
		assert_eq!(error.downcast_ref(), Some(&EnvelopeError::NotSigned));
		// Nobody is named, so nobody's signature is claimed.
		resigned["signatures"][0]["keyid"] = json!("somebody");
		assert_eq!(evidence(&resigned).unwrap().exporter, None);
	}

	#[test]
	fn signatures_are_judged_under_the_chains_keys_whatever_keyid_says() {
		for keyid in [json!(null), json!("SHA256:abc"), json!("00".repeat(32))] {
			let mut value = envelopes();
			for envelope in value.as_array_mut().unwrap() {
				envelope["signatures"][0]["keyid"] = keyid.clone();
			}
			assert_eq!(wrong(&evidence(&value).unwrap()), [""; 0], "{keyid}");
		}
		let mut value = envelopes();
		let ours = value[0]["signatures"][0].clone();
		let foreign = json!({ "sig": value[1]["signatures"][0]["sig"] });
		value[0]["signatures"] = json!([foreign, ours]);
		assert_eq!(wrong(&evidence(&value).unwrap()), [""; 0]);
	}

	#[test]
	fn what_does_not_hold_is_named() {
		let mut forged = signed();
		forged.contributor = vec![sign_receipt(&key(6), &receipt())];
		let said = wrong(&forged);
		assert_eq!(said.len(), 2, "{said:?}");
		assert!(said[0].contains("the contributor's enrolled key signed it"));

		// Of the roster, not of the committee; of the committee, signed by another key.
		let (attestation, _) = attested(20);
		let (_, stolen) = attested(21);
		for attestation in [attested(23), (attestation, stolen)] {
			let mut more = signed();
			more.attestations.push(attestation);
			let said = wrong(&more);
			assert_eq!(said.len(), 1, "{said:?}");
			assert!(said[0].contains("is of the committee and signed it"));
		}

		let mut fewer = signed();
		fewer.attestations.pop();
		let said = wrong(&fewer);
		assert_eq!(
			said,
			["1 signed, 2 must", "the chain counted the same signers"]
		);
	}

	#[test]
	fn a_key_that_cannot_be_had_is_an_error() {
		let attestors = || {
			[21, 22]
				.map(|who| ([who; 32], public_key(&key(who))))
				.to_vec()
		};
		let error = Keys::of(&found(), None, attestors()).unwrap_err();
		assert!(
			error.to_string().contains("key of the contributor"),
			"{error}"
		);
		let key = Some(public_key(&key(5)));
		assert!(
			Keys::of(&found(), key, attestors()).is_ok(),
			"20 did not sign"
		);
		let error = Keys::of(&found(), key, attestors()[..1].to_vec()).unwrap_err();
		let who = output::address(&[22; 32].into());
		assert!(
			error
				.to_string()
				.contains("block 77 accepted the receipt, and its state"),
			"{error}"
		);
		assert!(
			error.to_string().ends_with(&format!("attestor {who}")),
			"{error}"
		);
	}
}
