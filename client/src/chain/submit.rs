use super::{api, error::causes, AccountId, At, Chain, Error, ANSWERING};
use std::time::Duration;
use subxt::{
	client::OnlineClientAtBlockImpl,
	config::{polkadot::PolkadotExtrinsicParamsBuilder, PolkadotConfig},
	error::TransactionEventsError,
	extrinsics::ExtrinsicEvents,
	transactions::{
		Payload, SignableTransaction, SubmittableTransaction, TransactionInvalid,
		TransactionStatus, ValidationResult,
	},
	utils::{MultiSignature, H256},
};
use subxt_signer::sr25519::Keypair;

/// Blocks in which a transaction may be included.
const LIFETIME: u64 = 64;

/// The longest that a transaction is waited for.
const PATIENCE: Duration = Duration::from_secs(180);

/// Stands for a signature where only its length counts. It is nobody's.
const NO_SIGNATURE: MultiSignature = MultiSignature::Sr25519([0; 64]);

/// How sure to be before going on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wait {
	/// In the best block, which may still be replaced.
	Best,
	/// In a finalized block.
	#[default]
	Finalized,
}

/// A call that has happened.
pub struct Included {
	/// The block that it is in.
	pub block: H256,
	/// The transaction's hash.
	pub extrinsic: H256,
	/// What it caused.
	pub events: ExtrinsicEvents<PolkadotConfig>,
}

type Online = OnlineClientAtBlockImpl<PolkadotConfig>;
type Unsigned<'call, Call> = SignableTransaction<'call, PolkadotConfig, Online, Call>;
type Ready = SubmittableTransaction<PolkadotConfig, Online>;
type Turn<'a> = tokio::sync::MutexGuard<'a, ()>;

impl Chain {
	/// The signer's account.
	pub fn account_of(signer: &Keypair) -> AccountId {
		subxt::utils::AccountId32(signer.public_key().0)
	}

	/// The next transaction of an account, all but its signature.
	async fn unsigned<'call, Call: Payload>(
		&self,
		account: &AccountId,
		call: &'call Call,
	) -> Result<Unsigned<'call, Call>, Error> {
		let nonce = self.rpc.system_account_next_index(account).await;
		let params = PolkadotExtrinsicParamsBuilder::new()
			.nonce(nonce.map_err(subxt::Error::from)?)
			.mortal(LIFETIME)
			.build();
		let at = self.at(At::Finalized).await?;
		let transactions = at.client().transactions();
		let unsigned = transactions.create_signable(call, account, params).await;
		Ok(unsigned.map_err(subxt::Error::from)?)
	}

	/// What a call of an account would cost in fees, in units of 10^-12 GRD. Nothing is signed.
	///
	/// # Errors
	/// [`Error::NotConnected`], [`Error::Decode`].
	pub async fn fee(&self, account: &AccountId, call: &impl Payload) -> Result<u128, Error> {
		self.in_time(async {
			let unsigned = self.unsigned(account, call).await;
			let like_signed = unsigned?.sign_with_account_and_signature(account, &NO_SIGNATURE);
			let fee = like_signed
				.map_err(subxt::Error::from)?
				.partial_fee_estimate()
				.await;
			Ok(fee.map_err(subxt::Error::from)?)
		})
		.await
	}

	/// Signs and sends a call and follows it until it has happened.
	///
	/// # Errors
	/// [`Error::Refused`] and [`Error::NotConnected`] when nothing was sent, [`Error::Failed`], and
	/// [`Error::Unconfirmed`] for everything else that happens once it was handed to the node.
	pub async fn submit(
		&self,
		signer: &Keypair,
		call: &impl Payload,
		wait: Wait,
	) -> Result<Included, Error> {
		self.submit_told(signer, call, wait, |_| ()).await
	}

	/// Like [`Chain::submit`], and tells the transaction's hash just before it is handed to the
	/// node: whatever happens then, it can be looked for.
	///
	/// # Errors
	/// See [`Chain::submit`].
	pub async fn submit_told(
		&self,
		signer: &Keypair,
		call: &impl Payload,
		wait: Wait,
		tell: impl FnOnce(H256),
	) -> Result<Included, Error> {
		let one_at_a_time = self.sending.lock().await;
		let signed = self.in_time(self.signed(signer, call)).await?;
		self.follow(signed, wait, tell, Some(one_at_a_time)).await
	}

	/// Has a leaf paid to somebody who does not exist yet, without a signature and without a fee, and
	/// follows it until that has happened.
	///
	/// # Errors
	/// See [`Chain::submit`].
	pub async fn submit_free(
		&self,
		claim: api::Claim,
		wait: Wait,
		tell: impl FnOnce(H256),
	) -> Result<Included, Error> {
		let ready = self.in_time(self.unpaid(claim)).await?;
		self.follow(ready, wait, tell, None).await
	}

	/// Hands a transaction to the node and follows it until it has happened.
	async fn follow(
		&self,
		ready: Ready,
		wait: Wait,
		tell: impl FnOnce(H256),
		one_at_a_time: Option<Turn<'_>>,
	) -> Result<Included, Error> {
		let extrinsic = ready.hash();
		tell(extrinsic);
		let unconfirmed = |why: String| Error::Unconfirmed { extrinsic, why };
		let silent = |patience: Duration| {
			unconfirmed(format!("nothing was heard for {} s", patience.as_secs()))
		};
		let handed = tokio::time::timeout(ANSWERING, ready.submit_and_watch()).await;
		let mut progress = handed
			.map_err(|_| silent(ANSWERING))?
			.map_err(|error| unconfirmed(causes(&error)))?;
		// A node counts an account's transactions by those in its pool, and says so with its first
		// word that this one is there. Before that the next one would get the same number.
		let first = tokio::time::timeout(ANSWERING, progress.next()).await;
		drop(one_at_a_time);
		let mut status = first.map_err(|_| silent(ANSWERING))?;
		if let Some(Ok(TransactionStatus::Invalid { message })) = &status {
			// What was in the pool before is no news of this one.
			if !message.to_lowercase().contains("already imported") {
				return Err(Error::Refused {
					why: format!("the node did not take it: {message}"),
				});
			}
		}
		let following = async {
			while let Some(told) = status.take() {
				let included = match told.map_err(|error| unconfirmed(causes(&error)))? {
					TransactionStatus::InBestBlock(included) if wait == Wait::Best => included,
					TransactionStatus::InFinalizedBlock(included) => included,
					TransactionStatus::Error { message }
					| TransactionStatus::Invalid { message }
					| TransactionStatus::Dropped { message } => {
						return Err(unconfirmed(format!("the node says: {message}")))
					}
					_ => {
						status = progress.next().await;
						continue;
					}
				};
				let block = included.block_hash();
				return match included.wait_for_success().await {
					Ok(events) => Ok(Included {
						block,
						extrinsic,
						events,
					}),
					Err(TransactionEventsError::ExtrinsicFailed(error)) => Err(error.into()),
					Err(error) => Err(unconfirmed(causes(&error))),
				};
			}
			Err(unconfirmed("the node tells no more of it".into()))
		};
		tokio::time::timeout(PATIENCE, following)
			.await
			.map_err(|_| silent(PATIENCE))?
	}

	/// A transaction without a signature that a node would take now.
	async fn unpaid(&self, claim: api::Claim) -> Result<Ready, Error> {
		let best = self.at(At::Best).await?;
		let apis = best.client().runtime_apis();
		let call = api::runtime_apis().guerdon_api().free_claim(claim);
		let arguments = apis.encode_args(&call).map_err(subxt::Error::from)?;
		let name = apis.encode_name(&call);
		let bytes = apis.call_raw(&name, Some(&arguments)).await;
		let transactions = best.client().transactions();
		let ready = transactions.from_bytes(bytes.map_err(subxt::Error::from)?);
		let why = match ready.validate().await.map_err(subxt::Error::from)? {
			ValidationResult::Valid(_) => return Ok(ready),
			ValidationResult::Invalid(invalid) => free_words(&invalid),
			ValidationResult::Unknown(unknown) => format!("the chain cannot tell ({unknown:?})"),
		};
		Err(Error::Refused { why })
	}

	/// A signed transaction that a node would take now.
	async fn signed(&self, signer: &Keypair, call: &impl Payload) -> Result<Ready, Error> {
		let unsigned = self.unsigned(&Self::account_of(signer), call).await;
		let signed = unsigned?.sign(signer).map_err(subxt::Error::from)?;
		// By the best block: what the signer has may have come with it.
		let best = self.at(At::Best).await?;
		let transactions = best.client().transactions();
		let checked = transactions.from_bytes(signed.encoded().to_vec());
		let why = match checked.validate().await.map_err(subxt::Error::from)? {
			ValidationResult::Valid(_) => return Ok(signed),
			ValidationResult::Invalid(invalid) => words(&invalid),
			ValidationResult::Unknown(unknown) => format!("the chain cannot tell ({unknown:?})"),
		};
		Err(Error::Refused { why })
	}
}

/// Why a transaction would not be taken.
fn words(invalid: &TransactionInvalid) -> String {
	let why = match invalid {
		TransactionInvalid::Payment => "the signer cannot pay the fee: it needs some GRD",
		TransactionInvalid::Stale | TransactionInvalid::Future => {
			"the signer has sent another transaction meanwhile: try again"
		}
		TransactionInvalid::ExhaustsResources => {
			"the call does not fit into a block: send less at a time"
		}
		TransactionInvalid::BadProof => {
			"the signature does not hold: is this client older than the runtime?"
		}
		TransactionInvalid::AncientBirthBlock => "it took too long: try again",
		_ => "the chain does not take this call from this signer",
	};
	format!("{why} ({invalid:?})")
}

/// Why a claim without a fee would not be taken.
fn free_words(invalid: &TransactionInvalid) -> String {
	let why = match invalid {
		TransactionInvalid::Payment => {
			"the payee exists already, or is due too little: let somebody sign a claim and pay its fee"
		}
		TransactionInvalid::Stale => "there is nothing left to claim",
		TransactionInvalid::Future => {
			"the list of members is not complete, or the pot has less of the asset than it owes: wait"
		}
		TransactionInvalid::ExhaustsResources => {
			"this block takes no more claims without a fee: try again in a few blocks"
		}
		TransactionInvalid::BadProof => {
			"the proof does not hold, or what opens a hidden payee does not fit: ask for a new ticket"
		}
		_ => "the chain does not take this claim without a fee",
	};
	format!("{why} ({invalid:?})")
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn why_a_free_claim_is_not_taken_is_told_with_what_to_do() {
		for (invalid, said) in [
			(TransactionInvalid::Payment, "let somebody sign a claim"),
			(TransactionInvalid::Stale, "nothing left to claim"),
			(TransactionInvalid::Future, "wait"),
			(
				TransactionInvalid::ExhaustsResources,
				"try again in a few blocks",
			),
			(TransactionInvalid::BadProof, "ask for a new ticket"),
			(TransactionInvalid::BadMandatory, "does not take this claim"),
		] {
			let words = free_words(&invalid);
			assert!(words.contains(said), "{words}");
		}
	}
}
