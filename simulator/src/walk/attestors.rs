//! Seats of attestors and appraisers.

use frame_support::traits::Get;
use guerdon_receipt::{
	sign::{public_key, sign_attestation},
	Attestation,
};
use pallet_attestors::{Call, Config, Kind, Registration, Registrations, SignedStates};

use super::*;

type Seat = Registration<AccountId, Balance, BlockNumber>;

fn those_of(walk: &Walk, kind: Kind) -> Vec<Actor> {
	match kind {
		Kind::Attestor => walk.world.attestors.clone(),
		Kind::Appraiser => walk.world.appraisers.clone(),
	}
}

fn kind(walk: &mut Walk) -> Kind {
	walk.dice.one_of(&Kind::ALL).unwrap()
}

fn seat_where(walk: &mut Walk, kind: Kind, fits: impl Fn(&Seat) -> bool) -> Option<AccountId> {
	let mut fitting: Vec<_> = Registrations::<Runtime>::iter_prefix(kind)
		.filter(|(_, seat)| fits(seat))
		.map(|(who, _)| who)
		.collect();
	fitting.sort();
	walk.dice.one_of(&fitting)
}

fn without_seat(walk: &mut Walk, kind: Kind) -> Option<Actor> {
	let mut those = those_of(walk, kind);
	// Now and then somebody sits who does something else as well.
	if walk.dice.chance(4) {
		those = walk.people.values().cloned().collect();
	}
	those.retain(|who| !Registrations::<Runtime>::contains_key(kind, &who.account));
	walk.dice.one_of(&those)
}

pub fn register(walk: &mut Walk) -> Option<Sent> {
	let kind = kind(walk);
	let mut chosen = without_seat(walk, kind);
	let seated = seat_where(walk, kind, |_| true).map(|who| walk.actor(&who).clone());
	spoil!(walk, "Attestors::AlreadyExists" => chosen = seated.clone());
	let actor = chosen?;
	let mut key = public_key(&actor.key);
	let mut possession = actor.possession();
	let mut payout = actor.payout.clone();
	spoil!(walk,
		"Attestors::InvalidKey" => key = [0; 32],
		"Attestors::KeyTaken" => key = public_key(&seated?.key),
		"Attestors::PossessionNotProven" => possession[40] ^= 1,
		"Attestors::PayoutIsPot" => payout = Settlement::pot(),
	);
	let endpoint = b"https://example.org".to_vec().try_into().unwrap();
	Some(Sent {
		who: actor.account,
		call: Call::register {
			kind,
			key,
			possession,
			endpoint,
			payout,
		}
		.into(),
	})
}

pub fn set_endpoint(walk: &mut Walk) -> Option<Sent> {
	let kind = kind(walk);
	let mut chosen = seat_where(walk, kind, |_| true);
	spoil!(walk, "Attestors::NotFound" => chosen = without_seat(walk, kind).map(|it| it.account));
	let endpoint = Default::default();
	Some(Sent {
		who: chosen?,
		call: Call::set_endpoint { kind, endpoint }.into(),
	})
}

pub fn set_payout(walk: &mut Walk) -> Option<Sent> {
	let kind = kind(walk);
	let mut chosen = seat_where(walk, kind, |_| true);
	let mut payout = walk.anybody().account;
	spoil!(walk,
		"Attestors::NotFound" => chosen = without_seat(walk, kind).map(|it| it.account),
		"Attestors::PayoutIsPot" => payout = Settlement::pot(),
	);
	Some(Sent {
		who: chosen?,
		call: Call::set_payout { kind, payout }.into(),
	})
}

pub fn retire(walk: &mut Walk) -> Option<Sent> {
	let kind = kind(walk);
	let active = Registrations::<Runtime>::iter_prefix_values(kind)
		.filter(|seat| seat.until.is_none())
		.count();
	let mut chosen = seat_where(walk, kind, |seat| active > 5 && seat.until.is_none());
	spoil!(walk,
		"Attestors::NotFound" => chosen = without_seat(walk, kind).map(|it| it.account),
		"Attestors::AlreadyRetired" => chosen = seat_where(walk, kind, |seat| seat.until.is_some()),
	);
	Some(Sent {
		who: chosen?,
		call: Call::retire { kind }.into(),
	})
}

/// Whether a seat is retired for so long that its bond could be withdrawn.
fn is_due(seat: &Seat) -> bool {
	let epoch = pallet_babe::EpochIndex::<Runtime>::get();
	let unbonding: u64 = <Runtime as Config>::UnbondingEpochs::get();
	seat.until.is_some_and(|until| until + unbonding <= epoch)
}

pub fn withdraw(walk: &mut Walk) -> Option<Sent> {
	let kind = kind(walk);
	// Who has nothing left to come for leaves the clearing away to others.
	let comes = walk.dice.chance(10);
	let mut chosen = seat_where(walk, kind, |seat| {
		is_due(seat) && seat.locks == 0 && (comes || seat.held > 0)
	});
	spoil!(walk,
		"Attestors::NotFound" => chosen = without_seat(walk, kind).map(|it| it.account),
		"Attestors::NotRetired" => chosen = seat_where(walk, kind, |seat| seat.until.is_none()),
		"Attestors::StillUnbonding" => {
			chosen = seat_where(walk, kind, |seat| seat.until.is_some() && !is_due(seat));
		},
		"Attestors::BondLocked" => {
			chosen = seat_where(walk, kind, |seat| is_due(seat) && seat.locks > 0);
		},
	);
	Some(Sent {
		who: chosen?,
		call: Call::withdraw { kind }.into(),
	})
}

pub fn report_equivocation(walk: &mut Walk) -> Option<Sent> {
	let kind = Kind::Attestor;
	let active = Registrations::<Runtime>::iter_prefix_values(kind)
		.filter(|seat| seat.until.is_none())
		.count();
	let seldom = active > 5 && walk.dice.chance(30);
	let mut chosen = seat_where(walk, kind, |seat| seldom && !seat.barred);
	let mut states = [walk.dice.bytes(), walk.dice.bytes()];
	spoil!(walk,
		"Attestors::NotFound" => chosen = without_seat(walk, kind).map(|it| it.account),
		"Attestors::AlreadyBarred" => chosen = seat_where(walk, kind, |seat| seat.barred),
		"Attestors::NotContradictory" => states[1] = states[0],
	);
	let who = chosen?;
	let receipt = walk.dice.bytes();
	let [mut first, mut second] = states.map(|states| {
		let attestation = Attestation {
			receipt,
			attestor: who.clone().into(),
			states,
		};
		let signature = sign_attestation(&walk.actor(&who).key, &attestation).signature;
		SignedStates { states, signature }
	});
	spoil!(walk,
		"Attestors::InvalidFirstSignature" => first.signature[0] ^= 1,
		"Attestors::InvalidSecondSignature" => second.signature[0] ^= 1,
	);
	let reporter = walk.anybody().account;
	Some(Sent {
		who: reporter,
		call: Call::report_equivocation {
			who,
			receipt,
			first,
			second,
		}
		.into(),
	})
}

pub fn evict(walk: &mut Walk) -> Option<Sent> {
	let kind = kind(walk);
	let is_free = |seat: &Seat| is_due(seat) && seat.locks == 0;
	let mut chosen = seat_where(walk, kind, |seat| seat.held == 0 && is_free(seat));
	spoil!(walk,
		"Attestors::NotFound" => chosen = without_seat(walk, kind).map(|it| it.account),
		"Attestors::BondLeft" => chosen = seat_where(walk, kind, |seat| seat.held > 0),
		"Attestors::StillUnbonding" => {
			chosen = seat_where(walk, kind, |seat| seat.held == 0 && !is_due(seat));
		},
		"Attestors::BondLocked" => {
			chosen = seat_where(walk, kind, |seat| seat.held == 0 && is_due(seat) && seat.locks > 0);
		},
	);
	let who = walk.anybody().account;
	Some(Sent {
		who,
		call: Call::evict { kind, who: chosen? }.into(),
	})
}
