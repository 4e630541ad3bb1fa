//! Between JSON's text and the chain's types. Nothing here reads the chain.

use guerdon_index::Place;
use guerdon_receipt::{Digest, Role};
use guerdon_runtime_api::{AccountId, Balance, DutyCursor, MAX_PAGE};
use guerdon_share_tree::Payee;
use pallet_contributions::EntryKey;
use serde_json::Value;
use sp_core::crypto::{PublicError, Ss58AddressFormat, Ss58Codec};

use super::error::Error;

/// The address prefix of the chain.
const SS58_PREFIX: u16 = 42;
/// Longer than any address; decoding base58 takes time in the square of the length.
const MAX_ADDRESS: usize = 66;
/// Decimals of one GRD.
const GRD_DECIMALS: usize = 12;
/// Decimals that tell any two scores apart: 2^-64 is about 5.4 * 10^-20.
const SCORE_DECIMALS: usize = 20;

/// The lists that have cursors; a cursor of one is refused by the others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum List {
	/// `guerdon_v1_claims`.
	Claims = 1,
	/// `guerdon_v1_contributions`, and what follows the first page of `guerdon_v1_account`.
	Contributions = 2,
	/// `guerdon_v1_datasets`.
	Datasets = 3,
	/// `guerdon_v1_runs`.
	Runs = 4,
	/// `guerdon_v1_duties`.
	Duties = 5,
	/// `guerdon_v1_unlearnings`.
	Unlearnings = 6,
	/// `guerdon_v1_claims`, once it is at the leaves of cohorts.
	Listed = 7,
}

/// An account as an address.
pub fn address(account: &AccountId) -> String {
	account.to_ss58check_with_version(Ss58AddressFormat::custom(SS58_PREFIX))
}

/// Reads an address, or a public key in hex.
pub fn account(text: &str) -> Result<AccountId, Error> {
	let refuse = |why: &str| Error::InvalidAccount(why.into());
	if text.len() > MAX_ADDRESS {
		return Err(refuse("it is too long"));
	}
	if text.starts_with("0x") {
		return digest(text)
			.map(AccountId::new)
			.map_err(|_| refuse("it is not 32 bytes in hex"));
	}
	let (account, format) =
		AccountId::from_ss58check_with_version(text).map_err(|error| match error {
			PublicError::InvalidChecksum => refuse("its checksum is wrong"),
			PublicError::BadBase58 => refuse("it is not base58"),
			PublicError::BadLength => refuse("it is not the address of a 32-byte account"),
			_ => refuse("it is not an address"),
		})?;
	if format != Ss58AddressFormat::custom(SS58_PREFIX) {
		return Err(Error::InvalidAccount(format!(
			"its prefix is {}",
			u16::from(format)
		)));
	}
	Ok(account)
}

/// Begins the commitment of a hidden payee where an account could stand.
const HIDDEN: &str = "hidden:";

/// Reads an account, or `hidden:` and a commitment in hex.
pub fn payee(text: &str) -> Result<Payee<AccountId>, Error> {
	match text.strip_prefix(HIDDEN) {
		Some(commitment) => digest(commitment).map(Payee::Hidden),
		None => account(text).map(Payee::Account),
	}
}

/// Bytes as 0x and hex.
pub fn hex(bytes: impl AsRef<[u8]>) -> String {
	format!("0x{}", hex::encode(bytes))
}

/// Reads 0x and 64 hex digits.
pub fn digest(text: &str) -> Result<Digest, Error> {
	let mut bytes = [0; 32];
	text.strip_prefix("0x")
		.and_then(|digits| hex::decode_to_slice(digits, &mut bytes).ok())
		.map(|()| bytes)
		.ok_or_else(|| Error::InvalidId("not 0x and 64 hex digits".into()))
}

/// Reads the number of a dataset, run, pool or leaf: a JSON number, or a string of digits for those
/// whose JSON has no whole numbers above 2^53.
pub fn number(what: &str, value: &Value) -> Result<u64, Error> {
	match value {
		Value::Number(number) => number.as_u64(),
		Value::String(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
		_ => None,
	}
	.ok_or_else(|| {
		Error::InvalidId(format!(
			"{what} is not a whole number from 0 to {}",
			u64::MAX
		))
	})
}

/// The size of a page: the greatest unless another is asked for.
pub fn limit(asked: Option<u64>) -> Result<u32, Error> {
	match asked {
		None => Ok(MAX_PAGE),
		Some(limit) => u32::try_from(limit)
			.ok()
			.filter(|limit| (1..=MAX_PAGE).contains(limit))
			.ok_or(Error::LimitExceeded(limit)),
	}
}

/// The cursor that goes on at a number.
pub fn number_cursor(list: List, next: u64) -> String {
	let mut bytes = vec![list as u8];
	bytes.extend(next.to_be_bytes());
	hex::encode(bytes)
}

/// The cursor that goes on after an entry.
pub fn key_cursor(list: List, (run, role, index): EntryKey) -> String {
	let mut bytes = vec![list as u8];
	bytes.extend(run.to_be_bytes());
	bytes.push(
		Role::ALL
			.iter()
			.position(|other| *other == role)
			.unwrap_or_default() as u8,
	);
	bytes.extend(index.to_be_bytes());
	hex::encode(bytes)
}

/// Reads what [`number_cursor`] wrote.
pub fn number_of_cursor(list: List, cursor: Option<&str>) -> Result<Option<u64>, Error> {
	cursor
		.map(|cursor| cursor_bytes(list, cursor).map(u64::from_be_bytes))
		.transpose()
}

/// Reads what [`key_cursor`] wrote.
pub fn key_of_cursor(list: List, cursor: Option<&str>) -> Result<Option<EntryKey>, Error> {
	let Some(cursor) = cursor else {
		return Ok(None);
	};
	let [r0, r1, r2, r3, r4, r5, r6, r7, role, i0, i1, i2, i3] = cursor_bytes(list, cursor)?;
	let role = Role::ALL.get(usize::from(role));
	Ok(Some((
		u64::from_be_bytes([r0, r1, r2, r3, r4, r5, r6, r7]),
		*role.ok_or(Error::InvalidCursor("it is malformed"))?,
		u32::from_be_bytes([i0, i1, i2, i3]),
	)))
}

/// The cursor that goes on at a task of a run.
pub fn duty_cursor((run, task): DutyCursor) -> String {
	let mut bytes = vec![List::Duties as u8];
	bytes.extend(run.to_be_bytes());
	bytes.extend(task.to_be_bytes());
	hex::encode(bytes)
}

/// Reads what [`duty_cursor`] wrote.
pub fn duty_of_cursor(cursor: Option<&str>) -> Result<Option<DutyCursor>, Error> {
	let Some(cursor) = cursor else {
		return Ok(None);
	};
	let [r0, r1, r2, r3, r4, r5, r6, r7, t0, t1, t2, t3] = cursor_bytes(List::Duties, cursor)?;
	Ok(Some((
		u64::from_be_bytes([r0, r1, r2, r3, r4, r5, r6, r7]),
		u32::from_be_bytes([t0, t1, t2, t3]),
	)))
}

/// Where the leaves that pay somebody go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClaimsCursor {
	/// After this contribution.
	Earned(EntryKey),
	/// After this leaf of a cohort; from the first one on if there is none.
	Listed(Option<Place>),
}

/// The cursor that goes on there.
pub fn claims_cursor(cursor: ClaimsCursor) -> String {
	match cursor {
		ClaimsCursor::Earned(key) => key_cursor(List::Claims, key),
		ClaimsCursor::Listed(place) => {
			let (pool, index) = place.unwrap_or_default();
			let mut bytes = vec![List::Listed as u8, place.is_some() as u8];
			bytes.extend(pool.to_be_bytes());
			bytes.extend(index.to_be_bytes());
			hex::encode(bytes)
		}
	}
}

/// Reads what [`claims_cursor`] wrote.
pub fn claims_of_cursor(cursor: Option<&str>) -> Result<Option<ClaimsCursor>, Error> {
	let Some(text) = cursor else {
		return Ok(None);
	};
	if !text.starts_with(&hex::encode([List::Listed as u8])) {
		let key = key_of_cursor(List::Claims, cursor)?;
		return Ok(key.map(ClaimsCursor::Earned));
	}
	let [is_some, p0, p1, p2, p3, p4, p5, p6, p7, i0, i1, i2, i3, i4, i5, i6, i7] =
		cursor_bytes(List::Listed, text)?;
	let place = (
		u64::from_be_bytes([p0, p1, p2, p3, p4, p5, p6, p7]),
		u64::from_be_bytes([i0, i1, i2, i3, i4, i5, i6, i7]),
	);
	match is_some {
		0 if place == Place::default() => Ok(Some(ClaimsCursor::Listed(None))),
		1 => Ok(Some(ClaimsCursor::Listed(Some(place)))),
		_ => Err(Error::InvalidCursor("it is malformed")),
	}
}

fn cursor_bytes<const LENGTH: usize>(list: List, cursor: &str) -> Result<[u8; LENGTH], Error> {
	let malformed = Error::InvalidCursor("it is malformed");
	// One position has one cursor: no upper case.
	if cursor.bytes().any(|byte| byte.is_ascii_uppercase()) {
		return Err(malformed);
	}
	let (tag, rest) = cursor.split_at_checked(2).ok_or(malformed.clone())?;
	let tag = hex::decode(tag).map_err(|_| malformed.clone())?;
	let mut bytes = [0; LENGTH];
	let length = hex::decode_to_slice(rest, &mut bytes);
	if tag != [list as u8] {
		return Err(Error::InvalidCursor("it is not of this list"));
	}
	length.map(|()| bytes).map_err(|_| malformed)
}

/// Text that a user wrote on chain.
pub fn text(bytes: &[u8]) -> String {
	String::from_utf8_lossy(bytes).into_owned()
}

/// An amount in words: `1.5 GRD`, or `7 units of asset 1`, whose decimals the assets pallet knows.
pub fn amount(units: u128, asset: Option<u32>) -> String {
	match asset {
		None => grd(units),
		Some(asset) => format!("{units} units of asset {asset}"),
	}
}

/// An amount in words: `1.5 GRD`.
pub fn grd(units: Balance) -> String {
	let one = 10u128.pow(GRD_DECIMALS as u32);
	let fraction = format!("{:0GRD_DECIMALS$}", units % one);
	match fraction.trim_end_matches('0') {
		"" => format!("{} GRD", units / one),
		fraction => format!("{}.{fraction} GRD", units / one),
	}
}

/// A score of the 2^-64 fixed point as a decimal number, to 20 decimals, rounded towards zero.
pub fn score_decimal(score: i128) -> String {
	let sign = if score < 0 { "-" } else { "" };
	let magnitude = score.unsigned_abs();
	let mut rest = magnitude & u128::from(u64::MAX);
	let mut decimals = String::new();
	for _ in 0..SCORE_DECIMALS {
		rest *= 10;
		decimals.push_str(&(rest >> 64).to_string());
		rest &= u128::from(u64::MAX);
	}
	let decimals = decimals.trim_end_matches('0');
	let decimals = if decimals.is_empty() { "0" } else { decimals };
	format!("{sign}{}.{decimals}", magnitude >> 64)
}

#[cfg(test)]
mod tests {
	use super::*;
	use serde_json::json;

	const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
	const ALICE_HEX: &str = "0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d";

	fn why(result: Result<AccountId, Error>) -> String {
		match result {
			Err(Error::InvalidAccount(why)) => why,
			other => panic!("{other:?} is no InvalidAccount"),
		}
	}

	#[test]
	fn an_account_is_read_from_an_address_and_from_hex() {
		let alice = account(ALICE).unwrap();
		assert_eq!(account(ALICE_HEX), Ok(alice.clone()));
		assert_eq!(hex(&alice), ALICE_HEX);
		assert_eq!(address(&alice), ALICE);
	}

	#[test]
	fn a_malformed_account_is_told_what_is_wrong_with_it() {
		let wrong_sum = ALICE.replace("utQY", "utQZ");
		assert_eq!(why(account(&wrong_sum)), "its checksum is wrong");
		assert_eq!(why(account("0OIl")), "it is not base58");
		assert_eq!(why(account(&ALICE_HEX[..64])), "it is not 32 bytes in hex");
		assert_eq!(
			why(account(&ALICE_HEX.replace('d', "g"))),
			"it is not 32 bytes in hex"
		);
		assert_eq!(why(account(&"1".repeat(1 << 20))), "it is too long");
		assert!(why(account("")).starts_with("it is not"));
		assert!(why(account("//Alice")).starts_with("it is not"));
		assert!(why(account(&ALICE_HEX[2..])).starts_with("it is not"));
	}

	#[test]
	fn an_address_of_another_chain_is_refused() {
		let polkadot = account(ALICE)
			.unwrap()
			.to_ss58check_with_version(Ss58AddressFormat::custom(0));
		assert_eq!(why(account(&polkadot)), "its prefix is 0");
	}

	#[test]
	fn a_digest_is_0x_and_64_hex_digits() {
		assert_eq!(digest(&hex([7; 32])), Ok([7; 32]));
		for bad in [
			"",
			"0x",
			"07",
			&"07".repeat(32),
			&hex([7; 31]),
			&hex([7; 33]),
			"0xzz",
		] {
			assert!(matches!(digest(bad), Err(Error::InvalidId(_))), "{bad}");
		}
	}

	#[test]
	fn a_number_is_whole_and_not_negative() {
		assert_eq!(number("run", &json!(7)), Ok(7));
		assert_eq!(number("run", &json!(u64::MAX)), Ok(u64::MAX));
		assert_eq!(number("run", &json!("18446744073709551615")), Ok(u64::MAX));
		for bad in [
			json!(-1),
			json!(1.5),
			json!("18446744073709551616"),
			json!("+1"),
			json!("0x1"),
			json!(""),
			json!(null),
			json!([1]),
		] {
			assert!(
				matches!(number("run", &bad), Err(Error::InvalidId(_))),
				"{bad}"
			);
		}
	}

	#[test]
	fn a_page_has_1_to_64_entries() {
		assert_eq!(limit(None), Ok(64));
		assert_eq!(limit(Some(1)), Ok(1));
		assert_eq!(limit(Some(64)), Ok(64));
		for bad in [0, 65, u64::from(u32::MAX) + 2, u64::MAX] {
			assert_eq!(limit(Some(bad)), Err(Error::LimitExceeded(bad)));
		}
	}

	#[test]
	fn cursors_lead_back_to_their_position() {
		for next in [0, 1, u64::MAX] {
			let cursor = number_cursor(List::Runs, next);
			assert_eq!(number_of_cursor(List::Runs, Some(&cursor)), Ok(Some(next)));
		}
		for role in Role::ALL {
			for key in [(0, role, 0), (u64::MAX, role, u32::MAX), (1, role, 2)] {
				let cursor = key_cursor(List::Claims, key);
				assert_eq!(key_of_cursor(List::Claims, Some(&cursor)), Ok(Some(key)));
			}
		}
		for key in [(0, 0), (u64::MAX, u32::MAX), (1, 2)] {
			assert_eq!(duty_of_cursor(Some(&duty_cursor(key))), Ok(Some(key)));
		}
		assert_eq!(duty_of_cursor(None), Ok(None));
		assert_eq!(number_of_cursor(List::Runs, None), Ok(None));
		assert_eq!(key_of_cursor(List::Claims, None), Ok(None));
	}

	#[test]
	fn the_cursor_of_claims_leads_into_either_list() {
		for cursor in [
			ClaimsCursor::Earned((3, Role::User, 2)),
			ClaimsCursor::Listed(None),
			ClaimsCursor::Listed(Some((0, 0))),
			ClaimsCursor::Listed(Some((u64::MAX, 7))),
		] {
			let text = claims_cursor(cursor);
			assert_eq!(claims_of_cursor(Some(&text)), Ok(Some(cursor)));
		}
		assert_eq!(claims_of_cursor(None), Ok(None));
		let good = claims_cursor(ClaimsCursor::Listed(Some((1, 2))));
		let neither = good.replacen("0701", "0702", 1);
		let first = good.replacen("0701", "0700", 1);
		for bad in ["07", &good[2..], &good[..30], &neither, &first] {
			let read = claims_of_cursor(Some(bad));
			assert!(matches!(read, Err(Error::InvalidCursor(_))), "{bad}");
		}
	}

	#[test]
	fn a_payee_is_an_account_or_a_commitment() {
		let alice = account(ALICE).unwrap();
		assert_eq!(payee(ALICE), Ok(Payee::Account(alice)));
		let hidden = format!("hidden:{}", hex([7; 32]));
		assert_eq!(payee(&hidden), Ok(Payee::Hidden([7; 32])));
		for bad in ["hidden:", "hidden:07", "Hidden:0x07", "hidden:0x07"] {
			assert!(payee(bad).is_err(), "{bad}");
		}
	}

	#[test]
	fn a_cursor_of_another_list_is_refused() {
		let foreign = Err(Error::InvalidCursor("it is not of this list"));
		let runs = number_cursor(List::Runs, 3);
		assert_eq!(number_of_cursor(List::Datasets, Some(&runs)), foreign);
		let claims = key_cursor(List::Claims, (1, Role::User, 2));
		let foreign = Err(Error::InvalidCursor("it is not of this list"));
		assert_eq!(key_of_cursor(List::Contributions, Some(&claims)), foreign);
		let foreign = Err(Error::InvalidCursor("it is not of this list"));
		assert_eq!(duty_of_cursor(Some(&claims)), foreign);
	}

	#[test]
	fn a_malformed_cursor_is_refused() {
		let good = key_cursor(List::Claims, (1, Role::User, 2));
		let unknown_role = good.replace("0000000000000001020", "0000000000000001050");
		assert_ne!(good, unknown_role);
		let longer = format!("{good}00");
		let upper = key_cursor(List::Claims, (171, Role::User, 2)).to_uppercase();
		for bad in [
			"",
			"0",
			"01",
			"zz",
			"ü1",
			&good[1..],
			&good[..26],
			&longer,
			&upper,
			&unknown_role,
		] {
			let result = key_of_cursor(List::Claims, Some(bad));
			assert!(
				matches!(result, Err(Error::InvalidCursor(_))),
				"{bad}: {result:?}"
			);
		}
	}

	#[test]
	fn amounts_in_words_lose_nothing() {
		assert_eq!(grd(0), "0 GRD");
		assert_eq!(grd(1), "0.000000000001 GRD");
		assert_eq!(grd(1_500_000_000_000), "1.5 GRD");
		assert_eq!(grd(20_000_000_000_000), "20 GRD");
		assert_eq!(
			grd(u128::MAX),
			"340282366920938463463374607.431768211455 GRD"
		);
	}

	#[test]
	fn scores_become_decimal_numbers_without_floats() {
		let one = 1i128 << 64;
		assert_eq!(score_decimal(0), "0.0");
		assert_eq!(score_decimal(one), "1.0");
		assert_eq!(score_decimal(-one), "-1.0");
		assert_eq!(score_decimal(one * 5 / 4), "1.25");
		assert_eq!(score_decimal(-one / 2), "-0.5");
		assert_eq!(score_decimal(1), "0.00000000000000000005");
		assert_eq!(score_decimal(one / 3), "0.33333333333333333331");
		assert_eq!(score_decimal(i128::MIN), "-9223372036854775808.0");
		assert_eq!(
			score_decimal(i128::MAX),
			"9223372036854775807.99999999999999999994"
		);
	}
}
