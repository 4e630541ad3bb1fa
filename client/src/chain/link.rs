//! A connection that is kept up.
//!
//! One task per [`Link`] listens to the node. When the node goes away, it connects anew for everybody
//! who uses the link, whatever they do and whether or not they wait for blocks.

use super::{look, Chain, Error, View};
use std::{
	convert::Infallible,
	path::{Path, PathBuf},
	sync::{Arc, RwLock},
	time::Duration,
};
use subxt::{client::Block, config::PolkadotConfig};
use tokio::{
	sync::watch,
	task::AbortHandle,
	time::{sleep, timeout},
};

/// Between two attempts to reach a node that went away.
const RECONNECT: Duration = Duration::from_secs(2);

/// A node that tells of no block for so long is asked whether it is there.
const SILENCE: Duration = Duration::from_secs(30);

/// A connection that is made anew when it is lost, and never to another chain than the one that a
/// home folder belongs to.
#[derive(Clone)]
pub struct Link {
	chain: Arc<RwLock<Chain>>,
	news: watch::Receiver<News<Head>>,
	_listening: Arc<Listening>,
}

type Head = Block<PolkadotConfig>;

/// The latest that is known. What was overtaken is forgotten: whoever looks seldom sees less, and
/// nothing that is old.
#[derive(Clone, Debug)]
enum News<H> {
	Nothing,
	Head(H),
	/// The connection is given up for good.
	Over(String),
}

/// Ends with the last that uses the link.
struct Listening(AbortHandle);

impl Drop for Listening {
	fn drop(&mut self) {
		self.0.abort();
	}
}

impl Link {
	/// Keeps up a connection for what works in `home`. Must be called inside of a Tokio runtime.
	///
	/// # Errors
	/// [`Error::Home`] when the folder belongs to another chain.
	pub fn keep(chain: Chain, home: &Path) -> Result<Self, Error> {
		chain.claim_genesis(home)?;
		let chain = Arc::new(RwLock::new(chain));
		let (told, news) = watch::channel(News::Nothing);
		let listening = tokio::spawn(listen(chain.clone(), home.to_path_buf(), told));
		Ok(Link {
			chain,
			news,
			_listening: Arc::new(Listening(listening.abort_handle())),
		})
	}

	/// The connection as it is now.
	pub fn chain(&self) -> Chain {
		current(&self.chain)
	}

	/// The best blocks from now on.
	pub fn heads(&self) -> Heads {
		let mut news = self.news.clone();
		news.mark_changed();
		Heads { news }
	}

	/// Ends when the connection is given up, with the reason.
	pub async fn failed(&self) -> Error {
		Error::Home {
			why: over(self.news.clone()).await,
		}
	}
}

/// The best blocks, each once, without those that were overtaken while nobody looked.
pub struct Heads {
	news: watch::Receiver<News<Head>>,
}

impl Heads {
	/// The newest best block, as soon as there is one that was not looked at; `None` when the
	/// connection was given up.
	pub async fn next(&mut self) -> Option<View> {
		loop {
			let head = newest(&mut self.news).await?;
			match timeout(SILENCE, look(head)).await {
				Ok(Ok(view)) => return Some(view),
				Ok(Err(error)) => tracing::warn!(%error, "could not look at a block"),
				Err(_) => tracing::warn!("could not look at a block: no answer"),
			}
		}
	}
}

async fn newest<H: Clone>(news: &mut watch::Receiver<News<H>>) -> Option<H> {
	loop {
		news.changed().await.ok()?;
		let latest = news.borrow_and_update().clone();
		match latest {
			News::Nothing => (),
			News::Head(head) => return Some(head),
			News::Over(_) => return None,
		}
	}
}

async fn over<H>(mut news: watch::Receiver<News<H>>) -> String {
	let over = news.wait_for(|news| matches!(news, News::Over(_))).await;
	match over.as_deref() {
		Ok(News::Over(why)) => why.clone(),
		_ => "nobody listens to the node any more".into(),
	}
}

fn current(chain: &RwLock<Chain>) -> Chain {
	chain
		.read()
		.unwrap_or_else(|poisoned| poisoned.into_inner())
		.clone()
}

async fn listen(chain: Arc<RwLock<Chain>>, home: PathBuf, told: watch::Sender<News<Head>>) {
	let why = keep_up(&chain, &home, &told).await;
	tracing::error!(%why, "the connection is given up");
	told.send_replace(News::Over(why));
}

/// Connects anew whenever the node goes away, until there is a reason to give up.
async fn keep_up(chain: &RwLock<Chain>, home: &Path, told: &watch::Sender<News<Head>>) -> String {
	let mut connected = current(chain);
	loop {
		let Err(error) = follow(&connected, home, told).await;
		if let Error::Home { why } = error {
			return why;
		}
		tracing::warn!(%error, "lost the node");
		connected = loop {
			sleep(RECONNECT).await;
			match reconnect(chain, home).await {
				Ok(connected) => break connected,
				Err(Error::Home { why }) => return why,
				Err(error) => tracing::debug!(%error, "no node yet"),
			}
		};
		tracing::info!(url = connected.url(), "connected again");
	}
}

/// Makes a new connection for everybody, unless it is to another chain.
async fn reconnect(chain: &RwLock<Chain>, home: &Path) -> Result<Chain, Error> {
	let new = current(chain).again().await?;
	new.claim(home).await?;
	*chain
		.write()
		.unwrap_or_else(|poisoned| poisoned.into_inner()) = new.clone();
	Ok(new)
}

/// Tells of best blocks until there is a reason not to.
async fn follow(
	chain: &Chain,
	home: &Path,
	told: &watch::Sender<News<Head>>,
) -> Result<Infallible, Error> {
	let mut claimed = false;
	let mut heads = chain.heads().await?;
	loop {
		let Ok(next) = timeout(SILENCE, heads.next()).await else {
			// Perhaps there are no blocks to tell of. One more connection would not help then, and
			// a node has only so many.
			chain.best().await?;
			heads = chain.heads().await?;
			continue;
		};
		let head = next.ok_or_else(|| Error::NotConnected {
			url: chain.url().into(),
			why: "the node sends no more blocks".into(),
		})?;
		let head = head.map_err(subxt::Error::from)?;
		if !claimed {
			claimed = chain.claim(home).await?;
		}
		told.send_replace(News::Head(head));
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[tokio::test]
	async fn whoever_looks_seldom_sees_the_newest_and_each_once() {
		let (told, mut news) = watch::channel(News::Nothing);
		let tell = |head: u32| told.send_replace(News::Head(head));
		for head in 1..100 {
			tell(head);
		}
		assert_eq!(newest(&mut news).await, Some(99));
		let next = tokio::spawn(async move { newest(&mut news).await });
		tokio::task::yield_now().await;
		assert!(!next.is_finished(), "the same one is not seen twice");
		tell(100);
		assert_eq!(next.await.unwrap(), Some(100));
	}

	#[tokio::test]
	async fn whoever_comes_later_sees_the_newest_too() {
		let (told, news) = watch::channel(News::Nothing);
		told.send_replace(News::Head(1));
		let mut late = news.clone();
		assert_eq!(newest(&mut late).await, Some(1));
		let mut later = late.clone();
		later.mark_changed();
		assert_eq!(newest(&mut later).await, Some(1));
	}

	#[tokio::test]
	async fn everybody_hears_when_it_is_over_and_why() {
		let (told, news) = watch::channel(News::Head(1));
		let waiting = tokio::spawn(over(news.clone()));
		told.send_replace(News::Over("another chain".into()));
		let mut late = news.clone();
		assert_eq!(newest(&mut late).await, None);
		assert_eq!(waiting.await.unwrap(), "another chain");
		assert_eq!(over(news.clone()).await, "another chain");
		drop(told);
		assert_eq!(newest(&mut late).await, None, "nobody tells any more");
	}
}
