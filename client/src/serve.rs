//! The HTTP side of a home folder: blobs and evidence, for anybody who asks.
//!
//! Anybody may also ask and then not read, or never finish asking. Nobody waits for them: a header
//! and a body have to be there in time, whoever takes nothing of an answer is cut off, and one
//! address has only so many connections. What comes from this machine itself is not counted, for
//! whole networks are tried out on one, and a proxy asks for many.

use crate::blobs::{Error, Store, BAO_TYPE};
use axum::{
	body::{Body, Bytes},
	extract::{rejection::JsonRejection, Path, Request, State},
	http::{
		header::{CONTENT_TYPE, RETRY_AFTER},
		StatusCode,
	},
	middleware::map_request,
	response::{IntoResponse, Response},
	routing::get,
	Json, Router,
};
use futures::StreamExt;
use guerdon_receipt::Digest;
use hyper_util::{
	rt::{TokioExecutor, TokioIo, TokioTimer},
	server::conn::auto::Builder,
	service::TowerToHyperService,
};
use serde_json::json;
use std::{
	collections::HashMap,
	future::Future,
	io::{self, IoSlice, Read},
	net::{IpAddr, Ipv6Addr, SocketAddr},
	pin::{pin, Pin},
	sync::{Arc, Mutex, MutexGuard},
	task::{ready, Context, Poll},
	time::Duration,
};
use tokio::{
	io::{AsyncRead, AsyncWrite, ReadBuf},
	net::{TcpListener, TcpStream},
	sync::{mpsc, Semaphore},
	task::JoinSet,
	time::{sleep, timeout, timeout_at, Instant, Sleep},
};
use tokio_util::sync::CancellationToken;

/// Blobs that are sent at the same time; more requests wait.
const TRANSFERS: usize = 64;

/// Bytes of a blob that are handed on together.
const PIECE: usize = 64 << 10;

/// How long a request waits for its turn. Less than the 30 seconds that a client waits for an
/// answer, or nobody would hear that it should come back.
const TURN: Duration = Duration::from_secs(25);

/// When to come back, in seconds.
const COME_BACK: &str = "10";

/// The fewest bytes a second of a blob that are taken on average, once [`GRACE`] is over: half of
/// what a client wants of a server. Who takes a little now and then would keep a place for days.
const MIN_RATE: u64 = 8 << 10;

/// How long a transfer may take to get going.
const GRACE: Duration = Duration::from_secs(30);

/// How long to wait when connections cannot be accepted, for example for want of open files.
const BREATHER: Duration = Duration::from_millis(100);

/// What is put up with.
#[derive(Clone, Copy, Debug)]
struct Limits {
	/// Connections at the same time; more wait to be accepted.
	connections: usize,
	/// Connections of one address at the same time; more are closed.
	per_address: usize,
	/// How long a request's header may take, and an idle connection is kept.
	header: Duration,
	/// How long a request's body may take.
	body: Duration,
	/// How long nothing of an answer may be taken.
	stall: Duration,
}

impl Default for Limits {
	fn default() -> Self {
		Limits {
			connections: 512,
			per_address: 64,
			header: Duration::from_secs(10),
			body: Duration::from_secs(30),
			stall: Duration::from_secs(30),
		}
	}
}

/// What the routes share.
#[derive(Clone)]
pub struct Shelf {
	store: Store,
	transfers: Arc<Semaphore>,
	turn: Duration,
}

/// `GET /blobs/{root}` and `GET /health`.
pub fn router(store: Store) -> Router {
	routes(store, TRANSFERS, TURN)
}

fn routes(store: Store, transfers: usize, turn: Duration) -> Router {
	let shelf = Shelf {
		store,
		transfers: Arc::new(Semaphore::new(transfers)),
		turn,
	};
	Router::new()
		.route("/health", get(|| async { Json(json!({ "ok": true })) }))
		.route("/blobs/{root}", get(blob))
		.with_state(shelf)
}

/// Serves `router` until `shutdown` is done, and then to the end of what is being answered.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn listen(
	address: SocketAddr,
	router: Router,
	shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
	let listener = TcpListener::bind(address).await?;
	accept(listener, router, Limits::default(), shutdown).await;
	Ok(())
}

async fn accept(
	listener: TcpListener,
	router: Router,
	limits: Limits,
	shutdown: impl Future<Output = ()>,
) {
	let mut http = Builder::new(TokioExecutor::new()).http1_only();
	http.http1()
		.timer(TokioTimer::new())
		.header_read_timeout(limits.header);
	let router = router.layer(map_request(move |request: Request| async move {
		request.map(|body| in_time(body, limits.body))
	}));
	let stop = CancellationToken::new();
	let guests = Guests::default();
	let mut connections = JoinSet::new();
	let mut shutdown = pin!(shutdown);
	loop {
		let room = connections.len() < limits.connections;
		let accepted = tokio::select! {
			// In this order: however many come, they do not keep it from stopping.
			biased;
			() = &mut shutdown => break,
			Some(_) = connections.join_next() => continue,
			accepted = listener.accept(), if room => accepted,
		};
		let (stream, peer) = match accepted {
			Ok(accepted) => accepted,
			Err(error) => {
				tracing::warn!(%error, "could not accept a connection");
				sleep(BREATHER).await;
				continue;
			}
		};
		let neighbour = peer.ip().to_canonical().is_loopback()
			|| stream
				.local_addr()
				.is_ok_and(|local| local.ip() == peer.ip());
		let most = match neighbour {
			true => usize::MAX,
			false => limits.per_address,
		};
		let Some(guest) = guests.admit(peer.ip(), most) else {
			tracing::debug!(%peer, "has too many connections");
			continue;
		};
		let (http, router, stop) = (http.clone(), router.clone(), stop.clone());
		connections.spawn(async move {
			let _guest = guest;
			let stream = TokioIo::new(Impatient::new(stream, limits.stall));
			let serving = http.serve_connection(stream, TowerToHyperService::new(router));
			let mut serving = pin!(serving);
			let stopped = tokio::select! {
				served = serving.as_mut() => Some(served),
				() = stop.cancelled() => None,
			};
			let served = match stopped {
				Some(served) => served,
				None => {
					serving.as_mut().graceful_shutdown();
					serving.await
				}
			};
			if let Err(error) = served {
				tracing::debug!(%peer, %error, "the connection was cut");
			}
		});
	}
	drop(listener);
	stop.cancel();
	while connections.join_next().await.is_some() {}
}

/// A body that fails when it is not there in time. All that are taken are short: who sends one byte
/// by byte wants nothing but the connection.
fn in_time(body: Body, patience: Duration) -> Body {
	let end = Instant::now() + patience;
	let pieces = futures::stream::unfold(Some(body.into_data_stream()), move |left| async move {
		let mut left = left?;
		match timeout_at(end, left.next()).await {
			Ok(piece) => piece.map(|piece| (piece.map_err(io::Error::other), Some(left))),
			Err(_) => Some((Err(io::ErrorKind::TimedOut.into()), None)),
		}
	});
	Body::from_stream(pieces)
}

/// How many connections each address has.
#[derive(Clone, Default)]
struct Guests(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// A connection, as long as it is counted.
struct Guest {
	guests: Guests,
	address: IpAddr,
}

impl Guests {
	/// One more connection, unless there are `most` from that address.
	fn admit(&self, address: IpAddr, most: usize) -> Option<Guest> {
		let address = counted_as(address);
		let mut counts = self.counts();
		let count = counts.get(&address).copied().unwrap_or(0);
		if count >= most {
			return None;
		}
		counts.insert(address, count.saturating_add(1));
		Some(Guest {
			guests: self.clone(),
			address,
		})
	}

	fn counts(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
		self.0
			.lock()
			.unwrap_or_else(|poisoned| poisoned.into_inner())
	}
}

impl Drop for Guest {
	fn drop(&mut self) {
		let mut counts = self.guests.counts();
		match counts.get_mut(&self.address) {
			Some(count) if *count > 1 => *count = count.saturating_sub(1),
			_ => {
				counts.remove(&self.address);
			}
		}
	}
}

/// Whoever has an IPv6 address has the other 2^64 of its network too.
fn counted_as(address: IpAddr) -> IpAddr {
	match address.to_canonical() {
		IpAddr::V6(address) => {
			let [a, b, c, d, ..] = address.segments();
			Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
		}
		address => address,
	}
}

/// A connection that fails when nothing that was written to it is taken for a while. That ends the
/// answer, and so gives back what it held.
struct Impatient {
	stream: TcpStream,
	patience: Duration,
	stalled: Option<Pin<Box<Sleep>>>,
}

impl Impatient {
	fn new(stream: TcpStream, patience: Duration) -> Self {
		Impatient {
			stream,
			patience,
			stalled: None,
		}
	}

	fn judge(
		&mut self,
		context: &mut Context<'_>,
		written: Poll<io::Result<usize>>,
	) -> Poll<io::Result<usize>> {
		if written.is_ready() {
			self.stalled = None;
			return written;
		}
		let patience = self.patience;
		let stalled = self
			.stalled
			.get_or_insert_with(|| Box::pin(sleep(patience)));
		ready!(stalled.as_mut().poll(context));
		// The system would go on offering what it has not got rid of.
		let _ = self.stream.set_zero_linger();
		Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
	}
}

impl AsyncRead for Impatient {
	fn poll_read(
		mut self: Pin<&mut Self>,
		context: &mut Context<'_>,
		buffer: &mut ReadBuf<'_>,
	) -> Poll<io::Result<()>> {
		Pin::new(&mut self.stream).poll_read(context, buffer)
	}
}

impl AsyncWrite for Impatient {
	fn poll_write(
		mut self: Pin<&mut Self>,
		context: &mut Context<'_>,
		bytes: &[u8],
	) -> Poll<io::Result<usize>> {
		let written = Pin::new(&mut self.stream).poll_write(context, bytes);
		self.judge(context, written)
	}

	fn poll_write_vectored(
		mut self: Pin<&mut Self>,
		context: &mut Context<'_>,
		bytes: &[IoSlice<'_>],
	) -> Poll<io::Result<usize>> {
		let written = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
		self.judge(context, written)
	}

	fn is_write_vectored(&self) -> bool {
		self.stream.is_write_vectored()
	}

	fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
		Pin::new(&mut self.stream).poll_flush(context)
	}

	fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
		Pin::new(&mut self.stream).poll_shutdown(context)
	}
}

/// An answer that is an error.
pub fn refuse(status: StatusCode, why: impl Into<String>) -> Response {
	(status, Json(json!({ "error": why.into() }))).into_response()
}

/// An answer to a body that is too long, not said to be JSON, or not what is asked for.
pub fn unread(error: &JsonRejection) -> Response {
	let status = match error.status() {
		status @ (StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNSUPPORTED_MEDIA_TYPE) => status,
		_ => StatusCode::BAD_REQUEST,
	};
	refuse(status, error.body_text())
}

/// Reads 64 hex digits.
pub fn digest(text: &str) -> Option<Digest> {
	let mut digest = [0; 32];
	hex::decode_to_slice(text, &mut digest).ok()?;
	Some(digest)
}

async fn blob(State(shelf): State<Shelf>, Path(root): Path<String>) -> Response {
	let Some(root) = digest(&root) else {
		return refuse(StatusCode::BAD_REQUEST, "a blob is named by 64 hex digits");
	};
	let turn = timeout(shelf.turn, shelf.transfers.clone().acquire_owned()).await;
	let Ok(Ok(permit)) = turn else {
		let busy = refuse(
			StatusCode::SERVICE_UNAVAILABLE,
			"too many blobs are being sent: ask again",
		);
		return ([(RETRY_AFTER, COME_BACK)], busy).into_response();
	};
	let mut reader = match shelf.store.encoded(&root) {
		Ok(reader) => reader,
		Err(Error::Missing(_)) => {
			return refuse(
				StatusCode::NOT_FOUND,
				format!("no blob {}", hex::encode(root)),
			)
		}
		Err(error) => return refuse(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
	};
	let (sender, receiver) = mpsc::channel::<io::Result<Bytes>>(4);
	tokio::task::spawn_blocking(move || {
		let _permit = permit;
		let (began, mut taken) = (Instant::now(), 0);
		loop {
			// The encoding comes in chunks and hashes of its tree: one by one they would be a hundred
			// thousand messages for a few megabytes.
			let mut piece = Vec::with_capacity(PIECE);
			let most = u64::try_from(PIECE).unwrap_or(u64::MAX);
			let piece = match reader.by_ref().take(most).read_to_end(&mut piece) {
				Ok(0) => return,
				Ok(_) if lags(taken, began.elapsed()) => Err(io::ErrorKind::TimedOut.into()),
				Ok(_) => Ok(Bytes::from(piece)),
				Err(error) => Err(error),
			};
			let length = piece.as_ref().map_or(0, Bytes::len);
			taken = u64::try_from(length).map_or(u64::MAX, |length| length.saturating_add(taken));
			let failed = piece.is_err();
			// A receiver that is gone needs no more. It goes with its connection.
			if sender.blocking_send(piece).is_err() || failed {
				return;
			}
		}
	});
	let stream = futures::stream::unfold(receiver, |mut receiver| async move {
		receiver.recv().await.map(|piece| (piece, receiver))
	});
	([(CONTENT_TYPE, BAO_TYPE)], Body::from_stream(stream)).into_response()
}

/// Whether so few bytes were taken in that time that the place is better given to somebody else.
fn lags(taken: u64, time: Duration) -> bool {
	taken < MIN_RATE.saturating_mul(time.saturating_sub(GRACE).as_secs())
}

#[cfg(test)]
mod tests {
	use super::*;
	use axum::routing::post;
	use std::future::pending;
	use tokio::io::{AsyncReadExt, AsyncWriteExt};

	/// Longer than what sockets and servers hold between them.
	const LONG: usize = 32 << 20;

	const LENIENT: Duration = Duration::from_secs(60);
	const STRICT: Duration = Duration::from_millis(300);

	async fn start(router: Router, limits: Limits) -> SocketAddr {
		let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
		let address = listener.local_addr().unwrap();
		tokio::spawn(accept(listener, router, limits, pending()));
		address
	}

	async fn serve(router: Router) -> String {
		format!("http://{}", start(router, Limits::default()).await)
	}

	/// Asks for a blob and reads nothing but the first line of the answer.
	async fn ask_and_stall(address: SocketAddr, root: &Digest) -> TcpStream {
		let mut stream = TcpStream::connect(address).await.unwrap();
		let request = format!(
			"GET /blobs/{} HTTP/1.1\r\nhost: a\r\n\r\n",
			hex::encode(root)
		);
		stream.write_all(request.as_bytes()).await.unwrap();
		let mut line = [0; 15];
		stream.read_exact(&mut line).await.unwrap();
		assert_eq!(&line, b"HTTP/1.1 200 OK");
		stream
	}

	/// Whether the other side hangs up soon; what it says before is left out.
	async fn hangs_up(stream: &mut TcpStream) -> bool {
		let mut said = Vec::new();
		let end = timeout(Duration::from_secs(10), stream.read_to_end(&mut said));
		end.await.is_ok()
	}

	fn home() -> (tempfile::TempDir, Store) {
		let home = tempfile::tempdir().unwrap();
		let store = Store::open(home.path()).unwrap();
		(home, store)
	}

	#[tokio::test]
	async fn a_blob_crosses_the_network_whole() {
		let (_theirs, served) = home();
		for length in [0usize, 1, 1024, 1025, 300_000] {
			let bytes: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
			let root = served.add_bytes(&bytes).unwrap();
			let endpoint = serve(router(served.clone())).await;
			let (_mine, store) = home();
			let nobody = "http://127.0.0.1:1".to_string();
			let got = store
				.fetch(&root, &[nobody, endpoint], 300_000)
				.await
				.unwrap();
			assert_eq!(got, bytes);
			assert!(store.has(&root));
		}
	}

	#[tokio::test]
	async fn wrong_bytes_are_never_kept() {
		let (_theirs, served) = home();
		let wanted = served.add_bytes(&[1; 5000]).unwrap();
		let other = served.add_bytes(&[2; 5000]).unwrap();
		let mut encoded = Vec::new();
		served
			.encoded(&wanted)
			.unwrap()
			.read_to_end(&mut encoded)
			.unwrap();
		let mut flipped = encoded.clone();
		*flipped.last_mut().unwrap() ^= 1;
		let short = encoded[..4000].to_vec();
		let mut another = Vec::new();
		served
			.encoded(&other)
			.unwrap()
			.read_to_end(&mut another)
			.unwrap();
		for lie in [flipped, short, another, Vec::new()] {
			let router = Router::new().fallback(move |_: Request| async move { lie });
			let endpoint = serve(router).await;
			let (_mine, store) = home();
			let error = store
				.fetch(&wanted, std::slice::from_ref(&endpoint), 5000)
				.await
				.unwrap_err();
			assert!(error.to_string().contains(&endpoint), "{error}");
			assert!(!store.has(&wanted));
		}
	}

	#[tokio::test]
	async fn a_blob_longer_than_allowed_is_refused() {
		let (_theirs, served) = home();
		let root = served.add_bytes(&[1; 5000]).unwrap();
		let endpoint = serve(router(served)).await;
		let (_mine, store) = home();
		let error = store.fetch(&root, &[endpoint], 4999).await.unwrap_err();
		assert!(
			error.to_string().contains("longer than the 4999 bytes"),
			"{error}"
		);
	}

	#[tokio::test]
	async fn requests_that_make_no_sense_get_an_answer() {
		let (_theirs, served) = home();
		let endpoint = serve(router(served)).await;
		for (path, status) in [
			("/blobs/abc", 400),
			("/blobs/..%2f..%2fetc%2fpasswd", 400),
			(&format!("/blobs/{}", "0".repeat(64)), 404),
			("/nothing", 404),
			("/health", 200),
		] {
			let answer = reqwest::get(format!("{endpoint}{path}")).await.unwrap();
			assert_eq!(answer.status().as_u16(), status, "{path}");
		}
	}

	#[tokio::test(flavor = "multi_thread")]
	async fn a_reader_that_stalls_gives_its_place_to_the_next() {
		let (_theirs, served) = home();
		let root = served.add_bytes(&vec![7; LONG]).unwrap();
		let limits = Limits {
			stall: STRICT,
			..Limits::default()
		};
		let address = start(routes(served, 1, LENIENT), limits).await;
		let mut silent = ask_and_stall(address, &root).await;
		let (_mine, store) = home();
		let endpoint = format!("http://{address}");
		let got = store.fetch(&root, &[endpoint], LONG as u64).await.unwrap();
		assert_eq!(got.len(), LONG);
		assert!(hangs_up(&mut silent).await);
	}

	#[test]
	fn whoever_takes_too_little_loses_its_place() {
		assert!(!lags(0, GRACE));
		assert!(lags(0, GRACE + Duration::from_secs(1)));
		assert!(lags(99 * MIN_RATE, GRACE + Duration::from_secs(100)));
		assert!(!lags(100 * MIN_RATE, GRACE + Duration::from_secs(100)));
	}

	#[tokio::test(flavor = "multi_thread")]
	async fn whoever_gets_no_turn_is_told_to_come_back() {
		let (_theirs, served) = home();
		let root = served.add_bytes(&vec![7; LONG]).unwrap();
		let limits = Limits {
			stall: LENIENT,
			..Limits::default()
		};
		let address = start(routes(served, 1, STRICT), limits).await;
		let silent = ask_and_stall(address, &root).await;
		let url = format!("http://{address}/blobs/{}", hex::encode(root));
		let answer = reqwest::get(&url).await.unwrap();
		assert_eq!(answer.status().as_u16(), 503);
		assert_eq!(answer.headers()["retry-after"], COME_BACK);
		drop(silent);
		let freed = async { while !reqwest::get(&url).await.unwrap().status().is_success() {} };
		timeout(Duration::from_secs(10), freed).await.unwrap();
	}

	#[tokio::test]
	async fn a_header_that_trickles_in_is_cut() {
		let (_theirs, served) = home();
		let limits = Limits {
			header: STRICT,
			..Limits::default()
		};
		let address = start(router(served), limits).await;
		let mut slow = TcpStream::connect(address).await.unwrap();
		let began = Instant::now();
		for byte in b"GET /health HTTP/1.1\r\nx: ".iter().chain(&[b'a'; 1000]) {
			let mut said = [0; 64];
			let sent = slow.write_all(&[*byte]).await;
			let heard = timeout(Duration::from_millis(20), slow.read(&mut said)).await;
			if sent.is_err() || matches!(heard, Ok(Ok(0) | Err(_))) {
				break;
			}
		}
		assert!(began.elapsed() >= STRICT / 2, "it had some time");
		assert!(began.elapsed() < Duration::from_secs(10));
	}

	#[tokio::test]
	async fn a_body_that_never_ends_is_not_waited_for() {
		let router = Router::new().route("/", post(|_: Bytes| async { "all of it" }));
		let limits = Limits {
			body: STRICT,
			..Limits::default()
		};
		let address = start(router, limits).await;
		let mut slow = TcpStream::connect(address).await.unwrap();
		let request = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nsome";
		slow.write_all(request).await.unwrap();
		let mut line = [0; 12];
		let answer = timeout(Duration::from_secs(10), slow.read_exact(&mut line));
		answer.await.unwrap().unwrap();
		assert_eq!(&line, b"HTTP/1.1 400");
		assert!(hangs_up(&mut slow).await);
		let url = format!("http://{address}");
		let answer = reqwest::Client::new().post(url).body("whole").send().await;
		assert_eq!(answer.unwrap().text().await.unwrap(), "all of it");
	}

	#[tokio::test]
	async fn connections_beyond_the_most_wait_until_others_end() {
		let (_theirs, served) = home();
		let limits = Limits {
			connections: 2,
			header: STRICT,
			..Limits::default()
		};
		let address = start(router(served), limits).await;
		let _first = TcpStream::connect(address).await.unwrap();
		let _second = TcpStream::connect(address).await.unwrap();
		// From one address, but from this machine: more than one of them is served at last.
		let began = Instant::now();
		let answer = reqwest::get(format!("http://{address}/health")).await;
		assert_eq!(answer.unwrap().status().as_u16(), 200);
		assert!(began.elapsed() >= STRICT / 2, "it had to wait");
	}

	#[tokio::test]
	async fn stopping_ends_what_is_idle_and_finishes_what_is_not() {
		let asked = Arc::new(tokio::sync::Notify::new());
		let told = asked.clone();
		let router = Router::new().route(
			"/",
			get(move || async move {
				told.notify_one();
				sleep(STRICT).await;
				"done"
			}),
		);
		let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
		let address = listener.local_addr().unwrap();
		let shutdown = CancellationToken::new();
		let limits = Limits {
			header: LENIENT,
			..Limits::default()
		};
		let stopped = shutdown.clone().cancelled_owned();
		let serving = tokio::spawn(accept(listener, router, limits, stopped));
		let mut idle = TcpStream::connect(address).await.unwrap();
		let asking = tokio::spawn(reqwest::get(format!("http://{address}/")));
		asked.notified().await;
		shutdown.cancel();
		assert_eq!(asking.await.unwrap().unwrap().text().await.unwrap(), "done");
		timeout(Duration::from_secs(10), serving)
			.await
			.unwrap()
			.unwrap();
		assert!(hangs_up(&mut idle).await);
	}

	#[test]
	fn one_address_does_not_get_every_connection() {
		let guests = Guests::default();
		let address = |text: &str| text.parse::<IpAddr>().unwrap();
		let first = guests.admit(address("192.0.2.1"), 2).unwrap();
		let _second = guests.admit(address("::ffff:192.0.2.1"), 2).unwrap();
		assert!(guests.admit(address("192.0.2.1"), 2).is_none());
		let _other = guests.admit(address("192.0.2.2"), 2).unwrap();
		drop(first);
		let _third = guests.admit(address("192.0.2.1"), 2).unwrap();
		assert!(guests.admit(address("192.0.2.1"), 2).is_none());
		let six = guests.admit(address("2001:db8::1"), 1).unwrap();
		assert!(guests.admit(address("2001:db8::2:3"), 1).is_none());
		let _network = guests.admit(address("2001:db8:0:1::1"), 1).unwrap();
		drop(six);
		assert_eq!(guests.counts().len(), 3, "who is gone is forgotten");
	}
}
