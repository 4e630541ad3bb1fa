use super::*;

#[test]
fn abandoned_pools_are_removed_in_bounded_steps_that_survive_closing() {
	let folder = folder();
	let index = open(&folder);
	let all = leaves(70_000);
	add(&index, 1, &all);
	index
		.apply(block(2), &[streamed(2, 0, &all[..1_000])])
		.unwrap();
	add(&index, 3, &all[..600]);
	let abandoned = [1, 2].map(|pool| Change::Abandoned { pool });
	index.apply(block(9), &abandoned).unwrap();
	// WHEN it is tidied in steps, and closed in between
	let mut index = index;
	let mut removed = 0;
	loop {
		let step = index.tidy(10_000).unwrap();
		assert!(step < 10_000 + PAGE_LEAVES);
		removed += step;
		if step == 0 {
			break;
		}
		drop(index);
		index = open(&folder);
		assert_serves(&index, 3, &all[..600], [0, 599].into_iter());
		assert_eq!(all_of(&index, &all[0].payee, 5).len(), 1);
	}
	// THEN everything that was theirs is gone, and the other pool is whole
	assert_eq!(removed, 71_000);
	assert_eq!(index.tidy(10).unwrap(), 0);
	assert_serves(&index, 3, &all[..600], 0..600);
	drop(index);
	assert_eq!(records_in(folder.path()), (4, 600, 0));
}

#[test]
fn nothing_is_removed_while_nothing_is_to_be() {
	let folder = folder();
	let index = open(&folder);
	add(&index, 1, &leaves(300));
	assert_eq!(index.tidy(u64::MAX).unwrap(), 0);
	index
		.apply(block(2), &[Change::Abandoned { pool: 1 }])
		.unwrap();
	assert_eq!(index.tidy(0).unwrap(), 0);
	assert_eq!(index.tidy(1).unwrap(), 44);
	assert_eq!(index.tidy(256).unwrap(), 256);
	assert_eq!(index.tidy(1).unwrap(), 0);
}

#[test]
fn missing_page_stops_tidying_with_an_error() {
	let folder = folder();
	let index = open(&folder);
	add(&index, 1, &leaves(300));
	index
		.apply(block(2), &[Change::Abandoned { pool: 1 }])
		.unwrap();
	index
		.commit(vec![(records::PAGES, records::page_key(0, 0, 1), None)])
		.unwrap();
	assert!(matches!(index.tidy(1), Err(Error::Damaged(_))));
}
