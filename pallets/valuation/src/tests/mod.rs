#![allow(
	clippy::unwrap_used,
	clippy::expect_used,
	clippy::indexing_slicing,
	clippy::arithmetic_side_effects,
	clippy::as_conversions
)]

mod commit;
mod fallback;
mod open;
mod penalties;
mod reveal;
mod reveal_tests;
mod stream;
mod try_state;
mod weights;
