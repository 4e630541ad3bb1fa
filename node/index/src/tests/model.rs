//! Random histories, beside what they should come to.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// What should be kept of each pool.
#[derive(Default)]
pub(super) struct Model(pub BTreeMap<PoolId, Kept>);

pub(super) enum Kept {
	Building(Vec<Leaf>),
	Sealed(Vec<Leaf>),
	Incomplete(Option<Summary>),
}

impl Model {
	pub(super) fn apply(&mut self, change: &Change) {
		match change {
			Change::Streamed { pool, from, leaves } => {
				let fresh = Kept::Building(vec![]);
				let kept = self.0.entry(*pool).or_insert(fresh);
				match kept {
					Kept::Building(kept) if kept.len() as u64 == *from => {
						kept.extend_from_slice(leaves)
					}
					Kept::Building(_) => *kept = Kept::Incomplete(None),
					Kept::Sealed(_) | Kept::Incomplete(_) => {}
				}
			}
			Change::Sealed {
				pool,
				summary: given,
			} => {
				let missing = Kept::Incomplete(Some(*given));
				match self.0.remove(pool) {
					Some(Kept::Building(leaves))
						if !leaves.is_empty() && summary(*pool, &leaves) == *given =>
					{
						self.0.insert(*pool, Kept::Sealed(leaves));
					}
					Some(Kept::Sealed(leaves)) => {
						self.0.insert(*pool, Kept::Sealed(leaves));
					}
					_ => {
						self.0.insert(*pool, missing);
					}
				}
			}
			Change::Abandoned { pool } => {
				self.0.remove(pool);
			}
		}
	}

	pub(super) fn assert_is(&self, index: &Index) {
		let kept: Vec<PoolId> = index
			.pools(None, 1_000)
			.unwrap()
			.iter()
			.map(|(pool, _)| *pool)
			.collect();
		assert_eq!(kept, self.0.keys().copied().collect::<Vec<_>>());
		let mut paid: BTreeMap<Vec<u8>, (Payee, Vec<PaidLeaf>)> = BTreeMap::new();
		for (pool, kept) in &self.0 {
			let info = index.pool(*pool).unwrap().unwrap();
			match kept {
				Kept::Building(leaves) => {
					assert_eq!(
						(info.leaves, info.state),
						(leaves.len() as u64, PoolState::Building)
					);
					assert!(matches!(index.prove(*pool, 0), Err(Error::NotSealed(_))));
				}
				Kept::Incomplete(summary) => {
					assert_eq!(
						(info.leaves, info.state),
						(0, PoolState::Incomplete(*summary))
					);
					assert!(matches!(index.prove(*pool, 0), Err(Error::NotIndexed(_))));
				}
				Kept::Sealed(leaves) => {
					let count = leaves.len() as u64;
					assert_serves(
						index,
						*pool,
						leaves,
						(0..count).step_by(1 + count as usize / 7),
					);
					for (leaf, at) in leaves.iter().zip(0..) {
						let key = codec::Encode::encode(&leaf.payee);
						let (_, paid) = paid.entry(key).or_insert((leaf.payee.clone(), vec![]));
						paid.push(PaidLeaf {
							pool: *pool,
							index: at,
							weight: leaf.weight,
						});
					}
				}
			}
		}
		for (payee, expected) in paid.values().take(40) {
			assert_eq!(all_of(index, payee, 3), *expected);
		}
	}
}

#[derive(Clone, Debug)]
enum Step {
	Stream { pool: PoolId, count: u64, gap: bool },
	Seal { pool: PoolId, wrong: bool },
	Abandon { pool: PoolId },
	Import { pool: PoolId, count: u64 },
	Tidy(u64),
	Block,
	Reopen,
}

fn step() -> impl Strategy<Value = Step> {
	let pool = 1u64..5;
	prop_oneof![
		8 => (pool.clone(), 0u64..700, prop::bool::weighted(0.04))
			.prop_map(|(pool, count, gap)| Step::Stream { pool, count, gap }),
		4 => (pool.clone(), prop::bool::weighted(0.1)).prop_map(|(pool, wrong)| Step::Seal { pool, wrong }),
		1 => pool.clone().prop_map(|pool| Step::Abandon { pool }),
		1 => (pool, 1u64..9_000).prop_map(|(pool, count)| Step::Import { pool, count }),
		2 => (0u64..2_000).prop_map(Step::Tidy),
		4 => Just(Step::Block),
		1 => Just(Step::Reopen),
	]
}

/// Leaves of few payees, so that many are in several pools and several times in one.
fn some(count: u64) -> Vec<Leaf> {
	(0..count).map(|at| leaf(at * at % 23, at)).collect()
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(16))]

	#[test]
	fn random_histories_come_to_what_they_should(steps in prop::collection::vec(step(), 1..60)) {
		let folder = folder();
		let mut index = open(&folder);
		let mut model = Model::default();
		let (mut number, mut changes) = (0, vec![]);
		for step in steps {
			let length = |model: &Model, pool| match model.0.get(&pool) {
				Some(Kept::Building(leaves) | Kept::Sealed(leaves)) => leaves.len() as u64,
				_ => 0,
			};
			match step {
				Step::Stream { pool, count, gap } => {
					let from = length(&model, pool);
					let leaves = some(from + count)[from as usize..].to_vec();
					changes.push(Change::Streamed { pool, from: from + u64::from(gap), leaves });
				}
				Step::Seal { pool, wrong } => {
					let mut summary = summary(pool, &some(length(&model, pool).max(1)));
					summary.root[0] ^= u8::from(wrong);
					changes.push(Change::Sealed { pool, summary });
				}
				Step::Abandon { pool } => changes.push(Change::Abandoned { pool }),
				Step::Tidy(limit) => {
					index.tidy(limit).unwrap();
				}
				Step::Import { .. } | Step::Block | Step::Reopen => {
					number += 1;
					index.apply(block(number), &changes).unwrap();
					changes.clear();
				}
			}
			if matches!(step, Step::Stream { .. } | Step::Seal { .. } | Step::Abandon { .. }) {
				model.apply(changes.last().unwrap());
			}
			if let Step::Import { pool, count } = step {
				let elsewhere = super::folder();
				let other = open(&elsewhere);
				add(&other, pool, &some(count));
				let mut file = vec![];
				let summary = other.export(pool, &mut file).unwrap();
				index.import(&file[..], &|_| Some(summary), &mut |_, _| {}).unwrap();
				model.0.insert(pool, Kept::Sealed(some(count)));
			}
			if matches!(step, Step::Reopen) {
				drop(index);
				index = open(&folder);
			}
		}
		index.apply(block(number + 1), &changes).unwrap();
		model.assert_is(&index);
		// In the end only what is kept is there.
		while index.tidy(1_000).unwrap() > 0 {}
		model.assert_is(&index);
		drop(index);
		let lengths = model.0.values().map(|kept| match kept {
			Kept::Building(leaves) | Kept::Sealed(leaves) => leaves.len(),
			Kept::Incomplete(_) => 0,
		});
		let (_, payees, doomed) = records_in(folder.path());
		prop_assert_eq!((payees, doomed), (lengths.sum(), 0));
	}
}
