//! Counting what scores are computed from, when drawn for it: commit, then reveal. What was agreed on
//! about gated datasets is also brought to the chain from here: no keeper can count it.

use super::{
	keeper::{self, Known},
	secrets::hex32,
	Context, Failure, Heads, Jobs, Shutdown,
};
use crate::{
	chain::{
		api::{self, AppraisalView, Phase, State as RunState},
		Error, View,
	},
	disk,
	engine::appraise::blake2_256,
};
use guerdon_receipt::{AccountBytes, Digest, RunId};
use guerdon_valuation::commitment;
use serde::{Deserialize, Serialize};
use std::{
	io,
	path::{Path, PathBuf},
	time::Duration,
};
use subxt::utils::H256;

/// How long an appraiser waits for each one drawn before it to bring what was agreed on: two that
/// bring the same pay for it twice.
const TURN: Duration = Duration::from_secs(12);

/// What this appraiser bound itself to in one draw, written before the commitment is sent. There is
/// one salt for ever, and it is what keeps a commitment shut. The digest may still change while the
/// chain knows of no commitment; all that were sent are kept, for one that seemed lost with its
/// block can come back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Bound {
	salt: Hex,
	/// The latest one last.
	digests: Vec<Hex>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
struct Hex(#[serde(with = "hex32")] Digest);

/// `HOME/appraisals/<genesis>/<account>/<run>-<draw>.json`: the same numbers mean something else on
/// another chain, and to another account.
fn path(home: &Path, genesis: &Digest, me: &AccountBytes, run: RunId, draw: u8) -> PathBuf {
	home.join("appraisals")
		.join(hex::encode(genesis))
		.join(hex::encode(me))
		.join(format!("{run}-{draw}.json"))
}

fn place(context: &Context, run: RunId, draw: u8) -> PathBuf {
	let (genesis, me) = (context.chain().genesis(), context.account().0);
	path(&context.home, &genesis, &me, run, draw)
}

impl Bound {
	/// Binds to `digest`, with the salt that is there, or else a new one.
	fn to(path: &Path, digest: Digest) -> io::Result<Self> {
		let mut salt = [0; 32];
		getrandom::getrandom(&mut salt).map_err(io::Error::other)?;
		let first = Bound {
			salt: Hex(salt),
			digests: vec![Hex(digest)],
		};
		if disk::create(path, &first.json()?)? {
			return Ok(first);
		}
		let mut bound: Self = super::load(path)?
			.ok_or_else(|| io::Error::other(format!("{} came and went", path.display())))?;
		if bound.digests.last() != Some(&Hex(digest)) {
			bound.digests.retain(|sent| *sent != Hex(digest));
			bound.digests.push(Hex(digest));
			disk::replace(path, &bound.json()?)?;
		}
		Ok(bound)
	}

	fn json(&self) -> io::Result<Vec<u8>> {
		serde_json::to_vec_pretty(self).map_err(io::Error::other)
	}

	fn commitment(&self, run: RunId, appraiser: &AccountBytes, digest: &Digest) -> Digest {
		blake2_256(&commitment(run, appraiser, &self.salt.0, digest))
	}

	/// The digest behind a commitment of this salt.
	fn behind(&self, hash: &Digest, run: RunId, appraiser: &AccountBytes) -> Option<Digest> {
		let mut sent = self.digests.iter().map(|digest| digest.0);
		sent.find(|digest| self.commitment(run, appraiser, digest) == *hash)
	}
}

/// What an appraisal asks of an appraiser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Duty {
	Commit,
	Reveal,
	Stream,
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
		(Phase::Streaming { deadline, .. }, _) if now < *deadline => Some(Duty::Stream),
		_ => None,
	}
}

/// Appraises until `shutdown`.
pub async fn run(context: Context, shutdown: Shutdown) {
	let mut heads = Heads::new(&context, &shutdown);
	let mut jobs = Jobs::new();
	let known = Known::default();
	tracing::info!(account = %context.account(), "appraising");
	while let Some(view) = heads.next().await {
		jobs.reap("appraiser").await;
		if let Err(failure) = look(&context, &view, &known, &mut jobs).await {
			tracing::warn!(%failure, block = view.number, "could not look for appraisals");
		}
	}
}

async fn look(
	context: &Context,
	view: &View,
	known: &Known,
	jobs: &mut Jobs<RunId>,
) -> Result<(), Failure> {
	let me = context.account().0;
	for (id, run) in view.runs().await? {
		if !jobs.idle(&id) {
			continue;
		}
		if run.state != RunState::Appraising {
			known
				.lock()
				.unwrap_or_else(|poisoned| poisoned.into_inner())
				.remove(&id);
			continue;
		}
		let Some(appraisal) = view.appraisal(id).await? else {
			continue;
		};
		match duty(&appraisal, &me, view.number) {
			Some(Duty::Commit) => jobs.start(&id, commit(context.clone(), id)),
			Some(Duty::Reveal) => jobs.start(&id, reveal(context.clone(), id)),
			Some(Duty::Stream) => jobs.start(&id, bring(context.clone(), known.clone(), id)),
			None => (),
		}
	}
	Ok(())
}

async fn commit(context: Context, id: RunId) -> Result<(), Failure> {
	let me = context.account().0;
	let view = context.chain().best().await?;
	let run = view.run(id).await?;
	let began = std::time::Instant::now();
	let appraised = context.inputs.appraise(&view, id, &run).await?;
	let (points, users, took) = (
		appraised.header.points,
		appraised.header.users,
		began.elapsed(),
	);
	tracing::info!(run = id, points, users, ?took, "appraised");
	// That took a while: the draw may be over, and a commitment to it worth nothing.
	let view = context.chain().best().await?;
	let Some(appraisal) = view.appraisal(id).await? else {
		return Ok(());
	};
	if duty(&appraisal, &me, view.number) != Some(Duty::Commit) {
		return Ok(());
	}
	let path = place(&context, id, appraisal.appraisal.draws);
	let hash = Bound::to(&path, appraised.digest)?.commitment(id, &me, &appraised.digest);
	let call = api::transactions().valuation().commit(id, H256(hash));
	sent(id, "committed", context.send(&call).await)
}

async fn reveal(context: Context, id: RunId) -> Result<(), Failure> {
	let me = context.account();
	let view = context.chain().best().await?;
	let Some(appraisal) = view.appraisal(id).await? else {
		return Ok(());
	};
	if duty(&appraisal, &me.0, view.number) != Some(Duty::Reveal) {
		return Ok(());
	}
	let storage = view.client().storage();
	let committed = storage
		.try_fetch(api::storage().valuation().commitments(), (id, me))
		.await
		.map_err(|error| unread(&error))?;
	let committed = committed
		.map(|value| value.decode())
		.transpose()
		.map_err(|error| unread(&error))?;
	let Some(committed) = committed else {
		return Ok(());
	};
	let path = place(&context, id, appraisal.appraisal.draws);
	let bound: Option<Bound> = super::load(&path)?;
	let opened = bound.and_then(|bound| {
		let digest = bound.behind(&committed.hash.0, id, &me.0)?;
		Some((bound.salt.0, digest))
	});
	let (salt, digest) = opened.ok_or_else(|| {
		Failure::Here(format!(
			"what the commitment to run {id} was made with is not in {}",
			path.display()
		))
	})?;
	let call = api::transactions()
		.valuation()
		.reveal(id, H256(salt), digest);
	sent(id, "revealed", context.send(&call).await)
}

/// Brings what was agreed on about gated datasets to the chain, unless an appraiser drawn before this
/// one does.
async fn bring(context: Context, known: Known, id: RunId) -> Result<(), Failure> {
	let me = context.account().0;
	let view = context.chain().best().await?;
	let run = view.run(id).await?;
	if !context.inputs.is_gated(&view, &run).await? {
		return Ok(());
	}
	let Some(appraisal) = view.appraisal(id).await? else {
		return Ok(());
	};
	let drawn = appraisal.appraisal.appraisers.0.iter();
	let before = drawn.take_while(|drawn| drawn.0 != me).count();
	let before = u32::try_from(before).unwrap_or(u32::MAX);
	tokio::time::sleep(TURN.saturating_mul(before)).await;
	let view = context.chain().best().await?;
	match view.appraisal(id).await? {
		Some(appraisal) if duty(&appraisal, &me, view.number) == Some(Duty::Stream) => {
			keeper::stream(context, known, view, id).await
		}
		_ => Ok(()),
	}
}

fn unread(error: &dyn std::error::Error) -> Failure {
	Failure::Here(format!("the chain's storage could not be read: {error}"))
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

	const ME: AccountBytes = [9; 32];

	#[test]
	fn the_first_salt_stays_and_every_digest_is_kept() {
		let home = tempfile::tempdir().unwrap();
		let path = path(home.path(), &[5; 32], &ME, 1, 1);
		let first = Bound::to(&path, [7; 32]).unwrap();
		assert_eq!(super::super::load(&path).unwrap(), Some(first.clone()));
		assert_eq!(Bound::to(&path, [7; 32]).unwrap(), first);
		for digests in [[7, 8], [8, 7]] {
			let bound = Bound::to(&path, [digests[1]; 32]).unwrap();
			assert_eq!(bound.salt, first.salt);
			assert_eq!(bound.digests, digests.map(|digest| Hex([digest; 32])));
			assert_eq!(super::super::load(&path).unwrap(), Some(bound));
		}
	}

	#[test]
	fn what_is_on_chain_decides_which_digest_is_revealed() {
		let home = tempfile::tempdir().unwrap();
		let path = path(home.path(), &[5; 32], &ME, 1, 1);
		Bound::to(&path, [7; 32]).unwrap();
		let bound = Bound::to(&path, [8; 32]).unwrap();
		for digest in [[7; 32], [8; 32]] {
			let hash = bound.commitment(1, &ME, &digest);
			assert_eq!(bound.behind(&hash, 1, &ME), Some(digest));
			assert_eq!(bound.behind(&hash, 2, &ME), None);
			assert_eq!(bound.behind(&hash, 1, &[1; 32]), None);
		}
		let other = bound.commitment(1, &ME, &[6; 32]);
		assert_eq!(bound.behind(&other, 1, &ME), None);
	}

	#[test]
	fn a_salt_is_for_one_chain_one_account_one_run_and_one_draw() {
		let home = tempfile::tempdir().unwrap();
		let places = [
			([5; 32], ME, 1, 1),
			([6; 32], ME, 1, 1),
			([5; 32], [8; 32], 1, 1),
			([5; 32], ME, 2, 1),
			([5; 32], ME, 1, 2),
		];
		let salts = places.map(|(genesis, me, run, draw)| {
			let path = path(home.path(), &genesis, &me, run, draw);
			Bound::to(&path, [7; 32]).unwrap().salt.0
		});
		let different: std::collections::BTreeSet<Digest> = salts.into_iter().collect();
		assert_eq!(different.len(), places.len());
	}

	#[test]
	fn daemons_that_share_a_home_share_the_salt() {
		let home = tempfile::tempdir().unwrap();
		let path = path(home.path(), &[5; 32], &ME, 1, 1);
		let salts = std::thread::scope(|scope| {
			let daemons = [(); 4].map(|()| scope.spawn(|| Bound::to(&path, [7; 32]).unwrap().salt));
			daemons.map(|daemon| daemon.join().unwrap())
		});
		assert!(salts.iter().all(|salt| *salt == salts[0]));
	}

	#[test]
	fn a_salt_that_cannot_be_read_is_not_replaced() {
		let home = tempfile::tempdir().unwrap();
		let path = path(home.path(), &[5; 32], &ME, 1, 1);
		disk::create(&path, b"{").unwrap();
		assert!(Bound::to(&path, [7; 32]).is_err());
		assert_eq!(std::fs::read(&path).unwrap(), b"{");
	}
}
