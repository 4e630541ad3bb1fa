//! The pallet's invariants, numbered as in its README.

use alloc::collections::BTreeSet;
use codec::Encode;
use frame_support::ensure;
use guerdon_valuation::Basis;
use sp_runtime::TryRuntimeError;

use crate::{pallet::*, types::*};

impl<T: Config> Pallet<T> {
	/// Checks every invariant; what the `try_state` hook runs, for native callers.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::commitments_are_those_of_drawn_appraisers()?;
		Self::streams_exist_only_while_streaming()?;
		Self::draws_follow_the_terms()?;
		Self::results_are_those_of_scored_appraisals()
	}

	/// 1.
	fn commitments_are_those_of_drawn_appraisers() -> Result<(), TryRuntimeError> {
		for (run, who) in Commitments::<T>::iter_keys() {
			let appraisal = Runs::<T>::get(run).ok_or("a commitment without an appraisal")?;
			ensure!(
				appraisal.appraisers.contains(&who),
				"a commitment of one who was not drawn"
			);
			let open = matches!(
				appraisal.phase,
				Phase::Committing { .. } | Phase::Revealing { .. } | Phase::Streaming { .. }
			);
			ensure!(open, "a commitment that nobody waits for");
		}
		Ok(())
	}

	/// 2.
	fn streams_exist_only_while_streaming() -> Result<(), TryRuntimeError> {
		for (run, appraisal) in Runs::<T>::iter() {
			let streaming = matches!(appraisal.phase, Phase::Streaming { .. });
			ensure!(
				streaming == Streams::<T>::contains_key(run),
				"a stream and no phase for it"
			);
		}
		for run in Streams::<T>::iter_keys() {
			ensure!(
				Runs::<T>::contains_key(run),
				"a stream without an appraisal"
			);
		}
		Ok(())
	}

	/// 3.
	fn draws_follow_the_terms() -> Result<(), TryRuntimeError> {
		for appraisal in Runs::<T>::iter_values() {
			let drawn = &appraisal.appraisers;
			ensure!(
				drawn.len() <= usize::from(appraisal.count),
				"too many appraisers"
			);
			let distinct: BTreeSet<_> = drawn.iter().map(Encode::encode).collect();
			ensure!(distinct.len() == drawn.len(), "an appraiser drawn twice");
			ensure!(
				drawn
					.iter()
					.all(|who| appraisal.exclude.binary_search(who).is_err()),
				"an appraiser drawn that is excluded"
			);
		}
		Ok(())
	}

	/// 4.
	fn results_are_those_of_scored_appraisals() -> Result<(), TryRuntimeError> {
		for (run, outcome) in Results::<T>::iter() {
			let appraisal = Runs::<T>::get(run).ok_or("a result without an appraisal")?;
			ensure!(
				matches!(appraisal.phase, Phase::Done { revealed: true, .. }),
				"a result before the end"
			);
			ensure!(
				outcome.scores.points() == outcome.header.points,
				"scores of other points than the header says"
			);
		}
		for (run, appraisal) in Runs::<T>::iter() {
			let scored = matches!(
				appraisal.phase,
				Phase::Done {
					basis: Basis::Scores,
					..
				}
			);
			ensure!(
				!scored || Results::<T>::contains_key(run),
				"scores without a result"
			);
		}
		Ok(())
	}
}
