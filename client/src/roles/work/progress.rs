//! How far a task is: `HOME/tasks/<run>-<task>.json`.
//!
//! The signed receipt is there before any attestor hears of it. Attestors judge one receipt of a
//! task, so a worker that was killed must ask again with the same one.

use crate::roles::{load, save, secrets::hex32};
use codec::{DecodeAll, Encode};
use guerdon_receipt::{
	AccountBytes, Digest, Receipt, RunId, Signature, SignedAttestation, TaskIndex,
};
use serde::{Deserialize, Serialize};
use std::{
	collections::BTreeMap,
	path::{Path, PathBuf},
};

/// A task's way to its accepted receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Progress {
	run: RunId,
	task: TaskIndex,
	/// Of the task as it was dealt: another one under the same number is another task.
	#[serde(with = "hex32")]
	dealt: Digest,
	/// [`Receipt::bytes`] in hex.
	receipt: String,
	/// The contributor's signature in hex.
	signature: String,
	/// SCALE of the attestations, in hex, by attestor.
	pub(super) attestations: BTreeMap<String, String>,
	/// Why attestors refused.
	pub(super) refused: BTreeMap<String, String>,
	/// The block after which it was handed in.
	pub(super) sent: Option<u32>,
	/// What became of it, once that is known.
	pub(super) outcome: Option<String>,
}

impl Progress {
	fn path(home: &Path, run: RunId, task: TaskIndex) -> PathBuf {
		home.join("tasks").join(format!("{run}-{task}.json"))
	}

	pub(super) fn new(
		run: RunId,
		task: TaskIndex,
		dealt: Digest,
		receipt: &Receipt,
		by: &Signature,
	) -> Self {
		Progress {
			run,
			task,
			dealt,
			receipt: hex::encode(receipt.bytes()),
			signature: hex::encode(by),
			attestations: BTreeMap::new(),
			refused: BTreeMap::new(),
			sent: None,
			outcome: None,
		}
	}

	pub(super) fn load(home: &Path, run: RunId, task: TaskIndex, dealt: &Digest) -> Option<Self> {
		let path = Self::path(home, run, task);
		match load::<Progress>(&path) {
			Ok(progress) => progress.filter(|progress| progress.dealt == *dealt),
			Err(error) => {
				tracing::warn!(%error, "done again, since it cannot be read");
				None
			}
		}
	}

	pub(super) fn save(&self, home: &Path) -> std::io::Result<()> {
		save(&Self::path(home, self.run, self.task), self)
	}

	pub(super) fn open(&self) -> Option<(Receipt, Signature)> {
		let receipt = Receipt::from_bytes(&hex::decode(&self.receipt).ok()?).ok()?;
		let mut signature = [0; 64];
		hex::decode_to_slice(&self.signature, &mut signature).ok()?;
		Some((receipt, signature))
	}

	pub(super) fn attest(&mut self, attested: &SignedAttestation) {
		let by = hex::encode(attested.attestor);
		self.attestations.insert(by, hex::encode(attested.encode()));
	}

	pub(super) fn attested(&self) -> Vec<SignedAttestation> {
		let read = |text: &String| {
			SignedAttestation::decode_all(&mut hex::decode(text).ok()?.as_slice()).ok()
		};
		self.attestations.values().filter_map(read).collect()
	}

	/// Attestors that have not answered.
	pub(super) fn missing(&self, committee: &[AccountBytes]) -> Vec<AccountBytes> {
		let answered = |member: &AccountBytes| {
			let member = hex::encode(member);
			self.attestations.contains_key(&member) || self.refused.contains_key(&member)
		};
		committee
			.iter()
			.filter(|member| !answered(member))
			.copied()
			.collect()
	}
}

#[cfg(test)]
mod tests {
	use super::super::tests::{attested, receipt};
	use super::*;

	#[test]
	fn progress_survives_a_restart() {
		let home = tempfile::tempdir().unwrap();
		let receipt = receipt(7);
		let mut progress = Progress::new(1, 7, [8; 32], &receipt, &[6; 64]);
		progress.attest(&attested(1, receipt.id()));
		progress.refused.insert(hex::encode([2; 32]), "no".into());
		progress.sent = Some(12);
		progress.save(home.path()).unwrap();
		let again = Progress::load(home.path(), 1, 7, &[8; 32]).unwrap();
		assert_eq!(again, progress);
		assert_eq!(again.open(), Some((receipt.clone(), [6; 64])));
		assert_eq!(again.attested(), [attested(1, receipt.id())]);
		assert_eq!(again.missing(&[[1; 32], [2; 32], [3; 32]]), [[3; 32]]);
		assert_eq!(
			Progress::load(home.path(), 1, 7, &[0; 32]),
			None,
			"another task"
		);
		assert_eq!(Progress::load(home.path(), 1, 8, &[8; 32]), None);
	}

	#[test]
	fn progress_that_was_cut_short_is_none() {
		let home = tempfile::tempdir().unwrap();
		Progress::new(1, 7, [8; 32], &receipt(7), &[6; 64])
			.save(home.path())
			.unwrap();
		std::fs::write(Progress::path(home.path(), 1, 7), "{").unwrap();
		assert_eq!(Progress::load(home.path(), 1, 7, &[8; 32]), None);
	}
}
