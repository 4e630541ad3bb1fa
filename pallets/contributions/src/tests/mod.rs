#![allow(
	clippy::unwrap_used,
	clippy::expect_used,
	clippy::indexing_slicing,
	clippy::arithmetic_side_effects,
	clippy::as_conversions
)]

mod close;
mod encoding;
mod history;
mod property;
mod record;
mod reweigh;
mod try_state;

pub(crate) use frame_support::{assert_err, assert_noop, assert_ok};
pub(crate) use guerdon_receipt::Role;

pub(crate) use crate::{
	mock::*, Entries, Entry, Error, Event, Histories, History, Indices, Ledger, Subject, Table,
	Tables,
};

pub(crate) const RUN: u64 = 7;
pub(crate) const ALICE: AccountId = 1;
pub(crate) const BOB: AccountId = 2;
pub(crate) const CAROL: AccountId = 3;

/// Books units on an account that is its own payee.
pub(crate) fn record(who: AccountId, units: u64) {
	assert_ok!(Contributions::record(
		RUN,
		Role::Trainer,
		Subject::Account(who),
		&who,
		units
	));
}

pub(crate) fn table() -> Table {
	Contributions::table(RUN, Role::Trainer)
}

pub(crate) fn entry(index: u32) -> Entry<AccountId> {
	Contributions::entry(RUN, Role::Trainer, index).unwrap()
}
