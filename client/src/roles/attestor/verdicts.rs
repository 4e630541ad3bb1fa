//! What an attestor said, and what it has begun to look at. Both are on disk before anybody learns
//! of them.

use crate::{
	disk,
	roles::{load, secrets::hex32},
	serve::digest,
};
use guerdon_receipt::{Digest, Receipt, Signature, SignedAttestation};
use serde::{Deserialize, Serialize};
use std::{
	io,
	path::{Path, PathBuf},
};

/// What a contributor sends.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Request {
	/// [`Receipt::bytes`] in hex.
	pub receipt: String,
	/// The contributor's signature in hex.
	pub signature: String,
}

impl Request {
	/// Asks about a receipt.
	pub fn new(receipt: &Receipt, signature: &Signature) -> Self {
		Request {
			receipt: hex::encode(receipt.bytes()),
			signature: hex::encode(signature),
		}
	}

	pub(super) fn read(&self) -> Option<(Receipt, Signature)> {
		let receipt = Receipt::from_bytes(&hex::decode(&self.receipt).ok()?).ok()?;
		Some((receipt, signature(&self.signature)?))
	}
}

fn signature(text: &str) -> Option<Signature> {
	let mut signature = [0; 64];
	hex::decode_to_slice(text, &mut signature).ok()?;
	Some(signature)
}

/// What an attestor says of a receipt, once and for all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Verdict {
	/// It did the drawn steps again and got the same.
	Attested {
		/// The attestor's account in hex.
		attestor: String,
		/// Digest of the states it recomputed.
		states: String,
		/// Its signature.
		signature: String,
	},
	/// It did not.
	Refused {
		/// Why.
		refused: String,
	},
}

impl Verdict {
	pub(super) fn attested(signed: &SignedAttestation) -> Self {
		Verdict::Attested {
			attestor: hex::encode(signed.attestor),
			states: hex::encode(signed.states),
			signature: hex::encode(signed.signature),
		}
	}

	/// The attestation, or why there is none.
	///
	/// # Errors
	/// The reason.
	pub fn open(self) -> Result<SignedAttestation, String> {
		match self {
			Verdict::Attested {
				attestor,
				states,
				signature: signed,
			} => {
				let parts = digest(&attestor)
					.zip(digest(&states))
					.zip(signature(&signed));
				let ((attestor, states), signature) =
					parts.ok_or("the attestor's answer is no attestation")?;
				Ok(SignedAttestation {
					attestor,
					states,
					signature,
				})
			}
			Verdict::Refused { refused } => Err(refused),
		}
	}
}

/// The receipt that is judged for a task.
#[derive(Serialize, Deserialize)]
struct Begun {
	#[serde(with = "hex32")]
	receipt: Digest,
}

/// Verdicts by receipt, `HOME/attested/<receipt id>.json`, and receipts by task,
/// `HOME/attested/tasks/<digest of the task>.json`. None of these files ever changes.
#[derive(Clone)]
pub struct Verdicts {
	folder: PathBuf,
}

impl Verdicts {
	/// Names the folder.
	pub fn open(home: &Path) -> Self {
		Verdicts {
			folder: home.join("attested"),
		}
	}

	fn path(&self, receipt: &Digest) -> PathBuf {
		self.folder.join(hex::encode(receipt) + ".json")
	}

	fn task_path(&self, task: &Digest) -> PathBuf {
		self.folder.join("tasks").join(hex::encode(task) + ".json")
	}

	/// The receipt that is judged for a task: `receipt` from now on, unless another one was first.
	/// Must be asked before anything is done that tells the contributor which steps are drawn.
	/// Otherwise it could send one receipt after the other until the drawn steps are those that it
	/// did.
	///
	/// # Errors
	/// When that cannot be kept, or not be read: then nothing may be judged.
	pub fn begin(&self, task: &Digest, receipt: &Digest) -> io::Result<Digest> {
		let path = self.task_path(task);
		if let Some(Begun { receipt: first }) = load(&path)? {
			return Ok(first);
		}
		let begun = Begun { receipt: *receipt };
		if disk::create(&path, &serde_json::to_vec(&begun)?)? {
			return Ok(*receipt);
		}
		let first: Begun = load(&path)?.ok_or_else(|| vanished(&path))?;
		Ok(first.receipt)
	}

	/// The verdict on a receipt, if there is one.
	///
	/// # Errors
	/// When there is a file that cannot be read: then nothing may be signed.
	pub fn get(&self, receipt: &Digest) -> io::Result<Option<Verdict>> {
		load(&self.path(receipt))
	}

	/// Keeps a verdict, or gives the one that is there already: the first stands.
	///
	/// # Errors
	/// When it cannot be kept.
	pub fn keep(&self, receipt: &Digest, verdict: Verdict) -> io::Result<Verdict> {
		let path = self.path(receipt);
		match disk::create(&path, &serde_json::to_vec_pretty(&verdict)?)? {
			true => Ok(verdict),
			false => self.get(receipt)?.ok_or_else(|| vanished(&path)),
		}
	}
}

fn vanished(path: &Path) -> io::Error {
	io::Error::other(format!("{} came and went", path.display()))
}

#[cfg(test)]
mod tests {
	use super::*;
	use guerdon_receipt::{
		sign::{sign_attestation, SigningKey},
		Attestation,
	};

	fn signed(states: Digest) -> Verdict {
		let attestation = Attestation {
			receipt: [1; 32],
			attestor: [2; 32],
			states,
		};
		Verdict::attested(&sign_attestation(
			&SigningKey::from_bytes(&[7; 32]),
			&attestation,
		))
	}

	#[test]
	fn the_first_receipt_of_a_task_stays_the_only_one() {
		let home = tempfile::tempdir().unwrap();
		let verdicts = Verdicts::open(home.path());
		assert_eq!(verdicts.begin(&[9; 32], &[1; 32]).unwrap(), [1; 32]);
		assert_eq!(verdicts.begin(&[9; 32], &[2; 32]).unwrap(), [1; 32]);
		let restarted = Verdicts::open(home.path());
		assert_eq!(restarted.begin(&[9; 32], &[3; 32]).unwrap(), [1; 32]);
		assert_eq!(
			restarted.begin(&[9; 32], &[1; 32]).unwrap(),
			[1; 32],
			"a contributor that crashed asks again"
		);
		assert_eq!(
			restarted.begin(&[8; 32], &[2; 32]).unwrap(),
			[2; 32],
			"another attempt is another task"
		);
	}

	#[test]
	fn a_beginning_that_cannot_be_read_is_no_leave_to_judge() {
		let home = tempfile::tempdir().unwrap();
		let verdicts = Verdicts::open(home.path());
		verdicts.begin(&[9; 32], &[1; 32]).unwrap();
		std::fs::write(verdicts.task_path(&[9; 32]), "{").unwrap();
		assert!(verdicts.begin(&[9; 32], &[1; 32]).is_err());
	}

	#[test]
	fn the_first_verdict_on_a_receipt_stands() {
		let home = tempfile::tempdir().unwrap();
		let verdicts = Verdicts::open(home.path());
		assert_eq!(verdicts.get(&[1; 32]).unwrap(), None);
		let first = verdicts.keep(&[1; 32], signed([3; 32])).unwrap();
		assert_eq!(first, signed([3; 32]));
		let again = Verdicts::open(home.path());
		assert_eq!(again.keep(&[1; 32], signed([4; 32])).unwrap(), first);
		let refused = Verdict::Refused {
			refused: "no".into(),
		};
		assert_eq!(again.keep(&[1; 32], refused.clone()).unwrap(), first);
		assert_eq!(again.get(&[1; 32]).unwrap(), Some(first));
		assert_eq!(again.keep(&[2; 32], refused.clone()).unwrap(), refused);
	}

	#[test]
	fn a_verdict_that_cannot_be_read_is_no_leave_to_sign_again() {
		let home = tempfile::tempdir().unwrap();
		let verdicts = Verdicts::open(home.path());
		verdicts.keep(&[1; 32], signed([3; 32])).unwrap();
		std::fs::write(verdicts.path(&[1; 32]), "{").unwrap();
		assert!(verdicts.get(&[1; 32]).is_err());
		assert!(verdicts.keep(&[1; 32], signed([4; 32])).is_err());
	}

	#[test]
	fn a_verdict_crosses_the_network_unchanged() {
		let verdict = signed([3; 32]);
		let text = serde_json::to_string(&verdict).unwrap();
		let read: Verdict = serde_json::from_str(&text).unwrap();
		assert_eq!(read, verdict);
		assert_eq!(read.open().unwrap().states, [3; 32]);
		let read: Verdict = serde_json::from_str(r#"{"refused":"no"}"#).unwrap();
		assert_eq!(read.open(), Err("no".into()));
		let broken = r#"{"attestor":"00","states":"","signature":""}"#;
		assert!(serde_json::from_str::<Verdict>(broken)
			.unwrap()
			.open()
			.is_err());
	}
}
