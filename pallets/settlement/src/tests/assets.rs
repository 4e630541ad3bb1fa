//! Runs that are paid in an asset, and what its issuer can do to them.

use guerdon_receipt::PoolId;
use proptest::prelude::*;
use sp_runtime::{DispatchError, DispatchResult, TokenError};

use super::*;
use crate::{AllowedAsset, Asset, AssetId, MAX_ASSETS};

fn has(asset: AssetId, who: AccountId) -> Balance {
	Assets::balance(asset, who)
}

fn root() -> RuntimeOrigin {
	RuntimeOrigin::root()
}

/// A run that is paid in an asset: its budget goes to these trainers. Answers their pool.
fn pool_in(asset: AssetId, run: u64, budget: Balance, entries: &[(AccountId, u64)]) -> PoolId {
	assert_ok!(Settlement::pay_in(run, asset));
	pool_of(run, budget, entries)
}

fn pool_of(run: u64, budget: Balance, entries: &[(AccountId, u64)]) -> PoolId {
	assert_ok!(Settlement::deposit(run, Purse::Budget, &SPONSOR, budget));
	for (number, (payee, weight)) in (1_000..).zip(entries) {
		let subject = Subject::Account(number);
		let role = Role::Trainer;
		assert_ok!(Contributions::record(run, role, subject, payee, *weight));
	}
	for role in Role::ALL {
		assert_ok!(Contributions::close(run, role));
	}
	assert_eq!(
		Settlement::settle(run, &terms(), 1_000),
		Ok(SettleProgress::Done)
	);
	Settlement::run_pool(run, Role::Trainer).unwrap()
}

/// Brings money of an asset to the members of a dataset, in a run of its own.
fn fund_in(asset: AssetId, run: u64, amount: Balance) {
	assert_ok!(Settlement::pay_in(run, asset));
	fund(run, DATASET, amount);
}

/// What the pot lacks and has too much.
fn balance_of(asset: AssetId) -> (Balance, Balance) {
	let view = Settlement::conservation(Some(asset));
	(view.missing, view.surplus)
}

fn burn(asset: AssetId, amount: Balance) {
	let issuer = RuntimeOrigin::signed(ISSUER);
	assert_ok!(Assets::burn(issuer, asset, Settlement::pot(), amount));
}

#[test]
fn an_asset_is_allowed_by_governance_once_it_fits() {
	build_and_execute(|| {
		let allow = |origin| Settlement::allow_asset(origin, USD, 5);
		assert_noop!(
			allow(RuntimeOrigin::signed(ISSUER)),
			DispatchError::BadOrigin
		);
		assert_noop!(allow(root()), Error::<Test>::AssetNotSufficient);
		make(USD, true);
		assert_noop!(allow(root()), Error::<Test>::PotNotEndowed);
		issue(USD, Settlement::pot(), MIN_ASSET);
		take_events();
		assert_ok!(allow(root()));
		assert_eq!(
			take_events(),
			vec![Event::AssetAllowed {
				asset: USD,
				endowment: MIN_ASSET,
				min_free_claim: 5
			}]
		);
		assert_noop!(allow(root()), Error::<Test>::NothingToChange);
		assert_eq!(balance_of(USD), (0, 0));

		// One that needs GRD beside it cannot pay who has none.
		make(EUR, false);
		assert_noop!(
			Settlement::allow_asset(root(), EUR, 5),
			Error::<Test>::AssetNotSufficient
		);
	});
}

#[test]
fn a_closed_asset_takes_no_new_run_and_ends_the_old_ones() {
	build_and_execute(|| {
		allow(USD);
		let close = |origin| Settlement::close_asset(origin, USD);
		let pool = pool_in(USD, RUN, 1_000, &[(ALICE, 1)]);
		assert_noop!(
			close(RuntimeOrigin::signed(ALICE)),
			DispatchError::BadOrigin
		);
		assert_noop!(
			Settlement::close_asset(root(), EUR),
			Error::<Test>::AssetNotAllowed
		);
		assert_ok!(close(root()));
		assert_noop!(close(root()), Error::<Test>::NothingToChange);
		assert_noop!(
			Settlement::pay_in(RUN + 1, USD),
			Error::<Test>::AssetNotAllowed
		);
		assert_ok!(claim(claim_data(pool, 0)));
		assert_eq!(has(USD, ALICE), 1_000);

		// It can be allowed again, and keeps what it was endowed with.
		assert_ok!(Settlement::allow_asset(root(), USD, 7));
		assert_eq!(
			Settlement::allowed_assets()[&USD],
			AllowedAsset {
				endowment: MIN_ASSET,
				min_free_claim: 7,
				open: true
			}
		);
		assert_ok!(Settlement::pay_in(RUN + 1, USD));
	});
}

#[test]
fn there_are_as_many_assets_as_there_can_be() {
	build_and_execute(|| {
		for asset in 1..=MAX_ASSETS {
			allow(asset);
		}
		let one_more = MAX_ASSETS + 1;
		make(one_more, true);
		issue(one_more, Settlement::pot(), MIN_ASSET);
		let refused: DispatchError = Error::<Test>::MaxAssetsExceeded.into();
		assert_noop!(Settlement::allow_asset(root(), one_more, 1), refused);
		// Closing one makes no room: what is in it goes on.
		assert_ok!(Settlement::close_asset(root(), 1));
		assert_noop!(Settlement::allow_asset(root(), one_more, 1), refused);
	});
}

#[test]
fn a_run_is_paid_in_what_it_names_and_tips_and_licences_are_in_grd() {
	build_and_execute(|| {
		assert_noop!(Settlement::pay_in(RUN, USD), Error::<Test>::AssetNotAllowed);
		allow(USD);
		assert_ok!(Settlement::pay_in(RUN, USD));
		let (grd, usd) = (free(SPONSOR), has(USD, SPONSOR));
		for (purse, amount) in Purse::ALL.into_iter().zip([1_000, 20, 300, 4]) {
			deposit(purse, amount);
		}
		assert_eq!(grd - free(SPONSOR), 20 + 4);
		assert_eq!(usd - has(USD, SPONSOR), 1_000 + 300);
		let refused: DispatchError = Error::<Test>::RunHasMoney.into();
		assert_noop!(Settlement::pay_in(RUN, USD), refused);
		deposit_in_grd(RUN + 1);
		assert_noop!(Settlement::pay_in(RUN + 1, USD), refused);

		contribute(Role::Trainer, &[(ALICE, 1), (BOB, 2)]);
		close_all();
		take_events();
		settle_with(&terms());

		// The bond goes back in the asset, the rest of the other purses in GRD.
		assert_eq!(grd - free(SPONSOR), 1);
		assert_eq!(usd - has(USD, SPONSOR), 1_000);
		let returned = |amount, asset| Event::Returned {
			run: RUN,
			to: SPONSOR,
			amount,
			asset,
		};
		let events = take_events();
		assert!(events.contains(&returned(300, Some(USD))));
		assert!(events.contains(&returned(24, None)));

		let pool = Settlement::run_pool(RUN, Role::Trainer).unwrap();
		assert_eq!(Settlement::pool(pool).unwrap().asset, Some(USD));
		for index in 0..2 {
			assert_ok!(claim(claim_data(pool, index)));
		}
		assert_eq!([ALICE, BOB].map(|who| has(USD, who)), [333, 667]);
		assert_eq!([ALICE, BOB].map(free), [GRD, GRD]);
		assert_eq!(balance_of(USD), (0, 0));
		let books = Settlement::books(RUN, Some(USD));
		assert_eq!((books.budget_in, books.bond_in), (1_000, 300));
		assert_eq!(
			(books.paid, books.returned, books.licence_in),
			(1_000, 300, 0)
		);
		let books = Settlement::books(RUN, None);
		assert_eq!(
			(books.licence_in, books.tip_in, books.returned),
			(20, 4, 24)
		);
	});
}

fn deposit_in_grd(run: u64) {
	assert_ok!(Settlement::deposit(run, Purse::Tip, &SPONSOR, 1));
}

#[test]
fn a_sponsor_may_spend_all_that_it_has_of_an_asset() {
	build_and_execute(|| {
		allow(USD);
		let all = has(USD, SPONSOR);
		assert_ok!(Settlement::pay_in(RUN, USD));
		// Nor what nobody has: more than there is of it.
		for more in [all + 1, u128::MAX / 2] {
			assert_noop!(
				Settlement::deposit(RUN, Purse::Budget, &SPONSOR, more),
				DispatchError::from(TokenError::FundsUnavailable)
			);
		}
		// Not all but some dust, which would be lost to it.
		assert_noop!(
			Settlement::deposit(RUN, Purse::Budget, &SPONSOR, all - 1),
			DispatchError::from(TokenError::NotExpendable)
		);
		deposit(Purse::Budget, all);
		assert_eq!(has(USD, SPONSOR), 0);
		assert_ok!(Settlement::release(RUN, Purse::Budget, &SPONSOR, all));
		assert_eq!(has(USD, SPONSOR), all);
	});
}

#[test]
fn who_has_no_grd_lives_on_the_asset() {
	build_and_execute(|| {
		allow(USD);
		let pool = pool_in(USD, RUN, 1_000, &[(DAVE, 99), (77, 901)]);
		// Less than an account can have of it.
		assert_noop!(
			claim(claim_data(pool, 0)),
			Error::<Test>::BelowExistentialDeposit
		);
		assert_ok!(claim(claim_data(pool, 1)));
		assert_eq!((has(USD, 77), free(77)), (901, 0));
		assert!(System::account_exists(&77));
		issue(USD, DAVE, MIN_ASSET);
		assert_ok!(claim(claim_data(pool, 0)));
		assert_eq!(has(USD, DAVE), MIN_ASSET + 99);
	});
}

#[test]
fn a_batch_pays_every_payee_once_for_each_asset() {
	build_and_execute(|| {
		allow(USD);
		allow(EUR);
		// None of these could be received alone.
		let small = [(DAVE, 60), (ALICE, 40)];
		let pools = [
			pool_in(USD, 1, 100, &small),
			pool_in(USD, 2, 100, &small),
			pool_in(EUR, 3, 100, &small),
		];
		let grd = trainers_pool(3 * ED, &[(DAVE, 1)]);
		take_events();
		let mut claims: Vec<_> = pools.into_iter().map(|pool| claim_data(pool, 0)).collect();
		claims.push(claim_data(grd, 0));

		assert_ok!(claim_many(claims));

		assert_eq!((has(USD, DAVE), has(EUR, DAVE)), (120, 0));
		assert_eq!(free(DAVE), 3 * ED);
		let reason = Error::<Test>::BelowExistentialDeposit.into();
		let refused: Vec<_> = take_events()
			.into_iter()
			.filter(|event| matches!(event, Event::ClaimRefused { .. }))
			.collect();
		assert_eq!(
			refused,
			vec![Event::ClaimRefused {
				pool: pools[2],
				index: 0,
				reason
			}]
		);
	});
}

#[test]
fn a_cohort_has_a_pool_for_each_asset_that_it_got() {
	build_and_execute(|| {
		allow(USD);
		allow(EUR);
		let members = accounts(200, 3);
		let list = cohort(DATASET, 1, &members);
		fund(1, DATASET, 6 * ED);
		take_events();
		fund_in(USD, 2, 600);
		let usd = list + 3;
		assert!(take_events().contains(&Event::ShareOpened {
			dataset: DATASET,
			list,
			pool: usd,
			asset: USD
		}));
		let share = Settlement::share(usd).unwrap();
		assert_eq!((share.list, share.asset, share.funded), (list, USD, 600));

		// The leaf and its proof are those of the list, whatever is paid.
		let proven = |pool, index| Claim {
			pool,
			..member_claim(list, &members, index)
		};
		let last = 2;
		assert_ok!(claim(proven(usd, last)));
		assert_eq!(has(USD, 202), 300);
		assert_noop!(claim(proven(usd, last)), Error::<Test>::NothingToClaim);
		assert_ok!(claim(proven(list, last)));
		assert_eq!((has(USD, 202), free(202)), (300, 3 * ED));

		// One claim covers all that came since.
		fund_in(USD, 3, 60);
		fund_in(USD, 4, 540);
		fund_in(EUR, 5, 600);
		assert_ok!(claim(proven(usd, last)));
		assert_eq!((has(USD, 202), has(EUR, 202)), (600, 0));
		assert_eq!(Settlement::shares_of(list).len(), 2);
		assert_eq!(Settlement::members(DATASET).unwrap().shares.len(), 2);

		// Another cohort's proof is none.
		let other = cohort(OTHER_DATASET, 1, &members);
		let stolen = Claim {
			pool: usd,
			..member_claim(other, &members, 0)
		};
		assert_noop!(claim(stolen), Error::<Test>::WrongProof);
		let eur = Settlement::shares_of(list)
			.into_iter()
			.find(|(_, share)| share.asset == EUR)
			.unwrap();
		let page = members.clone().try_into().unwrap();
		let proof = tree_of(list, &members).prove_page(0).unwrap();
		let anyone = RuntimeOrigin::signed(ANYONE);
		let weight = Settlement::pay_page(anyone, eur.0, 0, page, proof)
			.unwrap()
			.actual_weight
			.unwrap();
		assert_eq!(
			members
				.iter()
				.map(|member| match member.payee {
					Payee::Account(account) => has(EUR, account),
					_ => 0,
				})
				.collect::<Vec<_>>(),
			vec![100, 200, 300]
		);
		assert!(weight.all_gte(Settlement::grd_page_weight(3, 0, 3)));
		assert_eq!((balance_of(USD), balance_of(EUR)), ((0, 0), (0, 0)));
	});
}

#[test]
fn what_an_issuer_takes_stops_its_asset_and_no_other() {
	build_and_execute(|| {
		allow(USD);
		allow(EUR);
		let usd = pool_in(USD, 1, 1_000, &[(ALICE, 1), (BOB, 1)]);
		let eur = pool_in(EUR, 2, 1_000, &[(ALICE, 1), (BOB, 1)]);
		let grd = trainers_pool(1_000, &[(ALICE, 1), (BOB, 1)]);
		assert_ok!(claim(claim_data(usd, 0)));

		burn(USD, 1);
		assert_eq!(balance_of(USD), (1, 0));
		let short: DispatchError = Error::<Test>::AssetShort.into();
		// Nobody is paid with what others are owed, in any way there is.
		assert_noop!(claim(claim_data(usd, 1)), short);
		let page = [claim_data(usd, 0).leaf, claim_data(usd, 1).leaf];
		assert_noop!(
			pay_page(usd, &page, 0).map_err(|failed| failed.error),
			short
		);
		let claims = [usd, eur, grd].map(|pool| claim_data(pool, 1));
		assert_ok!(claim_many(claims.to_vec()));
		assert_eq!((has(USD, BOB), has(EUR, BOB)), (0, 500));
		assert_eq!(free(BOB), GRD + 500);
		System::set_block_number(1 + CLAIM_WINDOW + 1);
		let expire = |pool| Settlement::expire(RuntimeOrigin::signed(ANYONE), pool);
		assert_noop!(expire(usd), short);
		assert_ok!(expire(eur));
		assert_eq!(has(EUR, TREASURY), 500);

		// Nothing is lost: it is there again as soon as the issuer puts it back.
		issue(USD, Settlement::pot(), 1);
		assert_ok!(claim(claim_data(usd, 1)));
		assert_eq!(has(USD, BOB), 500);
		assert_eq!(balance_of(USD), (0, 0));
	});
}

#[test]
fn an_asset_that_is_frozen_waits() {
	build_and_execute(|| {
		allow(USD);
		let pool = pool_in(USD, 1, 1_000, &[(ALICE, 1)]);
		let issuer = || RuntimeOrigin::signed(ISSUER);
		assert_ok!(Assets::freeze_asset(issuer(), USD));
		assert!(claim(claim_data(pool, 0)).is_err());
		assert_ok!(claim_many(vec![claim_data(pool, 0)]));
		assert_eq!(has(USD, ALICE), 0);
		assert_ok!(Assets::thaw_asset(issuer(), USD));
		// The issuer can block one account, or the pot.
		assert_ok!(Assets::freeze(issuer(), USD, Settlement::pot()));
		assert!(claim(claim_data(pool, 0)).is_err());
		assert_ok!(Assets::thaw(issuer(), USD, Settlement::pot()));
		assert_ok!(claim(claim_data(pool, 0)));
		assert_eq!(has(USD, ALICE), 1_000);
	});
}

#[test]
fn what_cannot_be_returned_in_an_asset_waits_as_a_due() {
	build_and_execute(|| {
		allow(USD);
		assert_ok!(Settlement::pay_in(RUN, USD));
		deposit(Purse::Budget, 1_000);
		deposit(Purse::Tip, 30);
		burn(USD, 1);
		close_all();
		let usd = has(USD, SPONSOR);
		take_events();
		settle_with(&terms());
		let owed = |amount, asset| Event::Owed {
			run: RUN,
			to: SPONSOR,
			amount,
			asset,
			cause: Cause::Return,
		};
		assert!(take_events().contains(&owed(1_000, Some(USD))));
		assert_eq!(
			Settlement::dues_of(&SPONSOR),
			vec![((RUN, Some(USD)), 1_000)]
		);
		assert_eq!(Settlement::conservation(Some(USD)).dues, 1_000);
		let claim_due = |who| Settlement::claim_due(RuntimeOrigin::signed(ANYONE), who);
		assert_noop!(
			claim_due(SPONSOR).map_err(|failed| failed.error),
			Error::<Test>::AssetShort
		);

		// What it is owed in GRD does not wait for that.
		owe_grd(RUN + 1);
		assert_ok!(claim_due(DAVE));
		owe_in(RUN + 2, EUR);
		assert_eq!(Settlement::dues_of(&DAVE), vec![((RUN + 2, Some(EUR)), 99)]);

		issue(USD, Settlement::pot(), 1);
		assert_ok!(claim_due(SPONSOR));
		assert_eq!(has(USD, SPONSOR), usd + 1_000);
		assert_eq!(Settlement::dues_of(&SPONSOR), vec![]);
	});
}

/// DAVE is owed enough, in two parts that it could not receive.
fn owe_grd(run: u64) {
	for amount in [ED - 1, 1] {
		assert_ok!(Settlement::deposit(run, Purse::Tip, &SPONSOR, amount));
		assert_ok!(Settlement::release(run, Purse::Tip, &DAVE, amount));
	}
}

/// DAVE is owed less of an asset than an account can have.
fn owe_in(run: u64, asset: AssetId) {
	allow(asset);
	assert_ok!(Settlement::pay_in(run, asset));
	assert_ok!(Settlement::deposit(run, Purse::Budget, &SPONSOR, 99));
	assert_ok!(Settlement::release(run, Purse::Budget, &DAVE, 99));
}

#[test]
fn dues_in_one_asset_do_not_stop_those_in_another() {
	build_and_execute(|| {
		// GIVEN dues of DAVE in GRD that it can receive now, and in EUR that it cannot
		owe_grd(RUN);
		owe_in(RUN + 1, EUR);
		// WHEN they are claimed
		assert_ok!(Settlement::claim_due(RuntimeOrigin::signed(ANYONE), DAVE));
		// THEN the former are paid and the latter wait
		assert_eq!(free(DAVE), ED);
		assert_eq!(Settlement::dues_of(&DAVE), vec![((RUN + 1, Some(EUR)), 99)]);
		assert_noop!(
			Settlement::claim_due(RuntimeOrigin::signed(ANYONE), DAVE)
				.map_err(|failed| failed.error),
			Error::<Test>::BelowExistentialDeposit
		);
	});
}

#[test]
fn a_claim_without_a_fee_is_for_what_the_asset_calls_enough() {
	build_and_execute(|| {
		allow(USD);
		let enough = 10 * MIN_ASSET;
		let pool = pool_in(
			USD,
			RUN,
			2 * enough - 1,
			&[(DAVE, enough as u64), (78, enough as u64 - 1)],
		);
		let free_claim = |index| -> DispatchResult {
			let Claim {
				pool, leaf, proof, ..
			} = claim_data(pool, index);
			let origin = frame_system::RawOrigin::Authorized.into();
			unweighed(Settlement::claim_free(
				origin, pool, index, leaf, proof, None,
			))
		};
		assert!(enough < MIN_FREE_CLAIM);
		assert_noop!(free_claim(1), Error::<Test>::NotFree);
		// What the pool of transactions lets in is carried out: it asks whether the issuer lets it.
		let issuer = || RuntimeOrigin::signed(ISSUER);
		let allowed = || {
			use frame_support::traits::Authorize;
			let Claim {
				pool, leaf, proof, ..
			} = claim_data(pool, 0);
			let call = crate::Call::<Test>::claim_free {
				pool,
				index: 0,
				leaf,
				proof,
				opening: None,
			};
			let source = sp_runtime::transaction_validity::TransactionSource::External;
			call.authorize(source).unwrap().is_ok()
		};
		assert_ok!(Assets::freeze_asset(issuer(), USD));
		assert!(!allowed());
		assert!(free_claim(0).is_err());
		assert_ok!(Assets::thaw_asset(issuer(), USD));
		assert!(allowed());
		assert_ok!(free_claim(0));
		assert_eq!(has(USD, DAVE), enough);
	});
}

/// Weights of up to 12 leaves, and what is paid in.
fn division() -> impl Strategy<Value = (Vec<u64>, Balance, Asset)> {
	let weights = prop::collection::vec(1..=u64::MAX, 1..12);
	let asset = prop_oneof![Just(None), Just(Some(USD)), Just(Some(EUR))];
	(weights, 12 * MIN_ASSET..1_000_000 * MIN_ASSET, asset)
}

proptest! {
	/// Whatever a run is paid in, its leaves get exactly what was funded, in whatever order they come.
	#[test]
	fn every_unit_of_an_asset_is_paid_once(
		divisions in prop::collection::vec(division(), 1..5),
		backwards: bool,
	) {
		build_and_execute(|| {
			allow(USD);
			allow(EUR);
			let mut sums = std::collections::BTreeMap::<Asset, Balance>::new();
			let mut claims = Vec::new();
			for (run, (weights, budget, asset)) in (100..).zip(divisions) {
				let entries: Vec<_> = (0..).map(|who| 1 + who % 3).zip(weights).collect();
				let pool = match asset {
					Some(asset) => pool_in(asset, run, budget, &entries),
					None => pool_of(run, budget, &entries),
				};
				*sums.entry(asset).or_default() += budget;
				claims.extend((0..entries.len()).map(|index| claim_data(pool, index as u64)));
			}
			for who in [ALICE, BOB, CAROL] {
				issue(USD, who, MIN_ASSET);
				issue(EUR, who, MIN_ASSET);
			}
			if backwards {
				claims.reverse();
			}
			for part in claims.chunks(3) {
				assert_ok!(claim_many(part.to_vec()));
			}
			let three = [ALICE, BOB, CAROL];
			for asset in [USD, EUR] {
				let paid: Balance = three.map(|who| has(asset, who) - MIN_ASSET).iter().sum();
				assert_eq!(paid, sums.get(&Some(asset)).copied().unwrap_or_default());
				assert_eq!(has(asset, Settlement::pot()), MIN_ASSET);
				assert_eq!(balance_of(asset), (0, 0));
			}
			let paid: Balance = three.map(|who| free(who) - GRD).iter().sum();
			assert_eq!(paid, sums.get(&None).copied().unwrap_or_default());
		});
	}
}
