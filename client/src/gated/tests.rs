//! A publisher's daemon, a trainer, an attestor, an appraiser and a stranger, over HTTP, with a chain
//! that says what it is told to.

use super::{
	release::{routes, Publisher},
	*,
};
use crate::{
	blobs::Store,
	chain::{self, api::State},
	describe,
	engine::data,
	serve,
};
use crypto_box::{aead::OsRng, SecretKey};
use futures::future::BoxFuture;
use guerdon_content::{frame, records, sealed::segments_of, Directory, RecordKind};
use guerdon_receipt::{AccountBytes, Work};
use guerdon_valuation::{Column, FeatureSpec};
use std::{
	fs,
	ops::Range,
	sync::{Arc, Mutex},
};
use subxt_signer::sr25519::{dev, Keypair};
use tempfile::TempDir;

const GENESIS: Digest = [1; 32];
const KIND: RecordKind = RecordKind::Line { header: true };
const DATASET: u64 = 2;
const RUN: u64 = 3;
const TASK: u32 = 4;
/// The records of the task: in the second of four segments.
const RANGE: Range<u64> = 15_000..15_100;

/// What the chain says, which a test may change.
#[derive(Clone)]
struct Told(Arc<Mutex<Facts>>);

impl Ledger for Told {
	fn genesis(&self) -> Digest {
		GENESIS
	}

	fn look<'a>(&'a self, _: &'a KeyRequest) -> BoxFuture<'a, Result<Facts, chain::Error>> {
		let facts = self.0.lock().unwrap().clone();
		Box::pin(async move { Ok(facts) })
	}
}

/// A daemon that serves one gated dataset.
struct Scene {
	told: Told,
	home: TempDir,
	store: Store,
	wanted: Wanted,
	plain: Vec<u8>,
	http: reqwest::Client,
}

fn account(key: &Keypair) -> AccountBytes {
	key.public_key().0
}

fn lines() -> String {
	let lines = (0..45_000u32).map(|line| format!("{},{}\n", line % 200, line % 7));
	["x,label\n".to_string()].into_iter().chain(lines).collect()
}

fn spec() -> FeatureSpec {
	let column = Column {
		index: 0,
		decimals: 0,
		min: 0,
		max: 255,
	};
	FeatureSpec::Csv {
		columns: vec![column].try_into().unwrap(),
		label: 1,
		classes: 7,
		header: true,
	}
}

impl Scene {
	async fn new() -> Self {
		Self::answering(100).await
	}

	/// Describes and publishes a folder as `guerdon dataset` does, and serves it.
	async fn answering(answers: usize) -> Self {
		let home = TempDir::new().unwrap();
		let folder = home.path().join("data");
		fs::create_dir(&folder).unwrap();
		fs::write(folder.join("a.csv"), lines()).unwrap();
		let store = Store::open(home.path()).unwrap();
		let secrets = Secrets::of(home.path());
		let meta = describe::Meta {
			name: "lines".into(),
			description: "numbers".into(),
			license: "CC0-1.0".into(),
			creators: vec!["Ada".parse().unwrap()],
			url: None,
			version: "1".into(),
			date_published: "2026-01-01".into(),
			record_kind: KIND,
		};
		let document = describe::describe_gated(&folder, &meta, &secrets, &|_, _| ()).unwrap();
		let metadata = describe::metadata_hash(&document);
		let directory = Directory::scan(&folder).unwrap();
		let write =
			|file: &mut fs::File| seal_again(&directory, &document, KIND, &secrets, file, &mut ());
		let (root, sealed) = store.add_written::<_, SealError>(write).unwrap();
		store.add_bytes(&sealed.index).unwrap();
		let canonical = describe::canonical(&document);
		secrets.keep_document(&metadata, &canonical).unwrap();
		let facts = Facts {
			now: 120,
			named: Some([6; 32]),
			dataset: Some(DatasetFacts {
				owner: account(&dev::alice()),
				root,
				metadata,
				access: Access::Gated,
			}),
			run: Some(RunFacts {
				state: State::Working,
				admitted: true,
				used: 0,
				task: Some(TaskFacts {
					work: Work::Train {
						dataset: DATASET,
						first: RANGE.start,
						count: (RANGE.end - RANGE.start) as u32,
						passes: 1,
					},
					contributor: account(&dev::bob()),
					committee: vec![account(&dev::charlie())],
					open: true,
				}),
				appraising: Appraising::NotYet,
			}),
		};
		let told = Told(Arc::new(Mutex::new(facts)));
		let (me, log) = (account(&dev::alice()), AccessLog::of(home.path()));
		let publisher = Publisher::new(told.clone(), me, store.clone(), secrets, log);
		let router = routes(publisher.answering(answers)).merge(serve::router(store.clone()));
		let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
		let endpoint = format!("http://{}", listener.local_addr().unwrap());
		tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
		let wanted = Wanted {
			genesis: GENESIS,
			block: (110, [6; 32]),
			run: RUN,
			purpose: Purpose::Task(TASK),
			dataset: DATASET,
			root,
			length: sealed.trailer.stream_length,
			metadata,
			endpoint,
		};
		let plain = frame([("a.csv", lines().as_bytes())], KIND).unwrap();
		Scene {
			told,
			home,
			store,
			wanted,
			plain,
			http: reqwest::Client::new(),
		}
	}

	fn tell(&self, change: impl FnOnce(&mut Facts)) {
		change(&mut self.told.0.lock().unwrap());
	}

	/// What somebody with a home folder of its own gets.
	async fn get(&self, who: &Keypair, wanted: &Wanted) -> (TempDir, Got) {
		let home = TempDir::new().unwrap();
		let store = Store::open(home.path()).unwrap();
		let read = |record: &[u8]| record.to_vec();
		let got = obtain(&self.http, who, &store, wanted, RANGE, read).await;
		(home, got)
	}

	async fn get_whole(&self, who: &Keypair, wanted: &Wanted) -> Result<Vec<u8>, Refused> {
		let home = TempDir::new().unwrap();
		let store = Store::open(home.path()).unwrap();
		obtain_whole(&self.http, who, &store, wanted).await
	}

	fn request(&self, who: &Keypair) -> (SecretKey, KeyRequest) {
		let key = SecretKey::generate(&mut OsRng);
		let request = KeyRequest {
			genesis: GENESIS,
			dataset: DATASET,
			run: RUN,
			purpose: Purpose::Task(TASK),
			requester: account(who),
			block: 110,
			block_hash: [6; 32],
			reply_to: *key.public_key().as_bytes(),
		};
		(key, request)
	}

	/// Status and reason.
	async fn post(&self, body: String) -> (u16, String) {
		let url = format!("{}/keys", self.wanted.endpoint);
		let sending = self.http.post(url).body(body);
		let sending = sending.header("content-type", "application/json");
		let answer = sending.send().await.unwrap();
		let status = answer.status().as_u16();
		let said: serde_json::Value = answer.json().await.unwrap_or_default();
		(status, said["error"].as_str().unwrap_or_default().into())
	}

	async fn ask(&self, signed: &SignedRequest) -> (u16, String) {
		self.post(serde_json::to_string(signed).unwrap()).await
	}

	fn log(&self) -> Vec<Entry> {
		AccessLog::of(self.home.path()).read().unwrap()
	}

	fn expected(&self) -> Vec<Vec<u8>> {
		let all = records(&self.plain, KIND).unwrap().map(Vec::from);
		all.skip(RANGE.start as usize).take(100).collect()
	}
}

type Got = Result<Window<Vec<u8>>, Refused>;

/// Whether any file below a folder has these bytes in it.
fn holds(folder: &std::path::Path, bytes: &[u8]) -> bool {
	fs::read_dir(folder).unwrap().any(|entry| {
		let path = entry.unwrap().path();
		match path.is_dir() {
			true => holds(&path, bytes),
			false => fs::read(&path)
				.unwrap()
				.windows(bytes.len())
				.any(|window| window == bytes),
		}
	})
}

#[tokio::test(flavor = "multi_thread")]
async fn trainer_and_attestor_get_the_same_records_and_a_stranger_none() {
	let scene = Scene::new().await;
	let (trainer_home, trained) = scene.get(&dev::bob(), &scene.wanted).await;
	let (_, attested) = scene.get(&dev::charlie(), &scene.wanted).await;
	let (trained, attested) = (trained.unwrap(), attested.unwrap());
	assert_eq!(trained.records, scene.expected());
	assert_eq!(trained.first, RANGE.start);
	assert_eq!(attested, trained);
	let (stranger_home, refused) = scene.get(&dev::dave(), &scene.wanted).await;
	let refused = refused.unwrap_err().to_string();
	for said in ["dataset 2", "403", "neither dealt to this account"] {
		assert!(refused.contains(said), "{refused}");
	}
	// What anybody can fetch, and what is kept, has no record in it.
	let record = b"\n150,2\n";
	assert!(scene
		.plain
		.windows(record.len())
		.any(|window| window == record));
	for home in [&trainer_home, &stranger_home] {
		let store = Store::open(home.path()).unwrap();
		assert!(
			store.has(&scene.wanted.root),
			"the sealed stream is for all"
		);
		assert!(!store.has(blake3::hash(&scene.plain).as_bytes()));
		assert!(!holds(home.path(), record));
	}
	assert!(holds(&scene.home.path().join("data"), record));
	assert!(!holds(&scene.home.path().join("blobs"), record));

	let starts = {
		let kept = Secrets::of(scene.home.path())
			.of_sealed(&scene.wanted.root)
			.unwrap();
		let directory = Directory::scan(scene.home.path().join("data")).unwrap();
		let mut sealed = Vec::new();
		seal(&directory, KIND, &kept.secret, &mut sealed, &mut ()).unwrap();
		assert_eq!(blake3::hash(&sealed).as_bytes(), &scene.wanted.root);
		let length = scene.plain.len() as u64;
		let mut sealer = guerdon_content::sealed::Sealer::new(*kept.secret, KIND, length).unwrap();
		let out = |_: &[u8]| -> Result<(), guerdon_content::Error> { Ok(()) };
		sealer.update(&scene.plain, out).unwrap();
		sealer.finish().unwrap().starts
	};
	let segments = segments_of(&starts, KIND, RANGE.start, 100).unwrap();
	assert!(segments.start > 0 && segments.end < starts.len() as u64 - 1);
	let log = scene.log();
	let answered: Vec<_> = log
		.iter()
		.filter(|entry| entry.outcome == Outcome::Segments(segments.start, segments.end))
		.map(|entry| entry.account.clone())
		.collect();
	let ss58 = |key: &Keypair| crate::keys::ss58(&account(key));
	assert_eq!(answered, [ss58(&dev::bob()), ss58(&dev::charlie())]);
	let refused = log.iter().find(|entry| entry.account == ss58(&dev::dave()));
	assert!(matches!(&refused.unwrap().outcome, Outcome::Refused(why) if why.contains("neither")));
	assert!(log
		.iter()
		.all(|entry| entry.block == 120 && entry.task == Some(TASK)));
	assert_eq!(log.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_trainer_and_attestor_compute_from_is_what_open_data_would_give() {
	let scene = Scene::new().await;
	let home = TempDir::new().unwrap();
	let store = Store::open(home.path()).unwrap();
	let (spec, http) = (spec(), &scene.http);
	let read = move |record: &[u8]| spec.vectorize(record).ok();
	let window = obtain(http, &dev::bob(), &store, &scene.wanted, RANGE, read).await;
	let window = window.unwrap();
	let open = data::vectors(&scene.plain, &self::spec()).unwrap();
	let sealed = data::batches(&window.records, 0, 100, 2, 32).unwrap();
	let plain = data::batches(&open, RANGE.start, 100, 2, 32).unwrap();
	assert_eq!(sealed.steps(), plain.steps());
	for step in 0..plain.steps() {
		assert_eq!(sealed.get(step), plain.get(step));
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn an_appraiser_gets_the_whole_and_its_root_is_the_one_that_was_bound() {
	let scene = Scene::new().await;
	let wanted = Wanted {
		purpose: Purpose::Appraisal,
		..scene.wanted.clone()
	};
	scene.tell(|facts| {
		let run = facts.run.as_mut().unwrap();
		run.state = State::Appraising;
		run.used = 100;
		run.appraising = Appraising::By(vec![account(&dev::eve())]);
	});
	let stream = scene.get_whole(&dev::eve(), &wanted).await.unwrap();
	assert!(stream == scene.plain);
	assert_eq!(data::vectors(&stream, &spec()).unwrap().len(), 45_000);
	for who in [dev::bob(), dev::charlie(), dev::dave()] {
		let refused = scene.get_whole(&who, &wanted).await.unwrap_err();
		assert!(refused.to_string().contains("not drawn"), "{refused}");
	}
	let log = scene.log();
	let whole = Outcome::Segments(0, 4);
	assert_eq!(log.iter().filter(|entry| entry.outcome == whole).count(), 1);
	assert!(log.iter().all(|entry| entry.task.is_none()));
	// Keys of a task are not enough for it.
	let (_, window) = scene.get(&dev::eve(), &scene.wanted).await;
	assert!(window.unwrap_err().to_string().contains("not at work"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_signed_rightly_or_not_recent_is_told_so() {
	let scene = Scene::new().await;
	let (_, request) = scene.request(&dev::bob());
	let expect = |found: (u16, String), status: u16, says: &str| {
		assert_eq!(found.0, status, "{}", found.1);
		assert!(found.1.contains(says), "{}", found.1);
	};
	let forged = request.sign(&dev::dave());
	expect(scene.ask(&forged).await, 401, "not signed with the key");
	let old = KeyRequest {
		block: 55,
		..request.clone()
	};
	expect(
		scene.ask(&old.sign(&dev::bob())).await,
		400,
		"sign a new one",
	);
	let foreign = KeyRequest {
		genesis: [9; 32],
		..request.clone()
	};
	let foreign = foreign.sign(&dev::bob());
	expect(scene.ask(&foreign).await, 400, "another chain");
	for body in ["", "{}", r#"{"request":"00","signature":"zz"}"#] {
		let (status, why) = scene.post(body.into()).await;
		assert_eq!(status, 400, "{why}");
		assert!(!why.is_empty());
	}
	let (status, _) = scene.post(" ".repeat(5_000)).await;
	assert_eq!(status, 413);
	let said: Vec<_> = scene.log().into_iter().map(|entry| entry.outcome).collect();
	assert_eq!(said.len(), 3);
	assert!(said.iter().all(|said| matches!(said, Outcome::Refused(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_a_request_is_answered_once_and_opens_nothing_to_its_thief() {
	let scene = Scene::new().await;
	let (key, request) = scene.request(&dev::bob());
	let signed = request.sign(&dev::bob());
	let url = format!("{}/keys", scene.wanted.endpoint);
	let answer = scene.http.post(&url).json(&signed).send().await.unwrap();
	assert_eq!(answer.status().as_u16(), 200);
	let sealed = answer.bytes().await.unwrap();
	let thief = SecretKey::generate(&mut OsRng);
	assert!(super::request::Release::open(&sealed, &thief).is_none());
	assert!(super::request::Release::open(&sealed, &key).is_some());
	let (status, why) = scene.ask(&signed).await;
	assert_eq!(status, 409, "{why}");
	assert!(why.contains("sign a new one"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_not_answered_without_end() {
	let scene = Scene::answering(2).await;
	for expected in [200, 200, 429] {
		let (_, request) = scene.request(&dev::bob());
		let (status, why) = scene.ask(&request.sign(&dev::bob())).await;
		assert_eq!(status, expected, "{why}");
	}
	let (_, request) = scene.request(&dev::charlie());
	let (status, why) = scene.ask(&request.sign(&dev::charlie())).await;
	assert_eq!(status, 200, "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_publisher_lost_is_not_told_to_strangers_as_paths() {
	let scene = Scene::new().await;
	let ask = || async {
		let (_, request) = scene.request(&dev::bob());
		scene.ask(&request.sign(&dev::bob())).await
	};
	let documents = scene.home.path().join("gated/documents");
	fs::rename(&documents, scene.home.path().join("elsewhere")).unwrap();
	let (status, why) = ask().await;
	assert_eq!(status, 503, "{why}");
	assert!(why.contains("lacks the dataset's document"), "{why}");
	fs::rename(scene.home.path().join("elsewhere"), &documents).unwrap();
	assert_eq!(ask().await.0, 200);

	let scene = Scene::new().await;
	fs::remove_dir_all(scene.home.path().join("gated/secrets")).unwrap();
	let (_, request) = scene.request(&dev::bob());
	let (status, why) = scene.ask(&request.sign(&dev::bob())).await;
	assert_eq!(status, 503, "{why}");
	assert!(why.contains("tell the publisher"), "{why}");
	assert!(!why.contains(scene.home.path().to_str().unwrap()), "{why}");

	let scene = Scene::new().await;
	let path = scene.store.path(&scene.wanted.root);
	let mut bytes = fs::read(&path).unwrap();
	bytes[70_000] ^= 1;
	fs::write(&path, bytes).unwrap();
	let (_, request) = scene.request(&dev::bob());
	let (status, why) = scene.ask(&request.sign(&dev::bob())).await;
	assert_eq!(status, 503, "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_leaves_without_an_entry_in_the_log() {
	let scene = Scene::new().await;
	let access = scene.home.path().join("gated/access");
	fs::write(&access, "in the way").unwrap();
	let (_, request) = scene.request(&dev::bob());
	let (status, why) = scene.ask(&request.sign(&dev::bob())).await;
	assert_eq!(status, 503, "{why}");
	assert!(why.contains("access log"), "{why}");
	fs::remove_file(&access).unwrap();
	let (_, request) = scene.request(&dev::bob());
	assert_eq!(scene.ask(&request.sign(&dev::bob())).await.0, 200);
	assert_eq!(scene.log().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_final_yet_is_asked_for_again() {
	let scene = Scene::new().await;
	let task = scene
		.told
		.0
		.lock()
		.unwrap()
		.run
		.as_mut()
		.unwrap()
		.task
		.take();
	let told = scene.told.clone();
	tokio::spawn(async move {
		tokio::time::sleep(std::time::Duration::from_millis(300)).await;
		told.0.lock().unwrap().run.as_mut().unwrap().task = task;
	});
	let (_, got) = scene.get(&dev::bob(), &scene.wanted).await;
	assert_eq!(got.unwrap().records, scene.expected());
	assert!(scene.log().len() > 1);
}

/// A publisher that answers with what it likes.
async fn liar(scene: &Scene, release: super::request::Release) -> Wanted {
	let answer = move |axum::Json(signed): axum::Json<SignedRequest>| {
		let sealed = release.seal(&signed.request().unwrap().reply_to).unwrap();
		async move { sealed }
	};
	let router = serve::router(scene.store.clone()).route("/keys", axum::routing::post(answer));
	let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
	let endpoint = format!("http://{}", listener.local_addr().unwrap());
	tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
	Wanted {
		endpoint,
		..scene.wanted.clone()
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_that_gives_other_keys_or_places_is_found_out() {
	let scene = Scene::new().await;
	let (key, request) = scene.request(&dev::bob());
	let url = format!("{}/keys", scene.wanted.endpoint);
	let signed = request.sign(&dev::bob());
	let answer = scene.http.post(&url).json(&signed).send().await.unwrap();
	let sealed = answer.bytes().await.unwrap();
	let honest = super::request::Release::open(&sealed, &key).unwrap();
	let lies: Vec<(&str, super::request::Release)> = vec![
		("a key is not the one", {
			let mut lie = honest.clone();
			lie.openings[0].key = [0; 32];
			lie
		}),
		("a key is not the one", {
			let mut lie = honest.clone();
			lie.openings[0].start = Default::default();
			lie
		}),
		("a key is not the one", {
			let mut lie = honest.clone();
			lie.first += 1;
			lie
		}),
		("a key is not the one", {
			let mut lie = honest.clone();
			lie.first = u64::MAX;
			lie
		}),
		("there is no key", {
			let mut lie = honest.clone();
			lie.openings.clear();
			lie
		}),
		("the document is another one", {
			let mut lie = honest.clone();
			lie.document = b"{}".to_vec();
			lie
		}),
		("the document is another one", {
			let mut lie = honest.clone();
			lie.document.push(b' ');
			lie
		}),
	];
	for (says, lie) in lies {
		let wanted = liar(&scene, lie).await;
		let (_, got) = scene.get(&dev::bob(), &wanted).await;
		let why = got.unwrap_err();
		assert!(matches!(why, Refused::Wrong { .. }), "{why}");
		assert!(why.to_string().contains(says), "{why}");
	}
	let wanted = liar(&scene, honest.clone()).await;
	let (_, got) = scene.get(&dev::bob(), &wanted).await;
	assert_eq!(got.unwrap().records, scene.expected());
	// Keys of a part are no appraisal.
	let part = scene.get_whole(&dev::bob(), &wanted).await.unwrap_err();
	assert!(matches!(part, Refused::Wrong { .. }), "{part}");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_end_too_soon_or_a_plaintext_that_was_not_bound_are_found_out() {
	let scene = Scene::new().await;
	let kept = Secrets::of(scene.home.path())
		.of_sealed(&scene.wanted.root)
		.unwrap();
	let length = scene.plain.len() as u64;
	let mut sealer = guerdon_content::sealed::Sealer::new(*kept.secret, KIND, length).unwrap();
	let out = |_: &[u8]| -> Result<(), guerdon_content::Error> { Ok(()) };
	sealer.update(&scene.plain, out).unwrap();
	let starts = sealer.finish().unwrap().starts;
	let document = Secrets::of(scene.home.path()).document(&scene.wanted.metadata);
	let document = document.unwrap();
	let release = |segments: Range<u64>, blinding: Option<[u8; 32]>| super::request::Release {
		first: segments.start,
		openings: segments
			.map(|segment| guerdon_content::sealed::Opening {
				key: guerdon_content::sealed::segment_key(&kept.secret, segment),
				start: starts[segment as usize],
			})
			.collect(),
		document: document.clone(),
		blinding,
	};
	let segments = segments_of(&starts, KIND, RANGE.start, 100).unwrap();
	for (given, says) in [
		(0..segments.start, "the keys end before"),
		(segments.end..4, "begin behind the records"),
	] {
		let wanted = liar(&scene, release(given, None)).await;
		let why = scene.get(&dev::bob(), &wanted).await.1.unwrap_err();
		assert!(why.to_string().contains(says), "{why}");
	}
	let blinding = guerdon_content::sealed::blinding(&kept.secret);
	for (given, blinding, says) in [
		(0..4, None, "the plaintext is not the one"),
		(0..4, Some([0; 32]), "the plaintext is not the one"),
		(0..3, Some(blinding), "not every segment has a key"),
		(1..4, Some(blinding), "about where records begin"),
	] {
		let wanted = liar(&scene, release(given, blinding)).await;
		let why = scene.get_whole(&dev::bob(), &wanted).await.unwrap_err();
		assert!(why.to_string().contains(says), "{why}");
	}
	let wanted = liar(&scene, release(0..4, Some(blinding))).await;
	assert!(scene.get_whole(&dev::bob(), &wanted).await.unwrap() == scene.plain);
}

#[test]
fn a_document_says_how_it_is_sealed() {
	let sealing = Sealing {
		index: [1; 32],
		plaintext: [2; 32],
	};
	let mut document = json!({ "name": "a" });
	assert_eq!(Sealing::read(&document), Ok(None));
	sealing.write(&mut document);
	assert_eq!(Sealing::read(&document), Ok(Some(sealing)));
	let mut newer = document.clone();
	newer[FIELD][SCHEME_FIELD] = json!("guerdon/sealed/v2");
	let why = Sealing::read(&newer).unwrap_err();
	assert!(why.contains("v2") && why.contains("update"), "{why}");
	for field in [INDEX_FIELD, PLAINTEXT_FIELD] {
		let mut broken = document.clone();
		broken[FIELD][field] = json!("0x12");
		assert!(Sealing::read(&broken).unwrap_err().contains(field));
	}
}
