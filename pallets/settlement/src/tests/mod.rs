#![allow(
	clippy::unwrap_used,
	clippy::expect_used,
	clippy::indexing_slicing,
	clippy::arithmetic_side_effects,
	clippy::as_conversions
)]

mod claim;
mod claim_due;
mod claim_many;
mod deposit;
mod encoding;
mod genesis;
mod property;
mod release;
mod settle;
mod try_state;
mod views;
mod weights;

pub(crate) use frame_support::{
	assert_noop, assert_ok, assert_storage_noop, storage::transactional::TRANSACTIONAL_LIMIT,
};
pub(crate) use guerdon_receipt::Role;
pub(crate) use guerdon_share_tree::{Leaf, Payee};
pub(crate) use pallet_contributions::{Ledger, Subject};
pub(crate) use sp_runtime::TransactionalError;

pub(crate) use crate::{
	mock::*, Balance, Cause, Claim, Error, Escrow, Event, Pool, PoolState, Purse, SettleProgress,
	SettleTerms, Stage, Treasurer,
};
