#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

mod basis;
mod counts;
mod digest;
mod error;
mod features;
mod harmonic;
mod harmonic_table;
mod item;
mod population;
mod score;
mod spec;

pub use basis::Basis;
pub use counts::{DatasetId, MaxDatasets, PointCounts, Share, UserCounts, MAX_DATASETS};
pub use digest::{
	commitment, gold_commitment, test_set_commitment, AppraisalDigest, COMMITMENT_DOMAIN, DOMAIN,
};
pub use error::Error;
pub use features::{Point, TRIGRAM_FEATURES};
pub use harmonic::{harmonic, CHECKPOINT_STRIDE, MAX_RECORDS_IN_BALL};
pub use item::{AppraisalHeader, Item};
pub use population::{appraise, Appraisal, Population, Record, MIN_RECORDS, NEAREST, RHO_DIVISOR};
pub use score::{
	payable, point_scores, scaled_weights, user_weight, Score, Scores, SCALE, USER_SCALE,
};
pub use spec::{Column, FeatureSpec, MaxColumns, MAX_FEATURES};
