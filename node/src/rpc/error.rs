//! Why the `guerdon_v1` group refuses to answer.

use jsonrpsee::types::ErrorObjectOwned;

/// Every refusal, with a code that never changes its meaning.
///
/// The message is the same for all refusals of a kind; the detail goes into the error's `data`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Error {
	/// There is no such thing at that block.
	NotFound(&'static str),
	/// Not an address of this chain.
	InvalidAccount(String),
	/// Not a cursor that this list handed out.
	InvalidCursor(&'static str),
	/// This node does not know the block.
	UnknownBlock(String),
	/// The limit is not between 1 and 64.
	LimitExceeded(u64),
	/// The runtime of that block could not answer.
	RuntimeUnavailable(String),
	/// The node knows the block, but dropped its state.
	StatePruned(String),
	/// Not a number or hash in the form that ids have.
	InvalidId(String),
	/// The pool has more leaves than proofs are made for.
	PoolTooLarge(u64),
	/// The leaf was paid.
	AlreadyClaimed,
	/// The node feeds as many subscriptions as it may.
	TooManySubscriptions(usize),
	/// The leaves of the pool are not in the state, and this node does not keep them.
	NotIndexed(u64),
	/// A claim without a fee was not taken.
	ClaimRefused(String),
}

impl Error {
	/// The code.
	pub fn code(&self) -> i32 {
		match self {
			Self::NotFound(_) => -32101,
			Self::InvalidAccount(_) => -32102,
			Self::InvalidCursor(_) => -32103,
			Self::UnknownBlock(_) => -32104,
			Self::LimitExceeded(_) => -32105,
			Self::RuntimeUnavailable(_) => -32106,
			Self::StatePruned(_) => -32107,
			Self::InvalidId(_) => -32108,
			Self::PoolTooLarge(_) => -32109,
			Self::AlreadyClaimed => -32110,
			Self::TooManySubscriptions(_) => -32111,
			Self::NotIndexed(_) => -32112,
			Self::ClaimRefused(_) => -32113,
		}
	}

	fn message(&self) -> &'static str {
		match self {
			Self::NotFound(_) => "Not found",
			Self::InvalidAccount(_) => "Invalid account",
			Self::InvalidCursor(_) => "Invalid cursor",
			Self::UnknownBlock(_) => "Unknown block",
			Self::LimitExceeded(_) => "Limit exceeded",
			Self::RuntimeUnavailable(_) => "Runtime unavailable",
			Self::StatePruned(_) => "State pruned",
			Self::InvalidId(_) => "Invalid id",
			Self::PoolTooLarge(_) => "Pool too large",
			Self::AlreadyClaimed => "Already claimed",
			Self::TooManySubscriptions(_) => "Too many subscriptions",
			Self::NotIndexed(_) => "Not indexed",
			Self::ClaimRefused(_) => "Claim refused",
		}
	}

	fn detail(&self) -> String {
		match self {
			Self::NotFound(what) => format!("there is no such {what} at that block"),
			Self::InvalidAccount(why) => {
				format!("{why}: give SS58 with prefix 42, or 0x and 64 hex digits")
			}
			Self::InvalidCursor(why) => {
				format!("{why}: give the `next` of this method's last answer")
			}
			Self::UnknownBlock(hash) => format!("this node has no block {hash}"),
			Self::LimitExceeded(limit) => {
				format!(
					"the limit is {limit}: give one from 1 to {}",
					guerdon_runtime_api::MAX_PAGE
				)
			}
			Self::RuntimeUnavailable(why) => why.clone(),
			Self::StatePruned(hash) => {
				format!(
					"this node dropped the state of block {hash}: ask one that keeps all states"
				)
			}
			Self::InvalidId(why) => why.clone(),
			Self::PoolTooLarge(leaves) => format!(
				"the pool has {leaves} leaves; proofs are made for pools of up to {}",
				pallet_settlement::MAX_PROOF_LEAVES
			),
			Self::AlreadyClaimed => "the leaf was paid: there is nothing left to claim".into(),
			Self::TooManySubscriptions(most) => format!(
				"this node feeds {most} subscriptions: try again later, or run a node of your own"
			),
			Self::NotIndexed(pool) => format!(
				"this node does not keep the leaves of pool {pool}: ask one that does, or import them \
				 (guerdon-node index import)"
			),
			Self::ClaimRefused(why) => why.clone(),
		}
	}
}

impl From<Error> for ErrorObjectOwned {
	fn from(error: Error) -> Self {
		ErrorObjectOwned::owned(error.code(), error.message(), Some(error.detail()))
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn codes_are_the_documented_ones() {
		let documented = include_str!("../../../docs/rpc.md");
		let all = [
			Error::NotFound("run"),
			Error::InvalidAccount(String::new()),
			Error::InvalidCursor(""),
			Error::UnknownBlock(String::new()),
			Error::LimitExceeded(65),
			Error::RuntimeUnavailable(String::new()),
			Error::StatePruned(String::new()),
			Error::InvalidId(String::new()),
			Error::PoolTooLarge(4_097),
			Error::AlreadyClaimed,
			Error::TooManySubscriptions(256),
			Error::NotIndexed(7),
			Error::ClaimRefused(String::new()),
		];
		for (place, error) in (0..).zip(all) {
			assert_eq!(error.code(), -32101 - place);
			let row = format!("| {} | {} |", error.code(), error.message());
			assert!(documented.contains(&row), "{row} is missing in docs/rpc.md");
		}
	}
}
