//! What daemons do: work, attest, appraise, move runs on, and answer for a sponsor.
//!
//! Every role looks at the chain whenever there is a new best block, and does what is due by then.
//! Nothing a role keeps in memory matters: what must survive is in its home folder, so a role that
//! was killed goes on where it was.

pub mod appraiser;
pub mod attestor;
pub mod duties;
pub mod evidence;
pub mod inputs;
pub mod keeper;
pub mod labeller;
mod members;
pub mod secrets;
pub mod sponsor;
pub mod work;

use crate::{
	blobs::Store,
	chain::{self, AccountId, Chain, Error, Included, Link, View, Wait},
	disk::{self, Lock},
};
pub use axum::Router;
use evidence::Evidence;
use guerdon_receipt::sign::SigningKey;
use inputs::{Asker, Inputs};
use std::{
	fs,
	future::Future,
	io,
	path::{Path, PathBuf},
	sync::Arc,
	time::Duration,
};
use subxt_signer::sr25519::Keypair;
use tokio::time::{sleep, Instant};
pub use tokio_util::sync::CancellationToken as Shutdown;

/// How long a stranger's daemon may take to answer a short question.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long a node may take to begin, and the time between two attempts to reach it.
const NODE_BEGINS: Duration = Duration::from_secs(60);
const AGAIN: Duration = Duration::from_secs(2);

/// Whom a role acts for, and with what.
#[derive(Clone)]
pub struct Context {
	link: Link,
	/// Blobs that are served and fetched.
	pub store: Store,
	/// Evidence that is served.
	pub evidence: Evidence,
	/// The home folder.
	pub home: PathBuf,
	/// Pays for and signs what is sent.
	pub signer: Arc<Keypair>,
	/// Signs receipts and attestations.
	pub receipt_key: Arc<SigningKey>,
	/// Where others reach this daemon.
	pub endpoint: String,
	/// What runs need, fetched once.
	pub inputs: Inputs,
	http: reqwest::Client,
}

impl Context {
	/// Puts together what roles need, and keeps up the connection from now on. Must be called
	/// inside of a Tokio runtime.
	///
	/// # Errors
	/// When the home folder cannot be used, or belongs to another chain.
	pub fn new(
		chain: Chain,
		home: &Path,
		signer: Keypair,
		receipt_key: SigningKey,
		endpoint: String,
	) -> Result<Self, Failure> {
		let store = Store::open(home)?;
		let http = http()?;
		let link = Link::keep(chain, home)?;
		let signer = Arc::new(signer);
		let asker = Asker {
			chain: {
				let link = link.clone();
				Arc::new(move || link.chain())
			},
			signer: signer.clone(),
			http: http.clone(),
		};
		Ok(Context {
			link,
			inputs: Inputs::new(store.clone()).asking(asker),
			store,
			evidence: Evidence::open(home)?,
			home: home.to_path_buf(),
			signer,
			receipt_key: Arc::new(receipt_key),
			endpoint,
			http,
		})
	}

	/// The account that signs.
	pub fn account(&self) -> AccountId {
		Chain::account_of(&self.signer)
	}

	/// The connection as it is now. It is made anew when it is lost: ask again rather than keep it.
	pub fn chain(&self) -> Chain {
		self.link.chain()
	}

	/// Ends when there is nothing more to be done here, with the reason: another chain has taken
	/// the place of the one that the home folder belongs to.
	pub async fn failed(&self) -> Error {
		self.link.failed().await
	}

	/// Sends a call and waits until it is in a block. Finality is not waited for: whatever a role
	/// sends, it sends again when the block is replaced and it is due again.
	async fn send(
		&self,
		call: &(impl subxt::transactions::Payload + Sync),
	) -> Result<Included, Error> {
		self.chain().submit(&self.signer, call, Wait::Best).await
	}

	/// What this daemon serves: blobs and evidence.
	pub fn router(&self) -> Router {
		crate::serve::router(self.store.clone()).merge(self.evidence.clone().router())
	}
}

/// What asks strangers' daemons.
///
/// # Errors
/// When the system's certificates cannot be used.
pub fn http() -> io::Result<reqwest::Client> {
	reqwest::Client::builder()
		.connect_timeout(PATIENCE)
		// Before a daemon closes what is idle: a request on a connection just closed is lost.
		.pool_idle_timeout(Duration::from_secs(5))
		.redirect(reqwest::redirect::Policy::none())
		.build()
		.map_err(io::Error::other)
}

/// Holds a role in a home folder: two daemons that do the same with the same files would send
/// everything twice, and overwrite each other's.
///
/// # Errors
/// [`io::ErrorKind::WouldBlock`] when another daemon has it, otherwise when the folder cannot be
/// used.
pub fn hold(home: &Path, role: &str) -> io::Result<Lock> {
	disk::lock(&home.join(format!("{role}.lock")))
}

/// What `begin` gives as soon as a node answers. One that begins together with a daemon, as after a
/// power failure, is waited for.
///
/// # Errors
/// Those of `begin`; [`Error::NotConnected`] after a minute.
pub async fn with_node<T>(begin: impl AsyncFn() -> Result<T, Failure>) -> Result<T, Failure> {
	with_node_within(NODE_BEGINS, AGAIN, begin).await
}

async fn with_node_within<T>(
	patience: Duration,
	again: Duration,
	begin: impl AsyncFn() -> Result<T, Failure>,
) -> Result<T, Failure> {
	let give_up = Instant::now() + patience;
	let mut told = false;
	loop {
		match begin().await {
			Err(Failure::Chain(error @ Error::NotConnected { .. })) if Instant::now() < give_up => {
				if !told {
					let seconds = patience.as_secs();
					tracing::warn!(%error, "waiting for the node, for {seconds} s at most");
					told = true;
				}
				sleep(again).await;
			}
			ended => return ended,
		}
	}
}

/// The best blocks, each once, without those that were overtaken while nobody looked.
struct Heads {
	heads: chain::Heads,
	shutdown: Shutdown,
}

impl Heads {
	fn new(context: &Context, shutdown: &Shutdown) -> Self {
		Heads {
			heads: context.link.heads(),
			shutdown: shutdown.clone(),
		}
	}

	/// The next best block; `None` when it is time to stop.
	async fn next(&mut self) -> Option<View> {
		tokio::select! {
			() = self.shutdown.cancelled() => None,
			view = self.heads.next() => view,
		}
	}
}

/// A JSON file that a role keeps; `None` where there is none.
fn load<T: serde::de::DeserializeOwned>(path: &Path) -> io::Result<Option<T>> {
	match fs::read(path) {
		Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|error| {
			io::Error::new(
				io::ErrorKind::InvalidData,
				format!("{}: {error}", path.display()),
			)
		}),
		Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
		Err(error) => Err(io::Error::new(
			error.kind(),
			format!("{}: {error}", path.display()),
		)),
	}
}

fn save(path: &Path, value: &impl serde::Serialize) -> io::Result<()> {
	let bytes = serde_json::to_vec_pretty(value).map_err(io::Error::other)?;
	disk::replace(path, &bytes)
}

/// Runs something that computes for long without holding up what only waits.
async fn compute<T: Send + 'static>(
	work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
	tokio::task::spawn_blocking(work)
		.await
		.map_err(|error| Failure::Here(error.to_string()))
}

/// Why something a role wanted to do did not happen this time.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
	/// The chain.
	#[error(transparent)]
	Chain(#[from] Error),
	/// A blob.
	#[error(transparent)]
	Blob(#[from] crate::blobs::Error),
	/// A gated dataset.
	#[error(transparent)]
	Gated(#[from] crate::gated::Refused),
	/// The execution.
	#[error(transparent)]
	Engine(#[from] crate::engine::Error),
	/// A file.
	#[error(transparent)]
	File(#[from] io::Error),
	/// Anything else, in words.
	#[error("{0}")]
	Here(String),
}

/// Keeps one piece of work per key going, and waits before one that failed is begun again.
struct Jobs<K> {
	running: std::collections::HashMap<K, Job>,
}

struct Job {
	task: Option<tokio::task::JoinHandle<Result<(), Failure>>>,
	failures: u32,
	again: Instant,
}

impl<K: std::hash::Hash + Eq + Clone + std::fmt::Debug> Jobs<K> {
	fn new() -> Self {
		Jobs {
			running: std::collections::HashMap::new(),
		}
	}

	/// Looks at what has ended, and logs what failed.
	async fn reap(&mut self, role: &'static str) {
		for (key, job) in &mut self.running {
			let Some(task) = job.task.take_if(|task| task.is_finished()) else {
				continue;
			};
			let failure = match task.await {
				Ok(Ok(())) => {
					job.failures = 0;
					job.again = Instant::now();
					continue;
				}
				Ok(Err(failure)) => failure.to_string(),
				Err(error) => error.to_string(),
			};
			job.failures = job.failures.saturating_add(1);
			let wait = Duration::from_secs(1 << job.failures.min(5));
			job.again = Instant::now() + wait;
			tracing::warn!(role, ?key, %failure, again_in = ?wait, "did not work out");
		}
	}

	/// Whether nothing is going on for a key and it is not too early to try.
	fn idle(&self, key: &K) -> bool {
		self.running
			.get(key)
			.is_none_or(|job| job.task.is_none() && Instant::now() >= job.again)
	}

	/// Whether the last attempt did not work out.
	fn has_failed(&self, key: &K) -> bool {
		self.running.get(key).is_some_and(|job| job.failures > 0)
	}

	fn start(&mut self, key: &K, work: impl Future<Output = Result<(), Failure>> + Send + 'static) {
		let job = self.running.entry(key.clone()).or_insert_with(|| Job {
			task: None,
			failures: 0,
			again: Instant::now(),
		});
		job.task = Some(tokio::spawn(work));
	}
}

impl<K> Drop for Jobs<K> {
	fn drop(&mut self) {
		for task in self.running.values().filter_map(|job| job.task.as_ref()) {
			task.abort();
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::sync::atomic::{AtomicU32, Ordering};

	fn away() -> Failure {
		Failure::Chain(Error::NotConnected {
			url: "ws://127.0.0.1:1".into(),
			why: "nobody listens".into(),
		})
	}

	/// How often it was tried, and what came of it, when the node is there at the attempt `there`.
	async fn tried(there: u32) -> (u32, Result<u32, Failure>) {
		let attempts = AtomicU32::new(0);
		let (patience, again) = (Duration::from_millis(200), Duration::from_millis(1));
		let came = with_node_within(patience, again, async || {
			match attempts.fetch_add(1, Ordering::Relaxed) + 1 {
				attempt if attempt == there => Ok(attempt),
				_ => Err(away()),
			}
		});
		let came = came.await;
		(attempts.into_inner(), came)
	}

	#[tokio::test]
	async fn a_node_that_begins_later_is_waited_for_and_one_that_does_not_is_given_up() {
		assert!(matches!(tried(1).await, (1, Ok(1))));
		assert!(matches!(tried(3).await, (3, Ok(3))));
		let begun = Instant::now();
		let (attempts, came) = tried(u32::MAX).await;
		assert!(matches!(
			came,
			Err(Failure::Chain(Error::NotConnected { .. }))
		));
		assert!(begun.elapsed() >= Duration::from_millis(200) && attempts > 1);
	}

	#[tokio::test]
	async fn what_waiting_does_not_mend_is_told_at_once() {
		let attempts = AtomicU32::new(0);
		let came: Result<(), _> = with_node(async || {
			attempts.fetch_add(1, Ordering::Relaxed);
			let why = "another chain".into();
			Err(Error::Home { why }.into())
		})
		.await;
		assert!(matches!(came, Err(Failure::Chain(Error::Home { .. }))));
		assert_eq!(attempts.into_inner(), 1);
	}
}
