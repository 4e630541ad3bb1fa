//! Vouching for other people's work: `POST /attest`.
//!
//! A receipt gets one verdict, which is on disk before it is given: whoever asks again gets the
//! same, and an attestor that was killed never signs two digests for one receipt.

use super::{evidence, inputs::text, Context, Failure};
use crate::{
	chain::{
		api::{RunView, State as RunState, Task, TaskState},
		AccountId, At, View,
	},
	engine::{
		attest::{self, Claim, Refusal},
		data,
	},
	serve::{digest, refuse},
};
use axum::{
	extract::State,
	http::StatusCode,
	response::{IntoResponse, Response},
	routing::post,
	Json, Router,
};
use guerdon_receipt::{
	sampled_steps,
	sign::{judge, sign_attestation, sign_sample},
	Attestation, Digest, Receipt, Signature, SignedAttestation, Work, RECEIPT_VERSION,
};
use serde::{Deserialize, Serialize};
use std::{
	collections::HashMap,
	path::{Path, PathBuf},
	sync::{Arc, Mutex},
};
use tokio::sync::Semaphore;

/// Receipts that are checked at the same time; more wait.
const AT_ONCE: usize = 2;

/// Requests that may wait.
const WAITING: usize = 256;

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

	fn read(&self) -> Option<(Receipt, Signature)> {
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
	fn attested(signed: &SignedAttestation) -> Self {
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

/// Verdicts by receipt: `HOME/attested/<receipt id>.json`.
#[derive(Clone)]
pub struct Verdicts {
	folder: PathBuf,
}

impl Verdicts {
	/// Opens the folder.
	pub fn open(home: &Path) -> Self {
		Verdicts {
			folder: home.join("attested"),
		}
	}

	fn path(&self, receipt: &Digest) -> PathBuf {
		self.folder.join(hex::encode(receipt) + ".json")
	}

	/// The verdict on a receipt, if there is one.
	///
	/// # Errors
	/// When there is a file that cannot be read: then nothing may be signed.
	pub fn get(&self, receipt: &Digest) -> std::io::Result<Option<Verdict>> {
		super::load(&self.path(receipt))
	}

	/// Keeps a verdict, or gives the one that is there already: the first stands.
	///
	/// # Errors
	/// When it cannot be kept.
	pub fn keep(&self, receipt: &Digest, verdict: Verdict) -> std::io::Result<Verdict> {
		let path = self.path(receipt);
		std::fs::create_dir_all(&self.folder)?;
		let mut file = tempfile::NamedTempFile::with_prefix_in(".part-", &self.folder)?;
		serde_json::to_writer_pretty(&mut file, &verdict)?;
		file.as_file().sync_all()?;
		match file.persist_noclobber(&path) {
			Ok(_) => Ok(verdict),
			Err(failed) if failed.error.kind() == std::io::ErrorKind::AlreadyExists => {
				let first = self.get(receipt)?;
				first.ok_or_else(|| std::io::Error::other("a verdict came and went"))
			}
			Err(failed) => Err(failed.error),
		}
	}
}

/// Why there is no verdict now.
enum NotNow {
	/// It makes no sense to ask again.
	Never(String),
	/// It does.
	Later(String),
}

impl<E: Into<Failure>> From<E> for NotNow {
	fn from(error: E) -> Self {
		NotNow::Later(error.into().to_string())
	}
}

struct Attestor {
	context: Context,
	verdicts: Verdicts,
	working: Semaphore,
	/// One check per receipt, however often it is asked for.
	busy: Mutex<HashMap<Digest, Arc<tokio::sync::Mutex<()>>>>,
}

/// `POST /attest`.
pub fn router(context: &Context) -> Router {
	let attestor = Attestor {
		context: context.clone(),
		verdicts: Verdicts::open(&context.home),
		working: Semaphore::new(AT_ONCE),
		busy: Mutex::default(),
	};
	Router::new()
		.route("/attest", post(answer))
		.with_state(Arc::new(attestor))
}

async fn answer(State(attestor): State<Arc<Attestor>>, Json(request): Json<Request>) -> Response {
	let Some((receipt, signature)) = request.read() else {
		return refuse(
			StatusCode::BAD_REQUEST,
			"receipt and signature are hex, of version 1",
		);
	};
	let id = receipt.id();
	let turn = {
		let mut busy = attestor
			.busy
			.lock()
			.unwrap_or_else(|poisoned| poisoned.into_inner());
		busy.retain(|_, turn| Arc::strong_count(turn) > 1);
		if busy.len() >= WAITING {
			return refuse(
				StatusCode::SERVICE_UNAVAILABLE,
				"too many requests: ask again",
			);
		}
		busy.entry(id).or_default().clone()
	};
	// The check goes on when whoever asked hangs up: it will ask again.
	let checking = tokio::spawn(async move {
		let _turn = turn.lock().await;
		attestor.verdict(&receipt, &signature).await
	});
	match checking.await {
		Ok(Ok(verdict)) => Json(verdict).into_response(),
		Ok(Err(NotNow::Never(refused))) => Json(Verdict::Refused { refused }).into_response(),
		Ok(Err(NotNow::Later(why))) => refuse(StatusCode::SERVICE_UNAVAILABLE, why),
		Err(error) => refuse(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
	}
}

/// A task as it stands on chain, with what is needed to check its receipt.
struct Dealt {
	view: View,
	run: RunView,
	task: Task,
	key: Digest,
	endpoint: String,
}

impl Attestor {
	async fn verdict(&self, receipt: &Receipt, signature: &Signature) -> Result<Verdict, NotNow> {
		let id = receipt.id();
		let dealt = self.dealt(receipt).await?;
		let judged = judge(&dealt.key, &receipt.pae(), signature);
		if !judged.both() {
			let why = match judged.chain {
				true => "the signature holds for the chain but not by the strict rule",
				false => "the signature is not by the key that the contributor enrolled",
			};
			return Err(NotNow::Never(why.into()));
		}
		if let Some(verdict) = self.verdicts.get(&id)? {
			return Ok(verdict);
		}
		let _place = self
			.working
			.acquire()
			.await
			.map_err(|e| NotNow::Later(e.to_string()))?;
		let (run, task) = (receipt.run, receipt.task);
		let began = std::time::Instant::now();
		let verdict = match self.check(receipt, dealt).await? {
			Ok(states) => {
				let attestor = self.context.account().0;
				let attestation = Attestation {
					receipt: id,
					attestor,
					states,
				};
				let signed = sign_attestation(&self.context.receipt_key, &attestation);
				let took = began.elapsed();
				tracing::info!(run, task, receipt = hex::encode(id), ?took, "attested");
				Verdict::attested(&signed)
			}
			Err(Refusal::Unavailable(step)) => {
				let why = format!("the state before step {step} was not delivered");
				return Err(NotNow::Later(why));
			}
			Err(refusal) => {
				let refused = refusal.to_string();
				tracing::warn!(
					run,
					task,
					receipt = hex::encode(id),
					why = refused,
					"refused"
				);
				Verdict::Refused { refused }
			}
		};
		Ok(self.verdicts.keep(&id, verdict)?)
	}

	/// What the chain knows of the task, by the latest finalized block or, for a task that was
	/// dealt since, by the best one. What would make the chain refuse the receipt is refused here.
	async fn dealt(&self, receipt: &Receipt) -> Result<Dealt, NotNow> {
		let never = |why: &str| Err(NotNow::Never(why.into()));
		let chain = self.context.chain();
		if receipt.genesis != chain.genesis() {
			return never("it is for another chain");
		}
		if receipt.version != RECEIPT_VERSION {
			return never("receipts of its version are not known here");
		}
		let contributor = AccountId::from(receipt.contributor);
		let mut why = NotNow::Later("the task is not on chain yet".into());
		for at in [At::Finalized, At::Best] {
			let view = chain.at(at).await?;
			let Ok(run) = view.run(receipt.run).await else {
				continue;
			};
			if run.run.state != RunState::Working {
				continue;
			}
			let tasks = view.tasks_for(receipt.run, &contributor).await?;
			let found = tasks.into_iter().find(|(index, _)| *index == receipt.task);
			let Some((_, task)) = found else {
				why = NotNow::Later("no such task is open for this contributor".into());
				continue;
			};
			let Some(enrolment) = view.enrolment(receipt.run, &contributor).await? else {
				continue;
			};
			if !task.committee.0.contains(&self.context.account()) {
				return never("this attestor was not drawn for the task");
			}
			if receipt.base_model != task.base_model {
				return never("the work did not start from the task's base model");
			}
			if task.state != TaskState::Open || task.deadline < view.number {
				return never("the task's deadline passed");
			}
			if receipt.valid_until < view.number {
				return never("the receipt's last block passed");
			}
			let endpoint = text(&enrolment.endpoint.0);
			return Ok(Dealt {
				view,
				run,
				task,
				key: enrolment.key,
				endpoint,
			});
		}
		Err(why)
	}

	async fn check(
		&self,
		receipt: &Receipt,
		dealt: Dealt,
	) -> Result<Result<Digest, Refusal>, NotNow> {
		let Dealt {
			view,
			run,
			task,
			endpoint,
			..
		} = dealt;
		let (inputs, plan) = (&self.context.inputs, run.plan);
		let id = receipt.id();
		let http = &self.context.http;
		let fetching = evidence::fetch(http, &endpoint, &id, &receipt.evidence, receipt.steps);
		let digests = fetching.await.map_err(NotNow::Later)?;
		let receipt = receipt.clone();
		match task.work.0 {
			Work::Train {
				dataset,
				first,
				count,
				passes,
			} => {
				let setting = inputs.setting(&plan).await?;
				let base = inputs
					.model(&view, receipt.run, &plan, &task.base_model)
					.await?;
				let records = inputs.records(&view, dataset, &plan.features.0).await?;
				let sample = sign_sample(&self.context.receipt_key, &id);
				let steps = sampled_steps(&sample, receipt.steps, plan.samples.into());
				let states = self.states(&endpoint, &digests, &steps).await?;
				let done = super::compute(move || {
					let head = data::Head::read(&setting.config)?;
					let batches = data::batches(&records, first, count, passes, head.batch)?;
					let claim = Claim {
						receipt: &receipt,
						digests: &digests,
					};
					let fetch = |digest: &Digest| states.get(digest).cloned();
					attest::training(&setting, &base, &batches, claim, &steps, fetch)
				});
				Ok(done.await?)
			}
			Work::Aggregate => {
				let setting = inputs.setting(&plan).await?;
				let base = inputs
					.model(&view, receipt.run, &plan, &task.base_model)
					.await?;
				let results = inputs.results(&view, receipt.run, task.round).await?;
				// Fetched so that whoever vouches for a model can also hand it on.
				inputs.state(&endpoint, &receipt.result).await?;
				let done = super::compute(move || {
					let claim = Claim {
						receipt: &receipt,
						digests: &digests,
					};
					attest::aggregation(&setting, &base, &results, claim)
				});
				Ok(done.await?)
			}
			Work::Feedback { items, .. } => {
				if (receipt.metric_before, receipt.metric_after) != (0, 0) {
					return Err(NotNow::Never("answers have no metric".into()));
				}
				let blob = inputs.answers(&endpoint, &receipt.result).await?;
				let claim = Claim {
					receipt: &receipt,
					digests: &digests,
				};
				Ok(attest::feedback(
					items,
					plan.features.classes(),
					&blob,
					claim,
				))
			}
		}
	}

	/// The states before the drawn steps, and the last one.
	async fn states(
		&self,
		endpoint: &str,
		digests: &[Digest],
		steps: &[u32],
	) -> Result<HashMap<Digest, Vec<u8>>, NotNow> {
		let before = steps.iter().filter_map(|step| {
			let step = usize::try_from(step.checked_sub(1)?).ok()?;
			digests.get(step)
		});
		let mut states = HashMap::new();
		for digest in before.chain(digests.last()) {
			if !states.contains_key(digest) {
				states.insert(*digest, self.context.inputs.state(endpoint, digest).await?);
			}
		}
		Ok(states)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use guerdon_receipt::sign::SigningKey;

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
