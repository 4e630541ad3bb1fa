//! The simulator reaches every fault, repeats what it did, and finds what is wrong.

use frame_support::traits::fungible::Mutate;
use guerdon_runtime::{Balances, Runtime};
use guerdon_simulator::{
	faults::Fault,
	report::Report,
	run::{self, Course, Progress},
	simulation::Simulation,
};

/// Work was done, appraised, settled and paid, and transactions were refused for each reason that the
/// faults are there for.
const REACHED: [(&str, &str); 8] = [
	("Settlement events", "PoolFunded"),
	("Settlement events", "Claimed"),
	("Settlement events", "MemberPaid"),
	("Settlement events", "LicencePaid"),
	("Transactions", "refused: Stale"),
	("Transactions", "refused: Future"),
	("Transactions", "refused: AncientBirthBlock"),
	("Transactions", "refused: BadProof"),
];
/// Steps that a short run has at least, and at most.
const STEPS: std::ops::Range<u32> = 300..1_500;

fn is_complete(report: &Report) -> bool {
	let reached = |(group, name): &(&str, &str)| report.reached(group, name) > 0;
	report.missing_faults().is_empty() && REACHED.iter().all(reached)
}

#[test]
fn a_short_run_comes_to_every_fault_and_everything_holds() {
	// WHEN a chain is made until everything went wrong, and wound up. What a seed does changes with
	// whatever calls weigh, so the run is as long as it takes.
	let folder = tempfile::tempdir().unwrap();
	let mut simulation = Simulation::new(2, folder.path().into());
	let mut act = |step, act| {
		run::guarded(&mut simulation, step, act).unwrap_or_else(|failure| panic!("{failure}"));
		simulation.report()
	};
	let mut step = 1;
	let mut report = act(step, Simulation::step);
	while step < STEPS.start || step < STEPS.end && !is_complete(&report) {
		step += 1;
		report = act(step, Simulation::step);
	}
	report = act(step, Simulation::wind_up);
	println!("{report}");

	// THEN everything went wrong at least once, and what holds was checked natively and in wasm.
	assert_eq!(report.missing_faults(), vec![]);
	for (group, name) in REACHED {
		assert!(report.reached(group, name) > 0, "{group}: {name}");
	}
	assert!(report.blocks >= u64::from(step));
	let dishonest = report.faults.of(Fault::DishonestBlock);
	assert_eq!(report.executed_in_wasm, report.blocks + dishonest);
	assert_eq!(report.wound_up, 1);
	let undone: u64 = report.depths.values().sum();
	assert_eq!(undone, report.faults.of(Fault::Reorg));
}

#[test]
fn a_seed_makes_the_same_blocks_again() {
	let run = |seed, steps| {
		let folder = tempfile::tempdir().unwrap();
		let mut simulation = Simulation::new(seed, folder.path().into());
		(0..steps).for_each(|_| simulation.step());
		(simulation.head(), simulation.report())
	};
	let first = run(11, 40);
	assert_eq!(first, run(11, 40));
	assert_ne!(run(12, 1).0, run(13, 1).0);
}

/// What is said of a chain in whose state something is changed after some steps.
fn found(change: fn()) -> String {
	let folder = tempfile::tempdir().unwrap();
	let mut simulation = Simulation::new(4, folder.path().into());
	(0..10).for_each(|_| simulation.step());
	simulation.tamper(change);
	let failure = run::guarded(&mut simulation, 11, Simulation::step).unwrap_err();
	let text = failure.to_string();
	assert!(text.contains("simulate --seed 4 --blocks 11"), "{text}");
	assert!(!failure.told.is_empty());
	failure.reason
}

#[test]
fn money_from_nowhere_is_found() {
	let reason = found(|| {
		let who = sp_keyring::Sr25519Keyring::Bob.to_account_id();
		Balances::mint_into(&who, 1).unwrap();
	});
	assert!(reason.contains("money was made or burned"), "{reason}");
}

#[test]
fn money_that_moves_without_a_word_is_found() {
	let reason = found(|| {
		let [from, to] = [
			sp_keyring::Sr25519Keyring::Bob,
			sp_keyring::Sr25519Keyring::Charlie,
		]
		.map(|who| who.to_account_id());
		let preservation = frame_support::traits::tokens::Preservation::Preserve;
		<Balances as Mutate<_>>::transfer(&from, &to, 1, preservation).unwrap();
	});
	assert!(reason.contains("what was told"), "{reason}");
}

#[test]
fn totals_that_do_not_add_up_are_found() {
	let reason = found(|| {
		let grd = pallet_settlement::Asset::None;
		pallet_settlement::Total::<Runtime>::mutate(grd, |total| total.paid += 1);
	});
	assert!(
		reason.contains("total paid is not the sum over pools"),
		"{reason}"
	);
}

#[test]
fn a_state_that_only_one_runtime_comes_to_is_found() {
	let reason = found(|| sp_io::storage::set(b"nobody looks here", b"x"));
	assert!(
		reason.contains("the wasm runtime refuses the block"),
		"{reason}"
	);
}

#[test]
fn an_interrupted_chain_tells_what_it_reached() {
	let folder = tempfile::tempdir().unwrap();
	let stops = |progress: &Progress| {
		if progress.step == 5 {
			Course::Stop
		} else {
			Course::On
		}
	};
	let mut simulation = Simulation::new(2, folder.path().into());
	let report = run::chain(&mut simulation, 50, stops).unwrap();
	assert_eq!(report.wound_up, 0);
	assert!(report.blocks >= 5 && report.blocks < 50);
	assert_eq!(report.json()["seeds"], serde_json::json!([2]));
}
