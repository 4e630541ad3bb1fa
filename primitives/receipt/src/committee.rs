//! Draws: pure functions of a seed, the same on every machine, so that when one is executed changes
//! nothing.

use crate::{hash::Words, Digest};
use alloc::vec::Vec;

/// Draws `count` of the indices `0 .. eligible`, uniformly and without replacement, in the order
/// drawn; all of them, shuffled, when `count >= eligible`.
///
/// `context` separates draws that share a seed (for example run and task).
pub fn draw(seed: &Digest, context: &[u8], eligible: usize, count: usize) -> Vec<usize> {
	let mut words = Words::new(b"guerdon/draw/v1\0", seed, context);
	let mut drawn: Vec<usize> = (0..eligible).collect();
	shuffle(&mut words, &mut drawn, count);
	drawn.truncate(count);
	drawn
}

/// Deals `tasks` tasks to `contributors` contributors: entry `t` says who gets task `t`. Everybody
/// gets `floor` or `ceil` of the mean; who gets one more, and who gets which, is drawn.
///
/// Empty when there is nobody to deal to.
pub fn deal(seed: &Digest, context: &[u8], tasks: usize, contributors: usize) -> Vec<usize> {
	let mut words = Words::new(b"guerdon/deal/v1\0", seed, context);
	let mut order: Vec<usize> = (0..contributors).collect();
	shuffle(&mut words, &mut order, contributors);
	let mut dealt: Vec<usize> = order.iter().copied().cycle().take(tasks).collect();
	shuffle(&mut words, &mut dealt, tasks);
	dealt
}

/// Fisher and Yates, stopped after the first `count` positions.
fn shuffle(words: &mut Words, items: &mut [usize], count: usize) {
	for position in 0..count.min(items.len()) {
		let Some(last) = items
			.len()
			.checked_sub(position)
			.and_then(|left| left.checked_sub(1))
		else {
			return;
		};
		let Ok(last) = u64::try_from(last) else {
			return;
		};
		let Some(other) = usize::try_from(words.up_to(last))
			.ok()
			.and_then(|drawn| position.checked_add(drawn))
		else {
			return;
		};
		items.swap(position, other);
	}
}
