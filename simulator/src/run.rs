//! One chain from its first block to the last unit, and what is told when something does not hold.

use std::{
	fmt::{Display, Formatter},
	panic::{catch_unwind, AssertUnwindSafe},
};

use crate::{report::Report, simulation::Simulation, BlockNumber};

/// Where a chain is.
pub struct Progress {
	/// What it is made from.
	pub seed: u64,
	/// Steps that were made.
	pub step: u32,
	/// Steps that it has in all.
	pub steps: u32,
	/// The number of the newest block.
	pub block: BlockNumber,
}

/// Whether a chain goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Course {
	/// With the next step.
	On,
	/// With what winds it up.
	WindUp,
	/// No further.
	Stop,
}

/// Something did not hold.
#[derive(Debug)]
pub struct Failure {
	/// What the chain is made from.
	pub seed: u64,
	/// The step in which it was found, from 1.
	pub step: u32,
	/// Whether that was after it, while the chain was wound up.
	pub in_the_end: bool,
	/// The newest block that is sound.
	pub block: BlockNumber,
	/// What did not hold.
	pub reason: String,
	/// The last calls.
	pub told: Vec<String>,
}

impl Display for Failure {
	fn fmt(&self, to: &mut Formatter) -> std::fmt::Result {
		let Self {
			seed,
			step,
			in_the_end,
			block,
			reason,
			told,
		} = self;
		let when = if *in_the_end {
			"while it was wound up after step"
		} else {
			"in step"
		};
		writeln!(
			to,
			"Seed {seed} failed {when} {step}, after block {block}: {reason}\n"
		)?;
		writeln!(to, "The last calls (block: sender: call: outcome):\n")?;
		for line in told {
			writeln!(to, "{line}")?;
		}
		write!(to, "\nTo repeat it: simulate --seed {seed} --blocks {step}")
	}
}

/// What a panic says.
fn said(panic: Box<dyn std::any::Any + Send>) -> String {
	match panic.downcast::<String>() {
		Ok(text) => *text,
		Err(panic) => panic
			.downcast::<&str>()
			.map_or_else(|_| "it panicked".into(), |it| (*it).into()),
	}
}

/// Runs so many steps of a chain, as far as `course` says, and winds it up.
pub fn chain(
	simulation: &mut Simulation,
	steps: u32,
	mut course: impl FnMut(&Progress) -> Course,
) -> Result<Report, Failure> {
	let seed = simulation.seed();
	let mut step = 0;
	let mut next = Course::On;
	while next == Course::On && step < steps {
		step += 1;
		guarded(simulation, step, Simulation::step)?;
		let block = simulation.head().0;
		next = course(&Progress {
			seed,
			step,
			steps,
			block,
		});
	}
	if next != Course::Stop {
		guarded(simulation, step, Simulation::wind_up).map_err(|failure| Failure {
			in_the_end: true,
			..failure
		})?;
	}
	Ok(simulation.report())
}

/// Does something that panics where something does not hold.
pub fn guarded(
	simulation: &mut Simulation,
	step: u32,
	act: fn(&mut Simulation),
) -> Result<(), Failure> {
	catch_unwind(AssertUnwindSafe(|| act(simulation))).map_err(|panic| Failure {
		seed: simulation.seed(),
		step,
		in_the_end: false,
		block: simulation.head().0,
		reason: said(panic),
		told: simulation.told().collect(),
	})
}
