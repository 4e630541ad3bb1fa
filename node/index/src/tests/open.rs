use super::*;
use parity_db::Db;

#[test]
fn what_was_applied_is_there_after_opening_again() {
	let folder = folder();
	// GIVEN an index with a pool that is sealed and one that is not
	let index = open(&folder);
	assert_eq!(index.cursor().unwrap(), None);
	add(&index, 1, &leaves(300));
	index
		.apply(block(2), &[streamed(2, 0, &leaves(300))])
		.unwrap();
	// WHEN it is closed and opened
	drop(index);
	let index = open(&folder);
	// THEN it goes on where it was
	assert_eq!(index.cursor().unwrap(), Some(block(2)));
	assert_serves(&index, 1, &leaves(300), 0..300);
	index
		.apply(block(3), &[streamed(2, 300, &leaves(600)[300..])])
		.unwrap();
	let sealed = Change::Sealed {
		pool: 2,
		summary: summary(2, &leaves(600)),
	};
	index.apply(block(4), &[sealed]).unwrap();
	assert_serves(&index, 2, &leaves(600), (0..600).step_by(7));
}

#[test]
fn index_of_another_chain_is_refused_and_stays_whole() {
	let folder = folder();
	drop(open(&folder));
	// WHEN a node of another chain opens it
	let error = Index::open(folder.path(), [8; 32]).err().unwrap();
	// THEN it is told what to do
	assert!(matches!(error, Error::OtherChain { .. }));
	let told = error.to_string();
	assert!(told.contains("0x0707") && told.contains("remove"), "{told}");
	open(&folder);
}

#[test]
fn index_of_another_format_is_refused() {
	let folder = folder();
	drop(open(&folder));
	// GIVEN an index whose format is a later one
	let db = Db::open(&records::options(folder.path())).unwrap();
	db.commit([(records::META, records::FORMAT_KEY, Some(vec![2, 0, 0, 0]))])
		.unwrap();
	drop(db);
	let error = Index::open(folder.path(), GENESIS).err().unwrap();
	assert!(
		matches!(&error, Error::OtherFormat { found, .. } if found == "number 2"),
		"{error}"
	);
	// GIVEN a database with other columns
	let other = super::folder();
	let mut options = records::options(other.path());
	options.columns[0].btree_index = true;
	drop(Db::open_or_create(&options).unwrap());
	let error = Index::open(other.path(), GENESIS).err().unwrap();
	assert!(matches!(error, Error::OtherFormat { .. }), "{error}");
	// GIVEN a database with fewer columns
	let other = super::folder();
	drop(Db::open_or_create(&parity_db::Options::with_columns(other.path(), 1)).unwrap());
	let error = Index::open(other.path(), GENESIS).err().unwrap();
	assert!(matches!(error, Error::OtherFormat { .. }), "{error}");
}

#[test]
fn index_that_is_open_is_refused() {
	let folder = folder();
	let index = open(&folder);
	let error = Index::open(folder.path(), GENESIS).err().unwrap();
	assert!(matches!(error, Error::Locked { .. }), "{error}");
	drop(index);
	open(&folder);
}

#[test]
fn folder_that_cannot_be_made_is_told() {
	let folder = folder();
	let file = folder.path().join("file");
	std::fs::write(&file, "something").unwrap();
	let error = Index::open(&file, GENESIS).err().unwrap();
	assert!(matches!(error, Error::Database(_)), "{error}");
}

#[test]
fn damaged_records_are_never_served() {
	let folder = folder();
	let index = open(&folder);
	add(&index, 1, &leaves(600));
	drop(index);
	let damage = |column, key: Vec<u8>, value: Option<Vec<u8>>| {
		let db = Db::open(&records::options(folder.path())).unwrap();
		let before = db.get(column, &key).unwrap();
		db.commit([(column, key, value)]).unwrap();
		before
	};
	// GIVEN a page of leaves, or of nodes, or the pool itself, that is cut, gone or changed
	for (column, key) in [
		(records::PAGES, records::page_key(0, 0, 1)),
		(records::PAGES, records::page_key(0, 1, 0)),
		(records::POOLS, records::pool_key(1)),
	] {
		let whole = damage(column, key.clone(), None).unwrap();
		let mut changed = whole.clone();
		*changed.last_mut().unwrap() ^= 1;
		for wrong in [None, Some(whole[..whole.len() - 1].to_vec()), Some(changed)] {
			damage(column, key.clone(), wrong);
			let index = open(&folder);
			// THEN there is no answer
			let proof = index.prove(1, 300);
			let expected = matches!(proof, Err(Error::Damaged(_) | Error::NotIndexed(1)));
			assert!(expected, "{proof:?}");
			let page = index.page(1, 1);
			assert!(matches!(
				page,
				Err(Error::Damaged(_) | Error::NotIndexed(1))
			));
		}
		damage(column, key, Some(whole));
	}
	assert_serves(&open(&folder), 1, &leaves(600), 0..600);
	// GIVEN no genesis, or no sense in the cursor
	damage(records::META, records::CURSOR_KEY.to_vec(), Some(vec![1]));
	assert!(matches!(
		open(&folder).cursor(),
		Err(Error::Damaged("the cursor"))
	));
	assert!(matches!(
		open(&folder).apply(block(9), &[]),
		Err(Error::Damaged(_))
	));
	damage(records::META, records::GENESIS_KEY.to_vec(), None);
	let error = Index::open(folder.path(), GENESIS).err().unwrap();
	assert!(matches!(error, Error::Damaged(_)), "{error}");
}

#[test]
fn sync_finds_the_log_of_the_database() {
	let folder = folder();
	let index = open(&folder);
	add(&index, 1, &leaves(10));
	// WHEN the database's own thread has logged the commit
	let logged = || {
		let files = std::fs::read_dir(folder.path())
			.unwrap()
			.map(|file| file.unwrap());
		let mut logs = files.filter(|file| file.file_name().as_encoded_bytes().starts_with(b"log"));
		logs.any(|log| log.metadata().unwrap().len() > 0)
	};
	let begun = std::time::Instant::now();
	while !logged() {
		assert!(
			begun.elapsed().as_secs() < 30,
			"no log where `sync` looks for it"
		);
		std::thread::yield_now();
	}
	// THEN there is something to sync, and it can be
	index.sync().unwrap();
}
