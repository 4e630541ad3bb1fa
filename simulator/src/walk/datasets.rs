//! Owners and their datasets.

use frame_support::traits::Get;
use guerdon_content::ChunkProof;
use guerdon_receipt::DatasetId;
use pallet_datasets::{
	uses, Access, Answer, Approval, Call, Config, Dataset, Grant, Licence, PublishArgs, RunHistory,
	Status, Unlearning, Unlearnings,
};
use sp_core::H256;

use super::*;
use crate::{
	configs::guerdon::KeptRuns,
	world::{content, licence, FLAT_FEE, PRICE_PER_RECORD},
};

type Request = Unlearning<AccountId, Balance, BlockNumber>;

/// What somebody announced, and what is needed to open it.
#[derive(Clone)]
pub struct Announced {
	owner: AccountId,
	commitment: H256,
	root: H256,
	/// As it was announced: not always what it is.
	length: u64,
	true_length: u64,
	records: u64,
	salt: [u8; 32],
	final_chunk: ChunkProof,
	at: BlockNumber,
}

impl Announced {
	fn age(&self) -> BlockNumber {
		System::block_number() - self.at
	}

	fn is_mature(&self) -> bool {
		(<Runtime as Config>::MinAnnounceBlocks::get()
			..<Runtime as Config>::AnnouncementLifetime::get())
			.contains(&self.age())
	}

	fn is_expired(&self) -> bool {
		self.age() >= <Runtime as Config>::AnnouncementLifetime::get()
	}

	/// The dataset that has its root.
	fn holder(&self) -> Option<Dataset<AccountId, Balance, BlockNumber>> {
		let holder = pallet_datasets::ByRoot::<Runtime>::get(self.root)?;
		pallet_datasets::Datasets::<Runtime>::get(holder.dataset)
	}
}

fn all() -> impl Iterator<Item = (DatasetId, Dataset<AccountId, Balance, BlockNumber>)> {
	pallet_datasets::Datasets::<Runtime>::iter()
}

fn dataset_where(
	walk: &mut Walk,
	fits: impl Fn(DatasetId, &Dataset<AccountId, Balance, BlockNumber>) -> bool,
) -> Option<DatasetId> {
	let mut fitting: Vec<_> = all()
		.filter(|(id, it)| fits(*id, it))
		.map(|(id, _)| id)
		.collect();
	fitting.sort();
	walk.dice.one_of(&fitting)
}

fn is_contested(it: &Dataset<AccountId, Balance, BlockNumber>) -> bool {
	matches!(it.status, Status::Contested { .. })
}

/// Whether no task is dealt on it any more because its owner withdrew it.
fn is_withdrawn(it: &Dataset<AccountId, Balance, BlockNumber>) -> bool {
	let epoch = pallet_babe::EpochIndex::<Runtime>::get();
	matches!(it.status, Status::Withdrawn { from } if from <= epoch)
}

fn owner_of(dataset: DatasetId) -> Option<AccountId> {
	pallet_datasets::Datasets::<Runtime>::get(dataset).map(|it| it.owner)
}

/// A call of a dataset's owner, or of somebody who only says so.
fn by_owner(walk: &Walk, dataset: DatasetId, call: Call<Runtime>, spoilt: bool) -> Sent {
	let who = owner_of(dataset)
		.filter(|_| !spoilt)
		.unwrap_or_else(|| walk.stranger());
	Sent {
		who,
		call: call.into(),
	}
}

pub fn announce(walk: &mut Walk) -> Option<Sent> {
	walk.announced.retain(|it| {
		pallet_datasets::Announcements::<Runtime>::contains_key(&it.owner, it.commitment)
	});
	let mut again = None;
	spoil!(walk, "Datasets::AlreadyAnnounced" => again = walk.dice.one_of(&walk.announced.clone()));
	if let Some(Announced {
		owner, commitment, ..
	}) = again
	{
		return Some(Sent {
			who: owner,
			call: Call::announce { commitment }.into(),
		});
	}
	if all().count() + walk.announced.len() > 24 {
		return None;
	}
	let owners = walk.world.owners.clone();
	let owner = walk.dice.one_of(&owners)?.account;
	// What somebody else announced, or published, can be announced again.
	let known = if walk.dice.chance(20) {
		walk.dice.one_of(&walk.announced.clone())
	} else {
		None
	};
	let (root, true_length, records, final_chunk) = match known {
		Some(it) => (it.root, it.true_length, it.records, it.final_chunk),
		None => {
			let records = walk.dice.one_of(&[20, 32, 33, 40, 48, 64]).unwrap();
			let (root, length, proof) = content(walk.dice.roll() as u32, records);
			(root, length, records.into(), proof)
		}
	};
	let length = true_length + u64::from(walk.dice.chance(10));
	let salt = walk.dice.bytes();
	let commitment = pallet_datasets::commitment(owner.as_ref(), &root, length, &salt);
	walk.announced.push(Announced {
		owner: owner.clone(),
		commitment,
		root,
		length,
		true_length,
		records,
		salt,
		final_chunk,
		at: System::block_number(),
	});
	Some(Sent {
		who: owner,
		call: Call::announce { commitment }.into(),
	})
}

fn announced_where(walk: &mut Walk, fits: impl Fn(&Announced) -> bool) -> Option<Announced> {
	let fitting: Vec<_> = walk
		.announced
		.iter()
		.filter(|it| fits(it))
		.cloned()
		.collect();
	walk.dice.one_of(&fitting)
}

pub fn expire_announcement(walk: &mut Walk) -> Option<Sent> {
	let mut chosen = announced_where(walk, Announced::is_expired);
	spoil!(walk,
		"Datasets::AnnouncementAlive" => chosen = announced_where(walk, |it| !it.is_expired()),
		"Datasets::NotAnnounced" => if let Some(it) = &mut chosen { it.commitment = H256::zero() },
	);
	let Announced {
		owner, commitment, ..
	} = chosen?;
	let who = walk.stranger();
	Some(Sent {
		who,
		call: Call::expire_announcement { owner, commitment }.into(),
	})
}

/// Terms that make sense, though not always for a run.
fn some_licence(walk: &mut Walk) -> Licence<Balance, BlockNumber> {
	let now = System::block_number();
	let valid_until = walk
		.dice
		.chance(20)
		.then(|| now + walk.dice.within(60, 400));
	let mut terms = licence(valid_until);
	if walk.dice.chance(40) {
		terms.approval = Approval::ByGrant;
	}
	if walk.dice.chance(10) {
		terms.uses = uses::EVALUATE;
	}
	if walk.dice.chance(8) {
		terms.valid_from = now + 40;
		terms.valid_until = None;
	}
	terms.flat_fee = walk.dice.one_of(&[0, 0, FLAT_FEE, 7]).unwrap();
	terms.price_per_record = walk.dice.one_of(&[0, PRICE_PER_RECORD, GRD / 100]).unwrap();
	terms
}

/// Who is paid for a dataset: often an account that has nothing yet.
fn payee(walk: &mut Walk, owner: &Actor) -> AccountId {
	match walk.dice.below(3) {
		0 => owner.account.clone(),
		1 => owner.payout.clone(),
		_ => walk.dice.bytes().into(),
	}
}

pub fn publish(walk: &mut Walk) -> Option<Sent> {
	let is_taken = |it: &Announced| it.holder().is_some_and(|holder| holder.priority <= it.at);
	let is_first = |it: &Announced| it.holder().is_some_and(|holder| it.at < holder.priority);
	let is_sound = |it: &Announced| it.is_mature() && it.length == it.true_length;
	// Whoever was copied mostly comes later than who copied it.
	let others = walk.announced.clone();
	let is_copied = |it: &Announced| {
		let mut later = others.iter().filter(|other| it.at < other.at);
		later.any(|other| other.root == it.root)
	};
	let waits = walk.dice.chance(80);
	let mut chosen = announced_where(walk, |it| {
		is_sound(it) && !is_taken(it) && !(waits && is_copied(it))
	});
	if walk.dice.chance(40) {
		chosen = announced_where(walk, |it| is_sound(it) && is_first(it)).or(chosen);
	}
	spoil!(walk,
		"Datasets::AnnouncementTooYoung" => chosen = announced_where(walk, |it| it.age() < 10),
		"Datasets::AnnouncementOver" => chosen = announced_where(walk, Announced::is_expired),
		"Datasets::LengthMismatch" => {
			chosen = announced_where(walk, |it| it.is_mature() && it.length != it.true_length);
		},
		"Datasets::AlreadyExists" => {
			chosen = announced_where(walk, |it| it.is_mature() && is_taken(it));
		},
	);
	let chosen = chosen?;
	let owner = walk.actor(&chosen.owner).clone();
	let parents: Vec<_> = all()
		.filter(|(_, it)| it.owner == chosen.owner)
		.map(|it| it.0)
		.collect();
	let mut args = PublishArgs {
		root: chosen.root,
		length: chosen.length,
		records: chosen.records,
		salt: chosen.salt,
		final_chunk: chosen.final_chunk,
		metadata_hash: H256::repeat_byte(1),
		uri: b"https://example.org/metadata.json"
			.to_vec()
			.try_into()
			.unwrap(),
		licence: some_licence(walk),
		access: walk
			.dice
			.one_of(&[Access::Open, Access::Open, Access::Gated])
			.unwrap(),
		endpoint: b"https://example.org".to_vec().try_into().unwrap(),
		parent: walk.dice.one_of(&parents),
		payout: payee(walk, &owner),
	};
	spoil!(walk,
		"Datasets::NotAnnounced" => args.salt[0] ^= 1,
		"Datasets::NoRecords" => args.records = 0,
		"Datasets::RecordsMismatch" => args.records += 1,
		"Datasets::InvalidFinalChunk" => args.final_chunk.chunk[0] ^= 1,
		"Datasets::PayoutIsPot" => args.payout = Settlement::pot(),
		"Datasets::InvalidUses" => args.licence.uses = 0,
		"Datasets::InvalidTerm" => args.licence.valid_until = Some(args.licence.valid_from),
		"Datasets::MaxPriceExceeded" => args.licence.flat_fee = Balance::MAX,
		"Datasets::InvalidParent" => args.parent = all().find(|(_, it)| it.owner != chosen.owner).map(|it| it.0),
	);
	let args = Box::new(args);
	Some(Sent {
		who: chosen.owner,
		call: Call::publish { args }.into(),
	})
}

pub fn set_payout(walk: &mut Walk) -> Option<Sent> {
	let mut dataset = dataset_where(walk, |_, _| true)?;
	let owner = walk.actor(&owner_of(dataset)?).clone();
	let mut payout = payee(walk, &owner);
	let mut spoilt = false;
	spoil!(walk,
		"Datasets::NotFound" => dataset += 1_000,
		"Datasets::NotAuthorized" => spoilt = true,
		"Datasets::PayoutIsPot" => payout = Settlement::pot(),
		"Datasets::DatasetContested" => dataset = dataset_where(walk, |_, it| is_contested(it))?,
	);
	Some(by_owner(
		walk,
		dataset,
		Call::set_payout { dataset, payout },
		spoilt,
	))
}

pub fn set_licence(walk: &mut Walk) -> Option<Sent> {
	let mut chosen = dataset_where(walk, |_, it| it.status == Status::Active);
	let mut licence = some_licence(walk);
	let mut spoilt = false;
	spoil!(walk,
		"Datasets::NotFound" => chosen = Some(1_000),
		"Datasets::NotAuthorized" => spoilt = true,
		"Datasets::InvalidUses" => licence.uses = 0x80,
		"Datasets::InvalidTerm" => licence.valid_until = Some(0),
		"Datasets::MaxPriceExceeded" => licence.price_per_record = Balance::MAX,
		"Datasets::DatasetWithdrawn" => {
			chosen = dataset_where(walk, |_, it| matches!(it.status, Status::Withdrawn { .. }));
		},
	);
	let dataset = chosen?;
	Some(by_owner(
		walk,
		dataset,
		Call::set_licence { dataset, licence },
		spoilt,
	))
}

/// A dataset and a run that stand to each other in a way that fits.
fn use_where(walk: &mut Walk, fits: impl Fn(Grant) -> bool) -> Option<(DatasetId, RunId)> {
	let mut fitting: Vec<_> = pallet_datasets::Uses::<Runtime>::iter()
		.filter(|(.., it)| fits(it.grant))
		.map(|(dataset, run, _)| (dataset, run))
		.collect();
	fitting.sort();
	walk.dice.one_of(&fitting)
}

fn unrequested(walk: &mut Walk) -> Option<(DatasetId, RunId)> {
	let dataset = dataset_where(walk, |_, it| it.status == Status::Active)?;
	Some((dataset, 1_000_000))
}

pub fn grant(walk: &mut Walk) -> Option<Sent> {
	let mut chosen = use_where(walk, |grant| grant == Grant::Pending);
	// Some owners never answer.
	if chosen.is_some_and(|used| walk.mood(("silent", used), 15)) {
		chosen = None;
	}
	let mut spoilt = false;
	spoil!(walk,
		"Datasets::NotAuthorized" => spoilt = true,
		"Datasets::NotFound" => chosen = Some((1_000, 0)),
		"Datasets::NotRequested" => chosen = unrequested(walk),
		"Datasets::AlreadyAnswered" => chosen = use_where(walk, |grant| grant != Grant::Pending),
	);
	let (dataset, run) = chosen?;
	Some(by_owner(
		walk,
		dataset,
		Call::grant { dataset, run },
		spoilt,
	))
}

pub fn revoke(walk: &mut Walk) -> Option<Sent> {
	let declines = walk.dice.chance(50);
	let mut chosen = use_where(walk, |grant| {
		grant
			== if declines {
				Grant::Pending
			} else {
				Grant::Given
			}
	});
	if walk.dice.chance(60) {
		chosen = None;
	}
	let mut spoilt = false;
	spoil!(walk,
		"Datasets::NotAuthorized" => spoilt = true,
		"Datasets::NotRequested" => chosen = unrequested(walk),
		"Datasets::NotGranted" => {
			chosen = use_where(walk, |grant| matches!(grant, Grant::NotNeeded | Grant::Declined));
		},
		"Datasets::GrantRevoked" => {
			chosen = use_where(walk, |grant| matches!(grant, Grant::Revoked { .. }));
		},
	);
	let (dataset, run) = chosen?;
	Some(by_owner(
		walk,
		dataset,
		Call::revoke { dataset, run },
		spoilt,
	))
}

pub fn withdraw(walk: &mut Walk) -> Option<Sent> {
	let enough =
		all().filter(|(_, it)| it.status == Status::Active).count() > 5 && walk.dice.chance(25);
	let mut chosen = dataset_where(walk, |_, it| enough && it.status == Status::Active);
	let mut spoilt = false;
	spoil!(walk,
		"Datasets::NotFound" => chosen = Some(1_000),
		"Datasets::NotAuthorized" => spoilt = true,
		"Datasets::DatasetWithdrawn" => {
			chosen = dataset_where(walk, |_, it| matches!(it.status, Status::Withdrawn { .. }));
		},
	);
	let dataset = chosen?;
	Some(by_owner(walk, dataset, Call::withdraw { dataset }, spoilt))
}

pub fn retire(walk: &mut Walk) -> Option<Sent> {
	let is_over = |it: &Dataset<_, _, _>| is_withdrawn(it) || is_contested(it);
	let mut chosen = dataset_where(walk, |_, it| is_over(it) && it.uses == 0);
	// Some keep what they withdrew, and ask for it to be unlearnt.
	chosen = chosen.filter(|dataset| !walk.mood(("keeps", dataset), 40) || walk.dice.chance(5));
	let mut spoilt = false;
	spoil!(walk,
		"Datasets::NotFound" => chosen = Some(1_000),
		"Datasets::NotAuthorized" => spoilt = true,
		"Datasets::NotWithdrawn" => chosen = dataset_where(walk, |_, it| !is_over(it)),
		"Datasets::InUse" => chosen = dataset_where(walk, |_, it| is_over(it) && it.uses > 0),
	);
	let dataset = chosen?;
	Some(by_owner(walk, dataset, Call::retire { dataset }, spoilt))
}

/// A dataset and a run that used it.
fn use_made(
	walk: &mut Walk,
	fits: impl Fn(&Dataset<AccountId, Balance, BlockNumber>) -> bool,
	is_kept: bool,
) -> Option<(DatasetId, RunId)> {
	let runs = 0..pallet_training::NextRunId::<Runtime>::get();
	let mut fitting: Vec<_> = all()
		.filter(|(_, it)| fits(it))
		.flat_map(|(dataset, _)| runs.clone().map(move |run| (dataset, run)))
		.filter(|(dataset, run)| {
			KeptRuns::sponsor(*run).is_some() == is_kept
				&& KeptRuns::used(*run, *dataset)
				&& !Unlearnings::<Runtime>::contains_key(dataset, run)
		})
		.collect();
	fitting.sort();
	walk.dice.one_of(&fitting)
}

fn request_where(
	walk: &mut Walk,
	fits: impl Fn(DatasetId, RunId, &Request) -> bool,
) -> Option<(DatasetId, RunId)> {
	let mut fitting: Vec<_> = Unlearnings::<Runtime>::iter()
		.filter(|(dataset, run, it)| fits(*dataset, *run, it))
		.map(|(dataset, run, _)| (dataset, run))
		.collect();
	fitting.sort();
	walk.dice.one_of(&fitting)
}

pub fn request_unlearning(walk: &mut Walk) -> Option<Sent> {
	let mut chosen = use_made(walk, is_withdrawn, true);
	let mut spoilt = false;
	spoil!(walk,
		"Datasets::NotFound" => chosen = Some((1_000, 0)),
		"Datasets::NotAuthorized" => spoilt = true,
		"Datasets::DatasetContested" => {
			chosen = dataset_where(walk, |_, it| is_contested(it)).map(|dataset| (dataset, 0));
		},
		"Datasets::NotWithdrawn" => chosen = use_made(walk, |it| it.status == Status::Active, true),
		"Datasets::AlreadyAsked" => {
			chosen = request_where(walk, |dataset, _, _| owner_of(dataset).is_some());
		},
		"Datasets::NotUsed" => {
			chosen = dataset_where(walk, |_, it| is_withdrawn(it)).map(|dataset| (dataset, 1_000_000));
		},
		"Datasets::SponsorUnknown" => chosen = use_made(walk, is_withdrawn, false),
	);
	let (dataset, run) = chosen?;
	let call = Call::request_unlearning { dataset, run };
	Some(by_owner(walk, dataset, call, spoilt))
}

pub fn answer_unlearning(walk: &mut Walk) -> Option<Sent> {
	let now = System::block_number();
	let mut chosen = request_where(walk, |_, _, it| it.answer.is_none());
	// Some sponsors never answer, some do it late.
	chosen = chosen.filter(|request| {
		let in_time = Unlearnings::<Runtime>::get(request.0, request.1)
			.unwrap()
			.deadline >= now;
		let never = walk.mood(("never answers", request), 30);
		!(never || in_time && walk.mood(("late", request), 40))
	});
	spoil!(walk,
		"Datasets::NotAsked" => chosen = Some((1_000, 0)),
		"Datasets::AnswerGiven" => chosen = request_where(walk, |_, _, it| it.answer.is_some()),
	);
	let (dataset, run) = chosen?;
	let mut who = Unlearnings::<Runtime>::get(dataset, run)
		.map_or_else(|| walk.stranger(), |request| request.sponsor);
	spoil!(walk, "Datasets::NotSponsor" => who = walk.stranger());
	let answer = if walk.dice.chance(50) {
		Answer::Model(H256::repeat_byte(4))
	} else {
		Answer::Reason(b"the model is gone".to_vec().try_into().unwrap())
	};
	Some(Sent {
		who,
		call: Call::answer_unlearning {
			dataset,
			run,
			answer,
		}
		.into(),
	})
}

fn is_closable(request: &Request) -> bool {
	let retention: BlockNumber = <Runtime as Config>::UnlearningRetention::get();
	System::block_number() >= request.seen_from() + retention
}

pub fn close_unlearning(walk: &mut Walk) -> Option<Sent> {
	let mut chosen = request_where(walk, |_, _, it| is_closable(it));
	spoil!(walk,
		"Datasets::NotAsked" => chosen = Some((1_000, 0)),
		"Datasets::NotClosable" => chosen = request_where(walk, |_, _, it| !is_closable(it)),
	);
	let (dataset, run) = chosen?;
	let who = walk.anybody().account;
	Some(Sent {
		who,
		call: Call::close_unlearning { dataset, run }.into(),
	})
}

/// Closes every request, once each was to be seen for long enough.
pub fn close_every_request(walk: &mut Walk) {
	let who = walk.world.keeper.account.clone();
	while let Some((dataset, run)) = request_where(walk, |_, _, _| true) {
		walk.send_as(&who, Call::close_unlearning { dataset, run })
			.unwrap();
	}
}

/// Publishes at once what a scene needs.
pub fn publish_now(
	walk: &mut Walk,
	content: (H256, u64, ChunkProof),
	records: u64,
	terms: Licence<Balance, BlockNumber>,
) -> DatasetId {
	let owner = walk.world.owners[0].clone();
	let (root, length, final_chunk) = content;
	let salt = walk.dice.bytes();
	let commitment = pallet_datasets::commitment(owner.account.as_ref(), &root, length, &salt);
	walk.send_as(&owner.account, Call::announce { commitment })
		.unwrap();
	walk.pause(<Runtime as Config>::MinAnnounceBlocks::get());
	let args = Box::new(PublishArgs {
		root,
		length,
		records,
		salt,
		final_chunk,
		metadata_hash: H256::repeat_byte(1),
		uri: Default::default(),
		licence: terms,
		access: Access::Open,
		endpoint: Default::default(),
		parent: None,
		payout: owner.payout,
	});
	let dataset = pallet_datasets::NextDatasetId::<Runtime>::get();
	walk.send_as(&owner.account, Call::publish { args })
		.unwrap();
	dataset
}
