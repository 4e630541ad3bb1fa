//! Paying everybody in a run's pool.

use super::*;
use std::collections::HashSet;

/// Leaves of a run's pool, of which those at `lists` pay members.
fn booked(count: u64, lists: &[u64]) -> (Vec<Leaf<AccountBytes>>, Summary) {
	let leaf = |index: u64| Leaf {
		payee: match lists.contains(&index) {
			true => Payee::Pool(index),
			false => Payee::Account(account_number(index)),
		},
		weight: index % 7 + 1,
	};
	let leaves: Vec<_> = (0..count).map(leaf).collect();
	let nodes = (0..).zip(&leaves);
	let nodes = nodes.map(|(index, leaf)| leaf_node::<NativeBlake2_256, _>(9, index, leaf));
	let tree = Tree::new::<NativeBlake2_256>(nodes.collect()).unwrap();
	let summary = *tree.summary();
	(leaves, summary)
}

#[test]
fn a_runs_pool_is_paid_in_pages_and_what_members_get_in_claims() {
	let lists: Vec<u64> = (0..40).map(|at| at * 30).collect();
	let (leaves, summary) = booked(1_500, &lists);
	let payments = Payments::of_run(9, leaves, &summary).unwrap();
	let due = payments.due(70_000_003, &Paid::Claimed(HashSet::new()));
	let due = due.unwrap();
	let sum: u128 = due.iter().map(|due| due.amount).sum();
	assert_eq!((due.len(), sum), (1_500, 70_000_003));
	let batches = payments.batches(&due);
	// Pages 0 to 3 and 4 to 5, then 32 and 8 lists.
	let lengths: Vec<usize> = batches.iter().map(|batch| batch.len()).collect();
	assert_eq!(lengths.iter().sum::<usize>(), 1_500);
	assert_eq!((lengths.len(), lengths[2], lengths[3]), (4, 32, 8));
	let is_list = |due: &Due| lists.contains(&due.index);
	assert!(batches[..2].iter().all(|batch| !batch.iter().any(is_list)));
	assert!(batches[2..].iter().all(|batch| batch.iter().all(is_list)));
	assert!(batches.iter().all(|batch| payments.call(9, batch).is_ok()));
	assert_eq!(payments.payee(30), None);
	assert_eq!(payments.payee(31), Some(AccountId32(account_number(31))));
	assert_eq!(payments.payee(1_500), None);
}

#[test]
fn a_push_that_was_cut_off_goes_on_with_who_was_not_paid() {
	let (leaves, summary) = booked(700, &[5]);
	let payments = Payments::of_run(9, leaves, &summary).unwrap();
	let mut claimed = HashSet::new();
	let mut paid = 0;
	// Each round is a new process: it knows nothing but what the chain says.
	for round in 0..4 {
		let due = payments.due(1_000_001, &Paid::Claimed(claimed.clone()));
		let due = due.unwrap();
		let batches = payments.batches(&due);
		let Some(batch) = batches.first() else {
			assert!(round > 1, "everybody was paid");
			break;
		};
		assert!(batch.iter().all(|due| !claimed.contains(&due.index)));
		// Killed in the middle of a page, and somebody claimed alone.
		let part = if round == 0 { &batch[..300] } else { batch };
		paid += part.iter().map(|due| due.amount).sum::<u128>();
		claimed.extend(part.iter().map(|due| due.index));
	}
	assert_eq!((claimed.len(), paid), (700, 1_000_001));
}

#[test]
fn leaves_of_another_pool_are_not_paid() {
	let (leaves, summary) = booked(10, &[]);
	let error = Payments::of_run(8, leaves, &summary).err().unwrap();
	assert!(
		matches!(error, Error::NotPayable { pool: 8, .. }),
		"{error}"
	);
	let (leaves, _) = booked(9, &[]);
	assert!(Payments::of_run(9, leaves, &summary).is_err());
	assert!(Payments::of_run(9, Vec::new(), &summary).is_err());
}
