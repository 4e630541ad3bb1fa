//! `guerdon serve`: one daemon for every role that others rely on.

use crate::{context::Context, fail::usage};
use anyhow::{Context as _, Result};
use clap::{Args as ClapArgs, ValueEnum};
use guerdon_client::roles::{self, appraiser, attestor, keeper, sponsor, Shutdown};
use std::{future::Future, net::SocketAddr};

/// Serves this home's blobs, and acts in the roles named.
///
/// A publisher needs no role: its datasets are blobs. Stop it with Ctrl-C.
#[derive(ClapArgs, Clone, Debug)]
pub struct Args {
	#[command(flatten)]
	place: Place,
	/// What else to do; may be given several times.
	#[arg(long, value_enum, value_delimiter = ',')]
	role: Vec<Role>,
}

/// What a daemon does besides serving blobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Role {
	/// Checks receipts that the signer is drawn for, and signs.
	Attestor,
	/// Appraises runs that the signer is drawn for.
	Appraiser,
	/// Moves runs on as soon as something is due, for their tips.
	Keeper,
	/// Posts feedback and reveals test sets of the signer's own runs.
	Sponsor,
}

/// Where a daemon listens, and where others find it.
#[derive(ClapArgs, Clone, Debug)]
pub struct Place {
	/// Address to listen on.
	#[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8844")]
	pub listen: SocketAddr,
	/// Where others reach this daemon [default: http:// and the address listened on].
	#[arg(long, value_name = "URL")]
	pub endpoint: Option<String>,
}

impl Place {
	/// What the roles of this daemon share.
	pub async fn context(&self, context: &Context) -> Result<roles::Context> {
		let endpoint = match &self.endpoint {
			Some(endpoint) if endpoint.len() > 128 => {
				return Err(usage("--endpoint: the chain keeps 128 characters at most"))
			}
			Some(endpoint) => endpoint.trim_end_matches('/').to_string(),
			None => format!("http://{}", self.listen),
		};
		let signer = context.signer()?;
		let receipt_key = context.receipt_key()?;
		let chain = context.chain().await?;
		Ok(roles::Context::new(
			chain,
			&context.home,
			signer,
			receipt_key,
			endpoint,
		)?)
	}
}

/// Runs the command.
pub async fn run(context: &Context, args: Args) -> Result<()> {
	let has = |role| args.role.contains(&role);
	if args.role.is_empty() {
		// Blobs need neither key nor chain.
		let store = context.store()?;
		let evidence = roles::evidence::Evidence::open(&context.home)?;
		let router = guerdon_client::serve::router(store).merge(evidence.router());
		let idle = |shutdown: Shutdown| async move { shutdown.cancelled().await };
		return listen(&args.place, router, idle).await;
	}
	let roles = args.place.context(context).await?;
	let mut router = roles.router();
	if has(Role::Attestor) {
		router = router.merge(attestor::router(&roles));
	}
	let (appraises, keeps, sponsors) =
		(has(Role::Appraiser), has(Role::Keeper), has(Role::Sponsor));
	listen(&args.place, router, move |shutdown| async move {
		let mut running = tokio::task::JoinSet::new();
		if appraises {
			running.spawn(appraiser::run(roles.clone(), shutdown.clone()));
		}
		if keeps {
			running.spawn(keeper::run(roles.clone(), shutdown.clone()));
		}
		if sponsors {
			running.spawn(sponsor::run(roles.clone(), shutdown.clone()));
		}
		shutdown.cancelled().await;
		running.join_all().await;
	})
	.await
}

/// Serves `router` while `work` goes on, until a signal asks to stop.
pub async fn listen<W>(
	place: &Place,
	router: roles::Router,
	work: impl FnOnce(Shutdown) -> W,
) -> Result<()>
where
	W: Future<Output = ()> + Send + 'static,
{
	let shutdown = Shutdown::new();
	let address = place.listen;
	let serving =
		guerdon_client::serve::listen(address, router, shutdown.clone().cancelled_owned());
	let serving = tokio::spawn(serving);
	let working = tokio::spawn(work(shutdown.clone()));
	let stop = shutdown.clone();
	tokio::spawn(async move {
		asked_to_stop().await;
		tracing::info!("stopping");
		stop.cancel();
		// Whoever asks twice does not want to wait for transfers to end.
		asked_to_stop().await;
		std::process::exit(130);
	});
	tracing::info!(%address, "serving");
	let served = serving.await.context("the server died")?;
	shutdown.cancel();
	working.await.context("the role died")?;
	served.with_context(|| format!("cannot listen on {address}"))
}

async fn asked_to_stop() {
	use tokio::signal::unix::{signal, SignalKind};
	let Ok(mut terminate) = signal(SignalKind::terminate()) else {
		return std::future::pending().await;
	};
	tokio::select! {
		_ = tokio::signal::ctrl_c() => (),
		_ = terminate.recv() => (),
	}
}
