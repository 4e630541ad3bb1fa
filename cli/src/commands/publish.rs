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
	describe::{self, Mismatch},
	engine::digest,
	gated::{seal_again, Access, SealError, Sealing, Secrets},
};
use guerdon_content::{ChunkProof, Directory, Observer, RecordKind, Trailer};
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

/// The folder itself, whatever it is called here: `.`, or a link.
fn real(dir: &Path) -> Result<PathBuf> {
	dir.canonicalize()
		.map_err(|error| usage(format!("{}: {error}", dir.display())))
}

/// Where a folder's document is: as it was given, or else beside the folder.
pub fn document_path(dir: &Path, given: Option<&Path>) -> Result<PathBuf> {
	if let Some(given) = given {
		return Ok(given.into());
	}
	let dir = real(dir)?;
	let (Some(parent), Some(name)) = (dir.parent(), dir.file_name()) else {
		let dir = dir.display();
		return Err(usage(format!(
			"nothing lies beside {dir}: name the document"
		)));
	};
	let mut name = name.to_os_string();
	name.push(".croissant.json");
	Ok(parent.join(name))
}

/// Refuses a place in the folder: the document lists every file there, and cannot list itself.
pub fn outside(dir: &Path, document: &Path) -> Result<()> {
	let folder = match document.parent() {
		Some(parent) if !parent.as_os_str().is_empty() => parent,
		_ => Path::new("."),
	};
	// The document may not be there yet, or be a link.
	let place = document.canonicalize().or_else(|_| real(folder))?;
	if place.starts_with(real(dir)?) {
		return Err(usage(format!(
			"{} lies in the folder that it would describe: write it somewhere else",
			document.display()
		)));
	}
	Ok(())
}

/// What a folder's document says.
pub struct Described {
	document: Value,
	kind: RecordKind,
	/// A gated dataset is sealed, and a sealed one is gated: that cannot be forgotten on the way.
	access: Access,
}

/// The document of a folder.
fn described(folder: &Folder) -> Result<Described> {
	let path = document_path(&folder.dir, folder.croissant.as_deref())?;
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
	let sealing =
		Sealing::read(&document).map_err(|error| usage(format!("{}: {error}", path.display())))?;
	let access = match sealing {
		Some(_) => Access::Gated,
		None => Access::Open,
	};
	Ok(Described {
		document,
		kind,
		access,
	})
}

struct Bar(indicatif::ProgressBar);

impl Observer for Bar {
	fn progress(&mut self, done: u64, total: u64) {
		self.0.set_length(total);
		self.0.set_position(done);
	}
}

/// Checks every file of a folder against its document.
fn check_files(dir: &Path, document: &Value) -> Result<()> {
	let bar = output::bar("checking", 0, true);
	let progress = |done, total| {
		bar.set_length(total);
		bar.set_position(done);
	};
	let checked = describe::verify(dir, document, &progress);
	bar.finish_and_clear();
	checked.map_err(|error| match error {
		Mismatch::Unreadable(error) => error.into(),
		Mismatch::Document(_) => usage(format!("{}: {error}", dir.display())),
		_ => refused(format!("{}: {error}", dir.display())),
	})
}

/// The content as it is published.
pub struct Content {
	/// Root of the stream, sealed or not.
	pub root: [u8; 32],
	/// Its last chunk.
	pub trailer: Trailer,
	/// The proof of that.
	pub final_chunk: ChunkProof,
}

/// Checks a folder against its document, and gives what would be published.
fn check(dir: &Path, described: &Described, secrets: &Secrets) -> Result<Content> {
	let Described {
		document,
		kind,
		access,
	} = described;
	if *access == Access::Open {
		check_files(dir, document)?;
	}
	let mut bar = Bar(output::bar("hashing", 0, true));
	let directory = scan(dir)?;
	let content = match access {
		Access::Open => {
			let framed = directory.hash(*kind, &mut bar);
			let framed = framed.with_context(|| dir.display().to_string())?;
			Content {
				root: framed.root,
				trailer: framed.trailer,
				final_chunk: framed.final_chunk,
			}
		}
		Access::Gated => {
			let nowhere = std::io::sink();
			let sealed = seal_again(&directory, document, *kind, secrets, nowhere, &mut bar);
			let sealed = sealed.map_err(|error| in_folder(dir, error))?;
			Content {
				root: sealed.root,
				trailer: sealed.trailer,
				final_chunk: sealed.final_chunk,
			}
		}
	};
	bar.0.finish_and_clear();
	Ok(content)
}

fn scan(dir: &Path) -> Result<Directory> {
	Directory::scan(dir).with_context(|| dir.display().to_string())
}

fn in_folder(dir: &Path, error: SealError) -> anyhow::Error {
	anyhow::Error::new(error).context(format!("cannot seal {}", dir.display()))
}

/// Checks a folder against its document, without a node.
pub fn verify(context: &Context, folder: &Folder) -> Result<()> {
	let dir = &folder.dir;
	let described = described(folder)?;
	let content = check(dir, &described, &context.secrets())?;
	let access = words::access(described.access);
	context.show(
		|| {
			json!({
				"access": access,
				"root": output::hex(content.root),
				"length": content.trailer.stream_length,
				"records": content.trailer.records,
				"metadata_hash": output::hex(describe::metadata_hash(&described.document)),
			})
		},
		|| {
			Rows::pairs([
				("access", access.into()),
				("root", output::hex(content.root)),
				("length", format!("{} bytes", content.trailer.stream_length)),
				("records", content.trailer.records.to_string()),
				(
					"metadata hash",
					output::hex(describe::metadata_hash(&described.document)),
				),
			])
			.text()
		},
	);
	context.say("The folder is the one that was described.");
	Ok(())
}

/// Commits to a folder's content.
pub async fn announce(context: &Context, folder: &Folder) -> Result<()> {
	let described = described(folder)?;
	let signer = context.signer()?;
	let framed = check(&folder.dir, &described, &context.secrets())?;
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
	let salt = match subject.find(&context.home)? {
		Some(salt) => salt,
		// Whatever the salt is, the call costs the same; a dry run writes none down.
		None if context.options.dry_run => [0; 32],
		None => subject.find_or_make(&context.home)?,
	};
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

/// What is about to be signed.
fn terms(dir: &Path, access: Access, args: &PublishArgs) -> Rows {
	let mut rows = Rows::pairs([
		("folder", dir.display().to_string()),
		("root", output::hex(args.root)),
		(
			"content",
			format!("{} records, {} bytes", args.records, args.length),
		),
		("access", words::access(access).into()),
		("metadata hash", output::hex(args.metadata_hash)),
		("metadata", output::text(&args.uri.0)),
		("served at", output::text(&args.endpoint.0)),
		("paid to", output::address(&args.payout)),
		(
			"parent",
			args.parent.map_or("-".into(), |parent| parent.to_string()),
		),
	]);
	for row in super::licence::licence_rows(&args.licence) {
		rows.add(row);
	}
	rows
}

/// Opens an announcement.
pub async fn publish(context: &Context, args: &Publish) -> Result<()> {
	let dir = &args.folder.dir;
	let endpoint = words::endpoint(&args.endpoint)?;
	let described = described(&args.folder)?;
	let document = &described.document;
	let licence = args.licence.licence(document["license"].as_str())?;
	let canonical = describe::canonical(document);
	let uri = args.uri.clone().unwrap_or_else(|| {
		format!(
			"{}/blobs/{}",
			args.endpoint.trim_end_matches('/'),
			hex::encode(digest(&canonical))
		)
	});
	let uri = words::bounded("the document's address", &uri, 256)?;
	let signer = context.signer()?;
	let owner = Chain::account_of(&signer);
	let payout = args
		.payout
		.as_deref()
		.map_or(Ok(owner), |named| context.account_of(named))?;

	let Content {
		root,
		trailer,
		final_chunk,
	} = check(dir, &described, &context.secrets())?;
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
	// Neither is needed to tell what would be sent, and at which price.
	if !context.options.dry_run {
		keep(context, dir, &described, &root, &canonical)?;
		wait_for_age(context, &chain, at).await?;
	}

	let call = PublishArgs {
		root: H256(root),
		length,
		records: trailer.records,
		salt,
		final_chunk: Static(final_chunk),
		metadata_hash: H256(describe::metadata_hash(document)),
		uri,
		licence,
		access: described.access.on_chain(),
		endpoint,
		parent: args.parent,
		payout,
	};
	context.say(terms(dir, described.access, &call).text());
	let call = api::transactions().datasets().publish(call);
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

/// Keeps a folder's stream and its document as blobs, to be served.
fn keep(
	context: &Context,
	dir: &Path,
	described: &Described,
	root: &[u8; 32],
	canonical: &[u8],
) -> Result<()> {
	let store = context.store()?;
	let mut bar = Bar(output::bar("keeping", 0, true));
	let Described {
		document,
		kind,
		access,
	} = described;
	let kept = match access {
		Access::Open => store.add_directory(dir, *kind, &mut bar)?.root,
		Access::Gated => {
			let (directory, secrets) = (scan(dir)?, context.secrets());
			let write = |file: &mut std::fs::File| {
				seal_again(&directory, document, *kind, &secrets, file, &mut bar)
			};
			let written = store.add_written::<_, SealError>(write);
			let (kept, sealed) = written.map_err(|error| in_folder(dir, error))?;
			store.add_bytes(&sealed.index)?;
			let hash = describe::metadata_hash(document);
			secrets
				.keep_document(&hash, canonical)
				.map_err(SealError::from)?;
			kept
		}
	};
	bar.0.finish_and_clear();
	if kept != *root {
		return Err(refused(format!(
			"{} changed while it was read: wait until nothing writes to it, then try again",
			dir.display()
		)));
	}
	store.add_bytes(canonical)?;
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
	use guerdon_client::chain::api::{
		runtime_types::bounded_collections::bounded_vec::BoundedVec, Approval, Licence,
	};
	use std::fs;

	#[test]
	fn a_document_lies_beside_its_folder() {
		let home = tempfile::tempdir().unwrap();
		let base = home.path().canonicalize().unwrap();
		fs::create_dir_all(base.join("data/a")).unwrap();
		std::os::unix::fs::symlink(base.join("data/a"), base.join("link")).unwrap();
		for dir in ["data/a", "data/a/", "data/a/.", "data/../data/a", "link"] {
			let found = document_path(&base.join(dir), None).unwrap();
			assert_eq!(found, base.join("data/a.croissant.json"), "{dir}");
		}
		let given = document_path(Path::new("a"), Some(Path::new("b.json"))).unwrap();
		assert_eq!(given, Path::new("b.json"));
		for dir in [Path::new("/"), &base.join("nowhere")] {
			let error = document_path(dir, None).unwrap_err();
			assert_eq!(crate::fail::code(&error), 2, "{error}");
		}
	}

	#[test]
	fn a_document_is_not_written_into_its_folder() {
		let home = tempfile::tempdir().unwrap();
		let base = home.path();
		fs::create_dir_all(base.join("data/a")).unwrap();
		fs::create_dir_all(base.join("data/ab")).unwrap();
		fs::write(base.join("data/a/there.json"), "{}").unwrap();
		std::os::unix::fs::symlink(base.join("data/a/there.json"), base.join("link.json")).unwrap();
		std::os::unix::fs::symlink(base.join("data/a"), base.join("way")).unwrap();
		let dir = base.join("data/a");
		for place in [
			"data/a/x.json",
			"data/a/../a/x.json",
			"data/a/there.json",
			"link.json",
			"way/x.json",
			"nowhere/x.json",
		] {
			let error = outside(&dir, &base.join(place)).unwrap_err();
			assert_eq!(crate::fail::code(&error), 2, "{place}: {error}");
		}
		for place in [
			"data/x.json",
			"data/a.croissant.json",
			"data/ab/x.json",
			"x",
		] {
			outside(&dir, &base.join(place)).unwrap();
		}
		outside(&dir, Path::new("x.json")).unwrap();
	}

	#[test]
	fn what_is_signed_is_shown() {
		let text = |text: &str| BoundedVec(text.as_bytes().to_vec());
		let args = PublishArgs {
			root: H256([1; 32]),
			length: 4096,
			records: 40,
			salt: [9; 32],
			final_chunk: Static(guerdon_content::ChunkProof {
				chunk: Vec::new(),
				parents: Vec::new(),
			}),
			metadata_hash: H256([2; 32]),
			uri: text("http://127.0.0.1:8844/blobs/ab"),
			licence: Licence {
				uses: 1,
				commercial: true,
				derivatives: false,
				attribution: false,
				spdx: text("CC-BY-4.0"),
				terms: H256([3; 32]),
				valid_from: 0,
				valid_until: Some(900),
				approval: Approval::Open,
				flat_fee: 250_000_000_000_000,
				price_per_record: 1_500_000_000_000,
			},
			access: Access::Open.on_chain(),
			endpoint: text("http://127.0.0.1:8844"),
			parent: Some(7),
			payout: [5; 32].into(),
		};
		let shown = terms(Path::new("data"), Access::Gated, &args).text();
		for part in [
			"data",
			"gated",
			&output::hex([1; 32]),
			"40 records, 4096 bytes",
			"http://127.0.0.1:8844/blobs/ab",
			"CC-BY-4.0",
			&output::hex([3; 32]),
			"commercial use",
			"to block 900",
			"250 GRD a run, 1.5 GRD a record",
			&output::address(&[5; 32].into()),
			"7",
		] {
			assert!(shown.contains(part), "{part}: {shown}");
		}
	}

	#[test]
	fn files_that_are_not_those_of_the_document_are_refused() {
		let home = tempfile::tempdir().unwrap();
		let dir = home.path().join("data");
		fs::create_dir(&dir).unwrap();
		fs::write(dir.join("a.csv"), "x\n1\n").unwrap();
		let meta = describe::Meta {
			name: "a".into(),
			description: "b".into(),
			license: "CC0-1.0".into(),
			creators: vec!["Ada".parse().unwrap()],
			url: None,
			version: "1".into(),
			date_published: "2026-01-01".into(),
			record_kind: RecordKind::File,
		};
		let document = describe::describe(&dir, &meta, &|_, _| ()).unwrap();
		check_files(&dir, &document).unwrap();
		fs::write(dir.join("a.csv"), "x\n2\n").unwrap();
		let error = check_files(&dir, &document).unwrap_err();
		assert_eq!(crate::fail::code(&error), 3, "{error}");
		assert!(error.to_string().contains("a.csv has sha256"), "{error}");
		let error = check_files(&dir, &json!({})).unwrap_err();
		assert_eq!(crate::fail::code(&error), 2, "{error}");
		let error = check_files(&dir.join("nowhere"), &document).unwrap_err();
		assert_eq!(crate::fail::code(&error), 2, "{error}");
	}
}
