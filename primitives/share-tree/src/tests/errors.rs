use std::collections::BTreeSet;

use super::*;

#[test]
fn each_error_is_told_in_words_of_its_own() {
	let errors = [
		Error::ZeroWeight,
		Error::SumTooLarge,
		Error::TooManyLeaves,
		Error::NoLeaves,
		Error::IndexOutOfRange,
		Error::WrongProofLength,
		Error::RootMismatch,
		Error::SumMismatch,
		Error::WrongPageLength,
		Error::PageMismatch,
	];
	let told = errors.map(|error| error.to_string());
	assert!(told.iter().all(|words| words.split(' ').count() > 3));
	assert_eq!(BTreeSet::from(told).len(), errors.len());
}
