use super::*;

#[test]
fn leaves_of_a_payee_are_found_in_order_and_in_pages() {
	let folder = folder();
	let index = open(&folder);
	// GIVEN a payee that is in many pools, and many times in one that is in no order
	let me = Payee::Account(account(1));
	let mut expected = vec![];
	for pool in [9, 2, 300, 1, u64::MAX] {
		let leaves: Vec<Leaf> = (0..600).map(|at| leaf(at % 3, at)).collect();
		add(&index, pool, &leaves);
		expected.extend((0..600).filter(|at| at % 3 == 1).map(|at| PaidLeaf {
			pool,
			index: at,
			weight: at,
		}));
	}
	expected.sort_by_key(|leaf| (leaf.pool, leaf.index));
	// THEN pages of every size tell the same
	for limit in [1, 7, 200, 1_000, MOST_FOUND] {
		assert_eq!(all_of(&index, &me, limit), expected);
	}
	// THEN a page starts behind any place, whether there is a leaf or not
	for after in [(2, 4), (2, 5), (2, u64::MAX), (3, 0), (300, 598), (0, 0)] {
		let rest: Vec<_> = expected
			.iter()
			.filter(|leaf| (leaf.pool, leaf.index) > after)
			.copied()
			.collect();
		let found = index.of_payee(&me, Some(after), 11).unwrap();
		assert_eq!(found.leaves, rest[..11]);
		assert_eq!(
			found.next,
			found.leaves.last().map(|leaf| (leaf.pool, leaf.index))
		);
	}
	let end = index.of_payee(&me, Some((u64::MAX, u64::MAX)), 11).unwrap();
	assert_eq!(end, Found::default());
	// THEN no page has more than is allowed, or nothing at all
	assert_eq!(
		index.of_payee(&me, None, usize::MAX).unwrap().leaves.len(),
		1_000
	);
	assert_eq!(index.of_payee(&me, None, 0).unwrap().leaves.len(), 1);
}

#[test]
fn payees_of_each_kind_are_found_and_not_taken_for_one_another() {
	let folder = folder();
	let index = open(&folder);
	// GIVEN payees whose bytes are alike
	let bytes = account(5);
	let payees = [
		Payee::Account(bytes),
		Payee::Hidden(bytes),
		Payee::Pool(5),
		Payee::Account([0; 32]),
		Payee::Hidden([255; 32]),
	];
	let leaves: Vec<Leaf> = payees
		.iter()
		.map(|payee| Leaf {
			payee: payee.clone(),
			weight: 4,
		})
		.collect();
	add(&index, 5, &leaves);
	for (payee, at) in payees.iter().zip(0..) {
		let expected = [PaidLeaf {
			pool: 5,
			index: at,
			weight: 4,
		}];
		assert_eq!(all_of(&index, payee, 10), expected);
	}
	for nobody in [
		Payee::Account([5; 32]),
		Payee::Hidden(account(4)),
		Payee::Pool(4),
		Payee::Pool(6),
		Payee::Account([255; 32]),
	] {
		assert!(all_of(&index, &nobody, 10).is_empty());
	}
}

#[test]
fn only_sealed_pools_are_found() {
	let folder = folder();
	let index = open(&folder);
	let all = leaves(3);
	index
		.apply(
			block(1),
			&[
				streamed(1, 0, &all),
				streamed(2, 0, &all),
				streamed(4, 0, &all),
			],
		)
		.unwrap();
	add(&index, 3, &all);
	index
		.apply(
			block(9),
			&[streamed(2, 9, &all), Change::Abandoned { pool: 4 }],
		)
		.unwrap();
	let pools = |index: &Index| {
		all_of(index, &all[0].payee, 1)
			.iter()
			.map(|leaf| leaf.pool)
			.collect::<Vec<_>>()
	};
	assert_eq!(pools(&index), [3]);
	let sealed = Change::Sealed {
		pool: 1,
		summary: summary(1, &all),
	};
	index.apply(block(10), &[sealed]).unwrap();
	assert_eq!(pools(&index), [1, 3]);
	index
		.apply(block(11), &[Change::Abandoned { pool: 1 }])
		.unwrap();
	assert_eq!(pools(&index), [3]);
}

#[test]
fn work_for_a_page_is_bounded_when_little_of_what_there_is_counts() {
	let folder = folder();
	let index = open(&folder);
	// GIVEN somebody in more pools that are being built than one answer walks over, and one that counts
	let mine = [leaf(1, 5)];
	let pools = 5_000;
	let changes: Vec<Change> = (0..pools).map(|pool| streamed(pool, 0, &mine)).collect();
	index.apply(block(1), &changes).unwrap();
	add(&index, pools, &mine);
	// THEN the first page is empty and says where to go on
	let first = index.of_payee(&mine[0].payee, None, 10).unwrap();
	assert!(first.leaves.is_empty());
	let (at, _) = first.next.unwrap();
	assert!(at < pools);
	// THEN the last one has it
	let expected = [PaidLeaf {
		pool: pools,
		index: 0,
		weight: 5,
	}];
	assert_eq!(all_of(&index, &mine[0].payee, 10), expected);
}

#[test]
fn answers_stay_right_while_blocks_are_applied_and_tidied() {
	let folder = folder();
	let index = open(&folder);
	let all: Vec<Leaf> = (0..3_000).map(|at| leaf(at % 1_500, at)).collect();
	add(&index, 1_000, &all);
	let tree = tree(1_000, &all);
	let done = std::sync::atomic::AtomicBool::new(false);
	std::thread::scope(|threads| {
		// WHEN others of the same payees come and go, before and behind that pool
		threads.spawn(|| {
			for number in 2..400u32 {
				let pool = u64::from(number) * 5 + 1;
				let mut changes = whole(pool, &all[..500]);
				changes.push(Change::Abandoned { pool: pool - 5 });
				index.apply(block(number), &changes).unwrap();
				index.tidy(600).unwrap();
			}
			done.store(true, std::sync::atomic::Ordering::Relaxed);
		});
		// THEN the pool's leaves are found and proved at any moment
		for at in (0..1_500usize).cycle() {
			let found = all_of(&index, &all[at].payee, 2);
			let here = found.iter().filter(|leaf| leaf.pool == 1_000);
			let here: Vec<u64> = here.map(|leaf| leaf.index).collect();
			assert_eq!(here, [at as u64, at as u64 + 1_500]);
			assert!(found.is_sorted_by_key(|leaf| (leaf.pool, leaf.index)));
			let proof = tree.prove(here[1]).unwrap();
			assert_eq!(
				index.prove(1_000, here[1]).unwrap(),
				(all[at + 1_500].clone(), proof)
			);
			if done.load(std::sync::atomic::Ordering::Relaxed) {
				break;
			}
		}
	});
}
