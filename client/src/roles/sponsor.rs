//! Answering for the runs that an account sponsors: feedback batches, and the test set when its
//! time has come.

use super::{
	keeper::nobody,
	secrets::{Batch, RunSecrets},
	Context, Failure, Heads, Jobs, Shutdown,
};
use crate::chain::{
	api::{
		self, runtime_types::bounded_collections::bounded_vec::BoundedVec, Phase, RunView,
		State as RunState,
	},
	Error, View,
};
use guerdon_receipt::{Role, RunId};
use subxt::utils::H256;

/// Answers until `shutdown`.
pub async fn run(context: Context, shutdown: Shutdown) {
	let mut heads = Heads::new(&context, &shutdown);
	let mut jobs = Jobs::new();
	tracing::info!(account = %context.account(), "sponsoring");
	while let Some(view) = heads.next().await {
		jobs.reap("sponsor").await;
		if let Err(failure) = look(&context, &view, &mut jobs).await {
			tracing::warn!(%failure, block = view.number, "could not look after sponsored runs");
		}
	}
}

async fn look(context: &Context, view: &View, jobs: &mut Jobs<RunId>) -> Result<(), Failure> {
	for (id, run) in view.runs().await? {
		let due = matches!(run.state, RunState::Working | RunState::Appraising);
		if run.sponsor == context.account() && due && jobs.idle(&id) {
			jobs.start(&id, answer(context.clone(), view.clone(), id));
		}
	}
	Ok(())
}

async fn answer(context: Context, view: View, id: RunId) -> Result<(), Failure> {
	let run = view.run(id).await?;
	let home = &context.home;
	let found = RunSecrets::find(home, &run.plan.test_commitment.0)?;
	let mut secrets = found.ok_or_else(|| {
		Failure::Here(format!(
			"the test set and salts of run {id} are not in this home folder"
		))
	})?;
	if secrets.run != Some(id) {
		// A note for people: without it everything goes on as well.
		if let Err(error) = secrets.adopt(home, id) {
			tracing::warn!(run = id, %error, "the run's number could not be noted");
		}
	}
	match run.run.state {
		RunState::Working => ask(&context, &secrets, id).await,
		RunState::Appraising => reveal(&context, &secrets, id, &run).await,
		_ => Ok(()),
	}
}

/// Posts the feedback batches that are not posted yet, one after the other. Which one is next is
/// read from the chain each time, and its number is sent along: whatever happens to blocks and
/// connections, the chain takes each batch once, in the order that the gold answers count on.
async fn ask(context: &Context, secrets: &RunSecrets, id: RunId) -> Result<(), Failure> {
	loop {
		let view = context.chain().best().await?;
		let run = view.run(id).await?;
		if run.run.state != RunState::Working {
			return Ok(());
		}
		let feedback = run.plan.feedback.as_ref();
		let planned = feedback.map_or(0, |feedback| feedback.batches);
		let number = run.run.feedback_posted;
		if number >= planned || nobody(&view, id, Role::User).await? {
			return Ok(());
		}
		let batch = numbered(&secrets.batches, number).ok_or_else(|| {
			Failure::Here(format!(
				"feedback batch {number} of run {id} is not in this home folder"
			))
		})?;
		if !context.store.has(&batch.root) {
			return Err(crate::blobs::Error::Missing(batch.root).into());
		}
		let (root, items) = (H256(batch.root), batch.items);
		let call = api::transactions()
			.training()
			.post_feedback(id, number, root, items);
		match context.send(&call).await {
			Ok(_) => tracing::info!(run = id, batch = number, items, "posted feedback"),
			Err(error) if over(&error) => {
				tracing::debug!(run = id, batch = number, %error, "nothing to post any more");
				return Ok(());
			}
			Err(error) => return Err(error.into()),
		}
	}
}

/// A batch by its number.
fn numbered(batches: &[Batch], number: u32) -> Option<&Batch> {
	batches.get(usize::try_from(number).ok()?)
}

/// The batch was posted already, or it is too late for any. What is left to do the next block
/// tells.
fn over(error: &Error) -> bool {
	[
		"Training.WrongState",
		"Training.TooLate",
		"Training.WrongBatch",
		"Training.BatchesExceeded",
		"Training.NobodyEnrolled",
	]
	.into_iter()
	.any(|name| error.is(name))
}

/// Shows the test set and the gold answers. Only by a finalized block: what is shown once cannot
/// be taken back, and a run that is still at work must not see it.
async fn reveal(
	context: &Context,
	secrets: &RunSecrets,
	id: RunId,
	run: &RunView,
) -> Result<(), Failure> {
	let view = context.chain().finalized().await?;
	let Some(appraisal) = view.appraisal(id).await? else {
		return Ok(());
	};
	if !matches!(appraisal.appraisal.phase, Phase::AwaitingTests { .. }) {
		return Ok(());
	}
	context.store.add_bytes(&secrets.tests(&context.home)?)?;
	let gold = match secrets.gold(&context.home)? {
		Some(gold) => {
			context.store.add_bytes(&gold)?;
			Some((H256(secrets.gold_root), H256(secrets.gold_salt)))
		}
		None => None,
	};
	let gold = gold.filter(|_| run.plan.feedback.is_some());
	let endpoint = BoundedVec(context.endpoint.clone().into_bytes());
	let (root, salt) = (H256(secrets.tests_root), H256(secrets.tests_salt));
	let call = api::transactions()
		.valuation()
		.reveal_tests(id, root, salt, gold, endpoint);
	match context.send(&call).await {
		Ok(_) => {
			tracing::info!(
				run = id,
				endpoint = context.endpoint,
				"revealed the test set"
			);
		}
		Err(error) if error.is("Valuation.WrongPhase") => (),
		Err(error) => return Err(error.into()),
	}
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_batch_has_the_place_that_its_number_says() {
		let batch = |root| Batch {
			root: [root; 32],
			items: 4,
		};
		let batches = [batch(1), batch(2)];
		assert_eq!(numbered(&batches, 0), Some(&batch(1)));
		assert_eq!(numbered(&batches, 1), Some(&batch(2)));
		assert_eq!(numbered(&batches, 2), None);
	}

	#[test]
	fn a_batch_that_is_there_already_is_no_failure() {
		let failed = |error: &str| Error::Failed {
			pallet: "Training".into(),
			error: error.into(),
			doc: String::new(),
		};
		assert!(over(&failed("WrongBatch")));
		assert!(over(&failed("TooLate")));
		assert!(!over(&failed("ItemsOutOfBounds")));
		assert!(!over(&Error::Unconfirmed {
			extrinsic: H256::zero(),
			why: String::new()
		}));
	}
}
