use codec::Encode;
use frame_support::{dispatch::GetDispatchInfo, traits::Authorize};
use frame_system::RawOrigin;
use sp_runtime::transaction_validity::{
	InvalidTransaction, TransactionSource, TransactionValidityError, ValidTransaction,
};

use guerdon_receipt::PoolId;

use super::*;
use crate::WeightInfo;

fn call_of(claim: Claim<AccountId>) -> crate::Call<Test> {
	let Claim {
		pool,
		index,
		leaf,
		proof,
		opening,
	} = claim;
	crate::Call::claim_free {
		pool,
		index,
		leaf,
		proof,
		opening,
	}
}

/// What the pool of transactions says.
fn authorize(claim: Claim<AccountId>) -> Result<ValidTransaction, InvalidTransaction> {
	let told = call_of(claim).authorize(TransactionSource::External);
	match told.expect("a claim without a fee is authorized") {
		Ok((valid, refund)) => {
			// What an asset would have cost.
			let in_asset = <Test as crate::Config>::WeightInfo::in_asset(1);
			assert_eq!(refund, in_asset);
			Ok(valid)
		}
		Err(TransactionValidityError::Invalid(invalid)) => Err(invalid),
		Err(unknown) => panic!("{unknown:?}"),
	}
}

fn claim_free(claim: Claim<AccountId>) -> sp_runtime::DispatchResult {
	let Claim {
		pool,
		index,
		leaf,
		proof,
		opening,
	} = claim;
	let origin = RawOrigin::Authorized.into();
	unweighed(Settlement::claim_free(
		origin, pool, index, leaf, proof, opening,
	))
}

/// Refused by the pool in such words, and by the call for such a reason, without a change.
fn refused(data: Claim<AccountId>, invalid: InvalidTransaction, error: Error<Test>) {
	assert_eq!(authorize(data.clone()), Err(invalid));
	assert_noop!(claim_free(data), error);
}

/// A cohort of a hidden member, who does not exist, and of one who does; funded.
fn hidden_and_open() -> (PoolId, Vec<Leaf<AccountId>>) {
	let mut members = vec![secret(DAVE, 1), accounts(BOB, 1)[0].clone()];
	sort(&mut members);
	let pool = cohort(DATASET, 1, &members);
	(pool, members)
}

fn hidden_claim(pool: PoolId, members: &[Leaf<AccountId>]) -> Claim<AccountId> {
	let index = members.iter().position(|one| *one == secret(DAVE, 1));
	Claim {
		opening: opening(DAVE),
		..member_claim(pool, members, index.unwrap() as u64)
	}
}

#[test]
fn whoever_does_not_exist_is_paid_without_a_signature_and_without_a_fee() {
	build_and_execute(|| {
		let pool = trainers_pool(4 * MIN_FREE_CLAIM, &[(ALICE, 3), (DAVE, 1)]);
		assert!(!System::account_exists(&DAVE));
		take_events();

		let valid = authorize(claim_data(pool, 1)).unwrap();
		assert_ok!(claim_free(claim_data(pool, 1)));

		assert_eq!(free(DAVE), MIN_FREE_CLAIM);
		assert_eq!(
			take_events(),
			vec![Event::Claimed {
				run: RUN,
				role: Role::Trainer,
				pool,
				index: 1,
				payee: DAVE,
				amount: MIN_FREE_CLAIM,
				asset: None
			}]
		);
		// It never comes before what is paid for, does not wait for ever, and is the same as any other
		// claim of that leaf.
		assert_eq!((valid.priority, valid.longevity), (0, 64));
		assert_eq!(valid.requires, Vec::<Vec<u8>>::new());
		assert_eq!(valid.provides, vec![("guerdon/claim", pool, 1u64).encode()]);
		refused(
			claim_data(pool, 1),
			InvalidTransaction::Stale,
			Error::AlreadyClaimed,
		);
	});
}

#[test]
fn a_hidden_member_is_paid_without_a_fee() {
	build_and_execute(|| {
		let (pool, members) = hidden_and_open();
		let data = || hidden_claim(pool, &members);
		refused(data(), InvalidTransaction::Stale, Error::NothingToClaim);
		fund(RUN, DATASET, 2 * MIN_FREE_CLAIM);

		let wrong = Claim {
			opening: opening(CAROL),
			..data()
		};
		refused(wrong, InvalidTransaction::BadProof, Error::WrongOpening);
		assert_ok!(authorize(data()));
		assert_ok!(claim_free(data()));
		assert_eq!(free(DAVE), MIN_FREE_CLAIM);
		refused(data(), InvalidTransaction::Stale, Error::NothingToClaim);

		// Who exists now pays for the next one.
		fund(RUN + 1, DATASET, 2 * MIN_FREE_CLAIM);
		refused(data(), InvalidTransaction::Payment, Error::NotFree);
		assert_ok!(claim(data()));
		assert_eq!(free(DAVE), 2 * MIN_FREE_CLAIM);
	});
}

#[test]
fn who_exists_or_gets_little_pays_the_fee() {
	build_and_execute(|| {
		let pool = trainers_pool(2 * MIN_FREE_CLAIM - 1, &[(ALICE, 1), (DAVE, 1)]);
		assert_eq!(entitlement(pool, 0), MIN_FREE_CLAIM - 1);
		assert_eq!(entitlement(pool, 1), MIN_FREE_CLAIM);
		refused(
			claim_data(pool, 0),
			InvalidTransaction::Payment,
			Error::NotFree,
		);
		assert_ok!(authorize(claim_data(pool, 1)));

		let little = datasets_pool(
			RUN + 1,
			2 * MIN_FREE_CLAIM - 1,
			&[(9, DAVE, 1), (10, BOB, 1)],
			&[],
		);
		refused(
			claim_data(little, 0),
			InvalidTransaction::Payment,
			Error::NotFree,
		);
		assert_ok!(claim(claim_data(little, 0)));
		// By then the payee exists, whoever paid for it.
		refused(
			claim_data(pool, 1),
			InvalidTransaction::Payment,
			Error::NotFree,
		);
	});
}

#[test]
fn who_lives_on_an_asset_alone_has_nothing_to_pay_a_fee_with() {
	build_and_execute(|| {
		allow(USD);
		issue(USD, DAVE, MIN_ASSET);
		assert!(System::account_exists(&DAVE));
		let pool = trainers_pool(2 * MIN_FREE_CLAIM, &[(DAVE, 1), (DAVE, 1)]);
		assert_ok!(authorize(claim_data(pool, 0)));
		assert_ok!(claim_free(claim_data(pool, 0)));
		// It has GRD now.
		refused(
			claim_data(pool, 1),
			InvalidTransaction::Payment,
			Error::NotFree,
		);
	});
}

#[test]
fn booking_to_members_is_not_free() {
	build_and_execute(|| {
		let list = cohort(DATASET, 1, &accounts(DAVE, 1));
		let amount = MIN_FREE_CLAIM;
		let pool = datasets_pool(RUN, amount, &[(DATASET, BOB, 1)], &[]);
		let data = claim_data(pool, 0);
		assert_eq!(data.leaf.payee, Payee::Pool(list));
		refused(data, InvalidTransaction::Payment, Error::NotFree);
	});
}

#[test]
fn a_list_that_is_being_built_makes_it_wait() {
	build_and_execute(|| {
		let list = open_members(DATASET, 1).unwrap();
		assert_ok!(stream(list, 0, &accounts(DAVE, 1)));
		let pool = datasets_pool(RUN, MIN_FREE_CLAIM, &[(DATASET, DAVE, 1)], &[]);
		let data = claim_data(pool, 0);
		refused(
			data.clone(),
			InvalidTransaction::Future,
			Error::MembersPending,
		);
		let unsealed = Claim { pool: list, ..data };
		refused(unsealed, InvalidTransaction::Future, Error::NotSealed);
	});
}

#[test]
fn what_is_not_proved_is_not_authorized() {
	build_and_execute(|| {
		let pool = trainers_pool(4 * MIN_FREE_CLAIM, &[(ALICE, 1), (DAVE, 1)]);
		let data = claim_data(pool, 1);
		let unknown = Claim {
			pool: pool + 1,
			..data.clone()
		};
		refused(unknown, InvalidTransaction::BadProof, Error::NotFound);
		let outside = Claim {
			index: 2,
			..data.clone()
		};
		refused(outside, InvalidTransaction::BadProof, Error::LeafNotFound);
		let mut heavier = data.clone();
		heavier.leaf.weight += 1;
		refused(heavier, InvalidTransaction::BadProof, Error::WrongProof);
		let mut pot = data.clone();
		pot.leaf.payee = Payee::Account(Settlement::pot());
		refused(pot, InvalidTransaction::BadProof, Error::PayeeIsPot);
		let opened = Claim {
			opening: opening(DAVE),
			..data
		};
		refused(opened, InvalidTransaction::BadProof, Error::WrongOpening);
	});
}

#[test]
fn the_pot_is_not_paid_in_hiding_and_without_a_fee() {
	build_and_execute(|| {
		let pot = Settlement::pot();
		let members = [secret(pot, 1)];
		let list = cohort(DATASET, 1, &members);
		fund(RUN, DATASET, MIN_FREE_CLAIM);
		let data = Claim {
			opening: opening(pot),
			..member_claim(list, &members, 0)
		};
		// No fee would make it right: what is said is that it can never be paid.
		refused(data, InvalidTransaction::BadProof, Error::PayeeIsPot);
	});
}

#[test]
fn a_block_takes_so_many_and_the_next_one_as_many_again() {
	build_and_execute(|| {
		// GIVEN room for two claims in a block.
		let who: Vec<_> = (0..4).map(|number| (DAVE + number, 1)).collect();
		let pool = trainers_pool(4 * MIN_FREE_CLAIM, &who);
		let info = call_of(claim_data(pool, 0)).get_dispatch_info();
		// Once by the pool of transactions, and once by the call, which gives back what an asset would
		// have cost.
		let checked = <Test as crate::Config>::WeightInfo::check_free(2);
		let in_asset = <Test as crate::Config>::WeightInfo::in_asset(1).saturating_mul(2);
		let both = info.call_weight - in_asset + checked + FreeOverhead::get();
		FreeLane::set(both.saturating_mul(2));

		assert_ok!(claim_free(claim_data(pool, 0)));
		assert_eq!(crate::FreeClaims::<Test>::get(), (1, both));
		assert_ok!(claim_free(claim_data(pool, 1)));
		let third = || claim_data(pool, 2);
		refused(
			third(),
			InvalidTransaction::ExhaustsResources,
			Error::FreeLaneFull,
		);
		// A fee gets it into the same block.
		assert_ok!(claim(claim_data(pool, 3)));

		System::set_block_number(2);
		assert_ok!(authorize(third()));
		assert_ok!(claim_free(third()));
		assert_eq!(crate::FreeClaims::<Test>::get(), (2, both));
	});
}

#[test]
fn nobody_but_an_authorized_transaction_sends_it() {
	build_and_execute(|| {
		let pool = trainers_pool(MIN_FREE_CLAIM, &[(DAVE, 1)]);
		for origin in [RawOrigin::Signed(ANYONE), RawOrigin::Root, RawOrigin::None] {
			let Claim {
				index, leaf, proof, ..
			} = claim_data(pool, 0);
			assert_noop!(
				unweighed(Settlement::claim_free(
					origin.into(),
					pool,
					index,
					leaf,
					proof,
					None
				)),
				sp_runtime::DispatchError::BadOrigin
			);
		}
	});
}
