//! `guerdon credits …`

mod claim;
pub mod free;
mod send;

use super::{
	explain,
	members::{self, Sender},
	push::{self, Outcome},
};
use crate::{
	amount::{Sums, Unit},
	context::Context,
	output::{self, Rows},
	words,
};
use anyhow::Result;
use clap::{Args, Subcommand};
use guerdon_client::{
	chain::{
		api::{AccountView, Contribution, LeafView},
		dues, free, Units,
	},
	members::{Lists, Push},
};
use serde_json::{json, Value};
use std::path::PathBuf;

/// What can be asked about credits.
#[derive(Subcommand)]
pub enum Command {
	/// What an account has, and what it is due now; or what a member's ticket is worth.
	Balance {
		#[command(flatten)]
		whose: Whose,
		/// What the member is due whose ticket this is.
		#[arg(long, value_name = "FILE", conflicts_with = "account")]
		ticket: Option<PathBuf>,
	},
	/// Claim everything that is due to an account, or to everybody in a run. Anyone may send it; it
	/// always pays the payee.
	Claim(claim::What),
	/// Send credits to other accounts, all or none.
	Send(send::Send),
	/// Pay everybody in a pool who is due something, at the signer's expense. Goes on where it stopped.
	Push {
		/// The pool's number: a run's, a cohort's, or that of what a cohort got in an asset. The list of a
		/// cohort must be in this home.
		#[arg(long)]
		pool: u64,
	},
	/// Where a credit comes from: receipts, counts, score, weight, split, amount.
	Explain {
		/// The pool's number.
		pool: u64,
		/// The leaf's index.
		index: u64,
	},
	/// Every contribution of an account and what became of it.
	History(Whose),
}

/// An account.
#[derive(Args)]
pub struct Whose {
	/// Whose [default: the signer's].
	#[arg(long)]
	account: Option<String>,
}

/// Runs a command.
pub async fn run(context: &Context, command: Command) -> Result<()> {
	match command {
		Command::Balance {
			ticket: Some(ticket),
			..
		} => members::balance_by_ticket(context, &ticket).await,
		Command::Balance { whose, .. } => balance(context, whose).await,
		Command::Claim(what) => claim::run(context, what).await,
		Command::Send(args) => send::run(context, args).await,
		Command::Push { pool } => push(context, pool).await,
		Command::Explain { pool, index } => explain::run(context, pool, index).await,
		Command::History(whose) => history(context, whose).await,
	}
}

/// What is due now of these leaves, and was owed before, in what it is paid in.
fn claimable(account: &AccountView, due: &[&LeafView]) -> Result<Sums, String> {
	let owed = dues(account)?;
	let leaves = due
		.iter()
		.filter_map(|leaf| Some((leaf.asset, leaf.proven.as_ref()?.entitlement)));
	Sums::over(owed.iter().chain(leaves))
}

/// What an account has and is due in assets.
fn assets_json(account: &AccountView, claimable: &Sums) -> Value {
	let of_assets = account.assets.iter().map(|one| {
		json!({
			"asset": one.asset,
			"free": output::units(one.free),
			"claimable": output::units(claimable.of(Some(one.asset))),
			"dues": output::units(one.dues),
		})
	});
	of_assets.collect()
}

async fn balance(context: &Context, whose: Whose) -> Result<()> {
	let account = context.account(whose.account.as_deref())?;
	let chain = context.chain().await?;
	let view = context.view(&chain).await?;
	let units = view.units().await?;
	let found = view.account(&account).await?;
	// The account's own view looks at its first page; here nothing is left out.
	let leaves = view.claims(&account).await?;
	let due: Vec<&LeafView> = leaves.iter().filter(|leaf| !leaf.claimed).collect();
	let claimable = claimable(&found, &due).map_err(anyhow::Error::msg)?;
	context.show(
		|| {
			json!({
				"account": output::address(&account),
				"block": view.number,
				"free": output::units(found.free),
				"held": output::units(found.held),
				"claimable": output::units(claimable.of(None)),
				"dues": output::units(found.dues),
				"assets": assets_json(&found, &claimable),
				"leaves": due.iter().map(|leaf| leaf_json(leaf)).collect::<Vec<_>>(),
			})
		},
		|| {
			let mut rows = Rows::pairs([("account", output::address(&account))]);
			balance_rows(&mut rows, &found, &claimable, &units);
			let mut parts = vec![rows.text()];
			if !due.is_empty() {
				parts.push(leaf_rows(&due, &units));
			}
			parts.join("\n\n")
		},
	);
	Ok(())
}

/// GRD, and every asset of which the account has or is due something, each counted for itself.
fn balance_rows(rows: &mut Rows, account: &AccountView, claimable: &Sums, units: &Units) {
	let grd = Unit::grd();
	rows.add(["free".into(), grd.show(account.free)]);
	rows.add(["held".into(), grd.show(account.held)]);
	rows.add(["claimable".into(), grd.show(claimable.of(None))]);
	let mut assets: Vec<_> = account.assets.iter().map(|one| Some(one.asset)).collect();
	assets.extend(claimable.iter().map(|(asset, _)| asset));
	assets.retain(Option::is_some);
	assets.sort_unstable();
	assets.dedup();
	for asset in assets {
		let unit = units.get(asset);
		rows.add(["free".into(), unit.show(free(account, asset))]);
		rows.add(["claimable".into(), unit.show(claimable.of(asset))]);
	}
}

fn leaf_json(leaf: &LeafView) -> Value {
	json!({
		"pool": leaf.pool,
		"index": leaf.index,
		"run": leaf.run,
		"role": words::role(leaf.role.0),
		"weight": leaf.leaf.weight.to_string(),
		"asset": leaf.asset,
		"entitlement": leaf.proven.as_ref().map(|proven| output::units(proven.entitlement)),
		"claimed": leaf.claimed,
	})
}

fn leaf_rows(leaves: &[&LeafView], units: &Units) -> String {
	let mut rows = Rows::new(["pool", "index", "run", "role", "weight", "amount"]);
	for leaf in leaves {
		let entitlement = leaf.proven.as_ref().map(|proven| proven.entitlement);
		rows.add([
			leaf.pool.to_string(),
			leaf.index.to_string(),
			leaf.run.to_string(),
			words::role(leaf.role.0).into(),
			leaf.leaf.weight.to_string(),
			output::maybe(entitlement, &units.get(leaf.asset)),
		]);
	}
	rows.right(&[0, 1, 2, 4, 5]).text()
}

async fn push(context: &Context, pool: u64) -> Result<()> {
	let signer = context.signer()?;
	let chain = context.chain().await?;
	let view = chain.best().await?;
	let units = view.units().await?;
	let found = Push::find(&view, pool).await?;
	let unit = units.get(found.fund.asset);
	let mut outcome = Outcome::default();
	if !found.is_over() {
		let lists = Lists::of(&context.home);
		let payments = found.payments(&view, &lists).await?;
		let mut sender = Sender {
			context,
			chain: &chain,
			signer: &signer,
			agreed: false,
		};
		let pushed = push::push(&mut sender, &view, &found, &payments, &unit, &mut outcome);
		if !pushed.await? {
			return Ok(());
		}
	}
	context.show(
		|| outcome.json(json!({ "pool": pool, "asset": found.fund.asset })),
		|| outcome.text(&units),
	);
	Ok(())
}

async fn history(context: &Context, whose: Whose) -> Result<()> {
	let account = context.account(whose.account.as_deref())?;
	let chain = context.chain().await?;
	let view = context.view(&chain).await?;
	let units = view.units().await?;
	let mut found = view.contributions(&account).await?;
	found.sort_by_key(|one| (one.run, one.role.0, one.index));
	context.show(
		|| found.iter().map(contribution_json).collect(),
		|| history_table(&found, &units),
	);
	Ok(())
}

fn contribution_json(one: &Contribution) -> Value {
	json!({
		"run": one.run,
		"role": words::role(one.role.0),
		"index": one.index,
		"subject": words::subject_json(&one.entry.subject),
		"payee": output::address(&one.entry.payee),
		"units": one.entry.units,
		"weight": one.entry.weight.to_string(),
		"state": words::state(&one.state),
		"deadline": one.deadline,
		"pool": one.pool,
		"asset": one.asset,
		"entitlement": one.entitlement.map(output::units),
		"claimed": one.claimed,
	})
}

fn history_table(found: &[Contribution], units: &Units) -> String {
	let mut rows = Rows::new([
		"run", "role", "what", "units", "weight", "pool", "index", "amount", "state",
	]);
	for one in found {
		let state = match (one.claimed, one.pool) {
			(true, _) => "paid".into(),
			(false, Some(_)) => "claimable".into(),
			(false, None) => format!("{} until {}", words::state(&one.state), one.deadline),
		};
		rows.add([
			one.run.to_string(),
			words::role(one.role.0).into(),
			words::subject(&one.entry.subject),
			one.entry.units.to_string(),
			one.entry.weight.to_string(),
			one.pool.map_or("-".into(), |pool| pool.to_string()),
			one.index.to_string(),
			output::maybe(one.entitlement, &units.get(one.asset)),
			state,
		]);
	}
	rows.right(&[0, 3, 4, 5, 6, 7])
		.or("Nothing is booked on this account.")
}

#[cfg(test)]
mod tests {
	use super::*;
	use guerdon_client::{
		amount::GRD,
		chain::{
			api::{
				AllowedAsset, AssetBalance, AssetView, Entry, Leaf, Payee, Proven, State, Subject,
			},
			AccountId,
		},
	};
	use guerdon_receipt::Role;
	use guerdon_share_tree::Proof;
	use subxt::utils::Static;

	fn units() -> Units {
		Units::of(&[AssetView {
			asset: 1,
			allowed: AllowedAsset {
				endowment: 10_000,
				min_free_claim: 100_000,
				open: true,
			},
			name: b"Test dollar".to_vec(),
			symbol: b"TUSD".to_vec(),
			decimals: 6,
		}])
	}

	fn leaf(pool: u64, asset: Option<u32>, entitlement: u128) -> LeafView {
		LeafView {
			pool,
			run: 4,
			role: Static(Role::Trainer),
			asset,
			index: 2,
			leaf: Leaf {
				payee: Payee::Account(AccountId::from([2; 32])),
				weight: 30,
			},
			claimed: false,
			proven: Some(Proven {
				entitlement,
				proof: Static(Proof::try_from(Vec::new()).unwrap()),
			}),
		}
	}

	fn account() -> AccountView {
		AccountView {
			free: 3 * GRD,
			held: GRD / 2,
			claimable: 0,
			dues: GRD,
			contributions: Vec::new(),
			next: None,
			assets: vec![AssetBalance {
				asset: 1,
				free: 5_000_000,
				claimable: 0,
				dues: 500_000,
			}],
		}
	}

	fn lines(text: &str) -> Vec<String> {
		let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
		text.lines().map(words).collect()
	}

	#[test]
	fn a_balance_counts_every_asset_for_itself() {
		let leaves = [leaf(8, None, GRD / 4), leaf(9, Some(1), 12_000_000)];
		let due: Vec<&LeafView> = leaves.iter().collect();
		let claimable = claimable(&account(), &due).unwrap();
		let mut rows = Rows::pairs([("account", "somebody".into())]);
		balance_rows(&mut rows, &account(), &claimable, &units());
		let wanted = [
			"account somebody",
			"free 3 GRD",
			"held 0.5 GRD",
			"claimable 1.25 GRD",
			"free 5 TUSD",
			"claimable 12.5 TUSD",
		];
		assert_eq!(lines(&rows.text()), wanted);
		let told = r#"[{"asset":1,"claimable":"12500000","dues":"500000","free":"5000000"}]"#;
		assert_eq!(assets_json(&account(), &claimable).to_string(), told);
		let table = lines(&leaf_rows(&due, &units()));
		assert_eq!(table[1], "8 2 4 trainer 30 0.25 GRD");
		assert_eq!(table[2], "9 2 4 trainer 30 12 TUSD");
		assert_eq!(leaf_json(due[1])["asset"], 1);
		assert_eq!(leaf_json(due[0])["asset"], Value::Null);
	}

	#[test]
	fn history_tells_what_each_contribution_is_paid_in() {
		let one = Contribution {
			run: 4,
			role: Static(Role::Trainer),
			index: 0,
			entry: Entry {
				subject: Subject::Account(AccountId::from([2; 32])),
				payee: AccountId::from([2; 32]),
				units: 50,
				weight: 30,
			},
			state: State::Settled,
			deadline: 9,
			pool: Some(7),
			asset: Some(1),
			entitlement: Some(1),
			claimed: true,
		};
		let table = lines(&history_table(std::slice::from_ref(&one), &units()));
		assert!(
			table[1].ends_with(" 50 30 7 0 0.000001 TUSD paid"),
			"{table:?}"
		);
		assert_eq!(contribution_json(&one)["asset"], 1);
		assert_eq!(
			history_table(&[], &units()),
			"Nothing is booked on this account."
		);
	}
}
