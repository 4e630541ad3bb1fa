//! `guerdon dataset announce` and `publish`: from a folder to a dataset on chain.

use super::licence::LicenceArgs;
use crate::{
	announcements::Subject,
	blocks::error,
	context::{event, included_json, Context},
	fail::{refused, usage},
	output::{self, Rows},
	words,
};
use anyhow::{Context as _, Result};
use clap::Args;
use guerdon_client::{
	chain::{
		api::{self, PublishArgs},
		AccountId, Chain, Error,
	},
	describe,
};
use guerdon_content::{Directory, Framed, Observer, RecordKind};
use serde_json::{json, Value};
use std::path::{Path, PathBuf};
use subxt::utils::{Static, H256};

/// A described folder.
#[derive(Args)]
pub struct Folder {
	/// The folder.
	dir: PathBuf,
	/// Its Croissant document [default: DIR.croissant.json, beside the folder].
	#[arg(long)]
	croissant: Option<PathBuf>,
}

/// Options of `publish`.
#[derive(Args)]
pub struct Publish {
	#[command(flatten)]
	folder: Folder,
	/// Where `guerdon serve` serves the content.
	#[arg(long)]
	endpoint: String,
	/// Where the document is found [default: the endpoint's blob].
	#[arg(long)]
	uri: Option<String>,
	/// The version before it, of the same owner.
	#[arg(long)]
	parent: Option<u64>,
	/// Who is paid [default: the signer].
	#[arg(long, value_name = "ACCOUNT")]
	payout: Option<String>,
	#[command(flatten)]
	licence: LicenceArgs,
}

/// Where a folder's document is.
pub fn document_path(dir: &Path, given: Option<&Path>) -> PathBuf {
	given.map_or_else(
		|| {
			let dir: PathBuf = dir.components().collect();
			let mut name = dir.into_os_string();
			name.push(".croissant.json");
			name.into()
		},
		Path::to_path_buf,
	)
}

/// The document of a folder and what it says a record is.
fn document(folder: &Folder) -> Result<(Value, RecordKind)> {
	let path = document_path(&folder.dir, folder.croissant.as_deref());
	let bytes = std::fs::read(&path).map_err(|error| {
		let dir = folder.dir.display();
		usage(format!(
			"{}: {error}. Write it with `guerdon dataset describe {dir}`",
			path.display()
		))
	})?;
	let document: Value = serde_json::from_slice(&bytes)
		.map_err(|error| usage(format!("{} is no JSON: {error}", path.display())))?;
	let kind = describe::record_kind(&document).ok_or_else(|| {
		usage(format!(
			"{} does not say what a record is: describe the folder again",
			path.display()
		))
	})?;
	Ok((document, kind))
}

struct Bar(indicatif::ProgressBar);

impl Observer for Bar {
	fn progress(&mut self, done: u64, total: u64) {
		self.0.set_length(total);
		self.0.set_position(done);
	}
}

/// Commits to a folder's content.
pub async fn announce(context: &Context, folder: &Folder) -> Result<()> {
	let (_, kind) = document(folder)?;
	let signer = context.signer()?;
	let mut bar = Bar(output::bar("hashing", 0, true));
	let framed = Directory::scan(&folder.dir)
		.and_then(|directory| directory.hash(kind, &mut bar))
		.with_context(|| folder.dir.display().to_string())?;
	bar.0.finish_and_clear();
	let chain = context.chain().await?;
	let owner = Chain::account_of(&signer);
	let genesis = chain.genesis();
	let length = framed.trailer.stream_length;
	let subject = Subject {
		genesis: &genesis,
		owner: &owner,
		root: &framed.root,
		length,
	};
	let salt = subject.find_or_make(&context.home)?;
	let commitment = subject.commitment(&salt);
	let mut done = json!({
		"root": output::hex(framed.root),
		"length": length,
		"records": framed.trailer.records,
		"commitment": output::hex(commitment),
	});
	let table = |block: &str| {
		Rows::pairs([
			("root", output::hex(framed.root)),
			("length", format!("{length} bytes")),
			("records", framed.trailer.records.to_string()),
			("commitment", output::hex(commitment)),
			("announced", block.into()),
		])
		.text()
	};
	if let Some(block) = announced(&chain, &owner, commitment).await? {
		done["announced_at"] = json!(block);
		context.show(|| done, || table(&format!("before, in block {block}")));
		return Ok(());
	}
	let words = "commit to a dataset without showing it";
	let call = api::transactions().datasets().announce(H256(commitment));
	if let Some(included) = context.send(&chain, &signer, words, call).await? {
		let _: api::datasets::events::Announced = event(&included)?;
		done["included"] = included_json(&included);
		context.show(|| done, || table("now; publish it in 10 blocks or more"));
	}
	Ok(())
}

/// The block of an announcement that waits to be opened.
async fn announced(chain: &Chain, owner: &AccountId, commitment: [u8; 32]) -> Result<Option<u32>> {
	let view = chain.best().await?;
	let entry = api::storage().datasets().announcements();
	let found = view
		.client()
		.storage()
		.try_fetch(entry, (*owner, H256(commitment)))
		.await
		.map_err(error)?;
	let Some(found) = found else { return Ok(None) };
	let found = found
		.decode()
		.map_err(|error| Error::Decode(error.to_string()))?;
	Ok(Some(found.at))
}

/// Opens an announcement.
pub async fn publish(context: &Context, args: &Publish) -> Result<()> {
	let dir = &args.folder.dir;
	let endpoint = words::endpoint(&args.endpoint)?;
	let (document, kind) = document(&args.folder)?;
	let signer = context.signer()?;
	let owner = Chain::account_of(&signer);
	let payout = args
		.payout
		.as_deref()
		.map_or(Ok(owner), |named| context.account_of(named))?;

	let bar = output::bar("checking", 0, true);
	let progress = |done, total| {
		bar.set_length(total);
		bar.set_position(done);
	};
	describe::verify(dir, &document, &progress)
		.map_err(|error| refused(format!("{}: {error}", dir.display())))?;
	bar.finish_and_clear();
	let store = context.store()?;
	let mut bar = Bar(output::bar("keeping", 0, true));
	let Framed {
		root,
		trailer,
		final_chunk,
		..
	} = store.add_directory(dir, kind, &mut bar)?;
	bar.0.finish_and_clear();
	let document_root = store.add_bytes(&describe::canonical(&document))?;
	let uri = args.uri.clone().unwrap_or_else(|| {
		format!(
			"{}/blobs/{}",
			args.endpoint.trim_end_matches('/'),
			hex::encode(document_root)
		)
	});

	let chain = context.chain().await?;
	let genesis = chain.genesis();
	let length = trailer.stream_length;
	let subject = Subject {
		genesis: &genesis,
		owner: &owner,
		root: &root,
		length,
	};
	let missing = || {
		refused(format!(
			"{} is not announced by {}: run `guerdon dataset announce {}` first",
			dir.display(),
			output::address(&owner),
			dir.display()
		))
	};
	let salt = subject.find(&context.home)?.ok_or_else(missing)?;
	let at = announced(&chain, &owner, subject.commitment(&salt))
		.await?
		.ok_or_else(missing)?;
	wait_for_age(context, &chain, at).await?;

	let call = api::transactions().datasets().publish(PublishArgs {
		root: H256(root),
		length,
		records: trailer.records,
		salt,
		final_chunk: Static(final_chunk),
		metadata_hash: H256(describe::metadata_hash(&document)),
		uri: words::bounded("the document's address", &uri, 256)?,
		licence: args.licence.licence(document["license"].as_str())?,
		endpoint,
		parent: args.parent,
		payout,
	});
	let words = format!("publish {} with {} records", dir.display(), trailer.records);
	let Some(included) = context.send(&chain, &signer, &words, call).await? else {
		return Ok(());
	};
	let published: api::datasets::events::Published = event(&included)?;
	context.show(
		|| {
			json!({
				"dataset": published.dataset,
				"root": output::hex(root),
				"length": length,
				"records": trailer.records,
				"priority": published.priority,
				"deposit": output::units(published.deposit),
				"included": included_json(&included),
			})
		},
		|| {
			Rows::pairs([
				("dataset", published.dataset.to_string()),
				("root", output::hex(root)),
				("length", format!("{length} bytes")),
				("records", trailer.records.to_string()),
				("priority", format!("block {}", published.priority)),
				("deposit", crate::amount::grd(published.deposit)),
			])
			.text()
		},
	);
	Ok(())
}

/// Waits until an announcement may be opened.
async fn wait_for_age(context: &Context, chain: &Chain, at: u32) -> Result<()> {
	use futures::StreamExt;
	let view = chain.best().await?;
	let fewest = view
		.client()
		.constants()
		.entry(api::constants().datasets().min_announce_blocks())
		.map_err(|error| Error::Decode(error.to_string()))?;
	let ripe = at.saturating_add(fewest);
	if view.number >= ripe {
		return Ok(());
	}
	context.say(format!(
		"The announcement may be opened from block {ripe} on: waiting."
	));
	let bar = output::bar("waiting", fewest.into(), false);
	let mut blocks = chain.best_blocks().await?;
	while let Some(block) = blocks.next().await {
		let number = block?.number;
		bar.set_position(number.saturating_sub(at).into());
		if number >= ripe {
			bar.finish_and_clear();
			return Ok(());
		}
	}
	Err(anyhow::anyhow!("the node sends no more blocks"))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_document_lies_beside_its_folder() {
		let beside = |dir: &str| document_path(Path::new(dir), None);
		assert_eq!(beside("data/a"), Path::new("data/a.croissant.json"));
		assert_eq!(beside("data/a/"), Path::new("data/a.croissant.json"));
		let given = document_path(Path::new("a"), Some(Path::new("b.json")));
		assert_eq!(given, Path::new("b.json"));
	}
}
