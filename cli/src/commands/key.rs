//! `guerdon key …`

use crate::{
	context::Context,
	output::{self, Rows},
};
use anyhow::Result;
use clap::Subcommand;
use guerdon_client::keys::{ask, ss58, ExposeSecret, Passphrase, SecretString};
use serde_json::{json, Value};
use std::io::{IsTerminal, Read};

/// What can be done with keys.
#[derive(Subcommand)]
pub enum Command {
	/// Make a key and show its mnemonic, once.
	New {
		/// The key's name.
		name: String,
	},
	/// Keep the key of a mnemonic, which is asked for or read from stdin, never an argument.
	Import {
		/// The key's name.
		name: String,
	},
	/// List keys with their addresses.
	List,
	/// Print the address of a key, of //Name, or of an account in another form.
	Address {
		/// The key.
		key: String,
	},
}

/// Runs a command.
pub fn run(context: &Context, command: Command) -> Result<()> {
	let keyring = context.keyring()?;
	match command {
		Command::New { name } => {
			let mnemonic = keyring.create(&name, &Passphrase::from_env())?;
			let address = ss58(&keyring.account(&name)?);
			let words = mnemonic.expose_secret();
			context.show(
				|| json!({ "name": name, "address": address, "mnemonic": words }),
				|| {
					Rows::pairs([
						("name", name.clone()),
						("address", address.clone()),
						("mnemonic", words.into()),
					])
					.text()
				},
			);
			context.say("Write the mnemonic down: it is shown once, and it is the only way back.");
		}
		Command::Import { name } => {
			let mnemonic = if std::io::stdin().is_terminal() {
				ask("Mnemonic (not shown): ")?
			} else {
				let mut text = String::new();
				std::io::stdin().read_to_string(&mut text)?;
				SecretString::from(text)
			};
			let address = ss58(&keyring.import(&name, &mnemonic, &Passphrase::from_env())?);
			context.show(
				|| json!({ "name": name, "address": address }),
				|| Rows::pairs([("name", name.clone()), ("address", address.clone())]).text(),
			);
		}
		Command::List => list(context)?,
		Command::Address { key } => {
			let address = output::address(&context.account_of(&key)?);
			context.show(|| json!({ "address": address }), || address.clone());
		}
	}
	Ok(())
}

fn list(context: &Context) -> Result<()> {
	let keyring = context.keyring()?;
	let keys = keyring.list()?;
	let receipt = keyring.receipt_public_key()?;
	context.show(
		|| {
			let keys: Vec<Value> = keys
				.iter()
				.map(|key| match &key.account {
					Ok(account) => json!({ "name": key.name, "address": ss58(account) }),
					Err(error) => json!({ "name": key.name, "error": error.to_string() }),
				})
				.collect();
			json!({ "keys": keys, "receipt_key": receipt.map(output::hex) })
		},
		|| {
			let mut rows = Rows::new(["name", "address"]);
			for key in &keys {
				let address = match &key.account {
					Ok(account) => ss58(account),
					Err(error) => error.to_string(),
				};
				rows.add([key.name.clone(), address]);
			}
			if let Some(key) = receipt {
				rows.add(["(receipt key)".into(), output::hex(key)]);
			}
			rows.or("There are no keys: make one with `guerdon key new NAME`.")
		},
	);
	Ok(())
}
