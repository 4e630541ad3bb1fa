//! Pools, their leaves, and the pot that pays them.

use guerdon_runtime_api as api;
use guerdon_share_tree as tree;
use pallet_settlement as settlement;
use serde::Serialize;

use super::Role;
use crate::rpc::convert::{address, hex};

/// Who is paid what a leaf is due.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Payee {
	/// An account.
	Account {
		/// Which.
		account: String,
	},
	/// Whoever opens a commitment.
	Hidden {
		/// The commitment.
		commitment: String,
	},
	/// The members of another pool.
	Pool {
		/// Which.
		pool: u64,
	},
}

/// A sibling on the way from a leaf to the root.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub struct ProofNode {
	/// Its hash.
	pub hash: String,
	/// The sum of the weights under it.
	pub sum: String,
}

/// One leaf of a sealed pool.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Leaf {
	/// The pool.
	pub pool: u64,
	/// The pool's run.
	pub run: u64,
	/// The pool's role.
	pub role: Role,
	/// The leaf's index.
	pub index: u64,
	/// Who is paid.
	pub payee: Payee,
	/// What the leaf counts in the pool.
	pub weight: String,
	/// Whether it was paid.
	pub claimed: bool,
	/// What it is due in all, paid or not; null in pools of more than 4,096 leaves.
	pub entitlement: Option<String>,
	/// From the leaf up; null in pools of more than 4,096 leaves.
	pub proof: Option<Vec<ProofNode>>,
}

impl From<settlement::LeafView<api::AccountId>> for Leaf {
	fn from(view: settlement::LeafView<api::AccountId>) -> Self {
		let (entitlement, proof) = view
			.proven
			.map(|proven| {
				let proof = proven.proof.siblings.iter().map(|node| ProofNode {
					hash: hex(node.hash),
					sum: node.sum.to_string(),
				});
				(proven.entitlement.to_string(), proof.collect())
			})
			.unzip();
		Self {
			pool: view.pool,
			run: view.run,
			role: view.role.into(),
			index: view.index,
			payee: match view.leaf.payee {
				tree::Payee::Account(account) => Payee::Account {
					account: address(&account),
				},
				tree::Payee::Hidden(commitment) => Payee::Hidden {
					commitment: hex(commitment),
				},
				tree::Payee::Pool(pool) => Payee::Pool { pool },
			},
			weight: view.leaf.weight.to_string(),
			claimed: view.claimed,
			entitlement,
			proof,
		}
	}
}

/// A call that pays a leaf, for a wallet that can only sign.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub struct ClaimCall {
	/// The pool.
	pub pool: u64,
	/// The leaf's index.
	pub index: u64,
	/// Who is paid, whoever signs.
	pub payee: Payee,
	/// What the payee gets.
	pub entitlement: String,
	/// The call's data, as a transaction carries it.
	pub call: String,
}

/// How far a pool is.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum PoolState {
	/// Leaves are being added.
	Building {
		/// So far.
		leaves: u64,
		/// Of all of them so far.
		weight: String,
	},
	/// It can be claimed.
	Sealed {
		/// How many.
		leaves: u64,
		/// Of all of them.
		weight: String,
		/// The hash that proofs lead to.
		root: String,
	},
	/// It can be claimed, and funded again.
	Open {
		/// How many.
		leaves: u64,
		/// Of all of them.
		weight: String,
		/// The hash that proofs lead to.
		root: String,
	},
}

impl PoolState {
	/// Of a tree that is being built.
	pub fn building(builder: &tree::Builder) -> Self {
		Self::Building {
			leaves: builder.count(),
			weight: builder.sum().to_string(),
		}
	}
}

/// Money divided by weights.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Pool {
	/// Its id.
	pub id: u64,
	/// The run.
	pub run: u64,
	/// The role.
	pub role: Role,
	/// Ever funded.
	pub funded: String,
	/// Ever paid to leaves.
	pub paid: String,
	/// How far it is.
	pub state: PoolState,
}

impl From<(u64, settlement::Pool)> for Pool {
	fn from((id, pool): (u64, settlement::Pool)) -> Self {
		Self {
			id,
			run: pool.run,
			role: pool.role.into(),
			funded: pool.funded.to_string(),
			paid: pool.paid.to_string(),
			state: match pool.state {
				settlement::PoolState::Building(builder) => PoolState::building(&builder),
				settlement::PoolState::Sealed(summary) => PoolState::Sealed {
					leaves: summary.count,
					weight: summary.sum.to_string(),
					root: hex(summary.root),
				},
			},
		}
	}
}

/// What the pot holds and owes:
/// potFree + missing = existentialDeposit + (funded - paid) + escrow + dues + surplus.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Conservation {
	/// The pot's free balance.
	pub pot_free: String,
	/// Endowed at genesis and never paid out.
	pub existential_deposit: String,
	/// Ever put into pools.
	pub funded: String,
	/// Ever claimed from pools.
	pub paid: String,
	/// In all purses.
	pub escrow: String,
	/// Owed to accounts that could not receive it.
	pub dues: String,
	/// What strangers donated. Never payable.
	pub surplus: String,
	/// What the pot lacks. Anything but "0" is a defect.
	pub missing: String,
}

impl From<settlement::Conservation> for Conservation {
	fn from(sums: settlement::Conservation) -> Self {
		Self {
			pot_free: sums.pot_free.to_string(),
			existential_deposit: sums.existential_deposit.to_string(),
			funded: sums.funded.to_string(),
			paid: sums.paid.to_string(),
			escrow: sums.escrow.to_string(),
			dues: sums.dues.to_string(),
			surplus: sums.surplus.to_string(),
			missing: sums.missing.to_string(),
		}
	}
}
