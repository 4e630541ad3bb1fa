//! Work that is finished: `HOME/finished/<digest of the work>`.
//!
//! The same work may be asked for again, under another number or with another deadline: when its
//! committee was replaced, or the block that it was dealt in. Then neither a machine nor a person does it
//! twice: only the receipt is a new one.

use super::execute::Done;
use crate::{blobs::Store, chain::api::RunPlan, disk, engine::digest};
use codec::{DecodeAll, Encode};
use guerdon_receipt::{Digest, RunId, Work};
use std::{
	fs, io,
	path::{Path, PathBuf},
};

/// What decides what comes out of a task's work; `None` for an average, which depends on the results that
/// were accepted besides.
pub(super) fn name(
	genesis: &Digest,
	run: RunId,
	plan: &RunPlan,
	work: &Work,
	base_model: &Digest,
) -> Option<Digest> {
	let program = (plan.program, plan.config, plan.validation);
	match work {
		Work::Aggregate => None,
		Work::Train { .. } | Work::Feedback { .. } => {
			Some(digest(&(genesis, run, program, work, base_model).encode()))
		}
	}
}

fn path(home: &Path, name: &Digest) -> PathBuf {
	home.join("finished").join(hex::encode(name))
}

/// What came out of the work, if it is known and everything that backs it is still here.
pub(super) fn load(home: &Path, store: &Store, name: &Digest, work: &Work) -> Option<Done> {
	let bytes = fs::read(path(home, name)).ok()?;
	let (digests, evidence, result, metric) =
		<(Vec<Digest>, Digest, Digest, (u32, u32))>::decode_all(&mut &bytes[..]).ok()?;
	// The steps of feedback are single answers, and all of them are in the result.
	let has_states = matches!(work, Work::Train { .. });
	let backed =
		store.has(&result) && (!has_states || digests.iter().all(|state| store.has(state)));
	backed.then_some(Done {
		digests,
		evidence,
		result,
		metric,
	})
}

/// Keeps what came out of the work.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn save(home: &Path, name: &Digest, done: &Done) -> io::Result<()> {
	let bytes = (&done.digests, done.evidence, done.result, done.metric).encode();
	disk::replace(&path(home, name), &bytes)
}

#[cfg(test)]
mod tests {
	use super::*;

	const WORK: Work = Work::Train {
		dataset: 1,
		first: 0,
		count: 2,
		passes: 1,
	};

	fn done(store: &Store) -> Done {
		let states = [b"first".as_slice(), b"second"];
		let digests: Vec<Digest> = states.map(|state| store.add_bytes(state).unwrap()).to_vec();
		Done {
			result: digests[1],
			evidence: [3; 32],
			metric: (100, 200),
			digests,
		}
	}

	#[test]
	fn finished_work_is_found_again_with_all_that_backs_it() {
		let home = tempfile::tempdir().unwrap();
		let store = Store::open(home.path()).unwrap();
		assert!(load(home.path(), &store, &[1; 32], &WORK).is_none());
		let made = done(&store);
		save(home.path(), &[1; 32], &made).unwrap();
		let found = load(home.path(), &store, &[1; 32], &WORK).unwrap();
		assert_eq!(found.digests, made.digests);
		assert_eq!(
			(found.evidence, found.result, found.metric),
			(made.evidence, made.result, made.metric)
		);
		assert!(
			load(home.path(), &store, &[2; 32], &WORK).is_none(),
			"other work"
		);
	}

	#[test]
	fn work_whose_states_are_gone_is_done_again() {
		let home = tempfile::tempdir().unwrap();
		let store = Store::open(home.path()).unwrap();
		let made = done(&store);
		save(home.path(), &[1; 32], &made).unwrap();
		fs::remove_file(store.path(&made.digests[0])).unwrap();
		assert!(load(home.path(), &store, &[1; 32], &WORK).is_none());
		save(home.path(), &[1; 32], &made).unwrap();
		fs::write(path(home.path(), &[1; 32]), "cut").unwrap();
		assert!(load(home.path(), &store, &[1; 32], &WORK).is_none());
	}
}
