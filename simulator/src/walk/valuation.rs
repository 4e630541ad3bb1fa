//! Test sets, appraisers and their counts.

use codec::Encode;
use guerdon_receipt::{Digest, Role};
use guerdon_valuation::{
	commitment, AppraisalHeader, Item, PointCounts, Share, UserCounts, DOMAIN,
};
use pallet_contributions::Subject;
use pallet_valuation::{Appraisal, Call, Commitments, Link, Phase};
use sp_core::H256;
use sp_io::hashing::blake2_256;

use super::*;
use crate::world::CLASSES;

type AppraisalOf = Appraisal<AccountId, BlockNumber>;

/// What the appraisers of a run agree on.
#[derive(Clone)]
pub struct Sheet {
	header: AppraisalHeader,
	/// Last item first.
	links: Vec<Link>,
	digest: Digest,
}

/// Counts of the run's datasets and users. Some runs' appraisers agree on what contradicts itself.
fn items(walk: &Walk, run: RunId) -> Vec<Item> {
	let mut vested: Vec<u64> = pallet_training::RunDatasets::<Runtime>::iter_prefix(run)
		.filter(|(_, kept)| kept.used > 0)
		.map(|(dataset, _)| dataset)
		.collect();
	vested.sort();
	let worthless = walk.mood(("worthless", run), 15);
	let point = |number: u32| {
		let shares: Vec<_> = vested
			.iter()
			.zip(0..)
			.map(|(dataset, place): (_, u32)| Share {
				dataset: *dataset,
				with_label: if worthless {
					0
				} else {
					1 + (number + place) % 4
				},
				without_label: 1 + (number + place) % 2,
			})
			.collect();
		let same_label = shares.iter().map(|share| share.with_label).sum();
		let others: u32 = shares.iter().map(|share| share.without_label).sum();
		Item::Point(PointCounts {
			in_ball: same_label + others,
			same_label,
			shares: shares.try_into().unwrap(),
		})
	};
	let mut items: Vec<_> = (0..if walk.mood(("long", run), 25) { 80 } else { 9 })
		.map(point)
		.collect();
	let mut users: Vec<[u8; 32]> = crate::read::table(run, Role::User, 0, 64)
		.items
		.into_iter()
		.map(|(_, entry)| match entry.subject {
			Subject::Account(who) => who.into(),
			other => panic!("a user is an account, not {other:?}"),
		})
		.collect();
	users.sort();
	let guesses = walk.mood(("guesses", run), 30);
	items.extend((0..).zip(users).map(|(number, user)| {
		let right = if guesses { 2 } else { 9 - number % 5 };
		Item::User(UserCounts {
			user,
			answered: 10,
			right,
		})
	}));
	if walk.mood(("contradiction", run), 20) {
		if let Some(Item::Point(counts)) = items.get_mut(3) {
			counts.in_ball += 1;
		}
	} else if walk.mood(("disorder", run), 20) {
		items.insert(
			2,
			Item::User(UserCounts {
				user: [1; 32],
				answered: 1,
				right: 1,
			}),
		);
	}
	items
}

/// Like `World::links`, but for items that no honest appraiser would bring as well.
fn sheet(walk: &Walk, run: RunId) -> Sheet {
	let items = items(walk, run);
	let users = items
		.iter()
		.filter(|item| matches!(item, Item::User(_)))
		.count() as u32;
	let points = items.len() as u32 - users;
	let header = AppraisalHeader {
		run,
		points,
		users,
		tau2: 400,
		rho2: 25,
	};
	let mut digest = {
		let mut head = DOMAIN.to_vec();
		header.encode_to(&mut head);
		blake2_256(&head)
	};
	let mut links = Vec::new();
	for item in items {
		let previous = digest;
		digest = blake2_256(&[previous.encode(), item.encode()].concat());
		links.push(Link { previous, item });
	}
	links.reverse();
	Sheet {
		header,
		links,
		digest,
	}
}

fn sheet_of(walk: &mut Walk, run: RunId) -> Sheet {
	if let Some(known) = walk.sheets.get(&run) {
		return known.clone();
	}
	let made = sheet(walk, run);
	walk.sheets.insert(run, made.clone());
	made
}

/// What this appraiser found: some find something else, and in some runs nobody agrees.
fn found(walk: &mut Walk, run: RunId, who: &AccountId) -> Digest {
	if walk.mood(("quarrel", run), 15) || walk.mood(("rogue", run, who), 12) {
		return blake2_256(&who.encode());
	}
	sheet_of(walk, run).digest
}

fn salt(who: &AccountId) -> H256 {
	H256(blake2_256(&("salt", who).encode()))
}

fn appraisal_where(
	walk: &mut Walk,
	fits: impl Fn(&AppraisalOf) -> bool,
) -> Option<(RunId, AppraisalOf)> {
	let mut fitting: Vec<_> = pallet_valuation::Runs::<Runtime>::iter()
		.filter(|(_, appraisal)| fits(appraisal))
		.collect();
	fitting.sort_by_key(|(run, _)| *run);
	walk.dice.one_of(&fitting)
}

fn has_passed(deadline: BlockNumber) -> bool {
	System::block_number() > deadline
}

/// Whether an appraisal waits for an `advance` that its clock allows.
pub fn is_overdue(run: RunId) -> bool {
	let Some(appraisal) = pallet_valuation::Runs::<Runtime>::get(run) else {
		return false;
	};
	match appraisal.phase {
		Phase::AwaitingTests { deadline }
		| Phase::Committing { deadline }
		| Phase::Revealing { deadline }
		| Phase::Streaming { deadline, .. } => has_passed(deadline),
		Phase::Drawing { .. } | Phase::Done { .. } => false,
	}
}

pub fn reveal_tests(walk: &mut Walk) -> Option<Sent> {
	let in_time = |it: &AppraisalOf| matches!(it.phase, Phase::AwaitingTests { deadline } if !has_passed(deadline));
	let mut chosen = appraisal_where(walk, in_time);
	if chosen
		.as_ref()
		.is_some_and(|(run, _)| walk.mood(("hides", run), 15))
	{
		chosen = None;
	}
	spoil!(walk,
		"Valuation::WrongPhase" => {
			chosen = appraisal_where(walk, |it| !matches!(it.phase, Phase::AwaitingTests { .. }));
		},
		"Valuation::DeadlinePassed" => {
			let late = |it: &AppraisalOf| matches!(it.phase, Phase::AwaitingTests { deadline } if has_passed(deadline));
			chosen = appraisal_where(walk, late);
		},
		"Valuation::GoldMissing" => {
			chosen = appraisal_where(walk, |it| in_time(it) && it.gold_commitment.is_some());
		},
		"Valuation::GoldUnexpected" => {
			chosen = appraisal_where(walk, |it| in_time(it) && it.gold_commitment.is_none());
		},
	);
	let (mut run, appraisal) = chosen?;
	let mut who = appraisal.sponsor;
	let mut salt = H256([21; 32]);
	let mut gold = appraisal
		.gold_commitment
		.is_some()
		.then_some((H256([24; 32]), H256([23; 32])));
	spoil!(walk,
		"Valuation::NotFound" => run += 1_000,
		"Valuation::NotSponsor" => who = walk.stranger(),
		"Valuation::CommitmentMismatch" => match &mut gold {
			Some((root, _)) if run.is_multiple_of(2) => root.0[0] ^= 1,
			_ => salt.0[0] ^= 1,
		},
		"Valuation::GoldMissing" => gold = None,
		"Valuation::GoldUnexpected" => gold = Some((H256::zero(), H256::zero())),
	);
	let call = Call::reveal_tests {
		run,
		root: H256([22; 32]),
		salt,
		gold,
		endpoint: Default::default(),
	};
	Some(Sent {
		who,
		call: call.into(),
	})
}

pub fn commit(walk: &mut Walk) -> Option<Sent> {
	let in_time = |it: &AppraisalOf| matches!(it.phase, Phase::Committing { deadline } if !has_passed(deadline));
	let mut chosen = appraisal_where(walk, in_time);
	spoil!(walk,
		"Valuation::WrongPhase" => {
			chosen = appraisal_where(walk, |it| !matches!(it.phase, Phase::Committing { .. }));
		},
		"Valuation::DeadlinePassed" => {
			let late = |it: &AppraisalOf| matches!(it.phase, Phase::Committing { deadline } if has_passed(deadline));
			chosen = appraisal_where(walk, late);
		},
	);
	let (mut run, appraisal) = chosen?;
	let (done, todo): (Vec<_>, Vec<_>) = appraisal
		.appraisers
		.iter()
		.cloned()
		.partition(|who| Commitments::<Runtime>::contains_key(run, who));
	let mut who = walk.dice.one_of(&todo);
	if who
		.as_ref()
		.is_some_and(|who| walk.mood(("silent", run, who, appraisal.draws), 12))
	{
		who = None;
	}
	spoil!(walk,
		"Valuation::NotFound" => run += 1_000,
		"Valuation::NotAppraiser" => who = Some(walk.stranger()),
		"Valuation::AlreadyCommitted" => who = walk.dice.one_of(&done),
	);
	let who = who.or_else(|| appraisal.appraisers.is_empty().then(|| walk.stranger()))?;
	let digest = found(walk, run, &who);
	let bytes = commitment(run, who.as_ref(), &salt(&who).0, &digest);
	let commitment = H256(blake2_256(&bytes));
	Some(Sent {
		who,
		call: Call::commit { run, commitment }.into(),
	})
}

pub fn reveal(walk: &mut Walk) -> Option<Sent> {
	let in_time = |it: &AppraisalOf| matches!(it.phase, Phase::Revealing { deadline } if !has_passed(deadline));
	let mut chosen = appraisal_where(walk, in_time);
	spoil!(walk,
		"Valuation::WrongPhase" => {
			chosen = appraisal_where(walk, |it| {
				!it.appraisers.is_empty() && !matches!(it.phase, Phase::Revealing { .. })
			});
		},
		"Valuation::DeadlinePassed" => {
			let late = |it: &AppraisalOf| matches!(it.phase, Phase::Revealing { deadline } if has_passed(deadline));
			chosen = appraisal_where(walk, late);
		},
	);
	let (mut run, appraisal) = chosen?;
	let those = |committed: bool, shown: bool| -> Vec<_> {
		let fits = |who: &&AccountId| match Commitments::<Runtime>::get(run, who) {
			Some(it) => committed && it.digest.is_some() == shown,
			None => !committed,
		};
		appraisal.appraisers.iter().filter(fits).cloned().collect()
	};
	let (todo, done, absent) = (those(true, false), those(true, true), those(false, false));
	let mut who = walk.dice.one_of(&todo);
	if who
		.as_ref()
		.is_some_and(|who| walk.mood(("stays silent", run, who, appraisal.draws), 12))
	{
		who = None;
	}
	let mut wrong_salt = false;
	spoil!(walk,
		"Valuation::NotFound" => run += 1_000,
		"Valuation::NotAppraiser" => who = Some(walk.stranger()),
		"Valuation::NotCommitted" => who = walk.dice.one_of(&absent),
		"Valuation::AlreadyRevealed" => who = walk.dice.one_of(&done),
		"Valuation::CommitmentMismatch" => wrong_salt = true,
	);
	let is_revealing = matches!(appraisal.phase, Phase::Revealing { .. });
	let who = who.or_else(|| {
		appraisal
			.appraisers
			.first()
			.filter(|_| !is_revealing)
			.cloned()
	})?;
	let digest = found(walk, run, &who);
	let salt = if wrong_salt { H256::zero() } else { salt(&who) };
	Some(Sent {
		who,
		call: Call::reveal { run, salt, digest }.into(),
	})
}

pub fn stream(walk: &mut Walk) -> Option<Sent> {
	let in_time = |it: &AppraisalOf| matches!(it.phase, Phase::Streaming { deadline, .. } if !has_passed(deadline));
	let mut chosen = appraisal_where(walk, in_time);
	spoil!(walk,
		"Valuation::WrongPhase" => {
			chosen = appraisal_where(walk, |it| !matches!(it.phase, Phase::Streaming { .. }));
		},
		"Valuation::DeadlinePassed" => {
			let late = |it: &AppraisalOf| matches!(it.phase, Phase::Streaming { deadline, .. } if has_passed(deadline));
			chosen = appraisal_where(walk, late);
		},
	);
	let (mut run, _) = chosen?;
	// In some runs nobody brings the counts.
	if walk.mood(("nobody streams", run), 8) {
		return None;
	}
	let Sheet {
		mut header, links, ..
	} = sheet_of(walk, run);
	let received = pallet_valuation::Streams::<Runtime>::get(run)
		.map_or(0, |stream| (stream.points + stream.users) as usize);
	let left = links.get(received..).unwrap_or_default();
	let part = left.len().min(walk.dice.within(2, 64) as usize);
	let mut links = left[..part].to_vec();
	let mut is_last = part == left.len();
	spoil!(walk,
		"Valuation::NotFound" => run += 1_000,
		"Valuation::DigestMismatch" => links.reverse(),
		"Valuation::HeaderMismatch" => {
			header.points += 1;
			is_last = true;
		},
	);
	let header = is_last.then_some(header);
	let links = links.try_into().unwrap();
	let who = walk.anybody().account;
	Some(Sent {
		who,
		call: Call::stream { run, links, header }.into(),
	})
}

/// So many labels have the records of every run.
const _: () = assert!(CLASSES > 2, "who guesses two in ten is not above chance");
