//! `guerdon serve`: one daemon for every role that others rely on.

use crate::{
	context::Context,
	fail::{refused, usage},
};
use anyhow::{anyhow, Context as _, Result};
use clap::{Args as ClapArgs, ValueEnum};
use futures::{
	channel::oneshot,
	stream::{FuturesUnordered, StreamExt},
};
use guerdon_client::{
	disk::Lock,
	gated,
	keys::Keyring,
	roles::{self, appraiser, attestor, duties, keeper, sponsor, Shutdown},
};
use std::{collections::BTreeSet, future::Future, io, net::SocketAddr, pin::Pin, time::Duration};
use tokio::signal::unix::{signal, Signal, SignalKind};

/// How long a role may take to stop. What it must remember is on disk at any time.
const STOPPING: Duration = Duration::from_secs(5);

/// How long transfers that were begun may take to end.
const ENDING: Duration = Duration::from_secs(30);

/// Serves this home's blobs, and acts in the roles named.
///
/// A publisher of open datasets needs no role: they are blobs. Stop it with Ctrl-C.
#[derive(ClapArgs, Clone, Debug)]
pub struct Args {
	#[command(flatten)]
	place: Place,
	/// What else to do; may be given several times.
	#[arg(long, value_enum, value_delimiter = ',')]
	role: Vec<Role>,
	/// Pay everybody in these pools as the keeper, at the signer's expense: a pool's number, or "own" for
	/// those of the signer's datasets whose lists are in this home and of the runs that it sponsors.
	#[arg(long, value_name = "POOL|own", value_delimiter = ',')]
	push: Vec<keeper::Pushed>,
}

/// What a daemon does besides serving blobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Role {
	/// Checks receipts that the signer is drawn for, and signs.
	Attestor,
	/// Appraises runs that the signer is drawn for.
	Appraiser,
	/// Moves runs on as soon as something is due, for their tips; brings what was earned to the members of
	/// the signer's own datasets.
	Keeper,
	/// Posts feedback and reveals test sets of the signer's own runs.
	Sponsor,
	/// Gives the keys of the signer's gated datasets to those whose task needs them.
	Publisher,
}

impl Role {
	fn name(self) -> &'static str {
		match self {
			Role::Attestor => "attestor",
			Role::Appraiser => "appraiser",
			Role::Keeper => "keeper",
			Role::Sponsor => "sponsor",
			Role::Publisher => "publisher",
		}
	}
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
	/// What the roles of this daemon share. Roles that sign no receipts need no receipt key.
	pub async fn context(&self, context: &Context, signs: bool) -> Result<roles::Context> {
		let endpoint = match &self.endpoint {
			Some(endpoint) if endpoint.len() > 128 => {
				return Err(usage("--endpoint: the chain keeps 128 characters at most"))
			}
			Some(endpoint) => endpoint.trim_end_matches('/').to_string(),
			None => format!("http://{}", self.listen),
		};
		let signer = context.signer()?;
		let receipt_key = match signs {
			true => context.receipt_key()?,
			false => Keyring::no_receipt_key()?,
		};
		let chain = roles::with_node(async || {
			let chain = context.chain().await?;
			chain.claim(&context.home).await?;
			Ok(chain)
		});
		Ok(roles::Context::new(
			chain.await?,
			&context.home,
			signer,
			receipt_key,
			endpoint,
		)?)
	}
}

/// Holds a role as long as what is returned lives.
pub fn hold(context: &Context, role: &str) -> Result<Lock> {
	roles::hold(&context.home, role).map_err(|error| match error.kind() {
		io::ErrorKind::WouldBlock => refused(format!(
			"another daemon is {role} in {} already ({error}): stop it, or give this one another \
			 folder with --home",
			context.home.display()
		)),
		_ => anyhow::Error::new(error).context(format!("cannot use {}", context.home.display())),
	})
}

/// Runs the command.
pub async fn run(context: &Context, args: Args) -> Result<()> {
	let has = |role| args.role.contains(&role);
	if !args.push.is_empty() && !has(Role::Keeper) {
		return Err(usage(
			"--push: it is the keeper that pays: say --role keeper too",
		));
	}
	if args.role.is_empty() {
		// Blobs need neither key nor chain.
		let store = context.store()?;
		if context.secrets().folder().is_dir() {
			let why = "no keys of gated datasets are given: that takes --role publisher";
			tracing::warn!("{why}");
		}
		let evidence = roles::evidence::Evidence::open(&context.home)?;
		let router = guerdon_client::serve::router(store).merge(evidence.router());
		return listen(&args.place, router, std::future::pending(), |_| Vec::new()).await;
	}
	let mut held = Vec::new();
	for role in Role::value_variants().iter().filter(|role| has(**role)) {
		held.push(hold(context, role.name())?);
	}
	let roles = args.place.context(context, has(Role::Attestor)).await?;
	let mut router = roles.router();
	if has(Role::Attestor) {
		let attestor = roles::with_node(async || attestor::router(&roles).await);
		router = router.merge(attestor.await?);
	}
	if has(Role::Publisher) {
		router = router.merge(gated::router(&roles)?);
	}
	let failed = failed(roles.clone());
	let pushed: BTreeSet<_> = args.push.iter().copied().collect();
	listen(&args.place, router, failed, move |shutdown| {
		let begin = |role: Role| -> Option<Task> {
			let (roles, shutdown) = (roles.clone(), shutdown.clone());
			match role {
				// They are in the router: they do what they are asked to, when they are asked.
				Role::Attestor | Role::Publisher => None,
				Role::Appraiser => Some(Box::pin(appraiser::run(roles, shutdown))),
				Role::Keeper => Some(Box::pin(keeper::run(roles, pushed.clone(), shutdown))),
				Role::Sponsor => Some(Box::pin(sponsor::run(roles, shutdown))),
			}
		};
		let named = |role: &Role| Some((role.name(), begin(*role)?));
		let wanted = Role::value_variants().iter().filter(|role| has(**role));
		let watching: Task = Box::pin(duties::watch(roles.clone(), shutdown.clone()));
		wanted
			.filter_map(named)
			.chain([("the watch", watching)])
			.collect()
	})
	.await
}

/// What goes on until it is told to stop.
pub type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Ends with the reason when the roles can do no more.
pub async fn failed(roles: roles::Context) -> anyhow::Error {
	roles.failed().await.into()
}

/// Serves `router` while what `begin` gives goes on, until a signal asks to stop. Nothing is begun
/// before the address is listened on. When one of them ends of itself all of them are stopped:
/// whoever watches over this daemon must not take it for one that works.
pub async fn listen(
	place: &Place,
	router: roles::Router,
	failed: impl Future<Output = anyhow::Error>,
	begin: impl FnOnce(&Shutdown) -> Vec<(&'static str, Task)>,
) -> Result<()> {
	let mut signals = Signals::new().context("cannot listen to signals")?;
	let shutdown = Shutdown::new();
	let address = place.listen;
	let (listening, listens) = oneshot::channel();
	let stop = shutdown.clone();
	// What stops the server is first looked at when it has its address.
	let until = async move {
		let _ = listening.send(());
		stop.cancelled().await;
	};
	let mut server = tokio::spawn(guerdon_client::serve::listen(address, router, until));
	if listens.await.is_err() {
		return Err(died("the server", server.await, address));
	}
	tracing::info!(%address, "serving");
	let mut running: FuturesUnordered<_> = begin(&shutdown)
		.into_iter()
		.map(|(name, task)| {
			let task = tokio::spawn(task);
			async move { (name, task.await) }
		})
		.collect();
	let ended = tokio::select! {
		// In this order: a role that ends because it can do no more does not say why.
		biased;
		error = failed => Err(error),
		() = signals.next() => Ok(()),
		served = &mut server => Err(died("the server", served, address)),
		Some((name, ended)) = running.next() => {
			Err(died(name, ended.map(Ok), address))
		}
	};
	tracing::info!("stopping");
	shutdown.cancel();
	let stopping = async {
		let roles = async { while running.next().await.is_some() {} };
		if tokio::time::timeout(STOPPING, roles).await.is_err() {
			tracing::warn!("a role did not stop in time");
		}
		// Transfers that are slow may not keep the roles' locks from whoever comes after.
		if !server.is_finished() && tokio::time::timeout(ENDING, &mut server).await.is_err() {
			server.abort();
		}
	};
	tokio::select! {
		() = stopping => ended,
		// Whoever asks twice does not want to wait for transfers to end.
		() = signals.next() => std::process::exit(130),
	}
}

/// Why something ended that should not have.
fn died(
	name: &str,
	ended: Result<io::Result<()>, tokio::task::JoinError>,
	address: SocketAddr,
) -> anyhow::Error {
	match ended {
		Ok(Ok(())) => anyhow!("{name} ended of itself"),
		Ok(Err(error)) => anyhow::Error::new(error).context(format!("cannot listen on {address}")),
		Err(error) => anyhow::Error::new(error).context(format!("{name} died")),
	}
}

/// What asks a daemon to stop.
struct Signals {
	interrupt: Signal,
	terminate: Signal,
}

impl Signals {
	fn new() -> io::Result<Self> {
		Ok(Signals {
			interrupt: signal(SignalKind::interrupt())?,
			terminate: signal(SignalKind::terminate())?,
		})
	}

	async fn next(&mut self) {
		tokio::select! {
			Some(()) = self.interrupt.recv() => (),
			Some(()) = self.terminate.recv() => (),
			else => std::future::pending().await,
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::{
		future::pending,
		sync::{
			atomic::{AtomicBool, Ordering},
			Arc,
		},
	};

	fn place() -> Place {
		Place {
			listen: SocketAddr::from(([127, 0, 0, 1], 0)),
			endpoint: None,
		}
	}

	async fn dies() {
		panic!("a mistake")
	}

	async fn ended(
		failed: impl Future<Output = anyhow::Error>,
		tasks: Vec<(&'static str, Task)>,
	) -> String {
		let listened = listen(&place(), roles::Router::new(), failed, |_| tasks).await;
		format!("{:#}", listened.unwrap_err())
	}

	#[tokio::test]
	async fn nothing_begins_before_the_address_is_there() {
		let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
		let place = Place {
			listen: taken.local_addr().unwrap(),
			endpoint: None,
		};
		let begun = Arc::new(AtomicBool::new(false));
		let begins = begun.clone();
		let listening = listen(&place, roles::Router::new(), pending(), move |_| {
			begins.store(true, Ordering::Relaxed);
			Vec::new()
		});
		let error = format!("{:#}", listening.await.unwrap_err());
		assert!(error.starts_with("cannot listen on 127.0.0.1:"), "{error}");
		assert!(!begun.load(Ordering::Relaxed));
	}

	#[tokio::test]
	async fn a_role_that_ends_ends_the_daemon() {
		let tasks: Vec<(_, Task)> = vec![("sponsor", Box::pin(async {}))];
		assert_eq!(ended(pending(), tasks).await, "sponsor ended of itself");
		let tasks: Vec<(_, Task)> = vec![("keeper", Box::pin(dies()))];
		let error = ended(pending(), tasks).await;
		assert!(error.starts_with("keeper died"), "{error}");
	}

	#[tokio::test]
	async fn the_reason_is_told_when_the_roles_can_do_no_more() {
		let failed = async { anyhow!("another chain") };
		let tasks: Vec<(_, Task)> = vec![("keeper", Box::pin(async {}))];
		assert_eq!(ended(failed, tasks).await, "another chain");
	}

	#[tokio::test]
	async fn roles_are_told_to_stop() {
		let told = Arc::new(AtomicBool::new(false));
		let tell = told.clone();
		let place = place();
		let listening = listen(&place, roles::Router::new(), pending(), move |shutdown| {
			let shutdown = shutdown.clone();
			let stopped: Task = Box::pin(async move {
				shutdown.cancelled().await;
				tell.store(true, Ordering::Relaxed);
			});
			vec![("keeper", stopped), ("sponsor", Box::pin(async {}))]
		});
		assert!(listening.await.is_err());
		assert!(told.load(Ordering::Relaxed));
	}
}
