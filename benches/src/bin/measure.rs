//! Prints what Guerdon's own arithmetic costs, each figure beside a baseline of the same run. What
//! each row means, and what it should be, is in this crate's README.
//!
//! `cargo run --release -p guerdon-benches --bin measure`

use guerdon_client::{blobs::Store, serve};
use guerdon_program_softmax as softmax;
use guerdon_receipt::{sign, Receipt};
use guerdon_runner::{Limits, Program, SOFTMAX};
use guerdon_share_tree::{
	entitlement, leaf_node, proof_length, verify, Builder, Hasher as _, Leaf, NativeBlake2_256,
	Node, Payee, Proof,
};
use guerdon_valuation::{point_scores, Point, PointCounts, Population, Record, Share};
use std::{
	collections::BTreeMap,
	fs::{self, File},
	future::pending,
	hint::black_box,
	io::{self, Write as _},
	net::{TcpListener, TcpStream},
	thread,
	time::{Duration, Instant},
};

/// How often both sides of a row are timed; the best time counts.
const ROUNDS: u32 = 15;

/// Seconds per repetition.
fn time<T>(repetitions: u32, mut work: impl FnMut() -> T) -> f64 {
	let begun = Instant::now();
	for _ in 0..repetitions {
		black_box(work());
	}
	begun.elapsed().as_secs_f64() / f64::from(repetitions)
}

/// The best time of each, in seconds per repetition. They take turns, so that whatever else the
/// machine does meets both.
fn beside<T, U>(
	repetitions: u32,
	mut work: impl FnMut() -> T,
	mut baseline: impl FnMut() -> U,
) -> (f64, f64) {
	(0..ROUNDS).fold((f64::INFINITY, f64::INFINITY), |best, _| {
		(
			best.0.min(time(repetitions, &mut work)),
			best.1.min(time(repetitions, &mut baseline)),
		)
	})
}

fn row(what: &str, measured: String, baseline: String, ratio: String) {
	println!("{what:<58} {measured:>14}  {baseline:<44} {ratio:>10}");
}

fn leaf(index: u64) -> Leaf<[u8; 32]> {
	let mut account = [0; 32];
	account[..8].copy_from_slice(&index.to_le_bytes());
	Leaf {
		payee: Payee::Account(account),
		weight: index % 1_000 + 1,
	}
}

/// Bytes that are hashed for a leaf that pays an account, and for an inner node.
const LEAF_BYTES: usize = 74;
const NODE_BYTES: usize = 97;

/// One leaf's bytes and those of so many nodes, hashed one after the other, and nothing else.
fn bare_hashes(nodes: u32) -> [u8; 32] {
	let mut hash = NativeBlake2_256::hash(&black_box([7u8; LEAF_BYTES]));
	for _ in 0..nodes {
		let mut node = black_box([7u8; NODE_BYTES]);
		node[..32].copy_from_slice(&hash);
		hash = NativeBlake2_256::hash(&node);
	}
	hash
}

/// Seconds that a claim's verification takes among so many leaves, and prints them.
///
/// They depend on the length of the path alone, so the siblings are invented.
fn claim(count: u64, leaves: &str) -> f64 {
	let index = count / 3;
	let node = leaf_node::<NativeBlake2_256, _>(1, index, &leaf(index));
	let sibling = |level: u32| Node {
		hash: [level as u8; 32],
		sum: 1 << (10 + level),
	};
	let length = proof_length(index, count).expect("the leaf exists");
	let siblings: Vec<Node> = (0..length).map(sibling).collect();
	let proof = Proof::try_from(siblings).expect("at most 40 siblings");
	let verified = || {
		let leaf = leaf_node::<NativeBlake2_256, _>(1, index, &leaf(index));
		assert_eq!(leaf, node);
		let path = verify::<NativeBlake2_256>(leaf, index, count, &proof).expect("a sound path");
		entitlement(&path, 1_000_000_000_000_000_007).expect("weight above zero")
	};
	let (verified, bare) = beside(1_000, verified, || bare_hashes(length));
	row(
		&format!("claim verified, {leaves} leaves"),
		format!("{:.2} us", verified * 1e6),
		format!("its {} hashes alone, {:.2} us", length + 1, bare * 1e6),
		format!("{:.2} x", verified / bare),
	);
	verified
}

fn resident_kib() -> u64 {
	let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
	let line = status
		.lines()
		.find(|line| line.starts_with("VmRSS:"))
		.unwrap_or("0");
	line.split_whitespace()
		.nth(1)
		.and_then(|kib| kib.parse().ok())
		.unwrap_or(0)
}

fn settlement() {
	let small = claim(10, "10");
	let large = claim(10_000_000, "10,000,000");
	row(
		"claim verified, 10,000,000 leaves",
		format!("{:.2} us", large * 1e6),
		format!("claim verified, 10 leaves, {:.2} us", small * 1e6),
		format!("{:.2} x", large / small),
	);
	stream();
}

/// Ten million leaves, a million at a time; after each as many bare hashes.
fn stream() {
	const LEAVES: u64 = 10_000_000;
	const SLICE: u32 = 1_000_000;
	let mut builder = Builder::new();
	let mut memory = vec![resident_kib()];
	let (mut streamed, mut hashed) = (0.0, 0.0);
	let mut indices = 0..LEAVES;
	while !indices.is_empty() {
		streamed += f64::from(SLICE)
			* time(SLICE, || {
				let index = indices.next().expect("slices fit");
				let node = leaf_node::<NativeBlake2_256, _>(1, index, &leaf(index));
				builder
					.push::<NativeBlake2_256>(node.hash, node.sum as u64)
					.expect("within the bounds");
			});
		memory.push(resident_kib());
		hashed += f64::from(SLICE) * time(SLICE, || bare_hashes(1));
	}
	let summary = builder
		.finish::<NativeBlake2_256>()
		.expect("there are leaves");
	assert_eq!(summary.count, LEAVES);
	row(
		"tree of 10,000,000 leaves, streamed",
		format!("{streamed:.2} s"),
		format!("its 20,000,000 hashes alone, {hashed:.2} s"),
		format!("{:.2} x", streamed / hashed),
	);
	let grown = memory.iter().max().unwrap_or(&0) - memory.first().unwrap_or(&0);
	let kept = 2 * LEAVES * size_of::<Node>() as u64 / 1024;
	row(
		"memory that grew meanwhile",
		format!("{grown} KiB"),
		format!("all its nodes, {kept} KiB"),
		format!("{:.2} %", grown as f64 / kept as f64 * 100.0),
	);
}

fn receipts() {
	let key = sign::SigningKey::from_bytes(&[7; 32]);
	let receipt = Receipt {
		version: 1,
		genesis: [1; 32],
		run: 2,
		task: 3,
		contributor: [4; 32],
		base_model: [5; 32],
		result: [6; 32],
		steps: 40,
		evidence: [8; 32],
		metric_before: 900_000,
		metric_after: 930_000,
		valid_until: 1_000,
	};
	let signature = sign::sign_receipt(&key, &receipt);
	let public = sign::public_key(&key);
	let bytes = receipt.bytes();
	let checked = || {
		let receipt = Receipt::from_bytes(&bytes).expect("canonical bytes");
		guerdon_receipt::check_key(&public).expect("a sound key");
		assert!(sign::decide(&public, &receipt.pae(), &signature));
		receipt.id()
	};
	let message = receipt.pae();
	let bare = || {
		let (signature, public) = (signature.into(), public.into());
		assert!(sp_io::crypto::ed25519_verify(&signature, &message, &public));
	};
	let (checked, bare) = beside(250, checked, bare);
	row(
		"receipts verified per second",
		format!("{:.0}", 1.0 / checked),
		format!("sp-io ed25519_verify alone, {:.0}", 1.0 / bare),
		format!("{:.1} %", bare / checked * 100.0),
	);
}

fn digits() -> Vec<Point> {
	let set = smartcore::dataset::digits::load_dataset();
	set.data
		.chunks(set.num_features)
		.zip(&set.target)
		.map(|(row, label)| Point {
			features: row
				.iter()
				.map(|value| (value * 255.0 / 16.0).round() as u8)
				.collect(),
			label: *label as u16,
		})
		.collect()
}

fn squared_distance(a: &[u8], b: &[u8]) -> u64 {
	a.iter()
		.zip(b)
		.map(|(x, y)| u64::from(x.abs_diff(*y)).pow(2))
		.sum()
}

/// What `Population::count` gives, spelled out: every distance in full, one record at a time.
fn naive_counts(records: &[Record], tests: &[Point], tau2: u32) -> Vec<PointCounts> {
	let counts = tests.iter().map(|test| {
		let (mut in_ball, mut same_label) = (0, 0);
		let mut shares: BTreeMap<u64, Share> = BTreeMap::new();
		for record in records {
			if squared_distance(record.features, &test.features) > u64::from(tau2) {
				continue;
			}
			let share = shares.entry(record.dataset).or_insert(Share {
				dataset: record.dataset,
				with_label: 0,
				without_label: 0,
			});
			in_ball += 1;
			if record.label == test.label {
				same_label += 1;
				share.with_label += 1;
			} else {
				share.without_label += 1;
			}
		}
		let shares: Vec<Share> = shares.into_values().collect();
		PointCounts {
			in_ball,
			same_label,
			shares: shares.try_into().expect("few datasets"),
		}
	});
	counts.collect()
}

/// What `Population::keep` gives: every record is compared with every earlier one of its label.
fn naive_keep(records: &[Record], rho2: u32) -> Vec<bool> {
	let mut kept: Vec<&Record> = Vec::new();
	let mut keep = Vec::new();
	for record in records {
		let near = |earlier: &&Record| {
			earlier.label == record.label
				&& squared_distance(earlier.features, record.features) <= u64::from(rho2)
		};
		let is_new = !kept.iter().any(near);
		if is_new {
			kept.push(record);
		}
		keep.push(is_new);
	}
	keep
}

fn scores(counts: &[PointCounts]) -> usize {
	counts
		.iter()
		.flat_map(|point| point_scores(point, 10).expect("sound counts"))
		.count()
}

fn valuation() {
	let points = digits();
	let (rows, tests) = points.split_at(1_078);
	let records: Vec<Record> = rows
		.iter()
		.zip(0u64..)
		.map(|(row, number)| Record {
			priority: 0,
			dataset: number / 135,
			index: number,
			features: &row.features,
			label: row.label,
		})
		.collect();
	let population = Population::new(&records).expect("records in order");
	let tau2 = population.tau2(tests).expect("test points");
	let count = || population.count(tests, tau2).expect("test points");
	assert_eq!(count(), naive_counts(&records, tests, tau2));
	let (counted, naive) = beside(
		3,
		|| scores(&count()),
		|| scores(&naive_counts(&records, tests, tau2)),
	);
	row(
		"counts and scores, digits 1078 x 719, one thread",
		format!("{:.2} ms", counted * 1e3),
		format!("the naive loop, {:.2} ms", naive * 1e3),
		format!("{:.2} x", counted / naive),
	);
	let rho2 = tau2 / 64;
	let kept = population.keep(rho2);
	assert_eq!(kept, naive_keep(&records, rho2));
	let (excluded, naive) = beside(10, || population.keep(rho2), || naive_keep(&records, rho2));
	let kept = kept.iter().filter(|kept| **kept).count();
	row(
		&format!("exclusion on the same records ({kept} of 1078 kept)"),
		format!("{:.2} ms", excluded * 1e3),
		format!("the naive loop, {:.2} ms", naive * 1e3),
		format!("{:.2} x", excluded / naive),
	);
}

fn execution() {
	let config = softmax::Config {
		features: 64,
		classes: 10,
		batch: 16,
		learning_rate: 0.5,
		decay: 1e-4,
	};
	let config = config.encode();
	let batch: Vec<u8> = digits()
		.iter()
		.take(16)
		.flat_map(|point| {
			let mut bytes = point.features.clone();
			bytes.extend(point.label.to_le_bytes());
			bytes
		})
		.collect();
	let program = Program::load(SOFTMAX, Limits::default()).expect("the reference program");
	let state = program.init(&config).expect("a sound config");
	let (wasm, native) = beside(
		200,
		|| {
			program
				.step(&config, &state, &batch)
				.expect("a sound batch")
		},
		|| softmax::step(&config, &state, &batch).expect("a sound batch"),
	);
	row(
		"one step of softmax regression in wasm",
		format!("{:.1} us", wasm * 1e6),
		format!("native code, {:.1} us", native * 1e6),
		format!("{:.2} x", wasm / native),
	);
}

/// A blob goes over loopback from one home to another, as records do; every byte is new to the
/// receiver each time.
fn streams() {
	const LENGTH: usize = 64 << 20;
	let mut bytes = vec![0; LENGTH];
	blake3::Hasher::new().finalize_xof().fill(&mut bytes);
	let folder = tempfile::tempdir().expect("a temporary folder");
	let sender = Store::open(&folder.path().join("sender")).expect("a writable folder");
	let root = sender.add_bytes(&bytes).expect("room for the blob");
	let runtime = tokio::runtime::Runtime::new().expect("a runtime");
	let free = || TcpListener::bind("127.0.0.1:0").expect("a free port");
	let address = free().local_addr().expect("an address");
	let endpoints = [format!("http://{address}")];
	runtime.spawn(serve::listen(address, serve::router(sender), pending()));
	let plain = free();
	let plain_address = plain.local_addr().expect("an address");
	let sent = bytes.clone();
	thread::spawn(move || {
		for stream in plain.incoming() {
			let _ = stream.and_then(|mut stream| stream.write_all(&sent));
		}
	});
	let home = folder.path().join("receiver");
	let checked = || {
		let _ = fs::remove_dir_all(&home);
		let store = Store::open(&home).expect("a writable folder");
		let until = tokio::time::Instant::now() + Duration::from_secs(60);
		let obtained = store.obtain(&root, &endpoints, LENGTH as u64, until);
		runtime.block_on(obtained).expect("the blob is served");
	};
	let copy = folder.path().join("copy");
	let unchecked = || {
		let mut from = TcpStream::connect(plain_address).expect("it listens");
		let mut to = File::create(&copy).expect("a writable folder");
		let copied = io::copy(&mut from, &mut to).expect("room for the blob");
		assert_eq!(copied, LENGTH as u64);
		to.sync_all().expect("a disk");
	};
	let (checked, unchecked) = beside(1, checked, unchecked);
	let rate = |seconds: f64| format!("{:.2} GB/s", LENGTH as f64 / seconds / 1e9);
	row(
		"blob of 64 MiB received, checked and kept",
		rate(checked),
		format!(
			"the same bytes from a socket to a file, {}",
			rate(unchecked)
		),
		format!("{:.2} x", checked / unchecked),
	);
	let (hashed, _) = beside(1, || blake3::hash(&bytes), || ());
	row(
		"the same once more",
		rate(checked),
		format!("their BLAKE3 alone, {}", rate(hashed)),
		format!("{:.2} x", checked / hashed),
	);
}

fn main() {
	row("what", "measured".into(), "baseline".into(), "ratio".into());
	settlement();
	receipts();
	valuation();
	execution();
	streams();
	println!();
	println!("Published for KNN-Shapley in pyDVL 0.10, and not measured here: 970 ms.");
}
