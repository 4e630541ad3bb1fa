//! What can go wrong, as exit codes and words.

use guerdon_client::{chain, describe, gated, keys, members, roles};
use std::process::ExitCode;

/// The command line makes no sense.
pub const USAGE: u8 = 2;
/// Nothing was sent.
pub const REFUSED: u8 = 3;
/// Sent, and failed on chain.
pub const FAILED: u8 = 4;
/// No node answers.
pub const NOT_CONNECTED: u8 = 5;
/// Sent, and what became of it is not known.
pub const UNCONFIRMED: u8 = 6;
/// Anything else.
pub const OTHER: u8 = 1;

/// The command, or a file that it names, makes no sense.
#[derive(Debug)]
pub struct Usage(pub String);

/// The call was not sent: it could not have succeeded, or nobody agreed to it.
#[derive(Debug)]
pub struct Refused(pub String);

macro_rules! plain_error {
	($($name:ident)*) => {$(
		impl std::fmt::Display for $name {
			fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
				f.write_str(&self.0)
			}
		}

		impl std::error::Error for $name {}
	)*};
}

plain_error!(Usage Refused);

/// A [`Usage`] error.
pub fn usage(why: impl Into<String>) -> anyhow::Error {
	Usage(why.into()).into()
}

/// A [`Refused`] error.
pub fn refused(why: impl Into<String>) -> anyhow::Error {
	Refused(why.into()).into()
}

/// The exit code of an error.
pub fn code(error: &anyhow::Error) -> u8 {
	for cause in error.chain() {
		if cause.is::<Usage>() {
			return USAGE;
		}
		if cause.is::<Refused>() {
			return REFUSED;
		}
		let of_role = match cause.downcast_ref::<roles::Failure>() {
			Some(roles::Failure::Chain(error)) => Some(error),
			_ => None,
		};
		let of_list = match cause.downcast_ref::<members::Error>() {
			Some(members::Error::Chain(error)) => Some(error),
			Some(error) => return of_members(error),
			None => None,
		};
		match cause.downcast_ref::<chain::Error>().or(of_role).or(of_list) {
			Some(chain::Error::NotConnected { .. }) => return NOT_CONNECTED,
			Some(chain::Error::Refused { .. } | chain::Error::Home { .. }) => return REFUSED,
			Some(chain::Error::Failed { .. }) => return FAILED,
			Some(chain::Error::Unconfirmed { .. }) => return UNCONFIRMED,
			Some(_) => return OTHER,
			None => {}
		}
		match cause.downcast_ref::<keys::Error>() {
			Some(error) if is_misnamed(error) => return USAGE,
			Some(keys::Error::Io { .. }) | None => {}
			Some(_) => return REFUSED,
		}
		if let Some(error) = cause.downcast_ref::<gated::SealError>() {
			return of_sealing(error);
		}
		match cause.downcast_ref::<describe::Error>() {
			// There is nothing wrong with the folder that was named: somebody writes to it.
			Some(describe::Error::Changed(_)) => return OTHER,
			Some(describe::Error::Sealing(error)) => return of_sealing(error),
			Some(_) => return USAGE,
			None => {}
		}
	}
	OTHER
}

/// The exit code of a list of members that cannot be read, kept or added.
fn of_members(error: &members::Error) -> u8 {
	use members::Error;
	match error {
		Error::Unreadable { .. }
		| Error::Line { .. }
		| Error::Empty(_)
		| Error::TooMany { .. }
		| Error::Ticket { .. } => USAGE,
		Error::Damaged { .. }
		| Error::Exposed(_)
		| Error::Missing { .. }
		| Error::Elsewhere { .. }
		| Error::OtherSource { .. }
		| Error::Differs { .. }
		| Error::NotPayable { .. }
		| Error::Exists(_) => REFUSED,
		Error::Changed(_)
		| Error::Io { .. }
		| Error::Random(_)
		| Error::Shares(_)
		| Error::Chain(_) => OTHER,
	}
}

/// The exit code of a folder that cannot be sealed.
fn of_sealing(error: &gated::SealError) -> u8 {
	use gated::SealError;
	match error {
		SealError::Secret(gated::Error::Io { .. } | gated::Error::Random(_)) => OTHER,
		SealError::Secret(_) | SealError::Changed => REFUSED,
		SealError::Document(_) => USAGE,
		SealError::Io(_) | SealError::Store(_) => OTHER,
	}
}

/// Whether no key, account or file can be meant by what was given.
fn is_misnamed(error: &keys::Error) -> bool {
	use keys::Error;
	matches!(
		error,
		Error::Unknown { .. }
			| Error::Name(_)
			| Error::Seed
			| Error::DevelopmentUri(_)
			| Error::Mnemonic(_)
			| Error::Account { .. }
			| Error::OtherNetwork { .. }
			| Error::PassphraseFile { .. }
	)
}

/// What to do about a runtime error whose own sentence does not say it.
fn hint(pallet: &str, error: &str) -> Option<&'static str> {
	Some(match (pallet, error) {
		("Datasets", "NotAnnounced") => "run `guerdon dataset announce` with the same signer",
		("Datasets", "AnnouncementTooYoung") => "run `guerdon dataset publish` again: it waits",
		("Datasets", "NotAuthorized") => "name the owner's key with --signer",
		("Datasets", "NotFound") | ("Training", "DatasetNotFound") => {
			"`guerdon dataset list` shows what there is"
		}
		("Datasets", "NotRequested") => "`guerdon run show` tells which datasets a run asked for",
		("Training", "RunNotFound") => "`guerdon run list` shows what there is",
		("Training", "WrongState") => "`guerdon run show` tells the run's state",
		("Training", "NotAuthorized") => "name the sponsor's key with --signer",
		("Training", "BondTooSmall") => "raise \"bond\" in the plan",
		("Training", "LicenceCeilingTooLow") => "set \"max_licence\" to \"auto\" in the plan",
		("Training", "SplitNotWhole") => "correct \"split\" in the plan",
		("Training", "TooManyTasks") => "raise \"records_per_task\" in the plan",
		("Training", "AlreadyEnrolled") => "start `guerdon work`: nothing else is missing",
		("Training", "ConflictOfInterest") => "enrol with an account that has no other part",
		("Settlement", "AlreadyClaimed") => "`guerdon credits history` shows what was paid",
		("Settlement", "NotAuthorized") => "name the key of whoever opened the list with --signer",
		("Settlement", "ListOpen" | "OutOfStep" | "TooEarly" | "MembersPending") => {
			"`guerdon dataset members show` tells how far the list is"
		}
		("Settlement", "NotSealed") => "`guerdon run show` tells when the run settles",
		("Balances", _) => "`guerdon credits balance` tells what the signer has",
		("Token", "FundsUnavailable") => {
			"`guerdon credits balance` tells what the signer has: only what is free can be spent, and \
			 deposits and bonds are taken from it too"
		}
		("Token", "NotExpendable" | "OnlyProvider") => {
			"leave 0.000001 GRD on the account, or it would cease to exist"
		}
		("Token", "BelowMinimum" | "CannotCreate" | "CannotCreateHold") => {
			"send 0.000001 GRD or more at first: an account with less cannot exist"
		}
		("Token", "Frozen") => "part of what the signer has is locked: wait until it is not",
		("Runtime", "Exhausted") => "it is too much for one block: do less at a time",
		("Runtime", "BadOrigin" | "RootNotAllowed") => {
			"this call is not for accounts: the council decides it"
		}
		_ => return None,
	})
}

/// Prints an error with its causes and gives its exit code.
pub fn report(error: &anyhow::Error) -> ExitCode {
	let mut said = error.to_string();
	eprintln!("error: {said}");
	for cause in error.chain().skip(1) {
		let text = cause.to_string();
		if !said.contains(&text) {
			eprintln!("  because: {text}");
			said = text;
		}
	}
	for cause in error.chain() {
		if let Some(chain::Error::Failed { pallet, error, .. }) = cause.downcast_ref() {
			if let Some(hint) = hint(pallet, error) {
				eprintln!("  what to do: {hint}");
			}
			eprintln!("  The fee is spent; nothing else changed.");
		}
	}
	ExitCode::from(code(error))
}

#[cfg(test)]
mod tests {
	use super::*;
	use anyhow::Context;
	use std::path::PathBuf;

	#[test]
	fn what_was_named_wrongly_is_not_what_was_refused() {
		use keys::Error;
		let io = || std::io::Error::other("disk");
		let unknown = Error::Unknown {
			name: "nobody".into(),
			known: Vec::new(),
		};
		let missing = gated::Error::Missing {
			root: [1; 32],
			folder: "home".into(),
		};
		let document = gated::SealError::Document("no sealed stream".into());
		let line = members::Error::Line {
			path: "members.csv".into(),
			line: 7,
			why: "nobody".into(),
		};
		let differs = members::Error::Differs {
			dataset: 1,
			pool: 2,
		};
		let away = members::Error::Chain(chain::Error::NotConnected {
			url: "ws://127.0.0.1:1".into(),
			why: "nobody listens".into(),
		});
		let cases: [(anyhow::Error, u8); 18] = [
			(line.into(), 2),
			(differs.into(), 3),
			(members::Error::Changed("members.csv".into()).into(), 1),
			(away.into(), 5),
			(unknown.into(), 2),
			(Error::Name("-x".into()).into(), 2),
			(Error::Seed.into(), 2),
			(Error::WrongPassphrase("main".into()).into(), 3),
			(Error::Exists("main".into()).into(), 3),
			(describe::Error::Empty(PathBuf::from("data")).into(), 2),
			(describe::Error::Meta("no name").into(), 2),
			(
				describe::Error::Io {
					path: "data".into(),
					error: io(),
				}
				.into(),
				2,
			),
			(describe::Error::Changed("a.csv".into()).into(), 1),
			(gated::SealError::from(missing).into(), 3),
			(gated::SealError::Changed.into(), 3),
			(document.into(), 2),
			(gated::SealError::from(io()).into(), 1),
			(
				describe::Error::Sealing(gated::SealError::Changed).into(),
				3,
			),
		];
		for (error, expected) in cases {
			assert_eq!(code(&error), expected, "{error}");
		}
	}

	#[test]
	fn the_most_common_failures_come_with_advice() {
		let said = hint("Token", "FundsUnavailable").unwrap();
		assert!(said.contains("guerdon credits balance"), "{said}");
		for error in ["NotExpendable", "BelowMinimum", "Frozen"] {
			assert!(hint("Token", error).is_some(), "{error}");
		}
		assert_eq!(hint("Token", "Unsupported"), None);
	}

	#[test]
	fn every_kind_of_error_has_its_code() {
		let failed = chain::Error::Failed {
			pallet: "Training".into(),
			error: "WrongState".into(),
			doc: "The run is not in the state that this call needs.".into(),
		};
		let away = chain::Error::NotConnected {
			url: "ws://127.0.0.1:1".into(),
			why: "refused".into(),
		};
		let unconfirmed = chain::Error::Unconfirmed {
			extrinsic: subxt::utils::H256([7; 32]),
			why: "the connection was closed".into(),
		};
		let cases: [(anyhow::Error, u8); 8] = [
			(usage("what"), 2),
			(refused("no"), 3),
			(
				chain::Error::Refused {
					why: "no fee".into(),
				}
				.into(),
				3,
			),
			(failed.into(), 4),
			(away.into(), 5),
			(unconfirmed.into(), 6),
			(chain::Error::NotFound("run 7".into()).into(), 1),
			(std::io::Error::other("disk").into(), 1),
		];
		for (error, expected) in cases {
			assert_eq!(code(&error), expected, "{error}");
			assert_eq!(
				code(&Err::<(), _>(error).context("while doing it").unwrap_err()),
				expected
			);
		}
	}
}
