//! Calls, events and reads as the runtime's metadata describes them. The types of the primitives
//! stand for themselves, wrapped in [`subxt::utils::Static`].

#![allow(missing_docs)]

#[subxt::subxt(
	runtime_metadata_path = "metadata.scale",
	derive_for_all_types = "Clone, PartialEq, Eq",
	substitute_type(
		path = "guerdon_content::tree::ChunkProof",
		with = "::subxt::utils::Static<::guerdon_content::ChunkProof>"
	),
	substitute_type(
		path = "guerdon_receipt::Receipt",
		with = "::subxt::utils::Static<::guerdon_receipt::Receipt>"
	),
	substitute_type(
		path = "guerdon_receipt::SignedAttestation",
		with = "::subxt::utils::Static<::guerdon_receipt::SignedAttestation>"
	),
	substitute_type(
		path = "guerdon_receipt::work::Role",
		with = "::subxt::utils::Static<::guerdon_receipt::Role>"
	),
	substitute_type(
		path = "guerdon_receipt::work::Work",
		with = "::subxt::utils::Static<::guerdon_receipt::Work>"
	),
	substitute_type(
		path = "guerdon_share_tree::proof::Proof",
		with = "::subxt::utils::Static<::guerdon_share_tree::Proof>"
	),
	substitute_type(
		path = "guerdon_share_tree::builder::Builder",
		with = "::subxt::utils::Static<::guerdon_share_tree::Builder>"
	),
	substitute_type(
		path = "guerdon_share_tree::builder::Summary",
		with = "::subxt::utils::Static<::guerdon_share_tree::Summary>"
	),
	substitute_type(
		path = "guerdon_valuation::basis::Basis",
		with = "::subxt::utils::Static<::guerdon_valuation::Basis>"
	),
	substitute_type(
		path = "guerdon_valuation::item::AppraisalHeader",
		with = "::subxt::utils::Static<::guerdon_valuation::AppraisalHeader>"
	),
	substitute_type(
		path = "guerdon_valuation::item::Item",
		with = "::subxt::utils::Static<::guerdon_valuation::Item>"
	),
	substitute_type(
		path = "guerdon_valuation::score::Score",
		with = "::subxt::utils::Static<::guerdon_valuation::Score>"
	),
	substitute_type(
		path = "guerdon_valuation::spec::FeatureSpec",
		with = "::subxt::utils::Static<::guerdon_valuation::FeatureSpec>"
	)
)]
mod generated {}

pub use generated::*;

use super::AccountId;
use generated::runtime_types as types;
use generated::runtime_types::{
	guerdon_runtime_api as read, pallet_attestors, pallet_contributions, pallet_datasets,
	pallet_settlement, pallet_training, pallet_valuation,
};

pub type Dataset = pallet_datasets::types::Dataset<AccountId, u128, u32>;
pub type Licence = pallet_datasets::api::Licence<u128, u32>;
pub type Approval = pallet_datasets::api::Approval;
pub type PublishArgs = pallet_datasets::types::PublishArgs<AccountId, u128, u32>;
pub type DatasetStatus = pallet_datasets::types::Status;
pub type Kind = pallet_attestors::api::Kind;
pub type SignedStates = pallet_attestors::types::SignedStates;
pub type Run = pallet_training::types::Run<AccountId, u32>;
pub type RunPlan = pallet_training::types::RunPlan<u32>;
pub type FeedbackPlan = pallet_training::types::FeedbackPlan;
pub type Windows = pallet_training::types::Windows<u32>;
pub type State = pallet_training::types::State;
pub type Stage = pallet_training::types::Stage;
pub type Standing = pallet_training::types::Standing;
pub type Task = pallet_training::types::Task<AccountId, u32>;
pub type TaskState = pallet_training::types::TaskState;
pub type Enrolment = pallet_training::types::Enrolment<AccountId>;
pub type RunDataset = pallet_training::types::RunDataset<AccountId>;
pub type Submission = pallet_training::types::Submission;
pub type AcceptedReceipt = pallet_training::types::AcceptedReceipt<u32>;
pub type Refusal = pallet_training::types::Refusal;
pub type Method = pallet_valuation::api::Method;
pub type Phase = pallet_valuation::types::Phase<u32>;
pub type Appraisal = pallet_valuation::types::Appraisal<AccountId, u32>;
pub type Link = pallet_valuation::types::Link;
pub type Entry = pallet_contributions::api::Entry<AccountId>;
pub type Subject = pallet_contributions::api::Subject<AccountId>;
pub type Table = pallet_contributions::api::Table;
pub type Pool = pallet_settlement::types::Pool;
pub type PoolState = pallet_settlement::types::PoolState;
pub type LeafView = pallet_settlement::types::LeafView<AccountId>;
pub type Proven = pallet_settlement::types::Proven;
pub type Claim = pallet_settlement::types::Claim<AccountId>;
pub type Opening = pallet_settlement::types::Opening<AccountId>;
pub type Cohort = pallet_settlement::types::Cohort<AccountId, u32>;
pub type CohortState = pallet_settlement::types::CohortState<AccountId, u32>;
pub type MembersView = pallet_settlement::types::MembersView<AccountId, u32>;
pub type Share = pallet_settlement::types::Share;
pub type AllowedAsset = pallet_settlement::types::AllowedAsset;
pub type Conservation = pallet_settlement::types::Conservation;
pub type Escrow = pallet_settlement::accounts::Escrow;
pub type RunBooks = pallet_settlement::accounts::RunBooks;
pub type AccountView = read::AccountView;
pub type AssetBalance = read::AssetBalance;
pub type AssetView = read::AssetView;
pub type Contribution = read::Contribution;
pub type RunView = read::RunView;
pub type ReceiptView = read::ReceiptView;
pub type Explanation = read::Explanation;
pub type AppraisalView = read::AppraisalView;
pub type SeatView = read::SeatView;
pub type UnlearningView = read::UnlearningView;
pub type UnlearningState = pallet_datasets::types::UnlearningState;
pub type Answer = pallet_datasets::types::Answer;
pub type Duty = read::Duty;
pub type Action = read::Action;
pub type IfMissed = read::IfMissed;
pub type Leaf = types::guerdon_share_tree::leaf::Leaf<AccountId>;
pub type Payee = types::guerdon_share_tree::payee::Payee<AccountId>;
