//! Sessions over the membership pallet: who is in `ValidatorSet` validates from the session after next,
//! provided that it has set its session keys.

use alloc::vec::Vec;

use pallet_session::historical;
use sp_runtime::traits::Convert;
use sp_staking::SessionIndex;

use crate::{
	constants::limits::{KEPT_SESSIONS, MIN_VALIDATORS},
	AccountId, Historical, Runtime, Session, SessionKeys,
};

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
		let queued = pallet_session::QueuedKeys::<Runtime>::get();
		if ready.len() < MIN_VALIDATORS as usize {
			Self::keep(queued);
			return None;
		}
		if ready == queued {
			return None;
		}
		Some(ready.into_iter().map(|(who, _)| who).collect())
	}

	/// Puts back the keys of those that go on validating. Sessions drop a validator without keys even
	/// from a set that does not change, and without the last one there is no next block.
	fn keep(queued: Vec<(AccountId, SessionKeys)>) {
		for (who, keys) in queued {
			if Session::load_keys(&who).is_none() {
				pallet_session::NextKeys::<Runtime>::insert(who, keys);
			}
		}
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
