//! The parameters of the node's JSON-RPC: accounts, ids, numbers, pages, cursors. What is read is
//! written in one way only, up to the two ways to name an account.
#![no_main]

#[path = "../../node/src/rpc/error.rs"]
#[allow(dead_code)]
mod error;

#[path = "../../node/src/rpc/convert.rs"]
#[allow(dead_code)]
mod convert;

use convert::*;
use guerdon_fuzz::seeds;
use guerdon_receipt::Role;
use guerdon_runtime_api::MAX_PAGE;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

const LISTS: [List; 6] = [
	List::Claims,
	List::Contributions,
	List::Datasets,
	List::Runs,
	List::Duties,
	List::Unlearnings,
];

fn made() -> Vec<Vec<u8>> {
	let mut made: Vec<Vec<u8>> = [
		"0x0101010101010101010101010101010101010101010101010101010101010101",
		"5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
		"12",
		"\"18446744073709551615\"",
		"1.5",
		"-0",
	]
	.map(|text| text.as_bytes().to_vec())
	.to_vec();
	for list in LISTS {
		made.push(number_cursor(list, 7).into_bytes());
		made.push(key_cursor(list, (1, Role::User, 3)).into_bytes());
	}
	made.push(duty_cursor((1, 3)).into_bytes());
	made
}

fuzz_target!(init: seeds(made), |data: &[u8]| {
	let Ok(text) = std::str::from_utf8(data) else {
		return;
	};
	if let Ok(read) = account(text) {
		let hexed = hex(&read);
		let by_key = text.strip_prefix("0x").map(str::to_ascii_lowercase);
		assert!(by_key.is_some_and(|digits| hexed[2..] == digits) || address(&read) == text);
		assert_eq!(account(&address(&read)), Ok(read.clone()));
		assert_eq!(account(&hexed), Ok(read));
	}
	if let Ok(read) = digest(text) {
		assert_eq!(hex(read), text.to_ascii_lowercase());
	}
	if let Ok(key) = duty_of_cursor(Some(text)) {
		assert_eq!(duty_cursor(key.expect("there is a cursor")), text);
	}
	for list in LISTS {
		if let Ok(next) = number_of_cursor(list, Some(text)) {
			assert_eq!(number_cursor(list, next.expect("there is a cursor")), text);
		}
		if let Ok(key) = key_of_cursor(list, Some(text)) {
			assert_eq!(key_cursor(list, key.expect("there is a cursor")), text);
		}
	}
	let Ok(value) = serde_json::from_str::<Value>(text) else {
		return;
	};
	if let Ok(read) = number("the id", &value) {
		let said = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
		assert_eq!(said.parse(), Ok(read));
		if let Ok(page) = limit(Some(read)) {
			assert!(u64::from(page) == read && (1..=MAX_PAGE).contains(&page));
		}
	}
});
