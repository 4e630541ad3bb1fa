//! A walk's calls as transactions of real blocks, and what happens to transactions on their way:
//! they are late, lost, out of order, expired, or come again.

use codec::Decode;
use frame_metadata_hash_extension::CheckMetadataHash;
use pallet_transaction_payment::ChargeTransactionPayment;
use sp_core::{ed25519, Pair};
use sp_runtime::{generic::Era, transaction_validity::TransactionValidityError};

use super::*;
use crate::faults::{Fault, Faults};

/// Blocks for which a mortal transaction is valid, where it shall not expire.
const LIFE: u64 = 64;
/// Blocks for which one is valid that shall expire: the fewest that there can be.
const SHORT_LIFE: u64 = 4;

/// A call as it travels.
#[derive(Clone)]
pub struct Transaction {
	sent: Sent,
	bytes: Vec<u8>,
	/// Nothing where nobody signs.
	nonce: Option<Nonce>,
	/// The first block in which it is not valid any more.
	dies: Option<BlockNumber>,
}

/// A transaction that is handed in later.
#[derive(Clone)]
struct Waiting {
	due: BlockNumber,
	transaction: Transaction,
}

/// Everything between somebody who signs and a block.
pub struct Wire {
	keys: BTreeMap<AccountId, ed25519::Pair>,
	dice: Dice,
	waiting: Vec<Waiting>,
	/// What is in the block that is being made.
	included: Vec<Transaction>,
	/// What makes the blocks, and is paid for it.
	author: AccountId,
	pub faults: Faults,
}

/// Ed25519, since its signatures are the same whenever a walk is repeated.
fn pair(what: &str, name: &str) -> ed25519::Pair {
	ed25519::Pair::from_seed(&sp_io::hashing::blake2_256(&(what, name).encode()))
}

/// Somebody whose accounts can sign transactions.
pub fn signer(name: &str) -> Actor {
	Actor {
		account: pair("account", name).public().0.into(),
		payout: pair("payout", name).public().0.into(),
		..Actor::new(name)
	}
}

fn extension(nonce: Nonce, era: Era, tip: Balance) -> TxExtension {
	(
		frame_system::AuthorizeCall::new(),
		frame_system::CheckNonZeroSender::new(),
		frame_system::CheckSpecVersion::new(),
		frame_system::CheckTxVersion::new(),
		frame_system::CheckGenesis::new(),
		frame_system::CheckMortality::from(era),
		frame_system::CheckNonce::from(nonce),
		frame_system::CheckWeight::new(),
		ChargeTransactionPayment::from(tip),
		CheckMetadataHash::new(false),
		frame_system::WeightReclaim::new(),
	)
}

/// What a transaction did besides its call, and who was paid for it.
struct Fee {
	payer: AccountId,
	charged: Balance,
	paid_to: Vec<(AccountId, Balance)>,
}

/// The events of a transaction's call alone, and its fee.
fn without_fee(mut events: Vec<RuntimeEvent>) -> (Vec<RuntimeEvent>, Option<Fee>) {
	use pallet_balances::Event::{Deposit, Withdraw};
	let is_end = |event: &RuntimeEvent| {
		matches!(
			event,
			RuntimeEvent::System(
				frame_system::Event::ExtrinsicSuccess { .. }
					| frame_system::Event::ExtrinsicFailed { .. },
			)
		)
	};
	assert!(
		events.pop().is_some_and(|last| is_end(&last)),
		"a transaction tells its outcome last"
	);
	let told = |event: &RuntimeEvent| matches!(event, RuntimeEvent::TransactionPayment(_));
	if !events.last().is_some_and(told) {
		return (events, None);
	}
	events.pop();
	let RuntimeEvent::Balances(Withdraw { who, amount }) = events.remove(0) else {
		panic!("a fee is withdrawn before anything else happens");
	};
	let mut paid_to = Vec::new();
	let mut left = amount;
	while left > 0 {
		match events.pop() {
			Some(RuntimeEvent::Balances(Deposit { who, amount })) if amount <= left => {
				left -= amount;
				paid_to.push((who, amount));
			}
			other => panic!("{left} of a fee of {amount} went nowhere: {other:?}"),
		}
	}
	let fee = Fee {
		payer: who,
		charged: amount,
		paid_to,
	};
	(events, Some(fee))
}

impl Wire {
	/// With the keys of these people and of the accounts that they are paid on.
	pub fn new(seed: u64, names: &[String], author: AccountId) -> Self {
		let keys = names
			.iter()
			.flat_map(|name| ["account", "payout"].map(|what| pair(what, name)))
			.map(|pair| (AccountId::from(pair.public().0), pair))
			.collect();
		Self {
			keys,
			dice: Dice::new(!seed),
			waiting: Vec::new(),
			included: Vec::new(),
			author,
			faults: Faults::default(),
		}
	}

	/// What the block that was made holds, besides inherents.
	pub fn take_included(&mut self) -> Vec<Transaction> {
		std::mem::take(&mut self.included)
	}

	/// Transactions of blocks that were undone: some are lost, the others are handed in again, in
	/// another order.
	pub fn undone(&mut self, transactions: Vec<Transaction>, from: BlockNumber) {
		for transaction in transactions {
			if self.dice.chance(10) {
				self.faults.count(Fault::LostInFork);
				continue;
			}
			self.faults.count(Fault::Resent);
			let due = from + self.dice.within(0, 4);
			self.waiting.push(Waiting { due, transaction });
		}
	}

	/// What is due by now, in any order.
	fn due(&mut self, now: BlockNumber) -> Vec<Transaction> {
		let (due, waiting): (Vec<_>, _) = std::mem::take(&mut self.waiting)
			.into_iter()
			.partition(|it| it.due <= now);
		self.waiting = waiting;
		let mut due: Vec<_> = due.into_iter().map(|it| it.transaction).collect();
		for last in (1..due.len()).rev() {
			due.swap(last, self.dice.below(last as u64 + 1) as usize);
		}
		due
	}

	fn hold(&mut self, transaction: Transaction, due: BlockNumber) {
		self.waiting.push(Waiting { due, transaction });
	}

	/// A transaction with this nonce, valid for so many blocks.
	fn sign(&mut self, sent: Sent, nonce: Nonce, life: Option<u64>) -> Transaction {
		let now = System::block_number();
		let before = now - 1;
		let mut era = life.map_or(Era::Immortal, |life| Era::mortal(life, before.into()));
		// Not where the first block of its life was left out by a leap.
		let birth = |era: Era| era.birth(before.into()) as BlockNumber;
		if !frame_system::BlockHash::<Runtime>::contains_key(birth(era)) {
			era = Era::Immortal;
		}
		let dies = (era != Era::Immortal).then(|| era.death(before.into()) as BlockNumber);
		if matches!(
			sent.call,
			RuntimeCall::Settlement(pallet_settlement::Call::claim_free { .. })
		) {
			let extension = extension(0, Era::Immortal, 0);
			let made = UncheckedExtrinsic::new_transaction(sent.call.clone(), extension);
			return Transaction {
				sent,
				bytes: made.encode(),
				nonce: None,
				dies: None,
			};
		}
		let tip = if self.dice.chance(10) {
			self.dice.below(1_000_000).into()
		} else {
			0
		};
		let payload = SignedPayload::new(sent.call.clone(), extension(nonce, era, tip))
			.expect("the block that its life begins with is known");
		let key = &self.keys[&sent.who];
		let signature = payload.using_encoded(|bytes| key.sign(bytes));
		let (call, extension, _) = payload.deconstruct();
		let address = sent.who.clone().into();
		let made = UncheckedExtrinsic::new_signed(call, address, signature.into(), extension);
		Transaction {
			sent,
			bytes: made.encode(),
			nonce: Some(nonce),
			dies,
		}
	}
}

/// What a call comes to that no block holds.
fn kept_out(why: &'static str) -> DispatchResult {
	Err(DispatchError::Other(why))
}

impl Walk {
	fn wire(&mut self) -> &mut Wire {
		self.wire.as_mut().expect("this walk is on a chain")
	}

	/// Transactions of earlier blocks that arrive now.
	pub fn hand_in_late_ones(&mut self) {
		let now = System::block_number();
		for transaction in self.wire().due(now) {
			let _ = self.include(transaction);
		}
	}

	/// Signs a call and hands it in, or lets something happen to it on its way.
	pub(super) fn transact(&mut self, sent: Sent) -> DispatchResult {
		let now = System::block_number();
		let nonce = System::account_nonce(&sent.who);
		let wire = self.wire();
		let luck = wire.dice.below(100);
		match luck {
			0..=2 => {
				wire.faults.count(Fault::Dropped);
				kept_out("it was lost on its way")
			}
			3..=6 => {
				wire.faults.count(Fault::Late);
				let life = wire.dice.chance(50).then_some(LIFE);
				let late = wire.sign(sent, nonce, life);
				let due = now + wire.dice.within(1, 12);
				wire.hold(late, due);
				kept_out("it is late")
			}
			7..=8 => {
				let doomed = wire.sign(sent, nonce, Some(SHORT_LIFE));
				if let Some(dies) = doomed.dies {
					wire.faults.count(Fault::Expired);
					let due = dies + wire.dice.within(0, 8);
					wire.hold(doomed, due);
				}
				kept_out("it arrives when it has expired")
			}
			9..=11 => self.out_of_order(sent, nonce),
			_ => {
				let life = wire.dice.chance(30).then_some(LIFE);
				let transaction = wire.sign(sent, nonce, life);
				let again = (luck >= 94).then(|| transaction.clone());
				let outcome = self.include(transaction);
				if let Some(again) = again {
					self.hand_in_again(again);
				}
				outcome.unwrap_or_else(|_| kept_out("no block takes it"))
			}
		}
	}

	/// The same bytes once more, in this block or in a later one.
	fn hand_in_again(&mut self, transaction: Transaction) {
		let now = System::block_number();
		let wire = self.wire();
		wire.faults.count(Fault::Duplicate);
		if wire.dice.chance(30) {
			let _ = self.include(transaction);
		} else {
			let due = now + wire.dice.within(1, 10);
			wire.hold(transaction, due);
		}
	}

	/// The second transaction of somebody arrives before the first one.
	fn out_of_order(&mut self, sent: Sent, nonce: Nonce) -> DispatchResult {
		let remark = frame_system::Call::remark { remark: vec![7; 7] };
		let first = Sent {
			who: sent.who.clone(),
			call: remark.into(),
		};
		let wire = self.wire();
		wire.faults.count(Fault::OutOfOrder);
		let second = wire.sign(sent, nonce + 1, None);
		let first = wire.sign(first, nonce, None);
		if second.nonce.is_some() {
			let early = self.include(second.clone());
			assert!(early.is_err(), "a transaction overtook the one before it");
		}
		let _ = self.include(first);
		self.include(second)
			.unwrap_or_else(|_| kept_out("no block takes it"))
	}

	/// Puts a transaction into the block that is being made, if it is valid; what must be true of any.
	fn include(
		&mut self,
		transaction: Transaction,
	) -> Result<DispatchResult, TransactionValidityError> {
		let Sent { who, call } = transaction.sent.clone();
		let now = System::block_number();
		let nonce_before = System::account_nonce(&who);
		let before = System::event_count() as usize;
		self.tell(transaction.sent.clone());
		let travelled = UncheckedExtrinsic::decode(&mut &transaction.bytes[..])
			.expect("what was encoded can be decoded");
		sp_io::storage::start_transaction();
		let applied = Executive::apply_extrinsic(travelled);
		if let Err(why) = applied {
			sp_io::storage::rollback_transaction();
			self.tell_outcome(format!("{why:?}"));
			self.census.kept_out(&why);
			return Err(why);
		}
		sp_io::storage::commit_transaction();
		let outcome = applied?;
		if let Some(nonce) = transaction.nonce {
			assert_eq!(
				nonce, nonce_before,
				"a transaction was let in with a nonce that was not due"
			);
		}
		assert!(
			transaction.dies.is_none_or(|dies| now < dies),
			"a transaction was let in after its life"
		);
		let events = System::read_events_no_consensus()
			.skip(before)
			.map(|record| record.event)
			.collect();
		let (fresh, fee) = without_fee(events);
		assert_eq!(
			fee.is_some(),
			transaction.nonce.is_some(),
			"whoever signs pays, and nobody else"
		);
		if let Some(fee) = fee {
			let author = self.wire().author.clone();
			let known = |(to, _): &(AccountId, Balance)| *to == author || *to == fee.payer;
			assert!(
				fee.payer == who && fee.paid_to.iter().all(known),
				"fees are the author's"
			);
			self.watch.charge(&fee.payer, fee.charged, &fee.paid_to);
		} else {
			assert_eq!(
				outcome,
				Ok(()),
				"a free claim that was let in does what it says"
			);
		}
		self.census.let_in();
		self.learn(&call, &outcome, &fresh);
		self.wire().included.push(transaction);
		Ok(outcome)
	}

	/// Sends a call as it is, whatever the dice say.
	pub fn send_surely(&mut self, who: AccountId, call: RuntimeCall) -> DispatchResult {
		let nonce = System::account_nonce(&who);
		let transaction = self.wire().sign(Sent { who, call }, nonce, None);
		self.include(transaction)
			.unwrap_or_else(|_| kept_out("no block takes it"))
	}
}

/// The bytes of transactions, as blocks hold them.
pub fn bytes(transactions: &[Transaction]) -> Vec<Vec<u8>> {
	transactions.iter().map(|it| it.bytes.clone()).collect()
}
