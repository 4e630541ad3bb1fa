//! The whole runtime in one process, on real blocks and a real database: many actors, most of them
//! honest, and every kind of fault, all of it made from one seed.
//!
//! - [`world`]: people, datasets and whole runs, as the runtime's own tests use them too.
//! - `walk`: the one generator of calls, sensible and spoilt, and the watch that tells from events what
//!   everybody must have.
//! - `chain`: blocks in a ParityDB, made natively and executed again by the wasm runtime.
//! - [`simulation`]: a walk on a chain, with forks, restarts, upgrades and lost transactions.
//! - [`run`], [`report`]: one chain from its first block to its last, and what it reached.
//!
//! See `docs/simulator.md`.

#![recursion_limit = "512"]

mod chain;
pub mod faults;
mod genesis_state;
pub mod report;
pub mod run;
mod serve;
pub mod simulation;
mod upgrade;
mod walk;
pub mod world;

// `world` is part of the runtime's tests as well, where all this is the crate itself.
use guerdon_runtime::*;
