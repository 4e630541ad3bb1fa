//! Prints what Guerdon's own arithmetic costs, each figure beside a baseline of the same run.
//!
//! `cargo run --release -p guerdon-benches --bin measure`

use guerdon_program_softmax as softmax;
use guerdon_receipt::{sign, Receipt};
use guerdon_runner::{Limits, Program, SOFTMAX};
use guerdon_share_tree::{
	entitlement, leaf_node, proof_length, verify, Builder, Leaf, NativeBlake2_256, Node, Payee,
	Proof,
};
use guerdon_valuation::{point_scores, Point, Population, Record};
use std::{hint::black_box, time::Instant};

/// Best of several runs, in seconds per repetition.
fn best<T>(repetitions: u32, mut work: impl FnMut() -> T) -> f64 {
	(0..7)
		.map(|_| {
			let begun = Instant::now();
			for _ in 0..repetitions {
				black_box(work());
			}
			begun.elapsed().as_secs_f64() / f64::from(repetitions)
		})
		.fold(f64::INFINITY, f64::min)
}

fn row(what: &str, value: String, baseline: &str, ratio: String) {
	println!("{what:<58} {value:>14}  {baseline:<44} {ratio:>10}");
}

fn leaf(index: u64) -> Leaf<[u8; 32]> {
	let mut account = [0; 32];
	account[..8].copy_from_slice(&index.to_le_bytes());
	Leaf {
		payee: Payee::Account(account),
		weight: index % 1_000 + 1,
	}
}

/// The cost of a claim depends on the length of the path alone, so the siblings are invented.
fn claim(count: u64) -> f64 {
	let index = count / 3;
	let node = leaf_node::<NativeBlake2_256, _>(1, index, &leaf(index));
	let sibling = |level: u64| Node {
		hash: [level as u8; 32],
		sum: 1 << (10 + level),
	};
	let length = proof_length(index, count).expect("the leaf exists");
	let siblings: Vec<Node> = (0..length as u64).map(sibling).collect();
	let proof = Proof::try_from(siblings).expect("at most 40 siblings");
	best(2_000, || {
		let leaf = leaf_node::<NativeBlake2_256, _>(1, index, &leaf(index));
		assert_eq!(leaf, node);
		let path = verify::<NativeBlake2_256>(leaf, index, count, &proof).expect("a sound path");
		entitlement(&path, 1_000_000_000_000_000_007).expect("weight above zero")
	})
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
	let (small, large) = (claim(10), claim(10_000_000));
	row(
		"claim verified, 10 leaves",
		format!("{:.2} us", small * 1e6),
		"",
		String::new(),
	);
	row(
		"claim verified, 10,000,000 leaves",
		format!("{:.2} us", large * 1e6),
		"the same at 10 leaves",
		format!("{:.2} x", large / small),
	);
	let begun = Instant::now();
	let mut builder = Builder::new();
	let mut memory = Vec::new();
	for index in 0..10_000_000u64 {
		let node = leaf_node::<NativeBlake2_256, _>(1, index, &leaf(index));
		builder
			.push::<NativeBlake2_256>(node.hash, node.sum as u64)
			.expect("within the bounds");
		if index % 2_500_000 == 0 {
			memory.push(resident_kib());
		}
	}
	memory.push(resident_kib());
	let summary = builder
		.finish::<NativeBlake2_256>()
		.expect("there are leaves");
	let grown = memory.iter().max().unwrap_or(&0) - memory.first().unwrap_or(&0);
	row(
		"tree of 10,000,000 leaves, streamed",
		format!("{:.2} s", begun.elapsed().as_secs_f64()),
		"memory grown meanwhile",
		format!("{grown} KiB"),
	);
	assert_eq!(summary.count, 10_000_000);
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
	let ours = best(500, || {
		let receipt = Receipt::from_bytes(&bytes).expect("canonical bytes");
		guerdon_receipt::check_key(&public).expect("a sound key");
		assert!(sign::decide(&public, &receipt.pae(), &signature));
		receipt.id()
	});
	let message = receipt.pae();
	let raw = best(500, || {
		let (signature, public) = (signature.into(), public.into());
		assert!(sp_io::crypto::ed25519_verify(&signature, &message, &public));
	});
	row(
		"receipts verified per second",
		format!("{:.0}", 1.0 / ours),
		"sp-io ed25519_verify alone",
		format!("{:.1} %", raw / ours * 100.0),
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
	let counted = best(3, || {
		let counts = population.count(tests, tau2).expect("test points");
		counts
			.iter()
			.flat_map(|point| point_scores(point, 10).expect("sound counts"))
			.count()
	});
	let excluded = best(3, || population.keep(tau2 / 64));
	let kept = population
		.keep(tau2 / 64)
		.iter()
		.filter(|kept| **kept)
		.count();
	row(
		"counts and scores, digits 1078 x 719, one thread",
		format!("{:.2} ms", counted * 1e3),
		"pyDVL 0.10's KNN-Shapley, published: 970 ms",
		format!("{:.0} x", 0.97 / counted),
	);
	row(
		&format!("exclusion on the same records ({kept} of 1078 kept)"),
		format!("{:.2} ms", excluded * 1e3),
		"counts and scores",
		format!("{:.2} x", excluded / counted),
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
	let native = best(200, || {
		softmax::step(&config, &state, &batch).expect("a sound batch")
	});
	let wasm = best(200, || {
		program
			.step(&config, &state, &batch)
			.expect("a sound batch")
	});
	row(
		"one step of softmax regression in wasm",
		format!("{:.1} us", wasm * 1e6),
		&format!("native code, {:.1} us", native * 1e6),
		format!("{:.2} x", wasm / native),
	);
}

fn main() {
	row("what", "measured".into(), "baseline", "ratio".into());
	settlement();
	receipts();
	valuation();
	execution();
}
