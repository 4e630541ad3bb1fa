//! What money is counted in: GRD, and the assets that the chain lets runs be paid in.

use super::{
	api::{self, AccountView, AssetView, Conservation, Share},
	members::unread,
	AccountId, Error, View,
};
use crate::amount::{Asset, Sums, Unit};
use guerdon_receipt::PoolId;
use std::collections::BTreeMap;

/// Characters of a symbol, at most.
const SYMBOL: usize = 12;

/// Everything that amounts of a chain are counted in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Units(BTreeMap<Asset, Known>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
	unit: Unit,
	open: bool,
}

/// How an asset is called that has no symbol of its own.
fn numbered(asset: u32) -> String {
	format!("asset-{asset}")
}

/// Whether a symbol can be shown and typed, and is not taken for something else. Whoever owns an asset
/// chooses its symbol.
fn is_plain(symbol: &str) -> bool {
	(1..=SYMBOL).contains(&symbol.len())
		&& symbol.starts_with(|first: char| first.is_ascii_alphabetic())
		&& symbol.chars().all(|one| one.is_ascii_alphanumeric())
		&& !symbol.eq_ignore_ascii_case(&Unit::grd().symbol)
}

impl Units {
	/// GRD, and these assets. Of two that are called the same each goes by its number.
	pub fn of(assets: &[AssetView]) -> Self {
		let symbol = |view: &AssetView| String::from_utf8_lossy(&view.symbol).into_owned();
		let mut called: BTreeMap<String, usize> = BTreeMap::new();
		for view in assets {
			let count = called.entry(symbol(view).to_lowercase()).or_default();
			*count = count.saturating_add(1);
		}
		let unit = |view: &AssetView| {
			let symbol = symbol(view);
			let is_one = called.get(&symbol.to_lowercase()) == Some(&1);
			Unit {
				asset: Some(view.asset),
				symbol: match is_plain(&symbol) && is_one {
					true => symbol,
					false => numbered(view.asset),
				},
				decimals: view.decimals,
			}
		};
		let known = |view: &AssetView| Known {
			unit: unit(view),
			open: view.allowed.open,
		};
		let grd = Known {
			unit: Unit::grd(),
			open: true,
		};
		let assets = assets.iter().map(|view| (Some(view.asset), known(view)));
		Units(assets.chain([(None, grd)]).collect())
	}

	/// The unit of an asset. One that is not known here is shown in its smallest units.
	pub fn get(&self, asset: Asset) -> Unit {
		match (self.0.get(&asset), asset) {
			(Some(known), _) => known.unit.clone(),
			(None, None) => Unit::grd(),
			(None, Some(id)) => Unit {
				asset,
				symbol: numbered(id),
				decimals: 0,
			},
		}
	}

	/// What is called so, or has this number.
	///
	/// # Errors
	/// When nothing is, with what there is.
	pub fn find(&self, name: &str) -> Result<Unit, String> {
		let number = name.parse().ok();
		let is_it = |unit: &Unit| {
			unit.symbol.eq_ignore_ascii_case(name)
				|| unit.asset.is_some_and(|asset| {
					Some(asset) == number || name.eq_ignore_ascii_case(&numbered(asset))
				})
		};
		let found = self.0.values().find(|known| is_it(&known.unit));
		found.map(|known| known.unit.clone()).ok_or_else(|| {
			format!(
				"there is no asset {name:?} that runs are paid in: name one of {}",
				self.names(|_| true)
			)
		})
	}

	/// What a new run can be paid in.
	///
	/// # Errors
	/// When it is closed or not known, with those that are allowed.
	pub fn allowed(&self, name: &str) -> Result<Unit, String> {
		let unit = self.find(name)?;
		match self.0.get(&unit.asset) {
			Some(known) if known.open => Ok(unit),
			_ => Err(format!(
				"new runs cannot be paid in {} any more: take one of {}",
				unit.symbol,
				self.names(|known| known.open)
			)),
		}
	}

	fn names(&self, wanted: impl Fn(&Known) -> bool) -> String {
		let wanted = self.0.values().filter(|known| wanted(known));
		let names: Vec<&str> = wanted.map(|known| known.unit.symbol.as_str()).collect();
		names.join(", ")
	}

	/// An amount with its symbol.
	pub fn show(&self, asset: Asset, amount: u128) -> String {
		self.get(asset).show(amount)
	}

	/// Sums with their symbols; `0 GRD` where there are none.
	pub fn sums(&self, sums: &Sums) -> String {
		let shown: Vec<String> = sums
			.iter()
			.map(|(asset, amount)| self.show(asset, amount))
			.collect();
		match shown.is_empty() {
			true => self.show(None, 0),
			false => shown.join(" and "),
		}
	}
}

/// What an account has of GRD or an asset and could spend.
pub fn free(account: &AccountView, asset: Asset) -> u128 {
	match asset {
		None => account.free,
		Some(_) => {
			let of = account.assets.iter().find(|one| Some(one.asset) == asset);
			of.map_or(0, |balance| balance.free)
		}
	}
}

/// What could not be paid to an account when it was due.
///
/// # Errors
/// When it is more than there can be.
pub fn dues(account: &AccountView) -> Result<Sums, String> {
	let of_assets = account.assets.iter().map(|one| (Some(one.asset), one.dues));
	Sums::over([(None, account.dues)].into_iter().chain(of_assets))
}

impl View {
	/// The assets that runs can be paid in, or could, by number.
	///
	/// # Errors
	/// See [`View::account`].
	pub async fn assets(&self) -> Result<Vec<AssetView>, Error> {
		self.call(api::runtime_apis().guerdon_api().assets()).await
	}

	/// What amounts are counted in.
	///
	/// # Errors
	/// See [`View::account`].
	pub async fn units(&self) -> Result<Units, Error> {
		Ok(Units::of(&self.assets().await?))
	}

	/// What the pot holds and owes of GRD or an asset.
	///
	/// # Errors
	/// See [`View::account`].
	pub async fn conservation(&self, asset: Asset) -> Result<Conservation, Error> {
		self.call(api::runtime_apis().guerdon_api().conservation(asset))
			.await
	}

	/// Whether the pot has less of an asset than it owes: then nobody is paid in it. Only an issuer can bring
	/// that about, so GRD is never short.
	///
	/// # Errors
	/// See [`View::account`].
	pub async fn is_short(&self, asset: Asset) -> Result<bool, Error> {
		Ok(asset.is_some() && self.conservation(asset).await?.missing > 0)
	}

	/// Who issues an asset.
	///
	/// # Errors
	/// [`Error::NotFound`], and see [`View::account`].
	pub async fn issuer(&self, asset: u32) -> Result<AccountId, Error> {
		let address = api::storage().assets().asset();
		let found = self.client().storage().try_fetch(address, (asset,)).await;
		match found.map_err(unread)? {
			Some(details) => Ok(details.decode().map_err(unread)?.issuer),
			None => Err(Error::NotFound(format!("asset {asset}"))),
		}
	}

	/// What a cohort got in an asset, by the number of the pool of that.
	///
	/// # Errors
	/// See [`View::account`].
	pub async fn share(&self, pool: PoolId) -> Result<Option<Share>, Error> {
		self.call(api::runtime_apis().guerdon_api().share(pool))
			.await
	}

	/// What a cohort got in assets, by the numbers of the pools of that.
	///
	/// # Errors
	/// See [`View::account`].
	pub async fn shares(&self, list: PoolId) -> Result<Vec<(PoolId, Share)>, Error> {
		self.call(api::runtime_apis().guerdon_api().shares(list))
			.await
	}

	/// The least that an account can have of GRD or an asset, in its smallest units.
	///
	/// # Errors
	/// See [`View::account`].
	pub async fn least(&self, asset: Asset) -> Result<u128, Error> {
		let Some(id) = asset else {
			let constant = api::constants().balances().existential_deposit();
			return self.client().constants().entry(constant).map_err(unread);
		};
		let storage = self.client().storage();
		let found = storage
			.try_fetch(api::storage().assets().asset(), (id,))
			.await;
		match found.map_err(unread)? {
			Some(details) => Ok(details.decode().map_err(unread)?.min_balance),
			None => Err(Error::NotFound(format!("asset {id}"))),
		}
	}

	/// The smallest amount of GRD or an asset that is paid without a fee.
	///
	/// # Errors
	/// See [`View::account`].
	pub async fn min_free_claim(&self, asset: Asset) -> Result<u128, Error> {
		let Some(id) = asset else {
			let constant = api::constants().settlement().min_free_claim();
			return self.client().constants().entry(constant).map_err(unread);
		};
		let assets = self.assets().await?;
		let found = assets.iter().find(|view| view.asset == id);
		let found = found.ok_or_else(|| Error::NotFound(format!("allowed asset {id}")))?;
		Ok(found.allowed.min_free_claim)
	}

	/// Whether an account can receive an amount, where `least` is what it must have of it at least.
	///
	/// # Errors
	/// See [`View::account`].
	pub async fn receives(
		&self,
		account: AccountId,
		asset: Asset,
		amount: u128,
		least: u128,
	) -> Result<bool, Error> {
		if amount >= least {
			return Ok(true);
		}
		let storage = self.client().storage();
		let Some(id) = asset else {
			let address = api::storage().system().account();
			let found = storage.try_fetch(address, (account,)).await;
			let found = found.map_err(unread)?.map(|kept| kept.decode());
			let free = found
				.transpose()
				.map_err(unread)?
				.map(|kept| kept.data.free);
			return Ok(free.is_some_and(|free| free.saturating_add(amount) >= least));
		};
		let address = api::storage().assets().account();
		let found = storage.try_fetch(address, (id, account)).await;
		Ok(found.map_err(unread)?.is_some())
	}

	/// Whether an account exists: one that does not can sign nothing.
	///
	/// # Errors
	/// See [`View::account`].
	pub async fn exists(&self, account: AccountId) -> Result<bool, Error> {
		let address = api::storage().system().account();
		let found = self
			.client()
			.storage()
			.try_fetch(address, (account,))
			.await
			.map_err(unread)?;
		match found {
			Some(kept) => {
				let kept = kept.decode().map_err(unread)?;
				Ok(kept.providers > 0 || kept.sufficients > 0)
			}
			None => Ok(false),
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use api::{AllowedAsset, AssetBalance};

	fn view(asset: u32, symbol: &str, open: bool) -> AssetView {
		AssetView {
			asset,
			allowed: AllowedAsset {
				endowment: 10_000,
				min_free_claim: 100_000,
				open,
			},
			name: b"Test dollar".to_vec(),
			symbol: symbol.as_bytes().to_vec(),
			decimals: 6,
		}
	}

	#[test]
	fn amounts_are_shown_and_read_in_what_the_chain_says() {
		let units = Units::of(&[view(1, "TUSD", true)]);
		assert_eq!(units.show(Some(1), 12_500_000), "12.5 TUSD");
		assert_eq!(units.show(None, 1_500_000_000_000), "1.5 GRD");
		assert_eq!(units.show(Some(9), 7), "7 asset-9");
		let sums = Sums::over([(Some(1), 2_000_000), (None, 5)]).unwrap();
		assert_eq!(units.sums(&sums), "0.000000000005 GRD and 2 TUSD");
		assert_eq!(units.sums(&Sums::default()), "0 GRD");
		for name in ["TUSD", "tusd", "1", "asset-1"] {
			assert_eq!(units.find(name).unwrap().asset, Some(1), "{name}");
		}
		for name in ["GRD", "grd"] {
			assert_eq!(units.find(name), Ok(Unit::grd()));
		}
	}

	#[test]
	fn what_is_not_allowed_is_told_with_what_is() {
		let units = Units::of(&[view(1, "TUSD", true), view(2, "OLD", false)]);
		let error = units.allowed("EUR").unwrap_err();
		let told = "there is no asset \"EUR\" that runs are paid in: name one of GRD, TUSD, OLD";
		assert_eq!(error, told);
		let error = units.allowed("OLD").unwrap_err();
		let told = "new runs cannot be paid in OLD any more: take one of GRD, TUSD";
		assert_eq!(error, told);
		assert_eq!(units.allowed("TUSD").unwrap().decimals, 6);
		assert!(units.find("OLD").is_ok(), "what is in it goes on");
		for name in ["", "0", "4294967297", "+", "asset-"] {
			assert!(units.find(name).is_err(), "{name:?}");
		}
	}

	#[test]
	fn nobody_can_call_an_asset_what_it_is_not() {
		let bad = [
			"GRD",
			"grd",
			"",
			"T\u{1b}[2J",
			"1",
			"12",
			"ASSET-2",
			"A B",
			"ÜSD",
			"ABCDEFGHIJKLM",
		];
		for symbol in bad {
			let units = Units::of(&[view(3, symbol, true)]);
			assert_eq!(units.get(Some(3)).symbol, "asset-3", "{symbol:?}");
			assert_eq!(units.find("GRD"), Ok(Unit::grd()));
		}
		let units = Units::of(&[view(1, "TUSD", true), view(2, "tusd", true)]);
		assert_eq!(units.get(Some(1)).symbol, "asset-1");
		assert_eq!(units.find("asset-2").unwrap().asset, Some(2));
		assert!(units.find("TUSD").is_err());
	}

	#[test]
	fn what_an_account_has_is_told_apart() {
		let account = AccountView {
			free: 7,
			held: 0,
			claimable: 0,
			dues: 2,
			contributions: Vec::new(),
			next: None,
			assets: vec![AssetBalance {
				asset: 1,
				free: 3,
				claimable: 9,
				dues: 5,
			}],
		};
		assert_eq!(free(&account, None), 7);
		assert_eq!(free(&account, Some(1)), 3);
		assert_eq!(free(&account, Some(2)), 0);
		let dues: Vec<_> = dues(&account).unwrap().iter().collect();
		assert_eq!(dues, [(None, 2), (Some(1), 5)]);
	}
}
