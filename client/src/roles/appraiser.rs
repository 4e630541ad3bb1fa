//! Counting what scores are computed from, when drawn for it: commit, then reveal.

use super::{secrets::hex32, Context, Failure, Heads, Jobs, Shutdown};
use crate::{
	chain::{
		api::{self, AppraisalView, Phase, State as RunState},
		At, Error, View,
	},
	engine::appraise::blake2_256,
};
use guerdon_receipt::{AccountBytes, Digest, RunId};
use guerdon_valuation::commitment;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use subxt::utils::H256;

/// What this appraiser bound itself to: `HOME/appraisals/<run>-<draw>.json`, written before the
/// commitment is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Bound {
	#[serde(with = "hex32")]
	salt: Digest,
	#[serde(with = "hex32")]
	digest: Digest,
}

impl Bound {
	fn path(home: &Path, run: RunId, draw: u8) -> PathBuf {
		home.join("appraisals").join(format!("{run}-{draw}.json"))
	}

	/// What was written for a draw, or else a new one for what `digest` came to now.
	fn to(home: &Path, run: RunId, draw: u8, digest: Digest) -> std::io::Result<Self> {
		let path = Self::path(home, run, draw);
		if let Some(bound) = super::load(&path)? {
			return Ok(bound);
		}
		let mut salt = [0; 32];
		getrandom::getrandom(&mut salt).map_err(std::io::Error::other)?;
		let bound = Bound { salt, digest };
		super::save(&path, &bound)?;
		Ok(bound)
	}

	fn commitment(&self, run: RunId, appraiser: &AccountBytes) -> Digest {
		blake2_256(&commitment(run, appraiser, &self.salt, &self.digest))
	}
}

/// What an appraisal asks of an appraiser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Duty {
	Commit,
	Reveal,
}

fn duty(view: &AppraisalView, me: &AccountBytes, now: u32) -> Option<Duty> {
	if !view
		.appraisal
		.appraisers
		.0
		.iter()
		.any(|drawn| drawn.0 == *me)
	{
		return None;
	}
	let mine = view.commitments.iter().find(|(who, _)| who.0 == *me);
	match (&view.appraisal.phase, mine) {
		(Phase::Committing { deadline }, None) if now < *deadline => Some(Duty::Commit),
		(Phase::Revealing { deadline }, Some((_, None))) if now < *deadline => Some(Duty::Reveal),
		_ => None,
	}
}

/// Appraises until `shutdown`.
pub async fn run(context: Context, shutdown: Shutdown) {
	let mut heads = Heads::new(&context, &shutdown);
	let mut jobs = Jobs::new();
	tracing::info!(account = %context.account(), "appraising");
	while let Some(view) = heads.next().await {
		jobs.reap("appraiser").await;
		if let Err(failure) = look(&context, &view, &mut jobs).await {
			tracing::warn!(%failure, block = view.number, "could not look for appraisals");
		}
	}
}

async fn look(context: &Context, view: &View, jobs: &mut Jobs<RunId>) -> Result<(), Failure> {
	let me = context.account().0;
	for (id, run) in view.runs().await? {
		if run.state != RunState::Appraising || !jobs.idle(&id) {
			continue;
		}
		let Some(appraisal) = view.appraisal(id).await? else {
			continue;
		};
		let draw = appraisal.appraisal.draws;
		match duty(&appraisal, &me, view.number) {
			Some(Duty::Commit) => jobs.start(&id, commit(context.clone(), id, draw)),
			Some(Duty::Reveal) => jobs.start(&id, reveal(context.clone(), id, draw)),
			None => (),
		}
	}
	Ok(())
}

async fn commit(context: Context, id: RunId, draw: u8) -> Result<(), Failure> {
	let view = context.chain().at(At::Best).await?;
	let run = view.run(id).await?;
	let began = std::time::Instant::now();
	let appraised = context.inputs.appraise(&view, id, &run).await?;
	let (points, users, took) = (
		appraised.header.points,
		appraised.header.users,
		began.elapsed(),
	);
	tracing::info!(run = id, points, users, ?took, "appraised");
	let bound = Bound::to(&context.home, id, draw, appraised.digest)?;
	let hash = bound.commitment(id, &context.account().0);
	let call = api::transactions().valuation().commit(id, H256(hash));
	sent(id, "committed", context.send(&call).await)
}

async fn reveal(context: Context, id: RunId, draw: u8) -> Result<(), Failure> {
	let bound: Option<Bound> = super::load(&Bound::path(&context.home, id, draw))?;
	let bound = bound.ok_or_else(|| {
		Failure::Here("the salt of the commitment is not in this home folder".into())
	})?;
	let call = api::transactions()
		.valuation()
		.reveal(id, H256(bound.salt), bound.digest);
	sent(id, "revealed", context.send(&call).await)
}

/// A second copy of what has happened already does no harm.
fn sent<T>(run: RunId, what: &str, sent: Result<T, Error>) -> Result<(), Failure> {
	match sent {
		Ok(_) => {
			tracing::info!(run, "{what}");
			Ok(())
		}
		Err(error)
			if error.is("Valuation.AlreadyCommitted") || error.is("Valuation.AlreadyRevealed") =>
		{
			Ok(())
		}
		Err(error) => Err(error.into()),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_salt_is_on_disk_before_it_is_needed_and_never_changes() {
		let home = tempfile::tempdir().unwrap();
		let bound = Bound::to(home.path(), 1, 1, [7; 32]).unwrap();
		assert_eq!(
			super::super::load(&Bound::path(home.path(), 1, 1)).unwrap(),
			Some(bound.clone())
		);
		let again = Bound::to(home.path(), 1, 1, [8; 32]).unwrap();
		assert_eq!(again, bound, "what was committed to cannot be changed");
		let redrawn = Bound::to(home.path(), 1, 2, [7; 32]).unwrap();
		assert_ne!(
			redrawn.salt, bound.salt,
			"the first salt may be public by now"
		);
		assert_ne!(bound.commitment(1, &[1; 32]), bound.commitment(1, &[2; 32]));
	}
}
