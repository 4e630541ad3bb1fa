//! Who may ask an attestor, and how much of it each may take up.
//!
//! Anybody can send a request. Until its signature was checked it costs no question to the node:
//! the keys of those who contribute are read for all of them together, and not more often than
//! every few seconds, whatever is asked for.

use crate::{
	chain::{
		api::{self, State as RunState},
		At, Chain, View,
	},
	roles::{Failure, PATIENCE},
};
use guerdon_receipt::{AccountBytes, PublicKey, RunId};
use std::{
	collections::HashMap,
	sync::{Arc, Mutex, MutexGuard},
	time::Duration,
};
use tokio::{
	sync::{Mutex as Turn, Semaphore},
	time::Instant,
};

/// Between two looks at who contributes.
const AGAIN: Duration = Duration::from_secs(4);

/// Requests of one contributor that are looked at or wait; more are sent away.
const REQUESTS: usize = 16;

/// Receipts of one contributor for which something is fetched at the same time.
const FETCHING: usize = 4;

/// Receipts of one contributor of which something is computed at the same time.
const WORKING: usize = 1;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
	mutex
		.lock()
		.unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// The key that a contributor enrolled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Enrolled {
	/// It.
	pub key: PublicKey,
	/// Whether a finalized block says so: nothing of it changes any more.
	pub is_final: bool,
}

/// The contributors of a run.
#[derive(Clone, Default)]
struct Roll {
	is_final: bool,
	keys: Arc<HashMap<AccountBytes, PublicKey>>,
}

/// The contributors of the runs at work. Nobody joins a run that is at work.
#[derive(Default)]
pub struct Contributors {
	rolls: Mutex<HashMap<RunId, Roll>>,
	looked: Turn<Option<Instant>>,
}

impl Contributors {
	/// The key of a contributor, as far as it was read.
	pub fn get(&self, run: RunId, contributor: &AccountBytes) -> Option<Enrolled> {
		let rolls = lock(&self.rolls);
		let roll = rolls.get(&run)?;
		Some(Enrolled {
			key: *roll.keys.get(contributor)?,
			is_final: roll.is_final,
		})
	}

	/// Reads who contributes to runs that were not at work when it was last read, and forgets those
	/// that are over. Does nothing when somebody else is at it or was just now.
	///
	/// # Errors
	/// Those of reading the chain.
	pub async fn read(&self, chain: &Chain) -> Result<(), Failure> {
		let Ok(mut looked) = self.looked.try_lock() else {
			return Ok(());
		};
		if looked.is_some_and(|looked| looked.elapsed() < AGAIN) {
			return Ok(());
		}
		// Also when it fails: a node in trouble is not to be asked more often.
		*looked = Some(Instant::now());
		let rolls = tokio::time::timeout(PATIENCE, self.rolls(chain)).await;
		let silent = |_| Failure::Here("the node does not answer".into());
		*lock(&self.rolls) = rolls.map_err(silent)??;
		Ok(())
	}

	async fn rolls(&self, chain: &Chain) -> Result<HashMap<RunId, Roll>, Failure> {
		let mut rolls = HashMap::new();
		for at in [At::Finalized, At::Best] {
			let view = chain.at(at).await?;
			for (run, found) in view.runs().await? {
				if found.state != RunState::Working || rolls.contains_key(&run) {
					continue;
				}
				let known = lock(&self.rolls).get(&run).cloned();
				let roll = match known.filter(|roll| roll.is_final) {
					Some(known) => known,
					None => Roll {
						is_final: at == At::Finalized,
						keys: Arc::new(keys(&view, run).await?),
					},
				};
				rolls.insert(run, roll);
			}
		}
		Ok(rolls)
	}
}

async fn keys(view: &View, run: RunId) -> Result<HashMap<AccountBytes, PublicKey>, Failure> {
	let storage = view.client().storage();
	let mut entries = storage
		.iter(api::storage().training().enrolments(), (run,))
		.await
		.map_err(|error| unread(&error))?;
	let mut keys = HashMap::new();
	while let Some(entry) = entries.next().await {
		let entry = entry.map_err(|error| unread(&error))?;
		let place = entry.key().map_err(|error| unread(&error))?;
		let (_, account) = place.decode().map_err(|error| unread(&error))?;
		let enrolment = entry.value().decode().map_err(|error| unread(&error))?;
		keys.insert(account.0, enrolment.key);
	}
	Ok(keys)
}

fn unread(error: &dyn std::error::Error) -> Failure {
	Failure::Here(format!("the chain's storage could not be read: {error}"))
}

/// What one contributor may take up at the same time, in however many runs it is.
pub struct Share {
	/// Requests that are looked at or wait.
	pub requests: Arc<Semaphore>,
	/// Places to fetch.
	pub fetching: Semaphore,
	/// Places to compute.
	pub working: Semaphore,
}

/// The shares of those who have something here.
#[derive(Default)]
pub struct Shares(Mutex<HashMap<AccountBytes, Arc<Share>>>);

impl Shares {
	/// The share of a contributor. It is the same one as long as somebody holds it.
	pub fn of(&self, contributor: &AccountBytes) -> Arc<Share> {
		let mut shares = lock(&self.0);
		shares.retain(|_, share| Arc::strong_count(share) > 1);
		let share = shares.entry(*contributor).or_insert_with(|| {
			Arc::new(Share {
				requests: Arc::new(Semaphore::new(REQUESTS)),
				fetching: Semaphore::new(FETCHING),
				working: Semaphore::new(WORKING),
			})
		});
		share.clone()
	}
}

/// One after the other for each task, however often it is asked for.
pub struct Turns<K>(Mutex<HashMap<K, Arc<Turn<()>>>>);

impl<K> Default for Turns<K> {
	fn default() -> Self {
		Turns(Mutex::default())
	}
}

impl<K: std::hash::Hash + Eq> Turns<K> {
	/// What to lock for a task.
	pub fn of(&self, key: K) -> Arc<Turn<()>> {
		let mut turns = lock(&self.0);
		turns.retain(|_, turn| Arc::strong_count(turn) > 1);
		turns.entry(key).or_default().clone()
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn one_contributor_leaves_room_for_the_others() {
		let shares = Shares::default();
		let greedy = shares.of(&[1; 32]);
		let held: Vec<_> = std::iter::repeat_with(|| greedy.requests.clone().try_acquire_owned())
			.take_while(Result::is_ok)
			.collect();
		assert_eq!(held.len(), REQUESTS);
		let again = shares.of(&[1; 32]);
		assert!(again.requests.clone().try_acquire_owned().is_err());
		let other = shares.of(&[2; 32]);
		assert!(other.requests.clone().try_acquire_owned().is_ok());
	}

	#[test]
	fn whoever_has_nothing_here_is_forgotten() {
		let shares = Shares::default();
		let held = shares.of(&[1; 32]);
		drop(shares.of(&[2; 32]));
		let again = shares.of(&[1; 32]);
		assert!(Arc::ptr_eq(&held, &again));
		assert_eq!(lock(&shares.0).len(), 1);
	}

	#[tokio::test]
	async fn a_task_is_looked_at_once_at_a_time() {
		let turns = Turns::default();
		let first = turns.of(1u8);
		let held = first.lock().await;
		assert!(turns.of(1).try_lock().is_err());
		assert!(turns.of(2).try_lock().is_ok());
		drop(held);
		assert!(turns.of(1).try_lock().is_ok());
		assert_eq!(lock(&turns.0).len(), 1, "others are forgotten");
	}

	#[test]
	fn only_who_is_on_a_roll_is_known() {
		let contributors = Contributors::default();
		let roll = Roll {
			is_final: true,
			keys: Arc::new(HashMap::from([([1; 32], [7; 32])])),
		};
		lock(&contributors.rolls).insert(3, roll);
		let known = Enrolled {
			key: [7; 32],
			is_final: true,
		};
		assert_eq!(contributors.get(3, &[1; 32]), Some(known));
		assert_eq!(contributors.get(3, &[2; 32]), None);
		assert_eq!(contributors.get(4, &[1; 32]), None);
	}
}
