//! The faults that there are, and how often each happened.

use std::collections::BTreeMap;

/// Something that goes wrong around a runtime that does nothing wrong.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Fault {
	/// A transaction that never arrives.
	Dropped,
	/// One that arrives some blocks later than it was signed.
	Late,
	/// One that arrives when its era is over.
	Expired,
	/// One that arrives again, byte by byte.
	Duplicate,
	/// The second transaction of somebody, that arrives before the first.
	OutOfOrder,
	/// A transaction of a block that was undone, handed in again.
	Resent,
	/// A transaction of a block that was undone, and lost.
	LostInFork,
	/// A branch that became the longest: blocks are undone.
	Reorg,
	/// A branch that stayed the shorter one.
	ForkThatLost,
	/// A block that does not do what it says, and is refused by whoever imports it.
	DishonestBlock,
	/// Slots without a block.
	MissedSlots,
	/// Epochs without a block.
	Outage,
	/// Everything but the disk is lost.
	Restart,
	/// Another runtime, while no run is being settled.
	Upgrade,
	/// Another runtime, while a run is being settled.
	UpgradeInSettlement,
}

impl Fault {
	/// All there are.
	pub const ALL: [Self; 15] = [
		Self::Dropped,
		Self::Late,
		Self::Expired,
		Self::Duplicate,
		Self::OutOfOrder,
		Self::Resent,
		Self::LostInFork,
		Self::Reorg,
		Self::ForkThatLost,
		Self::DishonestBlock,
		Self::MissedSlots,
		Self::Outage,
		Self::Restart,
		Self::Upgrade,
		Self::UpgradeInSettlement,
	];

	/// What it is called in tables.
	pub fn name(self) -> &'static str {
		match self {
			Self::Dropped => "transaction dropped",
			Self::Late => "transaction late",
			Self::Expired => "transaction handed in after its era",
			Self::Duplicate => "transaction handed in twice",
			Self::OutOfOrder => "transactions in the wrong order",
			Self::Resent => "transaction of an undone block handed in again",
			Self::LostInFork => "transaction of an undone block lost",
			Self::Reorg => "reorganisation",
			Self::ForkThatLost => "branch that lost",
			Self::DishonestBlock => "dishonest block refused",
			Self::MissedSlots => "missed slots",
			Self::Outage => "outage of some epochs",
			Self::Restart => "restart from disk",
			Self::Upgrade => "runtime upgrade",
			Self::UpgradeInSettlement => "runtime upgrade while a run was settled",
		}
	}
}

/// How often each happened.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Faults(BTreeMap<Fault, u64>);

impl Faults {
	/// One more.
	pub fn count(&mut self, fault: Fault) {
		*self.0.entry(fault).or_default() += 1;
	}

	/// How often it happened.
	pub fn of(&self, fault: Fault) -> u64 {
		self.0.get(&fault).copied().unwrap_or_default()
	}

	/// Those of another chain as well.
	pub fn add(&mut self, other: &Self) {
		for (fault, times) in &other.0 {
			*self.0.entry(*fault).or_default() += times;
		}
	}
}
