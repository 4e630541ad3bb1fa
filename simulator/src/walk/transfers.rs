//! What people do with their own money.

use pallet_balances::Call;

use super::*;
use crate::constants::currency::EXISTENTIAL_DEPOSIT;

pub fn transfer(walk: &mut Walk) -> Option<Sent> {
	let who = walk.anybody().account;
	let to = walk.anybody();
	let value = Balance::from(walk.dice.below(1_000_000_000));
	let call = match walk.dice.below(7) {
		0 => Call::transfer_keep_alive {
			dest: Settlement::pot().into(),
			value,
		},
		1 => Call::transfer_keep_alive {
			dest: to.account.into(),
			value: Balance::MAX / 2,
		},
		2 => Call::transfer_allow_death {
			dest: to.payout.into(),
			value: EXISTENTIAL_DEPOSIT,
		},
		3 => Call::burn {
			value,
			keep_alive: true,
		},
		4 => return leave(walk),
		_ => Call::transfer_keep_alive {
			dest: to.account.into(),
			value,
		},
	};
	Some(Sent {
		who,
		call: call.into(),
	})
}

/// Somebody empties the account it is paid on, to the last unit or all but some dust.
fn leave(walk: &mut Walk) -> Option<Sent> {
	let actor = walk.anybody();
	let free = Balances::free_balance(&actor.payout);
	let dest = actor.account.clone().into();
	let call = if walk.dice.chance(50) {
		Call::transfer_all {
			dest,
			keep_alive: false,
		}
	} else {
		let value = free.checked_sub(EXISTENTIAL_DEPOSIT / 2)?;
		Call::transfer_allow_death { dest, value }
	};
	Some(Sent {
		who: actor.payout,
		call: call.into(),
	})
}
