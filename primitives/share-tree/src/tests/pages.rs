use super::*;

fn weights(count: u64) -> Vec<Weight> {
	(0..count).map(|index| index * 31 % 17).collect()
}

#[test]
fn a_page_is_a_leaf_of_the_tree_of_pages() {
	for count in [1, 2, 255, 256, 257, 258, 511, 512, 513, 700, 1025] {
		let tree = tree(&weights(count));
		let pages = tree
			.leaves()
			.chunks(PAGE_LEAVES as usize)
			.collect::<Vec<_>>();
		assert_eq!(page_count(count), pages.len() as u64);
		let roots = pages
			.iter()
			.map(|page| page_root::<H>(page).unwrap())
			.collect::<Vec<_>>();

		let of_pages = Tree::new::<H>(roots.clone()).unwrap();
		assert_eq!(of_pages.summary().root, tree.summary().root);
		assert_eq!(of_pages.summary().sum, tree.summary().sum);

		let total = if count == 1 { 0 } else { 1_000_000_007 };
		let mut due = vec![];
		for (page, number) in pages.iter().zip(0..) {
			let proof = prove::<H>(&roots, number).unwrap();
			assert_eq!(tree.prove_page(number).unwrap(), proof);
			let path =
				verify::<H>(roots[number as usize], number, page_count(count), &proof).unwrap();
			assert_eq!(path.root().hash, tree.summary().root);
			let of_page = page_entitlements::<H>(&path, page, total).unwrap();
			assert_eq!(
				page_entitlements_of::<H>(tree.summary(), number, page, &proof, total).unwrap(),
				of_page
			);
			due.extend(of_page);
		}
		assert_eq!(due, claims(&tree, total));
		assert_eq!(
			tree.prove_page(page_count(count)),
			Err(Error::IndexOutOfRange)
		);
	}
}

#[test]
fn pages_that_are_not_the_ones_of_the_tree_are_refused() {
	let tree = tree(&weights(700));
	let page = &tree.leaves()[256..512];
	let proof = tree.prove_page(1).unwrap();
	let refused = |summary: &Summary, number, leaves: &[Node], proof: &Proof| {
		page_entitlements_of::<H>(summary, number, leaves, proof, 99).unwrap_err()
	};
	let summary = tree.summary();
	assert!(page_entitlements_of::<H>(summary, 1, page, &proof, 99).is_ok());

	assert_eq!(refused(summary, 0, page, &proof), Error::RootMismatch);
	assert_eq!(refused(summary, 2, page, &proof), Error::WrongPageLength);
	assert_eq!(refused(summary, 3, page, &proof), Error::IndexOutOfRange);
	assert_eq!(
		refused(summary, u64::MAX, page, &proof),
		Error::IndexOutOfRange
	);
	assert_eq!(
		refused(summary, 1, &tree.leaves()[..256], &proof),
		Error::RootMismatch
	);
	assert_eq!(
		refused(summary, 1, &page[..255], &proof),
		Error::WrongPageLength
	);
	assert_eq!(
		refused(summary, 1, page, &Proof::default()),
		Error::WrongProofLength
	);
	let sum = summary.sum + 1;
	assert_eq!(
		refused(&Summary { sum, ..*summary }, 1, page, &proof),
		Error::SumMismatch
	);

	let mut swapped = page.to_vec();
	swapped.swap(3, 4);
	assert_eq!(refused(summary, 1, &swapped, &proof), Error::RootMismatch);

	assert_eq!(page_root::<H>(&[]), Err(Error::NoLeaves));
	assert_eq!(
		page_root::<H>(&tree.leaves()[..257]),
		Err(Error::WrongPageLength)
	);
}

#[test]
fn a_page_handed_over_as_inner_nodes_is_refused() {
	let tree = tree(&weights(512));
	let pairs = tree.leaves()[..256]
		.chunks(2)
		.map(reference_root)
		.collect::<Vec<_>>();
	assert_eq!(
		page_root::<H>(&pairs).unwrap(),
		page_root::<H>(&tree.leaves()[..256]).unwrap()
	);
	let proof = tree.prove_page(0).unwrap();
	assert_eq!(
		page_entitlements_of::<H>(tree.summary(), 0, &pairs, &proof, 99),
		Err(Error::WrongPageLength)
	);
}

#[test]
fn a_path_of_another_page_is_refused() {
	let tree = tree(&weights(512));
	let (first, second) = tree.leaves().split_at(256);
	let root = page_root::<H>(first).unwrap();
	let path = verify::<H>(root, 0, 2, &tree.prove_page(0).unwrap()).unwrap();
	assert_eq!(
		page_entitlements::<H>(&path, second, 99),
		Err(Error::PageMismatch)
	);
}
