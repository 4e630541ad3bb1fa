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
	funded::<T>("owner")
}

fn funded<T: Config>(name: &'static str) -> T::AccountId
where
	T::Currency: Mutate<T::AccountId>,
{
	let who: T::AccountId = account(name, 0, 0);
	let most = T::AnnounceDeposit::get() + T::DatasetDeposit::get() + T::UnlearningDeposit::get();
	T::Currency::set_balance(&who, most + most + T::Currency::minimum_balance());
	who
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

/// What to publish of one file of equal bytes that fills a stream of two to the power of `parents`
/// chunks.
fn args<T: Config>(parents: u32, byte: u8) -> Result<PublishArgsOf<T>, BenchmarkError> {
	const HEADER: usize = 19;
	let stop = |_| BenchmarkError::Stop("cannot frame");
	let data = vec![byte; ((1usize << parents) - 1) * CHUNK - HEADER];
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
		access: Access::Gated,
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
	published_as::<T>(owner, args::<T>(1, 7)?)
}

fn published_as<T: Config>(
	owner: &T::AccountId,
	args: PublishArgsOf<T>,
) -> Result<DatasetId, BenchmarkError> {
	announced::<T>(owner, &args)?;
	pass::<T>(T::MinAnnounceBlocks::get());
	let dataset = NextDatasetId::<T>::get();
	Pallet::<T>::publish(RawOrigin::Signed(owner.clone()).into(), Box::new(args))?;
	Ok(dataset)
}

fn withdrawn<T: Config>(owner: &T::AccountId) -> Result<DatasetId, BenchmarkError> {
	let dataset = published::<T>(owner)?;
	Datasets::<T>::mutate(dataset, |it| {
		if let Some(it) = it {
			it.status = Status::Withdrawn {
				from: T::Epoch::get(),
			};
		}
	});
	Ok(dataset)
}

/// A request to the returned account to unlearn a dataset that it used.
fn asked<T: Config>(
	owner: &T::AccountId,
	dataset: DatasetId,
) -> Result<T::AccountId, BenchmarkError> {
	let sponsor: T::AccountId = account("sponsor", 0, 0);
	T::RunHistory::set_used(&sponsor, RUN, dataset);
	let origin = RawOrigin::Signed(owner.clone()).into();
	Pallet::<T>::request_unlearning(origin, dataset, RUN)?;
	Ok(sponsor)
}

fn longest_answer() -> Answer {
	Answer::Reason(vec![b'r'; 256].try_into().unwrap_or_default())
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
		let commitment = announced::<T>(&owner, &args::<T>(1, 7)?)?;
		pass::<T>(T::AnnouncementLifetime::get());
		#[extrinsic_call]
		_(RawOrigin::Signed(owner.clone()), owner.clone(), commitment);
		assert!(!Announcements::<T>::contains_key(owner, commitment));
		Ok(())
	}

	/// Taking a root over costs more than being the first one to show it.
	#[benchmark]
	fn publish(p: Linear<1, 10>) -> Result<(), BenchmarkError> {
		let owner = owner::<T>();
		let parent = published::<T>(&owner)?;
		let args = PublishArgs {
			parent: Some(parent),
			..args::<T>(p, 8)?
		};
		announced::<T>(&owner, &args)?;
		pass::<T>(1u32.into());
		let same = PublishArgs {
			parent: None,
			..args.clone()
		};
		let other = published_as::<T>(&funded::<T>("other"), same)?;
		let dataset = NextDatasetId::<T>::get();
		#[extrinsic_call]
		_(RawOrigin::Signed(owner), Box::new(args));
		assert!(Datasets::<T>::get(other)
			.is_some_and(|it| it.status == Status::Contested { by: dataset }));
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
		let dataset = withdrawn::<T>(&owner)?;
		#[extrinsic_call]
		_(RawOrigin::Signed(owner), dataset);
		assert!(!Datasets::<T>::contains_key(dataset));
		Ok(())
	}

	#[benchmark]
	fn request_unlearning() -> Result<(), BenchmarkError> {
		let owner = owner::<T>();
		let dataset = withdrawn::<T>(&owner)?;
		T::RunHistory::set_used(&account("sponsor", 0, 0), RUN, dataset);
		#[extrinsic_call]
		_(RawOrigin::Signed(owner), dataset, RUN);
		assert!(Unlearnings::<T>::contains_key(dataset, RUN));
		Ok(())
	}

	#[benchmark]
	fn answer_unlearning() -> Result<(), BenchmarkError> {
		let owner = owner::<T>();
		let dataset = withdrawn::<T>(&owner)?;
		let sponsor = asked::<T>(&owner, dataset)?;
		#[extrinsic_call]
		_(RawOrigin::Signed(sponsor), dataset, RUN, longest_answer());
		assert!(Unlearnings::<T>::get(dataset, RUN).is_some_and(|it| it.answer.is_some()));
		Ok(())
	}

	#[benchmark]
	fn close_unlearning() -> Result<(), BenchmarkError> {
		let owner = owner::<T>();
		let dataset = withdrawn::<T>(&owner)?;
		let sponsor = asked::<T>(&owner, dataset)?;
		let origin = RawOrigin::Signed(sponsor).into();
		Pallet::<T>::answer_unlearning(origin, dataset, RUN, longest_answer())?;
		pass::<T>(T::UnlearningRetention::get());
		#[extrinsic_call]
		_(RawOrigin::Signed(owner), dataset, RUN);
		assert!(!Unlearnings::<T>::contains_key(dataset, RUN));
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_benchmark_ext(), crate::mock::Test);
}
