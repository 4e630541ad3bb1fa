#![allow(
	clippy::unwrap_used,
	clippy::expect_used,
	clippy::indexing_slicing,
	clippy::arithmetic_side_effects,
	clippy::as_conversions
)]

mod announce;
mod answer_unlearning;
mod catalogue;
mod close_unlearning;
mod constants;
mod expire_announcement;
mod golden;
mod grant;
mod ownership;
mod publish;
mod request_unlearning;
mod retire;
mod revoke;
mod set_licence;
mod set_payout;
mod take_over;
mod try_state;
mod withdraw;
