#![allow(
	clippy::unwrap_used,
	clippy::expect_used,
	clippy::indexing_slicing,
	clippy::arithmetic_side_effects,
	clippy::as_conversions
)]

mod abandon_members;
mod assets;
mod claim;
mod claim_due;
mod claim_free;
mod claim_licences;
mod claim_many;
mod claim_members;
mod deposit;
mod encoding;
mod expire;
mod genesis;
mod members_property;
mod open_members;
mod pay_page;
mod property;
mod release;
mod seal_members;
mod settle;
mod stream_members;
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
	mock::*, Balance, Cause, Claim, Cohort, CohortState, Error, Escrow, Event, Pool, PoolState,
	Purse, SettleProgress, SettleTerms, Stage, Treasurer,
};
