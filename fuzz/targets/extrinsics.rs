//! Transactions as a node is handed them: decoding within the depth that a block allows, and the
//! validity check, for any bytes. What nobody signed is never valid.
#![no_main]

extern crate alloc;

#[path = "../src/chain.rs"]
#[allow(dead_code)]
mod chain;

#[path = "../../runtime/src/read.rs"]
#[allow(dead_code)]
mod read;

#[path = "../../simulator/src/world.rs"]
#[allow(dead_code)]
mod world;

use codec::{Decode, DecodeLimit, Encode};
use frame_support::{dispatch::GetDispatchInfo, MAX_EXTRINSIC_DEPTH};
use guerdon_fuzz::seeds;
use guerdon_runtime::*;
use libfuzzer_sys::fuzz_target;
use sp_core::Pair;
use sp_keyring::Sr25519Keyring as Keyring;
use sp_runtime::{generic::Era, transaction_validity::TransactionSource};
use std::{cell::RefCell, sync::LazyLock};

thread_local! {
	static CHAIN: RefCell<sp_io::TestExternalities> = RefCell::new(chain::development());
}

fn extension(nonce: Nonce) -> TxExtension {
	(
		frame_system::AuthorizeCall::new(),
		frame_system::CheckNonZeroSender::new(),
		frame_system::CheckSpecVersion::new(),
		frame_system::CheckTxVersion::new(),
		frame_system::CheckGenesis::new(),
		frame_system::CheckMortality::from(Era::Immortal),
		frame_system::CheckNonce::from(nonce),
		frame_system::CheckWeight::new(),
		pallet_transaction_payment::ChargeTransactionPayment::from(0),
		frame_metadata_hash_extension::CheckMetadataHash::new(false),
		frame_system::WeightReclaim::new(),
	)
}

fn signed(nonce: Nonce, call: RuntimeCall) -> UncheckedExtrinsic {
	let payload = SignedPayload::new(call, extension(nonce)).expect("the implicit parts are there");
	let signature = payload.using_encoded(|bytes| Keyring::Alice.pair().sign(bytes));
	let (call, extension, _) = payload.deconstruct();
	let from = Keyring::Alice.to_account_id();
	UncheckedExtrinsic::new_signed(call, from.into(), signature.into(), extension)
}

fn calls() -> Vec<RuntimeCall> {
	let dest = Keyring::Bob.to_account_id();
	let transfer = RuntimeCall::Balances(pallet_balances::Call::transfer_keep_alive {
		dest: dest.clone().into(),
		value: constants::currency::GRD,
	});
	let batch = |calls| RuntimeCall::Utility(pallet_utility::Call::batch_all { calls });
	let nested = (0..8).fold(transfer.clone(), |call, _| batch(vec![call]));
	vec![
		transfer.clone(),
		batch(vec![transfer.clone(), transfer]),
		nested,
		pallet_training::Call::advance { run: 1, limit: 16 }.into(),
		pallet_settlement::Call::claim_due { account: dest }.into(),
		frame_system::Call::remark {
			remark: vec![1; 40],
		}
		.into(),
	]
}

/// What nobody signs: there is nothing that it could pay here.
fn free_claim() -> RuntimeCall {
	let payee = guerdon_share_tree::Payee::Account(Keyring::Bob.to_account_id());
	RuntimeCall::Settlement(pallet_settlement::Call::claim_free {
		pool: 0,
		index: 0,
		leaf: guerdon_share_tree::Leaf { payee, weight: 1 },
		proof: Default::default(),
		opening: None,
	})
}

/// What Alice signs here, and nothing else.
static SIGNED: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
	let (_, stages) = chain::stages();
	let acts = stages.into_iter().flat_map(|stage| stage.acts);
	let calls = calls().into_iter().chain(acts.map(|act| act.call));
	let mut signed: Vec<_> = calls.map(|call| call.encode()).collect();
	signed.retain(|call| call.len() < 8_192);
	signed
});

fn made() -> Vec<Vec<u8>> {
	chain::development().execute_with(|| {
		SIGNED
			.iter()
			.flat_map(|call| {
				let call = RuntimeCall::decode(&mut &call[..]).expect("it was just encoded");
				let bare = UncheckedExtrinsic::new_bare(call.clone());
				let general = UncheckedExtrinsic::new_transaction(call.clone(), extension(0));
				[signed(0, call).encode(), bare.encode(), general.encode()]
			})
			.chain([UncheckedExtrinsic::new_transaction(free_claim(), extension(0)).encode()])
			.collect()
	})
}

fuzz_target!(init: {
	seeds(made);
	// Not while the first input is timed.
	LazyLock::force(&SIGNED);
	CHAIN.with(|_| ());
}, |data: &[u8]| {
	let read = UncheckedExtrinsic::decode_all_with_depth_limit(MAX_EXTRINSIC_DEPTH, &mut &data[..]);
	let Ok(transaction) = read else {
		return;
	};
	let bytes = transaction.encode();
	let again = UncheckedExtrinsic::decode_all_with_depth_limit(MAX_EXTRINSIC_DEPTH, &mut &bytes[..]);
	assert_eq!(again.as_ref().map(Encode::encode), Ok(bytes.clone()));
	let weight = transaction.get_dispatch_info().total_weight();
	// Root says what its call weighs. From others it is refused at once, for the fee of any transaction.
	let by_root = matches!(
		transaction.function,
		RuntimeCall::Utility(pallet_utility::Call::with_weight { .. })
	);
	assert!(weight.ref_time() > 0 || by_root, "{transaction:?} costs nothing");

	let mine = SIGNED.iter().any(|call| bytes.ends_with(call));
	CHAIN.with_borrow_mut(|ext| {
		ext.execute_with(|| {
			let told = format!("{transaction:?}");
			let source = TransactionSource::External;
			let valid = Executive::validate_transaction(source, transaction, System::parent_hash());
			assert!(
				valid.is_err() || mine,
				"nobody signed {told}"
			);
		});
	});
});
