//! Tests of the composed runtime.

mod assets;
mod attacks;
mod bad_input;
mod duties;
mod every_call;
mod free_claims;
mod line;
mod members;
mod no_shows;
mod penalties;
mod precedence;
mod unlearning;
mod wallets;

// The same people, data and runs as in the simulator. By its path: a unit test cannot depend on a crate
// that depends on the crate under test.
#[path = "../../../simulator/src/world.rs"]
mod world;

use codec::{Decode, Encode};
use frame_support::{
	assert_noop, assert_ok,
	dispatch::GetDispatchInfo,
	genesis_builder_helper::{build_state, get_preset},
	traits::{fungible::Inspect, Get, InstanceFilter},
};
use pallet_session::historical::SessionManager as HistoricalSessionManager;
use serde_json::Value;
use sp_core::{storage::well_known_keys::CODE, traits::ReadRuntimeVersionExt, Pair};
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};
use sp_runtime::{
	generic::Era,
	traits::{BlakeTwo256, Dispatchable, Hash as _, Header as _, TransactionExtension},
	Digest, DigestItem, DispatchError,
};

use crate::{
	constants::{block, currency, limits, time},
	validators::{ValidatorSessions, ValidatorSetInstance},
	*,
};

fn merge(into: &mut Value, patch: Value) {
	match (into, patch) {
		(Value::Object(into), Value::Object(patch)) => {
			for (key, value) in patch {
				merge(into.entry(key).or_insert(Value::Null), value);
			}
		}
		(into, patch) => *into = patch,
	}
}

fn new_ext(preset: &str) -> sp_io::TestExternalities {
	let read = |id: Option<sp_genesis_builder::PresetId>| {
		get_preset::<RuntimeGenesisConfig>(&id, genesis::preset).expect("the preset exists")
	};
	let mut config: Value = serde_json::from_slice(&read(None)).unwrap();
	merge(
		&mut config,
		serde_json::from_slice(&read(Some(preset.into()))).unwrap(),
	);
	let mut ext = sp_io::TestExternalities::new_empty();
	ext.execute_with(|| {
		build_state::<RuntimeGenesisConfig>(serde_json::to_vec(&config).unwrap())
			.expect("the preset is valid");
		System::set_block_number(1);
	});
	ext
}

fn development() -> sp_io::TestExternalities {
	new_ext("development")
}

fn local_testnet() -> sp_io::TestExternalities {
	new_ext("local_testnet")
}

fn account(who: Sr25519Keyring) -> AccountId {
	who.to_account_id()
}

fn signed(who: Sr25519Keyring) -> RuntimeOrigin {
	RuntimeOrigin::signed(account(who))
}

fn session_keys(babe: Sr25519Keyring, grandpa: Ed25519Keyring) -> SessionKeys {
	SessionKeys {
		babe: babe.public().into(),
		grandpa: grandpa.public().into(),
	}
}

/// The header of block 1 by `author`, in a secondary slot.
fn block_of(author: Sr25519Keyring) -> Header {
	let index = Session::validators()
		.iter()
		.position(|who| *who == account(author))
		.unwrap();
	let pre_digest = sp_consensus_babe::digests::PreDigest::SecondaryPlain(
		sp_consensus_babe::digests::SecondaryPlainPreDigest {
			authority_index: index as u32,
			slot: 1_000.into(),
		},
	);
	let digest = Digest {
		logs: vec![DigestItem::PreRuntime(*b"BABE", pre_digest.encode())],
	};
	Header::new(
		1,
		Default::default(),
		Default::default(),
		Default::default(),
		digest,
	)
}

/// The header of a later block by the only author, one slot after the one before.
fn later_header(number: BlockNumber, parent: Hash) -> Header {
	let mut header = block_of(Sr25519Keyring::Alice);
	let slot = 999 + u64::from(number);
	let pre_digest = sp_consensus_babe::digests::PreDigest::SecondaryPlain(
		sp_consensus_babe::digests::SecondaryPlainPreDigest {
			authority_index: 0,
			slot: slot.into(),
		},
	);
	header.number = number;
	header.parent_hash = parent;
	header.digest = Digest {
		logs: vec![DigestItem::PreRuntime(*b"BABE", pre_digest.encode())],
	};
	header
}

fn next_set() -> Option<Vec<AccountId>> {
	<ValidatorSessions as HistoricalSessionManager<_, _>>::new_session(0)
		.map(|set| set.into_iter().map(|(who, ())| who).collect())
}

mod presets {
	use super::*;

	#[test]
	fn the_listed_presets_exist_and_no_other() {
		for name in genesis::preset_names() {
			assert!(genesis::preset(&name).is_some());
		}
		assert_eq!(genesis::preset_names().len(), 2);
		assert!(genesis::preset(&"mainnet".into()).is_none());
	}

	#[test]
	fn alice_alone_validates_and_decides_in_development() {
		development().execute_with(|| {
			assert_eq!(Session::validators(), vec![account(Sr25519Keyring::Alice)]);
			assert_eq!(
				pallet_collective::Members::<Runtime, CouncilCollective>::get(),
				vec![account(Sr25519Keyring::Alice)]
			);
			assert_eq!(Babe::authorities().len(), 1);
			assert_eq!(Grandpa::grandpa_authorities().len(), 1);
		});
	}

	#[test]
	fn four_validate_and_decide_in_the_local_testnet() {
		local_testnet().execute_with(|| {
			assert_eq!(Session::validators().len(), 4);
			assert_eq!(
				pallet_collective::Members::<Runtime, CouncilCollective>::get().len(),
				4
			);
			assert_eq!(Babe::authorities().len(), 4);
			assert_eq!(Grandpa::grandpa_authorities().len(), 4);
		});
	}

	#[test]
	fn development_accounts_and_their_stashes_are_endowed_and_nobody_else() {
		development().execute_with(|| {
			let accounts: Vec<_> = Sr25519Keyring::well_known().collect();
			assert!(accounts.contains(&Sr25519Keyring::Ferdie));
			assert!(accounts.contains(&Sr25519Keyring::FerdieStash));
			for who in &accounts {
				assert_eq!(Balances::free_balance(account(*who)), genesis::ENDOWMENT);
			}
			let endowed = genesis::ENDOWMENT * accounts.len() as Balance;
			let pot = Balances::free_balance(Settlement::pot());
			let treasury = Balances::free_balance(Treasury::account_id());
			assert_eq!(pot, currency::EXISTENTIAL_DEPOSIT);
			assert_eq!(treasury, currency::EXISTENTIAL_DEPOSIT);
			assert_eq!(Balances::total_issuance(), endowed + pot + treasury);
		});
	}

	#[test]
	fn the_first_sessions_have_historical_roots() {
		development().execute_with(|| {
			for session in 0..2 {
				assert!(
					pallet_session_historical::HistoricalSessions::<Runtime>::contains_key(session)
				);
			}
		});
	}
}

mod numbers {
	use super::*;
	use crate::configs::system::{RuntimeBlockLength, RuntimeBlockWeights};
	use frame_support::{
		dispatch::DispatchClass,
		weights::{IdentityFee, WeightToFee},
	};

	#[test]
	fn time() {
		assert_eq!(time::SLOT_MILLIS, 2_000);
		assert_eq!(time::MINIMUM_PERIOD_MILLIS * 2, time::SLOT_MILLIS);
		assert_eq!(
			u64::from(time::DAYS) * time::SLOT_MILLIS,
			24 * 60 * 60 * 1_000
		);
	}

	#[test]
	fn money() {
		assert_eq!(10u128.pow(currency::DECIMALS.into()), currency::GRD);
		assert_eq!(currency::EXISTENTIAL_DEPOSIT, 1_000_000);
		assert_eq!(
			currency::deposit(2, 3),
			2 * currency::DEPOSIT_PER_ITEM + 3 * currency::DEPOSIT_PER_BYTE
		);
	}

	/// Whoever proposes a run pays for the most that it can store until it is pruned.
	#[test]
	fn deposits_cover_what_a_run_can_store() {
		use frame_support::traits::StorageInfoTrait;
		let infos = [
			Training::storage_info(),
			Datasets::storage_info(),
			Valuation::storage_info(),
			Settlement::storage_info(),
		]
		.concat();
		// So many entries of each map, at their longest.
		let price = |entries: &[(&str, &str, u32)]| -> Balance {
			entries
				.iter()
				.map(|(pallet, item, count)| {
					let found = infos.iter().find(|info| {
						info.pallet_name == pallet.as_bytes()
							&& info.storage_name == item.as_bytes()
					});
					let bytes = found.unwrap().max_size.unwrap();
					currency::deposit(*count, count * bytes)
				})
				.sum()
		};
		let covers = |held: Balance, entries: &[(&str, &str, u32)]| {
			let price = price(entries);
			assert!(held >= price, "{held} held, {price} needed for {entries:?}");
		};
		let run = <Runtime as pallet_training::Config>::RunDeposit::get();
		let dataset = <Runtime as pallet_training::Config>::UseDeposit::get();
		let place = <Runtime as pallet_training::Config>::PlaceDeposit::get();
		let task = <Runtime as pallet_training::Config>::TaskDeposit::get();
		let lock = <Runtime as pallet_training::Config>::LockDeposit::get();
		covers(
			run,
			&[
				("Training", "Runs", 1),
				("Training", "Plans", 1),
				("Training", "UsedChunks", 1),
				("Training", "Rosters", 2),
				("Valuation", "Commitments", 15),
				("Valuation", "Streams", 1),
				("Settlement", "Escrows", 1),
				("Settlement", "Settlements", 1),
			],
		);
		covers(
			dataset,
			&[("Training", "RunDatasets", 1), ("Datasets", "Uses", 1)],
		);
		covers(
			place,
			&[
				("Training", "Enrolments", 1),
				("Training", "EnrolmentDeposits", 1),
			],
		);
		covers(
			task,
			&[
				("Training", "Tasks", 6),
				("Training", "Queue", 1),
				("Training", "Receipts", 1),
				("Training", "ReceiptTasks", 1),
			],
		);
		covers(lock, &[("Training", "Locks", 1)]);
		// Whoever invites or asks for a committee pays for that.
		let enrolment = <Runtime as pallet_training::Config>::EnrolmentDeposit::get();
		let committee = <Runtime as pallet_training::Config>::CommitteeDeposit::get();
		covers(enrolment, &[("Training", "Invitations", 1)]);
		covers(committee, &[("Training", "CommitteeDeposits", 1)]);
	}

	#[test]
	fn deposits_cover_lists_of_members() {
		use frame_support::traits::StorageInfoTrait;
		use pallet_settlement::{Config, DRAWN_LEAVES};
		let infos = Settlement::storage_info();
		let size = |item: &str| {
			let mut found = infos.iter();
			let found = found.find(|info| info.storage_name == item.as_bytes());
			found.unwrap().max_size.unwrap()
		};
		let cohort: Balance = <Runtime as Config>::CohortDeposit::get();
		let member: Balance = <Runtime as Config>::MemberDeposit::get();
		assert!(cohort >= currency::deposit(2, size("Cohorts") + size("Memberships")));
		let page = member * Balance::from(DRAWN_LEAVES);
		assert!(page >= currency::deposit(1, size("Drawn")));
	}

	#[test]
	fn deposits_cover_what_a_publisher_can_store() {
		use frame_support::traits::StorageInfoTrait;
		use pallet_datasets::Config;
		let infos = Datasets::storage_info();
		let announcement: Balance = <Runtime as Config>::AnnounceDeposit::get();
		let dataset: Balance = <Runtime as Config>::DatasetDeposit::get();
		let unlearning: Balance = <Runtime as Config>::UnlearningDeposit::get();
		for (held, items) in [
			(announcement, vec!["Announcements", "AnnouncementCounts"]),
			(dataset, vec!["Datasets", "ByRoot"]),
			(unlearning, vec!["Unlearnings"]),
		] {
			let sizes: Vec<_> = (infos.iter())
				.filter(|info| {
					items
						.iter()
						.any(|item| info.storage_name == item.as_bytes())
				})
				.map(|info| info.max_size.unwrap())
				.collect();
			assert_eq!(sizes.len(), items.len());
			let price = currency::deposit(items.len() as u32, sizes.iter().sum());
			assert!(held >= price, "{held} held, {price} needed for {items:?}");
		}
	}

	#[test]
	fn a_block_takes_a_quarter_of_a_slot() {
		let weights = RuntimeBlockWeights::get();
		weights
			.clone()
			.validate()
			.expect("the limits are consistent");
		assert_eq!(weights.max_block.ref_time(), 500_000_000_000);
		let normal = weights.get(DispatchClass::Normal).max_total.unwrap();
		assert_eq!(normal.ref_time(), 375_000_000_000);
		let length = RuntimeBlockLength::get();
		assert_eq!(
			*length.max.get(DispatchClass::Operational),
			block::MAX_LENGTH
		);
		assert_eq!(
			*length.max.get(DispatchClass::Normal),
			block::NORMAL_RATIO * block::MAX_LENGTH
		);
	}

	#[test]
	fn a_block_full_of_bytes_costs_about_as_much_as_one_full_of_weight() {
		let weight: Balance = IdentityFee::weight_to_fee(&block::MAX_WEIGHT);
		let bytes = Balance::from(block::MAX_LENGTH) * currency::FEE_PER_BYTE;
		assert!(bytes < 2 * weight && weight < 2 * bytes);
	}

	#[test]
	fn the_least_fee_keeps_an_author_alive() {
		let base = RuntimeBlockWeights::get()
			.get(DispatchClass::Normal)
			.base_extrinsic;
		let fee: Balance = IdentityFee::weight_to_fee(&base);
		assert!(fee >= currency::EXISTENTIAL_DEPOSIT);
	}
}

mod transactions {
	use super::*;

	#[test]
	fn the_extensions_are_those_that_clients_hard_code() {
		let names: Vec<_> = TxExtension::metadata()
			.into_iter()
			.map(|e| e.identifier)
			.collect();
		assert_eq!(
			names,
			[
				"AuthorizeCall",
				"CheckNonZeroSender",
				"CheckSpecVersion",
				"CheckTxVersion",
				"CheckGenesis",
				"CheckMortality",
				"CheckNonce",
				"CheckWeight",
				"ChargeTransactionPayment",
				"CheckMetadataHash",
				"WeightReclaim",
			]
		);
	}

	pub(super) fn sign(
		who: Sr25519Keyring,
		nonce: Nonce,
		tip: Balance,
		call: RuntimeCall,
	) -> UncheckedExtrinsic {
		let extension: TxExtension = (
			frame_system::AuthorizeCall::new(),
			frame_system::CheckNonZeroSender::new(),
			frame_system::CheckSpecVersion::new(),
			frame_system::CheckTxVersion::new(),
			frame_system::CheckGenesis::new(),
			frame_system::CheckMortality::from(Era::Immortal),
			frame_system::CheckNonce::from(nonce),
			frame_system::CheckWeight::new(),
			pallet_transaction_payment::ChargeTransactionPayment::from(tip),
			frame_metadata_hash_extension::CheckMetadataHash::new(false),
			frame_system::WeightReclaim::new(),
		);
		let payload = SignedPayload::new(call, extension).expect("the implicit parts are there");
		let signature = payload.using_encoded(|bytes| who.pair().sign(bytes));
		let (call, extension, _) = payload.deconstruct();
		UncheckedExtrinsic::new_signed(call, account(who).into(), signature.into(), extension)
	}

	#[test]
	fn the_author_gets_fee_and_tip_and_nothing_is_minted_or_burned() {
		local_testnet().execute_with(|| {
			let (author, sender, payee) = (
				Sr25519Keyring::Bob,
				Sr25519Keyring::Eve,
				Sr25519Keyring::Ferdie,
			);
			System::set_block_number(0);
			let header = block_of(author);
			assert_eq!(*header.number(), 1);
			Executive::initialize_block(&header);
			let issuance = Balances::total_issuance();

			let call = RuntimeCall::Balances(pallet_balances::Call::transfer_keep_alive {
				dest: account(payee).into(),
				value: currency::GRD,
			});
			let outcome = Executive::apply_extrinsic(sign(sender, 0, 7, call));
			assert_ok!(outcome.expect("the transaction is valid"));

			let earned = Balances::free_balance(account(author)) - genesis::ENDOWMENT;
			let spent = genesis::ENDOWMENT - Balances::free_balance(account(sender));
			assert!(earned > 7);
			assert_eq!(spent, currency::GRD + earned);
			assert_eq!(
				Balances::free_balance(account(payee)),
				genesis::ENDOWMENT + currency::GRD
			);
			assert_eq!(Balances::total_issuance(), issuance);
		});
	}

	#[test]
	fn a_used_nonce_is_refused() {
		local_testnet().execute_with(|| {
			System::set_block_number(0);
			Executive::initialize_block(&block_of(Sr25519Keyring::Alice));
			let remark = || {
				let call = RuntimeCall::System(frame_system::Call::remark {
					remark: b"guerdon".to_vec(),
				});
				sign(Sr25519Keyring::Eve, 0, 0, call)
			};
			assert_ok!(Executive::apply_extrinsic(remark()).expect("the first is valid"));
			assert!(Executive::apply_extrinsic(remark()).is_err());
		});
	}
}

mod governance {
	use super::*;

	/// Says that any code is a runtime of the next version.
	struct NextVersion;

	impl sp_core::traits::ReadRuntimeVersion for NextVersion {
		fn read_runtime_version(
			&self,
			_: &[u8],
			_: &mut dyn sp_core::traits::Externalities,
		) -> Result<Vec<u8>, String> {
			Ok(RuntimeVersion {
				spec_version: VERSION.spec_version + 1,
				..VERSION
			}
			.encode())
		}
	}

	fn upgradable(mut ext: sp_io::TestExternalities) -> sp_io::TestExternalities {
		ext.register_extension(ReadRuntimeVersionExt::new(NextVersion));
		ext
	}

	fn new_code() -> Vec<u8> {
		b"the next runtime".to_vec()
	}

	fn code() -> Vec<u8> {
		sp_io::storage::get(CODE)
			.map(|bytes| bytes.to_vec())
			.unwrap_or_default()
	}

	fn set_code() -> RuntimeCall {
		RuntimeCall::System(frame_system::Call::set_code { code: new_code() })
	}

	fn whitelist(call: &RuntimeCall) -> RuntimeCall {
		RuntimeCall::Whitelist(pallet_whitelist::Call::whitelist_call {
			call_hash: BlakeTwo256::hash_of(call),
		})
	}

	fn dispatch_whitelisted(call: RuntimeCall) -> RuntimeCall {
		RuntimeCall::Whitelist(
			pallet_whitelist::Call::dispatch_whitelisted_call_with_preimage {
				call: Box::new(call),
			},
		)
	}

	fn propose(who: Sr25519Keyring, threshold: u32, proposal: RuntimeCall) {
		let length_bound = proposal.encoded_size() as u32;
		assert_ok!(RuntimeCall::Council(pallet_collective::Call::propose {
			threshold,
			proposal: Box::new(proposal),
			length_bound,
		})
		.dispatch(signed(who)));
	}

	/// What the last motion came to.
	fn outcome() -> Result<(), DispatchError> {
		System::events()
			.into_iter()
			.rev()
			.find_map(|record| match record.event {
				RuntimeEvent::Council(pallet_collective::Event::Executed { result, .. }) => {
					Some(result)
				}
				_ => None,
			})
			.expect("a motion was executed")
	}

	/// Carries a motion with `ayes`, the first of whom proposes it.
	fn carry(ayes: &[Sr25519Keyring], proposal: RuntimeCall) {
		let index = pallet_collective::ProposalCount::<Runtime, CouncilCollective>::get();
		let proposal_hash = BlakeTwo256::hash_of(&proposal);
		let proposal_weight_bound = proposal.get_dispatch_info().call_weight;
		let length_bound = proposal.encoded_size() as u32;
		propose(ayes[0], ayes.len() as u32, proposal);
		for who in ayes {
			assert_ok!(Council::vote(signed(*who), proposal_hash, index, true));
		}
		assert_ok!(Council::close(
			signed(ayes[0]),
			proposal_hash,
			index,
			proposal_weight_bound,
			length_bound
		));
	}

	#[test]
	fn the_council_upgrades_the_runtime_through_the_whitelist() {
		upgradable(development()).execute_with(|| {
			assert!(code().is_empty());
			propose(Sr25519Keyring::Alice, 1, whitelist(&set_code()));
			assert_ok!(outcome());
			propose(Sr25519Keyring::Alice, 1, dispatch_whitelisted(set_code()));
			assert_ok!(outcome());
			assert_eq!(code(), new_code());
		});
	}

	#[test]
	fn a_council_of_four_needs_three() {
		use Sr25519Keyring::{Alice, Bob, Charlie};
		upgradable(local_testnet()).execute_with(|| {
			carry(&[Alice, Bob], whitelist(&set_code()));
			assert_eq!(outcome(), Err(DispatchError::BadOrigin));

			carry(&[Alice, Bob, Charlie], whitelist(&set_code()));
			assert_ok!(outcome());
			carry(&[Alice, Bob], dispatch_whitelisted(set_code()));
			assert!(outcome().is_err());
			assert!(code().is_empty());

			carry(&[Alice, Bob, Charlie], dispatch_whitelisted(set_code()));
			assert_ok!(outcome());
			assert_eq!(code(), new_code());
		});
	}

	#[test]
	fn nobody_sets_the_code_alone() {
		upgradable(development()).execute_with(|| {
			assert_noop!(
				System::set_code(signed(Sr25519Keyring::Alice), new_code()),
				DispatchError::BadOrigin
			);
			propose(Sr25519Keyring::Alice, 1, set_code());
			assert_eq!(outcome(), Err(DispatchError::BadOrigin));
			assert!(dispatch_whitelisted(set_code())
				.dispatch(signed(Sr25519Keyring::Alice))
				.is_err());
			assert!(code().is_empty());
		});
	}

	#[test]
	fn a_call_that_was_not_whitelisted_is_not_dispatched() {
		upgradable(development()).execute_with(|| {
			// The council's word waits for the whitelist, which it alone can write.
			propose(Sr25519Keyring::Alice, 1, dispatch_whitelisted(set_code()));
			assert_ok!(outcome());
			let by_bob = || dispatch_whitelisted(set_code()).dispatch(signed(Sr25519Keyring::Bob));
			assert!(by_bob().is_err());
			assert!(whitelist(&set_code())
				.dispatch(signed(Sr25519Keyring::Bob))
				.is_err());
			assert!(by_bob().is_err());
			assert!(code().is_empty());
			// Then anyone may carry it out.
			propose(Sr25519Keyring::Alice, 1, whitelist(&set_code()));
			assert_ok!(by_bob());
			assert_eq!(code(), new_code());
		});
	}

	#[test]
	fn an_upgrade_fits_a_proposal_and_a_block() {
		use crate::configs::{governance::MaxProposalWeight, system::RuntimeBlockWeights};
		let weight = dispatch_whitelisted(set_code())
			.get_dispatch_info()
			.call_weight;
		assert!(weight.all_lte(MaxProposalWeight::get()));
		let motion = RuntimeCall::Council(pallet_collective::Call::propose {
			threshold: 1,
			proposal: Box::new(dispatch_whitelisted(set_code())),
			length_bound: 2_000_000,
		});
		let limit = RuntimeBlockWeights::get()
			.get(frame_support::dispatch::DispatchClass::Normal)
			.max_extrinsic
			.unwrap();
		assert!(motion.get_dispatch_info().total_weight().all_lte(limit));
		// The code that this build made, with room for a motion around it.
		let code = WASM_BINARY.expect("the runtime was built").len();
		assert!(code + 1_000 < (block::NORMAL_RATIO * block::MAX_LENGTH) as usize);
	}

	#[test]
	fn the_council_schedules_a_call_for_root() {
		use frame_support::traits::Hooks;
		development().execute_with(|| {
			let at = 5;
			let root_only = RuntimeCall::System(frame_system::Call::set_storage {
				items: vec![(b"key".to_vec(), b"value".to_vec())],
			});
			let schedule = RuntimeCall::Scheduler(pallet_scheduler::Call::schedule {
				when: at,
				maybe_periodic: None,
				priority: 0,
				call: Box::new(root_only),
			});
			propose(Sr25519Keyring::Alice, 1, whitelist(&schedule));
			propose(Sr25519Keyring::Alice, 1, dispatch_whitelisted(schedule));
			assert_ok!(outcome());
			for block in 2..=at {
				assert_eq!(sp_io::storage::get(b"key"), None);
				System::set_block_number(block);
				Scheduler::on_initialize(block);
			}
			assert_eq!(sp_io::storage::get(b"key").unwrap().to_vec(), b"value");
		});
	}
}

mod sessions {
	use super::*;

	fn members() -> Vec<AccountId> {
		pallet_membership::Members::<Runtime, ValidatorSetInstance>::get().to_vec()
	}

	fn set_keys(who: Sr25519Keyring, keys: SessionKeys) {
		pallet_session::NextKeys::<Runtime>::insert(account(who), keys);
	}

	/// BABE rotates its authorities in blocks only.
	fn in_a_block() {
		System::set_block_number(0);
		Executive::initialize_block(&block_of(Sr25519Keyring::Alice));
	}

	#[test]
	fn an_unchanged_set_is_not_announced() {
		local_testnet().execute_with(|| assert_eq!(next_set(), None));
	}

	#[test]
	fn a_member_without_keys_waits() {
		local_testnet().execute_with(|| {
			let eve = account(Sr25519Keyring::Eve);
			assert_ok!(ValidatorSet::add_member(
				RuntimeOrigin::root(),
				eve.clone().into()
			));
			assert_eq!(next_set(), None);

			set_keys(
				Sr25519Keyring::Eve,
				session_keys(Sr25519Keyring::Eve, Ed25519Keyring::Eve),
			);
			let set = next_set().expect("the set has changed");
			assert_eq!(set.len(), 5);
			assert!(set.contains(&eve));
		});
	}

	#[test]
	fn a_member_that_left_is_left_out() {
		local_testnet().execute_with(|| {
			let dave = account(Sr25519Keyring::Dave);
			assert_ok!(ValidatorSet::remove_member(
				RuntimeOrigin::root(),
				dave.clone().into()
			));
			let set = next_set().expect("the set has changed");
			assert_eq!(set, members());
			assert!(!set.contains(&dave));
		});
	}

	#[test]
	fn rotated_keys_are_a_change() {
		local_testnet().execute_with(|| {
			set_keys(
				Sr25519Keyring::Alice,
				session_keys(Sr25519Keyring::One, Ed25519Keyring::One),
			);
			assert_eq!(next_set(), Some(members()));
		});
	}

	#[test]
	fn a_set_without_keys_never_replaces_the_one_that_works() {
		local_testnet().execute_with(|| {
			for who in members() {
				pallet_session::NextKeys::<Runtime>::remove(who);
			}
			assert_eq!(next_set(), None);
		});
		local_testnet().execute_with(|| {
			assert_ok!(ValidatorSet::reset_members(RuntimeOrigin::root(), vec![]));
			assert_eq!(next_set(), None);
		});
	}

	#[test]
	fn the_last_validator_cannot_take_its_keys_away() {
		development().execute_with(|| {
			in_a_block();
			let purge = RuntimeCall::Session(pallet_session::Call::purge_keys {});
			assert_ok!(purge.dispatch(signed(Sr25519Keyring::Alice)));
			assert_eq!(Session::load_keys(&account(Sr25519Keyring::Alice)), None);
			for _ in 0..3 {
				Session::rotate_session();
			}
			assert_eq!(Session::validators(), vec![account(Sr25519Keyring::Alice)]);
			assert_eq!(Babe::authorities().len(), 1);
			assert_eq!(Grandpa::grandpa_authorities().len(), 1);
		});
	}

	/// What draws rest on: the seed that is kept for an epoch is what BABE announced in that epoch's
	/// first block, so the attestors' hook comes after the session's.
	#[test]
	fn the_seed_of_an_epoch_is_what_babe_announced_at_its_start() {
		use frame_support::traits::Hooks;
		development().execute_with(|| {
			in_a_block();
			let finish = |number| {
				Babe::on_finalize(number);
				System::finalize().hash()
			};
			let mut parent = finish(1);
			let mut announced = Vec::new();
			for number in 2..=(3 * time::EPOCH_SLOTS as u32) {
				let epoch = pallet_babe::EpochIndex::<Runtime>::get();
				Executive::initialize_block(&later_header(number, parent));
				let now = pallet_babe::EpochIndex::<Runtime>::get();
				if now != epoch {
					let randomness = pallet_babe::NextRandomness::<Runtime>::get();
					let preimage = (b"guerdon/epoch/v1", now, randomness).encode();
					announced.push((now, sp_io::hashing::blake2_256(&preimage)));
				}
				parent = finish(number);
			}
			assert!(announced.len() >= 2, "{announced:?}");
			for (epoch, seed) in &announced {
				let kept = <Attestors as pallet_attestors::Draws<AccountId>>::seed(*epoch);
				assert_eq!(kept, Some(seed.into()), "epoch {epoch}");
			}
			assert_ne!(announced[0].1, announced[1].1);
		});
	}

	#[test]
	fn a_new_member_validates_from_the_session_after_next() {
		local_testnet().execute_with(|| {
			in_a_block();
			let eve = account(Sr25519Keyring::Eve);
			set_keys(
				Sr25519Keyring::Eve,
				session_keys(Sr25519Keyring::Eve, Ed25519Keyring::Eve),
			);
			assert_ok!(ValidatorSet::add_member(
				RuntimeOrigin::root(),
				eve.clone().into()
			));
			Session::rotate_session();
			assert!(!Session::validators().contains(&eve));
			Session::rotate_session();
			assert!(Session::validators().contains(&eve));
			assert_eq!(Babe::authorities().len(), 5);
		});
	}

	#[test]
	fn old_historical_roots_are_pruned_and_recent_ones_kept() {
		use pallet_session_historical::HistoricalSessions;
		local_testnet().execute_with(|| {
			in_a_block();
			for _ in 0..limits::KEPT_SESSIONS + 5 {
				Session::rotate_session();
			}
			let now = Session::current_index();
			let oldest = now - limits::KEPT_SESSIONS;
			assert!(!HistoricalSessions::<Runtime>::contains_key(oldest - 1));
			for session in oldest..=now + 1 {
				assert!(HistoricalSessions::<Runtime>::contains_key(session));
			}
		});
	}

	#[test]
	fn the_council_changes_the_set_and_nobody_else() {
		local_testnet().execute_with(|| {
			let eve = account(Sr25519Keyring::Eve);
			let council = |ayes, of| {
				RuntimeOrigin::from(
					pallet_collective::RawOrigin::<_, CouncilCollective>::Members(ayes, of),
				)
			};
			for origin in [signed(Sr25519Keyring::Alice), council(2, 4)] {
				assert_noop!(
					ValidatorSet::add_member(origin, eve.clone().into()),
					DispatchError::BadOrigin
				);
			}
			assert_ok!(ValidatorSet::add_member(council(3, 4), eve.into()));
		});
	}
}

mod proxies {
	use super::*;

	fn transfer() -> RuntimeCall {
		RuntimeCall::Balances(pallet_balances::Call::transfer_keep_alive {
			dest: account(Sr25519Keyring::Bob).into(),
			value: 1,
		})
	}

	fn remark() -> RuntimeCall {
		RuntimeCall::System(frame_system::Call::remark { remark: vec![] })
	}

	fn add_proxy() -> RuntimeCall {
		RuntimeCall::Proxy(pallet_proxy::Call::add_proxy {
			delegate: account(Sr25519Keyring::Bob).into(),
			proxy_type: ProxyType::Any,
			delay: 0,
		})
	}

	#[test]
	fn each_kind_allows_what_it_says() {
		let batch = RuntimeCall::Utility(pallet_utility::Call::batch {
			calls: vec![transfer(), remark()],
		});
		for (kind, allowed) in [
			(ProxyType::Any, [true, true, true, true]),
			(ProxyType::Transfer, [true, false, true, false]),
			(ProxyType::NonTransfer, [false, true, true, false]),
		] {
			let calls = [transfer(), remark(), batch.clone(), add_proxy()];
			assert_eq!(calls.map(|call| kind.filter(&call)), allowed, "{kind:?}");
		}
	}

	#[test]
	fn only_any_includes_the_others() {
		use ProxyType::{Any, NonTransfer, Transfer};
		for kind in [Any, Transfer, NonTransfer] {
			assert!(Any.is_superset(&kind));
			assert!(kind.is_superset(&kind));
		}
		assert!(!Transfer.is_superset(&NonTransfer));
		assert!(!NonTransfer.is_superset(&Transfer));
		assert!(!NonTransfer.is_superset(&Any));
	}

	#[test]
	fn a_batch_does_not_smuggle_a_transfer_through() {
		development().execute_with(|| {
			let (owner, delegate) = (Sr25519Keyring::Alice, Sr25519Keyring::Charlie);
			assert_ok!(Proxy::add_proxy(
				signed(owner),
				account(delegate).into(),
				ProxyType::NonTransfer,
				0
			));
			let before = Balances::total_balance(&account(Sr25519Keyring::Bob));
			let batch = RuntimeCall::Utility(pallet_utility::Call::batch_all {
				calls: vec![remark(), transfer()],
			});
			assert_ok!(Proxy::proxy(
				signed(delegate),
				account(owner).into(),
				None,
				Box::new(batch)
			));
			System::assert_last_event(
				pallet_proxy::Event::ProxyExecuted {
					result: Err(frame_system::Error::<Runtime>::CallFiltered.into()),
				}
				.into(),
			);
			assert_eq!(
				Balances::total_balance(&account(Sr25519Keyring::Bob)),
				before
			);
		});
	}
}

mod metadata {
	use super::*;

	#[test]
	fn clients_can_ask_for_version_15() {
		let metadata = Runtime::metadata_at_version(15).expect("version 15 is supported");
		assert_eq!(&metadata[..4], b"meta");
		assert_eq!(u8::decode(&mut &metadata[4..]), Ok(15));
	}

	/// The client is generated from a file, so the file must say what the runtime says.
	#[test]
	fn the_client_knows_this_runtime() {
		let known = include_bytes!("../../../client/metadata.scale");
		let metadata = Runtime::metadata_at_version(15).expect("version 15 is supported");
		assert!(
			known[..] == metadata[..],
			"client/metadata.scale ({} bytes) is not the metadata of this runtime ({} bytes). \
			 If the change is meant, run `guerdon-node export-metadata client/metadata.scale`, \
			 look at what it changes for clients, and commit it. \
			 It is made with the default GUERDON_EPOCH_SLOTS.",
			known.len(),
			metadata.len(),
		);
	}
}
