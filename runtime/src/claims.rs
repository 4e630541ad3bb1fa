//! What a node needs to hand out claims: ready calls and transactions, and the leaves that proofs are made
//! from.

use alloc::vec::Vec;

use codec::Encode;
use frame_metadata_hash_extension::CheckMetadataHash;
use guerdon_receipt::PoolId;
use guerdon_runtime_api::{Leaf, PoolChange, MAX_LEAVES};
use pallet_settlement::{Call, Claim, Event, MAX_PROOF_LEAVES};
use pallet_transaction_payment::ChargeTransactionPayment;
use sp_runtime::generic::Era;

use crate::{
	AccountId, Runtime, RuntimeCall, RuntimeEvent, Settlement, System, TxExtension,
	UncheckedExtrinsic,
};

/// The call that pays a leaf, as a wallet signs it.
pub(crate) fn claim_call(claim: Claim<AccountId>) -> Vec<u8> {
	let Claim {
		pool,
		index,
		leaf,
		proof,
		opening,
	} = claim;
	let call = Call::<Runtime>::claim {
		pool,
		index,
		leaf,
		proof,
		opening,
	};
	RuntimeCall::from(call).encode()
}

/// What a transaction says besides its call when nobody signs it.
pub(crate) fn unsigned_extension() -> TxExtension {
	(
		frame_system::AuthorizeCall::new(),
		frame_system::CheckNonZeroSender::new(),
		frame_system::CheckSpecVersion::new(),
		frame_system::CheckTxVersion::new(),
		frame_system::CheckGenesis::new(),
		frame_system::CheckMortality::from(Era::Immortal),
		frame_system::CheckNonce::from(0),
		frame_system::CheckWeight::new(),
		ChargeTransactionPayment::from(0),
		CheckMetadataHash::new(false),
		frame_system::WeightReclaim::new(),
	)
}

/// The transaction that pays a leaf without a signature and without a fee.
pub(crate) fn free_claim(claim: Claim<AccountId>) -> UncheckedExtrinsic {
	let Claim {
		pool,
		index,
		leaf,
		proof,
		opening,
	} = claim;
	let call = Call::<Runtime>::claim_free {
		pool,
		index,
		leaf,
		proof,
		opening,
	};
	UncheckedExtrinsic::new_transaction(call.into(), unsigned_extension())
}

/// What this block's events tell of leaves that are not kept in the state, or are too many to make proofs
/// from them there.
pub(crate) fn pool_changes() -> Vec<PoolChange> {
	System::read_events_no_consensus()
		.filter_map(|record| match record.event {
			RuntimeEvent::Settlement(event) => change_by(event),
			_ => None,
		})
		.collect()
}

fn change_by(event: Event<Runtime>) -> Option<PoolChange> {
	match event {
		Event::MembersStreamed {
			pool,
			from,
			members,
			..
		} => Some(PoolChange::Streamed {
			pool,
			from,
			leaves: members.into_inner(),
		}),
		Event::MembersSealed { pool, summary, .. } => Some(PoolChange::Sealed { pool, summary }),
		Event::MembersAbandoned { pool, .. } => Some(PoolChange::Abandoned { pool }),
		Event::PoolFunded { pool, .. } => {
			let summary = Settlement::summary(pool)?;
			(summary.count > MAX_PROOF_LEAVES).then_some(PoolChange::Settled { pool, summary })
		}
		_ => None,
	}
}

/// Leaves of a run's sealed pool, from the index `from` on, at most [`MAX_LEAVES`].
pub(crate) fn leaves(pool: PoolId, from: u64) -> Vec<Leaf> {
	let end = from.saturating_add(MAX_LEAVES);
	(from..end)
		.map_while(|index| Settlement::leaf_at(pool, index))
		.collect()
}
