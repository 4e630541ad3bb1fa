//! Pools, their leaves, and the pot that pays them.

use guerdon_runtime_api as api;
use guerdon_share_tree as tree;
use pallet_settlement as settlement;
use serde::{Deserialize, Serialize};

use super::Role;
use crate::rpc::{
	convert::{account, address, digest, hex, text},
	error::Error,
};

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

/// One leaf of a pool that can be claimed.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Leaf {
	/// The pool.
	pub pool: u64,
	/// The pool's run; null for a cohort.
	pub run: Option<u64>,
	/// The pool's role; null for a cohort.
	pub role: Option<Role>,
	/// Whose members the cohort lists; null for a run's pool.
	pub dataset: Option<u64>,
	/// The asset that the pool pays; null for GRD.
	pub asset: Option<u32>,
	/// The leaf's index.
	pub index: u64,
	/// Who is paid.
	pub payee: Payee,
	/// What the leaf counts in the pool.
	pub weight: String,
	/// Whether it was paid all that it is due.
	pub claimed: bool,
	/// What it is due in all, paid or not; null where there is no proof.
	pub entitlement: Option<String>,
	/// What it was paid so far; null where there is no proof.
	pub drawn: Option<String>,
	/// From the leaf up; null in pools of more than 4,096 leaves that are not indexed here.
	pub proof: Option<Vec<ProofNode>>,
}

impl Leaf {
	/// A leaf without its proof, of a run's pool.
	pub fn of_run(
		pool: u64,
		(run, role): (u64, Role),
		asset: Option<u32>,
		index: u64,
		leaf: api::Leaf,
		claimed: bool,
	) -> Self {
		Self {
			pool,
			run: Some(run),
			role: Some(role),
			dataset: None,
			asset,
			index,
			payee: leaf.payee.into(),
			weight: leaf.weight.to_string(),
			claimed,
			entitlement: None,
			drawn: None,
			proof: None,
		}
	}

	/// A leaf without its proof, of a cohort or what it got in an asset.
	pub fn of_cohort(
		pool: u64,
		dataset: u64,
		asset: Option<u32>,
		index: u64,
		leaf: api::Leaf,
		claimed: bool,
	) -> Self {
		Self {
			pool,
			run: None,
			role: None,
			dataset: Some(dataset),
			asset,
			index,
			payee: leaf.payee.into(),
			weight: leaf.weight.to_string(),
			claimed,
			entitlement: None,
			drawn: None,
			proof: None,
		}
	}

	/// With its proof, and what it is due and was paid.
	pub fn proven(
		self,
		proof: &tree::Proof,
		entitlement: api::Balance,
		drawn: api::Balance,
	) -> Self {
		let proof = proof.siblings.iter().map(|node| ProofNode {
			hash: hex(node.hash),
			sum: node.sum.to_string(),
		});
		Self {
			entitlement: Some(entitlement.to_string()),
			drawn: Some(drawn.to_string()),
			proof: Some(proof.collect()),
			..self
		}
	}
}

impl From<tree::Payee<api::AccountId>> for Payee {
	fn from(payee: tree::Payee<api::AccountId>) -> Self {
		match payee {
			tree::Payee::Account(account) => Self::Account {
				account: address(&account),
			},
			tree::Payee::Hidden(commitment) => Self::Hidden {
				commitment: hex(commitment),
			},
			tree::Payee::Pool(pool) => Self::Pool { pool },
		}
	}
}

impl From<settlement::LeafView<api::AccountId>> for Leaf {
	fn from(view: settlement::LeafView<api::AccountId>) -> Self {
		let of = (view.run, view.role.into());
		let leaf = Self::of_run(
			view.pool,
			of,
			view.asset,
			view.index,
			view.leaf,
			view.claimed,
		);
		match view.proven {
			Some(settlement::Proven { entitlement, proof }) => {
				let drawn = if view.claimed { entitlement } else { 0 };
				leaf.proven(&proof, entitlement, drawn)
			}
			None => leaf,
		}
	}
}

/// The leaves that pay somebody.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub struct ClaimsPage {
	/// What runs pay comes first, then what cohorts pay.
	pub items: Vec<Leaf>,
	/// Where to go on; null at the end.
	pub next: Option<String>,
	/// Up to which block this node knows who is a member; null when it does not keep that.
	pub indexed: Option<u32>,
}

/// Opens a hidden payee.
#[derive(Deserialize, Clone, PartialEq, Eq, Debug)]
#[serde(deny_unknown_fields)]
pub struct Opening {
	/// Who is paid.
	pub account: String,
	/// What the commitment was made with.
	pub salt: String,
}

impl TryFrom<Opening> for settlement::Opening<api::AccountId> {
	type Error = Error;

	fn try_from(opening: Opening) -> Result<Self, Error> {
		Ok(Self {
			account: account(&opening.account)?,
			salt: digest(&opening.salt)?,
		})
	}
}

/// A claim that waits for a block.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub struct SubmittedClaim {
	/// The transaction's hash.
	pub transaction: String,
	/// The pool.
	pub pool: u64,
	/// The leaf's index.
	pub index: u64,
	/// Who is paid.
	pub payee: Payee,
	/// What the payee gets, if nothing else pays it before.
	pub amount: String,
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
	/// What the leaf is due in all; what it was paid before is not paid again.
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
	/// It expired: what nobody claimed went to the treasury.
	Closed {
		/// How many.
		leaves: u64,
		/// Of all of them.
		weight: String,
		/// The hash that proofs led to.
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
	/// The asset that it pays; null for GRD.
	pub asset: Option<u32>,
	/// Ever funded.
	pub funded: String,
	/// Ever paid to leaves, and to the treasury when it expired.
	pub paid: String,
	/// The last block in which it can be claimed for sure; null when it cannot be claimed.
	pub expires: Option<u32>,
	/// How far it is.
	pub state: PoolState,
}

impl Pool {
	/// A pool, and the last block in which it can be claimed.
	pub fn new(id: u64, pool: settlement::Pool, expires: Option<u32>) -> Self {
		Self {
			id,
			run: pool.run,
			role: pool.role.into(),
			asset: pool.asset,
			funded: pool.funded.to_string(),
			paid: pool.paid.to_string(),
			expires,
			state: match pool.state {
				settlement::PoolState::Building(builder) => PoolState::building(&builder),
				settlement::PoolState::Sealed(summary) => PoolState::Sealed {
					leaves: summary.count,
					weight: summary.sum.to_string(),
					root: hex(summary.root),
				},
				settlement::PoolState::Closed(summary) => PoolState::Closed {
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
	/// Endowed at genesis, or before an asset was allowed, and never paid out.
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
	/// What the pot lacks. Anything but "0" is a defect; in an asset, or what its issuer took.
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

/// An asset that runs can be paid in, or could.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Asset {
	/// Its id in the assets pallet.
	pub asset: u32,
	/// Its name.
	pub name: String,
	/// Its symbol.
	pub symbol: String,
	/// The decimals that amounts are shown with.
	pub decimals: u8,
	/// Whether new runs can be paid in it.
	pub open: bool,
	/// What the pot keeps of it and never pays out.
	pub endowment: String,
	/// The smallest amount that is paid without a fee.
	pub min_free_claim: String,
}

impl From<api::AssetView> for Asset {
	fn from(view: api::AssetView) -> Self {
		Self {
			asset: view.asset,
			name: text(&view.name),
			symbol: text(&view.symbol),
			decimals: view.decimals,
			open: view.allowed.open,
			endowment: view.allowed.endowment.to_string(),
			min_free_claim: view.allowed.min_free_claim.to_string(),
		}
	}
}

/// All assets that runs can be paid in, or could.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub struct Assets {
	/// By id; at most 16.
	pub assets: Vec<Asset>,
}
