#![allow(
	clippy::unwrap_used,
	clippy::expect_used,
	clippy::indexing_slicing,
	clippy::arithmetic_side_effects,
	clippy::as_conversions
)]

mod draws;
mod golden;
mod register;
mod retire;
mod seeds;
mod set_endpoint;
mod set_payout;
mod try_state;
mod withdraw;
