//! What the pallet leaves to the chain to decide: [`Forfeits`].

use crate::{pallet::HoldReason, types::Balance};
use frame_support::dispatch::DispatchResult;

/// Where lost deposits go.
pub trait Forfeits<AccountId> {
	/// Takes `amount` of what `who` has on hold for `reason`, and divides it.
	fn forfeit(reason: HoldReason, who: &AccountId, amount: Balance) -> DispatchResult;
}
