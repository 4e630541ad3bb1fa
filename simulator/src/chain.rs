//! Blocks in a database on disk: made by the native runtime, and executed again by the wasm runtime
//! as whoever imports them does.

use std::path::PathBuf;

use codec::{Decode, Encode};
use sc_client_api::{
	backend::{Backend as _, BlockImportOperation as _, NewBlockState, TrieCacheContext},
	blockchain::{Backend as _, HeaderBackend as _},
};
use sc_client_db::{BlocksPruning, DatabaseSettings, DatabaseSource, PruningMode};
use sc_executor::{RuntimeVersionOf as _, WasmExecutor};
use sp_consensus_babe::digests::{PreDigest, SecondaryPlainPreDigest};
use sp_core::{
	storage::Storage,
	traits::{CallContext, ReadRuntimeVersionExt},
};
use sp_externalities::{set_and_run_with_externalities, Extensions};
use sp_runtime::{
	generic,
	traits::{BlakeTwo256, Hash as _, Header as _},
	Digest, DigestItem, OpaqueExtrinsic, StateVersion,
};
use sp_state_machine::{
	backend::{BackendRuntimeCode, TryPendingCode},
	Backend as _, Ext, IterArgs, OverlayedChanges, StateMachine, StorageChanges,
};

use crate::{constants::time::SLOT_MILLIS, *};

/// A block as a node keeps it.
pub type Stored = generic::Block<Header, OpaqueExtrinsic>;
type Database = sc_client_db::Backend<Stored>;
type State = <Database as sc_client_api::Backend<Stored>>::State;

/// States of trie nodes that are kept in memory.
const TRIE_CACHE_BYTES: usize = 64 * 1024 * 1024;
/// The first slot.
const FIRST_SLOT: u64 = 1_000;

/// A block's place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
	pub hash: Hash,
	pub number: BlockNumber,
	pub slot: u64,
}

/// A block that was made, with what it changes.
pub struct Made {
	pub block: Stored,
	pub place: Place,
	changes: StorageChanges<BlakeTwo256>,
}

/// A chain in a database.
pub struct Chain {
	directory: PathBuf,
	database: Database,
	executor: WasmExecutor,
	/// Blocks that the wasm runtime executed.
	pub executed: u64,
}

fn open(directory: PathBuf) -> Database {
	let settings = DatabaseSettings {
		trie_cache_maximum_size: Some(TRIE_CACHE_BYTES),
		state_pruning: Some(PruningMode::ArchiveAll),
		source: DatabaseSource::ParityDb { path: directory },
		blocks_pruning: BlocksPruning::KeepAll,
		pruning_filters: Vec::new(),
		metrics_registry: None,
	};
	Database::new(settings, u64::MAX).expect("the database can be opened")
}

/// BABE's part of a header: the only author, in a slot that nobody drew.
fn digest(slot: u64) -> Digest {
	let claim = SecondaryPlainPreDigest {
		authority_index: 0,
		slot: slot.into(),
	};
	let log = DigestItem::PreRuntime(*b"BABE", PreDigest::SecondaryPlain(claim).encode());
	Digest { logs: vec![log] }
}

impl Chain {
	/// A new chain in an empty directory, and its first block.
	pub fn new(directory: PathBuf, genesis: Storage) -> (Self, Place) {
		let database = open(directory.clone());
		let version = StateVersion::V1;
		let mut operation = database.begin_operation().unwrap();
		let root = operation.set_genesis_state(genesis, true, version).unwrap();
		let extrinsics = BlakeTwo256::ordered_trie_root(Vec::new(), version);
		let header = Header::new(0, extrinsics, root, Default::default(), Default::default());
		let hash = header.hash();
		let state = NewBlockState::Final;
		operation
			.set_block_data(header, Some(Vec::new()), None, None, state, true)
			.unwrap();
		database.commit_operation(operation).unwrap();
		let chain = Self {
			directory,
			database,
			executor: WasmExecutor::builder().build(),
			executed: 0,
		};
		(
			chain,
			Place {
				hash,
				number: 0,
				slot: FIRST_SLOT,
			},
		)
	}

	/// The same after everything in memory was lost.
	pub fn reopened(self) -> Self {
		let Self {
			directory,
			database,
			executor,
			executed,
		} = self;
		drop((database, executor));
		let database = open(directory.clone());
		Self {
			directory,
			database,
			executor: WasmExecutor::builder().build(),
			executed,
		}
	}

	/// The head of the chain, and the root of its state.
	pub fn best(&self) -> (Hash, Hash) {
		let hash = self.database.blockchain().info().best_hash;
		let header = self
			.database
			.blockchain()
			.header(hash)
			.unwrap()
			.expect("the head is there");
		(hash, header.state_root)
	}

	fn state(&self, at: Hash) -> State {
		self.database
			.state_at(at, TrieCacheContext::Trusted)
			.expect("no state is pruned")
	}

	/// What the native runtime sees or does in the state after a block; nothing of it is kept.
	pub fn aside<T>(&self, at: Hash, look: impl FnOnce() -> T) -> T {
		let state = self.state(at);
		let mut overlay = OverlayedChanges::default();
		let mut extensions = self.extensions();
		let mut ext = Ext::new(&mut overlay, &state, Some(&mut extensions));
		set_and_run_with_externalities(&mut ext, look)
	}

	fn extensions(&self) -> Extensions {
		let mut extensions = Extensions::default();
		extensions.register(ReadRuntimeVersionExt::new(self.executor.clone()));
		extensions
	}

	/// A block on top of another one. `fill` applies transactions and returns their bytes; `check`
	/// looks at the state of the finished block.
	pub fn make(
		&self,
		parent: Place,
		number: BlockNumber,
		slot: u64,
		fill: impl FnOnce() -> Vec<Vec<u8>>,
		check: impl FnOnce(),
	) -> Made {
		let state = self.state(parent.hash);
		let mut overlay = OverlayedChanges::default();
		let mut extensions = self.extensions();
		let (header, extrinsics) = {
			let mut ext = Ext::new(&mut overlay, &state, Some(&mut extensions));
			set_and_run_with_externalities(&mut ext, || {
				let none = Hash::default();
				let begun = Header::new(number, none, none, parent.hash, digest(slot));
				Executive::initialize_block(&begun);
				let now = pallet_timestamp::Call::set {
					now: slot * SLOT_MILLIS,
				};
				let inherent = UncheckedExtrinsic::new_bare(now.into());
				let mut extrinsics = vec![inherent.encode()];
				Executive::apply_extrinsic(inherent)
					.expect("the time is a valid inherent")
					.expect("the time can be set");
				extrinsics.extend(fill());
				let header = Executive::finalize_block();
				check();
				(header, extrinsics)
			})
		};
		let changes = overlay
			.drain_storage_changes(&state, StateVersion::V1)
			.unwrap();
		assert_eq!(
			changes.transaction_storage_root, header.state_root,
			"a check changed something"
		);
		let place = Place {
			hash: header.hash(),
			number,
			slot,
		};
		let extrinsics = extrinsics
			.iter()
			.map(|bytes| OpaqueExtrinsic::decode(&mut &bytes[..]).unwrap())
			.collect();
		Made {
			block: Stored { header, extrinsics },
			place,
			changes,
		}
	}

	/// Leaves out empty blocks, up to this one: the one change of a state that no block makes, since a
	/// month of them takes hours. It is kept like a block.
	pub fn skip_to(&mut self, parent: Place, number: BlockNumber) -> Place {
		let (header, changes) = {
			let state = self.state(parent.hash);
			let mut overlay = OverlayedChanges::default();
			let mut ext = Ext::new(&mut overlay, &state, None);
			set_and_run_with_externalities(&mut ext, || System::set_block_number(number));
			let changes = overlay
				.drain_storage_changes(&state, StateVersion::V1)
				.unwrap();
			let extrinsics = BlakeTwo256::ordered_trie_root(Vec::new(), StateVersion::V1);
			let root = changes.transaction_storage_root;
			(
				Header::new(number, extrinsics, root, parent.hash, Digest::default()),
				changes,
			)
		};
		let slot = parent.slot + u64::from(number - parent.number);
		let place = Place {
			hash: header.hash(),
			number,
			slot,
		};
		let block = Stored {
			header,
			extrinsics: Vec::new(),
		};
		self.import(
			Made {
				block,
				place,
				changes,
			},
			true,
		)
	}

	/// Executes a block by the wasm runtime of its parent's state: an error where that does not come to
	/// the state which the block names.
	pub fn execute(&mut self, block: &Stored) -> Result<(), String> {
		self.execute_on(block.header.parent_hash, block)
	}

	/// The same on a block that need not be the one which it names as its parent.
	pub fn execute_on(&mut self, parent: Hash, block: &Stored) -> Result<(), String> {
		self.executed += 1;
		let state = self.state(parent);
		let (_, mut overlay) = self
			.call(&state, "Core_execute_block", &block.encode())
			.map_err(|error| format!("the wasm runtime refuses the block: {error}"))?;
		let changes = overlay
			.drain_storage_changes(&state, StateVersion::V1)
			.unwrap();
		let (native, wasm) = (block.header.state_root, changes.transaction_storage_root);
		if native != wasm {
			return Err(format!("the state is {native} natively and {wasm} in wasm"));
		}
		Ok(())
	}

	/// Calls the wasm runtime of a state: its answer, and what it changed.
	fn call(
		&self,
		state: &State,
		method: &str,
		data: &[u8],
	) -> Result<(Vec<u8>, OverlayedChanges<BlakeTwo256>), String> {
		let code = BackendRuntimeCode::new(state, TryPendingCode::No);
		let code = code.runtime_code().map_err(String::from)?;
		let mut overlay = OverlayedChanges::default();
		let mut extensions = self.extensions();
		let context = CallContext::Onchain { import: true };
		let mut machine = StateMachine::new(
			state,
			&mut overlay,
			&self.executor,
			method,
			data,
			&mut extensions,
			&code,
			context,
		);
		let answer = machine.execute().map_err(|error| error.to_string())?;
		drop(machine);
		Ok((answer, overlay))
	}

	/// Keeps a block, as the head of the chain or of a branch beside it.
	pub fn import(&mut self, made: Made, is_best: bool) -> Place {
		let Made {
			block,
			place,
			changes,
		} = made;
		let (main, child, offchain, transaction, _, index) = changes.into_inner();
		let mut operation = self.database.begin_operation().unwrap();
		self.database
			.begin_state_operation(&mut operation, block.header.parent_hash)
			.unwrap();
		operation.update_db_storage(transaction).unwrap();
		operation.update_storage(main, child).unwrap();
		operation.update_offchain_storage(offchain).unwrap();
		operation.update_transaction_index(index).unwrap();
		let state = if is_best {
			NewBlockState::Best
		} else {
			NewBlockState::Normal
		};
		let Stored { header, extrinsics } = block;
		operation
			.set_block_data(header, Some(extrinsics), None, None, state, true)
			.unwrap();
		self.database.commit_operation(operation).unwrap();
		place
	}

	/// The block of that number on the best chain.
	pub fn hash(&self, number: BlockNumber) -> Option<Hash> {
		self.database.blockchain().hash(number).ok().flatten()
	}

	/// A block, of any branch.
	pub fn block(&self, hash: Hash) -> Option<Stored> {
		let header = self.database.blockchain().header(hash).ok().flatten()?;
		let extrinsics = self.database.blockchain().body(hash).ok().flatten()?;
		Some(Stored { header, extrinsics })
	}

	fn state_after(&self, hash: Hash) -> Result<State, String> {
		self.database
			.state_at(hash, TrieCacheContext::Untrusted)
			.map_err(|error| format!("name a block of this chain: {error}"))
	}

	/// What is stored under a key after a block.
	pub fn storage(&self, at: Hash, key: &[u8]) -> Result<Option<Vec<u8>>, String> {
		self.state_after(at)?.storage(key)
	}

	/// At most so many keys that begin with a prefix, in order, from behind one.
	pub fn keys(
		&self,
		at: Hash,
		prefix: &[u8],
		after: &[u8],
		count: usize,
	) -> Result<Vec<Vec<u8>>, String> {
		let state = self.state_after(at)?;
		let mut args = IterArgs::default();
		args.prefix = Some(prefix);
		args.start_at = Some(after);
		args.start_at_exclusive = true;
		state.keys(args)?.take(count).collect()
	}

	/// The version that the runtime says it is of.
	pub fn spec_version(&self, at: Hash) -> Result<u32, String> {
		let state = self.state_after(at)?;
		let code = BackendRuntimeCode::new(&state, TryPendingCode::No);
		let mut overlay = OverlayedChanges::default();
		let mut ext = Ext::new(&mut overlay, &state, None);
		let code = code.runtime_code().map_err(String::from)?;
		let version = self.executor.runtime_version(&mut ext, &code);
		version
			.map(|version| version.spec_version)
			.map_err(|error| error.to_string())
	}

	/// What the runtime says about itself.
	pub fn metadata(&self, at: Hash) -> Result<Vec<u8>, String> {
		let answer = self
			.call(&self.state_after(at)?, "Metadata_metadata", &[])?
			.0;
		Vec::decode(&mut &answer[..]).map_err(|error| error.to_string())
	}
}
