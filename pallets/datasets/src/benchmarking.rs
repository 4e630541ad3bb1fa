//! Benchmarks of every call.

#![allow(
	missing_docs,
	clippy::arithmetic_side_effects,
	clippy::as_conversions,
	clippy::expect_used,
	clippy::float_arithmetic,
	clippy::indexing_slicing,
	clippy::panic,
	clippy::unwrap_used,
	reason = "never part of a chain's runtime"
)]

use crate::{pallet::*, *};
use alloc::{boxed::Box, vec};
use frame_benchmarking::v2::*;
use frame_support::traits::{
	fungible::{Inspect, Mutate},
	Get,
};
use frame_system::{pallet_prelude::BlockNumberFor, Pallet as System, RawOrigin};
use guerdon_content::{frame, RecordKind, RootBuilder, CHUNK};
use sp_core::H256;

const RUN: RunId = 1;

fn owner<T: Config>() -> T::AccountId
where
	T::Currency: Mutate<T::AccountId>,
{
	let owner: T::AccountId = account("owner", 0, 0);
	let most = T::AnnounceDeposit::get() + T::DatasetDeposit::get();
	T::Currency::set_balance(&owner, most + most + T::Currency::minimum_balance());
	owner
}

fn licence<T: Config>() -> LicenceOf<T> {
	Licence {
		uses: uses::ALL,
		commercial: true,
		derivatives: true,
		attribution: true,
		spdx: vec![b's'; 64].try_into().unwrap_or_default(),
		terms: H256::zero(),
		valid_from: 0u32.into(),
		valid_until: None,
		approval: Approval::ByGrant,
		flat_fee: T::MaxPrice::get(),
		price_per_record: T::MaxPrice::get(),
	}
}

/// What to publish of one file that fills a stream of two to the power of `parents` chunks.
fn args<T: Config>(parents: u32) -> Result<PublishArgsOf<T>, BenchmarkError> {
	const HEADER: usize = 19;
	let stop = |_| BenchmarkError::Stop("cannot frame");
	let data = vec![7; ((1usize << parents) - 1) * CHUNK - HEADER];
	let stream = frame([("a", &data[..])], RecordKind::File).map_err(stop)?;
	let (body, trailer) = stream.split_at(stream.len() - CHUNK);
	let mut builder = RootBuilder::new();
	builder.update(body).map_err(stop)?;
	let (root, final_chunk) = builder.finish(trailer).map_err(stop)?;
	Ok(PublishArgs {
		root: H256(root),
		length: stream.len() as u64,
		records: 1,
		salt: [0; 32],
		final_chunk,
		metadata_hash: H256::zero(),
		uri: vec![b'u'; 256].try_into().unwrap_or_default(),
		licence: licence::<T>(),
		endpoint: vec![b'e'; 128].try_into().unwrap_or_default(),
		parent: None,
		payout: account("payout", 0, 0),
	})
}

fn announced<T: Config>(
	owner: &T::AccountId,
	args: &PublishArgsOf<T>,
) -> Result<H256, BenchmarkError> {
	let commitment = commitment(&owner.clone().into(), &args.root, args.length, &args.salt);
	Pallet::<T>::announce(RawOrigin::Signed(owner.clone()).into(), commitment)?;
	Ok(commitment)
}

fn pass<T: Config>(blocks: BlockNumberFor<T>) {
	System::<T>::set_block_number(System::<T>::block_number() + blocks);
}

fn published<T: Config>(owner: &T::AccountId) -> Result<DatasetId, BenchmarkError> {
	let args = args::<T>(1)?;
	announced::<T>(owner, &args)?;
	pass::<T>(T::MinAnnounceBlocks::get());
	let dataset = NextDatasetId::<T>::get();
	Pallet::<T>::publish(RawOrigin::Signed(owner.clone()).into(), Box::new(args))?;
	Ok(dataset)
}

#[benchmarks(where T::Currency: Mutate<T::AccountId>)]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn announce() {
		let owner = owner::<T>();
		#[extrinsic_call]
		_(RawOrigin::Signed(owner.clone()), H256::zero());
		assert!(Announcements::<T>::contains_key(owner, H256::zero()));
	}

	#[benchmark]
	fn expire_announcement() -> Result<(), BenchmarkError> {
		let owner = owner::<T>();
		let commitment = announced::<T>(&owner, &args::<T>(1)?)?;
		pass::<T>(T::AnnouncementLifetime::get());
		#[extrinsic_call]
		_(RawOrigin::Signed(owner.clone()), owner.clone(), commitment);
		assert!(!Announcements::<T>::contains_key(owner, commitment));
		Ok(())
	}

	#[benchmark]
	fn publish(p: Linear<1, 10>) -> Result<(), BenchmarkError> {
		let owner = owner::<T>();
		let parent = published::<T>(&owner)?;
		let args = PublishArgs {
			parent: Some(parent),
			salt: [1; 32],
			..args::<T>(p)?
		};
		ByRoot::<T>::remove(args.root);
		announced::<T>(&owner, &args)?;
		pass::<T>(T::MinAnnounceBlocks::get());
		let dataset = NextDatasetId::<T>::get();
		#[extrinsic_call]
		_(RawOrigin::Signed(owner), Box::new(args));
		assert!(Datasets::<T>::contains_key(dataset));
		Ok(())
	}

	#[benchmark]
	fn set_payout() -> Result<(), BenchmarkError> {
		let owner = owner::<T>();
		let dataset = published::<T>(&owner)?;
		#[extrinsic_call]
		_(RawOrigin::Signed(owner), dataset, account("other", 0, 0));
		Ok(())
	}

	#[benchmark]
	fn set_licence() -> Result<(), BenchmarkError> {
		let owner = owner::<T>();
		let dataset = published::<T>(&owner)?;
		#[extrinsic_call]
		_(RawOrigin::Signed(owner), dataset, licence::<T>());
		Ok(())
	}

	#[benchmark]
	fn grant() -> Result<(), BenchmarkError> {
		let owner = owner::<T>();
		let dataset = published::<T>(&owner)?;
		<Pallet<T> as Catalogue<_, _, _>>::request(dataset, RUN)?;
		#[extrinsic_call]
		_(RawOrigin::Signed(owner), dataset, RUN);
		Ok(())
	}

	/// Declining a request costs what ending a grant costs, and counts the requests anew.
	#[benchmark]
	fn revoke() -> Result<(), BenchmarkError> {
		let owner = owner::<T>();
		let dataset = published::<T>(&owner)?;
		<Pallet<T> as Catalogue<_, _, _>>::request(dataset, RUN)?;
		#[extrinsic_call]
		_(RawOrigin::Signed(owner), dataset, RUN);
		Ok(())
	}

	#[benchmark]
	fn withdraw() -> Result<(), BenchmarkError> {
		let owner = owner::<T>();
		let dataset = published::<T>(&owner)?;
		#[extrinsic_call]
		_(RawOrigin::Signed(owner), dataset);
		Ok(())
	}

	#[benchmark]
	fn retire() -> Result<(), BenchmarkError> {
		let owner = owner::<T>();
		let dataset = published::<T>(&owner)?;
		Datasets::<T>::mutate(dataset, |it| {
			if let Some(it) = it {
				it.status = Status::Withdrawn {
					from: T::Epoch::get(),
				};
			}
		});
		#[extrinsic_call]
		_(RawOrigin::Signed(owner), dataset);
		assert!(!Datasets::<T>::contains_key(dataset));
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_benchmark_ext(), crate::mock::Test);
}
