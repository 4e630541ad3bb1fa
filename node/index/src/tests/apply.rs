use super::*;

fn seal(pool: PoolId, leaves: &[Leaf]) -> Change {
	Change::Sealed {
		pool,
		summary: summary(pool, leaves),
	}
}

fn abandon(pool: PoolId) -> Change {
	Change::Abandoned { pool }
}

#[test]
fn blocks_move_the_cursor_with_their_changes() {
	let folder = folder();
	let index = open(&folder);
	let all = leaves(10);
	assert!(index.apply(block(5), &[streamed(1, 0, &all[..4])]).unwrap());
	assert_eq!(index.cursor().unwrap(), Some(block(5)));
	let building = |leaves| PoolInfo {
		leaves,
		state: PoolState::Building,
	};
	assert_eq!(index.pool(1).unwrap(), Some(building(4)));
	// A block without changes.
	assert!(index.apply(block(6), &[]).unwrap());
	assert_eq!(index.cursor().unwrap(), Some(block(6)));
	// Blocks that were left out.
	assert!(index.apply(block(9), &[streamed(1, 4, &all[4..])]).unwrap());
	assert_eq!(index.pool(1).unwrap(), Some(building(10)));
}

#[test]
fn blocks_that_were_applied_change_nothing() {
	let folder = folder();
	let index = open(&folder);
	let all = leaves(10);
	let changes = [streamed(1, 0, &all)];
	index.apply(block(5), &changes).unwrap();
	// WHEN they come again, or earlier ones do
	for number in [5, 4, 0] {
		assert!(!index.apply(block(number), &changes).unwrap());
		assert!(!index.apply(block(number), &[abandon(1)]).unwrap());
	}
	// THEN nothing has changed
	assert_eq!(index.cursor().unwrap(), Some(block(5)));
	assert_eq!(index.pool(1).unwrap().unwrap().leaves, 10);
}

#[test]
fn another_block_at_the_cursor_is_refused() {
	let folder = folder();
	let index = open(&folder);
	index.apply(block(5), &[]).unwrap();
	let other = Block {
		number: 5,
		hash: [9; 32],
	};
	let error = index
		.apply(other, &[streamed(1, 0, &leaves(3))])
		.unwrap_err();
	assert!(
		matches!(error, Error::OtherBlock { number: 5, .. }),
		"{error}"
	);
	assert_eq!(index.cursor().unwrap(), Some(block(5)));
	assert_eq!(index.pool(1).unwrap(), None);
}

#[test]
fn many_changes_of_many_pools_fit_one_block() {
	let folder = folder();
	let index = open(&folder);
	let all = leaves(700);
	// GIVEN pools that take turns, one of which is sealed and one abandoned in the same block
	let mut changes = vec![];
	for (part, from) in all.chunks(100).zip((0..).step_by(100)) {
		changes.extend((1..=3).map(|pool| streamed(pool, from, part)));
	}
	changes.extend([seal(1, &all), abandon(2)]);
	index.apply(block(1), &changes).unwrap();
	assert_serves(&index, 1, &all, 0..700);
	assert_eq!(state(&index, 2), None);
	assert_eq!(state(&index, 3), Some(PoolState::Building));
	index.apply(block(2), &[seal(3, &all)]).unwrap();
	assert_serves(&index, 3, &all, (0..700).step_by(50));
}

#[test]
fn pools_that_are_being_built_are_not_served() {
	let folder = folder();
	let index = open(&folder);
	index
		.apply(block(1), &[streamed(1, 0, &leaves(300))])
		.unwrap();
	assert!(matches!(index.prove(1, 0), Err(Error::NotSealed(1))));
	assert!(matches!(index.leaf(1, 0), Err(Error::NotSealed(1))));
	assert!(matches!(index.page(1, 0), Err(Error::NotSealed(1))));
	assert!(matches!(
		index.export(1, std::io::sink()),
		Err(Error::NotSealed(1))
	));
}

#[test]
fn pool_with_missing_leaves_asks_for_an_import_for_ever() {
	let all = leaves(600);
	let wrong = Summary {
		sum: 1,
		..summary(1, &all)
	};
	let sealed = Change::Sealed {
		pool: 1,
		summary: wrong,
	};
	// GIVEN everything that a gap in the blocks can do to a pool
	let gaps: [(&str, Vec<Change>); 6] = [
		(
			"the middle",
			vec![streamed(1, 0, &all[..300]), streamed(1, 400, &all[400..])],
		),
		("the beginning", vec![streamed(1, 300, &all[300..])]),
		(
			"again",
			vec![streamed(1, 0, &all[..300]), streamed(1, 0, &all[..300])],
		),
		("the end", vec![streamed(1, 0, &all[..599]), seal(1, &all)]),
		("all", vec![seal(1, &all)]),
		("other leaves", vec![streamed(1, 0, &all), sealed]),
	];
	for (what, changes) in gaps {
		for one_block in [true, false] {
			let folder = folder();
			let index = open(&folder);
			let blocks = if one_block {
				vec![changes.clone()]
			} else {
				changes.iter().map(|change| vec![change.clone()]).collect()
			};
			for (changes, number) in blocks.iter().zip(1..) {
				index.apply(block(number), changes).unwrap();
			}
			assert!(
				matches!(state(&index, 1), Some(PoolState::Incomplete(_))),
				"{what}"
			);
			// WHEN whatever comes later
			index
				.apply(block(8), &[streamed(1, 600, &leaves(5)), seal(1, &all)])
				.unwrap();
			// THEN it says so, with what the chain keeps of it
			let info = index.pool(1).unwrap().unwrap();
			assert_eq!(info.leaves, 0, "{what}");
			assert_eq!(
				info.state,
				PoolState::Incomplete(Some(summary(1, &all))),
				"{what}"
			);
			assert!(
				matches!(index.prove(1, 0), Err(Error::NotIndexed(1))),
				"{what}"
			);
			assert!(
				matches!(index.page(1, 0), Err(Error::NotIndexed(1))),
				"{what}"
			);
			assert!(
				matches!(index.leaf(1, 0), Err(Error::NotIndexed(1))),
				"{what}"
			);
			assert!(all_of(&index, &all[0].payee, 5).is_empty(), "{what}");
			// THEN nothing of it is left in the end
			while index.tidy(u64::MAX).unwrap() > 0 {}
			drop(index);
			assert_eq!(records_in(folder.path()), (0, 0, 0), "{what}");
		}
	}
}

#[test]
fn pool_that_was_never_seen_asks_for_an_import() {
	let folder = folder();
	let index = open(&folder);
	assert_eq!(index.pool(1).unwrap(), None);
	assert!(matches!(index.prove(1, 0), Err(Error::NotIndexed(1))));
	let told = index.prove(1, 0).unwrap_err().to_string();
	assert!(told.contains("not indexed: import it"), "{told}");
	index.apply(block(1), &[abandon(1)]).unwrap();
	assert_eq!(index.pool(1).unwrap(), None);
}

#[test]
fn sealed_pool_takes_nothing_more() {
	let folder = folder();
	let index = open(&folder);
	let all = leaves(300);
	add(&index, 1, &all);
	index
		.apply(block(2), &[streamed(1, 300, &all), seal(1, &all[..5])])
		.unwrap();
	assert_serves(&index, 1, &all, 0..300);
}

#[test]
fn pool_without_leaves_cannot_be_sealed_and_can_be_abandoned() {
	let folder = folder();
	let index = open(&folder);
	index.apply(block(1), &[streamed(1, 0, &[])]).unwrap();
	assert_eq!(state(&index, 1), Some(PoolState::Building));
	let nothing = Summary {
		root: [0; 32],
		sum: 0,
		count: 0,
	};
	index
		.apply(
			block(2),
			&[Change::Sealed {
				pool: 1,
				summary: nothing,
			}],
		)
		.unwrap();
	assert_eq!(state(&index, 1), Some(PoolState::Incomplete(Some(nothing))));
	index.apply(block(3), &[abandon(1)]).unwrap();
	assert_eq!(state(&index, 1), None);
}

#[test]
fn pools_are_told_in_pages() {
	let folder = folder();
	let index = open(&folder);
	let ids = [0, 3, 255, 256, u64::MAX];
	for id in ids {
		add(&index, id, &leaves(2));
	}
	let told = |after, limit| -> Vec<PoolId> {
		index
			.pools(after, limit)
			.unwrap()
			.into_iter()
			.map(|(id, _)| id)
			.collect()
	};
	assert_eq!(told(None, 10), ids);
	assert_eq!(told(None, 2), [0, 3]);
	assert_eq!(told(Some(3), 2), [255, 256]);
	assert_eq!(told(Some(256), 2), [u64::MAX]);
	assert!(told(Some(u64::MAX), 2).is_empty());
	assert!(told(None, 0).is_empty());
}

#[test]
fn numbers_for_records_can_run_out() {
	let folder = folder();
	drop(open(&folder));
	let db = parity_db::Db::open(&records::options(folder.path())).unwrap();
	let last = Some(u32::MAX.to_le_bytes().to_vec());
	db.commit([(records::META, records::NEXT_GENERATION_KEY, last)])
		.unwrap();
	drop(db);
	let index = open(&folder);
	assert!(matches!(
		index.apply(block(1), &whole(1, &leaves(3))),
		Err(Error::Full)
	));
	assert_eq!(index.cursor().unwrap(), None);
}
