mod pools;

use super::{input::read_up_to, stream::stream_waiting, *};
use crate::{
	chain::{
		api::{Cohort, CohortState, Share},
		Drawn,
	},
	keys::parse_account,
};
use guerdon_share_tree::{page_entitlements_of, PAGE_LEAVES};
use std::{
	fs,
	os::unix::fs::PermissionsExt,
	path::Path,
	sync::{
		atomic::{AtomicU32, Ordering},
		Arc, Mutex,
	},
	time::Duration,
};
use subxt::utils::{Static, H256};

const ORIGIN: Origin = Origin {
	genesis: [1; 32],
	dataset: 3,
	pool: 7,
	source: [2; 32],
	hidden: true,
};

fn account_number(number: u64) -> [u8; 32] {
	*blake3::hash(&number.to_le_bytes()).as_bytes()
}

fn file(folder: &Path, text: impl AsRef<[u8]>) -> PathBuf {
	let path = folder.join("members.csv");
	fs::write(&path, text).unwrap();
	path
}

fn lines(count: u64) -> String {
	let line = |number| format!("{},{}\n", ss58(&account_number(number)), number % 5 + 1);
	(0..count).map(line).collect()
}

fn list(count: u64, hidden: bool) -> List {
	let home = tempfile::tempdir().unwrap();
	let input = read(&file(home.path(), lines(count)), &|_| ()).unwrap();
	List::make(input, Origin { hidden, ..ORIGIN }).unwrap()
}

fn complaint(text: impl AsRef<[u8]>) -> String {
	let home = tempfile::tempdir().unwrap();
	let path = file(home.path(), text);
	let complaint = read_up_to(&path, 4, &|_| ()).err().unwrap().to_string();
	complaint.replace(&format!("{}", path.display()), "FILE")
}

// The file

#[test]
fn members_are_read_with_and_without_names_of_columns_and_weights() {
	let home = tempfile::tempdir().unwrap();
	let (bob, eve) = (
		parse_account("//Bob").unwrap(),
		parse_account("//Eve").unwrap(),
	);
	let (one, two) = (ss58(&bob), ss58(&eve));
	for text in [
		format!("{one},1\n{two},7\n"),
		format!("\u{feff}Account,Weight\r\n{one}\r\n\r\n  {two} , 7\r\n"),
		format!("account\n{two},7\n{one}"),
	] {
		let input = read(&file(home.path(), &text), &|_| ()).unwrap();
		let mut found: Vec<_> = input
			.members
			.iter()
			.map(|one| (one.account, one.weight))
			.collect();
		found.sort_unstable();
		let mut wanted = vec![(bob, 1), (eve, 7)];
		wanted.sort_unstable();
		assert_eq!(found, wanted, "{text:?}");
		assert_eq!(input.source, *blake3::hash(text.as_bytes()).as_bytes());
	}
}

#[test]
fn what_makes_no_sense_is_told_with_its_line() {
	let one = ss58(&account_number(1));
	for (text, said) in [
		(format!("{one}\nnobody\n"), "FILE, line 2: "),
		(format!("{one},0\n"), "FILE, line 1: the weight is 0"),
		(
			format!("\n{one},18446744073709551616"),
			"FILE, line 2: the weight 18446744073709551616 is too large",
		),
		(format!("{one},+1"), "FILE, line 1: \"+1\" is no weight"),
		(format!("{one},1.5"), "\"1.5\" is no weight"),
		(format!("{one},1,2"), "\"1,2\" is no weight"),
		(format!("{one},"), "\"\" is no weight"),
		(format!("{one},3\n//Bob\n{one},4\n"), "FILE, line 3: "),
		(format!("{one}\n\n{one}\n"), "is on line 1 already"),
		("weight,account\n".into(), "FILE, line 1: "),
		("account,name\n".into(), "account and weight, in this order"),
		(format!("{one}\naccount,weight\n"), "FILE, line 2: "),
		(String::new(), "FILE lists nobody"),
		("account,weight\n\n".into(), "FILE lists nobody"),
		(
			"x".repeat(10_000),
			"FILE, line 1: it has more than 256 bytes",
		),
		(lines(5), "FILE lists more than 4 members"),
		(format!("{one}\n{}", ss58(&POT)), "FILE, line 2: "),
	] {
		let found = complaint(&text);
		assert!(found.contains(said), "{text:?}: {found}");
	}
	assert!(complaint(ss58(&POT)).contains("the chain's own pot"));
	let latin = [one.as_bytes(), b"\n\xe9,1\n"].concat();
	assert!(complaint(latin).contains("line 2: it is not UTF-8"));
	let gone = read(Path::new("/nowhere/members.csv"), &|_| ())
		.err()
		.unwrap();
	assert!(matches!(gone, Error::Unreadable { .. }), "{gone}");
}

#[test]
fn the_largest_weight_is_a_weight() {
	let home = tempfile::tempdir().unwrap();
	let text = format!("//Bob,{}\n", u64::MAX);
	let input = read(&file(home.path(), text), &|_| ()).unwrap();
	assert_eq!(input.members[0].weight, u64::MAX);
}

#[test]
fn the_pot_is_the_pallets() {
	assert_eq!(&POT[..12], b"modlguerdon/");
	assert_eq!(POT[12..], [0; 20]);
}

// The list

#[test]
fn leaves_ascend_by_their_encoding_and_lose_nobody() {
	use codec::Encode;
	for hidden in [true, false] {
		let list = list(300, hidden);
		let keys: Vec<_> = list
			.members(0, u64::MAX)
			.iter()
			.map(|member| list.leaf(member).payee.encode())
			.collect();
		assert!(keys.windows(2).all(|pair| pair[0] < pair[1]));
		let mut accounts: Vec<_> = list.members.iter().map(|one| one.account).collect();
		accounts.sort_unstable();
		let mut wanted: Vec<_> = (0..300).map(account_number).collect();
		wanted.sort_unstable();
		assert_eq!(accounts, wanted);
	}
}

#[test]
fn hidden_members_have_salts_of_their_own_and_others_none() {
	let (hidden, public) = (list(50, true), list(50, false));
	let mut salts: Vec<_> = hidden.members.iter().map(|one| one.salt).collect();
	salts.sort_unstable();
	salts.dedup();
	assert_eq!(salts.len(), 50);
	assert!(public.members.iter().all(|one| one.salt == [0; 32]));
	assert!(list(50, true)
		.members
		.iter()
		.all(|one| !salts.contains(&one.salt)));
}

// What is kept

#[test]
fn a_list_is_kept_once_and_only_its_owner_reads_it() {
	let home = tempfile::tempdir().unwrap();
	let lists = Lists::of(home.path());
	assert!(lists.find(3, 7).unwrap().is_none());
	assert!(!lists.has(3, 7));
	let (first, second) = (list(100, true), list(100, true));
	lists.keep(&first).unwrap();
	let error = lists.keep(&second).err().unwrap();
	assert!(matches!(error, Error::Exists(_)), "{error}");
	let kept = lists.get(3, 7).unwrap();
	assert_eq!(kept.origin, first.origin);
	assert!(*kept.members == *first.members, "not one salt is lost");
	assert_eq!(lists.source(3, 7).unwrap(), Some(ORIGIN.source));
	let path = lists.path(3, 7);
	let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
	assert_eq!((mode(&path), mode(lists.folder())), (0o600, 0o700));
	assert_eq!(
		fs::read_dir(lists.folder()).unwrap().count(),
		1,
		"nothing else is left"
	);
}

#[test]
fn a_list_that_is_not_here_is_told_of_with_what_to_do() {
	let home = tempfile::tempdir().unwrap();
	let error = Lists::of(home.path()).get(3, 7).err().unwrap().to_string();
	for said in ["cohort 7 of dataset 3", "members", "backup", "--home"] {
		assert!(error.contains(said), "{error}");
	}
}

#[test]
fn a_list_that_others_can_read_or_that_is_damaged_is_not_used() {
	let home = tempfile::tempdir().unwrap();
	let lists = Lists::of(home.path());
	lists.keep(&list(10, true)).unwrap();
	let path = lists.path(3, 7);
	fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
	let error = lists.find(3, 7).err().unwrap();
	assert!(matches!(error, Error::Exposed(_)), "{error}");
	fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
	let whole = fs::read(&path).unwrap();
	let mut flipped = whole.clone();
	let place = whole.len() - 50;
	flipped[place] ^= 1;
	let longer =
		String::from_utf8_lossy(&whole[..200]).replace("\"members\":10", "\"members\":99999999999");
	for broken in [
		Vec::new(),
		b"{}\n".to_vec(),
		whole[..whole.len() - 1].to_vec(),
		whole[..whole.len() / 2].to_vec(),
		flipped,
		longer.into_bytes(),
	] {
		fs::write(&path, &broken).unwrap();
		let error = lists.find(3, 7).err().unwrap();
		assert!(matches!(error, Error::Damaged { .. }), "{error}");
	}
	fs::write(lists.path(3, 8), whole).unwrap();
	fs::set_permissions(lists.path(3, 8), fs::Permissions::from_mode(0o600)).unwrap();
	let error = lists.find(3, 8).err().unwrap().to_string();
	assert!(error.contains("another cohort"), "{error}");
}

#[test]
fn the_lists_of_a_dataset_are_held_by_one_at_a_time() {
	let home = tempfile::tempdir().unwrap();
	let lists = Lists::of(home.path());
	let held = lists.hold(3).unwrap();
	assert!(lists.hold(3).is_err());
	drop(lists.hold(4).unwrap());
	drop(held);
	drop(lists.hold(3).unwrap());
}

// Streaming

/// What goes wrong with one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mishap {
	/// It arrives, and nobody says so.
	Unheard,
	/// It does not arrive, and nobody says so.
	Lost,
	/// This process is killed before it is sent.
	Killed,
	/// Its block is replaced by one without it.
	Replaced,
}

/// The chain's side: what it checks, it checks here.
struct Fake {
	pool: u64,
	hidden: bool,
	there: Mutex<Builder>,
	mishaps: Mutex<Vec<(u64, Mishap)>>,
	calls: AtomicU32,
}

impl Fake {
	fn of(list: &List) -> Self {
		Fake {
			pool: list.origin.pool,
			hidden: list.origin.hidden,
			there: Mutex::new(Builder::new()),
			mishaps: Mutex::new(Vec::new()),
			calls: AtomicU32::new(0),
		}
	}

	fn with(self, mishaps: &[(u64, Mishap)]) -> Self {
		*self.mishaps.lock().unwrap() = mishaps.to_vec();
		self
	}

	fn count(&self) -> u64 {
		self.there.lock().unwrap().count()
	}

	fn add(&self, from: u64, members: &[Member]) -> Result<(), chain::Error> {
		let mut there = self.there.lock().unwrap();
		if from != there.count() {
			return Err(chain::Error::Failed {
				pallet: "Settlement".into(),
				error: "OutOfStep".into(),
				doc: String::new(),
			});
		}
		for (index, member) in (from..).zip(members) {
			let leaf = leaf_of(member, self.hidden);
			let node = leaf_node::<NativeBlake2_256, _>(self.pool, index, &leaf);
			there
				.push::<NativeBlake2_256>(node.hash, member.weight)
				.unwrap();
		}
		Ok(())
	}
}

fn unconfirmed() -> chain::Error {
	chain::Error::Unconfirmed {
		extrinsic: H256([5; 32]),
		why: "nothing was heard".into(),
	}
}

impl Register for Fake {
	async fn builder(&self) -> Result<Builder, chain::Error> {
		Ok(self.there.lock().unwrap().clone())
	}

	async fn append(&self, from: u64, members: &[Member], last: bool) -> Result<(), chain::Error> {
		self.calls.fetch_add(1, Ordering::Relaxed);
		assert!(members.len() as u64 <= MEMBERS_PER_TRANSACTION);
		assert_eq!(last, (members.len() as u64) < MEMBERS_PER_TRANSACTION);
		let mut mishaps = self.mishaps.lock().unwrap();
		let found = mishaps.iter().position(|(at, _)| *at == from);
		match found.map(|at| mishaps.remove(at).1) {
			None => self.add(from, members),
			Some(Mishap::Unheard) => self.add(from, members).and(Err(unconfirmed())),
			Some(Mishap::Lost) => Err(unconfirmed()),
			Some(Mishap::Replaced) => {
				*self.there.lock().unwrap() = Builder::new();
				Ok(())
			}
			Some(Mishap::Killed) => Err(chain::Error::NotConnected {
				url: "the node".into(),
				why: "killed".into(),
			}),
		}
	}
}

async fn streamed(list: &List, fake: &Fake) -> Result<(), Error> {
	stream_waiting(list, fake, |_| (), Duration::ZERO).await
}

/// Not a whole number of transactions.
const SOME: u64 = 2 * MEMBERS_PER_TRANSACTION + 1_000;

fn whole(list: &List) -> Builder {
	let mut builder = Builder::new();
	list.grow(&mut builder, list.count()).unwrap();
	builder
}

#[tokio::test]
async fn a_list_arrives_whole_whatever_goes_wrong_on_the_way() {
	let list = list(SOME, true);
	let second = MEMBERS_PER_TRANSACTION;
	let third = 2 * second;
	for mishaps in [
		vec![],
		vec![(0, Mishap::Unheard)],
		vec![
			(0, Mishap::Lost),
			(0, Mishap::Lost),
			(second, Mishap::Unheard),
		],
		vec![(second, Mishap::Replaced)],
		vec![(third, Mishap::Unheard)],
		vec![(third, Mishap::Replaced), (second, Mishap::Lost)],
	] {
		let fake = Fake::of(&list).with(&mishaps);
		let heard = Mutex::new(Vec::new());
		let tell = |count| heard.lock().unwrap().push(count);
		stream_waiting(&list, &fake, tell, Duration::ZERO)
			.await
			.unwrap();
		assert_eq!(*fake.there.lock().unwrap(), whole(&list), "{mishaps:?}");
		assert_eq!(heard.lock().unwrap().last(), Some(&SOME));
	}
}

#[tokio::test]
async fn a_process_that_was_killed_goes_on_with_the_list_that_it_kept() {
	let home = tempfile::tempdir().unwrap();
	let lists = Lists::of(home.path());
	let fake = {
		let list = list(SOME, true);
		lists.keep(&list).unwrap();
		let fake = Fake::of(&list).with(&[(MEMBERS_PER_TRANSACTION, Mishap::Killed)]);
		assert!(streamed(&list, &fake).await.is_err());
		assert_eq!(fake.count(), MEMBERS_PER_TRANSACTION);
		fake
	};
	// Nothing of the first process is left but what is on disk and on the chain.
	let list = lists.get(3, 7).unwrap();
	streamed(&list, &fake).await.unwrap();
	assert_eq!(*fake.there.lock().unwrap(), whole(&list));
	let calls = fake.calls.load(Ordering::Relaxed);
	assert_eq!(calls, 4, "one was lost with the process");
	streamed(&list, &fake).await.unwrap();
	assert_eq!(
		fake.calls.load(Ordering::Relaxed),
		calls,
		"nothing is sent again"
	);
}

#[tokio::test]
async fn another_list_is_not_gone_on_with() {
	let (one, other) = (list(600, true), list(600, true));
	let fake = Fake::of(&one);
	fake.add(0, one.members(0, 300)).unwrap();
	let error = streamed(&other, &fake).await.err().unwrap();
	assert!(
		matches!(
			error,
			Error::Differs {
				dataset: 3,
				pool: 7
			}
		),
		"{error}"
	);
	let longer = list(900, false);
	let fake = Fake::of(&longer);
	fake.add(0, longer.members(0, 900)).unwrap();
	let error = streamed(&one, &fake).await.err().unwrap();
	assert!(error.to_string().contains("abandon 3"), "{error}");
	assert_eq!(fake.calls.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn what_is_never_heard_of_is_given_up() {
	let list = list(10, false);
	let fake = Fake::of(&list).with(&[(0, Mishap::Lost); 20]);
	let error = streamed(&list, &fake).await.err().unwrap();
	assert!(
		matches!(error, Error::Chain(chain::Error::Unconfirmed { .. })),
		"{error}"
	);
	assert_eq!(fake.calls.load(Ordering::Relaxed), 6);
}

// Tickets and payments

fn cohort(summary: Summary, funded: u128) -> Cohort {
	Cohort {
		dataset: 3,
		owner: AccountId32([4; 32]),
		weight: 1,
		funded,
		paid: 0,
		deposit: 0,
		state: CohortState::Open(Static(summary)),
	}
}

fn summary_of(list: &List) -> Summary {
	whole(list).finish::<NativeBlake2_256>().unwrap()
}

#[test]
fn every_ticket_is_worth_its_part_and_all_of_them_everything() {
	let folder = tempfile::tempdir().unwrap();
	for hidden in [true, false] {
		let list = list(37, hidden);
		let tree = list.tree(&summary_of(&list)).unwrap();
		let cohort = cohort(*tree.summary(), 0);
		let mut sum = 0;
		for index in 0..37 {
			let ticket = Ticket::of(&list, &tree, index).unwrap().unwrap();
			ticket.write(folder.path()).unwrap();
			let read = Ticket::read(&ticket.path(folder.path()));
			assert!(read.unwrap() == ticket, "what is written is what is read");
			let standing = ticket.standing(&cohort, 1_000_003, 10).unwrap();
			assert_eq!(standing.due, standing.entitled - 10);
			sum += standing.entitled;
			fs::remove_file(ticket.path(folder.path())).unwrap();
		}
		assert_eq!(sum, 1_000_003);
		assert!(Ticket::of(&list, &tree, 37).unwrap().is_none());
	}
}

#[test]
fn a_ticket_is_for_its_owner_alone_and_never_written_over() {
	let folder = tempfile::tempdir().unwrap();
	let list = list(3, true);
	let tree = list.tree(&summary_of(&list)).unwrap();
	let ticket = Ticket::of(&list, &tree, 1).unwrap().unwrap();
	assert!(ticket.write(folder.path()).unwrap());
	assert!(
		!ticket.write(folder.path()).unwrap(),
		"the same may be written again"
	);
	let path = ticket.path(folder.path());
	let mode = fs::metadata(&path).unwrap().permissions().mode();
	assert_eq!(mode & 0o777, 0o600);
	fs::write(&path, "{}").unwrap();
	let error = ticket.write(folder.path()).err().unwrap();
	assert!(matches!(error, Error::Exists(_)), "{error}");
	assert_eq!(fs::read(&path).unwrap(), b"{}");
}

#[test]
fn a_ticket_that_was_changed_is_refused() {
	let folder = tempfile::tempdir().unwrap();
	let list = list(9, true);
	let tree = list.tree(&summary_of(&list)).unwrap();
	let open = cohort(*tree.summary(), 0);
	let ticket = Ticket::of(&list, &tree, 4).unwrap().unwrap();
	let changes: [fn(&mut Ticket); 5] = [
		|ticket| ticket.index = 5,
		|ticket| ticket.pool = 8,
		|ticket| ticket.member.weight = 1_000,
		|ticket| ticket.member.account = [9; 32],
		|ticket| ticket.member.salt[0] ^= 1,
	];
	for change in changes {
		let mut changed = ticket.clone();
		change(&mut changed);
		let why = changed.standing(&open, 900, 0).unwrap_err();
		assert!(why.contains("ask for a new ticket"), "{why}");
	}
	ticket.write(folder.path()).unwrap();
	let path = ticket.path(folder.path());
	let text = fs::read_to_string(&path).unwrap();
	for (broken, said) in [
		(String::new(), "line 1, column 0"),
		(
			text.replace("\"version\": 1", "\"version\": 2"),
			"version 2",
		),
		(text.replace("\"pool\"", "\"pond\""), "is not understood"),
		(
			text.replace("\"weight\": \"", "\"weight\": \"-"),
			"weight is no number",
		),
		(
			text.replace("\"salt\": \"", "\"salt\": \"zz"),
			"64 hex digits",
		),
		(
			text.replace("\"account\": \"", "\"account\": \"x"),
			"this is no ticket",
		),
		("x".repeat(100_000), "is not understood"),
	] {
		fs::write(&path, &broken).unwrap();
		let error = Ticket::read(&path).err().unwrap();
		assert!(matches!(error, Error::Ticket { .. }), "{error}");
		assert!(error.to_string().contains(said), "{said}: {error}");
	}
}

#[test]
fn a_ticket_of_a_list_that_is_being_built_has_to_wait() {
	let list = list(3, false);
	let tree = list.tree(&summary_of(&list)).unwrap();
	let ticket = Ticket::of(&list, &tree, 1).unwrap().unwrap();
	let mut building = cohort(*tree.summary(), 0);
	building.state = CohortState::Building {
		builder: Static(whole(&list)),
		last: None,
		sealable_from: 9,
	};
	let why = ticket.standing(&building, 9, 0).unwrap_err();
	assert!(why.contains("not sealed yet"), "{why}");
}

#[test]
fn only_what_was_not_drawn_is_paid_and_each_leaf_once() {
	for hidden in [true, false] {
		let list = Arc::new(list(3_000, hidden));
		let summary = summary_of(&list);
		let payments = Payments::of(list.clone(), &summary).unwrap();
		let entitled = list
			.tree(&summary)
			.unwrap()
			.entitlements(90_000_001)
			.unwrap();
		// The members of one stored page were paid, one of them more than it is due by now.
		let mut drawn = Drawn::default();
		let mut page = [0; 64];
		for (at, amount) in page.iter_mut().enumerate() {
			*amount = entitled[64 + at];
		}
		page[3] += 1;
		page[5] -= 2;
		drawn.insert(1, page);
		let due = payments.due(90_000_001, &Paid::Drawn(drawn)).unwrap();
		assert_eq!(due.len(), 3_000 - 63);
		assert!(due.contains(&Due {
			index: 69,
			amount: 2
		}));
		let sum: u128 = due.iter().map(|due| due.amount).sum();
		let paid: u128 = page.iter().sum::<u128>() - 1;
		assert_eq!(sum, 90_000_001 - paid);
		let batches = payments.batches(&due);
		let again: Vec<Due> = batches
			.iter()
			.flat_map(|batch| batch.iter().copied())
			.collect();
		assert_eq!(again, due, "everybody is in one batch");
		let most = if hidden { 512 } else { 1_024 };
		assert!(batches.iter().all(|batch| batch.len() <= most));
		assert!(batches.iter().all(|batch| payments.call(7, batch).is_ok()));
		let nothing = Paid::Drawn(Drawn::default());
		assert_eq!(payments.due(0, &nothing).unwrap(), []);
		assert!(payments.batches(&[]).is_empty());
	}
}

#[test]
fn pages_are_proven_by_the_tree_of_the_list() {
	let list = list(700, false);
	let summary = summary_of(&list);
	let tree = list.tree(&summary).unwrap();
	for page in 0..3 {
		let first = page * PAGE_LEAVES;
		let members = (first..).zip(list.members(first, PAGE_LEAVES));
		let nodes: Vec<Node> = members
			.map(|(index, member)| list.node(index, member))
			.collect();
		let proof = tree.prove_page(page).unwrap();
		page_entitlements_of::<NativeBlake2_256>(&summary, page, &nodes, &proof, 5_000).unwrap();
	}
}

#[test]
fn a_list_is_paid_from_its_own_pool_and_from_those_of_its_assets() {
	let list = list(2, true);
	let cohort = cohort(summary_of(&list), 70);
	let share = |list, asset, funded| Share {
		dataset: 3,
		list,
		asset,
		funded,
		paid: 0,
	};
	let shares = [
		(20, share(7, 1, 500)),
		(21, share(8, 1, 600)),
		(22, share(7, 2, 9)),
	];
	let fund = |pool, asset, funded| Fund {
		pool,
		asset,
		funded,
		paid: 0,
	};
	let wanted = [
		fund(7, None, 70),
		fund(20, Some(1), 500),
		fund(22, Some(2), 9),
	];
	assert_eq!(funds(7, &cohort, &shares), wanted);
	let tree = list.tree(&summary_of(&list)).unwrap();
	let ticket = Ticket::of(&list, &tree, 1).unwrap().unwrap();
	let (own, other) = (ticket.item(7), ticket.item(20));
	assert_eq!((own.pool, other.pool), (7, 20));
	assert!((own.index, own.leaf, own.proof) == (other.index, other.leaf, other.proof));
}

#[test]
fn payments_are_not_made_of_another_list() {
	let (one, other) = (list(10, true), list(10, true));
	let error = Payments::of(Arc::new(one), &summary_of(&other));
	let error = error.err().unwrap();
	assert!(matches!(error, Error::Differs { .. }), "{error}");
}
