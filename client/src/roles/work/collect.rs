//! Having a receipt attested by its committee.

use super::{progress::Progress, Job};
use crate::{
	chain::api::Kind,
	roles::{
		attestor::{Request, Verdict},
		inputs::text,
		Failure, PATIENCE,
	},
};
use futures::{stream::FuturesUnordered, StreamExt};
use guerdon_receipt::{
	sign::judge, AccountBytes, Digest, PublicKey, Receipt, Signature, SignedAttestation,
};
use std::{sync::atomic::Ordering, time::Duration};

/// How long attestors beyond the quorum are waited for.
const GRACE: Duration = Duration::from_millis(1_500);

/// The longest answer of an attestor that is read. An attestation has some 300 bytes.
const MAX_ANSWER: usize = 4 << 10;

/// The longest reason that is kept, in characters.
const MAX_REASON: usize = 200;

impl<F> Job<F> {
	/// Asks the committee, all at once, until enough have attested or too many refused.
	pub(super) async fn collect(
		&self,
		progress: &mut Progress,
		receipt: &Receipt,
		signature: &Signature,
	) -> Result<(), Failure> {
		let (run, task, quorum) = (self.run, self.index, usize::from(self.plan.quorum));
		let context = &self.shared.context;
		let committee: Vec<AccountBytes> = self
			.task
			.committee
			.0
			.iter()
			.map(|member| member.0)
			.collect();
		let missing = progress.missing(&committee);
		let reachable =
			|progress: &Progress| committee.len().saturating_sub(progress.refused.len()) >= quorum;
		if progress.attestations.len() >= quorum || !reachable(progress) {
			return Ok(());
		}
		let seats = context.chain().best().await?.seats(Kind::Attestor).await?;
		let request = Request::new(receipt, signature);
		let mut asking: FuturesUnordered<_> = seats
			.iter()
			.filter(|seat| missing.contains(&seat.account.0))
			.map(|seat| {
				self.ask(
					seat.account.0,
					seat.key,
					text(&seat.endpoint),
					&request,
					receipt,
				)
			})
			.collect();
		let mut grace = None;
		loop {
			let next = match grace {
				None => asking.next().await,
				Some(until) => match tokio::time::timeout_at(until, asking.next()).await {
					Ok(next) => next,
					Err(_) => break,
				},
			};
			let Some((attestor, answer)) = next else {
				break;
			};
			match answer {
				Some(Ok(attested)) => progress.attest(&attested),
				Some(Err(why)) => {
					let attestor = hex::encode(attestor);
					tracing::warn!(run, task, attestor, why, "an attestor refused");
					progress.refused.insert(attestor, short(&why));
				}
				None => (),
			}
			progress.save(&context.home)?;
			if !reachable(progress) {
				break;
			}
			if progress.attestations.len() >= quorum && grace.is_none() {
				grace = Some(tokio::time::Instant::now() + GRACE);
			}
		}
		Ok(())
	}

	/// Asks one attestor again and again until it answers or the task's deadline has passed.
	async fn ask(
		&self,
		attestor: AccountBytes,
		key: PublicKey,
		endpoint: String,
		request: &Request,
		receipt: &Receipt,
	) -> (AccountBytes, Option<Result<SignedAttestation, String>>) {
		let id = receipt.id();
		let mut wait = Duration::from_millis(500);
		while self.shared.now.load(Ordering::Relaxed) < self.task.deadline {
			match post(&self.shared.context.http, &endpoint, request).await {
				Ok(verdict) => {
					let checked = verdict.open().and_then(|attested| {
						check(&attested, &attestor, &key, &id).map(|()| attested)
					});
					return (attestor, Some(checked));
				}
				Err(why) => {
					let (run, task) = (self.run, self.index);
					let attestor = hex::encode(attestor);
					tracing::debug!(run, task, attestor, why, "no answer yet");
				}
			}
			tokio::time::sleep(wait).await;
			wait = (wait * 2).min(Duration::from_secs(4));
		}
		(attestor, None)
	}
}

/// An attestation counts when it is by who was asked, and holds by both rules.
fn check(
	attested: &SignedAttestation,
	attestor: &AccountBytes,
	key: &PublicKey,
	receipt: &Digest,
) -> Result<(), String> {
	if attested.attestor != *attestor {
		return Err("answered in somebody else's name".into());
	}
	let message = attested.attestation(*receipt).pae();
	match judge(key, &message, &attested.signature).both() {
		true => Ok(()),
		false => Err("answered with a signature that does not hold".into()),
	}
}

async fn post(
	http: &reqwest::Client,
	endpoint: &str,
	request: &Request,
) -> Result<Verdict, String> {
	let url = format!("{}/attest", endpoint.trim_end_matches('/'));
	// An attestor may have to fetch and execute first.
	let sent = http
		.post(&url)
		.json(request)
		.timeout(PATIENCE * 6)
		.send()
		.await;
	let response = sent.map_err(|error| format!("{url}: {error}"))?;
	let status = response.status();
	let body = body(response).await;
	if !status.is_success() {
		let why = String::from_utf8_lossy(&body.unwrap_or_default()).into_owned();
		return Err(format!("{url} answered {status}: {}", short(&why)));
	}
	let body = body.map_err(|error| format!("{url}: {error}"))?;
	serde_json::from_slice(&body).map_err(|error| format!("{url}: {error}"))
}

/// What an attestor answers, unless it is longer than it can have to be.
async fn body(mut response: reqwest::Response) -> Result<Vec<u8>, String> {
	let mut body = Vec::new();
	while let Some(piece) = response.chunk().await.map_err(|e| e.to_string())? {
		body.extend_from_slice(&piece);
		if body.len() > MAX_ANSWER {
			return Err(format!("the answer is longer than {MAX_ANSWER} bytes"));
		}
	}
	Ok(body)
}

fn short(text: &str) -> String {
	text.chars().take(MAX_REASON).collect()
}

#[cfg(test)]
mod tests {
	use super::super::tests::{attested, receipt};
	use super::*;
	use axum::{http::StatusCode, routing::post as route, Router};
	use guerdon_receipt::sign::{public_key, SigningKey};

	#[test]
	fn an_attestation_must_be_by_who_was_asked() {
		let id = receipt(7).id();
		let key = public_key(&SigningKey::from_bytes(&[1; 32]));
		let good = attested(1, id);
		assert_eq!(check(&good, &[1; 32], &key, &id), Ok(()));
		assert!(check(&good, &[2; 32], &key, &id)
			.unwrap_err()
			.contains("name"));
		assert!(check(&good, &[1; 32], &key, &[0; 32])
			.unwrap_err()
			.contains("hold"));
		let mut other = good.clone();
		other.states = [0; 32];
		assert!(check(&other, &[1; 32], &key, &id)
			.unwrap_err()
			.contains("hold"));
	}

	/// What is made of an attestor's answer.
	async fn answered(
		status: StatusCode,
		body: impl Into<axum::body::Body>,
	) -> Result<Verdict, String> {
		let body = std::sync::Mutex::new(Some(body.into()));
		let body = std::sync::Arc::new(body);
		let answer = move || async move { (status, body.lock().unwrap().take().unwrap()) };
		let router = Router::new().route("/attest", route(answer));
		let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
		let endpoint = format!("http://{}", listener.local_addr().unwrap());
		tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
		let request = Request::new(&receipt(7), &[0; 64]);
		post(&reqwest::Client::new(), &endpoint, &request).await
	}

	#[tokio::test]
	async fn an_answer_is_read_as_far_as_it_makes_sense() {
		let refused = answered(StatusCode::OK, r#"{"refused":"no"}"#)
			.await
			.unwrap();
		assert_eq!(refused.open(), Err("no".into()));
		let endless = futures::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b'a'; 1 << 16]));
		for status in [StatusCode::OK, StatusCode::SERVICE_UNAVAILABLE] {
			let body = axum::body::Body::from_stream(endless.clone());
			let why = answered(status, body).await.unwrap_err();
			assert!(why.len() < 1_000, "{why}");
		}
		let padded = format!(r#"{{"refused":"{}"}}"#, "a".repeat(MAX_ANSWER));
		let why = answered(StatusCode::OK, padded).await.unwrap_err();
		assert!(why.contains("longer than"), "{why}");
		let busy = answered(StatusCode::SERVICE_UNAVAILABLE, "ask again").await;
		assert!(busy
			.unwrap_err()
			.contains("503 Service Unavailable: ask again"));
	}
}
