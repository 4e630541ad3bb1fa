//! Amounts as people write them: decimal, exact, never through a float; and what they are counted in.

use std::collections::BTreeMap;

/// Digits after the point.
const DECIMALS: u8 = 12;
/// Units of one GRD.
pub const GRD: u128 = 1_000_000_000_000;
/// How the native currency is called.
const SYMBOL: &str = "GRD";

/// An asset of the assets pallet; `None` is GRD.
pub type Asset = Option<u32>;

/// What amounts are counted in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
	/// Which asset it is.
	pub asset: Asset,
	/// How it is called.
	pub symbol: String,
	/// Digits after the point.
	pub decimals: u8,
}

impl Unit {
	/// The native currency.
	pub fn grd() -> Self {
		Unit {
			asset: None,
			symbol: SYMBOL.into(),
			decimals: DECIMALS,
		}
	}

	/// Reads a decimal number, in the smallest units.
	///
	/// # Errors
	/// Why it is none, in words.
	pub fn parse(&self, text: &str) -> Result<u128, String> {
		let fail = |why: &str| {
			Err(format!(
				"{text:?} is not an amount of {}: {why}",
				self.symbol
			))
		};
		let (whole, fraction) = match text.split_once('.') {
			None => (text, ""),
			Some((_, "")) => return fail("digits must follow the point"),
			Some(parts) => parts,
		};
		if whole.is_empty() {
			return fail("a digit must come first, as in 0.5");
		}
		if !whole
			.chars()
			.chain(fraction.chars())
			.all(|digit| digit.is_ascii_digit())
		{
			return fail("only digits and one point, as in 1000.25");
		}
		let decimals = usize::from(self.decimals);
		if fraction.len() > decimals {
			return fail(&format!("a {} has {decimals} decimals", self.symbol));
		}
		let digits = format!("{whole}{fraction:0<decimals$}");
		digits
			.parse()
			.or_else(|_| fail("it is more than there can be"))
	}

	/// Writes an amount exactly and without idle zeros.
	pub fn format(&self, units: u128) -> String {
		let decimals = usize::from(self.decimals);
		// With a zero before the point, however small it is.
		let digits = format!("{units:0>width$}", width = decimals.saturating_add(1));
		let (whole, fraction) = digits.split_at(digits.len().saturating_sub(decimals));
		match fraction.trim_end_matches('0') {
			"" => whole.into(),
			fraction => format!("{whole}.{fraction}"),
		}
	}

	/// [`Unit::format`] with the symbol.
	pub fn show(&self, units: u128) -> String {
		format!("{} {}", self.format(units), self.symbol)
	}
}

/// Sums of what is counted in different units, which are never added to each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums(BTreeMap<Asset, u128>);

impl Sums {
	/// Adds an amount.
	///
	/// # Errors
	/// When that is more than there can be.
	pub fn add(&mut self, asset: Asset, amount: u128) -> Result<(), String> {
		let sum = self.of(asset).checked_add(amount);
		let sum = sum.ok_or("the sum is more than there can be")?;
		if sum > 0 {
			self.0.insert(asset, sum);
		}
		Ok(())
	}

	/// The sums of these amounts.
	///
	/// # Errors
	/// See [`Sums::add`].
	pub fn over(amounts: impl IntoIterator<Item = (Asset, u128)>) -> Result<Self, String> {
		let mut sums = Sums::default();
		for (asset, amount) in amounts {
			sums.add(asset, amount)?;
		}
		Ok(sums)
	}

	/// What there is of one.
	pub fn of(&self, asset: Asset) -> u128 {
		self.0.get(&asset).copied().unwrap_or(0)
	}

	/// What there is, GRD first, then assets by number.
	pub fn iter(&self) -> impl Iterator<Item = (Asset, u128)> + '_ {
		self.0.iter().map(|(asset, sum)| (*asset, *sum))
	}

	/// Whether there is nothing.
	pub fn is_empty(&self) -> bool {
		self.0.is_empty()
	}
}

/// Reads a decimal number of GRD with at most 12 decimals, in units of 10^-12 GRD.
///
/// # Errors
/// Why it is none, in words.
pub fn parse(text: &str) -> Result<u128, String> {
	Unit::grd().parse(text)
}

/// Writes units of 10^-12 GRD as GRD, exactly and without idle zeros.
pub fn format(units: u128) -> String {
	Unit::grd().format(units)
}

/// [`format()`] with the symbol.
pub fn grd(units: u128) -> String {
	Unit::grd().show(units)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn amounts_are_read_exactly() {
		for (text, units) in [
			("0", 0),
			("1", GRD),
			("007", 7 * GRD),
			("0.5", GRD / 2),
			("0.000000000001", 1),
			("1000000.000000000007", 1_000_000_000_000_000_007),
			("340282366920938463463374607.431768211455", u128::MAX),
		] {
			assert_eq!(parse(text), Ok(units), "{text}");
		}
	}

	#[test]
	fn what_is_no_amount_is_refused_and_says_why() {
		for (text, why) in [
			("", "digit must come first"),
			(".5", "digit must come first"),
			("5.", "digits must follow"),
			("-1", "only digits"),
			("+1", "only digits"),
			("1e3", "only digits"),
			("1,5", "only digits"),
			("1.2.3", "only digits"),
			(" 1", "only digits"),
			("1_000", "only digits"),
			("٣", "only digits"),
			("0.0000000000001", "12 decimals"),
			(
				"340282366920938463463374607.431768211456",
				"more than there can be",
			),
		] {
			let error = parse(text).unwrap_err();
			assert!(error.contains(why), "{error}");
			assert!(error.starts_with(&format!("{text:?}")), "{error}");
		}
	}

	#[test]
	fn amounts_are_written_exactly() {
		for (units, text) in [
			(0, "0"),
			(1, "0.000000000001"),
			(GRD, "1"),
			(10 * GRD + GRD / 10, "10.1"),
			(1_000_000_000_000_000_007, "1000000.000000000007"),
			(u128::MAX, "340282366920938463463374607.431768211455"),
		] {
			assert_eq!(format(units), text);
			assert_eq!(parse(text), Ok(units));
		}
	}
	fn unit(decimals: u8) -> Unit {
		Unit {
			asset: Some(1),
			symbol: "TUSD".into(),
			decimals,
		}
	}

	#[test]
	fn an_asset_has_its_own_decimals() {
		for (decimals, units, text) in [
			(6, 12_500_000, "12.5"),
			(6, 1, "0.000001"),
			(0, 7, "7"),
			(0, 0, "0"),
			(40, 1, "0.0000000000000000000000000000000000000001"),
			(255, 0, "0"),
			(6, u128::MAX, "340282366920938463463374607431768.211455"),
		] {
			assert_eq!(unit(decimals).format(units), text);
			assert_eq!(unit(decimals).parse(text), Ok(units), "{text}");
		}
		assert_eq!(unit(6).show(12_500_000), "12.5 TUSD");
	}

	#[test]
	fn too_many_decimals_are_told_with_those_that_the_asset_has() {
		let error = unit(6).parse("0.0000001").unwrap_err();
		let told = "\"0.0000001\" is not an amount of TUSD: a TUSD has 6 decimals";
		assert_eq!(error, told);
		let error = unit(0).parse("0.5").unwrap_err();
		assert!(error.ends_with("a TUSD has 0 decimals"), "{error}");
		let error = unit(40).parse("1").unwrap_err();
		assert!(error.ends_with("more than there can be"), "{error}");
	}

	#[test]
	fn what_is_counted_differently_is_never_summed() {
		let sums = Sums::over([(Some(2), 5), (None, 1), (Some(1), 0), (Some(2), 6)]).unwrap();
		assert_eq!(sums.iter().collect::<Vec<_>>(), [(None, 1), (Some(2), 11)]);
		assert_eq!((sums.of(Some(2)), sums.of(Some(1))), (11, 0));
		assert!(Sums::over([]).unwrap().is_empty());
		assert!(Sums::over([(None, u128::MAX), (None, 1)]).is_err());
	}
}
