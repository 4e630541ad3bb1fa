//! Writes the folders that the demo's people start from: real data, split among publishers, some
//! of whom do not play fair. Who does what is decided by the seed and written to `roles.json`,
//! which only the demo's final check reads.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use guerdon_benches::{Parts, Random, Record, Source, Table};
use serde_json::{json, Value};
use std::{
	fs,
	path::{Path, PathBuf},
};

/// Writes sample data for the demo.
#[derive(Parser)]
struct Options {
	/// Which data.
	#[arg(long, value_enum, default_value_t = Source::Digits)]
	data: Source,
	/// Decides the split and who misbehaves.
	#[arg(long, default_value_t = 1)]
	seed: u64,
	/// Number of publishers, at least four.
	#[arg(long, default_value_t = 8)]
	publishers: usize,
	/// Folder to write; must not exist.
	out: PathBuf,
}

/// How a publisher comes by its records.
#[derive(Clone, Copy, PartialEq)]
enum Conduct {
	Honest,
	/// 40 % of the labels are wrong.
	Flipped,
	/// Somebody else's records.
	Copied,
	/// Random numbers with random labels.
	Noise,
}

impl Conduct {
	fn name(self) -> &'static str {
		match self {
			Conduct::Honest => "honest",
			Conduct::Flipped => "flipped",
			Conduct::Copied => "copied",
			Conduct::Noise => "noise",
		}
	}
}

fn write(path: &Path, text: &str) -> Result<()> {
	fs::create_dir_all(path.parent().context("a path with a folder")?)?;
	fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn main() -> Result<()> {
	let options = Options::parse();
	ensure!(
		!options.out.exists(),
		"{} exists already",
		options.out.display()
	);
	ensure!(
		options.publishers >= 4,
		"at least four publishers are needed"
	);
	let table = Table::load(options.data);
	let mut random = Random::new(options.seed);
	let Parts {
		tests,
		validation,
		items,
		mut rest,
	} = Parts::of(&table, &mut random);

	let mut conducts = vec![Conduct::Honest; options.publishers];
	conducts[..3].copy_from_slice(&[Conduct::Flipped, Conduct::Copied, Conduct::Noise]);
	random.shuffle(&mut conducts);
	let genuine = conducts
		.iter()
		.filter(|c| matches!(c, Conduct::Honest | Conduct::Flipped))
		.count();
	let each = rest.len() / genuine;
	let mut folders: Vec<Vec<Record>> = Vec::new();
	for conduct in &conducts {
		folders.push(match conduct {
			Conduct::Honest => rest.split_off(rest.len() - each),
			Conduct::Flipped => {
				let mut own = rest.split_off(rest.len() - each);
				table.flip(&mut own, 40, &mut random);
				own
			}
			Conduct::Copied => Vec::new(),
			Conduct::Noise => table.noise(each, &mut random),
		});
	}
	let honest: Vec<usize> = (0..conducts.len())
		.filter(|i| conducts[*i] == Conduct::Honest)
		.collect();
	let victim = honest[random.below(honest.len())];
	let copier = conducts
		.iter()
		.position(|c| *c == Conduct::Copied)
		.context("there is a copier")?;
	folders[copier] = folders[victim].clone();
	random.shuffle(&mut folders[copier]);

	for (number, folder) in folders.iter().enumerate() {
		write(
			&options.out.join(format!("publisher-{number}/records.csv")),
			&table.csv(folder, true),
		)?;
	}
	write(
		&options.out.join("sponsor/validation.csv"),
		&table.csv(&validation, true),
	)?;
	write(
		&options.out.join("sponsor/tests.csv"),
		&table.csv(&tests, true),
	)?;
	write(
		&options.out.join("sponsor/items.csv"),
		&table.csv(&items, true),
	)?;
	write(
		&options.out.join("sponsor/features.json"),
		&serde_json::to_string_pretty(&table.spec())?,
	)?;
	let roles: Vec<Value> = conducts
		.iter()
		.zip(&folders)
		.map(|(conduct, folder)| json!({ "conduct": conduct.name(), "records": folder.len() }))
		.collect();
	let roles = json!({ "publishers": roles, "victim": victim, "copier": copier, "forger": random.below(3) });
	write(
		&options.out.join("roles.json"),
		&serde_json::to_string_pretty(&roles)?,
	)?;
	println!("{}", options.out.display());
	Ok(())
}
