use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{
	traits::{ConstU32, Get},
	BoundedVec,
};
use guerdon_receipt::{DatasetId, PoolId, Role, RunId};
use guerdon_share_tree::{Builder, Hash, Hasher, Leaf, Payee, Proof, Summary, PAGE_LEAVES};
use scale_info::TypeInfo;
use sp_core::H256;

/// Money, in the smallest unit of what it is counted in: 10^-12 GRD, or what the asset calls its own.
pub type Balance = u128;
/// An asset of the assets pallet.
pub type AssetId = u32;
/// What money is counted in; None is GRD, the native currency.
pub type Asset = Option<AssetId>;

/// The most claims that one `claim_many` carries.
pub const MAX_CLAIMS: u32 = 64;
/// The most dues that one `claim_due` pays.
pub const MAX_DUES: u32 = 64;
/// The most members that one `stream_members` adds.
pub const MAX_STREAMED: u32 = 256;
/// The most cohorts of a dataset.
pub const MAX_COHORTS: u32 = 16;
/// The most assets that were ever allowed.
pub const MAX_ASSETS: u32 = 16;
/// The most items that one `clean` removes.
pub const MAX_CLEANED: u32 = 256;
/// The most licence payments that a settlement makes.
pub const MAX_LICENCES: u32 = 64;
/// The most leaves of a pool that the pallet rebuilds a proof for.
pub const MAX_PROOF_LEAVES: u64 = 4_096;
/// The most claims that one page of `claims_of` looks at.
pub const MAX_PAGE: u32 = 64;
/// Parts that a budget is split in.
pub const WHOLE_PPM: u32 = 1_000_000;

/// The number of leaves whose drawn amounts share one storage item.
pub const DRAWN_LEAVES: u64 = 64;
const DRAWN_AMOUNTS: usize = 64;

const PAGE_BYTES: usize = 256;
/// The number of leaves whose claimed bits share one storage item.
pub const PAGE_BITS: u64 = 2_048;

/// The host's blake2b-256.
pub struct HostHasher;

impl Hasher for HostHasher {
	fn hash(data: &[u8]) -> Hash {
		sp_io::hashing::blake2_256(data)
	}
}

/// Money divided by weights.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct Pool {
	/// The run whose contributions the leaves are.
	pub run: RunId,
	/// The role whose table the leaves are.
	pub role: Role,
	/// What it is funded and paid in.
	pub asset: Asset,
	/// Ever funded.
	pub funded: Balance,
	/// Ever paid: to leaves, and to the treasury when it expired.
	pub paid: Balance,
	/// The tree, finished or not.
	pub state: PoolState,
}

/// How far a pool is.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub enum PoolState {
	/// Leaves are being added.
	Building(Builder),
	/// Funded for the last time; can be claimed.
	Sealed(Summary),
	/// Expired; nothing is left of it.
	Closed(Summary),
}

/// Where a settlement stands.
#[derive(
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
)]
pub struct Settlement {
	/// The hash of the terms it started with.
	pub terms: H256,
	/// What comes next.
	pub stage: Stage,
}

/// What a settlement does next.
#[derive(
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
)]
pub enum Stage {
	/// Add the entry `next` of this role's table to its pool.
	Building {
		/// The role.
		role: Role,
		/// The next entry.
		next: u32,
	},
	/// Split the budget and fund every pool.
	Funding,
	/// Make the licence payment number `next`.
	Licences {
		/// The next payment.
		next: u32,
	},
	/// Return what is left to the sponsor.
	Returning,
	/// Nothing is left to do.
	Done,
}

/// The claimed bits of [`PAGE_BITS`] consecutive leaves.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct ClaimedPage([u8; PAGE_BYTES]);

impl Default for ClaimedPage {
	fn default() -> Self {
		Self([0; PAGE_BYTES])
	}
}

impl ClaimedPage {
	/// The page of a leaf.
	pub fn number(index: u64) -> u64 {
		index / PAGE_BITS
	}

	/// Whether the leaf with this index in the pool is claimed, given its page.
	pub fn is_claimed(&self, index: u64) -> bool {
		let (byte, mask) = Self::place(index);
		self.0.get(byte).is_some_and(|byte| byte & mask != 0)
	}

	pub(crate) fn mark(&mut self, index: u64) {
		let (byte, mask) = Self::place(index);
		if let Some(byte) = self.0.get_mut(byte) {
			*byte |= mask;
		}
	}

	/// The bits that are set, counted from the page's first.
	pub fn claimed(&self) -> impl Iterator<Item = u64> + '_ {
		(0..PAGE_BITS).filter(|bit| self.is_claimed(*bit))
	}

	fn place(index: u64) -> (usize, u8) {
		const MASKS: [u8; 8] = [1, 2, 4, 8, 16, 32, 64, 128];
		let bit = usize::try_from(index % PAGE_BITS).unwrap_or_default();
		(bit / 8, MASKS.get(bit % 8).copied().unwrap_or_default())
	}
}

/// One leaf that somebody wants paid.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct Claim<AccountId> {
	/// The pool.
	pub pool: PoolId,
	/// The leaf's index.
	pub index: u64,
	/// The leaf.
	pub leaf: Leaf<AccountId>,
	/// What leads from the leaf to the pool's root.
	pub proof: Proof,
	/// Opens a hidden payee; None for any other.
	pub opening: Option<Opening<AccountId>>,
}

/// What the commitment of a hidden payee was made of.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct Opening<AccountId> {
	/// Who is paid.
	pub account: AccountId,
	/// What kept that secret.
	pub salt: [u8; 32],
}

/// What `claim_many` carries.
pub type Claims<AccountId> = BoundedVec<Claim<AccountId>, MaxClaims>;

/// [`MAX_CLAIMS`] as a type.
pub struct MaxClaims;

impl Get<u32> for MaxClaims {
	fn get() -> u32 {
		MAX_CLAIMS
	}
}

/// What `stream_members` carries.
pub type Streamed<AccountId> = BoundedVec<Leaf<AccountId>, ConstU32<MAX_STREAMED>>;

/// What `pay_page` carries.
pub type PageLeaves<AccountId> = BoundedVec<Leaf<AccountId>, MaxPageLeaves>;

/// The leaves of a page as a type.
pub struct MaxPageLeaves;

impl Get<u32> for MaxPageLeaves {
	fn get() -> u32 {
		u32::try_from(PAGE_LEAVES).unwrap_or(u32::MAX)
	}
}

/// What a leaf is part of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Source {
	Run { run: RunId, role: Role },
	Cohort { dataset: DatasetId },
	Share { dataset: DatasetId },
}

/// A pool that can be paid.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Payable {
	pub source: Source,
	/// The pool that its leaves are those of.
	pub list: PoolId,
	pub summary: Summary,
	pub asset: Asset,
	/// All that it was ever funded with.
	pub funded: Balance,
}

/// The cohorts of a dataset that money is divided over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Members {
	pub dataset: DatasetId,
	pub cohorts: Vec<PoolId>,
}

/// Who is paid what a leaf is due.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Paid<AccountId> {
	Account(AccountId),
	Members(Members),
}

/// A claim whose proof holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Entitled<AccountId> {
	pub pool: PoolId,
	pub index: u64,
	pub source: Source,
	pub payee: Paid<AccountId>,
	pub asset: Asset,
	/// In all, paid or not.
	pub entitlement: Balance,
}

/// One list of members of a dataset: a pool that can be funded again and again.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct Cohort<AccountId, BlockNumber> {
	/// The dataset whose members are listed.
	pub dataset: DatasetId,
	/// Who opened the list: the dataset's owner then. The deposit is held from this account.
	pub owner: AccountId,
	/// What the cohort counts among those of its dataset.
	pub weight: u64,
	/// Ever funded, in GRD; for assets see [`Share`].
	pub funded: Balance,
	/// Ever paid to leaves, in GRD.
	pub paid: Balance,
	/// What is held for it.
	pub deposit: Balance,
	/// The tree, finished or not.
	pub state: CohortState<AccountId, BlockNumber>,
}

/// How far a cohort is.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub enum CohortState<AccountId, BlockNumber> {
	/// Members are being added.
	Building {
		/// The tree so far.
		builder: Builder,
		/// The payee of the last leaf.
		last: Option<Payee<AccountId>>,
		/// First block in which it can be sealed.
		sealable_from: BlockNumber,
	},
	/// Can be funded and claimed, for ever.
	Open(Summary),
}

/// What a cohort got in an asset: a pool of its own, whose leaves are those of the cohort.
#[derive(
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
)]
pub struct Share {
	/// The dataset whose members are paid.
	pub dataset: DatasetId,
	/// The cohort's pool, which leaves and proofs are made for.
	pub list: PoolId,
	/// What it is funded and paid in.
	pub asset: AssetId,
	/// Ever funded.
	pub funded: Balance,
	/// Ever paid to leaves.
	pub paid: Balance,
}

/// An asset that runs can be paid in, or could.
#[derive(
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
)]
pub struct AllowedAsset {
	/// What the pot keeps of it and never pays out, so that its account stays.
	pub endowment: Balance,
	/// The smallest amount that is paid without a fee, to whoever has no GRD.
	pub min_free_claim: Balance,
	/// Whether new runs can be paid in it.
	pub open: bool,
}

/// The cohorts of a dataset.
#[derive(
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Clone,
	PartialEq,
	Eq,
	Debug,
	Default,
)]
pub struct Membership {
	/// Those that are open, in the order in which they were sealed, which is that of their ids.
	pub open: BoundedVec<PoolId, ConstU32<MAX_COHORTS>>,
	/// The one that is being built.
	pub building: Option<PoolId>,
}

impl Membership {
	/// The list that a leaf names which is made now. It stands for the cohorts that are open now; while
	/// there is none, for the one that is being built.
	pub fn named(&self) -> Option<PoolId> {
		self.open.last().copied().or(self.building)
	}

	/// How many cohorts there are.
	pub fn count(&self) -> u32 {
		let open = u32::try_from(self.open.len()).unwrap_or(u32::MAX);
		open.saturating_add(self.building.is_some().into())
	}

	/// Whether there is no cohort.
	pub fn is_empty(&self) -> bool {
		self.named().is_none()
	}
}

/// A licence payment for a dataset with members that is not booked to them yet.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct LicenceDue<AccountId> {
	/// How much.
	pub amount: Balance,
	/// Which list stands for the members; see [`Membership::named`].
	pub list: PoolId,
	/// Who is paid if that list is abandoned.
	pub payee: AccountId,
}

/// What [`DRAWN_LEAVES`] consecutive leaves of a cohort were paid.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug,
)]
pub struct DrawnPage([Balance; DRAWN_AMOUNTS]);

impl Default for DrawnPage {
	fn default() -> Self {
		Self([0; DRAWN_AMOUNTS])
	}
}

impl DrawnPage {
	/// The page of a leaf.
	pub fn number(index: u64) -> u64 {
		index / DRAWN_LEAVES
	}

	/// What the leaf with this index in the pool was paid, given its page.
	pub fn amount(&self, index: u64) -> Balance {
		self.0.get(Self::place(index)).copied().unwrap_or_default()
	}

	pub(crate) fn set(&mut self, index: u64, amount: Balance) {
		if let Some(slot) = self.0.get_mut(Self::place(index)) {
			*slot = amount;
		}
	}

	/// What the leaves were paid, in order.
	pub fn amounts(&self) -> &[Balance] {
		&self.0
	}

	fn place(index: u64) -> usize {
		usize::try_from(index % DRAWN_LEAVES).unwrap_or_default()
	}
}

/// The cohorts of a dataset, and what waits for them.
#[derive(Encode, Decode, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct MembersView<AccountId, BlockNumber> {
	/// The cohorts as they are stored, by id; the last one may still be built.
	pub cohorts: Vec<(PoolId, Cohort<AccountId, BlockNumber>)>,
	/// Licence payments that are not booked to them yet, of up to 64 runs.
	pub pending: Balance,
	/// What the cohorts got in assets, by the ids of its pools.
	pub shares: Vec<(PoolId, Share)>,
}

/// What the pot holds and owes:
/// `pot_free + missing = existential_deposit + (funded - paid) + escrow + dues + surplus`.
#[derive(Encode, Decode, TypeInfo, Clone, Copy, PartialEq, Eq, Debug)]
pub struct Conservation {
	/// The pot's free balance.
	pub pot_free: Balance,
	/// Endowed at genesis, or before an asset was allowed, and never paid out.
	pub existential_deposit: Balance,
	/// Ever put into pools.
	pub funded: Balance,
	/// Ever claimed from pools.
	pub paid: Balance,
	/// In all purses.
	pub escrow: Balance,
	/// Owed to accounts that could not receive it, and licence payments that are not booked to
	/// members yet.
	pub dues: Balance,
	/// What strangers donated. Never payable.
	pub surplus: Balance,
	/// What the pot lacks. Anything but zero is a defect; in an asset, or what its issuer took.
	pub missing: Balance,
}

/// One leaf of a sealed pool, with what is needed to claim it.
#[derive(Encode, Decode, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct LeafView<AccountId> {
	/// The pool.
	pub pool: PoolId,
	/// The pool's run.
	pub run: RunId,
	/// The pool's role.
	pub role: Role,
	/// What the pool is paid in.
	pub asset: Asset,
	/// The leaf's index.
	pub index: u64,
	/// The leaf.
	pub leaf: Leaf<AccountId>,
	/// Whether it was paid already.
	pub claimed: bool,
	/// Proof and entitlement; None when the pool has more than [`MAX_PROOF_LEAVES`] leaves.
	pub proven: Option<Proven>,
}

/// A leaf's proof and what it is due.
#[derive(Encode, Decode, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct Proven {
	/// What the leaf is due in all, paid or not.
	pub entitlement: Balance,
	/// What leads from the leaf to the pool's root.
	pub proof: Proof,
}
