#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

mod builder;
mod error;
mod hash;
mod leaf;
mod node;
mod page;
mod payee;
mod proof;
mod split;
mod tree;

pub use builder::{Builder, Summary};
pub use error::Error;
#[cfg(feature = "native")]
pub use hash::NativeBlake2_256;
pub use hash::{Hash, Hasher};
pub use leaf::{hidden, leaf_hash, leaf_node, Leaf, Weight, DOMAIN, HIDDEN_DOMAIN};
pub use node::{node_hash, Node};
pub use page::{page_count, page_entitlements, page_entitlements_of, page_root, PAGE_LEAVES};
pub use payee::{Payee, PoolId};
pub use proof::{
	depth, entitlement, entitlement_of, proof_length, prove, verify, Path, Proof, Side, Step,
};
pub use split::{split, split_many};
pub use tree::Tree;

/// The most leaves that a tree may have: 2^40.
pub const MAX_LEAVES: u64 = 1 << 40;

/// The most siblings that a proof may have: the depth of a tree of [`MAX_LEAVES`] leaves.
pub const MAX_DEPTH: u32 = 40;

/// The largest sum that a node may have: [`MAX_LEAVES`] leaves of weight `u64::MAX`, below 2^104.
pub const MAX_SUM: u128 = 0x00FF_FFFF_FFFF_FFFF_FF00_0000_0000;

#[cfg(test)]
mod tests;
