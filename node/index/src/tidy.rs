use guerdon_share_tree::PAGE_LEAVES;

use crate::{
	apply::put_doomed,
	records::{
		decode, generation_key, on_page, page_key, payee_key, Batch, DOOMED, PAGES, PAYEES, TIERS,
	},
	tail::read_page,
	types::Doomed,
	Error, Index, Leaf,
};

impl Index {
	/// Removes records of pools that were abandoned or found incomplete, and of imports that ended
	/// early: those of `limit` leaves, or up to 255 more. Answers of how many leaves it removed them; zero
	/// when nothing is left to do.
	///
	/// Each page is a commit of its own, and what was removed stays so when a kill comes in between. Blocks
	/// wait meanwhile: call it after each one with a limit of a few thousand.
	///
	/// # Errors
	///
	/// [`Error::Database`], [`Error::Damaged`].
	pub fn tidy(&self, limit: u64) -> Result<u64, Error> {
		let writer = self.writer();
		let mut removed = 0u64;
		let mut after = None;
		while removed < limit {
			let Some((generation, mut doomed)) = self.next_doomed(after)? else {
				break;
			};
			if writer.importing == Some(generation) {
				after = Some(generation);
				continue;
			}
			removed = removed.saturating_add(self.remove_page(generation, &mut doomed)?);
		}
		Ok(removed)
	}

	fn next_doomed(&self, after: Option<u32>) -> Result<Option<(u32, Doomed)>, Error> {
		let Some(first) = after.map_or(Some(0), |after| after.checked_add(1)) else {
			return Ok(None);
		};
		let mut walk = self.db.iter(DOOMED)?;
		walk.seek(&generation_key(first))?;
		let Some((key, value)) = walk.next()? else {
			return Ok(None);
		};
		let generation = key.try_into();
		let generation = generation.map_err(|_| Error::Damaged("a generation"))?;
		let doomed = decode(&value, "what is to be removed")?;
		Ok(Some((u32::from_be_bytes(generation), doomed)))
	}

	/// Removes the last page of leaves, and the nodes above whose first leaves are on it.
	fn remove_page(&self, generation: u32, doomed: &mut Doomed) -> Result<u64, Error> {
		let mut batch: Batch = vec![];
		let Some(last) = doomed.leaves.checked_sub(1) else {
			batch.push((DOOMED, generation_key(generation), None));
			self.commit(batch)?;
			return Ok(0);
		};
		let mut page = last / PAGE_LEAVES;
		let length = on_page(doomed.leaves, page);
		let first = page.saturating_mul(PAGE_LEAVES);
		let leaves = read_page::<Leaf>(&self.db, generation, 0, page, length)?;
		for (index, leaf) in (first..).zip(&leaves) {
			let key = payee_key(&leaf.payee, doomed.pool, generation, index);
			batch.push((PAYEES, key, None));
		}
		for tier in 0..TIERS {
			batch.push((PAGES, page_key(generation, tier, page), None));
			if !page.is_multiple_of(PAGE_LEAVES) {
				break;
			}
			page /= PAGE_LEAVES;
		}
		doomed.leaves = first;
		batch.push(put_doomed(generation, *doomed));
		self.commit(batch)?;
		Ok(length)
	}
}
