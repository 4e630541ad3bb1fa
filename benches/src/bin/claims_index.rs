//! Prints what a node's index of leaves costs: to be filled, on disk, and to answer a claim, beside what
//! a proof costs without an index.
//!
//! `cargo run --release -p guerdon-benches --bin claims_index -- 10000000`

use anyhow::{bail, Context, Result};
use clap::Parser;
use guerdon_index::{AccountId, Block, Change, Index, Leaf, Payee, PoolState};
use guerdon_share_tree::{
	entitlement_of, leaf_node, page_count, Builder, Hasher as _, NativeBlake2_256, Tree,
	PAGE_LEAVES,
};
use std::{
	fs,
	path::{Path, PathBuf},
	process::Command,
	time::Instant,
};

const GENESIS: [u8; 32] = [1; 32];

/// A list of members, whose payees ascend, and the pool of a run, which is in no order.
const LIST: u64 = 1;
const RUN: u64 = 2;

/// Measures an index of pools.
#[derive(Parser)]
struct Options {
	/// How many leaves the list has; the pool in no order has a tenth of that.
	#[arg(default_value_t = 200_000)]
	leaves: u64,
	/// Where the index is made, in a folder that is removed in the end.
	#[arg(long, default_value_os_t = std::env::temp_dir())]
	folder: PathBuf,
	/// How many claims are timed.
	#[arg(long, default_value_t = 2_000)]
	claims: u64,
	/// Only time claims from the index in this folder, as a process of its own does.
	#[arg(long, hide = true)]
	ask: Option<PathBuf>,
}

fn row(what: &str, measured: String, baseline: String, ratio: String) {
	println!("{what:<50} {measured:>34}  {baseline:<44} {ratio:>10}");
}

/// A number that looks random, the same in every run.
fn mixed(number: u64) -> [u8; 32] {
	NativeBlake2_256::hash(&number.to_le_bytes())
}

/// Spread over all accounts, in their order.
fn member(number: u64, leaves: u64) -> AccountId {
	let mut account = mixed(number);
	account[..8].copy_from_slice(&(u64::MAX / leaves * number).to_be_bytes());
	account
}

fn leaf(pool: u64, index: u64, leaves: u64) -> Leaf {
	let account = match pool {
		LIST => member(index, leaves),
		_ => mixed(index),
	};
	Leaf {
		payee: Payee::Account(account),
		weight: index % 1_000 + 1,
	}
}

/// Seconds that it takes to apply a pool in blocks of 256 leaves, and to build its tree alone.
fn apply(index: &Index, pool: u64, leaves: u64, number: &mut u32) -> Result<(f64, f64)> {
	let mut builder = Builder::new();
	let (mut seconds, mut alone) = (0.0, 0.0);
	let mut block = |change: Change| {
		*number += 1;
		let block = Block {
			number: *number,
			hash: mixed(u64::from(*number)),
		};
		let begun = Instant::now();
		let applied = index.apply(block, &[change]);
		seconds += begun.elapsed().as_secs_f64();
		applied
	};
	for page in 0..page_count(leaves) {
		let from = page * PAGE_LEAVES;
		let part: Vec<Leaf> = (from..leaves.min(from + PAGE_LEAVES))
			.map(|at| leaf(pool, at, leaves))
			.collect();
		let begun = Instant::now();
		for (leaf, at) in part.iter().zip(from..) {
			let node = leaf_node::<NativeBlake2_256, _>(pool, at, leaf);
			builder.push::<NativeBlake2_256>(node.hash, leaf.weight)?;
		}
		alone += begun.elapsed().as_secs_f64();
		block(Change::Streamed {
			pool,
			from,
			leaves: part,
		})?;
	}
	block(Change::Sealed {
		pool,
		summary: builder.finish::<NativeBlake2_256>()?,
	})?;
	Ok((seconds, alone))
}

/// Seconds that this thread ran, which what else the machine does is no part of. Told in ticks, so
/// that only the sum of many says something.
fn on_processor() -> f64 {
	let times = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
	let nanoseconds = times
		.split_whitespace()
		.next()
		.and_then(|time| time.parse::<f64>().ok());
	nanoseconds.unwrap_or_default() / 1e9
}

/// Seconds per claim, ascending, and those of a mean one on the processor: everything that pays a random
/// payee, and the proof of each.
fn claims(index: &Index, pool: u64, leaves: u64, claims: u64) -> Result<(Vec<f64>, f64)> {
	let mut seconds = vec![];
	let mut ran = 0.0;
	for claim in 0..claims {
		let random = mixed(u64::MAX - claim);
		let at = u64::from_le_bytes(random[..8].try_into()?) % leaves;
		let payee = leaf(pool, at, leaves).payee;
		let (before, begun) = (on_processor(), Instant::now());
		let found = index.of_payee(&payee, None, 64)?;
		let proofs = found
			.leaves
			.iter()
			.map(|found| index.prove(found.pool, found.index));
		let proofs = proofs.collect::<Result<Vec<_>, _>>()?;
		seconds.push(begun.elapsed().as_secs_f64());
		ran += on_processor() - before;
		// It is the claim that was asked for, and a chain would pay it.
		let mut mine = found.leaves.iter().zip(&proofs);
		let mine = mine.find(|(found, _)| (found.pool, found.index) == (pool, at));
		let (_, (leaf, proof)) = mine.context("a leaf is not found")?;
		let PoolState::Sealed(summary) = index.pool(pool)?.context("no pool")?.state else {
			bail!("the pool is not sealed");
		};
		let node = leaf_node::<NativeBlake2_256, _>(pool, at, leaf);
		entitlement_of::<NativeBlake2_256>(&summary, at, node, proof, 1_000_000)?;
	}
	seconds.sort_by(f64::total_cmp);
	Ok((seconds, ran / claims as f64))
}

/// Seconds for one proof without an index, for whoever has all leaves in memory: their tree is built.
fn without_index(index: &Index, pool: u64, leaves: u64) -> Result<f64> {
	let mut nodes = vec![];
	let mut seconds = 0.0;
	for page in 0..page_count(leaves) {
		let indices = page * PAGE_LEAVES..leaves.min((page + 1) * PAGE_LEAVES);
		let page: Vec<(u64, Leaf)> = indices.map(|at| (at, leaf(pool, at, leaves))).collect();
		let begun = Instant::now();
		nodes.extend(
			page.iter()
				.map(|(at, leaf)| leaf_node::<NativeBlake2_256, _>(pool, *at, leaf)),
		);
		seconds += begun.elapsed().as_secs_f64();
	}
	let begun = Instant::now();
	let proof = Tree::new::<NativeBlake2_256>(nodes)?.prove(leaves / 2)?;
	seconds += begun.elapsed().as_secs_f64();
	assert_eq!(proof, index.prove(pool, leaves / 2)?.1);
	Ok(seconds)
}

/// Bytes on the disk of all files in a folder.
fn bytes_in(folder: &Path) -> Result<u64> {
	use std::os::unix::fs::MetadataExt as _;
	let sizes = fs::read_dir(folder)?.map(|file| Ok(file?.metadata()?.blocks() * 512));
	sizes.sum()
}

/// Has the operating system forget what it knows of the files, so that they are read from the disk.
fn forget(folder: &Path) -> Result<()> {
	for file in fs::read_dir(folder)? {
		let from = format!("if={}", file?.path().display());
		let done = Command::new("dd")
			.args([&from, "iflag=nocache", "count=0", "status=none"])
			.status()?;
		if !done.success() {
			bail!("dd cannot drop {from} from memory");
		}
	}
	Ok(())
}

/// MB of memory of its own, and of files that it has mapped, which the operating system can take back.
fn memory() -> (f64, f64) {
	let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
	let megabytes = |name: &str| {
		let line = status
			.lines()
			.find(|line| line.starts_with(name))
			.unwrap_or_default();
		let kib = line
			.split_whitespace()
			.nth(1)
			.and_then(|kib| kib.parse::<u64>().ok());
		kib.unwrap_or_default() as f64 * 1_024.0 / 1e6
	};
	(megabytes("RssAnon:"), megabytes("RssFile:"))
}

fn spread(seconds: &[f64]) -> String {
	let at = |part: f64| seconds[((seconds.len() - 1) as f64 * part) as usize] * 1e3;
	format!("{:.2} / {:.2} / {:.2} ms", at(0.5), at(0.99), at(1.0))
}

fn show(what: &str, (clock, processor): &(Vec<f64>, f64), without: f64) {
	row(
		&format!("{what}: median / 99 % / worst"),
		spread(clock),
		format!("the whole tree for one proof, {without:.2} s"),
		format!("1/{:.0}", without / clock[clock.len() / 2]),
	);
	row(
		"  of a mean one on the processor",
		format!("{:.2} ms", processor * 1e3),
		String::new(),
		String::new(),
	);
}

/// Claims from an index that nobody has read from yet.
fn ask(options: &Options, folder: &Path) -> Result<()> {
	let (leaves, few) = options.pools();
	let index = Index::open(folder, GENESIS)?;
	let cold = claims(&index, LIST, leaves, options.claims / 10)?;
	let warm = claims(&index, LIST, leaves, options.claims)?;
	let run = claims(&index, RUN, few, options.claims)?;
	let (own, mapped) = memory();
	let without = without_index(&index, LIST, leaves)?;
	show("claims from the disk", &cold, without);
	show("claims", &warm, without);
	show(
		"claims from the pool in no order",
		&run,
		without_index(&index, RUN, few)?,
	);
	row(
		"memory while it answers",
		format!("{own:.1} MB"),
		format!("mapped files, {mapped:.0} MB"),
		String::new(),
	);
	Ok(())
}

impl Options {
	/// The leaves of each pool.
	fn pools(&self) -> (u64, u64) {
		(self.leaves.max(10), (self.leaves / 10).max(1))
	}
}

fn main() -> Result<()> {
	let options = Options::parse();
	if let Some(folder) = &options.ask {
		return ask(&options, folder);
	}
	let (leaves, few) = options.pools();
	let folder = tempfile::tempdir_in(&options.folder)?;
	let index = Index::open(folder.path(), GENESIS)?;
	let rate = |leaves: u64, seconds: f64| format!("{:.0} leaves/s", leaves as f64 / seconds);
	row("what", "measured".into(), "baseline".into(), "ratio".into());
	let mut number = 0;
	for (pool, leaves, order) in [(LIST, leaves, "in order"), (RUN, few, "in no order")] {
		let (seconds, alone) = apply(&index, pool, leaves, &mut number)?;
		row(
			&format!("{leaves} leaves {order}, 256 a block"),
			rate(leaves, seconds),
			format!("their tree alone, {}", rate(leaves, alone)),
			format!("{:.1} x", seconds / alone),
		);
	}
	let (own, mapped) = memory();
	row(
		"memory after that",
		format!("{own:.1} MB"),
		format!("mapped files, {mapped:.0} MB"),
		String::new(),
	);
	let begun = Instant::now();
	drop(index);
	row(
		"closing the index",
		format!("{:.2} s", begun.elapsed().as_secs_f64()),
		String::new(),
		String::new(),
	);
	let bytes = bytes_in(folder.path())? as f64 / (leaves + few) as f64;
	row(
		"on disk",
		format!("{bytes:.0} bytes/leaf"),
		"a leaf, 41 bytes".into(),
		format!("{:.2} x", bytes / 41.0),
	);

	forget(folder.path())?;
	let asked = Command::new(std::env::current_exe()?)
		.args([leaves.to_string(), format!("--claims={}", options.claims)])
		.arg("--ask")
		.arg(folder.path())
		.status()?;
	if !asked.success() {
		bail!("no claim could be timed");
	}

	let index = Index::open(folder.path(), GENESIS)?;
	let file = folder.path().join("export");
	let begun = Instant::now();
	let summary = index.export(LIST, fs::File::create(&file)?)?;
	row(
		"export",
		rate(leaves, begun.elapsed().as_secs_f64()),
		String::new(),
		String::new(),
	);
	let other = tempfile::tempdir_in(&options.folder)?;
	let importing = Index::open(other.path(), GENESIS)?;
	let begun = Instant::now();
	importing.import(fs::File::open(&file)?, &|_| Some(summary), &mut |_, _| {})?;
	row(
		"import",
		rate(leaves, begun.elapsed().as_secs_f64()),
		String::new(),
		String::new(),
	);
	Ok(())
}
