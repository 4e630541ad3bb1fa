//! `guerdon dataset members add`: from a file to a list on the chain.

use super::{building, nothing_built, seal_now, too_early, Sender};
use crate::{
	amount,
	context::{event, included_json, Context},
	fail::{refused, usage},
	output::{self, Rows},
};
use anyhow::{Context as _, Result};
use clap::Args;
use guerdon_client::{
	chain::{
		self,
		api::{self, settlement::events, CohortState, MembersView},
		AccountId, Chain, View,
	},
	members::{
		append_call, batches, may_be_there, read, stream, Error, Input, List, Lists, OnChain,
		Origin, MEMBERS_PER_TRANSACTION,
	},
};
use guerdon_share_tree::Builder;
use serde_json::json;
use std::{path::PathBuf, time::Instant};

/// Most cohorts of a dataset.
const COHORTS: usize = 16;

/// Options of `add`.
#[derive(Args)]
pub struct Add {
	/// The dataset's number.
	id: u64,
	/// Who the members are: ACCOUNT or ACCOUNT,WEIGHT on each line. Their weights count among
	/// themselves, and are 1 where none is given.
	file: PathBuf,
	/// What this cohort counts among those of the dataset [default: 1, or what it was begun with].
	#[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
	weight: Option<u64>,
	/// List the accounts openly. Otherwise the chain is told a commitment for each, and nobody else
	/// learns who is a member until that member is paid.
	#[arg(long)]
	public: bool,
}

/// What a list would cost.
struct Costs {
	deposit: u128,
	fees: u128,
	calls: u64,
}

/// What `add` goes on from.
struct Begun {
	pool: u64,
	list: Option<List>,
	count: u64,
	weight: u64,
}

/// Runs the command.
pub async fn run(context: &Context, args: Add) -> Result<()> {
	let Add { id, public, .. } = args;
	let signer = context.signer()?;
	let account = Chain::account_of(&signer);
	let bytes = std::fs::metadata(&args.file).map_or(0, |file| file.len());
	let bar = output::bar("reading", bytes, true);
	let input = read(&args.file, &|done| bar.set_position(done));
	bar.finish_and_clear();
	let input = input?;
	let chain = context.chain().await?;
	chain.claim(&context.home).await?;
	let lists = Lists::of(&context.home);
	let _held = lists.hold(id)?;
	let view = chain.best().await?;
	let owner = view.dataset(id).await?.owner;
	if owner != account {
		return Err(refused(format!(
			"dataset {id} belongs to {}, who alone lists its members: name that key with --signer",
			output::address(&owner)
		)));
	}
	let there = view.members(id).await?;
	let begun = begun(&lists, &args, there.as_ref(), &account, &input)?;
	let count = u64::try_from(input.members.len())?;
	let costs = costs(&chain, &view, &account, &input, begun.as_ref(), id, public).await?;
	let weight = begun
		.as_ref()
		.map_or(args.weight.unwrap_or(1), |begun| begun.weight);
	summary(context, &args, count, weight, begun.as_ref(), &costs);
	let free = view.account(&account).await?.free;
	let needed = costs.deposit.saturating_add(costs.fees);
	if free < needed {
		return Err(refused(format!(
			"{} has {} and needs {} for deposits and fees: send it some GRD first",
			output::address(&account),
			amount::grd(free),
			amount::grd(needed)
		)));
	}
	if context.options.dry_run {
		context.show(
			|| {
				json!({
					"dry_run": true,
					"dataset": id,
					"members": count,
					"deposit": output::units(costs.deposit),
					"fees": output::units(costs.fees),
					"calls": costs.calls,
				})
			},
			|| "Dry run: nothing was sent.".into(),
		);
		return Ok(());
	}
	let mut sender = Sender {
		context,
		chain: &chain,
		signer: &signer,
		agreed: false,
	};
	let (pool, kept) = match begun {
		Some(begun) => (begun.pool, begun.list),
		None => {
			let words = format!("list {count} members of dataset {id}, and add them to that list");
			let call = api::transactions().settlement().open_members(id, weight);
			let Some(included) = sender.send(&words, call).await? else {
				return Ok(());
			};
			(event::<events::MembersOpened>(&included)?.pool, None)
		}
	};
	let list = match kept {
		Some(list) => list,
		None => {
			let source = input.source;
			let origin = Origin {
				genesis: chain.genesis(),
				dataset: id,
				pool,
				source,
				hidden: !public,
			};
			let list = List::make(input, origin)?;
			lists.keep(&list)?;
			context.say(format!(
				"kept    {}{}",
				lists.path(id, pool).display(),
				if public {
					""
				} else {
					": back it up, nobody is paid without it"
				}
			));
			list
		}
	};
	stream_all(&mut sender, &list).await?;
	let view = chain.best().await?;
	let there = view.members(id).await?;
	let Some((_, _, _, sealable_from)) = building(there.as_ref()) else {
		return Err(nothing_built(id));
	};
	let is_early = view.number < sealable_from;
	let mut included = None;
	if !is_early {
		included = seal_now(&mut sender, id, pool, count).await?;
		if included.is_none() {
			return Ok(());
		}
	}
	let later = is_early.then(|| too_early(id, view.number, sealable_from));
	let cohort = chain.best().await?.cohort(pool).await?;
	let deposit = cohort.map_or(0, |cohort| cohort.deposit);
	context.show(
		|| {
			json!({
				"dataset": id,
				"pool": pool,
				"members": count,
				"hidden": !public,
				"weight": weight,
				"deposit": output::units(deposit),
				"kept": lists.path(id, pool),
				"sealed": !is_early,
				"sealable_from": sealable_from,
				"included": included.as_ref().map(included_json),
			})
		},
		|| match &later {
			None => format!(
				"Dataset {id} has cohort {pool} with {count} members. Next: `guerdon dataset members \
				 tickets {id} DIR`, and give every member the file with its name."
			),
			Some(later) => format!("Cohort {pool} of dataset {id} has {count} members. {later}"),
		},
	);
	Ok(())
}

/// What was begun before, and whether it can be gone on with.
fn begun(
	lists: &Lists,
	args: &Add,
	there: Option<&MembersView>,
	account: &AccountId,
	input: &Input,
) -> Result<Option<Begun>> {
	let id = args.id;
	let Some((pool, cohort, count, _)) = building(there) else {
		let open = there.map_or(&[][..], |view| &view.cohorts);
		if open.len() >= COHORTS {
			return Err(refused(format!(
				"dataset {id} has {COHORTS} cohorts, which is as many as it can have"
			)));
		}
		for (pool, _) in open {
			if lists.source(id, *pool)? == Some(input.source) {
				return Err(refused(format!(
					"{} was listed already: it is cohort {pool} of dataset {id}, which is complete. \
					 Another cohort takes a file with other members",
					args.file.display()
				)));
			}
		}
		return Ok(None);
	};
	if cohort.owner != *account {
		return Err(refused(format!(
			"the list that is being built was opened by {}: whoever has that key can go on or give it \
			 up",
			output::address(&cohort.owner)
		)));
	}
	if args.weight.is_some_and(|weight| weight != cohort.weight) {
		return Err(usage(format!(
			"the list that is being built has the weight {}: say nothing else, or abandon it first",
			cohort.weight
		)));
	}
	let list = lists.find(id, pool)?;
	match &list {
		Some(list) if list.origin.source != input.source || list.origin.hidden == args.public => {
			let kept = lists.path(id, pool);
			return Err(Error::OtherSource { kept, dataset: id }.into());
		}
		None if count > 0 => {
			let folder = lists.folder().into();
			let dataset = id;
			return Err(Error::Elsewhere {
				dataset,
				pool,
				folder,
			}
			.into());
		}
		_ => (),
	}
	Ok(Some(Begun {
		pool,
		list,
		count,
		weight: cohort.weight,
	}))
}

/// Fees are asked for by calls that are as long, and weigh as much, as those that will be sent.
async fn costs(
	chain: &Chain,
	view: &View,
	account: &AccountId,
	input: &Input,
	begun: Option<&Begun>,
	id: u64,
	public: bool,
) -> Result<Costs> {
	let deposits = view.member_deposits().await?;
	let settlement = || api::transactions().settlement();
	let count = u64::try_from(input.members.len())?;
	let missing = count.saturating_sub(begun.map_or(0, |begun| begun.count));
	let mut fees = chain.fee(account, &settlement().seal_members(0)).await?;
	let mut calls = 1u64;
	let mut deposit = deposits
		.member
		.checked_mul(missing.into())
		.context("no account has the deposit for so many members")?;
	if begun.is_none() {
		let opening = settlement().open_members(id, 1);
		fees = fees.saturating_add(chain.fee(account, &opening).await?);
		calls = calls.saturating_add(1);
		deposit = deposit.saturating_add(deposits.cohort);
	}
	let rest = missing % MEMBERS_PER_TRANSACTION;
	for (size, times) in [
		(MEMBERS_PER_TRANSACTION, missing / MEMBERS_PER_TRANSACTION),
		(rest, u64::from(rest > 0)),
	] {
		if times == 0 {
			continue;
		}
		let members = input
			.members
			.get(..usize::try_from(size)?)
			.unwrap_or_default();
		let fee = chain
			.fee(account, &append_call(0, 0, members, !public))
			.await?;
		fees = fees.saturating_add(fee.saturating_mul(times.into()));
	}
	Ok(Costs {
		deposit,
		fees,
		calls: calls.saturating_add(batches(missing)),
	})
}

fn summary(
	context: &Context,
	args: &Add,
	count: u64,
	weight: u64,
	begun: Option<&Begun>,
	costs: &Costs,
) {
	let shown = match args.public {
		true => "openly: everybody sees who is a member",
		false => "hidden: the chain is told commitments",
	};
	let mut rows = Rows::pairs([
		("members", format!("{count}, {shown}")),
		(
			"weight",
			format!("{weight} among the cohorts of dataset {}", args.id),
		),
		(
			"deposit",
			format!("{}, for ever once it is sealed", amount::grd(costs.deposit)),
		),
		(
			"fees",
			format!("about {} in {} calls", amount::grd(costs.fees), costs.calls),
		),
	]);
	if let Some(begun) = begun {
		let went = format!("cohort {}, with {} members there", begun.pool, begun.count);
		rows.add(["goes on".into(), went]);
	}
	context.say(rows.text());
}

fn is_overtaken(cause: &(dyn std::error::Error + 'static)) -> bool {
	cause
		.downcast_ref::<chain::Error>()
		.is_some_and(may_be_there)
}

/// Brings all that is missing of a list to the chain.
async fn stream_all(sender: &mut Sender<'_>, list: &List) -> Result<()> {
	let Sender { context, chain, .. } = *sender;
	let pool = list.origin.pool;
	let bar = output::bar("members", list.count(), false);
	let hidden = list.origin.hidden;
	let cohort = chain.best().await?.cohort(pool).await?;
	let there = match cohort.map(|cohort| cohort.state) {
		Some(CohortState::Building { builder, .. }) => builder.0,
		_ => return Err(nothing_built(list.origin.dataset)),
	};
	// Whoever goes on has not agreed to anything yet, and what is there may not be how it begins.
	let (from, missing) = (there.count(), list.count().saturating_sub(there.count()));
	if !sender.agreed && missing > 0 {
		let mut own = Builder::new();
		list.grow(&mut own, from)?;
		if own == there {
			let words = format!("add {missing} members to cohort {pool}");
			let members = list.members(from, MEMBERS_PER_TRANSACTION);
			let call = append_call(pool, from, members, hidden);
			match sender.send(&words, call).await {
				Ok(None) => return Ok(()),
				Ok(Some(_)) => (),
				// What a process sent that was killed may come first.
				Err(error) if error.chain().any(is_overtaken) => {
					context.say(format!("{error}: looking what is there"));
					sender.agreed = true;
				}
				Err(error) => return Err(error),
			}
		}
	}
	let register = OnChain {
		chain,
		signer: sender.signer,
		pool,
		hidden,
		wait: sender.wait(),
	};
	let begun = Instant::now();
	let streamed = stream(list, &register, |count| bar.set_position(count)).await;
	bar.finish_and_clear();
	streamed.with_context(|| {
		let dataset = list.origin.dataset;
		format!(
			"not all members of dataset {dataset} were added: what is there stays, and the same \
			 command goes on from there"
		)
	})?;
	context.say(format!(
		"added   {missing} members in {:.1} s",
		begun.elapsed().as_secs_f64()
	));
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;
	use guerdon_client::chain::api::Cohort;
	use subxt::utils::Static;

	const OWNER: AccountId = subxt::utils::AccountId32([4; 32]);

	fn input(text: &str) -> Input {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("members.csv");
		std::fs::write(&path, text).unwrap();
		read(&path, &|_| ()).unwrap()
	}

	fn args(weight: Option<u64>, public: bool) -> Add {
		Add {
			id: 3,
			file: "members.csv".into(),
			weight,
			public,
		}
	}

	fn list(text: &str, pool: u64, hidden: bool) -> List {
		let input = input(text);
		let origin = Origin {
			genesis: [1; 32],
			dataset: 3,
			pool,
			source: input.source,
			hidden,
		};
		List::make(input, origin).unwrap()
	}

	/// A list that is being built, with the first members of one that is kept.
	fn there(pool: u64, list: &List, count: u64) -> MembersView {
		let mut builder = Builder::new();
		list.grow(&mut builder, count).unwrap();
		let cohort = Cohort {
			dataset: 3,
			owner: OWNER,
			weight: 5,
			funded: 0,
			paid: 0,
			deposit: 0,
			state: CohortState::Building {
				builder: Static(builder),
				last: None,
				sealable_from: 0,
			},
		};
		MembersView {
			cohorts: vec![(pool, cohort)],
			pending: 0,
			shares: Vec::new(),
		}
	}

	fn sealed(mut view: MembersView) -> MembersView {
		for (_, cohort) in &mut view.cohorts {
			if let CohortState::Building { builder, .. } = &cohort.state {
				let summary = builder
					.0
					.finish::<guerdon_share_tree::NativeBlake2_256>()
					.unwrap();
				cohort.state = CohortState::Open(Static(summary));
			}
		}
		view
	}

	const TEXT: &str = "//Bob\n//Eve,2\n";

	#[test]
	fn a_list_is_gone_on_with_where_it_is_and_as_it_was_begun() {
		let home = tempfile::tempdir().unwrap();
		let lists = Lists::of(home.path());
		let go = |args: Add, view: Option<&MembersView>, text: &str, account: &AccountId| {
			begun(&lists, &args, view, account, &input(text))
		};
		assert!(go(args(None, false), None, TEXT, &OWNER).unwrap().is_none());
		let kept = list(TEXT, 7, true);
		let empty = there(7, &kept, 0);
		// It was opened, and nothing was kept before the end.
		let found = go(args(None, true), Some(&empty), TEXT, &OWNER)
			.unwrap()
			.unwrap();
		assert!(found.list.is_none() && found.pool == 7 && found.weight == 5);
		let one = there(7, &kept, 1);
		let error = |args, view, text, account| go(args, Some(view), text, account).err().unwrap();
		let elsewhere = error(args(None, false), &one, TEXT, &OWNER);
		assert!(elsewhere.to_string().contains("abandon 3"), "{elsewhere}");
		lists.keep(&kept).unwrap();
		let found = go(args(Some(5), false), Some(&one), TEXT, &OWNER)
			.unwrap()
			.unwrap();
		assert!(found.list.is_some() && found.count == 1);
		for (args, text) in [
			(args(None, false), "//Bob\n//Eve,3\n"),
			(args(None, true), TEXT),
		] {
			let other = error(args, &one, text, &OWNER);
			assert!(other.to_string().contains("another file"), "{other}");
		}
		let weight = error(args(Some(6), false), &one, TEXT, &OWNER);
		assert!(weight.to_string().contains("has the weight 5"), "{weight}");
		let stranger = subxt::utils::AccountId32([9; 32]);
		let foreign = error(args(None, false), &one, TEXT, &stranger);
		assert!(foreign.to_string().contains("was opened by"), "{foreign}");
	}

	#[test]
	fn a_file_that_is_a_cohort_is_not_listed_again_by_mistake() {
		let home = tempfile::tempdir().unwrap();
		let lists = Lists::of(home.path());
		let kept = list(TEXT, 7, true);
		lists.keep(&kept).unwrap();
		let open = sealed(there(7, &kept, 2));
		let again = begun(
			&lists,
			&args(None, false),
			Some(&open),
			&OWNER,
			&input(TEXT),
		);
		let again = again.err().unwrap();
		assert!(again.to_string().contains("is cohort 7"), "{again}");
		let other = begun(
			&lists,
			&args(None, false),
			Some(&open),
			&OWNER,
			&input("//Bob\n"),
		);
		assert!(other.unwrap().is_none());
		let mut full = open;
		let (_, cohort) = full.cohorts[0].clone();
		full.cohorts = (0..16).map(|pool| (pool, cohort.clone())).collect();
		let full = begun(
			&lists,
			&args(None, false),
			Some(&full),
			&OWNER,
			&input("//Bob\n"),
		);
		assert!(full.err().unwrap().to_string().contains("16 cohorts"));
	}
}
