//! Handing in attested receipts, those of one run together.

use crate::{
	chain::{
		api::{self, runtime_types::bounded_collections::bounded_vec::BoundedVec, Submission},
		Error,
	},
	roles::{Context, Failure},
};
use guerdon_receipt::RunId;
use std::{collections::BTreeMap, time::Duration};
use tokio::sync::{mpsc, oneshot};

/// How long receipts are collected before they are handed in together.
const GATHER: Duration = Duration::from_millis(200);

/// Most receipts, and most signatures, of one call.
const MAX_RECEIPTS: usize = 16;
const MAX_SIGNATURES: usize = 128;

/// A receipt with enough attestations, on its way.
pub(super) struct Ready {
	pub(super) run: RunId,
	pub(super) submission: Submission,
	pub(super) outcome: oneshot::Sender<Result<Outcome, Failure>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
	Accepted,
	Refused(String),
	/// It was sent, and what became of it is not known.
	Unconfirmed(String),
}

/// Hands in what is ready, receipts of one run together.
pub(super) async fn submit_all(context: Context, mut ready: mpsc::UnboundedReceiver<Ready>) {
	while let Some(first) = ready.recv().await {
		tokio::time::sleep(GATHER).await;
		let mut waiting = vec![first];
		while let Ok(next) = ready.try_recv() {
			waiting.push(next);
		}
		for (run, batch) in batches(waiting) {
			tokio::spawn(submit(context.clone(), run, batch));
		}
	}
}

/// Calls of one run each, none of them too large for a block.
fn batches(waiting: Vec<Ready>) -> Vec<(RunId, Vec<Ready>)> {
	let mut batches: Vec<(RunId, Vec<Ready>, usize)> = Vec::new();
	for one in waiting {
		let signatures = one.submission.attestations.0.len().saturating_add(1);
		let fitting = batches.iter_mut().find(|(run, batch, used)| {
			*run == one.run
				&& batch.len() < MAX_RECEIPTS
				&& used.saturating_add(signatures) <= MAX_SIGNATURES
		});
		match fitting {
			Some((_, batch, used)) => {
				*used = used.saturating_add(signatures);
				batch.push(one);
			}
			None => batches.push((one.run, vec![one], signatures)),
		}
	}
	batches
		.into_iter()
		.map(|(run, batch, _)| (run, batch))
		.collect()
}

async fn submit(context: Context, run: RunId, batch: Vec<Ready>) {
	let items = batch.iter().map(|ready| ready.submission.clone()).collect();
	let call = api::transactions()
		.training()
		.submit(run, BoundedVec(items));
	let sent = context.send(&call).await;
	let refusals = sent.map(|included| {
		let events = included
			.events
			.find::<api::training::events::ReceiptRefused>();
		let refused = events.filter_map(Result::ok);
		refused
			.map(|event| (event.receipt, format!("{:?}", event.reason)))
			.collect::<BTreeMap<_, _>>()
	});
	for ready in batch {
		let outcome = match &refusals {
			Ok(refused) => Ok(match refused.get(&ready.submission.receipt.id()) {
				Some(reason) => Outcome::Refused(reason.clone()),
				None => Outcome::Accepted,
			}),
			Err(error @ Error::Unconfirmed { .. }) => Ok(Outcome::Unconfirmed(error.to_string())),
			Err(error) => Err(Failure::Here(error.to_string())),
		};
		// Whoever no longer listens was shut down.
		let _ = ready.outcome.send(outcome);
	}
}

#[cfg(test)]
mod tests {
	use super::super::tests::{attested, receipt};
	use super::*;
	use subxt::utils::Static;

	#[test]
	fn receipts_of_one_run_go_together_as_far_as_they_fit() {
		let ready = |run: RunId, signers: u8| {
			let receipt = receipt(run as u32);
			let attestations = (0..signers).map(|by| Static(attested(by, receipt.id())));
			let submission = Submission {
				receipt: Static(receipt.clone()),
				signature: [0; 64],
				attestations: BoundedVec(attestations.collect()),
			};
			Ready {
				run,
				submission,
				outcome: oneshot::channel().0,
			}
		};
		let sizes = |waiting: Vec<Ready>| -> Vec<(RunId, usize)> {
			batches(waiting)
				.into_iter()
				.map(|(run, batch)| (run, batch.len()))
				.collect()
		};
		assert_eq!(
			sizes(vec![ready(1, 2), ready(2, 2), ready(1, 2)]),
			[(1, 2), (2, 1)]
		);
		assert_eq!(
			sizes((0..17).map(|_| ready(1, 2)).collect()),
			[(1, 16), (1, 1)]
		);
		assert_eq!(
			sizes((0..9).map(|_| ready(1, 15)).collect()),
			[(1, 8), (1, 1)]
		);
	}
}
