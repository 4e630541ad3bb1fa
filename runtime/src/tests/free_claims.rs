//! People who own nothing are paid by transactions that nobody signs and nobody pays for.

use frame_support::dispatch::DispatchClass;
use guerdon_receipt::PoolId;
use guerdon_share_tree::{hidden, leaf_node, Leaf, Payee, Tree};
use pallet_settlement::{Call, Claim, Conservation, HostHasher, Opening};
use sp_runtime::transaction_validity::{
	InvalidTransaction, TransactionSource, TransactionValidity, TransactionValidityError,
};

use super::{world::*, *};
use crate::constants::currency::{GRD, MILLI_GRD};

const DATASET: u64 = 1;
/// More than a block takes.
const MEMBERS: u32 = 400;

fn person(number: u32) -> Opening<AccountId> {
	Opening {
		account: sp_io::hashing::blake2_256(&("nobody yet", number).encode()).into(),
		salt: sp_io::hashing::blake2_256(&("salt", number).encode()),
	}
}

/// A cohort of people who are not to be known and own nothing, to which a run has brought money.
struct Funded {
	world: World,
	pool: PoolId,
	people: Vec<(Leaf<AccountId>, Opening<AccountId>)>,
	tree: Tree,
}

impl Funded {
	fn new() -> Self {
		let world = World::ready();
		let mut people: Vec<_> = (0..MEMBERS)
			.map(person)
			.map(|opening| {
				let payee = Payee::Hidden(hidden::<HostHasher, _>(&opening.account, &opening.salt));
				(Leaf { payee, weight: 1 }, opening)
			})
			.collect();
		people.sort_by_key(|(leaf, _)| leaf.payee.encode());
		let owner = &world.owners[DATASET as usize];
		let (pool, dataset) = (pallet_settlement::NextPoolId::<Runtime>::get(), DATASET);
		owner
			.act(Call::open_members { dataset, weight: 1 })
			.unwrap();
		let leaves: Vec<_> = people.iter().map(|(leaf, _)| leaf.clone()).collect();
		for (number, part) in leaves.chunks(256).enumerate() {
			let call = Call::stream_members {
				pool,
				from: 256 * number as u64,
				members: part.to_vec().try_into().unwrap(),
			};
			owner.act(call).unwrap();
		}
		owner.act(Call::seal_members { pool }).unwrap();
		let run = world.play(&Script::default());
		let booked = leaves_of(run)
			.into_iter()
			.find(|view| view.leaf.payee == Payee::Pool(pool))
			.unwrap();
		let claims = vec![claim_for(booked)].try_into().unwrap();
		world.stranger.act(Call::claim_many { claims }).unwrap();
		let nodes = leaves.iter().zip(0..);
		let nodes = nodes.map(|(leaf, index)| leaf_node::<HostHasher, _>(pool, index, leaf));
		let tree = Tree::new::<HostHasher>(nodes.collect()).unwrap();
		Self {
			world,
			pool,
			people,
			tree,
		}
	}

	fn claim(&self, index: usize) -> Claim<AccountId> {
		let (leaf, opening) = self.people[index].clone();
		Claim {
			pool: self.pool,
			index: index as u64,
			leaf,
			proof: self.tree.prove(index as u64).unwrap(),
			opening: Some(opening),
		}
	}

	fn due(&self, index: usize) -> Balance {
		let funded = Settlement::cohort(self.pool).unwrap().funded;
		self.tree.entitlements(funded).unwrap()[index]
	}
}

/// What the pool of transactions says.
fn told(claim: Claim<AccountId>) -> TransactionValidity {
	let source = TransactionSource::External;
	Executive::validate_transaction(source, claims::free_claim(claim), System::parent_hash())
}

/// What happens to it in a block.
fn applied(claim: Claim<AccountId>) -> sp_runtime::ApplyExtrinsicResult {
	let bytes = claims::free_claim(claim).encode();
	let travelled = UncheckedExtrinsic::decode(&mut &bytes[..]).unwrap();
	Executive::apply_extrinsic(travelled)
}

fn invalid(why: InvalidTransaction) -> TransactionValidityError {
	why.into()
}

fn begin_block() {
	let now = System::block_number();
	let header = block_of(Sr25519Keyring::Alice);
	let header = Header::new(
		now + 1,
		Default::default(),
		Default::default(),
		Default::default(),
		header.digest().clone(),
	);
	System::reset_events();
	System::initialize(header.number(), header.parent_hash(), header.digest());
}

#[test]
fn whoever_owns_nothing_is_paid_by_a_transaction_that_nobody_signed() {
	development().execute_with(|| {
		// GIVEN members who do not exist.
		let funded = Funded::new();
		let who = &funded.people[7].1.account;
		let due = funded.due(7);
		assert!(due > 10 * MILLI_GRD);
		begin_block();
		let issuance = Balances::total_issuance();

		// WHEN one of them is paid by a transaction that anybody could have sent.
		let valid = told(funded.claim(7)).unwrap();
		assert_eq!((valid.priority, valid.longevity), (0, 64));
		assert_eq!(valid.provides.len(), 1);
		assert_ok!(applied(funded.claim(7)).unwrap());

		// THEN it has all that it was due, nobody paid a fee, and it is not paid again.
		assert_eq!(Balances::free_balance(who), due);
		assert_eq!(Balances::total_issuance(), issuance);
		let stale = invalid(InvalidTransaction::Stale);
		assert_eq!(told(funded.claim(7)), Err(stale));
		assert_eq!(applied(funded.claim(7)), Err(stale));
		check_everything();
	});
}

#[test]
fn free_claims_take_a_fifth_of_what_ordinary_transactions_have() {
	development().execute_with(|| {
		let funded = Funded::new();
		let lane = <Runtime as pallet_settlement::Config>::FreeLane::get();
		let normal = configs::system::RuntimeBlockWeights::get()
			.get(DispatchClass::Normal)
			.max_total
			.unwrap();
		assert_eq!(lane.ref_time(), normal.ref_time() / 5);
		let sent = sent_in_a_block(&funded, 0);
		let used = System::block_weight().get(DispatchClass::Normal).ref_time();
		assert!(used <= lane.ref_time(), "{used} of {lane:?}");
		assert!(sent > 50 && sent < MEMBERS as usize, "{sent} in a block");
		// The next one is for the block after: the pool of transactions keeps it.
		let next = funded.claim(sent);
		let full = invalid(InvalidTransaction::ExhaustsResources);
		assert_eq!(applied(next.clone()), Err(full));
		// An ordinary transaction is not held up.
		let transfer = pallet_balances::Call::transfer_keep_alive {
			dest: funded.world.stranger.account.clone().into(),
			value: GRD,
		};
		let signed = super::transactions::sign(Sr25519Keyring::Ferdie, nonce(), 0, transfer.into());
		assert_ok!(Executive::apply_extrinsic(signed).unwrap());

		// WHEN blocks follow, everybody is paid, to the unit.
		let mut paid = sent;
		while paid < funded.people.len() {
			let more = sent_in_a_block(&funded, paid);
			assert!(more > 0);
			paid += more;
		}
		let cohort = Settlement::cohort(funded.pool).unwrap();
		assert_eq!(cohort.paid, cohort.funded);
		for (index, (_, opening)) in funded.people.iter().enumerate() {
			assert_eq!(Balances::free_balance(&opening.account), funded.due(index));
		}
		let Conservation {
			missing, surplus, ..
		} = Settlement::conservation(None);
		assert_eq!((missing, surplus), (0, 0));
		check_everything();
	});
}

fn nonce() -> Nonce {
	System::account_nonce(account(Sr25519Keyring::Ferdie))
}

/// Sends free claims in a new block, from this member on, until it takes no more.
fn sent_in_a_block(funded: &Funded, from: usize) -> usize {
	begin_block();
	let mut sent = 0;
	for index in from..funded.people.len() {
		match applied(funded.claim(index)) {
			Ok(outcome) => outcome.unwrap(),
			Err(error) => {
				assert_eq!(error, invalid(InvalidTransaction::ExhaustsResources));
				break;
			}
		}
		sent += 1;
	}
	sent
}

#[test]
fn a_free_claim_that_is_not_due_or_not_proved_enters_no_block() {
	development().execute_with(|| {
		let funded = Funded::new();
		begin_block();
		let refused = |claim: Claim<AccountId>, why: InvalidTransaction| {
			assert_eq!(told(claim.clone()), Err(invalid(why)));
			assert_eq!(applied(claim), Err(invalid(why)));
		};
		let good = funded.claim(3);
		let mut heavier = good.clone();
		heavier.leaf.weight = 2;
		refused(heavier, InvalidTransaction::BadProof);
		let mut elsewhere = good.clone();
		elsewhere.index = 4;
		refused(elsewhere, InvalidTransaction::BadProof);
		let mut closed = good.clone();
		closed.opening = None;
		refused(closed, InvalidTransaction::BadProof);
		let mut thief = good.clone();
		thief.opening = Some(Opening {
			account: funded.world.stranger.account.clone(),
			salt: good.opening.as_ref().unwrap().salt,
		});
		refused(thief, InvalidTransaction::BadProof);
		// Whoever has something pays.
		let dest = good.opening.as_ref().unwrap().account.clone().into();
		let gift = pallet_balances::Call::transfer_keep_alive { dest, value: GRD };
		funded.world.stranger.act(gift).unwrap();
		refused(good.clone(), InvalidTransaction::Payment);
		let Claim {
			pool,
			index,
			leaf,
			proof,
			opening,
		} = good;
		assert_ok!(funded.world.stranger.act(Call::claim {
			pool,
			index,
			leaf,
			proof,
			opening
		}));
	});
}

#[test]
fn a_free_claim_is_nothing_that_somebody_signs_or_batches() {
	development().execute_with(|| {
		let funded = Funded::new();
		begin_block();
		let free = || claims::free_claim(funded.claim(0)).function;
		let ferdie = Sr25519Keyring::Ferdie;
		// It is charged like any transaction, and does nothing.
		let signed = super::transactions::sign(ferdie, nonce(), 0, free());
		let outcome = Executive::apply_extrinsic(signed).unwrap();
		assert_eq!(outcome, Err(DispatchError::BadOrigin));
		let calls = vec![free()];
		let batch = RuntimeCall::Utility(pallet_utility::Call::batch_all { calls });
		let general = UncheckedExtrinsic::new_transaction(batch, claims::unsigned_extension());
		assert!(Executive::apply_extrinsic(general).is_err());
		// Whoever makes a block can put anything there that nobody signed, and it does nothing.
		let bare = UncheckedExtrinsic::new_bare(free());
		let source = TransactionSource::External;
		let told = Executive::validate_transaction(source, bare.clone(), System::parent_hash());
		assert!(told.is_err());
		let outcome = Executive::apply_extrinsic(bare).unwrap();
		assert_eq!(outcome, Err(DispatchError::BadOrigin));
		assert_eq!(Balances::free_balance(&funded.people[0].1.account), 0);
	});
}
