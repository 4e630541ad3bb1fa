//! Answering for the runs that an account sponsors: feedback batches, and the test set when its
//! time has come.

use super::{keeper::nobody, secrets::RunSecrets, Context, Failure, Heads, Jobs, Shutdown};
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
	if secrets.run.is_none() {
		secrets.adopt(home, id)?;
	}
	match run.run.state {
		RunState::Working => ask(&context, &secrets, &view, id, &run).await,
		RunState::Appraising => reveal(&context, &secrets, id, &run).await,
		_ => Ok(()),
	}
}

/// Posts the feedback batches that are not posted yet.
async fn ask(
	context: &Context,
	secrets: &RunSecrets,
	view: &View,
	id: RunId,
	run: &RunView,
) -> Result<(), Failure> {
	let planned = run
		.plan
		.feedback
		.as_ref()
		.map_or(0, |feedback| feedback.batches);
	let left = (0..planned).zip(&secrets.batches);
	let left: Vec<_> = left
		.filter(|(number, _)| *number >= run.run.feedback_posted)
		.collect();
	if left.is_empty() || nobody(view, id, Role::User).await? {
		return Ok(());
	}
	for (number, batch) in left {
		if !context.store.has(&batch.root) {
			return Err(crate::blobs::Error::Missing(batch.root).into());
		}
		let root = H256(batch.root);
		let call = api::transactions()
			.training()
			.post_feedback(id, root, batch.items);
		match context.send(&call).await {
			Ok(_) => {
				tracing::info!(
					run = id,
					batch = number,
					items = batch.items,
					"posted feedback"
				);
			}
			Err(error) if over(&error) => {
				tracing::debug!(run = id, %error, "no feedback any more");
				break;
			}
			Err(error) => return Err(error.into()),
		}
	}
	Ok(())
}

fn over(error: &Error) -> bool {
	[
		"Training.WrongState",
		"Training.TooLate",
		"Training.BatchesExceeded",
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
