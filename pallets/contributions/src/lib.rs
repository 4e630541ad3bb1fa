#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[allow(clippy::as_conversions, reason = "what the derives expand to")]
mod api;
mod impls;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod try_state;

pub use api::*;
pub use pallet::*;

/// The ledger of accepted contributions.
#[allow(
	clippy::as_conversions,
	clippy::arithmetic_side_effects,
	clippy::expect_used,
	clippy::indexing_slicing,
	clippy::unwrap_used,
	reason = "what the macros expand to; the calls only hand over to `do_*`"
)]
#[frame_support::pallet]
pub mod pallet {
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::BlockNumberFor;
	use guerdon_receipt::{Role, RunId};

	use crate::{Entry, EntryKey, Subject, Table};

	/// What the pallet needs of the runtime.
	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {}

	/// The pallet.
	#[pallet::pallet]
	pub struct Pallet<T>(_);

	/// The sums of every table, by run and role.
	#[pallet::storage]
	pub type Tables<T: Config> =
		StorageDoubleMap<_, Twox64Concat, RunId, Twox64Concat, Role, Table, ValueQuery>;

	/// The entries of every table, by run, role and index.
	#[pallet::storage]
	pub type Entries<T: Config> = StorageNMap<
		_,
		(
			NMapKey<Twox64Concat, RunId>,
			NMapKey<Twox64Concat, Role>,
			NMapKey<Twox64Concat, u32>,
		),
		Entry<T::AccountId>,
		OptionQuery,
	>;

	/// The index of every subject's entry, by run, role and subject.
	#[pallet::storage]
	pub type Indices<T: Config> = StorageNMap<
		_,
		(
			NMapKey<Twox64Concat, RunId>,
			NMapKey<Twox64Concat, Role>,
			NMapKey<Blake2_128Concat, Subject<T::AccountId>>,
		),
		u32,
		OptionQuery,
	>;

	/// The entries that are booked on an account or pay it.
	#[pallet::storage]
	pub type Histories<T: Config> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		T::AccountId,
		Twox64Concat,
		EntryKey,
		(),
		OptionQuery,
	>;

	/// What happened to the ledger.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// Accepted work was booked.
		Recorded {
			/// The run.
			run: RunId,
			/// The role.
			role: Role,
			/// The entry's index in the table of that run and role.
			index: u32,
			/// Whom or what it is booked on.
			subject: Subject<T::AccountId>,
			/// Who is paid for it.
			payee: T::AccountId,
			/// The units that were added.
			units: u64,
		},
		/// Valuation set what an entry counts.
		Reweighed {
			/// The run.
			run: RunId,
			/// The role.
			role: Role,
			/// The entry's index.
			index: u32,
			/// The new weight.
			weight: u64,
		},
		/// A table was closed and never changes again.
		TableClosed {
			/// The run.
			run: RunId,
			/// The role.
			role: Role,
			/// The final sums.
			table: Table,
		},
	}

	/// Why the ledger refused a change.
	#[pallet::error]
	pub enum Error<T> {
		/// The table of this run and role is closed: nothing can be recorded any more.
		Closed,
		/// There is no entry at this index: look the index up by subject.
		NotFound,
		/// The entry or its table cannot count that many units: record fewer.
		MaxUnitsExceeded,
		/// The table has as many entries as it can index.
		MaxEntriesExceeded,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}
}
