#![allow(
	clippy::unwrap_used,
	clippy::expect_used,
	clippy::indexing_slicing,
	clippy::arithmetic_side_effects,
	clippy::as_conversions,
	clippy::panic
)]

mod advance;
mod cancel;
mod committee;
mod deal;
mod enrol;
mod feedback;
mod golden;
mod invite;
mod property;
mod propose;
mod prune;
mod read;
mod submit;
mod try_state;
mod weights;
