#![allow(
	clippy::unwrap_used,
	clippy::expect_used,
	clippy::indexing_slicing,
	clippy::arithmetic_side_effects,
	clippy::as_conversions
)]

mod announce;
mod catalogue;
mod constants;
mod expire_announcement;
mod golden;
mod grant;
mod publish;
mod retire;
mod revoke;
mod set_licence;
mod set_payout;
mod try_state;
mod withdraw;
