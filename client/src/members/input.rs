//! The file that lists members: `ACCOUNT` or `ACCOUNT,WEIGHT` on each line.

use super::{Error, Member, POT};
use crate::keys::{parse_account, ss58};
use guerdon_receipt::{AccountBytes, Digest};
use std::{
	collections::{HashMap, HashSet},
	fs::File,
	io::{BufRead, BufReader, Read},
	path::Path,
};

/// Most members of a list: what a machine with 2 GB of memory makes and keeps. The chain itself
/// takes 2^40.
pub const MOST: u64 = 10_000_000;

/// Bytes of a line: an account has 66 at most, a weight 20.
const LINE: u64 = 256;

/// What is in a file of members.
pub struct Input {
	/// The members by account, without salts.
	pub members: Vec<Member>,
	/// Digest of the file.
	pub source: Digest,
}

/// Reads a file of members. The first line may name the columns, empty lines count for nothing, and
/// who has no weight has the weight 1. `told` hears how many bytes were read.
///
/// # Errors
/// [`Error::Line`] for the first line that makes no sense or lists somebody again,
/// [`Error::Empty`], [`Error::TooMany`], [`Error::Unreadable`], [`Error::Changed`].
pub fn read(path: &Path, told: &dyn Fn(u64)) -> Result<Input, Error> {
	read_up_to(path, MOST, told)
}

pub(super) fn read_up_to(path: &Path, most: u64, told: &dyn Fn(u64)) -> Result<Input, Error> {
	let mut members = Vec::new();
	let mut count = 0u64;
	let source = each(path, told, &mut |_, (account, weight)| {
		count = count.saturating_add(1);
		if count > most {
			return Err(Error::TooMany {
				path: path.into(),
				most,
			});
		}
		members.push(Member {
			account,
			weight,
			salt: [0; 32],
		});
		Ok(())
	})?;
	if members.is_empty() {
		return Err(Error::Empty(path.into()));
	}
	members.sort_unstable_by_key(|member| member.account);
	let pairs = members.iter().zip(members.iter().skip(1));
	let again: HashSet<AccountBytes> = pairs
		.filter(|(one, next)| one.account == next.account)
		.map(|(one, _)| one.account)
		.collect();
	if !again.is_empty() {
		drop(members);
		return Err(twice(path, &again)?);
	}
	Ok(Input { members, source })
}

/// The complaint about the first line that lists somebody again. Lines are not kept, for they would
/// take more memory: the file is read once more.
fn twice(path: &Path, again: &HashSet<AccountBytes>) -> Result<Error, Error> {
	let mut seen = HashMap::new();
	let mut found = None;
	each(path, &|_| (), &mut |line, (account, _)| {
		if found.is_none() && again.contains(&account) {
			found = seen
				.insert(account, line)
				.map(|first| (line, first, account));
		}
		Ok(())
	})?;
	Ok(match found {
		Some((line, first, account)) => Error::Line {
			path: path.into(),
			line,
			why: format!(
				"{} is on line {first} already: list each member once, with the sum of its weights",
				ss58(&account)
			),
		},
		None => Error::Changed(path.into()),
	})
}

type Each<'a> = dyn FnMut(u64, (AccountBytes, u64)) -> Result<(), Error> + 'a;

/// Hands over every member with its line, and gives the file's digest.
fn each(path: &Path, told: &dyn Fn(u64), member: &mut Each) -> Result<Digest, Error> {
	let unreadable = |error| Error::Unreadable {
		path: path.into(),
		error,
	};
	let mut file = BufReader::new(File::open(path).map_err(unreadable)?);
	let mut digest = blake3::Hasher::new();
	let (mut line, mut bytes) = (0u64, Vec::new());
	let mut done = 0u64;
	loop {
		bytes.clear();
		let mut limited = file.by_ref().take(LINE.saturating_add(1));
		if limited.read_until(b'\n', &mut bytes).map_err(unreadable)? == 0 {
			return Ok(digest.finalize().into());
		}
		line = line.saturating_add(1);
		digest.update(&bytes);
		let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
		done = done.saturating_add(length);
		if line.is_multiple_of(4_096) {
			told(done);
		}
		let parsed = match length > LINE {
			true => Err(format!(
				"it has more than {LINE} bytes: write ACCOUNT,WEIGHT"
			)),
			false => parse(&bytes, line),
		};
		match parsed {
			Ok(Some(found)) => member(line, found)?,
			Ok(None) => (),
			Err(why) => {
				return Err(Error::Line {
					path: path.into(),
					line,
					why,
				})
			}
		}
	}
}

/// What a line says; `None` for the names of the columns and for nothing.
fn parse(bytes: &[u8], line: u64) -> Result<Option<(AccountBytes, u64)>, String> {
	let text = std::str::from_utf8(bytes)
		.map_err(|_| "it is not UTF-8: save the file as plain text".to_string())?;
	// What spreadsheets put before the first line.
	let text = match line {
		1 => text.trim_start_matches('\u{feff}'),
		_ => text,
	};
	let text = text.trim();
	if text.is_empty() {
		return Ok(None);
	}
	let (account, weight) = match text.split_once(',') {
		Some((account, weight)) => (account.trim(), Some(weight.trim())),
		None => (text, None),
	};
	if line == 1 && account.eq_ignore_ascii_case("account") {
		return match weight {
			None => Ok(None),
			Some(weight) if weight.eq_ignore_ascii_case("weight") => Ok(None),
			Some(_) => Err("the columns are account and weight, in this order".into()),
		};
	}
	let account = parse_account(account).map_err(|error| error.to_string())?;
	if account == POT {
		return Err(format!(
			"{} is the chain's own pot, which is never paid: leave it out",
			ss58(&account)
		));
	}
	Ok(Some((account, weight.map_or(Ok(1), parse_weight)?)))
}

fn parse_weight(text: &str) -> Result<u64, String> {
	let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
	match text.parse::<u64>() {
		Ok(0) => Err("the weight is 0, with which nobody is paid: leave the member out".into()),
		Ok(weight) if digits => Ok(weight),
		Err(_) if digits => Err(format!(
			"the weight {text} is too large: {} at most",
			u64::MAX
		)),
		_ => Err(format!(
			"{text:?} is no weight: write a whole number above 0, without separators"
		)),
	}
}
