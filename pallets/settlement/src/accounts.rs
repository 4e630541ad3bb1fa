//! Where the money of runs is, counted to the unit.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use guerdon_receipt::DatasetId;
use scale_info::TypeInfo;

use crate::{Asset, Balance, Purse};

/// What a run's purses hold.
#[derive(
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Default,
)]
pub struct Escrow {
	/// To be divided among the roles.
	pub budget: Balance,
	/// For licence fees.
	pub licence: Balance,
	/// The sponsor's bond.
	pub bond: Balance,
	/// For whoever advances the run.
	pub tip: Balance,
}

impl Escrow {
	/// What one purse holds.
	pub fn held(&self, purse: Purse) -> Balance {
		match purse {
			Purse::Budget => self.budget,
			Purse::Licence => self.licence,
			Purse::Bond => self.bond,
			Purse::Tip => self.tip,
		}
	}

	pub(crate) fn purse_mut(&mut self, purse: Purse) -> &mut Balance {
		match purse {
			Purse::Budget => &mut self.budget,
			Purse::Licence => &mut self.licence,
			Purse::Bond => &mut self.bond,
			Purse::Tip => &mut self.tip,
		}
	}

	/// What the purses hold that are filled in an asset, for a run that is paid in `paid_in`; None if
	/// that overflows.
	pub fn total(&self, paid_in: Asset, asset: Asset) -> Option<Balance> {
		checked_sum(
			Purse::ALL
				.into_iter()
				.filter(|purse| purse.asset(paid_in) == asset)
				.map(|purse| self.held(purse)),
		)
	}
}

/// Where a run's money came from and where it is, of one asset and to the unit:
/// `budget_in + licence_in + bond_in + tip_in = paid + claimable + escrow + returned + released`.
#[derive(
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Default,
)]
pub struct RunBooks {
	/// Ever deposited as budget.
	pub budget_in: Balance,
	/// Ever deposited for licences.
	pub licence_in: Balance,
	/// Ever deposited as bond.
	pub bond_in: Balance,
	/// Ever deposited for tips.
	pub tip_in: Balance,
	/// Paid out by claims, licence payments and collected dues, and to the treasury by expired pools.
	pub paid: Balance,
	/// Waiting in pools and as dues.
	pub claimable: Balance,
	/// Still in the run's purses.
	pub escrow: Balance,
	/// Returned to the sponsor when the run was settled.
	pub returned: Balance,
	/// Released out of a purse before that: refunds and tips.
	pub released: Balance,
}

impl RunBooks {
	/// Everything that was deposited; None if that overflows.
	pub fn deposited(&self) -> Option<Balance> {
		checked_sum([self.budget_in, self.licence_in, self.bond_in, self.tip_in])
	}

	/// Everything that is accounted for; None if that overflows.
	pub fn accounted(&self) -> Option<Balance> {
		checked_sum([
			self.paid,
			self.claimable,
			self.escrow,
			self.returned,
			self.released,
		])
	}
}

/// The sums over all runs, of one asset.
#[derive(
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Default,
)]
pub struct Totals {
	/// Ever put into pools.
	pub funded: Balance,
	/// Ever claimed from pools, or expired in them.
	pub paid: Balance,
	/// In all purses.
	pub escrow: Balance,
	/// Owed to accounts that could not receive it, and licence payments that are not booked to
	/// members yet.
	pub dues: Balance,
}

impl Totals {
	/// What the pot owes to somebody: `funded - paid + escrow + dues`.
	pub fn owed(&self) -> Option<Balance> {
		self.funded
			.checked_sub(self.paid)?
			.checked_add(self.escrow)?
			.checked_add(self.dues)
	}
}

/// Why money left a purse.
#[derive(
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
)]
pub enum Cause {
	/// The licence of this dataset.
	Licence(DatasetId),
	/// What was not earned goes back to the sponsor.
	Return,
	/// A refund or a tip out of this purse.
	Release(Purse),
}

/// The books of one run in one asset together with the sums over all; every change keeps both in step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Accounts {
	pub asset: Asset,
	pub books: RunBooks,
	pub totals: Totals,
}

/// Each answers None, and is then to be thrown away, if a count would leave its range.
impl Accounts {
	pub fn deposit(&mut self, escrow: &mut Escrow, purse: Purse, amount: Balance) -> Option<()> {
		let deposited = match purse {
			Purse::Budget => &mut self.books.budget_in,
			Purse::Licence => &mut self.books.licence_in,
			Purse::Bond => &mut self.books.bond_in,
			Purse::Tip => &mut self.books.tip_in,
		};
		add(deposited, amount)?;
		add(escrow.purse_mut(purse), amount)?;
		add(&mut self.books.escrow, amount)?;
		add(&mut self.totals.escrow, amount)
	}

	/// Takes from a purse; where it goes must be booked next.
	pub fn take(&mut self, escrow: &mut Escrow, purse: Purse, amount: Balance) -> Option<()> {
		subtract(escrow.purse_mut(purse), amount)?;
		subtract(&mut self.books.escrow, amount)?;
		subtract(&mut self.totals.escrow, amount)
	}

	pub fn fund(&mut self, amount: Balance) -> Option<()> {
		add(&mut self.books.claimable, amount)?;
		add(&mut self.totals.funded, amount)
	}

	pub fn claim(&mut self, amount: Balance) -> Option<()> {
		subtract(&mut self.books.claimable, amount)?;
		add(&mut self.books.paid, amount)?;
		add(&mut self.totals.paid, amount)
	}

	pub fn spend(&mut self, cause: Cause, amount: Balance) -> Option<()> {
		add(
			match cause {
				Cause::Licence(_) => &mut self.books.paid,
				Cause::Return => &mut self.books.returned,
				Cause::Release(_) => &mut self.books.released,
			},
			amount,
		)
	}

	pub fn owe(&mut self, amount: Balance) -> Option<()> {
		add(&mut self.books.claimable, amount)?;
		add(&mut self.totals.dues, amount)
	}

	/// Takes what was owed; where it goes must be booked next.
	pub fn take_due(&mut self, amount: Balance) -> Option<()> {
		subtract(&mut self.books.claimable, amount)?;
		subtract(&mut self.totals.dues, amount)
	}

	pub fn collect(&mut self, amount: Balance) -> Option<()> {
		self.take_due(amount)?;
		add(&mut self.books.paid, amount)
	}
}

/// All accounts of a run: in what it is paid in, and in GRD where that is something else.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Ledgers {
	pub own: Accounts,
	pub grd: Option<Accounts>,
}

impl Ledgers {
	/// The accounts that a purse is part of.
	pub fn of(&mut self, purse: Purse) -> &mut Accounts {
		match &mut self.grd {
			Some(grd) if purse.asset(self.own.asset).is_none() => grd,
			_ => &mut self.own,
		}
	}
}

fn add(slot: &mut Balance, amount: Balance) -> Option<()> {
	*slot = slot.checked_add(amount)?;
	Some(())
}

fn subtract(slot: &mut Balance, amount: Balance) -> Option<()> {
	*slot = slot.checked_sub(amount)?;
	Some(())
}

pub(crate) fn checked_sum(amounts: impl IntoIterator<Item = Balance>) -> Option<Balance> {
	amounts.into_iter().try_fold(0, Balance::checked_add)
}
