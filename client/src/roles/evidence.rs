//! The lists of state digests behind receipts: `HOME/evidence/<receipt id>`.

use crate::{
	disk,
	serve::{digest, refuse},
};
use axum::{
	body::Bytes,
	extract::{Path as Segment, State},
	http::StatusCode,
	response::{IntoResponse, Response},
	routing::get,
	Router,
};
use guerdon_receipt::{evidence, Digest};
use std::{
	fs, io,
	path::{Path, PathBuf},
};

/// The most digests that are read from a stranger.
const MAX_STEPS: u32 = 1 << 20;

/// A folder of evidence.
#[derive(Clone, Debug)]
pub struct Evidence {
	folder: PathBuf,
}

impl Evidence {
	/// Opens, and makes if need be, `HOME/evidence`.
	///
	/// # Errors
	/// When the folder cannot be made.
	pub fn open(home: &Path) -> io::Result<Self> {
		let folder = home.join("evidence");
		fs::create_dir_all(&folder)?;
		Ok(Evidence { folder })
	}

	/// Keeps the digests of a receipt's states.
	///
	/// # Errors
	/// When the file cannot be written.
	pub fn put(&self, receipt: &Digest, digests: &[Digest]) -> io::Result<()> {
		disk::replace(
			&self.folder.join(hex::encode(receipt)),
			digests.as_flattened(),
		)
	}

	/// The digests of a receipt's states, if they are here.
	pub fn get(&self, receipt: &Digest) -> Option<Vec<Digest>> {
		read(&fs::read(self.folder.join(hex::encode(receipt))).ok()?)
	}

	/// `GET /evidence/{receipt id}`: the digests, 32 bytes each, back to back.
	pub fn router(self) -> Router {
		Router::new()
			.route("/evidence/{receipt}", get(answer))
			.with_state(self)
	}
}

fn read(bytes: &[u8]) -> Option<Vec<Digest>> {
	let (digests, rest) = bytes.as_chunks::<32>();
	rest.is_empty().then(|| digests.to_vec())
}

async fn answer(State(evidence): State<Evidence>, Segment(receipt): Segment<String>) -> Response {
	let Some(receipt) = digest(&receipt) else {
		return refuse(
			StatusCode::BAD_REQUEST,
			"a receipt is named by 64 hex digits",
		);
	};
	match evidence.get(&receipt) {
		Some(digests) => Bytes::from(digests.as_flattened().to_vec()).into_response(),
		None => refuse(StatusCode::NOT_FOUND, "no evidence for that receipt"),
	}
}

/// Asks an endpoint for the digests of a receipt's states. What does not lead to `root` was not
/// delivered.
///
/// # Errors
/// What went wrong, in words.
pub async fn fetch(
	http: &reqwest::Client,
	endpoint: &str,
	receipt: &Digest,
	root: &Digest,
	steps: u32,
) -> Result<Vec<Digest>, String> {
	if steps > MAX_STEPS {
		return Err(format!(
			"{steps} steps are more than the {MAX_STEPS} that are looked at"
		));
	}
	let url = format!(
		"{}/evidence/{}",
		endpoint.trim_end_matches('/'),
		hex::encode(receipt)
	);
	let mut response = http
		.get(&url)
		.timeout(super::PATIENCE)
		.send()
		.await
		.map_err(|e| format!("{url}: {e}"))?;
	if !response.status().is_success() {
		return Err(format!("{url} answered {}", response.status()));
	}
	let wanted = usize::try_from(steps)
		.unwrap_or(usize::MAX)
		.saturating_mul(32);
	let mut bytes = Vec::new();
	while let Some(piece) = response.chunk().await.map_err(|e| format!("{url}: {e}"))? {
		bytes.extend_from_slice(&piece);
		if bytes.len() > wanted {
			break;
		}
	}
	let digests = read(&bytes).filter(|_| bytes.len() == wanted);
	let digests = digests.filter(|digests| evidence::root(digests) == *root);
	digests.ok_or_else(|| format!("{url} does not lead to the root in the receipt"))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[tokio::test]
	async fn only_the_evidence_of_the_receipt_is_taken() {
		let home = tempfile::tempdir().unwrap();
		let evidence = Evidence::open(home.path()).unwrap();
		let digests = [[1; 32], [2; 32], [3; 32]];
		evidence.put(&[9; 32], &digests).unwrap();
		let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
		let endpoint = format!("http://{}", listener.local_addr().unwrap());
		let router = evidence.router();
		tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
		let http = reqwest::Client::new();
		let root = evidence::root(&digests);
		let got = fetch(&http, &endpoint, &[9; 32], &root, 3).await.unwrap();
		assert_eq!(got, digests);
		for (receipt, root, steps, said) in [
			([8; 32], root, 3, "404"),
			([9; 32], [0; 32], 3, "does not lead"),
			([9; 32], root, 1, "does not lead"),
			([9; 32], root, MAX_STEPS + 1, "more than"),
		] {
			let why = fetch(&http, &endpoint, &receipt, &root, steps)
				.await
				.unwrap_err();
			assert!(why.contains(said), "{why}");
		}
	}
}
