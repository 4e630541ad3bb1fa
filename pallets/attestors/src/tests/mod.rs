#![allow(
	clippy::unwrap_used,
	clippy::expect_used,
	clippy::indexing_slicing,
	clippy::arithmetic_side_effects,
	clippy::as_conversions
)]

mod draws;
mod evict;
mod golden;
mod penalise;
mod penalty;
mod register;
mod report_equivocation;
mod retire;
mod seeds;
mod set_endpoint;
mod set_payout;
mod try_state;
mod withdraw;
