use super::{
	api::{self, runtime_types::guerdon_runtime_api::Page, *},
	AccountId, Error,
};
use guerdon_receipt::{DatasetId, Digest, Epoch, PoolId, Role, RunId, TaskIndex};
use subxt::{
	client::{ClientAtBlock, OnlineClientAtBlockImpl},
	config::PolkadotConfig,
	runtime_apis::Payload,
	utils::{Static, H256},
};

type Client = ClientAtBlock<PolkadotConfig, OnlineClientAtBlockImpl<PolkadotConfig>>;

/// Most entries of one page.
const PAGE: u32 = 64;

/// The chain as of one block. Lists are read to their end.
#[derive(Clone)]
pub struct View {
	client: Client,
	/// The block's height.
	pub number: u32,
	/// The block's hash.
	pub hash: H256,
}

/// Follows a list's pages to the end.
macro_rules! all {
	($view:expr, $start:expr, |$cursor:ident| $call:expr) => {{
		let mut items = Vec::new();
		let mut $cursor = $start;
		loop {
			let page: Page<_, _> = $view.call($call).await?;
			items.extend(page.items);
			match page.next {
				Some(next) => $cursor = next.into(),
				None => break Ok(items),
			}
		}
	}};
}

impl View {
	pub(super) fn new(client: Client) -> Self {
		let (number, hash) = (client.block_number(), client.block_hash());
		View {
			client,
			number: u32::try_from(number).unwrap_or(u32::MAX),
			hash,
		}
	}

	/// subxt's client at this block, for what is not covered here.
	pub fn client(&self) -> &Client {
		&self.client
	}

	pub(super) async fn call<P: Payload>(&self, payload: P) -> Result<P::ReturnType, Error> {
		Ok(self
			.client
			.runtime_apis()
			.call(payload)
			.await
			.map_err(subxt::Error::from)?)
	}

	/// What an account has and is due.
	///
	/// # Errors
	/// [`Error::NotConnected`], [`Error::Decode`]; the same for every read.
	pub async fn account(&self, account: &AccountId) -> Result<AccountView, Error> {
		self.call(api::runtime_apis().guerdon_api().account(*account))
			.await
	}

	/// The leaves that pay an account.
	///
	/// # Errors
	/// See [`View::account`].
	pub async fn claims(&self, account: &AccountId) -> Result<Vec<LeafView>, Error> {
		all!(self, None, |cursor| api::runtime_apis()
			.guerdon_api()
			.claims(*account, cursor, PAGE))
	}

	/// What an account owes.
	///
	/// # Errors
	/// See [`View::account`].
	pub async fn duties(&self, account: &AccountId) -> Result<Vec<Duty>, Error> {
		all!(self, None, |cursor| api::runtime_apis()
			.guerdon_api()
			.duties(*account, cursor, PAGE))
	}

	/// A dataset.
	///
	/// # Errors
	/// [`Error::NotFound`], and see [`View::account`].
	pub async fn dataset(&self, id: DatasetId) -> Result<Dataset, Error> {
		let found = self
			.call(api::runtime_apis().guerdon_api().dataset(id))
			.await?;
		found.ok_or_else(|| Error::NotFound(format!("dataset {id}")))
	}

	/// Every dataset.
	///
	/// # Errors
	/// See [`View::account`].
	pub async fn datasets(&self) -> Result<Vec<(DatasetId, Dataset)>, Error> {
		all!(self, 0u64, |cursor| api::runtime_apis()
			.guerdon_api()
			.datasets(cursor, PAGE))
	}

	/// Requests to unlearn a dataset.
	///
	/// # Errors
	/// See [`View::account`].
	pub async fn unlearnings(&self, dataset: DatasetId) -> Result<Vec<UnlearningView>, Error> {
		all!(self, None, |cursor| api::runtime_apis()
			.guerdon_api()
			.unlearnings(dataset, cursor, PAGE))
	}

	/// A run, its plan and its money.
	///
	/// # Errors
	/// [`Error::NotFound`], and see [`View::account`].
	pub async fn run(&self, id: RunId) -> Result<RunView, Error> {
		let found = self.call(api::runtime_apis().guerdon_api().run(id)).await?;
		found.ok_or_else(|| Error::NotFound(format!("run {id}")))
	}

	/// Every run.
	///
	/// # Errors
	/// See [`View::account`].
	pub async fn runs(&self) -> Result<Vec<(RunId, Run)>, Error> {
		all!(self, 0u64, |cursor| api::runtime_apis()
			.guerdon_api()
			.runs(cursor, PAGE))
	}

	/// Every task of a run.
	///
	/// # Errors
	/// See [`View::account`].
	pub async fn tasks(&self, run: RunId) -> Result<Vec<(TaskIndex, Task)>, Error> {
		all!(self, 0u32, |cursor| api::runtime_apis()
			.guerdon_api()
			.tasks(run, cursor, PAGE))
	}

	/// A task of a run.
	///
	/// # Errors
	/// See [`View::account`].
	pub async fn task(&self, run: RunId, index: TaskIndex) -> Result<Option<Task>, Error> {
		let page = api::runtime_apis().guerdon_api().tasks(run, index, 1);
		let page: Page<(TaskIndex, Task), TaskIndex> = self.call(page).await?;
		let found = page.items.into_iter().find(|(found, _)| *found == index);
		Ok(found.map(|(_, task)| task))
	}

	/// The first task of a run, from `from` on, that is open.
	///
	/// # Errors
	/// See [`View::account`].
	pub async fn first_open(
		&self,
		run: RunId,
		from: TaskIndex,
	) -> Result<Option<(TaskIndex, Task)>, Error> {
		let mut cursor = from;
		loop {
			let page = api::runtime_apis().guerdon_api().tasks(run, cursor, PAGE);
			let page: Page<(TaskIndex, Task), TaskIndex> = self.call(page).await?;
			let open = |(_, task): &(TaskIndex, Task)| matches!(task.state, TaskState::Open);
			if let Some(found) = page.items.into_iter().find(open) {
				return Ok(Some(found));
			}
			match page.next {
				Some(next) => cursor = next,
				None => return Ok(None),
			}
		}
	}

	/// Open tasks of an account in a run.
	///
	/// # Errors
	/// See [`View::account`].
	pub async fn tasks_for(
		&self,
		run: RunId,
		account: &AccountId,
	) -> Result<Vec<(TaskIndex, Task)>, Error> {
		all!(self, 0u32, |cursor| api::runtime_apis()
			.guerdon_api()
			.tasks_for(run, *account, cursor, PAGE))
	}

	/// Who enrolled in a run.
	///
	/// # Errors
	/// See [`View::account`].
	pub async fn enrolment(
		&self,
		run: RunId,
		account: &AccountId,
	) -> Result<Option<Enrolment>, Error> {
		self.call(api::runtime_apis().guerdon_api().enrolment(run, *account))
			.await
	}

	/// An accepted receipt.
	///
	/// # Errors
	/// [`Error::NotFound`], and see [`View::account`].
	pub async fn receipt(&self, id: Digest) -> Result<ReceiptView, Error> {
		let found = self
			.call(api::runtime_apis().guerdon_api().receipt(id))
			.await?;
		found.ok_or_else(|| Error::NotFound(format!("accepted receipt {}", hex::encode(id))))
	}

	/// Contributions that are booked on an account or pay it.
	///
	/// # Errors
	/// See [`View::account`].
	pub async fn contributions(&self, account: &AccountId) -> Result<Vec<Contribution>, Error> {
		all!(self, None, |cursor| api::runtime_apis()
			.guerdon_api()
			.contributions(*account, cursor, PAGE))
	}

	/// Every entry of a table.
	///
	/// # Errors
	/// See [`View::account`].
	pub async fn table(&self, run: RunId, role: Role) -> Result<Vec<(u32, Entry)>, Error> {
		all!(self, 0u32, |cursor| api::runtime_apis()
			.guerdon_api()
			.table(run, Static(role), cursor, PAGE))
	}

	/// A pool.
	///
	/// # Errors
	/// [`Error::NotFound`], and see [`View::account`].
	pub async fn pool(&self, id: PoolId) -> Result<Pool, Error> {
		let found = self
			.call(api::runtime_apis().guerdon_api().pool(id))
			.await?;
		found.ok_or_else(|| Error::NotFound(format!("pool {id}")))
	}

	/// A leaf of a pool with its proof.
	///
	/// # Errors
	/// [`Error::NotFound`], and see [`View::account`].
	pub async fn leaf(&self, pool: PoolId, index: u64) -> Result<LeafView, Error> {
		let found = self
			.call(api::runtime_apis().guerdon_api().leaf(pool, index))
			.await?;
		found.ok_or_else(|| Error::NotFound(format!("leaf {index} of a sealed pool {pool}")))
	}

	/// Where the credit of a leaf comes from.
	///
	/// # Errors
	/// [`Error::NotFound`], and see [`View::account`].
	pub async fn explain(&self, pool: PoolId, index: u64) -> Result<Explanation, Error> {
		let found = self
			.call(api::runtime_apis().guerdon_api().explain(pool, index))
			.await?;
		found.ok_or_else(|| Error::NotFound(format!("leaf {index} of a sealed pool {pool}")))
	}

	/// Where a run's appraisal stands; `None` before it begins.
	///
	/// # Errors
	/// See [`View::account`].
	pub async fn appraisal(&self, run: RunId) -> Result<Option<AppraisalView>, Error> {
		self.call(api::runtime_apis().guerdon_api().appraisal(run))
			.await
	}

	/// Every seat of a kind, in seat order.
	///
	/// # Errors
	/// See [`View::account`].
	pub async fn seats(&self, kind: Kind) -> Result<Vec<SeatView>, Error> {
		all!(self, 0u32, |cursor| api::runtime_apis()
			.guerdon_api()
			.seats(kind.clone(), cursor, PAGE))
	}

	/// The current epoch.
	///
	/// # Errors
	/// See [`View::account`].
	pub async fn epoch(&self) -> Result<Epoch, Error> {
		self.call(api::runtime_apis().guerdon_api().epoch()).await
	}
}
