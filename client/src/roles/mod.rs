//! What daemons do: work, attest, appraise, move runs on, and answer for a sponsor.
//!
//! Every role looks at the chain whenever there is a new best block, and does what is due by then.
//! Nothing a role keeps in memory matters: what must survive is in its home folder, so a role that
//! was killed goes on where it was.

pub mod appraiser;
pub mod attestor;
pub mod evidence;
pub mod inputs;
pub mod keeper;
pub mod labeller;
pub mod secrets;
pub mod sponsor;
pub mod work;

use crate::{
	blobs::Store,
	chain::{AccountId, Chain, Error, Included, View, Wait},
};
pub use axum::Router;
use evidence::Evidence;
use futures::{Stream, StreamExt};
use guerdon_receipt::sign::SigningKey;
use inputs::Inputs;
use std::{
	fs,
	future::Future,
	io::{self, Write},
	path::{Path, PathBuf},
	pin::Pin,
	sync::{Arc, RwLock},
	time::Duration,
};
use subxt_signer::sr25519::Keypair;
pub use tokio_util::sync::CancellationToken as Shutdown;

/// Between two attempts to reach a node that went away.
const RECONNECT: Duration = Duration::from_secs(2);

/// A node that is silent for so long is asked again.
const SILENCE: Duration = Duration::from_secs(30);

/// How long a stranger's daemon may take to answer a short question.
const PATIENCE: Duration = Duration::from_secs(20);

/// Whom a role acts for, and with what.
#[derive(Clone)]
pub struct Context {
	chain: Arc<RwLock<Chain>>,
	reconnecting: Arc<tokio::sync::Mutex<()>>,
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
	/// Puts together what roles need.
	///
	/// # Errors
	/// When the home folder cannot be used.
	pub fn new(
		chain: Chain,
		home: &Path,
		signer: Keypair,
		receipt_key: SigningKey,
		endpoint: String,
	) -> io::Result<Self> {
		let store = Store::open(home).map_err(io::Error::other)?;
		let http = reqwest::Client::builder()
			.connect_timeout(PATIENCE)
			.redirect(reqwest::redirect::Policy::none())
			.build()
			.map_err(io::Error::other)?;
		Ok(Context {
			chain: Arc::new(RwLock::new(chain)),
			reconnecting: Arc::default(),
			inputs: Inputs::new(store.clone()),
			store,
			evidence: Evidence::open(home)?,
			home: home.to_path_buf(),
			signer: Arc::new(signer),
			receipt_key: Arc::new(receipt_key),
			endpoint,
			http,
		})
	}

	/// The account that signs.
	pub fn account(&self) -> AccountId {
		Chain::account_of(&self.signer)
	}

	/// The connection as it is now.
	pub fn chain(&self) -> Chain {
		self.chain
			.read()
			.unwrap_or_else(|poisoned| poisoned.into_inner())
			.clone()
	}

	/// Makes a new connection unless somebody else has done so meanwhile.
	async fn reconnect(&self) -> Result<(), Error> {
		let _one_at_a_time = self.reconnecting.lock().await;
		let old = self.chain();
		if old.best().await.is_ok() {
			return Ok(());
		}
		let new = Chain::connect(old.url()).await?;
		*self
			.chain
			.write()
			.unwrap_or_else(|poisoned| poisoned.into_inner()) = new;
		tracing::info!(url = old.url(), "connected again");
		Ok(())
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

type Views = Pin<Box<dyn Stream<Item = Result<View, Error>> + Send>>;

/// The best blocks, each once, without those that were overtaken while nobody looked.
struct Heads {
	context: Context,
	shutdown: Shutdown,
	views: Option<Views>,
}

impl Heads {
	fn new(context: &Context, shutdown: &Shutdown) -> Self {
		Heads {
			context: context.clone(),
			shutdown: shutdown.clone(),
			views: None,
		}
	}

	/// The next best block; `None` when it is time to stop.
	async fn next(&mut self) -> Option<View> {
		let shutdown = self.shutdown.clone();
		tokio::select! {
			() = shutdown.cancelled() => None,
			view = self.wait() => Some(view),
		}
	}

	async fn wait(&mut self) -> View {
		loop {
			match self.latest().await {
				Ok(view) => return view,
				Err(error) => {
					tracing::warn!(%error, "no blocks from the node");
					self.views = None;
					tokio::time::sleep(RECONNECT).await;
					if let Err(error) = self.context.reconnect().await {
						tracing::warn!(%error, "still no node");
					}
				}
			}
		}
	}

	async fn latest(&mut self) -> Result<View, Error> {
		let silent = || Error::Timeout("a question".into());
		let views = match &mut self.views {
			Some(views) => views,
			none => {
				let chain = self.context.chain();
				let connecting = tokio::time::timeout(SILENCE, chain.best_blocks()).await;
				none.insert(Box::pin(connecting.map_err(|_| silent())??))
			}
		};
		let ended = || Error::NotConnected {
			url: self.context.chain().url().into(),
			why: "the node sends no more blocks".into(),
		};
		let next = tokio::time::timeout(SILENCE, views.next())
			.await
			.map_err(|_| ended())?;
		let mut latest = next.ok_or_else(ended)??;
		while let Some(Some(next)) = futures::FutureExt::now_or_never(views.next()) {
			latest = next?;
		}
		Ok(latest)
	}
}

/// A file in its place, or not there at all.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
	let folder = path.parent().unwrap_or(Path::new("."));
	fs::create_dir_all(folder)?;
	let mut file = tempfile::NamedTempFile::with_prefix_in(".part-", folder)?;
	file.write_all(bytes)?;
	file.as_file().sync_all()?;
	file.persist(path).map_err(|error| error.error)?;
	Ok(())
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
	write(
		path,
		&serde_json::to_vec_pretty(value).map_err(io::Error::other)?,
	)
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
	again: tokio::time::Instant,
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
					job.again = tokio::time::Instant::now();
					continue;
				}
				Ok(Err(failure)) => failure.to_string(),
				Err(error) => error.to_string(),
			};
			job.failures = job.failures.saturating_add(1);
			let wait = Duration::from_secs(1 << job.failures.min(5));
			job.again = tokio::time::Instant::now() + wait;
			tracing::warn!(role, ?key, %failure, again_in = ?wait, "did not work out");
		}
	}

	/// Whether nothing is going on for a key and it is not too early to try.
	fn idle(&self, key: &K) -> bool {
		self.running
			.get(key)
			.is_none_or(|job| job.task.is_none() && tokio::time::Instant::now() >= job.again)
	}

	fn start(&mut self, key: &K, work: impl Future<Output = Result<(), Failure>> + Send + 'static) {
		let job = self.running.entry(key.clone()).or_insert_with(|| Job {
			task: None,
			failures: 0,
			again: tokio::time::Instant::now(),
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
