//! What holds of every call there is, those included that are added later.

use frame_support::{dispatch::Pays, traits::GetCallMetadata};
use sp_runtime::traits::TrailingZeroInput;

use super::*;

/// One of each call, with arguments that are all zero, or begin with one where nothing begins with zero.
fn every_call() -> Vec<RuntimeCall> {
	let indices = (0..=u8::MAX).flat_map(|pallet| (0..=u8::MAX).map(move |call| [pallet, call]));
	let calls: Vec<_> = indices
		.filter_map(|[pallet, call]| {
			let begun = [[pallet, call, 0], [pallet, call, 1]];
			begun
				.iter()
				.find_map(|bytes| RuntimeCall::decode(&mut TrailingZeroInput::new(bytes)).ok())
		})
		.collect();
	let found: Vec<_> = calls.iter().map(name).collect();
	for pallet in RuntimeCall::get_module_names() {
		for call in RuntimeCall::get_call_names(pallet) {
			let wanted = format!("{pallet}.{call}");
			assert!(
				found.contains(&wanted),
				"{wanted} cannot be read from zeros"
			);
		}
	}
	calls
}

fn name(call: &RuntimeCall) -> String {
	let metadata = call.get_call_metadata();
	format!("{}.{}", metadata.pallet_name, metadata.function_name)
}

fn names(is_meant: impl Fn(&RuntimeCall) -> bool) -> Vec<String> {
	let mut names: Vec<_> = every_call()
		.iter()
		.filter(|call| is_meant(call))
		.map(name)
		.collect();
	names.sort();
	names
}

/// Whoever is named as a proxy of such a kind can do what is listed here. A call that is new on the
/// chain is not, until somebody writes it down in both places.
#[test]
fn a_proxy_of_a_kind_can_make_the_calls_that_are_listed_and_no_other() {
	let batches = ["Utility.batch", "Utility.batch_all", "Utility.force_batch"];
	let transfer = [
		"Balances.transfer_all",
		"Balances.transfer_allow_death",
		"Balances.transfer_keep_alive",
	];
	let non_transfer = [
		"Council.close",
		"Council.propose",
		"Council.vote",
		"Preimage.note_preimage",
		"Preimage.unnote_preimage",
		"Proxy.reject_announcement",
		"Session.purge_keys",
		"Session.set_keys",
		"System.remark",
		"System.remark_with_event",
	];
	let allowed = |kind: ProxyType| names(|call| kind.filter(call));
	assert_eq!(
		allowed(ProxyType::Transfer),
		[&transfer[..], &batches].concat()
	);
	assert_eq!(
		allowed(ProxyType::NonTransfer),
		[&non_transfer[..], &batches].concat()
	);
	assert_eq!(allowed(ProxyType::Any).len(), every_call().len());
}

/// Nobody fills blocks for nothing: what asks for no fee is the block author's, or refused unsigned.
#[test]
fn no_signed_call_is_free() {
	let free = names(|call| call.get_dispatch_info().pays_fee == Pays::No);
	assert_eq!(free, Vec::<String>::new());
}

/// Where no fee is paid nobody is asked: without a signature, only what the chain itself put there, and
/// the one call that its proof authorizes (`free_claims.rs`).
#[test]
fn no_call_is_valid_without_a_signature() {
	use frame_support::traits::Authorize;
	use sp_runtime::transaction_validity::TransactionSource;
	development().execute_with(|| {
		let source = TransactionSource::External;
		for call in every_call() {
			let told = name(&call);
			let extension = claims::unsigned_extension();
			for unsigned in [
				UncheckedExtrinsic::new_bare(call.clone()),
				UncheckedExtrinsic::new_transaction(call, extension),
			] {
				let valid =
					Executive::validate_transaction(source, unsigned, System::parent_hash());
				assert!(valid.is_err(), "{told} is valid without a signature");
			}
		}
		let authorizes = |call: &RuntimeCall| call.clone().authorize(source).is_some();
		assert_eq!(names(authorizes), ["Settlement.claim_free"]);
	});
}

/// A call that weighs nothing could be repeated without end. One weighs what Root says, and is Root's.
#[test]
fn every_call_weighs_something() {
	let weightless = names(|call| call.get_dispatch_info().call_weight.ref_time() == 0);
	assert_eq!(weightless, ["Utility.with_weight"]);
}
