//! Bringing an appraisal to the chain, last item first.

use super::{settle, Context, Due, Failure};
use crate::{
	chain::{
		api::{self, runtime_types::bounded_collections::bounded_vec::BoundedVec, Link},
		View,
	},
	engine::appraise::{blake2_256, Appraised},
};
use codec::Encode;
use guerdon_receipt::{Digest, RunId};
use guerdon_valuation::{AppraisalHeader, Item, DOMAIN};
use std::{
	collections::HashMap,
	sync::{Arc, Mutex},
};
use subxt::utils::Static;

/// Links of one call.
const LINKS: usize = 32;

/// Appraisals that are streamed from here, by run.
pub(in crate::roles) type Known = Arc<Mutex<HashMap<RunId, Arc<Appraised>>>>;

/// Brings what the appraisers agreed on to the chain.
pub(in crate::roles) async fn stream(
	context: Context,
	known: Known,
	view: View,
	id: RunId,
) -> Result<(), Failure> {
	let Some(appraisal) = view.appraisal(id).await? else {
		return Ok(());
	};
	let Some(agreed) = appraisal.digest else {
		return Ok(());
	};
	let lock = || {
		known
			.lock()
			.unwrap_or_else(|poisoned| poisoned.into_inner())
	};
	let found = lock().get(&id).cloned();
	let appraised = match found {
		Some(appraised) => appraised,
		None => {
			let run = view.run(id).await?;
			let appraised = Arc::new(context.inputs.appraise(&view, id, &run).await?);
			lock().insert(id, appraised.clone());
			appraised
		}
	};
	if appraised.digest != agreed {
		let why = "what the appraisers agreed on is not what is computed here: nothing to stream";
		return Err(Failure::Here(why.into()));
	}
	let mut expected = appraisal.expected.unwrap_or(agreed);
	loop {
		let Some((links, header)) = links(&appraised, &expected, LINKS) else {
			return Err(Failure::Here(
				"the chain expects an item that is not known here".into(),
			));
		};
		let (count, last) = (links.len(), header.is_some());
		expected = links.last().map_or(expected, |(previous, _)| *previous);
		let links: Vec<Link> = links
			.into_iter()
			.map(|(previous, item)| Link {
				previous,
				item: Static(item),
			})
			.collect();
		let header = header.map(Static);
		let call = api::transactions()
			.valuation()
			.stream(id, BoundedVec(links), header);
		if let Err(error) = context.send(&call).await {
			return settle(id, Due::Stream, Err(error));
		}
		tracing::info!(run = id, count, last, "streamed");
		if last {
			return Ok(());
		}
	}
}

/// Items, each with the digest before it, the last one first.
pub type Links = Vec<(Digest, Item)>;

/// The next up to `most` links of an appraisal that lead to `expected`, and the header when they
/// reach the first item; `None` when nothing of it leads there.
pub fn links(
	appraised: &Appraised,
	expected: &Digest,
	most: usize,
) -> Option<(Links, Option<AppraisalHeader>)> {
	let mut digests = Vec::with_capacity(appraised.items.len().saturating_add(1));
	let mut preimage = DOMAIN.to_vec();
	appraised.header.encode_to(&mut preimage);
	let mut running = blake2_256(&preimage);
	digests.push(running);
	for item in &appraised.items {
		let mut preimage = running.to_vec();
		item.encode_to(&mut preimage);
		running = blake2_256(&preimage);
		digests.push(running);
	}
	let end = digests.iter().rposition(|digest| digest == expected)?;
	let first = end.saturating_sub(most);
	let pairs = digests.iter().copied().zip(appraised.items.iter().cloned());
	let mut links: Links = pairs.skip(first).take(end.saturating_sub(first)).collect();
	links.reverse();
	Some((links, (first == 0).then_some(appraised.header)))
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::engine::appraise::digest_of;
	use guerdon_valuation::{PointCounts, UserCounts};

	fn appraised(points: u32, users: u8) -> Appraised {
		let point = |in_ball| {
			Item::Point(PointCounts {
				in_ball,
				same_label: in_ball,
				shares: Default::default(),
			})
		};
		let items: Vec<Item> = (0..points)
			.map(|_| point(0))
			.chain((0..users).map(|user| {
				Item::User(UserCounts {
					user: [user; 32],
					answered: 4,
					right: 2,
				})
			}))
			.collect();
		let header = AppraisalHeader {
			run: 1,
			points,
			users: u32::from(users),
			tau2: 9,
			rho2: 1,
		};
		let digest = digest_of(&header, &items).unwrap();
		Appraised {
			header,
			items,
			digest,
			kept: Vec::new(),
		}
	}

	#[test]
	fn links_lead_from_the_digest_back_to_the_header() {
		for (points, users) in [(0, 0), (1, 0), (0, 2), (62, 2), (64, 0), (65, 3)] {
			let appraised = appraised(points, users);
			let mut expected = appraised.digest;
			let mut streamed = Vec::new();
			let header = loop {
				let (batch, header) = links(&appraised, &expected, LINKS).unwrap();
				assert!(batch.len() <= LINKS);
				for (previous, item) in batch {
					let mut preimage = previous.to_vec();
					item.encode_to(&mut preimage);
					assert_eq!(blake2_256(&preimage), expected);
					expected = previous;
					streamed.push(item);
				}
				if let Some(header) = header {
					break header;
				}
			};
			let mut preimage = DOMAIN.to_vec();
			header.encode_to(&mut preimage);
			assert_eq!(blake2_256(&preimage), expected);
			streamed.reverse();
			assert_eq!(streamed, appraised.items);
		}
		assert_eq!(links(&appraised(3, 1), &[0; 32], LINKS), None);
	}
}
