//! What the council says of assets, and what their issuer does.

use frame_support::traits::fungibles::Inspect as _;
use pallet_assets::Call as Issue;
use pallet_settlement::{AssetId, Call};

use super::*;

/// Allowed from the beginning.
const DOLLAR: AssetId = 1;
/// The pot has none of it at first.
const EURO: AssetId = 2;
/// No account can live on it.
const POINT: AssetId = 3;
/// What sponsors are given at once.
const PLENTY: Balance = 1_000_000_000_000_000_000;

/// Decides alone, and issues all assets.
fn council() -> AccountId {
	pallet_collective::Members::<Runtime, pallet_collective::Instance1>::get()[0].clone()
}

fn motion(call: Call<Runtime>) -> Sent {
	let proposal: Box<RuntimeCall> = Box::new(call.into());
	Sent {
		who: council(),
		call: pallet_collective::Call::propose {
			threshold: 1,
			proposal,
			length_bound: 1_000,
		}
		.into(),
	}
}

fn by_issuer(call: Issue<Runtime>) -> Sent {
	Sent {
		who: council(),
		call: call.into(),
	}
}

fn mint(id: AssetId, to: &AccountId, amount: Balance) -> Sent {
	by_issuer(Issue::mint {
		id,
		beneficiary: to.clone().into(),
		amount,
	})
}

fn missing(asset: AssetId) -> Balance {
	Settlement::conservation(Some(asset)).missing
}

/// Everybody who has an asset.
fn holders(asset: AssetId) -> Vec<AccountId> {
	let mut holders: Vec<_> = pallet_assets::Account::<Runtime>::iter_key_prefix(asset).collect();
	holders.sort();
	holders
}

pub fn allow(walk: &mut Walk) -> Option<Sent> {
	let mut asset = walk.dice.one_of(&[DOLLAR, EURO])?;
	let mut min_free_claim = walk.dice.one_of(&[1, 10_000, 10_000_000])?;
	let allowed = Settlement::allowed_assets();
	spoil!(walk,
		"Settlement::AssetNotSufficient" => asset = POINT,
		"Settlement::PotNotEndowed" => asset = EURO,
		"Settlement::NothingToChange" => {
			let open: Vec<_> = allowed.iter().filter(|(_, asset)| asset.open).collect();
			let (id, kept) = walk.dice.one_of(&open)?;
			(asset, min_free_claim) = (*id, kept.min_free_claim);
		},
	);
	Some(motion(Call::allow_asset {
		asset,
		min_free_claim,
	}))
}

pub fn close(walk: &mut Walk) -> Option<Sent> {
	let mut asset = walk.dice.one_of(&[DOLLAR, EURO])?;
	spoil!(walk, "Settlement::AssetNotAllowed" => asset = POINT);
	// Rarely, so that runs are paid in assets most of the time.
	walk.dice
		.chance(20)
		.then(|| motion(Call::close_asset { asset }))
}

/// To sponsors mostly. What the pot lacks is put back before long.
pub fn issue(walk: &mut Walk) -> Option<Sent> {
	let asset = walk.dice.one_of(&[DOLLAR, DOLLAR, EURO])?;
	let lacks = missing(asset);
	if lacks > 0 {
		return Some(mint(asset, &Settlement::pot(), lacks));
	}
	let (to, amount) = match walk.dice.below(4) {
		0 => (Settlement::pot(), 1 + Balance::from(walk.dice.below(1_000))),
		1 => (walk.anybody().payout, Assets::minimum_balance(asset)),
		2 => (walk.anybody().account, PLENTY),
		_ => (walk.world.sponsor.account.clone(), PLENTY),
	};
	Some(mint(asset, &to, amount))
}

/// The issuer takes from the pot what others are owed.
pub fn take_back(walk: &mut Walk) -> Option<Sent> {
	let asset = walk.dice.one_of(&[DOLLAR, EURO])?;
	let amount = 1 + Settlement::conservation(Some(asset)).surplus;
	let calm = missing(asset) == 0 && Assets::balance(asset, Settlement::pot()) > 2 * amount;
	(calm && walk.dice.chance(30)).then(|| {
		by_issuer(Issue::burn {
			id: asset,
			who: Settlement::pot().into(),
			amount,
		})
	})
}

/// The issuer lets an account receive nothing, or lets it receive again.
pub fn block(walk: &mut Walk) -> Option<Sent> {
	let id = walk.dice.one_of(&[DOLLAR, EURO])?;
	let holders: Vec<_> = (holders(id).into_iter())
		.filter(|who| *who != Settlement::pot())
		.collect();
	let who = walk.dice.one_of(&holders)?.into();
	Some(by_issuer(if walk.dice.chance(30) {
		Issue::block { id, who }
	} else {
		Issue::thaw { id, who }
	}))
}

/// An asset of which somebody has so much, now and then.
pub fn to_spend(walk: &mut Walk, who: &AccountId, amount: Balance) -> Option<AssetId> {
	let open: Vec<_> = Settlement::allowed_assets()
		.into_iter()
		.filter(|(asset, kept)| kept.open && Assets::balance(*asset, who) >= amount)
		.map(|(asset, _)| asset)
		.collect();
	walk.dice.one_of(&open).filter(|_| walk.dice.chance(50))
}

/// What runs cannot be paid in: closed, or never allowed.
pub fn closed(walk: &mut Walk) -> Option<AssetId> {
	let allowed = Settlement::allowed_assets();
	let is_open = |asset: &AssetId| allowed.get(asset).is_some_and(|asset| asset.open);
	let closed: Vec<_> = [DOLLAR, EURO, POINT]
		.into_iter()
		.filter(|asset| !is_open(asset))
		.collect();
	walk.dice.one_of(&closed)
}

/// Enough of an asset for an account to receive more of it.
pub fn give(walk: &mut Walk, asset: AssetId, to: &AccountId) {
	if Assets::balance(asset, to) == 0 {
		let _ = walk.send(mint(asset, to, Assets::minimum_balance(asset)));
	}
}

/// The issuer puts back what it took, and blocks nobody.
pub fn mend(walk: &mut Walk) {
	for id in [DOLLAR, EURO] {
		let lacks = missing(id);
		if lacks > 0 {
			walk.send(mint(id, &Settlement::pot(), lacks)).unwrap();
		}
		for who in holders(id) {
			let thaw = Issue::thaw {
				id,
				who: who.into(),
			};
			let _ = walk.send(by_issuer(thaw));
		}
	}
}

/// Every unit of every asset is paid out.
pub fn check_all_paid() {
	for asset in Settlement::allowed_assets().into_keys() {
		let conservation = Settlement::conservation(Some(asset));
		assert_eq!((conservation.escrow, conservation.dues), (0, 0));
		assert_eq!(conservation.funded, conservation.paid, "asset {asset}");
		assert_eq!(conservation.missing, 0);
	}
}
