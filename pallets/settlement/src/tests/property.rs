use guerdon_share_tree::split_many;
use proptest::prelude::*;
use sp_core::U256;

use super::*;

#[derive(Clone, Debug)]
struct Case {
	tables: [Vec<(AccountId, u64)>; 5],
	voided: Vec<(usize, u32)>,
	purses: [Balance; 4],
	cuts: [u32; 4],
	planned: [u64; 5],
	licence: Vec<(AccountId, u8)>,
	bond_to_publishers: bool,
	limit: u32,
	donation: Balance,
	order: Vec<u16>,
	batched: bool,
}

/// DAVE and his neighbours do not exist before they are paid.
fn payee() -> impl Strategy<Value = AccountId> {
	prop_oneof![3 => ALICE..=CAROL, 1 => DAVE..=DAVE + 2]
}

fn amount() -> impl Strategy<Value = Balance> {
	prop_oneof![
		Just(0),
		1..100u128,
		0..10 * ED,
		0..1_000 * GRD,
		0..SPONSOR_START / 8,
	]
}

fn case() -> impl Strategy<Value = Case> {
	let weight = prop_oneof![
		2 => Just(0u64),
		6 => 1..1_000u64,
		1 => Just(u64::MAX / 4),
		1 => Just(u64::MAX),
	];
	let table = prop::collection::vec((payee(), weight), 0..9);
	let planned = prop_oneof![Just(0u64), 1..3_000u64, Just(u64::MAX)];
	(
		(
			prop::array::uniform5(table),
			prop::collection::vec((0..5usize, 0..9u32), 0..4),
			prop::array::uniform4(amount()),
			prop::array::uniform4(0..=1_000_000u32),
			prop::array::uniform5(planned),
			prop::collection::vec((payee(), any::<u8>()), 0..5),
		),
		(
			any::<bool>(),
			1..12u32,
			0..ED,
			prop::collection::vec(any::<u16>(), 64),
			any::<bool>(),
		),
	)
		.prop_map(
			|(
				(tables, voided, purses, cuts, planned, licence),
				(bond_to_publishers, limit, donation, order, batched),
			)| Case {
				tables,
				voided,
				purses,
				cuts,
				planned,
				licence,
				bond_to_publishers,
				limit,
				donation,
				order,
				batched,
			},
		)
}

/// Five parts that sum to 1,000,000, from four cuts.
fn split_ppm(mut cuts: [u32; 4]) -> [u32; 5] {
	cuts.sort_unstable();
	let [a, b, c, d] = cuts;
	[a, b - a, c - b, d - c, 1_000_000 - d]
}

fn check(deposited: Balance, donated: Balance) {
	assert_ok!(Settlement::do_try_state());
	let books = Settlement::books(RUN, None);
	assert_eq!(books.deposited(), Some(deposited));
	assert_eq!(
		books.paid + books.claimable + books.escrow + books.returned + books.released,
		deposited
	);
	let view = Settlement::conservation(None);
	assert_eq!((view.surplus, view.missing), (donated, 0));
	assert_eq!(view.pot_free, ED + books.claimable + books.escrow + donated);
}

/// Every pool got its role's share, or the part of it that was done of what was planned.
fn check_funding(case: &Case) {
	let [budget, _, bond, _] = case.purses;
	let shares = split_many(budget, &split_ppm(case.cuts).map(u128::from)).unwrap();
	let units = |role: Role| -> U256 {
		let entries = case.tables[role.index()].iter();
		entries.fold(U256::zero(), |sum, (_, units)| sum + U256::from(*units))
	};
	for (role, share) in Role::ALL.into_iter().zip(shares) {
		if Settlement::run_pool(RUN, role).is_none() {
			assert_eq!(Contributions::table(RUN, role).weight, 0, "{role:?}");
			continue;
		}
		let planned = U256::from(case.planned[role.index()]);
		let done = match role {
			Role::Attestor => units(Role::Trainer) + units(Role::User),
			_ => units(role),
		};
		let earned = if planned.is_zero() || done >= planned {
			share
		} else {
			(U256::from(share) * done / planned).as_u128()
		};
		let with_bond = role == Role::DataProvider && case.bond_to_publishers;
		let bond = if with_bond { bond } else { 0 };
		assert_eq!(funded(role), earned + bond, "{role:?}");
	}
}

/// Claims what can be claimed, in the case's order.
fn claim_everything(case: &Case, deposited: Balance, donated: Balance) {
	let mut claims = vec![];
	for pool in 0..crate::NextPoolId::<Test>::get() {
		for index in 0.. {
			if Settlement::proof(pool, index).is_none() {
				break;
			}
			claims.push(claim_data(pool, index));
		}
	}
	let mut keyed: Vec<_> = claims.into_iter().zip(case.order.iter().cycle()).collect();
	keyed.sort_by_key(|(_, key)| **key);
	let claims: Vec<_> = keyed.into_iter().map(|(claim, _)| claim).collect();
	if case.batched {
		for batch in claims.chunks(7) {
			assert_ok!(claim_many(batch.to_vec()));
			check(deposited, donated);
		}
	} else {
		for data in claims {
			let due = entitlement(data.pool, data.index);
			let Payee::Account(payee) = data.leaf.payee else {
				unreachable!()
			};
			let before = free(payee);
			let fresh = !Settlement::is_claimed(data.pool, data.index);
			let receivable = before + due >= ED;
			assert_eq!(claim(data).is_ok(), fresh && due > 0 && receivable);
			let paid = if fresh && receivable { due } else { 0 };
			assert_eq!(free(payee), before + paid);
			check(deposited, donated);
		}
	}
	for account in DAVE..=DAVE + 2 {
		let owed: Balance = Settlement::dues_of(&account)
			.iter()
			.map(|(_, due)| due)
			.sum();
		let receivable = owed > 0 && free(account) + owed >= ED;
		let origin = RuntimeOrigin::signed(ANYONE);
		assert_eq!(Settlement::claim_due(origin, account).is_ok(), receivable);
		check(deposited, donated);
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(96))]

	#[test]
	fn every_unit_is_somewhere_at_every_step_and_in_the_end_only_surplus_is_left(case in case()) {
		build_and_execute(|| {
			let deposited = case.purses.iter().sum();
			let purses = [Purse::Budget, Purse::Licence, Purse::Bond, Purse::Tip];
			for (purse, amount) in purses.into_iter().zip(case.purses) {
				deposit(purse, amount);
			}
			for (role, entries) in Role::ALL.into_iter().zip(&case.tables) {
				contribute(role, entries);
			}
			for (role, index) in &case.voided {
				let _ = Contributions::reweigh(RUN, Role::ALL[*role], *index, 0);
			}
			close_all();
			let parts = u128::from(u16::MAX);
			let licence = case.licence.iter().zip(1..);
			let licence = licence.map(|((payee, part), dataset)| {
				(dataset, *payee, case.purses[1] * u128::from(*part) / parts)
			});
			let terms = SettleTerms {
				sponsor: SPONSOR,
				split_ppm: split_ppm(case.cuts),
				planned_units: case.planned,
				licence: licence.collect(),
				bond_to_publishers: case.bond_to_publishers,
			};
			check(deposited, 0);
			loop {
				let progress = Settlement::settle(RUN, &terms, case.limit).unwrap();
				check(deposited, 0);
				if progress == SettleProgress::Done {
					break;
				}
			}
			assert_eq!(Settlement::books(RUN, None).escrow, 0);
			check_funding(&case);

			let pot = Settlement::pot();
			let donor = RuntimeOrigin::signed(PUBLISHER);
			assert_ok!(Balances::transfer_allow_death(donor, pot, case.donation));
			claim_everything(&case, deposited, case.donation);

			// Whoever could not receive can now.
			for account in DAVE..=DAVE + 2 {
				let donor = RuntimeOrigin::signed(ANYONE);
				assert_ok!(Balances::transfer_allow_death(donor, account, ED));
			}
			claim_everything(&case, deposited, case.donation);
			assert_eq!(Settlement::books(RUN, None).claimable, 0);
			assert_eq!(free(pot), ED + case.donation);
		});
	}
}
