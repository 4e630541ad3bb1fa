//! What daemons are asked and answered over HTTP, once the HTTP library has its part: the body of
//! `POST /attest` and its answer, names of blobs, lists of evidence, feedback items, gold answers.
#![no_main]

#[path = "../../client/src/disk.rs"]
#[allow(dead_code)]
mod disk;

/// What `verdicts` needs of its neighbours, which come with the whole client.
mod serve {
	use guerdon_receipt::Digest;

	pub fn digest(text: &str) -> Option<Digest> {
		let mut digest = [0; 32];
		hex::decode_to_slice(text, &mut digest).ok()?;
		Some(digest)
	}
}

mod engine {
	use guerdon_receipt::Digest;

	pub fn digest(bytes: &[u8]) -> Digest {
		*blake3::hash(bytes).as_bytes()
	}

	pub mod appraise {
		pub use guerdon_fuzz::blake2_256;
	}
}

mod roles {
	use serde::de::DeserializeOwned;
	use std::{fs, io, path::Path};

	pub(crate) use crate::secrets;

	pub fn load<T: DeserializeOwned>(path: &Path) -> io::Result<Option<T>> {
		Ok(Some(serde_json::from_slice(&fs::read(path)?)?))
	}
}

#[path = "../../client/src/roles/secrets.rs"]
#[allow(dead_code)]
mod secrets;

#[path = "../../client/src/roles/attestor/verdicts.rs"]
#[allow(dead_code)]
mod verdicts;

use guerdon_fuzz::{seeds, Numbers};
use guerdon_receipt::{
	sign::{sign_attestation, sign_receipt, SigningKey},
	Attestation, Receipt, RECEIPT_VERSION,
};
use libfuzzer_sys::fuzz_target;
use verdicts::{Request, Verdict};

fn attesting() -> Vec<Vec<u8>> {
	let key = SigningKey::from_bytes(&[1; 32]);
	let receipt = Receipt {
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
	};
	let attestation = Attestation {
		receipt: receipt.id(),
		attestor: [12; 32],
		states: [13; 32],
	};
	let request = Request::new(&receipt, &sign_receipt(&key, &receipt));
	let attested = Verdict::attested(&sign_attestation(&key, &attestation));
	let refused = Verdict::Refused {
		refused: "no".into(),
	};
	[
		serde_json::to_vec(&request),
		serde_json::to_vec(&attested),
		serde_json::to_vec(&refused),
	]
	.map(|json| json.expect("it is plain data"))
	.to_vec()
}

/// A request that is read says one receipt and one signature, and an answer one attestation.
fn read(bytes: &[u8]) {
	if let Ok(request) = serde_json::from_slice::<Request>(bytes) {
		if let Some((receipt, signature)) = request.read() {
			let again = Request::new(&receipt, &signature);
			assert_eq!(again.receipt, request.receipt.to_ascii_lowercase());
			assert_eq!(again.signature, request.signature.to_ascii_lowercase());
			assert_eq!(receipt.version, RECEIPT_VERSION);
		}
	}
	if let Ok(verdict) = serde_json::from_slice::<Verdict>(bytes) {
		if let Ok(signed) = verdict.clone().open() {
			let again = Verdict::attested(&signed);
			assert_eq!(again.open().as_ref(), Ok(&signed));
		}
		let json = serde_json::to_vec(&verdict).expect("it is plain data");
		let again: Verdict = serde_json::from_slice(&json).expect("it was written here");
		assert_eq!(again, verdict);
	}
}

fn made() -> Vec<Vec<u8>> {
	let mut made: Vec<_> = attesting()
		.into_iter()
		.map(|json| [vec![0], json].concat())
		.collect();
	made.push([&[1, 6, 0, 0, 0, 0, 0, 0, 0, 2][..], b"abcdefghijkl"].concat());
	made
}

fuzz_target!(init: seeds(made), |data: &[u8]| {
	let Some((kind, bytes)) = data.split_first() else {
		return;
	};
	if *kind == 0 {
		return read(bytes);
	}
	let mut numbers = Numbers(bytes);
	let items = numbers.long() as u32;
	let features = usize::from(numbers.byte());
	if let Some(rows) = secrets::decode_items(numbers.0, items, features) {
		assert_eq!(rows.len(), items as usize);
		assert!(rows.iter().all(|row| row.len() == features));
		assert_eq!(secrets::encode_items(rows), numbers.0);
	}
});
