//! Sessions over the membership pallet: who is in `ValidatorSet` validates from the session after next,
//! provided that it has set its session keys.

use alloc::vec::Vec;

use frame_support::traits::Contains;
use pallet_session::historical;
use sp_runtime::traits::Convert;
use sp_staking::SessionIndex;

use crate::{
	constants::limits::{KEPT_SESSIONS, MIN_VALIDATORS},
	AccountId, Historical, Runtime, RuntimeCall, Session, SessionKeys,
};

/// What accounts may call: everything but removing session keys. Sessions drop a validator without
/// keys even from a set that does not change, and without the last one there is no next block. Keys
/// can be replaced; a validator leaves by leaving the set.
pub struct KeysStay;

impl Contains<RuntimeCall> for KeysStay {
	fn contains(call: &RuntimeCall) -> bool {
		!matches!(
			call,
			RuntimeCall::Session(pallet_session::Call::purge_keys { .. })
		)
	}
}

/// The instance of the membership pallet that lists the validators.
pub type ValidatorSetInstance = pallet_membership::Instance1;

/// Feeds sessions from the `ValidatorSet` membership.
pub struct ValidatorSessions;

impl ValidatorSessions {
	/// The members that have session keys, when they are enough and differ from what is queued.
	///
	/// Keys count as a difference: the historical root of a session is only computed anew when a set
	/// is returned, and equivocations of rotated keys could not be proved against the old one.
	fn next() -> Option<Vec<AccountId>> {
		let ready: Vec<(AccountId, SessionKeys)> =
			pallet_membership::Members::<Runtime, ValidatorSetInstance>::get()
				.into_iter()
				.filter_map(|who| Session::load_keys(&who).map(|keys| (who, keys)))
				.collect();
		let enough = ready.len() >= MIN_VALIDATORS as usize;
		if !enough || ready == pallet_session::QueuedKeys::<Runtime>::get() {
			return None;
		}
		Some(ready.into_iter().map(|(who, _)| who).collect())
	}
}

impl pallet_session::SessionManager<AccountId> for ValidatorSessions {
	fn new_session(_: SessionIndex) -> Option<Vec<AccountId>> {
		Self::next()
	}

	fn start_session(index: SessionIndex) {
		if let Some(oldest) = index.checked_sub(KEPT_SESSIONS) {
			Historical::prune_up_to(oldest);
		}
	}

	fn end_session(_: SessionIndex) {}
}

impl historical::SessionManager<AccountId, ()> for ValidatorSessions {
	fn new_session(_: SessionIndex) -> Option<Vec<(AccountId, ())>> {
		Self::next().map(|set| set.into_iter().map(|who| (who, ())).collect())
	}

	fn start_session(index: SessionIndex) {
		<Self as pallet_session::SessionManager<AccountId>>::start_session(index)
	}

	fn end_session(_: SessionIndex) {}
}

/// A validator is fully identified by its account.
pub struct Identity;

impl Convert<AccountId, Option<()>> for Identity {
	fn convert(_: AccountId) -> Option<()> {
		Some(())
	}
}
