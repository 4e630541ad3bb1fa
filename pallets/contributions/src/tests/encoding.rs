use codec::Encode;

use super::*;

#[test]
fn stored_types_encode_as_they_always_did() {
	let entry = Entry {
		subject: Subject::Account(1u64),
		payee: 2u64,
		units: 3,
		weight: 4,
	};
	let account = [&[0][..], &le(1), &le(2), &le(3), &le(4)].concat();
	assert_eq!(entry.encode(), account);

	let entry = Entry {
		subject: Subject::<u64>::Dataset(1),
		..entry
	};
	let dataset = [&[1][..], &le(1), &le(2), &le(3), &le(4)].concat();
	assert_eq!(entry.encode(), dataset);

	let table = Table {
		count: 5,
		units: 6,
		weight: 7,
		closed: true,
	};
	let bytes = [
		&5u32.to_le_bytes()[..],
		&6u128.to_le_bytes(),
		&7u128.to_le_bytes(),
		&[1],
	]
	.concat();
	assert_eq!(table.encode(), bytes);
}

fn le(value: u64) -> [u8; 8] {
	value.to_le_bytes()
}
