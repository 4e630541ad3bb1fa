use super::{AccountId, At, Chain, Error};
use std::time::Duration;
use subxt::{
	config::{polkadot::PolkadotExtrinsicParamsBuilder, PolkadotConfig},
	extrinsics::ExtrinsicEvents,
	transactions::{Payload, TransactionStatus},
	utils::H256,
};
use subxt_signer::sr25519::Keypair;

/// Blocks in which a transaction may be included.
const LIFETIME: u64 = 64;

/// The longest that a transaction is waited for.
const PATIENCE: Duration = Duration::from_secs(180);

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

impl Chain {
	/// The signer's account.
	pub fn account_of(signer: &Keypair) -> AccountId {
		subxt::utils::AccountId32(signer.public_key().0)
	}

	async fn nonce(&self, account: &AccountId) -> Result<u64, Error> {
		let nonce = self.rpc.system_account_next_index(account).await;
		Ok(nonce.map_err(subxt::Error::from)?)
	}

	/// What a call would cost in fees, in units of 10^-12 GRD.
	///
	/// # Errors
	/// [`Error::Refused`] when it would not even be taken.
	pub async fn fee(&self, signer: &Keypair, call: &impl Payload) -> Result<u128, Error> {
		let nonce = self.nonce(&Self::account_of(signer)).await?;
		let params = PolkadotExtrinsicParamsBuilder::new().nonce(nonce).build();
		let at = self.at(At::Finalized).await?;
		let signed = at
			.client()
			.transactions()
			.create_signed(call, signer, params)
			.await;
		let fee = signed
			.map_err(subxt::Error::from)?
			.partial_fee_estimate()
			.await;
		Ok(fee.map_err(subxt::Error::from)?)
	}

	/// Signs and sends a call and follows it until it has happened.
	///
	/// # Errors
	/// [`Error::Refused`], [`Error::Failed`], [`Error::Timeout`], [`Error::NotConnected`].
	pub async fn submit(
		&self,
		signer: &Keypair,
		call: &impl Payload,
		wait: Wait,
	) -> Result<Included, Error> {
		let mut progress = {
			let _one_at_a_time = self.sending.lock().await;
			let nonce = self.nonce(&Self::account_of(signer)).await?;
			let at = self.at(At::Finalized).await?;
			let params = PolkadotExtrinsicParamsBuilder::new()
				.nonce(nonce)
				.mortal(LIFETIME)
				.build();
			let signed = at
				.client()
				.transactions()
				.create_signed(call, signer, params)
				.await;
			let signed = signed.map_err(subxt::Error::from)?;
			signed
				.submit_and_watch()
				.await
				.map_err(subxt::Error::from)?
		};
		let extrinsic = progress.extrinsic_hash();
		let following = async {
			while let Some(status) = progress.next().await {
				let included = match status.map_err(subxt::Error::from)? {
					TransactionStatus::InBestBlock(included) if wait == Wait::Best => included,
					TransactionStatus::InFinalizedBlock(included) => included,
					TransactionStatus::Error { message }
					| TransactionStatus::Invalid { message }
					| TransactionStatus::Dropped { message } => return Err(Error::Refused { why: message }),
					_ => continue,
				};
				let block = included.block_hash();
				let events = included.wait_for_success().await?;
				return Ok(Included {
					block,
					extrinsic,
					events,
				});
			}
			Err(Error::Timeout(format!("{extrinsic:?}")))
		};
		tokio::time::timeout(PATIENCE, following)
			.await
			.unwrap_or_else(|_| Err(Error::Timeout(format!("{extrinsic:?}"))))
	}
}
