//! What every command has: where things are, who signs, how results are shown.

use crate::{
	amount,
	fail::{refused, usage},
	output::{self, Format},
};
use anyhow::{Context as _, Result};
use clap::Args;
use guerdon_client::{
	blobs::Store,
	chain::{AccountId, At, Chain, Error, Included, View, Wait},
	gated::Secrets,
	keys::{Keyring, Passphrase},
	roles::{
		self,
		inputs::{Asker, Inputs},
	},
};
use serde_json::{json, Value};
use std::{
	io::{BufRead, IsTerminal, Write},
	path::PathBuf,
	sync::Arc,
};
use subxt::{transactions::Payload, utils::H256};
use subxt_signer::sr25519::Keypair;

/// Options of every command.
#[derive(Args, Clone, Debug)]
pub struct Options {
	/// The node's JSON-RPC.
	#[arg(
		long,
		global = true,
		env = "GUERDON_URL",
		default_value = "ws://127.0.0.1:9944"
	)]
	pub url: String,
	/// Who signs: a key's name (`guerdon key list`), or //Name for a development key.
	#[arg(long, global = true, env = "GUERDON_SIGNER", value_name = "KEY")]
	pub signer: Option<String>,
	/// At which block to read: finalized, best, or a block's hash.
	#[arg(long, global = true, default_value = "finalized", value_parser = parse_at)]
	pub at: At,
	/// How results are printed.
	#[arg(long, global = true, value_enum, default_value_t = Format::Table)]
	pub output: Format,
	/// Show what would be signed and what it would cost, and stop there.
	#[arg(long, global = true)]
	pub dry_run: bool,
	/// Send without asking.
	#[arg(long, short, global = true)]
	pub yes: bool,
	/// How sure to be before going on.
	#[arg(long, global = true, value_enum, default_value_t = WaitFor::Finalized)]
	pub wait: WaitFor,
	/// Folder of keys, blobs and everything else that is kept [default: ~/.guerdon].
	#[arg(long, global = true, env = "GUERDON_HOME", value_name = "DIR")]
	pub home: Option<PathBuf>,
}

/// How sure to be before going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum WaitFor {
	/// In the best block, which may still be replaced.
	Best,
	/// In a finalized block.
	Finalized,
}

fn parse_at(text: &str) -> Result<At, String> {
	match text {
		"finalized" => Ok(At::Finalized),
		"best" => Ok(At::Best),
		_ => digest(text)
			.map(|hash| At::Hash(H256(hash)))
			.map_err(|_| "expected finalized, best, or 0x and 64 hex digits".into()),
	}
}

/// Reads a digest: 64 hex digits, with or without 0x.
pub fn digest(text: &str) -> Result<[u8; 32], String> {
	guerdon_client::serve::digest(text.strip_prefix("0x").unwrap_or(text))
		.ok_or_else(|| format!("{text:?} is no digest: expected 64 hex digits"))
}

/// What every command has.
#[derive(Clone)]
pub struct Context {
	/// The options given.
	pub options: Options,
	/// HOME.
	pub home: PathBuf,
}

impl Context {
	/// Finds HOME.
	pub fn new(options: Options) -> Result<Self> {
		let home = match &options.home {
			Some(home) => home.clone(),
			None => std::env::home_dir()
				.ok_or_else(|| usage("where is your home folder? Name one with --home"))?
				.join(".guerdon"),
		};
		Ok(Context { options, home })
	}

	/// Whether results are JSON.
	pub fn json(&self) -> bool {
		self.options.output == Format::Json
	}

	/// Prints a result.
	pub fn show(&self, json: impl FnOnce() -> Value, table: impl FnOnce() -> String) {
		if self.json() {
			output::print(&json().to_string());
		} else {
			output::print(&table());
		}
	}

	/// Says something to whoever watches; programs need not read it.
	pub fn say(&self, words: impl AsRef<str>) {
		let _ = writeln!(std::io::stderr(), "{}", words.as_ref());
	}

	/// Connects to the node.
	pub async fn chain(&self) -> Result<Chain, Error> {
		Chain::connect(&self.options.url).await
	}

	/// Reads at the block of `--at`.
	pub async fn view(&self, chain: &Chain) -> Result<View> {
		Ok(chain.at(self.options.at).await?)
	}

	/// HOME's blobs.
	pub fn store(&self) -> Result<Store> {
		Ok(Store::open(&self.home)?)
	}

	/// What runs are made of. Gated datasets are opened for the signer, when one is named.
	pub fn inputs(&self, chain: &Chain) -> Result<Inputs> {
		let inputs = Inputs::new(self.store()?);
		if self.options.signer.is_none() {
			return Ok(inputs);
		}
		let chain = chain.clone();
		Ok(inputs.asking(Asker {
			chain: Arc::new(move || chain.clone()),
			signer: Arc::new(self.signer()?),
			http: roles::http()?,
		}))
	}

	/// HOME's secrets of gated datasets.
	pub fn secrets(&self) -> Secrets {
		Secrets::of(&self.home)
	}

	/// HOME's keys.
	pub fn keyring(&self) -> Result<Keyring> {
		Ok(Keyring::open(&self.home)?)
	}

	/// The name of the key that signs.
	pub fn signer_name(&self) -> Result<&str> {
		self.options.signer.as_deref().ok_or_else(|| {
			usage("who signs? Name a key with --signer (`guerdon key list`, or //Name)")
		})
	}

	/// The key that signs. Asks for its passphrase.
	pub fn signer(&self) -> Result<Keypair> {
		Ok(self
			.keyring()?
			.signer(self.signer_name()?, &Passphrase::from_env())?)
	}

	/// The receipt key of this home, if it has one; in the clear only where the signer is a
	/// development key.
	pub fn receipt_key(&self) -> Result<guerdon_receipt::sign::SigningKey> {
		let passphrase = Passphrase::from_env();
		let sealed = !self.signer_name()?.starts_with("//");
		Ok(self.keyring()?.receipt_key(sealed.then_some(&passphrase))?)
	}

	/// The same, made on first use: for whoever is about to tell the chain of it.
	pub fn receipt_key_or_new(&self) -> Result<guerdon_receipt::sign::SigningKey> {
		let passphrase = Passphrase::from_env();
		let sealed = !self.signer_name()?.starts_with("//");
		let keyring = self.keyring()?;
		Ok(keyring.receipt_key_or_new(sealed.then_some(&passphrase))?)
	}

	/// The account that was named, or the signer's. Asks for no passphrase.
	pub fn account(&self, named: Option<&str>) -> Result<AccountId> {
		let spec = match named {
			Some(named) => named,
			None => self.signer_name()?,
		};
		self.account_of(spec)
	}

	/// A key's account, or what [`guerdon_client::keys::parse_account`] reads.
	pub fn account_of(&self, spec: &str) -> Result<AccountId> {
		Ok(guerdon_client::chain::AccountId::from(
			self.keyring()?.account(spec)?,
		))
	}

	/// Shows who signs what at which price, asks, sends, and follows it until it has happened.
	/// `None` after a dry run.
	pub async fn send(
		&self,
		chain: &Chain,
		signer: &Keypair,
		words: &str,
		call: impl Payload,
	) -> Result<Option<Included>> {
		let account = Chain::account_of(signer);
		let fee = chain.fee(&account, &call).await?;
		let name = format!("{}.{}", call.pallet_name(), call.call_name());
		self.say(format!(
			"signer  {}\ncall    {words} ({name})\nfee     {}",
			output::address(&account),
			amount::grd(fee)
		));
		let free = chain.at(At::Best).await?.account(&account).await?.free;
		if free < fee {
			return Err(refused(format!(
				"{} has {} and cannot pay the fee of {}: send it some GRD first",
				output::address(&account),
				amount::grd(free),
				amount::grd(fee)
			)));
		}
		if self.options.dry_run {
			self.show(
				|| {
					json!({
						"dry_run": true,
						"signer": output::address(&account),
						"call": name,
						"words": words,
						"fee": output::units(fee),
					})
				},
				|| "Dry run: nothing was sent.".into(),
			);
			return Ok(None);
		}
		self.agree()?;
		let wait = self.wait();
		// Told before anything can go wrong with it: it is what one looks for.
		let tell = |extrinsic: H256| self.say(format!("sending {}", output::hex(extrinsic)));
		let included = match chain.submit_told(signer, &call, wait, tell).await {
			Ok(included) => included,
			// It may have succeeded.
			Err(error @ Error::Unconfirmed { .. }) => return Err(error.into()),
			Err(error) => {
				let failed = anyhow::Error::new(error);
				return Err(failed.context(format!("{words} did not succeed")));
			}
		};
		let sure = if wait == Wait::Finalized {
			"finalized"
		} else {
			"best"
		};
		self.say(format!(
			"sent    {} in {sure} block {}",
			output::hex(included.extrinsic),
			output::hex(included.block)
		));
		Ok(Some(included))
	}

	/// How sure to be before going on.
	pub fn wait(&self) -> Wait {
		match self.options.wait {
			WaitFor::Best => Wait::Best,
			WaitFor::Finalized => Wait::Finalized,
		}
	}

	fn agree(&self) -> Result<()> {
		if self.options.yes {
			return Ok(());
		}
		if !std::io::stdin().is_terminal() {
			return Err(refused(
				"nobody is here to agree: run in a terminal, or say --yes",
			));
		}
		eprint!("Sign and send? [y/N] ");
		std::io::stderr().flush()?;
		let mut answer = String::new();
		std::io::stdin().lock().read_line(&mut answer)?;
		match answer.trim() {
			"y" | "Y" | "yes" => Ok(()),
			_ => Err(refused("you did not agree")),
		}
	}
}

/// Where a sent call is, for JSON results.
pub fn included_json(included: &Included) -> Value {
	json!({
		"block": output::hex(included.block),
		"extrinsic": output::hex(included.extrinsic),
	})
}

/// The first event of a type, which the call cannot have succeeded without.
pub fn event<E: subxt::events::DecodeAsEvent>(included: &Included) -> Result<E> {
	included
		.events
		.find_first::<E>()
		.context("the call succeeded, but did not say what it did: is this client too old?")?
		.map_err(|error| guerdon_client::chain::Error::Decode(error.to_string()).into())
}
