use alloc::{collections::BTreeMap, vec::Vec};
use codec::{Decode, Encode};
use frame_support::{dispatch::DispatchResult, ensure, traits::Get, weights::Weight, BoundedVec};
use frame_system::pallet_prelude::BlockNumberFor;
use guerdon_receipt::{committee, Digest, Role, RunId};
use guerdon_valuation::{
	commitment, gold_commitment, payable, test_set_commitment, user_weight, AppraisalHeader, Item,
	Scores, UserCounts, DOMAIN,
};
use pallet_attestors::{Discipline, Draws, Kind, Offence, EFFECT_DELAY};
use pallet_contributions::{Ledger, Subject};
use sp_core::H256;
use sp_io::hashing::blake2_256;
use sp_runtime::{traits::CheckedAdd, DispatchError};

use crate::{pallet::*, types::*, Appraisals as AppraisalsTrait, Method, Progress, Terms};
use crate::{WeightInfo, MAX_APPRAISERS, MAX_USERS, MAX_VESTED};

/// Appraisers are drawn at most this often: once, and once more if the first did not agree.
const MAX_DRAWS: u8 = 2;

impl<T: Config> Pallet<T> {
	/// Of the last reveal: appraisers agree, or do not and nobody is drawn again.
	pub(crate) fn reveal_weight() -> Weight {
		T::WeightInfo::reveal(MAX_USERS)
			.max(T::WeightInfo::reveal_without_quorum(MAX_VESTED, MAX_USERS))
	}

	/// Of links that may all be points, or all users. The head is what pays and punishes appraisers,
	/// reweighs the datasets, and the users when no gold answer tells them apart.
	pub(crate) fn stream_weight(links: &Links, with_header: bool) -> Weight {
		let count = u32::try_from(links.len()).unwrap_or(MAX_LINKS);
		let links = T::WeightInfo::stream(count).max(T::WeightInfo::stream_users(count));
		if with_header {
			links.saturating_add(T::WeightInfo::stream_header(MAX_VESTED, MAX_USERS))
		} else {
			links
		}
	}

	fn get(run: RunId) -> Result<AppraisalOf<T>, Error<T>> {
		Runs::<T>::get(run).ok_or(Error::<T>::NotFound)
	}

	fn now() -> BlockNumberFor<T> {
		frame_system::Pallet::<T>::block_number()
	}

	fn passed(deadline: BlockNumberFor<T>) -> bool {
		Self::now() > deadline
	}

	fn within(window: BlockNumberFor<T>) -> Result<BlockNumberFor<T>, Error<T>> {
		Self::now().checked_add(&window).ok_or(Error::<T>::Overflow)
	}

	/// Blocks to bring the accepted counts: a sponsor cannot make them too few for its test set.
	fn stream_window(uncover_window: BlockNumberFor<T>) -> BlockNumberFor<T> {
		uncover_window.max(T::MinStreamBlocks::get())
	}

	pub(crate) fn do_reveal_tests(
		who: T::AccountId,
		run: RunId,
		root: H256,
		salt: H256,
		gold: Option<(H256, H256)>,
		endpoint: Endpoint,
	) -> DispatchResult {
		let mut appraisal = Self::get(run)?;
		ensure!(who == appraisal.sponsor, Error::<T>::NotSponsor);
		let Phase::AwaitingTests { deadline } = appraisal.phase else {
			return Err(Error::<T>::WrongPhase.into());
		};
		ensure!(!Self::passed(deadline), Error::<T>::DeadlinePassed);
		let shown = H256(blake2_256(&test_set_commitment(&salt.0, &root.0)));
		ensure!(
			shown == appraisal.test_commitment,
			Error::<T>::CommitmentMismatch
		);
		match (appraisal.gold_commitment, gold) {
			(Some(committed), Some((gold, salt))) => {
				let shown = H256(blake2_256(&gold_commitment(&salt.0, &gold.0)));
				ensure!(shown == committed, Error::<T>::CommitmentMismatch);
			}
			(Some(_), None) => return Err(Error::<T>::GoldMissing.into()),
			(None, Some(_)) => return Err(Error::<T>::GoldUnexpected.into()),
			(None, None) => (),
		}
		let gold = gold.map(|(root, _)| root);
		appraisal.tests = Some(Tests {
			root,
			gold,
			endpoint,
		});
		appraisal.phase = Self::next_draw()?;
		Runs::<T>::insert(run, appraisal);
		Self::deposit_event(Event::TestsRevealed { run, root, gold });
		Ok(())
	}

	pub(crate) fn do_commit(who: T::AccountId, run: RunId, hash: H256) -> DispatchResult {
		let mut appraisal = Self::get(run)?;
		let Phase::Committing { deadline } = appraisal.phase else {
			return Err(Error::<T>::WrongPhase.into());
		};
		ensure!(!Self::passed(deadline), Error::<T>::DeadlinePassed);
		ensure!(
			appraisal.appraisers.contains(&who),
			Error::<T>::NotAppraiser
		);
		ensure!(
			!Commitments::<T>::contains_key(run, &who),
			Error::<T>::AlreadyCommitted
		);
		Commitments::<T>::insert(run, &who, Commitment { hash, digest: None });
		Self::deposit_event(Event::Committed {
			run,
			appraiser: who,
		});
		let complete = appraisal
			.appraisers
			.iter()
			.all(|who| Commitments::<T>::contains_key(run, who));
		if complete {
			appraisal.phase = Phase::Revealing {
				deadline: Self::within(appraisal.uncover_window)?,
			};
			Runs::<T>::insert(run, appraisal);
		}
		Ok(())
	}

	pub(crate) fn do_reveal(
		who: T::AccountId,
		run: RunId,
		salt: H256,
		digest: Digest,
	) -> DispatchResult {
		let mut appraisal = Self::get(run)?;
		ensure!(
			appraisal.appraisers.contains(&who),
			Error::<T>::NotAppraiser
		);
		let Phase::Revealing { deadline } = appraisal.phase else {
			return Err(Error::<T>::WrongPhase.into());
		};
		ensure!(!Self::passed(deadline), Error::<T>::DeadlinePassed);
		let mut committed = Commitments::<T>::get(run, &who).ok_or(Error::<T>::NotCommitted)?;
		ensure!(committed.digest.is_none(), Error::<T>::AlreadyRevealed);
		let shown = blake2_256(&commitment(run, &Self::bytes(&who)?, &salt.0, &digest));
		ensure!(
			H256(shown) == committed.hash,
			Error::<T>::CommitmentMismatch
		);
		committed.digest = Some(digest);
		Commitments::<T>::insert(run, &who, committed);
		Self::deposit_event(Event::Uncovered {
			run,
			appraiser: who,
			digest,
		});
		let complete =
			Commitments::<T>::iter_prefix_values(run).all(|commitment| commitment.digest.is_some());
		if complete {
			Self::evaluate(run, &mut appraisal)?;
			Runs::<T>::insert(run, appraisal);
		}
		Ok(())
	}

	/// Looks for a quorum of equal digests among what was revealed.
	fn evaluate(run: RunId, appraisal: &mut AppraisalOf<T>) -> DispatchResult {
		let mut votes: BTreeMap<Digest, usize> = BTreeMap::new();
		for commitment in Commitments::<T>::iter_prefix_values(run) {
			if let Some(digest) = commitment.digest {
				let count = votes.entry(digest).or_default();
				*count = count.checked_add(1).ok_or(Error::<T>::Overflow)?;
			}
		}
		// A quorum is more than half, so at most one digest has it.
		let agreed = votes
			.into_iter()
			.find(|(_, voters)| *voters >= usize::from(appraisal.quorum));
		let Some((digest, voters)) = agreed else {
			return Self::no_quorum(run, appraisal);
		};
		let votes = u32::try_from(voters).map_err(|_| Error::<T>::Overflow)?;
		Self::deposit_event(Event::Agreed { run, digest, votes });
		if appraisal.gold_commitment.is_some() {
			Self::reset_users(run, |_| 0)?;
		}
		let scores = Scores::new(appraisal.classes).map_err(|_| Error::<T>::InvalidTerms)?;
		Streams::<T>::insert(
			run,
			Stream {
				expected: digest,
				points: 0,
				users: 0,
				last_user: None,
				scores,
			},
		);
		let deadline = Self::within(Self::stream_window(appraisal.uncover_window))?;
		appraisal.phase = Phase::Streaming { deadline, digest };
		Ok(())
	}

	fn no_quorum(run: RunId, appraisal: &mut AppraisalOf<T>) -> DispatchResult {
		Self::deposit_event(Event::NoQuorum { run });
		if appraisal.draws >= MAX_DRAWS {
			return Self::fall_back(run, appraisal);
		}
		let revealing = matches!(appraisal.phase, Phase::Revealing { .. });
		let is_silent = |who: &&T::AccountId| {
			Commitments::<T>::get(run, who)
				.is_none_or(|committed| revealing && committed.digest.is_none())
		};
		let silent: Vec<_> = appraisal
			.appraisers
			.iter()
			.filter(is_silent)
			.cloned()
			.collect();
		appraisal.silent =
			BoundedVec::try_from(silent).map_err(|_| Error::<T>::MaxEntriesExceeded)?;
		Self::dismiss(run, appraisal);
		appraisal.phase = Self::next_draw()?;
		Ok(())
	}

	fn next_draw() -> Result<Phase<BlockNumberFor<T>>, Error<T>> {
		let epoch = T::Draws::epoch()
			.checked_add(EFFECT_DELAY)
			.ok_or(Error::<T>::Overflow)?;
		Ok(Phase::Drawing { epoch })
	}

	/// Lets the drawn appraisers go.
	fn dismiss(run: RunId, appraisal: &mut AppraisalOf<T>) {
		for who in core::mem::take(&mut appraisal.appraisers) {
			T::Draws::unlock(Kind::Appraiser, &who);
			Commitments::<T>::remove(run, &who);
		}
	}

	fn draw(run: RunId, appraisal: &mut AppraisalOf<T>, epoch: u64, seed: H256) -> DispatchResult {
		let as_of = epoch.checked_sub(1).ok_or(Error::<T>::Overflow)?;
		let (silent, others): (Vec<T::AccountId>, Vec<T::AccountId>) =
			T::Draws::seats(Kind::Appraiser, as_of)
				.into_iter()
				.filter(|who| appraisal.exclude.binary_search(who).is_err())
				.partition(|who| appraisal.silent.contains(who));
		// Whoever stayed silent is drawn again only where there are too few others.
		let mut drawn = Vec::new();
		for (seats, again) in [(others, false), (silent, true)] {
			let left = usize::from(appraisal.count).saturating_sub(drawn.len());
			let context = (b"guerdon/appraisers/v1", run, appraisal.draws, again).encode();
			let places = committee::draw(&seed.0, &context, seats.len(), left);
			drawn.extend(
				places
					.into_iter()
					.filter_map(|place| seats.get(place).cloned()),
			);
		}
		appraisal.draws = appraisal.draws.checked_add(1).ok_or(Error::<T>::Overflow)?;
		if drawn.len() < usize::from(appraisal.quorum) {
			return Self::fall_back(run, appraisal);
		}
		for who in &drawn {
			T::Draws::lock(Kind::Appraiser, who)?;
		}
		appraisal.appraisers =
			BoundedVec::try_from(drawn).map_err(|_| Error::<T>::MaxEntriesExceeded)?;
		Self::deposit_event(Event::Drawn {
			run,
			appraisers: appraisal.appraisers.clone(),
		});
		let deadline = Self::within(appraisal.commit_window)?;
		appraisal.phase = Phase::Committing { deadline };
		Ok(())
	}

	pub(crate) fn do_stream(
		run: RunId,
		links: Links,
		header: Option<AppraisalHeader>,
	) -> DispatchResult {
		let mut appraisal = Self::get(run)?;
		let Phase::Streaming { deadline, digest } = appraisal.phase else {
			return Err(Error::<T>::WrongPhase.into());
		};
		ensure!(!Self::passed(deadline), Error::<T>::DeadlinePassed);
		let mut stream = Streams::<T>::get(run).ok_or(Error::<T>::WrongPhase)?;
		for link in links {
			let mut preimage = link.previous.to_vec();
			link.item.encode_to(&mut preimage);
			ensure!(
				blake2_256(&preimage) == stream.expected,
				Error::<T>::DigestMismatch
			);
			match link.item {
				Item::User(counts) => Self::take_user(run, &appraisal, &mut stream, counts)?,
				Item::Point(counts) => {
					stream
						.scores
						.add(&counts)
						.map_err(|_| Error::<T>::InvalidCounts)?;
					stream.points = stream.points.checked_add(1).ok_or(Error::<T>::Overflow)?;
				}
			}
			stream.expected = link.previous;
		}
		let items = stream
			.points
			.checked_add(stream.users)
			.ok_or(Error::<T>::Overflow)?;
		Self::deposit_event(Event::Streamed { run, items });
		let Some(header) = header else {
			Streams::<T>::insert(run, stream);
			return Ok(());
		};
		let mut preimage = DOMAIN.to_vec();
		header.encode_to(&mut preimage);
		let complete = blake2_256(&preimage) == stream.expected
			&& header.run == run
			&& (header.points, header.users) == (stream.points, stream.users);
		ensure!(complete, Error::<T>::HeaderMismatch);
		Self::score(run, &mut appraisal, header, digest, stream.scores)?;
		Runs::<T>::insert(run, appraisal);
		Ok(())
	}

	/// A user's weight is its items times its accuracy above chance on the gold answers. Training
	/// keeps a run's items of feedback below 2^32.
	fn take_user(
		run: RunId,
		appraisal: &AppraisalOf<T>,
		stream: &mut Stream,
		counts: UserCounts,
	) -> DispatchResult {
		let descending = stream.last_user.is_none_or(|last| counts.user < last);
		ensure!(stream.points == 0 && descending, Error::<T>::WrongOrder);
		stream.last_user = Some(counts.user);
		stream.users = stream.users.checked_add(1).ok_or(Error::<T>::Overflow)?;
		let user =
			T::AccountId::decode(&mut &counts.user[..]).map_err(|_| Error::<T>::InvalidCounts)?;
		let index = T::Ledger::index_of(run, Role::User, &Subject::Account(user));
		let entry = index.and_then(|index| T::Ledger::entry(run, Role::User, index));
		let (Some(index), Some(entry)) = (index, entry) else {
			return Err(Error::<T>::InvalidCounts.into());
		};
		let items = u32::try_from(entry.units).map_err(|_| Error::<T>::Overflow)?;
		let weight = user_weight(items, counts.answered, counts.right, appraisal.classes)
			.map_err(|_| Error::<T>::InvalidCounts)?;
		if appraisal.gold_commitment.is_some() {
			T::Ledger::reweigh(run, Role::User, index, weight)?;
			Self::deposit_event(Event::UserScored {
				run,
				index,
				answered: counts.answered,
				right: counts.right,
				weight,
			});
		}
		Ok(())
	}

	/// Books whoever committed to the accepted digest, and punishes whoever revealed another, once its
	/// counts are on chain: a digest that nobody can open is worth nothing, and proves nobody wrong.
	fn judge_appraisers(run: RunId, digest: Digest) -> DispatchResult {
		for (who, committed) in Commitments::<T>::iter_prefix(run) {
			match committed.digest {
				Some(revealed) if revealed == digest => {
					let payee =
						T::Draws::payout(Kind::Appraiser, &who).unwrap_or_else(|| who.clone());
					T::Ledger::record(run, Role::Appraiser, Subject::Account(who), &payee, 1)?;
				}
				Some(_) => Self::penalise(&who, Offence::WrongCounts),
				None => (),
			}
		}
		Ok(())
	}

	/// Punishes whoever committed and did not reveal, when the time to reveal is over.
	fn penalise_silent(run: RunId) {
		for (who, committed) in Commitments::<T>::iter_prefix(run) {
			if committed.digest.is_none() {
				Self::penalise(&who, Offence::SilentAfterCommit);
			}
		}
	}

	/// Takes a part of a drawn appraiser's bond, which is locked until the appraiser is dismissed.
	fn penalise(who: &T::AccountId, offence: Offence) {
		T::Discipline::penalise(Kind::Appraiser, who, offence, None);
	}

	fn score(
		run: RunId,
		appraisal: &mut AppraisalOf<T>,
		header: AppraisalHeader,
		digest: Digest,
		scores: Scores,
	) -> DispatchResult {
		let list: Vec<i128> = appraisal
			.vested
			.iter()
			.map(|(dataset, _)| scores.get(*dataset))
			.collect();
		let basis = Self::reweigh_datasets(run, appraisal, &list)?;
		// Where no user is above chance it may be the gold that is wrong, and the sponsor must not
		// gain by that.
		if T::Ledger::table(run, Role::User).weight == 0 {
			Self::reset_users(run, |units| units)?;
		}
		Self::judge_appraisers(run, digest)?;
		Results::<T>::insert(
			run,
			Outcome {
				header,
				digest,
				scores,
			},
		);
		Self::deposit_event(Event::Scored { run, basis });
		Self::finish(run, appraisal, basis);
		Ok(())
	}

	/// Without scores, the vested licence price decides, and if there is none the records used.
	/// Users are then paid by items, since nobody knows how well they answered.
	fn fall_back(run: RunId, appraisal: &mut AppraisalOf<T>) -> DispatchResult {
		let basis = Self::reweigh_datasets(run, appraisal, &[])?;
		Self::reset_users(run, |units| units)?;
		Self::deposit_event(Event::FellBack { run, basis });
		Self::finish(run, appraisal, basis);
		Ok(())
	}

	fn reweigh_datasets(
		run: RunId,
		appraisal: &AppraisalOf<T>,
		scores: &[i128],
	) -> Result<guerdon_valuation::Basis, DispatchError> {
		let mut indices = Vec::with_capacity(appraisal.vested.len());
		let mut records = Vec::with_capacity(appraisal.vested.len());
		for (dataset, _) in &appraisal.vested {
			let subject = Subject::Dataset(*dataset);
			let index = T::Ledger::index_of(run, Role::DataProvider, &subject);
			let index = index.ok_or(Error::<T>::NotFound)?;
			let entry = T::Ledger::entry(run, Role::DataProvider, index);
			records.push(entry.ok_or(Error::<T>::NotFound)?.units);
			indices.push(index);
		}
		let prices: Vec<u128> = appraisal.vested.iter().map(|(_, price)| *price).collect();
		let (basis, weights) =
			payable(scores, &prices, &records).map_err(|_| Error::<T>::Overflow)?;
		for (index, weight) in indices.into_iter().zip(weights) {
			T::Ledger::reweigh(run, Role::DataProvider, index, weight)?;
		}
		Ok(basis)
	}

	/// Sets every user's weight to a function of its units. A run has at most [`MAX_USERS`].
	fn reset_users(run: RunId, weight: impl Fn(u64) -> u64) -> DispatchResult {
		let count = T::Ledger::table(run, Role::User).count;
		ensure!(count <= MAX_USERS, Error::<T>::MaxEntriesExceeded);
		for index in 0..count {
			if let Some(entry) = T::Ledger::entry(run, Role::User, index) {
				T::Ledger::reweigh(run, Role::User, index, weight(entry.units))?;
			}
		}
		Ok(())
	}

	fn finish(run: RunId, appraisal: &mut AppraisalOf<T>, basis: guerdon_valuation::Basis) {
		let drawn = appraisal.appraisers.clone();
		Self::dismiss(run, appraisal);
		appraisal.appraisers = drawn;
		appraisal.exclude = Default::default();
		appraisal.vested = Default::default();
		appraisal.silent = Default::default();
		// A run valued by licence price has no test set to hold back.
		let revealed = appraisal.tests.is_some() || appraisal.method == Method::LicencePrice;
		appraisal.phase = Phase::Done { revealed, basis };
		Streams::<T>::remove(run);
	}

	fn bytes(who: &T::AccountId) -> Result<[u8; 32], Error<T>> {
		who.encode().try_into().map_err(|_| Error::<T>::Overflow)
	}
}

impl<T: Config> AppraisalsTrait<T::AccountId, BlockNumberFor<T>> for Pallet<T> {
	fn open(run: RunId, terms: Terms<T::AccountId, BlockNumberFor<T>>) -> DispatchResult {
		ensure!(!Runs::<T>::contains_key(run), Error::<T>::AlreadyExists);
		let half = terms.appraisers / 2;
		let sound = terms.classes >= 2
			&& u32::from(terms.appraisers) <= MAX_APPRAISERS
			&& terms.quorum > half
			&& terms.quorum <= terms.appraisers
			&& terms.exclude.is_sorted_by(|a, b| a < b)
			&& terms.vested.is_sorted_by(|(a, _), (b, _)| a < b);
		ensure!(sound, Error::<T>::InvalidTerms);
		let deadline = Self::within(terms.reveal_window)?;
		let mut appraisal = AppraisalOf::<T> {
			sponsor: terms.sponsor,
			method: terms.method,
			classes: terms.classes,
			test_commitment: terms.test_commitment,
			gold_commitment: terms.gold_commitment,
			count: terms.appraisers,
			quorum: terms.quorum,
			commit_window: terms.commit_window,
			uncover_window: terms.uncover_window,
			exclude: terms
				.exclude
				.try_into()
				.map_err(|_| Error::<T>::MaxEntriesExceeded)?,
			vested: terms
				.vested
				.try_into()
				.map_err(|_| Error::<T>::MaxEntriesExceeded)?,
			tests: None,
			appraisers: Default::default(),
			draws: 0,
			silent: Default::default(),
			phase: Phase::AwaitingTests { deadline },
		};
		Self::deposit_event(Event::Opened { run });
		if appraisal.method == Method::LicencePrice {
			Self::fall_back(run, &mut appraisal)?;
		}
		Runs::<T>::insert(run, appraisal);
		Ok(())
	}

	/// Tests, every draw with its commitments and reveals, and the stream. A phase is left in the
	/// block after its deadline.
	fn longest(
		reveal_window: BlockNumberFor<T>,
		commit_window: BlockNumberFor<T>,
		uncover_window: BlockNumberFor<T>,
	) -> Result<BlockNumberFor<T>, DispatchError> {
		let one = BlockNumberFor::<T>::from(1u32);
		let mut phases = Vec::from([reveal_window, Self::stream_window(uncover_window)]);
		for _ in 0..MAX_DRAWS {
			phases.extend([T::Draws::wait().into(), commit_window, uncover_window]);
		}
		let total = phases
			.into_iter()
			.try_fold(BlockNumberFor::<T>::default(), |sum, window| {
				sum.checked_add(&window)?.checked_add(&one)
			});
		Ok(total.ok_or(Error::<T>::Overflow)?)
	}

	fn advance(run: RunId) -> Result<Progress, DispatchError> {
		let mut appraisal = Self::get(run)?;
		match appraisal.phase.clone() {
			Phase::Done { revealed, basis } => return Ok(Progress::Done { revealed, basis }),
			Phase::AwaitingTests { deadline } | Phase::Streaming { deadline, .. }
				if Self::passed(deadline) =>
			{
				Self::fall_back(run, &mut appraisal)?
			}
			Phase::Drawing { epoch } if T::Draws::epoch() >= epoch => match T::Draws::seed(epoch) {
				Some(seed) => Self::draw(run, &mut appraisal, epoch, seed)?,
				// Nobody came while the seed was kept, or the epoch had no block.
				None => appraisal.phase = Self::next_draw()?,
			},
			Phase::Committing { deadline } if Self::passed(deadline) => {
				let count = Commitments::<T>::iter_key_prefix(run).count();
				if count < usize::from(appraisal.quorum) {
					Self::no_quorum(run, &mut appraisal)?;
				} else {
					let deadline = Self::within(appraisal.uncover_window)?;
					appraisal.phase = Phase::Revealing { deadline };
				}
			}
			Phase::Revealing { deadline } if Self::passed(deadline) => {
				Self::penalise_silent(run);
				Self::evaluate(run, &mut appraisal)?
			}
			_ => return Ok(Progress::Pending),
		}
		let progress = match appraisal.phase {
			Phase::Done { revealed, basis } => Progress::Done { revealed, basis },
			_ => Progress::Moved,
		};
		Runs::<T>::insert(run, appraisal);
		Ok(progress)
	}

	fn advance_weight() -> Weight {
		Self::reveal_weight()
			.max(T::WeightInfo::silence(MAX_VESTED, MAX_USERS))
			.max(T::WeightInfo::draw())
	}
}
