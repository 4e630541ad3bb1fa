//! Bodies of `POST /keys`: whoever asks for the keys of gated data. A request says one thing in one way,
//! and nobody asks in another's name.
#![no_main]

use codec::Encode;
use guerdon_client::gated::{KeyRequest, Purpose, SignedRequest};
use guerdon_fuzz::seeds;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use subxt_signer::sr25519::dev;

/// All that was ever signed.
static SIGNED: LazyLock<Vec<(KeyRequest, SignedRequest)>> = LazyLock::new(|| {
	let purposes = [Purpose::Task(4), Purpose::Appraisal];
	purposes
		.map(|purpose| {
			let request = KeyRequest {
				genesis: [1; 32],
				dataset: 2,
				run: 3,
				purpose,
				requester: dev::alice().public_key().0,
				block: 100,
				block_hash: [6; 32],
				reply_to: [7; 32],
			};
			let signed = request.sign(&dev::alice());
			(request, signed)
		})
		.to_vec()
});

fn made() -> Vec<Vec<u8>> {
	let json = |(_, signed): &(_, SignedRequest)| serde_json::to_vec(signed).expect("plain data");
	SIGNED.iter().map(json).collect()
}

fuzz_target!(init: seeds(made), |data: &[u8]| {
	let Ok(signed) = serde_json::from_slice::<SignedRequest>(data) else {
		return;
	};
	let Some(request) = signed.request() else {
		return;
	};
	assert_eq!(hex::encode(request.encode()), signed.request.to_ascii_lowercase());
	if signed.is_signed(&request) {
		assert!(SIGNED.iter().any(|(known, _)| *known == request), "{request:?}");
	}
});
