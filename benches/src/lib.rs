//! Real data that ships inside crates, and what people who do not play fair make of it.

use clap::ValueEnum;
use guerdon_valuation::{Column, FeatureSpec};
use serde_json::{json, Value};

/// Data sets that ship inside crates.
#[derive(Clone, Copy, ValueEnum)]
pub enum Source {
	/// UCI handwritten digits, 1797 x 64, 10 classes.
	Digits,
	/// UCI breast cancer Wisconsin (diagnostic), 569 x 30, 2 classes.
	#[value(name = "breast_cancer")]
	BreastCancer,
	/// UCI red wine quality, 1599 x 11, 6 classes.
	#[value(name = "winequality")]
	WineQuality,
}

/// Random numbers that are the same on every machine.
pub struct Random(blake3::OutputReader);

impl Random {
	/// All of them, by a seed.
	pub fn new(seed: u64) -> Self {
		Random(
			blake3::Hasher::new_derive_key("guerdon sample data")
				.update(&seed.to_le_bytes())
				.finalize_xof(),
		)
	}

	/// A number below `end`.
	pub fn below(&mut self, end: usize) -> usize {
		let mut bytes = [0; 8];
		self.0.fill(&mut bytes);
		// The bias is below 2^-40 for the sizes used here.
		(u64::from_le_bytes(bytes) % end as u64) as usize
	}

	/// Any order.
	pub fn shuffle<T>(&mut self, items: &mut [T]) {
		for at in (1..items.len()).rev() {
			items.swap(at, self.below(at + 1));
		}
	}
}

/// A line of a data set.
#[derive(Clone)]
pub struct Record {
	/// As they stand in the file.
	pub values: Vec<f64>,
	/// The class.
	pub label: usize,
}

/// A data set.
pub struct Table {
	/// Its lines.
	pub records: Vec<Record>,
	/// How many labels there are.
	pub classes: usize,
	/// Digits after the decimal point that count.
	pub decimals: usize,
	/// One range for all columns, where they have a unit in common.
	range: Option<(i64, i64)>,
}

impl Table {
	/// Reads a data set.
	pub fn load(source: Source) -> Self {
		let rows = |data: Vec<f32>, width: usize, labels: Vec<usize>| -> Vec<Record> {
			data.chunks(width)
				.zip(labels)
				.map(|(row, label)| Record {
					values: row.iter().map(|v| f64::from(*v)).collect(),
					label,
				})
				.collect()
		};
		match source {
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
		}
	}

	/// Smallest and largest value of each column, in units of the last decimal.
	pub fn ranges(&self) -> Vec<(i64, i64)> {
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

	/// The run's feature spec.
	pub fn features(&self) -> FeatureSpec {
		let columns: Vec<Column> = (0..)
			.zip(self.ranges())
			.map(|(index, (min, max))| Column {
				index,
				decimals: self.decimals as u8,
				min,
				max,
			})
			.collect();
		FeatureSpec::Csv {
			label: columns.len() as u16,
			columns: columns.try_into().expect("few columns"),
			classes: self.classes as u16,
			header: true,
		}
	}

	/// The same as `guerdon run propose` reads it.
	pub fn spec(&self) -> Value {
		let columns: Vec<Value> = self
			.ranges()
			.into_iter()
			.enumerate()
			.map(|(index, (min, max))| json!({ "index": index, "decimals": self.decimals, "min": min, "max": max }))
			.collect();
		json!({ "csv": { "label": columns.len(), "classes": self.classes, "header": true, "columns": columns } })
	}

	/// A file of these records.
	pub fn csv(&self, records: &[Record], with_label: bool) -> String {
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

	/// Gives so many of a hundred records a wrong label.
	pub fn flip(&self, records: &mut [Record], percent: usize, random: &mut Random) {
		let mut order: Vec<usize> = (0..records.len()).collect();
		random.shuffle(&mut order);
		for index in order.into_iter().take(records.len() * percent / 100) {
			let shift = 1 + random.below(self.classes - 1);
			records[index].label = (records[index].label + shift) % self.classes;
		}
	}

	/// Random numbers with random labels.
	pub fn noise(&self, count: usize, random: &mut Random) -> Vec<Record> {
		let unit = 10f64.powi(self.decimals as i32);
		let ranges = self.ranges();
		(0..count)
			.map(|_| Record {
				values: ranges
					.iter()
					.map(|(low, high)| {
						(low + random.below((high - low + 1) as usize) as i64) as f64 / unit
					})
					.collect(),
				label: random.below(self.classes),
			})
			.collect()
	}
}

/// A data set's records, each in one part only.
pub struct Parts {
	/// The hidden test set: a sixth.
	pub tests: Vec<Record>,
	/// The public validation set: a sixth.
	pub validation: Vec<Record>,
	/// What users label: a sixth.
	pub items: Vec<Record>,
	/// What publishers have.
	pub rest: Vec<Record>,
}

impl Parts {
	/// Deals a data set out.
	pub fn of(table: &Table, random: &mut Random) -> Self {
		let mut records = table.records.clone();
		random.shuffle(&mut records);
		let part = records.len() / 6;
		let rest = records.split_off(part * 3);
		let items = records.split_off(part * 2);
		let tests = records.split_off(part);
		Self {
			tests,
			validation: records,
			items,
			rest,
		}
	}
}
