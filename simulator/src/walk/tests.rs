//! Walks by hand.

use super::*;

/// Blocks of the walk that must reach everything.
const STEPS: u32 = 1_600;
const SEED: u64 = 4;

/// A walk on the development chain, which tells its last calls when it fails.
struct Aloud(Walk);

impl Aloud {
	fn new(seed: u64) -> Self {
		let (world, guests) = everybody(Actor::new);
		let bank = sp_keyring::Sr25519Keyring::Ferdie.to_account_id();
		let mut paid: Vec<_> = (world.everybody().chain([&world.sponsor]))
			.map(|actor| actor.account.clone())
			.collect();
		paid.sort();
		for who in paid {
			let value = endowment(&world, &who);
			let dest = who.into();
			let call = pallet_balances::Call::transfer_keep_alive { dest, value };
			act(&bank, call).unwrap();
		}
		System::reset_events();
		Self(Walk::new(seed, (world, guests), None))
	}
}

impl Drop for Aloud {
	fn drop(&mut self) {
		if std::thread::panicking() {
			println!("the walk of seed {} failed", self.0.seed);
			for told in &self.0.told {
				println!("{told}");
			}
		}
	}
}

fn development() -> sp_io::TestExternalities {
	let council = vec![sp_keyring::Sr25519Keyring::Alice.to_account_id()];
	let mut ext = sp_io::TestExternalities::new(genesis_state::with(vec![], council));
	ext.execute_with(|| System::set_block_number(1));
	ext
}

/// `GUERDON_STATEFUL_SEED` and `GUERDON_STATEFUL_STEPS` (blocks) take another walk.
fn setting(name: &str) -> Option<u64> {
	let text = std::env::var(name).ok()?;
	Some(
		text.parse()
			.unwrap_or_else(|_| panic!("{name} is a number")),
	)
}

#[test]
fn whatever_everybody_does_everything_holds_and_everything_is_reached() {
	let seed = setting("GUERDON_STATEFUL_SEED");
	let steps = setting("GUERDON_STATEFUL_STEPS");
	development().execute_with(|| {
		let mut aloud = Aloud::new(seed.unwrap_or(SEED));
		let walk = &mut aloud.0;
		walk.walk(steps.map_or(STEPS, |steps| steps.try_into().unwrap()));
		scenes::play(walk);
		walk.wind_up();
		println!("{}", walk.census);
		let missing = walk.census.missing();
		if seed.is_none() && steps.is_none() {
			assert!(missing.is_empty(), "{}", missing.join("\n"));
		} else {
			println!("{}", missing.join("\n"));
		}
	});
}

#[test]
fn a_walk_is_made_from_its_seed_alone() {
	let root = |seed| {
		development().execute_with(|| {
			Aloud::new(seed).0.walk(30);
			sp_io::storage::root(StateVersion::V1)
		})
	};
	assert_eq!(root(7), root(7));
	assert_ne!(root(7), root(8));
}
