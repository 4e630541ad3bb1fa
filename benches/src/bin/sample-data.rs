//! Writes the folders that the demo's people start from: real data, split among publishers, some
//! of whom do not play fair. Who does what is decided by the seed and written to `roles.json`,
//! which only the demo's final check reads.

use anyhow::{ensure, Context, Result};
use clap::{Parser, ValueEnum};
use serde_json::{json, Value};
use std::{
	fs,
	path::{Path, PathBuf},
};

/// Data sets that ship inside crates.
#[derive(Clone, Copy, ValueEnum)]
enum Source {
	/// UCI handwritten digits, 1797 x 64, 10 classes.
	Digits,
	/// UCI breast cancer Wisconsin (diagnostic), 569 x 30, 2 classes.
	#[value(name = "breast_cancer")]
	BreastCancer,
	/// UCI red wine quality, 1599 x 11, 6 classes.
	#[value(name = "winequality")]
	WineQuality,
}

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

/// Random numbers that are the same on every machine.
struct Random(blake3::OutputReader);

impl Random {
	fn new(seed: u64) -> Self {
		Random(
			blake3::Hasher::new_derive_key("guerdon sample data")
				.update(&seed.to_le_bytes())
				.finalize_xof(),
		)
	}

	fn below(&mut self, end: usize) -> usize {
		let mut bytes = [0; 8];
		self.0.fill(&mut bytes);
		// The bias is below 2^-40 for the sizes used here.
		(u64::from_le_bytes(bytes) % end as u64) as usize
	}

	fn shuffle<T>(&mut self, items: &mut [T]) {
		for at in (1..items.len()).rev() {
			items.swap(at, self.below(at + 1));
		}
	}
}

#[derive(Clone)]
struct Record {
	values: Vec<f64>,
	label: usize,
}

struct Table {
	records: Vec<Record>,
	classes: usize,
	decimals: usize,
	/// One range for all columns, where they have a unit in common.
	range: Option<(i64, i64)>,
}

impl Table {
	fn load(source: Source) -> Result<Self> {
		let rows = |data: Vec<f32>, width: usize, labels: Vec<usize>| -> Vec<Record> {
			data.chunks(width)
				.zip(labels)
				.map(|(row, label)| Record {
					values: row.iter().map(|v| f64::from(*v)).collect(),
					label,
				})
				.collect()
		};
		Ok(match source {
			Source::Digits => {
				let set = smartcore::dataset::digits::load_dataset();
				let labels = set.target.iter().map(|label| *label as usize).collect();
				Table {
					records: rows(set.data, set.num_features, labels),
					classes: 10,
					decimals: 0,
					range: Some((0, 16)),
				}
			}
			Source::BreastCancer => {
				let set = smartcore::dataset::breast_cancer::load_dataset();
				let labels = set.target.iter().map(|label| *label as usize).collect();
				Table {
					records: rows(set.data, set.num_features, labels),
					classes: 2,
					decimals: 5,
					range: None,
				}
			}
			Source::WineQuality => {
				let set = linfa_datasets::winequality();
				let records = set
					.records()
					.rows()
					.into_iter()
					.zip(set.targets().iter())
					.map(|(row, quality)| Record {
						values: row.to_vec(),
						label: quality - 3,
					})
					.collect();
				Table {
					records,
					classes: 6,
					decimals: 5,
					range: None,
				}
			}
		})
	}

	/// Smallest and largest value of each column, in units of the last decimal.
	fn ranges(&self) -> Vec<(i64, i64)> {
		if let Some(range) = self.range {
			return vec![range; self.records[0].values.len()];
		}
		let unit = 10f64.powi(self.decimals as i32);
		(0..self.records[0].values.len())
			.map(|column| {
				let values = self
					.records
					.iter()
					.map(|record| record.values[column] * unit);
				let low = values.clone().fold(f64::INFINITY, f64::min).floor() as i64;
				let high = values.fold(f64::NEG_INFINITY, f64::max).ceil() as i64;
				(low, high.max(low + 1))
			})
			.collect()
	}

	/// The run's feature spec, as `guerdon run propose` reads it.
	fn spec(&self) -> Value {
		let columns: Vec<Value> = self
			.ranges()
			.into_iter()
			.enumerate()
			.map(|(index, (min, max))| json!({ "index": index, "decimals": self.decimals, "min": min, "max": max }))
			.collect();
		json!({ "csv": { "label": columns.len(), "classes": self.classes, "header": true, "columns": columns } })
	}

	fn csv(&self, records: &[Record], with_label: bool) -> String {
		let width = self.records[0].values.len();
		let mut names: Vec<String> = (0..width).map(|column| format!("x{column}")).collect();
		if with_label {
			names.push("label".into());
		}
		let mut text = names.join(",") + "\n";
		for record in records {
			let mut fields: Vec<String> = record
				.values
				.iter()
				.map(|value| format!("{value:.*}", self.decimals))
				.collect();
			if with_label {
				fields.push(record.label.to_string());
			}
			text += &(fields.join(",") + "\n");
		}
		text
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
	let table = Table::load(options.data)?;
	let mut random = Random::new(options.seed);
	let mut records = table.records.clone();
	random.shuffle(&mut records);

	// A sixth each for the test set, the validation set and the items that users label.
	let part = records.len() / 6;
	let mut rest = records.split_off(part * 3);
	let items = records.split_off(part * 2);
	let tests = records.split_off(part);
	let validation = records;

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
				let mut order: Vec<usize> = (0..own.len()).collect();
				random.shuffle(&mut order);
				for index in order.into_iter().take(own.len() * 2 / 5) {
					let shift = 1 + random.below(table.classes - 1);
					own[index].label = (own[index].label + shift) % table.classes;
				}
				own
			}
			Conduct::Copied => Vec::new(),
			Conduct::Noise => {
				let unit = 10f64.powi(table.decimals as i32);
				let ranges = table.ranges();
				(0..each)
					.map(|_| Record {
						values: ranges
							.iter()
							.map(|(low, high)| {
								(low + random.below((high - low + 1) as usize) as i64) as f64 / unit
							})
							.collect(),
						label: random.below(table.classes),
					})
					.collect()
			}
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
