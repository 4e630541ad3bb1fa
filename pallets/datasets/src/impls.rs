//! What the calls do, and the [`Catalogue`] trait.

use crate::{pallet::*, *};
use codec::Encode;
use frame_support::{
	defensive, ensure,
	pallet_prelude::{DispatchResult, Get},
	traits::{fungible::hold::Mutate as _, tokens::Precision, Contains},
};
use frame_system::pallet_prelude::BlockNumberFor;
use guerdon_content::{verify_final, ChunkProof};
use guerdon_receipt::{AccountBytes, Epoch};
use sp_core::H256;
use sp_runtime::{
	traits::{CheckedAdd, CheckedMul},
	ArithmeticError, DispatchError,
};

/// The commitment that announces a dataset.
pub fn commitment(owner: &AccountBytes, root: &H256, length: u64, salt: &Salt) -> H256 {
	let preimage = (ANNOUNCE_DOMAIN, owner, root, length, salt).encode();
	H256(sp_io::hashing::blake2_256(&preimage))
}

impl<T: Config> Pallet<T> {
	pub(crate) fn do_announce(owner: T::AccountId, commitment: H256) -> DispatchResult {
		ensure!(
			!Announcements::<T>::contains_key(&owner, commitment),
			Error::<T>::AlreadyAnnounced
		);
		let count = AnnouncementCounts::<T>::get(&owner);
		ensure!(
			count < T::MaxAnnouncements::get(),
			Error::<T>::MaxAnnouncementsExceeded
		);
		let count = count.checked_add(1).ok_or(ArithmeticError::Overflow)?;
		let deposit = T::AnnounceDeposit::get();
		T::Currency::hold(&HoldReason::Announcement.into(), &owner, deposit)?;
		AnnouncementCounts::<T>::insert(&owner, count);
		Announcements::<T>::insert(
			&owner,
			commitment,
			Announcement {
				at: now::<T>(),
				deposit,
			},
		);
		Self::deposit_event(Event::Announced {
			owner,
			commitment,
			deposit,
		});
		Ok(())
	}

	pub(crate) fn do_expire_announcement(owner: T::AccountId, commitment: H256) -> DispatchResult {
		let announcement =
			Announcements::<T>::get(&owner, commitment).ok_or(Error::<T>::NotAnnounced)?;
		ensure!(
			now::<T>() >= expiry::<T>(announcement.at)?,
			Error::<T>::AnnouncementAlive
		);

		let deposit = announcement.deposit;
		Self::drop_announcement(&owner, commitment, deposit)?;
		Self::deposit_event(Event::AnnouncementExpired {
			owner,
			commitment,
			deposit,
		});
		Ok(())
	}

	fn drop_announcement(
		owner: &T::AccountId,
		commitment: H256,
		deposit: BalanceOf<T>,
	) -> DispatchResult {
		release::<T>(HoldReason::Announcement, owner, deposit)?;
		let left = AnnouncementCounts::<T>::get(owner)
			.checked_sub(1)
			.ok_or(ArithmeticError::Underflow)?;
		if left == 0 {
			AnnouncementCounts::<T>::remove(owner);
		} else {
			AnnouncementCounts::<T>::insert(owner, left);
		}
		Announcements::<T>::remove(owner, commitment);
		Ok(())
	}

	pub(crate) fn do_publish(owner: T::AccountId, args: PublishArgsOf<T>) -> DispatchResult {
		let PublishArgs {
			root,
			length,
			records,
			salt,
			licence,
			access,
			parent,
			payout,
			..
		} = args;
		let commitment = commitment(&owner.clone().into(), &root, length, &salt);
		let announcement =
			Announcements::<T>::get(&owner, commitment).ok_or(Error::<T>::NotAnnounced)?;
		ensure!(
			now::<T>() >= maturity::<T>(announcement.at)?,
			Error::<T>::AnnouncementTooYoung
		);
		ensure!(
			now::<T>() < expiry::<T>(announcement.at)?,
			Error::<T>::AnnouncementOver
		);
		let priority = announcement.at;
		let outranked = Self::outranked(root, priority)?;
		ensure!(records > 0, Error::<T>::NoRecords);
		ensure!(!T::IsPot::contains(&payout), Error::<T>::PayoutIsPot);
		ensure_licence::<T>(&licence, records)?;
		if let Some(parent) = parent {
			let parent = Datasets::<T>::get(parent).ok_or(Error::<T>::InvalidParent)?;
			ensure!(parent.owner == owner, Error::<T>::InvalidParent);
		}
		ensure_final_chunk::<T>(&args.final_chunk, &root, length, records)?;

		let dataset = NextDatasetId::<T>::get();
		let next = dataset.checked_add(1).ok_or(ArithmeticError::Overflow)?;
		let deposit = T::DatasetDeposit::get();
		Self::drop_announcement(&owner, commitment, announcement.deposit)?;
		T::Currency::hold(&HoldReason::Dataset.into(), &owner, deposit)?;
		NextDatasetId::<T>::put(next);
		let first = outranked
			.as_ref()
			.map_or(dataset, |(holder, _)| holder.first);
		ByRoot::<T>::insert(root, Holder { dataset, first });
		Datasets::<T>::insert(
			dataset,
			Dataset {
				owner: owner.clone(),
				payout: Payout::new(payout.clone()),
				content: Content {
					root,
					length,
					records,
				},
				metadata: Metadata {
					hash: args.metadata_hash,
					uri: args.uri,
				},
				licence,
				access,
				endpoint: args.endpoint,
				parent,
				priority,
				status: Status::Active,
				deposit,
				uses: 0,
				pending: 0,
			},
		);
		Self::deposit_event(Event::Published {
			dataset,
			owner,
			root,
			length,
			records,
			priority,
			deposit,
		});
		if let Some((holder, mut it)) = outranked {
			it.status = Status::Contested { by: dataset };
			it.payout = Payout::new(payout);
			Datasets::<T>::insert(holder.dataset, it);
			Self::deposit_event(Event::Contested {
				dataset: holder.dataset,
				by: dataset,
			});
		}
		Ok(())
	}

	/// The dataset that a root is taken over from, if one has it: only an announcement in an earlier
	/// block takes precedence.
	fn outranked(
		root: H256,
		priority: BlockNumberFor<T>,
	) -> Result<Option<(Holder, DatasetOf<T>)>, DispatchError> {
		let Some(holder) = ByRoot::<T>::get(root) else {
			return Ok(None);
		};
		let it = Datasets::<T>::get(holder.dataset).ok_or(Error::<T>::NotFound)?;
		ensure!(priority < it.priority, Error::<T>::AlreadyExists);
		Ok(Some((holder, it)))
	}

	/// Who is paid for a dataset now. For a contested one it is whoever has the root, however often
	/// it was taken over since; if that one is retired, whoever took it over from this one, even when
	/// the root was published anew after that.
	pub(crate) fn payee_of(dataset: DatasetId, it: &DatasetOf<T>) -> T::AccountId {
		let holder = is_contested(it.status)
			.then(|| Self::successor_of(dataset, it))
			.flatten()
			.and_then(Datasets::<T>::get);
		holder.as_ref().unwrap_or(it).payout.at(now::<T>())
	}

	/// The dataset that has the root of a contested one, in the same line.
	fn successor_of(dataset: DatasetId, it: &DatasetOf<T>) -> Option<DatasetId> {
		ByRoot::<T>::get(it.content.root)
			.filter(|holder| holder.first <= dataset)
			.map(|holder| holder.dataset)
	}

	pub(crate) fn do_set_payout(
		owner: T::AccountId,
		dataset: DatasetId,
		payout: T::AccountId,
	) -> DispatchResult {
		ensure!(!T::IsPot::contains(&payout), Error::<T>::PayoutIsPot);
		let now = now::<T>();
		let from = now
			.checked_add(&T::PayoutDelay::get())
			.ok_or(ArithmeticError::Overflow)?;
		Self::mutate_owned(&owner, dataset, |it| {
			it.payout = it.payout.changed(payout.clone(), now, from);
			Ok(())
		})?;
		Self::deposit_event(Event::PayoutScheduled {
			dataset,
			payout,
			from,
		});
		Ok(())
	}

	pub(crate) fn do_set_licence(
		owner: T::AccountId,
		dataset: DatasetId,
		licence: LicenceOf<T>,
	) -> DispatchResult {
		Self::mutate_owned(&owner, dataset, |it| {
			ensure!(it.status == Status::Active, Error::<T>::DatasetWithdrawn);
			ensure_licence::<T>(&licence, it.content.records)?;
			it.licence = licence.clone();
			Ok(())
		})?;
		Self::deposit_event(Event::LicenceChanged { dataset, licence });
		Ok(())
	}

	pub(crate) fn do_grant(owner: T::AccountId, dataset: DatasetId, run: RunId) -> DispatchResult {
		Self::mutate_owned(&owner, dataset, |it| {
			ensure!(it.status == Status::Active, Error::<T>::DatasetWithdrawn);
			Uses::<T>::try_mutate(dataset, run, |used| {
				let used = used.as_mut().ok_or(Error::<T>::NotRequested)?;
				ensure!(used.grant == Grant::Pending, Error::<T>::AlreadyAnswered);
				it.pending = it
					.pending
					.checked_sub(1)
					.ok_or(ArithmeticError::Underflow)?;
				used.grant = Grant::Given;
				Ok(())
			})
		})?;
		Self::deposit_event(Event::Granted { dataset, run });
		Ok(())
	}

	/// A request that waits is declined; a grant ends with the epoch.
	pub(crate) fn do_revoke(owner: T::AccountId, dataset: DatasetId, run: RunId) -> DispatchResult {
		let until = next_epoch::<T>()?;
		let mut event = Event::Declined { dataset, run };
		Self::mutate_owned(&owner, dataset, |it| {
			Uses::<T>::try_mutate(dataset, run, |used| {
				let used = used.as_mut().ok_or(Error::<T>::NotRequested)?;
				match used.grant {
					Grant::Pending => {
						it.pending = it
							.pending
							.checked_sub(1)
							.ok_or(ArithmeticError::Underflow)?;
						used.grant = Grant::Declined;
					}
					Grant::Given => {
						used.grant = Grant::Revoked { until };
						event = Event::Revoked {
							dataset,
							run,
							until,
						};
					}
					Grant::Revoked { .. } => return Err(Error::<T>::GrantRevoked.into()),
					Grant::NotNeeded | Grant::Declined => return Err(Error::<T>::NotGranted.into()),
				}
				Ok(())
			})
		})?;
		Self::deposit_event(event);
		Ok(())
	}

	pub(crate) fn do_withdraw(owner: T::AccountId, dataset: DatasetId) -> DispatchResult {
		let from = next_epoch::<T>()?;
		Self::mutate_owned(&owner, dataset, |it| {
			ensure!(it.status == Status::Active, Error::<T>::DatasetWithdrawn);
			it.status = Status::Withdrawn { from };
			Ok(())
		})?;
		Self::deposit_event(Event::Withdrawn { dataset, from });
		Ok(())
	}

	pub(crate) fn do_retire(owner: T::AccountId, dataset: DatasetId) -> DispatchResult {
		let it = Datasets::<T>::get(dataset).ok_or(Error::<T>::NotFound)?;
		ensure!(it.owner == owner, Error::<T>::NotAuthorized);
		ensure!(
			is_contested(it.status) || is_withdrawn::<T>(it.status),
			Error::<T>::NotWithdrawn
		);
		ensure!(it.uses == 0, Error::<T>::InUse);

		let deposit = it.deposit;
		release::<T>(HoldReason::Dataset, &owner, deposit)?;
		Datasets::<T>::remove(dataset);
		if !is_contested(it.status) {
			ByRoot::<T>::remove(it.content.root);
		}
		Self::deposit_event(Event::Retired {
			dataset,
			owner,
			deposit,
		});
		Ok(())
	}

	pub(crate) fn ensure_usable(dataset: DatasetId) -> Result<DatasetOf<T>, Error<T>> {
		let it = Datasets::<T>::get(dataset).ok_or(Error::<T>::NotFound)?;
		ensure!(!is_contested(it.status), Error::<T>::DatasetContested);
		ensure!(it.status == Status::Active, Error::<T>::DatasetWithdrawn);
		ensure!(
			it.licence.uses & uses::TRAIN != 0,
			Error::<T>::TrainingNotLicensed
		);
		ensure!(
			it.licence.valid_from <= now::<T>(),
			Error::<T>::LicenceNotInForce
		);
		ensure!(
			in_force::<T>(it.licence.valid_until),
			Error::<T>::LicenceNotInForce
		);
		Ok(it)
	}

	pub(crate) fn ensure_dealable(dataset: DatasetId, run: RunId) -> Result<(), Error<T>> {
		let it = Datasets::<T>::get(dataset).ok_or(Error::<T>::NotFound)?;
		let used = Uses::<T>::get(dataset, run).ok_or(Error::<T>::NotRequested)?;
		ensure!(!is_contested(it.status), Error::<T>::DatasetContested);
		ensure!(!is_withdrawn::<T>(it.status), Error::<T>::DatasetWithdrawn);
		ensure!(
			in_force::<T>(used.valid_until),
			Error::<T>::LicenceNotInForce
		);
		match used.grant {
			Grant::NotNeeded | Grant::Given => Ok(()),
			Grant::Revoked { until } if T::Epoch::get() < until => Ok(()),
			Grant::Revoked { .. } => Err(Error::<T>::GrantRevoked),
			Grant::Pending | Grant::Declined => Err(Error::<T>::NotGranted),
		}
	}

	/// A change by the owner, which a contested dataset does not take any more.
	fn mutate_owned(
		owner: &T::AccountId,
		dataset: DatasetId,
		change: impl FnOnce(&mut DatasetOf<T>) -> DispatchResult,
	) -> DispatchResult {
		Datasets::<T>::try_mutate(dataset, |it| {
			let it = it.as_mut().ok_or(Error::<T>::NotFound)?;
			Self::ensure_owned(it, owner)?;
			change(it)
		})
	}

	fn ensure_owned(it: &DatasetOf<T>, who: &T::AccountId) -> Result<(), Error<T>> {
		ensure!(it.owner == *who, Error::<T>::NotAuthorized);
		ensure!(!is_contested(it.status), Error::<T>::DatasetContested);
		Ok(())
	}

	fn drop_use(dataset: DatasetId, grant: Grant) -> DispatchResult {
		Datasets::<T>::try_mutate(dataset, |it| {
			let it = it.as_mut().ok_or(Error::<T>::NotFound)?;
			it.uses = it.uses.checked_sub(1).ok_or(ArithmeticError::Underflow)?;
			if grant == Grant::Pending {
				it.pending = it
					.pending
					.checked_sub(1)
					.ok_or(ArithmeticError::Underflow)?;
			}
			Ok(())
		})
	}
}

pub(crate) fn now<T: Config>() -> BlockNumberFor<T> {
	frame_system::Pallet::<T>::block_number()
}

fn next_epoch<T: Config>() -> Result<Epoch, DispatchError> {
	Ok(T::Epoch::get()
		.checked_add(1)
		.ok_or(ArithmeticError::Overflow)?)
}

fn maturity<T: Config>(at: BlockNumberFor<T>) -> Result<BlockNumberFor<T>, DispatchError> {
	Ok(at
		.checked_add(&T::MinAnnounceBlocks::get())
		.ok_or(ArithmeticError::Overflow)?)
}

fn expiry<T: Config>(at: BlockNumberFor<T>) -> Result<BlockNumberFor<T>, DispatchError> {
	Ok(at
		.checked_add(&T::AnnouncementLifetime::get())
		.ok_or(ArithmeticError::Overflow)?)
}

fn in_force<T: Config>(valid_until: Option<BlockNumberFor<T>>) -> bool {
	valid_until.is_none_or(|until| now::<T>() < until)
}

pub(crate) fn is_contested(status: Status) -> bool {
	matches!(status, Status::Contested { .. })
}

pub(crate) fn is_withdrawn<T: Config>(status: Status) -> bool {
	matches!(status, Status::Withdrawn { from } if T::Epoch::get() >= from)
}

pub(crate) fn release<T: Config>(
	reason: HoldReason,
	owner: &T::AccountId,
	deposit: BalanceOf<T>,
) -> DispatchResult {
	T::Currency::release(&reason.into(), owner, deposit, Precision::Exact)?;
	Ok(())
}

/// Whether the terms make sense for a dataset of so many records.
pub(crate) fn ensure_licence<T: Config>(
	licence: &LicenceOf<T>,
	records: u64,
) -> Result<(), Error<T>> {
	ensure!(
		licence.uses != 0 && licence.uses & !uses::ALL == 0,
		Error::<T>::InvalidUses
	);
	ensure!(
		licence
			.valid_until
			.is_none_or(|until| until > licence.valid_from),
		Error::<T>::InvalidTerm
	);
	let max = T::MaxPrice::get();
	ensure!(
		licence.flat_fee <= max && licence.price_per_record <= max,
		Error::<T>::MaxPriceExceeded
	);
	BalanceOf::<T>::try_from(records)
		.ok()
		.and_then(|records| licence.price_per_record.checked_mul(&records))
		.and_then(|price| price.checked_add(&licence.flat_fee))
		.ok_or(Error::<T>::MaxPriceExceeded)?;
	Ok(())
}

/// The root alone does not say how long its stream is: the final chunk does.
fn ensure_final_chunk<T: Config>(
	proof: &ChunkProof,
	root: &H256,
	length: u64,
	records: u64,
) -> Result<(), Error<T>> {
	let trailer = verify_final(&root.0, proof).map_err(|_| Error::<T>::InvalidFinalChunk)?;
	ensure!(trailer.stream_length == length, Error::<T>::LengthMismatch);
	ensure!(trailer.records == records, Error::<T>::RecordsMismatch);
	Ok(())
}

impl<T: Config> Ownership<T::AccountId> for Pallet<T> {
	fn ensure_owner(dataset: DatasetId, who: &T::AccountId) -> DispatchResult {
		let it = Datasets::<T>::get(dataset).ok_or(Error::<T>::NotFound)?;
		Self::ensure_owned(&it, who)?;
		Ok(())
	}

	fn paid(dataset: DatasetId) -> Option<DatasetId> {
		let it = Datasets::<T>::get(dataset)?;
		if is_contested(it.status) {
			Self::successor_of(dataset, &it)
		} else {
			Some(dataset)
		}
	}

	fn is_new(dataset: DatasetId) -> bool {
		Datasets::<T>::get(dataset)
			.and_then(|it| expiry::<T>(it.priority).ok())
			.is_some_and(|expiry| now::<T>() < expiry)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn publish_for(owner: &T::AccountId) -> DatasetId {
		<Self as Catalogue<_, _, _>>::publish(owner, 1, Approval::Open)
	}
}

impl<T: Config> Catalogue<T::AccountId, BalanceOf<T>, BlockNumberFor<T>> for Pallet<T> {
	fn terms(dataset: DatasetId) -> Option<Terms<T::AccountId, BalanceOf<T>, BlockNumberFor<T>>> {
		let it = Datasets::<T>::get(dataset)?;
		Some(Terms {
			payout: Self::payee_of(dataset, &it),
			owner: it.owner,
			root: it.content.root,
			length: it.content.length,
			records: it.content.records,
			priority: it.priority,
			approval: it.licence.approval,
			flat_fee: it.licence.flat_fee,
			price_per_record: it.licence.price_per_record,
		})
	}

	fn usable(dataset: DatasetId) -> DispatchResult {
		Self::ensure_usable(dataset)?;
		Ok(())
	}

	fn request(dataset: DatasetId, run: RunId) -> DispatchResult {
		let mut it = Self::ensure_usable(dataset)?;
		ensure!(
			!Uses::<T>::contains_key(dataset, run),
			Error::<T>::AlreadyRequested
		);
		it.uses = it.uses.checked_add(1).ok_or(ArithmeticError::Overflow)?;
		let grant = match it.licence.approval {
			Approval::Open => Grant::NotNeeded,
			Approval::ByGrant => {
				ensure!(
					it.pending < T::MaxPending::get(),
					Error::<T>::MaxPendingExceeded
				);
				it.pending = it.pending.checked_add(1).ok_or(ArithmeticError::Overflow)?;
				Grant::Pending
			}
		};
		Uses::<T>::insert(
			dataset,
			run,
			Use {
				grant,
				valid_until: it.licence.valid_until,
			},
		);
		Datasets::<T>::insert(dataset, it);
		if grant == Grant::Pending {
			Self::deposit_event(Event::GrantRequested { dataset, run });
		}
		Ok(())
	}

	fn close_request(dataset: DatasetId, run: RunId) {
		let Some(used) = Uses::<T>::take(dataset, run) else {
			return;
		};
		if Self::drop_use(dataset, used.grant).is_err() {
			defensive!("a use that its dataset does not count");
		}
	}

	fn granted(dataset: DatasetId, run: RunId) -> bool {
		Uses::<T>::get(dataset, run)
			.is_some_and(|used| matches!(used.grant, Grant::NotNeeded | Grant::Given))
	}

	fn may_deal(dataset: DatasetId, run: RunId) -> DispatchResult {
		Self::ensure_dealable(dataset, run)?;
		Ok(())
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn publish(owner: &T::AccountId, records: u64, approval: Approval) -> DatasetId {
		let dataset = NextDatasetId::<T>::mutate(|next| {
			let id = *next;
			*next = id.saturating_add(1);
			id
		});
		let root = H256(sp_io::hashing::blake2_256(&dataset.to_le_bytes()));
		let first = dataset;
		ByRoot::<T>::insert(root, Holder { dataset, first });
		Datasets::<T>::insert(
			dataset,
			Dataset {
				owner: owner.clone(),
				payout: Payout::new(owner.clone()),
				content: Content {
					root,
					length: 1 << 20,
					records,
				},
				metadata: Metadata {
					hash: root,
					uri: Uri::truncate_from([b'u'; 256].to_vec()),
				},
				licence: Licence {
					uses: uses::ALL,
					commercial: true,
					derivatives: true,
					attribution: true,
					spdx: Spdx::truncate_from([b's'; 64].to_vec()),
					terms: root,
					valid_from: 0u32.into(),
					valid_until: None,
					approval,
					flat_fee: 0u32.into(),
					price_per_record: 0u32.into(),
				},
				access: Access::Open,
				endpoint: Endpoint::truncate_from([b'e'; 128].to_vec()),
				parent: None,
				priority: 0u32.into(),
				status: Status::Active,
				deposit: 0u32.into(),
				uses: 0,
				pending: 0,
			},
		);
		dataset
	}
}
