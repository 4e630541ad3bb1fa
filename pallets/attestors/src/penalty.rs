//! How a penalty is divided, and how it is taken from what is held.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{
	ensure,
	traits::{
		fungible::hold,
		tokens::{DepositConsequence, Fortitude, Precision, Provenance, Restriction},
	},
};
use scale_info::TypeInfo;
use sp_runtime::{
	helpers_128bit::multiply_by_rational_with_rounding, ArithmeticError, DispatchError, Rounding,
	TokenError,
};

/// Parts of a whole.
pub const MILLION: u32 = 1_000_000;

/// The most that a reporter may get: whoever reports itself through another account loses most of
/// the penalty all the same.
pub const MAX_REPORTER_PPM: u32 = 250_000;

/// How a penalty is divided, in parts per million that add up to a million.
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
pub struct Parts {
	/// Burnt.
	pub burn_ppm: u32,
	/// The treasury's, with whatever the other two do not get.
	pub treasury_ppm: u32,
	/// Whoever reported the offence, where somebody did.
	pub reporter_ppm: u32,
}

/// What became of a penalty; adds up to what was taken.
#[derive(
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Clone,
	Copy,
	Default,
	PartialEq,
	Eq,
	Debug,
)]
pub struct Shares {
	/// Burnt.
	pub burn: u128,
	/// The treasury's.
	pub treasury: u128,
	/// The reporter's.
	pub reporter: u128,
}

impl Parts {
	/// Whether they add up to a million, and leave a reporter no more than [`MAX_REPORTER_PPM`].
	pub fn are_sound(&self) -> bool {
		let sum = [self.burn_ppm, self.treasury_ppm, self.reporter_ppm]
			.into_iter()
			.try_fold(0u32, u32::checked_add);
		sum == Some(MILLION) && self.reporter_ppm <= MAX_REPORTER_PPM
	}

	/// Divides an amount exactly: what is burnt and what the reporter gets are rounded down, the rest
	/// is the treasury's. Without a reporter its part is the treasury's too.
	pub fn divide(&self, amount: u128, reported: bool) -> Shares {
		let burn = part_floor(amount, self.burn_ppm);
		let reporter = if reported {
			part_floor(amount, self.reporter_ppm)
		} else {
			0
		};
		let rest = amount
			.checked_sub(burn)
			.and_then(|rest| rest.checked_sub(reporter));
		// Parts that are not sound may ask for more than there is.
		rest.map_or(
			Shares {
				treasury: amount,
				..Shares::default()
			},
			|treasury| Shares {
				burn,
				treasury,
				reporter,
			},
		)
	}
}

/// `floor(amount * ppm / 1,000,000)`, computed in 256 bits; the whole from a million on.
pub fn part_floor(amount: u128, ppm: u32) -> u128 {
	let ppm = ppm.min(MILLION);
	multiply_by_rational_with_rounding(amount, ppm.into(), MILLION.into(), Rounding::Down)
		.unwrap_or(amount)
}

/// Takes an amount of what an account has on hold and divides it; treasury and reporter get free
/// balance. Says who got what in fact: a share that its account cannot receive goes from the reporter
/// to the treasury, and from the treasury to be burnt.
///
/// # Errors
///
/// Whatever the currency says, when less than the amount is held.
pub fn take_held<AccountId, Currency>(
	reason: &Currency::Reason,
	who: &AccountId,
	amount: u128,
	parts: &Parts,
	treasury: &AccountId,
	reporter: Option<&AccountId>,
) -> Result<Shares, DispatchError>
where
	Currency: hold::Mutate<AccountId, Balance = u128>,
{
	ensure!(
		Currency::balance_on_hold(reason, who) >= amount,
		TokenError::FundsUnavailable
	);
	let can_receive = |account: &AccountId, share| {
		Currency::can_deposit(account, share, Provenance::Extant) == DepositConsequence::Success
	};
	let (exact, force) = (Precision::Exact, Fortitude::Force);
	let pay = |account: &AccountId, share: u128| {
		let free = Restriction::Free;
		Currency::transfer_on_hold(reason, who, account, share, exact, free, force)
	};
	let whole = parts.divide(amount, true);
	let reporter = reporter.filter(|reporter| can_receive(reporter, whole.reporter));
	let mut shares = parts.divide(amount, reporter.is_some());
	if !can_receive(treasury, shares.treasury) {
		shares.burn = amount
			.checked_sub(shares.reporter)
			.ok_or(ArithmeticError::Underflow)?;
		shares.treasury = 0;
	}
	if shares.burn > 0 {
		Currency::burn_held(reason, who, shares.burn, exact, force)?;
	}
	if shares.treasury > 0 {
		pay(treasury, shares.treasury)?;
	}
	if let Some(reporter) = reporter.filter(|_| shares.reporter > 0) {
		pay(reporter, shares.reporter)?;
	}
	Ok(shares)
}
