//! Claims for people who own nothing: without a signature and without a fee.
//!
//! Whoever does not exist on the chain cannot sign: the nonce of its transaction is refused before any
//! fee is looked at. Whoever lives on an asset alone can sign, and pay no fee. So the proof is what authorizes such a claim. It costs nobody anything, and is
//! therefore bounded: by who is paid, by how much, and by how much of a block such claims may take.

use alloc::{vec, vec::Vec};
use codec::Encode;
use frame_support::{
	dispatch::DispatchResultWithPostInfo,
	ensure,
	pallet_prelude::{
		InvalidTransaction, TransactionLongevity, TransactionValidityError, ValidTransaction,
	},
	traits::{fungible::Inspect, Get},
	weights::Weight,
};
use guerdon_share_tree::{Leaf, Proof};
use sp_runtime::{
	traits::Zero, transaction_validity::TransactionValidityWithRefund, DispatchError,
};

use crate::{pallet::*, Balance, Claim, Entitled, Paid, WeightInfo};

/// How many blocks such a claim waits at most: it is sent again easily.
const LONGEVITY: TransactionLongevity = 64;

/// What tells such claims of the same leaf to be the same.
const TAG: &str = "guerdon/claim";

impl<T: Config> Pallet<T> {
	/// Whether an account could pay no fee: it has no GRD. Most such accounts do not exist; some live on
	/// an asset.
	fn has_no_grd(who: &T::AccountId) -> bool {
		T::Currency::total_balance(who).is_zero()
	}

	/// What claims without a fee took of this block.
	fn free_so_far() -> Weight {
		let (block, used) = FreeClaims::<T>::get();
		if block == frame_system::Pallet::<T>::block_number() {
			used
		} else {
			Weight::zero()
		}
	}

	/// What the call weighs, which asks everything once more.
	pub(crate) fn free_claim_weight(leaf: &Leaf<T::AccountId>, proof: &Proof) -> Weight {
		Self::claim_weight(leaf, proof).saturating_add(Self::check_weight(proof))
	}

	/// What it weighs to ask everything.
	pub(crate) fn check_weight(proof: &Proof) -> Weight {
		T::WeightInfo::check_free(Self::siblings(proof)).saturating_add(Self::asset_weight(1))
	}

	/// What a claim that pays GRD weighs: to ask everything once, and the call.
	fn grd_free_claim_weight(claim: &Claim<T::AccountId>) -> (Weight, Weight) {
		let check = T::WeightInfo::check_free(Self::siblings(&claim.proof));
		let call = Self::grd_claim_weight(&claim.leaf, &claim.proof).saturating_add(check);
		(check, call)
	}

	/// Everything that is asked of a claim without a fee: by the transaction pool, by whoever makes or
	/// checks a block, and when it is carried out. Answers what is to be paid, and what the block
	/// holds of such claims with this one.
	pub(crate) fn check_free(
		claim: &Claim<T::AccountId>,
	) -> Result<(Entitled<T::AccountId>, Weight), DispatchError> {
		let item = Self::entitled(claim)?;
		let (check, call) = match item.asset {
			None => Self::grd_free_claim_weight(claim),
			Some(_) => (
				Self::check_weight(&claim.proof),
				Self::free_claim_weight(&claim.leaf, &claim.proof),
			),
		};
		let used = Self::free_so_far()
			.saturating_add(T::FreeOverhead::get())
			.saturating_add(check)
			.saturating_add(call);
		ensure!(used.all_lte(T::FreeLane::get()), Error::<T>::FreeLaneFull);
		let due: Balance = Self::due(&item)?;
		let Paid::Account(payee) = &item.payee else {
			return Err(Error::<T>::NotFree.into());
		};
		let least = Self::min_free_claim(item.asset);
		let is_enough = least.is_some_and(|least| due >= least);
		ensure!(is_enough && Self::has_no_grd(payee), Error::<T>::NotFree);
		Self::can_pay(item.asset, payee, due)?;
		Ok((item, used))
	}

	/// What the transaction pool, and whoever makes a block, hears of a claim.
	pub(crate) fn authorize_free(claim: &Claim<T::AccountId>) -> TransactionValidityWithRefund {
		let (item, _) = Self::check_free(claim).map_err(Self::invalid)?;
		let refund = match item.asset {
			None => Self::asset_weight(1),
			Some(_) => Weight::zero(),
		};
		let valid = ValidTransaction {
			priority: 0,
			requires: vec![],
			provides: vec![(TAG, claim.pool, claim.index).encode()],
			longevity: LONGEVITY,
			propagate: true,
		};
		Ok((valid, refund))
	}

	/// Why a claim is not taken, in the words that transactions have for it.
	fn invalid(error: DispatchError) -> TransactionValidityError {
		let is = |errors: Vec<Error<T>>| errors.into_iter().any(|one| error == one.into());
		let held_back = matches!(error, DispatchError::Token(_));
		let invalid = if is(vec![Error::FreeLaneFull]) {
			InvalidTransaction::ExhaustsResources
		} else if is(vec![
			Error::NotFree,
			Error::BelowExistentialDeposit,
			Error::PayeeCannotReceive,
		]) {
			InvalidTransaction::Payment
		} else if is(vec![Error::AlreadyClaimed, Error::NothingToClaim]) {
			InvalidTransaction::Stale
		} else if held_back
			|| is(vec![
				Error::NotSealed,
				Error::MembersPending,
				Error::AssetShort,
			]) {
			InvalidTransaction::Future
		} else {
			InvalidTransaction::BadProof
		};
		invalid.into()
	}

	pub(crate) fn do_claim_free(claim: Claim<T::AccountId>) -> DispatchResultWithPostInfo {
		let (item, used) = Self::check_free(&claim)?;
		FreeClaims::<T>::put((frame_system::Pallet::<T>::block_number(), used));
		let asset = item.asset;
		Self::settle_leaf(item)?;
		let (_, weight) = Self::grd_free_claim_weight(&claim);
		Ok(asset.is_none().then_some(weight).into())
	}
}
