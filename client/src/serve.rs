//! The HTTP side of a home folder: blobs and evidence, for anybody who asks.

use crate::blobs::{Error, Store, BAO_TYPE};
use axum::{
	body::{Body, Bytes},
	extract::{Path, State},
	http::{header::CONTENT_TYPE, StatusCode},
	response::{IntoResponse, Response},
	routing::get,
	Json, Router,
};
use guerdon_receipt::Digest;
use serde_json::json;
use std::{io::Read, net::SocketAddr, sync::Arc};
use tokio::{net::TcpListener, sync::mpsc, sync::Semaphore};

/// Blobs that are sent at the same time; more requests wait.
const TRANSFERS: usize = 64;

/// What the routes share.
#[derive(Clone)]
pub struct Shelf {
	store: Store,
	transfers: Arc<Semaphore>,
}

/// `GET /blobs/{root}` and `GET /health`.
pub fn router(store: Store) -> Router {
	let shelf = Shelf {
		store,
		transfers: Arc::new(Semaphore::new(TRANSFERS)),
	};
	Router::new()
		.route("/health", get(|| async { Json(json!({ "ok": true })) }))
		.route("/blobs/{root}", get(blob))
		.with_state(shelf)
}

/// Serves `router` until `shutdown` is done.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn listen(
	address: SocketAddr,
	router: Router,
	shutdown: impl std::future::Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
	let listener = TcpListener::bind(address).await?;
	axum::serve(listener, router)
		.with_graceful_shutdown(shutdown)
		.await
}

/// An answer that is an error.
pub fn refuse(status: StatusCode, why: impl Into<String>) -> Response {
	(status, Json(json!({ "error": why.into() }))).into_response()
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
	let Ok(permit) = shelf.transfers.clone().acquire_owned().await else {
		return refuse(StatusCode::SERVICE_UNAVAILABLE, "shutting down");
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
	let (sender, receiver) = mpsc::channel::<std::io::Result<Bytes>>(4);
	tokio::task::spawn_blocking(move || {
		let _permit = permit;
		let mut buffer = vec![0; 64 * 1024];
		loop {
			let piece = match reader.read(&mut buffer) {
				Ok(0) => return,
				Ok(length) => Ok(Bytes::copy_from_slice(
					buffer.get(..length).unwrap_or_default(),
				)),
				Err(error) => Err(error),
			};
			let failed = piece.is_err();
			// A receiver that is gone needs no more.
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

#[cfg(test)]
mod tests {
	use super::*;
	use axum::extract::Request;

	async fn serve(router: Router) -> String {
		let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
		let address = listener.local_addr().unwrap();
		tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
		format!("http://{address}")
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
}
