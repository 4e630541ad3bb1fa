//! Attacks that consist of a transaction or two, each tried once against a live chain. Prints what was
//! tried and what came of it as one line of JSON.
//!
//! The keys are those of the people in whose homes they lie: whoever bribes somebody has what the
//! bribed would sign.

use std::{fs, path::PathBuf, time::Duration};

use anyhow::{bail, Context as _, Result};
use clap::{Parser, Subcommand};
use codec::DecodeAll;
use guerdon_client::{
	chain::{
		api::{
			self, runtime_types::bounded_collections::bounded_vec::BoundedVec, Phase, Submission,
			Task,
		},
		AccountId, Chain, Included, Wait,
	},
	engine::appraise::blake2_256,
	gated::{KeyRequest, Purpose},
	keys::{Keyring, Passphrase},
	roles::attestor::{Verdict, Verdicts},
	serve::digest,
};
use guerdon_receipt::{
	sign::{sign_attestation, sign_receipt, SigningKey},
	Attestation, DatasetId, Digest, Receipt, RunId, Signature, SignedAttestation, TaskIndex, Work,
	RECEIPT_VERSION,
};
use guerdon_valuation::commitment;
use serde_json::{json, Value};
use subxt_signer::sr25519::Keypair;

/// How long a phase is waited for.
const PATIENCE: Duration = Duration::from_secs(600);

/// Tries one attack.
#[derive(Parser)]
struct Options {
	/// The node's JSON-RPC.
	#[arg(long, env = "GUERDON_URL", default_value = "ws://127.0.0.1:9944")]
	url: String,
	/// Who attacks: a key's name, or //Name.
	#[arg(long, env = "GUERDON_SIGNER", value_name = "KEY")]
	signer: String,
	/// Who sends and pays, where anybody may: an account that sends nothing else meanwhile [default: the
	/// attacker].
	#[arg(long, value_name = "KEY")]
	payer: Option<String>,
	/// The attacker's home folder.
	#[arg(long, env = "GUERDON_HOME", value_name = "DIR")]
	home: PathBuf,
	/// What is tried.
	#[command(subcommand)]
	attack: Attack,
}

#[derive(Subcommand)]
enum Attack {
	/// A trainer hands in work that it did not do, with the signature of an attestor that it bribed.
	Bribe {
		/// The run.
		run: RunId,
		/// Who is bribed, with the home folder: tried in turn until one is in a committee.
		#[arg(required = true, num_args = 2.., value_names = ["KEY", "HOME"])]
		accomplices: Vec<String>,
	},
	/// A receipt whose metric was raised after it was signed.
	Alter {
		/// The run.
		run: RunId,
	},
	/// An accepted receipt once more: for its own task, for another one, and in another run.
	Replay {
		/// The run.
		run: RunId,
		/// The other run.
		other: RunId,
	},
	/// An attestor signs a second digest for a receipt that it attested. Prints the evidence.
	Equivocate,
	/// A stranger signs requests for the keys of a gated dataset: as itself, and in the name of the
	/// contributor of an open task. Prints both, for `POST /keys`.
	Pry {
		/// The run.
		run: RunId,
		/// The dataset.
		dataset: DatasetId,
	},
	/// An appraiser commits to counts that it made up.
	Appraise {
		/// The run.
		run: RunId,
		/// It then shows nothing.
		#[arg(long)]
		silent: bool,
	},
}

struct Adversary {
	chain: Chain,
	home: PathBuf,
	signer: Keypair,
	payer: Keypair,
	key: SigningKey,
}

#[tokio::main]
async fn main() -> Result<()> {
	let options = Options::parse();
	let (signer, key) = keys(&options.signer, &options.home)?;
	let payer = match &options.payer {
		Some(name) => Keyring::open(&options.home)?.signer(name, &Passphrase::from_env())?,
		None => signer.clone(),
	};
	let adversary = Adversary {
		chain: Chain::connect(&options.url).await?,
		home: options.home,
		signer,
		payer,
		key,
	};
	let came = match options.attack {
		Attack::Bribe { run, accomplices } => adversary.bribe(run, &accomplices).await?,
		Attack::Alter { run } => adversary.alter(run).await?,
		Attack::Replay { run, other } => adversary.replay(run, other).await?,
		Attack::Equivocate => adversary.equivocate()?,
		Attack::Pry { run, dataset } => adversary.pry(run, dataset).await?,
		Attack::Appraise { run, silent } => adversary.appraise(run, silent).await?,
	};
	println!("{came}");
	Ok(())
}

/// Who signs transactions, and the receipt key in a home folder.
fn keys(name: &str, home: &std::path::Path) -> Result<(Keypair, SigningKey)> {
	let keyring = Keyring::open(home)?;
	let passphrase = Passphrase::from_env();
	let sealed = !name.starts_with("//");
	Ok((
		keyring.signer(name, &passphrase)?,
		keyring.receipt_key_or_new(sealed.then_some(&passphrase))?,
	))
}

/// What the chain said of each receipt of a batch: the reason of its refusal, or that it was taken.
fn outcomes(sent: &Included, receipts: &[Digest]) -> Vec<Value> {
	let refused: Vec<_> = sent
		.events
		.find::<api::training::events::ReceiptRefused>()
		.filter_map(Result::ok)
		.collect();
	let reason = |id: &Digest| refused.iter().find(|event| event.receipt == *id);
	receipts
		.iter()
		.map(|id| match reason(id) {
			Some(event) => json!(format!("{:?}", event.reason)),
			None => json!("accepted"),
		})
		.collect()
}

/// A receipt that was handed in, as its worker keeps it.
fn kept(path: &std::path::Path) -> Option<(Receipt, Signature, Vec<SignedAttestation>)> {
	let kept: Value = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
	let bytes = |value: &Value| hex::decode(value.as_str()?).ok();
	let receipt = Receipt::from_bytes(&bytes(kept.get("receipt")?)?).ok()?;
	let signature = bytes(kept.get("signature")?)?.try_into().ok()?;
	let attestations = kept.get("attestations")?.as_object()?.values();
	let read = |value| SignedAttestation::decode_all(&mut bytes(value)?.as_slice()).ok();
	let attestations: Vec<_> = attestations.filter_map(read).collect();
	(!attestations.is_empty()).then_some((receipt, signature, attestations))
}

fn submission(
	receipt: &Receipt,
	signature: Signature,
	attestations: &[SignedAttestation],
) -> Submission {
	Submission {
		receipt: subxt::utils::Static(receipt.clone()),
		signature,
		attestations: BoundedVec(
			attestations
				.iter()
				.cloned()
				.map(subxt::utils::Static)
				.collect(),
		),
	}
}

impl Adversary {
	fn account(&self) -> AccountId {
		Chain::account_of(&self.signer)
	}

	async fn submit(&self, run: RunId, items: Vec<(Receipt, Submission)>) -> Result<Vec<Value>> {
		let (receipts, items): (Vec<_>, Vec<_>) = items
			.into_iter()
			.map(|(receipt, item)| (receipt.id(), item))
			.unzip();
		let call = api::transactions()
			.training()
			.submit(run, BoundedVec(items));
		let sent = self.chain.submit(&self.payer, &call, Wait::Best).await?;
		Ok(outcomes(&sent, &receipts))
	}

	/// An open task of the attacker that `wanted` wants, with enough time left; waits for one.
	async fn open_task<T>(
		&self,
		run: RunId,
		wanted: impl Fn(&Task) -> Option<T>,
	) -> Result<(TaskIndex, Task, T)> {
		let until = tokio::time::Instant::now() + PATIENCE;
		while tokio::time::Instant::now() < until {
			let view = self.chain.best().await?;
			for (index, task) in view.tasks_for(run, &self.account()).await? {
				if let Some(found) = wanted(&task).filter(|_| task.deadline > view.number + 5) {
					return Ok((index, task, found));
				}
			}
			tokio::time::sleep(Duration::from_secs(2)).await;
		}
		bail!("no task was dealt that could be attacked")
	}

	/// What the attacker claims to have done.
	fn claim(&self, run: RunId, index: TaskIndex, task: &Task) -> Receipt {
		let made_up = |what: &str| *blake3::hash(what.as_bytes()).as_bytes();
		Receipt {
			version: RECEIPT_VERSION,
			genesis: self.chain.genesis(),
			run,
			task: index,
			contributor: self.account().0,
			base_model: task.base_model,
			result: made_up("a model that nobody trained"),
			steps: 1,
			evidence: made_up("evidence of nothing"),
			metric_before: 0,
			metric_after: 1,
			valid_until: task.deadline,
		}
	}

	async fn bribe(&self, run: RunId, accomplices: &[String]) -> Result<Value> {
		let mut bribed = Vec::new();
		for pair in accomplices.chunks_exact(2) {
			let [name, home] = pair else { continue };
			let (signer, key) = keys(name, home.as_ref())?;
			bribed.push((name.clone(), Chain::account_of(&signer), key));
		}
		let member = |task: &Task| {
			bribed
				.iter()
				.find(|(_, account, _)| task.committee.0.contains(account))
		};
		let (index, task, (name, account, key)) = self.open_task(run, member).await?;
		let receipt = self.claim(run, index, &task);
		let attested = sign_attestation(
			key,
			&Attestation {
				receipt: receipt.id(),
				attestor: account.0,
				states: receipt.evidence,
			},
		);
		let signature = sign_receipt(&self.key, &receipt);
		let item = submission(&receipt, signature, &[attested]);
		let came = self.submit(run, vec![(receipt, item)]).await?;
		Ok(json!({ "task": index, "bribed": name, "came": came }))
	}

	async fn alter(&self, run: RunId) -> Result<Value> {
		let (index, task, ()) = self.open_task(run, |_| Some(())).await?;
		let honest = self.claim(run, index, &task);
		let signature = sign_receipt(&self.key, &honest);
		let altered = Receipt {
			metric_after: 1_000_000,
			..honest
		};
		let item = submission(&altered, signature, &[]);
		let came = self.submit(run, vec![(altered, item)]).await?;
		Ok(json!({ "task": index, "came": came }))
	}

	async fn replay(&self, run: RunId, other: RunId) -> Result<Value> {
		let (index, task, ()) = self.open_task(run, |_| Some(())).await?;
		let finalized = self.chain.finalized().await?;
		let mut accepted = None;
		for entry in fs::read_dir(self.home.join("tasks"))? {
			let Some(found) = kept(&entry?.path()).filter(|(receipt, ..)| receipt.run == run)
			else {
				continue;
			};
			if finalized.receipt(found.0.id()).await.is_ok() {
				accepted = Some(found);
			}
		}
		let (receipt, signature, attestations) =
			accepted.context("the attacker has no accepted receipt to replay")?;
		// All that belongs to the other task, so that nothing but the signature stands in the way.
		let elsewhere = Receipt {
			task: index,
			base_model: task.base_model,
			valid_until: task.deadline,
			..receipt.clone()
		};
		let again = submission(&receipt, signature, &attestations);
		let items = vec![
			(receipt.clone(), again.clone()),
			(
				elsewhere.clone(),
				submission(&elsewhere, signature, &attestations),
			),
		];
		let mut came = self.submit(run, items).await?;
		came.extend(self.submit(other, vec![(receipt.clone(), again)]).await?);
		Ok(json!({ "task": receipt.task, "onto": index, "into": other, "came": came }))
	}

	/// The evidence that `guerdon attestor report` takes.
	fn equivocate(&self) -> Result<Value> {
		let verdicts = Verdicts::open(&self.home);
		for entry in fs::read_dir(self.home.join("attested"))? {
			let path = entry?.path();
			let name = path.file_stem().and_then(|stem| stem.to_str());
			let Some(receipt) = name.and_then(digest) else {
				continue;
			};
			let Some(verdict @ Verdict::Attested { .. }) = verdicts.get(&receipt)? else {
				continue;
			};
			let first = verdict.open().map_err(anyhow::Error::msg)?;
			let second = sign_attestation(
				&self.key,
				&Attestation {
					receipt,
					attestor: first.attestor,
					states: *blake3::hash(b"other states").as_bytes(),
				},
			);
			let signed = |signed: &SignedAttestation| {
				json!({
					"states": hex::encode(signed.states),
					"signature": hex::encode(signed.signature),
				})
			};
			return Ok(json!({
				"attestor": hex::encode(first.attestor),
				"receipt": hex::encode(receipt),
				"first": signed(&first),
				"second": signed(&second),
			}));
		}
		bail!("this attestor has attested nothing yet")
	}

	async fn pry(&self, run: RunId, dataset: DatasetId) -> Result<Value> {
		let view = self.chain.finalized().await?;
		let on_dataset =
			|task: &Task| matches!(task.work.0, Work::Train { dataset: of, .. } if of == dataset);
		let tasks = view.tasks(run).await?;
		let (index, task) = tasks
			.iter()
			.rfind(|(_, task)| on_dataset(task))
			.context("no task was dealt on that dataset")?;
		let request = |requester: AccountId| {
			let request = KeyRequest {
				genesis: self.chain.genesis(),
				dataset,
				run,
				purpose: Purpose::Task(*index),
				requester: requester.0,
				block: view.number,
				block_hash: view.hash.0,
				reply_to: *blake3::hash(b"whoever listens").as_bytes(),
			};
			json!(request.sign(&self.signer))
		};
		Ok(json!({
			"task": index,
			"as_itself": request(self.account()),
			"as_contributor": request(task.contributor),
		}))
	}

	async fn appraise(&self, run: RunId, silent: bool) -> Result<Value> {
		let me = self.account();
		let digest = *blake3::hash(b"counts that nobody counted").as_bytes();
		let salt = *blake3::hash(b"salt").as_bytes();
		let hash = blake2_256(&commitment(run, &me.0, &salt, &digest));
		let until = tokio::time::Instant::now() + 3 * PATIENCE;
		let (mut committed, mut revealed) = (false, false);
		while tokio::time::Instant::now() < until {
			tokio::time::sleep(Duration::from_secs(2)).await;
			let Some(view) = self.chain.best().await?.appraisal(run).await? else {
				continue;
			};
			match view.appraisal.phase {
				Phase::Committing { .. } if view.appraisal.appraisers.0.contains(&me) => {
					let call = api::transactions().valuation().commit(run, hash.into());
					if !committed {
						self.chain.submit(&self.signer, &call, Wait::Best).await?;
						committed = true;
					}
				}
				Phase::Revealing { .. } if committed && silent => break,
				Phase::Revealing { .. } if committed => {
					let call = api::transactions()
						.valuation()
						.reveal(run, salt.into(), digest);
					self.chain.submit(&self.signer, &call, Wait::Best).await?;
					revealed = true;
					break;
				}
				Phase::Streaming { .. } | Phase::Done { .. } => break,
				_ => (),
			}
		}
		Ok(json!({ "committed": committed, "revealed": revealed }))
	}
}
