use crate::{mock::*, *};
use codec::Encode;
use frame_support::{
	assert_noop, assert_ok, hypothetically, storage::with_storage_layer,
	traits::fungible::hold::Inspect as _,
};
use sp_core::H256;
use sp_runtime::TokenError;

/// Announces `args` as ALICE, waits, and expects publishing to be refused.
fn refused(args: PublishArgsOf<Test>, error: Error<Test>) {
	hypothetically!({
		assert_ok!(announce(ALICE, &args));
		pass_blocks(10);
		assert_noop!(publish(ALICE, args), error);
	});
}

#[test]
fn publish_opens_the_announcement_and_swaps_the_deposits() {
	ExtBuilder.build_and_execute(|| {
		let args = args("a record", 100);
		assert_ok!(announce(ALICE, &args));
		pass_blocks(10);
		assert_ok!(publish(ALICE, args.clone()));

		assert_eq!(
			Balances::balance_on_hold(&HoldReason::Announcement.into(), &ALICE),
			0
		);
		assert_eq!(
			Balances::balance_on_hold(&HoldReason::Dataset.into(), &ALICE),
			100
		);
		assert_eq!(Announcements::<Test>::iter().count(), 0);
		let (dataset, first) = (0, 0);
		assert_eq!(
			ByRoot::<Test>::get(args.root),
			Some(Holder { dataset, first })
		);
		assert_eq!(AnnouncementCounts::<Test>::iter().count(), 0);
		let it = Datasets::<Test>::get(0).unwrap();
		assert_eq!(
			(it.owner, it.priority, it.status),
			(ALICE, 1, Status::Active)
		);
		assert_eq!((it.content.records, it.access), (100, Access::Open));
		System::assert_last_event(
			Event::Published {
				dataset: 0,
				owner: ALICE,
				root: args.root,
				length: args.length,
				records: 100,
				priority: 1,
				deposit: 100,
			}
			.into(),
		);
	});
}

#[test]
fn datasets_of_one_chunk_and_of_many_are_published() {
	ExtBuilder.build_and_execute(|| {
		for (id, lines) in [1, 80, 1_000, 3_000].into_iter().enumerate() {
			let args = args(&format!("set {lines}"), lines);
			assert_eq!(published(ALICE, args), id as u64);
		}
	});
}

#[test]
fn announcement_is_opened_after_ten_blocks_and_before_it_expires() {
	ExtBuilder.build_and_execute(|| {
		let args = args("a record", 100);
		assert_noop!(publish(ALICE, args.clone()), Error::<Test>::NotAnnounced);
		assert_ok!(announce(ALICE, &args));

		pass_blocks(9);
		assert_noop!(
			publish(ALICE, args.clone()),
			Error::<Test>::AnnouncementTooYoung
		);
		pass_blocks(41);
		assert_noop!(
			publish(ALICE, args.clone()),
			Error::<Test>::AnnouncementOver
		);
		System::set_block_number(50);
		assert_ok!(publish(ALICE, args));
	});
}

#[test]
fn whoever_copies_a_root_out_of_the_pool_cannot_open_it() {
	ExtBuilder.build_and_execute(|| {
		// GIVEN ALICE's publish is seen in the transaction pool
		let args = args("a record", 100);
		assert_ok!(announce(ALICE, &args));
		pass_blocks(10);

		// WHEN BOB sends the same, or announces the root now
		assert_noop!(publish(BOB, args.clone()), Error::<Test>::NotAnnounced);
		assert_ok!(announce(BOB, &args));
		assert_noop!(
			publish(BOB, args.clone()),
			Error::<Test>::AnnouncementTooYoung
		);

		// THEN he is too late
		assert_ok!(publish(ALICE, args.clone()));
		pass_blocks(10);
		assert_noop!(publish(BOB, args), Error::<Test>::AlreadyExists);
	});
}

#[test]
fn commitment_binds_owner_root_length_and_salt() {
	ExtBuilder.build_and_execute(|| {
		let good = args("a record", 100);
		assert_eq!(
			commitment_of(&ALICE, &good).0,
			sp_io::hashing::blake2_256(
				&(
					"guerdon/announce/v1",
					&ALICE,
					good.root,
					good.length,
					good.salt
				)
					.encode()
			)
		);
		assert_ok!(announce(ALICE, &good));
		pass_blocks(10);
		for other in [
			PublishArgs {
				root: H256::zero(),
				..good.clone()
			},
			PublishArgs {
				length: good.length + 1024,
				..good.clone()
			},
			PublishArgs {
				salt: [0; 32],
				..good.clone()
			},
		] {
			assert_noop!(publish(ALICE, other), Error::<Test>::NotAnnounced);
		}
	});
}

#[test]
fn chunk_that_is_not_the_final_one_is_refused() {
	ExtBuilder.build_and_execute(|| {
		let good = args("a record", 1_000);
		let mut tampered = good.clone();
		tampered.final_chunk.chunk[28] ^= 1;
		refused(tampered, Error::InvalidFinalChunk);

		let mut other = good.clone();
		other.final_chunk = args("another record", 1_000).final_chunk;
		refused(other, Error::InvalidFinalChunk);

		let mut shorter = good.clone();
		shorter.final_chunk.parents.pop();
		refused(shorter, Error::InvalidFinalChunk);

		let mut wrong = good;
		wrong.final_chunk = guerdon_content::ChunkProof {
			parents: vec![],
			chunk: vec![],
		};
		refused(wrong, Error::InvalidFinalChunk);
	});
}

#[test]
fn declared_length_and_records_are_those_of_the_final_chunk() {
	ExtBuilder.build_and_execute(|| {
		let good = args("a record", 1_000);
		refused(
			PublishArgs {
				length: good.length - 1024,
				..good.clone()
			},
			Error::LengthMismatch,
		);
		refused(
			PublishArgs {
				length: good.length + 1024,
				..good.clone()
			},
			Error::LengthMismatch,
		);
		refused(
			PublishArgs {
				records: 999,
				..good.clone()
			},
			Error::RecordsMismatch,
		);
		refused(PublishArgs { records: 0, ..good }, Error::NoRecords);
		refused(args("no record", 0), Error::NoRecords);
	});
}

#[test]
fn parent_must_be_the_owners_own() {
	ExtBuilder.build_and_execute(|| {
		let first = dataset_with(licence());
		let second = args("second version", 100);
		refused(
			PublishArgs {
				parent: Some(99),
				..second.clone()
			},
			Error::InvalidParent,
		);

		let stranger = args("of somebody else", 100);
		let of_bob = published(BOB, stranger);
		refused(
			PublishArgs {
				parent: Some(of_bob),
				..second.clone()
			},
			Error::InvalidParent,
		);

		let child = published(
			ALICE,
			PublishArgs {
				parent: Some(first),
				..second
			},
		);
		assert_eq!(Datasets::<Test>::get(child).unwrap().parent, Some(first));
	});
}

#[test]
fn pot_is_refused_as_payout() {
	ExtBuilder.build_and_execute(|| {
		refused(
			PublishArgs {
				payout: POT,
				..args("a record", 100)
			},
			Error::PayoutIsPot,
		);
	});
}

#[test]
fn licence_must_make_sense() {
	ExtBuilder.build_and_execute(|| {
		let with = |licence| PublishArgs {
			licence,
			..args("a record", 100)
		};
		refused(
			with(Licence {
				uses: 0,
				..licence()
			}),
			Error::InvalidUses,
		);
		refused(
			with(Licence {
				uses: 32,
				..licence()
			}),
			Error::InvalidUses,
		);
		refused(
			with(Licence {
				uses: 0xff,
				..licence()
			}),
			Error::InvalidUses,
		);
		refused(
			with(Licence {
				valid_from: 7,
				valid_until: Some(7),
				..licence()
			}),
			Error::InvalidTerm,
		);
		refused(
			with(Licence {
				flat_fee: 1_000_001,
				..licence()
			}),
			Error::MaxPriceExceeded,
		);
		refused(
			with(Licence {
				price_per_record: 1_000_001,
				..licence()
			}),
			Error::MaxPriceExceeded,
		);
	});
}

#[test]
fn price_of_the_whole_dataset_that_cannot_be_counted_is_refused() {
	ExtBuilder.build_and_execute(|| {
		MaxPrice::set(u128::MAX);
		let price_per_record = u128::MAX / 100;
		let dear = Licence {
			price_per_record,
			flat_fee: 0,
			..licence()
		};
		let with = |licence| PublishArgs {
			licence,
			..args("a record", 100)
		};
		refused(
			with(Licence {
				price_per_record: price_per_record + 1,
				..dear.clone()
			}),
			Error::MaxPriceExceeded,
		);
		refused(
			with(Licence {
				flat_fee: u128::MAX,
				..dear.clone()
			}),
			Error::MaxPriceExceeded,
		);
		published(ALICE, with(dear));
	});
}

#[test]
fn publish_that_cannot_pay_the_deposit_leaves_the_announcement() {
	ExtBuilder.build_and_execute(|| {
		DatasetDeposit::set(RICH + 1);
		let args = args("a record", 100);
		assert_ok!(announce(ALICE, &args));
		pass_blocks(10);
		assert_noop!(
			with_storage_layer(|| publish(ALICE, args)),
			TokenError::FundsUnavailable
		);
		assert_eq!(Announcements::<Test>::iter().count(), 1);
	});
}
