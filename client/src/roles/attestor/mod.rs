//! Vouching for other people's work: `POST /attest`.
//!
//! Of a task that was dealt, one receipt is judged, the first that its contributor signed and sent.
//! A receipt gets one verdict, which is on disk before it is given: whoever asks again gets the
//! same, and an attestor that was killed neither looks at a second receipt nor signs two digests for
//! one.

mod check;
mod contributors;
mod verdicts;

pub use verdicts::{Request, Verdict, Verdicts};

use super::{inputs::fingerprint, Context, Failure};
use crate::{
	chain::api::{Kind, Task},
	engine::{attest::Refusal, digest},
	serve::{refuse, unread},
};
use axum::{
	extract::{rejection::JsonRejection, DefaultBodyLimit, State},
	http::StatusCode,
	response::{IntoResponse, Response},
	routing::post,
	Json, Router,
};
use codec::Encode;
use contributors::{Contributors, Share, Shares, Turns};
use guerdon_receipt::{
	sign::{judge, public_key, sign_attestation, SigningKey},
	AccountBytes, Attestation, Digest, PublicKey, Receipt, RunId, Signature, TaskIndex,
	RECEIPT_VERSION,
};
use std::{
	path::Path,
	sync::{Arc, Weak},
	time::Duration,
};
use tokio::sync::Semaphore;

/// The longest request; one has some 600 bytes.
const LONGEST: usize = 4 << 10;

/// Requests that are looked at or wait; more are sent away.
const REQUESTS: usize = 1_024;

/// Receipts for which something is fetched at the same time. That is waiting for strangers.
const FETCHING: usize = 64;

/// Receipts of which something is computed at the same time.
const WORKING: usize = 2;

/// Between two looks at what can be forgotten.
const TIDY: Duration = Duration::from_secs(10 * 60);

/// Why there is no attestation.
enum Stop {
	/// It makes no sense to ask again. Nothing was judged.
	Never(String),
	/// It does.
	Later(String),
	/// The receipt was judged, and is wrong.
	Refused(Refusal),
}

impl<E: Into<Failure>> From<E> for Stop {
	fn from(error: E) -> Self {
		Stop::Later(error.into().to_string())
	}
}

impl From<Refusal> for Stop {
	fn from(refusal: Refusal) -> Self {
		Stop::Refused(refusal)
	}
}

struct Attestor {
	context: Context,
	key: Arc<SigningKey>,
	verdicts: Verdicts,
	contributors: Contributors,
	shares: Shares,
	turns: Turns<(AccountBytes, RunId, TaskIndex)>,
	requests: Arc<Semaphore>,
	fetching: Semaphore,
	working: Semaphore,
}

/// `POST /attest`, for an account that has a seat with this home folder's receipt key.
///
/// # Errors
/// When it has none, or one with another key: nobody could use what it would sign.
pub async fn router(context: &Context) -> Result<Router, Failure> {
	let me = context.account();
	let seats = context.chain().best().await?.seats(Kind::Attestor).await?;
	let seat = seats.into_iter().find(|seat| seat.account == me);
	let here = public_key(&context.receipt_key);
	check_seat(seat.map(|seat| seat.key), &here, &context.home).map_err(Failure::Here)?;
	let attestor = Arc::new(Attestor {
		context: context.clone(),
		key: context.receipt_key.clone(),
		verdicts: Verdicts::open(&context.home),
		contributors: Contributors::default(),
		shares: Shares::default(),
		turns: Turns::default(),
		requests: Arc::new(Semaphore::new(REQUESTS)),
		fetching: Semaphore::new(FETCHING),
		working: Semaphore::new(WORKING),
	});
	tokio::spawn(tidy(Arc::downgrade(&attestor)));
	Ok(Router::new()
		.route("/attest", post(answer))
		.layer(DefaultBodyLimit::max(LONGEST))
		.with_state(attestor))
}

/// An attestation counts by the key that the seat was registered with.
fn check_seat(seat: Option<PublicKey>, here: &PublicKey, home: &Path) -> Result<(), String> {
	match seat {
		Some(seat) if seat == *here => Ok(()),
		Some(seat) => Err(format!(
			"the seat as attestor was registered with receipt key 0x{}, and the one in {} is 0x{}: \
			 name the home folder that the seat was registered from with --home; if that is lost, \
			 give the seat up (`guerdon attestor retire`, then `withdraw`) and register again",
			hex::encode(seat),
			home.display(),
			hex::encode(here)
		)),
		None => Err(
			"the signer has no seat as attestor: take one with `guerdon attestor register`, then \
			 start again"
				.into(),
		),
	}
}

/// Forgets what runs needed that are over, also when nobody asks any more.
async fn tidy(attestor: Weak<Attestor>) {
	while let Some(attestor) = attestor.upgrade() {
		attestor.context.inputs.tidy();
		drop(attestor);
		tokio::time::sleep(TIDY).await;
	}
}

async fn answer(
	State(attestor): State<Arc<Attestor>>,
	request: Result<Json<Request>, JsonRejection>,
) -> Response {
	let request = match request {
		Ok(Json(request)) => request,
		Err(error) => return unread(&error),
	};
	let Some((receipt, signature)) = request.read() else {
		return refuse(
			StatusCode::BAD_REQUEST,
			"receipt and signature are hex, of version 1",
		);
	};
	match attestor.ask(receipt, signature).await {
		Ok(verdict) => Json(verdict).into_response(),
		Err(Stop::Never(refused)) => Json(Verdict::Refused { refused }).into_response(),
		Err(Stop::Later(why)) => refuse(StatusCode::SERVICE_UNAVAILABLE, why),
		Err(Stop::Refused(refusal)) => Json(refused(&refusal)).into_response(),
	}
}

fn refused(refusal: &Refusal) -> Verdict {
	Verdict::Refused {
		refused: refusal.to_string(),
	}
}

/// What is judged once: a task as it was dealt, and not only its number. When a block is replaced,
/// the task may be dealt anew under the same number, and its contributor has to sign another
/// receipt.
fn dealt_task(receipt: &Receipt, task: &Task) -> Digest {
	let place = (receipt.genesis, receipt.run, receipt.task);
	digest(&(place, fingerprint(task)).encode())
}

/// Whether a receipt is signed with a key, by the rule of the chain and by the stricter one.
fn check_signature(
	key: &PublicKey,
	receipt: &Receipt,
	signature: &Signature,
) -> Result<(), String> {
	let judged = judge(key, &receipt.pae(), signature);
	match (judged.both(), judged.chain) {
		(true, _) => Ok(()),
		(false, true) => Err("the signature holds for the chain but not by the strict rule".into()),
		(false, false) => {
			Err("the signature is not by the key that the contributor enrolled".into())
		}
	}
}

impl Attestor {
	/// What costs nothing first: only a contributor gets further than its signature.
	async fn ask(
		self: &Arc<Self>,
		receipt: Receipt,
		signature: Signature,
	) -> Result<Verdict, Stop> {
		let never = |why: &str| Err(Stop::Never(why.into()));
		if receipt.genesis != self.context.chain().genesis() {
			return never("it is for another chain");
		}
		if receipt.version != RECEIPT_VERSION {
			return never("receipts of its version are not known here");
		}
		self.authenticate(&receipt, &signature).await?;
		if let Some(verdict) = self.verdicts.get(&receipt.id())? {
			return Ok(verdict);
		}
		let busy = |_| Stop::Later("too many requests: ask again".into());
		let share = self.shares.of(&receipt.contributor);
		let own = share.requests.clone().try_acquire_owned().map_err(busy)?;
		let place = self.requests.clone().try_acquire_owned().map_err(busy)?;
		let turn = (receipt.contributor, receipt.run, receipt.task);
		let turn = self.turns.of(turn);
		let attestor = self.clone();
		// The check goes on when whoever asked hangs up: it will ask again.
		let checking = tokio::spawn(async move {
			let _places = (own, place);
			let _turn = turn.lock().await;
			attestor.verdict(&receipt, &signature, &share).await
		});
		let failed = |error: tokio::task::JoinError| Stop::Later(error.to_string());
		checking.await.map_err(failed)?
	}

	async fn authenticate(&self, receipt: &Receipt, signature: &Signature) -> Result<(), Stop> {
		let enrolled = || self.contributors.get(receipt.run, &receipt.contributor);
		let known = match enrolled() {
			Some(known) => Some(known),
			None => {
				self.contributors.read(&self.context.chain()).await?;
				enrolled()
			}
		};
		let Some(known) = known else {
			let why = "no such contributor of a run at work is known yet: ask again";
			return Err(Stop::Later(why.into()));
		};
		let checked = check_signature(&known.key, receipt, signature);
		// What only the best block says may still change.
		checked.map_err(match known.is_final {
			true => Stop::Never,
			false => Stop::Later,
		})
	}

	async fn verdict(
		&self,
		receipt: &Receipt,
		signature: &Signature,
		share: &Share,
	) -> Result<Verdict, Stop> {
		let id = receipt.id();
		if let Some(verdict) = self.verdicts.get(&id)? {
			return Ok(verdict);
		}
		let dealt = self.dealt(receipt).await?;
		check_signature(&dealt.key, receipt, signature).map_err(Stop::Later)?;
		let (run, task, name) = (receipt.run, receipt.task, hex::encode(id));
		let first = self
			.verdicts
			.begin(&dealt_task(receipt, &dealt.task), &id)?;
		if first != id {
			let first = hex::encode(first);
			tracing::warn!(
				run,
				task,
				receipt = name,
				first,
				"a second receipt is not judged"
			);
			return Err(Stop::Never(format!(
				"one receipt is judged for each task that is dealt, and for this one it is {first}"
			)));
		}
		let began = std::time::Instant::now();
		let verdict = match self.check(receipt, dealt, share).await {
			Ok(states) => {
				let attestation = Attestation {
					receipt: id,
					attestor: self.context.account().0,
					states,
				};
				let signed = sign_attestation(&self.key, &attestation);
				let took = began.elapsed();
				tracing::info!(run, task, receipt = name, ?took, "attested");
				Verdict::attested(&signed)
			}
			// Not the receipt's fault, or not for sure.
			Err(Stop::Refused(refusal @ Refusal::Unavailable(_))) => {
				return Err(Stop::Later(refusal.to_string()))
			}
			Err(Stop::Refused(refusal)) => {
				tracing::warn!(run, task, receipt = name, ?refusal, "refused");
				refused(&refusal)
			}
			Err(stop) => return Err(stop),
		};
		Ok(self.verdicts.keep(&id, verdict)?)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::chain::{
		api::{runtime_types::bounded_collections::bounded_vec::BoundedVec, TaskState},
		AccountId,
	};
	use guerdon_receipt::{sign::sign_receipt, Work};
	use subxt::utils::Static;

	pub(super) fn receipt() -> Receipt {
		Receipt {
			version: RECEIPT_VERSION,
			genesis: [1; 32],
			run: 1,
			task: 7,
			contributor: [2; 32],
			base_model: [3; 32],
			result: [4; 32],
			steps: 5,
			evidence: [5; 32],
			metric_before: 0,
			metric_after: 1,
			valid_until: 100,
		}
	}

	pub(super) fn task(deadline: u32) -> Task {
		Task {
			work: Static(Work::Aggregate),
			round: 0,
			units: 1,
			contributor: AccountId::from([2; 32]),
			committee: BoundedVec(vec![AccountId::from([8; 32])]),
			epoch: 4,
			base_model: [3; 32],
			deadline,
			attempt: 1,
			replaces: None,
			state: TaskState::Open,
		}
	}

	#[test]
	fn a_task_is_the_same_whatever_its_receipt_says_and_another_when_dealt_anew() {
		let (honest, task) = (receipt(), task(100));
		let forged = Receipt {
			evidence: [6; 32],
			result: [7; 32],
			..honest.clone()
		};
		assert_ne!(forged.id(), honest.id());
		let dealt = dealt_task(&honest, &task);
		assert_eq!(dealt_task(&forged, &task), dealt);
		for other in [
			Receipt {
				genesis: [9; 32],
				..honest.clone()
			},
			Receipt {
				run: 2,
				..honest.clone()
			},
			Receipt {
				task: 8,
				..honest.clone()
			},
		] {
			assert_ne!(dealt_task(&other, &task), dealt);
		}
		let done = Task {
			state: TaskState::Missed,
			..task.clone()
		};
		assert_eq!(dealt_task(&honest, &done), dealt);
		assert_ne!(dealt_task(&honest, &self::task(101)), dealt);
	}

	#[test]
	fn only_the_enrolled_key_signs() {
		let key = SigningKey::from_bytes(&[1; 32]);
		let signature = sign_receipt(&key, &receipt());
		check_signature(&public_key(&key), &receipt(), &signature).unwrap();
		let other = public_key(&SigningKey::from_bytes(&[2; 32]));
		assert!(check_signature(&other, &receipt(), &signature)
			.unwrap_err()
			.contains("not by the key"));
		let mut changed = receipt();
		changed.evidence = [0; 32];
		assert!(check_signature(&public_key(&key), &changed, &signature).is_err());
	}

	#[test]
	fn an_attestor_without_the_key_of_its_seat_does_not_start() {
		let home = Path::new("/somewhere");
		assert_eq!(check_seat(Some([1; 32]), &[1; 32], home), Ok(()));
		let other = check_seat(Some([1; 32]), &[2; 32], home).unwrap_err();
		for said in [
			&"01".repeat(32),
			&"02".repeat(32),
			"/somewhere",
			"--home",
			"retire",
		] {
			assert!(other.contains(said), "{other}");
		}
		let none = check_seat(None, &[1; 32], home).unwrap_err();
		assert!(none.contains("guerdon attestor register"), "{none}");
	}
}
