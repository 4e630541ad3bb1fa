//! Benchmarks of every call, and of the steps that [`Appraisals::advance`] makes.

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

use crate::{pallet::*, types::*, *};
use alloc::{vec, vec::Vec};
use codec::Encode;
use frame_benchmarking::v2::*;
use frame_system::{pallet_prelude::BlockNumberFor, Pallet as System, RawOrigin};
use guerdon_receipt::{Digest, Role, RunId};
use guerdon_valuation::{
	commitment, gold_commitment, test_set_commitment, AppraisalHeader, Basis, Item, PointCounts,
	Scores, Share, UserCounts, DOMAIN,
};
use pallet_attestors::{Draws, Kind, EFFECT_DELAY};
use pallet_contributions::{Ledger, Subject};
use sp_core::H256;
use sp_io::hashing::blake2_256;

const RUN: RunId = 1;
const SALT: H256 = H256([5; 32]);
const ROOT: H256 = H256([6; 32]);
const DIGEST: Digest = [7; 32];
/// The epoch of the draw.
const EPOCH: u64 = 5;

fn appraisers<T: Config>() -> Vec<T::AccountId> {
	(0..MAX_APPRAISERS)
		.map(|index| account("appraiser", index, 0))
		.collect()
}

/// A block that has not passed when the benchmark begins.
fn later<T: Config>() -> BlockNumberFor<T> {
	System::<T>::block_number() + 100u32.into()
}

fn user(index: u32) -> [u8; 32] {
	let mut user = [0; 32];
	user[..4].copy_from_slice(&index.to_be_bytes());
	user
}

fn decode<T: Config>(account: [u8; 32]) -> T::AccountId {
	codec::Decode::decode(&mut &account[..]).unwrap()
}

/// An appraisal as large as one can be, with `d` datasets and `u` users on the books.
fn opened<T: Config>(d: u32, u: u32) -> AppraisalOf<T> {
	for dataset in 0..d {
		let payee: T::AccountId = account("publisher", dataset, 0);
		let subject = Subject::Dataset(dataset.into());
		T::Ledger::record(RUN, Role::DataProvider, subject, &payee, 1_000).unwrap();
	}
	for index in 0..u {
		let who = decode::<T>(user(index));
		let subject = Subject::Account(who.clone());
		T::Ledger::record(RUN, Role::User, subject, &who, 100).unwrap();
	}
	let mut exclude: Vec<T::AccountId> = (0..MAX_EXCLUDED)
		.map(|index| account("excluded", index, 0))
		.collect();
	exclude.sort();
	let window = BlockNumberFor::<T>::from(1_000u32);
	let terms = Terms {
		sponsor: account("sponsor", 0, 0),
		method: Method::ThresholdKnn,
		classes: 2,
		test_commitment: H256(blake2_256(&test_set_commitment(&SALT.0, &ROOT.0))),
		gold_commitment: Some(H256(blake2_256(&gold_commitment(&SALT.0, &ROOT.0)))),
		appraisers: MAX_APPRAISERS as u8,
		quorum: MAX_APPRAISERS as u8 / 2 + 1,
		exclude,
		reveal_window: window,
		commit_window: window,
		uncover_window: window,
		vested: (0..d).map(|dataset| (dataset.into(), 1_000)).collect(),
	};
	<Pallet<T> as Appraisals<_, _>>::open(RUN, terms).unwrap();
	Runs::<T>::get(RUN).unwrap()
}

/// The same with all appraisers drawn a second time; `digest` is what each of them committed to.
fn drawn<T: Config>(d: u32, u: u32, digest: impl Fn(u8) -> Digest) -> AppraisalOf<T> {
	let mut appraisal = opened::<T>(d, u);
	let seats: Vec<_> = appraisers::<T>()
		.into_iter()
		.enumerate()
		.map(|(index, who)| (who, [index as u8; 32]))
		.collect();
	T::Draws::fill_seats(Kind::Appraiser, &seats);
	for (index, who) in appraisers::<T>().into_iter().enumerate() {
		T::Draws::lock(Kind::Appraiser, &who).unwrap();
		let bytes: [u8; 32] = who.encode().try_into().unwrap();
		let shown = digest(index as u8);
		let hash = H256(blake2_256(&commitment(RUN, &bytes, &SALT.0, &shown)));
		let committed = Commitment {
			hash,
			digest: (index > 0).then_some(shown),
		};
		Commitments::<T>::insert(RUN, who, committed);
	}
	appraisal.appraisers = appraisers::<T>().try_into().unwrap();
	appraisal.draws = 2;
	appraisal.phase = Phase::Revealing {
		deadline: later::<T>(),
	};
	Runs::<T>::insert(RUN, &appraisal);
	appraisal
}

/// An appraisal that waits for `items`; answers its header and the links, last item first.
fn streaming<T: Config>(d: u32, u: u32, items: Vec<Item>) -> (AppraisalHeader, Links) {
	let mut appraisal = drawn::<T>(d, u, |_| DIGEST);
	let users = items
		.iter()
		.filter(|item| matches!(item, Item::User(_)))
		.count() as u32;
	let header = AppraisalHeader {
		run: RUN,
		points: items.len() as u32 - users,
		users,
		tau2: 1,
		rho2: 1,
	};
	let mut previous = blake2_256(&[DOMAIN, &header.encode()].concat());
	let mut links = Vec::new();
	for item in items {
		let next = blake2_256(&[&previous[..], &item.encode()].concat());
		links.push(Link { previous, item });
		previous = next;
	}
	links.reverse();
	appraisal.phase = Phase::Streaming {
		deadline: later::<T>(),
		digest: previous,
	};
	Runs::<T>::insert(RUN, &appraisal);
	for who in &appraisal.appraisers {
		Commitments::<T>::mutate(RUN, who, |committed| {
			committed.as_mut().unwrap().digest = Some(previous);
		});
	}
	let stream = Stream {
		expected: previous,
		points: 0,
		users: 0,
		last_user: None,
		scores: Scores::new(appraisal.classes).unwrap(),
	};
	Streams::<T>::insert(RUN, stream);
	(header, links.try_into().unwrap())
}

/// A test point with records of as many datasets as one can have.
fn point() -> Item {
	let shares: Vec<_> = (0..guerdon_valuation::MAX_DATASETS)
		.map(|dataset| Share {
			dataset: dataset.into(),
			with_label: 4_000,
			without_label: 3_000,
		})
		.collect();
	let count = shares.len() as u32;
	Item::Point(PointCounts {
		in_ball: count * 7_000,
		same_label: count * 4_000,
		shares: shares.try_into().unwrap(),
	})
}

fn counts(index: u32) -> UserCounts {
	UserCounts {
		user: user(index),
		answered: 10,
		right: 9,
	}
}

/// How many seats will not be drawn any more in two epochs.
fn retiring<T: Config>() -> usize {
	let seats = |as_of| T::Draws::seats(Kind::Appraiser, as_of).len();
	let now = T::Draws::epoch();
	let before = seats(now);
	T::Draws::set_epoch(now + EFFECT_DELAY);
	before - seats(now + EFFECT_DELAY)
}

fn done<T: Config>(basis: Basis) -> bool {
	let appraisal = Runs::<T>::get(RUN).unwrap();
	matches!(appraisal.phase, Phase::Done { basis: found, .. } if found == basis)
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn reveal_tests() {
		let appraisal = opened::<T>(MAX_VESTED, 0);
		let endpoint = Endpoint::truncate_from(vec![b'e'; 128]);
		#[extrinsic_call]
		_(
			RawOrigin::Signed(appraisal.sponsor),
			RUN,
			ROOT,
			SALT,
			Some((ROOT, SALT)),
			endpoint,
		);
		assert!(Runs::<T>::get(RUN).unwrap().tests.is_some());
	}

	/// The last of all appraisers.
	#[benchmark]
	fn commit() {
		let mut appraisal = drawn::<T>(MAX_VESTED, 0, |_| DIGEST);
		appraisal.phase = Phase::Committing {
			deadline: later::<T>(),
		};
		Runs::<T>::insert(RUN, &appraisal);
		let who = appraisal.appraisers[0].clone();
		Commitments::<T>::remove(RUN, &who);
		#[extrinsic_call]
		_(RawOrigin::Signed(who), RUN, H256(DIGEST));
		let appraisal = Runs::<T>::get(RUN).unwrap();
		assert!(matches!(appraisal.phase, Phase::Revealing { .. }));
	}

	/// The last of all appraisers, and all agree.
	#[benchmark]
	fn reveal(u: Linear<0, MAX_USERS>) {
		let appraisal = drawn::<T>(MAX_VESTED, u, |_| DIGEST);
		let who = appraisal.appraisers[0].clone();
		#[extrinsic_call]
		_(RawOrigin::Signed(who), RUN, SALT, DIGEST);
		assert!(Streams::<T>::contains_key(RUN));
	}

	/// The last of all appraisers, and no two agree for the second time.
	#[benchmark]
	fn reveal_without_quorum(d: Linear<1, MAX_VESTED>, u: Linear<0, MAX_USERS>) {
		let appraisal = drawn::<T>(d, u, |index| [index; 32]);
		let who = appraisal.appraisers[0].clone();
		#[extrinsic_call]
		reveal(RawOrigin::Signed(who), RUN, SALT, [0; 32]);
		assert!(done::<T>(Basis::LicencePrice));
	}

	/// All appraisers committed and none revealed, for the second time; each loses so much that it is
	/// retired.
	#[benchmark]
	fn silence(d: Linear<1, MAX_VESTED>, u: Linear<0, MAX_USERS>) {
		let mut appraisal = drawn::<T>(d, u, |_| DIGEST);
		for who in &appraisal.appraisers {
			Commitments::<T>::mutate(RUN, who, |committed| {
				committed.as_mut().unwrap().digest = None;
			});
		}
		appraisal.phase = Phase::Revealing {
			deadline: System::<T>::block_number(),
		};
		Runs::<T>::insert(RUN, &appraisal);
		System::<T>::set_block_number(later::<T>());
		let progress;
		#[block]
		{
			progress = <Pallet<T> as Appraisals<_, _>>::advance(RUN);
		}
		assert!(matches!(progress, Ok(Progress::Done { .. })));
		assert!(done::<T>(Basis::LicencePrice));
		assert_eq!(retiring::<T>(), MAX_APPRAISERS as usize);
	}

	/// Points, before the head.
	#[benchmark]
	fn stream(l: Linear<1, MAX_LINKS>) {
		let items = (0..l).map(|_| point()).collect();
		let (_, links) = streaming::<T>(MAX_VESTED, 0, items);
		#[extrinsic_call]
		_(RawOrigin::Signed(account("anyone", 0, 0)), RUN, links, None);
		assert_eq!(Streams::<T>::get(RUN).unwrap().points, l);
	}

	/// Users, ascending in the appraisal and so descending in the stream.
	#[benchmark]
	fn stream_users(l: Linear<1, MAX_LINKS>) {
		let items = (0..l).map(|index| Item::User(counts(index))).collect();
		let (_, links) = streaming::<T>(MAX_VESTED, l, items);
		#[extrinsic_call]
		stream(RawOrigin::Signed(account("anyone", 0, 0)), RUN, links, None);
		assert_eq!(Streams::<T>::get(RUN).unwrap().users, l);
	}

	/// The head: just a quorum of appraisers agreed, all others revealed something else and lose so
	/// much that they are retired, and no user met a gold answer.
	#[benchmark]
	fn stream_header(d: Linear<1, MAX_VESTED>, u: Linear<0, MAX_USERS>) {
		let (header, links) = streaming::<T>(d, u, vec![point()]);
		let appraisal = Runs::<T>::get(RUN).unwrap();
		let quorum = u32::from(appraisal.quorum);
		for who in &appraisal.appraisers[quorum as usize..] {
			Commitments::<T>::mutate(RUN, who, |committed| {
				committed.as_mut().unwrap().digest = Some([0; 32]);
			});
		}
		for index in 0..u {
			T::Ledger::reweigh(RUN, Role::User, index, 0).unwrap();
		}
		#[extrinsic_call]
		stream(
			RawOrigin::Signed(account("anyone", 0, 0)),
			RUN,
			links,
			Some(header),
		);
		assert!(Results::<T>::contains_key(RUN));
		assert_eq!(T::Ledger::table(RUN, Role::Appraiser).count, quorum);
		assert_eq!(retiring::<T>(), (MAX_APPRAISERS - quorum) as usize);
	}

	/// Appraisers are drawn among every seat there is.
	#[benchmark]
	fn draw() {
		let mut appraisal = opened::<T>(MAX_VESTED, 0);
		T::Draws::fill_seats(Kind::Appraiser, &[]);
		T::Draws::set_epoch(EPOCH);
		appraisal.phase = Phase::Drawing { epoch: EPOCH };
		Runs::<T>::insert(RUN, appraisal);
		let progress;
		#[block]
		{
			progress = <Pallet<T> as Appraisals<_, _>>::advance(RUN);
		}
		assert_eq!(progress, Ok(Progress::Moved));
		assert_eq!(
			Runs::<T>::get(RUN).unwrap().appraisers.len(),
			MAX_APPRAISERS as usize
		);
	}
}
