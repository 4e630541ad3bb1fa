#![allow(
	clippy::as_conversions,
	reason = "what the derive of an enum's codec expands to"
)]

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::Hash;

/// The id of a pool.
pub type PoolId = u64;

/// Who is paid what a leaf is due.
#[derive(
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Clone,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Debug,
)]
pub enum Payee<AccountId> {
	/// This account.
	#[codec(index = 0)]
	Account(AccountId),
	/// The account that opens this commitment, made by [`crate::hidden`].
	#[codec(index = 1)]
	Hidden(Hash),
	/// The members of this pool.
	#[codec(index = 2)]
	Pool(PoolId),
}
