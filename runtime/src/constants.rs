//! The numbers that the chain is built on. What relates them is asserted in the tests.

use crate::{Balance, BlockNumber};

/// Money. One GRD is 10^12 units.
pub mod currency {
	use super::Balance;

	/// One GRD.
	pub const GRD: Balance = 1_000_000_000_000;
	/// A thousandth of a GRD.
	pub const MILLI_GRD: Balance = GRD / 1_000;
	/// A millionth of a GRD.
	pub const MICRO_GRD: Balance = GRD / 1_000_000;

	/// Digits after the decimal point of a GRD.
	pub const DECIMALS: u8 = 12;
	/// What wallets write behind an amount.
	pub const SYMBOL: &str = "GRD";
	/// The SS58 address prefix ("generic Substrate").
	pub const SS58_PREFIX: u16 = 42;

	/// The smallest balance that keeps an account alive.
	pub const EXISTENTIAL_DEPOSIT: Balance = MICRO_GRD;

	/// Held for each stored item that a user creates, on top of its bytes.
	pub const DEPOSIT_PER_ITEM: Balance = 100 * MILLI_GRD;
	/// Held for each stored byte that a user creates.
	pub const DEPOSIT_PER_BYTE: Balance = 100 * MICRO_GRD;

	/// The fee for each byte of a transaction. Filling a block with bytes costs about as much as
	/// filling it with weight.
	pub const FEE_PER_BYTE: Balance = MICRO_GRD / 4;

	/// The deposit for `items` stored items of `bytes` bytes in all.
	pub const fn deposit(items: u32, bytes: u32) -> Balance {
		items as Balance * DEPOSIT_PER_ITEM + bytes as Balance * DEPOSIT_PER_BYTE
	}
}

/// Time, in milliseconds, slots and blocks. Every slot has a block when all validators are up.
pub mod time {
	use super::BlockNumber;

	/// One slot.
	pub const SLOT_MILLIS: u64 = 2_000;
	/// The least time between two blocks' timestamps, which BABE wants to be half a slot.
	pub const MINIMUM_PERIOD_MILLIS: u64 = SLOT_MILLIS / 2;

	/// Slots in an epoch, which is also a session. Fixed at genesis: changing it on a live chain
	/// stalls BABE.
	pub const EPOCH_SLOTS: u64 = match option_env!("GUERDON_EPOCH_SLOTS") {
		Some(text) => parse(text),
		None => 20,
	};

	/// Blocks in a minute.
	pub const MINUTES: BlockNumber = 60_000 / SLOT_MILLIS as BlockNumber;
	/// Blocks in an hour.
	pub const HOURS: BlockNumber = 60 * MINUTES;
	/// Blocks in a day.
	pub const DAYS: BlockNumber = 24 * HOURS;

	/// BABE's odds that a slot has a primary author.
	pub const PRIMARY_PROBABILITY: (u64, u64) = (1, 4);

	const fn parse(text: &str) -> u64 {
		let digits = text.as_bytes();
		assert!(!digits.is_empty(), "GUERDON_EPOCH_SLOTS is empty");
		let mut value = 0u64;
		let mut i = 0;
		while i < digits.len() {
			assert!(
				digits[i].is_ascii_digit(),
				"GUERDON_EPOCH_SLOTS is not a decimal number"
			);
			value = value * 10 + (digits[i] - b'0') as u64;
			i += 1;
		}
		assert!(value >= 4, "an epoch has at least 4 slots");
		value
	}
}

/// Sizes of sets and lists.
pub mod limits {
	/// Validators at most.
	pub const MAX_VALIDATORS: u32 = 100;
	/// Below this many validators with session keys the set stays as it is: an empty set would stall
	/// BABE for good.
	pub const MIN_VALIDATORS: u32 = 1;
	/// Council members at most.
	pub const MAX_COUNCIL: u32 = 100;
	/// Sessions for which an equivocation can be proved.
	pub const KEPT_SESSIONS: u32 = 168;
}

/// What fits into a block.
pub mod block {
	use frame_support::weights::{constants::WEIGHT_REF_TIME_PER_MILLIS, Weight};
	use sp_runtime::Perbill;

	/// Execution time of a full block: a quarter of a slot.
	pub const MAX_WEIGHT: Weight = Weight::from_parts(500 * WEIGHT_REF_TIME_PER_MILLIS, u64::MAX);
	/// Bytes of a full block.
	pub const MAX_LENGTH: u32 = 2 * 1024 * 1024;
	/// The share of a block that ordinary transactions may use.
	pub const NORMAL_RATIO: Perbill = Perbill::from_percent(75);
}
