//! What a key can be called.

use super::Error;

pub(super) const RECEIPT: &str = "receipt";
pub(super) const MAX_NAME: usize = 64;

pub(super) fn check_name(name: &str) -> Result<(), Error> {
	let plain = name
		.chars()
		.all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
	let begins = name.starts_with(|c: char| c.is_ascii_alphanumeric());
	if plain && begins && name.len() <= MAX_NAME && name != RECEIPT {
		Ok(())
	} else {
		Err(Error::Name(name.into()))
	}
}

pub(super) fn looks_like_a_secret(spec: &str) -> bool {
	let digits = spec.strip_prefix("0x").unwrap_or(spec);
	spec.contains(char::is_whitespace)
		|| (digits.len() >= 64 && digits.chars().all(|c| c.is_ascii_hexdigit()))
}
