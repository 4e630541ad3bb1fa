//! `guerdon credits send`

use crate::{
	amount::Unit,
	context::{included_json, Context},
	fail::{refused, usage},
	output::{self, Rows},
};
use anyhow::Result;
use clap::Args;
use guerdon_client::chain::{
	api::{self, runtime_types::guerdon_runtime::RuntimeCall},
	free, AccountId, Chain,
};
use serde_json::json;

/// Options of `send`.
#[derive(Args)]
pub struct Send {
	/// Accounts and amounts, in turn.
	#[arg(required = true, num_args = 2.., value_names = ["ACCOUNT", "AMOUNT"])]
	payments: Vec<String>,
	/// What is sent: an asset by its symbol or number [default: GRD].
	#[arg(long, value_name = "SYMBOL")]
	asset: Option<String>,
}

/// Somebody who is about to be paid.
struct Payment<'a> {
	name: &'a str,
	account: AccountId,
	amount: u128,
}

/// Accounts and amounts of what is counted so.
fn payments<'a>(
	pairs: &'a [String],
	unit: &Unit,
	account_of: impl Fn(&str) -> Result<AccountId>,
) -> Result<(Vec<Payment<'a>>, u128)> {
	let (pairs, rest) = pairs.as_chunks::<2>();
	if !rest.is_empty() {
		return Err(usage("an account without an amount: name them in turn"));
	}
	let mut total = 0u128;
	let mut payments = Vec::new();
	for [name, text] in pairs {
		let amount = unit.parse(text).map_err(usage)?;
		let sum = total.checked_add(amount);
		total = sum.ok_or_else(|| usage("that is more than there can be"))?;
		payments.push(Payment {
			name,
			account: account_of(name)?,
			amount,
		});
	}
	Ok((payments, total))
}

/// The call that pays one account.
fn transfer(unit: &Unit, payment: &Payment) -> RuntimeCall {
	use api::runtime_types::{
		pallet_assets::pallet::Call as Assets, pallet_balances::pallet::Call as Balances,
	};
	let (to, amount) = (payment.account.into(), payment.amount);
	match unit.asset {
		None => RuntimeCall::Balances(Balances::transfer_keep_alive {
			dest: to,
			value: amount,
		}),
		Some(id) => RuntimeCall::Assets(Assets::transfer_keep_alive {
			id,
			target: to,
			amount,
		}),
	}
}

/// Runs the command.
pub async fn run(context: &Context, args: Send) -> Result<()> {
	let account_of = |name: &str| context.account_of(name);
	let grd = Unit::grd();
	// Whatever is wrong with GRD is wrong on every chain.
	if args.asset.is_none() {
		payments(&args.payments, &grd, account_of)?;
	}
	let signer = context.signer()?;
	let chain = context.chain().await?;
	let view = chain.best().await?;
	let unit = match &args.asset {
		None => grd,
		Some(name) => view.units().await?.find(name).map_err(usage)?,
	};
	let (payments, total) = payments(&args.payments, &unit, account_of)?;
	context.say(table(&payments, &unit));
	let from = Chain::account_of(&signer);
	let has = free(&view.account(&from).await?, unit.asset);
	if has < total {
		return Err(refused(format!(
			"{} are to be sent, {} has {}",
			unit.show(total),
			output::address(&from),
			unit.show(has)
		)));
	}
	let calls = payments.iter().map(|payment| transfer(&unit, payment));
	let words = format!("send {} to {} accounts", unit.show(total), payments.len());
	let call = api::transactions().utility().batch_all(calls.collect());
	if let Some(included) = context.send(&chain, &signer, &words, call).await? {
		context.show(
			|| {
				json!({
					"asset": unit.asset,
					"total": output::units(total),
					"included": included_json(&included),
				})
			},
			|| format!("Done: {words}."),
		);
	}
	Ok(())
}

/// Who is about to be paid: the address too where another name was given, for that is what is signed.
fn table(payments: &[Payment], unit: &Unit) -> String {
	let mut rows = Rows::new(["to", "address", &unit.symbol]);
	for payment in payments {
		let address = output::address(&payment.account);
		let name = match payment.name == address {
			true => "",
			false => payment.name,
		};
		rows.add([name.into(), address, unit.format(payment.amount)]);
	}
	rows.right(&[2]).text()
}

#[cfg(test)]
mod tests {
	use super::*;

	fn tusd() -> Unit {
		Unit {
			asset: Some(1),
			symbol: "TUSD".into(),
			decimals: 6,
		}
	}

	fn numbered(name: &str) -> Result<AccountId> {
		Ok(AccountId::from([name.len() as u8; 32]))
	}

	#[test]
	fn everybody_who_is_paid_is_shown_with_the_address_that_is_signed() {
		let (bob, other) = (AccountId::from([2; 32]), AccountId::from([3; 32]));
		let address = output::address(&other);
		let payment = |name, account, amount| Payment {
			name,
			account,
			amount,
		};
		let payments = [
			payment("//Bob", bob, 500_000),
			payment(&address, other, 7_000_000),
		];
		let shown = table(&payments, &tusd());
		let lines: Vec<Vec<&str>> = shown
			.lines()
			.map(|line| line.split_whitespace().collect())
			.collect();
		assert_eq!(lines[0], ["TO", "ADDRESS", "TUSD"]);
		assert_eq!(lines[1], ["//Bob", &output::address(&bob), "0.5"]);
		assert_eq!(lines[2], [address.as_str(), "7"]);
		assert_eq!(lines.len(), 3);
	}

	#[test]
	fn amounts_are_those_of_what_is_sent() {
		let texts = |texts: &[&str]| {
			texts
				.iter()
				.map(|text| text.to_string())
				.collect::<Vec<_>>()
		};
		let given = texts(&["//Bob", "12.5", "//Charlie", "0.000001"]);
		let (read, total) = payments(&given, &tusd(), numbered).unwrap();
		assert_eq!((read.len(), total), (2, 12_500_001));
		let assets = read.iter().all(|one| {
			matches!(transfer(&tusd(), one), RuntimeCall::Assets(_))
				&& matches!(transfer(&Unit::grd(), one), RuntimeCall::Balances(_))
		});
		assert!(assets);
		for (bad, why) in [
			(texts(&["//Bob"]), "an account without an amount"),
			(texts(&["//Bob", "0.0000001"]), "a TUSD has 6 decimals"),
			(
				texts(&["//Bob", "340282366920938463463374607431768", "//Eve", "1"]),
				"more than there can be",
			),
		] {
			let error = payments(&bad, &tusd(), numbered).err().unwrap();
			assert!(error.to_string().contains(why), "{error}");
		}
	}
}
