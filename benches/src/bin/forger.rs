//! A trainer that does a third of its work: of three steps it skips two and hands on the state it
//! was given, of several results it takes the first for their mean, then signs for all of it.
//! Everything else is `guerdon work`: attestors have to find out from the evidence alone.

use anyhow::{Context as _, Result};
use clap::Parser;
use guerdon_client::{
	chain::Chain,
	engine::train::Stepper,
	keys::{Keyring, Passphrase},
	roles::{
		labeller::{External, Labeller},
		with_node,
		work::{self, Worker},
		Context, Shutdown,
	},
	serve,
};
use guerdon_runner::Program;
use std::{
	net::SocketAddr,
	path::PathBuf,
	sync::{
		atomic::{AtomicU32, Ordering},
		Arc,
	},
};

/// Forges receipts. Takes the options of `guerdon work`.
#[derive(Parser)]
struct Options {
	/// The node's JSON-RPC.
	#[arg(long, env = "GUERDON_URL", default_value = "ws://127.0.0.1:9944")]
	url: String,
	/// Who signs: a key's name, or //Name.
	#[arg(long, env = "GUERDON_SIGNER", value_name = "KEY")]
	signer: String,
	/// Folder of keys, blobs and everything else that is kept.
	#[arg(long, env = "GUERDON_HOME", value_name = "DIR")]
	home: PathBuf,
	/// Address to listen on.
	#[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8844")]
	listen: SocketAddr,
	/// Where others reach this daemon.
	#[arg(long, value_name = "URL")]
	endpoint: Option<String>,
	/// Answers feedback.
	#[arg(long, value_name = "COMMAND")]
	labeller: Option<String>,
}

/// Does one step in three.
struct Lazy {
	program: Program,
	asked: AtomicU32,
}

impl Stepper for Lazy {
	fn step(
		&self,
		config: &[u8],
		state: &[u8],
		batch: &[u8],
	) -> Result<Vec<u8>, guerdon_runner::Error> {
		match self.asked.fetch_add(1, Ordering::Relaxed) % 3 {
			0 => self.program.step(config, state, batch),
			_ => Ok(state.to_vec()),
		}
	}

	/// Averages nothing.
	fn aggregate(
		&self,
		_: &[u8],
		states: &[(u64, Vec<u8>)],
	) -> Result<Vec<u8>, guerdon_runner::Error> {
		let first = states
			.first()
			.ok_or(guerdon_runner::Error::Argument("aggregate"))?;
		Ok(first.1.clone())
	}
}

#[tokio::main]
async fn main() -> Result<()> {
	let options = Options::parse();
	let filter = tracing_subscriber::EnvFilter::try_from_env("GUERDON_LOG")
		.unwrap_or_else(|_| "info".into());
	tracing_subscriber::fmt()
		.with_env_filter(filter)
		.with_writer(std::io::stderr)
		.init();
	let keyring = Keyring::open(&options.home)?;
	let passphrase = Passphrase::from_env();
	let sealed = !options.signer.starts_with("//");
	let signer = keyring.signer(&options.signer, &passphrase)?;
	let receipt_key = keyring.receipt_key(sealed.then_some(&passphrase))?;
	let endpoint = options
		.endpoint
		.unwrap_or_else(|| format!("http://{}", options.listen));
	let chain = with_node(async || Ok(Chain::connect(&options.url).await?)).await?;
	let context = Context::new(chain, &options.home, signer, receipt_key, endpoint)?;
	let labeller = options
		.labeller
		.map(|command| Arc::new(External(command)) as Arc<dyn Labeller>);
	let stepper = |program: &Program| Lazy {
		program: program.clone(),
		asked: AtomicU32::new(0),
	};
	let shutdown = Shutdown::new();
	let router = context.router();
	let working = tokio::spawn(work::run(
		context,
		Worker { stepper, labeller },
		shutdown.clone(),
	));
	let stop = shutdown.clone();
	tokio::spawn(async move {
		use tokio::signal::unix::{signal, SignalKind};
		let terminated = async {
			match signal(SignalKind::terminate()) {
				Ok(mut signal) => signal.recv().await,
				Err(_) => std::future::pending().await,
			}
		};
		tokio::select! {
			_ = tokio::signal::ctrl_c() => (),
			_ = terminated => (),
		}
		stop.cancel();
	});
	let served = serve::listen(options.listen, router, shutdown.clone().cancelled_owned()).await;
	shutdown.cancel();
	working.await?;
	served.with_context(|| format!("cannot listen on {}", options.listen))
}
