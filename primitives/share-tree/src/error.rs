/// Why a split, a tree or a proof was refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Error {
	/// There is money to divide but nothing has weight: give a leaf weight before funding.
	ZeroWeight,
	/// The weights add up to more than the sum's type or a tree's largest sum can hold.
	SumTooLarge,
	/// The tree would have more than 2^40 leaves: divide it into several pools.
	TooManyLeaves,
	/// A tree, or a page of one, needs at least one leaf.
	NoLeaves,
	/// The index is not below the number of leaves.
	IndexOutOfRange,
	/// The proof has fewer or more siblings than the index and the number of leaves require.
	WrongProofLength,
	/// The proof leads to another root: it is for another tree, leaf or index.
	RootMismatch,
	/// The proof leads to the right root with another sum of weights.
	SumMismatch,
	/// The page has another number of leaves than its place in the tree requires.
	WrongPageLength,
	/// The leaves are not those of the page that the path was verified for.
	PageMismatch,
}

impl core::fmt::Display for Error {
	fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
		f.write_str(match self {
			Self::ZeroWeight => "there is money to divide but nothing has weight",
			Self::SumTooLarge => "the weights add up to more than can be held",
			Self::TooManyLeaves => "the tree would have more than 2^40 leaves",
			Self::NoLeaves => "a tree or page needs at least one leaf",
			Self::IndexOutOfRange => "the index is not below the number of leaves",
			Self::WrongProofLength => "the proof has the wrong number of siblings",
			Self::RootMismatch => "the proof leads to another root",
			Self::SumMismatch => "the proof leads to another sum of weights",
			Self::WrongPageLength => "the page has the wrong number of leaves",
			Self::PageMismatch => "the leaves are not those of the verified page",
		})
	}
}

impl core::error::Error for Error {}
