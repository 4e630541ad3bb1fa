#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod apply;
mod error;
mod file;
mod index;
mod lookup;
mod records;
mod tail;
mod tidy;
mod types;

pub use error::Error;
pub use file::Imported;
pub use index::Index;
pub use types::{
	AccountId, Block, Change, Found, Leaf, PaidLeaf, Payee, Place, PoolInfo, PoolState, MOST_FOUND,
};

#[cfg(test)]
mod tests;
