//! Amounts of GRD as people write them: decimal, exact, never through a float.

/// Digits after the point.
const DECIMALS: usize = 12;
/// Units of one GRD.
pub const GRD: u128 = 1_000_000_000_000;

/// Reads a decimal number of GRD with at most 12 decimals, in units of 10^-12 GRD.
pub fn parse(text: &str) -> Result<u128, String> {
	let fail = |why: &str| Err(format!("{text:?} is not an amount of GRD: {why}"));
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
	if fraction.len() > DECIMALS {
		return fail("a GRD has 12 decimals");
	}
	format!("{whole}{fraction:0<DECIMALS$}")
		.parse()
		.or_else(|_| fail("it is more than there can be"))
}

/// Writes units of 10^-12 GRD as GRD, exactly and without idle zeros.
pub fn format(units: u128) -> String {
	let (whole, fraction) = (units / GRD, units % GRD);
	if fraction == 0 {
		return whole.to_string();
	}
	let fraction = format!("{fraction:0DECIMALS$}");
	format!("{whole}.{}", fraction.trim_end_matches('0'))
}

/// [`format()`] with the symbol.
pub fn grd(units: u128) -> String {
	format!("{} GRD", format(units))
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
}
